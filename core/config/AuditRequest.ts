/** What an audit is asked to do: the configuration and the command line agree on this, and the state machine is started with it. */
import * as Schema from "effect/Schema"
import { SettingValue } from "../run/Outcome.ts"
import { RunProcess } from "../run/RunProcess.ts"
import { Started } from "../run/Started.ts"
import { AccountId } from "../Scope.ts"
import { SuppressionRule } from "./suppressions.ts"
import { matching } from "./schemas.ts"

/** The id of an organizational unit, or of the root. */
export const OrganizationalUnit = matching(
  "ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}|r-[0-9a-z]{4,32}",
  "expected the id of an organizational unit, such as ou-ab12-34567890, or of the root, such as r-ab12"
)

/** Which accounts: the caller's own, a list, or the whole organisation with some left out. */
export const AccountSelection = Schema.Union([
  Schema.Literal("self").annotate({
    message: 'expected "self", a list of account ids, or an object with "organization": true'
  }),
  Schema.Array(AccountId).check(Schema.isMinLength(1, { message: "expected at least one account id" })),
  Schema.Struct({
    organization: Schema.Literal(true).annotate({ description: "Every active account of the organisation" }),
    organizationalUnits: Schema.optionalKey(
      Schema.Array(OrganizationalUnit)
        .check(Schema.isMinLength(1, { message: "expected at least one organizational unit" }))
        .annotate({ description: "Only the accounts below these organizational units (ou-…) or the root (r-…)" })
    ),
    excludeOrganizationalUnits: Schema.optionalKey(
      Schema.Array(OrganizationalUnit)
        .check(Schema.isMinLength(1, { message: "expected at least one organizational unit" }))
        .annotate({ description: "Leave out the accounts below these organizational units (ou-…)" })
    ),
    exclude: Schema.optionalKey(Schema.Array(AccountId).annotate({ description: "Account ids to leave out" }))
  })
])
export type AccountSelection = typeof AccountSelection.Type

/** For accounts of which none pays for all of them: each is asked for its own part of the bill, and each of these answers is paid for. */
export const eachPays = "each"

/** An account id, or `each`. */
export const Payer = Schema.String.check(
  Schema.isPattern(/^(\d{12}|each)$/u, { message: `expected an account id of twelve digits, or "each"` })
)

export const AuditRequest = Schema.Struct({
  trigger: Schema.Literals(["schedule", "manual", "sample", "query", "event"]),
  /** Continues this run instead of starting one. */
  resume: Schema.optionalKey(Schema.String),
  /** Starts also where the run's date does not fit the newest run of the store. */
  anyDate: Schema.optionalKey(Schema.Boolean),
  accounts: AccountSelection,
  /** The account whose billing data is read, or `each` for every account's own. Absent: the management account, where it is part of the audit. */
  payer: Schema.optionalKey(Payer),
  /** Empty means every region that an account has enabled. */
  regions: Schema.Array(Schema.String),
  excludeRegions: Schema.Array(Schema.String),
  /** Names of scans. */
  scans: Schema.Array(Schema.String),
  /** Settings that differ from their defaults, by scan. */
  settings: Schema.Record(Schema.String, Schema.Record(Schema.String, SettingValue)),
  minMonthlySavingsUsd: Schema.Finite,
  suppressTagKeys: Schema.Array(Schema.String),
  suppressTags: Schema.optionalKey(Schema.Record(Schema.String, Schema.Array(Schema.String))),
  suppressions: Schema.optionalKey(Schema.Array(SuppressionRule)),
  ownerTagKeys: Schema.optionalKey(Schema.Array(Schema.String)),
  maxRunUsd: Schema.NullOr(Schema.Finite),
  /** Whether this covers all that the configuration names. */
  full: Schema.Boolean,
  /** What was started, of a micro-scan: it looks at these resources alone. */
  started: Schema.optionalKey(Schema.Array(Started)),
  process: Schema.NullOr(RunProcess)
})
export type AuditRequest = typeof AuditRequest.Type
