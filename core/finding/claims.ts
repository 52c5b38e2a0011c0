/** Which claim on a resource counts, so that no dollar is counted twice. */
import { claims, type Finding, type Savings } from "./Finding.ts"

/** What of a finding decides whether its claim counts, and where it is added up: a hundred thousand of them fit in memory. */
export type Claimant = Pick<
  Finding,
  "id" | "account" | "region" | "scan" | "category" | "scope" | "severity" | "confirmed" | "status"
> & {
  readonly resource: Pick<Finding["resource"], "arn">
  readonly savings: Pick<Savings, "monthlyUsd" | "claim" | "counted" | "covers">
}

export const claimantOf = ({ resource, savings, ...finding }: Finding): Claimant => ({
  id: finding.id,
  account: finding.account,
  region: finding.region,
  scan: finding.scan,
  category: finding.category,
  scope: finding.scope,
  severity: finding.severity,
  confirmed: finding.confirmed,
  status: finding.status,
  resource: { arn: resource.arn },
  savings: {
    monthlyUsd: savings.monthlyUsd,
    claim: savings.claim,
    counted: savings.counted,
    ...(savings.covers === undefined ? {} : { covers: savings.covers })
  }
})

/** What a claim is about: its own resource and the ones whose money it contains. */
const claimed = ({ account, resource, savings }: Claimant): ReadonlyArray<string> =>
  [resource.arn, ...(savings.covers ?? [])].map((arn) => `${account}|${arn}`)

// A confirmed claim first, then what ends the cost entirely, then the larger sum. Source: shared/scans.md 0.4.
const precedence = (a: Claimant, b: Claimant): number =>
  Number(b.confirmed) - Number(a.confirmed) ||
  claims.indexOf(a.savings.claim) - claims.indexOf(b.savings.claim) ||
  b.savings.monthlyUsd - a.savings.monthlyUsd ||
  (a.id < b.id ? -1 : 1)

/**
 * The ids of the findings that count. Open findings of one account go in; for every resource the first by precedence wins.
 * Commitments count for nothing here: they are alternatives for spend that other findings would remove.
 */
export const countedClaims = (findings: Iterable<Claimant>): ReadonlySet<string> => {
  const taken = new Set<string>()
  const counted = new Set<string>()
  const claiming = [...findings].filter(
    ({ savings, status }) => status === "open" && savings.monthlyUsd > 0 && savings.claim !== "commitment"
  )
  for (const finding of claiming.sort(precedence)) {
    const keys = claimed(finding)
    if (keys.some((key) => taken.has(key))) continue
    for (const key of keys) taken.add(key)
    counted.add(finding.id)
  }
  return counted
}
