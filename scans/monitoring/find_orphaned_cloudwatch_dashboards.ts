import { noSavings, sum, term } from "../../core/finding/savings.ts"
import { freeDashboards } from "../../core/pricing/amounts.ts"
import { daysBetween, isoDay } from "../../core/time.ts"
import { dashboards } from "../../datasets/aws/dashboards.ts"
import { type Shown, shownByDashboards, shownKey, shownOn } from "../../datasets/aws/metricTargets.ts"
import { defineScan, hygiene, inSet, money, need, Setting, unknown } from "../Scan.ts"

export default defineScan({
  title: "CloudWatch dashboards pointing at deleted resources",
  words: "orphaned dashboard, empty graphs",
  why: "A dashboard of what was deleted shows empty graphs, which look like calm, and is billed beyond the third.",
  fix: "Delete the dashboard, or point its widgets at what took the place of the deleted resources.",
  docs: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Dashboards.html",
  leavesOut: [
    "A saving for a dashboard of which one widget cannot be resolved, such as a search or a text: that one may still show something, so it is partly orphaned at most."
  ],
  scope: "global",
  settings: {
    deadReferencePct: Setting.percent(50, "Share of what a dashboard shows that must be gone before it is reported"),
    staleDays: Setting.days(180, "Days without an edit after which the evidence calls a dashboard stale")
  },
  reads: { dashboards, shown: shownByDashboards },
  subject: "dashboards",
  reasons: {
    orphaned: "Everything that the dashboard shows was deleted.",
    partly_orphaned: "Much of what the dashboard shows was deleted."
  },

  judge: ({ dashboards, shown }, { now, price, scope, settings }) => {
    const { deadReferencePct, staleDays } = settings

    /** Whether something shown is gone; undefined where AWS did not tell. Of several, one that is gone is enough. */
    const isGone = ({ references = [] }: Shown): boolean | undefined => {
      const there = references.map((reference) => {
        const told = shown.get(shownKey(reference))
        return told.known && told.value?.known === true ? told.value.value : undefined
      })
      if (there.includes(false)) return true
      return there.includes(undefined) ? undefined : false
    }

    return function* ({ content, lastModifiedAt, sizeBytes }) {
      const { unresolved, widgets, ...rest } = yield* need(content)
      const all = shownOn({ unresolved, widgets, ...rest }, scope.account)
      const resolvable = all.filter(({ references }) => references !== undefined)
      const gone = resolvable.filter((one) => isGone(one) === true)
      const untold = resolvable.filter((one) => isGone(one) === undefined)
      const share = (count: number) => (resolvable.length === 0 ? 0 : (count / resolvable.length) * 100)
      if (gone.length + untold.length === 0 || share(gone.length + untold.length) < deadReferencePct) return
      if (untold.length > 0) return unknown(`whether ${untold[0]?.name} is still there is not known`)
      const unknowable = unresolved + all.length - resolvable.length
      const found = {
        evidence: {
          gone: [...new Set(gone.map(({ name }) => name))],
          references: resolvable.length,
          goneReferences: gone.length,
          unresolved: unknowable,
          widgets,
          sizeBytes: sizeBytes ?? null,
          lastModified: lastModifiedAt === undefined ? null : isoDay(lastModifiedAt),
          stale: lastModifiedAt === undefined ? null : daysBetween(lastModifiedAt, now) > staleDays
        },
        severity: "low"
      } as const
      // What nobody can resolve may still show something.
      if (gone.length < resolvable.length || unknowable > 0) {
        return hygiene({
          ...found,
          reason: "partly_orphaned",
          confidence: unknowable > 0 ? "medium" : "high",
          note: "Its other widgets still show something, so the dashboard stays."
        })
      }
      const { members } = yield* inSet("orphaned", 1)
      const billed = Math.max(0, dashboards.found.length - freeDashboards)
      return money({
        ...found,
        reason: "orphaned",
        savings:
          dashboards.gap === undefined
            ? sum(
                "delete",
                [
                  term(
                    "dashboards beyond the free ones",
                    Math.min(members, billed) / members,
                    "dashboard-month",
                    price("cloudwatch.dashboardMonth")
                  )
                ],
                { note: `The account's first ${freeDashboards} dashboards of up to 50 metrics are free.` }
              )
            : noSavings("delete", "Not all dashboards could be read, so how many of them are billed is not known.")
      })
    }
  }
})
