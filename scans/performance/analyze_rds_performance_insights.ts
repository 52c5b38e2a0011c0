import { rounded } from "../../core/round.ts"
import type { Severity } from "../../core/finding/Finding.ts"
import { map, type Reading } from "../../core/Reading.ts"
import { boundedLine } from "../../core/text.ts"
import { daysBefore } from "../../core/time.ts"
import * as pi from "../../datasets/aws/pi.ts"
import * as rds from "../../datasets/aws/rds.ts"
import { percentileOf, type Point, windowStart } from "../../datasets/metrics/MetricSeries.ts"
import type { SeriesSpec } from "../../datasets/metrics/SeriesSpec.ts"
import { ask, consider, defineScan, hygiene, need, notice, Setting, tooYoung, unknown } from "../Scan.ts"
import { isYoung } from "../shared/age.ts"

/** Longer windows of five minutes would take a call for every few databases. */
const maxDays = 14

/** Share of the load that has to wait. Source: shared/scans.md, analyze_rds_performance_insights. */
const mostWaiting = 0.6

/** Sessions for each vCPU below which waiting harms nobody. Source: shared/scans-amendments.md. */
const leastLoad = 0.5

/** Sessions for each vCPU from which half of them wait for a CPU. */
const highLoad = 2

/** Capacity units that come with a vCPU, about. Source: shared/scans-amendments.md. */
const unitsPerVcpu = 4

/** Characters of a statement that tell which it is. */
const statementLength = 160

const shown = (keys: ReadonlyArray<pi.LoadKey>): ReadonlyArray<string> =>
  keys.map(({ load, name }) => `${rounded(load, 2)}: ${boundedLine(name, statementLength) || "not told"}`)

export default defineScan({
  title: "RDS database load against its vCPUs",
  words: "Performance Insights, slow queries, wait events, top SQL",
  why: "More sessions at work than vCPUs wait for each other, and a larger class does not help those that wait for locks or the disk.",
  fix: "Begin with the heaviest statements: an index, fewer calls, a cache. For waits look up what the event waits for. Take a larger class when the load is CPU, and has to be.",
  docs: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PerfInsights.Overview.ActiveSessions.html",
  leavesOut: [
    "How the minutes without load lie within five of them: AWS publishes none for an idle minute. Five minutes without any count as no load in the 95th percentile; of those with some, the mean is that of the minutes with load."
  ],
  scope: "regional",
  settings: {
    loadPerVcpuMin: Setting.ratio(1, "Sessions at work for each vCPU, 95th percentile, from which it is overloaded"),
    lookbackDays: Setting.days(7, "Days of metrics that are judged", { maximum: maxDays }),
    topWaits: Setting.count(5, "Wait events that are shown", { maximum: pi.mostKeys }),
    topSql: Setting.count(5, "Statements that are shown", { maximum: pi.mostKeys })
  },
  reads: ({ lookbackDays }) => ({
    instances: rds.instances,
    sessions: rds.sessions(lookbackDays)
  }),
  subject: "instances",
  probes: ({ lookbackDays, topSql, topWaits }) => ({
    waiting: rds.waiting(lookbackDays),
    capacity: rds.capacity(lookbackDays),
    topLoad: pi.topLoad(lookbackDays, topWaits, topSql)
  }),
  prices: ["sizes"],
  reasons: {
    overloaded: "It has more sessions at work than vCPUs to work on.",
    wait_bound: "Most of its load waits, for locks, the disk or the network."
  },

  judge: ({ sessions }, { compute, now, settings }) => {
    const { loadPerVcpuMin, lookbackDays, topSql, topWaits } = settings
    /** A value for each five minutes of the window: what has no datapoint had no load. */
    const whole = (reading: Reading<ReadonlyArray<Point>>, spec: SeriesSpec): Reading<ReadonlyArray<number>> =>
      map(reading, (points) => {
        const millis = now.getTime() - windowStart(now, spec.days).getTime()
        const missing = Math.max(0, Math.floor(millis / 1000 / rds.sessionSeconds) - points.length)
        return [...points.map(({ value }) => value), ...Array.from({ length: missing }, () => 0)]
      })
    const meanOf = (values: ReadonlyArray<number>): number =>
      values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length

    return function* (instance) {
      const { chosenVcpu, engine, insights, instanceClass, resourceId, status } = instance
      if (rds.isOtherService(instance) || engine.startsWith("custom-")) return
      if (["stopped", "stopping", "starting", "deleting"].includes(status)) return
      if (!insights) return unknown("its load is not measured: Performance Insights is off")
      if (yield* isYoung(instance, daysBefore(now, lookbackDays))) return tooYoung
      if (!rds.isMeasured(instance)) return unknown(`it is ${status} at the moment`)

      const specs = rds.sessionSeries(instance, lookbackDays)
      const load = yield* need(whole(sessions.points(specs.load), specs.load))
      const p95 = percentileOf(load, 95)
      const isServerless = rds.isServerless(instance)
      let vcpu = isServerless ? undefined : (chosenVcpu ?? compute.sizes(instanceClass)?.current.vcpu)
      if (isServerless) {
        const series = yield* need(yield* ask(rds.capacity(lookbackDays), instance))
        vcpu = (yield* need(series.mean(rds.capacitySeries(instance, lookbackDays).mean))) / unitsPerVcpu
      }
      if (vcpu === undefined || !(vcpu > 0)) return unknown(`it is not known here how many vCPUs ${instanceClass} has`)
      const perVcpu = p95 / vcpu
      const isOverloaded = perVcpu >= loadPerVcpuMin
      if (!isOverloaded && perVcpu < leastLoad) return

      const asked = map(yield* ask(rds.waiting(lookbackDays), instance), (series) => series.points(specs.waiting))
      const told = whole(asked.known ? asked.value : asked, specs.waiting)
      // What is overloaded is so however much of it waits.
      const waits = isOverloaded ? yield* consider(told) : yield* need(told)
      const mean = meanOf(load)
      const share = waits === undefined || mean === 0 ? undefined : Math.min(1, meanOf(waits) / mean)
      const isWaitBound = perVcpu >= leastLoad && share !== undefined && share > mostWaiting
      const reasons = [
        ...(isOverloaded ? (["overloaded"] as const) : []),
        ...(isWaitBound ? (["wait_bound"] as const) : [])
      ]
      const [first, ...others] = reasons
      if (first === undefined) return

      const top =
        resourceId === undefined ? undefined : yield* ask(pi.topLoad(lookbackDays, topWaits, topSql), { resourceId })
      const keys = top?.known === true ? top.value : undefined
      const evidence = {
        engine,
        class: instanceClass,
        cluster: instance.clusterId ?? "none",
        insights: instance.insightsMode ?? "standard",
        vcpus: rounded(vcpu, 2),
        loadP95: rounded(p95, 2),
        loadMean: rounded(mean, 2),
        loadPerVcpu: rounded(perVcpu, 2),
        waitingPercent: share === undefined ? null : Math.round(share * 100),
        topWaits: keys === undefined ? null : shown(keys.waits),
        topSql: keys === undefined ? null : shown(keys.statements)
      }
      const reason = [first, ...others] as const
      if (isServerless) {
        return notice({
          reason,
          severity: "info",
          confidence: "low",
          evidence,
          note: "Its vCPUs are estimated from the capacity that it had, which grows with its load."
        })
      }
      const severity: Severity = perVcpu >= highLoad ? "high" : perVcpu >= 1 ? "medium" : "low"
      return hygiene({
        reason,
        severity,
        evidence,
        note: "Less load may allow a smaller class; what that would save is not known before."
      })
    }
  }
})
