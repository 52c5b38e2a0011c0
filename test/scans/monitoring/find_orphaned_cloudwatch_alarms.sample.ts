import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: {
    "shop-production/eu-central-1": [
      "black-friday-orders-per-second: orphaned",
      "ledger-db-storage: orphaned",
      "web-2019-cpu: orphaned"
    ]
  },
  monthlyUsd: 0.5,
  counters: { examined: 22, flagged: 3, tooYoung: 0, unknown: 1, suppressed: 0 },
  unknown: {
    "shop-production/eu-central-1": ["clickstream-lag, what has metrics in AWS/Kafka is not listed"]
  },
  gaps: { "shop-staging/ap-southeast-2": "unavailable, denied_by_scp" }
} satisfies SampleNight
