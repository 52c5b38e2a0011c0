/**
 * What is read from S3. Buckets are listed once per account; their metrics and their configuration are read in the region of
 * each bucket, and the configuration one bucket at a time, because S3 offers nothing else.
 */
import {
  type AnalyticsConfiguration,
  GetBucketAclCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketLocationCommand,
  GetBucketLoggingCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketPolicyCommand,
  GetBucketPolicyStatusCommand,
  GetBucketReplicationCommand,
  GetBucketVersioningCommand,
  GetBucketWebsiteCommand,
  GetPublicAccessBlockCommand,
  type IntelligentTieringConfiguration,
  type LifecycleRule as AwsLifecycleRule,
  ListBucketAnalyticsConfigurationsCommand,
  ListBucketIntelligentTieringConfigurationsCommand,
  ListBucketMetricsConfigurationsCommand,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  type MetricsConfiguration,
  S3Client
} from "@aws-sdk/client-s3"
import * as Effect from "effect/Effect"
import { type AwsServices, AwsTarget, complete, list, required, send } from "../../core/aws/Aws.ts"
import type { AwsError } from "../../core/aws/AwsError.ts"
import { type ListField, listOperation, type Operation, operation } from "../../core/aws/operation.ts"
import { bytesPerGib } from "../../core/bytes.ts"
import { all, map, type Reading } from "../../core/Reading.ts"
import { type Dataset, dataset, family } from "../engine/Dataset.ts"
import type { Evidence } from "../engine/Evidence.ts"
import { inRegion } from "../engine/inRegion.ts"
import { noneWhen } from "../engine/noneWhen.ts"
import { type CallProbe, probe, seriesProbe } from "../engine/Probe.ts"
import { billedBy, resourceKind } from "../engine/ResourceKind.ts"
import { listMetrics, publishedSeries } from "../metrics/listMetrics.ts"
import type { MetricSeries } from "../metrics/MetricSeries.ts"
import { metricsOf } from "../metrics/metricsOf.ts"
import { maxDays } from "../metrics/SeriesReader.ts"
import type { SeriesSpec } from "../metrics/SeriesSpec.ts"
import {
  listWriters,
  policyServices,
  policyWriters,
  publicGrants,
  type PublicStatement,
  publicStatements
} from "./bucketPolicy.ts"
import { blockOf, noBlock, type PublicAccessBlock } from "./s3control.ts"
import { getResources, readTags, type Tags } from "./tags.ts"

/** 10,000 buckets a page. The size must be sent: S3 tells the regions only then. */
const listBuckets = listOperation(S3Client, ListBucketsCommand, "s3:ListAllMyBuckets", "Buckets", {
  paging: { size: ["MaxBuckets", 10_000], input: "ContinuationToken", output: "ContinuationToken" }
})
const getBucketLocation = operation(S3Client, GetBucketLocationCommand, "s3:GetBucketLocation")

export interface Bucket {
  readonly arn: string
  readonly name: string
  readonly region: string
  /** Changes of the bucket, such as an edited policy, can move it; the bucket is at least this old. */
  readonly createdAt: Date
}

/** A bucket of the list. One whose region S3 did not tell can be asked nothing. */
export type ListedBucket = Omit<Bucket, "region"> & { readonly region: string | undefined }

export const isLocated = (bucket: ListedBucket): bucket is Bucket => bucket.region !== undefined

/** All buckets of the account with their regions. */
export const buckets = dataset<ReadonlyArray<ListedBucket>>("s3.buckets", {
  kind: resourceKind<ListedBucket>({
    type: "s3:bucket",
    service: billedBy.s3,
    tags: "asked",
    id: ({ name }) => name,
    name: ({ name }) => name,
    region: ({ region }) => region
  }),
  scope: "global",
  operations: [listBuckets, getBucketLocation],
  costNote: "One GetBucketLocation call for each bucket whose region the list leaves out; AWS leaves out none.",
  read: Effect.fnUntraced(function* () {
    const { partition } = yield* AwsTarget
    const listed = yield* list(listBuckets, {}, (buckets) =>
      buckets.map((bucket): ListedBucket => {
        const name = required(bucket.Name, "Buckets[].Name")
        return {
          arn: `arn:${partition}:s3:::${name}`,
          name,
          region: bucket.BucketRegion,
          createdAt: required(bucket.CreationDate, "Buckets[].CreationDate")
        }
      })
    )
    const gaps: Array<AwsError> = [...listed.gaps]
    const value = yield* Effect.forEach(
      listed.items,
      (bucket) =>
        bucket.region !== undefined
          ? Effect.succeed(bucket)
          : Effect.match(regionOf(bucket), {
              onSuccess: (region): ListedBucket => ({ ...bucket, region }),
              onFailure: (error) => {
                gaps.push(error)
                return bucket
              }
            }),
      { concurrency: 8 }
    )
    return { value, gaps }
  })
})

// The oldest buckets have no location, and those of Ireland an old name for it.
const regionOf = ({ name }: ListedBucket): Effect.Effect<string, AwsError, AwsServices> =>
  send(getBucketLocation, { Bucket: name }, ({ LocationConstraint: location }) =>
    location === undefined ? "us-east-1" : location === "EU" ? "eu-west-1" : location
  )

const namespace = "AWS/S3"

/**
 * Something of all buckets by their name, of which each region that has a bucket tells its part. What a region does not tell is
 * unknown of its buckets and of no others.
 */
const byRegion = <A>(
  name: string,
  operations: ReadonlyArray<Operation>,
  costNote: string,
  read: Effect.Effect<(bucket: Bucket) => A, AwsError, AwsServices>
): Dataset<ReadonlyMap<string, A>> =>
  dataset<ReadonlyMap<string, any>, { readonly buckets: typeof buckets }>(name, {
    scope: "global",
    shape: "map",
    operations,
    needs: { buckets },
    costNote,
    read: Effect.fnUntraced(function* ({ buckets }) {
      const gaps: Array<AwsError> = []
      const value = new Map<string, A>()
      yield* Effect.forEach(
        Map.groupBy(buckets.filter(isLocated), ({ region }) => region),
        ([region, own]) =>
          Effect.match(inRegion(region, read), {
            onSuccess: (tell) => own.forEach((bucket) => value.set(bucket.name, tell(bucket))),
            onFailure: (error) => void gaps.push(error)
          }),
        { concurrency: 4, discard: true }
      )
      return { value, gaps }
    })
  })

/** What CloudWatch has published about a bucket in the last two weeks. */
export interface PublishedNames {
  /** `StandardStorage`, `GlacierStorage`, … */
  readonly storageTypes: ReadonlyArray<string>
  /** Filters of request metrics that saw a request. */
  readonly filterIds: ReadonlyArray<string>
}

/** By the name of the bucket. A bucket of which nothing was published has empty lists. */
export const published = byRegion<PublishedNames>(
  "s3.published",
  [listMetrics],
  "One ListMetrics call for every 500 series of S3, in each region that has a bucket.",
  Effect.map(complete(publishedSeries(namespace)), (series) => {
    const names = namesByBucket(series)
    return ({ name }) => names.get(name) ?? { storageTypes: [], filterIds: [] }
  })
)

function namesByBucket(
  series: ReadonlyArray<{ readonly metric: string; readonly dimensions: Readonly<Record<string, string>> }>
): ReadonlyMap<string, PublishedNames> {
  const byBucket = new Map<string, { readonly storageTypes: Array<string>; readonly filterIds: Array<string> }>()
  for (const { dimensions, metric } of series) {
    const { BucketName: name, FilterId: filterId, StorageType: storageType } = dimensions
    if (name === undefined) continue
    const names = byBucket.get(name) ?? { storageTypes: [], filterIds: [] }
    byBucket.set(name, names)
    if (metric === "BucketSizeBytes" && storageType !== undefined) names.storageTypes.push(storageType)
    if (metric === "AllRequests" && filterId !== undefined) names.filterIds.push(filterId)
  }
  return byBucket
}

/** The tags of every bucket, by its name. */
export const bucketTags = byRegion<Tags>(
  "s3.bucketTags",
  [getResources],
  "One GetResources call for every 100 resources of S3 with tags, in each region that has a bucket.",
  Effect.flatMap(readTags(["s3"]), ({ gaps: [gap], value: tags }) =>
    gap === undefined ? Effect.succeed(({ arn }: Bucket): Tags => tags.get(arn) ?? {}) : Effect.fail(gap)
  )
)

/** S3 publishes sizes once a day, one or two days late, in the region of the bucket. */
const newestDays = 4

/** Bytes of one storage type, current and noncurrent versions and unfinished uploads together. */
export const sizeSeries = ({ name, region }: Bucket, storageType: string, days: number): SeriesSpec => ({
  namespace,
  metric: "BucketSizeBytes",
  dimensions: { BucketName: name, StorageType: storageType },
  statistic: "Average",
  days,
  region
})

/** Objects of all storage types, versions and delete markers included. */
export const objectSeries = ({ name, region }: Bucket, days: number): SeriesSpec => ({
  namespace,
  metric: "NumberOfObjects",
  dimensions: { BucketName: name, StorageType: "AllStorageTypes" },
  statistic: "Average",
  days,
  region
})

/**
 * Requests for objects, by their kind; S3 publishes each only where there was one. `AllRequests` has those about the bucket as
 * well, such as lists and reads of its configuration, which this audit makes every night.
 */
export type RequestMetric =
  | "AllRequests"
  | "GetRequests"
  | "PutRequests"
  | "HeadRequests"
  | "DeleteRequests"
  | "PostRequests"
  | "SelectRequests"
  | "BytesDownloaded"

/** What a filter of request metrics counted. */
export const requestSeries = (
  { name, region }: Bucket,
  filterId: string,
  metric: RequestMetric,
  days: number
): SeriesSpec => ({
  namespace,
  metric,
  dimensions: { BucketName: name, FilterId: filterId },
  statistic: "Sum",
  days,
  region
})

const noBucket: Bucket = { arn: "", name: "", region: "", createdAt: new Date(0) }

/** Size by storage type of every bucket that publishes one. A bucket of which that is not known is not asked about. */
export const bucketStorage = metricsOf("s3.bucketStorage", {
  scope: "global",
  needs: { buckets },
  evidence: { published },
  metrics: [sizeSeries(noBucket, "", maxDays)],
  series: ({ buckets }, { published }) =>
    buckets.filter(isLocated).flatMap((bucket) => {
      const names = published.get(bucket.name)
      const types = names.known ? (names.value?.storageTypes ?? []) : []
      return types.map((type) => sizeSeries(bucket, type, maxDays))
    })
})

/** The number of objects of single buckets. */
export const objectCounts = seriesProbe<Bucket>({
  name: "s3.objectCounts",
  costNote:
    "One paid metric for each bucket that would be reported, or whose objects may be too small for another class.",
  metrics: [objectSeries(noBucket, maxDays)],
  key: ({ name }) => name,
  series: (bucket) => [objectSeries(bucket, maxDays)]
})

/** What filters of single buckets have counted, by the metrics that are wanted. */
export const requestCounts = family("s3.requestCounts", (name, metrics: ReadonlyArray<RequestMetric>) =>
  seriesProbe<{ readonly bucket: Bucket; readonly filterIds: ReadonlyArray<string> }>({
    name,
    costNote: `${metrics.join(", ")} of each bucket that counts requests and may be unused or too dear.`,
    metrics: metrics.map((metric) => requestSeries(noBucket, "", metric, maxDays)),
    key: ({ bucket, filterIds }) => `${bucket.name} ${filterIds.join(" ")}`,
    series: ({ bucket, filterIds }) =>
      filterIds.flatMap((filterId) => metrics.map((metric) => requestSeries(bucket, filterId, metric, maxDays)))
  })
)

export interface StoredData {
  readonly gbByType: Readonly<Record<string, number>>
  readonly totalGb: number
  /** Whether CloudWatch has a size of the last days. Without one the bucket is empty or its size not known: `isEmpty` tells. */
  readonly isTold: boolean
}

/** What a bucket held on the newest day that CloudWatch knows. Nothing published reads as no data, which is not yet empty. */
export const storedData = (
  bucket: Bucket,
  published: PublishedNames | undefined,
  storage: MetricSeries
): Reading<StoredData> => {
  const types = published?.storageTypes ?? []
  const sizes = types.map((type) =>
    map(storage.points(sizeSeries(bucket, type, newestDays)), (points) => points.at(-1)?.value)
  )
  return map(all(sizes), (bytes) => {
    const gbByType: Record<string, number> = {}
    types.forEach((type, at) => {
      const held = bytes[at] ?? 0
      if (held > 0) gbByType[type] = held / bytesPerGib
    })
    return {
      gbByType,
      totalGb: Object.values(gbByType).reduce((sum, gb) => sum + gb, 0),
      isTold: bytes.some((held) => held !== undefined)
    }
  })
}

/** How many objects a bucket held on the newest day that CloudWatch knows; undefined when it knows none of the last days. */
export const storedObjects = (bucket: Bucket, counts: MetricSeries): Reading<number | undefined> =>
  map(counts.points(objectSeries(bucket, newestDays)), (points) => points.at(-1)?.value)

/** S3 Standard of all buckets of a region, in GB: the price of one depends on the others. */
export const standardGbOf = (
  buckets: Evidence<ListedBucket>,
  dataOf: (bucket: Bucket) => Reading<StoredData>
): ((region: string) => Reading<number>) => {
  const ofRegion = buckets.by(({ region }) => region)
  const totals = new Map<string, Reading<number>>()
  return (region) => {
    const before = totals.get(region)
    if (before !== undefined) return before
    const own = ofRegion.all(region)
    const total = own.known
      ? map(all(own.value.filter(isLocated).map(dataOf)), (data) =>
          data.reduce((gb, { gbByType }) => gb + (gbByType["StandardStorage"] ?? 0), 0)
        )
      : own
    totals.set(region, total)
    return total
  }
}

/** `standardStorageGb: 12.5`: sizes as evidence. Numbers, because a size that hardly moved must not look like a change. */
export const sizeEvidence = ({ gbByType }: StoredData): Record<string, number> =>
  Object.fromEntries(
    Object.entries(gbByType).map(([type, gb]) => [
      `${type.slice(0, 1).toLowerCase()}${type.slice(1)}Gb`,
      Math.round(gb * 1000) / 1000
    ])
  )

/**
 * Asks S3 about single buckets, each in its own region. Configuration changes rarely, so answers are remembered as long as the
 * bucket is the same; what must be fresh says so.
 */
const bucketProbe = <A>(
  name: string,
  operations: ReadonlyArray<Operation>,
  about: string,
  read: (bucket: Bucket) => Effect.Effect<A, AwsError, AwsServices>,
  /** Grows when the answer gets another form, so that what is remembered in the old one is forgotten. */
  form = 1
): CallProbe<Bucket, A> =>
  probe({
    name: `s3.${name}`,
    operations,
    cap: 1000,
    batchSize: 1,
    costNote: `One ${operations.map((operation) => operation.name).join(" and one ")} call for each ${about}.`,
    key: ({ name }) => name,
    identity: ({ createdAt, name }) => `${name} ${createdAt.toISOString()}${form === 1 ? "" : ` ${form}`}`,
    read: (asked) => Effect.forEach(asked, (bucket) => inRegion(bucket.region, read(bucket)))
  })

/** Where an answer has a list that S3 leaves out when it is empty; that the answer is not cut off proves it. */
const flattened = <Item>(name: string): ListField<any, Item> => ({
  name,
  of: (output) => output[name],
  emptyWhen: ({ IsTruncated }) => IsTruncated === false
})

const listObjectVersions = operation(S3Client, ListObjectVersionsCommand, "s3:ListBucketVersions")
const listMultipartUploads = operation(S3Client, ListMultipartUploadsCommand, "s3:ListBucketMultipartUploads")

/** Whether nothing is in lists that S3 leaves out when they are empty. */
const isNothing = (
  { IsTruncated }: { readonly IsTruncated?: boolean | undefined },
  ...lists: ReadonlyArray<ReadonlyArray<unknown> | undefined>
): boolean => lists.every((list) => (list ?? []).length === 0) && required(IsTruncated, "IsTruncated") === false

/**
 * Whether there is anything in a bucket: an object, an old version, a delete marker or an unfinished upload. Remembered, because
 * CloudWatch tells the size of a bucket that is filled a day later, and then nobody asks.
 */
export const isEmpty = bucketProbe(
  "isEmpty",
  [listObjectVersions, listMultipartUploads],
  "bucket without a size in CloudWatch that nothing else clears, the second only where the first finds nothing",
  ({ name }) =>
    Effect.flatMap(
      send(listObjectVersions, { Bucket: name, MaxKeys: 1 }, (page) =>
        isNothing(page, page.Versions, page.DeleteMarkers)
      ),
      (noVersion) =>
        noVersion
          ? send(listMultipartUploads, { Bucket: name, MaxUploads: 1 }, (page) => isNothing(page, page.Uploads))
          : Effect.succeed(false)
    )
)

const continued = { paging: { input: "ContinuationToken", output: "NextContinuationToken" } } as const
const listMetricsConfigurations = listOperation(
  S3Client,
  ListBucketMetricsConfigurationsCommand,
  "s3:GetMetricsConfiguration",
  flattened<MetricsConfiguration>("MetricsConfigurationList"),
  continued
)

/**
 * The id of the filter that counts the requests to the whole bucket; null when there is none. Filters that have been silent for
 * two weeks are found only here.
 */
export const wholeBucketFilter = bucketProbe(
  "wholeBucketFilter",
  [listMetricsConfigurations],
  "bucket with data whose use is not known otherwise",
  ({ name }) =>
    Effect.map(
      complete(
        list(listMetricsConfigurations, { Bucket: name }, (configurations) =>
          configurations.map(({ Filter, Id }) => ({
            id: required(Id, "MetricsConfigurationList[].Id"),
            isWhole: Filter === undefined
          }))
        )
      ),
      (filters): string | null => filters.find(({ isWhole }) => isWhole)?.id ?? null
    )
)

const getWebsite = operation(S3Client, GetBucketWebsiteCommand, "s3:GetBucketWebsite")
const getPolicy = operation(S3Client, GetBucketPolicyCommand, "s3:GetBucketPolicy")
const getPolicyStatus = operation(S3Client, GetBucketPolicyStatusCommand, "s3:GetBucketPolicyStatus")
const getAcl = operation(S3Client, GetBucketAclCommand, "s3:GetBucketAcl")

export interface BucketAccess {
  /** A website may answer with redirects alone, without an object. */
  readonly isWebsite: boolean
  readonly isPublic: boolean
  /** AWS services that its policy names, such as `cloudtrail.amazonaws.com`. */
  readonly services: ReadonlyArray<string>
  /** Whoever else may put objects into it: other accounts, among them those of load balancers, groups, or `*`. */
  readonly writers: ReadonlyArray<string>
  /** Whether its access control list lets S3 write the access logs of other buckets into it. */
  readonly takesAccessLogs: boolean
  /** What of its policy lets everyone in. */
  readonly publicStatements: ReadonlyArray<PublicStatement>
  /** What its access control list lets the public do, such as `everyone: read`. */
  readonly publicGrants: ReadonlyArray<string>
}

/** Who reaches a bucket otherwise than through its owner. */
export const access = bucketProbe(
  "access",
  [getWebsite, getPolicy, getPolicyStatus, getAcl],
  "bucket that would be reported, or that no setting keeps from being public",
  Effect.fnUntraced(function* ({ name }) {
    const { account } = yield* AwsTarget
    // Every website has one of the two.
    const isWebsite = yield* send(getWebsite, { Bucket: name }, ({ IndexDocument, RedirectAllRequestsTo }) => {
      required(IndexDocument ?? RedirectAllRequestsTo, "IndexDocument")
      return true
    }).pipe(noneWhen("NoSuchWebsiteConfiguration", false))
    const policy = yield* send(getPolicy, { Bucket: name }, (answer) => {
      const text = required(answer.Policy, "Policy")
      return {
        services: policyServices(text),
        writers: policyWriters(text, account),
        publicStatements: publicStatements(text)
      }
    }).pipe(noneWhen("NoSuchBucketPolicy", undefined))
    const isPublic =
      policy !== undefined &&
      (yield* send(getPolicyStatus, { Bucket: name }, ({ PolicyStatus }) =>
        required(PolicyStatus?.IsPublic, "PolicyStatus.IsPublic")
      ))
    const listed = yield* send(getAcl, { Bucket: name }, ({ Grants, Owner }) => ({
      ...listWriters(required(Grants, "Grants"), required(Owner?.ID, "Owner.ID")),
      publicGrants: publicGrants(Grants ?? [])
    }))
    return {
      isWebsite,
      isPublic,
      services: policy?.services ?? [],
      writers: [...new Set([...(policy?.writers ?? []), ...listed.others])].sort(),
      takesAccessLogs: listed.accessLogs,
      publicStatements: policy?.publicStatements ?? [],
      publicGrants: listed.publicGrants
    } satisfies BucketAccess
  }),
  3
)

const getPublicAccessBlock = operation(S3Client, GetPublicAccessBlockCommand, "s3:GetBucketPublicAccessBlock")

/** What public access a bucket keeps out by itself. */
export const publicAccessBlock = bucketProbe(
  "publicAccessBlock",
  [getPublicAccessBlock],
  "bucket of an account that does not keep the public out of all its buckets",
  ({ name }): Effect.Effect<PublicAccessBlock, AwsError, AwsServices> =>
    send(getPublicAccessBlock, { Bucket: name }, ({ PublicAccessBlockConfiguration }) =>
      blockOf(required(PublicAccessBlockConfiguration, "PublicAccessBlockConfiguration"))
    ).pipe(noneWhen("NoSuchPublicAccessBlockConfiguration", noBlock))
)

const getOwnership = operation(S3Client, GetBucketOwnershipControlsCommand, "s3:GetBucketOwnershipControls")

/** `bucketownerenforced` where access control lists do not count; `objectwriter` where nobody said anything. */
export const objectOwnership = bucketProbe(
  "objectOwnership",
  [getOwnership],
  "bucket whose access control list is not ignored",
  ({ name }) =>
    send(getOwnership, { Bucket: name }, ({ OwnershipControls }) =>
      required(
        OwnershipControls?.Rules?.[0]?.ObjectOwnership,
        "OwnershipControls.Rules[].ObjectOwnership"
      ).toLowerCase()
    ).pipe(noneWhen("OwnershipControlsNotFoundError", "objectwriter"))
)

const getEncryption = operation(S3Client, GetBucketEncryptionCommand, "s3:GetEncryptionConfiguration")

/** How a bucket encrypts new objects that do not say otherwise. */
export interface BucketEncryption {
  /** `aes256`, `aws:kms`, `aws:kms:dsse`, or one of file systems and backups. */
  readonly algorithm: string
  /** The key that it names; null for S3's own, and for the account's key for S3. */
  readonly key: string | null
  readonly hasBucketKey: boolean
}

/** The default encryption of single buckets; null for a bucket without one, which S3 makes no more. */
export const encryption = bucketProbe(
  "encryption",
  [getEncryption],
  "bucket",
  ({ name }): Effect.Effect<BucketEncryption | null, AwsError, AwsServices> =>
    send(getEncryption, { Bucket: name }, ({ ServerSideEncryptionConfiguration }) => {
      const [rule] = required(ServerSideEncryptionConfiguration?.Rules, "ServerSideEncryptionConfiguration.Rules")
      const own = rule?.ApplyServerSideEncryptionByDefault
      const field = "ServerSideEncryptionConfiguration.Rules[].ApplyServerSideEncryptionByDefault.SSEAlgorithm"
      return {
        algorithm: required(own?.SSEAlgorithm, field).toLowerCase(),
        key: own?.KMSMasterKeyID ?? null,
        hasBucketKey: rule?.BucketKeyEnabled ?? false
      }
    }).pipe(noneWhen("ServerSideEncryptionConfigurationNotFoundError", null))
)

/** What S3 means by a document with nothing in it: a setting that was never made. The id of the request proves that S3 has answered. */
const neverMade = <A>(
  { $metadata }: { readonly $metadata?: { readonly requestId?: string | undefined } },
  field: string,
  value: A
): A => {
  required($metadata?.requestId, field)
  return value
}

const getLogging = operation(S3Client, GetBucketLoggingCommand, "s3:GetBucketLogging")

/** The name of the bucket that takes the access logs of this one; null when it keeps none. */
export const logTarget = bucketProbe(
  "logTarget",
  [getLogging],
  "bucket of a region, when one there would be reported and may take access logs",
  ({ name }) =>
    send(getLogging, { Bucket: name }, (answer) =>
      answer.LoggingEnabled === undefined
        ? neverMade(answer, "LoggingEnabled", null)
        : required(answer.LoggingEnabled.TargetBucket, "LoggingEnabled.TargetBucket")
    )
)

const getReplication = operation(S3Client, GetBucketReplicationCommand, "s3:GetReplicationConfiguration")

/** The names of the buckets that this one is copied to. */
export const replicationTargets = bucketProbe(
  "replicationTargets",
  [getReplication],
  "bucket of the account, when one would be reported that keeps versions and so may be a copy",
  ({ name }): Effect.Effect<ReadonlyArray<string>, AwsError, AwsServices> =>
    send(getReplication, { Bucket: name }, ({ ReplicationConfiguration }) =>
      required(ReplicationConfiguration?.Rules, "ReplicationConfiguration.Rules")
        .filter(({ Status }) => Status?.toLowerCase() === "enabled")
        .map(({ Destination }) =>
          required(Destination?.Bucket, "ReplicationConfiguration.Rules[].Destination.Bucket").replace(
            /^arn:[^:]+:s3:::/,
            ""
          )
        )
    ).pipe(noneWhen("ReplicationConfigurationNotFoundError", []))
)

const getVersioning = operation(S3Client, GetBucketVersioningCommand, "s3:GetBucketVersioning")

/** `enabled`, `suspended`, or `never` for a bucket that never kept old versions. */
export const versioning = bucketProbe(
  "versioning",
  [getVersioning],
  "bucket whose old versions matter to the finding",
  ({ name }) =>
    send(
      getVersioning,
      { Bucket: name },
      (answer) => answer.Status?.toLowerCase() ?? neverMade(answer, "Status", "never")
    )
)

const getLifecycle = operation(S3Client, GetBucketLifecycleConfigurationCommand, "s3:GetLifecycleConfiguration")

/** What one enabled lifecycle rule does. */
export interface LifecycleRule {
  readonly id: string
  readonly wholeBucket: boolean
  /** Moves current versions to another storage class. */
  readonly moves: boolean
  /** Days after which it deletes current versions; null when it does not, or at a date. */
  readonly expiresAfterDays: number | null
  readonly expiresNoncurrent: boolean
  readonly abortsUploads: boolean
}

const isWholeBucket = ({ Filter, Prefix = "" }: AwsLifecycleRule): boolean =>
  Prefix === "" &&
  (Filter?.Prefix ?? "") === "" &&
  Filter?.Tag === undefined &&
  Filter?.And === undefined &&
  Filter?.ObjectSizeGreaterThan === undefined &&
  Filter?.ObjectSizeLessThan === undefined

/** The enabled lifecycle rules of single buckets. */
export const lifecycle = bucketProbe(
  "lifecycle",
  [getLifecycle],
  "bucket that is large enough to be judged",
  ({ name }): Effect.Effect<ReadonlyArray<LifecycleRule>, AwsError, AwsServices> =>
    send(getLifecycle, { Bucket: name }, ({ Rules }) =>
      required(Rules, "Rules")
        .filter(({ Status }) => required(Status, "Rules[].Status").toLowerCase() === "enabled")
        .map((rule) => ({
          id: rule.ID ?? "",
          wholeBucket: isWholeBucket(rule),
          moves: (rule.Transitions ?? []).length > 0,
          expiresAfterDays: rule.Expiration?.Days ?? null,
          expiresNoncurrent: rule.NoncurrentVersionExpiration !== undefined,
          abortsUploads: rule.AbortIncompleteMultipartUpload !== undefined
        }))
    ).pipe(noneWhen("NoSuchLifecycleConfiguration", []))
)

const listIntelligentTiering = listOperation(
  S3Client,
  ListBucketIntelligentTieringConfigurationsCommand,
  "s3:GetIntelligentTieringConfiguration",
  flattened<IntelligentTieringConfiguration>("IntelligentTieringConfigurationList"),
  continued
)

/** Ids of the enabled configurations that let Intelligent-Tiering archive objects of single buckets. */
export const archiveConfigurations = bucketProbe(
  "archiveConfigurations",
  [listIntelligentTiering],
  "bucket whose objects could be tiered",
  ({ name }) =>
    complete(
      list(listIntelligentTiering, { Bucket: name }, (configurations) =>
        configurations.flatMap(({ Id, Status }) =>
          Status?.toLowerCase() === "enabled" && Id !== undefined ? [Id] : []
        )
      )
    )
)

const listAnalytics = listOperation(
  S3Client,
  ListBucketAnalyticsConfigurationsCommand,
  "s3:GetAnalyticsConfiguration",
  flattened<AnalyticsConfiguration>("AnalyticsConfigurationList"),
  continued
)

/** Ids of the storage class analyses of single buckets. Their results are files in a bucket, which nothing here opens. */
export const classAnalyses = bucketProbe(
  "classAnalyses",
  [listAnalytics],
  "bucket whose objects could be tiered",
  ({ name }) =>
    complete(list(listAnalytics, { Bucket: name }, (configurations) => configurations.flatMap(({ Id }) => Id ?? [])))
)
