import type { MatrixCell } from "../Model.ts"
import { Elsewhere, Name, Scrolling, Section, type Shown } from "./parts.tsx"
import { count, gapText, labels, percent, plural, words } from "./words.ts"

const Cell = ({ of }: { readonly of: MatrixCell | undefined }) => {
  // Nothing was to be looked at, which is not that nothing was seen.
  if (of === undefined) return <td class="muted">not asked</td>
  const [complete, partial, unavailable] = of
  const all = complete + partial + unavailable
  if (all === 0) return <td class="muted">not applicable</td>
  const [state, mark] =
    complete === all ? ["complete", "●"] : unavailable === all ? ["unavailable", "○"] : ["partial", "◐"]
  return (
    <td class={state}>
      <i aria-hidden="true">{mark}</i> {count(complete)}/{count(all)}
    </td>
  )
}

/** Words of ours, in which commands stand between backticks. */
const Commands = ({ children }: { readonly children: string }) => (
  <>{children.split("`").map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part))}</>
)

const mostNamed = 3

/** What was seen and what was not, with what helps. */
export const Coverage = ({ summary }: Shown) => {
  const { complete, expected, gaps, matrix, moreAccounts, notApplicable, partial, unavailable } = summary.coverage
  const label = labels(summary)
  const applicable = expected - notApplicable
  const categories = [...new Set(matrix.flatMap(({ cells }) => Object.keys(cells)))].sort()
  const named = (values: ReadonlyArray<string>, more: number) => {
    const left = Math.max(0, values.length - mostNamed) + more
    return `${values.slice(0, mostNamed).join(", ")}${left > 0 ? ` and ${count(left)} more` : ""}`
  }
  return (
    <Section id="coverage" title="Coverage">
      <p class="lead">
        {applicable === 0
          ? "Nothing was scanned."
          : `${count(complete)} of ${plural(applicable, "outcome")} complete (${percent(Math.min(complete / applicable, complete < applicable ? 0.999 : 1))}), ${count(partial)} partial, ${count(unavailable)} unavailable. An outcome is one scan in one account and region. What was not seen is not taken for clean, and ends no finding.`}
      </p>
      {gaps.length > 0 ? (
        <Scrolling label="Gaps">
          <table class="gaps-table">
            <thead>
              <tr>
                <th scope="col" class="number">
                  Outcomes
                </th>
                <th scope="col">Gap, and what helps</th>
                <th scope="col">Where</th>
              </tr>
            </thead>
            <tbody>
              {gaps.map((gap, index) => (
                <tr key={index}>
                  <td class="number">{count(gap.outcomes)}</td>
                  <th scope="row">
                    {gapText(gap)}
                    <span class="beneath">
                      <Commands>{gap.help}</Commands>
                    </span>
                  </th>
                  <td>
                    <Name>
                      {named(
                        gap.accounts.map((account) => label("account", account)),
                        gap.moreAccounts
                      )}
                    </Name>
                    <span class="beneath">
                      {named(
                        gap.regions.map((region) => label("region", region)),
                        0
                      )}
                      , {plural(gap.scans, "scan")}
                    </span>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scrolling>
      ) : null}
      {matrix.length > 0 && categories.length > 0 ? (
        <>
          <p class="note">Outcomes that are complete, of all that apply there.</p>
          <Scrolling label="Coverage by account and category">
            <table class="matrix">
              <thead>
                <tr>
                  <th scope="col">Account</th>
                  {categories.map((category) => (
                    <th key={category} scope="col">
                      {words(category)}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {matrix.map(({ account, cells }) => (
                  <tr key={account}>
                    <th scope="row">
                      <Name>{label("account", account)}</Name>
                    </th>
                    {categories.map((category) => (
                      <Cell key={category} of={cells[category]} />
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </Scrolling>
        </>
      ) : null}
      {moreAccounts > 0 ? (
        <p class="note">
          {plural(moreAccounts, "account")} more: <Elsewhere summary={summary} command="coverage" tool="get_coverage" />
        </p>
      ) : null}
    </Section>
  )
}
