import { Elsewhere, Name, type Shown } from "./parts.tsx"
import { amountText, labels, plural, reasonText, standingWord } from "./words.ts"

/** Virtual rows do not print, so paper has the largest findings as a plain table. */
export const Paper = ({ summary }: Shown) => {
  const label = labels(summary)
  const left = summary.standings.confirmed.findings + summary.standings.unconfirmed.findings - summary.first.length
  return (
    <section class="card paper-only" aria-hidden="true">
      <h2>The largest findings</h2>
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
          {summary.first.map(({ account, at, basis, cents, name, owner, reason, region, scan, standing }) => (
            <tr key={at}>
              <td class="number">{amountText(cents, basis)}</td>
              <td>
                <b>
                  <Name>{name}</Name>
                </b>
                <span class="beneath">{reasonText(summary, scan, reason)}</span>
              </td>
              <td>
                {label("account", account)}
                <span class="beneath">{label("region", region)}</span>
              </td>
              <td>
                <Name>{owner}</Name>
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
