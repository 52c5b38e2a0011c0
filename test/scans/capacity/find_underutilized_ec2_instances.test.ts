import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { loadComputePrices } from "../../../core/pricing/ComputePrices.ts"
import type { AutoScalingGroup } from "../../../datasets/aws/autoscaling.ts"
import type { InstanceRecommendation } from "../../../datasets/aws/computeOptimizer.ts"
import type { MemorySeries } from "../../../datasets/aws/cwAgent.ts"
import type { Instance } from "../../../datasets/aws/ec2.ts"
import { alone, type Fleet, together } from "../../../datasets/aws/fleets.ts"
import type { InstanceType } from "../../../datasets/aws/instanceTypes.ts"
import type { SeriesSpec } from "../../../datasets/metrics/SeriesSpec.ts"
import scan from "../../../scans/capacity/find_underutilized_ec2_instances.ts"
import { daysAgo } from "../../datasets/harness.ts"
import { instance as anInstance, instanceType } from "../ec2Fixtures.ts"
import { Gap, gap, judge, series } from "../harness.ts"

const compute = await Effect.runPromise(loadComputePrices(["ec2", "sizes"]))

const instance = (more: Partial<Instance> = {}) => anInstance({ type: "m5.xlarge", ...more })

const group = (name: string, instanceIds: ReadonlyArray<string>) =>
  ({
    arn: `arn:aws:autoscaling:eu-west-1:111111111111:autoScalingGroup:0a1b:autoScalingGroupName/${name}`,
    name,
    instanceIds,
    createdAt: daysAgo(400),
    tags: { team: "shop" }
  }) as unknown as AutoScalingGroup

const type = (name: string, vcpu: number, memoryGib: number, more: Partial<InstanceType> = {}) =>
  instanceType(name, { vcpu, memoryGib, ...more })

const types = new Map(
  [
    type("m5.xlarge", 4, 16),
    type("m5.large", 2, 8),
    type("m6i.xlarge", 4, 16),
    type("c6i.xlarge", 4, 8),
    type("r5.xlarge", 4, 32),
    type("t3.small", 2, 2),
    type("t3.large", 2, 8),
    type("g5.xlarge", 4, 16, { accelerated: true }),
    type("z99.xlarge", 4, 16)
  ].map((type) => [type.type, type])
)

/** A value for each of the 31 days of the window, of which the last is the day of the run. */
const every = (value: number): ReadonlyArray<number> => Array.from({ length: 31 }, () => value)

/** The same, with other values on the last days. */
const lately = (usual: number, ...last: ReadonlyArray<number>): ReadonlyArray<number> => [
  ...every(usual).slice(last.length),
  ...last
]

interface Use {
  readonly p95?: ReadonlyArray<number> | undefined
  readonly maximum?: ReadonlyArray<number> | undefined
  readonly mean?: ReadonlyArray<number> | undefined
  /** MB in each direction. */
  readonly network?: ReadonlyArray<number> | undefined
  readonly credits?: ReadonlyArray<number> | undefined
  readonly memory?: ReadonlyArray<number> | undefined
}

/** Used by a tenth, with much traffic. */
const little = { p95: every(10), maximum: every(25), mean: every(6), network: every(900), credits: every(500) }
/** Doing nothing. */
const nothing = { p95: every(0.5), maximum: every(2), mean: every(0.3), network: every(1), credits: every(500) }

const seriesOf = (use: Use) =>
  series(({ metric, namespace, statistic }: SeriesSpec) => {
    if (namespace === "CWAgent") return use.memory
    if (metric === "CPUUtilization")
      return statistic === "p95" ? use.p95 : statistic === "Maximum" ? use.maximum : use.mean
    return metric === "CPUCreditBalance" ? use.credits : use.network?.map((mb) => mb * 1_000_000)
  })

const fleetsOf = (
  instances: ReadonlyArray<Instance>,
  groups: ReadonlyArray<AutoScalingGroup>,
  rollUp: boolean
): ReadonlyArray<Fleet> =>
  (Effect.runSync((rollUp ? together : alone).read({ instances, groups }, {}) as Effect.Effect<any>) as any).value

const agentOn = (instanceId: string): MemorySeries => ({
  instanceId,
  metric: "mem_used_percent",
  dimensions: { InstanceId: instanceId, ImageId: "ami-1", InstanceType: "m5.xlarge" }
})

interface Options {
  readonly groups?: ReadonlyArray<AutoScalingGroup>
  readonly agents?: unknown
  readonly recommendations?: unknown
  /** Whether the account has opted in to Compute Optimizer. */
  readonly optedIn?: boolean
  readonly types?: unknown
  readonly settings?: Record<string, number | boolean>
  readonly isWhole?: boolean
  /** Tags by ARN of what fleets are a part of. */
  readonly parents?: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly suppressTagKeys?: ReadonlyArray<string>
  readonly perInstance?: Readonly<Record<string, Use>>
}

const run = (instances: ReadonlyArray<Instance>, use: Use, options: Options = {}) => {
  const { agents = [], groups = [], recommendations = [], settings = {} } = options
  const fleets = fleetsOf(instances, groups, settings["rollUpAsg"] !== false)
  const told =
    options.perInstance === undefined
      ? seriesOf(use)
      : series((spec) => {
          const own = options.perInstance?.[spec.dimensions["InstanceId"] ?? ""] ?? use
          const answer = seriesOf(own).points(spec)
          return answer.known ? answer.value.map(({ value }) => value) : undefined
        })
  return judge(
    scan,
    {
      fleets: options.isWhole === false ? gap(fleets) : fleets,
      cpu: told,
      types: options.types ?? types,
      memory: agents,
      recommendations,
      optedIn: options.optedIn ?? true
    },
    {
      compute,
      settings,
      answers: { memberCpu: () => told, detail: () => told, memory: () => told },
      parents: options.parents ?? {},
      suppressTagKeys: options.suppressTagKeys ?? []
    }
  )
}

describe("find_underutilized_ec2_instances", () => {
  it("leaves what is well used alone, without a question about it", () => {
    const judged = run([instance()], { p95: every(55), maximum: every(90) })
    assert.deepStrictEqual([judged.flagged, judged.unknown, judged.asked], [[], [], []])
    assert.strictEqual(judged.status, "complete")
    assert.strictEqual(judged.stateOf(instance().arn), "healthy")
  })

  it("judges nothing where nothing runs", () => {
    const judged = run([], {})
    assert.deepStrictEqual([judged.flagged, judged.counters.examined], [[], 0])
    const stopped = run([instance({ state: "stopped" })], {})
    assert.deepStrictEqual([stopped.flagged, stopped.asked], [[], []])
    assert.strictEqual(stopped.stateOf(instance().arn), "healthy")
    const terminated = run([instance({ state: "terminated" })], {})
    assert.strictEqual(terminated.stateOf(instance().arn), "gone")
  })

  it("flags an idle instance with the whole of its price", () => {
    const { asked, flags } = run([instance()], nothing)
    assert.deepStrictEqual(flags[0]?.reasons, ["idle"])
    assert.strictEqual(flags[0]?.kind, "money")
    // m5.xlarge in eu-west-1 is 0.214 an hour.
    assert.strictEqual(flags[0]?.savings?.monthlyUsd, 156.22)
    assert.deepInclude(flags[0]?.savings, { basis: "exact", claim: "stop" })
    assert.strictEqual(flags[0]?.savings?.note, "Its volumes and addresses go on costing.")
    assert.strictEqual(flags[0]?.severity, "medium")
    assert.deepStrictEqual(flags[0]?.evidence, {
      instanceTypes: ["m5.xlarge"],
      operatingSystems: ["linux"],
      purchase: ["on-demand"],
      controller: "none",
      instances: ["i-1"],
      capacityReservations: [],
      launchedAt: daysAgo(300).toISOString(),
      days: 31,
      cpuP95Percent: 0.5,
      cpuMaximumPercent: 2,
      cpuMeanPercent: 0.3,
      networkMbPerDay: 2,
      listMonthlyUsd: 156.22,
      memoryMaximumPercent: null,
      target: "none",
      lastBusyDay: "none"
    })
    assert.deepStrictEqual(asked, ["detail arn:aws:ec2:eu-west-1:111111111111:instance/i-1"])
  })

  it("does not let a monthly reboot or patch run hide that it is idle, and lets more than that", () => {
    const patched = { ...nothing, maximum: lately(2, 100, 2, 2, 100, 100, 2) }
    const { flags } = run([instance()], patched)
    assert.deepStrictEqual(flags[0]?.reasons, ["idle"])
    assert.strictEqual(flags[0]?.evidence["lastBusyDay"], "2026-11-19")
    // Four days of 31 are more than a tenth.
    const busier = run([instance()], { ...nothing, maximum: lately(2, 100, 100, 100, 100) })
    assert.deepStrictEqual(busier.flagged, [])
  })

  it("counts what happened today", () => {
    const three = { ...nothing, maximum: lately(2, 100, 100, 100, 2) }
    assert.deepStrictEqual(run([instance()], three).flagged, ["i-1: idle"])
    const andToday = { ...nothing, maximum: lately(2, 100, 100, 100, 100) }
    assert.deepStrictEqual(run([instance()], andToday).flagged, [])
  })

  it("does not call a quiet CPU idle that serves traffic", () => {
    const serving = { ...nothing, network: every(3) }
    // 3 MB in each direction are 6 a day.
    assert.notInclude(run([instance({ type: "m5.large" })], serving).flagged, "i-1: idle")
    assert.deepStrictEqual(run([instance()], serving, { settings: { idleNetworkMbPerDay: 6 } }).flagged, ["i-1: idle"])
  })

  describe("with an agent that measures memory", () => {
    const agents = [agentOn("i-1")]

    it("flags an oversized instance with the difference to the next smaller size", () => {
      const { asked, flags } = run([instance()], { ...little, memory: every(35) }, { agents })
      assert.deepStrictEqual(flags[0]?.reasons, ["oversized"])
      // 0.214 − 0.107 an hour.
      assert.strictEqual(flags[0]?.savings?.monthlyUsd, 78.11)
      assert.deepStrictEqual(
        flags[0]?.savings?.terms.map(({ label, quantity, unit }) => [label, quantity, unit]),
        [
          ["m5.xlarge", 730, "hour"],
          ["m5.large instead", -730, "hour"]
        ]
      )
      assert.deepInclude(flags[0]?.savings, { basis: "exact", claim: "rightsize" })
      assert.strictEqual(flags[0]?.confidence, "high")
      assert.deepInclude(flags[0]?.evidence, {
        target: ["m5.large"],
        memoryMaximumPercent: 35,
        networkMbPerDay: 1800,
        computeOptimizer: "none"
      })
      assert.deepStrictEqual(asked, [
        "detail arn:aws:ec2:eu-west-1:111111111111:instance/i-1",
        "memory arn:aws:ec2:eu-west-1:111111111111:instance/i-1"
      ])
    })

    it("leaves it alone where the smaller size would hold its memory or its CPU no more", () => {
      const full = { ...little, memory: every(41) }
      assert.deepStrictEqual(run([instance()], full, { agents }).flagged, [])
      // With a looser rule: 41 % of 16 GiB are 82 % of 8.
      assert.deepStrictEqual(run([instance()], full, { agents, settings: { memoryMaxCap: 60 } }).flagged, [])
      const busy = { ...little, p95: every(36), maximum: every(39), memory: every(10) }
      // 36 % of four vCPUs are 72 % of two.
      assert.deepStrictEqual(run([instance()], busy, { agents, settings: { cpuP95Max: 40 } }).flagged, [])
      const atTheEdge = { ...busy, p95: every(35) }
      assert.deepStrictEqual(run([instance()], atTheEdge, { agents, settings: { cpuP95Max: 40 } }).flagged, [
        "i-1: oversized"
      ])
    })

    it("takes the peak of one day's memory for what is needed", () => {
      assert.deepStrictEqual(run([instance()], { ...little, memory: lately(10, 41, 10) }, { agents }).flagged, [])
    })

    it("does not know it where the series failed", () => {
      const judged = run([instance()], { ...little, memory: undefined }, { agents })
      assert.deepStrictEqual([judged.flagged, judged.unknown], [[], ["i-1"]])
    })

    it("has no advice where there is no smaller size", () => {
      const small = instance({ type: "m5.large" })
      assert.deepStrictEqual(run([small], { ...little, memory: every(10) }, { agents }).flagged, [])
    })
  })

  describe("without an agent", () => {
    it("never proposes less memory: one size down in the family that has more of it, if that is cheaper", () => {
      const { flags } = run([instance({ type: "m6i.xlarge" })], little)
      assert.deepStrictEqual(flags[0]?.evidence["target"], ["r6i.large"])
      // 0.214 − 0.141 an hour.
      assert.strictEqual(flags[0]?.savings?.monthlyUsd, 53.29)
      assert.strictEqual(flags[0]?.confidence, "medium")
      assert.strictEqual(flags[0]?.evidence["memoryMaximumPercent"], "none")
      const compute = run([instance({ type: "c6i.xlarge" })], little)
      assert.deepStrictEqual(compute.flags[0]?.evidence["target"], ["m6i.large"])
    })

    it("has no advice for memory-optimized and burstable ones, of which a low CPU says little", () => {
      assert.deepStrictEqual(run([instance({ type: "r5.xlarge" })], little).flagged, [])
      assert.deepStrictEqual(run([instance({ type: "t3.large" })], little).flagged, [])
    })

    it("has none where it cannot tell whether the other family is cheaper", () => {
      const windows = instance({ type: "m6i.xlarge", usageOperation: "RunInstances:0002" })
      assert.deepStrictEqual(run([windows], little).flagged, [])
    })
  })

  it("counts an agent only where every instance that runs longer than a day has one", () => {
    const two = [instance(), instance({ id: "i-2" })]
    const groups = [group("web", ["i-1", "i-2"])]
    const use = { ...little, memory: every(10) }
    assert.strictEqual(run(two, use, { groups, agents: [agentOn("i-1")] }).flags[0]?.confidence, "medium")
    const both = run(two, use, { groups, agents: [agentOn("i-1"), agentOn("i-2")] })
    assert.strictEqual(both.flags[0]?.confidence, "high")
    const started = [instance(), instance({ id: "i-2", launchedAt: daysAgo(0.5) })]
    assert.strictEqual(run(started, use, { groups, agents: [agentOn("i-1")] }).flags[0]?.confidence, "high")
  })

  it("prices Windows, Red Hat and SUSE not as Linux, and says that there is no figure", () => {
    for (const usageOperation of ["RunInstances:0002", "RunInstances:0010", "RunInstances:000g"]) {
      const { flags } = run([instance({ usageOperation })], nothing)
      assert.deepInclude(flags[0]?.savings, { basis: "none", monthlyUsd: 0 })
      assert.isNull(flags[0]?.evidence["listMonthlyUsd"])
    }
    const sized = run(
      [instance({ usageOperation: "RunInstances:0002" })],
      { ...little, memory: every(10) },
      {
        agents: [agentOn("i-1")]
      }
    )
    assert.deepStrictEqual(sized.flagged, ["i-1: oversized"])
    assert.deepInclude(sized.flags[0]?.savings, { basis: "none", monthlyUsd: 0 })
  })

  it("has no price for a Local Zone and for dedicated hardware", () => {
    for (const other of [
      { availabilityZone: "eu-west-1-lon-1a" },
      { tenancy: "dedicated" },
      { availabilityZone: "" }
    ]) {
      assert.strictEqual(run([instance(other)], nothing).flags[0]?.savings?.basis, "none")
    }
  })

  it("claims no money for Spot instances and for those in a capacity reservation, and says so", () => {
    const spot = run([instance({ lifecycle: "spot" })], nothing).flags[0]
    assert.deepInclude(spot?.savings, { basis: "none", monthlyUsd: 0 })
    assert.match(spot?.savings?.note ?? "", /Spot instances have no list price/)
    const reserved = run([instance({ capacityReservationId: "cr-1" })], nothing).flags[0]
    assert.deepInclude(reserved?.savings, { basis: "none", monthlyUsd: 0 })
    assert.match(reserved?.savings?.note ?? "", /capacity reservation costs the same with and without/)
    assert.deepStrictEqual(reserved?.evidence["capacityReservations"], ["cr-1"])
  })

  it("skips what is billed otherwise: dedicated hosts, capacity blocks, Outposts, and what a service runs", () => {
    const others = [
      { tenancy: "host" },
      { lifecycle: "capacity-block" },
      { lifecycle: "interruptible-capacity-reservation" },
      { onOutpost: true },
      { serviceManaged: true }
    ]
    for (const other of others) {
      const judged = run([instance(other)], nothing)
      assert.deepStrictEqual([judged.flagged, judged.unknown, judged.asked], [[], [], []], JSON.stringify(other))
    }
  })

  it("does not know what has accelerators, and what EC2 does not describe", () => {
    const gpu = run([instance({ type: "g5.xlarge" })], nothing)
    assert.deepStrictEqual(gpu.whyUnknown, ["i-1: g5.xlarge has accelerators, of whose use its CPU says nothing"])
    const strange = run([instance({ type: "q1.large" })], nothing)
    assert.deepStrictEqual(strange.whyUnknown, ["i-1: EC2 does not describe the type q1.large"])
    // A type that is newer than the list of sizes: idle is idle, and what is smaller is not known.
    assert.deepStrictEqual(run([instance({ type: "z99.xlarge" })], nothing).flags[0]?.savings?.basis, "none")
    assert.deepStrictEqual(run([instance({ type: "z99.xlarge" })], little).unknown, ["i-1"])
  })

  describe("of burstable instances", () => {
    const agents = [agentOn("i-1")]
    const large = instance({ type: "t3.large" })
    const use = { ...little, memory: every(30) }

    it("proposes the smaller size whose credits last", () => {
      const { flags } = run([large], use, { agents })
      assert.deepStrictEqual(flags[0]?.evidence["target"], ["t3.medium"])
      // 0.0912 − 0.0456 an hour.
      assert.strictEqual(flags[0]?.savings?.monthlyUsd, 33.29)
    })

    it("proposes none where the mean use is above what the smaller size earns", () => {
      // A t3.micro earns for a tenth of its two vCPUs.
      const small = instance({ type: "t3.small" })
      assert.deepStrictEqual(run([small], { ...use, mean: every(11) }, { agents }).flagged, [])
      assert.deepStrictEqual(run([small], { ...use, mean: every(10) }, { agents }).flagged, ["i-1: oversized"])
    })

    it("proposes none where the credits were gone on more than a tenth of the days", () => {
      assert.deepStrictEqual(run([large], { ...use, credits: lately(500, 0, 0, 0) }, { agents }).flagged, [
        "i-1: oversized"
      ])
      assert.deepStrictEqual(run([large], { ...use, credits: lately(500, 0, 0, 0, 9) }, { agents }).flagged, [])
    })

    it("does not know one whose credits CloudWatch does not tell", () => {
      assert.deepStrictEqual(run([large], { ...use, credits: [] }, { agents }).unknown, ["i-1"])
      assert.deepStrictEqual(run([large], { ...use, credits: undefined }, { agents }).unknown, ["i-1"])
    })
  })

  describe("too young and unknown", () => {
    const last = (days: number, value: number) => every(value).map((one, at) => (at >= 31 - days ? one : Number.NaN))
    const only = (days: number): Use => ({
      p95: last(days, 0.5),
      maximum: last(days, 2),
      mean: last(days, 0.3),
      network: last(days, 1)
    })

    it("judges from 14 full days on", () => {
      assert.deepStrictEqual(run([instance({ launchedAt: daysAgo(13) })], only(14)).tooYoung, ["i-1"])
      assert.deepStrictEqual(run([instance({ launchedAt: daysAgo(14.5) })], only(15)).flagged, ["i-1: idle"])
    })

    it("judges one that was stopped and started again by its history, and says that the saving is the most there is", () => {
      const { flags } = run([instance({ launchedAt: daysAgo(2) })], nothing)
      assert.deepStrictEqual(flags[0]?.reasons, ["idle"])
      assert.deepInclude(flags[0]?.savings, { basis: "upper_bound", monthlyUsd: 156.22 })
      assert.match(flags[0]?.savings?.note ?? "", /it was stopped within the window/)
    })

    it("does not know an old one whose CPU is missing, partly missing or refused, and closes nothing", () => {
      for (const use of [{ p95: [], maximum: [] }, only(10), { p95: undefined, maximum: every(2) }]) {
        const judged = run([instance()], use)
        assert.deepStrictEqual([judged.flagged, judged.unknown], [[], ["i-1"]])
        assert.strictEqual(judged.stateOf(instance().arn), "unknown")
      }
    })

    it("does not know a quiet one of whose maximum some days are missing", () => {
      for (const maximum of [[], last(29, 100), undefined]) {
        const judged = run([instance()], { ...nothing, maximum })
        assert.deepStrictEqual([judged.flagged, judged.unknown], [[], ["i-1"]])
      }
    })

    it("does not know a quiet one whose network is missing or refused", () => {
      assert.deepStrictEqual(run([instance()], { ...nothing, network: [] }).unknown, ["i-1"])
      assert.deepStrictEqual(run([instance()], { ...nothing, network: undefined }).unknown, ["i-1"])
      // Of four days nothing is known, and more than three may not be busy.
      const holes = lately(1, Number.NaN, Number.NaN, Number.NaN, Number.NaN)
      assert.deepStrictEqual(run([instance()], { ...nothing, network: holes }).unknown, ["i-1"])
    })

    it("does not know it where the mean CPU was refused", () => {
      assert.deepStrictEqual(run([instance()], { ...nothing, mean: undefined }).unknown, ["i-1"])
    })

    it("makes exactly those unknown that rest on a read that has a gap", () => {
      const two = [instance(), instance({ id: "i-2", type: "m6i.xlarge" })]
      const onlyM5 = new Map([...types].filter(([name]) => name === "m5.xlarge"))
      const noTypes = run(two, nothing, { types: new Gap(onlyM5 as never) })
      assert.deepStrictEqual([noTypes.flagged, noTypes.unknown], [["i-1: idle"], ["i-2"]])
      // What is idle is idle whatever its memory does.
      const noAgents = { perInstance: { "i-1": nothing }, agents: gap([]) }
      const judged = run(two, { ...little, memory: every(10) }, noAgents)
      assert.deepStrictEqual([judged.flagged, judged.unknown], [["i-1: idle"], ["i-2"]])
      assert.strictEqual(judged.status, "partial")
      const noAdvice = run(two, little, { perInstance: { "i-1": nothing }, recommendations: gap([]) })
      assert.deepStrictEqual([noAdvice.flagged, noAdvice.unknown], [["i-1: idle"], ["i-2"]])
    })
  })

  describe("of fleets", () => {
    const members = [instance(), instance({ id: "i-2" }), instance({ id: "i-3", type: "m5.large" })]
    const groups = [group("web", ["i-1", "i-2", "i-3"])]
    const arn = group("web", []).arn

    it("says of an Auto Scaling group what it says of one, with the sum over its instances", () => {
      const { asked, flags } = run(members, nothing, { groups })
      assert.strictEqual(flags.length, 1)
      assert.deepInclude(flags[0]?.resource, { type: "autoscaling:auto-scaling-group", id: "web", arn })
      assert.deepStrictEqual(flags[0]?.resource.tags, { team: "shop" })
      // (2 × 0.214 + 0.107) × 730.
      assert.strictEqual(flags[0]?.savings?.monthlyUsd, 390.55)
      // What anybody claims of a member is part of it.
      assert.deepStrictEqual(
        flags[0]?.savings?.covers?.map((arn) => arn.split("/")[1]),
        ["i-1", "i-2", "i-3"]
      )
      assert.strictEqual(flags[0]?.savings?.basis, "estimate")
      assert.deepInclude(flags[0]?.evidence, {
        controller: "Auto Scaling group",
        instances: ["i-1", "i-2", "i-3"],
        instanceTypes: ["m5.large", "m5.xlarge × 2"]
      })
      assert.deepStrictEqual(asked, [`detail ${arn}`])
    })

    it("sizes each of its types, and saves nothing by what has no smaller one", () => {
      const agents = ["i-1", "i-2", "i-3"].map(agentOn)
      const { flags } = run(members, { ...little, memory: every(10) }, { agents, groups })
      assert.deepStrictEqual(flags[0]?.evidence["target"], ["m5.large × 2"])
      assert.strictEqual(flags[0]?.savings?.monthlyUsd, 156.22)
    })

    it("judges a group by its own series, which have what its instances of the past did", () => {
      const young = members.map((one) => ({ ...one, launchedAt: daysAgo(1) }))
      assert.deepStrictEqual(run(young, nothing, { groups }).flagged, ["web: idle"])
    })

    it("judges the instances of a group together of which CloudWatch has no series of its own", () => {
      const ofMembers = (use: Use, busy: Use = use) =>
        run(members, { p95: [] }, { groups, perInstance: { "i-1": use, "i-2": use, "i-3": busy } })
      const { asked, flags } = ofMembers(nothing)
      assert.deepStrictEqual(asked, [`detail ${arn}`, `memberCpu ${arn}`])
      assert.deepStrictEqual(flags[0]?.reasons, ["idle"])
      assert.strictEqual(flags[0]?.savings?.monthlyUsd, 390.55)
      assert.deepStrictEqual(ofMembers(nothing, { ...nothing, p95: every(60), maximum: every(90) }).flagged, [])
      const silent = ofMembers({ p95: [] })
      assert.deepStrictEqual(silent.whyUnknown, ["web: CloudWatch has its CPU of 0 days, and 14 are needed"])
      assert.deepStrictEqual(ofMembers({ p95: undefined }).unknown, ["web"])
    })

    it("allows each instance of a group its share of the traffic", () => {
      // 14 MB a day are less than 5 for each of three.
      assert.deepStrictEqual(run(members, { ...nothing, network: every(7) }, { groups }).flagged, ["web: idle"])
      assert.notInclude(run(members, { ...nothing, network: every(8) }, { groups }).flagged, "web: idle")
    })

    it("judges the nodes of an EKS cluster and of an EMR cluster as one", () => {
      const node = (id: string, tags: Record<string, string>) => instance({ id, tags: { ...tags, team: "data" } })
      const karpenter = {
        "aws:eks:cluster-name": "blue",
        "karpenter.sh/nodepool": "default"
      }
      const owned = { "kubernetes.io/cluster/green": "owned" }
      const shared = { "kubernetes.io/cluster/green": "shared" }
      const flow = { "aws:elasticmapreduce:job-flow-id": "j-1" }
      const { flags, flagged } = run(
        [node("i-1", karpenter), node("i-2", karpenter), node("i-3", owned), node("i-4", shared), node("i-5", flow)],
        nothing
      )
      assert.deepStrictEqual(flagged, ["blue: idle", "green: idle", "i-4: idle", "j-1: idle"])
      const blue = flags.find(({ resource }) => resource.id === "blue")
      assert.strictEqual(blue?.resource.arn, "arn:aws:eks:eu-west-1:111111111111:cluster/blue")
      assert.strictEqual(blue?.savings?.monthlyUsd, 312.44)
      assert.strictEqual(blue?.resource.tags["team"], "data")
    })

    it("finds no cluster idle of which one node is busy", () => {
      const tags = { "aws:eks:cluster-name": "blue" }
      const nodes = [instance({ tags }), instance({ id: "i-2", tags })]
      const busy = { p95: every(60), maximum: every(99) }
      assert.deepStrictEqual(run(nodes, nothing, { perInstance: { "i-2": busy } }).flagged, [])
    })

    it("does not know the group of an instance while the list of groups has a gap, and closes nothing", () => {
      const tags = { "aws:autoscaling:groupName": "web" }
      const judged = run([instance({ tags }), instance({ id: "i-2" })], nothing, { isWhole: false })
      assert.deepStrictEqual(judged.flagged, ["i-2: idle"])
      assert.deepStrictEqual(judged.whyUnknown, ["web: its Auto Scaling group web is not in the list of groups"])
      assert.strictEqual(judged.stateOf(arn), "unknown")
    })

    it("does not know who belongs to a group or cluster while the list of instances has a gap", () => {
      const nodes = [instance({ tags: { "kubernetes.io/cluster/shop": "owned" } })]
      for (const judged of [
        run(members, nothing, { groups, isWhole: false }),
        run([], nothing, { groups: [group("web", [])], isWhole: false }),
        run(nodes, nothing, { isWhole: false })
      ]) {
        assert.deepStrictEqual([judged.flagged, judged.unknown.length], [[], 1])
      }
      assert.deepStrictEqual(run(nodes, nothing).flagged, ["shop: idle"])
    })

    it("leaves out what waits in the warm pool, and knows a group that is empty", () => {
      const warm = instance({ id: "i-9", tags: { "aws:autoscaling:groupName": "web" } })
      const { flags } = run([...members, warm], nothing, { groups })
      assert.deepStrictEqual(flags[0]?.evidence["instances"], ["i-1", "i-2", "i-3"])
      const empty = run([], nothing, { groups: [group("web", [])] })
      assert.deepStrictEqual([empty.flagged, empty.stateOf(arn)], [[], "healthy"])
    })

    it("says the same in whatever order AWS lists them", () => {
      const reversed = run(members.toReversed(), nothing, { groups })
      assert.deepStrictEqual(reversed.flags, run(members, nothing, { groups }).flags)
    })

    it("judges each instance by itself where that is wanted", () => {
      const settings = { rollUpAsg: false }
      assert.deepStrictEqual(run(members, nothing, { groups, settings }).flagged, [
        "i-1: idle",
        "i-2: idle",
        "i-3: idle"
      ])
    })
  })

  it("leaves alone what is a part of an EKS cluster that is left alone: its nodes, and the groups of them", () => {
    const cluster = "arn:aws:eks:eu-west-1:111111111111:cluster/shop"
    const parents = { [cluster]: { "finops:ignore": "until March" } }
    const suppressTagKeys = ["finops:ignore"]
    const node = instance({ tags: { "kubernetes.io/cluster/shop": "owned" } })
    const inGroup = { ...group("nodes", ["i-1"]), tags: { "eks:cluster-name": "shop" } }
    for (const options of [{}, { groups: [inGroup] }, { settings: { rollUpAsg: false } }]) {
      const left = run([node], little, { ...options, parents, suppressTagKeys })
      assert.deepStrictEqual([left.flagged, left.counters.suppressed], [[], 1])
      assert.strictEqual(run([node], little, { ...options, suppressTagKeys }).flagged.length, 1)
    }
  })

  describe("with Compute Optimizer", () => {
    const advice = (overrides: Partial<InstanceRecommendation> = {}): InstanceRecommendation => ({
      arn: instance().arn,
      currentType: "m5.xlarge",
      finding: "overprovisioned",
      target: "t3.large",
      knowsMemory: true,
      platformDifferences: [],
      ...overrides
    })

    it("takes its best option, whatever the next size is", () => {
      const { flags } = run([instance()], little, { recommendations: [advice()] })
      assert.deepStrictEqual(flags[0]?.evidence["target"], ["t3.large"])
      // 0.214 − 0.0912 an hour.
      assert.strictEqual(flags[0]?.savings?.monthlyUsd, 89.64)
      assert.strictEqual(flags[0]?.confidence, "high")
      assert.strictEqual(flags[0]?.evidence["computeOptimizer"], "overprovisioned")
    })

    it("takes no option with less memory while nobody knows how much is used", () => {
      const { flags } = run([instance()], little, { recommendations: [advice({ knowsMemory: false })] })
      assert.deepStrictEqual(flags[0]?.evidence["target"], ["r5.large"])
      assert.strictEqual(flags[0]?.confidence, "medium")
    })

    it("believes it that an instance is of the right size", () => {
      for (const finding of ["optimized", "underprovisioned"]) {
        const recommendations = [advice({ finding, target: undefined })]
        assert.deepStrictEqual(run([instance()], little, { recommendations }).flagged, [])
      }
    })

    it("takes no notice of what was said of another type, and of what is not cheaper", () => {
      const old = [advice({ currentType: "m5.2xlarge", finding: "optimized" })]
      assert.deepStrictEqual(run([instance()], little, { recommendations: old }).flagged, ["i-1: oversized"])
      const dear = [advice({ target: "m5.2xlarge" })]
      assert.deepStrictEqual(run([instance()], little, { recommendations: dear }).flagged, [])
    })

    it("leaves what rests on it alone when the account has opted out, and judges what needs none of it", () => {
      const silent = run([instance()], little, { optedIn: false })
      assert.deepStrictEqual(silent.flagged, ["i-1: oversized"])
      assert.include(silent.withoutSource(instance().arn), "opted out")
      assert.isUndefined(run([instance()], little, {}).withoutSource(instance().arn))
      const busy = run([instance()], { p95: every(55), maximum: every(90) }, { optedIn: false })
      assert.deepStrictEqual([busy.stateOf(instance().arn), busy.withoutSource(instance().arn)], ["healthy", undefined])
      const rests = (recommendations: unknown) =>
        run([instance()], little, { recommendations }).flags.map((flag) => scan.source?.isOf(flag))
      assert.deepStrictEqual([rests([advice()]), rests([])], [[true], [false]])
    })

    it("is not asked where that is not wanted", () => {
      const reads = (useComputeOptimizer: boolean) =>
        scan.reads({ ...scan.settings, lookbackDays: 30, useComputeOptimizer })["recommendations"]?.name
      assert.strictEqual(reads(true), "computeOptimizer.ofInstances")
      assert.strictEqual(reads(false), "computeOptimizer.notAsked")
      const off = run([instance()], little, { settings: { useComputeOptimizer: false } })
      assert.strictEqual(off.flags[0]?.evidence["computeOptimizer"], "not asked: switched off")
    })
  })

  it("has settings for what is idle and what is oversized", () => {
    const use = { ...little, memory: every(35) }
    const agents = [agentOn("i-1")]
    const judged = (settings: Record<string, number>, of: Use = use) =>
      run([instance()], of, { agents, settings }).flagged
    assert.deepStrictEqual(judged({}), ["i-1: oversized"])
    assert.deepStrictEqual(judged({ cpuP95Max: 9 }), [])
    assert.deepStrictEqual(judged({ cpuMaxCap: 24 }), [])
    assert.deepStrictEqual(judged({ memoryMaxCap: 34 }), [])
    assert.deepStrictEqual(judged({ idleCpuMax: 25, idleNetworkMbPerDay: 1800 }), ["i-1: idle"])
    // The last two weeks alone.
    const recent = { ...nothing, maximum: [...every(90).slice(0, 16), ...every(2).slice(0, 15)] }
    assert.deepStrictEqual(judged({}, recent), [])
    assert.deepStrictEqual(judged({ lookbackDays: 14 }, recent), ["i-1: idle"])
  })
})
