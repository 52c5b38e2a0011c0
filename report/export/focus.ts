/**
 * Savings in the columns of FOCUS 1.2, the FinOps Open Cost and Usage Specification, so that they join to a cost export. FOCUS
 * describes charges, and a saving is none: every cost is 0, so that whoever puts the two tables under each other counts nothing
 * twice, and the money stands in columns of its own, which begin with `x_`.
 */
import { billedResourceId } from "../../core/finding/billedResource.ts"
import type { CatalogueEntry } from "../../core/catalogue/Catalogue.ts"
import type { Finding } from "../../core/finding/Finding.ts"
import { billedBy } from "../../core/run/billedServices.ts"
import { listMonthlyUsdOf, pricedAt } from "../../core/finding/savings.ts"
import { startOfUtcMonth } from "../../core/time.ts"
import { standingOf } from "../makeReport.ts"

/** A null is an empty cell. */
export type FocusRow = Readonly<Record<FocusColumn, string | number | null>>

/** Every column that FOCUS 1.2 asks of a table of charges, where it applies, then ours. */
export const focusColumns = [
  "AvailabilityZone",
  "BilledCost",
  "BillingAccountId",
  "BillingAccountName",
  "BillingAccountType",
  "BillingCurrency",
  "BillingPeriodEnd",
  "BillingPeriodStart",
  "ChargeCategory",
  "ChargeClass",
  "ChargeDescription",
  "ChargeFrequency",
  "ChargePeriodEnd",
  "ChargePeriodStart",
  "ContractedCost",
  "EffectiveCost",
  "InvoiceId",
  "InvoiceIssuerName",
  "ListCost",
  "PricingQuantity",
  "PricingUnit",
  "ProviderName",
  "PublisherName",
  "RegionId",
  "RegionName",
  "ResourceId",
  "ResourceName",
  "ResourceType",
  "ServiceCategory",
  "ServiceName",
  "ServiceSubcategory",
  "SubAccountId",
  "SubAccountName",
  "SubAccountType",
  "Tags",
  "x_FindingId",
  "x_Scan",
  "x_Reason",
  "x_Standing",
  "x_Basis",
  "x_OpenSince",
  "x_ResourceArn",
  "x_ListMonthlySavings",
  "x_PricedAt",
  "x_MonthlySavings",
  "x_CountedMonthlySavings",
  "x_ConfirmedMonthlySavings"
] as const
export type FocusColumn = (typeof focusColumns)[number]

type ServiceColumns = readonly [name: string, category: string, subcategory: string]

/**
 * What a service is called in exports, where Cost Explorer splits it, and its one class of FOCUS' own lists, by Cost Explorer's name. FOCUS
 * wants one category of a service, "that best aligns with its primary purpose" (ServiceName-C-005-C): a volume is of a service of computing,
 * and its column ResourceType says what it is.
 */
export const focusServices: Readonly<
  Record<Exclude<(typeof billedBy)[keyof typeof billedBy], typeof billedBy.nothing>, ServiceColumns>
> = {
  [billedBy.ec2]: ["Amazon Elastic Compute Cloud", "Compute", "Virtual Machines"],
  [billedBy.ec2Other]: ["Amazon Elastic Compute Cloud", "Compute", "Virtual Machines"],
  [billedBy.vpc]: [billedBy.vpc, "Networking", "Network Infrastructure"],
  [billedBy.elb]: ["Elastic Load Balancing", "Networking", "Application Networking"],
  [billedBy.lambda]: [billedBy.lambda, "Compute", "Serverless Compute"],
  [billedBy.cloudwatch]: [billedBy.cloudwatch, "Management and Governance", "Observability"],
  [billedBy.s3]: [billedBy.s3, "Storage", "Object Storage"],
  [billedBy.cloudfront]: [billedBy.cloudfront, "Networking", "Content Delivery"],
  [billedBy.route53]: [billedBy.route53, "Networking", "Network Infrastructure"],
  [billedBy.rds]: [billedBy.rds, "Databases", "Relational Databases"],
  [billedBy.documentdb]: [billedBy.documentdb, "Databases", "NoSQL Databases"],
  [billedBy.neptune]: [billedBy.neptune, "Databases", "NoSQL Databases"],
  [billedBy.elasticache]: [billedBy.elasticache, "Databases", "Caching"],
  [billedBy.dynamodb]: [billedBy.dynamodb, "Databases", "NoSQL Databases"],
  [billedBy.sqs]: [billedBy.sqs, "Integration", "Messaging"],
  [billedBy.sns]: [billedBy.sns, "Integration", "Messaging"],
  [billedBy.apigateway]: [billedBy.apigateway, "Integration", "API Management"],
  [billedBy.ecs]: [billedBy.ecs, "Compute", "Containers"],
  [billedBy.ecr]: [billedBy.ecr, "Compute", "Containers"],
  [billedBy.eks]: [billedBy.eks, "Compute", "Containers"]
}

const servicesByName: ReadonlyMap<string, ServiceColumns> = new Map(Object.entries(focusServices))

/** A service that no scan knows by name, or none at all, has FOCUS' own class for that. */
const serviceColumns = (service: string): ServiceColumns =>
  servicesByName.get(service) ?? [service === "" ? "Other" : service, "Other", "Other (Other)"]

/** What a row says besides the finding. */
export interface FocusContext {
  readonly accountNames: ReadonlyMap<string, string>
  /** The payer; undefined where none is known, and then each account pays for itself. */
  readonly payer: string | undefined
  readonly entryOf: (scan: string) => CatalogueEntry | undefined
}

/** The month of an instant, of which the end is not part. */
const monthOf = (instant: string): readonly [start: string, end: string] => {
  const date = new Date(instant)
  const first = (months: number) => startOfUtcMonth(date, months).toISOString().replace(".000Z", "Z")
  return [first(0), first(1)]
}

/** FOCUS calls only places regions: what is global or of the bill is in none. */
const isPlace = (region: string): boolean => !region.startsWith("global") && region !== "*"

/** The row of a finding that is money. `night` is the start of the run that saw it last. */
export const focusRow = (finding: Finding, { accountNames, entryOf, payer }: FocusContext, night: string): FocusRow => {
  const { account, id, openSince, reasons, region, resource, savings, scan } = finding
  const entry = entryOf(scan)
  const [start, end] = monthOf(night)
  const [service, category, subcategory] = serviceColumns(resource.service)
  const billed = payer ?? account
  const standing = standingOf(finding)
  const counted = savings?.counted === true && finding.status === "open" ? savings.monthlyUsd : 0
  const why = reasons.map((reason) => entry?.reasons.find(({ name }) => name === reason)?.text ?? reason)
  return {
    AvailabilityZone: null,
    BilledCost: 0,
    BillingAccountId: billed,
    BillingAccountName: accountNames.get(billed) ?? null,
    BillingAccountType: "Management Account",
    BillingCurrency: "USD",
    BillingPeriodEnd: end,
    BillingPeriodStart: start,
    ChargeCategory: "Usage",
    ChargeClass: null,
    ChargeDescription: `${entry?.title ?? scan}: ${why.join(" ")}`,
    ChargeFrequency: "Usage-Based",
    ChargePeriodEnd: end,
    ChargePeriodStart: start,
    ContractedCost: 0,
    EffectiveCost: 0,
    // Null until AWS has issued the invoice, which is never for a saving.
    InvoiceId: null,
    InvoiceIssuerName: "AWS",
    ListCost: 0,
    PricingQuantity: 1,
    PricingUnit: "Months",
    ProviderName: "AWS",
    PublisherName: "AWS",
    RegionId: isPlace(region) ? region : null,
    RegionName: isPlace(region) ? region : null,
    ResourceId: billedResourceId(resource),
    ResourceName: resource.name === "" ? null : resource.name,
    ResourceType: resource.type,
    ServiceCategory: category,
    ServiceName: service,
    ServiceSubcategory: subcategory,
    SubAccountId: account,
    SubAccountName: accountNames.get(account) ?? null,
    SubAccountType: "Account",
    Tags: JSON.stringify(resource.tags),
    x_FindingId: id,
    x_Scan: scan,
    x_Reason: reasons.join(", "),
    x_Standing: standing,
    x_Basis: savings?.basis ?? "none",
    x_OpenSince: openSince,
    x_ResourceArn: resource.arn,
    // A price that is not known is no saving of zero.
    x_ListMonthlySavings: savings === null ? null : listMonthlyUsdOf(savings),
    x_PricedAt: savings === null ? null : pricedAt(savings),
    x_MonthlySavings: savings === null || savings.basis === "none" ? null : savings.monthlyUsd,
    x_CountedMonthlySavings: counted,
    x_ConfirmedMonthlySavings: standing === "confirmed" ? counted : 0
  }
}
