import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as elasticache from "../../../datasets/aws/elasticache.ts"
import { paged, readDataset, valueOf } from "../harness.ts"

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
