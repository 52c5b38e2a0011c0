import { createHash } from "node:crypto"
import { request } from "node:http"
import { connect } from "node:net"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import { type Answer, type Ask, ask, call, callIn, entry, initialize, nobody, smallServer, who } from "./entry.ts"

const hashed = (key: string) => createHash("sha256").update(key).digest("hex")
const apiKeys = [
  { name: "alice", sha256: hashed("a"), accounts: ["111111111111"] },
  { name: "bob", sha256: hashed("b"), accounts: ["111111111111"] }
]

const with_ = (asked: Ask, headers: Readonly<Record<string, string>>): Ask => ({
  ...asked,
  headers: { ...asked.headers, ...headers }
})
const as = (key: string, asked: Ask): Ask => with_(asked, { authorization: `Bearer ${key}` })

const sessionOf = ({ headers, status, text }: Answer): string => {
  assert.strictEqual(status, 200, text)
  const id = headers["mcp-session-id"]
  assert.isString(id)
  return id as string
}

/** Refused with the protocol's own error. */
const refused = (answer: Answer, status: number, code: number, message?: RegExp) => {
  assert.strictEqual(answer.status, status, answer.text)
  assert.strictEqual(answer.message?.jsonrpc, "2.0", answer.text)
  assert.strictEqual(answer.message.error.code, code)
  assert.isString(answer.message.error.message)
  if (message !== undefined) assert.match(answer.message.error.message, message)
}

/** What a promise waits for, and what lets it go on. */
const gate = () => {
  let open: () => void = () => undefined
  const opened = new Promise<void>((resolve) => void (open = resolve))
  return { open, opened }
}

/** A request whose answer is read as it comes; resolves with its headers. */
const stream = (port: number, { headers = {}, body }: Ask) =>
  Effect.promise(
    () =>
      new Promise<{ readonly status: number; readonly ended: Promise<void>; readonly leave: () => void }>(
        (resolve, reject) => {
          const sent = request(
            {
              host: "127.0.0.1",
              port,
              path: "/mcp",
              method: body === undefined ? "GET" : "POST",
              agent: false,
              headers: {
                ...(body === undefined ? {} : { "content-type": "application/json" }),
                accept: "application/json, text/event-stream",
                ...headers
              }
            },
            (response) => {
              const ended = new Promise<void>((done) => void response.on("close", done))
              response.on("error", () => undefined).resume()
              resolve({ status: response.statusCode ?? 0, ended, leave: () => void response.destroy() })
            }
          )
          sent.on("error", reject)
          sent.end(body === undefined ? undefined : JSON.stringify(body))
        }
      )
  )

/** Bytes over a connection, and all that comes back. */
const raw = (port: number, ...parts: ReadonlyArray<string>) =>
  Effect.promise(
    () =>
      new Promise<string>((resolve) => {
        let text = ""
        const socket = connect(port, "127.0.0.1", () => {
          for (const part of parts) socket.write(part)
        })
        socket.setEncoding("utf8")
        socket.on("data", (chunk: string) => (text += chunk))
        socket.on("error", () => undefined)
        socket.on("close", () => resolve(text))
      })
  )

setFlagsFromString("--expose-gc")
const collectGarbage: () => void = runInNewContext("gc")

/** What is left in memory after everything that nobody needs is gone. */
const heapBytes = (): number => {
  collectGarbage()
  return process.memoryUsage().heapUsed
}

const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`

describe("sessions of 2025", () => {
  it.effect("belong to who made them: another, other accounts or other tools find nothing", () =>
    Effect.gen(function* () {
      const others = [...apiKeys, { name: "alice", sha256: hashed("c"), accounts: ["222222222222"] }]
      const { send } = yield* entry({ mcp: { ...nobody, apiKeys: others } })
      const id = sessionOf(yield* send(as("a", { body: initialize })))
      assert.deepInclude(who(yield* send(as("a", callIn(id)))), { name: "API key alice", accounts: ["111111111111"] })
      const last = id.at(-1) === "0" ? "1" : "0"
      const strangers: ReadonlyArray<Ask> = [
        as("b", callIn(id)),
        as("c", callIn(id)),
        as("a", { ...callIn(id), path: "/mcp/core" }),
        as("a", with_(callIn(id), { "x-nightaudit-toolsets": "core" })),
        as("a", callIn(`${id.slice(0, -1)}${last}`)),
        as("a", callIn("")),
        as("a", callIn("../../etc/passwd")),
        as("a", callIn("x".repeat(10_000))),
        as("b", { method: "DELETE", headers: { "mcp-session-id": id } }),
        as("b", { headers: { "mcp-session-id": id } })
      ]
      for (const stranger of strangers) refused(yield* send(stranger), 404, -32001, /^Session not found$/)
      assert.strictEqual((yield* send(callIn(id))).status, 401)
      assert.strictEqual((yield* send(as("a", callIn(id)))).status, 200)
    })
  )

  it.effect("are ended by DELETE", () =>
    Effect.gen(function* () {
      const { send, sessionCount } = yield* entry()
      const id = sessionOf(yield* send({ body: initialize }))
      const other = sessionOf(yield* send({ body: initialize }))
      assert.notStrictEqual(id, other)
      const end: Ask = { method: "DELETE", headers: { "mcp-session-id": id } }
      assert.strictEqual((yield* send(end)).status, 200)
      refused(yield* send(end), 404, -32001)
      refused(yield* send(callIn(id)), 404, -32001)
      assert.strictEqual((yield* send(callIn(other))).status, 200)
      assert.strictEqual(sessionCount(), 1)
    })
  )

  it.effect("are gone when nobody uses them, and not while somebody listens", () =>
    Effect.gen(function* () {
      const { port, send, sessionCount } = yield* entry()
      const idle = sessionOf(yield* send({ body: initialize }))
      const used = sessionOf(yield* send({ body: initialize }))
      const heard = sessionOf(yield* send({ body: initialize }))
      const listening = yield* stream(port, { headers: { "mcp-session-id": heard } })
      assert.strictEqual(listening.status, 200)
      yield* TestClock.adjust("40 seconds")
      assert.strictEqual((yield* send(callIn(used))).status, 200)
      yield* TestClock.adjust("40 seconds")
      refused(yield* send(callIn(idle)), 404, -32001)
      assert.strictEqual(sessionCount(), 2)
      assert.strictEqual((yield* send(callIn(used))).status, 200)
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual((yield* send(callIn(heard))).status, 200)
      assert.strictEqual(sessionCount(), 1)
    })
  )

  it.effect("are bounded, however many are asked for, and there is room again later", () =>
    Effect.gen(function* () {
      const { logged, port, send, sessionCount } = yield* entry({ maxSessions: 50 })
      const memory = heapBytes()
      const body = JSON.stringify(initialize)
      const asked = `POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\nContent-Length: ${body.length}\r\n`
      // One after the other on each of four connections, without waiting for an answer.
      const answers = yield* Effect.forEach(
        Array.from({ length: 4 }),
        () => raw(port, `${asked}\r\n${body}`.repeat(2_499), `${asked}Connection: close\r\n\r\n${body}`),
        { concurrency: 4 }
      )
      const count = (text: RegExp) => answers.reduce((sum, answer) => sum + [...answer.matchAll(text)].length, 0)
      assert.strictEqual(count(/^HTTP\/1\.1 200 /gm), 50)
      assert.strictEqual(count(/^HTTP\/1\.1 503 /gm), 9_950)
      assert.strictEqual(count(/"code":-32000,"message":"Too many sessions/g), 9_950)
      assert.strictEqual(sessionCount(), 50)
      assert.isBelow(heapBytes() - memory, 20_000_000)
      // Who needs no session is not kept out.
      assert.strictEqual((yield* send(call("whoami"))).status, 200)
      yield* TestClock.adjust("1 minute")
      sessionOf(yield* send({ body: initialize }))
      assert.strictEqual(sessionCount(), 1)
      assert.deepStrictEqual(logged, [])
    })
  )

  it.effect("are not left behind by an initialize that is refused", () =>
    Effect.gen(function* () {
      const { send, sessionCount } = yield* entry({ maxSessions: 1 })
      refused(yield* send(with_({ body: initialize }, { accept: "text/html" })), 406, -32000)
      assert.strictEqual(sessionCount(), 0)
      sessionOf(yield* send({ body: initialize }))
    })
  )

  it.effect("are not needed where something in front invents their ids", () =>
    Effect.gen(function* () {
      const { send, sessionCount } = yield* entry({ sessions: false })
      const invented = { "mcp-session-id": "platform-made-0123456789012345678901234567" }
      const first = yield* send(with_({ body: initialize }, invented))
      assert.strictEqual(first.status, 200)
      assert.strictEqual(first.message.result.protocolVersion, "2025-11-25")
      assert.isUndefined(first.headers["mcp-session-id"])
      assert.strictEqual(who(yield* send(callIn(invented["mcp-session-id"]))).name, "local")
      assert.strictEqual(who(yield* send(with_(callIn("x"), { "mcp-session-id": "another" }))).name, "local")
      assert.strictEqual((yield* send({ headers: invented })).status, 405)
      assert.strictEqual((yield* send({ method: "DELETE", headers: invented })).status, 405)
      assert.strictEqual(who(yield* send(call("whoami"))).name, "local")
      assert.strictEqual(sessionCount(), 0)
    })
  )
})

describe("what is sent", () => {
  it.effect("is refused as the protocol says, and the process lives", () =>
    Effect.gen(function* () {
      const { logged, port, send, sessionCount } = yield* entry({ mcp: { ...nobody } })
      const id = sessionOf(yield* send({ body: initialize }))
      const session = { "mcp-session-id": id }

      const large = Buffer.alloc(5_000_000, "a")
      refused(yield* send({ body: large }), 413, -32000)
      refused(yield* send({ body: large, headers: { "transfer-encoding": "chunked" } }), 413, -32000)
      refused(yield* send({ body: large, headers: session }), 413, -32000)
      const withText = (text: string) => call("whoami", { text })
      assert.strictEqual((yield* send(withText("a".repeat(4_000_000)))).status, 200)

      const deep = JSON.stringify(initialize).replace('"capabilities":{}', `"capabilities":{"a":${nested(100_000)}}`)
      const modern = call("whoami")
      const deepCall = JSON.stringify(modern.body).replace('"arguments":{}', `"arguments":{"a":${nested(100_000)}}`)
      refused(yield* send({ body: deep }), 400, -32600, /deeper than 64/)
      refused(yield* send({ ...modern, body: deepCall }), 400, -32600, /deeper than 64/)
      refused(yield* send({ body: deepCall, headers: session }), 400, -32600, /deeper than 64/)
      refused(yield* send({ body: nested(100_000) }), 400, -32600)
      refused(yield* send({ body: '{"a":'.repeat(100_000) }), 400, -32600)
      // Brackets in a text are no depth, whatever stands before its end.
      assert.strictEqual((yield* send(withText(`${"[{".repeat(1_000)}"${"[".repeat(100)}\\`))).status, 200)
      const sixty = JSON.stringify(modern.body).replace('"arguments":{}', `"arguments":{"a":${nested(60)}}`)
      assert.strictEqual((yield* send({ ...modern, body: sixty })).status, 200)

      for (const body of ['{"jsonrpc"', "", "{]", "\u0000", "NaN", '{"a":1}{"b":2}', Buffer.from([0xff, 0xfe, 0x00])])
        refused(yield* send({ body }), 400, -32700)
      for (const body of ["null", "1", '"text"', "[]", "{}", '{"jsonrpc":"1.0","id":1,"method":"ping"}']) {
        const answer = yield* send({ body })
        assert.strictEqual(answer.status, 400, body)
        assert.isNumber(answer.message.error.code, body)
      }
      for (const type of ["text/plain", "application/jsonp", "multipart/form-data; boundary=x", ""])
        refused(yield* send(with_({ body: initialize }, { "content-type": type })), 415, -32000)
      refused(yield* send(with_({ body: initialize }, { accept: "text/html" })), 406, -32000)

      // A batch makes no session; in one, it is what the revision of March 2025 allows.
      const ping = { jsonrpc: "2.0", id: 5, method: "ping" }
      refused(yield* send({ body: [ping, ping] }), 400, -32000)
      refused(yield* send({ body: [initialize, initialize] }), 400, -32000)
      refused(yield* send({ body: Array.from({ length: 101 }, () => ping), headers: session }), 400, -32600)

      // An unknown revision of 2025 is answered with one that is known, any other is refused with those that are.
      const old = { ...initialize, params: { ...initialize.params, protocolVersion: "1999-01-01" } }
      assert.strictEqual((yield* send({ body: old })).message.result.protocolVersion, "2025-11-25")
      const unknown = yield* send(call("whoami", {}, "2099-01-01"))
      refused(unknown, 400, -32022)
      assert.deepStrictEqual(unknown.message.error.data, { supported: ["2026-07-28"], requested: "2099-01-01" })
      refused(yield* send(with_(callIn(id), { "mcp-protocol-version": "1999-01-01" })), 400, -32000)
      refused(yield* send(with_(call("whoami"), { "mcp-name": "other" })), 400, -32020)

      refused(yield* send({ body: ping }), 400, -32000, /Mcp-Session-Id/)
      refused(yield* send({}), 400, -32000)
      refused(yield* send({ method: "DELETE" }), 400, -32000)
      for (const method of ["PUT", "PATCH", "OPTIONS", "HEAD"]) {
        const answer = yield* send({ method })
        assert.strictEqual(answer.status, 405, method)
        assert.strictEqual(answer.headers["allow"], "GET, POST, DELETE")
      }
      for (const path of ["/", "/mcpx", "/sse", "/mcp%00", "/.env"]) refused(yield* send({ path }), 404, -32000)

      assert.match(yield* raw(port, "GET /mcp HTTP/1.0\r\n\r\n"), /^HTTP\/1\.1 403 /)
      assert.match(yield* raw(port, "TRACE /mcp HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"), / 400 /)
      assert.match(yield* raw(port, "GET /mcp HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n"), / 40[03] /)
      assert.match(
        yield* raw(port, "GET http://evil/mcp HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
        / 40[034] /
      )
      assert.match(
        yield* raw(port, `GET /mcp HTTP/1.1\r\nHost: localhost\r\nX: ${"a".repeat(20_000)}\r\n\r\n`),
        / 431 /
      )
      assert.match(yield* raw(port, "nonsense\r\n\r\n"), / 400 /)
      assert.strictEqual(yield* raw(port, "CONNECT localhost:22 HTTP/1.1\r\nHost: localhost\r\n\r\n"), "")

      assert.strictEqual((yield* send(callIn(id))).status, 200)
      assert.strictEqual((yield* send({ path: "/ping" })).status, 200)
      assert.isAtMost(sessionCount(), 2)
      assert.deepStrictEqual(logged, [])
    })
  )

  it.effect("is forgotten when it is cut off in the middle", () =>
    Effect.gen(function* () {
      const { logged, port, send } = yield* entry({ maxRequests: 1 })
      const head =
        "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n"
      for (let i = 0; i < 5; i++) {
        yield* Effect.promise(
          () =>
            new Promise<void>((resolve) => {
              const socket = connect(port, "127.0.0.1", () => socket.write(`${head}{"json`, () => socket.destroy()))
              socket.on("close", () => resolve())
            })
        )
      }
      // The only place is free again as soon as the server has seen it.
      let answer = yield* send(call("whoami"))
      while (answer.status === 503) answer = yield* send(call("whoami"))
      assert.strictEqual(answer.status, 200)
      assert.deepStrictEqual(logged, [])
    })
  )

  it.effect("comes from this machine's own names, or those that are configured", () =>
    Effect.gen(function* () {
      const { port, send } = yield* entry()
      const from = (headers: Record<string, string>) => send(with_(call("whoami"), headers))
      for (const host of ["localhost", `localhost:${port}`, "127.0.0.1", "[::1]:80"])
        assert.strictEqual((yield* from({ host })).status, 200, host)
      for (const host of ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example:80"])
        refused(yield* from({ host }), 403, -32000)
      for (const host of ["localhost@evil.example", "localhost/evil", "local host"])
        refused(yield* from({ host }), 400, -32600)
      for (const origin of ["http://localhost:3000", "http://127.0.0.1"])
        assert.strictEqual((yield* from({ origin })).status, 200, origin)
      for (const origin of ["http://evil.example", "null", "http://localhost.evil.example", "*", "file://"])
        refused(yield* from({ origin }), 403, -32000)
      // Who may not ask is told so before a token is looked at or a body is read.
      refused(yield* send({ body: Buffer.alloc(5_000_000), headers: { host: "evil.example" } }), 403, -32000)

      const named = yield* entry({ allowedHosts: ["audit.example.com"], allowedOrigins: ["chat.example.com"] })
      const to = (headers: Record<string, string>) => named.send(with_(call("whoami"), headers))
      const host = "audit.example.com"
      assert.strictEqual((yield* to({ host, origin: "https://chat.example.com" })).status, 200)
      refused(yield* to({ host: "localhost" }), 403, -32000)
      refused(yield* to({ host, origin: "http://localhost" }), 403, -32000)

      const any = yield* entry({ allowedHosts: ["*"] })
      assert.strictEqual((yield* any.send(with_(call("whoami"), { host: "10.0.0.7:8000" }))).status, 200)
      refused(yield* any.send(with_(call("whoami"), { host, origin: "https://evil.example" })), 403, -32000)
    })
  )
})

describe("what is served beside", () => {
  it.effect("says that it lives and whether it can answer, to whoever asks", () =>
    Effect.gen(function* () {
      const trouble: Array<Error> = []
      const { send } = yield* entry({
        mcp: { ...nobody, apiKeys },
        health: () => (trouble[0] === undefined ? Promise.resolve() : Promise.reject(trouble[0]))
      })
      const host = "10.1.2.3:8000"
      const ping = yield* send({ path: "/ping", headers: { host } })
      assert.deepStrictEqual([ping.status, ping.text], [200, '{"status":"Healthy"}'])
      assert.strictEqual((yield* send({ path: "/ping", method: "HEAD" })).status, 200)
      refused(yield* send({ path: "/ping", body: {} }), 405, -32000)
      const health = yield* send({ path: "/health", headers: { host } })
      assert.deepStrictEqual([health.status, health.message], [200, { status: "Healthy", version: "1.2.3" }])
      trouble.push(new Error("the store is locked by another process"))
      const ill = yield* send({ path: "/health" })
      assert.deepStrictEqual(
        [ill.status, ill.message],
        [503, { status: "Unhealthy", version: "1.2.3", reason: "the store is locked by another process" }]
      )
      assert.strictEqual((yield* send({ path: "/ping" })).status, 200)
    })
  )

  it.effect("is asked of by nobody who may not ask the server, and fails by itself", () =>
    Effect.gen(function* () {
      const asked: Array<string> = []
      const { logged, port, send } = yield* entry({
        beside: async ({ url }) => {
          const { pathname } = new URL(url)
          asked.push(pathname)
          if (pathname === "/broken") throw new Error("boom")
          return pathname === "/" ? new Response("all findings") : undefined
        }
      })
      assert.strictEqual((yield* send({ path: "/", headers: { host: `localhost:${port}` } })).text, "all findings")
      for (const headers of [{ host: "evil.example" }, { origin: "https://evil.example" }])
        refused(yield* send({ path: "/", headers }), 403, -32000)
      refused(yield* send({ path: "/nothing" }), 404, -32000)
      refused(yield* send({ path: "/broken" }), 500, -32603)
      assert.deepStrictEqual(asked, ["/", "/nothing", "/broken"])
      assert.strictEqual(logged.length, 1)
      // What is beside takes nothing of the server's own.
      yield* send({ path: "/ping" })
      assert.strictEqual(asked.length, 3)
    })
  )

  it.effect("says where a token is to be had", () =>
    Effect.gen(function* () {
      const issuer = { url: "https://login.example.com/tenant", clientIds: ["a"], scopes: ["nightaudit/read"] }
      const { send } = yield* entry({ mcp: { ...nobody, issuer }, allowedHosts: ["audit.example.com"] })
      const at = (suffix: string, host = "audit.example.com") =>
        send({ path: `/.well-known/oauth-protected-resource${suffix}`, headers: { host } })
      for (const [suffix, path] of Object.entries({ "": "/mcp", "/mcp": "/mcp", "/mcp/core": "/mcp/core" })) {
        const { message, status } = yield* at(suffix)
        assert.strictEqual(status, 200)
        assert.deepStrictEqual(message, {
          resource: `https://audit.example.com${path}`,
          authorization_servers: ["https://login.example.com/tenant"],
          bearer_methods_supported: ["header"],
          scopes_supported: ["nightaudit/read"],
          resource_name: "Night Audit"
        })
      }
      assert.strictEqual((yield* at("/mcp", "localhost:8000")).message.resource, "http://localhost:8000/mcp")
    })
  )
})

describe("a server that works", () => {
  it.effect("takes only so many requests at once, those that wait for news apart", () =>
    Effect.gen(function* () {
      const { open, opened } = gate()
      const entered = gate()
      const { port, send } = yield* entry({
        maxRequests: 1,
        tools: {
          wait: async () => {
            entered.open()
            await opened
            return { content: [] }
          }
        }
      })
      const id = sessionOf(yield* send({ body: initialize }))
      const news = yield* stream(port, { headers: { "mcp-session-id": id } })
      const waiting = yield* Effect.forkChild(send(call("wait")))
      yield* Effect.promise(() => entered.opened)
      const answer = yield* send(call("whoami"))
      refused(answer, 503, -32000)
      assert.strictEqual(answer.headers["retry-after"], "1")
      assert.strictEqual((yield* send({ path: "/ping" })).status, 200)
      open()
      assert.strictEqual((yield* Fiber.join(waiting)).status, 200)
      assert.strictEqual((yield* send(call("whoami"))).status, 200)
      news.leave()
    })
  )

  it.effect("says Internal error where it fails, and tells the operator why", () =>
    Effect.gen(function* () {
      const { logged, send } = yield* entry({
        makeServer: () => {
          throw new Error("the secret inside")
        }
      })
      for (const asked of [call("whoami"), { body: initialize }]) {
        const answer = yield* send(asked)
        assert.strictEqual(answer.status, 500)
        assert.strictEqual(answer.message.error.code, -32603)
        assert.notInclude(answer.text, "secret")
      }
      assert.deepStrictEqual(
        logged.map((error) => (error as Error).message),
        ["the secret inside", "the secret inside"]
      )
    })
  )

  it.effect("stops a call of 2026 whose client has gone", () =>
    Effect.gen(function* () {
      const stopped = gate()
      const { port } = yield* entry({
        tools: {
          wait: async (_, { mcpReq }) => {
            mcpReq.signal.addEventListener("abort", stopped.open)
            await mcpReq.notify({ method: "notifications/progress", params: { progressToken: 1, progress: 1 } })
            await stopped.opened
            return { content: [] }
          }
        }
      })
      const streaming = yield* stream(port, call("wait"))
      assert.strictEqual(streaming.status, 200)
      streaming.leave()
      yield* Effect.promise(() => stopped.opened)
    })
  )

  it.effect("stops a call of 2026 whose client has gone before there was an answer", () =>
    Effect.gen(function* () {
      const entered = gate()
      const stopped = gate()
      const { logged, port } = yield* entry({
        tools: {
          wait: async (_, { mcpReq }) => {
            mcpReq.signal.addEventListener("abort", stopped.open)
            entered.open()
            await stopped.opened
            return { content: [] }
          }
        }
      })
      const { body, headers } = call("wait")
      const text = JSON.stringify(body)
      const all = { ...headers, host: "localhost", "content-type": "application/json", "content-length": text.length }
      const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
      const socket = connect(port, "127.0.0.1", () =>
        socket.write(`POST /mcp HTTP/1.1\r\n${lines.join("")}\r\n${text}`)
      )
      yield* Effect.promise(() => entered.opened)
      socket.destroy()
      yield* Effect.promise(() => stopped.opened)
      assert.deepStrictEqual(logged, [])
    })
  )

  it.effect("says in one line why it cannot listen", () =>
    Effect.gen(function* () {
      const { port } = yield* entry()
      const inUse = yield* Effect.flip(entry({ port }))
      assert.strictEqual(inUse.message, `port: port ${port} of 127.0.0.1 is in use; choose another`)
      const nowhere = yield* Effect.flip(entry({ host: "192.0.2.1" }))
      assert.match(nowhere.message, /^host: cannot listen on 192\.0\.2\.1: E[A-Z]+$/)
    })
  )
})

describe("a server that ends", () => {
  const waiting = Effect.fnUntraced(function* (scope: Scope.Scope) {
    const work = gate()
    const entered = gate()
    const makeServer = smallServer({
      wait: async () => {
        entered.open()
        await work.opened
        return { content: [{ type: "text", text: "done" }] }
      }
    })
    const served = yield* Scope.provide(entry({ makeServer }), scope)
    const id = sessionOf(yield* served.send({ body: initialize }))
    const news = yield* stream(served.port, { headers: { "mcp-session-id": id } })
    return { ...served, id, news, work, entered }
  })

  it.effect("answers what is in flight, takes nothing new, and ends every session", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const { entered, id, news, port, send, sessionCount, work } = yield* waiting(scope)
      const inFlight = yield* Effect.forkChild(send(callIn(id, "wait")))
      yield* Effect.promise(() => entered.opened)
      const ending = yield* Effect.forkChild(Scope.close(scope, Exit.void), { startImmediately: true })
      const late = yield* Effect.exit(Effect.tryPromise(() => ask(port, call("whoami"))))
      assert.isTrue(Exit.isFailure(late))
      assert.isUndefined(ending.pollUnsafe())
      work.open()
      assert.strictEqual((yield* Fiber.join(inFlight)).message.result.content[0].text, "done")
      yield* Fiber.join(ending)
      yield* Effect.promise(() => news.ended)
      assert.strictEqual(sessionCount(), 0)
    })
  )

  it.effect("does not wait for ever", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const { entered, id, news, port } = yield* waiting(scope)
      const inFlight = yield* stream(port, callIn(id, "wait"))
      yield* Effect.promise(() => entered.opened)
      const ending = yield* Effect.forkChild(Scope.close(scope, Exit.void), { startImmediately: true })
      yield* TestClock.adjust("9 seconds")
      assert.isUndefined(ending.pollUnsafe())
      yield* TestClock.adjust("2 seconds")
      yield* Fiber.join(ending)
      yield* Effect.promise(() => Promise.all([inFlight.ended, news.ended]))
    })
  )
})
