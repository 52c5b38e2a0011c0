import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: {
    "payer/us-east-1": ["finance-desktop-root: gp2_to_gp3"],
    "shop-production/eu-central-1": [
      "erp-legacy-root: gp2_to_gp3",
      "intranet-wiki-root: gp2_to_gp3",
      "vendor-appliance-root: gp2_to_gp3"
    ],
    "shop-staging/eu-central-1": [
      "loadtest-agent-1-root: gp2_to_gp3",
      "loadtest-agent-2-root: gp2_to_gp3",
      "loadtest-agent-3-root: gp2_to_gp3",
      "loadtest-agent-4-root: gp2_to_gp3"
    ]
  },
  monthlyUsd: 16.33,
  counters: {
    examined: 71,
    flagged: 8,
    tooYoung: 0,
    unknown: 0,
    suppressed: 0
  },
  unknown: {},
  gaps: {
    "shop-staging/ap-southeast-2": "unavailable, denied_by_scp"
  }
} satisfies SampleNight
