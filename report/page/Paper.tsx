import { isNarrowed } from "./Filters.tsx"
import { Elsewhere, Name, type Shown } from "./parts.tsx"
import { type Query, type Selection, type Table, taggedOf } from "./table.ts"
import { amountText, labels, narrowedText, plural, reasonText, standingWord, sumsText, type Tagged } from "./words.ts"

/** A screen shows rows as they are wanted; paper has so many. */
const most = 40

/** What the table shows at present, in its order. */
const rowsOf = (table: Table, { items }: Selection) =>
  [...items.filter((item) => item >= 0).subarray(0, most)].map((index) => {
    const value = (of: keyof Table["at"]) => table.values[of][table.at[of][index] ?? 0] ?? ""
    return {
      at: index,
      scan: value("scan"),
      reason: value("reason"),
      name: (table.name[index] ?? "") === "" ? (table.resource[index] ?? "") : (table.name[index] ?? ""),
      account: value("account"),
      region: value("region"),
      owner: value("owner"),
      cents: table.cents[index] ?? 0,
      basis: value("basis"),
      standing: taggedOf(table, index) as Tagged
    }
  })

/** Virtual rows do not print, so paper has a plain table: of the view that is narrowed, or else the largest findings. */
export const Paper = ({
  query,
  selection,
  summary,
  table
}: Shown & {
  readonly table: Table | undefined
  readonly query: Query
  readonly selection: Selection | undefined
}) => {
  const label = labels(summary)
  const view = table !== undefined && selection !== undefined && isNarrowed(query) ? { table, selection } : undefined
  const { confirmed, unconfirmed } = summary.standings
  const rows = view === undefined ? summary.first : rowsOf(view.table, view.selection)
  const left = (view?.selection.sums.findings ?? confirmed.findings + unconfirmed.findings) - rows.length
  return (
    <section class="card paper-only" aria-hidden="true">
      <h2>{view === undefined ? "The largest findings" : "The findings of this view"}</h2>
      {view === undefined ? null : (
        <p class="lead">
          Narrowed by <Name>{narrowedText(query, label)}</Name>.{" "}
          <b>{plural(view.selection.sums.findings, "finding")}</b>
          {sumsText(view.selection.sums)}. What is printed before this is of everything.
        </p>
      )}
      <table>
        <thead>
          <tr>
            <th class="number">A month</th>
            <th>Finding</th>
            <th>Where</th>
            <th>Owner</th>
            <th>State</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ account, at, basis, cents, name, owner, reason, region, scan, standing }) => (
            <tr key={at}>
              <td class="number">{amountText(cents, basis)}</td>
              <td>
                <b>
                  <Name>{name}</Name>
                </b>
                <span class="beneath">{reasonText(summary, scan, reason)}</span>
              </td>
              <td>
                <Name>{label("account", account)}</Name>
                <span class="beneath">{label("region", region)}</span>
              </td>
              <td>
                <Name>{label("owner", owner)}</Name>
              </td>
              <td>{standingWord[standing]}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {left > 0 ? (
        <p class="note">
          {plural(left, "more finding")}:{" "}
          <Elsewhere summary={summary} command="findings --format csv" tool="search_findings" />
        </p>
      ) : null}
    </section>
  )
}
