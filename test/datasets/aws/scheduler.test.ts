import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { known } from "../../../core/Reading.ts"
import * as scheduler from "../../../datasets/aws/scheduler.ts"
import { paged, readProbe } from "../harness.ts"

const schedule = (index: number, Arn: string) => ({ Name: `schedule-${index}`, GroupName: "default", Target: { Arn } })

describe("scheduler.taskSecurityGroups", () => {
  it.effect("asks only about the schedules that start tasks, of a cluster or by the call itself", () =>
    Effect.gen(function* () {
      const items = Array.from({ length: 120 }, (_, index) =>
        schedule(
          index,
          index === 5
            ? "arn:aws:ecs:eu-west-1:111111111111:cluster/shop"
            : index === 110
              ? "arn:aws:scheduler:::aws-sdk:ecs:runTask"
              : "arn:aws:lambda:eu-west-1:111111111111:function:nightly"
        )
      )
      const { calls, readings } = yield* readProbe(scheduler.taskSecurityGroups, [undefined], {
        "scheduler:ListSchedules": paged(items, "Schedules", { size: "MaxResults" }),
        "scheduler:GetSchedule": ({ GroupName, Name }) => {
          assert.strictEqual(GroupName, "default")
          const network = { awsvpcConfiguration: { SecurityGroups: ["sg-1"] } }
          return Name === "schedule-5"
            ? { Target: { EcsParameters: { NetworkConfiguration: network } } }
            : { Target: { Input: JSON.stringify({ awsvpcConfiguration: { securityGroups: ["sg-0a1b"] } }) } }
        }
      })
      assert.deepStrictEqual(calls, { "scheduler:ListSchedules": 2, "scheduler:GetSchedule": 2 })
      assert.deepStrictEqual(readings, [known(new Set(["sg-1", "sg-0a1b"]))])
    })
  )

  it.effect("is not known where the list, a target or an answer is missing", () =>
    Effect.gen(function* () {
      const listed = () => ({ Schedules: [schedule(1, "arn:aws:ecs:eu-west-1:111111111111:cluster/shop")] })
      for (const answers of [
        { "scheduler:ListSchedules": () => ({}) },
        { "scheduler:ListSchedules": () => ({ Schedules: [{ Name: "schedule-1" }] }) },
        { "scheduler:ListSchedules": listed, "scheduler:GetSchedule": () => ({}) }
      ]) {
        const { readings } = yield* readProbe(scheduler.taskSecurityGroups, [undefined], answers)
        assert.isFalse(readings[0]?.known)
      }
    })
  )
})
