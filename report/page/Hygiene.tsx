import { useState } from "preact/hooks"
import { Section, SeverityWord, type Shown } from "./parts.tsx"
import type { Query } from "./table.ts"
import { count, labels, plural, reasonText } from "./words.ts"

const shownAtFirst = 12

/** Risks and clutter, apart from money. */
export const Hygiene = ({ ask, summary }: Shown & { readonly ask: (query: Partial<Query>) => void }) => {
  const label = labels(summary)
  const [isWhole, setWhole] = useState(false)
  const rows = summary.hygiene
  const hidden = isWhole ? 0 : Math.max(0, rows.length - shownAtFirst)
  return (
    <Section id="hygiene" title="Hygiene">
      <p class="lead">Risks and clutter that nobody bills. None of it is in a sum of money.</p>
      {rows.length === 0 ? (
        <p class="muted">None was found.</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th scope="col">Finding</th>
              <th scope="col">Severity</th>
              <th scope="col" class="number">
                Findings
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ findings, reason, scan, severity }, index) => (
              <tr key={`${scan} ${reason}`} class={isWhole || index < shownAtFirst ? undefined : "rest"}>
                <th scope="row">
                  <button
                    type="button"
                    class="link"
                    onClick={() => ask({ show: "hygiene", at: { scan: [scan], reason: [reason] } })}
                  >
                    {label("scan", scan)}
                  </button>
                  <span class="beneath">{reasonText(summary, scan, reason)}</span>
                </th>
                <td>
                  <SeverityWord of={severity} />
                </td>
                <td class="number">{count(findings)}</td>
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
    </Section>
  )
}
