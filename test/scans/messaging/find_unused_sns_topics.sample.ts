import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: {
    "shop-production/eu-central-1": [
      "partner-webhooks-2022: no_subscribers_no_publishes",
      "price-changes: no_publishes",
      "return-notices: no_subscribers"
    ]
  },
  monthlyUsd: 0,
  // CloudWatch refuses fraud-warnings.
  counters: { examined: 7, flagged: 3, tooYoung: 0, unknown: 1, suppressed: 0 },
  unknown: {
    "shop-production/eu-central-1": [
      "fraud-warnings, AWS/SNS NumberOfMessagesPublished: cloudwatch:GetMetricData: not reachable (InternalError)"
    ]
  },
  gaps: {
    "shop-production/eu-central-1": "partial, unreachable",
    "shop-staging/ap-southeast-2": "unavailable, denied_by_scp"
  }
} satisfies SampleNight
