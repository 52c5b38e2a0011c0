import { bytesPerGib } from "../../core/bytes.ts"
import { oneDecimal } from "../../core/round.ts"
import type { SavingsTerm } from "../../core/finding/Finding.ts"
import { sum, term } from "../../core/finding/savings.ts"
import { multiAzFactor } from "../../core/pricing/amounts.ts"
import { placeOf } from "../../core/pricing/PricePlace.ts"
import { rdsEngineOf } from "../../core/pricing/rdsEngine.ts"
import { all, map, type Reading } from "../../core/Reading.ts"
import { daysBefore, hoursPerMonth, startOfUtcDay } from "../../core/time.ts"
import * as rds from "../../datasets/aws/rds.ts"
import { percentileOf } from "../../datasets/metrics/MetricSeries.ts"
import { maxDays } from "../../datasets/metrics/SeriesReader.ts"
import { ask, askAll, defineScan, hygiene, money, need, notice, Setting, tooYoung, unknown } from "../Scan.ts"
import { isYoung } from "../shared/age.ts"
import { nextSmaller, projected } from "../shared/rightsizing.ts"

type Instance = rds.DatabaseInstance

/** Full days of CPU without which nothing is said. */
const leastDays = 14

/** Room that is left above the use of a serverless database. */
const headroom = 1.3

/**
 * IOPS that gp3 storage includes: four times as many where it is striped, which that of SQL Server never is. Source: RDS user guide, "gp3
 * storage"; shared/pricing services.json, rds.gp3IopsMonth_singleAz.
 */
const includedIops = ({ allocatedGb, engine }: Instance): number =>
  !engine.startsWith("sqlserver-") && allocatedGb >= (engine.startsWith("oracle-") ? 200 : 400) ? 12_000 : 3_000

/** Whether an ARN stands where an id of the same region would. */
const isElsewhere = (replicaOf: string | undefined): boolean => replicaOf?.startsWith("arn:") === true

export default defineScan({
  title: "Idle and oversized RDS databases",
  words: "database rightsizing, no connections, Aurora readers",
  why: "A database is billed by the hour for the class that it has, whether or not anybody connects to it.",
  fix: "Take a final snapshot and delete what is idle, after asking whose it is. Give what is oversized the smaller class in its maintenance window, the members of a cluster together.",
  docs: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.DBInstance.Modifying.html",
  leavesOut: [
    "what Compute Optimizer recommends for databases: get_cost_optimization_rds has it.",
    "throughput of gp3 storage beyond what is included: no price is known of it."
  ],
  scope: "regional",
  settings: {
    lookbackDays: Setting.days(30, "Days of metrics that are judged", { minimum: leastDays, maximum: maxDays }),
    cpuP95Max: Setting.percent(20, "A database is oversized up to this 95th percentile of its CPU"),
    freeableMemoryMinPct: Setting.percent(50, "And with at least so much of its memory free"),
    idleDays: Setting.days(7, "Days without a connection after which a database is idle", { maximum: 60 }),
    cpuMaxCap: Setting.percent(40, "And up to this maximum of its CPU")
  },
  reads: ({ idleDays, lookbackDays }) => ({
    instances: rds.instances,
    clusters: rds.clusters,
    use: rds.use(lookbackDays, idleDays)
  }),
  subject: "instances",
  probes: ({ lookbackDays }) => ({
    size: rds.size(lookbackDays),
    capacity: rds.capacity(lookbackDays),
    orderable: rds.orderable
  }),
  prices: ["rds", "sizes"],
  reasons: {
    idle: "Nobody has connected to it.",
    idle_reader: "Nobody has connected to this replica, and another one is left.",
    standby: "Nobody connects to it, and it is there to take over.",
    oversized: "The next smaller class would hold what its CPU and its memory do.",
    minimum_capacity: "Its minimum capacity is more than it has needed.",
    stopped: "It is stopped: its storage is billed, and RDS starts it again after seven days."
  },

  judge: ({ clusters, instances, use }, { compute, now, price, scope, settings }) => {
    const { cpuMaxCap, cpuP95Max, freeableMemoryMinPct, idleDays, lookbackDays } = settings
    const clusterOf = clusters.by(({ id }) => id)
    const membersOf = instances.by(({ clusterId }) => clusterId)
    const replicasOf = instances.by(({ clusterId, replicaOf }) => (clusterId === undefined ? replicaOf : undefined))
    const byId = instances.by(({ id }) => id)
    const today = startOfUtcDay(now)

    /** The most connections at once in the days that decide; undefined where none was seen and days are missing. */
    const connectionsOf = (instance: Instance): Reading<number | undefined> =>
      map(use.points(rds.useSeries(instance, lookbackDays, idleDays).connections), (points) => {
        const most = Math.max(0, ...points.map(({ value }) => value))
        return most > 0 || points.filter(({ at }) => at < today).length >= idleDays ? most : undefined
      })

    const cpuOf = (instance: Instance) => use.points(rds.useSeries(instance, lookbackDays, idleDays).cpu)

    const hourPrice = (instance: Instance, cluster: rds.DatabaseCluster | undefined, type = instance.instanceClass) =>
      compute.rds(
        type,
        rdsEngineOf(instance.engine, instance.licenseModel),
        cluster !== undefined ? "multi-az-cluster" : instance.multiAz ? "multi-az" : "single",
        placeOf(scope.region, instance.availabilityZone),
        { ioOptimized: cluster?.storageType === "aurora-iopt1" }
      )

    /** Its own storage, where a price is known for its type, and the snapshot that is left of it. */
    const storageTerms = (instance: Instance): ReadonlyArray<SavingsTerm> => {
      const { allocatedGb, iops = 0, multiAz, storageType } = instance
      const copies = multiAz ? multiAzFactor : 1
      const gigabytes = allocatedGb * copies
      const extraIops = storageType === "gp3" ? Math.max(0, iops - includedIops(instance)) * copies : 0
      const own =
        storageType === "gp2" || storageType === "gp3"
          ? [
              term(`${storageType} storage`, gigabytes, "GB", price("rds.storageGpGBMonth_singleAz")),
              ...(extraIops === 0
                ? []
                : [term("IOPS beyond those included", extraIops, "IOPS", price("rds.gp3IopsMonth_singleAz"))])
            ]
          : storageType === "io1"
            ? [
                term("io1 storage", gigabytes, "GB", price("rds.storageIo1GBMonth_singleAz")),
                term("IOPS", iops * copies, "IOPS", price("rds.iopsIo1Month_singleAz"))
              ]
            : storageType === "standard"
              ? [term("magnetic storage", gigabytes, "GB", price("rds.storageMagneticGBMonth_singleAz"))]
              : []
      return own.length === 0 ? [] : [...own, term("final snapshot", -allocatedGb, "GB", price("rds.backupGBMonth"))]
    }

    return function* (instance) {
      const { availabilityZone, chosenVcpu, clusterId, engine, id, instanceClass, replicaOf, status } = instance
      if (rds.isOtherService(instance) || engine.startsWith("custom-") || status === "deleting") return
      const described = {
        engine,
        version: instance.engineVersion,
        class: instanceClass,
        multiAz: instance.multiAz,
        cluster: clusterId ?? "none",
        replicaOf: replicaOf ?? "none",
        replicas: [...instance.replicaIds].sort(),
        storage: clusterId === undefined ? `${instance.allocatedGb} GB ${instance.storageType}` : "its cluster's"
      }
      if (status === "stopped") {
        return hygiene({
          reason: "stopped",
          severity: "info",
          evidence: { ...described, days: null },
          note: "Its instance costs nothing while it is stopped; its storage and snapshots do."
        })
      }
      if (yield* isYoung(instance, daysBefore(now, lookbackDays))) return tooYoung
      if (!rds.isMeasured(instance)) return unknown(`it is ${status} at the moment`)
      if (clusterId === undefined && instance.storageType === "") {
        return unknown("RDS does not tell the type of its storage")
      }

      const cluster = clusterId === undefined ? undefined : yield* need(clusterOf.get(clusterId))
      if (clusterId !== undefined && cluster === undefined) return unknown(`RDS does not list its cluster ${clusterId}`)
      const members = clusterId === undefined ? [] : yield* need(membersOf.all(clusterId))
      const measured = members.filter(rds.isMeasured)
      const isAurora = rds.isAurora(instance)

      const connections = yield* need(connectionsOf(instance))
      if (connections === undefined) return unknown(`CloudWatch has its connections of fewer than ${idleDays} days`)
      const days = (yield* need(cpuOf(instance))).filter(({ at }) => at < today)
      const cpuP95 = percentileOf(
        days.map(({ value }) => value),
        95
      )
      const evidence = {
        ...described,
        days: days.length,
        cpuP95Percent: days.length === 0 ? null : oneDecimal(cpuP95),
        mostConnections: Math.round(connections)
      }

      /** Whether its class is larger than its use, and that of the members that change with it. */
      const sizeOf = function* () {
        if (days.length < leastDays) {
          return unknown(`CloudWatch has its CPU of ${days.length} days, and ${leastDays} are needed`)
        }
        if (cpuP95 > cpuP95Max) return

        if (instanceClass === "db.serverless") {
          const units = cluster?.capacity
          // It pauses.
          if (units?.minimum === 0) return
          // Its CPU is in percent of its maximum capacity. Source: Aurora user guide, "Performance and scaling for Aurora Serverless v2".
          if (units === undefined || headroom * (cpuP95 / 100) * units.maximum > units.minimum / 2) return
          const series = yield* need(yield* ask(rds.capacity(lookbackDays), instance))
          const most = yield* need(series.percentile(rds.capacitySeries(instance, lookbackDays).maximum, 95))
          if (most > units.minimum) return
          return notice({
            reason: "minimum_capacity",
            severity: "info",
            confidence: "low",
            evidence: {
              ...evidence,
              target: "a lower minimum",
              minimumUnits: units.minimum,
              maximumUnits: units.maximum
            },
            note: "Whether a lower minimum is enough depends on the memory that its buffers need, so that no saving is claimed."
          })
        }

        if (instance.pendingClass !== undefined) return
        if (chosenVcpu !== undefined)
          return unknown("its cores and threads were chosen, so that its class does not tell its size")
        const sizes = compute.sizes(instanceClass)
        if (sizes === undefined) return unknown(`it is not known here which classes there are beside ${instanceClass}`)
        // Whoever may take over has to be as large as the writer, so that members of one class change together.
        const peers =
          clusterId === undefined ? [instance] : members.filter((one) => one.instanceClass === instanceClass)
        if (!peers.every(rds.isMeasured)) return unknown("not all members of its cluster are available at the moment")
        const cpus = yield* need(all(peers.map(cpuOf)))
        const p95s = cpus.map((points) =>
          percentileOf(
            points.map(({ value }) => value),
            95
          )
        )
        if (!p95s.every((p95) => p95 <= cpuP95Max)) return
        const details = yield* need(all(yield* askAll(rds.size(lookbackDays), peers)))
        const specs = peers.map((peer) => rds.sizeSeries(peer, lookbackDays))
        let [maximum, mean, memoryPeak] = [0, 0, 0]
        const { current } = sizes
        for (const [at, detail] of details.entries()) {
          const spec = specs[at]
          if (spec === undefined) continue
          maximum = Math.max(maximum, yield* need(detail.peak(spec.cpuMaximum)))
          if (maximum > cpuMaxCap) return
          mean = Math.max(mean, yield* need(detail.mean(spec.cpuMean)))
          const free = yield* need(detail.points(spec.memory))
          if (free.length === 0) return unknown("CloudWatch has nothing of its memory")
          const leastFree = Math.min(...free.map(({ value }) => value)) / bytesPerGib
          memoryPeak = Math.max(memoryPeak, 100 * (1 - leastFree / current.memoryGib))
        }
        if (memoryPeak > 100 - freeableMemoryMinPct) return
        // The database shrinks its own caches: all that has to be free is what is lost. Source: shared/scans.md.
        const load = { cpuP95: Math.max(...p95s), cpuMean: mean, memoryPeak, mostMemoryAfter: 100 }
        const target = nextSmaller(load, current, sizes, compute.sizes)
        if (target === undefined || projected(memoryPeak, current.memoryGib, target.memoryGib) >= 100) return
        const { engineVersion } = instance
        const options = yield* need(yield* ask(rds.orderable, { engine, engineVersion, instanceClass: target.type }))
        // That a class is not offered is believed of an answer that knows the one that it has.
        if (options.length === 0) {
          const own = yield* need(yield* ask(rds.orderable, { engine, engineVersion, instanceClass }))
          if (own.length === 0)
            return unknown(
              `RDS offers no class for ${engine} ${engineVersion}, not even ${instanceClass}, which it has`
            )
        }
        const fits = options.some(
          ({ multiAz, storageType }) =>
            clusterId !== undefined || (storageType === instance.storageType && (multiAz || !instance.multiAz))
        )
        if (!fits) return

        const iops = all(
          details.flatMap((detail, at) => {
            const spec = specs[at]
            return spec === undefined ? [] : [detail.peak(spec.readIops), detail.peak(spec.writeIops)]
          })
        )
        return money({
          reason: "oversized",
          savings: sum("rightsize", [
            term(instanceClass, hoursPerMonth, "hour", hourPrice(instance, cluster)),
            term(`${target.type} instead`, -hoursPerMonth, "hour", hourPrice(instance, cluster, target.type))
          ]),
          evidence: {
            ...evidence,
            target: target.type,
            together: peers.map((peer) => peer.id).sort(),
            cpuMaximumPercent: oneDecimal(maximum),
            memoryUsedPercent: oneDecimal(memoryPeak),
            mostIops: iops.known ? Math.round(Math.max(...iops.value)) : null
          }
        })
      }

      if (connections === 0) {
        const storage = clusterId === undefined ? storageTerms(instance) : []
        const idle = (reason: "idle" | "idle_reader") =>
          money({
            reason,
            savings: sum(
              "delete",
              [term(instanceClass, hoursPerMonth, "hour", hourPrice(instance, cluster)), ...storage],
              {
                // What the storage alone would save is part of it.
                ...(clusterId === undefined ? { covers: [`${instance.arn}#storage`] } : {}),
                note:
                  clusterId !== undefined
                    ? "The instance alone, without the storage of its cluster."
                    : storage.length === 0
                      ? `The instance alone: no price is known for ${instance.storageType} storage.`
                      : "Instance and storage, less a final snapshot."
              }
            ),
            evidence: { ...evidence, target: "none", idleDays }
          })
        const standby = () =>
          notice({
            reason: "standby",
            severity: "info",
            evidence: { ...evidence, target: "none", idleDays },
            note: "It would take over if the others failed, so that no saving is claimed."
          })
        if (isElsewhere(replicaOf) || cluster?.globalId !== undefined || cluster?.replicaOf !== undefined) {
          return standby()
        }
        if (cluster !== undefined) {
          const each = yield* need(all(measured.map(connectionsOf)))
          const isAllIdle = measured.length === members.length && each.every((most) => most === 0)
          if (isAllIdle) return instanceClass === "db.serverless" ? yield* sizeOf() : idle("idle")
        }
        // Whoever takes over has to be in another zone than the writer, and one of those that could has to stay.
        const writerId = cluster?.members.find(({ writer }) => writer)?.id ?? replicaOf
        const isReader = cluster === undefined ? replicaOf !== undefined : isAurora && writerId !== id
        if (isReader) {
          const siblings =
            cluster === undefined
              ? (yield* need(replicasOf.all(replicaOf))).filter(rds.isMeasured)
              : measured.filter((one) => one.id !== writerId)
          const writer = yield* need(byId.get(writerId))
          const others = siblings.filter((one) => one.availabilityZone !== writer?.availabilityZone)
          const used = yield* need(all(others.map(connectionsOf)))
          const busy = others.filter((_, at) => used[at] !== 0)
          const first = others.map((one) => one.id).sort()[0]
          const kept = busy.length > 0 ? busy.map((one) => one.id) : first === undefined ? [] : [first]
          const isLeft = availabilityZone !== undefined && writer !== undefined && kept.some((other) => other !== id)
          if (isLeft && !kept.includes(id) && instanceClass !== "db.serverless") return idle("idle_reader")
          if (cluster === undefined || instanceClass === "db.serverless") return standby()
          // It stays to take over, as large as the writer: where they are too large, it is resized with them.
          const resized = yield* sizeOf()
          return resized?.verdict === "flag" ? resized : standby()
        }
        if (cluster === undefined && instance.replicaIds.length === 0) return idle("idle")
      }

      return yield* sizeOf()
    }
  }
})
