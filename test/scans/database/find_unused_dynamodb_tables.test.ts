import { assert, describe, it } from "@effect/vitest"
import { unknown } from "../../../core/Reading.ts"
import type { Table, TableDetails } from "../../../datasets/aws/dynamodb.ts"
import scan from "../../../scans/database/find_unused_dynamodb_tables.ts"
import { daysAgo } from "../../datasets/harness.ts"
import { dynamodbTable } from "../dynamodbTable.ts"
import { gap, judge, series, silent } from "../harness.ts"

const gb = 2 ** 30

const table = (more: Partial<TableDetails> = {}, name?: string) => dynamodbTable({ sizeBytes: 40 * gb, ...more }, name)

const index = (name: string, more: object = {}) => ({ name, sizeBytes: 0, provisioned: undefined, ...more })

const prices = {
  "dynamodb.rcuHour": 0.000147,
  "dynamodb.wcuHour": 0.000735,
  "dynamodb.replicatedWcuHour": 0.001,
  "dynamodb.replicatedWcuHourIA": 0.002,
  "dynamodb.rcuHourIA": 0.000184,
  "dynamodb.wcuHourIA": 0.000919,
  "dynamodb.storageGBMonth": 0.25,
  "dynamodb.storageIAGBMonth": 0.1,
  "dynamodb.pitrGBMonth": 0.2
}

const run = (
  tables: unknown,
  options: {
    reads?: typeof silent
    otherUse?: typeof silent
    recovery?: boolean | undefined
    settings?: Record<string, number>
    prices?: object
  } = {}
) =>
  judge(
    scan,
    { tables, reads: options.reads ?? silent },
    {
      prices: { ...prices, ...options.prices },
      answers: {
        otherUse: () => options.otherUse ?? silent,
        recovery: () => ("recovery" in options ? options.recovery : false)
      },
      ...(options.settings === undefined ? {} : { settings: options.settings })
    }
  )

describe("find_unused_dynamodb_tables", () => {
  it("flags a table on demand with what its storage costs, and says what it rests on", () => {
    const { asked, flags } = run([table()])
    assert.deepStrictEqual(flags[0]?.reasons, ["unused"])
    assert.deepInclude(flags[0]?.savings, { monthlyUsd: 10, basis: "estimate", claim: "delete" })
    assert.match(flags[0]?.savings?.note ?? "", /25 GB/)
    assert.strictEqual(flags[0]?.severity, "low")
    assert.strictEqual(flags[0]?.resource.createdAt, daysAgo(200).toISOString())
    assert.deepStrictEqual(flags[0]?.evidence, {
      billing: "on demand",
      readUnits: 0,
      writeUnits: 0,
      storedGb: 40,
      items: 1000,
      tableClass: "Standard",
      indexes: [],
      replicas: [],
      pointInTimeRecovery: false,
      deletionProtection: false,
      stream: false,
      createdAt: daysAgo(200).toISOString(),
      idleDays: 90
    })
    assert.deepStrictEqual(asked, ["otherUse orders", "recovery orders"])
  })

  it("adds up provisioned units of the table and its indexes, storage with every index, and recovery without global ones", () => {
    const { flags } = run(
      [
        table({
          sizeBytes: 10 * gb,
          localIndexBytes: 5 * gb,
          provisioned: { readUnits: 100, writeUnits: 50 },
          indexes: [index("by-day", { sizeBytes: 5 * gb, provisioned: { readUnits: 20, writeUnits: 10 } })]
        })
      ],
      { recovery: true }
    )
    assert.deepStrictEqual(
      flags[0]?.savings?.terms.map(({ label, quantity }) => [label, quantity]),
      [
        ["provisioned reads", 120 * 730],
        ["provisioned writes", 60 * 730],
        ["storage", 20],
        ["point-in-time recovery", 15]
      ]
    )
    const expected = 120 * 730 * 0.000147 + 60 * 730 * 0.000735 + 20 * 0.25 + 15 * 0.2
    assert.strictEqual(flags[0]?.savings?.monthlyUsd, Math.round(expected * 100) / 100)
    assert.match(flags[0]?.savings?.note ?? "", /reserved capacity/)
    assert.strictEqual(flags[0]?.evidence["pointInTimeRecovery"], true)
  })

  it("is exact about capacity alone, and does not ask for backups of a table without data", () => {
    const { asked, flags } = run([table({ sizeBytes: 0, provisioned: { readUnits: 5, writeUnits: 5 } })])
    assert.deepInclude(flags[0]?.savings, { monthlyUsd: 3.22, basis: "exact" })
    assert.deepStrictEqual(asked, ["otherUse orders"])
  })

  it("prices the infrequent-access class and replicas by their own prices", () => {
    const provisioned = { readUnits: 10, writeUnits: 10 }
    const facts = (more: Partial<TableDetails>) =>
      run([table({ provisioned, ...more })]).flags[0]?.savings?.terms.map(({ price }) => price.fact)
    assert.deepStrictEqual(facts({ infrequentAccess: true }), [
      "dynamodb.rcuHourIA",
      "dynamodb.wcuHourIA",
      "dynamodb.storageIAGBMonth"
    ])
    const replicas = [{ region: "us-east-1", account: "111111111111" }]
    assert.deepStrictEqual(facts({ replicas })?.[1], "dynamodb.replicatedWcuHour")
    assert.deepStrictEqual(facts({ replicas, infrequentAccess: true })?.[1], "dynamodb.replicatedWcuHourIA")
  })

  it("calls a saving below a dollar info, and an empty table on demand free", () => {
    const lockTable = run([table({ sizeBytes: 0, provisioned: { readUnits: 1, writeUnits: 1 } })]).flags[0]
    assert.deepInclude(lockTable, { kind: "money", severity: "info" })
    assert.strictEqual(lockTable?.savings?.monthlyUsd, 0.64)
    for (const sizeBytes of [0, 300]) {
      const [empty] = run([table({ sizeBytes })]).flags
      assert.deepInclude(empty, { kind: "hygiene", severity: "info", savings: null })
      assert.strictEqual(empty?.note, "On demand, and with next to no data, a table costs nothing.")
    }
  })

  it("gives no figure where a price is not known", () => {
    const { flags } = run([table()], { prices: { "dynamodb.storageGBMonth": undefined } })
    assert.deepInclude(flags[0]?.savings, { basis: "none", monthlyUsd: 0 })
  })

  it("leaves a table alone that was read, without asking anything more", () => {
    const { asked, flagged } = run([table()], { reads: series(() => [0, 0, 1]) })
    assert.deepStrictEqual([asked, flagged], [[], []])
  })

  it("counts what was used today", () => {
    const today = [...Array.from({ length: 90 }, () => 0), 3]
    assert.deepStrictEqual(run([table()], { reads: series(() => today) }).flagged, [])
    assert.deepStrictEqual(run([table()], { otherUse: series(() => today) }).flagged, [])
  })

  it("leaves a table alone that was written, or used through one of its indexes", () => {
    const indexed = [table({ indexes: [index("by-day"), index("by-name")] })]
    const written = series(({ dimensions, metric }) =>
      metric === "ConsumedWriteCapacityUnits" && dimensions["GlobalSecondaryIndexName"] === undefined ? [1] : []
    )
    assert.deepStrictEqual(run(indexed, { otherUse: written }).flagged, [])
    const queried = series(({ dimensions, metric }) =>
      metric === "ConsumedReadCapacityUnits" && dimensions["GlobalSecondaryIndexName"] === "by-name" ? [1] : []
    )
    assert.deepStrictEqual(run(indexed, { otherUse: queried }).flagged, [])
  })

  describe("of a global table", () => {
    const replicated = (account = "111111111111") => [table({ replicas: [{ region: "us-east-1", account }] })]

    it("flags a replica only when nobody used the set", () => {
      const { flagged, flags } = run(replicated())
      assert.deepStrictEqual(flagged, ["orders: unused"])
      assert.deepStrictEqual(flags[0]?.evidence["replicas"], ["us-east-1"])
      const readElsewhere = series(({ metric, region }) =>
        region === "us-east-1" && metric === "ConsumedReadCapacityUnits" ? [1] : []
      )
      const judged = run(replicated(), { otherUse: readElsewhere })
      assert.deepStrictEqual([judged.flagged, judged.unknown], [[], []])
    })

    it("does not know it where the other region does not tell, or another account has it", () => {
      const notTold = series(({ region }) => (region === "us-east-1" ? undefined : []))
      assert.deepStrictEqual(run(replicated(), { otherUse: notTold }).unknown, ["orders"])
      assert.deepStrictEqual(run(replicated("222222222222")).whyUnknown, [
        "orders: its replica in us-east-1 belongs to another account"
      ])
    })
  })

  it("does not know a table with a vector index", () => {
    assert.deepStrictEqual(run([table({ vectorIndexes: ["by-meaning"] })]).unknown, ["orders"])
  })

  it("does not judge what is younger than the window, and not what cannot be used", () => {
    assert.deepStrictEqual(run([table({ createdAt: daysAgo(89) })]).tooYoung, ["orders"])
    assert.deepStrictEqual(run([table({ createdAt: daysAgo(91) })]).flagged, ["orders: unused"])
    assert.deepStrictEqual(run([table({ status: "creating" })]).tooYoung, ["orders"])
    assert.deepStrictEqual(run([table({ status: "updating" })]).flagged, ["orders: unused"])
    const { flagged, unknown } = run(["deleting", "archived"].map((status) => table({ status }, status)))
    assert.deepStrictEqual([flagged, unknown], [[], []])
  })

  it("does not know a table that was refused, judges the others, and closes nothing of it", () => {
    const refused: Table = { ...table({}, "hidden"), details: unknown("dynamodb:DescribeTable: denied") }
    const judged = run(gap([refused, table()]))
    assert.deepStrictEqual(judged.whyUnknown, ["hidden: dynamodb:DescribeTable: denied"])
    assert.deepStrictEqual(judged.flagged, ["orders: unused"])
    assert.strictEqual(judged.status, "partial")
    assert.strictEqual(judged.stateOf(refused.arn), "unknown")
    assert.strictEqual(judged.stateOf("arn:aws:dynamodb:eu-west-1:111111111111:table/not-listed"), "unknown")
  })

  it("does not know a table whose metrics failed, unless another one shows its use", () => {
    const failed = series(() => undefined)
    for (const options of [{ reads: failed }, { otherUse: failed }]) {
      const judged = run([table()], options)
      assert.deepStrictEqual([judged.flagged, judged.unknown], [[], ["orders"]])
      assert.strictEqual(judged.stateOf(table().arn), "unknown")
    }
    const indexFailed = series(({ dimensions }) =>
      dimensions["GlobalSecondaryIndexName"] === undefined ? [1] : undefined
    )
    const judged = run([table({ indexes: [index("by-day")] })], { otherUse: indexFailed })
    assert.deepStrictEqual([judged.flagged, judged.unknown], [[], []])
  })

  it("leaves recovery out of the sum, and says so, where AWS does not tell", () => {
    const { flags, status } = run([table()], { recovery: undefined })
    assert.deepInclude(flags[0]?.savings, { monthlyUsd: 10 })
    assert.match(flags[0]?.savings?.note ?? "", /Point-in-time recovery is not in the sum/)
    assert.isNull(flags[0]?.evidence["pointInTimeRecovery"])
    assert.strictEqual(status, "partial")
  })

  it("finds nothing where there is nothing, and says so where nothing could be read", () => {
    const empty = run([])
    assert.deepStrictEqual([empty.status, empty.counters.examined, empty.flagged], ["complete", 0, []])
    assert.strictEqual(run(gap()).status, "unavailable")
  })

  it("follows its settings", () => {
    const minStorageGb = (value: number) => run([table()], { settings: { minStorageGb: value } }).flagged
    assert.deepStrictEqual(minStorageGb(40), ["orders: unused"])
    assert.deepStrictEqual(minStorageGb(40.1), [])
    const young = [table({ createdAt: daysAgo(20) })]
    const short = run(young, { settings: { lookbackDays: 14 } })
    assert.strictEqual(short.flags[0]?.evidence["idleDays"], 14)
    const longAgo = series(() => [1, ...Array.from({ length: 15 }, () => 0)])
    assert.deepStrictEqual(run(young, { reads: longAgo, settings: { lookbackDays: 14 } }).flagged, ["orders: unused"])
  })
})
