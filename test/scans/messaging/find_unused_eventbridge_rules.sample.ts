import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: {
    "shop-production/eu-central-1": [
      "black-friday-2024: expired",
      "image-uploaded: no_targets",
      "nightly-price-report: schedule_not_firing",
      "refund-to-ledger: failing",
      "root-sign-in: never_matched",
      "search-reindex-weekly: disabled"
    ]
  },
  monthlyUsd: 0,
  // CloudWatch refuses fraud-rescore.
  counters: { examined: 11, flagged: 6, tooYoung: 0, unknown: 1, suppressed: 0 },
  unknown: {
    "shop-production/eu-central-1": [
      "fraud-rescore, AWS/Events Invocations: cloudwatch:GetMetricData: not reachable (InternalError)"
    ]
  },
  gaps: {
    "shop-production/eu-central-1": "partial, unreachable",
    "shop-staging/ap-southeast-2": "unavailable, denied_by_scp"
  }
} satisfies SampleNight
