import { assert, describe, it } from "@effect/vitest"
import { atMost, raise, severityOfSavings, tempered } from "../../../core/finding/severity.ts"
import { savings } from "./findings.ts"

describe("severityOfSavings", () => {
  it("goes up the ladder at 20, 200 and 1,000 dollars a month", () => {
    const of = (monthlyUsd: number) => severityOfSavings(savings({ monthlyUsd }))
    assert.deepStrictEqual([0, 0.01, 19.99, 20, 199.99, 200, 999.99, 1000, 1e6].map(of), [
      "info",
      "low",
      "low",
      "medium",
      "medium",
      "high",
      "high",
      "critical",
      "critical"
    ])
  })

  it("is info where there is no figure", () => {
    assert.strictEqual(severityOfSavings(savings({ basis: "none", monthlyUsd: 5000 })), "info")
    assert.strictEqual(severityOfSavings(savings({ basis: "upper_bound", monthlyUsd: 5000 })), "critical")
  })
})

describe("atMost, raise and tempered", () => {
  it("takes the lower of two", () => {
    assert.strictEqual(atMost("critical", "low"), "low")
    assert.strictEqual(atMost("info", "low"), "info")
    assert.strictEqual(atMost("medium", "medium"), "medium")
  })

  it("moves along the ladder and stops at its ends", () => {
    assert.strictEqual(raise("low", 1), "medium")
    assert.strictEqual(raise("critical", -1), "high")
    assert.strictEqual(raise("high", 5), "critical")
    assert.strictEqual(raise("low", -5), "info")
    assert.strictEqual(raise("medium", 0), "medium")
  })

  it("tempers what is unconfirmed or weak, and nothing else", () => {
    assert.strictEqual(tempered("critical", true, "high"), "critical")
    assert.strictEqual(tempered("critical", true, "medium"), "critical")
    assert.strictEqual(tempered("critical", true, "low"), "low")
    assert.strictEqual(tempered("critical", false, "high"), "low")
    assert.strictEqual(tempered("info", false, "low"), "info")
  })
})
