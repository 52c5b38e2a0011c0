/** Adds the accounts up, ends what no scan will ever see again, and completes the run. */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { resolve } from "../../core/finding/lifecycle.ts"
import type { Run, RunSummary } from "../../core/run/Run.ts"
import { addChanges, changesOf } from "../../core/run/Changes.ts"
import { addCost, noCost, noWork } from "../../core/run/runCost.ts"
import { addSummaries, noSummary, organisationRollup } from "../../core/run/totals.ts"
import { payerRegion } from "../../core/Scope.ts"
import { Store } from "../../core/store/Store.ts"
import { isoDay } from "../../core/time.ts"
import { findingsOf } from "../../query/findingsOf.ts"
import { endNight, takeNight } from "../nightLease.ts"
import { findRun } from "../findRun.ts"
import { settleAccount, workIn } from "./settle.ts"

export const SumInput = Schema.Struct({ runId: Schema.String })

export const sum = Effect.fn("sum")(function* (input: unknown) {
  const { runId } = yield* Schema.decodeUnknownEffect(SumInput)(input)
  const store = yield* Store
  const run = yield* findRun(runId)
  if (run.status === "complete") return { runId }
  yield* takeNight(run)
  const { accounts, full } = run.plan

  const settled = new Set((yield* store.accountSummaries(runId)).map(({ account }) => account))
  // An account whose own Settle failed is summed up all the same, or its findings would count for nothing.
  for (const { id } of accounts) if (!settled.has(id)) yield* settleAccount(run, id)
  const ended = full ? yield* endLeft(run) : { accounts: [], changes: noSummary.changes }
  const parts = yield* store.accountSummaries(runId)
  const summary = [planned(run), ...parts.map(({ summary }) => summary), yield* payersOwn(run)].reduce(addSummaries, {
    ...noSummary,
    changes: ended.changes
  })

  if (full) {
    yield* store.putRollups([organisationRollup({ runId, asOf: run.startedAt }, yield* store.rollups())])
    const { changes, totals } = summary
    yield* store.putTrend([
      {
        account: "all",
        day: isoDay(new Date(run.startedAt)),
        runId,
        confirmed: totals.confirmed,
        unconfirmed: totals.unconfirmed,
        changes
      }
    ])
  }
  const finishedAt = DateTime.formatIso(yield* DateTime.now)
  yield* store.putRun({ ...run, status: "complete", finishedAt, left: ended.accounts, summary })
  yield* endNight(run)
  return { runId }
})

/** What planning cost. */
const planned = ({ planningCalls }: Run): RunSummary => ({
  ...noSummary,
  cost: addCost(noCost, planningCalls, noWork)
})

/** What the payers' scans saw and cost where the payer is no account of the audit, so that nobody settles it. */
const payersOwn = Effect.fnUntraced(function* ({ id, plan }: Run) {
  const store = yield* Store
  const accounts = new Set(plan.accounts.map((account) => account.id))
  const outside = plan.payers.filter((payer) => !accounts.has(payer))
  const records = yield* Effect.forEach(outside, (account) => store.scopeRecord(id, { account, region: payerRegion }))
  return {
    ...noSummary,
    ...workIn(records.flatMap((record) => record ?? []))
  } satisfies RunSummary
})

/** Ends the findings of accounts that are not part of the audit any more. A payer goes on telling about the accounts it pays for. */
const endLeft = Effect.fnUntraced(function* (run: Run) {
  const store = yield* Store
  const { accounts, payers, selected } = run.plan
  const there = new Set([...accounts.map(({ id }) => id), ...payers])
  let changes = noSummary.changes
  if (selected === "self") return { accounts: [], changes }
  const left = (yield* store.accountsWithFindings).filter((account) => !there.has(account))
  const ended: Array<string> = []
  for (const account of left) {
    const night = { runId: run.id, now: new Date(run.startedAt) }
    const open = yield* findingsOf(
      { statuses: ["open", "snoozed", "suppressed"], accounts: [account] },
      (finding) => finding
    )
    const transitions = open
      .filter(({ scope }) => !there.has(scope.account))
      .flatMap((finding) => resolve(finding, "account_left", night) ?? [])
    if (transitions.length === 0) continue
    ended.push(account)
    yield* store.writeTransitions(transitions)
    changes = addChanges(changes, changesOf(transitions.flatMap(({ events }) => events)))
  }
  return { accounts: ended, changes }
})
