import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import { formatFlag, placeFlags, selectionFlags, switchFlag, usdFlag } from "../flags.ts"

export const scan = Command.make(
  "scan",
  {
    ...selectionFlags,
    ...placeFlags,
    failAbove: usdFlag("fail-above", "Exit with 1 when confirmed waste is above this, in USD a month"),
    failAboveUnconfirmed: usdFlag(
      "fail-above-unconfirmed",
      "The same for confirmed and unconfirmed waste together; a first night has only the latter"
    ),
    strict: switchFlag("strict", "Exit with 5 when anything could not be seen"),
    dryRun: switchFlag("dry-run", "Print every call, the permissions and the expected cost; call nothing"),
    anyDate: switchFlag("any-date", "Scan also when this machine's clock does not fit the newest run of the store"),
    fresh: switchFlag("fresh", "Do not go on with a run that was cut off"),
    format: formatFlag()
  },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("../programs/scan.ts")),
      ({ scan }) => scan(input)
    )
).pipe(
  Command.withDescription("Scan accounts for waste and print what was found"),
  Command.withExamples([
    { command: "nightaudit scan --dry-run", description: "what it would call, need and cost" },
    { command: "nightaudit scan --regions eu-west-1 --categories network,storage" },
    { command: "nightaudit scan --settings find_unused_volumes.minUnattachedDays=30 --fail-above 500" },
    {
      command: "nightaudit scan --format json > result.json",
      description: "one object, described by docs/scan-result.schema.json"
    }
  ])
)
