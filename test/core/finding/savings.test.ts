import { assert, describe, it } from "@effect/vitest"
import type { PriceConfidence } from "../../../core/finding/Finding.ts"
import { noSavings, sum, term } from "../../../core/finding/savings.ts"
import type { Price } from "../../../core/pricing/Prices.ts"

const price = (usd: number | null, confidence: PriceConfidence = usd === null ? "unknown" : "verified"): Price => ({
  fact: "ebs.gp3GBMonth",
  region: "eu-west-1",
  usd,
  unit: "GB-month",
  source: "test",
  asOf: "2026-11-20",
  confidence
})

describe("term", () => {
  it("is quantity times price, and keeps both", () => {
    const line = term("storage", 500, "GB", price(0.088))
    assert.strictEqual(line.monthlyUsd, 44)
    assert.deepStrictEqual([line.label, line.quantity, line.unit, line.price.usd], ["storage", 500, "GB", 0.088])
  })

  it("has no amount while its price is unknown", () => {
    assert.isNull(term("storage", 500, "GB", price(null)).monthlyUsd)
  })
})

describe("sum", () => {
  it("adds terms and rounds to cents once, at the end", () => {
    const terms = [term("a", 1, "GB", price(0.004)), term("b", 1, "GB", price(0.004)), term("c", 3, "GB", price(1.1))]
    const savings = sum("delete", terms)
    assert.strictEqual(savings.monthlyUsd, 3.31)
    assert.deepInclude(savings, { basis: "exact", source: "price-list", claim: "delete", counted: false })
    assert.strictEqual(savings.terms.length, 3)
    assert.notProperty(savings, "note")
    assert.notProperty(savings, "covers")
  })

  it("is no surer than its weakest price", () => {
    const basis = (...confidences: ReadonlyArray<PriceConfidence>) =>
      sum(
        "stop",
        confidences.map((confidence) => term("a", 1, "GB", price(1, confidence)))
      ).basis
    assert.strictEqual(basis("verified", "single source"), "exact")
    assert.strictEqual(basis("verified", "derived"), "estimate")
    assert.strictEqual(basis("from memory", "verified"), "estimate")
    assert.strictEqual(basis("derived", "unknown"), "none")
  })

  it("is no surer than it is told either", () => {
    const of = (confidence: PriceConfidence, basis: "exact" | "estimate" | "upper_bound") =>
      sum("delete", [term("a", 1, "GB", price(1, confidence))], { basis }).basis
    assert.strictEqual(of("verified", "upper_bound"), "upper_bound")
    assert.strictEqual(of("derived", "upper_bound"), "upper_bound")
    assert.strictEqual(of("derived", "exact"), "estimate")
    assert.strictEqual(of("verified", "estimate"), "estimate")
  })

  it("gives no figure at all when one price is unknown, and shows its terms", () => {
    const savings = sum("delete", [term("a", 1, "GB", price(100)), term("b", 1, "GB", price(null))])
    assert.deepStrictEqual([savings.monthlyUsd, savings.basis, savings.terms.length], [0, "none", 2])
  })

  it("is never negative", () => {
    assert.strictEqual(sum("rightsize", [term("now", 1, "h", price(1)), term("then", -1, "h", price(3))]).monthlyUsd, 0)
    assert.strictEqual(sum("delete", []).monthlyUsd, 0)
  })

  it("carries its note and what it covers", () => {
    const savings = sum("delete", [], { note: "without requests", covers: ["arn:1"] })
    assert.strictEqual(savings.note, "without requests")
    assert.deepStrictEqual(savings.covers, ["arn:1"])
  })
})

describe("noSavings", () => {
  it("has no figure and says why", () => {
    assert.deepStrictEqual(noSavings("lifecycle", "It is free."), {
      monthlyUsd: 0,
      basis: "none",
      source: "price-list",
      claim: "lifecycle",
      counted: false,
      terms: [],
      note: "It is free."
    })
  })
})
