/** The address of the newest page, for whoever is told of it: the digest, and an assistant that shows no page of its own. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { ReportPlace } from "../core/run/ReportShelf.ts"
import { Store, type StoreError } from "../core/store/Store.ts"
import { millisPerDay } from "../core/time.ts"

/** The page that a run wrote. */
export interface ReportLink extends ReportPlace {
  readonly runId: string
  /** ISO instant of the run's start. */
  readonly asOf: string
}

const key = "report/link"

/** An address without an end is kept as long as the trend is. */
const keptDays = 400

/** Keeps the address of a run's page, unless a newer run's is known. */
export const keepReportLink = Effect.fn("query.keepReportLink")(function* (
  link: ReportLink
): Effect.fn.Return<void, StoreError, Store> {
  const store = yield* Store
  const before = yield* reportLink()
  if (before !== undefined && before.runId > link.runId) return
  const now = yield* Clock.currentTimeMillis
  yield* store.cache(key, link, link.until === null ? new Date(now + keptDays * millisPerDay) : new Date(link.until))
})

/**
 * The newest page that can still be opened. It shows every account, so a caller who sees only some of them is given none: nothing
 * that is kept without an account is in the store that such a caller asks.
 */
export const reportLink = Effect.fn("query.reportLink")(function* (): Effect.fn.Return<
  ReportLink | undefined,
  StoreError,
  Store
> {
  const store = yield* Store
  return yield* store.cached(key)
})

const opensKey = (token: string) => `report/opens/${token}`

/** Keeps which object of the bucket whoever has the token may open, until an instant. */
export const keepOpening = Effect.fn("query.keepOpening")(function* (
  token: string,
  object: string,
  until: Date
): Effect.fn.Return<void, StoreError, Store> {
  const store = yield* Store
  yield* store.cache(opensKey(token), { object }, until)
})

/** The object that a token opens; undefined for one that is unknown or too old. */
export const openedBy = Effect.fn("query.openedBy")(function* (
  token: string
): Effect.fn.Return<string | undefined, StoreError, Store> {
  const store = yield* Store
  const opens: { readonly object: string } | undefined = yield* store.cached(opensKey(token))
  return opens?.object
})
