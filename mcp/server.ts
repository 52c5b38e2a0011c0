/**
 * The MCP server: definitions are made once, and only the tool that is called reads its arguments. A server is made
 * for each request or connection and is a handful of handlers, whatever the number of tools.
 */
import {
  CLIENT_CAPABILITIES_META_KEY,
  type ClientCapabilities,
  ProtocolError,
  ProtocolErrorCode,
  Server,
  type ServerContext
} from "@modelcontextprotocol/server"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Result from "effect/Result"
import { Catalogue } from "../core/catalogue/Catalogue.ts"
import { hint } from "../core/config/suggest.ts"
import type { Store } from "../core/store/Store.ts"
import { version } from "../core/version.ts"
import { AnswerBytes, Refusal, render, renderRefusal, type WireAnswer } from "./answer/Answer.ts"
import { type Fence, newFence } from "./answer/Fence.ts"
import type { Caller } from "./Caller.ts"
import { definitions } from "./definitions.ts"
import { instructionsFor } from "./instructions.ts"
import { OnFault } from "./OnFault.ts"
import type { LiveScans } from "./LiveScans.ts"
import { echoOf, readArguments } from "./tools/argument.ts"
import { completed } from "./completions.ts"
import { getPrompt, promptDefinitions } from "./prompts.ts"
import { readResource, resources, resourceTemplates } from "./resources.ts"
import { ReportLink } from "./ReportLink.ts"
import { seenBy } from "./seenBy.ts"
import { generalTools } from "./tools/generalTools.ts"
import { scanTool } from "./tools/scanTool.ts"
import { writingTools } from "./toolsets.ts"
import { type Call, common, type Tool } from "./tools/Tool.ts"
import { type Shows, showsViews, toolMeta, uiExtension, viewResource } from "./view.ts"

/** What tools, resources, prompts and completions work with. */
export type McpServices = Store | Catalogue | LiveScans

const general = new Map(generalTools.map((tool) => [tool.name, tool]))

/** The tool of that name; a scan's is made when it is called. */
const toolNamed = Effect.fnUntraced(function* (name: string): Effect.fn.Return<Tool | undefined, never, Catalogue> {
  const { all } = yield* Catalogue
  const entry = all.find((one) => one.name === name)
  return general.get(name) ?? (entry === undefined ? undefined : scanTool(entry))
})

/** Every tool takes these, and its own go before them. */
const argumentsOf = (tool: Tool) => ({ ...common, ...tool.arguments })

const unknownTool = (name: string, { tools }: Caller, fence: Fence): WireAnswer =>
  writingTools.has(name)
    ? renderRefusal(
        `${name} is not offered here, and nothing was done: the operator enables what changes findings with "mcp": { "writes": true } in the configuration.`
      )
    : renderRefusal(`There is no tool ${echoOf(fence)(name)} here.${hint(name, [...tools])}`)

const missing = (tool: Tool, given: Readonly<Record<string, unknown>>): ReadonlyArray<string> =>
  (tool.required ?? []).filter((name) => given[name] === undefined).map((name) => `${name}: it has to be given`)

interface Calling {
  readonly progress?: Call["progress"]
  /** Default: text and nothing else. */
  readonly shows?: Shows
}

/** The report that is said with an answer. It is about all accounts, and not for a caller who sees some of them. */
const reportFor = Effect.fnUntraced(function* (tool: Tool, { accounts }: Caller, shows: Shows) {
  if (tool.view === undefined || shows === "text" || accounts !== null) return undefined
  const link = yield* ReportLink
  // The answer is there without it.
  return yield* Effect.catchTag(link, "StoreError", ({ message }) =>
    Effect.as(Effect.logWarning(`The report's address could not be read: ${message}`), undefined)
  )
})

/** Answers one call. Whatever goes wrong is an answer too: what a person can mend in a line, a bug as an internal error. */
export const callTool = Effect.fnUntraced(function* (
  name: string,
  raw: unknown,
  caller: Caller,
  { progress = () => Effect.void, shows = "text" }: Calling = {}
): Effect.fn.Return<WireAnswer, never, McpServices> {
  const fence = yield* newFence
  if (!caller.tools.has(name)) return unknownTool(name, caller, fence)
  const tool = yield* toolNamed(name)
  if (tool === undefined) return unknownTool(name, caller, fence)
  const read = readArguments(argumentsOf(tool), raw, fence)
  const mistakes = Result.isFailure(read) ? read.failure : missing(tool, read.success)
  if (Result.isFailure(read) || mistakes.length > 0) return renderRefusal(mistakes.join("\n"))
  const given = read.success as Parameters<Tool["answer"]>[0]
  const nowMillis = yield* Clock.currentTimeMillis
  const program = tool.answer(given, { caller, fence, nowMillis, progress }).pipe(seenBy(caller))
  const exit = yield* Effect.exit(program)
  if (Exit.isSuccess(exit)) {
    const maxBytes = yield* AnswerBytes
    const report = yield* reportFor(tool, caller, shows)
    const answer = report === undefined ? exit.value : { ...exit.value, report }
    return render(answer, { fence, format: given.format ?? "markdown", maxBytes, nowMillis })
  }
  if (Cause.hasInterruptsOnly(exit.cause)) return yield* Effect.interrupt
  const error = Cause.squash(exit.cause)
  if (error instanceof Refusal) {
    if (error.isFault === true) yield* yield* OnFault
    return renderRefusal(error.message)
  }
  yield* yield* OnFault
  yield* Effect.logError(`${name} failed`, Cause.pretty(exit.cause))
  return renderRefusal(
    typeof error === "object" && error !== null && "_tag" in error && error._tag === "StoreError"
      ? `The store could not be read: ${(error as unknown as Error).message}`
      : "Internal error. It is in the server's log."
  )
})

const isAskersFault = ({ code }: ProtocolError): boolean => code !== ProtocolErrorCode.InternalError

const lists = ["tools/list", "resources/list", "resources/templates/list", "prompts/list"] as const

/** Makes servers that work with these services. */
export const serverMaker = (context: Context.Context<McpServices>) => {
  const run = Effect.runPromiseExitWith(context)

  /** A promise of what a program answers, for the SDK's handlers. */
  const promised = async <A>(
    program: Effect.Effect<A, ProtocolError, McpServices>,
    signal: AbortSignal
  ): Promise<A> => {
    const exit = await run(program, { signal })
    if (Exit.isSuccess(exit)) return exit.value
    const error = Cause.squash(exit.cause)
    if (!Cause.hasInterruptsOnly(exit.cause) && !(error instanceof ProtocolError && isAskersFault(error)))
      await run(Effect.flatten(OnFault))
    if (error instanceof ProtocolError) throw error
    throw new ProtocolError(ProtocolErrorCode.InternalError, "Internal error")
  }

  return (caller: Caller): Server => {
    const server = new Server(
      { name: "nightaudit", title: "Night Audit", version },
      {
        capabilities: { tools: {}, resources: {}, prompts: {}, completions: {}, extensions: { [uiExtension]: {} } },
        instructions: instructionsFor(caller),
        // What is offered changes only when the server does.
        cacheHints: Object.fromEntries(lists.map((method) => [method, { ttlMs: 3_600_000, cacheScope: "private" }]))
      }
    )
    // Said with each request, or once in a session. The type of what comes with a request has no names.
    const showsThem = ({ mcpReq }: ServerContext) => {
      const said = mcpReq.envelope as Readonly<Record<string, ClientCapabilities>> | undefined
      return showsViews(said?.[CLIENT_CAPABILITIES_META_KEY] ?? server.getClientCapabilities())
    }
    const offered = definitions.filter(({ tool }) => caller.tools.has(tool.name))
    const tools = offered.map(({ tool }) => tool)
    const drawn = offered.map((listed) => (listed.view === true ? { ...listed.tool, _meta: toolMeta } : listed.tool))
    // Whoever may show views, and did not say, is told of them: a client without views reads no further than it understands.
    server.setRequestHandler(
      "tools/list",
      (_, context) => ({ tools: showsThem(context) === false ? tools : drawn }) as any
    )
    server.setRequestHandler("tools/call", async (request, context) => {
      const token = request.params._meta?.progressToken
      const progress: Call["progress"] = (done, total, message) =>
        token === undefined
          ? Effect.void
          : Effect.ignore(
              Effect.tryPromise(() =>
                context.mcpReq.notify({
                  method: "notifications/progress",
                  // How much there is to do is not always known at the beginning.
                  params: { progressToken: token, progress: done, message, ...(total > 0 ? { total } : {}) }
                })
              )
            )
      const shows = showsThem(context) === true ? "view" : "text"
      const program = callTool(request.params.name, request.params.arguments, caller, { progress, shows })
      return (await promised(program, context.mcpReq.signal)) as any
    })
    server.setRequestHandler(
      "resources/list",
      (_, context) => ({ resources: showsThem(context) === false ? resources : [...resources, viewResource] }) as any
    )
    server.setRequestHandler("resources/templates/list", () => ({ resourceTemplates }) as any)
    server.setRequestHandler(
      "resources/read",
      async ({ params }, context) => (await promised(readResource(params.uri, caller), context.mcpReq.signal)) as any
    )
    server.setRequestHandler("prompts/list", () => ({ prompts: promptDefinitions }) as any)
    server.setRequestHandler(
      "prompts/get",
      async ({ params }, context) =>
        (await promised(getPrompt(params.name, params.arguments, caller), context.mcpReq.signal)) as any
    )
    server.setRequestHandler(
      "completion/complete",
      async ({ params }, context) => (await promised(completed(params, caller), context.mcpReq.signal)) as any
    )
    return server
  }
}
