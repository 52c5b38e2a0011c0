import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { reasonOf } from "../../core/aws/AwsError.ts"
import { layerMemory } from "../../core/store/sqlite/sqlite.ts"
import { stepsOfAws } from "../../mcp/stepsOfAws.ts"
import { runIdOf } from "../../workflows/runId.ts"
import { Steps } from "../../workflows/Steps.ts"
import { request } from "../workflows/harness.ts"

const functions = { scan: "a-scan", settle: "a-settle", sum: "a-sum", recordFailure: "a-failure" }

/** Calls that send nothing: `answer` answers what AWS would, or throws. */
const steps = (answer: (operation: string, input: any) => object) =>
  stepsOfAws({
    functions,
    stateMachineArn: "arn:machine",
    tableName: "none",
    calls: {
      call: (operation, input) =>
        Effect.try({ try: () => answer(operation.name, input) as any, catch: (cause) => reasonOf(cause) })
    }
  }).pipe(Layer.provide(layerMemory))

const payload = (value: unknown) => JSON.stringify(value)

describe("the steps in the cloud", () => {
  it.effect("are functions that are told the namespace", () => {
    const sent: Array<unknown> = []
    return Effect.gen(function* () {
      const { invoke } = yield* Steps
      yield* invoke("scan", { runId: "r" }, "other")
      yield* invoke("sum", { runId: "r" })
      assert.deepStrictEqual(sent, [
        ["a-scan", { runId: "r", namespace: "other" }],
        ["a-sum", { runId: "r" }]
      ])
    }).pipe(
      Effect.provide(
        steps((_, { functionName, payload: said }) => {
          sent.push([functionName, JSON.parse(said)])
          return { payload: payload({ runId: "r" }) }
        })
      )
    )
  })

  it.effect("fail by the name of the error, and may be tried again where the store was busy", () =>
    Effect.gen(function* () {
      const { invoke } = yield* Steps
      const busy = yield* Effect.flip(invoke("scan", {}))
      assert.deepStrictEqual([busy.error, busy.message, busy.isTransient], ["StoreBusy", "locked", true])
    }).pipe(
      Effect.provide(
        steps(() => ({
          functionError: "Unhandled",
          payload: payload({ errorType: "StoreBusy", errorMessage: "locked" })
        }))
      )
    )
  )

  it.effect("that may not be invoked fail for good", () =>
    Effect.gen(function* () {
      const { invoke } = yield* Steps
      const denied = yield* Effect.flip(invoke("scan", {}))
      assert.deepStrictEqual([denied.error, denied.isTransient], ["AccessDeniedException", false])
    }).pipe(
      Effect.provide(
        steps(() => {
          throw Object.assign(new Error("no"), { name: "AccessDeniedException" })
        })
      )
    )
  )

  it.effect("are started as a machine whose run is known before it plans", () => {
    const startDate = Date.parse("2026-11-20T02:00:00.250Z") / 1000
    return Effect.gen(function* () {
      const { startMachine } = yield* Steps
      const narrow = request({ full: false })
      assert.strictEqual(yield* startMachine(narrow), runIdOf("arn:execution", "2026-11-20T02:00:00Z"))
    }).pipe(
      Effect.provide(
        steps((operation, { input, stateMachineArn }) => {
          assert.deepStrictEqual([operation, stateMachineArn], ["StartExecution", "arn:machine"])
          assert.strictEqual(JSON.parse(input).full, false)
          return { executionArn: "arn:execution", startDate }
        })
      )
    )
  })
})
