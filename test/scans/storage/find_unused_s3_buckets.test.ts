import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Distribution } from "../../../datasets/aws/cloudfront.ts"
import type { BucketAccess, ListedBucket, PublishedNames } from "../../../datasets/aws/s3.ts"
import type { SeriesSpec } from "../../../datasets/metrics/SeriesSpec.ts"
import scan from "../../../scans/storage/find_unused_s3_buckets.ts"
import { awsFailure, daysAgo } from "../../datasets/harness.ts"
import { auditOne } from "../auditHarness.ts"
import { gap, judge, series } from "../harness.ts"

const gb = 2 ** 30

interface TestBucket extends ListedBucket {
  /** Undefined where CloudWatch did not tell it. */
  readonly published: PublishedNames | undefined
}

const bucket = (overrides: Partial<TestBucket> = {}): TestBucket => ({
  arn: `arn:aws:s3:::${overrides.name ?? "old"}`,
  name: "old",
  region: "eu-west-1",
  createdAt: daysAgo(400),
  published: { storageTypes: ["StandardStorage"], filterIds: [] },
  ...overrides
})

const nothing = bucket({ published: { storageTypes: [], filterIds: [] } })

const prices = {
  "s3.standardGBMonth_first50TB": 0.023,
  "s3.standardGBMonth_next450TB": 0.022,
  "s3.standardGBMonth_over500TB": 0.021,
  "s3.glacierFlexibleGBMonth": 0.0036
}

const days = (count: number, value: number) => Array.from({ length: count }, () => value)

/** 1,000 GB in 5 objects on every day. */
const steady = series(({ metric }) => days(90, metric === "NumberOfObjects" ? 5 : 1000 * gb))

const plain: BucketAccess = {
  isWebsite: false,
  isPublic: false,
  services: [],
  writers: [],
  takesAccessLogs: false,
  publicStatements: [],
  publicGrants: []
}

/** The filter that counts all requests, or null without one; and what it counted, undefined where that is refused. */
interface Counted {
  readonly filter: string | null
  readonly requests?: ReturnType<typeof series>
}

const uncounted: Counted = { filter: null }
const counted = (requests: ReadonlyArray<number> | undefined): Counted => ({
  filter: "all",
  requests: series(() => requests)
})

/** What each bucket tells by its name; one that is left out tells nothing. */
interface Inspected {
  readonly storage?: ReturnType<typeof series>
  readonly requests?: ReturnType<typeof series>
  readonly distributions?: unknown
  readonly isEmpty?: Record<string, boolean>
  readonly counted?: Record<string, Counted>
  readonly access?: Record<string, BucketAccess>
  readonly logTarget?: Record<string, string | null>
  readonly replicationTargets?: Record<string, ReadonlyArray<string>>
  readonly versioning?: Record<string, string>
  readonly tags?: unknown
  readonly settings?: Record<string, number | boolean>
}

const run = (listed: ReadonlyArray<TestBucket>, options: Inspected = {}, isWhole = true) => {
  const counted_ = options.counted ?? { old: counted([]) }
  const published = listed.flatMap(({ name, published }) =>
    published === undefined ? [] : [[name, published] as const]
  )
  const named =
    <A>(answers: Record<string, A>) =>
    ({ name }: ListedBucket) =>
      answers[name]
  return judge(
    scan,
    {
      buckets: isWhole ? listed : gap(listed),
      published: published.length === listed.length ? new Map(published) : gap(new Map(published)),
      storage: options.storage ?? steady,
      distributions: options.distributions ?? [],
      tags: options.tags ?? new Map(listed.map(({ name }) => [name, { owner: "web" }]))
    },
    {
      prices,
      region: "global",
      answers: {
        isEmpty: named(options.isEmpty ?? { old: true }),
        wholeBucketFilter: ({ name }) => counted_[name]?.filter,
        commonRequests: ({ bucket, filterIds }) =>
          filterIds[0] === "part" ? (options.requests ?? series(() => [])) : counted_[bucket.name]?.requests,
        rareRequests: ({ bucket }) => counted_[bucket.name]?.requests,
        objectCounts: () => options.storage ?? steady,
        access: named(options.access ?? { old: plain }),
        logTarget: named(options.logTarget ?? Object.fromEntries(listed.map(({ name }) => [name, null]))),
        replicationTargets: named(
          options.replicationTargets ?? Object.fromEntries(listed.map(({ name }) => [name, []]))
        ),
        versioning: named(options.versioning ?? { old: "enabled" })
      },
      settings: options.settings ?? {}
    }
  )
}

describe("find_unused_s3_buckets", () => {
  describe("empty", () => {
    it("flags a bucket in which nothing was found, for free and in its own region", () => {
      const { flags } = run([nothing])
      assert.strictEqual(flags[0]?.reasons[0], "empty")
      assert.strictEqual(flags[0]?.region, "eu-west-1")
      assert.strictEqual(flags[0]?.confidence, "high")
      assert.strictEqual(flags[0]?.kind, "hygiene")
      assert.strictEqual(flags[0]?.savings, null)
      assert.strictEqual(flags[0]?.severity, "info")
      assert.strictEqual(flags[0]?.note, "An empty bucket costs nothing.")
      assert.isUndefined(flags[0]?.observe)
      assert.deepStrictEqual(flags[0]?.resource.tags, { owner: "web" })
      assert.strictEqual(flags[0]?.evidence["versioning"], "enabled")
    })

    it("is not what a bucket is that holds something without a size, or that is not readable", () => {
      assert.deepStrictEqual(run([nothing], { isEmpty: { old: false } }).unknown, ["old"])
      assert.deepStrictEqual(run([nothing], { isEmpty: {} }).unknown, ["old"])
    })
  })

  describe("no_requests", () => {
    it("flags a bucket whose requests are counted and none came, with what it holds", () => {
      const { flags } = run([bucket()])
      assert.strictEqual(flags[0]?.reasons[0], "no_requests")
      assert.strictEqual(flags[0]?.savings?.monthlyUsd, 23)
      assert.strictEqual(flags[0]?.savings?.basis, "estimate")
      assert.strictEqual(flags[0]?.savings?.terms[0]?.price.region, "eu-west-1")
      assert.strictEqual(flags[0]?.evidence["standardStorageGb"], 1000)
      assert.strictEqual(flags[0]?.evidence["objects"], 5)
    })

    it("is no money where what it holds costs less than a cent, and is a finding all the same", () => {
      const tiny = series(({ metric }) => days(90, metric === "NumberOfObjects" ? 3 : 0.1 * gb))
      const { flags } = run([bucket()], { storage: tiny })
      assert.deepStrictEqual(flags[0]?.reasons, ["no_requests"])
      assert.strictEqual(flags[0]?.kind, "hygiene")
      assert.strictEqual(flags[0]?.severity, "info")
      assert.strictEqual(flags[0]?.note, "What it holds costs less than a cent a month.")
      const unpriced = bucket({ published: { storageTypes: ["NewStorage"], filterIds: [] } })
      assert.strictEqual(run([unpriced], { storage: tiny }).flags[0]?.savings?.basis, "none")
    })

    it("shares the tiers of Standard among all that go: two of 20,000 GB of 60,000 GB save the bill before less the bill after", () => {
      const named = <A>(value: A) => ({ a: value, b: value, used: value })
      const buckets = ["a", "b", "used"].map((name) => bucket({ name, arn: `arn:aws:s3:::${name}` }))
      const options = {
        storage: series(({ metric }) => days(90, metric === "NumberOfObjects" ? 5 : 20_000 * gb)),
        counted: { a: counted([]), b: counted([]), used: counted(days(90, 3)) },
        access: named(plain),
        versioning: named("enabled")
      }
      const savingsOf = (listed: typeof buckets) => run(listed, options).flags.map(({ savings }) => savings?.monthlyUsd)
      // 8,800 GB above 50 TB at $0.022 and 31,200 GB below at $0.023, in two equal shares.
      assert.deepStrictEqual(savingsOf(buckets), [455.6, 455.6])
      assert.deepStrictEqual(savingsOf(buckets.toReversed()), [455.6, 455.6])
      assert.include(
        run(buckets, options).flags[0]?.savings?.note,
        "Of Standard its share of what 2 buckets of the region save together."
      )
      // Below 50 TB there is one price.
      const [first] = run(buckets.slice(1), options).flags
      assert.strictEqual(first?.savings?.monthlyUsd, 460)
      assert.notInclude(first?.savings?.note, "share")
    })

    it("prices each storage class, and Standard in the tier that the region reaches", () => {
      const archived = bucket({
        published: { storageTypes: ["StandardStorage", "GlacierStorage"], filterIds: [] }
      })
      assert.strictEqual(run([archived]).flags[0]?.savings?.monthlyUsd, 23 + 3.6)
      const large = bucket({ name: "large" })
      const storage = series(({ dimensions, metric }) =>
        days(90, metric === "NumberOfObjects" ? 5 : (dimensions["BucketName"] === "large" ? 100_000 : 1000) * gb)
      )
      const busy = { old: counted([]), large: counted(days(90, 4)) }
      assert.strictEqual(run([bucket(), large], { storage, counted: busy }).flags[0]?.savings?.monthlyUsd, 22)
    })

    it("has to be observed for the window unless the filter counted something before it", () => {
      assert.deepStrictEqual(run([bucket()]).flags[0]?.observe, { days: 90, since: undefined })
      const silent = run([bucket()], { counted: { old: counted(days(80, 0)) } })
      assert.deepStrictEqual(silent.flags[0]?.observe, { days: 90, since: undefined })
      const { flags } = run([bucket()], { counted: { old: counted([7, ...days(100, 0)]) } })
      assert.deepStrictEqual(flags[0]?.observe, { days: 90, since: new Date("2026-08-12T00:00:00Z") })
      assert.strictEqual(flags[0]?.evidence["lastDayWithRequests"], "2026-08-12")
    })

    it("is not what a bucket is that got a request in the window", () => {
      const late = { old: counted([...days(89, 0), 1]) }
      assert.deepStrictEqual(run([bucket()], { counted: late }).flagged, [])
      const early = { old: counted([1, ...days(40, 0)]) }
      assert.deepStrictEqual(run([bucket()], { counted: early }).flagged, [])
      assert.deepStrictEqual(run([bucket()], { counted: early, settings: { lookbackDays: 30 } }).flagged, [
        "old: no_requests"
      ])
    })

    it("does not take for use what this audit asks itself every night, and takes every request for an object", () => {
      const only = (...metrics: ReadonlyArray<string>): Counted => ({
        filter: "all",
        requests: series(({ metric }) => (metrics.includes(metric) ? days(201, 4) : []))
      })
      const ours = run([bucket()], { counted: { old: only("AllRequests", "ListRequests") } })
      assert.deepStrictEqual(ours.flagged, ["old: no_requests"])
      assert.strictEqual(ours.flags[0]?.evidence["lastDayWithRequests"], "none")
      // Our own reads prove for how long the filter has counted.
      assert.deepStrictEqual(ours.flags[0]?.observe, { days: 90, since: new Date("2026-05-04T00:00:00Z") })
      const kinds = ["GetRequests", "PutRequests", "HeadRequests", "DeleteRequests", "PostRequests", "SelectRequests"]
      for (const kind of kinds) {
        assert.deepStrictEqual(run([bucket()], { counted: { old: only("AllRequests", kind) } }).flagged, [], kind)
      }
    })

    it("takes for use what no audit asks for, such as a list every few minutes", () => {
      const all = (requests: ReadonlyArray<number>): Record<string, Counted> => ({
        old: { filter: "all", requests: series(({ metric }) => (metric === "AllRequests" ? requests : [])) }
      })
      assert.deepStrictEqual(run([bucket()], { counted: all(days(120, 101)) }).flagged, [])
      assert.deepStrictEqual(run([bucket()], { counted: all([...days(119, 0), 101]) }).flagged, [])
      assert.deepStrictEqual(run([bucket()], { counted: all(days(120, 100)) }).flagged, ["old: no_requests"])
      // Before the window it is no use of today.
      assert.deepStrictEqual(run([bucket()], { counted: all([5000, ...days(100, 0)]) }).flagged, ["old: no_requests"])
    })

    it("takes zeros for a proof that the filter was there", () => {
      const { flags } = run([bucket()], { counted: { old: counted(days(120, 0)) } })
      assert.deepStrictEqual(flags[0]?.observe, { days: 90, since: new Date("2026-07-24T00:00:00Z") })
    })

    it("asks for the rare kinds of requests only where the common ones leave a doubt", () => {
      const busy = run([bucket()], { counted: { old: counted([3]) } })
      assert.deepStrictEqual(busy.asked, ["commonRequests old all", "wholeBucketFilter old"])
    })

    it("is not what a bucket is of which any filter counts requests", () => {
      const partly = bucket({ published: { storageTypes: ["StandardStorage"], filterIds: ["part"] } })
      assert.deepStrictEqual(run([partly], { requests: series(() => [0, 3]) }).flagged, [])
      assert.deepStrictEqual(run([partly], { requests: series(() => undefined) }).unknown, ["old"])
    })
  })

  describe("unknown activity", () => {
    const options = { counted: { old: uncounted } }
    const stale = { ...options, settings: { includeUnknownActivity: true } }

    it("is unknown, never unused, where nothing counts requests", () => {
      assert.deepStrictEqual(run([bucket()], options).unknown, ["old"])
      assert.deepStrictEqual(run([bucket()], { counted: {} }).unknown, ["old"])
      assert.deepStrictEqual(run([bucket()], { counted: { old: counted(undefined) } }).unknown, ["old"])
    })

    it("makes a weak candidate of a bucket that does not change, where that is asked for", () => {
      const { flags } = run([bucket()], stale)
      assert.strictEqual(flags[0]?.reasons[0], "stale_candidate")
      assert.strictEqual(flags[0]?.confidence, "low")
      assert.strictEqual(flags[0]?.savings?.monthlyUsd, 23)
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
    assert.deepStrictEqual(run([bucket({ published: undefined })]).unknown, ["old"])
    assert.deepStrictEqual(run([bucket()], { storage: series(() => undefined) }).unknown, ["old"])
  })

  it("reads the newest size of the last four days only", () => {
    const gone = series(() => [...days(80, 5 * gb), ...days(5, Number.NaN)])
    assert.deepStrictEqual(run([bucket()], { storage: gone }).flagged, ["old: empty"])
  })

  describe("leaves alone", () => {
    it("websites and buckets whose policy lets a service in, and does not know what it may not read", () => {
      for (const judged of [nothing, bucket()]) {
        assert.deepStrictEqual(run([judged], { access: { old: { ...plain, isWebsite: true } } }).flagged, [])
        const services = ["cloudtrail.amazonaws.com"]
        assert.deepStrictEqual(run([judged], { access: { old: { ...plain, services } } }).flagged, [])
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
        assert.deepStrictEqual(run([nothing], { distributions: served(name) }).flagged, [], name)
      for (const name of ["older.s3.amazonaws.com", "old.example.com"]) {
        assert.deepStrictEqual(run([nothing], { distributions: served(name) }).flagged, ["old: empty"], name)
      }
    })

    it("targets of access logs and of replication", () => {
      const source = bucket({ name: "source" })
      const busy = { old: counted([]), source: counted([5]) }
      const all = (options: Inspected) => run([bucket(), source], { counted: busy, ...options }).flagged
      const access = { old: { ...plain, takesAccessLogs: true } }
      assert.deepStrictEqual(all({ access, logTarget: { old: null, source: "old" } }), [])
      assert.deepStrictEqual(all({ replicationTargets: { old: [], source: ["old"] } }), [])
      assert.deepStrictEqual(all({ access, logTarget: { old: "old", source: null } }), ["old: no_requests"])
    })

    it("buckets into which somebody else may write", () => {
      const writers = ["127311923021"]
      for (const judged of [nothing, bucket()]) {
        assert.deepStrictEqual(run([judged], { access: { old: { ...plain, writers } } }).flagged, [])
      }
    })

    it("buckets of tools that need them rarely", () => {
      const names = [
        "cdk-hnb659fds-assets-111111111111-eu-west-1",
        "cf-templates-abc",
        "acme-terraform-state",
        "my.tfstate"
      ]
      for (const name of names) assert.deepStrictEqual(run([{ ...nothing, name }]).flagged, [], name)
    })
  })

  it("does not judge a bucket that another one may write to and does not tell, and judges all others", () => {
    const vault = (region: string) => bucket({ name: "vault", region, createdAt: daysAgo(3) })
    const takesLogs = { old: { ...plain, takesAccessLogs: true } }
    const untoldLogs = (region: string, options: Inspected = {}) =>
      run([nothing, vault(region)], { logTarget: { old: null }, versioning: { old: "never" }, ...options })
    assert.deepStrictEqual(untoldLogs("eu-west-1", { access: takesLogs }).unknown, ["old"])
    // S3 delivers logs only where the access control list or the policy of the target lets it.
    assert.deepStrictEqual(untoldLogs("eu-west-1").flagged, ["old: empty"])
    // Access logs stay in the region of their bucket.
    assert.deepStrictEqual(untoldLogs("us-east-1", { access: takesLogs }).flagged, ["old: empty"])

    // One that writes to it is enough.
    const source = bucket({ name: "source", region: "eu-west-1", createdAt: daysAgo(3) })
    const told = (options: Inspected) => run([nothing, vault("eu-west-1"), source], { access: takesLogs, ...options })
    const toldLogs = told({ logTarget: { old: null, source: "old" } })
    assert.deepStrictEqual(toldLogs.flagged, [])
    assert.notInclude(toldLogs.unknown, "old")
    const toldCopies = told({
      logTarget: { old: null, vault: null, source: null },
      replicationTargets: { source: ["old"] }
    })
    assert.deepStrictEqual(toldCopies.flagged, [])
    assert.notInclude(toldCopies.unknown, "old")

    const untoldCopies = (options: Inspected = {}) =>
      run([nothing, vault("us-east-1")], { replicationTargets: { old: [] }, ...options })
    assert.deepStrictEqual(untoldCopies().unknown, ["old"])
    assert.deepStrictEqual(untoldCopies({ versioning: {} }).unknown, ["old"])
    // Nothing can be replicated into a bucket that keeps no versions.
    for (const versioning of ["never", "suspended"]) {
      const { flagged, flags } = untoldCopies({ versioning: { old: versioning } })
      assert.deepStrictEqual(flagged, ["old: empty"])
      assert.strictEqual(flags[0]?.confidence, "high")
    }
  })

  it("makes one bucket unknown that is denied for good, and neither its neighbours nor those that are gone", () => {
    const vault = bucket({ name: "vault" })
    const result = run([nothing, vault], {
      versioning: { old: "never" },
      counted: { old: counted([]), vault: counted([]) }
    })
    assert.deepStrictEqual(result.flagged, ["old: empty"])
    assert.deepStrictEqual(result.unknown, ["vault"])
    assert.strictEqual(result.status, "partial")
    assert.strictEqual(result.stateOf("arn:aws:s3:::deleted"), "gone")
  })

  it("does not know a bucket whose region is not told, and those that others may write to while the list is cut off", () => {
    const result = run([bucket({ region: undefined })])
    assert.deepStrictEqual(result.whyUnknown, ["old: S3 does not tell its region"])
    assert.deepStrictEqual(run([nothing], {}, false).unknown, ["old"])
    assert.deepStrictEqual(run([nothing], { versioning: { old: "never" } }, false).flagged, ["old: empty"])
    // What Standard costs depends on all buckets of the region.
    assert.deepStrictEqual(run([bucket()], { versioning: { old: "never" } }, false).unknown, ["old"])
  })

  it("needs the distributions, which may serve a bucket, of what it would report only", () => {
    const busy = bucket({ name: "busy" })
    const result = run([bucket(), busy], {
      distributions: gap([]),
      counted: { old: counted([]), busy: counted(days(90, 4)) }
    })
    assert.deepStrictEqual(result.unknown, ["old"])
    assert.strictEqual(result.stateOf(busy.arn), "healthy")
    const served = [{ origins: [{ id: "o", domainName: "old.s3.amazonaws.com", path: "", kind: "s3" }] }]
    assert.strictEqual(run([bucket()], { distributions: gap(served) }).stateOf(bucket().arn), "healthy")
  })

  it("takes today's requests for use", () => {
    assert.deepStrictEqual(run([bucket()], { counted: { old: counted([...days(120, 0), 2]) } }).flagged, [])
  })

  it("does not depend on the order of buckets", () => {
    const others = [bucket({ name: "a" }), nothing, bucket({ name: "b" })]
    const options = {
      access: { old: plain, a: plain, b: plain },
      counted: { a: counted([]), b: counted([]) },
      versioning: { old: "never", a: "never", b: "never" }
    }
    const savings = (listed: ReadonlyArray<TestBucket>) =>
      run(listed, options)
        .flags.map(({ resource, savings }) => `${resource.id} ${savings?.monthlyUsd}`)
        .sort()
    assert.deepStrictEqual(savings(others), savings(others.toReversed()))
    assert.strictEqual(savings(others).length, 3)
  })

  it("keeps a finding whose tags are not readable, and confirms nothing new by it", () => {
    const { flags } = run([nothing], { tags: gap(new Map()) })
    assert.deepStrictEqual(flags[0]?.resource.tags, {})
    assert.isTrue(flags[0]?.unproven)
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
    "tag:GetResources": (_: unknown, { region }: { readonly region: string }) => ({
      ResourceTagMappingList:
        region === "eu-west-1"
          ? [{ ResourceARN: "arn:aws:s3:::empty", Tags: [{ Key: "finops:ignore", Value: "" }] }]
          : []
    }),
    "cloudwatch:GetMetricData": ({ MetricDataQueries }: any) => ({
      MetricDataResults: MetricDataQueries.map(({ Id, MetricStat: { Metric } }: any) => {
        const idleFilter = Metric.MetricName.endsWith("Requests") && Metric.Dimensions[0].Value === "idle"
        return {
          Id,
          StatusCode: "Complete",
          Timestamps: [new Date(idleFilter ? "2026-06-01T00:00:00Z" : "2026-11-18T00:00:00Z")],
          Values: [Metric.MetricName === "BucketSizeBytes" ? 100 * gb : 3]
        }
      })
    }),
    "s3:ListBucketMetricsConfigurations": ({ Bucket }: any) => ({
      IsTruncated: false,
      ...(Bucket === "idle" ? { MetricsConfigurationList: [{ Id: "all" }] } : {})
    }),
    "s3:ListObjectVersions": () => ({ IsTruncated: false }),
    "s3:ListMultipartUploads": () => ({ IsTruncated: false }),
    "s3:GetBucketWebsite": refuse("NoSuchWebsiteConfiguration"),
    "s3:GetBucketPolicy": refuse("NoSuchBucketPolicy"),
    "s3:GetBucketAcl": ({ Bucket }: any) => ({
      Owner: { ID: "owner" },
      Grants: [
        { Grantee: { Type: "CanonicalUser", ID: "owner" }, Permission: "FULL_CONTROL" },
        ...(Bucket === "logs"
          ? [
              {
                Grantee: { Type: "Group", URI: "http://acs.amazonaws.com/groups/s3/LogDelivery" },
                Permission: "WRITE"
              }
            ]
          : [])
      ]
    }),
    "s3:GetBucketLogging": ({ Bucket }: any) =>
      Bucket === "used" ? { LoggingEnabled: { TargetBucket: "logs" } } : { $metadata: { requestId: "7QD" } },
    "s3:GetBucketReplication": refuse("ReplicationConfigurationNotFoundError"),
    "s3:GetBucketVersioning": ({ Bucket }: any) =>
      Bucket === "idle" ? { Status: "Enabled" } : { $metadata: { requestId: "7QD" } }
  }

  it.effect("asks step by step, each question only where the answer before leaves a doubt", () =>
    Effect.gen(function* () {
      const { calls, result, sent } = yield* auditOne(scan, answers, { region: "global" })
      assert.strictEqual(result.status, "complete")
      assert.deepStrictEqual(
        result.drafts.map(({ reasons, region, resource }) => `${resource.id} ${region} ${reasons.join()}`),
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
      assert.strictEqual(result.drafts[0]?.savings?.monthlyUsd, 2.3)
      assert.deepStrictEqual(result.drafts[0]?.observe, { days: 90, since: new Date("2026-06-01T00:00:00Z") })
      assert.deepStrictEqual(calls, {
        "s3:ListBuckets": 1,
        "cloudfront:ListDistributions": 1,
        "cloudwatch:ListMetrics": 2,
        "tag:GetResources": 2,
        // The sizes of each region, the filters of `used` and of `idle` twice, and the objects of `idle`.
        "cloudwatch:GetMetricData": 6,
        "s3:ListBucketMetricsConfigurations": 2,
        "s3:GetBucketWebsite": 3,
        "s3:GetBucketPolicy": 3,
        "s3:GetBucketAcl": 3,
        "s3:GetBucketVersioning": 3,
        // Of the four other buckets in the region of `logs`, the only one that takes access logs.
        "s3:GetBucketLogging": 4,
        // Of all buckets, because `idle` keeps versions and may be a copy.
        "s3:GetBucketReplication": 6,
        "s3:ListObjectVersions": 1,
        "s3:ListMultipartUploads": 1
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
        "tag:GetResources": 1,
        "cloudwatch:GetMetricData": 2
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
      assert.strictEqual(locked.result.stateOf("arn:aws:s3:::deleted"), "gone")
      assert.strictEqual(locked.result.stateOf("arn:aws:s3:::used"), "healthy")
    })
  )

  it.effect("does not know what it would report when the distributions that may serve a bucket are not known", () =>
    Effect.gen(function* () {
      const { result } = yield* auditOne(
        scan,
        { ...answers, "cloudfront:ListDistributions": refuse("AccessDenied", 403) },
        { region: "global" }
      )
      assert.strictEqual(result.status, "partial")
      assert.deepStrictEqual(result.drafts, [])
      assert.strictEqual(result.stateOf("arn:aws:s3:::used"), "healthy")
      assert.strictEqual(result.stateOf("arn:aws:s3:::idle"), "unknown")
    })
  )
})
