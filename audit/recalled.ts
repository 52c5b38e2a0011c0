import * as Effect from "effect/Effect"
import type { Scope } from "../core/Scope.ts"
import type { RememberedAnswer, Store } from "../core/store/Store.ts"

/** What the store remembers of some questions, by their keys; nothing where it cannot be read, so that AWS is asked. */
export const recalled = (
  store: Store["Service"],
  scope: Scope,
  name: string,
  keys: ReadonlyArray<string>
): Effect.Effect<ReadonlyMap<string, RememberedAnswer>> =>
  store.remembered(scope, name, keys).pipe(
    Effect.orElseSucceed((): ReadonlyArray<RememberedAnswer> => []),
    Effect.map((kept) => new Map(kept.map((answer) => [answer.key, answer])))
  )
