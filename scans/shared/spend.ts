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

const recordTypes = ["split", "usage", "net"] as const
type RecordTypes = (typeof recordTypes)[number]

export const recordTypesSetting = Setting.oneOf(
  recordTypes,
  "split",
  "Whether usage, fees, tax and credits stand apart, or usage alone or all of them together are told"
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

/** What periods are compared by: gross where everything is told, because credits come and go. */
const measures: Readonly<
  Record<RecordTypes, { readonly key: string; readonly title: string; readonly of: (charges: Charges) => number }>
> = {
  split: { key: "gross", title: "Gross", of: gross },
  usage: { key: "usage", title: "Usage", of: ({ usage }) => usage },
  net: { key: "net", title: "Net", of: net }
}

/** The amounts of rows by the kinds of charges that are told: their cells and columns, and what rows are sorted and compared by. */
export const amountsOf = (kinds: RecordTypes, withPrevious: boolean) => {
  const { key, of, title } = measures[kinds]
  const parts: ReadonlyArray<readonly [key: string, title: string, of: (charges: Charges) => number]> =
    kinds === "split"
      ? [
          ["usage", "Usage", ({ usage }) => usage],
          ["fees", "Fees", ({ fees }) => fees],
          ["tax", "Tax", ({ tax }) => tax],
          ["gross", "Gross", gross],
          ["credits", "Credits", ({ credits }) => credits],
          ["net", "Net", net]
        ]
      : [[key, title, of]]
  return {
    measure: of,
    /** By how much a period cost more than the one before it. */
    changeOf: ({ before, now }: Compared): number => of(now) - of(before),
    /** The amounts of one row, with the period before it where that was asked for. */
    cells: ({ before, now }: Compared): Readonly<Record<string, number | null>> => ({
      ...Object.fromEntries(parts.map(([key, , of]) => [key, cents(of(now))])),
      ...(withPrevious
        ? {
            [`previous${title}`]: cents(of(before)),
            change: cents(of(now) - of(before)),
            changePct: percentFrom(of(before), of(now))
          }
        : {})
    }),
    columns: (currency: string): ReadonlyArray<ReportColumn> => [
      ...parts.map(([key, title]) => moneyColumn(key, title, currency)),
      ...(withPrevious
        ? [
            moneyColumn(`previous${title}`, `${title} before`, currency),
            moneyColumn("change", "Change", currency),
            { key: "changePct", title: "Change %", kind: "percent" } as const
          ]
        : [])
    ],
    /** The days that are told and compared, and what the amounts include. */
    notes: (
      { current, previous }: { readonly current: Period; readonly previous: Period },
      spends: ReadonlyArray<Spend>,
      metric: string,
      now: Date
    ): ReadonlyArray<string> => [
      `Days are UTC; ${current.end} is not part of it.${withPrevious ? ` Compared with ${previous.start} up to ${previous.end}, by ${key}.` : ""}`,
      ...notesOn(
        spends.filter(({ start }) => start >= current.start),
        metric,
        current,
        now,
        kinds
      )
    ]
  }
}

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

const included: Readonly<Record<RecordTypes, string>> = {
  split: "Gross is usage, fees and tax; net adds credits, refunds and discounts.",
  usage: "Usage is without fees, tax, credits, refunds and discounts, so that its total is not the bill.",
  net: "Net is usage, fees and tax with credits, refunds and discounts."
}

/** What the amounts of a period include, in which currency, and what is not final. */
export const notesOn = (
  spends: ReadonlyArray<Spend>,
  metric: string,
  period: Period,
  now: Date,
  kinds: RecordTypes = "split"
): ReadonlyArray<string> => [
  `${metric} in ${spends[0]?.currency ?? "USD"}. ${included[kinds]}`,
  ...notFinal(spends, period, now)
]
