import type { DescribeAddressesCommandOutput } from "@aws-sdk/client-ec2"
import type { Tagged } from "../../estate.ts"
import { arnOf, idOf } from "../../ids.ts"
import { type Answer, defineService, namedPairs, namedTags } from "../../Service.ts"

declare module "../../estate.ts" {
  interface Region {
    readonly addresses: ReadonlyArray<Address>
  }
}

/** An Elastic IP address. */
export interface Address extends Tagged {
  readonly ip: string
  readonly on?: { readonly instance: string } | { readonly interface: string } | { readonly natGateway: string }
  /** The customer's own range. */
  readonly ownPool?: true
  /** The service that owns it, such as `alb`. */
  readonly serviceManaged?: string
}

/** The name of the network interface that holds an address. */
export const holderOf = ({ on }: Address): string | undefined =>
  on === undefined
    ? undefined
    : "instance" in on
      ? `instance/${on.instance}`
      : "natGateway" in on
        ? `nat/${on.natGateway}`
        : on.interface

export default defineService({
  region: { addresses: [] },
  answers: {
    "ec2:DescribeAddresses": (here): Answer<DescribeAddressesCommandOutput> => ({
      Addresses: here.has.addresses.map((address) => {
        const { on } = address
        const holder = holderOf(address)
        return {
          AllocationId: idOf("eipalloc", here, address.name),
          PublicIp: address.ip,
          PublicIpv4Pool: address.ownPool ? idOf("ipv4pool-ec2", here, "own") : "amazon",
          ...(holder === undefined
            ? {}
            : { AssociationId: idOf("eipassoc", here, address.name), NetworkInterfaceId: idOf("eni", here, holder) }),
          ...(on !== undefined && "instance" in on ? { InstanceId: idOf("i", here, on.instance) } : {}),
          ...(address.serviceManaged === undefined ? {} : { ServiceManaged: address.serviceManaged as never }),
          Tags: namedPairs(address)
        }
      })
    })
  },
  resources: (here) =>
    here.has.addresses.map((address) => ({
      type: "ec2:elastic-ip",
      arn: arnOf("ec2", here, `elastic-ip/${idOf("eipalloc", here, address.name)}`),
      tags: namedTags(address)
    }))
})
