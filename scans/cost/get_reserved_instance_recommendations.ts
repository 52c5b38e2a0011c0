import { moneyColumn } from "../../core/run/Report.ts"
import { bill } from "../../datasets/billing/commitments.ts"
import {
  offeringClasses,
  reservableServices,
  reservations,
  type ReservationOffer,
  servicesWorthAsking
} from "../../datasets/billing/purchases.ts"
import { defineScan, Setting } from "../Scan.ts"
import { named, notAsked, purchaseOf, purchaseSettings, words } from "../shared/purchases.ts"
import { cents } from "../shared/spend.ts"

const tenths = (value: number | null): number | null => (value === null ? null : Math.round(value * 10) / 10)

const orNull = (usd: number | null): number | null => (usd === null ? null : cents(usd))

const nameOf = ({ account, platform, region, service, type }: ReservationOffer): string =>
  [service, type, platform, region, account].join(" ")

export default defineScan({
  title: "Reservations to buy",
  words: "RI purchase, reserved nodes, capacity",
  why: "Databases, caches and instances that run all year cost a third less and more when they are reserved.",
  fix: "Resize and clean up first, because a reservation is paid for whatever runs; then reserve what will still run at its end, in steps.",
  docs: "https://docs.aws.amazon.com/cost-management/latest/userguide/ri-recommendations.html",
  scope: "payer",
  settings: {
    services: Setting.list(reservableServices, "Services that can be reserved"),
    term: purchaseSettings.term,
    paymentOption: purchaseSettings.paymentOption,
    lookback: purchaseSettings.lookback,
    accountScope: purchaseSettings.accountScope,
    ec2OfferingClass: Setting.oneOf(offeringClasses, "STANDARD", "Standard saves more; convertible can be exchanged")
  },
  reads: (settings) => ({
    offers: reservations(named(reservableServices, settings.services), purchaseOf(settings), settings.ec2OfferingClass),
    bill
  }),
  subject: "offers",
  reasons: {},

  report: ({ bill, offers: { found, gap } }, { settings }) => {
    const currency = found[0]?.currency ?? "USD"
    const total = found.reduce((sum, { monthlySavings }) => sum + monthlySavings, 0)
    const has = (...services: ReadonlyArray<string>) => found.some(({ service }) => services.includes(service))
    return {
      title: `Reservations that AWS recommends: ${words(settings.term)}, ${words(settings.paymentOption)}`,
      columns: [
        { key: "service", title: "Service", kind: "text" },
        { key: "type", title: "Type", kind: "text" },
        { key: "platform", title: "For", kind: "text" },
        { key: "account", title: "Account", kind: "text" },
        { key: "region", title: "Region", kind: "text" },
        { key: "count", title: "Count", kind: "count" },
        { key: "unit", title: "Of", kind: "text" },
        { key: "normalizedUnits", title: "Normalised units", kind: "count" },
        moneyColumn("upfront", "Upfront", currency),
        moneyColumn("recurring", "Recurring a month", currency),
        moneyColumn("monthlySavings", "Saves a month", currency),
        { key: "savingsPct", title: "Saves %", kind: "percent" },
        { key: "utilizationPct", title: "Would be used %", kind: "percent" },
        { key: "breakEvenMonths", title: "Months until it pays", kind: "count" }
      ],
      rows: [...found]
        .sort((a, b) => b.monthlySavings - a.monthlySavings || (nameOf(a) < nameOf(b) ? -1 : 1))
        .map((offer) => ({
          service: offer.service,
          type: offer.type,
          platform: offer.platform,
          account: offer.account,
          region: offer.region,
          count: offer.count,
          unit: offer.isCapacity ? "capacity units" : "instances",
          normalizedUnits: offer.normalizedUnits,
          upfront: orNull(offer.upfront),
          recurring: orNull(offer.recurringMonthly),
          monthlySavings: cents(offer.monthlySavings),
          savingsPct: tenths(offer.savingsPercent),
          utilizationPct: tenths(offer.utilizationPercent),
          breakEvenMonths: tenths(offer.breakEvenMonths)
        })),
      notes: [
        `${cents(total)} ${currency} a month at most, as AWS estimates it, outside every total of savings: a reservation is an alternative to cleaning up the same spend.`,
        ...(has("EC2")
          ? [
              "A Savings Plan covers the same instances and moves with them: prefer one to EC2 reservations unless capacity has to be held in a zone."
            ]
          : []),
        ...(has("RDS", "ElastiCache", "OpenSearch", "DynamoDB")
          ? [
              "A Database Savings Plan covers current families of RDS, Valkey, OpenSearch and DynamoDB: buy one or the other, and never both."
            ]
          : []),
        ...notAsked(
          settings.services,
          reservableServices,
          bill.gap === undefined ? servicesWorthAsking(reservableServices, bill.found) : reservableServices
        ),
        ...(gap === undefined ? [] : [`Not all of them are known: ${gap}.`])
      ]
    }
  }
})
