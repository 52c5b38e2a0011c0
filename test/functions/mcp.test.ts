import { createHash } from "node:crypto"
import { assert, afterAll, beforeAll, describe, it } from "@effect/vitest"
import { Client as Client2, StreamableHTTPClientTransport as Transport2 } from "@modelcontextprotocol/client"
import { Client as Client1 } from "@modelcontextprotocol/sdk/client/index.js"
import { StreamableHTTPClientTransport as Transport1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import { StoreError } from "../../core/store/Store.ts"
import { requiredVariable } from "../../mcp/environment.ts"
import { type Handler, readLambdaConfig } from "../../mcp/lambda/handler.ts"
import {
  answered,
  endAll,
  fetchThrough,
  httpEvent,
  type Made,
  madeHandler,
  mine,
  myFinding,
  request,
  requestOfCall,
  theirFinding,
  theirMarks,
  theirs,
  userArn
} from "./estate.ts"
import { contextOf, throughGateway, tokenWith } from "./gateway.ts"

const claim = "nightaudit:accounts"
const savedClaim = process.env["NIGHTAUDIT_ACCOUNTS_CLAIM"]

let all: Made
let claimed: Made
let handler: Handler

beforeAll(async () => {
  process.env["NIGHTAUDIT_ACCOUNTS_CLAIM"] = claim
  all = await madeHandler()
  claimed = await madeHandler({}, { claimed: true })
  handler = claimed.handler
})
afterAll(async () => {
  if (savedClaim === undefined) delete process.env["NIGHTAUDIT_ACCOUNTS_CLAIM"]
  else process.env["NIGHTAUDIT_ACCOUNTS_CLAIM"] = savedClaim
  await endAll()
})

const textOf = (answer: any): string => answer.content[0].text
const idsIn = (answer: any): ReadonlyArray<string> =>
  answer.structuredContent.findings.map(({ id }: { readonly id: string }) => id).sort()

const assertNothingOfTheirs = (answer: unknown): void => {
  const said = JSON.stringify(answer)
  for (const mark of theirMarks) assert.notInclude(said, mark)
}

const asMe = { authorization: tokenWith({ sub: "ann", [claim]: [mine] }) }

describe("a gateway's call", () => {
  it("is answered with the tool's result", async () => {
    const answer = await all.handler({}, contextOf("nightaudit___search_findings"))
    assert.hasAllKeys(answer, ["content", "structuredContent"])
    assert.deepStrictEqual(idsIn(answer), [myFinding.id, theirFinding.id].sort())
    assert.include(textOf(answer), "2 findings")
  })

  it("is answered by the tool of a scan, too", async () => {
    const answer = await all.handler({ accounts: [mine] }, contextOf("nightaudit___find_unused_volumes"))
    assert.deepStrictEqual(idsIn(answer), [myFinding.id])
  })

  it.each([
    ["without a target", "search_findings", false],
    ["of a target that has underscores", "night_audit___search_findings", false],
    ["with a second separator", "nightaudit___x___search_findings", true],
    ["that there is not", "nightaudit___delete_volume", true],
    ["that is empty", "nightaudit___", true],
    ["that is no text", 7, true],
    ["that is not there", undefined, true]
  ])("takes a name %s as what it is", async (_, name, isError) => {
    const answer: any = await all.handler({}, contextOf(name))
    assert.strictEqual(answer.isError === true, isError)
    if (isError) assert.match(textOf(answer), /^(There is no tool|The gateway names no tool)/)
  })

  it.each([
    ["nothing", null],
    ["no value", undefined],
    ["an object in JSON", JSON.stringify({ accounts: mine })],
    ["an object that is wrapped", { arguments: { accounts: [mine] } }],
    ["an object in JSON that is wrapped", { arguments: JSON.stringify({ accounts: [mine] }) }],
    ["a list in JSON", { accounts: JSON.stringify([mine]) }],
    ["a number where an id is meant", { accounts: Number(mine) }]
  ])("takes %s for its arguments", async (_, event) => {
    const answer = await all.handler(event, contextOf("nightaudit___search_findings"))
    assert.deepStrictEqual(
      idsIn(answer),
      event === null || event === undefined ? [myFinding.id, theirFinding.id].sort() : [myFinding.id]
    )
  })

  it.each([[[]], [3], ["text"], [true], [{ arguments: 3 }], [{ nonsense: 1 }]])(
    "refuses the arguments %j in a line",
    async (event) => {
      const answer: any = await all.handler(event, contextOf("nightaudit___search_findings"))
      assert.isTrue(answer.isError)
      assert.match(textOf(answer), /expected an object of arguments|there is no argument "nonsense"/)
    }
  )

  const large = "x".repeat(5_000_000)
  const blanks = " ".repeat(5_000_000)
  it.each([
    ["in an account", { accounts: large }],
    ["in a name", { [large]: 1 }],
    ["of blanks", { accounts: `${blanks}x`, sort: `x${blanks}x` }],
    ["as they are", large],
    ["of accounts", { accounts: Array.from({ length: 400_000 }, () => "x") }]
  ])("refuses five megabytes %s in a short answer, and goes on", async (_, event) => {
    const answer: any = await all.handler(event, contextOf("nightaudit___search_findings"))
    assert.isTrue(answer.isError)
    assert.isBelow(JSON.stringify(answer).length, 2000)
    assert.strictEqual(idsIn(await all.handler({}, contextOf("nightaudit___search_findings"))).length, 2)
  })

  it("says the same when it comes twice at once", async () => {
    const events = [1, 2].map(() => all.handler({ limit: 1 }, contextOf("nightaudit___search_findings")))
    const [first, second]: ReadonlyArray<any> = await Promise.all(events)
    assert.deepStrictEqual(idsIn(first), idsIn(second))
    assert.deepStrictEqual(first.structuredContent.totals, second.structuredContent.totals)
  })

  it("has the operator's tools and no others", async () => {
    const { handler } = await madeHandler({ toolsets: ["core"] })
    const answer: any = await handler({}, contextOf("nightaudit___find_unused_volumes"))
    assert.include(textOf(answer), 'There is no tool "find_unused_volumes" here')
    assert.notProperty(await handler({}, contextOf("nightaudit___search_findings")), "isError")
  })

  it("is never taken for a request of HTTP, whatever its arguments look like", async () => {
    const event = httpEvent({ ...requestOfCall("search_findings"), userArn: "arn:aws:iam::222222222222:root" })
    const answer: any = await handler(
      event,
      contextOf("nightaudit___search_findings", { "x-nightaudit-accounts": mine })
    )
    assert.notProperty(answer, "statusCode")
    assert.isTrue(answer.isError)
    assertNothingOfTheirs(answer)
    const empty: any = await handler(event, { clientContext: {} })
    assert.include(textOf(empty), "names no tool")
  })
})

describe("whose accounts a gateway's caller sees", () => {
  it("is what the token says, whichever headers go on", async () => {
    for (const keepsOthers of [true, false]) {
      const answer = await throughGateway({ handler, keepsOthers }, { name: "search_findings", headers: asMe })
      assert.deepStrictEqual(idsIn(answer), [myFinding.id])
      assertNothingOfTheirs(answer)
    }
  })

  it.each([
    ["a list of all", [mine, theirs]],
    ["a text with commas", `${mine},${theirs}`],
    ["a text with spaces", `${mine} ${theirs}`],
    ["the word for all", "*"]
  ])("may be more than one: %s", async (_, value) => {
    const headers = { authorization: tokenWith({ [claim]: value }) }
    const answer = await throughGateway({ handler }, { name: "search_findings", headers })
    assert.deepStrictEqual(idsIn(answer), [myFinding.id, theirFinding.id].sort())
  })

  it.each([["x-nightaudit-accounts"], ["X-NightAudit-Accounts"], ["X-NIGHTAUDIT-ACCOUNTS"]])(
    "is not what the caller sends as %s",
    async (name) => {
      for (const keepsOthers of [true, false]) {
        for (const value of [theirs, `${mine},${theirs}`, "*"]) {
          const answer = await throughGateway(
            { handler, keepsOthers },
            { name: "search_findings", headers: { ...asMe, [name]: value } }
          )
          assert.deepStrictEqual(idsIn(answer), [myFinding.id])
          assertNothingOfTheirs(answer)
        }
      }
    }
  )

  it.each([
    ["by account", { accounts: [theirs] }],
    ["by accounts", { accounts: [mine, theirs] }],
    ["by text", { text: "vol-theirs" }],
    ["by a wrapped account", { arguments: { accounts: theirs } }],
    ["by an argument named like the header", { "x-nightaudit-accounts": theirs }],
    [
      "by a client context in the arguments",
      contextOf("nightaudit___search_findings", { "x-nightaudit-accounts": "*" })
    ]
  ])("cannot be widened %s", async (_, given) => {
    for (const name of ["search_findings", "find_unused_volumes"]) {
      const answer = await throughGateway({ handler }, { name, arguments: given, headers: asMe })
      const said = JSON.stringify(answer)
      assert.notInclude(said, theirFinding.id)
      assert.notInclude(said, '"claimedMonthlyUsd":9731.29')
    }
  })

  it("cannot be widened by the cursor of somebody who sees more", async () => {
    const both = { authorization: tokenWith({ [claim]: [mine, theirs] }) }
    const first = await throughGateway({ handler }, { name: "search_findings", arguments: { limit: 1 }, headers: both })
    const { nextCursor: cursor } = first.structuredContent
    assert.isString(cursor)
    const given = { limit: 1, cursor }
    assertNothingOfTheirs(
      await throughGateway({ handler }, { name: "search_findings", arguments: given, headers: asMe })
    )
  })

  const closed: ReadonlyArray<readonly [string, Readonly<Record<string, string>>]> = [
    ["there is no token", {}],
    ["the token is none", { authorization: "Bearer x" }],
    ["the token has no claim", { authorization: tokenWith({ sub: "ann" }) }],
    ["the claim is empty", { authorization: tokenWith({ [claim]: "" }) }],
    ["the claim is an empty list", { authorization: tokenWith({ [claim]: [] }) }],
    ["the claim is no list of accounts", { authorization: tokenWith({ [claim]: ["all"] }) }]
  ]
  it.each(closed)("is none where %s, also when the caller sends the header", async (_, headers) => {
    for (const keepsOthers of [true, false]) {
      for (const sent of [headers, { ...headers, "x-nightaudit-accounts": theirs }]) {
        const answer = await throughGateway({ handler, keepsOthers }, { name: "search_findings", headers: sent })
        assert.isTrue(answer.isError)
        assert.strictEqual(
          textOf(answer),
          "The token names no account whose results may be shown; ask whoever issues the tokens."
        )
      }
    }
  })

  it.each([
    ["the interceptor is missing", { intercepted: false }],
    ["the target lets no header through", { letsThrough: false }]
  ])("is none where %s", async (_, broken) => {
    const answer = await throughGateway({ handler, ...broken }, { name: "search_findings", headers: asMe })
    assert.isTrue(answer.isError)
    assert.include(textOf(answer), "The gateway did not say whose accounts this caller may see")
  })

  it.each([
    ["are not there", undefined],
    ["are null", null],
    ["have the name in two spellings", { "x-nightaudit-accounts": mine, "X-NightAudit-Accounts": theirs }],
    ["have a list", { "x-nightaudit-accounts": [theirs] }],
    ["have a number", { "x-nightaudit-accounts": Number(theirs) }],
    ["are a text", `x-nightaudit-accounts: ${theirs}`],
    ["have blanks", { "x-nightaudit-accounts": "  " }],
    ["have commas", { "x-nightaudit-accounts": ",," }],
    ["have an id that is none", { "x-nightaudit-accounts": `${mine},2222` }],
    ["have the word for all among others", { "x-nightaudit-accounts": `*,${mine}` }]
  ])("is none where the headers %s", async (_, headers) => {
    const answer: any = await handler({}, contextOf("nightaudit___search_findings", headers))
    assert.isTrue(answer.isError)
    assert.match(textOf(answer), /^(The gateway |The token names no account)/)
    assertNothingOfTheirs(answer)
  })

  it("is the header's in any case, and with blanks", async () => {
    const headers = { "X-NightAudit-Accounts": ` ${mine} , ${mine}` }
    assert.deepStrictEqual(idsIn(await handler({}, contextOf("nightaudit___search_findings", headers))), [myFinding.id])
  })

  it("is all of them where no claim is configured, and the header changes nothing then", async () => {
    const context = contextOf("nightaudit___search_findings", { "x-nightaudit-accounts": mine })
    assert.strictEqual(idsIn(await all.handler({}, context)).length, 2)
  })
})

const key = "0123456789abcdef"
const apiKeys = [{ name: "night-report", sha256: createHash("sha256").update(key).digest("hex"), accounts: [mine] }]

describe("a request of HTTP", () => {
  it("is answered for whom AWS has let in", async () => {
    const { message, statusCode } = await answered(all.handler, httpEvent(requestOfCall("search_findings")))
    assert.strictEqual(statusCode, 200)
    assert.deepStrictEqual(idsIn(message.result), [myFinding.id, theirFinding.id].sort())
  })

  it.each([
    ["none", null],
    ["one without a name", ""]
  ])("is refused for an identity that is %s", async (_, arn) => {
    const event = httpEvent({ ...requestOfCall("search_findings"), userArn: arn })
    const { message, statusCode } = await answered(all.handler, event)
    assert.strictEqual(statusCode, 403)
    assert.include(message.error.message, "AWS_IAM")
  })

  it("is refused where the body or a header claims an identity", async () => {
    const asked = requestOfCall("search_findings")
    const headers = { ...asked.headers, "x-amz-user-arn": userArn, "x-nightaudit-accounts": "*" }
    const { statusCode } = await answered(all.handler, httpEvent({ ...asked, headers, userArn: null }))
    assert.strictEqual(statusCode, 403)
  })

  it("is let in by a key, which sees its accounts and no others", async () => {
    const { handler } = await madeHandler({ apiKeys })
    const asked = requestOfCall("search_findings")
    const headers = { ...asked.headers, authorization: `Bearer ${key}`, "x-nightaudit-accounts": theirs }
    const { message } = await answered(handler, httpEvent({ ...asked, headers, userArn: null }))
    assert.deepStrictEqual(idsIn(message.result), [myFinding.id])
    const wrong = await answered(
      handler,
      httpEvent({ ...asked, headers: { ...headers, authorization: "Bearer no" }, userArn: null })
    )
    assert.strictEqual(wrong.statusCode, 401)
    assert.match(wrong.headers["www-authenticate"], /^Bearer /)
  })

  it("finds the toolsets in its path and its header, within what the operator offers", async () => {
    const { handler } = await madeHandler({ toolsets: ["core", "cleanup"] })
    const listed = async (path: string, headers: Readonly<Record<string, string>> = {}) => {
      const asked = request("tools/list")
      return answered(handler, httpEvent({ ...asked, path, headers: { ...asked.headers, ...headers } }))
    }
    const names = async (path: string, headers?: Readonly<Record<string, string>>) =>
      (await listed(path, headers)).message.result.tools.map(({ name }: { readonly name: string }) => name)
    assert.include(await names("/mcp"), "find_unused_volumes")
    assert.notInclude(await names("/mcp"), "find_underutilized_ec2_instances")
    assert.notInclude(await names("/mcp/core"), "find_unused_volumes")
    assert.notInclude(await names("/mcp", { "x-nightaudit-toolsets": "core" }), "find_unused_volumes")
    for (const unknown of ["capacity", "nonsense"]) {
      const { message, statusCode } = await listed(`/mcp/${unknown}`)
      assert.strictEqual(statusCode, 400)
      assert.include(message.error.message, "There are: all, core, cleanup.")
    }
  })

  it("finds everything else where it is over HTTP", async () => {
    const issuer = { url: "https://login.example.com", audience: ["https://abc.example.com/mcp"] }
    const { handler } = await madeHandler({ issuer })
    const ask = (path: string, stage = "$default") => answered(handler, httpEvent({ path, stage, userArn: null }))
    assert.deepStrictEqual((await ask("/ping")).message, { status: "Healthy" })
    assert.strictEqual((await ask("/health")).message.status, "Healthy")
    const metadata = await ask("/.well-known/oauth-protected-resource")
    assert.strictEqual(metadata.message.resource, "https://abc.lambda-url.eu-west-1.on.aws/mcp")
    assert.deepStrictEqual(metadata.message.authorization_servers, ["https://login.example.com"])
    assert.strictEqual((await ask("/")).statusCode, 404)
    assert.strictEqual((await ask("/production/ping", "production")).statusCode, 200)
    assert.strictEqual((await ask("/production/ping")).statusCode, 404)
    assert.strictEqual((await ask("/mcp")).statusCode, 401)
  })

  it("may have a body in base64", async () => {
    const event = httpEvent({ ...requestOfCall("search_findings"), base64: true })
    assert.strictEqual((await answered(all.handler, event)).message.result.structuredContent.findings.length, 2)
  })

  const nested = `${"[".repeat(100_000)}${"]".repeat(100_000)}`
  it.each([
    ["no JSON", { body: "{" }, 400],
    ["nothing", { body: "" }, 400],
    ["base64 of nothing sensible", { body: "%%%", base64: false }, 400],
    ["nested too deep", { body: `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":${nested}}` }, 400],
    ["five megabytes", { body: `{"a":"${"x".repeat(5_000_000)}"}` }, 413],
    ["five megabytes in base64", { body: `{"a":"${"x".repeat(5_000_000)}"}`, base64: true }, 413],
    ["of another type", { body: "a=b", headers: { "content-type": "application/x-www-form-urlencoded" } }, 415],
    ["not there, and it is no POST", { method: "GET" }, 405],
    ["for a host that there cannot be", { body: "{}", headers: { host: "a b" } }, 400],
    ["with a method that there cannot be", { body: "{}", method: "TRACE" }, 400]
  ])("whose body is %s is refused, and the next one is answered", async (_, options, status) => {
    const { statusCode } = await answered(all.handler, httpEvent(options))
    assert.strictEqual(statusCode, status)
    assert.strictEqual((await answered(all.handler, httpEvent(request("tools/list")))).statusCode, 200)
  })

  it("that would never be over is refused", async () => {
    const event = httpEvent(request("subscriptions/listen", { notifications: { toolsListChanged: true } }))
    const { message, statusCode } = await answered(all.handler, event)
    assert.strictEqual(statusCode, 404)
    assert.include(message.error.message, "cannot stream")
  })

  it("is answered the same when it comes twice at once", async () => {
    const event = httpEvent(requestOfCall("search_findings"))
    const [first, second] = await Promise.all([answered(all.handler, event), answered(all.handler, event)])
    assert.deepStrictEqual(idsIn(first.message.result), idsIn(second.message.result))
  })
})

describe("clients over HTTP events", () => {
  const url = new URL("https://abc.lambda-url.eu-west-1.on.aws/mcp")
  const info = { name: "test", version: "1" }
  const cases: ReadonlyArray<readonly [string, () => { readonly client: any; readonly transport: any }]> = [
    [
      "of 1.x",
      () => ({
        client: new Client1(info),
        transport: new Transport1(url, { fetch: fetchThrough(all.handler) })
      })
    ],
    [
      "of 2.x as it is",
      () => ({
        client: new Client2(info),
        transport: new Transport2(url, { fetch: fetchThrough(all.handler) })
      })
    ],
    [
      "of 2.x that negotiates",
      () => ({
        client: new Client2(info, { versionNegotiation: { mode: "auto" } }),
        transport: new Transport2(url, { fetch: fetchThrough(all.handler) })
      })
    ]
  ]

  it.each(cases)("%s list and call", async (_, make) => {
    const { client, transport } = make()
    await client.connect(transport)
    const { tools } = await client.listTools()
    assert.isTrue(tools.some(({ name }: { readonly name: string }) => name === "find_unused_volumes"))
    const answer = await client.callTool({ name: "search_findings", arguments: { accounts: mine } })
    assert.deepStrictEqual(idsIn(answer), [myFinding.id])
    assert.isTrue((await client.callTool({ name: "search_findings", arguments: { limit: 9999 } })).isError)
    await client.close()
  })
})

describe("the function's log", () => {
  const lines = ({ logged }: Made, from: number) => logged.slice(from).map((line) => JSON.parse(line))

  it("has a line for each request, with no value that came with it", async () => {
    const made = await madeHandler({ apiKeys }, { claimed: true })
    const { handler } = made
    await throughGateway({ handler }, { name: "search_findings", arguments: { text: "s3cret" }, headers: asMe })
    await throughGateway({ handler }, { name: "s3cret", headers: asMe })
    await throughGateway({ handler }, { name: "search_findings", arguments: { limit: 9999 }, headers: asMe })
    const asked = requestOfCall("search_findings", { text: "s3cret" })
    const headers = { ...asked.headers, authorization: `Bearer ${key}` }
    await handler(httpEvent({ ...asked, headers, userArn: null }), {})
    await handler(httpEvent({ ...asked, userArn: null, query: "key=s3cret" }), {})
    assert.deepStrictEqual(
      lines(made, 0).map(({ annotations: { ms, ...said } }) => ({ ...said, timed: ms >= 0 })),
      [
        { entry: "gateway", isError: false, tool: "search_findings", timed: true },
        { entry: "gateway", isError: true, tool: "unknown", timed: true },
        { entry: "gateway", isError: true, tool: "search_findings", timed: true },
        { entry: "http", status: 200, isError: false, tool: "search_findings", timed: true },
        { entry: "http", status: 401, isError: true, tool: "search_findings", timed: true }
      ]
    )
    for (const secret of ["s3cret", key, asMe.authorization]) assert.notInclude(made.logged.join("\n"), secret)
  })
})

describe("events and variables that do not fit", () => {
  it.each([[undefined], [null], [{}], [{ requestContext: { elb: {} }, path: "/mcp", headers: {} }], [{ Records: [] }]])(
    "rejects the event %j in a line",
    async (event) => {
      const error: any = await all.handler(event, {}).then(
        () => undefined,
        (error: unknown) => error
      )
      assert.match(error?.message, /^The event is neither a tool call of an AgentCore Gateway nor an HTTP request/)
    }
  )

  const read = (environment: Record<string, string>) =>
    readLambdaConfig.pipe(
      Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnvRecord(environment))
    )

  it.effect("reads the configuration", () =>
    Effect.gen(function* () {
      assert.deepInclude(yield* read({}), { claimed: false })
      assert.strictEqual((yield* read({})).mcp.freshnessHours, 24)
      const text = JSON.stringify({ toolsets: ["core"], writes: true, liveBudgetSeconds: 5 })
      const { mcp } = yield* read({ NIGHTAUDIT_MCP: text })
      assert.deepInclude(mcp, { toolsets: ["core"], writes: true, liveBudgetSeconds: 5 })
      assert.isTrue((yield* read({ NIGHTAUDIT_ACCOUNTS_CLAIM: claim })).claimed)
      assert.isFalse((yield* read({ NIGHTAUDIT_ACCOUNTS_CLAIM: "" })).claimed)
      const issuer = { url: "https://login.example.com", clientIds: ["a"], accountsClaim: claim }
      assert.isTrue((yield* read({ NIGHTAUDIT_MCP: JSON.stringify({ issuer }) })).claimed)
    })
  )

  it.effect("says what is wrong with it", () =>
    Effect.gen(function* () {
      const wrong = (environment: Record<string, string>) =>
        Effect.map(Effect.flip(read(environment)), ({ message }) => message)
      assert.strictEqual(
        yield* wrong({ NIGHTAUDIT_MCP: "{" }),
        "NIGHTAUDIT_MCP: is not valid JSON: it is the mcp of nightaudit.config.json"
      )
      assert.strictEqual(
        yield* wrong({ NIGHTAUDIT_MCP: '{"toolset":["core"]}' }),
        "NIGHTAUDIT_MCP: mcp.toolset: is not known. Did you mean toolsets?"
      )
      const { message } = yield* Effect.flip(
        requiredVariable("NIGHTAUDIT_TABLE", "the name of the store's DynamoDB table").pipe(
          Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnvRecord({}))
        )
      )
      assert.strictEqual(message, "NIGHTAUDIT_TABLE: is not set: it is the name of the store's DynamoDB table")
    })
  )

  it("does not start for a toolset that there is not", async () => {
    const error: any = await madeHandler({ toolsets: ["cor"] }).catch((error: unknown) => error)
    assert.include(error.message, 'There is no toolset "cor"')
  })
})

describe("what is measured of an answer", () => {
  const denied = new StoreError({ kind: "failed", message: "AccessDenied" })
  const unreadable = { broken: { findings: () => denied, runs: () => denied, reports: () => denied } }
  const bug = { broken: { findings: () => Effect.die("a bug"), runs: () => Effect.die("a bug") } }
  const read = (uri: string) => {
    const asked = request("resources/read", { uri })
    return httpEvent({ ...asked, headers: { ...asked.headers, "mcp-name": uri } })
  }

  it.each([
    ["a store that cannot be read", unreadable],
    ["a bug", bug]
  ])("is a fault of the server with %s, by whichever way it was asked", async (_, broken) => {
    const { handler, measured } = await madeHandler({}, broken)
    const answer: any = await handler({}, contextOf("nightaudit___search_findings"))
    assert.isTrue(answer.isError)
    await answered(handler, httpEvent(requestOfCall("search_findings")))
    await answered(handler, read("nightaudit://runs"))
    await handler(httpEvent({ path: "/health" }), {})
    assert.deepStrictEqual(measured, [true, true, true, true])
  })

  it("is none where the question is refused, or answered", async () => {
    const { handler, measured } = await madeHandler({}, unreadable)
    await handler({ nonsense: 1 }, contextOf("nightaudit___search_findings"))
    await handler({}, contextOf("nightaudit___no_such_tool"))
    await handler({}, { clientContext: {} })
    await handler({}, contextOf("nightaudit___list_scans"))
    await answered(handler, read("nightaudit://nothing"))
    await answered(handler, httpEvent({ ...requestOfCall("list_scans"), userArn: null }))
    await answered(handler, httpEvent(requestOfCall("list_scans")))
    assert.deepStrictEqual(measured, Array<boolean>(7).fill(false))
  })
})
