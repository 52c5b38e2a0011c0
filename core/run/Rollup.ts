/** Sums over the findings of one account, or of all, written by Settle and Sum so that no question has to read findings. */
import * as Schema from "effect/Schema"
import { Severity } from "../finding/Finding.ts"
import { Amount } from "./Changes.ts"

/** The dimensions that totals can be asked by. */
export const dimensions = ["account", "region", "service", "category", "scan", "severity", "owner"] as const
export const Dimension = Schema.Literals(dimensions)
export type Dimension = typeof Dimension.Type

/** What stands in one row of a total. Amounts hold the claims that count; `findings` are all of the kind. */
export const Sums = Schema.Struct({
  confirmed: Amount,
  unconfirmed: Amount,
  /** Alternatives for the same spend, outside the sums. */
  commitments: Amount,
  /** Savings that another finding on the same resource already has. */
  overlapping: Amount,
  hygiene: Schema.Int,
  notices: Schema.Int
})
export type Sums = typeof Sums.Type

/** Open findings that agree in every dimension, added up. */
export const Cell = Schema.Struct({
  region: Schema.String,
  service: Schema.String,
  category: Schema.String,
  scan: Schema.String,
  severity: Severity,
  /** The value of the owner tag; empty where a resource has none. */
  owner: Schema.String,
  sums: Sums
})
export type Cell = typeof Cell.Type

/** The totals of an account as of a run. */
export const Rollup = Schema.Struct({
  account: Schema.String,
  runId: Schema.String,
  /** ISO instant of the run's start. */
  asOf: Schema.String,
  cells: Schema.Array(Cell)
})
export type Rollup = typeof Rollup.Type
