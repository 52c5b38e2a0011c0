/** Leases that runs take on the store. Each is one conditional write with an expiry, so that a process that died holds up nobody for good. */
import * as Effect from "effect/Effect"
import { ProcessGone } from "../core/run/ProcessGone.ts"
import { Store, type StoreError } from "../core/store/Store.ts"

/**
 * Takes a lease for a run or renews it, and answers the run that has it: another one only where its lease has not run out and its
 * process may still be there.
 */
export const takeLease = Effect.fnUntraced(function* (
  name: string,
  runId: string,
  until: Date
): Effect.fn.Return<string, StoreError, Store> {
  const store = yield* Store
  const holder = yield* store.lease(name, runId, until)
  if (holder === runId) return holder
  const isGone = yield* ProcessGone
  const other = yield* store.run(holder)
  if (other === undefined || !isGone(other.process)) return holder
  // Of several that find it gone at once, the release of the second is of a lease that its holder has lost already.
  yield* store.release(name, holder)
  return yield* store.lease(name, runId, until)
})
