/** What Settle and Sum change about findings. A step that died and is repeated finds less to do, and tells the same changes. */
import * as Arr from "effect/Array"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Finding, ResolveReason } from "../core/finding/Finding.ts"
import { resolve, type Transition } from "../core/finding/lifecycle.ts"
import { addChanges, type Changes, changesOf, noChanges } from "../core/run/Changes.ts"
import type { Run } from "../core/run/Run.ts"
import { scopeKey } from "../core/Scope.ts"
import { Store, type StoreError } from "../core/store/Store.ts"
import { millisPerDay } from "../core/time.ts"
import { rewritten } from "./rewritten.ts"

/** Where a finding is kept. */
export type Place = Pick<Finding, "id" | "scan" | "scope">

/** Findings that are read, changed and written together. */
const batchSize = 500

/** Longer than anybody repeats a step of a run. */
const keptMillis = 7 * millisPerDay

interface Told {
  readonly changes: Changes
  /** The findings of the batch that may not have been written. */
  readonly ids: ReadonlyArray<string>
}

/** The changes that a step makes to an account's findings in a run. */
export const settledChanges = Effect.fnUntraced(function* (run: Run, step: "settle" | "sum", account: string) {
  const store = yield* Store
  const key = `changes/${run.id}/${step}/${account}`
  const kept: Told | undefined = yield* store.cached(key)
  const earlier = new Set(kept?.ids)
  let changes = kept?.changes ?? noChanges

  // What will be written is told first: what is told and not written is found again, and what is written is not.
  const write = Effect.fnUntraced(function* (transitions: ReadonlyArray<Transition>, read: ReadonlyArray<Finding>) {
    if (transitions.length === 0) return []
    const news = transitions.filter(({ finding }) => !earlier.has(finding.id))
    if (news.length > 0) {
      changes = addChanges(changes, changesOf(news.flatMap(({ events }) => events)))
      const ids = [...new Set([...earlier, ...transitions.map(({ finding }) => finding.id)])]
      const told: Told = { changes, ids }
      yield* store.cache(key, told, new Date((yield* Clock.currentTimeMillis) + keptMillis))
    }
    const left = yield* store.writeTransitions(transitions, read)
    // They are told, and will be written as they are then.
    for (const id of left) earlier.add(id)
    return left
  })

  /** Changes findings, of which a batch is in memory. */
  const change = Effect.fnUntraced(function* (
    places: ReadonlyArray<Place>,
    to: (finding: Finding) => Transition | undefined
  ): Effect.fn.Return<void, StoreError> {
    for (const group of Map.groupBy(places, ({ scan, scope }) => `${scopeKey(scope)}/${scan}`).values()) {
      for (const batch of Arr.chunksOf(group, batchSize)) {
        const [{ scan, scope }] = batch
        yield* rewritten(
          batch.map(({ id }) => id),
          Effect.fnUntraced(function* (ids) {
            const found = yield* store.findingsIn(scope, scan, ids)
            return yield* write(
              found.flatMap((finding) => to(finding) ?? []),
              found
            )
          })
        )
      }
    }
  })

  const night = { runId: run.id, now: new Date(run.startedAt) }
  return {
    change,
    end: (places: ReadonlyArray<Place>, reason: ResolveReason) =>
      change(places, (finding) => resolve(finding, reason, night)),
    /** What was changed up to now, by earlier tries of the step too. */
    soFar: () => changes
  }
})
