/**
 * Whole nights over moto and over HTTP: two accounts, two regions, every scan with its default settings.
 *
 * Every scan runs complete; where a scope has nothing for it, it examined 0. What moto 5.2.5 lacks for that, `overlay.py` answers in
 * its place; the test names each operation. A scan that asks for something else that moto lacks is partial here, with the operation,
 * and fails the test of the outcomes.
 *
 * Where moto answers something else than AWS, `server.py` mends it or the seed keeps away from it: DescribeRegions lists regions
 * that are not enabled (so the nights name two), DescribeSnapshots gives snapshots of others (so there are none), the interfaces
 * of NAT gateways are detached (so none has an Elastic IP), load balancers have no interfaces (so no addresses are priced, and
 * their groups look unused), services of ECS never have running tasks until they are changed and counts of samples are those of the
 * seed (so nothing is saved on the one that is too large), layers of images have no size, GetResources does not find log groups (so no log group is kept by a tag), every distribution was
 * changed in 2021, and buckets have no request metrics, analytics or tiering. Any role can be assumed, and session policies are
 * ignored. Nobody has reservations or Savings Plans.
 */
import { DeleteLogGroupCommand } from "@aws-sdk/client-cloudwatch-logs"
import {
  AttachVolumeCommand,
  CreateTagsCommand,
  DeleteVolumeCommand,
  DescribeVolumesCommand,
  type EC2Client,
  ReleaseAddressCommand
} from "@aws-sdk/client-ec2"
import { DeleteFunctionCommand } from "@aws-sdk/client-lambda"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { wholeCatalogue as catalogue } from "../../audit/reads.ts"
import { rolePolicies, scannerPolicy } from "../../audit/policies.ts"
import type { Finding } from "../../core/finding/Finding.ts"
import { noChanges } from "../../core/run/Changes.ts"
import type { Outcome } from "../../core/run/Outcome.ts"
import { planningOperations } from "../../datasets/aws/organizations.ts"
import { bill, dayBefore, dearDay } from "./bill.ts"
import { endpoint } from "./emulator.ts"
import { createUser, enforced, putRolePolicies } from "./iam.ts"
import { allScans, type Night, nightIn, timeless } from "./night.ts"
import { noFinding, overlayAnswers, typedOnly } from "./verification.ts"
import { bulk, payer, roleName, seed } from "./seed.ts"

const folder = mkdtempSync(join(tmpdir(), "nightaudit-aws-"))
const storeFile = join(folder, "audit.db")
const night = (names?: ReadonlyArray<string>) => nightIn(storeFile, names)

/** Runs something with other credentials in the surroundings, where the credential chain finds them. */
const as = async <A>(
  { accessKeyId, secretAccessKey }: { readonly accessKeyId: string; readonly secretAccessKey: string },
  run: () => Promise<A>
): Promise<A> => {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey })
  delete process.env["AWS_SESSION_TOKEN"]
  try {
    return await run()
  } finally {
    Object.assign(process.env, { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN })
  }
}

let estate: Awaited<ReturnType<typeof seed>>
let first: Night
let third: Night

/** `shop eu-west-1`, by the names that the accounts have in the seed. */
const place = ({ account, region }: { readonly account: string; readonly region: string }) =>
  `${account === payer ? "office" : account === estate.member ? "shop" : account} ${region}`

/** The name that the seed gave; those that it numbered, and those to which moto gave a random one, are one. */
const named = ({ evidence, resource }: Finding) =>
  String(evidence["comment"] || resource.name || resource.id).replace(/(?<=[-/_])(\d+|[0-9a-f-]{17,})$/, "*")

const worth = ({ confidence, kind, savings, severity }: Finding) =>
  `${savings === null ? kind : `$${savings.monthlyUsd}`} ${severity} ${confidence}`

/** One line for all findings that are alike, sorted. */
const table = (findings: ReadonlyArray<Finding>, line: (finding: Finding) => string) =>
  [...Map.groupBy(findings, (finding) => `${place(finding)} ${line(finding)}`)]
    .map(([line, { length }]) => (length === 1 ? line : `${line} ×${length}`))
    .sort()

const waste = (findings: ReadonlyArray<Finding>) =>
  table(
    findings.filter(({ scan }) => scan !== "find_untagged_resources"),
    (finding) =>
      `${finding.scan} → ${named(finding)}: ${finding.reasons.join(" ")}, ${worth(finding)}${finding.confirmed ? "" : ", unconfirmed"}`
  )

/** What lacks tags, by its type. */
const untagged = (findings: ReadonlyArray<Finding>) =>
  table(
    findings.filter(({ scan }) => scan === "find_untagged_resources"),
    (finding) => `${finding.resource.type}: ${[finding.evidence["missing"]].flat().join(" ")}, ${worth(finding)}`
  )

const outcomeLine = (outcome: Outcome) => {
  const { examined, ...counters } = outcome.counters
  const counts = Object.entries(counters).flatMap(([name, count]) => (count === 0 ? [] : [`${name} ${count}`]))
  // The message begins with the call that failed.
  const reason =
    outcome.reason === null ? "" : ` (${outcome.reason.code} ${outcome.reason.message.replace(/: .*/s, "")})`
  return `${place(outcome)} ${outcome.scan}: ${[`${outcome.status}${reason}`, `examined ${examined}`, ...counts].join(", ")}`
}

const linesOf = (text: string) =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .sort()

const callsOf = ({ cost }: Night) =>
  Object.fromEntries(cost.calls.map(({ calls, operation, service }) => [`${service}:${operation}`, calls]))

/** What the catalogue and planning name. */
const namedOperations = new Set([
  ...planningOperations.map(({ action }) => String(action)),
  "ec2:DescribeRegions",
  "sts:AssumeRole",
  "sts:GetCallerIdentity",
  ...catalogue.flatMap(({ operations }) => operations.map(({ operation }) => operation))
])

const unnamedCallsOf = (night: Night) =>
  Object.keys(callsOf(night)).filter((operation) => !namedOperations.has(operation))

/** Every flag of every scan on. */
const everyFlag = Object.fromEntries(
  catalogue.map(({ name, settings }) => [
    name,
    Object.fromEntries(settings.flatMap((setting) => (setting.type === "boolean" ? [[setting.name, true]] : [])))
  ])
)

const volumeNamed = async (ec2: EC2Client, name: string) => {
  const { Volumes } = await ec2.send(new DescribeVolumesCommand({ Filters: [{ Name: "tag:Name", Values: [name] }] }))
  return Volumes?.[0]?.VolumeId as string
}

beforeAll(async () => {
  estate = await seed(endpoint, bill)
  first = await night()
}, 180_000)

afterAll(() => rmSync(folder, { recursive: true }))

const inBulk = Object.values(bulk).reduce((total, number) => total + number, 0)

describe("the first night", () => {
  it("flags exactly what is wasted", () => {
    assert.deepStrictEqual(
      waste(first.findings),
      linesOf(`
        office eu-west-1 find_outdated_elasticache_engine_versions → sessions-old: extended_support valkey_candidate, $24.82 high medium
        office eu-west-1 find_target_groups_with_high_error_rate → tg-busy: target_errors, hygiene high high
        office eu-west-1 find_unused_internet_gateways → igw-detached: detached, hygiene info high, unconfirmed
        office eu-west-1 find_unused_load_balancers → alb-idle: idle, $18.4 low high
        office eu-west-1 find_unused_load_balancers → clb-idle: idle, $20.44 medium high
        office eu-west-1 find_unused_load_balancers → nlb-idle: idle, $18.4 low high
        office eu-west-1 find_unused_log_groups → /office/stale: stale, hygiene info high
        office eu-west-1 find_unused_nat_gateways → nat-idle: no_traffic_unrouted, $35.04 medium high
        office eu-west-1 find_unused_security_groups → default_elb_*: unattached, hygiene info medium, unconfirmed ×2
        office eu-west-1 find_unused_sns_topics → topic-idle: no_subscribers_no_publishes, hygiene info medium, unconfirmed
        office eu-west-1 find_unused_sns_topics → topic-unheard: no_subscribers, hygiene low high, unconfirmed
        office eu-west-1 find_unused_target_groups → tg-of-idle: no_traffic, hygiene low high, unconfirmed
        office eu-west-1 find_unused_target_groups → tg-silent: no_traffic, hygiene info high, unconfirmed
        office eu-west-1 find_unused_target_groups → tg-unattached: unattached, hygiene info high, unconfirmed
        office eu-west-1 find_unused_vpc_endpoints → endpoint-idle: no_traffic, $16.06 low medium
        office eu-west-1 find_unused_vpc_endpoints → endpoint-without-routes: gateway_without_routes, hygiene info high
        office global/payer get_daily_cost_trend → Amazon EC2: above_weekdays, notice high high
        office us-east-1 find_asgs_with_old_amis → fleet-of-old-image: ami_old, hygiene medium high
        office us-east-1 find_ebs_volumes_with_old_types → vol-*: gp2_to_gp3, $0.16 low high ×2
        office us-east-1 find_ec2_instances_with_old_generations → of-old-generation: previous_generation, $2.92 low high
        office us-east-1 find_old_ecs_task_definitions → worker: old_revisions, hygiene info medium
        office us-east-1 find_outdated_ecs_platform_versions → parked: pinned_old, hygiene info high
        office us-east-1 find_outdated_eks_cluster_versions → kubernetes-old: extended_support, hygiene high medium
        office us-east-1 find_outdated_eks_cluster_versions → kubernetes: extended_policy, notice info medium
        office us-east-1 find_underutilized_ecs_services → api: cpu_oversized memory_oversized, $148.85 medium medium
        office us-east-1 find_unencrypted_ebs_volumes → left-by-the-office: unencrypted_volume, hygiene medium high
        office us-east-1 find_unencrypted_ebs_volumes → of-old-generation-root: unencrypted_volume, hygiene high high
        office us-east-1 find_unencrypted_ebs_volumes → vol-*: unencrypted_volume, hygiene high high ×2
        office us-east-1 find_unused_ecr_images → abandoned: unused_images no_lifecycle_policy, $0 info low
        office us-east-1 find_unused_ecs_clusters_and_services → does-not-start: broken_service, hygiene medium high
        office us-east-1 find_unused_ecs_clusters_and_services → left-empty: empty_cluster, hygiene info medium, unconfirmed
        office us-east-1 find_unused_ecs_clusters_and_services → parked: inactive_service, hygiene info high
        office us-east-1 find_unused_elastic_ips → unassociated: unassociated, $3.65 low high, unconfirmed
        office us-east-1 find_unused_volumes → encrypted: unattached, $0.8 low high, unconfirmed
        office us-east-1 find_unused_volumes → left-by-the-office: unattached, $2 low high, unconfirmed
        shop eu-west-1 find_ebs_volumes_with_old_types → web-logs: gp2_to_gp3, $5.5 low high
        shop eu-west-1 find_overly_permissive_security_groups → in-use: sensitive_port, hygiene critical high
        shop eu-west-1 find_underutilized_ec2_instances → from-image: idle, $8.32 low high
        shop eu-west-1 find_underutilized_lambda_functions → checkout: low_traffic, hygiene info high
        shop eu-west-1 find_unencrypted_ebs_volumes → ebs-encryption-by-default: default_off, hygiene medium high
        shop eu-west-1 find_unencrypted_ebs_volumes → from-image-root: unencrypted_volume, hygiene high high
        shop eu-west-1 find_unencrypted_ebs_volumes → left-*: unencrypted_volume, hygiene medium high ×${bulk.volumes}
        shop eu-west-1 find_unencrypted_ebs_volumes → left-io2: unencrypted_volume, hygiene medium high
        shop eu-west-1 find_unencrypted_ebs_volumes → parked-root: unencrypted_volume, hygiene high high
        shop eu-west-1 find_unencrypted_ebs_volumes → web-data: unencrypted_volume, hygiene high high
        shop eu-west-1 find_unencrypted_ebs_volumes → web-logs: unencrypted_volume, hygiene high high
        shop eu-west-1 find_unencrypted_ebs_volumes → web-root: unencrypted_volume, hygiene high high
        shop eu-west-1 find_unused_amis → import: unused, $0.75 low high
        shop eu-west-1 find_unused_dynamodb_tables → tables-idle: unused, $3.76 low high
        shop eu-west-1 find_unused_dynamodb_tables → tables-oversized: unused, $109.99 medium high
        shop eu-west-1 find_unused_elastic_ips → on-detached-interface: detached_eni, $3.65 low high, unconfirmed
        shop eu-west-1 find_unused_elastic_ips → on-parked: stopped_instance, $3.65 low high
        shop eu-west-1 find_unused_elastic_ips → unassociated: unassociated, $3.65 low high, unconfirmed
        shop eu-west-1 find_unused_lambda_functions → forgotten-*: not_invoked, $3.05 low high
        shop eu-west-1 find_unused_lambda_functions → forgotten-*: not_invoked, hygiene info medium ×${bulk.functions - 1}
        shop eu-west-1 find_unused_launch_templates → workers: unreferenced, hygiene info medium, unconfirmed
        shop eu-west-1 find_unused_log_groups → /empty/*: empty, hygiene info high ×${bulk.logGroups}
        shop eu-west-1 find_unused_log_groups → /shop/stale: stale, hygiene info high
        shop eu-west-1 find_unused_s3_buckets → nightaudit-empty: empty, hygiene info high
        shop eu-west-1 find_unused_security_groups → nobody-uses-it: unattached, hygiene info medium, unconfirmed
        shop eu-west-1 find_unused_snapshots → nightly-fast: fast_restore_enabled superseded, $607.25 high high
        shop eu-west-1 find_unused_snapshots → nightly-old: superseded, $5 low medium
        shop eu-west-1 find_unused_sqs_queues → queue-idle: unused, hygiene info medium
        shop eu-west-1 find_unused_volumes → left-*: unattached, $0.09 low high, unconfirmed ×${bulk.volumes}
        shop eu-west-1 find_unused_volumes → left-io2: unattached, $373.8 low high, unconfirmed
        shop eu-west-1 find_unused_volumes → parked-root: stopped_instance, $0.7 low high
        shop eu-west-1 get_all_cost_optimization_recommendations → checkout: rightsize, $2 low high
        shop eu-west-1 get_all_cost_optimization_recommendations → ledger: rightsize, $60 medium high
        shop eu-west-1 get_all_cost_optimization_recommendations → vol-*: rightsize, $4 low high
        shop eu-west-1 get_all_cost_optimization_recommendations → web: migrate_to_graviton, $1.5 low high
        shop eu-west-1 get_cost_optimization_ebs → vol-*: rightsize, $4 low high
        shop eu-west-1 get_cost_optimization_ec2 → web: migrate_to_graviton, $1.5 low high
        shop eu-west-1 get_cost_optimization_lambda → checkout: rightsize, $2 low high
        shop eu-west-1 get_cost_optimization_rds → ledger: rightsize, $60 medium high
        shop eu-west-1 get_ebs_volume_type_recommendations → web-logs: gp2_to_gp3, $5.5 low high
        shop eu-west-1 get_s3_storage_class_recommendations → nightaudit-pictures: intelligent_tiering no_abort_multipart, hygiene info high
        shop eu-west-1 get_snapshot_lifecycle_recommendations → web-data: no_policy beyond_retention, hygiene medium medium
        shop global find_orphaned_cloudwatch_dashboards → shop: partly_orphaned, hygiene low high
        shop global find_unused_cloudfront_distributions → cdn-disabled: disabled, hygiene info high
        shop global find_unused_cloudfront_distributions → cdn-idle: no_requests, $2.4 low high
        shop global find_unused_route53_hosted_zones → empty.example.: empty, $0.5 low high, unconfirmed
        shop global find_unused_route53_hosted_zones → quiet.example.: no_queries, $0.5 low medium, unconfirmed
        shop us-east-1 find_orphaned_cloudwatch_alarms → of-what-was-deleted: orphaned, $0 medium high
        shop us-east-1 find_outdated_lambda_runtimes → of-old-runtime: deprecated, hygiene medium high
        shop us-east-1 find_outdated_rds_engine_versions → orders-old: extended_support, $292 critical medium
        shop us-east-1 find_overutilized_rds_instances → reports-busy: cpu, hygiene critical high
        shop us-east-1 find_public_s3_buckets → nightaudit-pages: public_policy, hygiene critical high
        shop us-east-1 find_underutilized_rds_instances → orders-old: idle, $112.96 medium high
        shop us-east-1 find_unencrypted_ebs_volumes → ebs-encryption-by-default: default_off, hygiene medium high
        shop us-east-1 find_unencrypted_ebs_volumes → left-in-the-east: unencrypted_volume, hygiene medium high
        shop us-east-1 find_unencrypted_rds_instances → orders-old: unencrypted, hygiene high high
        shop us-east-1 find_unused_cloudwatch_alarms → tells-nobody: no_actions, $0 low low
        shop us-east-1 find_unused_cloudwatch_alarms → without-data: insufficient_data, $0 low high
        shop us-east-1 find_unused_eventbridge_rules → always-fails: failing, hygiene medium medium
        shop us-east-1 find_unused_eventbridge_rules → has-no-target: no_targets, hygiene info high, unconfirmed
        shop us-east-1 find_unused_eventbridge_rules → never-fires: schedule_not_firing, hygiene low medium, unconfirmed
        shop us-east-1 find_unused_eventbridge_rules → switched-off: disabled, hygiene info high, unconfirmed
        shop us-east-1 find_unused_volumes → left-in-the-east: unattached, $0.8 low high, unconfirmed
      `)
    )
  })

  it("flags what lacks the tags that tell whose it is", () => {
    assert.deepStrictEqual(
      untagged(first.findings),
      linesOf(`
        office eu-west-1 ec2:internet-gateway: CostCenter Environment Owner, hygiene low high ×2
        office eu-west-1 ec2:natgateway: CostCenter Environment Owner, hygiene medium high ×3
        office eu-west-1 ec2:security-group: CostCenter Environment Owner, hygiene low high ×2
        office eu-west-1 ec2:subnet: CostCenter Environment Owner, hygiene low high ×2
        office eu-west-1 ec2:vpc-endpoint: CostCenter Environment Owner, hygiene medium high ×3
        office eu-west-1 ec2:vpc: CostCenter Environment Owner, hygiene low high
        office eu-west-1 elasticache:cluster: CostCenter Environment Owner, hygiene medium high ×2
        office eu-west-1 elasticloadbalancing:loadbalancer: CostCenter Environment Owner, hygiene medium high ×6
        office eu-west-1 elasticloadbalancing:targetgroup: CostCenter Environment Owner, hygiene low high ×4
        office eu-west-1 logs:log-group: CostCenter Environment Owner, hygiene medium high
        office eu-west-1 sns:topic: CostCenter Environment Owner, hygiene medium high ×3
        office us-east-1 autoscaling:autoscalinggroup: CostCenter Environment Owner, hygiene medium high ×2
        office us-east-1 ec2:elastic-ip: CostCenter Environment Owner, hygiene medium high
        office us-east-1 ec2:image: CostCenter Environment Owner, hygiene medium high ×2
        office us-east-1 ec2:instance: CostCenter Environment Owner, hygiene medium high ×3
        office us-east-1 ec2:launch-template: CostCenter Environment Owner, hygiene low high ×2
        office us-east-1 ec2:snapshot: CostCenter Environment Owner, hygiene medium high ×2
        office us-east-1 ec2:subnet: CostCenter Environment Owner, hygiene low high ×2
        office us-east-1 ec2:volume: CostCenter Environment Owner, hygiene medium high ×5
        office us-east-1 ec2:vpc: CostCenter Environment Owner, hygiene low high
        office us-east-1 ecr:repository: CostCenter Environment Owner, hygiene medium high ×2
        office us-east-1 ecs:cluster: CostCenter Environment Owner, hygiene medium high ×2
        office us-east-1 ecs:service: CostCenter Environment Owner, hygiene medium high ×3
        office us-east-1 eks:cluster: CostCenter Environment Owner, hygiene medium high ×2
        shop eu-west-1 dynamodb:table: CostCenter Environment Owner, hygiene medium high ×4
        shop eu-west-1 ec2:elastic-ip: CostCenter Environment Owner, hygiene medium high ×4
        shop eu-west-1 ec2:image: CostCenter Environment Owner, hygiene medium high ×2
        shop eu-west-1 ec2:instance: CostCenter Environment Owner, hygiene medium high ×3
        shop eu-west-1 ec2:launch-template: CostCenter Environment Owner, hygiene low high
        shop eu-west-1 ec2:security-group: CostCenter Environment Owner, hygiene low high ×4
        shop eu-west-1 ec2:snapshot: CostCenter Environment Owner, hygiene medium high ×${bulk.snapshots + 9}
        shop eu-west-1 ec2:subnet: CostCenter Environment Owner, hygiene low high ×2
        shop eu-west-1 ec2:volume: CostCenter Environment Owner, hygiene medium high ×${bulk.volumes + 6}
        shop eu-west-1 ec2:vpc: CostCenter Environment Owner, hygiene low high
        shop eu-west-1 lambda:function: CostCenter Environment Owner, hygiene medium high ×${bulk.functions + 2}
        shop eu-west-1 logs:log-group: CostCenter Environment Owner, hygiene medium high ×${bulk.logGroups + 3}
        shop eu-west-1 s3:bucket: CostCenter Environment Owner, hygiene medium high ×3
        shop eu-west-1 sqs:queue: CostCenter Environment Owner, hygiene medium high ×2
        shop global cloudfront:distribution: CostCenter Environment Owner, hygiene medium high ×3
        shop global route53:hostedzone: CostCenter Environment Owner, hygiene medium high ×3
        shop us-east-1 cloudwatch:alarm: CostCenter Environment Owner, hygiene medium high ×5
        shop us-east-1 ec2:volume: CostCenter Environment Owner, hygiene medium high
        shop us-east-1 events:rule: CostCenter Environment Owner, hygiene low high ×5
        shop us-east-1 lambda:function: CostCenter Environment Owner, hygiene medium high
        shop us-east-1 rds:db: CostCenter Environment Owner, hygiene medium high ×3
        shop us-east-1 s3:bucket: CostCenter Environment Owner, hygiene medium high
      `)
    )
  })

  it("says of every scope what each scan looked at, and sees all of it", () => {
    const nothing = first.outcomes.filter(({ counters, status }) => status === "complete" && counters.examined === 0)
    assert.deepStrictEqual(
      first.outcomes
        .filter((outcome) => !nothing.includes(outcome))
        .map(outcomeLine)
        .sort(),
      linesOf(`
        office eu-west-1 analyze_tag_compliance: complete, examined 32
        office eu-west-1 find_outdated_elasticache_engine_versions: complete, examined 2, flagged 1
        office eu-west-1 find_overly_permissive_security_groups: complete, examined 4
        office eu-west-1 find_overutilized_elasticache_clusters: complete, examined 2, unknown 2
        office eu-west-1 find_target_groups_with_high_error_rate: complete, examined 7, flagged 1
        office eu-west-1 find_target_groups_with_high_response_time: complete, examined 3
        office eu-west-1 find_underutilized_elasticache_clusters: complete, examined 2, unknown 2
        office eu-west-1 find_untagged_resources: complete, examined 32, flagged 29, suppressed 1
        office eu-west-1 find_unused_internet_gateways: complete, examined 2, flagged 1
        office eu-west-1 find_unused_load_balancers: complete, examined 7, flagged 3, tooYoung 1, suppressed 1
        office eu-west-1 find_unused_log_groups: complete, examined 1, flagged 1
        office eu-west-1 find_unused_nat_gateways: complete, examined 3, flagged 1, unknown 1
        office eu-west-1 find_unused_security_groups: complete, examined 4, flagged 2
        office eu-west-1 find_unused_sns_topics: complete, examined 3, flagged 2
        office eu-west-1 find_unused_target_groups: complete, examined 4, flagged 3
        office eu-west-1 find_unused_vpc_endpoints: complete, examined 3, flagged 2
        office eu-west-1 get_nat_gateway_optimization_recommendations: complete, examined 3, unknown 1
        office global/payer analyze_data_transfer_costs: complete, examined 4
        office global/payer get_all_cost_optimization_recommendations: complete, examined 4, flagged 4
        office global/payer get_cost_by_region: complete, examined 2
        office global/payer get_cost_by_region_and_service: complete, examined 4
        office global/payer get_cost_by_service: complete, examined 4
        office global/payer get_cost_optimization_ebs: complete, examined 1, flagged 1
        office global/payer get_cost_optimization_ec2: complete, examined 1, flagged 1
        office global/payer get_cost_optimization_lambda: complete, examined 1, flagged 1
        office global/payer get_cost_optimization_rds: complete, examined 1, flagged 1
        office global/payer get_daily_cost_trend: complete, examined 28, flagged 1
        office us-east-1 analyze_tag_compliance: complete, examined 31
        office us-east-1 find_asgs_with_old_amis: complete, examined 2, flagged 1
        office us-east-1 find_ebs_volumes_with_old_types: complete, examined 5, flagged 2
        office us-east-1 find_ec2_instances_with_old_generations: complete, examined 3, flagged 1
        office us-east-1 find_old_ecs_task_definitions: complete, examined 2, flagged 1
        office us-east-1 find_outdated_ecs_platform_versions: complete, examined 3, flagged 1
        office us-east-1 find_outdated_eks_cluster_versions: complete, examined 2, flagged 2
        office us-east-1 find_overly_permissive_security_groups: complete, examined 2
        office us-east-1 find_overutilized_ec2_instances: complete, examined 3, tooYoung 1, unknown 2
        office us-east-1 find_underutilized_ec2_instances: complete, examined 3, tooYoung 1, unknown 2
        office us-east-1 find_underutilized_ecs_services: complete, examined 3, flagged 1
        office us-east-1 find_unencrypted_ebs_volumes: complete, examined 6, flagged 4
        office us-east-1 find_untagged_resources: complete, examined 31, flagged 29
        office us-east-1 find_unused_amis: complete, examined 2, tooYoung 1
        office us-east-1 find_unused_ecr_images: complete, examined 2, flagged 1
        office us-east-1 find_unused_ecs_clusters_and_services: complete, examined 5, flagged 3
        office us-east-1 find_unused_elastic_ips: complete, examined 1, flagged 1
        office us-east-1 find_unused_launch_templates: complete, examined 2
        office us-east-1 find_unused_security_groups: complete, examined 2
        office us-east-1 find_unused_snapshots: complete, examined 2
        office us-east-1 find_unused_volumes: complete, examined 5, flagged 2
        office us-east-1 get_ebs_volume_type_recommendations: complete, examined 5, tooYoung 1
        office us-east-1 get_snapshot_lifecycle_recommendations: complete, examined 5
        shop eu-west-1 analyze_dynamodb_throttling: complete, examined 4, tooYoung 1
        shop eu-west-1 analyze_lambda_cold_starts: complete, examined ${bulk.functions + 3}
        shop eu-west-1 analyze_tag_compliance: complete, examined ${inBulk + 50}
        shop eu-west-1 find_ebs_volumes_with_old_types: complete, examined ${bulk.volumes + 7}, flagged 1
        shop eu-west-1 find_ec2_instances_with_old_generations: complete, examined 3
        shop eu-west-1 find_outdated_lambda_runtimes: complete, examined ${bulk.functions + 3}
        shop eu-west-1 find_overly_permissive_security_groups: complete, examined 6, flagged 1
        shop eu-west-1 find_overutilized_dynamodb_tables: complete, examined 4, tooYoung 1
        shop eu-west-1 find_overutilized_ec2_instances: complete, examined 3, unknown 2
        shop eu-west-1 find_underutilized_dynamodb_tables: complete, examined 4, tooYoung 1
        shop eu-west-1 find_underutilized_ec2_instances: complete, examined 3, flagged 1
        shop eu-west-1 find_underutilized_lambda_functions: complete, examined ${bulk.functions + 3}, flagged 1
        shop eu-west-1 find_unencrypted_ebs_volumes: complete, examined ${bulk.volumes + 8}, flagged ${bulk.volumes + 7}, suppressed 1
        shop eu-west-1 find_untagged_resources: complete, examined ${inBulk + 50}, flagged ${inBulk + 46}, suppressed 2
        shop eu-west-1 find_unused_amis: complete, examined 2, flagged 1
        shop eu-west-1 find_unused_dynamodb_tables: complete, examined 4, flagged 2, tooYoung 1
        shop eu-west-1 find_unused_elastic_ips: complete, examined 4, flagged 3
        shop eu-west-1 find_unused_lambda_functions: complete, examined ${bulk.functions + 3}, flagged ${bulk.functions}, tooYoung 1, suppressed 1
        shop eu-west-1 find_unused_launch_templates: complete, examined 1, flagged 1
        shop eu-west-1 find_unused_log_groups: complete, examined ${bulk.logGroups + 3}, flagged ${bulk.logGroups + 1}, tooYoung 1
        shop eu-west-1 find_unused_security_groups: complete, examined 6, flagged 1
        shop eu-west-1 find_unused_snapshots: complete, examined ${bulk.snapshots + 9}, flagged 2, tooYoung ${bulk.snapshots + 4}
        shop eu-west-1 find_unused_sqs_queues: complete, examined 2, flagged 1
        shop eu-west-1 find_unused_volumes: complete, examined ${bulk.volumes + 7}, flagged ${bulk.volumes + 2}, suppressed 1
        shop eu-west-1 get_ebs_volume_type_recommendations: complete, examined ${bulk.volumes + 7}, flagged 1
        shop eu-west-1 get_snapshot_lifecycle_recommendations: complete, examined ${bulk.volumes + 7}, flagged 1
        shop global analyze_cloudfront_cache_hit_ratio: complete, examined 3
        shop global find_orphaned_cloudwatch_dashboards: complete, examined 1, flagged 1
        shop global find_public_s3_buckets: complete, examined 4, flagged 1
        shop global find_unencrypted_s3_buckets: complete, examined 4
        shop global find_unused_cloudfront_distributions: complete, examined 3, flagged 2
        shop global find_unused_route53_hosted_zones: complete, examined 3, flagged 2
        shop global find_unused_s3_buckets: complete, examined 4, flagged 1, tooYoung 1, unknown 2
        shop global get_s3_storage_class_recommendations: complete, examined 4, flagged 1, tooYoung 1
        shop us-east-1 analyze_lambda_cold_starts: complete, examined 1, unknown 1
        shop us-east-1 analyze_rds_performance_insights: complete, examined 3, unknown 3
        shop us-east-1 analyze_tag_compliance: complete, examined 23
        shop us-east-1 find_ebs_volumes_with_old_types: complete, examined 1
        shop us-east-1 find_orphaned_cloudwatch_alarms: complete, examined 5, flagged 1
        shop us-east-1 find_outdated_lambda_runtimes: complete, examined 1, flagged 1
        shop us-east-1 find_outdated_rds_engine_versions: complete, examined 3, flagged 1
        shop us-east-1 find_overly_permissive_security_groups: complete, examined 1
        shop us-east-1 find_overutilized_rds_instances: complete, examined 3, flagged 1
        shop us-east-1 find_underutilized_lambda_functions: complete, examined 1
        shop us-east-1 find_underutilized_rds_instances: complete, examined 3, flagged 1
        shop us-east-1 find_unencrypted_ebs_volumes: complete, examined 2, flagged 2
        shop us-east-1 find_unencrypted_rds_instances: complete, examined 3, flagged 1
        shop us-east-1 find_untagged_resources: complete, examined 23, flagged 22
        shop us-east-1 find_unused_cloudwatch_alarms: complete, examined 5, flagged 2
        shop us-east-1 find_unused_eventbridge_rules: complete, examined 5, flagged 4
        shop us-east-1 find_unused_lambda_functions: complete, examined 1
        shop us-east-1 find_unused_security_groups: complete, examined 1
        shop us-east-1 find_unused_volumes: complete, examined 1, flagged 1
        shop us-east-1 get_ebs_volume_type_recommendations: complete, examined 1
        shop us-east-1 get_snapshot_lifecycle_recommendations: complete, examined 1
      `)
    )
    const scans = (scope: string) => catalogue.filter((entry) => entry.scope === scope).length
    const expected = 4 * scans("regional") + 2 * scans("global") + scans("payer")
    const { byScan, ...coverage } = first.coverage
    assert.deepStrictEqual(Object.keys(byScan).sort(), allScans.toSorted())
    assert.deepStrictEqual(coverage, {
      expected,
      complete: expected,
      partial: 0,
      unavailable: 0,
      notApplicable: 0,
      gaps: []
    })
    assert.deepStrictEqual([...new Set(first.outcomes.map(({ scan }) => scan))].sort(), allScans.toSorted())
  })

  it("asks moto for all but what it lacks", async () => {
    const answered = await (await fetch(`${endpoint}/overlay`)).json()
    assert.deepStrictEqual(answered, overlayAnswers)
  })

  it("sees on the wire what docs/verification.md says", () => {
    const sum = (scan: string, counter: "examined" | "flagged") =>
      first.outcomes.reduce((total, outcome) => total + (outcome.scan === scan ? outcome.counters[counter] : 0), 0)
    const unseen = catalogue.filter(({ name }) => sum(name, "examined") === 0)
    assert.deepStrictEqual(unseen.map(({ name }) => name).sort(), Object.keys(typedOnly).sort())
    const quiet = catalogue.filter((entry) => {
      return !unseen.includes(entry) && entry.kind === "finding" && sum(entry.name, "flagged") === 0
    })
    assert.deepStrictEqual(quiet.map(({ name }) => name).sort(), Object.keys(noFinding).sort())
  })

  it("calls by the page, and not by the resource", () => {
    assert.deepInclude(callsOf(first), {
      // One page in each of four scopes, and a second one where there is more than a page.
      "ec2:DescribeVolumes": 5,
      "ec2:DescribeSnapshots": 5,
      "logs:DescribeLogGroups": 5,
      // And again with their versions.
      "lambda:ListFunctions": 10,
      "ec2:DescribeInstances": 4,
      "ec2:DescribeNetworkInterfaces": 4,
      "elasticloadbalancing:DescribeTargetGroups": 4,
      "ec2:DescribeNatGateways": 4,
      // Both generations of load balancers.
      "elasticloadbalancing:DescribeLoadBalancers": 8,
      "s3:ListBuckets": 2,
      "organizations:ListAccounts": 1,
      // Of one group at a time AWS tells the newest stream: asked of those that hold something and took nothing in.
      "logs:DescribeLogStreams": 2,
      // Services by months and by days, regions, services in regions, and usage types.
      "ce:GetCostAndUsage": 6
    })
    assert.strictEqual(
      first.cost.totalCalls,
      first.cost.calls.reduce((sum, { calls }) => sum + calls, 0)
    )
    assert.isBelow(first.cost.totalCalls, 600)
  })

  it("makes no call that the catalogue does not name", () => {
    assert.deepStrictEqual(unnamedCallsOf(first), [])
  })

  it("sees what is on the last page", () => {
    const io2 = first.findings.find(
      ({ resource, scan }) => scan === "find_unused_volumes" && resource.name === "left-io2"
    )
    assert.match(String(io2?.evidence["newestSnapshot"]), /^snap-/)
    // 100 GB, 5,000 IOPS; the price is the region's.
    assert.deepStrictEqual(
      io2?.savings?.terms.map(({ price, quantity }) => [price.fact, price.region, quantity]),
      [
        ["ebs.io2GBMonth", "eu-west-1", 100],
        ["ebs.io2IopsMonth_upTo32000", "eu-west-1", 5000]
      ]
    )
  })

  it("reports what was spent", () => {
    const rowsOf = (name: string) => first.reports.find(({ scan }) => scan === name)?.report.rows
    const daysIn = (monthsBack: number) => {
      const today = new Date()
      return new Date(Date.UTC(today.getUTCFullYear(), today.getUTCMonth() - monthsBack + 1, 0)).getUTCDate()
    }
    const monthOf = (monthsBack: number) => {
      const today = new Date()
      return new Date(Date.UTC(today.getUTCFullYear(), today.getUTCMonth() - monthsBack, 1)).toISOString().slice(0, 7)
    }
    const usage = (monthsBack: number) => daysIn(monthsBack) * 100 + (dearDay.startsWith(monthOf(monthsBack)) ? 500 : 0)
    const change = usage(1) - usage(2)
    assert.deepStrictEqual(
      rowsOf("get_cost_by_service")?.map(({ change, net, service, usage }) => [service, usage, net, change]),
      [
        ["Amazon EC2", usage(1), usage(1) - 200, change],
        ["Amazon S3", 40.5, 40.5, 0],
        ["Total", usage(1) + 40.5, usage(1) - 159.5, change]
      ]
    )
    assert.strictEqual(rowsOf("get_daily_cost_trend")?.length, 30)
    const rise = first.findings.find(({ scan }) => scan === "get_daily_cost_trend")
    assert.deepInclude(rise?.evidence, { day: dearDay, usageUsd: 600, expectedUsd: 100, excessUsd: 500 })
    assert.strictEqual(dearDay, dayBefore(5))
  })
})

describe("the nights after", () => {
  it("write nothing and report nothing new while nothing changes", async () => {
    const second = await night()
    assert.deepStrictEqual(second.changes, noChanges)
    assert.deepStrictEqual(second.findings, first.findings, "also which run wrote them last")
    assert.deepStrictEqual(second.totals, first.totals)
    assert.deepStrictEqual(timeless(second.coverage), timeless(first.coverage))
    // Cost Explorer charges for every question, and was asked today.
    assert.notProperty(callsOf(second), "ce:GetCostAndUsage")
    // What was told of single resources without a finding is remembered, and asked again a few a night.
    const before = callsOf(first)
    for (const [operation, calls] of Object.entries(callsOf(second))) {
      // Which series share a call depends on which lists answer first.
      if (operation === "cloudwatch:GetMetricData") continue
      assert.isAtMost(calls, before[operation] ?? 0, operation)
    }
    // What open findings rest on is asked every night: beyond what costs money, what was told of everything else is saved.
    const paid = Object.entries(before).reduce((sum, [name, calls]) => sum + (name.startsWith("ce:") ? calls : 0), 0)
    assert.isBelow(second.cost.totalCalls, first.cost.totalCalls - paid)
  })

  it("resolve what is gone, used or kept", async () => {
    const { office, shop, web } = estate
    await shop.east.ec2.send(
      new DeleteVolumeCommand({ VolumeId: await volumeNamed(shop.east.ec2, "left-in-the-east") })
    )
    const unassociated = first.findings.find(
      ({ account, resource }) => account === payer && resource.name === "unassociated"
    )
    await office.east.ec2.send(new ReleaseAddressCommand({ AllocationId: unassociated?.resource.id as string }))
    await shop.west.logs.send(new DeleteLogGroupCommand({ logGroupName: "/empty/7" }))
    const used = await volumeNamed(shop.west.ec2, "left-io2")
    await shop.west.ec2.send(new AttachVolumeCommand({ InstanceId: web, VolumeId: used, Device: "/dev/sdg" }))
    const kept = await volumeNamed(office.east.ec2, "left-by-the-office")
    await office.east.ec2.send(
      new CreateTagsCommand({ Resources: [kept], Tags: [{ Key: "finops:ignore", Value: "" }] })
    )
    await shop.west.lambda.send(new DeleteFunctionCommand({ FunctionName: "forgotten-7" }))

    third = await night()
    const resolved = third.findings.filter(({ status }) => status === "resolved")
    assert.deepStrictEqual(
      resolved
        .map(
          (finding) =>
            `${place(finding)} ${finding.scan} ${finding.resource.name || finding.reasons}: ${finding.resolved?.reason}`
        )
        .sort(),
      linesOf(`
        office us-east-1 find_untagged_resources left-by-the-office: suppressed
        office us-east-1 find_untagged_resources unassociated: resource_deleted
        office us-east-1 find_unencrypted_ebs_volumes left-by-the-office: suppressed
        office us-east-1 find_unused_elastic_ips unassociated: resource_deleted
        office us-east-1 find_unused_volumes left-by-the-office: suppressed
        shop eu-west-1 find_untagged_resources /empty/7: resource_deleted
        shop eu-west-1 find_untagged_resources forgotten-7: resource_deleted
        shop eu-west-1 find_unused_lambda_functions forgotten-7: resource_deleted
        shop eu-west-1 find_unused_log_groups /empty/7: resource_deleted
        shop eu-west-1 find_unused_volumes left-io2: no_longer_matches
        shop us-east-1 find_unencrypted_ebs_volumes default_off: resource_deleted
        shop us-east-1 find_unencrypted_ebs_volumes left-in-the-east: resource_deleted
        shop us-east-1 find_untagged_resources left-in-the-east: resource_deleted
        shop us-east-1 find_unused_volumes left-in-the-east: resource_deleted
      `)
    )
    const { resolved: mended, ...others } = third.changes
    const suppressed = { findings: 3, monthlyUsd: 2 }
    // An address and two volumes: 3.65 + 373.80 + 0.80. What was suppressed saves nothing.
    assert.deepStrictEqual(mended, { findings: resolved.length - suppressed.findings, monthlyUsd: 378.25 })
    const { resolved: _, ...none } = noChanges
    // That `left-io2` is not encrypted weighs more now that it is attached.
    assert.deepStrictEqual(others, { ...none, changed: { findings: 1, monthlyUsd: 0 }, ended: { suppressed } })
    const open = third.findings.filter(({ status }) => status === "open")
    assert.strictEqual(open.length, first.findings.length - resolved.length)
  })
})

/** From here on moto checks every signature and every permission. */
describe("with the permissions that `nightaudit policy` prints", () => {
  const reads = rolePolicies(catalogue)
  let auditor: Awaited<ReturnType<typeof createUser>>
  const allow = (policies: typeof reads) =>
    putRolePolicies(
      endpoint,
      estate.memberKeys.accessKeyId,
      roleName,
      policies.map((policy) => JSON.stringify(policy))
    )

  beforeAll(async () => {
    // The payer is read with the scanner's own credentials.
    const policies = [scannerPolicy("aws", roleName, false), ...reads]
    auditor = await createUser(
      endpoint,
      "auditor",
      policies.map((policy) => JSON.stringify(policy))
    )
  })

  it("sees all that it saw without limits", async () => {
    await allow(reads)
    const fourth = await enforced(endpoint, () => as(auditor, () => night()))
    assert.deepStrictEqual(fourth.outcomes.map(outcomeLine).sort(), third.outcomes.map(outcomeLine).sort())
    assert.deepStrictEqual(fourth.changes, noChanges)
  })

  it("says what is denied, and closes nothing for it", async () => {
    const id = await volumeNamed(estate.shop.west.ec2, "parked-root")
    await allow(
      reads.map((policy) => ({
        ...policy,
        Statement: policy.Statement.map((statement) => ({
          ...statement,
          Action: [statement.Action].flat().filter((action) => action !== "ec2:DescribeVolumes")
        }))
      }))
    )
    const denied = await enforced(endpoint, () => as(auditor, () => night(["find_unused_volumes"])))
    assert.deepStrictEqual(
      denied.outcomes.map(outcomeLine).sort(),
      linesOf(`
        office eu-west-1 find_unused_volumes: complete, examined 0
        office us-east-1 find_unused_volumes: complete, examined 5, flagged 1, suppressed 1
        shop eu-west-1 find_unused_volumes: unavailable (denied_by_iam ec2:DescribeVolumes), examined 0
        shop us-east-1 find_unused_volumes: unavailable (denied_by_iam ec2:DescribeVolumes), examined 0
      `)
    )
    assert.deepStrictEqual(denied.changes, noChanges)
    const kept = denied.findings.find(({ resource, scan }) => scan === "find_unused_volumes" && resource.id === id)
    assert.strictEqual(kept?.status, "open")
  })

  it("needs no more with every flag of every scan on", async () => {
    await allow(reads)
    const all = await enforced(endpoint, () =>
      as(auditor, () => nightIn(join(folder, "flags.db"), allScans, everyFlag))
    )
    assert.deepStrictEqual(all.outcomes.filter(({ status }) => status !== "complete").map(outcomeLine), [])
    assert.deepStrictEqual(unnamedCallsOf(all), [])
  })

  it("ends with one line where AWS does not know the credentials", async () => {
    const unknown = { accessKeyId: "AKIAUNKNOWN", secretAccessKey: "unknown" }
    const said = await enforced(endpoint, () => as(unknown, () => night())).then(
      () => "nothing",
      (error: Error) => error.message
    )
    assert.strictEqual(
      said,
      "sts:GetCallerIdentity in -/us-east-1: there are no usable credentials (The security token included in the request is invalid.)"
    )
  })
})
