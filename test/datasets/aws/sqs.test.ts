import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as sqs from "../../../datasets/aws/sqs.ts"
import { awsFailure, daysAgo, paged, readDataset, readProbe, valueOf } from "../harness.ts"

const urlOf = (name: string) => `https://sqs.eu-west-1.amazonaws.com/111111111111/${name}`

const queue = (name: string): sqs.Queue => ({
  arn: `arn:aws:sqs:eu-west-1:111111111111:${name}`,
  url: urlOf(name),
  name,
  isFifo: false
})

/** What SQS answers when a list is empty: nothing but the id of the request. */
const answeredEmpty = { $metadata: { httpStatusCode: 200, requestId: "5a7c" } }

const seriesAsked = (sent: ReadonlyArray<{ operation: { name: string }; input: any }>) =>
  sent
    .filter(({ operation }) => operation.name === "GetMetricData")
    .flatMap(({ input }) =>
      input.MetricDataQueries.map(({ MetricStat: { Metric, Stat } }: any) =>
        [Metric.Dimensions[0].Value, Metric.MetricName, Stat].join(" ")
      )
    )

const silence = ({ MetricDataQueries }: { MetricDataQueries: ReadonlyArray<{ Id: string }> }) => ({
  MetricDataResults: MetricDataQueries.map(({ Id }) => ({ Id, StatusCode: "Complete" }))
})

describe("sqs.queues", () => {
  it.effect("reads 2,001 queues in three pages of 1,000, which it always asks for", () =>
    Effect.gen(function* () {
      const urls = Array.from({ length: 2001 }, (_, index) => urlOf(`queue-${index}`))
      const { calls, read } = yield* readDataset(sqs.queues, {
        "sqs:ListQueues": paged(urls, "QueueUrls", { size: "MaxResults" })
      })
      assert.deepStrictEqual(calls, { "sqs:ListQueues": 3 })
      assert.strictEqual(valueOf(read).length, 2001)
      assert.deepStrictEqual(valueOf(read)[7], queue("queue-7"))
    })
  )

  it.effect("knows FIFO queues by their names", () =>
    Effect.gen(function* () {
      const { read } = yield* readDataset(sqs.queues, {
        "sqs:ListQueues": () => ({ QueueUrls: [urlOf("orders.fifo"), urlOf("fifo")] })
      })
      assert.deepStrictEqual(
        valueOf(read).map(({ isFifo }: sqs.Queue) => isFifo),
        [true, false]
      )
    })
  )

  it.effect("takes an answer without its list for an empty one only when SQS gave it", () =>
    Effect.gen(function* () {
      const empty = yield* readDataset(sqs.queues, { "sqs:ListQueues": () => answeredEmpty })
      assert.deepStrictEqual(valueOf(empty.read), [])
      for (const answer of [{}, { $metadata: { httpStatusCode: 200 } }, { ...answeredEmpty, NextToken: "1" }]) {
        const { read } = yield* readDataset(sqs.queues, { "sqs:ListQueues": () => answer })
        assert.match(read.ok ? "" : read.error.summary, /QueueUrls is missing/)
      }
    })
  )

  it.effect("keeps what was read when a later page is denied", () =>
    Effect.gen(function* () {
      const pages = paged(
        Array.from({ length: 1001 }, (_, index) => urlOf(`queue-${index}`)),
        "QueueUrls",
        { size: "MaxResults" }
      )
      const { read } = yield* readDataset(sqs.queues, {
        "sqs:ListQueues": (input) => {
          if (input.NextToken !== undefined) throw awsFailure("AccessDenied", "no", 403)
          return pages(input)
        }
      })
      assert.isTrue(read.ok && read.value.length === 1000 && read.gaps.length === 1)
    })
  )
})

describe("sqs.received", () => {
  it.effect("asks for one series of each queue, and the queues for nothing", () =>
    Effect.gen(function* () {
      const { calls, sent } = yield* readDataset(sqs.received(90, 7), {
        "sqs:ListQueues": () => ({ QueueUrls: [urlOf("a"), urlOf("b")] }),
        "cloudwatch:GetMetricData": silence
      })
      assert.deepStrictEqual(calls, { "sqs:ListQueues": 1, "cloudwatch:GetMetricData": 1 })
      assert.deepStrictEqual(seriesAsked(sent), ["a NumberOfMessagesReceived Sum", "b NumberOfMessagesReceived Sum"])
    })
  )
})

describe("sqs.activity and sqs.age", () => {
  it.effect("ask for three series and for one", () =>
    Effect.gen(function* () {
      const activity = yield* readProbe(sqs.activity(90), [queue("a")], { "cloudwatch:GetMetricData": silence })
      assert.deepStrictEqual(seriesAsked(activity.sent), [
        "a NumberOfMessagesSent Sum",
        "a NumberOfMessagesDeleted Sum",
        "a NumberOfEmptyReceives Sum"
      ])
      const age = yield* readProbe(sqs.age(7), [queue("a")], { "cloudwatch:GetMetricData": silence })
      assert.deepStrictEqual(seriesAsked(age.sent), ["a ApproximateAgeOfOldestMessage Maximum"])
    })
  )
})

describe("sqs.deadLetterSources", () => {
  it.effect("takes one call for each queue", () =>
    Effect.gen(function* () {
      const { calls, readings } = yield* readProbe(sqs.deadLetterSources, [queue("a"), queue("b")], {
        "sqs:ListDeadLetterSourceQueues": ({ QueueUrl }) =>
          QueueUrl === urlOf("a") ? { queueUrls: [urlOf("orders")] } : answeredEmpty
      })
      assert.deepStrictEqual(calls, { "sqs:ListDeadLetterSourceQueues": 2 })
      assert.deepStrictEqual(readings, [
        { known: true, value: [urlOf("orders")] },
        { known: true, value: [] }
      ])
    })
  )

  it.effect("does not know a queue whose sources were not listed to their end", () =>
    Effect.gen(function* () {
      const { readings } = yield* readProbe(sqs.deadLetterSources, [queue("a"), queue("b")], {
        "sqs:ListDeadLetterSourceQueues": ({ QueueUrl }) => (QueueUrl === urlOf("a") ? {} : { queueUrls: [] })
      })
      assert.deepStrictEqual(
        readings.map(({ known }) => known),
        [false, true]
      )
    })
  )
})

describe("sqs.attributes", () => {
  const whole = {
    CreatedTimestamp: String(daysAgo(200).getTime() / 1000),
    ApproximateNumberOfMessages: "3",
    ApproximateNumberOfMessagesNotVisible: "2",
    ApproximateNumberOfMessagesDelayed: "1",
    MessageRetentionPeriod: "345600"
  }
  const ask = (attributes: Readonly<Record<string, string | undefined>>) =>
    readProbe(sqs.attributes, [queue("a")], { "sqs:GetQueueAttributes": () => ({ Attributes: attributes }) })

  it.effect("tells what waits, where dead letters go and what encrypts it", () =>
    Effect.gen(function* () {
      const { calls, readings } = yield* ask(whole)
      assert.deepStrictEqual(calls, { "sqs:GetQueueAttributes": 1 })
      const plain = {
        createdAt: daysAgo(200),
        waiting: 3,
        inFlight: 2,
        delayed: 1,
        retentionSeconds: 345_600,
        senders: [],
        deadLetterArn: undefined,
        redrivePermission: undefined,
        encryption: "none"
      }
      assert.deepStrictEqual(readings, [{ known: true, value: plain }])
      const more = yield* ask({
        ...whole,
        Policy: "",
        RedrivePolicy: JSON.stringify({ deadLetterTargetArn: "arn:dlq", maxReceiveCount: 5 }),
        RedriveAllowPolicy: JSON.stringify({ redrivePermission: "byQueue", sourceQueueArns: ["arn:orders"] }),
        SqsManagedSseEnabled: "true"
      })
      assert.deepStrictEqual(more.readings, [
        {
          known: true,
          value: { ...plain, deadLetterArn: "arn:dlq", redrivePermission: "byQueue", encryption: "SQS" }
        }
      ])
      const { readings: withKey } = yield* ask({ ...whole, KmsMasterKeyId: "alias/a", SqsManagedSseEnabled: "false" })
      assert.strictEqual(withKey[0]?.known === true ? withKey[0].value.encryption : "", "alias/a")
    })
  )

  const allow = (more: object) => ({ Effect: "Allow", Action: "sqs:SendMessage", Resource: "*", ...more })
  const policies: ReadonlyArray<readonly [what: string, statement: unknown, senders: ReadonlyArray<string>]> = [
    ["a service", allow({ Principal: { Service: "sns.amazonaws.com" } }), ["sns"]],
    [
      "several services",
      [allow({ Principal: { Service: ["sns.amazonaws.com", "events.amazonaws.com"] } })],
      ["events", "sns"]
    ],
    [
      "everyone who comes from a rule",
      allow({ Principal: "*", Condition: { ArnLike: { "aws:SourceArn": "arn:aws:events:eu-west-1:1:rule/nightly" } } }),
      ["events"]
    ],
    [
      "everyone who comes from a bucket",
      allow({
        Principal: { Service: "s3.amazonaws.com" },
        Condition: { ArnLike: { "aws:SourceArn": "arn:aws:s3:::in" } }
      }),
      []
    ],
    ["everyone", allow({ Principal: { AWS: "*" } }), ["events", "sns"]],
    ["the account itself", allow({ Principal: { AWS: "arn:aws:iam::111111111111:root" } }), []],
    [
      "nobody without TLS",
      { Effect: "Deny", Principal: "*", Action: "sqs:*", Condition: { Bool: { "aws:SecureTransport": "false" } } },
      []
    ]
  ]
  for (const [what, Statement, senders] of policies) {
    it.effect(`reads who may send it dead letters where the policy is about ${what}`, () =>
      Effect.gen(function* () {
        const { readings } = yield* ask({ ...whole, Policy: JSON.stringify({ Statement }) })
        assert.deepStrictEqual(readings[0]?.known === true ? readings[0].value.senders : "unknown", senders)
      })
    )
  }

  for (const attributes of [
    ...Object.keys(whole).map((name) => ({ ...whole, [name]: undefined })),
    { ...whole, ApproximateNumberOfMessages: "many" },
    { ...whole, Policy: "<html>" },
    { ...whole, RedrivePolicy: "<html>" }
  ]) {
    it.effect(`does not know a queue that answers ${JSON.stringify(attributes)}`, () =>
      Effect.gen(function* () {
        const { readings } = yield* ask(attributes)
        assert.isFalse(readings[0]?.known)
      })
    )
  }

  it.effect("does not know a queue that answers no attributes at all, or is refused, and knows its neighbour", () =>
    Effect.gen(function* () {
      const { readings } = yield* readProbe(sqs.attributes, [queue("a"), queue("b"), queue("c")], {
        "sqs:GetQueueAttributes": ({ QueueUrl }) => {
          if (QueueUrl === urlOf("a")) return {}
          if (QueueUrl === urlOf("b")) throw awsFailure("AccessDenied", "no", 403)
          return { Attributes: whole }
        }
      })
      assert.deepStrictEqual(
        readings.map(({ known }) => known),
        [false, false, true]
      )
    })
  )
})
