import type {
  GetScheduleCommandInput,
  GetScheduleCommandOutput,
  ListSchedulesCommandInput,
  ListSchedulesCommandOutput
} from "@aws-sdk/client-scheduler"
import { arnOf, idOf, type Place } from "../ids.ts"
import { type Answer, defineService, pageOf, refusal } from "../Service.ts"

declare module "../estate.ts" {
  interface Region {
    readonly schedules: ReadonlyArray<Schedule>
  }
}

/** A schedule that starts a task every night. Schedules have no tags. */
export interface Schedule {
  readonly name: string
  /** Of ECS. */
  readonly cluster: string
  /** A task definition with its revision. */
  readonly task: string
}

const group = "default"

const scheduleArn = (place: Place, name: string) => arnOf("scheduler", place, `schedule/${group}/${name}`)

export default defineService({
  region: { schedules: [] },
  answers: {
    "scheduler:ListSchedules": (here, input: ListSchedulesCommandInput): Answer<ListSchedulesCommandOutput> => {
      const { items, next } = pageOf(here.has.schedules, input.NextToken, input.MaxResults, 100)
      return {
        Schedules: items.map(({ cluster, name }) => ({
          Arn: scheduleArn(here, name),
          Name: name,
          GroupName: group,
          State: "ENABLED",
          Target: { Arn: arnOf("ecs", here, `cluster/${cluster}`) }
        })),
        NextToken: next
      }
    },

    "scheduler:GetSchedule": (here, input: GetScheduleCommandInput): Answer<GetScheduleCommandOutput> => {
      const schedule = here.has.schedules.find(({ name }) => name === input.Name)
      if (schedule === undefined) throw refusal("ResourceNotFoundException", "The schedule does not exist.", 404)
      return {
        Arn: scheduleArn(here, schedule.name),
        Name: schedule.name,
        GroupName: group,
        State: "ENABLED",
        ScheduleExpression: "cron(15 2 * * ? *)",
        Target: {
          Arn: arnOf("ecs", here, `cluster/${schedule.cluster}`),
          RoleArn: `arn:aws:iam::${here.account}:role/scheduler`,
          EcsParameters: {
            TaskDefinitionArn: arnOf("ecs", here, `task-definition/${schedule.task}`),
            LaunchType: "FARGATE",
            NetworkConfiguration: { awsvpcConfiguration: { Subnets: [idOf("subnet", here, "main/a")] } }
          }
        }
      }
    }
  }
})
