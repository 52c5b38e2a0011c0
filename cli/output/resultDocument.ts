/** What a run found, as a person reads it. */
import type { StoredReport } from "../../core/run/Report.ts"
import type { Run, RunCost } from "../../core/run/Run.ts"
import { wholeCatalogue } from "../../audit/reads.ts"
import { coverageLine, gapLines, payerLine } from "./coverage.ts"
import { type Block, heading, list, tableOf, text } from "./document.ts"
import { count, duration, fineUsd, instant, plural } from "../../core/format.ts"
import type { Column } from "./table.ts"

const paidUnits = new Map(
  wholeCatalogue.flatMap(({ operations }) =>
    operations.flatMap(({ operation, paid }) => (paid === undefined ? [] : [[operation, paid] as const]))
  )
)

const isMeasured = (unit: string): boolean => unit.startsWith("GB ")

/** `metrics`, `GB scanned`: what is measured has no plural. */
export const billedUnits = (unit: string): string => (isMeasured(unit) ? unit : `${unit}s`)

/** `12 metrics`, `7.25 GB scanned`: what is measured is not whole. */
const billedText = (quantity: number, unit: string): string =>
  plural(isMeasured(unit) ? quantity : Math.round(quantity), unit, billedUnits(unit))

/** What the run cost or would have cost: its calls, the paid ones by what is billed, and the cloud's own work. */
export const costFacts = (cost: RunCost): ReadonlyArray<readonly [string, string]> => [
  ["Calls", `${count(cost.totalCalls)}, of which ${count(cost.paidCalls)} are paid: ${fineUsd(cost.callsUsd)}`],
  ...cost.calls
    .filter((call) => call.usd > 0)
    .map((call): readonly [string, string] => {
      const name = `${call.service}:${call.operation}`
      const paid = paidUnits.get(name)
      const billed =
        paid === undefined || paid.unit === "request" ? "" : `, ${billedText(call.usd / paid.usdPerUnit, paid.unit)}`
      return [`  ${name}`, `${plural(call.calls, "call")}${billed}: ${fineUsd(call.usd)}`]
    }),
  ["In the cloud", `about ${fineUsd(cost.infrastructureUsd)} for Lambda, Step Functions and DynamoDB`],
  ["Together", fineUsd(cost.usd)]
]

export const runLine = ({ finishedAt, id, plan, startedAt }: Run): string =>
  `Run ${id}, ${instant(startedAt)}: ${plural(plan.scans.length, "scan")}, ${plural(plan.accounts.length, "account")}` +
  (finishedAt === null ? "" : `, ${duration(Date.parse(finishedAt) - Date.parse(startedAt))}`)

export const coverageBlocks = (
  run: Pick<Run, "plan">,
  coverage: Parameters<typeof coverageLine>[0]
): ReadonlyArray<Block> => {
  // A payer that was to be read and was not is a gap with its own place.
  const isNamed = coverage.gaps.some(({ reason }) => reason.code === run.plan.payerGap?.code)
  const payer = isNamed ? undefined : payerLine(run)
  return [
    heading("Coverage"),
    text(`${coverageLine(coverage)}.`),
    ...(payer === undefined ? [] : [text(payer)]),
    ...(coverage.gaps.length === 0 ? [] : [list(gapLines(coverage))])
  ]
}

/** A table that a scan made; `place` is where, if it has made one of other places as well. */
export const reportBlocks = ({ report }: StoredReport, mostRows: number, place?: string): ReadonlyArray<Block> => {
  const { notes, rows, title } = report
  const hidden = rows.length - mostRows
  // A table of days ends with the newest, which are the ones of interest.
  const byDay = report.columns[0]?.kind === "day"
  const columns = report.columns.map((column, index): Column =>
    column.kind !== "text"
      ? { ...column, rank: index }
      : index === 0
        ? { ...column, fit: "whole" }
        : { ...column, fit: "whole", beneath: true }
  )
  return [
    heading(place === undefined ? title : `${title}: ${place}`),
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
