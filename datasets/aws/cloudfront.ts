/** What is read from CloudFront, which answers for the whole account. */
import {
  type CacheBehavior,
  CloudFrontClient,
  type DefaultCacheBehavior,
  GetMonitoringSubscriptionCommand,
  ListCachePoliciesCommand,
  ListDistributionsCommand
} from "@aws-sdk/client-cloudfront"
import * as Effect from "effect/Effect"
import { complete, list, required, send } from "../../core/aws/Aws.ts"
import { listOperation, operation } from "../../core/aws/operation.ts"
import { family, listOf } from "../engine/Dataset.ts"
import { noneWhen } from "../engine/noneWhen.ts"
import { onceProbe, probe, seriesProbe } from "../engine/Probe.ts"
import { billedBy, resourceKind } from "../engine/ResourceKind.ts"
import { metricsOf } from "../metrics/metricsOf.ts"
import { maxDays } from "../metrics/SeriesReader.ts"
import type { SeriesSpec } from "../metrics/SeriesSpec.ts"

/** CloudFront counts what is in a list, and leaves the list out where that is nothing. */
interface Counted<A> {
  readonly Quantity?: number | undefined
  readonly Items?: ReadonlyArray<A> | undefined
}

/** What is in a list that may be left out as a whole. */
const itemsOf = <A>(list: Counted<A> | undefined, field: string): ReadonlyArray<A> =>
  list === undefined || (list.Items === undefined && list.Quantity === 0) ? [] : required(list.Items, `${field}.Items`)

/** 100 distributions a page is the most that CloudFront gives; the token lies inside the list. */
const listDistributions = listOperation(
  CloudFrontClient,
  ListDistributionsCommand,
  "cloudfront:ListDistributions",
  {
    name: "DistributionList.Items",
    of: ({ DistributionList }) => DistributionList?.Items,
    emptyWhen: ({ DistributionList }) => DistributionList?.Quantity === 0
  },
  { paging: { size: ["MaxItems", 100], input: "Marker", output: "DistributionList.NextMarker" } }
)

/** Where a distribution fetches from. */
export interface DistributionOrigin {
  readonly id: string
  /** A bucket's or load balancer's host name, a website endpoint, or any other host. */
  readonly domainName: string
  readonly path: string
  /** `s3` for a bucket read through the S3 API, `vpc` for a private origin, `custom` for plain HTTP, website endpoints too. */
  readonly kind: "s3" | "vpc" | "custom"
  /** The region whose cache stands before the origin, where there is one. */
  readonly shieldRegion: string | undefined
}

/** How the requests to some paths are cached. */
export interface CacheSettings {
  /** `*` for all other paths. */
  readonly path: string
  /** Absent in the old way, which gives the seconds itself. */
  readonly policyId: string | undefined
  /** Longest seconds that an object may stay, of the old way; undefined where it says nothing. */
  readonly maxSeconds: number | undefined
}

export interface Distribution {
  readonly arn: string
  readonly id: string
  /** `d111111abcdef8.cloudfront.net`. */
  readonly domainName: string
  readonly comment: string
  readonly enabled: boolean
  /** The copy that a continuous deployment tries out; it has no traffic of its own. */
  readonly staging: boolean
  /** The list gives no creation time; the distribution is at least this old. */
  readonly lastModifiedAt: Date
  readonly aliases: ReadonlyArray<string>
  readonly origins: ReadonlyArray<DistributionOrigin>
  /** Empty without a web ACL; an ARN for WAFv2, an id for WAF Classic. */
  readonly webAclId: string
  readonly priceClass: string
  /** `sni-only`, `vip` (dedicated addresses, billed by the month) or `static-ip`; undefined for CloudFront's own certificate. */
  readonly sslSupportMethod: string | undefined
  /** ARN of the ACM certificate or id of the IAM one; undefined for CloudFront's own. */
  readonly certificate: string | undefined
  readonly anycastIpListId: string | undefined
  /** `tenant-only` for a distribution whose traffic arrives through its tenants. */
  readonly connectionMode: string
  /** ARNs, with version, of the Lambda@Edge functions of all cache behaviours. */
  readonly edgeFunctionArns: ReadonlyArray<string>
  /** Ids of the cache policies of all cache behaviours. */
  readonly cachePolicyIds: ReadonlyArray<string>
  /** How each cache behaviour caches, the default one first. */
  readonly caching: ReadonlyArray<CacheSettings>
  /** Such as `404 for 300 s`, of errors that are kept for a time of their own. */
  readonly errorCaching: ReadonlyArray<string>
}

type Behavior = CacheBehavior | DefaultCacheBehavior

const field = "DistributionList.Items[]"

const edgeFunctionsOf = ({ LambdaFunctionAssociations }: Behavior) =>
  itemsOf(LambdaFunctionAssociations, `${field}.LambdaFunctionAssociations`).map(({ LambdaFunctionARN }) =>
    required(LambdaFunctionARN, `${field}.LambdaFunctionAssociations.Items[].LambdaFunctionARN`)
  )

/** All distributions, 100 a page. */
export const distributions = listOf(
  "cloudfront.distributions",
  "global",
  listDistributions,
  {},
  (listed): ReadonlyArray<Distribution> =>
    listed.map((distribution) => {
      const behaviors: ReadonlyArray<Behavior> = [
        required(distribution.DefaultCacheBehavior, `${field}.DefaultCacheBehavior`),
        ...itemsOf(distribution.CacheBehaviors, `${field}.CacheBehaviors`)
      ]
      const certificate = distribution.ViewerCertificate
      return {
        arn: required(distribution.ARN, `${field}.ARN`),
        id: required(distribution.Id, `${field}.Id`),
        domainName: distribution.DomainName ?? "",
        comment: distribution.Comment ?? "",
        enabled: required(distribution.Enabled, `${field}.Enabled`),
        staging: distribution.Staging ?? false,
        lastModifiedAt: required(distribution.LastModifiedTime, `${field}.LastModifiedTime`),
        aliases: itemsOf(distribution.Aliases, `${field}.Aliases`),
        // No distribution is without an origin, and without them buckets look as if nobody served them.
        origins: required(distribution.Origins?.Items, `${field}.Origins.Items`).map((origin) => ({
          id: origin.Id ?? "",
          domainName: required(origin.DomainName, `${field}.Origins.Items[].DomainName`),
          path: origin.OriginPath ?? "",
          kind: origin.S3OriginConfig !== undefined ? "s3" : origin.VpcOriginConfig !== undefined ? "vpc" : "custom",
          shieldRegion: origin.OriginShield?.Enabled === true ? origin.OriginShield.OriginShieldRegion : undefined
        })),
        webAclId: distribution.WebACLId ?? "",
        priceClass: distribution.PriceClass ?? "",
        sslSupportMethod:
          certificate?.CloudFrontDefaultCertificate === true ? undefined : certificate?.SSLSupportMethod?.toLowerCase(),
        certificate: certificate?.ACMCertificateArn ?? certificate?.IAMCertificateId,
        anycastIpListId: distribution.AnycastIpListId === "" ? undefined : distribution.AnycastIpListId,
        connectionMode: (distribution.ConnectionMode ?? "direct").toLowerCase(),
        edgeFunctionArns: [...new Set(behaviors.flatMap(edgeFunctionsOf))],
        cachePolicyIds: [...new Set(behaviors.flatMap(({ CachePolicyId }) => CachePolicyId ?? []))],
        caching: behaviors.map((behavior) => ({
          path: "PathPattern" in behavior ? (behavior.PathPattern ?? "") : "*",
          policyId: behavior.CachePolicyId,
          maxSeconds: behavior.MaxTTL
        })),
        errorCaching: itemsOf(distribution.CustomErrorResponses, `${field}.CustomErrorResponses`)
          .flatMap(({ ErrorCachingMinTTL, ErrorCode }) =>
            ErrorCachingMinTTL === undefined ? [] : [`${ErrorCode} for ${ErrorCachingMinTTL} s`]
          )
          .sort()
      }
    }),
  {
    kind: resourceKind<Distribution>({
      type: "cloudfront:distribution",
      service: billedBy.cloudfront,
      tags: { tagging: ["cloudfront:distribution"] },
      id: ({ id }) => id,
      name: ({ aliases, domainName }) => aliases[0] ?? domainName
    })
  }
)

/** Requests of viewers by day. CloudFront publishes to its home region only, under a dimension that says `Global`. */
export const requestSeries = ({ id }: Pick<Distribution, "id">, days: number): SeriesSpec => ({
  namespace: "AWS/CloudFront",
  metric: "Requests",
  dimensions: { DistributionId: id, Region: "Global" },
  statistic: "Sum",
  days
})

/** Whether the metrics of a distribution tell its traffic: not that of a copy that is tried out, nor that of tenants. */
export const isMeasured = ({ connectionMode, enabled, staging }: Distribution): boolean =>
  enabled && !staging && connectionMode !== "tenant-only"

/** Requests to every distribution that they can tell about, one series each, as far back as one call reaches. */
export const requests = metricsOf("cloudfront.requests", {
  scope: "global",
  needs: { distributions },
  metrics: [requestSeries({ id: "" }, maxDays)],
  series: ({ distributions }) =>
    distributions.filter(isMeasured).map((distribution) => requestSeries(distribution, maxDays))
})

const getMonitoringSubscription = operation(
  CloudFrontClient,
  GetMonitoringSubscriptionCommand,
  "cloudfront:GetMonitoringSubscription"
)

/** Whether single distributions publish the additional metrics, which CloudWatch bills by the month. */
export const additionalMetrics = probe<Distribution, boolean>({
  name: "cloudfront.additionalMetrics",
  operations: [getMonitoringSubscription],
  cap: 200,
  batchSize: 1,
  costNote: "One GetMonitoringSubscription call for each distribution that would be reported.",
  key: ({ id }) => id,
  identity: ({ id, lastModifiedAt }) => `${id} ${lastModifiedAt.toISOString()}`,
  read: (asked) =>
    Effect.forEach(asked, ({ id }) =>
      send(
        getMonitoringSubscription,
        { DistributionId: id },
        ({ MonitoringSubscription }) =>
          required(
            MonitoringSubscription?.RealtimeMetricsSubscriptionConfig?.RealtimeMetricsSubscriptionStatus,
            "MonitoringSubscription.RealtimeMetricsSubscriptionConfig.RealtimeMetricsSubscriptionStatus"
          ).toLowerCase() === "enabled"
      ).pipe(noneWhen("NoSuchMonitoringSubscription", false))
    )
})

/** Some of these make up what is shown of a cache; CloudFront publishes the rate only with the additional metrics. */
const cacheMetrics = [
  ["CacheHitRate", "Average", 3_600],
  ["Requests", "Sum", 3_600],
  ["BytesDownloaded", "Sum", 86_400]
] as const

/** One metric of a distribution. Source: CloudFront developer guide, "CloudWatch metrics". */
export const cacheSeries = (
  { id }: Pick<Distribution, "id">,
  metric: (typeof cacheMetrics)[number][0],
  days: number
): SeriesSpec => {
  const [, statistic, period] = cacheMetrics.find(([name]) => name === metric) as (typeof cacheMetrics)[number]
  return {
    namespace: "AWS/CloudFront",
    metric,
    dimensions: { DistributionId: id, Region: "Global" },
    statistic,
    days,
    period
  }
}

/** How often single distributions answered from the cache, in percent, with the requests of each hour. */
export const cacheUse = family("cloudfront.cacheUse", (name, days: number) =>
  seriesProbe<Distribution>({
    name,
    costNote: "Three paid metrics for each distribution with enough requests and the additional metrics.",
    metrics: cacheMetrics.map(([metric]) => cacheSeries({ id: "" }, metric, days)),
    key: ({ id }) => id,
    series: (distribution) => cacheMetrics.map(([metric]) => cacheSeries(distribution, metric, days))
  })
)

/** 100 policies a page is the most that CloudFront gives. */
const listCachePolicies = listOperation(
  CloudFrontClient,
  ListCachePoliciesCommand,
  "cloudfront:ListCachePolicies",
  {
    name: "CachePolicyList.Items",
    of: ({ CachePolicyList }) => CachePolicyList?.Items,
    emptyWhen: ({ CachePolicyList }) => CachePolicyList?.Quantity === 0
  },
  { paging: { size: ["MaxItems", 100], input: "Marker", output: "CachePolicyList.NextMarker" }, neverEmpty: true }
)

/** For how long a policy keeps objects. */
export interface CachePolicy {
  readonly id: string
  readonly name: string
  readonly minSeconds: number
  /** Undefined where it says nothing, which is a day. */
  readonly defaultSeconds: number | undefined
  /** Undefined where it says nothing, which is a year. */
  readonly maxSeconds: number | undefined
}

/** All cache policies, AWS's own and the account's, by id. */
export const cachePolicies = onceProbe<undefined, ReadonlyMap<string, CachePolicy>>({
  name: "cloudfront.cachePolicies",
  operations: [listCachePolicies],
  costNote: "One free call for every hundred cache policies, and only where a distribution would be reported.",
  read: () =>
    Effect.map(
      complete(
        list(listCachePolicies, {}, (listed) =>
          listed.map(({ CachePolicy }): CachePolicy => {
            const config = CachePolicy?.CachePolicyConfig
            return {
              id: required(CachePolicy?.Id, "CachePolicyList.Items[].CachePolicy.Id"),
              name: config?.Name ?? "",
              minSeconds: required(config?.MinTTL, "CachePolicyList.Items[].CachePolicy.CachePolicyConfig.MinTTL"),
              defaultSeconds: config?.DefaultTTL,
              maxSeconds: config?.MaxTTL
            }
          })
        )
      ),
      (policies) => new Map(policies.map((policy) => [policy.id, policy]))
    )
})
