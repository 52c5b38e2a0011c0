import type { SampleNight } from "../../sample/SampleNight.ts"

export default {
  flagged: {
    "payer/us-east-1": ["finance-desktop-root: stopped_instance"],
    "shop-production/ap-southeast-2": ["au-catalog-copy: unattached"],
    "shop-production/eu-central-1": [
      "erp-legacy-disk1: stopped_instance",
      "erp-legacy-root: stopped_instance",
      "orders-db-2019: unattached",
      "orders-db-restore-test: unattached",
      "pvc-grafana: unattached",
      "vendor-appliance-root: stopped_instance"
    ],
    "shop-production/eu-west-1": [
      "forecast-training-disk1: stopped_instance",
      "forecast-training-root: stopped_instance"
    ],
    "shop-production/us-east-1": [
      "[31mpayments-replica[0m: unattached",
      "us-analytics-scratch: unattached",
      "us-web-logs-2020: unattached"
    ],
    "shop-staging/eu-central-1": [
      "loadtest-agent-1-root: stopped_instance",
      "loadtest-agent-2-root: stopped_instance",
      "loadtest-agent-3-root: stopped_instance",
      "loadtest-agent-4-root: stopped_instance",
      "orders-restore-release-1: unattached",
      "orders-restore-release-2: unattached",
      "orders-restore-release-3: unattached",
      "orders-restore-release-4: unattached",
      "orders-restore-release-5: unattached",
      "orders-restore-release-6: unattached"
    ],
    "shop-staging/eu-west-1": ["rehearsal-orders: unattached", "rehearsal-search: unattached"]
  },
  monthlyUsd: 3117.92,
  // forensics-2025-03.
  counters: {
    examined: 71,
    flagged: 25,
    tooYoung: 0,
    unknown: 0,
    suppressed: 1
  },
  unknown: {},
  gaps: {
    "shop-staging/ap-southeast-2": "unavailable, denied_by_scp"
  }
} satisfies SampleNight
