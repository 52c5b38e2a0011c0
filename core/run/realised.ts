/**
 * What the bill shows of findings that ended, beside what they claimed. A bill has no line for most resources, so the fall is that of
 * everything of a service in an account, or of a usage type in its region where the bill was read like that, whatever caused it: it is
 * shown for all findings of such a group together, and is never split among them.
 */
import * as Schema from "effect/Schema"
import { type Finding, isActedOn } from "../finding/Finding.ts"
import { plural, usd } from "../format.ts"
import { cents } from "../round.ts"
import { AccountId } from "../Scope.ts"
import { daysBetween, hoursPerMonth, isoDay, startOfUtcMonth } from "../time.ts"
import type { AccountSpend } from "./accountBill.ts"
import { Amount, noAmount, plus } from "./Changes.ts"

/** What ended in one month and is billed in one place, and the bill of that place before and after. */
export const RealisedGroup = Schema.Struct({
  /** The month in which the findings ended: `2026-11`. */
  month: Schema.String,
  account: AccountId,
  /** As the bill names it. */
  service: Schema.String,
  /** The usage type without its region's code, and the region; null where the whole service of the account is looked at. */
  usageType: Schema.NullOr(Schema.String),
  region: Schema.NullOr(Schema.String),
  /** The findings that ended, with what they claimed to save a month at list price. */
  claimed: Amount,
  /** The bill of the month before, in USD for 730 hours; null where it is not known. */
  beforeUsd: Schema.NullOr(Schema.Finite),
  /** That of the month after. */
  afterUsd: Schema.NullOr(Schema.Finite),
  /** Why one of them is not known; null where both are. */
  why: Schema.NullOr(Schema.String),
  /** The day from which the month after should be final; null where both are known, or will not be. */
  knownFrom: Schema.NullOr(Schema.String)
})
export type RealisedGroup = typeof RealisedGroup.Type

/** All groups of a month. Months are not added up: what fell over two of them is in both. */
export const RealisedMonth = Schema.Struct({
  month: Schema.String,
  /** Where the bill is known: what was claimed, and the bills of these groups before and after. */
  known: Schema.Struct({ claimed: Amount, beforeUsd: Schema.Finite, afterUsd: Schema.Finite }),
  /** Where the bill of the month after is still to come. */
  waiting: Amount,
  /** From this day on; null where nothing is waited for. */
  knownFrom: Schema.NullOr(Schema.String),
  /** Where the bill was not read, or does not show the service. */
  unknown: Amount
})
export type RealisedMonth = typeof RealisedMonth.Type

export const Realised = Schema.Struct({
  /** ISO instant of the start of the run that compared them. */
  asOf: Schema.String,
  /** The newest first. */
  months: Schema.Array(RealisedMonth),
  /** The newest month first, and in it the largest claim; `left` groups are not listed. */
  groups: Schema.Array(RealisedGroup),
  left: Schema.Int
})
export type Realised = typeof Realised.Type

/** What one payer's bill of a month that is over says. */
export interface BilledMonth {
  /** `2026-10`. */
  readonly month: string
  readonly payer: string
  /** Whether AWS may still change it. */
  readonly estimated: boolean
  /** In USD by account and service, what reservations and Savings Plans paid included. */
  readonly services: ReadonlyArray<readonly [account: string, service: string, usd: number]>
  /** In USD, use alone, by account, region and usage type; null where that was not read. */
  readonly usageTypes: ReadonlyArray<readonly [account: string, region: string, usageType: string, usd: number]> | null
}

/** What the bill says of a usage type in an account and a region; the fields of `usageTypes.ofAccounts` that are needed. */
export interface PlacedUsageType {
  readonly account: string
  readonly region: string | undefined
  readonly name: string
  readonly start: string
  readonly amount: number
  readonly currency: string
  readonly estimated: boolean
}

export const monthAfter = (month: string, months = 1): string =>
  isoDay(startOfUtcMonth(new Date(`${month}-01T00:00:00Z`), months)).slice(0, 7)

/** A bill as a run has read it, month by month, of months that are over; empty where it is not in USD. */
export const billedMonths = (
  payer: string,
  bill: ReadonlyArray<AccountSpend>,
  usage: ReadonlyArray<PlacedUsageType> | undefined,
  now: Date
): ReadonlyArray<BilledMonth> => {
  const thisMonth = isoDay(now).slice(0, 7)
  const isUsd = ({ currency }: { readonly currency: string }) => currency === "USD"
  if (!bill.every(isUsd) || usage?.every(isUsd) === false) return []
  return [...Map.groupBy(bill, ({ start }) => start.slice(0, 7))]
    .filter(([month]) => month < thisMonth)
    .map(([month, rows]) => {
      const own = usage?.filter(({ start }) => start.startsWith(month))
      return {
        month,
        payer,
        estimated: [...rows, ...(own ?? [])].some(({ estimated }) => estimated),
        services: rows.map(({ account, amount, service }) => [account, service, amount] as const),
        // Usage types are read of the last month alone, and an empty list of another one would say that nothing was used.
        usageTypes:
          own === undefined || month !== monthAfter(thisMonth, -1)
            ? null
            : own.map(({ account, amount, name, region }) => [account, region ?? "", name, amount] as const)
      }
    })
}

/** The usage types by which some resources are billed, of those that are read by account and region. */
const usageTypeOf: Readonly<Record<string, string>> = { "ec2:snapshot": "EBS:SnapshotUsage" }

/** Where the money of a finding that ended is billed. */
export type Place = Pick<RealisedGroup, "month" | "account" | "service" | "usageType" | "region">

/** Undefined for a finding that claimed nothing of what was in the totals, or that nobody did anything about. */
export const placeOf = ({
  account,
  confirmed,
  region,
  resolved,
  resource,
  savings,
  status
}: Finding): Place | undefined => {
  if (status !== "resolved" || resolved === null || !isActedOn(resolved.reason)) return undefined
  if (!confirmed || resolved.counted !== true || savings === null || savings.monthlyUsd <= 0) return undefined
  const usageType = usageTypeOf[resource.type] ?? null
  return {
    month: resolved.at.slice(0, 7),
    account,
    service: resource.service,
    usageType,
    region: usageType === null ? null : region
  }
}

const placeKey = ({ account, month, region, service, usageType }: Place): string =>
  JSON.stringify([month, account, service, usageType, region])

const wholeService = (place: Place): Place => ({ ...place, usageType: null, region: null })

/** The group that a finding which ended is in; undefined where it is in none that is listed. */
export const groupOf = ({ groups }: Pick<Realised, "groups">, finding: Finding): RealisedGroup | undefined => {
  const place = placeOf(finding)
  if (place === undefined) return undefined
  const keys = [placeKey(place), placeKey(wholeService(place))]
  return groups.find((group) => keys.includes(placeKey(group)))
}

/** Findings that ended, added up by place. */
export const endedFindings = () => {
  const claims = new Map<string, { readonly place: Place; claimed: Amount }>()
  return {
    add: (finding: Finding): void => {
      const place = placeOf(finding)
      if (place === undefined) return
      const key = placeKey(place)
      const claimed = { findings: 1, monthlyUsd: finding.savings?.monthlyUsd ?? 0 }
      claims.set(key, { place, claimed: plus(claims.get(key)?.claimed ?? noAmount, claimed) })
    },
    /** A usage type is part of its service: where something else of the service ended too, all of it is one group. */
    places: (): ReadonlyArray<{ readonly place: Place; readonly claimed: Amount }> => {
      const services = Map.groupBy(claims.values(), ({ place }) => placeKey(wholeService(place)))
      return [...services.values()].flatMap((own) => {
        const [first] = own
        return first === undefined || own.every(({ place }) => place.usageType !== null)
          ? own
          : [
              {
                place: wholeService(first.place),
                claimed: own.reduce((sum, { claimed }) => plus(sum, claimed), noAmount)
              }
            ]
      })
    }
  }
}

/** Invoices are final in the first days of the next month. Source: AWS Billing user guide, "Viewing your monthly charges". */
const finalDay = "05"

const hoursOf = (month: string): number => {
  const start = new Date(`${month}-01T00:00:00Z`)
  return daysBetween(start, startOfUtcMonth(start, 1)) * 24
}

/** What a bill says of a place in a month, in USD for 730 hours; a text says why it is not known. */
const amountIn = ({ account, region, service, usageType }: Place, month: string, bill: BilledMonth | string) => {
  if (typeof bill === "string") return bill
  if (bill.estimated) return `the bill of ${month} is not final yet`
  const of = (usd: number) => cents((usd / hoursOf(month)) * hoursPerMonth)
  if (usageType === null) {
    return of(
      bill.services.reduce((sum, [whose, name, usd]) => sum + (whose === account && name === service ? usd : 0), 0)
    )
  }
  if (bill.usageTypes === null) return `the bill of ${month} was not read by usage type`
  return of(
    bill.usageTypes.reduce(
      (sum, [whose, where, name, usd]) =>
        sum + (whose === account && where === region && name.startsWith(usageType) ? usd : 0),
      0
    )
  )
}

/**
 * The one bill of a month that an account is on; a text says why there is none. An account without any charge is on no bill, and so is
 * one that left: that it is not there never says that it cost nothing.
 */
const billOf = (account: string, month: string, payer: string | undefined, bills: ReadonlyArray<BilledMonth>) => {
  const read = bills.filter((bill) => bill.month === month)
  const own = read.filter(({ services }) => services.some(([whose]) => whose === account))
  // A month in which it went over from one payer to another is on both bills in part.
  if (own.length > 1) return `the account is on the bills of ${plural(own.length, "payer")} in ${month}`
  const [bill] = own
  if (bill === undefined) {
    return read.some((one) => payer === undefined || one.payer === payer)
      ? `the account is on no bill of ${month} that was read`
      : `the bill of ${month} was not read`
  }
  return payer === undefined || bill.payer === payer ? bill : `the account is on another payer's bill in ${month}`
}

/** The place's bill before and after what ended in it. The bill of the month itself has it in part, and is not looked at. */
const compared = (place: Place, claimed: Amount, bills: ReadonlyArray<BilledMonth>, now: Date): RealisedGroup => {
  const [earlier, later] = [monthAfter(place.month, -1), monthAfter(place.month)]
  const billBefore = billOf(place.account, earlier, undefined, bills)
  const payer = typeof billBefore === "string" ? undefined : billBefore.payer
  const before = amountIn(place, earlier, billBefore)
  const after = amountIn(place, later, billOf(place.account, later, payer, bills))
  const known = { ...place, claimed, beforeUsd: typeof before === "number" ? before : null, why: null, knownFrom: null }
  // What the bill calls otherwise would seem to have cost nothing, before and after.
  if (before === 0) {
    return { ...known, beforeUsd: null, afterUsd: null, why: `the bill of ${earlier} shows nothing of it` }
  }
  const from = `${monthAfter(later)}-${finalDay}`
  if (typeof after === "string" && isoDay(now) < from) {
    return typeof before === "string" && isoDay(now) >= `${place.month}-${finalDay}`
      ? { ...known, afterUsd: null, why: before }
      : { ...known, afterUsd: null, why: `not known yet: ${later} is the first whole month after`, knownFrom: from }
  }
  return typeof before === "string"
    ? { ...known, afterUsd: typeof after === "number" ? after : null, why: before }
    : typeof after === "string"
      ? { ...known, afterUsd: null, why: after }
      : { ...known, afterUsd: after }
}

/** Groups that are listed. */
const mostGroups = 500

const monthOf = (month: string, groups: ReadonlyArray<RealisedGroup>): RealisedMonth => {
  const known = groups.filter(({ why }) => why === null)
  const waiting = groups.filter(({ knownFrom }) => knownFrom !== null)
  const unknown = groups.filter(({ knownFrom, why }) => why !== null && knownFrom === null)
  const claimedIn = (some: ReadonlyArray<RealisedGroup>) =>
    some.reduce((sum, { claimed }) => plus(sum, claimed), noAmount)
  return {
    month,
    known: {
      claimed: claimedIn(known),
      beforeUsd: cents(known.reduce((sum, { beforeUsd }) => sum + (beforeUsd ?? 0), 0)),
      afterUsd: cents(known.reduce((sum, { afterUsd }) => sum + (afterUsd ?? 0), 0))
    },
    waiting: claimedIn(waiting),
    knownFrom: waiting[0]?.knownFrom ?? null,
    unknown: claimedIn(unknown)
  }
}

/** Compares what ended, by its place, with bills. */
export const realisedOf = (
  ended: ReturnType<typeof endedFindings>,
  bills: ReadonlyArray<BilledMonth>,
  now: Date
): Realised => {
  const groups = ended
    .places()
    .map(({ claimed, place }) => compared(place, claimed, bills, now))
    .sort(
      (a, b) =>
        (a.month < b.month ? 1 : a.month > b.month ? -1 : b.claimed.monthlyUsd - a.claimed.monthlyUsd) ||
        (placeKey(a) < placeKey(b) ? -1 : 1)
    )
  return {
    asOf: now.toISOString(),
    months: [...Map.groupBy(groups, ({ month }) => month)].map(([month, own]) => monthOf(month, own)),
    groups: groups.slice(0, mostGroups),
    left: Math.max(0, groups.length - mostGroups)
  }
}

/** How the bill of a group moved, in a few words that claim no cause. */
export const movedText = (beforeUsd: number, afterUsd: number): string => {
  const fall = cents(beforeUsd - afterUsd)
  const how = fall > 0 ? `fell by ${usd(fall)}` : fall < 0 ? `rose by ${usd(-fall)}` : "stayed as it was"
  return `${how}, from ${usd(beforeUsd)} to ${usd(afterUsd)}`
}

/** What the bill shows of a group, in a sentence. */
export const groupText = ({
  account,
  afterUsd,
  beforeUsd,
  claimed,
  month,
  region,
  service,
  usageType,
  why
}: RealisedGroup) => {
  const what = `${usageType === null ? service : `${usageType} in ${region}`} of account ${account}`
  const claim = `${plural(claimed.findings, "finding")} that ended in ${month} claimed ${usd(claimed.monthlyUsd)} a month`
  return why !== null || beforeUsd === null || afterUsd === null
    ? `What the bill shows is not known: ${why}. ${claim} of ${what}.`
    : `The bill of ${what} ${movedText(beforeUsd, afterUsd)} a month, whatever caused it; ${claim}.`
}

/** What the newest month of which it is known has shown, and what is still to come, in a line; undefined where nothing ended. */
export const realisedLine = ({ months }: Pick<Realised, "months">): string | undefined => {
  const shown = months.find(({ known }) => known.claimed.findings > 0)
  const next = months.findLast(({ waiting }) => waiting.findings > 0)
  const unread = months.find(({ unknown }) => unknown.findings > 0)
  const parts = [
    ...(shown === undefined
      ? []
      : [
          `what ended in ${shown.month} claimed ${usd(shown.known.claimed.monthlyUsd)} a month; the bill of its services ${movedText(shown.known.beforeUsd, shown.known.afterUsd)}`
        ]),
    ...(next === undefined
      ? []
      : [`${usd(next.waiting.monthlyUsd)} that ended in ${next.month} is not known before ${next.knownFrom}`]),
    ...(shown === undefined && next === undefined && unread !== undefined
      ? [`not known: the bill of what ended in ${unread.month} was not read or does not show it`]
      : [])
  ]
  return parts.length === 0 ? undefined : parts.join("; ")
}
