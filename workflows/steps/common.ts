/** What the steps share: the plan of the run, its scans, and the way into an account. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { Credentials } from "../../core/aws/Credentials.ts"
import { CallLedger } from "../../core/aws/CallLedger.ts"
import type { IamAction } from "../../core/aws/operation.ts"
import type { OutcomeReason } from "../../core/run/Outcome.ts"
import { noCounters, type Outcome } from "../../core/run/Outcome.ts"
import { noChanges, type Run, type ScopeRecord } from "../../core/run/Run.ts"
import { Store, StoreError } from "../../core/store/Store.ts"
import type { PlannedScan } from "../../audit/auditScope.ts"
import { defaultSettings } from "../../scans/Scan.ts"
import { ScanRegistry } from "../../audit/ScanRegistry.ts"

/** The role that is assumed in accounts other than the caller's own; undefined to use the caller's credentials everywhere. */
export const EnterRole = Context.Reference<
  { readonly roleName: string; readonly externalId?: string | undefined } | undefined
>("nightaudit/workflows/EnterRole", { defaultValue: () => undefined })

/** The run of that id. A step is only started for a run that Plan wrote. */
export const findRun = Effect.fnUntraced(function* (runId: string) {
  const store = yield* Store
  const run = yield* store.run(runId)
  if (run === undefined)
    return yield* new StoreError({ kind: "failed", message: `there is no run ${runId} in the store` })
  return run
})

/** The scans of a run with the values of their settings. */
export const plannedScans = Effect.fnUntraced(function* (run: Run, names?: ReadonlyArray<string>) {
  const registry = yield* ScanRegistry
  const wanted = names === undefined ? run.plan.scans : run.plan.scans.filter(({ name }) => names.includes(name))
  return yield* Effect.forEach(
    wanted,
    ({ name, settings }) =>
      Effect.map(registry.get(name), (named): PlannedScan => ({
        ...named,
        settings: { ...defaultSettings(named.scan.settings), ...settings }
      })),
    { concurrency: "unbounded" }
  )
})

/** Enters an account with a session that allows no more than these actions. */
export const enterAccount = Effect.fnUntraced(function* (
  account: string,
  actions: ReadonlyArray<IamAction>,
  ledger: CallLedger["Service"]
) {
  const credentials = yield* Credentials
  const role = yield* EnterRole
  return yield* Effect.ensuring(
    credentials.session(account, role === undefined ? undefined : { ...role, actions }),
    countRequests(ledger)
  )
})

/** Counts the requests to STS that were made since a ledger last asked. */
export const countRequests = Effect.fnUntraced(function* (ledger: CallLedger["Service"]) {
  const credentials = yield* Credentials
  for (const operation of yield* credentials.takeRequests) ledger.sent(operation, 0)
})

/** A ledger that asks the store before every paid call whether the run's cap allows it. */
export const runLedger = Effect.fnUntraced(function* (run: Run) {
  const store = yield* Store
  const cap = run.plan.maxRunUsd
  return yield* CallLedger.make(
    cap === null
      ? undefined
      : (usd) =>
          // A store that cannot tell what was spent must not let money be spent.
          Effect.orElseSucceed(store.spend(run.id, usd, cap), () => false)
  )
})

/** A record for a scope in which nothing has been done yet. */
export const newRecord = (run: Run, account: string, region: string, scans: ReadonlyArray<string>): ScopeRecord => ({
  runId: run.id,
  account,
  region,
  scans,
  outcomes: [],
  changes: noChanges,
  calls: [],
  durationMillis: 0,
  done: false
})

/** The outcome of a scan that could not be run. `before` is its latest outcome in the scope. */
export const unavailable = (
  run: Run,
  scan: string,
  { account, region }: { readonly account: string; readonly region: string },
  reason: OutcomeReason,
  before?: Outcome
): Outcome => ({
  scan,
  account,
  region,
  status: "unavailable",
  reason,
  counters: noCounters,
  settings: before?.settings ?? {},
  runId: run.id,
  asOf: run.startedAt,
  lastComplete: before?.lastComplete ?? null,
  sequence: before?.sequence ?? 0
})

/** Gives every scan of a record that has no outcome yet the reason why, and closes the record. */
export const closeRecord = Effect.fnUntraced(function* (run: Run, record: ScopeRecord, reason: OutcomeReason) {
  const store = yield* Store
  const latest = yield* store.latestOutcomes(record)
  const judged = new Set(record.outcomes.map(({ scan }) => scan))
  const missing = record.scans
    .filter((scan) => !judged.has(scan))
    .map((scan) =>
      unavailable(
        run,
        scan,
        record,
        reason,
        latest.find((outcome) => outcome.scan === scan)
      )
    )
  yield* store.putScope({ ...record, outcomes: [...record.outcomes, ...missing], done: true })
})
