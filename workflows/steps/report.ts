/**
 * Compares what findings claimed with the bill, and writes the page of a run that people are told about. What fails here is missing in the
 * digest, which goes out all the same.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { isBeside } from "../../core/run/Run.ts"
import { ReportShelf } from "../../core/run/ReportShelf.ts"
import { keepReportLink } from "../../query/reportLink.ts"
import { compareWithBill } from "../compareWithBill.ts"
import { findRun } from "../findRun.ts"

export const ReportInput = Schema.Struct({ runId: Schema.String })

export const report = Effect.fn("report")(function* (input: unknown) {
  const { runId } = yield* Schema.decodeUnknownEffect(ReportInput)(input)
  const run = yield* findRun(runId)
  const shelf = yield* ReportShelf
  // Whoever asked for a live scan has its answer, and a micro-scan is told by itself.
  if (isBeside(run)) return { runId }
  if (run.plan.full && run.status === "complete") yield* compareWithBill(run)
  if (shelf !== undefined) {
    const place = yield* Effect.tapError(shelf.put(run), ({ message }) =>
      Effect.logWarning(`the report was not written: ${message}`)
    )
    yield* keepReportLink({ runId, asOf: run.startedAt, ...place })
  }
  return { runId }
})
