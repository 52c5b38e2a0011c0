import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: {
    "payer/global": [
      "larkspur-cost-and-usage: legacy_objects_possible",
      "larkspur-organization-trail: legacy_objects_possible"
    ],
    "shop-production/global": [
      "larkspur-access-logs: legacy_objects_possible",
      "larkspur-customer-uploads: legacy_objects_possible",
      "larkspur-data-lake-copy: key_unusable",
      "larkspur-data-lake: legacy_objects_possible",
      "larkspur-order-archive: bucket_key_disabled+legacy_objects_possible",
      "larkspur-product-images: legacy_objects_possible",
      "larkspur-tents.example: legacy_objects_possible",
      "larkspur-terraform-state: legacy_objects_possible"
    ]
  },
  monthlyUsd: 0,
  counters: { examined: 23, flagged: 10, tooYoung: 0, unknown: 1, suppressed: 1 },
  unknown: {
    "shop-production/global": [
      "larkspur-payment-vault, s3:GetBucketEncryption: denied by the resource's own policy: whoever owns the resource can let the role in there"
    ]
  },
  gaps: { "shop-production/global": "partial, denied_by_resource_policy" }
} satisfies SampleNight
