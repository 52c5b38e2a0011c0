/** The steps as functions of the cloud, and the machine as it is deployed. The clients are loaded by the first call. */
import type { LambdaClient } from "@aws-sdk/client-lambda"
import type { SFNClient } from "@aws-sdk/client-sfn"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { reasonOf } from "../core/aws/AwsError.ts"
import { quiet } from "../core/aws/quiet.ts"
import { isTransient } from "../core/aws/retry.ts"
import { layerDynamo } from "../core/store/dynamo/dynamo.ts"
import { Store } from "../core/store/Store.ts"
import { storeBeside } from "../core/store/storeBeside.ts"
import { storeBusy } from "../workflows/nightly.ts"
import { runIdOf } from "../workflows/runId.ts"
import { type LiveStep, StepFailed, Steps } from "../workflows/Steps.ts"

/** Results with other settings are kept for so long. */
export const namespaceDays = 1

/** Where a namespace of the table is read and written, also by the functions of the steps. */
export const layerNamespace = (tableName: string, name: string): Layer.Layer<Store, never, Store> =>
  Layer.effect(
    Store,
    Effect.gen(function* () {
      const table = yield* Store
      const layer = layerDynamo({ tableName, namespace: { name, keepDays: namespaceDays } })
      return storeBeside(Context.get(yield* Layer.build(Layer.fresh(layer)), Store), table)
    })
  )

export interface AwsSteps {
  /** The name or ARN of the function of each step. */
  readonly functions: Readonly<Record<LiveStep, string>>
  readonly stateMachineArn: string
  readonly tableName: string
  /** Those of the SDK, which honour `AWS_ENDPOINT_URL`, unless others are given. */
  readonly lambda?: LambdaClient
  readonly sfn?: SFNClient
}

/** What a function that failed answers. */
interface FunctionFailure {
  readonly errorType?: string
  readonly errorMessage?: string
}

/** What AWS may fail with while it invokes a function, and a store that is busy. */
const transientErrors = [storeBusy, "TooManyRequestsException", "ServiceException", "Sandbox.Timedout"]

const failedCall = (step: string, cause: unknown): StepFailed => {
  const reason = reasonOf(cause)
  const { code, message } = reason
  return new StepFailed({
    step,
    error: code,
    message,
    isTransient: isTransient(reason) || transientErrors.includes(code)
  })
}

/** Decodes what a function answered; a text that is no JSON is no answer. */
const decoded = (step: string, payload: Uint8Array | undefined): Effect.Effect<any, StepFailed> =>
  Effect.try({
    try: () => JSON.parse(Buffer.from(payload ?? []).toString()) as unknown,
    catch: () =>
      new StepFailed({ step, error: "Malformed", message: "the function answered no JSON", isTransient: false })
  })

export const stepsOfAws = (options: AwsSteps): Layer.Layer<Steps, never, Store> =>
  Layer.effect(
    Steps,
    Effect.gen(function* () {
      const scope = yield* Effect.scope
      const table = Layer.succeed(Store, yield* Store)
      const lambda = yield* Effect.cached(
        Effect.promise(async () => {
          const { InvokeCommand, LambdaClient } = await import("./awsCalls.ts")
          return { InvokeCommand, client: options.lambda ?? quiet(new LambdaClient()) }
        })
      )
      const sfn = yield* Effect.cached(
        Effect.promise(async () => {
          const { SFNClient, StartExecutionCommand } = await import("./awsCalls.ts")
          return { StartExecutionCommand, client: options.sfn ?? quiet(new SFNClient()) }
        })
      )
      const stores = new Map<string, Store["Service"]>()

      return Steps.of({
        invoke: Effect.fn("Steps.invoke")(function* (step: LiveStep, input: object, namespace?: string) {
          const { client, InvokeCommand } = yield* lambda
          const Payload = JSON.stringify(namespace === undefined ? input : { ...input, namespace })
          const answer = yield* Effect.tryPromise({
            try: (abortSignal) =>
              client.send(new InvokeCommand({ FunctionName: options.functions[step], Payload }), { abortSignal }),
            catch: (cause) => failedCall(step, cause)
          })
          const output = yield* decoded(step, answer.Payload)
          if (answer.FunctionError === undefined) return output
          const { errorMessage = answer.FunctionError, errorType = "Error" } = output as FunctionFailure
          return yield* new StepFailed({
            step,
            error: errorType,
            message: errorMessage,
            isTransient: transientErrors.includes(errorType)
          })
        }),
        startMachine: Effect.fn("Steps.startMachine")(function* (request) {
          const { client, StartExecutionCommand } = yield* sfn
          const { stateMachineArn } = options
          const { executionArn = "", startDate } = yield* Effect.tryPromise({
            try: (abortSignal) =>
              client.send(new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(request) }), {
                abortSignal
              }),
            catch: (cause) => failedCall("plan", cause)
          })
          if (executionArn === "" || startDate === undefined) {
            const message = "AWS did not say which execution it started"
            return yield* new StepFailed({ step: "plan", error: "Malformed", message, isTransient: false })
          }
          return runIdOf(executionArn, startDate.toISOString())
        }),
        storeOf: Effect.fn("Steps.storeOf")(function* (namespace: string) {
          const known = stores.get(namespace)
          if (known !== undefined) return known
          const layer = layerNamespace(options.tableName, namespace).pipe(Layer.provide(table))
          const store = Context.get(yield* Layer.buildWithScope(layer, scope), Store)
          stores.set(namespace, store)
          return store
        })
      })
    })
  )
