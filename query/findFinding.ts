/** Finds what a person names: a finding by its id or the beginning of it, or all findings about a resource. */
import * as Effect from "effect/Effect"
import type { Finding, FindingEvent } from "../core/finding/Finding.ts"
import { Store, type StoreError } from "../core/store/Store.ts"
import { withLastSeen } from "./lastSeen.ts"

export interface Found {
  /** Open ones first; one where the text names one finding, several where it names a resource that has them. */
  readonly findings: ReadonlyArray<Finding>
  /** Whether there are more than these. */
  readonly more: boolean
}

/** As many as are listed for a person to choose from. */
export const listedAtMost = 20

/**
 * The findings whose id is or begins with the text, of which at least four characters are given, or whose resource has it as
 * its ARN or its id.
 */
export const findFinding = Effect.fn("query.findFinding")(function* (
  text: string
): Effect.fn.Return<Found, StoreError, Store> {
  const store = yield* Store
  const named = text.trim()
  if (named === "") return { findings: [], more: false }
  const exact = yield* store.findingsNamed(named, listedAtMost + 1)
  // Ids are in lower case, and people copy them as they see them.
  const found =
    exact.length === 0 && named !== named.toLowerCase()
      ? yield* store.findingsNamed(named.toLowerCase(), listedAtMost + 1)
      : exact
  return { findings: yield* withLastSeen(found.slice(0, listedAtMost)), more: found.length > listedAtMost }
})

/** The life of a finding by its whole id, oldest first. */
export const history = (id: string): Effect.Effect<ReadonlyArray<FindingEvent>, StoreError, Store> =>
  Effect.flatMap(Store, (store) => store.history(id))
