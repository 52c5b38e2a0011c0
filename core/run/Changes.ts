/** Numbers of findings with their money, and what a night changed. */
import * as Schema from "effect/Schema"
import type { FindingEvent, FindingEventType } from "../finding/Finding.ts"

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

/** Two amounts together. Cents are added as integers, so that the order of the findings cannot change a total. */
export const plus = (a: Amount, b: Amount): Amount => ({
  findings: a.findings + b.findings,
  monthlyUsd: (Math.round(a.monthlyUsd * 100) + Math.round(b.monthlyUsd * 100)) / 100
})

/** An amount that grows. */
export interface Growing {
  findings: number
  cents: number
}

export const grow = (amounts: Map<string, Growing>, key: string, cents: number): void => {
  const amount = amounts.get(key)
  if (amount === undefined) amounts.set(key, { findings: 1, cents })
  else {
    amount.findings += 1
    amount.cents += cents
  }
}

export const amountOf = (amount: Growing | undefined): Amount =>
  amount === undefined ? none : { findings: amount.findings, monthlyUsd: amount.cents / 100 }

const changeTypes = ["opened", "changed", "confirmed", "resolved", "reopened"] as const

const isChange = (type: FindingEventType): type is keyof Changes =>
  (changeTypes as ReadonlyArray<FindingEventType>).includes(type)

/** What an event adds to its kind of change, in USD a month: for a change the difference, otherwise the finding's saving. */
export const changedUsd = ({ monthlyUsd, previousMonthlyUsd, type }: FindingEvent): number =>
  type === "changed" ? monthlyUsd - previousMonthlyUsd : monthlyUsd

/**
 * Events by type, each of a finding once. The amounts are the savings of what was opened, confirmed, resolved or reopened,
 * whether they count or not; of what changed it is by how much it grew.
 */
export const changesOf = (events: Iterable<FindingEvent>): Changes => {
  const seen = new Set<string>()
  const amounts = new Map<string, Growing>()
  for (const event of events) {
    const key = `${event.findingId}/${event.runId}/${event.type}`
    if (!isChange(event.type) || seen.has(key)) continue
    seen.add(key)
    grow(amounts, event.type, Math.round(changedUsd(event) * 100))
  }
  const of = (type: keyof Changes) => amountOf(amounts.get(type))
  return {
    opened: of("opened"),
    changed: of("changed"),
    confirmed: of("confirmed"),
    resolved: of("resolved"),
    reopened: of("reopened")
  }
}

export const addChanges = (a: Changes, b: Changes): Changes => ({
  opened: plus(a.opened, b.opened),
  changed: plus(a.changed, b.changed),
  confirmed: plus(a.confirmed, b.confirmed),
  resolved: plus(a.resolved, b.resolved),
  reopened: plus(a.reopened, b.reopened)
})
