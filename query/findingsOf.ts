/** Findings page by page, for whoever goes through all of them: no more than a page is in memory. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { Finding } from "../core/finding/Finding.ts"
import { type FindingQuery, Store, type StoreError } from "../core/store/Store.ts"
import { lastSeenReader } from "./lastSeen.ts"

type Query = Omit<FindingQuery, "limit" | "cursor">

/** What is read at once is gone while it is young; a larger page would outlive that, and fill the heap. */
export const pageSize = 100

const pages = <A>(
  query: Query,
  make: (findings: ReadonlyArray<Finding>) => Effect.Effect<ReadonlyArray<A>, StoreError, Store>
): Stream.Stream<A, StoreError, Store> =>
  Stream.paginate(undefined as string | undefined, (cursor) =>
    Effect.gen(function* () {
      const store = yield* Store
      const page = yield* store.findings({ ...query, limit: pageSize, cursor })
      return [
        yield* make(page.items),
        Option.map(Option.fromUndefinedOr(page.cursor), (next) => next as string | undefined)
      ] as const
    })
  )

/** Every finding that is asked for, in the order of lists. */
export const allFindings = (query: Query): Stream.Stream<Finding, StoreError, Store> => pages(query, Effect.succeed)

/** The same as they were seen last, and only those that are kept. */
export const seenFindings = (
  query: Query,
  keep: (finding: Finding) => boolean = () => true
): Stream.Stream<Finding, StoreError, Store> =>
  Stream.suspend(() => {
    const seen = lastSeenReader()
    return pages(query, (findings) => seen(findings.filter(keep)))
  })

/** What `keep` makes of every finding that matches. Only what is kept is in memory. */
export const findingsOf = <A>(
  query: Query,
  keep: (finding: Finding) => A
): Effect.Effect<Array<A>, StoreError, Store> => Stream.runCollect(Stream.map(allFindings(query), keep))
