import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { loadComputePrices } from "../../../core/pricing/ComputePrices.ts"
import type { AutoScalingGroup } from "../../../datasets/aws/autoscaling.ts"
import type { MemorySeries } from "../../../datasets/aws/cwAgent.ts"
import type { Instance } from "../../../datasets/aws/ec2.ts"
import { type Fleet, together } from "../../../datasets/aws/fleets.ts"
import type { SeriesSpec } from "../../../datasets/metrics/SeriesSpec.ts"
import scan from "../../../scans/capacity/find_overutilized_ec2_instances.ts"
import { daysAgo } from "../../datasets/harness.ts"
import { instance, instanceType } from "../ec2Fixtures.ts"
import { gap, judge, series } from "../harness.ts"

const compute = await Effect.runPromise(loadComputePrices(["ec2", "sizes"]))

const group = (instanceIds: ReadonlyArray<string>, more: Partial<AutoScalingGroup> = {}) =>
  ({
    arn: "arn:aws:autoscaling:eu-west-1:111111111111:autoScalingGroup:0a1b:autoScalingGroupName/web",
    name: "web",
    instanceIds,
    createdAt: daysAgo(400),
    desiredCapacity: instanceIds.length,
    maxSize: 10,
    tags: {},
    ...more
  }) as unknown as AutoScalingGroup

const types = new Map(
  [
    instanceType("m5.large"),
    instanceType("t3.large"),
    instanceType("t4g.large"),
    instanceType("g5.xlarge", { accelerated: true })
  ].map((each) => [each.type, each])
)

const window = 14

/** A value for each of the fourteen days and the day of the run: the usual one, and another one on the first so many. */
const days = (usual: number, busy = 0, on = 0): ReadonlyArray<number> =>
  Array.from({ length: window + 1 }, (_, day) => (day < on ? busy : usual))

/** The same hour by hour; the day of the run has two. */
const hours = (usual: number, busy = 0, on = 0): ReadonlyArray<number> =>
  days(usual, busy, on)
    .flatMap((value) => Array.from({ length: 24 }, () => value))
    .slice(0, window * 24 + 2)

interface Use {
  readonly p95?: ReadonlyArray<number> | undefined
  readonly memory?: ReadonlyArray<number> | undefined
  readonly balance?: ReadonlyArray<number> | undefined
  readonly charged?: ReadonlyArray<number> | undefined
  readonly mean?: ReadonlyArray<number> | undefined
  readonly failed?: ReadonlyArray<number> | undefined
}

const valuesOf = ({ balance, charged, failed, mean, memory, p95 }: Use, { metric, namespace, period }: SeriesSpec) =>
  namespace === "CWAgent"
    ? memory
    : metric === "CPUCreditBalance"
      ? balance
      : metric === "CPUSurplusCreditsCharged"
        ? charged
        : metric === "StatusCheckFailed"
          ? failed
          : period === 3600
            ? mean
            : p95

const agentOn = (instanceId: string): MemorySeries => ({
  instanceId,
  metric: "mem_used_percent",
  dimensions: { InstanceId: instanceId }
})

interface Options {
  readonly groups?: ReadonlyArray<AutoScalingGroup>
  readonly agents?: unknown
  readonly unlimited?: unknown
  readonly types?: unknown
  readonly settings?: Record<string, number>
  readonly isWhole?: boolean
  readonly perInstance?: Readonly<Record<string, Use>>
}

const run = (instances: ReadonlyArray<Instance>, use: Use, options: Options = {}) => {
  const { agents = [], groups = [], settings = {}, unlimited = new Set<string>() } = options
  const fleets: ReadonlyArray<Fleet> = (
    Effect.runSync(together.read({ instances, groups }, {}) as Effect.Effect<any>) as any
  ).value
  const told = series((spec) => valuesOf(options.perInstance?.[spec.dimensions["InstanceId"] ?? ""] ?? use, spec))
  return judge(
    scan,
    {
      fleets: options.isWhole === false ? gap(fleets) : fleets,
      groups,
      cpu: told,
      types: options.types ?? types,
      agents,
      memory: told,
      unlimited,
      credits: told
    },
    {
      compute,
      settings,
      prices: { "ec2.tSurplusCreditVcpuHourLinux": 0.05 },
      answers: { memberCpu: () => told, groupMean: () => told, memberMean: () => told, statusChecks: () => told }
    }
  )
}

const calm = { p95: days(40) }

describe("find_overutilized_ec2_instances", () => {
  it("leaves what is well used alone, and one burst as well, without a question", () => {
    assert.deepStrictEqual(run([instance()], calm).flagged, [])
    const burst = run([instance()], { p95: days(40, 99, 2) })
    assert.deepStrictEqual([burst.flagged, burst.unknown, burst.asked], [[], [], []])
    assert.strictEqual(burst.stateOf(instance().arn), "healthy")
  })

  it("judges nothing where nothing runs", () => {
    const judged = run([], {})
    assert.deepStrictEqual([judged.flagged, judged.counters.examined], [[], 0])
    assert.deepStrictEqual(run([instance({ state: "stopped" })], {}).flagged, [])
  })

  it("flags a CPU that is busy on three days, by the least of them", () => {
    const { asked, flags } = run([instance()], { p95: days(40, 84, 3) })
    assert.deepStrictEqual(flags[0]?.reasons, ["cpu"])
    assert.deepInclude(flags[0], { kind: "hygiene", savings: null, severity: "medium", confidence: "high" })
    assert.deepInclude(flags[0]?.evidence, {
      days: 14,
      cpuP95Percent: 84,
      memoryP95Percent: "none",
      outOfCredits: [],
      surplusCreditsAMonth: 0,
      statusChecksFailed: "not asked",
      atMaximumSize: "none",
      nextSize: ["m5.xlarge"],
      // m5.large and m5.xlarge in eu-west-1 are 0.107 and 0.214 an hour.
      nextSizeMonthlyUsdMore: 78.11
    })
    assert.deepStrictEqual(asked, [])
    assert.strictEqual(run([instance()], { p95: days(40, 91, 3) }).flags[0]?.severity, "high")
  })

  it("asks for status checks where the CPU is at its limit, and is critical where they fail", () => {
    const busy = days(40, 97, 3)
    const failing = run([instance()], { p95: busy, failed: days(0, 1, 1) })
    assert.deepStrictEqual(failing.asked, [`statusChecks ${instance().arn}`])
    assert.strictEqual(failing.flags[0]?.severity, "critical")
    assert.isTrue(failing.flags[0]?.evidence["statusChecksFailed"])
    assert.strictEqual(run([instance()], { p95: busy, failed: days(0) }).flags[0]?.severity, "high")
    assert.strictEqual(run([instance()], { p95: busy, failed: undefined }).flags[0]?.severity, "high")
  })

  it("flags a memory that an agent found full on three days", () => {
    const agents = [agentOn("i-1")]
    const { flags } = run([instance()], { ...calm, memory: hours(40, 88, 3) }, { agents })
    assert.deepStrictEqual(flags[0]?.reasons, ["memory"])
    assert.deepInclude(flags[0]?.evidence, { memoryP95Percent: 88 })
    assert.strictEqual(flags[0]?.severity, "medium")
    assert.deepStrictEqual(run([instance()], { ...calm, memory: hours(40, 88, 2) }, { agents }).flagged, [])
    assert.deepStrictEqual(run([instance()], { ...calm, memory: hours(84) }, { agents }).flagged, [])
  })

  it("does not know an instance whose memory was refused, and flags it all the same for its CPU", () => {
    for (const options of [{ agents: gap() }, { agents: [agentOn("i-1")] }]) {
      assert.deepStrictEqual(run([instance()], { ...calm, memory: undefined }, options).unknown, ["i-1"])
      const busy = run([instance()], { p95: days(85), memory: undefined }, options)
      assert.deepStrictEqual(busy.flagged, ["i-1: cpu"])
      assert.isNull(busy.flags[0]?.evidence["memoryP95Percent"])
    }
  })

  describe("CPU credits", () => {
    const burstable = instance({ type: "t3.large" })

    it("that were gone all day on three days slow an instance of the standard mode down", () => {
      const { flags } = run([burstable], { ...calm, balance: days(300, 9, 3) })
      assert.deepStrictEqual(flags[0]?.reasons, ["credit_exhaustion"])
      assert.deepInclude(flags[0], { kind: "hygiene", severity: "high" })
      assert.deepStrictEqual(flags[0]?.evidence["outOfCredits"], ["i-1"])
      assert.deepStrictEqual(run([burstable], { ...calm, balance: days(300, 9, 2) }).flagged, [])
      assert.deepStrictEqual(run([burstable], { ...calm, balance: days(10) }).flagged, [])
    })

    it("beyond those earned are billed in the unlimited mode: what they cost, and what a type without costs more", () => {
      const unlimited = new Set(["i-1"])
      // 1,200 credits a day are 20 vCPU-hours, which come to 608.33 a month.
      const { flags } = run([burstable], { ...calm, charged: days(1200) }, { unlimited })
      assert.deepStrictEqual(flags[0]?.reasons, ["credit_exhaustion"])
      assert.deepInclude(flags[0]?.savings, { monthlyUsd: 30.42, basis: "upper_bound", claim: "modernise" })
      assert.strictEqual(flags[0]?.severity, "medium")
      // t3.large and m6i.large in eu-west-1 are 0.0912 and 0.107 an hour.
      assert.deepInclude(flags[0]?.evidence, {
        surplusCreditsAMonth: 36_500,
        steadyType: ["m6i.large"],
        steadyTypeMonthlyUsdMore: 11.53
      })
      // 12,000 credits a day come to 304.17, which is high also where its CPU is busy.
      const both = run([burstable], { p95: days(85), charged: days(12_000) }, { unlimited }).flags[0]
      assert.deepInclude(both, { reasons: ["cpu", "credit_exhaustion"], severity: "high" })
      const none = run([burstable], { ...calm, charged: days(0) }, { unlimited })
      assert.deepStrictEqual([none.flagged, none.unknown], [[], []])
    })

    it("save nothing where their price is not known, and are not severe while they are few", () => {
      const unlimited = new Set(["i-1"])
      // 60 credits a day are a vCPU-hour.
      const little = run([burstable], { ...calm, charged: days(60) }, { unlimited })
      assert.deepInclude(little.flags[0], { kind: "money", severity: "low" })
      assert.strictEqual(little.flags[0]?.savings?.monthlyUsd, 1.52)
      // The reservation pays for the instance and not for its credits.
      const reserved = instance({ type: "t3.large", capacityReservationId: "cr-1" })
      const own = run([reserved], { ...calm, charged: days(1200) }, { unlimited })
      assert.strictEqual(own.flags[0]?.savings?.monthlyUsd, 30.42)
      for (const more of [{ type: "t4g.large" }, { usageOperation: "RunInstances:0002", platformDetails: "Windows" }]) {
        const { flags } = run(
          [instance({ type: "t3.large", ...more })],
          { ...calm, charged: days(1200) },
          { unlimited }
        )
        assert.deepInclude(flags[0], { kind: "hygiene", severity: "low", savings: null })
      }
    })

    it("are not known without a mode or a datapoint", () => {
      assert.deepStrictEqual(run([burstable], { ...calm, balance: days(300) }, { unlimited: gap() }).unknown, ["i-1"])
      assert.deepStrictEqual(run([burstable], { ...calm, balance: [] }).whyUnknown, [
        "i-1: CloudWatch has no CPUCreditBalance of i-1"
      ])
      assert.deepStrictEqual(run([burstable], { ...calm, balance: undefined }).unknown, ["i-1"])
      const busy = run([burstable], { p95: days(85), balance: undefined })
      assert.deepStrictEqual(busy.flagged, ["i-1: cpu"])
      assert.isNull(busy.flags[0]?.evidence["outOfCredits"])
    })

    it("are not asked of what was started yesterday", () => {
      const fresh = instance({ id: "i-2", type: "t3.large", launchedAt: daysAgo(1) })
      const judged = run(
        [burstable, fresh],
        { ...calm, balance: [] },
        {
          groups: [group(["i-1", "i-2"])],
          perInstance: { "i-1": { balance: days(300) } }
        }
      )
      assert.deepStrictEqual([judged.flagged, judged.unknown], [[], []])
    })
  })

  describe("a group", () => {
    const members = [instance({ id: "i-1" }), instance({ id: "i-2" })]
    const groups = [group(["i-1", "i-2"])]

    it("is judged by its mean: one busy instance is not the group", () => {
      const lonely = run(members, { p95: days(90), mean: hours(50) }, { groups })
      assert.deepStrictEqual(lonely.flagged, [])
      assert.strictEqual(lonely.asked.length, 1)
      const { flags } = run(members, { p95: days(96), mean: hours(50, 82, 3) }, { groups })
      assert.deepStrictEqual(flags[0]?.reasons, ["cpu"])
      assert.strictEqual(flags[0]?.resource.type, "autoscaling:auto-scaling-group")
      assert.deepInclude(flags[0], { severity: "medium", confidence: "medium" })
      assert.deepInclude(flags[0]?.evidence, {
        cpuP95Percent: 82,
        atMaximumSize: false,
        nextSize: ["m5.xlarge × 2"],
        instances: ["i-1", "i-2"]
      })
      assert.deepStrictEqual(run(members, { p95: days(90), mean: undefined }, { groups }).unknown, ["web"])
    })

    it("is judged by the mean of its instances where CloudWatch has no series of its own", () => {
      const ofMembers = (one: Use, other: Use) =>
        run(members, { p95: [] }, { groups, perInstance: { "i-1": one, "i-2": other } })
      const busy = ofMembers({ p95: days(96), mean: hours(94) }, { p95: days(84), mean: hours(78) })
      assert.deepStrictEqual(busy.asked, [`memberCpu ${groups[0]?.arn}`, `memberMean ${groups[0]?.arn}`])
      assert.deepStrictEqual(busy.flagged, ["web: cpu"])
      assert.strictEqual(busy.flags[0]?.evidence["cpuP95Percent"], 86)
      const lonely = ofMembers({ p95: days(96), mean: hours(94) }, { p95: days(40), mean: hours(30) })
      assert.deepStrictEqual([lonely.flagged, lonely.unknown], [[], []])
      assert.deepStrictEqual(ofMembers({ p95: undefined }, { p95: days(96) }).unknown, ["web"])
    })

    it("says that it has as many instances as it may have", () => {
      const full = [group(["i-1", "i-2"], { maxSize: 2 })]
      const { flags } = run(members, { p95: days(90), mean: hours(90) }, { groups: full })
      assert.isTrue(flags[0]?.evidence["atMaximumSize"])
    })

    it("has the mean memory of its instances", () => {
      const agents = [agentOn("i-1"), agentOn("i-2")]
      const memoryOf = (one: number, other: number) =>
        run(members, calm, {
          groups,
          agents,
          perInstance: { "i-1": { memory: hours(one) }, "i-2": { memory: hours(other) } }
        })
      assert.deepStrictEqual(memoryOf(95, 40).flagged, [])
      assert.deepStrictEqual(memoryOf(95, 80).flagged, ["web: memory"])
    })

    it("is not known while a page of the instances is missing", () => {
      const judged = run(
        [...members, instance({ id: "i-3" })],
        { p95: days(85), mean: hours(85) },
        { groups, isWhole: false }
      )
      assert.deepStrictEqual(judged.unknown, ["web"])
      assert.deepStrictEqual(judged.flagged, ["i-3: cpu"])
      assert.strictEqual(judged.status, "partial")
      assert.strictEqual(judged.stateOf("arn:aws:ec2:eu-west-1:111111111111:instance/i-9"), "unknown")
    })
  })

  it("judges a cluster by the busiest of its nodes", () => {
    const tags = { "aws:eks:cluster-name": "shop" }
    const nodes = [instance({ id: "i-1", tags }), instance({ id: "i-2", tags })]
    const judged = run(nodes, calm, { perInstance: { "i-2": { p95: days(40, 88, 3) } } })
    assert.deepStrictEqual(judged.flagged, ["shop: cpu"])
    assert.strictEqual(judged.flags[0]?.evidence["cpuP95Percent"], 88)
  })

  it("waits until the whole window can be judged", () => {
    const fresh = instance({ launchedAt: daysAgo(10) })
    assert.deepStrictEqual(run([fresh], { p95: days(99).slice(-11) }).tooYoung, ["i-1"])
    assert.deepStrictEqual(run([fresh], { p95: [] }).tooYoung, ["i-1"])
    const shorter = run([fresh], { p95: days(99).slice(-11) }, { settings: { lookbackDays: 9 } })
    assert.deepStrictEqual(shorter.flagged, ["i-1: cpu"])
    // It was stopped and started again.
    assert.deepStrictEqual(run([fresh], { p95: days(99) }).flagged, ["i-1: cpu"])
    // Its instances are new, and the group is not.
    const young = { groups: [group(["i-1"], { createdAt: daysAgo(13) })] }
    const old = { groups: [group(["i-1"])] }
    const busy = { p95: days(99).slice(-11), mean: hours(99) }
    assert.deepStrictEqual(run([fresh], busy, young).tooYoung, ["web"])
    assert.deepStrictEqual(run([fresh], busy, old).flagged, ["web: cpu"])
    assert.deepStrictEqual(run([instance()], { p95: days(99).slice(-3) }).whyUnknown, [
      "i-1: CloudWatch has its CPU of 2 days, and 3 are needed"
    ])
    assert.deepStrictEqual(run([instance()], { p95: [] }).unknown, ["i-1"])
    assert.deepStrictEqual(run([instance()], { p95: undefined }).unknown, ["i-1"])
  })

  it("does not know types with accelerators, nor types that EC2 does not describe", () => {
    assert.deepStrictEqual(run([instance({ type: "g5.xlarge" })], { p95: days(99) }).unknown, ["i-1"])
    assert.deepStrictEqual(run([instance({ type: "z9.large" })], { p95: days(99) }).unknown, ["i-1"])
    assert.deepStrictEqual(run([instance()], { p95: days(99) }, { types: gap() }).unknown, ["i-1"])
  })

  it("takes other limits", () => {
    const flaggedWith = (settings: Record<string, number>, use: Use, options: Options = {}) =>
      run(
        [instance(options.agents === undefined ? { type: "t3.large" } : {})],
        { balance: days(300), ...use },
        { ...options, settings }
      ).flagged
    assert.deepStrictEqual(flaggedWith({ cpuP95Min: 60 }, { p95: days(65) }), ["i-1: cpu"])
    assert.deepStrictEqual(flaggedWith({ sustainedDays: 5 }, { p95: days(40, 99, 4) }), [])
    assert.deepStrictEqual(flaggedWith({ sustainedDays: 5 }, { p95: days(40, 90, 5) }), ["i-1: cpu"])
    assert.deepStrictEqual(flaggedWith({ creditBalanceMax: 100 }, { ...calm, balance: days(99) }), [
      "i-1: credit_exhaustion"
    ])
    const agents = [agentOn("i-1")]
    assert.deepStrictEqual(flaggedWith({ memoryP95Min: 70 }, { ...calm, memory: hours(71) }, { agents }), [
      "i-1: memory"
    ])
    // Only the last week is read.
    const lately = { p95: days(40, 99, 8) }
    assert.deepStrictEqual(flaggedWith({ lookbackDays: 7 }, lately), [])
    assert.deepStrictEqual(flaggedWith({ lookbackDays: 10 }, lately), ["i-1: cpu"])
  })

  it("leaves alone what an account cannot resize", () => {
    const others = [instance({ serviceManaged: true }), instance({ id: "i-2", tenancy: "host" })]
    assert.deepStrictEqual(run(others, { p95: days(99) }).flagged, [])
  })
})
