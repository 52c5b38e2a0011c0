import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: {
    "shop-production/eu-central-1": ["campaign-summer-2025: idle", "ftp-drop: no_targets", "k8s-preview-ingress: idle"],
    "shop-production/us-east-1": ["us-web-classic: idle"],
    "shop-staging/eu-central-1": ["staging-web-v1: idle"]
  },
  monthlyUsd: 122.64,
  // checkout-v2 is new, and CloudWatch refuses internal-tools.
  counters: {
    examined: 16,
    flagged: 5,
    tooYoung: 1,
    unknown: 1,
    suppressed: 0
  },
  unknown: {
    "shop-production/eu-central-1": [
      "app/internal-tools/c4bd1b94f6eafe13, AWS/ApplicationELB RequestCount: cloudwatch:GetMetricData: not reachable (InternalError)"
    ]
  },
  gaps: {
    "shop-production/eu-central-1": "partial, unreachable",
    "shop-staging/ap-southeast-2": "unavailable, denied_by_scp"
  }
} satisfies SampleNight
