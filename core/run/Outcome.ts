/** What happened to one scan in one scope. */
import * as Schema from "effect/Schema"
import type { AccessDenied, AwsError } from "../aws/AwsError.ts"
import { AccountId, endpointRegion, partitionOf, type Scope, scopeKindOf } from "../Scope.ts"
import { withoutControls } from "../text.ts"
import { Changes } from "./Changes.ts"

export const OutcomeStatus = Schema.Literals(["complete", "partial", "unavailable", "not_applicable"])
export type OutcomeStatus = typeof OutcomeStatus.Type

/** Why an outcome is not complete, for a program (`code`) and for a person (`message`). */
export const OutcomeReason = Schema.Struct({
  code: Schema.Literals([
    "denied_by_scp",
    "denied_by_iam",
    "denied_by_rcp",
    "denied_by_boundary",
    "denied_by_session_policy",
    "denied_by_endpoint_policy",
    "denied_by_resource_policy",
    "account_not_entered",
    "payer_unknown",
    "payer_not_included",
    "throttled",
    "unreachable",
    "region_off",
    "not_in_region",
    "too_slow",
    "not_enabled",
    "no_credentials",
    "clock_off",
    "malformed_answer",
    "cost_cap",
    "rejected",
    "inspection_cap",
    "scan_crashed",
    "step_failed",
    "not_scanned"
  ]),
  message: Schema.String,
  /** The calls that failed, as `ec2:DescribeVolumes`. */
  operations: Schema.optionalKey(Schema.Array(Schema.String))
})
export type OutcomeReason = typeof OutcomeReason.Type

export const Counters = Schema.Struct({
  /** Resources that the scan looked at. */
  examined: Schema.Int,
  /** Resources that became findings, unconfirmed ones included. */
  flagged: Schema.Int,
  /** Younger than the scan's window: not judged. */
  tooYoung: Schema.Int,
  /** Flagged, and excluded by a tag. */
  suppressed: Schema.Int,
  /** Not judged, because AWS did not tell what the rule needs. */
  unknown: Schema.Int,
  /** Flagged, with a saving below the configured minimum. */
  belowMinimum: Schema.Int
})
export type Counters = typeof Counters.Type

/** A resource that was not judged, and why. */
export const Unjudged = Schema.Struct({
  resource: Schema.String,
  state: Schema.Literals(["unknown", "tooYoung"]),
  why: Schema.String
})
export type Unjudged = typeof Unjudged.Type

/** Resources that an outcome names, of those that it counts as not judged. */
export const maxUnjudged = 50

export const noCounters: Counters = { examined: 0, flagged: 0, tooYoung: 0, suppressed: 0, unknown: 0, belowMinimum: 0 }

export const SettingValue = Schema.Union([
  Schema.Finite,
  Schema.Boolean,
  Schema.String,
  Schema.Array(Schema.String),
  Schema.Record(Schema.String, Schema.Array(Schema.String))
])
export type SettingValue = typeof SettingValue.Type

/** Resources that a list tells of and the configuration leaves out, by why. */
export const LeftOut = Schema.Struct({ why: Schema.String, resources: Schema.Int })
export type LeftOut = typeof LeftOut.Type

/** Reasons that an outcome keeps of what was left out, the most resources first. */
export const maxLeftOut = 20

export const Outcome = Schema.Struct({
  scan: Schema.String,
  account: AccountId,
  region: Schema.String,
  status: OutcomeStatus,
  reason: Schema.NullOr(OutcomeReason),
  counters: Counters,
  /** The first of the resources that were not judged; the counters say how many there are. */
  unjudged: Schema.Array(Unjudged),
  /** What the lists of the scope tell of elsewhere and the audit is not about: in no finding and no counter. Absent where that is nothing. */
  leftOut: Schema.optionalKey(Schema.Array(LeftOut)),
  /** The values of the scan's settings that were used when it last judged the scope. */
  settings: Schema.Record(Schema.String, SettingValue),
  /** The least saving of a finding then, in USD a month; absent where an earlier version judged. */
  minMonthlySavingsUsd: Schema.optionalKey(Schema.Finite),
  runId: Schema.String,
  /** ISO instant of the run's start: the time as of which resources were judged. */
  asOf: Schema.String,
  /** ISO instant of the newest complete outcome; null while there was none. */
  lastComplete: Schema.NullOr(Schema.String),
  /** ISO instant of the newest outcome that was complete or partial; null while there was none. */
  lastJudged: Schema.NullOr(Schema.String),
  /** ISO instant of the newest outcome in which the scan's source said what can clear a resource; absent while there was none. */
  sourceSpoke: Schema.optionalKey(Schema.String),
  /** On how many nights (UTC days) the scan has judged the scope, completely or in part. */
  sequence: Schema.Int,
  /** The first night of the unbroken row of judged nights that ends with this outcome. Null while there was none. */
  unbroken: Schema.NullOr(Schema.Struct({ since: Schema.String, sequence: Schema.Int })),
  /** What the run changed about the scan's findings in the scope. */
  changes: Changes
})
export type Outcome = typeof Outcome.Type

const codes = {
  Throttled: "throttled",
  Unavailable: "unreachable",
  RegionOff: "region_off",
  NotInRegion: "not_in_region",
  NotEnabled: "not_enabled",
  NoCredentials: "no_credentials",
  ClockOff: "clock_off",
  Malformed: "malformed_answer",
  OverBudget: "cost_cap",
  Rejected: "rejected"
} as const

const denialCodes = {
  iam: "denied_by_iam",
  "identity-deny": "denied_by_iam",
  "trust-policy": "denied_by_iam",
  "service-control-policy": "denied_by_scp",
  "resource-control-policy": "denied_by_rcp",
  "permissions-boundary": "denied_by_boundary",
  "session-policy": "denied_by_session_policy",
  "vpc-endpoint-policy": "denied_by_endpoint_policy",
  "resource-policy": "denied_by_resource_policy"
} as const satisfies Record<AccessDenied["policy"], OutcomeReason["code"]>

/** The reason for an outcome that a failed call gives. `scope` is where the outcome is. */
export const outcomeReason = (error: AwsError, scope?: Scope): OutcomeReason => {
  const { operation, summary } = error
  const place = scope === undefined ? undefined : placeOf(error, scope)
  return {
    code: error.reason._tag === "AccessDenied" ? denialCodes[error.reason.policy] : codes[error.reason._tag],
    message: withoutControls(
      place === undefined ? summary : `${operation}${placeWord}${place}${summary.slice(operation.length)}`
    ),
    operations: [operation]
  }
}

const placeWord = " in "

/** Where a call failed, unless the outcome says it: then the same failure in many places is one gap. */
const placeOf = ({ account, region }: AwsError, scope: Scope): string | undefined => {
  if (account !== scope.account) return `${account}/${region}`
  const home = endpointRegion(scope.region, partitionOf(region))
  return region === home || scopeKindOf({ account, region }) !== "regional" ? undefined : region
}

/** The parts of a message: the operation, where it failed if that is elsewhere, and what is said of it. */
const partsOf = ({ message, operations = [] }: OutcomeReason) => {
  for (const operation of operations) {
    const rest = message.startsWith(operation) ? message.slice(operation.length) : ""
    const [place = "", ...saying] = rest.split(": ")
    if (saying.length > 0 && (place === "" || place.startsWith(placeWord))) {
      return { operation, place: place.slice(placeWord.length), saying: saying.join(": ") }
    }
  }
  return { operation: "", place: "", saying: message }
}

/** What a reason says of whichever operation failed, wherever. */
export const sayingOf = (reason: OutcomeReason): string => partsOf(reason).saying

/** One message of several reasons that say the same: the first one's operation, and all the places where it is no other's. */
export const messageOfAll = (reasons: readonly [OutcomeReason, ...ReadonlyArray<OutcomeReason>]): string => {
  const { operation, saying } = partsOf(reasons[0])
  const places = new Set(reasons.map((reason) => partsOf(reason).place))
  if (operation === "" || places.size < 2) return reasons[0].message
  // The outcome's own place has no name in its messages.
  const here = places.delete("") ? " here and" : ""
  return `${operation}${here}${placeWord}${[...places].sort().join(", ")}: ${saying}`
}
