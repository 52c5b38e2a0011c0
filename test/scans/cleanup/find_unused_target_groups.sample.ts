import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: {
    "shop-production/eu-central-1": [
      "campaign-summer-2025: no_traffic",
      "ftp-drop: no_targets",
      "recommend-beta: no_traffic",
      "shop-web-2022: unattached"
    ]
  },
  monthlyUsd: 0,
  // internal-tools again.
  counters: {
    examined: 15,
    flagged: 4,
    tooYoung: 0,
    unknown: 1,
    suppressed: 0
  },
  unknown: {
    "shop-production/eu-central-1": [
      "internal-tools, AWS/ApplicationELB RequestCount: cloudwatch:GetMetricData: not reachable (InternalError)"
    ]
  },
  gaps: {
    "shop-production/eu-central-1": "partial, unreachable",
    "shop-staging/ap-southeast-2": "unavailable, denied_by_scp"
  }
} satisfies SampleNight
