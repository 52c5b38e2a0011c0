/** Reports, such as spend by service, as part of an answer. */
import { usd } from "../../core/format.ts"
import type { StoredReport } from "../../core/run/Report.ts"
import { type Content, type Row, tableLines } from "./Answer.ts"
import type { Fence } from "./Fence.ts"

const titleOf = ({ account, region, report }: StoredReport): string => `${report.title} (${account}, ${region})`

/** Cells of text may hold what a stranger wrote, such as the name of a tag. */
export const rowsOf = ({ report }: StoredReport, fence: Fence): ReadonlyArray<Row> =>
  report.rows.map((row) =>
    Object.fromEntries(
      report.columns.map(({ key, kind }) => {
        const value = row[key] ?? null
        return [key, kind === "text" && typeof value === "string" ? fence.text(value) : value]
      })
    )
  )

const rowsAtMost = 50

export const reportsContent = (reports: ReadonlyArray<StoredReport>, fence: Fence): Content =>
  reports.length === 0
    ? {}
    : {
        reports: reports.map((stored) => {
          const rows = rowsOf(stored, fence)
          return {
            title: stored.report.title,
            account: stored.account,
            region: stored.region,
            asOf: stored.asOf,
            columns: stored.report.columns,
            rowCount: rows.length,
            rows: rows.slice(0, rowsAtMost),
            notes: stored.report.notes
          }
        })
      }

/** `tools` are those of the caller, of which one may have the rest of a long report. */
export const reportLines = (
  reports: ReadonlyArray<StoredReport>,
  fence: Fence,
  tools: ReadonlySet<string>
): ReadonlyArray<string> =>
  reports.flatMap((stored) => {
    const { columns, notes } = stored.report
    const rows = rowsOf(stored, fence).map((row) =>
      Object.fromEntries(
        columns.map(({ key, kind, title }) => [
          title,
          kind === "usd" && typeof row[key] === "number" ? usd(row[key]) : row[key]
        ])
      )
    )
    return [
      "",
      `### ${titleOf(stored)}`,
      "",
      ...tableLines(
        columns.map(({ title }) => title),
        rows.slice(0, rowsAtMost)
      ),
      ...(rows.length > rowsAtMost
        ? [`${rowsAtMost} of ${rows.length} rows${tools.has("get_report") ? "; get_report has the rest" : ""}.`]
        : []),
      ...notes
    ]
  })
