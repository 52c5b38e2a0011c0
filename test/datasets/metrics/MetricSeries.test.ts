import { assert, describe, it } from "@effect/vitest"
import { known } from "../../../core/Reading.ts"
import { MetricSeries, percentileOf } from "../../../datasets/metrics/MetricSeries.ts"
import { now } from "../harness.ts"
import { readsOf } from "./cloudwatch.ts"

const none = Number.NaN

/** Daily values, the last of which is today's. */
const daily = (...values: ReadonlyArray<number>) =>
  new MetricSeries(
    () => ({
      _tag: "Values",
      start: new Date(Date.UTC(2026, 10, 20 - values.length + 1)),
      values: Float64Array.from(values)
    }),
    now
  )

const spec = readsOf(1)

describe("MetricSeries", () => {
  it("digests the values of the window", () => {
    const series = daily(4, none, 1, 3)
    assert.deepStrictEqual(series.total(spec), known(8))
    assert.deepStrictEqual(series.peak(spec), known(4))
    assert.deepStrictEqual(series.newest(spec), known(3))
    assert.deepStrictEqual(series.mean(spec), known(8 / 3))
    assert.deepStrictEqual(
      series.count(spec, (value) => value > 2),
      known({ passing: 2, of: 3 })
    )
    assert.deepStrictEqual(series.percentile(spec, 50), known(3))
  })

  it("has percentiles by the nearest rank", () => {
    const values = [15, 20, 35, 40, 50]
    assert.deepStrictEqual(
      [5, 30, 40, 50, 100].map((percent) => percentileOf(values, percent)),
      [15, 20, 20, 35, 50]
    )
  })

  it("leaves out what is older than the window that is asked about", () => {
    assert.deepStrictEqual(daily(100, 1, 1).total({ ...spec, days: 1 }), known(2))
  })

  it("knows the last day with a value above zero, and the end of the last with any, not after the run", () => {
    assert.deepStrictEqual(daily(1, 0, none).lastActiveDay(spec), known(new Date("2026-11-18T00:00:00Z")))
    assert.deepStrictEqual(daily(0, 0).lastActiveDay(spec), known(null))
    assert.deepStrictEqual(daily(1, 0, none).lastDatapoint(spec), known(new Date("2026-11-20T00:00:00Z")))
    assert.deepStrictEqual(daily(0).lastDatapoint(spec), known(now))
    assert.deepStrictEqual(daily(none).lastDatapoint(spec), known(null))
  })

  it("takes silence for zero only where the service says nothing while idle", () => {
    const silent = daily(none)
    assert.deepStrictEqual(silent.total({ ...spec, namespace: "AWS/Lambda", metric: "Invocations" }), known(0))
    assert.isFalse(silent.total(spec).known)
    assert.deepStrictEqual(silent.points(spec), known([]))
  })

  it("knows nothing of what was refused, was not asked, or was about what could not be read", () => {
    const refused = new MetricSeries(() => ({ _tag: "Failed", reason: "no" }), now)
    const unasked = new MetricSeries(() => undefined, now)
    for (const series of [refused, unasked, MetricSeries.unread("no volumes")]) {
      assert.isFalse(series.total(spec).known)
      assert.isFalse(series.points(spec).known)
      assert.isFalse(series.lastActiveDay(spec).known)
    }
    assert.deepStrictEqual([refused.failed(spec), unasked.failed(spec)], [true, false])
  })
})
