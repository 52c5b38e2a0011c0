import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as elasticache from "../../../datasets/aws/elasticache.ts"
import { awsFailure, noSeries, paged, readDataset, readProbe, valueOf } from "../harness.ts"

describe("elasticache.cacheClusters", () => {
  it.effect("reads 201 clusters in three calls of 100", () =>
    Effect.gen(function* () {
      const items = Array.from({ length: 201 }, (_, index) => ({
        ARN: `arn:aws:elasticache:eu-west-1:111111111111:cluster:cart-${index}`,
        CacheClusterId: `cart-${index}`,
        Engine: "redis",
        EngineVersion: "6.2.6",
        CacheNodeType: "cache.r6g.large",
        CacheClusterStatus: "available",
        NumCacheNodes: 1,
        CacheClusterCreateTime: new Date("2026-01-01T00:00:00Z"),
        ReplicationGroupId: "cart",
        SecurityGroups: [{ SecurityGroupId: "sg-1", Status: "active" }]
      }))
      const { calls, read } = yield* readDataset(elasticache.cacheClusters, {
        "elasticache:DescribeCacheClusters": paged(items, "CacheClusters", {
          size: "MaxRecords",
          input: "Marker",
          output: "Marker"
        })
      })
      assert.deepStrictEqual(calls, { "elasticache:DescribeCacheClusters": 3 })
      assert.deepStrictEqual(valueOf(read)[200], {
        arn: "arn:aws:elasticache:eu-west-1:111111111111:cluster:cart-200",
        id: "cart-200",
        engine: "redis",
        engineVersion: "6.2.6",
        nodeType: "cache.r6g.large",
        nodes: 1,
        status: "available",
        createdAt: new Date("2026-01-01T00:00:00Z"),
        autoMinorUpgrade: undefined,
        replicationGroupId: "cart",
        securityGroupIds: ["sg-1"]
      })
    })
  )

  it.effect("calls a cluster without an ARN malformed, and an answer without clusters", () =>
    Effect.gen(function* () {
      const { read } = yield* readDataset(elasticache.cacheClusters, {
        "elasticache:DescribeCacheClusters": () => ({ CacheClusters: [{ CacheClusterId: "cart" }] })
      })
      assert.match(read.ok ? "" : read.error.summary, /CacheClusters\[\]\.ARN is missing/)
      const { read: bare } = yield* readDataset(elasticache.cacheClusters, {
        "elasticache:DescribeCacheClusters": () => ({})
      })
      assert.match(bare.ok ? "" : bare.error.summary, /CacheClusters is missing/)
    })
  )
})

describe("elasticache.serverlessCaches", () => {
  const serverless = (name: string, more: object = {}) => ({
    ARN: `arn:aws:elasticache:eu-west-1:111111111111:serverlesscache:${name}`,
    ServerlessCacheName: name,
    Engine: "Valkey",
    MajorEngineVersion: "8",
    Status: "AVAILABLE",
    ...more
  })

  it.effect("reads them 100 a page, with the limits that are set", () =>
    Effect.gen(function* () {
      const { calls, read, sent } = yield* readDataset(elasticache.serverlessCaches, {
        "elasticache:DescribeServerlessCaches": ({ NextToken }: any) =>
          NextToken === undefined
            ? { ServerlessCaches: [serverless("quiz")], NextToken: "2" }
            : {
                ServerlessCaches: [
                  serverless("prices", {
                    FullEngineVersion: "8.1",
                    CacheUsageLimits: {
                      DataStorage: { Minimum: 1, Maximum: 10, Unit: "GB" },
                      ECPUPerSecond: { Maximum: 5000 }
                    }
                  })
                ]
              }
      })
      assert.deepStrictEqual(calls, { "elasticache:DescribeServerlessCaches": 2 })
      assert.strictEqual(sent[0]?.input.MaxResults, 100)
      assert.deepStrictEqual(valueOf(read), [
        {
          type: "elasticache:serverlesscache",
          arn: "arn:aws:elasticache:eu-west-1:111111111111:serverlesscache:quiz",
          id: "quiz",
          engine: "valkey",
          engineVersion: "8",
          status: "available",
          createdAt: undefined,
          leastGb: undefined,
          mostGb: undefined,
          leastEcpus: undefined,
          mostEcpus: undefined
        },
        {
          type: "elasticache:serverlesscache",
          arn: "arn:aws:elasticache:eu-west-1:111111111111:serverlesscache:prices",
          id: "prices",
          engine: "valkey",
          engineVersion: "8.1",
          status: "available",
          createdAt: undefined,
          leastGb: 1,
          mostGb: 10,
          leastEcpus: undefined,
          mostEcpus: 5000
        }
      ])
    })
  )

  it.effect("calls one without its name, and an answer without its list, malformed", () =>
    Effect.gen(function* () {
      for (const [answer, missing] of [
        [{}, "ServerlessCaches is missing"],
        [
          { ServerlessCaches: [serverless("quiz", { ServerlessCacheName: undefined })] },
          "ServerlessCacheName is missing"
        ]
      ] as const) {
        const { read } = yield* readDataset(elasticache.serverlessCaches, {
          "elasticache:DescribeServerlessCaches": () => answer
        })
        assert.include(read.ok ? "" : read.error.summary, missing)
      }
    })
  )

  it.effect("are among all caches, which have a gap where they were refused", () =>
    Effect.gen(function* () {
      const others = {
        "elasticache:DescribeCacheClusters": () => ({ CacheClusters: [] }),
        "elasticache:DescribeReplicationGroups": () => ({ ReplicationGroups: [] })
      }
      const { read } = yield* readDataset(elasticache.allCaches, {
        ...others,
        "elasticache:DescribeServerlessCaches": () => ({ ServerlessCaches: [serverless("quiz")] })
      })
      const caches: ReadonlyArray<elasticache.Cache | elasticache.ServerlessCache> = valueOf(read)
      assert.deepStrictEqual(
        caches.map(({ id }) => id),
        ["quiz"]
      )
      const refused = yield* readDataset(elasticache.allCaches, {
        ...others,
        "elasticache:DescribeServerlessCaches": () => {
          throw awsFailure("AccessDeniedException", "no")
        }
      })
      assert.isFalse(refused.read.ok && refused.read.gaps.length === 0)
    })
  )
})

describe("elasticache.caches", () => {
  const node = (id: string, more: object = {}) => ({
    ARN: `arn:aws:elasticache:eu-west-1:111111111111:cluster:${id}`,
    CacheClusterId: id,
    Engine: "Redis",
    EngineVersion: "7.1.0",
    CacheNodeType: "cache.m6g.large",
    CacheClusterStatus: "available",
    NumCacheNodes: 1,
    ...more
  })
  const group = (id: string, MemberClusters: ReadonlyArray<string>) => ({
    ARN: `arn:group:${id}`,
    ReplicationGroupId: id,
    Status: "available",
    MemberClusters,
    MultiAZ: "ENABLED",
    NodeGroups: [{ NodeGroupId: "1" }, { NodeGroupId: "2" }]
  })

  it.effect("joins nodes to their groups, in one call each, and says where nodes are missing", () =>
    Effect.gen(function* () {
      const { calls, read } = yield* readDataset(elasticache.caches, {
        "elasticache:DescribeCacheClusters": () => ({
          CacheClusters: [
            node("cart-2", { ReplicationGroupId: "cart", CacheClusterStatus: "Modifying" }),
            // Its group names it.
            node("cart-1"),
            node("half-1", { ReplicationGroupId: "half" }),
            node("pages", { Engine: "memcached", NumCacheNodes: 3 })
          ]
        }),
        "elasticache:DescribeReplicationGroups": () => ({
          ReplicationGroups: [group("cart", ["cart-1", "cart-2"]), group("half", ["half-1", "half-2"])]
        })
      })
      assert.deepStrictEqual(calls, {
        "elasticache:DescribeCacheClusters": 1,
        "elasticache:DescribeReplicationGroups": 1
      })
      const caches: ReadonlyArray<elasticache.Cache> = valueOf(read)
      assert.deepStrictEqual(
        caches.map(({ engine, id, multiAz, nodes, shards, status }) => [id, engine, status, nodes, shards, multiAz]),
        [
          ["cart", "redis", "modifying", 2, 2, true],
          ["half", "redis", "available", 1, 2, true],
          ["pages", "memcached", "available", 3, 1, false]
        ]
      )
      assert.deepStrictEqual(
        caches.map(({ unread }) => unread),
        [undefined, "ElastiCache lists 1 of its 2 nodes", undefined]
      )
    })
  )

  it.effect("asks for the updates that wait and no others, and calls answers without their lists malformed", () =>
    Effect.gen(function* () {
      const { read, sent } = yield* readDataset(elasticache.updateActions, {
        "elasticache:DescribeUpdateActions": () => ({
          UpdateActions: [{ CacheClusterId: "pages", ServiceUpdateName: "s-1", ServiceUpdateSeverity: "Critical" }]
        })
      })
      assert.deepInclude(sent[0]?.input, { ServiceUpdateStatus: ["available"], UpdateActionStatus: ["not-applied"] })
      assert.deepInclude(valueOf(read)[0], { cacheId: "pages", severity: "critical" })
      for (const [dataset, operation, field] of [
        [elasticache.updateActions, "DescribeUpdateActions", "UpdateActions"],
        [elasticache.engineVersions, "DescribeCacheEngineVersions", "CacheEngineVersions"],
        [elasticache.replicationGroups, "DescribeReplicationGroups", "ReplicationGroups"]
      ] as const) {
        const { read } = yield* readDataset(dataset, { [`elasticache:${operation}`]: () => ({}) })
        assert.include(read.ok ? "" : read.error.summary, `${field} is missing`)
      }
    })
  )
})

describe("elasticache series", () => {
  const list = {
    "elasticache:DescribeCacheClusters": () => ({
      CacheClusters: [
        ["large", "valkey", "cache.r7g.xlarge", "available"],
        ["small", "redis", "cache.t4g.small", "available"],
        ["pages", "memcached", "cache.m6g.large", "available"],
        ["new", "redis", "cache.t4g.small", "creating"]
      ].map(([id, Engine, CacheNodeType, CacheClusterStatus]) => ({
        ARN: `arn:${id}`,
        CacheClusterId: id,
        Engine,
        CacheNodeType,
        CacheClusterStatus
      }))
    }),
    "cloudwatch:GetMetricData": noSeries
  }
  const common = ["CurrConnections", "Evictions", "SwapUsage"]

  it.effect("are one of each cluster for what may be too big, and those of its engine and size for what is short", () =>
    Effect.gen(function* () {
      const asked = (sent: ReadonlyArray<{ readonly input: any }>) =>
        sent
          .flatMap(({ input }) => input.MetricDataQueries ?? [])
          .map(
            ({ MetricStat: { Metric, Period, Stat } }) =>
              `${Metric.Dimensions[0].Value} ${Metric.MetricName} ${Stat} ${Period}`
          )
          .sort()
      const { calls, sent } = yield* readDataset(elasticache.cpu(30, { leastDays: 14, percent: 20, busyDays: 4 }), list)
      assert.deepStrictEqual(calls, { "elasticache:DescribeCacheClusters": 1, "cloudwatch:GetMetricData": 1 })
      assert.deepStrictEqual(asked(sent), [
        "large EngineCPUUtilization Maximum 3600",
        "pages CPUUtilization Maximum 3600",
        "small EngineCPUUtilization Maximum 3600"
      ])
      const load = yield* readDataset(
        elasticache.load(14, {
          sustainedDays: 3,
          cpuPercent: 80,
          hostPercent: 45,
          memoryPercent: 80,
          connections: 58_500,
          swapBytes: 50_000_000,
          evictions: 1
        }),
        list
      )
      const daily = (id: string, memory: string) => [
        `${id} ${memory} Maximum 86400`,
        ...common.map((metric) => `${id} ${metric} ${metric === "Evictions" ? "Sum" : "Maximum"} 86400`)
      ]
      assert.deepStrictEqual(
        asked(load.sent),
        [
          "large EngineCPUUtilization Maximum 3600",
          "pages CPUUtilization Maximum 3600",
          "small EngineCPUUtilization Maximum 3600",
          "small CPUUtilization Maximum 3600",
          ...daily("large", "DatabaseMemoryUsagePercentage"),
          ...daily("small", "DatabaseMemoryUsagePercentage"),
          ...daily("pages", "BytesUsedForCacheItems")
        ].sort()
      )
    })
  )

  it.effect("ask of candidates what their engine tells", () =>
    Effect.gen(function* () {
      const cluster = (engine: string) => ({ id: "a", engine, nodeType: "cache.m6g.large" })
      const metricsOf = (spec: object) =>
        Object.values(spec)
          .flat()
          .flatMap((one) => (one === undefined ? [] : [one.metric]))
          .sort()
      const use = ["CPUUtilization", "CPUUtilization", ...common]
      assert.deepStrictEqual(
        metricsOf(elasticache.useSeries(cluster("redis"), 30)),
        [...use, "CacheHits", "CacheMisses", "DatabaseMemoryUsagePercentage"].sort()
      )
      assert.deepStrictEqual(
        metricsOf(elasticache.useSeries(cluster("memcached"), 30)),
        [...use, "BytesUsedForCacheItems", "CmdSet", "GetHits", "GetMisses"].sort()
      )
      const exceeded = ["NetworkBandwidthInAllowanceExceeded", "NetworkBandwidthOutAllowanceExceeded"]
      assert.deepStrictEqual(metricsOf(elasticache.strainSeries(cluster("memcached"), 30)), exceeded)
      assert.deepStrictEqual(metricsOf(elasticache.strainSeries(cluster("redis"), 30)), [...exceeded, "ReplicationLag"])
      yield* Effect.void
    })
  )
})

describe("elasticache.smallerNodes", () => {
  const cache = (id: string, type: elasticache.Cache["type"]) =>
    ({
      type,
      arn: `arn:${id}`,
      id,
      createdAt: undefined,
      engineVersion: "8.1",
      nodeType: "cache.m6g.xlarge"
    }) as elasticache.Cache
  const group = cache("cart", "elasticache:replicationgroup")

  it.effect("asks for each cache once, by its group where it has one", () =>
    Effect.gen(function* () {
      const { calls, readings, sent } = yield* readProbe(
        elasticache.smallerNodes,
        [group, group, cache("alone", "elasticache:cluster")],
        {
          "elasticache:ListAllowedNodeTypeModifications": ({ CacheClusterId }) =>
            CacheClusterId === undefined
              ? { ScaleUpModifications: [], ScaleDownModifications: ["cache.m6g.large"] }
              : { ScaleUpModifications: ["cache.m6g.2xlarge"], ScaleDownModifications: [] }
        }
      )
      assert.deepStrictEqual(calls, { "elasticache:ListAllowedNodeTypeModifications": 2 })
      assert.deepStrictEqual(sent.map(({ input }) => Object.entries(input).flat().join(" ")).sort(), [
        "CacheClusterId alone",
        "ReplicationGroupId cart"
      ])
      assert.deepStrictEqual(
        readings.map((reading) => reading.known && reading.value),
        [["cache.m6g.large"], ["cache.m6g.large"], []]
      )
    })
  )

  it.effect("does not know what is refused, or answered without any list", () =>
    Effect.gen(function* () {
      const ask = (answer: () => unknown) =>
        Effect.map(
          readProbe(elasticache.smallerNodes, [group], { "elasticache:ListAllowedNodeTypeModifications": answer }),
          ({ readings: [reading] }) => (reading?.known === false ? reading.reason : "")
        )
      assert.match(yield* ask(() => ({ ScaleUpModifications: [] })), /ScaleDownModifications is missing/)
      const denied = () => {
        throw awsFailure("AccessDenied", "no", 403)
      }
      assert.notStrictEqual(yield* ask(denied), "")
    })
  )
})
