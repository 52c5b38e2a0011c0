import { useState } from "preact/hooks"
import { yearly } from "../../core/format.ts"
import { type Facet, facets } from "../Model.ts"
import { Bar, Name, type Shown } from "./parts.tsx"
import type { Query } from "./table.ts"
import { centsText, count, dollarsText, facetWord, labels, plural } from "./words.ts"

const shownAtFirst = 9

/** Where the waste is. A table with bars: amounts are read and names are clicked, which a pie would hide. */
export const Breakdown = ({ ask, summary }: Shown & { readonly ask: (query: Partial<Query>) => void }) => {
  const [facet, setFacet] = useState<Facet>("category")
  const [isWhole, setWhole] = useState(false)
  const label = labels(summary)
  const rows = summary.by[facet]
  const most = Math.max(0, ...rows.map(({ confirmed, unconfirmed }) => confirmed + unconfirmed))
  const hidden = isWhole ? 0 : Math.max(0, rows.length - shownAtFirst)
  const more = summary.moreBy[facet]
  const choose = (chosen: Facet) => {
    setFacet(chosen)
    setWhole(false)
  }
  return (
    <section class="card" id="where" aria-labelledby="where-title">
      <div class="bar-of-title">
        <h2 id="where-title">Where it is</h2>
        <div class="tabs" role="group" aria-label="Break down by">
          {facets.map((one) => (
            <button key={one} type="button" aria-pressed={one === facet} onClick={() => choose(one)}>
              {facetWord(one)}
            </button>
          ))}
        </div>
      </div>
      {rows.length === 0 ? (
        <p class="muted">No waste was found.</p>
      ) : (
        <table class="breakdown">
          <thead>
            <tr>
              <th scope="col">{facetWord(facet)}</th>
              <th scope="col" class="wide">
                <span class="key solid" /> Confirmed <span class="key hatched" /> unconfirmed
              </th>
              <th scope="col" class="number">
                Findings
              </th>
              <th scope="col" class="number">
                A month
              </th>
              <th scope="col" class="number year">
                A year
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ confirmed, findings, unconfirmed, value }, index) => (
              <tr key={value} class={isWhole || index < shownAtFirst ? undefined : "rest"}>
                <th scope="row">
                  <button type="button" class="link" onClick={() => ask({ at: { [facet]: [value] } })}>
                    <Name>{label(facet, value)}</Name>
                  </button>
                </th>
                <td class="wide">
                  <Bar solid={confirmed} hatched={unconfirmed} of={most} />
                </td>
                <td class="number">{count(findings)}</td>
                <td class="number">
                  <b>{centsText(confirmed)}</b>
                  {unconfirmed > 0 ? <span class="besides">+{centsText(unconfirmed)}</span> : null}
                </td>
                <td class="number year">{dollarsText(yearly(confirmed / 100))}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {hidden > 0 ? (
        <button type="button" class="plain more" onClick={() => setWhole(true)}>
          {plural(hidden, "more row")}
        </button>
      ) : null}
      {more > 0 ? (
        <p class={hidden > 0 ? "note rest" : "note"}>{count(more)} more are in the table of findings, by group.</p>
      ) : null}
    </section>
  )
}
