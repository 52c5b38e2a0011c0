import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { ReportPlace } from "../core/run/ReportShelf.ts"
import type { Store, StoreError } from "../core/store/Store.ts"
import { reportLink } from "../query/reportLink.ts"

/**
 * Where the whole report is opened: the page that the newest run wrote, or what serves one. It is said to clients that show views or
 * are behind a gateway, and only to callers who see every account, because the report does. Undefined where there is none.
 */
export const ReportLink = Context.Reference<Effect.Effect<ReportPlace | undefined, StoreError, Store>>(
  "nightaudit/mcp/ReportLink",
  { defaultValue: reportLink }
)
