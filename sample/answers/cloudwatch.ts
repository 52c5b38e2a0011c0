import type {
  GetMetricDataCommandInput,
  GetMetricDataCommandOutput,
  ListMetricsCommandInput,
  ListMetricsCommandOutput,
  Metric,
  MetricDataQuery,
  MetricDataResult
} from "@aws-sdk/client-cloudwatch"
import { daysBefore, millisPerDay, startOfUtcDay } from "../../core/time.ts"
import { type Answer, type Answers, pageOf } from "./Here.ts"
import { type Series, seriesKey, seriesOf, valueOn } from "./series.ts"

const keyOf = ({ Dimensions, MetricName, Namespace }: Metric) =>
  seriesKey(
    Namespace ?? "",
    MetricName ?? "",
    Object.fromEntries((Dimensions ?? []).map(({ Name, Value }) => [Name ?? "", Value ?? ""]))
  )

/** A point a day: the product asks for no other period. */
const pointsOf = (series: Series, start: Date, end: Date) => {
  const Timestamps: Array<Date> = []
  const Values: Array<number> = []
  const newest = daysBefore(end, series.late)
  for (let day = startOfUtcDay(start); day < newest; day = new Date(day.getTime() + millisPerDay)) {
    const value = valueOn(series, day)
    if (value === undefined) continue
    Timestamps.push(day)
    Values.push(value)
  }
  return { Timestamps, Values }
}

/** CloudWatch forgets to list series that were silent for two weeks. */
const listedDays = 14

const isListed = (series: Series, today: Date) =>
  Array.from({ length: listedDays }, (_, days) => daysBefore(today, days + 1)).some(
    (day) => valueOn(series, day) !== undefined
  )

export const answers: Answers = {
  "cloudwatch:GetMetricData": (here, input: GetMetricDataCommandInput): Answer<GetMetricDataCommandOutput> => {
    const all = seriesOf(here)
    const resultOf = ({ Id, MetricStat }: MetricDataQuery): MetricDataResult => {
      const series = MetricStat?.Metric === undefined ? undefined : all.get(keyOf(MetricStat.Metric))
      const none = { Timestamps: [], Values: [] }
      return {
        Id,
        StatusCode: series?.activity === "refused" ? "InternalError" : "Complete",
        ...(series === undefined ? none : pointsOf(series, input.StartTime as Date, input.EndTime as Date))
      }
    }
    return { MetricDataResults: (input.MetricDataQueries ?? []).map(resultOf) }
  },

  "cloudwatch:ListMetrics": (here, input: ListMetricsCommandInput): Answer<ListMetricsCommandOutput> => {
    const today = startOfUtcDay(new Date(here.now()))
    const listed = [...seriesOf(here).values()].filter(
      (series) =>
        (input.Namespace === undefined || series.namespace === input.Namespace) &&
        (input.MetricName === undefined || series.metric === input.MetricName) &&
        isListed(series, today)
    )
    const { items, next } = pageOf(listed, input.NextToken, undefined, 500)
    return {
      Metrics: items.map(({ dimensions, metric, namespace }) => ({
        Namespace: namespace,
        MetricName: metric,
        Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }))
      })),
      NextToken: next
    }
  }
}
