import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: {
    "shop-production/eu-central-1": [
      "SecretsManager-rotate-orders-db: not_invoked",
      "dead-letter-replay: not_invoked",
      "flash-sale-queue: not_invoked",
      "legacy-price-import: not_invoked",
      "wishlist-share: not_invoked"
    ],
    "shop-production/us-east-1": ["us-black-friday-2024: not_invoked"]
  },
  monthlyUsd: 658.93,
  // Staging is deployed too often; CloudWatch refuses fraud-score; disaster-failover is suppressed.
  counters: {
    examined: 87,
    flagged: 6,
    tooYoung: 11,
    unknown: 1,
    suppressed: 1
  },
  unknown: {
    "shop-production/eu-central-1": [
      "fraud-score, AWS/Lambda Invocations: cloudwatch:GetMetricData: not reachable (InternalError)"
    ]
  },
  gaps: {
    "shop-production/eu-central-1": "partial, unreachable",
    "shop-staging/ap-southeast-2": "unavailable, denied_by_scp"
  }
} satisfies SampleNight
