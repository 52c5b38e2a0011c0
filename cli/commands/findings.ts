import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import { choiceFlag, formatFlag, listFlag, maybe, placeFlags, switchFlag, textFlag, usdFlag } from "../flags.ts"

export const findings = Command.make(
  "findings",
  {
    scans: listFlag("scan", "Of these scans"),
    categories: listFlag("category", "Of these categories"),
    accounts: listFlag("account", "In these accounts"),
    regions: listFlag("region", "In these regions"),
    severities: listFlag("severity", "critical, high, medium, low or info"),
    status: Flag.withDefault(choiceFlag("status", ["open", "resolved", "all"], "Default: open"), "open" as const),
    owner: textFlag("owner", "<name>", "Whose owner or team tag says this"),
    minUsd: usdFlag("min-usd", "With at least this saving a month"),
    confirmed: switchFlag("confirmed", "Only what is confirmed"),
    unconfirmed: switchFlag("unconfirmed", "Only what is not"),
    limit: maybe(
      Flag.Int("limit").pipe(
        Flag.withMetavar("<1-1000>"),
        Flag.withDescription("How many (default: 50 on a screen, all in files)")
      )
    ),
    cursor: textFlag("cursor", "<cursor>", "Where the page before ended"),
    ...placeFlags,
    format: formatFlag()
  },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("../programs/findings.ts")),
      ({ findings }) => findings(input)
    )
).pipe(
  Command.withDescription("List findings, largest saving first, with totals over all that match"),
  Command.withExamples([
    { command: "nightaudit findings --category network --min-usd 20" },
    { command: "nightaudit findings --owner payments --format csv > payments.csv" }
  ])
)
