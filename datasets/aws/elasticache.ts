/** ElastiCache: cache clusters, the replication groups that they are nodes of, serverless caches, and what AWS has for them. */
import {
  DescribeCacheClustersCommand,
  DescribeCacheEngineVersionsCommand,
  DescribeReplicationGroupsCommand,
  DescribeServerlessCachesCommand,
  DescribeUpdateActionsCommand,
  ElastiCacheClient,
  ListAllowedNodeTypeModificationsCommand
} from "@aws-sdk/client-elasticache"
import * as Effect from "effect/Effect"
import { bytesPerGib } from "../../core/bytes.ts"
import { required, send } from "../../core/aws/Aws.ts"
import { listOperation, operation } from "../../core/aws/operation.ts"
import { derived, family, listOf } from "../engine/Dataset.ts"
import { probe, seriesProbe } from "../engine/Probe.ts"
import { billedBy, resourceKind } from "../engine/ResourceKind.ts"
import { percentileOf } from "../metrics/MetricSeries.ts"
import { questionsOf } from "../metrics/metricsOf.ts"
import { type Past, wasUsed } from "../metrics/Past.ts"
import type { Period, SeriesSpec, Statistic } from "../metrics/SeriesSpec.ts"

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

/**
 * The clusters of a replication group, as what is claimed of the group covers them: others, such as Cost Optimization Hub, tell of them one by
 * one. A cluster by itself has none.
 */
export const membersOf = ({ clusters, type }: Cache): ReadonlyArray<string> =>
  type === "elasticache:replicationgroup" ? clusters.map(({ arn }) => arn) : []

/** The default is 50 a page, and no largest page is documented: 100 is what the other lists take. Source: shared/facts/page-sizes.md. */
const describeServerlessCaches = listOperation(
  ElastiCacheClient,
  DescribeServerlessCachesCommand,
  "elasticache:DescribeServerlessCaches",
  "ServerlessCaches",
  { paging: { size: ["MaxResults", 100], input: "NextToken", output: "NextToken" } }
)

/** A cache without nodes, billed by the data that it holds and by the ECPUs that requests take. */
export interface ServerlessCache {
  readonly type: "elasticache:serverlesscache"
  readonly arn: string
  /** Its name, by which CloudWatch calls it as well. */
  readonly id: string
  readonly engine: string
  readonly engineVersion: string
  readonly status: string
  readonly createdAt: Date | undefined
  /** GB that it is prepared for, and that it may store at most; undefined where nobody has set that. */
  readonly leastGb: number | undefined
  readonly mostGb: number | undefined
  /** ECPUs a second, likewise. */
  readonly leastEcpus: number | undefined
  readonly mostEcpus: number | undefined
}

/** All serverless caches, 100 a page. */
export const serverlessCaches = listOf(
  "elasticache.serverlessCaches",
  "regional",
  describeServerlessCaches,
  {},
  (caches) =>
    caches.map(({ CacheUsageLimits: { DataStorage, ECPUPerSecond } = {}, ...cache }): ServerlessCache => ({
      type: "elasticache:serverlesscache",
      arn: required(cache.ARN, "ServerlessCaches[].ARN"),
      id: required(cache.ServerlessCacheName, "ServerlessCaches[].ServerlessCacheName"),
      engine: required(cache.Engine, "ServerlessCaches[].Engine").toLowerCase(),
      engineVersion: cache.FullEngineVersion ?? cache.MajorEngineVersion ?? "",
      status: required(cache.Status, "ServerlessCaches[].Status").toLowerCase(),
      createdAt: cache.CreateTime,
      leastGb: DataStorage?.Minimum,
      mostGb: DataStorage?.Maximum,
      leastEcpus: ECPUPerSecond?.Minimum,
      mostEcpus: ECPUPerSecond?.Maximum
    }))
)

/** Every cache that has nodes: replication groups, and clusters that belong to none. */
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
    // Both lists say which node is in which group, and what either says is so: a node is never taken for a cluster of its own.
    const groupOf = new Map(groups.flatMap(({ id, memberIds }) => memberIds.map((member) => [member, id] as const)))
    const byGroup = Map.groupBy(clusters, ({ id, replicationGroupId }) => replicationGroupId ?? groupOf.get(id))
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

/** Every cache, with nodes or without. */
export const allCaches = derived<
  ReadonlyArray<Cache | ServerlessCache>,
  { readonly caches: typeof caches; readonly serverless: typeof serverlessCaches }
>("elasticache.allCaches", {
  scope: "regional",
  needs: { caches, serverless: serverlessCaches },
  inventory: ["caches", "serverless"],
  kind: resourceKind<Cache | ServerlessCache>({
    type: ({ type }) => type,
    service: billedBy.elasticache,
    tags: { tagging: ["elasticache:replicationgroup", "elasticache:cluster", "elasticache:serverlesscache"] },
    id: ({ id }) => id,
    name: ({ id }) => id
  }),
  derive: ({ caches, serverless }) => [...caches, ...serverless]
})

const describeEngineVersions = listOperation(
  ElastiCacheClient,
  DescribeCacheEngineVersionsCommand,
  "elasticache:DescribeCacheEngineVersions",
  "CacheEngineVersions",
  { paging, neverEmpty: true }
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

type Measured = Pick<CacheCluster, "id" | "engine" | "nodeType">

const seriesBy =
  (dimension: string) =>
  (
    { id }: { readonly id: string },
    metric: string,
    statistic: Statistic,
    days: number,
    period?: Period
  ): SeriesSpec => ({
    namespace: "AWS/ElastiCache",
    metric,
    statistic,
    dimensions: { [dimension]: id },
    days,
    ...(period === undefined ? {} : { period })
  })

/** Of a cluster with several nodes, which is Memcached, the maximum is that of the busiest and the sum that of all. */
const series = seriesBy("CacheClusterId")

export const isMemcached = ({ engine }: Pick<CacheCluster, "engine">): boolean => engine === "memcached"

/** Whether it has two vCPUs or fewer, as every node up to `large` has. Source: shared/pricing/elasticache-specs.json. */
export const isSmall = ({ nodeType }: Pick<CacheCluster, "nodeType">): boolean =>
  /\.(micro|small|medium|large)$/.test(nodeType)

const hour = 3_600

/** What of a cluster several scans look at. Memcached counts bytes and tells no engine. Source: shared/facts/scans-verified.md B17. */
const shared = (cluster: Measured, days: number) => ({
  /** Percent: of the one core that Redis OSS and Valkey work on, or else of the node. */
  cpu: series(cluster, isMemcached(cluster) ? "CPUUtilization" : "EngineCPUUtilization", "Maximum", days, hour),
  /** Percent, or bytes of Memcached. */
  memory: series(
    cluster,
    isMemcached(cluster) ? "BytesUsedForCacheItems" : "DatabaseMemoryUsagePercentage",
    "Maximum",
    days
  ),
  connections: series(cluster, "CurrConnections", "Maximum", days),
  swap: series(cluster, "SwapUsage", "Maximum", days),
  evictions: series(cluster, "Evictions", "Sum", days)
})

type Asked = Readonly<Record<string, SeriesSpec | ReadonlyArray<SeriesSpec> | undefined>>

const specsOf = (asked: Asked): ReadonlyArray<SeriesSpec> =>
  Object.values(asked)
    .flat()
    .filter((spec) => spec !== undefined)

/** Clusters that stand for every metric that is asked of any. */
const anyCluster: ReadonlyArray<Measured> = ["redis", "memcached"].map((engine) => ({
  id: "",
  engine,
  nodeType: "cache.t4g.small"
}))

const isMeasured = ({ status }: CacheCluster): boolean => status === "available"

/** The series that tells whether a cache may be too big. */
export const cpuSeries = (cluster: Measured, days: number): SeriesSpec => shared(cluster, days).cpu

/** What of the days of CPU clears a cluster: enough of them, and so many on which an hour was above the limit. */
export interface CacheClearance {
  readonly leastDays: number
  readonly percent: number
  readonly busyDays: number
}

/** CPU of all clusters: the series that decides whether the others are asked for; not asked again of one that was busy often enough. */
export const cpu = family("elasticache.cpu", (name, days: number, { busyDays, leastDays, percent }: CacheClearance) =>
  questionsOf(name, {
    scope: "regional",
    needs: { clusters: cacheClusters },
    metrics: anyCluster.map((cluster) => cpuSeries(cluster, days)),
    questions: ({ clusters }) =>
      clusters.filter(isMeasured).map((cluster) => ({
        key: cluster.arn,
        identity: cluster.createdAt?.toISOString() ?? "",
        series: [cpuSeries(cluster, days)],
        ofDay: (values) => Math.max(...values),
        settledBy: (past) => past.days() >= leastDays && past.days((most) => most > percent) >= busyDays
      }))
  })
)

/** What is asked of a cluster of a cache that may be idle or too big. */
export const useSeries = (cluster: Measured, days: number) => {
  const { connections, evictions, memory, swap } = shared(cluster, days)
  return {
    connections,
    evictions,
    memory,
    swap,
    /** What clients asked for, found or not. */
    gets: (isMemcached(cluster) ? ["GetHits", "GetMisses", "CmdSet"] : ["CacheHits", "CacheMisses"]).map((metric) =>
      series(cluster, metric, "Sum", days)
    ),
    /** Percent of the whole node. */
    host: series(cluster, "CPUUtilization", "Maximum", days),
    hostMean: series(cluster, "CPUUtilization", "Average", days)
  }
}

/** The second step, for candidates only. */
export const use = family("elasticache.use", (name, days: number) =>
  seriesProbe<Cache>({
    name,
    costNote: "Eight or nine paid metrics for each node of a cache whose CPU is low.",
    metrics: anyCluster.flatMap((cluster) => specsOf(useSeries(cluster, days))),
    key: ({ arn }) => arn,
    series: ({ clusters }) => clusters.flatMap((cluster) => specsOf(useSeries(cluster, days)))
  })
)

/** The series that show a cluster short of something. */
export const loadSeries = (cluster: Measured, days: number) => ({
  ...shared(cluster, days),
  /** Percent of a whole small node, of which the engine is only a part. */
  host: isSmall(cluster) && !isMemcached(cluster) ? series(cluster, "CPUUtilization", "Maximum", days, hour) : undefined
})

/** From which value on a day is short of something, and how many such days make a cache short of it. */
export interface CacheLimits {
  readonly sustainedDays: number
  readonly cpuPercent: number
  /** Of a whole node of two vCPUs, which is the least of small ones. */
  readonly hostPercent: number
  readonly memoryPercent: number
  readonly connections: number
  readonly swapBytes: number
  readonly evictions: number
}

/** Whether enough days are known, and those since cannot make enough that reach a limit. */
const cannotBeSustained = (own: Past, limit: number, sustainedDays: number): boolean =>
  own.days() >= sustainedDays && own.days((value) => value >= limit) + own.missingDays < sustainedDays

/**
 * What decides whether a cache is short of CPU, memory or connections. It is not asked again where the days since cannot make enough that
 * are short of anything; what is much memory for Memcached depends on the node, of which nothing is known here.
 */
export const load = family("elasticache.load", (name, days: number, limits: CacheLimits) =>
  questionsOf(name, {
    scope: "regional",
    needs: { clusters: cacheClusters },
    metrics: anyCluster.flatMap((cluster) => specsOf(loadSeries(cluster, days))),
    questions: ({ clusters }) =>
      clusters.filter(isMeasured).map((cluster) => {
        const { connections, cpu, evictions, host, memory, swap } = loadSeries(cluster, days)
        const asked = [
          [cpu, limits.cpuPercent],
          [memory, limits.memoryPercent],
          [connections, limits.connections],
          [swap, limits.swapBytes],
          [evictions, limits.evictions],
          ...(host === undefined ? [] : [[host, limits.hostPercent] as const])
        ] as const
        return {
          key: cluster.arn,
          identity: cluster.createdAt?.toISOString() ?? "",
          series: asked.map(([spec]) => spec),
          ofDay: (values) => percentileOf(values, 95),
          settledBy: (past) =>
            !isMemcached(cluster) &&
            asked.every(([, limit], at) => cannotBeSustained(past.only(at), limit, limits.sustainedDays))
        }
      })
  })
)

/** The same of all clusters of single caches, whatever was known of some. */
export const loadOfSome = family("elasticache.loadOfSome", (name, days: number) =>
  seriesProbe<Cache>({
    name,
    costNote: "Five or six paid metrics for each node of a cache of which another node may be short of something.",
    metrics: anyCluster.flatMap((cluster) => specsOf(loadSeries(cluster, days))),
    key: ({ arn }) => arn,
    series: ({ clusters }) => clusters.flatMap((cluster) => specsOf(loadSeries(cluster, days)))
  })
)

/** What is asked of a cache that is short of something. */
export const strainSeries = (cluster: Measured, days: number) => ({
  /** Packets that waited or were dropped because the node had sent or received what it may. */
  exceeded: ["NetworkBandwidthInAllowanceExceeded", "NetworkBandwidthOutAllowanceExceeded"].map((metric) =>
    series(cluster, metric, "Sum", days)
  ),
  /** Seconds; replicas alone have it. */
  lag: isMemcached(cluster) ? undefined : series(cluster, "ReplicationLag", "Maximum", days)
})

/** The second step, for candidates only. */
export const strain = family("elasticache.strain", (name, days: number) =>
  seriesProbe<Cache>({
    name,
    costNote: "Two or three paid metrics for each node of a cache that is short of something.",
    metrics: anyCluster.flatMap((cluster) => specsOf(strainSeries(cluster, days))),
    key: ({ arn }) => arn,
    series: ({ clusters }) => clusters.flatMap((cluster) => specsOf(strainSeries(cluster, days)))
  })
)

type Serverless = Pick<ServerlessCache, "id" | "mostEcpus" | "mostGb">

/** Serverless caches have a dimension of their own. Source: shared/facts/scans-verified.md B17. */
const serverlessSeries = seriesBy("clusterId")

/** Serverless caches that stand for every metric that is asked of any. */
const anyServerless: Serverless = { id: "", mostEcpus: 1, mostGb: 1 }

const isOn = ({ status }: ServerlessCache): boolean => status === "available"

/** The ECPUs that requests have taken: what they are billed by. */
export const ecpuSeries = (cache: Serverless, days: number): SeriesSpec =>
  serverlessSeries(cache, "ElastiCacheProcessingUnits", "Sum", days)

/** ECPUs of all serverless caches; not asked again of one that was used within the window. */
export const ecpus = family("elasticache.ecpus", (name, days: number) =>
  questionsOf(name, {
    scope: "regional",
    needs: { serverless: serverlessCaches },
    metrics: [ecpuSeries(anyServerless, days)],
    questions: ({ serverless }) =>
      serverless.filter(isOn).map((cache) => wasUsed(cache.arn, [ecpuSeries(cache, days)], cache.createdAt))
  })
)

/** What is asked of a serverless cache that may be idle. */
export const serverlessUseSeries = (cache: Serverless, days: number) => ({
  commands: serverlessSeries(cache, "TotalCmdsCount", "Sum", days),
  connections: serverlessSeries(cache, "CurrConnections", "Maximum", days),
  bytes: serverlessSeries(cache, "BytesUsedForCache", "Average", days)
})

export const serverlessUse = family("elasticache.serverlessUse", (name, days: number) =>
  seriesProbe<ServerlessCache>({
    name,
    costNote: "Three paid metrics for each serverless cache whose requests took no ECPU.",
    metrics: specsOf(serverlessUseSeries(anyServerless, days)),
    key: ({ arn }) => arn,
    series: (cache) => specsOf(serverlessUseSeries(cache, days))
  })
)

/** The series that show a serverless cache at its limits: ECPUs and data of those whose most somebody has set. */
export const serverlessLoadSeries = (cache: Serverless, days: number) => ({
  throttled: serverlessSeries(cache, "ThrottledCmds", "Sum", days),
  ecpus:
    cache.mostEcpus === undefined
      ? undefined
      : serverlessSeries(cache, "ElastiCacheProcessingUnits", "Sum", days, hour),
  bytes: cache.mostGb === undefined ? undefined : serverlessSeries(cache, "BytesUsedForCache", "Maximum", days)
})

/** From which value on a day of a serverless cache is short of something, and how many such days make it so. */
export interface ServerlessLimits {
  readonly sustainedDays: number
  /** Of the most that is set. */
  readonly ecpuPercent: number
  readonly memoryPercent: number
}

/** What decides whether a serverless cache is at its limits. It is not asked again where the days since cannot make enough of such days. */
export const serverlessLoad = family("elasticache.serverlessLoad", (name, days: number, limits: ServerlessLimits) =>
  questionsOf(name, {
    scope: "regional",
    needs: { serverless: serverlessCaches },
    metrics: specsOf(serverlessLoadSeries(anyServerless, days)),
    questions: ({ serverless }) =>
      serverless.filter(isOn).map((cache) => {
        const { bytes, ecpus, throttled } = serverlessLoadSeries(cache, days)
        const asked: ReadonlyArray<readonly [spec: SeriesSpec, from: number]> = [
          [throttled, 1],
          ...(ecpus === undefined
            ? []
            : [[ecpus, (limits.ecpuPercent / 100) * (cache.mostEcpus ?? 0) * hour] as const]),
          ...(bytes === undefined
            ? []
            : [[bytes, (limits.memoryPercent / 100) * (cache.mostGb ?? 0) * bytesPerGib] as const])
        ]
        return {
          key: cache.arn,
          identity: cache.createdAt?.toISOString() ?? "",
          series: asked.map(([spec]) => spec),
          ofDay: (values) => percentileOf(values, 95),
          settledBy: (past) =>
            asked.every(([, from], at) => cannotBeSustained(past.only(at), from, limits.sustainedDays))
        }
      })
  })
)

const listAllowedModifications = operation(
  ElastiCacheClient,
  ListAllowedNodeTypeModificationsCommand,
  "elasticache:ListAllowedNodeTypeModifications"
)

/** The node types to which a cache of Redis OSS or Valkey can be made smaller in place. */
export const smallerNodes = probe<Cache, ReadonlyArray<string>>({
  name: "elasticache.smallerNodes",
  operations: [listAllowedModifications],
  cap: 300,
  batchSize: 1,
  costNote: "One free call for each cache that may be too big: AWS tells it of one at a time.",
  key: ({ arn }) => arn,
  identity: ({ arn, createdAt, engineVersion, nodeType }) =>
    `${arn} ${createdAt?.toISOString()} ${engineVersion} ${nodeType}`,
  isFixed: true,
  read: (caches) =>
    Effect.forEach(caches, ({ id, type }) =>
      send(
        listAllowedModifications,
        type === "elasticache:replicationgroup" ? { ReplicationGroupId: id } : { CacheClusterId: id },
        // A list is there when nothing is in it.
        ({ ScaleDownModifications }) => required(ScaleDownModifications, "ScaleDownModifications")
      )
    )
})
