import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: {
    "shop-production/eu-central-1": ["search-2: cpu"]
  },
  monthlyUsd: 0,
  // gift-guide-preview is new.
  counters: {
    examined: 37,
    flagged: 1,
    tooYoung: 1,
    unknown: 2,
    suppressed: 0
  },
  unknown: {
    "shop-production/eu-central-1": [
      "i-04e836e57835f8275, g5.xlarge has accelerators, of whose use its CPU says nothing",
      "i-0e93139f58ee5e57b, AWS/EC2 CPUUtilization: cloudwatch:GetMetricData: not reachable (InternalError)"
    ]
  },
  gaps: {
    "shop-production/eu-central-1": "partial, unreachable",
    "shop-staging/ap-southeast-2": "unavailable, denied_by_scp"
  }
} satisfies SampleNight
