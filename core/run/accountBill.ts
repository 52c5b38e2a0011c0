/** What each account was billed, as a run has read it of its payer: what totals of savings are held against. */
import { daysBetween, hoursPerMonth, isoDay, startOfUtcDay } from "../time.ts"

/** The dataset that has it. */
export const accountBillName = "billing.accountBill"

/** What was used of a service in an account in one month. */
export interface AccountSpend {
  readonly account: string
  readonly service: string
  /** The first day of the month. */
  readonly start: string
  readonly amount: number
  readonly currency: string
  readonly estimated: boolean
}

/** Days that a month must have had until it says what a whole one will cost. */
const tellingDays = 7

const daysAMonth = hoursPerMonth / 24

/**
 * What an account's services cost a month: what the last month came to, or what this one will come to if that is more, because what is
 * new was on no bill yet. Undefined where there is no bill of the account in USD.
 */
export const monthlyBillOf = (
  bill: ReadonlyArray<AccountSpend>,
  account: string,
  now: Date
): ReadonlyMap<string, number> | undefined => {
  const own = bill.filter((row) => row.account === account)
  if (own.length === 0 || own.some(({ currency }) => currency !== "USD")) return undefined
  const thisMonth = `${isoDay(now).slice(0, 7)}-01`
  const days = daysBetween(new Date(`${thisMonth}T00:00:00Z`), startOfUtcDay(now))
  const monthly = new Map<string, number>()
  for (const { amount, service, start } of own) {
    const usd = start < thisMonth ? amount : days < tellingDays ? 0 : (amount / days) * daysAMonth
    monthly.set(service, Math.max(monthly.get(service) ?? 0, usd))
  }
  return monthly
}
