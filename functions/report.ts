/** Writes the page of a run into the bucket. What it may call is to put a report there, besides the table. */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { ReportShelf } from "../core/run/ReportShelf.ts"
import { makeReport } from "../report/makeReport.ts"
import { pagePieces } from "../report/writePage.ts"
import { report } from "../workflows/steps/report.ts"
import { handlerOf } from "./handler.ts"
import { putReport } from "./reportBucket.ts"
import { storeLayer } from "./storeLayer.ts"

const shelf = Layer.effect(
  ReportShelf,
  Effect.gen(function* () {
    const place = {
      bucket: yield* Config.String("NIGHTAUDIT_REPORTS"),
      region: yield* Config.String("AWS_REGION"),
      opener: Option.getOrUndefined(yield* Config.option(Config.String("NIGHTAUDIT_OPENER")))
    }
    return {
      put: (run) =>
        Effect.flatMap(makeReport(), (content) =>
          putReport(place, run, (opens) => pagePieces({ ...content, summary: { ...content.summary, opens } }))
        )
    }
  })
)

export const handler = handlerOf("report", report, Layer.merge(shelf, storeLayer))
