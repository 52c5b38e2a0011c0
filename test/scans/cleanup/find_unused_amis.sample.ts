import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: {
    "shop-production/eu-central-1": [
      "checkout-poc-2024-08: unused",
      "shop-web-2025-06-02: unused",
      "shop-web-2025-11-20: unused"
    ],
    "shop-production/eu-west-1": ["forecast-2026-01: unused", "notebook-2025-02: unused"],
    "shop-staging/eu-central-1": ["shop-web-rc-2026-02: unused"]
  },
  monthlyUsd: 55.1,
  counters: {
    examined: 17,
    flagged: 6,
    tooYoung: 3,
    unknown: 0,
    suppressed: 0
  },
  unknown: {},
  gaps: {
    "shop-staging/ap-southeast-2": "unavailable, denied_by_scp"
  }
} satisfies SampleNight
