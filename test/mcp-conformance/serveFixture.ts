/** Serves the fixture on a free port of loopback by the product's own entry, and prints its address. */
import * as Effect from "effect/Effect"
import { makeCallerOf } from "../../mcp/http/authenticate.ts"
import { type Served, serveHttp } from "../../mcp/http/serve.ts"
import { eventStore, makeFixture } from "../mcp/fixture.ts"

const program = Effect.gen(function* () {
  const callerOf = yield* makeCallerOf({
    mcp: { apiKeys: [], toolsets: ["all"] },
    host: "127.0.0.1",
    trustAws: false
  })
  const served: Served = yield* serveHttp({
    host: "127.0.0.1",
    port: 0,
    version: "0",
    callerOf,
    makeServer: makeFixture(() => served.notify),
    health: async () => undefined,
    sessions: true,
    allowedHosts: [],
    allowedOrigins: [],
    maxSessions: 100,
    idleMillis: 600_000,
    log: console.error,
    resumption: { eventStore, retryMillis: 500 }
  })
  console.log(`http://127.0.0.1:${served.port}/mcp`)
  return yield* Effect.never
})

Effect.runFork(Effect.scoped(program))
