/** Sums of spend for reports, and the notes that say what they hold. */
import { provisionalFrom, type Period, type Spend } from "../../datasets/billing/billing.ts"

/** Amounts by kind of charge. */
export type Charges = Pick<Spend, "usage" | "fees" | "tax" | "credits">

export const noSpend: Charges = { usage: 0, fees: 0, tax: 0, credits: 0 }

export const addSpends = (a: Charges, b: Charges): Charges => ({
  usage: a.usage + b.usage,
  fees: a.fees + b.fees,
  tax: a.tax + b.tax,
  credits: a.credits + b.credits
})

/** Everything that was charged, before credits, refunds and discounts: what was used, also where credits hide it. */
export const gross = ({ fees, tax, usage }: Charges): number => usage + fees + tax

/** What is on the bill. */
export const net = (charges: Charges): number => gross(charges) + charges.credits

/** An amount in whole cents; never a negative zero. */
export const cents = (amount: number): number => Math.round(amount * 100) / 100 || 0

/** Percent from one amount to another; null where there was nothing before. */
export const percentFrom = (before: number, after: number): number | null =>
  before === 0 ? null : Math.round(((after - before) / Math.abs(before)) * 1000) / 10

/** What of a period's amounts is not final. */
export const notFinal = (
  amounts: ReadonlyArray<{ readonly estimated: boolean }>,
  { end }: Period,
  now: Date
): ReadonlyArray<string> => {
  const provisional = provisionalFrom(now)
  return [
    ...(end > provisional ? [`Days from ${provisional} on are provisional: costs arrive for two days.`] : []),
    ...(amounts.some(({ estimated }) => estimated)
      ? ["AWS calls amounts of this period estimated until the invoice of their month is final."]
      : [])
  ]
}

/** What the amounts of a period include, in which currency, and what is not final. */
export const notesOn = (
  spends: ReadonlyArray<Spend>,
  metric: string,
  period: Period,
  now: Date
): ReadonlyArray<string> => [
  `${metric} in ${spends[0]?.currency ?? "USD"}. Gross is usage, fees and tax; net adds credits, refunds and discounts.`,
  ...notFinal(spends, period, now)
]
