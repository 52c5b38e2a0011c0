/** Reads that outlive one scope: account-wide data that several regions judge, and answers that cost money. */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Store } from "../../core/store/Store.ts"
import { millisPerDay } from "../../core/time.ts"
import type { Loaded } from "./load.ts"

export class ReadCache extends Context.Service<
  ReadCache,
  {
    /** Runs the read once per run and key in this process, also for scopes that ask at the same time. */
    readonly shared: <R>(
      runId: string,
      key: string,
      read: Effect.Effect<Loaded, never, R>
    ) => Effect.Effect<Loaded, never, R>
    /** Answers from the store while the answer is younger than `hours`. Only complete answers are kept. */
    readonly kept: <R>(
      key: string,
      hours: number,
      read: Effect.Effect<Loaded, never, R>
    ) => Effect.Effect<Loaded, never, R>
  }
>()("nightaudit/datasets/ReadCache") {
  static readonly layer = Layer.effect(
    ReadCache,
    Effect.gen(function* () {
      const store = yield* Store
      const running = new Map<string, Effect.Effect<Loaded, never, any>>()
      let currentRun = ""
      return ReadCache.of({
        shared: (runId, key, read) =>
          Effect.suspend(() => {
            if (runId !== currentRun) {
              running.clear()
              currentRun = runId
            }
            const existing = running.get(key)
            if (existing !== undefined) return existing
            return Effect.flatMap(Effect.cached(read), (once) => {
              // Another fiber may have come first between the two steps.
              const winner = running.get(key) ?? once
              running.set(key, winner)
              return winner
            })
          }),
        kept: Effect.fnUntraced(function* (key, hours, read) {
          const now = yield* Clock.currentTimeMillis
          const value = yield* Effect.orElseSucceed(store.cached(key), () => undefined)
          if (value !== undefined) return { ok: true, value, gaps: [] } as Loaded
          const loaded = yield* read
          if (loaded.ok && loaded.gaps.length === 0) {
            const expires = new Date(now + (hours / 24) * millisPerDay)
            yield* store.cache(key, loaded.value, expires).pipe(Effect.ignore)
          }
          return loaded
        })
      })
    })
  )

  /** Keeps nothing: every read is made. */
  static readonly layerNone = Layer.succeed(ReadCache, {
    shared: (_runId, _key, read) => read,
    kept: (_key, _hours, read) => read
  })
}
