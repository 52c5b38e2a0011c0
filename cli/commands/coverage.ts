import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { formatFlag, placeFlags } from "../flags.ts"

export const coverage = Command.make(
  "coverage",
  {
    run: Argument.String("run").pipe(
      Argument.withDescription("A run's id or its beginning (default: the newest run)"),
      Argument.optional,
      Argument.map(Option.getOrUndefined)
    ),
    ...placeFlags,
    format: formatFlag()
  },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("../programs/coverage.ts")),
      ({ coverage }) => coverage(input)
    )
).pipe(Command.withDescription("Show what a run saw and name every gap"))
