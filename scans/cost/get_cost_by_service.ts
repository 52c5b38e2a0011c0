import * as billing from "../../datasets/billing/billing.ts"
import { defineScan, Setting } from "../Scan.ts"
import {
  amountsOf,
  compared,
  type Compared,
  metricSetting,
  periodSettings,
  recordTypesSetting
} from "../shared/spend.ts"

export default defineScan({
  title: "Spend by service",
  words: "bill, invoice, cost per month, growth",
  why: "Most of a bill comes from a few services, and a service that grows unnoticed is the most common surprise on it.",
  fix: "Ask the owners of the services that grew what changed, and look for findings in their regions.",
  docs: "https://docs.aws.amazon.com/cost-management/latest/userguide/ce-what-is.html",
  leavesOut: ["the drivers that Cost Explorer names for a change: each comparison is another paid request."],
  scope: "payer",
  settings: {
    ...periodSettings,
    metric: metricSetting,
    comparePrevious: Setting.flag(true, "Compare with the period of the same length before"),
    growthPct: Setting.percent(30, "Mark a service that grew at least so much", { maximum: 1000 }),
    growthUsd: Setting.usd(100, "And at least by so much"),
    recordTypes: recordTypesSetting
  },
  reads: ({ comparePrevious, endDate, metric, startDate }) => ({
    spend: billing.spend("SERVICE", metric, billing.comparedWindow(startDate, endDate, comparePrevious)),
    // Kept for the totals of every account, which are held against it once its findings are settled.
    accounts: billing.accountBill
  }),
  subject: "spend",
  reasons: {},

  report: ({ spend: { found: spend } }, { now, settings }) => {
    const { comparePrevious, endDate, growthPct, growthUsd, metric, recordTypes, startDate } = settings
    const periods = billing.comparedPeriods(now, startDate, endDate)
    const { current } = periods
    const amounts = amountsOf(recordTypes, comparePrevious)
    const currency = spend[0]?.currency ?? "USD"
    const { byKey, total } = compared(spend, current.start)
    const grew = (sums: Compared): boolean => {
      const change = amounts.changeOf(sums)
      return change >= growthUsd && change >= (growthPct / 100) * Math.abs(amounts.measure(sums.before)) && change > 0
    }
    const rowOf = (service: string, sums: Compared) => ({
      service,
      ...amounts.cells(sums),
      ...(comparePrevious ? { grew: grew(sums) } : {})
    })
    return {
      title: `Spend by service from ${current.start} up to ${current.end}`,
      columns: [
        { key: "service", title: "Service", kind: "text" },
        ...amounts.columns(currency),
        ...(comparePrevious ? ([{ key: "grew", title: "Grew", kind: "flag" }] as const) : [])
      ],
      rows: [
        ...[...byKey]
          .sort(([a, left], [b, right]) => amounts.measure(right.now) - amounts.measure(left.now) || a.localeCompare(b))
          .map(([service, sums]) => rowOf(service, sums)),
        rowOf("Total", total)
      ],
      notes: amounts.notes(periods, spend, metric, now)
    }
  }
})
