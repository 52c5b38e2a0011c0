import { relative, resolve } from "node:path"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { usd } from "../../core/format.ts"
import type { StoreError } from "../../core/store/Store.ts"
import { Store } from "../../core/store/Store.ts"
import { seenFindings } from "../../query/findingsOf.ts"
import { newestNight } from "../../query/runs.ts"
import { makeReport } from "../../report/makeReport.ts"
import { pageBeginning, pagePieces } from "../../report/writePage.ts"
import type { PlaceInput } from "../flags.ts"
import { withStore } from "../layers.ts"
import { Machine } from "../Machine.ts"
import { csv } from "../output/csv.ts"
import { exported } from "../output/exports.ts"
import { writeFile } from "../output/file.ts"
import { isExport, type ReportFormat } from "../output/formats.ts"
import { json } from "../output/json.ts"
import { findingStream } from "../output/sheets.ts"
import { writePieces } from "../output/show.ts"
import { type Problem, usageProblem } from "../Problem.ts"
import { Screen } from "../Screen.ts"
import { resultAnswer, showingOf } from "./runResult.ts"

export interface ReportInput extends PlaceInput {
  /** `-` is stdout. */
  readonly out: string | undefined
  readonly overwrite: boolean
  readonly format: ReportFormat
}

/** Writes the page of the store into a file, and answers the sentence that says so. */
export const writeReport = Effect.fn("cli.writeReport")(function* (
  file: string,
  overwrite: boolean
): Effect.fn.Return<string, Problem | StoreError, Store> {
  const content = yield* makeReport()
  yield* writeFile(file, Stream.fromIterable(pagePieces(content)), { overwrite, ownBeginning: pageBeginning })
  const { findings, standings } = content.summary
  return `${usd(standings.confirmed.monthlyUsd)} a month of confirmed waste, ${findings} findings`
})

/** What is exported: every open finding, and in JSON all that the newest night made. */
const piecesOf = Effect.fnUntraced(function* (
  format: Exclude<ReportFormat, "html">
): Effect.fn.Return<Stream.Stream<string, StoreError, Store>, StoreError | Problem, Store> {
  const open = seenFindings({ statuses: ["open"] })
  if (isExport(format)) return exported(format, open)
  if (format === "csv") return csv(findingStream(open, yield* showingOf))
  const run = yield* newestNight()
  if (run === undefined) return yield* usageProblem("No night has come to its end yet: there is nothing to export.")
  return json((yield* resultAnswer(run, format)).json)
})

const extensions: Readonly<Record<ReportFormat, string>> = {
  html: "html",
  json: "json",
  csv: "csv",
  ocsf: "ocsf.json",
  focus: "focus.csv"
}

/** Writes the newest night as a page, or exports it. A page goes into a file and an export to stdout unless `--out` says otherwise. */
export const report = Effect.fn("cli.report")(function* (input: ReportInput) {
  const { folder } = yield* Machine
  const { note } = yield* Screen
  yield* withStore(
    input,
    Effect.gen(function* () {
      const { format, out, overwrite } = input
      const store = yield* Store
      const [newest] = (yield* store.runs(1)).items
      if (newest === undefined)
        return yield* usageProblem("There is no run in the store yet: `nightaudit scan` makes one.")
      const toStdout = out === "-" || (out === undefined && format !== "html")
      if (toStdout) {
        const pieces =
          format === "html" ? Stream.fromIterable(pagePieces(yield* makeReport())) : yield* piecesOf(format)
        return yield* writePieces(pieces)
      }
      const named = out ?? `nightaudit-${newest.startedAt.slice(0, 10)}.${extensions[format]}`
      const file = resolve(folder, named)
      if (format === "html") {
        const said = yield* writeReport(file, overwrite)
        return yield* note(`Report: ${shortest(folder, file)} (${said})`)
      }
      yield* writeFile(file, yield* piecesOf(format), { overwrite, ownBeginning: undefined })
      return yield* note(`Export: ${shortest(folder, file)}`)
    })
  )
})

/** A path from the current folder where that is within it. */
const shortest = (folder: string, file: string): string => {
  const path = relative(folder, file)
  return path.startsWith("..") ? file : path
}
