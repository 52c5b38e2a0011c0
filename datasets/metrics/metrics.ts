/** CloudWatch metrics: one series per resource and statistic, batched into GetMetricData calls of up to 500. */
import { CloudWatchClient, GetMetricDataCommand, type GetMetricDataCommandOutput } from "@aws-sdk/client-cloudwatch"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import { AwsTarget, send } from "../../core/aws/Aws.ts"
import type { AwsError } from "../../core/aws/AwsError.ts"
import { operation } from "../../core/aws/operation.ts"
import { known, type Reading, unknown } from "../../core/Reading.ts"
import { endpointRegion } from "../../core/Scope.ts"
import { daysBefore, millisPerDay, startOfUtcDay } from "../../core/time.ts"
import type { MetricDataset, Needs, ValuesOf } from "../engine/Dataset.ts"
import { whenAbsent } from "./metricSemantics.ts"

/** Queries in one GetMetricData call. Source: shared/facts/aws-limits.md 1. */
export const maxQueriesPerCall = 500

/** Days of daily points for which 500 series stay within the 100,800 points of a call. */
export const maxDays = 201

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

export type Statistic = "Sum" | "Average" | "Maximum" | "Minimum" | "p95"

/** One metric of one resource at one point a day. */
export interface SeriesSpec {
  readonly namespace: string
  readonly metric: string
  readonly dimensions: Readonly<Record<string, string>>
  readonly statistic: Statistic
  /** Whole UTC days before the run. */
  readonly days: number
  /** Where the series is published, when that is not the scope's own region (a bucket's metrics, CloudFront's). */
  readonly region?: string
}

/** One point a day, oldest first. */
export interface Point {
  readonly day: Date
  readonly value: number
}

/**
 * What CloudWatch told about one series: a value a day up to yesterday, NaN where a day has none. Dense and unboxed,
 * because a scope may have 100,000 series of 90 days. An empty array is a series without any datapoint.
 */
export type SeriesAnswer =
  | { readonly _tag: "Days"; readonly values: Float64Array | Float32Array }
  | { readonly _tag: "Failed"; readonly reason: string }

/** What series have in common whose only difference is the resource. */
const familyOf = ({ dimensions, metric, namespace, region, statistic }: SeriesSpec): string =>
  `${region ?? ""}|${namespace}|${metric}|${statistic}|${Object.keys(dimensions).sort().join("|")}`

/** The resource of a series within its family. With one dimension it is the value itself: no new string per series. */
const memberOf = ({ dimensions }: SeriesSpec): string => {
  const names = Object.keys(dimensions)
  const [only = ""] = names
  return names.length === 1
    ? (dimensions[only] as string)
    : names
        .sort()
        .map((name) => dimensions[name])
        .join("|")
}

/** A map from series to something, apart from their windows, so that one request serves every window. */
class SeriesMap<A> {
  readonly #families = new Map<string, Map<string, A>>()

  get(spec: SeriesSpec): A | undefined {
    return this.#families.get(familyOf(spec))?.get(memberOf(spec))
  }

  set(spec: SeriesSpec, value: A): void {
    const family = familyOf(spec)
    const members = this.#families.get(family) ?? new Map<string, A>()
    this.#families.set(family, members)
    members.set(memberOf(spec), value)
  }

  *values(): Iterable<A> {
    for (const members of this.#families.values()) yield* members.values()
  }
}

/** The series that a dataset asked for. Every reading names the spec that it asked for. */
export class MetricSeries {
  readonly #answer: (spec: SeriesSpec) => SeriesAnswer | undefined
  readonly #now: Date

  constructor(answer: (spec: SeriesSpec) => SeriesAnswer | undefined, now: Date) {
    this.#answer = answer
    this.#now = now
  }

  /** Whether CloudWatch refused the series, rather than having nothing to tell. */
  failed(spec: SeriesSpec): boolean {
    return this.#answer(spec)?._tag === "Failed"
  }

  /** Daily points of the window, oldest first; empty when CloudWatch has none. */
  points(spec: SeriesSpec): Reading<ReadonlyArray<Point>> {
    const answer = this.#answer(spec)
    if (answer === undefined) return unknown(`${spec.namespace} ${spec.metric} was not read`)
    if (answer._tag === "Failed") return unknown(`${spec.namespace} ${spec.metric}: ${answer.reason}`)
    const window = answer.values.subarray(Math.max(0, answer.values.length - spec.days))
    const start = daysBefore(startOfUtcDay(this.#now), window.length).getTime()
    const points: Array<Point> = []
    window.forEach((value, index) => {
      if (!Number.isNaN(value)) points.push({ day: new Date(start + index * millisPerDay), value })
    })
    return known(points)
  }

  /** The sum over the window, with the table of `metricSemantics` deciding what "no datapoints" means. */
  total(spec: SeriesSpec): Reading<number> {
    return this.#fold(spec, (values) => values.reduce((sum, value) => sum + value, 0))
  }

  /** The largest daily value of the window. */
  peak(spec: SeriesSpec): Reading<number> {
    return this.#fold(spec, (values) => values.reduce((max, value) => Math.max(max, value), Number.NEGATIVE_INFINITY))
  }

  /** The newest value of the window, for metrics that are published once a day and late. */
  newest(spec: SeriesSpec): Reading<number> {
    return this.#fold(spec, (values) => values.at(-1) as number)
  }

  /** The newest day with a value above zero; null when the window has none. */
  lastActiveDay(spec: SeriesSpec): Reading<Date | null> {
    const points = this.points(spec)
    return points.known ? known(points.value.findLast(({ value }) => value > 0)?.day ?? null) : points
  }

  #fold(spec: SeriesSpec, fold: (values: ReadonlyArray<number>) => number): Reading<number> {
    const points = this.points(spec)
    if (!points.known) return points
    if (points.value.length > 0) return known(fold(points.value.map(({ value }) => value)))
    return whenAbsent(spec.namespace, spec.metric) === "zero"
      ? known(0)
      : unknown(`${spec.namespace} ${spec.metric} has no datapoints, and that does not prove idleness`)
  }
}

/** A dataset of series about the resources of other datasets. Its name needs the window, as two windows are two datasets. */
export const metricsOf = <const N extends Needs>(
  name: string,
  scope: MetricDataset["scope"],
  needs: N,
  series: (needs: ValuesOf<N>) => ReadonlyArray<SeriesSpec>
): MetricDataset => ({ kind: "metrics", name, scope, needs, operations: [getMetricData], series })

/**
 * Reads series in as few calls as AWS allows: equal series once, with the longest window that anyone asks for, 500 to a
 * call, per region and window. A call that fails makes its series unknown and nothing else.
 */
export const readSeries = Effect.fnUntraced(function* (specs: ReadonlyArray<SeriesSpec>, now: Date) {
  const target = yield* AwsTarget
  const longest = new SeriesMap<SeriesSpec>()
  for (const spec of specs) {
    const before = longest.get(spec)
    if (before === undefined || before.days < spec.days) longest.set(spec, spec)
  }

  const batches = new Map<string, { region: string; days: number; specs: Array<SeriesSpec> }>()
  for (const spec of longest.values()) {
    const region = endpointRegion(spec.region ?? target.region, target.partition)
    const days = Math.min(spec.days, maxDays)
    const batch = batches.get(`${region}/${days}`) ?? { region, days, specs: [] }
    batches.set(`${region}/${days}`, batch)
    batch.specs.push(spec)
  }
  const calls = [...batches.values()].flatMap(({ days, region, specs }) =>
    Arr.chunksOf(specs, maxQueriesPerCall).map((specs) => ({ region, days, specs }))
  )

  /** Where the answer to a series is: the number of its call times 500, plus its place in the call. */
  const places = new SeriesMap<number>()
  const answers: Array<CallAnswer> = []
  const gaps: Array<AwsError> = []
  yield* Effect.forEach(
    calls,
    ({ days, region, specs }) =>
      readCall(specs, startOfUtcDay(now), days).pipe(
        Effect.provideService(AwsTarget, { ...target, region }),
        Effect.catch((error) => {
          gaps.push(error)
          return Effect.succeed<CallAnswer>({ days, values: noDays, failures: specs.map(() => error.message) })
        }),
        Effect.map((answer) => {
          specs.forEach((spec, index) => places.set(spec, answers.length * maxQueriesPerCall + index))
          answers.push(answer)
        })
      ),
    { concurrency: 4, discard: true }
  )
  const answerOf = (spec: SeriesSpec): SeriesAnswer | undefined => {
    const place = places.get(spec)
    const answer = place === undefined ? undefined : answers[Math.floor(place / maxQueriesPerCall)]
    if (place === undefined || answer === undefined) return undefined
    const { days, failures, values } = answer
    const index = place % maxQueriesPerCall
    const reason = failures[index]
    return reason === undefined
      ? { _tag: "Days", values: values.subarray(index * days, (index + 1) * days) }
      : { _tag: "Failed", reason }
  }
  return { series: new MetricSeries(answerOf, now), gaps }
})

/** The answer to one call: `days` values for each of its series, one after the other, and why a series has none. */
interface CallAnswer {
  readonly days: number
  readonly values: Float64Array | Float32Array
  readonly failures: ReadonlyArray<string | undefined>
}

const noDays = new Float32Array(0)

/** The same numbers in half the memory, where none of them loses a digit by it: most series are small counts. */
const compact = (values: Float64Array): Float64Array | Float32Array => {
  const short = Float32Array.from(values)
  return short.every((value, day) => Object.is(value, values[day])) ? short : values
}

const readCall = Effect.fnUntraced(function* (specs: ReadonlyArray<SeriesSpec>, end: Date, days: number) {
  const queries = specs.map(({ dimensions, metric, namespace, statistic }, index) => ({
    Id: `m${index}`,
    MetricStat: {
      Metric: {
        Namespace: namespace,
        MetricName: metric,
        Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }))
      },
      Period: 86_400,
      Stat: statistic
    },
    ReturnData: true
  }))
  const start = daysBefore(end, days)
  const values = new Float64Array(specs.length * days).fill(Number.NaN)
  const failures = specs.map((): string | undefined => undefined)
  let token: string | undefined
  do {
    const page: GetMetricDataCommandOutput = yield* send(getMetricData, {
      MetricDataQueries: queries,
      StartTime: start,
      EndTime: end,
      ScanBy: "TimestampAscending",
      ...(token === undefined ? {} : { NextToken: token })
    })
    for (const { Id, StatusCode, Timestamps = [], Values = [] } of page.MetricDataResults ?? []) {
      const index = Number(Id?.slice(1))
      if (!(index < specs.length)) continue
      // `PartialData` on a page that has a token means that more follows.
      failures[index] =
        StatusCode === "InternalError" || StatusCode === "Forbidden" || StatusCode === "PartialData"
          ? `CloudWatch answered ${StatusCode}`
          : undefined
      Timestamps.forEach((instant, at) => {
        const day = Math.floor((instant.getTime() - start.getTime()) / millisPerDay)
        if (day >= 0 && day < days) values[index * days + day] = Values[at] ?? Number.NaN
      })
    }
    token = page.NextToken
  } while (token !== undefined && token !== "")
  return { days, values: compact(values), failures } satisfies CallAnswer
})
