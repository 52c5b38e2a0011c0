/** The product's HTTP entry on loopback with a small server behind it, and requests of any making. */
import { request } from "node:http"
import { ProtocolError, Server } from "@modelcontextprotocol/server"
import * as Effect from "effect/Effect"
import type { McpConfig } from "../../core/config/mcp.ts"
import type { Caller } from "../../mcp/Caller.ts"
import { makeCallerOf } from "../../mcp/http/authenticate.ts"
import { type ServeOptions, serveHttp } from "../../mcp/http/serve.ts"

type Run = (args: any, context: any) => unknown

const textOf = (text: string) => ({ content: [{ type: "text", text }] })

/** A server with a tool that says who asks, and others. */
export const smallServer =
  (tools: Record<string, Run> = {}) =>
  (caller: Caller): Server => {
    const server = new Server({ name: "small", version: "1" }, { capabilities: { tools: {} } })
    const all: Record<string, Run> = {
      whoami: () =>
        textOf(JSON.stringify({ name: caller.name, accounts: caller.accounts, tools: [...caller.tools].length })),
      ...tools
    }
    server.setRequestHandler(
      "tools/list",
      () => ({ tools: Object.keys(all).map((name) => ({ name, inputSchema: { type: "object" } })) }) as any
    )
    server.setRequestHandler("tools/call", (async (called: any, context: any) => {
      const run = all[called.params.name]
      if (run === undefined) throw new ProtocolError(-32602, `Unknown tool: ${called.params.name}`)
      return run(called.params.arguments, context)
    }) as any)
    return server
  }

export interface Answer {
  readonly status: number
  readonly headers: Record<string, string | Array<string> | undefined>
  readonly text: string
  /** The message in the body, which may be an event of a stream. */
  readonly message: any
}

export interface Ask {
  readonly method?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer | object | undefined
}

const messageOf = (text: string): unknown => {
  const data = /^data: (\{.*)$/m.exec(text)?.[1] ?? text
  try {
    return JSON.parse(data)
  } catch {
    return undefined
  }
}

/** Sends a request as it is given; Node's fetch would set its own Host. */
export const ask = (port: number, { body, headers = {}, method, path = "/mcp" }: Ask): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const sent = request(
      {
        host: "127.0.0.1",
        port,
        path,
        method: method ?? (body === undefined ? "GET" : "POST"),
        agent: false,
        headers: {
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          accept: "application/json, text/event-stream",
          ...headers
        }
      },
      (response) => {
        let text = ""
        response.setEncoding("utf8")
        response.on("data", (chunk: string) => (text += chunk))
        response.on("error", reject)
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text, message: messageOf(text) })
        )
      }
    )
    sent.on("error", reject)
    sent.end(body === undefined || typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body))
  })

export const initialize = {
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "test", version: "1" } }
}

/** A call of a tool as clients of 2026-07-28 send it. */
export const call = (name: string, args: object = {}, version = "2026-07-28"): Ask => ({
  headers: { "mcp-protocol-version": version, "mcp-method": "tools/call", "mcp-name": name },
  body: {
    jsonrpc: "2.0",
    id: 7,
    method: "tools/call",
    params: {
      name,
      arguments: args,
      _meta: {
        "io.modelcontextprotocol/protocolVersion": version,
        "io.modelcontextprotocol/clientInfo": { name: "test", version: "1" },
        "io.modelcontextprotocol/clientCapabilities": {}
      }
    }
  }
})

/** A call of a tool in a session of 2025. */
export const callIn = (session: string, name = "whoami", id: number | string = 2): Ask => ({
  headers: { "mcp-session-id": session, "mcp-protocol-version": "2025-11-25" },
  body: { jsonrpc: "2.0", id, method: "tools/call", params: { name, arguments: {} } }
})

export const nobody: Pick<McpConfig, "apiKeys" | "issuer" | "toolsets"> = { apiKeys: [], toolsets: ["all"] }

/** Serves until the scope ends; `logged` collects what goes wrong on our side. */
export const entry = Effect.fnUntraced(function* (
  options: Partial<ServeOptions> & { readonly mcp?: typeof nobody; readonly tools?: Record<string, Run> } = {}
) {
  const { mcp = nobody, tools, ...others } = options
  const logged: Array<unknown> = []
  const callerOf = yield* makeCallerOf({ mcp, host: "127.0.0.1", trustAws: false })
  const served = yield* serveHttp({
    host: "127.0.0.1",
    port: 0,
    version: "1.2.3",
    callerOf,
    makeServer: smallServer(tools),
    health: async () => undefined,
    issuer: mcp.issuer,
    sessions: true,
    allowedHosts: [],
    allowedOrigins: [],
    maxSessions: 100,
    idleMillis: 60_000,
    log: (error) => void logged.push(error),
    ...others
  })
  const send = (asked: Ask) => Effect.promise(() => ask(served.port, asked))
  return { ...served, logged, send }
})

/** What `whoami` has answered. */
export const who = ({ message }: Answer): { name: string; accounts: ReadonlyArray<string> | null; tools: number } =>
  JSON.parse(message.result.content[0].text)
