import { assert, describe, it } from "@effect/vitest"
import type { PlacedUsage } from "../../../datasets/billing/billing.ts"
import { catalogueEntry } from "../../../audit/catalogueEntry.ts"
import scan from "../../../scans/cost/get_cost_by_region_and_service.ts"
import { gap, judge } from "../harness.ts"

const october = "2026-10-01"

const usage = (region: string, service: string, amount: number, more: Partial<PlacedUsage> = {}): PlacedUsage => ({
  region,
  service,
  start: october,
  amount,
  currency: "USD",
  estimated: false,
  ...more
})

const september = { start: "2026-09-01" }

const report = (rows: ReadonlyArray<PlacedUsage>, settings: Record<string, string | number | boolean> = {}) => {
  const made = judge(scan, { usage: rows }, { settings, region: "global/payer" }).report
  assert.isDefined(made)
  return made as NonNullable<typeof made>
}

const placed = (made: ReturnType<typeof report>) =>
  made.rows.map(({ region, service, usage }) => `${region}, ${service}: ${usage}`)

describe("get_cost_by_region_and_service", () => {
  it("lists each region with its services, the dearest first, and adds up", () => {
    const made = report([
      usage("eu-central-1", "Amazon S3", 10),
      usage("us-east-1", "EC2 - Other", 30),
      usage("eu-central-1", "EC2 - Other", 60),
      usage("eu-central-1", "EC2 - Other", 50, september),
      usage("NoRegion", "AWS Support", 0)
    ])
    assert.deepStrictEqual(placed(made), [
      "eu-central-1, All: 70",
      "eu-central-1, EC2 - Other: 60",
      "eu-central-1, Amazon S3: 10",
      "us-east-1, All: 30",
      "us-east-1, EC2 - Other: 30",
      "No region, All: 0",
      "Total, All: 100"
    ])
    assert.deepStrictEqual(made.rows[1], {
      region: "eu-central-1",
      service: "EC2 - Other",
      usage: 60,
      sharePct: 60,
      previousUsage: 50,
      change: 10,
      changePct: 20
    })
    assert.deepStrictEqual(
      made.columns.map(({ key }) => key),
      Object.keys(made.rows[0] ?? {})
    )
  })

  it("adds months and days of one period up", () => {
    const made = report(
      [usage("eu-west-1", "S3", 1, { start: "2026-11-03" }), usage("eu-west-1", "S3", 2, { start: "2026-11-04" })],
      { startDate: "2026-11-03", endDate: "2026-11-20" }
    )
    assert.deepStrictEqual(placed(made), ["eu-west-1, All: 3", "eu-west-1, S3: 3", "Total, All: 3"])
    assert.include(made.notes.join(" "), "provisional")
  })

  it("leaves out small services, and not their amounts; also one that is gone shows", () => {
    const rows = [usage("eu-west-1", "S3", 0.5), usage("eu-west-1", "SQS", 4, september), usage("eu-west-1", "KMS", -3)]
    assert.deepStrictEqual(placed(report(rows)), [
      "eu-west-1, All: -2.5",
      "eu-west-1, SQS: 0",
      "eu-west-1, KMS: -3",
      "Total, All: -2.5"
    ])
    assert.strictEqual(report(rows, { minUsd: 0.1 }).rows.length, 5)
  })

  it("leaves the comparison out when it is not wanted", () => {
    const made = report([usage("eu-west-1", "S3", 5)], { comparePrevious: false })
    assert.deepStrictEqual(Object.keys(made.rows[0] ?? {}), ["region", "service", "usage", "sharePct"])
    assert.notInclude(made.notes.join(" "), "Compared")
  })

  it("says that it is usage, in which metric and currency", () => {
    const { notes } = report([usage("cn-north-1", "S3", 5, { currency: "CNY", estimated: true })], {
      metric: "NetAmortizedCost"
    })
    assert.match(notes.join(" "), /Billed usage in CNY, as NetAmortizedCost: without fees, taxes, credits and refunds/)
    assert.include(notes.join(" "), "AWS calls amounts of this period estimated")
  })

  it("reports nothing as nothing, and has no report where the bill was not read", () => {
    assert.deepStrictEqual(placed(report([])), ["Total, All: 0"])
    assert.isNull(report([]).rows[0]?.["sharePct"])
    const none = judge(scan, { usage: gap() }, { region: "global/payer" })
    assert.deepStrictEqual([none.report, none.status], [undefined, "unavailable"])
  })

  it("is a report that needs one paid action", () => {
    const { actions, kind } = catalogueEntry("get_cost_by_region_and_service", "cost", scan)
    assert.deepStrictEqual([kind, actions], ["report", ["ce:GetCostAndUsage"]])
  })
})
