import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { priceCaveat } from "../../../core/pricing/priceCaveat.ts"
import type { Price } from "../../../core/pricing/Prices.ts"
import { snapshotBook } from "../../../core/pricing/snapshot.ts"

const now = new Date("2026-11-26T02:00:00Z")

const caveat = (asOf: string, confidence: Price["confidence"] = "verified") =>
  priceCaveat({ fact: "x.y", region: "eu-west-1", usd: 1, unit: "hour", source: "a", asOf, confidence }, now)

describe("priceCaveat", () => {
  it("says that a price is older than 18 months before the run", () => {
    assert.isUndefined(caveat("2025-05-27"))
    assert.strictEqual(caveat("2025-05-25"), "older than 18 months (2025-05-25)")
    assert.strictEqual(caveat("2024-07-18"), "older than 18 months (2024-07-18)")
    assert.isUndefined(caveat("2025-12"))
    assert.strictEqual(caveat("2024-12"), "older than 18 months (2024-12)")
  })

  it("takes the first day that the text names, and says where there is none", () => {
    assert.strictEqual(caveat("2025-04-04 to 2026-07-20"), "older than 18 months (2025-04-04 to 2026-07-20)")
    assert.match(caveat("2017-12-18 table, us-east-1 reconfirmed 2024-07/2026-10") ?? "", /^older than/)
    assert.strictEqual(caveat("undated"), "undated")
    assert.strictEqual(caveat("2026-99-99"), "undated")
  })

  it("says that a price rests on one source, on a rule or on memory, and nothing of an unknown one", () => {
    assert.strictEqual(caveat("2026-11-01", "single source"), "single source")
    assert.strictEqual(caveat("2021-08-03", "single source"), "older than 18 months (2021-08-03), single source")
    assert.strictEqual(caveat("2026-11-01", "derived"), "derived")
    assert.strictEqual(caveat("undated", "from memory"), "undated, from memory")
    assert.isUndefined(caveat("undated", "unknown"))
  })

  it.effect("holds for the prices of the snapshot", () =>
    Effect.gen(function* () {
      const { price } = yield* snapshotBook
      assert.strictEqual(
        priceCaveat(price("eu-central-1", "ebs.gp3GBMonth"), now),
        "older than 18 months (2024-07-18), single source"
      )
      assert.isUndefined(priceCaveat(price("us-east-1", "natGateway.hour"), now))
    })
  )
})
