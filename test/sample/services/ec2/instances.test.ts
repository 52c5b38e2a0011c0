import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { idOf } from "../../../../sample/ids.ts"
import { call, pointsOf, production } from "../../call.ts"

const id = (name: string) => idOf("i", production, name)

/** The values of one metric of an instance over the last days, or from an instant on. */
const values = (name: string, metric: string, statistic: string, more: Partial<Parameters<typeof pointsOf>[0]> = {}) =>
  Effect.map(
    pointsOf({
      namespace: "AWS/EC2",
      metric,
      dimensions: { InstanceId: id(name) },
      statistic,
      start: "2026-11-18T00:00:00Z",
      end: "2026-11-20T00:00:00Z",
      ...more
    }),
    (points) => points.map(({ value }) => value)
  )

describe("EC2 instances in the sample", () => {
  it.effect("show every statistic of their CPU, between what is known of it", () =>
    Effect.gen(function* () {
      const cpu = (statistic: string, periodSeconds = 86_400) =>
        Effect.map(values("batch-import", "CPUUtilization", statistic, { periodSeconds }), ([first]) => first)
      assert.strictEqual(yield* cpu("Average"), 5.5)
      assert.strictEqual(yield* cpu("p95"), 11)
      assert.strictEqual(yield* cpu("p50"), 5.5)
      assert.strictEqual(yield* cpu("p99"), 11 + (8 * 4) / 5)
      assert.strictEqual(yield* cpu("Maximum"), 19)
      assert.strictEqual(yield* cpu("Minimum"), 2.75)
      assert.strictEqual(yield* cpu("p95", 3600), 11)
      assert.strictEqual(yield* cpu("SampleCount", 3600), 60)
    })
  )

  it.effect("reach the peak of a month for an hour, which their p95 does not notice", () =>
    Effect.gen(function* () {
      const window = { start: "2026-10-31T00:00:00Z", end: "2026-11-03T00:00:00Z" }
      assert.deepStrictEqual(yield* values("batch-import", "CPUUtilization", "Maximum", window), [19, 100, 19])
      assert.deepStrictEqual(yield* values("batch-import", "CPUUtilization", "p95", window), [11, 11, 11])
      const hours = yield* values("batch-import", "CPUUtilization", "Maximum", { ...window, periodSeconds: 3600 })
      assert.strictEqual(hours.filter((value) => value === 100).length, 1)
      // One point for the whole window, as a rule may ask for its percentile.
      const whole = { ...window, periodSeconds: 30 * 86_400 }
      assert.strictEqual((yield* values("batch-import", "CPUUtilization", "p95", whole))[0], 11)
      assert.strictEqual((yield* values("batch-import", "CPUUtilization", "Maximum", whole))[0], 100)
    })
  )

  it.effect("are silent before they are launched and after they are stopped", () =>
    Effect.gen(function* () {
      const hourly = (name: string, start: string, end: string) =>
        Effect.map(
          values(name, "CPUUtilization", "Average", { start, end, periodSeconds: 3600 }),
          ({ length }) => length
        )
      // Launched at 05:12, stopped at 04:40.
      assert.strictEqual(yield* hourly("shop-web-1", "2026-11-02T00:00:00Z", "2026-11-02T12:00:00Z"), 7)
      assert.strictEqual(yield* hourly("month-end-report", "2026-11-05T00:00:00Z", "2026-11-05T12:00:00Z"), 5)
      assert.strictEqual(yield* hourly("vendor-appliance", "2026-11-18T00:00:00Z", "2026-11-20T00:00:00Z"), 0)
    })
  )

  it.effect("count bytes, and credits where they burst", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* values("intranet-wiki", "NetworkIn", "Sum"), [1_100_000, 1_100_000])
      assert.deepStrictEqual(yield* values("intranet-wiki", "CPUSurplusCreditsCharged", "Sum"), [0, 0])
      assert.deepStrictEqual(yield* values("intranet-wiki", "CPUCreditBalance", "Minimum"), [288, 288])
      assert.deepStrictEqual(yield* values("batch-import", "CPUCreditBalance", "Minimum"), [])
    })
  )

  it.effect("tell of their memory under the dimensions of the agent, which are to be looked up", () =>
    Effect.gen(function* () {
      const asked = { Namespace: "CWAgent", MetricName: "mem_used_percent" }
      const { Metrics } = yield* call("cloudwatch:ListMetrics", asked)
      const sets = Metrics.map(({ Dimensions }: any) =>
        Object.fromEntries(Dimensions.map(({ Name, Value }: any) => [Name, Value]))
      )
      assert.sameMembers(
        sets.map(({ InstanceId }: any) => InstanceId),
        [id("batch-import"), id("price-index")]
      )
      assert.deepStrictEqual(Object.keys(sets[0]), ["InstanceId", "ImageId", "InstanceType"])
      const [today = { value: 0 }] = yield* pointsOf({
        namespace: "CWAgent",
        metric: "mem_used_percent",
        dimensions: sets.find(({ InstanceId }: any) => InstanceId === id("price-index")),
        statistic: "Maximum",
        start: "2026-11-20T00:00:00Z"
      })
      assert.strictEqual(today.value, 88)
      const one = [{ Name: "InstanceId", Value: id("price-index") }]
      const listed = yield* call("cloudwatch:ListMetrics", { ...asked, Dimensions: one })
      assert.strictEqual(listed.Metrics.length, 1)
    })
  )

  it.effect("say what they are", () =>
    Effect.gen(function* () {
      const { Reservations } = yield* call("ec2:DescribeInstances")
      const instance = (name: string) =>
        Reservations.flatMap(({ Instances }: any) => Instances).find(({ InstanceId }: any) => InstanceId === id(name))
      assert.strictEqual(instance("price-crawler").InstanceLifecycle, "spot")
      assert.notProperty(instance("batch-import"), "InstanceLifecycle")
      assert.strictEqual(instance("price-index").Architecture, "arm64")
      assert.strictEqual(instance("batch-import").UsageOperation, "RunInstances")
      const { AutoScalingGroups } = yield* call("autoscaling:DescribeAutoScalingGroups")
      const group = AutoScalingGroups.find((one: any) => one.AutoScalingGroupName === "import-workers")
      assert.deepStrictEqual(
        group.Instances.map(({ InstanceId }: any) => InstanceId),
        [1, 2, 3].map((n) => id(`import-worker-${n}`))
      )
    })
  )
})

describe("the types of instances in the sample", () => {
  it.effect("have their virtual CPUs, memory and chips", () =>
    Effect.gen(function* () {
      const types = ["m6i.2xlarge", "t3.large", "c6g.medium", "g5.xlarge"]
      const { InstanceTypes } = yield* call("ec2:DescribeInstanceTypes", { InstanceTypes: types })
      const of = (type: string) => InstanceTypes.find(({ InstanceType }: any) => InstanceType === type)
      assert.strictEqual(InstanceTypes.length, types.length)
      assert.strictEqual(of("m6i.2xlarge").VCpuInfo.DefaultVCpus, 8)
      assert.strictEqual(of("m6i.2xlarge").MemoryInfo.SizeInMiB, 32_768)
      assert.strictEqual(of("t3.large").VCpuInfo.DefaultVCpus, 2)
      assert.isTrue(of("t3.large").BurstablePerformanceSupported)
      assert.deepStrictEqual(of("c6g.medium").ProcessorInfo.SupportedArchitectures, ["arm64"])
      assert.strictEqual(of("g5.xlarge").GpuInfo.Gpus[0].Count, 1)
      assert.notProperty(of("t3.large"), "GpuInfo")
    })
  )

  it.effect("are all known that the estate uses", () =>
    Effect.gen(function* () {
      for (const region of ["eu-central-1", "eu-west-1", "us-east-1", "ap-southeast-2"]) {
        const { Reservations } = yield* call("ec2:DescribeInstances", {}, { ...production, region })
        const used = [...new Set(Reservations.flatMap(({ Instances }: any) => Instances[0].InstanceType))]
        const { InstanceTypes } = yield* call("ec2:DescribeInstanceTypes", { InstanceTypes: used })
        assert.strictEqual(InstanceTypes.length, used.length)
      }
      const error = yield* Effect.flip(call("ec2:DescribeInstanceTypes", { InstanceTypes: ["z9.huge"] }))
      assert.strictEqual(error.name, "InvalidInstanceType")
    })
  )

  it.effect("are listed page by page, and Compute Optimizer is not switched on", () =>
    Effect.gen(function* () {
      const first = yield* call("ec2:DescribeInstanceTypes", { MaxResults: 50 })
      assert.strictEqual(first.InstanceTypes.length, 50)
      const second = yield* call("ec2:DescribeInstanceTypes", { MaxResults: 50, NextToken: first.NextToken })
      assert.isAbove(second.InstanceTypes.length, 0)
      const error = yield* Effect.flip(call("compute-optimizer:GetEC2InstanceRecommendations"))
      assert.strictEqual(error.name, "OptInRequiredException")
    })
  )
})
