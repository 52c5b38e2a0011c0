/** RDS databases and their clusters. The same calls also list Neptune and DocumentDB, told apart by `engine`. */
import {
  type DBClusterSnapshot,
  type DBSnapshot,
  DescribeDBClusterSnapshotsCommand,
  DescribeDBClustersCommand,
  DescribeDBEngineVersionsCommand,
  DescribeDBInstancesCommand,
  DescribeDBMajorEngineVersionsCommand,
  DescribeDBSnapshotsCommand,
  DescribeOrderableDBInstanceOptionsCommand,
  DescribePendingMaintenanceActionsCommand,
  RDSClient
} from "@aws-sdk/client-rds"
import * as Effect from "effect/Effect"
import { type AwsServices, complete, list, required, requiredDate } from "../../core/aws/Aws.ts"
import { listOperation } from "../../core/aws/operation.ts"
import { dataset, derived, family, listOf, whole } from "../engine/Dataset.ts"
import { probe, seriesProbe } from "../engine/Probe.ts"
import { databaseBilledBy } from "../../core/run/billedServices.ts"
import { billedBy, resourceKind } from "../engine/ResourceKind.ts"
import { several } from "../engine/several.ts"
import { metricsOf } from "../metrics/metricsOf.ts"
import type { MetricAsked, Period, SeriesSpec, Statistic } from "../metrics/SeriesSpec.ts"
import { type Tags, tagsOf } from "./tags.ts"

/** At most 100 a page. Source: shared/facts/aws-limits.md 2. */
const paging = { size: ["MaxRecords", 100], input: "Marker", output: "Marker" } as const

const describeInstances = listOperation(
  RDSClient,
  DescribeDBInstancesCommand,
  "rds:DescribeDBInstances",
  "DBInstances",
  { paging }
)

/** What instances and clusters have in common. */
interface Common {
  readonly arn: string
  readonly id: string
  /** `mysql`, `aurora-postgresql`, `neptune`, `docdb`, … */
  readonly engine: string
  readonly engineVersion: string
  /** `available`, `stopped`, … */
  readonly status: string
  /** Undefined while it is being created. */
  readonly createdAt: Date | undefined
  readonly multiAz: boolean
  /** `none`, `sse-rds` for a key of AWS, `sse-kms`; undefined where RDS does not tell. */
  readonly encryption: string | undefined
  readonly kmsKeyArn: string | undefined
  /** `open-source-rds-extended-support`, or the same with `-disabled`; undefined for engines that have none. */
  readonly lifecycleSupport: string | undefined
  readonly autoMinorUpgrade: boolean | undefined
  /** Where clients connect; undefined while it has no endpoint. */
  readonly port: number | undefined
  /** Undefined where RDS does not tell: of an Aurora cluster its members do. */
  readonly publiclyAccessible: boolean | undefined
  readonly securityGroupIds: ReadonlyArray<string>
  readonly tags: Tags
}

export interface DatabaseInstance extends Common {
  /** By which Performance Insights knows it. */
  readonly resourceId: string | undefined
  /** `db.m5.large`, or `db.serverless`. */
  readonly instanceClass: string
  readonly availabilityZone: string | undefined
  /** `gp3`, `io2`, `aurora`, … */
  readonly storageType: string
  readonly allocatedGb: number
  /** Up to which its storage grows by itself; undefined where it does not. */
  readonly maxAllocatedGb: number | undefined
  readonly iops: number | undefined
  readonly throughputMbPerSecond: number | undefined
  readonly licenseModel: string | undefined
  /** vCPUs of a class whose cores or threads were chosen; undefined where it has what its class has. */
  readonly chosenVcpu: number | undefined
  /** The class that it will have after its next maintenance window; undefined where none was asked for. */
  readonly pendingClass: string | undefined
  readonly pendingVersion: string | undefined
  /** Whether load is measured, for Performance Insights and Database Insights. */
  readonly insights: boolean
  /** `standard` or `advanced`. */
  readonly insightsMode: string | undefined
  readonly insightsDays: number | undefined
  /** The cluster that it is a member of. */
  readonly clusterId: string | undefined
  /** The instance or cluster that it is a read replica of: an ARN where that is in another region. */
  readonly replicaOf: string | undefined
  /** Its own read replicas, ARNs where they are elsewhere. */
  readonly replicaIds: ReadonlyArray<string>
}

const groupIds = (
  groups: ReadonlyArray<{ readonly VpcSecurityGroupId?: string | undefined }> | undefined,
  field: string
) =>
  required(groups, field).map(({ VpcSecurityGroupId }) => required(VpcSecurityGroupId, `${field}[].VpcSecurityGroupId`))

/**
 * `StorageEncrypted` is false also for what is encrypted by a key that AWS owns, and then the type tells. Source: API reference,
 * DBInstance.
 */
const encryptionOf = ({
  StorageEncrypted,
  StorageEncryptionType
}: {
  readonly StorageEncrypted?: boolean | undefined
  readonly StorageEncryptionType?: string | undefined
}): string | undefined =>
  StorageEncryptionType?.toLowerCase() ??
  (StorageEncrypted === undefined ? undefined : StorageEncrypted ? "sse-kms" : "none")

/** Cores times threads, where both were chosen. */
const chosenVcpuOf = (
  features: ReadonlyArray<{ readonly Name?: string | undefined; readonly Value?: string | undefined }> = []
): number | undefined => {
  const numberOf = (name: string) => Number(features.find(({ Name }) => Name?.toLowerCase() === name)?.Value)
  const vcpu = numberOf("corecount") * numberOf("threadspercore")
  return vcpu > 0 ? vcpu : undefined
}

/** All database instances in every state, members of clusters included, 100 a page. */
export const instances = listOf(
  "rds.instances",
  "regional",
  describeInstances,
  {},
  (instances) =>
    instances.map((instance): DatabaseInstance => ({
      arn: required(instance.DBInstanceArn, "DBInstances[].DBInstanceArn"),
      id: required(instance.DBInstanceIdentifier, "DBInstances[].DBInstanceIdentifier"),
      resourceId: instance.DbiResourceId,
      engine: required(instance.Engine, "DBInstances[].Engine").toLowerCase(),
      engineVersion: instance.EngineVersion ?? "",
      instanceClass: instance.DBInstanceClass ?? "",
      status: required(instance.DBInstanceStatus, "DBInstances[].DBInstanceStatus").toLowerCase(),
      createdAt: instance.InstanceCreateTime,
      multiAz: instance.MultiAZ ?? false,
      availabilityZone: instance.AvailabilityZone,
      storageType: instance.StorageType?.toLowerCase() ?? "",
      allocatedGb: instance.AllocatedStorage ?? 0,
      maxAllocatedGb: instance.MaxAllocatedStorage,
      iops: instance.Iops,
      throughputMbPerSecond: instance.StorageThroughput,
      encryption: encryptionOf(instance),
      kmsKeyArn: instance.KmsKeyId,
      licenseModel: instance.LicenseModel?.toLowerCase(),
      lifecycleSupport: instance.EngineLifecycleSupport?.toLowerCase(),
      autoMinorUpgrade: instance.AutoMinorVersionUpgrade,
      chosenVcpu: chosenVcpuOf(instance.ProcessorFeatures),
      pendingClass: instance.PendingModifiedValues?.DBInstanceClass,
      pendingVersion: instance.PendingModifiedValues?.EngineVersion,
      insights: instance.PerformanceInsightsEnabled ?? false,
      insightsMode: instance.DatabaseInsightsMode?.toLowerCase(),
      insightsDays: instance.PerformanceInsightsRetentionPeriod,
      publiclyAccessible: instance.PubliclyAccessible,
      port: instance.Endpoint?.Port,
      clusterId: instance.DBClusterIdentifier,
      replicaOf: instance.ReadReplicaSourceDBInstanceIdentifier ?? instance.ReadReplicaSourceDBClusterIdentifier,
      replicaIds: [
        ...(instance.ReadReplicaDBInstanceIdentifiers ?? []),
        ...(instance.ReadReplicaDBClusterIdentifiers ?? [])
      ],
      securityGroupIds: groupIds(instance.VpcSecurityGroups, "DBInstances[].VpcSecurityGroups"),
      tags: tagsOf(instance.TagList)
    })),
  {
    kind: resourceKind<DatabaseInstance>({
      type: "rds:db",
      service: billedBy.rds,
      id: ({ id }) => id,
      name: ({ id }) => id,
      parents: {
        tags: { listed: () => clusters },
        of: ({ arn, clusterId }) => (clusterId === undefined ? [] : [arn.replace(/:db:.*$/, `:cluster:${clusterId}`)])
      }
    })
  }
)

const describeClusters = listOperation(RDSClient, DescribeDBClustersCommand, "rds:DescribeDBClusters", "DBClusters", {
  paging
})

export interface ClusterMember {
  readonly id: string
  readonly writer: boolean
}

export interface DatabaseCluster extends Common {
  /** `provisioned`, `serverless`, … */
  readonly engineMode: string
  /** `aurora`, `aurora-iopt1`, or an EBS type for a Multi-AZ cluster. */
  readonly storageType: string
  /** Capacity units between which its serverless members scale; undefined where it can have none. */
  readonly capacity: { readonly minimum: number; readonly maximum: number } | undefined
  readonly members: ReadonlyArray<ClusterMember>
  /** The global database that it is part of. */
  readonly globalId: string | undefined
  /** What it is a replica of. */
  readonly replicaOf: string | undefined
  readonly replicaIds: ReadonlyArray<string>
}

/** All database clusters in every state, 100 a page. */
export const clusters = listOf(
  "rds.clusters",
  "regional",
  describeClusters,
  {},
  (clusters) =>
    clusters.map((cluster): DatabaseCluster => {
      const scaling = cluster.ServerlessV2ScalingConfiguration
      return {
        arn: required(cluster.DBClusterArn, "DBClusters[].DBClusterArn"),
        id: required(cluster.DBClusterIdentifier, "DBClusters[].DBClusterIdentifier"),
        engine: required(cluster.Engine, "DBClusters[].Engine").toLowerCase(),
        engineVersion: cluster.EngineVersion ?? "",
        engineMode: cluster.EngineMode?.toLowerCase() ?? "provisioned",
        status: required(cluster.Status, "DBClusters[].Status").toLowerCase(),
        createdAt: cluster.ClusterCreateTime,
        multiAz: cluster.MultiAZ ?? false,
        storageType: cluster.StorageType?.toLowerCase() ?? "aurora",
        encryption: encryptionOf(cluster),
        kmsKeyArn: cluster.KmsKeyId,
        lifecycleSupport: cluster.EngineLifecycleSupport?.toLowerCase(),
        autoMinorUpgrade: cluster.AutoMinorVersionUpgrade,
        publiclyAccessible: cluster.PubliclyAccessible,
        port: cluster.Port,
        capacity:
          scaling?.MinCapacity === undefined || scaling.MaxCapacity === undefined
            ? undefined
            : { minimum: scaling.MinCapacity, maximum: scaling.MaxCapacity },
        members: (cluster.DBClusterMembers ?? []).flatMap(({ DBInstanceIdentifier, IsClusterWriter }) =>
          DBInstanceIdentifier === undefined ? [] : [{ id: DBInstanceIdentifier, writer: IsClusterWriter ?? false }]
        ),
        globalId: cluster.GlobalClusterIdentifier,
        replicaOf: cluster.ReplicationSourceIdentifier,
        replicaIds: cluster.ReadReplicaIdentifiers ?? [],
        securityGroupIds: groupIds(cluster.VpcSecurityGroups, "DBClusters[].VpcSecurityGroups"),
        tags: tagsOf(cluster.TagList)
      }
    }),
  {
    kind: resourceKind<DatabaseCluster>({
      type: "rds:cluster",
      service: billedBy.rds,
      id: ({ id }) => id,
      name: ({ id }) => id
    })
  }
)

const describeSnapshots = listOperation(
  RDSClient,
  DescribeDBSnapshotsCommand,
  "rds:DescribeDBSnapshots",
  "DBSnapshots",
  { paging }
)
const describeClusterSnapshots = listOperation(
  RDSClient,
  DescribeDBClusterSnapshotsCommand,
  "rds:DescribeDBClusterSnapshots",
  "DBClusterSnapshots",
  { paging }
)

const billing = ({ engine }: Pick<Common, "engine">): string => databaseBilledBy(engine)

/** What holds the data of a database: an instance of its own, a cluster, or a snapshot that somebody made. */
export interface Storage extends Pick<
  Common,
  "arn" | "id" | "engine" | "engineVersion" | "status" | "createdAt" | "encryption" | "kmsKeyArn" | "port" | "tags"
> {
  readonly type: "rds:db" | "rds:cluster" | "rds:snapshot" | "rds:cluster-snapshot"
  /** Whether it has an address in the internet. */
  readonly public: boolean
  readonly securityGroupIds: ReadonlyArray<string>
  readonly sizeGb: number | undefined
}

const snapshotOf = (
  type: "rds:snapshot" | "rds:cluster-snapshot",
  snapshot: DBSnapshot & DBClusterSnapshot,
  arn: string | undefined,
  id: string | undefined
): Storage => {
  const field = type === "rds:snapshot" ? "DBSnapshots[].DBSnapshot" : "DBClusterSnapshots[].DBClusterSnapshot"
  return {
    type,
    arn: required(arn, `${field}Arn`),
    id: required(id, `${field}Identifier`),
    engine: snapshot.Engine?.toLowerCase() ?? "",
    engineVersion: snapshot.EngineVersion ?? "",
    status: snapshot.Status?.toLowerCase() ?? "",
    createdAt: snapshot.SnapshotCreateTime,
    encryption: encryptionOf({
      StorageEncrypted: snapshot.Encrypted ?? snapshot.StorageEncrypted,
      StorageEncryptionType: snapshot.StorageEncryptionType
    }),
    kmsKeyArn: snapshot.KmsKeyId,
    port: undefined,
    public: false,
    securityGroupIds: [],
    sizeGb: snapshot.AllocatedStorage,
    tags: tagsOf(snapshot.TagList)
  }
}

/**
 * Whatever is encrypted or not as a whole. Members of a cluster share its storage, so that they are not in it; snapshots are those that
 * somebody made, because the others go with their database.
 */
export const storage = family("rds.storage", (name, withClusters: boolean, withSnapshots: boolean) =>
  dataset<ReadonlyArray<Storage>, { readonly instances: typeof instances; readonly clusters: typeof clusters }>(name, {
    scope: "regional",
    needs: { instances, clusters },
    inventory: ["instances", "clusters"],
    operations: [describeSnapshots, describeClusterSnapshots],
    kind: resourceKind<Storage>({
      type: ({ type }) => type,
      service: billing,
      id: ({ id }) => id,
      name: ({ id }) => id
    }),
    read: Effect.fnUntraced(function* ({ clusters, instances }) {
      const alone = instances
        .filter(({ clusterId }) => clusterId === undefined)
        .map((instance): Storage => ({
          ...instance,
          type: "rds:db",
          public: instance.publiclyAccessible ?? false,
          sizeGb: instance.allocatedGb
        }))
      const together = clusters.map((cluster): Storage => {
        const members = instances.filter(({ clusterId }) => clusterId === cluster.id)
        return {
          ...cluster,
          type: "rds:cluster",
          public: [cluster, ...members].some(({ publiclyAccessible }) => publiclyAccessible === true),
          sizeGb: undefined
        }
      })
      const listed = [...alone, ...(withClusters ? together : [])]
      if (!withSnapshots) return whole(listed)
      const manual = { SnapshotType: "manual" }
      const snapshots = yield* several<Storage, AwsServices>([
        list(describeSnapshots, manual, (snapshots) =>
          snapshots.map((one) => snapshotOf("rds:snapshot", one, one.DBSnapshotArn, one.DBSnapshotIdentifier))
        ),
        list(describeClusterSnapshots, manual, (snapshots) =>
          snapshots.map((one) =>
            snapshotOf("rds:cluster-snapshot", one, one.DBClusterSnapshotArn, one.DBClusterSnapshotIdentifier)
          )
        )
      ])
      return { value: [...listed, ...snapshots.items], gaps: snapshots.gaps }
    })
  })
)

/** What is upgraded as a whole: an instance of its own, or a cluster with its members. */
export interface Versioned extends Pick<
  Common,
  | "arn"
  | "id"
  | "engine"
  | "engineVersion"
  | "status"
  | "createdAt"
  | "lifecycleSupport"
  | "autoMinorUpgrade"
  | "multiAz"
  | "tags"
> {
  readonly type: "rds:db" | "rds:cluster"
  /** The version that it will have after its next maintenance window. */
  readonly pendingVersion: string | undefined
  /** What is charged: the instance itself, or the members. */
  readonly instances: ReadonlyArray<DatabaseInstance>
}

/** Everything with a version of its own, with the clusters of DocumentDB and Neptune. */
export const versioned = derived<
  ReadonlyArray<Versioned>,
  { readonly instances: typeof instances; readonly clusters: typeof clusters }
>("rds.versioned", {
  scope: "regional",
  needs: { instances, clusters },
  inventory: ["instances", "clusters"],
  kind: resourceKind<Versioned>({
    type: ({ type }) => type,
    service: billing,
    id: ({ id }) => id,
    name: ({ id }) => id
  }),
  derive: ({ clusters, instances }) => [
    ...instances
      .filter(({ clusterId }) => clusterId === undefined)
      .map((instance): Versioned => ({ ...instance, type: "rds:db", instances: [instance] })),
    ...clusters.map((cluster): Versioned => {
      const members = instances.filter(({ clusterId }) => clusterId === cluster.id)
      return {
        ...cluster,
        type: "rds:cluster",
        // Aurora tells it of its members only.
        autoMinorUpgrade:
          cluster.autoMinorUpgrade ??
          (members.length > 0 && members.every(({ autoMinorUpgrade }) => autoMinorUpgrade === true)),
        pendingVersion: undefined,
        instances: members.toSorted((a, b) => (a.id < b.id ? -1 : 1))
      }
    })
  ]
})

/** Engines that the same lists have, and that are other services with metrics and prices of their own. */
export const isOtherService = ({ engine }: Pick<Common, "engine">): boolean => /^(neptune|docdb)/.test(engine)

/** Whether its use is judged by its metrics: it runs, and it is neither another service nor a machine that its owner tends. */
export const isMeasured = ({ engine, status }: DatabaseInstance): boolean =>
  status === "available" && !isOtherService({ engine }) && !engine.startsWith("custom-")

/** Whether a member shares the storage of its cluster, which grows by itself. */
export const isAurora = ({ engine }: Pick<Common, "engine">): boolean => engine.startsWith("aurora")

export const isServerless = ({ instanceClass }: DatabaseInstance): boolean => instanceClass === "db.serverless"

const namespace = "AWS/RDS"

/** One series of an instance. */
export const series = (
  { id }: Pick<DatabaseInstance, "id">,
  metric: string,
  statistic: Statistic,
  days: number,
  period?: Period
): SeriesSpec => ({
  namespace,
  metric,
  statistic,
  dimensions: { DBInstanceIdentifier: id },
  days,
  ...(period === undefined ? {} : { period })
})

/** The two series that tell whether a database may be idle or too big. */
export const useSeries = (instance: Pick<DatabaseInstance, "id">, days: number, idleDays: number) => ({
  cpu: series(instance, "CPUUtilization", "p95", days),
  connections: series(instance, "DatabaseConnections", "Maximum", idleDays)
})

/** CPU and connections of all databases: the two series that decide whether the others are asked for. */
export const use = family("rds.use", (name, days: number, idleDays: number) =>
  metricsOf(name, {
    scope: "regional",
    needs: { instances },
    metrics: Object.values(useSeries({ id: "" }, days, idleDays)),
    series: ({ instances }) =>
      instances.filter(isMeasured).flatMap((instance) => Object.values(useSeries(instance, days, idleDays)))
  })
)

/** What is asked of a database that may be too big. */
export const sizeSeries = (instance: Pick<DatabaseInstance, "id">, days: number) => ({
  cpuMaximum: series(instance, "CPUUtilization", "Maximum", days),
  cpuMean: series(instance, "CPUUtilization", "Average", days),
  memory: series(instance, "FreeableMemory", "Minimum", days),
  readIops: series(instance, "ReadIOPS", "Maximum", days),
  writeIops: series(instance, "WriteIOPS", "Maximum", days)
})

/** The second step, for candidates only. */
export const size = family("rds.size", (name, days: number) =>
  seriesProbe<DatabaseInstance>({
    name,
    costNote: "Five paid metrics for each database that may be too big.",
    metrics: Object.values(sizeSeries({ id: "" }, days)),
    key: ({ id }) => id,
    series: (instance) => Object.values(sizeSeries(instance, days))
  })
)

/** Capacity of a serverless member, in units. */
export const capacitySeries = (instance: Pick<DatabaseInstance, "id">, days: number) => ({
  mean: series(instance, "ServerlessDatabaseCapacity", "Average", days),
  maximum: series(instance, "ServerlessDatabaseCapacity", "Maximum", days)
})

/** How many capacity units a serverless member used. */
export const capacity = family("rds.capacity", (name, days: number) =>
  seriesProbe<DatabaseInstance>({
    name,
    costNote: "Two paid metrics for each serverless database whose capacity decides.",
    metrics: Object.values(capacitySeries({ id: "" }, days)),
    key: ({ id }) => id,
    series: (instance) => Object.values(capacitySeries(instance, days))
  })
)

/** A class that a database could have. */
export interface Orderable {
  readonly engine: string
  readonly engineVersion: string
  readonly instanceClass: string
}

const describeOrderable = listOperation(
  RDSClient,
  DescribeOrderableDBInstanceOptionsCommand,
  "rds:DescribeOrderableDBInstanceOptions",
  "OrderableDBInstanceOptions",
  { paging }
)

/** One way in which a class is offered. */
export interface OrderableOption {
  readonly storageType: string
  readonly multiAz: boolean
}

/** The ways in which RDS offers a class for an engine's version; none where it does not. */
export const orderable = probe<Orderable, ReadonlyArray<OrderableOption>>({
  name: "rds.orderable",
  operations: [describeOrderable],
  cap: 300,
  batchSize: 1,
  costNote: "One free call for each class that is proposed, and version: without both the list has thousands of rows.",
  key: ({ engine, engineVersion, instanceClass }) => `${engine} ${engineVersion} ${instanceClass}`,
  identity: ({ engine, engineVersion, instanceClass }) => `${engine} ${engineVersion} ${instanceClass}`,
  isFixed: true,
  lasts: (options) => options.length > 0,
  read: (wanted) =>
    Effect.forEach(wanted, ({ engine, engineVersion, instanceClass }) =>
      complete(
        list(
          describeOrderable,
          { Engine: engine, EngineVersion: engineVersion, DBInstanceClass: instanceClass },
          (options) =>
            options.map(({ MultiAZCapable, StorageType }): OrderableOption => ({
              storageType: required(StorageType, "OrderableDBInstanceOptions[].StorageType").toLowerCase(),
              multiAz: required(MultiAZCapable, "OrderableDBInstanceOptions[].MultiAZCapable")
            }))
        )
      )
    )
})

const describeMajorVersions = listOperation(
  RDSClient,
  DescribeDBMajorEngineVersionsCommand,
  "rds:DescribeDBMajorEngineVersions",
  "DBMajorEngineVersions",
  { paging, neverEmpty: true }
)

/** Until when RDS supports a major version. Of engines without such dates there are none. */
export interface MajorVersion {
  readonly engine: string
  readonly major: string
  readonly standardEnd: Date | undefined
  /** Undefined where extended support is not sold. */
  readonly extendedStart: Date | undefined
  readonly extendedEnd: Date | undefined
}

/** The major versions of all engines with the days of their support, 100 a page. */
export const majorVersions = listOf(
  "rds.majorVersions",
  "regional",
  describeMajorVersions,
  {},
  (versions): ReadonlyArray<MajorVersion> =>
    versions.map(({ Engine, MajorEngineVersion, SupportedEngineLifecycles }) => {
      const lifecycle = (name: string) =>
        (SupportedEngineLifecycles ?? []).find(
          ({ LifecycleSupportName }) => LifecycleSupportName?.toLowerCase() === name
        )
      const standard = lifecycle("open-source-rds-standard-support")
      const extended = lifecycle("open-source-rds-extended-support")
      const field = "DBMajorEngineVersions[].SupportedEngineLifecycles[]"
      return {
        engine: required(Engine, "DBMajorEngineVersions[].Engine").toLowerCase(),
        major: required(MajorEngineVersion, "DBMajorEngineVersions[].MajorEngineVersion"),
        standardEnd:
          standard === undefined
            ? undefined
            : requiredDate(standard.LifecycleSupportEndDate, `${field}.LifecycleSupportEndDate`),
        extendedStart:
          extended === undefined
            ? undefined
            : requiredDate(extended.LifecycleSupportStartDate, `${field}.LifecycleSupportStartDate`),
        extendedEnd:
          extended === undefined
            ? undefined
            : requiredDate(extended.LifecycleSupportEndDate, `${field}.LifecycleSupportEndDate`)
      }
    })
)

/** A version of an engine, as a database has it. */
export type EngineVersion = Pick<Common, "engine" | "engineVersion">

const describeEngineVersions = listOperation(
  RDSClient,
  DescribeDBEngineVersionsCommand,
  "rds:DescribeDBEngineVersions",
  "DBEngineVersions",
  { paging }
)

export interface UpgradeTarget {
  readonly version: string
  readonly major: boolean
}

export interface VersionDetails {
  /** `available` or `deprecated`; undefined where RDS no longer lists the version. */
  readonly status: string | undefined
  readonly targets: ReadonlyArray<UpgradeTarget>
}

/** Whether RDS still offers a version, and what it can be upgraded to. */
export const versionDetails = probe<EngineVersion, VersionDetails>({
  name: "rds.versionDetails",
  operations: [describeEngineVersions],
  cap: 300,
  batchSize: 1,
  costNote:
    "One free call for each engine and version in use: the list of all versions is long, and repeats the targets.",
  key: ({ engine, engineVersion }) => `${engine} ${engineVersion}`,
  identity: ({ engine, engineVersion }) => `${engine} ${engineVersion}`,
  isFixed: true,
  lasts: ({ status }) => status !== undefined,
  read: (versions) =>
    Effect.forEach(versions, ({ engine, engineVersion }) =>
      Effect.map(
        complete(
          list(
            describeEngineVersions,
            { Engine: engine, EngineVersion: engineVersion, IncludeAll: true },
            (listed): ReadonlyArray<VersionDetails> =>
              listed.map(({ Status, ValidUpgradeTarget }) => ({
                status: required(Status, "DBEngineVersions[].Status").toLowerCase(),
                targets: (ValidUpgradeTarget ?? []).map(({ EngineVersion, IsMajorVersionUpgrade }) => ({
                  version: required(EngineVersion, "DBEngineVersions[].ValidUpgradeTarget[].EngineVersion"),
                  major: required(
                    IsMajorVersionUpgrade,
                    "DBEngineVersions[].ValidUpgradeTarget[].IsMajorVersionUpgrade"
                  )
                }))
              }))
          )
        ),
        ([version]) => version ?? { status: undefined, targets: [] }
      )
    )
})

const describeMaintenance = listOperation(
  RDSClient,
  DescribePendingMaintenanceActionsCommand,
  "rds:DescribePendingMaintenanceActions",
  "PendingMaintenanceActions",
  { paging }
)

/** What RDS will do to an instance or a cluster. */
export interface Maintenance {
  readonly arn: string
  /** `db-upgrade`, `system-update`, … */
  readonly action: string
  readonly description: string
  /** From when it is done in the next window, whatever its owner says; undefined where its owner decides. */
  readonly forcedAt: Date | undefined
}

/** Everything that RDS has announced for databases of the region, 100 a page. */
export const maintenance = listOf(
  "rds.maintenance",
  "regional",
  describeMaintenance,
  {},
  (resources): ReadonlyArray<Maintenance> =>
    resources.flatMap(({ PendingMaintenanceActionDetails, ResourceIdentifier }) =>
      (PendingMaintenanceActionDetails ?? []).map(({ Action, Description, ForcedApplyDate }) => ({
        arn: required(ResourceIdentifier, "PendingMaintenanceActions[].ResourceIdentifier"),
        action: Action?.toLowerCase() ?? "",
        description: Description ?? "",
        forcedAt: ForcedApplyDate
      }))
    )
)

const asked = (metric: string, statistic: Statistic, days: number): MetricAsked => ({
  namespace,
  metric,
  statistic,
  days
})

/** The series that show a database short of something, with those that only some storage has. */
export const loadSeries = (instance: DatabaseInstance, days: number) => ({
  cpu: series(instance, "CPUUtilization", "p95", days),
  memory: series(instance, "FreeableMemory", "Minimum", days),
  // Aurora's storage grows by itself.
  storage: isAurora(instance) ? undefined : series(instance, "FreeStorageSpace", "Minimum", days),
  burst: instance.storageType === "gp2" ? series(instance, "BurstBalance", "Minimum", days) : undefined,
  capacity: isServerless(instance) ? series(instance, "ACUUtilization", "Maximum", days) : undefined
})

const specsOf = (all: Readonly<Record<string, SeriesSpec | undefined>>): ReadonlyArray<SeriesSpec> =>
  Object.values(all).filter((spec) => spec !== undefined)

/** What decides whether a database is short of CPU, memory or storage. */
export const load = family("rds.load", (name, days: number) =>
  metricsOf(name, {
    scope: "regional",
    needs: { instances },
    metrics: [
      asked("CPUUtilization", "p95", days),
      asked("FreeableMemory", "Minimum", days),
      asked("FreeStorageSpace", "Minimum", days),
      asked("BurstBalance", "Minimum", days),
      asked("ACUUtilization", "Maximum", days)
    ],
    series: ({ instances }) => instances.filter(isMeasured).flatMap((one) => specsOf(loadSeries(one, days)))
  })
)

/** What is asked of a database that is short of something. */
export const strainSeries = (instance: DatabaseInstance, days: number) => ({
  swap: series(instance, "SwapUsage", "Maximum", days),
  queue: series(instance, "DiskQueueDepth", "Average", days),
  connections: series(instance, "DatabaseConnections", "Maximum", days)
})

/** The second step, for candidates only. */
export const strain = family("rds.strain", (name, days: number) =>
  seriesProbe<DatabaseInstance>({
    name,
    costNote: "Three paid metrics for each database that is short of something.",
    metrics: [
      asked("SwapUsage", "Maximum", days),
      asked("DiskQueueDepth", "Average", days),
      asked("DatabaseConnections", "Maximum", days)
    ],
    key: ({ id }) => id,
    series: (instance) => specsOf(strainSeries(instance, days))
  })
)

/** Seconds that a value of a database's sessions stands for. */
export const sessionSeconds = 300

/** Sessions at work, of a database that measures it: every five minutes, because days without load have no datapoints. */
export const sessionSeries = (instance: Pick<DatabaseInstance, "id">, days: number) => ({
  load: series(instance, "DBLoad", "Average", days, sessionSeconds),
  waiting: series(instance, "DBLoadNonCPU", "Average", days, sessionSeconds)
})

/** Sessions at work in all databases that measure it: the series that decides whether the others are asked for. */
export const sessions = family("rds.sessions", (name, days: number) =>
  metricsOf(name, {
    scope: "regional",
    needs: { instances },
    metrics: [sessionSeries({ id: "" }, days).load],
    series: ({ instances }) =>
      instances
        .filter((instance) => instance.insights && isMeasured(instance))
        .map((instance) => sessionSeries(instance, days).load)
  })
)

/** The second step, for candidates only. */
export const waiting = family("rds.waiting", (name, days: number) =>
  seriesProbe<DatabaseInstance>({
    name,
    costNote: "One paid metric for each database with half a session at work for each vCPU.",
    metrics: [sessionSeries({ id: "" }, days).waiting],
    key: ({ id }) => id,
    series: (instance) => [sessionSeries(instance, days).waiting]
  })
)
