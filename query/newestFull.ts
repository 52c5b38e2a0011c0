import * as Effect from "effect/Effect"
import type { Run } from "../core/run/Run.ts"
import type { Page } from "../core/store/Store.ts"
import { Store, type StoreError } from "../core/store/Store.ts"

/** Between two nights there may be this many live scans and narrower audits, and not more. */
const runsLookedAt = 2000

/** The newest run that came to its end and was about all that is configured; else the newest that nobody's question started. */
export const newestFull = Effect.fn("query.newestFull")(function* (): Effect.fn.Return<
  Run | undefined,
  StoreError,
  Store
> {
  const store = yield* Store
  let cursor: string | undefined
  let looked = 0
  let other: Run | undefined
  do {
    const page: Page<Run> = yield* store.runs(looked === 0 ? 10 : 100, cursor)
    const complete = page.items.filter(({ status }) => status === "complete")
    const full = complete.find(({ plan }) => plan.full)
    if (full !== undefined) return full
    other ??= complete.find(({ trigger }) => trigger !== "query")
    looked += page.items.length
    cursor = page.cursor
  } while (cursor !== undefined && looked < runsLookedAt)
  return other
})
