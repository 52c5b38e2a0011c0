import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: {
    "shop-production/eu-central-1": ["crm-2021: idle", "reporting: stopped", "warehouse: oversized"],
    "shop-production/eu-west-1": ["orders-dr: standby"]
  },
  monthlyUsd: 833.34,
  // gift-cards is new, and CloudWatch refuses fraud-cases.
  counters: {
    examined: 12,
    flagged: 4,
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
