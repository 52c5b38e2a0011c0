import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: {
    "shop-production/eu-central-1": [
      "batch-import: oversized",
      "import-workers: oversized",
      "intranet-wiki: idle",
      "price-crawler: oversized"
    ]
  },
  // A Savings Plan pays for intranet-wiki, so that to stop it saves nothing of its 70.08.
  monthlyUsd: 513.92,
  // gift-guide-preview is new; product-renders has a GPU, and CloudWatch refuses fraud-model.
  counters: {
    examined: 37,
    flagged: 4,
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
