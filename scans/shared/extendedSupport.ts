/**
 * What the bill says of extended support: where it has rows of a surcharge, that amount; where it has none, or is not read, at most the list
 * price, so that nothing grows for want of a permission. Source: shared/scans-amendments.md, upgrade scans; shared/scans.md 0.3.14.
 */
import { cents } from "../../core/round.ts"
import { daysBetween, hoursPerMonth, isoDay, startOfUtcMonth } from "../../core/time.ts"
import { inSets, type JudgeContext, type Step } from "../Scan.ts"

/** What of a surcharge at list prices is claimed, and how that is known. */
export interface Billed {
  /** From 0, where nothing is claimed, to 1. */
  readonly share: number
  /** Whether it is the list price of what no bill shows: an upper bound. */
  readonly isCeiling: boolean
  /** False where the bill is not what tells: then it is the list price, or nothing. */
  readonly isBilled: boolean
  /** Whether the bill should tell and could not be read: what was known of it before stays, and what is claimed anew is an upper bound. */
  readonly billUnread: boolean
  readonly note: string
}

/**
 * The share of a surcharge that the last full month's bill of the account and region shows, of all that would be charged alike. A charge
 * that began within that month, or after it, is on no whole bill yet. Where no bill is read, or it has no row of it, the service itself has
 * told that it charges, so the list price stays as an upper bound, as for what commitments may cover. Asks once for a resource, like `inSet`.
 */
export function* billedShare(
  { extendedSupport, now }: Pick<JudgeContext<unknown>, "extendedSupport" | "now">,
  surcharge: {
    /** The name of a usage type without its region. */
    readonly usageType: RegExp
    readonly listMonthlyUsd: number
    /** The days from which it is charged at this price, of which the latest counts. */
    readonly since: ReadonlyArray<Date | undefined>
    /** Whether only the bill can tell that it is charged: then it has what the bill shows beyond everything else of its kind. */
    readonly onlyAsBilled?: boolean
  }
): Generator<Step, Billed, any> {
  const { listMonthlyUsd, onlyAsBilled = false, since, usageType } = surcharge
  const list = (why: string): Billed => ({
    share: onlyAsBilled ? 0 : 1,
    isCeiling: false,
    isBilled: false,
    billUnread: false,
    note: onlyAsBilled ? `None is claimed: ${why}.` : `From the price list: ${why}.`
  })
  if (listMonthlyUsd <= 0) return list("no price of it is known here")
  const [start, end] = [startOfUtcMonth(now, -1), startOfUtcMonth(now)]
  const month = isoDay(start).slice(0, 7)
  if (since.some((day) => day !== undefined && day > start))
    return list(`the bill of ${month} has no whole month of it yet`)
  if (!extendedSupport.known) {
    return {
      ...list(`what the bill shows of it is not known (${extendedSupport.reason})`),
      isCeiling: true,
      billUnread: true
    }
  }
  const set = `extended support ${usageType.source}`
  const [certain, told] = yield* inSets([
    { set, quantity: onlyAsBilled ? 0 : listMonthlyUsd },
    ...(onlyAsBilled ? [{ set: `${set}, as billed`, quantity: listMonthlyUsd }] : [])
  ])
  const rows = extendedSupport.value.filter(({ name }) => usageType.test(name))
  if (rows.some(({ currency }) => currency !== "USD")) return list("the bill is not in USD")
  if (rows.length === 0 && !onlyAsBilled) {
    return { ...list(`the bill of ${month} shows no row of it here, so that it is at most that`), isCeiling: true }
  }
  const billed = rows.reduce((sum, { amount }) => sum + amount, 0) * (hoursPerMonth / (daysBetween(start, end) * 24))
  const quantity = (onlyAsBilled ? told : certain)?.quantity ?? 0
  const left = onlyAsBilled ? billed - (certain?.quantity ?? 0) : billed
  // Less than a cent of what the bill shows is how it rounds.
  if (cents(left) <= 0 || quantity <= 0) {
    return {
      share: 0,
      isCeiling: false,
      isBilled: true,
      billUnread: false,
      note: `The bill of ${month} shows no ${billed > 0 ? "more " : ""}extended support of this kind here, so none is claimed.`
    }
  }
  return {
    share: Math.min(1, left / quantity),
    isCeiling: false,
    isBilled: true,
    billUnread: false,
    note: `As the bill of ${month} shows it: $${cents(billed).toFixed(2)} a month for all of this kind in the account and region.`
  }
}
