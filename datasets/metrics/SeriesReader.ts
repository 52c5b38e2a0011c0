/** Reads CloudWatch series in as few calls as AWS allows, for all datasets and rules of a scope together. */
import { CloudWatchClient, GetMetricDataCommand, type GetMetricDataCommandOutput } from "@aws-sdk/client-cloudwatch"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import { type AwsServices, AwsTarget, malformed, send } from "../../core/aws/Aws.ts"
import { AwsError, Unavailable } from "../../core/aws/AwsError.ts"
import { operation, operationKey } from "../../core/aws/operation.ts"
import { spelledAs } from "../../core/enumeration.ts"
import { endpointRegion } from "../../core/Scope.ts"
import { MetricSeries, type SeriesAnswer, windowStart } from "./MetricSeries.ts"
import type { SeriesQuestion } from "./Past.ts"
import {
  type MetricAsked,
  metricKey,
  type Period,
  periodKey,
  periodOf,
  SeriesMap,
  type SeriesSpec
} from "./SeriesSpec.ts"

/** Queries in one GetMetricData call. Source: shared/facts/aws-limits.md 1. */
export const maxQueriesPerCall = 500

/** Points that one GetMetricData call may ask for. Source: shared/facts/aws-limits.md 1. */
export const maxPointsPerCall = 100_800

/** Days of daily points for which 500 series, today's point included, stay within the points of a call. */
export const maxDays = 200

/** Hourly windows longer than this would take a call for every few dozen series. */
export const maxHourlyDays = 60

const usdPerMetric = 0.00001

/** Priced per metric that is asked for, whatever the window. Source: shared/pricing cloudwatch.getMetricDataPerMetric, 2025-09-23. */
export const getMetricData = operation(CloudWatchClient, GetMetricDataCommand, "cloudwatch:GetMetricData", {
  paging: { input: "NextToken", output: "NextToken" },
  paid: {
    unit: "metric",
    usdPerUnit: usdPerMetric,
    // The following pages of an answer belong to the metrics that were already paid for.
    usd: (input: { readonly MetricDataQueries?: ReadonlyArray<unknown>; readonly NextToken?: string }) =>
      input.NextToken === undefined ? (input.MetricDataQueries?.length ?? 0) * usdPerMetric : 0
  }
})

/** Series, and the calls and series that failed among them. */
export interface SeriesRead {
  readonly series: MetricSeries
  readonly gaps: ReadonlyArray<AwsError>
}

/** What earlier nights were told, and have settled. */
export interface SeriesMemory {
  /** The keys of those questions of a dataset that need not be asked tonight. */
  readonly settled: (
    dataset: string,
    questions: ReadonlyArray<SeriesQuestion>
  ) => Effect.Effect<ReadonlySet<string>, never, AwsTarget>
  /** Keeps what was told of questions for the nights to come. */
  readonly keep: (
    dataset: string,
    questions: ReadonlyArray<SeriesQuestion>,
    told: MetricSeries
  ) => Effect.Effect<void, never, AwsTarget>
}

const noMemory: SeriesMemory = { settled: () => Effect.succeed(new Set()), keep: () => Effect.void }

/**
 * How long series wait for others to share a call with, when those others are still being listed. Full calls do not wait, and
 * neither does anything once nobody else is expected to ask.
 */
const patienceMillis = 300

/** What takes back the announcement of whoever reads, as soon as its series are waiting. */
export const Announcement = Context.Reference<Effect.Effect<void, never, AwsTarget>>(
  "nightaudit/datasets/metrics/Announcement",
  { defaultValue: () => Effect.void }
)

interface Batch {
  readonly region: string
  readonly period: Period
  readonly days: number
  readonly specs: ReadonlyArray<SeriesSpec>
}

/** More would wait for CloudWatch's own limit of 50 calls a second, and hold their requests meanwhile. */
const callsAtOnce = 16

const statusCode = spelledAs(["Complete", "InternalError", "PartialData", "Forbidden"])

/** The answer to one call: values of its series that have any, one after the other, and why a series has none. */
interface CallAnswer {
  readonly start: Date
  readonly periods: number
  /** Which of those a series is; -1 where it has no datapoint. */
  readonly rows: Int16Array
  readonly values: Float64Array | Float32Array
  readonly failures: ReadonlyArray<AwsError | undefined>
}

/** Where the answer to a series will be. `days` is the window that was asked for. */
interface Place {
  readonly days: number
  readonly answer: Deferred.Deferred<CallAnswer>
  readonly index: number
}

interface Waiting {
  readonly spec: SeriesSpec
  readonly region: string
  days: number
}

export class SeriesReader extends Context.Service<
  SeriesReader,
  {
    /** Says that somebody will ask soon, once it knows about what. The answer takes that back, and must be run in the end. */
    readonly announce: Effect.Effect<Effect.Effect<void, never, AwsTarget>>
    /**
     * Reads series: none twice, each with the longest window that was declared for its metric. A call that fails makes its
     * series unknown and nothing else.
     */
    readonly read: (specs: ReadonlyArray<SeriesSpec>) => Effect.Effect<SeriesRead, never, AwsServices>
    /** Reads the series of those questions of a dataset that no earlier night has settled. */
    readonly ask: (
      dataset: string,
      questions: ReadonlyArray<SeriesQuestion>
    ) => Effect.Effect<SeriesRead, never, AwsServices>
  }
>()("nightaudit/datasets/metrics/SeriesReader") {
  /**
   * A reader for one scope. `asked` are the metrics that anybody in the scope may ask for, so that one window serves all. `living` are
   * series of the scope's region that cannot be without a datapoint; they are asked for where nothing else has one.
   */
  static readonly make = Effect.fnUntraced(function* (
    now: Date,
    asked: Iterable<MetricAsked>,
    memory: SeriesMemory = noMemory,
    living: Effect.Effect<ReadonlyArray<SeriesSpec>> = Effect.succeed([])
  ) {
    const scope = yield* Effect.scope
    const longest = new Map<string, number>()
    for (const one of asked) longest.set(metricKey(one), Math.max(longest.get(metricKey(one)) ?? 0, one.days))
    const places = new SeriesMap<Place>()
    let waiting: Array<Waiting> = []
    let waitingBySeries = new SeriesMap<Waiting>()
    /** Ends when the next calls are on their way. */
    let departure = yield* Deferred.make<void>()
    let announced = 0
    let timer = false
    const calls = yield* Semaphore.make(callsAtOnce)
    /** By region, the answers that are there or on their way, and whether one of them has a datapoint. */
    const dispatched = new Map<string, Array<Deferred.Deferred<CallAnswer>>>()
    const speaking = new Set<string>()
    /** Why nothing is concluded from a region's silence. */
    const silent = new Map<string, AwsError>()

    const dispatch = Effect.fnUntraced(function* (batch: Batch) {
      const target = yield* AwsTarget
      const answer = yield* Deferred.make<CallAnswer>()
      batch.specs.forEach((spec, index) => places.set(spec, { days: batch.days, answer, index }))
      const { region } = batch
      dispatched.set(region, [...(dispatched.get(region) ?? []), answer])
      const call = calls
        .withPermits(1)(readCall(batch, now))
        .pipe(
          Effect.provideService(AwsTarget, { ...target, region: batch.region }),
          Effect.flatMap((answered) => {
            if (answered.rows.some((row) => row >= 0)) speaking.add(region)
            return Deferred.succeed(answer, answered)
          }),
          Effect.asVoid
        )
      yield* Effect.forkIn(call, scope)
    })

    const send = Effect.fnUntraced(function* (all: boolean) {
      const { batches, rest } = batchesOf(waiting, now, all)
      if (batches.length === 0) return
      waiting = rest
      waitingBySeries = new SeriesMap()
      for (const one of rest) waitingBySeries.set(one.spec, one)
      const departing = departure
      departure = yield* Deferred.make<void>()
      yield* Effect.forEach(batches, dispatch, { discard: true })
      yield* Deferred.succeed(departing, undefined)
    })

    const settle = Effect.suspend(() => {
      if (waiting.length === 0) return Effect.void
      if (announced === 0) return send(true)
      if (timer) return send(false)
      timer = true
      const later = Effect.sleep(patienceMillis).pipe(
        Effect.andThen(
          Effect.suspend(() => {
            timer = false
            return send(true)
          })
        )
      )
      return Effect.andThen(send(false), Effect.forkIn(later, scope))
    })

    const answerOf = (
      answers: ReadonlyMap<Place, CallAnswer>,
      spec: SeriesSpec,
      region: string
    ): SeriesAnswer | undefined => {
      const place = places.get(spec)
      const answered = place === undefined ? undefined : answers.get(place)
      if (place === undefined || answered === undefined) return undefined
      const failure = answered.failures[place.index]
      if (failure !== undefined) return { _tag: "Failed", reason: failure.summary }
      const row = answered.rows[place.index] ?? -1
      const silence = silent.get(region)
      if (row < 0 && silence !== undefined) return { _tag: "Failed", reason: silence.summary }
      if (row < 0) return { _tag: "Values", start: answered.start, values: noValues }
      const from = row * answered.periods
      return { _tag: "Values", start: answered.start, values: answered.values.subarray(from, from + answered.periods) }
    }

    const regionOf = ({ region }: SeriesSpec, target: AwsTarget["Service"]): string =>
      endpointRegion(region ?? target.region, target.partition)

    /** Asks for series, and answers when CloudWatch has told of all of them. */
    const answersTo = Effect.fnUntraced(function* (specs: ReadonlyArray<SeriesSpec>) {
      const target = yield* AwsTarget
      for (const spec of specs) {
        const place = places.get(spec)
        if (place !== undefined && place.days >= spec.days) continue
        const days = Math.max(spec.days, longest.get(metricKey(spec)) ?? 0)
        const existing = waitingBySeries.get(spec)
        if (existing !== undefined) {
          existing.days = Math.max(existing.days, days)
          continue
        }
        const one = { spec, days, region: regionOf(spec, target) }
        waiting.push(one)
        waitingBySeries.set(spec, one)
      }
      yield* yield* Announcement
      yield* settle
      while (specs.some((spec) => (places.get(spec)?.days ?? -1) < spec.days)) yield* Deferred.await(departure)
      const asked = new Set(specs.flatMap((spec) => places.get(spec) ?? []))
      const answers = new Map<Place, CallAnswer>()
      for (const place of asked) answers.set(place, yield* Deferred.await(place.answer))
      return answers
    })

    /** Whether the scope's region has no datapoint of anything, not even of what lives there: then it is noted why. */
    const listen = yield* Effect.cached(
      Effect.gen(function* () {
        const target = yield* AwsTarget
        const region = endpointRegion(target.region, target.partition)
        const alive = yield* living
        const answers = yield* answersTo(alive)
        const isTold =
          alive.length > 0 && [...answers].every(([{ index }, { failures }]) => failures[index] === undefined)
        if (!isTold) return
        for (const answer of dispatched.get(region) ?? []) yield* Deferred.await(answer)
        if (speaking.has(region)) return
        const names = alive.map(({ dimensions }) => Object.values(dimensions).join(" ")).join(", ")
        const message = `CloudWatch has no datapoint of anything in ${region}, not even of the CPU of ${names}, so that nothing there is known to be idle`
        silent.set(region, yield* malformed(getMetricData, message))
      })
    )

    const read: SeriesReader["Service"]["read"] = Effect.fnUntraced(function* (specs) {
      const target = yield* AwsTarget
      const answers = yield* answersTo(specs)
      const own = endpointRegion(target.region, target.partition)
      const isMissing = ([{ index }, { failures, rows }]: readonly [Place, CallAnswer]) =>
        failures[index] === undefined && (rows[index] ?? -1) < 0
      if (!speaking.has(own) && [...answers].some(isMissing) && specs.some((spec) => regionOf(spec, target) === own)) {
        yield* listen
      }
      const gaps = new Map<string, AwsError>()
      for (const [place, { failures }] of answers) {
        const failure = failures[place.index]
        if (failure !== undefined) gaps.set(failure.message, failure)
      }
      for (const spec of specs) {
        const silence = silent.get(regionOf(spec, target))
        const place = places.get(spec)
        const answered = place === undefined ? undefined : answers.get(place)
        if (silence === undefined || place === undefined || answered === undefined) continue
        if (isMissing([place, answered])) gaps.set(silence.message, silence)
      }
      return {
        series: new MetricSeries((spec) => answerOf(answers, spec, regionOf(spec, target)), now),
        gaps: [...gaps.values()]
      }
    })

    return SeriesReader.of({
      announce: Effect.sync(() => {
        announced += 1
        let over = false
        return Effect.suspend(() => {
          if (over) return Effect.void
          over = true
          announced -= 1
          return settle
        }) as Effect.Effect<void, never, any>
      }),
      read,
      ask: Effect.fnUntraced(function* (dataset, questions) {
        const settled = yield* memory.settled(dataset, questions)
        const open = questions.filter(({ key }) => !settled.has(key))
        const { gaps, series } = yield* read(open.flatMap((question) => question.series))
        yield* memory.keep(dataset, open, series)
        return { series: series.besides(settled), gaps }
      })
    })
  })
}

/** What a period of weeks is a multiple of, however long ago it begins. Source: API reference, MetricStat, Period. */
const hourSeconds = 3600

/** The seconds of a period; a window is as long as whole hours make it. */
const secondsOf = (now: Date, days: number, period: Period): number =>
  period === "window"
    ? Math.max(1, Math.ceil((now.getTime() - windowStart(now, days).getTime()) / 1000 / hourSeconds)) * hourSeconds
    : period

const periodsOf = (now: Date, days: number, period: Period): number =>
  Math.max(1, Math.ceil((now.getTime() - windowStart(now, days).getTime()) / (secondsOf(now, days, period) * 1000)))

/** Calls for what is waiting: full ones, and the leftovers together, or left waiting. */
const batchesOf = (waiting: ReadonlyArray<Waiting>, now: Date, all: boolean) => {
  const batches: Array<Batch> = []
  const rest: Array<Waiting> = []
  const capacity = (days: number, period: Period) =>
    Math.max(1, Math.min(maxQueriesPerCall, Math.floor(maxPointsPerCall / periodsOf(now, days, period))))
  for (const group of Map.groupBy(waiting, ({ region, spec }) => `${region}|${periodKey(spec)}`).values()) {
    const [first] = group
    if (first === undefined) continue
    const { region } = first
    const period = periodOf(first.spec)
    const batch = (members: ReadonlyArray<Waiting>): Batch => ({
      region,
      period,
      days: members.reduce((days, member) => Math.max(days, member.days), 0),
      specs: members.map(({ spec }) => spec)
    })
    const leftovers: Array<Waiting> = []
    for (const [days, sameWindow] of Map.groupBy(group, ({ days }) => days)) {
      const size = capacity(days, period)
      const full = sameWindow.length - (sameWindow.length % size)
      for (let at = 0; at < full; at += size) batches.push(batch(sameWindow.slice(at, at + size)))
      leftovers.push(...sameWindow.slice(full))
    }
    if (!all) {
      rest.push(...leftovers)
      continue
    }
    // Metrics are billed by the series and not by the point, so windows that share a call all get the longest.
    let shared: Array<Waiting> = []
    for (const one of leftovers.sort((a, b) => a.days - b.days)) {
      if (shared.length + 1 > capacity(one.days, period)) {
        batches.push(batch(shared))
        shared = []
      }
      shared.push(one)
    }
    if (shared.length > 0) batches.push(batch(shared))
  }
  return { batches, rest }
}

/** The rows that have a value, and where each went: what is idle has none. */
const withoutEmpty = (values: Float64Array, series: number, periods: number) => {
  const rows = new Int16Array(series).fill(-1)
  let kept = 0
  for (let index = 0; index < series; index += 1) {
    const row = values.subarray(index * periods, (index + 1) * periods)
    if (row.every(Number.isNaN)) continue
    values.copyWithin(kept * periods, index * periods, (index + 1) * periods)
    rows[index] = kept
    kept += 1
  }
  return { rows, values: compact(values.subarray(0, kept * periods)) }
}

/** The same numbers in half the memory, where none of them loses a digit by it: most series are small counts. */
const compact = (values: Float64Array): Float64Array | Float32Array => {
  const short = Float32Array.from(values)
  return short.every((value, at) => Object.is(value, values[at])) ? short : values.slice()
}

const noValues = new Float32Array(0)

/** Makes one call with all its pages. Never fails: what could not be read is a failure of each of its series. */
const readCall = Effect.fnUntraced(function* ({ days, period, specs }: Batch, now: Date) {
  const start = windowStart(now, days)
  const periods = periodsOf(now, days, period)
  const seconds = secondsOf(now, days, period)
  const queries = specs.map(({ dimensions, metric, namespace, statistic }, index) => ({
    Id: `m${index}`,
    MetricStat: {
      Metric: {
        Namespace: namespace,
        MetricName: metric,
        Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }))
      },
      Period: seconds,
      Stat: statistic
    },
    ReturnData: true
  }))
  const values = new Float64Array(specs.length * periods).fill(Number.NaN)
  const statuses = specs.map((): string | undefined => undefined)
  const faults = specs.map((): string | undefined => undefined)
  const tokens = new Set<string>()
  let token: string | undefined

  const takePage = (page: GetMetricDataCommandOutput) => {
    if (!Array.isArray(page.MetricDataResults)) throw new SyntaxError("MetricDataResults is missing")
    const answered = new Set<number>()
    for (const { Id, StatusCode, Timestamps, Values } of page.MetricDataResults) {
      const index = /^m\d+$/.test(Id ?? "") ? Number(Id?.slice(1)) : Number.NaN
      if (!(index < specs.length)) throw new SyntaxError(`a result has an id that was not asked for`)
      if (answered.has(index)) faults[index] = "CloudWatch answered the series twice"
      answered.add(index)
      statuses[index] = statusCode(StatusCode ?? "")
      const instants = Timestamps ?? []
      const numbers = Values ?? []
      if (!Array.isArray(instants) || !Array.isArray(numbers) || instants.length !== numbers.length) {
        faults[index] = "CloudWatch answered more instants than values, or the other way round"
        continue
      }
      instants.forEach((instant, at) => {
        const value: unknown = numbers[at]
        const time = instant instanceof Date ? instant.getTime() : Number.NaN
        if (typeof value !== "number" || !Number.isFinite(value) || value < 0 || Number.isNaN(time)) {
          faults[index] = "CloudWatch answered a value that is no number of the metric"
          return
        }
        const slot = Math.floor((time - start.getTime()) / (seconds * 1000))
        // Of a window that CloudWatch would cut elsewhere, a part is not the whole.
        if (period === "window" && time !== start.getTime()) faults[index] = "CloudWatch answered another window"
        if (slot >= 0 && slot < periods) values[index * periods + slot] = value
      })
    }
    const next: unknown = page.NextToken
    return next === undefined || next === null || next === "" ? undefined : next
  }

  const read = Effect.gen(function* () {
    do {
      const request = {
        MetricDataQueries: queries,
        StartTime: start,
        EndTime: now,
        ScanBy: "TimestampAscending" as const,
        ...(token === undefined ? {} : { NextToken: token })
      }
      const next = yield* send(getMetricData, request, takePage)
      if (next === undefined) return
      if (typeof next !== "string" || tokens.has(next)) {
        return yield* Effect.flatMap(malformed(getMetricData, "the pages go in circles"), (error) => Effect.fail(error))
      }
      tokens.add(next)
      token = next
    } while (true)
  })
  const outcome = yield* Effect.result(read)
  if (outcome._tag === "Failure") {
    const failures = specs.map(() => outcome.failure)
    return { start, periods, rows: new Int16Array(0), values: noValues, failures } satisfies CallAnswer
  }
  const target = yield* AwsTarget
  const failed = (reason: AwsError["reason"]) =>
    new AwsError({ operation: operationKey(getMetricData), account: target.account, region: target.region, reason })
  const failures = yield* Effect.forEach(specs, (_, index): Effect.Effect<AwsError | undefined, never, AwsTarget> => {
    const fault = faults[index]
    const status = statuses[index]
    if (fault !== undefined) return malformed(getMetricData, fault)
    if (status === "Complete") return Effect.undefined
    if (status === undefined) return malformed(getMetricData, "CloudWatch left a series out of its answer")
    // What is still called partial on the last page was never read to its end.
    return status === "InternalError" || status === "PartialData" || status === "Forbidden"
      ? Effect.succeed(failed(new Unavailable({ code: status, message: `CloudWatch answered ${status}` })))
      : malformed(getMetricData, "CloudWatch answered a status that is not known")
  })
  return { start, periods, ...withoutEmpty(values, specs.length, periods), failures } satisfies CallAnswer
})
