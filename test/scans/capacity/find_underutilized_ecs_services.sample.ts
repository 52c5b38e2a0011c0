import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: {
    "shop-production/eu-central-1": ["price-import: memory_oversized", "product-images: cpu_oversized+memory_oversized"]
  },
  monthlyUsd: 351.28,
  // gift-cards is new.
  counters: { examined: 8, flagged: 2, tooYoung: 1, unknown: 0, suppressed: 0 },
  unknown: {},
  gaps: { "shop-staging/ap-southeast-2": "unavailable, denied_by_scp" }
} satisfies SampleNight
