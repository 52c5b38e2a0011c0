/** What is read from SQS. Whatever asks a queue itself wakes up its metrics for hours, so metrics come first. */
import {
  GetQueueAttributesCommand,
  ListDeadLetterSourceQueuesCommand,
  ListQueuesCommand,
  type QueueAttributeName,
  SQSClient
} from "@aws-sdk/client-sqs"
import * as Effect from "effect/Effect"
import { arn } from "../../core/aws/arn.ts"
import { AwsTarget, complete, list, required, requiredDate, send } from "../../core/aws/Aws.ts"
import { emptyWithout, listOperation, operation } from "../../core/aws/operation.ts"
import { daysBefore, startOfUtcDay } from "../../core/time.ts"
import { dataset, family, readOf } from "../engine/Dataset.ts"
import { probe, seriesProbe } from "../engine/Probe.ts"
import { billedBy, resourceKind } from "../engine/ResourceKind.ts"
import { questionsOf } from "../metrics/metricsOf.ts"
import { wasUsed } from "../metrics/Past.ts"
import type { SeriesSpec, Statistic } from "../metrics/SeriesSpec.ts"

/** Without a page size there is no token, and the list ends at 1,000. Source: shared/facts/page-sizes.md. */
const paging = { size: ["MaxResults", 1000], input: "NextToken", output: "NextToken" } as const

/** SQS leaves an empty list out of its answer, which then has nothing of its own in it. */
const isEmpty = emptyWithout("NextToken")

const listQueues = listOperation(
  SQSClient,
  ListQueuesCommand,
  "sqs:ListQueues",
  { name: "QueueUrls", of: ({ QueueUrls }) => QueueUrls, emptyWhen: isEmpty },
  { paging }
)

export interface Queue {
  readonly arn: string
  readonly url: string
  readonly name: string
  readonly isFifo: boolean
}

/** All queues, 1,000 a page. The list has nothing but their URLs. */
export const queues = dataset<ReadonlyArray<Queue>>("sqs.queues", {
  kind: resourceKind<Queue>({
    type: "sqs:queue",
    service: billedBy.sqs,
    // Its ARNs name no type, and neither does the filter.
    tags: { tagging: ["sqs"] },
    id: ({ name }) => name,
    name: ({ name }) => name
  }),
  scope: "regional",
  operations: [listQueues],
  read: Effect.fnUntraced(function* () {
    const { account, region } = yield* AwsTarget
    return readOf(
      yield* list(listQueues, {}, (urls) =>
        urls.map((url): Queue => {
          const name = required(/[^/]+$/.exec(url)?.[0], "QueueUrls[]: a name at its end")
          return { arn: arn("sqs", region, account, name), url, name, isFifo: name.endsWith(".fifo") }
        })
      )
    )
  })
})

/** One daily series of a queue. */
export const queueSeries = (
  { name }: Pick<Queue, "name">,
  metric:
    | "NumberOfMessagesSent"
    | "NumberOfMessagesReceived"
    | "NumberOfMessagesDeleted"
    | "NumberOfEmptyReceives"
    | "ApproximateAgeOfOldestMessage",
  days: number,
  statistic: Statistic = "Sum"
): SeriesSpec => ({ namespace: "AWS/SQS", metric, statistic, dimensions: { QueueName: name }, days })

/**
 * Messages received from every queue: the metric that most queues that are used have; not asked again of one that has it within so many
 * days.
 */
export const received = family("sqs.received", (name, days: number, latelyDays: number) =>
  questionsOf(name, {
    scope: "regional",
    needs: { queues },
    metrics: [queueSeries({ name: "" }, "NumberOfMessagesReceived", days)],
    questions: ({ queues }, _, now) => {
      const lately = startOfUtcDay(daysBefore(now, latelyDays))
      return queues.map((queue) => ({
        ...wasUsed(queue.arn, [queueSeries(queue, "NumberOfMessagesReceived", days)]),
        settledBy: (past) => past.wasActive(lately)
      }))
    }
  })
)

const activityOf = (queue: Pick<Queue, "name">, days: number) => [
  queueSeries(queue, "NumberOfMessagesSent", days),
  queueSeries(queue, "NumberOfMessagesDeleted", days),
  queueSeries(queue, "NumberOfEmptyReceives", days)
]

/** What was sent to single queues, deleted from them, and asked of them in vain. */
export const activity = family("sqs.activity", (name, days: number) =>
  seriesProbe<Queue>({
    name,
    costNote:
      "Three paid metrics for each queue from which nobody receives, and for each in which messages wait since somebody does no more.",
    metrics: activityOf({ name: "" }, days),
    key: ({ name }) => name,
    series: (queue) => activityOf(queue, days)
  })
)

/** How long the oldest message has waited, in seconds. */
export const ageSeries = (queue: Pick<Queue, "name">, days: number): SeriesSpec =>
  queueSeries(queue, "ApproximateAgeOfOldestMessage", days, "Maximum")

export const age = family("sqs.age", (name, days: number) =>
  seriesProbe<Queue>({
    name,
    costNote:
      "One paid metric for each queue in which messages of the last days wait, or from which nobody receives any more.",
    metrics: [ageSeries({ name: "" }, days)],
    key: ({ name }) => name,
    series: (queue) => [ageSeries(queue, days)]
  })
)

const listSources = listOperation(
  SQSClient,
  ListDeadLetterSourceQueuesCommand,
  "sqs:ListDeadLetterSourceQueues",
  { name: "queueUrls", of: ({ queueUrls }) => queueUrls, emptyWhen: isEmpty },
  { paging }
)

/** The URLs of the queues whose dead letters end in a queue. */
export const deadLetterSources = probe<Queue, ReadonlyArray<string>>({
  name: "sqs.deadLetterSources",
  operations: [listSources],
  cap: 1000,
  batchSize: 1,
  costNote:
    "SQS tells the sources of one queue at a time: one call, billed as a request, for each queue that metrics show idle.",
  key: ({ name }) => name,
  identity: ({ arn }) => arn,
  read: (queues) => Effect.forEach(queues, ({ url }) => complete(list(listSources, { QueueUrl: url }, (urls) => urls)))
})

const getQueueAttributes = operation(SQSClient, GetQueueAttributesCommand, "sqs:GetQueueAttributes")

/** Services that send dead letters, and need a policy of the queue to send to it. */
const senders = ["events", "sns"] as const
type Sender = (typeof senders)[number]

/** Which of them a policy lets send. A statement for everyone that names no service lets all of them. */
const sendersIn = (policy: string | undefined): ReadonlyArray<Sender> => {
  if (policy === undefined || policy === "") return []
  const statements: ReadonlyArray<any> = [JSON.parse(policy)?.Statement].flat()
  return senders.filter((sender) =>
    statements.some((statement) => {
      if (statement?.Effect !== "Allow") return false
      const text = JSON.stringify(statement).toLowerCase()
      const named = [...text.matchAll(/"([a-z0-9-]+)\.amazonaws\.com|arn:[^:"]+:(events|sns):/g)].map(
        ([, principal, service]) => principal ?? service
      )
      const { AWS, Service } = Object(statement.Principal)
      const isForAll = [statement.Principal, AWS, Service].flat().includes("*")
      return named.includes(sender) || (isForAll && named.length === 0)
    })
  )
}

export interface QueueAttributes {
  readonly createdAt: Date
  /** Messages that wait to be received. */
  readonly waiting: number
  /** Messages that were received and not deleted yet. */
  readonly inFlight: number
  /** Messages that may not be received yet. */
  readonly delayed: number
  /** After which a message is thrown away. */
  readonly retentionSeconds: number
  /** Services whose dead letters its policy lets in; others need no policy. */
  readonly senders: ReadonlyArray<Sender>
  /** Where its own dead letters go. */
  readonly deadLetterArn: string | undefined
  /** `byQueue` says that it is there for dead letters; `allowAll` is what holds without a word. */
  readonly redrivePermission: string | undefined
  /** The KMS key, `SQS` for a key of its own, or `none`. */
  readonly encryption: string
}

const count = (attributes: Partial<Record<QueueAttributeName, string>>, name: QueueAttributeName): number => {
  const text = required(attributes[name], `Attributes.${name}`)
  return required(/^\d+$/.test(text) ? Number(text) : undefined, `Attributes.${name}: a whole number`)
}

/** A field of an attribute that is JSON itself. */
const inJson = (text: string | undefined, field: string): string | undefined => {
  const value: unknown = text === undefined || text === "" ? undefined : JSON.parse(text)?.[field]
  return typeof value === "string" ? value : undefined
}

/** What a queue says of itself. */
export const attributes = probe<Queue, QueueAttributes>({
  name: "sqs.attributes",
  operations: [getQueueAttributes],
  cap: 1000,
  batchSize: 1,
  costNote:
    "SQS describes one queue at a time: one call, billed as a request, for each queue that metrics show idle. It wakes up the queue's metrics for about six hours.",
  key: ({ name }) => name,
  read: (queues) =>
    Effect.forEach(queues, ({ url }) =>
      send(getQueueAttributes, { QueueUrl: url, AttributeNames: ["All"] }, ({ Attributes }): QueueAttributes => {
        const attributes = required(Attributes, "Attributes")
        return {
          createdAt: requiredDate(count(attributes, "CreatedTimestamp") * 1000, "Attributes.CreatedTimestamp"),
          waiting: count(attributes, "ApproximateNumberOfMessages"),
          inFlight: count(attributes, "ApproximateNumberOfMessagesNotVisible"),
          delayed: count(attributes, "ApproximateNumberOfMessagesDelayed"),
          retentionSeconds: count(attributes, "MessageRetentionPeriod"),
          senders: sendersIn(attributes.Policy),
          deadLetterArn: inJson(attributes.RedrivePolicy, "deadLetterTargetArn"),
          redrivePermission: inJson(attributes.RedriveAllowPolicy, "redrivePermission"),
          encryption:
            attributes.KmsMasterKeyId ?? (attributes.SqsManagedSseEnabled?.toLowerCase() === "true" ? "SQS" : "none")
        }
      })
    )
})
