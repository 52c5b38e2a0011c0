/** What people are told at once of what somebody started: what it is, what it costs, where it is, and who made the call. */
import { count, instant, usd } from "../format.ts"
import type { Started } from "../run/Started.ts"
import { hoursPerMonth } from "../time.ts"
import type { AlarmContext } from "./alarm.ts"
import { bodyOf, factLine, inert, maxItems, type Message, subjectOf } from "./Message.ts"
import { type Alert, thresholdOf } from "./rules.ts"

type Amount = Pick<Started, "atLeast" | "basis" | "monthlyUsd">

/** How an amount is to be read; empty for one that is exact. */
const bound = ({ atLeast, basis }: Amount): string =>
  atLeast === true ? "at least " : basis === "upper_bound" ? "at most " : basis === "estimate" ? "about " : ""

/** How the sum of several is to be read: what none of them bounds from above or below is bounded there by no sum. */
const boundOfAll = (amounts: ReadonlyArray<Amount>): string => {
  const isPartial = amounts.some(({ atLeast, monthlyUsd }) => monthlyUsd === null || atLeast === true)
  const isBelow = amounts.some(({ basis }) => basis === "upper_bound")
  const isEstimate = amounts.some(({ basis }) => basis === "estimate")
  if (isBelow) return isPartial || isEstimate ? "about " : "at most "
  return `${isPartial ? "at least " : ""}${isEstimate ? "about " : ""}`
}

/** `at least $98.55 a month`, or that nobody knows. */
export const startedAmount = (started: Amount): string =>
  started.monthlyUsd === null ? "price not known" : `${bound(started)}${usd(started.monthlyUsd)} a month`

/** Why an amount is not known, or not all of it. */
const unpriced = ({ terms }: Started): ReadonlyArray<string> => [
  ...new Set(
    terms.flatMap(({ label, monthlyUsd, price: { source } }) =>
      monthlyUsd !== null ? [] : [source.includes(label) ? source : `${label}: ${source}`]
    )
  )
]

const costs = (started: Started): string =>
  started.monthlyUsd === null
    ? `not known: ${unpriced(started).join("; ")}`
    : `${startedAmount(started)} while it runs, ${usd((started.monthlyUsd / hoursPerMonth) * 24)} a day, at list prices`

/** What is not in an amount: terms without a price, and what the note of the call says. */
const besides = (started: Started): string =>
  [
    ...(started.monthlyUsd === null || unpriced(started).length === 0
      ? []
      : [`Not in it: ${unpriced(started).join("; ")}.`]),
    started.note
  ]
    .filter((text) => text !== "")
    .join(" ")

const maxResources = 5

const resourcesText = ({ resources }: Started): string =>
  resources.length === 0
    ? "too many for CloudTrail to name"
    : resources
        .slice(0, maxResources)
        .map((id) => inert(id, 60))
        .join(", ") + (resources.length > maxResources ? ` and ${count(resources.length - maxResources)} more` : "")

const whoText = ({ by }: Started): string => (by === "" ? "somebody whom CloudTrail does not name" : by)

/** What is not known may be the most. */
const sizeOf = ({ monthlyUsd }: Started): number => monthlyUsd ?? Number.MAX_VALUE

/** Starts named one by one; what is left is counted. */
const maxNamed = 10

/** An alert on something started, with what it is. */
export type StartAlert = Alert & { readonly measured: { readonly started: Started } }

export const isOfStart = (alert: Alert): alert is StartAlert => alert.measured.started !== undefined

/** One message for all that one rule alerts of a micro-scan. */
export const startAlarm = (
  alerts: readonly [StartAlert, ...ReadonlyArray<StartAlert>],
  { link, nameOf, run }: AlarmContext
): Message => {
  const sorted = alerts.map(({ measured: { started } }) => started).sort((a, b) => sizeOf(b) - sizeOf(a))
  const first = sorted[0] ?? alerts[0].measured.started
  const { rule } = alerts[0]
  const others = sorted.length - 1
  const limit = `${usd(thresholdOf(rule))} a month`
  const accountOf = ({ account }: Started): string => {
    const name = nameOf(account)
    return name === account ? `account ${account}` : `${inert(name, 40)} (${account})`
  }
  const placeOf = ({ account, region }: Started) => `${inert(nameOf(account), 40)}, ${region}`
  const thingOf = (started: Started) => `${placeOf(started)}: ${inert(started.what, 80)}`
  const isUnpriced = sorted.some((started) => started.unpriced === true)
  const threshold: readonly [string, string] = [
    "Threshold",
    `${limit}${isUnpriced ? ", and whatever is large and has no known price" : ""}`
  ]
  const known = sorted.flatMap(({ monthlyUsd }) => monthlyUsd ?? [])
  const together = known.reduce((total, one) => total + one, 0)
  const sum = known.length === 0 ? "price not known" : `${boundOfAll(sorted)}${usd(together)} a month`
  // The amount and the place come first: a subject is cut at its end.
  const sentence =
    others === 0
      ? `${startedAmount(first)}${first.monthlyUsd === null ? "," : ""} started in ${thingOf(first)}`
      : `${count(sorted.length)} starts, ${sum}, the largest in ${thingOf(first)}`
  const facts: Message["chat"]["facts"] =
    others === 0
      ? [
          ["Started", first.what],
          ["Costs", costs(first)],
          ...(besides(first) === "" ? [] : [["Besides", besides(first)] as const]),
          ["Where", `${first.region}, ${accountOf(first)}`],
          ["Resource", resourcesText(first)],
          ["By", whoText(first)],
          ["When", `${instant(first.at)}, by the call ${first.event}`],
          threshold
        ]
      : [
          [
            "Together",
            known.length === 0
              ? "not known"
              : `${sum} while they run, ${usd((together / hoursPerMonth) * 24)} a day, at list prices`
          ],
          threshold
        ]
  const named = others === 0 ? [] : sorted.slice(0, maxNamed)
  const lines = named.map((started) => `${startedAmount(started)} in ${thingOf(started)}`)
  const list = named.flatMap((started, index) => [
    lines[index] ?? "",
    `  ${resourcesText(started)}`,
    `  ${instant(started.at)}, ${started.event} by ${inert(whoText(started), 200)}`
  ])
  const next =
    "Night Audit has changed nothing: it costs until somebody ends it. Each start alerts once, whatever becomes of it."
  const id = `${run.id}/${rule.name}/breached`
  return {
    id,
    subject: subjectOf(`Night Audit ALARM ${rule.name}: ${sentence}`),
    body: bodyOf([
      "NIGHT AUDIT ALARM".padEnd(59) + instant(run.startedAt),
      `${rule.name}: ${sentence}`,
      "",
      ...facts.map(([name, value]) => factLine(name, inert(value, 400))),
      factLine("Severity", rule.severity),
      ...(list.length === 0 ? [] : ["", "STARTED", ...list]),
      ...(sorted.length > maxNamed ? [`  and ${count(sorted.length - maxNamed)} more`] : []),
      "",
      next,
      ...(link === undefined ? [] : ["", factLine("Report", link)])
    ]),
    data: {
      schema: "nightaudit.alarm.v1",
      id,
      type: "breached",
      rule,
      runId: run.id,
      at: run.startedAt,
      threshold: thresholdOf(rule),
      items: sorted.slice(0, maxItems).map((started) => ({
        startedId: started.id,
        account: started.account,
        region: started.region,
        service: started.service,
        what: inert(started.what, 200),
        place: [...started.resources.slice(0, 1).map((id) => inert(id, 60)), placeOf(started)].join(" in "),
        resources: started.resources.slice(0, 20).map((one) => inert(one, 256)),
        value: started.monthlyUsd,
        atLeast: started.atLeast === true,
        basis: started.basis,
        previous: null,
        since: started.at,
        event: started.event,
        by: inert(started.by, 200),
        why: inert([costs(started), besides(started)].filter((text) => text !== "").join(". "), 300)
      })),
      count: sorted.length
    },
    attributes: {
      kind: "alarm",
      severity: rule.severity,
      rule: rule.name,
      accounts: sorted.slice(0, maxItems).map(({ account }) => account),
      services: sorted.slice(0, maxItems).map(({ service }) => service)
    },
    chat: {
      title: `ALARM ${rule.name}: ${sentence}`,
      facts: facts.map(([name, value]) => [name, inert(value, 400)] as const),
      heading: "Started",
      lines: lines.slice(0, 5),
      note: next
    },
    link
  }
}
