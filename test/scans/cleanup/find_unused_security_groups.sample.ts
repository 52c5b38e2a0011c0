import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: {
    "shop-production/eu-central-1": [
      "jenkins-2019: unattached",
      "old-cluster: unattached",
      "ssh-from-anywhere: unattached"
    ],
    "shop-production/eu-west-1": ["rdp-vendor: unattached"]
  },
  monthlyUsd: 0,
  // A cache may have it that nobody may list.
  counters: {
    examined: 37,
    flagged: 4,
    tooYoung: 0,
    unknown: 1,
    suppressed: 0
  },
  unknown: {
    "shop-staging/eu-west-1": [
      "sg-0daab0ecba5b07d30, elasticache:DescribeCacheClusters: denied by IAM: a permission is missing"
    ]
  },
  gaps: {
    "shop-staging/ap-southeast-2": "unavailable, denied_by_scp",
    "shop-staging/eu-central-1": "partial, denied_by_iam",
    "shop-staging/eu-west-1": "partial, denied_by_iam",
    "shop-staging/us-east-1": "partial, denied_by_iam"
  }
} satisfies SampleNight
