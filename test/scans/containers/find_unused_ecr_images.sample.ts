import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: { "shop-production/eu-central-1": ["recommendations-training: unused_images+no_lifecycle_policy"] },
  monthlyUsd: 18.77,
  // The repository of gift-cards is new.
  counters: { examined: 3, flagged: 1, tooYoung: 1, unknown: 0, suppressed: 0 },
  unknown: {},
  gaps: { "shop-staging/ap-southeast-2": "unavailable, denied_by_scp" }
} satisfies SampleNight
