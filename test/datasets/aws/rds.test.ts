import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as rds from "../../../datasets/aws/rds.ts"
import { awsFailure, noSeries, paged, readDataset, readProbe, valueOf } from "../harness.ts"

const marker = { size: "MaxRecords", input: "Marker", output: "Marker" }

describe("rds.instances", () => {
  it.effect("reads 250 instances in three calls of 100", () =>
    Effect.gen(function* () {
      const items = Array.from({ length: 250 }, (_, index) => ({
        DBInstanceArn: `arn:aws:rds:eu-west-1:111111111111:db:shop-${index}`,
        DBInstanceIdentifier: `shop-${index}`,
        DBInstanceClass: "db.m5.large",
        DBInstanceStatus: "stopped",
        Engine: "postgres",
        EngineVersion: "14.9",
        InstanceCreateTime: new Date("2026-01-01T00:00:00Z"),
        MultiAZ: true,
        StorageType: "gp3",
        AllocatedStorage: 100,
        Iops: 3000,
        StorageThroughput: 125,
        StorageEncrypted: true,
        StorageEncryptionType: "SSE-KMS",
        KmsKeyId: "arn:key",
        DbiResourceId: "db-ABC",
        AvailabilityZone: "eu-west-1a",
        MaxAllocatedStorage: 500,
        LicenseModel: "postgresql-license",
        EngineLifecycleSupport: "open-source-rds-extended-support",
        AutoMinorVersionUpgrade: true,
        PubliclyAccessible: false,
        Endpoint: { Port: 5432 },
        PerformanceInsightsEnabled: true,
        DatabaseInsightsMode: "standard",
        PerformanceInsightsRetentionPeriod: 7,
        ProcessorFeatures: [
          { Name: "coreCount", Value: "4" },
          { Name: "threadsPerCore", Value: "1" }
        ],
        PendingModifiedValues: { DBInstanceClass: "db.m6i.large", EngineVersion: "14.10" },
        ReadReplicaDBInstanceIdentifiers: ["copy"],
        VpcSecurityGroups: [{ VpcSecurityGroupId: "sg-1", Status: "active" }],
        TagList: [{ Key: "team", Value: "shop" }]
      }))
      const { calls, read } = yield* readDataset(rds.instances, {
        "rds:DescribeDBInstances": paged(items, "DBInstances", marker)
      })
      assert.deepStrictEqual(calls, { "rds:DescribeDBInstances": 3 })
      assert.strictEqual(valueOf(read).length, 250)
      assert.deepStrictEqual(valueOf(read)[249], {
        arn: "arn:aws:rds:eu-west-1:111111111111:db:shop-249",
        id: "shop-249",
        engine: "postgres",
        engineVersion: "14.9",
        instanceClass: "db.m5.large",
        status: "stopped",
        createdAt: new Date("2026-01-01T00:00:00Z"),
        multiAz: true,
        storageType: "gp3",
        allocatedGb: 100,
        iops: 3000,
        throughputMbPerSecond: 125,
        encryption: "sse-kms",
        kmsKeyArn: "arn:key",
        resourceId: "db-ABC",
        availabilityZone: "eu-west-1a",
        maxAllocatedGb: 500,
        licenseModel: "postgresql-license",
        lifecycleSupport: "open-source-rds-extended-support",
        autoMinorUpgrade: true,
        publiclyAccessible: false,
        port: 5432,
        insights: true,
        insightsMode: "standard",
        insightsDays: 7,
        chosenVcpu: 4,
        pendingClass: "db.m6i.large",
        pendingVersion: "14.10",
        clusterId: undefined,
        replicaOf: undefined,
        replicaIds: ["copy"],
        securityGroupIds: ["sg-1"],
        tags: { team: "shop" }
      })
    })
  )

  it.effect("calls an instance without a status malformed", () =>
    Effect.gen(function* () {
      const { read } = yield* readDataset(rds.instances, {
        "rds:DescribeDBInstances": () => ({
          DBInstances: [{ DBInstanceArn: "arn", DBInstanceIdentifier: "shop", Engine: "mysql" }]
        })
      })
      assert.match(read.ok ? "" : read.error.summary, /DBInstances\[\]\.DBInstanceStatus is missing/)
    })
  )

  it.effect("calls an answer without its list, or an item without its groups, malformed", () =>
    Effect.gen(function* () {
      const instance = {
        DBInstanceArn: "arn",
        DBInstanceIdentifier: "shop",
        Engine: "mysql",
        DBInstanceStatus: "available"
      }
      const cluster = { DBClusterArn: "arn", DBClusterIdentifier: "shop", Engine: "aurora-mysql", Status: "available" }
      for (const [dataset, operation, answer, field] of [
        [rds.instances, "rds:DescribeDBInstances", {}, "DBInstances"],
        [rds.instances, "rds:DescribeDBInstances", { DBInstances: [instance] }, "DBInstances[].VpcSecurityGroups"],
        [rds.clusters, "rds:DescribeDBClusters", {}, "DBClusters"],
        [rds.clusters, "rds:DescribeDBClusters", { DBClusters: [cluster] }, "DBClusters[].VpcSecurityGroups"]
      ] as const) {
        const { read } = yield* readDataset(dataset, { [operation]: () => answer })
        assert.include(read.ok ? "" : read.error.summary, `${field} is missing`)
      }
    })
  )
})

describe("rds.clusters", () => {
  it.effect("reads 101 clusters in two calls of 100", () =>
    Effect.gen(function* () {
      const items = Array.from({ length: 101 }, (_, index) => ({
        DBClusterArn: `arn:aws:rds:eu-west-1:111111111111:cluster:shop-${index}`,
        DBClusterIdentifier: `shop-${index}`,
        Engine: "aurora-postgresql",
        EngineVersion: "15.4",
        Status: "available",
        DBClusterMembers: [{ DBInstanceIdentifier: `shop-${index}-1`, IsClusterWriter: true }],
        VpcSecurityGroups: [{ VpcSecurityGroupId: "sg-1" }]
      }))
      const { calls, read } = yield* readDataset(rds.clusters, {
        "rds:DescribeDBClusters": paged(items, "DBClusters", marker)
      })
      assert.deepStrictEqual(calls, { "rds:DescribeDBClusters": 2 })
      const last: rds.DatabaseCluster = valueOf(read)[100]
      assert.deepStrictEqual(last.members, [{ id: "shop-100-1", writer: true }])
      assert.deepStrictEqual(last.securityGroupIds, ["sg-1"])
      assert.deepStrictEqual([last.engineMode, last.storageType], ["provisioned", "aurora"])
    })
  )
})

describe("rds.storage", () => {
  const instance = (id: string, more: object = {}) => ({
    DBInstanceArn: `arn:aws:rds:eu-west-1:111111111111:db:${id}`,
    DBInstanceIdentifier: id,
    DBInstanceStatus: "available",
    Engine: "mysql",
    VpcSecurityGroups: [],
    ...more
  })
  const cluster = {
    DBClusterArn: "arn:aws:rds:eu-west-1:111111111111:cluster:shop",
    DBClusterIdentifier: "shop",
    Engine: "aurora-mysql",
    Status: "available",
    StorageEncrypted: false,
    VpcSecurityGroups: []
  }
  const answers = {
    "rds:DescribeDBInstances": () => ({
      DBInstances: [
        instance("alone", { StorageEncrypted: false, StorageEncryptionType: "sse-rds" }),
        instance("shop-1", { DBClusterIdentifier: "shop", PubliclyAccessible: true, StorageEncrypted: false }),
        instance("untold")
      ]
    }),
    "rds:DescribeDBClusters": () => ({ DBClusters: [cluster] })
  }
  const snapshots = {
    "rds:DescribeDBSnapshots": ({ SnapshotType }: { readonly SnapshotType: string }) => {
      assert.strictEqual(SnapshotType, "manual")
      return { DBSnapshots: [{ DBSnapshotArn: "arn:s", DBSnapshotIdentifier: "kept", Encrypted: false }] }
    },
    "rds:DescribeDBClusterSnapshots": () => {
      throw awsFailure("AccessDenied", "no", 403)
    }
  }
  const told = (storage: ReadonlyArray<rds.Storage>) =>
    storage.map(({ encryption, id, public: isPublic }) => [id, encryption, isPublic])

  it.effect("joins members to their cluster, and asks for no snapshots unless they are wanted", () =>
    Effect.gen(function* () {
      const { calls, read } = yield* readDataset(rds.storage(true, false), answers)
      assert.deepStrictEqual(calls, { "rds:DescribeDBInstances": 1, "rds:DescribeDBClusters": 1 })
      assert.deepStrictEqual(told(valueOf(read)), [
        ["alone", "sse-rds", false],
        ["untold", undefined, false],
        ["shop", "none", true]
      ])
      const { read: without } = yield* readDataset(rds.storage(false, false), answers)
      assert.deepStrictEqual(told(valueOf(without)), [
        ["alone", "sse-rds", false],
        ["untold", undefined, false]
      ])
    })
  )

  it.effect("has a gap where one of the lists of snapshots is refused", () =>
    Effect.gen(function* () {
      const { read } = yield* readDataset(rds.storage(false, true), { ...answers, ...snapshots })
      assert.isTrue(read.ok)
      if (!read.ok) return
      assert.deepStrictEqual(told(read.value).at(-1), ["kept", "none", false])
      assert.strictEqual(read.gaps.length, 1)
    })
  )
})

describe("versions", () => {
  it.effect("reads the dates of 150 major versions in two calls", () =>
    Effect.gen(function* () {
      const items = Array.from({ length: 150 }, (_, index) => ({
        Engine: "postgres",
        MajorEngineVersion: String(index),
        SupportedEngineLifecycles: [
          {
            LifecycleSupportName: "Open-Source-RDS-Standard-Support",
            LifecycleSupportStartDate: new Date("2020-01-01"),
            LifecycleSupportEndDate: new Date("2026-02-28")
          }
        ]
      }))
      const { calls, read } = yield* readDataset(rds.majorVersions, {
        "rds:DescribeDBMajorEngineVersions": paged(items, "DBMajorEngineVersions", marker)
      })
      assert.deepStrictEqual(calls, { "rds:DescribeDBMajorEngineVersions": 2 })
      assert.deepStrictEqual(valueOf(read)[149], {
        engine: "postgres",
        major: "149",
        standardEnd: new Date("2026-02-28"),
        extendedStart: undefined,
        extendedEnd: undefined
      })
      const { read: bare } = yield* readDataset(rds.majorVersions, { "rds:DescribeDBMajorEngineVersions": () => ({}) })
      assert.match(bare.ok ? "" : bare.error.summary, /DBMajorEngineVersions is missing/)
    })
  )

  it.effect("asks once for each version, and does not know a version that is refused", () =>
    Effect.gen(function* () {
      const versions = [
        { engine: "postgres", engineVersion: "16.8" },
        { engine: "postgres", engineVersion: "16.8" },
        { engine: "mysql", engineVersion: "8.4.7" },
        { engine: "mysql", engineVersion: "4.0" },
        { engine: "mysql", engineVersion: "untold" }
      ]
      const { calls, readings } = yield* readProbe(rds.versionDetails, versions, {
        "rds:DescribeDBEngineVersions": ({ Engine, EngineVersion, IncludeAll }) => {
          assert.isTrue(IncludeAll)
          if (EngineVersion === "4.0") throw awsFailure("InvalidParameterValue")
          if (EngineVersion === "untold") return { DBEngineVersions: [{ Engine }] }
          return {
            DBEngineVersions: [
              {
                Engine,
                Status: "Available",
                ValidUpgradeTarget: [{ EngineVersion: "17.6", IsMajorVersionUpgrade: true }]
              }
            ]
          }
        }
      })
      assert.deepStrictEqual(calls, { "rds:DescribeDBEngineVersions": 4 })
      assert.deepStrictEqual(readings[1], {
        known: true,
        value: { status: "available", targets: [{ version: "17.6", major: true }] }
      })
      assert.deepStrictEqual([readings[3]?.known, readings[4]?.known], [false, false])
    })
  )

  it.effect("tells what RDS will do to a database", () =>
    Effect.gen(function* () {
      const { read } = yield* readDataset(rds.maintenance, {
        "rds:DescribePendingMaintenanceActions": () => ({
          PendingMaintenanceActions: [
            { ResourceIdentifier: "arn:db", PendingMaintenanceActionDetails: [{ Action: "DB-Upgrade" }] }
          ]
        })
      })
      assert.deepStrictEqual(valueOf(read), [
        { arn: "arn:db", action: "db-upgrade", description: "", forcedAt: undefined }
      ])
    })
  )
})

describe("use and size", () => {
  it.effect("asks for two series of each database that runs, and how a class is offered once for each version", () =>
    Effect.gen(function* () {
      const instance = (id: string, more: object = {}) => ({
        DBInstanceArn: `arn:${id}`,
        DBInstanceIdentifier: id,
        DBInstanceStatus: "available",
        Engine: "postgres",
        VpcSecurityGroups: [],
        ...more
      })
      const { sent } = yield* readDataset(rds.use(30, 7), {
        "rds:DescribeDBInstances": () => ({
          DBInstances: [
            instance("a"),
            instance("stopped", { DBInstanceStatus: "stopped" }),
            instance("graph", { Engine: "neptune" })
          ]
        }),
        "cloudwatch:GetMetricData": noSeries
      })
      const queries = sent.flatMap(({ input }) => input.MetricDataQueries ?? [])
      assert.deepStrictEqual(
        queries.map(({ MetricStat: { Metric, Stat } }) => [Metric.MetricName, Stat, Metric.Dimensions[0].Value]).sort(),
        [
          ["CPUUtilization", "p95", "a"],
          ["DatabaseConnections", "Maximum", "a"]
        ]
      )
      const wanted = { engine: "postgres", engineVersion: "16.10", instanceClass: "db.m6g.large" }
      const { calls, readings } = yield* readProbe(rds.orderable, [wanted, wanted], {
        "rds:DescribeOrderableDBInstanceOptions": paged(
          Array.from({ length: 101 }, (_, index) => ({ StorageType: `GP${index}`, MultiAZCapable: true })),
          "OrderableDBInstanceOptions",
          marker
        )
      })
      assert.deepStrictEqual(calls, { "rds:DescribeOrderableDBInstanceOptions": 2 })
      assert.deepStrictEqual(readings[0]?.known && readings[0].value[100], { storageType: "gp100", multiAz: true })
    })
  )
})

describe("rds.load", () => {
  it.effect("asks for what a database has: storage of its own, burst credits of gp2, capacity without a server", () =>
    Effect.gen(function* () {
      const instance = (id: string, more: object) => ({
        DBInstanceArn: `arn:${id}`,
        DBInstanceIdentifier: id,
        DBInstanceStatus: "available",
        Engine: "mysql",
        VpcSecurityGroups: [],
        ...more
      })
      const { sent } = yield* readDataset(rds.load(14), {
        "rds:DescribeDBInstances": () => ({
          DBInstances: [
            instance("a", { StorageType: "gp2" }),
            instance("b", { Engine: "aurora-mysql", StorageType: "aurora", DBInstanceClass: "db.serverless" })
          ]
        }),
        "cloudwatch:GetMetricData": noSeries
      })
      const asked = sent
        .flatMap(({ input }) => input.MetricDataQueries ?? [])
        .map(({ MetricStat: { Metric } }) => `${Metric.Dimensions[0].Value} ${Metric.MetricName}`)
      assert.deepStrictEqual(asked.sort(), [
        "a BurstBalance",
        "a CPUUtilization",
        "a FreeStorageSpace",
        "a FreeableMemory",
        "b ACUUtilization",
        "b CPUUtilization",
        "b FreeableMemory"
      ])
    })
  )
})

describe("rds.sessions", () => {
  it.effect("asks for the load of every five minutes, of databases that measure it", () =>
    Effect.gen(function* () {
      const instance = (id: string, more: object) => ({
        DBInstanceArn: `arn:${id}`,
        DBInstanceIdentifier: id,
        DBInstanceStatus: "available",
        Engine: "mysql",
        PerformanceInsightsEnabled: true,
        VpcSecurityGroups: [],
        ...more
      })
      const { sent } = yield* readDataset(rds.sessions(7), {
        "rds:DescribeDBInstances": () => ({
          DBInstances: [
            instance("a", {}),
            instance("off", { PerformanceInsightsEnabled: false }),
            instance("stopped", { DBInstanceStatus: "stopped" })
          ]
        }),
        "cloudwatch:GetMetricData": noSeries
      })
      const asked = sent
        .flatMap(({ input }) => input.MetricDataQueries ?? [])
        .map(({ MetricStat: { Metric, Period, Stat } }) => [
          Metric.Dimensions[0].Value,
          Metric.MetricName,
          Stat,
          Period
        ])
      assert.deepStrictEqual(asked, [["a", "DBLoad", "Average", 300]])
    })
  )
})
