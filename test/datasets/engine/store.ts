/** The part of a store that reads and probes use, in memory: what is kept in it has been JSON. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { scopeKey } from "../../../core/Scope.ts"
import { type RememberedAnswer, Store } from "../../../core/store/Store.ts"

export const memoryStore = Layer.unwrap(
  Effect.sync(() => {
    const cache = new Map<string, { readonly json: string; readonly expires: number }>()
    const answers = new Map<string, RememberedAnswer>()
    return Layer.mock(Store, {
      cache: (key, value, expires) =>
        Effect.sync(() => void cache.set(key, { json: JSON.stringify(value), expires: expires.getTime() })),
      cached: (key) =>
        Effect.map(Clock.currentTimeMillis, (at) => {
          const held = cache.get(key)
          return held === undefined || held.expires <= at ? undefined : JSON.parse(held.json)
        }),
      remember: (scope, probe, told) =>
        Effect.sync(() => {
          for (const answer of told) {
            answers.set(`${scopeKey(scope)}/${probe}/${answer.key}`, JSON.parse(JSON.stringify(answer)))
          }
        }),
      remembered: (scope, probe, keys) =>
        Effect.sync(() => keys.flatMap((key) => answers.get(`${scopeKey(scope)}/${probe}/${key}`) ?? []))
    })
  })
)
