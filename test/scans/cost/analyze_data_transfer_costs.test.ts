import { assert, describe, it } from "@effect/vitest"
import { catalogueEntry, scanReads } from "../../../audit/catalogueEntry.ts"
import type { Usage } from "../../../datasets/billing/usageTypes.ts"
import scan from "../../../scans/cost/analyze_data_transfer_costs.ts"
import { transferKind } from "../../../scans/shared/transfer.ts"
import { gap, judge } from "../harness.ts"

const ec2 = "EC2 - Other"
const september = "2026-09-01"
const october = "2026-10-01"

const usage = (usageType: string, start: string, amount: number, more: Partial<Usage> = {}): Usage => ({
  key: ec2,
  usageType,
  start,
  amount,
  currency: "USD",
  quantity: amount * 10,
  unit: "GB",
  estimated: false,
  ...more
})

const report = (rows: ReadonlyArray<Usage>, settings: Record<string, string | number> = {}) => {
  const made = judge(scan, { usage: rows }, { settings, region: "global/payer" }).report
  assert.isDefined(made)
  return made as NonNullable<typeof made>
}

const all = (made: ReturnType<typeof report>, transfer: string): any =>
  made.rows.find((row) => row["transfer"] === transfer && row["usageType"] === "All")

describe("transferKind", () => {
  it("tells kinds by the usage type, without its region", () => {
    const kinds = {
      "DataTransfer-Out-Bytes": "internet_out",
      "EUC1-DataTransfer-Out-Bytes": "internet_out",
      "EUC1-DataTransfer-In-Bytes": "internet_in",
      "EUC1-USE1-AWS-Out-Bytes": "inter_region",
      "USE1-EU-AWS-In-Bytes": "inter_region",
      "DataTransfer-Regional-Bytes": "inter_az",
      "APS2-DataTransfer-Regional-Bytes": "inter_az",
      "EU-DataTransfer-xAZ-In-Bytes": "inter_az",
      "EU-DataTransfer-xAZ-Out-Bytes": "inter_az",
      "USE2-VpcPeering-Out-Bytes": "vpc_peering",
      "NatGateway-Bytes": "nat_gateway",
      "EU-VpcEndpoint-Bytes": "vpc_endpoint",
      "EU-VpcEndpoint-GWLBE-Bytes": "vpc_endpoint",
      "EU-TransitGateway-Bytes": "transit_gateway",
      "EU-CloudFront-Out-Bytes": "cloudfront_origin",
      "EUC1-USE1-AWS-In-ABytes-T1": "acceleration",
      "EU-Something-Bytes": "other"
    }
    for (const [type, kind] of Object.entries(kinds)) assert.strictEqual(transferKind(ec2, type), kind, type)
  })

  it("tells by the service what the usage type alone does not", () => {
    const processing = "EU-DataProcessing-Bytes"
    assert.strictEqual(transferKind("Amazon Elastic Load Balancing", processing), "load_balancer")
    assert.isUndefined(transferKind("AmazonCloudWatch", processing))
    assert.isUndefined(transferKind("AmazonCloudWatch", "EU-VendedLog-Bytes"))
    assert.strictEqual(transferKind("AmazonCloudWatch", "EU-DataTransfer-Out-Bytes"), "internet_out")
    assert.strictEqual(transferKind("Amazon CloudFront", "EU-DataTransfer-Out-Bytes"), "cloudfront")
    assert.strictEqual(transferKind("Amazon CloudFront", "EU-DataTransfer-Out-OBytes"), "cloudfront_origin")
  })

  it("leaves out what moves nothing", () => {
    for (const type of ["EU-NatGateway-Hours", "EU-TimedStorage-ByteHrs", "EU-EBS:SnapshotUsage", "EU-Requests-Tier1"])
      assert.isUndefined(transferKind(ec2, type), type)
  })
})

describe("analyze_data_transfer_costs", () => {
  it("adds up a kind over regions and services, with GB, the price of one and the month before", () => {
    const made = report([
      usage("EUC1-DataTransfer-Regional-Bytes", october, 60.004, { quantity: 6000 }),
      usage("EU-DataTransfer-xAZ-Out-Bytes", october, 30, { key: "Amazon OpenSearch Service", quantity: 3000 }),
      usage("EUC1-DataTransfer-Regional-Bytes", september, 60, { quantity: 6000 }),
      usage("EUC1-BoxUsage:m5.large", october, 900, { unit: "Hrs" })
    ])
    assert.deepStrictEqual(made.rows, [
      {
        transfer: "Between zones of a region",
        usageType: "All",
        service: "",
        region: "",
        cost: 90,
        gb: 9000,
        usdPerGb: 0.01,
        previousCost: 60,
        change: 30,
        changePct: 50,
        over: true
      },
      {
        transfer: "Between zones of a region",
        usageType: "EUC1-DataTransfer-Regional-Bytes",
        service: ec2,
        region: "eu-central-1",
        cost: 60,
        gb: 6000,
        usdPerGb: 0.01,
        previousCost: 60,
        change: 0,
        changePct: 0,
        over: null
      },
      {
        transfer: "Between zones of a region",
        usageType: "EU-DataTransfer-xAZ-Out-Bytes",
        service: "Amazon OpenSearch Service",
        region: "eu-west-1",
        cost: 30,
        gb: 3000,
        usdPerGb: 0.01,
        previousCost: 0,
        change: 30,
        changePct: null,
        over: null
      }
    ])
    assert.deepStrictEqual(
      made.columns.map(({ key }) => key),
      Object.keys(made.rows[0] ?? {})
    )
  })

  it("says the dearest kind first, and within it the dearest usage type", () => {
    const made = report([
      usage("EU-NatGateway-Bytes", october, 5),
      usage("EUC1-NatGateway-Bytes", october, 15),
      usage("EU-DataTransfer-Out-Bytes", october, 19)
    ])
    assert.deepStrictEqual(
      made.rows.map(({ transfer, usageType }) => `${transfer}: ${usageType}`),
      [
        "Through NAT gateways: All",
        "Through NAT gateways: EUC1-NatGateway-Bytes",
        "Through NAT gateways: EU-NatGateway-Bytes",
        "To the internet: All",
        "To the internet: EU-DataTransfer-Out-Bytes"
      ]
    )
  })

  it("marks a kind that is above its threshold and grew by a fifth, and says what helps", () => {
    const over = (type: string, before: number, after: number, settings: Record<string, number> = {}) => {
      const made = report([usage(type, september, before), usage(type, october, after)], settings)
      return made.rows[0]?.["over"]
    }
    const [internet, region, zone] = [
      "EU-DataTransfer-Out-Bytes",
      "EU-USE1-AWS-Out-Bytes",
      "EU-DataTransfer-Regional-Bytes"
    ]
    assert.deepStrictEqual(
      [over(internet, 80, 100), over(internet, 80, 99), over(internet, 90, 100)],
      [true, false, false]
    )
    assert.deepStrictEqual([over(region, 40, 50), over(region, 40, 49)], [true, false])
    assert.deepStrictEqual([over(zone, 40, 50), over(zone, 45, 50)], [true, false])
    assert.isTrue(over(zone, 0, 50))
    assert.isFalse(over(internet, 80, 100, { internetUsd: 101 }))
    assert.isFalse(over(region, 40, 50, { interRegionUsd: 51 }))
    assert.isFalse(over(zone, 40, 50, { interAzUsd: 51 }))
    assert.isFalse(over("EU-NatGateway-Bytes", 1000, 5000))
    const made = report([usage(zone, october, 90)])
    assert.match(made.notes.join(" "), /Between zones of a region: Keep callers and what they call in one zone/)
    assert.notMatch(report([usage(zone, october, 9)]).notes.join(" "), /Keep callers/)
  })

  it("leaves out small usage types, and not their amounts", () => {
    const rows = [usage("EU-NatGateway-Bytes", october, 0.6), usage("EUC1-NatGateway-Bytes", september, 3)]
    const types = (minUsd: number) => report(rows, { minUsd }).rows.map(({ usageType }) => usageType)
    assert.deepStrictEqual(types(1), ["All", "EUC1-NatGateway-Bytes"])
    assert.deepStrictEqual(types(0), ["All", "EU-NatGateway-Bytes", "EUC1-NatGateway-Bytes"])
    assert.strictEqual(all(report(rows), "Through NAT gateways").cost, 0.6)
  })

  it("has no GB where AWS counts otherwise, and no price where nothing was moved", () => {
    const made = (unit: string, quantity = 100) =>
      all(report([usage("EU-NatGateway-Bytes", october, 5, { unit, quantity })]), "Through NAT gateways")
    assert.deepStrictEqual([made("GB").gb, made("GB").usdPerGb], [100, 0.05])
    assert.strictEqual(made("GigaBytes").gb, 100)
    assert.deepStrictEqual([made("Bytes").gb, made("Bytes").usdPerGb], [null, null])
    assert.deepStrictEqual([made("", 0).gb, made("", 0).usdPerGb], [0, null])
  })

  it("names no region for what has no code that is known, and the world for CloudFront", () => {
    const made = report([
      usage("LAX1-DataTransfer-Out-Bytes", october, 5),
      usage("EU-DataTransfer-Out-Bytes", october, 50, { key: "Amazon CloudFront" })
    ])
    assert.deepStrictEqual(
      made.rows.map(({ region }) => region),
      ["", "global", "", null]
    )
  })

  it("compares any period with the one before it, and says what is not final", () => {
    const settings = { startDate: "2026-11-03", endDate: "2026-11-20" }
    const made = report(
      [
        usage("EU-NatGateway-Bytes", "2026-11-02", 4),
        usage("EU-NatGateway-Bytes", "2026-11-03", 6, { estimated: true })
      ],
      settings
    )
    assert.strictEqual(made.title, "Data transfer from 2026-11-03 up to 2026-11-20")
    const { cost, previousCost } = all(made, "Through NAT gateways")
    assert.deepStrictEqual([cost, previousCost], [6, 4])
    assert.include(made.notes, "Days from 2026-11-18 on are provisional: costs arrive for two days.")
    assert.include(made.notes, "AWS calls amounts of this period estimated until the invoice of their month is final.")
    assert.notMatch(report([usage("EU-NatGateway-Bytes", october, 1)]).notes.join(" "), /provisional|estimated/)
  })

  it("names another currency", () => {
    const made = report([usage("CNN1-DataTransfer-Out-Bytes", october, 5, { currency: "CNY" })])
    assert.deepStrictEqual(made.columns[4], { key: "cost", title: "Cost (CNY)", kind: "count" })
  })

  it("reports nothing where there is no transfer, and has no report where the bill was not read", () => {
    assert.deepStrictEqual(report([]).rows, [])
    const { report: none, status } = judge(scan, { usage: gap() }, { region: "global/payer" })
    assert.deepStrictEqual([none, status], [undefined, "unavailable"])
  })

  it("is a report that needs one paid action", () => {
    const { actions, kind } = catalogueEntry("analyze_data_transfer_costs", "cost", scan)
    const { operations } = scanReads(scan)
    assert.deepStrictEqual([kind, actions], ["report", ["ce:GetCostAndUsage"]])
    assert.deepStrictEqual(operations[0]?.paid, { unit: "request", usdPerUnit: 0.01 })
  })
})
