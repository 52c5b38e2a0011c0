import { moneyColumn } from "../../core/run/Report.ts"
import * as billing from "../../datasets/billing/billing.ts"
import { defineScan, Setting } from "../Scan.ts"
import { addSpends, cents, gross, net, noSpend, notesOn, percentFrom } from "../shared/spend.ts"

export default defineScan({
  title: "Spend by service",
  words: "bill, invoice, cost per month, growth",
  why: "Most of a bill comes from a few services, and a service that grows unnoticed is the most common surprise on it.",
  fix: "Ask the owners of the services that grew what changed, and look for findings in their regions.",
  docs: "https://docs.aws.amazon.com/cost-management/latest/userguide/ce-what-is.html",
  scope: "payer",
  settings: {
    startDate: Setting.day("First day, in UTC; empty for the previous full month"),
    endDate: Setting.day(
      "The day after the last one, in UTC; empty for the end of the previous month, or today with a start"
    ),
    metric: Setting.oneOf(
      billing.costMetrics,
      "UnblendedCost",
      "What is counted: cash, or upfront fees spread over their term"
    ),
    comparePrevious: Setting.flag(true, "Compare with the period of the same length before"),
    growthPct: Setting.percent(30, "Mark a service that grew at least so much", { maximum: 1000 }),
    growthUsd: Setting.usd(100, "And at least by so much")
  },
  reads: ({ comparePrevious, endDate, metric, startDate }) => ({
    spend: billing.spend("SERVICE", metric, billing.comparedWindow(startDate, endDate, comparePrevious))
  }),
  subject: "spend",
  reasons: {},

  report: ({ spend: { found: spend } }, { now, settings }) => {
    const { comparePrevious, endDate, growthPct, growthUsd, metric, startDate } = settings
    const { current, previous } = billing.comparedPeriods(now, startDate, endDate)
    const within = spend.filter(({ start }) => start >= current.start)
    const currency = spend[0]?.currency ?? "USD"
    const services = new Map(spend.map(({ key }) => [key, { now: noSpend, before: noSpend }]))
    const total = { now: noSpend, before: noSpend }
    for (const row of spend) {
      const side = row.start >= current.start ? "now" : "before"
      const service = services.get(row.key)
      if (service !== undefined) service[side] = addSpends(service[side], row)
      total[side] = addSpends(total[side], row)
    }

    const rowOf = (service: string, { before, now }: typeof total) => {
      const [grossBefore, grossNow] = [gross(before), gross(now)]
      const change = grossNow - grossBefore
      return {
        service,
        usage: cents(now.usage),
        fees: cents(now.fees),
        tax: cents(now.tax),
        gross: cents(grossNow),
        credits: cents(now.credits),
        net: cents(net(now)),
        ...(comparePrevious
          ? {
              previousGross: cents(grossBefore),
              change: cents(change),
              changePct: percentFrom(grossBefore, grossNow),
              grew: change >= growthUsd && change >= (growthPct / 100) * Math.abs(grossBefore) && change > 0
            }
          : {})
      }
    }
    return {
      title: `Spend by service from ${current.start} up to ${current.end}`,
      columns: [
        { key: "service", title: "Service", kind: "text" },
        moneyColumn("usage", "Usage", currency),
        moneyColumn("fees", "Fees", currency),
        moneyColumn("tax", "Tax", currency),
        moneyColumn("gross", "Gross", currency),
        moneyColumn("credits", "Credits", currency),
        moneyColumn("net", "Net", currency),
        ...(comparePrevious
          ? ([
              moneyColumn("previousGross", "Gross before", currency),
              moneyColumn("change", "Change", currency),
              { key: "changePct", title: "Change %", kind: "percent" },
              { key: "grew", title: "Grew", kind: "flag" }
            ] as const)
          : [])
      ],
      rows: [
        ...[...services]
          .map(([service, sums]) => rowOf(service, sums))
          .sort((a, b) => b.gross - a.gross || a.service.localeCompare(b.service)),
        rowOf("Total", total)
      ],
      notes: [
        `Days are UTC; ${current.end} is not part of it.${comparePrevious ? ` Compared with ${previous.start} up to ${previous.end}, by gross.` : ""}`,
        ...notesOn(within, metric, current, now)
      ]
    }
  }
})
