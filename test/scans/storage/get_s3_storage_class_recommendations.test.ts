import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { LifecycleRule, ListedBucket, PublishedNames } from "../../../datasets/aws/s3.ts"
import type { SeriesSpec } from "../../../datasets/metrics/SeriesSpec.ts"
import scan from "../../../scans/storage/get_s3_storage_class_recommendations.ts"
import { awsFailure, daysAgo } from "../../datasets/harness.ts"
import { auditOne } from "../auditHarness.ts"
import { gap, judge, series, type TestPrices } from "../harness.ts"

const gb = 2 ** 30

interface TestBucket extends ListedBucket {
  /** Undefined where CloudWatch did not tell it. */
  readonly published: PublishedNames | undefined
}

const bucket = (overrides: Partial<TestBucket> = {}): TestBucket => ({
  arn: `arn:aws:s3:::${overrides.name ?? "data"}`,
  name: "data",
  region: "eu-west-1",
  createdAt: daysAgo(400),
  published: { storageTypes: ["StandardStorage"], filterIds: [] },
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
  expiresAfterDays: null,
  expiresNoncurrent: true,
  abortsUploads: true,
  ...overrides
})

/** The filter that counts all requests, or null without one; and what it counted, undefined where that is refused. */
interface Counted {
  readonly filter: string | null
  readonly requests?: ReturnType<typeof series>
}

const uncounted: Counted = { filter: null }

/** Request metrics that have counted for 60 days: so much on each day of the last 30, and the same before. */
const counted = (gets: number, downloadedGb: number, days = 60): Counted => ({
  filter: "all",
  requests: series(({ metric }: SeriesSpec) => {
    const daily = metric === "BytesDownloaded" ? downloadedGb * gb : gets
    return Array.from({ length: days }, () => daily)
  })
})

/** What each bucket tells by its name; one that is left out tells nothing. */
interface Inspected {
  readonly storage?: ReturnType<typeof series>
  readonly objects?: ReturnType<typeof series>
  readonly lifecycle?: Record<string, ReadonlyArray<LifecycleRule>>
  readonly counted?: Record<string, Counted>
  readonly versioning?: Record<string, string>
  /** Those in which S3 finds nothing; undefined where it does not say. Default: none. */
  readonly empty?: ReadonlyArray<string> | undefined
  readonly tags?: unknown
  readonly settings?: Record<string, number>
  readonly prices?: TestPrices
}

const run = (listed: ReadonlyArray<TestBucket>, options: Inspected = {}, isWhole = true) => {
  const counted_ = options.counted ?? { data: uncounted }
  const lifecycle = options.lifecycle ?? { data: [rule()] }
  const versioning = options.versioning ?? { data: "enabled" }
  const published = listed.flatMap(({ name, published }) =>
    published === undefined ? [] : [[name, published] as const]
  )
  return judge(
    scan,
    {
      buckets: isWhole ? listed : gap(listed),
      published: published.length === listed.length ? new Map(published) : gap(new Map(published)),
      storage: options.storage ?? fair,
      tags: options.tags ?? new Map([["data", { owner: "web" }]])
    },
    {
      prices: options.prices ?? prices,
      region: "global",
      answers: {
        lifecycle: ({ name }) => lifecycle[name],
        objectCounts: () => options.objects ?? options.storage ?? fair,
        wholeBucketFilter: ({ name }) => counted_[name]?.filter,
        requestCounts: ({ bucket }) => counted_[bucket.name]?.requests,
        versioning: ({ name }) => versioning[name],
        archiveConfigurations: () => ["deep"],
        classAnalyses: () => undefined,
        isEmpty: ({ name }) => ("empty" in options ? options.empty?.includes(name) : false)
      },
      settings: options.settings ?? {}
    }
  )
}

/** With a share of cold bytes to assume, buckets are advised another class also where nothing measures their use. */
const shared = { coldShareAssumption: 50 }

describe("get_s3_storage_class_recommendations", () => {
  describe("without a measure of use", () => {
    const assuming = (coldShareAssumption: number, options: Inspected = {}) =>
      run([bucket()], { settings: { coldShareAssumption }, ...options })

    it("names Intelligent-Tiering with its range, and claims nothing, because the least that is certain is nothing", () => {
      const { flagged, flags } = run([bucket()])
      assert.deepStrictEqual(flagged, ["data: intelligent_tiering"])
      assert.strictEqual(flags[0]?.kind, "hygiene")
      assert.strictEqual(flags[0]?.savings, null)
      assert.strictEqual(flags[0]?.severity, "info")
      // 1000 × (0.023 − 0.004) − 1M × 0.0000025
      assert.strictEqual(flags[0]?.evidence["highestMonthlySavingUsd"], 16.5)
      assert.deepStrictEqual(run([bucket()], { versioning: {}, lifecycle: { data: [] } }).flagged, [
        "data: intelligent_tiering, no_abort_multipart"
      ])
    })

    it("names it from 10 GB of Standard and 128 KB an object on, and while watching costs less than it can save", () => {
      const of = (sizeGb: number, objects: number, options: Inspected = {}) =>
        run([bucket()], { storage: holding(sizeGb, objects), ...options }).flagged
      assert.deepStrictEqual(of(10, 1000), ["data: intelligent_tiering"])
      assert.deepStrictEqual(of(9.99, 1000), [])
      // 1000 GB ÷ 128 KB are 8,192,000 objects, whose fee of $20.48 is more than the $19 of all bytes.
      assert.deepStrictEqual(of(1000, 8_192_000), [])
      assert.deepStrictEqual(of(1000, 7_600_000), [])
      assert.deepStrictEqual(of(1000, 7_500_000), ["data: intelligent_tiering"])
      assert.deepStrictEqual(of(1000, 1000, { lifecycle: { data: [rule({ moves: true })] } }), [])
    })

    it("names it where a price is not known, with no amount", () => {
      const { flags } = run([bucket()], { prices: {} })
      assert.deepStrictEqual(flags[0]?.reasons, ["intelligent_tiering"])
      assert.strictEqual(flags[0]?.evidence["highestMonthlySavingUsd"], null)
    })

    it("counts the share of cold bytes that the setting assumes", () => {
      const { flags } = assuming(50)
      assert.deepStrictEqual(flags[0]?.reasons, ["intelligent_tiering"])
      assert.strictEqual(flags[0]?.region, "eu-west-1")
      // 500 × 0.019 − 2.5
      assert.strictEqual(flags[0]?.savings?.monthlyUsd, 7)
      assert.strictEqual(flags[0]?.savings?.basis, "estimate")
      assert.strictEqual(flags[0]?.savings?.claim, "lifecycle")
      assert.strictEqual(flags[0]?.confidence, "medium")
      assert.strictEqual(flags[0]?.evidence["averageObjectKb"], 1049)
      assert.deepStrictEqual(flags[0]?.evidence["archiveConfigurations"], ["deep"])
      assert.strictEqual(flags[0]?.evidence["storageClassAnalyses"], null)
      assert.deepStrictEqual(flags[0]?.resource.tags, { owner: "web" })
    })

    it("hides what saves less than a cent, or nothing after the monitoring fee", () => {
      // 131.58 GB × 0.019 are the fee of a million objects: 13.158 % of the bytes.
      assert.deepStrictEqual(assuming(13.1).flagged, [])
      assert.deepStrictEqual(assuming(13.2).flagged, [])
      assert.deepStrictEqual(assuming(13.3).flagged, ["data: intelligent_tiering"])
    })

    it("has no figure, and so no advice, where a price is unknown", () => {
      assert.deepStrictEqual(assuming(50, { prices: {} }).flagged, [])
      assert.deepStrictEqual(run([bucket()], { prices: {}, counted: { data: counted(1, 0) } }).flagged, [])
    })

    it("says beside another finding what it might save to measure the use, where that is a cent", () => {
      const evidenceOf = (options: Inspected) =>
        run([bucket()], { lifecycle: { data: [rule({ abortsUploads: false })] }, ...options }).flags[0]?.evidence
      // 1000 × (0.023 − 0.004) − 1M × 0.0000025
      assert.strictEqual(evidenceOf({})?.["highestMonthlySavingUsd"], 16.5)
      const dearer = { ...prices, "s3.intAIAGBMonth": 0.0205 }
      assert.notProperty(evidenceOf({ prices: dearer }), "highestMonthlySavingUsd")
      assert.notProperty(evidenceOf({ counted: { data: counted(100, 60) } }), "highestMonthlySavingUsd")
    })

    it("does not know what is cold when the request metrics are not readable", () => {
      assert.deepStrictEqual(run([bucket()], { counted: {} }).unknown, ["data"])
    })
  })

  describe("with a measure of use", () => {
    // Thirty days and the two hours of today, of which each has a point.
    const month = (30 * 24 + 2) / 730

    it("shares the tiers of Standard among all that move: two of 30,000 GB in 60,000 GB", () => {
      const names = ["a", "b"]
      const of = <A>(value: A) => Object.fromEntries(names.map((name) => [name, value]))
      const { flags } = run(
        names.map((name) => bucket({ name })),
        {
          storage: holding(30_000, 30_000_000),
          lifecycle: of([rule()]),
          counted: of(counted(0, 0)),
          versioning: of("never"),
          tags: new Map()
        }
      )
      // 8,800 GB above 50 TB at $0.022 and 51,200 GB below at $0.023, less 60,000 GB at $0.004, in two equal shares.
      assert.deepStrictEqual(
        flags.map(({ reasons, savings }) => [reasons[0], savings?.monthlyUsd]),
        names.map(() => ["glacier_ir", 565.6])
      )
      assert.include(flags[0]?.savings?.note, "Of Standard its share of what 2 buckets of the region save together.")
    })

    it("recommends the class that is cheapest with its retrieval and requests", () => {
      const frozen = run([bucket()], { counted: { data: counted(10, 0.1) } }).flags[0]
      assert.strictEqual(frozen?.reasons[0], "glacier_ir")
      assert.strictEqual(frozen?.confidence, "high")
      assert.strictEqual(frozen?.savings?.basis, "estimate")
      const gets = 310 / month
      assert.closeTo(frozen?.savings?.monthlyUsd ?? 0, 19 - (3.1 / month) * 0.03 - gets * 24 * 0.0000004, 0.005)
      assert.strictEqual(frozen?.evidence["transitionOnceUsd"], 20)
      const cool = run([bucket()], { counted: { data: counted(30_000, 12) } }).flags[0]
      assert.strictEqual(cool?.reasons[0], "standard_ia")
      assert.closeTo(
        cool?.savings?.monthlyUsd ?? 0,
        10.5 - (372 / month) * 0.01 - (930_000 / month) * 1.5 * 0.0000004,
        0.005
      )
      assert.strictEqual(cool?.evidence["transitionOnceUsd"], 10)
      assert.strictEqual(cool?.evidence["downloadedGbPerMonth"], Math.round((372 / month) * 1000) / 1000)
    })

    it("recommends nothing where the objects are read too much for any of them", () => {
      assert.deepStrictEqual(run([bucket()], { counted: { data: counted(100, 60) } }).flagged, [])
    })

    it("does not trust a filter that may not have counted all the while", () => {
      const { flagged } = run([bucket()], { counted: { data: counted(10, 0.1, 20) }, settings: shared })
      assert.deepStrictEqual(flagged, ["data: intelligent_tiering"])
      const longer = { counted: { data: counted(10, 0.1, 60) }, settings: { ...shared, lookbackDays: 61 } }
      assert.deepStrictEqual(run([bucket()], longer).flagged, ["data: intelligent_tiering"])
    })

    it("does not take a refused series for no measure", () => {
      for (const refused of ["BytesDownloaded", "GetRequests", "AllRequests"]) {
        const requests = series(({ metric }) => (metric === refused ? undefined : Array.from({ length: 60 }, () => 1)))
        assert.deepStrictEqual(run([bucket()], { counted: { data: { filter: "all", requests } } }).unknown, ["data"])
      }
    })
  })

  describe("leaves another class alone where", () => {
    const flagged = (options: Inspected) =>
      run([bucket()], { ...options, settings: { ...shared, ...options.settings } }).flagged

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
      const cheap = { prices: { ...prices, "s3.intMonitoringPerObjectMonth": 0.000001 } }
      assert.deepStrictEqual(flagged({ ...cheap, storage: holding(1000, 8_192_001) }), [])
      assert.deepStrictEqual(flagged({ ...cheap, storage: holding(1000, 8_192_000) }), ["data: intelligent_tiering"])
      const settings = { minAvgObjectKb: 64 }
      assert.deepStrictEqual(flagged({ ...cheap, storage: holding(1000, 8_192_001), settings }), [
        "data: intelligent_tiering"
      ])
      const uncountedObjects = series(({ metric }) => (metric === "NumberOfObjects" ? [] : [1000 * gb]))
      assert.deepStrictEqual(flagged({ storage: uncountedObjects }), [])
    })

    it("the bucket is small, or holds little of Standard", () => {
      assert.deepStrictEqual(flagged({ storage: holding(9.9, 100) }), [])
      assert.deepStrictEqual(flagged({ storage: holding(9.9, 100), settings: { minSizeGb: 9 } }), [
        "data: intelligent_tiering"
      ])
      const archived = bucket({
        published: { storageTypes: ["StandardStorage", "GlacierStorage"], filterIds: [] }
      })
      const storage = series(({ dimensions, metric }) =>
        metric === "NumberOfObjects" ? [100] : [dimensions["StorageType"] === "GlacierStorage" ? 500 * gb : 5 * gb]
      )
      assert.deepStrictEqual(run([archived], { storage, settings: shared }).flagged, [])
    })
  })

  describe("lifecycle gaps", () => {
    const moving = (overrides: Partial<LifecycleRule>) => ({ data: [rule({ moves: true, ...overrides })] })

    it("are old versions that nothing deletes", () => {
      const lifecycle = moving({ expiresNoncurrent: false })
      const { flags } = run([bucket()], { lifecycle })
      assert.strictEqual(flags[0]?.reasons[0], "noncurrent_no_expiry")
      assert.strictEqual(flags[0]?.kind, "hygiene")
      assert.strictEqual(flags[0]?.savings, null)
      assert.strictEqual(flags[0]?.severity, "info")
      assert.deepStrictEqual(run([bucket()], { lifecycle, versioning: { data: "suspended" } }).flagged, [
        "data: noncurrent_no_expiry"
      ])
      assert.deepStrictEqual(run([bucket()], { lifecycle, versioning: { data: "never" } }).flagged, [])
      assert.deepStrictEqual(run([bucket()], { lifecycle, versioning: {} }).unknown, ["data"])
    })

    it("are unfinished uploads that nothing aborts", () => {
      const { flagged } = run([bucket()], { lifecycle: moving({ abortsUploads: false }) })
      assert.deepStrictEqual(flagged, ["data: no_abort_multipart"])
    })

    it("are named beside the reason that saves money, as a bucket has one finding", () => {
      const { flagged, flags } = run([bucket()], { lifecycle: { data: [] }, settings: shared })
      assert.deepStrictEqual(flagged, ["data: intelligent_tiering, noncurrent_no_expiry, no_abort_multipart"])
      assert.deepStrictEqual(flags[0]?.evidence["lifecycleGaps"], ["no_abort_multipart", "noncurrent_no_expiry"])
    })
  })

  it("takes a bucket without a size for empty only where S3 finds nothing in it", () => {
    const silent = series(() => [])
    const unpublished = bucket({ published: { storageTypes: [], filterIds: [] } })
    for (const listed of [bucket(), unpublished]) {
      const found = { storage: silent, lifecycle: { data: [] } }
      const full = run([listed], found)
      assert.deepStrictEqual([full.unknown, full.flagged], [["data"], []])
      const empty = run([listed], { ...found, empty: ["data"] })
      assert.deepStrictEqual([empty.unknown, empty.flagged], [[], []])
      assert.deepStrictEqual(run([listed], { ...found, empty: undefined }).unknown, ["data"])
    }
  })

  it("does not judge young buckets, and does not know those that it may not read", () => {
    assert.deepStrictEqual(run([bucket({ createdAt: daysAgo(29) })]).tooYoung, ["data"])
    assert.deepStrictEqual(run([bucket({ published: undefined })]).unknown, ["data"])
    assert.deepStrictEqual(run([bucket()], { lifecycle: {} }).unknown, ["data"])
    assert.deepStrictEqual(run([bucket()], { storage: series(() => undefined) }).unknown, ["data"])
  })

  it("still tells the class where the versioning is not told, and confirms nothing new", () => {
    const lifecycle = { data: [rule({ expiresNoncurrent: false })] }
    const { flagged, flags } = run([bucket()], { lifecycle, versioning: {}, settings: shared })
    assert.deepStrictEqual(flagged, ["data: intelligent_tiering"])
    assert.isTrue(flags[0]?.unproven)
  })

  it("does not know what Standard costs while other buckets of the region are not listed or not measured", () => {
    const settings = shared
    assert.deepStrictEqual(run([bucket()], { settings }, false).unknown, ["data"])
    const other = bucket({ name: "other", published: undefined })
    assert.deepStrictEqual(run([bucket(), other], { settings }).unknown, ["data", "other"])
    const elsewhere = bucket({ name: "other", region: "us-east-2", published: undefined })
    assert.deepStrictEqual(run([bucket(), elsewhere], { settings }).unknown, ["other"])
    // Where nothing is counted, nothing has to be known.
    assert.deepStrictEqual(run([bucket(), other]).unknown, ["other"])
  })

  it("asks about requests and objects only where another class could pay", () => {
    const moved = run([bucket()], { lifecycle: { data: [rule({ moves: true })] } })
    assert.deepStrictEqual(moved.asked, ["lifecycle data"])
    const small = run([bucket()], { storage: holding(1000, 8_192_001) })
    assert.deepStrictEqual(small.asked, ["lifecycle data", "objectCounts data"])
  })

  it("confirms nothing new where the tags are not readable", () => {
    assert.isTrue(run([bucket()], { tags: gap(new Map()), settings: shared }).flags[0]?.unproven)
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
          "tag:GetResources": () => ({ ResourceTagMappingList: [] }),
          "s3:ListBucketMetricsConfigurations": () => ({ IsTruncated: false }),
          "s3:GetBucketVersioning": () => ({ Status: "Enabled" }),
          "s3:ListBucketIntelligentTieringConfigurations": () => ({ IsTruncated: false }),
          "s3:ListBucketAnalyticsConfigurations": () => ({ IsTruncated: false })
        },
        { region: "global", settings: shared }
      )
      assert.strictEqual(result.status, "complete")
      assert.deepStrictEqual(
        result.drafts.map(({ reasons, region, resource }) => `${resource.id} ${region} ${reasons.join()}`),
        ["tierable eu-north-1 intelligent_tiering,noncurrent_no_expiry,no_abort_multipart"]
      )
      assert.deepStrictEqual(calls, {
        "s3:ListBuckets": 1,
        "cloudwatch:ListMetrics": 1,
        // The sizes of all, and the objects of `tierable`.
        "cloudwatch:GetMetricData": 2,
        "tag:GetResources": 1,
        "s3:GetBucketLifecycleConfiguration": 2,
        "s3:ListBucketMetricsConfigurations": 1,
        "s3:GetBucketVersioning": 1,
        "s3:ListBucketIntelligentTieringConfigurations": 1,
        "s3:ListBucketAnalyticsConfigurations": 1
      })
    })
  )
})
