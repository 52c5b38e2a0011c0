/**
 * Whole nights over moto and over HTTP: two accounts, two regions, every scan with its default settings.
 *
 * Every scan runs complete. What moto 5.2.5 lacks for that, `overlay.py` answers in its place; the test names each operation. A
 * scan that asks for something else that moto lacks is partial here, with the operation, and fails the test of the outcomes.
 *
 * Where moto answers something else than AWS, `server.py` mends it or the seed keeps away from it: DescribeRegions lists regions
 * that are not enabled (so the nights name two), DescribeSnapshots gives snapshots of others (so there are none), the interfaces
 * of NAT gateways are detached (so none has an Elastic IP), load balancers have no interfaces (so no addresses are priced, and
 * their groups look unused), GetResources does not find log groups (so no log group is kept by a tag), every distribution was
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
import { execFile } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Finding } from "../../core/finding/Finding.ts"
import type { Outcome } from "../../core/run/Outcome.ts"
import type { DryRun } from "../../cli/programs/dryRun.ts"
import type { ScanResult } from "../../cli/ScanResult.ts"
import { endpoint } from "./emulator.ts"
import { createUser, enforced, putRolePolicy } from "./iam.ts"
import { bulk, nextCosts, payer, regions, roleName, seed } from "./seed.ts"

interface PolicyDocument {
  readonly Version: string
  readonly Statement: ReadonlyArray<{ readonly Action: string | ReadonlyArray<string> }>
}

const folder = mkdtempSync(join(tmpdir(), "nightaudit-aws-"))
const config = join(folder, "nightaudit.config.json")
writeFileSync(
  config,
  JSON.stringify({
    accounts: { organization: true },
    role: { name: roleName, externalId: "night-shift" },
    regions: { include: regions }
  })
)

/** Runs `nightaudit` as a person would, and answers the object that it printed. */
const nightaudit = <A>(
  exitCode: number,
  args: ReadonlyArray<string>,
  credentials: { readonly accessKeyId?: string; readonly secretAccessKey?: string } = {}
) =>
  new Promise<A>((resolve, reject) => {
    const { accessKeyId, secretAccessKey } = credentials
    const { AWS_SESSION_TOKEN, ...env } = process.env
    execFile(
      process.execPath,
      ["cli/main.ts", ...args, "--config", config, "--format", "json"],
      {
        maxBuffer: 2 ** 28,
        env:
          accessKeyId === undefined
            ? { ...env, AWS_SESSION_TOKEN }
            : { ...env, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey }
      },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : error.code
        if (code === exitCode) resolve(stdout === "" ? stderr : JSON.parse(stdout))
        else reject(new Error(`exit code ${code} and not ${exitCode}:\n${stderr}`))
      }
    )
  })

const storeFlags = ["--store", join(folder, "audit.db")]

const scan = (...args: ReadonlyArray<string>) => nightaudit<ScanResult>(0, ["scan", ...storeFlags, ...args])

const dayOf = (instant: Date) => instant.toISOString().slice(0, 10)
const daysAgo = (days: number) => dayOf(new Date(Date.now() - days * 86_400_000))
const monthsAgo = (months: number) => {
  const today = new Date()
  return dayOf(new Date(Date.UTC(today.getUTCFullYear(), today.getUTCMonth() - months, 1)))
}

/** Two months of spend by service. */
const monthlyCosts = [
  [2, "Amazon EC2", "Usage", 1000],
  [1, "Amazon EC2", "Usage", 1500],
  [1, "Amazon EC2", "Credit", -200],
  [1, "Amazon S3", "Usage", 40.5]
].map(([month, service, recordType, usd]) => ({
  start: monthsAgo(Number(month)),
  end: monthsAgo(Number(month) - 1),
  service: String(service),
  recordType: String(recordType),
  usd: Number(usd)
}))

/** $100 a day, but for one day that cost six times as much. */
const dailyCosts = Array.from({ length: 72 }, (_, index) => ({
  start: daysAgo(72 - index),
  end: daysAgo(71 - index),
  service: "Amazon EC2",
  recordType: "Usage",
  usd: 72 - index === 5 ? 600 : 100
}))

let estate: Awaited<ReturnType<typeof seed>>
let first: ScanResult
let third: ScanResult

/** `shop eu-west-1`, by the names that the accounts have in the seed. */
const place = ({ account, region }: { readonly account: string; readonly region: string }) =>
  `${account === payer ? "office" : account === estate.member ? "shop" : account} ${region}`

/** The name that the seed gave; those that it numbered are one. */
const named = ({ evidence, resource }: Finding) =>
  String(evidence["comment"] || resource.name || resource.id).replace(/(?<=[-/])\d+$/, "*")

/** One line for all findings that are alike, sorted. */
const table = (findings: ReadonlyArray<Finding>) => {
  const lines = Map.groupBy(
    findings,
    (finding) =>
      `${place(finding)} ${finding.scan} → ${named(finding)}: ${finding.reason}${finding.confirmed ? "" : ", unconfirmed"}`
  )
  return [...lines].map(([line, { length }]) => (length === 1 ? line : `${line} ×${length}`)).sort()
}

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

const callsOf = ({ cost }: ScanResult) =>
  Object.fromEntries(cost.calls.map(({ calls, operation, service }) => [`${service}:${operation}`, calls]))

const volumeNamed = async (ec2: EC2Client, name: string) => {
  const { Volumes } = await ec2.send(new DescribeVolumesCommand({ Filters: [{ Name: "tag:Name", Values: [name] }] }))
  return Volumes?.[0]?.VolumeId as string
}

beforeAll(async () => {
  estate = await seed(endpoint)
  // moto answers queries in the order in which they come, so they come one after the other.
  await nextCosts(endpoint, monthlyCosts)
  await scan("--scans", "get_cost_by_service")
  await nextCosts(endpoint, dailyCosts)
  first = await scan()
}, 180_000)

afterAll(() => rmSync(folder, { recursive: true }))

describe("the first night", () => {
  it("flags exactly what is wasted", () => {
    assert.deepStrictEqual(
      table(first.findings),
      linesOf(`
        office eu-west-1 find_unused_internet_gateways → igw-detached: detached, unconfirmed
        office eu-west-1 find_unused_load_balancers → alb-idle: idle
        office eu-west-1 find_unused_load_balancers → clb-idle: idle
        office eu-west-1 find_unused_load_balancers → nlb-idle: idle
        office eu-west-1 find_unused_log_groups → /office/stale: stale
        office eu-west-1 find_unused_nat_gateways → nat-idle: no_traffic_unrouted
        office eu-west-1 find_unused_target_groups → tg-of-idle: no_traffic, unconfirmed
        office eu-west-1 find_unused_target_groups → tg-silent: no_traffic, unconfirmed
        office eu-west-1 find_unused_target_groups → tg-unattached: unattached, unconfirmed
        office eu-west-1 find_unused_vpc_endpoints → endpoint-idle: no_traffic
        office eu-west-1 find_unused_vpc_endpoints → endpoint-without-routes: gateway_without_routes
        office global/payer get_daily_cost_trend → Amazon EC2: above_weekdays
        office us-east-1 find_unused_elastic_ips → unassociated: unassociated, unconfirmed
        office us-east-1 find_unused_volumes → left-by-the-office: unattached, unconfirmed
        shop eu-west-1 find_unused_elastic_ips → on-detached-interface: detached_eni, unconfirmed
        shop eu-west-1 find_unused_elastic_ips → on-parked: stopped_instance
        shop eu-west-1 find_unused_elastic_ips → unassociated: unassociated, unconfirmed
        shop eu-west-1 find_unused_lambda_functions → forgotten-*: not_invoked ×${bulk.functions}
        shop eu-west-1 find_unused_log_groups → /empty/*: empty ×${bulk.logGroups}
        shop eu-west-1 find_unused_log_groups → /shop/stale: stale
        shop eu-west-1 find_unused_s3_buckets → nightaudit-empty: empty
        shop eu-west-1 find_unused_volumes → left-*: unattached, unconfirmed ×${bulk.volumes}
        shop eu-west-1 find_unused_volumes → left-io2: unattached, unconfirmed
        shop eu-west-1 find_unused_volumes → parked-root: stopped_instance
        shop eu-west-1 get_s3_storage_class_recommendations → nightaudit-pictures: intelligent_tiering
        shop global find_unused_cloudfront_distributions → cdn-disabled: disabled
        shop global find_unused_cloudfront_distributions → cdn-idle: no_requests
        shop global find_unused_route53_hosted_zones → empty.example.: empty, unconfirmed
        shop global find_unused_route53_hosted_zones → quiet.example.: no_queries, unconfirmed
        shop us-east-1 find_unused_volumes → left-in-the-east: unattached, unconfirmed
      `)
    )
  })

  it("says of every scope what each scan looked at, and what it could not see", () => {
    const nothing = first.outcomes.filter(({ counters, status }) => status === "complete" && counters.examined === 0)
    assert.deepStrictEqual(
      first.outcomes
        .filter((outcome) => !nothing.includes(outcome))
        .map(outcomeLine)
        .sort(),
      linesOf(`
        office eu-west-1 find_unused_amis: partial (malformed_answer ec2:DescribeFastSnapshotRestores), examined 0
        office eu-west-1 find_unused_internet_gateways: complete, examined 2, flagged 1
        office eu-west-1 find_unused_load_balancers: complete, examined 7, flagged 3, tooYoung 1, suppressed 1
        office eu-west-1 find_unused_log_groups: complete, examined 1, flagged 1
        office eu-west-1 find_unused_nat_gateways: complete, examined 3, flagged 1, unknown 1
        office eu-west-1 find_unused_security_groups: partial (malformed_answer ec2:DescribeSecurityGroupReferences), examined 4, unknown 2
        office eu-west-1 find_unused_snapshots: unavailable (malformed_answer ec2:DescribeLockedSnapshots), examined 0
        office eu-west-1 find_unused_target_groups: complete, examined 4, flagged 3
        office eu-west-1 find_unused_vpc_endpoints: complete, examined 3, flagged 2
        office global/payer get_all_cost_optimization_recommendations: unavailable (malformed_answer cost-optimization-hub:ListEnrollmentStatuses), examined 0
        office global/payer get_cost_by_service: complete, examined 3
        office global/payer get_daily_cost_trend: complete, examined 72, flagged 1
        office us-east-1 find_unused_amis: partial (malformed_answer ec2:DescribeFastSnapshotRestores), examined 0
        office us-east-1 find_unused_elastic_ips: complete, examined 1, flagged 1
        office us-east-1 find_unused_security_groups: partial (malformed_answer ec2:DescribeSecurityGroupVpcAssociations), examined 1
        office us-east-1 find_unused_snapshots: unavailable (malformed_answer ec2:DescribeLockedSnapshots), examined 0
        office us-east-1 find_unused_volumes: complete, examined 1, flagged 1
        shop eu-west-1 find_unused_amis: partial (malformed_answer ec2:DescribeFastSnapshotRestores), examined 2, unknown 1
        shop eu-west-1 find_unused_elastic_ips: complete, examined 4, flagged 3
        shop eu-west-1 find_unused_lambda_functions: partial (malformed_answer lambda:ListProvisionedConcurrencyConfigs), examined ${bulk.functions + 3}, flagged ${bulk.functions}, tooYoung 1, suppressed 1
        shop eu-west-1 find_unused_log_groups: complete, examined ${bulk.logGroups + 3}, flagged ${bulk.logGroups + 1}, tooYoung 1
        shop eu-west-1 find_unused_security_groups: partial (malformed_answer ec2:DescribeSecurityGroupReferences), examined 6, unknown 1
        shop eu-west-1 find_unused_snapshots: unavailable (malformed_answer ec2:DescribeLockedSnapshots), examined 0
        shop eu-west-1 find_unused_volumes: complete, examined ${bulk.volumes + 6}, flagged ${bulk.volumes + 2}, suppressed 1
        shop global find_unused_cloudfront_distributions: partial (malformed_answer cloudfront:GetMonitoringSubscription), examined 3, flagged 2
        shop global find_unused_route53_hosted_zones: complete, examined 3, flagged 2
        shop global find_unused_s3_buckets: complete, examined 4, flagged 1, tooYoung 1, unknown 2
        shop global get_s3_storage_class_recommendations: complete, examined 4, flagged 1, tooYoung 1
        shop us-east-1 find_unused_amis: partial (malformed_answer ec2:DescribeFastSnapshotRestores), examined 0
        shop us-east-1 find_unused_security_groups: partial (malformed_answer ec2:DescribeSecurityGroupVpcAssociations), examined 1
        shop us-east-1 find_unused_snapshots: unavailable (malformed_answer ec2:DescribeLockedSnapshots), examined 0
        shop us-east-1 find_unused_volumes: complete, examined 1, flagged 1
      `)
    )
    // 12 regional scans in four scopes, four global ones in two, three of the payer.
    const { complete, expected, partial, unavailable } = first.coverage
    assert.deepStrictEqual(
      { complete, expected, partial, unavailable },
      { complete: 44, expected: 59, partial: 10, unavailable: 5 }
    )
  })

  it("calls by the page, and not by the resource", () => {
    const calls = callsOf(first)
    assert.deepInclude(calls, {
      // One page in each of four scopes, and a second one where there is more than a page.
      "ec2:DescribeVolumes": 5,
      "ec2:DescribeSnapshots": 5,
      "logs:DescribeLogGroups": 5,
      "lambda:ListFunctions": 5,
      "ec2:DescribeInstances": 4,
      "ec2:DescribeNetworkInterfaces": 4,
      "elasticloadbalancing:DescribeTargetGroups": 4,
      "ec2:DescribeNatGateways": 4,
      // Both generations of load balancers.
      "elasticloadbalancing:DescribeLoadBalancers": 8,
      "s3:ListBuckets": 2,
      "organizations:ListAccounts": 1,
      // One for each account, region and window: 90, 14 and 201 days of the office, 90 of the shop, and 201 days of the shop's
      // global services and buckets, which publish in two regions.
      "cloudwatch:GetMetricData": 6,
      // AWS tells the newest stream of one group at a time: one call for each that took nothing in.
      "logs:DescribeLogStreams": bulk.logGroups + 2,
      // The spend by service is kept from the run before.
      "ce:GetCostAndUsage": 1
    })
    assert.strictEqual(
      first.cost.totalCalls,
      first.cost.calls.reduce((sum, { calls }) => sum + calls, 0)
    )
    assert.isBelow(first.cost.totalCalls, 350)
  })

  it("makes no call that a dry run does not name", async () => {
    const { discovery, planning, scopes } = await nightaudit<DryRun>(0, ["scan", ...storeFlags, "--dry-run"])
    const named = new Set(
      [...discovery, ...planning, ...scopes.flatMap(({ calls }) => calls)].map(({ operation }) => operation)
    )
    assert.deepStrictEqual(
      Object.keys(callsOf(first)).filter((operation) => !named.has(operation)),
      []
    )
  })

  it("sees what is on the last page", () => {
    const io2 = first.findings.find(({ resource }) => resource.name === "left-io2")
    assert.match(String(io2?.evidence["newestSnapshot"]), /^snap-/)
    // 100 GB, 5,000 IOPS; the price is the region's.
    assert.deepStrictEqual(
      io2?.savings.terms.map(({ price, quantity }) => [price.fact, price.region, quantity]),
      [
        ["ebs.io2GBMonth", "eu-west-1", 100],
        ["ebs.io2IopsMonth_upTo32000", "eu-west-1", 5000]
      ]
    )
  })

  it("reports what was spent", () => {
    const report = first.reports.find(({ scan }) => scan === "get_cost_by_service")?.report
    assert.deepStrictEqual(
      report?.rows.map(({ change, net, service, usage }) => [service, usage, net, change]),
      [
        ["Amazon EC2", 1500, 1300, 500],
        ["Amazon S3", 40.5, 40.5, 40.5],
        ["Total", 1540.5, 1340.5, 540.5]
      ]
    )
    const trend = first.reports.find(({ scan }) => scan === "get_daily_cost_trend")?.report
    assert.strictEqual(trend?.rows.length, 30)
    const anomaly = first.findings.find(({ scan }) => scan === "get_daily_cost_trend")
    assert.deepInclude(anomaly?.evidence, { day: daysAgo(5), usageUsd: 600, expectedUsd: 100, excessUsd: 500 })
  })
})

describe("the nights after", () => {
  it("write nothing and report nothing new while nothing changes", async () => {
    // 5: the emulator's gaps are gaps in the coverage.
    const second = await nightaudit<ScanResult>(5, ["scan", ...storeFlags, "--strict"])
    assert.deepStrictEqual(second.summary.changes, { opened: 0, changed: 0, confirmed: 0, resolved: 0, reopened: 0 })
    assert.deepStrictEqual(table(second.findings), table(first.findings))
    // A finding names the run that wrote it last.
    assert.deepStrictEqual([...new Set(second.findings.map(({ runId }) => runId))], [first.run.id])
    assert.deepStrictEqual(second.summary.totals, first.summary.totals)
    assert.deepStrictEqual(second.coverage, first.coverage)
    // Cost Explorer charges for every question, and was asked today.
    const { "ce:GetCostAndUsage": asked, ...calls } = callsOf(first)
    assert.strictEqual(asked, 1)
    assert.deepStrictEqual(callsOf(second), calls)
  })

  it("resolve what is gone, used or kept, and leave what was not seen whole", async () => {
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
    // The scan of functions is partial in moto: a function that it does not show may be in what it could not see.
    await shop.west.lambda.send(new DeleteFunctionCommand({ FunctionName: "forgotten-7" }))

    third = await scan()
    const resolved = third.findings.filter(({ status }) => status === "resolved")
    assert.deepStrictEqual(
      resolved.map((finding) => `${place(finding)} ${finding.resource.name}: ${finding.resolved?.reason}`).sort(),
      linesOf(`
        office us-east-1 left-by-the-office: suppressed
        office us-east-1 unassociated: resource_deleted
        shop eu-west-1 /empty/7: resource_deleted
        shop eu-west-1 left-io2: no_longer_matches
        shop us-east-1 left-in-the-east: resource_deleted
      `)
    )
    assert.deepStrictEqual(third.summary.changes, { opened: 0, changed: 0, confirmed: 0, resolved: 5, reopened: 0 })
    const open = third.findings.filter(({ status }) => status === "open")
    assert.strictEqual(open.length, first.findings.length - 5)
    assert.isTrue(open.some(({ resource }) => resource.name === "forgotten-7"))
  })
})

/** From here on moto checks every signature and every permission. */
describe("with the permissions that `nightaudit policy` prints", () => {
  let reads: PolicyDocument
  let auditor: Awaited<ReturnType<typeof createUser>>
  const allow = (policy: PolicyDocument) =>
    putRolePolicy(endpoint, estate.memberKeys.accessKeyId, roleName, JSON.stringify(policy))

  beforeAll(async () => {
    reads = await nightaudit<PolicyDocument>(0, ["policy"])
    const plans = await nightaudit<PolicyDocument>(0, ["policy", "--scanner"])
    // The payer is read with the scanner's own credentials.
    auditor = await createUser(endpoint, "auditor", [JSON.stringify(plans), JSON.stringify(reads)])
  })

  it("sees all that it saw without limits", async () => {
    await allow(reads)
    const fourth = await enforced(endpoint, () => nightaudit<ScanResult>(0, ["scan", ...storeFlags], auditor))
    assert.deepStrictEqual(fourth.outcomes.map(outcomeLine).sort(), third.outcomes.map(outcomeLine).sort())
    assert.deepStrictEqual(fourth.summary.changes, { opened: 0, changed: 0, confirmed: 0, resolved: 0, reopened: 0 })
  })

  it("says what is denied, and closes nothing for it", async () => {
    const id = await volumeNamed(estate.shop.west.ec2, "parked-root")
    await allow({
      ...reads,
      Statement: reads.Statement.map((statement) => ({
        ...statement,
        Action: [statement.Action].flat().filter((action) => action !== "ec2:DescribeVolumes")
      }))
    })
    const denied = await enforced(endpoint, () =>
      nightaudit<ScanResult>(0, ["scan", ...storeFlags, "--scans", "find_unused_volumes"], auditor)
    )
    assert.deepStrictEqual(
      denied.outcomes.map(outcomeLine).sort(),
      linesOf(`
        office eu-west-1 find_unused_volumes: complete, examined 0
        office us-east-1 find_unused_volumes: complete, examined 1, suppressed 1
        shop eu-west-1 find_unused_volumes: unavailable (denied_by_iam ec2:DescribeVolumes), examined 0
        shop us-east-1 find_unused_volumes: unavailable (denied_by_iam ec2:DescribeVolumes), examined 0
      `)
    )
    assert.strictEqual(denied.summary.changes.resolved, 0)
    assert.strictEqual(denied.findings.find(({ resource }) => resource.id === id)?.status, "open")
  })

  it("ends with one line where AWS does not know the credentials", async () => {
    const unknown = { accessKeyId: "AKIAUNKNOWN", secretAccessKey: "unknown" }
    const said = await enforced(endpoint, () => nightaudit<string>(3, ["scan", ...storeFlags], unknown))
    assert.match(said, /^There are no usable AWS credentials\. .*\n$/)
  })
})
