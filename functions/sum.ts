import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { noCoverage } from "../core/run/totals.ts"
import { findRun } from "../workflows/findRun.ts"
import { sum } from "../workflows/steps/sum.ts"
import { handlerOf } from "./handler.ts"
import { catalogueLayer } from "../audit/catalogueLayer.ts"
import { storeLayer } from "./storeLayer.ts"

/** What a night came to, for the alarms on coverage and cost and for the dashboard. */
export const handler = handlerOf("sum", sum, Layer.merge(catalogueLayer, storeLayer), ({ runId }) =>
  Effect.gen(function* () {
    const { plan, summary } = yield* findRun(runId)
    // A narrower run says nothing about the night.
    if (summary === null || !plan.full) return {}
    const { changes, cost, coverage = noCoverage, totals } = summary
    const applicable = coverage.expected - coverage.notApplicable
    return {
      Runs: 1,
      Findings: totals.confirmed.findings + totals.unconfirmed.findings,
      ConfirmedMonthlyUsd: totals.confirmed.monthlyUsd,
      UnconfirmedMonthlyUsd: totals.unconfirmed.monthlyUsd,
      NewMonthlyUsd: changes.opened.monthlyUsd,
      CoveragePercent: applicable === 0 ? 0 : (coverage.complete / applicable) * 100,
      RunCostUsd: cost.usd
    }
  }).pipe(Effect.orElseSucceed(() => ({})))
)
