/** When findings were seen last. An unchanged finding is not written again, so the outcomes know it better than it does. */
import * as Effect from "effect/Effect"
import type { Finding } from "../core/finding/Finding.ts"
import { type Scope, scopeKey } from "../core/Scope.ts"
import { Store, type StoreError } from "../core/store/Store.ts"

/** What is asked of one scope: when some of its scans were complete last. */
interface Asked {
  readonly scope: Scope
  readonly scans: Set<string>
}

/**
 * Gives findings `lastSeen` as of now: a complete outcome shows every finding of its scan and scope that is not resolved, also
 * the ones that it left unwritten. One read per scope and page, of the scans that its findings are of.
 */
export const lastSeenReader = () => {
  /** By scope, then by scan. Thousands of scopes were complete since the same night, and share its text. */
  const known = new Map<string, Map<string, string | null>>()
  const instants = new Map<string, string>()
  const shared = (instant: string | null): string | null => {
    if (instant === null) return null
    const one = instants.get(instant) ?? instant
    instants.set(instant, one)
    return one
  }

  const read = Effect.fnUntraced(function* ({ scans, scope }: Asked) {
    const store = yield* Store
    const key = scopeKey(scope)
    const lastComplete = known.get(key) ?? new Map<string, string | null>()
    known.set(key, lastComplete)
    for (const scan of scans) lastComplete.set(scan, null)
    for (const outcome of yield* store.latestOutcomes(scope, [...scans])) {
      lastComplete.set(outcome.scan, shared(outcome.lastComplete))
    }
  })

  return Effect.fnUntraced(function* (
    findings: ReadonlyArray<Finding>
  ): Effect.fn.Return<ReadonlyArray<Finding>, StoreError, Store> {
    const asked = new Map<string, Asked>()
    for (const { scan, scope, status } of findings) {
      const key = scopeKey(scope)
      if (status === "resolved" || known.get(key)?.has(scan) === true) continue
      const own = asked.get(key) ?? { scope, scans: new Set() }
      own.scans.add(scan)
      asked.set(key, own)
    }
    yield* Effect.forEach(asked.values(), read, { concurrency: 8, discard: true })
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
