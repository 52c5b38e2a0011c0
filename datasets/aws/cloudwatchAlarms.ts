/** Alarms of CloudWatch: on metrics, on other alarms and on logs. */
import {
  CloudWatchClient,
  type CompositeAlarm,
  DescribeAlarmsCommand,
  type Dimension,
  type LogAlarm,
  type MetricAlarm
} from "@aws-sdk/client-cloudwatch"
import { required } from "../../core/aws/Aws.ts"
import { listOperation } from "../../core/aws/operation.ts"
import { listOf } from "../engine/Dataset.ts"
import { billedBy, resourceKind } from "../engine/ResourceKind.ts"

type AnyAlarm = MetricAlarm & CompositeAlarm & LogAlarm

/** At most 100 a page, of all types together. Source: shared/facts/page-sizes.md. */
const describeAlarms = listOperation(
  CloudWatchClient,
  DescribeAlarmsCommand,
  "cloudwatch:DescribeAlarms",
  {
    name: "MetricAlarms",
    // Each type has its own list, and one that is not there is one that has none.
    of: ({ CompositeAlarms, LogAlarms, MetricAlarms }): ReadonlyArray<AnyAlarm> | undefined =>
      MetricAlarms === undefined && CompositeAlarms === undefined && LogAlarms === undefined
        ? undefined
        : [...(MetricAlarms ?? []), ...(CompositeAlarms ?? []), ...(LogAlarms ?? [])]
  },
  { paging: { size: ["MaxRecords", 100], input: "NextToken", output: "NextToken" } }
)

/** A series that an alarm or a dashboard looks at. */
export interface SeriesNamed {
  readonly namespace: string
  readonly metric: string
  readonly dimensions: Readonly<Record<string, string>>
  /** The account that publishes it, where the alarm or widget names one. */
  readonly account: string | undefined
}

export interface Alarm {
  readonly arn: string
  readonly name: string
  readonly type: "metric" | "composite" | "log"
  /** What it would do in any of its states, by ARN; nothing of it happens while actions are disabled. */
  readonly actions: ReadonlyArray<string>
  readonly actionsEnabled: boolean
  /** `ok`, `alarm` or `insufficient_data`. */
  readonly state: string
  readonly stateSince: Date
  /** It is at least this old. */
  readonly configuredAt: Date
  /** `missing`, `ignore`, `breaching` or `notbreaching`. */
  readonly treatMissingData: string
  /** Of its metrics the shortest, in seconds. */
  readonly periodSeconds: number | undefined
  /** What a metric alarm looks at. Empty for one with a query, whose series nobody lists. */
  readonly series: ReadonlyArray<SeriesNamed>
  /** Metric math, anomaly bands and Metrics Insights queries. */
  readonly expressions: ReadonlyArray<string>
  /** Whether it is a PromQL query, which has no metrics. */
  readonly isPromQl: boolean
  /** What a composite alarm is made of, such as `ALARM(a) OR ALARM(b)`. */
  readonly rule: string
  /** The alarm that keeps a composite one quiet, by name or ARN. */
  readonly suppressor: string | undefined
  /** What a log alarm queries, by name or ARN. */
  readonly logGroups: ReadonlyArray<string>
}

const dimensionsOf = (dimensions: ReadonlyArray<Dimension> | undefined, path: string) =>
  Object.fromEntries(
    (dimensions ?? []).map(({ Name, Value }) => [required(Name, `${path}[].Name`), required(Value, `${path}[].Value`)])
  )

const seriesOf = (alarm: MetricAlarm): ReadonlyArray<SeriesNamed> =>
  alarm.Metrics === undefined || alarm.Metrics.length === 0
    ? alarm.MetricName === undefined
      ? []
      : [
          {
            namespace: required(alarm.Namespace, "MetricAlarms[].Namespace"),
            metric: alarm.MetricName,
            dimensions: dimensionsOf(alarm.Dimensions, "MetricAlarms[].Dimensions"),
            account: undefined
          }
        ]
    : alarm.Metrics.flatMap(({ AccountId, MetricStat }) =>
        MetricStat === undefined
          ? []
          : [
              {
                namespace: required(
                  MetricStat.Metric?.Namespace,
                  "MetricAlarms[].Metrics[].MetricStat.Metric.Namespace"
                ),
                metric: required(
                  MetricStat.Metric?.MetricName,
                  "MetricAlarms[].Metrics[].MetricStat.Metric.MetricName"
                ),
                dimensions: dimensionsOf(
                  MetricStat.Metric?.Dimensions,
                  "MetricAlarms[].Metrics[].MetricStat.Metric.Dimensions"
                ),
                account: AccountId
              }
            ]
      )

const periodOf = (alarm: MetricAlarm): number | undefined => {
  const periods = [
    alarm.Period,
    ...(alarm.Metrics ?? []).flatMap(({ MetricStat, Period }) => [MetricStat?.Period, Period])
  ]
  const known = periods.filter((period) => period !== undefined)
  return known.length === 0 ? undefined : Math.min(...known)
}

const alarmOf = (alarm: AnyAlarm): Alarm => ({
  arn: required(alarm.AlarmArn, "MetricAlarms[].AlarmArn"),
  name: required(alarm.AlarmName, "MetricAlarms[].AlarmName"),
  type:
    alarm.AlarmRule !== undefined ? "composite" : alarm.ScheduledQueryConfiguration !== undefined ? "log" : "metric",
  actions: [
    ...new Set([alarm.AlarmActions, alarm.OKActions, alarm.InsufficientDataActions].flatMap((actions) => actions ?? []))
  ],
  actionsEnabled: required(alarm.ActionsEnabled, "MetricAlarms[].ActionsEnabled"),
  state: required(alarm.StateValue, "MetricAlarms[].StateValue").toLowerCase(),
  stateSince: required(
    alarm.StateTransitionedTimestamp ?? alarm.StateUpdatedTimestamp,
    "MetricAlarms[].StateUpdatedTimestamp"
  ),
  configuredAt: required(alarm.AlarmConfigurationUpdatedTimestamp, "MetricAlarms[].AlarmConfigurationUpdatedTimestamp"),
  treatMissingData: alarm.TreatMissingData?.toLowerCase() ?? "missing",
  periodSeconds: periodOf(alarm),
  series: seriesOf(alarm),
  expressions: (alarm.Metrics ?? []).flatMap(({ Expression }) => Expression ?? []),
  isPromQl: alarm.EvaluationCriteria !== undefined,
  rule: alarm.AlarmRule ?? "",
  suppressor: alarm.ActionsSuppressor,
  logGroups: alarm.ScheduledQueryConfiguration?.LogGroupIdentifiers ?? []
})

/** All alarms, 100 a page. Without the types CloudWatch lists those on metrics alone. */
export const alarms = listOf(
  "cloudwatchAlarms.alarms",
  "regional",
  describeAlarms,
  { AlarmTypes: ["MetricAlarm", "CompositeAlarm", "LogAlarm"] },
  (alarms) => alarms.map(alarmOf),
  {
    kind: resourceKind<Alarm>({
      type: "cloudwatch:alarm",
      service: billedBy.cloudwatch,
      tags: { tagging: ["cloudwatch:alarm"] },
      id: ({ name }) => name,
      name: ({ name }) => name
    })
  }
)

/** Whether Auto Scaling keeps it for a policy of its own. */
export const isOfTargetTracking = ({ name }: Pick<Alarm, "name">): boolean => name.startsWith("TargetTracking-")

/** The names and ARNs of alarms that a composite alarm is made of. A name with a space or a bracket in it stands in quotes. */
export const alarmsInRule = (rule: string): ReadonlyArray<string> =>
  [...rule.matchAll(/"((?:[^"\\]|\\.)*)"|([^\s"(),]+)/g)].map(([, quoted, bare = ""]) =>
    quoted === undefined ? bare : quoted.replace(/\\(.)/g, "$1")
  )
