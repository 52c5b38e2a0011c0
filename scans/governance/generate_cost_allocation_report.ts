import { moneyColumn } from "../../core/run/Report.ts"
import {
  activeTags,
  type Allocated,
  allocated,
  categories,
  keysOf,
  noCategories
} from "../../datasets/billing/allocation.ts"
import * as billing from "../../datasets/billing/billing.ts"
import { defineScan, Setting } from "../Scan.ts"
import { cents, notFinal, percentFrom, periodSettings } from "../shared/spend.ts"

/** Percent of usage without a value from which on a key says too little. Source: shared/scans.md. */
const mostUnallocatedPct = 20

/** An amount of this period and of the one before it. */
interface Sum {
  now: number
  before: number
}

const nothing = (): Sum => ({ now: 0, before: 0 })

const plus = (a: Sum, b: Sum): Sum => ({ now: a.now + b.now, before: a.before + b.before })

const share = (part: number, of: number): number | null => (of <= 0 ? null : Math.round((1000 * part) / of) / 10)

/** Usage by value. What taxes, fees and credits are allocated to, no tag can say. */
const byValue = (rows: ReadonlyArray<Allocated>, start: string): ReadonlyMap<string, Sum> => {
  const sums = new Map<string, Sum>()
  for (const row of rows) {
    if (billing.kindOf(row.recordType) !== "usage") continue
    const sum = sums.get(row.value) ?? nothing()
    sums.set(row.value, sum)
    sum[row.start >= start ? "now" : "before"] += row.amount
  }
  return sums
}

export default defineScan({
  title: "Spend by cost allocation tag",
  words: "showback, chargeback, teams, unallocated, cost categories",
  why: "What no tag allocates is paid by nobody in particular, and nobody makes it cheaper.",
  fix: "Tag what is unallocated, switch the key on as a cost allocation tag, and backfill it: a tag counts from the day of its activation only.",
  docs: "https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/cost-alloc-tags.html",
  scope: "payer",
  settings: {
    ...periodSettings,
    tagKeys: Setting.list([], "Tags to report; those that people made and used last when empty"),
    maxKeys: Setting.count(10, "Tags, and cost categories, at most where none is named: each costs $0.01", {
      minimum: 1,
      maximum: 500
    }),
    metric: Setting.oneOf(
      billing.costMetrics,
      "AmortizedCost",
      "What is counted: cash, or upfront fees spread over their term"
    ),
    includeCostCategories: Setting.flag(true, "Also report cost categories"),
    topValues: Setting.count(25, "Values of a key that are listed; the others are one row", { minimum: 1 })
  },
  reads: ({ endDate, includeCostCategories, maxKeys, metric, startDate, tagKeys }) => {
    const window = billing.comparedWindow(startDate, endDate, true)
    return {
      allocated: allocated(tagKeys, maxKeys, includeCostCategories, metric, window),
      tags: activeTags(tagKeys),
      names: includeCostCategories ? categories(window) : noCategories
    }
  },
  subject: "allocated",
  reasons: {},

  report: ({ allocated, names, tags }, { now, settings }) => {
    const { endDate, maxKeys, metric, startDate, tagKeys, topValues } = settings
    const { current, previous } = billing.comparedPeriods(now, startDate, endDate)
    const currency = allocated.found[0]?.currency ?? "USD"
    const cells = (sum: Sum, whole: Sum) => ({
      usage: cents(sum.now),
      sharePct: share(sum.now, whole.now),
      previousUsage: cents(sum.before),
      change: cents(sum.now - sum.before),
      changePct: percentFrom(sum.before, sum.now)
    })

    const rowsOf = (by: Allocated["by"], key: string, rows: ReadonlyArray<Allocated>) => {
      const sums = byValue(rows, current.start)
      const whole = [...sums.values()].reduce(plus, nothing())
      const open = sums.get("") ?? nothing()
      const values = [...sums]
        .filter(([value]) => value !== "")
        .sort(([a, left], [b, right]) => right.now - left.now || right.before - left.before || (a < b ? -1 : 1))
      const others = values.slice(topValues)
      const base = { by: by === "tag" ? "Tag" : "Cost category", key }
      return [
        { ...base, value: "(all)", ...cells(whole, whole), tooLittle: null },
        {
          ...base,
          value: "(unallocated)",
          ...cells(open, whole),
          tooLittle: whole.now > 0 && 100 * open.now > mostUnallocatedPct * whole.now
        },
        ...values
          .slice(0, topValues)
          .map(([value, sum]) => ({ ...base, value, ...cells(sum, whole), tooLittle: null })),
        ...(others.length === 0
          ? []
          : [
              {
                ...base,
                value: `(${others.length} other values)`,
                ...cells(others.map(([, sum]) => sum).reduce(plus, nothing()), whole),
                tooLittle: null
              }
            ])
      ]
    }

    const groups = [...Map.groupBy(allocated.found, ({ by, key }) => JSON.stringify([by, key])).values()]
      .flatMap((rows) => (rows[0] === undefined ? [] : [{ by: rows[0].by, key: rows[0].key, rows }]))
      .sort((a, b) => (a.by === b.by ? (a.key < b.key ? -1 : 1) : a.by === "tag" ? -1 : 1))
    const own = tags.found.filter(({ isByAws }) => !isByAws).length
    const inactive = tags.gap === undefined ? tagKeys.filter((key) => keysOf(tags.found, [key], 1).length === 0) : []
    return {
      title: `Spend by cost allocation tag from ${current.start} up to ${current.end}`,
      columns: [
        { key: "by", title: "By", kind: "text" },
        { key: "key", title: "Key", kind: "text" },
        { key: "value", title: "Value", kind: "text" },
        moneyColumn("usage", "Usage", currency),
        { key: "sharePct", title: "Share %", kind: "percent" },
        moneyColumn("previousUsage", "Usage before", currency),
        moneyColumn("change", "Change", currency),
        { key: "changePct", title: "Change %", kind: "percent" },
        { key: "tooLittle", title: "Too much unallocated", kind: "flag" }
      ],
      rows: [
        ...groups.flatMap(({ by, key, rows }) => rowsOf(by, key, rows)),
        ...inactive.map((key) => ({
          by: "Tag",
          key,
          value: "(not activated)",
          usage: null,
          sharePct: null,
          previousUsage: null,
          change: null,
          changePct: null,
          tooLittle: null
        }))
      ],
      notes: [
        `Days are UTC; ${current.end} is not part of it. Compared with ${previous.start} up to ${previous.end}.`,
        `Billed usage in ${currency}, as ${metric}: without taxes, fees, credits and refunds, which no tag can allocate.`,
        "Each key splits up the same usage: never add amounts of two keys.",
        ...(inactive.length === 0
          ? []
          : ["What is not activated is on no bill: switch the tag on for cost allocation, and backfill it."]),
        ...(tagKeys.length === 0 && own > maxKeys
          ? [`The ${maxKeys} tags used last of ${own} active ones: tagKeys names others.`]
          : []),
        ...(tags.gap === undefined && own === 0 && tagKeys.length === 0
          ? ["No tag that people made is active for cost allocation."]
          : []),
        ...notFinal(
          allocated.found.filter(({ start }) => start >= current.start),
          current,
          now
        ),
        ...(names.gap === undefined ? [] : [`Cost categories are not known: ${names.gap}.`]),
        ...(allocated.gap === undefined ? [] : [`Not every key is known: ${allocated.gap}.`])
      ]
    }
  }
})
