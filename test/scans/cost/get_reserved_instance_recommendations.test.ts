import { assert, describe, it } from "@effect/vitest"
import { catalogueEntry } from "../../../audit/catalogueEntry.ts"
import { type ReservationOffer, reservableServices, reservations } from "../../../datasets/billing/purchases.ts"
import scan from "../../../scans/cost/get_reserved_instance_recommendations.ts"
import { defaultSettings } from "../../../scans/Scan.ts"
import { gap, judge } from "../harness.ts"

const offer = (overrides: Partial<ReservationOffer> = {}): ReservationOffer => ({
  service: "RDS",
  account: "111111111111",
  region: "eu-central-1",
  type: "db.r6g.xlarge",
  platform: "PostgreSQL, Single-AZ",
  currency: "USD",
  count: 2,
  isCapacity: false,
  normalizedUnits: 16,
  upfront: 0,
  recurringMonthly: 551.801,
  monthlySavings: 236.6,
  savingsPercent: 30.01,
  utilizationPercent: 100,
  breakEvenMonths: 8.44,
  ...overrides
})

const capacity = offer({
  service: "DynamoDB",
  type: "ReadCapacityUnits",
  platform: "",
  count: 400,
  isCapacity: true,
  normalizedUnits: null,
  monthlySavings: 12,
  upfront: null
})

const charge = (key: string) => ({
  start: "2026-11-01",
  key,
  recordType: "Usage",
  amount: 1,
  currency: "USD",
  estimated: false
})

const run = (
  offers: ReadonlyArray<ReservationOffer> | ReturnType<typeof gap>,
  settings: Record<string, any> = {},
  bill: any = [charge("Amazon Relational Database Service"), charge("Amazon DynamoDB")]
) => judge(scan, { offers, bill }, { settings, region: "global/payer" })

const report = (...parameters: Parameters<typeof run>) => {
  const made = run(...parameters).report
  assert.isDefined(made)
  return made as NonNullable<typeof made>
}

const notes = (...parameters: Parameters<typeof run>) => report(...parameters).notes.join(" ")

describe("get_reserved_instance_recommendations", () => {
  it("says what to reserve, what it costs and saves, the dearest first", () => {
    const made = report([capacity, offer()])
    assert.deepStrictEqual(made.rows[0], {
      service: "RDS",
      type: "db.r6g.xlarge",
      platform: "PostgreSQL, Single-AZ",
      account: "111111111111",
      region: "eu-central-1",
      count: 2,
      unit: "instances",
      normalizedUnits: 16,
      upfront: 0,
      recurring: 551.8,
      monthlySavings: 236.6,
      savingsPct: 30,
      utilizationPct: 100,
      breakEvenMonths: 8.4
    })
    assert.deepInclude(made.rows[1], { type: "ReadCapacityUnits", count: 400, unit: "capacity units", upfront: null })
    assert.deepStrictEqual(
      made.columns.map(({ key }) => key),
      Object.keys(made.rows[0] ?? {})
    )
  })

  it("adds up money, never instances and units of capacity, outside every total of savings", () => {
    assert.match(notes([capacity, offer()]), /^248\.6 USD a month at most, as AWS estimates it, outside every total/)
    assert.notInclude(JSON.stringify(report([capacity, offer()])), "402")
    assert.strictEqual(run([capacity, offer()]).flags.length, 0)
  })

  it("prefers Savings Plans where they cover the same", () => {
    assert.match(notes([offer({ service: "EC2" })]), /A Savings Plan covers the same instances and moves with them/)
    assert.notMatch(notes([offer({ service: "EC2" })]), /Database Savings Plan/)
    for (const service of ["RDS", "ElastiCache", "OpenSearch", "DynamoDB"] as const)
      assert.match(notes([offer({ service })]), /A Database Savings Plan covers current families/)
    assert.notMatch(notes([offer({ service: "Redshift" })]), /Savings Plan/)
  })

  it("says what was not asked for, and what it does not know", () => {
    assert.match(notes([]), /no use of it at on-demand prices: EC2, ElastiCache, Redshift, OpenSearch, MemoryDB\./)
    assert.notMatch(notes([], {}, gap()), /Not asked for/)
    const strange = notes([], { services: ["rds", "Quantum"] })
    assert.match(strange, /Not known, and left out: Quantum\./)
    assert.notMatch(strange, /Not asked for/)
  })

  it("asks what its settings say", () => {
    const nameOf = (settings: object) => scan.reads({ ...defaultSettings(scan.settings), ...settings })["offers"]?.name
    const purchase = { accountScope: "PAYER", lookback: "SIXTY_DAYS", payment: "NO_UPFRONT", term: "ONE_YEAR" } as const
    assert.strictEqual(nameOf({}), reservations(reservableServices, purchase, "STANDARD").name)
    assert.strictEqual(nameOf({ services: ["rds"] }), reservations(["RDS"], purchase, "STANDARD").name)
    assert.strictEqual(
      nameOf({ ec2OfferingClass: "CONVERTIBLE" }),
      reservations(reservableServices, purchase, "CONVERTIBLE").name
    )
    const other = {
      accountScope: "LINKED",
      lookback: "SEVEN_DAYS",
      payment: "ALL_UPFRONT",
      term: "THREE_YEARS"
    } as const
    assert.strictEqual(
      nameOf({ term: "THREE_YEARS", paymentOption: "ALL_UPFRONT", lookback: "SEVEN_DAYS", accountScope: "LINKED" }),
      reservations(reservableServices, other, "STANDARD").name
    )
    assert.strictEqual(report([]).title, "Reservations that AWS recommends: one year, no upfront")
  })

  it("has no rows where AWS recommends nothing, says what is not known, and has no report where nothing is", () => {
    assert.deepStrictEqual(report([]).rows, [])
    const partly = run(gap([offer()]))
    assert.strictEqual(partly.status, "partial")
    assert.match(partly.report?.notes.join(" ") ?? "", /Not all of them are known/)
    assert.deepStrictEqual([run(gap()).report, run(gap()).status], [undefined, "unavailable"])
  })

  it("is a report of paid actions", () => {
    const { actions, kind } = catalogueEntry("get_reserved_instance_recommendations", "cost", scan)
    assert.deepStrictEqual(
      [kind, actions],
      ["report", ["ce:GetCostAndUsage", "ce:GetReservationPurchaseRecommendation"]]
    )
  })
})
