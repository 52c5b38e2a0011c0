/** Settles one account: which claim per resource counts, its totals, and its part of the run's summary. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { claimantOf } from "../../core/finding/claims.ts"
import { inRun } from "../../core/run/inRun.ts"
import type { Run, RunSummary, ScopeRecord } from "../../core/run/Run.ts"
import { addCost, noCost, workOf } from "../../core/run/runCost.ts"
import { coverageOf, totalsOf } from "../../core/run/totals.ts"
import { AccountId } from "../../core/Scope.ts"
import { Store } from "../../core/store/Store.ts"
import { isoDay } from "../../core/time.ts"
import { findingsOf } from "../../query/findingsOf.ts"
import { totalAccount } from "../accountTotals.ts"
import { takeNight } from "../nightLease.ts"
import { Progress } from "../Progress.ts"
import { findRun } from "../findRun.ts"
import { closeRecord } from "../scopeRecords.ts"

export const SettleInput = Schema.Struct({ runId: Schema.String, account: AccountId })

export const settle = Effect.fn("settle")(function* (input: unknown) {
  const { account, runId } = yield* Schema.decodeUnknownEffect(SettleInput)(input)
  const progress = yield* Progress
  const run = yield* findRun(runId)
  yield* takeNight(run)
  yield* settleAccount(run, account)
  progress({ _tag: "Settled", account })
  return { runId, account }
})

/** Settles an account of the run. Doing it twice is doing it once. */
export const settleAccount = Effect.fnUntraced(function* (run: Run, account: string) {
  const store = yield* Store
  for (const record of yield* store.scopeRecords(run.id, account)) {
    if (!record.done) {
      yield* closeRecord(run, record, { code: "not_scanned", message: "the run ended before this scope was scanned" })
    }
  }
  const records = yield* store.scopeRecords(run.id, account)

  const findings = yield* findingsOf({ statuses: ["open"], accounts: [account] }, claimantOf)
  // Totals are about everything that is open, whichever run found it; the summary is about the run.
  const counted = yield* totalAccount(account, findings, run)
  const summary: RunSummary = {
    totals: totalsOf(findings.filter(inRun(run, account, records)), counted),
    ...workIn(records)
  }
  if (run.plan.full && !(yield* isOvertaken(run, account))) {
    const { confirmed, unconfirmed } = summary.totals
    const day = isoDay(new Date(run.startedAt))
    yield* store.putTrend([{ account, day, runId: run.id, confirmed, unconfirmed, changes: summary.changes }])
  }
  yield* store.putAccountSummary({ runId: run.id, account, summary })
})

/** Whether a newer whole night has settled the account, or the organisation: an older one that ends last leaves its trend alone. */
export const isOvertaken = Effect.fnUntraced(function* ({ startedAt }: Run, account: string) {
  const store = yield* Store
  const [totals] = yield* store.rollups([account])
  // The first totals of all may be a narrower run's.
  return totals !== undefined && totals.asOf > startedAt && (yield* store.run(totals.runId))?.plan.full !== false
})

/** What the scopes of an account changed, saw and cost. */
const workIn = (records: ReadonlyArray<ScopeRecord>): Omit<RunSummary, "totals"> => {
  const work = workOf(records)
  return {
    changes: work.changes,
    coverage: coverageOf(records.flatMap(({ outcomes }) => outcomes)),
    cost: addCost(
      noCost,
      records.flatMap(({ calls }) => calls),
      work
    )
  }
}
