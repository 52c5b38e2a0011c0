import type {
  CachePolicySummary,
  DistributionSummary,
  GetMonitoringSubscriptionCommandInput,
  GetMonitoringSubscriptionCommandOutput,
  ListCachePoliciesCommandInput,
  ListCachePoliciesCommandOutput,
  ListDistributionsCommandInput,
  ListDistributionsCommandOutput
} from "@aws-sdk/client-cloudfront"
import { capitalsOf } from "../ids.ts"
import { functionArn } from "./lambda.ts"
import type { Activity, Named, When } from "../estate.ts"
import { type Answer, dateOf, defineService, edgeRegion, type Here, pageOf, refusal, times } from "../Service.ts"

declare module "../estate.ts" {
  interface Global {
    readonly distributions: ReadonlyArray<Distribution>
  }
}

export interface Distribution extends Named {
  readonly disabled?: true
  readonly staging?: true
  readonly modified: When
  readonly aliases: ReadonlyArray<string>
  readonly origin: string
  /** A certificate on dedicated addresses, which AWS bills by the month. */
  readonly dedicatedIp?: true
  /** Functions of us-east-1 that run at its edge. */
  readonly edgeFunctions?: ReadonlyArray<string>
  readonly requests: Activity
  /** Share of them that the cache answers, in percent; it publishes the additional metrics. Default: nobody measures it. */
  readonly hitRate?: number
  /** Nothing is cached. */
  readonly uncached?: true
}

/** AWS's own policies. Source: CloudFront developer guide, "Use managed cache policies". */
const policies: ReadonlyArray<CachePolicySummary> = [
  {
    id: "658327ea-f89d-4fab-a63d-7e88639e58f6",
    name: "Managed-CachingOptimized",
    min: 1,
    usual: 86_400,
    max: 31_536_000
  },
  { id: "4135ea2d-6df8-44a3-9df3-4b5a84be39ad", name: "Managed-CachingDisabled", min: 0, usual: 0, max: 0 }
].map(({ id, max, min, name, usual }) => ({
  Type: "managed",
  CachePolicy: {
    Id: id,
    LastModifiedTime: new Date("2020-07-22T00:00:00Z"),
    CachePolicyConfig: { Name: name, MinTTL: min, DefaultTTL: usual, MaxTTL: max }
  }
}))

const [optimized, disabled] = policies.map(({ CachePolicy }) => CachePolicy?.Id)

const arnOf = (here: Here, name: string) =>
  `arn:aws:cloudfront::${here.account}:distribution/${capitalsOf(here.account, name)}`

/** CloudFront leaves out a list that is empty, and says so by its quantity. */
const listOf = <A>(items: ReadonlyArray<A>) => ({
  Quantity: items.length,
  ...(items.length === 0 ? {} : { Items: [...items] })
})

/** Where a distribution fetches from: a bucket of the account, or another host. */
const originOf = (here: Here, origin: string) => {
  const bucket = here.global.buckets.find(({ name }) => name === origin)
  return bucket === undefined
    ? {
        Id: "origin",
        DomainName: origin,
        CustomOriginConfig: { HTTPPort: 80, HTTPSPort: 443, OriginProtocolPolicy: "https-only" as const }
      }
    : {
        Id: "origin",
        DomainName: `${origin}.s3.${bucket.region}.amazonaws.com`,
        S3OriginConfig: { OriginAccessIdentity: "" }
      }
}

const summaryOf = (here: Here, distribution: Distribution): DistributionSummary => ({
  Id: capitalsOf(here.account, distribution.name),
  ARN: arnOf(here, distribution.name),
  ETag: undefined,
  Status: "Deployed",
  LastModifiedTime: dateOf(distribution.modified),
  DomainName: `${capitalsOf(here.account, distribution.name).toLowerCase()}.cloudfront.net`,
  Aliases: listOf(distribution.aliases),
  Origins: { Quantity: 1, Items: [originOf(here, distribution.origin)] },
  DefaultCacheBehavior: {
    TargetOriginId: "origin",
    ViewerProtocolPolicy: "redirect-to-https",
    CachePolicyId: distribution.uncached ? disabled : optimized,
    LambdaFunctionAssociations: listOf(
      (distribution.edgeFunctions ?? []).map((name) => ({
        LambdaFunctionARN: `${functionArn({ account: here.account, region: "us-east-1" }, name)}:7`,
        EventType: "viewer-response" as const
      }))
    )
  },
  CacheBehaviors: listOf([]),
  CustomErrorResponses: listOf([]),
  Comment: distribution.name,
  PriceClass: "PriceClass_100",
  Enabled: distribution.disabled !== true,
  ViewerCertificate:
    distribution.aliases.length === 0
      ? { CloudFrontDefaultCertificate: true }
      : {
          ACMCertificateArn: `arn:aws:acm:us-east-1:${here.account}:certificate/${distribution.name}`,
          SSLSupportMethod: distribution.dedicatedIp ? "vip" : "sni-only"
        },
  Restrictions: { GeoRestriction: { RestrictionType: "none", Quantity: 0 } },
  WebACLId: "",
  HttpVersion: "http2",
  IsIPV6Enabled: true,
  Staging: distribution.staging === true
})

export default defineService({
  global: { distributions: [] },
  answers: {
    "cloudfront:ListDistributions": (
      here,
      input: ListDistributionsCommandInput
    ): Answer<ListDistributionsCommandOutput> => {
      const { items, next } = pageOf(here.global.distributions, input.Marker, input.MaxItems, 100)
      return {
        DistributionList: {
          Marker: input.Marker ?? "",
          NextMarker: next,
          MaxItems: input.MaxItems ?? 100,
          IsTruncated: next !== undefined,
          ...listOf(items.map((distribution) => summaryOf(here, distribution)))
        }
      }
    },

    "cloudfront:GetMonitoringSubscription": (
      here,
      input: GetMonitoringSubscriptionCommandInput
    ): Answer<GetMonitoringSubscriptionCommandOutput> => {
      const own = here.global.distributions.find(({ name }) => capitalsOf(here.account, name) === input.DistributionId)
      if (own?.hitRate === undefined)
        throw refusal("NoSuchMonitoringSubscription", "The monitoring subscription does not exist.", 404)
      return {
        MonitoringSubscription: { RealtimeMetricsSubscriptionConfig: { RealtimeMetricsSubscriptionStatus: "Enabled" } }
      }
    },

    "cloudfront:ListCachePolicies": (
      _,
      input: ListCachePoliciesCommandInput
    ): Answer<ListCachePoliciesCommandOutput> => {
      const { items, next } = pageOf(policies, input.Marker, input.MaxItems, 100)
      return { CachePolicyList: { NextMarker: next, MaxItems: input.MaxItems ?? 100, ...listOf(items) } }
    }
  },
  series: (here) =>
    here.region === edgeRegion
      ? here.global.distributions.map(({ hitRate, name, requests }) => ({
          namespace: "AWS/CloudFront",
          dimensions: { DistributionId: capitalsOf(here.account, name), Region: "Global" },
          sums: { Requests: requests, BytesDownloaded: times(requests, 48_000) },
          ...(hitRate === undefined ? {} : { levels: { CacheHitRate: hitRate } })
        }))
      : [],
  resources: (here) =>
    here.region === edgeRegion
      ? here.global.distributions.map(({ name, tags }) => ({
          type: "cloudfront:distribution",
          arn: arnOf(here, name),
          tags
        }))
      : []
})
