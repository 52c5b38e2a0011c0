/** Two nights of the sample estate in a store of its own, at instants that do not move, for whoever asks about them. */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { catalogue } from "../cli/catalogue.ts"
import { auditLayer, type Place } from "../cli/layers.ts"
import { decodeConfig } from "../core/config/Config.ts"
import { auditRequest } from "../core/config/request.ts"
import { layerSqlite } from "../core/store/sqlite/sqlite.ts"
import { Store } from "../core/store/Store.ts"
import { sampleNight } from "../sample/estate.ts"
import { runNightly } from "../workflows/engine.ts"

const day = 86_400_000

/** The start of the second night. */
export const secondNight = new Date(sampleNight.getTime() + day)

/** When the questions are asked: six hours after the second night. */
export const asked = new Date(secondNight.getTime() + day / 4)

/** A clock that stands, and sleeps as long as the wall clock does. */
export const clockAt = (instant: Date): Layer.Layer<never> =>
  Layer.unwrap(
    Effect.map(Clock.Clock, (wall) => {
      const millis = instant.getTime()
      const nanos = BigInt(millis) * 1_000_000n
      return Layer.succeed(Clock.Clock, {
        currentTimeMillisUnsafe: () => millis,
        currentTimeMillis: Effect.succeed(millis),
        currentTimeNanosUnsafe: () => nanos,
        currentTimeNanos: Effect.succeed(nanos),
        monotonicTimeNanosUnsafe: () => wall.monotonicTimeNanosUnsafe(),
        monotonicTimeNanos: wall.monotonicTimeNanos,
        sleep: (duration) => wall.sleep(duration)
      })
    })
  )

const night = Effect.fnUntraced(function* (instant: Date, store: Store["Service"]) {
  const config = yield* decodeConfig({ accounts: { organization: true } }, catalogue)
  const place: Place = { sample: true, config, configFile: undefined, storeFile: ":memory:" }
  const request = yield* auditRequest(config, { trigger: "sample", process: null }, catalogue)
  yield* runNightly(request).pipe(
    Effect.provide(auditLayer(place, Layer.succeed(Store, store))),
    Effect.provide(clockAt(instant))
  )
})

/** A store with both nights. `file` is where it is kept; in memory without one. */
export const sampleNights = (file = ":memory:") =>
  Layer.effect(
    Store,
    Effect.gen(function* () {
      const store = Context.get(yield* Layer.build(layerSqlite(file)), Store)
      yield* night(sampleNight, store)
      yield* night(secondNight, store)
      return store
    })
  )
