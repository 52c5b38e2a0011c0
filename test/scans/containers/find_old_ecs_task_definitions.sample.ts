import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: { "shop-production/eu-central-1": ["search-api: old_revisions"] },
  monthlyUsd: 0,
  counters: { examined: 9, flagged: 1, tooYoung: 0, unknown: 0, suppressed: 0 },
  unknown: {},
  gaps: { "shop-staging/ap-southeast-2": "unavailable, denied_by_scp" }
} satisfies SampleNight
