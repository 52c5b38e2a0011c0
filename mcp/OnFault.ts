import * as Context from "effect/Context"
import * as Effect from "effect/Effect"

/**
 * Hears of every answer that is wrong through the server's own fault: its store cannot be read, a step cannot be called, a bug. A
 * question that is refused is none.
 */
export const OnFault = Context.Reference<Effect.Effect<void>>("nightaudit/mcp/OnFault", {
  defaultValue: () => Effect.void
})
