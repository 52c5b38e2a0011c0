import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: {
    "shop-production/ap-southeast-2": ["web: web_port"],
    "shop-production/eu-central-1": ["alb: web_port", "erp: sensitive_port", "ssh-from-anywhere: sensitive_port"],
    "shop-production/eu-west-1": ["rdp-vendor: sensitive_port"],
    "shop-production/us-east-1": ["web: web_port"]
  },
  monthlyUsd: 0,
  counters: { examined: 37, flagged: 6, tooYoung: 0, unknown: 0, suppressed: 0 },
  unknown: {},
  gaps: { "shop-staging/ap-southeast-2": "unavailable, denied_by_scp" }
} satisfies SampleNight
