/** Plain examples of what a store keeps. Each has sensible values that a test overrides where it cares. */
import type { Finding, FindingEvent, ResolveReason, Savings } from "../../../core/finding/Finding.ts"
import { findingId } from "../../../core/finding/findingId.ts"
import { monthlyUsdOf, resolve, type Transition } from "../../../core/finding/lifecycle.ts"
import { noCounters, type Outcome } from "../../../core/run/Outcome.ts"
import type { StoredReport } from "../../../core/run/Report.ts"
import { severityOfSavings } from "../../../core/finding/severity.ts"
import type { Scope } from "../../../core/Scope.ts"
import { noChanges } from "../../../core/run/Changes.ts"
import type { Run, ScopeRecord, TrendPoint } from "../../../core/run/Run.ts"

export const account = "111111111111"
export const scope: Scope = { account, region: "eu-west-1" }
export const runId = "20261120T020000Z-3fa9c1"
export const night = "2026-11-20T02:00:00.000Z"

export type MoneyFinding = Finding & { readonly savings: Savings }

/** An open, confirmed finding of an unattached volume. Severity, id and ARN follow from the rest. */
export const aFinding = ({
  covers,
  monthlyUsd = 8.8,
  resourceId = "vol-1",
  service = "Amazon Elastic Compute Cloud - Compute",
  tags = {},
  ...overrides
}: Partial<Finding> & {
  readonly covers?: ReadonlyArray<string>
  readonly monthlyUsd?: number
  readonly resourceId?: string
  readonly service?: string
  readonly tags?: Readonly<Record<string, string>>
} = {}): MoneyFinding => {
  const where = overrides.scope ?? {
    account: overrides.account ?? account,
    region: overrides.region ?? scope.region
  }
  const base = { scan: "find_unattached_ebs_volumes", account: where.account, region: where.region, ...overrides }
  const arn = `arn:aws:ec2:${base.region}:${base.account}:volume/${resourceId}`
  const savings = {
    monthlyUsd,
    basis: "exact",
    source: "price-list",
    claim: "delete",
    counted: false,
    terms: [
      {
        label: "gp3 storage",
        quantity: 100,
        unit: "GB",
        price: {
          fact: "ebs.gp3GBMonth",
          region: "eu-west-1",
          usd: monthlyUsd / 100,
          unit: "GB-month",
          source: "price list",
          asOf: "2026-11-01",
          confidence: "verified"
        },
        monthlyUsd
      }
    ],
    ...(covers === undefined ? {} : { covers })
  } as const
  return {
    id: findingId(base.scan, base.account, base.region, arn),
    category: "cleanup",
    scope: where,
    kind: "money",
    resource: {
      type: "ec2:volume",
      service,
      id: resourceId,
      arn,
      name: "data",
      tags,
      createdAt: "2026-01-01T00:00:00.000Z"
    },
    reasons: ["attached to no instance"],
    severity: severityOfSavings(savings),
    confidence: "high",
    confirmed: true,
    status: "open",
    setAside: null,
    savings,
    note: "",
    evidence: { sizeGiB: 100, createdAt: "2026-01-01T00:00:00.000Z", encrypted: false, snapshot: null },
    firstSeen: night,
    openSince: night,
    lastSeen: night,
    lastChanged: night,
    observed: { since: night, sequence: 1 },
    reopened: 0,
    resolved: null,
    runId,
    ...base
  } as MoneyFinding
}

/** A finding that is no money: hygiene, unless the overrides make it a notice. */
export const aHygieneFinding = (overrides: Parameters<typeof aFinding>[0] = {}): Finding => ({
  ...aFinding({ severity: "medium", ...overrides }),
  kind: overrides.kind ?? "hygiene",
  savings: null
})

export const setAside = (finding: Finding, status: "snoozed" | "suppressed"): Finding => ({
  ...finding,
  status,
  setAside: { reason: "in use", author: "ann", at: night, until: null, untilMonthlyUsd: null }
})

/** The finding as a night ends it. */
export const resolved = <F extends Finding>(finding: F, at = night, reason: ResolveReason = "resource_deleted"): F =>
  (resolve(finding, reason, { runId: finding.runId, now: new Date(at) })?.finding ?? finding) as F

/** The finding as the totals leave it: its claim counts. */
export const counting = <F extends MoneyFinding>(finding: F): F => ({
  ...finding,
  savings: { ...finding.savings, counted: true }
})

export const anEvent = (finding: Finding, overrides: Partial<FindingEvent> = {}): FindingEvent => ({
  findingId: finding.id,
  runId: finding.runId,
  type: "opened",
  at: night,
  account: finding.account,
  scan: finding.scan,
  kind: finding.kind,
  monthlyUsd: monthlyUsdOf(finding),
  previousMonthlyUsd: 0,
  detail: finding.reasons.join(", "),
  ...overrides
})

/** The finding with one event that opens it. */
export const aTransition = (finding: Finding): Transition => ({ finding, events: [anEvent(finding)] })

export const anOutcome = (overrides: Partial<Outcome> = {}): Outcome => ({
  scan: "find_unattached_ebs_volumes",
  ...scope,
  status: "complete",
  reason: null,
  counters: noCounters,
  unjudged: [],
  settings: { minUnattachedDays: 7 },
  runId,
  asOf: night,
  lastComplete: night,
  lastJudged: night,
  sequence: 1,
  unbroken: { since: night, sequence: 1 },
  changes: noChanges,
  ...overrides
})

export const aScopeRecord = (overrides: Partial<ScopeRecord> = {}): ScopeRecord => ({
  runId,
  ...scope,
  scans: ["find_unattached_ebs_volumes"],
  outcomes: [anOutcome()],
  calls: [{ service: "ec2", operation: "DescribeVolumes", calls: 2, throttled: 0, usd: 0 }],
  durationMillis: 1200,
  done: true,
  attempt: null,
  ...overrides
})

/** A record of the scope in which an outcome was made. */
export const recordOfOutcome = (outcome: Outcome): ScopeRecord =>
  aScopeRecord({
    runId: outcome.runId,
    account: outcome.account,
    region: outcome.region,
    scans: [outcome.scan],
    outcomes: [outcome]
  })

export const aRun = (overrides: Partial<Run> = {}): Run => ({
  id: runId,
  status: "running",
  trigger: "manual",
  startedAt: night,
  finishedAt: null,
  planningCalls: [],
  plan: {
    accounts: [{ id: account, name: "production" }],
    payers: [account],
    payerGap: null,
    billing: true,
    regions: ["eu-west-1"],
    excludeRegions: [],
    scans: [{ name: "find_unattached_ebs_volumes", settings: { minUnattachedDays: 14 } }],
    minMonthlySavingsUsd: 1,
    suppressTagKeys: ["nightaudit:ignore"],
    maxRunUsd: 1,
    partition: "aws",
    full: true,
    selected: "self"
  },
  process: { host: "laptop", pid: 4242 },
  left: [],
  summary: null,
  ...overrides
})

export const aReport = (overrides: Partial<StoredReport> = {}): StoredReport => ({
  scan: "get_cost_by_service",
  account,
  region: "global/payer",
  runId,
  asOf: night,
  report: {
    title: "Cost by service",
    columns: [
      { key: "service", title: "Service", kind: "text" },
      { key: "usd", title: "USD", kind: "usd" }
    ],
    rows: [{ service: "Amazon EC2", usd: 1234.56 }],
    notes: ["Unblended cost"]
  },
  ...overrides
})

export const aTrendPoint = (overrides: Partial<TrendPoint> = {}): TrendPoint => ({
  account: "all",
  day: "2026-11-20",
  runId,
  confirmed: { findings: 3, monthlyUsd: 120.5 },
  unconfirmed: { findings: 1, monthlyUsd: 4 },
  changes: noChanges,
  ...overrides
})
