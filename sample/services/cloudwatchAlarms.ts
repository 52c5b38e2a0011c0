import type {
  CompositeAlarm,
  DescribeAlarmsCommandInput,
  DescribeAlarmsCommandOutput,
  MetricAlarm
} from "@aws-sdk/client-cloudwatch"
import type { Named, When } from "../estate.ts"
import { arnOf, idOf, type Place } from "../ids.ts"
import { type Answer, dateOf, defineService, type Here, pageOf } from "../Service.ts"

declare module "../estate.ts" {
  interface Region {
    readonly alarms: ReadonlyArray<Alarm>
  }
}

export interface Alarm extends Named {
  /** `AWS/SQS NumberOfMessagesSent`; absent for a composite alarm. */
  readonly metric?: string
  /** Of the metric. `instance/shop-web-1` is the id of an instance of that name. */
  readonly dimensions?: Readonly<Record<string, string>>
  /** Of a composite alarm. */
  readonly rule?: string
  /** Name of the topic that it tells. Default: it tells nobody. */
  readonly tells?: string
  readonly noData?: true
  /** Since when it is in its state. Default: it was made so. */
  readonly since?: When
  readonly created: When
  /** Default: 300. */
  readonly periodSeconds?: number
}

export const alarmArn = (place: Place, name: string) => arnOf("cloudwatch", place, `alarm:${name}`)

/** Dimensions as AWS has them. */
export const dimensionsIn = (place: Place, dimensions: Readonly<Record<string, string>> = {}) =>
  Object.entries(dimensions).map(([Name, value]) => ({
    Name,
    Value: value.startsWith("instance/") ? idOf("i", place, value.slice("instance/".length)) : value
  }))

const commonOf = (here: Here, { created, name, noData, since, tells }: Alarm) => ({
  AlarmName: name,
  AlarmArn: alarmArn(here, name),
  ActionsEnabled: true,
  AlarmActions: tells === undefined ? [] : [arnOf("sns", here, tells)],
  OKActions: [],
  InsufficientDataActions: [],
  StateValue: noData ? ("INSUFFICIENT_DATA" as const) : ("OK" as const),
  StateUpdatedTimestamp: dateOf(since ?? created),
  StateTransitionedTimestamp: dateOf(since ?? created),
  AlarmConfigurationUpdatedTimestamp: dateOf(created)
})

const metricAlarm = (here: Here, alarm: Alarm): MetricAlarm => {
  const [Namespace, MetricName] = (alarm.metric ?? "").split(" ")
  return {
    ...commonOf(here, alarm),
    Namespace,
    MetricName,
    Dimensions: dimensionsIn(here, alarm.dimensions),
    Statistic: "Maximum",
    Period: alarm.periodSeconds ?? 300,
    EvaluationPeriods: 3,
    Threshold: 1,
    ComparisonOperator: "GreaterThanOrEqualToThreshold",
    TreatMissingData: "missing"
  }
}

const compositeAlarm = (here: Here, alarm: Alarm): CompositeAlarm => ({
  ...commonOf(here, alarm),
  AlarmRule: alarm.rule ?? ""
})

export default defineService({
  region: { alarms: [] },
  answers: {
    // All types share the pages; without a type CloudWatch answers those on metrics.
    "cloudwatch:DescribeAlarms": (here, input: DescribeAlarmsCommandInput): Answer<DescribeAlarmsCommandOutput> => {
      const types = new Set<string>(input.AlarmTypes ?? ["MetricAlarm"])
      const wanted = here.has.alarms.filter(({ metric }) =>
        types.has(metric === undefined ? "CompositeAlarm" : "MetricAlarm")
      )
      const { items, next } = pageOf(wanted, input.NextToken, input.MaxRecords, 100)
      return {
        MetricAlarms: items.filter(({ metric }) => metric !== undefined).map((alarm) => metricAlarm(here, alarm)),
        CompositeAlarms: items.filter(({ metric }) => metric === undefined).map((alarm) => compositeAlarm(here, alarm)),
        LogAlarms: [],
        NextToken: next
      }
    }
  },
  resources: (here) =>
    here.has.alarms.map(({ name, tags }) => ({ type: "cloudwatch:alarm", arn: alarmArn(here, name), tags }))
})
