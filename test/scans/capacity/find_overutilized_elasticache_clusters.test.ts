import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { loadComputePrices } from "../../../core/pricing/ComputePrices.ts"
import type { Cache, CacheCluster, ServerlessCache } from "../../../datasets/aws/elasticache.ts"
import scan from "../../../scans/capacity/find_overutilized_elasticache_clusters.ts"
import { daysAgo } from "../../datasets/harness.ts"
import { gap, judge, series } from "../harness.ts"

const compute = await Effect.runPromise(loadComputePrices(["sizes"]))

const node = (id: string, more: Partial<CacheCluster> = {}): CacheCluster => ({
  arn: `arn:aws:elasticache:eu-west-1:111111111111:cluster:${id}`,
  id,
  engine: "redis",
  engineVersion: "7.1.0",
  nodeType: "cache.r7g.xlarge",
  nodes: 1,
  status: "available",
  createdAt: daysAgo(400),
  autoMinorUpgrade: true,
  replicationGroupId: "cart",
  securityGroupIds: [],
  ...more
})

const cache = (more: Partial<Cache> = {}, ofNode: Partial<CacheCluster> = {}): Cache => {
  const clusters = [node("cart-001", ofNode), node("cart-002", ofNode)]
  return {
    type: "elasticache:replicationgroup",
    arn: "arn:aws:elasticache:eu-west-1:111111111111:replicationgroup:cart",
    id: "cart",
    engine: clusters[0]?.engine ?? "",
    engineVersion: "7.1.0",
    nodeType: clusters[0]?.nodeType ?? "",
    status: "available",
    createdAt: daysAgo(400),
    autoMinorUpgrade: true,
    clusters,
    nodes: 2,
    shards: 1,
    multiAz: true,
    dataTiering: false,
    globalRole: undefined,
    unread: undefined,
    ...more
  }
}

const small = cache({}, { nodeType: "cache.m6g.large" })
const memcached = cache({}, { engine: "memcached", nodeType: "cache.m6g.large" })

const mib = 2 ** 20
const gib = 2 ** 30
/** By the day, the last of which is today. */
const each = (value: number, days = 15): ReadonlyArray<number> => Array.from({ length: days }, () => value)
/** By the hour, of so many full days. */
const hours = (value: number, days = 14) => each(value, days * 24)
/** The two hours of today. */
const today = (value: number) => each(value, 2)
/** So many days at the end of the window, before today. */
const lately = (value: number, days: number, before: number) => [
  ...each(before, 14 - days),
  ...each(value, days),
  before
]

type Metrics = Readonly<Record<string, ReadonlyArray<number> | undefined>>

const healthy: Metrics = {
  EngineCPUUtilization: [...hours(40), ...today(40)],
  CPUUtilization: [...hours(30), ...today(30)],
  DatabaseMemoryUsagePercentage: each(60),
  BytesUsedForCacheItems: each(3 * gib),
  CurrConnections: each(500),
  SwapUsage: each(0),
  Evictions: each(0),
  NetworkBandwidthInAllowanceExceeded: each(0),
  NetworkBandwidthOutAllowanceExceeded: each(2),
  ReplicationLag: []
}

interface Options {
  readonly metrics?: Metrics
  /** Of one node alone. */
  readonly second?: Metrics
  readonly strain?: undefined
  /** Nodes of which an earlier night has settled that they are short of nothing. */
  readonly settled?: ReadonlyArray<string>
  readonly settings?: Readonly<Record<string, number>>
}

const run = (caches: unknown, options: Options = {}) => {
  const own = series(({ dimensions, metric }) => {
    const second = dimensions["CacheClusterId"] === "cart-002" ? options.second : {}
    return { ...healthy, ...options.metrics, ...second }[metric]
  })
  return judge(
    scan,
    { caches, load: own.besides(new Set(options.settled)), serverlessLoad: own.besides(new Set(options.settled)) },
    {
      compute,
      answers: { load: () => own, strain: () => ("strain" in options ? options.strain : own) },
      ...(options.settings === undefined ? {} : { settings: options.settings })
    }
  )
}

const of = (metrics: Metrics, one = cache(), more: Omit<Options, "metrics"> = {}) => {
  const { flags } = run([one], { ...more, metrics })
  return flags[0] === undefined ? undefined : [flags[0].reasons.join("+"), flags[0].severity]
}

describe("find_overutilized_elasticache_clusters", () => {
  it("leaves healthy caches alone, and asks for more of those that are short of something only", () => {
    const { asked, flagged } = run([cache(), small, memcached])
    assert.deepStrictEqual([flagged, asked], [[], []])
    assert.deepStrictEqual(run([]).flagged, [])
  })

  it("asks nothing where an earlier night has settled every node, and for all of them where one is left", () => {
    const [first, second] = cache().clusters.map(({ arn }) => arn)
    const calm = run([cache()], { settled: [first ?? "", second ?? ""] })
    assert.deepStrictEqual([calm.flagged, calm.asked], [[], []])
    const full = { DatabaseMemoryUsagePercentage: lately(90, 3, 60) }
    const { asked, flags } = run([cache()], { settled: [first ?? ""], second: full })
    assert.deepStrictEqual(flags[0]?.reasons, ["memory"])
    assert.strictEqual(asked[0], `load ${cache().arn}`)
    assert.deepStrictEqual(flags[0]?.evidence, run([cache()], { second: full }).flags[0]?.evidence)
  })

  it("flags an engine that is busy on three days, but for an hour of each", () => {
    const busy = { EngineCPUUtilization: [...hours(40, 11), ...hours(85, 3), ...today(40)] }
    assert.deepStrictEqual(of(busy), ["cpu", "medium"])
    assert.isUndefined(of({ EngineCPUUtilization: [...hours(40, 12), ...hours(99, 2), ...today(99)] }))
    const backups = Array.from({ length: 14 }, () => [...each(40, 23), 99]).flat()
    assert.isUndefined(of({ EngineCPUUtilization: [...backups, ...today(40)] }))
    // One node of them is enough.
    const { asked, flags } = run([cache()], { second: busy })
    assert.deepStrictEqual(asked, [`strain ${cache().arn}`])
    assert.deepInclude(flags[0], { kind: "hygiene", savings: null, confidence: "high", severity: "medium" })
    assert.deepInclude(flags[0]?.evidence, {
      days: 14,
      cpuP95Percent: 85,
      hostCpuP95Percent: null,
      memoryPeakPercent: 60,
      mostConnections: 500,
      packetsOverBandwidth: 60,
      longestReplicationLagSeconds: null
    })
  })

  it("flags small nodes from half of their CPU, and Memcached from nine tenths", () => {
    const host = (percent: number) => ({ CPUUtilization: [...hours(percent), ...today(percent)] })
    assert.deepStrictEqual(of(host(45), small), ["cpu", "medium"])
    assert.isUndefined(of(host(44), small))
    assert.isUndefined(of(host(60)))
    assert.deepStrictEqual(of(host(90), memcached), ["cpu", "medium"])
    assert.isUndefined(of(host(89), memcached))
  })

  it("flags memory that is full, and more so where it evicts", () => {
    assert.deepStrictEqual(of({ DatabaseMemoryUsagePercentage: lately(80, 3, 60) }), ["memory", "medium"])
    assert.isUndefined(of({ DatabaseMemoryUsagePercentage: lately(80, 2, 60) }))
    const full = { DatabaseMemoryUsagePercentage: each(95) }
    assert.deepStrictEqual(of({ ...full, Evictions: each(10) }), ["memory+evictions", "high"])
    // Bytes of 6.38 GiB, which are no percents.
    assert.deepStrictEqual(of({ BytesUsedForCacheItems: each(5.2 * gib) }, memcached), ["memory", "medium"])
    assert.isUndefined(of({ BytesUsedForCacheItems: each(5 * gib) }, memcached))
    // A cache that throws out the old without being full is as it should be.
    assert.deepStrictEqual(of({ Evictions: lately(1, 3, 0) }), ["evictions", "info"])
    assert.isUndefined(of({ Evictions: lately(900, 2, 0) }))
  })

  it("flags swap and connections", () => {
    assert.deepStrictEqual(of({ SwapUsage: each(50 * mib) }), ["swap", "high"])
    assert.isUndefined(of({ SwapUsage: each(49 * mib) }))
    assert.deepStrictEqual(of({ CurrConnections: each(58_500) }), ["connections", "high"])
    assert.isUndefined(of({ CurrConnections: each(58_000) }))
  })

  it("does not know what it cannot read, and shows nothing of it", () => {
    const why = (options: Options, one = cache()) => run([one], options).whyUnknown[0]?.replace("cart: ", "")
    for (const metric of [
      "EngineCPUUtilization",
      "DatabaseMemoryUsagePercentage",
      "Evictions",
      "SwapUsage",
      "CurrConnections"
    ]) {
      assert.include(why({ metrics: { [metric]: undefined } }), "InternalError")
      assert.strictEqual(why({ second: { [metric]: [] } }), "CloudWatch has its metrics of 0 days, and 3 are needed")
    }
    assert.match(why({ metrics: { CPUUtilization: [] } }, small) ?? "", /0 days/)
    assert.match(why({}, cache({}, { engine: "memcached", nodeType: "cache.z9.large" })) ?? "", /how large/)
    assert.match(why({}, cache({ unread: "ElastiCache lists 1 of its 2 nodes" })) ?? "", /1 of its 2/)
    assert.strictEqual(why({}, cache({ status: "modifying" })), "it is modifying at the moment")
    assert.strictEqual(why({}, cache({ clusters: [] })), "ElastiCache lists none of its nodes")
    assert.match(why({}, cache({ engine: "" })) ?? "", /its engine/)
    const swapping = run([cache()], { metrics: { SwapUsage: each(90 * mib) }, strain: undefined }).flags[0]
    assert.deepInclude(swapping?.evidence, { packetsOverBandwidth: null, mostSwapMb: 90 })
  })

  it("flags what is proven, whatever else is not told, and shows null for that", () => {
    const busy = { EngineCPUUtilization: [...hours(85), ...today(85)] }
    const { flags, unknown } = run([cache()], { metrics: { ...busy, SwapUsage: undefined, CurrConnections: [] } })
    assert.deepStrictEqual([flags[0]?.reasons, flags[0]?.severity, unknown], [["cpu"], "medium", []])
    assert.deepInclude(flags[0]?.evidence, { cpuP95Percent: 85, mostSwapMb: null, mostConnections: null, days: 14 })
    // Whether evictions are a risk, memory alone tells.
    const evicting = run([cache()], { metrics: { Evictions: each(10), DatabaseMemoryUsagePercentage: [] } })
    assert.deepStrictEqual([evicting.flagged, evicting.unknown], [[], ["cart"]])
  })

  it("judges none that is too young, nor any that is going", () => {
    const busy = { metrics: { EngineCPUUtilization: [...hours(95), ...today(95)] } }
    assert.deepStrictEqual(run([cache({ createdAt: daysAgo(13) })], busy).tooYoung, ["cart"])
    assert.deepStrictEqual(run([cache({ createdAt: daysAgo(15) })], busy).flagged, ["cart: cpu"])
    assert.deepStrictEqual(run([cache({ createdAt: undefined, status: "creating" })]).tooYoung, ["cart"])
    assert.deepStrictEqual(run([cache({ createdAt: undefined })]).unknown, ["cart"])
    assert.strictEqual(run([cache({ status: "deleting" })]).stateOf(cache().arn), "healthy")
  })

  it("follows every setting", () => {
    assert.deepStrictEqual(of({}, cache(), { settings: { engineCpuP95Min: 40 } }), ["cpu", "medium"])
    assert.deepStrictEqual(of({}, cache(), { settings: { memoryMin: 60 } }), ["memory", "medium"])
    assert.isUndefined(of({ Evictions: each(10) }, cache(), { settings: { evictionsMin: 11 } }))
    assert.deepStrictEqual(of({ SwapUsage: each(20 * mib) }, cache(), { settings: { swapMinMb: 20 } }), [
      "swap",
      "high"
    ])
    const old = { DatabaseMemoryUsagePercentage: [...each(90, 5), ...each(60, 10)] }
    assert.deepStrictEqual(of(old), ["memory", "medium"])
    assert.isUndefined(of(old, cache(), { settings: { lookbackDays: 7 } }))
  })

  it("closes nothing that a failed read leaves out", () => {
    assert.strictEqual(run(gap()).status, "unavailable")
    assert.strictEqual(run(gap([cache()])).status, "partial")
    const { status, unknown } = judge(scan, { caches: [cache()], load: gap(), serverlessLoad: [] }, { compute })
    assert.deepStrictEqual([status, unknown], ["partial", ["cart"]])
  })
})

describe("find_overutilized_elasticache_clusters: serverless", () => {
  const serverless = (more: Partial<ServerlessCache> = {}): ServerlessCache => ({
    type: "elasticache:serverlesscache",
    arn: "arn:aws:elasticache:eu-west-1:111111111111:serverlesscache:prices",
    id: "prices",
    engine: "valkey",
    engineVersion: "8.1",
    status: "available",
    createdAt: daysAgo(400),
    leastGb: undefined,
    mostGb: 10,
    leastEcpus: undefined,
    mostEcpus: 1000,
    ...more
  })
  /** ECPUs of an hour at so many a second. */
  const rate = (perSecond: number) => [...hours(perSecond * 3600), ...today(perSecond * 3600)]
  const calm: Metrics = {
    ThrottledCmds: each(0),
    ElastiCacheProcessingUnits: rate(300),
    BytesUsedForCache: each(3 * gib)
  }
  const judged = (own: Metrics = {}, one = serverless(), more: Omit<Options, "metrics"> = {}) =>
    run([one], { ...more, metrics: { ...calm, ...own } })
  const reasonsOf = (own: Metrics, one = serverless(), more: Omit<Options, "metrics"> = {}) => {
    const [flag] = judged(own, one, more).flags
    return flag === undefined ? undefined : [flag.reasons.join("+"), flag.severity]
  }

  it("finds one that refuses commands, or is at the most ECPUs or data that are set, on three days", () => {
    assert.isUndefined(reasonsOf({}))
    assert.deepStrictEqual(reasonsOf({ ThrottledCmds: lately(5, 3, 0) }), ["throttled", "high"])
    assert.isUndefined(reasonsOf({ ThrottledCmds: lately(5, 2, 0) }))
    assert.deepStrictEqual(reasonsOf({ ElastiCacheProcessingUnits: rate(800) }), ["cpu", "medium"])
    assert.isUndefined(reasonsOf({ ElastiCacheProcessingUnits: rate(799) }))
    assert.deepStrictEqual(reasonsOf({ BytesUsedForCache: lately(8 * gib, 3, gib) }), ["memory", "medium"])
    assert.isUndefined(reasonsOf({ BytesUsedForCache: lately(7.9 * gib, 3, gib) }))
    const settings = { engineCpuP95Min: 30, memoryMin: 30 }
    assert.deepStrictEqual(reasonsOf({}, serverless(), { settings }), ["cpu+memory", "medium"])
    const { flags } = judged({ ThrottledCmds: each(7), ElastiCacheProcessingUnits: rate(900) })
    assert.deepInclude(flags[0], { savings: null, kind: "hygiene" })
    assert.deepStrictEqual(flags[0]?.evidence, {
      engine: "valkey",
      nodeType: "serverless",
      days: 14,
      mostThrottledADay: 7,
      mostEcpusPerSecond: 1000,
      ecpuP95Percent: 90,
      mostGb: 10,
      memoryPeakPercent: 30
    })
  })

  it("asks only for the throttled commands of one without a maximum", () => {
    const free = serverless({ mostEcpus: undefined, mostGb: undefined })
    const untold = { ElastiCacheProcessingUnits: undefined, BytesUsedForCache: undefined }
    assert.isUndefined(reasonsOf(untold, free))
    const { flags } = judged({ ...untold, ThrottledCmds: each(7) }, free)
    assert.deepInclude(flags[0]?.evidence, {
      mostGb: "none",
      ecpuP95Percent: "no maximum is set",
      memoryPeakPercent: "no maximum is set"
    })
  })

  it("leaves those alone that are too young, deleted or settled, and knows nothing of what is not told", () => {
    const busy = { ThrottledCmds: each(7) }
    const one = serverless()
    assert.isUndefined(reasonsOf(busy, one, { settled: [one.arn] }))
    assert.isUndefined(reasonsOf(busy, serverless({ status: "deleting" })))
    assert.strictEqual(judged(busy, serverless({ createdAt: daysAgo(5) })).counters.tooYoung, 1)
    const untold: ReadonlyArray<readonly [Metrics, Partial<ServerlessCache>]> = [
      [{ ThrottledCmds: undefined }, {}],
      [{ ThrottledCmds: [] }, {}],
      [{ ElastiCacheProcessingUnits: undefined }, {}],
      [{ BytesUsedForCache: each(1, 2) }, {}],
      [{}, { status: "modifying" }],
      [{}, { engine: "" }]
    ]
    for (const [own, more] of untold) {
      const { flagged, unknown } = judged(own, serverless(more))
      assert.deepStrictEqual([flagged.length, unknown.length], [0, 1], JSON.stringify([own, more]))
    }
  })
})
