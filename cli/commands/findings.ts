import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import { statuses } from "../../core/store/query.ts"
import { findingFormats } from "../output/formats.ts"
import { choiceFlag, listFlag, maybe, placeFlags, switchFlag, textFlag, usdFlag } from "../flags.ts"

export const findings = Command.make(
  "findings",
  {
    scans: listFlag("scan", "Of these scans"),
    categories: listFlag("category", "Of these categories"),
    accounts: listFlag("account", "In these accounts"),
    regions: listFlag("region", "In these regions"),
    services: listFlag("service", "Billed as these services: Amazon RDS"),
    severities: listFlag("severity", "critical, high, medium, low or info"),
    kinds: listFlag("kind", "money, hygiene or notice"),
    status: maybe(
      choiceFlag("status", [...statuses, "all"], "Default: open; all of them with --changed, --run and --since")
    ),
    owner: textFlag("owner", "<name>", "Whose owner or team tag says this"),
    minUsd: usdFlag("min-usd", "With at least this saving a month"),
    confirmed: switchFlag("confirmed", "Only what is confirmed"),
    unconfirmed: switchFlag("unconfirmed", "Only what is not"),
    changed: switchFlag("changed", "What the newest run opened, changed, confirmed, resolved or reopened"),
    run: textFlag("run", "<run>", "What this run did, by its id or its beginning"),
    since: textFlag("since", "<when>", "What runs did since 2026-11-20, 7d, 12h or 2w"),
    limit: maybe(
      Flag.Int("limit").pipe(
        Flag.withMetavar("<1-1000>"),
        Flag.withDescription("How many (default: 50 on a screen, all in files)")
      )
    ),
    cursor: textFlag("cursor", "<cursor>", "Where the page before ended"),
    ...placeFlags,
    format: Flag.withDefault(
      choiceFlag(
        "format",
        findingFormats,
        "How results are written to stdout (default: table); ocsf has the hygiene, focus the money"
      ),
      "table"
    )
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
    { command: "nightaudit findings --owner payments --format csv > payments.csv" },
    { command: "nightaudit findings --since 7d --kind money", description: "what a week has brought" }
  ])
)
