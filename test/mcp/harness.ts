/**
 * The tools over a store that two nights of the sample estate have filled, without a process or a transport.
 *
 *     const { text, structured, isError } = yield* ask("search_findings", { regions: "eu-central-1" })
 *     yield* ask("search_findings", {}, { accounts: ["222222222222"], tools: new Set(["search_findings"]) })
 *     const answers = asking({ store: yield* storeCopy, live: stub, nowMillis: twoDaysLater })
 *
 * `ask` answers as `tools/call` would, five hours after the second night, with the word `bounds` for a fence and no live scans.
 * `nights` are the two run ids and the store that `ask` reads. The second night is that of the sample estate; on the first, three volumes
 * were others, so that something was opened, changed and resolved. The nights run once per process, and nothing may be written to that
 * store: a test that writes takes a `storeCopy` of its own. `servicesOf` is what `callTool` and `serverMaker` need, for a test
 * that calls them itself.
 */
import { copyFileSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import { catalogue as catalogueJson } from "../../audit/catalogue.ts"
import { catalogueLayer } from "../../audit/catalogueLayer.ts"
import { scans } from "../../audit/index.ts"
import { ScanRegistry } from "../../audit/ScanRegistry.ts"
import { Notifier } from "../../core/alerts/Notifier.ts"
import { Aws, RetrySchedule } from "../../core/aws/Aws.ts"
import type { CatalogueEntry } from "../../core/catalogue/Catalogue.ts"
import { Prices } from "../../core/pricing/Prices.ts"
import { layerSqlite } from "../../core/store/sqlite/sqlite.ts"
import { Store } from "../../core/store/Store.ts"
import { AnswerBytes, Refusal } from "../../mcp/answer/Answer.ts"
import { Boundary } from "../../mcp/answer/Fence.ts"
import type { Caller } from "../../mcp/Caller.ts"
import { definitions } from "../../mcp/definitions.ts"
import { LiveScans } from "../../mcp/LiveScans.ts"
import { callTool } from "../../mcp/server.ts"
import { generalTools } from "../../mcp/tools/generalTools.ts"
import { scanTool } from "../../mcp/tools/scanTool.ts"
import { McpSettings, type Settings, type Tool } from "../../mcp/tools/Tool.ts"
import { type Estate, sampleNight } from "../../sample/estate.ts"
import { layerSample } from "../../sample/layer.ts"
import { estate as sampleEstate } from "../../sample/organization.ts"
import * as SampleTransport from "../../sample/SampleTransport.ts"
import { runNightly } from "../../workflows/engine.ts"
import { request } from "../workflows/harness.ts"
import { millisPerHour } from "../../core/time.ts"

export const firstNightMillis = sampleNight.getTime()
export const secondNightMillis = firstNightMillis + 24 * millisPerHour

/** When `ask` asks. */
export const askedAtMillis = secondNightMillis + 5 * millisPerHour

/** A store in a file, open until the process ends. */
const opened = (file: string): Promise<Store["Service"]> =>
  Scope.make().pipe(
    Effect.flatMap((scope) => Layer.buildWithScope(layerSqlite(file), scope)),
    Effect.map((context) => Context.get(context, Store)),
    Effect.runPromise
  )

/**
 * The estate as it was on the first night: of the volumes restored for releases in the staging account, the sixth was not there
 * yet, the first was of 400 GB instead of 500, and there was an `orders-restore-release-0` that is gone since.
 */
const firstEstate: Estate = {
  ...sampleEstate,
  accounts: sampleEstate.accounts.map((account) => {
    const region = account.regions["eu-central-1"]
    const first = region?.volumes?.find(({ name }) => name === "orders-restore-release-1")
    if (region?.volumes === undefined || first === undefined) return account
    const kept = region.volumes.filter(({ name }) => name !== "orders-restore-release-6" && name !== first.name)
    const volumes = [...kept, { ...first, gb: 400 }, { ...first, name: "orders-restore-release-0" }]
    return { ...account, regions: { ...account.regions, "eu-central-1": { ...region, volumes } } }
  })
}

const auditServices = (estate: Estate) =>
  Layer.mergeAll(
    ScanRegistry.layer,
    catalogueLayer,
    Notifier.layerNone,
    Prices.layerSnapshot,
    Aws.layer.pipe(Layer.provideMerge(Layer.merge(layerSample, SampleTransport.layerOf(estate)))),
    // The test clock does not move by itself, so a second try must not wait for it.
    Layer.succeed(RetrySchedule, Schedule.recurs(2))
  )

const madeNights = async () => {
  const folder = mkdtempSync(join(tmpdir(), "nightaudit-mcp-"))
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, "audit.db")
  const store = await opened(file)
  const night = (estate: Estate, millis: number) =>
    TestClock.setTime(millis).pipe(
      Effect.andThen(runNightly(request({ scans: Object.keys(scans) }))),
      Effect.provide(Layer.merge(auditServices(estate), TestClock.layer())),
      Effect.provideService(Store, store),
      Effect.runPromise
    )
  return {
    store,
    folder,
    file,
    first: await night(firstEstate, firstNightMillis),
    second: await night(sampleEstate, secondNightMillis)
  }
}

let made: ReturnType<typeof madeNights> | undefined

/** The ids of the runs of the two nights, and the store that holds them. */
export const nights = Effect.promise(() => (made ??= madeNights()))

let copies = 0

/** The same store once more, to be written to. */
export const storeCopy: Effect.Effect<Store["Service"]> = Effect.flatMap(nights, ({ file, folder }) =>
  Effect.promise(() => {
    const copy = join(folder, `copy${(copies += 1)}.db`)
    for (const end of ["", "-wal"]) copyFileSync(`${file}${end}`, `${copy}${end}`)
    return opened(copy)
  })
)

/** Every tool that there is. */
export const everyTool: ReadonlySet<string> = new Set(definitions.map(({ tool }) => tool.name))

/** Who sees and may call everything. */
export const anybody: Caller = { name: "tester", accounts: null, tools: everyTool }

const noLiveScans: LiveScans["Service"] = {
  start: () => Effect.fail(new Refusal({ message: "This server cannot scan." }))
}

/** Live scans that are over at once and have changed nothing in the store of `nights`. */
export const nothingNew: LiveScans["Service"] = {
  start: () =>
    Effect.map(nights, ({ second, store }) => ({
      runId: second,
      scopes: null,
      results: store,
      wait: () => Effect.succeed("finished" as const)
    }))
}

/** Every tool with its arguments, as the server finds them. */
export const allTools: ReadonlyArray<Tool> = [
  ...generalTools,
  ...(catalogueJson as ReadonlyArray<CatalogueEntry>).map(scanTool)
]

export interface Asking {
  /** Default: that of `nights`. */
  readonly store?: Store["Service"]
  /** Default: none can be started. */
  readonly live?: LiveScans["Service"]
  readonly settings?: Partial<Settings>
  /** How long an answer may be. Default: as it is outside of tests. */
  readonly answerBytes?: number
  /** Default: five hours after the second night. */
  readonly nowMillis?: number
}

/** What tools work with, without the time: that is the caller's. */
export const servicesOf = ({ answerBytes, live = noLiveScans, settings, store }: Asking = {}) =>
  Layer.mergeAll(
    Layer.effect(Store, store === undefined ? Effect.map(nights, (made) => made.store) : Effect.succeed(store)),
    catalogueLayer,
    Layer.succeed(LiveScans, live),
    Layer.succeed(McpSettings, { freshnessHours: 24, liveBudgetSeconds: 20, ...settings }),
    Layer.succeed(Boundary, () => "bounds"),
    answerBytes === undefined ? Layer.empty : Layer.succeed(AnswerBytes, answerBytes)
  )

/** What a client is told. */
export interface Asked {
  readonly text: string
  /** The structured content; what it holds is for the test to say. */
  readonly structured: any
  readonly isError: boolean
}

export const asking =
  (options: Asking = {}) =>
  (tool: string, args: unknown = {}, caller: Partial<Caller> = {}): Effect.Effect<Asked> =>
    TestClock.setTime(options.nowMillis ?? askedAtMillis).pipe(
      Effect.andThen(callTool(tool, args, { ...anybody, ...caller })),
      Effect.map(({ content, isError = false, structuredContent }) => ({
        text: content.map(({ text }) => text).join("\n"),
        structured: structuredContent,
        isError
      })),
      Effect.provide(Layer.merge(servicesOf(options), TestClock.layer()))
    )

/** Calls a tool as a client would, by the dispatch of the server. */
export const ask = asking()
