/** What is read from CloudFront, which answers for the whole account. */
import {
  type CacheBehavior,
  CloudFrontClient,
  type DefaultCacheBehavior,
  GetMonitoringSubscriptionCommand,
  ListDistributionsCommand,
  ListTagsForResourceCommand
} from "@aws-sdk/client-cloudfront"
import * as Effect from "effect/Effect"
import { required, send } from "../../core/aws/Aws.ts"
import { operation } from "../../core/aws/operation.ts"
import { listOf, probe } from "../engine/Dataset.ts"
import { maxDays, metricsOf, type SeriesSpec } from "../metrics/metrics.ts"
import { noneWhen } from "../engine/noneWhen.ts"
import { type Tags, tagsOf } from "./tags.ts"

/** 100 distributions a page is the most that CloudFront gives; the token lies inside the list. */
const listDistributions = operation(CloudFrontClient, ListDistributionsCommand, "cloudfront:ListDistributions", {
  paging: { size: ["MaxItems", 100], input: "Marker", output: "DistributionList.NextMarker" }
})

/** Where a distribution fetches from. */
export interface DistributionOrigin {
  readonly id: string
  /** A bucket's or load balancer's host name, a website endpoint, or any other host. */
  readonly domainName: string
  readonly path: string
  /** `s3` for a bucket read through the S3 API, `vpc` for a private origin, `custom` for plain HTTP, website endpoints too. */
  readonly kind: "s3" | "vpc" | "custom"
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
  /** `Deployed` or `InProgress`. */
  readonly status: string
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
}

type Behavior = CacheBehavior | DefaultCacheBehavior

const edgeFunctionsOf = ({ LambdaFunctionAssociations }: Behavior) =>
  (LambdaFunctionAssociations?.Items ?? []).flatMap(({ LambdaFunctionARN }) => LambdaFunctionARN ?? [])

/** All distributions, 100 a page. */
export const distributions = listOf(
  "cloudfront.distributions",
  "global",
  listDistributions,
  {},
  (page): ReadonlyArray<Distribution> =>
    (page.DistributionList?.Items ?? []).map((distribution) => {
      const behaviors: ReadonlyArray<Behavior> = [
        ...(distribution.DefaultCacheBehavior === undefined ? [] : [distribution.DefaultCacheBehavior]),
        ...(distribution.CacheBehaviors?.Items ?? [])
      ]
      const certificate = distribution.ViewerCertificate
      return {
        arn: required(distribution.ARN, "DistributionList.Items[].ARN"),
        id: required(distribution.Id, "DistributionList.Items[].Id"),
        domainName: distribution.DomainName ?? "",
        comment: distribution.Comment ?? "",
        enabled: required(distribution.Enabled, "DistributionList.Items[].Enabled"),
        staging: distribution.Staging ?? false,
        status: distribution.Status ?? "",
        lastModifiedAt: required(distribution.LastModifiedTime, "DistributionList.Items[].LastModifiedTime"),
        aliases: distribution.Aliases?.Items ?? [],
        origins: (distribution.Origins?.Items ?? []).map((origin) => ({
          id: origin.Id ?? "",
          domainName: required(origin.DomainName, "DistributionList.Items[].Origins.Items[].DomainName"),
          path: origin.OriginPath ?? "",
          kind: origin.S3OriginConfig !== undefined ? "s3" : origin.VpcOriginConfig !== undefined ? "vpc" : "custom"
        })),
        webAclId: distribution.WebACLId ?? "",
        priceClass: distribution.PriceClass ?? "",
        sslSupportMethod:
          certificate?.CloudFrontDefaultCertificate === true ? undefined : certificate?.SSLSupportMethod,
        certificate: certificate?.ACMCertificateArn ?? certificate?.IAMCertificateId,
        anycastIpListId: distribution.AnycastIpListId === "" ? undefined : distribution.AnycastIpListId,
        connectionMode: distribution.ConnectionMode ?? "direct",
        edgeFunctionArns: [...new Set(behaviors.flatMap(edgeFunctionsOf))],
        cachePolicyIds: [...new Set(behaviors.flatMap(({ CachePolicyId }) => CachePolicyId ?? []))]
      }
    })
)

/** Requests of viewers by day. CloudFront publishes to its home region only, under a dimension that says `Global`. */
export const requestSeries = ({ id }: Pick<Distribution, "id">, days: number): SeriesSpec => ({
  namespace: "AWS/CloudFront",
  metric: "Requests",
  dimensions: { DistributionId: id, Region: "Global" },
  statistic: "Sum",
  days
})

/** Requests to every enabled distribution, one series each, as far back as one call reaches: the price is the same. */
export const requests = metricsOf("cloudfront.requests", "global", { distributions }, ({ distributions }) =>
  distributions.filter(({ enabled }) => enabled).map((distribution) => requestSeries(distribution, maxDays))
)

const listTags = operation(CloudFrontClient, ListTagsForResourceCommand, "cloudfront:ListTagsForResource")

/** The tags of single distributions. */
export const distributionTags = probe<Distribution, Tags>({
  name: "cloudfront.distributionTags",
  operations: [listTags],
  cap: 200,
  batchSize: 1,
  costNote: "One ListTagsForResource call for each distribution that would be reported.",
  key: ({ id }) => id,
  read: (asked) =>
    Effect.forEach(asked, ({ arn }) =>
      Effect.map(send(listTags, { Resource: arn }), (output) => tagsOf(output.Tags?.Items))
    )
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
  read: (asked) =>
    Effect.forEach(asked, ({ id }) =>
      send(getMonitoringSubscription, { DistributionId: id }).pipe(
        Effect.map(
          ({ MonitoringSubscription }) =>
            MonitoringSubscription?.RealtimeMetricsSubscriptionConfig?.RealtimeMetricsSubscriptionStatus === "Enabled"
        ),
        noneWhen("NoSuchMonitoringSubscription", false)
      )
    )
})
