import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: {
    "shop-production/eu-central-1": ["checkout: minor_behind", "reporting: extended_support"],
    "shop-staging/eu-central-1": ["staging-orders: extended_support+minor_behind"]
  },
  // 356.24 of reporting, and of staging-orders what is billed of 178.12.
  monthlyUsd: 446.49,
  counters: {
    examined: 11,
    flagged: 3,
    tooYoung: 0,
    unknown: 0,
    suppressed: 0
  },
  unknown: {},
  gaps: { "shop-staging/ap-southeast-2": "unavailable, denied_by_scp" }
} satisfies SampleNight
