/** The changes between two nights that matter most, type by type: all are read and few are kept. */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Ended } from "../core/run/Changes.ts"
import type { Store, StoreError } from "../core/store/Store.ts"
import {
  allChanges,
  amountOf,
  type Change,
  changeSums,
  type ChangeTotals,
  type ChangeType,
  changeTypes,
  type FindingChange,
  withFinding
} from "./compareRuns.ts"
import type { Span } from "./span.ts"

/** Keeps the first `most` of all that it is given, by an order. */
export const keepFirst = <A>(most: number, order: (a: A, b: A) => number) => {
  let kept: Array<A> = []
  const cut = () => {
    kept = kept.sort(order).slice(0, most)
  }
  return {
    add: (value: A): void => {
      kept.push(value)
      if (kept.length >= 2 * most + 100) cut()
    },
    first: (): ReadonlyArray<A> => {
      cut()
      return kept
    }
  }
}

/** The larger amount first, then by id. */
const byAmount =
  (type: ChangeType) =>
  (a: Change, b: Change): number =>
    Math.abs(amountOf(b, type)) - Math.abs(amountOf(a, type)) || (a.findingId < b.findingId ? -1 : 1)

export interface LargestChanges {
  /** Over all changes. */
  readonly totals: ChangeTotals
  /** What of it ended without a saving, by the reason. */
  readonly ended: ReadonlyArray<Ended>
  /** Of each type that there is, the largest; a finding of several types is in each. */
  readonly largest: ReadonlyMap<ChangeType, ReadonlyArray<FindingChange>>
}

export const largestChanges = Effect.fn("query.largestChanges")(function* (
  span: Span,
  most: number
): Effect.fn.Return<LargestChanges, StoreError, Store> {
  const kept = new Map(changeTypes.map((type) => [type, keepFirst(most, byAmount(type))]))
  const sums = changeSums()
  yield* Stream.runForEach(allChanges(span), (change) =>
    Effect.sync(() => {
      sums.add(change)
      for (const type of change.types) kept.get(type)?.add(change)
    })
  )
  const largest = new Map<ChangeType, ReadonlyArray<FindingChange>>()
  for (const [type, some] of kept) {
    const first = some.first()
    if (first.length > 0) largest.set(type, yield* Effect.forEach(first, withFinding, { concurrency: 16 }))
  }
  return { totals: sums.totals(), ended: sums.ended(), largest }
})
