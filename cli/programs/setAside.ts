import * as Effect from "effect/Effect"
import type { Finding } from "../../core/finding/Finding.ts"
import { dayOrInstant, usd } from "../../core/format.ts"
import { writtenInstant } from "../../core/time.ts"
import { findFinding } from "../../query/findFinding.ts"
import { type SetAsideChange, setAsideFinding } from "../../workflows/setAside.ts"
import type { PlaceInput } from "../flags.ts"
import { withStore } from "../layers.ts"
import { resourceName, shortId } from "../output/sheets.ts"
import { usageProblem } from "../Problem.ts"
import { Screen } from "../Screen.ts"

export interface SetAsideInput extends PlaceInput {
  readonly named: string
  readonly reason: string
  readonly author: string
}

/** Until when a finding is set aside. */
export interface Limits {
  readonly until: string | undefined
  /** USD a month. */
  readonly above: number | undefined
}

/** What a finding is after a change, and until when. */
const standingText = ({ setAside, status }: Finding): string => {
  const { until = null, untilMonthlyUsd = null } = setAside ?? {}
  const limits = [
    ...(until === null ? [] : [`until ${dayOrInstant(until)}`]),
    ...(untilMonthlyUsd === null ? [] : [`until it saves more than ${usd(untilMonthlyUsd)} a month`])
  ]
  return [status === "open" ? "open again" : status, limits.join(" or ")].filter(Boolean).join(" ")
}

/** The one finding with that beginning of an id. A name or a tag chooses none, because several resources can have it. */
const findingWithId = Effect.fnUntraced(function* (named: string) {
  const written = named.trim().toLowerCase()
  const found = (yield* findFinding(written)).findings.filter(({ id }) => id.startsWith(written))
  const [first] = found
  return first === undefined || found.length > 1
    ? yield* usageProblem(
        `${first === undefined ? "No finding has" : "Several findings have"} an id that begins with ${JSON.stringify(named)}: \`nightaudit findings --format json\` lists whole ids.`
      )
    : first
})

/** Sets one finding aside, or takes it up again, and says so. */
export const setAside = Effect.fn("cli.setAside")(function* (
  action: SetAsideChange["action"],
  { author, named, reason, ...place }: SetAsideInput,
  { above, until }: Limits = { above: undefined, until: undefined }
) {
  const { print } = yield* Screen
  if (until !== undefined && writtenInstant(until) === undefined) {
    return yield* usageProblem(
      `--until ${JSON.stringify(until)} is no day or instant: give when it comes back, as 2026-12-24 or 2026-12-24T02:00:00Z.`
    )
  }
  yield* withStore(
    place,
    Effect.gen(function* () {
      const { id } = yield* findingWithId(named)
      const because = { author, reason, until: until ?? null }
      const change: SetAsideChange =
        action === "snooze" ? { action, ...because, untilMonthlyUsd: above ?? null } : { action, ...because }
      const { changed, finding } = yield* setAsideFinding(id, change).pipe(
        Effect.catchTag("CannotSetAside", ({ message }) => usageProblem(message))
      )
      return yield* print([
        `${resourceName(finding)} (${shortId(finding.id)}) is ${standingText(finding)}${changed ? "" : ", as it was already"}.`
      ])
    })
  )
})
