import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: {},
  monthlyUsd: 0,
  counters: {
    examined: 86,
    flagged: 0,
    tooYoung: 0,
    unknown: 0,
    suppressed: 0
  },
  unknown: {},
  gaps: {}
} satisfies SampleNight
