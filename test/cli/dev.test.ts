/** `nightaudit dev` as a person runs it: a process with a terminal's keys and a port. */
import { spawn } from "node:child_process"
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { pageBeginning } from "../../report/writePage.ts"
import { estate } from "../../sample/organization.ts"
import { natGateway } from "../workflows/microScan/events.ts"
import { ask as sent } from "../mcp/entry.ts"
import { main, nightaudit, temporaryFolder } from "./command.ts"

/** A process of its own, and promises of what it says. */
const started = (folder: string, args: ReadonlyArray<string>) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const child = spawn(process.execPath, [main, "dev", "--port", "0", ...args], {
        cwd: folder,
        env: { PATH: process.env["PATH"], HOME: folder, AWS_EC2_METADATA_DISABLED: "true" },
        stdio: ["pipe", "ignore", "pipe"]
      })
      let stderr = ""
      const waiting = new Set<() => void>()
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        stderr += text
        for (const look of waiting) look()
      })
      const exited = new Promise<number | null>((resolve) => child.on("close", resolve))
      /** Waits until it has said something so many times, and answers what the last of them says in its group. */
      const said = (pattern: RegExp, times = 1) =>
        Effect.promise(
          () =>
            new Promise<string>((resolve, reject) => {
              const look = () => {
                const found = [...stderr.matchAll(new RegExp(pattern, "gm"))]
                const match = found[times - 1]
                if (match === undefined) return
                waiting.delete(look)
                resolve(match[1] ?? match[0])
              }
              waiting.add(look)
              look()
              void exited.then((code) => reject(new Error(`it ended with ${code} and had said: ${stderr}`)))
            })
        )
      return {
        said,
        stderr: () => stderr,
        press: () => child.stdin.write("\n"),
        kill: (signal: NodeJS.Signals) => child.kill(signal),
        exited: Effect.promise(() => exited)
      }
    }),
    ({ kill }) => Effect.sync(() => kill("SIGKILL"))
  )

const ask = (url: string, method: string, params: object = {}) =>
  Effect.promise(async () => {
    const response = await fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        "mcp-protocol-version": "2026-07-28",
        "mcp-method": method,
        ...("name" in params ? { "mcp-name": String(params.name) } : {})
      },
      body: JSON.stringify({
        jsonrpc: "2.0",
        id: 1,
        method,
        params: {
          ...params,
          _meta: {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientInfo": { name: "test", version: "1" },
            "io.modelcontextprotocol/clientCapabilities": {}
          }
        }
      })
    })
    const text = await response.text()
    return JSON.parse(/^data: (\{.*)$/m.exec(text)?.[1] ?? text)
  })

const eventsIn = (folder: string) =>
  readdirSync(folder)
    .filter((file) => /-nightaudit\.run\.\w+\.json$/.test(file))
    .sort()
    .map((file) => JSON.parse(readFileSync(join(folder, file), "utf8")))

describe("nightaudit dev", () => {
  it.live(
    "--sample audits at once, answers at /mcp, at /gateway and at /, audits again on Enter, and ends on Ctrl-C",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const dev = yield* started(folder, ["--sample"])
        const base = yield* dev.said(/^Assistant \(MCP\): (http:\S+)\/mcp$/)
        assert.match(
          yield* dev.said(/^The next night starts at (.*)$/),
          /^\d{4}-\d\d-\d\d 02:00 UTC: cron\(0 2 \* \* \? \*\), UTC\.$/
        )
        yield* dev.said(/run\.completed → /)

        const page = yield* Effect.promise(async () => (await fetch(`${base}/status`)).text())
        for (const said of [`${base}/mcp`, `${base}/gateway`, join(folder, ".nightaudit/sample/audit.db"), "02:00 UTC"])
          assert.include(page, said)

        const report = yield* Effect.promise(() => fetch(`${base}/`))
        assert.match(report.headers.get("content-security-policy") ?? "", /frame-ancestors 'none'/)
        const html = yield* Effect.promise(() => report.text())
        assert.isTrue(html.startsWith(pageBeginning))
        assert.match(html, /Confirmed waste: <strong>\$[\d,]+\.\d\d a month/)
        assert.isTrue(html.endsWith("</html>\n"))

        // A name that somebody made lead here is not this machine's, whatever it asks for; neither is a page of elsewhere.
        const { port } = new URL(base)
        for (const path of ["/", "/status", "/gateway", "/events", "/mcp"])
          for (const headers of [{ host: "evil.example" }, { origin: "https://evil.example" }] as const)
            for (const method of ["GET", "POST"])
              assert.strictEqual(
                (yield* Effect.promise(() => sent(Number(port), { method, path, headers }))).status,
                403,
                `${method} ${path} ${JSON.stringify(headers)}`
              )
        for (const path of ["/", "/status"]) {
          assert.strictEqual((yield* Effect.promise(() => fetch(`${base}${path}`, { method: "PUT" }))).status, 405)
          const head = yield* Effect.promise(() => fetch(`http://localhost:${port}${path}`, { method: "HEAD" }))
          assert.strictEqual(head.status, 200)
        }

        const direct = yield* ask(`${base}/mcp`, "tools/call", { name: "summarize_savings", arguments: {} })
        const through = yield* ask(`${base}/gateway`, "tools/call", {
          name: "nightaudit___summarize_savings",
          arguments: {}
        })
        assert.isAbove(direct.result.structuredContent.totals.findings, 100)
        assert.deepStrictEqual(through.result.structuredContent.totals, direct.result.structuredContent.totals)
        // Nobody behind a gateway is shown a page, and there is one at this address.
        assert.deepStrictEqual(through.result.structuredContent.report, { url: `${base}/`, until: null })
        assert.notProperty(direct.result.structuredContent, "report")
        const { result } = yield* ask(`${base}/gateway`, "tools/list")
        assert.include(
          result.tools.map(({ name }: { readonly name: string }) => name),
          "nightaudit___find_unused_volumes"
        )

        const post = (event: unknown) =>
          Effect.promise(async () => {
            const response = await fetch(`${base}/events`, { method: "POST", body: JSON.stringify(event) })
            return { status: response.status, body: (await response.json()) as any }
          })
        assert.deepStrictEqual(yield* post({ source: "aws.ec2" }), {
          status: 202,
          body: { runs: [], leftOut: ["it is no event of a call that CloudTrail recorded"] }
        })
        const place = { account: estate.payer, region: "us-east-1", id: "call-0001" }
        const begun = yield* post(natGateway("nat-0a1", place))
        assert.deepStrictEqual([begun.status, begun.body.runs.length, begun.body.leftOut], [202, 1, []])
        const again = yield* post(natGateway("nat-0a1", place))
        assert.deepStrictEqual([again.status, again.body.runs], [202, []])
        assert.match(again.body.leftOut[0], /^CreateNatGateway \(event call-0001\) was looked at by started-/)
        yield* dev.said(/resource\.started \(NAT gateway in subnet-0a1 in us-east-1, \$32\.85 a month\) → /)

        const nights = () => eventsIn(join(folder, ".nightaudit/sample/outbox")).filter(({ detail }) => detail.full)
        dev.press()
        yield* dev.said(/run\.completed → /, 3)
        assert.deepStrictEqual(
          nights().map((event) => event["detail-type"]),
          ["started", "completed", "started", "completed"].map((what) => `nightaudit.run.${what}`)
        )
        dev.kill("SIGINT")
        assert.strictEqual(yield* dev.exited, 130)
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
    "that is ended in the middle of a night goes on with it the next time",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const first = yield* started(folder, ["--sample"])
        const file = yield* first.said(/run\.started → (.*)$/)
        const { runId } = JSON.parse(readFileSync(file, "utf8")).detail
        first.kill("SIGINT")
        assert.strictEqual(yield* first.exited, 130)
        assert.notInclude(first.stderr(), "run.failed")
        const second = yield* started(folder, ["--sample"])
        yield* second.said(new RegExp(`^Run ${runId} was cut off; the next night goes on with it`))
        second.press()
        const completed = yield* second.said(/run\.completed → (.*)$/)
        assert.strictEqual(JSON.parse(readFileSync(completed, "utf8")).detail.runId, runId)
      }),
    60_000
  )

  it.live(
    "tells a night that fails, and is there for the next",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const dev = yield* started(folder, [])
        yield* dev.said(/^Enter starts a night now/)
        dev.press()
        const file = yield* dev.said(/run\.failed → (.*)$/)
        assert.include(JSON.parse(readFileSync(file, "utf8")).detail.error, "no usable AWS credentials")
        yield* dev.said(/^There are no usable AWS credentials/)
        yield* dev.said(/^The next night starts at/, 2)
        dev.press()
        yield* dev.said(/run\.failed → /, 2)
      }),
    60_000
  )

  it.live("says in a line that its port is taken, and that its schedule is none", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const server = yield* Effect.acquireRelease(
        Effect.callback<ReturnType<typeof createServer>>((resume) => {
          const server = createServer().listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
        }),
        (server) => Effect.sync(() => server.close())
      )
      const { port } = server.address() as { readonly port: number }
      const taken = yield* nightaudit(folder, ["dev", "--sample", "--port", String(port)])
      assert.strictEqual(taken.code, 2)
      assert.include(taken.stderr, `--port: port ${port} of 127.0.0.1 is in use; choose another`)
      writeFileSync(
        join(folder, "nightaudit.config.json"),
        JSON.stringify({ deploy: { schedule: { expression: "cron(0 25 * * ? *)" } } })
      )
      const wrong = yield* nightaudit(folder, ["dev"])
      assert.strictEqual(wrong.code, 2)
      assert.include(wrong.stderr, 'deploy.schedule.expression: "25" is no hours from 0 to 23')
    })
  )
})
