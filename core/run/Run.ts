/** One execution of the nightly audit: what it was to do, how far it is, what it found and what it cost. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { CallCount } from "../aws/CallLedger.ts"
import { SuppressionRule } from "../config/suppressions.ts"
import { Severity } from "../finding/Finding.ts"
import { Amount, Changes } from "./Changes.ts"
import { Outcome, OutcomeReason, SettingValue } from "./Outcome.ts"
import { AccountId } from "../Scope.ts"
import { Pricing } from "./Rollup.ts"
import { RunProcess } from "./RunProcess.ts"
import { Started } from "./Started.ts"
import { millisPerHour } from "../time.ts"

const count = Schema.Int
const usd = Schema.Finite

const AmountBy = Schema.Record(Schema.String, Amount)

/** Totals over open findings. Only money is in the amounts, and of it only the claims that count. */
export const Totals = Schema.Struct({
  confirmed: Amount,
  unconfirmed: Amount,
  /** Savings Plans and reservations that could be bought: alternatives for the same spend, outside the sums. */
  commitments: Amount,
  /** Counted savings that several scans claimed, and that another finding on the same resource already has. */
  overlapping: Amount,
  /** Findings without a saving, by severity. */
  hygiene: Schema.Record(Severity, count),
  notices: count,
  /** What of the money is not simply at list prices; absent where it was written before that was told apart. */
  pricing: Schema.optionalKey(Pricing),
  /** Money, confirmed and unconfirmed together. */
  bySeverity: Schema.Record(Severity, Amount),
  byCategory: AmountBy,
  byScan: AmountBy,
  byAccount: AmountBy,
  byRegion: AmountBy
})
export type Totals = typeof Totals.Type

/** Outcomes by status. `expected` is the number of scope × scan pairs. */
const statusCounts = { expected: count, complete: count, partial: count, unavailable: count, notApplicable: count }

/** Outcomes of one scan by status. */
export const ScanCoverage = Schema.Struct({
  ...statusCounts,
  /**
   * ISO instant as of which the scope that waits longest was judged completely, of those that the scan applies to and that
   * ever were; null where none was.
   */
  oldest: Schema.NullOr(Schema.String)
})
export type ScanCoverage = typeof ScanCoverage.Type

/** Outcomes of a run by status. */
export const Coverage = Schema.Struct({
  ...statusCounts,
  /** The same for each scan. Empty in what was written before it was counted. */
  byScan: Schema.Record(Schema.String, ScanCoverage).pipe(Schema.withDecodingDefaultKey(Effect.succeed({}))),
  /** What was not seen, each gap once with the scopes and scans that it hit, largest first; at most 60. */
  gaps: Schema.Array(
    Schema.Struct({
      reason: OutcomeReason,
      outcomes: count,
      /** Twenty of the accounts at most; `moreAccounts` were hit besides. */
      accounts: Schema.Array(Schema.String),
      moreAccounts: count,
      regions: Schema.Array(Schema.String),
      scans: Schema.Array(Schema.String)
    })
  )
})
export type Coverage = typeof Coverage.Type

/** What a run cost the one who runs it, in USD. */
export const RunCost = Schema.Struct({
  calls: Schema.Array(CallCount),
  totalCalls: count,
  /** Calls that AWS charges for. */
  paidCalls: count,
  /** What AWS charges for the calls. */
  callsUsd: usd,
  /** What Lambda, Step Functions and DynamoDB would charge for the same run in the cloud; an estimate. */
  infrastructureUsd: usd,
  usd: usd
})
export type RunCost = typeof RunCost.Type

/** What a run, or one account in it, found, changed, saw and cost. */
export const RunSummary = Schema.Struct({ totals: Totals, changes: Changes, coverage: Coverage, cost: RunCost })
export type RunSummary = typeof RunSummary.Type

export const PlannedAccount = Schema.Struct({
  id: AccountId,
  name: Schema.String
})
export type PlannedAccount = typeof PlannedAccount.Type

/** What a run is to do. Written by Plan; every other step reads it by the run's id. */
export const RunPlan = Schema.Struct({
  accounts: Schema.Array(PlannedAccount),
  /** The accounts from which billing data is read: one payer, or each account where there is no organisation. */
  payers: Schema.Array(AccountId),
  /** Why the payer's scans cannot run, or cover less than they could; null where nothing is in the way. */
  payerGap: Schema.NullOr(OutcomeReason),
  /** Whether anything that the plan reads is billing data. */
  billing: Schema.Boolean,
  /** The regions asked for; empty means every region that an account has enabled. */
  regions: Schema.Array(Schema.String),
  excludeRegions: Schema.Array(Schema.String),
  /** What the audit is about, of a run that looks at a part of it. Absent: the same accounts and regions. */
  audited: Schema.optionalKey(
    Schema.Struct({
      accounts: Schema.Array(AccountId),
      regions: Schema.Array(Schema.String),
      excludeRegions: Schema.Array(Schema.String)
    })
  ),
  /** The scans with the settings that differ from their defaults. */
  scans: Schema.Array(Schema.Struct({ name: Schema.String, settings: Schema.Record(Schema.String, SettingValue) })),
  minMonthlySavingsUsd: usd,
  suppressTagKeys: Schema.Array(Schema.String),
  /** Absent in runs that know no values. */
  suppressTags: Schema.optionalKey(Schema.Record(Schema.String, Schema.Array(Schema.String))),
  /** Findings that the configuration sets aside. Absent where it names none. */
  suppressions: Schema.optionalKey(Schema.Array(SuppressionRule)),
  /** Absent: the keys that are looked for where none are configured. */
  ownerTagKeys: Schema.optionalKey(Schema.Array(Schema.String)),
  /** USD that the run's calls may cost; null for no cap. */
  maxRunUsd: Schema.NullOr(usd),
  partition: Schema.Literals(["aws", "aws-us-gov", "aws-cn"]),
  /** Whether the plan covers all that the configuration names: only then is what is missing gone for good. */
  full: Schema.Boolean,
  /** Whether the configuration leaves accounts of the organisation out. Absent: it does not. */
  leavesOutAccounts: Schema.optionalKey(Schema.Literal(true)),
  /** How the accounts were chosen. Only from a list or an organisation can an account be known to have left. */
  selected: Schema.Literals(["self", "list", "organization"]),
  /** What was started, of a micro-scan, which opens findings of these resources and leaves everything else alone. */
  started: Schema.optionalKey(Schema.Array(Started))
})
export type RunPlan = typeof RunPlan.Type

/** Longer than any run: what it has read for its scopes is kept so long, and it cannot go on after that. */
export const hoursOfRun = 48

export const RunStatus = Schema.Literals(["running", "complete", "interrupted", "failed"])

export const Run = Schema.Struct({
  /** Sortable: `20261120T020000Z-3fa9c1`. */
  id: Schema.String,
  status: RunStatus,
  trigger: Schema.Literals(["schedule", "manual", "sample", "query", "event"]),
  /** ISO instant. Everything in the run is judged as of it. */
  startedAt: Schema.String,
  finishedAt: Schema.NullOr(Schema.String),
  plan: RunPlan,
  /** Calls that planning made, before there was a scope to count them in. */
  planningCalls: Schema.Array(CallCount),
  /** The process that runs it, where that is a single one, so that a run whose process died is seen as interrupted. */
  process: Schema.NullOr(RunProcess),
  /** The accounts that were there before and are not any more; their findings were ended. */
  left: Schema.Array(Schema.String),
  summary: Schema.NullOr(RunSummary),
  /**
   * What was open in all when the run ended, whichever run found it and whatever people did while it was at work: what the next night is
   * compared with. Absent until then, and in what was written before it was kept.
   */
  open: Schema.optionalKey(Schema.Struct({ confirmed: Amount, unconfirmed: Amount }))
})
export type Run = typeof Run.Type

/** How ids of runs begin that started at an ISO instant: `20261120T020000Z`. They sort as their starts do. */
export const idOfInstant = (instant: string): string => instant.replace(/[-:]|\.\d+/g, "")

/** What an assistant or an event asked for goes on beside the nights: nobody is told of it as of one, and no scan goes on with it. */
export const isBeside = ({ trigger }: Pick<Run, "trigger">): boolean => trigger === "query" || trigger === "event"

/** Whether a run is at work, as far as its age lets it be. */
export const isAtWork = ({ startedAt, status }: Pick<Run, "startedAt" | "status">, nowMillis: number): boolean =>
  status === "running" && nowMillis - Date.parse(startedAt) <= hoursOfRun * millisPerHour

/** What a run did in one scope, and whether it is done there. The unit of resuming a run. */
export const ScopeRecord = Schema.Struct({
  runId: Schema.String,
  account: AccountId,
  region: Schema.String,
  /** Whether the outcomes are the run's alone, and never the latest of the scope: a micro-scan has not looked at all of it. */
  apart: Schema.optionalKey(Schema.Boolean),
  /** Scans that are expected here. */
  scans: Schema.Array(Schema.String),
  outcomes: Schema.Array(Outcome),
  calls: Schema.Array(CallCount),
  /** Milliseconds of work, for the estimate of what Lambda would charge. */
  durationMillis: Schema.Int,
  done: Schema.Boolean,
  /**
   * The call of the step that is or was at work: since when, how many outcomes there were then, and how many calls before it used
   * up their time without an outcome.
   */
  attempt: Schema.NullOr(Schema.Struct({ since: Schema.String, outcomes: count, fruitless: count }))
})
export type ScopeRecord = typeof ScopeRecord.Type

/** The part of a run's summary that one account makes up, written by Settle and added up by Sum. */
export const AccountSummary = Schema.Struct({ runId: Schema.String, account: AccountId, summary: RunSummary })
export type AccountSummary = typeof AccountSummary.Type

/** The day's point of the trend of an account, or of all (`account` is `all`). */
export const TrendPoint = Schema.Struct({
  account: Schema.String,
  /** `2026-11-20`. */
  day: Schema.String,
  runId: Schema.String,
  confirmed: Amount,
  unconfirmed: Amount,
  /** Of all runs of the day. */
  changes: Changes,
  /** What the runs of the day before the one of `runId` changed; absent where it was the first. */
  earlier: Schema.optionalKey(Changes)
})
export type TrendPoint = typeof TrendPoint.Type
