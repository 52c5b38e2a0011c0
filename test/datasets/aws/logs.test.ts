import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as logs from "../../../datasets/aws/logs.ts"
import { all, known } from "../../../core/Reading.ts"
import { account, awsFailure, noSeries, paged, readDataset, readProbe, valueOf } from "../harness.ts"

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

  it.effect("calls a group without its size malformed rather than empty, and so an answer without its list", () =>
    Effect.gen(function* () {
      const fault = Effect.fnUntraced(function* (answer: object) {
        const { read } = yield* readDataset(logs.logGroups, { "logs:DescribeLogGroups": () => answer })
        return read.ok ? "" : read.error.summary
      })
      assert.include(
        yield* fault({ logGroups: [{ ...awsGroup(1), storedBytes: undefined }] }),
        "logGroups[].storedBytes"
      )
      assert.include(
        yield* fault({ logGroups: [{ ...awsGroup(1), creationTime: "soon" }] }),
        "logGroups[].creationTime"
      )
      assert.include(yield* fault({}), "logGroups is missing")
    })
  )
})

describe("logs.incomingBytes", () => {
  it.effect("asks for one series a group, 500 to a call", () =>
    Effect.gen(function* () {
      const items = Array.from({ length: 501 }, (_, index) => awsGroup(index))
      const { calls, sent } = yield* readDataset(logs.incomingBytes(90, true), {
        "logs:DescribeLogGroups": paged(items, "logGroups", limit),
        "cloudwatch:GetMetricData": noSeries
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
  const group = (name: string) =>
    ({ arn: `arn:${name}`, name, createdAt: new Date("2026-01-01T00:00:00Z"), storedBytes: 10 }) as logs.LogGroup

  it.effect("asks for the newest stream of each group, one call each", () =>
    Effect.gen(function* () {
      const groups = ["written", "opened", "bare"].map(group)
      const streams: Record<string, ReadonlyArray<object>> = {
        written: [
          { lastIngestionTime: Date.parse("2026-05-05T00:00:00Z"), creationTime: Date.parse("2026-01-01T00:00:00Z") }
        ],
        opened: [{ creationTime: Date.parse("2026-03-03T00:00:00Z") }],
        bare: []
      }
      const { calls, readings, sent } = yield* readProbe(logs.lastIngestion, groups, {
        "logs:DescribeLogStreams": ({ logGroupName }) => ({ logStreams: streams[logGroupName] })
      })
      assert.deepStrictEqual(calls, { "logs:DescribeLogStreams": 3 })
      assert.deepStrictEqual(sent.find(({ input }) => input.logGroupName === "written")?.input, {
        logGroupName: "written",
        orderBy: "LastEventTime",
        descending: true,
        limit: 1
      })
      assert.deepStrictEqual(
        all(readings),
        known([new Date("2026-05-05T00:00:00Z"), new Date("2026-03-03T00:00:00Z"), null])
      )
    })
  )

  it.effect("does not know a group that AWS refuses or answers without streams, and knows the others", () =>
    Effect.gen(function* () {
      const { readings } = yield* readProbe(logs.lastIngestion, ["bare", "refused", "odd", "undated"].map(group), {
        "logs:DescribeLogStreams": ({ logGroupName }) => {
          if (logGroupName === "refused") throw awsFailure("ResourceNotFoundException")
          return { bare: { logStreams: [] }, undated: { logStreams: [{}] } }[logGroupName as string] ?? {}
        }
      })
      assert.deepStrictEqual(
        readings.map(({ known }) => known),
        [true, false, false, false]
      )
    })
  )

  it("is another question once something was written", () => {
    const { identity } = logs.lastIngestion
    const before = identity?.(group("a"))
    assert.strictEqual(identity?.(group("b")), before)
    assert.notStrictEqual(identity?.({ ...group("a"), storedBytes: 11 }), before)
  })
})
