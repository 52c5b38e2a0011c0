import { Name, type Shown, Tag } from "./parts.tsx"
import { amountText, labels, reasonText } from "./words.ts"

const most = 9

/** The largest findings, with what is wrong and whose they are: an engineer can begin here. */
export const First = ({ explain, summary }: Shown & { readonly explain: (place: number) => void }) => {
  const label = labels(summary)
  const rows = summary.first.slice(0, most)
  return (
    <section class="card first" aria-labelledby="first-title">
      <h2 id="first-title">Look at these first</h2>
      {rows.length === 0 ? <p class="muted">No finding saves money.</p> : null}
      <ol>
        {rows.map(({ account, at, basis, cents, name, owner, reason, region, scan, standing }) => (
          <li key={at}>
            <button type="button" onClick={() => explain(at)}>
              <b class="number">{amountText(cents, basis)}</b>
              <span>
                <b>
                  <Name>{name}</Name>
                </b>{" "}
                {standing === "unconfirmed" ? <Tag of="unconfirmed" /> : null}
                <span>{reasonText(summary, scan, reason)}</span>
                <span class="muted">
                  {label("account", account)} · {label("region", region)} · <Name>{label("owner", owner)}</Name>
                </span>
              </span>
            </button>
          </li>
        ))}
      </ol>
    </section>
  )
}
