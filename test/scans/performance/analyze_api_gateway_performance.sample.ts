import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: {
    "shop-production/eu-central-1": [
      "catalogue/load-test: useless_cache",
      "reviews/$default: slow",
      "stock/prod: server_errors+useless_cache"
    ]
  },
  monthlyUsd: 160.6,
  // gift-cards is new.
  counters: { examined: 9, flagged: 3, tooYoung: 1, unknown: 2, suppressed: 0 },
  unknown: {
    "shop-production/eu-central-1": [
      "1c23d738c1/prod, another API has its name and stage, and CloudWatch counts both together",
      "a6265ca66f/prod, another API has its name and stage, and CloudWatch counts both together"
    ]
  },
  gaps: { "shop-staging/ap-southeast-2": "unavailable, denied_by_scp" }
} satisfies SampleNight
