/** What is wasted, by account, region, service, category, scan, severity or owner: from rollups, never by reading findings. */
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import type { Severity } from "../core/finding/Finding.ts"
import { allAccounts, type Cell, type Dimension, otherOwners, type Rollup, type Sums } from "../core/run/Rollup.ts"
import { addAt, addSums, byMoney, noSums } from "../core/run/totals.ts"
import { Store, type StoreError } from "../core/store/Store.ts"

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

const answer = (
  rows: ReadonlyMap<string, Sums>,
  rollups: ReadonlyArray<Pick<Rollup, "account" | "asOf">>,
  asked: ReadonlyArray<string> | undefined
): TotalsAnswer => {
  const times = rollups.map(({ asOf }) => asOf).sort()
  const settled = new Set(rollups.map(({ account }) => account))
  const [oldest, newest] = [times[0], times.at(-1)]
  return {
    rows: [...rows].sort(byMoney).map(([value, sums]) => ({ value, sums })),
    whole: [...rows.values()].reduce(addSums, noSums),
    asOf: oldest === undefined || newest === undefined ? null : { oldest, newest },
    unsettled: [...new Set(asked)].filter((account) => !settled.has(account)).sort()
  }
}

/** Accounts whose cells are in memory at a time. */
const accountsAtOnce = 50

/**
 * Totals by one dimension. Over everything they are one read of the organisation's rollup; over some accounts, one of each of
 * theirs. Filters by another dimension add up the cells of whole accounts, so a question for two dimensions of the whole
 * organisation reads the rollup of every account, and no finding.
 */
export const totals = Effect.fn("query.totals")(function* (
  request: TotalsRequest
): Effect.fn.Return<TotalsAnswer, StoreError, Store> {
  const store = yield* Store
  const { accounts, by } = request
  const filters = filtersOf(request)
  const rows = new Map<string, Sums>()

  const own = filters.find(([dimension]) => dimension === by)?.[1]
  if (filters.every(([dimension]) => dimension === by)) {
    const organisation = accounts === undefined ? yield* store.rollups([allAccounts]) : []
    const [all] = organisation
    // An owner that the organisation's rollup does not list is listed by the accounts'.
    const listed = all !== undefined && !(own !== undefined && by === "owner" && all.by.owner.has(otherOwners))
    const rollups = listed ? organisation : yield* store.rollups(accounts)
    for (const rollup of rollups) {
      for (const [value, sums] of rollup.by[by]) if (own?.has(value) ?? true) addAt(rows, value, sums)
    }
    return answer(rows, rollups, accounts)
  }

  const settled = accounts ?? (yield* store.rollups()).map(({ account }) => account)
  const read: Array<Pick<Rollup, "account" | "asOf">> = []
  for (const some of Arr.chunksOf([...new Set(settled)], accountsAtOnce)) {
    for (const { account, asOf, cells } of yield* store.rollups(some, { cells: true })) {
      read.push({ account, asOf })
      for (const cell of cells ?? []) {
        if (!filters.every(([dimension, values]) => values.has(cell[dimension]))) continue
        addAt(rows, by === "account" ? account : cell[by], cell.sums)
      }
    }
  }
  return answer(rows, read, accounts)
})
