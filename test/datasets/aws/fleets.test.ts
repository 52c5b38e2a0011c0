import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fleets from "../../../datasets/aws/fleets.ts"
import { awsFailure, paged, readDataset, readProbe, valueOf } from "../harness.ts"

const awsInstance = (InstanceId: string, more: object = {}, tags: Record<string, string> = {}) => ({
  InstanceId,
  InstanceType: "m5.large",
  State: { Name: "running" },
  LaunchTime: new Date("2026-01-01T00:00:00Z"),
  Placement: { AvailabilityZone: "eu-west-1a", Tenancy: "default" },
  UsageOperation: "RunInstances",
  Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
  ...more
})

const awsGroup = (name: string, ids: ReadonlyArray<string>) => ({
  AutoScalingGroupARN: `arn:aws:autoscaling:eu-west-1:111111111111:autoScalingGroup:0a1b:autoScalingGroupName/${name}`,
  AutoScalingGroupName: name,
  MinSize: 0,
  MaxSize: 9,
  DesiredCapacity: ids.length,
  CreatedTime: new Date("2025-01-01T00:00:00Z"),
  Instances: ids.map((InstanceId) => ({ InstanceId })),
  Tags: []
})

const answers = (instances: ReadonlyArray<object>, groups: ReadonlyArray<object>) => ({
  "ec2:DescribeInstances": () => ({ Reservations: instances.map((one) => ({ Instances: [one] })) }),
  "autoscaling:DescribeAutoScalingGroups": paged(groups, "AutoScalingGroups", { size: "MaxRecords" }),
  "ec2:DescribeInstanceTypes": (input: any) => ({
    InstanceTypes: input.Filters[0].Values.map((InstanceType: string) => ({
      InstanceType,
      VCpuInfo: { DefaultVCpus: 2 },
      MemoryInfo: { SizeInMiB: 8192 },
      BurstablePerformanceSupported: false,
      ...(InstanceType.startsWith("g") ? { GpuInfo: {} } : {})
    }))
  })
})

/** Answers every series that is asked with zeros. */
const zeros = (input: any) => ({
  MetricDataResults: input.MetricDataQueries.map(({ Id }: { Id: string }) => ({
    Id,
    StatusCode: "Complete",
    Timestamps: [],
    Values: []
  }))
})

const shown = (all: ReadonlyArray<fleets.Fleet>) =>
  all.map(({ controller, id, members }) => `${controller} ${id}: ${members.map(({ id }) => id).join(" ")}`).sort()

describe("fleets.together", () => {
  it.effect("puts instances with those that are decided about together with them", () =>
    Effect.gen(function* () {
      const instances = [
        awsInstance("i-5", {}, { "kubernetes.io/cluster/green": "shared" }),
        awsInstance("i-1"),
        awsInstance("i-2", {}, { "aws:autoscaling:groupName": "web", "aws:eks:cluster-name": "blue" }),
        awsInstance("i-3", {}, { "aws:eks:cluster-name": "blue", "karpenter.sh/nodepool": "default" }),
        awsInstance("i-4", {}, { "aws:elasticmapreduce:job-flow-id": "j-1" }),
        awsInstance("i-6", { State: { Name: "stopped" } }),
        awsInstance("i-7", { State: { Name: "terminated" } })
      ]
      const { calls, read } = yield* readDataset(
        fleets.together,
        answers(instances, [awsGroup("web", ["i-2"]), awsGroup("empty", [])])
      )
      assert.deepStrictEqual(calls, { "ec2:DescribeInstances": 1, "autoscaling:DescribeAutoScalingGroups": 1 })
      assert.deepStrictEqual(shown(valueOf(read)), [
        "auto-scaling-group empty: ",
        "auto-scaling-group web: i-2",
        "eks-cluster blue: i-3",
        "emr-cluster j-1: i-4",
        "instance i-1: i-1",
        "instance i-5: i-5",
        "instance i-6: "
      ])
      const resource = (id: string) =>
        fleets.together.kind?.resourceOf(valueOf(read).find((fleet: fleets.Fleet) => fleet.id === id))
      assert.deepInclude(resource("i-1"), {
        type: "ec2:instance",
        arn: "arn:aws:ec2:eu-west-1:111111111111:instance/i-1",
        createdAt: "2026-01-01T00:00:00.000Z"
      })
      assert.deepInclude(resource("j-1"), {
        type: "emr:cluster",
        arn: "arn:aws:elasticmapreduce:eu-west-1:111111111111:cluster/j-1"
      })
    })
  )

  it.effect("counts only what is billed by the hour", () =>
    Effect.gen(function* () {
      const instances = [
        awsInstance("i-1", { Placement: { Tenancy: "HOST" } }),
        awsInstance("i-2", { InstanceLifecycle: "capacity-block" }),
        awsInstance("i-3", { InstanceLifecycle: "interruptible-capacity-reservation" }),
        awsInstance("i-4", { Operator: { Managed: true } }),
        awsInstance("i-5", { OutpostArn: "arn:aws:outposts:eu-west-1:111111111111:outpost/op-1" }),
        awsInstance("i-6", { InstanceLifecycle: "spot" }),
        awsInstance("i-7", {}, { "aws:autoscaling:groupName": "kept-by-aws" })
      ]
      const kept = { ...awsGroup("kept-by-aws", ["i-7"]), Operator: { Managed: true, Principal: "eks.amazonaws.com" } }
      const { read } = yield* readDataset(fleets.together, answers(instances, [kept]))
      const members = valueOf(read).flatMap((fleet: fleets.Fleet) => fleet.members.map(({ id }) => id))
      assert.deepStrictEqual(members, ["i-6"])
    })
  )

  it.effect("is not whole while the groups are not, and knows whose group it did not see", () =>
    Effect.gen(function* () {
      const groups = Array.from({ length: 150 }, (_, index) => awsGroup(`group-${index}`, []))
      const tagged = awsInstance("i-1", {}, { "aws:autoscaling:groupName": "group-120" })
      const pages = answers([tagged, awsInstance("i-2")], groups)
      const { read } = yield* readDataset(fleets.together, {
        ...pages,
        "autoscaling:DescribeAutoScalingGroups": (input: any) => {
          if (input.NextToken !== undefined) throw awsFailure("AccessDenied", "no", 403)
          return pages["autoscaling:DescribeAutoScalingGroups"](input)
        }
      })
      assert.isTrue(read.ok)
      if (!read.ok) return
      assert.deepStrictEqual([read.gaps.length, read.inherited.length], [1, 0])
      const unread = read.value.filter(({ unread }: fleets.Fleet) => unread !== undefined)
      assert.deepStrictEqual(shown(unread), ["auto-scaling-group group-120: i-1"])
    })
  )
})

describe("fleets.cpu", () => {
  it.effect("asks two series for each instance by itself and for each group, and none of what has accelerators", () =>
    Effect.gen(function* () {
      const inGroup = Array.from({ length: 30 }, (_, index) => awsInstance(`i-g${index}`))
      const instances = [
        ...inGroup,
        awsInstance("i-1"),
        awsInstance("i-2", { InstanceType: "g5.xlarge" }),
        awsInstance("i-3", { State: { Name: "stopped" } })
      ]
      const { calls, sent } = yield* readDataset(fleets.cpu(fleets.together, 30, { leastDays: 14 }), {
        ...answers(instances, [
          awsGroup(
            "web",
            inGroup.map(({ InstanceId }) => InstanceId)
          )
        ]),
        "cloudwatch:GetMetricData": zeros
      })
      assert.deepStrictEqual(calls, {
        "ec2:DescribeInstances": 1,
        "ec2:DescribeInstanceTypes": 1,
        "autoscaling:DescribeAutoScalingGroups": 1,
        "cloudwatch:GetMetricData": 1
      })
      const queries = sent.flatMap(({ input }) => input.MetricDataQueries ?? [])
      assert.deepStrictEqual(
        queries.map(({ MetricStat: { Metric, Stat } }: any) => `${Metric.Dimensions[0].Value} ${Stat}`).sort(),
        ["i-1 p95", "web p95"]
      )
    })
  )

  it.effect("asks 501 instances in two calls of 500 series", () =>
    Effect.gen(function* () {
      const instances = Array.from({ length: 501 }, (_, index) => awsInstance(`i-${index}`))
      const { calls } = yield* readDataset(fleets.cpu(fleets.alone, 30, { leastDays: 14 }), {
        ...answers(instances, []),
        "cloudwatch:GetMetricData": zeros
      })
      assert.strictEqual(calls["cloudwatch:GetMetricData"], 2)
      assert.isUndefined(calls["autoscaling:DescribeAutoScalingGroups"])
    })
  )
})

/** What was asked of CloudWatch: resource, metric, statistic and period. */
const askedOf = (sent: ReadonlyArray<{ readonly input: any }>): ReadonlyArray<string> =>
  sent
    .flatMap(({ input }) => input.MetricDataQueries ?? [])
    .map(
      ({ MetricStat: { Metric, Period, Stat } }: any) =>
        `${Metric.Dimensions.at(-1).Value} ${Metric.MetricName} ${Stat} ${Period}`
    )
    .sort()

describe("fleets.credits and fleets.hourlyMemory", () => {
  const burstable = [
    awsInstance("i-1", { InstanceType: "t3.large" }),
    awsInstance("i-2", { InstanceType: "t2.large" }),
    awsInstance("i-3")
  ]

  it.effect("ask one series of each instance that lives on credits, by its mode", () =>
    Effect.gen(function* () {
      const { calls, sent } = yield* readDataset(fleets.credits(fleets.together, 14), {
        ...answers(burstable, []),
        "ec2:DescribeInstanceCreditSpecifications": () => ({
          InstanceCreditSpecifications: [{ InstanceId: "i-1", CpuCredits: "unlimited" }]
        }),
        "cloudwatch:GetMetricData": zeros
      })
      assert.strictEqual(calls["ec2:DescribeInstanceCreditSpecifications"], 1)
      assert.deepStrictEqual(askedOf(sent), [
        "i-1 CPUSurplusCreditsCharged Sum 86400",
        "i-2 CPUCreditBalance Maximum 86400"
      ])
    })
  )

  it.effect("ask nothing of an instance whose mode is not told", () =>
    Effect.gen(function* () {
      const { sent } = yield* readDataset(fleets.credits(fleets.together, 14), {
        ...answers(burstable, []),
        "ec2:DescribeInstanceCreditSpecifications": () => {
          throw awsFailure("UnauthorizedOperation", "no", 403)
        },
        "cloudwatch:GetMetricData": zeros
      })
      assert.deepStrictEqual(askedOf(sent), [])
    })
  )

  it.effect("ask for the memory of each hour of those that have an agent", () =>
    Effect.gen(function* () {
      const { sent } = yield* readDataset(fleets.hourlyMemory(fleets.together, 14), {
        ...answers(burstable, []),
        "cloudwatch:ListMetrics": ({ MetricName }) => ({
          Metrics:
            MetricName === "mem_used_percent"
              ? [{ Namespace: "CWAgent", MetricName, Dimensions: [{ Name: "InstanceId", Value: "i-3" }] }]
              : []
        }),
        "cloudwatch:GetMetricData": zeros
      })
      assert.deepStrictEqual(askedOf(sent), ["i-3 mem_used_percent Average 3600"])
    })
  )
})

describe("fleets.groupMean and fleets.statusChecks", () => {
  it.effect("ask one series of a group, and one of each instance", () =>
    Effect.gen(function* () {
      const { read } = yield* readDataset(
        fleets.together,
        answers([awsInstance("i-1"), awsInstance("i-2")], [awsGroup("web", ["i-1", "i-2"])])
      )
      const group: fleets.Fleet = valueOf(read)[0]
      const mean = yield* readProbe(fleets.groupMean(14), [group], { "cloudwatch:GetMetricData": zeros })
      assert.deepStrictEqual(askedOf(mean.sent), ["web CPUUtilization Average 3600"])
      const checks = yield* readProbe(fleets.statusChecks(14), [group], { "cloudwatch:GetMetricData": zeros })
      assert.deepStrictEqual(askedOf(checks.sent), [
        "i-1 StatusCheckFailed Maximum 86400",
        "i-2 StatusCheckFailed Maximum 86400"
      ])
      // Where CloudWatch has nothing of the group.
      const cpu = yield* readProbe(fleets.memberCpu(14), [group], { "cloudwatch:GetMetricData": zeros })
      assert.deepStrictEqual(askedOf(cpu.sent), ["i-1 CPUUtilization p95 86400", "i-2 CPUUtilization p95 86400"])
      const means = yield* readProbe(fleets.memberMean(14), [group], { "cloudwatch:GetMetricData": zeros })
      assert.deepStrictEqual(askedOf(means.sent), [
        "i-1 CPUUtilization Average 3600",
        "i-2 CPUUtilization Average 3600"
      ])
    })
  )
})

describe("fleets.detail and fleets.memory", () => {
  const fleet = { id: "i-1", arn: "arn:i-1", controller: "instance", members: [{ id: "i-1", type: "t3.large" }] }
  const candidate = (burstable: ReadonlyArray<string>) =>
    ({ fleet, burstable: new Set(burstable) }) as unknown as fleets.Candidate

  const asked = (sent: ReadonlyArray<{ readonly input: any }>) =>
    sent
      .flatMap(({ input }) => input.MetricDataQueries)
      .map(({ MetricStat: { Metric, Stat } }: any) => `${Metric.MetricName} ${Stat}`)
      .sort()

  it.effect("ask credits only of what lives on them", () =>
    Effect.gen(function* () {
      const detail = fleets.detail(30)
      const plain = yield* readProbe(detail, [candidate([])], { "cloudwatch:GetMetricData": zeros })
      assert.deepStrictEqual(asked(plain.sent), [
        "CPUUtilization Average",
        "CPUUtilization Maximum",
        "NetworkIn Sum",
        "NetworkOut Sum"
      ])
      const burstable = yield* readProbe(detail, [candidate(["t3.large"])], { "cloudwatch:GetMetricData": zeros })
      assert.deepStrictEqual(asked(burstable.sent), [
        "CPUCreditBalance Minimum",
        "CPUUtilization Average",
        "CPUUtilization Maximum",
        "NetworkIn Sum",
        "NetworkOut Sum"
      ])
      const declared = detail.metrics.map(({ metric, statistic }) => `${metric} ${statistic}`).sort()
      assert.deepStrictEqual(declared, asked(burstable.sent))
    })
  )

  it.effect("ask for memory under the dimensions that the agent publishes it with", () =>
    Effect.gen(function* () {
      const dimensions = { InstanceId: "i-1", ImageId: "ami-1" }
      const measured = { arn: "arn:i-1", memory: [{ instanceId: "i-1", metric: "mem_used_percent", dimensions }] }
      const { calls, sent } = yield* readProbe(fleets.memory(30), [measured], { "cloudwatch:GetMetricData": zeros })
      assert.deepStrictEqual(calls, { "cloudwatch:GetMetricData": 1 })
      assert.deepStrictEqual(sent[0]?.input.MetricDataQueries[0].MetricStat.Metric, {
        Namespace: "CWAgent",
        MetricName: "mem_used_percent",
        Dimensions: [
          { Name: "InstanceId", Value: "i-1" },
          { Name: "ImageId", Value: "ami-1" }
        ]
      })
    })
  )
})
