import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import { formatFlag, placeFlags, textFlag } from "../flags.ts"

export const runs = Command.make(
  "runs",
  {
    limit: Flag.Int("limit").pipe(
      Flag.withMetavar("<1-1000>"),
      Flag.withDescription("How many (default: 20)"),
      Flag.withDefault(20)
    ),
    cursor: textFlag("cursor", "<cursor>", "Where the page before ended"),
    ...placeFlags,
    format: formatFlag()
  },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("../programs/runs.ts")),
      ({ runs }) => runs(input)
    )
).pipe(Command.withDescription("List the runs of the store, newest first"))
