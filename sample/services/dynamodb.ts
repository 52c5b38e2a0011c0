import type {
  DescribeContinuousBackupsCommandInput,
  DescribeContinuousBackupsCommandOutput,
  DescribeTableCommandInput,
  DescribeTableCommandOutput,
  GlobalSecondaryIndexDescription,
  ListTablesCommandInput,
  ListTablesCommandOutput,
  TableDescription
} from "@aws-sdk/client-dynamodb"
import { daysBefore } from "../../core/time.ts"
import type { Activity, Named, When } from "../estate.ts"
import { arnOf, hexOf } from "../ids.ts"
import { type Answer, dateOf, defineService, type Here, refusal } from "../Service.ts"

declare module "../estate.ts" {
  interface Region {
    readonly tables: ReadonlyArray<Table>
  }
}

/** What a table and each of its indexes have: what they hold, what may be used of them and what is. */
interface Throughput {
  readonly gb: number
  readonly items: number
  /** Units that are paid for whether used or not. Absent: on demand. */
  readonly provisioned?: { readonly reads: number; readonly writes: number }
  /** Capacity units a day. */
  readonly reads: Activity
  readonly writes: Activity
  /** Requests a day that are throttled, and why. */
  readonly throttled?: Throttled
  /** The most that it may use in a second on demand. */
  readonly maximum?: { readonly reads?: number; readonly writes?: number }
}

interface Throttled {
  readonly reads?: Activity
  readonly writes?: Activity
  readonly cause: "ProvisionedThroughput" | "KeyRangeThroughput" | "MaxOnDemandThroughput" | "AccountLimit"
}

/** Queries to an index are counted on the index alone. */
export interface Index extends Throughput {
  readonly name: string
}

export interface Table extends Named, Throughput {
  readonly created: When
  readonly infrequentAccess?: true
  readonly indexes?: ReadonlyArray<Index>
  /** Point-in-time recovery is on. */
  readonly recovery?: true
  readonly deletionProtection?: true
  readonly stream?: true
  /** The other regions of a global table. */
  readonly replicas?: ReadonlyArray<string>
}

const tableArn = (here: Here, name: string) => arnOf("dynamodb", here, `table/${name}`)

const find = (here: Here, TableName: string | undefined): Table => {
  const table = here.has.tables.find(({ name }) => name === TableName)
  if (table === undefined)
    throw refusal("ResourceNotFoundException", `Requested resource not found: Table: ${TableName} not found`)
  return table
}

const throughputOf = ({ provisioned = { reads: 0, writes: 0 } }: Throughput) => ({
  NumberOfDecreasesToday: 0,
  ReadCapacityUnits: provisioned.reads,
  WriteCapacityUnits: provisioned.writes
})

const maximumOf = ({ maximum }: Throughput) =>
  maximum === undefined
    ? {}
    : {
        OnDemandThroughput: {
          MaxReadRequestUnits: maximum.reads ?? -1,
          MaxWriteRequestUnits: maximum.writes ?? -1
        }
      }

const sizeOf = ({ gb }: Throughput) => Math.round(gb * 2 ** 30)

const key = [{ AttributeName: "id", KeyType: "HASH" as const }]

const indexOf = (here: Here, table: Table, index: Index): GlobalSecondaryIndexDescription => ({
  IndexName: index.name,
  IndexArn: `${tableArn(here, table.name)}/index/${index.name}`,
  IndexStatus: "ACTIVE",
  IndexSizeBytes: sizeOf(index),
  ItemCount: index.items,
  KeySchema: key,
  Projection: { ProjectionType: "ALL" },
  ProvisionedThroughput: throughputOf(index),
  ...maximumOf(index)
})

/** DynamoDB leaves out what a table does not have; without a word about billing it is provisioned. */
const shown = (here: Here, table: Table): TableDescription => ({
  TableName: table.name,
  TableArn: tableArn(here, table.name),
  TableId: hexOf(here, `table/${table.name}`, 32),
  TableStatus: "ACTIVE",
  CreationDateTime: dateOf(table.created),
  AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
  KeySchema: key,
  TableSizeBytes: sizeOf(table),
  ItemCount: table.items,
  ProvisionedThroughput: throughputOf(table),
  ...maximumOf(table),
  DeletionProtectionEnabled: table.deletionProtection === true,
  ...(table.provisioned === undefined ? { BillingModeSummary: { BillingMode: "PAY_PER_REQUEST" } } : {}),
  ...(table.infrequentAccess ? { TableClassSummary: { TableClass: "STANDARD_INFREQUENT_ACCESS" } } : {}),
  ...(table.indexes === undefined
    ? {}
    : { GlobalSecondaryIndexes: table.indexes.map((index) => indexOf(here, table, index)) }),
  ...(table.stream ? { StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" } } : {}),
  ...(table.replicas === undefined
    ? {}
    : {
        GlobalTableVersion: "2019.11.21",
        Replicas: table.replicas.map((RegionName) => ({ RegionName, ReplicaStatus: "ACTIVE" }))
      })
})

const published = ({ provisioned, reads, throttled, writes }: Throughput) => {
  const { cause, reads: readEvents = 0, writes: writeEvents = 0 } = throttled ?? {}
  return {
    sums: {
      ConsumedReadCapacityUnits: reads,
      ConsumedWriteCapacityUnits: writes,
      ReadThrottleEvents: readEvents,
      WriteThrottleEvents: writeEvents,
      ...(cause === undefined
        ? {}
        : { [`Read${cause}ThrottleEvents`]: readEvents, [`Write${cause}ThrottleEvents`]: writeEvents })
    },
    // A request of the shop consumes one unit.
    samples: { ConsumedReadCapacityUnits: reads, ConsumedWriteCapacityUnits: writes },
    ...(provisioned === undefined
      ? {}
      : {
          levels: {
            ProvisionedReadCapacityUnits: provisioned.reads,
            ProvisionedWriteCapacityUnits: provisioned.writes
          }
        })
  }
}

/** The operations by which the shop's code reads and writes. */
const operations = { reads: "GetItem", writes: "UpdateItem" } as const

export default defineService({
  region: { tables: [] },
  answers: {
    // The next page begins after the last name of this one.
    "dynamodb:ListTables": (here, input: ListTablesCommandInput): Answer<ListTablesCommandOutput> => {
      const after = input.ExclusiveStartTableName ?? ""
      const names = here.has.tables
        .map(({ name }) => name)
        .sort()
        .filter((name) => name > after)
      const page = names.slice(0, Math.min(input.Limit ?? 100, 100))
      return { TableNames: page, ...(page.length < names.length ? { LastEvaluatedTableName: page.at(-1) } : {}) }
    },

    "dynamodb:DescribeTable": (here, input: DescribeTableCommandInput): Answer<DescribeTableCommandOutput> => ({
      Table: shown(here, find(here, input.TableName))
    }),

    "dynamodb:DescribeContinuousBackups": (
      here,
      input: DescribeContinuousBackupsCommandInput
    ): Answer<DescribeContinuousBackupsCommandOutput> => {
      const { recovery } = find(here, input.TableName)
      const now = new Date(here.now())
      return {
        ContinuousBackupsDescription: {
          ContinuousBackupsStatus: "ENABLED",
          PointInTimeRecoveryDescription: recovery
            ? {
                PointInTimeRecoveryStatus: "ENABLED",
                RecoveryPeriodInDays: 35,
                EarliestRestorableDateTime: daysBefore(now, 35),
                LatestRestorableDateTime: now
              }
            : { PointInTimeRecoveryStatus: "DISABLED" }
        }
      }
    }
  },
  series: (here) =>
    here.has.tables.flatMap((table) => {
      const common = { namespace: "AWS/DynamoDB", since: table.created }
      return [
        { ...common, dimensions: { TableName: table.name }, ...published(table) },
        ...(["reads", "writes"] as const).flatMap((side) => {
          const throttled = table.throttled?.[side]
          return throttled === undefined
            ? []
            : [
                {
                  ...common,
                  dimensions: { TableName: table.name, Operation: operations[side] },
                  sums: { ThrottledRequests: throttled }
                }
              ]
        }),
        ...(table.indexes ?? []).map((index) => ({
          ...common,
          dimensions: { TableName: table.name, GlobalSecondaryIndexName: index.name },
          ...published(index)
        }))
      ]
    }),
  resources: (here) =>
    here.has.tables.map(({ name, tags }) => ({ type: "dynamodb:table", arn: tableArn(here, name), tags }))
})
