import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: { "payer/global/payer": ["gpu-notebook: stop", "i-02719a602fe8f3eb4: rightsize"] },
  monthlyUsd: 4228.3,
  counters: {
    examined: 3,
    flagged: 2,
    tooYoung: 0,
    unknown: 0,
    suppressed: 1
  },
  unknown: {},
  gaps: {}
} satisfies SampleNight
