/**
 * The view's half of MCP Apps 2026-01-26, JSON-RPC over messages to the page around it. It is written out because the package's client
 * brings the whole protocol along: 664 kB for these seven messages. test/report/browser holds it against the package's own schemas.
 */

/** What the host can do for a view, as far as this one asks for it. */
export interface Abilities {
  readonly openLinks?: object
  readonly serverTools?: object
}

export type Structured = Readonly<Record<string, any>>

/** What a tool answered, as far as its host passed it on: some pass on the text alone. */
export interface Answer {
  readonly structured: Structured | undefined
  readonly text: string
  readonly isError: boolean
}

/** What a person reads of something that went wrong. Every other error is a fault of ours, and its words are for nobody. */
export class Refusal extends Error {}

export interface Listener {
  /** The arguments with which the model called the tool. */
  readonly onInput: (given: Structured) => void
  readonly onResult: (answer: Answer) => void
  readonly onCancelled: () => void
  /** The host's theme; not told by hosts that leave it to the system. */
  readonly onTheme: (theme: "light" | "dark") => void
  readonly onTeardown: () => void
}

interface Message {
  readonly jsonrpc: "2.0"
  readonly id?: number | string
  readonly method?: string
  readonly params?: any
  readonly result?: any
  readonly error?: { readonly code: number; readonly message: string }
}

const methodNotFound = -32601

// A sandboxed frame has an origin of its own and does not know that of its host, so none can be named.
const post = (message: Omit<Message, "jsonrpc">) => parent.postMessage({ jsonrpc: "2.0", ...message }, "*")

const waiting = new Map<number | string, (answer: Message) => void>()
let requests = 0

/** Seconds that a host has to answer; no tool that the view calls takes as long. */
const answersWithin = 30

/** Asks the host. Rejects with what the host says, or that it said nothing. */
const request = (method: string, params: object, isPatient = false): Promise<any> =>
  new Promise((resolve, reject) => {
    const id = (requests += 1)
    const silence = isPatient
      ? undefined
      : setTimeout(() => {
          waiting.delete(id)
          reject(new Refusal(`Your assistant did not answer within ${answersWithin} seconds.`))
        }, answersWithin * 1000)
    waiting.set(id, ({ error, result }) => {
      clearTimeout(silence)
      if (error) reject(new Refusal(error.message || "Your assistant refused."))
      else resolve(result)
    })
    post({ id, method, params })
  })

const tell = (method: string, params: object = {}) => post({ method, params })

const readContext = (context: any, { onTheme }: Listener) => {
  if (context?.theme === "light" || context?.theme === "dark") onTheme(context.theme)
}

const isRecord = (value: unknown): value is Structured =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const answerOf = (result: any): Answer => ({
  structured: isRecord(result?.structuredContent) ? result.structuredContent : undefined,
  text: (Array.isArray(result?.content) ? result.content : [])
    .map((block: any) => (block?.type === "text" && typeof block.text === "string" ? block.text : ""))
    .filter((text: string) => text !== "")
    .join("\n\n"),
  isError: result?.isError === true
})

/** What a tool answers. */
export const callTool = async (name: string, given: Structured): Promise<Answer> =>
  answerOf(await request("tools/call", { name, arguments: given }))

/** Whether the host has opened it. */
export const openLink = (url: string): Promise<boolean> =>
  request("ui/open-link", { url }).then(
    (answer) => answer?.isError !== true,
    () => false
  )

/** Tells the host how high the view is, in pixels. It is as wide as the host makes it. */
export const tellSize = (height: number) => tell("ui/notifications/size-changed", { height })

/** Listens to the host, and says that the view is there. Nothing may be sent before the host has answered. */
export const connect = async (listener: Listener): Promise<Abilities> => {
  addEventListener("message", ({ data, source }) => {
    const message: Message | null = data
    if (source !== parent || message?.jsonrpc !== "2.0") return
    const { id, method, params } = message
    if (method === undefined) {
      if (id === undefined) return
      waiting.get(id)?.(message)
      waiting.delete(id)
      return
    }
    if (id === undefined) {
      if (method === "ui/notifications/tool-input") listener.onInput(params?.arguments ?? {})
      if (method === "ui/notifications/tool-result") listener.onResult(answerOf(params))
      if (method === "ui/notifications/tool-cancelled") listener.onCancelled()
      if (method === "ui/notifications/host-context-changed") readContext(params, listener)
      return
    }
    if (method === "ui/resource-teardown") listener.onTeardown()
    if (method === "ui/resource-teardown" || method === "ping") return post({ id, result: {} })
    post({ id, error: { code: methodNotFound, message: "Method not found" } })
  })
  // A host that answers late is as good as any: what it sends then is drawn.
  const answer = await request(
    "ui/initialize",
    {
      appInfo: { name: "nightaudit", title: "Night Audit", version: "1" },
      appCapabilities: { availableDisplayModes: ["inline", "fullscreen"] },
      protocolVersion: "2026-01-26"
    },
    true
  )
  readContext(answer?.hostContext, listener)
  tell("ui/notifications/initialized")
  return answer?.hostCapabilities ?? {}
}
