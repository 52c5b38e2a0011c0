import type { FirstRow } from "../Model.ts"
import { Name, type Shown, Tag } from "./parts.tsx"
import { amountText, labels, reasonText } from "./words.ts"

const most = 9

const What = ({ row, summary }: Shown & { readonly row: Omit<FirstRow, "at"> }) => {
  const label = labels(summary)
  const { account, basis, cents, name, owner, reason, region, scan, standing } = row
  return (
    <>
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
    </>
  )
}

/** What was over and is back: whoever mended it wants to know before anybody else. */
const CameBack = ({ summary }: Shown) => {
  const { cameBack, changes } = summary
  const more = (changes === null ? 0 : changes.totals.reopened.findings + changes.beside.reopened) - cameBack.length
  return cameBack.length === 0 ? null : (
    <>
      <h2>Came back</h2>
      <ol>
        {cameBack.map((row) => (
          <li key={row.id}>
            <a href={`#finding=${row.id}`}>
              <What row={row} summary={summary} />
            </a>
          </li>
        ))}
      </ol>
      {more > 0 ? <p class="note">{more} more came back, no money or smaller.</p> : null}
    </>
  )
}

/** The largest findings, with what is wrong and whose they are: an engineer can begin here. */
export const First = ({ explain, summary }: Shown & { readonly explain: (place: number) => void }) => {
  const rows = summary.first.slice(0, most)
  return (
    <section class="card first" aria-labelledby="first-title">
      <h2 id="first-title">Look at these first</h2>
      {rows.length === 0 ? (
        <p class="muted">
          {summary.unsettled.findings > 0 ? "What was found is not summed up yet." : "No finding saves money."}
        </p>
      ) : null}
      <ol>
        {rows.map((row) => (
          <li key={row.at}>
            <button type="button" onClick={() => explain(row.at)}>
              <What row={row} summary={summary} />
            </button>
          </li>
        ))}
      </ol>
      <CameBack summary={summary} />
    </section>
  )
}
