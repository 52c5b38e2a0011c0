/** Sums over findings. Only claims that count are in the amounts; every finding is in the numbers. */
import type { Amount, Changes, Coverage, Totals } from "./Run.ts"
import type { Claimant } from "../finding/claims.ts"
import type { Outcome } from "./Outcome.ts"

const none: Amount = { findings: 0, monthlyUsd: 0 }

export const noTotals: Totals = {
  confirmed: none,
  unconfirmed: none,
  commitments: none,
  overlapping: none,
  bySeverity: { critical: none, high: none, medium: none, low: none, info: none },
  byCategory: {},
  byScan: {},
  byAccount: {},
  byRegion: {}
}

// Cents are added as integers, so that the order of the findings cannot change a total.
const plus = (a: Amount, b: Amount): Amount => ({
  findings: a.findings + b.findings,
  monthlyUsd: (Math.round(a.monthlyUsd * 100) + Math.round(b.monthlyUsd * 100)) / 100
})

const plusAt = (record: Readonly<Record<string, Amount>>, key: string, amount: Amount): Record<string, Amount> => ({
  ...record,
  [key]: plus(record[key] ?? none, amount)
})

const merge = (a: Readonly<Record<string, Amount>>, b: Readonly<Record<string, Amount>>) =>
  Object.entries(b).reduce<Readonly<Record<string, Amount>>>((sum, [key, amount]) => plusAt(sum, key, amount), a)

/** Totals over open findings; `counted` says which claims count. */
export const totalsOf = (findings: Iterable<Claimant>, counted: ReadonlySet<string>): Totals => {
  const totals = structuredClone(noTotals) as { -readonly [K in keyof Totals]: Totals[K] }
  for (const finding of findings) {
    if (finding.status !== "open") continue
    const { account, category, confirmed, id, region, savings, scan, severity } = finding
    if (savings.claim === "commitment") {
      totals.commitments = plus(totals.commitments, { findings: 1, monthlyUsd: savings.monthlyUsd })
      continue
    }
    const amount: Amount = { findings: 1, monthlyUsd: counted.has(id) ? savings.monthlyUsd : 0 }
    if (confirmed) totals.confirmed = plus(totals.confirmed, amount)
    else totals.unconfirmed = plus(totals.unconfirmed, amount)
    if (savings.monthlyUsd > 0 && !counted.has(id)) {
      totals.overlapping = plus(totals.overlapping, { findings: 1, monthlyUsd: savings.monthlyUsd })
    }
    totals.bySeverity = { ...totals.bySeverity, [severity]: plus(totals.bySeverity[severity] ?? none, amount) }
    totals.byCategory = plusAt(totals.byCategory, category, amount)
    totals.byScan = plusAt(totals.byScan, scan, amount)
    totals.byAccount = plusAt(totals.byAccount, account, amount)
    totals.byRegion = plusAt(totals.byRegion, region, amount)
  }
  return totals
}

export const addTotals = (a: Totals, b: Totals): Totals => ({
  confirmed: plus(a.confirmed, b.confirmed),
  unconfirmed: plus(a.unconfirmed, b.unconfirmed),
  commitments: plus(a.commitments, b.commitments),
  overlapping: plus(a.overlapping, b.overlapping),
  bySeverity: merge(a.bySeverity, b.bySeverity) as Totals["bySeverity"],
  byCategory: merge(a.byCategory, b.byCategory),
  byScan: merge(a.byScan, b.byScan),
  byAccount: merge(a.byAccount, b.byAccount),
  byRegion: merge(a.byRegion, b.byRegion)
})

export const addChanges = (a: Changes, b: Changes): Changes => ({
  opened: a.opened + b.opened,
  changed: a.changed + b.changed,
  confirmed: a.confirmed + b.confirmed,
  resolved: a.resolved + b.resolved,
  reopened: a.reopened + b.reopened
})

export const noCoverage: Coverage = { expected: 0, complete: 0, partial: 0, unavailable: 0, notApplicable: 0, gaps: [] }

/** Adds outcomes to a coverage. A gap that hits many scopes and scans is named once. */
export const addOutcomes = (coverage: Coverage, outcomes: Iterable<Outcome>): Coverage => {
  const gaps = new Map(
    coverage.gaps.map((gap) => [
      gap.reason.message,
      {
        ...gap,
        accounts: new Set(gap.accounts),
        regions: new Set(gap.regions),
        scans: new Set(gap.scans)
      }
    ])
  )
  const sum = { ...coverage }
  for (const { account, reason: own, region, scan, status } of outcomes) {
    sum.expected += 1
    sum[status === "not_applicable" ? "notApplicable" : status] += 1
    if (own === null) continue
    // A policy that shuts a region out denies every operation there; that is one gap and not one per operation.
    const reason = own.code === "denied_by_scp" ? { ...own, message: own.message.replace(/^[\w-]+:\w+: /, "") } : own
    const gap = gaps.get(reason.message) ?? {
      reason,
      outcomes: 0,
      accounts: new Set<string>(),
      regions: new Set<string>(),
      scans: new Set<string>()
    }
    gap.outcomes += 1
    gap.accounts.add(account)
    gap.regions.add(region)
    gap.scans.add(scan)
    gaps.set(reason.message, gap)
  }
  return {
    ...sum,
    gaps: [...gaps.values()]
      .map((gap) => ({
        ...gap,
        accounts: [...gap.accounts].sort(),
        regions: [...gap.regions].sort(),
        scans: [...gap.scans].sort()
      }))
      .sort((a, b) => b.outcomes - a.outcomes || a.reason.message.localeCompare(b.reason.message))
  }
}
