/** What is read from EC2 Auto Scaling. */
import {
  AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  DescribeAutoScalingInstancesCommand,
  DescribeLaunchConfigurationsCommand,
  type LaunchTemplateSpecification
} from "@aws-sdk/client-auto-scaling"
import * as Effect from "effect/Effect"
import { complete, list, required } from "../../core/aws/Aws.ts"
import { listOperation } from "../../core/aws/operation.ts"
import { listOf } from "../engine/Dataset.ts"
import { probe } from "../engine/Probe.ts"
import { billedBy, resourceKind } from "../engine/ResourceKind.ts"
import { eksClusterArn, partsOfClusters } from "./kubernetes.ts"
import { type Tags, tagsOf } from "./tags.ts"

/** 100 a page is the most that there is. Source: shared/facts/aws-limits.md 2. */
const paging = { size: ["MaxRecords", 100], input: "NextToken", output: "NextToken" } as const

const describeGroups = listOperation(
  AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  "autoscaling:DescribeAutoScalingGroups",
  "AutoScalingGroups",
  { paging }
)

const describeLaunchConfigurations = listOperation(
  AutoScalingClient,
  DescribeLaunchConfigurationsCommand,
  "autoscaling:DescribeLaunchConfigurations",
  "LaunchConfigurations",
  { paging }
)

/** At most 50 instances a page, and 50 that can be asked about. Source: the Auto Scaling API reference. */
const describeInstances = listOperation(
  AutoScalingClient,
  DescribeAutoScalingInstancesCommand,
  "autoscaling:DescribeAutoScalingInstances",
  "AutoScalingInstances",
  { paging: { size: ["MaxRecords", 50], input: "NextToken", output: "NextToken" } }
)

/**
 * Whether a group keeps an instance in its warm pool, where it is mostly stopped so that it starts at once when it is needed.
 * AWS leaves out what belongs to no group.
 */
export const isWarm = probe<{ readonly id: string }, boolean>({
  name: "autoscaling.isWarm",
  operations: [describeInstances],
  cap: 10_000,
  batchSize: 50,
  costNote: "One free call tells of fifty stopped instances whether they wait in a warm pool.",
  key: ({ id }) => id,
  read: (instances) =>
    Effect.map(
      complete(
        list(describeInstances, { InstanceIds: instances.map(({ id }) => id) }, (described) =>
          described.map(({ InstanceId, LifecycleState }) => ({
            id: required(InstanceId, "AutoScalingInstances[].InstanceId"),
            state: required(LifecycleState, "AutoScalingInstances[].LifecycleState").toLowerCase()
          }))
        )
      ),
      (described) => {
        const warm = new Set(described.flatMap(({ id, state }) => (state.startsWith("warmed") ? id : [])))
        return instances.map(({ id }) => warm.has(id))
      }
    )
})

/** A launch template that a group starts instances from. */
export interface LaunchTemplateReference {
  readonly id: string | undefined
  readonly name: string | undefined
  /** A number, `$Latest` or `$Default`. */
  readonly version: string
}

export interface AutoScalingGroup {
  readonly arn: string
  readonly name: string
  readonly minSize: number
  readonly maxSize: number
  readonly desiredCapacity: number
  readonly createdAt: Date
  readonly instanceIds: ReadonlyArray<string>
  /** Instances that wait in the warm pool, mostly stopped. */
  readonly warmPoolSize: number
  /** Its own template, that of its mixed instances policy and those of the policy's overrides. */
  readonly launchTemplates: ReadonlyArray<LaunchTemplateReference>
  readonly launchConfiguration: string | undefined
  /** Images that overrides of its mixed instances policy name: ids, or `resolve:ssm:` and a parameter. */
  readonly imageIds: ReadonlyArray<string>
  readonly instanceTypes: ReadonlyArray<string>
  readonly targetGroupArns: ReadonlyArray<string>
  readonly classicLoadBalancers: ReadonlyArray<string>
  readonly subnetIds: ReadonlyArray<string>
  /** Whether a service runs it for the customer, and nobody else may change it. */
  readonly serviceManaged: boolean
  /** Whether it is being deleted. */
  readonly goesAway: boolean
  readonly tags: Tags
}

const groupKind = resourceKind<AutoScalingGroup>({
  type: "autoscaling:auto-scaling-group",
  service: billedBy.ec2,
  id: ({ name }) => name,
  name: ({ name }) => name,
  parents: partsOfClusters(({ arn, tags }) => eksClusterArn(arn, tags))
})

const templateOf = (template: LaunchTemplateSpecification | undefined): ReadonlyArray<LaunchTemplateReference> =>
  template === undefined
    ? []
    : [
        {
          id: template.LaunchTemplateId,
          name: template.LaunchTemplateName,
          // A group that names no version launches the default one.
          version: template.Version ?? "$Default"
        }
      ]

/** All groups, 100 a page. */
export const groups = listOf(
  "autoscaling.groups",
  "regional",
  describeGroups,
  {},
  (groups) =>
    groups.map((group): AutoScalingGroup => {
      const mixed = group.MixedInstancesPolicy?.LaunchTemplate
      const overrides = mixed?.Overrides ?? []
      const sources = (type: string) =>
        (group.TrafficSources ?? []).flatMap(({ Identifier, Type }) => (Type === type ? (Identifier ?? []) : []))
      return {
        arn: required(group.AutoScalingGroupARN, "AutoScalingGroups[].AutoScalingGroupARN"),
        name: required(group.AutoScalingGroupName, "AutoScalingGroups[].AutoScalingGroupName"),
        minSize: group.MinSize ?? 0,
        maxSize: group.MaxSize ?? 0,
        desiredCapacity: required(group.DesiredCapacity, "AutoScalingGroups[].DesiredCapacity"),
        createdAt: required(group.CreatedTime, "AutoScalingGroups[].CreatedTime"),
        instanceIds: (group.Instances ?? []).flatMap(({ InstanceId }) => InstanceId ?? []),
        warmPoolSize: group.WarmPoolSize ?? 0,
        launchTemplates: [
          group.LaunchTemplate,
          mixed?.LaunchTemplateSpecification,
          ...overrides.map(({ LaunchTemplateSpecification }) => LaunchTemplateSpecification)
        ].flatMap(templateOf),
        launchConfiguration: group.LaunchConfigurationName,
        imageIds: [...new Set(overrides.flatMap(({ ImageId }) => ImageId ?? []))],
        instanceTypes: [...new Set(overrides.flatMap(({ InstanceType }) => InstanceType ?? []))],
        targetGroupArns: [...new Set([...(group.TargetGroupARNs ?? []), ...sources("elbv2")])],
        classicLoadBalancers: [...new Set([...(group.LoadBalancerNames ?? []), ...sources("elb")])],
        subnetIds: (group.VPCZoneIdentifier ?? "").split(",").filter((id) => id !== ""),
        serviceManaged: group.Operator !== undefined,
        // The only status that AWS gives.
        goesAway: (group.Status ?? "") !== "",
        tags: tagsOf(group.Tags)
      }
    }),
  { kind: groupKind }
)

export interface LaunchConfiguration {
  readonly arn: string
  readonly name: string
  readonly imageId: string
  readonly instanceType: string
  readonly createdAt: Date
  readonly securityGroups: ReadonlyArray<string>
  readonly snapshotIds: ReadonlyArray<string>
  /** Of its disks, where it names them; the image decides about the others. */
  readonly volumeTypes: ReadonlyArray<string>
}

/** All launch configurations, 100 a page. */
export const launchConfigurations = listOf(
  "autoscaling.launchConfigurations",
  "regional",
  describeLaunchConfigurations,
  {},
  (configurations) =>
    configurations.map((configuration): LaunchConfiguration => ({
      arn: required(configuration.LaunchConfigurationARN, "LaunchConfigurations[].LaunchConfigurationARN"),
      name: required(configuration.LaunchConfigurationName, "LaunchConfigurations[].LaunchConfigurationName"),
      imageId: required(configuration.ImageId, "LaunchConfigurations[].ImageId"),
      instanceType: configuration.InstanceType ?? "",
      createdAt: required(configuration.CreatedTime, "LaunchConfigurations[].CreatedTime"),
      securityGroups: configuration.SecurityGroups ?? [],
      snapshotIds: (configuration.BlockDeviceMappings ?? []).flatMap(({ Ebs }) => Ebs?.SnapshotId ?? []),
      volumeTypes: [
        ...new Set((configuration.BlockDeviceMappings ?? []).flatMap(({ Ebs }) => Ebs?.VolumeType?.toLowerCase() ?? []))
      ]
    }))
)
