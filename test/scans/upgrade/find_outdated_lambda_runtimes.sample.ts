import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: {
    "shop-production/eu-central-1": [
      "dead-letter-replay: deprecating_soon",
      "flash-sale-queue: deprecated",
      "legacy-price-import: deprecated",
      "wishlist-share: deprecated"
    ],
    "shop-production/us-east-1": ["edge-security-headers: deprecated", "us-black-friday-2024: deprecated"],
    "shop-staging/us-east-1": ["staging-edge-auth: deprecated"]
  },
  monthlyUsd: 0,
  counters: {
    examined: 87,
    flagged: 7,
    tooYoung: 0,
    unknown: 1,
    suppressed: 0
  },
  unknown: {
    "shop-production/eu-central-1": [
      "recommend-train, a container image brings its own runtime, of which Lambda tells nothing"
    ]
  },
  gaps: {
    "shop-staging/ap-southeast-2": "unavailable, denied_by_scp"
  }
} satisfies SampleNight
