/** What Cost Explorer recommends the payer to commit to. */
import type {
  GetReservationPurchaseRecommendationCommandInput,
  GetReservationPurchaseRecommendationCommandOutput,
  GetSavingsPlansPurchaseRecommendationCommandInput,
  GetSavingsPlansPurchaseRecommendationCommandOutput,
  InstanceDetails
} from "@aws-sdk/client-cost-explorer"
import { startOfUtcDay } from "../../core/time.ts"
import { type Answer, defineService, pageOf } from "../Service.ts"

declare module "../estate.ts" {
  interface Billing {
    readonly planOffers: ReadonlyArray<PlanOffer>
    readonly reservationOffers: ReadonlyArray<ReservationOffer>
  }
}

/** A Savings Plan for a year, without upfront payment. */
export interface PlanOffer {
  readonly type: "COMPUTE_SP" | "EC2_INSTANCE_SP" | "SAGEMAKER_SP" | "DATABASE_SP"
  /** Family and region of a plan for one family of instances. */
  readonly family?: { readonly name: string; readonly region: string }
  /** USD an hour: the commitment, and what is spent on demand on what it would cover. */
  readonly commitmentUsd: number
  readonly leastUsd: number
  readonly averageUsd: number
  readonly savesUsd: number
  readonly utilization: number
}

/** A reservation for a year, without upfront payment. */
export interface ReservationOffer {
  /** As the question names it. */
  readonly service: string
  readonly details: InstanceDetails
  readonly count: number
  readonly units: number
  readonly onDemandUsd: number
  readonly savesUsd: number
}

const text = (amount: number) => amount.toFixed(10)

export default defineService({
  billing: { planOffers: [], reservationOffers: [] },
  answers: {
    "ce:GetSavingsPlansPurchaseRecommendation": (
      here,
      input: GetSavingsPlansPurchaseRecommendationCommandInput
    ): Answer<GetSavingsPlansPurchaseRecommendationCommandOutput> => {
      const offers = here.billing.planOffers.filter(({ type }) => type === input.SavingsPlansType)
      const { items, next } = pageOf(offers, input.NextPageToken, input.PageSize, 1000)
      const today = startOfUtcDay(new Date(here.now()))
      return {
        Metadata: { GenerationTimestamp: today.toISOString() },
        SavingsPlansPurchaseRecommendation: {
          AccountScope: input.AccountScope,
          SavingsPlansType: input.SavingsPlansType,
          TermInYears: input.TermInYears,
          PaymentOption: input.PaymentOption,
          LookbackPeriodInDays: input.LookbackPeriodInDays,
          // The list is left out where there is nothing to recommend.
          ...(items.length === 0
            ? {}
            : {
                SavingsPlansPurchaseRecommendationDetails: items.map((offer) => ({
                  SavingsPlansDetails: {
                    InstanceFamily: offer.family?.name ?? "",
                    Region: offer.family?.region ?? "",
                    OfferingId: "0f8fad5b-d9cb-469f-a165-70867728950e"
                  },
                  AccountId: here.account,
                  CurrencyCode: "USD",
                  UpfrontCost: text(0),
                  HourlyCommitmentToPurchase: text(offer.commitmentUsd),
                  EstimatedAverageUtilization: text(100 * offer.utilization),
                  EstimatedMonthlySavingsAmount: text(offer.savesUsd),
                  EstimatedSavingsPercentage: text((100 * offer.savesUsd) / (offer.averageUsd * 730)),
                  CurrentMinimumHourlyOnDemandSpend: text(offer.leastUsd),
                  CurrentAverageHourlyOnDemandSpend: text(offer.averageUsd)
                }))
              })
        },
        NextPageToken: next
      }
    },

    "ce:GetReservationPurchaseRecommendation": (
      here,
      input: GetReservationPurchaseRecommendationCommandInput
    ): Answer<GetReservationPurchaseRecommendationCommandOutput> => {
      const offers = here.billing.reservationOffers.filter(({ service }) => service === input.Service)
      const { items, next } = pageOf(offers, input.NextPageToken, input.PageSize, 1000)
      return {
        Metadata: { GenerationTimestamp: startOfUtcDay(new Date(here.now())).toISOString() },
        Recommendations:
          items.length === 0
            ? []
            : [
                {
                  AccountScope: input.AccountScope,
                  LookbackPeriodInDays: input.LookbackPeriodInDays,
                  TermInYears: input.TermInYears,
                  PaymentOption: input.PaymentOption,
                  RecommendationDetails: items.map((offer) => ({
                    AccountId: here.account,
                    InstanceDetails: offer.details,
                    RecommendedNumberOfInstancesToPurchase: text(offer.count),
                    RecommendedNormalizedUnitsToPurchase: text(offer.units),
                    AverageUtilization: text(100),
                    EstimatedBreakEvenInMonths: text((12 * (offer.onDemandUsd - offer.savesUsd)) / offer.onDemandUsd),
                    CurrencyCode: "USD",
                    EstimatedMonthlySavingsAmount: text(offer.savesUsd),
                    EstimatedMonthlySavingsPercentage: text((100 * offer.savesUsd) / offer.onDemandUsd),
                    EstimatedMonthlyOnDemandCost: text(offer.onDemandUsd),
                    UpfrontCost: text(0),
                    RecurringStandardMonthlyCost: text(offer.onDemandUsd - offer.savesUsd)
                  }))
                }
              ],
        NextPageToken: next
      }
    }
  }
})
