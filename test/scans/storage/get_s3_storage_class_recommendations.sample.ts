import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: {
    "payer/global": [
      "larkspur-cost-and-usage: intelligent_tiering+no_abort_multipart",
      "larkspur-organization-trail: no_abort_multipart"
    ],
    "shop-production/global": [
      "larkspur-campaign-2024: glacier_ir",
      "larkspur-data-lake: intelligent_tiering+noncurrent_no_expiry+no_abort_multipart",
      "larkspur-manuals: glacier_ir",
      "larkspur-photo-contest: glacier_ir",
      "larkspur-product-images: noncurrent_no_expiry+no_abort_multipart",
      "larkspur-warehouse-scans: no_abort_multipart"
    ]
  },
  monthlyUsd: 108.22,
  // The bucket that keeps everybody out, and the one with uploads that CloudWatch does not measure; larkspur-legal-hold is suppressed.
  counters: {
    examined: 23,
    flagged: 8,
    tooYoung: 1,
    unknown: 2,
    suppressed: 1
  },
  unknown: {
    "shop-production/global": [
      "larkspur-payment-vault, s3:GetBucketLifecycleConfiguration: denied by the resource's own policy: whoever owns the resource can let the role in there",
      "larkspur-video-ingest, it holds something of which CloudWatch has no size"
    ]
  },
  gaps: {
    "shop-production/global": "partial, denied_by_resource_policy"
  }
} satisfies SampleNight
