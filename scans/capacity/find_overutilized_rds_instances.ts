import { bytesPerGib, bytesPerMib } from "../../core/bytes.ts"
import { oneDecimal } from "../../core/round.ts"
import type { Severity } from "../../core/finding/Finding.ts"
import { all, known, type Reading, unknown as notKnown } from "../../core/Reading.ts"
import { daysBefore, startOfUtcDay } from "../../core/time.ts"
import * as rds from "../../datasets/aws/rds.ts"
import { percentileOf, type Point } from "../../datasets/metrics/MetricSeries.ts"
import { maxDays } from "../../datasets/metrics/SeriesReader.ts"
import type { SeriesSpec } from "../../datasets/metrics/SeriesSpec.ts"
import { ask, defineScan, hygiene, need, Setting, tooYoung, unknown } from "../Scan.ts"
import { isYoung } from "../shared/age.ts"

/** GiB free above which a small share of a large disk is still much room. Source: shared/scans-amendments.md. */
const roomGb = 100

/** Days within which a disk that fills as it has would be full. */
const daysUntilFull = 30

/** MB of swap that more than noise has to add. */
const swapGrowthMb = 50

/** Percent of its maximum capacity that a serverless database has reached. */
const nearMaximum = 90

/** GB a day by which free space falls, from the first to the last day that is known; zero where it does not. */
const fallPerDay = (points: ReadonlyArray<Point>): number => {
  const [first, last] = [points[0], points.at(-1)]
  if (first === undefined || last === undefined) return 0
  const days = (last.at.getTime() - first.at.getTime()) / 86_400_000
  return days < 1 ? 0 : Math.max(0, (first.value - last.value) / bytesPerGib / days)
}

export default defineScan({
  title: "RDS databases short of CPU, memory or storage",
  words: "saturated database, disk full, high CPU",
  why: "A database without room slows down everything that asks it, and one whose storage is full stops taking writes.",
  fix: "Let the storage grow by itself, look at the heaviest statements first, then take the next larger class. For burst balance move from gp2 to gp3.",
  docs: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_BestPractices.html",
  leavesOut: [
    "the I/O balance of EBS, which only some classes have, and the load of sessions, which analyze_rds_performance_insights judges."
  ],
  scope: "regional",
  settings: {
    cpuP95Min: Setting.percent(80, "A database is short of CPU from this daily 95th percentile"),
    freeStorageMinPct: Setting.percent(10, "It is short of storage below so much of it free"),
    freeableMemoryMinPct: Setting.percent(5, "It is short of memory below so much of it free, while swap grows"),
    lookbackDays: Setting.days(14, "Days of metrics that are judged", { minimum: 3, maximum: maxDays }),
    sustainedDays: Setting.count(3, "Days on which CPU, memory or burst balance have to be short", {
      minimum: 1,
      maximum: 60
    }),
    burstBalanceMin: Setting.percent(20, "It is short of burst credits of gp2 storage below this balance")
  },
  reads: ({ lookbackDays }) => ({
    instances: rds.instances,
    clusters: rds.clusters,
    load: rds.load(lookbackDays)
  }),
  subject: "instances",
  probes: ({ lookbackDays }) => ({ strain: rds.strain(lookbackDays) }),
  prices: ["sizes"],
  reasons: {
    storage_full: "Its storage is full: it takes no more writes.",
    storage: "Its storage is nearly full, and does not grow by itself.",
    cpu: "Its CPU is busy day after day.",
    memory: "It has hardly any memory left, and swaps more and more.",
    burst_balance: "Its gp2 storage has hardly any burst credits left.",
    capacity: "It has reached its maximum capacity day after day."
  },

  judge: ({ clusters, load }, { compute, now, settings }) => {
    const { burstBalanceMin, cpuP95Min, freeableMemoryMinPct, freeStorageMinPct, lookbackDays } = settings
    // A window has no more days than it is long.
    const sustainedDays = Math.min(settings.sustainedDays, lookbackDays)
    const clusterOf = clusters.by(({ id }) => id)
    const today = startOfUtcDay(now)

    return function* (instance) {
      const { allocatedGb, clusterId, engine, instanceClass, maxAllocatedGb, status, storageType } = instance
      if (rds.isOtherService(instance) || engine.startsWith("custom-")) return
      const described = {
        engine,
        class: instanceClass,
        multiAz: instance.multiAz,
        cluster: clusterId ?? "none",
        storage: clusterId === undefined ? `${allocatedGb} GB ${storageType}` : "its cluster's",
        storageGrowsUpToGb: maxAllocatedGb ?? null
      }
      const note = "More room costs more; being short of it costs whatever waits for the database."
      if (status === "storage-full") {
        return hygiene({ reason: "storage_full", severity: "critical", evidence: { ...described, days: null }, note })
      }
      if (["stopped", "stopping", "starting", "deleting", "creating"].includes(status)) return
      if (!rds.isMeasured(instance)) return unknown(`it is ${status} at the moment`)
      if (yield* isYoung(instance, daysBefore(now, lookbackDays))) return tooYoung

      const specs = rds.loadSeries(instance, lookbackDays)
      const isServerless = rds.isServerless(instance)
      const untold: Array<Reading<unknown>> = []
      /** What is told of a series. What is not clears nothing, and hides nothing that another shows. */
      const told = (spec: SeriesSpec | undefined, what?: string): ReadonlyArray<Point> => {
        const points = spec === undefined ? known([]) : load.points(spec)
        if (!points.known) untold.push(points)
        else if (spec !== undefined && what !== undefined && points.value.length === 0) {
          untold.push(notKnown(`CloudWatch has nothing of its ${what}`))
        }
        return points.known ? points.value : []
      }
      const cpu = told(specs.cpu, "CPU").map(({ value }) => value)
      // Of a serverless database CPU and memory are shares of what it may have, and its capacity says it better.
      const isShortOfCpu = !isServerless && cpu.filter((p95) => p95 >= cpuP95Min).length >= sustainedDays

      const memoryGib = isServerless ? undefined : compute.sizes(instanceClass)?.current.memoryGib
      const memory = isServerless ? [] : told(specs.memory, "memory")
      const leastFree =
        memoryGib === undefined ? [] : memory.map(({ value }) => (value / bytesPerGib / memoryGib) * 100)
      const mayLackMemory = leastFree.filter((percent) => percent < freeableMemoryMinPct).length >= sustainedDays

      const storage = told(specs.storage, "storage")
      if (specs.storage !== undefined && allocatedGb === 0) {
        untold.push(notKnown("RDS does not tell the size of its storage"))
      }
      const freeGb = (storage.at(-1)?.value ?? 0) / bytesPerGib
      const freePercent = allocatedGb > 0 ? (freeGb / allocatedGb) * 100 : 100
      const fall = fallPerDay(storage.filter(({ at }) => at < today))
      const fullInDays = fall > 0 ? freeGb / fall : Number.POSITIVE_INFINITY
      const mayGrow = maxAllocatedGb !== undefined && maxAllocatedGb > allocatedGb
      const isShortOfStorage =
        storage.length > 0 &&
        !mayGrow &&
        freePercent < freeStorageMinPct &&
        (freeGb < roomGb || fullInDays <= daysUntilFull)

      // Not all storage of the type has a balance.
      const burst = told(specs.burst).map(({ value }) => value)
      const isShortOfBurst = burst.filter((balance) => balance < burstBalanceMin).length >= sustainedDays

      const used = told(specs.capacity, "capacity").map(({ value }) => value)
      const isShortOfCapacity = used.filter((percent) => percent >= nearMaximum).length >= sustainedDays

      if (!isShortOfCpu && !mayLackMemory && !isShortOfStorage && !isShortOfBurst && !isShortOfCapacity) {
        yield* need(all(untold))
        return
      }

      const strain = yield* ask(rds.strain(lookbackDays), instance)
      const asked = rds.strainSeries(instance, lookbackDays)
      const read = <A>(of: (series: Extract<typeof strain, { readonly known: true }>["value"]) => Reading<A>) =>
        strain.known ? of(strain.value) : strain
      // A buffer pool that fills the memory is normal; swap that grows with it is not.
      let isShortOfMemory = false
      if (mayLackMemory) {
        const swap = read((series) => series.points(asked.swap))
        if (swap.known) {
          const growth = ((swap.value.at(-1)?.value ?? 0) - (swap.value[0]?.value ?? 0)) / bytesPerMib
          isShortOfMemory = growth >= swapGrowthMb
        } else untold.push(swap)
      }
      const reasons = [
        ...(isShortOfStorage ? (["storage"] as const) : []),
        ...(isShortOfCpu ? (["cpu"] as const) : []),
        ...(isShortOfMemory ? (["memory"] as const) : []),
        ...(isShortOfBurst ? (["burst_balance"] as const) : []),
        ...(isShortOfCapacity ? (["capacity"] as const) : [])
      ]
      const [first, ...others] = reasons
      if (first === undefined) {
        yield* need(all(untold))
        return
      }
      const shown = (reading: Reading<number>): number | null => (reading.known ? oneDecimal(reading.value) : null)
      const cpuP95 = percentileOf(cpu, 95)
      const isCritical = (isShortOfStorage && freePercent < 5) || (isShortOfCpu && cpuP95 >= 95)
      const severity: Severity = isCritical ? "critical" : isShortOfCpu && cpuP95 >= 90 ? "high" : "medium"
      const cluster = clusterId === undefined ? undefined : clusterOf.found(clusterId)[0]
      return hygiene({
        reason: [first, ...others],
        severity,
        evidence: {
          ...described,
          days: cpu.length === 0 ? null : cpu.length,
          cpuP95Percent: cpu.length === 0 ? null : oneDecimal(cpuP95),
          leastFreeMemoryPercent: leastFree.length === 0 ? null : oneDecimal(Math.min(...leastFree)),
          freeStorageGb: storage.length === 0 ? null : oneDecimal(freeGb),
          freeStoragePercent: storage.length === 0 ? null : oneDecimal(freePercent),
          fullInDays: Number.isFinite(fullInDays) ? Math.round(fullInDays) : null,
          leastBurstBalance: burst.length === 0 ? null : oneDecimal(Math.min(...burst)),
          mostCapacityPercent: used.length === 0 ? null : oneDecimal(Math.max(...used)),
          maximumUnits: cluster?.capacity?.maximum ?? null,
          mostConnections: shown(read((series) => series.peak(asked.connections))),
          diskQueue: shown(read((series) => series.percentile(asked.queue, 95)))
        },
        note
      })
    }
  }
})
