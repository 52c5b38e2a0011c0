/** All that is known about a finding: its life, the outcome that it rests on, and what else claims the same money. */
import * as Effect from "effect/Effect"
import { claimedArns } from "../core/finding/claims.ts"
import type { Finding, FindingEvent } from "../core/finding/Finding.ts"
import type { Outcome } from "../core/run/Outcome.ts"
import { groupOf, type RealisedGroup } from "../core/run/realised.ts"
import { Store, type StoreError } from "../core/store/Store.ts"
import { withLastSeen } from "./lastSeen.ts"
import { realised } from "./realised.ts"

export interface Explanation {
  readonly finding: Finding
  readonly history: ReadonlyArray<FindingEvent>
  /** The newest outcome of its scan in its scope, and so as of when the finding is known. */
  readonly outcome: Outcome | null
  /** Other findings that claim money of the same resources, the one that counts first. */
  readonly overlaps: ReadonlyArray<Finding>
  /** What the bill shows since it ended, of all that it is billed with; null where nothing is compared. */
  readonly realised: RealisedGroup | null
}

export const explain = Effect.fn("query.explain")(function* (
  found: Finding
): Effect.fn.Return<Explanation, StoreError, Store> {
  const store = yield* Store
  const [finding = found] = yield* withLastSeen([found])
  const claiming = yield* store.findingsClaiming(finding.account, claimedArns(finding))
  const compared = finding.status === "resolved" ? yield* realised() : undefined
  const outcomes = yield* store.latestOutcomes(finding.scope)
  return {
    finding,
    realised: compared === undefined ? null : (groupOf(compared, finding) ?? null),
    history: yield* store.history(finding.id),
    outcome: outcomes.find(({ scan }) => scan === finding.scan) ?? null,
    overlaps: claiming
      .filter(({ id, kind, status }) => id !== finding.id && kind === "money" && status === "open")
      .sort((a, b) => Number(b.savings?.counted === true) - Number(a.savings?.counted === true))
  }
})
