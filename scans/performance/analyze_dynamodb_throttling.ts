import { rounded } from "../../core/round.ts"
import { all, map } from "../../core/Reading.ts"
import { daysBefore } from "../../core/time.ts"
import { maxHourlyDays } from "../../datasets/metrics/SeriesReader.ts"
import * as dynamodb from "../../datasets/aws/dynamodb.ts"
import { ask, defineScan, hygiene, need, Setting, tooYoung } from "../Scan.ts"

/** Percent of the requests from which throttling is high. Source: shared/scans.md, analyze_dynamodb_throttling. */
const highRatePct = 5

/** What DynamoDB counts each cause as, in the order in which they are told. */
const reasonOf = {
  ProvisionedThroughput: "provisioned_limit",
  KeyRangeThroughput: "hot_key",
  MaxOnDemandThroughput: "on_demand_maximum",
  AccountLimit: "account_quota"
} as const

type Reason = (typeof reasonOf)[dynamodb.ThrottleCause] | "throttled"

export default defineScan({
  title: "DynamoDB throttling and its causes",
  words: "DDB, hot partition, ProvisionedThroughputExceeded",
  why: "Throttled requests are tried again and wait, or fail. What helps depends on why DynamoDB throttles.",
  fix: "Provisioned limit: more capacity, scaling or on demand. Hot key: spread it; Contributor Insights names it. Maximum on demand: raise it. Account quota: ask for more in Service Quotas.",
  docs: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TroubleshootingThrottling.html",
  scope: "regional",
  settings: {
    lookbackDays: Setting.days(7, "Days of metrics that are judged", { maximum: maxHourlyDays }),
    minEvents: Setting.count(10, "Throttled requests to a table or an index from which it is judged", { minimum: 1 }),
    minRatePct: Setting.percent(0.1, "Share of the requests that must have been throttled")
  },
  reads: ({ lookbackDays }) => ({
    tables: dynamodb.tables,
    throttles: dynamodb.throttles(lookbackDays, "all")
  }),
  subject: "tables",
  probes: ({ lookbackDays }) => ({ throttling: dynamodb.throttling(lookbackDays) }),
  reasons: {
    provisioned_limit: "Requests exceeded the provisioned capacity.",
    hot_key: "Requests to few keys exceeded what one partition can serve.",
    on_demand_maximum: "Requests exceeded the maximum that is set for the table or index on demand.",
    account_quota: "Requests exceeded the account's quota for one table.",
    throttled: "Requests were throttled, and DynamoDB does not tell why."
  },

  judge: ({ throttles }, { now, settings }) => {
    const { lookbackDays, minEvents, minRatePct } = settings

    return function* (table) {
      const details = yield* need(table.details)
      if (details.status === "creating") return tooYoung
      if (!dynamodb.serving.has(details.status)) return
      if (details.createdAt > daysBefore(now, lookbackDays)) return tooYoung
      const counted = yield* need(
        all(
          dynamodb.lanesOf(details).map((lane) => throttles.total(dynamodb.throttlesByHour(table, lane, lookbackDays)))
        )
      )
      const candidates = dynamodb
        .lanesOf(details)
        .map((lane, at) => ({ lane, events: counted[at] ?? 0 }))
        .filter(({ events }) => events >= minEvents)
      if (candidates.length === 0) return

      const lanes = candidates.map(({ lane }) => lane)
      const series = yield* need(yield* ask(dynamodb.throttling(lookbackDays), { table, lanes }))
      const requests = yield* need(
        all(lanes.map((lane) => series.total(dynamodb.requestsOf(table, lane, lookbackDays))))
      )
      const throttled = candidates
        .map(({ events, lane }, at) => ({
          lane,
          events,
          ratePercent: (100 * events) / (events + (requests[at] ?? 0))
        }))
        .filter(({ ratePercent }) => ratePercent >= minRatePct)
        .sort((a, b) => b.events - a.events || (dynamodb.laneName(a.lane) < dynamodb.laneName(b.lane) ? -1 : 1))
      const [worst] = throttled
      if (worst === undefined) return

      const eventsOf = new Map<dynamodb.ThrottleCause, number>()
      for (const cause of dynamodb.throttleCauses) {
        const totals = yield* need(
          all(throttled.map(({ lane }) => series.total(dynamodb.causeOfThrottles(table, lane, cause, lookbackDays))))
        )
        eventsOf.set(cause, Math.round(totals.reduce((sum, total) => sum + total, 0)))
      }
      const [first = "throttled", ...more]: ReadonlyArray<Reason> = dynamodb.throttleCauses.flatMap((cause) =>
        (eventsOf.get(cause) ?? 0) > 0 ? [reasonOf[cause]] : []
      )
      const byOperation = all(
        dynamodb.dataOperations.map((operation) =>
          map(series.total(dynamodb.throttledRequests(table, operation, lookbackDays)), (total) =>
            total > 0 ? [operation] : []
          )
        )
      )
      const peak = throttles.peak(dynamodb.throttlesByHour(table, worst.lane, lookbackDays))
      const ratePercent = Math.max(...throttled.map(({ ratePercent }) => ratePercent))
      // An index that cannot keep up with writes holds up the writes of its table.
      const holdsUpTable = throttled.some(({ lane }) => lane.index !== undefined && lane.side === "write")
      return hygiene({
        reason: [first, ...more],
        severity: ratePercent >= highRatePct || holdsUpTable ? "high" : "medium",
        evidence: {
          billing: details.provisioned === undefined ? "on demand" : "provisioned",
          worst: dynamodb.laneName(worst.lane),
          throttleEvents: Math.round(throttled.reduce((sum, { events }) => sum + events, 0)),
          ratePercent: rounded(ratePercent, 2),
          hourlyPeak: peak.known ? Math.round(peak.value) : null,
          byProvisionedLimit: eventsOf.get("ProvisionedThroughput") ?? 0,
          byHotKey: eventsOf.get("KeyRangeThroughput") ?? 0,
          byOnDemandMaximum: eventsOf.get("MaxOnDemandThroughput") ?? 0,
          byAccountQuota: eventsOf.get("AccountLimit") ?? 0,
          affected: throttled.map(({ lane }) => dynamodb.laneName(lane)),
          operations: byOperation.known ? byOperation.value.flat() : null,
          days: lookbackDays
        },
        note: "Throttled requests are not billed: there is no saving."
      })
    }
  }
})
