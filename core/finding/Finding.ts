/** What a scan found: one resource, why it was flagged, what it would save and how sure that is. */
import * as Schema from "effect/Schema"
import { AccountId, Scope } from "../Scope.ts"

/** By monthly saving: critical from $1,000, high from $200, medium from $20, low above $0, info at $0 or unknown. */
export const Severity = Schema.Literals(["critical", "high", "medium", "low", "info"])
export type Severity = typeof Severity.Type

export const Confidence = Schema.Literals(["high", "medium", "low"])
export type Confidence = typeof Confidence.Type

/** How far a saving can be trusted: a list price times a quantity, an estimate, a ceiling, or no figure at all. */
export const SavingsBasis = Schema.Literals(["exact", "estimate", "upper_bound", "none"])
export type SavingsBasis = typeof SavingsBasis.Type

/** Who says what the saving is. */
export const SavingsSource = Schema.Literals([
  "price-list",
  "cost-explorer",
  "cost-optimization-hub",
  "compute-optimizer"
])
export type SavingsSource = typeof SavingsSource.Type

/**
 * What would be done about the resource. When several scans claim one resource, the claim that comes first here counts.
 * Commitments are alternatives for the same spend and stay outside the total of the resources.
 */
export const claims = ["delete", "stop", "rightsize", "modernise", "lifecycle", "commitment"] as const
export const Claim = Schema.Literals(claims)
export type Claim = typeof Claim.Type

/** How far a price can be trusted; `unknown` has no price. */
export const PriceConfidence = Schema.Literals(["verified", "single source", "derived", "from memory", "unknown"])
export type PriceConfidence = typeof PriceConfidence.Type

/** One line of a saving's sum: quantity × unit price. `usd` and `monthlyUsd` are null where the price is unknown. */
export const SavingsTerm = Schema.Struct({
  label: Schema.String,
  quantity: Schema.Finite,
  unit: Schema.String,
  price: Schema.Struct({
    /** The price's name in the snapshot, such as `ebs.gp3GBMonth`. */
    fact: Schema.String,
    region: Schema.String,
    usd: Schema.NullOr(Schema.Finite),
    unit: Schema.String,
    source: Schema.String,
    /** ISO day or the snapshot's own words. */
    asOf: Schema.String,
    confidence: PriceConfidence
  }),
  monthlyUsd: Schema.NullOr(Schema.Finite)
})
export type SavingsTerm = typeof SavingsTerm.Type

/**
 * What an amount is at: list prices, net prices after all discounts and commitments, or what the bill shows. List prices of what
 * reservations and Savings Plans can cover say with `coverage` what these leave of them.
 */
export const SavingsPrice = Schema.Literals(["list", "net", "billed"])
export type SavingsPrice = typeof SavingsPrice.Type

/** How far reservations and Savings Plans cover what would no longer be used. */
export const SavingsCoverage = Schema.Struct({
  /** The saving at list prices; what the commitments leave of it is the saving. */
  listMonthlyUsd: Schema.Finite,
  /** The share that is covered, in percent; null where that could not be read, and then the saving is at list prices. */
  coveredPercent: Schema.NullOr(Schema.Finite),
  /** In one sentence. */
  why: Schema.String,
  /** The night of which it is, where none since then could read it; absent where it is of the night that the finding was last written. */
  asOf: Schema.optionalKey(Schema.String)
})
export type SavingsCoverage = typeof SavingsCoverage.Type

/** A saving in USD a month of 730 hours, with the sum that it comes from. */
export const Savings = Schema.Struct({
  monthlyUsd: Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0)),
  basis: SavingsBasis,
  source: SavingsSource,
  claim: Claim,
  /** Whether this claim counts in the totals, or another claim on the same resource does. */
  counted: Schema.Boolean,
  terms: Schema.Array(SavingsTerm),
  /** What the figure leaves out or rests on, in one sentence. */
  note: Schema.optionalKey(Schema.String),
  /** ARNs of other resources whose money this claim contains, such as the snapshots of an image. */
  covers: Schema.optionalKey(Schema.Array(Schema.String)),
  /** Absent: `list`. */
  price: Schema.optionalKey(SavingsPrice),
  /** Set where AWS did not tell whether the amount is at list or at net prices. */
  priceUntold: Schema.optionalKey(Schema.Literal(true)),
  /** Absent for what no commitment can cover, such as storage. */
  coverage: Schema.optionalKey(SavingsCoverage),
  /** The prices by which an amount without terms is billed, such as `ec2.linux.m5.large`: they tell what can cover it. */
  facts: Schema.optionalKey(Schema.Array(Schema.String))
})
export type Savings = typeof Savings.Type

/**
 * What a finding says: *money* is a saving with an action that makes the bill fall, *hygiene* a risk or clutter with a severity
 * and no saving, a *notice* something worth a look, such as a jump in spend. Only money is in sums of money.
 */
export const FindingKind = Schema.Literals(["money", "hygiene", "notice"])
export type FindingKind = typeof FindingKind.Type

export const Resource = Schema.Struct({
  /** CloudFormation-like, in lower case: `ec2:volume`. */
  type: Schema.String,
  /** The service that bills it, as Cost Explorer's SERVICE names it; empty for what nobody bills. */
  service: Schema.String,
  id: Schema.String,
  arn: Schema.String,
  /** The Name tag or the resource's own name; empty where it has none. */
  name: Schema.String,
  tags: Schema.Record(Schema.String, Schema.String),
  /** Whose it is by the tags that are configured for that, empty where none says so. Absent where none are configured. */
  owner: Schema.optionalKey(Schema.String),
  /** ISO instant; null where AWS does not tell. */
  createdAt: Schema.NullOr(Schema.String)
})
export type Resource = typeof Resource.Type

/** Facts that the finding rests on. Dates are ISO strings in UTC; a null says that AWS did not tell. */
export const Evidence = Schema.Record(
  Schema.String,
  Schema.NullOr(Schema.Union([Schema.String, Schema.Finite, Schema.Boolean, Schema.Array(Schema.String)]))
)
export type Evidence = typeof Evidence.Type

/** Why a finding ended. */
export const ResolveReason = Schema.Literals([
  /** The resource no longer exists. */
  "resource_deleted",
  /** The resource exists and the rule no longer applies to it. */
  "no_longer_matches",
  /** The rule's settings changed between the two outcomes, and it no longer applies. */
  "settings_changed",
  /** The resource now carries a tag that suppresses findings. */
  "suppressed",
  /** The account is no longer part of the audit. */
  "account_left",
  /** The configuration names its region or its scan no more. */
  "no_longer_judged"
])
export type ResolveReason = typeof ResolveReason.Type

const actedOn: ReadonlyArray<string> = ["resource_deleted", "no_longer_matches"] satisfies ReadonlyArray<ResolveReason>

/**
 * Whether a finding ended for a reason that saves its money: its resource is gone, or was mended. A changed setting, a suppression, an
 * account that left and what is judged no more save nothing.
 */
export const isActedOn = (reason: string): boolean => actedOn.includes(reason)

/** What happens in a finding's life. */
export const FindingEventType = Schema.Literals([
  "opened",
  "changed",
  "confirmed",
  "resolved",
  "reopened",
  "snoozed",
  "suppressed"
])
export type FindingEventType = typeof FindingEventType.Type

/**
 * What a person sees of a finding: *open*; *snoozed* until a date or until its saving passes an amount; *suppressed* for good or
 * until a date; *resolved*, which only the audit decides.
 */
export const FindingStatus = Schema.Literals(["open", "snoozed", "suppressed", "resolved"])
export type FindingStatus = typeof FindingStatus.Type

/** Who set a finding aside, why, and until when. Instants are ISO; a null is no such limit. */
export const SetAside = Schema.Struct({
  reason: Schema.String,
  author: Schema.String,
  at: Schema.String,
  until: Schema.NullOr(Schema.String),
  /** A snoozed finding comes back when its saving, in USD a month, grows past this. */
  untilMonthlyUsd: Schema.NullOr(Schema.Finite),
  /** A person, a suppression of the configuration or a resource's own tags. Absent where nobody wrote it down: then the author tells. */
  by: Schema.optionalKey(Schema.Literals(["person", "configuration", "tags"]))
})
export type SetAside = typeof SetAside.Type

/** How a finding is set aside. */
export const Aside = Schema.Struct({ status: Schema.Literals(["snoozed", "suppressed"]), setAside: SetAside })
export type Aside = typeof Aside.Type

export const Finding = Schema.Struct({
  /** Stable: derived from the scan, the account, the region and the resource. */
  id: Schema.String,
  scan: Schema.String,
  category: Schema.String,
  /** Of the resource; a payer's scan finds resources of every account. */
  account: AccountId,
  region: Schema.String,
  /** Where the scan that found it ran. */
  scope: Scope,
  kind: FindingKind,
  resource: Resource,
  /** Every reason that the scan gives, in the order in which the scan declares them. */
  reasons: Schema.NonEmptyArray(Schema.String),
  severity: Severity,
  confidence: Confidence,
  /** False until it was seen long enough, where AWS does not say since when. */
  confirmed: Schema.Boolean,
  status: FindingStatus,
  /** While the status is snoozed or suppressed. */
  setAside: Schema.NullOr(SetAside),
  /** Of money alone; null for hygiene and notices. */
  savings: Schema.NullOr(Savings),
  /** What a person should know about a finding without a saving, such as why it costs nothing; empty where there is nothing to say. */
  note: Schema.String,
  evidence: Evidence,
  /** ISO instants, in UTC. */
  firstSeen: Schema.String,
  /** The start of its current life: `firstSeen`, or when it was reopened. */
  openSince: Schema.String,
  /** The last complete or partial outcome that showed it. */
  lastSeen: Schema.String,
  lastChanged: Schema.String,
  /**
   * The first night on which it was seen like this, and the outcome's `sequence` of that night. Null after a night on which it
   * could not be judged: the next sighting begins anew.
   */
  observed: Schema.NullOr(Schema.Struct({ since: Schema.String, sequence: Schema.Int })),
  /** How often it came back after it was resolved. */
  reopened: Schema.Int,
  resolved: Schema.NullOr(
    Schema.Struct({
      at: Schema.String,
      reason: ResolveReason,
      /** Whether its claim counted in the totals until then; what has ended counts in none. Absent where nobody wrote it down. */
      counted: Schema.optionalKey(Schema.Boolean),
      /** How it was set aside until then, and is again when it comes back. Absent where it was not; with a resource it is gone. */
      aside: Schema.optionalKey(Aside)
    })
  ),
  /** The run that wrote it last. */
  runId: Schema.String
})
export type Finding = typeof Finding.Type

/** One step in a finding's life. Its key is the finding, the instant, the run and the type, so that a repeated step writes it once. */
export const FindingEvent = Schema.Struct({
  findingId: Schema.String,
  runId: Schema.String,
  type: FindingEventType,
  /** ISO instant. */
  at: Schema.String,
  account: AccountId,
  scan: Schema.String,
  kind: FindingKind,
  /** The saving after it, in USD a month; 0 for what is no money. */
  monthlyUsd: Schema.Finite,
  /** The saving before it; 0 where there was none. */
  previousMonthlyUsd: Schema.Finite,
  /** In one line: what changed, or why it ended. */
  detail: Schema.String,
  /** What the finding was before, and whether its claim counted; absent where there was none, and where nobody wrote it down. */
  was: Schema.optionalKey(Schema.Struct({ status: FindingStatus, counted: Schema.Boolean })),
  /** Whether a person did it, and no run. Nobody wrote that down before `was`: then what is not dated as of its run's start is a person's. */
  by: Schema.optionalKey(Schema.Literal("person"))
})
export type FindingEvent = typeof FindingEvent.Type
