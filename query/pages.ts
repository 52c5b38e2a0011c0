/** Findings page by page, for whoever goes through all of them: no more than a page is in memory. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { Finding } from "../core/finding/Finding.ts"
import { type FindingQuery, Store, type StoreError } from "../core/store/Store.ts"
import { withLastSeen } from "./lastSeen.ts"

export const pageSize = 500

/** Every finding that is asked for, in the order of lists. */
export const allFindings = (query: Omit<FindingQuery, "limit" | "cursor">): Stream.Stream<Finding, StoreError, Store> =>
  Stream.paginate(undefined as string | undefined, (cursor) =>
    Effect.gen(function* () {
      const store = yield* Store
      const page = yield* store.findings({ ...query, limit: pageSize, cursor })
      return [
        page.items,
        Option.map(Option.fromUndefinedOr(page.cursor), (next) => next as string | undefined)
      ] as const
    })
  )

/** The same, as they were seen last. */
export const seenFindings = (
  query: Omit<FindingQuery, "limit" | "cursor">
): Stream.Stream<Finding, StoreError, Store> =>
  Stream.flatMap(Stream.grouped(allFindings(query), pageSize), (findings) =>
    Stream.fromIterableEffect(withLastSeen(findings))
  )
