/** What is read from Route 53, which answers for the whole account. */
import {
  GetHostedZoneCommand,
  ListHealthChecksCommand,
  ListHostedZonesCommand,
  ListResourceRecordSetsCommand,
  Route53Client
} from "@aws-sdk/client-route-53"
import * as Effect from "effect/Effect"
import { AwsTarget, list, required, send } from "../../core/aws/Aws.ts"
import { listOperation, operation } from "../../core/aws/operation.ts"
import { dataset, listOf, readOf } from "../engine/Dataset.ts"
import { probe } from "../engine/Probe.ts"
import { billedBy, resourceKind } from "../engine/ResourceKind.ts"
import { metricsOf } from "../metrics/metricsOf.ts"
import { maxDays } from "../metrics/SeriesReader.ts"
import type { SeriesSpec } from "../metrics/SeriesSpec.ts"

/** 100 zones a page is the most that Route 53 gives. */
const listHostedZones = listOperation(Route53Client, ListHostedZonesCommand, "route53:ListHostedZones", "HostedZones", {
  paging: { size: ["MaxItems", 100], input: "Marker", output: "NextMarker" }
})

export interface HostedZone {
  readonly arn: string
  /** Without the prefix `/hostedzone/`. */
  readonly id: string
  /** `example.com.` */
  readonly name: string
  readonly comment: string
  /** Undefined when Route 53 does not say: it leaves the configuration out of zones that were made without one. */
  readonly isPrivate: boolean | undefined
  /** Record sets, of which NS and SOA are always two. Undefined when Route 53 does not say. */
  readonly recordSets: number | undefined
  /** The service that made the zone and keeps it, such as `servicediscovery.amazonaws.com`. */
  readonly linkedService: string | undefined
}

/** All hosted zones, public and private, 100 a page. */
export const hostedZones = dataset<ReadonlyArray<HostedZone>>("route53.hostedZones", {
  kind: resourceKind<HostedZone>({
    type: "route53:hosted-zone",
    service: billedBy.route53,
    tags: { tagging: ["route53:hostedzone"] },
    id: ({ id }) => id,
    name: ({ name }) => name
  }),
  scope: "global",
  operations: [listHostedZones],
  read: Effect.fnUntraced(function* () {
    const { partition } = yield* AwsTarget
    return readOf(
      yield* list(listHostedZones, {}, (zones) =>
        zones.map((zone): HostedZone => {
          const id = required(zone.Id, "HostedZones[].Id").replace(/^\/hostedzone\//, "")
          return {
            arn: `arn:${partition}:route53:::hostedzone/${id}`,
            id,
            name: required(zone.Name, "HostedZones[].Name"),
            comment: zone.Config?.Comment ?? "",
            isPrivate: zone.Config?.PrivateZone,
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

/** Queries to every public zone that no service keeps, one series each. Route 53 counts none for private zones. */
export const queries = metricsOf("route53.queries", {
  scope: "global",
  needs: { hostedZones },
  metrics: [querySeries({ id: "" }, maxDays)],
  series: ({ hostedZones }) =>
    hostedZones
      .filter(({ isPrivate, linkedService }) => isPrivate === false && linkedService === undefined)
      .map((zone) => querySeries(zone, maxDays))
})

/** A zone has no date; its records are what changes. */
const identity = ({ id, recordSets }: HostedZone): string => `${id} ${recordSets}`

const getHostedZone = operation(Route53Client, GetHostedZoneCommand, "route53:GetHostedZone")

export interface ZoneDetails {
  /** `vpc-1 in eu-west-1`, also of other accounts; of a public zone none. */
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
  identity,
  read: (asked) =>
    Effect.forEach(asked, ({ id, isPrivate }) =>
      send(getHostedZone, { Id: id }, ({ DelegationSet, VPCs }) => ({
        vpcs: (isPrivate === true ? required(VPCs, "VPCs") : (VPCs ?? [])).map(
          ({ VPCId, VPCRegion }) => `${VPCId} in ${VPCRegion}`
        ),
        nameServers:
          isPrivate === false
            ? required(DelegationSet?.NameServers, "DelegationSet.NameServers")
            : (DelegationSet?.NameServers ?? [])
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
  identity,
  read: (asked) =>
    Effect.forEach(asked, ({ id }) =>
      send(listRecordSets, { HostedZoneId: id, MaxItems: 10 }, ({ ResourceRecordSets }) =>
        required(ResourceRecordSets, "ResourceRecordSets").map(({ Type }) =>
          required(Type, "ResourceRecordSets[].Type").toUpperCase()
        )
      )
    )
})

/** 1,000 a page at most. Source: shared/facts/page-sizes.md. */
const listHealthChecks = listOperation(
  Route53Client,
  ListHealthChecksCommand,
  "route53:ListHealthChecks",
  "HealthChecks",
  { paging: { size: ["MaxItems", 1000], input: "Marker", output: "NextMarker" } }
)

export interface HealthCheck {
  readonly id: string
  /** The alarm whose state it takes for health, as `region/name`; undefined for one that asks an endpoint. */
  readonly alarm: string | undefined
}

/** All health checks, 1,000 a page. */
export const healthChecks = listOf("route53.healthChecks", "global", listHealthChecks, {}, (checks) =>
  checks.map(({ HealthCheckConfig, Id }): HealthCheck => {
    const alarm = HealthCheckConfig?.AlarmIdentifier
    return {
      id: required(Id, "HealthChecks[].Id"),
      alarm: alarm === undefined ? undefined : `${alarm.Region}/${alarm.Name}`
    }
  })
)
