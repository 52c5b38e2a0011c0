/** The day's point of the trend: totals as the day's last run found them, changes of all its runs together. */
import * as Effect from "effect/Effect"
import { addChanges } from "../core/run/Changes.ts"
import type { Run, RunSummary } from "../core/run/Run.ts"
import { Store } from "../core/store/Store.ts"
import { isoDay } from "../core/time.ts"

/** Writes what a run adds to the day of an account, or of all. Doing it twice is doing it once. */
export const putTrendPoint = Effect.fnUntraced(function* (
  account: string,
  { id: runId, startedAt }: Run,
  { changes, totals: { confirmed, unconfirmed } }: Pick<RunSummary, "changes" | "totals">
) {
  const store = yield* Store
  const day = isoDay(new Date(startedAt))
  const before = (yield* store.trend(account, day)).find((point) => point.day === day)
  const earlier = before?.runId === runId ? before.earlier : before?.changes
  const point = { account, day, runId, confirmed, unconfirmed }
  yield* store.putTrend([
    earlier === undefined ? { ...point, changes } : { ...point, changes: addChanges(earlier, changes), earlier }
  ])
})
