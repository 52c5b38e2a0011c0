import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import { formatFlag, placeFlags } from "../flags.ts"

export const finding = Command.make(
  "finding",
  {
    id: Argument.String("id").pipe(
      Argument.withDescription("The finding's id, or as much of its beginning as is unique")
    ),
    ...placeFlags,
    format: formatFlag()
  },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("../programs/finding.ts")),
      ({ finding }) => finding(input)
    )
).pipe(
  Command.withDescription("Explain one finding: why, the sum term by term, what it overlaps, its history, what to do")
)
