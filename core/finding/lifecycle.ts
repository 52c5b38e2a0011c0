/**
 * A finding's life: opened, changed, confirmed, set aside, resolved with a reason, reopened. Pure, and the same for every store.
 */
import { daysBetween } from "../time.ts"
import type {
  Aside,
  Evidence,
  Finding,
  FindingEvent,
  FindingEventType,
  ResolveReason,
  Savings,
  SavingsCoverage,
  SetAside,
  Severity
} from "./Finding.ts"
import { asCoveredBefore } from "./coverage.ts"
import { tempered } from "./severity.ts"

/** How long a resource must be seen like this before it is confirmed, where AWS does not say since when it is. */
export interface Observation {
  /** Days that it must have been like this. */
  readonly days?: number
  /** Nights in a row on which it must have been like this. */
  readonly nights?: number
  /** Since when it is known to be like this, from AWS itself. */
  readonly since?: Date | undefined
}

/** What a night says of one resource, before its history is known. `severity` is what it has once confirmed. */
export type Seen = Omit<
  Finding,
  | "confirmed"
  | "status"
  | "setAside"
  | "firstSeen"
  | "openSince"
  | "lastSeen"
  | "lastChanged"
  | "observed"
  | "reopened"
  | "resolved"
  | "runId"
> & {
  readonly severity: Severity
  readonly observe: Observation | undefined
  /** Whether the rule had to judge without evidence that could have cleared the resource. That confirms nothing new. */
  readonly unproven: boolean
  /** Whether AWS did not tell tonight all that it rests on. */
  readonly untold?: boolean
  /** Whether the bill that its saving rests on could not be read. */
  readonly billUnread?: boolean
}

/** A row of nights without a hole: its first night, and the outcome's `sequence` of that night. */
export interface NightRow {
  readonly since: string
  readonly sequence: number
}

/** The night: which run, as of when, and the unbroken row of nights on which the scan judged the scope up to this one. */
export interface Night {
  readonly runId: string
  readonly now: Date
  /** On how many nights the scan has judged the scope, this one included. */
  readonly sequence: number
  readonly unbroken: NightRow
  /** When the scan judged the scope before; absent where it never has. */
  readonly previous?: string
}

/** A finding to write, with the events that say why. */
export interface Transition {
  readonly finding: Finding
  readonly events: ReadonlyArray<FindingEvent>
}

/** The saving of a finding in USD a month; 0 for what is no money. */
export const monthlyUsdOf = ({ savings }: Pick<Finding, "savings">): number => savings?.monthlyUsd ?? 0

/** What an event remembers of the finding before it. */
export const wasOf = (before: Finding | undefined): Pick<FindingEvent, "was"> =>
  before === undefined ? {} : { was: { status: before.status, counted: before.savings?.counted === true } }

/**
 * When a night changes a finding: as of its start, or a moment after somebody changed it while the night was at work, so that what happened
 * to it is told in the order in which it did.
 */
export const changedAt = (before: Finding | undefined, now: Date): string => {
  const at = now.toISOString()
  return before === undefined || before.lastChanged <= at
    ? at
    : new Date(Date.parse(before.lastChanged) + 1).toISOString()
}

/** What happened to a finding, which was `before`. */
export const event = (
  finding: Finding,
  before: Finding | undefined,
  night: Pick<Night, "runId" | "now">,
  type: FindingEventType,
  detail: string
): FindingEvent => ({
  findingId: finding.id,
  runId: night.runId,
  type,
  at: finding.lastChanged,
  account: finding.account,
  scan: finding.scan,
  kind: finding.kind,
  monthlyUsd: monthlyUsdOf(finding),
  previousMonthlyUsd: before === undefined ? 0 : monthlyUsdOf(before),
  detail,
  ...wasOf(before)
})

/** What is known of how long a resource has been like this. */
interface Sightings {
  /** The first night, and the scan's number of it. */
  readonly row: NightRow
  /** On how many nights it was seen since then. */
  readonly nights: number
  /** On how many of them in a row, up to this one. */
  readonly nightsInRow: number
  /** Whether there were nights in between on which nobody looked. */
  readonly hasGap: boolean
}

const sightingsOf = (before: Finding | undefined, reopens: boolean, night: Night): Sightings => {
  const tonight = { since: night.now.toISOString(), sequence: night.sequence }
  const { sequence, since } = before === undefined || reopens ? tonight : (before.observed ?? tonight)
  const hasGap = since < night.unbroken.since
  return {
    row: { since, sequence },
    nights: night.sequence - sequence + 1,
    nightsInRow: night.sequence - (hasGap ? night.unbroken.sequence : sequence) + 1,
    hasGap
  }
}

const isConfirmed = (
  observe: Observation | undefined,
  { nightsInRow, row }: Pick<Sightings, "nightsInRow" | "row">,
  now: Date
): boolean => {
  if (observe === undefined) return true
  const since = observe.since ?? new Date(row.since)
  return daysBetween(since, now) >= (observe.days ?? 0) && nightsInRow >= (observe.nights ?? 1)
}

// Measured values drift from night to night; below a hundredth nobody acts on them, and each write costs money.
const close = (a: number, b: number): boolean => a === b || Math.abs(a - b) <= 0.01 * Math.max(Math.abs(a), Math.abs(b))

// As of when AWS has said the same is nothing that happened, and not worth a write.
const keysOf = (evidence: Evidence): ReadonlyArray<string> => Object.keys(evidence).filter((key) => key !== "asOf")

const sameEvidence = (a: Evidence, b: Evidence): boolean => {
  const keys = keysOf(a)
  return (
    keys.length === keysOf(b).length &&
    keys.every((key) => {
      const left = a[key]
      const right = b[key]
      return typeof left === "number" && typeof right === "number"
        ? close(left, right)
        : JSON.stringify(left) === JSON.stringify(right)
    })
  )
}

const sameCoverage = (a: SavingsCoverage | undefined, b: SavingsCoverage | undefined): boolean =>
  a === undefined || b === undefined || a.coveredPercent === null || b.coveredPercent === null
    ? (a?.coveredPercent ?? null) === (b?.coveredPercent ?? null) && (a === undefined) === (b === undefined)
    : close(a.coveredPercent, b.coveredPercent) && close(a.listMonthlyUsd, b.listMonthlyUsd)

const sameSavings = (a: Savings | null, b: Savings | null): boolean =>
  a === null || b === null
    ? a === b
    : a.basis === b.basis &&
      a.source === b.source &&
      a.claim === b.claim &&
      a.price === b.price &&
      close(a.monthlyUsd, b.monthlyUsd) &&
      sameCoverage(a.coverage, b.coverage)

// What a claim covers decides which other claims count, so it is written although the amount is the same.
const sameCovers = (a: Savings | null, b: Savings | null): boolean =>
  JSON.stringify(a?.covers?.toSorted()) === JSON.stringify(b?.covers?.toSorted())

const sortedEntries = (record: Readonly<Record<string, string>>) => JSON.stringify(Object.entries(record).sort())

const sameResource = (a: Finding["resource"], b: Finding["resource"]): boolean =>
  a.name === b.name && a.type === b.type && sortedEntries(a.tags) === sortedEntries(b.tags)

const amount = (savings: Savings | null): string => (savings === null ? "none" : `$${savings.monthlyUsd.toFixed(2)}`)

/** What is different, in words; empty when nothing is that a person would act on. */
const differences = (before: Finding, after: Finding): ReadonlyArray<string> => [
  ...(before.kind === after.kind ? [] : [`kind ${before.kind} → ${after.kind}`]),
  ...(before.reasons.join() === after.reasons.join()
    ? []
    : [`reason ${before.reasons.join(", ")} → ${after.reasons.join(", ")}`]),
  ...(before.severity === after.severity ? [] : [`severity ${before.severity} → ${after.severity}`]),
  ...(before.confirmed && !after.confirmed ? ["no longer confirmed"] : []),
  ...(before.confidence === after.confidence ? [] : [`confidence ${before.confidence} → ${after.confidence}`]),
  ...(sameSavings(before.savings, after.savings)
    ? []
    : [`saving ${amount(before.savings)} → ${amount(after.savings)} a month`]),
  ...(sameCovers(before.savings, after.savings) ? [] : ["covered resources"]),
  ...(sameResource(before.resource, after.resource) ? [] : ["name or tags"]),
  ...(before.resource.owner === after.resource.owner ? [] : ["owner"]),
  ...(sameEvidence(before.evidence, after.evidence) ? [] : ["evidence"])
]

/** How a finding is set aside, or was until it ended. */
const asideOf = ({ resolved, setAside, status }: Finding): Aside | undefined =>
  status === "resolved" ? resolved?.aside : setAside === null || status === "open" ? undefined : { status, setAside }

const isTimeOver = ({ until }: SetAside, now: Date): boolean => until !== null && until <= now.toISOString()

/** Whether what was set aside comes back tonight: its time is over, or its saving has grown past what was accepted. */
const comesBack = ({ setAside }: Aside, monthlyUsd: number, now: Date): boolean =>
  isTimeOver(setAside, now) || (setAside.untilMonthlyUsd !== null && monthlyUsd > setAside.untilMonthlyUsd)

/**
 * What was found on a night that could not read the bill, with the money of the last night that could: nothing is added because a
 * permission is missing, and nothing taken away. What it says names the bill's month.
 */
const asBilledBefore = (sighting: Seen, before: Finding | undefined): Seen =>
  sighting.billUnread !== true ||
  before === undefined ||
  before.status === "resolved" ||
  before.reasons[0] !== sighting.reasons[0]
    ? sighting
    : { ...sighting, kind: before.kind, savings: before.savings, note: before.note }

/** Whether a night on which AWS did not tell everything knows less of a resource than is known already, and nothing that is new. */
const saysLess = ({ evidence, reasons, unproven }: Seen, before: Finding): boolean =>
  reasons.every((reason) => before.reasons.includes(reason)) &&
  ((unproven && before.confirmed) ||
    Object.entries(before.evidence).some(([key, told]) => told !== null && evidence[key] === null))

/**
 * What was found on a night on which AWS did not tell all that it rests on, as it was on the last night that knew more: a list that fails
 * once takes no term from a saving, no reason and no severity.
 */
const asToldBefore = (sighting: Seen, before: Finding | undefined): Seen => {
  if (sighting.untold !== true || before === undefined || before.status === "resolved" || !saysLess(sighting, before))
    return sighting
  const { confidence, evidence, kind, note, reasons, savings } = before
  const severity = before.confirmed ? before.severity : sighting.severity
  return { ...sighting, kind, reasons, severity, confidence, savings, note, evidence }
}

/** An amount of which AWS did not tell tonight whether it is at list or at net prices: it is at what it was told to be before. */
const asPricedBefore = (sighting: Seen, before: Finding | undefined): Seen => {
  const told = before?.status === "resolved" ? null : (before?.savings ?? null)
  const { savings } = sighting
  if (savings?.priceUntold !== true || told === null || told.priceUntold === true || told.source !== savings.source) {
    return sighting
  }
  const { priceUntold: _, ...rest } = savings
  const { coverage, facts, note, price } = told
  return {
    ...sighting,
    savings: {
      ...rest,
      basis: told.basis,
      ...(price === undefined ? {} : { price }),
      ...(note === undefined ? {} : { note }),
      ...(facts === undefined ? {} : { facts }),
      ...(coverage === undefined
        ? {}
        : { coverage: { listMonthlyUsd: savings.monthlyUsd, coveredPercent: null, why: coverage.why } })
    }
  }
}

/** What a resource that was seen tonight does to its finding. Undefined when nothing changed: then nothing is written. */
export const see = (sighting: Seen, before: Finding | undefined, night: Night): Transition | undefined => {
  const {
    billUnread: _,
    observe,
    severity,
    unproven,
    untold: _untold,
    ...seen
  } = asToldBefore(
    asCoveredBefore(
      asPricedBefore(asBilledBefore(sighting, before), before),
      before,
      night.now,
      night.previous ?? before?.lastChanged
    ),
    before
  )
  const at = night.now.toISOString()
  const wasResolved = before?.status === "resolved"
  const wasAside = before === undefined ? undefined : asideOf(before)
  const isBack = wasAside !== undefined && comesBack(wasAside, monthlyUsdOf(seen), night.now)
  const sightings = sightingsOf(before, wasResolved, night)
  const wasConfirmed = before?.confirmed === true && !wasResolved
  const confirmed = unproven ? wasConfirmed : isConfirmed(observe, sightings, night.now)
  // Nobody looked on every night of the window, and AWS does not tell either: that is said, and makes it less sure.
  const isGuess =
    confirmed && sightings.hasGap && !isConfirmed(observe, { ...sightings, row: night.unbroken }, night.now)
  const confidence = isGuess && seen.confidence === "high" ? "medium" : seen.confidence
  const counted = before !== undefined && !wasResolved && before.savings?.counted === true
  const { setAside, status } =
    wasAside === undefined || isBack ? ({ status: "open", setAside: null } as const) : wasAside
  const finding: Finding = {
    ...seen,
    severity: tempered(severity, confirmed, confidence),
    confidence,
    confirmed,
    status,
    setAside,
    savings: seen.savings === null ? null : { ...seen.savings, counted },
    firstSeen: before?.firstSeen ?? at,
    openSince: before === undefined || wasResolved ? at : before.openSince,
    lastSeen: at,
    lastChanged: changedAt(before, night.now),
    observed: sightings.row,
    reopened: (before?.reopened ?? 0) + (wasResolved ? 1 : 0),
    resolved: null,
    runId: night.runId
  }
  if (before === undefined) {
    return { finding, events: [event(finding, before, night, "opened", finding.reasons.join(", "))] }
  }
  if (wasResolved || isBack) {
    const why = wasResolved ? `resolved on ${before.resolved?.at ?? "?"}` : untilNow(before)
    return status === "open"
      ? { finding, events: [event(finding, before, night, "reopened", why)] }
      : { finding, events: [event(finding, before, night, status, `as before it was ${why}`)] }
  }
  const changes = differences(before, finding)
  const confirms = finding.confirmed && !before.confirmed
  const newRow = !finding.confirmed && before.observed === null
  // From when what it is at is known is written, and is nothing that happened to it.
  const isAsOf = finding.savings?.coverage?.asOf !== before.savings?.coverage?.asOf
  if (changes.length === 0 && finding.confirmed === before.confirmed && !newRow && !isAsOf) return undefined
  const events = [
    ...(confirms ? [event(finding, before, night, "confirmed", sinceWhen(observe, sightings, isGuess))] : []),
    ...(changes.length === 0 || (confirms && changes.every((change) => /^(severity|confidence) /.test(change)))
      ? []
      : [event(finding, before, night, "changed", changes.join("; "))])
  ]
  return { finding, events }
}

const untilNow = ({ status }: Finding): string => `${status} until now`

/** Takes up again what was set aside until now, also where the night could not judge it. Undefined where nothing was. */
export const expire = (before: Finding, night: Pick<Night, "runId" | "now">): Transition | undefined => {
  if (before.setAside === null || before.status === "resolved" || !isTimeOver(before.setAside, night.now))
    return undefined
  return takeUp(before, night, untilNow(before))
}

/** Takes up again what is set aside. Whether its claim counts is for the account's totals to say. */
export const takeUp = (before: Finding, night: Pick<Night, "runId" | "now">, why: string): Transition => {
  const finding: Finding = {
    ...before,
    status: "open",
    setAside: null,
    savings: before.savings === null ? null : { ...before.savings, counted: false },
    lastChanged: changedAt(before, night.now),
    runId: night.runId
  }
  return { finding, events: [event(finding, before, night, "reopened", why)] }
}

const sinceWhen = (observe: Observation | undefined, { nights, row }: Sightings, isGuess: boolean): string =>
  `like this since ${observe?.since?.toISOString() ?? row.since}${isGuess ? `, as seen on ${nights} nights with others in between` : ""}`

/** Whether a sighting would confirm a finding that was not confirmed before. */
export const wouldConfirm = (seen: Seen, before: Finding | undefined, night: Night): boolean =>
  (before?.confirmed !== true || before.status === "resolved") && see(seen, before, night)?.finding.confirmed === true

/**
 * A night on which an open finding's resource could not be judged. It closes nothing; what was not yet confirmed begins its
 * observation anew with the next sighting. Undefined when nothing changes.
 */
export const miss = (before: Finding, night: Pick<Night, "runId" | "now">): Transition | undefined =>
  before.status === "resolved" || before.confirmed || before.observed === null
    ? undefined
    : { finding: { ...before, observed: null, runId: night.runId }, events: [] }

/** Ends a finding. Undefined when it has already ended. */
export const resolve = (
  before: Finding,
  reason: ResolveReason,
  night: Pick<Night, "runId" | "now">
): Transition | undefined => {
  if (before.status === "resolved") return undefined
  const at = night.now.toISOString()
  // What is made anew under the name of what is gone is another resource.
  const aside = reason === "resource_deleted" ? undefined : asideOf(before)
  const finding: Finding = {
    ...before,
    status: "resolved",
    setAside: null,
    savings: before.savings === null ? null : { ...before.savings, counted: false },
    resolved: { at, reason, counted: before.savings?.counted === true, ...(aside === undefined ? {} : { aside }) },
    lastChanged: changedAt(before, night.now),
    runId: night.runId
  }
  return { finding, events: [event(finding, before, night, "resolved", reason)] }
}

/** Gives a finding the severity that all of its account give it together. Undefined when it has it. */
export const regrade = (
  before: Finding,
  severity: Severity,
  night: Pick<Night, "runId" | "now">
): Transition | undefined => {
  const own = tempered(severity, before.confirmed, before.confidence)
  if (before.status === "resolved" || own === before.severity) return undefined
  const at = changedAt(before, night.now)
  const finding: Finding = { ...before, severity: own, lastChanged: at, runId: night.runId }
  // The night that opened or confirmed it tells of it already.
  const isTold = before.runId === night.runId && before.lastChanged === at
  const detail = `severity ${before.severity} → ${own}`
  return { finding, events: isTold ? [] : [event(finding, before, night, "changed", detail)] }
}
