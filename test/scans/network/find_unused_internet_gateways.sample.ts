import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: {
    "shop-production/eu-central-1": ["old-vpn: detached"],
    "shop-staging/eu-west-1": ["rehearsal: detached"]
  },
  monthlyUsd: 0,
  counters: {
    examined: 15,
    flagged: 2,
    tooYoung: 0,
    unknown: 0,
    suppressed: 0
  },
  unknown: {},
  gaps: {
    "shop-staging/ap-southeast-2": "unavailable, denied_by_scp"
  }
} satisfies SampleNight
