import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { withLastSeen } from "../../query/lastSeen.ts"
import { layerMemory } from "../../core/store/sqlite/sqlite.ts"
import { Store } from "../../core/store/Store.ts"
import { aFinding, anOutcome, aScopeRecord, resolved, scope } from "../core/store/fixtures.ts"

const later = "2026-11-25T02:00:00.000Z"

const seen = Effect.fnUntraced(function* (findings: ReturnType<typeof aFinding>[]) {
  return (yield* withLastSeen(findings)).map(({ lastSeen }) => lastSeen)
})

describe("withLastSeen", () => {
  it.effect("takes an open finding as seen by the newest complete outcome of its scan and scope", () =>
    Effect.gen(function* () {
      const store = yield* Store
      const elsewhere = { ...scope, region: "us-east-1" }
      yield* store.putScope(aScopeRecord({ outcomes: [anOutcome({ lastComplete: later })] }))
      yield* store.putScope(aScopeRecord({ ...elsewhere, outcomes: [anOutcome({ ...elsewhere })] }))
      const here = aFinding({ resourceId: "vol-1" })
      assert.deepStrictEqual(
        yield* seen([
          here,
          aFinding({ resourceId: "vol-2", scan: "find_unused_snapshots" }),
          aFinding({ resourceId: "vol-3", scope: elsewhere }),
          resolved(aFinding({ resourceId: "vol-4" }))
        ]),
        [later, here.lastSeen, here.lastSeen, here.lastSeen]
      )
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("keeps a finding's own day where it is newer, or where no outcome was ever complete", () =>
    Effect.gen(function* () {
      const store = yield* Store
      yield* store.putScope(aScopeRecord({ outcomes: [anOutcome({ lastComplete: "2026-11-01T02:00:00.000Z" })] }))
      assert.deepStrictEqual(yield* seen([aFinding({ lastSeen: later })]), [later])
      yield* store.putScope(
        aScopeRecord({
          outcomes: [anOutcome({ status: "unavailable", lastComplete: null, asOf: "2026-12-01T02:00:00.000Z" })]
        })
      )
      assert.deepStrictEqual(yield* seen([aFinding({ lastSeen: later })]), [later])
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("reads every scope once", () =>
    Effect.gen(function* () {
      const store = yield* Store
      let reads = 0
      const counting = Store.of({
        ...store,
        latestOutcomes: (where) => {
          reads += 1
          return store.latestOutcomes(where)
        }
      })
      const findings = Array.from({ length: 50 }, (_, index) => aFinding({ resourceId: `vol-${index}` }))
      yield* withLastSeen(findings).pipe(Effect.provideService(Store, counting))
      assert.strictEqual(reads, 1)
    }).pipe(Effect.provide(layerMemory))
  )
})
