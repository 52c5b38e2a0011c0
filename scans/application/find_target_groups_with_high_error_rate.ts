import type { Severity } from "../../core/finding/Finding.ts"
import { daysBefore, millisPerHour } from "../../core/time.ts"
import * as elb from "../../datasets/aws/elb.ts"
import { maxDays } from "../../datasets/metrics/SeriesReader.ts"
import { ask, defineScan, hygiene, need, Setting, tooYoung, unknown } from "../Scan.ts"
import { areYounger, hourly, totalOf } from "../shared/answers.ts"
import { significant } from "../shared/significant.ts"

const errors = (days: number) => elb.answers([["HTTPCode_Target_5XX_Count", "Sum"]], days)
const traffic = (days: number) => elb.answers([["RequestCount", "Sum"]], days)
const connections = (days: number) => elb.answers([["TargetConnectionErrorCount", "Sum"]], days)

/** Shares of failed requests, in percent. Source: shared/scans.md, block of the scan. */
const criticalPct = 25
const highPct = 10

const severityOf = (pct: number): Severity => (pct >= criticalPct ? "critical" : pct >= highPct ? "high" : "medium")

/** The worst hours have at least so many times the errors of the others, or none of them stands out. */
const standsOut = 2

/** So many hours in a row with the most errors: when they begin, and which share of their requests failed, in percent. */
const worstOf = (
  failed: ReadonlyMap<number, number>,
  asked: ReadonlyMap<number, number>,
  hours: number
): { readonly from: string; readonly pct: number } | undefined => {
  let worst: { readonly start: number; readonly failed: number } | undefined
  const within = (counts: ReadonlyMap<number, number>, start: number) =>
    Array.from({ length: hours }, (_, at) => counts.get(start + at * millisPerHour) ?? 0).reduce((a, b) => a + b, 0)
  for (const start of [...failed.keys()].sort((a, b) => a - b)) {
    const sum = within(failed, start)
    if (worst === undefined || sum > worst.failed) worst = { start, failed: sum }
  }
  if (worst === undefined) return undefined
  const requests = Math.max(worst.failed, within(asked, worst.start))
  const mean = ([...failed.values()].reduce((a, b) => a + b, 0) / failed.size) * hours
  // Which of many alike is the worst is another one every night.
  const from = worst.failed < standsOut * mean ? "spread evenly" : new Date(worst.start).toISOString()
  return { from, pct: (100 * worst.failed) / requests }
}

export default defineScan({
  title: "Target groups that answer with errors",
  words: "HTTP 5xx, ALB failures, failed requests",
  why: "Every 5xx answer is a request that somebody made in vain, and targets that fail are paid for like others.",
  fix: "Look into the logs of the targets at the worst hour. Errors of the load balancer itself mean no healthy target, refused connections or time-outs: look at health checks, capacity and keep-alive times.",
  docs: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html",
  leavesOut: [
    "How many of a load balancer's own 5xx answers are among its requests: CloudWatch counts a request once a target was chosen, so time-outs are and refusals without a healthy target are not. All are added to the requests, so that the true share may be higher."
  ],
  scope: "regional",
  settings: {
    lookbackDays: Setting.days(7, "Days over which requests and errors are counted", { maximum: maxDays }),
    errorRatePct: Setting.percent(5, "Share of requests that must have failed"),
    minRequests: Setting.count(1000, "Requests that there must be"),
    minErrors: Setting.count(20, "Errors that there must be", { minimum: 1 }),
    windowHours: Setting.count(1, "Hours in a row of which the worst are shown", { minimum: 1, maximum: 168 })
  },
  reads: ({ lookbackDays }) => ({
    servers: elb.httpServers,
    requests: elb.groupRequests(lookbackDays),
    balancerErrors: elb.balancerErrors(lookbackDays)
  }),
  subject: "servers",
  probes: ({ lookbackDays }) => ({
    errors: errors(lookbackDays),
    traffic: traffic(lookbackDays),
    connections: connections(lookbackDays),
    hosts: elb.hosts(lookbackDays)
  }),
  reasons: {
    target_errors: "The targets answered too many requests with a 5xx code.",
    balancer_errors:
      "The load balancer itself answered too many requests with a 5xx code, because no target answered in time. It does not tell of which group."
  },

  judge: ({ balancerErrors, requests }, { now, settings }) => {
    const { errorRatePct, lookbackDays, minErrors, minRequests, windowHours } = settings
    const evidenceOf = (asked: number, failed: number, worst: ReturnType<typeof worstOf>) => ({
      lookbackDays,
      requests: significant(asked),
      errors: significant(failed),
      errorPct: significant((100 * failed) / asked),
      worstHoursFrom: worst?.from ?? null,
      worstHoursErrorPct: worst === undefined ? null : significant(worst.pct)
    })
    const note = "Errors have no price of their own."

    function* judgeBalancer(server: elb.HttpServer) {
      const series = elb.answersOf(server, "HTTPCode_ELB_5XX_Count", lookbackDays)
      const failed = yield* need(totalOf(balancerErrors, series))
      if (failed < minErrors) return
      if (areYounger(server.balancers, daysBefore(now, lookbackDays))) return tooYoung
      const told = yield* need(yield* ask(traffic(lookbackDays), server))
      const specs = elb.answersOf(server, "RequestCount", lookbackDays)
      // Requests for which it found no target are not counted as requests: at most so many there were.
      const asked = (yield* need(totalOf(told, specs))) + failed
      const pct = (100 * failed) / asked
      if (asked < minRequests || pct < errorRatePct) return
      const failedByHour = yield* need(hourly(balancerErrors, series))
      const askedByHour = new Map(yield* need(hourly(told, specs)))
      for (const [hour, count] of failedByHour) askedByHour.set(hour, (askedByHour.get(hour) ?? 0) + count)
      return hygiene({
        reason: "balancer_errors",
        severity: severityOf(pct),
        note,
        evidence: evidenceOf(asked, failed, worstOf(failedByHour, askedByHour, windowHours))
      })
    }

    return function* (server) {
      const { balancers, group, isWhole } = server
      if (group === undefined) return yield* judgeBalancer(server)
      if (!isWhole) return unknown("its load balancer was not listed")
      const counts = balancers.map((balancer) => elb.groupRequestsOf(group, balancer, lookbackDays))
      const asked = yield* need(totalOf(requests, counts))
      if (asked === 0 || asked < minRequests) return
      if (areYounger(balancers, daysBefore(now, lookbackDays))) return tooYoung
      if (group.protocolVersion === "GRPC")
        return unknown("gRPC errors are answered with HTTP 200, so nothing counts them")
      const told = yield* need(yield* ask(errors(lookbackDays), server))
      const series = elb.answersOf(server, "HTTPCode_Target_5XX_Count", lookbackDays)
      const failed = yield* need(totalOf(told, series))
      const pct = (100 * failed) / asked
      if (failed < minErrors || pct < errorRatePct) return

      // From here on only what is shown.
      const hours = yield* ask(traffic(lookbackDays), server)
      const askedByHour = hours.known ? hourly(hours.value, elb.answersOf(server, "RequestCount", lookbackDays)) : hours
      const failedByHour = yield* need(hourly(told, series))
      const refused = yield* ask(connections(lookbackDays), server)
      const connectionErrors = refused.known
        ? totalOf(refused.value, elb.answersOf(server, "TargetConnectionErrorCount", lookbackDays))
        : refused
      const inUse = { group, balancers }
      const hosts = yield* ask(elb.hosts(lookbackDays), inUse)
      const hostsOf = (metric: string): number | null => {
        if (!hosts.known) return null
        const newest = elb
          .hostsOf(inUse, lookbackDays)
          .filter((spec) => spec.metric === metric)
          .map((spec) => hosts.value.newest(spec))
        return newest.every(({ known }) => known)
          ? newest.reduce((most, one) => Math.max(most, one.known ? one.value : 0), 0)
          : null
      }
      return hygiene({
        reason: "target_errors",
        severity: severityOf(pct),
        note,
        evidence: {
          ...evidenceOf(
            asked,
            failed,
            askedByHour.known ? worstOf(failedByHour, askedByHour.value, windowHours) : undefined
          ),
          connectionErrors: connectionErrors.known ? significant(connectionErrors.value) : null,
          healthyHosts: hostsOf("HealthyHostCount"),
          unhealthyHosts: hostsOf("UnHealthyHostCount"),
          loadBalancers: balancers.map(({ name }) => name),
          targetType: group.targetType,
          protocol: group.protocol ?? "none",
          port: group.port ?? "none"
        }
      })
    }
  }
})
