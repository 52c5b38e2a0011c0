/** Findings from recommendations of Cost Optimization Hub, the same for every scan that reads them. */
import { known, type Reading, unknown } from "../../core/Reading.ts"
import type { Claim, Finding } from "../../core/finding/Finding.ts"
import { raise, severityOfSavings } from "../../core/finding/severity.ts"
import type { Partition, Scope } from "../../core/Scope.ts"
import {
  type Advised,
  advised,
  type HubPreferences,
  preferences,
  type Recommendation,
  recommendations
} from "../../datasets/billing/billing.ts"
import type { Evidence } from "../../datasets/engine/Evidence.ts"
import { billedBy, type KindedResource } from "../../datasets/engine/ResourceKind.ts"
import { type Flag, money, notice, Setting, type SettingsOf } from "../Scan.ts"

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

/** Values of AWS by their name, in whatever case it writes them. */
const byName = <A>(...values: ReadonlyArray<readonly [name: string, value: A]>) => {
  const byLowerCase = new Map(values.map(([name, value]) => [name.toLowerCase(), value]))
  return (name: string | null | undefined): A | undefined => byLowerCase.get(name?.toLowerCase() ?? "")
}

const knownAction = byName<readonly [Reason, Claim]>(
  ["Delete", ["delete", "delete"]],
  ["Stop", ["stop", "stop"]],
  ["Rightsize", ["rightsize", "rightsize"]],
  ["ScaleIn", ["scale_in", "rightsize"]],
  ["Upgrade", ["upgrade", "modernise"]],
  ["MigrateToGraviton", ["migrate_to_graviton", "modernise"]],
  ["PurchaseSavingsPlans", ["purchase_savings_plans", "commitment"]],
  ["PurchaseReservedInstances", ["purchase_reserved_instances", "commitment"]]
)

// A purchase that is new must not be summed with resources; any other new action has the last word among claims on one.
const actionOf = (action: string): readonly [Reason, Claim] =>
  knownAction(action) ?? ["other_action", /^purchase/i.test(action) ? "commitment" : "lifecycle"]

/** The types of resources, and the services that bill them. Source: shared/facts/scans-verified.md B6. */
const knownType = byName<readonly [type: string, service: string]>(
  ["AuroraDbClusterStorage", ["rds:db-cluster", billedBy.rds]],
  ["DocumentDBCluster", ["rds:cluster", billedBy.documentdb]],
  ["DynamoDBTable", ["dynamodb:table", billedBy.dynamodb]],
  ["EbsVolume", ["ec2:volume", billedBy.ec2Other]],
  ["Ec2AutoScalingGroup", ["autoscaling:auto-scaling-group", billedBy.ec2]],
  ["Ec2Instance", ["ec2:instance", billedBy.ec2]],
  ["EcsService", ["ecs:service", billedBy.ecs]],
  ["ElastiCacheCluster", ["elasticache:cluster", billedBy.elasticache]],
  ["LambdaFunction", ["lambda:function", billedBy.lambda]],
  ["NatGateway", ["ec2:nat-gateway", billedBy.ec2Other]],
  ["RdsDbInstance", ["rds:db-instance", billedBy.rds]],
  ["RdsDbInstanceStorage", ["rds:db-instance", billedBy.rds]]
)

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
  if (/^lambdafunction$/i.test(resourceType)) return resourceArn.split(":").slice(0, 7).join(":")
  // The storage of a database is bought apart from its instance, and saved apart.
  return /storage$/i.test(resourceType) ? `${resourceArn}#storage` : resourceArn
}

const knownMode = byName(["AfterDiscounts", "after discounts"], ["BeforeDiscounts", "before discounts"])

/** Types of instances in what the Hub says that there is now, such as `m5.large`. */
const typesIn = (summary: string | null): ReadonlyArray<string> =>
  summary?.match(
    /\b(?:db\.|cache\.)?[a-z][a-z0-9-]*\d[a-z0-9-]*\.(?:\d*x?large|nano|micro|small|medium|metal(?:-[a-z0-9]+)?)\b/g
  ) ?? []

/** The prices by which a resource is billed that a reservation or a Savings Plan may cover. Platforms and engines are covered alike. */
const knownFacts = byName<(summary: string | null) => ReadonlyArray<string>>(
  ["Ec2AutoScalingGroup", (summary) => typesIn(summary).map((type) => `ec2.linux.${type}`)],
  ["Ec2Instance", (summary) => typesIn(summary).map((type) => `ec2.linux.${type}`)],
  ["ElastiCacheCluster", (summary) => typesIn(summary).map((type) => `elasticache.redis.${type}`)],
  ["EcsService", () => ["fargate.x86VcpuHour", "fargate.x86GBHour"]],
  ["LambdaFunction", () => ["lambda.x86GBs", "lambda.armGBs"]],
  ["RdsDbInstance", (summary) => typesIn(summary).map((type) => `rds.mysql.${type}`)]
)

const optionOf = ({ action, currency, monthlySavings, recommendedSummary }: Recommendation): string =>
  `${action}${recommendedSummary === null ? "" : ` to ${recommendedSummary}`}: ${(monthlySavings ?? 0).toFixed(2)} ${currency} a month`

const compare = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1)

const bySavings = (a: Recommendation, b: Recommendation): number =>
  (b.monthlySavings ?? 0) - (a.monthlySavings ?? 0) || compare(a.action, b.action) || compare(optionOf(a), optionOf(b))

const efforts = ["VeryLow", "Low", "Medium", "High", "VeryHigh"] as const

/** What narrows the recommendations of every scan that reads them. */
export const accountsAndRegions = {
  accountIds: Setting.list([], "Only these accounts; empty for all"),
  regions: Setting.list([], "Only these regions; empty for all, and for commitments without a region")
} as const

export const actionsAndEfforts = {
  actionTypes: Setting.list(
    [],
    "Only these actions as Cost Optimization Hub names them, such as Delete; empty for all"
  ),
  maxImplementationEffort: Setting.oneOf(efforts, "VeryHigh", "Leave out what takes more effort than this"),
  includeOverlapping: Setting.flag(false, "Also read the other options for a resource, and list them with its best one")
} as const

export type Narrowed = SettingsOf<typeof accountsAndRegions & typeof actionsAndEfforts>

/** The list that every scan shares: with the other options for a resource, or its best alone. */
export const hubReads = ({ includeOverlapping }: Pick<Narrowed, "includeOverlapping">) =>
  ({
    recommendations: recommendations(includeOverlapping ? "overlapping" : "best"),
    preferences,
    advised
  }) as const

/**
 * Whether advice that is not there tonight is withdrawn: whoever gave it still advises on the account, which other advice of the same
 * kind shows, or that AWS says whom it looks at.
 */
export const isWithdrawn =
  (
    {
      advised,
      recommendations
    }: { readonly advised: Reading<Advised>; readonly recommendations: Evidence<Recommendation> },
    { scope }: { readonly scope: Scope }
  ) =>
  ({ account, evidence }: Pick<Finding, "account" | "evidence">): Reading<boolean> => {
    const { source = null } = evidence
    if (recommendations.found.some((other) => other.account === account && other.source === source)) return known(true)
    if (!advised.known) return advised
    const { payer, members } = advised.value[source === "CostExplorer" ? "hub" : "optimizer"]
    return (account === scope.account ? payer : members)
      ? known(true)
      : unknown(
          `nothing is recommended for account ${account} any more, and AWS does not say that it has looked at the account for two days: see that Compute Optimizer and Cost Optimization Hub are on for it`
        )
  }

const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase()

const isOneOf = (wanted: ReadonlyArray<string>, value: string) =>
  wanted.length === 0 || wanted.some((name) => same(name, value))

/** The recommendations that settings ask for, of these types or of all, by resource. */
export const narrowed = (
  all: Iterable<Recommendation>,
  settings: Narrowed,
  types: ReadonlyArray<string>,
  partition: Partition
): ReadonlyArray<Recommended> => {
  const limit = efforts.indexOf(settings.maxImplementationEffort)
  return byResource(
    [...all].filter(
      ({ account, action, effort, region, resourceType }) =>
        isOneOf(settings.accountIds, account) &&
        isOneOf(settings.regions, region ?? "") &&
        isOneOf(types, resourceType) &&
        isOneOf(settings.actionTypes, action) &&
        // An effort that AWS does not name is only kept where every effort is.
        (limit === efforts.length - 1 || efforts.slice(0, limit + 1).some((name) => same(name, effort ?? "")))
    ),
    partition
  )
}

/** The recommendations for one resource, of which only one can be taken: the best, and the others. */
export interface Recommended {
  readonly arn: string
  readonly best: Recommendation
  readonly others: ReadonlyArray<Recommendation>
}

/** The recommendations by resource. */
export const byResource = (
  recommendations: Iterable<Recommendation>,
  partition: Partition
): ReadonlyArray<Recommended> =>
  [...Map.groupBy(recommendations, (recommendation) => arnOf(recommendation, partition))].flatMap(([arn, options]) => {
    const [best, ...others] = options.sort(bySavings)
    return best === undefined ? [] : [{ arn, best, others }]
  })

/** The resource as our own scans describe it, in its own account and region. */
export const recommendedResource = ({ arn, best }: Recommended): KindedResource => {
  const [type, service] = knownType(best.resourceType) ?? [
    `cost-optimization-hub:${kebab(best.resourceType)}`,
    billedBy.nothing
  ]
  return {
    type,
    service,
    id: best.resourceId ?? best.recommendedSummary ?? best.resourceType,
    arn,
    name: best.tags["Name"] ?? "",
    tags: best.tags,
    createdAt: null,
    account: best.account,
    region: best.region ?? undefined
  }
}

/** How every scan of the Hub judges what it takes. */
export const judgeEach = ({ preferences }: { readonly preferences: Reading<HubPreferences> }) => {
  const told = preferences.known ? preferences.value : undefined
  return (recommended: Recommended): Flag<Reason> => judgeRecommended(recommended, told)
}

/** The best recommendation with the others as options: money, or a notice where AWS gives no amount that can be summed. */
const judgeRecommended = ({ best, others }: Recommended, preferences: HubPreferences | undefined): Flag<Reason> => {
  const { currency, lookbackDays, monthlySavings } = best
  const [reason, claim] = actionOf(best.action)
  const found = {
    reason,
    // Neither the recommendation's id nor its refresh time: both are new every day, and an unchanged finding is not.
    evidence: {
      action: best.action,
      resourceType: best.resourceType,
      current: best.currentSummary,
      recommended: best.recommendedSummary,
      monthlyCostUsd: currency === "USD" ? best.monthlyCost : null,
      implementationEffort: best.effort,
      restartNeeded: best.restartNeeded,
      rollbackPossible: best.rollbackPossible,
      lookbackDays,
      source: best.source,
      otherOptions: others.map(optionOf)
    }
  } as const
  const mode = knownMode(preferences?.savingsMode) ?? "before or after discounts: unknown"
  const isNet = mode === "after discounts"
  // Before discounts it is a list price, and a commitment that covers the resource is paid for whatever becomes of it.
  const isList = mode === "before discounts" && claim !== "commitment"
  const basis = `Estimated by Cost Optimization Hub${lookbackDays === null ? "" : ` from ${lookbackDays} days of use`}, ${mode}.`
  const facts = !isList ? [] : (knownFacts(best.resourceType)?.(best.currentSummary) ?? [])
  const without = (note: string) => notice({ ...found, severity: "info", note })
  if (monthlySavings === null) return without("Cost Optimization Hub gives no amount.")
  if (currency !== "USD") {
    return without(`${basis} It says ${monthlySavings.toFixed(2)} ${currency} a month; only USD is summed.`)
  }
  const monthlyUsd = Math.round(monthlySavings * 100) / 100
  if (monthlyUsd <= 0) return without(`${basis} It says that this saves nothing.`)
  const savings = {
    monthlyUsd,
    basis: isList ? "upper_bound" : "estimate",
    source: "cost-optimization-hub",
    claim,
    counted: false,
    terms: [],
    note: basis,
    ...(isNet ? { price: "net" as const } : {}),
    ...(knownMode(preferences?.savingsMode) === undefined ? { priceUntold: true as const } : {}),
    ...(facts.length === 0 ? {} : { facts })
  } as const
  const severity = severityOfSavings(savings)
  return money({ ...found, savings, severity: /^veryhigh$/i.test(best.effort ?? "") ? raise(severity, -1) : severity })
}
