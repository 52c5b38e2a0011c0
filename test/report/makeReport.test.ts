import { gunzipSync } from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { catalogue } from "../../audit/catalogue.ts"
import type { Finding, Savings } from "../../core/finding/Finding.ts"
import type { Outcome } from "../../core/run/Outcome.ts"
import { coverageOf, noSummary, noTotals, pricingSums } from "../../core/run/totals.ts"
import { helpFor } from "../../report/help.ts"
import { type Detail, standings } from "../../report/Model.ts"
import { noQuery, select, tableOf } from "../../report/page/table.ts"
import { trendBars } from "../../report/trendBars.ts"
import { aFinding, aHygieneFinding, anOutcome, aReport, counting, setAside } from "../core/store/fixtures.ts"
import { counted, night, reportOf, type Stored, trendPoint } from "./stored.ts"

const detailsIn = (chunks: ReadonlyArray<Uint8Array>): ReadonlyArray<Detail> =>
  chunks.flatMap((chunk) => JSON.parse(gunzipSync(chunk).toString()))

const [other] = ["222222222222"]

/** A volume whose money two scans claim, and everything that is in no sum. */
const estate: ReadonlyArray<Finding> = [
  counted({ monthlyUsd: 50, resourceId: "vol-1", tags: { owner: "web" } }),
  counted({ monthlyUsd: 20.5, resourceId: "vol-2", account: other, region: "us-east-1" }),
  { ...counted({ monthlyUsd: 7, resourceId: "vol-3" }), confirmed: false },
  aFinding({ monthlyUsd: 60, resourceId: "vol-1", scan: "get_cost_optimization_ebs_volumes", category: "cost" }),
  {
    ...aFinding({ monthlyUsd: 400, resourceId: "plan", category: "cost" }),
    savings: { ...aFinding({ monthlyUsd: 400 }).savings, claim: "commitment" }
  },
  aHygieneFinding({ resourceId: "vol-5", scan: "find_unencrypted_ebs_volumes", reasons: ["unencrypted"] }),
  aHygieneFinding({ resourceId: "vol-6", kind: "notice", severity: "high" }),
  setAside(counted({ monthlyUsd: 90, resourceId: "vol-7" }), "snoozed")
]

describe("the content of a report", () => {
  it.effect("sums up each dollar once, apart by what is known of it", () =>
    Effect.gen(function* () {
      const { summary } = yield* reportOf({ findings: estate })
      assert.deepStrictEqual(summary.standings, {
        // The claim that overlaps is a finding, and its money is in no sum: as the command line counts.
        confirmed: { findings: 3, monthlyUsd: 70.5 },
        unconfirmed: { findings: 1, monthlyUsd: 7 },
        commitment: { findings: 1, monthlyUsd: 400 },
        hygiene: { findings: 1, monthlyUsd: 0 },
        notice: { findings: 1, monthlyUsd: 0 },
        aside: { findings: 1, monthlyUsd: 90 }
      })
      assert.deepStrictEqual(summary.overlapping, { findings: 1, monthlyUsd: 60 })
      assert.deepStrictEqual(summary.basis, { exact: 70.5, estimate: 0, upper_bound: 0, none: 0 })
      assert.strictEqual(summary.findings, estate.length)
    })
  )

  it.effect("breaks waste down by every facet, each of which comes to the same", () =>
    Effect.gen(function* () {
      const { summary } = yield* reportOf({ findings: estate })
      for (const rows of Object.values(summary.by)) {
        assert.strictEqual(
          rows.reduce((sum, { confirmed }) => sum + confirmed, 0),
          7050
        )
        assert.strictEqual(
          rows.reduce((sum, { findings }) => sum + findings, 0),
          4
        )
      }
      assert.deepStrictEqual(
        summary.by.owner.map(({ confirmed, value }) => [value, confirmed]),
        [
          ["web", 5000],
          ["", 2050]
        ]
      )
      assert.deepStrictEqual(
        summary.first.map(({ cents }) => cents),
        [5000, 2050, 700]
      )
    })
  )

  it.effect("names for a claim in no sum the one that counts its money", () =>
    Effect.gen(function* () {
      const { rows } = yield* reportOf({ findings: estate })
      const [[overlapping, counting] = []] = rows.overlaps
      assert.deepStrictEqual(
        [rows.cents[overlapping ?? -1], rows.cents[counting ?? -1], rows.resource[counting ?? -1]],
        [6000, 5000, "vol-1"]
      )
      assert.deepStrictEqual(
        rows.standing.map((place) => standings[place]),
        ["commitment", "aside", "confirmed", "confirmed", "confirmed", "unconfirmed", "notice", "hygiene"]
      )
    })
  )

  it.effect("counts what is set aside once for each resource, and the table says the same", () =>
    Effect.gen(function* () {
      const hub = { scan: "get_cost_optimization_ebs_volumes", category: "cost" } as const
      const { rows, summary } = yield* reportOf({
        findings: [
          setAside(aFinding({ monthlyUsd: 90, resourceId: "vol-1", ...hub }), "snoozed"),
          setAside(counted({ monthlyUsd: 90, resourceId: "vol-1" }), "snoozed"),
          setAside(counted({ monthlyUsd: 40, resourceId: "vol-2" }), "suppressed"),
          // An open claim on what is set aside counts like any other.
          counted({ monthlyUsd: 30, resourceId: "vol-2", ...hub }),
          setAside(aHygieneFinding({ resourceId: "vol-3" }), "suppressed")
        ]
      })
      assert.deepStrictEqual(summary.standings.aside, { findings: 4, monthlyUsd: 130 })
      assert.deepStrictEqual(summary.standings.confirmed, { findings: 1, monthlyUsd: 30 })
      assert.deepStrictEqual(summary.overlapping, { findings: 0, monthlyUsd: 0 })
      const table = tableOf(rows, (_, value) => value)
      const { sums } = select(table, { ...noQuery, show: "aside" })
      assert.deepStrictEqual([sums.findings, sums.aside], [4, 13_000])
    })
  )

  it.effect(
    "says at what prices its own sums are, whatever the night's were, and lists first what saves something",
    () =>
      Effect.gen(function* () {
        const priced = (resourceId: string, savings: Partial<Savings>) => {
          const finding = counting(aFinding({ resourceId }))
          return { ...finding, savings: { ...finding.savings, ...savings } }
        }
        const { summary } = yield* reportOf({
          runs: [night({ summary: { ...noSummary, totals: { ...noTotals, pricing: pricingSums().answer() } } })],
          findings: [
            priced("vol-1", { monthlyUsd: 30, price: "net" }),
            priced("vol-2", { monthlyUsd: 0, coverage: { listMonthlyUsd: 12, coveredPercent: 100, why: "" } }),
            priced("vol-3", { monthlyUsd: 5, price: "net", counted: false }),
            setAside(priced("vol-4", { monthlyUsd: 400, price: "net" }), "snoozed")
          ]
        })
        assert.strictEqual(
          summary.pricing,
          "At list prices, less $12.00 a month in 1 finding that reservations and Savings Plans go on paying for; " +
            "$30.00 a month in 1 finding is net of all discounts."
        )
        assert.deepStrictEqual(
          summary.first.map(({ cents }) => cents),
          [3000]
        )
      })
  )

  it.effect("calls overlapping only what another finding counts, and what nobody has settled yet by its name", () =>
    Effect.gen(function* () {
      const running = night({ status: "running", summary: null })
      const found = [
        counted({ monthlyUsd: 50, resourceId: "vol-1" }),
        aFinding({ monthlyUsd: 60, resourceId: "vol-1", scan: "get_cost_optimization_ebs_volumes", category: "cost" }),
        // Found this night: two claims on one resource, and one alone.
        aFinding({ monthlyUsd: 30, resourceId: "vol-2" }),
        aFinding({ monthlyUsd: 20, resourceId: "vol-2", scan: "get_cost_optimization_ebs_volumes", category: "cost" }),
        { ...aFinding({ monthlyUsd: 7, resourceId: "vol-3" }), confirmed: false },
        aFinding({ monthlyUsd: 0, resourceId: "vol-4" })
      ]
      const { rows, summary } = yield* reportOf({ runs: [running], findings: found })
      assert.deepStrictEqual(summary.overlapping, { findings: 1, monthlyUsd: 60 })
      assert.deepStrictEqual(summary.unsettled, { findings: 3, monthlyUsd: 57 })
      assert.strictEqual(summary.standings.confirmed.monthlyUsd, 50)
      assert.deepStrictEqual(
        rows.cents.map((cents, index) => [cents, rows.counts[index]]),
        [
          [6000, 0],
          [5000, 1],
          [3000, 2],
          [2000, 2],
          [700, 2],
          [0, 0]
        ]
      )
      assert.match(summary.warning ?? "", /what it has found since an account was summed up last is not in the sums\.$/)
      // What is left out of the rows is settled or not like the others.
      const { rows: few, summary: same } = yield* reportOf(
        { runs: [running], findings: found },
        { rows: 1, details: 1 }
      )
      assert.deepStrictEqual([same.overlapping, same.unsettled], [summary.overlapping, summary.unsettled])
      assert.deepStrictEqual([few.counts, few.overlaps], [[0], []])
    })
  )

  it.effect("takes for the bill one month of every payer, and nothing else", () =>
    Effect.gen(function* () {
      const [one, two] = ["111111111111", "222222222222"]
      const billed = (account: string, net: number, months = "from 2026-10-01 up to 2026-11-01") =>
        aReport({
          account,
          report: {
            title: `Cost by service ${months}`,
            columns: [
              { key: "service", title: "Service", kind: "text" },
              { key: "net", title: "Net", kind: "usd" }
            ],
            rows: [{ service: "Total", net }],
            notes: []
          }
        })
      const run = night()
      const scans = [{ name: "get_cost_by_service", settings: {} }]
      const billOf = (payers: ReadonlyArray<string>, ...reports: NonNullable<Stored["reports"]>) =>
        Effect.map(
          reportOf({ runs: [{ ...run, plan: { ...run.plan, payers, scans } }], reports }),
          ({ summary }) => summary.bill
        )
      assert.deepStrictEqual(yield* billOf([one], billed(one, 1000)), { month: "2026-10", usd: 1000 })
      assert.deepStrictEqual(yield* billOf([one, two], billed(one, 1000), billed(two, 234.5)), {
        month: "2026-10",
        usd: 1234.5
      })
      assert.isNull(yield* billOf([one, two], billed(one, 1000)))
      assert.isNull(yield* billOf([one], billed(one, 3000, "from 2026-08-01 up to 2026-11-01")))
      assert.isNull(yield* billOf([one, two], billed(one, 1000), billed(two, 1000, "from 2026-09-01 up to 2026-10-01")))
    })
  )

  it.effect("explains each finding by its terms, with the source and the day of each price", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.parse("2026-11-26T00:00:00Z"))
      const { chunks, rows } = yield* reportOf({ findings: estate })
      const details = detailsIn(chunks)
      assert.strictEqual(details.length, rows.n)
      const detail = details[rows.cents.indexOf(5000)]
      assert.deepStrictEqual(detail?.terms, [
        {
          label: "gp3 storage",
          quantity: 100,
          unit: "GB",
          usd: 0.5,
          per: "GB-month",
          monthlyUsd: 50,
          source: "price list, 2026-11-01, verified, eu-west-1",
          caveat: ""
        }
      ])
      assert.deepStrictEqual(detail?.evidence, {
        sizeGiB: 100,
        createdAt: "2026-01-01T00:00:00.000Z",
        encrypted: false,
        snapshot: null
      })
    })
  )

  it.effect("leaves out the smallest where a page would be too large, and not their money", () =>
    Effect.gen(function* () {
      const { chunks, rows, summary } = yield* reportOf({ findings: estate }, { rows: 4, details: 2 })
      assert.deepStrictEqual([rows.n, detailsIn(chunks).length], [4, 2])
      assert.deepStrictEqual(summary.leftOut, { rows: 4, details: 2 })
      assert.strictEqual(summary.standings.confirmed.monthlyUsd, 70.5)
    })
  )

  it.effect("bounds what strangers wrote, and makes it well formed", () =>
    Effect.gen(function* () {
      const finding = counted({ resourceId: "vol-1", tags: { ["k".repeat(500)]: "\u202egnp\u0000", owner: "x\ud800" } })
      const { chunks, rows } = yield* reportOf({
        findings: [{ ...finding, resource: { ...finding.resource, name: "n".repeat(5000) } }]
      })
      assert.isAtMost(rows.name[0]?.length ?? 0, 120)
      const tags = detailsIn(chunks)[0]?.tags ?? {}
      assert.deepStrictEqual(
        Object.keys(tags).map((key) => key.length),
        [128, 5]
      )
      assert.strictEqual(Object.values(tags)[0], "gnp")
      assert.isTrue(rows.values.owner.every((owner) => owner.isWellFormed()))
    })
  )

  it.effect("warns of a night that failed, was cut off or is not at its end", () =>
    Effect.gen(function* () {
      const later = (status: "failed" | "interrupted" | "running") =>
        night({ id: "20261121T020000Z-ffffff", startedAt: "2026-11-21T02:00:00.000Z", status, summary: null })
      const warning = (runs: NonNullable<Stored["runs"]>) =>
        Effect.map(reportOf({ runs }), ({ summary }) => summary.warning)
      assert.isNull(yield* warning([night()]))
      assert.match(
        (yield* warning([night(), later("failed")])) ?? "",
        /of 2026-11-21 02:00 UTC failed\..*of 2026-11-20/
      )
      assert.match((yield* warning([night(), later("interrupted")])) ?? "", /was cut off/)
      assert.match((yield* warning([later("running")])) ?? "", /has not come to its end: what it has not come to is/)
      assert.match((yield* warning([])) ?? "", /No night/)
      // A live scan that fails says nothing of the night.
      const live = later("failed")
      assert.isNull(yield* warning([night(), { ...live, plan: { ...live.plan, full: false } }]))
    })
  )

  it.effect("names what was denied, in one place once, and counts what applies as the headline does", () =>
    Effect.gen(function* () {
      const denied = (scan: string, operation: string): Outcome =>
        anOutcome({
          scan,
          status: "unavailable",
          reason: { code: "denied_by_iam", message: `${operation}: denied by IAM`, operations: [operation] }
        })
      const coverage = coverageOf([
        anOutcome({ scan: "find_unused_volumes" }),
        anOutcome({ scan: "find_unused_amis", status: "not_applicable" }),
        anOutcome({ scan: "find_unused_network_interfaces", status: "not_applicable" }),
        denied("find_unused_snapshots", "ec2:DescribeSnapshots"),
        denied("find_unused_elastic_ips", "ec2:DescribeAddresses")
      ])
      const account = "111111111111"
      const run = night({ summary: { ...noSummary, coverage } })
      const { summary } = yield* reportOf({
        runs: [{ ...run, plan: { ...run.plan, accounts: [{ id: account, name: "production" }], payers: [] } }],
        summaries: [{ runId: run.id, account, summary: { ...noSummary, coverage } }]
      })
      assert.deepStrictEqual(
        summary.coverage.gaps.map(({ message, operations, outcomes, scans }) => [message, operations, outcomes, scans]),
        [["denied by IAM", ["ec2:DescribeAddresses", "ec2:DescribeSnapshots"], 2, 2]]
      )
      const sums = [0, 0, 0]
      for (const { cells } of summary.coverage.matrix)
        for (const cell of Object.values(cells))
          cell.forEach((part, index) => (sums[index] = (sums[index] ?? 0) + part))
      assert.deepStrictEqual(sums, [coverage.complete, coverage.partial, coverage.unavailable])
      // What applies nowhere is a cell all the same: it was asked.
      assert.deepStrictEqual(Object.values(summary.coverage.matrix[0]?.cells ?? {}).at(-1), [0, 0, 0])
    })
  )

  it.effect("makes one table of those that a scan made in many places, and keeps days apart", () =>
    Effect.gen(function* () {
      const columns = [{ key: "of", title: "Of", kind: "text" as const }]
      const tags = (account: string, region: string, rows: number) =>
        aReport({
          scan: "analyze_tag_compliance",
          account,
          region,
          report: {
            title: "Resources that have every tag",
            columns,
            rows: Array.from({ length: rows }, (_, index) => ({ of: `${region} ${index}` })),
            notes: region === "us-east-1" ? ["The target is 80 %.", "It is not shown."] : ["The target is 80 %."]
          }
        })
      const days = (account: string) =>
        aReport({
          scan: "get_daily_cost_trend",
          account,
          report: {
            title: "Spend by day",
            columns: [
              { key: "day", title: "Day", kind: "day" },
              { key: "usage", title: "Usage", kind: "usd" }
            ],
            rows: [{ day: "2026-11-19", usage: 1 }],
            notes: []
          }
        })
      const run = night()
      const { summary } = yield* reportOf({
        runs: [
          {
            ...run,
            plan: {
              ...run.plan,
              accounts: [{ id: other ?? "", name: "staging" }],
              scans: ["analyze_tag_compliance", "get_daily_cost_trend"].map((name) => ({ name, settings: {} }))
            }
          }
        ],
        reports: [
          tags("111111111111", "eu-west-1", 3),
          tags(other ?? "", "us-east-1", 100),
          tags(other ?? "", "eu-west-1", 1),
          ...Array.from({ length: 8 }, (_, index) => days(String(333333333330 + index)))
        ]
      })
      const [table, ...charts] = summary.reports.toSorted((a, b) => (a.scan < b.scan ? -1 : 1))
      assert.deepStrictEqual(
        table?.columns.map(({ title }) => title),
        ["Account", "Region", "Of"]
      )
      // First what each table begins with.
      assert.deepStrictEqual(
        table?.rows.slice(0, 4).map((row) => [row["inAccount"], row["inRegion"], row["of"]]),
        [
          ["111111111111", "eu-west-1", "eu-west-1 0"],
          ["staging", "eu-west-1", "eu-west-1 0"],
          ["staging", "us-east-1", "us-east-1 0"],
          ["111111111111", "eu-west-1", "eu-west-1 1"]
        ]
      )
      assert.deepStrictEqual([table?.account, table?.rows.length, table?.moreRows], [null, 60, 44])
      assert.deepStrictEqual(table?.notes, ["The target is 80 %.", "In 1 of 3 places: It is not shown."])
      assert.deepStrictEqual([new Set(charts.map(({ account }) => account)).size, summary.moreReports], [6, 2])
    })
  )

  it.effect("is whole without a run, a bill or a finding", () =>
    Effect.gen(function* () {
      const { chunks, rows, summary } = yield* reportOf({ runs: [] })
      assert.deepStrictEqual([chunks.length, rows.n, summary.bill, summary.findings], [0, 0, null, 0])
      assert.isTrue(summary.isFirstNight)
    })
  )
})

describe("the trend", () => {
  const at = new Date("2026-11-20T02:00:00Z")

  it("has thirteen months, the last night of each, and nothing where no run was", () => {
    const bars = trendBars([trendPoint("2026-08-01", 1), trendPoint("2026-08-30", 2), trendPoint("2026-11-20", 3)], at)
    assert.strictEqual(bars.length, 13)
    assert.deepStrictEqual(
      [bars[0]?.label, bars.at(-1)?.label, bars.find(({ label }) => label === "2026-08")?.confirmed],
      ["2025-11", "2026-11", 2]
    )
    assert.isNull(bars.find(({ label }) => label === "2026-09")?.confirmed)
  })

  it("has the days of a single month, and nothing where no run was", () => {
    const points = ["2026-11-01", "2026-11-02", "2026-11-18", "2026-11-20"].map(trendPoint)
    const bars = trendBars(points, at)
    assert.deepStrictEqual(
      bars.map(({ label }) => label),
      Array.from({ length: 20 }, (_, index) => `2026-11-${String(index + 1).padStart(2, "0")}`)
    )
    const seen = bars.flatMap(({ confirmed, label }) => (confirmed === null ? [] : [[label.slice(8), confirmed]]))
    assert.deepStrictEqual(seen, [
      ["01", 0],
      ["02", 1],
      ["18", 2],
      ["20", 3]
    ])
    assert.deepStrictEqual(trendBars([], at), [])
  })
})

describe("texts", () => {
  it("of help say something for every gap", () => {
    for (const text of Object.values(helpFor)) assert.match(text, /^[A-Z].*\.$/)
  })

  it("of scans link to the documentation of AWS alone", () => {
    for (const { docs } of catalogue) assert.match(docs, /^https:\/\/docs\.aws\.amazon\.com\//)
  })
})
