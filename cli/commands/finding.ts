import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import { formatFlag, placeFlags } from "../flags.ts"

export const finding = Command.make(
  "finding",
  {
    named: Argument.String("finding").pipe(
      Argument.withDescription("An id or at least 4 of its first characters, an ARN, or a resource's id: vol-0a1b")
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
  Command.withDescription("Explain one finding: why, the sum term by term, what it overlaps, its history, what to do"),
  Command.withExamples([
    { command: "nightaudit finding 3f9a" },
    { command: "nightaudit finding vol-0123456789abcdef0", description: "what is found about a resource" }
  ])
)
