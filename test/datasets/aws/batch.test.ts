import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { known } from "../../../core/Reading.ts"
import * as batch from "../../../datasets/aws/batch.ts"
import { paged, readProbe } from "../harness.ts"

describe("batch.environmentSecurityGroups", () => {
  it.effect("reads 101 compute environments in two calls, also those that start nothing of their own", () =>
    Effect.gen(function* () {
      const items = Array.from({ length: 101 }, (_, index) =>
        index === 3 ? { type: "UNMANAGED" } : { computeResources: { securityGroupIds: [`sg-${index % 2}`] } }
      )
      const { calls, readings } = yield* readProbe(batch.environmentSecurityGroups, [undefined], {
        "batch:DescribeComputeEnvironments": paged(items, "computeEnvironments", {
          size: "maxResults",
          input: "nextToken",
          output: "nextToken"
        })
      })
      assert.deepStrictEqual(calls, { "batch:DescribeComputeEnvironments": 2 })
      assert.deepStrictEqual(readings, [known(new Set(["sg-0", "sg-1"]))])
    })
  )

  it.effect("is not known where the list is missing", () =>
    Effect.gen(function* () {
      const { readings } = yield* readProbe(batch.environmentSecurityGroups, [undefined], {
        "batch:DescribeComputeEnvironments": () => ({})
      })
      assert.isFalse(readings[0]?.known)
    })
  )
})
