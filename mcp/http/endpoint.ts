/**
 * The server's address as a function from a request to a response: `/mcp` and `/mcp/<toolsets>`, `/ping`, `/health` and what
 * tells a client where to log in. Protocol 2026-07-28 has no state. Clients of 2025 get sessions, each bound to who made it.
 */
import { randomUUID } from "node:crypto"
import {
  type AuthInfo,
  createMcpHandler,
  DEFAULT_MAX_REQUEST_BODY_SIZE,
  type EventStore,
  isInitializeRequest,
  isJsonContentType,
  isLegacyRequest,
  localhostAllowedHostnames,
  localhostAllowedOrigins,
  readRequestBody,
  type Server,
  type ServerNotifier,
  validateHostHeader,
  validateOriginHeader,
  WebStandardStreamableHTTPServerTransport
} from "@modelcontextprotocol/server"
import type { IssuerConfig } from "../../core/config/mcp.ts"
import type { Caller } from "../Caller.ts"
import { type CallerOf, resourceOf } from "./authenticate.ts"
import { refusal } from "./refusal.ts"

export interface EndpointOptions {
  readonly version: string
  readonly callerOf: CallerOf
  /** Made for each request, and for each session of 2025. */
  readonly makeServer: (caller: Caller) => Server
  /** Rejects with a reason in one line when answers cannot be given. */
  readonly health: () => Promise<void>
  /** Named to clients that have no token. */
  readonly issuer?: IssuerConfig | undefined
  /** Off where whatever stands in front invents session ids, as the AgentCore Runtime does: then no client has a state. */
  readonly sessions: boolean
  /** Names that the server goes by, without port; `*` for any. None: those of loopback. */
  readonly allowedHosts: ReadonlyArray<string>
  /** Host names of the pages that may ask. None: those of loopback. */
  readonly allowedOrigins: ReadonlyArray<string>
  readonly maxSessions: number
  /** A session that nobody uses is gone after this. */
  readonly idleMillis: number
  /** Exchanges at the same time; streams that only wait for news do not count. */
  readonly maxRequests: number
  readonly now: () => number
  /** Answers what else there is at this address, to whoever may ask by its host and origin; undefined for what it does not know. */
  readonly beside?: ((request: Request) => Promise<Response | undefined>) | undefined
  /** For what went wrong on our side. */
  readonly log: (error: unknown) => void
  /** Keeps what a session of 2025 was sent, for a client that was cut off. Absent: it is not sent again. */
  readonly resumption?: { readonly eventStore: () => EventStore; readonly retryMillis: number } | undefined
}

export interface Endpoint {
  /** Answers whatever comes; it never rejects. */
  readonly fetch: (request: Request, awsPrincipal?: string) => Promise<Response>
  /** Tells subscribers of 2026-07-28 what has changed. */
  readonly notify: ServerNotifier
  readonly sessionCount: () => number
  /** From now on every request is refused; resolves when those in flight are answered. */
  readonly drain: () => Promise<void>
  /** Ends every session and stream. */
  readonly close: () => Promise<void>
}

/** Deeper than any request; what goes through JSON by recursion has no stack for a thousand times as much. */
const maxDepth = 64

const json = (status: number, body: object, headers: Readonly<Record<string, string>> = {}): Response =>
  Response.json(body, { status, headers: { "cache-control": "no-store", ...headers } })

const quote = 0x22
const backslash = 0x5c

/** Whether a text in JSON is nested deeper than any request. Counts brackets outside of strings, whatever else it holds. */
const isTooDeep = (text: string): boolean => {
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case quote: {
        for (at++; at < text.length && text.charCodeAt(at) !== quote; at++) if (text.charCodeAt(at) === backslash) at++
        break
      }
      case 0x5b:
      case 0x7b: {
        if (++depth > maxDepth) return true
        break
      }
      case 0x5d:
      case 0x7d: {
        depth--
      }
    }
  }
  return false
}

/** The value of a request's body, or the answer that refuses it. */
const bodyOf = async (request: Request): Promise<{ readonly value: unknown } | Response> => {
  if (!isJsonContentType(request.headers.get("content-type")))
    return refusal(415, -32000, "Unsupported Media Type: Content-Type must be application/json")
  const read = await readRequestBody(request, DEFAULT_MAX_REQUEST_BODY_SIZE)
  if (read.tooLarge)
    return refusal(413, -32000, `Payload Too Large: at most ${DEFAULT_MAX_REQUEST_BODY_SIZE} bytes`, {
      connection: "close"
    })
  if (isTooDeep(read.text)) return refusal(400, -32600, `Invalid Request: nested deeper than ${maxDepth} levels`)
  try {
    return { value: JSON.parse(read.text) }
  } catch {
    return refusal(400, -32700, "Parse error: the body is not valid JSON")
  }
}

/** The same response, with a word when its last byte is taken or nobody wants it any more. */
const watched = (response: Response, onEnd: () => void): Response => {
  if (response.body === null) {
    onEnd()
    return response
  }
  const reader = response.body.getReader()
  const body = new ReadableStream<Uint8Array>(
    {
      pull: (controller) =>
        reader.read().then(
          ({ done, value }) => {
            if (!done) return controller.enqueue(value)
            onEnd()
            controller.close()
          },
          (error: unknown) => {
            onEnd()
            controller.error(error)
          }
        ),
      cancel: (reason) => {
        onEnd()
        return reader.cancel(reason)
      }
    },
    { highWaterMark: 0 }
  )
  return new Response(body, { status: response.status, headers: response.headers })
}

const once = (action: () => void): (() => void) => {
  let done = false
  return () => {
    if (!done) action()
    done = true
  }
}

/** What tells two callers apart: who, whose results and which tools. */
const keyOf = ({ accounts, name, tools }: Caller): string =>
  JSON.stringify([name, accounts === null ? null : [...accounts].sort(), [...tools].sort()])

interface Session {
  readonly owner: string
  readonly transport: WebStandardStreamableHTTPServerTransport
  /** Exchanges that are not over, the stream for news among them. */
  open: number
  /** When it was last used, in milliseconds. */
  seen: number
}

/** The sessions of the clients of 2025: as many as are allowed, and none longer than it is used. */
const makeSessions = ({ idleMillis, makeServer, maxSessions, now, resumption }: EndpointOptions) => {
  // In the order of their last use.
  const sessions = new Map<string, Session>()
  let opening = 0

  const dropExpired = () => {
    const oldest = now() - idleMillis
    for (const [id, { open, seen, transport }] of sessions) {
      if (seen > oldest) return
      if (open > 0) continue
      sessions.delete(id)
      void transport.close()
    }
  }

  const use = async (id: string, session: Session, request: Request, parsedBody: unknown): Promise<Response> => {
    const touch = () => {
      session.seen = now()
      if (sessions.delete(id)) sessions.set(id, session)
    }
    touch()
    session.open++
    const end = once(() => {
      session.open--
      touch()
    })
    try {
      return watched(await session.transport.handleRequest(request, { parsedBody }), end)
    } catch (error) {
      end()
      throw error
    }
  }

  const open = async (caller: Caller, request: Request, parsedBody: unknown): Promise<Response> => {
    if (sessions.size + opening >= maxSessions)
      return refusal(503, -32000, "Too many sessions: end one, or try again later", { "retry-after": "60" })
    opening++
    try {
      const server = makeServer(caller)
      const transport = new WebStandardStreamableHTTPServerTransport({
        sessionIdGenerator: randomUUID,
        onsessioninitialized: (id) => void sessions.set(id, { owner: keyOf(caller), transport, open: 0, seen: now() }),
        ...(resumption === undefined
          ? {}
          : { eventStore: resumption.eventStore(), retryInterval: resumption.retryMillis })
      })
      await server.connect(transport)
      const response = await transport.handleRequest(request, { parsedBody })
      if (transport.sessionId === undefined) await server.close()
      return response
    } finally {
      opening--
    }
  }

  return {
    count: () => sessions.size,
    fetch: async (caller: Caller, request: Request, parsedBody: unknown): Promise<Response> => {
      dropExpired()
      const id = request.headers.get("mcp-session-id")
      if (id === null) {
        return isInitializeRequest(parsedBody)
          ? open(caller, request, parsedBody)
          : refusal(400, -32000, "Bad Request: Mcp-Session-Id header is required")
      }
      const session = sessions.get(id)
      // Whether another has a session of that id is not for a caller to learn.
      if (session === undefined || session.owner !== keyOf(caller)) return refusal(404, -32001, "Session not found")
      const response = await use(id, session, request, parsedBody)
      if (request.method === "DELETE" && response.ok) sessions.delete(id)
      return response
    },
    close: async () => {
      const all = [...sessions.values()]
      sessions.clear()
      await Promise.all(all.map(({ transport }) => transport.close()))
    }
  }
}

const metadataPath = "/.well-known/oauth-protected-resource"

/** RFC 9728: where a client that has no token gets one. */
const metadataOf = (issuer: IssuerConfig, url: URL): Response => {
  const path = url.pathname.slice(metadataPath.length)
  return json(
    200,
    {
      resource: resourceOf(new URL(path === "" || path === "/" ? "/mcp" : path, url)).href,
      authorization_servers: [issuer.url],
      bearer_methods_supported: ["header"],
      ...(issuer.scopes === undefined ? {} : { scopes_supported: issuer.scopes }),
      resource_name: "Night Audit"
    },
    // It is for everybody, pages included.
    { "access-control-allow-origin": "*" }
  )
}

const callerIn = (authInfo: AuthInfo | undefined): Caller => authInfo?.extra?.["caller"] as Caller

export const makeEndpoint = (options: EndpointOptions): Endpoint => {
  const { allowedHosts, allowedOrigins, beside, callerOf, health, issuer, log, makeServer, maxRequests, version } =
    options
  const hosts = allowedHosts.length === 0 ? localhostAllowedHostnames() : [...allowedHosts]
  const origins = allowedOrigins.length === 0 ? localhostAllowedOrigins() : [...allowedOrigins]
  const handler = createMcpHandler(
    ({ authInfo }) => {
      try {
        return makeServer(callerIn(authInfo))
      } catch (error) {
        // The SDK keeps it to itself.
        log(error)
        throw error
      }
    },
    { legacy: options.sessions ? "reject" : "stateless" }
  )
  const sessions = makeSessions(options)

  let inFlight = 0
  let isDraining = false
  let onDrained: () => void = () => undefined

  const busy = () => refusal(503, -32000, "Too many requests at the same time: try again", { "retry-after": "1" })

  /** Whether whoever sent this may send it, judged by the headers that a browser sets and a page cannot. */
  const screen = (headers: Headers): Response | undefined => {
    const host = hosts.includes("*") ? undefined : validateHostHeader(headers.get("host"), hosts)
    if (host?.ok === false) return refusal(403, -32000, host.message)
    const origin = validateOriginHeader(headers.get("origin"), origins)
    return origin.ok ? undefined : refusal(403, -32000, origin.message)
  }

  const serve = async (caller: Caller, request: Request, parsedBody: unknown): Promise<Response> => {
    if (options.sessions && (await isLegacyRequest(request, parsedBody)))
      return sessions.fetch(caller, request, parsedBody)
    return handler.fetch(request, {
      // Only the caller is handed on; the token stays here.
      authInfo: { token: "", clientId: caller.name, scopes: [], extra: { caller } },
      ...(parsedBody === undefined ? {} : { parsedBody })
    })
  }

  /** A stream that waits for news is neither counted nor waited for. */
  const isWaiting = (request: Request, body: unknown): boolean =>
    request.method === "GET" || (body as { readonly method?: unknown } | null)?.method === "subscriptions/listen"

  const mcp = async (request: Request, url: URL, awsPrincipal: string | undefined): Promise<Response> => {
    const screened = screen(request.headers)
    if (screened !== undefined) return screened
    if (!["GET", "POST", "DELETE"].includes(request.method))
      return refusal(405, -32000, "Method not allowed.", { allow: "GET, POST, DELETE" })
    if (isDraining) return refusal(503, -32000, "The server is shutting down", { connection: "close" })
    if (inFlight >= maxRequests) return busy()
    inFlight++
    const end = once(() => {
      inFlight--
      if (isDraining && inFlight === 0) onDrained()
    })
    try {
      const caller = await callerOf({ headers: request.headers, url, awsPrincipal })
      if (caller instanceof Response) return watched(caller, end)
      const body = request.method === "POST" ? await bodyOf(request) : { value: undefined }
      if (body instanceof Response) return watched(body, end)
      const response = await serve(caller, request, body.value)
      if (isWaiting(request, body.value)) {
        end()
        return response
      }
      return watched(response, end)
    } catch (error) {
      end()
      throw error
    }
  }

  const answer = async (request: Request, awsPrincipal: string | undefined): Promise<Response> => {
    const url = new URL(request.url)
    const path = url.pathname
    if (path === "/mcp" || path.startsWith("/mcp/")) return mcp(request, url, awsPrincipal)
    const isMetadata = issuer !== undefined && (path === metadataPath || path.startsWith(`${metadataPath}/`))
    if (path !== "/ping" && path !== "/health" && !isMetadata)
      return (
        (beside === undefined ? undefined : (screen(request.headers) ?? (await beside(request)))) ??
        refusal(404, -32000, "Not found: the server is at /mcp")
      )
    if (request.method !== "GET" && request.method !== "HEAD")
      return refusal(405, -32000, "Method not allowed.", { allow: "GET, HEAD" })
    if (path === "/ping") return json(200, { status: "Healthy" })
    if (isMetadata) return metadataOf(issuer, url)
    return health().then(
      () => json(200, { status: "Healthy", version }),
      (reason: unknown) =>
        json(503, {
          status: "Unhealthy",
          version,
          reason: reason instanceof Error ? reason.message : "the store does not answer"
        })
    )
  }

  return {
    fetch: async (request, awsPrincipal) => {
      try {
        return await answer(request, awsPrincipal)
      } catch (error) {
        // The client went away while it was still sending.
        if (!request.signal.aborted) log(error)
        return refusal(500, -32603, "Internal error")
      }
    },
    notify: handler.notify,
    sessionCount: sessions.count,
    drain: () => {
      isDraining = true
      return inFlight === 0 ? Promise.resolve() : new Promise((resolve) => void (onDrained = resolve))
    },
    close: async () => {
      await Promise.all([sessions.close(), handler.close()])
    }
  }
}
