import { useCallback } from "preact/hooks"
import type { Report } from "../../core/run/Report.ts"
import type { PageReport, Summary } from "../Model.ts"
import { Chart, colour, hatching, overTime } from "./Chart.tsx"
import { Elsewhere, Name, Scrolling, Section, SeverityWord, type Shown } from "./parts.tsx"
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

const isTotal = (columns: ReadonlyArray<Column>, row: Report["rows"][number]): boolean =>
  columns.some(({ key, kind }) => kind === "text" && row[key] === "Total")

const ReportTable = ({ report, summary }: Shown & { readonly report: PageReport }) => {
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
              <tr key={index} class={isTotal(columns, row) ? "total" : undefined}>
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
          {plural(moreRows, "more row")}:{" "}
          <Elsewhere summary={summary} command="report --format json" tool="get_report" /> has all.
        </p>
      ) : null}
      {notes.length > 0 ? <p class="note">{notes.join(" ")}</p> : null}
    </>
  )
}

/** Amounts a day, of the first column in USD. Days whose costs are still arriving are hatched. */
const Daily = ({ report, summary }: Shown & { readonly report: PageReport }) => {
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
      <ReportTable report={report} summary={summary} />
    </Chart>
  )
}

const isByDay = ({ columns, rows }: PageReport): boolean =>
  columns[0]?.kind === "day" && columns.some(({ kind }) => kind === "usd") && rows.length > 1

/** The title, with its account where there are several of them. */
const titleIn = ({ reports, ...summary }: Summary, { account, scan, title }: PageReport): string =>
  account !== null && reports.filter((one) => one.scan === scan).length > 1
    ? `${title}: ${labels(summary)("account", account)}`
    : title

const Tables = ({
  of,
  opened,
  summary
}: Shown & { readonly of: ReadonlyArray<PageReport>; readonly opened?: boolean }) => (
  <>
    {of.map((report, index) => (
      <details key={`${report.scan} ${report.account}`} class="report" open={opened === true && index === 0}>
        <summary>
          <Name>{titleIn(summary, report)}</Name>
        </summary>
        <ReportTable report={report} summary={summary} />
      </details>
    ))}
  </>
)

const isSpend = ({ columns }: PageReport): boolean => columns.some(({ kind }) => kind === "usd")

/** Tables that are about something else than money. */
export const Reports = ({ summary }: Shown) => {
  const others = summary.reports.filter((report) => !isSpend(report))
  return others.length === 0 ? null : (
    <Section id="reports" title="Reports">
      <Tables of={others} summary={summary} />
    </Section>
  )
}

/** What a bill's scans made, and what in it is worth a look. */
export const Spend = ({ explain, summary }: Shown & { readonly explain: (place: number) => void }) => {
  const { moreReports, notices } = summary
  const reports = summary.reports.filter(isSpend)
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
          {summary.reports.some(({ scan }) => scan === "get_cost_by_service")
            ? "What was read of the bill is not of one whole month, or not of every payer"
            : "The bill was not read (Cost Explorer is off, denied, or above the cap of the run)"}
          , so there is no share of it here. That takes nothing from the findings.
        </p>
      ) : null}
      {daily.map((report) => (
        <figure key={`${report.scan} ${report.account}`}>
          <figcaption>
            <Name>{titleIn(summary, report)}</Name>
          </figcaption>
          <Daily report={report} summary={summary} />
        </figure>
      ))}
      {moreReports > 0 ? (
        <p class="note">
          The days of {plural(moreReports, "more account")} are not in this page:{" "}
          <Elsewhere summary={summary} command="report --format json" tool="get_report" /> has all.
        </p>
      ) : null}
      <Tables of={others} summary={summary} opened />
    </Section>
  )
}
