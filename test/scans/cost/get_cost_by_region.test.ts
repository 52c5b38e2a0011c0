import { assert, describe, it } from "@effect/vitest"
import type { Spend } from "../../../datasets/billing/billing.ts"
import { catalogueEntry } from "../../../audit/catalogueEntry.ts"
import scan from "../../../scans/cost/get_cost_by_region.ts"
import { gap, judge } from "../harness.ts"

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

const report = (
  spends: ReadonlyArray<Spend>,
  settings: Record<string, string | boolean | ReadonlyArray<string>> = {}
) => {
  const made = judge(scan, { spend: spends }, { settings, region: "global/payer" }).report
  assert.isDefined(made)
  return made as NonNullable<typeof made>
}

const row = (made: ReturnType<typeof report>, region: string): any => made.rows.find((row) => row["region"] === region)

describe("get_cost_by_region", () => {
  it("adds up with the bill: gross, credits and net by region, also where there is none", () => {
    const made = report([
      spend("eu-central-1", october, { usage: 100 }),
      spend("eu-central-1", september, { usage: 80 }),
      spend("NoRegion", october, { tax: 20.2, credits: -30 }),
      spend("global", october, { usage: 5 }),
      spend("", october, { fees: 1 })
    ])
    assert.deepStrictEqual(
      made.rows.map(({ gross, net, region }) => [region, gross, net]),
      [
        ["eu-central-1", 100, 100],
        ["No region", 21.2, -8.8],
        ["Global", 5, 5],
        ["Total", 126.2, 96.2]
      ]
    )
    assert.deepStrictEqual(row(made, "eu-central-1"), {
      region: "eu-central-1",
      usage: 100,
      fees: 0,
      tax: 0,
      gross: 100,
      credits: 0,
      net: 100,
      previousGross: 80,
      change: 20,
      changePct: 25
    })
    assert.deepStrictEqual(
      made.columns.map(({ key }) => key),
      Object.keys(made.rows[0] ?? {})
    )
  })

  it("marks spend in regions that are not approved, and no spend that has no place", () => {
    const rows = [
      spend("eu-central-1", october, { usage: 100 }),
      spend("us-west-2", october, { usage: 3 }),
      spend("sa-east-1", september, { usage: 3 }),
      spend("global", october, { usage: 9 }),
      spend("NoRegion", october, { tax: 9 })
    ]
    const made = report(rows, { approvedRegions: ["EU-central-1"] })
    assert.deepStrictEqual(
      made.rows.map(({ region, unapproved }) => [region, unapproved]),
      [
        ["eu-central-1", false],
        ["Global", false],
        ["No region", false],
        ["us-west-2", true],
        ["sa-east-1", false],
        ["Total", null]
      ]
    )
    assert.notProperty(report(rows).rows[0], "unapproved")
  })

  it("leaves the comparison out when it is not wanted, and reads less", () => {
    const made = report([spend("eu-central-1", october, { usage: 1 })], { comparePrevious: false })
    assert.notProperty(made.rows[0], "change")
    assert.notInclude(made.notes.join(" "), "Compared")
    const nameOf = (comparePrevious: boolean) =>
      (scan.reads({ startDate: "", endDate: "", metric: "UnblendedCost", comparePrevious })["spend"] as any).name
    assert.notStrictEqual(nameOf(true), nameOf(false))
  })

  it("takes other days and another metric", () => {
    const made = report([spend("eu-central-1", "2026-11-03", { usage: 1, currency: "CNY" })], {
      startDate: "2026-11-03",
      endDate: "2026-11-20",
      metric: "AmortizedCost"
    })
    assert.strictEqual(made.title, "Spend by region from 2026-11-03 up to 2026-11-20")
    assert.include(made.notes.join(" "), "AmortizedCost in CNY.")
    assert.include(made.notes.join(" "), "Days from 2026-11-18 on are provisional")
    assert.deepStrictEqual(made.columns[1], { key: "usage", title: "Usage (CNY)", kind: "count" })
  })

  it("tells usage alone, or the net of everything, and compares by it", () => {
    const rows = [
      spend("eu-central-1", october, { usage: 100, fees: 7, credits: -90 }),
      spend("eu-central-1", september, { usage: 80, credits: -40 }),
      spend("us-west-2", october, { usage: 30 })
    ]
    const usage = report(rows, { recordTypes: "usage", approvedRegions: ["us-west-2"] })
    assert.deepStrictEqual(
      usage.columns.map(({ key }) => key),
      ["region", "usage", "previousUsage", "change", "changePct", "unapproved"]
    )
    assert.deepStrictEqual(row(usage, "eu-central-1"), {
      region: "eu-central-1",
      usage: 100,
      previousUsage: 80,
      change: 20,
      changePct: 25,
      unapproved: true
    })
    assert.include(usage.notes.join(" "), "by usage.")
    assert.include(usage.notes.join(" "), "Usage is without fees")
    const net = report(rows, { recordTypes: "net", comparePrevious: false })
    assert.deepStrictEqual(
      net.rows.map(({ region, ...cells }) => [region, cells]),
      [
        ["us-west-2", { net: 30 }],
        ["eu-central-1", { net: 17 }],
        ["Total", { net: 47 }]
      ]
    )
    assert.include(net.notes.join(" "), "Net is usage, fees and tax with credits")
  })

  it("reports a bill of nothing as nothing, and has no report where the bill was not read", () => {
    assert.deepStrictEqual(
      report([]).rows.map(({ gross, region }) => [region, gross]),
      [["Total", 0]]
    )
    const none = judge(scan, { spend: gap() }, { region: "global/payer" })
    assert.deepStrictEqual([none.report, none.status, none.flags.length], [undefined, "unavailable", 0])
  })

  it("is a report that needs one paid action", () => {
    const { actions, kind, scope } = catalogueEntry("get_cost_by_region", "cost", scan)
    assert.deepStrictEqual([kind, scope, actions], ["report", "payer", ["ce:GetCostAndUsage"]])
  })
})
