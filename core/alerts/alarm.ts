/** What people are told of a rule: that it is breached, that the breach has grown, that it is over. */
import type { AlertRule, Measure } from "../config/alerts.ts"
import { instant, plural, usd } from "../format.ts"
import type { Run } from "../run/Run.ts"
import { bodyOf, factLine, inert, maxItems, type Message, oneFinding, subjectOf } from "./Message.ts"
import { type Alert, keyName, overAt, stepOf, thresholdOf } from "./rules.ts"
import { isOfStart, startAlarm } from "./startAlarm.ts"

/** What each measure is called. */
export const measureText: Readonly<Record<Measure, string>> = {
  month_to_date_spend: "spend of the month to date, before credits",
  forecast_spend: "forecast spend of the month, before credits",
  day_over_day_spend: "growth of spend from day to day",
  new_waste: "new waste, a month",
  open_waste: "open waste, a month",
  single_finding: "one finding, a month",
  coverage: "coverage",
  run_cost: "cost of the night",
  started_resource: "something started, a month"
}

/** A value in the unit of a rule. */
export const amountText = ({ measure }: Pick<AlertRule, "measure">, value: number): string =>
  measure === "coverage"
    ? `${Math.round(value * 10) / 10}%`
    : // Thresholds of a night's cost are small, and what is a little less than one is not the same.
      measure === "run_cost" && !Number.isInteger(Math.round(value * 1e6) / 1e4)
      ? `$${Number(value.toPrecision(3))}`
      : usd(value)

/** How far a breach is from alerting again: coverage falls by points, everything else grows by USD. */
const growthText = (rule: AlertRule): string =>
  rule.below === undefined
    ? `grown by ${amountText(rule, stepOf(rule))}`
    : `fallen by ${plural(Math.round(stepOf(rule) * 10) / 10, "point")}`

/** What a rule is about, in words. `nameOf` knows accounts. */
export const placeText = (rule: AlertRule, nameOf: (account: string) => string): string => {
  const { account, owner, region, service } = rule
  return account !== undefined
    ? nameOf(account)
    : (service ??
        region ??
        (owner === undefined ? "organisation" : owner === "" ? "without an owner" : `owner ${owner}`))
}

/** What is new is all of a value, or what was confirmed makes it grow. */
const driversTitle = ({ measure }: AlertRule): string =>
  `${measure === "open_waste" ? "What made it grow" : "What is new"} since the night before`

const words = { breached: "ALARM", grown: "ALARM, GROWN", over: "OVER" } as const

/** Alerts named one by one; what is left is counted. */
const maxNamed = 10

export interface AlarmContext {
  readonly run: Pick<Run, "id" | "startedAt">
  readonly nameOf: (account: string) => string
  readonly link: string | undefined
  /** What made the value grow, in lines, such as the largest new findings. */
  readonly drivers: ReadonlyArray<string>
}

/** Of all that a message is about, also of what it does not name: whoever filters by one of them wants it. */
const distinct = (values: ReadonlyArray<string>): ReadonlyArray<string> => [...new Set(values)]

const largestFirst = (a: Alert, b: Alert): number =>
  (a.rule.below === undefined ? 1 : -1) * ((b.value ?? 0) - (a.value ?? 0))

/** One message for what a rule tells in a night: several findings that pass one threshold are one message. */
export const alarmMessage = (alerts: readonly [Alert, ...ReadonlyArray<Alert>], context: AlarmContext): Message => {
  const [start, ...starts] = alerts.filter(isOfStart)
  return start === undefined ? valueAlarm(alerts, context) : startAlarm([start, ...starts], context)
}

const valueAlarm = (
  alerts: readonly [Alert, ...ReadonlyArray<Alert>],
  { drivers, link, nameOf, run }: AlarmContext
): Message => {
  const sorted = [...alerts].sort(largestFirst)
  const first = sorted[0] ?? alerts[0]
  const { rule, type } = first
  const isOver = type === "over"
  const valueOf = (value: number | null) => amountText(rule, value ?? 0)
  const limit = valueOf(thresholdOf(rule))
  const placeOf = ({ measured }: Alert) =>
    inert(
      measured.place === undefined
        ? placeText(rule, nameOf)
        : `${measured.place}${measured.account === undefined ? "" : `, ${nameOf(measured.account)}`}`
    )
  const others = sorted.length - 1
  const side = rule.below === undefined ? (isOver ? "back under" : "over") : isOver ? "back above" : "under"
  // Of several the number comes first: a subject is cut at its end.
  const sentence =
    others === 0
      ? `${valueOf(first.value)} is ${side} ${limit} (${placeOf(first)})`
      : `${sorted.length} are ${side} ${limit}, the largest ${valueOf(first.value)} (${placeOf(first)})`
  const severity = rule.severity
  const isOfFinding = rule.measure === "single_finding"
  const facts: Message["chat"]["facts"] = [
    ["Measure", `${measureText[rule.measure]}, ${placeText(rule, nameOf)}`],
    ["Value", valueOf(first.value)],
    ["Threshold", limit],
    ["Before", first.previous === null ? "not breached" : `${valueOf(first.previous)} at the last alert`],
    ["Because", first.measured.why],
    ...(isOfFinding ? [["Finding", first.measured.key] as const] : [])
  ]
  const named = others === 0 ? [] : sorted.slice(0, maxNamed)
  const list = named.map((alert) => `${valueOf(alert.value).padStart(13)}  ${placeOf(alert)}`)
  // Each finding has a reason, and an id that the report opens it by.
  const listWithWhy = named.flatMap(({ measured }, index) => [
    list[index] ?? "",
    ...(isOfFinding ? [`     ${measured.key}  ${inert(measured.why, 52)}`] : [])
  ])
  const next = isOver
    ? `It alerts again ${rule.below === undefined ? "above" : "below"} ${limit}.`
    : `It alerts again when it has ${growthText(rule)}, at the earliest in ${rule.quietHours} h; it is over at ${valueOf(overAt(rule))}.`
  return {
    id: `${run.id}/${rule.name}/${type}`,
    subject: subjectOf(`Night Audit ${words[type]} ${rule.name}: ${sentence}`),
    body: bodyOf([
      `NIGHT AUDIT ${words[type]}`.padEnd(59) + instant(run.startedAt),
      `${rule.name}: ${sentence}`,
      "",
      ...facts.map(([name, value]) => factLine(name, inert(value, 200))),
      factLine("Severity", `${severity}, since ${instant(first.since)}`),
      ...(list.length === 0 ? [] : ["", isOver ? "OVER" : "BREACHED", ...listWithWhy]),
      ...(sorted.length > maxNamed && others > 0 ? [`  and ${sorted.length - maxNamed} more`] : []),
      ...(drivers.length === 0 || isOver ? [] : ["", driversTitle(rule).toUpperCase(), ...drivers]),
      "",
      next,
      ...(link === undefined ? [] : ["", factLine("Report", link)]),
      ...(link === undefined || !isOfFinding ? [] : [oneFinding])
    ]),
    data: {
      schema: "nightaudit.alarm.v1",
      id: `${run.id}/${rule.name}/${type}`,
      type,
      rule,
      runId: run.id,
      at: run.startedAt,
      threshold: thresholdOf(rule),
      items: sorted.slice(0, maxItems).map(({ measured, previous, since, value }) => ({
        ...(measured.key === "" ? {} : { [keyName(rule)]: measured.key }),
        ...(measured.account === undefined ? {} : { account: measured.account }),
        place: placeOf({ ...first, measured }),
        value,
        previous,
        since,
        why: inert(measured.why, 300)
      })),
      count: sorted.length
    },
    attributes: {
      kind: isOver ? "over" : "alarm",
      severity,
      rule: rule.name,
      accounts: distinct(sorted.flatMap(({ measured }) => measured.account ?? [])),
      services: distinct(sorted.flatMap(({ measured }) => measured.service ?? [])),
      ...(rule.owner === undefined ? {} : { owner: rule.owner })
    },
    chat: {
      title: `${words[type]} ${rule.name}: ${sentence}`,
      facts: facts.map(([name, value]) => [name, inert(value, 200)] as const),
      heading: list.length > 0 ? (isOver ? "Over" : "Breached") : driversTitle(rule),
      lines: (list.length > 0 ? list : isOver ? [] : drivers).slice(0, 5).map((line) => line.trim()),
      note: next
    },
    link
  }
}

/** What people are told of a run that ended before its end. */
export const failureMessage = (
  run: Pick<Run, "id" | "startedAt">,
  error: string,
  link: string | undefined
): Message => {
  const why = inert(error, 300)
  const facts: Message["chat"]["facts"] = [
    ["Run", run.id],
    ["Started", instant(run.startedAt)],
    ["Because", why]
  ]
  return {
    id: `${run.id}/failed`,
    subject: subjectOf(`Night Audit FAILED ${run.startedAt.slice(0, 10)}: ${why}`),
    body: bodyOf([
      "NIGHT AUDIT FAILED".padEnd(59) + instant(run.startedAt),
      "",
      ...facts.map(([name, value]) => factLine(name, value)),
      "",
      "The findings and totals of the night before stand. Nothing was resolved by this run that it did not judge.",
      ...(link === undefined ? [] : ["", factLine("Report", link)])
    ]),
    data: { schema: "nightaudit.run-failed.v1", id: `${run.id}/failed`, runId: run.id, at: run.startedAt, error: why },
    attributes: { kind: "run-failed", severity: "critical" },
    chat: {
      title: "The night failed",
      facts,
      heading: "",
      lines: [],
      note: "The findings and totals of the night before stand."
    },
    link
  }
}
