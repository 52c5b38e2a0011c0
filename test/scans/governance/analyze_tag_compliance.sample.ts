import type { SampleNight } from "../../sample/SampleNight.ts"
import untagged from "./find_untagged_resources.sample.ts"

export default {
  flagged: {},
  monthlyUsd: 0,
  counters: {
    // The same resources.
    examined: untagged.counters.examined,
    flagged: 0,
    tooYoung: 0,
    unknown: 0,
    suppressed: 0
  },
  unknown: {},
  gaps: untagged.gaps
} satisfies SampleNight
