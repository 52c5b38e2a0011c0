import { assert, describe, it } from "@effect/vitest"
import { unknown } from "../../../core/Reading.ts"
import type { Table } from "../../../datasets/aws/dynamodb.ts"
import type { SeriesSpec } from "../../../datasets/metrics/SeriesSpec.ts"
import scan from "../../../scans/performance/analyze_dynamodb_throttling.ts"
import { daysAgo } from "../../datasets/harness.ts"
import { dynamodbTable, type Hours, hourly, laneOf, tableIndex } from "../dynamodbTable.ts"
import { gap, judge, series } from "../harness.ts"

interface World {
  readonly throttles?: Readonly<Record<string, Hours | undefined>>
  /** Requests by lane. Default: none. */
  readonly requests?: Readonly<Record<string, number>>
  /** Events by metric, such as `ReadKeyRangeThroughputThrottleEvents`, or by operation. */
  readonly told?: Readonly<Record<string, number>>
  readonly refused?: (spec: SeriesSpec) => boolean
  readonly settings?: Record<string, number>
}

const run = (tables: ReadonlyArray<Table> | ReturnType<typeof gap>, world: World = {}) => {
  const { refused = () => false, requests = {}, settings, told = {}, throttles = {} } = world
  const detail = series((spec) => {
    if (refused(spec)) return undefined
    const operation = spec.dimensions["Operation"]
    const value = spec.statistic === "SampleCount" ? requests[laneOf(spec)] : told[operation ?? spec.metric]
    return value === undefined ? [] : [value]
  })
  return judge(
    scan,
    { tables, throttles: hourly(throttles) },
    { answers: { throttling: () => detail }, ...(settings === undefined ? {} : { settings }) }
  )
}

/** So many events in the third hour. */
const once = (events: number) => (hour: number) => (hour === 2 ? events : 0)

describe("analyze_dynamodb_throttling", () => {
  it("flags a hot key with its rate, its peak and its operations", () => {
    const { asked, flags } = run([dynamodbTable()], {
      throttles: { reads: (hour) => (hour === 2 ? 30 : hour === 3 ? 10 : 0) },
      requests: { reads: 3960 },
      told: { ReadKeyRangeThroughputThrottleEvents: 40, Query: 12, GetItem: 28 }
    })
    assert.deepStrictEqual(flags[0]?.reasons, ["hot_key"])
    assert.deepInclude(flags[0], { kind: "hygiene", severity: "medium", savings: null })
    assert.deepStrictEqual(flags[0]?.evidence, {
      billing: "on demand",
      worst: "reads",
      throttleEvents: 40,
      ratePercent: 1,
      hourlyPeak: 30,
      byProvisionedLimit: 0,
      byHotKey: 40,
      byOnDemandMaximum: 0,
      byAccountQuota: 0,
      affected: ["reads"],
      operations: ["GetItem", "Query"],
      days: 7
    })
    assert.deepStrictEqual(asked, ["throttling orders"])
  })

  it("tells each cause, and that none is told", () => {
    const reasonsOf = (told: Record<string, number>) =>
      run([dynamodbTable()], { throttles: { writes: once(50) }, requests: { writes: 5000 }, told }).flags[0]?.reasons
    assert.deepStrictEqual(reasonsOf({ WriteProvisionedThroughputThrottleEvents: 50 }), ["provisioned_limit"])
    assert.deepStrictEqual(reasonsOf({ WriteMaxOnDemandThroughputThrottleEvents: 50 }), ["on_demand_maximum"])
    assert.deepStrictEqual(reasonsOf({ WriteAccountLimitThrottleEvents: 50 }), ["account_quota"])
    assert.deepStrictEqual(
      reasonsOf({ WriteKeyRangeThroughputThrottleEvents: 10, WriteProvisionedThroughputThrottleEvents: 40 }),
      ["provisioned_limit", "hot_key"]
    )
    assert.deepStrictEqual(reasonsOf({ ReadAccountLimitThrottleEvents: 50 }), ["throttled"])
  })

  it("is high from one request in twenty, and for an index that holds up the writes of its table", () => {
    const severityOf = (requests: number) =>
      run([dynamodbTable()], { throttles: { reads: once(50) }, requests: { reads: requests } }).flags[0]?.severity
    assert.deepStrictEqual([severityOf(950), severityOf(951)], ["high", "medium"])
    const indexed = [dynamodbTable({ indexes: [tableIndex("by-day")] })]
    const held = (lane: string) =>
      run(indexed, { throttles: { [lane]: once(50) }, requests: { [lane]: 40_000 } }).flags[0]
    assert.deepStrictEqual(held("writes of by-day")?.severity, "high")
    assert.deepStrictEqual(held("reads of by-day")?.severity, "medium")
    assert.deepStrictEqual(held("reads of by-day")?.evidence["affected"], ["reads of by-day"])
  })

  it("judges each table and index by its own requests", () => {
    const indexed = [dynamodbTable({ indexes: [tableIndex("by-day")] })]
    const { flags } = run(indexed, {
      throttles: { reads: once(50), "reads of by-day": once(20) },
      requests: { reads: 1_000_000, "reads of by-day": 980 }
    })
    assert.deepInclude(flags[0]?.evidence, {
      worst: "reads of by-day",
      throttleEvents: 20,
      ratePercent: 2,
      affected: ["reads of by-day"]
    })
  })

  it("leaves alone what is hardly throttled, and asks nothing more about what is not", () => {
    const rare = run([dynamodbTable()], { throttles: { reads: once(9) } })
    assert.deepStrictEqual([rare.flagged, rare.asked], [[], []])
    const drowned = run([dynamodbTable()], { throttles: { reads: once(50) }, requests: { reads: 1_000_000 } })
    assert.deepStrictEqual([drowned.flagged, drowned.asked], [[], ["throttling orders"]])
  })

  it("does not judge what is younger than the window or does not serve", () => {
    const world: World = { throttles: { reads: once(50) } }
    assert.deepStrictEqual(run([dynamodbTable({ createdAt: daysAgo(6) })], world).tooYoung, ["orders"])
    assert.deepStrictEqual(run([dynamodbTable({ createdAt: daysAgo(8) })], world).flagged, ["orders: throttled"])
    assert.deepStrictEqual(run([dynamodbTable({ status: "creating" })], world).tooYoung, ["orders"])
    const archived = run([dynamodbTable({ status: "archived" })], world)
    assert.deepStrictEqual([archived.flagged, archived.unknown], [[], []])
  })

  it("does not know a table of which a series was refused, and closes nothing of it", () => {
    const world: World = { throttles: { reads: once(50) } }
    for (const one of [
      { throttles: { reads: once(50), writes: undefined } },
      { ...world, refused: ({ statistic }: SeriesSpec) => statistic === "SampleCount" },
      { ...world, refused: ({ metric }: SeriesSpec) => metric === "ReadAccountLimitThrottleEvents" }
    ]) {
      const judged = run([dynamodbTable()], one)
      assert.deepStrictEqual([judged.flagged, judged.unknown], [[], ["orders"]])
      assert.strictEqual(judged.stateOf(dynamodbTable().arn), "unknown")
    }
    const noOperations = run([dynamodbTable()], { ...world, refused: ({ metric }) => metric === "ThrottledRequests" })
    assert.isNull(noOperations.flags[0]?.evidence["operations"])
  })

  it("does not know a table that was refused, finds nothing where there is nothing, and says where it could not read", () => {
    const refused: Table = { ...dynamodbTable({}, "hidden"), details: unknown("denied") }
    const judged = run(gap([refused, dynamodbTable()]), { throttles: { reads: once(50) } })
    assert.deepStrictEqual([judged.whyUnknown, judged.flagged], [["hidden: denied"], ["orders: throttled"]])
    assert.strictEqual(judged.status, "partial")
    assert.strictEqual(run(gap()).status, "unavailable")
    const empty = run([])
    assert.deepStrictEqual([empty.status, empty.counters.examined], ["complete", 0])
  })

  it("follows its settings", () => {
    const world: World = { throttles: { reads: once(50) }, requests: { reads: 4950 } }
    const flaggedWith = (settings: Record<string, number>) => run([dynamodbTable()], { ...world, settings }).flagged
    assert.deepStrictEqual(flaggedWith({ minEvents: 50 }), ["orders: throttled"])
    assert.deepStrictEqual(flaggedWith({ minEvents: 51 }), [])
    assert.deepStrictEqual(flaggedWith({ minRatePct: 1 }), ["orders: throttled"])
    assert.deepStrictEqual(flaggedWith({ minRatePct: 1.01 }), [])
    const long = run([dynamodbTable({ createdAt: daysAgo(20) })], { ...world, settings: { lookbackDays: 14 } })
    assert.strictEqual(long.flags[0]?.evidence["days"], 14)
  })
})
