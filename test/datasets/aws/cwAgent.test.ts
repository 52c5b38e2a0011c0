import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as cwAgent from "../../../datasets/aws/cwAgent.ts"
import { awsFailure, readDataset, valueOf } from "../harness.ts"

const instance = (InstanceId: string, state = "running") => ({ InstanceId, State: { Name: state } })

const running = (...ids: ReadonlyArray<string>) => ({
  "ec2:DescribeInstances": () => ({ Reservations: [{ Instances: ids.map((id) => instance(id)) }] })
})

const metric = (MetricName: string, dimensions: Record<string, string>) => ({
  Namespace: "CWAgent",
  MetricName,
  Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }))
})

describe("cwAgent.memory", () => {
  it.effect("asks once for each of the two metrics of memory, page by page, and keeps the series of what runs", () =>
    Effect.gen(function* () {
      const linux = { InstanceId: "i-1", ImageId: "ami-1", InstanceType: "m5.large", AutoScalingGroupName: "web" }
      const { calls, read, sent } = yield* readDataset(cwAgent.memory, {
        ...running("i-1", "i-2"),
        "cloudwatch:ListMetrics": (input) =>
          input.MetricName === "mem_used_percent"
            ? input.NextToken === undefined
              ? { Metrics: [metric(input.MetricName, linux)], NextToken: "1" }
              : {
                  Metrics: [
                    metric(input.MetricName, { InstanceId: "i-gone" }),
                    metric(input.MetricName, { AutoScalingGroupName: "web" })
                  ]
                }
            : { Metrics: [metric(input.MetricName, { InstanceId: "i-2", objectname: "Memory" })] }
      })
      assert.deepStrictEqual(calls, { "ec2:DescribeInstances": 1, "cloudwatch:ListMetrics": 3 })
      assert.deepStrictEqual(new Set(sent.flatMap(({ input }) => input.Namespace ?? [])), new Set(["CWAgent"]))
      assert.deepStrictEqual(valueOf(read), [
        { instanceId: "i-1", metric: "mem_used_percent", dimensions: linux },
        {
          instanceId: "i-2",
          metric: "Memory % Committed Bytes In Use",
          dimensions: { InstanceId: "i-2", objectname: "Memory" }
        }
      ])
    })
  )

  it.effect("makes no call where nothing runs", () =>
    Effect.gen(function* () {
      const { calls, read } = yield* readDataset(cwAgent.memory, {
        "ec2:DescribeInstances": () => ({ Reservations: [{ Instances: [instance("i-1", "stopped")] }] })
      })
      assert.deepStrictEqual(calls, { "ec2:DescribeInstances": 1 })
      assert.deepStrictEqual(valueOf(read), [])
    })
  )

  it.effect("names the gap where a metric could not be listed, and calls an answer without its list malformed", () =>
    Effect.gen(function* () {
      const { read } = yield* readDataset(cwAgent.memory, {
        ...running("i-1"),
        "cloudwatch:ListMetrics": (input) => {
          if (input.MetricName !== "mem_used_percent") throw awsFailure("AccessDenied", "no", 403)
          return { Metrics: [metric(input.MetricName, { InstanceId: "i-1" })] }
        }
      })
      assert.deepStrictEqual(read.ok ? [read.value.length, read.gaps.length] : [], [1, 1])
      const without = yield* readDataset(cwAgent.memory, { ...running("i-1"), "cloudwatch:ListMetrics": () => ({}) })
      assert.match(without.read.ok ? "" : (without.read.error as Error).message, /Metrics is missing/)
    })
  )
})
