/** Sums over the findings of one account, or of all, written by Settle and Sum so that no question has to read findings. */
import * as Schema from "effect/Schema"
import type { Severity } from "../finding/Finding.ts"
import { Amount } from "./Changes.ts"

/** The dimensions that totals can be asked by. */
export const dimensions = ["account", "region", "service", "category", "scan", "severity", "owner"] as const
export const Dimension = Schema.Literals(dimensions)
export type Dimension = typeof Dimension.Type

/** What stands in one row of a total. Amounts hold the claims that count; `findings` are all of the kind. */
export interface Sums {
  readonly confirmed: Amount
  readonly unconfirmed: Amount
  /** Alternatives for the same spend, outside the sums. */
  readonly commitments: Amount
  /** Savings that another finding on the same resource already has. */
  readonly overlapping: Amount
  readonly hygiene: number
  readonly notices: number
}

/** Open findings of one account that agree in every dimension, added up. */
export interface Cell {
  readonly region: string
  readonly service: string
  readonly category: string
  readonly scan: string
  readonly severity: Severity
  /** The value of the owner tag; empty where a resource has none. */
  readonly owner: string
  readonly sums: Sums
}

/** What of the sums is not simply at list prices, in findings that count. */
export const Pricing = Schema.Struct({
  /** What they would save besides at list prices, and reservations and Savings Plans go on paying for: in no sum. */
  covered: Amount,
  /** In the sums at list prices, because it could not be read whether a commitment covers it. */
  uncertain: Amount,
  /** In the sums after all discounts, as Cost Optimization Hub estimates them. */
  net: Amount,
  /** In the sums as the bill shows it. */
  billed: Amount
})
export type Pricing = typeof Pricing.Type

/** A service of which an account's open findings would save more than it was billed for: list prices, or resources that are gone. */
export const AboveBill = Schema.Struct({
  account: Schema.String,
  service: Schema.String,
  /** What the findings that count come to, confirmed or not, in USD a month. */
  monthlyUsd: Schema.Finite,
  billedUsd: Schema.Finite
})
export type AboveBill = typeof AboveBill.Type

/** The account of the rollup that holds the sums of all accounts. */
export const allAccounts = "all"

/** What stands for the owners that are not listed one by one in the organisation's rollup. No tag of AWS may have this value. */
export const otherOwners = "…"

/**
 * The totals of an account as of a run. `by` has the sums of each dimension alone, so a total by one dimension is one small
 * read and exact. Combinations, such as the owners of one category, are answered from `cells`, account by account: an
 * account has no more cells than findings. The organisation's rollup has no cells, because regions × services × scans ×
 * owners of a thousand accounts would be as many as the findings themselves.
 */
export interface Rollup {
  /** `all` for the organisation. */
  readonly account: string
  readonly runId: string
  /** ISO instant of the run's start. */
  readonly asOf: string
  readonly sums: Sums
  /** By the value in each dimension. Maps, because the owner is a text that a stranger wrote. */
  readonly by: Readonly<Record<Dimension, ReadonlyMap<string, Sums>>>
  /** What an account's services cost a month, as its bill says; absent where no bill was read, and in the organisation's rollup. */
  readonly billed?: ReadonlyMap<string, number>
  /** The services whose totals are above their bill, the largest difference first; absent where no bill was read. */
  readonly aboveBill?: ReadonlyArray<AboveBill>
  /** Absent where it was written before prices were told apart. */
  readonly pricing?: Pricing
  /** Null in the organisation's rollup, and where they were not asked for. */
  readonly cells: ReadonlyArray<Cell> | null
}
