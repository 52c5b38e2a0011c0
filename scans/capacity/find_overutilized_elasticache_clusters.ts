import { bytesPerGib, bytesPerMib } from "../../core/bytes.ts"
import { oneDecimal } from "../../core/round.ts"
import type { Severity } from "../../core/finding/Finding.ts"
import { map, type Reading, unknown as notKnown } from "../../core/Reading.ts"
import { daysBefore, startOfUtcDay } from "../../core/time.ts"
import { maxHourlyDays } from "../../datasets/metrics/SeriesReader.ts"
import * as elasticache from "../../datasets/aws/elasticache.ts"
import { percentileOf, type Point } from "../../datasets/metrics/MetricSeries.ts"
import type { SeriesSpec } from "../../datasets/metrics/SeriesSpec.ts"
import { ask, defineScan, hygiene, need, Setting, tooYoung, unknown } from "../Scan.ts"
import { isYoung } from "../shared/age.ts"
import { hostPercent } from "../shared/cacheCpu.ts"

/** Days on which a cache has to be short of something. Source: shared/scans.md, find_overutilized_elasticache_clusters. */
const sustainedDays = 3

/** Percent of all its cores that are much, of Memcached and of small nodes. Source: ElastiCache user guide, "Which metrics should I monitor?". */
const hostLimit = 90

/** What a node takes at once. Source: ElastiCache user guide, "Large number of connections". */
const mostConnections = 65_000

/** Percent of those from which there is hardly room for one more client. */
const connectionsMin = 90

const secondsPerHour = 3_600

const manyConnections = (connectionsMin / 100) * mostConnections

/** The 95th percentile of each UTC day's hours, so that an hour of backups does not count. */
const p95ByDay = (points: ReadonlyArray<Point>): ReadonlyArray<number> =>
  [...Map.groupBy(points, ({ at }) => startOfUtcDay(at).getTime()).values()].map((day) =>
    percentileOf(
      day.map(({ value }) => value),
      95
    )
  )

const valuesOf = (points: ReadonlyArray<Point>): ReadonlyArray<number> => points.map(({ value }) => value)

/** What a node may be short of; of small ones the whole node's CPU apart from the engine's. */
type Measure = "cpu" | "host" | "memory" | "evictions" | "swap" | "connections"

const isSustained = (days: ReadonlyArray<number>, from: number): boolean =>
  days.filter((value) => value >= from).length >= sustainedDays

export default defineScan({
  title: "ElastiCache caches short of CPU, memory or connections",
  words: "Redis, Valkey, Memcached saturation, evictions, swap",
  why: "A cache without room evicts what is needed, swaps or refuses clients, and whatever stands behind it does the work instead.",
  fix: "Look for large keys and slow commands first. Of a serverless cache raise the maximum that is set, or prepare it for what comes. For memory take a larger node or more shards, for CPU more shards or replicas that are read from, for connections a pool in the clients.",
  docs: "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheMetrics.WhichShouldIMonitor.html",
  leavesOut: [
    "seconds in which a serverless cache takes as many ECPUs as its maximum allows, where the mean of the hour is lower: `ThrottledCmds` tells of them. A serverless cache is unknown where CloudWatch publishes no zeros of it: AWS does not say whether it does."
  ],
  scope: "regional",
  settings: {
    engineCpuP95Min: Setting.percent(
      80,
      "A cache is short of CPU from this daily 95th percentile of its engine's, or of the most ECPUs that are set for it; Memcached, which works on all cores, from 90% of its node's"
    ),
    memoryMin: Setting.percent(
      80,
      "It is short of memory from so much of its memory for data, or of the most that is set"
    ),
    evictionsMin: Setting.count(1, "It evicts from so many evictions a day", { minimum: 1 }),
    lookbackDays: Setting.days(14, "Days of metrics that are judged", {
      minimum: sustainedDays,
      maximum: maxHourlyDays
    }),
    swapMinMb: Setting.megabytes(50, "It swaps from so much swap in use")
  },
  reads: ({ engineCpuP95Min, evictionsMin, lookbackDays, memoryMin, swapMinMb }) => ({
    caches: elasticache.allCaches,
    serverlessLoad: elasticache.serverlessLoad(lookbackDays, {
      sustainedDays,
      ecpuPercent: engineCpuP95Min,
      memoryPercent: memoryMin
    }),
    load: elasticache.load(lookbackDays, {
      sustainedDays,
      cpuPercent: engineCpuP95Min,
      hostPercent: hostPercent(hostLimit, { engine: "redis" }, 2),
      memoryPercent: memoryMin,
      connections: manyConnections,
      swapBytes: swapMinMb * bytesPerMib,
      evictions: evictionsMin
    })
  }),
  subject: "caches",
  probes: ({ lookbackDays }) => ({
    load: elasticache.loadOfSome(lookbackDays),
    strain: elasticache.strain(lookbackDays)
  }),
  prices: ["sizes"],
  reasons: {
    cpu: "Its CPU is busy day after day.",
    memory: "Its memory for data is nearly full day after day.",
    evictions: "It throws out what has not expired, to make room.",
    swap: "It swaps memory to disk.",
    connections: "It has nearly as many connections as a node takes.",
    throttled: "Commands were refused day after day, because it could not grow as fast or may not grow."
  },

  judge: ({ load, serverlessLoad }, { compute, now, settings }) => {
    const { engineCpuP95Min, evictionsMin, lookbackDays, memoryMin, swapMinMb } = settings
    const today = startOfUtcDay(now)
    const full = (reading: Reading<ReadonlyArray<Point>>): Reading<ReadonlyArray<Point>> =>
      map(reading, (points) => points.filter(({ at }) => at < today))

    /** A serverless cache grows by itself, up to what was set and only so fast. */
    function* ofServerless(cache: elasticache.ServerlessCache) {
      if (serverlessLoad.settles(cache.arn)) return
      const { mostEcpus, mostGb } = cache
      const series = elasticache.serverlessLoadSeries(cache, lookbackDays)
      const throttled = (yield* need(full(serverlessLoad.points(series.throttled)))).map(({ value }) => value)
      const ecpus =
        series.ecpus === undefined || mostEcpus === undefined
          ? undefined
          : p95ByDay(yield* need(full(serverlessLoad.points(series.ecpus)))).map(
              (hourly) => (hourly / secondsPerHour / mostEcpus) * 100
            )
      const memory =
        series.bytes === undefined || mostGb === undefined
          ? undefined
          : (yield* need(full(serverlessLoad.points(series.bytes)))).map(
              ({ value }) => (value / bytesPerGib / mostGb) * 100
            )
      const days = Math.min(...[throttled, ecpus, memory].flatMap((values) => values?.length ?? []))
      if (days < sustainedDays) {
        return unknown(`CloudWatch has its metrics of ${days} days, and ${sustainedDays} are needed`)
      }
      const reasons = [
        ...(isSustained(throttled, 1) ? (["throttled"] as const) : []),
        ...(isSustained(ecpus ?? [], engineCpuP95Min) ? (["cpu"] as const) : []),
        ...(isSustained(memory ?? [], memoryMin) ? (["memory"] as const) : [])
      ]
      const [first, ...others] = reasons
      if (first === undefined) return
      return hygiene({
        reason: [first, ...others],
        severity: first === "throttled" ? "high" : "medium",
        evidence: {
          engine: cache.engine,
          nodeType: "serverless",
          days,
          mostThrottledADay: Math.round(Math.max(...throttled)),
          mostEcpusPerSecond: mostEcpus ?? "none",
          ecpuP95Percent: ecpus === undefined ? "no maximum is set" : oneDecimal(percentileOf(ecpus, 95)),
          mostGb: mostGb ?? "none",
          memoryPeakPercent: memory === undefined ? "no maximum is set" : oneDecimal(Math.max(...memory))
        },
        note: "A higher maximum costs what is then used; being short of it costs whatever stands behind the cache."
      })
    }

    return function* (cache) {
      const { engine, status } = cache
      if (["deleting", "create-failed"].includes(status)) return
      if (yield* isYoung(cache, daysBefore(now, lookbackDays))) return tooYoung
      if (cache.type !== "elasticache:serverlesscache" && cache.unread !== undefined) return unknown(cache.unread)
      if (status !== "available") return unknown(`it is ${status} at the moment`)
      if (engine === "") return unknown("ElastiCache does not tell its engine")
      if (cache.type === "elasticache:serverlesscache") return yield* ofServerless(cache)
      const { clusters, nodeType } = cache
      const isMemcached = elasticache.isMemcached(cache)
      const calm = clusters.filter(({ arn }) => load.settles(arn))
      if (calm.length > 0 && calm.length === clusters.length) return
      const loads = calm.length === 0 ? load : yield* need(yield* ask(elasticache.loadOfSome(lookbackDays), cache))
      const pointsOf = (spec: SeriesSpec) => full(loads.points(spec))

      /** The days of a series; not known where there are too few to be short on. */
      const daysOf = (
        spec: SeriesSpec,
        values: (points: ReadonlyArray<Point>) => ReadonlyArray<number>
      ): Reading<ReadonlyArray<number>> => {
        const days = map(pointsOf(spec), values)
        return days.known && days.value.length < sustainedDays
          ? notKnown(`CloudWatch has its metrics of ${days.value.length} days, and ${sustainedDays} are needed`)
          : days
      }
      const most = new Map<Measure, number>()
      const short = new Set<Measure>()
      const untold = new Map<Measure, Reading<unknown>>()
      let days = Number.POSITIVE_INFINITY
      for (const cluster of clusters) {
        const size = compute.sizes(cluster.nodeType)?.current
        if (size === undefined && isMemcached) return unknown(`it is not known here how large ${cluster.nodeType} is`)
        const specs = elasticache.loadSeries(cluster, lookbackDays)
        const percentOfMemory = (value: number) =>
          isMemcached ? (value / bytesPerGib / (size?.memoryGib ?? Number.POSITIVE_INFINITY)) * 100 : value
        const measured: ReadonlyArray<readonly [Measure, Reading<ReadonlyArray<number>>, limit: number]> = [
          ["cpu", daysOf(specs.cpu, p95ByDay), isMemcached ? hostLimit : engineCpuP95Min],
          ...(specs.host === undefined
            ? []
            : [["host", daysOf(specs.host, p95ByDay), hostPercent(hostLimit, cache, size?.vcpu ?? 2)] as const]),
          ["memory", daysOf(specs.memory, (points) => points.map(({ value }) => percentOfMemory(value))), memoryMin],
          ["evictions", daysOf(specs.evictions, valuesOf), evictionsMin],
          ["swap", daysOf(specs.swap, (points) => points.map(({ value }) => value / bytesPerMib)), swapMinMb],
          ["connections", daysOf(specs.connections, valuesOf), manyConnections]
        ]
        for (const [measure, values, limit] of measured) {
          if (!values.known) {
            untold.set(measure, values)
            continue
          }
          days = Math.min(days, values.value.length)
          if (isSustained(values.value, limit)) short.add(measure)
          const isCpu = measure === "cpu" || measure === "host"
          const largest = isCpu ? percentileOf(values.value, 95) : Math.max(...values.value)
          most.set(measure, Math.max(most.get(measure) ?? 0, largest))
        }
      }
      if (clusters.length === 0) return unknown("ElastiCache lists none of its nodes")

      if (short.delete("host")) short.add("cpu")
      const reasons = (["cpu", "memory", "evictions", "swap", "connections"] as const).filter((one) => short.has(one))
      const [first, ...others] = reasons
      // What throws out the old to make room for the new is a cache as it should be, as long as it is not full.
      const isOnlyEvicting = reasons.every((reason) => reason === "evictions")
      if (first === undefined) {
        for (const reading of untold.values()) yield* need(reading)
        return
      }
      const untoldMemory = untold.get("memory")
      if (isOnlyEvicting && untoldMemory !== undefined) yield* need(untoldMemory)

      const strain = yield* ask(elasticache.strain(lookbackDays), cache)
      const asked = clusters.map((cluster) => elasticache.strainSeries(cluster, lookbackDays))
      const told = (specs: ReadonlyArray<SeriesSpec>): ReadonlyArray<number> =>
        specs.flatMap((spec) => {
          const points = strain.known ? strain.value.points(spec) : strain
          return points.known ? points.value.map(({ value }) => value) : []
        })
      const shown = (measure: Measure, digits: (value: number) => number): number | null => {
        const value = most.get(measure)
        return value === undefined ? null : digits(value)
      }
      const exceeded = told(asked.flatMap((series) => series.exceeded))
      const lag = told(asked.flatMap((series) => series.lag ?? []))
      const severity: Severity = isOnlyEvicting
        ? "info"
        : short.has("swap") || short.has("connections") || (short.has("evictions") && short.has("memory"))
          ? "high"
          : "medium"
      return hygiene({
        reason: [first, ...others],
        severity,
        evidence: {
          engine,
          nodeType,
          nodes: cache.nodes,
          shards: cache.shards,
          days,
          cpuP95Percent: shown("cpu", oneDecimal),
          hostCpuP95Percent: shown("host", oneDecimal),
          memoryPeakPercent: shown("memory", oneDecimal),
          mostEvictionsADay: shown("evictions", Math.round),
          mostSwapMb: shown("swap", oneDecimal),
          mostConnections: shown("connections", Math.round),
          packetsOverBandwidth: exceeded.length === 0 ? null : Math.round(exceeded.reduce((sum, one) => sum + one, 0)),
          longestReplicationLagSeconds: lag.length === 0 ? null : oneDecimal(Math.max(...lag))
        },
        note: "More room costs more; being short of it costs whatever stands behind the cache."
      })
    }
  }
})
