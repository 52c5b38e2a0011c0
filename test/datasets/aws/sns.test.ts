import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { known } from "../../../core/Reading.ts"
import * as sns from "../../../datasets/aws/sns.ts"
import { type Answers, awsFailure, noSeries, readDataset, readProbe, valueOf } from "../harness.ts"

const arnOf = (name: string) => `arn:aws:sns:eu-west-1:111111111111:${name}`

const topic = (name: string): sns.Topic => ({ arn: arnOf(name), name, isFifo: name.endsWith(".fifo") })

/** Pages of a hundred, which SNS gives without being asked. */
const pages =
  (items: ReadonlyArray<object>, field: string) =>
  ({ NextToken }: { readonly NextToken?: string }) => {
    const from = Number(NextToken ?? 0)
    return {
      [field]: items.slice(from, from + 100),
      ...(from + 100 < items.length ? { NextToken: String(from + 100) } : {})
    }
  }

const topicsNamed = (...names: ReadonlyArray<string>): Answers => ({
  "sns:ListTopics": pages(
    names.map((name) => ({ TopicArn: arnOf(name) })),
    "Topics"
  )
})

describe("sns.topics", () => {
  it.effect("reads 250 topics in three calls", () =>
    Effect.gen(function* () {
      const names = Array.from({ length: 250 }, (_, n) => `topic-${n}`)
      const { calls, read } = yield* readDataset(sns.topics, topicsNamed(...names))
      assert.deepStrictEqual(calls, { "sns:ListTopics": 3 })
      assert.strictEqual(valueOf(read).length, 250)
    })
  )

  it.effect("takes the name out of the ARN", () =>
    Effect.gen(function* () {
      const { read } = yield* readDataset(sns.topics, topicsNamed("orders.fifo"))
      assert.deepStrictEqual(valueOf(read), [{ arn: arnOf("orders.fifo"), name: "orders.fifo", isFifo: true }])
    })
  )

  for (const [field, answer] of [
    ["Topics", {}],
    ["Topics[].TopicArn", { Topics: [{}] }]
  ] as const) {
    it.effect(`is malformed without ${field}`, () =>
      Effect.gen(function* () {
        const { read } = yield* readDataset(sns.topics, { "sns:ListTopics": () => answer })
        assert.include(read.ok ? "" : read.error.summary, `${field} is missing`)
      })
    )
  }
})

describe("sns.subscriptions", () => {
  const subscription = (more: object = {}) => ({
    SubscriptionArn: `${arnOf("orders")}:1`,
    TopicArn: arnOf("orders"),
    Protocol: "SQS",
    Endpoint: "arn:queue",
    ...more
  })

  it.effect("reads 101 in two calls, and which are confirmed", () =>
    Effect.gen(function* () {
      const many = Array.from({ length: 99 }, (_, n) => subscription({ Endpoint: `arn:queue-${n}` }))
      const others = [
        subscription({ SubscriptionArn: "PendingConfirmation" }),
        subscription({ SubscriptionArn: "Deleted" })
      ]
      const { calls, read } = yield* readDataset(sns.subscriptions, {
        "sns:ListSubscriptions": pages([...others, ...many], "Subscriptions")
      })
      assert.deepStrictEqual(calls, { "sns:ListSubscriptions": 2 })
      const subscriptions: ReadonlyArray<sns.Subscription> = valueOf(read)
      assert.deepStrictEqual(subscriptions[2], {
        arn: `${arnOf("orders")}:1`,
        topicArn: arnOf("orders"),
        protocol: "sqs",
        endpoint: "arn:queue-0",
        isConfirmed: true
      })
      assert.deepStrictEqual(
        subscriptions.slice(0, 2).map(({ isConfirmed }) => isConfirmed),
        [false, false]
      )
    })
  )

  for (const field of ["TopicArn", "Protocol", "SubscriptionArn"]) {
    it.effect(`are malformed without ${field}`, () =>
      Effect.gen(function* () {
        const { read } = yield* readDataset(sns.subscriptions, {
          "sns:ListSubscriptions": () => ({ Subscriptions: [subscription({ [field]: undefined })] })
        })
        assert.include(read.ok ? "" : read.error.summary, `Subscriptions[].${field} is missing`)
      })
    )
  }
})

describe("sns.deadLetters", () => {
  it.effect("asks each subscription for its queue, and takes one that has ended for one without", () =>
    Effect.gen(function* () {
      const answers: Readonly<Record<string, object>> = {
        a: { Attributes: { RedrivePolicy: '{"deadLetterTargetArn":"arn:queue"}' } },
        b: { Attributes: {} },
        d: {},
        e: { Attributes: { RedrivePolicy: "{}" } }
      }
      const { calls, readings } = yield* readProbe(
        sns.deadLetters,
        ["a", "b", "c", "d", "e"].map((arn) => ({ arn })),
        {
          "sns:GetSubscriptionAttributes": ({ SubscriptionArn }) => {
            const answer = answers[SubscriptionArn]
            if (answer === undefined) throw awsFailure("NotFound", "Subscription does not exist", 404)
            return answer
          }
        }
      )
      assert.deepStrictEqual(calls, { "sns:GetSubscriptionAttributes": 5 })
      assert.deepStrictEqual(readings.slice(0, 3), [known("arn:queue"), known(null), known(null)])
      assert.deepStrictEqual(
        readings.slice(3).map((reading) => reading.known),
        [false, false]
      )
    })
  )
})

describe("sns.published", () => {
  it.effect("asks one series for each topic", () =>
    Effect.gen(function* () {
      const { calls, sent } = yield* readDataset(sns.published(90), {
        ...topicsNamed("a", "b"),
        "cloudwatch:GetMetricData": noSeries
      })
      assert.deepStrictEqual(calls, { "sns:ListTopics": 1, "cloudwatch:GetMetricData": 1 })
      assert.strictEqual(sent.at(-1)?.input.MetricDataQueries.length, 2)
    })
  )
})

describe("sns.attributes", () => {
  const policy = (...Statement: ReadonlyArray<object>) => JSON.stringify({ Statement })
  const publishers = Effect.fnUntraced(function* (Policy: string) {
    const { readings } = yield* readProbe(sns.attributes, [topic("a")], {
      "sns:GetTopicAttributes": () => ({ Attributes: { SubscriptionsConfirmed: "0", Policy } })
    })
    return readings[0]?.known ? (readings[0].value as sns.TopicAttributes).publishers : undefined
  })

  it.effect("asks each topic once", () =>
    Effect.gen(function* () {
      const { calls, readings } = yield* readProbe(sns.attributes, [topic("a"), topic("b.fifo")], {
        "sns:GetTopicAttributes": ({ TopicArn }) => ({
          Attributes:
            TopicArn === arnOf("a")
              ? { SubscriptionsConfirmed: "3", KmsMasterKeyId: "alias/topics", ArchivePolicy: "{}" }
              : { SubscriptionsConfirmed: "0", ArchivePolicy: '{"MessageRetentionPeriod":"30"}', Policy: "" }
        })
      })
      assert.deepStrictEqual(calls, { "sns:GetTopicAttributes": 2 })
      assert.deepStrictEqual(readings, [
        known({ subscribers: 3, publishers: [], archives: false, encryption: "alias/topics" }),
        known({ subscribers: 0, publishers: [], archives: true, encryption: "none" })
      ])
    })
  )

  it.effect("finds the services that its policy lets publish", () =>
    Effect.gen(function* () {
      const own = {
        Effect: "Allow",
        Principal: { AWS: "*" },
        Condition: { StringEquals: { "AWS:SourceOwner": "111" } }
      }
      assert.deepStrictEqual(yield* publishers(policy(own)), [])
      const role = { Effect: "Allow", Principal: { AWS: "arn:aws:iam::111111111111:root" } }
      assert.deepStrictEqual(yield* publishers(policy(role)), [])
      const services = [
        { Effect: "Allow", Principal: { Service: ["budgets.amazonaws.com", "events.amazonaws.com"] } },
        { Effect: "Allow", Principal: "*", Condition: { ArnLike: { "aws:SourceArn": "arn:aws:s3:::pictures" } } },
        { Effect: "Deny", Principal: { Service: "backup.amazonaws.com" } }
      ]
      assert.deepStrictEqual(yield* publishers(policy(...services)), ["budgets", "events", "s3"])
      assert.isUndefined(yield* publishers("{"))
    })
  )

  it.effect("does not know a topic that is refused, or does not tell its subscribers, and knows its neighbour", () =>
    Effect.gen(function* () {
      const { readings } = yield* readProbe(sns.attributes, ["a", "b", "c", "d", "e"].map(topic), {
        "sns:GetTopicAttributes": ({ TopicArn }) => {
          if (TopicArn === arnOf("a")) throw awsFailure("AuthorizationError", "no", 403)
          if (TopicArn === arnOf("b")) return {}
          if (TopicArn === arnOf("c")) return { Attributes: {} }
          return { Attributes: { SubscriptionsConfirmed: TopicArn === arnOf("d") ? "few" : "1" } }
        }
      })
      assert.deepStrictEqual(
        readings.map(({ known }) => known),
        [false, false, false, false, true]
      )
    })
  )
})
