/** Where the page of a night is put, so that its digest can link it: the bucket in the cloud, a file on one machine. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Store, StoreError } from "../store/Store.ts"
import type { Run } from "./Run.ts"

/** The page could not be made or put there. The message says where and why in one line. */
export class ReportNotWritten extends Schema.TaggedError<ReportNotWritten>()("ReportNotWritten", {
  message: Schema.String
}) {}

/** Where a page can be opened. */
export interface ReportPlace {
  readonly url: string
  /** ISO instant after which the address leads nowhere; null where it has no end of its own. */
  readonly until: string | null
}

export interface ReportShelf {
  /** Makes the page of the store as it is after the run, and answers where it can be opened. */
  readonly put: (run: Run) => Effect.Effect<ReportPlace, ReportNotWritten | StoreError, Store>
}

/** Without one, runs write no page. */
export const ReportShelf = Context.Reference<ReportShelf | undefined>("nightaudit/core/run/ReportShelf", {
  defaultValue: () => undefined
})
