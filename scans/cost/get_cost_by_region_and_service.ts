import { moneyColumn } from "../../core/run/Report.ts"
import * as billing from "../../datasets/billing/billing.ts"
import { defineScan, Setting } from "../Scan.ts"
import { regionLabel } from "../shared/regionLabel.ts"
import { cents, metricSetting, notFinal, percentFrom, periodSettings } from "../shared/spend.ts"

/** An amount of this period and of the one before it. */
interface Sum {
  now: number
  before: number
}

const add = (sums: Map<string, Sum>, key: string, amount: number, isNow: boolean): void => {
  const sum = sums.get(key) ?? { now: 0, before: 0 }
  sums.set(key, sum)
  if (isNow) sum.now += amount
  else sum.before += amount
}

const largest = ([a, left]: readonly [string, Sum], [b, right]: readonly [string, Sum]): number =>
  right.now - left.now || right.before - left.before || (a < b ? -1 : 1)

export default defineScan({
  title: "Spend by region and service",
  words: "matrix, place",
  why: "A service that is cheap in all of the bill may be the dearest in one region, and what runs where nothing else does was mostly forgotten.",
  fix: "Look for a service in a region where its callers are not, and for what was left behind after a move.",
  docs: "https://docs.aws.amazon.com/cost-management/latest/userguide/ce-filtering.html",
  scope: "payer",
  settings: {
    ...periodSettings,
    minUsd: Setting.usd(1, "Leave out services that cost less in both periods; sums have them"),
    comparePrevious: Setting.flag(true, "Compare with the period of the same length before"),
    metric: metricSetting
  },
  reads: ({ comparePrevious, endDate, metric, startDate }) => ({
    usage: billing.usageMatrix(metric, billing.comparedWindow(startDate, endDate, comparePrevious))
  }),
  subject: "usage",
  reasons: {},

  report: ({ usage: { found: usage } }, { now, settings }) => {
    const { comparePrevious, endDate, metric, minUsd, startDate } = settings
    const { current, previous } = billing.comparedPeriods(now, startDate, endDate)
    const currency = usage[0]?.currency ?? "USD"
    const regions = new Map<string, Sum>()
    const services = new Map<string, Map<string, Sum>>()
    const whole: Sum = { now: 0, before: 0 }
    for (const { amount, region, service, start } of usage) {
      const isNow = start >= current.start
      const label = regionLabel(region)
      add(regions, label, amount, isNow)
      const own = services.get(label) ?? new Map<string, Sum>()
      services.set(label, own)
      add(own, service, amount, isNow)
      if (isNow) whole.now += amount
      else whole.before += amount
    }
    const cells = (sum: Sum) => ({
      usage: cents(sum.now),
      sharePct: whole.now === 0 ? null : Math.round((1000 * sum.now) / whole.now) / 10,
      ...(comparePrevious
        ? {
            previousUsage: cents(sum.before),
            change: cents(sum.now - sum.before),
            changePct: percentFrom(sum.before, sum.now)
          }
        : {})
    })
    return {
      title: `Usage by region and service from ${current.start} up to ${current.end}`,
      columns: [
        { key: "region", title: "Region", kind: "text" },
        { key: "service", title: "Service", kind: "text" },
        moneyColumn("usage", "Usage", currency),
        { key: "sharePct", title: "Share %", kind: "percent" },
        ...(comparePrevious
          ? ([
              moneyColumn("previousUsage", "Usage before", currency),
              moneyColumn("change", "Change", currency),
              { key: "changePct", title: "Change %", kind: "percent" }
            ] as const)
          : [])
      ],
      rows: [
        ...[...regions].sort(largest).flatMap(([region, sum]) => [
          { region, service: "All", ...cells(sum) },
          ...[...(services.get(region) ?? [])]
            .filter(([, { before, now }]) => Math.max(Math.abs(now), Math.abs(before)) >= minUsd)
            .sort(largest)
            .map(([service, own]) => ({ region, service, ...cells(own) }))
        ]),
        { region: "Total", service: "All", ...cells(whole) }
      ],
      notes: [
        `Days are UTC; ${current.end} is not part of it.${comparePrevious ? ` Compared with ${previous.start} up to ${previous.end}.` : ""}`,
        `Billed usage in ${currency}, as ${metric}: without fees, taxes, credits and refunds, so that its total is the usage of the spend by region and not the bill.`,
        "EC2 - Other holds volumes, snapshots, NAT gateways and transfer; EKS is Amazon Elastic Container Service for Kubernetes.",
        ...notFinal(
          usage.filter(({ start }) => start >= current.start),
          current,
          now
        )
      ]
    }
  }
})
