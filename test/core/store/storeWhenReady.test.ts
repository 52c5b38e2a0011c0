import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import { lazyStore } from "../../../mcp/lambda/lazyStore.ts"
import { layerSqlite } from "../../../core/store/sqlite/sqlite.ts"
import { Store, StoreError } from "../../../core/store/Store.ts"
import { storeWhenReady } from "../../../core/store/storeWhenReady.ts"
import { aFinding, aTransition } from "./fixtures.ts"

it.effect("asks the store that is loaded when it is first asked, by every member", () =>
  Effect.gen(function* () {
    let loads = 0
    const load = async () => {
      loads += 1
      return layerSqlite(":memory:").pipe(Layer.orDie)
    }
    yield* Effect.gen(function* () {
      const store = yield* Store
      assert.strictEqual(loads, 0)
      const finding = aFinding()
      yield* store.writeTransitions([aTransition(finding)])
      assert.strictEqual((yield* store.finding(finding.id))?.id, finding.id)
      assert.deepStrictEqual(yield* store.accountsWithFindings, [finding.account])
      assert.strictEqual(loads, 1)
    }).pipe(Effect.provide(lazyStore(load)))
  })
)

it.effect("fails every question with what kept the store from being ready", () =>
  Effect.gen(function* () {
    const error = new StoreError({ kind: "failed", message: "the sample's night failed" })
    const store = storeWhenReady(Effect.fail(error))
    assert.deepStrictEqual(yield* Effect.exit(store.accountsWithFindings), Exit.fail(error))
    assert.deepStrictEqual(yield* Effect.exit(store.runs(1)), Exit.fail(error))
  })
)
