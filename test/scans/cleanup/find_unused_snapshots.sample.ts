import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: {
    "shop-production/eu-central-1": [
      "catalog-seed: fast_restore_enabled+volume_deleted",
      "crm-archive-2023: volume_deleted",
      "crm-final-2024: volume_deleted",
      "search-2025-09: superseded",
      "search-2026-03: superseded",
      "snap-0c439294691057dc4: ami_deregistered"
    ],
    "shop-production/us-east-1": ["us-launch-2022: volume_deleted"],
    "shop-staging/eu-west-1": [
      "rehearsal-1: volume_deleted",
      "rehearsal-2: volume_deleted",
      "rehearsal-3: volume_deleted"
    ]
  },
  monthlyUsd: 1487.36,
  // Copies do not tell of which volume they are; court-order-4711 is suppressed.
  counters: {
    examined: 63,
    flagged: 10,
    tooYoung: 13,
    unknown: 12,
    suppressed: 1
  },
  unknown: {
    "shop-production/eu-west-1": [
      "snap-019180dd313a7c8a3, a copy: EC2 does not tell of which volume",
      "snap-032c8586c0a7eb67d, a copy: EC2 does not tell of which volume",
      "snap-05a09ebfd42b72c31, a copy: EC2 does not tell of which volume",
      "snap-0a53b7964bc4bb431, a copy: EC2 does not tell of which volume",
      "snap-0b3c42287831aaf9f, a copy: EC2 does not tell of which volume",
      "snap-0b715457857ca6da7, a copy: EC2 does not tell of which volume",
      "snap-0d222e5e22501d536, a copy: EC2 does not tell of which volume",
      "snap-0d8e5b44a10636105, a copy: EC2 does not tell of which volume",
      "snap-0db15acd351031f78, a copy: EC2 does not tell of which volume",
      "snap-0dc417f7c5eca5b39, a copy: EC2 does not tell of which volume",
      "snap-0e5c24f5a806a29b3, a copy: EC2 does not tell of which volume",
      "snap-0e8762dad23a9b696, a copy: EC2 does not tell of which volume"
    ]
  },
  gaps: {
    "shop-staging/ap-southeast-2": "unavailable, denied_by_scp"
  }
} satisfies SampleNight
