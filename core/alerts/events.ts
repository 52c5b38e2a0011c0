/**
 * What Night Audit puts on the bus. Each detail has an id that is the same whenever the same thing is told again, so that whoever
 * receives it twice can tell. Their JSON Schemas are in docs/events/.
 */
import { createHash } from "node:crypto"
import * as Schema from "effect/Schema"
import { alertSeverities, measures } from "../config/alerts.ts"
import { type FindingEvent, type FindingEventType, FindingKind } from "../finding/Finding.ts"
import { Amount, Changes, ChangesInSums } from "../run/Changes.ts"
import type { Run, RunSummary } from "../run/Run.ts"
import { Run as RunSchema } from "../run/Run.ts"
import { AccountId } from "../Scope.ts"
import { packed } from "../bytes.ts"
import { withoutControls } from "../text.ts"
import { Started as StartedSchema, type Started } from "../run/Started.ts"
import { type Alert, keyName, thresholdOf } from "./rules.ts"

export const eventSource = "nightaudit"

const common = {
  /** The same whenever the same thing is told again. */
  id: Schema.String.annotate({
    description: "The same whenever the same thing is told again: drop an id that was seen"
  }),
  version: Schema.Literal(1).annotate({ description: "Fields may be added within a version" }),
  runId: Schema.String,
  /** ISO instant at which it happened. */
  at: Schema.String.annotate({ description: "ISO instant, in UTC, at which it happened" })
}

const run = { trigger: RunSchema.fields.trigger, full: Schema.Boolean, accounts: Schema.Int, scans: Schema.Int }

const finding = Schema.Struct({
  ...common,
  findingId: Schema.String,
  account: AccountId,
  scan: Schema.String,
  kind: FindingKind,
  monthlyUsd: Schema.Finite.annotate({ description: "The saving after it, in USD a month; 0 for what is no money" }),
  previousMonthlyUsd: Schema.Finite.annotate({ description: "The saving before it; 0 where there was none" }),
  detail: Schema.String.annotate({
    description: "In one line: what changed, or why it ended. May hold text of strangers"
  })
})

const threshold = Schema.Struct({
  ...common,
  rule: Schema.String,
  measure: Schema.Literals(measures),
  severity: Schema.Literals(alertSeverities),
  value: Schema.NullOr(Schema.Finite).annotate({
    description:
      "In USD, or in percent for coverage; null for something expensive that was started at a price that is not known"
  }),
  atLeast: Schema.optionalKey(Schema.Literal(true)).annotateKey({
    description: "Whether the value is only what is known of the price of what was started"
  }),
  threshold: Schema.Finite,
  previous: Schema.NullOr(Schema.Finite).annotate({ description: "The value of the alert before in the same breach" }),
  since: Schema.String.annotate({ description: "ISO instant since when the breach lasts" }),
  grown: Schema.Boolean.annotate({ description: "Whether a breach that was told has grown by its step" }),
  why: Schema.String,
  account: Schema.optionalKey(AccountId),
  service: Schema.optionalKey(Schema.String),
  region: Schema.optionalKey(Schema.String),
  owner: Schema.optionalKey(Schema.String),
  findingId: Schema.optionalKey(Schema.String),
  startedId: Schema.optionalKey(Schema.String).annotateKey({
    description: "The id of the call that started something, as in the event about it"
  })
})

const started = Schema.Struct({
  ...common,
  ...StartedSchema.fields,
  id: common.id,
  at: common.at,
  startedId: Schema.String.annotate({ description: "CloudTrail's id of the call" }),
  by: StartedSchema.fields.by.annotate({ description: "The ARN of who made the call, which may name a person" }),
  monthlyUsd: StartedSchema.fields.monthlyUsd.annotate({
    description:
      "USD a month while all of it runs, at list prices and before any use; null where nothing of it is known"
  }),
  atLeast: StartedSchema.fields.atLeast.annotateKey({
    description: "Whether the amount is only what is known of it, because a price or a quantity is not"
  }),
  unpriced: StartedSchema.fields.unpriced.annotateKey({
    description: "Whether it is expensive by its type and size, and a price of it is not known"
  }),
  judged: Schema.Array(
    Schema.Struct({
      scan: Schema.String,
      verdict: Schema.Literals(["finding", "too_young", "unknown", "unavailable", "judged"])
    })
  ).annotate({
    description:
      "What the scans of its kind said of it. A finding is told in an event of its own; the nightly audit judges what is too young"
  })
})

/** The detail of each type of event. */
export const eventDetails = {
  "nightaudit.run.started": Schema.Struct({ ...common, ...run }),
  "nightaudit.run.completed": Schema.Struct({
    ...common,
    ...run,
    confirmed: Amount,
    unconfirmed: Amount,
    changes: Changes,
    // Absent in events of older versions, which may wait to be sent.
    inSums: Schema.optionalKey(ChangesInSums),
    coverage: Schema.Struct({
      expected: Schema.Int,
      complete: Schema.Int,
      partial: Schema.Int,
      unavailable: Schema.Int,
      notApplicable: Schema.Int
    }),
    costUsd: Schema.Finite
  }),
  "nightaudit.run.failed": Schema.Struct({ ...common, ...run, error: Schema.String }),
  "nightaudit.finding.opened": finding,
  "nightaudit.finding.changed": finding,
  "nightaudit.finding.confirmed": finding,
  "nightaudit.finding.resolved": finding,
  "nightaudit.finding.reopened": finding,
  "nightaudit.finding.snoozed": finding,
  "nightaudit.finding.suppressed": finding,
  "nightaudit.resource.started": started,
  "nightaudit.threshold.breached": threshold,
  "nightaudit.threshold.over": threshold
} as const satisfies Readonly<Record<string, Schema.Top>> &
  Readonly<Record<`nightaudit.finding.${FindingEventType}`, Schema.Top>>

export type BusEventType = keyof typeof eventDetails

/** An event before it is on the bus. */
export interface BusEvent {
  readonly type: BusEventType
  readonly detail: { readonly id: string; readonly at: string } & Readonly<Record<string, unknown>>
}

const idOf = (...parts: ReadonlyArray<string>): string =>
  createHash("sha256").update(parts.join("\n")).digest("hex").slice(0, 32)

const bounded = (text: string): string => withoutControls(text).slice(0, 1000)

const ofRun = ({ id, plan, trigger }: Run) => ({
  version: 1,
  runId: id,
  trigger,
  full: plan.full,
  accounts: plan.accounts.length,
  scans: plan.scans.length
})

export const runStarted = (of: Run): BusEvent => ({
  type: "nightaudit.run.started",
  detail: { id: idOf(of.id, "started"), at: of.startedAt, ...ofRun(of) }
})

/** `at` is the instant of an event that has no other: a run that failed has no end. */
export const runFailed = (of: Run, error: string, at: string): BusEvent => ({
  type: "nightaudit.run.failed",
  detail: { id: idOf(of.id, "failed"), at, ...ofRun(of), error: bounded(error) }
})

/** Undefined for a run that was not summed up. */
export const runCompleted = (of: Run, summary: RunSummary, inSums: ChangesInSums): BusEvent => {
  // A narrower run tells of what it is about, a night of all that is open.
  const { confirmed, unconfirmed } = (of.plan.full ? of.open : undefined) ?? summary.totals
  const { finishedAt, startedAt } = of
  const { complete, expected, notApplicable, partial, unavailable } = summary.coverage
  return {
    type: "nightaudit.run.completed",
    detail: {
      id: idOf(of.id, "completed"),
      at: finishedAt ?? startedAt,
      ...ofRun(of),
      confirmed,
      unconfirmed,
      changes: summary.changes,
      inSums,
      coverage: { expected, complete, partial, unavailable, notApplicable },
      costUsd: summary.cost.usd
    }
  }
}

export const findingEvent = (event: FindingEvent): BusEvent => {
  const { account, at, detail, findingId, kind, monthlyUsd, previousMonthlyUsd, runId, scan, type } = event
  return {
    type: `nightaudit.finding.${type}`,
    detail: {
      id: idOf(findingId, runId, type, at),
      version: 1,
      runId,
      at,
      findingId,
      account,
      scan,
      kind,
      monthlyUsd,
      previousMonthlyUsd,
      detail: bounded(detail)
    }
  }
}

/** What a scan said of something that was started. */
export interface JudgedStart {
  readonly scan: string
  readonly verdict: "finding" | "too_young" | "unknown" | "unavailable" | "judged"
}

/** Its id is that of the call, so that a call that is looked at twice is told once. */
export const startedEvent = (
  { at, id, ...started }: Started,
  { id: runId }: Pick<Run, "id">,
  judged: ReadonlyArray<JudgedStart>
): BusEvent => ({
  type: "nightaudit.resource.started",
  detail: { id: idOf(id, "started"), version: 1, runId, at, startedId: id, ...started, judged }
})

export const thresholdEvent = (alert: Alert, { id: runId, startedAt }: Pick<Run, "id" | "startedAt">): BusEvent => {
  const { measured, previous, rule, since, type, value } = alert
  const account = rule.account ?? measured.account
  const service = rule.service ?? measured.service
  return {
    type: type === "over" ? "nightaudit.threshold.over" : "nightaudit.threshold.breached",
    detail: {
      id: idOf(rule.name, measured.key, type, runId),
      version: 1,
      runId,
      at: startedAt,
      rule: rule.name,
      measure: rule.measure,
      severity: rule.severity,
      value,
      ...(measured.started?.atLeast === true ? { atLeast: true } : {}),
      threshold: thresholdOf(rule),
      previous,
      since,
      grown: type === "grown",
      why: bounded(measured.why),
      ...(account === undefined ? {} : { account }),
      ...(service === undefined || service === "" ? {} : { service }),
      ...(rule.region === undefined ? {} : { region: rule.region }),
      ...(rule.owner === undefined ? {} : { owner: rule.owner }),
      ...(measured.key === "" ? {} : { [keyName(rule)]: measured.key })
    }
  }
}

/** Entries of one PutEvents call. Source: EventBridge API reference, "PutEvents"; shared/facts/aws-limits.md 7. */
export const maxEntries = 10

/**
 * Bytes of an entry. EventBridge takes 1 MB in most regions since 2026-01, SNS behind it takes 256 KB. The same bound holds for a
 * call, as it did everywhere before. Source: shared/facts/aws-limits.md 7.
 */
export const maxEntryBytes = 262_144

/** What EventBridge counts of an entry. Source: EventBridge user guide, "Calculating PutEvents event entry size". */
export const entryBytes = ({ detail, type }: BusEvent): number =>
  Buffer.byteLength(JSON.stringify(detail)) + type.length + eventSource.length + 14

/** Events in calls of at most ten entries and 256 KB, in their order. An entry that is larger by itself is a bug of ours. */
export const callsOf = (events: ReadonlyArray<BusEvent>): ReadonlyArray<ReadonlyArray<BusEvent>> => {
  const bytesOf = (event: BusEvent): number => {
    const bytes = entryBytes(event)
    if (bytes > maxEntryBytes)
      throw new Error(`${event.type} ${event.detail.id} has ${bytes} bytes, and a bus takes ${maxEntryBytes}`)
    return bytes
  }
  return packed(events, bytesOf, { maxBytes: maxEntryBytes, maxItems: maxEntries })
}
