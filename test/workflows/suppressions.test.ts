/** Findings that the configuration sets aside: each night by the rules that it is configured with. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import type { SuppressionRule } from "../../core/config/suppressions.ts"
import { layerMemory } from "../../core/store/sqlite/sqlite.ts"
import { Store } from "../../core/store/Store.ts"
import { runNightly } from "../../workflows/engine.ts"
import { setAsideFinding } from "../../workflows/setAside.ts"
import { awsVolume, type Estate, organizationOf, payer, request, world } from "./harness.ts"

const estate: Estate = { [payer]: { "eu-west-1": [awsVolume("vol-a"), awsVolume("vol-b")] } }

const rule: SuppressionRule = { resource: "vol-a", reason: "kept for the audit", author: "ann" }

/** Nights with these suppressions, a day apart; after each, the status, author and history of both volumes. */
const nights = (...configured: ReadonlyArray<ReadonlyArray<SuppressionRule>>) =>
  Effect.gen(function* () {
    const store = yield* Store
    const seen: Array<unknown> = []
    for (const [index, suppressions] of configured.entries()) {
      yield* TestClock.setTime(Date.parse("2026-11-20T02:00:00Z") + index * 86_400_000)
      yield* runNightly(request({ suppressions }))
      const { items } = yield* store.findings({ limit: 10 })
      const [all] = yield* store.rollups(["all"])
      seen.push([
        ...items
          .map(({ resource, setAside, status }) => `${resource.id} ${status} ${setAside?.author ?? ""}`.trim())
          .sort(),
        all?.sums.unconfirmed.findings ?? 0
      ])
    }
    return seen
  }).pipe(Effect.provide(world(organizationOf(estate), layerMemory).layer))

describe("a suppression of the configuration", () => {
  it.effect("sets aside what it names and says who and why, and takes it up again when it is gone", () =>
    Effect.gen(function* () {
      const set = ["vol-a suppressed ann (configuration)", "vol-b open", 1]
      assert.deepStrictEqual(yield* nights([rule], [rule], []), [set, set, ["vol-a open", "vol-b open", 2]])
    })
  )

  it.effect("ends after its last day", () =>
    Effect.gen(function* () {
      const until = { ...rule, until: "2026-11-20" }
      assert.deepStrictEqual(yield* nights([until], [until]), [
        ["vol-a suppressed ann (configuration)", "vol-b open", 1],
        ["vol-a open", "vol-b open", 2]
      ])
    })
  )

  it.effect("has to match in all that it names", () =>
    Effect.gen(function* () {
      const others: ReadonlyArray<SuppressionRule> = [
        { ...rule, account: "999999999999" },
        { ...rule, scan: "find_a" },
        { ...rule, tag: "env=sandbox" }
      ]
      assert.deepStrictEqual(yield* nights(others), [["vol-a open", "vol-b open", 2]])
    })
  )

  it.effect("leaves alone what a person set aside", () =>
    Effect.gen(function* () {
      const store = yield* Store
      yield* TestClock.setTime(Date.parse("2026-11-20T02:00:00Z"))
      yield* runNightly(request({}))
      const { items } = yield* store.findings({ limit: 10 })
      const [a] = items.filter(({ resource }) => resource.id === "vol-a")
      yield* setAsideFinding(a?.id ?? "", { action: "suppress", reason: "mine", author: "bob", until: null })
      for (const day of [1, 2]) {
        yield* TestClock.setTime(Date.parse("2026-11-20T02:00:00Z") + day * 86_400_000)
        yield* runNightly(request({ suppressions: day === 1 ? [rule] : [] }))
        assert.strictEqual((yield* store.finding(a?.id ?? ""))?.setAside?.author, "bob")
      }
    }).pipe(Effect.provide(world(organizationOf(estate), layerMemory).layer))
  )
})
