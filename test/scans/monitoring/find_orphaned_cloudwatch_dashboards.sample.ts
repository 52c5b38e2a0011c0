import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: { "shop-production/global": ["warehouse-move: partly_orphaned", "web-2019: orphaned"] },
  monthlyUsd: 3,
  counters: { examined: 5, flagged: 2, tooYoung: 0, unknown: 0, suppressed: 0 },
  unknown: {},
  gaps: {}
} satisfies SampleNight
