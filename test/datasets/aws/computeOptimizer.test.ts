import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as computeOptimizer from "../../../datasets/aws/computeOptimizer.ts"
import { awsFailure, paged, readDataset, valueOf } from "../harness.ts"

const operation = "compute-optimizer:GetEC2InstanceRecommendations"

/** What Compute Optimizer answers in a region with one instance. */
const told = (answer: (input: any) => unknown, Name = "running") =>
  readDataset(computeOptimizer.ofInstances, {
    "ec2:DescribeInstances": () => ({ Reservations: [{ Instances: [{ InstanceId: "i-1", State: { Name } }] }] }),
    [operation]: answer
  })

const recommendation = (index: number, more: object = {}) => ({
  instanceArn: `arn:aws:ec2:eu-west-1:111111111111:instance/i-${index}`,
  accountId: "111111111111",
  currentInstanceType: "m5.xlarge",
  finding: "Overprovisioned",
  utilizationMetrics: [{ name: "Cpu", statistic: "Maximum", value: 12 }],
  recommendationOptions: [
    { instanceType: "m5.large", rank: 2 },
    { instanceType: "m7g.large", rank: 1, platformDifferences: ["Architecture"] }
  ],
  ...more
})

describe("computeOptimizer.ofInstances", () => {
  it.effect("reads 2,001 recommendations in three calls of 1,000, with the best option of each", () =>
    Effect.gen(function* () {
      const items = Array.from({ length: 2001 }, (_, index) => recommendation(index))
      const { calls, read } = yield* told(
        paged(items, "instanceRecommendations", { size: "maxResults", input: "nextToken", output: "nextToken" })
      )
      assert.deepStrictEqual(calls, { "ec2:DescribeInstances": 1, [operation]: 3 })
      assert.strictEqual(valueOf(read).length, 2001)
      assert.deepStrictEqual(valueOf(read)[2000], {
        arn: "arn:aws:ec2:eu-west-1:111111111111:instance/i-2000",
        currentType: "m5.xlarge",
        finding: "overprovisioned",
        target: "m7g.large",
        knowsMemory: false,
        platformDifferences: ["Architecture"]
      })
    })
  )

  it.effect("makes no call where nothing runs, or where it is not asked", () =>
    Effect.gen(function* () {
      const { calls, read } = yield* told(() => ({ instanceRecommendations: [] }), "stopped")
      assert.deepStrictEqual([calls, valueOf(read)], [{ "ec2:DescribeInstances": 1 }, []])
      const notAsked = yield* readDataset(computeOptimizer.notAsked, {})
      assert.deepStrictEqual([notAsked.calls, valueOf(notAsked.read)], [{}, []])
    })
  )

  it.effect("tells whether it knows the memory, and that there is no option", () =>
    Effect.gen(function* () {
      const more = { finding: "OPTIMIZED", recommendationOptions: [], utilizationMetrics: [{ name: "Memory" }] }
      const { read } = yield* told(() => ({ instanceRecommendations: [recommendation(1, more)] }))
      const { finding, knowsMemory, target } = valueOf(read)[0]
      assert.deepStrictEqual([finding, knowsMemory, target], ["optimized", true, undefined])
    })
  )

  it.effect("has none where the account has not opted in, which is no gap", () =>
    Effect.gen(function* () {
      const { read } = yield* told(() => {
        throw awsFailure("OptInRequiredException", "The account is not registered for recommendation.")
      })
      assert.deepStrictEqual(valueOf(read), [])
    })
  )

  it.effect("is denied or malformed, and not without recommendations, where AWS says nothing of them", () =>
    Effect.gen(function* () {
      const denied = yield* told(() => {
        throw awsFailure("AccessDeniedException", "no", 403)
      })
      assert.isFalse(denied.read.ok)
      const pages = [
        {},
        ...["instanceArn", "currentInstanceType", "finding", "recommendationOptions"].map((field) => ({
          instanceRecommendations: [recommendation(1, { [field]: undefined })]
        }))
      ]
      for (const page of pages) {
        const { read } = yield* told(() => page)
        assert.strictEqual(read.ok ? "" : (read.error as any).reason?._tag, "Malformed", JSON.stringify(page))
      }
    })
  )
})
