/** What a tool is: what it is called with, what it says of itself, and a program over the store that answers. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { Catalogue } from "../../core/catalogue/Catalogue.ts"
import type { Store, StoreError } from "../../core/store/Store.ts"
import type { Answer, Refusal } from "../answer/Answer.ts"
import type { Fence } from "../answer/Fence.ts"
import type { Caller } from "../Caller.ts"
import type { LiveScans } from "../LiveScans.ts"
import { argument, type Arguments, type Given, unpublished } from "./argument.ts"

/** How the operator set the server up. */
export interface Settings {
  /** Results younger than this are fresh, unless a caller says otherwise. */
  readonly freshnessHours: number
  /** How long a call waits for a live scan before it answers with what is known so far. */
  readonly liveBudgetSeconds: number
}

export const McpSettings = Context.Reference<Settings>("nightaudit/mcp/tools/McpSettings", {
  defaultValue: () => ({ freshnessHours: 24, liveBudgetSeconds: 20 })
})

/** One call of a tool: who makes it, how text is fenced in its answer, and where its progress goes. */
export interface Call {
  readonly caller: Caller
  readonly fence: Fence
  /** ISO instants are compared with this, in milliseconds. */
  readonly nowMillis: number
  /** Nothing happens where the transport carries no progress or nobody asked for it. */
  readonly progress: (done: number, total: number, message: string) => Effect.Effect<void>
}

export interface Tool<Fields extends Arguments = Arguments> {
  readonly name: string
  /** Begins with what it is about, because a client may have two servers with a tool of this name. */
  readonly title: string
  /** In the words of those who ask. It says what tells the tool from its siblings first. */
  readonly description: string
  readonly arguments: Fields
  /** Names of arguments without which it cannot answer. */
  readonly required?: ReadonlyArray<string>
  /**
   * What it may reach besides reading the store: AWS through a live scan, or findings in the store. Its annotations follow from it.
   */
  readonly reaches?: "live" | "start" | "write"
  /** Its answers can be drawn by the view of `mcp/view`. */
  readonly view?: true
  readonly answer: (
    given: Given<Omit<typeof common, keyof Fields> & Fields>,
    call: Call
  ) => Effect.Effect<Answer, Refusal | StoreError, Store | Catalogue | LiveScans>
}

/** What every tool takes. It is explained once, in the server's instructions. */
export const common = {
  freshness: unpublished(argument.number({ minimum: 0, maximum: 8760, takesZero: true })),
  limit: unpublished(argument.number({ minimum: 1, maximum: 200, whole: true })),
  cursor: unpublished(argument.text()),
  format: unpublished(argument.word(["markdown", "json"])),
  fields: unpublished(argument.texts())
}

export const defineTool = <const Fields extends Arguments>(tool: Tool<Fields>): Tool => tool as unknown as Tool

/** What a client may show before it lets the tool run. */
export const annotationsOf = ({ reaches }: Pick<Tool, "reaches">): Readonly<Record<string, boolean>> =>
  annotations[reaches ?? "store"]

const annotations = {
  store: { readOnlyHint: true, openWorldHint: false },
  // It reads AWS, which is outside, and does new work each time: the protocol's defaults say so.
  live: { readOnlyHint: true },
  start: { readOnlyHint: false, destructiveHint: false },
  write: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false }
}
