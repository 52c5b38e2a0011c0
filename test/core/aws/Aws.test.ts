import { DescribeVolumesCommand, EC2Client } from "@aws-sdk/client-ec2"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { AwsTarget, list, send } from "../../../core/aws/Aws.ts"
import { CallLedger } from "../../../core/aws/CallLedger.ts"
import { operation } from "../../../core/aws/operation.ts"
import { RateOf } from "../../../core/aws/RateLimits.ts"
import { account, type Answers, awsFailure, awsLayer, stubTransport } from "../../datasets/harness.ts"

const paging = { size: ["MaxResults", 500], input: "NextToken", output: "NextToken" } as const
const describeVolumes = operation(EC2Client, DescribeVolumesCommand, "ec2:DescribeVolumes", { paging })
const paid = operation(EC2Client, DescribeVolumesCommand, "ec2:DescribeVolumes", {
  paid: { unit: "request", usdPerUnit: 0.01, usd: () => 0.01 }
})

/** Answers each call with the next entry: an Error is thrown, anything else is returned. */
const scripted = (answers: ReadonlyArray<unknown>): Answers => {
  let call = 0
  return {
    "ec2:DescribeVolumes": () => {
      const answer = answers[Math.min(call++, answers.length - 1)]
      if (answer instanceof Error) throw answer
      return answer
    }
  }
}

const through = Effect.fnUntraced(function* <A, E>(
  effect: Effect.Effect<A, E, any>,
  answers: Answers,
  reserve?: (usd: number) => Effect.Effect<boolean>
) {
  const { layer, sent } = stubTransport(answers)
  const ledger = yield* CallLedger.make(reserve)
  const fiber = yield* Effect.forkChild(
    Effect.result(
      effect.pipe(
        Effect.provide(awsLayer(layer)),
        Effect.provideService(AwsTarget, { account, region: "eu-west-1", partition: "aws" }),
        Effect.provideService(CallLedger, ledger)
      ) as Effect.Effect<A, E>
    )
  )
  yield* TestClock.adjust("5 minutes")
  return { result: yield* Fiber.join(fiber), sent, counts: ledger.counts() }
})

describe("send", () => {
  it.effect("repeats a throttled call, and counts every request and every refusal", () =>
    Effect.gen(function* () {
      const { counts, result } = yield* through(
        send(describeVolumes, {}),
        scripted([awsFailure("RequestLimitExceeded", "slow", 503), awsFailure("Throttling"), { Volumes: [] }])
      )
      assert.strictEqual(result._tag, "Success")
      assert.deepStrictEqual(counts, [{ service: "ec2", operation: "DescribeVolumes", calls: 3, throttled: 2, usd: 0 }])
    })
  )

  it.effect("makes one call when access is denied", () =>
    Effect.gen(function* () {
      const { result, sent } = yield* through(
        send(describeVolumes, {}),
        scripted([awsFailure("UnauthorizedOperation")])
      )
      assert.strictEqual(result._tag, "Failure")
      assert.strictEqual(sent.length, 1)
    })
  )

  it.effect("gives up after a minute of throttling", () =>
    Effect.gen(function* () {
      const { result, sent } = yield* through(send(describeVolumes, {}), scripted([awsFailure("ThrottlingException")]))
      assert.strictEqual(result._tag === "Failure" && result.failure.reason._tag, "Throttled")
      assert.isAbove(sent.length, 5)
      assert.isBelow(sent.length, 25)
    })
  )

  it.effect("does not make a paid call that the run's cap forbids", () =>
    Effect.gen(function* () {
      const asked: Array<number> = []
      const { result, sent } = yield* through(send(paid, {}), scripted([{}]), (usd) =>
        Effect.sync(() => {
          asked.push(usd)
          return false
        })
      )
      assert.deepStrictEqual(asked, [0.01])
      assert.strictEqual(sent.length, 0)
      assert.strictEqual(
        result._tag === "Failure" && result.failure.message,
        "ec2:DescribeVolumes in 111111111111/eu-west-1: not called: the run would cost more than its cap (this call: $0.0100)"
      )
    })
  )

  it.effect("pays for every request, also for one that is repeated", () =>
    Effect.gen(function* () {
      const { counts } = yield* through(send(paid, {}), scripted([awsFailure("Throttling"), {}]))
      assert.strictEqual(counts[0]?.usd, 0.02)
    })
  )

  it.effect("waits when the bucket of account, region and service is empty", () =>
    Effect.gen(function* () {
      const { layer, sent } = stubTransport(scripted([{}]))
      const ten = Effect.forEach(Array.from({ length: 10 }), () => send(describeVolumes, {}), {
        concurrency: "unbounded"
      })
      yield* Effect.forkChild(
        ten.pipe(
          Effect.provide(awsLayer(layer)),
          Effect.provideService(AwsTarget, { account, region: "eu-west-1", partition: "aws" }),
          Effect.provideServiceEffect(CallLedger, CallLedger.make()),
          Effect.provideService(RateOf, () => ({ bucket: "all", rate: { burst: 3, perSecond: 2 } }))
        )
      )
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(sent.length, 3)
      yield* TestClock.adjust("1 seconds")
      assert.strictEqual(sent.length, 5)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(sent.length, 10)
    })
  )
})

describe("list", () => {
  const ids = (page: { readonly Volumes?: ReadonlyArray<any> | undefined }) =>
    (page.Volumes ?? []).map(({ VolumeId }) => VolumeId)

  it.effect("always sends the page size and ends at an empty token", () =>
    Effect.gen(function* () {
      const { result, sent } = yield* through(
        list(describeVolumes, {}, ids),
        scripted([
          { Volumes: [{ VolumeId: "a" }], NextToken: "t" },
          { Volumes: [{ VolumeId: "b" }], NextToken: "" }
        ])
      )
      assert.deepStrictEqual(result._tag === "Success" && result.success, { items: ["a", "b"], gaps: [] })
      assert.deepStrictEqual(
        sent.map(({ input }) => input),
        [{ MaxResults: 500 }, { MaxResults: 500, NextToken: "t" }]
      )
    })
  )

  it.effect("repeats a throttled page alone", () =>
    Effect.gen(function* () {
      const { result, sent } = yield* through(
        list(describeVolumes, {}, ids),
        scripted([{ Volumes: [{ VolumeId: "a" }], NextToken: "t" }, awsFailure("Throttling"), { Volumes: [] }])
      )
      assert.deepStrictEqual(result._tag === "Success" && result.success.items, ["a"])
      assert.deepStrictEqual(
        sent.map(({ input }) => input.NextToken),
        [undefined, "t", "t"]
      )
    })
  )

  it.effect("does not read for ever when a service repeats its token", () =>
    Effect.gen(function* () {
      const { sent } = yield* through(list(describeVolumes, {}, ids), scripted([{ Volumes: [], NextToken: "t" }]))
      assert.strictEqual(sent.length, 2)
    })
  )
})
