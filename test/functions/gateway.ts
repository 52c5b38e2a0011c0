/** An AgentCore Gateway in this process: requests of MCP in, Lambda events out, with the REQUEST interceptor in between. */
import { handler as interceptor } from "../../functions/interceptor.ts"
import { accountsHeader } from "../../mcp/lambda/accountsHeader.ts"
import type { Handler } from "../../mcp/lambda/handler.ts"

export interface GatewayOptions {
  readonly handler: Handler
  /** False for a gateway whose interceptor somebody forgot. */
  readonly intercepted?: boolean
  /** Whether a header that the interceptor does not name goes on to the target. Reports differ on it. */
  readonly keepsOthers?: boolean
  /** False for a target that lets no header through. */
  readonly letsThrough?: boolean
}

export interface GatewayRequest {
  readonly name: string
  readonly arguments?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export const target = "nightaudit"

/** What the function's context says of a call. */
export const contextOf = (toolName: unknown, headers?: unknown) => ({
  awsRequestId: "5f0c1b7a-0000-4000-8000-000000000000",
  clientContext: {
    custom: {
      bedrockAgentCoreToolName: toolName,
      bedrockAgentCoreMessageVersion: "1.0",
      bedrockAgentCoreAwsRequestId: "5f0c1b7a-0000-4000-8000-000000000001",
      bedrockAgentCoreMcpMessageId: "1",
      bedrockAgentCoreGatewayId: "gateway-1",
      bedrockAgentCoreTargetId: "TARGET1",
      ...(headers === undefined ? {} : { bedrockAgentCorePropagatedHeaders: headers })
    }
  }
})

/** Calls a tool through the gateway as a client with these headers does, and gives the tool's result. */
export const throughGateway = async (
  { handler, intercepted = true, keepsOthers = false, letsThrough = true }: GatewayOptions,
  { arguments: given, headers = {}, name }: GatewayRequest
): Promise<any> => {
  const sent = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
  const body = {
    jsonrpc: "2.0",
    id: 1,
    method: "tools/call",
    params: { name: `${target}___${name}`, arguments: given }
  }
  const event = {
    interceptorInputVersion: "1.0",
    mcp: {
      rawGatewayRequest: { body: JSON.stringify(body) },
      gatewayRequest: { path: "/mcp", httpMethod: "POST", headers: sent, body }
    }
  }
  // Over the wire, as JSON.
  const { mcp } = intercepted
    ? JSON.parse(JSON.stringify(await interceptor(JSON.parse(JSON.stringify(event)))))
    : { mcp: { transformedGatewayRequest: { headers: sent, body } } }
  const changed = mcp.transformedGatewayRequest
  const all: Record<string, string> = keepsOthers ? { ...sent, ...changed.headers } : changed.headers
  const propagated = Object.fromEntries(
    Object.entries(all).filter(([name]) => letsThrough && name.toLowerCase() === accountsHeader)
  )
  const { params } = changed.body
  return handler(JSON.parse(JSON.stringify(params.arguments ?? {})), contextOf(params.name, propagated))
}

/** A token that the gateway has verified. */
export const tokenWith = (claims: unknown): string => {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url")
  return `Bearer ${part({ alg: "RS256", kid: "1" })}.${part(claims)}.c2lnbmF0dXJl`
}
