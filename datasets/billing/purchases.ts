/** What AWS recommends to commit to: Savings Plans and reservations, from the payer. Every page is charged. */
import {
  CostExplorerClient,
  GetReservationPurchaseRecommendationCommand,
  type GetReservationPurchaseRecommendationCommandInput,
  GetSavingsPlansPurchaseRecommendationCommand,
  type GetSavingsPlansPurchaseRecommendationCommandInput,
  type ReservationPurchaseRecommendationDetail,
  type SavingsPlansPurchaseRecommendationDetail,
  type SavingsPlansPurchaseRecommendationMetadata
} from "@aws-sdk/client-cost-explorer"
import * as Effect from "effect/Effect"
import { list, required } from "../../core/aws/Aws.ts"
import { listOperation } from "../../core/aws/operation.ts"
import { cleanText } from "../../core/text.ts"
import { rotationNights } from "../../core/turns.ts"
import { AsOf, dataset, family, readOf } from "../engine/Dataset.ts"
import { remembering } from "../engine/PaidAnswers.ts"
import { several } from "../engine/several.ts"
import { amountOf, type Charge } from "./billing.ts"
import { bill, billTold, commitmentsOnBill } from "./commitments.ts"

const paid = { unit: "request", usdPerUnit: 0.01, usd: () => 0.01 } as const

// Source of the page size: shared/scans-amendments.md, get_savings_plans_recommendations.
const paging = { size: ["PageSize", 1000], input: "NextPageToken", output: "NextPageToken" } as const

const getPlans = listOperation(
  CostExplorerClient,
  GetSavingsPlansPurchaseRecommendationCommand,
  "ce:GetSavingsPlansPurchaseRecommendation",
  {
    name: "SavingsPlansPurchaseRecommendation.SavingsPlansPurchaseRecommendationDetails",
    of: ({ SavingsPlansPurchaseRecommendation: advice }) => advice?.SavingsPlansPurchaseRecommendationDetails,
    // Where AWS recommends nothing, it leaves the list out.
    emptyWhen: ({ SavingsPlansPurchaseRecommendation: advice }) => advice !== undefined
  },
  { paging, paid }
)

const getReservations = listOperation(
  CostExplorerClient,
  GetReservationPurchaseRecommendationCommand,
  "ce:GetReservationPurchaseRecommendation",
  "Recommendations",
  { paging, paid }
)

export const planTypes = ["COMPUTE_SP", "EC2_INSTANCE_SP", "SAGEMAKER_SP", "DATABASE_SP"] as const
export type PlanType = (typeof planTypes)[number]

export const terms = ["ONE_YEAR", "THREE_YEARS"] as const
export const payments = ["NO_UPFRONT", "PARTIAL_UPFRONT", "ALL_UPFRONT"] as const
export const lookbacks = ["SEVEN_DAYS", "THIRTY_DAYS", "SIXTY_DAYS"] as const
export const accountScopes = ["PAYER", "LINKED"] as const
export const offeringClasses = ["STANDARD", "CONVERTIBLE"] as const

/** How a commitment would be paid. */
export interface Purchase {
  readonly term: (typeof terms)[number]
  readonly payment: (typeof payments)[number]
  /** The days of use that AWS computes it from. */
  readonly lookback: (typeof lookbacks)[number]
  /** Whether it is computed for the organisation or for each account. */
  readonly accountScope: (typeof accountScopes)[number]
}

/** What a plan covers, by the names of services on the bill. Source: shared/facts/scans-verified.md A3. */
const coveredBy: Readonly<Record<PlanType, RegExp>> = {
  COMPUTE_SP: /^amazon elastic compute cloud|^aws lambda$|^amazon elastic container service/i,
  EC2_INSTANCE_SP: /^amazon elastic compute cloud/i,
  SAGEMAKER_SP: /sagemaker/i,
  DATABASE_SP:
    /relational database|aurora|dynamodb|elasticache|documentdb|neptune|timestream|keyspaces|database migration|opensearch/i
}

/**
 * What can be reserved, as settings call it: the service's name in the question, and the one on the bill. Source:
 * shared/facts/scans-verified.md A4.
 */
const reservable = {
  EC2: ["Amazon Elastic Compute Cloud - Compute", /^amazon elastic compute cloud/i],
  RDS: ["Amazon Relational Database Service", /^amazon relational database service/i],
  ElastiCache: ["Amazon ElastiCache", /^amazon elasticache/i],
  Redshift: ["Amazon Redshift", /^amazon redshift/i],
  OpenSearch: ["Amazon OpenSearch Service", /^amazon (opensearch|elasticsearch)/i],
  MemoryDB: ["Amazon MemoryDB Service", /^amazon memorydb/i],
  DynamoDB: ["Amazon DynamoDB Service", /^amazon dynamodb/i]
} as const satisfies Readonly<Record<string, readonly [asked: string, billed: RegExp]>>

export type ReservableService = keyof typeof reservable
export const reservableServices = Object.keys(reservable) as ReadonlyArray<ReservableService>

/** Whether the bill shows use at on-demand prices: what has none is not asked for, because every request is charged. */
const isUsed = (charges: ReadonlyArray<Charge>, billed: RegExp): boolean =>
  charges.some(({ amount, key, recordType }) => amount > 0 && /^usage$/i.test(recordType) && billed.test(key))

/** The plans of these types that the bill gives a reason to ask for. */
export const plansWorthAsking = (
  types: ReadonlyArray<PlanType>,
  charges: ReadonlyArray<Charge>
): ReadonlyArray<PlanType> => types.filter((type) => isUsed(charges, coveredBy[type]))

/** The services that the bill gives a reason to ask for. */
export const servicesWorthAsking = (
  services: ReadonlyArray<ReservableService>,
  charges: ReadonlyArray<Charge>
): ReadonlyArray<ReservableService> => services.filter((service) => isUsed(charges, reservable[service][1]))

/** AWS writes these figures as text; null where it gives none. */
const figureOf = (text: string | undefined): number | null => {
  const figure = Number(text ?? "")
  return text === undefined || text === "" || !Number.isFinite(figure) ? null : figure
}

const wordOf = (text: string | undefined): string => cleanText(text ?? "")

/** A Savings Plan that AWS recommends to buy. A null says that AWS did not tell. */
export interface PlanOffer {
  readonly type: PlanType
  readonly term: Purchase["term"]
  readonly payment: Purchase["payment"]
  /** For which it was computed; empty for the whole organisation. */
  readonly account: string
  /** Of a plan for one family of instances; empty for the others. */
  readonly family: string
  readonly region: string
  readonly currency: string
  readonly hourlyCommitment: number
  readonly upfront: number | null
  readonly monthlySavings: number
  readonly savingsPercent: number | null
  readonly utilizationPercent: number | null
  /** What is spent on demand in an hour on what the plan would cover. */
  readonly minimumHourly: number | null
  readonly averageHourly: number | null
  /** ISO instant; null where AWS did not say when it computed this. */
  readonly generatedAt: string | null
  /** When it was asked for. */
  readonly askedAt: Date
}

const planOffer = (
  detail: SavingsPlansPurchaseRecommendationDetail,
  metadata: SavingsPlansPurchaseRecommendationMetadata | undefined,
  bought: Pick<PlanOffer, "type" | "term" | "payment">
): Omit<PlanOffer, "askedAt"> => ({
  ...bought,
  account: detail.AccountId ?? "",
  family: wordOf(detail.SavingsPlansDetails?.InstanceFamily),
  region: wordOf(detail.SavingsPlansDetails?.Region),
  currency: detail.CurrencyCode?.toUpperCase() ?? "USD",
  hourlyCommitment: amountOf(detail.HourlyCommitmentToPurchase, "Details[].HourlyCommitmentToPurchase"),
  upfront: figureOf(detail.UpfrontCost),
  monthlySavings: amountOf(detail.EstimatedMonthlySavingsAmount, "Details[].EstimatedMonthlySavingsAmount"),
  savingsPercent: figureOf(detail.EstimatedSavingsPercentage),
  utilizationPercent: figureOf(detail.EstimatedAverageUtilization),
  minimumHourly: figureOf(detail.CurrentMinimumHourlyOnDemandSpend),
  averageHourly: figureOf(detail.CurrentAverageHourlyOnDemandSpend),
  generatedAt: metadata?.GenerationTimestamp ?? null
})

/**
 * The Savings Plans that AWS recommends: one question for each type whose use the bill shows, remembered for a week unless the bill
 * shows other commitments. Plans for databases exist for a year
 * and without upfront payment alone; other questions about them are answered empty, and charged. Source:
 * shared/facts/scans-verified.md A1.
 */
export const plans = family("purchases.plans", (name, types: ReadonlyArray<PlanType>, purchase: Purchase) =>
  dataset<ReadonlyArray<PlanOffer>, { readonly charges: typeof bill }>(name, {
    scope: "payer",
    needs: { charges: bill },
    operations: [getPlans],
    cacheHours: 12,
    costNote:
      "Cost Explorer charges $0.01 for each type of Savings Plan whose use the bill shows, and again for every 1,000 of them.",
    read: Effect.fnUntraced(function* ({ charges }) {
      yield* billTold(charges)
      const identity = commitmentsOnBill(charges, yield* AsOf)
      const questions = plansWorthAsking(types, charges).map((type) => {
        const { term, payment } =
          type === "DATABASE_SP" ? ({ term: "ONE_YEAR", payment: "NO_UPFRONT" } as const) : purchase
        const input: GetSavingsPlansPurchaseRecommendationCommandInput = {
          SavingsPlansType: type,
          TermInYears: term,
          PaymentOption: payment,
          LookbackPeriodInDays: purchase.lookback,
          AccountScope: purchase.accountScope
        }
        return Effect.map(
          remembering(
            { operation: getPlans, about: input, nights: rotationNights, identity },
            list(getPlans, input, (details, { Metadata }) =>
              details.map((detail) => planOffer(detail, Metadata, { type, term, payment }))
            )
          ),
          ({ askedAt, gaps, items }) => ({ items: items.map((one): PlanOffer => ({ ...one, askedAt })), gaps })
        )
      })
      return readOf(yield* several(questions))
    })
  })
)

/** A reservation that AWS recommends to buy. A null says that AWS did not tell. */
export interface ReservationOffer {
  readonly service: ReservableService
  readonly account: string
  readonly region: string
  /** The type of the instance or node, or the unit of capacity. */
  readonly type: string
  /** The platform, engine or product that has to match; empty where nothing has. */
  readonly platform: string
  readonly currency: string
  /** Instances or nodes; units of capacity where that is what is reserved. */
  readonly count: number
  readonly isCapacity: boolean
  readonly normalizedUnits: number | null
  readonly upfront: number | null
  readonly recurringMonthly: number | null
  readonly monthlySavings: number
  readonly savingsPercent: number | null
  readonly utilizationPercent: number | null
  readonly breakEvenMonths: number | null
}

/** What is reserved, from the one description that the service has. */
const reservedOf = ({ InstanceDetails, ReservedCapacityDetails }: ReservationPurchaseRecommendationDetail) => {
  const capacity = ReservedCapacityDetails?.DynamoDBCapacityDetails
  if (capacity !== undefined)
    return { region: capacity.Region, type: capacity.CapacityUnits, words: [], isCapacity: true }
  const {
    EC2InstanceDetails: ec2,
    ElastiCacheInstanceDetails: cache,
    ESInstanceDetails: search,
    MemoryDBInstanceDetails: memory,
    RDSInstanceDetails: database,
    RedshiftInstanceDetails: warehouse
  } = InstanceDetails ?? {}
  return {
    region: (ec2 ?? cache ?? search ?? memory ?? database ?? warehouse)?.Region,
    type:
      ec2?.InstanceType ??
      database?.InstanceType ??
      (cache ?? memory ?? warehouse)?.NodeType ??
      (search === undefined ? undefined : `${search.InstanceClass}.${search.InstanceSize}`),
    words: [
      ec2?.Platform,
      cache?.ProductDescription,
      database?.DatabaseEngine,
      database?.DatabaseEdition,
      database?.DeploymentOption
    ],
    isCapacity: false
  }
}

const reservationOffer = (
  detail: ReservationPurchaseRecommendationDetail,
  service: ReservableService
): ReservationOffer => {
  const { isCapacity, region, type, words } = reservedOf(detail)
  const count = isCapacity ? "RecommendedNumberOfCapacityUnitsToPurchase" : "RecommendedNumberOfInstancesToPurchase"
  const field = "RecommendationDetails[]"
  return {
    service,
    account: detail.AccountId ?? "",
    region: wordOf(required(region, `${field}.InstanceDetails.Region`)),
    type: wordOf(required(type, `${field}.InstanceDetails.InstanceType`)),
    platform: wordOf(words.filter((word) => word !== undefined && word !== "").join(", ")),
    currency: detail.CurrencyCode?.toUpperCase() ?? "USD",
    count: amountOf(detail[count], `${field}.${count}`),
    isCapacity,
    normalizedUnits: isCapacity ? null : figureOf(detail.RecommendedNormalizedUnitsToPurchase),
    upfront: figureOf(detail.UpfrontCost),
    recurringMonthly: figureOf(detail.RecurringStandardMonthlyCost),
    monthlySavings: amountOf(detail.EstimatedMonthlySavingsAmount, `${field}.EstimatedMonthlySavingsAmount`),
    savingsPercent: figureOf(detail.EstimatedMonthlySavingsPercentage),
    utilizationPercent: figureOf(detail.AverageUtilization),
    breakEvenMonths: figureOf(detail.EstimatedBreakEvenInMonths)
  }
}

/** The reservations that AWS recommends: one question for each service whose use the bill shows, remembered as those about plans are. */
export const reservations = family(
  "purchases.reservations",
  (
    name,
    services: ReadonlyArray<ReservableService>,
    { accountScope, lookback, payment, term }: Purchase,
    offeringClass: (typeof offeringClasses)[number]
  ) =>
    dataset<ReadonlyArray<ReservationOffer>, { readonly charges: typeof bill }>(name, {
      scope: "payer",
      needs: { charges: bill },
      operations: [getReservations],
      cacheHours: 12,
      costNote:
        "Cost Explorer charges $0.01 for each service that can be reserved and whose use the bill shows, and again for every 1,000 recommendations.",
      read: Effect.fnUntraced(function* ({ charges }) {
        yield* billTold(charges)
        const identity = commitmentsOnBill(charges, yield* AsOf)
        const questions = servicesWorthAsking(services, charges).map((service) => {
          const input: GetReservationPurchaseRecommendationCommandInput = {
            Service: reservable[service][0],
            TermInYears: term,
            PaymentOption: payment,
            LookbackPeriodInDays: lookback,
            AccountScope: accountScope,
            ...(service === "EC2"
              ? { ServiceSpecification: { EC2Specification: { OfferingClass: offeringClass } } }
              : {})
          }
          return remembering(
            { operation: getReservations, about: input, nights: rotationNights, identity },
            list(getReservations, input, (recommendations) =>
              recommendations.flatMap(({ RecommendationDetails }) =>
                required(RecommendationDetails, "Recommendations[].RecommendationDetails").map((detail) =>
                  reservationOffer(detail, service)
                )
              )
            )
          )
        })
        return readOf(yield* several(questions))
      })
    })
)
