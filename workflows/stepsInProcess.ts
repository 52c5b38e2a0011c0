/** The steps as programs of this process. */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import { layerMemory } from "../core/store/sqlite/sqlite.ts"
import { Store } from "../core/store/Store.ts"
import { storeBeside } from "../core/store/storeBeside.ts"
import { runNightly, steps, type StepServices } from "./engine.ts"
import { Progress } from "./Progress.ts"
import { type LiveStep, type StepFailed, stepFailed, Steps } from "./Steps.ts"

/** Namespaces that are in memory at the same time. The one that was used longest ago gives way. */
const maxNamespaces = 16

/** Whatever a step ends with but an interruption, as the machine would see it. */
const asStepFailed =
  (step: string) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, StepFailed, R> =>
    Effect.catchCause(effect, (cause) =>
      Cause.hasInterruptsOnly(cause) ? Effect.interrupt : Effect.fail(stepFailed(step, Cause.squash(cause)))
    )

export const stepsInProcess: Layer.Layer<Steps, never, StepServices> = Layer.effect(
  Steps,
  Effect.gen(function* () {
    const scope = yield* Effect.scope
    const context = yield* Effect.context<StepServices>()
    const store = Context.get(context, Store)
    const turns = yield* Semaphore.make(1)
    const namespaces = new Map<string, { readonly store: Store["Service"]; readonly end: Effect.Effect<void> }>()

    const open = Effect.gen(function* () {
      const own = yield* Scope.fork(scope)
      const memory = Context.get(yield* Layer.buildWithScope(Layer.fresh(layerMemory), own), Store)
      return { store: storeBeside(memory, store), end: Scope.close(own, Exit.void) }
    })

    const storeOf = (namespace: string) =>
      Effect.gen(function* () {
        const found = namespaces.get(namespace) ?? (yield* open)
        // The order of the map is that of use.
        namespaces.delete(namespace)
        namespaces.set(namespace, found)
        for (const [name, { end }] of [...namespaces].slice(0, -maxNamespaces)) {
          namespaces.delete(name)
          yield* end
        }
        return found.store
      }).pipe(turns.withPermits(1), asStepFailed("storeOf"))

    return Steps.of({
      storeOf,
      invoke: Effect.fn("Steps.invoke")(function* (step: LiveStep, input: object, namespace?: string) {
        const own = namespace === undefined ? store : yield* storeOf(namespace)
        const program = steps[step](input) as Effect.Effect<unknown, unknown, StepServices>
        yield* program.pipe(Effect.provideService(Store, own), Effect.provide(context), asStepFailed(step))
      }),
      startMachine: Effect.fn("Steps.startMachine")(function* (request) {
        const planned = yield* Deferred.make<string, StepFailed>()
        const progress = yield* Progress
        let runId: string | undefined
        yield* runNightly(request).pipe(
          Effect.provideService(Progress, (event) => {
            if (event._tag === "Planned") {
              runId = event.runId
              Deferred.doneUnsafe(planned, Effect.succeed(event.runId))
            }
            progress(event)
          }),
          // Nobody is left who would say what became of it.
          Effect.onInterrupt(() => (runId === undefined ? Effect.void : markInterrupted(store, runId))),
          Effect.provide(context),
          asStepFailed("plan"),
          Effect.catch((error) => Effect.asVoid(Deferred.fail(planned, error))),
          Effect.forkIn(scope)
        )
        return yield* Deferred.await(planned)
      })
    })
  })
)

const markInterrupted = (store: Store["Service"], runId: string) =>
  Effect.ignore(
    Effect.flatMap(store.run(runId), (run) =>
      run?.status === "running" ? store.putRun({ ...run, status: "interrupted" }) : Effect.void
    )
  )
