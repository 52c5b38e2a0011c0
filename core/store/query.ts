/** What every store does alike when findings are asked for: their order, the filters, the page and its cursor. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Finding, Severity } from "../finding/Finding.ts"
import { type FindingQuery, ownerOf, StoreError } from "./Store.ts"

/** A place in the order of findings: the largest saving first, then by id. */
export interface Position {
  readonly cents: number
  readonly id: string
}

/** What findings are ordered and filtered by. */
export interface Facets extends Position {
  readonly status: Finding["status"]
  readonly scan: string
  readonly category: string
  readonly account: string
  readonly region: string
  readonly severity: Severity
  readonly confirmed: boolean
  readonly owner: string | undefined
}

/** The largest saving that is told apart from larger ones, in cents. It has 13 digits. */
export const maxCents = 9_999_999_999_999

/** A saving in whole cents. Findings are ordered and compared by cents, so that a rounding error never decides. */
export const centsOf = (usd: number): number => Math.min(maxCents, Math.max(0, Math.round(usd * 100)))

export const positionOf = (finding: Finding): Position => ({
  cents: centsOf(finding.savings.monthlyUsd),
  id: finding.id
})

export const facetsOf = (finding: Finding): Facets => ({
  ...positionOf(finding),
  status: finding.status,
  scan: finding.scan,
  category: finding.category,
  account: finding.account,
  region: finding.region,
  severity: finding.severity,
  confirmed: finding.confirmed,
  owner: ownerOf(finding)
})

const isOneOf = (value: string, wanted: ReadonlyArray<string> | undefined) =>
  wanted === undefined || wanted.includes(value)

const is = <A>(value: A, wanted: A | undefined) => wanted === undefined || wanted === value

/** Whether a finding is one of those that are asked for. */
export const matches = (query: FindingQuery, facets: Facets): boolean =>
  is(facets.status, query.status) &&
  is(facets.confirmed, query.confirmed) &&
  is(facets.owner, query.owner) &&
  isOneOf(facets.scan, query.scans) &&
  isOneOf(facets.category, query.categories) &&
  isOneOf(facets.account, query.accounts) &&
  isOneOf(facets.region, query.regions) &&
  isOneOf(facets.severity, query.severities) &&
  facets.cents >= centsOf(query.minMonthlyUsd ?? 0)

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

const cursorOf = <A>(schema: Schema.Codec<A, string>) => {
  const encode = Schema.encodeSync(schema)
  const decode = Schema.decodeEffect(schema)
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
export const findingCursor = cursorOf<Position>(
  Schema.fromJsonString(Schema.Struct({ cents: Schema.Int, id: Schema.String }))
)

/** The cursor of the list of runs. */
export const runCursor = cursorOf<{ readonly runId: string }>(
  Schema.fromJsonString(Schema.Struct({ runId: Schema.String }))
)

/** Makes a page of at most `limit` items out of what was found when one more than that was asked for. */
export const pageOf = <A>(found: ReadonlyArray<A>, limit: number, cursorAfter: (last: A) => string) => {
  const items = found.slice(0, limit)
  const last = items.at(-1)
  return { items, cursor: found.length > limit && last !== undefined ? cursorAfter(last) : undefined }
}
