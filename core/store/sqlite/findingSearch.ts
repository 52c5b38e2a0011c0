/** How findings are searched: through the index in which the fewest rows are of no interest, and without reading a finding. */
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite"
import {
  centsOf,
  firstRankOf,
  kinds,
  lastRankOf,
  maxCents,
  type Position,
  rankOf,
  severities,
  statuses
} from "../query.ts"
import type { FindingQuery, Tally } from "../Store.ts"
import type { Texts } from "./findingRows.ts"

type Filters = Omit<FindingQuery, "limit" | "cursor">

/** Values that a column must be one of. */
interface Condition {
  readonly column: string
  readonly values: ReadonlyArray<number>
}

interface Plan {
  readonly index: string
  /** What is read one after the other in the index: a value for the status and for each of its other leading columns. */
  readonly partitions: ReadonlyArray<ReadonlyArray<readonly [column: string, value: number]>>
  /** What rows of the index are filtered by. */
  readonly rest: ReadonlyArray<string>
}

/** More partitions than this are not merged; then another index is read, and filtered. */
const maxPartitions = 64
/** An index of which fewer rows match than this is read without looking for a better one. */
const few = 2000

const codesOf = <A>(list: ReadonlyArray<A>, wanted: ReadonlyArray<A> | undefined) =>
  wanted === undefined ? undefined : [...new Set(wanted.map((value) => list.indexOf(value)))]

const product = (conditions: ReadonlyArray<Condition>): Plan["partitions"] =>
  conditions.reduce<Plan["partitions"]>(
    (partitions, { column, values }) =>
      partitions.flatMap((partition) => values.map((value) => [...partition, [column, value] as const])),
    [[]]
  )

const indexes = [
  { index: "findings_by_owner", columns: ["owner"] },
  { index: "findings_by_account_and_category", columns: ["account", "category"] },
  { index: "findings_by_account", columns: ["account"] },
  { index: "findings_by_scan", columns: ["scan"] },
  { index: "findings_by_category", columns: ["category"] },
  { index: "findings_by_region", columns: ["region"] },
  { index: "findings_by_severity", columns: ["severity"] },
  { index: "findings_by_status", columns: [] }
] as const

// The severity is in every index as a part of the rank.
const condition = ({ column, values }: Condition): string =>
  `${column === "severity" ? "rank % 8" : column} IN (${values.join(", ")})`

export interface FoundRow {
  readonly record: string
  readonly counted: number
}

export const makeFindingSearch = (db: DatabaseSync, texts: Texts) => {
  const prepared = new Map<string, StatementSync>()
  /** Texts differ by the shape of a question, which are few; the values of lists are numbers of ours. */
  const statement = (sql: string): StatementSync => {
    const before = prepared.get(sql)
    if (before !== undefined) return before
    if (prepared.size >= 200) prepared.clear()
    const made = db.prepare(sql)
    prepared.set(sql, made)
    return made
  }

  /** Undefined where nothing can match. */
  const conditionsOf = (query: Filters): ReadonlyArray<Condition> | undefined => {
    const codes = (wanted: ReadonlyArray<string> | undefined) =>
      wanted === undefined ? undefined : [...new Set(wanted.flatMap((text) => texts.find(text) ?? []))]
    const all: ReadonlyArray<readonly [string, ReadonlyArray<number> | undefined]> = [
      ["status", codesOf(statuses, query.statuses) ?? statuses.map((_, index) => index)],
      ["owner", query.owner === undefined || query.owner === "" ? undefined : codes([query.owner])],
      ["account", codes(query.accounts)],
      ["category", codes(query.categories)],
      ["scan", codes(query.scans)],
      ["region", codes(query.regions)],
      ["service", codes(query.services)],
      ["severity", codesOf(severities, query.severities)],
      ["kind", codesOf(kinds, query.kinds)],
      ["confirmed", query.confirmed === undefined ? undefined : [Number(query.confirmed)]]
    ]
    const conditions = all.flatMap(([column, values]) => (values === undefined ? [] : { column, values }))
    return conditions.some(({ values }) => values.length === 0) ? undefined : conditions
  }

  const where = (partition: Plan["partitions"][number], range: string) =>
    [...partition.map(([column, value]) => `${column} = ${value}`), range].join(" AND ")

  const range = "(rank, id) > (:rank, :id) AND rank <= :lastRank"

  /** How many rows of an index would be looked at, as far as it matters. */
  const sizeOf = ({ index, partitions }: Plan, parameters: Record<string, SQLInputValue>): number => {
    let rows = 0
    for (const partition of partitions) {
      const { count } = statement(
        `SELECT count(*) AS count FROM (
           SELECT 1 FROM findings INDEXED BY ${index} WHERE ${where(partition, range)} LIMIT ${few}
         )`
      ).get(parameters) as unknown as { readonly count: number }
      rows += count
      if (rows >= few) break
    }
    return rows
  }

  const planOf = (query: Filters, parameters: Record<string, SQLInputValue>): Plan | undefined => {
    const conditions = conditionsOf(query)
    if (conditions === undefined) return undefined
    const of = (column: string) => conditions.find((condition) => condition.column === column)
    const plans = indexes.flatMap(({ columns, index }): ReadonlyArray<Plan> => {
      const leading = ["status", ...columns].flatMap((column) => of(column) ?? [])
      if (leading.length !== columns.length + 1) return []
      const partitions = product(leading)
      if (partitions.length > maxPartitions) return []
      const rest = conditions.filter((condition) => !leading.includes(condition)).map(condition)
      return [{ index, partitions, rest: query.owner === "" ? [...rest, "owner IS NULL"] : rest }]
    })
    let best: { readonly plan: Plan; readonly rows: number } | undefined
    for (const plan of plans) {
      if (plan.rest.length === 0) return plan
      const rows = plan.index === "findings_by_status" ? few : sizeOf(plan, parameters)
      if (best === undefined || rows < best.rows) best = { plan, rows }
    }
    return best?.plan
  }

  const rangeOf = (query: Filters, after: Position | undefined) => {
    const first = firstRankOf(query)
    const rank = after === undefined ? -1 : rankOf(after)
    return {
      ...(rank < first ? { rank: first, id: "" } : { rank, id: after?.id ?? "" }),
      lastRank: lastRankOf(centsOf(query.minMonthlyUsd ?? 0))
    }
  }

  const kept = "(expires_at IS NULL OR expires_at > :now)"

  return {
    /** The findings after a position, in their order. `now` is a Unix second. */
    page: (query: Filters, after: Position | undefined, limit: number, now: number): Iterable<FoundRow> => {
      const parameters = rangeOf(query, after)
      const plan = planOf(query, parameters)
      if (plan === undefined) return []
      const parts = plan.partitions.map(
        (partition) => `SELECT * FROM (
          SELECT place, rank, id FROM findings INDEXED BY ${plan.index}
          WHERE ${[where(partition, range), kept, ...plan.rest].join(" AND ")} ORDER BY rank, id LIMIT :limit
        )`
      )
      return statement(
        `SELECT findings.record, findings.counted
         FROM (SELECT * FROM (${parts.join(" UNION ALL ")}) ORDER BY rank, id LIMIT :limit) AS found
         JOIN findings USING (place) ORDER BY found.rank, found.id`
      ).iterate({ ...parameters, now, limit }) as unknown as Iterable<FoundRow>
    },
    tally: (query: Filters, atMost: number, now: number): Tally => {
      const parameters = rangeOf(query, undefined)
      const plan = planOf(query, parameters)
      if (plan === undefined) return { findings: 0, monthlyUsd: 0, whole: true }
      const parts = plan.partitions.map(
        (partition) => `SELECT * FROM (
          SELECT rank, ${[kept, ...plan.rest].map((test) => `(${test})`).join(" AND ")} AS matching
          FROM findings INDEXED BY ${plan.index} WHERE ${where(partition, range)} LIMIT :atMost
        )`
      )
      const row = statement(
        `SELECT count(*) AS looked, total(matching) AS findings, total(iif(matching, ${maxCents} - rank / 8, 0)) AS cents
         FROM (SELECT * FROM (${parts.join(" UNION ALL ")}) LIMIT :atMost)`
      ).get({ ...parameters, now, atMost: atMost + 1 }) as unknown as {
        readonly looked: number
        readonly findings: number
        readonly cents: number
      }
      return { findings: row.findings, monthlyUsd: row.cents / 100, whole: row.looked <= atMost }
    }
  }
}
