/** The configuration that was deployed: the file lies beside the function's code. */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import entries from "../audit/catalogue.json" with { type: "json" }
import type { CatalogueEntry } from "../core/catalogue/Catalogue.ts"
import { readConfig } from "../core/config/readConfig.ts"

// JSON has no literal types.
export const catalogue = entries as ReadonlyArray<unknown> as ReadonlyArray<CatalogueEntry>

export const configuration = Effect.gen(function* () {
  const folder = yield* Config.String("LAMBDA_TASK_ROOT")
  return (yield* readConfig({ catalogue, folder, path: undefined })).config
})
