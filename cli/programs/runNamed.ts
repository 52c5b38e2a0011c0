import * as Effect from "effect/Effect"
import type { Run } from "../../core/run/Run.ts"
import type { Store, StoreError } from "../../core/store/Store.ts"
import { findRun } from "../../query/runs.ts"
import { type Problem, usageProblem } from "../Problem.ts"

/** The run whose id is or begins with this, or the newest. */
export const runNamed = Effect.fnUntraced(function* (
  id: string | undefined
): Effect.fn.Return<Run, Problem | StoreError, Store> {
  const run = yield* findRun(id)
  if (run !== undefined) return run
  return yield* usageProblem(
    id === undefined
      ? "There is no run in the store yet: `nightaudit scan` makes one."
      : `There is no run ${JSON.stringify(id)} in the store. \`nightaudit runs\` lists them.`
  )
})
