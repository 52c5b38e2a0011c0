/** Findings from recommendations of Cost Optimization Hub, the same for every scan that reads them. */
import { noSavings } from "../../core/finding/savings.ts"
import { raise, severityOfSavings } from "../../core/finding/severity.ts"
import type { Claim, Savings } from "../../core/finding/Finding.ts"
import type { Partition } from "../../core/Scope.ts"
import type { HubPreferences, Recommendation } from "../../datasets/billing/billing.ts"
import { type Flag, flag } from "../Scan.ts"

/** Why a recommendation is a finding: what AWS advises to do. */
export const recommendationReasons = {
  delete: "AWS found the resource idle or unattached and advises to delete it.",
  stop: "AWS found the resource idle and advises to stop it.",
  rightsize: "AWS found the resource larger than its use and advises a smaller one.",
  scale_in: "AWS found more capacity in the group than its use and advises fewer instances.",
  upgrade: "AWS advises a newer generation or type, which costs less for the same work.",
  migrate_to_graviton: "AWS advises an instance type with Graviton processors, which costs less for the same work.",
  purchase_savings_plans: "AWS advises to commit to a Savings Plan for spend that is steady.",
  purchase_reserved_instances: "AWS advises to reserve capacity for use that is steady.",
  other_action: "AWS advises an action that this version has no words for; see the evidence."
} as const

type Reason = keyof typeof recommendationReasons

const actions = new Map<string, readonly [Reason, Claim]>([
  ["Delete", ["delete", "delete"]],
  ["Stop", ["stop", "stop"]],
  ["Rightsize", ["rightsize", "rightsize"]],
  ["ScaleIn", ["scale_in", "rightsize"]],
  ["Upgrade", ["upgrade", "modernise"]],
  ["MigrateToGraviton", ["migrate_to_graviton", "modernise"]],
  ["PurchaseSavingsPlans", ["purchase_savings_plans", "commitment"]],
  ["PurchaseReservedInstances", ["purchase_reserved_instances", "commitment"]]
])

// A purchase that is new must not be summed with resources; any other new action has the last word among claims on one.
const actionOf = (action: string): readonly [Reason, Claim] =>
  actions.get(action) ?? ["other_action", action.startsWith("Purchase") ? "commitment" : "lifecycle"]

const resourceTypes = new Map([
  ["AuroraDbClusterStorage", "rds:db-cluster"],
  ["EbsVolume", "ec2:volume"],
  ["Ec2AutoScalingGroup", "autoscaling:auto-scaling-group"],
  ["Ec2Instance", "ec2:instance"],
  ["EcsService", "ecs:service"],
  ["LambdaFunction", "lambda:function"],
  ["NatGateway", "ec2:nat-gateway"],
  ["RdsDbInstance", "rds:db-instance"],
  ["RdsDbInstanceStorage", "rds:db-instance"]
])

/** `ComputeSavingsPlans` as `compute-savings-plans`. */
const kebab = (name: string): string => name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, "-").toLowerCase()

/** `12 m5.large for $1.20/hour` without its figures, which change with every refresh. */
const withoutFigures = (summary: string): string =>
  summary
    .replace(/\$?\b\d+(?:[.,]\d+)*%?(?!\w)/g, "")
    .replace(/[^\w.]+/g, "-")
    .replace(/^-+|-+$/g, "")

/**
 * What makes a recommendation the same one from night to night: the resource's ARN, as our own scans write it, so that claims
 * on one resource meet. Commitments have no resource and are told apart by what is to be bought.
 */
const arnOf = (recommendation: Recommendation, partition: Partition): string => {
  const { account, recommendedSummary, region, resourceArn, resourceId, resourceType } = recommendation
  if (resourceArn === null || resourceArn === "") {
    const what = resourceId ?? withoutFigures(recommendedSummary ?? "")
    return `arn:${partition}:cost-optimization-hub:${region ?? ""}:${account}:${resourceType}/${what}`
  }
  // A function's ARN may end with a version or an alias.
  if (resourceType === "LambdaFunction") return resourceArn.split(":").slice(0, 7).join(":")
  // The storage of a database is bought apart from its instance, and saved apart.
  return resourceType.endsWith("Storage") ? `${resourceArn}#storage` : resourceArn
}

const modes = new Map<string | null | undefined, string>([
  ["AfterDiscounts", "after discounts"],
  ["BeforeDiscounts", "before discounts"]
])

const savingsOf = (
  { action, currency, lookbackDays, monthlySavings }: Recommendation,
  preferences: HubPreferences | undefined
): Savings => {
  const [, claim] = actionOf(action)
  const mode = modes.get(preferences?.savingsMode) ?? "before or after discounts: unknown"
  const basis = `Estimated by Cost Optimization Hub${lookbackDays === null ? "" : ` from ${lookbackDays} days of use`}, ${mode}.`
  const source = "cost-optimization-hub"
  if (monthlySavings === null) return { ...noSavings(claim, "Cost Optimization Hub gives no amount."), source }
  if (currency !== "USD") {
    const amount = `${monthlySavings.toFixed(2)} ${currency}`
    return { ...noSavings(claim, `${basis} It says ${amount} a month; only USD is summed.`), source }
  }
  return {
    monthlyUsd: Math.max(0, Math.round(monthlySavings * 100) / 100),
    basis: "estimate",
    source,
    claim,
    counted: false,
    terms: [],
    note: basis
  }
}

const optionOf = ({ action, currency, monthlySavings, recommendedSummary }: Recommendation): string =>
  `${action}${recommendedSummary === null ? "" : ` to ${recommendedSummary}`}: ${(monthlySavings ?? 0).toFixed(2)} ${currency} a month`

const bySavings = (a: Recommendation, b: Recommendation): number =>
  (b.monthlySavings ?? 0) - (a.monthlySavings ?? 0) || (a.action < b.action ? -1 : 1)

/** One finding for each resource: its best recommendation, with the others as options, because only one can be taken. */
export const flagRecommendations = (
  recommendations: Iterable<Recommendation>,
  preferences: HubPreferences | undefined,
  partition: Partition
): ReadonlyArray<Flag<Reason>> => {
  const byArn = Map.groupBy(recommendations, (recommendation) => arnOf(recommendation, partition))
  return [...byArn].flatMap(([arn, options]) => {
    const [best, ...others] = options.sort(bySavings)
    if (best === undefined) return []
    const [reason] = actionOf(best.action)
    const savings = savingsOf(best, preferences)
    const severity = severityOfSavings(savings)
    return flag({
      resource: {
        type: resourceTypes.get(best.resourceType) ?? `cost-optimization-hub:${kebab(best.resourceType)}`,
        id: best.resourceId ?? best.recommendedSummary ?? best.resourceType,
        arn,
        name: best.tags["Name"] ?? "",
        tags: best.tags
      },
      account: best.account,
      ...(best.region === null ? {} : { region: best.region }),
      reason,
      savings,
      severity: best.effort === "VeryHigh" ? raise(severity, -1) : severity,
      // Neither the recommendation's id nor its refresh time: both are new every day, and an unchanged finding is not.
      evidence: {
        action: best.action,
        resourceType: best.resourceType,
        current: best.currentSummary,
        recommended: best.recommendedSummary,
        monthlyCostUsd: best.currency === "USD" ? best.monthlyCost : null,
        implementationEffort: best.effort,
        restartNeeded: best.restartNeeded,
        rollbackPossible: best.rollbackPossible,
        lookbackDays: best.lookbackDays,
        source: best.source,
        otherOptions: others.map(optionOf)
      }
    })
  })
}
