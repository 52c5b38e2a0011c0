/** The steps of the machine as one who needs a few of them calls them: programs in this process, or functions of the cloud. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import type { AuditRequest } from "../core/config/AuditRequest.ts"
import type { Store } from "../core/store/Store.ts"
import { errorName } from "./errorName.ts"

/** The steps that a live scan is made of. */
export const liveSteps = ["scan", "settle", "sum", "recordFailure"] as const
export type LiveStep = (typeof liveSteps)[number]

/** A step, or the start of the machine, failed. */
export class StepFailed extends Schema.TaggedError<StepFailed>()("StepFailed", {
  step: Schema.String,
  /** The name of the error, by which the machine's Retry and Catch know it. */
  error: Schema.String,
  message: Schema.String,
  /** Whether the same call may succeed in a moment. */
  isTransient: Schema.Boolean
}) {}

/** Any error of a step. */
export const stepFailed = (step: string, error: unknown): StepFailed =>
  new StepFailed({
    step,
    error: errorName(error),
    message: Predicate.hasProperty(error, "message") ? String(error.message) : String(error),
    isTransient: Predicate.hasProperty(error, "isTransient") && error.isTransient === true
  })

export class Steps extends Context.Service<
  Steps,
  {
    /** Runs a step. With a namespace it works on that one's results, and those of the night stay as they are. */
    readonly invoke: (step: LiveStep, input: object, namespace?: string) => Effect.Effect<void, StepFailed>
    /** Starts the whole machine and answers the id of its run. The run goes on by itself. */
    readonly startMachine: (request: AuditRequest) => Effect.Effect<string, StepFailed>
    /** Where the results of a namespace are. They are kept for a day at most. */
    readonly storeOf: (namespace: string) => Effect.Effect<Store["Service"], StepFailed>
  }
>()("nightaudit/workflows/Steps") {}
