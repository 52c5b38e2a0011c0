/** Keeps the bills of months that are over, and compares them with what findings that ended had claimed. */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { accountBillName, type AccountSpend } from "../core/run/accountBill.ts"
import {
  type BilledMonth,
  billedMonths,
  endedFindings,
  monthAfter,
  type PlacedUsageType,
  realisedOf
} from "../core/run/realised.ts"
import type { Run } from "../core/run/Run.ts"
import { wholeReading } from "../core/run/storedReading.ts"
import { payerRegion } from "../core/Scope.ts"
import { Store } from "../core/store/Store.ts"
import { isoDay, millisPerDay } from "../core/time.ts"
import { allFindings } from "../query/findingsOf.ts"
import { realisedKey } from "../query/realised.ts"

/** The dataset that has usage types by account and region. */
const usageTypesName = "usageTypes.ofAccounts"

/** A finding that ended is kept for 400 days, and is compared with the bill of the month before. */
const keptDays = 470
const months = 15

const key = (month: string, payer: string) => `bill/${month}/${payer}`

/** The bills that this run has read, kept for the nights in which the bills after them are known. */
const keepBills = Effect.fnUntraced(function* ({ id, plan, startedAt }: Run) {
  const store = yield* Store
  const now = new Date(startedAt)
  for (const payer of plan.payers) {
    const scope = { account: payer, region: payerRegion }
    const bill = yield* wholeReading<ReadonlyArray<AccountSpend>>(id, scope, accountBillName)
    if (bill === undefined) continue
    const usage = yield* wholeReading<ReadonlyArray<PlacedUsageType>>(id, scope, usageTypesName)
    for (const month of billedMonths(payer, bill, usage, now)) {
      const before: BilledMonth | undefined = yield* store.cached(key(month.month, payer))
      // What one night could not read another one has, and a final bill stays as it is.
      if (before?.estimated === false && (before.usageTypes !== null || month.usageTypes === null)) continue
      yield* store.cache(key(month.month, payer), month, new Date(now.getTime() + keptDays * millisPerDay))
    }
  }
})

/** Compares everything that ended within the time that findings are kept. Doing it twice is doing it once. */
export const compareWithBill = Effect.fn("compareWithBill")(function* (run: Run) {
  const store = yield* Store
  yield* keepBills(run)
  const now = new Date(run.startedAt)
  const thisMonth = isoDay(now).slice(0, 7)
  const wanted = Array.from({ length: months }, (_, index) => monthAfter(thisMonth, -1 - index))
  const bills: ReadonlyArray<BilledMonth | undefined> = yield* Effect.forEach(
    wanted.flatMap((month) => run.plan.payers.map((payer) => key(month, payer))),
    (one) => store.cached(one),
    { concurrency: 8 }
  )
  const ended = endedFindings()
  yield* Stream.runForEach(allFindings({ statuses: ["resolved"], kinds: ["money"] }), (finding) =>
    Effect.sync(() => ended.add(finding))
  )
  const found = bills.filter((bill): bill is BilledMonth => bill !== undefined)
  yield* store.cache(realisedKey, realisedOf(ended, found, now), new Date(now.getTime() + keptDays * millisPerDay))
})
