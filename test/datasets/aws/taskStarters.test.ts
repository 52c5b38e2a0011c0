import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { type TaskStarter, taskStarters } from "../../../datasets/aws/taskStarters.ts"
import type { ResourceKind } from "../../../datasets/engine/ResourceKind.ts"
import { paged, readDataset, valueOf } from "../harness.ts"

const small = { size: "maxResults", input: "nextToken", output: "nextToken" }
const cluster = "arn:aws:ecs:eu-west-1:111111111111:cluster/shop"

const answers = {
  "ecs:ListClusters": paged([cluster], "clusterArns", small),
  "ecs:ListServices": paged(["arn:service"], "serviceArns", small),
  "ecs:DescribeServices": () => ({
    services: [
      {
        serviceArn: "arn:service",
        serviceName: "cart",
        clusterArn: cluster,
        status: "ACTIVE",
        desiredCount: 1,
        runningCount: 1
      }
    ]
  }),
  "events:ListEventBuses": paged([{ Name: "default" }], "EventBuses", { size: "Limit" }),
  "events:ListRules": paged([{ Name: "nightly", Arn: "arn:rule", State: "ENABLED" }], "Rules", { size: "Limit" }),
  "events:ListRuleNamesByTarget": paged(["nightly"], "RuleNames", { size: "Limit" }),
  "scheduler:ListSchedules": paged([{ Arn: "arn:schedule", Name: "report", Target: { Arn: cluster } }], "Schedules", {
    size: "MaxResults"
  }),
  "scheduler:GetSchedule": () => ({ Target: { Arn: cluster } })
}

describe("taskStarters.taskStarters", () => {
  it.effect("has services, rules and schedules, each with its own type", () =>
    Effect.gen(function* () {
      const { read } = yield* readDataset(taskStarters, answers)
      const starters: ReadonlyArray<TaskStarter> = valueOf(read)
      assert.deepStrictEqual(
        starters.map((starter) => {
          const { arn, id, type } = (taskStarters.kind as ResourceKind).resourceOf(starter)
          return [type, id, arn]
        }),
        [
          ["ecs:service", "shop/cart", "arn:service"],
          ["events:rule", "nightly", "arn:rule"],
          ["scheduler:schedule", "report", "arn:schedule"]
        ]
      )
    })
  )
})
