import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as ConfigProvider from "effect/ConfigProvider"
import * as TestClock from "effect/testing/TestClock"
import { Store } from "../../core/store/Store.ts"
import { opened } from "../../functions/openReport.ts"
import { openingSeconds } from "../../functions/openingSeconds.ts"
import { layerMemory } from "../../core/store/sqlite/sqlite.ts"

const hanging = Layer.effect(
  Store,
  Effect.map(Store, (store): Store["Service"] => ({ ...store, cached: () => Effect.never }))
).pipe(Layer.provide(layerMemory))

describe("the function that opens reports", () => {
  it.effect("says that it is not now while the table does not answer, before Lambda ends it", () =>
    Effect.gen(function* () {
      const event = { rawPath: `/${"A".repeat(32)}`, requestContext: { http: { method: "GET" } } }
      const asked = yield* Effect.forkChild(opened(event))
      yield* TestClock.adjust(`${openingSeconds} seconds`)
      const { body, statusCode } = yield* Fiber.join(asked)
      assert.deepStrictEqual([statusCode, body], [503, "Not now. Try again in a minute.\n"])
    }).pipe(
      Effect.provide(hanging),
      Effect.provideService(
        ConfigProvider.ConfigProvider,
        ConfigProvider.fromUnknown({ NIGHTAUDIT_REPORTS: "reports-bucket" })
      )
    )
  )
})
