import * as Effect from "effect/Effect"
import { storeOfAccounts } from "../core/store/storeOfAccounts.ts"
import { Store } from "../core/store/Store.ts"
import type { Caller } from "./Caller.ts"

/** Gives a program the store in which only the caller's accounts are. Tools, resources, prompts and completions have no other. */
export const seenBy =
  ({ accounts }: Pick<Caller, "accounts">) =>
  <A, E, R>(program: Effect.Effect<A, E, R>) =>
    Effect.flatMap(Store, (store) =>
      Effect.provideService(program, Store, accounts === null ? store : storeOfAccounts(store, accounts))
    )
