import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: {
    "shop-production/global": [
      "larkspur-camping.example.: empty",
      "migration.internal.: empty",
      "summer-2023.larkspur-outdoor.example.: no_queries"
    ],
    "shop-staging/global": ["preview-2024.larkspur-outdoor.example.: no_queries"]
  },
  monthlyUsd: 2,
  counters: {
    examined: 10,
    flagged: 4,
    tooYoung: 0,
    unknown: 0,
    suppressed: 0
  },
  unknown: {},
  gaps: {}
} satisfies SampleNight
