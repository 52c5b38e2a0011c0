/** Networks: VPCs with their subnets, route tables and internet gateways. */
import type {
  DescribeEgressOnlyInternetGatewaysCommandOutput,
  DescribeInternetGatewaysCommandInput,
  DescribeInternetGatewaysCommandOutput,
  DescribeRouteTablesCommandInput,
  DescribeRouteTablesCommandOutput,
  DescribeSubnetsCommandInput,
  DescribeSubnetsCommandOutput,
  DescribeVpcsCommandInput,
  DescribeVpcsCommandOutput,
  Route
} from "@aws-sdk/client-ec2"
import type { Named, Tagged } from "../../estate.ts"
import { arnOf, idOf } from "../../ids.ts"
import { type Answer, defineService, type Here, namedPairs, namedTags, pageOf, pairs } from "../../Service.ts"

declare module "../../estate.ts" {
  interface Region {
    readonly vpcs: ReadonlyArray<Vpc>
    readonly routeTables: ReadonlyArray<RouteTable>
    readonly internetGateways: ReadonlyArray<InternetGateway>
  }
}

/** A network with a subnet in each of three zones. */
export interface Vpc extends Named {
  readonly isDefault?: true
}

export interface RouteTable extends Named {
  readonly vpc: string
  readonly routes: ReadonlyArray<{
    readonly to: string
    readonly via: { readonly natGateway: string } | { readonly internetGateway: string }
  }>
}

export interface InternetGateway extends Tagged {
  /** Absent: detached. */
  readonly vpc?: string
}

const most = 1000

const zones = ["a", "b", "c"]

export const subnetId = (here: Here, vpc: string, zone: string) => idOf("subnet", here, `${vpc}/${zone}`)

const subnetsOf = ({ has }: Here) => has.vpcs.flatMap((vpc) => zones.map((zone) => ({ vpc, zone })))

const routeOf = (here: Here, { to, via }: RouteTable["routes"][number]): Route =>
  "natGateway" in via
    ? { DestinationCidrBlock: to, NatGatewayId: idOf("nat", here, via.natGateway) }
    : { DestinationCidrBlock: to, GatewayId: idOf("igw", here, via.internetGateway) }

export default defineService({
  region: { vpcs: [], routeTables: [], internetGateways: [] },
  answers: {
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
      const { items, next } = pageOf(subnetsOf(here), input.NextToken, input.MaxResults, most)
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
    })
  },
  resources: (here) => [
    ...here.has.vpcs.map((vpc) => ({
      type: "ec2:vpc",
      arn: arnOf("ec2", here, `vpc/${idOf("vpc", here, vpc.name)}`),
      tags: namedTags(vpc)
    })),
    ...subnetsOf(here).map(({ vpc, zone }) => ({
      type: "ec2:subnet",
      arn: arnOf("ec2", here, `subnet/${subnetId(here, vpc.name, zone)}`),
      tags: { Name: `${vpc.name}-${zone}` }
    })),
    ...here.has.routeTables.map((table) => ({
      type: "ec2:route-table",
      arn: arnOf("ec2", here, `route-table/${idOf("rtb", here, table.name)}`),
      tags: namedTags(table)
    })),
    ...here.has.internetGateways.map((gateway) => ({
      type: "ec2:internet-gateway",
      arn: arnOf("ec2", here, `internet-gateway/${idOf("igw", here, gateway.name)}`),
      tags: namedTags(gateway)
    }))
  ]
})
