/** How old an answer is: as of when scans were judged in a scope. */
import * as Effect from "effect/Effect"
import type { Outcome } from "../core/run/Outcome.ts"
import type { Scope } from "../core/Scope.ts"
import { Store, type StoreError } from "../core/store/Store.ts"

export interface Freshness {
  /** For each scan that was asked for its newest outcome in the scope; null where it never ran there. */
  readonly scans: ReadonlyArray<{ readonly scan: string; readonly outcome: Outcome | null }>
  /** As of when the oldest of them was judged completely, an ISO instant; null where one never was. */
  readonly oldest: string | null
}

/** The freshness of these scans in a scope, or of all that ever ran there. What does not apply there is as fresh as its outcome. */
export const freshness = Effect.fn("query.freshness")(function* (
  scope: Scope,
  scans?: ReadonlyArray<string>
): Effect.fn.Return<Freshness, StoreError, Store> {
  const store = yield* Store
  const outcomes = new Map((yield* store.latestOutcomes(scope)).map((outcome) => [outcome.scan, outcome]))
  const rows = (scans ?? [...outcomes.keys()]).map((scan) => ({ scan, outcome: outcomes.get(scan) ?? null }))
  const times = rows.map(({ outcome }) =>
    outcome?.status === "not_applicable" ? outcome.asOf : (outcome?.lastComplete ?? null)
  )
  const known = times.filter((time) => time !== null).sort()
  return { scans: rows, oldest: known.length === times.length ? (known[0] ?? null) : null }
})
