import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import { dimensions } from "../../core/run/Rollup.ts"
import { choiceFlag, formatFlag, listFlag, placeFlags } from "../flags.ts"

export const totals = Command.make(
  "totals",
  {
    by: Flag.withDefault(choiceFlag("by", dimensions, "What is added up by (default: service)"), "service" as const),
    accounts: listFlag("account", "In these accounts"),
    regions: listFlag("region", "In these regions"),
    services: listFlag("service", "Billed as these services"),
    categories: listFlag("category", "Of these categories"),
    scans: listFlag("scan", "Of these scans"),
    severities: listFlag("severity", "critical, high, medium, low or info"),
    owners: listFlag("owner", "Whose owner or team tag says this"),
    ...placeFlags,
    format: formatFlag()
  },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("../programs/totals.ts")),
      ({ totals }) => totals(input)
    )
).pipe(
  Command.withDescription("Add up what is wasted by service, account, region, category, scan, severity or owner"),
  Command.withExamples([
    { command: "nightaudit totals --by owner" },
    { command: "nightaudit totals --by account --category network --format csv > network.csv" }
  ])
)
