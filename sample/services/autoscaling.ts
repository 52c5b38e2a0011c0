import type {
  DescribeAutoScalingGroupsCommandInput,
  DescribeAutoScalingGroupsCommandOutput,
  DescribeAutoScalingInstancesCommandInput,
  DescribeAutoScalingInstancesCommandOutput,
  DescribeLaunchConfigurationsCommandInput,
  DescribeLaunchConfigurationsCommandOutput
} from "@aws-sdk/client-auto-scaling"
import { hexOf, idOf, type Place } from "../ids.ts"
import { targetGroupArn } from "./elb.ts"
import { groupSeries } from "./ec2/instances.ts"
import type { Named, When } from "../estate.ts"
import { type Answer, dateOf, defineService, pageOf, pairs } from "../Service.ts"

declare module "../estate.ts" {
  interface Region {
    readonly launchConfigurations: ReadonlyArray<LaunchConfiguration>
    readonly autoScalingGroups: ReadonlyArray<AutoScalingGroup>
  }
}

export interface LaunchConfiguration extends Named {
  readonly image: string
  readonly groups: ReadonlyArray<string>
  readonly created: When
}

export interface AutoScalingGroup extends Named {
  readonly created: When
  readonly template?: { readonly name: string; readonly version: string }
  readonly configuration?: string
  readonly targetGroups?: ReadonlyArray<string>
  readonly desired: number
}

const arnOf = (place: Place, kind: string, name: string) =>
  `arn:aws:autoscaling:${place.region}:${place.account}:${kind}:${hexOf(place, name, 32)}:${kind}Name/${name}`

const most = 100

export default defineService({
  region: { launchConfigurations: [], autoScalingGroups: [] },
  answers: {
    "autoscaling:DescribeAutoScalingGroups": (
      here,
      input: DescribeAutoScalingGroupsCommandInput
    ): Answer<DescribeAutoScalingGroupsCommandOutput> => {
      const { items, next } = pageOf(here.has.autoScalingGroups, input.NextToken, input.MaxRecords, most)
      return {
        AutoScalingGroups: items.map((group) => ({
          AutoScalingGroupARN: arnOf(here, "autoScalingGroup", group.name),
          AutoScalingGroupName: group.name,
          MinSize: 0,
          MaxSize: Math.max(group.desired, 1) * 2,
          DesiredCapacity: group.desired,
          DefaultCooldown: 300,
          AvailabilityZones: [`${here.region}a`],
          HealthCheckType: "EC2",
          CreatedTime: dateOf(group.created),
          Instances: here.has.instances
            .filter((instance) => instance.group === group.name)
            .map((instance) => ({
              InstanceId: idOf("i", here, instance.name),
              AvailabilityZone: `${here.region}a`,
              LifecycleState: "InService" as const,
              HealthStatus: "Healthy",
              ProtectedFromScaleIn: false
            })),
          ...(group.template === undefined
            ? {}
            : {
                LaunchTemplate: {
                  LaunchTemplateId: idOf("lt", here, group.template.name),
                  LaunchTemplateName: group.template.name,
                  Version: group.template.version
                }
              }),
          LaunchConfigurationName: group.configuration,
          TargetGroupARNs: (group.targetGroups ?? []).map((name) => targetGroupArn(here, { name })),
          Tags: pairs(group.tags)
        })),
        NextToken: next
      }
    },

    "autoscaling:DescribeAutoScalingInstances": (
      here,
      { InstanceIds }: DescribeAutoScalingInstancesCommandInput
    ): Answer<DescribeAutoScalingInstancesCommandOutput> => ({
      AutoScalingInstances: here.has.instances.flatMap(({ group, name }) => {
        const InstanceId = idOf("i", here, name)
        if (group === undefined || InstanceIds?.includes(InstanceId) === false) return []
        return [
          {
            InstanceId,
            AutoScalingGroupName: group,
            AvailabilityZone: `${here.region}a`,
            LifecycleState: "InService",
            HealthStatus: "HEALTHY",
            ProtectedFromScaleIn: false
          }
        ]
      })
    }),

    "autoscaling:DescribeLaunchConfigurations": (
      here,
      input: DescribeLaunchConfigurationsCommandInput
    ): Answer<DescribeLaunchConfigurationsCommandOutput> => {
      const { items, next } = pageOf(here.has.launchConfigurations, input.NextToken, input.MaxRecords, most)
      return {
        LaunchConfigurations: items.map((configuration) => ({
          LaunchConfigurationARN: arnOf(here, "launchConfiguration", configuration.name),
          LaunchConfigurationName: configuration.name,
          ImageId: idOf("ami", here, configuration.image),
          InstanceType: "t3.small",
          CreatedTime: dateOf(configuration.created),
          SecurityGroups: configuration.groups.map((group) => idOf("sg", here, group))
        })),
        NextToken: next
      }
    }
  },
  series: (here) => here.has.autoScalingGroups.flatMap(({ created, name }) => groupSeries(here, name, created)),
  resources: (here) =>
    here.has.autoScalingGroups.map(({ name, tags }) => ({
      type: "autoscaling:autoScalingGroup",
      arn: arnOf(here, "autoScalingGroup", name),
      tags
    }))
})
