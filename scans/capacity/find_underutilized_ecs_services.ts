import { oneDecimal } from "../../core/round.ts"
import { sum } from "../../core/finding/savings.ts"
import { all } from "../../core/Reading.ts"
import { daysBefore, startOfUtcDay } from "../../core/time.ts"
import * as applicationAutoscaling from "../../datasets/aws/applicationAutoscaling.ts"
import * as ecs from "../../datasets/aws/ecs.ts"
import { percentileOf } from "../../datasets/metrics/MetricSeries.ts"
import { ask, defineScan, hygiene, money, need, Setting, tooYoung, unknown } from "../Scan.ts"
import { smallerTaskTerms, smallestSize, type TaskSize } from "../shared/fargate.ts"

/** How much more than the 95th percentile of its hourly maxima a smaller task must have. Source: shared/scans-amendments.md. */
const headroom = 1.3

const minutesPerDay = 1440
const hoursPerDay = 24

/** Share of its hours of use in which a task ran all the time. */
const mostHours = 0.5

const mostDays = 90

const keyOf = (clusterArn: string, serviceName: string | undefined): string => `${clusterArn} ${serviceName}`

/** How Application Auto Scaling calls a service. */
const targetOf = ({ clusterArn, name }: ecs.EcsService): string => `service/${ecs.clusterNameOf(clusterArn)}/${name}`

export default defineScan({
  title: "Over-reserved ECS services",
  words: "Fargate task size, oversized containers",
  why: "Fargate bills what a task reserves of CPU and memory, each by itself and by the second, whether or not it is used.",
  fix: "Register a revision with the smaller size and deploy it. Look first at limits of single containers, which must fit in, at start-ups that need more, and at scaling rules, whose percentages rise.",
  docs: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html",
  leavesOut: ["what Compute Optimizer recommends for services: get_all_cost_optimization_recommendations has it."],
  scope: "regional",
  settings: {
    lookbackDays: Setting.days(30, "Days of metrics that are judged", { minimum: 2, maximum: mostDays }),
    cpuMaxCap: Setting.percent(50, "CPU is over-reserved up to this hourly maximum, in 95 hours of a hundred"),
    memoryMaxCap: Setting.percent(50, "Memory is over-reserved up to this hourly maximum, in 95 hours of a hundred"),
    cpuMeanMax: Setting.percent(20, "And up to this mean of its CPU"),
    memoryMeanMax: Setting.percent(20, "And up to this mean of its memory"),
    minDatapointDays: Setting.days(14, "Days with metrics without which nothing is said", { maximum: mostDays })
  },
  reads: ({ cpuMaxCap, lookbackDays, memoryMaxCap, minDatapointDays }) => ({
    services: ecs.services,
    use: ecs.use(lookbackDays, {
      leastDays: Math.min(minDatapointDays, lookbackDays),
      cpuPercent: cpuMaxCap,
      memoryPercent: memoryMaxCap
    }),
    tasks: ecs.tasks,
    scaled: applicationAutoscaling.scalableTargets("ecs")
  }),
  coverable: true,
  subject: "services",
  probes: ({ lookbackDays }) => ({
    meanUse: ecs.meanUse(lookbackDays),
    definition: ecs.taskDefinition,
    taskMinutes: ecs.taskMinutes(lookbackDays)
  }),
  reasons: {
    cpu_oversized: "Its tasks reserve more CPU than they use, and a smaller size would hold it.",
    memory_oversized: "Its tasks reserve more memory than they use, and a smaller size would hold it.",
    oversized_on_instances: "Its tasks leave most of what they reserve of their instances unused."
  },

  judge: ({ scaled, tasks, use }, { now, price, settings }) => {
    const { cpuMaxCap, cpuMeanMax, lookbackDays, memoryMaxCap, memoryMeanMax } = settings
    // A window has no more days than it is long.
    const minDatapointDays = Math.min(settings.minDatapointDays, lookbackDays)
    const tasksOf = tasks.by(({ clusterArn, serviceName }) => keyOf(clusterArn, serviceName))
    const scaledBy = scaled.by(({ dimension, resourceId }) =>
      dimension.toLowerCase() === "ecs:service:desiredcount" ? resourceId : undefined
    )
    const today = startOfUtcDay(now)

    return function* (service) {
      const { capacityProviders, clusterArn, createdAt, launchType, name, runningCount, schedulingStrategy } = service
      if (service.status !== "ACTIVE" || runningCount === 0) return
      if (use.settles(service.arn)) return
      const specs = ecs.useSeries(service, lookbackDays)
      const points = yield* need(all([use.points(specs.cpu), use.points(specs.memory)]))
      const days = Math.min(
        ...points.map((series) => new Set(series.map(({ at }) => startOfUtcDay(at).getTime())).size)
      )
      if (days < minDatapointDays) {
        return createdAt !== undefined && createdAt > daysBefore(now, minDatapointDays)
          ? tooYoung
          : unknown(`CloudWatch has its use of ${days} days, and ${minDatapointDays} are needed`)
      }
      const [cpuP95 = 100, memoryP95 = 100] = points.map((series) =>
        percentileOf(
          series.map(({ value }) => value),
          95
        )
      )
      if (cpuP95 > cpuMaxCap && memoryP95 > memoryMaxCap) return
      const means = yield* need(yield* ask(ecs.meanUse(lookbackDays), service))
      const meanSpecs = ecs.meanUseSeries(service, lookbackDays)
      const cpuMean = yield* need(means.mean(meanSpecs.cpu))
      const memoryMean = yield* need(means.mean(meanSpecs.memory))
      const isCpuLow = cpuP95 <= cpuMaxCap && cpuMean <= cpuMeanMax
      const isMemoryLow = memoryP95 <= memoryMaxCap && memoryMean <= memoryMeanMax
      if (!isCpuLow && !isMemoryLow) return

      const evidence = {
        capacity: launchType ?? capacityProviders.map(({ provider }) => provider).sort(),
        scheduling: schedulingStrategy,
        runningTasks: runningCount,
        cpuP95Percent: oneDecimal(cpuP95),
        memoryP95Percent: oneDecimal(memoryP95),
        cpuMeanPercent: oneDecimal(cpuMean),
        memoryMeanPercent: oneDecimal(memoryMean),
        days
      }
      if (!ecs.isOnFargate(service)) {
        // Instances are billed whole, so that one kind of room alone frees none of them.
        if (!isCpuLow || !isMemoryLow) return
        return hygiene({
          reason: "oversized_on_instances",
          severity: "info",
          confidence: "medium",
          note: "The instances are billed, not the tasks: something is saved when smaller tasks make an instance unnecessary.",
          evidence
        })
      }

      const definition = yield* need(yield* ask(ecs.taskDefinition, service.taskDefinition))
      const { architecture, cpuUnits, memoryMib, system } = definition
      if (cpuUnits === null || memoryMib === null) return unknown("its task definition does not tell its size")
      const reserved: TaskSize = { vcpu: cpuUnits / 1024, gb: memoryMib / 1024 }
      const needed = (isLow: boolean, p95: number, of: number) =>
        isLow ? Math.min(of, (headroom * p95 * of) / 100) : of
      const target = smallestSize(
        { vcpu: needed(isCpuLow, cpuP95, reserved.vcpu), gb: needed(isMemoryLow, memoryP95, reserved.gb) },
        reserved,
        system
      )
      if (target === undefined) return

      // Tasks of now may be more than those of most days.
      const minutes = yield* need(yield* ask(ecs.taskMinutes(lookbackDays), service))
      const counted = (yield* need(minutes.points(ecs.taskSeries(service, lookbackDays)))).filter(
        ({ at }) => at < today
      )
      const average = counted.reduce((total, { value }) => total + value, 0) / (counted.length * minutesPerDay)
      // AWS does not promise that datapoints are tasks: fewer than one for each hour of use, and they are something else.
      const usedHours = points[0]?.filter(({ at }) => at < today).length ?? 0
      const countsTasks = average >= (mostHours * usedHours) / (counted.length * hoursPerDay)
      const running = countsTasks ? Math.min(runningCount, oneDecimal(average)) : runningCount
      let spotShare = 0
      if (capacityProviders.some(({ provider }) => /^fargate_spot$/i.test(provider))) {
        const own = yield* need(tasksOf.all(keyOf(clusterArn, name)))
        if (own.some(({ capacityProvider }) => capacityProvider === undefined))
          return unknown("ECS does not tell which of its tasks run on Spot")
        const spot = own.filter(({ capacityProvider = "" }) => /^fargate_spot$/i.test(capacityProvider)).length
        // Where no task was listed, all of them may be the cheap ones.
        spotShare = own.length === 0 ? 1 : spot / own.length
      }
      const scaling = yield* need(scaledBy.get(targetOf(service)))
      const isScaled = scaling !== undefined && scaling.maximum > scaling.minimum
      const spot = oneDecimal(running * spotShare)
      const savings = sum(
        "rightsize",
        smallerTaskTerms(price, definition, reserved, target, { onDemand: oneDecimal(running - spot), spot }),
        {
          basis: isScaled ? "upper_bound" : "estimate",
          ...(isScaled
            ? { note: "A rule that scales by a percentage may answer smaller tasks with more of them." }
            : {})
        }
      )
      const isLessCpu = target.vcpu < reserved.vcpu
      const isLessMemory = target.gb < reserved.gb
      return money({
        reason: isLessCpu
          ? isLessMemory
            ? ["cpu_oversized", "memory_oversized"]
            : "cpu_oversized"
          : "memory_oversized",
        confidence: "medium",
        savings,
        evidence: {
          ...evidence,
          taskVcpu: reserved.vcpu,
          taskGb: reserved.gb,
          targetVcpu: target.vcpu,
          targetGb: target.gb,
          architecture,
          operatingSystem: system,
          averageTasks: countsTasks ? oneDecimal(average) : null,
          spotTasks: spot,
          minimumTasks: scaling?.minimum ?? "not scaled",
          maximumTasks: scaling?.maximum ?? "not scaled",
          // Then fewer tasks would do as well.
          heldByMinimum: scaling !== undefined && scaling.minimum > 1 && runningCount <= scaling.minimum
        }
      })
    }
  }
})
