/**
 * How fast an assistant is answered: `node bench/mcp.ts [findings]`, 100,000 without a number. What the Lambda function weighs and
 * takes to start, what a request takes before the store is asked and with it, and how many requests a second go over HTTP.
 */
import { spawn } from "node:child_process"
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { gzipSync } from "node:zlib"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as ManagedRuntime from "effect/ManagedRuntime"
import { catalogueLayer } from "../audit/catalogueLayer.ts"
import { decodeConfig } from "../core/config/Config.ts"
import { layerDynamo } from "../core/store/dynamo/dynamo.ts"
import { layerSqlite } from "../core/store/sqlite/sqlite.ts"
import { Store } from "../core/store/Store.ts"
import { Refusal } from "../mcp/answer/Answer.ts"
import { makeCallerOf } from "../mcp/http/authenticate.ts"
import { serveHttp } from "../mcp/http/serve.ts"
import { type Handler, makeHandler } from "../mcp/lambda/handler.ts"
import { LiveScans } from "../mcp/LiveScans.ts"
import { serverMaker } from "../mcp/server.ts"
import { McpSettings } from "../mcp/tools/Tool.ts"
import { bytesOf, functionBundle, writeBundle } from "../scripts/functions.ts"
import { dynamoTable, intercept, tableName } from "../test/core/store/dynamoLayer.ts"
import { aFinding, anOutcome, aTransition, recordOfOutcome } from "../test/core/store/fixtures.ts"
import { httpEvent, request, requestOfCall } from "../test/functions/estate.ts"
import { contextOf } from "../test/functions/gateway.ts"
import { accounts, fill, quantile } from "./store.ts"

interface Row {
  readonly what: string
  readonly measured: string
  readonly bar: string
  readonly ok: boolean | null
}

const row = (what: string, value: number, unit: string, below?: number, more = ""): Row => ({
  what,
  measured: `${value} ${unit}${more}`,
  bar: below === undefined ? "" : `< ${below} ${unit}`,
  ok: below === undefined ? null : value < below
})

const starts = 6

/** The shortest time from the start of a process to its first line on stdout that holds an answer to `tools/list`. */
const bestStart = async (args: ReadonlyArray<string>, input = "", environment = {}): Promise<number> => {
  const millis: Array<number> = []
  for (let round = 0; round < starts; round += 1) {
    const started = performance.now()
    const child = spawn(process.execPath, args, {
      env: { ...process.env, ...environment },
      stdio: ["pipe", "pipe", "inherit"]
    })
    child.stdin.end(input)
    let said = ""
    for await (const chunk of child.stdout) {
      said += String(chunk)
      if (said.includes('"inputSchema"') || said.includes('\\"inputSchema\\"')) break
    }
    millis.push(performance.now() - started)
    child.kill()
    if (!said.includes("inputSchema"))
      throw new Error(`${args.join(" ")} did not list its tools: ${said.slice(0, 500)}`)
  }
  return Math.round(Math.min(...millis))
}

const benchBundle = async (folder: string): Promise<ReadonlyArray<Row>> => {
  const bundle = await functionBundle("mcp")
  const file = writeBundle(bundle, "mcp", folder)
  const zipped = [...bundle.files.values()].reduce((bytes, contents) => bytes + gzipSync(contents).length, 0)
  const runner = join(folder, "first.mjs")
  writeFileSync(
    runner,
    `import { handler } from ${JSON.stringify(pathToFileURL(file).href)}
     const { body } = await handler(${JSON.stringify(httpEvent(request("tools/list")))}, {})
     process.stdout.write(body)`
  )
  const environment = {
    NIGHTAUDIT_TABLE: "nightaudit",
    NIGHTAUDIT_MACHINE: "arn:aws:states:eu-west-1:111122223333:stateMachine:nightly",
    ...Object.fromEntries(
      ["SCAN", "SETTLE", "SUM", "RECORDFAILURE"].map((step) => [`NIGHTAUDIT_STEP_${step}`, step.toLowerCase()])
    ),
    AWS_REGION: "eu-west-1"
  }
  const kB = (bytes: number) => Math.round(bytes / 1000)
  const command = fileURLToPath(new URL("../cli/main.ts", import.meta.url))
  const list = [
    {
      id: 1,
      method: "initialize",
      params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "bench", version: "1" } }
    },
    { method: "notifications/initialized" },
    { id: 2, method: "tools/list" }
  ]
  const input = list.map((message) => `${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`).join("")
  return [
    row("bundle of functions/mcp.ts, minified", kB(bytesOf(bundle)), "kB", undefined, `, ${kB(zipped)} kB gzipped`),
    row(`node alone, best of ${starts}`, await bestStart(["-e", "console.log('\"inputSchema\"')"]), "ms"),
    row(
      `start to first tools/list of the bundle, best of ${starts}`,
      await bestStart([runner], "", environment),
      "ms",
      250
    ),
    ...(existsSync(new URL("../cli/commands/mcp.ts", import.meta.url))
      ? [row(`the same of nightaudit mcp over stdio`, await bestStart([command, "mcp", "--sample"], input), "ms")]
      : [])
  ]
}

interface Timing {
  readonly p50: number
  readonly p99: number
}

const timesOf = async (ask: (round: number) => Promise<unknown>, rounds = 300, warmUp = 20): Promise<Timing> => {
  const millis: Array<number> = []
  for (let round = 0; round < rounds + warmUp; round += 1) {
    const started = performance.now()
    await ask(round)
    if (round >= warmUp) millis.push(performance.now() - started)
  }
  millis.sort((a, b) => a - b)
  return { p50: quantile(millis, 0.5), p99: quantile(millis, 0.99) }
}

const timed = async (
  what: string,
  ask: (round: number) => Promise<unknown>,
  below?: number,
  rounds?: number
): Promise<Row> => {
  const { p50, p99 } = await timesOf(ask, rounds)
  return row(what, p50, "ms", below, `, p99 ${p99}`)
}

const scan = "find_unused_volumes"
const scanned = accounts.slice(0, 20)

/** A scan that has a tool, in twenty accounts with fifty findings each. */
const fillScan = Effect.gen(function* () {
  const store = yield* Store
  for (const account of scanned) {
    yield* store.putScope(recordOfOutcome(anOutcome({ account, scan })))
    const findings = Array.from({ length: 50 }, (_, index) =>
      aFinding({ account, scan, resourceId: `vol-of-scan-${index}`, monthlyUsd: index + 1 })
    )
    yield* store.writeTransitions(findings.map(aTransition))
  }
})

const servicesOf = <E>(store: Layer.Layer<Store, E>) =>
  Layer.mergeAll(
    store,
    catalogueLayer,
    Layer.succeed(LiveScans, { start: () => Effect.fail(new Refusal({ message: "nothing is scanned here" })) }),
    // The findings are of one night, and stay fresh.
    Layer.succeed(McpSettings, { freshnessHours: 1e9, liveBudgetSeconds: 1 }),
    Logger.layer([Logger.map(Logger.formatJson, () => undefined)])
  )

/** Calls a tool as a gateway does, and rejects what is no answer. */
const call = async (handler: Handler, name: string, args: Readonly<Record<string, unknown>>): Promise<void> => {
  const answer: any = await handler(args, contextOf(`nightaudit___${name}`))
  if (answer.isError === true) throw new Error(`${name}: ${answer.content[0].text}`)
}

const makeDefault = Effect.flatMap(decodeConfig({ mcp: {} }, []), ({ mcp }) => makeHandler({ mcp, claimed: false }))

const questions: ReadonlyArray<readonly [string, string, (round: number) => Readonly<Record<string, unknown>>]> = [
  ["search_findings, the largest of all", "search_findings", () => ({})],
  ["search_findings, an account", "search_findings", (round) => ({ accounts: [accounts[round % accounts.length]] })],
  ["search_findings, a severity in 20 accounts", "search_findings", () => ({ severities: "high", accounts: scanned })],
  ["summarize_savings", "summarize_savings", () => ({})],
  ["summarize_savings by account", "summarize_savings", () => ({ by: "account" })]
]

const benchAnswers = async (
  handler: Handler,
  store: string,
  rounds: number,
  below?: number
): Promise<ReadonlyArray<Row>> => {
  const rows = [
    await timed(
      `${store}: a scan's tool, 20 accounts`,
      () => call(handler, scan, { accounts: scanned }),
      below,
      rounds
    ),
    await timed(
      `${store}: a scan's tool, an account`,
      () => call(handler, scan, { accounts: [scanned[0]] }),
      below,
      rounds
    )
  ]
  for (const [title, name, args] of questions)
    rows.push(await timed(`${store}: ${title}`, (round) => call(handler, name, args(round)), undefined, rounds))
  return rows
}

const over = async (handler: Handler, asked: Parameters<typeof httpEvent>[0]): Promise<void> => {
  const answer: any = await handler(httpEvent(asked), {})
  if (answer.statusCode !== 200) throw new Error(answer.body)
}

const benchBefore = async (handler: Handler): Promise<ReadonlyArray<Row>> => [
  await timed("before the store: tools/list over HTTP events", () => over(handler, request("tools/list")), 1),
  await timed(
    "before the store: a tool that there is not, over HTTP events",
    () => over(handler, requestOfCall("nothing")),
    1
  ),
  await timed("before the store: the same through a gateway", () => handler({}, contextOf("t___nothing")), 1)
]

const secondsOfLoad = 4
const clients = 8

/** Requests a second of clients that each wait for an answer before they ask again. */
const throughput = async (port: number, asked: ReturnType<typeof request>): Promise<number> => {
  const until = performance.now() + secondsOfLoad * 1000
  let answers = 0
  const client = async () => {
    while (performance.now() < until) {
      const response = await fetch(`http://127.0.0.1:${port}/mcp`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          accept: "application/json, text/event-stream",
          ...asked.headers
        },
        body: asked.body ?? ""
      })
      await response.text()
      if (response.status !== 200) throw new Error(`status ${response.status}`)
      answers += 1
    }
  }
  await Promise.all(Array.from({ length: clients }, client))
  return Math.round(answers / secondsOfLoad)
}

const benchHttp = Effect.gen(function* () {
  const host = "127.0.0.1"
  const makeServer = serverMaker(yield* Effect.context<Store | LiveScans | any>())
  const callerOf = yield* makeCallerOf({ mcp: { apiKeys: [], toolsets: ["all"] }, host, trustAws: false })
  const { port } = yield* serveHttp({
    host,
    port: 0,
    version: "0.0.0",
    callerOf,
    makeServer,
    health: () => Promise.resolve(),
    sessions: true,
    allowedHosts: [],
    allowedOrigins: [],
    maxSessions: 10,
    idleMillis: 60_000,
    log: console.error
  })
  const each = `HTTP on one process with its ${clients} clients:`
  const list = yield* Effect.promise(() => throughput(port, request("tools/list")))
  const search = yield* Effect.promise(() => throughput(port, requestOfCall("search_findings")))
  return [row(`${each} tools/list`, list, "a second"), row(`${each} search_findings`, search, "a second")]
})

const benchDynamo = Effect.fnUntraced(function* (findings: number) {
  const calls = yield* dynamoTable
  const sent = intercept(calls)
  const services = yield* Layer.build(servicesOf(layerDynamo({ tableName, calls })))
  return yield* Effect.gen(function* () {
    yield* fill(findings)
    yield* fillScan
    const handler = yield* makeDefault
    const rows = yield* Effect.promise(() => benchAnswers(handler, "DynamoDB", 40))
    const counts: Array<Row> = []
    for (const [title, name, args] of questions) {
      sent.length = 0
      yield* Effect.promise(() => call(handler, name, args(3)))
      counts.push(row(`DynamoDB: ${title}`, sent.length, "requests"))
    }
    return [...rows, ...counts]
  }).pipe(Effect.provideContext(services as Context.Context<any>))
})

/** Prints the table. Fewer findings are in DynamoDB, whose answers need as many requests however many there are. */
export const benchMcp = async (findings = 100_000, dynamoFindings = 3000): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), "nightaudit-bench-"))
  const runtime = ManagedRuntime.make(servicesOf(layerSqlite(join(folder, "audit.db"))))
  try {
    const rows: Array<Row> = [...(await benchBundle(folder))]
    await runtime.runPromise(Effect.andThen(fill(findings), fillScan))
    const handler = await runtime.runPromise(makeDefault)
    rows.push(...(await benchBefore(handler)))
    rows.push(...(await benchAnswers(handler, "SQLite", 200, 10)))
    rows.push(...(await runtime.runPromise(Effect.scoped(benchHttp))))
    rows.push(...(await Effect.runPromise(Effect.scoped(benchDynamo(dynamoFindings)))))
    const large = findings.toLocaleString("en")
    console.log(
      `The assistant's server; SQLite with ${large} findings, DynamoDB in this process with ${dynamoFindings}:`
    )
    console.table(rows)
    const missed = rows.filter(({ ok }) => ok === false)
    for (const { bar, measured, what } of missed) console.error(`${what}: ${measured}, and the bar is ${bar}`)
    if (missed.length > 0) process.exitCode = 1
  } finally {
    await runtime.dispose()
    rmSync(folder, { recursive: true })
  }
}

if (import.meta.main) await benchMcp(process.argv[2] === undefined ? undefined : Number(process.argv[2]))
