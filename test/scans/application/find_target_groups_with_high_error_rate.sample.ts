import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: {
    "shop-production/eu-central-1": ["k8s-preview-ingress: balancer_errors", "search-api: target_errors"]
  },
  monthlyUsd: 0,
  // CloudWatch refuses the requests of internal-tools.
  counters: { examined: 22, flagged: 2, tooYoung: 0, unknown: 1, suppressed: 0 },
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
