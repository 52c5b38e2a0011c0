import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: {
    "shop-production/global": [
      "feed.larkspur-outdoor.example: low_hit_rate",
      "press.larkspur-outdoor.example: not_instrumented"
    ],
    "shop-staging/global": ["staging.larkspur-outdoor.example: not_instrumented"]
  },
  monthlyUsd: 0,
  counters: { examined: 10, flagged: 3, tooYoung: 0, unknown: 0, suppressed: 0 },
  unknown: {},
  gaps: {}
} satisfies SampleNight
