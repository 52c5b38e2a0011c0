/**
 * What an AgentCore Gateway does in front of its Lambda target: it hands each request to the REQUEST interceptor, answers lists of
 * tools itself, and makes the event of a call. Its inbound authorization and its semantic search are not here: no token is
 * verified, because whoever reaches loopback sees everything at /mcp as well. Sources: shared/facts/agentcore.md 1, aws-limits.md 8.
 */
import { randomUUID } from "node:crypto"
import { createMcpHandler, DEFAULT_MAX_REQUEST_BODY_SIZE, readRequestBody, Server } from "@modelcontextprotocol/server"
import { version } from "../../core/version.ts"
import { refusal } from "../../mcp/http/refusal.ts"

/** The target's name, before each tool's. */
const target = "nightaudit"

export interface GatewayOptions {
  /** Tools as the gateway's tool file has them. */
  readonly tools: ReadonlyArray<{ readonly name: string }>
  /** Headers that the target lets through, in lower case. */
  readonly allowedHeaders: ReadonlyArray<string>
  readonly intercept: (event: unknown) => Promise<unknown>
  readonly invoke: (event: unknown, context: unknown) => Promise<unknown>
}

type Headers_ = Readonly<Record<string, string>>

interface Transformed {
  readonly headers: Headers_
  readonly body: unknown
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** What the interceptor makes of a request; undefined when its answer is none, and the request goes no further. */
const transformedIn = (answer: unknown): Transformed | undefined => {
  const mcp = isRecord(answer) && answer["interceptorOutputVersion"] === "1.0" ? answer["mcp"] : undefined
  const request = isRecord(mcp) ? mcp["transformedGatewayRequest"] : undefined
  if (!isRecord(request) || !isRecord(request["body"])) return undefined
  const headers = isRecord(request["headers"]) ? request["headers"] : {}
  return {
    body: request["body"],
    headers: Object.fromEntries(
      Object.entries(headers).flatMap(([name, value]) =>
        typeof value === "string" ? [[name.toLowerCase(), value] as const] : []
      )
    )
  }
}

/** Answers `POST /gateway`; it never rejects. */
export const makeGateway = ({ allowedHeaders, intercept, invoke, tools }: GatewayOptions) => {
  const listed = tools.map((tool) => ({ ...tool, name: `${target}___${tool.name}` }))
  const serverOf = (headers: Headers_): Server => {
    const server = new Server({ name: "gateway", version }, { capabilities: { tools: {} } })
    server.setRequestHandler("tools/list", () => ({ tools: listed }) as any)
    server.setRequestHandler("tools/call", async ({ params }) => {
      const passed = Object.entries(headers).filter(([name]) => allowedHeaders.includes(name))
      const custom = {
        bedrockAgentCoreToolName: params.name,
        bedrockAgentCoreMessageVersion: "1.0",
        bedrockAgentCoreAwsRequestId: randomUUID(),
        bedrockAgentCoreMcpMessageId: randomUUID(),
        bedrockAgentCoreGatewayId: "local",
        bedrockAgentCoreTargetId: target,
        bedrockAgentCorePropagatedHeaders: Object.fromEntries(passed)
      }
      return (await invoke(params.arguments ?? {}, { clientContext: { custom } })) as any
    })
    return server
  }
  // The request's headers come with it, and a server is made for each.
  const handler = createMcpHandler(({ authInfo }) => serverOf((authInfo?.extra?.["headers"] ?? {}) as Headers_), {
    legacy: "stateless"
  })

  const answer = async (request: Request): Promise<Response> => {
    if (request.method !== "POST") return refusal(405, -32000, "Method not allowed.", { allow: "POST" })
    const read = await readRequestBody(request, DEFAULT_MAX_REQUEST_BODY_SIZE)
    if (read.tooLarge) return refusal(413, -32000, `Payload Too Large: at most ${DEFAULT_MAX_REQUEST_BODY_SIZE} bytes`)
    let body: unknown
    try {
      body = JSON.parse(read.text)
    } catch {
      return refusal(400, -32700, "Parse error: the body is not valid JSON")
    }
    // The event of an interceptor has one message. Whether AgentCore takes the batches of 2025-03-26 is not known; later revisions have none.
    if (!isRecord(body)) {
      return refusal(
        400,
        -32600,
        `Invalid Request: expected one JSON-RPC message${Array.isArray(body) ? ", and no batch" : ""}`
      )
    }
    const headers = Object.fromEntries(request.headers)
    const transformed = transformedIn(
      await intercept({
        interceptorInputVersion: "1.0",
        mcp: {
          rawGatewayRequest: { body: read.text },
          gatewayRequest: { path: "/mcp", httpMethod: "POST", headers, body }
        }
      })
    )
    if (transformed === undefined) return refusal(500, -32603, "The interceptor's answer is none")
    return handler.fetch(new Request(request.url, { method: "POST", headers: request.headers }), {
      parsedBody: transformed.body,
      authInfo: { token: "", clientId: "gateway", scopes: [], extra: { headers: transformed.headers } }
    })
  }
  return {
    fetch: (request: Request): Promise<Response> => answer(request).catch(() => refusal(500, -32603, "Internal error")),
    close: () => handler.close()
  }
}
