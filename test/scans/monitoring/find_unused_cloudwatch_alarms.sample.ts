import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: {
    "shop-production/eu-central-1": [
      "black-friday-orders-per-second: insufficient_data",
      "image-resize-duration-test: no_actions",
      "warehouse-events-waiting: insufficient_data",
      "web-2019-cpu: insufficient_data"
    ]
  },
  monthlyUsd: 0.6,
  // gift-card-issue-errors is new.
  counters: { examined: 22, flagged: 4, tooYoung: 1, unknown: 0, suppressed: 0 },
  unknown: {},
  gaps: { "shop-staging/ap-southeast-2": "unavailable, denied_by_scp" }
} satisfies SampleNight
