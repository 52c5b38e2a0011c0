/** What the three tools that write have in common: which finding, until when, why, and who says so. */
import * as Effect from "effect/Effect"
import { usd } from "../../core/format.ts"
import type { Finding } from "../../core/finding/Finding.ts"
import { isIdPrefix } from "../../core/store/query.ts"
import { Store, type StoreError } from "../../core/store/Store.ts"
import { millisPerDay, writtenInstant } from "../../core/time.ts"
import { setAsideFinding, type SetAsideChange } from "../../workflows/setAside.ts"
import { type Answer, Refusal } from "../answer/Answer.ts"
import type { Call } from "./Tool.ts"
import { argument } from "./argument.ts"

export const about = { id: argument.text("Finding id, never a name"), reason: argument.text("Why") }

const looked = 50

/** The one finding with that id or beginning of an id. Text from AWS, such as a name or a tag, chooses none. */
const findingWithId = Effect.fnUntraced(function* (written: string) {
  const store = yield* Store
  const id = written.trim().toLowerCase()
  if (!isIdPrefix(id)) {
    return yield* new Refusal({
      message: `That is no id of a finding. Only an id, or a beginning of one that is of no other finding, is taken here: search for it first.`
    })
  }
  const found = (yield* store.findingsNamed(id, looked)).filter((finding) => finding.id.startsWith(id))
  const exact = found.find((finding) => finding.id === id)
  const [only, ...more] = found
  if (exact !== undefined) return exact
  if (only === undefined) return yield* new Refusal({ message: "There is no finding with that id." })
  if (more.length > 0) {
    return yield* new Refusal({
      message: `${found.length} findings have an id that begins like that: ${found
        .slice(0, 5)
        .map((finding) => finding.id)
        .join(", ")}. Give a whole id.`
    })
  }
  return only
})

/** An instant from a date, a number of days such as `30` or `30d`, or nothing. */
export const untilOf = (written: string | undefined, nowMillis: number): Effect.Effect<string | null, Refusal> =>
  Effect.suspend(() => {
    if (written === undefined) return Effect.succeed(null)
    const [, days] = /^(\d{1,4})\s*(?:d|days?)?$/i.exec(written) ?? []
    const until =
      days === undefined ? writtenInstant(written.trim()) : new Date(nowMillis + Number(days) * millisPerDay)
    return until !== undefined
      ? Effect.succeed(until.toISOString())
      : new Refusal({
          message: `until: expected the day on which it comes back, such as 2026-12-24, or days such as 30d`
        })
  })

const done: Readonly<Record<SetAsideChange["action"], string>> = {
  snooze: "snoozed",
  suppress: "suppressed",
  reopen: "open again"
}

const amountOf = ({ savings }: Finding): string =>
  savings === null || savings.basis === "none" ? "" : `, ${usd(savings.monthlyUsd)} a month`

/** Makes the change and says what is so now. Nothing but our own record of the finding changes. */
export const setAside = Effect.fnUntraced(function* (
  id: string,
  change: SetAsideChange,
  { fence }: Call
): Effect.fn.Return<Answer, Refusal | StoreError, Store> {
  const before = yield* findingWithId(id)
  const { changed, finding } = yield* setAsideFinding(before.id, change).pipe(
    Effect.catchTag("CannotSetAside", ({ message }) => new Refusal({ message }))
  )
  const { setAside } = finding
  return {
    standing: null,
    content: {
      id: finding.id,
      status: finding.status,
      changed,
      until: setAside?.until ?? null,
      untilMonthlyUsd: setAside?.untilMonthlyUsd ?? null,
      reason: setAside === null || setAside === undefined ? null : fence.text(setAside.reason)
    },
    lines: [
      `${changed ? `The finding is ${done[change.action]}` : `Nothing changed: the finding is ${finding.status} already`}: ` +
        `${finding.id} (${finding.scan}, ${fence.word(finding.resource.id)}${amountOf(finding)}). Nothing in AWS was changed.`
    ]
  }
})
