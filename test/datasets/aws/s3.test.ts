import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { known } from "../../../core/Reading.ts"
import type { Probe } from "../../../datasets/engine/Dataset.ts"
import type { MetricSeries } from "../../../datasets/metrics/metrics.ts"
import * as s3 from "../../../datasets/aws/s3.ts"
import { type Answers, awsFailure, daysAgo, paged, readDataset, readProbe, valueOf } from "../harness.ts"

const pages = { size: "MaxBuckets", input: "ContinuationToken", output: "ContinuationToken" }

const awsBucket = (Name: string, BucketRegion: string | undefined = "eu-west-1") => ({
  Name,
  BucketRegion,
  CreationDate: daysAgo(400)
})

const listing = (...buckets: ReadonlyArray<object>): Answers => ({ "s3:ListBuckets": paged(buckets, "Buckets", pages) })

const metric = (MetricName: string, dimensions: Record<string, string>) => ({
  MetricName,
  Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }))
})

const sized = (BucketName: string, StorageType = "StandardStorage") =>
  metric("BucketSizeBytes", { BucketName, StorageType })

const bucket: s3.Bucket = { arn: "arn:aws:s3:::logs", name: "logs", region: "ap-south-1", createdAt: daysAgo(400) }

/** What the probe answers about the bucket, and what was sent. */
const ask = Effect.fnUntraced(function* <A>(probe: Probe<s3.Bucket, A>, answers: Answers) {
  const { calls, result, sent } = yield* readProbe(probe, [bucket], answers, "global")
  for (const { destination } of sent) assert.strictEqual(destination.region, "ap-south-1")
  return { calls, sent, answer: result._tag === "Success" ? result.success[0] : result.failure.reason._tag }
})

const refuse =
  (code: string, status = 404) =>
  () => {
    throw awsFailure(code, code, status)
  }

describe("s3.buckets", () => {
  it.effect("reads 10,001 buckets of all regions in two calls", () =>
    Effect.gen(function* () {
      const items = Array.from({ length: 10_001 }, (_, index) => awsBucket(`bucket-${index}`))
      const { calls, read } = yield* readDataset(s3.buckets, listing(...items), "global")
      assert.deepStrictEqual(calls, { "s3:ListBuckets": 2 })
      assert.strictEqual(valueOf(read).length, 10_001)
      assert.deepStrictEqual(valueOf(read)[0], {
        arn: "arn:aws:s3:::bucket-0",
        name: "bucket-0",
        region: "eu-west-1",
        createdAt: daysAgo(400)
      })
    })
  )

  it.effect("asks for the region of a bucket only where the list leaves it out", () =>
    Effect.gen(function* () {
      const locations: Record<string, object> = { oldest: {}, irish: { LocationConstraint: "EU" } }
      const { calls, read } = yield* readDataset(s3.buckets, {
        ...listing(
          awsBucket("named"),
          { ...awsBucket("oldest"), BucketRegion: undefined },
          { ...awsBucket("irish"), BucketRegion: undefined },
          { ...awsBucket("hidden"), BucketRegion: undefined }
        ),
        "s3:GetBucketLocation": ({ Bucket }) => locations[Bucket] ?? refuse("AccessDenied", 403)()
      })
      assert.deepStrictEqual(calls, { "s3:ListBuckets": 1, "s3:GetBucketLocation": 3 })
      assert.isTrue(read.ok)
      if (!read.ok) return
      assert.deepStrictEqual(
        read.value.map(({ name, region }: s3.Bucket) => `${name} ${region}`),
        ["named eu-west-1", "oldest us-east-1", "irish eu-west-1"]
      )
      assert.strictEqual(read.gaps.length, 1)
    })
  )
})

describe("s3.measuredBuckets", () => {
  it.effect("lists the series of S3 once in each region that has a bucket", () =>
    Effect.gen(function* () {
      const { calls, read, sent } = yield* readDataset(
        s3.measuredBuckets,
        {
          ...listing(awsBucket("a"), awsBucket("b"), awsBucket("c", "us-west-2")),
          "cloudwatch:ListMetrics": ({ Namespace, NextToken }, { region }) => {
            assert.strictEqual(Namespace, "AWS/S3")
            if (region === "us-west-2") return { Metrics: [sized("c", "GlacierStorage")] }
            return NextToken === undefined
              ? { Metrics: [sized("a"), sized("a", "StandardIAStorage")], NextToken: "2" }
              : {
                  Metrics: [
                    metric("NumberOfObjects", { BucketName: "a", StorageType: "AllStorageTypes" }),
                    metric("AllRequests", { BucketName: "a", FilterId: "EntireBucket" }),
                    metric("GetRequests", { BucketName: "a", FilterId: "EntireBucket" }),
                    metric("BytesPendingReplication", { SourceBucket: "a", RuleId: "r" })
                  ]
                }
          }
        },
        "global"
      )
      assert.deepStrictEqual(calls, { "s3:ListBuckets": 1, "cloudwatch:ListMetrics": 3 })
      assert.deepStrictEqual(sent.map(({ destination }) => destination.region).sort(), [
        "eu-west-1",
        "eu-west-1",
        "us-east-1",
        "us-west-2"
      ])
      assert.deepStrictEqual(
        valueOf(read).map(({ published }: s3.MeasuredBucket) => published),
        [
          known({ storageTypes: ["StandardStorage", "StandardIAStorage"], filterIds: ["EntireBucket"] }),
          known({ storageTypes: [], filterIds: [] }),
          known({ storageTypes: ["GlacierStorage"], filterIds: [] })
        ]
      )
    })
  )

  it.effect("keeps the buckets of a region that does not answer, as unknown", () =>
    Effect.gen(function* () {
      const { read } = yield* readDataset(
        s3.measuredBuckets,
        {
          ...listing(awsBucket("a"), awsBucket("c", "us-west-2")),
          "cloudwatch:ListMetrics": (_, { region }) =>
            region === "us-west-2" ? refuse("AccessDenied", 403)() : { Metrics: [sized("a")] }
        },
        "global"
      )
      assert.isTrue(read.ok)
      if (!read.ok) return
      assert.strictEqual(read.gaps.length, 1)
      assert.deepStrictEqual(
        read.value.map(({ published }: s3.MeasuredBucket) => published.known),
        [true, false]
      )
    })
  )
})

describe("s3.bucketStorage", () => {
  it.effect("asks each region for the sizes of its own buckets, and reads the newest of the last four days", () =>
    Effect.gen(function* () {
      const { calls, read, sent } = yield* readDataset(
        s3.bucketStorage,
        {
          ...listing(awsBucket("a"), awsBucket("c", "us-west-2"), awsBucket("quiet")),
          "cloudwatch:ListMetrics": (_, { region }) => ({
            Metrics: region === "us-west-2" ? [sized("c")] : [sized("a"), sized("a", "GlacierStorage")]
          }),
          "cloudwatch:GetMetricData": ({ MetricDataQueries }) => ({
            MetricDataResults: MetricDataQueries.map(({ Id, MetricStat: { Metric } }: any) => {
              const type = Metric.Dimensions[1].Value
              const day = type === "GlacierStorage" ? "2026-11-10" : "2026-11-18"
              return {
                Id,
                StatusCode: "Complete",
                Timestamps: [new Date(`${day}T00:00:00Z`)],
                Values: [Metric.MetricName === "NumberOfObjects" ? 20 : 5 * 2 ** 30]
              }
            })
          })
        },
        "global"
      )
      assert.deepStrictEqual(calls, {
        "s3:ListBuckets": 1,
        "cloudwatch:ListMetrics": 2,
        "cloudwatch:GetMetricData": 2
      })
      const asked = sent.filter(({ operation }) => operation.name === "GetMetricData")
      assert.deepStrictEqual(
        asked.map(({ destination, input }) => `${destination.region} ${input.MetricDataQueries.length}`).sort(),
        ["eu-west-1 3", "us-west-2 2"]
      )
      const series: MetricSeries = valueOf(read)
      const measured = (name: string, region: string, ...storageTypes: ReadonlyArray<string>) => ({
        ...bucket,
        name,
        region,
        published: known({ storageTypes, filterIds: [] })
      })
      // Glacier has nothing in the last days: it moved or was deleted, and is not counted.
      assert.deepStrictEqual(
        s3.storedData(measured("a", "eu-west-1", "StandardStorage", "GlacierStorage"), series),
        known({ gbByType: { StandardStorage: 5 }, totalGb: 5, objects: 20 })
      )
      assert.deepStrictEqual(
        s3.storedData(measured("quiet", "eu-west-1"), series),
        known({ gbByType: {}, totalGb: 0, objects: undefined })
      )
    })
  )
})

describe("s3 probes ask in the region of the bucket", () => {
  const contents = (versions: object, uploads: object): Answers => ({
    "s3:ListObjectVersions": () => versions,
    "s3:ListMultipartUploads": () => uploads
  })

  it.effect("whether it is empty: no version, no delete marker, no upload", () =>
    Effect.gen(function* () {
      const empty = yield* ask(s3.isEmpty, contents({}, {}))
      assert.isTrue(empty.answer)
      assert.deepStrictEqual(empty.calls, { "s3:ListObjectVersions": 1, "s3:ListMultipartUploads": 1 })
      assert.strictEqual(empty.sent[0]?.input.MaxKeys, 1)
      assert.isFalse((yield* ask(s3.isEmpty, contents({ Versions: [{}] }, {}))).answer)
      assert.isFalse((yield* ask(s3.isEmpty, contents({ DeleteMarkers: [{}] }, {}))).answer)
      assert.isFalse((yield* ask(s3.isEmpty, contents({}, { Uploads: [{}] }))).answer)
      const denied = { ...contents({}, {}), "s3:ListMultipartUploads": refuse("AccessDenied", 403) }
      assert.strictEqual((yield* ask(s3.isEmpty, denied)).answer, "AccessDenied")
    })
  )

  it.effect("for the request metrics of the whole bucket, and what they counted", () =>
    Effect.gen(function* () {
      const { answer, calls } = yield* ask(s3.requestMetrics(["AllRequests", "GetRequests"]), {
        "s3:ListBucketMetricsConfigurations": ({ ContinuationToken }) =>
          ContinuationToken === undefined
            ? { MetricsConfigurationList: [{ Id: "part", Filter: { Prefix: "x/" } }], NextContinuationToken: "2" }
            : { MetricsConfigurationList: [{ Id: "all" }] },
        "cloudwatch:GetMetricData": ({ MetricDataQueries }) => {
          assert.deepStrictEqual(MetricDataQueries[0].MetricStat.Metric.Dimensions[1], {
            Name: "FilterId",
            Value: "all"
          })
          return {
            MetricDataResults: [
              { Id: "m0", StatusCode: "Complete", Timestamps: [new Date("2026-11-01T00:00:00Z")], Values: [3] }
            ]
          }
        }
      })
      assert.deepStrictEqual(calls, { "s3:ListBucketMetricsConfigurations": 2, "cloudwatch:GetMetricData": 1 })
      if (typeof answer !== "object") return assert.fail(String(answer))
      assert.strictEqual(answer.filterId, "all")
      const points = answer.series.points(s3.requestSeries(bucket, "all", "AllRequests", 90))
      assert.deepStrictEqual(points, known([{ day: new Date("2026-11-01T00:00:00Z"), value: 3 }]))
    })
  )

  it.effect("for no metric where nothing counts the whole bucket, and fails when the metric is denied", () =>
    Effect.gen(function* () {
      const part = { Id: "part", Filter: { Prefix: "x/" } }
      const probe = s3.requestMetrics(["AllRequests"])
      const none = yield* ask(probe, {
        "s3:ListBucketMetricsConfigurations": () => ({ MetricsConfigurationList: [part] })
      })
      assert.deepStrictEqual(none.calls, { "s3:ListBucketMetricsConfigurations": 1 })
      assert.isTrue(typeof none.answer === "object" && none.answer.filterId === undefined)
      const denied = yield* ask(probe, {
        "s3:ListBucketMetricsConfigurations": () => ({ MetricsConfigurationList: [{ Id: "all" }] }),
        "cloudwatch:GetMetricData": refuse("AccessDenied", 403)
      })
      assert.strictEqual(denied.answer, "AccessDenied")
    })
  )

  it.effect("who reaches it: a website, the public, services that its policy names", () =>
    Effect.gen(function* () {
      const bare = yield* ask(s3.access, {
        "s3:GetBucketWebsite": refuse("NoSuchWebsiteConfiguration"),
        "s3:GetBucketPolicy": refuse("NoSuchBucketPolicy")
      })
      assert.deepStrictEqual(bare.answer, { isWebsite: false, isPublic: false, services: [] })
      assert.deepStrictEqual(bare.calls, { "s3:GetBucketWebsite": 1, "s3:GetBucketPolicy": 1 })
      const Policy = JSON.stringify({
        Statement: [
          { Effect: "Allow", Principal: { Service: ["delivery.logs.amazonaws.com", "cloudtrail.amazonaws.com"] } },
          { Effect: "Allow", Principal: { AWS: "arn:aws:iam::222222222222:root" } }
        ]
      })
      const open = yield* ask(s3.access, {
        "s3:GetBucketWebsite": () => ({ RedirectAllRequestsTo: { HostName: "example.com" } }),
        "s3:GetBucketPolicy": () => ({ Policy }),
        "s3:GetBucketPolicyStatus": () => ({ PolicyStatus: { IsPublic: true } })
      })
      assert.deepStrictEqual(open.answer, {
        isWebsite: true,
        isPublic: true,
        services: ["cloudtrail.amazonaws.com", "delivery.logs.amazonaws.com"]
      })
      const denied = yield* ask(s3.access, {
        "s3:GetBucketWebsite": refuse("NoSuchWebsiteConfiguration"),
        "s3:GetBucketPolicy": refuse("AccessDenied", 403)
      })
      assert.strictEqual(denied.answer, "AccessDenied")
    })
  )

  it.effect("where it writes to: logs and enabled replication", () =>
    Effect.gen(function* () {
      const logging = yield* ask(s3.logTarget, {
        "s3:GetBucketLogging": () => ({ LoggingEnabled: { TargetBucket: "target" } })
      })
      assert.strictEqual(logging.answer, "target")
      assert.isUndefined((yield* ask(s3.logTarget, { "s3:GetBucketLogging": () => ({}) })).answer)
      const rule = (Status: string, name: string) => ({ Status, Destination: { Bucket: `arn:aws:s3:::${name}` } })
      const replication = yield* ask(s3.replicationTargets, {
        "s3:GetBucketReplication": () => ({
          ReplicationConfiguration: { Rules: [rule("Enabled", "copy"), rule("Disabled", "old")] }
        })
      })
      assert.deepStrictEqual(replication.answer, ["copy"])
      const none = { "s3:GetBucketReplication": refuse("ReplicationConfigurationNotFoundError") }
      assert.deepStrictEqual((yield* ask(s3.replicationTargets, none)).answer, [])
    })
  )

  it.effect("for tags and versioning, where none is an answer and a denial is not", () =>
    Effect.gen(function* () {
      const tags = yield* ask(s3.bucketTags, {
        "s3:GetBucketTagging": () => ({ TagSet: [{ Key: "owner", Value: "web" }] })
      })
      assert.deepStrictEqual(tags.answer, { owner: "web" })
      assert.deepStrictEqual((yield* ask(s3.bucketTags, { "s3:GetBucketTagging": refuse("NoSuchTagSet") })).answer, {})
      const denied = yield* ask(s3.bucketTags, { "s3:GetBucketTagging": refuse("AccessDenied", 403) })
      assert.strictEqual(denied.answer, "AccessDenied")
      assert.strictEqual((yield* ask(s3.versioning, { "s3:GetBucketVersioning": () => ({}) })).answer, "Never")
      const kept = yield* ask(s3.versioning, { "s3:GetBucketVersioning": () => ({ Status: "Suspended" }) })
      assert.strictEqual(kept.answer, "Suspended")
    })
  )

  it.effect("for its enabled lifecycle rules", () =>
    Effect.gen(function* () {
      const none = yield* ask(s3.lifecycle, {
        "s3:GetBucketLifecycleConfiguration": refuse("NoSuchLifecycleConfiguration")
      })
      assert.deepStrictEqual(none.answer, [])
      const some = yield* ask(s3.lifecycle, {
        "s3:GetBucketLifecycleConfiguration": () => ({
          Rules: [
            { ID: "off", Status: "Disabled", Transitions: [{ Days: 30 }] },
            { ID: "all", Status: "Enabled", Filter: { Prefix: "" }, Expiration: { Days: 7 } },
            { ID: "some", Status: "Enabled", Filter: { Prefix: "x/" }, Transitions: [{ Days: 30 }] },
            {
              ID: "clean",
              Status: "Enabled",
              Filter: {},
              NoncurrentVersionExpiration: { NoncurrentDays: 30 },
              AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 }
            }
          ]
        })
      })
      const rule = { moves: false, expiresAfterDays: undefined, expiresNoncurrent: false, abortsUploads: false }
      assert.deepStrictEqual(some.answer, [
        { ...rule, id: "all", wholeBucket: true, expiresAfterDays: 7 },
        { ...rule, id: "some", wholeBucket: false, moves: true },
        { ...rule, id: "clean", wholeBucket: true, expiresNoncurrent: true, abortsUploads: true }
      ])
      const denied = yield* ask(s3.lifecycle, { "s3:GetBucketLifecycleConfiguration": refuse("AccessDenied", 403) })
      assert.strictEqual(denied.answer, "AccessDenied")
    })
  )

  it.effect("for archive configurations and class analyses", () =>
    Effect.gen(function* () {
      const archives = yield* ask(s3.archiveConfigurations, {
        "s3:ListBucketIntelligentTieringConfigurations": () => ({
          IntelligentTieringConfigurationList: [
            { Id: "deep", Status: "Enabled" },
            { Id: "off", Status: "Disabled" }
          ]
        })
      })
      assert.deepStrictEqual(archives.answer, ["deep"])
      const analyses = yield* ask(s3.classAnalyses, {
        "s3:ListBucketAnalyticsConfigurations": () => ({ AnalyticsConfigurationList: [{ Id: "whole" }] })
      })
      assert.deepStrictEqual(analyses.answer, ["whole"])
    })
  )
})

describe("S3 permissions", () => {
  it("have the names that IAM gives them", () => {
    const actions = [
      s3.buckets,
      s3.isEmpty,
      s3.requestMetrics(["AllRequests"]),
      s3.replicationTargets,
      s3.lifecycle,
      s3.archiveConfigurations,
      s3.classAnalyses
    ].flatMap(({ operations }) => operations.map(({ action, name }) => `${name} ${action}`))
    assert.deepStrictEqual(actions, [
      "ListBuckets s3:ListAllMyBuckets",
      "GetBucketLocation s3:GetBucketLocation",
      "ListObjectVersions s3:ListBucketVersions",
      "ListMultipartUploads s3:ListBucketMultipartUploads",
      "ListBucketMetricsConfigurations s3:GetMetricsConfiguration",
      "GetMetricData cloudwatch:GetMetricData",
      "GetBucketReplication s3:GetReplicationConfiguration",
      "GetBucketLifecycleConfiguration s3:GetLifecycleConfiguration",
      "ListBucketIntelligentTieringConfigurations s3:GetIntelligentTieringConfiguration",
      "ListBucketAnalyticsConfigurations s3:GetAnalyticsConfiguration"
    ])
  })
})
