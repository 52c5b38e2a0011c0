import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as autoscaling from "../../../datasets/aws/autoscaling.ts"
import { known } from "../../../core/Reading.ts"
import { paged, readDataset, readProbe, valueOf } from "../harness.ts"

const maxRecords = { size: "MaxRecords" }

const awsGroup = (index: number, more: object = {}) => ({
  AutoScalingGroupName: `asg-${index}`,
  AutoScalingGroupARN: `arn:asg-${index}`,
  MinSize: 0,
  MaxSize: 4,
  DesiredCapacity: 2,
  CreatedTime: new Date("2026-01-01T00:00:00Z"),
  ...more
})

describe("autoscaling.groups", () => {
  it.effect("reads 250 groups in three calls of 100", () =>
    Effect.gen(function* () {
      const items = Array.from({ length: 250 }, (_, index) => awsGroup(index))
      const { calls, read } = yield* readDataset(autoscaling.groups, {
        "autoscaling:DescribeAutoScalingGroups": paged(items, "AutoScalingGroups", maxRecords)
      })
      assert.deepStrictEqual(calls, { "autoscaling:DescribeAutoScalingGroups": 3 })
      assert.strictEqual(valueOf(read).length, 250)
    })
  )

  it.effect("finds templates, images and target groups wherever a group may name them", () =>
    Effect.gen(function* () {
      const { read } = yield* readDataset(autoscaling.groups, {
        "autoscaling:DescribeAutoScalingGroups": () => ({
          AutoScalingGroups: [
            awsGroup(1, {
              MixedInstancesPolicy: {
                LaunchTemplate: {
                  LaunchTemplateSpecification: { LaunchTemplateId: "lt-base", Version: "$Latest" },
                  Overrides: [
                    { InstanceType: "m6i.large" },
                    {
                      InstanceType: "m6g.large",
                      LaunchTemplateSpecification: { LaunchTemplateName: "arm", Version: "7" }
                    },
                    { InstanceType: "m7g.large", ImageId: "ami-override" }
                  ]
                }
              },
              TargetGroupARNs: ["arn:tg-1"],
              TrafficSources: [
                { Identifier: "arn:tg-1", Type: "elbv2" },
                { Identifier: "arn:tg-2", Type: "elbv2" },
                { Identifier: "classic", Type: "elb" },
                { Identifier: "arn:lattice", Type: "vpc-lattice" }
              ],
              Instances: [{ InstanceId: "i-1" }],
              VPCZoneIdentifier: "subnet-1,subnet-2",
              Tags: [{ Key: "team", Value: "shop" }]
            }),
            awsGroup(2, { LaunchTemplate: { LaunchTemplateId: "lt-own" } }),
            awsGroup(3, { LaunchConfigurationName: "lc-1", VPCZoneIdentifier: "" })
          ]
        })
      })
      const [mixed, template, configuration]: ReadonlyArray<autoscaling.AutoScalingGroup> = valueOf(read)
      assert.deepStrictEqual(mixed?.launchTemplates, [
        { id: "lt-base", name: undefined, version: "$Latest" },
        { id: undefined, name: "arm", version: "7" }
      ])
      assert.deepStrictEqual(mixed?.imageIds, ["ami-override"])
      assert.deepStrictEqual(mixed?.instanceTypes, ["m6i.large", "m6g.large", "m7g.large"])
      assert.deepStrictEqual(mixed?.targetGroupArns, ["arn:tg-1", "arn:tg-2"])
      assert.deepStrictEqual(mixed?.classicLoadBalancers, ["classic"])
      assert.deepStrictEqual(mixed?.subnetIds, ["subnet-1", "subnet-2"])
      assert.deepStrictEqual(mixed?.tags, { team: "shop" })
      assert.deepStrictEqual(template?.launchTemplates, [{ id: "lt-own", name: undefined, version: "$Default" }])
      assert.deepStrictEqual([configuration?.launchConfiguration, configuration?.subnetIds], ["lc-1", []])
    })
  )
})

describe("autoscaling", () => {
  it.effect("calls an answer without its list malformed", () =>
    Effect.gen(function* () {
      for (const [dataset, operation, field] of [
        [autoscaling.groups, "autoscaling:DescribeAutoScalingGroups", "AutoScalingGroups"],
        [autoscaling.launchConfigurations, "autoscaling:DescribeLaunchConfigurations", "LaunchConfigurations"]
      ] as const) {
        const { read } = yield* readDataset(dataset, { [operation]: () => ({}) })
        assert.include(read.ok ? "" : read.error.summary, `${field} is missing`)
      }
    })
  )
})

describe("autoscaling.isWarm", () => {
  const instances = (count: number) => Array.from({ length: count }, (_, index) => ({ id: `i-${index}` }))

  it.effect("asks about fifty instances in one call, of which AWS leaves out those of no group", () =>
    Effect.gen(function* () {
      const states = ["Warmed:Stopped", "InService", "warmed:Hibernated", "Standby"]
      const { calls, readings, sent } = yield* readProbe(autoscaling.isWarm, instances(51), {
        "autoscaling:DescribeAutoScalingInstances": ({ InstanceIds }) => ({
          AutoScalingInstances: InstanceIds.filter((id: string) => id !== "i-4").map((InstanceId: string) => ({
            InstanceId,
            LifecycleState: states[Number(InstanceId.slice(2)) % 4]
          }))
        })
      })
      assert.deepStrictEqual(calls, { "autoscaling:DescribeAutoScalingInstances": 2 })
      assert.isTrue(sent.every(({ input }) => input.InstanceIds.length <= 50 && input.MaxRecords === 50))
      assert.deepStrictEqual(readings.slice(0, 5), [true, false, true, false, false].map(known))
    })
  )

  it.effect("does not know what an answer without its list or without a state leaves open", () =>
    Effect.gen(function* () {
      for (const answer of [{}, { AutoScalingInstances: [{ InstanceId: "i-0" }] }]) {
        const { readings } = yield* readProbe(autoscaling.isWarm, instances(1), {
          "autoscaling:DescribeAutoScalingInstances": () => answer
        })
        assert.isFalse(readings[0]?.known)
      }
    })
  )
})

describe("autoscaling.launchConfigurations", () => {
  it.effect("reads 101 in two calls, with the snapshots of their devices", () =>
    Effect.gen(function* () {
      const items = Array.from({ length: 101 }, (_, index) => ({
        LaunchConfigurationName: `lc-${index}`,
        LaunchConfigurationARN: `arn:lc-${index}`,
        ImageId: "ami-1",
        CreatedTime: new Date("2020-01-01T00:00:00Z"),
        BlockDeviceMappings: [{ Ebs: { SnapshotId: "snap-1" } }, { VirtualName: "ephemeral0" }]
      }))
      const { calls, read } = yield* readDataset(autoscaling.launchConfigurations, {
        "autoscaling:DescribeLaunchConfigurations": paged(items, "LaunchConfigurations", maxRecords)
      })
      assert.deepStrictEqual(calls, { "autoscaling:DescribeLaunchConfigurations": 2 })
      assert.deepStrictEqual(valueOf(read)[100].snapshotIds, ["snap-1"])
    })
  )
})
