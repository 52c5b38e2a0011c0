/** What an audit is asked to do: the configuration and the command line agree on this, and the state machine is started with it. */
import * as Schema from "effect/Schema"
import { SettingValue } from "../finding/Outcome.ts"
import { AccountId } from "../Scope.ts"

/** Which accounts: the caller's own, a list, or the whole organisation with some left out. */
export const AccountSelection = Schema.Union([
  Schema.Literal("self"),
  Schema.Array(AccountId).check(Schema.isMinLength(1)),
  Schema.Struct({
    organization: Schema.Literal(true),
    /** Ids of organizational units (`ou-…` or the root `r-…`); only accounts below them. */
    organizationalUnits: Schema.optionalKey(Schema.Array(Schema.String)),
    /** Account ids to leave out. */
    exclude: Schema.optionalKey(Schema.Array(AccountId))
  })
])
export type AccountSelection = typeof AccountSelection.Type

export const AuditRequest = Schema.Struct({
  trigger: Schema.Literals(["schedule", "manual", "sample", "query"]),
  /** Continues this run instead of starting one. */
  resume: Schema.optionalKey(Schema.String),
  accounts: AccountSelection,
  /** Empty means every region that an account has enabled. */
  regions: Schema.Array(Schema.String),
  excludeRegions: Schema.Array(Schema.String),
  /** Names of scans. */
  scans: Schema.Array(Schema.String),
  /** Settings that differ from their defaults, by scan. */
  settings: Schema.Record(Schema.String, Schema.Record(Schema.String, SettingValue)),
  minMonthlySavingsUsd: Schema.Finite,
  suppressTagKeys: Schema.Array(Schema.String),
  maxRunUsd: Schema.NullOr(Schema.Finite),
  /** Whether this covers all that the configuration names. */
  full: Schema.Boolean,
  process: Schema.NullOr(Schema.Struct({ host: Schema.String, pid: Schema.Int }))
})
export type AuditRequest = typeof AuditRequest.Type
