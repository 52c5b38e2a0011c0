import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: {
    "shop-production/ap-southeast-2": ["nat-a: no_traffic_routed"],
    "shop-production/eu-central-1": ["nat-migration: no_traffic_routed"],
    "shop-production/eu-west-1": ["nat-b: no_traffic_unrouted"],
    "shop-staging/eu-west-1": ["nat-regional: no_traffic_routed"]
  },
  monthlyUsd: 204.4,
  // nat-c is new, and nat-inspection has no metric at all.
  counters: {
    examined: 12,
    flagged: 4,
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
