import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import { placeFlags, textFlag, usdFlag } from "../flags.ts"

export const snooze = Command.make(
  "snooze",
  {
    named: Argument.String("finding").pipe(Argument.withDescription("An id or at least 4 of its first characters")),
    until: textFlag("until", "<day>", "When it comes back: 2026-12-24"),
    above: usdFlag("above", "It comes back when it would save more than this a month"),
    reason: Flag.String("reason").pipe(
      Flag.withMetavar("<text>"),
      Flag.withDescription("Why; others read it in the finding's history")
    ),
    ...placeFlags
  },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("../programs/snooze.ts")),
      ({ snooze }) => snooze(input)
    )
).pipe(
  Command.withDescription("Set a finding aside until a day or an amount; it is in no sum meanwhile"),
  Command.withExamples([{ command: 'nightaudit snooze 3f9a --until 2026-12-24 --reason "in use until Christmas"' }])
)
