import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { estate } from "../../../sample/organization.ts"
import { call, pointsOf, production } from "../call.ts"

const table = (TableName: string) => Effect.map(call("dynamodb:DescribeTable", { TableName }), ({ Table }) => Table)

const consumed = (metric: string, dimensions: Readonly<Record<string, string>>) =>
  Effect.map(
    pointsOf({
      namespace: "AWS/DynamoDB",
      metric,
      dimensions,
      start: "2026-08-22T00:00:00Z",
      end: "2026-11-20T00:00:00Z"
    }),
    (points) => points.reduce((sum, { value }) => sum + value, 0)
  )

describe("DynamoDB in the sample", () => {
  it.effect("lists tables by name, a hundred at a time, from the last name on", () =>
    Effect.gen(function* () {
      const tables = Array.from({ length: 130 }, (_, n) => ({
        name: `t-${n}`,
        created: "2026-01-01",
        gb: 0,
        items: 0,
        reads: 0,
        writes: 0
      }))
      const many = {
        ...estate,
        accounts: [{ id: production.account, name: "many", regions: { [production.region]: { tables } } }]
      }
      const here = { ...production, estate: many }
      const first = yield* call("dynamodb:ListTables", {}, here)
      assert.strictEqual(first.TableNames.length, 100)
      assert.strictEqual(first.LastEvaluatedTableName, first.TableNames[99])
      const second = yield* call("dynamodb:ListTables", { ExclusiveStartTableName: first.LastEvaluatedTableName }, here)
      assert.notProperty(second, "LastEvaluatedTableName")
      assert.strictEqual(new Set([...first.TableNames, ...second.TableNames]).size, 130)
      assert.deepStrictEqual(
        (yield* call("dynamodb:ListTables", {}, { ...production, region: "us-east-1" })).TableNames,
        []
      )
    })
  )

  it.effect("describes a table as it is billed: without a word where it is provisioned", () =>
    Effect.gen(function* () {
      const provisioned = yield* table("loyalty-points-2021")
      assert.notProperty(provisioned, "BillingModeSummary")
      assert.deepStrictEqual(provisioned.ProvisionedThroughput, {
        NumberOfDecreasesToday: 0,
        ReadCapacityUnits: 300,
        WriteCapacityUnits: 120
      })
      assert.strictEqual(provisioned.GlobalSecondaryIndexes[0].ProvisionedThroughput.ReadCapacityUnits, 100)
      assert.strictEqual(provisioned.TableSizeBytes, 46 * 2 ** 30)
      const onDemand = yield* table("clickstream-2024")
      assert.deepStrictEqual(onDemand.BillingModeSummary, { BillingMode: "PAY_PER_REQUEST" })
      assert.deepStrictEqual(onDemand.TableClassSummary, { TableClass: "STANDARD_INFREQUENT_ACCESS" })
      assert.notProperty(onDemand, "GlobalSecondaryIndexes")
      assert.deepStrictEqual(
        (yield* table("catalog")).Replicas.map(({ RegionName }: { RegionName: string }) => RegionName),
        ["eu-west-1"]
      )
      const error = yield* Effect.flip(table("nobody"))
      assert.strictEqual(error.name, "ResourceNotFoundException")
    })
  )

  it.effect("knows whether a table can be restored to any minute", () =>
    Effect.gen(function* () {
      const status = (TableName: string) =>
        Effect.map(
          call("dynamodb:DescribeContinuousBackups", { TableName }),
          ({ ContinuousBackupsDescription }) =>
            ContinuousBackupsDescription.PointInTimeRecoveryDescription.PointInTimeRecoveryStatus
        )
      assert.strictEqual(yield* status("orders"), "ENABLED")
      assert.strictEqual(yield* status("clickstream-2024"), "DISABLED")
    })
  )

  it.effect("counts what an index is asked on the index and nowhere else", () =>
    Effect.gen(function* () {
      const reads = "ConsumedReadCapacityUnits"
      assert.strictEqual(yield* consumed(reads, { TableName: "customer-preferences" }), 0)
      assert.strictEqual(
        yield* consumed(reads, { TableName: "customer-preferences", GlobalSecondaryIndexName: "by-newsletter" }),
        90 * 64_000
      )
      for (const metric of [reads, "ConsumedWriteCapacityUnits"]) {
        assert.strictEqual(yield* consumed(metric, { TableName: "loyalty-points-2021" }), 0)
        const index = { TableName: "loyalty-points-2021", GlobalSecondaryIndexName: "by-level" }
        assert.strictEqual(yield* consumed(metric, index), 0)
      }
    })
  )
})
