/** How often calls of Lambda functions wait for an environment to start, from the reports in their logs. */
import * as Effect from "effect/Effect"
import { required } from "../../core/aws/Aws.ts"
import { operationKey } from "../../core/aws/operation.ts"
import { AsOf, family } from "../engine/Dataset.ts"
import { probe } from "../engine/Probe.ts"
import { windowStart } from "../metrics/MetricSeries.ts"
import { metricsOf } from "../metrics/metricsOf.ts"
import type { SeriesSpec } from "../metrics/SeriesSpec.ts"
import { functions, invocations, invocationsOf } from "./lambda.ts"
import { incomingBytesOf, type LogGroup } from "./logs.ts"
import { getQueryResults, type LogRow, maxGroupsPerQuery, queryLogs, startQuery, stopQuery } from "./logsInsights.ts"

/** What a log group took in, by its name: about what a query of the same days scans. */
export const bytesInto = (group: string, days: number): SeriesSpec => incomingBytesOf({ name: group } as LogGroup, days)

/** What the log groups of those functions took in that are called so often that they may be asked about. */
export const logBytes = family("coldStarts.logBytes", (name, days: number, minInvocations: number) =>
  metricsOf(name, {
    scope: "regional",
    needs: { functions },
    evidence: { invocations: invocations(days) },
    metrics: [bytesInto("", days)],
    series: ({ functions }, { invocations }) => {
      const groups = functions.flatMap((fn) => {
        const calls = invocations.total(invocationsOf(fn, days))
        return calls.known && calls.value >= minInvocations ? [fn.logGroup] : []
      })
      return [...new Set(groups)].map((group) => bytesInto(group, days))
    }
  })
)

/** A function that is asked about, with what its logs are good for. */
export interface FunctionLogs {
  readonly arn: string
  /** Of this function alone. */
  readonly logGroup: string
  readonly lastModifiedAt: Date
  /** Days before the day of the run that its logs still have as a whole; 0 for the day of the run alone. */
  readonly days: number
  /** Calls in these days. */
  readonly calls: number
  /** What a query over these days will scan, about. */
  readonly gb: number
}

/** What the reports of a function tell, of the days that they were read for. */
export interface ColdStarts {
  readonly days: number
  readonly seconds: number
  readonly calls: number
  /** Calls of which there is a report. */
  readonly reports: number
  /** Of these, the ones for which an environment was initialised or restored. */
  readonly starts: number
  /** The time to initialise or restore that 95 of 100 starts do not exceed; null without any start. */
  readonly p95Ms: number | null
  /** All of the initialisation. Restoring is not in it: only a part of that is billed. */
  readonly initMs: number
}

/**
 * A report has `Init Duration`, or `Restore Duration` where a snapshot was restored; in JSON both are fields of its metrics. Logs
 * Insights finds `@initDuration` itself, and no field for a restore that could be relied on. Sources: Lambda guide, monitoring for SnapStart;
 * Lambda Telemetry API, platform.report.
 */
const startFields = ["@initDuration", "record.metrics.initDurationMs", "restoreMs", "record.metrics.restoreDurationMs"]

const query = `filter @type = "REPORT" or type = "platform.report"
| parse @message /Restore Duration: (?<restoreMs>[0-9.]+) ms/
| stats count(*) as reports,
  pct(coalesce(${startFields.join(", ")}, 0), 95) as p95Ms,
  sum(coalesce(@initDuration, record.metrics.initDurationMs, 0)) as initMs
  by @log, (${startFields.map((field) => `ispresent(${field})`).join(" or ")}) as cold`

interface Row {
  readonly group: string
  readonly isCold: boolean
  readonly reports: number
  readonly p95Ms: number
  readonly initMs: number
}

const decode = (row: LogRow): Row => {
  const numberOf = (field: string): number => {
    const value = Number(required(row.get(field), `results[] ${field}`))
    return required(Number.isFinite(value) && value >= 0 ? value : undefined, `results[] ${field}`)
  }
  const cold = required(row.get("cold"), "results[] cold")
  return {
    // The account stands before the name.
    group: required(row.get("@log"), "results[] @log").replace(/^\d+:/, ""),
    isCold: cold === "1" || cold.toLowerCase() === "true",
    reports: numberOf("reports"),
    p95Ms: numberOf("p95Ms"),
    initMs: numberOf("initMs")
  }
}

/** Whatever a query is refused for before it scans anything may be about one of its log groups. */
const isRefusedStart = (operation: string, reason: string): boolean =>
  operation === operationKey(startQuery) && (reason === "AccessDenied" || reason === "Rejected")

/** The cold starts of functions, with one query for fifty of them. */
export const reports = probe<FunctionLogs, ColdStarts>({
  name: "coldStarts.reports",
  operations: [startQuery, getQueryResults, stopQuery],
  cap: 1000,
  batchSize: maxGroupsPerQuery,
  costNote:
    "Logs Insights bills what it scans, within the scan's budget: the logs of each function that is called often enough, read again once a week.",
  // Those with the same days stand together, because a query has one window.
  key: ({ arn, days }) => `${String(days).padStart(3, "0")} ${arn}`,
  identity: ({ lastModifiedAt, logGroup }) => `${logGroup} ${lastModifiedAt.toISOString()}`,
  isFixed: true,
  halves: ({ operation, reason }) => isRefusedStart(operation, reason._tag),
  read: Effect.fnUntraced(function* (all) {
    const now = yield* AsOf
    // The cheapest first: what was paid before one is refused is paid again.
    const windows = [...Map.groupBy(all, ({ days }) => days)]
      .map(([days, items]) => ({ days, items, gb: items.reduce((sum, { gb }) => sum + gb, 0) }))
      .sort((a, b) => a.gb - b.gb)
    const rows = yield* Effect.forEach(windows, ({ days, gb, items }) =>
      queryLogs({
        groups: items.map(({ logGroup }) => logGroup),
        query,
        from: windowStart(now, days),
        to: now,
        gb,
        decode
      })
    )
    const byGroup = Map.groupBy(rows.flat(), ({ group }) => group)
    return all.map(({ calls, days, logGroup }): ColdStarts => {
      const own = byGroup.get(logGroup) ?? []
      const cold = own.filter(({ isCold }) => isCold)
      return {
        days,
        seconds: (now.getTime() - windowStart(now, days).getTime()) / 1000,
        calls,
        reports: own.reduce((sum, { reports }) => sum + reports, 0),
        starts: cold.reduce((sum, { reports }) => sum + reports, 0),
        p95Ms: cold.length === 0 ? null : Math.max(...cold.map(({ p95Ms }) => p95Ms)),
        initMs: cold.reduce((sum, { initMs }) => sum + initMs, 0)
      }
    })
  })
})
