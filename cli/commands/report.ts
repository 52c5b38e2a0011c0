import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import { choiceFlag, placeFlags, switchFlag, textFlag } from "../flags.ts"
import { reportFormats } from "../output/formats.ts"

export const report = Command.make(
  "report",
  {
    out: textFlag("out", "<file>", "Where it is written (default: nightaudit-<day>.html here); - is stdout"),
    overwrite: switchFlag("overwrite", "Replace a file that is no report of Night Audit"),
    ...placeFlags,
    format: Flag.withDefault(
      choiceFlag("format", reportFormats, "html is the page; the others are exports (default: html)"),
      "html"
    )
  },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("../programs/report.ts")),
      ({ report }) => report(input)
    )
).pipe(
  Command.withDescription("Write what was found as one HTML page that needs nothing else, or export it"),
  Command.withExamples([
    { command: "nightaudit report --out report.html" },
    { command: "nightaudit report --sample", description: "of the sample estate" },
    { command: "nightaudit report --format focus --out savings.csv", description: "to join with a cost export" }
  ])
)
