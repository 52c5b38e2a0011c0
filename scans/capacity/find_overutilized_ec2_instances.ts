import { cents, oneDecimal } from "../../core/round.ts"
import { noSavings, sum, term } from "../../core/finding/savings.ts"
import { atMost, severityOfSavings } from "../../core/finding/severity.ts"
import type { Savings } from "../../core/finding/Finding.ts"
import { operatingSystemOf } from "../../core/pricing/operatingSystem.ts"
import { placeOf } from "../../core/pricing/PricePlace.ts"
import { architectureOf, type InstanceSize } from "../../core/pricing/sizes.ts"
import { all, known, map, type Reading, unknown as notKnown } from "../../core/Reading.ts"
import { daysBefore, hoursPerMonth, startOfUtcDay } from "../../core/time.ts"
import * as autoscaling from "../../datasets/aws/autoscaling.ts"
import * as cwAgent from "../../datasets/aws/cwAgent.ts"
import * as ec2 from "../../datasets/aws/ec2.ts"
import * as fleets from "../../datasets/aws/fleets.ts"
import * as instanceTypes from "../../datasets/aws/instanceTypes.ts"
import { type MetricSeries, percentileOf, type Point, windowStart } from "../../datasets/metrics/MetricSeries.ts"
import type { SeriesSpec } from "../../datasets/metrics/SeriesSpec.ts"
import { ask, defineScan, hygiene, money, need, Setting, tooYoung, unknown } from "../Scan.ts"
import { calmEnough } from "../shared/cpuClearance.ts"
import { counted, fleetEvidence, hourPriceOf } from "../shared/fleets.ts"

/** Percent of the CPU at which severity goes up. Source: shared/scans.md, the same scan. */
const veryBusy = 90
const atTheLimit = 95

/** One CPU credit is a minute of one vCPU. Source: EC2 user guide, "Key concepts for burstable performance instances". */
const creditsPerVcpuHour = 60

/** The families that the price of a surplus credit is known of. Source: shared/pricing misc.json, ec2.tSurplusCreditVcpuHourLinux. */
const surplusPriced = /^t(2|3|3a)\./

/** The 95th percentile of the points of each day before the run's own, by the day's first instant. */
const daily = (points: ReadonlyArray<Point>, today: number): ReadonlyMap<number, number> =>
  new Map(
    [...Map.groupBy(points, ({ at }) => startOfUtcDay(at).getTime())]
      .filter(([day]) => day < today)
      .map(([day, ofDay]) => [
        day,
        percentileOf(
          ofDay.map(({ value }) => value),
          95
        )
      ])
  )

/** The means of several series, instant by instant. */
const means = (series: ReadonlyArray<ReadonlyArray<Point>>): ReadonlyArray<Point> =>
  [...Map.groupBy(series.flat(), ({ at }) => at.getTime()).values()].map((points) => ({
    at: points[0]!.at,
    value: points.reduce((sum, { value }) => sum + value, 0) / points.length
  }))

/** The largest of several series, instant by instant. */
const largest = (series: ReadonlyArray<ReadonlyArray<Point>>): ReadonlyArray<Point> =>
  [...Map.groupBy(series.flat(), ({ at }) => at.getTime()).values()].map((points) => ({
    at: points[0]!.at,
    value: Math.max(...points.map(({ value }) => value))
  }))

/** What was reached on so many of the days at least; undefined where there are not so many. */
const reachedOn = (days: ReadonlyMap<number, number>, least: number): number | undefined =>
  [...days.values()].toSorted((a, b) => b - a)[least - 1]

const noSavingNote = "More capacity costs more: nothing is saved here, and work is kept waiting."

export default defineScan({
  title: "Saturated EC2 instances",
  words: "high CPU, overloaded, out of memory, burst credits exhausted",
  why: "Work waits where the CPU or the memory is full day after day, and CPU credits beyond what a burstable type earns are billed.",
  fix: "Give it a larger size, or a type that does not live on credits; of a group raise the maximum or change the launch template.",
  docs: "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/burstable-credits-baseline-concepts.html",
  scope: "regional",
  settings: {
    lookbackDays: Setting.days(14, "Days of metrics that are judged", { minimum: 3, maximum: 60 }),
    cpuP95Min: Setting.percent(80, "The 95th percentile of a day's CPU from which the day is busy"),
    sustainedDays: Setting.days(3, "Busy days before anything is reported: one burst never is", { maximum: 60 }),
    memoryP95Min: Setting.percent(
      85,
      "The 95th percentile of a day's memory from which it is full, where an agent measures it"
    ),
    creditBalanceMax: Setting.count(
      10,
      "A burstable instance has run out of CPU credits where its balance stayed below this all day"
    )
  },
  reads: ({ cpuP95Min, lookbackDays, sustainedDays }) => ({
    fleets: fleets.together,
    groups: autoscaling.groups,
    cpu: fleets.cpu(
      fleets.together,
      lookbackDays,
      calmEnough({ cpuP95Min, sustainedDays: Math.min(sustainedDays, lookbackDays) })
    ),
    types: instanceTypes.inUse,
    agents: cwAgent.memory,
    memory: fleets.hourlyMemory(fleets.together, lookbackDays),
    unlimited: ec2.unlimitedIds,
    credits: fleets.credits(fleets.together, lookbackDays)
  }),
  subject: "fleets",
  probes: ({ lookbackDays }) => ({
    cpuOfSome: fleets.cpuOfSome(lookbackDays),
    memberCpu: fleets.memberCpu(lookbackDays),
    groupMean: fleets.groupMean(lookbackDays),
    memberMean: fleets.memberMean(lookbackDays),
    statusChecks: fleets.statusChecks(lookbackDays)
  }),
  prices: ["ec2", "sizes"],
  reasons: {
    cpu: "Its CPU was busy on several days, for more than an hour of each.",
    memory: "Its memory was nearly full on several days.",
    credit_exhaustion: "It ran out of CPU credits, and was slowed down or billed for more."
  },

  judge: (
    { agents, cpu, credits, fleets: judged, groups, memory, types, unlimited },
    { compute, now, price, scope, settings }
  ) => {
    const { cpuP95Min, creditBalanceMax, lookbackDays, memoryP95Min } = settings
    // A window has no more days than it is long.
    const sustainedDays = Math.min(settings.sustainedDays, lookbackDays)
    const agentsOf = agents.by(({ instanceId }) => instanceId)
    const groupByArn = groups.by(({ arn }) => arn)
    const today = startOfUtcDay(now).getTime()

    /** The memory of a fleet by day: the mean of a group, or else that of its fullest instance. */
    const memoryOf = ({ controller, members }: fleets.Fleet): Reading<ReadonlyMap<number, number>> => {
      const told = all(
        members.map(({ id }) => {
          const own = agentsOf.all(id)
          if (!own.known) return own
          return map(
            all(own.value.map((agent) => memory.points(fleets.hourlyMemorySeries(agent, lookbackDays)))),
            largest
          )
        })
      )
      return map(told, (each) => {
        if (controller === "auto-scaling-group") return daily(means(each), today)
        const days = each.map((points) => daily(points, today))
        return days.reduce<ReadonlyMap<number, number>>(
          (fullest, own) =>
            (reachedOn(own, sustainedDays) ?? -1) > (reachedOn(fullest, sustainedDays) ?? -1) ? own : fullest,
          new Map()
        )
      })
    }

    /** How the members that live on credits fared: those that ran out, and what was charged beyond them by instance. */
    const creditsOf = ({ members }: fleets.Fleet) => {
      const settled = members.filter(
        ({ launchedAt, type }) => ec2.isBurstable(type) && launchedAt !== undefined && launchedAt < daysBefore(now, 2)
      )
      return all(
        settled.map((member) => {
          const mode = unlimited.has(member.id)
          if (!mode.known) return mode
          const spec = fleets.creditSeries(member, mode.value, lookbackDays)
          const points = credits.points(spec)
          if (!points.known) return points
          const full = points.value.filter(({ at }) => at.getTime() < today)
          if (full.length === 0) return notKnown(`CloudWatch has no ${spec.metric} of ${member.id}`)
          const hours = full.length * 24
          return known({
            member,
            isOut: !mode.value && full.filter(({ value }) => value < creditBalanceMax).length >= sustainedDays,
            surplusCreditsAMonth: mode.value
              ? (full.reduce((sum, { value }) => sum + value, 0) / hours) * hoursPerMonth
              : 0
          })
        })
      )
    }

    /** The smallest general-purpose size without credits that has as much of everything. */
    const steadyFor = (type: string): InstanceSize | undefined => {
      const family = architectureOf(type) === "arm64" ? "m6g" : "m6i"
      const current = compute.sizes(type)?.current
      const smallest = compute.sizes(`${family}.large`)
      if (current === undefined || smallest === undefined) return undefined
      return [smallest.current, ...smallest.larger].find(
        ({ memoryGib, vcpu }) => vcpu >= current.vcpu && memoryGib >= current.memoryGib
      )
    }

    /** What is charged for credits. */
    const surplusSavings = (
      charged: ReadonlyArray<{ readonly member: ec2.Instance; readonly surplusCreditsAMonth: number }>
    ): Savings => {
      const terms = charged
        .filter(
          ({ member: { platformDetails, type, usageOperation } }) =>
            surplusPriced.test(type) && operatingSystemOf(usageOperation, platformDetails) === "linux"
        )
        .map(({ member, surplusCreditsAMonth }) =>
          term(
            "CPU credits beyond those earned",
            surplusCreditsAMonth / creditsPerVcpuHour,
            "vCPU-hour",
            price("ec2.tSurplusCreditVcpuHourLinux", placeOf(scope.region, member.availabilityZone))
          )
        )
      return terms.length === 0
        ? noSavings("modernise", noSavingNote)
        : sum("modernise", terms, {
            basis: "upper_bound",
            note: "As much as was charged within the window. A type without credits may cost more: see the evidence."
          })
    }

    /** What a month costs more as other types; null where a price is not known. */
    const moreAs = (
      members: ReadonlyArray<ec2.Instance>,
      typeFor: (type: string) => string | undefined
    ): number | null => {
      let more = 0
      for (const member of members) {
        const type = typeFor(member.type)
        const now = hourPriceOf(compute, scope.region, member).usd
        const then = type === undefined ? null : hourPriceOf(compute, scope.region, member, type).usd
        if (now === null || then === null) return null
        more += (then - now) * hoursPerMonth
      }
      return cents(more)
    }

    return function* (fleet) {
      const { controller, members } = fleet
      const isGroup = controller === "auto-scaling-group"
      if (fleet.unread !== undefined) return unknown(fleet.unread)
      if (controller !== "instance") yield* need(judged.all)
      if (members.length === 0) return
      for (const { type } of members) {
        const described = yield* need(types.get(type))
        if (described === undefined) return unknown(`EC2 does not describe the type ${type}`)
        if (described.accelerated) return unknown(`${type} has accelerators, of whose use its CPU says nothing`)
      }

      const memoryLevel = map(memoryOf(fleet), (days) => reachedOn(days, sustainedDays))
      const isFull = memoryLevel.known && (memoryLevel.value ?? 0) >= memoryP95Min
      const lives = creditsOf(fleet)
      const out = lives.known ? lives.value.filter(({ isOut }) => isOut) : []
      const charged = lives.known ? lives.value.filter(({ surplusCreditsAMonth }) => surplusCreditsAMonth > 0) : []
      const isClear = cpu.settles(fleet.arn)
      if (isClear && !isFull && out.length + charged.length === 0) {
        yield* need(memoryLevel)
        yield* need(lives)
        return
      }

      const pointsOf = (series: MetricSeries, specs: ReadonlyArray<SeriesSpec>) =>
        all(specs.map((spec) => series.points(spec)))
      const asked = isClear ? yield* need(yield* ask(fleets.cpuOfSome(lookbackDays), fleet)) : cpu
      const together = yield* need(pointsOf(asked, fleets.cpuSeries(fleet, lookbackDays)))
      const isApart = isGroup && together.every((points) => points.length === 0)
      const told = isApart
        ? yield* need(
            pointsOf(
              yield* need(yield* ask(fleets.memberCpu(lookbackDays), fleet)),
              fleets.memberCpuSeries(fleet, lookbackDays)
            )
          )
        : together
      const byDay = told.map((points) => daily(points, today))
      const fullDays = Math.max(0, ...byDay.map(({ size }) => size))
      const born = fleets.bornAt(fleet)
      // A stop and a start begin a new launch time: whose use is told from the first day of the window on is older than that.
      const firstDay = Math.min(...byDay.flatMap((days) => [...days.keys()]))
      if (
        born !== undefined &&
        born > daysBefore(now, lookbackDays) &&
        firstDay > windowStart(now, lookbackDays).getTime()
      ) {
        return tooYoung
      }
      if (fullDays < sustainedDays) {
        return unknown(`CloudWatch has its CPU of ${fullDays} days, and ${sustainedDays} are needed`)
      }

      const reasons: Array<"cpu" | "memory" | "credit_exhaustion"> = []
      let cpuLevel = Math.max(...byDay.map((days) => reachedOn(days, sustainedDays) ?? 0))
      // One busy instance of a group is not the group: its mean has to be high as well.
      if (isGroup && cpuLevel >= cpuP95Min) {
        const mean = yield* need(
          isApart
            ? yield* ask(fleets.memberMean(lookbackDays), fleet)
            : yield* ask(fleets.groupMean(lookbackDays), fleet)
        )
        const specs = isApart
          ? fleets.memberMeanSeries(fleet, lookbackDays)
          : [fleets.groupMeanSeries(fleet, lookbackDays)]
        const points = yield* need(pointsOf(mean, specs))
        cpuLevel = reachedOn(daily(means(points), today), sustainedDays) ?? 0
      }
      if (cpuLevel >= cpuP95Min) reasons.push("cpu")
      if (isFull) reasons.push("memory")
      if (out.length + charged.length > 0) reasons.push("credit_exhaustion")

      const [first, ...others] = reasons
      if (first === undefined) {
        // Neither is known to be enough where one of them is not known.
        yield* need(memoryLevel)
        yield* need(lives)
        return
      }

      const fails =
        first === "cpu" && cpuLevel >= atTheLimit
          ? map(yield* ask(fleets.statusChecks(lookbackDays), fleet), (checks) =>
              fleets.statusSeries(fleet, lookbackDays).some((spec) => {
                const worst = checks.peak(spec)
                return worst.known && worst.value > 0
              })
            )
          : undefined
      const savings = surplusSavings(charged)
      const ofUse =
        first === "cpu" && fails?.known === true && fails.value
          ? "critical"
          : (first === "cpu" && cpuLevel >= veryBusy) || out.length > 0
            ? "high"
            : first === "cpu" || first === "memory"
              ? "medium"
              : "low"
      const ofCharge = severityOfSavings(savings)
      const severity = atMost(ofUse, ofCharge) === ofUse ? ofCharge : ofUse
      const group = groupByArn.found(fleet.arn)[0]
      const nextOf = (type: string) => compute.sizes(type)?.larger[0]?.type
      const steadyOf = (type: string) => steadyFor(type)?.type
      const lavish = charged.map(({ member }) => member)
      const found = {
        reason: [first, ...others],
        severity,
        confidence: isGroup ? "medium" : "high",
        evidence: {
          ...fleetEvidence(fleet),
          days: fullDays,
          cpuP95Percent: oneDecimal(cpuLevel),
          memoryP95Percent:
            memoryLevel.known && memoryLevel.value !== undefined
              ? oneDecimal(memoryLevel.value)
              : memoryLevel.known
                ? "none"
                : null,
          outOfCredits: lives.known ? out.map(({ member }) => member.id) : null,
          surplusCreditsAMonth: lives.known
            ? Math.round(charged.reduce((sum, { surplusCreditsAMonth }) => sum + surplusCreditsAMonth, 0))
            : null,
          statusChecksFailed: fails === undefined ? "not asked" : fails.known ? fails.value : null,
          atMaximumSize: group === undefined ? "none" : group.desiredCapacity >= group.maxSize,
          nextSize: counted(members.flatMap(({ type }) => nextOf(type) ?? [])),
          nextSizeMonthlyUsdMore: moreAs(members, nextOf),
          steadyType: counted(lavish.flatMap(({ type }) => steadyOf(type) ?? [])),
          steadyTypeMonthlyUsdMore: moreAs(lavish, steadyOf)
        }
      } as const
      return savings.monthlyUsd > 0
        ? money({ ...found, reason: [first, ...others], savings })
        : hygiene({ ...found, reason: [first, ...others], note: noSavingNote })
    }
  }
})
