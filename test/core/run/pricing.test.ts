/** What totals say of the prices that they are at. */
import { assert, describe, it } from "@effect/vitest"
import { claimantOf, countedClaims } from "../../../core/finding/claims.ts"
import type { Finding, Savings } from "../../../core/finding/Finding.ts"
import { addPricing, organisationRollup, pricingOf, rollupOf, totalsOf } from "../../../core/run/totals.ts"
import { rollupRecord } from "../../../core/store/records.ts"
import { pricingLine } from "../../../core/run/pricingLine.ts"
import { finding } from "../finding/findings.ts"

const coverage = (listMonthlyUsd: number, coveredPercent: number | null) => ({
  listMonthlyUsd,
  coveredPercent,
  why: "because"
})

const flagged = (id: string, savings: Partial<Savings>, arn = id): Finding =>
  finding({ id, resource: { ...finding().resource, arn }, savings })

const covered = flagged("covered", { monthlyUsd: 0, coverage: coverage(73, 100) })
const half = flagged("half", { monthlyUsd: 36.5, coverage: coverage(73, 50) })
const unknown = flagged("unknown", { monthlyUsd: 20, coverage: coverage(20, null) })
const net = flagged("net", { monthlyUsd: 15, price: "net" })
const storage = flagged("storage", { monthlyUsd: 8 })
const none = { findings: 0, monthlyUsd: 0 }

const of = (...findings: ReadonlyArray<Finding>) => {
  const claimants = findings.map(claimantOf)
  const counted = countedClaims(claimants)
  return { claimants, counted, pricing: pricingOf(claimants, counted) }
}

describe("what totals are at", () => {
  it("tells what commitments go on paying for from what is in the sum", () => {
    const { claimants, counted, pricing } = of(covered, half, unknown, net, storage)
    assert.deepStrictEqual(pricing, {
      covered: { findings: 2, monthlyUsd: 109.5 },
      uncertain: { findings: 1, monthlyUsd: 20 },
      net: { findings: 1, monthlyUsd: 15 },
      billed: none
    })
    const totals = totalsOf(claimants, counted)
    assert.deepStrictEqual([totals.confirmed, totals.overlapping], [{ findings: 5, monthlyUsd: 79.5 }, none])
    assert.deepStrictEqual(totals.pricing, pricing)
    assert.strictEqual(
      pricingLine(pricing),
      "At list prices, less $109.50 a month in 2 findings that reservations and Savings Plans go on paying for; " +
        "not known of $20.00 a month in 1 finding whether a commitment covers it; $15.00 a month in 1 finding is net of all discounts."
    )
  })

  it("counts what is covered once, and never in the place of what saves something", () => {
    const other = flagged("other", { monthlyUsd: 0, claim: "rightsize", coverage: coverage(40, 100) }, "covered")
    const { counted, pricing } = of(covered, other)
    assert.deepStrictEqual([...counted], ["covered"])
    assert.strictEqual(pricing.covered.monthlyUsd, 73)
    const saving = flagged("saving", { monthlyUsd: 5, claim: "lifecycle" }, "covered")
    assert.deepStrictEqual([...of(covered, saving).counted], ["saving"])
    assert.deepStrictEqual(of(covered, saving).pricing.covered, none)
  })

  it("says that nothing is covered, and that it is not known", () => {
    assert.strictEqual(
      pricingLine(of(storage).pricing),
      "At list prices, and no reservation or Savings Plan covers any of it."
    )
    assert.strictEqual(
      pricingLine(of(storage, unknown).pricing),
      "At list prices, not known of $20.00 a month in 1 finding whether a commitment covers it."
    )
    assert.strictEqual(pricingLine(undefined), "At list prices.")
  })

  it("is kept with the totals of an account, and added up over all", () => {
    const { claimants, counted, pricing } = of(covered, net)
    const time = { runId: "run", asOf: "2026-11-20T02:00:00.000Z" }
    const rollup = rollupOf("111111111111", time, claimants, counted)
    assert.deepStrictEqual(rollupRecord.fromJson(rollupRecord.sumsToJson(rollup), undefined).pricing, pricing)
    assert.deepStrictEqual(organisationRollup(time, [rollup, rollup]).pricing, addPricing(pricing, pricing))
    const { pricing: _, ...before } = rollup
    assert.isUndefined(organisationRollup(time, [rollup, before]).pricing)
  })
})
