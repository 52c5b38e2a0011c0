import type {
  DistributionSummary,
  GetMonitoringSubscriptionCommandOutput,
  ListDistributionsCommandInput,
  ListDistributionsCommandOutput,
  ListTagsForResourceCommandInput,
  ListTagsForResourceCommandOutput
} from "@aws-sdk/client-cloudfront"
import type { Distribution } from "../estate.ts"
import { capitalsOf } from "../ids.ts"
import { type Answer, type Answers, dateOf, type Here, pageOf, pairs, refusal } from "./Here.ts"
import { functionArn } from "./lambda.ts"

const arnOf = (here: Here, name: string) =>
  `arn:aws:cloudfront::${here.account}:distribution/${capitalsOf(here.account, name)}`

const listOf = <A>(Items: ReadonlyArray<A>) => ({ Quantity: Items.length, Items: [...Items] })

/** Where a distribution fetches from: a bucket of the account, or another host. */
const originOf = (here: Here, origin: string) => {
  const bucket = here.own.buckets.find(({ name }) => name === origin)
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
  Origins: listOf([originOf(here, distribution.origin)]),
  DefaultCacheBehavior: {
    TargetOriginId: "origin",
    ViewerProtocolPolicy: "redirect-to-https",
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

export const answers: Answers = {
  "cloudfront:ListDistributions": (
    here,
    input: ListDistributionsCommandInput
  ): Answer<ListDistributionsCommandOutput> => {
    const { items, next } = pageOf(here.own.distributions, input.Marker, input.MaxItems, 100)
    return {
      DistributionList: {
        Marker: input.Marker ?? "",
        NextMarker: next,
        MaxItems: input.MaxItems ?? 100,
        IsTruncated: next !== undefined,
        Quantity: items.length,
        Items: items.map((distribution) => summaryOf(here, distribution))
      }
    }
  },

  "cloudfront:ListTagsForResource": (
    here,
    input: ListTagsForResourceCommandInput
  ): Answer<ListTagsForResourceCommandOutput> => {
    const distribution = here.own.distributions.find(({ name }) => arnOf(here, name) === input.Resource)
    return { Tags: { Items: pairs(distribution?.tags) } }
  },

  "cloudfront:GetMonitoringSubscription": (): Answer<GetMonitoringSubscriptionCommandOutput> => {
    throw refusal("NoSuchMonitoringSubscription", "The monitoring subscription does not exist.", 404)
  }
}
