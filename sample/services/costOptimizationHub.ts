import type {
  GetPreferencesCommandOutput,
  ListEnrollmentStatusesCommandOutput,
  ListRecommendationsCommandInput,
  ListRecommendationsCommandOutput,
  ListRecommendationSummariesCommandInput,
  ListRecommendationSummariesCommandOutput
} from "@aws-sdk/client-cost-optimization-hub"
import { isoDay, startOfUtcDay } from "../../core/time.ts"
import { hexOf } from "../ids.ts"
import type { Tags } from "../estate.ts"
import { type Answer, defineService, type Here, pageOf } from "../Service.ts"
import { accountId } from "./costExplorer.ts"

declare module "../estate.ts" {
  interface Billing {
    readonly recommendations: ReadonlyArray<Recommendation>
  }
}

/** What Cost Optimization Hub recommends. */
export interface Recommendation {
  /** By name. */
  readonly account: string
  /** Absent for a commitment, and so is the resource. */
  readonly region?: string
  readonly resourceType: string
  readonly resource?: { readonly id: string; readonly arn: string }
  readonly action: string
  /** Another option for a resource that has a better one. */
  readonly alternative?: true
  readonly from: string
  readonly to: string
  readonly monthlyUsd: number
  /** What the resource costs now. */
  readonly costUsd: number
  readonly effort: "VeryLow" | "Low" | "Medium" | "High" | "VeryHigh"
  readonly restart?: true
  /** It cannot be taken back. */
  readonly final?: true
  readonly tags?: Tags
}

const best = (here: Here) => here.billing.recommendations.filter(({ alternative }) => alternative !== true)

export default defineService({
  billing: { recommendations: [] },
  answers: {
    "cost-optimization-hub:ListEnrollmentStatuses": (here): Answer<ListEnrollmentStatusesCommandOutput> => ({
      items: [{ accountId: here.account, status: "Active" }],
      includeMemberAccounts: true
    }),

    "cost-optimization-hub:GetPreferences": (): Answer<GetPreferencesCommandOutput> => ({
      savingsEstimationMode: "AfterDiscounts",
      memberAccountDiscountVisibility: "All"
    }),

    "cost-optimization-hub:ListRecommendations": (
      here,
      input: ListRecommendationsCommandInput
    ): Answer<ListRecommendationsCommandOutput> => {
      const today = startOfUtcDay(new Date(here.now()))
      const all = input.includeAllRecommendations === true ? here.billing.recommendations : best(here)
      const { items, next } = pageOf(all, input.nextToken, input.maxResults, 1000)
      return {
        items: items.map((one) => ({
          // The hub names its recommendations anew every day.
          recommendationId: hexOf({ account: one.account, region: isoDay(today) }, JSON.stringify(one), 32),
          accountId: accountId(here, one.account),
          region: one.region,
          resourceId: one.resource?.id,
          resourceArn: one.resource?.arn,
          currentResourceType: one.resourceType,
          recommendedResourceType: one.resourceType,
          actionType: one.action,
          currencyCode: "USD",
          estimatedMonthlySavings: one.monthlyUsd,
          estimatedMonthlyCost: one.costUsd,
          estimatedSavingsPercentage: Math.round((100 * one.monthlyUsd) / one.costUsd),
          currentResourceSummary: one.from,
          recommendedResourceSummary: one.to,
          implementationEffort: one.effort,
          restartNeeded: one.restart === true,
          rollbackPossible: one.final !== true,
          recommendationLookbackPeriodInDays: 14,
          source: one.resource === undefined ? "CostExplorer" : "ComputeOptimizer",
          lastRefreshTimestamp: today,
          tags: Object.entries(one.tags ?? {}).map(([key, value]) => ({ key, value }))
        })),
        nextToken: next
      }
    },

    "cost-optimization-hub:ListRecommendationSummaries": (
      here,
      input: ListRecommendationSummariesCommandInput
    ): Answer<ListRecommendationSummariesCommandOutput> => {
      const groups = [...Map.groupBy(best(here), ({ account }) => accountId(here, account))]
      const { items, next } = pageOf(groups, input.nextToken, input.maxResults, 1000)
      const sum = (usd: ReadonlyArray<number>) => Math.round(usd.reduce((total, one) => total + one, 0) * 100) / 100
      return {
        estimatedTotalDedupedSavings: sum(best(here).map(({ monthlyUsd }) => monthlyUsd)),
        currencyCode: "USD",
        groupBy: input.groupBy,
        items: items.map(([group, ones]) => ({
          group,
          estimatedMonthlySavings: sum(ones.map(({ monthlyUsd }) => monthlyUsd)),
          recommendationCount: ones.length
        })),
        nextToken: next
      }
    }
  }
})
