import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: {
    "shop-production/eu-central-1": ["invoice-render: slow_cold_starts"]
  },
  monthlyUsd: 1.44,
  counters: {
    examined: 87,
    flagged: 1,
    tooYoung: 0,
    unknown: 5,
    suppressed: 0
  },
  unknown: {
    "shop-production/eu-central-1": [
      "checkout-tax, its log group /aws/lambda/checkout-tax is not there",
      "fraud-score, AWS/Lambda Invocations: cloudwatch:GetMetricData: not reachable (InternalError)",
      "parcel-partner-sync, its log group /aws/lambda/parcel-partner-sync is not there",
      "payment-callback, its log group /aws/lambda/payment-callback is not there",
      "photo-recognition, its log group /aws/lambda/photo-recognition is not there"
    ]
  },
  gaps: {
    "shop-production/eu-central-1": "partial, unreachable",
    "shop-staging/ap-southeast-2": "unavailable, denied_by_scp"
  }
} satisfies SampleNight
