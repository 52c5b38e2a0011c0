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
import { AwsTarget, list, required } from "../../core/aws/Aws.ts"
import { type Operation, operation } from "../../core/aws/operation.ts"
import { type CallDataset, dataset, readOf } from "../engine/Dataset.ts"
import { listMetrics, publishedSeries } from "../metrics/listMetrics.ts"
import { maxDays, metricsOf, type SeriesSpec, type Statistic } from "../metrics/metrics.ts"
import { type Tags, tagsOf } from "./tags.ts"

/** The largest page that each call allows. Source: the EC2 model in botocore 1.43.11. */
const paging = (items: number) => ({ size: ["MaxResults", items], input: "NextToken", output: "NextToken" }) as const

const describeNatGateways = operation(EC2Client, DescribeNatGatewaysCommand, "ec2:DescribeNatGateways", {
  paging: paging(1000)
})
const describeRouteTables = operation(EC2Client, DescribeRouteTablesCommand, "ec2:DescribeRouteTables", {
  paging: paging(100)
})
const describeVpcEndpoints = operation(EC2Client, DescribeVpcEndpointsCommand, "ec2:DescribeVpcEndpoints", {
  paging: paging(1000)
})
const describeInternetGateways = operation(EC2Client, DescribeInternetGatewaysCommand, "ec2:DescribeInternetGateways", {
  paging: paging(1000)
})
const describeEgressOnlyInternetGateways = operation(
  EC2Client,
  DescribeEgressOnlyInternetGatewaysCommand,
  "ec2:DescribeEgressOnlyInternetGateways",
  { paging: paging(255) }
)
const describeVpcs = operation(EC2Client, DescribeVpcsCommand, "ec2:DescribeVpcs", { paging: paging(1000) })
const describeSubnets = operation(EC2Client, DescribeSubnetsCommand, "ec2:DescribeSubnets", { paging: paging(1000) })

/** Every page of one regional list. `arnOf` makes the ARN of a resource such as `natgateway/nat-1`. */
const regional = <Output, A>(
  name: string,
  operation: Operation<{}, Output>,
  items: (page: Output, arnOf: (resource: string) => string) => ReadonlyArray<A>
): CallDataset<ReadonlyArray<A>> =>
  dataset({
    name,
    scope: "regional",
    operations: [operation],
    read: () =>
      Effect.flatMap(AwsTarget, ({ account, region }) =>
        Effect.map(
          list(operation, {}, (page) => items(page, (resource) => arn("ec2", region, account, resource))),
          readOf
        )
      )
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
  readonly tags: Tags
}

/** All NAT gateways in every state, 1,000 a page. */
export const natGateways = regional("vpc.natGateways", describeNatGateways, (page, arnOf) =>
  (page.NatGateways ?? []).map((gateway): NatGateway => {
    const id = required(gateway.NatGatewayId, "NatGateways[].NatGatewayId")
    const addresses = gateway.NatGatewayAddresses ?? []
    const working = addresses.filter(({ Status }) => Status === undefined || Status === "succeeded")
    return {
      arn: arnOf(`natgateway/${id}`),
      id,
      state: required(gateway.State, "NatGateways[].State"),
      createdAt: required(gateway.CreateTime, "NatGateways[].CreateTime"),
      connectivity: gateway.ConnectivityType ?? "public",
      availabilityMode: gateway.AvailabilityMode ?? "zonal",
      vpcId: gateway.VpcId ?? "",
      subnetId: gateway.SubnetId === "" ? undefined : gateway.SubnetId,
      publicIps: addresses.flatMap(({ PublicIp }) => PublicIp ?? []),
      activeZones: [...new Set(working.flatMap(({ AvailabilityZone }) => AvailabilityZone ?? []))].sort(),
      tags: tagsOf(gateway.Tags)
    }
  })
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

/** Traffic of every available NAT gateway, three series each, as far back as one call reaches: the price is the same. */
export const natTraffic = metricsOf("vpc.natTraffic", "regional", { natGateways }, ({ natGateways }) =>
  natGateways
    .filter(({ state }) => state === "available")
    .flatMap((gateway) =>
      (["BytesOutToDestination", "BytesOutToSource", "ActiveConnectionCount"] as const).map((metric) =>
        natSeries(gateway, metric, maxDays)
      )
    )
)

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
export const routeTables = regional("vpc.routeTables", describeRouteTables, (page) =>
  (page.RouteTables ?? []).map((table): RouteTable => ({
    id: required(table.RouteTableId, "RouteTables[].RouteTableId"),
    vpcId: table.VpcId ?? "",
    main: (table.Associations ?? []).some(({ Main }) => Main === true),
    subnetIds: (table.Associations ?? []).flatMap(({ SubnetId }) => SubnetId ?? []),
    edgeGatewayIds: (table.Associations ?? []).flatMap(({ GatewayId }) => GatewayId ?? []),
    routes: (table.Routes ?? []).map((route) => ({
      destination: route.DestinationCidrBlock ?? route.DestinationIpv6CidrBlock ?? route.DestinationPrefixListId ?? "",
      gatewayId: route.NatGatewayId ?? route.EgressOnlyInternetGatewayId ?? route.GatewayId ?? ""
    }))
  }))
)

/** The routes to a gateway, as `rtb-1 0.0.0.0/0`. */
export const routesTo = (tables: ReadonlyArray<RouteTable>, gatewayId: string): ReadonlyArray<string> =>
  tables.flatMap(({ id, routes }) =>
    routes.filter((route) => route.gatewayId === gatewayId).map(({ destination }) => `${id} ${destination}`)
  )

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
  readonly privateDns: boolean
  /** Whether its policy is other than the one that allows everything. */
  readonly restrictedByPolicy: boolean
  /** Created by a service on the customer's behalf. */
  readonly requesterManaged: boolean
  readonly tags: Tags
}

/** All VPC endpoints, 1,000 a page. */
export const vpcEndpoints = regional("vpc.vpcEndpoints", describeVpcEndpoints, (page, arnOf) =>
  (page.VpcEndpoints ?? []).map((endpoint): VpcEndpoint => {
    const id = required(endpoint.VpcEndpointId, "VpcEndpoints[].VpcEndpointId")
    return {
      arn: arnOf(`vpc-endpoint/${id}`),
      id,
      type: required(endpoint.VpcEndpointType, "VpcEndpoints[].VpcEndpointType"),
      state: required(endpoint.State, "VpcEndpoints[].State").toLowerCase(),
      vpcId: endpoint.VpcId ?? "",
      serviceName: endpoint.ServiceName ?? "",
      createdAt: required(endpoint.CreationTimestamp, "VpcEndpoints[].CreationTimestamp"),
      subnetIds: endpoint.SubnetIds ?? [],
      routeTableIds: endpoint.RouteTableIds ?? [],
      privateDns: endpoint.PrivateDnsEnabled ?? false,
      restrictedByPolicy: isRestrictive(endpoint.PolicyDocument),
      requesterManaged: endpoint.RequesterManaged ?? false,
      tags: tagsOf(endpoint.Tags)
    }
  })
)

// The default policy has one statement that allows all actions; another one has a condition, an action or a resource in it.
const isRestrictive = (policy: string | undefined): boolean =>
  policy !== undefined && (/"Condition"|"Deny"/.test(policy) || !/"Action"\s*:\s*\[?\s*"\*"/.test(policy))

const endpointNamespace = "AWS/PrivateLinkEndpoints"

/** By endpoint, the dimensions under which CloudWatch has its metrics. An endpoint silent for two weeks is missing. */
export const endpointDimensions = dataset<ReadonlyMap<string, Readonly<Record<string, string>>>>({
  name: "vpc.endpointDimensions",
  scope: "regional",
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
  published: ReadonlyMap<string, Readonly<Record<string, string>>>,
  metric: "BytesProcessed" | "ActiveConnections",
  days: number
): SeriesSpec => ({
  namespace: endpointNamespace,
  metric,
  dimensions: published.get(endpoint.id) ?? {
    "VPC Id": endpoint.vpcId,
    "VPC Endpoint Id": endpoint.id,
    "Endpoint Type": endpoint.type,
    "Service Name": endpoint.serviceName
  },
  statistic: (metric === "BytesProcessed" ? "Sum" : "Maximum") satisfies Statistic,
  days
})

/** Endpoints that are billed by the hour and the zone. */
export const isHourly = ({ type }: Pick<VpcEndpoint, "type">): boolean =>
  type === "Interface" || type === "GatewayLoadBalancer"

/** Traffic of the endpoints that are billed by the hour, two series each. */
export const endpointTraffic = metricsOf(
  "vpc.endpointTraffic",
  "regional",
  { vpcEndpoints, endpointDimensions },
  ({ endpointDimensions, vpcEndpoints }) =>
    vpcEndpoints
      .filter((endpoint) => isHourly(endpoint) && endpoint.state === "available" && !endpoint.requesterManaged)
      .flatMap((endpoint) =>
        (["BytesProcessed", "ActiveConnections"] as const).map((metric) =>
          endpointSeries(endpoint, endpointDimensions, metric, maxDays)
        )
      )
)

export interface InternetGateway {
  readonly arn: string
  readonly id: string
  /** Undefined when it is attached to nothing. */
  readonly vpcId: string | undefined
  readonly tags: Tags
}

const attachedVpc = (
  attachments: (AwsInternetGateway | EgressOnlyInternetGateway)["Attachments"]
): string | undefined => attachments?.find(({ State }) => State !== "detached" && State !== "detaching")?.VpcId

/** All internet gateways, 1,000 a page. */
export const internetGateways = regional("vpc.internetGateways", describeInternetGateways, (page, arnOf) =>
  (page.InternetGateways ?? []).map((gateway): InternetGateway => {
    const id = required(gateway.InternetGatewayId, "InternetGateways[].InternetGatewayId")
    return {
      arn: arnOf(`internet-gateway/${id}`),
      id,
      vpcId: attachedVpc(gateway.Attachments),
      tags: tagsOf(gateway.Tags)
    }
  })
)

/** All egress-only internet gateways (IPv6), 255 a page. */
export const egressOnlyInternetGateways = regional(
  "vpc.egressOnlyInternetGateways",
  describeEgressOnlyInternetGateways,
  (page, arnOf) =>
    (page.EgressOnlyInternetGateways ?? []).map((gateway): InternetGateway => {
      const id = required(
        gateway.EgressOnlyInternetGatewayId,
        "EgressOnlyInternetGateways[].EgressOnlyInternetGatewayId"
      )
      return {
        arn: arnOf(`egress-only-internet-gateway/${id}`),
        id,
        vpcId: attachedVpc(gateway.Attachments),
        tags: tagsOf(gateway.Tags)
      }
    })
)

export interface Vpc {
  readonly id: string
  readonly isDefault: boolean
  readonly tags: Tags
}

/** All VPCs, 1,000 a page. */
export const vpcs = regional("vpc.vpcs", describeVpcs, (page) =>
  (page.Vpcs ?? []).map((vpc): Vpc => ({
    id: required(vpc.VpcId, "Vpcs[].VpcId"),
    isDefault: vpc.IsDefault ?? false,
    tags: tagsOf(vpc.Tags)
  }))
)

export interface Subnet {
  readonly id: string
  readonly vpcId: string
  readonly availabilityZone: string
  readonly tags: Tags
}

/** All subnets, those that another account shares included, 1,000 a page. */
export const subnets = regional("vpc.subnets", describeSubnets, (page) =>
  (page.Subnets ?? []).map((subnet): Subnet => ({
    id: required(subnet.SubnetId, "Subnets[].SubnetId"),
    vpcId: subnet.VpcId ?? "",
    availabilityZone: required(subnet.AvailabilityZone, "Subnets[].AvailabilityZone"),
    tags: tagsOf(subnet.Tags)
  }))
)
