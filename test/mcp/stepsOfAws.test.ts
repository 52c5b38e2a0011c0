import { LambdaClient } from "@aws-sdk/client-lambda"
import { SFNClient } from "@aws-sdk/client-sfn"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { layerMemory } from "../../core/store/sqlite/sqlite.ts"
import { stepsOfAws } from "../../mcp/stepsOfAws.ts"
import { runIdOf } from "../../workflows/runId.ts"
import { Steps } from "../../workflows/Steps.ts"
import { request } from "../workflows/harness.ts"

const functions = { scan: "a-scan", settle: "a-settle", sum: "a-sum", recordFailure: "a-failure" }

const options = { region: "eu-west-1", credentials: { accessKeyId: "test", secretAccessKey: "test" } }

/** Clients that send nothing: `answer` answers what they would, or throws. */
const steps = (answer: (command: string, input: any) => object) => {
  const lambda = new LambdaClient(options)
  const sfn = new SFNClient(options)
  for (const client of [lambda, sfn]) {
    ;(client.middlewareStack as LambdaClient["middlewareStack"]).add(
      (_next, { commandName }) =>
        async (args) =>
          ({ output: answer(String(commandName), args.input), response: {} }) as any,
      { step: "initialize" }
    )
  }
  return stepsOfAws({ functions, stateMachineArn: "arn:machine", tableName: "none", lambda, sfn }).pipe(
    Layer.provide(layerMemory)
  )
}

const payload = (value: unknown) => Buffer.from(JSON.stringify(value))

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
        steps((_, { FunctionName, Payload }) => {
          sent.push([FunctionName, JSON.parse(Payload)])
          return { Payload: payload({ runId: "r" }) }
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
          FunctionError: "Unhandled",
          Payload: payload({ errorType: "StoreBusy", errorMessage: "locked" })
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
    const startDate = new Date("2026-11-20T02:00:00.250Z")
    return Effect.gen(function* () {
      const { startMachine } = yield* Steps
      const narrow = request({ full: false })
      assert.strictEqual(yield* startMachine(narrow), runIdOf("arn:execution", "2026-11-20T02:00:00Z"))
    }).pipe(
      Effect.provide(
        steps((command, { input, stateMachineArn }) => {
          assert.deepStrictEqual([command, stateMachineArn], ["StartExecutionCommand", "arn:machine"])
          assert.strictEqual(JSON.parse(input).full, false)
          return { executionArn: "arn:execution", startDate }
        })
      )
    )
  })
})
