import type {
  DescribeNetworkInterfacesCommandInput,
  DescribeNetworkInterfacesCommandOutput,
  NetworkInterface
} from "@aws-sdk/client-ec2"
import type { Tagged } from "../../estate.ts"
import { arnOf, idOf } from "../../ids.ts"
import { type Answer, defineService, type Here, namedTags, type OwnInterface, pageOf } from "../../Service.ts"
import { holderOf } from "./addresses.ts"

declare module "../../estate.ts" {
  interface Region {
    readonly interfaces: ReadonlyArray<Interface>
  }
}

/** A network interface that is not implied by something else in the estate. */
export interface Interface extends Tagged {
  readonly description: string
  readonly type?: string
  readonly vpc?: string
  readonly groups: ReadonlyArray<string>
  /** Default: in use. */
  readonly detached?: true
  readonly requesterManaged?: true
}

const shown = (here: Here, own: OwnInterface): NetworkInterface => {
  const address = here.has.addresses.find((address) => holderOf(address) === own.name)
  const ip = address?.ip ?? own.ip
  return {
    NetworkInterfaceId: idOf("eni", here, own.name),
    VpcId: idOf("vpc", here, own.vpc ?? "main"),
    Status: own.detached ? "available" : "in-use",
    InterfaceType: (own.type ?? "interface") as NonNullable<NetworkInterface["InterfaceType"]>,
    RequesterManaged: own.requesterManaged === true,
    Groups: (own.groups ?? []).map((name) => ({ GroupId: idOf("sg", here, name), GroupName: name })),
    ...(own.description === undefined ? {} : { Description: own.description }),
    ...(own.instance === undefined ? {} : { Attachment: { InstanceId: idOf("i", here, own.instance) } }),
    ...(ip === undefined ? {} : { Association: { PublicIp: ip } })
  }
}

export default defineService({
  region: { interfaces: [] },
  answers: {
    "ec2:DescribeNetworkInterfaces": (
      here,
      input: DescribeNetworkInterfacesCommandInput
    ): Answer<DescribeNetworkInterfacesCommandOutput> => {
      const all = here.services.flatMap(({ interfaces }) => interfaces?.(here) ?? [])
      const { items, next } = pageOf(all, input.NextToken, input.MaxResults, 1000)
      return { NetworkInterfaces: items.map((own) => shown(here, own)), NextToken: next }
    }
  },
  resources: (here) =>
    here.has.interfaces.map((own) => ({
      type: "ec2:network-interface",
      arn: arnOf("ec2", here, `network-interface/${idOf("eni", here, own.name)}`),
      tags: namedTags(own)
    })),
  // Only those that nothing else in the estate implies.
  interfaces: (here) => here.has.interfaces
})
