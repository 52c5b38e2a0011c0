import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: {
    "shop-production/eu-central-1": ["campaign-2025: idle", "product-pages: oversized", "quiz-preview: idle"]
  },
  // Half of the nodes of the type of one of them are reserved. The serverless one is 109.03 of it.
  monthlyUsd: 774.45,
  counters: {
    examined: 9,
    flagged: 3,
    tooYoung: 0,
    unknown: 0,
    suppressed: 0
  },
  unknown: {},
  gaps: {
    "shop-staging/ap-southeast-2": "unavailable, denied_by_scp",
    "shop-staging/eu-central-1": "unavailable, denied_by_iam",
    "shop-staging/eu-west-1": "unavailable, denied_by_iam",
    "shop-staging/us-east-1": "unavailable, denied_by_iam"
  }
} satisfies SampleNight
