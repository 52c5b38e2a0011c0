import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Store } from "../../core/store/Store.ts"
import { storeWhenReady } from "../../core/store/storeWhenReady.ts"

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
      return storeWhenReady(made)
    })
  )
