/** Numbers of findings with their money, and what a night changed. */
import * as Schema from "effect/Schema"
import type { FindingEvent } from "../finding/Finding.ts"

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

/** Adds what one event of a finding changed: its saving, or for one that ended the saving that it had. */
export const addChange = (changes: Changes, event: FindingEvent): Changes => {
  const { type } = event
  if (type === "snoozed" || type === "suppressed") return changes
  const usd =
    event.kind !== "money"
      ? 0
      : type === "resolved"
        ? event.previousMonthlyUsd
        : type === "changed"
          ? event.monthlyUsd - event.previousMonthlyUsd
          : event.monthlyUsd
  return { ...changes, [type]: addAmount(changes[type], { findings: 1, monthlyUsd: usd }) }
}

/** Adds amounts in cents, so that the order cannot change a total. */
export const addAmount = (a: Amount, b: Amount): Amount => ({
  findings: a.findings + b.findings,
  monthlyUsd: (Math.round(a.monthlyUsd * 100) + Math.round(b.monthlyUsd * 100)) / 100
})

export const addChanges = (a: Changes, b: Changes): Changes => ({
  opened: addAmount(a.opened, b.opened),
  changed: addAmount(a.changed, b.changed),
  confirmed: addAmount(a.confirmed, b.confirmed),
  resolved: addAmount(a.resolved, b.resolved),
  reopened: addAmount(a.reopened, b.reopened)
})
