/** `nightaudit mcp` as an assistant starts it: a process that is spoken to on stdin and stdout. */
import { spawn } from "node:child_process"
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { main, temporaryFolder } from "./command.ts"

interface Message {
  readonly id?: number
  readonly method?: string
  readonly result?: any
  readonly error?: unknown
}

/** A server and what is needed to speak to it. Whatever it writes to stdout that is no message fails the test. */
const started = (folder: string, args: ReadonlyArray<string>) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const child = spawn(process.execPath, [main, "mcp", ...args], {
        cwd: folder,
        env: { PATH: process.env["PATH"], HOME: folder, AWS_EC2_METADATA_DISABLED: "true" },
        stdio: ["pipe", "pipe", "pipe"]
      })
      const waiting = new Map<number, (message: Message) => void>()
      const told: Array<Message> = []
      const broken: Array<string> = []
      let [rest, stderr, ids] = ["", "", 0]
      child.stderr.on("data", (text) => (stderr += String(text)))
      child.stdout.on("data", (text) => {
        const lines = (rest + String(text)).split("\n")
        rest = lines.pop() ?? ""
        for (const line of lines) {
          try {
            const message: Message = JSON.parse(line)
            if (message.id === undefined) told.push(message)
            else waiting.get(message.id)?.(message)
          } catch {
            broken.push(line)
          }
        }
      })
      const exited = new Promise<readonly [number | null, NodeJS.Signals | null]>((resolve) =>
        child.on("exit", (code, signal) => resolve([code, signal]))
      )
      const send = (message: object) => child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`)
      const ask = (method: string, params: object = {}) =>
        Effect.promise(
          () =>
            new Promise<any>((resolve) => {
              const id = (ids += 1)
              waiting.set(id, ({ error, result }) => resolve(result ?? { error }))
              send({ id, method, params })
            })
        )
      const initialize = Effect.tap(
        ask("initialize", {
          protocolVersion: "2025-11-25",
          capabilities: {},
          clientInfo: { name: "test", version: "1" }
        }),
        () => Effect.sync(() => send({ method: "notifications/initialized" }))
      )
      return { child, ask, initialize, told, broken, exited: Effect.promise(() => exited), stderr: () => stderr }
    }),
    ({ child }) => Effect.sync(() => child.kill("SIGKILL"))
  )

describe("nightaudit mcp", () => {
  it.live(
    "--sample makes its first night itself, answers meanwhile, scans anew, and ends with stdin",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const server = yield* started(folder, ["--sample"])
        assert.strictEqual((yield* server.initialize).serverInfo.name, "nightaudit")
        assert.notInclude(server.stderr(), "The sample estate is audited.")
        const { tools } = yield* server.ask("tools/list")
        assert.include(
          tools.map(({ name }: { readonly name: string }) => name),
          "find_unused_volumes"
        )
        const stored = yield* server.ask("tools/call", { name: "find_unused_volumes", arguments: {} })
        assert.strictEqual(stored.structuredContent.source, "stored")
        assert.isAbove(stored.structuredContent.count, 10)
        const live = yield* server.ask("tools/call", {
          name: "find_unused_volumes",
          arguments: { freshness: 0 },
          _meta: { progressToken: "p" }
        })
        assert.strictEqual(live.structuredContent.source, "mixed")
        assert.strictEqual(live.structuredContent.count, stored.structuredContent.count)
        server.child.stdin.end()
        assert.deepStrictEqual(yield* server.exited, [0, null])
        assert.deepStrictEqual(server.broken, [])
        assert.include(server.stderr(), "The sample estate is audited.")
        // A store that was closed leaves no journal behind.
        assert.deepStrictEqual(readdirSync(join(folder, ".nightaudit/sample")).sort(), [
          "audit.db",
          "clock.json",
          "outbox",
          "report.html"
        ])
      }),
    60_000
  )

  it.live(
    "answers without a store, says what fills it, refuses an unknown toolset, and ends when it is told to",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const server = yield* started(folder, ["--toolsets", "core"])
        yield* server.initialize
        const { tools } = yield* server.ask("tools/list")
        assert.notInclude(
          tools.map(({ name }: { readonly name: string }) => name),
          "find_unused_volumes"
        )
        const none = yield* server.ask("tools/call", { name: "get_run", arguments: {} })
        assert.include(none.content[0].text, "No audit has run here yet.")
        assert.include(server.stderr(), "`nightaudit scan` fills it")
        server.child.kill("SIGTERM")
        assert.deepStrictEqual(yield* server.exited, [130, null])
        assert.deepStrictEqual(server.broken, [])
        const unknown = yield* started(folder, ["--toolsets", "nonsense"])
        assert.deepStrictEqual(yield* unknown.exited, [2, null])
        assert.include(unknown.stderr(), "There are: all, core, ")
      }),
    60_000
  )
})
