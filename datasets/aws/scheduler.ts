/** What is read from EventBridge Scheduler: the tasks that schedules start. */
import { GetScheduleCommand, ListSchedulesCommand, SchedulerClient } from "@aws-sdk/client-scheduler"
import * as Effect from "effect/Effect"
import { complete, list, required, send } from "../../core/aws/Aws.ts"
import { listOperation, operation } from "../../core/aws/operation.ts"
import { noneWhereAbsent } from "../engine/noneWhen.ts"
import { onceProbe } from "../engine/Probe.ts"

const listSchedules = listOperation(SchedulerClient, ListSchedulesCommand, "scheduler:ListSchedules", "Schedules", {
  paging: { size: ["MaxResults", 100], input: "NextToken", output: "NextToken" }
})

const getSchedule = operation(SchedulerClient, GetScheduleCommand, "scheduler:GetSchedule")

/** A cluster, or the call `ecs:runTask` itself, which has the network in its input. */
const startsTasks = (targetArn: string): boolean => /:ecs:/i.test(targetArn)

/** Ids of the security groups in which schedules start ECS tasks, whether or not a task runs. */
export const taskSecurityGroups = onceProbe({
  name: "scheduler.taskSecurityGroups",
  operations: [listSchedules, getSchedule],
  costNote:
    "Scheduler lists schedules without their networks: a free call for each hundred, and for each that starts tasks.",
  read: Effect.fnUntraced(function* () {
    const schedules = yield* complete(
      list(listSchedules, {}, (schedules) =>
        schedules
          .filter(({ Target }) => startsTasks(required(Target?.Arn, "Schedules[].Target.Arn")))
          .map(({ GroupName, Name }) => ({ GroupName, Name: required(Name, "Schedules[].Name") }))
      )
    )
    const ids = yield* Effect.forEach(
      schedules,
      (schedule) =>
        send(getSchedule, schedule, ({ Target }) => {
          const { EcsParameters, Input = "" } = required(Target, "Target")
          return [
            ...(EcsParameters?.NetworkConfiguration?.awsvpcConfiguration?.SecurityGroups ?? []),
            ...(Input.match(/\bsg-[0-9a-f]+/g) ?? [])
          ]
        }),
      { concurrency: 4 }
    )
    return new Set(ids.flat())
  }, noneWhereAbsent<ReadonlySet<string>>(new Set()))
})
