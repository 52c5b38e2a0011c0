import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: {
    "shop-production/eu-central-1": ["erp-legacy-root: unencrypted_volume"],
    "shop-production/us-east-1": ["ebs-encryption-by-default: default_off"]
  },
  monthlyUsd: 0,
  counters: {
    examined: 78,
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
