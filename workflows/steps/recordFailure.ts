/** Keeps what the machine caught: a step that failed for good is a named gap of its scope, account or run. */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { everyRegion, payerRegion } from "../../core/Scope.ts"
import { cleanText } from "../../core/text.ts"
import { Store } from "../../core/store/Store.ts"
import { Catalogue } from "../../core/catalogue/Catalogue.ts"
import { endNight } from "../nightLease.ts"
import { findRun } from "../findRun.ts"
import { closeRecord, newRecord, scopeLease } from "../scopeRecords.ts"

export const FailureInput = Schema.Struct({
  runId: Schema.String,
  account: Schema.optionalKey(Schema.String),
  region: Schema.optionalKey(Schema.String),
  /** Scopes that one call of the step was to scan. Those that are done stay as they are. */
  regions: Schema.optionalKey(Schema.Array(Schema.String)),
  /** False where it is not known which regions the account has: Discover failed, whatever it wrote before. */
  discovered: Schema.optionalKey(Schema.Boolean),
  /** What Step Functions gives a Catch. */
  error: Schema.Struct({ Error: Schema.String, Cause: Schema.optionalKey(Schema.String) })
})

export const recordFailure = Effect.fn("recordFailure")(function* (input: unknown) {
  const failed = yield* Schema.decodeUnknownEffect(FailureInput)(input)
  const { account, discovered = true, error, region, regions = region === undefined ? [] : [region], runId } = failed
  const store = yield* Store
  const run = yield* findRun(runId)
  const message = `the step failed: ${cleanText(error.Cause === undefined || error.Cause === "" ? error.Error : error.Cause)}`
  const reason = { code: "step_failed" as const, message }
  if (account === undefined) {
    // Since when nobody is at work: where telling it dies too, the next run tells it.
    yield* store.putRun({ ...run, status: "failed", finishedAt: DateTime.formatIso(yield* DateTime.now) })
    yield* endNight(run)
  } else if (regions.length === 0) {
    const records = yield* store.scopeRecords(runId, account)
    for (const record of records) if (!record.done) yield* closeRecord(run, record, reason)
    // The payer's record is made before the account is discovered, and is none of what discovering finds.
    if (!discovered || records.every(({ region }) => region === payerRegion)) {
      const catalogue = yield* Catalogue
      const entries = yield* Effect.forEach(run.plan.scans, ({ name }) => catalogue.get(name))
      const scans = entries.filter(({ scope }) => scope !== "payer").map(({ name }) => name)
      yield* closeRecord(run, newRecord(run, { account, region: everyRegion }, scans), reason)
    }
  } else {
    for (const region of regions) {
      // A function that died has not given it back, and the next run would wait for it.
      yield* store.release(scopeLease({ account, region }), runId)
      const record = yield* store.scopeRecord(runId, { account, region })
      if (record !== undefined && !record.done) yield* closeRecord(run, record, reason)
    }
  }
  return { runId }
})
