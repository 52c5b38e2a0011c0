import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: { "shop-production/eu-central-1": ["import-2022: unreferenced"] },
  monthlyUsd: 0,
  // render-farm has a new version.
  counters: { examined: 5, flagged: 1, tooYoung: 1, unknown: 0, suppressed: 0 },
  unknown: {},
  gaps: { "shop-staging/ap-southeast-2": "unavailable, denied_by_scp" }
} satisfies SampleNight
