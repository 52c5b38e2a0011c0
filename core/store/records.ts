/** How things look inside every store: JSON checked by their schema on the way in and out, and how long they are kept. */
import * as Schema from "effect/Schema"
import { Finding, FindingEvent } from "../finding/Finding.ts"
import { Outcome } from "../run/Outcome.ts"
import { StoredReport } from "../run/Report.ts"
import { Run, ScopeRecord, TrendPoint } from "../run/Run.ts"

const record = <A>(schema: Schema.Codec<A, unknown>) => {
  const json = Schema.fromJsonString(schema)
  return {
    /** Throws a SchemaError where the value is not what its type says, such as a saving that is not a number. */
    toJson: Schema.encodeSync(json),
    /** Throws a SchemaError where the text was not written by a compatible version. */
    fromJson: Schema.decodeSync(json)
  }
}

export const runRecord = record(Run)
export const scopeRecord = record(ScopeRecord)
export const outcomeRecord = record(Outcome)
export const eventRecord = record(FindingEvent)
export const reportRecord = record(StoredReport)
export const trendRecord = record(TrendPoint)
export const cacheRecord = record(Schema.Unknown)

const findings = record(Finding)
export const findingRecord = {
  toJson: findings.toJson,
  /** Whether a finding counts is kept beside its JSON, so that it can change without the rest. */
  fromJson: (json: string, counted: boolean): Finding => {
    const finding = findings.fromJson(json)
    return finding.savings.counted === counted ? finding : { ...finding, savings: { ...finding.savings, counted } }
  }
}

/** How many days things are kept after they were written last. What is not here is kept for good. */
export const daysKept = { run: 400, scopeRecord: 45, event: 400, resolvedFinding: 400, trendPoint: 400, spending: 45 }

export const unixSeconds = (millis: number): number => Math.floor(millis / 1000)

/** The Unix second from which something that is written now is no longer kept. */
export const expiry = (kind: keyof typeof daysKept, nowMillis: number): number =>
  unixSeconds(nowMillis) + daysKept[kind] * 86_400

/** USD in whole billionths: a metric costs $0.00001, and sums of fractions would miss a cap that they exactly reach. */
export const nanoUsd = (usd: number): number => Math.round(usd * 1e9)
