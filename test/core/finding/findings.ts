/** Findings as a scan sees them, with values that a test overrides where it cares. */
import type { Finding, Savings } from "../../../core/finding/Finding.ts"
import type { Night, Seen } from "../../../core/finding/lifecycle.ts"

export const savings = (overrides: Partial<Savings> = {}): Savings => ({
  monthlyUsd: 100,
  basis: "exact",
  source: "price-list",
  claim: "delete",
  counted: false,
  terms: [],
  ...overrides
})

export const seen = (overrides: Partial<Seen> = {}): Seen => ({
  id: "f-1",
  scan: "find_unused_volumes",
  category: "cleanup",
  account: "111111111111",
  region: "eu-west-1",
  scope: { account: "111111111111", region: "eu-west-1" },
  kind: "money",
  resource: {
    type: "ec2:volume",
    service: "Amazon Elastic Compute Cloud - Compute",
    id: "vol-1",
    arn: "arn:aws:ec2:eu-west-1:111111111111:volume/vol-1",
    name: "data",
    tags: { team: "shop", env: "test" },
    createdAt: "2026-01-01T00:00:00.000Z"
  },
  reasons: ["unattached"],
  severity: "medium",
  confidence: "high",
  savings: savings(),
  note: "",
  evidence: { sizeGb: 1000, volumeType: "gp3", lastInstances: ["i-1"], newestSnapshot: null },
  observe: undefined,
  unproven: false,
  ...overrides
})

const dayAfter = (days: number): Date => new Date(Date.UTC(2026, 10, 20 + days, 2))

/**
 * The night so many days after 2026-11-20. Unless it is told otherwise, the scan has judged the scope on every night since the
 * first one.
 */
export const night = (days: number, sequence = days + 1, unbroken = { day: -400, sequence: 1 }): Night => ({
  runId: `run-${days}`,
  now: dayAfter(days),
  sequence,
  unbroken: { since: dayAfter(unbroken.day).toISOString(), sequence: unbroken.sequence }
})

export type MoneyFinding = Finding & { readonly savings: Savings }

/** An open, confirmed finding as the store has it. */
export const finding = (
  overrides: Partial<Omit<Finding, "savings">> & { readonly savings?: Partial<Savings> } = {}
): MoneyFinding => {
  const { observe: _, unproven: _unproven, ...base } = seen()
  return {
    ...base,
    confirmed: true,
    status: "open",
    setAside: null,
    firstSeen: "2026-11-20T02:00:00.000Z",
    openSince: "2026-11-20T02:00:00.000Z",
    lastSeen: "2026-11-20T02:00:00.000Z",
    lastChanged: "2026-11-20T02:00:00.000Z",
    observed: { since: "2026-11-20T02:00:00.000Z", sequence: 1 },
    reopened: 0,
    resolved: null,
    runId: "run-0",
    ...overrides,
    savings: savings(overrides.savings)
  }
}

/** The same without a saving: hygiene, or a notice. */
export const withoutSaving = (
  kind: "hygiene" | "notice",
  overrides: Partial<Omit<Finding, "savings">> = {}
): Finding => ({
  ...finding(overrides),
  kind,
  savings: null
})
