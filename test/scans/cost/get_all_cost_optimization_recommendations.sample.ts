import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: {
    "payer/global/payer": [
      "$2.10 an hour for 1 year, no upfront payment: purchase_savings_plans",
      "gpu-notebook: stop",
      "i-02719a602fe8f3eb4: rightsize",
      "orders-replica: migrate_to_graviton",
      "orders: upgrade",
      "recommend-train: rightsize",
      "space-7: delete",
      "vol-0ac1e64389b26e4b0: delete"
    ]
  },
  monthlyUsd: 5599.3,
  counters: {
    examined: 9,
    flagged: 8,
    tooYoung: 0,
    unknown: 0,
    suppressed: 1
  },
  unknown: {},
  gaps: {}
} satisfies SampleNight
