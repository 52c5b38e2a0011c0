import { daysBefore } from "../../core/time.ts"
import { known } from "../../core/Reading.ts"
import * as ecs from "../../datasets/aws/ecs.ts"
import * as eventbridge from "../../datasets/aws/eventbridge.ts"
import * as scheduler from "../../datasets/aws/scheduler.ts"
import { ask, askAll, defineScan, hygiene, need, Setting, unknown } from "../Scan.ts"

/** Numbers as ranges: `1-12`. They come newest first. */
const rangesOf = (revisions: ReadonlyArray<number>): ReadonlyArray<string> => {
  const ranges: Array<[number, number]> = []
  for (const revision of revisions.toReversed()) {
    const last = ranges.at(-1)
    if (last !== undefined && last[1] === revision - 1) last[1] = revision
    else ranges.push([revision, revision])
  }
  return ranges.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`))
}

export default defineScan({
  title: "Old ECS task definition revisions",
  words: "unused container task revisions",
  why: "Active revisions that nobody runs can be started by mistake, with the images and the permissions of their time.",
  fix: "Deregister the old revisions. Look first for pipelines, state machines and functions that name a revision: AWS lists them nowhere. Services and tasks that run one go on.",
  docs: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deregister-task-definition-v2.html",
  leavesOut: [
    "state machines that start tasks: a revision that only one of them names counts as old. Revisions that are inactive already are not counted."
  ],
  scope: "regional",
  settings: {
    minAgeDays: Setting.days(90, "Days since a revision was registered"),
    keepNewest: Setting.count(5, "Newest revisions of a family that are left alone", { minimum: 1 })
  },
  reads: {
    families: ecs.taskDefinitionFamilies,
    services: ecs.services,
    tasks: ecs.tasks,
    rules: eventbridge.taskRules,
    schedules: scheduler.taskSchedules
  },
  subject: "families",
  probes: { definition: ecs.taskDefinition, targets: eventbridge.targets },
  reasons: { old_revisions: "Old revisions are active, and no service, task, rule or schedule names them." },

  judge: ({ rules, schedules, services, tasks }, { now, settings }) => {
    const before = daysBefore(now, settings.minAgeDays)
    const usedByServices = services.by(({ taskDefinitions }) => taskDefinitions)
    const usedByTasks = tasks.by(({ taskDefinition }) => taskDefinition)
    // A name without a revision means the newest one, which is kept.
    const usedBySchedules = schedules.by(({ taskDefinition }) => taskDefinition)

    /** What rules start. A name without a revision means the newest one, which is kept. */
    function* startedByRules() {
      const started = new Set<string>()
      for (const reading of yield* askAll(eventbridge.targets, yield* need(rules.all))) {
        for (const { taskDefinitionArn } of yield* need(reading)) {
          if (taskDefinitionArn !== undefined) started.add(taskDefinitionArn)
        }
      }
      return started
    }

    return function* (family) {
      const outside = family.revisions.slice(settings.keepNewest)
      if (outside.length === 0) return
      const started = yield* startedByRules()
      const unused: Array<number> = []
      const used: Array<number> = []
      for (const revision of outside) {
        const arn = ecs.revisionArn(family, revision)
        const isUsed =
          started.has(arn) ||
          (yield* need(usedByServices.has(arn))) ||
          (yield* need(usedByTasks.has(arn))) ||
          (yield* need(usedBySchedules.has(arn))) ||
          (yield* need(usedBySchedules.has(`${family.name}:${revision}`)))
        if (isUsed) used.push(revision)
        else unused.push(revision)
      }

      function* registeredAt(revision: number) {
        return yield* need(yield* ask(ecs.taskDefinition, ecs.revisionArn(family, revision)))
      }
      // Revisions are registered in their order, so that those behind an old one are old too. Mostly the first is.
      let [from, to] = [0, unused.length]
      let newestOld: ecs.TaskDefinition | undefined
      let at = 0
      while (from < to) {
        const definition = yield* registeredAt(unused[at] as number)
        if (definition.registeredAt === null) return unknown("ECS does not tell when a revision was registered")
        if (definition.registeredAt < before) {
          newestOld = definition
          to = at
        } else from = at + 1
        // The oldest is asked next: where it is young, none is old.
        at = from === 1 && to === unused.length ? unused.length - 1 : Math.floor((from + to) / 2)
      }
      const old = unused.slice(to)
      if (old.length === 0 || newestOld === undefined) return
      return hygiene({
        reason: "old_revisions",
        severity: "info",
        confidence: "medium",
        note: "Task definitions are free.",
        evidence: {
          activeRevisions: family.revisions.length,
          oldRevisions: old.length,
          revisions: rangesOf(old),
          newestOldRegisteredAt: newestOld.registeredAt?.toISOString() ?? null,
          keptNewest: rangesOf(family.revisions.slice(0, settings.keepNewest)),
          olderInUse: rangesOf(used)
        },
        tags: known(newestOld.tags)
      })
    }
  }
})
