/** What is read from CloudWatch Logs. */
import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand
} from "@aws-sdk/client-cloudwatch-logs"
import * as Effect from "effect/Effect"
import { required, send } from "../../core/aws/Aws.ts"
import { operation } from "../../core/aws/operation.ts"
import { listOf, probe } from "../engine/Dataset.ts"
import { metricsOf, type SeriesSpec } from "../metrics/metrics.ts"

/** 50 log groups a page is the most that there is. Source: shared/facts/aws-limits.md 2. */
const describeLogGroups = operation(CloudWatchLogsClient, DescribeLogGroupsCommand, "logs:DescribeLogGroups", {
  paging: { size: ["limit", 50], input: "nextToken", output: "nextToken" }
})

const describeLogStreams = operation(CloudWatchLogsClient, DescribeLogStreamsCommand, "logs:DescribeLogStreams")

export interface LogGroup {
  /** Without the `:*` that a policy needs. */
  readonly arn: string
  readonly name: string
  readonly createdAt: Date
  readonly storedBytes: number
  /** Days after which events go; undefined for never. */
  readonly retentionDays: number | undefined
  /** `STANDARD`, `INFREQUENT_ACCESS` or `DELIVERY`. */
  readonly logGroupClass: string
  readonly deletionProtected: boolean
  readonly metricFilters: number
  readonly kmsKeyId: string | undefined
}

/** All log groups, 50 a page. */
export const logGroups = listOf("logs.logGroups", "regional", describeLogGroups, {}, (page) =>
  (page.logGroups ?? []).map((group): LogGroup => ({
    arn: required(group.logGroupArn ?? group.arn, "logGroups[].arn").replace(/:\*$/, ""),
    name: required(group.logGroupName, "logGroups[].logGroupName"),
    createdAt: new Date(required(group.creationTime, "logGroups[].creationTime")),
    storedBytes: required(group.storedBytes, "logGroups[].storedBytes"),
    retentionDays: group.retentionInDays,
    logGroupClass: group.logGroupClass ?? "STANDARD",
    deletionProtected: group.deletionProtectionEnabled ?? false,
    metricFilters: group.metricFilterCount ?? 0,
    kmsKeyId: group.kmsKeyId
  }))
)

/** What a log group took in, in bytes before compression. Nothing is published while it takes in nothing. */
export const incomingBytesOf = ({ name }: LogGroup, days: number): SeriesSpec => ({
  namespace: "AWS/Logs",
  metric: "IncomingBytes",
  dimensions: { LogGroupName: name },
  statistic: "Sum",
  days
})

/** What all log groups took in, of so many days. */
export const incomingBytes = (days: number) =>
  metricsOf(`logs.incomingBytes(${days}d)`, "regional", { logGroups }, ({ logGroups }) =>
    logGroups.map((group) => incomingBytesOf(group, days))
  )

/** When the newest stream of a log group was last written to, or created if it never was; null without a stream. */
export const lastIngestion = probe<LogGroup, Date | null>({
  name: "logs.lastIngestion",
  operations: [describeLogStreams],
  cap: 2000,
  batchSize: 1,
  costNote: "CloudWatch Logs lists streams by log group: one call for each log group without incoming bytes.",
  key: ({ arn }) => arn,
  read: (groups) =>
    Effect.forEach(groups, ({ name }) =>
      Effect.map(
        send(describeLogStreams, { logGroupName: name, orderBy: "LastEventTime", descending: true, limit: 1 }),
        ({ logStreams }) => {
          const newest = logStreams?.[0]
          const millis = newest?.lastIngestionTime ?? newest?.creationTime
          return millis === undefined ? null : new Date(millis)
        }
      )
    )
})
