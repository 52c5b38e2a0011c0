import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as scheduler from "../../../datasets/aws/scheduler.ts"
import { awsFailure, paged, readDataset, valueOf } from "../harness.ts"

const clusterArn = "arn:aws:ecs:eu-west-1:111111111111:cluster/shop"
const runTask = "arn:aws:scheduler:::aws-sdk:ecs:runTask"

const schedule = (index: number, Arn: string) => ({
  Arn: `arn:schedule-${index}`,
  Name: `schedule-${index}`,
  GroupName: "default",
  Target: { Arn }
})

const listed = (...targets: ReadonlyArray<string>) =>
  paged(
    targets.map((target, index) => schedule(index, target)),
    "Schedules",
    { size: "MaxResults" }
  )

const network = { awsvpcConfiguration: { SecurityGroups: ["sg-1"] } }

const onCluster = {
  State: "ENABLED",
  Target: {
    Arn: clusterArn,
    EcsParameters: { TaskDefinitionArn: "arn:task:3", PlatformVersion: "1.3.0", NetworkConfiguration: network }
  }
}

const input = {
  Cluster: "shop",
  taskDefinition: "report:4",
  PlatformVersion: "LATEST",
  NetworkConfiguration: { AwsvpcConfiguration: { SecurityGroups: ["sg-0a1b"] } }
}

describe("scheduler.taskSchedules", () => {
  it.effect("asks only about the schedules that start tasks, of a cluster or by the call itself", () =>
    Effect.gen(function* () {
      const targets = Array.from({ length: 120 }, (_, index) =>
        index === 5 ? clusterArn : index === 110 ? runTask : "arn:aws:lambda:eu-west-1:111111111111:function:nightly"
      )
      const { calls, read } = yield* readDataset(scheduler.taskSchedules, {
        "scheduler:ListSchedules": listed(...targets),
        "scheduler:GetSchedule": ({ GroupName, Name }) => {
          assert.strictEqual(GroupName, "default")
          return Name === "schedule-5"
            ? onCluster
            : { State: "Disabled", Target: { Arn: runTask, Input: JSON.stringify(input) } }
        }
      })
      assert.deepStrictEqual(calls, { "scheduler:ListSchedules": 2, "scheduler:GetSchedule": 2 })
      assert.deepStrictEqual(valueOf(read), [
        {
          arn: "arn:schedule-5",
          name: "schedule-5",
          group: "default",
          enabled: true,
          cluster: clusterArn,
          taskDefinition: "arn:task:3",
          platformVersion: "1.3.0",
          securityGroupIds: ["sg-1"]
        },
        {
          arn: "arn:schedule-110",
          name: "schedule-110",
          group: "default",
          enabled: false,
          cluster: "shop",
          taskDefinition: "report:4",
          platformVersion: "latest",
          securityGroupIds: ["sg-0a1b"]
        }
      ])
    })
  )

  it.effect("takes an input that only the run fills in for no name", () =>
    Effect.gen(function* () {
      const { read } = yield* readDataset(scheduler.taskSchedules, {
        "scheduler:ListSchedules": listed(runTask),
        "scheduler:GetSchedule": () => ({
          Target: { Arn: runTask, Input: '{"TaskDefinition":"<aws.scheduler.execution-id>"}' }
        })
      })
      assert.deepInclude(valueOf(read)[0], { cluster: undefined, taskDefinition: undefined })
    })
  )

  it.effect("fails without the list, and has a gap for a schedule that is refused or has no target", () =>
    Effect.gen(function* () {
      for (const answer of [{}, { Schedules: [{ Name: "schedule-1", Arn: "arn:schedule-1" }] }]) {
        const { read } = yield* readDataset(scheduler.taskSchedules, { "scheduler:ListSchedules": () => answer })
        assert.isFalse(read.ok)
      }
      for (const answer of [
        () => ({}),
        () => {
          throw awsFailure("AccessDeniedException", "no", 403)
        }
      ]) {
        const { read } = yield* readDataset(scheduler.taskSchedules, {
          "scheduler:ListSchedules": listed(clusterArn, clusterArn),
          "scheduler:GetSchedule": ({ Name }) => (Name === "schedule-0" ? onCluster : answer())
        })
        assert.isTrue(read.ok && read.value.length === 1 && read.gaps.length === 1)
      }
    })
  )
})
