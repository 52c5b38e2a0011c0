import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { payerRegion } from "../../../core/Scope.ts"
import { estimatedCharges } from "../../../datasets/billing/estimatedCharges.ts"
import { readDataset } from "../harness.ts"

const listed = (...all: ReadonlyArray<Readonly<Record<string, string>>>) => ({
  Metrics: all.map((dimensions) => ({
    Namespace: "AWS/Billing",
    MetricName: "EstimatedCharges",
    Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }))
  }))
})

const whole = { Currency: "USD" }
const account = { Currency: "USD", LinkedAccount: "222222222222" }
const service = { Currency: "USD", ServiceName: "AmazonEC2" }

describe("billing.estimatedCharges", () => {
  it.effect("has the newest value of the bill, of accounts and of services in USD, asked in us-east-1", () =>
    Effect.gen(function* () {
      const asked: Array<string> = []
      const { read } = yield* readDataset(
        estimatedCharges,
        {
          "cloudwatch:ListMetrics": (_: unknown, { region }: any) => {
            asked.push(region)
            return listed(whole, account, service, { ...account, ...service }, { Currency: "EUR" })
          },
          "cloudwatch:GetMetricData": ({ MetricDataQueries, StartTime }: any, { region }: any) => {
            asked.push(region)
            const start = new Date(StartTime).getTime()
            return {
              MetricDataResults: MetricDataQueries.map(({ Id }: any, index: number) => ({
                Id,
                StatusCode: "Complete",
                Timestamps: [0, 1].map((day) => new Date(start + day * 86_400_000)),
                Values: [100 * (index + 1), 100 * (index + 1) + 7]
              }))
            }
          }
        },
        payerRegion
      )
      assert.deepStrictEqual(
        (read as any).value.map(({ account, service, usd }: any) => [account, service, usd]),
        [
          [null, null, 107],
          ["222222222222", null, 207],
          [null, "AmazonEC2", 307]
        ]
      )
      assert.deepStrictEqual(asked, ["us-east-1", "us-east-1"])
    })
  )

  it.effect("is empty where billing alerts are not received, and asks for no series", () =>
    Effect.gen(function* () {
      const { calls, read } = yield* readDataset(
        estimatedCharges,
        { "cloudwatch:ListMetrics": () => listed() },
        payerRegion
      )
      assert.deepStrictEqual((read as any).value, [])
      assert.deepStrictEqual(calls, { "cloudwatch:ListMetrics": 1 })
    })
  )
})
