/** What CloudWatch computes from the words of the estate: one statistic of a series over a period. */
import { millisPerDay, startOfUtcDay } from "../core/time.ts"
import type { Activity, ByDay, Level, Load } from "./estate.ts"
import { dateOf, type Here, refusal } from "./Service.ts"

/** One metric of one resource. */
export interface MetricSeries {
  readonly namespace: string
  readonly metric: string
  readonly dimensions: Readonly<Record<string, string>>
  readonly shows: { readonly sum: Activity; readonly samples?: Activity | undefined } | { readonly level: Load }
  /** In milliseconds; nothing is published before. */
  readonly since: number
  /** In milliseconds; nothing is published after. */
  readonly until: number
  /** Whether an idle day is a datapoint of zero or none. */
  readonly idle: "zero" | "none"
  /** Published once for a whole day, and a day late. */
  readonly daily: boolean
}

/** How series are told apart. */
export const seriesKey = (namespace: string, metric: string, dimensions: Readonly<Record<string, string>>): string =>
  [
    namespace,
    metric,
    ...Object.entries(dimensions)
      .map(([name, value]) => `${name}=${value}`)
      .sort()
  ].join("|")

const made = new WeakMap<Here, ReadonlyMap<string, MetricSeries>>()

/** Every series that the services of the account publish in the region, by key. */
export const seriesOf = (here: Here): ReadonlyMap<string, MetricSeries> => {
  const existing = made.get(here)
  if (existing !== undefined) return existing
  const all = here.services.flatMap(({ series }) => series?.(here) ?? [])
  const byKey = new Map<string, MetricSeries>()
  for (const {
    daily,
    dimensions,
    idle = "none",
    levels = {},
    namespace,
    samples = {},
    since,
    sums = {},
    until
  } of all) {
    const common: Omit<MetricSeries, "metric" | "shows"> = {
      namespace,
      dimensions,
      idle,
      daily: daily === true,
      since: since === undefined ? Number.NEGATIVE_INFINITY : dateOf(since).getTime(),
      until: until === undefined ? Number.POSITIVE_INFINITY : dateOf(until).getTime()
    }
    const add = (metric: string, shows: MetricSeries["shows"]) =>
      byKey.set(seriesKey(namespace, metric, dimensions), { ...common, metric, shows })
    for (const [metric, sum] of Object.entries(sums)) add(metric, { sum, samples: samples[metric] })
    for (const [metric, level] of Object.entries(levels)) add(metric, { level })
  }
  made.set(here, byKey)
  return byKey
}

/** How a series is on the UTC day that begins then. */
const onDay = <A extends Level>(shows: ByDay<A>, day: Date): A | 0 | undefined =>
  typeof shows === "string"
    ? undefined
    : typeof shows !== "object"
      ? (shows as A)
      : "until" in shows
        ? day <= dateOf(shows.until)
          ? shows.daily
          : (shows.then ?? 0)
        : "weekdays" in shows
          ? day.getUTCDay() === 0 || day.getUTCDay() === 6
            ? shows.weekends
            : shows.weekdays
          : (shows as A)

export const isRefused = ({ shows }: MetricSeries): boolean => Object.values(shows)[0] === "refused"

/** The hour of the first night of a month in which a level reaches its monthly peak. */
const peakHour = 3

const isPeak = (from: number, to: number): boolean => {
  const first = new Date(from)
  const peak = Date.UTC(first.getUTCFullYear(), first.getUTCMonth(), 1, peakHour)
  return from <= peak && peak < to
}

/** A percentile of a level, on straight lines between the values that are known. */
const percentileOf = (level: Level, percentile: number): number => {
  if (typeof level === "number") return level
  const known = [
    [0, lowest(level)],
    [50, level.average],
    [95, level.p95],
    [100, level.maximum]
  ] as const
  const above = known.findIndex(([at]) => at >= percentile)
  const [high, top] = known[above] as readonly [number, number]
  const [low, bottom] = known[above - 1] ?? [high, top]
  return high === low ? top : bottom + ((top - bottom) * (percentile - low)) / (high - low)
}

const lowest = (level: Level): number => (typeof level === "number" ? level : (level.minimum ?? level.average / 2))

const averageOf = (level: Level): number => (typeof level === "number" ? level : level.average)

const reportersOf = (level: Level): number => (typeof level === "number" ? 1 : (level.reporters ?? 1))

const highest = (level: Level, peak: boolean): number =>
  typeof level === "number" ? level : peak && level.monthlyPeak !== undefined ? level.monthlyPeak : level.maximum

const millisPerMinute = 60_000

/** What a statistic says of something that stands at this level from one instant to another. */
const ofLevel = (statistic: string, level: Level, from: number, to: number): number => {
  const percentile = /^p(\d+(?:\.\d+)?)$/.exec(statistic)?.[1]
  if (percentile !== undefined && Number(percentile) <= 100) return percentileOf(level, Number(percentile))
  // Trimmed and winsorized means, and the interquartile one.
  if (/^(tm|wm|IQM)/.test(statistic)) return averageOf(level)
  switch (statistic) {
    case "Average":
      return averageOf(level)
    case "Minimum":
      return lowest(level)
    case "Maximum":
      return highest(level, isPeak(from, to))
    case "SampleCount":
      return (reportersOf(level) * (to - from)) / millisPerMinute
    case "Sum":
      return (averageOf(level) * reportersOf(level) * (to - from)) / millisPerMinute
  }
  throw refusal("ValidationError", `The value ${statistic} for parameter Stat is not supported.`)
}

/** Adds up, or joins as the statistic wants it, what single days say of a period that is longer than a day. */
const join = (statistic: string, parts: ReadonlyArray<readonly [value: number, millis: number]>): number => {
  const values = parts.map(([value]) => value)
  if (statistic === "Sum" || statistic === "SampleCount") return values.reduce((sum, value) => sum + value, 0)
  if (statistic === "Maximum") return Math.max(...values)
  if (statistic === "Minimum") return Math.min(...values)
  const total = parts.reduce((sum, [, millis]) => sum + millis, 0)
  return parts.reduce((sum, [value, millis]) => sum + (value * millis) / total, 0)
}

/**
 * One datapoint: what a statistic says of a series from one instant to another; undefined where there is no datapoint.
 * What adds up over a day comes evenly, so a part of the day has its share; `refused` series have no datapoint either.
 */
export const valueBetween = (series: MetricSeries, statistic: string, from: number, to: number): number | undefined => {
  const { idle, shows, since, until } = series
  const parts: Array<readonly [number, number]> = []
  for (let day = startOfUtcDay(new Date(from)); day.getTime() < to; day = new Date(day.getTime() + millisPerDay)) {
    const start = Math.max(from, day.getTime())
    const end = Math.min(to, day.getTime() + millisPerDay)
    if (end <= since || start >= until) continue
    if ("level" in shows) {
      const level = onDay<Level>(shows.level, day)
      if (level !== undefined && !(averageOf(level) === 0 && idle === "none"))
        parts.push([ofLevel(statistic, level, start, end), end - start])
      continue
    }
    const sum = onDay<number>(shows.sum, day)
    if (sum === undefined || (sum === 0 && idle === "none")) continue
    const share = (end - start) / millisPerDay
    const samples = shows.samples === undefined ? undefined : onDay<number>(shows.samples, day)
    if (statistic === "SampleCount" && samples !== undefined) {
      parts.push([samples * share, end - start])
      continue
    }
    const perMinute = (sum * millisPerMinute) / millisPerDay
    parts.push([statistic === "Sum" ? sum * share : ofLevel(statistic, perMinute, start, end), end - start])
  }
  return parts.length === 0 ? undefined : join(statistic, parts)
}

// Source: CloudWatch user guide, "Metrics retention".
const retentionDays = (periodMillis: number): number => {
  const minutes = periodMillis / millisPerMinute
  return minutes >= 60 ? 455 : minutes >= 5 ? 63 : minutes >= 1 ? 15 : 0.125
}

/** Days that pass between a day and its datapoint, where it is published once a day and late. */
const daysLate = 2

/**
 * The datapoints of a series at the periods that begin from `start` on and before `end`, with the instants at which they
 * begin; the last one has what happened until `end` or now. CloudWatch forgets fine points first.
 */
export const pointsOf = (
  series: MetricSeries,
  { end, now, periodMillis, start, statistic }: PointsOf
): ReadonlyArray<readonly [instant: number, value: number]> => {
  const points: Array<readonly [number, number]> = []
  if (series.daily) {
    // The day's only value stands at its midnight, whatever the period.
    const newest = Math.min(end - 1, now - daysLate * millisPerDay)
    for (let day = startOfUtcDay(new Date(start)).getTime(); day <= newest; day += millisPerDay) {
      const level = valueBetween(series, statistic === "Sum" ? "Average" : statistic, day, day + millisPerDay)
      if (level !== undefined) points.push([day, statistic === "SampleCount" ? 1 : level])
    }
    return points
  }
  const last = Math.min(end, now)
  const forgotten = now - retentionDays(periodMillis) * millisPerDay - start
  const first = start + Math.max(0, Math.ceil(forgotten / periodMillis)) * periodMillis
  for (let at = first; at < last; at += periodMillis) {
    const value = valueBetween(series, statistic, at, Math.min(at + periodMillis, last))
    if (value !== undefined) points.push([at, value])
  }
  return points
}

interface PointsOf {
  readonly statistic: string
  readonly periodMillis: number
  /** In milliseconds, like `end` and `now`. */
  readonly start: number
  readonly end: number
  readonly now: number
}
