/** What a person does to a finding: it is written, told in its history, and the totals follow. */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Finding } from "../core/finding/Finding.ts"
import { monthlyUsdOf, type Transition } from "../core/finding/lifecycle.ts"
import {
  type Because,
  isPast,
  type Moment,
  reopen,
  type Snooze,
  snooze,
  suppress,
  type Suppression
} from "../core/finding/setAside.ts"
import { twinOf } from "../core/finding/twins.ts"
import { usd } from "../core/format.ts"
import { Store, type StoreError } from "../core/store/Store.ts"
import { isReadable } from "../core/text.ts"
import { writtenInstant } from "../core/time.ts"
import { rewritten } from "./rewritten.ts"
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

/** The change with a whole ISO instant, or why there can be no such change of a finding and its twin. */
const checked = (
  finding: Finding,
  twin: Finding | undefined,
  change: SetAsideChange,
  now: Date
): SetAsideChange | CannotSetAside => {
  if (finding.status === "resolved") {
    return cannot(
      `The finding ${finding.id} ended on ${finding.resolved?.at ?? "an unknown day"}: only the audit opens it again, when it ` +
        `sees the resource like this once more.`
    )
  }
  if (!isReadable(change.reason))
    return cannot("A reason is needed: it is what others will read in the finding's history.")
  if (!isReadable(change.author))
    return cannot("An author is needed: others will read in the finding's history who says so.")
  if (change.action === "reopen") return change
  if (change.action === "snooze" && change.until === null && change.untilMonthlyUsd === null) {
    return cannot(
      "A snoozed finding needs a date or an amount at which it comes back. To set it aside for good, suppress it."
    )
  }
  if (change.action === "snooze" && change.until === null && finding.savings === null) {
    return cannot(
      `The finding ${finding.id} claims no money, so no amount would bring it back. Give a date; to set it aside for good, suppress it.`
    )
  }
  if (change.action === "snooze" && change.untilMonthlyUsd !== null) {
    const past = [finding, ...(twin === undefined ? [] : [twin])].find((one) => isPast(one, change.untilMonthlyUsd))
    if (past !== undefined) {
      return cannot(
        `The finding ${past.id} would save ${usd(monthlyUsdOf(past))} a month already, which is more than ` +
          `${usd(change.untilMonthlyUsd)}: it would be back the next night. Give a higher amount, or a date alone.`
      )
    }
  }
  if (change.until === null) return change
  const until = writtenInstant(change.until)
  if (until === undefined || !(until > now)) {
    return cannot(`The date ${JSON.stringify(change.until)} is not one that is still to come: give it as 2026-12-24.`)
  }
  return { ...change, until: until.toISOString() }
}

const transitionOf = (finding: Finding, change: SetAsideChange, moment: Moment) =>
  change.action === "snooze"
    ? snooze(finding, { ...change, by: "person" }, moment)
    : change.action === "suppress"
      ? suppress(finding, { ...change, by: "person" }, moment)
      : reopen(finding, change, moment)

const byPerson = ({ events, finding }: Transition): Transition => ({
  finding,
  events: events.map((event) => ({ ...event, by: "person" }))
})

/** Changes a finding and its twin as they are now. `left` are those of the two that somebody else has written meanwhile. */
const changeOnce = Effect.fnUntraced(function* (id: string, change: SetAsideChange, now: Date, newest?: string) {
  const store = yield* Store
  const before = yield* store.finding(id)
  if (before === undefined)
    return yield* cannot(`There is no finding ${JSON.stringify(id)}: give the whole id of one that is listed.`)
  const other = twinOf(before)
  const found = other === undefined ? undefined : yield* store.finding(other.id)
  const twin = found?.status === "resolved" ? undefined : found
  const possible = checked(before, twin, change, now)
  if (possible instanceof CannotSetAside) return yield* possible
  const moment = { runId: newest ?? before.runId, now }
  const own = transitionOf(before, possible, moment)
  const ofTwin = twin === undefined ? undefined : transitionOf(twin, possible, moment)
  const left = yield* store.writeTransitions(
    [own, ofTwin].flatMap((one) => (one === undefined ? [] : [byPerson(one)])),
    [before, twin].filter((one) => one !== undefined)
  )
  return {
    finding: own?.finding ?? before,
    twin: ofTwin?.finding ?? found,
    changed: own !== undefined && !left.includes(before.id),
    left
  }
})

/**
 * Sets a finding aside or takes it up again, with its twin of the same recommendation, and brings the totals of its account and of all accounts up to date. Answers the
 * finding as it is now; `changed` is false where it was like that already.
 */
export const setAsideFinding = Effect.fn("setAsideFinding")(function* (
  id: string,
  change: SetAsideChange
): Effect.fn.Return<{ readonly finding: Finding; readonly changed: boolean }, StoreError | CannotSetAside, Store> {
  const store = yield* Store
  const now = DateTime.toDateUtc(yield* DateTime.now)
  const [newest] = (yield* store.runs(1)).items
  const made: Array<Effect.Success<ReturnType<typeof changeOnce>>> = []
  // A night may write the finding at the same moment.
  yield* rewritten([id], () =>
    Effect.map(changeOnce(id, change, now, newest?.id), (once) => {
      made.push(once)
      return once.left
    })
  )
  const last = made.at(-1)
  if (last === undefined) return yield* Effect.die("nothing was tried")
  // Also where nothing changes: an earlier try may have ended between the finding and its totals.
  const { finding: after, twin } = last
  const run = {
    id: newest?.id ?? after.runId,
    startedAt: newest?.startedAt ?? now.toISOString(),
    plan: { full: false }
  }
  yield* recountAccount(after.account, run, twin === undefined ? [after] : [after, twin])
  yield* totalOrganisation(run)
  return { finding: (yield* store.finding(id)) ?? after, changed: made.some(({ changed }) => changed) }
})
