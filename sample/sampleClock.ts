import * as Clock from "effect/Clock"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { sampleNight } from "./estate.ts"

/**
 * The time in the sample estate: its first night when its store was created, at that instant of the wall clock, and as long
 * after it as the wall clock says. Sleeping takes as long as it does outside.
 */
export const sampleClock = (createdAtMillis: number): Layer.Layer<never> =>
  Layer.unwrap(
    Effect.map(Clock.Clock, (wall) => {
      const aheadMillis = sampleNight.getTime() - createdAtMillis
      const aheadNanos = BigInt(aheadMillis) * 1_000_000n
      const now = () => wall.currentTimeMillisUnsafe() + aheadMillis
      const nowNanos = () => wall.currentTimeNanosUnsafe() + aheadNanos
      return Layer.succeed(Clock.Clock, {
        currentTimeMillisUnsafe: now,
        currentTimeMillis: Effect.sync(now),
        currentTimeNanosUnsafe: nowNanos,
        currentTimeNanos: Effect.sync(nowNanos),
        monotonicTimeNanosUnsafe: () => wall.monotonicTimeNanosUnsafe(),
        monotonicTimeNanos: wall.monotonicTimeNanos,
        sleep: (duration: Duration.Duration) => wall.sleep(duration)
      })
    })
  )
