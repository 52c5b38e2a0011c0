/** One full audit at a time on a store: a lease, taken in one step, that the steps of the night renew. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Run } from "../core/run/Run.ts"
import { Store } from "../core/store/Store.ts"
import { takeLease } from "./lease.ts"
import { anotherRun } from "./stepErrors.ts"

const name = "night"

/** Longer than a step takes; a night that died gives way after it. */
const leaseMillis = 20 * 60_000

/** Another full audit is running on the store. */
export class AnotherRun extends Schema.TaggedError<AnotherRun>()(anotherRun, { runId: Schema.String }) {
  override get message() {
    return `Another audit (run ${this.runId}) is running on this store. Wait until it is done, or stop it; one that was stopped gives way after ${leaseMillis / 60_000} minutes.`
  }
}

/** Takes the lease for a full audit, or renews it. A narrower audit needs none: each of its scopes has its own. */
export const takeNight = Effect.fnUntraced(function* (run: Run) {
  if (!run.plan.full) return
  const holder = yield* takeLease(name, run.id, new Date((yield* Clock.currentTimeMillis) + leaseMillis))
  if (holder !== run.id) return yield* new AnotherRun({ runId: holder })
})

/** Gives the lease back when the night is over. */
export const endNight = (run: Run) =>
  Effect.flatMap(Store, (store) => (run.plan.full ? store.release(name, run.id) : Effect.void))

/** The run of the night that is at work on the store; undefined where none is. `asker` is nobody's run. */
export const nightAtWork = Effect.fnUntraced(function* (asker: string) {
  const store = yield* Store
  const holder = yield* takeLease(name, asker, new Date((yield* Clock.currentTimeMillis) + 1000))
  if (holder !== asker) return yield* store.run(holder)
  yield* store.release(name, asker)
  return undefined
})
