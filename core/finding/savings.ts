/** Builds savings as sums of quantity × price, so that every dollar can be explained. */
import { cents } from "../round.ts"
import type { Price } from "../pricing/Prices.ts"
import type { Claim, PriceConfidence, Savings, SavingsBasis, SavingsTerm } from "./Finding.ts"

/** `quantity` units of `price` a month, under a name that a person reads in the sum. */
export const term = (label: string, quantity: number, unit: string, price: Price): SavingsTerm => ({
  label,
  quantity,
  unit,
  price,
  monthlyUsd: price.usd === null ? null : quantity * price.usd
})

const weaker: ReadonlyArray<SavingsBasis> = ["exact", "estimate", "upper_bound", "none"]

const basisOfPrice = (confidence: PriceConfidence): SavingsBasis =>
  confidence === "verified" || confidence === "single source" ? "exact" : confidence === "unknown" ? "none" : "estimate"

/**
 * The sum of terms. Its basis is no stronger than its weakest price: a derived price makes an estimate, and an unknown one
 * leaves no figure at all, because a sum that silently lacks a term is a wrong sum.
 */
export const sum = (
  claim: Claim,
  terms: ReadonlyArray<SavingsTerm>,
  options: {
    readonly basis?: Exclude<SavingsBasis, "none">
    readonly note?: string
    readonly covers?: ReadonlyArray<string>
  } = {}
): Savings => {
  const basis = terms
    .map(({ price }) => basisOfPrice(price.confidence))
    .reduce((a, b) => (weaker.indexOf(b) > weaker.indexOf(a) ? b : a), options.basis ?? "exact")
  const total = terms.reduce((usd, { monthlyUsd }) => usd + (monthlyUsd ?? 0), 0)
  return {
    monthlyUsd: basis === "none" ? 0 : Math.max(0, cents(total)),
    basis,
    source: "price-list",
    claim,
    counted: false,
    terms,
    ...(options.note === undefined ? {} : { note: options.note }),
    ...(options.covers === undefined ? {} : { covers: options.covers })
  }
}

/** For what costs nothing, or nothing that can be told. `note` says which. */
export const noSavings = (claim: Claim, note: string): Savings => ({
  monthlyUsd: 0,
  basis: "none",
  source: "price-list",
  claim,
  counted: false,
  terms: [],
  note
})
