import { assert, describe, it } from "@effect/vitest"
import { accountBill, type Spend } from "../../../datasets/billing/billing.ts"
import { Evidence } from "../../../datasets/engine/Evidence.ts"
import { catalogueEntry, scanReads } from "../../../audit/catalogueEntry.ts"
import scan from "../../../scans/cost/get_cost_by_service.ts"
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

const september = "2026-09-01"
const october = "2026-10-01"

const report = (spends: ReadonlyArray<Spend>, settings: Record<string, string | number | boolean> = {}) => {
  const made = scan.report?.({ spend: new Evidence(spends) }, contextOf(scan, { settings, region: "global/payer" }))
  assert.isDefined(made)
  return made as NonNullable<typeof made>
}

const row = (made: ReturnType<typeof report>, service: string): any =>
  made.rows.find((row) => row["service"] === service)

describe("get_cost_by_service", () => {
  it("says gross, credits and net, so that credits do not hide what was used", () => {
    const made = report([spend("Amazon EC2", october, { usage: 900.004, fees: 50, tax: 50, credits: -1000.004 })])
    assert.deepStrictEqual(row(made, "Amazon EC2"), {
      service: "Amazon EC2",
      usage: 900,
      fees: 50,
      tax: 50,
      gross: 1000,
      credits: -1000,
      net: 0,
      previousGross: 0,
      change: 1000,
      changePct: null,
      grew: true
    })
    assert.isFalse(Object.is(row(made, "Amazon EC2").net, -0))
  })

  it("adds up with the bill: negative rows are kept, and the last row is the total", () => {
    const made = report([
      spend("Amazon EC2", october, { usage: 100 }),
      spend("Amazon S3", october, { usage: 10.1, credits: -30 }),
      spend("Tax", october, { tax: 20.2 }),
      spend("Amazon EC2", september, { usage: 80 })
    ])
    assert.deepStrictEqual(
      made.rows.map(({ service, gross, net }) => [service, gross, net]),
      [
        ["Amazon EC2", 100, 100],
        ["Tax", 20.2, 20.2],
        ["Amazon S3", 10.1, -19.9],
        ["Total", 130.3, 100.3]
      ]
    )
    assert.strictEqual(row(made, "Total").previousGross, 80)
  })

  it("compares with the period before, by amount and percent, also for a service that is gone", () => {
    const made = report([
      spend("Amazon EC2", september, { usage: 200, credits: -200 }),
      spend("Amazon EC2", october, { usage: 260 }),
      spend("AWS Lambda", september, { usage: 40 }),
      spend("Amazon SQS", october, { usage: 5 })
    ])
    const { change, changePct, previousGross } = row(made, "Amazon EC2")
    assert.deepStrictEqual([previousGross, change, changePct], [200, 60, 30])
    assert.deepStrictEqual([row(made, "AWS Lambda").gross, row(made, "AWS Lambda").changePct], [0, -100])
    assert.isNull(row(made, "Amazon SQS").changePct)
  })

  it("marks what grew by both thresholds only", () => {
    const grew = (before: number, after: number, settings = {}) =>
      row(report([spend("A", september, { usage: before }), spend("A", october, { usage: after })], settings), "A").grew
    assert.isTrue(grew(300, 400))
    assert.isFalse(grew(400, 500))
    assert.isFalse(grew(100, 199))
    assert.isTrue(grew(0, 100))
    assert.isTrue(grew(400, 500, { growthPct: 25 }))
    assert.isTrue(grew(100, 199, { growthUsd: 99 }))
    assert.isFalse(grew(100, 100, { growthUsd: 0, growthPct: 0 }))
  })

  it("tells usage alone, or the net of everything, and marks growth by it", () => {
    const spends = [
      spend("A", september, { usage: 200, credits: -200 }),
      spend("A", october, { usage: 210 }),
      spend("B", october, { usage: 5 })
    ]
    assert.deepStrictEqual(report(spends, { recordTypes: "usage" }).rows, [
      { service: "A", usage: 210, previousUsage: 200, change: 10, changePct: 5, grew: false },
      { service: "B", usage: 5, previousUsage: 0, change: 5, changePct: null, grew: false },
      { service: "Total", usage: 215, previousUsage: 200, change: 15, changePct: 7.5, grew: false }
    ])
    assert.deepStrictEqual(report(spends, { recordTypes: "net" }).rows[0], {
      service: "A",
      net: 210,
      previousNet: 0,
      change: 210,
      changePct: null,
      grew: true
    })
  })

  it("leaves the comparison out when it is not wanted", () => {
    const made = report([spend("A", october, { usage: 1 })], { comparePrevious: false })
    assert.deepStrictEqual(Object.keys(row(made, "A")), ["service", "usage", "fees", "tax", "gross", "credits", "net"])
    assert.deepStrictEqual(
      made.columns.map(({ key }) => key),
      Object.keys(row(made, "A"))
    )
    assert.notInclude(made.notes.join(" "), "Compared")
  })

  it("sums days and months of a longer period into one row", () => {
    const settings = { startDate: "2026-11-03", endDate: "2026-11-20" }
    const made = report(
      [
        spend("A", "2026-11-02", { usage: 1000 }),
        spend("A", "2026-11-03", { usage: 1 }),
        spend("A", "2026-11-19", { usage: 2, currency: "USD" })
      ],
      settings
    )
    assert.strictEqual(row(made, "A").usage, 3)
    assert.strictEqual(row(made, "A").previousGross, 1000)
  })

  it("says what the figures hold, half-open days, what is provisional and what is estimated", () => {
    assert.deepStrictEqual(report([spend("A", october, { usage: 1 })]).notes, [
      "Days are UTC; 2026-11-01 is not part of it. Compared with 2026-09-01 up to 2026-10-01, by gross.",
      "UnblendedCost in USD. Gross is usage, fees and tax; net adds credits, refunds and discounts."
    ])
    const running = report([spend("A", "2026-11-05", { usage: 1, estimated: true })], { startDate: "2026-11-01" }).notes
    assert.include(running, "Days from 2026-11-18 on are provisional: costs arrive for two days.")
    assert.include(running, "AWS calls amounts of this period estimated until the invoice of their month is final.")
    const settled = report([], { startDate: "2026-11-01", endDate: "2026-11-18" }).notes
    assert.notInclude(settled.join(" "), "provisional")
  })

  it("names another currency instead of calling it dollars", () => {
    const made = report([spend("A", october, { usage: 1, currency: "CNY" })])
    assert.deepStrictEqual(made.columns[1], { key: "usage", title: "Usage (CNY)", kind: "count" })
    assert.include(made.notes[1] ?? "", "UnblendedCost in CNY.")
  })

  it("reports a bill of nothing as nothing", () => {
    assert.deepStrictEqual(
      report([]).rows.map(({ service, gross }) => [service, gross]),
      [["Total", 0]]
    )
  })

  it("reads the bill of every account, which totals are held against", () => {
    assert.strictEqual(scan.reads(defaultSettings(scan.settings))["accounts"], accountBill)
  })

  it("is a report that needs one paid action", () => {
    const entry = catalogueEntry("get_cost_by_service", "cost", scan)
    assert.strictEqual(entry.kind, "report")
    assert.strictEqual(entry.scope, "payer")
    assert.deepStrictEqual(entry.actions, ["ce:GetCostAndUsage"])
    assert.deepStrictEqual(scanReads(scan).operations[0]?.paid, { unit: "request", usdPerUnit: 0.01 })
  })

  it("has no finding, and counts what it reports about", () => {
    const { counters, flags, report, status } = judge(
      scan,
      { spend: [spend("A", october, { usage: 1 })], accounts: gap() },
      { region: "global/payer" }
    )
    assert.deepStrictEqual([flags.length, counters.examined, status], [0, 1, "partial"])
    assert.strictEqual(report?.rows.length, 2)
  })
})
