import type { DescribeInstancesCommandInput, DescribeInstancesCommandOutput } from "@aws-sdk/client-ec2"
import type { Tagged, Tags, When } from "../../estate.ts"
import { arnOf, idOf } from "../../ids.ts"
import { type Answer, dateOf, defineService, namedTags, pageOf, pairs } from "../../Service.ts"
import { deviceNames, type Disk } from "./volumes.ts"

declare module "../../estate.ts" {
  interface Region {
    readonly instances: ReadonlyArray<Instance>
  }
}

export interface Instance extends Tagged {
  readonly type: string
  readonly launched: When
  /** An image of the account by its name, or one of Amazon's. Default: Amazon Linux. */
  readonly image?: string
  /** Since when it is stopped; `undated` where EC2 does not say. Default: it runs. */
  readonly stopped?: When | "undated"
  /** The root volume comes first. */
  readonly disks: ReadonlyArray<Disk>
  readonly vpc?: string
  readonly groups: ReadonlyArray<string>
  readonly group?: string
  readonly managed?: true
}

const stopReason = (stopped: Instance["stopped"]) =>
  stopped === undefined || stopped === "undated"
    ? ""
    : `User initiated (${dateOf(stopped).toISOString().slice(0, 19).replace("T", " ")} GMT)`

/** An instance of a group carries its name, which nobody put there by hand. */
const tagsOf = (instance: Instance): Tags => ({
  ...namedTags(instance),
  ...(instance.group === undefined ? {} : { "aws:autoscaling:groupName": instance.group })
})

export default defineService({
  region: { instances: [] },
  answers: {
    "ec2:DescribeInstances": (here, input: DescribeInstancesCommandInput): Answer<DescribeInstancesCommandOutput> => {
      const { items, next } = pageOf(here.has.instances, input.NextToken, input.MaxResults, 1000)
      return {
        Reservations: items.map((instance) => ({
          Instances: [
            {
              InstanceId: idOf("i", here, instance.name),
              InstanceType: instance.type as never,
              State: { Name: instance.stopped === undefined ? "running" : "stopped" },
              StateTransitionReason: stopReason(instance.stopped),
              LaunchTime: dateOf(instance.launched),
              ImageId: idOf("ami", here, instance.image ?? "amazon-linux"),
              RootDeviceName: deviceNames[0],
              VpcId: idOf("vpc", here, instance.vpc ?? "main"),
              Operator: { Managed: instance.managed === true },
              Tags: pairs(tagsOf(instance))
            }
          ]
        })),
        NextToken: next
      }
    }
  },
  resources: (here) =>
    here.has.instances.map((instance) => ({
      type: "ec2:instance",
      arn: arnOf("ec2", here, `instance/${idOf("i", here, instance.name)}`),
      tags: tagsOf(instance)
    })),
  interfaces: (here) =>
    here.has.instances.map(({ groups, name, vpc = "main" }) => ({
      name: `instance/${name}`,
      instance: name,
      groups,
      vpc
    }))
})
