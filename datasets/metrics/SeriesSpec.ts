/** What is asked of CloudWatch about one resource: one metric, one statistic, one window. */

/** A percentile needs the raw points, which EC2, RDS, ApplicationELB, API Gateway and Lambda publish. Source: shared/scans.md 0.3. */
export type Statistic = "Sum" | "Average" | "Maximum" | "Minimum" | "SampleCount" | `p${number}`

/**
 * Seconds that one point stands for, or the whole window, for what cannot be made of its parts: the percentile of a week is no mean of
 * those of its days. CloudWatch keeps 300 s for 63 days and 3,600 s for 455. Source: shared/facts/aws-limits.md 1.
 */
export type Period = 86_400 | 3_600 | 300 | "window"

/** A metric as datasets declare that they will ask for it, whatever the resource. */
export interface MetricAsked {
  readonly namespace: string
  readonly metric: string
  readonly statistic: Statistic
  /** Days before the run's own day, which is always part of the window up to the run's start. */
  readonly days: number
  /** Default: a day. */
  readonly period?: Period
}

/** One metric of one resource. */
export interface SeriesSpec extends MetricAsked {
  readonly dimensions: Readonly<Record<string, string>>
  /** Where the series is published, when that is not the scope's own region (a bucket's metrics, CloudFront's). */
  readonly region?: string
}

export const periodOf = ({ period = 86_400 }: Pick<MetricAsked, "period">): Period => period

/** The period, and where it is the window its days: then one of other days is another metric, which tells nothing of this one. */
export const periodKey = (asked: Pick<MetricAsked, "days" | "period">): string =>
  periodOf(asked) === "window" ? `${asked.days} days` : String(periodOf(asked))

/** What one metric of any resource has in common, apart from its window. */
export const metricKey = (asked: MetricAsked): string =>
  `${asked.namespace}|${asked.metric}|${asked.statistic}|${periodKey(asked)}`

/** What series have in common whose only difference is the resource. */
const familyOf = (spec: SeriesSpec): string =>
  `${spec.region ?? ""}|${metricKey(spec)}|${Object.keys(spec.dimensions).sort().join("|")}`

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
export class SeriesMap<A> {
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
}
