import { assert, describe, it } from "@effect/vitest"
import { catalogueEntry } from "../../../audit/catalogueEntry.ts"
import type { Commitment } from "../../../datasets/billing/commitments.ts"
import * as commitments from "../../../datasets/billing/commitments.ts"
import { type PlanOffer, plans, planTypes } from "../../../datasets/billing/purchases.ts"
import utilization from "../../../scans/cost/analyze_reserved_instance_utilization.ts"
import scan from "../../../scans/cost/get_savings_plans_recommendations.ts"
import { defaultSettings } from "../../../scans/Scan.ts"
import { now } from "../../datasets/harness.ts"
import { gap, judge } from "../harness.ts"

const offer = (overrides: Partial<PlanOffer> = {}): PlanOffer => ({
  type: "COMPUTE_SP",
  term: "ONE_YEAR",
  payment: "NO_UPFRONT",
  account: "111111111111",
  family: "",
  region: "",
  currency: "USD",
  hourlyCommitment: 2,
  upfront: 0,
  monthlySavings: 730,
  savingsPercent: 27.04,
  utilizationPercent: 99.06,
  minimumHourly: 2.5,
  averageHourly: 3,
  generatedAt: "2026-11-19T10:00:00Z",
  askedAt: now,
  ...overrides
})

const owned = (purchased: number, unused: number) => ({ kind: "savings-plan", purchased, unused }) as Commitment

const charge = (key: string, recordType = "Usage") => ({
  start: "2026-11-01",
  key,
  recordType,
  amount: 1,
  currency: "USD",
  estimated: false
})

const everything = [
  charge("Amazon Elastic Compute Cloud - Compute"),
  charge("Amazon SageMaker"),
  charge("Amazon DynamoDB")
]

const run = (
  offers: ReadonlyArray<PlanOffer> | ReturnType<typeof gap>,
  { bill = everything, held = [], settings = {} }: { bill?: any; held?: any; settings?: Record<string, any> } = {}
) => judge(scan, { plans: offers, held, bill }, { settings, region: "global/payer" })

const report = (...parameters: Parameters<typeof run>) => {
  const made = run(...parameters).report
  assert.isDefined(made)
  return made as NonNullable<typeof made>
}

const notes = (...parameters: Parameters<typeof run>) => report(...parameters).notes.join(" ")

describe("get_savings_plans_recommendations", () => {
  it("says what to commit to, what it saves, and for how long the use must last", () => {
    const made = report([offer()])
    assert.deepStrictEqual(made.rows, [
      {
        plan: "Compute",
        account: "111111111111",
        family: "",
        region: "",
        hourlyCommitment: 2,
        upfront: 0,
        monthlySavings: 730,
        savingsPct: 27,
        utilizationPct: 99.1,
        ofMinimumPct: 80,
        // 1,460 a month is committed, and 2,190 would be paid on demand.
        breakEvenMonths: 8,
        steady: true
      }
    ])
    assert.deepStrictEqual(
      made.columns.map(({ key }) => key),
      Object.keys(made.rows[0] ?? {})
    )
    const long = report([offer({ term: "THREE_YEARS" })])
    assert.strictEqual(long.rows[0]?.["breakEvenMonths"], 24)
  })

  it("counts the larger of Compute and EC2 Instance plans, and adds the others", () => {
    const offers = [
      offer({ monthlySavings: 498.2 }),
      offer({ type: "EC2_INSTANCE_SP", family: "m6i", monthlySavings: 300 }),
      offer({ type: "EC2_INSTANCE_SP", family: "r6i", monthlySavings: 250 }),
      offer({ type: "SAGEMAKER_SP", monthlySavings: 10 }),
      offer({ type: "DATABASE_SP", monthlySavings: 100 })
    ]
    assert.match(notes(offers), /^660 USD a month at most, as AWS estimates it, outside every total of savings/)
    assert.match(notes(offers), /the larger counts, and never both/)
    assert.match(notes(offers), /Database plans are for a year and without upfront payment alone/)
    assert.notMatch(notes([offer()]), /never both|Database plans/)
    assert.deepStrictEqual(
      report(offers).rows.map(({ monthlySavings, plan }) => [plan, monthlySavings]),
      [
        ["Compute", 498.2],
        ["EC2 Instance", 300],
        ["EC2 Instance", 250],
        ["Database", 100],
        ["SageMaker AI", 10]
      ]
    )
    assert.strictEqual(run(offers).flags.length, 0)
  })

  it("warns where spend is not steady, and where the plans that are there are not used up", () => {
    const steady = (minimumHourly: number | null, averageHourly: number | null) =>
      report([offer({ minimumHourly, averageHourly })]).rows[0]?.["steady"]
    assert.deepStrictEqual(
      [steady(2.1, 3), steady(2.09, 3), steady(null, 3), steady(2, null)],
      [true, false, null, null]
    )
    assert.match(notes([offer({ minimumHourly: 1 })]), /less than 70 % of the average: commit to less/)
    assert.match(notes([offer()], { held: [owned(100, 6), owned(100, 0)] }), /were used to 97 % in the last 30 days\./)
    assert.match(notes([offer()], { held: [owned(100, 6)] }), /used to 94 % .*: use them up before another is bought/)
    assert.notMatch(notes([offer()]), /Plans that are there/)
    assert.match(notes([offer()], { held: gap() }), /How far the plans that are there are used is not known/)
  })

  it("says when AWS computed them, and when that is old", () => {
    const at = (generatedAt: string | null) => notes([offer({ generatedAt })])
    assert.match(at("2026-11-19T10:00:00Z"), /AWS computed them on 2026-11-19\./)
    assert.match(at("2026-11-16T10:00:00Z"), /2026-11-16, which is old: refresh them/)
    assert.match(at(null), /AWS did not say when it computed them/)
  })

  it("says what was not asked for, and what it does not know", () => {
    const bill = [charge("AWS Lambda")]
    assert.match(
      notes([], { bill }),
      /Not asked for, because the bill shows no use of it at on-demand prices: EC2_INSTANCE_SP, SAGEMAKER_SP, DATABASE_SP\./
    )
    assert.notMatch(notes([], { bill: gap() }), /Not asked for/)
    const strange = notes([], { bill, settings: { types: ["compute_sp", "QUANTUM_SP"] } })
    assert.match(strange, /Not known, and left out: QUANTUM_SP\./)
    assert.notMatch(strange, /Not asked for/)
  })

  it("asks what its settings say", () => {
    const nameOf = (settings: object) => scan.reads({ ...defaultSettings(scan.settings), ...settings })["plans"]?.name
    const purchase = { accountScope: "PAYER", lookback: "SIXTY_DAYS", payment: "NO_UPFRONT", term: "ONE_YEAR" } as const
    assert.strictEqual(nameOf({}), plans(planTypes, purchase).name)
    assert.strictEqual(nameOf({ types: ["database_sp"] }), plans(["DATABASE_SP"], purchase).name)
    const settings = {
      term: "THREE_YEARS",
      paymentOption: "ALL_UPFRONT",
      lookback: "SEVEN_DAYS",
      accountScope: "LINKED"
    }
    const other = {
      accountScope: "LINKED",
      lookback: "SEVEN_DAYS",
      payment: "ALL_UPFRONT",
      term: "THREE_YEARS"
    } as const
    assert.strictEqual(nameOf(settings), plans(planTypes, other).name)
    assert.strictEqual(
      report([], { settings: { term: "THREE_YEARS", paymentOption: "ALL_UPFRONT" } }).title,
      "Savings Plans that AWS recommends: three years, all upfront"
    )
  })

  it("shares the bill and the use of plans with the scan of what is owned", () => {
    const reads = scan.reads(defaultSettings(scan.settings))
    const theirs = utilization.reads(defaultSettings(utilization.settings))
    assert.strictEqual(reads["held"], theirs["held"])
    assert.strictEqual(reads["bill"], commitments.bill)
  })

  it("has no rows where AWS recommends nothing, says what is not known, and has no report where nothing is", () => {
    assert.deepStrictEqual(report([]).rows, [])
    const partly = run(gap([offer()]))
    assert.strictEqual(partly.status, "partial")
    assert.match(partly.report?.notes.join(" ") ?? "", /Not all of them are known/)
    assert.deepStrictEqual([run(gap()).report, run(gap()).status], [undefined, "unavailable"])
  })

  it("names another currency, and is a report of paid actions", () => {
    assert.deepStrictEqual(report([offer({ currency: "CNY" })]).columns[6], {
      key: "monthlySavings",
      title: "Saves a month (CNY)",
      kind: "count"
    })
    const { actions, kind } = catalogueEntry("get_savings_plans_recommendations", "cost", scan)
    assert.strictEqual(kind, "report")
    assert.include(actions, "ce:GetSavingsPlansPurchaseRecommendation")
  })
})
