import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: {
    "shop-production/ap-southeast-2": [
      "main-a: missing_tags",
      "main-b: missing_tags",
      "main-c: missing_tags",
      "private: missing_tags"
    ],
    "shop-production/eu-central-1": [
      "/aws/lambda/newsletter-send: missing_tags",
      "4a4c0000-0000-4000-8000-797a5886b74c: missing_tags",
      "4a4c0000-0000-4000-8000-c87301b53c62: missing_tags",
      "4a4c0000-0000-4000-8000-e0ff5c9d168c: missing_tags",
      "app/k8s-preview-ingress/6a55f8dce1328900: missing_tags",
      "cdk-hnb659fds-assets-444455556666-eu-central-1: missing_tags",
      "main-a: missing_tags",
      "main-b: missing_tags",
      "main-c: missing_tags",
      "migration-a: missing_tags",
      "migration-b: missing_tags",
      "migration-c: missing_tags",
      "migration: missing_tags",
      "partner-feed: missing_tags",
      "private-a: missing_tags",
      "private-b: missing_tags",
      "public: missing_tags",
      "pvc-grafana: missing_tags",
      "sg-03ca1d28ae79f38e5: missing_tags",
      "shop: missing_tags",
      "snap-00c0339c935c15920: missing_tags",
      "snap-00ebe97c5794cb82c: missing_tags",
      "snap-02c175d7f651ca938: missing_tags",
      "snap-02f37943485d65fb1: missing_tags",
      "snap-06f1c7f6cd7a55ffe: missing_tags",
      "snap-07ad2fc5a0497a7f8: missing_tags",
      "snap-080872b67c43a4a12: missing_tags",
      "snap-087784fa88b6eb0d4: missing_tags",
      "snap-08d121dba69459ed0: missing_tags",
      "snap-0933893a1b478a2d0: missing_tags",
      "snap-0c335553b1380862d: missing_tags",
      "snap-0c439294691057dc4: missing_tags",
      "snap-0c6764ba64ba6242c: missing_tags",
      "snap-0ea823dee89c1a473: missing_tags"
    ],
    "shop-production/eu-west-1": [
      "main-a: missing_tags",
      "main-b: missing_tags",
      "main-c: missing_tags",
      "private: missing_tags",
      "public: missing_tags",
      "s3: missing_tags",
      "snap-01909646406f0366f: missing_tags",
      "snap-041a9f7ba8573af93: missing_tags",
      "snap-0892176cd81a8ab09: missing_tags",
      "snap-0a30e5659f8100cdb: missing_tags",
      "snap-0cc385395d36a3367: missing_tags"
    ],
    "shop-production/us-east-1": [
      "main-a: missing_tags",
      "main-b: missing_tags",
      "main-c: missing_tags",
      "public: missing_tags"
    ],
    "shop-staging/eu-central-1": [
      "main-a: missing_tags",
      "main-b: missing_tags",
      "main-c: missing_tags",
      "private: missing_tags",
      "public: missing_tags",
      "s3: missing_tags",
      "snap-0444d067ab88f4064: missing_tags",
      "snap-0c5afaa183a20732e: missing_tags"
    ],
    "shop-staging/eu-west-1": [
      "main-a: missing_tags",
      "main-b: missing_tags",
      "main-c: missing_tags",
      "private: missing_tags"
    ],
    "shop-staging/us-east-1": ["main-a: missing_tags", "main-b: missing_tags", "main-c: missing_tags"]
  },
  monthlyUsd: 0,
  counters: {
    examined: 750,
    flagged: 68,
    tooYoung: 0,
    unknown: 0,
    suppressed: 0
  },
  unknown: {},
  gaps: {
    "shop-staging/ap-southeast-2": "unavailable, denied_by_scp",
    // What caches have never had a tag nobody may see there.
    "shop-staging/eu-central-1": "partial, denied_by_iam",
    "shop-staging/eu-west-1": "partial, denied_by_iam",
    "shop-staging/us-east-1": "partial, denied_by_iam"
  }
} satisfies SampleNight
