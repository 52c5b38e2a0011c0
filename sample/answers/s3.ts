import type {
  GetBucketLifecycleConfigurationCommandOutput,
  GetBucketLocationCommandOutput,
  GetBucketLoggingCommandOutput,
  GetBucketPolicyCommandOutput,
  GetBucketPolicyStatusCommandOutput,
  GetBucketReplicationCommandOutput,
  GetBucketTaggingCommandOutput,
  GetBucketVersioningCommandOutput,
  GetBucketWebsiteCommandOutput,
  LifecycleRule as AwsLifecycleRule,
  ListBucketAnalyticsConfigurationsCommandOutput,
  ListBucketIntelligentTieringConfigurationsCommandOutput,
  ListBucketMetricsConfigurationsCommandOutput,
  ListBucketsCommandInput,
  ListBucketsCommandOutput,
  ListMultipartUploadsCommandOutput,
  ListObjectVersionsCommandOutput
} from "@aws-sdk/client-s3"
import type { Bucket, LifecycleRule } from "../estate.ts"
import { type Answer, type Answers, dateOf, type Here, pageOf, pairs, refusal } from "./Here.ts"
import { wholeBucketFilter } from "./series.ts"

interface AboutBucket {
  readonly Bucket?: string
}

/** The bucket that is asked about, which answers in its own region only. */
const bucketOf = (here: Here, { Bucket }: AboutBucket): Bucket => {
  const bucket = here.own.buckets.find(({ name }) => name === Bucket)
  if (bucket === undefined) throw refusal("NoSuchBucket", "The specified bucket does not exist", 404)
  if (bucket.region !== here.region) {
    throw refusal("PermanentRedirect", `The bucket must be addressed using the endpoint of ${bucket.region}.`, 301)
  }
  if (bucket.closed)
    throw refusal("AccessDenied", "Access Denied with an explicit deny in a resource-based policy", 403)
  return bucket
}

const none = (code: string): Error => refusal(code, "There is no such configuration.", 404)

const ruleOf = (rule: LifecycleRule): AwsLifecycleRule => ({
  ID: rule.id,
  Status: rule.disabled ? "Disabled" : "Enabled",
  Filter: { Prefix: "" },
  ...(rule.toClass === undefined
    ? {}
    : { Transitions: [{ Days: rule.toClass.days, StorageClass: rule.toClass.class as never }] }),
  ...(rule.expireDays === undefined ? {} : { Expiration: { Days: rule.expireDays } }),
  ...(rule.expireNoncurrentDays === undefined
    ? {}
    : { NoncurrentVersionExpiration: { NoncurrentDays: rule.expireNoncurrentDays } }),
  ...(rule.abortUploadsDays === undefined
    ? {}
    : { AbortIncompleteMultipartUpload: { DaysAfterInitiation: rule.abortUploadsDays } })
})

export const answers: Answers = {
  "s3:ListBuckets": (here, input: ListBucketsCommandInput): Answer<ListBucketsCommandOutput> => {
    const { items, next } = pageOf(here.own.buckets, input.ContinuationToken, input.MaxBuckets, 10_000)
    return {
      Buckets: items.map(({ created, name, region }) => ({
        Name: name,
        BucketRegion: region,
        CreationDate: dateOf(created)
      })),
      ContinuationToken: next
    }
  },

  "s3:GetBucketLocation": (here, input: AboutBucket): Answer<GetBucketLocationCommandOutput> => {
    const { region } = bucketOf(here, input)
    return region === "us-east-1" ? {} : { LocationConstraint: region as never }
  },

  "s3:ListObjectVersions": (here, input: AboutBucket): Answer<ListObjectVersionsCommandOutput> =>
    bucketOf(here, input).objects === 0 ? {} : { Versions: [{ Key: "first", VersionId: "null", IsLatest: true }] },

  "s3:ListMultipartUploads": (here, input: AboutBucket): Answer<ListMultipartUploadsCommandOutput> => {
    const { created, unfinishedUploads = 0 } = bucketOf(here, input)
    return unfinishedUploads === 0 ? {} : { Uploads: [{ Key: "first", UploadId: "1", Initiated: dateOf(created) }] }
  },

  "s3:ListBucketMetricsConfigurations": (
    here,
    input: AboutBucket
  ): Answer<ListBucketMetricsConfigurationsCommandOutput> =>
    bucketOf(here, input).requests === undefined ? {} : { MetricsConfigurationList: [{ Id: wholeBucketFilter }] },

  "s3:GetBucketWebsite": (here, input: AboutBucket): Answer<GetBucketWebsiteCommandOutput> => {
    if (bucketOf(here, input).website !== true) throw none("NoSuchWebsiteConfiguration")
    return { RedirectAllRequestsTo: { HostName: "www.larkspur-outdoor.example" } }
  },

  "s3:GetBucketPolicy": (here, input: AboutBucket): Answer<GetBucketPolicyCommandOutput> => {
    const { services } = bucketOf(here, input)
    if (services === undefined) throw none("NoSuchBucketPolicy")
    const Statement = [{ Effect: "Allow", Principal: { Service: services }, Action: "s3:PutObject", Resource: "*" }]
    return { Policy: JSON.stringify({ Version: "2012-10-17", Statement }) }
  },

  "s3:GetBucketPolicyStatus": (here, input: AboutBucket): Answer<GetBucketPolicyStatusCommandOutput> => {
    if (bucketOf(here, input).services === undefined) throw none("NoSuchBucketPolicy")
    return { PolicyStatus: { IsPublic: false } }
  },

  "s3:GetBucketLogging": (here, input: AboutBucket): Answer<GetBucketLoggingCommandOutput> => {
    const { name } = bucketOf(here, input)
    const target = here.own.buckets.find(({ logsOf }) => logsOf?.includes(name))
    return target === undefined ? {} : { LoggingEnabled: { TargetBucket: target.name, TargetPrefix: `${name}/` } }
  },

  "s3:GetBucketReplication": (here, input: AboutBucket): Answer<GetBucketReplicationCommandOutput> => {
    const { replicatesTo } = bucketOf(here, input)
    if (replicatesTo === undefined) throw none("ReplicationConfigurationNotFoundError")
    const Destination = { Bucket: `arn:aws:s3:::${replicatesTo}` }
    return { ReplicationConfiguration: { Role: "replication", Rules: [{ Status: "Enabled", Destination }] } }
  },

  "s3:GetBucketTagging": (here, input: AboutBucket): Answer<GetBucketTaggingCommandOutput> => {
    const { tags } = bucketOf(here, input)
    if (tags === undefined) throw none("NoSuchTagSet")
    return { TagSet: pairs(tags) }
  },

  "s3:GetBucketVersioning": (here, input: AboutBucket): Answer<GetBucketVersioningCommandOutput> =>
    bucketOf(here, input).versioned ? { Status: "Enabled" } : {},

  "s3:GetBucketLifecycleConfiguration": (
    here,
    input: AboutBucket
  ): Answer<GetBucketLifecycleConfigurationCommandOutput> => {
    const { lifecycle } = bucketOf(here, input)
    if (lifecycle === undefined) throw none("NoSuchLifecycleConfiguration")
    return { Rules: lifecycle.map(ruleOf) }
  },

  "s3:ListBucketIntelligentTieringConfigurations": (
    here,
    input: AboutBucket
  ): Answer<ListBucketIntelligentTieringConfigurationsCommandOutput> =>
    bucketOf(here, input).intelligentTiering === undefined
      ? {}
      : {
          IntelligentTieringConfigurationList: [
            { Id: "archive", Status: "Enabled", Tierings: [{ Days: 180, AccessTier: "ARCHIVE_ACCESS" }] }
          ]
        },

  "s3:ListBucketAnalyticsConfigurations": (
    here,
    input: AboutBucket
  ): Answer<ListBucketAnalyticsConfigurationsCommandOutput> => {
    bucketOf(here, input)
    return {}
  }
}
