/**
 * What people do to a finding between two nights: set it aside, and take it up again. Pure, like `lifecycle.ts`; its `see`
 * brings back what was set aside until a date or an amount.
 *
 * Events are kept by run, and these with the newest run before them, dated when it was done. That run may have been summed up by
 * then: `query/span.ts` tells between which two nights an event is.
 */
import { setAsideBy } from "../config/suppressions.ts"
import { dayOrInstant } from "../format.ts"
import { boundedLine } from "../text.ts"
import type { Finding, SetAside } from "./Finding.ts"
import { changedAt, event, monthlyUsdOf, type Night, takeUp, type Transition, wasOf } from "./lifecycle.ts"

/** Why, and who says so. Both are cleaned, and cut where they are too long. */
export interface Because {
  /** At most 500 characters. */
  readonly reason: string
  /** At most 128 characters. */
  readonly author: string
}

/** Until which ISO instant a finding is set aside; null for no such limit. */
export interface Suppression extends Because {
  readonly until: string | null
  /** Absent is told by the author. */
  readonly by?: NonNullable<SetAside["by"]>
}

export interface Snooze extends Suppression {
  /** It comes back when its saving, in USD a month, grows past this; null for no such limit. */
  readonly untilMonthlyUsd: number | null
}

/** When it is done, and the newest run. */
export type Moment = Pick<Night, "runId" | "now">

const maxReason = 500
const maxAuthor = 128

/** `ann, until 2026-12-24 or above $100.00 a month: in use until Christmas` */
const detailOf = ({ author, reason, until, untilMonthlyUsd }: Omit<SetAside, "at">): string => {
  const limits = [
    ...(until === null ? [] : [`until ${dayOrInstant(until)}`]),
    ...(untilMonthlyUsd === null ? [] : [`above $${untilMonthlyUsd.toFixed(2)} a month`])
  ]
  return `${author}${limits.length === 0 ? "" : `, ${limits.join(" or ")}`}: ${reason}`
}

const sameAs = (before: SetAside | null, after: SetAside): boolean =>
  before !== null &&
  JSON.stringify({ ...before, at: "", by: setAsideBy(before) }) ===
    JSON.stringify({ ...after, at: "", by: setAsideBy(after) })

const uncounted = ({ savings }: Finding): Finding["savings"] =>
  savings === null ? null : { ...savings, counted: false }

const setAside = (
  before: Finding,
  status: "snoozed" | "suppressed",
  { author, by, reason, until, untilMonthlyUsd }: Snooze,
  { now, runId }: Moment
): Transition | undefined => {
  const at = now.toISOString()
  // What has ended is nothing to set aside, and a time that is over brings it back at once.
  if (before.status === "resolved" || (until !== null && until <= at)) return undefined
  const why = {
    reason: boundedLine(reason, maxReason),
    author: boundedLine(author, maxAuthor),
    at,
    until,
    untilMonthlyUsd,
    ...(by === undefined ? {} : { by })
  }
  if (before.status === status && sameAs(before.setAside, why)) return undefined
  const finding: Finding = {
    ...before,
    status,
    setAside: why,
    savings: uncounted(before),
    lastChanged: changedAt(before, now),
    runId
  }
  // A finding that was set aside already has left the sums before.
  const open = before.status === "open" ? before : undefined
  return { finding, events: [{ ...event(finding, open, { runId, now }, status, detailOf(why)), ...wasOf(before) }] }
}

/** Whether a finding's saving has passed the amount already at which it would come back. */
export const isPast = (finding: Pick<Finding, "savings">, untilMonthlyUsd: number | null): boolean =>
  untilMonthlyUsd !== null && monthlyUsdOf(finding) > untilMonthlyUsd

/**
 * Sets a finding aside until a date, or until its saving passes an amount. Undefined where nothing changes, and where the next night would
 * bring it back.
 */
export const snooze = (finding: Finding, snoozed: Snooze, moment: Moment): Transition | undefined =>
  (snoozed.until === null && snoozed.untilMonthlyUsd === null) || isPast(finding, snoozed.untilMonthlyUsd)
    ? undefined
    : setAside(finding, "snoozed", snoozed, moment)

/** Sets a finding aside for good, or until a date. Undefined where nothing changes. */
export const suppress = (finding: Finding, suppression: Suppression, moment: Moment): Transition | undefined =>
  setAside(finding, "suppressed", { ...suppression, untilMonthlyUsd: null }, moment)

/** Takes up again what was set aside. Undefined where nothing was. */
export const reopen = (before: Finding, { author, reason }: Because, moment: Moment): Transition | undefined => {
  if (before.status !== "snoozed" && before.status !== "suppressed") return undefined
  const detail = `${boundedLine(author, maxAuthor)}: ${boundedLine(reason, maxReason)}`
  return takeUp(before, moment, detail)
}
