/** What a run found, as a person reads it. */
import type { Finding } from "../../core/finding/Finding.ts"
import type { StoredReport } from "../../core/run/Report.ts"
import type { Amount, Changes, RunCost, Totals } from "../../core/run/Run.ts"
import { catalogue } from "../catalogue.ts"
import type { ScanResult } from "../ScanResult.ts"
import { coverageLine, gapLines } from "./coverage.ts"
import { type Block, type Document, facts, heading, list, tableOf, text } from "./document.ts"
import { count, duration, fineUsd, instant, plural } from "./format.ts"
import { findingSheet } from "./sheets.ts"
import type { Column, Sheet } from "./table.ts"

/** How much a document shows. */
export interface Most {
  readonly findings: number
  readonly reportRows: number
}

const amount = (name: string, { findings, monthlyUsd }: Amount) => ({ name, findings, monthlyUsd })

/** Sums over findings, confirmed and unconfirmed apart. */
export const totalsSheet = ({ commitments, confirmed, overlapping, unconfirmed }: Totals): Sheet => ({
  columns: [
    { key: "name", title: "Waste", kind: "text" },
    { key: "findings", title: "Findings", kind: "count" },
    { key: "monthlyUsd", title: "USD/month", kind: "usd" }
  ],
  rows: [
    amount("Confirmed", confirmed),
    amount("Unconfirmed", unconfirmed),
    ...(commitments.findings === 0 ? [] : [amount("Commitments (alternatives, in no sum)", commitments)]),
    ...(overlapping.findings === 0 ? [] : [amount("Claimed by several scans (in no sum)", overlapping)])
  ]
})

/** The difference between the two sums. */
export const confirmedExplained =
  "Unconfirmed: AWS does not say since when it is like this. It is confirmed when Night Audit has seen it for as long as the scan asks."

export const changesLine = ({ changed, confirmed, opened, reopened, resolved }: Changes): string =>
  opened + changed + confirmed + resolved + reopened === 0
    ? "Nothing changed since the last run."
    : `${count(opened)} new, ${count(changed)} changed, ${count(confirmed)} confirmed, ${count(resolved)} resolved, ${count(reopened)} reopened.`

/** Findings that save the most, each resource once. */
export const largest = (findings: ReadonlyArray<Finding>, most: number): ReadonlyArray<Finding> =>
  findings
    .filter(({ savings, status }) => status === "open" && savings.counted && savings.monthlyUsd > 0)
    .slice(0, most)

const paidUnits = new Map(
  catalogue.flatMap(({ operations }) =>
    operations.flatMap(({ operation, paid }) => (paid === undefined ? [] : [[operation, paid] as const]))
  )
)

/** What the run cost or would have cost: its calls, the paid ones by what is billed, and the cloud's own work. */
export const costFacts = (cost: RunCost): ReadonlyArray<readonly [string, string]> => [
  ["Calls", `${count(cost.totalCalls)}, of which ${count(cost.paidCalls)} are paid: ${fineUsd(cost.callsUsd)}`],
  ...cost.calls
    .filter((call) => call.usd > 0)
    .map((call): readonly [string, string] => {
      const name = `${call.service}:${call.operation}`
      const paid = paidUnits.get(name)
      const billed =
        paid === undefined || paid.unit === "request"
          ? ""
          : `, ${plural(Math.round(call.usd / paid.usdPerUnit), paid.unit)}`
      return [`  ${name}`, `${plural(call.calls, "call")}${billed}: ${fineUsd(call.usd)}`]
    }),
  ["In the cloud", `about ${fineUsd(cost.infrastructureUsd)} for Lambda, Step Functions and DynamoDB`],
  ["Together", fineUsd(cost.usd)]
]

export const runLine = ({ finishedAt, id, plan, startedAt }: ScanResult["run"]): string =>
  `Run ${id}, ${instant(startedAt)}: ${plural(plan.scans.length, "scan")}, ${plural(plan.accounts.length, "account")}` +
  (finishedAt === null ? "" : `, ${duration(Date.parse(finishedAt) - Date.parse(startedAt))}`)

/** The totals with the line that explains them. */
export const totalsBlocks = (totals: Totals): ReadonlyArray<Block> => [
  tableOf(totalsSheet(totals)),
  ...(totals.unconfirmed.findings === 0 ? [] : [text(confirmedExplained, "dim")])
]

export const coverageBlocks = (coverage: ScanResult["coverage"]): ReadonlyArray<Block> => [
  heading("Coverage"),
  text(coverageLine(coverage)),
  ...(coverage.gaps.length === 0 ? [] : [list(gapLines(coverage))])
]

export const reportBlocks = ({ report }: StoredReport, mostRows: number): ReadonlyArray<Block> => {
  const { notes, rows, title } = report
  const hidden = rows.length - mostRows
  // A table of days ends with the newest, which are the ones of interest.
  const byDay = report.columns[0]?.kind === "day"
  const columns = report.columns.map((column, index): Column =>
    index === 0 ? { ...column, least: 20 } : { ...column, rank: index }
  )
  return [
    heading(title),
    tableOf({ columns, rows: byDay ? rows.slice(Math.max(0, hidden)) : rows.slice(0, mostRows) }),
    ...(hidden > 0
      ? [
          text(
            `and ${plural(hidden, byDay ? "earlier row" : "more row")}: --format json has all rows and columns`,
            "dim"
          )
        ]
      : []),
    ...notes.map((note) => text(note, "dim"))
  ]
}

/** All of a run's result. */
export const resultDocument = (result: ScanResult, most: Most): Document => {
  const open = result.findings.filter(({ status }) => status === "open")
  const shown = open.slice(0, most.findings)
  return [
    heading(runLine(result.run)),
    ...totalsBlocks(result.summary.totals),
    heading(
      shown.length === open.length ? "Findings" : `The ${shown.length} largest of ${plural(open.length, "finding")}`
    ),
    tableOf(findingSheet(shown)),
    ...(shown.length === open.length
      ? []
      : [text("`nightaudit findings` lists all of them, `nightaudit finding <id>` explains one.", "dim")]),
    ...result.reports.flatMap((report) => reportBlocks(report, most.reportRows)),
    ...coverageBlocks(result.coverage),
    heading("Since the last run"),
    text(changesLine(result.summary.changes)),
    heading("Cost of this run"),
    facts(costFacts(result.cost))
  ]
}
