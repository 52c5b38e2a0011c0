import * as Effect from "effect/Effect"
import type { Finding } from "../core/finding/Finding.ts"
import { type FindingQuery, Store } from "../core/store/Store.ts"

/** What `keep` makes of every finding that matches, read page by page, so that only what is kept is in memory. */
export const findingsOf = Effect.fn("findingsOf")(function* <A>(
  query: Omit<FindingQuery, "limit" | "cursor">,
  keep: (finding: Finding) => A
) {
  const store = yield* Store
  const kept: Array<A> = []
  let cursor: string | undefined
  do {
    const page = yield* store.findings({ ...query, limit: 1000, cursor })
    for (const finding of page.items) kept.push(keep(finding))
    cursor = page.cursor
  } while (cursor !== undefined)
  return kept
})
