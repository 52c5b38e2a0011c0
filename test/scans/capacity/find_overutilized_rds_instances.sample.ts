import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: { "shop-production/eu-central-1": ["search-history: storage+cpu"] },
  monthlyUsd: 0,
  // gift-cards is new, and CloudWatch refuses fraud-cases.
  counters: {
    examined: 12,
    flagged: 1,
    tooYoung: 1,
    unknown: 1,
    suppressed: 0
  },
  unknown: {
    "shop-production/eu-central-1": [
      "fraud-cases, AWS/RDS CPUUtilization: cloudwatch:GetMetricData: not reachable (InternalError)"
    ]
  },
  gaps: {
    "shop-production/eu-central-1": "partial, unreachable",
    "shop-staging/ap-southeast-2": "unavailable, denied_by_scp"
  }
} satisfies SampleNight
