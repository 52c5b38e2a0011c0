import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as logs from "../../../datasets/aws/logs.ts"
import { account, paged, readDataset, readProbe, valueOf } from "../harness.ts"

const limit = { size: "limit", input: "nextToken", output: "nextToken" }

const awsGroup = (index: number) => ({
  logGroupName: `group-${index}`,
  arn: `arn:aws:logs:eu-west-1:${account}:log-group:group-${index}:*`,
  creationTime: Date.parse("2026-01-01T00:00:00Z"),
  storedBytes: 1024
})

describe("logs.logGroups", () => {
  it.effect("reads 120 groups in three calls of 50", () =>
    Effect.gen(function* () {
      const items = Array.from({ length: 120 }, (_, index) => awsGroup(index))
      const { calls, read } = yield* readDataset(logs.logGroups, {
        "logs:DescribeLogGroups": paged(items, "logGroups", limit)
      })
      assert.deepStrictEqual(calls, { "logs:DescribeLogGroups": 3 })
      assert.strictEqual(valueOf(read).length, 120)
      assert.deepStrictEqual(valueOf(read)[0], {
        arn: `arn:aws:logs:eu-west-1:${account}:log-group:group-0`,
        name: "group-0",
        createdAt: new Date("2026-01-01T00:00:00Z"),
        storedBytes: 1024,
        retentionDays: undefined,
        logGroupClass: "STANDARD",
        deletionProtected: false,
        metricFilters: 0,
        kmsKeyId: undefined
      })
    })
  )

  it.effect("calls a group without its size malformed rather than empty", () =>
    Effect.gen(function* () {
      const { read } = yield* readDataset(logs.logGroups, {
        "logs:DescribeLogGroups": () => ({ logGroups: [{ ...awsGroup(1), storedBytes: undefined }] })
      })
      assert.isFalse(read.ok)
    })
  )
})

describe("logs.incomingBytes", () => {
  it.effect("asks for one series a group, 500 to a call", () =>
    Effect.gen(function* () {
      const items = Array.from({ length: 501 }, (_, index) => awsGroup(index))
      const { calls, sent } = yield* readDataset(logs.incomingBytes(90), {
        "logs:DescribeLogGroups": paged(items, "logGroups", limit),
        "cloudwatch:GetMetricData": () => ({ MetricDataResults: [] })
      })
      assert.deepStrictEqual(calls, { "logs:DescribeLogGroups": 11, "cloudwatch:GetMetricData": 2 })
      const metric = sent.at(-1)?.input.MetricDataQueries[0].MetricStat.Metric
      assert.deepStrictEqual(
        [metric.Namespace, metric.MetricName, metric.Dimensions[0].Name],
        ["AWS/Logs", "IncomingBytes", "LogGroupName"]
      )
    })
  )
})

describe("logs.lastIngestion", () => {
  it.effect("asks for the newest stream of each group, one call each", () =>
    Effect.gen(function* () {
      const groups = ["written", "opened", "bare"].map((name) => ({ name }) as logs.LogGroup)
      const streams: Record<string, ReadonlyArray<object>> = {
        written: [
          { lastIngestionTime: Date.parse("2026-05-05T00:00:00Z"), creationTime: Date.parse("2026-01-01T00:00:00Z") }
        ],
        opened: [{ creationTime: Date.parse("2026-03-03T00:00:00Z") }],
        bare: []
      }
      const { calls, result, sent } = yield* readProbe(logs.lastIngestion, groups, {
        "logs:DescribeLogStreams": ({ logGroupName }) => ({ logStreams: streams[logGroupName] })
      })
      assert.deepStrictEqual(calls, { "logs:DescribeLogStreams": 3 })
      assert.deepStrictEqual(sent[0]?.input, {
        logGroupName: "written",
        orderBy: "LastEventTime",
        descending: true,
        limit: 1
      })
      assert.deepStrictEqual(Result.getOrThrow(result), [
        new Date("2026-05-05T00:00:00Z"),
        new Date("2026-03-03T00:00:00Z"),
        null
      ])
    })
  )
})
