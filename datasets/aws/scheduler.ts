/** What is read from EventBridge Scheduler: the tasks that schedules start. */
import { GetScheduleCommand, ListSchedulesCommand, SchedulerClient } from "@aws-sdk/client-scheduler"
import * as Effect from "effect/Effect"
import { required, send } from "../../core/aws/Aws.ts"
import { listOperation, operation } from "../../core/aws/operation.ts"
import { dataset, listOf, readOf } from "../engine/Dataset.ts"
import { several } from "../engine/several.ts"

const listSchedules = listOperation(SchedulerClient, ListSchedulesCommand, "scheduler:ListSchedules", "Schedules", {
  paging: { size: ["MaxResults", 100], input: "NextToken", output: "NextToken" }
})

const getSchedule = operation(SchedulerClient, GetScheduleCommand, "scheduler:GetSchedule")

/** A cluster, or the call `ecs:runTask` itself, which has everything in its input. */
const startsTasks = (targetArn: string): boolean => /:ecs:/i.test(targetArn)

interface Listed {
  readonly arn: string
  readonly name: string
  readonly group: string | undefined
}

const listed = listOf("scheduler.startingTasks", "regional", listSchedules, {}, (schedules) =>
  schedules
    .filter(({ Target }) => startsTasks(required(Target?.Arn, "Schedules[].Target.Arn")))
    .map(({ Arn, GroupName, Name }): Listed => ({
      arn: required(Arn, "Schedules[].Arn"),
      name: required(Name, "Schedules[].Name"),
      group: GroupName
    }))
)

/** A schedule that starts ECS tasks. */
export interface TaskSchedule extends Listed {
  readonly enabled: boolean
  /** The ARN or name of the cluster; undefined where it says none, which is the cluster `default`. */
  readonly cluster: string | undefined
  /** An ARN or a name, with or without a revision. */
  readonly taskDefinition: string | undefined
  readonly platformVersion: string | undefined
  readonly securityGroupIds: ReadonlyArray<string>
}

/** A field of the input of `ecs:runTask`, however it is capitalised; undefined where it has none, or where only the run fills it in. */
const inInput = (input: string, field: string): string | undefined =>
  new RegExp(`"${field}"\\s*:\\s*"([^"<>]+)"`, "i").exec(input)?.[1]

/** All schedules that start ECS tasks. One that is refused is a gap. */
export const taskSchedules = dataset<ReadonlyArray<TaskSchedule>, { readonly listed: typeof listed }>(
  "scheduler.taskSchedules",
  {
    scope: "regional",
    operations: [getSchedule],
    needs: { listed },
    inventory: ["listed"],
    costNote: "Scheduler lists schedules without what they start: a free call for each that starts tasks.",
    read: ({ listed }) =>
      Effect.map(
        several(
          listed.map((own) =>
            send(getSchedule, { GroupName: own.group, Name: own.name }, ({ State, Target }) => {
              const { Arn, EcsParameters, Input = "" } = required(Target, "Target")
              const isCall = !/:cluster\//.test(required(Arn, "Target.Arn"))
              return {
                items: [
                  {
                    ...own,
                    enabled: State?.toLowerCase() !== "disabled",
                    cluster: isCall ? inInput(Input, "cluster") : Arn,
                    taskDefinition: isCall ? inInput(Input, "taskDefinition") : EcsParameters?.TaskDefinitionArn,
                    platformVersion: (isCall
                      ? inInput(Input, "platformVersion")
                      : EcsParameters?.PlatformVersion
                    )?.toLowerCase(),
                    securityGroupIds: [
                      ...(EcsParameters?.NetworkConfiguration?.awsvpcConfiguration?.SecurityGroups ?? []),
                      ...(Input.match(/\bsg-[0-9a-f]+/g) ?? [])
                    ]
                  }
                ],
                gaps: []
              }
            })
          )
        ),
        readOf
      )
  }
)
