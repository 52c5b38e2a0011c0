/**
 * Savings in the columns of FOCUS 1.2, the FinOps Open Cost and Usage Specification, so that they join to a cost export. FOCUS
 * describes charges, and a saving is none: every cost is 0, so that whoever puts the two tables under each other counts nothing
 * twice, and the money stands in columns of its own, which begin with `x_`.
 */
import { billedResourceId } from "../../core/finding/billedResource.ts"
import type { CatalogueEntry } from "../../core/catalogue/Catalogue.ts"
import type { Finding } from "../../core/finding/Finding.ts"
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

/** Cost Explorer splits what exports call by one name. */
const serviceNames: Readonly<Record<string, string>> = {
  "Amazon Elastic Compute Cloud - Compute": "Amazon Elastic Compute Cloud",
  "EC2 - Other": "Amazon Elastic Compute Cloud",
  "Amazon Elastic Load Balancing": "Elastic Load Balancing"
}

type Classes = readonly [category: string, subcategory: string]

/** FOCUS' own lists of categories and subcategories, by the kind of a resource or by its service's part of the ARN. */
export const focusClasses: Readonly<Record<string, Classes>> = {
  "ec2:volume": ["Storage", "Block Storage"],
  "ec2:snapshot": ["Storage", "Backup Storage"],
  "ec2:image": ["Storage", "Backup Storage"],
  "ec2:nat-gateway": ["Networking", "Network Infrastructure"],
  "ec2:elastic-ip": ["Networking", "Network Infrastructure"],
  "ec2:vpc-endpoint": ["Networking", "Network Connectivity"],
  ec2: ["Compute", "Virtual Machines"],
  autoscaling: ["Compute", "Virtual Machines"],
  lambda: ["Compute", "Serverless Compute"],
  ecs: ["Compute", "Containers"],
  eks: ["Compute", "Containers"],
  ecr: ["Compute", "Containers"],
  elb: ["Networking", "Application Networking"],
  elbv2: ["Networking", "Application Networking"],
  elasticloadbalancing: ["Networking", "Application Networking"],
  cloudfront: ["Networking", "Content Delivery"],
  route53: ["Networking", "Network Infrastructure"],
  s3: ["Storage", "Object Storage"],
  rds: ["Databases", "Relational Databases"],
  dynamodb: ["Databases", "NoSQL Databases"],
  elasticache: ["Databases", "Caching"],
  memorydb: ["Databases", "Caching"],
  redshift: ["Databases", "Data Warehouses"],
  es: ["Analytics", "Search"],
  opensearch: ["Analytics", "Search"],
  glue: ["Analytics", "Data Processing"],
  sqs: ["Integration", "Messaging"],
  sns: ["Integration", "Messaging"],
  events: ["Integration", "Other (Integration)"],
  logs: ["Management and Governance", "Observability"],
  cloudwatch: ["Management and Governance", "Observability"],
  sagemaker: ["AI and Machine Learning", "AI Platforms"]
}

const classOf = (type: string): Classes =>
  focusClasses[type] ?? focusClasses[type.split(":")[0] ?? ""] ?? ["Other", "Other (Other)"]

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
  const [category, subcategory] = classOf(resource.type)
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
    ServiceName: resource.service === "" ? "Other" : (serviceNames[resource.service] ?? resource.service),
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
