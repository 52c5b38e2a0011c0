import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as dynamodb from "../../../datasets/aws/dynamodb.ts"
import { withNeeds } from "../../../datasets/engine/Dataset.ts"
import type { SeriesSpec } from "../../../datasets/metrics/SeriesSpec.ts"
import { awsFailure, daysAgo, noSeries, readDataset, readProbe, valueOf } from "../harness.ts"

const throughput = (reads: number, writes: number) => ({ ReadCapacityUnits: reads, WriteCapacityUnits: writes })

const awsTable = (more: object = {}) => ({
  TableStatus: "ACTIVE",
  CreationDateTime: daysAgo(200),
  TableSizeBytes: 2_048,
  ItemCount: 7,
  ProvisionedThroughput: throughput(5, 10),
  ...more
})

/** Lists names as DynamoDB does: the next page begins after the last name of this one. */
const listOf = (names: ReadonlyArray<string>) => (input: Record<string, any>) => {
  assert.isNumber(input["Limit"], "Limit must always be sent")
  const from = input["ExclusiveStartTableName"] === undefined ? 0 : names.indexOf(input["ExclusiveStartTableName"]) + 1
  const page = names.slice(from, from + input["Limit"])
  return { TableNames: page, ...(from + page.length < names.length ? { LastEvaluatedTableName: page.at(-1) } : {}) }
}

const table = (details: Partial<dynamodb.TableDetails> = {}): dynamodb.Table => ({
  arn: "arn:aws:dynamodb:eu-west-1:111111111111:table/orders",
  name: "orders",
  details: {
    known: true,
    value: {
      status: "active",
      createdAt: daysAgo(200),
      sizeBytes: 0,
      itemCount: 0,
      provisioned: undefined,
      infrequentAccess: false,
      indexes: [],
      localIndexBytes: 0,
      vectorIndexes: [],
      replicas: [],
      deletionProtection: false,
      hasStream: false,
      ...details
    }
  }
})

const named = ({ dimensions, metric, region }: SeriesSpec) =>
  [region ?? "here", ...Object.values(dimensions), metric.replace(/^Consumed|CapacityUnits$/g, "")].join(" ")

describe("dynamodb.tables", () => {
  it.effect("reads 201 tables in three pages of names and a call for each", () =>
    Effect.gen(function* () {
      const names = Array.from({ length: 201 }, (_, index) => `table-${index}`)
      const { calls, read } = yield* readDataset(dynamodb.tables, {
        "dynamodb:ListTables": listOf(names),
        "dynamodb:DescribeTable": () => ({ Table: awsTable() })
      })
      assert.deepStrictEqual(calls, { "dynamodb:ListTables": 3, "dynamodb:DescribeTable": 201 })
      const tables: ReadonlyArray<dynamodb.Table> = valueOf(read)
      assert.deepStrictEqual(
        tables.map(({ name }) => name),
        names
      )
      assert.strictEqual(tables[200]?.arn, "arn:aws:dynamodb:eu-west-1:111111111111:table/table-200")
    })
  )

  it.effect("reads nothing where there is none", () =>
    Effect.gen(function* () {
      const { calls, read } = yield* readDataset(dynamodb.tables, { "dynamodb:ListTables": listOf([]) })
      assert.deepStrictEqual(calls, { "dynamodb:ListTables": 1 })
      assert.deepStrictEqual(valueOf(read), [])
    })
  )

  it.effect(
    "takes a table whose billing is not told for provisioned unless it has no units, and reads indexes, replicas and the class",
    () =>
      Effect.gen(function* () {
        const described: Record<string, object> = {
          plain: awsTable({ ItemCount: undefined }),
          global: awsTable({
            TableStatus: "Updating",
            BillingModeSummary: { BillingMode: "PAY_PER_REQUEST" },
            ProvisionedThroughput: throughput(0, 0),
            TableClassSummary: { TableClass: "STANDARD_INFREQUENT_ACCESS" },
            GlobalSecondaryIndexes: [{ IndexName: "by-day", IndexSizeBytes: 100 }],
            LocalSecondaryIndexes: [{ IndexSizeBytes: 30 }, { IndexSizeBytes: 12 }],
            Replicas: [
              { RegionName: "eu-west-1" },
              { RegionName: "us-east-1", ReplicaArn: "arn:aws:dynamodb:us-east-1:222222222222:table/global" }
            ],
            DeletionProtectionEnabled: true,
            StreamSpecification: { StreamEnabled: true }
          }),
          indexed: awsTable({
            GlobalSecondaryIndexes: [
              { IndexName: "by-day", IndexSizeBytes: 100, ProvisionedThroughput: throughput(2, 3) }
            ]
          }),
          unsaid: awsTable({ ProvisionedThroughput: throughput(0, 0) })
        }
        const { read } = yield* readDataset(dynamodb.tables, {
          "dynamodb:ListTables": listOf(Object.keys(described)),
          "dynamodb:DescribeTable": ({ TableName }) => ({ Table: described[TableName] })
        })
        const details = valueOf(read).map(({ details }: dynamodb.Table) => (details.known ? details.value : undefined))
        assert.deepInclude(details[0], {
          provisioned: { readUnits: 5, writeUnits: 10 },
          itemCount: undefined,
          infrequentAccess: false,
          indexes: [],
          replicas: []
        })
        assert.deepInclude(details[1], {
          status: "updating",
          provisioned: undefined,
          infrequentAccess: true,
          indexes: [{ name: "by-day", sizeBytes: 100, provisioned: undefined, maximum: undefined }],
          localIndexBytes: 42,
          replicas: [{ region: "us-east-1", account: "222222222222" }],
          deletionProtection: true,
          hasStream: true
        })
        assert.deepStrictEqual(details[2].indexes[0].provisioned, { readUnits: 2, writeUnits: 3 })
        assert.deepInclude(details[3], { provisioned: undefined })
      })
  )

  it.effect("knows the others when one table is refused, and leaves out one that is gone", () =>
    Effect.gen(function* () {
      const { read } = yield* readDataset(dynamodb.tables, {
        "dynamodb:ListTables": listOf(["a", "b", "c", "d"]),
        "dynamodb:DescribeTable": ({ TableName }) => {
          if (TableName === "a" || TableName === "d") throw awsFailure("AccessDeniedException", "no", 403)
          if (TableName === "c") throw awsFailure("ResourceNotFoundException")
          return { Table: awsTable() }
        }
      })
      assert.isTrue(read.ok)
      if (!read.ok) return
      assert.deepStrictEqual(
        read.value.map(({ details, name }: dynamodb.Table) => `${name} ${details.known}`),
        ["a false", "b true", "d false"]
      )
      assert.deepStrictEqual(
        read.gaps.map(({ operation }) => operation),
        ["dynamodb:DescribeTable"]
      )
    })
  )

  it.effect("keeps what was read when a later page of names is denied", () =>
    Effect.gen(function* () {
      const names = Array.from({ length: 150 }, (_, index) => `table-${index}`)
      const { read } = yield* readDataset(dynamodb.tables, {
        "dynamodb:ListTables": (input) => {
          if (input.ExclusiveStartTableName !== undefined) throw awsFailure("AccessDeniedException", "no", 403)
          return listOf(names)(input)
        },
        "dynamodb:DescribeTable": () => ({ Table: awsTable() })
      })
      assert.isTrue(read.ok && read.value.length === 100 && read.gaps.length === 1)
    })
  )

  it.effect("calls an answer without its list malformed", () =>
    Effect.gen(function* () {
      const { read } = yield* readDataset(dynamodb.tables, { "dynamodb:ListTables": () => ({}) })
      assert.match(read.ok ? "" : read.error.summary, /TableNames is missing/)
    })
  )

  for (const [field, answer] of [
    ["Table", undefined],
    ["Table.TableStatus", awsTable({ TableStatus: undefined })],
    ["Table.CreationDateTime", awsTable({ CreationDateTime: undefined })],
    ["Table.TableSizeBytes", awsTable({ TableSizeBytes: undefined })],
    ["Table.ProvisionedThroughput.ReadCapacityUnits", awsTable({ ProvisionedThroughput: undefined })],
    ["Table.GlobalSecondaryIndexes[].IndexName", awsTable({ GlobalSecondaryIndexes: [{ IndexSizeBytes: 1 }] })],
    ["Table.GlobalSecondaryIndexes[].IndexSizeBytes", awsTable({ GlobalSecondaryIndexes: [{ IndexName: "i" }] })],
    [
      "Table.GlobalSecondaryIndexes[].ProvisionedThroughput.ReadCapacityUnits",
      awsTable({ GlobalSecondaryIndexes: [{ IndexName: "i", IndexSizeBytes: 1 }] })
    ],
    ["Table.LocalSecondaryIndexes[].IndexSizeBytes", awsTable({ LocalSecondaryIndexes: [{}] })],
    ["Table.VectorIndexes[].IndexName", awsTable({ VectorIndexes: [{}] })],
    ["Table.Replicas[].RegionName", awsTable({ Replicas: [{}] })]
  ] as const) {
    it.effect(`does not know a table whose ${field} is missing`, () =>
      Effect.gen(function* () {
        const { read } = yield* readDataset(dynamodb.tables, {
          "dynamodb:ListTables": listOf(["orders"]),
          "dynamodb:DescribeTable": () => ({ Table: answer })
        })
        assert.isTrue(read.ok)
        if (!read.ok) return
        const [{ details }] = read.value
        assert.include(details.known ? "" : details.reason, `(${field} is missing)`)
        assert.strictEqual(read.gaps[0]?.reason._tag, "Malformed")
      })
    )
  }
})

describe("dynamodb.tableReads", () => {
  it.effect("asks for one series of each table that could be read", () =>
    Effect.gen(function* () {
      const { calls, sent } = yield* readDataset(dynamodb.tableReads(90), {
        "dynamodb:ListTables": listOf(["a", "b"]),
        "dynamodb:DescribeTable": ({ TableName }) => {
          if (TableName === "a") throw awsFailure("AccessDeniedException", "no", 403)
          return { Table: awsTable({ GlobalSecondaryIndexes: [] }) }
        },
        "cloudwatch:GetMetricData": ({ MetricDataQueries }) => ({
          MetricDataResults: MetricDataQueries.map(({ Id }: { Id: string }) => ({ Id, StatusCode: "Complete" }))
        })
      })
      assert.strictEqual(calls["cloudwatch:GetMetricData"], 1)
      const queries = sent.find(({ operation }) => operation.name === "GetMetricData")?.input.MetricDataQueries
      assert.deepStrictEqual(
        queries.map(({ MetricStat: { Metric, Stat } }: any) => [Metric.MetricName, Metric.Dimensions, Stat]),
        [["ConsumedReadCapacityUnits", [{ Name: "TableName", Value: "b" }], "Sum"]]
      )
    })
  )

  it("says which calls it makes, and why", () => {
    const notes = withNeeds([dynamodb.tableReads(90)]).flatMap(({ costNote }) => costNote ?? [])
    assert.deepStrictEqual(notes, ["DynamoDB lists nothing but names: one free call for each table."])
  })
})

describe("dynamodb.lanesOf", () => {
  it.effect("reads what a table and its indexes may use: units that are provisioned, or a maximum on demand", () =>
    Effect.gen(function* () {
      const lanes = (answer: object) =>
        Effect.map(
          readDataset(dynamodb.tables, {
            "dynamodb:ListTables": listOf(["orders"]),
            "dynamodb:DescribeTable": () => ({ Table: answer })
          }),
          ({ read }) => {
            const [{ details }] = valueOf(read)
            return dynamodb
              .lanesOf(details.value)
              .map((lane) => [dynamodb.laneName(lane), lane.provisioned ?? null, lane.maximum ?? null])
          }
        )
      const index = { IndexName: "by-day", IndexSizeBytes: 1 }
      const provisioned = awsTable({
        GlobalSecondaryIndexes: [{ ...index, ProvisionedThroughput: throughput(2, 3) }],
        OnDemandThroughput: { MaxReadRequestUnits: 9, MaxWriteRequestUnits: 9 }
      })
      assert.deepStrictEqual(yield* lanes(provisioned), [
        ["reads", 5, null],
        ["writes", 10, null],
        ["reads of by-day", 2, null],
        ["writes of by-day", 3, null]
      ])
      const onDemand = awsTable({
        BillingModeSummary: { BillingMode: "PAY_PER_REQUEST" },
        OnDemandThroughput: { MaxReadRequestUnits: 500, MaxWriteRequestUnits: -1 },
        GlobalSecondaryIndexes: [{ ...index, OnDemandThroughput: { MaxWriteRequestUnits: 40 } }]
      })
      assert.deepStrictEqual(yield* lanes(onDemand), [
        ["reads", null, 500],
        ["writes", null, null],
        ["reads of by-day", null, null],
        ["writes of by-day", null, 40]
      ])
    })
  )

  it("names lanes as Application Auto Scaling does", () => {
    assert.deepStrictEqual(dynamodb.scaledAs({ name: "orders" }, { side: "read", index: undefined }), {
      resourceId: "table/orders",
      dimension: "dynamodb:table:ReadCapacityUnits"
    })
    assert.deepStrictEqual(dynamodb.scaledAs({ name: "orders" }, { side: "write", index: "by-day" }), {
      resourceId: "table/orders/index/by-day",
      dimension: "dynamodb:index:WriteCapacityUnits"
    })
  })
})

describe("dynamodb.consumption and dynamodb.throttles", () => {
  const described: Record<string, object> = {
    a: awsTable({
      GlobalSecondaryIndexes: [{ IndexName: "by-day", IndexSizeBytes: 1, ProvisionedThroughput: throughput(1, 1) }]
    }),
    b: awsTable({ BillingModeSummary: { BillingMode: "PAY_PER_REQUEST" } }),
    c: awsTable({
      BillingModeSummary: { BillingMode: "PAY_PER_REQUEST" },
      OnDemandThroughput: { MaxWriteRequestUnits: 7 }
    })
  }
  const asked = (dataset: ReturnType<typeof dynamodb.consumption>) =>
    Effect.map(
      readDataset(dataset, {
        "dynamodb:ListTables": listOf(Object.keys(described)),
        "dynamodb:DescribeTable": ({ TableName }) => ({ Table: described[TableName] }),
        "cloudwatch:GetMetricData": noSeries
      }),
      ({ calls, sent }) => {
        assert.strictEqual(calls["cloudwatch:GetMetricData"], 1)
        const queries = sent.find(({ operation }) => operation.name === "GetMetricData")?.input.MetricDataQueries
        return queries.map(({ MetricStat: { Metric, Period, Stat } }: any) =>
          [...Metric.Dimensions.map(({ Value }: any) => Value), Metric.MetricName, Stat, Period].join(" ")
        )
      }
    )

  it.effect("ask by the hour for the lanes that are wanted", () =>
    Effect.gen(function* () {
      const provisioned = [
        "a ConsumedReadCapacityUnits Sum 3600",
        "a ConsumedWriteCapacityUnits Sum 3600",
        "a by-day ConsumedReadCapacityUnits Sum 3600",
        "a by-day ConsumedWriteCapacityUnits Sum 3600"
      ]
      assert.deepStrictEqual(yield* asked(dynamodb.consumption(14, "provisioned")), provisioned)
      assert.strictEqual((yield* asked(dynamodb.consumption(14, "all"))).length, 8)
      assert.deepStrictEqual((yield* asked(dynamodb.throttles(14, "bounded"))).slice(-2), [
        "a by-day WriteThrottleEvents Sum 3600",
        "c WriteThrottleEvents Sum 3600"
      ])
    })
  )
})

describe("probes of a table's capacity", () => {
  it("ask for each lane, and of what is throttled for causes and operations", () => {
    const own = table({ provisioned: { readUnits: 1, writeUnits: 1 } })
    const metricsOf = (specs: ReadonlyArray<SeriesSpec>) =>
      specs.map(({ metric, statistic }) => `${metric} ${statistic}`)
    assert.deepStrictEqual(metricsOf(dynamodb.provisionedCapacity(30).series(own)), [
      "ProvisionedReadCapacityUnits Average",
      "ProvisionedWriteCapacityUnits Average"
    ])
    assert.deepStrictEqual(metricsOf(dynamodb.maximumHits(14).series(own)), [
      "ReadMaxOnDemandThroughputThrottleEvents Sum",
      "WriteMaxOnDemandThroughputThrottleEvents Sum"
    ])
    const lanes = [{ side: "write", index: "by-day", provisioned: 1, maximum: undefined }] as const
    const detail = dynamodb.throttling(7).series({ table: own, lanes })
    assert.strictEqual(detail.length, 5 + dynamodb.dataOperations.length)
    assert.deepStrictEqual(metricsOf(detail.slice(0, 3)), [
      "ConsumedWriteCapacityUnits SampleCount",
      "WriteProvisionedThroughputThrottleEvents Sum",
      "WriteKeyRangeThroughputThrottleEvents Sum"
    ])
    assert.deepStrictEqual(detail[0]?.dimensions, { TableName: "orders", GlobalSecondaryIndexName: "by-day" })
    assert.deepStrictEqual(detail[5]?.dimensions, { TableName: "orders", Operation: "GetItem" })
  })
})

describe("dynamodb.otherUseOfTables", () => {
  it("asks for writes, for each index apart, and for replicas where they are", () => {
    const index = { name: "by-day", sizeBytes: 0, provisioned: undefined }
    const replica = { region: "us-east-1", account: "111111111111" }
    assert.deepStrictEqual(dynamodb.otherUse(table(), 90).map(named), ["here orders Write"])
    assert.deepStrictEqual(dynamodb.otherUse(table({ indexes: [index], replicas: [replica] }), 90).map(named), [
      "here orders Write",
      "here orders by-day Read",
      "here orders by-day Write",
      "us-east-1 orders Read",
      "us-east-1 orders Write",
      "us-east-1 orders by-day Read",
      "us-east-1 orders by-day Write"
    ])
  })
})

describe("dynamodb.pointInTimeRecovery", () => {
  const backups = (more: object) => ({ ContinuousBackupsDescription: more })
  const ask = (answer: object) =>
    readProbe(dynamodb.pointInTimeRecovery, [table()], { "dynamodb:DescribeContinuousBackups": () => answer })

  it.effect("takes one call for each table and tells whether it is on", () =>
    Effect.gen(function* () {
      const on = { PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: "ENABLED" } }
      const off = { PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: "DISABLED" } }
      const { calls, readings } = yield* ask(backups({ ContinuousBackupsStatus: "ENABLED", ...on }))
      assert.deepStrictEqual(calls, { "dynamodb:DescribeContinuousBackups": 1 })
      assert.deepStrictEqual(readings, [{ known: true, value: true }])
      const switchedOff = yield* ask(backups({ ContinuousBackupsStatus: "ENABLED", ...off }))
      assert.deepStrictEqual(switchedOff.readings, [{ known: true, value: false }])
      const none = yield* ask(backups({ ContinuousBackupsStatus: "DISABLED" }))
      assert.deepStrictEqual(none.readings, [{ known: true, value: false }])
    })
  )

  it.effect("does not know what AWS leaves out", () =>
    Effect.gen(function* () {
      for (const answer of [{}, backups({}), backups({ ContinuousBackupsStatus: "ENABLED" })]) {
        const { readings } = yield* ask(answer)
        assert.isFalse(readings[0]?.known)
      }
    })
  )
})
