import { all, map, type Reading } from "../../core/Reading.ts"
import { daysBefore } from "../../core/time.ts"
import * as elb from "../../datasets/aws/elb.ts"
import type { MetricSeries } from "../../datasets/metrics/MetricSeries.ts"
import { maxDays } from "../../datasets/metrics/SeriesReader.ts"
import type { Statistic } from "../../datasets/metrics/SeriesSpec.ts"
import { ask, defineScan, hygiene, need, Setting, tooYoung, unknown } from "../Scan.ts"
import { areYounger, totalOf } from "../shared/answers.ts"
import { significant } from "../shared/significant.ts"

const statistics = ["p50", "p90", "p95", "p99"] as const

const deciding = (statistic: Statistic, days: number) =>
  elb.answers(
    [
      ["TargetResponseTime", statistic],
      ["RequestCount", "Sum"]
    ],
    days
  )

const besides = (statistic: Statistic) => statistics.filter((one) => one !== statistic)

/** What is shown besides. */
const shown = (statistic: Statistic, days: number) =>
  elb.answers(
    besides(statistic).map((one) => ["TargetResponseTime", one] as const),
    days
  )

/** From so many times the threshold on it is severe. Source: shared/scans.md, block of the scan. */
const severeFactor = 3

/** The peak has at least so many times the response time of the window, or no hour stands out. */
const standsOut = 2

/** An hour in which a load balancer sent requests, and how long the targets took in it, in seconds. */
interface Hour {
  readonly at: Date
  readonly requests: number
  readonly seconds: number
}

/** The hours that have both, load balancer by load balancer. */
const hoursOf = (
  server: elb.HttpServer,
  times: MetricSeries,
  counts: MetricSeries,
  statistic: Statistic,
  days: number
): Reading<ReadonlyArray<Hour>> => {
  const requests = elb.answersOf(server, "RequestCount", days)
  const pairs = elb
    .answersOf(server, "TargetResponseTime", days, statistic)
    .map((spec, at) => all([times.points(spec), counts.points(requests[at] as (typeof requests)[number])]))
  return map(all(pairs), (answers) =>
    answers.flatMap(([seconds = [], counted = []]) => {
      const byHour = new Map(counted.map(({ at, value }) => [at.getTime(), value]))
      return seconds.flatMap(({ at, value }) => {
        const requests = byHour.get(at.getTime()) ?? 0
        return requests === 0 ? [] : [{ at, requests, seconds: value }]
      })
    })
  )
}

/** The mean of the hours, each as heavy as it had requests: a quiet night must not hide a slow day. */
const weighted = (hours: ReadonlyArray<Hour>): number =>
  hours.reduce((sum, { requests, seconds }) => sum + requests * seconds, 0) /
  hours.reduce((sum, { requests }) => sum + requests, 0)

export default defineScan({
  title: "Target groups that answer slowly",
  words: "ALB latency, p95 response time",
  why: "Whoever waits for an answer leaves, and targets that hold connections open need more capacity than fast ones.",
  fix: "Look at the peak hour: database calls, cold caches or too few targets are the usual causes. Suppress groups that stream or hold websockets with a tag.",
  docs: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html",
  scope: "regional",
  settings: {
    lookbackDays: Setting.days(7, "Days over which response times are read", { maximum: maxDays }),
    thresholdSeconds: Setting.seconds(1, "Response time from which a group is slow", { minimum: 0.001 }),
    statistic: Setting.oneOf(statistics, "p95", "Share of the requests that must be faster"),
    minRequests: Setting.count(1000, "Requests that there must be"),
    minBreachedHours: Setting.count(24, "Hours in which it must have been slow", { minimum: 1 })
  },
  reads: ({ lookbackDays }) => ({ groups: elb.httpGroups, requests: elb.groupRequests(lookbackDays) }),
  subject: "groups",
  probes: ({ lookbackDays, statistic }) => ({
    times: deciding(statistic, lookbackDays),
    percentiles: shown(statistic, lookbackDays)
  }),
  reasons: { slow: "The targets took longer than the threshold, over the whole window and in many single hours." },

  judge: ({ requests }, { now, settings }) => {
    const { lookbackDays, minBreachedHours, minRequests, statistic, thresholdSeconds } = settings
    return function* (server) {
      const { balancers, group, isWhole } = server
      if (!isWhole) return unknown("its load balancer was not listed")
      const counts = balancers.map((balancer) => elb.groupRequestsOf(group, balancer, lookbackDays))
      const asked = yield* need(totalOf(requests, counts))
      if (asked === 0 || asked < minRequests) return
      if (areYounger(balancers, daysBefore(now, lookbackDays))) return tooYoung
      const told = yield* need(yield* ask(deciding(statistic, lookbackDays), server))
      const hours = yield* need(hoursOf(server, told, told, statistic, lookbackDays))
      if (hours.length === 0) return unknown("CloudWatch has no response times although there were requests")
      const seconds = weighted(hours)
      const breached = hours.filter((hour) => hour.seconds >= thresholdSeconds)
      if (seconds < thresholdSeconds || breached.length < minBreachedHours) return

      const peak = hours.reduce((worst, hour) =>
        hour.seconds > worst.seconds || (hour.seconds === worst.seconds && hour.at < worst.at) ? hour : worst
      )
      const others = yield* ask(shown(statistic, lookbackDays), server)
      const secondsAt = (one: Statistic): number | null => {
        const own = others.known ? hoursOf(server, others.value, told, one, lookbackDays) : others
        return own.known && own.value.length > 0 ? significant(weighted(own.value)) : null
      }
      return hygiene({
        reason: "slow",
        severity: seconds >= severeFactor * thresholdSeconds ? "high" : "medium",
        note: "Waiting has no price of its own.",
        evidence: {
          lookbackDays,
          requests: significant(asked),
          [`${statistic}Seconds`]: significant(seconds),
          ...Object.fromEntries(besides(statistic).map((one) => [`${one}Seconds`, secondsAt(one)])),
          hoursBreached: breached.length,
          hoursWithRequests: hours.length,
          // Which of many alike is the slowest is another one every night.
          peakHour: peak.seconds < standsOut * seconds ? "spread evenly" : peak.at.toISOString(),
          peakHourSeconds: significant(peak.seconds),
          loadBalancers: balancers.map(({ name }) => name),
          targetType: group.targetType,
          protocol: group.protocol ?? "none"
        }
      })
    }
  }
})
