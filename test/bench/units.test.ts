import { assert, describe, it } from "@effect/vitest"
import { measureUnits } from "../../bench/units.ts"

describe("what a night writes and reads", () => {
  it("is what the formula says, counted call by call", { timeout: 240_000 }, async () => {
    const { byKind, counted, formula } = await measureUnits(2, 3)
    // What the run has once, and no account, is in none of the formula's parts.
    assert.closeTo(formula.writes / counted.writes, 1, 0.12)
    assert.closeTo(formula.reads / counted.reads, 1, 0.12)
    // Nothing has changed since the night before: no finding is written, and no event.
    assert.strictEqual(byKind.get("SCOPE")?.writes, 0)
    assert.isUndefined(byKind.get("FINDING"))
    // What is remembered is asked for, and a part of it is written again.
    assert.isAbove(byKind.get("ANSWER")?.reads ?? 0, 500)
    assert.isAbove(byKind.get("ANSWER")?.writes ?? 0, 50)
  })
})
