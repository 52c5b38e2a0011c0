/** What is read from SNS: topics, who is subscribed to them, and what is published. */
import {
  GetSubscriptionAttributesCommand,
  GetTopicAttributesCommand,
  ListSubscriptionsCommand,
  ListTopicsCommand,
  SNSClient
} from "@aws-sdk/client-sns"
import * as Effect from "effect/Effect"
import { resourceOfArn } from "../../core/aws/arn.ts"
import { required, send } from "../../core/aws/Aws.ts"
import { listOperation, operation } from "../../core/aws/operation.ts"
import { family, listOf } from "../engine/Dataset.ts"
import { noneWhen } from "../engine/noneWhen.ts"
import { probe, seriesProbe } from "../engine/Probe.ts"
import { billedBy, resourceKind } from "../engine/ResourceKind.ts"
import { questionsOf } from "../metrics/metricsOf.ts"
import { wasUsed } from "../metrics/Past.ts"
import type { SeriesSpec } from "../metrics/SeriesSpec.ts"

/** Always 100 a page: there is no size to ask for. Source: shared/facts/page-sizes.md. */
const paging = { input: "NextToken", output: "NextToken" } as const

const listTopics = listOperation(SNSClient, ListTopicsCommand, "sns:ListTopics", "Topics", { paging })
const listSubscriptions = listOperation(SNSClient, ListSubscriptionsCommand, "sns:ListSubscriptions", "Subscriptions", {
  paging
})
const getTopicAttributes = operation(SNSClient, GetTopicAttributesCommand, "sns:GetTopicAttributes")

const getSubscriptionAttributes = operation(
  SNSClient,
  GetSubscriptionAttributesCommand,
  "sns:GetSubscriptionAttributes"
)

export interface Topic {
  readonly arn: string
  readonly name: string
  readonly isFifo: boolean
}

/** All topics, 100 a page. */
export const topics = listOf(
  "sns.topics",
  "regional",
  listTopics,
  {},
  (topics) =>
    topics.map(({ TopicArn }): Topic => {
      const arn = required(TopicArn, "Topics[].TopicArn")
      const name = resourceOfArn(arn)
      return { arn, name, isFifo: name.endsWith(".fifo") }
    }),
  {
    kind: resourceKind<Topic>({
      type: "sns:topic",
      service: billedBy.sns,
      // Its ARNs name no type, and neither does the filter.
      tags: { tagging: ["sns"] },
      id: ({ name }) => name,
      name: ({ name }) => name
    })
  }
)

export interface Subscription {
  /** Its ARN, or a word such as `PendingConfirmation` where it has none. */
  readonly arn: string
  readonly topicArn: string
  /** `sqs`, `lambda`, `email`, `https`, … */
  readonly protocol: string
  readonly endpoint: string
  /** One that waits for its confirmation gets nothing. */
  readonly isConfirmed: boolean
}

/** All subscriptions that the account has made, 100 a page. Those that other accounts made to its topics are not among them. */
export const subscriptions = listOf("sns.subscriptions", "regional", listSubscriptions, {}, (subscriptions) =>
  subscriptions.map(({ Endpoint, Protocol, SubscriptionArn, TopicArn }): Subscription => {
    const arn = required(SubscriptionArn, "Subscriptions[].SubscriptionArn")
    return {
      arn,
      topicArn: required(TopicArn, "Subscriptions[].TopicArn"),
      protocol: required(Protocol, "Subscriptions[].Protocol").toLowerCase(),
      endpoint: Endpoint ?? "",
      // Until then, and after its end, a word stands where the ARN would be.
      isConfirmed: arn.startsWith("arn:")
    }
  })
)

/** The ARN of the queue that gets what a confirmed subscription could not take; null where nothing does. */
export const deadLetters = probe<Pick<Subscription, "arn">, string | null>({
  name: "sns.deadLetters",
  operations: [getSubscriptionAttributes],
  cap: 5000,
  batchSize: 1,
  costNote:
    "SNS lists subscriptions without their dead letters: one call for each, and only where a queue to which SNS may send would be reported.",
  key: ({ arn }) => arn,
  identity: ({ arn }) => arn,
  read: (subscriptions) =>
    Effect.forEach(subscriptions, ({ arn }) =>
      send(getSubscriptionAttributes, { SubscriptionArn: arn }, ({ Attributes }): string | null => {
        const policy = required(Attributes, "Attributes")["RedrivePolicy"]
        return policy === undefined || policy === ""
          ? null
          : required<string>(JSON.parse(policy)?.deadLetterTargetArn, "Attributes.RedrivePolicy: deadLetterTargetArn")
      }).pipe(
        // Ended since it was listed.
        noneWhen("NotFound", null)
      )
    )
})

/** What was published to a topic, by day. Nothing is published about a topic to which nobody publishes. */
export const publishedSeries = ({ name }: Pick<Topic, "name">, days: number): SeriesSpec => ({
  namespace: "AWS/SNS",
  metric: "NumberOfMessagesPublished",
  statistic: "Sum",
  dimensions: { TopicName: name },
  days
})

/** Messages published to all topics, of so many days; not asked again of a topic to which some were. */
export const published = family("sns.published", (name, days: number) =>
  questionsOf(name, {
    scope: "regional",
    needs: { topics },
    metrics: [publishedSeries({ name: "" }, days)],
    questions: ({ topics }) => topics.map((topic) => wasUsed(topic.arn, [publishedSeries(topic, days)]))
  })
)

/** How many messages were published to single topics. */
export const publishedToSome = family("sns.publishedToSome", (name, days: number) =>
  seriesProbe<Topic>({
    name,
    costNote: "One paid metric for each topic that is used and of which no subscriber is listed.",
    metrics: [publishedSeries({ name: "" }, days)],
    key: ({ arn }) => arn,
    series: (topic) => [publishedSeries(topic, days)]
  })
)

export interface TopicAttributes {
  /** Confirmed subscriptions, also those that other accounts have made. */
  readonly subscribers: number
  /** Services that its policy names as publishers, such as `s3` or `budgets`, sorted. */
  readonly publishers: ReadonlyArray<string>
  /** Whether it keeps its messages for those who come later, as a FIFO topic may. */
  readonly archives: boolean
  /** The KMS key, or `none`. */
  readonly encryption: string
}

/** The services that a policy lets publish: those that it names, and those whose resources it names. */
const publishersIn = (policy: string | undefined): ReadonlyArray<string> => {
  if (policy === undefined || policy === "") return []
  const statements: ReadonlyArray<any> = [JSON.parse(policy)?.Statement].flat()
  const named = statements.flatMap((statement) => {
    if (statement?.Effect !== "Allow") return []
    const text = JSON.stringify([statement.Principal, statement.Condition]).toLowerCase()
    return [...text.matchAll(/"([a-z0-9-]+)(?:\.[a-z0-9-]+)?\.amazonaws\.com|arn:[^:"]*:([a-z0-9-]+):/g)].map(
      ([, principal, service]) => principal ?? service ?? ""
    )
  })
  // Those are people and programs, not services that were set up to tell something.
  return [...new Set(named)].filter((name) => name !== "iam" && name !== "sts").sort()
}

/** What a topic says of itself. */
export const attributes = probe<Topic, TopicAttributes>({
  name: "sns.attributes",
  operations: [getTopicAttributes],
  cap: 1000,
  batchSize: 1,
  costNote: "SNS describes one topic at a time: one call for each that nobody seems to publish or to subscribe to.",
  key: ({ arn }) => arn,
  read: (topics) =>
    Effect.forEach(topics, ({ arn }) =>
      send(getTopicAttributes, { TopicArn: arn }, ({ Attributes }): TopicAttributes => {
        const attributes = required(Attributes, "Attributes")
        const confirmed = required(attributes["SubscriptionsConfirmed"], "Attributes.SubscriptionsConfirmed")
        return {
          subscribers: required(
            /^\d+$/.test(confirmed) ? Number(confirmed) : undefined,
            "Attributes.SubscriptionsConfirmed: a whole number"
          ),
          publishers: publishersIn(attributes["Policy"]),
          archives: attributes["ArchivePolicy"] !== undefined && attributes["ArchivePolicy"] !== "{}",
          encryption: attributes["KmsMasterKeyId"] ?? "none"
        }
      })
    )
})
