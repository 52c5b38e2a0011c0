/** What each owner has open as a night ends: what the night's digests of owners say, and what those of the next one are compared with. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Rollup, Sums } from "../core/run/Rollup.ts"
import type { Run } from "../core/run/Run.ts"
import { Store, type StoreError } from "../core/store/Store.ts"
import { millisPerDay } from "../core/time.ts"

const keyOf = (runId: string) => `alerts/owners/${runId}`

/** A night that is longer ago is no night before: nobody starts one after so long without being asked. */
const keptMillis = 100 * millisPerDay

/** Keeps it, of a night whose configuration says which tags make owners. */
export const keepOwners = Effect.fnUntraced(function* ({ id, plan: { full, ownerTagKeys } }: Run, { by }: Rollup) {
  if (!full || ownerTagKeys === undefined) return
  const store = yield* Store
  const expires = new Date((yield* Clock.currentTimeMillis) + keptMillis)
  yield* store.cache(keyOf(id), { ownerTagKeys, owners: [...by.owner] }, expires)
})

/** By the value of the owner tag; undefined where it was not kept, or owners are told by other tags than in `run`. */
export const ownersOf = Effect.fnUntraced(function* (
  night: Run,
  { plan: { ownerTagKeys } }: Run
): Effect.fn.Return<ReadonlyMap<string, Sums> | undefined, StoreError, Store> {
  const store = yield* Store
  const kept = yield* store.cached(keyOf(night.id))
  return kept?.owners === undefined || JSON.stringify(kept.ownerTagKeys) !== JSON.stringify(ownerTagKeys)
    ? undefined
    : new Map(kept.owners)
})
