import type {
  DescribeVpcEndpointConnectionsCommandInput,
  DescribeVpcEndpointConnectionsCommandOutput,
  DescribeVpcEndpointServiceConfigurationsCommandInput,
  DescribeVpcEndpointServiceConfigurationsCommandOutput,
  DescribeVpcEndpointsCommandInput,
  DescribeVpcEndpointsCommandOutput
} from "@aws-sdk/client-ec2"
import type { Activity, Named, Tagged, When } from "../../estate.ts"
import { arnOf, idOf } from "../../ids.ts"
import { type Answer, dateOf, defineService, type Here, namedPairs, namedTags, pageOf, times } from "../../Service.ts"
import { loadBalancerArn } from "../elb.ts"
import { subnetId } from "./vpcs.ts"

declare module "../../estate.ts" {
  interface Region {
    readonly vpcEndpoints: ReadonlyArray<VpcEndpoint>
    readonly endpointServices: ReadonlyArray<EndpointService>
  }
}

export interface VpcEndpoint extends Tagged {
  readonly vpc: string
  readonly service: string
  /** Default: Interface. */
  readonly type?: "Gateway" | "GatewayLoadBalancer"
  /** Letters of the zones of its subnets. */
  readonly zones: ReadonlyArray<string>
  readonly created: When
  /** Names of the route tables of a gateway endpoint. */
  readonly routeTables?: ReadonlyArray<string>
  readonly requesterManaged?: true
  readonly bytes: Activity
}

/** A PrivateLink service that partners connect to. */
export interface EndpointService extends Named {
  readonly loadBalancers: ReadonlyArray<string>
  readonly connections: number
}

const most = 1000

const endpointServiceId = (here: Here, name: string) => idOf("vpce-svc", here, name)

/** Gateway endpoints have neither interfaces nor metrics. */
const withInterfaces = ({ has }: Here) => has.vpcEndpoints.filter(({ type }) => type !== "Gateway")

export default defineService({
  region: { vpcEndpoints: [], endpointServices: [] },
  answers: {
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
  },
  series: (here) =>
    withInterfaces(here).map(({ bytes, created, name, service, type, vpc }) => ({
      namespace: "AWS/PrivateLinkEndpoints",
      dimensions: {
        "VPC Id": idOf("vpc", here, vpc),
        "VPC Endpoint Id": idOf("vpce", here, name),
        "Endpoint Type": type ?? "Interface",
        "Service Name": service
      },
      since: created,
      sums: { BytesProcessed: bytes },
      levels: { ActiveConnections: times(bytes, 1 / 1_000_000) }
    })),
  resources: (here) => [
    ...here.has.vpcEndpoints.map((endpoint) => ({
      type: "ec2:vpc-endpoint",
      arn: arnOf("ec2", here, `vpc-endpoint/${idOf("vpce", here, endpoint.name)}`),
      tags: namedTags(endpoint)
    })),
    ...here.has.endpointServices.map((service) => ({
      type: "ec2:vpc-endpoint-service",
      arn: arnOf("ec2", here, `vpc-endpoint-service/${endpointServiceId(here, service.name)}`),
      tags: namedTags(service)
    }))
  ],
  interfaces: (here) =>
    withInterfaces(here).flatMap(({ name, vpc, zones }) =>
      zones.map((zone) => ({
        name: `vpce/${name}/${zone}`,
        vpc,
        requesterManaged: true,
        type: "vpc_endpoint",
        description: `VPC Endpoint Interface ${idOf("vpce", here, name)}`
      }))
    )
})
