/** What a run saw and what it did not. */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Outcome } from "../core/run/Outcome.ts"
import type { Coverage, Run, ScanCoverage, ScopeRecord } from "../core/run/Run.ts"
import { addCoverage, addOutcomes, noCoverage, noScanCoverage } from "../core/run/totals.ts"
import { everyRegion, payerRegion } from "../core/Scope.ts"
import { Store, type StoreError } from "../core/store/Store.ts"

/** A payer has a part in a run also where it is no account of the audit. */
export const accountsOf = ({ plan }: Pick<Run, "plan">): ReadonlySet<string> =>
  new Set([...plan.accounts.map(({ id }) => id), ...plan.payers])

/** Every outcome of a run, one account after the other. */
export const outcomesOf = (run: Run): Stream.Stream<Outcome, StoreError, Store> =>
  Stream.fromIterable(accountsOf(run)).pipe(
    Stream.mapEffect((id) => Effect.flatMap(Store, (store) => store.scopeRecords(run.id, id))),
    Stream.flatMap((records) => Stream.fromIterable(records.flatMap(({ outcomes }) => outcomes)))
  )

/** What an account of a run waits for: scans without an outcome, and all of them where its scopes are not listed yet. */
const waitingIn = (run: Run, account: string, records: ReadonlyArray<ScopeRecord>): Coverage => {
  const waiting = records.flatMap(({ outcomes, region, scans }) => {
    const judged = new Set(outcomes.map(({ scan }) => scan))
    return scans.flatMap((scan) => (judged.has(scan) ? [] : [{ region, scan }]))
  })
  const isAccount = run.plan.accounts.some(({ id }) => id === account)
  if (isAccount && records.every(({ region }) => region === payerRegion)) {
    const known = new Set(records.flatMap(({ scans }) => scans))
    for (const { name } of run.plan.scans) if (!known.has(name)) waiting.push({ region: everyRegion, scan: name })
  }
  if (waiting.length === 0) return noCoverage
  const sorted = (names: ReadonlyArray<string>) => [...new Set(names)].sort()
  const gap: Coverage["gaps"][number] = {
    reason: { code: "not_scanned", message: "the run has not come to it" },
    outcomes: waiting.length,
    accounts: [account],
    moreAccounts: 0,
    regions: sorted(waiting.map(({ region }) => region)),
    scans: sorted(waiting.map(({ scan }) => scan))
  }
  const byScan: Record<string, ScanCoverage> = {}
  for (const { scan } of waiting) {
    const { expected, unavailable, ...rest } = byScan[scan] ?? noScanCoverage
    byScan[scan] = { ...rest, expected: expected + 1, unavailable: unavailable + 1 }
  }
  return { ...noCoverage, expected: waiting.length, unavailable: waiting.length, byScan, gaps: [gap] }
}

/** The coverage of a run: as it was summed up at its end, or as far as it is, with what it has not come to as a gap. */
export const coverage = Effect.fn("query.coverage")(function* (
  run: Run
): Effect.fn.Return<Coverage, StoreError, Store> {
  if (run.summary !== null) return run.summary.coverage
  const store = yield* Store
  let sum = noCoverage
  for (const id of accountsOf(run)) {
    const records = yield* store.scopeRecords(run.id, id)
    const done = addOutcomes(
      sum,
      records.flatMap(({ outcomes }) => outcomes)
    )
    sum = addCoverage(done, waitingIn(run, id, records))
  }
  return sum
})
