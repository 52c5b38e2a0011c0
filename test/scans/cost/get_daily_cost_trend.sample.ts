import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: {
    "payer/global/payer": ["Amazon Bedrock: above_weekdays"]
  },
  monthlyUsd: 0,
  counters: {
    examined: 169,
    flagged: 1,
    tooYoung: 0,
    unknown: 0,
    suppressed: 0
  },
  unknown: {},
  gaps: {}
} satisfies SampleNight
