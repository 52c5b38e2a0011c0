/** What is read from DynamoDB: tables with their indexes, what is consumed of them, and their continuous backups. */
import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ListTablesCommand,
  type OnDemandThroughput,
  type ProvisionedThroughputDescription,
  type TableDescription
} from "@aws-sdk/client-dynamodb"
import * as Effect from "effect/Effect"
import { arn } from "../../core/aws/arn.ts"
import { AwsTarget, list, required, requiredDate, send } from "../../core/aws/Aws.ts"
import type { AwsError } from "../../core/aws/AwsError.ts"
import { listOperation, operation } from "../../core/aws/operation.ts"
import { known, type Reading, unknown } from "../../core/Reading.ts"
import { dataset, derived, family } from "../engine/Dataset.ts"
import { noneWhen } from "../engine/noneWhen.ts"
import { probe, seriesProbe } from "../engine/Probe.ts"
import { billedBy, resourceKind } from "../engine/ResourceKind.ts"
import { metricsOf, questionsOf } from "../metrics/metricsOf.ts"
import { wasUsed } from "../metrics/Past.ts"
import type { SeriesSpec } from "../metrics/SeriesSpec.ts"

/** At most 100 names a page; the last name is the token. Source: shared/facts/page-sizes.md. */
const listTables = listOperation(DynamoDBClient, ListTablesCommand, "dynamodb:ListTables", "TableNames", {
  paging: { size: ["Limit", 100], input: "ExclusiveStartTableName", output: "LastEvaluatedTableName" }
})
const describeTable = operation(DynamoDBClient, DescribeTableCommand, "dynamodb:DescribeTable")

/** Capacity units that are paid for whether used or not. */
export interface Provisioned {
  readonly readUnits: number
  readonly writeUnits: number
}

/** The most that a table or an index on demand may use in a second, where that is bounded at all. */
export interface OnDemandMaximum {
  readonly readUnits: number | undefined
  readonly writeUnits: number | undefined
}

/** A global secondary index. What is consumed of it is not counted on its table. */
export interface TableIndex {
  readonly name: string
  readonly sizeBytes: number
  /** Undefined on demand. */
  readonly provisioned: Provisioned | undefined
  /** Undefined where nothing bounds it, and where it is provisioned. */
  readonly maximum?: OnDemandMaximum | undefined
}

export interface TableDetails {
  /** `active`, `updating`, `creating`, `deleting`, `archived`, … */
  readonly status: string
  readonly createdAt: Date
  /** Without its indexes. DynamoDB counts every six hours. */
  readonly sizeBytes: number
  readonly itemCount: number | undefined
  /** Undefined on demand. */
  readonly provisioned: Provisioned | undefined
  /** Undefined where nothing bounds it, and where it is provisioned. */
  readonly maximum?: OnDemandMaximum | undefined
  /** Whether it is of the class with cheaper storage and dearer throughput. */
  readonly infrequentAccess: boolean
  readonly indexes: ReadonlyArray<TableIndex>
  /** Local secondary indexes use the table's throughput, and are stored with it. */
  readonly localIndexBytes: number
  readonly vectorIndexes: ReadonlyArray<string>
  /** Where else a global table is, and whose it is there. */
  readonly replicas: ReadonlyArray<{ readonly region: string; readonly account: string }>
  readonly deletionProtection: boolean
  readonly hasStream: boolean
}

export interface Table {
  readonly arn: string
  readonly name: string
  /** What DynamoDB told of it: each table has a call of its own, which may be refused. */
  readonly details: Reading<TableDetails>
}

const provisionedOf = (
  throughput: ProvisionedThroughputDescription | undefined,
  isOnDemand: boolean,
  field: string
): Provisioned | undefined => {
  if (isOnDemand) return undefined
  return {
    readUnits: required(throughput?.ReadCapacityUnits, `${field}.ReadCapacityUnits`),
    writeUnits: required(throughput?.WriteCapacityUnits, `${field}.WriteCapacityUnits`)
  }
}

/** DynamoDB writes -1 where there is no maximum. */
const boundOf = (units: number | undefined): number | undefined =>
  units === undefined || units < 0 ? undefined : units

const maximumOf = (throughput: OnDemandThroughput | undefined): OnDemandMaximum | undefined => {
  const readUnits = boundOf(throughput?.MaxReadRequestUnits)
  const writeUnits = boundOf(throughput?.MaxWriteRequestUnits)
  return readUnits === undefined && writeUnits === undefined ? undefined : { readUnits, writeUnits }
}

const hasNoUnits = (throughput: ProvisionedThroughputDescription | undefined): boolean =>
  throughput?.ReadCapacityUnits === 0 && throughput.WriteCapacityUnits === 0

const detailsOf = (table: TableDescription, account: string, region: string): TableDetails => {
  // DynamoDB may say nothing about the billing of a table that was never on demand, and writes zeros for what is not provisioned.
  // Source: DynamoDB API reference, BillingModeSummary and ProvisionedThroughput.
  const billingMode = table.BillingModeSummary?.BillingMode?.toLowerCase()
  const isOnDemand =
    billingMode === undefined ? hasNoUnits(table.ProvisionedThroughput) : billingMode === "pay_per_request"
  return {
    status: required(table.TableStatus, "Table.TableStatus").toLowerCase(),
    createdAt: requiredDate(table.CreationDateTime, "Table.CreationDateTime"),
    sizeBytes: required(table.TableSizeBytes, "Table.TableSizeBytes"),
    itemCount: table.ItemCount,
    provisioned: provisionedOf(table.ProvisionedThroughput, isOnDemand, "Table.ProvisionedThroughput"),
    maximum: isOnDemand ? maximumOf(table.OnDemandThroughput) : undefined,
    infrequentAccess: table.TableClassSummary?.TableClass?.toLowerCase() === "standard_infrequent_access",
    indexes: (table.GlobalSecondaryIndexes ?? []).map((index) => ({
      name: required(index.IndexName, "Table.GlobalSecondaryIndexes[].IndexName"),
      sizeBytes: required(index.IndexSizeBytes, "Table.GlobalSecondaryIndexes[].IndexSizeBytes"),
      provisioned: provisionedOf(
        index.ProvisionedThroughput,
        isOnDemand,
        "Table.GlobalSecondaryIndexes[].ProvisionedThroughput"
      ),
      maximum: isOnDemand ? maximumOf(index.OnDemandThroughput) : undefined
    })),
    localIndexBytes: (table.LocalSecondaryIndexes ?? []).reduce(
      (bytes, index) => bytes + required(index.IndexSizeBytes, "Table.LocalSecondaryIndexes[].IndexSizeBytes"),
      0
    ),
    vectorIndexes: (table.VectorIndexes ?? []).map(({ IndexName }) =>
      required(IndexName, "Table.VectorIndexes[].IndexName")
    ),
    replicas: (table.Replicas ?? [])
      .map(({ RegionName, ReplicaArn }) => ({
        region: required(RegionName, "Table.Replicas[].RegionName"),
        account: ReplicaArn?.split(":")[4] ?? account
      }))
      .filter((replica) => replica.region !== region || replica.account !== account),
    deletionProtection: table.DeletionProtectionEnabled ?? false,
    hasStream: table.StreamSpecification?.StreamEnabled ?? false
  }
}

/** All tables: their names, 100 a page, and one call for each. One that is refused, or malformed, is unknown by itself. */
export const tables = dataset<ReadonlyArray<Table>>("dynamodb.tables", {
  kind: resourceKind<Table>({
    type: "dynamodb:table",
    service: billedBy.dynamodb,
    tags: { tagging: ["dynamodb:table"] },
    id: ({ name }) => name,
    name: ({ name }) => name,
    createdAt: ({ details }) => (details.known ? details.value.createdAt : undefined)
  }),
  scope: "regional",
  operations: [listTables, describeTable],
  costNote: "DynamoDB lists nothing but names: one free call for each table.",
  read: Effect.fnUntraced(function* () {
    const { account, region } = yield* AwsTarget
    const { gaps, items } = yield* list(listTables, {}, (names) => names)
    const refused = new Map<string, AwsError>()
    const described = yield* Effect.forEach(
      items,
      (name) =>
        send(describeTable, { TableName: name }, ({ Table }) =>
          detailsOf(required(Table, "Table"), account, region)
        ).pipe(
          // Deleted since it was listed.
          noneWhen("ResourceNotFoundException", undefined),
          Effect.map((details) => (details === undefined ? undefined : known(details))),
          Effect.catch((error) =>
            Effect.sync((): Reading<TableDetails> => {
              refused.set(error.message, error)
              return unknown(error.summary)
            })
          ),
          Effect.map((details): ReadonlyArray<Table> =>
            details === undefined ? [] : [{ arn: arn("dynamodb", region, account, `table/${name}`), name, details }]
          )
        ),
      { concurrency: 16 }
    )
    return { value: described.flat(), gaps: [...gaps, ...refused.values()] }
  })
})

/** The global secondary indexes of all tables, by the names under which CloudWatch counts what is consumed of them. */
export const tableIndexes = derived<
  ReadonlyArray<{ readonly table: string; readonly name: string }>,
  { readonly tables: typeof tables }
>("dynamodb.tableIndexes", {
  scope: "regional",
  needs: { tables },
  // A table that is not described is a gap of the list.
  inventory: ["tables"],
  derive: ({ tables }) =>
    tables.flatMap(({ details, name: table }) =>
      details.known
        ? [...details.value.indexes.map(({ name }) => name), ...details.value.vectorIndexes].map((name) => ({
            table,
            name
          }))
        : []
    )
})

type Consumed = "ConsumedReadCapacityUnits" | "ConsumedWriteCapacityUnits"

/** Capacity units consumed of a table without its indexes, or of one index, where it is or in the region of a replica. */
export const consumedSeries = (
  { name }: Pick<Table, "name">,
  metric: Consumed,
  days: number,
  place: { readonly index?: string; readonly region?: string } = {}
): SeriesSpec => ({
  namespace: "AWS/DynamoDB",
  metric,
  // Only the sum is in capacity units: the average is per request.
  statistic: "Sum",
  dimensions: {
    TableName: name,
    ...(place.index === undefined ? {} : { GlobalSecondaryIndexName: place.index })
  },
  days,
  ...(place.region === undefined ? {} : { region: place.region })
})

/** Reads from tables, which most tables that are used have; not asked again of a table that was read. */
export const tableReads = family("dynamodb.tableReads", (name, days: number) =>
  questionsOf(name, {
    scope: "regional",
    needs: { tables },
    metrics: [consumedSeries({ name: "" }, "ConsumedReadCapacityUnits", days)],
    questions: ({ tables }) =>
      tables.flatMap((table) =>
        table.details.known
          ? [
              wasUsed(
                table.name,
                [consumedSeries(table, "ConsumedReadCapacityUnits", days)],
                table.details.value.createdAt
              )
            ]
          : []
      )
  })
)

/**
 * Everything else that tells whether a table is used: its writes, what is consumed of its indexes, and all of that in the regions
 * of its replicas.
 */
export const otherUse = (table: Table, days: number): ReadonlyArray<SeriesSpec> => {
  if (!table.details.known) return []
  const { indexes, replicas } = table.details.value
  const both = (place: { readonly index?: string; readonly region?: string }) => [
    consumedSeries(table, "ConsumedReadCapacityUnits", days, place),
    consumedSeries(table, "ConsumedWriteCapacityUnits", days, place)
  ]
  const ofIndexes = (place: { readonly region?: string }) =>
    indexes.flatMap(({ name }) => both({ ...place, index: name }))
  return [
    consumedSeries(table, "ConsumedWriteCapacityUnits", days),
    ...ofIndexes({}),
    ...replicas.flatMap(({ region }) => [...both({ region }), ...ofIndexes({ region })])
  ]
}

export const otherUseOfTables = family("dynamodb.otherUseOfTables", (name, days: number) =>
  seriesProbe<Table>({
    name,
    costNote: "For each table without reads: one paid metric, two for each index, and the same again for each replica.",
    metrics: [
      consumedSeries({ name: "" }, "ConsumedReadCapacityUnits", days),
      consumedSeries({ name: "" }, "ConsumedWriteCapacityUnits", days)
    ],
    key: ({ name }) => name,
    series: (table) => otherUse(table, days)
  })
)

/** In these states a table serves requests; in all others it cannot be used, comes or goes. */
export const serving: ReadonlySet<string> = new Set(["active", "updating"])

/** Reads and writes have capacities of their own. */
export type Side = "read" | "write"

/** One capacity that may be too small or too large: the reads or the writes of a table without its indexes, or of one index. */
export interface Lane {
  readonly side: Side
  /** Undefined for the table itself. */
  readonly index: string | undefined
  /** Units; undefined on demand. */
  readonly provisioned: number | undefined
  /** Units; undefined where nothing bounds it on demand. */
  readonly maximum: number | undefined
}

/** The capacities of a table: two of its own, and two of each index. */
export const lanesOf = (table: TableDetails): ReadonlyArray<Lane> =>
  [{ ...table, name: undefined }, ...table.indexes].flatMap(({ maximum, name, provisioned }) => [
    { side: "read", index: name, provisioned: provisioned?.readUnits, maximum: maximum?.readUnits },
    { side: "write", index: name, provisioned: provisioned?.writeUnits, maximum: maximum?.writeUnits }
  ])

type LaneName = Pick<Lane, "side" | "index">

/** How a lane is called in evidence: `reads`, `writes of by-day`. */
export const laneName = ({ index, side }: LaneName): string => `${side}s${index === undefined ? "" : ` of ${index}`}`

/** What Application Auto Scaling calls a lane. */
export const scaledAs = ({ name }: Pick<Table, "name">, { index, side }: LaneName) => ({
  resourceId: index === undefined ? `table/${name}` : `table/${name}/index/${index}`,
  dimension: `dynamodb:${index === undefined ? "table" : "index"}:${side === "read" ? "Read" : "Write"}CapacityUnits`
})

const seriesOfLane = (
  table: Pick<Table, "name">,
  { index, side }: LaneName,
  metric: (side: "Read" | "Write") => string,
  rest: Pick<SeriesSpec, "statistic" | "days" | "period">
): SeriesSpec => ({
  namespace: "AWS/DynamoDB",
  metric: metric(side === "read" ? "Read" : "Write"),
  dimensions: { TableName: table.name, ...(index === undefined ? {} : { GlobalSecondaryIndexName: index }) },
  ...rest
})

const hourly = 3600

/** Units that were consumed, hour by hour. Only the sum is in units: the average is per request. */
export const consumedByHour = (table: Pick<Table, "name">, lane: LaneName, days: number): SeriesSpec =>
  seriesOfLane(table, lane, (side) => `Consumed${side}CapacityUnits`, { statistic: "Sum", days, period: hourly })

/** Units that were provisioned, hour by hour: scaling changes them. */
export const provisionedByHour = (table: Pick<Table, "name">, lane: LaneName, days: number): SeriesSpec =>
  seriesOfLane(table, lane, (side) => `Provisioned${side}CapacityUnits`, { statistic: "Average", days, period: hourly })

/** Requests to a table or an index that were throttled, hour by hour, one by one also within a batch. */
export const throttlesByHour = (table: Pick<Table, "name">, lane: LaneName, days: number): SeriesSpec =>
  seriesOfLane(table, lane, (side) => `${side}ThrottleEvents`, { statistic: "Sum", days, period: hourly })

/** Why DynamoDB throttles. Source: DynamoDB developer guide, CloudWatch throttling metrics. */
export const throttleCauses = [
  "ProvisionedThroughput",
  "KeyRangeThroughput",
  "MaxOnDemandThroughput",
  "AccountLimit"
] as const
export type ThrottleCause = (typeof throttleCauses)[number]

/** Requests that were throttled for one reason. */
export const causeOfThrottles = (
  table: Pick<Table, "name">,
  lane: LaneName,
  cause: ThrottleCause,
  days: number
): SeriesSpec => seriesOfLane(table, lane, (side) => `${side}${cause}ThrottleEvents`, { statistic: "Sum", days })

/** How many requests consumed something, each once. Source: shared/scans-amendments.md, analyze_dynamodb_throttling. */
export const requestsOf = (table: Pick<Table, "name">, lane: LaneName, days: number): SeriesSpec =>
  seriesOfLane(table, lane, (side) => `Consumed${side}CapacityUnits`, { statistic: "SampleCount", days })

/** Operations that read or write items. Source: DynamoDB API reference. */
export const dataOperations = [
  "GetItem",
  "BatchGetItem",
  "Query",
  "Scan",
  "TransactGetItems",
  "PutItem",
  "UpdateItem",
  "DeleteItem",
  "BatchWriteItem",
  "TransactWriteItems",
  "ExecuteStatement",
  "BatchExecuteStatement",
  "ExecuteTransaction"
] as const

/** Requests of one operation of which at least a part was throttled, each counted once. */
export const throttledRequests = (table: Pick<Table, "name">, Operation: string, days: number): SeriesSpec => ({
  namespace: "AWS/DynamoDB",
  metric: "ThrottledRequests",
  dimensions: { TableName: table.name, Operation },
  statistic: "Sum",
  days
})

/** Which lanes are asked about: all, those that are provisioned, or those that are provisioned or bounded. */
export type Lanes = "all" | "provisioned" | "bounded"

const isAmong = (lanes: Lanes, { maximum, provisioned }: Lane): boolean =>
  lanes === "all" || provisioned !== undefined || (lanes === "bounded" && maximum !== undefined)

type LaneSeries = (table: Pick<Table, "name">, lane: LaneName, days: number) => SeriesSpec

const anyLane: ReadonlyArray<LaneName> = [
  { side: "read", index: undefined },
  { side: "write", index: undefined }
]

const ofLanes = (table: Table, days: number, series: LaneSeries, lanes: Lanes = "all"): ReadonlyArray<SeriesSpec> =>
  table.details.known
    ? lanesOf(table.details.value)
        .filter((lane) => isAmong(lanes, lane))
        .map((lane) => series(table, lane, days))
    : []

const seriesOfTables = (name: string, series: LaneSeries) =>
  family(name, (name, days: number, lanes: Lanes) =>
    metricsOf(name, {
      scope: "regional",
      needs: { tables },
      metrics: anyLane.map((lane) => series({ name: "" }, lane, days)),
      series: ({ tables }) => tables.flatMap((table) => ofLanes(table, days, series, lanes))
    })
  )

/** What was consumed of tables and indexes by the hour: two paid metrics for a table, and two for each index. */
export const consumption = seriesOfTables("dynamodb.consumption", consumedByHour)

/** What was throttled of tables and indexes by the hour: two paid metrics for a table, and two for each index. */
export const throttles = seriesOfTables("dynamodb.throttles", throttlesByHour)

const seriesOfSome = (name: string, costNote: string, series: LaneSeries) =>
  family(name, (name, days: number) =>
    seriesProbe<Table>({
      name,
      costNote,
      metrics: anyLane.map((lane) => series({ name: "" }, lane, days)),
      key: ({ name }) => name,
      series: (table) => ofLanes(table, days, series)
    })
  )

const perCandidate = "Two paid metrics for each candidate, and two for each of its indexes."

/** What was provisioned of single tables and their indexes by the hour. */
export const provisionedCapacity = seriesOfSome("dynamodb.provisionedCapacity", perCandidate, provisionedByHour)

/** What was throttled of single tables and their indexes by the hour. */
export const throttlesOfSome = seriesOfSome("dynamodb.throttlesOfSome", perCandidate, throttlesByHour)

/** Lanes of a table that were throttled. */
export interface ThrottledLanes {
  readonly table: Table
  readonly lanes: ReadonlyArray<Lane>
}

const detailsOfThrottling = (
  { lanes, table }: { readonly table: Pick<Table, "name">; readonly lanes: ReadonlyArray<LaneName> },
  days: number
) => [
  ...lanes.flatMap((lane) => [
    requestsOf(table, lane, days),
    ...throttleCauses.map((cause) => causeOfThrottles(table, lane, cause, days))
  ]),
  ...dataOperations.map((operation) => throttledRequests(table, operation, days))
]

/** Why lanes were throttled, in which operations, and how many requests were not. */
export const throttling = family("dynamodb.throttling", (name, days: number) =>
  seriesProbe<ThrottledLanes>({
    name,
    costNote:
      "For each table that is throttled: five paid metrics a capacity that is, and one for each of 13 operations.",
    metrics: detailsOfThrottling({ table: { name: "" }, lanes: anyLane }, days),
    key: ({ table }) => table.name,
    series: (throttled) => detailsOfThrottling(throttled, days)
  })
)

/** How often single tables on demand hit the maximum that is set for them. */
export const maximumHits = seriesOfSome("dynamodb.maximumHits", perCandidate, (table, lane, days) =>
  causeOfThrottles(table, lane, "MaxOnDemandThroughput", days)
)

const describeContinuousBackups = operation(
  DynamoDBClient,
  DescribeContinuousBackupsCommand,
  "dynamodb:DescribeContinuousBackups"
)

/** Whether a table can be restored to any second of its last days, which costs by the size of the table. */
export const pointInTimeRecovery = probe<Table, boolean>({
  name: "dynamodb.pointInTimeRecovery",
  operations: [describeContinuousBackups],
  cap: 1000,
  batchSize: 1,
  costNote: "DynamoDB tells the backups of one table at a time: one free call for each candidate that has data.",
  key: ({ name }) => name,
  identity: ({ arn, details }) => `${arn} ${details.known ? details.value.createdAt.toISOString() : ""}`,
  read: (tables) =>
    Effect.forEach(tables, ({ name }) =>
      send(describeContinuousBackups, { TableName: name }, ({ ContinuousBackupsDescription: backups }) => {
        const status = required(
          backups?.ContinuousBackupsStatus,
          "ContinuousBackupsDescription.ContinuousBackupsStatus"
        )
        if (status.toLowerCase() === "disabled") return false
        const recovery = required(
          backups?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus,
          "ContinuousBackupsDescription.PointInTimeRecoveryDescription.PointInTimeRecoveryStatus"
        )
        return recovery.toLowerCase() === "enabled"
      })
    )
})
