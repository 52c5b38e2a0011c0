/**
 * What an earlier night was told of a resource's series, day by day. CloudWatch bills by the series, however short the window, so that
 * what an earlier night has proven is not asked again: a queue that received on the 3rd is used until the 3rd leaves the window.
 */
import { createHash } from "node:crypto"
import { millisPerDay, startOfUtcDay } from "../../core/time.ts"
import { type MetricSeries, windowStart } from "./MetricSeries.ts"
import { metricKey, type SeriesSpec } from "./SeriesSpec.ts"

/** Series of one resource that are asked for unless an earlier night has settled what they are asked for. */
export interface SeriesQuestion {
  /** The resource, among those of the dataset. */
  readonly key: string
  /** What makes the resource this one and no other, such as its creation; empty where AWS does not tell. */
  readonly identity: string
  readonly series: ReadonlyArray<SeriesSpec>
  /** What is kept of the values of a day, where a series has several. Default: the last of them. */
  readonly ofDay?: (values: ReadonlyArray<number>, series: number) => number
  /**
   * Whether the past proves what the rule would conclude from the series of tonight, whatever happened since. True only where the
   * rule needs no number: it says `settles` before it looks at one.
   */
  readonly settledBy: (past: Past) => boolean
}

/** The days of some series as they are kept: JSON. */
export interface KeptDays {
  /** Midnight UTC of the first day, ISO. */
  readonly from: string
  /** A value for each day of each series; null where CloudWatch has none. */
  readonly values: ReadonlyArray<ReadonlyArray<number | null>>
}

/** How long after its end a day may still change: metrics come some minutes late. */
const settlingMillis = 3_600_000

/** Midnight UTC before which all days were whole for a run. */
const wholeUntil = (run: Date): Date => startOfUtcDay(new Date(run.getTime() - settlingMillis))

/** The days of one window that an earlier run knows, and how many it does not. */
export class Past {
  /** Midnight UTC at which its knowledge ends. */
  readonly until: Date
  /** Whole days since, of which nothing is known; the day of tonight's run is none of them. */
  readonly missingDays: number
  readonly #series: ReadonlyArray<ReadonlyArray<{ readonly day: number; readonly value: number }>>

  private constructor(
    until: Date,
    missingDays: number,
    series: ReadonlyArray<ReadonlyArray<{ readonly day: number; readonly value: number }>>
  ) {
    this.until = until
    this.missingDays = missingDays
    this.#series = series
  }

  /** `run` was told the days, and `now` asks, with windows of so many days. */
  static of({ from, values }: KeptDays, run: Date, now: Date, windows: ReadonlyArray<number>): Past {
    const until = wholeUntil(run)
    const first = Date.parse(from)
    const series = values.map((days, at) => {
      const begins = windowStart(now, windows[at] ?? 0).getTime()
      return days.flatMap((value, index) => {
        const day = first + index * millisPerDay
        return value === null || day < begins || day >= until.getTime() ? [] : [{ day, value }]
      })
    })
    return new Past(until, Math.round((startOfUtcDay(now).getTime() - until.getTime()) / millisPerDay), series)
  }

  /** The past of one of the series alone. */
  only(at: number): Past {
    return new Past(this.until, this.missingDays, [this.#series[at] ?? []])
  }

  /** On how many days a series passes the test: that of them which passes it most often. */
  days(test: (value: number) => boolean = () => true): number {
    return Math.max(0, ...this.#series.map((points) => points.filter(({ value }) => test(value)).length))
  }

  /** Whether anything was above zero on a day from then on. */
  wasActive(since: Date = new Date(0)): boolean {
    return this.#series.some((points) => points.some(({ day, value }) => value > 0 && day >= since.getTime()))
  }

  /** The sum of all days of all series. */
  get total(): number {
    return this.#series.flat().reduce((sum, { value }) => sum + value, 0)
  }
}

/** Asks whether a resource was used at all within the window: one day on which anything of it was above zero settles that. */
export const wasUsed = (
  key: string,
  series: ReadonlyArray<SeriesSpec>,
  createdAt: Date | undefined = undefined
): SeriesQuestion => ({
  key,
  identity: createdAt?.toISOString() ?? "",
  series,
  settledBy: (past) => past.wasActive()
})

/** The identity of a question: another resource, or other series of it, are another. */
export const identityOf = ({ identity, series }: SeriesQuestion): string => {
  const hash = createHash("sha256")
  for (const spec of series) {
    hash.update(`${metricKey(spec)}|${spec.days}|${spec.region ?? ""}|${JSON.stringify(spec.dimensions)}\n`)
  }
  return `${identity} ${hash.digest("hex").slice(0, 16)}`
}

/** The windows of a question's series, in days. */
export const windowsOf = ({ series }: SeriesQuestion): ReadonlyArray<number> => series.map(({ days }) => days)

/** What a run was told of a question's series; undefined where something of them is not known. */
export const keptDays = (
  { ofDay = (values) => values.at(-1) ?? Number.NaN, series }: SeriesQuestion,
  told: MetricSeries,
  now: Date
): KeptDays | undefined => {
  const days = Math.max(0, ...series.map((spec) => spec.days))
  const from = windowStart(now, days)
  const length = Math.max(0, Math.round((wholeUntil(now).getTime() - from.getTime()) / millisPerDay))
  const values: Array<ReadonlyArray<number | null>> = []
  for (const [index, spec] of series.entries()) {
    const points = told.points(spec)
    if (!points.known) return undefined
    const byDay = Array.from({ length }, (): Array<number> => [])
    for (const { at, value } of points.value) {
      byDay[Math.floor((at.getTime() - from.getTime()) / millisPerDay)]?.push(value)
    }
    values.push(byDay.map((day) => (day.length === 0 ? null : ofDay(day, index))))
  }
  return { from: from.toISOString(), values }
}
