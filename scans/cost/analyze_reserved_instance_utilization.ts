import { type Coverage, instanceTypeOf } from "../../core/finding/coverage.ts"
import type { Severity } from "../../core/finding/Finding.ts"
import { atMost, severityOfSavings } from "../../core/finding/severity.ts"
import { moneyColumn } from "../../core/run/Report.ts"
import { daysBefore, daysBetween, isoDay, millisPerDay, startOfUtcDay } from "../../core/time.ts"
import * as commitments from "../../datasets/billing/commitments.ts"
import { ask, defineScan, hygiene, need, notice, Setting, tooYoung, unknown } from "../Scan.ts"
import { cents } from "../shared/spend.ts"

/** AWS needs so long to settle the use of what was just bought, and so long takes a Savings Plan back. */
const youngDays = 7

/** The hourly commitment up to which AWS takes a plan back, in USD. Source: Savings Plans user guide, "Returning a purchased Savings Plan". */
const mostReturnableUsd = 100

/** From such a loss a month on it is severe that a commitment ends: the amount at which a saving is. */
const severeUsd = 200

const daysOfMonth = 30

type Commitment = commitments.Commitment

/** The days of the window in which it was paid for. */
const paidDays = (
  { end, start }: { readonly start: Date | undefined; readonly end: Date | undefined },
  asOf: Date,
  days: number
) => {
  const until = startOfUtcDay(asOf)
  const from = Math.max(daysBefore(until, days).getTime(), start?.getTime() ?? 0)
  const to = Math.min(until.getTime(), end?.getTime() ?? Number.POSITIVE_INFINITY)
  return Math.min(days, Math.max(1, (to - from) / millisPerDay))
}

/** An amount of the window as that of 30 days. */
const ofMonth = (amount: number, paid: number): number => cents((amount / paid) * daysOfMonth)

/** Hours for which each instance of a reservation was paid, or the plan: what tells its age where AWS does not. */
const hoursOfEach = ({ count, hourlyCommitment, kind, purchased }: Commitment): number | undefined => {
  const units = kind === "reservation" ? count : hourlyCommitment
  return units === undefined ? undefined : purchased / units
}

/** The day on which AWS takes a plan back for the last time: within a week and the calendar month in which it was bought. */
const returnableUntil = ({ hourlyCommitment, kind, start }: Commitment, now: Date): string | null => {
  if (kind !== "savings-plan" || start === undefined || hourlyCommitment === undefined) return null
  const last = daysBefore(start, -youngDays)
  return hourlyCommitment <= mostReturnableUsd && now < last && isoDay(start).slice(0, 7) === isoDay(now).slice(0, 7)
    ? isoDay(last)
    : null
}

/** Sizes of one family stand in for each other, as far as the service lets them. */
const familyOf = (instanceType: string): string =>
  instanceType.includes(".") ? instanceType.slice(0, instanceType.lastIndexOf(".")) : instanceType

const placeOf = ({ instanceType, region, service }: Pick<Commitment, "instanceType" | "region" | "service">) =>
  `${service}|${region ?? ""}|${familyOf(instanceType.toLowerCase())}`

const placeOfUse = (one: Coverage) =>
  placeOf({
    service: commitments.reservableServiceOf(one) ?? "",
    region: one.region,
    instanceType: instanceTypeOf(one.use) ?? ""
  })

const moreSevere = (a: Severity, b: Severity): Severity => (atMost(a, b) === a ? b : a)

const percentOf = (part: number, of: number): number => Math.round((1000 * part) / of) / 10

export default defineScan({
  title: "Unused and expiring reservations and Savings Plans",
  words: "RI, SP, bought commitments",
  why: "A commitment is paid for whether or not it is used, and what it covers is billed on demand from the hour in which it ends.",
  fix: "Run what it covers under it, exchange it or sell it on the marketplace where AWS allows that, and do not renew what is not used. Decide on a renewal before it ends.",
  docs: "https://docs.aws.amazon.com/cost-management/latest/userguide/ce-ris.html",
  scope: "payer",
  settings: {
    days: Setting.days(30, "Days of use that are judged", { minimum: 7, maximum: 90 }),
    minUtilizationPct: Setting.percent(80, "A commitment of which less is used is reported"),
    expiryNoticeDays: Setting.days(30, "Days before its end in which a commitment is reported, and days after it"),
    includeSavingsPlans: Setting.flag(true, "Also judge Savings Plans")
  },
  reads: ({ days, includeSavingsPlans }) => ({
    held: commitments.held(days, includeSavingsPlans ? "reservations and plans" : "reservations"),
    coverage: commitments.coverage,
    bill: commitments.bill
  }),
  subject: "held",
  probes: { terms: commitments.terms },
  reasons: {
    underused: "Less of it is used than should be, and all of it is paid for.",
    expiring: "It ends soon, and what it covers is billed on demand from then on.",
    expired_recently: "It has ended, and what it may have covered runs on demand."
  },

  judge: ({ bill, coverage }, { now, settings }) => {
    const coverageOf = coverage.by(placeOfUse)
    const currency = bill.found[0]?.currency ?? "USD"

    return function* (one) {
      // One that begins later has no hours yet.
      if (one.purchased === 0) return
      let { end, start } = one
      if (start === undefined || end === undefined) {
        const term = yield* need(yield* ask(commitments.terms, one))
        start ??= term?.start
        end ??= term?.end
      }
      const paid = paidDays({ start, end }, one.asOf, settings.days)
      const waste = ofMonth(one.unusedCost, paid)
      const saved = ofMonth(one.netSavings, paid)
      const lasting = {
        service: one.service,
        accountName: one.accountName === "" ? null : one.accountName,
        instanceType: one.instanceType === "" ? "any" : one.instanceType,
        count: one.count ?? null,
        platform: one.platform === "" ? "any" : one.platform,
        payment: one.payment === "" ? null : one.payment,
        start: start?.toISOString() ?? null,
        end: end?.toISOString() ?? null,
        utilizationPercent: Math.round(one.utilizationPercent * 10) / 10,
        wasteMonthly: waste,
        netSavingsMonthly: saved,
        currency,
        asOf: isoDay(one.asOf)
      }
      // Of one that has ended, less of this is in the window every night.
      const evidence = {
        ...lasting,
        days: Math.round(paid * 10) / 10,
        purchased: cents(one.purchased),
        used: cents(one.purchased - one.unused),
        unused: cents(one.unused),
        unit: one.kind === "reservation" ? "hours" : currency
      }

      if (end !== undefined && end <= now) {
        // Of plans nothing here tells what runs on demand in their place.
        if (one.kind === "savings-plan" || daysBetween(end, now) > settings.expiryNoticeDays) return
        const rows = yield* need(coverageOf.all(placeOf(one)))
        const onDemandHours = rows.reduce((sum, { onDemand }) => sum + onDemand, 0)
        if (onDemandHours === 0) return
        return notice({
          reason: "expired_recently",
          severity: saved >= severeUsd ? "high" : "medium",
          note: "A new reservation or a Savings Plan would lower the price of what still runs; that is no waste.",
          evidence: { ...lasting, onDemandHoursOfLastWeek: cents(onDemandHours) }
        })
      }

      const isExpiring = end !== undefined && daysBetween(now, end) <= settings.expiryNoticeDays
      const isLow = one.utilizationPercent < settings.minUtilizationPct
      const hours = hoursOfEach(one)
      const ageDays =
        start === undefined ? (hours === undefined ? undefined : hours / 24) : daysBetween(start, one.asOf)
      if (isLow && ageDays === undefined)
        return unknown("AWS does not tell when it was bought, and use takes a week to settle")
      const isUnderused = isLow && ageDays !== undefined && ageDays > youngDays
      if (!isUnderused && !isExpiring) {
        if (isLow) return tooYoung
        return end === undefined
          ? unknown(`AWS does not tell when it ends; account ${one.account}, which bought it, can list it`)
          : undefined
      }
      return hygiene({
        reason: isUnderused ? (isExpiring ? ["underused", "expiring"] : "underused") : "expiring",
        severity: moreSevere(
          isUnderused ? severityOfSavings({ basis: "exact", monthlyUsd: waste }) : "info",
          isExpiring ? (saved >= severeUsd ? "high" : "medium") : "info"
        ),
        note: isUnderused
          ? "It is paid for until it ends, so that stopping something saves nothing: only use, an exchange or a sale does."
          : "It saves money until it ends, and nothing is wasted.",
        evidence
      })
    }
  },

  report: ({ bill, coverage, held }, { now, settings }) => {
    const currency = bill.found[0]?.currency ?? "USD"
    const rows = held.found.map((one) => {
      const paid = paidDays(one, one.asOf, settings.days)
      return {
        commitment: one.id,
        service: one.service,
        type: one.instanceType,
        account: one.account,
        region: one.region ?? "",
        count: one.count ?? null,
        utilization: Math.round(one.utilizationPercent * 10) / 10,
        waste: ofMonth(one.unusedCost, paid),
        saved: ofMonth(one.netSavings, paid),
        end: one.end === undefined ? null : isoDay(one.end),
        returnable: returnableUntil(one, now)
      }
    })
    const covered = [...Map.groupBy(coverage.found, (one) => commitments.reservableServiceOf(one) ?? "")].flatMap(
      ([service, rows]) => {
        const sum = (of: (row: Coverage) => number) => rows.reduce((all, row) => all + of(row), 0)
        const reserved = sum((row) => row.reserved)
        const planned = sum((row) => row.planned)
        const running = reserved + planned + sum(({ onDemand }) => onDemand)
        return service === "" || running === 0
          ? []
          : `Reservations covered ${percentOf(reserved, running)} % and Savings Plans ${percentOf(planned, running)} % of the hours of ${service} in the last ${commitments.coverageDays} days.`
      }
    )
    return {
      title: `Use of reservations${settings.includeSavingsPlans ? " and Savings Plans" : ""} in the last ${settings.days} days`,
      columns: [
        { key: "commitment", title: "Commitment", kind: "text" },
        { key: "service", title: "For", kind: "text" },
        { key: "type", title: "Type", kind: "text" },
        { key: "account", title: "Account", kind: "text" },
        { key: "region", title: "Region", kind: "text" },
        { key: "count", title: "Count", kind: "count" },
        { key: "utilization", title: "Used %", kind: "percent" },
        moneyColumn("waste", "Unused a month", currency),
        moneyColumn("saved", "Saved a month", currency),
        { key: "end", title: "Ends", kind: "day" },
        { key: "returnable", title: "Returnable until", kind: "day" }
      ],
      rows: rows.sort((a, b) => b.waste - a.waste || (a.commitment < b.commitment ? -1 : 1)),
      notes: [
        "What is unused is sunk until the commitment ends, and is in no total of savings. Amounts are of 30 days.",
        "Use arrives for two days, so that the newest days may still rise.",
        ...covered.sort(),
        ...(coverage.gap === undefined ? [] : [`Coverage is not known in full: ${coverage.gap}.`])
      ]
    }
  }
})
