/** The changes between two nights that matter most, type by type: all are read and few are kept. */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { FindingEventType } from "../core/finding/Finding.ts"
import { Store, type StoreError } from "../core/store/Store.ts"
import { allChanges, amountOf, type Change, type ChangeTotals, changeTypes, type FindingChange } from "./compareRuns.ts"

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
  (type: FindingEventType) =>
  (a: Change, b: Change): number =>
    Math.abs(amountOf(b, type)) - Math.abs(amountOf(a, type)) || (a.findingId < b.findingId ? -1 : 1)

/** The change with its finding as it is now. */
export const withFinding = (change: Change): Effect.Effect<FindingChange, StoreError, Store> =>
  Effect.flatMap(Store, (store) =>
    Effect.map(store.finding(change.findingId), (finding) => ({ ...change, finding: finding ?? null }))
  )

export interface LargestChanges {
  /** Over all changes. */
  readonly totals: ChangeTotals
  /** Of each type that there is, the largest; a finding of several types is in each. */
  readonly largest: ReadonlyMap<FindingEventType, ReadonlyArray<FindingChange>>
}

export const largestChanges = Effect.fn("query.largestChanges")(function* (
  runIds: ReadonlyArray<string>,
  most: number
): Effect.fn.Return<LargestChanges, StoreError, Store> {
  const kept = new Map(changeTypes.map((type) => [type, keepFirst(most, byAmount(type))]))
  const sums = new Map(changeTypes.map((type) => [type, { findings: 0, cents: 0 }]))
  yield* Stream.runForEach(allChanges(runIds), (change) =>
    Effect.sync(() => {
      for (const type of change.types) {
        kept.get(type)?.add(change)
        const sum = sums.get(type)
        if (sum === undefined) continue
        sum.findings += 1
        sum.cents += Math.round(amountOf(change, type) * 100)
      }
    })
  )
  const largest = new Map<FindingEventType, ReadonlyArray<FindingChange>>()
  for (const [type, some] of kept) {
    const first = some.first()
    if (first.length > 0) largest.set(type, yield* Effect.forEach(first, withFinding, { concurrency: 16 }))
  }
  return {
    totals: Object.fromEntries(
      [...sums].map(([type, { cents, findings }]) => [type, { findings, monthlyUsd: cents / 100 }])
    ) as ChangeTotals,
    largest
  }
})
