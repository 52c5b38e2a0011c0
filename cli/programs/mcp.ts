/** Serves an assistant: on stdin and stdout, on which nothing else may be written, or over HTTP. */
import { serveStdio, StdioServerTransport } from "@modelcontextprotocol/server/stdio"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import type * as EffectScope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import { catalogueLayer } from "../../audit/catalogueLayer.ts"
import type { AuditRequest } from "../../core/config/AuditRequest.ts"
import type { McpConfig } from "../../core/config/Config.ts"
import { Store, StoreError } from "../../core/store/Store.ts"
import type { Caller } from "../../mcp/Caller.ts"
import { cloudServices, tableVariable } from "../../mcp/cloudServices.ts"
import { variable } from "../../mcp/environment.ts"
import { layerLiveScans } from "../../mcp/liveScansOnSteps.ts"
import { type McpServices, serverMaker } from "../../mcp/server.ts"
import { McpSettings } from "../../mcp/tools/Tool.ts"
import { toolNames, UnknownToolset } from "../../mcp/toolsets.ts"
import packageJson from "../../package.json" with { type: "json" }
import { stepFailed, Steps } from "../../workflows/Steps.ts"
import type { PlaceInput } from "../flags.ts"
import { auditLayer, hasStore, openPlace, type Place, storeLayer } from "../layers.ts"
import { Machine } from "../Machine.ts"
import { problemOf, usageProblem } from "../Problem.ts"
import { Screen } from "../Screen.ts"
import { requestOf } from "./request.ts"

export interface McpInput extends PlaceInput {
  readonly toolsets: ReadonlyArray<string>
  readonly http: boolean
  readonly host: string
  readonly port: number
  readonly noSessions: boolean
  /** AWS IAM has checked every caller before it comes here. */
  readonly behindIam: boolean
}

/** Fails as a step where a layer cannot be built, with the line that a person would read. */
const asStep = (error: unknown) => {
  const lines = problemOf(error)?.lines
  return lines === undefined ? stepFailed("start", error) : stepFailed("start", { message: lines.join(" ") })
}

/** The steps of this process, with AWS clients and scans loaded when the first of them is called. */
const lazySteps = (place: Place): Layer.Layer<Steps, never, Store> =>
  Layer.effect(
    Steps,
    Effect.gen(function* () {
      const scope: EffectScope.Scope = yield* Effect.scope
      const context = yield* Effect.context<Store>()
      const turns = yield* Semaphore.make(1)
      let made: Steps["Service"] | undefined
      const store = Layer.succeed(Store, Context.get(context, Store))
      // What could not be built, for example without credentials, is tried again by the next call.
      const build = Effect.gen(function* () {
        const { stepsInProcess } = yield* Effect.promise(() => import("../../workflows/stepsInProcess.ts"))
        const layer = stepsInProcess.pipe(Layer.provide(auditLayer(place, store)))
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

/** A store whose questions wait until something is there to answer them with. */
const storeAfter = (store: Store["Service"], ready: Effect.Effect<void, StoreError>): Store["Service"] =>
  Object.fromEntries(
    Object.entries(store).map(([name, method]) => [
      name,
      typeof method === "function"
        ? (...input: ReadonlyArray<unknown>) =>
            Effect.andThen(ready, (method as (...input: ReadonlyArray<unknown>) => Effect.Effect<unknown>)(...input))
        : Effect.andThen(ready, method)
    ])
  ) as unknown as Store["Service"]

/** The sample's first night, so that there is something to ask about. */
const sampleNight = Effect.fnUntraced(function* (place: Place, request: AuditRequest, store: Store["Service"]) {
  const screen = yield* Screen
  yield* screen.note("Auditing the sample estate for the first time; questions are answered when that is done.")
  const { audit } = yield* Effect.promise(() => import("./audit.ts"))
  yield* audit(request, { fresh: false, anyDate: false }).pipe(
    Effect.provide(auditLayer(place, Layer.succeed(Store, store)))
  )
  yield* screen.note("The sample estate is audited.")
})

/** Says when it is closed, by us or by the end of stdin. */
class Stdio extends StdioServerTransport {
  private readonly closed: () => void

  constructor(closed: () => void) {
    super()
    this.closed = closed
  }

  override async close() {
    await super.close()
    this.closed()
  }
}

/** Serves until stdin ends or the process is told to end. */
const serveOnStdio = Effect.fnUntraced(function* (context: Context.Context<McpServices>, caller: Caller) {
  const screen = yield* Screen
  const run = Effect.runSyncWith(context)
  const makeServer = serverMaker(context)
  const ended = yield* Deferred.make<void>()
  yield* Effect.acquireRelease(
    Effect.sync(() =>
      serveStdio(() => makeServer(caller), {
        transport: new Stdio(() => Deferred.doneUnsafe(ended, Effect.void)),
        onerror: (error) => run(screen.note(`mcp: ${error.message}`))
      })
    ),
    (handle) => Effect.promise(() => handle.close())
  )
  yield* Deferred.await(ended)
})

/** Sessions of 2025 clients: so many at once, and so long without a request. */
const maxSessions = 1000
const idleMillis = 10 * 60_000

/** Serves until the process is told to end. */
const serveOnHttp = Effect.fnUntraced(function* (
  context: Context.Context<McpServices>,
  { behindIam, host, noSessions, port, toolsets }: McpInput,
  configured: McpConfig
) {
  const screen = yield* Screen
  const { makeCallerOf } = yield* Effect.promise(() => import("../../mcp/http/authenticate.ts"))
  const { serveHttp } = yield* Effect.promise(() => import("../../mcp/http/serve.ts"))
  // What is asked for on the command line is the most that a caller can have.
  const mcp = toolsets.length === 0 ? configured : { ...configured, toolsets }
  const run = Effect.runPromiseWith(context)
  const note = Effect.runSyncWith(context)
  const served = yield* serveHttp({
    host,
    port,
    version: packageJson.version,
    callerOf: yield* makeCallerOf({ mcp, host, trustAws: behindIam }),
    makeServer: serverMaker(context),
    health: () => run(Effect.flatMap(Store, (store) => Effect.asVoid(store.runs(1)))),
    issuer: mcp.issuer,
    sessions: !noSessions,
    // Behind IAM, AWS has found the server by its name already.
    allowedHosts: mcp.hosts.length === 0 && behindIam ? ["*"] : mcp.hosts,
    allowedOrigins: mcp.origins,
    maxSessions,
    idleMillis,
    log: (error) => void note(screen.note(`mcp: ${error instanceof Error ? error.message : String(error)}`))
  })
  const name = host.includes(":") ? `[${host}]` : host
  yield* screen.note(`Serving an assistant at http://${name}:${served.port}/mcp`)
  return yield* Effect.never
})

/** The services of this machine: its store, and scans in this process. */
const localServices = Effect.fnUntraced(function* (place: Place, isNew: boolean) {
  const { host, pid } = yield* Machine
  const { freshnessHours, liveBudgetSeconds } = place.config.mcp
  const request: AuditRequest = {
    ...(yield* requestOf(place, undefined)),
    trigger: "query",
    process: { host, pid }
  }
  if (isNew && !place.sample) {
    const screen = yield* Screen
    yield* screen.note(
      `There is no store at ${place.storeFile} yet: \`nightaudit scan\` fills it, and start_scan does.`
    )
  }
  const store = yield* Store
  const ready = yield* Deferred.make<void, StoreError>()
  if (isNew && place.sample) {
    const night = sampleNight(place, { ...request, trigger: "sample" }, store)
    yield* Effect.forkScoped(
      Effect.exit(night).pipe(
        Effect.flatMap((exit) =>
          Exit.isSuccess(exit)
            ? Deferred.succeed(ready, undefined)
            : Deferred.fail(
                ready,
                new StoreError({
                  kind: "failed",
                  message: `the sample's night failed: ${String(Cause.squash(exit.cause))}`
                })
              )
        )
      )
    )
  } else yield* Deferred.succeed(ready, undefined)
  const answering = Layer.succeed(Store, isNew ? storeAfter(store, Deferred.await(ready)) : store)
  const live = layerLiveScans({ request }).pipe(
    Layer.provide(lazySteps(place).pipe(Layer.provide(Layer.succeed(Store, store))))
  )
  return live.pipe(
    Layer.provideMerge(
      Layer.mergeAll(answering, catalogueLayer, Layer.succeed(McpSettings, { freshnessHours, liveBudgetSeconds }))
    )
  )
})

export const mcp = Effect.fn("cli.mcp")(function* (input: McpInput) {
  const place = yield* openPlace(input)
  const { mcp } = place.config
  const tools = yield* Effect.try({
    try: () => toolNames(input.toolsets, mcp.toolsets, mcp),
    catch: (error) => usageProblem(error instanceof UnknownToolset ? error.message : String(error))
  })
  const serve = Effect.fnUntraced(function* (services: Layer.Layer<McpServices>) {
    const context = Context.merge(yield* Effect.context<never>(), yield* Layer.build(services))
    yield* input.http
      ? serveOnHttp(context, input, mcp)
      : serveOnStdio(context, { name: "local", accounts: null, tools })
  })
  // In a container of the deployment the results are in the table, and functions scan.
  if (!place.sample && (yield* variable(tableVariable)) !== undefined) {
    return yield* Effect.scoped(serve(yield* cloudServices(mcp, { handsOver: false })))
  }
  const isNew = !hasStore(place)
  yield* localServices(place, isNew).pipe(Effect.flatMap(serve), Effect.scoped, Effect.provide(storeLayer(place)))
})
