import { assert, describe, it } from "@effect/vitest"
import type { EcsService, TaskDefinition } from "../../../datasets/aws/ecs.ts"
import scan from "../../../scans/capacity/find_underutilized_ecs_services.ts"
import { daysAgo } from "../../datasets/harness.ts"
import { service, task } from "../ecsFixtures.ts"
import { gap, judge, series } from "../harness.ts"

const definitionOf = (more: Partial<TaskDefinition> = {}): TaskDefinition => ({
  registeredAt: daysAgo(30),
  cpuUnits: 2048,
  memoryMib: 8192,
  architecture: "x86_64",
  system: "linux",
  images: [],
  tags: {},
  ...more
})

const hours = (days: number, value: number) => Array.from({ length: days * 24 + 3 }, () => value)

/** So much of each by the hour, for so many days. */
const used = (cpu: number, memory: number, days = 30) =>
  series(({ metric }) => hours(days, metric === "CPUUtilization" ? cpu : memory))

/** So much of each on average. */
const meant = (cpu: number, memory: number) =>
  series(({ metric }) => Array.from({ length: 31 }, () => (metric === "CPUUtilization" ? cpu : memory)))

/** So many tasks on every day. */
const ran = (tasks: number) => series(() => Array.from({ length: 31 }, () => tasks * 1440))

const prices = {
  "fargate.x86VcpuHour": 0.04,
  "fargate.x86GBHour": 0.004,
  "fargate.armVcpuHour": 0.03,
  "fargate.armGBHour": 0.003,
  "fargate.windowsVcpuHour": 0.05,
  "fargate.windowsGBHour": 0.005,
  "fargate.windowsOsLicenceVcpuHour": 0.046
}

interface Options {
  readonly use?: ReturnType<typeof series>
  readonly means?: ReturnType<typeof series> | undefined
  readonly tasks?: unknown
  readonly scaled?: unknown
  readonly definition?: Partial<TaskDefinition> | undefined
  readonly ran?: ReturnType<typeof series> | undefined
  readonly settings?: Readonly<Record<string, number>>
  readonly prices?: object
}

const run = (services: unknown, options: Options = {}) =>
  judge(
    scan,
    {
      services,
      use: options.use ?? used(20, 30),
      tasks: options.tasks ?? [],
      scaled: options.scaled ?? []
    },
    {
      prices: { ...prices, ...options.prices },
      answers: {
        meanUse: () => ("means" in options ? options.means : meant(8, 15)),
        definition: () =>
          "definition" in options && options.definition === undefined ? undefined : definitionOf(options.definition),
        taskMinutes: () => ("ran" in options ? options.ran : ran(4))
      },
      ...(options.settings === undefined ? {} : { settings: options.settings })
    }
  )

const only = (...asked: Parameters<typeof run>) => {
  const { flags } = run(...asked)
  assert.strictEqual(flags.length, 1)
  return flags[0] as (typeof flags)[number]
}

describe("find_underutilized_ecs_services", () => {
  it("asks nothing about a service that uses what it reserves", () => {
    const { asked, flagged } = run([service()], { use: used(60, 70) })
    assert.deepStrictEqual([asked, flagged], [[], []])
  })

  it("prices the smallest size that holds both with a third to spare", () => {
    const flag = only([service()])
    // 1.3 × 20 % of 2 vCPU are 0.52, so 1; 1.3 × 30 % of 8 GB are 3.12, so 4.
    const perHour = (2 - 1) * 0.04 + (8 - 4) * 0.004
    assert.deepInclude(flag.savings, {
      monthlyUsd: Math.round(perHour * 730 * 4 * 100) / 100,
      basis: "estimate",
      claim: "rightsize"
    })
    assert.strictEqual(flag.savings?.monthlyUsd, 163.52)
    assert.deepStrictEqual(flag.reasons, ["cpu_oversized", "memory_oversized"])
    assert.deepInclude(flag, { kind: "money", confidence: "medium", severity: "medium" })
    assert.deepStrictEqual(flag.evidence, {
      capacity: "fargate",
      scheduling: "replica",
      runningTasks: 4,
      cpuP95Percent: 20,
      memoryP95Percent: 30,
      cpuMeanPercent: 8,
      memoryMeanPercent: 15,
      days: 31,
      taskVcpu: 2,
      taskGb: 8,
      targetVcpu: 1,
      targetGb: 4,
      architecture: "x86_64",
      operatingSystem: "linux",
      averageTasks: 4,
      spotTasks: 0,
      minimumTasks: "not scaled",
      maximumTasks: "not scaled",
      heldByMinimum: false
    })
  })

  it("takes one dimension alone, and leaves what is used as it is", () => {
    const memory = only([service()], { use: used(80, 20) })
    assert.deepStrictEqual(memory.reasons, ["memory_oversized"])
    // A task of 2 vCPU has 4 GB at least.
    assert.deepInclude(memory.evidence, { targetVcpu: 2, targetGb: 4 })
    const cpu = only([service()], { use: used(10, 90) })
    assert.deepStrictEqual(cpu.reasons, ["cpu_oversized"])
    // 8 GB need a whole vCPU.
    assert.deepInclude(cpu.evidence, { targetVcpu: 1, targetGb: 8 })
  })

  it("leaves a dimension as it is that is used on average, however low its peaks", () => {
    const both = only([service()], { means: meant(20, 20) })
    assert.deepStrictEqual(both.reasons, ["cpu_oversized", "memory_oversized"])
    const steady = only([service()], { means: meant(8, 20.1) })
    assert.deepStrictEqual(steady.reasons, ["cpu_oversized"])
    // 8 GB need a whole vCPU.
    assert.deepInclude(steady.evidence, { targetVcpu: 1, targetGb: 8 })
    assert.strictEqual(steady.savings?.monthlyUsd, 0.04 * 730 * 4)
    assert.deepStrictEqual(only([service()], { means: meant(21, 15) }).reasons, ["memory_oversized"])
    assert.deepStrictEqual(run([service()], { means: meant(21, 21) }).flagged, [])
    assert.deepStrictEqual(run([service({ launchType: "ec2" })], { means: meant(8, 21) }).flagged, [])
  })

  it("says nothing where no smaller size holds what is used", () => {
    const small = { definition: { cpuUnits: 256, memoryMib: 512 } }
    assert.deepStrictEqual(run([service()], { ...small, use: used(1, 1) }).flagged, [])
    const least = { definition: { cpuUnits: 2048, memoryMib: 4096 } }
    assert.deepStrictEqual(run([service()], { ...least, use: used(45, 45) }).flagged, [])
  })

  it("bears a peak in a few hours, such as a start", () => {
    const peaks = (share: number) =>
      series(() => hours(30, 10).map((value, at) => (at % 100 < share * 100 ? 100 : value)))
    assert.strictEqual(run([service()], { use: peaks(0.04) }).flags.length, 1)
    assert.deepStrictEqual(run([service()], { use: peaks(0.06) }).flagged, [])
  })

  it("prices Arm and Windows, whose smallest size is a vCPU", () => {
    const arm = only([service()], { definition: { architecture: "arm64" } })
    assert.strictEqual(arm.savings?.monthlyUsd, Math.round((0.03 + 4 * 0.003) * 730 * 4 * 100) / 100)
    const windows = only([service()], { definition: { system: "windows_server_2022_core" }, use: used(2, 30) })
    assert.deepInclude(windows.evidence, { targetVcpu: 1, targetGb: 4 })
    assert.strictEqual(windows.savings?.monthlyUsd, Math.round((0.05 + 0.046 + 4 * 0.005) * 730 * 4 * 100) / 100)
  })

  it("counts Spot tasks at the least that they cost", () => {
    const onSpot = service({
      launchType: undefined,
      capacityProviders: [
        { provider: "FARGATE", weight: 1, base: 1 },
        { provider: "FARGATE_SPOT", weight: 3, base: 0 }
      ]
    })
    const perHour = 0.04 + 4 * 0.004
    const mixed = only([onSpot], {
      tasks: [task({ capacityProvider: "FARGATE" }), task({ capacityProvider: "FARGATE_SPOT" })]
    })
    assert.strictEqual(mixed.savings?.monthlyUsd, Math.round(perHour * 730 * (2 + 2 * 0.3) * 100) / 100)
    assert.strictEqual(mixed.evidence["spotTasks"], 2)
    const unlisted = only([onSpot])
    assert.strictEqual(unlisted.savings?.monthlyUsd, Math.round(perHour * 730 * 4 * 0.3 * 100) / 100)
    const untold = run([onSpot], { tasks: [task({ capacityProvider: undefined })] })
    assert.deepStrictEqual([untold.flagged, untold.unknown], [[], ["shop/cart"]])
  })

  it("counts no more tasks than ran on average", () => {
    assert.strictEqual(only([service()], { ran: ran(2) }).savings?.monthlyUsd, 81.76)
    assert.strictEqual(only([service()], { ran: ran(9) }).savings?.monthlyUsd, 163.52)
    // A datapoint an hour is none for each task and minute.
    const hourly = only([service()], { ran: series(() => Array.from({ length: 31 }, () => 24)) })
    assert.isNull(hourly.evidence["averageTasks"])
    assert.strictEqual(hourly.savings?.monthlyUsd, 163.52)
    const untold = only([service()], { ran: series(() => []) })
    assert.deepInclude(untold.evidence, { averageTasks: null })
    assert.strictEqual(untold.savings?.monthlyUsd, 163.52)
  })

  it("says that a rule may add tasks, and that a minimum holds them", () => {
    const target = (minimum: number, maximum: number) => [
      { resourceId: "service/shop/cart", dimension: "ecs:service:DesiredCount", minimum, maximum }
    ]
    const scaled = only([service()], { scaled: target(4, 9) })
    assert.strictEqual(scaled.savings?.basis, "upper_bound")
    assert.deepInclude(scaled.evidence, { minimumTasks: 4, maximumTasks: 9, heldByMinimum: true })
    const fixed = only([service()], { scaled: target(1, 1) })
    assert.strictEqual(fixed.savings?.basis, "estimate")
    assert.deepInclude(fixed.evidence, { heldByMinimum: false })
  })

  it("claims nothing for tasks on instances, and asks for their mean use alone", () => {
    for (const launchType of ["ec2", "external", "managed_instances"]) {
      const judged = run([service({ launchType })])
      assert.deepInclude(judged.flags[0], { kind: "hygiene", severity: "info", savings: null })
      assert.deepStrictEqual(judged.flags[0]?.reasons, ["oversized_on_instances"])
      assert.deepStrictEqual(judged.asked, [`meanUse ${service().arn}`])
    }
    assert.deepStrictEqual(run([service({ launchType: "ec2" })], { use: used(20, 90) }).flagged, [])
  })

  it("leaves alone what runs nothing or is going", () => {
    assert.deepStrictEqual(run([service({ runningCount: 0 })]).flagged, [])
    assert.deepStrictEqual(run([service({ status: "DRAINING" })]).flagged, [])
  })

  it("does not judge without two weeks of metrics", () => {
    const use = used(10, 10, 12)
    assert.deepStrictEqual(run([service({ createdAt: daysAgo(12) })], { use }).tooYoung, ["shop/cart"])
    const stopped = run([service()], { use })
    assert.deepStrictEqual([stopped.tooYoung, stopped.unknown], [[], ["shop/cart"]])
  })

  it("does not know a service of which something is not told", () => {
    const onSpot = service({
      launchType: undefined,
      capacityProviders: [{ provider: "FARGATE_SPOT", weight: 1, base: 0 }]
    })
    const without: ReadonlyArray<readonly [EcsService, Options]> = [
      [service(), { use: series(() => undefined) }],
      [service(), { use: series(({ metric }) => (metric === "CPUUtilization" ? hours(30, 9) : undefined)) }],
      [service(), { means: undefined }],
      [service(), { means: series(() => []) }],
      [service(), { definition: undefined }],
      [service(), { definition: { cpuUnits: null } }],
      [service(), { ran: undefined }],
      [service(), { scaled: gap([]) }],
      [onSpot, { tasks: gap([]) }]
    ]
    for (const [one, options] of without) {
      const judged = run([one], options)
      assert.deepStrictEqual([judged.flagged, judged.unknown], [[], ["shop/cart"]])
      assert.strictEqual(judged.stateOf(one.arn), "unknown")
    }
    assert.deepStrictEqual(run([service()], { tasks: gap([]) }).unknown, [])
  })

  it("gives no figure without a price", () => {
    const flag = only([service()], { prices: { "fargate.x86GBHour": undefined } })
    assert.deepInclude(flag.savings, { basis: "none", monthlyUsd: 0 })
  })

  it("finds nothing where there is nothing, and closes nothing where not everything was read", () => {
    const empty = run([])
    assert.deepStrictEqual([empty.status, empty.counters.examined], ["complete", 0])
    assert.strictEqual(run(gap()).status, "unavailable")
    const partial = run(gap([service()]))
    assert.deepStrictEqual([partial.status, partial.flagged.length], ["partial", 1])
    assert.strictEqual(partial.stateOf("arn:aws:ecs:eu-west-1:111111111111:service/shop/other"), "unknown")
  })

  it("follows its settings", () => {
    const flagged = (settings: Readonly<Record<string, number>>, use = used(20, 30)) =>
      run([service()], { settings, use }).flags.flatMap(({ reasons }) => reasons)
    assert.deepStrictEqual(flagged({ cpuMaxCap: 19 }), ["memory_oversized"])
    assert.deepStrictEqual(flagged({ memoryMaxCap: 29 }), ["cpu_oversized"])
    assert.deepStrictEqual(flagged({ cpuMeanMax: 7 }), ["memory_oversized"])
    assert.deepStrictEqual(flagged({ memoryMeanMax: 14 }), ["cpu_oversized"])
    const short = used(20, 30, 9)
    assert.deepStrictEqual(flagged({}, short), [])
    assert.deepStrictEqual(flagged({ minDatapointDays: 10 }, short), ["cpu_oversized", "memory_oversized"])
    const busyBefore = series(() => [...hours(20, 90), ...hours(9, 10)])
    assert.deepStrictEqual(flagged({ minDatapointDays: 5 }, busyBefore), [])
    assert.deepStrictEqual(flagged({ minDatapointDays: 5, lookbackDays: 7 }, busyBefore), [
      "cpu_oversized",
      "memory_oversized"
    ])
  })
})
