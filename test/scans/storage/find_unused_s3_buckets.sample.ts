import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: {
    "shop-production/global": ["larkspur-au-assets: empty", "larkspur-photo-contest: no_requests"],
    "shop-staging/global": ["larkspur-staging-import-test: empty"]
  },
  monthlyUsd: 98.9,
  // Nothing counts the requests to most buckets, and larkspur-video-ingest is not quite empty.
  counters: {
    examined: 23,
    flagged: 3,
    tooYoung: 1,
    unknown: 9,
    suppressed: 0
  },
  unknown: {
    "payer/global": [
      "larkspur-cost-and-usage, S3 counts no requests to the whole bucket",
      "larkspur-organization-trail, S3 counts no requests to the whole bucket"
    ],
    "shop-production/global": [
      "larkspur-customer-uploads, S3 counts no requests to the whole bucket",
      "larkspur-data-lake, S3 counts no requests to the whole bucket",
      "larkspur-legal-hold, S3 counts no requests to the whole bucket",
      "larkspur-order-archive, S3 counts no requests to the whole bucket",
      "larkspur-payment-vault, s3:ListBucketMetricsConfigurations: denied by the resource's own policy: whoever owns the resource can let the role in there",
      "larkspur-video-ingest, it holds something of which CloudWatch has no size",
      "larkspur-warehouse-scans, S3 counts no requests to the whole bucket"
    ]
  },
  gaps: {
    "shop-production/global": "partial, denied_by_resource_policy"
  }
} satisfies SampleNight
