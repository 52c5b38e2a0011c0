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

describe("computeOptimizer.ofFunctions", () => {
  const operation = "compute-optimizer:GetLambdaFunctionRecommendations"
  const arn = "arn:aws:lambda:eu-west-1:111111111111:function:fn"
  const fn = { FunctionName: "fn", FunctionArn: arn, MemorySize: 512, LastModified: "2026-01-02T03:04:05.678+0000" }
  const told = (answer: (input: any) => unknown, functions: ReadonlyArray<object> = [fn]) =>
    readDataset(computeOptimizer.ofFunctions, {
      "lambda:ListFunctions": () => ({ Functions: functions }),
      [operation]: answer
    })
  const amount = (value: number) => ({ estimatedMonthlySavings: { currency: "USD", value } })
  const own = (index: number, more: object = {}) => ({
    functionArn: `${arn}${index}:$LATEST`,
    functionVersion: "$LATEST",
    currentMemorySize: 512,
    finding: "NotOptimized",
    findingReasonCodes: ["MemoryOverprovisioned"],
    memorySizeRecommendationOptions: [
      { rank: 2, memorySize: 384, savingsOpportunity: amount(1) },
      { rank: 1, memorySize: 256, savingsOpportunity: amount(3) }
    ],
    ...more
  })

  it.effect("reads 1,001 recommendations in two calls, with the best option of each", () =>
    Effect.gen(function* () {
      const items = Array.from({ length: 1001 }, (_, index) => own(index))
      const { calls, read } = yield* told(
        paged(items, "lambdaFunctionRecommendations", { size: "maxResults", input: "nextToken", output: "nextToken" })
      )
      assert.strictEqual(calls[operation], 2)
      assert.strictEqual(valueOf(read).length, 1001)
      assert.deepStrictEqual(valueOf(read)[1], {
        arn: `${arn}1`,
        version: "$LATEST",
        currentMb: 512,
        finding: "notoptimized",
        reasons: ["memoryoverprovisioned"],
        targetMb: 256,
        monthlyUsd: 3,
        price: "list"
      })
    })
  )

  it.effect("takes the amount after discounts, and none in another currency", () =>
    Effect.gen(function* () {
      const option = (more: object) => ({ memorySizeRecommendationOptions: [{ rank: 1, memorySize: 256, ...more }] })
      const { read } = yield* told(() => ({
        lambdaFunctionRecommendations: [
          own(1, option({ savingsOpportunity: amount(3), savingsOpportunityAfterDiscounts: amount(2) })),
          own(2, option({ savingsOpportunity: { estimatedMonthlySavings: { currency: "CNY", value: 3 } } })),
          own(3, { memorySizeRecommendationOptions: undefined })
        ]
      }))
      assert.deepStrictEqual(
        (valueOf(read) as ReadonlyArray<computeOptimizer.FunctionRecommendation>).map(({ monthlyUsd, price }) => [
          monthlyUsd,
          price
        ]),
        [
          [2, "net"],
          [undefined, "list"],
          [undefined, "list"]
        ]
      )
    })
  )

  it.effect("has none where there is no function or nobody opted in, and knows what is denied or malformed", () =>
    Effect.gen(function* () {
      const empty = yield* told(() => ({}), [])
      assert.deepStrictEqual([empty.calls, valueOf(empty.read)], [{ "lambda:ListFunctions": 1 }, []])
      const out = yield* told(() => {
        throw awsFailure("OptInRequiredException", "not registered", 403)
      })
      assert.deepStrictEqual(valueOf(out.read), [])
      for (const answer of [
        () => ({}),
        () => ({ lambdaFunctionRecommendations: [own(1, { finding: undefined })] }),
        () => ({ lambdaFunctionRecommendations: [own(1, { currentMemorySize: undefined })] }),
        () => {
          throw awsFailure("AccessDeniedException", "no", 403)
        }
      ]) {
        assert.isFalse((yield* told(answer)).read.ok)
      }
    })
  )
})
