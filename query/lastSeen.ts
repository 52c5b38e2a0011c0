/** When findings were seen last. An unchanged finding is not written again, so the outcomes know it better than it does. */
import * as Effect from "effect/Effect"
import type { Finding } from "../core/finding/Finding.ts"
import { type Scope, scopeKey } from "../core/Scope.ts"
import { Store, type StoreError } from "../core/store/Store.ts"

/** When the scans of a scope were complete last. Nearly all of them are so since the same night, and only the others are named. */
interface LastComplete {
  readonly most: string | null
  readonly others: ReadonlyMap<string, string | null>
}

const lastCompleteIn = Effect.fnUntraced(function* (scope: Scope): Effect.fn.Return<LastComplete, StoreError, Store> {
  const store = yield* Store
  const outcomes = yield* store.latestOutcomes(scope)
  const counts = new Map<string | null, number>()
  for (const { lastComplete } of outcomes) counts.set(lastComplete, (counts.get(lastComplete) ?? 0) + 1)
  const [most = null] = [...counts].sort((a, b) => b[1] - a[1])[0] ?? []
  return {
    most,
    others: new Map(
      outcomes.filter(({ lastComplete }) => lastComplete !== most).map(({ lastComplete, scan }) => [scan, lastComplete])
    )
  }
})

/**
 * Gives findings `lastSeen` as of now: a complete outcome shows every finding of its scan and scope that is not resolved, also
 * the ones that it left unwritten. One read per scope, however many findings there are.
 */
export const lastSeenReader = () => {
  const known = new Map<string, LastComplete>()
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
      const scope = finding.status === "resolved" ? undefined : known.get(scopeKey(finding.scope))
      if (scope === undefined) return finding
      const complete = scope.others.has(finding.scan) ? scope.others.get(finding.scan) : scope.most
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
