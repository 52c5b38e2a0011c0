import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: {
    "shop-production/eu-central-1": [
      "campaign-2025: empty_cluster",
      "loyalty-sync: broken_service",
      "warehouse-edge: idle_capacity",
      "wishlist-v1: inactive_service"
    ]
  },
  monthlyUsd: 29.93,
  counters: { examined: 12, flagged: 4, tooYoung: 0, unknown: 0, suppressed: 0 },
  unknown: {},
  gaps: { "shop-staging/ap-southeast-2": "unavailable, denied_by_scp" }
} satisfies SampleNight
