/** What is wasted, by account, region, service, category, scan, severity or owner: from rollups, never by reading findings. */
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import { plural, usd } from "../core/format.ts"
import type { Severity } from "../core/finding/Finding.ts"
import {
  type AboveBill,
  allAccounts,
  type Cell,
  type Dimension,
  otherOwners,
  type Pricing,
  type Rollup,
  type Sums
} from "../core/run/Rollup.ts"
import { addAt, addPricing, addSums, byMoney, noSums } from "../core/run/totals.ts"
import { Store, type StoreError } from "../core/store/Store.ts"

/** At most so many of the services above their bill are named in an answer. */
const namedAboveBill = 3

/**
 * What stands beside every total of which a part is above the bill: `Above the bill in 1 service of an account, so that part of it is not
 * real: EKS of 111122223333 ($438.00 a month claimed, $120.00 billed).` Undefined where nothing is known to be.
 */
export const aboveBillLine = (aboveBill: TotalsAnswer["aboveBill"] | undefined): string | undefined => {
  if (aboveBill === null || aboveBill === undefined || aboveBill.length === 0) return undefined
  const named = aboveBill
    .slice(0, namedAboveBill)
    .map(
      ({ account, billedUsd, monthlyUsd, service }) =>
        `${service} of ${account} (${usd(monthlyUsd)} a month claimed, ${usd(billedUsd)} billed)`
    )
  const more = aboveBill.length - named.length
  return (
    `Above the bill in ${plural(aboveBill.length, "service")} of an account, so that part of it is not real: ` +
    `${named.join("; ")}${more === 0 ? "" : `; and ${more} more`}.`
  )
}

/** The same for who asks for totals alone, and is told as well that nothing is. Empty where no bill was read. */
export const billLines = (aboveBill: TotalsAnswer["aboveBill"]): ReadonlyArray<string> =>
  aboveBill === null ? [] : [aboveBillLine(aboveBill) ?? "No account's service would save more than it is billed for."]

/** Which open findings are added up. Absent fields do not filter. */
export interface TotalsFilter {
  readonly accounts?: ReadonlyArray<string> | undefined
  readonly regions?: ReadonlyArray<string> | undefined
  readonly services?: ReadonlyArray<string> | undefined
  readonly categories?: ReadonlyArray<string> | undefined
  readonly scans?: ReadonlyArray<string> | undefined
  readonly severities?: ReadonlyArray<Severity> | undefined
  /** Empty for what has no owner. */
  readonly owners?: ReadonlyArray<string> | undefined
}

export interface TotalsRequest extends TotalsFilter {
  readonly by: Dimension
}

export interface TotalsAnswer {
  /** A row for each value that has findings, the largest sum first. */
  readonly rows: ReadonlyArray<{ readonly value: string; readonly sums: Sums }>
  readonly whole: Sums
  /** The start of the oldest and of the newest run that the sums are from; null where there are none. */
  readonly asOf: { readonly oldest: string; readonly newest: string } | null
  /**
   * The services of accounts of which the findings would save more than the account is billed for: what they come to is list price, and
   * part of it is not real. Null where no bill was read, and for totals of a part of an account's services.
   */
  readonly aboveBill: ReadonlyArray<AboveBill> | null
  /** What of the whole is not simply at list prices; absent for totals of a part of an account. */
  readonly pricing?: Pricing
  /** Accounts that were asked for and have no rollup: no run has settled them. */
  readonly unsettled: ReadonlyArray<string>
}

/** The filters by dimension, without the one for accounts: those are whole rollups. */
const filtersOf = (filter: TotalsFilter): ReadonlyArray<readonly [keyof Omit<Cell, "sums">, ReadonlySet<string>]> => {
  const all = [
    ["region", filter.regions],
    ["service", filter.services],
    ["category", filter.categories],
    ["scan", filter.scans],
    ["severity", filter.severities],
    ["owner", filter.owners]
  ] as const
  return all.flatMap(([dimension, values]) =>
    values === undefined ? [] : [[dimension, new Set<string>(values)] as const]
  )
}

const ranked = (rows: ReadonlyMap<string, Sums>): TotalsAnswer["rows"] =>
  [...rows].sort(byMoney).map(([value, sums]) => ({ value, sums }))

/** Accounts whose cells are in memory at a time. */
const accountsAtOnce = 50

/** The same totals by each of several dimensions. */
export interface TotalsByEach extends Omit<TotalsAnswer, "rows"> {
  readonly by: ReadonlyMap<Dimension, TotalsAnswer["rows"]>
}

/**
 * Totals by some dimensions. Over everything they are one read of the organisation's rollup; over some accounts, one of each of
 * theirs. Filters by another dimension add up the cells of whole accounts, so a question for two dimensions of the whole
 * organisation reads the rollup of every account, and no finding.
 */
export const totalsByEach = Effect.fn("query.totalsByEach")(function* (
  request: TotalsFilter & { readonly by: readonly [Dimension, ...ReadonlyArray<Dimension>] }
): Effect.fn.Return<TotalsByEach, StoreError, Store> {
  const store = yield* Store
  const { accounts, by } = request
  const filters = filtersOf(request)
  const tables = new Map(by.map((dimension) => [dimension, new Map<string, Sums>()]))

  // A bill tells services apart, and nothing else.
  const isBilled = filters.every(([dimension]) => dimension === "service")
  const wanted = request.services === undefined ? undefined : new Set(request.services)

  const answer = (rollups: ReadonlyArray<Pick<Rollup, "aboveBill" | "account" | "asOf" | "pricing">>): TotalsByEach => {
    const pricings = filters.length > 0 ? [] : rollups.map(({ pricing }) => pricing)
    const pricing = pricings.length === 0 ? undefined : pricings.reduce(addPricing)
    const times = rollups.map(({ asOf }) => asOf).sort()
    const settled = new Set(rollups.map(({ account }) => account))
    const [oldest, newest] = [times[0], times.at(-1)]
    const [whole = new Map<string, Sums>()] = tables.values()
    return {
      by: new Map([...tables].map(([dimension, rows]) => [dimension, ranked(rows)])),
      whole: [...whole.values()].reduce(addSums, noSums),
      ...(pricing === undefined ? {} : { pricing }),
      aboveBill:
        isBilled && rollups.some(({ aboveBill }) => aboveBill !== undefined)
          ? rollups.flatMap(({ aboveBill = [] }) => aboveBill.filter(({ service }) => wanted?.has(service) ?? true))
          : null,
      asOf: oldest === undefined || newest === undefined ? null : { oldest, newest },
      unsettled: [...new Set(accounts)].filter((account) => !settled.has(account)).sort()
    }
  }

  if (filters.every(([dimension]) => by.every((one) => one === dimension))) {
    const own = filters[0]?.[1]
    const organisation = accounts === undefined ? yield* store.rollups([allAccounts]) : []
    const [all] = organisation
    // An owner that the organisation's rollup does not list is listed by the accounts'.
    const listed = all !== undefined && !(own !== undefined && by[0] === "owner" && all.by.owner.has(otherOwners))
    const rollups = listed ? organisation : yield* store.rollups(accounts)
    for (const rollup of rollups) {
      for (const [dimension, rows] of tables) {
        for (const [value, sums] of rollup.by[dimension]) if (own?.has(value) ?? true) addAt(rows, value, sums)
      }
    }
    return answer(rollups)
  }

  const settled = accounts ?? (yield* store.rollups()).map(({ account }) => account)
  const read: Array<Pick<Rollup, "aboveBill" | "account" | "asOf">> = []
  for (const some of Arr.chunksOf([...new Set(settled)], accountsAtOnce)) {
    for (const { aboveBill, account, asOf, cells } of yield* store.rollups(some, { cells: true })) {
      read.push({ account, asOf, ...(aboveBill === undefined ? {} : { aboveBill }) })
      for (const cell of cells ?? []) {
        if (!filters.every(([dimension, values]) => values.has(cell[dimension]))) continue
        for (const [dimension, rows] of tables) {
          addAt(rows, dimension === "account" ? account : cell[dimension], cell.sums)
        }
      }
    }
  }
  return answer(read)
})

/** Totals by one dimension. */
export const totals = ({ by, ...filter }: TotalsRequest): Effect.Effect<TotalsAnswer, StoreError, Store> =>
  Effect.map(totalsByEach({ ...filter, by: [by] }), ({ by: tables, ...answer }) => ({
    ...answer,
    rows: tables.get(by) ?? []
  }))
