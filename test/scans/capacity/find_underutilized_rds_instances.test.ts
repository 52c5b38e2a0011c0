import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { loadComputePrices } from "../../../core/pricing/ComputePrices.ts"
import type { DatabaseCluster, DatabaseInstance, OrderableOption } from "../../../datasets/aws/rds.ts"
import type { SeriesSpec } from "../../../datasets/metrics/SeriesSpec.ts"
import scan from "../../../scans/capacity/find_underutilized_rds_instances.ts"
import { daysAgo } from "../../datasets/harness.ts"
import { gap, judge, series, silent } from "../harness.ts"

const compute = await Effect.runPromise(loadComputePrices(["rds", "sizes"]))
const hour = (type: string) => {
  const { usd } = compute.rds(type, "postgres", "single", { region: "eu-west-1", apart: undefined })
  if (usd === null) throw new Error(`${type} has no price`)
  return usd
}
const cents = (usd: number) => Math.round(usd * 100) / 100

const instance = (more: Partial<DatabaseInstance> = {}, id = "orders"): DatabaseInstance => ({
  arn: `arn:aws:rds:eu-west-1:111111111111:db:${id}`,
  id,
  resourceId: "db-A",
  engine: "postgres",
  engineVersion: "16.10",
  instanceClass: "db.m6g.xlarge",
  status: "available",
  createdAt: daysAgo(400),
  multiAz: false,
  availabilityZone: "eu-west-1a",
  storageType: "gp3",
  allocatedGb: 100,
  maxAllocatedGb: undefined,
  iops: undefined,
  throughputMbPerSecond: undefined,
  licenseModel: "postgresql-license",
  chosenVcpu: undefined,
  pendingClass: undefined,
  pendingVersion: undefined,
  insights: false,
  insightsMode: undefined,
  insightsDays: undefined,
  clusterId: undefined,
  replicaOf: undefined,
  replicaIds: [],
  encryption: "sse-kms",
  kmsKeyArn: undefined,
  lifecycleSupport: undefined,
  autoMinorUpgrade: true,
  publiclyAccessible: false,
  port: 5432,
  securityGroupIds: [],
  tags: {},
  ...more
})

const cluster = (members: ReadonlyArray<DatabaseInstance>, more: Partial<DatabaseCluster> = {}): DatabaseCluster =>
  ({
    arn: "arn:aws:rds:eu-west-1:111111111111:cluster:shop",
    id: "shop",
    engine: "aurora-postgresql",
    storageType: "aurora",
    status: "available",
    members: members.map(({ id }, at) => ({ id, writer: at === 0 })),
    globalId: undefined,
    replicaOf: undefined,
    replicaIds: [],
    capacity: undefined,
    ...more
  }) as DatabaseCluster

const aurora = (id: string, zone: string, more: Partial<DatabaseInstance> = {}) =>
  instance({ engine: "aurora-postgresql", clusterId: "shop", availabilityZone: `eu-west-1${zone}`, ...more }, id)

const each = (value: number, days = 31): ReadonlyArray<number> => Array.from({ length: days }, () => value)

type Metrics = Readonly<Record<string, ReadonlyArray<number> | undefined>>

const gib = 2 ** 30

/** Quiet: 10 % of its CPU, and 12 of 16 GiB free. By metric and statistic, of one database by its id before it. */
const quiet: Metrics = {
  "CPUUtilization p95": each(10),
  "CPUUtilization Maximum": each(25),
  "CPUUtilization Average": each(5),
  "DatabaseConnections Maximum": each(12, 8),
  "FreeableMemory Minimum": each(12 * gib),
  "ReadIOPS Maximum": each(300),
  "WriteIOPS Maximum": each(200)
}
const idle: Metrics = { ...quiet, "DatabaseConnections Maximum": each(0, 8) }

const seriesOf = (metrics: Metrics) =>
  series(({ dimensions, metric, statistic }: SeriesSpec) => {
    const own = `${dimensions["DBInstanceIdentifier"]} ${metric} ${statistic}`
    return own in metrics ? metrics[own] : (metrics[`${metric} ${statistic}`] ?? [])
  })

interface Options {
  readonly metrics?: Metrics
  readonly clusters?: unknown
  readonly use?: typeof silent
  readonly size?: typeof silent | undefined
  readonly capacity?: typeof silent | undefined
  readonly options?: ReadonlyArray<OrderableOption> | ((type: string) => ReadonlyArray<OrderableOption>) | undefined
  readonly settings?: Readonly<Record<string, number>>
  readonly prices?: object
}

const prices = {
  "rds.storageGpGBMonth_singleAz": 0.127,
  "rds.storageIo1GBMonth_singleAz": 0.138,
  "rds.iopsIo1Month_singleAz": 0.11,
  "rds.gp3IopsMonth_singleAz": 0.02,
  "rds.storageMagneticGBMonth_singleAz": 0.11,
  "rds.backupGBMonth": 0.095
}

const run = (instances: unknown, options: Options = {}) => {
  const own = seriesOf(options.metrics ?? quiet)
  return judge(
    scan,
    { instances, clusters: options.clusters ?? [], use: options.use ?? own },
    {
      compute,
      prices: { ...prices, ...options.prices },
      answers: {
        size: () => ("size" in options ? options.size : own),
        capacity: () => ("capacity" in options ? options.capacity : own),
        orderable: ({ instanceClass }: { instanceClass: string }) =>
          typeof options.options === "function"
            ? options.options(instanceClass)
            : "options" in options
              ? options.options
              : [{ storageType: "gp3", multiAz: true }]
      },
      ...(options.settings === undefined ? {} : { settings: options.settings })
    }
  )
}

describe("find_underutilized_rds_instances", () => {
  it("gives a quiet database the next smaller class, and prices the difference", () => {
    const { flags } = run([instance()])
    assert.deepStrictEqual(flags[0]?.reasons, ["oversized"])
    const monthlyUsd = cents((hour("db.m6g.xlarge") - hour("db.m6g.large")) * 730)
    assert.deepInclude(flags[0]?.savings, { monthlyUsd, basis: "exact", claim: "rightsize" })
    assert.isAbove(monthlyUsd, 100)
    assert.deepInclude(flags[0]?.evidence, {
      target: "db.m6g.large",
      cpuP95Percent: 10,
      cpuMaximumPercent: 25,
      memoryUsedPercent: 25,
      mostConnections: 12,
      mostIops: 300
    })
    assert.deepStrictEqual(run([instance({ multiAz: true })]).flags[0]?.savings?.monthlyUsd, cents(monthlyUsd * 2))
  })

  it("leaves alone what a smaller class would not hold, and asks for more of candidates only", () => {
    const busy = run([instance()], { metrics: { ...quiet, "CPUUtilization p95": each(21) } })
    assert.deepStrictEqual([busy.flagged, busy.asked], [[], []])
    const healthy = (metrics: Metrics, options: Options = {}) =>
      assert.deepStrictEqual(run([instance()], { ...options, metrics: { ...quiet, ...metrics } }).flagged, [])
    healthy({ "CPUUtilization Maximum": [...each(25, 20), ...each(90, 11)] })
    healthy({ "FreeableMemory Minimum": [...each(12 * gib, 30), 7 * gib] })
    // Of the 16 GiB the smaller class takes 8.
    healthy({ "FreeableMemory Minimum": each(8 * gib) })
    const halfFree = { ...quiet, "FreeableMemory Minimum": each(8.2 * gib) }
    assert.deepStrictEqual(run([instance()], { metrics: halfFree }).flagged, ["orders: oversized"])
    healthy({}, { options: (type) => (type === "db.m6g.xlarge" ? [{ storageType: "gp3", multiAz: true }] : []) })
    healthy({}, { options: [{ storageType: "io1", multiAz: true }] })
    assert.deepStrictEqual(run([instance({ instanceClass: "db.m6g.large" })]).flagged, [])
    assert.deepStrictEqual(run([instance({ pendingClass: "db.m6g.large" })]).flagged, [])
    const single = run([instance({ multiAz: true })], { options: [{ storageType: "gp3", multiAz: false }] })
    assert.deepStrictEqual(single.flagged, [])
    // One busy night a month needs the class that it has.
    healthy({ "CPUUtilization Maximum": [...each(25, 30), 40.1] })
    const capped = { ...quiet, "CPUUtilization Maximum": [...each(25, 30), 40] }
    assert.deepStrictEqual(run([instance()], { metrics: capped }).flagged, ["orders: oversized"])
  })

  it("prices an idle database with its storage, less a final snapshot", () => {
    const { asked, flags } = run([instance()], { metrics: idle })
    const monthlyUsd = cents(hour("db.m6g.xlarge") * 730 + 100 * 0.127 - 100 * 0.095)
    assert.deepInclude(flags[0]?.savings, { monthlyUsd, claim: "delete" })
    assert.deepStrictEqual([flags[0]?.reasons, asked], [["idle"], []])
    const twice = run([instance({ multiAz: true, storageType: "io1", iops: 1000 })], { metrics: idle }).flags[0]
    assert.strictEqual(
      twice?.savings?.monthlyUsd,
      cents(hour("db.m6g.xlarge") * 2 * 730 + 200 * 0.138 + 2000 * 0.11 - 100 * 0.095)
    )
    // gp3 includes 3,000 IOPS, and 12,000 where it is striped: from 400 GB on, and never that of SQL Server.
    const iopsOf = (more: Partial<DatabaseInstance>) => {
      const terms = run([instance({ storageType: "gp3", iops: 15_000, ...more })], { metrics: idle }).flags[0]?.savings
        ?.terms
      const term = terms?.find(({ unit }) => unit === "IOPS")
      return [term?.quantity, term?.monthlyUsd]
    }
    assert.deepStrictEqual(iopsOf({ allocatedGb: 400 }), [3000, 60])
    assert.deepStrictEqual(iopsOf({ allocatedGb: 400, multiAz: true }), [6000, 120])
    assert.deepStrictEqual(iopsOf({ allocatedGb: 399 }), [12_000, 240])
    assert.deepStrictEqual(iopsOf({ allocatedGb: 200, engine: "oracle-se2" }), [3000, 60])
    assert.deepStrictEqual(iopsOf({ allocatedGb: 900, engine: "sqlserver-se" }), [12_000, 240])
    assert.deepStrictEqual(iopsOf({ allocatedGb: 400, iops: 12_000 }), [undefined, undefined])
    // A type of storage without a price is left out, and so is its snapshot.
    const io2 = run([instance({ storageType: "io2" })], { metrics: idle }).flags[0]
    assert.strictEqual(io2?.savings?.monthlyUsd, cents(hour("db.m6g.xlarge") * 730))
    assert.strictEqual(io2?.savings?.note, "The instance alone: no price is known for io2 storage.")
    const magnetic = run([instance({ storageType: "standard" })], { metrics: idle }).flags[0]
    assert.strictEqual(magnetic?.savings?.monthlyUsd, cents(hour("db.m6g.xlarge") * 730 + 100 * (0.11 - 0.095)))
    // Somebody connected long before, and the last days decide.
    const once = { ...idle, "DatabaseConnections Maximum": [3, ...each(0, 8)] }
    assert.deepStrictEqual(run([instance()], { metrics: once }).flagged, ["orders: idle"])
    const lately = { ...idle, "DatabaseConnections Maximum": [...each(0, 7), 1, 0] }
    assert.deepStrictEqual(run([instance()], { metrics: lately }).flagged, ["orders: oversized"])
  })

  it("claims nothing of what stands by", () => {
    const standby = (items: ReadonlyArray<DatabaseInstance>, options: Options = {}) => {
      const { flags } = run(items, { metrics: idle, ...options })
      assert.deepInclude(flags[0], { kind: "notice", severity: "info", savings: null })
      assert.deepStrictEqual(flags[0]?.reasons, ["standby"])
    }
    standby([instance({ replicaOf: "arn:aws:rds:eu-central-1:111111111111:db:orders" })])
    const members = [aurora("a", "a"), aurora("b", "b")]
    const busyWriter = { ...idle, "a DatabaseConnections Maximum": each(9, 8), "a CPUUtilization p95": each(60) }
    standby(members, { clusters: [cluster(members)], metrics: busyWriter })
    standby([aurora("a", "a")], { clusters: [cluster([aurora("a", "a")], { globalId: "world" })] })
    const primary = instance({ replicaIds: ["copy"] }, "main")
    const copy = instance({ replicaOf: "main", availabilityZone: "eu-west-1b" }, "copy")
    const busyPrimary = { ...idle, "main DatabaseConnections Maximum": each(9, 8), "main CPUUtilization p95": each(60) }
    standby([primary, copy], { metrics: busyPrimary })
  })

  it("resizes a reader that stays to take over with its writer, and claims it of both", () => {
    const members = ["a", "b", "c"].map((id) => aurora(id, id, { instanceClass: "db.r6g.xlarge" }))
    const quietWriter = {
      ...idle,
      "a DatabaseConnections Maximum": each(9, 8),
      "FreeableMemory Minimum": each(26 * gib)
    }
    const { flagged, flags } = run(members, { clusters: [cluster(members)], metrics: quietWriter })
    assert.deepStrictEqual(flagged, ["a: oversized", "b: oversized", "c: idle_reader"])
    const usdOf = (id: string) => flags.find(({ resource }) => resource.id === id)?.savings?.monthlyUsd
    assert.isAbove(usdOf("b") ?? 0, 0)
    assert.strictEqual(usdOf("b"), usdOf("a"))
    // Of another region, or of a plain replica, the size is its own primary's to say.
    const world = run(members, { clusters: [cluster(members, { globalId: "world" })], metrics: quietWriter })
    assert.deepStrictEqual(world.flagged.slice(1), ["b: standby", "c: standby"])
  })

  it("removes a reader only where another one is left in another zone than the writer", () => {
    const busyWriter = { ...idle, "a DatabaseConnections Maximum": each(9, 8), "a CPUUtilization p95": each(60) }
    const flagged = (members: ReadonlyArray<DatabaseInstance>, more: Metrics = {}) =>
      run(members, { clusters: [cluster(members)], metrics: { ...busyWriter, ...more } }).flagged
    const three = [aurora("a", "a"), aurora("b", "b"), aurora("c", "c")]
    assert.deepStrictEqual(flagged(three), ["b: standby", "c: idle_reader"])
    // The one in the writer's zone could not take over when the zone fails.
    assert.deepStrictEqual(flagged([aurora("a", "a"), aurora("b", "a"), aurora("c", "c")]), [
      "b: idle_reader",
      "c: standby"
    ])
    const busyReader = { "b DatabaseConnections Maximum": each(4, 8), "b CPUUtilization p95": each(60) }
    assert.deepStrictEqual(flagged(three, busyReader), ["c: idle_reader"])
    const readers = [
      instance({ replicaIds: ["b", "c"] }, "a"),
      instance({ replicaOf: "a", availabilityZone: "eu-west-1b" }, "b"),
      instance({ replicaOf: "a", availabilityZone: "eu-west-1c" }, "c")
    ]
    assert.deepStrictEqual(run(readers, { metrics: busyWriter }).flagged, ["b: standby", "c: idle_reader"])
  })

  it("calls a cluster idle where no member has connections, without its storage", () => {
    const members = [aurora("a", "a", { instanceClass: "db.r6g.large" })]
    const { flags } = run(members, { metrics: idle, clusters: [cluster(members)] })
    assert.deepStrictEqual(flags[0]?.reasons, ["idle"])
    assert.strictEqual(flags[0]?.savings?.terms.length, 1)
    const optimized = run(members, { metrics: idle, clusters: [cluster(members, { storageType: "aurora-iopt1" })] })
    const ratio = (optimized.flags[0]?.savings?.monthlyUsd ?? 0) / (flags[0]?.savings?.monthlyUsd ?? 1)
    assert.approximately(ratio, 1.3, 0.001)
  })

  it("changes the members of one class together or not at all", () => {
    const members = [
      aurora("a", "a", { instanceClass: "db.r6g.xlarge" }),
      aurora("b", "b", { instanceClass: "db.r6g.xlarge" })
    ]
    const wide = { ...quiet, "FreeableMemory Minimum": each(26 * gib) }
    const together = run(members, { clusters: [cluster(members)], metrics: wide })
    assert.deepStrictEqual(together.flagged, ["a: oversized", "b: oversized"])
    assert.deepStrictEqual(together.flags[0]?.evidence["together"], ["a", "b"])
    const oneBusy = { ...wide, "b CPUUtilization p95": each(50) }
    assert.deepStrictEqual(run(members, { clusters: [cluster(members)], metrics: oneBusy }).flagged, [])
    const away = [members[0], { ...members[1], status: "modifying" }] as ReadonlyArray<DatabaseInstance>
    assert.deepStrictEqual(run(away, { clusters: [cluster(members)], metrics: wide }).unknown, ["a", "b"])
  })

  it("advises a lower minimum of capacity, and claims nothing", () => {
    const one = [aurora("a", "a", { instanceClass: "db.serverless" })]
    const clusters = [cluster(one, { capacity: { minimum: 8, maximum: 16 } })]
    const low = { ...quiet, "ServerlessDatabaseCapacity Maximum": each(8) }
    const { flags } = run(one, { clusters, metrics: low })
    assert.deepInclude(flags[0], { kind: "notice", severity: "info", confidence: "low", savings: null })
    assert.deepStrictEqual(flags[0]?.reasons, ["minimum_capacity"])
    const scaled = { ...low, "ServerlessDatabaseCapacity Maximum": each(9) }
    assert.deepStrictEqual(run(one, { clusters, metrics: scaled }).flagged, [])
    const tight = [cluster(one, { capacity: { minimum: 2, maximum: 16 } })]
    assert.deepStrictEqual(run(one, { clusters: tight, metrics: low }).flagged, [])
    // Nobody connects to it, and there is nobody for whom it could take over.
    const unused = { ...low, "DatabaseConnections Maximum": each(0, 8), "CPUUtilization p95": each(1) }
    assert.deepStrictEqual(run(one, { clusters, metrics: unused }).flagged, ["a: minimum_capacity"])
    const pausing = [cluster(one, { capacity: { minimum: 0, maximum: 16 } })]
    const paused = { ...unused, "CPUUtilization p95": each(0), "ServerlessDatabaseCapacity Maximum": each(0) }
    assert.deepStrictEqual(run(one, { clusters: pausing, metrics: paused }).flagged, [])
  })

  it("tells what is stopped, and judges neither other services nor what is new", () => {
    const stopped = run([instance({ status: "stopped" })])
    assert.deepStrictEqual([stopped.flagged, stopped.flags[0]?.severity], [["orders: stopped"], "info"])
    const left = run([
      instance({ engine: "neptune" }, "graph"),
      instance({ engine: "custom-oracle-ee" }, "own"),
      instance({ status: "deleting" }, "going")
    ])
    assert.deepStrictEqual([left.flagged, left.unknown], [[], []])
    assert.deepStrictEqual(run([instance({ createdAt: daysAgo(29) })]).tooYoung, ["orders"])
    assert.deepStrictEqual(run([instance({ createdAt: undefined, status: "creating" })]).tooYoung, ["orders"])
    assert.deepStrictEqual(run([instance({ createdAt: undefined })]).unknown, ["orders"])
    assert.deepStrictEqual(run([instance({ storageType: "" })]).unknown, ["orders"])
  })

  it("does not know what is not told, and closes nothing of it", () => {
    const unknown = (options: Options, one = instance()) => {
      const judged = run([one], options)
      assert.deepStrictEqual([judged.flagged, judged.unknown], [[], ["orders"]])
      assert.strictEqual(judged.stateOf(one.arn), "unknown")
    }
    unknown({ use: silent })
    unknown({ use: series(() => undefined) })
    unknown({ metrics: { ...idle, "DatabaseConnections Maximum": each(0, 7) } })
    unknown({ metrics: { ...quiet, "CPUUtilization p95": each(10, 14) } })
    unknown({ size: undefined })
    for (const metric of ["CPUUtilization Maximum", "CPUUtilization Average", "FreeableMemory Minimum"]) {
      unknown({ metrics: { ...quiet, [metric]: undefined }, size: seriesOf({ ...quiet, [metric]: undefined }) })
      unknown({ size: seriesOf({ ...quiet, [metric]: [] }) })
    }
    unknown({ options: undefined })
    // Not even the class that it has.
    unknown({ options: [] })
    unknown({}, instance({ status: "backing-up" }))
    unknown({}, instance({ chosenVcpu: 2 }))
    unknown({}, instance({ instanceClass: "db.z9.large" }))
    unknown({ clusters: gap([]) }, instance({ clusterId: "shop" }))
    unknown({ clusters: [] }, instance({ clusterId: "shop" }))
  })

  it("finds nothing where there is nothing, and closes nothing where not everything was read", () => {
    assert.deepStrictEqual([run([]).status, run([]).counters.examined], ["complete", 0])
    assert.strictEqual(run(gap()).status, "unavailable")
    const partial = run(gap([instance()]))
    assert.deepStrictEqual([partial.status, partial.flagged], ["partial", ["orders: oversized"]])
    assert.strictEqual(partial.stateOf("arn:aws:rds:eu-west-1:111111111111:db:not-listed"), "unknown")
    // Another member may be on the page that is missing.
    const one = aurora("a", "a")
    assert.deepStrictEqual(run(gap([one]), { clusters: [cluster([one])] }).unknown, ["a"])
  })

  it("follows its settings, and gives no figure without a price", () => {
    const flagged = (settings: Record<string, number>, metrics: Metrics = quiet) =>
      run([instance()], { settings, metrics }).flagged
    assert.deepStrictEqual(flagged({ cpuP95Max: 9 }), [])
    assert.deepStrictEqual(flagged({ cpuMaxCap: 24 }), [])
    assert.deepStrictEqual(flagged({ freeableMemoryMinPct: 76 }), [])
    assert.deepStrictEqual(flagged({ idleDays: 3 }, { ...idle, "DatabaseConnections Maximum": [9, ...each(0, 4)] }), [
      "orders: idle"
    ])
    assert.deepStrictEqual(run([instance({ createdAt: daysAgo(40) })], { settings: { lookbackDays: 60 } }).tooYoung, [
      "orders"
    ])
    const unpriced = run([instance()], { metrics: idle, prices: { "rds.backupGBMonth": undefined } })
    assert.deepInclude(unpriced.flags[0]?.savings, { basis: "none", monthlyUsd: 0 })
    const other = run([instance({ engine: "db2-se", licenseModel: "bring-your-own-license" })])
    assert.deepInclude(other.flags[0]?.savings, { basis: "none", monthlyUsd: 0 })
  })
})
