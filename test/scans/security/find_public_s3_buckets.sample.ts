import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: {
    "shop-production/global": [
      "larkspur-manuals: potentially_public",
      "larkspur-photo-contest: public_acl",
      "larkspur-tents.example: public_policy"
    ]
  },
  monthlyUsd: 0,
  // The payer keeps the public out of the whole account. A bucket's own policy keeps the auditor out.
  counters: { examined: 23, flagged: 3, tooYoung: 0, unknown: 1, suppressed: 0 },
  unknown: {
    "shop-production/global": [
      "larkspur-payment-vault, s3:GetPublicAccessBlock: denied by the resource's own policy: whoever owns the resource can let the role in there"
    ]
  },
  gaps: { "shop-production/global": "partial, denied_by_resource_policy" }
} satisfies SampleNight
