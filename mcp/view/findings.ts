/** The view of search_findings: a page of findings, each with its explanation on demand, and the pages after it. */
import { count, plural, usd } from "../../core/format.ts"
import { severityMark, words } from "../../report/page/words.ts"
import { button, type Child, element, fill, name, warning } from "./element.ts"
import { Refusal, type Structured } from "./host.ts"
import { scanWords } from "./text.ts"

/** Why an amount is not in the sum above, where it is not. The marks are those of the report. */
const tag = ({ confirmed, counted, monthlyUsd }: Structured): Child =>
  monthlyUsd > 0 &&
  (counted === false
    ? element("span.tag", "○ in no sum")
    : confirmed === false && element("span.tag.unconfirmed", "◐ Unconfirmed"))

const joined = (...parts: ReadonlyArray<string | false | undefined>): string => parts.filter(Boolean).join(" · ")

const said = (finding: Structured): ReadonlyArray<Child> => {
  const { account, accountName, id, monthlyUsd, reasons = [], region, resource, scan = "", severity } = finding
  const called: string = finding["name"]
  return [
    element("b.number", monthlyUsd === null || monthlyUsd === undefined ? "–" : usd(monthlyUsd)),
    element(
      "span",
      element("b", name(called || resource || id)),
      " ",
      tag(finding),
      element("span.beneath", joined(...reasons.map(words), scanWords(scan))),
      element(
        "span.beneath",
        name(joined(called && called !== resource && resource, accountName || account, region)),
        severity !== undefined && ` · ${severityMark[severity as "high"]}${severity}`
      )
    )
  ]
}

/** Why something is not shown, for whoever asked for it. */
const whyNot = (error: unknown): string =>
  error instanceof Refusal ? error.message : "What your assistant passed on cannot be drawn here: ask it in words."

type Explain = (id: string) => Promise<ReadonlyArray<Child>>

/** One finding. Where it can be explained, it is a button that opens the explanation beneath it, asked for once. */
const row = (finding: Structured, explain: Explain | undefined): HTMLElement => {
  if (explain === undefined) return element("li", element("div.finding", ...said(finding)))
  const place = element("div.explanation")
  place.hidden = true
  let isAsked = false
  const toggle = async () => {
    place.hidden = !place.hidden
    opener.ariaExpanded = `${!place.hidden}`
    if (isAsked) return
    isAsked = true
    fill(place, [element("p.muted", "Reading…")])
    try {
      fill(place, await explain(finding["id"]))
    } catch (error) {
      // It can be asked for again.
      isAsked = false
      fill(place, [warning(whyNot(error))])
    }
  }
  const opener = button("button.finding", () => void toggle(), ...said(finding))
  opener.ariaExpanded = "false"
  return element("li", opener, place)
}

/** How many match, where they have no sum. */
const counted = ({ count: matching, totals }: Structured): Child => {
  if (totals?.claimedMonthlyUsd === undefined)
    return totals === null && element("h1", typeof matching === "number" ? plural(matching, "finding") : "Findings")
  const { claimedMonthlyUsd, findings, whole } = totals
  return element(
    "h1",
    `${whole ? "" : "At least "}${plural(findings, "finding")}, claiming ${usd(claimedMonthlyUsd)} a month, overlaps and commitments included`
  )
}

/** `more` gives the page after a cursor. Both are undefined where the host calls no tools. */
export const list = (
  structured: Structured,
  explain: Explain | undefined,
  more: ((cursor: string) => Promise<Structured>) | undefined
): ReadonlyArray<Child> => {
  const rows = element("ol")
  const status = element("p.note")
  status.role = "status"
  const { count: matching, totals } = structured
  let cursor: string | undefined
  const add = ({ findings, nextCursor }: Structured) => {
    const made: ReadonlyArray<HTMLElement> = findings.map((finding: Structured) => row(finding, explain))
    rows.append(...made)
    cursor = nextCursor
    forward.hidden = more === undefined || cursor === undefined
    const of = totals?.findings ?? matching
    status.textContent =
      `${count(rows.childElementCount)} of ${typeof of === "number" ? count(of) : cursor === undefined ? "as many" : "more"} shown.` +
      (more === undefined && cursor !== undefined ? " Ask the assistant for the next ones." : "")
    return made[0]
  }
  const next = async () => {
    forward.disabled = true
    try {
      // Whoever goes on by keyboard goes on where the page begins.
      add((await more?.(cursor ?? "")) ?? {})
        ?.querySelector("button")
        ?.focus()
    } catch (error) {
      fill(status, [name(whyNot(error))])
    }
    forward.disabled = false
  }
  const forward = button("button", () => void next(), "Show more")
  add(structured)
  return [
    counted(structured),
    ...(rows.childElementCount === 0 ? [element("p.muted", "No finding matches.")] : [rows, status, forward])
  ]
}
