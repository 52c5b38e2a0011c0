import type {
  DescribeCacheClustersCommandInput,
  DescribeCacheClustersCommandOutput,
  DescribeCacheEngineVersionsCommandInput,
  DescribeCacheEngineVersionsCommandOutput,
  DescribeReplicationGroupsCommandInput,
  DescribeReplicationGroupsCommandOutput,
  DescribeServerlessCachesCommandInput,
  DescribeServerlessCachesCommandOutput,
  DescribeUpdateActionsCommandOutput,
  ListAllowedNodeTypeModificationsCommandInput,
  ListAllowedNodeTypeModificationsCommandOutput
} from "@aws-sdk/client-elasticache"
import type { Activity, Level, Load, Named, When } from "../estate.ts"
import { arnOf, idOf } from "../ids.ts"
import { type Answer, dateOf, defineService, type Here, pageOf, type Series } from "../Service.ts"

declare module "../estate.ts" {
  interface Region {
    readonly caches: ReadonlyArray<Cache>
    readonly serverlessCaches: ReadonlyArray<ServerlessCache>
  }
}

/** A node of a replication group, or a cluster of its own. */
export interface Cache extends Named {
  /** Default: Valkey 8.1. */
  readonly engine?: readonly [name: string, version: string]
  readonly nodeType: string
  readonly nodes?: number
  readonly created?: When
  /** Name of its replication group, which has the tags of its first node. */
  readonly group?: string
  /** Whether a security update waits that should have been applied. */
  readonly overdue?: true
  readonly groups: ReadonlyArray<string>
  /** Percent; `memory` of the memory for data, in bytes for Memcached. */
  readonly use?: {
    readonly cpu?: Level
    readonly memory?: Load
    readonly connections?: Load
    readonly gets?: Activity
    readonly evictions?: Activity
  }
}

/** A cache without nodes. */
export interface ServerlessCache extends Named {
  readonly engine: readonly [name: string, version: string]
  readonly created?: When
  readonly gb: number
  /** The most that is set: GB, and ECPUs a second. */
  readonly most?: { readonly gb: number; readonly ecpus: number }
  /** By the day. */
  readonly ecpus: Activity
  readonly throttled?: Activity
  readonly connections: number
}

const longAgo = "2023-04-03T08:00:00Z"

/** What ElastiCache offers. */
const versions: ReadonlyArray<readonly [engine: string, version: string]> = [
  ["memcached", "1.6.17"],
  ["memcached", "1.6.22"],
  ["redis", "5.0.6"],
  ["redis", "6.2"],
  ["redis", "7.0"],
  ["redis", "7.1"],
  ["valkey", "7.2"],
  ["valkey", "8.0"],
  ["valkey", "8.1"]
]

/** Sizes of a family, smallest first. */
const sizes = ["micro", "small", "medium", "large", "xlarge", "2xlarge", "4xlarge"]

/** From the largest to the smallest. */
const smallerThan = (nodeType: string): ReadonlyArray<string> => {
  const family = nodeType.slice(0, nodeType.lastIndexOf("."))
  const offered = family.startsWith("cache.t") ? sizes.slice(0, 3) : sizes.slice(3)
  return offered
    .slice(0, Math.max(0, offered.indexOf(nodeType.slice(family.length + 1))))
    .toReversed()
    .map((size) => `${family}.${size}`)
}

const engineOf = ({ engine = ["valkey", "8.1"] }: Cache) => engine

const groupsIn = (here: Here) =>
  [...Map.groupBy(here.has.caches, ({ group }) => group)].flatMap(([name, members]) =>
    name === undefined ? [] : [{ name, members }]
  )

/** The engine's one core is half of a small node. */
const halved = (level: Level): Level =>
  typeof level === "number" ? level / 2 : { average: level.average / 2, p95: level.p95 / 2, maximum: level.maximum / 2 }

/** No node has sent or received more than it may. */
const unexceeded = { NetworkBandwidthInAllowanceExceeded: 0, NetworkBandwidthOutAllowanceExceeded: 0 }

const seriesOf = (cache: Cache): Series => {
  const { created = longAgo, name, use = {} } = cache
  const [engine] = engineOf(cache)
  const { connections = { minimum: 20, average: 60, p95: 90, maximum: 120 }, evictions = 0, gets = 4_000_000 } = use
  const cpu = use.cpu ?? { average: 14, p95: 31, maximum: 52 }
  const memory = use.memory ?? { average: 48, p95: 61, maximum: 66 }
  return {
    namespace: "AWS/ElastiCache",
    dimensions: { CacheClusterId: name },
    since: created,
    idle: "zero",
    sums:
      engine === "memcached"
        ? { GetHits: gets, GetMisses: 0, CmdSet: 0, Evictions: evictions, ...unexceeded }
        : { CacheHits: gets, CacheMisses: 0, Evictions: evictions, ...unexceeded },
    levels: {
      ...(engine === "memcached"
        ? { CPUUtilization: cpu, BytesUsedForCacheItems: memory }
        : { CPUUtilization: halved(cpu), EngineCPUUtilization: cpu, DatabaseMemoryUsagePercentage: memory }),
      CurrConnections: connections,
      SwapUsage: 0
    }
  }
}

const serverlessSeriesOf = ({
  connections,
  created = longAgo,
  ecpus,
  gb,
  name,
  throttled = 0
}: ServerlessCache): Series => ({
  namespace: "AWS/ElastiCache",
  dimensions: { clusterId: name },
  since: created,
  idle: "zero",
  sums: { ElastiCacheProcessingUnits: ecpus, TotalCmdsCount: ecpus, ThrottledCmds: throttled },
  levels: { BytesUsedForCache: gb * 2 ** 30, CurrConnections: connections }
})

export default defineService({
  region: { caches: [], serverlessCaches: [] },
  answers: {
    "elasticache:DescribeCacheClusters": (
      here,
      input: DescribeCacheClustersCommandInput
    ): Answer<DescribeCacheClustersCommandOutput> => {
      const { items, next } = pageOf(here.has.caches, input.Marker, input.MaxRecords, 100)
      return {
        CacheClusters: items.map((cache) => {
          const [Engine, EngineVersion] = engineOf(cache)
          return {
            CacheClusterId: cache.name,
            ARN: arnOf("elasticache", here, `cluster:${cache.name}`),
            Engine,
            EngineVersion,
            CacheNodeType: cache.nodeType,
            NumCacheNodes: cache.nodes ?? 1,
            CacheClusterStatus: "available",
            CacheClusterCreateTime: dateOf(cache.created ?? longAgo),
            AutoMinorVersionUpgrade: true,
            ...(cache.group === undefined ? {} : { ReplicationGroupId: cache.group }),
            SecurityGroups: cache.groups.map((group) => ({
              SecurityGroupId: idOf("sg", here, group),
              Status: "active"
            }))
          }
        }),
        Marker: next
      }
    },

    "elasticache:DescribeReplicationGroups": (
      here,
      input: DescribeReplicationGroupsCommandInput
    ): Answer<DescribeReplicationGroupsCommandOutput> => {
      const { items, next } = pageOf(groupsIn(here), input.Marker, input.MaxRecords, 100)
      return {
        ReplicationGroups: items.map(({ members, name }) => ({
          ReplicationGroupId: name,
          ARN: arnOf("elasticache", here, `replicationgroup:${name}`),
          Status: "available",
          MemberClusters: members.map((member) => member.name),
          NodeGroups: [{ NodeGroupId: "0001" }],
          MultiAZ: members.length > 1 ? "enabled" : "disabled",
          AutomaticFailover: members.length > 1 ? "enabled" : "disabled",
          DataTiering: "disabled",
          CacheNodeType: members[0]?.nodeType,
          ReplicationGroupCreateTime: dateOf(members[0]?.created ?? longAgo)
        })),
        Marker: next
      }
    },

    "elasticache:DescribeServerlessCaches": (
      here,
      input: DescribeServerlessCachesCommandInput
    ): Answer<DescribeServerlessCachesCommandOutput> => {
      const { items, next } = pageOf(here.has.serverlessCaches, input.NextToken, input.MaxResults, 50)
      return {
        ServerlessCaches: items.map(({ created = longAgo, engine: [Engine, version], most, name }) => ({
          ServerlessCacheName: name,
          ARN: arnOf("elasticache", here, `serverlesscache:${name}`),
          Engine,
          MajorEngineVersion: version.split(".")[0],
          FullEngineVersion: version,
          Status: "available",
          CreateTime: dateOf(created),
          ...(most === undefined
            ? {}
            : {
                CacheUsageLimits: {
                  DataStorage: { Maximum: most.gb, Unit: "GB" },
                  ECPUPerSecond: { Maximum: most.ecpus }
                }
              })
        })),
        NextToken: next
      }
    },

    "elasticache:DescribeCacheEngineVersions": (
      _,
      input: DescribeCacheEngineVersionsCommandInput
    ): Answer<DescribeCacheEngineVersionsCommandOutput> => {
      const { items, next } = pageOf(versions, input.Marker, input.MaxRecords, 100)
      return { CacheEngineVersions: items.map(([Engine, EngineVersion]) => ({ Engine, EngineVersion })), Marker: next }
    },

    "elasticache:ListAllowedNodeTypeModifications": (
      here,
      { CacheClusterId, ReplicationGroupId }: ListAllowedNodeTypeModificationsCommandInput
    ): Answer<ListAllowedNodeTypeModificationsCommandOutput> => {
      const cache = here.has.caches.find(({ group, name }) =>
        ReplicationGroupId === undefined ? name === CacheClusterId : group === ReplicationGroupId
      )
      return { ScaleUpModifications: [], ScaleDownModifications: [...smallerThan(cache?.nodeType ?? "")] }
    },

    "elasticache:DescribeUpdateActions": (here): Answer<DescribeUpdateActionsCommandOutput> => ({
      UpdateActions: here.has.caches
        .filter(({ overdue }) => overdue)
        .map(({ group, name }) => ({
          ...(group === undefined ? { CacheClusterId: name } : { ReplicationGroupId: group }),
          ServiceUpdateName: "elasticache-20260902-security",
          ServiceUpdateSeverity: "important",
          ServiceUpdateStatus: "available",
          ServiceUpdateType: "security-update",
          ServiceUpdateRecommendedApplyByDate: dateOf("2026-10-15"),
          UpdateActionStatus: "not-applied"
        }))
    })
  },
  series: (here) => [...here.has.caches.map(seriesOf), ...here.has.serverlessCaches.map(serverlessSeriesOf)],
  resources: (here) => [
    ...here.has.serverlessCaches.map(({ name, tags }) => ({
      type: "elasticache:serverlesscache",
      arn: arnOf("elasticache", here, `serverlesscache:${name}`),
      tags
    })),
    ...here.has.caches.map(({ name, tags }) => ({
      type: "elasticache:cluster",
      arn: arnOf("elasticache", here, `cluster:${name}`),
      tags
    })),
    ...groupsIn(here).map(({ members, name }) => ({
      type: "elasticache:replicationgroup",
      arn: arnOf("elasticache", here, `replicationgroup:${name}`),
      tags: members[0]?.tags
    }))
  ],
  interfaces: (here) =>
    here.has.caches.map(({ groups, name }) => ({
      name: `cache/${name}`,
      requesterManaged: true,
      description: `ElastiCache ${name}`,
      groups
    }))
})
