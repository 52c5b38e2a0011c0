import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { dataset, readOf } from "../../../datasets/engine/Dataset.ts"
import { listMetrics, type PublishedSeries, publishedSeries } from "../../../datasets/metrics/listMetrics.ts"
import { readDataset, valueOf } from "../harness.ts"

const published = dataset<ReadonlyArray<PublishedSeries>>("test.published", {
  scope: "regional",
  operations: [listMetrics],
  read: () => Effect.map(publishedSeries("AWS/S3"), readOf)
})

const metric = { MetricName: "NumberOfObjects", Dimensions: [{ Name: "BucketName", Value: "logs" }] }

describe("publishedSeries", () => {
  it.effect("reads every page of a namespace", () =>
    Effect.gen(function* () {
      const { calls, read, sent } = yield* readDataset(published, {
        "cloudwatch:ListMetrics": ({ NextToken }) =>
          NextToken === undefined ? { Metrics: [metric], NextToken: "2" } : { Metrics: [{ MetricName: "Bare" }] }
      })
      assert.deepStrictEqual(calls, { "cloudwatch:ListMetrics": 2 })
      assert.strictEqual(sent[0]?.input.Namespace, "AWS/S3")
      assert.deepStrictEqual(valueOf(read), [
        { metric: "NumberOfObjects", dimensions: { BucketName: "logs" } },
        { metric: "Bare", dimensions: {} }
      ])
    })
  )

  it.effect("is malformed without its list, a name or a dimension's value", () =>
    Effect.gen(function* () {
      const answers = [{}, { Metrics: [{}] }, { Metrics: [{ ...metric, Dimensions: [{ Name: "BucketName" }] }] }]
      for (const answer of answers) {
        const { read } = yield* readDataset(published, { "cloudwatch:ListMetrics": () => answer })
        assert.match(read.ok ? "" : read.error.summary, /is missing/)
      }
    })
  )
})
