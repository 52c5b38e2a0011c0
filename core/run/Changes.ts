/** Numbers of findings with their money, and what a night changed. */
import * as Schema from "effect/Schema"
import { count, usd as usdText } from "../format.ts"
import { type FindingEvent, type FindingEventType, isActedOn } from "../finding/Finding.ts"

const int = Schema.Int
const usd = Schema.Finite

/** A number of findings and their counted savings in USD a month. */
export const Amount = Schema.Struct({ findings: int, monthlyUsd: usd })
export type Amount = typeof Amount.Type

const changeAmounts = {
  opened: Amount,
  changed: Amount,
  confirmed: Amount,
  /** What is gone or was mended. */
  resolved: Amount,
  reopened: Amount,
  /** What ended for another reason and saves nothing, by that reason; absent where nothing did. */
  ended: Schema.optionalKey(Schema.Record(Schema.String, Amount))
}

/** What the night changed: findings, and the savings in USD a month of those that are money. */
export const Changes = Schema.Struct(changeAmounts).annotate({
  description:
    "What became of findings of every kind, hygiene and notices among them. Amounts are what they claim in USD a month, whether it counts or not, and what other runs and people did is in none: inSums has what moved the totals"
})
export type Changes = typeof Changes.Type

/** Findings that are in no sum, hygiene, notices and commitments, by what became of them. */
export const Beside = Schema.Struct({
  opened: int,
  resolved: int,
  reopened: int,
  /** Changed, confirmed, ended or set aside. */
  others: int
}).annotate({ description: "Hygiene, notices and commitments, which are in no sum, by what became of them" })
export type Beside = typeof Beside.Type

/** What people are told is new, resolved and back: in digests, on the page, on the command line. */
export const ChangesInSums = Schema.Struct({
  ...changeAmounts,
  snoozed: Amount,
  suppressed: Amount,
  setAsideByPeople: Schema.optionalKey(Amount).annotateKey({
    description: "What of snoozed and suppressed people did; the rest is by the configuration, or by tags"
  }),
  otherClaims: Schema.optionalKey(Amount).annotateKey({
    description:
      "What moved the totals besides: claims on the same money that count instead, or no longer, and findings that are money no more. With it, what was open on the night before and the other amounts come to what is open; absent where that was not known"
  }),
  beside: Beside
}).annotate({
  description:
    "What moved the totals, as digests, the page and the command line say it: of a whole audit all that happened since the night before, in other runs and by people too; of any other what it changed itself. Findings that are money, and in the amounts, in USD a month, only the claims that count; a finding that was opened and resolved in between is in none"
})
export type ChangesInSums = typeof ChangesInSums.Type

export const noAmount: Amount = { findings: 0, monthlyUsd: 0 }

/** What was set aside, snoozed or suppressed: by people, and by the configuration or tags. */
export interface SetAsideBy {
  readonly byPeople: Amount
  readonly byRules: Amount
}

/** What ended without a saving, the most findings first. */
export interface Ended extends Amount {
  readonly reason: string
}

export const endedOf = (ended: Changes["ended"] = {}): ReadonlyArray<Ended> =>
  Object.entries(ended)
    .map(([reason, amount]) => ({ reason, ...amount }))
    .sort((a, b) => b.findings - a.findings || (a.reason < b.reason ? -1 : 1))

/** What all of it comes to. */
export const endedInAll = (ended: ReadonlyArray<Ended>): Amount => ended.reduce<Amount>(plus, noAmount)

/** `3 ended without a saving (settings changed 2, account left 1 with $10.00 a month)`; empty where nothing did. */
export const endedText = (ended: ReadonlyArray<Ended>): string =>
  ended.length === 0
    ? ""
    : `${count(endedInAll(ended).findings)} ended without a saving (${ended
        .map(
          ({ findings, monthlyUsd, reason }) =>
            `${reason.replaceAll("_", " ")} ${count(findings)}${monthlyUsd === 0 ? "" : ` with ${usdText(monthlyUsd)} a month`}`
        )
        .join(", ")})`

export const noBeside: Beside = { opened: 0, resolved: 0, reopened: 0, others: 0 }

/** `178 new, 2 resolved`; empty where nothing is. */
export const besideText = ({ opened, others, reopened, resolved }: Beside): string =>
  (
    [
      [opened, "new"],
      [resolved, "resolved"],
      [reopened, "back"],
      [others, "otherwise changed"]
    ] as const
  )
    .flatMap(([findings, what]) => (findings === 0 ? [] : [`${count(findings)} ${what}`]))
    .join(", ")

export const noChanges: Changes = {
  opened: noAmount,
  changed: noAmount,
  confirmed: noAmount,
  resolved: noAmount,
  reopened: noAmount
}

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
  amount === undefined ? noAmount : { findings: amount.findings, monthlyUsd: amount.cents / 100 }

const changeTypes = ["opened", "changed", "confirmed", "resolved", "reopened"] as const

type ChangeType = (typeof changeTypes)[number]

const isChange = (type: FindingEventType): type is ChangeType =>
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
  const ended = new Map<string, Growing>()
  for (const event of events) {
    const key = `${event.findingId}/${event.runId}/${event.type}`
    if (!isChange(event.type) || seen.has(key)) continue
    seen.add(key)
    const isEnd = event.type === "resolved" && !isActedOn(event.detail)
    grow(isEnd ? ended : amounts, isEnd ? event.detail : event.type, Math.round(changedUsd(event) * 100))
  }
  const of = (type: ChangeType) => amountOf(amounts.get(type))
  return {
    opened: of("opened"),
    changed: of("changed"),
    confirmed: of("confirmed"),
    resolved: of("resolved"),
    reopened: of("reopened"),
    ...(ended.size === 0
      ? {}
      : { ended: Object.fromEntries([...ended].map(([reason, amount]) => [reason, amountOf(amount)])) })
  }
}

const addEnded = (a: Changes["ended"] = {}, b: Changes["ended"] = {}) => ({
  ...a,
  ...Object.fromEntries(Object.entries(b).map(([reason, amount]) => [reason, plus(a[reason] ?? noAmount, amount)]))
})

export const addChanges = (a: Changes, b: Changes): Changes => ({
  opened: plus(a.opened, b.opened),
  changed: plus(a.changed, b.changed),
  confirmed: plus(a.confirmed, b.confirmed),
  resolved: plus(a.resolved, b.resolved),
  reopened: plus(a.reopened, b.reopened),
  ...(a.ended === undefined && b.ended === undefined ? {} : { ended: addEnded(a.ended, b.ended) })
})
