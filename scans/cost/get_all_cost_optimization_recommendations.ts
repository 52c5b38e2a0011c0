import { moneyColumn } from "../../core/run/Report.ts"
import * as billing from "../../datasets/billing/billing.ts"
import { defineScan, Setting } from "../Scan.ts"
import {
  accountsAndRegions,
  actionsAndEfforts,
  hubReads,
  isWithdrawn,
  judgeEach,
  narrowed,
  recommendationReasons,
  recommendedResource
} from "../shared/recommendations.ts"

export default defineScan({
  title: "Every recommendation of Cost Optimization Hub",
  words: "AWS advice: buy RI, Savings Plan; Graviton",
  why: "AWS looks for idle, oversized and outdated resources and for commitments that would pay, with the organisation's own discounts.",
  fix: "Check the recommendation with the owner of the resource, then apply it; the evidence says whether it needs a restart and can be rolled back.",
  docs: "https://docs.aws.amazon.com/cost-management/latest/userguide/cost-optimization-hub.html",
  leavesOut: ["the details of single recommendations: Cost Optimization Hub tells each in a call of its own."],
  scope: "payer",
  settings: {
    ...accountsAndRegions,
    resourceTypes: Setting.list(
      [],
      "Only these types as Cost Optimization Hub names them, such as EbsVolume; empty for all"
    ),
    ...actionsAndEfforts
  },
  reads: (settings) => ({ ...hubReads(settings), totals: billing.recommendationTotals }),
  subject: "recommendations",
  isOver: (data, context) => isWithdrawn(data, context),
  reasons: recommendationReasons,

  over: {
    items: ({ recommendations }, { partition, settings }) =>
      narrowed(recommendations.found, settings, settings.resourceTypes, partition),
    resource: recommendedResource
  },

  judge: (data) => judgeEach(data),

  report: ({ preferences, recommendations, totals: told }) => {
    const totals = told.known ? told.value : undefined
    const refreshed = recommendations.found.flatMap(({ refreshedAt }) => refreshedAt ?? []).sort()
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
        `Estimation mode: ${(preferences.known ? preferences.value.savingsMode : null) ?? "unknown"}.`,
        ...(refreshed.length === 0
          ? []
          : [`Recommendations were refreshed from ${refreshed[0]} to ${refreshed.at(-1)}.`])
      ]
    }
  }
})
