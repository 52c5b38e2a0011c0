/** The server as one Lambda function, for the calls of an AgentCore Gateway and for HTTP. It keeps nothing between events. */
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { ConfigError } from "../../core/config/ConfigError.ts"
import type { McpConfig } from "../../core/config/mcp.ts"
import { Store } from "../../core/store/Store.ts"
import { version } from "../../core/version.ts"
import { renderRefusal } from "../answer/Answer.ts"
import { variable } from "../../core/variable.ts"
import { decodeMcp, deployedMcp } from "../environment.ts"
import { type CallerOf, makeCallerOf } from "../http/authenticate.ts"
import { makeEndpoint } from "../http/endpoint.ts"
import { refusal } from "../http/refusal.ts"
import { OnFault } from "../OnFault.ts"
import { type McpServices, serverMaker } from "../server.ts"
import { toolNames } from "../toolsets.ts"
import { answerGateway, gatewayCallOf, isGateway, toolOf } from "./gateway.ts"
import { answerOf, awsPrincipalOf, bodyOf, type HttpAnswer, type HttpEvent, httpEventOf, requestOf } from "./http.ts"

/** What Lambda calls. It rejects only where the event is none that it knows. */
export type Handler = (event: unknown, context: unknown) => Promise<unknown>

export interface LambdaConfig {
  readonly mcp: McpConfig
  /** Whether tokens name the accounts that their owners see. */
  readonly claimed: boolean
}

/**
 * The configuration from the environment: `NIGHTAUDIT_MCP` is the `mcp` of the configuration file in JSON, the defaults without it.
 * With `NIGHTAUDIT_ACCOUNTS_CLAIM` or a claim of the issuer, a gateway has to say which accounts its caller sees.
 */
export const readLambdaConfig: Effect.Effect<LambdaConfig, ConfigError> = Effect.gen(function* () {
  const mcp = (yield* deployedMcp) ?? (yield* decodeMcp({}))
  const claim = (yield* variable("NIGHTAUDIT_ACCOUNTS_CLAIM")) ?? mcp.issuer?.accountsClaim
  return { mcp, claimed: claim !== undefined }
})

/** An event of some other kind. */
class UnknownEvent extends Data.TaggedError("UnknownEvent")<{ readonly message: string }> {}

interface Asked {
  readonly method: string | undefined
  readonly tool: string | undefined
}

/** What a request asks for, as far as that can be read. */
const askedIn = (body: string | undefined): Asked => {
  try {
    const { method, params } = JSON.parse(body ?? "") as { method?: unknown; params?: { name?: unknown } }
    const tool = method === "tools/call" ? params?.name : undefined
    return {
      method: typeof method === "string" ? method : undefined,
      tool: typeof tool === "string" ? tool : undefined
    }
  } catch {
    return { method: undefined, tool: undefined }
  }
}

/**
 * Makes the handler of a process. Fails with one line where it is configured for something that there is not. `measure` hears of each
 * event when it is answered, and whether the answer is wrong through the server's own fault.
 */
export const makeHandler = Effect.fn("makeHandler")(function* (
  { claimed, mcp }: LambdaConfig,
  measure: (failed: boolean) => Effect.Effect<void> = () => Effect.void
): Effect.fn.Return<Handler, ConfigError, McpServices> {
  // An instance has one event at a time, so that what was counted while one was answered belongs to it.
  let faults = 0
  const onFault = Effect.sync(() => void (faults += 1))
  const context = Context.add(yield* Effect.context<McpServices>(), OnFault, onFault)
  const clock = yield* Effect.clockWith(Effect.succeed)
  const store = yield* Store
  const run = Effect.runPromiseWith(context)

  // AWS vouches for whoever it lets in, and nobody but AWS writes that into an event.
  const host = "the function"
  const ofAws = yield* makeCallerOf({
    mcp: { apiKeys: [], toolsets: mcp.toolsets, writes: mcp.writes },
    host,
    trustAws: true
  })
  const isOpen = mcp.issuer === undefined && mcp.apiKeys.length === 0
  const ofBearer: CallerOf = isOpen
    ? async () =>
        refusal(
          403,
          -32000,
          "Nobody says who asks: give the function URL the authorization type AWS_IAM, or configure mcp.issuer or mcp.apiKeys"
        )
    : yield* makeCallerOf({ mcp, host, trustAws: false })
  const callerOf: CallerOf = (asking) => (asking.awsPrincipal === undefined ? ofBearer(asking) : ofAws(asking))
  // That these toolsets exist is checked above.
  const tools = toolNames([], mcp.toolsets, mcp)

  const endpoint = makeEndpoint({
    version,
    callerOf,
    makeServer: serverMaker(context),
    health: () => run(Effect.asVoid(store.runs(1))),
    issuer: mcp.issuer,
    sessions: false,
    // AWS has found the function by its host already.
    allowedHosts: mcp.hosts.length === 0 ? ["*"] : mcp.hosts,
    allowedOrigins: mcp.origins,
    maxSessions: 0,
    idleMillis: 0,
    // An instance has one event at a time.
    maxRequests: Number.POSITIVE_INFINITY,
    now: () => clock.currentTimeMillisUnsafe(),
    log: (error) => void run(Effect.andThen(onFault, Effect.logError("a request failed", error)))
  })

  /** One line for each event. What is no tool of ours is not written down: it could be anything. */
  const log = (started: number, tool: string | undefined, said: Readonly<Record<string, unknown>>) =>
    Effect.logInfo("answered").pipe(
      Effect.annotateLogs({
        ...said,
        tool: tool === undefined ? null : tools.has(tool) ? tool : "unknown",
        ms: Math.round((performance.now() - started) * 10) / 10
      })
    )

  const gateway = Effect.fnUntraced(function* (event: unknown, lambda: unknown) {
    const started = performance.now()
    const faultsBefore = faults
    const call = gatewayCallOf(lambda)
    const answer = Result.isFailure(call)
      ? renderRefusal(call.failure.message)
      : yield* answerGateway(event, call.success, { claimed, tools })
    const tool = Result.isFailure(call) ? undefined : toolOf(call.success)
    yield* log(started, tool, { entry: "gateway", isError: answer.isError === true })
    yield* measure(faults > faultsBefore)
    return answer
  })

  const fetched = async (event: HttpEvent, body: string | undefined, { method }: Asked): Promise<HttpAnswer> => {
    let request: Request
    try {
      request = requestOf(event, body)
    } catch {
      return answerOf(refusal(400, -32600, "Invalid Request"))
    }
    const response = await endpoint.fetch(request, awsPrincipalOf(event))
    if (!response.ok || method !== "subscriptions/listen") return answerOf(response)
    // Lambda sends an answer when it is over, and this one never is.
    await response.body?.cancel()
    return answerOf(refusal(404, -32601, "Method not found: a function cannot stream; ask again instead"))
  }

  const http = Effect.fnUntraced(function* (event: HttpEvent) {
    const started = performance.now()
    const faultsBefore = faults
    const body = bodyOf(event)
    const asked = askedIn(body)
    const answer = yield* Effect.promise(() => fetched(event, body, asked))
    yield* log(started, asked.tool, {
      entry: "http",
      status: answer.statusCode,
      // In a text within JSON its quotes are escaped.
      isError: answer.statusCode >= 400 || answer.body.includes('"isError":true')
    })
    yield* measure(faults > faultsBefore || answer.statusCode >= 500)
    return answer
  })

  return (event, lambda) => {
    if (isGateway(lambda)) return run(gateway(event, lambda))
    const httpEvent = httpEventOf(event)
    if (httpEvent !== undefined) return run(http(httpEvent))
    const message =
      "The event is neither a tool call of an AgentCore Gateway nor an HTTP request of a function URL or an API Gateway (payload 2.0)"
    return Promise.reject(new UnknownEvent({ message }))
  }
})
