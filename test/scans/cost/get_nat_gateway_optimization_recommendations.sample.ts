import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: {
    "shop-production/eu-west-1": ["nat-a: missing_gateway_endpoint"],
    "shop-staging/eu-central-1": ["nat-b: consolidate_nonprod", "nat: missing_gateway_endpoint"]
  },
  monthlyUsd: 41.41,
  counters: {
    examined: 12,
    flagged: 3,
    tooYoung: 1,
    unknown: 1,
    suppressed: 0
  },
  unknown: {
    "shop-production/eu-central-1": [
      "nat-05845516d0506e2a1, AWS/NATGateway BytesOutToDestination has no datapoints, and that does not prove idleness"
    ]
  },
  gaps: {
    "shop-staging/ap-southeast-2": "unavailable, denied_by_scp"
  }
} satisfies SampleNight
