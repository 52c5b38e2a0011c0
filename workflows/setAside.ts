/** What a person does to a finding: it is written, told in its history, and the totals follow. */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Finding } from "../core/finding/Finding.ts"
import {
  type Because,
  type Moment,
  reopen,
  type Snooze,
  snooze,
  suppress,
  type Suppression
} from "../core/finding/setAside.ts"
import { twinOf } from "../core/finding/twins.ts"
import { Store, type StoreError } from "../core/store/Store.ts"
import { recountAccount, totalOrganisation } from "./accountTotals.ts"

/** The finding cannot be set aside or taken up again like this. The message says why and what to do. */
export class CannotSetAside extends Schema.TaggedError<CannotSetAside>()("CannotSetAside", {
  message: Schema.String
}) {}

export type SetAsideChange =
  | ({ readonly action: "snooze" } & Snooze)
  | ({ readonly action: "suppress" } & Suppression)
  | ({ readonly action: "reopen" } & Because)

const cannot = (message: string) => new CannotSetAside({ message })

/** The change with a whole ISO instant, or why there can be no such change. */
const checked = (finding: Finding, change: SetAsideChange, now: Date): SetAsideChange | CannotSetAside => {
  if (finding.status === "resolved") {
    return cannot(
      `The finding ${finding.id} ended on ${finding.resolved?.at ?? "an unknown day"}: only the audit opens it again, when it ` +
        `sees the resource like this once more.`
    )
  }
  if (change.reason.trim() === "")
    return cannot("A reason is needed: it is what others will read in the finding's history.")
  if (change.action === "reopen") return change
  if (change.action === "snooze" && change.until === null && change.untilMonthlyUsd === null) {
    return cannot(
      "A snoozed finding needs a date or an amount at which it comes back. To set it aside for good, suppress it."
    )
  }
  if (change.until === null) return change
  const until = new Date(change.until)
  if (!(until > now)) {
    return cannot(`The date ${JSON.stringify(change.until)} is not one that is still to come: give it as 2026-12-24.`)
  }
  return { ...change, until: until.toISOString() }
}

const transitionOf = (finding: Finding, change: SetAsideChange, moment: Moment) =>
  change.action === "snooze"
    ? snooze(finding, change, moment)
    : change.action === "suppress"
      ? suppress(finding, change, moment)
      : reopen(finding, change, moment)

/**
 * Sets a finding aside or takes it up again, with its twin of the same recommendation, and brings the totals of its account and of all accounts up to date. Answers the
 * finding as it is now; `changed` is false where it was like that already.
 */
export const setAsideFinding = Effect.fn("setAsideFinding")(function* (
  id: string,
  change: SetAsideChange
): Effect.fn.Return<{ readonly finding: Finding; readonly changed: boolean }, StoreError | CannotSetAside, Store> {
  const store = yield* Store
  const before = yield* store.finding(id)
  if (before === undefined)
    return yield* cannot(`There is no finding ${JSON.stringify(id)}: give the whole id of one that is listed.`)
  const now = DateTime.toDateUtc(yield* DateTime.now)
  const possible = checked(before, change, now)
  if (possible instanceof CannotSetAside) return yield* possible

  const [newest] = (yield* store.runs(1)).items
  const runId = newest?.id ?? before.runId
  const moment = { runId, now }
  const transition = transitionOf(before, possible, moment)
  const other = twinOf(before)
  const twin = other === undefined ? undefined : yield* store.finding(other.id)
  const ofTwin = twin === undefined || twin.status === "resolved" ? undefined : transitionOf(twin, possible, moment)
  yield* store.writeTransitions([transition, ofTwin].filter((one) => one !== undefined))
  // Also where nothing changes: an earlier try may have ended between the finding and its totals.
  const after = transition?.finding ?? before
  const run = { id: runId, startedAt: newest?.startedAt ?? now.toISOString(), plan: { full: false } }
  const twinAfter = ofTwin?.finding ?? twin
  yield* recountAccount(after.account, run, twinAfter === undefined ? [after] : [after, twinAfter])
  yield* totalOrganisation(run)
  return { finding: (yield* store.finding(id)) ?? after, changed: transition !== undefined }
})
