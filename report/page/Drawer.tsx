import type { ComponentChildren } from "preact"
import { useEffect, useRef, useState } from "preact/hooks"
import type { Finding } from "../../core/finding/Finding.ts"
import { yearly } from "../../core/format.ts"
import { wellFormed } from "../../core/text.ts"
import type { Detail, Summary } from "../Model.ts"
import { detailAt } from "./data.ts"
import { Copy, Elsewhere, Name, SeverityWord, type Shown, Tag } from "./parts.tsx"
import { type Table, taggedOf } from "./table.ts"
import {
  amountText,
  centsText,
  commandText,
  count,
  dayText,
  priceText,
  reasonText,
  type Tagged,
  usd,
  words
} from "./words.ts"

const consoles: Readonly<Record<string, string>> = {
  aws: "console.aws.amazon.com",
  "aws-us-gov": "console.amazonaws-us-gov.com",
  "aws-cn": "console.amazonaws.cn"
}

/** The console's address of a resource; undefined for what is no ARN of AWS. */
export const consoleAddress = (arn: string): string | undefined => {
  const host = consoles[/^arn:([a-z-]+):/.exec(arn)?.[1] ?? ""]
  return host === undefined ? undefined : `https://${host}/go/view?arn=${encodeURIComponent(wellFormed(arn))}`
}

/** A fact with its words. A null says that AWS did not tell, and an empty list that there is none. */
const Fact = ({ name, value }: { readonly name: string; readonly value: Finding["evidence"][string] }) => {
  if (value === null) return <span class="muted">not known</span>
  if (typeof value === "boolean") return <>{value ? "yes" : "no"}</>
  if (typeof value === "number") return <>{name.endsWith("Usd") ? usd(value) : count(value)}</>
  if (typeof value !== "string")
    return value.length === 0 ? <span class="muted">none</span> : <Name>{value.join(", ")}</Name>
  if (value === "") return <span class="muted">none</span>
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(value)) return <>{`${value.slice(0, 10)} ${value.slice(11, 16)} UTC`}</>
  return <Name>{value}</Name>
}

const Facts = ({ facts }: { readonly facts: ReadonlyArray<readonly [string, ComponentChildren]> }) => (
  <dl class="facts">
    {facts.map(([name, value]) => (
      <div key={name}>
        <dt>
          <Name>{name}</Name>
        </dt>
        <dd>{value}</dd>
      </div>
    ))}
  </dl>
)

const basisSentence: Readonly<Record<string, string>> = {
  exact: "The amount is exact: list prices times what AWS reports.",
  estimate: "The amount is an estimate.",
  upper_bound: "The amount is a ceiling: the saving may be smaller."
}

const Sum = ({ basis, cents, detail }: { readonly detail: Detail; readonly cents: number; readonly basis: string }) => (
  <section>
    <h3>The sum</h3>
    {detail.terms.length > 0 ? (
      <table class="terms">
        <thead>
          <tr>
            <th scope="col">Term</th>
            <th scope="col" class="number">
              Quantity
            </th>
            <th scope="col" class="number">
              Price
            </th>
            <th scope="col" class="number">
              A month
            </th>
          </tr>
        </thead>
        <tbody>
          {detail.terms.map(({ caveat, label, monthlyUsd, per, quantity, source, unit, usd: price }, index) => (
            <tr key={index}>
              <th scope="row">
                <Name>{label}</Name>
                <span class="beneath">{source}</span>
                {caveat === "" ? null : <span class="beneath caveat">Careful: {caveat}</span>}
              </th>
              <td class="number">
                {count(quantity)} {unit}
              </td>
              <td class="number">
                {price === null ? "not known" : priceText(price)}
                <span class="beneath">per {per}</span>
              </td>
              <td class="number">{monthlyUsd === null ? "\u2013" : usd(monthlyUsd)}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row" colSpan={3}>
              Together
            </th>
            <td class="number">{amountText(cents, basis)}</td>
          </tr>
        </tfoot>
      </table>
    ) : null}
    {detail.note === "" ? null : <p>{detail.note}</p>}
    <p class="note">
      {basis === "none" ? "No amount can be given." : (basisSentence[basis] ?? "")} Source:{" "}
      {words(detail.source ?? "").replaceAll("-", " ")}. Confidence of the finding: {detail.confidence}.
    </p>
  </section>
)

const ToDo = ({
  detail,
  id,
  isAside,
  scan,
  summary,
  until
}: Shown & {
  readonly detail: Detail
  readonly id: string
  readonly isAside: boolean
  readonly scan: Summary["scans"][string] | undefined
  readonly until: string
}) => {
  const address = consoleAddress(detail.arn)
  const command = commandText(summary, isAside ? `reopen ${id}` : `snooze ${id} --until ${until} --reason "…"`)
  const asked =
    command ?? (isAside ? `Reopen the finding ${id}.` : `Snooze the finding ${id} until ${until}, because …`)
  const does = isAside ? "takes it up again" : "snoozes it"
  return (
    <section>
      <h3>What to do</h3>
      {scan === undefined ? null : (
        <>
          <p>{scan.fix}</p>
          <p class="muted">{scan.why}</p>
        </>
      )}
      <p class="links">
        {scan === undefined || scan.docs === "" ? null : (
          <a href={scan.docs} target="_blank" rel="noopener noreferrer">
            AWS documentation
          </a>
        )}
        {address === undefined ? null : (
          <a href={address} target="_blank" rel="noopener noreferrer">
            Open in the AWS console
          </a>
        )}
      </p>
      <p class="command">
        <code>{asked}</code>
        <Copy text={asked} what={`the ${command === undefined ? "sentence" : "command"} that ${does}`} />
      </p>
      {command === undefined ? (
        <p class="note">
          Said to the assistant, where <code>mcp.writes</code> of the configuration lets it; <code>suppressions</code>{" "}
          there set findings aside as well.
        </p>
      ) : null}
    </section>
  )
}

const Life = ({ detail: { history } }: { readonly detail: Detail }) => (
  <section>
    <h3>History</h3>
    <ol class="history">
      {history.map(({ at, detail, what }, index) => (
        <li key={index}>
          <time dateTime={at}>{at.slice(0, 10)}</time>
          <span>
            <b>{words(what)}</b> {detail === "" ? null : <Name>{detail}</Name>}
          </span>
        </li>
      ))}
    </ol>
  </section>
)

/** Where a finding stands, in a sentence, where that is not plain. */
const standingText = (tagged: Tagged, since: string): string | undefined => {
  switch (tagged) {
    case "overlapping":
      return "Another finding claims the same money and counts; this one is in no sum."
    case "unsettled":
      return "It is in no sum yet: the account has not been summed up since it was found, which every night does at its end."
    case "unconfirmed":
      return `AWS does not say since when it is like this. It has been seen since ${since}, and counts when it was seen long enough.`
    case "commitment":
      return "An alternative for spend that other findings would remove: it is in no sum."
    case "hygiene":
      return "A risk or clutter. It is in no sum of money."
    case "notice":
      return "Worth a look. It is in no sum of money."
    case "aside":
      return "Somebody has set it aside, and it is in no sum."
    default:
      return undefined
  }
}

const Explained = ({
  close,
  explain,
  place,
  summary,
  table
}: Shown & {
  readonly table: Table
  readonly place: number
  readonly close: () => void
  readonly explain: (place: number) => void
}) => {
  const [detail, setDetail] = useState<Detail | "reading" | undefined>("reading")
  useEffect(() => {
    let isCurrent = true
    setDetail("reading")
    void detailAt(place, summary.chunkSize).then((found) => {
      if (isCurrent) setDetail(found)
    })
    return () => {
      isCurrent = false
    }
  }, [place])
  const { at, cents, id, label, name, resource, since, values, winner } = table
  const value = (of: keyof typeof at) => values[of][at[of][place] ?? 0] ?? ""
  const called = (index: number) => ((name[index] ?? "") === "" ? (resource[index] ?? "") : (name[index] ?? ""))
  const scan = Object.hasOwn(summary.scans, value("scan")) ? summary.scans[value("scan")] : undefined
  const tagged = taggedOf(table, place)
  const amount = cents[place] ?? 0
  const isMoney = tagged !== "hygiene" && tagged !== "notice"
  const said = standingText(tagged, dayText(since[place] ?? 0))
  const counting = winner.get(place)
  const until = new Date(Date.parse(summary.run.startedAt) + 30 * 86_400_000).toISOString().slice(0, 10)
  return (
    <article>
      <header>
        <div>
          <p class="kicker">{label("scan", value("scan"))}</p>
          <h2 id="drawer-title">
            <Name>{called(place)}</Name>
          </h2>
        </div>
        <button type="button" class="close" aria-label="Close" onClick={close}>
          ×
        </button>
      </header>
      <p>
        {reasonText(summary, value("scan"), value("reason"))} <Tag of={tagged} />{" "}
        <SeverityWord of={value("severity")} />
      </p>
      {isMoney ? (
        <p class="figures">
          <span class="amount">{amountText(amount, value("basis"))}</span> a month
          {value("basis") === "none" ? null : (
            <>
              , <b>{usd(yearly(amount / 100))}</b> a year
            </>
          )}
        </p>
      ) : null}
      {said === undefined ? null : (
        <p class="note">
          {said}{" "}
          {counting === undefined ? null : (
            <button type="button" class="plain" onClick={() => explain(counting)}>
              {label("scan", values.scan[at.scan[counting] ?? 0] ?? "")}, {centsText(cents[counting] ?? 0)}
            </button>
          )}
        </p>
      )}
      {detail === "reading" ? (
        <p class="muted" role="status">
          Reading…
        </p>
      ) : detail === undefined ? (
        <p>
          What this finding rests on is not in this page, which would be too large:{" "}
          <Elsewhere summary={summary} command={`finding ${id[place]}`} tool="get_finding" of={id[place] ?? ""} />
        </p>
      ) : (
        <>
          {detail.reasons.length > 1 ? (
            <ul class="reasons">
              {detail.reasons.slice(1).map((reason) => (
                <li key={reason}>{reasonText(summary, value("scan"), reason)}</li>
              ))}
            </ul>
          ) : null}
          {isMoney ? (
            <Sum detail={detail} cents={amount} basis={value("basis")} />
          ) : detail.note === "" ? null : (
            <p>{detail.note}</p>
          )}
          <ToDo
            summary={summary}
            detail={detail}
            id={id[place] ?? ""}
            isAside={tagged === "aside"}
            scan={scan}
            until={until}
          />
          <section>
            <h3>Resource</h3>
            <Facts
              facts={[
                [
                  "Account",
                  <>
                    <Name>{label("account", value("account"))}</Name> <span class="muted">{value("account")}</span>
                  </>
                ],
                ["Region", label("region", value("region"))],
                ["Service", label("service", value("service"))],
                ["Owner", <Name>{label("owner", value("owner"))}</Name>],
                ["Type", detail.type],
                ["Id", <Name>{resource[place] ?? ""}</Name>],
                [
                  "ARN",
                  <>
                    <code>
                      <Name>{detail.arn}</Name>
                    </code>{" "}
                    <Copy text={detail.arn} what="the ARN" />
                  </>
                ],
                ["Created", <Fact name="createdAt" value={detail.createdAt} />],
                [
                  "Tags",
                  Object.keys(detail.tags).length === 0 ? (
                    <span class="muted">none</span>
                  ) : (
                    <ul>
                      {Object.entries(detail.tags).map(([key, tag]) => (
                        <li key={key}>
                          <Name>{key}</Name>: <Name>{tag}</Name>
                        </li>
                      ))}
                    </ul>
                  )
                ]
              ]}
            />
          </section>
          <section>
            <h3>Evidence</h3>
            <Facts
              facts={Object.entries(detail.evidence).map(([key, fact]) => [
                words(key),
                <Fact name={key} value={fact} />
              ])}
            />
          </section>
          <Life detail={detail} />
          <p class="note">
            Finding <code>{id[place]}</code>
          </p>
        </>
      )}
    </article>
  )
}

/** Explains one finding. A modal dialog of the browser: focus stays inside, Escape closes, and the page behind is inert. */
export const Drawer = ({
  close,
  explain,
  place,
  summary,
  table
}: Shown & {
  readonly table: Table | undefined
  readonly place: number | undefined
  readonly explain: (place: number) => void
  readonly close: () => void
}) => {
  const dialog = useRef<HTMLDialogElement>(null)
  const isOpen = place !== undefined && table !== undefined
  useEffect(() => {
    const element = dialog.current
    if (element === null) return
    if (isOpen && !element.open) element.showModal()
    if (!isOpen && element.open) element.close()
    element.scrollTop = 0
  }, [place, isOpen])
  return (
    <dialog
      ref={dialog}
      class="drawer"
      aria-labelledby="drawer-title"
      onClose={close}
      onClick={({ target }) => {
        // What is outside of the article is the backdrop.
        if (target === dialog.current) dialog.current?.close()
      }}
    >
      {isOpen ? (
        <Explained
          summary={summary}
          table={table}
          place={place}
          explain={explain}
          close={() => dialog.current?.close()}
        />
      ) : null}
    </dialog>
  )
}
