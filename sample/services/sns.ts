import type {
  GetSubscriptionAttributesCommandInput,
  GetSubscriptionAttributesCommandOutput,
  GetTopicAttributesCommandInput,
  GetTopicAttributesCommandOutput,
  ListSubscriptionsCommandInput,
  ListSubscriptionsCommandOutput,
  ListTopicsCommandInput,
  ListTopicsCommandOutput
} from "@aws-sdk/client-sns"
import type { Activity, Named } from "../estate.ts"
import { arnOf, hexOf, type Place } from "../ids.ts"
import { type Answer, defineService, type Here, pageOf, refusal } from "../Service.ts"
import { queueArn } from "./sqs.ts"

declare module "../estate.ts" {
  interface Region {
    readonly topics: ReadonlyArray<Topic>
  }
}

export interface Topic extends Named {
  readonly published: Activity
  /** `email ops@example.com`; one that begins with a question mark was never confirmed. Default: somebody by e-mail. */
  readonly subscribers?: ReadonlyArray<string>
  /** Name of the queue in which what no subscriber could take ends. */
  readonly deadLetters?: string
  /** A service that its policy lets publish, such as `budgets`. */
  readonly from?: string
}

const topicArn = (place: Place, name: string) => arnOf("sns", place, name)

const isConfirmed = (subscriber: string) => !subscriber.startsWith("?")

const subscribersOf = ({ name, subscribers = [`email ${name}@larkspur-outdoor.example`] }: Topic) => subscribers

const subscriptionsOf = (here: Here, topic: Topic) =>
  subscribersOf(topic).map((subscriber) => {
    const [protocol = "", endpoint = ""] = subscriber.replace(/^\?/, "").split(" ")
    return {
      TopicArn: topicArn(here, topic.name),
      Owner: here.account,
      Protocol: protocol,
      Endpoint: endpoint,
      SubscriptionArn: isConfirmed(subscriber)
        ? `${topicArn(here, topic.name)}:${hexOf(here, `${topic.name} ${subscriber}`, 32)}`
        : "PendingConfirmation"
    }
  })

export default defineService({
  region: { topics: [] },
  answers: {
    "sns:ListTopics": (here, input: ListTopicsCommandInput): Answer<ListTopicsCommandOutput> => {
      const { items, next } = pageOf(here.has.topics, input.NextToken, undefined, 100)
      return { Topics: items.map(({ name }) => ({ TopicArn: topicArn(here, name) })), NextToken: next }
    },

    "sns:ListSubscriptions": (here, input: ListSubscriptionsCommandInput): Answer<ListSubscriptionsCommandOutput> => {
      const all = here.has.topics.flatMap((topic) => subscriptionsOf(here, topic))
      const { items, next } = pageOf(all, input.NextToken, undefined, 100)
      return { Subscriptions: items, NextToken: next }
    },

    "sns:GetSubscriptionAttributes": (
      here,
      input: GetSubscriptionAttributesCommandInput
    ): Answer<GetSubscriptionAttributesCommandOutput> => {
      for (const topic of here.has.topics) {
        const own = subscriptionsOf(here, topic).find(({ SubscriptionArn: arn }) => arn === input.SubscriptionArn)
        if (own === undefined) continue
        const RedrivePolicy =
          topic.deadLetters === undefined
            ? {}
            : { RedrivePolicy: JSON.stringify({ deadLetterTargetArn: queueArn(here, topic.deadLetters) }) }
        return { Attributes: { ...own, PendingConfirmation: "false", ...RedrivePolicy } }
      }
      throw refusal("NotFound", "Subscription does not exist", 404)
    },

    "sns:GetTopicAttributes": (
      here,
      input: GetTopicAttributesCommandInput
    ): Answer<GetTopicAttributesCommandOutput> => {
      const topic = here.has.topics.find(({ name }) => topicArn(here, name) === input.TopicArn)
      if (topic === undefined) throw refusal("NotFound", "Topic does not exist", 404)
      const Principal = topic.from === undefined ? { AWS: here.account } : { Service: `${topic.from}.amazonaws.com` }
      return {
        Attributes: {
          TopicArn: input.TopicArn ?? "",
          Owner: here.account,
          Policy: JSON.stringify({ Statement: [{ Effect: "Allow", Principal, Action: "SNS:Publish", Resource: "*" }] }),
          SubscriptionsConfirmed: String(subscribersOf(topic).filter(isConfirmed).length),
          SubscriptionsPending: String(subscribersOf(topic).filter((one) => !isConfirmed(one)).length),
          SubscriptionsDeleted: "0"
        }
      }
    }
  },
  series: (here) =>
    here.has.topics.map(({ name, published }) => ({
      namespace: "AWS/SNS",
      dimensions: { TopicName: name },
      sums: { NumberOfMessagesPublished: published }
    })),
  resources: (here) => here.has.topics.map(({ name, tags }) => ({ type: "sns:topic", arn: topicArn(here, name), tags }))
})
