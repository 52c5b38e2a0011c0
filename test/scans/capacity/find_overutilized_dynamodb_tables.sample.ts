import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: {
    "shop-production/eu-central-1": ["stock-reservations: throttled+near_limit"]
  },
  monthlyUsd: 0,
  counters: {
    examined: 14,
    flagged: 1,
    tooYoung: 1,
    unknown: 0,
    suppressed: 0
  },
  unknown: {},
  gaps: {
    "shop-staging/ap-southeast-2": "unavailable, denied_by_scp"
  }
} satisfies SampleNight
