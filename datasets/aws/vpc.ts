/** What is read of the network: VPCs, subnets, routes, gateways and endpoints. */
import {
  DescribeEgressOnlyInternetGatewaysCommand,
  DescribeInternetGatewaysCommand,
  DescribeNatGatewaysCommand,
  DescribeRouteTablesCommand,
  DescribeSubnetsCommand,
  DescribeVpcEndpointsCommand,
  DescribeVpcsCommand,
  EC2Client,
  type EgressOnlyInternetGateway,
  type InternetGateway as AwsInternetGateway
} from "@aws-sdk/client-ec2"
import * as Effect from "effect/Effect"
import { arn } from "../../core/aws/arn.ts"
import { type AwsServices, AwsTarget, list, required } from "../../core/aws/Aws.ts"
import { type ListOperation, listOperation } from "../../core/aws/operation.ts"
import { spelledAs } from "../../core/enumeration.ts"
import { type Dataset, dataset, readOf } from "../engine/Dataset.ts"
import { seriesProbe } from "../engine/Probe.ts"
import { billedBy, type ResourceKind, resourceKind } from "../engine/ResourceKind.ts"
import { several } from "../engine/several.ts"
import { listMetrics, publishedSeries } from "../metrics/listMetrics.ts"
import { metricsOf } from "../metrics/metricsOf.ts"
import { maxDays } from "../metrics/SeriesReader.ts"
import type { SeriesSpec } from "../metrics/SeriesSpec.ts"
import { paging } from "./ec2.ts"
import { type Tags, tagsOf } from "./tags.ts"

/** The largest page that each call allows. Source: the EC2 model in botocore 1.43.11. */
const describeNatGateways = listOperation(
  EC2Client,
  DescribeNatGatewaysCommand,
  "ec2:DescribeNatGateways",
  "NatGateways",
  { paging: paging(1000) }
)
const describeRouteTables = listOperation(
  EC2Client,
  DescribeRouteTablesCommand,
  "ec2:DescribeRouteTables",
  "RouteTables",
  { paging: paging(100) }
)
const describeVpcEndpoints = listOperation(
  EC2Client,
  DescribeVpcEndpointsCommand,
  "ec2:DescribeVpcEndpoints",
  "VpcEndpoints",
  { paging: paging(1000) }
)
const describeInternetGateways = listOperation(
  EC2Client,
  DescribeInternetGatewaysCommand,
  "ec2:DescribeInternetGateways",
  "InternetGateways",
  { paging: paging(1000) }
)
const describeEgressOnlyInternetGateways = listOperation(
  EC2Client,
  DescribeEgressOnlyInternetGatewaysCommand,
  "ec2:DescribeEgressOnlyInternetGateways",
  "EgressOnlyInternetGateways",
  { paging: paging(255) }
)
const describeVpcs = listOperation(EC2Client, DescribeVpcsCommand, "ec2:DescribeVpcs", "Vpcs", {
  paging: paging(1000)
})
const describeSubnets = listOperation(EC2Client, DescribeSubnetsCommand, "ec2:DescribeSubnets", "Subnets", {
  paging: paging(1000)
})

/** Every page of one regional list. `arnOf` makes the ARN of a resource such as `natgateway/nat-1`. */
const regional = <Output, Listing, A>(
  name: string,
  operation: ListOperation<{}, Output, Listing>,
  item: (listing: Listing, arnOf: (resource: string) => string) => A,
  kind?: ResourceKind<A>
): Dataset<ReadonlyArray<A>> =>
  dataset<ReadonlyArray<A>>(name, {
    ...((kind === undefined ? {} : { kind }) as { readonly kind?: never }),
    scope: "regional",
    operations: [operation],
    read: () =>
      Effect.flatMap(AwsTarget, ({ account, region }) => {
        const arnOf = (resource: string) => arn("ec2", region, account, resource)
        return Effect.map(
          list(operation, {}, (listed) => listed.map((listing) => item(listing, arnOf))),
          readOf
        )
      })
  })

export interface NatGateway {
  readonly arn: string
  readonly id: string
  /** `available`, `pending`, `failed`, `deleting` or `deleted`. */
  readonly state: string
  readonly createdAt: Date
  /** `public` or `private`. */
  readonly connectivity: string
  /** `zonal`, or `regional` for one gateway that works in several zones. */
  readonly availabilityMode: string
  readonly vpcId: string
  /** Undefined for a regional gateway, which lies in no subnet. */
  readonly subnetId: string | undefined
  readonly publicIps: ReadonlyArray<string>
  /** Zones in which a regional gateway has an address at work; empty where EC2 does not say. */
  readonly activeZones: ReadonlyArray<string>
  /** Whether it has bandwidth of its own, which is not billed by the usual price. */
  readonly provisioned: boolean
  readonly tags: Tags
}

/** All NAT gateways in every state, 1,000 a page. */
export const natGateways = regional(
  "vpc.natGateways",
  describeNatGateways,
  (gateway, arnOf): NatGateway => {
    const id = required(gateway.NatGatewayId, "NatGateways[].NatGatewayId")
    const state = required(gateway.State, "NatGateways[].State").toLowerCase()
    // One that failed or is gone may have none, and nothing is judged by it.
    const addresses =
      state === "available"
        ? required(gateway.NatGatewayAddresses, "NatGateways[].NatGatewayAddresses")
        : (gateway.NatGatewayAddresses ?? [])
    const working = addresses.filter(({ Status }) => Status === undefined || Status.toLowerCase() === "succeeded")
    return {
      arn: arnOf(`natgateway/${id}`),
      id,
      state,
      createdAt: required(gateway.CreateTime, "NatGateways[].CreateTime"),
      connectivity: (gateway.ConnectivityType ?? "public").toLowerCase(),
      availabilityMode: (gateway.AvailabilityMode ?? "zonal").toLowerCase(),
      vpcId: gateway.VpcId ?? "",
      subnetId: gateway.SubnetId === "" ? undefined : gateway.SubnetId,
      publicIps: addresses.flatMap(({ PublicIp }) => PublicIp ?? []),
      activeZones: [...new Set(working.flatMap(({ AvailabilityZone }) => AvailabilityZone ?? []))].sort(),
      provisioned: gateway.ProvisionedBandwidth !== undefined,
      tags: tagsOf(gateway.Tags)
    }
  },
  resourceKind<NatGateway>({ type: "ec2:nat-gateway", service: billedBy.ec2Other, id: ({ id }) => id })
)

/** One daily series of a NAT gateway. Bytes are counted once each way: to the destination, and back to the source. */
export const natSeries = (
  { id }: Pick<NatGateway, "id">,
  metric: "BytesOutToDestination" | "BytesOutToSource" | "ActiveConnectionCount",
  days: number
): SeriesSpec => ({
  namespace: "AWS/NATGateway",
  metric,
  dimensions: { NatGatewayId: id },
  statistic: metric === "ActiveConnectionCount" ? "Maximum" : "Sum",
  days
})

/** What went out through every available NAT gateway, as far back as one call reaches: the price is the same. */
export const natTraffic = metricsOf("vpc.natTraffic", {
  scope: "regional",
  needs: { natGateways },
  metrics: [natSeries({ id: "" }, "BytesOutToDestination", maxDays)],
  series: ({ natGateways }) =>
    natGateways
      .filter(({ state }) => state === "available")
      .map((gateway) => natSeries(gateway, "BytesOutToDestination", maxDays))
})

/** What came back through a NAT gateway, and its open connections. */
export const natAnswerSeries = (gateway: Pick<NatGateway, "id">, days: number) =>
  [natSeries(gateway, "BytesOutToSource", days), natSeries(gateway, "ActiveConnectionCount", days)] as const

/** The `natAnswerSeries` of gateways out of which nothing went. */
export const natAnswers = seriesProbe<NatGateway>({
  name: "vpc.natAnswers",
  costNote: "Two paid metrics for each NAT gateway out of which nothing went.",
  metrics: natAnswerSeries({ id: "" }, maxDays),
  key: ({ id }) => id,
  series: (gateway) => natAnswerSeries(gateway, maxDays)
})

/** What came back through gateways that carry something: what a gateway processes is billed in both directions. */
export const natBytesBack = seriesProbe<Pick<NatGateway, "id">>({
  name: "vpc.natBytesBack",
  costNote: "One paid metric for each NAT gateway that carries something.",
  metrics: [natSeries({ id: "" }, "BytesOutToSource", maxDays)],
  key: ({ id }) => id,
  series: (gateway) => [natSeries(gateway, "BytesOutToSource", maxDays)]
})

export interface RouteTable {
  readonly id: string
  readonly vpcId: string
  /** Whether subnets without an association of their own use it. */
  readonly main: boolean
  readonly subnetIds: ReadonlyArray<string>
  /** Gateways whose incoming traffic it routes. */
  readonly edgeGatewayIds: ReadonlyArray<string>
  readonly routes: ReadonlyArray<{
    /** A CIDR block or the id of a prefix list. */
    readonly destination: string
    /** The id of the gateway; empty for local routes and for targets that nothing here judges. */
    readonly gatewayId: string
  }>
}

/** All route tables with their routes, 100 a page. */
export const routeTables = regional("vpc.routeTables", describeRouteTables, (table): RouteTable => {
  const associations = required(table.Associations, "RouteTables[].Associations")
  return {
    id: required(table.RouteTableId, "RouteTables[].RouteTableId"),
    vpcId: table.VpcId ?? "",
    main: associations.some(({ Main }) => Main === true),
    subnetIds: associations.flatMap(({ SubnetId }) => SubnetId ?? []),
    edgeGatewayIds: associations.flatMap(({ GatewayId }) => GatewayId ?? []),
    routes: required(table.Routes, "RouteTables[].Routes").map((route) => ({
      destination: route.DestinationCidrBlock ?? route.DestinationIpv6CidrBlock ?? route.DestinationPrefixListId ?? "",
      gatewayId: route.NatGatewayId ?? route.EgressOnlyInternetGatewayId ?? route.GatewayId ?? ""
    }))
  }
})

/** The ids of the gateways that a table routes to. */
export const gatewaysOf = ({ routes }: RouteTable): ReadonlyArray<string> => routes.map(({ gatewayId }) => gatewayId)

/** The routes to a gateway, as `rtb-1 0.0.0.0/0`, sorted. */
export const routesTo = (tables: ReadonlyArray<RouteTable>, gatewayId: string): ReadonlyArray<string> =>
  tables
    .flatMap(({ id, routes }) =>
      routes.filter((route) => route.gatewayId === gatewayId).map(({ destination }) => `${id} ${destination}`)
    )
    .sort()

export interface VpcEndpoint {
  readonly arn: string
  readonly id: string
  /** `Interface`, `Gateway`, `GatewayLoadBalancer`, `Resource` or `ServiceNetwork`. */
  readonly type: string
  /** In lower case: `available`, `pendingacceptance`, `rejected`, … The API and its model disagree about the case. */
  readonly state: string
  readonly vpcId: string
  readonly serviceName: string
  readonly createdAt: Date
  readonly subnetIds: ReadonlyArray<string>
  readonly routeTableIds: ReadonlyArray<string>
  /** Whether the usual name of the service leads to it from inside the VPC. */
  readonly privateDns: boolean
  /** Whether its policy is other than the one that allows everything. */
  readonly restrictedByPolicy: boolean
  /** Created by a service on the customer's behalf. */
  readonly requesterManaged: boolean
  readonly tags: Tags
}

const endpointType = spelledAs(["Gateway", "GatewayLoadBalancer", "Interface", "Resource", "ServiceNetwork"])

/** All VPC endpoints, 1,000 a page. */
export const vpcEndpoints = regional(
  "vpc.vpcEndpoints",
  describeVpcEndpoints,
  (endpoint, arnOf): VpcEndpoint => {
    const id = required(endpoint.VpcEndpointId, "VpcEndpoints[].VpcEndpointId")
    const type = endpointType(required(endpoint.VpcEndpointType, "VpcEndpoints[].VpcEndpointType"))
    return {
      arn: arnOf(`vpc-endpoint/${id}`),
      id,
      type,
      state: required(endpoint.State, "VpcEndpoints[].State").toLowerCase(),
      vpcId: endpoint.VpcId ?? "",
      serviceName: endpoint.ServiceName ?? "",
      createdAt: required(endpoint.CreationTimestamp, "VpcEndpoints[].CreationTimestamp"),
      // One type is billed by its subnets, the other is used through its route tables; neither has both.
      subnetIds: isHourly({ type })
        ? required(endpoint.SubnetIds, "VpcEndpoints[].SubnetIds")
        : (endpoint.SubnetIds ?? []),
      routeTableIds:
        type === "Gateway"
          ? required(endpoint.RouteTableIds, "VpcEndpoints[].RouteTableIds")
          : (endpoint.RouteTableIds ?? []),
      // S3's may answer by name to callers from outside the VPC alone.
      privateDns:
        (endpoint.PrivateDnsEnabled ?? false) && endpoint.DnsOptions?.PrivateDnsOnlyForInboundResolverEndpoint !== true,
      restrictedByPolicy: isRestrictive(endpoint.PolicyDocument),
      requesterManaged: endpoint.RequesterManaged ?? false,
      tags: tagsOf(endpoint.Tags)
    }
  },
  resourceKind<VpcEndpoint>({ type: "ec2:vpc-endpoint", service: billedBy.vpc, id: ({ id }) => id })
)

/** Endpoints that are billed by the hour and the zone. */
export const isHourly = ({ type }: Pick<VpcEndpoint, "type">): boolean =>
  type === "Interface" || type === "GatewayLoadBalancer"

// The default policy has one statement that allows all actions; another one has a condition, an action or a resource in it.
const isRestrictive = (policy: string | undefined): boolean =>
  policy !== undefined && (/"Condition"|"Deny"/.test(policy) || !/"Action"\s*:\s*\[?\s*"\*"/.test(policy))

const endpointNamespace = "AWS/PrivateLinkEndpoints"

type Dimensions = Readonly<Record<string, string>>

/** By endpoint, the dimensions under which CloudWatch has its metrics. An endpoint silent for two weeks is missing. */
export const endpointDimensions = dataset<ReadonlyMap<string, Dimensions>>("vpc.endpointDimensions", {
  scope: "regional",
  shape: "map",
  operations: [listMetrics],
  read: () =>
    Effect.map(publishedSeries(endpointNamespace), ({ gaps, items }) => ({
      value: new Map(
        items.flatMap(({ dimensions }) => {
          const id = dimensions["VPC Endpoint Id"]
          // A series per subnet exists as well, with a fifth dimension.
          return id === undefined || "Subnet Id" in dimensions ? [] : [[id, dimensions] as const]
        })
      ),
      gaps
    }))
})

/** One daily series of an endpoint, under the dimensions that CloudWatch names, or else under those of its documentation. */
export const endpointSeries = (
  endpoint: Pick<VpcEndpoint, "id" | "serviceName" | "type" | "vpcId">,
  published: Dimensions | undefined,
  metric: "BytesProcessed" | "ActiveConnections",
  days: number
): SeriesSpec => ({
  namespace: endpointNamespace,
  metric,
  dimensions: published ?? {
    "VPC Id": endpoint.vpcId,
    "VPC Endpoint Id": endpoint.id,
    "Endpoint Type": endpoint.type,
    "Service Name": endpoint.serviceName
  },
  statistic: metric === "BytesProcessed" ? "Sum" : "Maximum",
  days
})

const noEndpoint = { id: "", serviceName: "", type: "", vpcId: "" }

/** What the endpoints processed that are billed by the hour. One whose dimensions are not known is not asked about. */
export const endpointTraffic = metricsOf("vpc.endpointTraffic", {
  scope: "regional",
  needs: { vpcEndpoints },
  evidence: { endpointDimensions },
  metrics: [endpointSeries(noEndpoint, undefined, "BytesProcessed", maxDays)],
  series: ({ vpcEndpoints }, { endpointDimensions }) =>
    vpcEndpoints
      .filter((endpoint) => isHourly(endpoint) && endpoint.state === "available" && !endpoint.requesterManaged)
      .flatMap((endpoint) => {
        const published = endpointDimensions.get(endpoint.id)
        return published.known ? [endpointSeries(endpoint, published.value, "BytesProcessed", maxDays)] : []
      })
})

/** The connections to single endpoints that processed nothing, which come with their dimensions. */
export const endpointConnections = seriesProbe<{
  readonly endpoint: VpcEndpoint
  readonly published: Dimensions | undefined
}>({
  name: "vpc.endpointConnections",
  costNote: "One paid metric for each endpoint that processed nothing.",
  metrics: [endpointSeries(noEndpoint, undefined, "ActiveConnections", maxDays)],
  key: ({ endpoint }) => endpoint.id,
  series: ({ endpoint, published }) => [endpointSeries(endpoint, published, "ActiveConnections", maxDays)]
})

export interface InternetGateway {
  readonly arn: string
  readonly id: string
  /** Undefined when it is attached to nothing. */
  readonly vpcId: string | undefined
  /** Lets IPv6 out and nothing in. */
  readonly egressOnly: boolean
  readonly tags: Tags
}

const attachedVpc = (
  attachments: (AwsInternetGateway | EgressOnlyInternetGateway)["Attachments"],
  field: string
): string | undefined =>
  required(attachments, field)
    .filter(({ State }) => !["detached", "detaching"].includes(State?.toLowerCase() ?? ""))
    .map(({ VpcId }) => required(VpcId, `${field}[].VpcId`))[0]

const twoWayGateway = (gateway: AwsInternetGateway, arnOf: (resource: string) => string): InternetGateway => {
  const id = required(gateway.InternetGatewayId, "InternetGateways[].InternetGatewayId")
  return {
    arn: arnOf(`internet-gateway/${id}`),
    id,
    vpcId: attachedVpc(gateway.Attachments, "InternetGateways[].Attachments"),
    egressOnly: false,
    tags: tagsOf(gateway.Tags)
  }
}

const egressOnlyGateway = (
  gateway: EgressOnlyInternetGateway,
  arnOf: (resource: string) => string
): InternetGateway => {
  const id = required(gateway.EgressOnlyInternetGatewayId, "EgressOnlyInternetGateways[].EgressOnlyInternetGatewayId")
  return {
    arn: arnOf(`egress-only-internet-gateway/${id}`),
    id,
    vpcId: attachedVpc(gateway.Attachments, "EgressOnlyInternetGateways[].Attachments"),
    egressOnly: true,
    tags: tagsOf(gateway.Tags)
  }
}

/** All internet gateways, 1,000 a page, and the egress-only ones, 255 a page. Each list stands without the other. */
export const internetGateways = dataset<ReadonlyArray<InternetGateway>>("vpc.internetGateways", {
  kind: resourceKind<InternetGateway>({
    type: ({ egressOnly }) => (egressOnly ? "ec2:egress-only-internet-gateway" : "ec2:internet-gateway"),
    service: billedBy.nothing,
    id: ({ id }) => id
  }),
  scope: "regional",
  operations: [describeInternetGateways, describeEgressOnlyInternetGateways],
  read: Effect.fnUntraced(function* () {
    const { account, region } = yield* AwsTarget
    const arnOf = (resource: string) => arn("ec2", region, account, resource)
    return readOf(
      yield* several<InternetGateway, AwsServices>([
        list(describeInternetGateways, {}, (gateways) => gateways.map((one) => twoWayGateway(one, arnOf))),
        list(describeEgressOnlyInternetGateways, {}, (gateways) => gateways.map((one) => egressOnlyGateway(one, arnOf)))
      ])
    )
  })
})

export interface Vpc {
  readonly id: string
  readonly isDefault: boolean
  readonly tags: Tags
}

/** All VPCs, 1,000 a page. */
export const vpcs = regional("vpc.vpcs", describeVpcs, (vpc): Vpc => ({
  id: required(vpc.VpcId, "Vpcs[].VpcId"),
  isDefault: vpc.IsDefault ?? false,
  tags: tagsOf(vpc.Tags)
}))

export interface Subnet {
  readonly id: string
  readonly vpcId: string
  readonly availabilityZone: string
  readonly tags: Tags
}

/** All subnets, those that another account shares included, 1,000 a page. */
export const subnets = regional("vpc.subnets", describeSubnets, (subnet): Subnet => ({
  id: required(subnet.SubnetId, "Subnets[].SubnetId"),
  vpcId: subnet.VpcId ?? "",
  availabilityZone: required(subnet.AvailabilityZone, "Subnets[].AvailabilityZone"),
  tags: tagsOf(subnet.Tags)
}))
