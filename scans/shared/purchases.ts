/** What settings and notes of the scans about commitments to buy share. */
import * as purchases from "../../datasets/billing/purchases.ts"
import { Setting, type SettingsOf } from "../Scan.ts"

/** How a commitment would be paid, as Cost Explorer names it. */
export const purchaseSettings = {
  term: Setting.oneOf(purchases.terms, "ONE_YEAR", "For how long to commit"),
  paymentOption: Setting.oneOf(purchases.payments, "NO_UPFRONT", "How much of it to pay at once"),
  lookback: Setting.oneOf(purchases.lookbacks, "SIXTY_DAYS", "The days of use that AWS computes it from"),
  accountScope: Setting.oneOf(
    purchases.accountScopes,
    "PAYER",
    "Whether it is computed for the organisation or for each account"
  )
} as const

export const purchaseOf = ({
  accountScope,
  lookback,
  paymentOption,
  term
}: SettingsOf<typeof purchaseSettings>): purchases.Purchase => ({
  accountScope,
  lookback,
  payment: paymentOption,
  term
})

/** The names of a setting that are known, in the order in which they are declared, whatever case they are written in. */
export const named = <A extends string>(known: ReadonlyArray<A>, given: ReadonlyArray<string>): ReadonlyArray<A> => {
  const wanted = new Set(given.map((name) => name.toLowerCase()))
  return known.filter((name) => wanted.has(name.toLowerCase()))
}

/** What was not asked for, in words. */
export const notAsked = (
  given: ReadonlyArray<string>,
  known: ReadonlyArray<string>,
  asked: ReadonlyArray<string>
): ReadonlyArray<string> => {
  const names = named(known, given)
  const unused = names.filter((name) => !asked.includes(name))
  const strange = given.filter((name) => named(names, [name]).length === 0)
  return [
    ...(unused.length === 0
      ? []
      : [`Not asked for, because the bill shows no use of it at on-demand prices: ${unused.join(", ")}.`]),
    ...(strange.length === 0 ? [] : [`Not known, and left out: ${strange.join(", ")}.`])
  ]
}

export const words = (name: string): string => name.toLowerCase().replaceAll("_", " ")
