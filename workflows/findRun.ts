import * as Effect from "effect/Effect"
import { Store, StoreError } from "../core/store/Store.ts"

/** The run of that id. A step is only started for a run that Plan wrote. */
export const findRun = Effect.fnUntraced(function* (runId: string) {
  const store = yield* Store
  const run = yield* store.run(runId)
  if (run === undefined)
    return yield* new StoreError({ kind: "failed", message: `there is no run ${runId} in the store` })
  return run
})
