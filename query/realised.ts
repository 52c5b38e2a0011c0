/** What the bill shows of findings that ended, as the newest night has compared it. */
import * as Effect from "effect/Effect"
import type { Realised } from "../core/run/realised.ts"
import { Store, type StoreError } from "../core/store/Store.ts"

/** The key of the store's cache under which it is. */
export const realisedKey = "realised"

/** Undefined before the first comparison, and for a caller who sees only some of the accounts. */
export const realised = Effect.fn("query.realised")(function* (): Effect.fn.Return<
  Realised | undefined,
  StoreError,
  Store
> {
  const store = yield* Store
  return yield* store.cached(realisedKey)
})
