/** Searches findings. A page is a page; how many there are and what they come to is said of all that match. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Severity, type Finding } from "../core/finding/Finding.ts"
import type { AboveBill, Pricing, Sums } from "../core/run/Rollup.ts"
import { noSums } from "../core/run/totals.ts"
import { checkLimit, cursorOf, findingCursor, positionOf, severities } from "../core/store/query.ts"
import { type FindingQuery, type Page, Store, type StoreError, type Tally } from "../core/store/Store.ts"
import { withLastSeen } from "./lastSeen.ts"
import { pageSize } from "./findingsOf.ts"
import { totals } from "./totals.ts"

export interface SearchRequest extends Omit<FindingQuery, "limit"> {
  /** From 1 to 1,000; 50 where it is not given. */
  readonly limit?: number | undefined
  /** Only findings with this text in the id, ARN, name, tags or account of the resource, whatever its case. */
  readonly text?: string | undefined
  /** Only findings whose resource has all of these tags, keys and values as they are. */
  readonly tags?: Readonly<Record<string, string>> | undefined
  /** `saving` unless it is given: the largest first. By severity, the most severe come first, of each the largest. */
  readonly sort?: "saving" | "severity" | undefined
}

/**
 * What all matches come to: sums in which each dollar counts once, from the rollups of runs, where they can answer; else a
 * count of the matches and of what they save, overlapping claims included, which `countAtMost` bounds.
 */
export type Matched =
  | {
      readonly from: "rollups"
      readonly sums: Sums
      readonly asOf: string
      readonly pricing?: Pricing
      /** The services of accounts of which part of the sums is above the bill; absent where nothing is known to be. */
      readonly aboveBill?: ReadonlyArray<AboveBill>
    }
  | ({ readonly from: "count" } & Tally)

export interface SearchAnswer {
  readonly findings: ReadonlyArray<Finding>
  readonly cursor: string | undefined
  /** Null for a search by text or tags, which ends when the page is full, and where it was not asked for. */
  readonly matched: Matched | null
}

/** More findings than this are not counted one by one. */
export const countAtMost = 20_000

/** Findings that a search by text or tags looks at for one page; the page may be short, and the cursor goes on. */
export const textLooksAt = 2000

/** Rollups answer for accounts; above this number of them, two dimensions at once are counted instead. */
const maxAccountsOfCells = 20

type Filters = Omit<SearchRequest, "limit" | "cursor" | "text" | "tags" | "sort">

/** What of a row of sums is of the kinds and the certainty that are asked for. */
const part = (sums: Sums, { confirmed, kinds }: Filters): Sums => {
  const has = (kind: "money" | "hygiene" | "notice") => kinds === undefined || kinds.includes(kind)
  return {
    ...noSums,
    ...(has("money")
      ? {
          ...(confirmed === false ? {} : { confirmed: sums.confirmed }),
          ...(confirmed === true ? {} : { unconfirmed: sums.unconfirmed }),
          commitments: sums.commitments,
          overlapping: sums.overlapping
        }
      : {}),
    hygiene: has("hygiene") ? sums.hygiene : 0,
    notices: has("notice") ? sums.notices : 0
  }
}

/** Whether rollups know all that a query asks for: they hold open findings of any saving, and money by certainty. */
const isRolledUp = ({ confirmed, kinds, minMonthlyUsd, statuses }: Filters): boolean =>
  statuses?.length === 1 &&
  statuses[0] === "open" &&
  (minMonthlyUsd ?? 0) === 0 &&
  (confirmed === undefined || kinds?.every((kind) => kind === "money") === true)

/** The services of accounts of which what matches is above the bill; undefined where nothing is known to be, and for a part of a service. */
export const aboveBillIn = Effect.fn("query.aboveBillIn")(function* (
  query: Filters
): Effect.fn.Return<ReadonlyArray<AboveBill> | undefined, StoreError, Store> {
  const { accounts, categories, confirmed, kinds, owner, regions, scans, services, severities } = query
  const isPart = [categories, confirmed, kinds, owner, regions, scans, severities].some((one) => one !== undefined)
  if (isPart || !isRolledUp(query)) return undefined
  const { aboveBill } = yield* totals({ by: "service", accounts, services })
  return aboveBill === null || aboveBill.length === 0 ? undefined : aboveBill
})

/** What all findings that match come to. */
export const matched = Effect.fn("query.matched")(function* (
  query: Filters
): Effect.fn.Return<Matched, StoreError, Store> {
  const store = yield* Store
  if (isRolledUp(query)) {
    const { accounts, categories, regions, scans, services } = query
    const owners = query.owner === undefined ? undefined : [query.owner]
    const filters = { categories, regions, scans, services, owners, severities: query.severities }
    const filtered = Object.values(filters).filter((values) => values !== undefined).length
    const by =
      owners !== undefined
        ? "owner"
        : regions !== undefined
          ? "region"
          : services !== undefined
            ? "service"
            : scans !== undefined
              ? "scan"
              : categories !== undefined
                ? "category"
                : "severity"
    const some = filtered <= 1 ? [] : (accounts ?? (yield* store.accountsWithFindings))
    if (some.length <= maxAccountsOfCells) {
      const { asOf, pricing, whole } = yield* totals({ by, accounts, ...filters })
      if (asOf !== null) {
        // What is at which prices is kept of the whole alone, not of its confirmed part.
        const isWhole = pricing !== undefined && query.confirmed === undefined && query.kinds === undefined
        const aboveBill = yield* aboveBillIn(query)
        return {
          from: "rollups",
          sums: part(whole, query),
          asOf: asOf.oldest,
          ...(isWhole ? { pricing } : {}),
          ...(aboveBill === undefined ? {} : { aboveBill })
        }
      }
    }
  }
  return { from: "count", ...(yield* store.tally(query, countAtMost)) }
})

const SeverityPlace = Schema.Struct({ severity: Severity, cursor: Schema.NullOr(Schema.String) })

const severityCursor = cursorOf(SeverityPlace)

/** Pages of one severity after the other. */
const bySeverity = Effect.fnUntraced(function* (
  query: FindingQuery
): Effect.fn.Return<Page<Finding>, StoreError, Store> {
  const store = yield* Store
  const place = yield* severityCursor.decode(query.cursor)
  const wanted = severities.filter((severity) => query.severities?.includes(severity) ?? true)
  const items: Array<Finding> = []
  let cursor = place?.cursor ?? undefined
  for (let at = place === undefined ? 0 : wanted.indexOf(place.severity); at < wanted.length; at += 1) {
    const severity = wanted[at] as Severity
    do {
      if (items.length === query.limit) {
        return { items, cursor: severityCursor.encode({ severity, cursor: cursor ?? null }) }
      }
      const page: Page<Finding> = yield* store.findings({
        ...query,
        severities: [severity],
        limit: query.limit - items.length,
        cursor
      })
      items.push(...page.items)
      cursor = page.cursor
      // A page that is short although there is more was costly: what is there is answered.
      if (cursor !== undefined && items.length < query.limit && page.items.length < query.limit) {
        return { items, cursor: severityCursor.encode({ severity, cursor }) }
      }
    } while (cursor !== undefined)
  }
  return { items, cursor: undefined }
})

const mentions = ({ account, id, resource }: Finding, wanted: string): boolean =>
  [id, account, resource.id, resource.arn, resource.name, ...Object.entries(resource.tags).flat()].some((value) =>
    value.toLowerCase().includes(wanted)
  )

/** What no store filters by; undefined where nothing of it is asked for. */
const sieveOf = ({ tags = {}, text = "" }: Pick<SearchRequest, "tags" | "text">) => {
  const wanted = text.toLowerCase()
  const pairs = Object.entries(tags)
  return wanted === "" && pairs.length === 0
    ? undefined
    : (finding: Finding): boolean =>
        pairs.every(([key, value]) => finding.resource.tags[key] === value) &&
        (wanted === "" || mentions(finding, wanted))
}

/** Where a list goes on after a finding. */
export const cursorAfter = (finding: Finding, sort: SearchRequest["sort"]): string => {
  const place = findingCursor.encode(positionOf(finding))
  return sort === "severity" ? severityCursor.encode({ severity: finding.severity, cursor: place }) : place
}

/** Looks through findings until a page is full, or so many were looked at. */
const sifted = Effect.fnUntraced(function* (
  query: FindingQuery,
  isWanted: (finding: Finding) => boolean,
  sort: SearchRequest["sort"],
  read: (query: FindingQuery) => Effect.Effect<Page<Finding>, StoreError, Store>
): Effect.fn.Return<Page<Finding>, StoreError, Store> {
  const items: Array<Finding> = []
  let looked = 0
  let cursor = query.cursor
  do {
    const page: Page<Finding> = yield* read({ ...query, limit: pageSize, cursor })
    looked += page.items.length
    cursor = page.cursor
    for (const finding of page.items) {
      if (!isWanted(finding)) continue
      items.push(finding)
      if (items.length < query.limit) continue
      const isLast = finding === page.items.at(-1) && cursor === undefined
      return { items, cursor: isLast ? undefined : cursorAfter(finding, sort) }
    }
  } while (cursor !== undefined && looked < textLooksAt)
  return { items, cursor }
})

/** A page of findings as they were seen last, and what all matches come to. */
export const search = Effect.fn("query.search")(function* (
  { cursor, limit = 50, sort, tags, text, ...filters }: SearchRequest,
  options: { readonly matched: boolean } = { matched: true }
): Effect.fn.Return<SearchAnswer, StoreError, Store> {
  const store = yield* Store
  yield* checkLimit(limit)
  const read = sort === "severity" ? bySeverity : store.findings
  const query = { ...filters, limit, cursor }
  const sieve = sieveOf({ tags, text })
  const page = sieve === undefined ? yield* read(query) : yield* sifted(query, sieve, sort, read)
  return {
    findings: yield* withLastSeen(page.items),
    cursor: page.cursor,
    matched: options.matched && sieve === undefined ? yield* matched(filters) : null
  }
})
