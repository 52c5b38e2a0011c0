import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: { "shop-production/eu-central-1": ["ledger-db-storage: orphaned", "web-2019-cpu: orphaned"] },
  monthlyUsd: 0.2,
  counters: { examined: 20, flagged: 2, tooYoung: 0, unknown: 2, suppressed: 0 },
  unknown: {
    "shop-production/eu-central-1": [
      "black-friday-orders-per-second, what has metrics in Shop/Orders is not listed",
      "clickstream-lag, what has metrics in AWS/Kafka is not listed"
    ]
  },
  gaps: { "shop-staging/ap-southeast-2": "unavailable, denied_by_scp" }
} satisfies SampleNight
