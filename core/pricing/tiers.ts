/** Prices that fall with the quantity: what the whole costs, and what a part of it saves when it goes. */
import type { SavingsTerm } from "../finding/Finding.ts"
import { term } from "../finding/savings.ts"
import { freeAlarmMetrics } from "./amounts.ts"
import type { Price, PriceOf } from "./Prices.ts"

/** A step of a tiered price, for the units beyond the step before. */
export interface TierStep {
  /** What its part is called in a sum: `hosted zones above 25`. */
  readonly label: string
  /** Up to how many units in all; infinity for the last step. */
  readonly upTo: number
  readonly price: Price | "free"
}

export interface Tiers {
  readonly unit: string
  /** In the order in which a bill fills them. */
  readonly steps: ReadonlyArray<TierStep>
}

/** How much of a quantity falls into each step. */
const parts = (quantity: number, { steps }: Tiers): ReadonlyArray<number> =>
  steps.map(({ upTo }, index) => Math.max(0, Math.min(quantity, upTo) - (steps[index - 1]?.upTo ?? 0)))

const termsOf = (quantities: ReadonlyArray<number>, { steps, unit }: Tiers): ReadonlyArray<SavingsTerm> =>
  steps.flatMap(({ label, price }, index) => {
    const quantity = quantities[index] ?? 0
    return quantity > 0 && price !== "free" ? [term(label, quantity, unit, price)] : []
  })

/** What a quantity costs, one term for each step that it reaches. What is free has no term. */
export const tieredBill = (quantity: number, tiers: Tiers): ReadonlyArray<SavingsTerm> =>
  termsOf(parts(quantity, tiers), tiers)

/**
 * What members of a set save when all of the set goes: the bill for `total` before, less the bill for what is left, shared by
 * quantity. The answer gives the terms of a member with so many of the `removed` units; the members' terms add up to the
 * saving of the set, whatever their order. A total below what is removed does not count all of it, and is taken for as much.
 */
export const sharedTierSaving = (
  total: number,
  removed: number,
  tiers: Tiers
): ((quantity: number) => ReadonlyArray<SavingsTerm>) => {
  const before = parts(Math.max(total, removed), tiers)
  const after = parts(Math.max(0, total - removed), tiers)
  return (quantity) =>
    removed === 0
      ? []
      : termsOf(
          // A set of one divides by itself exactly.
          before.map((part, index) => (part - (after[index] ?? 0)) * (quantity / removed)),
          tiers
        )
}

/** Hosted zones of an account. Source: shared/scans.md 0.8. */
export const hostedZoneTiers = (price: PriceOf): Tiers => ({
  unit: "zone-month",
  steps: [
    { label: "hosted zones up to 25", upTo: 25, price: price("route53.hostedZoneMonth_first25") },
    {
      label: "hosted zones above 25",
      upTo: Number.POSITIVE_INFINITY,
      price: price("route53.hostedZoneMonth_over25")
    }
  ]
})

/** Custom metrics of an account in a region. Their free ones are the account's, and are left out. */
export const customMetricTiers = (price: PriceOf): Tiers => ({
  unit: "metric-month",
  steps: [
    { label: "metrics up to 10,000", upTo: 10_000, price: price("cloudwatch.metricMonth_first10k") },
    { label: "metrics up to 250,000", upTo: 250_000, price: price("cloudwatch.metricMonth_next240k") },
    { label: "metrics up to 1,000,000", upTo: 1_000_000, price: price("cloudwatch.metricMonth_next750k") },
    {
      label: "metrics above 1,000,000",
      upTo: Number.POSITIVE_INFINITY,
      price: price("cloudwatch.metricMonth_over1M")
    }
  ]
})

/**
 * Metrics of standard-resolution alarms. Ten a month are free for an account, so that over the alarms of one region this is the
 * most that they can cost less. Source: facts/scans-verified.md A10.
 */
export const standardAlarmTiers = (price: PriceOf): Tiers => ({
  unit: "alarm-month",
  steps: [
    { label: "free alarms", upTo: freeAlarmMetrics, price: "free" },
    {
      label: "alarms above 10",
      upTo: Number.POSITIVE_INFINITY,
      price: price("cloudwatch.alarmStandardMonth")
    }
  ]
})
