import type {
  DescribeDBClustersCommandInput,
  DescribeDBClustersCommandOutput,
  DescribeDBClusterSnapshotsCommandOutput,
  DescribeDBEngineVersionsCommandInput,
  DescribeDBEngineVersionsCommandOutput,
  DescribeDBInstancesCommandInput,
  DescribeDBInstancesCommandOutput,
  DescribeDBMajorEngineVersionsCommandInput,
  DescribeDBMajorEngineVersionsCommandOutput,
  DescribePendingMaintenanceActionsCommandOutput,
  DescribeDBSnapshotsCommandOutput,
  DescribeOrderableDBInstanceOptionsCommandInput,
  DescribeOrderableDBInstanceOptionsCommandOutput
} from "@aws-sdk/client-rds"
import { millisPerDay } from "../../core/time.ts"
import type { Load, Named, When } from "../estate.ts"
import { arnOf, hexOf, idOf, type Place } from "../ids.ts"
import { type Answer, dateOf, defineService, type Here, pageOf, pairs, type Series } from "../Service.ts"

declare module "../estate.ts" {
  interface Region {
    readonly databases: ReadonlyArray<Database>
    readonly databaseClusters: ReadonlyArray<DatabaseCluster>
  }
}

/** What CloudWatch shows of a database. What is not said is quiet. */
export interface DatabaseUse {
  /** Percent. */
  readonly cpu?: Load
  readonly connections?: Load
  readonly freeMemoryGb?: Load
  readonly freeStorageGb?: Load
  readonly swapMb?: Load
  readonly iops?: Load
  /** Sessions that work or wait, of databases whose load is measured; `nonCpu` are those that wait. */
  readonly load?: Load
  readonly nonCpuLoad?: Load
  /** Capacity units of a serverless member. */
  readonly capacity?: Load
}

export interface Database extends Named {
  readonly engine: string
  readonly version: string
  readonly class: string
  /** Default: long ago. */
  readonly created?: When
  readonly stopped?: true
  /** Default: a. */
  readonly zone?: string
  readonly multiAz?: true
  /** Of its own; members of a cluster have none. Default: 100 GB of gp3. */
  readonly storage?: { readonly type?: string; readonly gb: number; readonly maxGb?: number }
  readonly unencrypted?: true
  readonly public?: true
  /** Name of the instance that it is a replica of, with its region where that is another. */
  readonly replicaOf?: { readonly name: string; readonly region?: string }
  /** Name of its cluster. */
  readonly cluster?: string
  readonly writer?: true
  readonly insights?: true
  readonly ownUpgrades?: true
  readonly groups: ReadonlyArray<string>
  readonly use?: DatabaseUse
}

export interface DatabaseCluster extends Named {
  readonly engine: string
  readonly version: string
  readonly created?: When
  readonly ioOptimized?: true
  readonly unencrypted?: true
  readonly capacity?: { readonly minimum: number; readonly maximum: number }
  readonly ownUpgrades?: true
  readonly groups: ReadonlyArray<string>
}

const extendedSupport = "open-source-rds-extended-support" as const

/** Support of major versions: the last day of standard support, and the last of extended support where it is sold. */
const majors: ReadonlyArray<readonly [engine: string, major: string, standardEnd: When, extendedEnd?: When]> = [
  ...["postgres", "aurora-postgresql"].flatMap((engine) => [
    [engine, "13", "2026-02-28", "2029-02-28"] as const,
    [engine, "16", "2029-02-28", "2032-02-29"] as const,
    [engine, "17", "2030-02-28", "2033-02-28"] as const
  ]),
  ["mysql", "5.7", "2024-02-29", "2029-06-30"],
  ["mysql", "8.4", "2029-07-31", "2032-07-31"]
]

/** Versions of an engine that RDS offers, each with those that it can become. */
const versions: Readonly<Record<string, ReadonlyArray<string>>> = {
  "13.20": ["13.22", "16.10", "17.6"],
  "16.8": ["16.10", "17.6"],
  "16.10": ["17.6"],
  "5.7.44": ["8.0.43", "8.4.7"],
  "8.4.7": []
}

const majorOf = (version: string) => version.replace(/\.\d+$/, "")

const dayAfter = (day: When) => new Date(dateOf(day).getTime() + millisPerDay)

const longAgo = "2022-03-01T09:00:00Z"

const lifecycleOf = ({ engine }: { readonly engine: string }) =>
  /mysql|postgres/.test(engine) ? { EngineLifecycleSupport: extendedSupport } : {}

const encryptionOf = (here: Here, { name, unencrypted }: { readonly name: string; readonly unencrypted?: true }) =>
  unencrypted
    ? { StorageEncrypted: false, StorageEncryptionType: "none" as const }
    : {
        StorageEncrypted: true,
        StorageEncryptionType: "sse-kms" as const,
        KmsKeyId: arnOf("kms", here, `key/${hexOf(here, `rds/${name}`, 8)}-1111-4111-8111-111111111111`)
      }

const groupsOf = (here: Here, groups: ReadonlyArray<string>) =>
  groups.map((group) => ({ VpcSecurityGroupId: idOf("sg", here, group), Status: "active" }))

const arnOfDatabase = (place: Place, name: string) => arnOf("rds", place, `db:${name}`)
const arnOfCluster = (place: Place, name: string) => arnOf("rds", place, `cluster:${name}`)

const portOf = (engine: string) => (engine.includes("postgres") ? 5432 : 3306)

const gib = 2 ** 30

const scaled = (load: Load | undefined, factor: number): Load | undefined =>
  load === undefined || typeof load === "string"
    ? load
    : typeof load === "number"
      ? load * factor
      : (Object.fromEntries(
          Object.entries(load).map(([key, value]) => [
            key,
            key === "until"
              ? value
              : typeof value === "object"
                ? scaled(value as Load, factor)
                : (value as number) * factor
          ])
        ) as unknown as Load)

const given = (levels: Readonly<Record<string, Load | undefined>>): Record<string, Load> =>
  Object.fromEntries(Object.entries(levels).filter((level): level is [string, Load] => level[1] !== undefined))

const seriesOf = (here: Here, database: Database): ReadonlyArray<Series> => {
  if (database.stopped) return []
  const { class: type, cluster, created = longAgo, insights, name, storage, use = {} } = database
  const of = here.has.databaseClusters.find(({ name }) => name === cluster)
  const {
    average = 0,
    maximum = 0,
    p95 = 0
  } = typeof use.capacity === "object" && "average" in use.capacity ? use.capacity : {}
  const maximumUnits = of?.capacity?.maximum
  return [
    {
      namespace: "AWS/RDS",
      idle: "zero",
      dimensions: { DBInstanceIdentifier: name },
      since: created,
      levels: given({
        CPUUtilization: use.cpu ?? { average: 22, p95: 41, maximum: 68 },
        DatabaseConnections: use.connections ?? { minimum: 4, average: 18, p95: 35, maximum: 60 },
        FreeableMemory: scaled(use.freeMemoryGb ?? 3, gib),
        FreeStorageSpace:
          cluster === undefined ? scaled(use.freeStorageGb ?? (storage?.gb ?? 100) * 0.6, gib) : undefined,
        SwapUsage: scaled(use.swapMb ?? 1, 2 ** 20),
        ReadIOPS: use.iops ?? { average: 60, p95: 240, maximum: 900 },
        WriteIOPS: use.iops ?? { average: 40, p95: 160, maximum: 700 },
        DiskQueueDepth: 0.4,
        BurstBalance: storage?.type === "gp2" ? 97 : undefined,
        ServerlessDatabaseCapacity: use.capacity,
        ACUUtilization:
          type === "db.serverless" && maximumUnits !== undefined
            ? {
                average: (average / maximumUnits) * 100,
                p95: (p95 / maximumUnits) * 100,
                maximum: (maximum / maximumUnits) * 100
              }
            : undefined,
        DBLoad: insights ? use.load : undefined,
        DBLoadNonCPU: insights ? (use.nonCpuLoad ?? (use.load === undefined ? undefined : 0.1)) : undefined
      })
    }
  ]
}

export default defineService({
  region: { databases: [], databaseClusters: [] },
  answers: {
    "rds:DescribeDBInstances": (
      here,
      input: DescribeDBInstancesCommandInput
    ): Answer<DescribeDBInstancesCommandOutput> => {
      const { items, next } = pageOf(here.has.databases, input.Marker, input.MaxRecords, 100)
      return {
        DBInstances: items.map((database) => {
          const { cluster, engine, name, replicaOf, storage } = database
          const of = here.has.databaseClusters.find((one) => one.name === cluster)
          return {
            DBInstanceIdentifier: name,
            DBInstanceArn: arnOfDatabase(here, name),
            DbiResourceId: `db-${hexOf(here, `rds/${name}`, 26).toUpperCase()}`,
            Engine: engine,
            EngineVersion: database.version,
            DBInstanceClass: database.class,
            DBInstanceStatus: database.stopped ? "stopped" : "available",
            InstanceCreateTime: dateOf(database.created ?? longAgo),
            MultiAZ: database.multiAz ?? false,
            AvailabilityZone: `${here.region}${database.zone ?? "a"}`,
            LicenseModel: engine.includes("postgres") ? "postgresql-license" : "general-public-license",
            ...(cluster === undefined
              ? {
                  StorageType: storage?.type ?? "gp3",
                  AllocatedStorage: storage?.gb ?? 100,
                  ...(storage?.maxGb === undefined ? {} : { MaxAllocatedStorage: storage.maxGb })
                }
              : { StorageType: "aurora", AllocatedStorage: 1, DBClusterIdentifier: cluster }),
            ...encryptionOf(here, of ?? database),
            ...lifecycleOf(database),
            AutoMinorVersionUpgrade: database.ownUpgrades !== true,
            PubliclyAccessible: database.public ?? false,
            PerformanceInsightsEnabled: database.insights ?? false,
            ...(database.insights ? { DatabaseInsightsMode: "standard", PerformanceInsightsRetentionPeriod: 7 } : {}),
            Endpoint: { Address: `${name}.abc.${here.region}.rds.amazonaws.com`, Port: portOf(engine) },
            ...(replicaOf === undefined
              ? {}
              : {
                  ReadReplicaSourceDBInstanceIdentifier:
                    replicaOf.region === undefined
                      ? replicaOf.name
                      : arnOfDatabase({ ...here, region: replicaOf.region }, replicaOf.name)
                }),
            ReadReplicaDBInstanceIdentifiers: here.has.databases
              .filter((other) => other.replicaOf?.name === name && other.replicaOf.region === undefined)
              .map((other) => other.name),
            VpcSecurityGroups: groupsOf(here, database.groups),
            TagList: pairs(database.tags)
          }
        }),
        Marker: next
      }
    },

    "rds:DescribeDBClusters": (
      here,
      input: DescribeDBClustersCommandInput
    ): Answer<DescribeDBClustersCommandOutput> => {
      const { items, next } = pageOf(here.has.databaseClusters, input.Marker, input.MaxRecords, 100)
      return {
        DBClusters: items.map((cluster) => ({
          DBClusterIdentifier: cluster.name,
          DBClusterArn: arnOfCluster(here, cluster.name),
          Engine: cluster.engine,
          EngineVersion: cluster.version,
          EngineMode: "provisioned",
          Status: "available",
          ClusterCreateTime: dateOf(cluster.created ?? longAgo),
          MultiAZ: here.has.databases.filter((one) => one.cluster === cluster.name).length > 1,
          StorageType: cluster.ioOptimized ? "aurora-iopt1" : "aurora",
          Port: portOf(cluster.engine),
          ...encryptionOf(here, cluster),
          ...lifecycleOf(cluster),
          AutoMinorVersionUpgrade: cluster.ownUpgrades !== true,
          ...(cluster.capacity === undefined
            ? {}
            : {
                ServerlessV2ScalingConfiguration: {
                  MinCapacity: cluster.capacity.minimum,
                  MaxCapacity: cluster.capacity.maximum
                }
              }),
          DBClusterMembers: here.has.databases
            .filter((one) => one.cluster === cluster.name)
            .map(({ name, writer }) => ({ DBInstanceIdentifier: name, IsClusterWriter: writer ?? false })),
          VpcSecurityGroups: groupsOf(here, cluster.groups),
          TagList: pairs(cluster.tags)
        })),
        Marker: next
      }
    },

    "rds:DescribeDBMajorEngineVersions": (
      _,
      input: DescribeDBMajorEngineVersionsCommandInput
    ): Answer<DescribeDBMajorEngineVersionsCommandOutput> => {
      const { items, next } = pageOf(majors, input.Marker, input.MaxRecords, 100)
      return {
        DBMajorEngineVersions: items.map(([Engine, MajorEngineVersion, standardEnd, extendedEnd]) => ({
          Engine,
          MajorEngineVersion,
          SupportedEngineLifecycles: [
            {
              LifecycleSupportName: "open-source-rds-standard-support",
              LifecycleSupportStartDate: dateOf("2021-01-01"),
              LifecycleSupportEndDate: dateOf(standardEnd)
            },
            ...(extendedEnd === undefined
              ? []
              : [
                  {
                    LifecycleSupportName: extendedSupport,
                    LifecycleSupportStartDate: dayAfter(standardEnd),
                    LifecycleSupportEndDate: dateOf(extendedEnd)
                  }
                ])
          ]
        })),
        Marker: next
      }
    },

    "rds:DescribeDBEngineVersions": (
      _,
      { Engine, EngineVersion = "" }: DescribeDBEngineVersionsCommandInput
    ): Answer<DescribeDBEngineVersionsCommandOutput> => {
      const targets = versions[EngineVersion]
      return {
        DBEngineVersions:
          targets === undefined
            ? []
            : [
                {
                  Engine,
                  EngineVersion,
                  Status: "available",
                  ValidUpgradeTarget: targets.map((target) => ({
                    Engine,
                    EngineVersion: target,
                    AutoUpgrade: false,
                    IsMajorVersionUpgrade: majorOf(target) !== majorOf(EngineVersion)
                  }))
                }
              ]
      }
    },

    "rds:DescribeOrderableDBInstanceOptions": (
      _,
      { DBInstanceClass, Engine, EngineVersion }: DescribeOrderableDBInstanceOptionsCommandInput
    ): Answer<DescribeOrderableDBInstanceOptionsCommandOutput> => ({
      OrderableDBInstanceOptions: ["gp2", "gp3", "io1"].map((StorageType) => ({
        Engine,
        EngineVersion,
        DBInstanceClass,
        StorageType,
        MultiAZCapable: true
      }))
    }),

    "rds:DescribePendingMaintenanceActions": (here): Answer<DescribePendingMaintenanceActionsCommandOutput> => ({
      PendingMaintenanceActions: here.has.databases
        .filter(({ version }) => version === "13.20")
        .map(({ name }) => ({
          ResourceIdentifier: arnOfDatabase(here, name),
          PendingMaintenanceActionDetails: [{ Action: "system-update", Description: "New Operating System update" }]
        }))
    }),

    // Nobody makes snapshots by hand.
    "rds:DescribeDBSnapshots": (): Answer<DescribeDBSnapshotsCommandOutput> => ({ DBSnapshots: [] }),
    "rds:DescribeDBClusterSnapshots": (): Answer<DescribeDBClusterSnapshotsCommandOutput> => ({
      DBClusterSnapshots: []
    })
  },
  series: (here) => here.has.databases.flatMap((database) => seriesOf(here, database)),
  resources: (here) => [
    ...here.has.databases.map(({ name, tags }) => ({ type: "rds:db", arn: arnOfDatabase(here, name), tags })),
    ...here.has.databaseClusters.map(({ name, tags }) => ({ type: "rds:cluster", arn: arnOfCluster(here, name), tags }))
  ],
  interfaces: (here) =>
    here.has.databases
      .filter(({ stopped }) => stopped !== true)
      .map(({ groups, name }) => ({
        name: `rds/${name}`,
        requesterManaged: true,
        description: "RDSNetworkInterface",
        groups
      }))
})
