/** ElastiCache. */
import { DescribeCacheClustersCommand, ElastiCacheClient } from "@aws-sdk/client-elasticache"
import { required } from "../../core/aws/Aws.ts"
import { listOperation } from "../../core/aws/operation.ts"
import { listOf } from "../engine/Dataset.ts"

/** At most 100 a page. Source: shared/facts/aws-limits.md 2. */
const describeCacheClusters = listOperation(
  ElastiCacheClient,
  DescribeCacheClustersCommand,
  "elasticache:DescribeCacheClusters",
  "CacheClusters",
  { paging: { size: ["MaxRecords", 100], input: "Marker", output: "Marker" } }
)

export interface CacheCluster {
  readonly arn: string
  readonly id: string
  /** `valkey`, `redis` or `memcached`. */
  readonly engine: string
  readonly engineVersion: string
  /** `cache.r6g.large`. */
  readonly nodeType: string
  /** More than one for Memcached only. */
  readonly nodes: number
  /** `available`, `creating`, … */
  readonly status: string
  /** Undefined while it is being created. */
  readonly createdAt: Date | undefined
  /** The group whose shard or replica it is. */
  readonly replicationGroupId: string | undefined
  readonly securityGroupIds: ReadonlyArray<string>
}

/** All cache clusters, members of replication groups included, 100 a page. Their tags are not in the list. */
export const cacheClusters = listOf("elasticache.cacheClusters", "regional", describeCacheClusters, {}, (clusters) =>
  clusters.map((cluster): CacheCluster => ({
    arn: required(cluster.ARN, "CacheClusters[].ARN"),
    id: required(cluster.CacheClusterId, "CacheClusters[].CacheClusterId"),
    engine: required(cluster.Engine, "CacheClusters[].Engine"),
    engineVersion: cluster.EngineVersion ?? "",
    nodeType: cluster.CacheNodeType ?? "",
    nodes: cluster.NumCacheNodes ?? 1,
    status: required(cluster.CacheClusterStatus, "CacheClusters[].CacheClusterStatus").toLowerCase(),
    createdAt: cluster.CacheClusterCreateTime,
    replicationGroupId: cluster.ReplicationGroupId,
    securityGroupIds: (cluster.SecurityGroups ?? []).flatMap(({ SecurityGroupId }) => SecurityGroupId ?? [])
  }))
)
