import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { limits, measureMachine } from "../../bench/machine.ts"
import { microScan } from "../../scripts/monthlyCost.ts"

describe("the machine of an organisation", () => {
  it.effect("with 1,000 accounts and 17 regions keeps far below what Step Functions takes", () =>
    Effect.gen(function* () {
      const { accountEvents, nightEvents, tasks, transitions } = yield* Effect.promise(() => measureMachine(1_000))
      const of = (name: string) => tasks.find(({ state }) => state === name)
      assert.strictEqual(of("Discover")?.entered, 1_000)
      // 17 regions and what belongs to none, of which most take a second.
      assert.strictEqual(of("Scan")?.entered, 3_000)
      assert.strictEqual(of("Settle")?.entered, 1_000)
      for (const { maxInputBytes, maxOutputBytes, state } of tasks) {
        assert.isAbove(maxInputBytes, 0, state)
        assert.isBelow(Math.max(maxInputBytes, maxOutputBytes), limits.payloadBytes / 10, state)
      }
      assert.isBelow(nightEvents, limits.historyEvents / 100)
      assert.isBelow(accountEvents, limits.historyEvents / 100)
      const guide = readFileSync(new URL("../../docs/operations.md", import.meta.url), "utf8")
      assert.include(guide, `histories of ${nightEvents} and ${accountEvents} events of`)
      // The formula of core/run/runCost.ts: two for each group of scopes, seven for each account.
      assert.closeTo(transitions / 1_000, 3 * 2 + 7, 0.1)
    })
  )

  it.effect("of a micro-scan enters each step once, as its price says", () =>
    Effect.gen(function* () {
      const { tasks, transitions } = yield* Effect.promise(() => measureMachine(1, { isMicro: true }))
      assert.deepStrictEqual(
        tasks.map(({ entered, state }) => [state, entered]),
        ["Plan", "Started", "Discover", "Scan", "Settle", "Sum", "Report", "Notify"].map((state) => [state, 1])
      )
      // Seven besides scan, and what starts it.
      assert.strictEqual(microScan.functions, tasks.length)
      assert.strictEqual(transitions, microScan.transitions)
    })
  )
})
