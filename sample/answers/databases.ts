/** The answers of RDS and ElastiCache. */
import type { DescribeCacheClustersCommandInput, DescribeCacheClustersCommandOutput } from "@aws-sdk/client-elasticache"
import type {
  DescribeDBClustersCommandOutput,
  DescribeDBInstancesCommandInput,
  DescribeDBInstancesCommandOutput
} from "@aws-sdk/client-rds"
import { idOf } from "../ids.ts"
import { type Answer, type Answers, pageOf, pairs } from "./Here.ts"

export const answers: Answers = {
  "rds:DescribeDBInstances": (
    here,
    input: DescribeDBInstancesCommandInput
  ): Answer<DescribeDBInstancesCommandOutput> => {
    const { items, next } = pageOf(here.has.databases, input.Marker, input.MaxRecords, 100)
    return {
      DBInstances: items.map((database) => ({
        DBInstanceIdentifier: database.name,
        DBInstanceArn: `arn:aws:rds:${here.region}:${here.account}:db:${database.name}`,
        Engine: database.engine,
        DBInstanceClass: database.class,
        DBInstanceStatus: database.stopped ? "stopped" : "available",
        VpcSecurityGroups: database.groups.map((group) => ({
          VpcSecurityGroupId: idOf("sg", here, group),
          Status: "active"
        })),
        TagList: pairs(database.tags)
      })),
      Marker: next
    }
  },

  "rds:DescribeDBClusters": (): Answer<DescribeDBClustersCommandOutput> => ({ DBClusters: [] }),

  "elasticache:DescribeCacheClusters": (
    here,
    input: DescribeCacheClustersCommandInput
  ): Answer<DescribeCacheClustersCommandOutput> => {
    const { items, next } = pageOf(here.has.caches, input.Marker, input.MaxRecords, 100)
    return {
      CacheClusters: items.map((cache) => ({
        CacheClusterId: cache.name,
        ARN: `arn:aws:elasticache:${here.region}:${here.account}:cluster:${cache.name}`,
        Engine: "valkey",
        CacheNodeType: cache.nodeType,
        NumCacheNodes: 1,
        CacheClusterStatus: "available",
        SecurityGroups: cache.groups.map((group) => ({ SecurityGroupId: idOf("sg", here, group), Status: "active" }))
      })),
      Marker: next
    }
  }
}
