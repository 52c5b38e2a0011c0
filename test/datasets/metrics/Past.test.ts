import { assert, describe, it } from "@effect/vitest"
import { identityOf, keptDays, type KeptDays, Past, wasUsed, windowsOf } from "../../../datasets/metrics/Past.ts"
import { MetricSeries } from "../../../datasets/metrics/MetricSeries.ts"
import { now } from "../harness.ts"
import { readsOf } from "./cloudwatch.ts"

const none = Number.NaN
const spec = readsOf(1, { days: 3 })
const question = wasUsed("vol-1", [spec])
const later = (days: number): Date => new Date(now.getTime() + days * 86_400_000)

/** Daily values up to the day of a run. */
const told = (run: Date, ...values: ReadonlyArray<number>) =>
  new MetricSeries(
    () => ({
      _tag: "Values",
      start: new Date(Date.UTC(run.getUTCFullYear(), run.getUTCMonth(), run.getUTCDate() - values.length + 1)),
      values: Float64Array.from(values)
    }),
    run
  )

/** What `asks` knows of four days that a run was told, the last of which is its own. */
const pastOf = (values: ReadonlyArray<number>, asks: Date, run = now) => {
  const kept = keptDays(question, told(run, ...values), run)
  if (kept === undefined) throw new Error("nothing was kept")
  return Past.of(JSON.parse(JSON.stringify(kept)), run, asks, [spec.days])
}

describe("Past", () => {
  it("has the whole days, and not the one on which they were told", () => {
    const past = pastOf([1, none, 3, 100], now)
    assert.deepStrictEqual([past.total, past.days(), past.days((value) => value > 2), past.missingDays], [4, 2, 1, 0])
    assert.strictEqual(past.until.toISOString(), "2026-11-20T00:00:00.000Z")
  })

  it("does not take a day for whole that has just ended", () => {
    const midnight = new Date("2026-11-20T00:30:00Z")
    const past = pastOf([1, 2, 3, 100], midnight, midnight)
    assert.deepStrictEqual([past.total, past.missingDays], [3, 1])
  })

  it("forgets what has left the window, and counts the days of which it knows nothing", () => {
    const each = [0, 1, 2, 3].map((nights) => pastOf([4, 0, 2, 0], later(nights)))
    assert.deepStrictEqual(
      each.map(({ missingDays, total }) => [missingDays, total]),
      [
        [0, 6],
        [1, 2],
        [2, 2],
        [3, 0]
      ]
    )
    assert.deepStrictEqual(
      each.map((past) => past.wasActive()),
      [true, true, true, false]
    )
    assert.isTrue(each[0]?.wasActive(new Date("2026-11-19T00:00:00Z")))
    assert.isFalse(each[0]?.wasActive(new Date("2026-11-19T00:00:00.001Z")))
  })

  it("keeps one number for a day of hours, and has each series by itself", () => {
    const hourly = { ...wasUsed("vol-1", [{ ...spec, period: 3_600 }, readsOf(2, { days: 3 })]) }
    const asked = { ...hourly, ofDay: (values: ReadonlyArray<number>, at: number) => at + Math.max(...values) }
    const values = new MetricSeries(
      ({ period }) => ({
        _tag: "Values",
        start: new Date("2026-11-18T00:00:00Z"),
        values:
          period === 3_600 ? Float64Array.from({ length: 50 }, (_, hour) => hour) : Float64Array.from([5, none, 7])
      }),
      now
    )
    const past = Past.of(keptDays(asked, values, now) as KeptDays, now, now, windowsOf(asked))
    assert.deepStrictEqual([past.only(0).total, past.only(1).total, past.total], [23 + 47, 6, 76])
    assert.deepStrictEqual([past.only(0).days(), past.only(1).days(), past.days()], [2, 1, 2])
  })

  it("keeps nothing of a series that CloudWatch refused", () => {
    const refused = new MetricSeries(() => ({ _tag: "Failed", reason: "InternalError" }), now)
    assert.isUndefined(keptDays(question, refused, now))
  })

  it("is of these series of this resource and of no other", () => {
    const identities = [
      question,
      { ...question, identity: "made again" },
      wasUsed("vol-1", [{ ...spec, days: 4 }]),
      wasUsed("vol-1", [{ ...spec, statistic: "p95" }]),
      wasUsed("vol-1", [spec, readsOf(2, { days: 3 })]),
      wasUsed("vol-1", [{ ...spec, region: "us-east-1" }])
    ].map(identityOf)
    assert.strictEqual(new Set(identities).size, identities.length)
    assert.strictEqual(identityOf(wasUsed("other name", [spec])), identityOf(question))
  })
})
