import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Store } from "../../core/store/Store.ts"

/**
 * A store that is loaded and made when it is first asked something: its client takes as long to load as all the rest, and neither a
 * list of tools nor a refusal needs it.
 */
export const lazyStore = (load: () => Promise<Layer.Layer<Store>>): Layer.Layer<Store> =>
  Layer.effect(
    Store,
    Effect.gen(function* () {
      const scope = yield* Effect.scope
      const made = yield* Effect.cached(
        Effect.promise(load).pipe(
          Effect.flatMap((layer) => Layer.buildWithScope(layer, scope)),
          Effect.map((context) => Context.get(context, Store))
        )
      )
      const ask =
        (name: keyof Store["Service"]) =>
        (...args: ReadonlyArray<unknown>) =>
          // Each method takes what it is given here, and each answers with an effect.
          Effect.flatMap(made, (store) =>
            (store[name] as (...args: ReadonlyArray<unknown>) => Effect.Effect<unknown>)(...args)
          )
      return new Proxy({} as Store["Service"], {
        get: (_, name) => (typeof name === "string" ? ask(name as keyof Store["Service"]) : undefined)
      })
    })
  )
