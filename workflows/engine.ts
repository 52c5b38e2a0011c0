/** Runs the nightly state machine in this process, with the steps as they run in the cloud. */
import { StateMachine } from "aws-local-stepfunctions"
import * as Cause from "effect/Cause"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Semaphore from "effect/Semaphore"
import type { AuditRequest } from "../core/config/AuditRequest.ts"
import { errorName } from "./errorName.ts"
import { nightly, stepNames } from "./nightly.ts"
import { discover } from "./steps/discover.ts"
import { notify } from "./steps/notify.ts"
import { plan } from "./steps/plan.ts"
import { recordFailure } from "./steps/recordFailure.ts"
import { report } from "./steps/report.ts"
import { scan } from "./steps/scan.ts"
import { settle } from "./steps/settle.ts"
import { sum } from "./steps/sum.ts"

/** Scopes that are in memory at the same time. In the cloud each has a function of its own; here they share one process. */
const concurrentScopes = 8

/** The program of each step, by its name in the machine. */
export const steps = { plan, discover, scan, recordFailure, settle, sum, report, notify }

type StepEffect = ReturnType<(typeof steps)[keyof typeof steps]>
export type StepServices = StepEffect extends infer Step
  ? Step extends Effect.Effect<any, any, infer R>
    ? R
    : never
  : never
type StepError = StepEffect extends infer Step ? (Step extends Effect.Effect<any, infer E, any> ? E : never) : never

/** The states that invoke a step, with the step's name, however deep they are in the maps. */
const taskStates = (states: object): ReadonlyArray<readonly [state: string, step: keyof typeof steps]> =>
  Object.entries(states).flatMap(([name, state]) => [
    ...(state.Type === "Task" ? [[name, stepOf(state.Parameters.FunctionName)] as const] : []),
    ...(state.Type === "Map" ? taskStates(state.ItemProcessor.States) : [])
  ])

const stepOf = (functionName: string) => {
  const step = stepNames.find((name) => functionName === `\${${name}}`)
  if (step === undefined) throw new Error(`${functionName} names no step`)
  return step
}

/**
 * Runs a whole audit and answers the id of its run. Fails with the error of the step that stopped the machine. When it is
 * interrupted the machine is stopped, the steps' requests are cancelled, and the run can be resumed.
 */
export const runNightly = Effect.fn("runNightly")(function* (
  request: AuditRequest
): Effect.fn.Return<string, StepError, StepServices> {
  const context = yield* Effect.context<StepServices>()
  const startedAt = DateTime.formatIso(yield* DateTime.now)
  const execution = `local:${startedAt}:${request.process?.pid ?? 0}:${request.resume ?? ""}${request.started?.[0]?.id ?? ""}`
  const scopes = yield* Semaphore.make(concurrentScopes)
  let failure: Cause.Cause<StepError> | undefined

  const exit = yield* Effect.callback<Exit.Exit<string, StepError>>((resume, signal) => {
    const handlers = Object.fromEntries(
      taskStates(nightly.States).map(([state, step]) => [
        state,
        async ({ Payload }: { readonly Payload: unknown }) => {
          // The engine stamps its own wall-clock start; the run is judged as of ours.
          const input = step === "plan" ? { ...(Payload as object), execution, startedAt } : Payload
          const program = steps[step](input) as Effect.Effect<unknown, StepError, StepServices>
          const bounded = step === "scan" ? scopes.withPermits(1)(program) : program
          const result = await Effect.runPromiseExitWith(context)(bounded, { signal })
          if (Exit.isSuccess(result)) return { Payload: result.value }
          if (step !== "recordFailure") failure = result.cause
          throw asMachineError(Cause.squash(result.cause))
        }
      ])
    )
    // ARNs and paths were checked by a test against the specification; checking them again costs 40 ms at every start.
    const running = new StateMachine(nightly as any, { validationOptions: { noValidate: true } }).run(request as any, {
      overrides: { taskResourceLocalHandlers: handlers as any },
      noThrowOnAbort: true,
      context: { Execution: { Id: execution, StartTime: startedAt } } as any
    })
    signal.addEventListener("abort", () => running.abort())
    running.result.then(
      // An aborted machine answers null, and nobody waits for it any more. One that found another at work has made no run, and
      // whoever has started it hears why.
      (result) => {
        const { runId } = (result ?? {}) as { readonly runId?: string }
        resume(
          Effect.succeed(
            runId === undefined && failure !== undefined ? Exit.failCause(failure) : Exit.succeed(runId ?? "")
          )
        )
      },
      (error) => resume(Effect.succeed(failure === undefined ? Exit.die(error) : Exit.failCause(failure)))
    )
  })
  return yield* exit
})

const asMachineError = (error: unknown): Error => {
  const { message = String(error) } = (error ?? {}) as { readonly message?: string }
  return Object.assign(new Error(message), { name: errorName(error) })
}
