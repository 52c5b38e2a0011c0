import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: {
    "shop-production/eu-central-1": [
      "dynamodb: gateway_without_routes",
      "kinesis: no_traffic",
      "logs-from-template: duplicate"
    ],
    "shop-production/eu-west-1": ["sagemaker: no_traffic"],
    "shop-staging/eu-central-1": ["ecr.api: no_traffic", "secretsmanager: no_traffic"]
  },
  monthlyUsd: 103.66,
  counters: {
    examined: 17,
    flagged: 6,
    tooYoung: 1,
    unknown: 0,
    suppressed: 0
  },
  unknown: {},
  gaps: {
    "shop-staging/ap-southeast-2": "unavailable, denied_by_scp"
  }
} satisfies SampleNight
