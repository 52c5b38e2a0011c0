/** Writes the page of a run that people are told about. A page that cannot be written is missing in the digest, which says so. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { ReportShelf } from "../../core/run/ReportShelf.ts"
import { keepReportLink } from "../../query/reportLink.ts"
import { findRun } from "../findRun.ts"

export const ReportInput = Schema.Struct({ runId: Schema.String })

export const report = Effect.fn("report")(function* (input: unknown) {
  const { runId } = yield* Schema.decodeUnknownEffect(ReportInput)(input)
  const run = yield* findRun(runId)
  const shelf = yield* ReportShelf
  // Whoever asked for a live scan has its answer.
  if (shelf !== undefined && run.trigger !== "query") {
    const place = yield* Effect.tapError(shelf.put(run), ({ message }) =>
      Effect.logWarning(`the report was not written: ${message}`)
    )
    yield* keepReportLink({ runId, asOf: run.startedAt, ...place })
  }
  return { runId }
})
