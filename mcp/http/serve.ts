/** The endpoint on a port of this machine. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import type { ReadableStream as NodeStream } from "node:stream/web"
import type { ServerNotifier } from "@modelcontextprotocol/server"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { ConfigError } from "../../core/config/ConfigError.ts"
import { type EndpointOptions, makeEndpoint } from "./endpoint.ts"
import { refusal } from "./refusal.ts"

export interface ServeOptions extends Omit<EndpointOptions, "maxRequests" | "now"> {
  readonly host: string
  /** 0 for any that is free. */
  readonly port: number
  /** Default: 256. */
  readonly maxRequests?: number
  /** How long requests in flight may take when the server ends. Default: ten seconds. */
  readonly graceMillis?: number
}

export interface Served {
  readonly port: number
  readonly notify: ServerNotifier
  readonly sessionCount: () => number
}

/** The body of a request, read only when somebody asks for it. Whoever stops reading leaves the connection to the answer. */
const bodyOf = (incoming: IncomingMessage): ReadableStream<Uint8Array> => {
  let isReading = false
  return new ReadableStream<Uint8Array>(
    {
      pull: (controller) => {
        if (isReading) return void incoming.resume()
        isReading = true
        incoming.on("data", (chunk: Buffer) => {
          controller.enqueue(chunk)
          incoming.pause()
        })
        incoming.on("end", () => controller.close())
        incoming.on("error", (error) => controller.error(error))
        incoming.on("close", () => {
          if (!incoming.complete) controller.error(new Error("The request was cut off"))
        })
      },
      cancel: () => {
        incoming.removeAllListeners("data").removeAllListeners("end").removeAllListeners("close")
        incoming.resume()
      }
    },
    { highWaterMark: 0 }
  )
}

const requestOf = (incoming: IncomingMessage, signal: AbortSignal): Request | undefined => {
  const { headers, method = "GET", url = "/" } = incoming
  // Anything else would move the path.
  if (!/^[\w.\-:[\]]*$/.test(headers.host ?? "")) return undefined
  try {
    return new Request(`http://${headers.host ?? "localhost"}${url}`, {
      method,
      signal,
      headers: Object.entries(headers).flatMap(([name, value]) =>
        (Array.isArray(value) ? value : [value ?? ""]).map((one): [string, string] => [name, one])
      ),
      ...(method === "GET" || method === "HEAD" ? {} : { body: bodyOf(incoming), duplex: "half" })
    })
  } catch {
    // A path or a method that there is not.
    return undefined
  }
}

const respond = async (response: Response, outgoing: ServerResponse): Promise<void> => {
  outgoing.writeHead(response.status, Object.fromEntries(response.headers))
  if (response.body === null) return void outgoing.end()
  if (!response.headers.get("content-type")?.startsWith("text/event-stream"))
    return void outgoing.end(new Uint8Array(await response.arrayBuffer()))
  // A stream for news may have none for long, and its client waits for the headers.
  outgoing.flushHeaders()
  await pipeline(Readable.fromWeb(response.body as NodeStream), outgoing)
}

const handle = async (
  fetch: (request: Request) => Promise<Response>,
  incoming: IncomingMessage,
  outgoing: ServerResponse
): Promise<void> => {
  const gone = new AbortController()
  outgoing.on("close", () => {
    if (!outgoing.writableFinished) gone.abort()
  })
  const request = requestOf(incoming, gone.signal)
  const response = request === undefined ? refusal(400, -32600, "Invalid Request") : await fetch(request)
  // Whoever has gone needs no answer, and pipeline has told its source to stop.
  await respond(response, outgoing).catch(() => outgoing.destroy())
}

const whyNotListening = (error: NodeJS.ErrnoException, host: string, port: number): ConfigError => {
  const why =
    error.code === "EADDRINUSE"
      ? { path: "port", message: `port ${port} of ${host} is in use; choose another` }
      : error.code === "EACCES"
        ? { path: "port", message: `port ${port} may not be used by this user; choose one above 1023` }
        : { path: "host", message: `cannot listen on ${host}: ${error.code ?? "unknown error"}` }
  return new ConfigError({ file: null, problems: [why] })
}

/** How long a client may take to read the end of its answers when the server ends. */
const lastWordsMillis = 1_000

/** Waits for something, but not longer than this. */
const atMost = (millis: number, work: () => Promise<unknown>): Effect.Effect<unknown> =>
  // A finalizer cannot be interrupted; whoever loses this race must be.
  Effect.raceFirst(Effect.interruptible(Effect.promise(work)), Effect.interruptible(Effect.sleep(millis)))

/**
 * Serves until the scope ends. Then nothing new is taken, what is in flight has `graceMillis` to be answered, and sessions
 * and streams end.
 */
export const serveHttp = Effect.fn("serveHttp")(function* (
  options: ServeOptions
): Effect.fn.Return<Served, ConfigError, Scope.Scope> {
  const { graceMillis = 10_000, host, maxRequests = 256, port } = options
  const clock = yield* Effect.clockWith(Effect.succeed)
  const endpoint = makeEndpoint({ ...options, maxRequests, now: () => clock.currentTimeMillisUnsafe() })
  const handling = new Set<Promise<void>>()
  const server = createServer(
    // Who sends slowly is cut off: headers after ten seconds, a body after thirty.
    { headersTimeout: 10_000, requestTimeout: 30_000, connectionsCheckingInterval: 5_000, keepAliveTimeout: 65_000 },
    (incoming, outgoing) => {
      const handled = handle(endpoint.fetch, incoming, outgoing)
      handling.add(handled)
      void handled.finally(() => handling.delete(handled))
    }
  )
  // A session has a connection for news and one for requests.
  server.maxConnections = 2 * options.maxSessions + 2 * maxRequests

  yield* Effect.acquireRelease(
    Effect.callback<void, ConfigError>((resume) => {
      server.once("error", (error) => resume(Effect.fail(whyNotListening(error, host, port))))
      server.listen(port, host, () => resume(Effect.void))
    }),
    () =>
      Effect.gen(function* () {
        server.close()
        yield* atMost(graceMillis, () => endpoint.drain())
        yield* Effect.promise(() => endpoint.close())
        // What has been answered is still to be written.
        yield* atMost(lastWordsMillis, () => Promise.all(handling))
        server.closeAllConnections()
      })
  )
  const { port: bound } = server.address() as AddressInfo
  return { port: bound, notify: endpoint.notify, sessionCount: endpoint.sessionCount }
})
