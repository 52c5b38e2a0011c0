import { assert, describe, it } from "@effect/vitest"
import type { Price } from "../../../core/pricing/Prices.ts"
import { fastRestoreTerms, shareOf, snapshotGb, snapshotTerms } from "../../../core/pricing/snapshotStorage.ts"

const usd: Record<string, number> = { "ebs.snapshotGBMonth": 0.05, "ebs.fastSnapshotRestoreHour": 0.75 }

const price = (fact: string): Price => ({
  fact,
  region: "eu-west-1",
  usd: usd[fact] ?? null,
  unit: "unit",
  source: "test",
  asOf: "2026-11-20",
  confidence: usd[fact] === undefined ? "unknown" : "verified"
})

describe("snapshotTerms", () => {
  it("takes the size that EC2 tells, and the volume's where it tells none", () => {
    assert.strictEqual(snapshotGb({ sizeGb: 100, fullSizeBytes: 3 * 2 ** 30, tier: "standard" }), 3)
    assert.strictEqual(snapshotGb({ sizeGb: 100, fullSizeBytes: 0, tier: "standard" }), 0)
    assert.strictEqual(snapshotGb({ sizeGb: 100, fullSizeBytes: undefined, tier: "standard" }), 100)
  })

  it("adds up each tier on its own, and leaves an unknown price unknown", () => {
    const of = (tier: string, sizeGb: number) => ({ tier, sizeGb, fullSizeBytes: undefined })
    const terms = snapshotTerms([of("standard", 8), of("archive", 500), of("standard", 12)], price)
    assert.deepStrictEqual(
      terms.map(({ label, monthlyUsd, quantity }) => [label, quantity, monthlyUsd]),
      [
        ["standard snapshot storage", 20, 1],
        ["archive snapshot storage", 500, null]
      ]
    )
    assert.deepStrictEqual(snapshotTerms([], price), [])
  })
})

describe("shareOf", () => {
  it("divides what is billed, by whichever size EC2 tells", () => {
    const told = { sizeGb: 100, fullSizeBytes: 30 * 2 ** 30, tier: "archive" }
    assert.strictEqual(snapshotGb(shareOf(told, 3)), 10)
    assert.strictEqual(snapshotGb(shareOf({ ...told, fullSizeBytes: undefined }, 4)), 25)
    assert.strictEqual(shareOf(told, 3).tier, "archive")
  })
})

describe("fastRestoreTerms", () => {
  it("bills 730 hours in every zone, and nothing without one", () => {
    assert.strictEqual(fastRestoreTerms(2, price)[0]?.monthlyUsd, 1095)
    assert.deepStrictEqual(fastRestoreTerms(0, price), [])
  })
})
