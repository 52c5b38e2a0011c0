import type { GetMetricDataCommandInput, GetMetricDataCommandOutput } from "@aws-sdk/client-cloudwatch"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { type Estate, sampleNight } from "../../../sample/estate.ts"
import { estate } from "../../../sample/organization.ts"
import { call } from "../call.ts"

const account = "444455556666"
const region = "eu-central-1"

const own: Estate = {
  ...estate,
  accounts: [
    {
      id: account,
      name: "own",
      regions: {
        [region]: {
          functions: [
            { name: "busy", memoryMb: 128, modified: "2026-01-01", invocations: 86_400 },
            { name: "weekly", memoryMb: 128, modified: "2026-01-01", invocations: { weekdays: 2400, weekends: 0 } },
            { name: "refused", memoryMb: 128, modified: "2026-01-01", invocations: "refused" },
            { name: "missing", memoryMb: 128, modified: "2026-01-01", invocations: "missing" },
            {
              name: "ended",
              memoryMb: 128,
              modified: "2026-01-01",
              invocations: { daily: 10, until: "2026-11-18" }
            }
          ]
        }
      },
      buckets: [{ name: "own", region, created: "2026-01-01", gb: { StandardStorage: 1 }, objects: 5 }]
    }
  ]
}

const query = (name: string, Period: number, Stat = "Sum", Id = name) => ({
  Id,
  MetricStat: {
    Metric: {
      Namespace: "AWS/Lambda",
      MetricName: "Invocations",
      Dimensions: [{ Name: "FunctionName", Value: name }]
    },
    Period,
    Stat
  }
})

/** Asks CloudWatch on the sample's night, oldest points first. */
const ask = (input: Partial<GetMetricDataCommandInput> & Pick<GetMetricDataCommandInput, "MetricDataQueries">) =>
  call<GetMetricDataCommandOutput>(
    "cloudwatch:GetMetricData",
    { EndTime: sampleNight, ScanBy: "TimestampAscending", ...input },
    { account, region, estate: own }
  )

/** `instant: value` of each point of the first result. */
const pointsOf = ({ MetricDataResults: [first] = [] }: GetMetricDataCommandOutput) =>
  (first?.Timestamps ?? []).map((instant, index) => [instant.toISOString().slice(5, 16), first?.Values?.[index]])

describe("GetMetricData of the sample", () => {
  it.effect("has a point for each period from its start on, and of today what has passed", () =>
    Effect.gen(function* () {
      const daily = yield* ask({
        StartTime: new Date("2026-11-18T00:00:00Z"),
        MetricDataQueries: [query("busy", 86_400)]
      })
      assert.deepStrictEqual(pointsOf(daily), [
        ["11-18T00:00", 86_400],
        ["11-19T00:00", 86_400],
        // Two hours of today.
        ["11-20T00:00", 7200]
      ])
      const hourly = yield* ask({
        StartTime: new Date("2026-11-19T23:20:00Z"),
        MetricDataQueries: [query("busy", 3600)]
      })
      assert.deepStrictEqual(pointsOf(hourly), [
        ["11-19T23:00", 3600],
        ["11-20T00:00", 3600],
        ["11-20T01:00", 3600]
      ])
      const fine = yield* ask({
        StartTime: new Date("2026-11-20T01:50:00Z"),
        EndTime: new Date("2026-11-20T01:57:30Z"),
        MetricDataQueries: [query("busy", 300)]
      })
      assert.deepStrictEqual(pointsOf(fine), [
        ["11-20T01:50", 300],
        ["11-20T01:55", 150]
      ])
    })
  )

  it.effect("has one point where the period is the whole window, and each period of its own where they differ", () =>
    Effect.gen(function* () {
      const week = { StartTime: new Date("2026-11-13T00:00:00Z"), EndTime: new Date("2026-11-20T00:00:00Z") }
      const whole = yield* ask({ ...week, MetricDataQueries: [query("busy", 7 * 86_400)] })
      assert.deepStrictEqual(pointsOf(whole), [["11-13T00:00", 7 * 86_400]])
      const mixed = yield* ask({
        StartTime: new Date("2026-11-19T22:30:00Z"),
        MetricDataQueries: [
          query("busy", 3600),
          query("busy", 1800, "Sum", "half"),
          query("busy", 86_400, "Sum", "day")
        ]
      })
      assert.deepStrictEqual(
        (mixed.MetricDataResults ?? []).map(({ Timestamps = [] }) =>
          Timestamps.map((instant) => instant.toISOString().slice(8, 16))
        ),
        [
          ["19T22:00", "19T23:00", "20T00:00", "20T01:00"],
          ["19T22:30", "19T23:00", "19T23:30", "20T00:00", "20T00:30", "20T01:00", "20T01:30"],
          ["19T00:00", "20T00:00"]
        ]
      )
    })
  )

  it.effect("has no point after now, before the series began, nor where the series is silent", () =>
    Effect.gen(function* () {
      const ahead = yield* ask({
        StartTime: new Date("2026-11-20T01:00:00Z"),
        EndTime: new Date("2026-11-21T00:00:00Z"),
        MetricDataQueries: [query("busy", 3600)]
      })
      assert.deepStrictEqual(pointsOf(ahead), [["11-20T01:00", 3600]])
      // The 14th and 15th are a weekend.
      const weekly = yield* ask({
        StartTime: new Date("2026-11-13T22:00:00Z"),
        EndTime: new Date("2026-11-16T01:00:00Z"),
        MetricDataQueries: [query("weekly", 3600)]
      })
      assert.deepStrictEqual(pointsOf(weekly), [
        ["11-13T22:00", 100],
        ["11-13T23:00", 100],
        ["11-16T00:00", 100]
      ])
      const ended = yield* ask({
        StartTime: new Date("2026-11-17T00:00:00Z"),
        MetricDataQueries: [query("ended", 86_400)]
      })
      assert.deepStrictEqual(pointsOf(ended), [
        ["11-17T00:00", 10],
        ["11-18T00:00", 10]
      ])
    })
  )

  it.effect("answers each id once, in order, and says which it refuses", () =>
    Effect.gen(function* () {
      const { MetricDataResults = [], NextToken } = yield* ask({
        StartTime: new Date("2026-11-19T00:00:00Z"),
        EndTime: new Date("2026-11-20T00:00:00Z"),
        MetricDataQueries: ["refused", "busy", "missing", "nobody"].map((name) => query(name, 86_400))
      })
      assert.deepStrictEqual(
        MetricDataResults.map(({ Id, StatusCode, Values }) => [Id, StatusCode, Values]),
        [
          ["refused", "InternalError", []],
          ["busy", "Complete", [86_400]],
          ["missing", "Complete", []],
          ["nobody", "Complete", []]
        ]
      )
      assert.isUndefined(NextToken)
    })
  )

  it.effect.each(["TimestampAscending", "TimestampDescending"] as const)(
    "cuts what has more than 100,800 points into pages: %s",
    (ScanBy) =>
      Effect.gen(function* () {
        // 500 series of 300 hours are 150,000 points.
        const queries = Array.from({ length: 500 }, (_, index) => query("busy", 3600, "Sum", `m${index}`))
        const StartTime = new Date(sampleNight.getTime() - 300 * 3_600_000)
        const instants: Array<number> = []
        const pages: Array<number> = []
        let NextToken: string | undefined
        do {
          const page: GetMetricDataCommandOutput = yield* ask({
            ScanBy,
            StartTime,
            MetricDataQueries: queries,
            ...(NextToken === undefined ? {} : { NextToken })
          })
          const results = page.MetricDataResults ?? []
          assert.deepStrictEqual(
            results.map(({ Id }) => Id),
            queries.map(({ Id }) => Id)
          )
          pages.push(results.reduce((sum, { Values = [] }) => sum + Values.length, 0))
          instants.push(...(results[7]?.Timestamps ?? []).map((instant) => instant.getTime()))
          NextToken = page.NextToken
        } while (NextToken !== undefined)
        assert.strictEqual(pages.length, 2)
        assert.isAtMost(Math.max(...pages), 100_800)
        const expected = Array.from({ length: 300 }, (_, hour) => StartTime.getTime() + hour * 3_600_000)
        assert.deepStrictEqual(instants, ScanBy === "TimestampAscending" ? expected : expected.toReversed())
      })
  )

  it.effect("knows every statistic of what adds up, and refuses what is none", () =>
    Effect.gen(function* () {
      const statistic = (Stat: string) =>
        Effect.map(
          ask({ StartTime: new Date("2026-11-20T01:00:00Z"), MetricDataQueries: [query("busy", 3600, Stat)] }),
          (output) => pointsOf(output)[0]?.[1]
        )
      assert.strictEqual(yield* statistic("Sum"), 3600)
      assert.strictEqual(yield* statistic("SampleCount"), 60)
      // Once a second is sixty a minute, and minutes are what Lambda sends.
      for (const one of ["Average", "Maximum", "Minimum", "p95", "p99.9", "tm90"])
        assert.strictEqual(yield* statistic(one), 60, one)
      const error = yield* Effect.flip(statistic("median"))
      assert.strictEqual(error.name, "ValidationError")
    })
  )

  it.effect("tells the size of a bucket once a day and a day late, whatever the period", () =>
    Effect.gen(function* () {
      const size = (Period: number) => ({
        Id: "size",
        MetricStat: {
          Metric: {
            Namespace: "AWS/S3",
            MetricName: "NumberOfObjects",
            Dimensions: [
              { Name: "BucketName", Value: "own" },
              { Name: "StorageType", Value: "AllStorageTypes" }
            ]
          },
          Period,
          Stat: "Average"
        }
      })
      for (const period of [86_400, 3600]) {
        const output = yield* ask({ StartTime: new Date("2026-11-17T00:00:00Z"), MetricDataQueries: [size(period)] })
        assert.deepStrictEqual(pointsOf(output), [
          ["11-17T00:00", 5],
          ["11-18T00:00", 5]
        ])
      }
    })
  )

  it.effect("has forgotten fine points first", () =>
    Effect.gen(function* () {
      const hours = (period: number) =>
        Effect.map(
          ask({
            StartTime: new Date("2026-08-01T00:00:00Z"),
            EndTime: new Date("2026-09-20T00:00:00Z"),
            MetricDataQueries: [query("busy", period)]
          }),
          pointsOf
        )
      assert.strictEqual((yield* hours(3600)).length, 50 * 24)
      // Sixty-three days before the night.
      assert.strictEqual((yield* hours(300))[0]?.[0], "09-18T02:00")
    })
  )

  it.effect("refuses a window that is none, a period that is none, and no query at all", () =>
    Effect.gen(function* () {
      for (const input of [
        { StartTime: sampleNight, MetricDataQueries: [query("busy", 3600)] },
        { StartTime: new Date("2026-11-19T00:00:00Z"), MetricDataQueries: [query("busy", 90)] },
        { StartTime: new Date("2026-11-19T00:00:00Z"), MetricDataQueries: [] }
      ]) {
        const error = yield* Effect.flip(ask(input))
        assert.strictEqual(error.name, "ValidationError")
      }
    })
  )
})
