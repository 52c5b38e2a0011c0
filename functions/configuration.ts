/** The configuration that was deployed: the file lies beside the function's code. */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import { catalogue } from "../audit/catalogue.ts"
import { readConfig } from "../core/config/readConfig.ts"

export const configuration = Effect.gen(function* () {
  const folder = yield* Config.String("LAMBDA_TASK_ROOT")
  return (yield* readConfig({ catalogue, folder, path: undefined })).config
})
