import { assert, describe, it } from "@effect/vitest"
import { known } from "../../../core/Reading.ts"
import { isoDay } from "../../../core/time.ts"
import type { Finding } from "../../../core/finding/Finding.ts"
import type { Spend } from "../../../datasets/billing/billing.ts"
import { Evidence } from "../../../datasets/engine/Evidence.ts"
import scan from "../../../scans/cost/get_daily_cost_trend.ts"
import { daysAgo } from "../../datasets/harness.ts"
import { defaultSettings } from "../../../scans/Scan.ts"
import { contextOf, gap, judge } from "../harness.ts"

const spend = (key: string, start: string, amounts: Partial<Spend> = {}): Spend => ({
  key,
  start,
  currency: "USD",
  estimated: false,
  usage: 0,
  fees: 0,
  tax: 0,
  credits: 0,
  ...amounts
})

/** Daily usage, from 72 days ago until yesterday. `usage` is told the day and how many days ago it was. */
const series = (
  key: string,
  usage: (day: string, ago: number) => number | undefined,
  length = 72
): ReadonlyArray<Spend> =>
  Array.from({ length }, (_, index) => length - index).flatMap((ago) => {
    const amount = usage(isoDay(daysAgo(ago)), ago)
    return amount === undefined ? [] : [spend(key, isoDay(daysAgo(ago)), { usage: amount })]
  })

/** A weekly pattern: 100 on weekdays and 20 on weekends, a little different every week. */
const weekly = (day: string, ago: number) =>
  (new Date(day).getUTCDay() % 6 === 0 ? 20 : 100) + (Math.floor(ago / 7) % 3)

const with_ = (days: Record<string, number>) => (day: string, ago: number) => days[day] ?? weekly(day, ago)

const run = (spends: ReadonlyArray<Spend>, settings: Record<string, string | number | boolean> = {}) =>
  judge(scan, { spend: spends, estimated: [] }, { settings, region: "global/payer" })

describe("get_daily_cost_trend", () => {
  it("tells what is expected only where it is asked, and is partial where that is not known", () => {
    const forecast = [
      { start: "2026-11-20", end: "2026-12-01", mean: 1100, lowest: 990.5, highest: 1210 },
      { start: "2026-12-01", end: "2027-01-01", mean: 3100, lowest: 2800, highest: 3400 }
    ]
    const spend = series("Amazon EC2", weekly)
    const asked = (value: unknown) =>
      judge(scan, { spend, estimated: [], forecast: value }, { settings: { forecast: true }, region: "global/payer" })
    const told = asked(forecast)
    assert.strictEqual(told.status, "complete")
    assert.deepStrictEqual(told.report?.notes.slice(-2), [
      "From 2026-11-20 up to 2026-12-01 Cost Explorer expects $1,100.00 of everything, after credits: between $990.50 and $1,210.00 in 80 of 100 cases.",
      "From 2026-12-01 up to 2027-01-01 Cost Explorer expects $3,100.00 of everything, after credits: between $2,800.00 and $3,400.00 in 80 of 100 cases."
    ])
    const untold = asked(gap())
    assert.deepStrictEqual(
      [untold.status, untold.report?.notes.length],
      ["partial", (told.report?.notes.length ?? 0) - 2]
    )
    assert.notProperty(scan.reads(defaultSettings(scan.settings)), "forecast")
  })

  it("finds nothing in a weekly pattern", () => {
    assert.deepStrictEqual(run(series("Amazon EC2", weekly)).flagged, [])
  })

  it("flags a day that cost far more than the same weekdays before, with its numbers and no saving", () => {
    // 2026-11-11 is a Wednesday; those before it cost 101, 100, 102, 101, 100 and 102.
    const { flags } = run(series("Amazon EC2", with_({ "2026-11-11": 300 })))
    assert.strictEqual(flags.length, 1)
    const [anomaly] = flags
    assert.deepStrictEqual(anomaly?.reasons, ["above_weekdays"])
    assert.strictEqual(anomaly?.severity, "medium")
    assert.deepStrictEqual(anomaly?.resource, {
      type: "billing:service",
      service: "Amazon EC2",
      id: "Amazon EC2 on 2026-11-11",
      arn: "arn:aws:billing::111111111111:service/Amazon%20EC2/2026-11-11",
      name: "Amazon EC2",
      tags: {},
      createdAt: null
    })
    assert.strictEqual(anomaly?.account, "111111111111")
    assert.strictEqual(anomaly?.kind, "notice")
    assert.strictEqual(anomaly?.savings, null)
    assert.strictEqual(anomaly?.note, "An anomaly says what was spent, not what can be saved.")
    assert.deepStrictEqual(anomaly?.evidence, {
      day: "2026-11-11",
      service: "Amazon EC2",
      metric: "UnblendedCost",
      usageUsd: 300,
      expectedUsd: 101,
      excessUsd: 199,
      medianUsd: 101,
      medianAbsoluteDeviationUsd: 1,
      robustDeviations: 134.2,
      weeksCompared: 6
    })
  })

  it("is high from an excess of 200", () => {
    const { flags } = run(series("A", with_({ "2026-11-11": 301 })))
    assert.strictEqual(flags[0]?.severity, "high")
  })

  it("compares a weekend with weekends: a weekday's amount on a Saturday is an anomaly", () => {
    assert.deepStrictEqual(run(series("A", with_({ "2026-11-14": 100 }))).flagged, ["A on 2026-11-14: above_weekdays"])
  })

  it("needs both thresholds", () => {
    const spike = series("A", with_({ "2026-11-11": 150 }))
    assert.deepStrictEqual(run(spike).flagged, [])
    assert.deepStrictEqual(run(spike, { minAnomalyUsd: 49 }).flagged, ["A on 2026-11-11: above_weekdays"])
    const noisy = series("A", (day, ago) => (day === "2026-11-11" ? 200 : 100 + 40 * (Math.floor(ago / 7) % 2)))
    assert.deepStrictEqual(run(noisy).flagged, [])
    assert.deepStrictEqual(run(noisy, { anomalyZ: 2 }).flagged, ["A on 2026-11-11: above_weekdays"])
  })

  it("does not call half a percent on a flat large series an anomaly", () => {
    const flat = (excess: number) => series("A", (day) => (day === "2026-11-11" ? 20_000 + excess : 20_000))
    assert.deepStrictEqual(run(flat(100)).flagged, [])
    assert.deepStrictEqual(run(flat(700)).flagged, ["A on 2026-11-11: above_weekdays"])
  })

  it("never flags the two provisional days, nor today", () => {
    const days = { "2026-11-20": 900, "2026-11-19": 900, "2026-11-18": 900, "2026-11-17": 900 }
    const spends = [...series("A", with_(days)), spend("A", "2026-11-20", { usage: 900 })]
    assert.deepStrictEqual(run(spends).flagged, ["A on 2026-11-17: above_weekdays"])
  })

  it("judges the days of its window only", () => {
    const spends = series("A", with_({ "2026-10-22": 900, "2026-10-20": 900 }))
    assert.deepStrictEqual(run(spends).flagged, ["A on 2026-10-22: above_weekdays"])
    assert.deepStrictEqual(run(spends, { days: 20 }).flagged, [])
  })

  it("judges a day alike on every night, whatever comes after it", () => {
    const step = (until: string) => series("A", (day) => (day >= until ? undefined : day >= "2026-11-10" ? 400 : 100))
    const evidenceOf = (spends: ReadonlyArray<Spend>) =>
      run(spends).flags.find(({ resource }) => resource.id === "A on 2026-11-10")?.evidence
    assert.isDefined(evidenceOf(step("2026-11-11")))
    assert.deepStrictEqual(evidenceOf(step("2026-11-18")), evidenceOf(step("2026-11-11")))
  })

  describe("a rise that lasts", () => {
    const from = (start: string, later: (day: string, ago: number) => number) =>
      series("A", (day, ago) => (day < start ? weekly(day, ago) : later(day, ago)), 93)

    it("is one finding, on its first day, for as long as it echoes in the weeks that follow", () => {
      assert.deepStrictEqual(run(from("2026-10-26", (day, ago) => 4 * weekly(day, ago))).flagged, [
        "A on 2026-10-26: above_weekdays"
      ])
      const added = from("2026-10-26", (day, ago) => 90 + weekly(day, ago))
      assert.deepStrictEqual(run(added).flagged, ["A on 2026-10-26: above_weekdays"])
    })

    it("is one finding where only weekdays or only one day of the week have it", () => {
      const weekdays = from("2026-10-26", (day, ago) => (weekly(day, ago) > 50 ? 400 : weekly(day, ago)))
      assert.deepStrictEqual(run(weekdays).flagged, ["A on 2026-10-26: above_weekdays"])
      const mondays = from("2026-10-26", (day, ago) => (new Date(day).getUTCDay() === 1 ? 400 : weekly(day, ago)))
      assert.deepStrictEqual(run(mondays).flagged, ["A on 2026-10-26: above_weekdays"])
    })

    it("is one finding where it started in the middle of a day", () => {
      const noon = from("2026-10-26", (day, ago) => weekly(day, ago) + (day === "2026-10-26" ? 60 : 500))
      assert.deepStrictEqual(run(noon).flagged, ["A on 2026-10-26: above_weekdays"])
    })

    it("is none once its first day has left the window", () => {
      const step = from("2026-10-26", (day, ago) => 4 * weekly(day, ago))
      assert.deepStrictEqual(run(step, { days: 26 }).flagged, ["A on 2026-10-26: above_weekdays"])
      for (const days of [24, 20, 14, 5]) assert.deepStrictEqual(run(step, { days }).flagged, [], `${days} days`)
    })

    it("is found again where spend rises further, or comes back after it was over", () => {
      const twice = from("2026-10-26", (day, ago) => (day < "2026-11-04" ? 4 : 9) * weekly(day, ago))
      assert.deepStrictEqual(run(twice).flagged, ["A on 2026-10-26: above_weekdays", "A on 2026-11-04: above_weekdays"])
      const spikes = series("A", with_({ "2026-11-02": 400, "2026-11-11": 400 }), 93)
      assert.deepStrictEqual(run(spikes).flagged, [
        "A on 2026-11-02: above_weekdays",
        "A on 2026-11-11: above_weekdays"
      ])
    })

    it("is one finding where it grows a little every day", () => {
      const growing = from("2026-10-26", (day, ago) => weekly(day, ago) + 60 * (25 - ago + 1))
      assert.isAtMost(run(growing).flagged.length, 2)
      assert.strictEqual(run(growing).flagged[0], "A on 2026-10-26: above_weekdays")
    })

    it("is one finding for a service that is new", () => {
      const fresh = [...series("B", weekly, 93), ...series("A", (day) => (day >= "2026-10-26" ? 80 : undefined), 93)]
      assert.deepStrictEqual(run(fresh).flagged, ["A on 2026-10-26: new_spend"])
    })
  })

  it("leaves tax, fees and credits out", () => {
    const charges = { usage: 100, tax: 5000, fees: 9000, credits: -700 }
    const spends = series("A", () => 100).map((row) => (row.start === "2026-11-11" ? { ...row, ...charges } : row))
    assert.deepStrictEqual(run(spends).flagged, [])
  })

  it("knows charges that fall on the first of every month", () => {
    const firsts = (october: number | undefined) =>
      series("Route 53", (day) => (day === "2026-11-01" ? 200 : day === "2026-10-01" ? october : 1))
    assert.deepStrictEqual(run(firsts(195)).flagged, [])
    assert.deepStrictEqual(run(firsts(1)).flagged, ["Route 53 on 2026-11-01: above_weekdays"])
  })

  it("calls spend new where the same weekdays before had none", () => {
    const spends = [...series("A", weekly), spend("Amazon Bedrock", "2026-11-10", { usage: 80 })]
    const { flagged, flags } = run(spends)
    assert.deepStrictEqual(flagged, ["Amazon Bedrock on 2026-11-10: new_spend"])
    assert.isNull(flags[0]?.evidence["robustDeviations"])
    assert.strictEqual(flags[0]?.evidence["expectedUsd"], 0)
  })

  it("says unknown while Cost Explorer has too little history, not that all is well or new", () => {
    const young = run(series("A", () => 100, 21))
    const { flagged, unknown } = young
    assert.deepStrictEqual(flagged, [])
    assert.strictEqual(unknown.length, 19)
    assert.strictEqual(unknown[0], "A on 2026-10-30")
    assert.strictEqual(run(series("A", () => 100, 26)).unknown.at(-1), "A on 2026-11-14")
    assert.match(young.whyUnknown[0] ?? "", /^A on 2026-10-30: Cost Explorer has fewer than 3 of the same weekday/)
  })

  it("judges accounts when asked, and says whose anomaly it is", () => {
    const spends = series("222222222222", with_({ "2026-11-11": 900 }))
    const { flags } = run(spends, { groupBy: "LINKED_ACCOUNT" })
    assert.strictEqual(flags[0]?.account, "222222222222")
    assert.strictEqual(flags[0]?.resource.type, "billing:account")
    assert.strictEqual(flags[0]?.resource.arn, "arn:aws:billing::111111111111:account/222222222222/2026-11-11")
    assert.strictEqual(flags[0]?.evidence["accountId"], "222222222222")
  })

  it("is over where its day is reported no more, or has come to less than what is judged", () => {
    const finding = (day: string) =>
      ({ account: "111111111111", resource: { arn: `arn:${day}` }, evidence: { day } }) as unknown as Finding
    const told = run(series("A", weekly))
    assert.deepStrictEqual(
      ["2026-10-20", "2026-10-21", "2026-11-10"].map((day) => told.isOver(finding(day))),
      [known(true), known(true), known(true)]
    )
    // Where Cost Explorer tells of no day at all, only the calendar says so.
    const silent = run([])
    assert.deepStrictEqual(
      ["2026-10-20", "2026-10-21"].map((day) => silent.isOver(finding(day))),
      [known(true), known(false)]
    )
  })

  it("reads nine weeks more than it reports, in one query, and no more than Cost Explorer keeps", () => {
    const reads = scan.reads({ days: 30, groupBy: "SERVICE", metric: "UnblendedCost" })
    assert.deepStrictEqual(
      Object.values(reads).map((read) => ("name" in read ? read.name : "")),
      ["billing.spend(SERVICE, UnblendedCost, 93d)", "billing.estimatedCharges"]
    )
    const longest = scan.reads({ days: 365, groupBy: "SERVICE", metric: "UnblendedCost" })["spend"]
    assert.strictEqual(longest?.name, "billing.spend(SERVICE, UnblendedCost, 407d)")
  })

  it("reports every full day with gross, credits and net, and marks the provisional ones", () => {
    const spends = [
      spend("A", "2026-11-12", { usage: 10 }),
      spend("A", "2026-11-19", { usage: 30.005, tax: 5, credits: -40 }),
      spend("B", "2026-11-19", { usage: 60, fees: 2 }),
      spend("A", "2026-11-20", { usage: 999 })
    ]
    const report = scan.report?.(
      { spend: new Evidence(spends) },
      contextOf(scan, { settings: { days: 3 }, region: "global/payer" })
    )
    assert.deepStrictEqual(report?.rows, [
      {
        day: "2026-11-17",
        usage: 0,
        gross: 0,
        credits: 0,
        net: 0,
        usageWeekBefore: 0,
        largest: null,
        provisional: false
      },
      {
        day: "2026-11-18",
        usage: 0,
        gross: 0,
        credits: 0,
        net: 0,
        usageWeekBefore: 0,
        largest: null,
        provisional: true
      },
      {
        day: "2026-11-19",
        usage: 90.01,
        gross: 97.01,
        credits: -40,
        net: 57.01,
        usageWeekBefore: 10,
        largest: "B",
        provisional: true
      }
    ])
    assert.strictEqual(report?.title, "Spend by day from 2026-11-17 up to 2026-11-20")
    assert.include(report?.notes ?? [], "Days from 2026-11-18 on are provisional: costs arrive for two days.")
  })
})
