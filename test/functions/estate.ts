/** Handlers over a small store: two accounts with a volume each that nobody uses. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as ManagedRuntime from "effect/ManagedRuntime"
import { catalogueLayer } from "../../audit/catalogueLayer.ts"
import { decodeConfig } from "../../core/config/Config.ts"
import { layerSqlite } from "../../core/store/sqlite/sqlite.ts"
import { Store } from "../../core/store/Store.ts"
import { Refusal } from "../../mcp/answer/Answer.ts"
import { type Handler, makeHandler } from "../../mcp/lambda/handler.ts"
import { LiveScans } from "../../mcp/LiveScans.ts"
import { McpSettings } from "../../mcp/tools/Tool.ts"
import { aFinding, anOutcome, aRun, aTransition, recordOfOutcome } from "../core/store/fixtures.ts"

export const mine = "111111111111"
export const theirs = "222222222222"

const scan = "find_unused_volumes"
const volume = (account: string, resourceId: string, monthlyUsd: number) =>
  aFinding({ account, scan, resourceId, monthlyUsd })

export const myFinding = volume(mine, "vol-mine", 11)
export const theirFinding = volume(theirs, "vol-theirs", 9731.29)

/** What only an answer about the other account can hold. */
export const theirMarks = ["vol-theirs", theirFinding.id, "9731.29", "9,731"]

/** Writes the estate. */
export const fillEstate = Effect.gen(function* () {
  const store = yield* Store
  const run = aRun()
  yield* store.putRun({ ...run, status: "complete", finishedAt: run.startedAt })
  for (const account of [mine, theirs]) yield* store.putScope(recordOfOutcome(anOutcome({ account, scan })))
  yield* store.writeTransitions([myFinding, theirFinding].map(aTransition))
})

export interface Made {
  readonly handler: Handler
  /** What the process has written to its log. */
  readonly logged: ReadonlyArray<string>
  /** Of each event that was answered, whether the server is broken. */
  readonly measured: ReadonlyArray<boolean>
}

const runtimes: Array<ManagedRuntime.ManagedRuntime<any, any>> = []

/** A handler as a process of Lambda makes it. `mcp` is what the configuration file would have there. */
export const madeHandler = async (
  mcp: Readonly<Record<string, unknown>> = {},
  { broken, claimed = false }: { readonly broken?: Partial<Store["Service"]>; readonly claimed?: boolean } = {}
): Promise<Made> => {
  const logged: Array<string> = []
  const measured: Array<boolean> = []
  const config = await Effect.runPromise(decodeConfig({ mcp }, []))
  const layer = Layer.mergeAll(
    layerSqlite(":memory:"),
    catalogueLayer,
    Layer.succeed(LiveScans, { start: () => Effect.fail(new Refusal({ message: "nothing is scanned here" })) }),
    // The estate is of one night, and stays fresh.
    Layer.succeed(McpSettings, { freshnessHours: 1e9, liveBudgetSeconds: 1 }),
    Logger.layer([Logger.map(Logger.formatJson, (line) => void logged.push(line))])
  )
  const runtime = ManagedRuntime.make(layer)
  runtimes.push(runtime)
  const measure = (failed: boolean) => Effect.sync(() => void measured.push(failed))
  const made = Effect.flatMap(Store, (store) =>
    Effect.provideService(makeHandler({ mcp: config.mcp, claimed }, measure), Store, { ...store, ...broken })
  )
  const handler = await runtime.runPromise(Effect.andThen(fillEstate, made))
  return { handler, logged, measured }
}

/** Ends what was made. */
export const endAll = async (): Promise<void> => {
  await Promise.all(runtimes.splice(0).map((runtime) => runtime.dispose()))
}

export interface HttpEventOptions {
  readonly method?: string
  readonly path?: string
  readonly query?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | undefined
  readonly base64?: boolean
  /** The identity that IAM has let in; null for none. */
  readonly userArn?: string | null
  readonly stage?: string
}

export const userArn = "arn:aws:sts::111111111111:assumed-role/finops/ann"

/** The event of a function URL or an API Gateway. */
export const httpEvent = ({
  base64 = false,
  body,
  headers = {},
  method = body === undefined ? "GET" : "POST",
  path = "/mcp",
  query = "",
  stage = "$default",
  userArn: arn = userArn
}: HttpEventOptions = {}) => ({
  version: "2.0",
  routeKey: "$default",
  rawPath: path,
  rawQueryString: query,
  headers: {
    host: "abc.lambda-url.eu-west-1.on.aws",
    accept: "application/json, text/event-stream",
    ...(body === undefined ? {} : { "content-type": "application/json" }),
    ...headers
  },
  requestContext: {
    accountId: mine,
    domainName: "abc.lambda-url.eu-west-1.on.aws",
    http: { method, path, protocol: "HTTP/1.1", sourceIp: "127.0.0.1", userAgent: "test" },
    stage,
    ...(arn === null ? {} : { authorizer: { iam: { accountId: mine, userArn: arn, cognitoIdentity: null } } })
  },
  ...(body === undefined ? {} : { body: base64 ? Buffer.from(body).toString("base64") : body }),
  isBase64Encoded: base64
})

/** A request of a client of 2026-07-28. */
export const request = (method: string, params: Readonly<Record<string, unknown>> = {}): HttpEventOptions => ({
  headers: {
    "mcp-protocol-version": "2026-07-28",
    "mcp-method": method,
    ...(typeof params["name"] === "string" ? { "mcp-name": params["name"] } : {})
  },
  body: JSON.stringify({
    jsonrpc: "2.0",
    id: 7,
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

export const requestOfCall = (name: string, args: unknown = {}) => request("tools/call", { name, arguments: args })

/** The answer to an event, with the message in its body, which may be an event of a stream. */
export const answered = async (handler: Handler, event: unknown): Promise<any> => {
  const answer: any = await handler(event, {})
  const data = /^data: (\{.*)$/m.exec(answer.body)?.[1] ?? answer.body
  const message = (() => {
    try {
      return JSON.parse(data)
    } catch {
      return undefined
    }
  })()
  return { ...answer, message }
}

/** `fetch` for a client whose requests reach the handler as Lambda hands them over. */
export const fetchThrough =
  (handler: Handler): typeof fetch =>
  async (input, init) => {
    const sent = new Request(input, init)
    const body = sent.body === null ? undefined : await sent.text()
    const { hash: _hash, pathname, search } = new URL(sent.url)
    const event = httpEvent({
      method: sent.method,
      path: pathname,
      query: search.slice(1),
      headers: Object.fromEntries(sent.headers),
      body,
      // Lambda does so with what is no text.
      base64: body !== undefined
    })
    const answer: any = JSON.parse(JSON.stringify(await handler(JSON.parse(JSON.stringify(event)), {})))
    const isEmpty = [202, 204].includes(answer.statusCode)
    return new Response(isEmpty ? null : answer.body, { status: answer.statusCode, headers: answer.headers })
  }
