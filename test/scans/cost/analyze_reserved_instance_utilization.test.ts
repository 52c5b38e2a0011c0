import { assert, describe, it } from "@effect/vitest"
import type { Charge } from "../../../datasets/billing/billing.ts"
import type { Coverage } from "../../../core/finding/coverage.ts"
import type { Commitment } from "../../../datasets/billing/commitments.ts"
import scan from "../../../scans/cost/analyze_reserved_instance_utilization.ts"
import { account, daysAgo, now } from "../../datasets/harness.ts"
import { gap, judge } from "../harness.ts"

const ec2 = "Amazon Elastic Compute Cloud - Compute"

/** Two m5.large of another account, used by 60 %: of 30 days it cost 40 USD for nothing. */
const reservation = (overrides: Partial<Commitment> = {}): Commitment => ({
  kind: "reservation",
  arn: `arn:aws:ec2:eu-west-1:222222222222:reserved-instances/${overrides.id ?? "ri-1"}`,
  id: "ri-1",
  subscriptionId: "7001",
  resourceType: "ec2:reserved-instance",
  service: ec2,
  account: "222222222222",
  accountName: "shop",
  region: "eu-west-1",
  instanceType: "m5.large",
  count: 2,
  payment: "No Upfront",
  platform: "Linux/UNIX",
  start: daysAgo(200),
  end: daysAgo(-165),
  utilizationPercent: 60,
  purchased: 1440,
  unused: 576,
  unusedCost: 40,
  netSavings: 25,
  hourlyCommitment: undefined,
  asOf: now,
  ...overrides
})

const used = { utilizationPercent: 97, unused: 43.2, unusedCost: 3 }

const plan = (overrides: Partial<Commitment> = {}): Commitment =>
  reservation({
    kind: "savings-plan",
    arn: `arn:aws:savingsplans::222222222222:savingsplan/${overrides.id ?? "sp-1"}`,
    id: "sp-1",
    subscriptionId: undefined,
    resourceType: "savingsplans:savings-plan",
    service: "Compute",
    region: undefined,
    instanceType: "",
    count: undefined,
    platform: "",
    hourlyCommitment: 1,
    purchased: 720,
    unused: 288,
    unusedCost: 288,
    ...overrides
  })

const coverage = (onDemand: number, overrides: Partial<Coverage> = {}): Coverage => ({
  use: "ec2:m5.large",
  region: "eu-west-1",
  onDemand,
  reserved: 300,
  planned: 0,
  ...overrides
})

const charge = { key: ec2, recordType: "RIFee", amount: 100, currency: "USD", estimated: false, start: "2026-11-01" }

interface Options {
  readonly coverage?: unknown
  readonly terms?: (one: Commitment) => unknown
  readonly settings?: Record<string, number | boolean>
  readonly currency?: string
}

const run = (held: unknown, { coverage = [], currency = "USD", settings = {}, terms }: Options = {}) =>
  judge(
    scan,
    { held, coverage, bill: [{ ...charge, currency } satisfies Charge] },
    { settings, region: "global/payer", ...(terms === undefined ? {} : { answers: { terms } }) }
  )

describe("analyze_reserved_instance_utilization", () => {
  it("leaves alone what is used and lasts, without a question", () => {
    const judged = run([reservation(used), plan({ ...used, unusedCost: 20 })])
    assert.deepStrictEqual([judged.flagged, judged.unknown, judged.tooYoung, judged.asked], [[], [], [], []])
    assert.strictEqual(judged.status, "complete")
  })

  it("has nothing to say where nothing is committed", () => {
    const judged = run([])
    assert.deepStrictEqual([judged.flagged, judged.counters.examined], [[], 0])
    assert.deepStrictEqual(judged.report?.rows, [])
  })

  it("reports what is underused as hygiene of its owner, with the waste of a month and no saving", () => {
    const { flags } = run([reservation()])
    assert.strictEqual(flags.length, 1)
    const [flag] = flags
    assert.deepStrictEqual(
      [flag?.kind, flag?.reasons, flag?.savings, flag?.severity],
      ["hygiene", ["underused"], null, "medium"]
    )
    assert.deepStrictEqual([flag?.account, flag?.region], ["222222222222", "eu-west-1"])
    assert.deepStrictEqual(flag?.scope, { account, region: "global/payer" })
    assert.strictEqual(
      flag?.note,
      "It is paid for until it ends, so that stopping something saves nothing: only use, an exchange or a sale does."
    )
    assert.deepStrictEqual(flag?.evidence, {
      service: ec2,
      accountName: "shop",
      instanceType: "m5.large",
      count: 2,
      platform: "Linux/UNIX",
      payment: "No Upfront",
      start: daysAgo(200).toISOString(),
      end: daysAgo(-165).toISOString(),
      days: 30,
      utilizationPercent: 60,
      purchased: 1440,
      used: 864,
      unused: 576,
      unit: "hours",
      wasteMonthly: 40,
      netSavingsMonthly: 25,
      currency: "USD",
      asOf: "2026-11-20"
    })
  })

  it("makes waste more severe the more it is, and says in which currency", () => {
    const severity = (unusedCost: number) => run([reservation({ unusedCost })]).flags[0]?.severity
    assert.deepStrictEqual([5, 20, 200, 1000].map(severity), ["low", "medium", "high", "critical"])
    assert.strictEqual(run([plan()], { currency: "CNY" }).flags[0]?.evidence["unit"], "CNY")
  })

  it("takes the waste of the days that were paid for as that of 30 days", () => {
    // Of 10 days until midnight 2 hours ago.
    const young = reservation({ start: new Date("2026-11-10T00:00:00Z"), unusedCost: 15 })
    assert.deepInclude(run([young]).flags[0]?.evidence, { wasteMonthly: 45, days: 10 })
    assert.deepInclude(run([reservation()], { settings: { days: 60 } }).flags[0]?.evidence, { wasteMonthly: 20 })
  })

  it("does the same for Savings Plans, which belong to no region", () => {
    const { flags } = run([plan()])
    assert.deepStrictEqual(flags[0]?.reasons, ["underused"])
    assert.strictEqual(flags[0]?.severity, "high")
    assert.strictEqual(flags[0]?.region, "global/payer")
    assert.deepInclude(flags[0]?.evidence, { wasteMonthly: 288, unit: "USD", instanceType: "any", count: null })
  })

  it("does not judge the use of what was bought in the last week", () => {
    assert.deepStrictEqual(run([reservation({ start: daysAgo(6.9) })]).tooYoung, ["ri-1"])
    assert.deepStrictEqual(run([reservation({ start: daysAgo(7.1) })]).flagged, ["ri-1: underused"])
    assert.deepStrictEqual(run([reservation({ start: daysAgo(3), ...used })]).tooYoung, [])
  })

  it("says nothing of what has not begun", () => {
    const queued = reservation({ purchased: 0, unused: 0, unusedCost: 0, utilizationPercent: 0, start: daysAgo(-5) })
    assert.deepStrictEqual([run([queued]).flagged, run([queued]).tooYoung], [[], []])
  })

  describe("at the end of a term", () => {
    it("reports what ends soon, the more severely the more it saves", () => {
      const soon = reservation({ ...used, end: daysAgo(-29.9) })
      const { flags } = run([soon])
      assert.deepStrictEqual(
        [flags[0]?.kind, flags[0]?.reasons, flags[0]?.severity],
        ["hygiene", ["expiring"], "medium"]
      )
      assert.strictEqual(flags[0]?.note, "It saves money until it ends, and nothing is wasted.")
      assert.strictEqual(run([{ ...soon, netSavings: 200 }]).flags[0]?.severity, "high")
      assert.deepStrictEqual(run([{ ...soon, end: daysAgo(-30.1) }]).flagged, [])
    })

    it("has one finding with two reasons and the larger severity where it is underused as well", () => {
      const { flags } = run([reservation({ end: daysAgo(-10), unusedCost: 300 })])
      assert.deepStrictEqual(flags[0]?.reasons, ["underused", "expiring"])
      assert.strictEqual(flags[0]?.severity, "high")
      assert.strictEqual(run([reservation({ end: daysAgo(-10), unusedCost: 1 })]).flags[0]?.severity, "medium")
    })

    const over = reservation({ ...used, end: daysAgo(10) })

    it("gives notice of what has ended while the same still runs on demand, in any size of its family", () => {
      const { flags } = run([over], { coverage: [coverage(0), coverage(336, { use: "ec2:m5.xlarge" })] })
      assert.deepStrictEqual(
        [flags[0]?.kind, flags[0]?.reasons, flags[0]?.severity],
        ["notice", ["expired_recently"], "medium"]
      )
      assert.strictEqual(flags[0]?.evidence["onDemandHoursOfLastWeek"], 336)
      // What would be another number every night, as the window moves on, is left out.
      for (const key of ["days", "purchased", "used", "unused"]) assert.notProperty(flags[0]?.evidence, key)
    })

    it("says nothing where nothing of it runs on demand, or only elsewhere", () => {
      const elsewhere = [
        coverage(0),
        coverage(168, { region: "eu-central-1" }),
        coverage(168, { use: "ec2:r5.large" }),
        coverage(168, { use: "elasticache:cache.m5.large" })
      ]
      assert.deepStrictEqual(run([over], { coverage: elsewhere }).flagged, [])
      assert.deepStrictEqual(run([{ ...over, end: daysAgo(31) }], { coverage: [coverage(168)] }).flagged, [])
      // Nothing is looked up for a plan that has ended, so that nothing is missing either.
      const ended = run([plan({ end: daysAgo(10) })], { coverage: gap() })
      assert.deepStrictEqual([ended.flagged, ended.unknown], [[], []])
    })

    it("does not know it where coverage was not read, and judges the others", () => {
      const judged = run([over, reservation({ id: "ri-2" })], { coverage: gap() })
      assert.deepStrictEqual([judged.flagged, judged.unknown], [["ri-2: underused"], ["ri-1"]])
      assert.strictEqual(judged.status, "partial")
      assert.strictEqual(judged.stateOf(over.arn), "unknown")
      assert.include(judged.report?.notes.join(" "), "Coverage is not known in full: ")
    })
  })

  describe("where Cost Explorer tells no days", () => {
    const undated = { start: undefined, end: undefined }

    it("takes them from the services' own lists", () => {
      const terms = () => ({ start: daysAgo(300), end: daysAgo(-20) })
      const judged = run([reservation({ ...used, ...undated })], { terms })
      assert.deepStrictEqual(judged.flagged, ["ri-1: expiring"])
      assert.deepStrictEqual(judged.asked, ["terms arn:aws:ec2:eu-west-1:222222222222:reserved-instances/ri-1"])
      const young = run([reservation(undated)], { terms: () => ({ start: daysAgo(3), end: daysAgo(-362) }) })
      assert.deepStrictEqual(young.tooYoung, ["ri-1"])
    })

    it("does not know whether it ends soon where only its account could list it, but knows how it is used", () => {
      // What the payer's own lists do not have is another account's.
      const elsewhere = (held: Commitment) =>
        judge(
          scan,
          { held: [held], coverage: [], bill: [] },
          { region: "global/payer", answers: { terms: (): unknown => ({ start: undefined, end: undefined }) } }
        )
      assert.deepStrictEqual(elsewhere(reservation({ ...used, ...undated })).whyUnknown, [
        "ri-1: AWS does not tell when it ends; account 222222222222, which bought it, can list it"
      ])
      // 1,440 hours of two are 30 days of each.
      assert.deepStrictEqual(elsewhere(reservation(undated)).flagged, ["ri-1: underused"])
      assert.isNull(elsewhere(reservation(undated)).flags[0]?.evidence["end"])
      assert.deepStrictEqual(elsewhere(reservation({ ...undated, purchased: 300 })).tooYoung, ["ri-1"])
      assert.deepStrictEqual(elsewhere(reservation({ ...undated, count: undefined })).whyUnknown, [
        "ri-1: AWS does not tell when it was bought, and use takes a week to settle"
      ])
      // A plan of 1 USD an hour that was paid 120 USD for is five days old.
      assert.deepStrictEqual(elsewhere(plan({ ...undated, purchased: 120 })).tooYoung, ["sp-1"])
    })

    it("does not know it where the lists were refused", () => {
      const judged = run([reservation(undated)], { terms: () => undefined })
      assert.deepStrictEqual([judged.flagged, judged.unknown, judged.status], [[], ["ri-1"], "partial"])
    })
  })

  it("closes nothing that it did not see while a query failed", () => {
    const judged = run(gap([reservation()]))
    assert.deepStrictEqual(judged.flagged, ["ri-1: underused"])
    assert.strictEqual(judged.stateOf("arn:aws:savingsplans::222222222222:savingsplan/sp-9"), "unknown")
    assert.strictEqual(run(gap()).status, "unavailable")
    assert.strictEqual(run([reservation()]).stateOf("arn:aws:savingsplans::222222222222:savingsplan/sp-9"), "gone")
  })

  it("has settings for the use that is expected and for the days of notice", () => {
    assert.deepStrictEqual(run([reservation()], { settings: { minUtilizationPct: 60 } }).flagged, [])
    assert.deepStrictEqual(run([reservation()], { settings: { minUtilizationPct: 61 } }).flagged, ["ri-1: underused"])
    const soon = reservation({ ...used, end: daysAgo(-40) })
    assert.deepStrictEqual(run([soon], { settings: { expiryNoticeDays: 45 } }).flagged, ["ri-1: expiring"])
    const reads = (includeSavingsPlans: boolean, days: number) =>
      scan.reads({ includeSavingsPlans, days })["held"]?.name
    assert.strictEqual(reads(true, 30), "commitments.held(30, reservations and plans)")
    assert.strictEqual(reads(false, 60), "commitments.held(60, reservations)")
  })

  it("reports every commitment, the most wasteful first, with what is covered and what can be given back", () => {
    const bought = plan({ id: "sp-2", start: daysAgo(2), unusedCost: 0 })
    const { report } = run([reservation({ id: "ri-2", ...used }), reservation(), bought], {
      coverage: [coverage(50), coverage(315, { use: "ec2:c5.large", reserved: 0, planned: 35 })]
    })
    assert.deepStrictEqual(
      report?.rows.map(({ commitment, waste, end, returnable }) => [commitment, waste, end, returnable]),
      [
        ["ri-1", 40, "2027-05-04", null],
        ["ri-2", 3, "2027-05-04", null],
        ["sp-2", 0, "2027-05-04", "2026-11-25"]
      ]
    )
    assert.include(
      report?.notes ?? [],
      `Reservations covered 42.9 % and Savings Plans 5 % of the hours of ${ec2} in the last 7 days.`
    )
    // Another month, too much an hour, or too late.
    const returnable = (overrides: Partial<Commitment>) =>
      run([plan({ start: daysAgo(2), ...overrides })]).report?.rows[0]?.["returnable"]
    assert.isNull(returnable({ hourlyCommitment: 101 }))
    assert.isNull(returnable({ start: daysAgo(7.1) }))
    assert.strictEqual(returnable({ hourlyCommitment: 100 }), "2026-11-25")
  })

  it("names the currency of the payer where it is not the dollar", () => {
    const { report } = run([reservation()], { currency: "CNY" })
    assert.deepInclude(report?.columns ?? [], { key: "waste", title: "Unused a month (CNY)", kind: "count" })
  })
})
