import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import { placeFlags, textFlag, usdFlag } from "../flags.ts"

const which = {
  named: Argument.String("finding").pipe(Argument.withDescription("An id or at least 4 of its first characters")),
  reason: Flag.String("reason").pipe(
    Flag.withMetavar("<text>"),
    Flag.withDescription("Why; others read it in the finding's history")
  ),
  author: Flag.String("author").pipe(
    Flag.withMetavar("<name>"),
    Flag.withDescription("Who says so"),
    Flag.withDefault("command line")
  ),
  ...placeFlags
}

const program = Effect.promise(() => import("../programs/setAside.ts"))

export const snooze = Command.make(
  "snooze",
  {
    ...which,
    until: textFlag("until", "<day>", "The day, in UTC, or the instant, at which it comes back: 2026-12-24"),
    above: usdFlag("above", "It comes back when it would save more than this a month")
  },
  ({ above, until, ...input }) => Effect.flatMap(program, ({ setAside }) => setAside("snooze", input, { above, until }))
).pipe(
  Command.withDescription("Set a finding aside until a day or an amount; it is in no sum meanwhile"),
  Command.withExamples([{ command: 'nightaudit snooze 3f9a --until 2026-12-24 --reason "in use until Christmas"' }])
)

export const suppress = Command.make(
  "suppress",
  {
    ...which,
    until: textFlag("until", "<day>", "The day, in UTC, or the instant, at which it comes back, if ever: 2026-12-24")
  },
  ({ until, ...input }) =>
    Effect.flatMap(program, ({ setAside }) => setAside("suppress", input, { above: undefined, until }))
).pipe(
  Command.withDescription("Accept a finding as it is; it is in no sum any more"),
  Command.withExamples([{ command: 'nightaudit suppress 3f9a --reason "kept for the auditors" --author ada' }])
)

export const reopen = Command.make("reopen", which, (input) =>
  Effect.flatMap(program, ({ setAside }) => setAside("reopen", input))
).pipe(
  Command.withDescription("Take a snoozed or suppressed finding up again"),
  Command.withExamples([{ command: 'nightaudit reopen 3f9a --reason "the migration is over"' }])
)
