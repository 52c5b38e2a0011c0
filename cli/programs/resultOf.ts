import * as Effect from "effect/Effect"
import type { Finding } from "../../core/finding/Finding.ts"
import { inRun } from "../../core/run/inRun.ts"
import type { Outcome } from "../../core/run/Outcome.ts"
import type { StoredReport } from "../../core/run/Report.ts"
import { noCost } from "../../core/run/runCost.ts"
import { noCoverage, noTotals } from "../../core/run/totals.ts"
import { withLastSeen } from "../../query/lastSeen.ts"
import { noChanges } from "../../core/run/Run.ts"
import { type FindingQuery, Store, StoreError } from "../../core/store/Store.ts"
import type { ScanResult } from "../ScanResult.ts"

/** Every finding that is asked for, page by page. */
export const allFindings = Effect.fnUntraced(function* (query: Omit<FindingQuery, "limit" | "cursor">) {
  const store = yield* Store
  const findings: Array<Finding> = []
  let cursor: string | undefined
  do {
    const page = yield* store.findings({ ...query, limit: 1000, cursor })
    for (const finding of page.items) findings.push(finding)
    cursor = page.cursor
  } while (cursor !== undefined)
  return findings
})

const largestFirst = (a: Finding, b: Finding) => b.savings.monthlyUsd - a.savings.monthlyUsd || (a.id < b.id ? -1 : 1)

/** Everything that a run did, read from the store. */
export const resultOf = Effect.fn("cli.resultOf")(function* (
  runId: string
): Effect.fn.Return<ScanResult, StoreError, Store> {
  const store = yield* Store
  const run = yield* store.run(runId)
  if (run === undefined)
    return yield* new StoreError({ kind: "failed", message: `There is no run ${runId} in the store.` })
  const { finishedAt, id, plan, startedAt, status, summary, trigger } = run
  const open: Array<Finding> = []
  const resolved: Array<Finding> = []
  const outcomes: Array<Outcome> = []
  for (const { id: account } of plan.accounts) {
    const records = yield* store.scopeRecords(runId, account)
    const belongs = inRun(run, account, records)
    for (const record of records) outcomes.push(...record.outcomes)
    for (const finding of yield* allFindings({ status: "open", accounts: [account] }))
      if (belongs(finding)) open.push(finding)
    if (summary === null || summary.changes.resolved === 0) continue
    for (const finding of yield* allFindings({ status: "resolved", accounts: [account] })) {
      if (finding.runId === runId) resolved.push(finding)
    }
  }
  const reports: Array<StoredReport> = []
  for (const { name } of plan.scans) {
    for (const report of yield* store.reports(name)) if (report.runId === runId) reports.push(report)
  }
  return {
    run: { id, status, trigger, startedAt, finishedAt, plan },
    summary: { totals: summary?.totals ?? noTotals, changes: summary?.changes ?? noChanges },
    coverage: summary?.coverage ?? noCoverage,
    findings: [...(yield* withLastSeen(open.sort(largestFirst))), ...resolved.sort(largestFirst)],
    reports,
    outcomes,
    cost: summary?.cost ?? noCost
  }
})
