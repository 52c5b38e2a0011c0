/** Runs by name, and in their order. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { allAccounts } from "../core/run/Rollup.ts"
import { ProcessGone } from "../core/run/ProcessGone.ts"
import { isAtWork, type Run } from "../core/run/Run.ts"
import { runCursor } from "../core/store/query.ts"
import { type Page, Store, type StoreError } from "../core/store/Store.ts"

/**
 * A page of the stored runs, newest first. One that is said to be running though it cannot be any more was cut off: its process died before
 * it could say so, or what it had read is no longer kept.
 */

export const runs = Effect.fn("query.runs")(function* (
  limit: number,
  cursor?: string
): Effect.fn.Return<Page<Run>, StoreError, Store> {
  const store = yield* Store
  const now = yield* Clock.currentTimeMillis
  const page = yield* store.runs(limit, cursor)
  const isGone = yield* ProcessGone
  const asItIs = (run: Run): Run =>
    run.status === "running" && (isGone(run.process) || !isAtWork(run, now)) ? { ...run, status: "interrupted" } : run
  return { ...page, items: page.items.map(asItIs) }
})

/** The newest run whose id begins with this, or the newest of all. */
export const findRun = Effect.fn("query.findRun")(function* (
  beginning = ""
): Effect.fn.Return<Run | undefined, StoreError, Store> {
  // Ids are sorted, and nothing in one sorts after a tilde.
  const { items } = yield* runs(1, runCursor.encode({ runId: `${beginning}~` }))
  return items.find(({ id }) => id.startsWith(beginning))
})

/** The newest run before another one. */
export const runBefore = Effect.fn("query.runBefore")(function* (
  runId: string
): Effect.fn.Return<Run | undefined, StoreError, Store> {
  return (yield* runs(1, runCursor.encode({ runId }))).items[0]
})

/** The newest run of which this is so, of those before another one where that is given. */
const newestOf = Effect.fnUntraced(function* (
  isSo: (run: Run) => boolean,
  before?: string
): Effect.fn.Return<Run | undefined, StoreError, Store> {
  const store = yield* Store
  let cursor: string | undefined = before === undefined ? undefined : runCursor.encode({ runId: before })
  do {
    const page: Page<Run> = yield* store.runs(10, cursor)
    const found = page.items.find(isSo)
    if (found !== undefined) return found
    cursor = page.cursor
  } while (cursor !== undefined)
  return undefined
})

/** The newest run that came to its end, of those before another one where that is given. */
export const newestComplete = Effect.fn("query.newestComplete")((before?: string) =>
  newestOf(({ status }) => status === "complete", before)
)

/** The newest whole audit of the organisation, whatever became of it: its plan has the accounts that were selected then. */
export const newestOfOrganization = Effect.fn("query.newestOfOrganization")(() =>
  newestOf(({ plan }) => plan.full && plan.selected === "organization")
)

const isWholeAudit = (run: Run | undefined): run is Run => run?.status === "complete" && run.plan.full

/**
 * The newest night, of those before another one where that is given: a whole audit, because live scans make narrower runs after it
 * that say nothing of the rest. A run that is none is preceded by the newest of any kind where there is no whole audit at all.
 */
export const newestNight = Effect.fn("query.newestNight")(function* (
  before?: Run
): Effect.fn.Return<Run | undefined, StoreError, Store> {
  const store = yield* Store
  let narrower: Run | undefined
  let cursor: string | undefined = before === undefined ? undefined : runCursor.encode({ runId: before.id })
  do {
    const page: Page<Run> = yield* store.runs(100, cursor)
    const found = page.items.find(isWholeAudit)
    if (found !== undefined) return found
    narrower ??= page.items.find(({ status }) => status === "complete")
    cursor = page.cursor
  } while (cursor !== undefined)
  return isWholeAudit(before) ? undefined : narrower
})

/** Among so many of the newest runs a whole audit is looked for where the totals do not name it. */
const runsLookedAt = 50

/**
 * The newest run that audited all that the configuration names and came to its end: it says what there is to see. Live scans
 * make many narrower runs after it, so the totals are asked which one it was before those are gone through.
 */
export const newestFull = Effect.fn("query.newestFull")(function* (): Effect.fn.Return<
  Run | undefined,
  StoreError,
  Store
> {
  const store = yield* Store
  const [newest] = (yield* store.runs(1)).items
  if (newest === undefined || isWholeAudit(newest)) return newest
  const [all] = yield* store.rollups([allAccounts])
  const settled = all === undefined ? undefined : yield* store.run(all.runId)
  if (isWholeAudit(settled)) return settled
  return (yield* store.runs(runsLookedAt)).items.find(isWholeAudit)
})

/** The runs after one and up to another one, oldest first. */
export const runsBetween = Effect.fnUntraced(function* (
  after: string,
  upTo: string
): Effect.fn.Return<ReadonlyArray<Run>, StoreError, Store> {
  const store = yield* Store
  const between: Array<Run> = []
  let cursor: string | undefined = runCursor.encode({ runId: `${upTo}~` })
  while (cursor !== undefined) {
    const page: Page<Run> = yield* store.runs(100, cursor)
    const newer = page.items.filter(({ id }) => id > after)
    between.push(...newer)
    cursor = newer.length < page.items.length ? undefined : page.cursor
  }
  return between.toReversed()
})
