/** What an account offers to others over PrivateLink: endpoint services, and the endpoints that connect to them. */
import {
  DescribeVpcEndpointConnectionsCommand,
  DescribeVpcEndpointServiceConfigurationsCommand,
  EC2Client
} from "@aws-sdk/client-ec2"
import * as Effect from "effect/Effect"
import { AwsTarget, list, required } from "../../core/aws/Aws.ts"
import { arn } from "../../core/aws/arn.ts"
import { listOperation } from "../../core/aws/operation.ts"
import { dataset, readOf, whole } from "../engine/Dataset.ts"
import { type Tags, tagsOf } from "./tags.ts"

const paging = { size: ["MaxResults", 1000], input: "NextToken", output: "NextToken" } as const

const describeServices = listOperation(
  EC2Client,
  DescribeVpcEndpointServiceConfigurationsCommand,
  "ec2:DescribeVpcEndpointServiceConfigurations",
  "ServiceConfigurations",
  { paging }
)

const describeConnections = listOperation(
  EC2Client,
  DescribeVpcEndpointConnectionsCommand,
  "ec2:DescribeVpcEndpointConnections",
  "VpcEndpointConnections",
  { paging }
)

/** An endpoint service, which lets VPCs of other accounts reach load balancers of this one. */
export interface EndpointService {
  readonly arn: string
  readonly id: string
  /** `com.amazonaws.vpce.eu-west-1.vpce-svc-1`. */
  readonly name: string
  /** Of network or gateway load balancers. */
  readonly loadBalancerArns: ReadonlyArray<string>
  readonly tags: Tags
}

/** The account's endpoint services, 1,000 a page. */
export const services = dataset<ReadonlyArray<EndpointService>>("privatelink.services", {
  scope: "regional",
  operations: [describeServices],
  read: Effect.fnUntraced(function* () {
    const { account, region } = yield* AwsTarget
    return readOf(
      yield* list(describeServices, {}, (services) =>
        services.map((service): EndpointService => {
          const id = required(service.ServiceId, "ServiceConfigurations[].ServiceId")
          const { GatewayLoadBalancerArns, NetworkLoadBalancerArns } = service
          // A service has balancers of one kind, and the list of the other may be left out.
          required(
            NetworkLoadBalancerArns ?? GatewayLoadBalancerArns,
            "ServiceConfigurations[].NetworkLoadBalancerArns"
          )
          return {
            arn: arn("ec2", region, account, `vpc-endpoint-service/${id}`),
            id,
            name: service.ServiceName ?? "",
            loadBalancerArns: [...(NetworkLoadBalancerArns ?? []), ...(GatewayLoadBalancerArns ?? [])],
            tags: tagsOf(service.Tags)
          }
        })
      )
    )
  })
})

/** An endpoint, mostly of another account, that asked for a service. */
export interface EndpointConnection {
  readonly serviceId: string
  readonly endpointId: string
  readonly ownerAccount: string
  /** `available`, `pendingacceptance`, `rejected`, …: in lower case, whichever AWS answers. */
  readonly state: string
}

/** The connections to the account's endpoint services, 1,000 a page; no call where there is no service. */
export const connections = dataset("privatelink.connections", {
  scope: "regional",
  operations: [describeConnections],
  needs: { services },
  read: ({ services }) =>
    services.length === 0
      ? Effect.succeed(whole<ReadonlyArray<EndpointConnection>>([]))
      : Effect.map(
          list(describeConnections, {}, (connections) =>
            connections.map((connection): EndpointConnection => ({
              serviceId: required(connection.ServiceId, "VpcEndpointConnections[].ServiceId"),
              endpointId: connection.VpcEndpointId ?? "",
              ownerAccount: connection.VpcEndpointOwner ?? "",
              state: required(connection.VpcEndpointState, "VpcEndpointConnections[].VpcEndpointState").toLowerCase()
            }))
          ),
          readOf
        )
})

const ended: ReadonlySet<string> = new Set(["rejected", "failed", "expired", "deleting", "deleted"])

/** Whether traffic flows or may begin to: also a connection that waits for its acceptance. */
export const isLive = ({ state }: EndpointConnection): boolean => !ended.has(state)
