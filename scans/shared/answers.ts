/** What load balancers tell hour by hour about those who answer requests. */
import { all, map, type Reading } from "../../core/Reading.ts"
import type { LoadBalancer } from "../../datasets/aws/elb.ts"
import type { MetricSeries } from "../../datasets/metrics/MetricSeries.ts"
import type { SeriesSpec } from "../../datasets/metrics/SeriesSpec.ts"

/** The sums of several series, by the first instant of the hour. */
export const hourly = (series: MetricSeries, specs: ReadonlyArray<SeriesSpec>): Reading<ReadonlyMap<number, number>> =>
  map(all(specs.map((spec) => series.points(spec))), (answers) => {
    const hours = new Map<number, number>()
    for (const { at, value } of answers.flat()) hours.set(at.getTime(), (hours.get(at.getTime()) ?? 0) + value)
    return hours
  })

/** The sum over all series and hours. */
export const totalOf = (series: MetricSeries, specs: ReadonlyArray<SeriesSpec>): Reading<number> =>
  map(all(specs.map((spec) => series.total(spec))), (totals) => totals.reduce((sum, total) => sum + total, 0))

/** Whether every load balancer is younger than that, and so is whatever stands behind them. */
export const areYounger = (balancers: ReadonlyArray<LoadBalancer>, than: Date): boolean =>
  balancers.every(({ createdAt }) => createdAt > than)
