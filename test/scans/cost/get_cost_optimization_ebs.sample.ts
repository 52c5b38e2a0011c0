import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: { "payer/global/payer": ["vol-0ac1e64389b26e4b0: delete"] },
  monthlyUsd: 761.2,
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
