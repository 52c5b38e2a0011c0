import { CostExplorerClient, GetCostCategoriesCommand } from "@aws-sdk/client-cost-explorer"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import { AwsTarget, type Listed } from "../../../core/aws/Aws.ts"
import { AwsError, Rejected } from "../../../core/aws/AwsError.ts"
import { operation } from "../../../core/aws/operation.ts"
import { payerRegion } from "../../../core/Scope.ts"
import { AskAgain, AsOf } from "../../../datasets/engine/Dataset.ts"
import { layerPaidAnswers, PaidAnswers, type PaidQuestion, remembering } from "../../../datasets/engine/PaidAnswers.ts"
import { now } from "../harness.ts"
import { memoryStore } from "./store.ts"

const target = { account: "111111111111", region: payerRegion, partition: "aws" } as const
const asked = operation(CostExplorerClient, GetCostCategoriesCommand, "ce:GetCostCategories")
const withStore = Layer.provideMerge(layerPaidAnswers, memoryStore)

const onNight = (night: number) => new Date(now.getTime() + night * 86_400_000)

const error = new AwsError({
  operation: "ce:GetCostCategories",
  account: target.account,
  region: "us-east-1",
  reason: new Rejected({ code: "LimitExceededException", message: "no" })
})

/** Asks on nights, and notes on which of them AWS was asked. */
const asking = (
  question: Partial<PaidQuestion<Date>> = {},
  answer: Effect.Effect<Listed<Date>, AwsError> = Effect.succeed({ items: [now], gaps: [] })
) => {
  const nights: Array<number> = []
  const ask = (night: number, more: Partial<PaidQuestion<Date>> = {}, account: string = target.account) =>
    Effect.andThen(
      TestClock.setTime(onNight(night).getTime()),
      remembering(
        { operation: asked, about: "categories", nights: 7, ...question, ...more },
        Effect.andThen(
          Effect.sync(() => nights.push(night)),
          answer
        )
      ).pipe(Effect.provideService(AwsTarget, { ...target, account }), Effect.provideService(AsOf, onNight(night)))
    )
  return { nights, ask }
}

describe("remembering", () => {
  it.effect("asks on the first night and from then on once in its nights, and says as of when the answer is", () =>
    Effect.gen(function* () {
      const { ask, nights } = asking()
      const ages = yield* Effect.forEach(
        Array.from({ length: 22 }, (_, night) => night),
        (night) =>
          Effect.map(ask(night), ({ askedAt, items }) => {
            assert.deepStrictEqual(items, [now])
            return (onNight(night).getTime() - askedAt.getTime()) / 86_400_000
          })
      )
      const [first = 0, turn = 0, ...others] = nights
      assert.strictEqual(first, 0)
      assert.isAtMost(turn, 7)
      assert.deepStrictEqual(
        others,
        [turn + 7, turn + 14].filter((night) => night < 22)
      )
      assert.strictEqual(Math.max(...ages), 6)
    }).pipe(Effect.provide(withStore))
  )

  it.effect("spreads questions that were first asked on one night over the nights", () =>
    Effect.gen(function* () {
      const counts = new Map<number, number>()
      for (let index = 0; index < 140; index += 1) {
        const { ask, nights } = asking({ about: index })
        for (let night = 0; night < 8; night += 1) yield* ask(night)
        for (const night of nights.slice(1)) counts.set(night, (counts.get(night) ?? 0) + 1)
      }
      for (let night = 1; night <= 6; night += 1) assert.isBelow(counts.get(night) ?? 0, 40)
      assert.isAbove(counts.get(3) ?? 0, 5)
    }).pipe(Effect.provide(withStore))
  )

  it.effect(
    "asks again where it rests on something else, where what it says is over, and where a night is missing",
    () =>
      Effect.gen(function* () {
        // Its turn is far away: of a hundred nights none is near.
        const far = { nights: 100, about: "far" }
        const { ask, nights } = asking({ ...far, identity: "two plans" })
        for (const night of [0, 1, 2]) yield* ask(night)
        yield* ask(2, { identity: "three plans" })
        yield* ask(3, { identity: "three plans" })
        assert.deepStrictEqual(nights, [0, 2])

        const ending = asking({ ...far, about: "ending", until: () => new Date(onNight(2).getTime() - 1) })
        for (const night of [0, 1, 2]) yield* ending.ask(night)
        assert.deepStrictEqual(ending.nights, [0, 2])

        const rare = asking({ about: "rare" })
        for (const night of [0, 9, 30]) yield* rare.ask(night)
        assert.deepStrictEqual(rare.nights, [0, 9, 30])
      }).pipe(Effect.provide(withStore))
  )

  it.effect("keeps one answer for each question and payer, and asks again with AskAgain", () =>
    Effect.gen(function* () {
      const { ask, nights } = asking({ nights: 100 })
      yield* ask(0)
      yield* ask(0, { about: "others" })
      yield* ask(0, {}, "222222222222")
      assert.lengthOf(nights, 3)
      yield* ask(0)
      assert.lengthOf(nights, 3)
      yield* Effect.provideService(ask(0), AskAgain, true)
      assert.lengthOf(nights, 4)
    }).pipe(Effect.provide(withStore))
  )

  it.effect("keeps nothing that failed, was cut off or is to last no night", () =>
    Effect.gen(function* () {
      const failing = asking({ about: "failing" }, Effect.fail(error))
      for (const night of [0, 1]) assert.strictEqual(yield* Effect.flip(failing.ask(night)), error)
      const cut = asking({ about: "cut" }, Effect.succeed({ items: [now], gaps: [error] }))
      for (const night of [0, 1]) assert.deepStrictEqual((yield* cut.ask(night)).gaps, [error])
      const nightly = asking({ about: "nightly", nights: (items) => items.length - 1 })
      for (const night of [0, 1]) yield* nightly.ask(night)
      assert.deepStrictEqual(
        [failing.nights, cut.nights, nightly.nights],
        [
          [0, 1],
          [0, 1],
          [0, 1]
        ]
      )
    }).pipe(Effect.provide(withStore))
  )

  it.effect("tells as of when what it recalled is, and nothing of what it asked", () =>
    Effect.gen(function* () {
      const heard: Array<string> = []
      const { ask } = asking({ nights: 100 })
      const hearing = Effect.map(PaidAnswers, (answers) => ({
        ...answers,
        recalled: (askedAt: string) => void heard.push(askedAt)
      }))
      for (const night of [0, 1]) yield* Effect.provideServiceEffect(ask(night), PaidAnswers, hearing)
      assert.deepStrictEqual(heard, [now.toISOString()])
    }).pipe(Effect.provide(withStore))
  )
})
