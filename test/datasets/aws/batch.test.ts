import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as batch from "../../../datasets/aws/batch.ts"
import { paged, readProbe } from "../harness.ts"

describe("batch.environments", () => {
  it.effect("reads 101 compute environments in two calls, also those that start nothing of their own", () =>
    Effect.gen(function* () {
      const items = Array.from({ length: 101 }, (_, index) =>
        index === 3
          ? { type: "UNMANAGED" }
          : {
              computeResources: {
                securityGroupIds: ["sg-1"],
                ...(index === 4
                  ? { launchTemplate: { launchTemplateId: "lt-1", overrides: [{ launchTemplateName: "gpu" }] } }
                  : {})
              }
            }
      )
      const { calls, readings } = yield* readProbe(batch.environments, [undefined], {
        "batch:DescribeComputeEnvironments": paged(items, "computeEnvironments", {
          size: "maxResults",
          input: "nextToken",
          output: "nextToken"
        })
      })
      assert.deepStrictEqual(calls, { "batch:DescribeComputeEnvironments": 2 })
      const [reading] = readings
      const told = reading?.known === true ? reading.value : []
      assert.deepStrictEqual(told.slice(2, 5), [
        { securityGroupIds: ["sg-1"], launchTemplates: [] },
        { securityGroupIds: [], launchTemplates: [] },
        { securityGroupIds: ["sg-1"], launchTemplates: ["lt-1", "gpu"] }
      ])
    })
  )

  it.effect("is not known where the list is missing", () =>
    Effect.gen(function* () {
      const { readings } = yield* readProbe(batch.environments, [undefined], {
        "batch:DescribeComputeEnvironments": () => ({})
      })
      assert.isFalse(readings[0]?.known)
    })
  )
})
