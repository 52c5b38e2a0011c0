/** ElastiCache: cache clusters, the replication groups that they are nodes of, and what AWS has for them. */
import {
  DescribeCacheClustersCommand,
  DescribeCacheEngineVersionsCommand,
  DescribeReplicationGroupsCommand,
  DescribeUpdateActionsCommand,
  ElastiCacheClient
} from "@aws-sdk/client-elasticache"
import { required } from "../../core/aws/Aws.ts"
import { listOperation } from "../../core/aws/operation.ts"
import { derived, listOf } from "../engine/Dataset.ts"
import { billedBy, resourceKind } from "../engine/ResourceKind.ts"

/** At most 100 a page. Source: shared/facts/aws-limits.md 2. */
const paging = { size: ["MaxRecords", 100], input: "Marker", output: "Marker" } as const

const describeCacheClusters = listOperation(
  ElastiCacheClient,
  DescribeCacheClustersCommand,
  "elasticache:DescribeCacheClusters",
  "CacheClusters",
  { paging }
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
  readonly autoMinorUpgrade: boolean | undefined
  /** The group whose shard or replica it is. */
  readonly replicationGroupId: string | undefined
  readonly securityGroupIds: ReadonlyArray<string>
}

/** All cache clusters, members of replication groups included, 100 a page. Their tags are not in the list. */
export const cacheClusters = listOf("elasticache.cacheClusters", "regional", describeCacheClusters, {}, (clusters) =>
  clusters.map((cluster): CacheCluster => ({
    arn: required(cluster.ARN, "CacheClusters[].ARN"),
    id: required(cluster.CacheClusterId, "CacheClusters[].CacheClusterId"),
    engine: required(cluster.Engine, "CacheClusters[].Engine").toLowerCase(),
    engineVersion: cluster.EngineVersion ?? "",
    nodeType: cluster.CacheNodeType ?? "",
    nodes: cluster.NumCacheNodes ?? 1,
    status: required(cluster.CacheClusterStatus, "CacheClusters[].CacheClusterStatus").toLowerCase(),
    createdAt: cluster.CacheClusterCreateTime,
    autoMinorUpgrade: cluster.AutoMinorVersionUpgrade,
    replicationGroupId: cluster.ReplicationGroupId,
    securityGroupIds: (cluster.SecurityGroups ?? []).flatMap(({ SecurityGroupId }) => SecurityGroupId ?? [])
  }))
)

const describeReplicationGroups = listOperation(
  ElastiCacheClient,
  DescribeReplicationGroupsCommand,
  "elasticache:DescribeReplicationGroups",
  "ReplicationGroups",
  { paging }
)

export interface ReplicationGroup {
  readonly arn: string
  readonly id: string
  readonly status: string
  readonly createdAt: Date | undefined
  readonly memberIds: ReadonlyArray<string>
  readonly shards: number
  readonly multiAz: boolean
  readonly dataTiering: boolean
  /** `PRIMARY` or `SECONDARY` in a global datastore, in lower case. */
  readonly globalRole: string | undefined
}

/** All replication groups, 100 a page. */
export const replicationGroups = listOf(
  "elasticache.replicationGroups",
  "regional",
  describeReplicationGroups,
  {},
  (groups) =>
    groups.map((group): ReplicationGroup => ({
      arn: required(group.ARN, "ReplicationGroups[].ARN"),
      id: required(group.ReplicationGroupId, "ReplicationGroups[].ReplicationGroupId"),
      status: required(group.Status, "ReplicationGroups[].Status").toLowerCase(),
      createdAt: group.ReplicationGroupCreateTime,
      memberIds: required(group.MemberClusters, "ReplicationGroups[].MemberClusters"),
      shards: group.NodeGroups?.length ?? 1,
      multiAz: group.MultiAZ?.toLowerCase() === "enabled",
      dataTiering: group.DataTiering?.toLowerCase() === "enabled",
      globalRole: group.GlobalReplicationGroupInfo?.GlobalReplicationGroupMemberRole?.toLowerCase()
    }))
)

/** What is sized and upgraded as a whole: a replication group with its nodes, or a cluster of its own. */
export interface Cache {
  readonly type: "elasticache:replicationgroup" | "elasticache:cluster"
  readonly arn: string
  readonly id: string
  readonly engine: string
  readonly engineVersion: string
  readonly nodeType: string
  /** `available` where the group and all its clusters are. */
  readonly status: string
  readonly createdAt: Date | undefined
  readonly autoMinorUpgrade: boolean | undefined
  /** Its clusters, by id: of a replication group each has one node. */
  readonly clusters: ReadonlyArray<CacheCluster>
  readonly nodes: number
  readonly shards: number
  readonly multiAz: boolean
  readonly dataTiering: boolean
  readonly globalRole: string | undefined
  /** Why it is not known what it consists of; undefined where that is known. */
  readonly unread: string | undefined
}

/** Every cache: replication groups, and clusters that belong to none. */
export const caches = derived<
  ReadonlyArray<Cache>,
  { readonly clusters: typeof cacheClusters; readonly groups: typeof replicationGroups }
>("elasticache.caches", {
  scope: "regional",
  needs: { clusters: cacheClusters, groups: replicationGroups },
  inventory: ["clusters", "groups"],
  kind: resourceKind<Cache>({
    type: ({ type }) => type,
    service: billedBy.elasticache,
    tags: { tagging: ["elasticache:replicationgroup", "elasticache:cluster"] },
    id: ({ id }) => id,
    name: ({ id }) => id
  }),
  derive: ({ clusters, groups }) => {
    const byGroup = Map.groupBy(clusters, ({ replicationGroupId }) => replicationGroupId)
    const together = groups.map((group): Cache => {
      const members = (byGroup.get(group.id) ?? []).toSorted((a, b) => (a.id < b.id ? -1 : 1))
      const [first] = members
      return {
        type: "elasticache:replicationgroup",
        arn: group.arn,
        id: group.id,
        engine: first?.engine ?? "",
        engineVersion: first?.engineVersion ?? "",
        nodeType: first?.nodeType ?? "",
        status: members.find(({ status }) => status !== "available")?.status ?? group.status,
        createdAt: group.createdAt ?? first?.createdAt,
        autoMinorUpgrade: members.length > 0 && members.every(({ autoMinorUpgrade }) => autoMinorUpgrade === true),
        clusters: members,
        nodes: members.reduce((sum, { nodes }) => sum + nodes, 0),
        shards: group.shards,
        multiAz: group.multiAz,
        dataTiering: group.dataTiering,
        globalRole: group.globalRole,
        unread:
          members.length > 0 && members.length === group.memberIds.length
            ? undefined
            : `ElastiCache lists ${members.length} of its ${group.memberIds.length} nodes`
      }
    })
    const alone = (byGroup.get(undefined) ?? []).map((cluster): Cache => ({
      type: "elasticache:cluster",
      arn: cluster.arn,
      id: cluster.id,
      engine: cluster.engine,
      engineVersion: cluster.engineVersion,
      nodeType: cluster.nodeType,
      status: cluster.status,
      createdAt: cluster.createdAt,
      autoMinorUpgrade: cluster.autoMinorUpgrade,
      clusters: [cluster],
      nodes: cluster.nodes,
      shards: 1,
      multiAz: false,
      dataTiering: false,
      globalRole: undefined,
      unread: undefined
    }))
    return [...together, ...alone]
  }
})

const describeEngineVersions = listOperation(
  ElastiCacheClient,
  DescribeCacheEngineVersionsCommand,
  "elasticache:DescribeCacheEngineVersions",
  "CacheEngineVersions",
  { paging }
)

export interface CacheEngineVersion {
  readonly engine: string
  readonly version: string
}

/** The versions of all engines that ElastiCache offers, 100 a page; it tells no dates. */
export const engineVersions = listOf(
  "elasticache.engineVersions",
  "regional",
  describeEngineVersions,
  {},
  (versions): ReadonlyArray<CacheEngineVersion> =>
    versions.map(({ Engine, EngineVersion }) => ({
      engine: required(Engine, "CacheEngineVersions[].Engine").toLowerCase(),
      version: required(EngineVersion, "CacheEngineVersions[].EngineVersion")
    }))
)

/** The model documents no largest page; 100 is what the other lists take. Source: shared/facts/page-sizes.md. */
const describeUpdateActions = listOperation(
  ElastiCacheClient,
  DescribeUpdateActionsCommand,
  "elasticache:DescribeUpdateActions",
  "UpdateActions",
  { paging }
)

/** A service update that is offered for a cache and was not applied. */
export interface UpdateAction {
  /** Of the replication group, or of a cluster of its own. */
  readonly cacheId: string
  readonly name: string
  /** `critical`, `important`, `medium` or `low`. */
  readonly severity: string
  /** `security-update` or `engine-update`. */
  readonly type: string
  /** Undefined where AWS recommends no day. */
  readonly applyBy: Date | undefined
}

/** Service updates that wait, 100 a page. */
export const updateActions = listOf(
  "elasticache.updateActions",
  "regional",
  describeUpdateActions,
  { ServiceUpdateStatus: ["available"], UpdateActionStatus: ["not-applied"] },
  (actions): ReadonlyArray<UpdateAction> =>
    actions.map((action) => ({
      cacheId: required(action.ReplicationGroupId ?? action.CacheClusterId, "UpdateActions[].CacheClusterId"),
      name: required(action.ServiceUpdateName, "UpdateActions[].ServiceUpdateName"),
      severity: action.ServiceUpdateSeverity?.toLowerCase() ?? "",
      type: action.ServiceUpdateType?.toLowerCase() ?? "",
      applyBy: action.ServiceUpdateRecommendedApplyByDate
    }))
)
