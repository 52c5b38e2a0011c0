/** What every store does alike when findings are asked for: their order, the filters, the page and its cursor. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { monthlyUsdOf } from "../finding/lifecycle.ts"
import type { Finding, FindingEvent, FindingKind, FindingStatus, Severity } from "../finding/Finding.ts"
import { type FindingQuery, ownerOf, StoreError } from "./Store.ts"

/** The most severe first: the place in this list is what findings of equal saving are ordered by. */
export const severities: ReadonlyArray<Severity> = ["critical", "high", "medium", "low", "info"]
export const statuses: ReadonlyArray<FindingStatus> = ["open", "snoozed", "suppressed", "resolved"]
export const kinds: ReadonlyArray<FindingKind> = ["money", "hygiene", "notice"]

/** A place in the order of findings: the largest saving first, then the most severe, then by id. */
export interface Position {
  readonly cents: number
  readonly severity: Severity
  readonly id: string
}

/** What findings are ordered and filtered by. */
export interface Facets extends Position {
  readonly kind: FindingKind
  readonly status: FindingStatus
  readonly scan: string
  readonly category: string
  readonly account: string
  readonly region: string
  readonly service: string
  readonly confirmed: boolean
  /** Empty where no tag names one. */
  readonly owner: string
}

/** The largest saving that is told apart from larger ones, in cents. It has 13 digits. */
export const maxCents = 9_999_999_999_999

/** A saving in whole cents. Findings are ordered and compared by cents, so that a rounding error never decides. */
export const centsOf = (usd: number): number => Math.min(maxCents, Math.max(0, Math.round(usd * 100)))

export const positionOf = (finding: Finding): Position => ({
  cents: centsOf(monthlyUsdOf(finding)),
  severity: finding.severity,
  id: finding.id
})

/**
 * A whole number that orders findings of different savings or severities: ascending, it gives the largest saving first and of
 * equal ones the most severe. It has 47 bits.
 */
export const rankOf = ({ cents, severity }: Pick<Position, "cents" | "severity">): number =>
  (maxCents - cents) * 8 + severities.indexOf(severity)

/** The first rank that a query can match: what is no money saves nothing, and so comes after nearly all money. */
export const firstRankOf = ({ kinds }: Pick<FindingQuery, "kinds">): number =>
  kinds === undefined || kinds.includes("money") ? 0 : maxCents * 8

/** The last rank of those that save at least this. */
export const lastRankOf = (minCents: number): number => (maxCents - minCents) * 8 + 7

export const positionOfRank = (rank: number, id: string): Position => ({
  cents: maxCents - Math.floor(rank / 8),
  severity: severities[rank % 8] ?? "info",
  id
})

export const facetsOf = (finding: Finding): Facets => ({
  ...positionOf(finding),
  kind: finding.kind,
  status: finding.status,
  scan: finding.scan,
  category: finding.category,
  account: finding.account,
  region: finding.region,
  service: finding.resource.service,
  confirmed: finding.confirmed,
  owner: ownerOf(finding) ?? ""
})

const isOneOf = <A>(value: A, wanted: ReadonlyArray<A> | undefined) => wanted === undefined || wanted.includes(value)

const is = <A>(value: A, wanted: A | undefined) => wanted === undefined || wanted === value

/** Whether a finding is one of those that are asked for. */
export const matches = (query: Omit<FindingQuery, "limit" | "cursor">, facets: Facets): boolean =>
  isOneOf(facets.status, query.statuses) &&
  isOneOf(facets.kind, query.kinds) &&
  is(facets.confirmed, query.confirmed) &&
  is(facets.owner, query.owner) &&
  isOneOf(facets.scan, query.scans) &&
  isOneOf(facets.category, query.categories) &&
  isOneOf(facets.account, query.accounts) &&
  isOneOf(facets.region, query.regions) &&
  isOneOf(facets.service, query.services) &&
  isOneOf(facets.severity, query.severities) &&
  facets.cents >= centsOf(query.minMonthlyUsd ?? 0)

/** A finding's id is named by at least so many of its first characters: there are 65,536 such beginnings. */
export const idPrefixLength = 4

export const isIdPrefix = (text: string): boolean => text.length >= idPrefixLength && /^[0-9a-f]+$/.test(text)

/** Not resolved ones first, then in the order of lists. */
export const openFirst = (findings: Iterable<Finding>): ReadonlyArray<Finding> =>
  [...findings]
    .map((finding) => ({ finding, ended: Number(finding.status === "resolved"), rank: rankOf(positionOf(finding)) }))
    .sort((a, b) => a.ended - b.ended || a.rank - b.rank || (a.finding.id < b.finding.id ? -1 : 1))
    .map(({ finding }) => finding)

/** Fails unless a page can have this many items. */
export const checkLimit = (limit: number): Effect.Effect<void, StoreError> =>
  Number.isInteger(limit) && limit >= 1 && limit <= 1000
    ? Effect.void
    : Effect.fail(
        new StoreError({
          kind: "failed",
          message: `The limit ${limit} is not possible: give a whole number from 1 to 1,000.`
        })
      )

/** A cursor of a list, which holds where the page before ended. */
export const cursorOf = <A>(schema: Schema.Codec<A, unknown>) => {
  const json = Schema.fromJsonString(schema)
  const encode = Schema.encodeSync(json)
  const decode = Schema.decodeEffect(json)
  return {
    encode: (last: A): string => Buffer.from(encode(last)).toString("base64url"),
    /** Where the page before ended; undefined for the first page. */
    decode: (cursor: string | undefined): Effect.Effect<A | undefined, StoreError> =>
      cursor === undefined
        ? Effect.undefined
        : Effect.mapError(
            decode(Buffer.from(cursor, "base64url").toString()),
            () =>
              new StoreError({
                kind: "failed",
                message: `The cursor ${JSON.stringify(cursor)} did not come from this list: leave it out to get the first page.`
              })
          )
  }
}

/** The cursor of a list of findings, the same in every store. */
export const findingCursor = cursorOf(
  Schema.Struct({ cents: Schema.Int, severity: Schema.Literals(severities), id: Schema.String })
)

/** The cursor of the list of runs. */
export const runCursor = cursorOf(Schema.Struct({ runId: Schema.String }))

/** A place in what a run changed: by finding, then by time, then by type. */
export type EventPosition = Pick<FindingEvent, "findingId" | "at" | "type">

const EventPlace = Schema.Struct({ findingId: Schema.String, at: Schema.String, type: Schema.String })

/** The cursor of what a run changed. */
export const eventCursor = cursorOf(EventPlace)

/** Makes a page of at most `limit` items out of what was found when one more than that was asked for. */
export const pageOf = <A>(found: ReadonlyArray<A>, limit: number, cursorAfter: (last: A) => string) => {
  const items = found.slice(0, limit)
  const last = items.at(-1)
  return { items, cursor: found.length > limit && last !== undefined ? cursorAfter(last) : undefined }
}
