/** How things look inside every store: JSON checked by their schema on the way in and out, and how long they are kept. */
import { createHash } from "node:crypto"
import * as Schema from "effect/Schema"
import { Finding, FindingEvent, Severity } from "../finding/Finding.ts"
import { Outcome } from "../run/Outcome.ts"
import { StoredReport } from "../run/Report.ts"
import { AboveBill, type Cell, dimensions, Pricing, type Rollup, type Sums } from "../run/Rollup.ts"
import { AccountSummary, Run, ScopeRecord, TrendPoint } from "../run/Run.ts"

const record = <A>(schema: Schema.Codec<A, unknown>) => {
  const json = Schema.fromJsonString(schema)
  return {
    /** Throws a SchemaError where the value is not what its type says, such as a saving that is not a number. */
    toJson: Schema.encodeSync(json),
    /** Throws a SchemaError where the text was not written by a compatible version. */
    fromJson: Schema.decodeSync(json)
  }
}

const decodeOutcome: (value: unknown) => Outcome = Schema.decodeUnknownSync(Outcome)

export const accountSummaryRecord = record(AccountSummary)

/** So many runs are kept decoded: those that every answer looks at, and some. */
const keptRuns = 16

/**
 * Decodes a text that it has seen lately no second time. A run of hundreds of accounts takes ten milliseconds, and every answer
 * of an assistant looks at the newest ones.
 */
const remembering = <A>({ fromJson, toJson }: ReturnType<typeof record<A>>) => {
  const kept = new Map<string, A>()
  return {
    toJson,
    fromJson: (json: string): A => {
      const value = kept.get(json) ?? fromJson(json)
      kept.delete(json)
      kept.set(json, value)
      const [oldest] = kept.keys()
      if (kept.size > keptRuns && oldest !== undefined) kept.delete(oldest)
      return value
    }
  }
}

export const runRecord = remembering(record(Run))
export const scopeRecord = record(ScopeRecord)
export const outcomeRecord = record(Outcome)

/** The outcomes of a scope. Of scans that nobody asks for none is decoded. */
export const outcomesRecord = {
  toJson: (outcomes: ReadonlyArray<Outcome>): string =>
    `[${outcomes.map((outcome) => outcomeRecord.toJson(outcome)).join(",")}]`,
  fromJson: (json: string, isWanted: (scan: string) => boolean = () => true): ReadonlyArray<Outcome> =>
    (JSON.parse(json) as ReadonlyArray<{ readonly scan: string }>)
      .filter(({ scan }) => isWanted(scan))
      .map((outcome) => decodeOutcome(outcome))
}
export const eventRecord = record(FindingEvent)
export const reportRecord = record(StoredReport)
export const trendRecord = record(TrendPoint)
export const cacheRecord = record(Schema.Unknown)
export const answerRecord = record(
  Schema.Struct({ key: Schema.String, identity: Schema.String, askedAt: Schema.String, value: Schema.Unknown })
)

const findings = record(Finding)
export const findingRecord = {
  toJson: findings.toJson,
  /** Whether a finding counts is kept beside its JSON, so that it can change without the rest. */
  fromJson: (json: string, counted: boolean): Finding => {
    const finding = findings.fromJson(json)
    return finding.savings === null || finding.savings.counted === counted
      ? finding
      : { ...finding, savings: { ...finding.savings, counted } }
  }
}

/** Tells what is written of a finding from what was written before it. Whether it counts is written apart. */
export const stampOf = ({ lastChanged, runId, status }: Finding): string =>
  createHash("sha256").update([status, lastChanged, runId].join("\n")).digest("hex").slice(0, 12)

/**
 * Sums as they are kept: findings and cents of confirmed, unconfirmed, commitments and overlapping, then hygiene and notices.
 * An organisation has thousands of them, and one check of ten numbers is faster than one of each.
 */
type SumsRow = ReadonlyArray<number>

const SumsRow = Schema.declare(
  (value): value is SumsRow => Array.isArray(value) && value.length === 10 && value.every(Number.isSafeInteger)
)

const cents = (usd: number): number => Math.round(usd * 100)

const rowOf = ({ commitments, confirmed, hygiene, notices, overlapping, unconfirmed }: Sums): SumsRow => [
  ...[confirmed, unconfirmed, commitments, overlapping].flatMap(({ findings, monthlyUsd }) => [
    findings,
    cents(monthlyUsd)
  ]),
  hygiene,
  notices
]

const sumsOf = (row: SumsRow): Sums => {
  const amount = (at: number) => ({ findings: row[at] ?? 0, monthlyUsd: (row[at + 1] ?? 0) / 100 })
  return {
    confirmed: amount(0),
    unconfirmed: amount(2),
    commitments: amount(4),
    overlapping: amount(6),
    hygiene: row[8] ?? 0,
    notices: row[9] ?? 0
  }
}

const sumsRecord = record(
  Schema.Struct({
    account: Schema.String,
    runId: Schema.String,
    asOf: Schema.String,
    sums: SumsRow,
    /** For each dimension its values, and a row for each. */
    by: Schema.Array(Schema.Struct({ values: Schema.Array(Schema.String), rows: Schema.Array(SumsRow) })),
    pricing: Schema.optionalKey(Pricing),
    billed: Schema.optionalKey(Schema.Array(Schema.Tuple([Schema.String, Schema.Finite]))),
    aboveBill: Schema.optionalKey(Schema.Array(AboveBill))
  })
)

/** Cells name their values by their places in `names`, which has a list for each dimension but the account. */
const CellRow = Schema.declare(
  (value): value is ReadonlyArray<number> =>
    Array.isArray(value) && value.length === 16 && value.every(Number.isSafeInteger)
)

const cellsRecord = record(
  Schema.Struct({ names: Schema.Array(Schema.Array(Schema.String)), cells: Schema.Array(CellRow) })
)

const cellDimensions = ["region", "service", "category", "scan", "severity", "owner"] as const

/** A rollup's sums and its cells are kept apart, because most questions need only the sums. */
export const rollupRecord = {
  sumsToJson: ({ aboveBill, account, asOf, billed, by, pricing, runId, sums }: Rollup): string =>
    sumsRecord.toJson({
      account,
      runId,
      asOf,
      sums: rowOf(sums),
      by: dimensions.map((dimension) => ({
        values: [...by[dimension].keys()],
        rows: [...by[dimension].values()].map(rowOf)
      })),
      ...(pricing === undefined ? {} : { pricing }),
      ...(billed === undefined ? {} : { billed: [...billed] }),
      ...(aboveBill === undefined ? {} : { aboveBill })
    }),
  cellsToJson: (cells: ReadonlyArray<Cell>): string => {
    const places = cellDimensions.map(() => new Map<string, number>())
    const rows = cells.map((cell) => [
      ...cellDimensions.map((dimension, index) => {
        const known = places[index] as Map<string, number>
        const place = known.get(cell[dimension]) ?? known.size
        known.set(cell[dimension], place)
        return place
      }),
      ...rowOf(cell.sums)
    ])
    return cellsRecord.toJson({ names: places.map((known) => [...known.keys()]), cells: rows })
  },
  fromJson: (sumsJson: string, cellsJson: string | undefined): Rollup => {
    const { aboveBill, account, asOf, billed, by, pricing, runId, sums } = sumsRecord.fromJson(sumsJson)
    const of = dimensions.map((dimension, place) => {
      const { rows = [], values = [] } = by[place] ?? {}
      return [dimension, new Map(values.map((value, index) => [value, sumsOf(rows[index] ?? [])]))] as const
    })
    return {
      account,
      runId,
      asOf,
      sums: sumsOf(sums),
      by: Object.fromEntries(of) as unknown as Rollup["by"],
      ...(pricing === undefined ? {} : { pricing }),
      ...(billed === undefined ? {} : { billed: new Map(billed) }),
      ...(aboveBill === undefined ? {} : { aboveBill }),
      cells: cellsJson === undefined ? null : cellsOf(cellsJson)
    }
  }
}

const isSeverity = Schema.is(Severity)

const cellsOf = (json: string): ReadonlyArray<Cell> => {
  const { cells, names } = cellsRecord.fromJson(json)
  return cells.map((row) => {
    const [region = "", service = "", category = "", scan = "", severity = "", owner = ""] = cellDimensions.map(
      (_, index) => names[index]?.[row[index] ?? -1]
    )
    return {
      region,
      service,
      category,
      scan,
      severity: isSeverity(severity) ? severity : "info",
      owner,
      sums: sumsOf(row.slice(cellDimensions.length))
    }
  })
}

/** How many days things are kept after they were written last. What is not here is kept for good. */
export const daysKept = {
  run: 400,
  scopeRecord: 45,
  event: 400,
  resolvedFinding: 400,
  trendPoint: 400,
  rollup: 400,
  answer: 60,
  spending: 45
}

export const unixSeconds = (millis: number): number => Math.floor(millis / 1000)

/** The Unix second from which something that is written now is no longer kept. */
export const expiry = (kind: keyof typeof daysKept, nowMillis: number): number =>
  unixSeconds(nowMillis) + daysKept[kind] * 86_400

/** USD in whole billionths: a metric costs $0.00001, and sums of fractions would miss a cap that they exactly reach. */
export const nanoUsd = (usd: number): number => Math.round(usd * 1e9)
