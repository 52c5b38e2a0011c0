/** What the night before says of how an account's scopes are grouped. */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { ScopeRecord } from "../core/run/Run.ts"
import { groupsOf } from "../core/run/together.ts"
import { Store } from "../core/store/Store.ts"

/** How long scopes of one call took the last time. Default: each has its own call, which is quickest where none is charged. */
export const Together = Context.Reference<Duration.Duration>("nightaudit/workflows/Together", {
  defaultValue: () => Duration.zero
})

/** Reasons of which a scope that has one took another time than it would take. */
const cutShort = new Set(["step_failed", "too_slow", "not_scanned"])

const secondsOf = ({ done, durationMillis, outcomes }: ScopeRecord): number | undefined =>
  done && durationMillis > 0 && !outcomes.some(({ reason }) => cutShort.has(reason?.code ?? ""))
    ? durationMillis / 1000
    : undefined

/** The records of the run that most scans of an account's scope were judged by last. */
const lastRecords = Effect.fnUntraced(function* (account: string, region: string) {
  const store = yield* Store
  const runs = Map.groupBy(yield* store.latestOutcomes({ account, region }), ({ runId }) => runId)
  const [last] = [...runs].sort(([, a], [, b]) => b.length - a.length)
  return last === undefined ? [] : yield* store.scopeRecords(last[0], account)
})

/**
 * The regions of an account in groups. Whoever is new, failed the last time or was given up is alone: it may take its function down, and
 * would take the others with it.
 */
export const groupsOfAccount = Effect.fnUntraced(function* (account: string, regions: ReadonlyArray<string>) {
  const most = Duration.toSeconds(yield* Together)
  const [first] = regions
  const records = most === 0 || first === undefined ? [] : yield* lastRecords(account, first)
  const took = new Map(records.map((record) => [record.region, secondsOf(record)]))
  return groupsOf(
    regions.map((region) => ({ region, seconds: took.get(region) })),
    most
  )
})
