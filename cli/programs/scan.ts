import * as Effect from "effect/Effect"
import type { AuditRequest } from "../../core/config/AuditRequest.ts"
import { Store } from "../../core/store/Store.ts"
import { ScanRegistry } from "../../audit/ScanRegistry.ts"
import type { PlaceInput, SelectionInput } from "../flags.ts"
import { auditLayer, hasStore, openPlace, type Place, storeLayer } from "../layers.ts"
import type { Format } from "../output/formats.ts"
import { type Most, resultDocument } from "../output/resultDocument.ts"
import { findingSheet } from "../output/sheets.ts"
import { show } from "../output/show.ts"
import { audit, verdictOf } from "./audit.ts"
import { dryRunAnswer, dryRunOf } from "./dryRun.ts"
import { knownOf, requestOf } from "./request.ts"

export interface ScanInput extends PlaceInput, SelectionInput {
  readonly failAbove: number | undefined
  readonly strict: boolean
  readonly dryRun: boolean
  readonly fresh: boolean
  readonly format: Format
}

const onScreen: Most = { findings: 20, reportRows: 10 }
const inFile: Most = { findings: Number.POSITIVE_INFINITY, reportRows: Number.POSITIVE_INFINITY }

/** Audits what is asked for, prints the result, and fails with the exit code that it calls for. */
export const scan = Effect.fn("cli.scan")(function* (input: ScanInput) {
  const place = yield* openPlace(input)
  const request = yield* requestOf(place, input)
  if (input.dryRun) return yield* dryRun(place, request, input.format)
  const result = yield* audit(request, input.fresh).pipe(Effect.provide(auditLayer(place)))
  yield* show(input.format, {
    document: resultDocument(result, input.format === "markdown" ? inFile : onScreen),
    sheet: findingSheet(result.findings),
    json: result
  })
  const verdict = verdictOf(result, input)
  if (verdict !== undefined) return yield* verdict
})

const dryRun = Effect.fnUntraced(function* (place: Place, request: AuditRequest, format: Format) {
  const last = hasStore(place)
    ? yield* Effect.flatMap(Store, (store) => store.runs(20)).pipe(
        Effect.map(({ items }) => items.find(({ status }) => status === "complete")),
        Effect.provide(storeLayer(place))
      )
    : undefined
  const plan = yield* dryRunOf(request, knownOf(place, request), last).pipe(Effect.provide(ScanRegistry.layer))
  yield* show(format, dryRunAnswer(plan))
})
