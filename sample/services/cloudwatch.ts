/** CloudWatch has no words of its own: it tells the metrics that the other services declare. */
import type {
  DimensionFilter,
  GetMetricDataCommandInput,
  GetMetricDataCommandOutput,
  ListMetricsCommandInput,
  ListMetricsCommandOutput,
  Metric,
  MetricDataQuery,
  MetricDataResult
} from "@aws-sdk/client-cloudwatch"
import { daysBefore, millisPerDay, startOfUtcDay } from "../../core/time.ts"
import { isRefused, type MetricSeries, pointsOf, seriesKey, seriesOf, valueBetween } from "../metrics.ts"
import { type Answer, defineService, type Here, pageOf, refusal } from "../Service.ts"

const keyOf = ({ Dimensions, MetricName, Namespace }: Metric) =>
  seriesKey(
    Namespace ?? "",
    MetricName ?? "",
    Object.fromEntries((Dimensions ?? []).map(({ Name, Value }) => [Name ?? "", Value ?? ""]))
  )

/** Source: API reference, GetMetricData. */
const mostQueries = 500
const mostPoints = 100_800

const invalid = (message: string) => refusal("ValidationError", message)

/** The instants between which a page of an answer lies, and the token of the next one. */
interface Page {
  readonly start: number
  readonly end: number
  readonly next: string | undefined
}

/** Periods begin with the minute, hour or day of the start; longer ones run from the day of the start on. */
const alignedTo = (instant: number, periodMillis: number): number => {
  const unit = Math.min(periodMillis, millisPerDay)
  return Math.floor(instant / unit) * unit
}

/** Cuts a window so that no page has more points than AWS allows. A token is the instant at which the next page begins. */
const pageOfWindow = (input: GetMetricDataCommandInput, queries: ReadonlyArray<MetricDataQuery>): Page => {
  const periods = queries.map(({ MetricStat }) => periodOf(MetricStat?.Period))
  const longest = Math.max(...periods)
  const start = alignedTo((input.StartTime as Date).getTime(), longest)
  const end = (input.EndTime as Date).getTime()
  if (!(start < end)) throw invalid("The parameter StartTime must be less than the parameter EndTime.")
  const points = Math.min(input.MaxDatapoints ?? mostPoints, mostPoints)
  // Whole periods of every query, so that none of them is cut in two.
  const pageMillis = Math.max(1, Math.floor(((points / queries.length) * Math.min(...periods)) / longest)) * longest
  if (isNewestFirst(input)) {
    const upTo = input.NextToken === undefined ? end : Number(input.NextToken)
    const whole = start + Math.ceil((upTo - start) / longest) * longest
    const from = Math.max(start, whole - pageMillis)
    return { start: from, end: upTo, next: from > start ? String(from) : undefined }
  }
  const from = input.NextToken === undefined ? start : Number(input.NextToken)
  const upTo = Math.min(end, from + pageMillis)
  return { start: from, end: upTo, next: upTo < end ? String(upTo) : undefined }
}

const isNewestFirst = ({ ScanBy }: GetMetricDataCommandInput): boolean => ScanBy !== "TimestampAscending"

const periodOf = (seconds: number | undefined): number => {
  if (seconds === undefined || seconds < 1 || (seconds >= 60 && seconds % 60 !== 0))
    throw invalid("The value for parameter Period must be a multiple of 60.")
  return seconds * 1000
}

const resultOf = (
  here: Here,
  input: GetMetricDataCommandInput,
  { Id, MetricStat }: MetricDataQuery,
  page: Page
): MetricDataResult => {
  const series = MetricStat?.Metric === undefined ? undefined : seriesOf(here).get(keyOf(MetricStat.Metric))
  const periodMillis = periodOf(MetricStat?.Period)
  const asked = alignedTo((input.StartTime as Date).getTime(), periodMillis)
  const points =
    series === undefined
      ? []
      : pointsOf(series, {
          statistic: MetricStat?.Stat ?? "",
          periodMillis,
          // A page begins with the longest period, and the first of a shorter one may come later.
          start: Math.max(page.start, asked),
          end: page.end,
          now: here.now()
        })
  const ordered = isNewestFirst(input) ? points.toReversed() : points
  return {
    Id,
    Label: MetricStat?.Metric?.MetricName,
    StatusCode: series !== undefined && isRefused(series) ? "InternalError" : "Complete",
    Timestamps: ordered.map(([instant]) => new Date(instant)),
    Values: ordered.map(([, value]) => value)
  }
}

/** CloudWatch forgets to list series that were silent for two weeks. */
const listedDays = 14

const isListed = (series: MetricSeries, now: number) => {
  const today = startOfUtcDay(new Date(now))
  return Array.from({ length: listedDays }, (_, days) => daysBefore(today, days + 1).getTime()).some(
    (day) => valueBetween(series, "Average", day, day + millisPerDay) !== undefined
  )
}

const hasDimensions = ({ dimensions }: MetricSeries, filters: ReadonlyArray<DimensionFilter> = []) =>
  filters.every(
    ({ Name = "", Value }) => dimensions[Name] !== undefined && (Value === undefined || Value === dimensions[Name])
  )

export default defineService({
  answers: {
    "cloudwatch:GetMetricData": (here, input: GetMetricDataCommandInput): Answer<GetMetricDataCommandOutput> => {
      const queries = input.MetricDataQueries ?? []
      if (queries.length === 0 || queries.length > mostQueries)
        throw invalid(`The collection MetricDataQueries must have from 1 to ${mostQueries} members.`)
      const page = pageOfWindow(input, queries)
      return {
        MetricDataResults: queries.map((query) => resultOf(here, input, query, page)),
        NextToken: page.next,
        Messages: []
      }
    },

    "cloudwatch:ListMetrics": (here, input: ListMetricsCommandInput): Answer<ListMetricsCommandOutput> => {
      const now = here.now()
      const listed = [...seriesOf(here).values()].filter(
        (series) =>
          (input.Namespace === undefined || series.namespace === input.Namespace) &&
          (input.MetricName === undefined || series.metric === input.MetricName) &&
          hasDimensions(series, input.Dimensions) &&
          isListed(series, now)
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
})
