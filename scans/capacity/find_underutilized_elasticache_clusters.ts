import { bytesPerGib, bytesPerMib } from "../../core/bytes.ts"
import { oneDecimal } from "../../core/round.ts"
import { sum, term } from "../../core/finding/savings.ts"
import type { CacheEngine } from "../../core/pricing/ComputePrices.ts"
import { placeOf } from "../../core/pricing/PricePlace.ts"
import type { InstanceSize } from "../../core/pricing/sizes.ts"
import { all, map, type Reading } from "../../core/Reading.ts"
import { daysBefore, hoursPerMonth, startOfUtcDay } from "../../core/time.ts"
import { maxHourlyDays } from "../../datasets/metrics/SeriesReader.ts"
import * as elasticache from "../../datasets/aws/elasticache.ts"
import { percentileOf, type Point } from "../../datasets/metrics/MetricSeries.ts"
import { ask, defineScan, money, need, notice, Setting, tooYoung, unknown } from "../Scan.ts"
import { isYoung } from "../shared/age.ts"
import { hostPercent } from "../shared/cacheCpu.ts"
import { baselineOf, mostCpuAfter, projected } from "../shared/rightsizing.ts"

/** Full days of metrics without which nothing is said. */
const leastDays = 14

/** Share of the days on which the CPU of what is idle has to stay low and its requests have to be told: patches and failovers are no use. */
const mostDays = 0.9

/** Percent of its memory for data that a smaller node may have to give at the peak. Source: shared/scans-amendments.md. */
const mostMemoryAfter = 75

/** MB of swap that mean no shortage. Source: ElastiCache user guide, "Which metrics should I monitor?". */
const harmlessSwapMb = 50

/** GB that a serverless cache is billed for at least. Source: AWS database blog, "Unlock on-demand … ElastiCache Serverless" (1 GB); ElastiCache pricing page (100 MB for Valkey). */
const leastBilledGb: Readonly<Record<CacheEngine, number>> = { valkey: 0.1, redis: 1, memcached: 1 }

const engines: ReadonlyArray<CacheEngine> = ["redis", "valkey", "memcached"]

/** The largest value of each UTC day that has one. */
const byDay = (points: ReadonlyArray<Point>): ReadonlyArray<number> =>
  [...Map.groupBy(points, ({ at }) => startOfUtcDay(at).getTime()).values()].map((day) =>
    day.reduce((most, { value }) => Math.max(most, value), 0)
  )

export default defineScan({
  title: "Idle and oversized ElastiCache caches",
  words: "Redis, Valkey, Memcached rightsizing",
  why: "A cache is billed by the hour for every node that it has, whether or not anybody asks it, and whatever it holds. A serverless one is billed for a least amount of data, also when it is empty.",
  fix: "Delete what is idle, after asking whose it is. Scale oversized Redis OSS and Valkey down in place, outside of busy hours; Memcached starts empty on its new nodes.",
  docs: "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Scaling.html",
  leavesOut: [
    "what a serverless cache costs that is used: it is billed by its use. An idle one is unknown where CloudWatch publishes no zeros of its ECPUs and commands: AWS does not say whether it does.",
    "what the least data and ECPUs cost that a serverless cache is prepared for: whether they are billed unused was not found out. Nor is it looked up whether a Database Savings Plan covers a serverless Valkey cache."
  ],
  scope: "regional",
  settings: {
    lookbackDays: Setting.days(30, "Days of metrics that are judged", { minimum: leastDays, maximum: maxHourlyDays }),
    engineCpuMax: Setting.percent(20, "A cache is oversized up to this maximum of its CPU"),
    memoryMaxCap: Setting.percent(35, "And up to this peak of its memory for data"),
    idleConnections: Setting.count(6, "Connections to a node up to which only AWS itself may have connected")
  },
  reads: ({ engineCpuMax, lookbackDays }) => ({
    caches: elasticache.allCaches,
    ecpus: elasticache.ecpus(lookbackDays),
    cpu: elasticache.cpu(lookbackDays, {
      leastDays,
      percent: engineCpuMax,
      // More than the one of ten that may be busy.
      busyDays: Math.floor(lookbackDays / 10) + 1
    })
  }),
  subject: "caches",
  probes: ({ lookbackDays }) => ({
    use: elasticache.use(lookbackDays),
    serverlessUse: elasticache.serverlessUse(lookbackDays),
    smallerNodes: elasticache.smallerNodes
  }),
  prices: ["elasticache", "sizes"],
  reasons: {
    idle: "Nobody has asked it for anything.",
    standby: "Nobody asks it, and it is there to take over from another region.",
    oversized: "The next smaller node would hold what it keeps, at the CPU that it needs."
  },

  judge: ({ cpu, ecpus }, { compute, now, price, scope, settings }) => {
    const { engineCpuMax, idleConnections, lookbackDays, memoryMaxCap } = settings
    const today = startOfUtcDay(now)
    const full = (reading: Reading<ReadonlyArray<Point>>): Reading<ReadonlyArray<Point>> =>
      map(reading, (points) => points.filter(({ at }) => at < today))

    /** A serverless cache that nobody asks: used ones are billed by their use. */
    function* ofServerless(cache: elasticache.ServerlessCache, engine: CacheEngine) {
      if (ecpus.settles(cache.arn)) return
      const units = yield* need(full(ecpus.points(elasticache.ecpuSeries(cache, lookbackDays))))
      if (units.some(({ value }) => value > 0)) return
      const series = elasticache.serverlessUseSeries(cache, lookbackDays)
      const use = yield* need(yield* ask(elasticache.serverlessUse(lookbackDays), cache))
      const commands = yield* need(full(use.points(series.commands)))
      if (commands.some(({ value }) => value > 0)) return
      const told = Math.min(units.length, commands.length)
      if (told < mostDays * lookbackDays) {
        return unknown(`CloudWatch has its ECPUs and commands of ${told} of the ${lookbackDays} days`)
      }
      const storedGb = (yield* need(use.mean(series.bytes))) / bytesPerGib
      const connections = use.peak(series.connections)
      const billedGb = Math.max(storedGb, leastBilledGb[engine])
      const { leastEcpus, leastGb } = cache
      return money({
        reason: "idle",
        confidence: connections.known && connections.value === 0 ? "high" : "medium",
        savings: sum(
          "delete",
          [
            term(
              "stored data",
              billedGb * hoursPerMonth,
              "GB-hour",
              // Memcached costs what Redis OSS does. Source: ElastiCache pricing page.
              price(engine === "valkey" ? "elasticache.serverlessValkeyGBHour" : "elasticache.serverlessRedisGBHour")
            )
          ],
          {
            note:
              `${storedGb < billedGb ? "The least amount of data that is billed" : "The data that it holds"}.` +
              (leastGb === undefined && leastEcpus === undefined ? "" : " What it is prepared for is not priced here.")
          }
        ),
        evidence: {
          engine,
          engineVersion: cache.engineVersion,
          nodeType: "serverless",
          days: told,
          storedGb: Math.round(storedGb * 1000) / 1000,
          billedGb: Math.round(billedGb * 1000) / 1000,
          leastGb: leastGb ?? "none",
          leastEcpusPerSecond: leastEcpus ?? "none",
          mostConnections: connections.known ? Math.round(connections.value) : null,
          requests: 0,
          target: "none"
        }
      })
    }

    return function* (cache) {
      const { engine, status } = cache
      if (["deleting", "create-failed"].includes(status)) return
      if (yield* isYoung(cache, daysBefore(now, lookbackDays))) return tooYoung
      if (cache.type !== "elasticache:serverlesscache" && cache.unread !== undefined) return unknown(cache.unread)
      if (status !== "available") return unknown(`it is ${status} at the moment`)
      const priced = engines.find((known) => known === engine)
      if (priced === undefined) return unknown("ElastiCache does not tell its engine")
      if (cache.type === "elasticache:serverlesscache") return yield* ofServerless(cache, priced)
      const { clusters, dataTiering, globalRole, nodes, nodeType } = cache
      if (clusters.some((cluster) => cluster.nodeType !== nodeType)) return unknown("its nodes are of different types")

      const days: Array<ReadonlyArray<number>> = []
      for (const cluster of clusters) {
        if (cpu.settles(cluster.arn)) return
        const own = byDay(yield* need(full(cpu.points(elasticache.cpuSeries(cluster, lookbackDays)))))
        if (own.length < leastDays) {
          return unknown(`CloudWatch has its CPU of ${own.length} days, and ${leastDays} are needed`)
        }
        if (own.filter((maximum) => maximum <= engineCpuMax).length / own.length < mostDays) return
        days.push(own)
      }
      if (days.length === 0) return unknown("ElastiCache lists none of its nodes")

      const use = yield* need(yield* ask(elasticache.use(lookbackDays), cache))
      const specs = clusters.map((cluster) => elasticache.useSeries(cluster, lookbackDays))
      const peakOf = (of: (series: (typeof specs)[number]) => (typeof specs)[number]["memory"]) =>
        map(all(specs.map((series) => use.peak(of(series)))), (peaks) => Math.max(...peaks))
      const connections = yield* need(peakOf((series) => series.connections))
      const gets = yield* need(all(specs.flatMap((series) => series.gets.map((spec) => use.total(spec)))))
      const requests = gets.reduce((total, one) => total + one, 0)
      const sizes = compute.sizes(nodeType)
      const isMemcached = elasticache.isMemcached(cache)
      const memory = map(
        peakOf((series) => series.memory),
        (peak) =>
          !isMemcached ? peak : sizes === undefined ? undefined : (peak / (sizes.current.memoryGib * bytesPerGib)) * 100
      )
      const shownPercent = memory.known ? memory.value : undefined

      const members = elasticache.membersOf(cache)
      const covering = members.length === 0 ? {} : { covers: members }
      const place = placeOf(scope.region)
      const hours = nodes * hoursPerMonth
      const evidence = {
        engine,
        nodeType,
        nodes,
        shards: cache.shards,
        multiAz: cache.multiAz,
        days: Math.min(...days.map((own) => own.length)),
        cpuMaximumPercent: oneDecimal(Math.max(...days.flat())),
        memoryPeakPercent: shownPercent === undefined ? null : oneDecimal(shownPercent),
        mostConnections: Math.round(connections),
        requests: Math.round(requests)
      }

      // Memcached connects to itself, twice for each of its threads, of which it has as many as vCPUs.
      const ownConnections = isMemcached ? 2 * (sizes?.current.vcpu ?? 0) : 0
      if (requests === 0 && connections <= idleConnections + ownConnections) {
        const asked = yield* need(
          all(specs.flatMap(({ connections, gets }) => [connections, ...gets].map((spec) => full(use.points(spec)))))
        )
        if (asked.some((points) => points.length < mostDays * lookbackDays)) {
          return unknown(`CloudWatch has its requests of too few of the ${lookbackDays} days`)
        }
        if (globalRole === "secondary") {
          return notice({
            reason: "standby",
            severity: "info",
            evidence: { ...evidence, target: "none" },
            note: "It would take over if the other region of its global datastore failed, so that no saving is claimed."
          })
        }
        return money({
          reason: "idle",
          savings: sum("delete", [term(nodeType, hours, "node-hour", compute.cache(nodeType, priced, place))], {
            note: "All its nodes.",
            ...covering
          }),
          evidence: { ...evidence, target: "none" }
        })
      }

      const memoryPercent = yield* need(memory)
      if (sizes === undefined || memoryPercent === undefined) {
        return unknown(`it is not known here which nodes there are beside ${nodeType}`)
      }
      if (days.flat().some((maximum) => maximum > engineCpuMax) || memoryPercent > memoryMaxCap) return
      if (dataTiering) return unknown("it keeps data on disk too, and that use is not read here")
      if (globalRole !== undefined)
        return unknown("it is sized together with the other regions of its global datastore")
      const evictions = yield* need(all(specs.map((series) => use.total(series.evictions))))
      if (evictions.some((evicted) => evicted > 0)) return
      if ((yield* need(peakOf((series) => series.swap))) / bytesPerMib >= harmlessSwapMb) return

      const { current } = sizes
      const [target] = sizes.smaller
      if (target === undefined) return
      if (projected(memoryPercent, current.memoryGib, target.memoryGib) > mostMemoryAfter) return
      const host = yield* need(all(specs.map((series) => full(use.points(series.host)))))
      // The engine's core is as fast in the smaller node: without any CPU of the nodes, that it is hardly used is enough.
      const isHostTold = host.some((points) => points.length > 0)
      if ((isHostTold || isBurstable(target)) && host.some((points) => points.length < leastDays)) {
        return unknown("CloudWatch has too little of its nodes' CPU")
      }
      const hostP95 = Math.max(
        ...host.map((points) =>
          percentileOf(
            points.map(({ value }) => value),
            95
          )
        )
      )
      if (isHostTold) {
        if (projected(hostP95, current.vcpu, target.vcpu) > hostPercent(mostCpuAfter, cache, target.vcpu)) return
        const means = yield* need(all(specs.map((series) => use.mean(series.hostMean))))
        if (!earnsIt(target, projected(Math.max(...means), current.vcpu, target.vcpu))) return
      }
      // Memcached is not asked: what it holds is lost by any change of its nodes, so that a new cluster is as good.
      if (!isMemcached && !(yield* need(yield* ask(elasticache.smallerNodes, cache))).includes(target.type)) return

      return money({
        reason: "oversized",
        savings: sum(
          "rightsize",
          [
            term(nodeType, hours, "node-hour", compute.cache(nodeType, priced, place)),
            term(`${target.type} instead`, -hours, "node-hour", compute.cache(target.type, priced, place))
          ],
          covering
        ),
        evidence: {
          ...evidence,
          target: target.type,
          memoryAfterPercent: oneDecimal(projected(memoryPercent, current.memoryGib, target.memoryGib)),
          hostCpuP95Percent: isHostTold ? oneDecimal(hostP95) : null
        }
      })
    }
  }
})

const isBurstable = ({ family }: InstanceSize): boolean => /^t\d/.test(family)

/** Whether a burstable node earns the credits that such a mean use spends; others need none. */
const earnsIt = (target: InstanceSize, meanPercent: number): boolean => {
  if (!isBurstable(target)) return true
  const baseline = baselineOf(target)
  return baseline !== undefined && meanPercent <= baseline
}
