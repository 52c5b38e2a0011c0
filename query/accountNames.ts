import * as Effect from "effect/Effect"
import { Store, type StoreError } from "../core/store/Store.ts"
import { newestFull } from "./runs.ts"

/** A narrower run names only its own accounts, and a micro-scan names none, so that some more are asked, and the night. */
const runsLookedAt = 10

/** The names of accounts by id, as the newest runs know them. Accounts without a name are left out. */
export const accountNames = Effect.fn("query.accountNames")(function* (): Effect.fn.Return<
  ReadonlyMap<string, string>,
  StoreError,
  Store
> {
  const store = yield* Store
  const { items } = yield* store.runs(runsLookedAt)
  const night = yield* newestFull()
  return new Map(
    [...items, ...(night === undefined ? [] : [night])]
      .toReversed()
      .flatMap(({ plan }) => plan.accounts)
      .filter(({ name }) => name !== "")
      .map(({ id, name }) => [id, name])
  )
})
