/** Findings that a step and a person change at the same time: neither loses what the other one did. */
import * as Effect from "effect/Effect"
import { StoreError } from "../core/store/Store.ts"

/** Somebody else changes a finding once in a night; whoever meets that so often in a row has met a fault. */
const maxTimes = 5

/**
 * Reads findings, changes and writes them, and does it again, as they are then, for those that somebody else had written in between: `once`
 * answers their ids.
 */
export const rewritten = Effect.fnUntraced(function* <E, R>(
  ids: ReadonlyArray<string>,
  once: (ids: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<string>, E, R>
): Effect.fn.Return<void, E | StoreError, R> {
  let left = ids
  for (let time = 0; time < maxTimes; time += 1) {
    left = yield* once(left)
    if (left.length === 0) return
  }
  return yield* new StoreError({
    kind: "busy",
    message: `The finding ${left[0]} is being changed by somebody else all the time. Try again in a minute.`
  })
})
