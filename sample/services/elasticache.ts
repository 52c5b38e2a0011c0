import type { DescribeCacheClustersCommandInput, DescribeCacheClustersCommandOutput } from "@aws-sdk/client-elasticache"
import type { Named } from "../estate.ts"
import { arnOf, idOf } from "../ids.ts"
import { type Answer, defineService, pageOf } from "../Service.ts"

declare module "../estate.ts" {
  interface Region {
    readonly caches: ReadonlyArray<Cache>
  }
}

export interface Cache extends Named {
  readonly nodeType: string
  readonly groups: ReadonlyArray<string>
}

export default defineService({
  region: { caches: [] },
  answers: {
    "elasticache:DescribeCacheClusters": (
      here,
      input: DescribeCacheClustersCommandInput
    ): Answer<DescribeCacheClustersCommandOutput> => {
      const { items, next } = pageOf(here.has.caches, input.Marker, input.MaxRecords, 100)
      return {
        CacheClusters: items.map((cache) => ({
          CacheClusterId: cache.name,
          ARN: arnOf("elasticache", here, `cluster:${cache.name}`),
          Engine: "valkey",
          CacheNodeType: cache.nodeType,
          NumCacheNodes: 1,
          CacheClusterStatus: "available",
          SecurityGroups: cache.groups.map((group) => ({ SecurityGroupId: idOf("sg", here, group), Status: "active" }))
        })),
        Marker: next
      }
    }
  },
  resources: (here) =>
    here.has.caches.map(({ name, tags }) => ({
      type: "elasticache:cluster",
      arn: arnOf("elasticache", here, `cluster:${name}`),
      tags
    })),
  interfaces: (here) =>
    here.has.caches.map(({ groups, name }) => ({
      name: `cache/${name}`,
      requesterManaged: true,
      description: `ElastiCache ${name}`,
      groups
    }))
})
