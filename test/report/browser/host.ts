/**
 * The page of an assistant that shows views, on the package's own bridge: it parses by schema whatever a view sends, and refuses what
 * the protocol does not know. It is bundled when the tests run; `viewHost.ts` has the other side of it.
 */
import { AppBridge, PostMessageTransport } from "@modelcontextprotocol/ext-apps/app-bridge"

export interface Shown {
  readonly html: string
  readonly can: { readonly openLinks?: object; readonly serverTools?: object }
  readonly theme?: "light" | "dark" | undefined
}

/** What the test can do with the host, and what the host does for the view. */
declare global {
  var openView: (shown: Shown) => Promise<{ readonly name: string; readonly version: string }>
  var tellInput: (given: Record<string, unknown>) => Promise<void>
  var tellResult: (result: any) => Promise<void>
  var tellCancelled: () => Promise<void>
  var tellTheme: (theme: "light" | "dark") => Promise<void>
  var tearDown: () => Promise<unknown>
  /** Sends a request as it stands, and gives the answer as it came. */
  var requestRaw: (method: string) => Promise<any>
  var callTool: (params: any) => Promise<any>
  var openLink: (url: string) => Promise<boolean>
  var sizes: Array<{ readonly width?: number | undefined; readonly height?: number | undefined }>
}

const frame = document.querySelector("iframe") as HTMLIFrameElement
let bridge: AppBridge

globalThis.sizes = []

globalThis.openView = async ({ can, html, theme }) => {
  bridge = new AppBridge(null, { name: "a host of the tests", version: "1" }, can, {
    hostContext: theme === undefined ? {} : { theme }
  })
  bridge.oncalltool = (params) => globalThis.callTool(params)
  bridge.onopenlink = async ({ url }) => ((await globalThis.openLink(url)) ? {} : { isError: true })
  bridge.addEventListener("sizechange", (size) => {
    globalThis.sizes.push(size)
    frame.style.height = `${size.height}px`
  })
  const initialized = new Promise<void>((resolve) => bridge.addEventListener("initialized", () => resolve()))
  const view = frame.contentWindow as Window
  await bridge.connect(new PostMessageTransport(view, view))
  frame.srcdoc = html
  await initialized
  return bridge.getAppVersion() ?? { name: "", version: "" }
}
globalThis.tellInput = (given) => bridge.sendToolInput({ arguments: given })
globalThis.tellResult = (result) => bridge.sendToolResult(result)
globalThis.tellCancelled = () => bridge.sendToolCancelled({ reason: "the test" })
globalThis.tellTheme = async (theme) => bridge.setHostContext({ theme })
globalThis.tearDown = () => bridge.teardownResource({})
globalThis.requestRaw = (method) =>
  new Promise((resolve) => {
    const id = `raw ${method}`
    addEventListener("message", ({ data }) => {
      if (data?.id === id && data.method === undefined) resolve(data)
    })
    frame.contentWindow?.postMessage({ jsonrpc: "2.0", id, method, params: {} }, "*")
  })
