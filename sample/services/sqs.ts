import type {
  GetQueueAttributesCommandInput,
  GetQueueAttributesCommandOutput,
  ListDeadLetterSourceQueuesCommandInput,
  ListDeadLetterSourceQueuesCommandOutput,
  ListQueuesCommandInput,
  ListQueuesCommandOutput
} from "@aws-sdk/client-sqs"
import { millisPerDay } from "../../core/time.ts"
import type { Activity, Named, When } from "../estate.ts"
import { arnOf, type Place } from "../ids.ts"
import { type Answer, dateOf, defineService, type Here, pageOf, refusal, type Series } from "../Service.ts"

declare module "../estate.ts" {
  interface Region {
    readonly queues: ReadonlyArray<Queue>
  }
}

/** A FIFO queue is one whose name ends in `.fifo`. */
export interface Queue extends Named {
  readonly created: When
  readonly sent: Activity
  /** Messages that were received and deleted. Default: as many as were sent. */
  readonly received?: Activity
  /** Polls that found nothing. Default: none. */
  readonly emptyReceives?: Activity
  readonly waiting?: number
  readonly inFlight?: number
  readonly delayed?: number
  /** When the oldest message that waits was sent. */
  readonly oldest?: When
  /** Name of the queue in which messages end that could not be handled. */
  readonly deadLetters?: string
  /** A service that its policy lets send, such as `sns`. */
  readonly from?: string
  /** Alias of its KMS key. Default: a key of SQS itself. */
  readonly key?: string
}

export const queueArn = (place: Place, name: string) => arnOf("sqs", place, name)

const queueUrl = ({ account, region }: Place, name: string) => `https://sqs.${region}.amazonaws.com/${account}/${name}`

const find = (here: Here, url: string | undefined): Queue => {
  const queue = here.has.queues.find(({ name }) => queueUrl(here, name) === url)
  if (queue === undefined) throw refusal("QueueDoesNotExist", "The specified queue does not exist.")
  return queue
}

const seconds = (instant: Date) => String(Math.floor(instant.getTime() / 1000))

const attributesOf = (here: Here, queue: Queue): Readonly<Record<string, string>> => ({
  QueueArn: queueArn(here, queue.name),
  CreatedTimestamp: seconds(dateOf(queue.created)),
  LastModifiedTimestamp: seconds(dateOf(queue.created)),
  ApproximateNumberOfMessages: String(queue.waiting ?? 0),
  ApproximateNumberOfMessagesNotVisible: String(queue.inFlight ?? 0),
  ApproximateNumberOfMessagesDelayed: String(queue.delayed ?? 0),
  VisibilityTimeout: "30",
  MaximumMessageSize: "262144",
  MessageRetentionPeriod: "1209600",
  DelaySeconds: "0",
  ReceiveMessageWaitTimeSeconds: "0",
  ...(queue.key === undefined
    ? { SqsManagedSseEnabled: "true" }
    : { KmsMasterKeyId: `alias/${queue.key}`, KmsDataKeyReusePeriodSeconds: "300", SqsManagedSseEnabled: "false" }),
  ...(queue.deadLetters === undefined
    ? {}
    : {
        RedrivePolicy: JSON.stringify({
          deadLetterTargetArn: queueArn(here, queue.deadLetters),
          maxReceiveCount: 5
        })
      }),
  ...(queue.from === undefined
    ? {}
    : {
        Policy: JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Principal: { Service: `${queue.from}.amazonaws.com` },
              Action: "sqs:SendMessage",
              Resource: queueArn(here, queue.name)
            }
          ]
        })
      }),
  ...(queue.name.endsWith(".fifo") ? { FifoQueue: "true", ContentBasedDeduplication: "false" } : {})
})

/** Without a page size SQS answers the first thousand and no token. */
const pageOfQueues = (
  queues: ReadonlyArray<Queue>,
  { MaxResults, NextToken }: Pick<ListQueuesCommandInput, "MaxResults" | "NextToken">
) => {
  const { items, next } = pageOf(queues, NextToken, MaxResults, 1000)
  return { items, next: MaxResults === undefined ? undefined : next }
}

/** Until when a queue reports: it falls asleep some hours after the last call to it. Undefined: it sleeps. */
const awake = (activities: ReadonlyArray<Activity>): Pick<Series, "until"> | undefined => {
  const busy = activities.filter((activity) => activity !== 0)
  if (busy.length === 0) return undefined
  const ends = busy.map((activity) =>
    typeof activity === "object" && "until" in activity
      ? dateOf(activity.until).getTime() + millisPerDay
      : Number.POSITIVE_INFINITY
  )
  const end = Math.max(...ends)
  return Number.isFinite(end) ? { until: new Date(end).toISOString() } : {}
}

const seriesOf = (here: Here, queue: Queue): ReadonlyArray<Series> => {
  const { created, emptyReceives = 0, name, oldest, received = queue.sent, sent, waiting = 0 } = queue
  const common = { namespace: "AWS/SQS", dimensions: { QueueName: name }, since: created }
  const reporting = awake([sent, received, emptyReceives])
  return [
    {
      ...common,
      sums: {
        NumberOfMessagesSent: sent,
        NumberOfMessagesReceived: received,
        NumberOfMessagesDeleted: received,
        NumberOfEmptyReceives: emptyReceives
      }
    },
    ...(reporting === undefined
      ? []
      : [
          {
            ...common,
            ...reporting,
            idle: "zero" as const,
            levels: {
              ApproximateNumberOfMessagesVisible: waiting,
              ApproximateAgeOfOldestMessage:
                oldest === undefined ? 0 : Math.floor((here.now() - dateOf(oldest).getTime()) / 1000)
            }
          }
        ])
  ]
}

export default defineService({
  region: { queues: [] },
  answers: {
    // SQS leaves out an empty list of queues.
    "sqs:ListQueues": (here, input: ListQueuesCommandInput): Answer<ListQueuesCommandOutput> => {
      const { QueueNamePrefix = "" } = input
      const queues = here.has.queues.filter(({ name }) => name.startsWith(QueueNamePrefix))
      const { items, next } = pageOfQueues(queues, input)
      return {
        ...(items.length === 0 ? {} : { QueueUrls: items.map(({ name }) => queueUrl(here, name)) }),
        NextToken: next
      }
    },

    "sqs:GetQueueAttributes": (
      here,
      input: GetQueueAttributesCommandInput
    ): Answer<GetQueueAttributesCommandOutput> => {
      const all = attributesOf(here, find(here, input.QueueUrl))
      const asked = new Set<string>(input.AttributeNames)
      return {
        Attributes: Object.fromEntries(Object.entries(all).filter(([name]) => asked.has("All") || asked.has(name)))
      }
    },

    "sqs:ListDeadLetterSourceQueues": (
      here,
      input: ListDeadLetterSourceQueuesCommandInput
    ): Answer<ListDeadLetterSourceQueuesCommandOutput> => {
      const target = find(here, input.QueueUrl)
      const sources = here.has.queues.filter(({ deadLetters }) => deadLetters === target.name)
      const { items, next } = pageOfQueues(sources, input)
      return { queueUrls: items.map(({ name }) => queueUrl(here, name)), NextToken: next }
    }
  },
  series: (here) => here.has.queues.flatMap((queue) => seriesOf(here, queue)),
  resources: (here) => here.has.queues.map(({ name, tags }) => ({ type: "sqs:queue", arn: queueArn(here, name), tags }))
})
