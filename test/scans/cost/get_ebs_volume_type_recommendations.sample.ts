import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: {
    "payer/us-east-1": ["finance-desktop-root: gp2_to_gp3"],
    "shop-production/eu-central-1": [
      "erp-legacy-root: gp2_to_gp3",
      "intranet-wiki-root: gp2_to_gp3",
      "search-3-disk1: gp3_overprovisioned"
    ],
    "shop-staging/eu-central-1": [
      "loadtest-agent-1-root: gp2_to_gp3",
      "loadtest-agent-2-root: gp2_to_gp3",
      "loadtest-agent-3-root: gp2_to_gp3",
      "loadtest-agent-4-root: gp2_to_gp3"
    ]
  },
  monthlyUsd: 40.28,
  counters: {
    examined: 71,
    flagged: 8,
    tooYoung: 0,
    unknown: 3,
    suppressed: 0
  },
  unknown: {
    "shop-production/eu-central-1": [
      "vol-08a38757c66540793, CloudWatch has its use of 0 percent of 14 days",
      "vol-0cf9ca8c57e25b0dc, CloudWatch has its use of 0 percent of 14 days"
    ],
    "shop-production/eu-west-1": ["vol-077d430dfecd661a3, CloudWatch has its use of 0 percent of 14 days"]
  },
  gaps: {
    "shop-staging/ap-southeast-2": "unavailable, denied_by_scp"
  }
} satisfies SampleNight
