/** What CloudWatch told about series, digested to what rules ask. */
import { known, map, type Reading, unknown } from "../../core/Reading.ts"
import { daysBefore, millisPerDay, startOfUtcDay } from "../../core/time.ts"
import { whenAbsent } from "./metricSemantics.ts"
import { periodOf, type SeriesSpec } from "./SeriesSpec.ts"

/** The value of one period. */
export interface Point {
  /** When the period begins. */
  readonly at: Date
  readonly value: number
}

/**
 * The answer to one series: a value for each period from `start` on, the last of which ends with the run's start; NaN where a
 * period has none. Dense and unboxed, because a scope may have 100,000 series of 90 days. An empty array is a series without any datapoint.
 */
export type SeriesAnswer =
  | { readonly _tag: "Values"; readonly start: Date; readonly values: Float64Array | Float32Array }
  | { readonly _tag: "Failed"; readonly reason: string }

/** Where the window of a series begins: at midnight UTC, so many days before the day of the run. */
export const windowStart = (now: Date, days: number): Date => startOfUtcDay(daysBefore(now, days))

/** The value below which so many percent of the values lie, by the nearest rank. */
export const percentileOf = (values: ReadonlyArray<number>, percent: number): number => {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN
}

/** The series that a dataset asked for. Every reading names the spec that it asked for. */
export class MetricSeries {
  readonly #answer: (spec: SeriesSpec) => SeriesAnswer | undefined
  readonly #now: Date
  readonly #settled: ReadonlySet<string>

  /** `settled` are the keys of the questions that an earlier night has answered. */
  constructor(
    answer: (spec: SeriesSpec) => SeriesAnswer | undefined,
    now: Date,
    settled: ReadonlySet<string> = new Set()
  ) {
    this.#answer = answer
    this.#now = now
    this.#settled = settled
  }

  /** Series of which nothing could be asked, because what they are about could not be read. */
  static unread(reason: string): MetricSeries {
    return new MetricSeries(() => ({ _tag: "Failed", reason }), new Date(0))
  }

  /** The same, where these questions were not asked. */
  besides(settled: ReadonlySet<string>): MetricSeries {
    return new MetricSeries(this.#answer, this.#now, settled)
  }

  /** Whether an earlier night has settled what the series of a resource are asked for, so that they were not asked for tonight. */
  settles(key: string): boolean {
    return this.#settled.has(key)
  }

  /** Whether CloudWatch refused the series, rather than having nothing to tell. */
  failed(spec: SeriesSpec): boolean {
    return this.#answer(spec)?._tag === "Failed"
  }

  /** Points of the window, oldest first and up to the run's start; empty when CloudWatch has none. */
  points(spec: SeriesSpec): Reading<ReadonlyArray<Point>> {
    const answer = this.#answer(spec)
    if (answer === undefined) return unknown(`${spec.namespace} ${spec.metric} was not read`)
    if (answer._tag === "Failed") return unknown(`${spec.namespace} ${spec.metric}: ${answer.reason}`)
    const from = windowStart(this.#now, spec.days).getTime()
    const period = periodOf(spec)
    const millis = period === "window" ? 0 : period * 1000
    const points: Array<Point> = []
    answer.values.forEach((value, index) => {
      const at = answer.start.getTime() + index * millis
      if (!Number.isNaN(value) && at >= from) points.push({ at: new Date(at), value })
    })
    return known(points)
  }

  /** The sum over the window, with the table of `metricSemantics` deciding what "no datapoints" means. */
  total(spec: SeriesSpec): Reading<number> {
    return this.#fold(spec, (values) => values.reduce((sum, value) => sum + value, 0))
  }

  /** The largest value of the window. */
  peak(spec: SeriesSpec): Reading<number> {
    return this.#fold(spec, (values) => values.reduce((max, value) => Math.max(max, value), Number.NEGATIVE_INFINITY))
  }

  /** The mean of the values of the window. */
  mean(spec: SeriesSpec): Reading<number> {
    return this.#fold(spec, (values) => values.reduce((sum, value) => sum + value, 0) / values.length)
  }

  /** The value below which so many percent of the window's values lie. */
  percentile(spec: SeriesSpec, percent: number): Reading<number> {
    return this.#fold(spec, (values) => percentileOf(values, percent))
  }

  /** The newest value of the window, for metrics that are published once a day and late. */
  newest(spec: SeriesSpec): Reading<number> {
    return this.#fold(spec, (values) => values.at(-1) as number)
  }

  /** In how many periods of the window the value passes the test, and how many periods have a value. */
  count(
    spec: SeriesSpec,
    test: (value: number) => boolean
  ): Reading<{ readonly passing: number; readonly of: number }> {
    return map(this.points(spec), (points) => ({
      passing: points.filter(({ value }) => test(value)).length,
      of: points.length
    }))
  }

  /** The newest day, at midnight UTC, with a value above zero; null when the window has none. */
  lastActiveDay(spec: SeriesSpec): Reading<Date | null> {
    return map(this.points(spec), (points) => {
      const last = points.findLast(({ value }) => value > 0)
      return last === undefined ? null : startOfUtcDay(last.at)
    })
  }

  /** The end of the newest day of the window that has a datapoint at all, not later than the run; null when it has none. */
  lastDatapoint(spec: SeriesSpec): Reading<Date | null> {
    return map(this.points(spec), (points) => {
      const last = points.at(-1)
      if (last === undefined) return null
      return new Date(Math.min(this.#now.getTime(), startOfUtcDay(last.at).getTime() + millisPerDay))
    })
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
