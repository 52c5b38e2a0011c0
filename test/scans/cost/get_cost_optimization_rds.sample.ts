import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: { "payer/global/payer": ["orders-replica: migrate_to_graviton", "orders: upgrade"] },
  monthlyUsd: 55.3,
  counters: {
    examined: 2,
    flagged: 2,
    tooYoung: 0,
    unknown: 0,
    suppressed: 0
  },
  unknown: {},
  gaps: {}
} satisfies SampleNight
