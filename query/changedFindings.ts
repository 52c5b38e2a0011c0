/** Findings that were changed in a span, sifted like any others. */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { facetsOf, matches } from "../core/store/query.ts"
import type { FindingQuery, Store, StoreError } from "../core/store/Store.ts"
import type { Ended } from "../core/run/Changes.ts"
import {
  allChanges,
  amountOf,
  type Change,
  changeSums,
  type ChangeTotals,
  type ChangeType,
  type FindingChange,
  withFinding
} from "./compareRuns.ts"
import { keepFirst } from "./largestChanges.ts"
import type { Span } from "./span.ts"

type Query = Omit<FindingQuery, "limit" | "cursor">

/** What of a query the events themselves tell. */
const eventsMatch =
  ({ accounts, kinds, scans }: Query) =>
  ({ account, kind, scan }: Change): boolean =>
    (accounts?.includes(account) ?? true) && (kinds?.includes(kind) ?? true) && (scans?.includes(scan) ?? true)

/** Whether they tell all of it, so that no finding has to be read for it. */
const isToldByEvents = ({ accounts: _accounts, kinds: _kinds, scans: _scans, ...rest }: Query): boolean =>
  Object.values(rest).every((value) => value === undefined)

/** What changed about the findings that match as they are now, by the ids of findings. One that is no longer kept has none. */
export const changedFindings = (span: Span, query: Query): Stream.Stream<FindingChange, StoreError, Store> => {
  const changes = Stream.filter(allChanges(span), eventsMatch(query))
  const found = Stream.mapEffect(changes, withFinding, { concurrency: 16 })
  return isToldByEvents(query)
    ? found
    : Stream.filter(found, ({ finding }) => finding !== null && matches(query, facetsOf(finding)))
}

const weight = (change: Change): number => Math.max(...change.types.map((type) => Math.abs(amountOf(change, type))))

const heaviestFirst = (a: Change, b: Change): number => weight(b) - weight(a) || (a.findingId < b.findingId ? -1 : 1)

export interface LargestChanged {
  /** The largest first. */
  readonly changes: ReadonlyArray<FindingChange>
  /** How many there are in all. */
  readonly all: number
  /** Over all of them. */
  readonly totals: ChangeTotals
  /** What of them ended without a saving, by the reason. */
  readonly ended: ReadonlyArray<Ended>
}

/** The changed findings with the largest amounts, of some types or of all, and what all of these come to. */
export const largestChanged = Effect.fn("query.largestChanged")(function* (
  span: Span,
  query: Query,
  most: number,
  types?: ReadonlyArray<ChangeType>
): Effect.fn.Return<LargestChanged, StoreError, Store> {
  const kept = keepFirst<Change>(most, heaviestFirst)
  const sums = changeSums()
  const changes = isToldByEvents(query)
    ? Stream.filter(allChanges(span), eventsMatch(query))
    : changedFindings(span, query)
  let all = 0
  yield* Stream.runForEach(changes, (change) =>
    Effect.sync(() => {
      const wanted = change.types.filter((type) => types?.includes(type) ?? true)
      if (wanted.length === 0) return
      all += 1
      sums.add({ ...change, types: wanted })
      kept.add(change)
    })
  )
  return {
    changes: yield* Effect.forEach(kept.first(), withFinding, { concurrency: 16 }),
    all,
    totals: sums.totals(),
    ended: sums.ended()
  }
})
