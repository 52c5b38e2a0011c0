/** What a run has read for all of its scopes and stored, for the steps that read nothing themselves. */
import * as Effect from "effect/Effect"
import { fromPlain } from "../json.ts"
import { type Scope, scopeKey } from "../Scope.ts"
import { Store } from "../store/Store.ts"

/** Under which key of the store's cache a run keeps what it has read of a dataset. */
export const readingKey = (runId: string, scope: Scope, dataset: string): string =>
  `reading/${runId}/${scopeKey(scope)}/${dataset}`

/** What a run has read of a dataset of some scope; undefined where it has not, where that failed, or has a gap. */
export const wholeReading = Effect.fnUntraced(function* <A>(runId: string, scope: Scope, dataset: string) {
  const store = yield* Store
  const plain = yield* Effect.orElseSucceed(store.cached(readingKey(runId, scope, dataset)), () => undefined)
  return plain === undefined || plain.error !== undefined || plain.gaps.length > 0 || plain.inherited.length > 0
    ? undefined
    : (fromPlain(plain.value) as A)
})
