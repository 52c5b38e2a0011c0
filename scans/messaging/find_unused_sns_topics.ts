import { alarms } from "../../datasets/aws/cloudwatchAlarms.ts"
import * as eventbridge from "../../datasets/aws/eventbridge.ts"
import * as lambda from "../../datasets/aws/lambda.ts"
import * as sns from "../../datasets/aws/sns.ts"
import { maxDays } from "../../datasets/metrics/SeriesReader.ts"
import { ask, defineScan, hygiene, need, Setting } from "../Scan.ts"

export default defineScan({
  title: "SNS topics without publishers or subscribers",
  words: "notifications, dropped messages",
  why: "What is published to a topic without subscribers is lost, and a topic that nobody uses is clutter that may still be trusted.",
  fix: "Subscribe whoever should hear of it, or delete the topic. Look first whether CloudFormation, Auto Scaling, RDS events or a Lambda destination name it: that is not read.",
  docs: "https://docs.aws.amazon.com/sns/latest/dg/sns-delete-subscription-topic.html",
  leavesOut: [
    "the notifications of buckets and budgets themselves. Neither can publish to a topic whose policy does not let it, so that a policy that names S3 or Budgets is taken for a publisher: a topic that such a service once used and no longer does is not found."
  ],
  scope: "regional",
  settings: {
    lookbackDays: Setting.days(90, "Days without a published message", { maximum: maxDays }),
    minObservedDays: Setting.days(30, "Days that a topic must have been seen so before that is confirmed")
  },
  reads: ({ lookbackDays }) => ({
    topics: sns.topics,
    subscriptions: sns.subscriptions,
    published: sns.published(lookbackDays),
    alarms,
    buses: eventbridge.buses,
    functions: lambda.functions,
    mappings: lambda.eventSourceMappings
  }),
  subject: "topics",
  probes: ({ lookbackDays }) => ({
    published: sns.publishedToSome(lookbackDays),
    attributes: sns.attributes,
    rules: eventbridge.rulesSendingTo
  }),
  reasons: {
    no_subscribers: "Something publishes to the topic, or is set up to, and nobody is subscribed.",
    no_subscribers_no_publishes: "Nothing is published to the topic, and nobody is subscribed.",
    no_publishes: "Nothing is published to the topic, although somebody is subscribed."
  },

  judge: (data, { settings }) => {
    const { lookbackDays, minObservedDays } = settings
    const subscribed = data.subscriptions.by(({ topicArn }) => topicArn)
    const alarmsTelling = data.alarms.by(({ actions }) => actions)
    const functionsFailingInto = data.functions.by(({ deadLetterArn }) => deadLetterArn)
    const mappingsFailingInto = data.mappings.by(({ failureDestinationArn }) => failureDestinationArn)

    /** What was set up to publish to a topic when something happens. */
    function* namedBy({ arn }: sns.Topic, { publishers }: sns.TopicAttributes) {
      const alarms = yield* need(alarmsTelling.all(arn))
      const functions = yield* need(functionsFailingInto.all(arn))
      const mappings = yield* need(mappingsFailingInto.all(arn))
      const rules = yield* need(yield* ask(eventbridge.rulesSendingTo, { arn, buses: yield* need(data.buses.all) }))
      return [
        ...alarms.map(({ name }) => `alarm ${name}`),
        ...functions.map(({ name }) => `function ${name}`),
        ...mappings.map(({ id }) => `event source mapping ${id}`),
        ...rules.map((rule) => `rule ${rule}`),
        // A service that needs leave to publish was given it for something.
        ...publishers.map((service) => `policy for ${service}`)
      ]
    }

    return function* (topic) {
      const isHeard = subscribed.found(topic.arn).some(({ isConfirmed }) => isConfirmed)
      const isUsed = data.published.settles(topic.arn)
      if (isHeard && isUsed) return
      const published = isUsed ? yield* need(yield* ask(sns.publishedToSome(lookbackDays), topic)) : data.published
      const messages = yield* need(published.total(sns.publishedSeries(topic, lookbackDays)))
      if (isHeard && messages > 0) return
      const own = yield* need(subscribed.all(topic.arn))
      const attributes = yield* need(yield* ask(sns.attributes, topic))
      // Other accounts may have subscribed, which the list does not tell.
      const hasSubscribers = isHeard || attributes.subscribers > 0
      if (hasSubscribers ? messages > 0 : attributes.archives) return
      const naming = yield* namedBy(topic, attributes)
      // Alarms are meant to be quiet.
      if (hasSubscribers && naming.length > 0) return
      const isLost = !hasSubscribers && (messages > 0 || naming.length > 0)
      return hygiene({
        reason: isLost ? "no_subscribers" : hasSubscribers ? "no_publishes" : "no_subscribers_no_publishes",
        severity: isLost ? "medium" : "info",
        note: "A topic costs nothing while nothing is published to it.",
        // Some services publish to a topic that only they name.
        confidence: isLost ? "high" : hasSubscribers ? "low" : "medium",
        evidence: {
          type: topic.isFifo ? "FIFO" : "standard",
          published: Math.round(messages),
          subscribers: attributes.subscribers,
          waitingForConfirmation: own.filter(({ isConfirmed }) => !isConfirmed).length,
          subscriptions: own.map(({ endpoint, protocol }) => `${protocol} ${endpoint}`),
          namedBy: naming,
          encryption: attributes.encryption,
          lookbackDays
        },
        observe: { days: minObservedDays }
      })
    }
  }
})
