/** Adds the accounts up, ends what no scan will ever see again, and completes the run. */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { FindingEvent } from "../../core/finding/Finding.ts"
import type { Run, RunSummary } from "../../core/run/Run.ts"
import { addChanges } from "../../core/run/Changes.ts"
import { addCost, noCost, noWork } from "../../core/run/runCost.ts"
import { allAccounts, type Sums } from "../../core/run/Rollup.ts"
import { addSummaries, noSummary, noSums } from "../../core/run/totals.ts"
import { type Page, Store } from "../../core/store/Store.ts"
import { findingsOf } from "../../query/findingsOf.ts"
import { recountAccount, totalOrganisation } from "../accountTotals.ts"
import { endNight, takeNight } from "../nightLease.ts"
import { keepOwners } from "../nightOwners.ts"
import { findRun } from "../findRun.ts"
import { settledChanges } from "../settled.ts"
import { putTrendPoint } from "../trendPoint.ts"
import { isOvertaken, settleAccount } from "./settle.ts"

export const SumInput = Schema.Struct({ runId: Schema.String })

export const sum = Effect.fn("sum")(function* (input: unknown) {
  const { runId } = yield* Schema.decodeUnknownEffect(SumInput)(input)
  const store = yield* Store
  const run = yield* findRun(runId)
  if (run.status === "complete") return { runId }
  yield* takeNight(run)
  const { accounts, full } = run.plan

  const settled = new Set((yield* store.accountSummaries(runId)).map(({ account }) => account))
  // An account whose own Settle failed is summed up all the same, or its findings would count for nothing.
  for (const { id } of accounts) if (!settled.has(id)) yield* settleAccount(run, id)
  // Which accounts are there is for the newest night to say, whichever ends last.
  const speaksForAll = full && !(yield* isOvertaken(run, allAccounts))
  const ended = speaksForAll ? yield* endLeft(run) : { accounts: [], changes: noSummary.changes }
  const others = yield* othersOf(run)
  for (const id of others) if (!settled.has(id)) yield* settleAccount(run, id)
  for (const id of yield* alsoChanged(run)) if (!others.has(id)) yield* recountAccount(id, run)
  const parts = yield* store.accountSummaries(runId)
  const summary = [planned(run), ...parts.map(({ summary }) => summary)].reduce(addSummaries, {
    ...noSummary,
    changes: ended.changes
  })

  const rollup = yield* totalOrganisation(run)
  const { confirmed, unconfirmed } = rollup.sums
  yield* keepOwners(run, rollup)
  if (speaksForAll) yield* putTrendPoint(allAccounts, run, summary)
  const finishedAt = DateTime.formatIso(yield* DateTime.now)
  yield* store.putRun({
    ...run,
    status: "complete",
    finishedAt,
    left: ended.accounts,
    summary,
    open: { confirmed, unconfirmed }
  })
  yield* endNight(run)
  return { runId }
})

/** What planning cost. */
const planned = ({ planningCalls }: Run): RunSummary => ({
  ...noSummary,
  cost: addCost(noCost, planningCalls, noWork)
})

/**
 * The accounts that no other step settles: payers that are not part of the audit, and, in a full one, accounts with findings of
 * the payer and those that left, whose totals would stay in the organisation's as they last were.
 */
const othersOf = Effect.fnUntraced(function* ({ plan: { accounts, full, payers, selected } }: Run) {
  const store = yield* Store
  const others = new Set(payers)
  if (full && selected !== "self") {
    for (const { account, sums } of yield* store.rollups()) if (!isEmpty(sums)) others.add(account)
    for (const account of yield* store.accountsWithFindings) others.add(account)
  }
  for (const { id } of accounts) others.delete(id)
  return others
})

/** Accounts that are no part of the run, and of which its payer's scans changed findings. */
const alsoChanged = Effect.fnUntraced(function* ({ id, plan: { accounts, full, payers, selected } }: Run) {
  const store = yield* Store
  const changed = new Set<string>()
  // A whole night over many accounts has settled every account with findings.
  if (payers.length === 0 || (full && selected !== "self")) return changed
  let cursor: string | undefined
  do {
    const page: Page<FindingEvent> = yield* store.runEvents(id, 1000, cursor)
    for (const { account } of page.items) changed.add(account)
    cursor = page.cursor
  } while (cursor !== undefined)
  for (const { id } of accounts) changed.delete(id)
  return changed
})

const isEmpty = (sums: Sums): boolean => JSON.stringify(sums) === JSON.stringify(noSums)

/** Ends the findings of accounts that are not part of the audit any more, whoever tells of them. */
const endLeft = Effect.fnUntraced(function* (run: Run) {
  const store = yield* Store
  const { accounts, payers, selected } = run.plan
  const there = new Set([...accounts.map(({ id }) => id), ...payers])
  let changes = noSummary.changes
  if (selected === "self") return { accounts: [], changes }
  const left = new Set([...run.left, ...(yield* store.accountsWithFindings)])
  const ended = [...run.left]
  for (const account of left) {
    if (there.has(account)) continue
    const gone = yield* findingsOf(
      { statuses: ["open", "snoozed", "suppressed"], accounts: [account] },
      ({ id, scan, scope }) => ({ id, scan, scope })
    )
    if (gone.length > 0 && !ended.includes(account)) {
      ended.push(account)
      // First: a step that is repeated would find nothing to end, and not name the account.
      yield* store.putRun({ ...run, left: ended })
    }
    if (!ended.includes(account)) continue
    const settled = yield* settledChanges(run, "sum", account)
    yield* settled.end(gone, "account_left")
    changes = addChanges(changes, settled.soFar())
  }
  return { accounts: ended, changes }
})
