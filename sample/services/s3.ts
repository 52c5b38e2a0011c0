import type {
  GetBucketAclCommandOutput,
  GetBucketEncryptionCommandOutput,
  GetBucketLifecycleConfigurationCommandOutput,
  GetBucketLocationCommandOutput,
  GetBucketLoggingCommandOutput,
  GetBucketOwnershipControlsCommandOutput,
  GetBucketPolicyCommandOutput,
  GetBucketPolicyStatusCommandOutput,
  GetBucketReplicationCommandOutput,
  GetBucketVersioningCommandOutput,
  GetBucketWebsiteCommandOutput,
  GetPublicAccessBlockCommandOutput,
  LifecycleRule as AwsLifecycleRule,
  ListBucketAnalyticsConfigurationsCommandOutput,
  ListBucketIntelligentTieringConfigurationsCommandOutput,
  ListBucketMetricsConfigurationsCommandOutput,
  ListBucketsCommandInput,
  ListBucketsCommandOutput,
  ListMultipartUploadsCommandOutput,
  ListObjectVersionsCommandOutput
} from "@aws-sdk/client-s3"
import type { Activity, Named, When } from "../estate.ts"
import { hexOf } from "../ids.ts"
import { blocked } from "./s3control.ts"
import { keyArn } from "./kms.ts"
import { type Answer, dateOf, defineService, type Here, pageOf, plus, refusal, times } from "../Service.ts"

declare module "../estate.ts" {
  interface Global {
    readonly buckets: ReadonlyArray<Bucket>
  }
}

export type StorageClass =
  | "StandardStorage"
  | "StandardIAStorage"
  | "IntelligentTieringFAStorage"
  | "IntelligentTieringIAStorage"
  | "GlacierInstantRetrievalStorage"
  | "GlacierStorage"
  | "DeepArchiveStorage"

export interface Bucket extends Named {
  readonly region: string
  readonly created: When
  /** GB by storage class, as CloudWatch calls it. Empty: nothing is stored. */
  readonly gb: Partial<Readonly<Record<StorageClass, number>>>
  readonly objects: number
  /** Objects that are read a day, where request metrics of the whole bucket are switched on. */
  readonly requests?: Activity
  /** Objects that are put into it a day, counted by the same metrics. Default: none. */
  readonly uploads?: number
  readonly lifecycle?: ReadonlyArray<LifecycleRule>
  readonly intelligentTiering?: true
  readonly versioned?: true
  /** Buckets that write their access logs here. */
  readonly logsOf?: ReadonlyArray<string>
  /** The bucket that it is copied to. */
  readonly replicatesTo?: string
  /** AWS services that its policy lets in, such as `cloudtrail.amazonaws.com`. */
  readonly services?: ReadonlyArray<string>
  /** It answers as a website, if only with redirects. */
  readonly website?: true
  /** Nothing keeps the public out. Default: everything does, as of every bucket that is made today. */
  readonly unblocked?: true
  /** Its policy lets everyone read. */
  readonly publicPolicy?: true
  /** Its access control list lets everyone read; nobody switched such lists off. */
  readonly publicList?: true
  /** Default: S3's own. */
  readonly encryption?: { readonly key: string; readonly bucketKey?: true }
  /** Its own policy keeps the auditor out. */
  readonly closed?: true
  readonly unfinishedUploads?: number
}

export interface LifecycleRule {
  readonly id: string
  readonly disabled?: true
  readonly toClass?: { readonly class: string; readonly days: number }
  readonly expireDays?: number
  readonly expireNoncurrentDays?: number
  readonly abortUploadsDays?: number
}

const bytesPerRequest = 150_000

/** Lists, and reads of its configuration, a day: what audits such as this one ask of every bucket. */
const requestsAboutIt = 12

/** The group as which S3 writes access logs. Source: S3 user guide, "Access control list (ACL) overview". */
const logDelivery = "http://acs.amazonaws.com/groups/s3/LogDelivery"

const everyone = "http://acs.amazonaws.com/groups/global/AllUsers"

/** The id of the request metrics that cover a whole bucket, as the console names it. */
const wholeBucketFilter = "EntireBucket"

interface AboutBucket {
  readonly Bucket?: string
}

// S3 writes some lists without an element around them: an empty one is not there, and `IsTruncated` still is.

/** The bucket that is asked about, which answers in its own region only. */
const bucketOf = (here: Here, { Bucket }: AboutBucket): Bucket => {
  const bucket = here.global.buckets.find(({ name }) => name === Bucket)
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

export default defineService({
  global: { buckets: [] },
  answers: {
    "s3:ListBuckets": (here, input: ListBucketsCommandInput): Answer<ListBucketsCommandOutput> => {
      const { items, next } = pageOf(here.global.buckets, input.ContinuationToken, input.MaxBuckets, 10_000)
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

    "s3:ListObjectVersions": (here, input: AboutBucket): Answer<ListObjectVersionsCommandOutput> => ({
      Name: input.Bucket,
      IsTruncated: false,
      ...(bucketOf(here, input).objects === 0
        ? {}
        : { Versions: [{ Key: "first", VersionId: "null", IsLatest: true }] })
    }),

    "s3:ListMultipartUploads": (here, input: AboutBucket): Answer<ListMultipartUploadsCommandOutput> => {
      const { created, unfinishedUploads = 0 } = bucketOf(here, input)
      return {
        Bucket: input.Bucket,
        IsTruncated: false,
        ...(unfinishedUploads === 0 ? {} : { Uploads: [{ Key: "first", UploadId: "1", Initiated: dateOf(created) }] })
      }
    },

    "s3:ListBucketMetricsConfigurations": (
      here,
      input: AboutBucket
    ): Answer<ListBucketMetricsConfigurationsCommandOutput> => ({
      IsTruncated: false,
      ...(bucketOf(here, input).requests === undefined ? {} : { MetricsConfigurationList: [{ Id: wholeBucketFilter }] })
    }),

    "s3:GetBucketWebsite": (here, input: AboutBucket): Answer<GetBucketWebsiteCommandOutput> => {
      if (bucketOf(here, input).website !== true) throw none("NoSuchWebsiteConfiguration")
      return { RedirectAllRequestsTo: { HostName: "www.larkspur-outdoor.example" } }
    },

    "s3:GetBucketAcl": (here, input: AboutBucket): Answer<GetBucketAclCommandOutput> => {
      const { logsOf, publicList } = bucketOf(here, input)
      const ID = hexOf({ account: here.account, region: "" }, "canonical user", 64)
      const Grantee = { Type: "Group", URI: logDelivery } as const
      return {
        Owner: { ID },
        Grants: [
          { Grantee: { Type: "CanonicalUser", ID }, Permission: "FULL_CONTROL" },
          ...(publicList === undefined
            ? []
            : [{ Grantee: { Type: "Group" as const, URI: everyone }, Permission: "READ" as const }]),
          ...(logsOf === undefined
            ? []
            : (["WRITE", "READ_ACP"] as const).map((Permission) => ({ Grantee, Permission })))
        ]
      }
    },

    "s3:GetBucketPolicy": (here, input: AboutBucket): Answer<GetBucketPolicyCommandOutput> => {
      const { publicPolicy, services } = bucketOf(here, input)
      if (services === undefined && publicPolicy === undefined) throw none("NoSuchBucketPolicy")
      const Statement = [
        ...(services === undefined
          ? []
          : [{ Effect: "Allow", Principal: { Service: services }, Action: "s3:PutObject", Resource: "*" }]),
        ...(publicPolicy === undefined
          ? []
          : [{ Sid: "PublicRead", Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: "*" }])
      ]
      return { Policy: JSON.stringify({ Version: "2012-10-17", Statement }) }
    },

    "s3:GetBucketPolicyStatus": (here, input: AboutBucket): Answer<GetBucketPolicyStatusCommandOutput> => {
      const { publicPolicy, services } = bucketOf(here, input)
      if (services === undefined && publicPolicy === undefined) throw none("NoSuchBucketPolicy")
      return { PolicyStatus: { IsPublic: publicPolicy === true } }
    },

    "S3Client s3:GetPublicAccessBlock": (here, input: AboutBucket): Answer<GetPublicAccessBlockCommandOutput> => {
      if (bucketOf(here, input).unblocked) throw none("NoSuchPublicAccessBlockConfiguration")
      return { PublicAccessBlockConfiguration: blocked }
    },

    "s3:GetBucketOwnershipControls": (here, input: AboutBucket): Answer<GetBucketOwnershipControlsCommandOutput> => {
      if (bucketOf(here, input).publicList) throw none("OwnershipControlsNotFoundError")
      return { OwnershipControls: { Rules: [{ ObjectOwnership: "BucketOwnerEnforced" }] } }
    },

    "s3:GetBucketEncryption": (here, input: AboutBucket): Answer<GetBucketEncryptionCommandOutput> => {
      const { encryption } = bucketOf(here, input)
      return {
        ServerSideEncryptionConfiguration: {
          Rules: [
            {
              ApplyServerSideEncryptionByDefault:
                encryption === undefined
                  ? { SSEAlgorithm: "AES256" }
                  : { SSEAlgorithm: "aws:kms", KMSMasterKeyID: keyArn(here, encryption.key) },
              BucketKeyEnabled: encryption?.bucketKey === true
            }
          ]
        }
      }
    },

    "s3:GetBucketLogging": (here, input: AboutBucket): Answer<GetBucketLoggingCommandOutput> => {
      const { name } = bucketOf(here, input)
      const target = here.global.buckets.find(({ logsOf }) => logsOf?.includes(name))
      return target === undefined ? {} : { LoggingEnabled: { TargetBucket: target.name, TargetPrefix: `${name}/` } }
    },

    "s3:GetBucketReplication": (here, input: AboutBucket): Answer<GetBucketReplicationCommandOutput> => {
      const { replicatesTo } = bucketOf(here, input)
      if (replicatesTo === undefined) throw none("ReplicationConfigurationNotFoundError")
      const Destination = { Bucket: `arn:aws:s3:::${replicatesTo}` }
      return { ReplicationConfiguration: { Role: "replication", Rules: [{ Status: "Enabled", Destination }] } }
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
    ): Answer<ListBucketIntelligentTieringConfigurationsCommandOutput> => ({
      IsTruncated: false,
      ...(bucketOf(here, input).intelligentTiering === undefined
        ? {}
        : {
            IntelligentTieringConfigurationList: [
              {
                Id: "archive",
                Status: "Enabled" as const,
                Tierings: [{ Days: 180, AccessTier: "ARCHIVE_ACCESS" as const }]
              }
            ]
          })
    }),

    "s3:ListBucketAnalyticsConfigurations": (
      here,
      input: AboutBucket
    ): Answer<ListBucketAnalyticsConfigurationsCommandOutput> => {
      bucketOf(here, input)
      return { IsTruncated: false }
    }
  },
  // Told in the region of the bucket; sizes once a day.
  series: (here) =>
    here.global.buckets
      .filter(({ region }) => region === here.region)
      .flatMap(({ created, gb, name, objects, requests, uploads = 0 }) => {
        const sizes = { namespace: "AWS/S3", since: created, daily: true } as const
        return [
          ...Object.entries(gb).map(([StorageType, size]) => ({
            ...sizes,
            dimensions: { BucketName: name, StorageType },
            levels: { BucketSizeBytes: size * 2 ** 30 }
          })),
          {
            ...sizes,
            dimensions: { BucketName: name, StorageType: "AllStorageTypes" },
            levels: { NumberOfObjects: objects }
          },
          ...(requests === undefined
            ? []
            : [
                {
                  namespace: "AWS/S3",
                  since: created,
                  dimensions: { BucketName: name, FilterId: wholeBucketFilter },
                  sums: {
                    AllRequests: plus(requests, uploads + requestsAboutIt),
                    GetRequests: requests,
                    PutRequests: uploads,
                    BytesDownloaded: times(requests, bytesPerRequest)
                  }
                }
              ])
        ]
      }),
  resources: (here) =>
    here.global.buckets
      .filter(({ region }) => region === here.region)
      .map(({ name, tags }) => ({ type: "s3:bucket", arn: `arn:aws:s3:::${name}`, tags }))
})
