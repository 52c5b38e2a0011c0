import * as Effect from "effect/Effect"
import type { Run } from "../../core/run/Run.ts"
import { noSummary } from "../../core/run/totals.ts"
import { runTotals } from "../../query/runFindings.ts"
import { changesLine, sumsSince } from "../../query/sumChanges.ts"
import { costFacts, coverageBlocks, runLine } from "../output/resultDocument.ts"
import type { PlaceInput } from "../flags.ts"
import { auditLayer, openPlace, type Place, reportFile } from "../layers.ts"
import { Machine } from "../Machine.ts"
import { commands, facts, heading, link, tableOf, text } from "../output/document.ts"
import { plural } from "../../core/format.ts"
import type { Format } from "../output/formats.ts"
import { findingSheet, shortId } from "../output/sheets.ts"
import { show } from "../output/show.ts"
import { totalsBlocks, whereBlocks } from "../output/totals.ts"
import { audit } from "./audit.ts"
import { requestOf } from "./request.ts"
import { firstFindings, resultAnswer, showingOf } from "./runResult.ts"

/** Audits the sample estate and ends with what to look at next. */
export const demo = Effect.fn("cli.demo")(function* (input: Omit<PlaceInput, "sample"> & { readonly format: Format }) {
  const { command } = yield* Machine
  const place = yield* openPlace({ ...input, sample: true })
  const request = yield* requestOf(place, undefined)
  yield* Effect.gen(function* () {
    const { run, untold } = yield* audit(request, { fresh: false, anyDate: false })
    const answer = yield* resultAnswer(run, input.format)
    const isShort = input.format === "table" || input.format === "markdown"
    const document = isShort ? demoDocument(run, place, command, reportFile(place)) : answer.document
    yield* show(input.format, { ...answer, document })
    if (untold !== undefined) return yield* untold
  }).pipe(Effect.provide(auditLayer(place)))
})

/** `call` is how the command line is called here, and `page` where the report was written. */
const demoDocument = Effect.fnUntraced(function* (run: Run, place: Place, call: string, page: string) {
  const { cost, coverage, totals } = run.summary ?? noSummary
  const showing = yield* showingOf
  const top = yield* firstFindings(run, 5, ({ savings }) => savings?.counted === true)
  const [first] = top
  const rollup = yield* runTotals(run)
  return [
    heading(`Larkspur Outdoor is a made-up organisation; no call left this machine.`),
    text(runLine(run)),
    heading("What it wastes"),
    ...totalsBlocks(totals, rollup.aboveBill),
    heading(`The ${plural(top.length, "largest saving")}`),
    tableOf(findingSheet(top, showing)),
    ...whereBlocks(rollup, showing),
    ...coverageBlocks(run, coverage),
    heading("Since the last night"),
    text(changesLine(yield* sumsSince(run))),
    heading("What this run would have cost on AWS"),
    facts(costFacts(cost)),
    heading("What to try next"),
    text(`The results are in ${place.storeFile}. \`demo --format json\` prints all of them.`),
    commands(
      `${call} findings --sample --category network`,
      ...(first === undefined ? [] : [`${call} finding ${shortId(first.id)} --sample`]),
      `${call} totals --by service --sample`,
      `${call} coverage --sample`
    ),
    text("And with AWS credentials, on your own accounts:"),
    commands(`${call} doctor`, `${call} scan --dry-run`, `${call} scan`),
    heading("The report, for a browser"),
    link(page)
  ]
})
