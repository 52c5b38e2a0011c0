/** The nights of a schedule in one process: each at its time or when somebody asks for it, and never two at once. */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Queue from "effect/Queue"
import type { DeployConfig } from "../../core/config/deploy.ts"
import { nextStart } from "../../core/schedule.ts"

/** A timer that is set for longer does not know that its machine slept meanwhile. */
const longestSleepMillis = 60_000

/** Returns when clocks show an instant, or have passed it. */
const sleepUntil = Effect.fnUntraced(function* (at: Date) {
  while (true) {
    const left = at.getTime() - (yield* Clock.currentTimeMillis)
    if (left <= 0) return
    yield* Effect.sleep(Math.min(left, longestSleepMillis))
  }
})

export interface NightsOptions<E, R> {
  readonly schedule: DeployConfig["schedule"]
  /** Somebody asks for a night now. */
  readonly asked: Queue.Queue<void>
  readonly night: Effect.Effect<void, E, R>
  /** Told when the next one starts by itself; undefined when none does any more. */
  readonly onNext: (next: Date | undefined) => Effect.Effect<void>
  readonly onBusy: Effect.Effect<void>
  readonly onFailure: (cause: Cause.Cause<E>) => Effect.Effect<void>
}

/** Never ends by itself. A night that fails is told, and the next one comes all the same. */
export const nights = Effect.fn("dev.nights")(function* <E, R>(
  options: NightsOptions<E, R>
): Effect.fn.Return<never, never, R> {
  const { asked, night, onBusy, onFailure, onNext, schedule } = options
  const busy = Effect.forever(Effect.andThen(Queue.take(asked), onBusy))
  while (true) {
    const now = new Date(yield* Clock.currentTimeMillis)
    // The configuration holds no expression that is none.
    const next = yield* Effect.orDie(Effect.fromResult(nextStart(schedule.expression, schedule.timeZone, now)))
    yield* onNext(next)
    yield* Effect.raceFirst(next === undefined ? Effect.never : sleepUntil(next), Queue.take(asked))
    const exit = yield* Effect.raceFirst(Effect.exit(night), busy)
    if (Exit.isSuccess(exit)) continue
    if (Cause.hasInterruptsOnly(exit.cause)) return yield* Effect.interrupt
    yield* onFailure(exit.cause)
  }
})
