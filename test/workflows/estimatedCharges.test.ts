/** A night of a payer whose Cost Explorer is off: what CloudWatch says of the bill is there for the alert rules. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { layerMemory } from "../../core/store/sqlite/sqlite.ts"
import { Store } from "../../core/store/Store.ts"
import { measure } from "../../query/alertMeasures.ts"
import { nightChanges } from "../../query/nightChanges.ts"
import dailyTrend from "../../scans/cost/get_daily_cost_trend.ts"
import { runNightly } from "../../workflows/engine.ts"
import { awsFailure } from "../datasets/harness.ts"
import { organizationOf, payer, request, world } from "./harness.ts"

describe("a night without Cost Explorer", () => {
  const answers = {
    ...organizationOf({ [payer]: {} }),
    "ce:GetCostAndUsage": () => {
      throw awsFailure("AccessDeniedException", "User not enabled for cost explorer access")
    },
    "cloudwatch:ListMetrics": () => ({
      Metrics: [
        {
          Namespace: "AWS/Billing",
          MetricName: "EstimatedCharges",
          Dimensions: [{ Name: "Currency", Value: "USD" }]
        }
      ]
    }),
    "cloudwatch:GetMetricData": ({ MetricDataQueries }: any) => ({
      MetricDataResults: MetricDataQueries.map(({ Id }: any) => ({
        Id,
        StatusCode: "Complete",
        Timestamps: [new Date("2026-11-19T00:00:00Z")],
        Values: [812.5]
      }))
    })
  }
  const scan = { name: "get_daily_cost_trend", category: "cost", scan: dailyTrend }
  const { layer } = world(answers, layerMemory, { scans: [scan] })

  it.effect("knows the month to date from AWS/Billing", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.parse("2026-11-20T02:00:00Z"))
      const runId = yield* runNightly(request({ scans: ["get_daily_cost_trend"] }))
      const store = yield* Store
      const run = yield* store.run(runId)
      assert.strictEqual(run?.status, "complete")
      if (run === undefined) return
      const rule = { name: "spend", severity: "high", quietHours: 20, hysteresisPercent: 5, above: 1 } as const
      const [measured] = yield* measure({ ...rule, measure: "month_to_date_spend" }, run, {}, nightChanges(run))
      assert.strictEqual(measured?.value, 812.5)
      assert.include(measured?.why, "AWS's estimate in AWS/Billing as of 2026-11-19")
    }).pipe(Effect.provide(layer))
  )
})
