/** What `scan --format json` and `demo --format json` print: one object with everything that a run did. */
import * as Schema from "effect/Schema"
import { Finding } from "../core/finding/Finding.ts"
import { Outcome } from "../core/run/Outcome.ts"
import { StoredReport } from "../core/run/Report.ts"
import { Changes, ChangesInSums } from "../core/run/Changes.ts"
import { Realised } from "../core/run/realised.ts"
import { AboveBill } from "../core/run/Rollup.ts"
import { Coverage, Run, RunCost, Totals } from "../core/run/Run.ts"

const { finishedAt, id, plan, startedAt, status, trigger } = Run.fields

export const ScanResult = Schema.Struct({
  run: Schema.Struct({ id, status, trigger, startedAt, finishedAt, plan }),
  summary: Schema.Struct({
    totals: Totals,
    /** The services of accounts of which part of the totals is above the bill; null where no bill was read, or not for these totals. */
    aboveBill: Schema.NullOr(Schema.Array(AboveBill)),
    changes: Changes,
    inSums: ChangesInSums
  }),
  coverage: Coverage,
  /** Open findings of the run's scopes and scans, largest saving first, and after them the ones that it resolved. */
  findings: Schema.Array(Finding),
  /** What the bill shows of findings that ended; null where nothing was compared yet. */
  realised: Schema.NullOr(Realised),
  /** Tables that the run made. */
  reports: Schema.Array(StoredReport),
  /** One per scope and scan that was expected. */
  outcomes: Schema.Array(Outcome),
  cost: RunCost
})
export type ScanResult = typeof ScanResult.Type

/** The JSON Schema (draft 2020-12) that is published as `docs/scan-result.schema.json`. */
export const scanResultJsonSchema = (): object => {
  const { definitions, schema } = Schema.toJsonSchemaDocument(ScanResult, { onExcessProperty: "error" })
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "The result of a Night Audit run",
    description:
      "What `nightaudit scan --format json` and `nightaudit demo --format json` print. Money is USD a month of 730 hours.",
    ...schema,
    ...(Object.keys(definitions).length === 0 ? {} : { $defs: definitions })
  }
}
