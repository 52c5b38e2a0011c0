import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: { "shop-production/eu-central-1": ["cart: memory+evictions", "price-lookups: cpu+throttled"] },
  monthlyUsd: 0,
  counters: {
    examined: 9,
    flagged: 2,
    tooYoung: 0,
    unknown: 0,
    suppressed: 0
  },
  unknown: {},
  gaps: {
    "shop-staging/ap-southeast-2": "unavailable, denied_by_scp",
    "shop-staging/eu-central-1": "unavailable, denied_by_iam",
    "shop-staging/eu-west-1": "unavailable, denied_by_iam",
    "shop-staging/us-east-1": "unavailable, denied_by_iam"
  }
} satisfies SampleNight
