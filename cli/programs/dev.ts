/** The whole system in one process: what a deployment has in the cloud is here a timer, a file, a folder and a port. */
import { stdin } from "node:process"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import { catalogueLayer } from "../../audit/catalogueLayer.ts"
import type { AuditRequest } from "../../core/config/AuditRequest.ts"
import { instant } from "../../core/format.ts"
import { isBeside } from "../../core/run/Run.ts"
import { Store } from "../../core/store/Store.ts"
import { interceptorOf } from "../../functions/interceptor.ts"
import gatewayTools from "../../mcp/gatewayTools.json" with { type: "json" }
import { accountsHeader } from "../../mcp/lambda/accountsHeader.ts"
import { makeHandler } from "../../mcp/lambda/handler.ts"
import { layerLiveScans } from "../../mcp/liveScansOnSteps.ts"
import { refusal } from "../../mcp/http/refusal.ts"
import { ReportLink } from "../../mcp/ReportLink.ts"
import type { McpServices } from "../../mcp/server.ts"
import { McpSettings } from "../../mcp/tools/Tool.ts"
import { changesLine, sumsSince } from "../../query/sumChanges.ts"
import { Progress, type ProgressEvent } from "../../workflows/Progress.ts"
import type { Steps } from "../../workflows/Steps.ts"
import { makeGateway } from "../dev/gateway.ts"
import { nights } from "../dev/nights.ts"
import { page } from "../dev/page.ts"
import { makeStarts } from "../dev/starts.ts"
import type { PlaceInput } from "../flags.ts"
import { lazySteps } from "../lazySteps.ts"
import { auditLayer, hasStore, openPlace, type Place, storeLayer } from "../layers.ts"
import { Machine } from "../Machine.ts"
import { outboxFolder, putEvents } from "../outbox.ts"
import { runLine } from "../output/resultDocument.ts"
import { problemOf } from "../Problem.ts"
import { Screen } from "../Screen.ts"
import { serveMcp } from "../serveMcp.ts"
import { audit } from "./audit.ts"
import { configOf, requestOf } from "./request.ts"
import { isCutOff } from "./resume.ts"

const host = "127.0.0.1"

/** Whoever presses Enter. */
const pressed = Effect.gen(function* () {
  const asked = yield* Queue.sliding<void>(1)
  yield* Effect.acquireRelease(
    Effect.sync(() => {
      const onData = () => void Queue.offerUnsafe(asked, undefined)
      // A process in the background has no terminal to read from.
      const onError = () => undefined
      stdin.on("data", onData).on("error", onError)
      return { onData, onError }
    }),
    ({ onData, onError }) => Effect.sync(() => void stdin.off("data", onData).off("error", onError).pause())
  )
  return asked
})

const linesOf = (cause: Cause.Cause<unknown>): ReadonlyArray<string> => {
  const error = Cause.squash(cause)
  return (
    problemOf(error)?.lines ?? ["This is a bug in nightaudit; please report it.", ...Cause.pretty(cause).split("\n")]
  )
}

/** Remembers which run was the last, whoever started it. */
const lastRun = () => {
  let last: string | null = null
  let isPlanned = false
  return {
    last: () => last,
    /** Whether a run was planned since the last night began. */
    isPlanned: () => isPlanned,
    begin: Effect.sync(() => void (isPlanned = false)),
    tell: (event: ProgressEvent) => {
      if (event._tag !== "Planned") return
      last = event.runId
      isPlanned = true
    }
  }
}

/** The report of the store as it is now; undefined while there is no run. */
const liveReport = Effect.gen(function* () {
  const store = yield* Store
  if ((yield* store.runs(1)).items.length === 0) return undefined
  // What writes pages is loaded when somebody looks at one.
  const { makeReport, pageHeaders, pagePieces } = yield* Effect.promise(async () => ({
    ...(await import("../../report/makeReport.ts")),
    ...(await import("../../report/writePage.ts"))
  }))
  const text = new TextEncoder()
  const pieces = pagePieces(yield* makeReport())
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      const { done, value } = pieces.next()
      if (done === true) controller.close()
      else controller.enqueue(text.encode(value))
    }
  })
  return new Response(body, { headers: pageHeaders })
})

/** What answers at the address: the server, the gateway in front of the function's handler, the report and what is where. */
const serve = Effect.fnUntraced(function* (
  place: Place,
  port: number,
  facts: (base: string) => ReadonlyArray<readonly [string, string]>
) {
  const { mcp } = place.config
  let base = ""
  const link = Effect.sync(() => ({ url: `${base}/`, until: null }))
  const services = Context.add(yield* Effect.context<McpServices | Steps>(), ReportLink, link)
  const issuer = mcp.issuer
  const gateway = makeGateway({
    tools: gatewayTools,
    allowedHeaders: [accountsHeader],
    intercept: interceptorOf({
      NIGHTAUDIT_ACCOUNTS_CLAIM: issuer?.accountsClaim,
      NIGHTAUDIT_ALL_ACCOUNTS_VALUE: issuer?.allAccountsValue
    }),
    invoke: yield* Effect.provide(makeHandler({ mcp, claimed: issuer?.accountsClaim !== undefined }), services)
  })
  yield* Effect.addFinalizer(() => Effect.promise(() => gateway.close()))
  const run = Effect.runPromiseWith(services)
  const machine = yield* Machine
  const starts = makeStarts(yield* configOf(place), machine.process, run)
  const served = yield* serveMcp(services, {
    host,
    port,
    // Whatever names a deployment goes by: here it is this machine's, and a page of another name must not read what is here.
    mcp: { ...mcp, hosts: [] },
    behindIam: false,
    sessions: true,
    beside: async (request) => {
      const { pathname } = new URL(request.url)
      if (pathname === "/gateway") return gateway.fetch(request)
      if (pathname === "/events") return starts(request)
      if (pathname !== "/" && pathname !== "/status") return undefined
      if (request.method !== "GET" && request.method !== "HEAD")
        return refusal(405, -32000, "Method not allowed.", { allow: "GET, HEAD" })
      const status = page({ title: "Night Audit", facts: facts(base) })
      return pathname === "/" ? ((await run(liveReport)) ?? status) : status
    }
  })
  base = `http://${host}:${served.port}`
  return base
})

export const dev = Effect.fn("cli.dev")(function* (input: PlaceInput & { readonly port: number }) {
  const place = yield* openPlace(input)
  const { note } = yield* Screen
  const machine = yield* Machine
  const { schedule } = place.config.deploy
  const { freshnessHours, liveBudgetSeconds } = place.config.mcp
  // One trigger for all of them, so that a night that was cut off is gone on with by whatever starts the next.
  const request: AuditRequest = {
    ...(yield* requestOf(place, undefined)),
    trigger: place.sample ? "sample" : "schedule"
  }
  const isNew = !hasStore(place)
  // The sample has a time of its own; the schedule is about this machine's.
  const wall = yield* Clock.Clock
  const folder = outboxFolder(place)
  const events = lastRun()
  let next: Date | undefined

  return yield* Effect.gen(function* () {
    const stored = yield* Store
    const store = Layer.succeed(Store, stored)
    const time = yield* Clock.Clock
    const asked = yield* pressed
    const night = events.begin.pipe(
      Effect.andThen(audit(request, { fresh: false, anyDate: false })),
      Effect.tap(({ run, untold }) =>
        Effect.flatMap(sumsSince(run), (changes) =>
          Effect.forEach([runLine(run), changesLine(changes), ...(untold?.lines ?? [])], note)
        )
      ),
      Effect.asVoid,
      Effect.provideService(Progress, events.tell),
      Effect.provide(auditLayer(place, store, "all")),
      Effect.provideService(Clock.Clock, time)
    )
    const live = layerLiveScans({ request: { ...request, trigger: "query" } }).pipe(
      Layer.provideMerge(lazySteps(place, "all")),
      Layer.provideMerge(
        Layer.mergeAll(
          store,
          catalogueLayer,
          Layer.succeed(McpSettings, { freshnessHours, liveBudgetSeconds }),
          Layer.succeed(Progress, events.tell)
        )
      )
    )
    const facts = (base: string) =>
      [
        ["Assistant (MCP)", `${base}/mcp`],
        ["Report", `${base}/`],
        ["What is where", `${base}/status`],
        ["Gateway, as AgentCore has it in the cloud", `${base}/gateway`],
        ["Events of CloudTrail, for micro-scans", `${base}/events`],
        ["Store", place.storeFile],
        ["Messages and events", folder],
        ["Next night", next === undefined ? "none by the schedule" : instant(next.toISOString())],
        ["Last run of this process", events.last() ?? "none yet"]
      ] as const
    const base = yield* Effect.provide(serve(place, input.port, facts), yield* Layer.build(live))
    for (const [name, value] of facts(base).slice(0, 7)) yield* note(`${name}: ${value}`)
    const newest = (yield* stored.runs(100)).items.find((run) => !isBeside(run))
    if (newest !== undefined && isCutOff(newest, machine))
      yield* note(`Run ${newest.id} was cut off; the next night goes on with it, within 6 hours.`)
    yield* note("Enter starts a night now, Ctrl-C ends.")
    if (isNew && place.sample) yield* Queue.offer(asked, undefined)
    return yield* nights({
      schedule,
      asked,
      night,
      onNext: (at) => {
        next = at
        return note(
          at === undefined
            ? `${schedule.expression} starts no night any more.`
            : `The next night starts at ${instant(at.toISOString())}: ${schedule.expression}, ${schedule.timeZone}.`
        )
      },
      onBusy: note("A night is running; there is one at a time."),
      onFailure: (cause) =>
        Effect.gen(function* () {
          const lines = linesOf(cause)
          // What failed before there was a run is told by nobody else; in the cloud it is an alarm on the machine.
          if (!events.isPlanned()) {
            const at = new Date(yield* Clock.currentTimeMillis).toISOString()
            const detail = { id: `unplanned/${at}`, version: 1, runId: "", at, error: lines[0] ?? "" }
            yield* putEvents(folder, [{ type: "nightaudit.run.failed", detail }], note).pipe(
              Effect.catch(({ message }) => note(message))
            )
          }
          for (const line of lines) yield* note(line)
        })
    }).pipe(Effect.provideService(Clock.Clock, wall))
  }).pipe(Effect.scoped, Effect.provide(storeLayer(place)))
})
