import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { type CacheEngine, loadComputePrices } from "../../../core/pricing/ComputePrices.ts"
import type { Cache, CacheCluster, ServerlessCache } from "../../../datasets/aws/elasticache.ts"
import scan from "../../../scans/capacity/find_underutilized_elasticache_clusters.ts"
import { daysAgo } from "../../datasets/harness.ts"
import { gap, judge, series } from "../harness.ts"

const compute = await Effect.runPromise(loadComputePrices(["elasticache", "sizes"]))
const month = (type: string, engine: CacheEngine, nodes: number) => {
  const { usd } = compute.cache(type, engine, { region: "eu-west-1", apart: undefined })
  if (usd === null) throw new Error(`${type} has no price for ${engine}`)
  return usd * nodes * 730
}
const cents = (usd: number) => Math.round(usd * 100) / 100

const node = (id: string, more: Partial<CacheCluster> = {}): CacheCluster => ({
  arn: `arn:aws:elasticache:eu-west-1:111111111111:cluster:${id}`,
  id,
  engine: "valkey",
  engineVersion: "8.1.0",
  nodeType: "cache.r7g.xlarge",
  nodes: 1,
  status: "available",
  createdAt: daysAgo(400),
  autoMinorUpgrade: true,
  replicationGroupId: "pages",
  securityGroupIds: [],
  ...more
})

const cache = (more: Partial<Cache> = {}, ofNode: Partial<CacheCluster> = {}): Cache => {
  const clusters = [node("pages-001", ofNode), node("pages-002", ofNode)]
  return {
    type: "elasticache:replicationgroup",
    arn: "arn:aws:elasticache:eu-west-1:111111111111:replicationgroup:pages",
    id: "pages",
    engine: clusters[0]?.engine ?? "",
    engineVersion: "8.1.0",
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

/** A cluster of its own with three nodes. */
const memcached = (nodeType = "cache.m6g.xlarge"): Cache => {
  const cluster = node("fragments", { engine: "memcached", nodeType, nodes: 3 })
  return cache({
    type: "elasticache:cluster",
    id: "fragments",
    engine: "memcached",
    nodeType,
    nodes: 3,
    clusters: [cluster]
  })
}

const gib = 2 ** 30
const each = (value: number, days = 31): ReadonlyArray<number> => Array.from({ length: days }, () => value)
/** By the hour, of so many full days and the two hours of today. */
const hours = (value: number, days = 30) => each(value, days * 24 + 2)

type Metrics = Readonly<Record<string, ReadonlyArray<number> | undefined>>

/** Too big: 20 % of its memory in use. */
const metrics: Metrics = {
  EngineCPUUtilization: hours(8),
  CPUUtilization: each(6),
  DatabaseMemoryUsagePercentage: each(20),
  BytesUsedForCacheItems: each(2 * gib),
  CurrConnections: each(60),
  CacheHits: each(4_000_000),
  CacheMisses: each(10_000),
  GetHits: each(5_000),
  GetMisses: each(10),
  CmdSet: each(10),
  Evictions: each(0),
  SwapUsage: each(0)
}

const idle: Metrics = { CacheHits: each(0), CacheMisses: each(0), CurrConnections: each(4) }

/** USD for a GB-hour. */
const serverlessPrices = { "elasticache.serverlessRedisGBHour": 0.125, "elasticache.serverlessValkeyGBHour": 0.084 }

interface Options {
  readonly metrics?: Metrics
  /** Of one node alone. */
  readonly second?: Metrics
  readonly use?: undefined
  /** Serverless caches of which an earlier night has settled that they are used. */
  readonly settled?: ReadonlyArray<string>
  readonly smaller?: ReadonlyArray<string> | undefined
  readonly settings?: Readonly<Record<string, number>>
  readonly prices?: Readonly<Record<string, number>>
}

const run = (caches: unknown, options: Options = {}) => {
  const own = series(({ dimensions, metric, period }) => {
    const all = {
      ...metrics,
      ...options.metrics,
      ...(dimensions["CacheClusterId"] === "pages-002" ? options.second : {})
    }
    const values = all[metric]
    return metric === "CPUUtilization" && period === 3_600 && values !== undefined
      ? values.flatMap((value) => each(value, 24))
      : values
  })
  return judge(
    scan,
    { caches, cpu: own, ecpus: own.besides(new Set(options.settled)) },
    {
      compute,
      prices: options.prices ?? serverlessPrices,
      answers: {
        use: () => ("use" in options ? options.use : own),
        serverlessUse: () => ("use" in options ? options.use : own),
        smallerNodes: () => ("smaller" in options ? options.smaller : ["cache.r7g.large", "cache.m7g.large"])
      },
      ...(options.settings === undefined ? {} : { settings: options.settings })
    }
  )
}

const of = (own: Metrics, more: Omit<Options, "metrics"> = {}, one = cache()) =>
  run([one], { ...more, metrics: own }).flagged[0]?.split(": ")[1]

describe("find_underutilized_elasticache_clusters: serverless", () => {
  const serverless = (more: Partial<ServerlessCache> = {}): ServerlessCache => ({
    type: "elasticache:serverlesscache",
    arn: "arn:aws:elasticache:us-east-1:111111111111:serverlesscache:quiz",
    id: "quiz",
    engine: "redis",
    engineVersion: "7.1",
    status: "available",
    createdAt: daysAgo(400),
    leastGb: undefined,
    mostGb: undefined,
    leastEcpus: undefined,
    mostEcpus: undefined,
    ...more
  })
  const unused: Metrics = {
    ElastiCacheProcessingUnits: each(0),
    TotalCmdsCount: each(0),
    CurrConnections: each(0),
    BytesUsedForCache: each(0.02 * gib)
  }
  const judged = (own: Metrics = {}, one = serverless(), more: Omit<Options, "metrics"> = {}) =>
    run([one], { ...more, metrics: { ...unused, ...own } })

  it("finds one that nobody asks, at the least amount of data that is billed for its engine", () => {
    const { flags } = judged()
    assert.deepStrictEqual([flags[0]?.reasons, flags[0]?.confidence], [["idle"], "high"])
    // $0.125 for each of 730 hours.
    assert.deepInclude(flags[0]?.savings, { monthlyUsd: 91.25, claim: "delete" })
    assert.deepInclude(flags[0]?.evidence, {
      nodeType: "serverless",
      days: 30,
      storedGb: 0.02,
      billedGb: 1,
      leastGb: "none",
      mostConnections: 0
    })
    assert.strictEqual(judged({}, serverless({ engine: "memcached" })).flags[0]?.savings?.monthlyUsd, 91.25)
    // A tenth of a gigabyte, at $0.084.
    const valkey = serverless({ engine: "valkey", leastGb: 5, leastEcpus: 1000 })
    const prepared = judged({ CurrConnections: each(2) }, valkey).flags[0]
    assert.deepInclude(prepared?.savings, { monthlyUsd: 6.13 })
    assert.include(prepared?.savings?.note ?? "", "is not priced here")
    assert.deepInclude(prepared?.evidence, { leastGb: 5, leastEcpusPerSecond: 1000, mostConnections: 2 })
    assert.strictEqual(prepared?.confidence, "medium")
    assert.deepInclude(judged({}, serverless(), { prices: {} }).flags[0]?.savings, { monthlyUsd: 0, basis: "none" })
    // What it holds, where that is more.
    assert.strictEqual(judged({ BytesUsedForCache: each(3 * gib) }).flags[0]?.savings?.monthlyUsd, 273.75)
  })

  it("leaves those alone that are asked, too young, deleted or settled, and knows nothing of what is not told", () => {
    assert.deepStrictEqual(judged({ ElastiCacheProcessingUnits: [...each(0, 30), 0] }).unknown, [])
    const used = [...each(0, 20), 3, ...each(0, 10)]
    assert.deepStrictEqual(judged({ ElastiCacheProcessingUnits: used }).flagged, [])
    assert.deepStrictEqual(judged({ ElastiCacheProcessingUnits: used }).unknown, [])
    assert.deepStrictEqual(judged({ TotalCmdsCount: used }).flagged, [])
    const one = serverless()
    assert.deepStrictEqual(judged({}, one, { settled: [one.arn] }).flagged, [])
    assert.deepStrictEqual(judged({}, serverless({ status: "deleting" })).flagged, [])
    assert.strictEqual(judged({}, serverless({ createdAt: daysAgo(5) })).counters.tooYoung, 1)
    const untold: ReadonlyArray<readonly [Metrics, Partial<ServerlessCache>, Omit<Options, "metrics">]> = [
      [{ ElastiCacheProcessingUnits: [] }, {}, {}],
      [{ ElastiCacheProcessingUnits: each(0, 20) }, {}, {}],
      [{ ElastiCacheProcessingUnits: undefined }, {}, {}],
      [{ TotalCmdsCount: [] }, {}, {}],
      [{ BytesUsedForCache: [] }, {}, {}],
      [{}, { status: "modifying" }, {}],
      [{}, { engine: "" }, {}],
      [{}, {}, { use: undefined }]
    ]
    for (const [own, more, options] of untold) {
      const { flagged, unknown } = judged(own, serverless(more), options)
      assert.deepStrictEqual([flagged.length, unknown.length], [0, 1], JSON.stringify([own, more]))
    }
  })

  it("is not sure of connections that are not told", () => {
    assert.deepInclude(judged({ CurrConnections: undefined }).flags[0], { confidence: "medium" })
  })
})

describe("find_underutilized_elasticache_clusters", () => {
  it("proposes the next smaller node to a cache that would fit, at the difference of all its nodes", () => {
    const { asked, flags } = run([cache()])
    assert.deepStrictEqual(flags[0]?.reasons, ["oversized"])
    const monthlyUsd = cents(month("cache.r7g.xlarge", "valkey", 2) - month("cache.r7g.large", "valkey", 2))
    assert.deepInclude(flags[0]?.savings, { monthlyUsd, claim: "rightsize", basis: "exact" })
    assert.deepInclude(flags[0]?.evidence, {
      target: "cache.r7g.large",
      nodes: 2,
      days: 30,
      cpuMaximumPercent: 8,
      memoryPeakPercent: 20,
      memoryAfterPercent: 40.3,
      hostCpuP95Percent: 6,
      mostConnections: 60,
      requests: 2 * 31 * 4_010_000
    })
    assert.lengthOf(asked, 2)
  })

  it("covers the nodes of a group, of which others tell one by one, and nothing where a cluster is by itself", () => {
    const nodes = cache().clusters.map(({ arn }) => arn)
    assert.lengthOf(nodes, 2)
    for (const own of [{}, idle])
      assert.deepStrictEqual(run([cache()], { metrics: own }).flags[0]?.savings?.covers, nodes)
    assert.isUndefined(
      run([memcached()], {
        metrics: { ...idle, CurrConnections: each(0), GetHits: each(0), GetMisses: each(0), CmdSet: each(0) }
      }).flags[0]?.savings?.covers
    )
  })

  it("deletes what nobody asks and only AWS connects to", () => {
    const { asked, flags } = run([cache()], { metrics: idle })
    assert.deepStrictEqual(flags[0]?.reasons, ["idle"])
    assert.deepInclude(flags[0]?.savings, {
      monthlyUsd: cents(month("cache.r7g.xlarge", "valkey", 2)),
      claim: "delete"
    })
    assert.deepInclude(flags[0]?.evidence, { target: "none", requests: 0, mostConnections: 4 })
    assert.lengthOf(asked, 1)
    // Somebody is connected to one node, so that it may publish and subscribe.
    assert.strictEqual(of(idle, { second: { CurrConnections: each(7) } }), "oversized")
    assert.strictEqual(of(idle, { second: { CurrConnections: each(7) }, settings: { idleConnections: 7 } }), "idle")
    assert.strictEqual(of(idle, { second: { CacheMisses: [...each(0, 30), 1] } }), "oversized")
    // A failover and a patch are no use.
    assert.strictEqual(of({ ...idle, EngineCPUUtilization: [...hours(8, 28), ...each(90, 48)] }), "idle")
    assert.isUndefined(of({ ...idle, EngineCPUUtilization: [...hours(8, 26), ...each(90, 96)] }))
    // Requests of half of the days are not all of them.
    const half = run([cache()], { metrics: { ...idle, CacheHits: each(0, 16) } })
    assert.deepStrictEqual(half.whyUnknown, ["pages: CloudWatch has its requests of too few of the 30 days"])
    // A region that stands by is asked for nothing.
    const standby = run([cache({ globalRole: "secondary" })], { metrics: idle }).flags[0]
    assert.deepInclude(standby, { kind: "notice", severity: "info", savings: null })
    assert.strictEqual(of(idle, {}, cache({ globalRole: "primary" })), "idle")
  })

  it("judges Memcached by its own metrics, for all its nodes, and knows its own connections", () => {
    const { asked, flags } = run([memcached()])
    assert.deepStrictEqual(flags[0]?.reasons, ["oversized"])
    const monthlyUsd = cents(month("cache.m6g.xlarge", "memcached", 3) - month("cache.m6g.large", "memcached", 3))
    assert.strictEqual(flags[0]?.savings?.monthlyUsd, monthlyUsd)
    assert.deepInclude(flags[0]?.evidence, { target: "cache.m6g.large", memoryPeakPercent: 15.5 })
    // Nothing tells to which nodes Memcached can be scaled in place.
    assert.deepStrictEqual(asked, [`use ${memcached().arn}`])
    const quiet = { GetHits: each(0), GetMisses: each(0), CmdSet: each(0) }
    assert.strictEqual(of({ ...quiet, CurrConnections: each(14) }, {}, memcached()), "idle")
    assert.strictEqual(of({ ...quiet, CurrConnections: each(15) }, {}, memcached()), "oversized")
    assert.strictEqual(of({ ...quiet, CurrConnections: each(3), CmdSet: each(1) }, {}, memcached()), "oversized")
    assert.isUndefined(of({ BytesUsedForCacheItems: each(6 * gib) }, {}, memcached()))
  })

  it("leaves alone what is busy, full or fits nothing smaller", () => {
    const { asked, flagged } = run([cache()], { metrics: { EngineCPUUtilization: hours(30) } })
    assert.deepStrictEqual([asked, flagged], [[], []])
    // One busy hour needs the node that it has.
    assert.strictEqual(of({ EngineCPUUtilization: [...hours(8, 29), ...each(20, 24)] }), "oversized")
    const once = run([cache()], { metrics: { EngineCPUUtilization: [...hours(8, 29), 20.1, ...each(8, 23)] } })
    assert.deepStrictEqual([once.flagged, once.stateOf(cache().arn)], [[], "healthy"])
    assert.isUndefined(of({}, { second: { EngineCPUUtilization: hours(30) } }))
    assert.isUndefined(of({ DatabaseMemoryUsagePercentage: each(36) }))
    // 35 % of 26 GiB are 70 % of 13, and of 3.1 GiB they are 79 % of 1.4.
    assert.strictEqual(of({ DatabaseMemoryUsagePercentage: each(35) }), "oversized")
    const small = cache({}, { nodeType: "cache.t4g.medium" })
    const smaller = ["cache.t4g.small", "cache.t4g.micro"]
    assert.isUndefined(of({ DatabaseMemoryUsagePercentage: each(35) }, { smaller }, small))
    assert.strictEqual(of({ DatabaseMemoryUsagePercentage: each(30) }, { smaller }, small), "oversized")
    assert.isUndefined(of({ Evictions: [...each(0, 30), 5] }))
    assert.isUndefined(of({ SwapUsage: each(60 * 2 ** 20) }))
    assert.isUndefined(of({}, { smaller: ["cache.m7g.large"] }))
    assert.isUndefined(of({}, {}, cache({}, { nodeType: "cache.r7g.large" })))
  })

  it("looks at the CPU of the whole node, of which a small one gives the engine half", () => {
    // 17 % of four vCPUs are 34 % of two, and 35 % would be 70 % of what the engine can use.
    assert.strictEqual(of({ CPUUtilization: each(17) }), "oversized")
    assert.isUndefined(of({ CPUUtilization: each(18) }))
    const large = cache({}, { nodeType: "cache.r7g.2xlarge" })
    assert.strictEqual(of({ CPUUtilization: each(34) }, { smaller: ["cache.r7g.xlarge"] }, large), "oversized")
    // A burstable node has to earn the credits that it spends.
    const burstable = cache({}, { nodeType: "cache.t4g.small" })
    const smaller = ["cache.t4g.micro"]
    assert.strictEqual(of({ CPUUtilization: each(10) }, { smaller }, burstable), "oversized")
    assert.isUndefined(of({ CPUUtilization: each(11) }, { smaller }, burstable))
  })

  it("does not know what it cannot read", () => {
    const why = (options: Options, one = cache()) => run([one], options).whyUnknown[0]?.replace("pages: ", "")
    assert.match(why({ metrics: { EngineCPUUtilization: undefined } }) ?? "", /InternalError/)
    assert.strictEqual(
      why({ metrics: { EngineCPUUtilization: hours(8, 13) } }),
      "CloudWatch has its CPU of 13 days, and 14 are needed"
    )
    for (const metric of ["CacheHits", "CurrConnections", "DatabaseMemoryUsagePercentage", "Evictions", "SwapUsage"]) {
      assert.include(why({ metrics: { [metric]: [] } }), metric)
    }
    // Nobody needs to know how full a cache is that nobody asks.
    const untold = run([cache()], { metrics: { ...idle, DatabaseMemoryUsagePercentage: undefined } })
    assert.deepStrictEqual([untold.flagged, untold.flags[0]?.evidence["memoryPeakPercent"]], [["pages: idle"], null])
    assert.strictEqual(why({ metrics: { CPUUtilization: each(6, 8) } }), "CloudWatch has too little of its nodes' CPU")
    // Its engine's core is no slower in a smaller node, and credits are another matter.
    const engineAlone = run([cache()], { metrics: { CPUUtilization: [] } })
    assert.deepStrictEqual(engineAlone.flagged, ["pages: oversized"])
    assert.isNull(engineAlone.flags[0]?.evidence["hostCpuP95Percent"])
    const burstable = cache({}, { nodeType: "cache.t4g.medium" })
    const onCredits = { metrics: { CPUUtilization: [] }, smaller: ["cache.t4g.small"] }
    assert.strictEqual(why(onCredits, burstable), "CloudWatch has too little of its nodes' CPU")
    assert.strictEqual(why({ use: undefined }), "use was not told")
    assert.strictEqual(why({ smaller: undefined }), "smallerNodes was not told")
    assert.match(why({}, cache({ unread: "ElastiCache lists 1 of its 2 nodes" })) ?? "", /1 of its 2/)
    assert.strictEqual(why({}, cache({ status: "modifying" })), "it is modifying at the moment")
    assert.strictEqual(why({}, cache({ clusters: [] })), "ElastiCache lists none of its nodes")
    assert.strictEqual(why({}, cache({ nodeType: "cache.r7g.large" })), "its nodes are of different types")
    assert.match(why({}, cache({}, { nodeType: "cache.z9.large" })) ?? "", /beside cache.z9.large/)
    assert.match(why({}, cache({ engine: "keydb" })) ?? "", /its engine/)
    assert.match(why({}, cache({ dataTiering: true })) ?? "", /on disk/)
    assert.match(why({}, cache({ globalRole: "secondary" })) ?? "", /global datastore/)
  })

  it("judges none that is younger than the window, nor any that is going", () => {
    assert.deepStrictEqual(run([cache({ createdAt: daysAgo(29) })]).tooYoung, ["pages"])
    assert.deepStrictEqual(run([cache({ createdAt: undefined, status: "creating" })]).tooYoung, ["pages"])
    assert.deepStrictEqual(run([cache({ createdAt: undefined })]).unknown, ["pages"])
    assert.strictEqual(run([cache({ status: "deleting" })]).stateOf(cache().arn), "healthy")
  })

  it("follows every setting", () => {
    assert.strictEqual(of({ EngineCPUUtilization: hours(30) }, { settings: { engineCpuMax: 30 } }), "oversized")
    assert.isUndefined(of({}, { settings: { memoryMaxCap: 19 } }))
    const young = cache({ createdAt: daysAgo(20) })
    assert.strictEqual(of({}, { settings: { lookbackDays: 20 } }, young), "oversized")
  })

  it("closes nothing that a failed read leaves out, and saves nothing without a price", () => {
    assert.strictEqual(run(gap()).status, "unavailable")
    assert.strictEqual(run(gap([cache()])).status, "partial")
    assert.strictEqual(run([]).status, "complete")
    const unpriced = judge(scan, { caches: [cache()], cpu: gap(), ecpus: gap() }, { compute, answers: {} })
    assert.deepStrictEqual(unpriced.unknown, ["pages"])
  })
})
