/** What the services of an account cost, as the run has read it of its payer. */
import * as Effect from "effect/Effect"
import type { Run } from "../core/run/Run.ts"
import { payerRegion } from "../core/Scope.ts"
import { accountBillName, type AccountSpend, monthlyBillOf } from "../core/run/accountBill.ts"
import { wholeReading } from "../core/run/storedReading.ts"

/** In USD a month by service; undefined where the run has read no bill of the account. */
export const billedIn = Effect.fnUntraced(function* (
  account: string,
  { id, plan, startedAt }: Pick<Run, "id" | "startedAt"> & { readonly plan: Pick<Run["plan"], "payers"> }
) {
  for (const payer of plan.payers) {
    const bill = yield* wholeReading<ReadonlyArray<AccountSpend>>(
      id,
      { account: payer, region: payerRegion },
      accountBillName
    )
    const monthly = bill === undefined ? undefined : monthlyBillOf(bill, account, new Date(startedAt))
    if (monthly !== undefined) return monthly
  }
  return undefined
})
