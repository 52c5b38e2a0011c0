import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { known, unknown } from "../../../core/Reading.ts"
import type { SeriesSpec } from "../../../datasets/metrics/metrics.ts"
import type { LifecycleRule, MeasuredBucket, RequestMetrics } from "../../../datasets/aws/s3.ts"
import scan from "../../../scans/storage/get_s3_storage_class_recommendations.ts"
import { awsFailure, daysAgo } from "../../datasets/harness.ts"
import { auditOne } from "../auditHarness.ts"
import { judge, probed, series } from "../harness.ts"

const gb = 2 ** 30

const bucket = (overrides: Partial<MeasuredBucket> = {}): MeasuredBucket => ({
  arn: "arn:aws:s3:::data",
  name: "data",
  region: "eu-west-1",
  createdAt: daysAgo(400),
  published: known({ storageTypes: ["StandardStorage"], filterIds: [] }),
  ...overrides
})

const prices = {
  "s3.standardGBMonth_first50TB": 0.023,
  "s3.standardGBMonth_next450TB": 0.022,
  "s3.standardGBMonth_over500TB": 0.021,
  "s3.standardIAGBMonth": 0.0125,
  "s3.glacierInstantGBMonth": 0.004,
  "s3.intAIAGBMonth": 0.004,
  "s3.intMonitoringPerObjectMonth": 0.0000025,
  "s3.iaRetrievalGB": 0.01,
  "s3.glacierIRRetrievalGB": 0.03,
  "s3.getRequest": 0.0000004,
  "s3.lifecycleToIARequest": 0.00001,
  "s3.lifecycleToGlacierIRRequest": 0.00002
}

/** `sizeGb` of each storage type, in so many objects. */
const holding = (sizeGb: number, objects: number) =>
  series(({ metric }) => (metric === "NumberOfObjects" ? [objects] : [sizeGb * gb]))

/** 1,000 GB in a million objects of 1 MB. */
const fair = holding(1000, 1_000_000)

const rule = (overrides: Partial<LifecycleRule> = {}): LifecycleRule => ({
  id: "rule",
  wholeBucket: true,
  moves: false,
  expiresAfterDays: undefined,
  expiresNoncurrent: true,
  abortsUploads: true,
  ...overrides
})

const uncounted: RequestMetrics = { filterId: undefined, series: series(() => undefined) }

/** Request metrics that have counted for 60 days: so much on each day of the last 30, and the same before. */
const counted = (gets: number, downloadedGb: number, days = 60): RequestMetrics => ({
  filterId: "all",
  series: series(({ metric }: SeriesSpec) => {
    const daily = metric === "BytesDownloaded" ? downloadedGb * gb : gets
    return Array.from({ length: days }, () => daily)
  })
})

interface Inspected {
  readonly storage?: ReturnType<typeof series>
  readonly lifecycle?: Record<string, ReadonlyArray<LifecycleRule>>
  readonly requestMetrics?: Record<string, RequestMetrics>
  readonly versioning?: Record<string, string>
  readonly settings?: Record<string, number>
  readonly prices?: Record<string, number>
}

const run = (buckets: ReadonlyArray<MeasuredBucket>, options: Inspected = {}) =>
  judge(
    scan,
    {
      buckets,
      storage: options.storage ?? fair,
      lifecycle: probed(options.lifecycle ?? { data: [rule()] }),
      requestMetrics: probed(options.requestMetrics ?? { data: uncounted }),
      versioning: probed(options.versioning ?? { data: "Enabled" }),
      archiveConfigurations: probed({ data: ["deep"] }),
      classAnalyses: probed<ReadonlyArray<string>>({}),
      tags: probed({ data: { owner: "web" } })
    },
    { prices: options.prices ?? prices, region: "global", settings: options.settings ?? {} }
  )

describe("get_s3_storage_class_recommendations", () => {
  describe("without a measure of use", () => {
    it("recommends Intelligent-Tiering with a range, and counts nothing of it", () => {
      const { flags } = run([bucket()])
      assert.strictEqual(flags[0]?.reason, "intelligent_tiering")
      assert.strictEqual(flags[0]?.region, "eu-west-1")
      assert.strictEqual(flags[0]?.savings.monthlyUsd, 0)
      assert.strictEqual(flags[0]?.savings.basis, "none")
      assert.strictEqual(flags[0]?.savings.claim, "lifecycle")
      assert.strictEqual(flags[0]?.evidence["lowestMonthlySavingUsd"], 0)
      // 1000 × (0.023 − 0.004) − 1M × 0.0000025
      assert.strictEqual(flags[0]?.evidence["highestMonthlySavingUsd"], 16.5)
      assert.strictEqual(flags[0]?.evidence["averageObjectKb"], 1049)
      assert.deepStrictEqual(flags[0]?.evidence["archiveConfigurations"], ["deep"])
      assert.strictEqual(flags[0]?.evidence["storageClassAnalyses"], null)
      assert.deepStrictEqual(flags[0]?.resource.tags, { owner: "web" })
    })

    it("counts the share of cold bytes that the setting assumes", () => {
      const { flags } = run([bucket()], { settings: { coldShareAssumption: 50 } })
      // 500 × 0.019 − 2.5
      assert.strictEqual(flags[0]?.savings.monthlyUsd, 7)
      assert.strictEqual(flags[0]?.savings.basis, "estimate")
    })

    it("has no upper end of the range where a price is unknown", () => {
      const { flags } = run([bucket()], { prices: {} })
      assert.strictEqual(flags[0]?.evidence["highestMonthlySavingUsd"], null)
      assert.strictEqual(
        run([bucket()], { prices: {}, requestMetrics: { data: counted(1, 0) } }).flags[0]?.reason,
        "intelligent_tiering"
      )
    })

    it("goes on when the request metrics are not readable", () => {
      assert.deepStrictEqual(run([bucket()], { requestMetrics: {} }).flagged, ["data: intelligent_tiering"])
    })
  })

  describe("with a measure of use", () => {
    const month = (30 * 24) / 730

    it("recommends the class that is cheapest with its retrieval and requests", () => {
      const frozen = run([bucket()], { requestMetrics: { data: counted(10, 0.1) } }).flags[0]
      assert.strictEqual(frozen?.reason, "glacier_ir")
      assert.strictEqual(frozen?.confidence, "high")
      assert.strictEqual(frozen?.savings.basis, "estimate")
      const gets = 300 / month
      assert.closeTo(frozen?.savings.monthlyUsd ?? 0, 19 - (3 / month) * 0.03 - gets * 24 * 0.0000004, 0.005)
      assert.strictEqual(frozen?.evidence["transitionOnceUsd"], 20)
      const cool = run([bucket()], { requestMetrics: { data: counted(30_000, 12) } }).flags[0]
      assert.strictEqual(cool?.reason, "standard_ia")
      assert.closeTo(
        cool?.savings.monthlyUsd ?? 0,
        10.5 - (360 / month) * 0.01 - (900_000 / month) * 1.5 * 0.0000004,
        0.005
      )
      assert.strictEqual(cool?.evidence["transitionOnceUsd"], 10)
      assert.strictEqual(cool?.evidence["downloadedGbPerMonth"], 365)
    })

    it("recommends nothing where the objects are read too much for any of them", () => {
      assert.deepStrictEqual(run([bucket()], { requestMetrics: { data: counted(100, 60) } }).flagged, [])
    })

    it("does not trust a filter that may not have counted all the while", () => {
      const { flagged } = run([bucket()], { requestMetrics: { data: counted(10, 0.1, 20) } })
      assert.deepStrictEqual(flagged, ["data: intelligent_tiering"])
      const longer = { requestMetrics: { data: counted(10, 0.1, 60) }, settings: { lookbackDays: 61 } }
      assert.deepStrictEqual(run([bucket()], longer).flagged, ["data: intelligent_tiering"])
    })

    it("takes a refused series for no measure", () => {
      const refused: RequestMetrics = {
        filterId: "all",
        series: series(({ metric }) => (metric === "BytesDownloaded" ? undefined : Array.from({ length: 60 }, () => 1)))
      }
      assert.deepStrictEqual(run([bucket()], { requestMetrics: { data: refused } }).flagged, [
        "data: intelligent_tiering"
      ])
    })
  })

  describe("leaves another class alone where", () => {
    const flagged = (options: Inspected) => run([bucket()], options).flagged

    it("any enabled rule already moves objects, also one that is not the first", () => {
      assert.deepStrictEqual(flagged({ lifecycle: { data: [rule(), rule({ moves: true, wholeBucket: false })] } }), [])
    })

    it("all objects expire before a colder class pays", () => {
      assert.deepStrictEqual(flagged({ lifecycle: { data: [rule({ expiresAfterDays: 30 })] } }), [])
      for (const other of [{ expiresAfterDays: 31 }, { expiresAfterDays: 30, wholeBucket: false }]) {
        assert.deepStrictEqual(flagged({ lifecycle: { data: [rule(other)] } }), ["data: intelligent_tiering"])
      }
    })

    it("the objects are small, or their number is not known", () => {
      assert.deepStrictEqual(flagged({ storage: holding(1000, 8_192_001) }), [])
      assert.deepStrictEqual(flagged({ storage: holding(1000, 8_192_000) }), ["data: intelligent_tiering"])
      const settings = { minAvgObjectKb: 64 }
      assert.deepStrictEqual(flagged({ storage: holding(1000, 8_192_001), settings }), ["data: intelligent_tiering"])
      const uncountedObjects = series(({ metric }) => (metric === "NumberOfObjects" ? [] : [1000 * gb]))
      assert.deepStrictEqual(flagged({ storage: uncountedObjects }), [])
    })

    it("the bucket is small, or holds little of Standard", () => {
      assert.deepStrictEqual(flagged({ storage: holding(9.9, 100) }), [])
      assert.deepStrictEqual(flagged({ storage: holding(9.9, 100), settings: { minSizeGb: 9 } }), [
        "data: intelligent_tiering"
      ])
      const archived = bucket({
        published: known({ storageTypes: ["StandardStorage", "GlacierStorage"], filterIds: [] })
      })
      const storage = series(({ dimensions, metric }) =>
        metric === "NumberOfObjects" ? [100] : [dimensions["StorageType"] === "GlacierStorage" ? 500 * gb : 5 * gb]
      )
      assert.deepStrictEqual(run([archived], { storage }).flagged, [])
    })
  })

  describe("lifecycle gaps", () => {
    const moving = (overrides: Partial<LifecycleRule>) => ({ data: [rule({ moves: true, ...overrides })] })

    it("are old versions that nothing deletes", () => {
      const lifecycle = moving({ expiresNoncurrent: false })
      const { flags } = run([bucket()], { lifecycle })
      assert.strictEqual(flags[0]?.reason, "noncurrent_no_expiry")
      assert.strictEqual(flags[0]?.savings.monthlyUsd, 0)
      assert.strictEqual(flags[0]?.savings.basis, "none")
      assert.deepStrictEqual(run([bucket()], { lifecycle, versioning: { data: "Suspended" } }).flagged, [
        "data: noncurrent_no_expiry"
      ])
      assert.deepStrictEqual(run([bucket()], { lifecycle, versioning: { data: "Never" } }).flagged, [])
      assert.deepStrictEqual(run([bucket()], { lifecycle, versioning: {} }).flagged, [])
    })

    it("are unfinished uploads that nothing aborts", () => {
      const { flagged } = run([bucket()], { lifecycle: moving({ abortsUploads: false }) })
      assert.deepStrictEqual(flagged, ["data: no_abort_multipart"])
    })

    it("are named beside the reason that saves money, as a bucket has one finding", () => {
      const { flagged, flags } = run([bucket()], { lifecycle: { data: [] } })
      assert.deepStrictEqual(flagged, ["data: intelligent_tiering"])
      assert.deepStrictEqual(flags[0]?.evidence["lifecycleGaps"], ["noncurrent_no_expiry", "no_abort_multipart"])
    })
  })

  it("does not judge young buckets, and does not know those that it may not read", () => {
    assert.deepStrictEqual(run([bucket({ createdAt: daysAgo(29) })]).tooYoung, ["data"])
    assert.deepStrictEqual(run([bucket({ published: unknown("denied") })]).unknown, ["data"])
    assert.deepStrictEqual(run([bucket()], { lifecycle: {} }).unknown, ["data"])
    assert.deepStrictEqual(run([bucket()], { storage: series(() => undefined) }).unknown, ["data"])
  })
})

describe("get_s3_storage_class_recommendations, on AWS", () => {
  it.effect("asks step by step, each bucket in its region, and takes a missing configuration for none", () =>
    Effect.gen(function* () {
      const names = ["tierable", "moved", "small"]
      const refuse = (code: string) => () => {
        throw awsFailure(code, code, 404)
      }
      const { calls, result } = yield* auditOne(
        scan,
        {
          "s3:ListBuckets": () => ({
            Buckets: names.map((Name) => ({ Name, BucketRegion: "eu-north-1", CreationDate: daysAgo(400) }))
          }),
          "cloudwatch:ListMetrics": () => ({
            Metrics: names.map((Value) => ({
              MetricName: "BucketSizeBytes",
              Dimensions: [
                { Name: "BucketName", Value },
                { Name: "StorageType", Value: "StandardStorage" }
              ]
            }))
          }),
          "cloudwatch:GetMetricData": ({ MetricDataQueries }: any) => ({
            MetricDataResults: MetricDataQueries.map(({ Id, MetricStat: { Metric } }: any) => ({
              Id,
              StatusCode: "Complete",
              Timestamps: [new Date("2026-11-18T00:00:00Z")],
              Values: [
                Metric.MetricName === "NumberOfObjects" ? 100 : (Metric.Dimensions[0].Value === "small" ? 1 : 100) * gb
              ]
            }))
          }),
          "s3:GetBucketLifecycleConfiguration": ({ Bucket }) => {
            if (Bucket === "tierable") return refuse("NoSuchLifecycleConfiguration")()
            return {
              Rules: [
                { Status: "Enabled", Transitions: [{ Days: 30 }], AbortIncompleteMultipartUpload: {} },
                { Status: "Enabled", NoncurrentVersionExpiration: {} }
              ]
            }
          },
          "s3:ListBucketMetricsConfigurations": () => ({}),
          "s3:GetBucketVersioning": () => ({ Status: "Enabled" }),
          "s3:ListBucketIntelligentTieringConfigurations": () => ({}),
          "s3:ListBucketAnalyticsConfigurations": () => ({}),
          "s3:GetBucketTagging": refuse("NoSuchTagSet")
        },
        { region: "global" }
      )
      assert.strictEqual(result.status, "complete")
      assert.deepStrictEqual(
        result.drafts.map(({ reason, region, resource }) => `${resource.id} ${region} ${reason}`),
        ["tierable eu-north-1 intelligent_tiering"]
      )
      assert.deepStrictEqual(calls, {
        "s3:ListBuckets": 1,
        "cloudwatch:ListMetrics": 1,
        "cloudwatch:GetMetricData": 1,
        "s3:GetBucketLifecycleConfiguration": 2,
        "s3:ListBucketMetricsConfigurations": 1,
        "s3:GetBucketVersioning": 1,
        "s3:ListBucketIntelligentTieringConfigurations": 1,
        "s3:ListBucketAnalyticsConfigurations": 1,
        "s3:GetBucketTagging": 1
      })
    })
  )
})
