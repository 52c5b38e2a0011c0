import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { sampleNight } from "../../sample/estate.ts"
import { sampleClock } from "../../sample/sampleClock.ts"

const createdAt = Date.UTC(2031, 4, 6, 7, 8, 9)

describe("the sample clock", () => {
  it.effect("shows the sample's night when its store is created", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(createdAt)
      const now = yield* Clock.currentTimeMillis.pipe(Effect.provide(sampleClock(createdAt)))
      assert.strictEqual(new Date(now).toISOString(), sampleNight.toISOString())
      const nanos = yield* Clock.currentTimeNanos.pipe(Effect.provide(sampleClock(createdAt)))
      assert.strictEqual(nanos, BigInt(sampleNight.getTime()) * 1_000_000n)
    })
  )

  it.effect("goes on as the wall clock does, in this process and in a later one", () =>
    Effect.gen(function* () {
      const read = Clock.currentTimeMillis.pipe(
        Effect.map((millis) => new Date(millis).toISOString()),
        Effect.provide(sampleClock(createdAt))
      )
      yield* TestClock.setTime(createdAt + 3_600_000)
      assert.strictEqual(yield* read, "2026-11-20T03:00:00.000Z")
      yield* TestClock.adjust("1 day")
      assert.strictEqual(yield* read, "2026-11-21T03:00:00.000Z")
    })
  )

  it.effect("sleeps as long as the clock outside", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(Effect.sleep("1 hour").pipe(Effect.provide(sampleClock(createdAt))))
      yield* TestClock.adjust("59 minutes")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(fiber)
    })
  )
})
