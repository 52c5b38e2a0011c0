import * as Effect from "effect/Effect"
import type { Store } from "./Store.ts"

/**
 * A store of its own for results that must not mix with those of another one. What AWS told is true for both, so that it is
 * also looked for in the other one: readings that cost money, and what probes are remembered to have told.
 */
export const storeBeside = (own: Store["Service"], other: Store["Service"]): Store["Service"] => ({
  ...own,
  cached: Effect.fnUntraced(function* (key) {
    const value: unknown = yield* own.cached(key)
    return value ?? (yield* other.cached(key))
  }),
  remembered: Effect.fnUntraced(function* (scope, probe, keys) {
    const answers = yield* own.remembered(scope, probe, keys)
    const known = new Set(answers.map(({ key }) => key))
    return [
      ...answers,
      ...(yield* other.remembered(
        scope,
        probe,
        keys.filter((key) => !known.has(key))
      ))
    ]
  })
})
