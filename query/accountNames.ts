import * as Effect from "effect/Effect"
import { Store, type StoreError } from "../core/store/Store.ts"

/** A narrower run names only its own accounts, so that some more are asked. */
const runsLookedAt = 10

/** The names of accounts by id, as the newest runs know them. Accounts without a name are left out. */
export const accountNames = Effect.fn("query.accountNames")(function* (): Effect.fn.Return<
  ReadonlyMap<string, string>,
  StoreError,
  Store
> {
  const store = yield* Store
  const { items } = yield* store.runs(runsLookedAt)
  return new Map(
    items
      .toReversed()
      .flatMap(({ plan }) => plan.accounts)
      .filter(({ name }) => name !== "")
      .map(({ id, name }) => [id, name])
  )
})
