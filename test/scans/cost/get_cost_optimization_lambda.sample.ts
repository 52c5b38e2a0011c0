import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: { "payer/global/payer": ["recommend-train: rightsize"] },
  monthlyUsd: 9.4,
  counters: {
    examined: 1,
    flagged: 1,
    tooYoung: 0,
    unknown: 0,
    suppressed: 0
  },
  unknown: {},
  gaps: {}
} satisfies SampleNight
