import { partitionOf } from "../../core/Scope.ts"
import * as applicationAutoscaling from "../../datasets/aws/applicationAutoscaling.ts"
import * as ecs from "../../datasets/aws/ecs.ts"
import * as eventbridge from "../../datasets/aws/eventbridge.ts"
import * as taskStarters from "../../datasets/aws/taskStarters.ts"
import { ask, defineScan, hygiene, need } from "../Scan.ts"

/** The version that is not retired. Windows began again at 1.0.0. Source: ECS developer guide, Fargate platform versions; facts/lifecycle.json. */
const latest = { linux: "1.4.0", windows: "1.0.0" } as const

/** From when no task starts on Linux below the latest version. Source: the same, its deprecation notice. */
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

/** Versions of Linux alone say what they are; 1.0.0 is retired on Linux, and the latest on Windows. */
const isAmbiguous = (version: string | undefined): boolean => version === latest.windows

export default defineScan({
  title: "ECS tasks on a retired Fargate platform",
  words: "old platform version 1.3.0, pinned",
  why: "AWS has retired the old Fargate platforms: no task starts on them any more, so that what is pinned to one cannot come back.",
  fix: "Set the platform version to LATEST or 1.4.0 and deploy anew. Look first whether the tasks need what 1.4.0 changed, such as the network of the agent.",
  docs: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/platform-fargate.html",
  scope: "regional",
  settings: {},
  reads: {
    starters: taskStarters.taskStarters,
    tasks: ecs.tasks,
    scaled: applicationAutoscaling.scalableTargets("ecs")
  },
  subject: "starters",
  probes: { definition: ecs.taskDefinition, targets: eventbridge.targets },
  reasons: {
    pinned_old: "It is pinned to a retired platform version, on which no task can start.",
    running_old: "It takes the latest version, and tasks from before still run on an older one.",
    scheduled_pinned: "It starts tasks on a retired platform version, and none of them can start."
  },

  judge: ({ scaled, tasks }, { scope }) => {
    const tasksOf = tasks.by(({ clusterArn, serviceName }) => `${clusterArn} ${serviceName}`)
    const scaledBy = scaled.by(({ dimension, resourceId }) =>
      dimension.toLowerCase() === "ecs:service:desiredcount" ? resourceId : undefined
    )
    const china = partitionOf(scope.region) === "aws-cn"
    const found = {
      latestVersion: latest.linux,
      noTasksSince: china ? noTasksSince.china : noTasksSince.elsewhere
    }
    const note = "The platform version changes no price."

    /** Whether a number that both systems have is meant for Windows. */
    function* isWindows(version: string | undefined, definitionArn: string | undefined) {
      if (!isAmbiguous(version) || definitionArn === undefined) return false
      const { system } = yield* need(yield* ask(ecs.taskDefinition, definitionArn))
      return system.startsWith("windows")
    }

    function* ofService(service: ecs.EcsService) {
      const { clusterArn, desiredCount, name, platformFamily, platformVersion, runningCount } = service
      if (service.status !== "ACTIVE" || !ecs.isOnFargate(service)) return
      const onWindows = platformFamily?.startsWith("windows") ?? false
      if (onWindows) return
      if (isBelow(platformVersion, latest.linux)) {
        if (platformFamily === undefined && (yield* isWindows(platformVersion, service.taskDefinition))) return
        const resourceId = `service/${ecs.clusterNameOf(clusterArn)}/${name}`
        const scaling = desiredCount > 0 ? undefined : yield* need(scaledBy.get(resourceId))
        const mayScale = scaling !== undefined && scaling.maximum > 0
        return hygiene({
          reason: "pinned_old",
          severity: desiredCount > 0 ? "critical" : mayScale ? "high" : "info",
          note,
          evidence: {
            platformVersion: platformVersion ?? null,
            ...found,
            desiredTasks: desiredCount,
            runningTasks: runningCount,
            mayScale: desiredCount > 0 ? "not asked: it wants tasks now" : mayScale
          }
        })
      }
      if (runningCount === 0) return
      const old = (yield* need(tasksOf.all(`${clusterArn} ${name}`))).filter(
        (task) => !(task.platformFamily?.startsWith("windows") ?? false) && isBelow(task.platformVersion, latest.linux)
      )
      if (old.length === 0) return
      return hygiene({
        reason: "running_old",
        severity: "low",
        note,
        evidence: {
          platformVersion: platformVersion ?? null,
          ...found,
          desiredTasks: desiredCount,
          runningTasks: runningCount,
          oldTasks: old.length,
          oldVersions: [...new Set(old.flatMap((task) => task.platformVersion ?? []))].sort()
        }
      })
    }

    const scheduled = (versions: ReadonlyArray<string>, starts: ReadonlyArray<string>) =>
      hygiene({
        reason: "scheduled_pinned",
        severity: "high",
        note,
        evidence: {
          platformVersions: [...new Set(versions)].sort(),
          ...found,
          taskDefinitions: [...new Set(starts)].sort()
        }
      })

    function* ofTargets(
      targets: ReadonlyArray<{
        readonly platformVersion: string | undefined
        readonly taskDefinition: string | undefined
      }>
    ) {
      const pinned = []
      for (const target of targets) {
        if (!isBelow(target.platformVersion, latest.linux)) continue
        if (!(yield* isWindows(target.platformVersion, target.taskDefinition))) pinned.push(target)
      }
      if (pinned.length === 0) return
      return scheduled(
        pinned.flatMap(({ platformVersion }) => platformVersion ?? []),
        pinned.flatMap(({ taskDefinition }) => taskDefinition ?? [])
      )
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
