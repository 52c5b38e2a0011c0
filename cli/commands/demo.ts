import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import { formatFlag, placeFlags } from "../flags.ts"

export const demo = Command.make(
  "demo",
  { sample: placeFlags.sample, config: placeFlags.config, store: placeFlags.store, format: formatFlag() },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("../programs/demo.ts")),
      ({ demo }) => demo(input)
    )
).pipe(
  Command.withDescription("Audit the sample estate, a made-up organisation: no credentials, no network"),
  Command.withExamples([{ command: "nightaudit demo" }, { command: "nightaudit demo --format json" }])
)
