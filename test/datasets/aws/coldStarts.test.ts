import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { AwsTarget } from "../../../core/aws/Aws.ts"
import { CallLedger } from "../../../core/aws/CallLedger.ts"
import { RetrySchedule } from "../../../core/aws/Aws.ts"
import { RateOf, unlimited } from "../../../core/aws/RateLimits.ts"
import services from "../../../core/pricing/snapshot/services.json" with { type: "json" }
import { known } from "../../../core/Reading.ts"
import { AsOf } from "../../../datasets/engine/Dataset.ts"
import { SeriesReader } from "../../../datasets/metrics/SeriesReader.ts"
import * as coldStarts from "../../../datasets/aws/coldStarts.ts"
import * as insights from "../../../datasets/aws/logsInsights.ts"
import * as Schedule from "effect/Schedule"
import {
  account,
  type Answers,
  awsFailure,
  awsLayer,
  daysAgo,
  noSeries,
  now,
  readDataset,
  readProbe,
  stubTransport,
  valueOf
} from "../harness.ts"

const question = (name: string, more: Partial<coldStarts.FunctionLogs> = {}): coldStarts.FunctionLogs => ({
  arn: `arn:aws:lambda:eu-west-1:${account}:function:${name}`,
  logGroup: `/aws/lambda/${name}`,
  lastModifiedAt: daysAgo(100),
  days: 7,
  calls: 1000,
  gb: 0.5,
  ...more
})

const questions = (count: number) => Array.from({ length: count }, (_, at) => question(`fn-${at}`))

interface Line {
  readonly name: string
  readonly cold: string
  readonly reports?: string
  readonly p95Ms?: string
  readonly initMs?: string
}

const row = ({ cold, initMs = "0", name, p95Ms = "0", reports = "10" }: Line) =>
  Object.entries({ "@log": `${account}:/aws/lambda/${name}`, cold, reports, p95Ms, initMs, "@ptr": undefined }).map(
    ([field, value]) => ({ field, value })
  )

/** Answers each query with rows for its groups, at once. */
const answering = (rowsOf: (names: ReadonlyArray<string>) => ReadonlyArray<unknown> = () => []): Answers => {
  const queries: Array<ReadonlyArray<string>> = []
  return {
    "logs:StartQuery": ({ logGroupNames }) => ({ queryId: String(queries.push(logGroupNames) - 1) }),
    "logs:GetQueryResults": ({ queryId }) => ({
      status: "Complete",
      results: rowsOf((queries[Number(queryId)] ?? []).map((name) => name.slice("/aws/lambda/".length)))
    })
  }
}

const reasonOf = (reading: { readonly known: boolean; readonly reason?: string } | undefined) => reading?.reason ?? ""

/** Asks about one function while the answers take their time. */
const slowly = Effect.fnUntraced(function* (answers: Answers, time: string) {
  const fiber = yield* Effect.forkChild(readProbe(coldStarts.reports, [question("orders")], answers))
  yield* TestClock.adjust(time as "1 second")
  return yield* Fiber.join(fiber)
})

describe("coldStarts.reports", () => {
  it.effect("asks about 120 functions in three queries, and tells cold calls from the others", () =>
    Effect.gen(function* () {
      const { calls, readings, sent } = yield* readProbe(
        coldStarts.reports,
        questions(120),
        answering((names) =>
          names.flatMap((name) => [
            row({ name, cold: "0", reports: "990" }),
            row({ name, cold: "1", reports: "10", p95Ms: "2345.6", initMs: "20000.5" })
          ])
        )
      )
      assert.deepStrictEqual(calls, { "logs:StartQuery": 3, "logs:GetQueryResults": 3 })
      for (const reading of readings) {
        assert.deepStrictEqual(
          reading,
          known({
            days: 7,
            seconds: 7 * 86_400 + 7200,
            calls: 1000,
            reports: 1000,
            starts: 10,
            p95Ms: 2345.6,
            initMs: 20_000.5
          })
        )
      }
      const starts = sent.filter(({ operation }) => operation.name === "StartQuery").map(({ input }) => input)
      assert.deepStrictEqual(starts.map(({ logGroupNames }) => logGroupNames.length).sort(), [20, 50, 50])
      assert.deepStrictEqual(
        [starts[0].startTime, starts[0].endTime],
        [Date.parse("2026-11-13T00:00:00Z") / 1000, now.getTime() / 1000]
      )
      const { queryString } = starts[0]
      for (const part of [
        '@type = "REPORT" or type = "platform.report"',
        "ispresent(@initDuration)",
        "record.metrics.initDurationMs",
        "Restore Duration",
        "by @log"
      ]) {
        assert.include(queryString, part)
      }
    })
  )

  it.effect("has one query for each window, the cheapest first, and knows a function without a report", () =>
    Effect.gen(function* () {
      const { readings, sent } = yield* readProbe(
        coldStarts.reports,
        [question("a"), question("b", { days: 2, calls: 300, gb: 0.2 }), question("c", { days: 0, gb: 0.1 })],
        answering((names) => names.filter((name) => name === "b").map((name) => row({ name, cold: "false" })))
      )
      const starts = sent.filter(({ operation }) => operation.name === "StartQuery").map(({ input }) => input)
      assert.deepStrictEqual(
        starts.map(({ logGroupNames, startTime }) => [logGroupNames[0], new Date(startTime * 1000).toISOString()]),
        [
          ["/aws/lambda/c", "2026-11-20T00:00:00.000Z"],
          ["/aws/lambda/b", "2026-11-18T00:00:00.000Z"],
          ["/aws/lambda/a", "2026-11-13T00:00:00.000Z"]
        ]
      )
      const none = { reports: 0, starts: 0, p95Ms: null, initMs: 0 }
      assert.deepStrictEqual(readings, [
        known({ days: 7, seconds: 612_000, calls: 1000, ...none }),
        known({ days: 2, seconds: 180_000, calls: 300, ...none, reports: 10 }),
        known({ days: 0, seconds: 7200, calls: 1000, ...none })
      ])
    })
  )

  it.effect("waits for a query, and reads all of its pages", () =>
    Effect.gen(function* () {
      let turn = 0
      const { calls, readings } = yield* slowly(
        {
          "logs:StartQuery": () => ({ queryId: "q" }),
          "logs:GetQueryResults": ({ maxItems, nextToken }) => {
            assert.strictEqual(maxItems, 10_000)
            turn += 1
            if (turn === 1) return { status: "Scheduled" }
            if (turn < 8)
              return { status: "Running", results: [row({ name: "orders", cold: "1", reports: "no number" })] }
            return nextToken === undefined
              ? { status: "Complete", results: [row({ name: "orders", cold: "0", reports: "5" })], nextToken: "2" }
              : { status: "Complete", results: [row({ name: "orders", cold: "true", reports: "3", p95Ms: "7" })] }
          }
        },
        "1 minute"
      )
      assert.deepStrictEqual(calls, { "logs:StartQuery": 1, "logs:GetQueryResults": 9 })
      const [reading] = readings
      assert.isTrue(reading?.known)
      if (reading?.known) assert.deepInclude(reading.value, { reports: 8, starts: 3, p95Ms: 7 })
    })
  )

  it.effect("gives up a query that takes too long, and stops it", () =>
    Effect.gen(function* () {
      const { calls, readings, sent } = yield* slowly(
        {
          "logs:StartQuery": () => ({ queryId: "q" }),
          "logs:GetQueryResults": () => ({ status: "Running", results: [] }),
          "logs:StopQuery": () => ({ success: true })
        },
        "10 minutes"
      )
      assert.strictEqual(reasonOf(readings[0]), "logs:GetQueryResults: not reachable (QueryTooSlow)")
      assert.strictEqual(calls["logs:StopQuery"], 1)
      assert.deepStrictEqual(sent.at(-1)?.input, { queryId: "q" })
      assert.isAtMost(calls["logs:GetQueryResults"] ?? 0, 60)
    })
  )

  it.effect("stops its query when the run ends", () =>
    Effect.gen(function* () {
      const stopped: Array<string> = []
      const { layer } = stubTransport({
        "logs:StartQuery": () => ({ queryId: "q" }),
        "logs:GetQueryResults": () => ({ status: "Running", results: [] }),
        "logs:StopQuery": ({ queryId }) => (stopped.push(queryId), { success: true })
      })
      const fiber = yield* Effect.forkChild(
        coldStarts.reports
          .read([question("orders")])
          .pipe(
            Effect.provideServiceEffect(SeriesReader, SeriesReader.make(now, [])),
            Effect.provide(awsLayer(layer)),
            Effect.provideService(AwsTarget, { account, region: "eu-west-1", partition: "aws" }),
            Effect.provideServiceEffect(CallLedger, CallLedger.make()),
            Effect.provideService(AsOf, now),
            Effect.provideService(RateOf, unlimited),
            Effect.provideService(RetrySchedule, Schedule.recurs(0)),
            Effect.scoped
          )
      )
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(stopped, [])
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(stopped, ["q"])
    })
  )

  it.effect("does not know functions whose query failed, and tells how it ended", () =>
    Effect.gen(function* () {
      for (const status of ["Failed", "Cancelled", "Timeout"]) {
        const { calls, readings } = yield* readProbe(coldStarts.reports, questions(3), {
          "logs:StartQuery": () => ({ queryId: "q" }),
          "logs:GetQueryResults": () => ({ status, results: [] }),
          "logs:StopQuery": () => {
            throw awsFailure("InvalidParameterException")
          }
        })
        assert.isTrue(readings.every((reading) => reasonOf(reading).includes(`Query ${status.toLowerCase()}`)))
        // Asked again, it would be paid for again.
        assert.strictEqual(calls["logs:StartQuery"], 1)
      }
    })
  )

  it.effect("calls an answer malformed without its id, list, status, fields or numbers, and pays once", () =>
    Effect.gen(function* () {
      const fault = Effect.fnUntraced(function* (start: object, page: object) {
        const { calls, readings } = yield* readProbe(coldStarts.reports, questions(4), {
          "logs:StartQuery": () => start,
          "logs:GetQueryResults": () => page,
          "logs:StopQuery": () => ({})
        })
        assert.strictEqual(calls["logs:StartQuery"], 1)
        assert.isTrue(readings.every((reading) => !reading.known))
        return reasonOf(readings[0])
      })
      const started = { queryId: "q" }
      const ended = (...results: ReadonlyArray<unknown>) => ({ status: "Complete", results })
      assert.include(yield* fault({}, ended()), "(queryId is missing)")
      assert.include(yield* fault(started, { status: "Complete" }), "(results is missing)")
      assert.include(yield* fault(started, { results: [] }), "(status is missing)")
      assert.include(yield* fault(started, { status: "Fine", results: [] }), "(the status of a query is not known)")
      const line = { name: "fn-1", cold: "1" }
      for (const field of ["@log", "cold", "reports", "p95Ms", "initMs"]) {
        const page = ended(row(line).filter((one) => one.field !== field))
        assert.include(yield* fault(started, page), `(results[] ${field} is missing)`)
      }
      assert.include(yield* fault(started, ended(row({ ...line, reports: "-1" }))), "(results[] reports is missing)")
      assert.include(yield* fault(started, ended(row({ ...line, p95Ms: "NaN" }))), "(results[] p95Ms is missing)")
      assert.include(yield* fault(started, ended([{ value: "1" }])), "(results[].field is missing)")
    })
  )

  it.effect("finds the one log group that is denied, and knows the others", () =>
    Effect.gen(function* () {
      const whole = answering((names) => names.map((name) => row({ name, cold: "0" })))
      const { calls, readings } = yield* readProbe(coldStarts.reports, questions(50), {
        ...whole,
        "logs:StartQuery": (input, destination) => {
          if (input.logGroupNames.includes("/aws/lambda/fn-17")) throw awsFailure("AccessDeniedException")
          return whole["logs:StartQuery"]?.(input, destination)
        }
      })
      assert.deepStrictEqual(
        readings.flatMap(({ known }, at) => (known ? [] : [at])),
        [17]
      )
      assert.include(reasonOf(readings[17]), "logs:StartQuery")
      assert.isAtMost(calls["logs:StartQuery"] ?? 0, 13)
    })
  )

  it.effect("does not pay again where the answers may not be read", () =>
    Effect.gen(function* () {
      const { calls, readings } = yield* readProbe(coldStarts.reports, questions(50), {
        "logs:StartQuery": () => ({ queryId: "q" }),
        "logs:GetQueryResults": () => {
          throw awsFailure("AccessDeniedException")
        },
        "logs:StopQuery": () => ({})
      })
      assert.isTrue(readings.every(({ known }) => !known))
      assert.strictEqual(calls["logs:StartQuery"], 1)
    })
  )
})

describe("a query", () => {
  it("is paid by what it will probably scan, at the price of the dearest region, and never without an estimate", () => {
    const paid = insights.startQuery.paid
    assert.strictEqual(paid?.usd({}, 2), 0.018)
    assert.throws(() => paid?.usd({}), "without an estimate")
    const prices = services.facts["cloudwatch.logsInsightsGBScanned"].usd.flatMap((usd) => usd ?? [])
    assert.strictEqual(Math.max(...prices), insights.usdPerGbScanned)
  })
})

describe("coldStarts.logBytes", () => {
  it.effect("asks for the logs of those that are called often enough, each group once", () =>
    Effect.gen(function* () {
      const fn = (name: string, more: object = {}) => ({
        FunctionName: name,
        FunctionArn: `arn:aws:lambda:eu-west-1:${account}:function:${name}`,
        MemorySize: 512,
        LastModified: "2026-01-02T03:04:05.678+0000",
        ...more
      })
      const asked: Array<string> = []
      const { read } = yield* readDataset(coldStarts.logBytes(7, 100), {
        "lambda:ListFunctions": () => ({
          Functions: [
            fn("busy"),
            fn("idle"),
            fn("one", { LoggingConfig: { LogGroup: "shared" } }),
            fn("two", { LoggingConfig: { LogGroup: "shared" } })
          ]
        }),
        "cloudwatch:GetMetricData": (input) => {
          const answer = noSeries(input)
          return {
            MetricDataResults: answer.MetricDataResults.map((result, at) => {
              const { Dimensions, MetricName } = input.MetricDataQueries[at].MetricStat.Metric
              const [{ Value }] = Dimensions
              if (MetricName === "IncomingBytes") asked.push(Value)
              const value = MetricName === "IncomingBytes" ? 3000 : Value === "idle" ? 99 : 100
              return { ...result, Timestamps: [new Date("2026-11-19T00:00:00Z")], Values: [value] }
            })
          }
        }
      })
      assert.deepStrictEqual(asked.sort(), ["/aws/lambda/busy", "shared"])
      assert.deepStrictEqual(valueOf(read).total(coldStarts.bytesInto("shared", 7)), known(3000))
    })
  )
})
