import type {
  GetHostedZoneCommandInput,
  GetHostedZoneCommandOutput,
  ListHealthChecksCommandOutput,
  ListHostedZonesCommandInput,
  ListHostedZonesCommandOutput,
  ListResourceRecordSetsCommandInput,
  ListResourceRecordSetsCommandOutput,
  HostedZone as AwsHostedZone
} from "@aws-sdk/client-route-53"
import { capitalsOf, idOf } from "../ids.ts"
import type { Activity, Named } from "../estate.ts"
import { type Answer, defineService, edgeRegion, type Here, pageOf, refusal } from "../Service.ts"

declare module "../estate.ts" {
  interface Global {
    readonly hostedZones: ReadonlyArray<HostedZone>
  }
}

export interface HostedZone extends Named {
  readonly records: number
  readonly comment?: string
  /** Names of the VPCs of a private zone. */
  readonly private?: ReadonlyArray<string>
  readonly linkedService?: string
  readonly queries: Activity
}

/** `Z0123456789ABCDEFGHIJ`, without the path in which Route 53 wraps it. */
export const zoneId = (account: string, name: string): string => `Z0${capitalsOf(account, name, 20)}`

/** The name servers of the zone of a name. */
export const nameServersOf = (name: string): ReadonlyArray<string> =>
  [1, 2, 3, 4].map((n) => `ns-${n}.${name}.name-server.example`)

/** Private zones are seen from the region in which the shop runs. */
const vpcRegion = "eu-central-1"

const shown = (here: Here, zone: HostedZone): AwsHostedZone => ({
  Id: `/hostedzone/${zoneId(here.account, zone.name)}`,
  Name: `${zone.name}.`,
  CallerReference: zone.name,
  Config: { PrivateZone: zone.private !== undefined, ...(zone.comment === undefined ? {} : { Comment: zone.comment }) },
  ResourceRecordSetCount: zone.records,
  ...(zone.linkedService === undefined ? {} : { LinkedService: { ServicePrincipal: zone.linkedService } })
})

const find = (here: Here, id: string | undefined): HostedZone => {
  const zone = here.global.hostedZones.find(({ name }) => zoneId(here.account, name) === id)
  if (zone === undefined) throw refusal("NoSuchHostedZone", `No hosted zone found with ID: ${id}`, 404)
  return zone
}

const recordSet = (Name: string, Type: "A" | "NS" | "SOA") => ({ Name, Type, TTL: 300, ResourceRecords: [] })

export default defineService({
  global: { hostedZones: [] },
  answers: {
    "route53:ListHostedZones": (here, input: ListHostedZonesCommandInput): Answer<ListHostedZonesCommandOutput> => {
      const { items, next } = pageOf(here.global.hostedZones, input.Marker, input.MaxItems, 100)
      return {
        HostedZones: items.map((zone) => shown(here, zone)),
        IsTruncated: next !== undefined,
        NextMarker: next,
        Marker: input.Marker,
        MaxItems: input.MaxItems
      }
    },

    // Nobody checks an endpoint by Route 53.
    "route53:ListHealthChecks": (): Answer<ListHealthChecksCommandOutput> => ({
      HealthChecks: [],
      IsTruncated: false,
      Marker: "",
      MaxItems: 1000
    }),

    "route53:GetHostedZone": (here, input: GetHostedZoneCommandInput): Answer<GetHostedZoneCommandOutput> => {
      const zone = find(here, input.Id)
      return zone.private === undefined
        ? {
            HostedZone: shown(here, zone),
            DelegationSet: { NameServers: [...nameServersOf(zone.name)] }
          }
        : {
            HostedZone: shown(here, zone),
            VPCs: zone.private.map((vpc) => ({
              VPCId: idOf("vpc", { account: here.account, region: vpcRegion }, vpc),
              VPCRegion: vpcRegion
            }))
          }
    },

    "route53:ListResourceRecordSets": (
      here,
      input: ListResourceRecordSetsCommandInput
    ): Answer<ListResourceRecordSetsCommandOutput> => {
      const { name, records } = find(here, input.HostedZoneId)
      const all = [
        recordSet(`${name}.`, "NS"),
        recordSet(`${name}.`, "SOA"),
        ...Array.from({ length: Math.max(0, records - 2) }, (_, index) => recordSet(`host-${index}.${name}.`, "A"))
      ]
      const most = input.MaxItems ?? 300
      return { ResourceRecordSets: all.slice(0, most), IsTruncated: all.length > most, MaxItems: most }
    }
  },
  // Only public zones are counted.
  series: (here) =>
    here.region === edgeRegion
      ? here.global.hostedZones
          .filter((zone) => zone.private === undefined)
          .map(({ name, queries }) => ({
            namespace: "AWS/Route53",
            dimensions: { HostedZoneId: zoneId(here.account, name) },
            sums: { DNSQueries: queries }
          }))
      : [],
  resources: (here) =>
    here.region === edgeRegion
      ? here.global.hostedZones.map(({ name, tags }) => ({
          type: "route53:hostedzone",
          arn: `arn:aws:route53:::hostedzone/${zoneId(here.account, name)}`,
          tags
        }))
      : []
})
