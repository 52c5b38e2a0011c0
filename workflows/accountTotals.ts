/** The totals of accounts and of all of them, which follow every change of a finding: of a whole night, a narrower run, a person. */
import * as Effect from "effect/Effect"
import { type Claimant, claimantOf, countedClaims } from "../core/finding/claims.ts"
import type { Finding } from "../core/finding/Finding.ts"
import { allAccounts } from "../core/run/Rollup.ts"
import type { Run } from "../core/run/Run.ts"
import { organisationRollup, rollupOf, type RollupTime } from "../core/run/totals.ts"
import { Store } from "../core/store/Store.ts"
import { findingsOf } from "../query/findingsOf.ts"

/** The run that totals are written for. */
export type TotalsRun = Pick<Run, "id" | "startedAt"> & { readonly plan: Pick<Run["plan"], "full"> }

/**
 * When totals were made. Only a whole night makes them newer: after a narrower run, or what a person did, they hold the same
 * findings as before but for a few.
 */
const timeOf = Effect.fnUntraced(function* (account: string, { id, plan, startedAt }: TotalsRun) {
  const store = yield* Store
  const [before] = yield* store.rollups([account])
  const made: RollupTime = { runId: id, asOf: startedAt }
  return before === undefined || (plan.full && before.asOf <= startedAt) ? made : before
})

/**
 * Settles which of an account's open findings count, writes what they come to, and answers the ids of those that count. They are held
 * against what the account's services are `billed`, or were when that was read last.
 */
export const totalAccount = Effect.fnUntraced(function* (
  account: string,
  findings: ReadonlyArray<Claimant>,
  run: TotalsRun,
  billed?: ReadonlyMap<string, number>
) {
  const store = yield* Store
  const counted = countedClaims(findings)
  yield* store.setCounted(
    findings
      .filter(({ id, savings }) => savings !== null && savings.counted !== counted.has(id))
      .map((finding) => ({ finding, counted: counted.has(finding.id) }))
  )
  const bill = billed ?? (yield* store.rollups([account]))[0]?.billed
  yield* store.putRollups([rollupOf(account, yield* timeOf(account, run), findings, counted, bill)])
  return counted
})

/**
 * The same for the open findings that the store lists. An index may not know yet what was written a moment ago, so that the
 * findings that have just changed are given.
 */
export const recountAccount = Effect.fnUntraced(function* (
  account: string,
  run: TotalsRun,
  changed: ReadonlyArray<Finding> = []
) {
  const listed = yield* findingsOf({ statuses: ["open"], accounts: [account] }, claimantOf)
  const known = new Set(changed.map(({ id }) => id))
  const findings = [
    ...listed.filter(({ id }) => !known.has(id)),
    ...changed.filter(({ status }) => status === "open").map(claimantOf)
  ]
  yield* totalAccount(account, findings, run)
})

/** Writes what all accounts come to together, and answers it. */
export const totalOrganisation = Effect.fnUntraced(function* (run: TotalsRun) {
  const store = yield* Store
  const rollup = organisationRollup(yield* timeOf(allAccounts, run), yield* store.rollups())
  yield* store.putRollups([rollup])
  return rollup
})
