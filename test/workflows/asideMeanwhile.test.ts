/** A person and a night that write one finding at the same time. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import { layerMemory } from "../../core/store/sqlite/sqlite.ts"
import { Store, type StoreError } from "../../core/store/Store.ts"
import { runNightly } from "../../workflows/engine.ts"
import { setAsideFinding } from "../../workflows/setAside.ts"
import { awsVolume, type Estate, organizationOf, payer, request, world } from "./harness.ts"

const night = Date.parse("2026-11-20T02:00:00Z")
const hour = 3_600_000

const nightOf = (estate: Estate, store: Store["Service"]) =>
  Effect.provide(runNightly(request()), world(organizationOf(estate), Layer.succeed(Store, store)).layer)

/** A store in which something else is done between what is read of a finding and its next write. */
const interrupted = (
  store: Store["Service"],
  id: string,
  meanwhile: Effect.Effect<unknown, StoreError | { readonly _tag: string }, Store>
): Store["Service"] => {
  let isDone = false
  return {
    ...store,
    writeTransitions: (transitions, read) =>
      Effect.suspend(() => {
        if (isDone || transitions.every(({ finding }) => finding.id !== id)) return Effect.void
        isDone = true
        return Effect.orDie(Effect.provideService(meanwhile, Store, store))
      }).pipe(Effect.andThen(store.writeTransitions(transitions, read)))
  }
}

const keep = { action: "suppress", reason: "kept", author: "ann", until: null } as const

const first = Effect.gen(function* () {
  const store = yield* Store
  const estate: Estate = { [payer]: { "eu-west-1": [awsVolume("vol-a", { Size: 1000 })] } }
  yield* TestClock.setTime(night)
  yield* nightOf(estate, store)
  const [finding] = (yield* store.findings({ limit: 1 })).items
  yield* TestClock.setTime(night + 24 * hour)
  return { store, estate, id: finding?.id ?? "" }
})

describe("what a person sets aside while a night has it in hand", () => {
  it.effect("stays aside, with what the night saw of it", () =>
    Effect.gen(function* () {
      const { estate, id, store } = yield* first
      estate[payer] = { "eu-west-1": [awsVolume("vol-a", { Size: 2000 })] }
      yield* nightOf(estate, interrupted(store, id, setAsideFinding(id, keep)))
      const after = yield* store.finding(id)
      assert.deepStrictEqual(
        [after?.status, after?.setAside?.author, after?.savings?.monthlyUsd, after?.savings?.counted],
        ["suppressed", "ann", 220, false]
      )
      assert.sameMembers(
        (yield* store.history(id)).map(({ type }) => type),
        ["opened", "suppressed", "changed"]
      )
      const [newest] = (yield* store.runs(1)).items
      assert.strictEqual(newest?.summary?.changes.changed.findings, 1, "told once")
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("ends where the night has seen it end", () =>
    Effect.gen(function* () {
      const { estate, id, store } = yield* first
      estate[payer] = { "eu-west-1": [] }
      yield* nightOf(estate, interrupted(store, id, setAsideFinding(id, keep)))
      const after = yield* store.finding(id)
      assert.deepStrictEqual([after?.status, after?.resolved?.reason], ["resolved", "resource_deleted"])
      assert.sameMembers(
        (yield* store.history(id)).map(({ type }) => type),
        ["opened", "suppressed", "resolved"]
      )
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("is not taken out of its end by a person who has seen it open", () =>
    Effect.gen(function* () {
      const { estate, id, store } = yield* first
      const ends = Effect.suspend(() => {
        estate[payer] = { "eu-west-1": [] }
        return nightOf(estate, store)
      })
      const error = yield* Effect.flip(
        Effect.provideService(setAsideFinding(id, keep), Store, interrupted(store, id, Effect.orDie(ends)))
      )
      assert.match(error.message, /ended on 2026-11-21T02:00:00\.000Z/)
      assert.strictEqual((yield* store.finding(id))?.status, "resolved")
      assert.sameMembers(
        (yield* store.history(id)).map(({ type }) => type),
        ["opened", "resolved"]
      )
    }).pipe(Effect.provide(layerMemory))
  )
})
