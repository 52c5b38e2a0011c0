import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: {
    "shop-production/eu-central-1": [
      "checkout-tax: idle_provisioned_concurrency",
      "parcel-partner-sync: high_error_rate",
      "photo-recognition: arm64_candidate",
      "press-kit-download: low_traffic"
    ]
  },
  monthlyUsd: 474.43,
  counters: {
    examined: 87,
    flagged: 4,
    tooYoung: 0,
    unknown: 1,
    suppressed: 0
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
