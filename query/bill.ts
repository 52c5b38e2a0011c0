/** What AWS billed in the month that a run read, for all that say a share of it. */
import type { Run } from "../core/run/Run.ts"
import { isoDay, startOfUtcMonth } from "../core/time.ts"
import type { StoredReport } from "../core/run/Report.ts"

/** The scan that reads the bill. */
export const billScan = "get_cost_by_service"

export interface Bill {
  /** As `2026-10`. */
  readonly month: string
  /** The net of all payers, in USD. */
  readonly usd: number
}

/**
 * The net of a whole month by reports of the store, where the run read it of every payer, for the same single month and in USD; null otherwise: several months are
 * no bill of one, and the bill of one payer is not that of all.
 */
export const billOf = (run: Run, all: ReadonlyArray<StoredReport>): Bill | null => {
  const reports = all.filter(({ runId, scan }) => runId === run.id && scan === billScan)
  if (reports.length === 0 || reports.length < run.plan.payers.length) return null
  let usd = 0
  let month: string | null = null
  for (const { report } of reports) {
    const [, from, to] = /from (\d{4}-\d\d-01) up to (\d{4}-\d\d-01)$/.exec(report.title) ?? []
    const total = report.rows.find(({ service }) => service === "Total")?.["net"]
    const isUsd = report.columns.find(({ key }) => key === "net")?.kind === "usd"
    if (from === undefined || to === undefined || !isUsd || typeof total !== "number") return null
    const next = isoDay(startOfUtcMonth(new Date(`${from}T00:00:00Z`), 1))
    if (next !== to || (month !== null && month !== from.slice(0, 7))) return null
    month = from.slice(0, 7)
    usd += total
  }
  return month === null ? null : { month, usd: Math.round(usd * 100) / 100 }
}
