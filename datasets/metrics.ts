/** CloudWatch metrics: one series per resource and statistic, batched into GetMetricData calls of up to 500. */
import { CloudWatchClient, GetMetricDataCommand, type GetMetricDataCommandOutput } from "@aws-sdk/client-cloudwatch"
import * as Effect from "effect/Effect"
import { AwsTarget, send } from "../core/aws/Aws.ts"
import { AwsError } from "../core/aws/AwsError.ts"
import { operation } from "../core/aws/operation.ts"
import { known, type Reading, unknown } from "../core/Reading.ts"
import { endpointRegion } from "../core/Scope.ts"
import { daysBefore, millisPerDay, startOfUtcDay } from "../core/time.ts"
import type { MetricDataset, Needs, ValuesOf } from "./Dataset.ts"
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
  | { readonly _tag: "Days"; readonly values: Float64Array }
  | { readonly _tag: "Failed"; readonly reason: string }

/** The identity of a series apart from its window, so that one request serves every window. */
const identity = ({ dimensions, metric, namespace, region, statistic }: SeriesSpec): string =>
  `${region ?? ""}|${namespace}|${metric}|${statistic}|${Object.entries(dimensions)
    .map(([name, value]) => `${name}=${value}`)
    .sort()
    .join(",")}`

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
  const longest = new Map<string, SeriesSpec>()
  for (const spec of specs) {
    const key = identity(spec)
    const before = longest.get(key)
    if (before === undefined || before.days < spec.days) longest.set(key, spec)
  }

  const batches = new Map<string, { region: string; days: number; entries: Array<readonly [string, SeriesSpec]> }>()
  for (const entry of longest) {
    const region = endpointRegion(entry[1].region ?? target.region, target.partition)
    const days = Math.min(entry[1].days, maxDays)
    const batch = batches.get(`${region}/${days}`) ?? { region, days, entries: [] }
    batches.set(`${region}/${days}`, batch)
    batch.entries.push(entry)
  }
  const calls = [...batches.values()].flatMap(({ days, entries, region }) =>
    Array.from({ length: Math.ceil(entries.length / maxQueriesPerCall) }, (_, index) => ({
      region,
      days,
      entries: entries.slice(index * maxQueriesPerCall, (index + 1) * maxQueriesPerCall)
    }))
  )

  const answers = new Map<string, SeriesAnswer>()
  const gaps: Array<AwsError> = []
  yield* Effect.forEach(
    calls,
    ({ days, entries, region }) =>
      readCall(entries, startOfUtcDay(now), days).pipe(
        Effect.provideService(AwsTarget, { ...target, region }),
        Effect.match({
          onSuccess: (results) => {
            for (const [key, answer] of results) answers.set(key, answer)
          },
          onFailure: (error) => {
            gaps.push(error)
            for (const [key] of entries) answers.set(key, { _tag: "Failed", reason: error.message })
          }
        })
      ),
    { concurrency: 4, discard: true }
  )
  return { series: new MetricSeries((spec) => answers.get(identity(spec)), now), gaps }
})

const readCall = Effect.fnUntraced(function* (entries: ReadonlyArray<readonly [string, SeriesSpec]>, end: Date, days: number) {
  const queries = entries.map(([, { dimensions, metric, namespace, statistic }], index) => ({
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
  const values = entries.map((): Float64Array | undefined => undefined)
  const failures = entries.map((): string | undefined => undefined)
  let token: string | undefined
  do {
    const page: GetMetricDataCommandOutput = yield* send(getMetricData, {
      MetricDataQueries: queries,
      StartTime: start,
      EndTime: end,
      ScanBy: "TimestampAscending",
      ...(token === undefined ? {} : { NextToken: token })
    })
    for (const result of page.MetricDataResults ?? []) {
      const index = Number(result.Id?.slice(1))
      if (!(index < entries.length)) continue
      // `PartialData` on a page that has a token means that more follows.
      if (result.StatusCode === "InternalError" || result.StatusCode === "Forbidden") failures[index] = result.StatusCode
      else failures[index] = result.StatusCode === "PartialData" ? "PartialData" : undefined
      result.Timestamps?.forEach((instant, at) => {
        const own = (values[index] ??= new Float64Array(days).fill(Number.NaN))
        own[Math.floor((instant.getTime() - start.getTime()) / millisPerDay)] = result.Values?.[at] ?? Number.NaN
      })
    }
    token = page.NextToken
  } while (token !== undefined && token !== "")

  return entries.map(([key], index): readonly [string, SeriesAnswer] => {
    const reason = failures[index]
    return [
      key,
      reason === undefined
        ? { _tag: "Days", values: values[index] ?? new Float64Array(0) }
        : { _tag: "Failed", reason: `CloudWatch answered ${reason}` }
    ]
  })
})
