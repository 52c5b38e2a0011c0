import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { formatFlag, placeFlags } from "../flags.ts"

const runArgument = (name: string, description: string) =>
  Argument.String(name).pipe(
    Argument.withDescription(description),
    Argument.optional,
    Argument.map(Option.getOrUndefined)
  )

export const compare = Command.make(
  "compare",
  {
    a: runArgument("run-a", "A run's id or its beginning (default: the newest but one)"),
    b: runArgument("run-b", "The other run (default: the newest)"),
    limit: Flag.Int("limit").pipe(
      Flag.withMetavar("<1-1000>"),
      Flag.withDescription("How many changes of each type on a screen (default: 10)"),
      Flag.withDefault(10)
    ),
    ...placeFlags,
    format: formatFlag()
  },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("../programs/compare.ts")),
      ({ compare }) => compare(input)
    )
).pipe(
  Command.withDescription(
    "Tell two nights apart: what was opened, changed, confirmed, resolved and reopened, with USD"
  ),
  Command.withExamples([
    { command: "nightaudit compare", description: "the last two" },
    { command: "nightaudit compare 20261113 20261120 --format csv > week.csv" }
  ])
)
