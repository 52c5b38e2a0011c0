/** How findings are searched: partitions of one index, merged in order, with a bound on the requests of a page. */
import * as Effect from "effect/Effect"
import { centsOf, type Facets, firstRankOf, matches, type Position } from "../query.ts"
import type { FindingQuery, StoreError, Tally } from "../Store.ts"
import { facetsOfRow } from "./dynamoItems.ts"
import type { Item } from "./dynamoOperations.ts"
import type { dynamoRequests } from "./dynamoRequests.ts"
import { findingIndexes, lastRankText, partitionsOf, positionOfRankText, rankNumber, rankText } from "./dynamoTable.ts"

type Filters = Omit<FindingQuery, "limit" | "cursor">

/** Beside one for each partition, so many pages of an index are read for one page of findings. A page has a megabyte. */
export const maxMorePages = 32

/** The rows that were found, and where the search ended when it ended early. */
interface Rows {
  readonly rows: ReadonlyArray<Item>
  readonly ended: Position | undefined
}

/** A row of an index that matches, in its place. */
interface Candidate {
  readonly row: Item
  readonly facets: Facets
  readonly rank: string
}

export const dynamoSearch = (table: ReturnType<typeof dynamoRequests>) => {
  const request = (query: Filters, after: Position | undefined) => {
    const first = rankNumber(firstRankOf(query))
    const from = after === undefined || rankText(after) < first ? first : rankText(after)
    const to = lastRankText(centsOf(query.minMonthlyUsd ?? 0))
    const { attribute, partitions } = partitionsOf(query)
    return {
      from,
      // A cursor of a list with a lower minimum can be past the end of this one, and DynamoDB refuses such a range.
      partitions: from > to ? [] : partitions,
      page: (key: string, limit: number | undefined, next: Item | undefined) =>
        table.queryPage({
          IndexName: findingIndexes[attribute],
          KeyConditionExpression: "#partition = :partition AND #rank BETWEEN :from AND :to",
          ExpressionAttributeNames: { "#partition": attribute, "#rank": "rank" },
          ExpressionAttributeValues: {
            ":partition": { S: key },
            ":from": { S: from },
            ":to": { S: to }
          },
          Limit: limit,
          ExclusiveStartKey: next
        })
    }
  }

  /** The first `enough` rows after a position that match, as the index has them. */
  const find = Effect.fnUntraced(function* (
    query: Filters,
    after: Position | undefined,
    enough: number
  ): Effect.fn.Return<Rows, StoreError> {
    const { from, page, partitions } = request(query, after)
    const sources = partitions.map(({ key, status }) => ({
      key,
      status,
      waiting: [] as Array<Candidate>,
      /** The last row that was read. Everything up to it is known. */
      readTo: from,
      next: undefined as Item | undefined,
      pageSize: Math.ceil(enough / partitions.length) + 10,
      isBegun: false,
      isRead: false
    }))
    type Source = (typeof sources)[number]
    let morePages = maxMorePages

    const refill = Effect.fnUntraced(function* (source: Source) {
      while (source.waiting.length === 0 && !source.isRead) {
        if (source.isBegun) {
          if (morePages === 0) return
          morePages -= 1
        }
        source.isBegun = true
        const { items, next } = yield* page(source.key, source.pageSize, source.next)
        source.waiting = items
          .map((row) => ({ row, rank: row.rank?.S ?? "", facets: facetsOfRow(row, source.status) }))
          .filter(({ facets, rank }) => rank > from && matches(query, facets))
        source.readTo = next?.rank?.S ?? source.readTo
        source.next = next
        source.pageSize *= 4
        source.isRead = next === undefined
      }
    })
    const isDry = ({ isRead, waiting }: Source) => waiting.length === 0 && !isRead

    const found = new Map<string, Item>()
    while (found.size < enough) {
      const dry = sources.filter(isDry)
      yield* Effect.forEach(dry, refill, { concurrency: 16, discard: true })
      // What comes after the place to which a partition was read may not be next.
      const known = sources
        .filter(isDry)
        .reduce<string | undefined>(
          (least, { readTo }) => (least === undefined || readTo < least ? readTo : least),
          undefined
        )
      const [first] = sources
        .filter(({ waiting }) => waiting.length > 0)
        .sort((a, b) => ((a.waiting[0]?.rank ?? "") < (b.waiting[0]?.rank ?? "") ? -1 : 1))
      const next = first?.waiting[0]
      if (next === undefined || (known !== undefined && next.rank > known)) {
        return { rows: [...found.values()], ended: known === undefined ? undefined : positionOfRankText(known) }
      }
      first?.waiting.shift()
      // A finding that is moving within an index can be seen at both of its places.
      found.set(next.facets.id, next.row)
    }
    return { rows: [...found.values()], ended: undefined }
  })

  return {
    find,
    tally: Effect.fnUntraced(function* (query: Filters, atMost: number): Effect.fn.Return<Tally, StoreError> {
      const { page, partitions } = request(query, undefined)
      let [looked, findings, cents, isWhole] = [0, 0, 0, true]
      yield* Effect.forEach(
        partitions,
        Effect.fnUntraced(function* ({ key, status }) {
          let next: Item | undefined
          do {
            if (looked > atMost) {
              isWhole = false
              return
            }
            const read: { readonly items: ReadonlyArray<Item>; readonly next: Item | undefined } = yield* page(
              key,
              undefined,
              next
            )
            looked += read.items.length
            for (const row of read.items) {
              const facets = facetsOfRow(row, status)
              if (!matches(query, facets)) continue
              findings += 1
              cents += facets.cents
            }
            next = read.next
          } while (next !== undefined)
        }),
        { concurrency: 8, discard: true }
      )
      return { findings, monthlyUsd: cents / 100, whole: isWhole }
    })
  }
}
