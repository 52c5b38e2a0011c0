import * as Effect from "effect/Effect"
import { usd } from "../../core/format.ts"
import { findFinding } from "../../query/findFinding.ts"
import { setAsideFinding } from "../../workflows/setAside.ts"
import type { PlaceInput } from "../flags.ts"
import { withStore } from "../layers.ts"
import { resourceName, shortId } from "../output/sheets.ts"
import { usageProblem } from "../Problem.ts"
import { Screen } from "../Screen.ts"

export interface SnoozeInput extends PlaceInput {
  readonly named: string
  readonly until: string | undefined
  /** USD a month. */
  readonly above: number | undefined
  readonly reason: string
}

/** Sets one finding aside. A name or a tag chooses none, because several resources can have it. */
export const snooze = Effect.fn("cli.snooze")(function* ({ above, named, reason, until, ...place }: SnoozeInput) {
  const { print } = yield* Screen
  yield* withStore(
    place,
    Effect.gen(function* () {
      const written = named.trim().toLowerCase()
      const found = (yield* findFinding(written)).findings.filter(({ id }) => id.startsWith(written))
      const [first] = found
      if (first === undefined || found.length > 1) {
        return yield* usageProblem(
          `${first === undefined ? "No finding has" : "Several findings have"} an id that begins with ${JSON.stringify(named)}: \`nightaudit findings --format json\` lists whole ids.`
        )
      }
      if (until !== undefined && !/^\d{4}-\d\d-\d\d/.test(until))
        return yield* usageProblem(`--until ${JSON.stringify(until)} is no day: give it as 2026-12-24.`)
      const { changed, finding } = yield* setAsideFinding(first.id, {
        action: "snooze",
        author: "command line",
        reason,
        until: until ?? null,
        untilMonthlyUsd: above ?? null
      }).pipe(Effect.catchTag("CannotSetAside", ({ message }) => usageProblem(message)))
      const limits = [
        ...(until === undefined ? [] : [`until ${until}`]),
        ...(above === undefined ? [] : [`until it saves more than ${usd(above)} a month`])
      ]
      return yield* print([
        `${resourceName(finding)} (${shortId(finding.id)}) is snoozed ${limits.join(" or ")}${changed ? "" : ", as it was already"}.`
      ])
    })
  )
})
