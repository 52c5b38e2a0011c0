/** The ledger that counts what a step spends of its run. */
import * as Effect from "effect/Effect"
import { CallLedger } from "../core/aws/CallLedger.ts"
import { Credentials } from "../core/aws/Credentials.ts"
import type { Run } from "../core/run/Run.ts"
import { Store } from "../core/store/Store.ts"

/** A ledger that asks the store before every paid call whether the run's cap allows it. */
export const runLedger = Effect.fnUntraced(function* (run: Run) {
  const store = yield* Store
  const cap = run.plan.maxRunUsd
  return yield* CallLedger.make(
    cap === null
      ? undefined
      : (usd) =>
          // A store that cannot tell what was spent must not let money be spent.
          Effect.orElseSucceed(store.spend(run.id, usd, cap), () => false),
    cap
  )
})

/** Counts the requests to STS that were made since a ledger last asked. */
export const countRequests = Effect.fnUntraced(function* (ledger: CallLedger["Service"]) {
  const credentials = yield* Credentials
  for (const operation of yield* credentials.takeRequests) ledger.sent(operation, 0)
})
