/** Sums of money in words and tables: by certainty, by what they are of, by month and by year. */
import type { Amount } from "../../core/run/Changes.ts"
import {
  type AboveBill,
  allAccounts,
  type Dimension,
  dimensions,
  otherOwners,
  type Rollup,
  type Sums
} from "../../core/run/Rollup.ts"
import { byMoney, moneyOf } from "../../core/run/totals.ts"
import type { Totals } from "../../core/run/Run.ts"
import { type Block, facts, heading, tableOf, text } from "./document.ts"
import { count, listed, plural, usd, yearly } from "../../core/format.ts"
import { pricingLine } from "../../core/run/pricingLine.ts"
import { aboveBillLine } from "../../query/totals.ts"
import { accountText, type Showing } from "./sheets.ts"
import type { Row, Sheet } from "./table.ts"

/** What totals and sums have in common. */
type Money = Pick<Sums, "confirmed" | "unconfirmed" | "commitments" | "overlapping">

const amountRow = (name: string, { findings, monthlyUsd }: Amount): Row => ({
  name,
  findings,
  monthlyUsd,
  yearlyUsd: yearly(monthlyUsd)
})

/** Sums over money: confirmed, unconfirmed and both together, and what is in no sum. */
export const moneySheet = ({ commitments, confirmed, overlapping, unconfirmed }: Money): Sheet => ({
  columns: [
    { key: "name", title: "Waste", kind: "text" },
    { key: "findings", title: "Findings", kind: "count" },
    { key: "monthlyUsd", title: "USD/month", kind: "usd" },
    { key: "yearlyUsd", title: "USD/year", kind: "usd" }
  ],
  rows: [
    amountRow("Confirmed", confirmed),
    amountRow("Unconfirmed", unconfirmed),
    amountRow("Together", {
      findings: confirmed.findings + unconfirmed.findings,
      monthlyUsd: moneyOf({ confirmed, unconfirmed })
    }),
    ...(commitments.findings === 0 ? [] : [amountRow("Commitments (alternatives, in no sum)", commitments)]),
    ...(overlapping.findings === 0 ? [] : [amountRow("Claimed by several scans (in no sum)", overlapping)])
  ]
})

/** The difference between the two sums. */
export const confirmedExplained =
  "Unconfirmed: AWS does not say since when it is like this. It is confirmed when Night Audit has seen it for as long as the scan asks."

/** `No money: 19 findings about hygiene (2 high, 17 low), 1 notice.`; undefined where there is none of either. */
export const noMoneyLine = (
  hygiene: number,
  notices: number,
  bySeverity: Partial<Totals["hygiene"]> = {}
): string | undefined => {
  const severities = Object.entries(bySeverity)
    .filter(([, findings]) => findings > 0)
    .map(([severity, findings]) => `${count(findings)} ${severity}`)
  const parts = [
    ...(hygiene === 0
      ? []
      : [`${plural(hygiene, "finding")} about hygiene${severities.length === 0 ? "" : ` (${severities.join(", ")})`}`]),
    ...(notices === 0 ? [] : [plural(notices, "notice")])
  ]
  return parts.length === 0 ? undefined : `Besides, and no money: ${parts.join(", ")}.`
}

const sumOf = (hygiene: Totals["hygiene"]) => Object.values(hygiene).reduce((sum, findings) => sum + findings, 0)

/** The totals of a run with what they leave out. */
export const totalsBlocks = (totals: Totals, aboveBill: Rollup["aboveBill"]): ReadonlyArray<Block> => [
  ...moneyBlocks(totals, noMoneyLine(sumOf(totals.hygiene), totals.notices, totals.hygiene)),
  text(pricingLine(totals.pricing), "dim"),
  ...aboveBillBlocks(aboveBill)
]

/** Sums with what they leave out. */
export const sumsBlocks = (sums: Sums): ReadonlyArray<Block> =>
  moneyBlocks(sums, noMoneyLine(sums.hygiene, sums.notices))

/** That part of what was added up is above the bill, where that is known. */
export const aboveBillBlocks = (aboveBill: ReadonlyArray<AboveBill> | undefined): ReadonlyArray<Block> => {
  const line = aboveBillLine(aboveBill)
  return line === undefined ? [] : [text(line, "yellow")]
}

const moneyBlocks = (money: Money, noMoney: string | undefined): ReadonlyArray<Block> => [
  tableOf(moneySheet(money)),
  ...(noMoney === undefined ? [] : [text(noMoney)]),
  ...(money.unconfirmed.findings === 0 ? [] : [text(confirmedExplained, "dim")])
]

/** A value of a dimension as a person calls it. */
export const valueName = (dimension: Dimension, value: string, showing: Pick<Showing, "accountNames">): string =>
  dimension === "account" && value !== allAccounts
    ? accountText(value, showing)
    : dimension === "owner" && value === otherOwners
      ? "other owners"
      : value !== ""
        ? value
        : dimension === "owner"
          ? "no owner"
          : "billed by nobody"

/** The title of a dimension. */
export const dimensionTitle: Readonly<Record<Dimension, string>> = {
  account: "Account",
  region: "Region",
  service: "Service",
  category: "Category",
  scan: "Scan",
  severity: "Severity",
  owner: "Owner"
}

/** A row for each value of a dimension. The monthly and yearly columns hold confirmed and unconfirmed together. */
export const dimensionSheet = (
  dimension: Dimension,
  rows: ReadonlyArray<{ readonly value: string; readonly sums: Sums }>,
  showing: Pick<Showing, "accountNames">
): Sheet => ({
  columns: [
    { key: "name", title: dimensionTitle[dimension], csvTitle: dimension, kind: "text", fit: "whole" },
    { key: "findings", title: "Findings", kind: "count", rank: 2 },
    { key: "confirmedUsd", title: "Confirmed", csvTitle: "confirmedMonthlyUsd", kind: "usd", rank: 1 },
    { key: "unconfirmedUsd", title: "Unconfirmed", csvTitle: "unconfirmedMonthlyUsd", kind: "usd", rank: 1 },
    { key: "monthlyUsd", title: "USD/month", kind: "usd" },
    { key: "yearlyUsd", title: "USD/year", kind: "usd" },
    { key: "hygiene", title: "Hygiene", kind: "count", rank: 3 },
    { key: "notices", title: "Notices", kind: "count", rank: 3 }
  ],
  rows: rows.map(({ sums, value }) => ({
    name: valueName(dimension, value, showing),
    findings: sums.confirmed.findings + sums.unconfirmed.findings,
    confirmedUsd: sums.confirmed.monthlyUsd,
    unconfirmedUsd: sums.unconfirmed.monthlyUsd,
    monthlyUsd: moneyOf(sums),
    yearlyUsd: yearly(moneyOf(sums)),
    hygiene: sums.hygiene,
    notices: sums.notices
  }))
})

/** Tables on the screen of a run end here; `totals --by` has all. */
const rowsShown = 5

const inTables: ReadonlyArray<Dimension> = ["service", "account", "scan"]

const withMoney = (rollup: Pick<Rollup, "by">, dimension: Dimension) =>
  [...rollup.by[dimension]].filter(([, sums]) => moneyOf(sums) > 0).sort(byMoney)

/** Where the money is, by every dimension. */
export const whereBlocks = (
  rollup: Pick<Rollup, "by">,
  showing: Pick<Showing, "accountNames">
): ReadonlyArray<Block> => [
  ...inTables.flatMap((dimension) => {
    const rows = withMoney(rollup, dimension)
    if (rows.length === 0) return []
    const rest = rows.length - rowsShown
    const { columns, rows: all } = dimensionSheet(
      dimension,
      rows.slice(0, rowsShown).map(([value, sums]) => ({ value, sums })),
      showing
    )
    return [
      heading(`By ${dimension}`),
      tableOf({ columns: columns.filter(({ key }) => key !== "hygiene" && key !== "notices"), rows: all }),
      ...(rest > 0 ? [text(`and ${count(rest)} more: \`nightaudit totals --by ${dimension}\``, "dim")] : [])
    ]
  }),
  ...otherBlocks(rollup, showing)
]

const otherBlocks = (rollup: Pick<Rollup, "by">, showing: Pick<Showing, "accountNames">): ReadonlyArray<Block> => {
  const lines = dimensions
    .filter((dimension) => !inTables.includes(dimension))
    .flatMap((dimension): ReadonlyArray<readonly [string, string]> => {
      const rows = withMoney(rollup, dimension)
      const names = rows.map(([value, sums]) => `${valueName(dimension, value, showing)} ${usd(moneyOf(sums))}`)
      return names.length === 0 ? [] : [[dimensionTitle[dimension], listed(names, 6)]]
    })
  return lines.length === 0 ? [] : [heading("By region, category, severity and owner"), facts(lines)]
}
