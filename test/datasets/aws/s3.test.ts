import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { known } from "../../../core/Reading.ts"
import * as s3 from "../../../datasets/aws/s3.ts"
import type { CallProbe } from "../../../datasets/engine/Probe.ts"
import type { MetricSeries } from "../../../datasets/metrics/MetricSeries.ts"
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

/** What the probe answers about the bucket, or why it does not, and what was sent. */
const ask = Effect.fnUntraced(function* <A>(probe: CallProbe<s3.Bucket, A>, answers: Answers) {
  const { calls, readings, sent } = yield* readProbe(probe, [bucket], answers, "global")
  for (const { destination } of sent) assert.strictEqual(destination.region, "ap-south-1")
  const [reading] = readings
  return { calls, sent, answer: reading?.known ? reading.value : reading?.reason }
})

/** How S3 says that a setting was never made. */
const answeredEmpty = { $metadata: { httpStatusCode: 200, requestId: "7QD" } }

const denied = /lets? nobody|permission|denied/i

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
        read.value.map(({ name, region }: s3.ListedBucket) => `${name} ${region}`),
        ["named eu-west-1", "oldest us-east-1", "irish eu-west-1", "hidden undefined"]
      )
      assert.strictEqual(read.gaps.length, 1)
      assert.deepStrictEqual(read.value.map(s3.isLocated), [true, true, true, false])
    })
  )

  it.effect("is malformed without its list, or without the name or the date of a bucket", () =>
    Effect.gen(function* () {
      const answers = [
        [{}, "Buckets is missing"],
        [{ Buckets: [{ ...awsBucket("a"), Name: undefined }] }, "Buckets[].Name is missing"],
        [{ Buckets: [{ ...awsBucket("a"), CreationDate: undefined }] }, "Buckets[].CreationDate is missing"]
      ] as const
      for (const [answer, message] of answers) {
        const { read } = yield* readDataset(s3.buckets, { "s3:ListBuckets": () => answer }, "global")
        assert.include(read.ok ? "" : read.error.summary, message)
      }
    })
  )
})

describe("s3.published", () => {
  it.effect("lists the series of S3 once in each region that has a bucket", () =>
    Effect.gen(function* () {
      const { calls, read, sent } = yield* readDataset(
        s3.published,
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
      assert.deepStrictEqual(Object.fromEntries(valueOf(read)), {
        a: { storageTypes: ["StandardStorage", "StandardIAStorage"], filterIds: ["EntireBucket"] },
        b: { storageTypes: [], filterIds: [] },
        c: { storageTypes: ["GlacierStorage"], filterIds: [] }
      })
    })
  )

  it.effect("knows nothing of the buckets of a region that does not answer", () =>
    Effect.gen(function* () {
      const { read } = yield* readDataset(
        s3.published,
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
      assert.deepStrictEqual([...read.value.keys()], ["a"])
    })
  )
})

describe("s3.bucketTags", () => {
  it.effect("is one list in each region that has a bucket, and one region that refuses leaves its buckets out", () =>
    Effect.gen(function* () {
      const { calls, read, sent } = yield* readDataset(
        s3.bucketTags,
        {
          ...listing(awsBucket("a"), awsBucket("b"), awsBucket("c", "us-west-2"), awsBucket("d", "us-west-1")),
          "tag:GetResources": (_, { region }) =>
            region === "us-west-2"
              ? refuse("AccessDenied", 403)()
              : { ResourceTagMappingList: [{ ResourceARN: "arn:aws:s3:::a", Tags: [{ Key: "owner", Value: "web" }] }] }
        },
        "global"
      )
      assert.deepStrictEqual(calls, { "s3:ListBuckets": 1, "tag:GetResources": 3 })
      assert.deepStrictEqual(sent[1]?.input.ResourceTypeFilters, ["s3"])
      assert.isTrue(read.ok)
      if (!read.ok) return
      assert.deepStrictEqual(Object.fromEntries(read.value), { a: { owner: "web" }, b: {}, d: {} })
      assert.strictEqual(read.gaps.length, 1)
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
        ["eu-west-1 2", "us-west-2 1"]
      )
      const series: MetricSeries = valueOf(read)
      const named = (name: string, region: string) => ({ ...bucket, name, region })
      const published = (...storageTypes: ReadonlyArray<string>) => ({ storageTypes, filterIds: [] })
      // Glacier has nothing in the last days: it moved or was deleted, and is not counted.
      assert.deepStrictEqual(
        s3.storedData(named("a", "eu-west-1"), published("StandardStorage", "GlacierStorage"), series),
        known({ gbByType: { StandardStorage: 5 }, totalGb: 5, isTold: true })
      )
      assert.deepStrictEqual(
        s3.storedData(named("quiet", "eu-west-1"), published(), series),
        known({ gbByType: {}, totalGb: 0, isTold: false })
      )
    })
  )

  it.effect("asks nothing about buckets of which CloudWatch did not tell what it has", () =>
    Effect.gen(function* () {
      const { calls } = yield* readDataset(
        s3.bucketStorage,
        { ...listing(awsBucket("a")), "cloudwatch:ListMetrics": refuse("AccessDenied", 403) },
        "global"
      )
      assert.deepStrictEqual(calls, { "s3:ListBuckets": 1, "cloudwatch:ListMetrics": 1 })
    })
  )
})

describe("s3.objectCounts and s3.requestCounts", () => {
  const answering = (values: Record<string, number>): Answers => ({
    "cloudwatch:GetMetricData": ({ MetricDataQueries }) => ({
      MetricDataResults: MetricDataQueries.map(({ Id, MetricStat: { Metric } }: any) => ({
        Id,
        StatusCode: "Complete",
        Timestamps: [new Date("2026-11-18T00:00:00Z")],
        Values: [values[Metric.MetricName] ?? 0]
      }))
    })
  })

  it.effect("ask in the region of the bucket, for what is wanted of one bucket", () =>
    Effect.gen(function* () {
      const objects = yield* readProbe(s3.objectCounts, [bucket], answering({ NumberOfObjects: 20 }), "global")
      assert.strictEqual(objects.sent[0]?.destination.region, "ap-south-1")
      const counts = objects.readings[0]?.known ? objects.readings[0].value : assert.fail("not told")
      assert.deepStrictEqual(s3.storedObjects(bucket, counts), known(20))

      const probe = s3.requestCounts(["AllRequests", "GetRequests"])
      const item = { bucket, filterIds: ["all", "part"] }
      const requests = yield* readProbe(probe, [item], answering({ AllRequests: 3 }), "global")
      assert.strictEqual(requests.sent[0]?.input.MetricDataQueries.length, 4)
      const told = requests.readings[0]?.known ? requests.readings[0].value : assert.fail("not told")
      assert.deepStrictEqual(
        told.points(s3.requestSeries(bucket, "part", "AllRequests", 90)),
        known([{ at: new Date("2026-11-18T00:00:00Z"), value: 3 }])
      )
      assert.strictEqual(s3.requestCounts(["AllRequests", "GetRequests"]), probe)
    })
  )
})

describe("s3 probes ask in the region of the bucket", () => {
  const contents = (versions: object, uploads: object): Answers => ({
    "s3:ListObjectVersions": () => versions,
    "s3:ListMultipartUploads": () => uploads
  })

  it.effect("whether it is empty: no version, no delete marker, no upload, and an answer that is whole", () =>
    Effect.gen(function* () {
      const whole = { IsTruncated: false }
      const empty = yield* ask(s3.isEmpty, contents(whole, whole))
      assert.isTrue(empty.answer)
      assert.deepStrictEqual(empty.calls, { "s3:ListObjectVersions": 1, "s3:ListMultipartUploads": 1 })
      assert.strictEqual(empty.sent[0]?.input.MaxKeys, 1)
      const full = yield* ask(s3.isEmpty, contents({ ...whole, Versions: [{}] }, whole))
      assert.isFalse(full.answer)
      assert.deepStrictEqual(full.calls, { "s3:ListObjectVersions": 1 })
      assert.isFalse((yield* ask(s3.isEmpty, contents({ ...whole, DeleteMarkers: [{}] }, whole))).answer)
      assert.isFalse((yield* ask(s3.isEmpty, contents(whole, { ...whole, Uploads: [{}] }))).answer)
      assert.isFalse((yield* ask(s3.isEmpty, contents({ IsTruncated: true }, whole))).answer)
      for (const cut of [contents({}, whole), contents(whole, {})]) {
        assert.include((yield* ask(s3.isEmpty, cut)).answer, "IsTruncated is missing")
      }
      const refused = { ...contents(whole, whole), "s3:ListMultipartUploads": refuse("AccessDenied", 403) }
      assert.match(String((yield* ask(s3.isEmpty, refused)).answer), denied)
    })
  )

  it.effect("for the filter that counts the requests of the whole bucket", () =>
    Effect.gen(function* () {
      const part = { Id: "part", Filter: { Prefix: "x/" } }
      const { answer, calls } = yield* ask(s3.wholeBucketFilter, {
        "s3:ListBucketMetricsConfigurations": ({ ContinuationToken }) =>
          ContinuationToken === undefined
            ? { MetricsConfigurationList: [part], NextContinuationToken: "2", IsTruncated: true }
            : { MetricsConfigurationList: [{ Id: "all" }], IsTruncated: false }
      })
      assert.strictEqual(answer, "all")
      assert.deepStrictEqual(calls, { "s3:ListBucketMetricsConfigurations": 2 })
      const told = (answer: object) =>
        Effect.map(
          ask(s3.wholeBucketFilter, { "s3:ListBucketMetricsConfigurations": () => answer }),
          ({ answer }) => answer
        )
      assert.strictEqual(yield* told({ MetricsConfigurationList: [part], IsTruncated: false }), null)
      assert.strictEqual(yield* told({ IsTruncated: false }), null)
      assert.include(yield* told({}), "MetricsConfigurationList is missing")
      assert.include(yield* told({ MetricsConfigurationList: [{}] }), "MetricsConfigurationList[].Id is missing")
    })
  )

  it.effect("who reaches it: a website, the public, services that its policy names, and whoever else may write", () =>
    Effect.gen(function* () {
      const own = { Grantee: { ID: "owner" }, Permission: "FULL_CONTROL" }
      const acl = { "s3:GetBucketAcl": () => ({ Owner: { ID: "owner" }, Grants: [own] }) }
      const bare = yield* ask(s3.access, {
        ...acl,
        "s3:GetBucketWebsite": refuse("NoSuchWebsiteConfiguration"),
        "s3:GetBucketPolicy": refuse("NoSuchBucketPolicy")
      })
      assert.deepStrictEqual(bare.answer, {
        isWebsite: false,
        isPublic: false,
        services: [],
        writers: [],
        takesAccessLogs: false,
        publicStatements: [],
        publicGrants: []
      })
      assert.deepStrictEqual(bare.calls, { "s3:GetBucketWebsite": 1, "s3:GetBucketPolicy": 1, "s3:GetBucketAcl": 1 })
      const Policy = JSON.stringify({
        Statement: [
          { Effect: "Allow", Principal: { Service: ["delivery.logs.amazonaws.com", "cloudtrail.amazonaws.com"] } },
          { Effect: "Allow", Principal: { AWS: "arn:aws:iam::222222222222:root" }, Action: "s3:GetObject" },
          { Effect: "Allow", Principal: { AWS: "arn:aws:iam::127311923021:root" }, Action: "s3:PutObject" }
        ]
      })
      const open = yield* ask(s3.access, {
        "s3:GetBucketWebsite": () => ({ RedirectAllRequestsTo: { HostName: "example.com" } }),
        "s3:GetBucketPolicy": () => ({ Policy }),
        "s3:GetBucketPolicyStatus": () => ({ PolicyStatus: { IsPublic: true } }),
        "s3:GetBucketAcl": () => ({
          Owner: { ID: "owner" },
          Grants: [
            own,
            { Grantee: { ID: "awslogsdelivery" }, Permission: "FULL_CONTROL" },
            { Grantee: { URI: "http://acs.amazonaws.com/groups/s3/LogDelivery" }, Permission: "WRITE" }
          ]
        })
      })
      assert.deepStrictEqual(open.answer, {
        isWebsite: true,
        isPublic: true,
        services: ["cloudtrail.amazonaws.com", "delivery.logs.amazonaws.com"],
        writers: ["127311923021", "awslogsdelivery"],
        takesAccessLogs: true,
        publicStatements: [],
        publicGrants: []
      })
      const answers = {
        ...acl,
        "s3:GetBucketWebsite": refuse("NoSuchWebsiteConfiguration"),
        "s3:GetBucketPolicy": () => ({ Policy: "{" }),
        "s3:GetBucketPolicyStatus": () => ({ PolicyStatus: { IsPublic: false } })
      }
      assert.isString((yield* ask(s3.access, answers)).answer)
      // A website has an index document or redirects everything.
      const untold = {
        ...answers,
        "s3:GetBucketPolicy": refuse("NoSuchBucketPolicy"),
        "s3:GetBucketWebsite": () => ({})
      }
      assert.isString((yield* ask(s3.access, untold)).answer)
      const indexed = { ...untold, "s3:GetBucketWebsite": () => ({ IndexDocument: { Suffix: "index.html" } }) }
      assert.deepInclude((yield* ask(s3.access, indexed)).answer, { isWebsite: true })
      const refused = [
        { ...answers, "s3:GetBucketPolicy": refuse("AccessDenied", 403) },
        { ...answers, "s3:GetBucketPolicy": () => ({ Policy }), "s3:GetBucketAcl": refuse("AccessDenied", 403) }
      ]
      for (const one of refused) assert.match(String((yield* ask(s3.access, one)).answer), denied)
      const silent = { ...answers, "s3:GetBucketPolicy": refuse("NoSuchBucketPolicy"), "s3:GetBucketAcl": () => ({}) }
      assert.include((yield* ask(s3.access, silent)).answer, "Grants is missing")
    })
  )

  it.effect("where it writes to: logs and enabled replication", () =>
    Effect.gen(function* () {
      const logging = yield* ask(s3.logTarget, {
        "s3:GetBucketLogging": () => ({ LoggingEnabled: { TargetBucket: "target" } })
      })
      assert.strictEqual(logging.answer, "target")
      assert.isNull((yield* ask(s3.logTarget, { "s3:GetBucketLogging": () => answeredEmpty })).answer)
      // Nothing at all, and not even from S3.
      assert.isString((yield* ask(s3.logTarget, { "s3:GetBucketLogging": () => ({}) })).answer)
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

  it.effect("for versioning, where none is an answer and a denial is not", () =>
    Effect.gen(function* () {
      const never = yield* ask(s3.versioning, { "s3:GetBucketVersioning": () => answeredEmpty })
      assert.strictEqual(never.answer, "never")
      assert.match(String((yield* ask(s3.versioning, { "s3:GetBucketVersioning": () => ({}) })).answer), /Status/)
      const kept = yield* ask(s3.versioning, { "s3:GetBucketVersioning": () => ({ Status: "Suspended" }) })
      assert.strictEqual(kept.answer, "suspended")
      const refused = yield* ask(s3.versioning, { "s3:GetBucketVersioning": refuse("AccessDenied", 403) })
      assert.match(String(refused.answer), denied)
    })
  )

  it.effect("what it keeps the public from, and whether its list counts", () =>
    Effect.gen(function* () {
      const block = yield* ask(s3.publicAccessBlock, {
        "s3:GetPublicAccessBlock": () => ({ PublicAccessBlockConfiguration: { BlockPublicAcls: true } })
      })
      assert.deepStrictEqual(block.answer, {
        blocksAcls: true,
        ignoresAcls: false,
        blocksPolicy: false,
        restricts: false
      })
      const never = yield* ask(s3.publicAccessBlock, {
        "s3:GetPublicAccessBlock": refuse("NoSuchPublicAccessBlockConfiguration")
      })
      assert.deepInclude(never.answer, { blocksAcls: false })
      assert.isString((yield* ask(s3.publicAccessBlock, { "s3:GetPublicAccessBlock": () => ({}) })).answer)
      const owned = yield* ask(s3.objectOwnership, {
        "s3:GetBucketOwnershipControls": () => ({
          OwnershipControls: { Rules: [{ ObjectOwnership: "BucketOwnerEnforced" }] }
        })
      })
      assert.strictEqual(owned.answer, "bucketownerenforced")
      const nobody = yield* ask(s3.objectOwnership, {
        "s3:GetBucketOwnershipControls": refuse("OwnershipControlsNotFoundError")
      })
      assert.strictEqual(nobody.answer, "objectwriter")
      const denial = yield* ask(s3.objectOwnership, { "s3:GetBucketOwnershipControls": refuse("AccessDenied", 403) })
      assert.match(String(denial.answer), denied)
    })
  )

  it.effect("how it encrypts, where none is an answer and a denial is not", () =>
    Effect.gen(function* () {
      const encrypted = (rule: object | undefined) =>
        ask(s3.encryption, {
          "s3:GetBucketEncryption": () => ({ ServerSideEncryptionConfiguration: rule && { Rules: [rule] } })
        })
      const keyed = yield* encrypted({
        ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms", KMSMasterKeyID: "arn:key" },
        BucketKeyEnabled: true
      })
      assert.deepStrictEqual(keyed.answer, { algorithm: "aws:kms", key: "arn:key", hasBucketKey: true })
      assert.deepStrictEqual(keyed.calls, { "s3:GetBucketEncryption": 1 })
      const own = yield* encrypted({ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } })
      assert.deepStrictEqual(own.answer, { algorithm: "aes256", key: null, hasBucketKey: false })
      for (const rule of [undefined, {}]) assert.isString((yield* encrypted(rule)).answer)
      const none = refuse("ServerSideEncryptionConfigurationNotFoundError")
      assert.isNull((yield* ask(s3.encryption, { "s3:GetBucketEncryption": none })).answer)
      const denial = yield* ask(s3.encryption, { "s3:GetBucketEncryption": refuse("AccessDenied", 403) })
      assert.match(String(denial.answer), denied)
    })
  )

  it("and remember it for as long as the bucket is the same", () => {
    const probes = [
      s3.isEmpty,
      s3.wholeBucketFilter,
      s3.access,
      s3.logTarget,
      s3.replicationTargets,
      s3.versioning,
      s3.lifecycle,
      s3.archiveConfigurations,
      s3.classAnalyses,
      s3.publicAccessBlock,
      s3.objectOwnership,
      s3.encryption
    ]
    for (const { identity, name } of probes) {
      assert.isDefined(identity, name)
      assert.strictEqual(identity?.(bucket), identity?.({ ...bucket }))
      assert.notStrictEqual(identity?.(bucket), identity?.({ ...bucket, createdAt: daysAgo(1) }))
    }
  })

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
      const rule = { moves: false, expiresAfterDays: null, expiresNoncurrent: false, abortsUploads: false }
      assert.deepStrictEqual(some.answer, [
        { ...rule, id: "all", wholeBucket: true, expiresAfterDays: 7 },
        { ...rule, id: "some", wholeBucket: false, moves: true },
        { ...rule, id: "clean", wholeBucket: true, expiresNoncurrent: true, abortsUploads: true }
      ])
      const refused = yield* ask(s3.lifecycle, { "s3:GetBucketLifecycleConfiguration": refuse("AccessDenied", 403) })
      assert.match(String(refused.answer), denied)
      const cut = yield* ask(s3.lifecycle, { "s3:GetBucketLifecycleConfiguration": () => ({}) })
      assert.include(cut.answer, "Rules is missing")
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
      s3.wholeBucketFilter,
      s3.access,
      s3.replicationTargets,
      s3.lifecycle,
      s3.archiveConfigurations,
      s3.classAnalyses,
      s3.publicAccessBlock,
      s3.objectOwnership,
      s3.encryption
    ].flatMap(({ operations }) => operations.map(({ action, name }) => `${name} ${action}`))
    assert.deepStrictEqual(actions, [
      "ListBuckets s3:ListAllMyBuckets",
      "GetBucketLocation s3:GetBucketLocation",
      "ListObjectVersions s3:ListBucketVersions",
      "ListMultipartUploads s3:ListBucketMultipartUploads",
      "ListBucketMetricsConfigurations s3:GetMetricsConfiguration",
      "GetBucketWebsite s3:GetBucketWebsite",
      "GetBucketPolicy s3:GetBucketPolicy",
      "GetBucketPolicyStatus s3:GetBucketPolicyStatus",
      "GetBucketAcl s3:GetBucketAcl",
      "GetBucketReplication s3:GetReplicationConfiguration",
      "GetBucketLifecycleConfiguration s3:GetLifecycleConfiguration",
      "ListBucketIntelligentTieringConfigurations s3:GetIntelligentTieringConfiguration",
      "ListBucketAnalyticsConfigurations s3:GetAnalyticsConfiguration",
      "GetPublicAccessBlock s3:GetBucketPublicAccessBlock",
      "GetBucketOwnershipControls s3:GetBucketOwnershipControls",
      "GetBucketEncryption s3:GetEncryptionConfiguration"
    ])
  })
})
