/** Serves an assistant: on stdin and stdout, on which nothing else may be written, or over HTTP. */
import { serveStdio, StdioServerTransport } from "@modelcontextprotocol/server/stdio"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import { catalogueLayer } from "../../audit/catalogueLayer.ts"
import type { AuditRequest } from "../../core/config/AuditRequest.ts"
import type { McpConfig } from "../../core/config/mcp.ts"
import { Store, StoreError } from "../../core/store/Store.ts"
import { storeWhenReady } from "../../core/store/storeWhenReady.ts"
import { variable } from "../../core/variable.ts"
import type { Caller } from "../../mcp/Caller.ts"
import { cloudServices, tableVariable } from "../../mcp/cloudServices.ts"
import { behindIam, deployedMcp } from "../../mcp/environment.ts"
import { layerLiveScans } from "../../mcp/liveScansOnSteps.ts"
import { type McpServices, serverMaker } from "../../mcp/server.ts"
import { McpSettings } from "../../mcp/tools/Tool.ts"
import { toolNames, UnknownToolset } from "../../mcp/toolsets.ts"
import type { PlaceInput } from "../flags.ts"
import { lazySteps } from "../lazySteps.ts"
import { auditLayer, hasStore, openPlace, type Place, storeLayer } from "../layers.ts"
import { Machine } from "../Machine.ts"
import { usageProblem } from "../Problem.ts"
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

/** The sample's first night, so that there is something to ask about. */
const sampleNight = Effect.fnUntraced(function* (place: Place, request: AuditRequest, store: Store["Service"]) {
  const screen = yield* Screen
  yield* screen.note("Auditing the sample estate for the first time; questions are answered when that is done.")
  const { audit } = yield* Effect.promise(() => import("./audit.ts"))
  const { untold } = yield* audit(request, { fresh: false, anyDate: false }).pipe(
    Effect.provide(auditLayer(place, Layer.succeed(Store, store)))
  )
  for (const line of untold?.lines ?? []) yield* screen.note(line)
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

/** Serves until the process is told to end. */
const serveOnHttp = Effect.fnUntraced(function* (
  context: Context.Context<McpServices>,
  { behindIam, host, noSessions, port, toolsets }: McpInput,
  configured: McpConfig
) {
  const screen = yield* Screen
  const { serveMcp } = yield* Effect.promise(() => import("../serveMcp.ts"))
  const served = yield* serveMcp(context, {
    host,
    port,
    // What is asked for on the command line is the most that a caller can have.
    mcp: toolsets.length === 0 ? configured : { ...configured, toolsets },
    behindIam,
    sessions: !noSessions
  })
  const name = host.includes(":") ? `[${host}]` : host
  yield* screen.note(`Serving an assistant at http://${name}:${served.port}/mcp`)
  return yield* Effect.never
})

/** The services of this machine: its store, and scans in this process. */
const localServices = Effect.fnUntraced(function* (place: Place, isNew: boolean) {
  const machine = yield* Machine
  const { freshnessHours, liveBudgetSeconds } = place.config.mcp
  const request: AuditRequest = {
    ...(yield* requestOf(place, undefined)),
    trigger: "query"
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
  const answering = Layer.succeed(Store, isNew ? storeWhenReady(Effect.as(Deferred.await(ready), store)) : store)
  const live = layerLiveScans({ request }).pipe(
    Layer.provide(lazySteps(place).pipe(Layer.provide(Layer.succeed(Store, store))))
  )
  return live.pipe(
    Layer.provideMerge(
      Layer.mergeAll(answering, catalogueLayer, Layer.succeed(McpSettings, { freshnessHours, liveBudgetSeconds }))
    ),
    Layer.provide(Layer.succeed(Machine, machine))
  )
})

export const mcp = Effect.fn("cli.mcp")(function* (input: McpInput) {
  const place = yield* openPlace(input)
  // In a container of the deployment the results are in the table, functions scan, and nobody has put a file there.
  const deployed = !place.sample && (yield* variable(tableVariable)) !== undefined
  const mcp = (deployed ? yield* deployedMcp : undefined) ?? place.config.mcp
  const iam = input.behindIam || (deployed && (yield* behindIam))
  const tools = yield* Effect.try({
    try: () => toolNames(input.toolsets, mcp.toolsets, mcp),
    catch: (error) => usageProblem(error instanceof UnknownToolset ? error.message : String(error))
  })
  const serve = Effect.fnUntraced(function* (services: Layer.Layer<McpServices>) {
    const context = Context.merge(yield* Effect.context<never>(), yield* Layer.build(services))
    yield* input.http
      ? serveOnHttp(context, { ...input, behindIam: iam }, mcp)
      : serveOnStdio(context, { name: "local", accounts: null, tools })
  })
  if (deployed) {
    const { HttpHandler, OwnCalls, fromNodeProviderChain } = yield* Effect.promise(() => import("../containerCalls.ts"))
    return yield* Effect.gen(function* () {
      const handler = yield* HttpHandler
      const calls = yield* OwnCalls.make({ credentials: fromNodeProviderChain(), handler })
      return yield* serve(yield* cloudServices(mcp, { handsOver: false, calls }))
    }).pipe(Effect.provide(HttpHandler.layer()), Effect.scoped)
  }
  const isNew = !hasStore(place)
  yield* localServices(place, isNew).pipe(Effect.flatMap(serve), Effect.scoped, Effect.provide(storeLayer(place)))
})
