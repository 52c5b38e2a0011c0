import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: {
    "shop-production/eu-central-1": [
      "partner-returns: abandoned_backlog",
      "price-feed: polled_idle",
      "warehouse-events-2022: unused"
    ]
  },
  monthlyUsd: 3.05,
  // gift-wrap is new, and CloudWatch refuses fraud-events.
  counters: {
    examined: 11,
    flagged: 3,
    tooYoung: 1,
    unknown: 1,
    suppressed: 0
  },
  unknown: {
    "shop-production/eu-central-1": [
      "fraud-events, AWS/SQS NumberOfMessagesReceived: cloudwatch:GetMetricData: not reachable (InternalError)"
    ]
  },
  gaps: {
    "shop-production/eu-central-1": "partial, unreachable",
    "shop-staging/ap-southeast-2": "unavailable, denied_by_scp"
  }
} satisfies SampleNight
