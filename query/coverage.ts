/** What a run saw and what it did not. */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Outcome } from "../core/run/Outcome.ts"
import type { Coverage, Run } from "../core/run/Run.ts"
import { addOutcomes, noCoverage } from "../core/run/totals.ts"
import { Store, type StoreError } from "../core/store/Store.ts"

/** Every outcome of a run, one account after the other; a payer has some also where it is no account of the audit. */
export const outcomesOf = (run: Run): Stream.Stream<Outcome, StoreError, Store> =>
  Stream.fromIterable(new Set([...run.plan.accounts.map(({ id }) => id), ...run.plan.payers])).pipe(
    Stream.mapEffect((id) => Effect.flatMap(Store, (store) => store.scopeRecords(run.id, id))),
    Stream.flatMap((records) => Stream.fromIterable(records.flatMap(({ outcomes }) => outcomes)))
  )

/** The coverage of a run: as it was summed up at its end, or as far as it is. */
export const coverage = Effect.fn("query.coverage")(function* (
  run: Run
): Effect.fn.Return<Coverage, StoreError, Store> {
  if (run.summary !== null) return run.summary.coverage
  const store = yield* Store
  let sum = noCoverage
  for (const { id } of run.plan.accounts) {
    const records = yield* store.scopeRecords(run.id, id)
    sum = addOutcomes(
      sum,
      records.flatMap(({ outcomes }) => outcomes)
    )
  }
  return sum
})
