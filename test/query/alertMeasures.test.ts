import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { AlertRule, Measure } from "../../core/config/alerts.ts"
import { accountBillName, type AccountSpend } from "../../core/run/accountBill.ts"
import { chargesName, type EstimatedCharge } from "../../core/run/estimatedCharges.ts"
import type { StoredReport } from "../../core/run/Report.ts"
import type { Run } from "../../core/run/Run.ts"
import { claimantOf } from "../../core/finding/claims.ts"
import { noCoverage, noSummary, organisationRollup, rollupOf } from "../../core/run/totals.ts"
import { readingKey } from "../../core/run/storedReading.ts"
import { payerRegion } from "../../core/Scope.ts"
import { layerMemory } from "../../core/store/sqlite/sqlite.ts"
import { Store } from "../../core/store/Store.ts"
import { daysBefore, isoDay } from "../../core/time.ts"
import { measure as measureIn, wasteFilters, spendOf } from "../../query/alertMeasures.ts"
import { nightChanges } from "../../query/nightChanges.ts"
import { account, aFinding, aReport, aRun } from "../core/store/fixtures.ts"

const measure = (rule: AlertRule, run: Run) => measureIn(rule, run, {}, nightChanges(run, wasteFilters([rule])))

const ruleOf = (measure: Measure, more: Partial<AlertRule> = {}): AlertRule => ({
  name: "rule",
  measure,
  above: 1,
  severity: "high",
  quietHours: 20,
  hysteresisPercent: 5,
  ...more
})

/** So many days of usage up to yesterday, oldest first, with a monthly fee of 100 on the first. */
const daysUpTo = (today: string, usage: ReadonlyArray<number>) => {
  const days = usage.map((amount, index) => {
    const day = isoDay(daysBefore(new Date(`${today}T00:00:00Z`), usage.length - index))
    return { day, usage: amount, gross: amount + (day.endsWith("-01") ? 100 : 0) }
  })
  return { from: days[0]?.day ?? "~", to: today, by: new Map(days.map(({ day, ...amounts }) => [day, amounts])) }
}

describe("spend", () => {
  const flat = (days: number) => Array.from({ length: days }, () => 10)
  const cases: ReadonlyArray<
    readonly [Measure, today: string, usage: ReadonlyArray<number>, value: number | null, why: string]
  > = [
    ["month_to_date_spend", "2026-11-20", flat(30), 290, "19 days up to 2026-11-19"],
    ["month_to_date_spend", "2026-12-01", flat(30), null, "no day of the month is over yet"],
    ["month_to_date_spend", "2026-12-02", flat(30), 110, "1 day up to 2026-12-01"],
    [
      "month_to_date_spend",
      "2026-11-20",
      flat(5),
      null,
      "the bill is known from 2026-11-15 on, and not from 2026-11-01"
    ],
    // 17 settled days and the fee, and 13 days at ten dollars.
    ["forecast_spend", "2026-11-20", flat(30), 400, "$270.00 to date, and 13 days at a seventh of the week's $70.00"],
    ["forecast_spend", "2026-12-01", flat(30), 310, "$0.00 to date, and 31 days at a seventh of the week's $70.00"],
    // 270.05 and 13 * 70.02 / 7, as the line says.
    [
      "forecast_spend",
      "2026-11-20",
      [...flat(13), ...Array.from({ length: 17 }, () => 10.0034)],
      400.09,
      "$270.05 to date, and 13 days at a seventh of the week's $70.02"
    ],
    // The last two days are still coming in: they make neither a fall nor a rise.
    ["day_over_day_spend", "2026-11-20", [10, 10, 35, 900, 900], 25, "usage of $35.00 on 2026-11-17 after $10.00"],
    [
      "day_over_day_spend",
      "2026-11-20",
      [10, 10, 10],
      null,
      "the bill is known from 2026-11-17 on, and not from 2026-11-16"
    ]
  ]
  for (const [of, today, usage, value, why] of cases) {
    it(`${of} on ${today}: ${value === null ? "not known" : value}`, () => {
      const measured = spendOf(ruleOf(of), daysUpTo(today, usage), new Date(`${today}T02:00:00Z`))
      assert.deepStrictEqual([measured.value, measured.why], [value, why])
    })
  }
})

const trend = (overrides: Partial<StoredReport> = {}, kind: "usd" | "count" = "usd"): StoredReport =>
  aReport({
    scan: "get_daily_cost_trend",
    report: {
      title: "Spend by day",
      columns: [{ key: "gross", title: "Gross", kind }],
      rows: Array.from({ length: 30 }, (_, index) => ({
        day: isoDay(daysBefore(new Date("2026-11-20T00:00:00Z"), 30 - index)),
        usage: 10,
        gross: 10
      })),
      notes: [],
      spend: {
        by: "service",
        days: Array.from({ length: 19 }, (_, index) => ({
          key: index % 2 === 0 ? "Amazon RDS" : "AWS Lambda",
          day: `2026-11-${String(index + 1).padStart(2, "0")}`,
          usage: 4,
          gross: 5
        }))
      }
    },
    ...overrides
  })

describe("a rule on spend", () => {
  const rdsRule = ruleOf("month_to_date_spend", { service: "Amazon RDS" })
  const cases: ReadonlyArray<readonly [string, AlertRule, ReadonlyArray<StoredReport>, number | null, string]> = [
    ["is about the whole bill", ruleOf("month_to_date_spend"), [trend()], 190, "19 days up to 2026-11-19"],
    ["is about a service in it", rdsRule, [trend()], 50, "19 days up to 2026-11-19"],
    [
      "knows a service by its code as well",
      ruleOf("month_to_date_spend", { service: "AWSLambda" }),
      [trend()],
      45,
      "19 days up to 2026-11-19"
    ],
    [
      "knows that a service which there is has cost nothing",
      ruleOf("month_to_date_spend", { service: "AmazonEC2" }),
      [trend()],
      0,
      "19 days up to 2026-11-19"
    ],
    [
      "takes a service that nobody knows for no zero",
      ruleOf("month_to_date_spend", { service: "Amazon RDB" }),
      [trend()],
      null,
      'the bill has no service "Amazon RDB"; the nearest is "Amazon RDS"'
    ],
    [
      "knows no bill of another night",
      rdsRule,
      [trend({ asOf: "2026-11-18T02:00:00.000Z" })],
      null,
      `the bill of ${account} was not read in this night`
    ],
    ["knows no bill that was not read", rdsRule, [], null, `the bill of ${account} was not read in this night`],
    ["knows no bill in euros", rdsRule, [trend({}, "count")], null, "the bill is not in USD"],
    [
      "knows accounts only where the bill was read by account",
      ruleOf("month_to_date_spend", { account }),
      [trend()],
      null,
      "the bill was not read by account: settings.get_daily_cost_trend.groupBy decides"
    ]
  ]
  for (const [name, rule, reports, value, why] of cases) {
    it.effect(name, () =>
      Effect.gen(function* () {
        const store = yield* Store
        for (const report of reports) yield* store.putReport(report)
        const [measured] = yield* measure(rule, aRun())
        assert.deepStrictEqual([measured?.value, measured?.why], [value, why])
      }).pipe(Effect.provide(layerMemory))
    )
  }
})

describe("spend of what the days of the bill do not tell apart", () => {
  const rds = "Amazon Relational Database Service"
  const spent = (of: Partial<AccountSpend>): AccountSpend => ({
    account,
    service: rds,
    start: "2026-11-01",
    amount: 40.005,
    currency: "USD",
    estimated: true,
    ...of
  })
  const bill = [
    spent({}),
    spent({ start: "2026-10-01", amount: 900 }),
    spent({ service: "AWS Lambda", amount: 2 }),
    spent({ account: "222222222222", amount: 60 }),
    spent({ account: "333333333333", start: "2026-10-01", amount: 70 })
  ]
  const byService = trend()
  const byAccount = trend({
    report: {
      ...byService.report,
      spend: { by: "account", days: [{ key: account, day: "2026-11-01", usage: 4, gross: 5 }] }
    }
  })
  const measured = (rule: AlertRule, report: StoredReport, read: ReadonlyArray<AccountSpend> | undefined) =>
    Effect.gen(function* () {
      const store = yield* Store
      yield* store.putReport(report)
      const run = aRun()
      const key = readingKey(run.id, { account, region: payerRegion }, accountBillName)
      const reading =
        read === undefined
          ? { error: "denied", value: undefined, gaps: [], inherited: [] }
          : { value: read, gaps: [], inherited: [] }
      yield* store.cache(key, reading, new Date("2100-01-01"))
      const [one] = yield* measure(rule, run)
      return [one?.value, one?.why]
    }).pipe(Effect.provide(layerMemory))
  const why = "amortized usage in 2026-11, without fees and tax, of the bill by account and service"
  const decides = "settings.get_daily_cost_trend.groupBy decides"

  it.effect("is what the bill by account and service says of the month to date", () =>
    Effect.gen(function* () {
      const ofAccount = ruleOf("month_to_date_spend", { account })
      assert.deepStrictEqual(yield* measured(ofAccount, byService, bill), [42.01, why])
      // It has cost something last month, and nothing since.
      assert.deepStrictEqual(yield* measured({ ...ofAccount, account: "333333333333" }, byService, bill), [0, why])
      for (const service of [rds, "AmazonRDS"]) {
        const rule = ruleOf("month_to_date_spend", { service })
        assert.deepStrictEqual(yield* measured(rule, byAccount, bill), [100.01, why])
      }
      // Where the days tell it, they do.
      const [value, of] = yield* measured(ofAccount, byAccount, bill)
      assert.deepStrictEqual([value, of], [5, "19 days up to 2026-11-19"])
    })
  )

  it.effect("is not known by days, of whom no bill has, in another currency, and before the month is on the bill", () =>
    Effect.gen(function* () {
      const ofAccount = ruleOf("month_to_date_spend", { account })
      const unread = [null, `the bill was not read by account: ${decides}`]
      assert.deepStrictEqual(yield* measured(ofAccount, byService, undefined), unread)
      assert.deepStrictEqual(yield* measured({ ...ofAccount, measure: "forecast_spend" }, byService, bill), unread)
      assert.deepStrictEqual(yield* measured({ ...ofAccount, account: "444444444444" }, byService, bill), unread)
      const [own, ...others] = bill
      assert.isDefined(own)
      assert.deepStrictEqual(yield* measured(ofAccount, byService, [{ ...own, currency: "CNY" }, ...others]), unread)
      const lastMonth = bill.filter(({ start }) => start === "2026-10-01")
      assert.deepStrictEqual(yield* measured(ofAccount, byService, lastMonth), unread)
      assert.deepStrictEqual(
        yield* measured(ruleOf("month_to_date_spend", { service: "AmazonRDX" }), byAccount, bill),
        [null, `the bill was read by account: ${decides}`]
      )
    })
  )
})

describe("spend where Cost Explorer is off", () => {
  const run = aRun()
  const unread = `the bill of ${account} was not read in this night`
  const charge = (usd: number, day: string, of: Partial<EstimatedCharge> = {}): EstimatedCharge => ({
    account: null,
    service: null,
    day,
    usd,
    ...of
  })
  /** What a rule measures when the night has read these charges; undefined where that failed. */
  const measured = (rule: AlertRule, charges: ReadonlyArray<EstimatedCharge> | undefined, at = run.startedAt) =>
    Effect.gen(function* () {
      const store = yield* Store
      const key = readingKey(run.id, { account, region: payerRegion }, chargesName)
      const failed = { error: "denied", value: undefined, gaps: [], inherited: [] }
      yield* store.cache(
        key,
        charges === undefined ? failed : { value: charges, gaps: [], inherited: [] },
        new Date("2100-01-01")
      )
      const [one] = yield* measure(rule, { ...run, startedAt: at })
      return [one?.value, one?.why]
    }).pipe(Effect.provide(layerMemory))
  const toDate = ruleOf("month_to_date_spend")
  const preference =
    'and AWS/Billing has no value of this month: choose "Receive CloudWatch billing alerts" in the billing preferences of the payer'

  it.effect("is AWS's estimate of the month to date, and says so", () =>
    Effect.gen(function* () {
      const charges = [
        charge(1234.567, "2026-11-20"),
        charge(200, "2026-11-19", { account: "222222222222" }),
        charge(300, "2026-11-20", { service: "AmazonEC2" })
      ]
      const why = (day: string) =>
        `AWS's estimate in AWS/Billing as of ${day}, which it updates several times a day; ${unread}`
      assert.deepStrictEqual(yield* measured(toDate, charges), [1234.57, why("2026-11-20")])
      assert.deepStrictEqual(yield* measured({ ...toDate, account: "222222222222" }, charges), [200, why("2026-11-19")])
      assert.deepStrictEqual(yield* measured({ ...toDate, service: "AmazonEC2" }, charges), [300, why("2026-11-20")])
      assert.deepStrictEqual(
        yield* measured({ ...toDate, service: "Amazon Elastic Compute Cloud - Compute" }, charges),
        [null, `${unread}, and AWS/Billing tells it only with other services, as AmazonEC2`]
      )
      const rds = [charge(40, "2026-11-20", { service: "AmazonRDS" })]
      const names = ["AmazonRDS", "Amazon Relational Database Service"]
      for (const service of names) assert.strictEqual((yield* measured({ ...toDate, service }, rds))[0], 40)
      assert.deepStrictEqual(yield* measured({ ...toDate, service: "AmazonRDX" }, rds), [
        null,
        `${unread}, and AWS/Billing has no service "AmazonRDX"; the nearest is "AmazonRDS"`
      ])
    })
  )

  it.effect(
    "is not known without a value of this month, on the first, for other measures, and where it was not read",
    () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* measured(toDate, []), [null, `${unread}, ${preference}`])
        assert.deepStrictEqual(yield* measured(toDate, [charge(9, "2026-11-17")]), [null, `${unread}, ${preference}`])
        // The first day of a month begins with what the month before came to.
        const second = "2026-12-02T02:00:00.000Z"
        assert.strictEqual((yield* measured(toDate, [charge(9999, "2026-12-01")], second))[0], null)
        assert.strictEqual((yield* measured(toDate, [charge(9, "2026-12-02")], second))[0], 9)
        assert.deepStrictEqual(yield* measured(ruleOf("forecast_spend"), [charge(9, "2026-11-20")]), [null, unread])
        assert.deepStrictEqual(yield* measured(toDate, undefined), [null, unread])
      })
  )
})

describe("spend where the bill was read the night before, and not in this one", () => {
  const night = (startedAt: string, charge: EstimatedCharge | undefined, of: Measure = "month_to_date_spend") =>
    Effect.gen(function* () {
      const store = yield* Store
      const run = aRun({ startedAt })
      const before = daysBefore(new Date(startedAt), 1)
      const rows = Array.from({ length: 30 }, (_, index) => ({
        day: isoDay(daysBefore(before, 30 - index)),
        usage: 1000,
        gross: 1000
      }))
      const { report } = trend()
      yield* store.putReport(trend({ asOf: before.toISOString(), runId: "before", report: { ...report, rows } }))
      yield* store.cache(
        readingKey(run.id, { account, region: payerRegion }, chargesName),
        { value: charge === undefined ? [] : [charge], gaps: [], inherited: [] },
        new Date("2100-01-01")
      )
      const [one] = yield* measure(ruleOf(of), run)
      return [one?.value, one?.why]
    }).pipe(Effect.provide(layerMemory))
  const charge = (day: string): EstimatedCharge => ({ account: null, service: null, day, usd: 99_999 })
  const unread = `the bill of ${account} was not read in this night`

  it.effect("is AWS's estimate where it is newer, and otherwise not known", () =>
    Effect.gen(function* () {
      const [value, why] = yield* night("2026-11-21T02:00:00.000Z", charge("2026-11-21"))
      assert.strictEqual(value, 99_999)
      assert.include(String(why), "AWS's estimate in AWS/Billing as of 2026-11-21")
      assert.deepStrictEqual(yield* night("2026-11-21T02:00:00.000Z", charge("2026-11-19")), [
        null,
        `${unread}, and AWS/Billing has nothing after 2026-11-19, which an earlier night knew more of`
      ])
      assert.strictEqual((yield* night("2026-11-21T02:00:00.000Z", undefined))[0], null)
      assert.deepStrictEqual(yield* night("2026-11-21T02:00:00.000Z", charge("2026-11-21"), "day_over_day_spend"), [
        null,
        unread
      ])
    })
  )

  it.effect("is no zero on the second day of a month", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* night("2026-12-02T02:00:00.000Z", undefined))[0], null)
      assert.strictEqual((yield* night("2026-12-02T02:00:00.000Z", charge("2026-12-02")))[0], 99_999)
    })
  )

  it("is not known up to a day that nobody read", () => {
    const measured = spendOf(
      ruleOf("month_to_date_spend"),
      daysUpTo(
        "2026-11-20",
        [...Array(30)].map(() => 10)
      ),
      new Date("2026-11-21T02:00:00Z")
    )
    assert.deepStrictEqual(
      [measured.value, measured.why],
      [null, "the bill is known up to 2026-11-19, and not up to 2026-11-20"]
    )
  })
})

describe("a rule on findings", () => {
  /** Open findings of one account that count, of these savings. */
  const settled = Effect.fnUntraced(function* (amounts: ReadonlyArray<number>) {
    const store = yield* Store
    const findings = amounts.map((monthlyUsd, index) => {
      const finding = aFinding({ resourceId: `vol-${index}`, monthlyUsd })
      const savings = finding.savings === null ? null : { ...finding.savings, counted: true }
      return { ...finding, savings, resource: { ...finding.resource, owner: "payments" } }
    })
    yield* store.writeTransitions(findings.map((finding) => ({ finding, events: [] })))
    const time = { runId: aRun().id, asOf: aRun().startedAt }
    const rollup = rollupOf(account, time, findings.map(claimantOf), new Set(findings.map(({ id }) => id)))
    yield* store.putRollups([rollup, organisationRollup(time, [rollup])])
  })

  it.effect("judges every finding beyond its threshold, whatever their number", () =>
    Effect.gen(function* () {
      yield* settled(Array.from({ length: 1300 }, (_, index) => 500 + index))
      const measured = yield* measure(ruleOf("single_finding", { above: 500 }), aRun())
      assert.strictEqual(measured.filter(({ value }) => (value ?? 0) > 500).length, 1299)
      assert.isFalse(measured.some(({ value }) => value === null))
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("says that there is no such account, region, service or owner, and what may have been meant", () =>
    Effect.gen(function* () {
      yield* settled([40])
      const told = (of: Measure, place: Partial<AlertRule>) =>
        Effect.map(measure(ruleOf(of, place), aRun()), ([one]) => [one?.value, one?.why])
      assert.deepStrictEqual(yield* told("open_waste", { account: "999999999999" }), [
        null,
        "account 999999999999 is not part of the audit"
      ])
      for (const plan of [{ regions: ["eu-west-1"] }, { excludeRegions: ["us-east-1"] }]) {
        const run = aRun({ plan: { ...aRun().plan, ...plan } })
        const values = yield* Effect.forEach(["us-east-1", "eu-west-1", "global"], (region) =>
          Effect.map(measure(ruleOf("open_waste", { region }), run), ([one]) => one?.value ?? one?.why)
        )
        assert.deepStrictEqual(values, ["region us-east-1 is not part of the audit", 40, 0])
      }
      assert.deepStrictEqual(yield* told("open_waste", { service: "AmazonRDX" }), [
        null,
        'no finding is about a service "AmazonRDX"; the nearest is "AmazonRDS"'
      ])
      assert.deepStrictEqual(yield* told("single_finding", { owner: "payment" }), [
        null,
        'no finding was ever of an owner "payment"; the nearest is "payments"'
      ])
      assert.strictEqual((yield* told("open_waste", { owner: "payments" }))[0], 40)
      assert.strictEqual((yield* told("open_waste", { service: "AmazonEC2" }))[0], 40)
      assert.strictEqual((yield* told("open_waste", { service: "AmazonRDS" }))[0], 0)
    }).pipe(Effect.provide(layerMemory))
  )
})

describe("other rules", () => {
  it.effect("measure coverage, the cost of the night, and nothing on the first night", () =>
    Effect.gen(function* () {
      const coverage = { ...noCoverage, expected: 10, complete: 6, partial: 1, unavailable: 1, notApplicable: 2 }
      const run = aRun({
        summary: { ...noSummary, coverage, cost: { ...noSummary.cost, usd: 0.25, totalCalls: 100, paidCalls: 3 } }
      })
      const all = yield* Effect.forEach(["coverage", "run_cost", "new_waste", "open_waste"] as const, (of) =>
        Effect.map(measure(ruleOf(of), run), ([measured]) => [measured?.value, measured?.why])
      )
      assert.deepStrictEqual(all, [
        [75, "6 of 8 outcomes are complete"],
        [0.25, "100 calls, 3 of them paid"],
        [null, "the first night has nothing to compare with"],
        [null, "no night has summed it up yet"]
      ])
    }).pipe(Effect.provide(layerMemory))
  )
})
