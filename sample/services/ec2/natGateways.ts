import type { DescribeNatGatewaysCommandInput, DescribeNatGatewaysCommandOutput } from "@aws-sdk/client-ec2"
import type { Activity, Tagged, When } from "../../estate.ts"
import { arnOf, idOf } from "../../ids.ts"
import { type Answer, dateOf, defineService, namedPairs, namedTags, pageOf, times } from "../../Service.ts"
import { subnetId } from "./vpcs.ts"

declare module "../../estate.ts" {
  interface Region {
    readonly natGateways: ReadonlyArray<NatGateway>
  }
}

export interface NatGateway extends Tagged {
  readonly vpc: string
  /** The letter of its zone; those in which it works where it is regional. */
  readonly zone: string | ReadonlyArray<string>
  readonly created: When
  readonly private?: true
  /** Bytes to the internet, and twice as many back. */
  readonly bytes: Activity
}

export default defineService({
  region: { natGateways: [] },
  answers: {
    "ec2:DescribeNatGateways": (
      here,
      input: DescribeNatGatewaysCommandInput
    ): Answer<DescribeNatGatewaysCommandOutput> => {
      const { items, next } = pageOf(here.has.natGateways, input.NextToken, input.MaxResults, 1000)
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
    }
  },
  series: (here) =>
    here.has.natGateways.map(({ bytes, created, name }) => ({
      namespace: "AWS/NATGateway",
      dimensions: { NatGatewayId: idOf("nat", here, name) },
      since: created,
      idle: "zero",
      sums: { BytesOutToDestination: bytes, BytesOutToSource: times(bytes, 2) },
      levels: { ActiveConnectionCount: times(bytes, 1 / 1_000_000) }
    })),
  resources: (here) =>
    here.has.natGateways.map((nat) => ({
      type: "ec2:natgateway",
      arn: arnOf("ec2", here, `natgateway/${idOf("nat", here, nat.name)}`),
      tags: namedTags(nat)
    })),
  interfaces: (here) =>
    here.has.natGateways.map(({ name, vpc }) => ({
      name: `nat/${name}`,
      vpc,
      requesterManaged: true,
      // The SDK calls it natGateway.
      type: "nat_gateway",
      description: `Interface for NAT Gateway ${idOf("nat", here, name)}`
    }))
})
