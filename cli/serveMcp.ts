/** The server on a port of this machine, with everything that goes wrong told on the screen. */
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { McpConfig } from "../core/config/mcp.ts"
import { Store } from "../core/store/Store.ts"
import { makeCallerOf } from "../mcp/http/authenticate.ts"
import { type ServeOptions, serveHttp } from "../mcp/http/serve.ts"
import { type McpServices, serverMaker } from "../mcp/server.ts"
import { version } from "../core/version.ts"
import { Screen } from "./Screen.ts"

/** Sessions of 2025 clients: so many at once, and so long without a request. */
const maxSessions = 1000
const idleMillis = 10 * 60_000

interface ServeMcpOptions extends Pick<ServeOptions, "host" | "port" | "sessions" | "beside"> {
  readonly mcp: McpConfig
  /** AWS IAM has checked every caller before it comes here. */
  readonly behindIam: boolean
}

/** Serves until the scope ends. */
export const serveMcp = Effect.fnUntraced(function* (
  context: Context.Context<McpServices>,
  { behindIam, mcp, ...options }: ServeMcpOptions
) {
  const screen = yield* Screen
  const run = Effect.runPromiseWith(context)
  const note = Effect.runSyncWith(context)
  return yield* serveHttp({
    ...options,
    version,
    callerOf: yield* makeCallerOf({ mcp, host: options.host, trustAws: behindIam }),
    makeServer: serverMaker(context),
    health: () => run(Effect.flatMap(Store, (store) => Effect.asVoid(store.runs(1)))),
    issuer: mcp.issuer,
    // Behind IAM, AWS has found the server by its name already.
    allowedHosts: mcp.hosts.length === 0 && behindIam ? ["*"] : mcp.hosts,
    allowedOrigins: mcp.origins,
    maxSessions,
    idleMillis,
    log: (error) => void note(screen.note(`mcp: ${error instanceof Error ? error.message : String(error)}`))
  })
})
