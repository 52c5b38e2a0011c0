/** What is read from CloudWatch Logs. */
import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  DescribeMetricFiltersCommand
} from "@aws-sdk/client-cloudwatch-logs"
import * as Effect from "effect/Effect"
import { complete, list, required, requiredDate } from "../../core/aws/Aws.ts"
import { listOperation } from "../../core/aws/operation.ts"
import { bytesPerGib } from "../../core/bytes.ts"
import { family, listOf } from "../engine/Dataset.ts"
import { probe } from "../engine/Probe.ts"
import { billedBy, resourceKind } from "../engine/ResourceKind.ts"
import { questionsOf } from "../metrics/metricsOf.ts"
import { wasUsed } from "../metrics/Past.ts"
import type { SeriesSpec } from "../metrics/SeriesSpec.ts"

/** 50 log groups a page is the most that there is. Source: shared/facts/aws-limits.md 2. */
const describeLogGroups = listOperation(
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  "logs:DescribeLogGroups",
  "logGroups",
  { paging: { size: ["limit", 50], input: "nextToken", output: "nextToken" } }
)

/** Only ever asked for the newest stream, so it has no pages. */
const describeLogStreams = listOperation(
  CloudWatchLogsClient,
  DescribeLogStreamsCommand,
  "logs:DescribeLogStreams",
  "logStreams"
)

/** At most 50 a page. Source: API reference, DescribeMetricFilters, `limit`. */
export const describeMetricFilters = listOperation(
  CloudWatchLogsClient,
  DescribeMetricFiltersCommand,
  "logs:DescribeMetricFilters",
  "metricFilters",
  { paging: { size: ["limit", 50], input: "nextToken", output: "nextToken" } }
)

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
export const logGroups = listOf(
  "logs.logGroups",
  "regional",
  describeLogGroups,
  {},
  (groups) =>
    groups.map((group): LogGroup => ({
      arn: required(group.logGroupArn ?? group.arn, "logGroups[].arn").replace(/:\*$/, ""),
      name: required(group.logGroupName, "logGroups[].logGroupName"),
      createdAt: requiredDate(group.creationTime, "logGroups[].creationTime"),
      storedBytes: required(group.storedBytes, "logGroups[].storedBytes"),
      retentionDays: group.retentionInDays,
      logGroupClass: group.logGroupClass?.toUpperCase() ?? "STANDARD",
      deletionProtected: group.deletionProtectionEnabled ?? false,
      metricFilters: group.metricFilterCount ?? 0,
      kmsKeyId: group.kmsKeyId
    })),
  {
    kind: resourceKind<LogGroup>({
      type: "logs:log-group",
      service: billedBy.cloudwatch,
      tags: { tagging: ["logs:log-group"] },
      id: ({ name }) => name,
      name: ({ name }) => name
    })
  }
)

/** What a log group took in, in bytes before compression. Nothing is published while it takes in nothing. */
export const incomingBytesOf = ({ name }: LogGroup, days: number): SeriesSpec => ({
  namespace: "AWS/Logs",
  metric: "IncomingBytes",
  dimensions: { LogGroupName: name },
  statistic: "Sum",
  days
})

/** Whether a log group keeps what it holds, and much of it, until somebody says otherwise. */
export const keepsForever = ({ logGroupClass, retentionDays, storedBytes }: LogGroup): boolean =>
  // A delivery group drops its events after days by itself.
  retentionDays === undefined && logGroupClass !== "DELIVERY" && storedBytes >= bytesPerGib

/**
 * What all log groups took in, of so many days. It is not asked again of a group that took something in and whose events are not
 * `counted`, which are those of groups that keep them for ever.
 */
export const incomingBytes = family("logs.incomingBytes", (name, days: number, counted: boolean) =>
  questionsOf(name, {
    scope: "regional",
    needs: { logGroups },
    metrics: [incomingBytesOf({ name: "" } as LogGroup, days)],
    questions: ({ logGroups }) =>
      logGroups.map((group) => {
        const question = wasUsed(group.arn, [incomingBytesOf(group, days)], group.createdAt)
        return counted && keepsForever(group) ? { ...question, settledBy: () => false } : question
      })
  })
)

/**
 * When the newest stream of a log group was last written to, or created if it never was; null without a stream. Whatever is
 * written changes the stored bytes, so an answer holds for as long as those stay the same.
 */
export const lastIngestion = probe<LogGroup, Date | null>({
  name: "logs.lastIngestion",
  operations: [describeLogStreams],
  cap: 2000,
  batchSize: 1,
  costNote:
    "CloudWatch Logs lists streams by log group: one call for each log group that holds something and took in nothing.",
  key: ({ arn }) => arn,
  identity: ({ createdAt, storedBytes }) => `${createdAt.toISOString()} ${storedBytes}`,
  read: (groups) =>
    Effect.forEach(groups, ({ name }) =>
      Effect.map(
        complete(
          list(
            describeLogStreams,
            { logGroupName: name, orderBy: "LastEventTime", descending: true, limit: 1 },
            (streams) =>
              streams.map(({ creationTime, lastIngestionTime }) =>
                requiredDate(lastIngestionTime ?? creationTime, "logStreams[].creationTime")
              )
          )
        ),
        ([newest]) => newest ?? null
      )
    )
})
