/** When findings were seen last. An unchanged finding is not written again, so the outcomes know it better than it does. */
import * as Effect from "effect/Effect"
import type { Finding } from "../core/finding/Finding.ts"
import type { Outcome } from "../core/run/Outcome.ts"
import { scopeKey } from "../core/Scope.ts"
import { Store, type StoreError } from "../core/store/Store.ts"

/**
 * The findings with `lastSeen` as of now: a complete outcome shows every finding of its scan and scope that is not resolved,
 * also the ones that it left unwritten. One read per scope.
 */
export const withLastSeen = Effect.fn("withLastSeen")(function* (
  findings: ReadonlyArray<Finding>
): Effect.fn.Return<ReadonlyArray<Finding>, StoreError, Store> {
  const store = yield* Store
  const scopes = new Map(
    findings.filter(({ status }) => status !== "resolved").map(({ scope }) => [scopeKey(scope), scope])
  )
  const outcomes = new Map(
    yield* Effect.forEach(
      scopes,
      ([key, scope]) =>
        Effect.map(store.latestOutcomes(scope), (all): readonly [string, ReadonlyArray<Outcome>] => [key, all]),
      { concurrency: 8 }
    )
  )
  return findings.map((finding) => {
    if (finding.status === "resolved") return finding
    const complete = outcomes.get(scopeKey(finding.scope))?.find(({ scan }) => scan === finding.scan)?.lastComplete
    // ISO instants in UTC are ordered as text.
    return complete === undefined || complete === null || complete <= finding.lastSeen
      ? finding
      : { ...finding, lastSeen: complete }
  })
})
