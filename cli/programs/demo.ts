import * as Effect from "effect/Effect"
import { totalsBlocks, changesLine, costFacts, coverageBlocks, largest, runLine } from "../output/resultDocument.ts"
import type { PlaceInput } from "../flags.ts"
import { auditLayer, openPlace, type Place } from "../layers.ts"
import { Machine } from "../Machine.ts"
import { commands, type Document, facts, heading, tableOf, text } from "../output/document.ts"
import { plural } from "../output/format.ts"
import type { Format } from "../output/formats.ts"
import { findingSheet, shortId } from "../output/sheets.ts"
import { show } from "../output/show.ts"
import type { ScanResult } from "../ScanResult.ts"
import { audit } from "./audit.ts"
import { requestOf } from "./request.ts"

/** Audits the sample estate and ends with what to look at next. */
export const demo = Effect.fn("cli.demo")(function* (input: Omit<PlaceInput, "sample"> & { readonly format: Format }) {
  const { command } = yield* Machine
  const place = yield* openPlace({ ...input, sample: true })
  const request = yield* requestOf(place, undefined)
  const result = yield* audit(request, false).pipe(Effect.provide(auditLayer(place)))
  yield* show(input.format, {
    document: demoDocument(result, place, command),
    sheet: findingSheet(result.findings),
    json: result
  })
})

/** `run` is how the command line is called here. */
const demoDocument = (result: ScanResult, place: Place, run: string): Document => {
  const { coverage, cost, findings, reports, summary } = result
  const top = largest(findings, 5)
  const [first] = top
  return [
    heading(`Larkspur Outdoor is a made-up organisation; no call left this machine.`),
    text(runLine(result.run)),
    heading("What it wastes"),
    ...totalsBlocks(summary.totals),
    heading(`The ${plural(top.length, "largest saving")}`),
    tableOf(findingSheet(top)),
    ...coverageBlocks(coverage),
    heading("Since the last night"),
    text(changesLine(summary.changes)),
    heading("What this run would have cost on AWS"),
    facts(costFacts(cost)),
    heading("What to try next"),
    text(
      `The results are in ${place.storeFile}. ${reports.length === 0 ? "" : `${plural(reports.length, "report")} came with them: \`demo --format json\`.`}`.trim()
    ),
    commands(
      `${run} findings --sample --category network`,
      ...(first === undefined ? [] : [`${run} finding ${shortId(first.id)} --sample`]),
      `${run} coverage --sample`
    ),
    text("And with AWS credentials, on your own accounts:"),
    commands(`${run} doctor`, `${run} scan --dry-run`, `${run} scan`)
  ]
}
