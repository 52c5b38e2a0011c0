import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Queue from "effect/Queue"
import * as TestClock from "effect/testing/TestClock"
import { nights } from "../../../cli/dev/nights.ts"

const daily = { expression: "cron(0 2 * * ? *)", timeZone: "Europe/Berlin" }

/** Nights with a diary of what happened at which instant. Each night waits until it is let go on. */
const begun = Effect.fnUntraced(function* (
  schedule: { readonly expression: string; readonly timeZone: string } = daily,
  failing: ReadonlyArray<number> = []
) {
  yield* TestClock.setTime(Date.parse("2026-03-27T12:00:00Z"))
  const diary: Array<string> = []
  const write = (line: string) =>
    Effect.map(Clock.currentTimeMillis, (now) => void diary.push(`${new Date(now).toISOString().slice(5, 16)} ${line}`))
  const asked = yield* Queue.sliding<void>(1)
  const gates: Array<Deferred.Deferred<void>> = []
  const fiber = yield* Effect.forkChild(
    nights({
      schedule,
      asked,
      night: Effect.gen(function* () {
        const gate = yield* Deferred.make<void>()
        gates.push(gate)
        yield* write("begins")
        yield* Deferred.await(gate)
        if (failing.includes(gates.length)) return yield* Effect.fail("no credentials" as const)
        yield* write("ends")
      }).pipe(Effect.onInterrupt(() => write("interrupted"))),
      onNext: (next) => write(`next ${next?.toISOString().slice(5, 16) ?? "never"}`),
      onBusy: write("busy"),
      onFailure: (cause) => write(`failed: ${String(Cause.squash(cause))}`)
    })
  )
  // Lets everything go as far as it goes without time.
  const settle = Effect.forEach(Array.from({ length: 30 }), () => Effect.yieldNow, { discard: true })
  const end = (index: number) => {
    const gate = gates[index]
    return gate === undefined ? Effect.die(`no night ${index} has begun`) : Deferred.succeed(gate, undefined)
  }
  yield* settle
  return {
    diary,
    fiber,
    press: Effect.andThen(Queue.offer(asked, undefined), settle),
    pass: (time: Parameters<typeof TestClock.adjust>[0]) => Effect.andThen(TestClock.adjust(time), settle),
    end: (index: number) => Effect.andThen(end(index), settle)
  }
})

describe("nights", () => {
  it.effect("begin when the clocks of the schedule's zone show it, also after they were put forward", () =>
    Effect.gen(function* () {
      const { diary, end, pass } = yield* begun()
      yield* pass("12 hours")
      assert.deepStrictEqual(diary, ["03-27T12:00 next 03-28T01:00"])
      yield* pass("1 hour")
      yield* end(0)
      // On the 29th there is no two o'clock in Berlin.
      yield* pass("47 hours")
      yield* end(1)
      assert.deepStrictEqual(diary, [
        "03-27T12:00 next 03-28T01:00",
        "03-28T01:00 begins",
        "03-28T01:00 ends",
        "03-28T01:00 next 03-30T00:00",
        "03-30T00:00 begins",
        "03-30T00:00 ends",
        "03-30T00:00 next 03-31T00:00"
      ])
    })
  )

  it.effect("begin when somebody asks, and one is enough at a time", () =>
    Effect.gen(function* () {
      const { diary, end, pass, press } = yield* begun()
      yield* press
      yield* press
      yield* pass("14 hours")
      yield* end(0)
      yield* pass("1 hour")
      assert.deepStrictEqual(diary, [
        "03-27T12:00 next 03-28T01:00",
        "03-27T12:00 begins",
        "03-27T12:00 busy",
        // The one that was due meanwhile is left out.
        "03-28T02:00 ends",
        "03-28T02:00 next 03-30T00:00"
      ])
    })
  )

  it.effect("that fail are told, and the next one comes", () =>
    Effect.gen(function* () {
      const { diary, end, pass, press } = yield* begun(daily, [1])
      yield* press
      yield* end(0)
      yield* pass("13 hours")
      assert.deepStrictEqual(diary, [
        "03-27T12:00 next 03-28T01:00",
        "03-27T12:00 begins",
        "03-27T12:00 failed: no credentials",
        "03-27T12:00 next 03-28T01:00",
        "03-28T01:00 begins"
      ])
    })
  )

  it.effect("are interrupted with the process, and told by nobody as failed", () =>
    Effect.gen(function* () {
      const { diary, fiber, press } = yield* begun()
      yield* press
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(diary.slice(1), ["03-27T12:00 begins", "03-27T12:00 interrupted"])
    })
  )

  it.effect("of a schedule that is over begin only when somebody asks", () =>
    Effect.gen(function* () {
      const { diary, pass, press } = yield* begun({ expression: "cron(0 2 * * ? 2025)", timeZone: "UTC" })
      yield* pass("800 days")
      yield* press
      assert.deepStrictEqual(diary, ["03-27T12:00 next never", "06-04T12:00 begins"])
    })
  )
})
