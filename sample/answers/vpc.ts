/** EC2's answers about the network. */
import type {
  DescribeEgressOnlyInternetGatewaysCommandOutput,
  DescribeInternetGatewaysCommandInput,
  DescribeInternetGatewaysCommandOutput,
  DescribeNatGatewaysCommandInput,
  DescribeNatGatewaysCommandOutput,
  DescribeRouteTablesCommandInput,
  DescribeRouteTablesCommandOutput,
  DescribeSubnetsCommandInput,
  DescribeSubnetsCommandOutput,
  DescribeVpcEndpointConnectionsCommandInput,
  DescribeVpcEndpointConnectionsCommandOutput,
  DescribeVpcEndpointServiceConfigurationsCommandInput,
  DescribeVpcEndpointServiceConfigurationsCommandOutput,
  DescribeVpcEndpointsCommandInput,
  DescribeVpcEndpointsCommandOutput,
  DescribeVpcsCommandInput,
  DescribeVpcsCommandOutput,
  Route
} from "@aws-sdk/client-ec2"
import type { RouteTable } from "../estate.ts"
import { idOf } from "../ids.ts"
import { type Answer, type Answers, dateOf, type Here, namedPairs, pageOf, pairs } from "./Here.ts"
import { loadBalancerArn } from "./elb.ts"

const most = 1000

const zones = ["a", "b", "c"]

const subnetId = (here: Here, vpc: string, zone: string) => idOf("subnet", here, `${vpc}/${zone}`)

const routeOf = (here: Here, { to, via }: RouteTable["routes"][number]): Route =>
  "natGateway" in via
    ? { DestinationCidrBlock: to, NatGatewayId: idOf("nat", here, via.natGateway) }
    : { DestinationCidrBlock: to, GatewayId: idOf("igw", here, via.internetGateway) }

const endpointServiceId = (here: Here, name: string) => idOf("vpce-svc", here, name)

export const answers: Answers = {
  "ec2:DescribeVpcs": (here, input: DescribeVpcsCommandInput): Answer<DescribeVpcsCommandOutput> => {
    const { items, next } = pageOf(here.has.vpcs, input.NextToken, input.MaxResults, most)
    return {
      Vpcs: items.map((vpc) => ({
        VpcId: idOf("vpc", here, vpc.name),
        IsDefault: vpc.isDefault === true,
        Tags: namedPairs(vpc)
      })),
      NextToken: next
    }
  },

  "ec2:DescribeSubnets": (here, input: DescribeSubnetsCommandInput): Answer<DescribeSubnetsCommandOutput> => {
    const all = here.has.vpcs.flatMap((vpc) => zones.map((zone) => ({ vpc, zone })))
    const { items, next } = pageOf(all, input.NextToken, input.MaxResults, most)
    return {
      Subnets: items.map(({ vpc, zone }) => ({
        SubnetId: subnetId(here, vpc.name, zone),
        VpcId: idOf("vpc", here, vpc.name),
        AvailabilityZone: `${here.region}${zone}`,
        Tags: pairs({ Name: `${vpc.name}-${zone}` })
      })),
      NextToken: next
    }
  },

  "ec2:DescribeRouteTables": (
    here,
    input: DescribeRouteTablesCommandInput
  ): Answer<DescribeRouteTablesCommandOutput> => {
    const { items, next } = pageOf(here.has.routeTables, input.NextToken, input.MaxResults, 100)
    return {
      RouteTables: items.map((table) => ({
        RouteTableId: idOf("rtb", here, table.name),
        VpcId: idOf("vpc", here, table.vpc),
        Associations: [],
        Routes: [
          { DestinationCidrBlock: "10.0.0.0/16", GatewayId: "local" },
          ...table.routes.map((route) => routeOf(here, route))
        ],
        Tags: namedPairs(table)
      })),
      NextToken: next
    }
  },

  "ec2:DescribeInternetGateways": (
    here,
    input: DescribeInternetGatewaysCommandInput
  ): Answer<DescribeInternetGatewaysCommandOutput> => {
    const { items, next } = pageOf(here.has.internetGateways, input.NextToken, input.MaxResults, most)
    return {
      InternetGateways: items.map((gateway) => ({
        InternetGatewayId: idOf("igw", here, gateway.name),
        // EC2 calls it "available", which its model does not list.
        Attachments:
          gateway.vpc === undefined ? [] : [{ VpcId: idOf("vpc", here, gateway.vpc), State: "available" as never }],
        Tags: namedPairs(gateway)
      })),
      NextToken: next
    }
  },

  "ec2:DescribeEgressOnlyInternetGateways": (): Answer<DescribeEgressOnlyInternetGatewaysCommandOutput> => ({
    EgressOnlyInternetGateways: []
  }),

  "ec2:DescribeNatGateways": (
    here,
    input: DescribeNatGatewaysCommandInput
  ): Answer<DescribeNatGatewaysCommandOutput> => {
    const { items, next } = pageOf(here.has.natGateways, input.NextToken, input.MaxResults, most)
    return {
      NatGateways: items.map((nat) => {
        const regional = typeof nat.zone !== "string"
        const inZones = typeof nat.zone === "string" ? [nat.zone] : nat.zone
        const ips = here.has.addresses.filter(
          ({ on }) => on !== undefined && "natGateway" in on && on.natGateway === nat.name
        )
        return {
          NatGatewayId: idOf("nat", here, nat.name),
          State: "available",
          CreateTime: dateOf(nat.created),
          ConnectivityType: nat.private ? "private" : "public",
          AvailabilityMode: regional ? "regional" : "zonal",
          VpcId: idOf("vpc", here, nat.vpc),
          ...(regional ? {} : { SubnetId: subnetId(here, nat.vpc, inZones[0] as string) }),
          NatGatewayAddresses: ips.map(({ ip, name }, index) => ({
            AllocationId: idOf("eipalloc", here, name),
            NetworkInterfaceId: idOf("eni", here, `nat/${nat.name}`),
            PublicIp: ip,
            AvailabilityZone: `${here.region}${inZones[index] ?? inZones[0]}`,
            Status: "succeeded"
          })),
          Tags: namedPairs(nat)
        }
      }),
      NextToken: next
    }
  },

  "ec2:DescribeVpcEndpoints": (
    here,
    input: DescribeVpcEndpointsCommandInput
  ): Answer<DescribeVpcEndpointsCommandOutput> => {
    const { items, next } = pageOf(here.has.vpcEndpoints, input.NextToken, input.MaxResults, most)
    return {
      VpcEndpoints: items.map((endpoint) => ({
        VpcEndpointId: idOf("vpce", here, endpoint.name),
        VpcEndpointType: endpoint.type ?? "Interface",
        // EC2 writes it in lower case, its model does not.
        State: "available" as never,
        VpcId: idOf("vpc", here, endpoint.vpc),
        ServiceName: endpoint.service,
        CreationTimestamp: dateOf(endpoint.created),
        SubnetIds: endpoint.zones.map((zone) => subnetId(here, endpoint.vpc, zone)),
        RouteTableIds: (endpoint.routeTables ?? []).map((name) => idOf("rtb", here, name)),
        PrivateDnsEnabled: endpoint.type === undefined,
        PolicyDocument: '{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}',
        RequesterManaged: endpoint.requesterManaged === true,
        Tags: namedPairs(endpoint)
      })),
      NextToken: next
    }
  },

  "ec2:DescribeVpcEndpointServiceConfigurations": (
    here,
    input: DescribeVpcEndpointServiceConfigurationsCommandInput
  ): Answer<DescribeVpcEndpointServiceConfigurationsCommandOutput> => {
    const { items, next } = pageOf(here.has.endpointServices, input.NextToken, input.MaxResults, most)
    return {
      ServiceConfigurations: items.map((service) => ({
        ServiceId: endpointServiceId(here, service.name),
        ServiceName: `com.amazonaws.vpce.${here.region}.${endpointServiceId(here, service.name)}`,
        NetworkLoadBalancerArns: here.has.loadBalancers
          .filter(({ name }) => service.loadBalancers.includes(name))
          .map((balancer) => loadBalancerArn(here, balancer)),
        Tags: namedPairs(service)
      })),
      NextToken: next
    }
  },

  "ec2:DescribeVpcEndpointConnections": (
    here,
    input: DescribeVpcEndpointConnectionsCommandInput
  ): Answer<DescribeVpcEndpointConnectionsCommandOutput> => {
    const all = here.has.endpointServices.flatMap(({ connections, name }) =>
      Array.from({ length: connections }, (_, index) => ({
        ServiceId: endpointServiceId(here, name),
        VpcEndpointId: idOf("vpce", here, `${name}/partner-${index}`),
        VpcEndpointOwner: "999999999999",
        VpcEndpointState: "available" as never
      }))
    )
    const { items, next } = pageOf(all, input.NextToken, input.MaxResults, most)
    return { VpcEndpointConnections: items, NextToken: next }
  }
}
