import { oneDecimal } from "../../core/round.ts"
import { all, map, type Reading } from "../../core/Reading.ts"
import { daysBefore, isoDay, startOfUtcDay } from "../../core/time.ts"
import * as computeOptimizer from "../../datasets/aws/computeOptimizer.ts"
import * as cwAgent from "../../datasets/aws/cwAgent.ts"
import type { Instance } from "../../datasets/aws/ec2.ts"
import * as fleets from "../../datasets/aws/fleets.ts"
import * as instanceTypes from "../../datasets/aws/instanceTypes.ts"
import { type MetricSeries, percentileOf } from "../../datasets/metrics/MetricSeries.ts"
import { maxDays } from "../../datasets/metrics/SeriesReader.ts"
import { ask, defineScan, money, need, Setting, tooYoung, unknown, withoutSource } from "../Scan.ts"
import { busyEnough } from "../shared/cpuClearance.ts"
import { counted, fleetEvidence, fleetSavings, hourPriceOf, listMonthlyUsd } from "../shared/fleets.ts"
import { nextSmaller } from "../shared/rightsizing.ts"

/** Full days of CPU without which nothing is said: a stop and a start begin a new launch time, and not a new history. */
const leastDays = 14

/** Share of the days on which a rule has to hold, so that one reboot, patch run or backup a month does not hide what is idle. */
const mostDays = 0.9

/** A burstable instance below this has hardly earned more than it spends. Source: shared/scans-amendments.md, creditBalanceMax. */
const leastCredits = 10

const bytesPerMb = 1_000_000

/** What the evidence says where Compute Optimizer had a part in the size that is proposed. */
const recommendedFindings: ReadonlySet<unknown> = new Set(["overprovisioned", "notoptimized"])

/** The larger of each day's values, of several series. Days are told by their first instant. */
const largest = (
  series: MetricSeries,
  specs: ReadonlyArray<Parameters<MetricSeries["points"]>[0]>
): Reading<ReadonlyMap<number, number>> =>
  map(all(specs.map((spec) => series.points(spec))), (answers) => {
    const days = new Map<number, number>()
    for (const { at, value } of answers.flat()) days.set(at.getTime(), Math.max(days.get(at.getTime()) ?? 0, value))
    return days
  })

/** The sums of several series, day by day. */
const added = (
  series: MetricSeries,
  specs: ReadonlyArray<Parameters<MetricSeries["points"]>[0]>
): Reading<ReadonlyMap<number, number>> =>
  map(all(specs.map((spec) => series.points(spec))), (answers) => {
    const days = new Map<number, number>()
    for (const { at, value } of answers.flat()) days.set(at.getTime(), (days.get(at.getTime()) ?? 0) + value)
    return days
  })

const meanMb = (bytes: ReadonlyArray<number>): number | null =>
  bytes.length === 0 ? null : oneDecimal(bytes.reduce((sum, each) => sum + each, 0) / bytes.length / bytesPerMb)

export default defineScan({
  title: "Idle and oversized EC2 instances",
  words: "rightsizing, low CPU, servers too big",
  why: "An instance is billed by the hour for the size that it has, whether or not anything uses it.",
  fix: "Stop what is idle, after asking whose it is. Give what is oversized the smaller type; of a group change the launch template. Watch the first busy day.",
  docs: "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-resize.html",
  leavesOut: [
    "instances with accelerators: their CPU says nothing of these, and what an agent measures of a GPU is not read, so that they are unknown."
  ],
  scope: "regional",
  settings: {
    lookbackDays: Setting.days(30, "Days of metrics that are judged", { minimum: leastDays, maximum: maxDays }),
    cpuP95Max: Setting.percent(20, "An instance is oversized up to this 95th percentile of its CPU"),
    cpuMaxCap: Setting.percent(40, "And up to this daily maximum of its CPU, on nine days of ten"),
    memoryMaxCap: Setting.percent(40, "And up to this maximum of its memory, where an agent measures it"),
    idleCpuMax: Setting.percent(5, "An instance is idle up to this daily maximum of its CPU, on nine days of ten"),
    idleNetworkMbPerDay: Setting.megabytes(5, "And up to so much network traffic on each of these days"),
    rollUpAsg: Setting.flag(true, "Judge the instances of an Auto Scaling group, an EKS or an EMR cluster as one"),
    useComputeOptimizer: Setting.flag(true, "Take the type that Compute Optimizer recommends, where it is enrolled")
  },
  reads: ({ cpuP95Max, idleCpuMax, lookbackDays, rollUpAsg, useComputeOptimizer }) => {
    const judged = rollUpAsg ? fleets.together : fleets.alone
    return {
      fleets: judged,
      cpu: fleets.cpu(judged, lookbackDays, busyEnough({ cpuP95Max, idleCpuMax, leastDays, lookbackDays })),
      types: instanceTypes.inUse,
      memory: cwAgent.memory,
      recommendations: useComputeOptimizer ? computeOptimizer.ofInstances : computeOptimizer.notAsked,
      optedIn: useComputeOptimizer ? computeOptimizer.speaksOfInstances : computeOptimizer.notWanted
    }
  },
  subject: "fleets",
  probes: ({ lookbackDays }) => ({
    memberCpu: fleets.memberCpu(lookbackDays),
    detail: fleets.detail(lookbackDays),
    memory: fleets.memory(lookbackDays)
  }),
  prices: ["ec2", "sizes"],
  reasons: {
    idle: "Its CPU did next to nothing, and hardly anything went over its network.",
    oversized: "A smaller type would hold what its CPU and, as far as it is known, its memory do."
  },

  source: {
    isOf: ({ evidence }) => recommendedFindings.has(evidence["computeOptimizer"] ?? ""),
    spoke: ({ recommendations }) => recommendations.found.length > 0
  },

  judge: ({ cpu, fleets: judged, memory, optedIn, recommendations, types }, { compute, now, scope, settings }) => {
    const { cpuMaxCap, cpuP95Max, idleCpuMax, idleNetworkMbPerDay, lookbackDays, memoryMaxCap } = settings
    const memoryOf = memory.by(({ instanceId }) => instanceId)
    const recommendationOf = recommendations.by(({ arn }) => arn)
    const today = startOfUtcDay(now).getTime()

    return function* (fleet) {
      const { members } = fleet
      const isAlone = fleet.controller === "instance"
      if (fleet.unread !== undefined) return unknown(fleet.unread)
      // Who else belongs to a group or cluster is known only where all instances were listed.
      if (!isAlone) yield* need(judged.all)
      if (members.length === 0) return
      const typeOf = new Map<string, instanceTypes.InstanceType>()
      for (const { type } of members) {
        const known = yield* need(types.get(type))
        if (known === undefined) return unknown(`EC2 does not describe the type ${type}`)
        if (known.accelerated) return unknown(`${type} has accelerators, of whose use its CPU says nothing`)
        typeOf.set(type, known)
      }

      if (cpu.settles(fleet.arn)) return
      const together = yield* need(largest(cpu, fleets.cpuSeries(fleet, lookbackDays)))
      const isApart = fleet.controller === "auto-scaling-group" && together.size === 0
      const p95s = isApart
        ? yield* need(
            largest(
              yield* need(yield* ask(fleets.memberCpu(lookbackDays), fleet)),
              fleets.memberCpuSeries(fleet, lookbackDays)
            )
          )
        : together
      const fullDays = [...p95s.keys()].filter((day) => day < today)
      const launches = members.flatMap(({ launchedAt }) => launchedAt?.getTime() ?? [])
      if (fullDays.length < leastDays) {
        return launches.length > 0 && Math.min(...launches) > daysBefore(now, leastDays).getTime()
          ? tooYoung
          : unknown(`CloudWatch has its CPU of ${fullDays.length} days, and ${leastDays} are needed`)
      }
      const cpuP95 = percentileOf([...p95s.values()], 95)
      const isOn = (passing: number) => passing / p95s.size >= mostDays
      const isUpTo = (cap: number, values: ReadonlyArray<number>) => isOn(values.filter((value) => value <= cap).length)
      const isOversizedBy = (values: ReadonlyArray<number>) => cpuP95 <= cpuP95Max && isUpTo(cpuMaxCap, values)
      // No day's maximum is below its 95th percentile, so that whom this clears need not be asked for more.
      if (!isOversizedBy([...p95s.values()]) && !isUpTo(idleCpuMax, [...p95s.values()])) return

      const burstable = new Set([...typeOf.values()].flatMap(({ burstable, type }) => (burstable ? [type] : [])))
      const candidate = { fleet, apart: isApart, burstable }
      const specs = fleets.detailSeries(candidate, lookbackDays)
      const detail = yield* need(yield* ask(fleets.detail(lookbackDays), candidate))
      const maxima = yield* need(
        largest(
          detail,
          specs.map(({ maximum }) => maximum)
        )
      )
      const untold = [...p95s.keys()].filter((day) => !maxima.has(day)).length
      if (untold > 0) return unknown(`CloudWatch has no maximum of its CPU of ${untold} days`)
      const days = new Map([...p95s].map(([day, p95]) => [day, Math.max(p95, maxima.get(day) ?? p95)] as const))
      const each = [...days.values()]
      const mayBeOversized = isOversizedBy(each)
      const mayBeIdle = isUpTo(idleCpuMax, each)
      if (!mayBeOversized && !mayBeIdle) return
      const cpuMean = Math.max(...(yield* need(all(specs.map(({ mean }) => detail.mean(mean))))))
      const traffic = added(
        detail,
        specs.flatMap(({ network }) => network)
      )

      // A history from before the launch is that of an instance that was stopped in between.
      const wasStopped = isAlone && Math.min(...days.keys()) < startOfUtcDay(new Date(Math.min(...launches))).getTime()
      const savingsOf = (
        claim: "stop" | "rightsize",
        notes: ReadonlyArray<string>,
        targetOf?: (member: Instance) => string | undefined
      ) =>
        fleetSavings(claim, compute, scope.region, members, {
          fleet,
          basis: !isAlone ? "estimate" : wasStopped ? "upper_bound" : "exact",
          notes: [
            ...notes,
            ...(isAlone ? [] : ["for as many instances as run now"]),
            ...(wasStopped ? ["it was stopped within the window, and hours in which it is stopped cost nothing"] : [])
          ],
          ...(targetOf === undefined ? {} : { targetOf })
        })
      const evidence = {
        ...fleetEvidence(fleet),
        days: each.length,
        cpuP95Percent: oneDecimal(cpuP95),
        cpuMaximumPercent: oneDecimal(Math.max(...each)),
        cpuMeanPercent: oneDecimal(cpuMean),
        networkMbPerDay: traffic.known ? meanMb([...traffic.value.values()]) : null,
        listMonthlyUsd: listMonthlyUsd(compute, scope.region, members)
      }

      if (mayBeIdle) {
        const bytes = yield* need(traffic)
        const most = idleNetworkMbPerDay * bytesPerMb * members.length
        const isQuiet = (day: number, maximum: number) =>
          maximum <= idleCpuMax && (bytes.get(day) ?? Number.POSITIVE_INFINITY) <= most
        const busy = [...days].flatMap(([day, maximum]) => (isQuiet(day, maximum) ? [] : [day]))
        if (isOn(each.length - busy.length)) {
          return money({
            reason: "idle",
            savings: savingsOf("stop", ["its volumes and addresses go on costing"]),
            evidence: {
              ...evidence,
              memoryMaximumPercent: null,
              target: "none",
              lastBusyDay: busy.length === 0 ? "none" : isoDay(new Date(Math.max(...busy)))
            }
          })
        }
        const unseen = [...days].filter(([day, maximum]) => maximum <= idleCpuMax && !bytes.has(day)).length
        if (isOn(each.length - busy.length + unseen))
          return unknown(`CloudWatch has no network traffic of ${unseen} of the days on which its CPU was quiet`)
      }
      if (!mayBeOversized) return

      for (const { credits } of specs) {
        if (credits === undefined) continue
        const { of, passing } = yield* need(detail.count(credits, (balance) => balance >= leastCredits))
        if (of === 0) return unknown("CloudWatch has no balance of its CPU credits")
        if (passing / of < mostDays) return
      }

      const agents = (yield* need(all(members.map(({ id }) => memoryOf.all(id))))).flat()
      const measuredIds = new Set(agents.map(({ instanceId }) => instanceId))
      // One that has just been started has no series yet.
      const settled = members.filter(({ launchedAt }) => launchedAt === undefined || launchedAt < daysBefore(now, 1))
      const isMeasured = settled.length > 0 && settled.every(({ id }) => measuredIds.has(id))
      let memoryPeak: number | undefined
      if (isMeasured) {
        const measured = { arn: fleet.arn, memory: agents }
        const series = yield* need(yield* ask(fleets.memory(lookbackDays), measured))
        const peaks = yield* need(all(fleets.memorySeries(measured, lookbackDays).map((spec) => series.peak(spec))))
        memoryPeak = Math.max(...peaks)
        if (memoryPeak > memoryMaxCap) return
      }

      const recommended = isAlone ? yield* need(recommendationOf.get(fleet.arn)) : undefined
      if (optedIn.known && !optedIn.value) yield* withoutSource(computeOptimizer.silence)
      const targets = new Map<string, string>()
      for (const [type, has] of typeOf) {
        // What was recommended for the type that it had before says nothing of the one that it has.
        const advice = recommended?.currentType === type ? recommended : undefined
        if (advice?.finding === "optimized" || advice?.finding === "underprovisioned") continue
        const advised = advice?.target === type ? undefined : advice?.target
        const advisedGib = advised === undefined ? 0 : (compute.sizes(advised)?.current.memoryGib ?? 0)
        // Without an agent nobody knows whether less memory is enough, and that holds for Compute Optimizer as well.
        if (advised !== undefined && (isMeasured || advice?.knowsMemory === true || advisedGib >= has.memoryGib)) {
          targets.set(type, advised)
          continue
        }
        const sizes = compute.sizes(type)
        if (sizes === undefined) return unknown(`it is not known here which sizes there are beside ${type}`)
        const target = nextSmaller({ cpuP95, cpuMean, memoryPeak }, has, sizes, compute.sizes)
        if (target !== undefined) targets.set(type, target.type)
      }
      const targetOf = (member: Instance): string | undefined => {
        const target = targets.get(member.type)
        if (target === undefined) return undefined
        const before = hourPriceOf(compute, scope.region, member).usd
        const after = hourPriceOf(compute, scope.region, member, target).usd
        // Where prices are not known, a smaller size of the same family still costs less.
        if (before !== null && after !== null) return after < before ? target : undefined
        return compute.sizes(member.type)?.smaller.some(({ type }) => type === target) === true ? target : undefined
      }
      const taken = members.flatMap((member) => targetOf(member) ?? [])
      if (taken.length === 0) return
      return money({
        reason: "oversized",
        confidence: isMeasured || recommended?.knowsMemory === true ? "high" : "medium",
        savings: savingsOf("rightsize", [], targetOf),
        evidence: {
          ...evidence,
          memoryMaximumPercent: memoryPeak === undefined ? "none" : oneDecimal(memoryPeak),
          target: counted(taken),
          computeOptimizer: !settings.useComputeOptimizer
            ? "not asked: switched off"
            : isAlone
              ? (recommended?.finding ?? "none")
              : "not asked: it is about single instances",
          platformDifferences: [...(recommended?.platformDifferences ?? [])]
        }
      })
    }
  }
})
