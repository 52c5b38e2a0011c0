import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { formatFlag, listFlag, placeFlags } from "../flags.ts"

export const scans = Command.make(
  "scans",
  {
    name: Argument.String("name").pipe(
      Argument.withDescription("One scan, with all of its settings"),
      Argument.optional,
      Argument.map(Option.getOrUndefined)
    ),
    categories: listFlag("category", "Only scans of these categories"),
    sample: placeFlags.sample,
    format: formatFlag()
  },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("../programs/scans.ts")),
      ({ scans }) => scans(input)
    )
).pipe(
  Command.withDescription("List the scans: what they look for, their settings and what they may call"),
  Command.withExamples([
    { command: "nightaudit scans --category network" },
    {
      command: "nightaudit scans find_unused_volumes",
      description: "one scan with its settings, reasons and permissions"
    }
  ])
)
