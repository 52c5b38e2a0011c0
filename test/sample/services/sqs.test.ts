import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { estate } from "../../../sample/organization.ts"
import { call, pointsOf, production } from "../call.ts"

const url = (name: string) => `https://sqs.eu-central-1.amazonaws.com/444455556666/${name}`

const attributes = (name: string, AttributeNames: ReadonlyArray<string> = ["All"]) =>
  Effect.map(call("sqs:GetQueueAttributes", { QueueUrl: url(name), AttributeNames }), ({ Attributes }) => Attributes)

const total = (name: string, metric: string) =>
  Effect.map(
    pointsOf({ namespace: "AWS/SQS", metric, dimensions: { QueueName: name }, start: "2026-08-22T00:00:00Z" }),
    (points) => points.reduce((sum, { value }) => sum + value, 0)
  )

describe("SQS in the sample", () => {
  it.effect("lists queues page by page, and leaves the list out where there is none", () =>
    Effect.gen(function* () {
      const first = yield* call("sqs:ListQueues", { MaxResults: 5 })
      const second = yield* call("sqs:ListQueues", { MaxResults: 5, NextToken: first.NextToken })
      assert.strictEqual(first.QueueUrls.length, 5)
      assert.isUndefined(second.NextToken)
      assert.include([...first.QueueUrls, ...second.QueueUrls], url("price-feed"))
      assert.notProperty(yield* call("sqs:ListQueues", {}, { ...production, region: "us-east-1" }), "QueueUrls")
    })
  )

  it.effect("answers the first thousand without a token where no page size is asked", () =>
    Effect.gen(function* () {
      const queues = Array.from({ length: 1500 }, (_, n) => ({ name: `q-${n}`, created: "2026-01-01", sent: 0 }))
      const many = {
        ...estate,
        accounts: [{ id: production.account, name: "many", regions: { [production.region]: { queues } } }]
      }
      const unpaged = yield* call("sqs:ListQueues", {}, { ...production, estate: many })
      assert.strictEqual(unpaged.QueueUrls.length, 1000)
      assert.isUndefined(unpaged.NextToken)
      const paged = yield* call("sqs:ListQueues", { MaxResults: 1000 }, { ...production, estate: many })
      assert.strictEqual(paged.NextToken, "1000")
    })
  )

  it.effect("tells the attributes that are asked for, all of them text", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        yield* attributes("orders", ["QueueArn", "RedrivePolicy", "KmsMasterKeyId", "FifoQueue"]),
        {
          QueueArn: "arn:aws:sqs:eu-central-1:444455556666:orders",
          RedrivePolicy:
            '{"deadLetterTargetArn":"arn:aws:sqs:eu-central-1:444455556666:orders-dead-letters","maxReceiveCount":5}',
          KmsMasterKeyId: "alias/orders"
        }
      )
      const fifo = yield* attributes("email-outbox.fifo")
      assert.strictEqual(fifo.FifoQueue, "true")
      assert.strictEqual(fifo.SqsManagedSseEnabled, "true")
      assert.strictEqual(fifo.CreatedTimestamp, String(Date.UTC(2022, 4, 16) / 1000))
      assert.strictEqual((yield* attributes("partner-returns")).ApproximateNumberOfMessages, "4060")
      const error = yield* Effect.flip(attributes("nobody"))
      assert.strictEqual(error.name, "QueueDoesNotExist")
    })
  )

  it.effect("knows whose dead letters a queue takes", () =>
    Effect.gen(function* () {
      const sources = (name: string) => call("sqs:ListDeadLetterSourceQueues", { QueueUrl: url(name) })
      assert.deepStrictEqual((yield* sources("orders-dead-letters")).queueUrls, [url("orders")])
      assert.deepStrictEqual((yield* sources("orders")).queueUrls, [])
    })
  )

  it.effect("has a queue of every kind that the scan tells apart", () =>
    Effect.gen(function* () {
      assert.isAbove(yield* total("orders", "NumberOfMessagesDeleted"), 5_000_000)
      // Ninety days of silence.
      assert.strictEqual(yield* total("warehouse-events-2022", "NumberOfMessagesSent"), 0)
      assert.strictEqual(yield* total("price-feed", "NumberOfMessagesSent"), 0)
      assert.isAbove(yield* total("price-feed", "NumberOfEmptyReceives"), 18_000_000)
      assert.isAbove(yield* total("partner-returns", "NumberOfMessagesSent"), 20_000)
      assert.strictEqual(yield* total("partner-returns", "NumberOfMessagesReceived"), 0)
    })
  )

  it.effect("reports levels while a queue is called, zeros included, and nothing while it sleeps", () =>
    Effect.gen(function* () {
      const level = (QueueName: string, metric: string) =>
        pointsOf({
          namespace: "AWS/SQS",
          metric,
          dimensions: { QueueName },
          statistic: "Maximum",
          start: "2026-11-19T00:00:00Z"
        })
      const visible = "ApproximateNumberOfMessagesVisible"
      assert.deepStrictEqual(
        (yield* level("price-feed", visible)).map(({ value }) => value),
        [0, 0]
      )
      assert.deepStrictEqual(yield* level("warehouse-events-2022", visible), [])
      assert.deepStrictEqual(
        (yield* level("partner-returns", "ApproximateAgeOfOldestMessage")).map(({ value }) => value),
        [14 * 86_400, 14 * 86_400]
      )
    })
  )
})
