/** An assistant that shows views: the official client on our server, and a page in Chromium that is the host of what it reads. */
import { Client, InMemoryTransport } from "@modelcontextprotocol/client"
import { getUiCapability, RESOURCE_MIME_TYPE } from "@modelcontextprotocol/ext-apps/server"
import { build } from "esbuild"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import type { Browser, BrowserContextOptions, Frame, Page } from "playwright-core"
import type { Caller } from "../../../mcp/Caller.ts"
import { ReportLink } from "../../../mcp/ReportLink.ts"
import { serverMaker } from "../../../mcp/server.ts"
import { anybody, askedAtMillis, type Asking, servicesOf } from "../../mcp/harness.ts"
import { watch } from "./Chromium.ts"
import type { Shown } from "./host.ts"

export const reportUrl = "https://reports.example.com/2026-11-21.html?signature=abc"

const extensions = { "io.modelcontextprotocol/ui": { mimeTypes: [RESOURCE_MIME_TYPE] } }

/** A client that says that it shows views, connected to the server over this store. */
export const connected = async (asking: Asking = {}, caller: Partial<Caller> = {}): Promise<Client> => {
  const layer = Layer.mergeAll(
    servicesOf(asking),
    TestClock.layer(),
    Layer.succeed(ReportLink, Effect.succeed({ url: reportUrl, until: null }))
  )
  const services = await Effect.runPromise(
    Effect.gen(function* () {
      const context = yield* Layer.buildWithScope(layer, yield* Scope.make())
      yield* Effect.provide(TestClock.setTime(askedAtMillis), context)
      return context
    })
  )
  const client = new Client({ name: "an assistant", version: "1" }, { capabilities: { extensions } })
  const [ours, theirs] = InMemoryTransport.createLinkedPair()
  const server = serverMaker(services as Context.Context<any>)({ ...anybody, ...caller })
  await Promise.all([server.connect(theirs), client.connect(ours)])
  if (getUiCapability(server.getClientCapabilities()) === undefined) throw new Error("the extension was not declared")
  return client
}

const script = async (): Promise<string> => {
  const { outputFiles } = await build({
    entryPoints: [new URL("host.ts", import.meta.url).pathname],
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    target: "es2022",
    logLevel: "error"
  })
  return (outputFiles[0]?.text ?? "").replaceAll("</script", "<\\/script")
}

let made: Promise<string> | undefined

const hostPage = async (isDark: boolean): Promise<string> => `<!doctype html><html lang="en"><meta charset="utf-8">
<title>An assistant</title><style>body{margin:0;padding:16px;background:${isDark ? "#22242a" : "#eceae4"}}
iframe{display:block;width:100%;height:80px;border:1px solid ${isDark ? "#444" : "#bbb"};border-radius:12px}</style>
<body><main><h1 hidden>An assistant</h1><iframe title="Night Audit" sandbox="allow-scripts"></iframe></main>
<script>${await (made ??= script())}</script></body></html>`

export interface Viewing {
  readonly page: Page
  readonly frame: Frame
  /** What the console says, without the bridge's own diary, and what the policy refused. */
  readonly complaints: ReadonlyArray<string>
  readonly requests: ReadonlyArray<string>
  readonly dialogs: () => number
  /** What the view had its host do. */
  readonly calls: ReadonlyArray<{ readonly name: string; readonly arguments?: any }>
  readonly opened: ReadonlyArray<string>
  readonly appInfo: { readonly name: string; readonly version: string }
  readonly close: () => Promise<void>
}

export interface Hosting extends Partial<Pick<Shown, "can" | "theme">> {
  readonly browser: Browser
  readonly client: Pick<Client, "listTools" | "readResource" | "callTool">
  readonly options?: BrowserContextOptions
  /** Whether the host opens what it is asked to. */
  readonly opens?: boolean
  /** Whether time passes as the test says. */
  readonly isTimed?: boolean
}

/** The page of a tool's view, as a host reads it. */
const readView = async (client: Hosting["client"], name: string): Promise<string> => {
  const { tools } = await client.listTools()
  const { resourceUri } = (tools.find((tool) => tool.name === name)?._meta?.["ui"] ?? {}) as { resourceUri?: string }
  const { contents } = await client.readResource({ uri: resourceUri ?? "" })
  const [content] = contents
  if (content?.mimeType !== RESOURCE_MIME_TYPE || !("text" in content)) throw new Error("no view was read")
  return content.text
}

/** What is to happen in ten seconds or later waits until the test says that so much time has gone by. Runs in the browser. */
const holdTimers = () => {
  const [begin, end] = [globalThis.setTimeout, globalThis.clearTimeout]
  const held = new Map<number, { readonly run: () => void; readonly millis: number }>()
  let made = 0
  Object.assign(globalThis, {
    held,
    setTimeout: (run: () => void, millis = 0) =>
      millis < 10_000 ? begin(run, millis) : held.set((made -= 1), { run, millis }) && made,
    clearTimeout: (id: number | undefined) => (id !== undefined && id < 0 ? held.delete(id) : end(id))
  })
}

/** Lets so many seconds go by in a frame whose timers are held. */
export const elapse = (frame: Frame, seconds: number) =>
  frame.evaluate((most) => {
    const { held } = globalThis as unknown as {
      readonly held: Map<number, { readonly run: () => void; readonly millis: number }>
    }
    for (const [id, { millis, run }] of held) if (millis <= most && held.delete(id)) run()
  }, seconds * 1000)

/** A host that says nothing until it is told what to say. */
export const silentHost = async (browser: Browser, client: Hosting["client"], name: string) => {
  // A script of an init would come after those of the page in a frame like this.
  const context = await browser.newContext({ bypassCSP: true })
  const page = await context.newPage()
  await page.setContent(`<!doctype html><iframe sandbox="allow-scripts"></iframe>`)
  const html = (await readView(client, name)).replace("<head>", `<head><script>(${String(holdTimers)})()</script>`)
  await page.evaluate((srcdoc) => {
    const frame = document.querySelector("iframe") as HTMLIFrameElement
    addEventListener("message", ({ data }) => {
      if (data.method === "ui/initialize") document.body.dataset["asked"] = String(data.id)
    })
    frame.srcdoc = srcdoc
  }, html)
  await page.waitForFunction(() => document.body.dataset["asked"] !== undefined)
  const frame = page.frames().find((one) => one !== page.mainFrame()) as Frame
  const say = (message: object) =>
    page.evaluate((said) => {
      const id = Number(document.body.dataset["asked"])
      document
        .querySelector("iframe")
        ?.contentWindow?.postMessage({ jsonrpc: "2.0", ...said, ...("result" in said ? { id } : {}) }, "*")
    }, message)
  return { page, frame, say, close: () => context.close() }
}

/** Has a tool called as a model would, and its view opened beside the answer. The view's address is taken from the tool. */
export const view = async (
  { browser, can = { openLinks: {}, serverTools: {} }, client, isTimed = false, opens = true, options, theme }: Hosting,
  name: string,
  given: Record<string, unknown>
): Promise<Viewing & { readonly result: any }> => {
  const html = await readView(client, name)
  const context = await browser.newContext({ viewport: { width: 660, height: 600 }, colorScheme: "light", ...options })
  const page = await context.newPage()
  if (isTimed) await page.addInitScript(holdTimers)
  // The package says every message that it parses.
  const watched = await watch(page, ["debug"])
  const calls: Array<{ name: string; arguments?: any }> = []
  const opened: Array<string> = []
  await page.exposeFunction("callTool", (params: { name: string; arguments?: any }) => {
    calls.push({ name: params.name, arguments: params.arguments })
    return client.callTool(params)
  })
  await page.exposeFunction("openLink", (url: string) => {
    opened.push(url)
    return opens
  })
  await page.setContent(await hostPage(theme === "dark"))
  const appInfo = await page.evaluate((shown) => openView(shown), { html, can, theme })
  const frame = page.frames().find((one) => one !== page.mainFrame()) as Frame
  const result = await client.callTool({ name, arguments: given })
  await page.evaluate((asked) => tellInput(asked), given)
  await page.evaluate((answer) => tellResult(answer), result as any)
  await frame.waitForFunction(() => document.body.innerText !== "Waiting for the answer…")
  return {
    page,
    frame,
    ...watched,
    calls,
    opened,
    appInfo,
    result,
    close: () => context.close()
  }
}
