import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { loadComputePrices } from "../../../core/pricing/ComputePrices.ts"
import type { DatabaseInstance } from "../../../datasets/aws/rds.ts"
import scan from "../../../scans/capacity/find_overutilized_rds_instances.ts"
import { daysAgo } from "../../datasets/harness.ts"
import { gap, judge, series } from "../harness.ts"

const compute = await Effect.runPromise(loadComputePrices(["sizes"]))

const instance = (more: Partial<DatabaseInstance> = {}, id = "orders"): DatabaseInstance =>
  ({
    arn: `arn:aws:rds:eu-west-1:111111111111:db:${id}`,
    id,
    engine: "mysql",
    engineVersion: "8.4.7",
    instanceClass: "db.m6g.large",
    status: "available",
    createdAt: daysAgo(400),
    multiAz: false,
    storageType: "gp3",
    allocatedGb: 200,
    maxAllocatedGb: undefined,
    clusterId: undefined,
    replicaIds: [],
    securityGroupIds: [],
    tags: {},
    ...more
  }) as DatabaseInstance

const gib = 2 ** 30
const each = (value: number, days = 15): ReadonlyArray<number> => Array.from({ length: days }, () => value)

type Metrics = Readonly<Record<string, ReadonlyArray<number> | undefined>>

/** Healthy: of 8 GiB four are free, and half of its storage. */
const healthy: Metrics = {
  CPUUtilization: each(40),
  FreeableMemory: each(4 * gib),
  FreeStorageSpace: each(100 * gib),
  BurstBalance: each(99),
  ACUUtilization: each(40),
  SwapUsage: each(0),
  DiskQueueDepth: each(0.5),
  DatabaseConnections: each(80)
}

const seriesOf = (metrics: Metrics) => series(({ metric }) => (metric in metrics ? metrics[metric] : []))

interface Options {
  readonly metrics?: Metrics
  readonly clusters?: unknown
  readonly strain?: ReturnType<typeof series> | undefined
  readonly settings?: Readonly<Record<string, number>>
}

const run = (instances: unknown, options: Options = {}) => {
  const own = seriesOf({ ...healthy, ...options.metrics })
  return judge(
    scan,
    { instances, clusters: options.clusters ?? [], load: own },
    {
      compute,
      answers: { strain: () => ("strain" in options ? options.strain : own) },
      ...(options.settings === undefined ? {} : { settings: options.settings })
    }
  )
}

const of = (metrics: Metrics, more: Partial<DatabaseInstance> = {}, options: Options = {}) => {
  const { flagged, flags } = run([instance(more)], { ...options, metrics })
  return [flagged[0]?.replace("orders: ", ""), flags[0]?.severity]
}

describe("find_overutilized_rds_instances", () => {
  it("leaves a healthy database alone, and asks for more of those that are short of something only", () => {
    const { asked, flagged } = run([instance()])
    assert.deepStrictEqual([flagged, asked], [[], []])
  })

  it("flags a CPU that is busy on several days, by how busy it is", () => {
    assert.deepStrictEqual(of({ CPUUtilization: [...each(40, 12), ...each(85, 3)] }), ["cpu", "medium"])
    assert.deepStrictEqual(of({ CPUUtilization: each(92) }), ["cpu", "high"])
    assert.deepStrictEqual(of({ CPUUtilization: each(96) }), ["cpu", "critical"])
    assert.deepStrictEqual(of({ CPUUtilization: [...each(40, 13), ...each(99, 2)] }), [undefined, undefined])
    const { asked, flags } = run([instance()], { metrics: { CPUUtilization: each(92) } })
    assert.deepStrictEqual(asked, ["strain orders"])
    assert.deepInclude(flags[0], { kind: "hygiene", savings: null, confidence: "high" })
    assert.deepInclude(flags[0]?.evidence, { cpuP95Percent: 92, mostConnections: 80, diskQueue: 0.5, days: 15 })
  })

  it("flags storage that is nearly full and does not grow", () => {
    assert.deepStrictEqual(of({ FreeStorageSpace: each(15 * gib) }), ["storage", "medium"])
    assert.deepStrictEqual(of({ FreeStorageSpace: each(9 * gib) }), ["storage", "critical"])
    assert.deepStrictEqual(of({ FreeStorageSpace: each(21 * gib) })[0], undefined)
    assert.deepStrictEqual(of({ FreeStorageSpace: each(9 * gib) }, { maxAllocatedGb: 500 })[0], undefined)
    // It has grown as far as it may.
    assert.deepStrictEqual(of({ FreeStorageSpace: each(9 * gib) }, { maxAllocatedGb: 200 })[0], "storage")
    // 6 % of 16 TiB is a terabyte, and full in 30 days only where it falls that fast.
    const large = { allocatedGb: 16_384 }
    assert.deepStrictEqual(of({ FreeStorageSpace: each(1000 * gib) }, large)[0], undefined)
    const falling = Array.from({ length: 15 }, (_, day) => (1700 - 50 * day) * gib)
    assert.deepStrictEqual(of({ FreeStorageSpace: falling }, large)[0], "storage")
    const { flags } = run([instance(large)], { metrics: { FreeStorageSpace: falling } })
    assert.deepInclude(flags[0]?.evidence, { freeStorageGb: 1000, fullInDays: 20 })
    // The storage of Aurora grows by itself.
    const aurora = { engine: "aurora-mysql", clusterId: "shop" }
    assert.deepStrictEqual(of({ FreeStorageSpace: each(1 * gib) }, aurora)[0], undefined)
  })

  it("flags memory only where swap grows as well", () => {
    const low = { FreeableMemory: each(0.2 * gib) }
    assert.deepStrictEqual(of(low)[0], undefined)
    const swap = Array.from({ length: 15 }, (_, day) => day * 10 * 2 ** 20)
    assert.deepStrictEqual(of({ ...low, SwapUsage: swap }), ["memory", "medium"])
    assert.deepStrictEqual(of({ ...low, SwapUsage: each(900 * 2 ** 20) })[0], undefined)
  })

  it("flags burst credits of gp2 storage, and the capacity of serverless members", () => {
    assert.deepStrictEqual(of({ BurstBalance: each(10) }, { storageType: "gp2" }), ["burst_balance", "medium"])
    assert.deepStrictEqual(of({ BurstBalance: each(10) })[0], undefined)
    const serverless = { instanceClass: "db.serverless", engine: "aurora-mysql", clusterId: "shop" }
    assert.deepStrictEqual(of({ ACUUtilization: each(95), CPUUtilization: each(99) }, serverless), [
      "capacity",
      "medium"
    ])
    assert.deepStrictEqual(of({ CPUUtilization: each(99) }, serverless)[0], undefined)
    const clusters = [{ id: "shop", capacity: { minimum: 1, maximum: 16 } }]
    const { flags } = run([instance(serverless)], { clusters, metrics: { ACUUtilization: each(95) } })
    assert.deepInclude(flags[0]?.evidence, { maximumUnits: 16, mostCapacityPercent: 95 })
  })

  it("needs no metric of a database whose storage is full", () => {
    assert.deepStrictEqual(of({ CPUUtilization: undefined }, { status: "storage-full" }), ["storage_full", "critical"])
  })

  it("judges neither what does not run, nor other services, nor what is new", () => {
    const busy = { CPUUtilization: each(99) }
    const left = ["stopped", "deleting", "creating"].map((status) => instance({ status }, status))
    const others = [instance({ engine: "docdb" }, "docs"), instance({ engine: "custom-oracle-ee" }, "own")]
    const { flagged, unknown } = run([...left, ...others], { metrics: busy })
    assert.deepStrictEqual([flagged, unknown], [[], []])
    assert.deepStrictEqual(run([instance({ createdAt: daysAgo(13) })], { metrics: busy }).tooYoung, ["orders"])
    assert.deepStrictEqual(run([instance({ createdAt: undefined })], { metrics: busy }).unknown, ["orders"])
    assert.deepStrictEqual(run([instance({ allocatedGb: 0 })]).unknown, ["orders"])
    assert.deepStrictEqual(run([instance({ createdAt: daysAgo(15) })], { metrics: busy }).flagged, ["orders: cpu"])
    assert.deepStrictEqual(of(busy, { createdAt: daysAgo(1), status: "storage-full" }), ["storage_full", "critical"])
  })

  it("does not know what is not told, and closes nothing of it", () => {
    const unknown = (options: Options, one = instance()) => {
      const judged = run([one], options)
      assert.deepStrictEqual([judged.flagged, judged.unknown], [[], ["orders"]])
      assert.strictEqual(judged.stateOf(one.arn), "unknown")
    }
    for (const metric of ["CPUUtilization", "FreeableMemory", "FreeStorageSpace"]) {
      unknown({ metrics: { [metric]: undefined } })
    }
    unknown({ metrics: { CPUUtilization: [] } })
    unknown({ metrics: { FreeStorageSpace: [] } })
    unknown({ metrics: { FreeableMemory: [] } })
    unknown({ metrics: { ACUUtilization: [] } }, instance({ instanceClass: "db.serverless", engine: "aurora-mysql" }))
    unknown({ metrics: { BurstBalance: undefined } }, instance({ storageType: "gp2" }))
    unknown({ metrics: { FreeableMemory: each(0.2 * gib) }, strain: undefined })
    unknown({}, instance({ status: "modifying" }))
    // What is only shown changes nothing.
    const { flags } = run([instance()], { metrics: { CPUUtilization: each(92) }, strain: undefined, clusters: gap() })
    assert.deepStrictEqual(flags[0]?.reasons, ["cpu"])
    assert.isNull(flags[0]?.evidence["mostConnections"])
  })

  it("flags what is proven, whatever else is not told", () => {
    const full = { FreeStorageSpace: each(9 * gib), CPUUtilization: [], FreeableMemory: undefined }
    assert.deepStrictEqual(of(full), ["storage", "critical"])
    const { flags } = run([instance()], { metrics: full })
    assert.deepInclude(flags[0]?.evidence, { days: null, cpuP95Percent: null, leastFreeMemoryPercent: null })
    assert.deepStrictEqual(of({ CPUUtilization: each(92), FreeStorageSpace: [] }, { allocatedGb: 0 }), ["cpu", "high"])
    const low = { FreeableMemory: each(0.2 * gib), CPUUtilization: each(92) }
    assert.deepStrictEqual(of(low, {}, { strain: undefined }), ["cpu", "high"])
  })

  it("finds nothing where there is nothing, and closes nothing where not everything was read", () => {
    assert.deepStrictEqual([run([]).status, run([]).counters.examined], ["complete", 0])
    assert.strictEqual(run(gap()).status, "unavailable")
    const partial = run(gap([instance()]), { metrics: { CPUUtilization: each(92) } })
    assert.deepStrictEqual([partial.status, partial.flagged], ["partial", ["orders: cpu"]])
    assert.strictEqual(partial.stateOf("arn:aws:rds:eu-west-1:111111111111:db:not-listed"), "unknown")
  })

  it("follows its settings", () => {
    const reason = (settings: Record<string, number>, metrics: Metrics, more: Partial<DatabaseInstance> = {}) =>
      of(metrics, more, { settings })[0]
    assert.strictEqual(reason({ cpuP95Min: 40 }, {}), "cpu")
    assert.strictEqual(reason({ freeStorageMinPct: 60 }, { FreeStorageSpace: each(99 * gib) }), "storage")
    const swap = Array.from({ length: 15 }, (_, day) => day * 10 * 2 ** 20)
    assert.strictEqual(reason({ freeableMemoryMinPct: 60 }, { SwapUsage: swap }), "memory")
    assert.strictEqual(reason({ burstBalanceMin: 100 }, {}, { storageType: "gp2" }), "burst_balance")
    const once = { CPUUtilization: [...each(40, 14), 99] }
    assert.strictEqual(reason({ sustainedDays: 1 }, once), "cpu")
    assert.strictEqual(reason({ lookbackDays: 3 }, { CPUUtilization: [...each(99, 11), ...each(40, 4)] }), undefined)
  })
})
