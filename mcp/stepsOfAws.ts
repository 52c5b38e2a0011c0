/** The steps as functions of the cloud, and the machine as it is deployed. */
import { randomUUID } from "node:crypto"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { AwsErrorReason } from "../core/aws/AwsError.ts"
import { OwnCalls, repeatedShortly } from "../core/aws/OwnCalls.ts"
import { isTransient } from "../core/aws/retry.ts"
import { invokeFunction } from "../core/aws/invokeFunction.ts"
import { startExecution } from "../core/aws/startExecution.ts"
import { layerDynamo } from "../core/store/dynamo/dynamo.ts"
import { Store } from "../core/store/Store.ts"
import { storeBeside } from "../core/store/storeBeside.ts"
import { storeBusy } from "../workflows/stepErrors.ts"
import { runIdOf } from "../workflows/runId.ts"
import { type LiveStep, StepFailed, Steps } from "../workflows/Steps.ts"

/** Results with other settings are kept for so long. */
export const namespaceDays = 1

/** Where a namespace of the table is read and written, also by the functions of the steps. */
export const layerNamespace = (
  tableName: string,
  name: string,
  calls?: OwnCalls["Service"]
): Layer.Layer<Store, never, Store> =>
  Layer.effect(
    Store,
    Effect.gen(function* () {
      const table = yield* Store
      const layer = layerDynamo({ tableName, calls, namespace: { name, keepDays: namespaceDays } })
      return storeBeside(Context.get(yield* Layer.build(Layer.fresh(layer)), Store), table)
    })
  )

export interface AwsSteps {
  /** The name or ARN of the function of each step. */
  readonly functions: Readonly<Record<LiveStep, string>>
  readonly stateMachineArn: string
  readonly tableName: string
  /** Those of the process, unless others are given. */
  readonly calls?: OwnCalls["Service"] | undefined
}

/** What a function that failed answers. */
interface FunctionFailure {
  readonly errorType?: string
  readonly errorMessage?: string
}

/** What AWS may fail with while it invokes a function, and a store that is busy. */
const transientErrors = [storeBusy, "TooManyRequestsException", "ServiceException", "Sandbox.Timedout"]

const failedCall = (step: string, reason: AwsErrorReason): StepFailed => {
  const { code, message } = reason
  return new StepFailed({
    step,
    error: code,
    message,
    isTransient: isTransient(reason) || transientErrors.includes(code)
  })
}

/** Decodes what a function answered; a text that is no JSON is no answer. */
const decoded = (step: string, payload: string): Effect.Effect<any, StepFailed> =>
  Effect.try({
    try: () => JSON.parse(payload) as unknown,
    catch: () =>
      new StepFailed({ step, error: "Malformed", message: "the function answered no JSON", isTransient: false })
  })

export const stepsOfAws = (options: AwsSteps): Layer.Layer<Steps, never, Store> =>
  Layer.effect(
    Steps,
    Effect.gen(function* () {
      const scope = yield* Effect.scope
      const table = Layer.succeed(Store, yield* Store)
      const calls = options.calls ?? (yield* OwnCalls.make())
      const stores = new Map<string, Store["Service"]>()

      return Steps.of({
        invoke: Effect.fn("Steps.invoke")(function* (step: LiveStep, input: object, namespace?: string) {
          const payload = JSON.stringify(namespace === undefined ? input : { ...input, namespace })
          const answer = yield* calls.call(invokeFunction, { functionName: options.functions[step], payload }).pipe(
            repeatedShortly,
            Effect.mapError((reason) => failedCall(step, reason))
          )
          const output = yield* decoded(step, answer.payload)
          if (answer.functionError === undefined) return output
          const { errorMessage = answer.functionError, errorType = "Error" } = output as FunctionFailure
          return yield* new StepFailed({
            step,
            error: errorType,
            message: errorMessage,
            isTransient: transientErrors.includes(errorType)
          })
        }),
        startMachine: Effect.fn("Steps.startMachine")(function* (request) {
          // By its name AWS knows one that it started already, where only the answer was lost.
          const name = yield* Effect.sync(() => randomUUID())
          const { executionArn = "", startDate } = yield* calls
            .call(startExecution, {
              stateMachineArn: options.stateMachineArn,
              name,
              input: JSON.stringify(request)
            })
            .pipe(
              repeatedShortly,
              Effect.mapError((reason) => failedCall("plan", reason))
            )
          if (executionArn === "" || startDate === undefined) {
            const message = "AWS did not say which execution it started"
            return yield* new StepFailed({ step: "plan", error: "Malformed", message, isTransient: false })
          }
          return runIdOf(executionArn, new Date(startDate * 1000).toISOString())
        }),
        storeOf: Effect.fn("Steps.storeOf")(function* (namespace: string) {
          const known = stores.get(namespace)
          if (known !== undefined) return known
          const layer = layerNamespace(options.tableName, namespace, calls).pipe(Layer.provide(table))
          const store = Context.get(yield* Layer.buildWithScope(layer, scope), Store)
          stores.set(namespace, store)
          return store
        })
      })
    })
  )
