import { dirname } from "node:path"
import * as Effect from "effect/Effect"
import type { AuditRequest } from "../../core/config/AuditRequest.ts"
import { Store } from "../../core/store/Store.ts"
import { ScanRegistry } from "../../audit/ScanRegistry.ts"
import type { PlaceInput, SelectionInput } from "../flags.ts"
import { auditLayer, hasStore, openPlace, type Place, storeLayer } from "../layers.ts"
import type { Format } from "../output/formats.ts"
import { show } from "../output/show.ts"
import { Screen } from "../Screen.ts"
import { audit, type Measure, verdictOf } from "./audit.ts"
import { dryRunAnswer, dryRunOf } from "./dryRun.ts"
import type { Start } from "./resume.ts"
import { knownOf, requestOf } from "./request.ts"
import { resultAnswer } from "./runResult.ts"

export interface ScanInput extends PlaceInput, SelectionInput, Measure, Start {
  readonly dryRun: boolean
  readonly format: Format
}

/** Audits what is asked for, prints the result, and fails with the exit code that it calls for. */
export const scan = Effect.fn("cli.scan")(function* (input: ScanInput) {
  const place = yield* openPlace(input)
  const request = yield* requestOf(place, input)
  if (input.dryRun) return yield* dryRun(place, request, input.format)
  const screen = yield* Screen
  yield* Effect.gen(function* () {
    const { run, untold } = yield* audit(request, input)
    yield* show(input.format, yield* resultAnswer(run, input.format))
    const { notes, problem } = yield* verdictOf(run, input, dirname(place.storeFile))
    yield* Effect.forEach(notes, screen.note, { discard: true })
    if (problem === undefined) return untold === undefined ? undefined : yield* untold
    if (untold !== undefined) yield* Effect.forEach(untold.lines, screen.note, { discard: true })
    return yield* problem
  }).pipe(Effect.provide(auditLayer(place)))
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
