/** What rules about the capacity of DynamoDB tables share: use by the hour, and what scales it. */
import { map, type Reading } from "../../core/Reading.ts"
import type { ScalableTarget } from "../../datasets/aws/applicationAutoscaling.ts"
import { type MetricSeries, windowStart } from "../../datasets/metrics/MetricSeries.ts"
import type { SeriesSpec } from "../../datasets/metrics/SeriesSpec.ts"
import { millisPerHour } from "../../core/time.ts"

const secondsPerHour = 3600

/** The hours of a window that are over; the one in which the run starts is not. */
export const fullHours = (now: Date, days: number): number =>
  Math.floor((now.getTime() - windowStart(now, days).getTime()) / millisPerHour)

/** The value of each full hour of the window, oldest first; undefined where an hour has none. */
const byHour = (series: MetricSeries, spec: SeriesSpec, now: Date): Reading<ReadonlyArray<number | undefined>> =>
  map(series.points(spec), (points) => {
    const start = windowStart(now, spec.days).getTime()
    const hours = Array.from({ length: fullHours(now, spec.days) }, (): number | undefined => undefined)
    for (const { at, value } of points) {
      const hour = Math.floor((at.getTime() - start) / millisPerHour)
      if (hour < hours.length) hours[hour] = value
    }
    return hours
  })

/** Units consumed in a second, on average of each full hour. An hour without a datapoint consumed nothing. */
export const unitsPerSecond = (series: MetricSeries, spec: SeriesSpec, now: Date): Reading<ReadonlyArray<number>> =>
  map(byHour(series, spec, now), (hours) => hours.map((sum) => (sum ?? 0) / secondsPerHour))

/** Units provisioned in each full hour; undefined where CloudWatch does not tell. */
export const unitsProvisioned = byHour

export const meanOf = (values: ReadonlyArray<number>): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

/** Between which bounds something is scaled. */
export const boundsOf = (target: Pick<ScalableTarget, "minimum" | "maximum"> | undefined): string =>
  target === undefined ? "not scaled" : `${target.minimum} to ${target.maximum}`
