/** Which claim on a resource counts, so that no dollar is counted twice. */
import { cents } from "../round.ts"
import { ownerOf } from "../store/Store.ts"
import { claims, type Finding, type Savings } from "./Finding.ts"
import { listMonthlyUsdOf, type PricedAt, pricedAt } from "./savings.ts"

/** What of a finding decides whether its claim counts, and where it is added up: a hundred thousand of them fit in memory. */
export type Claimant = Pick<
  Finding,
  "id" | "account" | "region" | "scan" | "category" | "scope" | "kind" | "severity" | "confirmed" | "status"
> & {
  /** The value of the owner tag; empty where the resource has none. */
  readonly owner: string
  readonly resource: Pick<Finding["resource"], "arn" | "service">
  /** Of money alone. */
  readonly savings:
    | (Pick<Savings, "monthlyUsd" | "claim" | "counted" | "covers"> & {
        /** Absent for list prices that nothing covers. */
        readonly pricedAt?: PricedAt
        /** What of it at list prices commitments go on paying for, in USD a month; absent where that is nothing. */
        readonly coveredUsd?: number
      })
    | null
}

const pricingOf = (savings: Savings): Pick<NonNullable<Claimant["savings"]>, "pricedAt" | "coveredUsd"> => {
  const at = pricedAt(savings)
  const coveredUsd = cents((listMonthlyUsdOf(savings) ?? 0) - savings.monthlyUsd)
  return {
    ...(at === null || at === "list" ? {} : { pricedAt: at }),
    ...(coveredUsd > 0 ? { coveredUsd } : {})
  }
}

export const claimantOf = (finding: Finding): Claimant => {
  const { account, category, confirmed, id, kind, region, resource, savings, scan, scope, severity, status } = finding
  return {
    id,
    account,
    region,
    scan,
    category,
    scope,
    kind,
    severity,
    confirmed,
    status,
    owner: ownerOf(finding) ?? "",
    resource: { arn: resource.arn, service: resource.service },
    savings:
      savings === null
        ? null
        : {
            monthlyUsd: savings.monthlyUsd,
            claim: savings.claim,
            counted: savings.counted,
            ...(savings.covers === undefined ? {} : { covers: savings.covers }),
            ...pricingOf(savings)
          }
  }
}

type MoneyClaimant = Claimant & { readonly savings: NonNullable<Claimant["savings"]> }

const isClaiming = (finding: Claimant): finding is MoneyClaimant =>
  finding.kind === "money" &&
  finding.status === "open" &&
  finding.savings !== null &&
  (finding.savings.monthlyUsd > 0 || (finding.savings.coveredUsd ?? 0) > 0) &&
  finding.savings.claim !== "commitment"

/** The ARNs that a claim is about: its own resource and the ones whose money it contains. */
export const claimedArns = ({
  resource,
  savings
}: {
  readonly resource: Pick<Finding["resource"], "arn">
  readonly savings: Pick<Savings, "covers"> | null
}): ReadonlyArray<string> => [resource.arn, ...(savings?.covers ?? [])]

/**
 * Scans whose money is a charge beside the resource's own price, such as extended support: whoever resizes or deletes the resource claims
 * other dollars. Source: shared/scans-amendments.md 0.4.
 */
const besidePrice: ReadonlySet<string> = new Set([
  "find_outdated_eks_cluster_versions",
  "find_outdated_rds_engine_versions"
])

/** Names of the dollars that a claim is about: of claims with a name in common one counts. */
export const claimKeys = (
  finding: Pick<Finding, "account" | "scan"> & Parameters<typeof claimedArns>[0]
): ReadonlyArray<string> =>
  claimedArns(finding).map((arn) =>
    besidePrice.has(finding.scan) ? `${finding.account}|${arn}|${finding.scan}` : `${finding.account}|${arn}`
  )

const byName = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1)

/**
 * Extended support of a cache and what Valkey costs less are one sum, which a smaller node makes smaller: the larger of the two claims
 * counts. Source: shared/scans-amendments.md 0.4.
 */
const rankOf = ({ savings, scan }: MoneyClaimant): number =>
  claims.indexOf(scan === "find_outdated_elasticache_engine_versions" ? "rightsize" : savings.claim)

/**
 * What our own scans say of a volume or a NAT gateway goes before what Cost Optimization Hub does, whatever either would do and save; that
 * an alarm's resource is gone goes before that the alarm does nothing. Source: shared/scans.md 0.4, get_cost_optimization_ebs;
 * shared/scans-amendments.md, monitoring.
 */
const givesWay = ({ resource, scan }: MoneyClaimant): boolean =>
  scan === "find_unused_cloudwatch_alarms" ||
  (/_cost_optimization_/.test(scan) && /:(volume|natgateway)\//.test(resource.arn))

// A confirmed claim first, then what ends the cost entirely, then the larger sum. Source: shared/scans.md 0.4.
const precedence = (a: MoneyClaimant, b: MoneyClaimant): number =>
  // What commitments leave nothing of claims nothing of what another saves.
  Number(b.savings.monthlyUsd > 0) - Number(a.savings.monthlyUsd > 0) ||
  Number(b.confirmed) - Number(a.confirmed) ||
  Number(givesWay(a)) - Number(givesWay(b)) ||
  rankOf(a) - rankOf(b) ||
  b.savings.monthlyUsd - a.savings.monthlyUsd ||
  // Scans that read the same recommendation claim the same: that of all recommendations comes first.
  byName(a.scan, b.scan) ||
  byName(a.id, b.id)

/**
 * The ids of the findings that count. Open findings of one account go in; for every resource the first by precedence wins.
 * Commitments count for nothing here: they are alternatives for spend that other findings would remove. Hygiene and notices
 * claim no money.
 */
export const countedClaims = (findings: Iterable<Claimant>): ReadonlySet<string> => {
  const taken = new Set<string>()
  const counted = new Set<string>()
  for (const finding of [...findings].filter(isClaiming).sort(precedence)) {
    const keys = claimKeys(finding)
    if (keys.some((key) => taken.has(key))) continue
    for (const key of keys) taken.add(key)
    counted.add(finding.id)
  }
  return counted
}
