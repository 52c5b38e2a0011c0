/** Both generations of the official client against the real server, as processes of their own. */
import { Client as Client2, StreamableHTTPClientTransport as Http2 } from "@modelcontextprotocol/client"
import { StdioClientTransport as Stdio2 } from "@modelcontextprotocol/client/stdio"
import { Client as Client1 } from "@modelcontextprotocol/sdk/client/index.js"
import { StdioClientTransport as Stdio1 } from "@modelcontextprotocol/sdk/client/stdio.js"
import { StreamableHTTPClientTransport as Http1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js"
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { cpSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"

const root = new URL("../..", import.meta.url).pathname
const folder = mkdtempSync(join(tmpdir(), "nightaudit-clients-"))
const env = { PATH: process.env["PATH"] ?? "", HOME: folder }
const main = join(root, "cli/main.ts")

let made = 0
/** A folder with the sample estate, audited once. */
const estate = (): string => {
  const copy = join(folder, `estate-${(made += 1)}`)
  cpSync(join(folder, "audited"), copy, { recursive: true })
  return copy
}

beforeAll(() => {
  const audited = join(folder, "audited")
  cpSync(root + "LICENSE", join(audited, "LICENSE"), { recursive: true })
  const { status, stderr } = spawnSync(process.execPath, [main, "demo", "--format", "json"], {
    cwd: audited,
    env,
    encoding: "utf8",
    maxBuffer: 100_000_000
  })
  assert.strictEqual(status, 0, stderr)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What all clients can do, and how the two generations differ in it. */
interface AnyClient {
  readonly connect: (transport: any) => Promise<void>
  readonly close: () => Promise<void>
  readonly listTools: () => Promise<{ readonly tools: ReadonlyArray<{ readonly name: string }> }>
  readonly callTool: (...input: ReadonlyArray<any>) => Promise<any>
  readonly readResource: (input: { readonly uri: string }) => Promise<any>
  readonly getPrompt: (input: any) => Promise<any>
  readonly complete: (input: any) => Promise<any>
}

interface Kind {
  readonly make: () => { readonly client: AnyClient; readonly isFirst: boolean }
  readonly scan: string
}

const clients: Readonly<Record<string, Kind>> = {
  "client 1": {
    make: () => ({ client: new Client1({ name: "v1", version: "1" }) as AnyClient, isFirst: true }),
    scan: "find_unused_volumes"
  },
  "client 2": {
    make: () => ({ client: new Client2({ name: "v2", version: "1" }) as AnyClient, isFirst: false }),
    scan: "find_unused_snapshots"
  },
  "client 2, auto": {
    make: () => ({
      client: new Client2({ name: "v2", version: "1" }, { versionNegotiation: { mode: "auto" } }) as AnyClient,
      isFirst: false
    }),
    scan: "find_unused_elastic_ips"
  }
}

/** `scan` is each client's own: what one has had scanned is new enough for the next. */
const usesAll = async (
  { client, isFirst }: { readonly client: AnyClient; readonly isFirst: boolean },
  scan: string
) => {
  const { tools } = await client.listTools()
  const names = tools.map(({ name }) => name)
  for (const name of ["search_findings", "find_unused_volumes", "start_scan"]) assert.include(names, name)
  assert.notInclude(names, "snooze_finding")

  const stored = await client.callTool({ name: "summarize_savings", arguments: {} })
  assert.strictEqual(stored.isError ?? false, false)
  assert.isAbove(stored.structuredContent.totals.monthlyUsd, 1000)
  assert.match(stored.content[0].text, /^As of 2026-/)

  const told: Array<number> = []
  const onprogress = ({ progress }: { readonly progress: number }) => void told.push(progress)
  const asked = { name: scan, arguments: { freshness: 0, accounts: "444455556666" } }
  const live = isFirst
    ? await client.callTool(asked, undefined, { onprogress })
    : await client.callTool(asked, { onprogress })
  assert.strictEqual(live.structuredContent.source, "live", JSON.stringify(live.structuredContent).slice(0, 300))
  assert.isAbove(told.length, 0, "progress is told")

  const refused = await client.callTool({ name: "search_findings", arguments: { limit: 9999 } })
  assert.strictEqual(refused.isError, true)
  assert.include(refused.content[0].text, "limit: expected a whole number from 1 to 200")

  const { contents } = await client.readResource({ uri: "nightaudit://scans/find_unused_volumes" })
  assert.include(contents[0].text, "Unattached")
  const { messages } = await client.getPrompt({ name: "monthly_cost_review", arguments: {} })
  assert.isAbove(messages.length, 0)
  const { completion } = await client.complete({
    ref: { type: "ref/prompt", name: "cleanup_plan" },
    argument: { name: "account", value: "4444" }
  })
  assert.deepStrictEqual(completion.values, ["444455556666"])
}

describe("over stdio", () => {
  for (const [name, { make, scan }] of Object.entries(clients)) {
    it(`${name} lists, calls, reads, gets a prompt, completes and hears of progress`, async () => {
      const made = make()
      const server = { command: process.execPath, args: [main, "mcp", "--sample"], env, cwd: estate() }
      await made.client.connect(made.isFirst ? new Stdio1(server) : new Stdio2(server))
      try {
        await usesAll(made, scan)
      } finally {
        await made.client.close()
      }
    })
  }
})

describe("over HTTP", () => {
  let server: ChildProcess
  let url: URL
  beforeAll(async () => {
    server = spawn(process.execPath, [main, "mcp", "--http", "--sample", "--port", "0"], {
      cwd: estate(),
      env,
      stdio: ["ignore", "ignore", "pipe"]
    })
    url = await new Promise((resolve, reject) => {
      let said = ""
      server.stderr?.on("data", (chunk: Buffer) => {
        said += chunk
        const address = /http:\/\/\S+\/mcp/.exec(said)?.[0]
        if (address !== undefined) resolve(new URL(address))
      })
      server.on("exit", () => reject(new Error(said)))
    })
  })
  afterAll(() => server.kill())

  for (const [name, { make, scan }] of Object.entries(clients)) {
    it(`${name} lists, calls, reads, gets a prompt, completes and hears of progress`, async () => {
      const made = make()
      await made.client.connect(made.isFirst ? new Http1(url) : new Http2(url))
      try {
        await usesAll(made, scan)
      } finally {
        await made.client.close()
      }
    })
  }
})
