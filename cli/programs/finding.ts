import * as Effect from "effect/Effect"
import type { PlaceInput } from "../flags.ts"
import { withStore } from "../layers.ts"
import type { Format } from "../output/formats.ts"
import { show } from "../output/show.ts"
import { explain, explanationAnswer, findById } from "./explain.ts"

/** Explains one finding. */
export const finding = Effect.fn("cli.finding")(function* (
  input: PlaceInput & { readonly id: string; readonly format: Format }
) {
  yield* withStore(
    input,
    findById(input.id).pipe(
      Effect.flatMap(explain),
      Effect.flatMap((explanation) => show(input.format, explanationAnswer(explanation)))
    )
  )
})
