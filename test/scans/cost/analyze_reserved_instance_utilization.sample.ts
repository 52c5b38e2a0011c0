import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: {
    "payer/global/payer": [
      "c5.2xlarge: underused",
      "db.r6g.large: expiring",
      "m5: underused",
      "m6i.large: expired_recently"
    ]
  },
  monthlyUsd: 0,
  // Bought four days ago.
  counters: {
    examined: 8,
    flagged: 4,
    tooYoung: 1,
    unknown: 0,
    suppressed: 0
  },
  unknown: {},
  gaps: {}
} satisfies SampleNight
