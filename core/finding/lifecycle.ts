/** A finding's life: opened, changed, confirmed, resolved with a reason, reopened. Pure, and the same for every store. */
import { daysBetween } from "../time.ts"
import type { Evidence, Finding, FindingEvent, FindingEventType, ResolveReason, Savings, Severity } from "./Finding.ts"
import { tempered } from "./severity.ts"

/** What a night says of one resource, before its history is known. `severity` is what it has once confirmed. */
export type Seen = Omit<
  Finding,
  | "confirmed"
  | "status"
  | "firstSeen"
  | "openSince"
  | "lastSeen"
  | "lastChanged"
  | "openedAtSequence"
  | "reopened"
  | "resolved"
  | "runId"
> & {
  readonly severity: Severity
  /** Days or complete nights that it must have been like this, and since when it is known to be. */
  readonly observe: { readonly days?: number; readonly nights?: number; readonly since?: Date | undefined } | undefined
  /** Whether the rule had to judge without evidence that could have cleared the resource. That confirms nothing new. */
  readonly unproven: boolean
}

/** The night: which run, as of when, and on how many nights the scan has had a complete outcome in the scope. */
export interface Night {
  readonly runId: string
  readonly now: Date
  readonly sequence: number
}

/** A finding to write, with the events that say why. */
export interface Transition {
  readonly finding: Finding
  readonly events: ReadonlyArray<FindingEvent>
}

const event = (finding: Finding, night: Night, type: FindingEventType, detail: string): FindingEvent => ({
  findingId: finding.id,
  runId: night.runId,
  type,
  at: night.now.toISOString(),
  monthlyUsd: finding.savings.monthlyUsd,
  detail
})

const isConfirmed = (observe: Seen["observe"], openSince: string, openedAtSequence: number, night: Night): boolean => {
  if (observe === undefined) return true
  const since = observe.since === undefined ? new Date(openSince) : observe.since
  const oldEnough = daysBetween(since, night.now) >= (observe.days ?? 0)
  return oldEnough && night.sequence - openedAtSequence + 1 >= (observe.nights ?? 1)
}

// Measured values drift from night to night; below a hundredth nobody acts on them, and each write costs money.
const close = (a: number, b: number): boolean => a === b || Math.abs(a - b) <= 0.01 * Math.max(Math.abs(a), Math.abs(b))

const sameEvidence = (a: Evidence, b: Evidence): boolean => {
  const keys = Object.keys(a)
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => {
      const left = a[key]
      const right = b[key]
      return typeof left === "number" && typeof right === "number"
        ? close(left, right)
        : JSON.stringify(left) === JSON.stringify(right)
    })
  )
}

const sameSavings = (a: Savings, b: Savings): boolean =>
  a.basis === b.basis && a.source === b.source && a.claim === b.claim && close(a.monthlyUsd, b.monthlyUsd)

// What a claim covers decides which other claims count, so it is written although the amount is the same.
const sameCovers = (a: Savings, b: Savings): boolean =>
  JSON.stringify(a.covers?.toSorted()) === JSON.stringify(b.covers?.toSorted())

const sortedEntries = (record: Readonly<Record<string, string>>) => JSON.stringify(Object.entries(record).sort())

const sameResource = (a: Finding["resource"], b: Finding["resource"]): boolean =>
  a.name === b.name && a.type === b.type && sortedEntries(a.tags) === sortedEntries(b.tags)

/** What is different, in words; empty when nothing is that a person would act on. */
const differences = (before: Finding, after: Finding): ReadonlyArray<string> => [
  ...(before.reason === after.reason ? [] : [`reason ${before.reason} → ${after.reason}`]),
  ...(before.severity === after.severity ? [] : [`severity ${before.severity} → ${after.severity}`]),
  ...(before.confidence === after.confidence ? [] : [`confidence ${before.confidence} → ${after.confidence}`]),
  ...(sameSavings(before.savings, after.savings)
    ? []
    : [`saving $${before.savings.monthlyUsd.toFixed(2)} → $${after.savings.monthlyUsd.toFixed(2)} a month`]),
  ...(sameCovers(before.savings, after.savings) ? [] : ["covered resources"]),
  ...(sameResource(before.resource, after.resource) ? [] : ["name or tags"]),
  ...(sameEvidence(before.evidence, after.evidence) ? [] : ["evidence"])
]

/** What a resource that was seen tonight does to its finding. Undefined when nothing changed: then nothing is written. */
export const see = (
  { observe, severity, unproven, ...seen }: Seen,
  before: Finding | undefined,
  night: Night
): Transition | undefined => {
  const at = night.now.toISOString()
  const reopens = before?.status === "resolved"
  const openSince = before === undefined || reopens ? at : before.openSince
  // The first night counts, also when its outcome is partial and gets no number of its own.
  const openedAtSequence = before === undefined || reopens ? night.sequence : before.openedAtSequence
  const confirmed = unproven
    ? before?.status === "open" && before.confirmed
    : isConfirmed(observe, openSince, openedAtSequence, night)
  const finding: Finding = {
    ...seen,
    severity: tempered(severity, confirmed, seen.confidence),
    confirmed,
    status: "open",
    savings: { ...seen.savings, counted: before !== undefined && !reopens ? before.savings.counted : false },
    firstSeen: before?.firstSeen ?? at,
    openSince,
    lastSeen: at,
    lastChanged: at,
    openedAtSequence,
    reopened: (before?.reopened ?? 0) + (reopens ? 1 : 0),
    resolved: null,
    runId: night.runId
  }
  if (before === undefined) return { finding, events: [event(finding, night, "opened", finding.reason)] }
  if (reopens)
    return { finding, events: [event(finding, night, "reopened", `resolved on ${before.resolved?.at ?? "?"}`)] }
  const changes = differences(before, finding)
  const confirms = finding.confirmed && !before.confirmed
  if (changes.length === 0 && finding.confirmed === before.confirmed) return undefined
  const events = [
    ...(confirms
      ? [event(finding, night, "confirmed", `like this since ${observe?.since?.toISOString() ?? openSince}`)]
      : []),
    ...(changes.length === 0 || (confirms && changes.every((change) => change.startsWith("severity")))
      ? []
      : [event(finding, night, "changed", changes.join("; "))])
  ]
  return { finding, events }
}

/** Ends a finding. Undefined when it has already ended. */
export const resolve = (before: Finding, reason: ResolveReason, night: Night): Transition | undefined => {
  if (before.status === "resolved") return undefined
  const at = night.now.toISOString()
  const finding: Finding = {
    ...before,
    status: "resolved",
    savings: { ...before.savings, counted: false },
    resolved: { at, reason },
    lastChanged: at,
    runId: night.runId
  }
  return { finding, events: [event(finding, night, "resolved", reason)] }
}
