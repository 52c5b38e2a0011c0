/**
 * What is read from S3. Buckets are listed once per account; their metrics and their configuration are read in the region of
 * each bucket, and the configuration one bucket at a time, because S3 offers nothing else.
 */
import {
  GetBucketLifecycleConfigurationCommand,
  GetBucketLocationCommand,
  GetBucketLoggingCommand,
  GetBucketPolicyCommand,
  GetBucketPolicyStatusCommand,
  GetBucketReplicationCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  GetBucketWebsiteCommand,
  type LifecycleRule as AwsLifecycleRule,
  ListBucketAnalyticsConfigurationsCommand,
  ListBucketIntelligentTieringConfigurationsCommand,
  ListBucketMetricsConfigurationsCommand,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  S3Client
} from "@aws-sdk/client-s3"
import * as Effect from "effect/Effect"
import { type AwsServices, AwsTarget, complete, list, required, send } from "../../core/aws/Aws.ts"
import type { AwsError } from "../../core/aws/AwsError.ts"
import { type Operation, operation } from "../../core/aws/operation.ts"
import { bytesPerGb } from "../../core/pricing/bucketStorage.ts"
import { known, type Reading, unknown } from "../../core/Reading.ts"
import { AsOf, dataset, probe, type Probe } from "../engine/Dataset.ts"
import { listMetrics, publishedSeries } from "../metrics/listMetrics.ts"
import {
  getMetricData,
  maxDays,
  type MetricSeries,
  metricsOf,
  readSeries,
  type SeriesSpec
} from "../metrics/metrics.ts"
import { noneWhen } from "../engine/noneWhen.ts"
import { type Tags, tagsOf } from "./tags.ts"

/** 10,000 buckets a page. The size must be sent: S3 tells the regions only then. */
const listBuckets = operation(S3Client, ListBucketsCommand, "s3:ListAllMyBuckets", {
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

/** Runs calls about a bucket at the endpoint of its own region. */
const inRegion = <A, E, R>(region: string, effect: Effect.Effect<A, E, R>) =>
  Effect.flatMap(AwsTarget, (target) => Effect.provideService(effect, AwsTarget, { ...target, region }))

/** All buckets of the account with their regions. */
export const buckets = dataset<ReadonlyArray<Bucket>>({
  name: "s3.buckets",
  scope: "global",
  operations: [listBuckets, getBucketLocation],
  costNote: "One GetBucketLocation call for each bucket whose region the list leaves out; AWS leaves out none.",
  read: Effect.fnUntraced(function* () {
    const { partition } = yield* AwsTarget
    const listed = yield* list(listBuckets, {}, (page) =>
      (page.Buckets ?? []).map((bucket) => {
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
    const located = yield* Effect.forEach(
      listed.items,
      (bucket) =>
        Effect.match(regionOf(bucket), {
          onSuccess: (region): ReadonlyArray<Bucket> => [{ ...bucket, region }],
          onFailure: (error) => {
            gaps.push(error)
            return []
          }
        }),
      { concurrency: 8 }
    )
    return { value: located.flat(), gaps }
  })
})

// The oldest buckets have no location, and those of Ireland an old name for it.
const regionOf = (bucket: {
  readonly name: string
  readonly region: string | undefined
}): Effect.Effect<string, AwsError, AwsServices> =>
  bucket.region !== undefined
    ? Effect.succeed(bucket.region)
    : Effect.map(send(getBucketLocation, { Bucket: bucket.name }), ({ LocationConstraint: location }) =>
        location === undefined ? "us-east-1" : location === "EU" ? "eu-west-1" : location
      )

const namespace = "AWS/S3"

export interface MeasuredBucket extends Bucket {
  /** What CloudWatch has published about it in the last two weeks; unknown where the region did not answer. */
  readonly published: Reading<{
    /** `StandardStorage`, `GlacierStorage`, … */
    readonly storageTypes: ReadonlyArray<string>
    /** Filters of request metrics that saw a request. */
    readonly filterIds: ReadonlyArray<string>
  }>
}

/** All buckets with the names of their metrics. A region that CloudWatch does not answer for is a gap. */
export const measuredBuckets = dataset<ReadonlyArray<MeasuredBucket>, { readonly buckets: typeof buckets }>({
  name: "s3.measuredBuckets",
  scope: "global",
  operations: [listMetrics],
  needs: { buckets },
  costNote: "One ListMetrics call for every 500 series of S3, in each region that has a bucket.",
  read: Effect.fnUntraced(function* ({ buckets }) {
    const gaps: Array<AwsError> = []
    const published = new Map<string, Reading<ReadonlyMap<string, PublishedNames>>>()
    yield* Effect.forEach(
      new Set(buckets.map(({ region }) => region)),
      (region) =>
        Effect.match(inRegion(region, complete(publishedSeries(namespace))), {
          onSuccess: (series) => published.set(region, known(namesByBucket(series))),
          onFailure: (error) => {
            gaps.push(error)
            published.set(region, unknown(error.message))
          }
        }),
      { concurrency: 4, discard: true }
    )
    const namesOf = ({ name, region }: Bucket): MeasuredBucket["published"] => {
      const inItsRegion = published.get(region) ?? unknown("not asked")
      return inItsRegion.known ? known(inItsRegion.value.get(name) ?? { storageTypes: [], filterIds: [] }) : inItsRegion
    }
    return { value: buckets.map((bucket) => ({ ...bucket, published: namesOf(bucket) })), gaps }
  })
})

interface PublishedNames {
  readonly storageTypes: Array<string>
  readonly filterIds: Array<string>
}

const namesByBucket = (
  series: ReadonlyArray<{ readonly metric: string; readonly dimensions: Readonly<Record<string, string>> }>
) => {
  const byBucket = new Map<string, PublishedNames>()
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

export type RequestMetric = "AllRequests" | "GetRequests" | "BytesDownloaded"

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

/** Size by storage type and number of objects of every bucket that publishes a size. */
export const bucketStorage = metricsOf("s3.bucketStorage", "global", { measuredBuckets }, ({ measuredBuckets }) =>
  measuredBuckets.flatMap((bucket) => {
    const types = bucket.published.known ? bucket.published.value.storageTypes : []
    return types.length === 0
      ? []
      : [objectSeries(bucket, maxDays), ...types.map((type) => sizeSeries(bucket, type, maxDays))]
  })
)

/** Requests that the filters which CloudWatch knows have counted. */
export const bucketRequests = metricsOf("s3.bucketRequests", "global", { measuredBuckets }, ({ measuredBuckets }) =>
  measuredBuckets.flatMap((bucket) =>
    (bucket.published.known ? bucket.published.value.filterIds : []).map((filterId) =>
      requestSeries(bucket, filterId, "AllRequests", maxDays)
    )
  )
)

export interface StoredData {
  readonly gbByType: Readonly<Record<string, number>>
  readonly totalGb: number
  /** Undefined when CloudWatch has no count of the last days. */
  readonly objects: number | undefined
}

/** What a bucket held on the newest day that CloudWatch knows. Nothing published reads as no data, which is not yet empty. */
export const storedData = (bucket: MeasuredBucket, storage: MetricSeries): Reading<StoredData> => {
  if (!bucket.published.known) return bucket.published
  const gbByType: Record<string, number> = {}
  for (const type of bucket.published.value.storageTypes) {
    const points = storage.points(sizeSeries(bucket, type, newestDays))
    if (!points.known) return points
    const bytes = points.value.at(-1)?.value ?? 0
    if (bytes > 0) gbByType[type] = bytes / bytesPerGb
  }
  const totalGb = Object.values(gbByType).reduce((sum, gb) => sum + gb, 0)
  if (totalGb === 0) return known({ gbByType, totalGb, objects: undefined })
  const objects = storage.points(objectSeries(bucket, newestDays))
  return objects.known ? known({ gbByType, totalGb, objects: objects.value.at(-1)?.value }) : objects
}

/** S3 Standard of all buckets in each region, in GB: the price of one depends on the others. */
export const standardGbByRegion = (
  buckets: ReadonlyArray<MeasuredBucket>,
  storage: MetricSeries
): ReadonlyMap<string, number> => {
  const totals = new Map<string, number>()
  for (const bucket of buckets) {
    const data = storedData(bucket, storage)
    const gb = data.known ? (data.value.gbByType["StandardStorage"] ?? 0) : 0
    totals.set(bucket.region, (totals.get(bucket.region) ?? 0) + gb)
  }
  return totals
}

/** `standardStorageGb: 12.5`: sizes as evidence. Numbers, because a size that hardly moved must not look like a change. */
export const sizeEvidence = ({ gbByType }: StoredData): Record<string, number> =>
  Object.fromEntries(
    Object.entries(gbByType).map(([type, gb]) => [
      `${type.slice(0, 1).toLowerCase()}${type.slice(1)}Gb`,
      Math.round(gb * 1000) / 1000
    ])
  )

/** Asks S3 about single buckets, each in its own region. */
const bucketProbe = <A>(
  name: string,
  operations: ReadonlyArray<Operation>,
  about: string,
  read: (bucket: Bucket) => Effect.Effect<A, AwsError, AwsServices>
): Probe<Bucket, A> =>
  probe({
    name: `s3.${name}`,
    operations,
    cap: 1000,
    batchSize: 1,
    costNote: `One ${operations.map((operation) => operation.name).join(" and one ")} call for each ${about}.`,
    key: ({ name }) => name,
    read: (asked) => Effect.forEach(asked, (bucket) => inRegion(bucket.region, read(bucket)))
  })

const listObjectVersions = operation(S3Client, ListObjectVersionsCommand, "s3:ListBucketVersions")
const listMultipartUploads = operation(S3Client, ListMultipartUploadsCommand, "s3:ListBucketMultipartUploads")

/** Whether there is anything in a bucket: an object, an old version, a delete marker or an unfinished upload. */
export const isEmpty = bucketProbe(
  "isEmpty",
  [listObjectVersions, listMultipartUploads],
  "bucket without a size in CloudWatch",
  Effect.fnUntraced(function* ({ name }) {
    const { DeleteMarkers = [], Versions = [] } = yield* send(listObjectVersions, { Bucket: name, MaxKeys: 1 })
    const { Uploads = [] } = yield* send(listMultipartUploads, { Bucket: name, MaxUploads: 1 })
    return Versions.length + DeleteMarkers.length + Uploads.length === 0
  })
)

const continued = { paging: { input: "ContinuationToken", output: "NextContinuationToken" } } as const
const listMetricsConfigurations = operation(
  S3Client,
  ListBucketMetricsConfigurationsCommand,
  "s3:GetMetricsConfiguration",
  continued
)

export interface RequestMetrics {
  /** The filter that counts the requests to the whole bucket; undefined when there is none. */
  readonly filterId: string | undefined
  /** What it counted, asked for with `requestSeries`. A day without a request has no point. */
  readonly series: MetricSeries
}

/** Request metrics of the whole bucket. Filters that have been silent for two weeks are found only here. */
export const requestMetrics = (metrics: ReadonlyArray<RequestMetric>): Probe<Bucket, RequestMetrics> =>
  bucketProbe(
    `requestMetrics(${metrics.join(",")})`,
    [listMetricsConfigurations, getMetricData],
    "bucket with data whose use is not known otherwise (the second only where the bucket has request metrics)",
    Effect.fnUntraced(function* (bucket) {
      const configurations = yield* complete(
        list(listMetricsConfigurations, { Bucket: bucket.name }, (page) => page.MetricsConfigurationList ?? [])
      )
      const filterId = configurations.find(({ Filter }) => Filter === undefined)?.Id
      const specs =
        filterId === undefined ? [] : metrics.map((metric) => requestSeries(bucket, filterId, metric, maxDays))
      const { gaps, series } = yield* readSeries(specs, yield* AsOf)
      if (gaps[0] !== undefined) return yield* gaps[0]
      return { filterId, series }
    })
  )

const getWebsite = operation(S3Client, GetBucketWebsiteCommand, "s3:GetBucketWebsite")
const getPolicy = operation(S3Client, GetBucketPolicyCommand, "s3:GetBucketPolicy")
const getPolicyStatus = operation(S3Client, GetBucketPolicyStatusCommand, "s3:GetBucketPolicyStatus")

export interface BucketAccess {
  /** A website may answer with redirects alone, without an object. */
  readonly isWebsite: boolean
  readonly isPublic: boolean
  /** AWS services that its policy names, such as `cloudtrail.amazonaws.com`. */
  readonly services: ReadonlyArray<string>
}

/** Who reaches a bucket otherwise than through its owner. */
export const access = bucketProbe(
  "access",
  [getWebsite, getPolicy, getPolicyStatus],
  "bucket that would be reported",
  Effect.fnUntraced(function* ({ name }) {
    const website = yield* noneWhen("NoSuchWebsiteConfiguration", undefined)(send(getWebsite, { Bucket: name }))
    const policy = yield* noneWhen("NoSuchBucketPolicy", undefined)(send(getPolicy, { Bucket: name }))
    const status = policy === undefined ? undefined : yield* send(getPolicyStatus, { Bucket: name })
    return {
      isWebsite: website !== undefined,
      isPublic: status?.PolicyStatus?.IsPublic ?? false,
      services: [...new Set((policy?.Policy ?? "").match(/(?<=")[\w.-]+\.amazonaws\.com(\.cn)?(?=")/g))].sort()
    }
  })
)

const getLogging = operation(S3Client, GetBucketLoggingCommand, "s3:GetBucketLogging")

/** The name of the bucket that takes the access logs of this one; undefined when it keeps none. */
export const logTarget = bucketProbe(
  "logTarget",
  [getLogging],
  "bucket of the account, when at least one would be reported and may be what another one writes to",
  ({ name }) => Effect.map(send(getLogging, { Bucket: name }), ({ LoggingEnabled }) => LoggingEnabled?.TargetBucket)
)

const getReplication = operation(S3Client, GetBucketReplicationCommand, "s3:GetReplicationConfiguration")

/** The names of the buckets that this one is copied to. */
export const replicationTargets = bucketProbe(
  "replicationTargets",
  [getReplication],
  "bucket of the account, when at least one would be reported and may be what another one writes to",
  ({ name }) =>
    send(getReplication, { Bucket: name }).pipe(
      noneWhen("ReplicationConfigurationNotFoundError", undefined),
      Effect.map((output) =>
        (output?.ReplicationConfiguration?.Rules ?? [])
          .filter(({ Status }) => Status === "Enabled")
          .flatMap(({ Destination }) => Destination?.Bucket?.replace(/^arn:[^:]+:s3:::/, "") ?? [])
      )
    )
)

const getTagging = operation(S3Client, GetBucketTaggingCommand, "s3:GetBucketTagging")

/** The tags of single buckets. */
export const bucketTags: Probe<Bucket, Tags> = bucketProbe(
  "bucketTags",
  [getTagging],
  "bucket that would be reported",
  ({ name }) =>
    send(getTagging, { Bucket: name }).pipe(
      noneWhen("NoSuchTagSet", undefined),
      Effect.map((output) => tagsOf(output?.TagSet))
    )
)

const getVersioning = operation(S3Client, GetBucketVersioningCommand, "s3:GetBucketVersioning")

/** `Enabled`, `Suspended`, or `Never` for a bucket that never kept old versions. */
export const versioning = bucketProbe(
  "versioning",
  [getVersioning],
  "bucket whose old versions matter to the finding",
  ({ name }) => Effect.map(send(getVersioning, { Bucket: name }), ({ Status }) => Status ?? "Never")
)

const getLifecycle = operation(S3Client, GetBucketLifecycleConfigurationCommand, "s3:GetLifecycleConfiguration")

/** What one enabled lifecycle rule does. */
export interface LifecycleRule {
  readonly id: string
  readonly wholeBucket: boolean
  /** Moves current versions to another storage class. */
  readonly moves: boolean
  /** Days after which it deletes current versions. */
  readonly expiresAfterDays: number | undefined
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
    send(getLifecycle, { Bucket: name }).pipe(
      noneWhen("NoSuchLifecycleConfiguration", undefined),
      Effect.map((output) =>
        (output?.Rules ?? [])
          .filter(({ Status }) => Status === "Enabled")
          .map((rule) => ({
            id: rule.ID ?? "",
            wholeBucket: isWholeBucket(rule),
            moves: (rule.Transitions ?? []).length > 0,
            expiresAfterDays: rule.Expiration?.Days,
            expiresNoncurrent: rule.NoncurrentVersionExpiration !== undefined,
            abortsUploads: rule.AbortIncompleteMultipartUpload !== undefined
          }))
      )
    )
)

const listIntelligentTiering = operation(
  S3Client,
  ListBucketIntelligentTieringConfigurationsCommand,
  "s3:GetIntelligentTieringConfiguration",
  continued
)

/** Ids of the enabled configurations that let Intelligent-Tiering archive objects of single buckets. */
export const archiveConfigurations = bucketProbe(
  "archiveConfigurations",
  [listIntelligentTiering],
  "bucket whose objects could be tiered",
  ({ name }) =>
    complete(
      list(listIntelligentTiering, { Bucket: name }, (page) =>
        (page.IntelligentTieringConfigurationList ?? []).flatMap(({ Id, Status }) =>
          Status === "Enabled" && Id !== undefined ? [Id] : []
        )
      )
    )
)

const listAnalytics = operation(
  S3Client,
  ListBucketAnalyticsConfigurationsCommand,
  "s3:GetAnalyticsConfiguration",
  continued
)

/** Ids of the storage class analyses of single buckets. Their results are files in a bucket, which nothing here opens. */
export const classAnalyses = bucketProbe(
  "classAnalyses",
  [listAnalytics],
  "bucket whose objects could be tiered",
  ({ name }) =>
    complete(
      list(listAnalytics, { Bucket: name }, (page) =>
        (page.AnalyticsConfigurationList ?? []).flatMap(({ Id }) => Id ?? [])
      )
    )
)
