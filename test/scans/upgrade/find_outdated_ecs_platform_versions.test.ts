import { assert, describe, it } from "@effect/vitest"
import type { EcsService } from "../../../datasets/aws/ecs.ts"
import type { RuleTarget, TaskRule } from "../../../datasets/aws/eventbridge.ts"
import type { TaskSchedule } from "../../../datasets/aws/scheduler.ts"
import scan from "../../../scans/upgrade/find_outdated_ecs_platform_versions.ts"
import * as fixtures from "../ecsFixtures.ts"
import { gap, judge } from "../harness.ts"

const service = (more: Partial<EcsService> = {}) => {
  const own = fixtures.service(more)
  return { what: "service", arn: own.arn, service: own }
}
const rule = (more: Partial<TaskRule> = {}) => {
  const own = fixtures.taskRule(more)
  return { what: "rule", arn: own.arn, rule: own }
}
const schedule = (more: Partial<TaskSchedule> = {}) => {
  const own = fixtures.taskSchedule(more)
  return { what: "schedule", arn: own.arn, schedule: own }
}

const target = (platformVersion: string | undefined): RuleTarget => ({
  arn: fixtures.clusterArn,
  deadLetterArn: undefined,
  taskDefinitionArn: fixtures.definitionArn(3),
  platformVersion,
  securityGroupIds: []
})

interface Options {
  readonly tasks?: unknown
  readonly scaled?: unknown
  readonly system?: string | undefined
  readonly targets?: ReadonlyArray<RuleTarget> | undefined
  readonly region?: string
  readonly settings?: Readonly<Record<string, string>>
}

const run = (starters: unknown, options: Options = {}) =>
  judge(
    scan,
    { starters, tasks: options.tasks ?? [], scaled: options.scaled ?? [] },
    {
      answers: {
        definition: () =>
          "system" in options && options.system === undefined ? undefined : { system: options.system ?? "linux" },
        targets: () => ("targets" in options ? options.targets : [])
      },
      ...(options.region === undefined ? {} : { region: options.region }),
      ...(options.settings === undefined ? {} : { settings: options.settings })
    }
  )

const scaling = (maximum: number) => [
  { resourceId: "service/shop/cart", dimension: "ecs:service:DesiredCount", minimum: 0, maximum }
]

describe("find_outdated_ecs_platform_versions", () => {
  it("leaves alone what runs on the latest version, or on none", () => {
    const healthy = [
      service(),
      service({ platformVersion: "1.4.0" }),
      service({ platformVersion: "1.10.0" }),
      service({ platformVersion: "1.0.0", platformFamily: "windows_server_2022_core" }),
      service({ platformVersion: "1.3.0", launchType: "ec2" }),
      service({ platformVersion: "1.3.0", status: "DRAINING" }),
      schedule(),
      schedule({ platformVersion: "latest" }),
      rule()
    ]
    const { flagged, unknown } = run(healthy, {
      tasks: [fixtures.task()],
      targets: [target("1.4.0"), target(undefined)]
    })
    assert.deepStrictEqual([flagged, unknown], [[], []])
  })

  it("does not know a service whose version ECS leaves out, unless its task sets have it", () => {
    const untold = run([service({ platformVersion: undefined })])
    assert.deepStrictEqual([untold.flagged, untold.unknown], [[], ["shop/cart"]])
    const external = run([service({ platformVersion: undefined, deploymentController: "EXTERNAL" })])
    assert.deepStrictEqual([external.flagged, external.unknown], [[], []])
  })

  it("calls old what is below the newest versions of the settings, by its system, and retired only what is", () => {
    const newer = { settings: { latestLinux: "1.5.0", latestWindows: "1.1.0" } }
    const inLinux = run([service({ platformVersion: "1.4.0" })], newer).flags[0]
    assert.deepStrictEqual([inLinux?.severity, inLinux?.evidence["latestVersion"]], ["medium", "1.5.0"])
    assert.isNull(inLinux?.evidence["noTasksSince"])
    assert.strictEqual(run([service({ platformVersion: "1.3.0" })], newer).flags[0]?.severity, "critical")
    assert.deepStrictEqual(run([service({ platformVersion: "1.5.0" })], newer).flagged, [])

    const windows = { platformFamily: "windows_server_2022_core", platformVersion: "1.0.0" }
    const onWindows = run([service(windows)], newer).flags[0]
    assert.deepStrictEqual([onWindows?.severity, onWindows?.evidence["latestVersion"]], ["medium", "1.1.0"])
    assert.deepStrictEqual(run([service({ ...windows, platformVersion: "1.1.0" })], newer).flagged, [])
    assert.strictEqual(run([service({ ...windows, desiredCount: 0 })], newer).flags[0]?.severity, "info")

    const scheduled = (platformVersion: string, system: string) =>
      run([schedule({ platformVersion })], { ...newer, system }).flags[0]
    assert.deepInclude(scheduled("1.0.0", "windows_server_2022_core"), { severity: "low" })
    assert.deepInclude(scheduled("1.4.0", "linux"), { severity: "low" })
    assert.deepInclude(scheduled("1.0.0", "linux"), { severity: "high" })
    assert.isUndefined(scheduled("1.1.0", "windows_server_2022_core"))

    const tasks = [fixtures.task({ platformFamily: "windows_server_2022_core", platformVersion: "1.0.0" })]
    const running = run([service({ platformFamily: "windows_server_2022_core" })], { ...newer, tasks }).flags[0]
    assert.deepStrictEqual([running?.reasons, running?.evidence["latestVersion"]], [["running_old"], "1.1.0"])
  })

  it("calls old what is retired, whatever the newest version of the settings", () => {
    const older = { settings: { latestLinux: "1.3.0" } }
    const pinned = run([service({ platformVersion: "1.3.0" })], older).flags[0]
    assert.deepStrictEqual(
      [pinned?.severity, pinned?.evidence["latestVersion"], pinned?.evidence["noTasksSince"]],
      ["critical", "1.4.0", "2026-03-16"]
    )
    assert.strictEqual(run([schedule({ platformVersion: "1.3.0" })], older).flags[0]?.severity, "high")
    const tasks = [fixtures.task({ platformVersion: "1.3.0" })]
    assert.deepStrictEqual(run([service()], { ...older, tasks }).flags[0]?.reasons, ["running_old"])
    const healthy = [
      service({ platformVersion: "1.4.0" }),
      service({ platformVersion: "1.0.0", platformFamily: "windows_server_2022_core" })
    ]
    assert.deepStrictEqual(run(healthy, older).flagged, [])
  })

  it("is critical where a service wants tasks on a retired version", () => {
    const { flags } = run([service({ platformVersion: "1.3.0", runningCount: 0 })])
    assert.deepInclude(flags[0], { kind: "hygiene", severity: "critical", savings: null })
    assert.deepStrictEqual(flags[0]?.reasons, ["pinned_old"])
    assert.deepStrictEqual(flags[0]?.evidence, {
      platformVersion: "1.3.0",
      latestVersion: "1.4.0",
      noTasksSince: "2026-03-16",
      desiredTasks: 4,
      runningTasks: 0,
      mayScale: "not asked: it wants tasks now"
    })
    const inChina = run([service({ platformVersion: "1.3.0" })], { region: "cn-north-1" })
    assert.strictEqual(inChina.flags[0]?.evidence["noTasksSince"], "2026-06-15")
    const bySpot = service({
      launchType: undefined,
      capacityProviders: [{ provider: "FARGATE_SPOT", weight: 1, base: 0 }],
      platformVersion: "1.3.0"
    })
    assert.strictEqual(run([bySpot]).flags.length, 1)
  })

  it("asks at desired 0 whether it may scale", () => {
    const idle = [service({ platformVersion: "1.3.0", desiredCount: 0, runningCount: 0 })]
    assert.strictEqual(run(idle).flags[0]?.severity, "info")
    assert.strictEqual(run(idle, { scaled: scaling(0) }).flags[0]?.severity, "info")
    assert.strictEqual(run(idle, { scaled: scaling(5) }).flags[0]?.severity, "high")
    const judged = run(idle, { scaled: gap([]) })
    assert.deepStrictEqual([judged.flagged, judged.unknown], [[], ["shop/cart"]])
  })

  it("finds tasks that still run on an older version", () => {
    const tasks = [
      fixtures.task(),
      fixtures.task({ platformVersion: "1.3.0" }),
      fixtures.task({ serviceName: "other" })
    ]
    const { flags } = run([service()], { tasks })
    assert.deepInclude(flags[0], { severity: "low" })
    assert.deepStrictEqual(flags[0]?.reasons, ["running_old"])
    assert.deepInclude(flags[0]?.evidence, { oldTasks: 1, oldVersions: ["1.3.0"], platformVersion: "latest" })
    assert.deepStrictEqual(run([service()], { tasks: gap([]) }).unknown, ["shop/cart"])
    assert.deepStrictEqual(run([service({ runningCount: 0 })], { tasks: gap([]) }).unknown, [])
  })

  it("finds rules and schedules that start tasks on a retired version", () => {
    const { flags } = run([rule(), schedule({ platformVersion: "1.2.0" })], {
      targets: [target("1.3.0"), target("latest")]
    })
    assert.deepStrictEqual(flags.map(({ reasons, resource, severity }) => [resource.id, reasons[0], severity]).sort(), [
      ["nightly", "scheduled_pinned", "high"],
      ["report", "scheduled_pinned", "high"]
    ])
    assert.deepInclude(flags.find(({ resource }) => resource.id === "nightly")?.evidence, {
      platformVersions: ["1.3.0"],
      taskDefinitions: [fixtures.definitionArn(3)]
    })
    const disabled = [rule({ state: "disabled" }), schedule({ enabled: false, platformVersion: "1.3.0" })]
    assert.deepStrictEqual(run(disabled, { targets: [target("1.3.0")] }).flagged, [])
  })

  it("asks for which system 1.0.0 is meant", () => {
    const scheduled = [schedule({ platformVersion: "1.0.0" })]
    assert.deepStrictEqual(run(scheduled, { system: "windows_server_2022_core" }).flagged, [])
    assert.strictEqual(run(scheduled, { system: "linux" }).flags.length, 1)
    assert.deepStrictEqual(run(scheduled, { system: undefined }).unknown, ["report"])
    const untold = [service({ platformVersion: "1.0.0", platformFamily: undefined })]
    assert.deepStrictEqual(run(untold, { system: "windows_server_2019_core" }).flagged, [])
    assert.strictEqual(run(untold).flags.length, 1)
  })

  it("does not know a rule whose targets are not told", () => {
    const judged = run([rule()], { targets: undefined })
    assert.deepStrictEqual([judged.flagged, judged.unknown], [[], ["nightly"]])
    assert.strictEqual(judged.stateOf(rule().arn), "unknown")
  })

  it("finds nothing where there is nothing, and closes nothing where not everything was read", () => {
    const empty = run([])
    assert.deepStrictEqual([empty.status, empty.counters.examined], ["complete", 0])
    assert.strictEqual(run(gap()).status, "unavailable")
    const partial = run(gap([service({ platformVersion: "1.3.0" })]))
    assert.deepStrictEqual([partial.status, partial.flagged], ["partial", ["shop/cart: pinned_old"]])
    assert.strictEqual(partial.stateOf("arn:aws:ecs:eu-west-1:111111111111:service/shop/other"), "unknown")
  })
})
