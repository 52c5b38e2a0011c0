/** Who is told of the view: clients that say that they show views, by either protocol, and nobody else. Nothing else changes. */
import { Client as Client2, InMemoryTransport } from "@modelcontextprotocol/client"
import { RESOURCE_MIME_TYPE } from "@modelcontextprotocol/ext-apps/server"
import { Client as Client1 } from "@modelcontextprotocol/sdk/client/index.js"
import { createHash } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import { encode } from "gpt-tokenizer/encoding/o200k_base"
import { Store, StoreError } from "../../core/store/Store.ts"
import type { Caller } from "../../mcp/Caller.ts"
import { definitions } from "../../mcp/definitions.ts"
import gatewayTools from "../../mcp/gatewayTools.json" with { type: "json" }
import { answerGateway } from "../../mcp/lambda/gateway.ts"
import { ReportLink } from "../../mcp/ReportLink.ts"
import { callTool, serverMaker } from "../../mcp/server.ts"
import { showsViews, toolMeta, viewResource } from "../../mcp/view.ts"
import { keepReportLink } from "../../query/reportLink.ts"
import { viewPage } from "../../mcp/viewPage.ts"
import { type Ask, entry, initialize } from "./entry.ts"
import { anybody, askedAtMillis, nights, servicesOf, storeCopy } from "./harness.ts"

const drawn = ["summarize_savings", "search_findings"]
const reportUrl = "https://reports.example.com/2026-11-21.html"

const extensions = { "io.modelcontextprotocol/ui": { mimeTypes: [RESOURCE_MIME_TYPE] } }

const report = { url: reportUrl, until: "2026-11-28T02:00:00.000Z" }
const reportLine = `The whole report, for a browser: ${reportUrl} (opens until 2026-11-28 02:00 UTC, for whoever has the address)`

const linked = Layer.mergeAll(servicesOf(), TestClock.layer(), Layer.succeed(ReportLink, Effect.succeed(report)))

/** The server over the two nights, five hours after the second. */
const maker = Effect.gen(function* () {
  const context = yield* Layer.build(linked)
  yield* Effect.provide(TestClock.setTime(askedAtMillis), context)
  return serverMaker(context as Context.Context<any>)
})

type Making = (capabilities: object) => any

const generations: Readonly<Record<string, Making>> = {
  "client 1": (capabilities) => new Client1({ name: "v1", version: "1" }, { capabilities }),
  "client 2": (capabilities) => new Client2({ name: "v2", version: "1" }, { capabilities })
}

const connected = Effect.fnUntraced(function* (make: Making, capabilities: object, caller: Partial<Caller> = {}) {
  const server = (yield* maker)({ ...anybody, ...caller })
  const client = make(capabilities)
  const [ours, theirs] = InMemoryTransport.createLinkedPair()
  yield* Effect.promise(() => Promise.all([server.connect(theirs), client.connect(ours)]))
  yield* Effect.addFinalizer(() => Effect.promise(() => client.close()))
  return client
})

/** What a client is told, as far as a view could change it. */
const told = Effect.fnUntraced(function* (client: any) {
  return yield* Effect.promise(async () => ({
    tools: (await client.listTools()).tools,
    resources: (await client.listResources()).resources,
    savings: await client.callTool({ name: "summarize_savings", arguments: { by: "region" } }),
    findings: await client.callTool({ name: "search_findings", arguments: { limit: 5 } }),
    other: await client.callTool({ name: "get_coverage", arguments: {} })
  }))
})

const withMeta = (tools: ReadonlyArray<{ readonly name: string; readonly _meta?: unknown }>) =>
  tools.filter(({ _meta }) => _meta !== undefined).map(({ name }) => name)

describe("a client that shows views", () => {
  for (const [name, make] of Object.entries(generations)) {
    it.effect(`finds one at two tools and among the resources: ${name}`, () =>
      Effect.gen(function* () {
        const client = yield* connected(make, { extensions })
        const { resources, tools } = yield* told(client)
        assert.deepStrictEqual(withMeta(tools), drawn)
        for (const { _meta } of tools) if (_meta !== undefined) assert.deepStrictEqual(_meta, toolMeta)
        assert.deepStrictEqual(resources.at(-1), viewResource)
        assert.strictEqual(resources.length, 4)
        assert.strictEqual(viewResource.uri, toolMeta.ui.resourceUri)
        const { contents }: any = yield* Effect.promise(() => client.readResource({ uri: toolMeta.ui.resourceUri }))
        assert.strictEqual(contents.length, 1)
        assert.strictEqual(contents[0].mimeType, RESOURCE_MIME_TYPE)
        assert.strictEqual(contents[0].uri, viewResource.uri)
        assert.deepStrictEqual(contents[0]._meta, { ui: { prefersBorder: true } })
      }).pipe(Effect.scoped)
    )
  }

  it.effect("is told of the whole report, and of nothing else than other clients are", () =>
    Effect.gen(function* () {
      const [make] = Object.values(generations)
      const seeing = yield* told(yield* connected(make as Making, { extensions }))
      const plain = yield* told(yield* connected(make as Making, {}))
      for (const answer of ["savings", "findings"] as const) {
        const { report: link, ...structured } = seeing[answer].structuredContent
        assert.deepStrictEqual(link, report)
        assert.deepStrictEqual(structured, plain[answer].structuredContent)
        assert.strictEqual(seeing[answer].content[0].text, `${plain[answer].content[0].text}\n${reportLine}`)
      }
      assert.deepStrictEqual(seeing.other, plain.other)
    }).pipe(Effect.scoped)
  )

  it.effect("is not told of a report about accounts that its caller does not see", () =>
    Effect.gen(function* () {
      const client = yield* connected(generations["client 2"] as Making, { extensions }, { accounts: ["777788889999"] })
      const { findings, savings } = yield* told(client)
      for (const { content, structuredContent } of [findings, savings]) {
        assert.notProperty(structuredContent, "report")
        assert.notInclude(content[0].text, reportUrl)
      }
    }).pipe(Effect.scoped)
  )
})

describe("a client without views", () => {
  for (const [name, make] of Object.entries(generations)) {
    for (const [what, capabilities] of [
      ["says nothing of them", {}],
      ["shows others", { extensions: { "io.modelcontextprotocol/ui": { mimeTypes: ["text/uri-list"] } } }]
    ] as const) {
      it.effect(`has lists and answers as if there were none: ${name}, ${what}`, () =>
        Effect.gen(function* () {
          const { findings, resources, savings, tools } = yield* told(yield* connected(make, capabilities))
          assert.deepStrictEqual(withMeta(tools), [])
          assert.strictEqual(resources.length, 3)
          yield* TestClock.setTime(askedAtMillis)
          const bare = yield* callTool("search_findings", { limit: 5 }, anybody)
          assert.strictEqual(findings.content[0].text, bare.content[0]?.text)
          for (const { content, structuredContent } of [findings, savings]) {
            assert.notProperty(structuredContent, "report")
            assert.match(content[0].text, /^As of 2026-11-21/)
          }
        }).pipe(Effect.scoped, Effect.provide(linked))
      )
    }
  }

  it("is told apart from one that has not said", () => {
    assert.isUndefined(showsViews(undefined))
    assert.isFalse(showsViews({}))
    assert.isFalse(showsViews({ extensions: { "io.modelcontextprotocol/ui": {} } }))
    assert.isFalse(showsViews({ extensions: { "io.modelcontextprotocol/ui": { mimeTypes: "text/html" } } }))
    assert.isTrue(showsViews({ extensions }))
  })
})

describe("over HTTP", () => {
  const version = "2026-07-28"
  const listed = (capabilities: object): Ask => ({
    headers: { "mcp-protocol-version": version, "mcp-method": "tools/list" },
    body: {
      jsonrpc: "2.0",
      id: 7,
      method: "tools/list",
      params: {
        _meta: {
          "io.modelcontextprotocol/protocolVersion": version,
          "io.modelcontextprotocol/clientInfo": { name: "test", version: "1" },
          "io.modelcontextprotocol/clientCapabilities": capabilities
        }
      }
    }
  })
  const listedOf2025 = (headers: Readonly<Record<string, string>>): Ask => ({
    headers: { "mcp-protocol-version": "2025-11-25", ...headers },
    body: { jsonrpc: "2.0", id: 2, method: "tools/list", params: {} }
  })
  const beginning = (capabilities: object): Ask => ({
    body: { ...initialize, params: { ...initialize.params, capabilities } }
  })

  it.effect("each request of 2026 says it for itself", () =>
    Effect.gen(function* () {
      const { send } = yield* entry({ makeServer: yield* maker })
      assert.deepStrictEqual(withMeta((yield* send(listed({ extensions }))).message.result.tools), drawn)
      assert.deepStrictEqual(withMeta((yield* send(listed({}))).message.result.tools), [])
    }).pipe(Effect.scoped)
  )

  it.effect("a session of 2025 has said it at its beginning, and without a session nobody knows", () =>
    Effect.gen(function* () {
      const makeServer = yield* maker
      const { send } = yield* entry({ makeServer })
      const inSession = Effect.fnUntraced(function* (capabilities: object) {
        const { headers, message } = yield* send(beginning(capabilities))
        assert.deepStrictEqual(message.result.capabilities.extensions, { "io.modelcontextprotocol/ui": {} })
        const { message: answer } = yield* send(listedOf2025({ "mcp-session-id": String(headers["mcp-session-id"]) }))
        return withMeta(answer.result.tools)
      })
      assert.deepStrictEqual(yield* inSession({ extensions }), drawn)
      assert.deepStrictEqual(yield* inSession({}), [])
      const stateless = yield* entry({ makeServer, sessions: false })
      assert.deepStrictEqual(withMeta((yield* stateless.send(listedOf2025({}))).message.result.tools), drawn)
    }).pipe(Effect.scoped)
  )
})

describe("behind a gateway", () => {
  const asked = (custom: object, claimed: boolean) =>
    Effect.gen(function* () {
      yield* TestClock.setTime(askedAtMillis)
      return yield* answerGateway(
        { by: "region" },
        { bedrockAgentCoreToolName: "nightaudit___summarize_savings", ...custom },
        { claimed, tools: anybody.tools }
      )
    }).pipe(Effect.provide(linked))
  const headers = (accounts: string) => ({
    bedrockAgentCorePropagatedHeaders: { "x-nightaudit-accounts": accounts }
  })

  it("no tool speaks of a view", () => {
    assert.notInclude(JSON.stringify(gatewayTools), "ui://")
  })

  it.effect("an answer has the link to the whole report, for callers who see every account", () =>
    Effect.gen(function* () {
      for (const answer of [yield* asked({}, false), yield* asked(headers("*"), true)]) {
        assert.deepStrictEqual(answer.structuredContent["report"], report)
        assert.include(answer.content[0]?.text, reportLine)
      }
      const some = yield* asked(headers("777788889999"), true)
      assert.isUndefined(some.isError)
      assert.notInclude(JSON.stringify(some), reportUrl)
    })
  )
})

describe("the whole report", () => {
  const asked = (store: Store["Service"]) =>
    TestClock.setTime(askedAtMillis).pipe(
      Effect.andThen(callTool("search_findings", { limit: 1 }, anybody, { shows: "link" })),
      Effect.provide(Layer.merge(servicesOf({ store }), TestClock.layer()))
    )

  it.effect("is the page that the newest run has written, until its address ends", () =>
    Effect.gen(function* () {
      const { second } = yield* nights
      const store = yield* storeCopy
      assert.notProperty((yield* asked(store)).structuredContent, "report")
      const link = { ...report, runId: second, asOf: "2026-11-21T02:00:00.000Z" }
      yield* Effect.provideService(keepReportLink(link), Store, store)
      const { content, structuredContent } = yield* asked(store)
      assert.deepStrictEqual(structuredContent["report"], report)
      assert.include(content[0]?.text, reportLine)
    })
  )

  it.effect("is left out where its address cannot be read, and the answer is there", () =>
    Effect.gen(function* () {
      const { store } = yield* nights
      const cached = () => Effect.fail(new StoreError({ kind: "busy", message: "throttled" }))
      const { content, isError, structuredContent } = yield* asked({ ...store, cached })
      assert.isUndefined(isError)
      assert.notProperty(structuredContent, "report")
      assert.match(content[0]?.text ?? "", /^As of 2026-11-21/)
    })
  )
})

describe("the view's page", () => {
  it("runs one script and uses one style, and asks for nothing", () => {
    const policy = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(viewPage)?.[1] ?? ""
    const within = (tag: string) => new RegExp(`<${tag}>([^]*?)</${tag}>`).exec(viewPage)?.[1] ?? ""
    const hashed = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`
    assert.deepStrictEqual(policy.split("; "), [
      "default-src 'none'",
      `script-src ${hashed(within("script"))}`,
      `style-src ${hashed(within("style"))}`,
      "base-uri 'none'",
      "form-action 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'"
    ])
    assert.strictEqual(viewPage.split("<script").length, 2)
    assert.notMatch(viewPage, /https?:|src=|href=|url\(|innerHTML|insertAdjacent|document\.write|eval\(|fetch\(/)
  })

  it("is small enough to be sent with a conversation", () => {
    assert.isBelow(Buffer.byteLength(viewPage), 18_000)
  })

  it("leaves the general tools under 2,000 tokens and all of them under 10,000, for those who are told of it", () => {
    const tokens = (toolset?: string) =>
      definitions
        .filter((listed) => toolset === undefined || listed.toolset === toolset)
        .reduce(
          (sum, listed) =>
            sum + encode(JSON.stringify("view" in listed ? { ...listed.tool, _meta: toolMeta } : listed.tool)).length,
          0
        )
    assert.isBelow(tokens("core"), 2000)
    assert.isBelow(tokens(), 10_000)
    assert.deepStrictEqual(
      definitions.filter((listed) => "view" in listed).map(({ tool }) => tool.name),
      drawn
    )
  })
})
