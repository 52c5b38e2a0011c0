import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: {
    "payer/us-east-1": ["aws-cloudtrail-logs-organization: never_expires"],
    "shop-production/eu-central-1": [
      "/aws/codebuild/loadtest: empty",
      "/aws/lambda/legacy-price-import: stale",
      "/aws/lambda/newsletter-send: stale",
      "/shop/web-2021/application: stale",
      "/shop/web/access: never_expires"
    ],
    "shop-production/eu-west-1": ["/aws/sagemaker/TrainingJobs: stale"],
    "shop-production/us-east-1": ["/aws/lambda/us-black-friday-2023: stale"],
    "shop-staging/eu-central-1": ["/staging/web/debug: never_expires"],
    "shop-staging/eu-west-1": ["/rehearsal/web: stale"]
  },
  monthlyUsd: 200.34,
  counters: {
    examined: 85,
    flagged: 10,
    tooYoung: 1,
    unknown: 0,
    suppressed: 0
  },
  unknown: {},
  gaps: {
    "shop-staging/ap-southeast-2": "unavailable, denied_by_scp"
  }
} satisfies SampleNight
