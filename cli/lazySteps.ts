/** The steps of the machine for those who seldom need them. */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as EffectScope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import { Store } from "../core/store/Store.ts"
import { stepFailed, Steps } from "../workflows/Steps.ts"
import { auditLayer, type Place } from "./layers.ts"
import type { Talk } from "./outbox.ts"
import type { Machine } from "./Machine.ts"
import { problemOf } from "./Problem.ts"

/** Fails as a step where a layer cannot be built, with the line that a person would read. */
const asStep = (error: unknown) => {
  const lines = problemOf(error)?.lines
  return lines === undefined ? stepFailed("start", error) : stepFailed("start", { message: lines.join(" ") })
}

/** The steps of this process, with AWS clients and scans loaded when the first of them is called. `talk` is what the terminal says. */
export const lazySteps = (place: Place, talk: Talk = "alarms"): Layer.Layer<Steps, never, Store | Machine> =>
  Layer.effect(
    Steps,
    Effect.gen(function* () {
      const scope: EffectScope.Scope = yield* Effect.scope
      const context = yield* Effect.context<Store | Machine>()
      const turns = yield* Semaphore.make(1)
      let made: Steps["Service"] | undefined
      const store = Layer.succeed(Store, Context.get(context, Store))
      // What could not be built, for example without credentials, is tried again by the next call.
      const build = Effect.gen(function* () {
        const { stepsInProcess } = yield* Effect.promise(() => import("../workflows/stepsInProcess.ts"))
        const layer = stepsInProcess.pipe(Layer.provide(auditLayer(place, store, talk)))
        return Context.get(yield* Layer.buildWithScope(layer, scope), Steps)
      }).pipe(
        Effect.provide(context),
        Effect.catchCause((cause) =>
          Cause.hasInterruptsOnly(cause) ? Effect.interrupt : Effect.fail(asStep(Cause.squash(cause)))
        )
      )
      const steps = turns
        .withPermits(1)(Effect.suspend(() => (made === undefined ? build : Effect.succeed(made))))
        .pipe(Effect.tap((built) => Effect.sync(() => void (made = built))))
      return Steps.of({
        invoke: (...input) => Effect.flatMap(steps, ({ invoke }) => invoke(...input)),
        startMachine: (request) => Effect.flatMap(steps, ({ startMachine }) => startMachine(request)),
        storeOf: (namespace) => Effect.flatMap(steps, ({ storeOf }) => storeOf(namespace))
      })
    })
  )
