import * as billing from "../../datasets/billing/billing.ts"
import { defineScan, Setting } from "../Scan.ts"
import { isRegion, regionLabel } from "../shared/regionLabel.ts"
import {
  amountsOf,
  compared,
  type Compared,
  gross,
  metricSetting,
  periodSettings,
  recordTypesSetting
} from "../shared/spend.ts"

export default defineScan({
  title: "Spend by region",
  words: "geography, unapproved regions",
  why: "Spend in a region that nobody chose is forgotten work or somebody else's, and a region that grows brings transfer charges with it.",
  fix: "Ask who runs what in a region that is not approved, move or delete it, and deny the region by a service control policy.",
  docs: "https://docs.aws.amazon.com/cost-management/latest/userguide/ce-filtering.html",
  scope: "payer",
  settings: {
    ...periodSettings,
    approvedRegions: Setting.list([], "Mark spend in any other region; nothing is marked when empty"),
    comparePrevious: Setting.flag(true, "Compare with the period of the same length before"),
    metric: metricSetting,
    recordTypes: recordTypesSetting
  },
  reads: ({ comparePrevious, endDate, metric, startDate }) => ({
    spend: billing.spend("REGION", metric, billing.comparedWindow(startDate, endDate, comparePrevious))
  }),
  subject: "spend",
  reasons: {},

  report: ({ spend: { found: spend } }, { now, settings }) => {
    const { approvedRegions, comparePrevious, endDate, metric, recordTypes, startDate } = settings
    const periods = billing.comparedPeriods(now, startDate, endDate)
    const { current } = periods
    const amounts = amountsOf(recordTypes, comparePrevious)
    const currency = spend[0]?.currency ?? "USD"
    const approved = new Set(approvedRegions.map((region) => region.toLowerCase()))
    const { byKey, total } = compared(
      spend.map((one) => ({ ...one, key: regionLabel(one.key) })),
      current.start
    )
    const isForeign = (region: string, sums: Compared): boolean =>
      isRegion(region) && !approved.has(region.toLowerCase()) && gross(sums.now) > 0
    const isAsked = approved.size > 0
    return {
      title: `Spend by region from ${current.start} up to ${current.end}`,
      columns: [
        { key: "region", title: "Region", kind: "text" },
        ...amounts.columns(currency),
        ...(isAsked ? ([{ key: "unapproved", title: "Not approved", kind: "flag" }] as const) : [])
      ],
      rows: [
        ...[...byKey]
          .sort(([a, left], [b, right]) => amounts.measure(right.now) - amounts.measure(left.now) || (a < b ? -1 : 1))
          .map(([region, sums]) => ({
            region,
            ...amounts.cells(sums),
            ...(isAsked ? { unapproved: isForeign(region, sums) } : {})
          })),
        { region: "Total", ...amounts.cells(total), ...(isAsked ? { unapproved: null } : {}) }
      ],
      notes: [
        ...amounts.notes(periods, spend, metric, now),
        "Taxes, support and most credits have no region; services such as CloudFront and Route 53 are global."
      ]
    }
  }
})
