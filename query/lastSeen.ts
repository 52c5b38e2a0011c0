/** When findings were seen last. An unchanged finding is not written again, so the outcomes know it better than it does. */
import * as Effect from "effect/Effect"
import type { Finding } from "../core/finding/Finding.ts"
import { type Scope, scopeKey } from "../core/Scope.ts"
import { Store, type StoreError } from "../core/store/Store.ts"

/** When the scans of a scope were complete last, by scan. */
type LastComplete = ReadonlyMap<string, string | null>

/**
 * Gives findings `lastSeen` as of now: a complete outcome shows every finding of its scan and scope that is not resolved, also
 * the ones that it left unwritten. One read per scope, however many findings there are.
 */
export const lastSeenReader = () => {
  const known = new Map<string, LastComplete>()
  // Most scopes have the same scans, complete since the same night: thousands of them share one map.
  const alike = new Map<string, LastComplete>()
  const lastCompleteIn = Effect.fnUntraced(function* (scope: Scope): Effect.fn.Return<LastComplete, StoreError, Store> {
    const store = yield* Store
    const all = (yield* store.latestOutcomes(scope)).map(({ lastComplete, scan }) => [scan, lastComplete] as const)
    const key = JSON.stringify(all)
    const shared = alike.get(key) ?? new Map(all)
    alike.set(key, shared)
    return shared
  })
  return Effect.fnUntraced(function* (
    findings: ReadonlyArray<Finding>
  ): Effect.fn.Return<ReadonlyArray<Finding>, StoreError, Store> {
    const scopes = new Map<string, Scope>()
    for (const { scope, status } of findings) {
      const key = scopeKey(scope)
      if (status !== "resolved" && !known.has(key)) scopes.set(key, scope)
    }
    yield* Effect.forEach(
      scopes,
      ([key, scope]) => Effect.map(lastCompleteIn(scope), (complete) => void known.set(key, complete)),
      { concurrency: 8, discard: true }
    )
    return findings.map((finding) => {
      if (finding.status === "resolved") return finding
      const complete = known.get(scopeKey(finding.scope))?.get(finding.scan)
      // ISO instants in UTC are ordered as text.
      return complete === undefined || complete === null || complete <= finding.lastSeen
        ? finding
        : { ...finding, lastSeen: complete }
    })
  })
}

/** The findings as they were seen last. */
export const withLastSeen = (
  findings: ReadonlyArray<Finding>
): Effect.Effect<ReadonlyArray<Finding>, StoreError, Store> => lastSeenReader()(findings)
