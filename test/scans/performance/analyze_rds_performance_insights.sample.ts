import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: { "shop-production/eu-central-1": ["search-history: overloaded+wait_bound"] },
  monthlyUsd: 0,
  counters: {
    examined: 12,
    flagged: 1,
    tooYoung: 0,
    unknown: 8,
    suppressed: 0
  },
  unknown: {
    "shop-production/eu-central-1": [
      "checkout-2, its load is not measured: Performance Insights is off",
      "crm-2021, its load is not measured: Performance Insights is off",
      "fraud-cases, its load is not measured: Performance Insights is off",
      "gift-cards, its load is not measured: Performance Insights is off",
      "orders-replica, its load is not measured: Performance Insights is off",
      "warehouse, its load is not measured: Performance Insights is off"
    ],
    "shop-production/eu-west-1": ["orders-dr, its load is not measured: Performance Insights is off"],
    "shop-staging/eu-central-1": ["staging-orders, its load is not measured: Performance Insights is off"]
  },
  gaps: {
    "shop-staging/ap-southeast-2": "unavailable, denied_by_scp"
  }
} satisfies SampleNight
