/** A store with a night and its findings, for tests of the report. */
import * as Effect from "effect/Effect"
import type { Finding } from "../../core/finding/Finding.ts"
import { noSummary } from "../../core/run/totals.ts"
import type { StoredReport } from "../../core/run/Report.ts"
import type { AccountSummary, Run, TrendPoint } from "../../core/run/Run.ts"
import { noChanges } from "../../core/run/Changes.ts"
import { layerMemory } from "../../core/store/sqlite/sqlite.ts"
import { Store, type StoreError } from "../../core/store/Store.ts"
import { type Limits, makeReport, type ReportContent } from "../../report/makeReport.ts"
import { aFinding, anEvent, anOutcome, aRun, counting, recordOfOutcome } from "../core/store/fixtures.ts"

type Given = Parameters<typeof aFinding>[0]

/** A finding whose claim counts. */
export const counted = (given: Given = {}): Finding =>
  counting(aFinding({ scan: "find_unused_volumes", reasons: ["unattached"], ...given }))

/** A complete night over all that is configured. */
export const night = (overrides: Partial<Run> = {}): Run => {
  const run = aRun({ status: "complete", process: null })
  return {
    ...run,
    plan: { ...run.plan, full: true, scans: [{ name: "find_unused_volumes", settings: {} }] },
    summary: noSummary,
    ...overrides
  }
}

export const trendPoint = (day: string, monthlyUsd: number): TrendPoint => ({
  account: "all",
  day,
  runId: "20261120T020000Z-3fa9c1",
  confirmed: { findings: 1, monthlyUsd },
  unconfirmed: { findings: 0, monthlyUsd: 0 },
  changes: noChanges
})

export interface Stored {
  readonly runs?: ReadonlyArray<Run>
  readonly findings?: ReadonlyArray<Finding>
  readonly trend?: ReadonlyArray<TrendPoint>
  readonly summaries?: ReadonlyArray<AccountSummary>
  readonly reports?: ReadonlyArray<StoredReport>
}

export const putAll = ({
  findings = [],
  reports = [],
  runs = [night()],
  summaries = [],
  trend = []
}: Stored): Effect.Effect<void, StoreError, Store> =>
  Effect.gen(function* () {
    const store = yield* Store
    for (const run of runs) yield* store.putRun(run)
    yield* store.putScope(recordOfOutcome(anOutcome({ scan: "find_unused_volumes" })))
    yield* store.putTrend(trend)
    for (const summary of summaries) yield* store.putAccountSummary(summary)
    for (const report of reports) yield* store.putReport(report)
    yield* store.writeTransitions(findings.map((finding) => ({ finding, events: [anEvent(finding)] })))
  })

/** The report over a store that holds this. */
export const reportOf = (stored: Stored, limits?: Limits): Effect.Effect<ReportContent, StoreError> =>
  Effect.andThen(putAll(stored), makeReport(limits)).pipe(Effect.provide(layerMemory))
