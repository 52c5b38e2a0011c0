import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { known, unknown } from "../../../core/Reading.ts"
import type { Distribution } from "../../../datasets/aws/cloudfront.ts"
import type { SeriesSpec } from "../../../datasets/metrics/metrics.ts"
import type { BucketAccess, MeasuredBucket, RequestMetrics } from "../../../datasets/aws/s3.ts"
import scan from "../../../scans/storage/find_unused_s3_buckets.ts"
import { awsFailure, daysAgo } from "../../datasets/harness.ts"
import { auditOne } from "../auditHarness.ts"
import { judge, probed, series } from "../harness.ts"

const gb = 2 ** 30

const bucket = (overrides: Partial<MeasuredBucket> = {}): MeasuredBucket => ({
  arn: "arn:aws:s3:::old",
  name: "old",
  region: "eu-west-1",
  createdAt: daysAgo(400),
  published: known({ storageTypes: ["StandardStorage"], filterIds: [] }),
  ...overrides
})

const nothing = bucket({ published: known({ storageTypes: [], filterIds: [] }) })

const prices = {
  "s3.standardGBMonth_first50TB": 0.023,
  "s3.standardGBMonth_next450TB": 0.022,
  "s3.standardGBMonth_over500TB": 0.021,
  "s3.glacierFlexibleGBMonth": 0.0036
}

const days = (count: number, value: number) => Array.from({ length: count }, () => value)

/** 1,000 GB in 5 objects on every day. */
const steady = series(({ metric }) => days(90, metric === "NumberOfObjects" ? 5 : 1000 * gb))

const plain: BucketAccess = { isWebsite: false, isPublic: false, services: [] }
const uncounted: RequestMetrics = { filterId: undefined, series: series(() => undefined) }
const counted = (requests: ReadonlyArray<number> | undefined): RequestMetrics => ({
  filterId: "all",
  series: series(() => requests)
})

interface Inspected {
  readonly storage?: ReturnType<typeof series>
  readonly requests?: ReturnType<typeof series>
  readonly distributions?: ReadonlyArray<Distribution>
  readonly isEmpty?: Record<string, boolean>
  readonly requestMetrics?: Record<string, RequestMetrics>
  readonly access?: Record<string, BucketAccess>
  readonly logTarget?: Record<string, string | undefined>
  readonly replicationTargets?: Record<string, ReadonlyArray<string>>
  readonly versioning?: Record<string, string>
  readonly tags?: Record<string, Record<string, string>>
  readonly settings?: Record<string, number | boolean>
}

const run = (buckets: ReadonlyArray<MeasuredBucket>, options: Inspected = {}) =>
  judge(
    scan,
    {
      buckets,
      storage: options.storage ?? steady,
      requests: options.requests ?? series(() => []),
      distributions: options.distributions ?? [],
      isEmpty: probed(options.isEmpty ?? { old: true }),
      requestMetrics: probed(options.requestMetrics ?? { old: counted([]) }),
      access: probed(options.access ?? { old: plain }),
      logTarget: probed(options.logTarget ?? Object.fromEntries(buckets.map(({ name }) => [name, undefined]))),
      replicationTargets: probed(
        options.replicationTargets ?? Object.fromEntries(buckets.map(({ name }) => [name, []]))
      ),
      versioning: probed(options.versioning ?? { old: "Enabled" }),
      tags: probed(options.tags ?? { old: { owner: "web" } })
    },
    { prices, region: "global", settings: options.settings ?? {} }
  )

describe("find_unused_s3_buckets", () => {
  describe("empty", () => {
    it("flags a bucket in which nothing was found, for free and in its own region", () => {
      const { flags } = run([nothing])
      assert.strictEqual(flags[0]?.reason, "empty")
      assert.strictEqual(flags[0]?.region, "eu-west-1")
      assert.strictEqual(flags[0]?.confidence, "high")
      assert.strictEqual(flags[0]?.savings.basis, "none")
      assert.strictEqual(flags[0]?.savings.monthlyUsd, 0)
      assert.isUndefined(flags[0]?.observe)
      assert.deepStrictEqual(flags[0]?.resource.tags, { owner: "web" })
      assert.strictEqual(flags[0]?.evidence["versioning"], "Enabled")
    })

    it("is not what a bucket is that holds something without a size, or that is not readable", () => {
      assert.deepStrictEqual(run([nothing], { isEmpty: { old: false } }).unknown, ["old"])
      assert.deepStrictEqual(run([nothing], { isEmpty: {} }).unknown, ["old"])
    })
  })

  describe("no_requests", () => {
    it("flags a bucket whose requests are counted and none came, with what it holds", () => {
      const { flags } = run([bucket()])
      assert.strictEqual(flags[0]?.reason, "no_requests")
      assert.strictEqual(flags[0]?.savings.monthlyUsd, 23)
      assert.strictEqual(flags[0]?.savings.basis, "estimate")
      assert.strictEqual(flags[0]?.savings.terms[0]?.price.region, "eu-west-1")
      assert.strictEqual(flags[0]?.evidence["standardStorageGb"], 1000)
      assert.strictEqual(flags[0]?.evidence["objects"], 5)
    })

    it("prices each storage class, and Standard in the tier that the region reaches", () => {
      const archived = bucket({
        published: known({ storageTypes: ["StandardStorage", "GlacierStorage"], filterIds: [] })
      })
      assert.strictEqual(run([archived]).flags[0]?.savings.monthlyUsd, 23 + 3.6)
      const large = bucket({ name: "large", arn: "arn:aws:s3:::large" })
      const storage = series(({ dimensions, metric }) =>
        days(90, metric === "NumberOfObjects" ? 5 : (dimensions["BucketName"] === "large" ? 100_000 : 1000) * gb)
      )
      const busy = { old: counted([]), large: counted(days(90, 4)) }
      assert.strictEqual(run([bucket(), large], { storage, requestMetrics: busy }).flags[0]?.savings.monthlyUsd, 22)
    })

    it("has to be observed for the window unless the filter counted something before it", () => {
      assert.deepStrictEqual(run([bucket()]).flags[0]?.observe, { days: 90, since: undefined })
      const silent = run([bucket()], { requestMetrics: { old: counted(days(80, 0)) } })
      assert.deepStrictEqual(silent.flags[0]?.observe, { days: 90, since: undefined })
      const { flags } = run([bucket()], { requestMetrics: { old: counted([7, ...days(100, 0)]) } })
      assert.deepStrictEqual(flags[0]?.observe, { days: 90, since: new Date("2026-08-11T00:00:00Z") })
      assert.strictEqual(flags[0]?.evidence["lastDayWithRequests"], "2026-08-11")
    })

    it("is not what a bucket is that got a request in the window", () => {
      const late = { old: counted([...days(89, 0), 1]) }
      assert.deepStrictEqual(run([bucket()], { requestMetrics: late }).verdicts, [])
      const early = { old: counted([1, ...days(40, 0)]) }
      assert.deepStrictEqual(run([bucket()], { requestMetrics: early }).verdicts, [])
      assert.deepStrictEqual(run([bucket()], { requestMetrics: early, settings: { lookbackDays: 30 } }).flagged, [
        "old: no_requests"
      ])
    })

    it("is not what a bucket is of which any filter counts requests", () => {
      const partly = bucket({ published: known({ storageTypes: ["StandardStorage"], filterIds: ["part"] }) })
      assert.deepStrictEqual(run([partly], { requests: series(() => [0, 3]) }).verdicts, [])
      assert.deepStrictEqual(run([partly], { requests: series(() => undefined) }).unknown, ["old"])
    })
  })

  describe("unknown activity", () => {
    const options = { requestMetrics: { old: uncounted } }
    const stale = { ...options, settings: { includeUnknownActivity: true } }

    it("is unknown, never unused, where nothing counts requests", () => {
      assert.deepStrictEqual(run([bucket()], options).unknown, ["old"])
      assert.deepStrictEqual(run([bucket()], { requestMetrics: {} }).unknown, ["old"])
      assert.deepStrictEqual(run([bucket()], { requestMetrics: { old: counted(undefined) } }).unknown, ["old"])
    })

    it("makes a weak candidate of a bucket that does not change, where that is asked for", () => {
      const { flags } = run([bucket()], stale)
      assert.strictEqual(flags[0]?.reason, "stale_candidate")
      assert.strictEqual(flags[0]?.confidence, "low")
      assert.strictEqual(flags[0]?.savings.monthlyUsd, 23)
    })

    it("does not when size or number of objects change, or are not known for the whole window", () => {
      const changing = (changed: string) =>
        series(({ metric }: SeriesSpec) => [...days(45, metric === changed ? 4 * gb : 5 * gb), ...days(45, 5 * gb)])
      assert.deepStrictEqual(run([bucket()], { ...stale, storage: changing("BucketSizeBytes") }).flagged, [])
      assert.deepStrictEqual(run([bucket()], { ...stale, storage: changing("NumberOfObjects") }).flagged, [])
      assert.deepStrictEqual(run([bucket()], { ...stale, storage: series(() => days(60, 5 * gb)) }).flagged, [])
    })

    it("does not below staleMinGb", () => {
      const settings = { includeUnknownActivity: true, staleMinGb: 1001 }
      assert.deepStrictEqual(run([bucket()], { ...options, settings }).flagged, [])
    })
  })

  it("does not judge young buckets, and does not know those whose metrics are refused", () => {
    assert.deepStrictEqual(run([bucket({ createdAt: daysAgo(89) })]).tooYoung, ["old"])
    assert.deepStrictEqual(run([bucket({ published: unknown("denied") })]).unknown, ["old"])
    assert.deepStrictEqual(run([bucket()], { storage: series(() => undefined) }).unknown, ["old"])
  })

  it("reads the newest size of the last four days only", () => {
    const gone = series(() => [...days(80, 5 * gb), ...days(5, Number.NaN)])
    assert.deepStrictEqual(run([bucket()], { storage: gone }).flagged, ["old: empty"])
  })

  describe("leaves alone", () => {
    it("websites and buckets whose policy lets a service in, and does not know what it may not read", () => {
      for (const judged of [nothing, bucket()]) {
        assert.deepStrictEqual(run([judged], { access: { old: { ...plain, isWebsite: true } } }).verdicts, [])
        const services = ["cloudtrail.amazonaws.com"]
        assert.deepStrictEqual(run([judged], { access: { old: { ...plain, services } } }).verdicts, [])
        assert.deepStrictEqual(run([judged], { access: {} }).unknown, ["old"])
      }
    })

    it("origins of distributions", () => {
      const served = (domainName: string) => [
        { origins: [{ id: "o", domainName, path: "", kind: "s3" }] } as unknown as Distribution
      ]
      const names = [
        "old.s3.amazonaws.com",
        "old.s3.eu-west-1.amazonaws.com",
        "old.s3-website-eu-west-1.amazonaws.com",
        "old.s3-website.eu-central-1.amazonaws.com"
      ]
      for (const name of names)
        assert.deepStrictEqual(run([nothing], { distributions: served(name) }).verdicts, [], name)
      for (const name of ["older.s3.amazonaws.com", "old.example.com"]) {
        assert.deepStrictEqual(run([nothing], { distributions: served(name) }).flagged, ["old: empty"], name)
      }
    })

    it("targets of access logs and of replication", () => {
      const source = bucket({ name: "source", published: known({ storageTypes: ["StandardStorage"], filterIds: [] }) })
      const busy = { old: counted([]), source: counted([5]) }
      const all = (options: Inspected) => run([bucket(), source], { requestMetrics: busy, ...options }).flagged
      assert.deepStrictEqual(all({ logTarget: { old: undefined, source: "old" } }), [])
      assert.deepStrictEqual(all({ replicationTargets: { old: [], source: ["old"] } }), [])
      assert.deepStrictEqual(all({ logTarget: { old: "old", source: undefined } }), ["old: no_requests"])
    })

    it("buckets of tools that need them rarely", () => {
      const names = [
        "cdk-hnb659fds-assets-111111111111-eu-west-1",
        "cf-templates-abc",
        "acme-terraform-state",
        "my.tfstate"
      ]
      for (const name of names) assert.deepStrictEqual(run([{ ...nothing, name }]).verdicts, [], name)
    })
  })

  it("does not judge a bucket that another one may write to and does not tell", () => {
    const untold = (region: string, known: Inspected) =>
      run([nothing, bucket({ name: "vault", region, createdAt: daysAgo(3) })], known)
    const logsUnknown = { logTarget: { old: undefined } }
    assert.deepStrictEqual(untold("eu-west-1", logsUnknown).unknown, ["old"])
    assert.deepStrictEqual(untold("eu-west-1", logsUnknown).flagged, [])
    // Access logs stay in the region of their bucket.
    assert.deepStrictEqual(untold("us-east-1", logsUnknown).flagged, ["old: empty"])

    const copiesUnknown = { replicationTargets: { old: [] } }
    assert.deepStrictEqual(untold("us-east-1", copiesUnknown).unknown, ["old"])
    assert.deepStrictEqual(untold("us-east-1", { ...copiesUnknown, versioning: {} }).unknown, ["old"])
    // Nothing can be replicated into a bucket that keeps no versions.
    for (const versioning of ["Never", "Suspended"]) {
      const { flagged, flags } = untold("us-east-1", { ...copiesUnknown, versioning: { old: versioning } })
      assert.deepStrictEqual(flagged, ["old: empty"])
      assert.strictEqual(flags[0]?.confidence, "high")
    }
  })

  it("keeps a finding whose tags are not readable", () => {
    assert.deepStrictEqual(run([nothing], { tags: {} }).flags[0]?.resource.tags, {})
  })
})

describe("find_unused_s3_buckets, on AWS", () => {
  const names = ["used", "uncounted", "idle", "empty", "young", "logs"]
  const refuse =
    (code: string, status = 404) =>
    () => {
      throw awsFailure(code, code, status)
    }
  const metric = (MetricName: string, BucketName: string, dimension: string, value: string) => ({
    MetricName,
    Dimensions: [
      { Name: "BucketName", Value: BucketName },
      { Name: dimension, Value: value }
    ]
  })
  const answers = {
    "s3:ListBuckets": () => ({
      Buckets: names.map((Name) => ({
        Name,
        BucketRegion: Name === "idle" ? "us-east-2" : "eu-west-1",
        CreationDate: daysAgo(Name === "young" ? 3 : 400)
      }))
    }),
    "cloudfront:ListDistributions": () => ({ DistributionList: { Items: [] } }),
    "cloudwatch:ListMetrics": (_: unknown, { region }: { readonly region: string }) => ({
      Metrics:
        region === "us-east-2"
          ? [metric("BucketSizeBytes", "idle", "StorageType", "StandardStorage")]
          : [
              metric("BucketSizeBytes", "used", "StorageType", "StandardStorage"),
              metric("AllRequests", "used", "FilterId", "all"),
              metric("BucketSizeBytes", "uncounted", "StorageType", "StandardStorage")
            ]
    }),
    "cloudwatch:GetMetricData": ({ MetricDataQueries }: any) => ({
      MetricDataResults: MetricDataQueries.map(({ Id, MetricStat: { Metric } }: any) => {
        const idleFilter = Metric.MetricName === "AllRequests" && Metric.Dimensions[0].Value === "idle"
        return {
          Id,
          StatusCode: "Complete",
          Timestamps: [new Date(idleFilter ? "2026-06-01T00:00:00Z" : "2026-11-18T00:00:00Z")],
          Values: [Metric.MetricName === "BucketSizeBytes" ? 100 * gb : 3]
        }
      })
    }),
    "s3:ListBucketMetricsConfigurations": ({ Bucket }: any) => ({
      MetricsConfigurationList: Bucket === "idle" ? [{ Id: "all" }] : []
    }),
    "s3:ListObjectVersions": () => ({}),
    "s3:ListMultipartUploads": () => ({}),
    "s3:GetBucketWebsite": refuse("NoSuchWebsiteConfiguration"),
    "s3:GetBucketPolicy": refuse("NoSuchBucketPolicy"),
    "s3:GetBucketLogging": ({ Bucket }: any) => (Bucket === "used" ? { LoggingEnabled: { TargetBucket: "logs" } } : {}),
    "s3:GetBucketReplication": refuse("ReplicationConfigurationNotFoundError"),
    "s3:GetBucketVersioning": () => ({}),
    "s3:GetBucketTagging": ({ Bucket }: any) =>
      Bucket === "empty" ? { TagSet: [{ Key: "finops:ignore", Value: "" }] } : refuse("NoSuchTagSet")()
  }

  it.effect("asks step by step, each question only where the answer before leaves a doubt", () =>
    Effect.gen(function* () {
      const { calls, result, sent } = yield* auditOne(scan, answers, { region: "global" })
      assert.strictEqual(result.status, "complete")
      assert.deepStrictEqual(
        result.drafts.map(({ reason, region, resource }) => `${resource.id} ${region} ${reason}`),
        ["idle us-east-2 no_requests"]
      )
      assert.deepStrictEqual(result.counters, {
        examined: 6,
        flagged: 1,
        tooYoung: 1,
        suppressed: 1,
        unknown: 1,
        belowMinimum: 0
      })
      assert.strictEqual(result.drafts[0]?.savings.monthlyUsd, 2.3)
      assert.deepStrictEqual(result.drafts[0]?.observe, { days: 90, since: new Date("2026-06-01T00:00:00Z") })
      assert.deepStrictEqual(calls, {
        "s3:ListBuckets": 1,
        "cloudfront:ListDistributions": 1,
        "cloudwatch:ListMetrics": 2,
        // One for each region, and one for the silent filter of `idle`.
        "cloudwatch:GetMetricData": 3,
        "s3:ListObjectVersions": 2,
        "s3:ListMultipartUploads": 2,
        "s3:ListBucketMetricsConfigurations": 2,
        "s3:GetBucketWebsite": 3,
        "s3:GetBucketPolicy": 3,
        "s3:GetBucketLogging": 6,
        "s3:GetBucketReplication": 6,
        "s3:GetBucketVersioning": 2,
        "s3:GetBucketTagging": 2
      })
      const aboutIdle = sent.filter(({ input }) => input.Bucket === "idle")
      assert.isAbove(aboutIdle.length, 4)
      for (const { destination } of aboutIdle) assert.strictEqual(destination.region, "us-east-2")
    })
  )

  it.effect("asks nobody what he writes to while nothing would be reported", () =>
    Effect.gen(function* () {
      const used = { Buckets: [{ Name: "used", BucketRegion: "eu-west-1", CreationDate: daysAgo(400) }] }
      const { calls, result } = yield* auditOne(
        scan,
        { ...answers, "s3:ListBuckets": () => used },
        { region: "global" }
      )
      assert.deepStrictEqual(result.drafts, [])
      assert.deepStrictEqual(calls, {
        "s3:ListBuckets": 1,
        "cloudfront:ListDistributions": 1,
        "cloudwatch:ListMetrics": 1,
        "cloudwatch:GetMetricData": 1
      })
    })
  )

  it.effect("is partial, and keeps what it found elsewhere, when one region or one bucket refuses", () =>
    Effect.gen(function* () {
      const regionOff = yield* auditOne(
        scan,
        {
          ...answers,
          "cloudwatch:ListMetrics": (input: unknown, at: { readonly region: string }) =>
            at.region === "us-east-2" ? refuse("AccessDenied", 403)() : answers["cloudwatch:ListMetrics"](input, at)
        },
        { region: "global" }
      )
      assert.strictEqual(regionOff.result.status, "partial")
      assert.strictEqual(regionOff.result.counters.unknown, 2)
      const locked = yield* auditOne(
        scan,
        { ...answers, "s3:GetBucketPolicy": refuse("AccessDenied", 403) },
        { region: "global" }
      )
      assert.strictEqual(locked.result.status, "partial")
      assert.strictEqual(locked.result.reason?.code, "denied_by_iam")
      assert.deepStrictEqual(locked.result.drafts, [])
    })
  )

  it.effect("is unavailable when the distributions that may serve a bucket are not known", () =>
    Effect.gen(function* () {
      const { result } = yield* auditOne(
        scan,
        { ...answers, "cloudfront:ListDistributions": refuse("AccessDenied", 403) },
        { region: "global" }
      )
      assert.strictEqual(result.status, "unavailable")
    })
  )
})
