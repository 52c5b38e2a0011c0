import * as Context from "effect/Context"
import * as Effect from "effect/Effect"

/**
 * Where the whole report can be opened, as an address that needs nothing else: the server says it to clients with a view or behind a
 * gateway, and only to callers who see every account. Undefined where there is no report.
 */
export const ReportLink = Context.Reference<Effect.Effect<string | undefined>>("nightaudit/mcp/ReportLink", {
  defaultValue: () => Effect.undefined
})
