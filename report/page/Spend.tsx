import { useCallback } from "preact/hooks"
import type { Report } from "../../core/run/Report.ts"
import type { Summary } from "../Model.ts"
import { Chart, colour, hatching, overTime } from "./Chart.tsx"
import { Name, Scrolling, Section, SeverityWord, type Shown } from "./parts.tsx"
import { count, labels, plural, reasonText, signed, usd } from "./words.ts"

type Column = Report["columns"][number]
type Cell = Report["rows"][number][string]

/** A column that says how much more or less something is than before. */
const isDifference = ({ key }: Column): boolean => /^change/i.test(key)

const cellText = (column: Column, cell: Cell | undefined): string => {
  if (cell === null || cell === undefined) return "\u2013"
  if (typeof cell === "boolean") return cell ? "yes" : ""
  if (typeof cell === "string") return cell
  switch (column.kind) {
    case "usd":
      return isDifference(column) ? signed(cell, usd) : usd(cell)
    case "percent":
      return isDifference(column) ? signed(cell, (value) => `${count(value)}%`) : `${count(cell)}%`
    default:
      return count(cell)
  }
}

const isNumber = ({ kind }: Column): boolean => kind === "usd" || kind === "percent" || kind === "count"

const ReportTable = ({ report }: { readonly report: Summary["reports"][number] }) => {
  const { columns, moreRows, notes, rows, title } = report
  return (
    <>
      <Scrolling label={title}>
        <table>
          <thead>
            <tr>
              {columns.map((column) => (
                <th key={column.key} scope="col" class={isNumber(column) ? "number" : undefined}>
                  {column.title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, index) => (
              <tr key={index} class={row[columns[0]?.key ?? ""] === "Total" ? "total" : undefined}>
                {columns.map((column, place) =>
                  place === 0 ? (
                    <th key={column.key} scope="row">
                      <Name>{cellText(column, row[column.key])}</Name>
                    </th>
                  ) : (
                    <td key={column.key} class={isNumber(column) ? "number" : undefined}>
                      <Name>{cellText(column, row[column.key])}</Name>
                    </td>
                  )
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </Scrolling>
      {moreRows > 0 ? (
        <p class="note">
          {plural(moreRows, "more row")}: <code>nightaudit scan --format json</code> has all.
        </p>
      ) : null}
      {notes.length > 0 ? <p class="note">{notes.join(" ")}</p> : null}
    </>
  )
}

/** Amounts a day, of the first column in USD. Days whose costs are still arriving are hatched. */
const Daily = ({ report }: { readonly report: Summary["reports"][number] }) => {
  const { columns, rows, title } = report
  const [day, amount] = [columns[0]?.key ?? "", columns.find(({ kind }) => kind === "usd")]
  const key = amount?.key ?? ""
  const make = useCallback(() => {
    const stripes = hatching("--confirmed")
    const value = (row: Report["rows"][number]) => (typeof row[key] === "number" ? row[key] : null)
    return overTime(
      rows.map((row) => String(row[day]).slice(5)),
      [
        {
          label: amount?.title ?? "",
          data: rows.map(value),
          backgroundColor: rows.map(({ provisional }) => (provisional === true ? stripes : colour("--soft"))),
          borderColor: colour("--soft"),
          borderWidth: 1
        }
      ]
    )
  }, [report])
  const amounts = rows.flatMap((row) => (typeof row[key] === "number" ? [row[key]] : []))
  return (
    <Chart
      make={make}
      about={`${title}: ${usd(Math.min(...amounts))} to ${usd(Math.max(...amounts))} a day of ${amount?.title.toLowerCase() ?? "spend"}. Striped days are provisional.`}
    >
      <ReportTable report={report} />
    </Chart>
  )
}

const isByDay = ({ columns, rows }: Report): boolean =>
  columns[0]?.kind === "day" && columns.some(({ kind }) => kind === "usd") && rows.length > 1

/** What a bill's scans made, and what in it is worth a look. */
export const Spend = ({ explain, summary }: Shown & { readonly explain: (place: number) => void }) => {
  const { notices, reports } = summary
  const label = labels(summary)
  const daily = reports.filter(isByDay)
  const others = reports.filter((report) => !isByDay(report))
  return (
    <Section id="spend" title="Spend">
      {notices.length > 0 ? (
        <ul class="notices">
          {notices.map(({ at, name, reason, scan, severity }) => (
            <li key={at}>
              <button type="button" onClick={() => explain(at)}>
                <SeverityWord of={severity} />
                <span>
                  <b>
                    <Name>{name}</Name>
                  </b>{" "}
                  {reasonText(summary, scan, reason)} <span class="muted">{label("scan", scan)}</span>
                </span>
              </button>
            </li>
          ))}
        </ul>
      ) : null}
      {summary.bill === null ? (
        <p class="lead">
          The bill was not read (Cost Explorer is off, denied, or above the cap of the run), so there is no share of it
          here. That takes nothing from the findings.
        </p>
      ) : null}
      {daily.map((report) => (
        <figure key={report.scan + report.account}>
          <figcaption>{report.title}</figcaption>
          <Daily report={report} />
        </figure>
      ))}
      {others.map((report, index) => (
        <details key={report.scan + report.account} class="report" open={index === 0}>
          <summary>{report.title}</summary>
          <ReportTable report={report} />
        </details>
      ))}
    </Section>
  )
}
