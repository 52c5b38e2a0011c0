import type {
  DescribeDBClustersCommandOutput,
  DescribeDBInstancesCommandInput,
  DescribeDBInstancesCommandOutput
} from "@aws-sdk/client-rds"
import type { Named } from "../estate.ts"
import { arnOf, idOf } from "../ids.ts"
import { type Answer, defineService, pageOf, pairs } from "../Service.ts"

declare module "../estate.ts" {
  interface Region {
    readonly databases: ReadonlyArray<Database>
  }
}

export interface Database extends Named {
  readonly engine: string
  readonly class: string
  readonly stopped?: true
  readonly groups: ReadonlyArray<string>
}

export default defineService({
  region: { databases: [] },
  answers: {
    "rds:DescribeDBInstances": (
      here,
      input: DescribeDBInstancesCommandInput
    ): Answer<DescribeDBInstancesCommandOutput> => {
      const { items, next } = pageOf(here.has.databases, input.Marker, input.MaxRecords, 100)
      return {
        DBInstances: items.map((database) => ({
          DBInstanceIdentifier: database.name,
          DBInstanceArn: arnOf("rds", here, `db:${database.name}`),
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

    "rds:DescribeDBClusters": (): Answer<DescribeDBClustersCommandOutput> => ({ DBClusters: [] })
  },
  resources: (here) =>
    here.has.databases.map(({ name, tags }) => ({ type: "rds:db", arn: arnOf("rds", here, `db:${name}`), tags })),
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
