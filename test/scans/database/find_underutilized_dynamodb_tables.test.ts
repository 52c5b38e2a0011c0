import { assert, describe, it } from "@effect/vitest"
import { unknown } from "../../../core/Reading.ts"
import type { ScalableTarget } from "../../../datasets/aws/applicationAutoscaling.ts"
import type { Table, TableDetails } from "../../../datasets/aws/dynamodb.ts"
import scan from "../../../scans/database/find_underutilized_dynamodb_tables.ts"
import { daysAgo } from "../../datasets/harness.ts"
import { consuming, dynamodbTable, type Hours, hourly, tableIndex } from "../dynamodbTable.ts"
import { gap, judge } from "../harness.ts"

const gb = 2 ** 30

const prices = {
  "dynamodb.rcuHour": 0.0001,
  "dynamodb.wcuHour": 0.0005,
  "dynamodb.rruEach": 0.0000001,
  "dynamodb.wruEach": 0.0000005,
  "dynamodb.storageGBMonth": 0.25,
  "dynamodb.rcuHourIA": 0.000125,
  "dynamodb.wcuHourIA": 0.000625,
  "dynamodb.rruEachIA": 0.000000125,
  "dynamodb.wruEachIA": 0.000000625,
  "dynamodb.storageIAGBMonth": 0.1,
  "dynamodb.replicatedWcuHour": 0.001,
  "dynamodb.replicatedWruEach": 0.000001,
  "dynamodb.replicatedWcuHourIA": 0.00125,
  "dynamodb.replicatedWruEachIA": 0.00000125
}

interface World {
  readonly consumed?: Readonly<Record<string, Hours | undefined>>
  readonly provisioned?: Readonly<Record<string, Hours | undefined>>
  readonly throttles?: Readonly<Record<string, Hours | undefined>>
  readonly targets?: ReadonlyArray<ScalableTarget> | ReturnType<typeof gap>
  readonly settings?: Record<string, number>
  readonly prices?: object
}

const run = (tables: ReadonlyArray<Table> | ReturnType<typeof gap>, world: World = {}) => {
  const { consumed = {}, provisioned = {}, settings, targets = [], throttles = {} } = world
  return judge(
    scan,
    { tables, consumption: consuming(consumed), targets },
    {
      prices: { ...prices, ...world.prices },
      answers: { provisioned: () => hourly(provisioned), throttles: () => hourly(throttles) },
      ...(settings === undefined ? {} : { settings })
    }
  )
}

/** Reads use 7 % of what they have, writes 70 %. */
const large = (more: Partial<TableDetails> = {}, name?: string) =>
  dynamodbTable({ provisioned: { readUnits: 1000, writeUnits: 100 }, ...more }, name)
const half: World = { consumed: { reads: 70, writes: 70 }, provisioned: { reads: 1000, writes: 100 } }

describe("find_underutilized_dynamodb_tables", () => {
  it("says what capacity that follows the load would save, and what it rests on", () => {
    const { asked, flags } = run([large()], half)
    assert.deepStrictEqual(flags[0]?.reasons, ["over_provisioned"])
    assert.deepInclude(flags[0], { severity: "medium", confidence: "medium" })
    // 900 of 1,000 read units.
    assert.deepInclude(flags[0]?.savings, { monthlyUsd: 65.7, basis: "estimate", claim: "rightsize" })
    assert.deepStrictEqual(
      flags[0]?.savings?.terms.map(({ label, quantity }) => [label, quantity]),
      [
        ["provisioned read units", 730_000],
        ["provisioned write units", 73_000],
        ["autoscaled read units instead", -73_000],
        ["autoscaled write units instead", -73_000]
      ]
    )
    assert.match(flags[0]?.savings?.note ?? "", /reserved capacity/)
    assert.deepStrictEqual(flags[0]?.evidence, {
      billing: "provisioned",
      tableClass: "Standard",
      storedGb: 0,
      readUtilizationPercent: 7,
      writeUtilizationPercent: 70,
      readsPerSecondP50: 70,
      readsPerSecondP95: 70,
      readsPerSecondMaximum: 70,
      writesPerSecondP50: 70,
      writesPerSecondP95: 70,
      writesPerSecondMaximum: 70,
      scaled: [],
      tooLarge: ["reads"],
      currentMonthlyUsd: 109.5,
      autoscaledMonthlyUsd: 43.8,
      onDemandMonthlyUsd: 110.38,
      provisionedMonthlyUsd: null,
      otherClassMonthlyUsd: 136.88,
      days: 30
    })
    assert.deepStrictEqual(asked, ["provisioned orders", "throttles orders"])
  })

  it("follows the load hour by hour, and never below one unit", () => {
    const night: World = {
      ...half,
      consumed: { reads: (hour) => (hour % 2 === 0 ? 70 : 0), writes: 70 }
    }
    // On average 50.5 units for reads.
    assert.strictEqual(run([large()], night).flags[0]?.savings?.monthlyUsd, 69.31)
  })

  it("advises on demand where little or nothing steady is done", () => {
    const bursts: World = {
      consumed: { reads: (hour) => (hour % 48 === 0 ? 60 : 0), writes: 0.1 },
      provisioned: { reads: 100, writes: 100 }
    }
    const { flags } = run([large()], bursts)
    assert.deepStrictEqual(flags[0]?.reasons, ["on_demand_is_cheaper"])
    assert.closeTo(flags[0]?.savings?.monthlyUsd ?? 0, 43.8 - 0.33 - 0.13, 0.02)
    // The burst does not fit capacity for all hours but one in twenty, so only writes would follow the load.
    assert.strictEqual(flags[0]?.evidence["autoscaledMonthlyUsd"], 7.66)
  })

  it("advises fixed capacity for a steady load on demand, and not for a bursting one", () => {
    const { asked, flags } = run([dynamodbTable()], { consumed: { reads: 70 } })
    assert.deepStrictEqual(flags[0]?.reasons, ["provisioned_is_cheaper"])
    // 100 read units and the one write unit that there must be.
    assert.strictEqual(flags[0]?.savings?.monthlyUsd, 10.73)
    assert.notMatch(flags[0]?.savings?.note ?? "", /reserved/)
    assert.deepStrictEqual(asked, ["throttles orders"])
    // 21 units are 70 % of 30 and not of 31: 21 × 3,600 × 730 × 0.0000001 less 730 × (30 × 0.0001 + 0.0005).
    const settings = { minSavingsUsd: 1 }
    assert.strictEqual(
      run([dynamodbTable()], { consumed: { reads: 21 }, settings }).flags[0]?.savings?.monthlyUsd,
      2.96
    )
    const burst = run([dynamodbTable()], { consumed: { reads: (hour) => (hour % 48 === 0 ? 3000 : 7) } })
    assert.deepStrictEqual([burst.flagged, burst.asked], [[], []])
  })

  it("prices a table on demand with its indexes", () => {
    const indexed = dynamodbTable({ indexes: [tableIndex("by-day")] })
    const { flags } = run([indexed], { consumed: { reads: 70, "writes of by-day": 7 } })
    const expected = 70 * 3600 * 730 * 1e-7 + 7 * 3600 * 730 * 5e-7 - 730 * (101 * 0.0001 + 11 * 0.0005)
    assert.strictEqual(flags[0]?.savings?.monthlyUsd, Math.round(expected * 100) / 100)
  })

  it("compares the classes exactly, in both directions and whatever the use of the capacity", () => {
    const stored = run([dynamodbTable({ sizeBytes: 1000 * gb })], { consumed: { reads: 1 } }).flags[0]
    assert.deepStrictEqual(stored?.reasons, ["other_class_is_cheaper"])
    assert.strictEqual(stored?.savings?.monthlyUsd, 149.93)
    const busy = run([large({ infrequentAccess: true })], {
      consumed: { reads: 700, writes: 70 },
      provisioned: half.provisioned ?? {}
    }).flags[0]
    assert.deepStrictEqual(busy?.reasons, ["other_class_is_cheaper"])
    assert.strictEqual(busy?.savings?.monthlyUsd, 27.38)
  })

  it("leaves alone what is well used, and what is throttled although it is hardly used", () => {
    const well: World = { consumed: { reads: 650, writes: 65 }, provisioned: half.provisioned ?? {} }
    assert.deepStrictEqual(run([large()], well).flagged, [])
    const throttled = run([large()], { ...half, throttles: { reads: (hour) => (hour === 5 ? 1 : 0) } })
    assert.deepStrictEqual(throttled.flagged, [])
    const onDemand = run([dynamodbTable()], { consumed: { reads: 70 }, throttles: { reads: 1 } })
    assert.deepStrictEqual(onDemand.flagged, [])
  })

  it("takes what was provisioned from the metric, because scaling changes it", () => {
    const scaledDown: World = { ...half, provisioned: { reads: 100, writes: 100 } }
    assert.deepStrictEqual(run([large()], scaledDown).flagged, [])
    const now = large({ provisioned: { readUnits: 100, writeUnits: 100 } })
    assert.deepStrictEqual(run([now], half).flagged, ["orders: over_provisioned"])
  })

  it("shows between which bounds it is scaled, and null where that is not told", () => {
    const target: ScalableTarget = {
      resourceId: "table/orders",
      dimension: "dynamodb:table:ReadCapacityUnits",
      minimum: 500,
      maximum: 2000,
      scaleInSuspended: false,
      scaleOutSuspended: false
    }
    assert.deepStrictEqual(run([large()], { ...half, targets: [target] }).flags[0]?.evidence["scaled"], [
      "reads: 500 to 2000"
    ])
    const untold = run([large()], { ...half, targets: gap() })
    assert.deepStrictEqual([untold.flagged, untold.flags[0]?.evidence["scaled"]], [["orders: over_provisioned"], null])
  })

  it("asks nothing about a table that cannot save enough, unless scaling may make it larger", () => {
    const small = dynamodbTable({ provisioned: { readUnits: 5, writeUnits: 5 } })
    const world: World = { consumed: { reads: 0.1 }, provisioned: { reads: 5, writes: 5 } }
    assert.deepStrictEqual(run([small], world).asked, [])
    const untold = run([small], { ...world, targets: gap() })
    assert.deepStrictEqual([untold.asked, untold.flagged], [["provisioned orders", "throttles orders"], []])
  })

  describe("of a global table", () => {
    const replicas = [{ region: "us-east-1", account: "111111111111" }]

    it("prices replicated writes, and is never sure", () => {
      const { flags } = run([large({ replicas })], {
        consumed: { reads: 650, writes: 7 },
        provisioned: { reads: 1000, writes: 100 }
      })
      assert.deepInclude(flags[0], { confidence: "low" })
      assert.strictEqual(flags[0]?.savings?.monthlyUsd, Math.round(90 * 730 * 0.001 * 100) / 100)
      assert.match(flags[0]?.savings?.note ?? "", /All replicas/)
    })

    it("is not known where nothing is consumed here, and one without replicas is left to another scan", () => {
      assert.deepStrictEqual(run([large({ replicas })]).whyUnknown, [
        "orders: nothing is consumed here, and its replicas may be used"
      ])
      const alone = run([large()])
      assert.deepStrictEqual([alone.flagged, alone.unknown, alone.asked], [[], [], []])
    })
  })

  it("does not judge what is younger than the window or does not serve", () => {
    assert.deepStrictEqual(run([large({ createdAt: daysAgo(29) })], half).tooYoung, ["orders"])
    assert.deepStrictEqual(run([large({ createdAt: daysAgo(31) })], half).flagged, ["orders: over_provisioned"])
    assert.deepStrictEqual(run([large({ status: "creating" })], half).tooYoung, ["orders"])
    const archived = run([large({ status: "archived" })], half)
    assert.deepStrictEqual([archived.flagged, archived.unknown], [[], []])
  })

  it("does not know a table of which a series or a price is missing, and closes nothing of it", () => {
    for (const world of [
      { ...half, consumed: { reads: 70, writes: undefined } },
      { ...half, provisioned: { reads: undefined, writes: 100 } },
      { ...half, provisioned: { reads: (hour: number) => (hour % 4 === 0 ? Number.NaN : 1000), writes: 100 } },
      { ...half, throttles: { reads: undefined } },
      { ...half, prices: { "dynamodb.rcuHour": undefined } }
    ]) {
      const judged = run([large()], world)
      assert.deepStrictEqual([judged.flagged, judged.unknown], [[], ["orders"]])
      assert.strictEqual(judged.stateOf(large().arn), "unknown")
    }
  })

  it("goes without a choice whose price is not known", () => {
    const { flags } = run([large()], { ...half, prices: { "dynamodb.rruEach": undefined } })
    assert.deepStrictEqual(flags[0]?.savings?.monthlyUsd, 65.7)
    assert.isNull(flags[0]?.evidence["onDemandMonthlyUsd"])
  })

  it("does not know a table that was refused, finds nothing where there is nothing, and says where it could not read", () => {
    const refused: Table = { ...large({}, "hidden"), details: unknown("denied") }
    const judged = run(gap([refused, large()]), half)
    assert.deepStrictEqual([judged.whyUnknown, judged.flagged], [["hidden: denied"], ["orders: over_provisioned"]])
    assert.strictEqual(judged.status, "partial")
    assert.strictEqual(run(gap()).status, "unavailable")
    const empty = run([])
    assert.deepStrictEqual([empty.status, empty.counters.examined], ["complete", 0])
  })

  it("follows its settings", () => {
    const flaggedWith = (settings: Record<string, number>, world = half) => run([large()], { ...world, settings })
    assert.deepStrictEqual(flaggedWith({ utilizationMax: 7 }).flagged, ["orders: over_provisioned"])
    assert.deepStrictEqual(flaggedWith({ utilizationMax: 6.9 }).flagged, [])
    // 140 units for reads.
    assert.strictEqual(flaggedWith({ targetUtilization: 50 }).flags[0]?.savings?.monthlyUsd, 62.78)
    assert.deepStrictEqual(flaggedWith({ minSavingsUsd: 65.7 }).flagged, ["orders: over_provisioned"])
    assert.deepStrictEqual(flaggedWith({ minSavingsUsd: 65.71 }).flagged, [])
    assert.deepStrictEqual(flaggedWith({ minSavingsPct: 60 }).flagged, ["orders: over_provisioned"])
    assert.deepStrictEqual(flaggedWith({ minSavingsPct: 60.1 }).flagged, [])
    const short = run([large({ createdAt: daysAgo(10) })], { ...half, settings: { lookbackDays: 7 } })
    assert.strictEqual(short.flags[0]?.evidence["days"], 7)
  })
})
