/** RDS databases and their clusters. The same calls also list Neptune and DocumentDB, told apart by `engine`. */
import { DescribeDBClustersCommand, DescribeDBInstancesCommand, RDSClient } from "@aws-sdk/client-rds"
import { required } from "../../core/aws/Aws.ts"
import { listOperation } from "../../core/aws/operation.ts"
import { listOf } from "../engine/Dataset.ts"
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

export interface DatabaseInstance {
  readonly arn: string
  readonly id: string
  /** `mysql`, `aurora-postgresql`, `neptune`, `docdb`, … */
  readonly engine: string
  readonly engineVersion: string
  /** `db.m5.large`, or `db.serverless`. */
  readonly instanceClass: string
  /** `available`, `stopped`, … */
  readonly status: string
  /** Undefined while it is being created. */
  readonly createdAt: Date | undefined
  readonly multiAz: boolean
  /** `gp3`, `io2`, `aurora`, … */
  readonly storageType: string
  readonly allocatedGb: number
  readonly iops: number | undefined
  readonly throughputMbPerSecond: number | undefined
  readonly encrypted: boolean
  /** The cluster that it is a member of. */
  readonly clusterId: string | undefined
  /** The instance that it is a read replica of. */
  readonly replicaOf: string | undefined
  readonly securityGroupIds: ReadonlyArray<string>
  readonly tags: Tags
}

const groupIds = (
  groups: ReadonlyArray<{ readonly VpcSecurityGroupId?: string | undefined }> | undefined,
  field: string
) =>
  required(groups, field).map(({ VpcSecurityGroupId }) => required(VpcSecurityGroupId, `${field}[].VpcSecurityGroupId`))

/** All database instances in every state, members of clusters included, 100 a page. */
export const instances = listOf("rds.instances", "regional", describeInstances, {}, (instances) =>
  instances.map((instance): DatabaseInstance => ({
    arn: required(instance.DBInstanceArn, "DBInstances[].DBInstanceArn"),
    id: required(instance.DBInstanceIdentifier, "DBInstances[].DBInstanceIdentifier"),
    engine: required(instance.Engine, "DBInstances[].Engine"),
    engineVersion: instance.EngineVersion ?? "",
    instanceClass: instance.DBInstanceClass ?? "",
    status: required(instance.DBInstanceStatus, "DBInstances[].DBInstanceStatus").toLowerCase(),
    createdAt: instance.InstanceCreateTime,
    multiAz: instance.MultiAZ ?? false,
    storageType: instance.StorageType ?? "",
    allocatedGb: instance.AllocatedStorage ?? 0,
    iops: instance.Iops,
    throughputMbPerSecond: instance.StorageThroughput,
    encrypted: instance.StorageEncrypted ?? false,
    clusterId: instance.DBClusterIdentifier,
    replicaOf: instance.ReadReplicaSourceDBInstanceIdentifier,
    securityGroupIds: groupIds(instance.VpcSecurityGroups, "DBInstances[].VpcSecurityGroups"),
    tags: tagsOf(instance.TagList)
  }))
)

const describeClusters = listOperation(RDSClient, DescribeDBClustersCommand, "rds:DescribeDBClusters", "DBClusters", {
  paging
})

export interface DatabaseCluster {
  readonly arn: string
  readonly id: string
  readonly engine: string
  readonly engineVersion: string
  /** `provisioned` or `serverless`. */
  readonly engineMode: string
  readonly status: string
  readonly createdAt: Date | undefined
  readonly multiAz: boolean
  /** `aurora`, `aurora-iopt1`, or an EBS type for a Multi-AZ cluster. */
  readonly storageType: string
  readonly encrypted: boolean
  readonly memberIds: ReadonlyArray<string>
  readonly securityGroupIds: ReadonlyArray<string>
  readonly tags: Tags
}

/** All database clusters in every state, 100 a page. */
export const clusters = listOf("rds.clusters", "regional", describeClusters, {}, (clusters) =>
  clusters.map((cluster): DatabaseCluster => ({
    arn: required(cluster.DBClusterArn, "DBClusters[].DBClusterArn"),
    id: required(cluster.DBClusterIdentifier, "DBClusters[].DBClusterIdentifier"),
    engine: required(cluster.Engine, "DBClusters[].Engine"),
    engineVersion: cluster.EngineVersion ?? "",
    engineMode: cluster.EngineMode ?? "provisioned",
    status: required(cluster.Status, "DBClusters[].Status").toLowerCase(),
    createdAt: cluster.ClusterCreateTime,
    multiAz: cluster.MultiAZ ?? false,
    storageType: cluster.StorageType ?? "aurora",
    encrypted: cluster.StorageEncrypted ?? false,
    memberIds: (cluster.DBClusterMembers ?? []).flatMap(({ DBInstanceIdentifier }) => DBInstanceIdentifier ?? []),
    securityGroupIds: groupIds(cluster.VpcSecurityGroups, "DBClusters[].VpcSecurityGroups"),
    tags: tagsOf(cluster.TagList)
  }))
)
