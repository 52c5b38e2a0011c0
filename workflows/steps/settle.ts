/**
 * Settles which claim per resource counts, sums the night up, and ends what no scan will ever see again. Accounts are settled
 * one after the other; the run says how many are done, so that a step that is repeated goes on where it was.
 */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { claimantOf, countedClaims } from "../../core/finding/claims.ts"
import type { Finding } from "../../core/finding/Finding.ts"
import { inRun } from "../../core/run/inRun.ts"
import { resolve } from "../../core/finding/lifecycle.ts"
import { addCost, noCost } from "../../core/run/runCost.ts"
import { addChanges, addOutcomes, addTotals, noCoverage, noTotals, totalsOf } from "../../core/run/totals.ts"
import { noChanges, type Run } from "../../core/run/Run.ts"
import { Store } from "../../core/store/Store.ts"
import { isoDay } from "../../core/time.ts"
import { Progress } from "../Progress.ts"
import { closeRecord, findRun } from "./common.ts"
import { ScanBudget } from "./scan.ts"

export const SettleInput = Schema.Struct({ runId: Schema.String })

/** The summary so far; at first only what planning cost. */
const summaryOf = ({ planningCalls, summary }: Run) =>
  summary ?? {
    totals: noTotals,
    changes: noChanges,
    coverage: noCoverage,
    cost: addCost(noCost, planningCalls, { scopes: 0, durationMillis: 0, writes: 0 })
  }

export const settle = Effect.fn("settle")(function* (input: unknown) {
  const { runId } = yield* Schema.decodeUnknownEffect(SettleInput)(input)
  const store = yield* Store
  const progress = yield* Progress
  const deadline = (yield* Clock.currentTimeMillis) + Duration.toMillis(yield* ScanBudget)
  let run = yield* findRun(runId)
  const { accounts } = run.plan

  while (run.settled < accounts.length) {
    const account = accounts[run.settled]?.id as string
    run = yield* settleAccount(run, account)
    progress({ _tag: "Settled", account })
    if ((yield* Clock.currentTimeMillis) >= deadline) break
  }
  const remaining = accounts.length - run.settled
  if (remaining === 0 && run.status !== "complete") run = yield* finish(run)
  yield* store.putRun(run)
  return { runId, remaining }
})

/** What `keep` makes of every open finding of an account. */
const openFindings = Effect.fnUntraced(function* <A>(account: string, keep: (finding: Finding) => A) {
  const store = yield* Store
  const kept: Array<A> = []
  let cursor: string | undefined
  do {
    const page = yield* store.findings({ status: "open", accounts: [account], limit: 1000, cursor })
    kept.push(...page.items.map(keep))
    cursor = page.cursor
  } while (cursor !== undefined)
  return kept
})

const settleAccount = Effect.fnUntraced(function* (run: Run, account: string) {
  const store = yield* Store
  for (const record of yield* store.scopeRecords(run.id, account)) {
    if (!record.done) {
      yield* closeRecord(run, record, { code: "not_scanned", message: "the run ended before this scope was scanned" })
    }
  }
  const records = yield* store.scopeRecords(run.id, account)

  const findings = yield* openFindings(account, claimantOf)
  const counted = countedClaims(findings)
  yield* store.setCounted(
    findings
      .filter((finding) => finding.savings.counted !== counted.has(finding.id))
      .map((finding) => ({ finding, counted: counted.has(finding.id) }))
  )

  const totals = totalsOf(findings.filter(inRun(run, account, records)), counted)
  const changes = records.reduce((sum, record) => addChanges(sum, record.changes), noChanges)
  if (run.plan.full) {
    const { confirmed, unconfirmed } = totals
    const day = isoDay(new Date(run.startedAt))
    yield* store.putTrend([{ account, day, runId: run.id, confirmed, unconfirmed, changes }])
  }

  const before = summaryOf(run)
  const next: Run = {
    ...run,
    settled: run.settled + 1,
    summary: {
      totals: addTotals(before.totals, totals),
      changes: addChanges(before.changes, changes),
      coverage: addOutcomes(
        before.coverage,
        records.flatMap(({ outcomes }) => outcomes)
      ),
      cost: addCost(
        before.cost,
        records.flatMap(({ calls }) => calls),
        {
          scopes: records.length,
          durationMillis: records.reduce((sum, record) => sum + record.durationMillis, 0),
          writes: 2 * records.length + 2 * Object.values(changes).reduce((sum, count) => sum + count, 0)
        }
      )
    }
  }
  // Every account is written, so that a step that dies does not add an account twice.
  yield* store.putRun(next)
  return next
})

const finish = Effect.fnUntraced(function* (run: Run) {
  const store = yield* Store
  const summary = summaryOf(run)
  let { changes } = summary
  if (run.plan.full) {
    const planned = new Set(run.plan.accounts.map(({ id }) => id))
    const left = (yield* store.accountsWithFindings).filter((account) => !planned.has(account))
    for (const account of left) {
      const night = { runId: run.id, now: new Date(run.startedAt), sequence: 0 }
      // A payer that is still there goes on telling about the accounts it pays for.
      const orphans = (yield* openFindings(account, (finding) => finding)).filter(
        ({ scope }) => !planned.has(scope.account)
      )
      const transitions = orphans.flatMap((finding) => resolve(finding, "account_left", night) ?? [])
      yield* store.writeTransitions(transitions)
      changes = addChanges(changes, { ...noChanges, resolved: transitions.length })
    }
    yield* store.putTrend([
      {
        account: "all",
        day: isoDay(new Date(run.startedAt)),
        runId: run.id,
        confirmed: summary.totals.confirmed,
        unconfirmed: summary.totals.unconfirmed,
        changes
      }
    ])
  }
  const finishedAt = DateTime.formatIso(yield* DateTime.now)
  return { ...run, status: "complete", finishedAt, summary: { ...summary, changes } } satisfies Run
})
