/** What both views begin and end with: what it comes to, and how fresh and how whole that is. */
import { ago, count, instant, listed, plural, usd, yearly } from "../../core/format.ts"
import { pricingLine } from "../../core/run/pricingLine.ts"
import { type Child, element, name } from "./element.ts"
import type { Structured } from "./host.ts"
import { pairs } from "./text.ts"

/** What is beside the sums and in none of them. */
const apart = ({ commitments, totals: { hygiene, notices, overlapping } }: Structured): string =>
  [
    overlapping.findings > 0 && `${usd(overlapping.monthlyUsd)} that other findings claim already`,
    commitments.findings > 0 && `${usd(commitments.monthlyUsd)} of commitments`,
    hygiene > 0 && `${count(hygiene)} hygiene`,
    notices > 0 && plural(notices, "notice")
  ]
    .filter((part) => part !== false)
    .join(" · ")

/** What was asked, where that is not all that is open. */
const asked = ({ filters: { by: _by, statuses, ...others } = {} }: Structured): Child => {
  const said = pairs(String(statuses ?? "open") === "open" ? others : { ...others, statuses })
  return said !== "" && element("p.note", name(said))
}

/** Confirmed money first, as the whole report has it; what is not confirmed stands beside it, and both together as the assistant says it. */
export const headline = (structured: Structured): ReadonlyArray<Child> => {
  const { aboveBill = [], pricing, totals, unsettled = [] } = structured
  if (totals?.confirmed === undefined) return [asked(structured)]
  const { confirmed, monthlyUsd, unconfirmed, yearlyUsd } = totals
  const beside = apart(structured)
  return [
    element(
      "h1",
      element("span.kicker", "Confirmed waste"),
      element("span.amount", usd(confirmed.monthlyUsd)),
      element("span.per", " a month")
    ),
    element(
      "p.lead",
      element("b", `${usd(yearly(confirmed.monthlyUsd))} a year`),
      ` in ${plural(confirmed.findings, "finding")}.`
    ),
    unconfirmed.findings > 0 &&
      element(
        "p.lead",
        element("b.unconfirmed", `+${usd(unconfirmed.monthlyUsd)} unconfirmed`),
        ` in ${count(unconfirmed.findings)}; together ${usd(monthlyUsd)} a month, ${usd(yearlyUsd)} a year.`
      ),
    beside !== "" && element("p.note", `In neither: ${beside}.`),
    pricing !== undefined && element("p.note", pricingLine(pricing)),
    // The list price of what a commitment covers is not what it costs.
    aboveBill.length > 0 &&
      element(
        "p.warning",
        "Above the bill, so that part of it is not real: ",
        name(listed(aboveBill.map(({ account, service }: Structured) => `${service} of ${account}`))),
        "."
      ),
    unsettled.length > 0 && element("p.warning", `No audit has covered yet: ${listed(unsettled)}.`),
    asked(structured)
  ]
}

const gapText = ({ accounts, moreAccounts, outcomes, reason, regions }: Structured): HTMLElement =>
  element(
    "li",
    element("b", outcomes === 0 ? "Anything" : plural(outcomes, "outcome")),
    " ",
    name(reason.message),
    element(
      "span.beneath",
      [listed(accounts, 3, moreAccounts), listed(regions, 3).replace("*", "every region")]
        .filter((part) => part !== "")
        .join(" · ")
    )
  )

/** As of when, how much was seen, and what was not. Where nothing is said of what was asked, what was seen elsewhere is not told. */
export const standing = (
  { ageSeconds, asOf, coverage, moreGaps, notScanned }: Structured,
  isAnswered: boolean
): ReadonlyArray<Child> => {
  if (coverage === undefined) return []
  const seen = `${count(coverage.complete)} of ${plural(coverage.expected - coverage.notApplicable, "outcome")} complete.`
  const gaps = notScanned.slice(0, 5)
  const all = notScanned.length + moreGaps
  return [
    isAnswered &&
      element(
        "p.note",
        asOf === null
          ? `Nothing was judged completely: ${seen}`
          : `As of ${instant(asOf)} (${ago(asOf, Date.parse(asOf) + ageSeconds * 1000)}): ${seen}`
      ),
    all > 0 &&
      element(
        "details",
        element("summary", `Not looked at: ${plural(all, "gap")}`),
        element(
          "ul",
          ...gaps.map(gapText),
          all > gaps.length && element("li", `and ${plural(all - gaps.length, "more gap")}`)
        )
      )
  ]
}
