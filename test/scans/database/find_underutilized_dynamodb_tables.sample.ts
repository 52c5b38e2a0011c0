import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: {
    "shop-production/eu-central-1": [
      "catalog: provisioned_is_cheaper",
      "delivery-quotes: over_provisioned",
      "orders: provisioned_is_cheaper"
    ]
  },
  monthlyUsd: 440.22,
  counters: {
    examined: 14,
    flagged: 3,
    tooYoung: 1,
    unknown: 1,
    suppressed: 0
  },
  unknown: {
    "shop-production/eu-central-1": [
      "fraud-scores, AWS/DynamoDB ConsumedReadCapacityUnits: cloudwatch:GetMetricData: not reachable (InternalError)"
    ]
  },
  gaps: {
    "shop-production/eu-central-1": "partial, unreachable",
    "shop-staging/ap-southeast-2": "unavailable, denied_by_scp"
  }
} satisfies SampleNight
