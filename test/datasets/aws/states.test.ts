import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as states from "../../../datasets/aws/states.ts"
import { paged, readDataset, valueOf } from "../harness.ts"

describe("states.stateMachineArns", () => {
  it.effect("reads 1,500 state machines in two calls, and takes an answer without its list for malformed", () =>
    Effect.gen(function* () {
      const machines = Array.from({ length: 1500 }, (_, index) => ({
        stateMachineArn: `arn:${index}`,
        name: `${index}`
      }))
      const { calls, read } = yield* readDataset(states.stateMachineArns, {
        "states:ListStateMachines": paged(machines, "stateMachines", {
          size: "maxResults",
          input: "nextToken",
          output: "nextToken"
        })
      })
      assert.deepStrictEqual(calls, { "states:ListStateMachines": 2 })
      assert.deepStrictEqual([valueOf(read).length, valueOf(read)[7]], [1500, "arn:7"])
      for (const answer of [{}, { stateMachines: [{ name: "a" }] }]) {
        const { read } = yield* readDataset(states.stateMachineArns, { "states:ListStateMachines": () => answer })
        assert.strictEqual(!read.ok && read.error._tag === "AwsError" && read.error.reason._tag, "Malformed")
      }
    })
  )
})
