import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: {
    "shop-production/global": [
      "2024.larkspur-outdoor.example: no_requests",
      "blog.larkspur-outdoor.example: disabled",
      "pay-legacy.larkspur-outdoor.example: no_requests"
    ]
  },
  monthlyUsd: 600,
  counters: {
    examined: 10,
    flagged: 3,
    tooYoung: 1,
    unknown: 0,
    suppressed: 0
  },
  unknown: {},
  gaps: {}
} satisfies SampleNight
