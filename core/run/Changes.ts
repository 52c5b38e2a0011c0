/** Numbers of findings with their money, and what a night changed. */
import * as Schema from "effect/Schema"

const count = Schema.Int
const usd = Schema.Finite

/** A number of findings and their counted savings in USD a month. */
export const Amount = Schema.Struct({ findings: count, monthlyUsd: usd })
export type Amount = typeof Amount.Type

/** What the night changed: findings, and the savings in USD a month of those that are money. */
export const Changes = Schema.Struct({
  opened: Amount,
  changed: Amount,
  confirmed: Amount,
  resolved: Amount,
  reopened: Amount
})
export type Changes = typeof Changes.Type

const none: Amount = { findings: 0, monthlyUsd: 0 }

export const noChanges: Changes = { opened: none, changed: none, confirmed: none, resolved: none, reopened: none }
