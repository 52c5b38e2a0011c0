/** Builds savings as sums of quantity × price, so that every dollar can be explained. */
import { cents } from "../round.ts"
import type { Price } from "../pricing/Prices.ts"
import type { Claim, Finding, PriceConfidence, Savings, SavingsBasis, SavingsPrice, SavingsTerm } from "./Finding.ts"

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
    readonly price?: SavingsPrice
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
    ...(options.covers === undefined ? {} : { covers: options.covers }),
    ...(options.price === undefined ? {} : { price: options.price })
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

/** What is to be known of an amount: what its scan says, and what commitments leave of it. */
export const savingsNotes = ({ coverage, note }: Savings): ReadonlyArray<string> => [
  ...(note === undefined ? [] : [note]),
  ...(coverage === undefined ? [] : [coverage.why])
]

/** What is to be known of a finding: of its amount, or why it has none. */
export const noteOf = ({ note, savings }: Pick<Finding, "note" | "savings">): string =>
  [...(note === "" ? [] : [note]), ...(savings === null ? [] : savingsNotes(savings))].join(" ")

/** What an amount is at, in one word for a column. */
export type PricedAt = "list" | "list_coverage_unknown" | "effective" | "net" | "billed"

/**
 * `list` where nothing covers it, `effective` where commitments cover a part and the amount is what they leave, `net` after all
 * discounts, `billed` where the bill was the measure; null where there is no amount.
 */
export const pricedAt = ({ basis, coverage, price = "list" }: Savings): PricedAt | null =>
  basis === "none"
    ? null
    : price !== "list"
      ? price
      : coverage?.coveredPercent === null
        ? "list_coverage_unknown"
        : (coverage?.coveredPercent ?? 0) > 0
          ? "effective"
          : "list"

/** The saving at list prices, before what commitments cover; null where the amount is at other prices, or not known. */
export const listMonthlyUsdOf = (savings: Savings): number | null =>
  savings.basis === "none" || (savings.price ?? "list") !== "list"
    ? null
    : (savings.coverage?.listMonthlyUsd ?? savings.monthlyUsd)

/** What the bill falls by: less what commitments cover; null where it is not known what they cover, and where there is no amount. */
export const effectiveMonthlyUsdOf = ({ basis, coverage, monthlyUsd }: Savings): number | null =>
  basis === "none" || coverage?.coveredPercent === null ? null : monthlyUsd

const pricedAtText: Readonly<Record<PricedAt, string>> = {
  list: "At list prices",
  list_coverage_unknown: "At list prices, and not known whether a commitment covers it",
  effective: "What the bill falls by, at list prices less what commitments cover",
  net: "Net, after all discounts and commitments",
  billed: "As the bill shows it"
}

/** What an amount is at, as a sentence; empty where there is no amount. */
export const pricedAtSentence = (savings: Savings): string => {
  const at = pricedAt(savings)
  return at === null ? "" : `${pricedAtText[at]}.`
}
