/** What a run did in a scope, from the first moment to the last. */
import * as Effect from "effect/Effect"
import { noChanges } from "../core/run/Changes.ts"
import { noCounters, type Outcome, type OutcomeReason } from "../core/run/Outcome.ts"
import type { Run, ScopeRecord } from "../core/run/Run.ts"
import { type Scope, scopeKey } from "../core/Scope.ts"
import { Store } from "../core/store/Store.ts"

/** Whether a run is a micro-scan, which leaves the newest outcome of every scope to the night. */
export const isMicro = ({ plan }: Run): boolean => plan.started !== undefined

/** The lease of a scope, which only one run scans at a time. */
export const scopeLease = (scope: Scope): string => `scope/${scopeKey(scope)}`

/** A record for a scope in which nothing has been done yet. */
export const newRecord = (run: Run, { account, region }: Scope, scans: ReadonlyArray<string>): ScopeRecord => ({
  runId: run.id,
  account,
  region,
  ...(isMicro(run) ? { apart: true } : {}),
  scans,
  outcomes: [],
  calls: [],
  durationMillis: 0,
  done: false,
  attempt: null
})

/** The outcome of a scan that was not run. `before` is its latest outcome in the scope. */
export const notJudged = (
  run: Run,
  scan: string,
  { account, region }: Scope,
  reason: OutcomeReason,
  before?: Outcome
): Outcome => ({
  scan,
  account,
  region,
  status: reason.code === "not_in_region" ? "not_applicable" : "unavailable",
  reason,
  counters: noCounters,
  unjudged: [],
  settings: before?.settings ?? {},
  ...(before?.minMonthlySavingsUsd === undefined ? {} : { minMonthlySavingsUsd: before.minMonthlySavingsUsd }),
  runId: run.id,
  asOf: run.startedAt,
  lastComplete: before?.lastComplete ?? null,
  lastJudged: before?.lastJudged ?? null,
  ...(before?.sourceSpoke === undefined ? {} : { sourceSpoke: before.sourceSpoke }),
  sequence: before?.sequence ?? 0,
  unbroken: before?.unbroken ?? null,
  changes: noChanges
})

/** The outcomes of a record with those that were written in the meantime, each scan once. */
export const outcomesOf = (record: ScopeRecord, latest: ReadonlyArray<Outcome>): ReadonlyArray<Outcome> => [
  ...new Map(
    [
      ...record.outcomes,
      ...latest.filter(({ runId, scan }) => runId === record.runId && record.scans.includes(scan))
    ].map((outcome) => [outcome.scan, outcome])
  ).values()
]

/** Gives every scan of a record that has no outcome yet the reason why, and closes the record. */
export const closeRecord = Effect.fnUntraced(function* (run: Run, record: ScopeRecord, reason: OutcomeReason) {
  const store = yield* Store
  const latest = yield* store.latestOutcomes(record)
  const outcomes = outcomesOf(record, latest)
  const judged = new Set(outcomes.map(({ scan }) => scan))
  const missing = record.scans
    .filter((scan) => !judged.has(scan))
    .map((scan) =>
      notJudged(
        run,
        scan,
        record,
        reason,
        latest.find((outcome) => outcome.scan === scan)
      )
    )
  yield* store.putScope({ ...record, outcomes: [...outcomes, ...missing], done: true })
})
