/** What decides on which platform version of Fargate tasks run: services, and the rules and schedules that start tasks. */
import { type Dataset, derived } from "../engine/Dataset.ts"
import { billedBy, resourceKind } from "../engine/ResourceKind.ts"
import { type EcsService, clusterNameOf, services } from "./ecs.ts"
import { type TaskRule, taskRules } from "./eventbridge.ts"
import { type TaskSchedule, taskSchedules } from "./scheduler.ts"

export type TaskStarter =
  | { readonly what: "service"; readonly arn: string; readonly service: EcsService }
  | { readonly what: "rule"; readonly arn: string; readonly rule: TaskRule }
  | { readonly what: "schedule"; readonly arn: string; readonly schedule: TaskSchedule }

const types = { service: "ecs:service", rule: "events:rule", schedule: "scheduler:schedule" } as const

const nameOf = (starter: TaskStarter): string =>
  starter.what === "service"
    ? starter.service.name
    : starter.what === "rule"
      ? starter.rule.name
      : starter.schedule.name

/** Services, rules that start tasks, and schedules that start tasks. */
export const taskStarters: Dataset<ReadonlyArray<TaskStarter>> = derived<
  ReadonlyArray<TaskStarter>,
  {
    readonly services: typeof services
    readonly rules: typeof taskRules
    readonly schedules: typeof taskSchedules
  }
>("taskStarters.taskStarters", {
  kind: resourceKind<TaskStarter>({
    type: ({ what }) => types[what],
    service: billedBy.ecs,
    // A schedule has no tags of its own.
    tags: { tagging: ["ecs:service", "events:rule"] },
    id: (starter) =>
      starter.what === "service"
        ? `${clusterNameOf(starter.service.clusterArn)}/${starter.service.name}`
        : nameOf(starter),
    name: nameOf,
    createdAt: (starter) => (starter.what === "service" ? starter.service.createdAt : undefined)
  }),
  scope: "regional",
  needs: { services, rules: taskRules, schedules: taskSchedules },
  inventory: ["services", "rules", "schedules"],
  derive: ({ rules, schedules, services }) => [
    ...services.map((service): TaskStarter => ({ what: "service", arn: service.arn, service })),
    ...rules.map((rule): TaskStarter => ({ what: "rule", arn: rule.arn, rule })),
    ...schedules.map((schedule): TaskStarter => ({ what: "schedule", arn: schedule.arn, schedule }))
  ]
})
