import { moneyColumn } from "../../core/run/Report.ts"
import * as billing from "../../datasets/billing/billing.ts"
import { optional } from "../../datasets/engine/Dataset.ts"
import { flagRecommendations, recommendationReasons } from "../shared/recommendations.ts"
import { defineScan, Setting } from "../Scan.ts"

const efforts = ["VeryLow", "Low", "Medium", "High", "VeryHigh"] as const

const isOneOf = (wanted: ReadonlyArray<string>, value: string) => wanted.length === 0 || wanted.includes(value)

export default defineScan({
  title: "Every recommendation of Cost Optimization Hub",
  why: "AWS looks for idle, oversized and outdated resources and for commitments that would pay, with the organisation's own discounts.",
  fix: "Check the recommendation with the owner of the resource, then apply it; the evidence says whether it needs a restart and can be rolled back.",
  docs: "https://docs.aws.amazon.com/cost-management/latest/userguide/cost-optimization-hub.html",
  scope: "payer",
  settings: {
    accountIds: Setting.list([], "Only these accounts; empty for all"),
    regions: Setting.list([], "Only these regions; empty for all, and for commitments without a region"),
    resourceTypes: Setting.list(
      [],
      "Only these types as Cost Optimization Hub names them, such as EbsVolume; empty for all"
    ),
    actionTypes: Setting.list(
      [],
      "Only these actions as Cost Optimization Hub names them, such as Delete; empty for all"
    ),
    maxImplementationEffort: Setting.oneOf(efforts, "VeryHigh", "Leave out what takes more effort than this"),
    includeOverlapping: Setting.flag(
      false,
      "Also read the other options for a resource, and list them with its best one"
    )
  },
  reads: ({ includeOverlapping }) => ({
    recommendations: billing.recommendations(includeOverlapping),
    preferences: optional(billing.preferences),
    totals: optional(billing.recommendationTotals)
  }),
  subjects: ["recommendations"],
  inventory: false,
  reasons: recommendationReasons,

  judge: ({ preferences, recommendations }, { partition, settings }) => {
    const limit = efforts.indexOf(settings.maxImplementationEffort)
    return flagRecommendations(
      recommendations.filter(
        ({ account, action, effort, region, resourceType }) =>
          isOneOf(settings.accountIds, account) &&
          isOneOf(settings.regions, region ?? "") &&
          isOneOf(settings.resourceTypes, resourceType) &&
          isOneOf(settings.actionTypes, action) &&
          // An effort that AWS does not name is only kept where every effort is.
          (limit === efforts.length - 1 || efforts.slice(0, limit + 1).some((name) => name === effort))
      ),
      preferences,
      partition
    )
  },

  report: ({ preferences, recommendations, totals }) => {
    const refreshed = recommendations.flatMap(({ refreshedAt }) => refreshedAt ?? []).sort()
    return {
      title: "Savings by account, as Cost Optimization Hub adds them up",
      columns: [
        { key: "account", title: "Account", kind: "text" },
        { key: "recommendations", title: "Recommendations", kind: "count" },
        moneyColumn("monthlySavings", "Savings a month", totals?.currency ?? "USD")
      ],
      rows:
        totals === undefined
          ? []
          : [
              ...totals.accounts
                .map(({ account, count, monthlySavings }) => ({ account, recommendations: count, monthlySavings }))
                .sort((a, b) => b.monthlySavings - a.monthlySavings || a.account.localeCompare(b.account)),
              {
                account: "Total",
                recommendations: totals.accounts.reduce((sum, { count }) => sum + count, 0),
                monthlySavings: totals.monthlySavings
              }
            ],
      notes: [
        totals === undefined
          ? "Cost Optimization Hub did not give its totals, and adding up recommendations would count overlaps twice."
          : "The total is Cost Optimization Hub's own, overlaps removed; Savings Plans and reservations are in it, as alternatives to changing resources.",
        `Estimation mode: ${preferences?.savingsMode ?? "unknown"}.`,
        ...(refreshed.length === 0
          ? []
          : [`Recommendations were refreshed from ${refreshed[0]} to ${refreshed.at(-1)}.`])
      ]
    }
  }
})
