/** What every function of the state machine does, and what starts it: decode, run one step, encode. Logs are JSON with the run's id. */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import { errorName } from "../workflows/errorName.ts"
import type { StepName } from "../workflows/nightly.ts"
import { scopeUnfinished } from "../workflows/stepErrors.ts"
import { logLayer } from "./log.ts"
import { type Measured, writeMetrics } from "./metrics.ts"

/** Step Functions matches Retry and Catch with a function's error type, which is the error's name. */
const named = (error: unknown): Error => {
  const { message = String(error) } = (error ?? {}) as { readonly message?: string }
  return Object.assign(new Error(message), { name: errorName(error), stack: "" })
}

/** A scope that is called again because its time was up has not failed. */
const isFailed = (exit: Exit.Exit<unknown, unknown>): boolean =>
  Exit.isFailure(exit) && errorName(Cause.squash(exit.cause)) !== scopeUnfinished

const runIdOf = (value: unknown): string => {
  const { runId } = (value ?? {}) as { readonly runId?: unknown }
  return typeof runId === "string" ? runId : ""
}

/**
 * The handler of a step. Its layers are made once for each execution environment and hold nothing of a run, because the next event
 * may be another run's. `measure` says what of the answer is a metric.
 */
export const handlerOf = <R, E, A>(
  step: StepName | "microScan",
  program: (input: unknown) => Effect.Effect<A, E, R>,
  layer: Layer.Layer<R, unknown>,
  measure: (answer: A) => Effect.Effect<Measured, never, R> = () => Effect.succeed({})
) => {
  const runtime = ManagedRuntime.make(Layer.provideMerge(layer, logLayer))
  const work = Effect.fnUntraced(function* (event: unknown) {
    const started = yield* Clock.currentTimeMillis
    const exit = yield* Effect.exit(program(event))
    const durationMillis = (yield* Clock.currentTimeMillis) - started
    const runId = Exit.isSuccess(exit) ? runIdOf(exit.value) || runIdOf(event) : runIdOf(event)
    const measured = Exit.isSuccess(exit) ? yield* measure(exit.value) : {}
    yield* writeMetrics(
      step,
      { ...measured, Invocations: 1, DurationMillis: durationMillis, Errors: isFailed(exit) ? 1 : 0 },
      { atMillis: started, runId }
    )
    if (Exit.isFailure(exit)) {
      const { cause } = exit
      yield* isFailed(exit)
        ? Effect.logError(`${step} failed`, Cause.pretty(cause))
        : Effect.logInfo(named(Cause.squash(cause)).message)
    }
    return exit
  })
  return async (event: unknown): Promise<A> => {
    const runId = runIdOf(event)
    const exit = await runtime.runPromise(work(event).pipe(Effect.annotateLogs({ runId, step })))
    if (Exit.isSuccess(exit)) return exit.value
    throw named(Cause.squash(exit.cause))
  }
}
