import { assert, describe, it } from "@effect/vitest"
import { unknown } from "../../../core/Reading.ts"
import type { ScalableTarget, ScalingPolicy } from "../../../datasets/aws/applicationAutoscaling.ts"
import type { Table, TableDetails } from "../../../datasets/aws/dynamodb.ts"
import scan from "../../../scans/capacity/find_overutilized_dynamodb_tables.ts"
import { daysAgo } from "../../datasets/harness.ts"
import { consuming, dynamodbTable, type Hours, hourly, hoursOf, tableIndex } from "../dynamodbTable.ts"
import { gap, judge, series, silent } from "../harness.ts"

interface World {
  readonly consumed?: Readonly<Record<string, Hours | undefined>>
  readonly throttles?: Readonly<Record<string, Hours | undefined>>
  readonly provisioned?: Readonly<Record<string, Hours | undefined>>
  readonly targets?: ReadonlyArray<ScalableTarget> | ReturnType<typeof gap>
  readonly policies?: ReadonlyArray<ScalingPolicy> | "untold"
  readonly hits?: ReturnType<typeof series>
  readonly settings?: Record<string, number | boolean>
}

const run = (tables: ReadonlyArray<Table> | ReturnType<typeof gap>, world: World = {}) => {
  const {
    consumed = {},
    hits = silent,
    policies = [],
    provisioned = {},
    settings,
    targets = [],
    throttles = {}
  } = world
  return judge(
    scan,
    { tables, consumption: consuming(consumed), throttles: hourly(throttles), targets },
    {
      answers: {
        provisioned: () => hourly(provisioned),
        policies: () => (policies === "untold" ? undefined : policies),
        hits: () => hits
      },
      ...(settings === undefined ? {} : { settings })
    }
  )
}

const provisionedTable = (more: Partial<TableDetails> = {}, name?: string) =>
  dynamodbTable({ provisioned: { readUnits: 100, writeUnits: 50 }, ...more }, name)

const both = { reads: 100, writes: 50 }

const target = (more: Partial<ScalableTarget> = {}): ScalableTarget => ({
  resourceId: "table/orders",
  dimension: "dynamodb:table:ReadCapacityUnits",
  minimum: 10,
  maximum: 100,
  scaleInSuspended: false,
  scaleOutSuspended: false,
  ...more
})

const tracking = (targetValue: number, more: Partial<ScalingPolicy> = {}): ScalingPolicy => ({
  name: "reads",
  type: "targettrackingscaling",
  dimension: "dynamodb:table:ReadCapacityUnits",
  targetValue,
  scaleInDisabled: false,
  ...more
})

describe("find_overutilized_dynamodb_tables", () => {
  it("flags a table whose busiest hours leave hardly any capacity, with what it rests on", () => {
    const { asked, flags } = run([provisionedTable()], { consumed: { reads: 85, writes: 10 }, provisioned: both })
    assert.deepStrictEqual(flags[0]?.reasons, ["near_limit"])
    assert.deepInclude(flags[0], { kind: "hygiene", severity: "medium", savings: null })
    assert.deepStrictEqual(flags[0]?.evidence, {
      billing: "provisioned",
      worst: "reads",
      utilizationP95Percent: 85,
      utilizationMeanPercent: 85,
      utilizationMaximumPercent: 85,
      throttleEvents: 0,
      scaledBetween: "not scaled",
      scalingTargetPercent: null,
      affected: ["reads"],
      days: 14
    })
    assert.deepStrictEqual(asked, ["provisioned orders"])
  })

  it("leaves a table alone that has room, and asks nothing more about one that is far from its capacity", () => {
    const some = run([provisionedTable()], { consumed: { reads: 60, writes: 10 }, provisioned: both })
    assert.deepStrictEqual([some.flagged, some.asked], [[], ["provisioned orders"]])
    const little = run([provisionedTable()], { consumed: { reads: 50, writes: 10 } })
    assert.deepStrictEqual([little.flagged, little.asked], [[], []])
  })

  it("judges by the busiest hours, of which one in twenty must be that busy", () => {
    const hours = hoursOf(14)
    const busy = (count: number): World => ({
      consumed: { reads: (hour) => (hour < count ? 90 : 20) },
      provisioned: both
    })
    assert.deepStrictEqual(run([provisionedTable()], busy(Math.ceil(hours * 0.051))).flagged, ["orders: near_limit"])
    assert.deepStrictEqual(run([provisionedTable()], busy(Math.floor(hours * 0.04))).flagged, [])
  })

  it("compares with what was provisioned at the time, not with what is now", () => {
    const consumed = { reads: 85 }
    assert.deepStrictEqual(run([provisionedTable()], { consumed, provisioned: { reads: 200 } }).flagged, [])
    const raised = provisionedTable({ provisioned: { readUnits: 160, writeUnits: 50 } })
    assert.deepStrictEqual(run([raised], { consumed, provisioned: { reads: 100 } }).flagged, ["orders: near_limit"])
  })

  it("flags an index by its own capacity, and names it", () => {
    const table = provisionedTable({
      indexes: [tableIndex("by-day", { provisioned: { readUnits: 10, writeUnits: 20 } })]
    })
    const { flags } = run([table], {
      consumed: { reads: 1, "writes of by-day": 19 },
      provisioned: { ...both, "writes of by-day": 20 }
    })
    assert.deepInclude(flags[0]?.evidence, { worst: "writes of by-day", utilizationP95Percent: 95 })
  })

  it("flags throttles as high, also where little is used", () => {
    const { flags } = run([provisionedTable()], {
      consumed: { reads: 5 },
      throttles: { reads: (hour) => (hour === 3 ? 7 : 0) },
      provisioned: both
    })
    assert.deepStrictEqual([flags[0]?.reasons, flags[0]?.severity], [["throttled"], "high"])
    assert.deepInclude(flags[0]?.evidence, { throttleEvents: 7, utilizationP95Percent: 5 })
  })

  it("flags throttles of a table whose provisioned capacity is not told, such as one that was on demand before", () => {
    const throttled: World = { consumed: { reads: 90 }, throttles: { reads: (hour) => (hour === 3 ? 7 : 0) } }
    for (const reads of [undefined, (hour: number) => (hour % 2 === 0 ? 100 : NaN)]) {
      const { flags, unknown } = run([provisionedTable()], { ...throttled, provisioned: { reads } })
      assert.deepStrictEqual([flags[0]?.reasons, flags[0]?.severity, unknown], [["throttled"], "high", []])
      assert.deepInclude(flags[0]?.evidence, {
        worst: "reads",
        throttleEvents: 7,
        utilizationP95Percent: null,
        utilizationMeanPercent: null,
        utilizationMaximumPercent: null
      })
    }
    // The other capacity is near its limit or not: nobody knows, and the throttles are there.
    const beside = run([provisionedTable()], {
      ...throttled,
      consumed: { reads: 90, writes: 45 },
      provisioned: { reads: 100, writes: undefined }
    })
    assert.deepStrictEqual(beside.flagged, ["orders: throttled, near_limit"])
  })

  describe("of a table that is scaled", () => {
    const consumed = { reads: 85 }

    it("compares with the least that scaling leaves before it asks", () => {
      const scaled = { consumed: { reads: 6 }, provisioned: { reads: 10 } }
      assert.deepStrictEqual(run([provisionedTable()], scaled).asked, [])
      const { asked, flagged } = run([provisionedTable()], { ...scaled, targets: [target()] })
      assert.deepStrictEqual([asked, flagged], [["provisioned orders"], []])
    })

    it("leaves alone what scaling is told to use so far, unless it is throttled", () => {
      const world: World = { consumed, provisioned: { reads: 99 }, targets: [target()], policies: [tracking(85)] }
      assert.deepStrictEqual(run([provisionedTable()], world).flagged, [])
      assert.deepStrictEqual(run([provisionedTable()], { ...world, policies: [tracking(70)] }).flagged, [
        "orders: near_limit"
      ])
      const other = tracking(85, { dimension: "dynamodb:table:WriteCapacityUnits" })
      assert.deepStrictEqual(run([provisionedTable()], { ...world, policies: [other] }).flagged, ["orders: near_limit"])
      assert.deepStrictEqual(run([provisionedTable()], { ...world, throttles: { reads: 1 } }).flagged, [
        "orders: throttled, near_limit"
      ])
    })

    it("flags scaling that stands at its maximum and is used beyond the target, in one hour of twenty", () => {
      const at = (hoursAtTop: number): World => ({
        consumed: { reads: (hour) => (hour < hoursAtTop ? 72 : 30) },
        provisioned: { reads: (hour) => (hour < hoursAtTop ? 100 : 60) },
        targets: [target()],
        policies: [tracking(70)]
      })
      const { flags } = run([provisionedTable()], at(Math.ceil(hoursOf(14) * 0.06)))
      assert.deepStrictEqual([flags[0]?.reasons, flags[0]?.severity], [["pinned_at_maximum"], "medium"])
      assert.deepInclude(flags[0]?.evidence, { scaledBetween: "10 to 100", scalingTargetPercent: 70 })
      assert.deepStrictEqual(run([provisionedTable()], at(Math.floor(hoursOf(14) * 0.04))).flagged, [])
      const higher = { ...at(Math.ceil(hoursOf(14) * 0.06)), targets: [target({ maximum: 200 })] }
      assert.deepStrictEqual(run([provisionedTable()], higher).flagged, [])
    })

    it("does not know it where its bounds or its rules are not told", () => {
      const world: World = { consumed, provisioned: both }
      assert.deepStrictEqual(run([provisionedTable()], { ...world, targets: gap() }).unknown, ["orders"])
      const untold = run([provisionedTable()], { ...world, targets: [target()], policies: "untold" })
      assert.deepStrictEqual([untold.flagged, untold.unknown, untold.status], [[], ["orders"], "partial"])
    })
  })

  describe("of a table on demand", () => {
    const bounded = dynamodbTable({ maximum: { readUnits: 500, writeUnits: undefined } })
    const hitting = (count: number) =>
      series(({ metric }) => (metric === "ReadMaxOnDemandThroughputThrottleEvents" ? [0, count] : []))

    it("flags requests that its maximum throttled", () => {
      const { asked, flags } = run([bounded], { throttles: { reads: 1 }, hits: hitting(40) })
      assert.deepStrictEqual(flags[0]?.reasons, ["on_demand_maximum"])
      assert.deepInclude(flags[0], { kind: "hygiene", severity: "high" })
      assert.deepStrictEqual(flags[0]?.evidence, {
        billing: "on demand",
        worst: "reads",
        maximumUnits: 500,
        throttleEvents: 40,
        affected: ["reads"],
        days: 14
      })
      assert.deepStrictEqual(asked, ["hits orders"])
    })

    it("leaves it alone where nothing bounds it, nothing is throttled, or something else throttles", () => {
      assert.deepStrictEqual(run([dynamodbTable()], { throttles: { reads: 9 } }).asked, [])
      assert.deepStrictEqual(run([bounded]).asked, [])
      assert.deepStrictEqual(run([bounded], { throttles: { writes: 9 } }).asked, [])
      assert.deepStrictEqual(run([bounded], { throttles: { reads: 9 } }).flagged, [])
    })

    it("judges the maximum of an index, and does not know it where CloudWatch does not tell", () => {
      const index = tableIndex("by-day", { maximum: { readUnits: undefined, writeUnits: 40 } })
      const indexed = dynamodbTable({ indexes: [index] })
      const hits = series(({ dimensions, metric }) =>
        metric.startsWith("WriteMax") && dimensions["GlobalSecondaryIndexName"] === "by-day" ? [3] : []
      )
      const { flags } = run([indexed], { throttles: { "writes of by-day": 1 }, hits })
      assert.deepInclude(flags[0]?.evidence, { worst: "writes of by-day", maximumUnits: 40 })
      const refused = run([bounded], { throttles: { reads: 1 }, hits: series(() => undefined) })
      assert.deepStrictEqual([refused.flagged, refused.unknown], [[], ["orders"]])
    })
  })

  it("does not judge what is younger than the window or does not serve", () => {
    const busy: World = { consumed: { reads: 90 }, provisioned: both }
    assert.deepStrictEqual(run([provisionedTable({ createdAt: daysAgo(13) })], busy).tooYoung, ["orders"])
    assert.deepStrictEqual(run([provisionedTable({ createdAt: daysAgo(15) })], busy).flagged, ["orders: near_limit"])
    assert.deepStrictEqual(run([provisionedTable({ status: "creating" })], busy).tooYoung, ["orders"])
    const archived = run([provisionedTable({ status: "archived" })], busy)
    assert.deepStrictEqual([archived.flagged, archived.unknown], [[], []])
  })

  it("does not know a table of which a series was refused or has holes, and closes nothing of it", () => {
    const busy: World = { consumed: { reads: 90 }, provisioned: both }
    for (const world of [
      { ...busy, consumed: { reads: undefined } },
      { ...busy, throttles: { writes: undefined } },
      { ...busy, provisioned: { reads: undefined } }
    ]) {
      const judged = run([provisionedTable()], world)
      assert.deepStrictEqual([judged.flagged, judged.unknown], [[], ["orders"]])
      assert.strictEqual(judged.stateOf(provisionedTable().arn), "unknown")
    }
    const half = run([provisionedTable()], { ...busy, provisioned: { reads: (hour) => (hour % 2 === 0 ? 100 : NaN) } })
    assert.match(half.whyUnknown[0] ?? "", /provisioned reads of 169 of 338 hours/)
  })

  it("does not know a table that was refused, and judges the others", () => {
    const refused: Table = { ...provisionedTable({}, "hidden"), details: unknown("denied") }
    const judged = run(gap([refused, provisionedTable()]), { consumed: { reads: 90 }, provisioned: both })
    assert.deepStrictEqual([judged.whyUnknown, judged.flagged], [["hidden: denied"], ["orders: near_limit"]])
    assert.strictEqual(judged.status, "partial")
    assert.strictEqual(run(gap()).status, "unavailable")
    const empty = run([])
    assert.deepStrictEqual([empty.status, empty.counters.examined], ["complete", 0])
  })

  it("follows its settings", () => {
    const busy: World = { consumed: { reads: 85 }, provisioned: both }
    const flaggedWith = (settings: Record<string, number | boolean>, world = busy, table = provisionedTable()) =>
      run([table], { ...world, settings }).flagged
    assert.deepStrictEqual(flaggedWith({ utilizationMin: 85 }), ["orders: near_limit"])
    assert.deepStrictEqual(flaggedWith({ utilizationMin: 86 }), [])
    const short = run([provisionedTable({ createdAt: daysAgo(10) })], { ...busy, settings: { lookbackDays: 7 } })
    assert.strictEqual(short.flags[0]?.evidence["days"], 7)

    const index = tableIndex("by-day", { provisioned: { readUnits: 10, writeUnits: 20 } })
    const indexed = provisionedTable({ indexes: [index] })
    const indexBusy: World = {
      consumed: { "writes of by-day": 19 },
      throttles: { "writes of by-day": 1 },
      provisioned: { ...both, "writes of by-day": 20 }
    }
    assert.deepStrictEqual(flaggedWith({ includeIndexes: true }, indexBusy, indexed), ["orders: throttled, near_limit"])
    assert.deepStrictEqual(flaggedWith({ includeIndexes: false }, indexBusy, indexed), [])

    const throttled: World = { throttles: { reads: (hour) => (hour < 5 ? 1 : 0) }, provisioned: both }
    assert.deepStrictEqual(flaggedWith({ minThrottleEvents: 5 }, throttled), ["orders: throttled"])
    assert.deepStrictEqual(flaggedWith({ minThrottleEvents: 6 }, throttled), [])
  })
})
