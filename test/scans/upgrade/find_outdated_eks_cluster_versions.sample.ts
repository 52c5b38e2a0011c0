import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: {
    "shop-production/eu-central-1": ["recommendations: extended_support+node_skew"],
    "shop-staging/eu-central-1": ["preview: standard_ending"]
  },
  monthlyUsd: 365,
  counters: { examined: 3, flagged: 2, tooYoung: 0, unknown: 0, suppressed: 0 },
  unknown: {},
  gaps: { "shop-staging/ap-southeast-2": "unavailable, denied_by_scp" }
} satisfies SampleNight
