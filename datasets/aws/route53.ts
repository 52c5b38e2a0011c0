/** What is read from Route 53, which answers for the whole account. */
import {
  GetHostedZoneCommand,
  ListHostedZonesCommand,
  ListResourceRecordSetsCommand,
  ListTagsForResourcesCommand,
  Route53Client
} from "@aws-sdk/client-route-53"
import * as Effect from "effect/Effect"
import { AwsTarget, list, required, send } from "../../core/aws/Aws.ts"
import { operation } from "../../core/aws/operation.ts"
import { dataset, probe, readOf } from "../engine/Dataset.ts"
import { maxDays, metricsOf, type SeriesSpec } from "../metrics/metrics.ts"
import { type Tags, tagsOf } from "./tags.ts"

/** 100 zones a page is the most that Route 53 gives. */
const listHostedZones = operation(Route53Client, ListHostedZonesCommand, "route53:ListHostedZones", {
  paging: { size: ["MaxItems", 100], input: "Marker", output: "NextMarker" }
})

export interface HostedZone {
  readonly arn: string
  /** Without the prefix `/hostedzone/`. */
  readonly id: string
  /** `example.com.` */
  readonly name: string
  readonly comment: string
  readonly isPrivate: boolean
  /** Record sets, of which NS and SOA are always two. Undefined when Route 53 does not say. */
  readonly recordSets: number | undefined
  /** The service that made the zone and keeps it, such as `servicediscovery.amazonaws.com`. */
  readonly linkedService: string | undefined
}

/** All hosted zones, public and private, 100 a page. */
export const hostedZones = dataset<ReadonlyArray<HostedZone>>({
  name: "route53.hostedZones",
  scope: "global",
  operations: [listHostedZones],
  read: Effect.fnUntraced(function* () {
    const { partition } = yield* AwsTarget
    return readOf(
      yield* list(listHostedZones, {}, (page) =>
        (page.HostedZones ?? []).map((zone): HostedZone => {
          const id = required(zone.Id, "HostedZones[].Id").replace(/^\/hostedzone\//, "")
          return {
            arn: `arn:${partition}:route53:::hostedzone/${id}`,
            id,
            name: required(zone.Name, "HostedZones[].Name"),
            comment: zone.Config?.Comment ?? "",
            isPrivate: zone.Config?.PrivateZone ?? false,
            recordSets: zone.ResourceRecordSetCount,
            linkedService: zone.LinkedService?.ServicePrincipal
          }
        })
      )
    )
  })
})

/** Queries by day that reached the name servers of a public zone; resolvers answer most of them from their caches. */
export const querySeries = ({ id }: Pick<HostedZone, "id">, days: number): SeriesSpec => ({
  namespace: "AWS/Route53",
  metric: "DNSQueries",
  dimensions: { HostedZoneId: id },
  statistic: "Sum",
  days
})

/** Queries to every public zone, one series each. Route 53 counts none for private zones. */
export const queries = metricsOf("route53.queries", "global", { hostedZones }, ({ hostedZones }) =>
  hostedZones.filter(({ isPrivate }) => !isPrivate).map((zone) => querySeries(zone, maxDays))
)

const getHostedZone = operation(Route53Client, GetHostedZoneCommand, "route53:GetHostedZone")

export interface ZoneDetails {
  /** `vpc-1 in eu-west-1`, also of other accounts. */
  readonly vpcs: ReadonlyArray<string>
  /** The name servers that a delegation of a public zone would name. */
  readonly nameServers: ReadonlyArray<string>
}

/** What only the zone itself tells: the VPCs that see it, and its name servers. */
export const zoneDetails = probe<HostedZone, ZoneDetails>({
  name: "route53.zoneDetails",
  operations: [getHostedZone],
  cap: 300,
  batchSize: 1,
  costNote: "One GetHostedZone call for each private zone, and for each public one that would be reported.",
  key: ({ id }) => id,
  read: (asked) =>
    Effect.forEach(asked, ({ id }) =>
      Effect.map(send(getHostedZone, { Id: id }), ({ DelegationSet, VPCs }) => ({
        vpcs: (VPCs ?? []).map(({ VPCId, VPCRegion }) => `${VPCId} in ${VPCRegion}`),
        nameServers: DelegationSet?.NameServers ?? []
      }))
    )
})

const listRecordSets = operation(Route53Client, ListResourceRecordSetsCommand, "route53:ListResourceRecordSets")

/** The types of the first records of single zones, to see that nothing but NS and SOA is in them. */
export const recordTypes = probe<HostedZone, ReadonlyArray<string>>({
  name: "route53.recordTypes",
  operations: [listRecordSets],
  cap: 300,
  batchSize: 1,
  costNote: "One ListResourceRecordSets call for each zone with two record sets or fewer.",
  key: ({ id }) => id,
  read: (asked) =>
    Effect.forEach(asked, ({ id }) =>
      Effect.map(send(listRecordSets, { HostedZoneId: id, MaxItems: 10 }), ({ ResourceRecordSets }) =>
        (ResourceRecordSets ?? []).map(({ Type }) => Type ?? "")
      )
    )
})

const listTags = operation(Route53Client, ListTagsForResourcesCommand, "route53:ListTagsForResources")

/** The tags of single zones, ten a call. */
export const zoneTags = probe<HostedZone, Tags>({
  name: "route53.zoneTags",
  operations: [listTags],
  cap: 1000,
  batchSize: 10,
  costNote: "One ListTagsForResources call for every ten zones that would be reported.",
  key: ({ id }) => id,
  read: Effect.fnUntraced(function* (asked) {
    const { ResourceTagSets } = yield* send(listTags, {
      ResourceType: "hostedzone",
      ResourceIds: asked.map(({ id }) => id)
    })
    const byId = new Map((ResourceTagSets ?? []).map(({ ResourceId, Tags }) => [ResourceId, tagsOf(Tags)]))
    return asked.map(({ id }) => byId.get(id) ?? {})
  })
})
