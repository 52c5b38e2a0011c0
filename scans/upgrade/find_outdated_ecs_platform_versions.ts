import { partitionOf } from "../../core/Scope.ts"
import * as applicationAutoscaling from "../../datasets/aws/applicationAutoscaling.ts"
import * as ecs from "../../datasets/aws/ecs.ts"
import * as eventbridge from "../../datasets/aws/eventbridge.ts"
import * as taskStarters from "../../datasets/aws/taskStarters.ts"
import { ask, defineScan, hygiene, need, Setting, unknown } from "../Scan.ts"

/** The first version of Linux that is not retired; of Windows, which began again at 1.0.0, none is. Source: ECS developer guide, Fargate platform versions; facts/lifecycle.json. */
const firstNotRetired = "1.4.0"

/** From when no task starts on what is retired. Source: the same, its deprecation notice. */
const noTasksSince = { elsewhere: "2026-03-16", china: "2026-06-15" } as const

const numbersOf = (version: string): ReadonlyArray<number> | undefined =>
  /^\d+\.\d+\.\d+$/.test(version) ? version.split(".").map(Number) : undefined

/** Whether a version is a number, and below another. `latest` is no number. */
const isBelow = (version: string | undefined, other: string): boolean => {
  const [own, than] = [numbersOf(version ?? ""), numbersOf(other)]
  if (own === undefined || than === undefined) return false
  const at = own.findIndex((number, index) => number !== than[index])
  return at >= 0 && (own[at] as number) < (than[at] as number)
}

type System = "linux" | "windows"

/** The system of a platform family or a task definition, such as `windows_server_2022_core`. */
const systemNamed = (family: string): System => (family.startsWith("windows") ? "windows" : "linux")

const isRetiredOn = (system: System, version: string | undefined): boolean =>
  system === "linux" && isBelow(version, firstNotRetired)

export default defineScan({
  title: "ECS tasks on a retired Fargate platform",
  words: "old platform version 1.3.0, pinned",
  why: "AWS has retired the old Fargate platforms: no task starts on them any more, so that what is pinned to one cannot come back.",
  fix: "Set the platform version to LATEST or 1.4.0 and deploy anew. Look first whether the tasks need what 1.4.0 changed, such as the network of the agent.",
  docs: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/platform-fargate.html",
  scope: "regional",
  settings: {
    latestLinux: Setting.version("1.4.0", "The newest platform version of Linux; whatever is pinned below it is old"),
    latestWindows: Setting.version("1.0.0", "The newest platform version of Windows")
  },
  reads: {
    starters: taskStarters.taskStarters,
    tasks: ecs.tasks,
    scaled: applicationAutoscaling.scalableTargets("ecs")
  },
  subject: "starters",
  probes: { definition: ecs.taskDefinition, targets: eventbridge.targets },
  reasons: {
    pinned_old: "It is pinned to an old platform version; on a retired one no task can start.",
    running_old: "It takes the latest version, and tasks from before still run on an older one.",
    scheduled_pinned: "It starts tasks on an old platform version; on a retired one none of them can start."
  },

  judge: ({ scaled, tasks }, { scope, settings }) => {
    const latest = {
      // What is retired is old, whatever the setting says.
      linux: isBelow(settings.latestLinux, firstNotRetired) ? firstNotRetired : settings.latestLinux,
      windows: settings.latestWindows
    }
    const tasksOf = tasks.by(({ clusterArn, serviceName }) => `${clusterArn} ${serviceName}`)
    const scaledBy = scaled.by(({ dimension, resourceId }) =>
      dimension.toLowerCase() === "ecs:service:desiredcount" ? resourceId : undefined
    )
    const china = partitionOf(scope.region) === "aws-cn"
    const foundOf = (system: System, isRetired: boolean) => ({
      latestVersion: latest[system],
      noTasksSince: !isRetired ? null : china ? noTasksSince.china : noTasksSince.elsewhere
    })
    const note = "The platform version changes no price."

    const isOld = (version: string | undefined, system: System) => isBelow(version, latest[system])

    /** Which system a version is of, where it is old on either. Versions that Windows has not reached are of Linux. */
    function* systemOf(version: string | undefined, definitionArn: string | undefined) {
      if (!isOld(version, "linux") && !isOld(version, "windows")) return
      if (isBelow(latest.windows, version ?? "") || definitionArn === undefined) return systemNamed("linux")
      return systemNamed((yield* need(yield* ask(ecs.taskDefinition, definitionArn))).system)
    }

    function* ofService(service: ecs.EcsService) {
      const { clusterArn, desiredCount, name, platformFamily, platformVersion, runningCount } = service
      if (service.status !== "ACTIVE" || !ecs.isOnFargate(service)) return
      // Those of a service that others deploy are told by its task sets.
      if (platformVersion === undefined && service.deploymentController !== "EXTERNAL")
        return unknown("ECS does not tell the platform version")
      const system =
        platformFamily === undefined
          ? yield* systemOf(platformVersion, service.taskDefinition)
          : systemNamed(platformFamily)
      if (system !== undefined && isOld(platformVersion, system)) {
        const isRetired = isRetiredOn(system, platformVersion)
        const resourceId = `service/${ecs.clusterNameOf(clusterArn)}/${name}`
        const scaling = desiredCount > 0 ? undefined : yield* need(scaledBy.get(resourceId))
        const mayScale = scaling !== undefined && scaling.maximum > 0
        return hygiene({
          reason: "pinned_old",
          severity:
            desiredCount === 0 && !mayScale ? "info" : !isRetired ? "medium" : desiredCount > 0 ? "critical" : "high",
          note,
          evidence: {
            platformVersion: platformVersion ?? null,
            ...foundOf(system, isRetired),
            desiredTasks: desiredCount,
            runningTasks: runningCount,
            mayScale: desiredCount > 0 ? "not asked: it wants tasks now" : mayScale
          }
        })
      }
      if (runningCount === 0) return
      const old = (yield* need(tasksOf.all(`${clusterArn} ${name}`))).filter((task) =>
        isOld(task.platformVersion, systemNamed(task.platformFamily ?? platformFamily ?? ""))
      )
      const [first] = old
      if (first === undefined) return
      const ofTasks = systemNamed(first.platformFamily ?? platformFamily ?? "")
      return hygiene({
        reason: "running_old",
        severity: "low",
        note,
        evidence: {
          platformVersion: platformVersion ?? null,
          ...foundOf(
            ofTasks,
            old.some((task) => isRetiredOn(ofTasks, task.platformVersion))
          ),
          desiredTasks: desiredCount,
          runningTasks: runningCount,
          oldTasks: old.length,
          oldVersions: [...new Set(old.flatMap((task) => task.platformVersion ?? []))].sort()
        }
      })
    }

    function* ofTargets(
      targets: ReadonlyArray<{
        readonly platformVersion: string | undefined
        readonly taskDefinition: string | undefined
      }>
    ) {
      const pinned = []
      for (const target of targets) {
        const system = yield* systemOf(target.platformVersion, target.taskDefinition)
        if (system !== undefined && isOld(target.platformVersion, system)) pinned.push({ ...target, system })
      }
      const retired = pinned.filter(({ platformVersion, system }) => isRetiredOn(system, platformVersion))
      const [worst = pinned[0]] = retired
      if (worst === undefined) return
      return hygiene({
        reason: "scheduled_pinned",
        severity: retired.length > 0 ? "high" : "low",
        note,
        evidence: {
          platformVersions: [...new Set(pinned.flatMap(({ platformVersion }) => platformVersion ?? []))].sort(),
          ...foundOf(worst.system, retired.length > 0),
          taskDefinitions: [...new Set(pinned.flatMap(({ taskDefinition }) => taskDefinition ?? []))].sort()
        }
      })
    }

    return function* (starter) {
      switch (starter.what) {
        case "service":
          return yield* ofService(starter.service)
        case "schedule":
          return starter.schedule.enabled ? yield* ofTargets([starter.schedule]) : undefined
        case "rule": {
          if (!eventbridge.isEnabled(starter.rule)) return
          const targets = yield* need(yield* ask(eventbridge.targets, starter.rule))
          return yield* ofTargets(
            targets.map(({ platformVersion, taskDefinitionArn }) => ({
              platformVersion,
              taskDefinition: taskDefinitionArn
            }))
          )
        }
      }
    }
  }
})
