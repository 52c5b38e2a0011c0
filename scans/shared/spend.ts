/** Sums of spend for reports, and the notes that say what they hold. */
import { rounded } from "../../core/round.ts"
import { moneyColumn, type ReportColumn } from "../../core/run/Report.ts"
import { costMetrics, provisionalFrom, type Period, type Spend } from "../../datasets/billing/billing.ts"
import { Setting } from "../Scan.ts"

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
export const cents = (amount: number): number => rounded(amount, 2) || 0

/** The days of a report on the bill. */
export const periodSettings = {
  startDate: Setting.day("First day, in UTC; empty for the previous full month"),
  endDate: Setting.day(
    "The day after the last one, in UTC; empty for the end of the previous month, or today with a start"
  )
} as const

export const metricSetting = Setting.oneOf(
  costMetrics,
  "UnblendedCost",
  "What is counted: cash, or upfront fees spread over their term"
)

/** Amounts of a period and of the one before it. */
export interface Compared {
  readonly now: Charges
  readonly before: Charges
}

/** The amounts by service, account or region, and all of them together. `start` is the first day of the period. */
export const compared = (spends: ReadonlyArray<Spend>, start: string) => {
  const none: Compared = { now: noSpend, before: noSpend }
  const byKey = new Map<string, Compared>()
  let total = none
  for (const spend of spends) {
    const side = spend.start >= start ? "now" : "before"
    const add = (sums: Compared): Compared => ({ ...sums, [side]: addSpends(sums[side], spend) })
    byKey.set(spend.key, add(byKey.get(spend.key) ?? none))
    total = add(total)
  }
  return { byKey, total }
}

/** By how much a period cost more than the one before it, by gross: credits come and go. */
export const changeOf = ({ before, now }: Compared): number => gross(now) - gross(before)

/** The amounts of one row, with the period before it where that was asked for. */
export const amountCells = ({ before, now }: Compared, withPrevious: boolean) => ({
  usage: cents(now.usage),
  fees: cents(now.fees),
  tax: cents(now.tax),
  gross: cents(gross(now)),
  credits: cents(now.credits),
  net: cents(net(now)),
  ...(withPrevious
    ? {
        previousGross: cents(gross(before)),
        change: cents(gross(now) - gross(before)),
        changePct: percentFrom(gross(before), gross(now))
      }
    : {})
})

/** The columns of `amountCells`. */
export const amountColumns = (currency: string, withPrevious: boolean): ReadonlyArray<ReportColumn> => [
  moneyColumn("usage", "Usage", currency),
  moneyColumn("fees", "Fees", currency),
  moneyColumn("tax", "Tax", currency),
  moneyColumn("gross", "Gross", currency),
  moneyColumn("credits", "Credits", currency),
  moneyColumn("net", "Net", currency),
  ...(withPrevious
    ? [
        moneyColumn("previousGross", "Gross before", currency),
        moneyColumn("change", "Change", currency),
        { key: "changePct", title: "Change %", kind: "percent" } as const
      ]
    : [])
]

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
