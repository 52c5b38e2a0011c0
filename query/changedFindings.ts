/** Findings that runs changed, sifted like any others. */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { facetsOf, matches } from "../core/store/query.ts"
import type { FindingQuery, Store, StoreError } from "../core/store/Store.ts"
import { allChanges, amountOf, type FindingChange } from "./compareRuns.ts"
import { keepFirst, withFinding } from "./largestChanges.ts"

/** A change whose finding is still kept. */
export type ChangedFinding = FindingChange & { readonly finding: NonNullable<FindingChange["finding"]> }

const isKept = (change: FindingChange): change is ChangedFinding => change.finding !== null

/** What these runs changed about the findings that match as they are now, by the ids of findings. */
export const changedFindings = (
  runIds: ReadonlyArray<string>,
  query: Omit<FindingQuery, "limit" | "cursor">
): Stream.Stream<ChangedFinding, StoreError, Store> =>
  allChanges(runIds).pipe(
    // What an event tells is not asked of the finding.
    Stream.filter(
      ({ account, kind, scan }) =>
        (query.accounts?.includes(account) ?? true) &&
        (query.kinds?.includes(kind) ?? true) &&
        (query.scans?.includes(scan) ?? true)
    ),
    Stream.mapEffect(withFinding, { concurrency: 16 }),
    Stream.filter(isKept),
    Stream.filter(({ finding }) => matches(query, facetsOf(finding)))
  )

const weight = (change: FindingChange): number =>
  Math.max(...change.types.map((type) => Math.abs(amountOf(change, type))))

/** The changed findings with the largest amounts, and how many there are in all. */
export const largestChanged = Effect.fn("query.largestChanged")(function* (
  runIds: ReadonlyArray<string>,
  query: Omit<FindingQuery, "limit" | "cursor">,
  most: number
): Effect.fn.Return<{ readonly changes: ReadonlyArray<ChangedFinding>; readonly all: number }, StoreError, Store> {
  const kept = keepFirst<ChangedFinding>(most, (a, b) => weight(b) - weight(a) || (a.findingId < b.findingId ? -1 : 1))
  const all = yield* Stream.runFold(
    changedFindings(runIds, query),
    () => 0,
    (sum, change) => {
      kept.add(change)
      return sum + 1
    }
  )
  return { changes: kept.first(), all }
})
