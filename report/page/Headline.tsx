import type { SavingsBasis } from "../../core/finding/Finding.ts"
import { yearly } from "../../core/format.ts"
import { type Amount, besideText, plus } from "../../core/run/Changes.ts"
import type { Gap, Summary } from "../Model.ts"
import { Name, type Shown, Tag } from "./parts.tsx"
import type { Query } from "./table.ts"
import { basisMark, basisWord, count, gapText, labels, percent, plural, signed, usd } from "./words.ts"

interface Asking {
  /** Shows the findings that are asked for. */
  readonly ask: (query: Partial<Query>) => void
}

/** A few findings are most of it: said where they are at least a third. */
const fewAreMost = ({ first, standings }: Summary): string | null => {
  const largest = first.filter(({ standing }) => standing === "confirmed").slice(0, 3)
  const share = largest.reduce((sum, { cents }) => sum + cents, 0) / 100 / standings.confirmed.monthlyUsd
  return largest.length === 3 && standings.confirmed.findings > 5 && share >= 1 / 3
    ? `The three largest of ${count(standings.confirmed.findings)} findings are ${percent(share)} of it.`
    : null
}

const changeWords = [
  ["opened", "New"],
  ["reopened", "Came back"],
  ["changed", "Changed"],
  ["confirmed", "Confirmed"],
  ["resolved", "Resolved"]
] as const

const Changed = ({ summary: { changes, isFirstNight } }: Shown) => {
  if (isFirstNight) return <p class="since">This is the first night: there is none to compare it with.</p>
  if (changes === null) return null
  const { ended, otherClaims, setAside, totals } = changes
  const aside = [
    ["Set aside by people", setAside.byPeople],
    ["Set aside by the configuration or tags", setAside.byRules]
  ] as const
  const happened = changeWords.filter(([type]) => totals[type].findings > 0)
  const outside = besideText(changes.beside)
  const isOtherwise = otherClaims !== null && otherClaims.monthlyUsd !== 0
  if (
    happened.length === 0 &&
    aside.every(([, { findings }]) => findings === 0) &&
    ended.length === 0 &&
    outside === "" &&
    !isOtherwise
  )
    return <p class="since">Nothing changed since the night before.</p>
  const text = (type: (typeof changeWords)[number][0], { monthlyUsd }: Amount) =>
    monthlyUsd === 0 ? "" : type === "changed" ? signed(monthlyUsd, usd) : usd(monthlyUsd)
  return (
    <div class="since">
      <h2 class="kicker">Since the night before</h2>
      <dl class="changes">
        {happened.map(([type, word]) => (
          <div key={type}>
            <dt>{word}</dt>
            <dd>
              <b>{count(totals[type].findings)}</b> {text(type, totals[type])}
            </dd>
          </div>
        ))}
        {aside.map(([word, { findings, monthlyUsd }]) =>
          findings === 0 ? null : (
            <div key={word}>
              <dt>{word}</dt>
              <dd>
                <b>{count(findings)}</b> {monthlyUsd === 0 ? "" : usd(monthlyUsd)}
              </dd>
            </div>
          )
        )}
        {ended.map(({ findings, reason }) => (
          <div key={reason}>
            <dt>Ended: {reason.replaceAll("_", " ")}</dt>
            <dd>
              <b>{count(findings)}</b> no saving
            </dd>
          </div>
        ))}
        {isOtherwise ? (
          <div>
            <dt>Other claims on the same money</dt>
            <dd>{signed(otherClaims.monthlyUsd, usd)}</dd>
          </div>
        ) : null}
      </dl>
      {outside === "" ? null : <p class="note">In no sum: {outside} (hygiene, notices and commitments).</p>}
    </div>
  )
}

/** What it says that there is no finding: only where everything was looked at, that nothing is wasted. */
const nothingText = ({ coverage: { complete, partial, unavailable } }: Summary): string =>
  complete + partial === 0
    ? "Nothing was looked at, so nothing is known of any waste."
    : partial + unavailable === 0
      ? "Nothing is wasted in what could be looked at, and all of it could."
      : "Nothing was found in what could be looked at. What could not is named beside."

const Number = ({ summary }: Shown) => {
  const { basis, bill, standings, unsettled } = summary
  const { findings, monthlyUsd } = standings.confirmed
  const few = fewAreMost(summary)
  const kinds = (["exact", "estimate", "upper_bound"] as const satisfies ReadonlyArray<SavingsBasis>).filter(
    (kind) => basis[kind] > 0
  )
  return (
    <div>
      <h1>
        <span class="kicker">Confirmed waste</span>
        <span class="amount">{usd(monthlyUsd)}</span> <span class="per">a month</span>
      </h1>
      {findings === 0 ? (
        <p class="lead">
          {standings.unconfirmed.findings > 0
            ? "Nothing is confirmed yet: what was found has not been seen long enough."
            : nothingText(summary)}
        </p>
      ) : (
        <p class="lead">
          {unsettled.findings > 0 && monthlyUsd === 0 ? (
            "What was found is not summed up yet."
          ) : (
            <>
              <b>{usd(yearly(monthlyUsd))}</b> a year
              {bill !== null && bill.usd > 0 ? (
                <>
                  , <b>{percent(monthlyUsd / bill.usd)}</b> of the bill of {bill.month}, {usd(bill.usd)}
                </>
              ) : null}
              . {few}
            </>
          )}
        </p>
      )}
      {kinds.length > 0 ? (
        <p class="basis">
          {kinds.map((kind) => (
            <span key={kind}>
              <b>
                {basisMark[kind]}
                {usd(basis[kind])}
              </b>{" "}
              {basisWord[kind]}
            </span>
          ))}
        </p>
      ) : null}
      {summary.aboveBill === null ? null : (
        <p class="note">
          <Name>{summary.aboveBill}</Name>
        </p>
      )}
      <Changed summary={summary} />
    </div>
  )
}

const Apart = ({ ask, summary: { overlapping, standings, unsettled } }: Shown & Asking) => {
  const { confirmed, unconfirmed } = standings
  const together = usd(plus(confirmed, unconfirmed).monthlyUsd)
  const rows = [
    ["unconfirmed", unconfirmed, `not seen long enough to be sure; with it ${together}`],
    ["unsettled", unsettled, "found since the account was summed up last"],
    ["overlapping", overlapping, "claimed by several scans, counted once"],
    ["commitment", standings.commitment, "an alternative for the same spend"],
    ["aside", standings.aside, "snoozed or suppressed by somebody"]
  ] as const
  const shown = rows.filter(([, { findings }]) => findings > 0)
  return (
    <div class="apart">
      <h2 class="kicker">Not in that number</h2>
      {shown.length === 0 ? <p class="muted">Nothing.</p> : null}
      <ul>
        {shown.map(([show, { findings, monthlyUsd }, why]) => (
          <li key={show}>
            <button type="button" onClick={() => ask({ show })}>
              <b>{usd(monthlyUsd)}</b>
              <span>
                <Tag of={show} /> {plural(findings, "finding")}, {why}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  )
}

const places = (gap: Gap, summary: Summary): string => {
  const label = labels(summary)
  const [account = "", ...others] = gap.accounts
  const more = others.length + gap.moreAccounts
  const [region = "", ...regions] = gap.regions
  const where = regions.length === 0 && region !== "*" ? `, ${label("region", region)}` : ""
  return `${label("account", account)}${more > 0 ? ` and ${plural(more, "account")} more` : ""}${where}`
}

const Unseen = ({ summary }: Shown) => {
  const { complete, expected, gaps, notApplicable, partial, unavailable } = summary.coverage
  const applicable = expected - notApplicable
  const incomplete = partial + unavailable
  const width = (part: number) => ({ width: `${applicable === 0 ? 0 : (100 * part) / applicable}%` })
  return (
    <div class="unseen">
      <h2 class="kicker">Not looked at</h2>
      {incomplete === 0 ? (
        <p>{applicable === 0 ? "Nothing was scanned." : `All ${count(applicable)} outcomes are complete.`}</p>
      ) : (
        <>
          <p>
            <b>{count(incomplete)}</b> of {plural(applicable, "outcome")} incomplete: there may be more waste than this.{" "}
            <a href="#coverage">Every gap</a>
          </p>
          <span class="meter" aria-hidden="true">
            <span class="complete" style={width(complete)} />
            <span class="partial" style={width(partial)} />
            <span class="unavailable" style={width(unavailable)} />
          </span>
          <ul class="gaps">
            {gaps.slice(0, 2).map((gap) => (
              <li key={gapText(gap) + gap.accounts.join()}>
                <b>
                  <Name>{places(gap, summary)}</Name>
                </b>{" "}
                {gapText(gap, 2)}
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  )
}

/** The first thing that is read: the number, what is not in it, and what nobody looked at. */
export const Headline = ({ ask, summary }: Shown & Asking) => (
  <section class="card headline" aria-label="Summary">
    <Number summary={summary} />
    <div class="beside">
      <Apart summary={summary} ask={ask} />
      <Unseen summary={summary} />
    </div>
  </section>
)
