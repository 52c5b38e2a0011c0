import type {
  DescribeInstanceCreditSpecificationsCommandOutput,
  DescribeInstancesCommandInput,
  DescribeInstancesCommandOutput
} from "@aws-sdk/client-ec2"
import type { Activity, Load, Tagged, Tags, When } from "../../estate.ts"
import { arnOf, idOf } from "../../ids.ts"
import {
  type Answer,
  dateOf,
  defineService,
  type Here,
  namedTags,
  pageOf,
  pairs,
  type Series,
  times
} from "../../Service.ts"
import { isBurstable, isGraviton } from "./instanceTypes.ts"
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
  readonly spot?: true
  /** Percent of its CPU. Default: well used. */
  readonly cpu?: Load
  /** Bytes a day in each direction. Default: many. */
  readonly network?: Activity
  /** Percent of its memory, where an agent tells. */
  readonly memory?: Load
}

const wellUsed: Load = { minimum: 9, average: 34, p95: 58, maximum: 76 }
const manyBytes = 38_000_000_000

/** What EC2 measures of a type, of one instance or of several together. */
const measured = (type: string, cpu: Load, network: Activity) => ({
  namespace: "AWS/EC2",
  idle: "zero" as const,
  sums: {
    NetworkIn: network,
    NetworkOut: network,
    ...(isBurstable(type) ? { CPUSurplusCreditsCharged: 0 } : {})
  },
  levels: { CPUUtilization: cpu, StatusCheckFailed: 0, ...(isBurstable(type) ? { CPUCreditBalance: 288 } : {}) }
})

/** The members of an Auto Scaling group together. They are alike, so that the CPU of one is that of all. */
export const groupSeries = (here: Here, group: string, since: When): ReadonlyArray<Series> => {
  const members = here.has.instances.filter((instance) => instance.group === group)
  const [first] = members
  if (first === undefined) return []
  const { cpu = wellUsed, network = manyBytes, type } = first
  return [
    {
      ...measured(type, cpu, times(network, members.length)),
      since,
      dimensions: { AutoScalingGroupName: group }
    }
  ]
}

/** While it runs: EC2 tells nothing of a stopped instance, and the agent in it neither. */
const seriesOf = (here: Here, instance: Instance): ReadonlyArray<Series> => {
  const {
    cpu = wellUsed,
    group,
    image = "amazon-linux",
    launched,
    memory,
    name,
    network = manyBytes,
    stopped
  } = instance
  if (stopped === "undated") return []
  const running = { since: launched, ...(stopped === undefined ? {} : { until: stopped }) }
  const InstanceId = idOf("i", here, name)
  return [
    {
      ...measured(instance.type, cpu, network),
      ...running,
      dimensions: { InstanceId }
    },
    ...(memory === undefined
      ? []
      : [
          {
            ...running,
            namespace: "CWAgent",
            dimensions: {
              InstanceId,
              ImageId: idOf("ami", here, image),
              InstanceType: instance.type,
              ...(group === undefined ? {} : { AutoScalingGroupName: group })
            },
            levels: { mem_used_percent: memory }
          }
        ])
  ]
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
    // EC2 lists those that may spend more than they earn, which is how T3 and T4g start.
    "ec2:DescribeInstanceCreditSpecifications": (here): Answer<DescribeInstanceCreditSpecificationsCommandOutput> => ({
      InstanceCreditSpecifications: here.has.instances
        .filter(({ stopped, type }) => stopped === undefined && isBurstable(type) && !type.startsWith("t2"))
        .map(({ name }) => ({ InstanceId: idOf("i", here, name), CpuCredits: "unlimited" }))
    }),

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
              Architecture: isGraviton(instance.type) ? "arm64" : "x86_64",
              Placement: { AvailabilityZone: `${here.region}a`, Tenancy: "default" },
              PlatformDetails: "Linux/UNIX",
              UsageOperation: "RunInstances",
              ...(instance.spot ? { InstanceLifecycle: "spot" } : {}),
              Operator: { Managed: instance.managed === true },
              Tags: pairs(tagsOf(instance))
            }
          ]
        })),
        NextToken: next
      }
    }
  },
  series: (here) => here.has.instances.flatMap((instance) => seriesOf(here, instance)),
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
