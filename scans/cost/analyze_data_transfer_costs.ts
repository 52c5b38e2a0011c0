import { moneyColumn } from "../../core/run/Report.ts"
import * as billing from "../../datasets/billing/billing.ts"
import { partsOf, ofServices, type Usage } from "../../datasets/billing/usageTypes.ts"
import { defineScan, Setting } from "../Scan.ts"
import { cents, notFinal, percentFrom } from "../shared/spend.ts"
import { type TransferKind, transferKind, transferKinds } from "../shared/transfer.ts"

/** By so many percent a kind above its threshold has to grow until it is marked. Source: shared/scans.md. */
const markedGrowthPct = 20

/** AWS writes the same unit in both ways. */
const isGigabytes = (unit: string): boolean => /^(gb|gigabytes?)$/i.test(unit)

/** A sum of usage in this period and in the one before. `gigabytes` is undefined where any of it is counted otherwise. */
interface Sum {
  amount: number
  before: number
  gigabytes: number | undefined
}

const nothing = (): Sum => ({ amount: 0, before: 0, gigabytes: 0 })

const add = (sum: Sum, { amount, quantity, unit }: Usage, isNow: boolean): void => {
  if (!isNow) sum.before += amount
  else {
    sum.amount += amount
    sum.gigabytes =
      sum.gigabytes !== undefined && (isGigabytes(unit) || quantity === 0) ? sum.gigabytes + quantity : undefined
  }
}

export default defineScan({
  title: "What data transfer costs, by kind",
  words: "egress, bandwidth, inter-AZ, cross-region traffic",
  why: "Transfer is spread over the bill in hundreds of usage types, so that nobody sees what traffic between zones, regions and the internet adds up to.",
  fix: "Find the talkers of the dearest kind in flow logs, and keep their traffic inside one zone, behind an endpoint or in CloudFront.",
  docs: "https://docs.aws.amazon.com/cur/latest/userguide/cur-data-transfers-charges.html",
  scope: "payer",
  settings: {
    startDate: Setting.day("First day, in UTC; empty for the previous full month"),
    endDate: Setting.day(
      "The day after the last one, in UTC; empty for the end of the previous month, or today with a start"
    ),
    minUsd: Setting.usd(1, "Leave out usage types that cost less in both periods; sums have them"),
    internetUsd: Setting.usd(100, "Mark traffic to the internet from here on, where it grew"),
    interRegionUsd: Setting.usd(50, "Mark traffic between regions from here on, where it grew"),
    interAzUsd: Setting.usd(50, "Mark traffic between zones from here on, where it grew")
  },
  reads: ({ endDate, startDate }) => ({ usage: ofServices(billing.comparedWindow(startDate, endDate, true)) }),
  subject: "usage",
  reasons: {},

  report: ({ usage }, { now, settings }) => {
    const { endDate, interAzUsd, internetUsd, interRegionUsd, minUsd, startDate } = settings
    const { current, previous } = billing.comparedPeriods(now, startDate, endDate)
    const within = usage.found.filter(({ start }) => start >= current.start)
    const currency = usage.found[0]?.currency ?? "USD"
    const byKind = new Map<TransferKind, { readonly sum: Sum; readonly types: Map<string, Sum & { one: Usage }> }>()
    for (const one of usage.found) {
      const name = transferKind(one.key, one.usageType)
      if (name === undefined) continue
      const kind = byKind.get(name) ?? { sum: nothing(), types: new Map() }
      byKind.set(name, kind)
      const id = `${one.usageType} ${one.key}`
      const type = kind.types.get(id) ?? { ...nothing(), one }
      kind.types.set(id, type)
      for (const sum of [kind.sum, type]) add(sum, one, one.start >= current.start)
    }

    const thresholds: { readonly [kind in TransferKind]?: number } = {
      internet_out: internetUsd,
      inter_region: interRegionUsd,
      inter_az: interAzUsd
    }
    const cells = ({ amount, before, gigabytes }: Sum) => ({
      cost: cents(amount),
      gb: gigabytes === undefined ? null : Math.round(gigabytes * 10) / 10,
      // Where little was moved, what is free of charge makes a price of it that means nothing.
      usdPerGb: gigabytes === undefined || gigabytes < 1 ? null : Math.round((amount / gigabytes) * 1e4) / 1e4,
      previousCost: cents(before),
      change: cents(amount - before),
      changePct: percentFrom(before, amount)
    })
    const isOver = (kind: TransferKind, { amount, before }: Sum): boolean =>
      amount >= (thresholds[kind] ?? Number.POSITIVE_INFINITY) &&
      amount > 0 &&
      amount >= before * (1 + markedGrowthPct / 100)

    const kinds = [...byKind].sort(([a, left], [b, right]) => right.sum.amount - left.sum.amount || (a < b ? -1 : 1))
    const rows = kinds.flatMap(([kind, { sum, types }]) => [
      {
        transfer: transferKinds[kind].title,
        usageType: "All",
        service: "",
        region: "",
        ...cells(sum),
        over: isOver(kind, sum)
      },
      ...[...types.values()]
        .filter(({ amount, before }) => Math.max(amount, before) >= minUsd)
        .sort((a, b) => b.amount - a.amount || (a.one.usageType < b.one.usageType ? -1 : 1))
        .map(({ one, ...sum }) => ({
          transfer: transferKinds[kind].title,
          usageType: one.usageType,
          service: one.key,
          // What CloudFront writes in front is a part of the world.
          region: kind.startsWith("cloudfront") ? "global" : (partsOf(one.usageType).region ?? null),
          ...cells(sum),
          over: null
        }))
    ])
    const over = kinds.filter(([kind, { sum }]) => isOver(kind, sum)).map(([kind]) => kind)
    return {
      title: `Data transfer from ${current.start} up to ${current.end}`,
      columns: [
        { key: "transfer", title: "Transfer", kind: "text" },
        { key: "usageType", title: "Usage type", kind: "text" },
        { key: "service", title: "Service", kind: "text" },
        { key: "region", title: "Region", kind: "text" },
        moneyColumn("cost", "Cost", currency),
        { key: "gb", title: "GB", kind: "count" },
        moneyColumn("usdPerGb", "A GB", currency),
        moneyColumn("previousCost", "Cost before", currency),
        moneyColumn("change", "Change", currency),
        { key: "changePct", title: "Change %", kind: "percent" },
        { key: "over", title: "Dear and growing", kind: "flag" }
      ],
      rows,
      notes: [
        `Days are UTC; ${current.end} is not part of it. Compared with ${previous.start} up to ${previous.end}.`,
        `Billed usage in ${currency}, as UnblendedCost: without taxes, credits and refunds. Traffic inside one zone is free and not on it.`,
        ...over.map((kind) => `${transferKinds[kind].title}: ${transferKinds[kind].advice}`),
        ...notFinal(within, current, now)
      ]
    }
  }
})
