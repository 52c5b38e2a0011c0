import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { known, unknown } from "../../../core/Reading.ts"
import { payerRegion } from "../../../core/Scope.ts"
import type { Recommendation, RecommendationTotals } from "../../../datasets/billing/billing.ts"
import { Evidence } from "../../../datasets/engine/Evidence.ts"
import scan from "../../../scans/cost/get_all_cost_optimization_recommendations.ts"
import { awsFailure } from "../../datasets/harness.ts"
import { auditOne } from "../auditHarness.ts"
import { contextOf, gap, judge } from "../harness.ts"
import { advisedOn } from "./hub.ts"

const volume = (overrides: Partial<Recommendation> = {}): Recommendation => ({
  id: "rec-1",
  account: "222222222222",
  region: "eu-central-1",
  resourceArn: "arn:aws:ec2:eu-central-1:222222222222:volume/vol-1",
  resourceId: "vol-1",
  resourceType: "EbsVolume",
  action: "Delete",
  currency: "USD",
  monthlySavings: 48.6249,
  monthlyCost: 48.6249,
  currentSummary: "gp3 500 GB",
  recommendedSummary: null,
  effort: "Low",
  restartNeeded: false,
  rollbackPossible: true,
  lookbackDays: 32,
  source: "ComputeOptimizer",
  refreshedAt: "2026-11-19T12:00:00.000Z",
  tags: { Name: "data", team: "shop" },
  ...overrides
})

const savingsPlan = (overrides: Partial<Recommendation> = {}) =>
  volume({
    region: null,
    resourceArn: null,
    resourceId: null,
    resourceType: "ComputeSavingsPlans",
    action: "PurchaseSavingsPlans",
    currentSummary: null,
    recommendedSummary: "$1.25/hour Compute Savings Plans, 1 year",
    tags: {},
    ...overrides
  })

const run = (
  recommendations: ReadonlyArray<Recommendation>,
  settings: Record<string, string | boolean | ReadonlyArray<string>> = {},
  preferences: { savingsMode: string | null } | undefined = { savingsMode: "AfterDiscounts" }
) =>
  judge(
    scan,
    { recommendations, preferences: preferences ?? gap(), totals: gap(), advised: advisedOn },
    { settings, region: "global/payer" }
  )

describe("get_all_cost_optimization_recommendations", () => {
  it("gives a recommendation its own account, region and resource, so that claims on one resource meet", () => {
    const [flag] = run([volume()]).flags
    assert.strictEqual(flag?.account, "222222222222")
    assert.strictEqual(flag?.region, "eu-central-1")
    assert.deepStrictEqual(flag?.resource, {
      type: "ec2:volume",
      service: "EC2 - Other",
      id: "vol-1",
      arn: "arn:aws:ec2:eu-central-1:222222222222:volume/vol-1",
      name: "data",
      tags: { Name: "data", team: "shop" },
      createdAt: null
    })
    assert.strictEqual(flag?.kind, "money")
    assert.isUndefined(flag?.observe)
  })

  it("takes the saving as AWS estimates it, with window and discounts in words", () => {
    const [flag] = run([volume()]).flags
    assert.deepStrictEqual(flag?.savings, {
      monthlyUsd: 48.62,
      basis: "estimate",
      source: "cost-optimization-hub",
      claim: "delete",
      counted: false,
      terms: [],
      note: "Estimated by Cost Optimization Hub from 32 days of use, after discounts.",
      price: "net"
    })
    const note = (preferences: { savingsMode: string | null } | undefined, overrides: Partial<Recommendation> = {}) =>
      judge(
        scan,
        { recommendations: [volume(overrides)], preferences: preferences ?? gap(), totals: gap(), advised: advisedOn },
        { region: "global/payer" }
      ).flags[0]?.savings?.note
    assert.match(note({ savingsMode: "BeforeDiscounts" }) ?? "", /before discounts\.$/)
    assert.strictEqual(
      note(undefined, { lookbackDays: null }),
      "Estimated by Cost Optimization Hub, before or after discounts: unknown."
    )
  })

  it("maps every action to a claim, and keeps purchases apart from resources", () => {
    const claimOf = (action: string) => {
      const [flag] = run([volume({ action })]).flags
      return [flag?.reasons[0], flag?.savings?.claim]
    }
    assert.deepStrictEqual(claimOf("Delete"), ["delete", "delete"])
    assert.deepStrictEqual(claimOf("Stop"), ["stop", "stop"])
    assert.deepStrictEqual(claimOf("Rightsize"), ["rightsize", "rightsize"])
    assert.deepStrictEqual(claimOf("ScaleIn"), ["scale_in", "rightsize"])
    assert.deepStrictEqual(claimOf("Upgrade"), ["upgrade", "modernise"])
    assert.deepStrictEqual(claimOf("MigrateToGraviton"), ["migrate_to_graviton", "modernise"])
    assert.deepStrictEqual(claimOf("PurchaseSavingsPlans"), ["purchase_savings_plans", "commitment"])
    assert.deepStrictEqual(claimOf("PurchaseReservedInstances"), ["purchase_reserved_instances", "commitment"])
    assert.deepStrictEqual(claimOf("PurchaseSomethingNew"), ["other_action", "commitment"])
    assert.deepStrictEqual(claimOf("Hibernate"), ["other_action", "lifecycle"])
    assert.deepStrictEqual(claimOf("constructor"), ["other_action", "lifecycle"])
  })

  it("knows the newer types as our own scans do, and what may cover a cache", () => {
    const cache = "arn:aws:elasticache:eu-central-1:222222222222:cluster:sessions"
    const of = (resourceType: string, resourceArn: string, currentSummary: string) =>
      run([volume({ resourceType, resourceArn, currentSummary })], {}, { savingsMode: "BeforeDiscounts" }).flags[0]
    const flag = of("ElastiCacheCluster", cache, "cache.r6g.large")
    assert.deepInclude(flag?.resource, { type: "elasticache:cluster", service: "Amazon ElastiCache", arn: cache })
    assert.deepStrictEqual(flag?.savings?.facts, ["elasticache.redis.cache.r6g.large"])
    const table = of("DynamoDBTable", "arn:aws:dynamodb:eu-central-1:222222222222:table/orders", "Provisioned")
    assert.deepInclude(table?.resource, { type: "dynamodb:table", service: "Amazon DynamoDB" })
  })

  it("keeps resource types that it does not know", () => {
    const arn = "arn:aws:quantum:eu-central-1:222222222222:computer/1"
    const [flag] = run([volume({ resourceType: "QuantumComputer", resourceId: "1", resourceArn: arn })]).flags
    assert.strictEqual(flag?.resource.type, "cost-optimization-hub:quantum-computer")
    assert.strictEqual(flag?.resource.arn, arn)
  })

  it("strips the version from a function's ARN, and keeps a database's storage apart from its instance", () => {
    const fn = "arn:aws:lambda:eu-central-1:222222222222:function:resize"
    const db = "arn:aws:rds:eu-central-1:222222222222:db:orders"
    const arns = run([
      volume({ resourceType: "LambdaFunction", resourceArn: `${fn}:$LATEST` }),
      volume({ resourceType: "RdsDbInstance", resourceArn: db, action: "Rightsize" }),
      volume({ resourceType: "RdsDbInstanceStorage", resourceArn: db, action: "Upgrade" })
    ]).flags.map(({ resource }) => resource.arn)
    assert.deepStrictEqual(arns, [fn, db, `${db}#storage`])
  })

  it("gives a commitment an identity that survives a refresh of its figures and its id", () => {
    const arnOf = (overrides: Partial<Recommendation>) => run([savingsPlan(overrides)]).flags[0]?.resource.arn
    const first = arnOf({})
    assert.strictEqual(
      first,
      "arn:aws:cost-optimization-hub::222222222222:ComputeSavingsPlans/hour-Compute-Savings-Plans-year"
    )
    assert.strictEqual(
      arnOf({ id: "rec-2", recommendedSummary: "$1,300.75/hour Compute Savings Plans, 1 year" }),
      first
    )
    const reserved = (summary: string) =>
      arnOf({ resourceType: "Ec2ReservedInstances", region: "eu-west-1", recommendedSummary: summary })
    assert.strictEqual(reserved("12 m5.2xlarge reserved"), reserved("13 m5.2xlarge reserved"))
    assert.notStrictEqual(reserved("12 m5.2xlarge reserved"), reserved("12 m5.4xlarge reserved"))
    const [flag] = run([savingsPlan()]).flags
    assert.strictEqual(flag?.region, "global/payer")
    assert.strictEqual(flag?.resource.id, "$1.25/hour Compute Savings Plans, 1 year")
  })

  it("is the same finding when AWS refreshes the same advice under another id", () => {
    const [before] = run([volume()]).flags
    const [after] = run([volume({ id: "rec-9", refreshedAt: "2026-11-20T12:00:00.000Z" })]).flags
    assert.deepStrictEqual(before, after)
  })

  it("makes one finding of the options for a resource: the best, with the others beside it", () => {
    const instance = (action: string, monthlySavings: number, recommendedSummary: string) =>
      volume({
        resourceType: "Ec2Instance",
        resourceArn: "arn:aws:ec2:eu-central-1:222222222222:instance/i-1",
        action,
        monthlySavings,
        recommendedSummary
      })
    const { flags } = run([
      instance("MigrateToGraviton", 20, "m7g.large"),
      instance("Stop", 70, "stopped"),
      instance("Rightsize", 35, "m5.large")
    ])
    assert.strictEqual(flags.length, 1)
    assert.strictEqual(flags[0]?.reasons[0], "stop")
    assert.strictEqual(flags[0]?.savings?.monthlyUsd, 70)
    assert.deepStrictEqual(flags[0]?.evidence["otherOptions"], [
      "MigrateToGraviton to m7g.large: 20.00 USD a month",
      "Rightsize to m5.large: 35.00 USD a month"
    ])
  })

  it("goes by the cost ladder, one step down where the effort is very high", () => {
    const severity = (monthlySavings: number, effort: string) =>
      run([volume({ monthlySavings, effort })]).flags[0]?.severity
    assert.strictEqual(severity(1200, "Low"), "critical")
    assert.strictEqual(severity(1200, "VeryHigh"), "high")
    assert.strictEqual(severity(25, "High"), "medium")
    assert.strictEqual(severity(25, "VeryHigh"), "low")
  })

  it("is a notice where AWS gives no amount, nothing, or another currency: nothing of it is summed", () => {
    const noteOf = (overrides: Partial<Recommendation>) => {
      const [flag] = run([volume(overrides)]).flags
      assert.strictEqual(flag?.kind, "notice")
      assert.strictEqual(flag?.savings, null)
      assert.strictEqual(flag?.severity, "info")
      return flag?.note
    }
    assert.strictEqual(noteOf({ monthlySavings: null }), "Cost Optimization Hub gives no amount.")
    for (const monthlySavings of [-3, 0, 0.004]) {
      assert.include(noteOf({ monthlySavings }) ?? "", "It says that this saves nothing.")
    }
    const yuan = noteOf({ currency: "CNY", monthlySavings: 100 })
    assert.include(yuan ?? "", "It says 100.00 CNY a month; only USD is summed.")
    assert.isNull(run([volume({ currency: "CNY" })]).flags[0]?.evidence["monthlyCostUsd"])
  })

  it("does not depend on the order, nor on the case in which AWS writes its words", () => {
    const instance = (action: string, monthlySavings: number) =>
      volume({ resourceType: "Ec2Instance", resourceArn: "arn:i-1", action, monthlySavings })
    const options = [instance("Rightsize", 20), instance("Stop", 20), instance("Rightsize", 7)]
    assert.deepStrictEqual(run(options).flags, run(options.toReversed()).flags)
    const [flag] = run([volume({ action: "DELETE", resourceType: "ebsvolume", effort: "VERYHIGH" })]).flags
    assert.deepStrictEqual([flag?.reasons[0], flag?.resource.type, flag?.severity], ["delete", "ec2:volume", "low"])
    const settings = { actionTypes: ["delete"], resourceTypes: ["EBSVOLUME"], maxImplementationEffort: "Low" }
    assert.strictEqual(run([volume({ effort: "low" })], settings).flags.length, 1)
  })

  it("keeps what was listed before the list broke off, and takes nothing for gone", () => {
    const result = judge(
      scan,
      { recommendations: gap([volume()]), preferences: gap(), totals: gap(), advised: advisedOn },
      { region: "global/payer" }
    )
    assert.deepStrictEqual(result.flagged, ["vol-1: delete"])
    assert.strictEqual(result.status, "partial")
    assert.strictEqual(result.stateOf("arn:elsewhere"), "unknown")
  })

  it("filters by each setting", () => {
    const all = [
      volume(),
      savingsPlan({ effort: "VeryLow" }),
      volume({ resourceArn: "arn:x", resourceId: "vol-2", effort: null })
    ]
    const count = (settings: Record<string, string | ReadonlyArray<string>>) => run(all, settings).flags.length
    assert.strictEqual(count({}), 3)
    assert.strictEqual(count({ accountIds: ["222222222222"] }), 3)
    assert.strictEqual(count({ accountIds: ["333333333333"] }), 0)
    assert.strictEqual(count({ regions: ["eu-central-1"] }), 2)
    assert.strictEqual(count({ resourceTypes: ["EbsVolume"] }), 2)
    assert.strictEqual(count({ actionTypes: ["PurchaseSavingsPlans"] }), 1)
    assert.strictEqual(count({ maxImplementationEffort: "VeryLow" }), 1)
    assert.strictEqual(count({ maxImplementationEffort: "Low" }), 2)
    assert.strictEqual(count({ maxImplementationEffort: "High" }), 2)
  })

  it("reads the other options only when asked", () => {
    const nameOf = (includeOverlapping: boolean) => {
      const read = scan.reads({ includeOverlapping })["recommendations"]
      return read !== undefined && "name" in read ? read.name : ""
    }
    assert.strictEqual(nameOf(false), "billing.recommendations(best)")
    assert.strictEqual(nameOf(true), "billing.recommendations(overlapping)")
  })

  describe("report", () => {
    const report = (totals: RecommendationTotals | undefined, recommendations = [volume()]) =>
      scan.report?.(
        {
          recommendations: new Evidence(recommendations),
          preferences: known({ savingsMode: "AfterDiscounts" }),
          totals: totals === undefined ? unknown("denied") : known(totals)
        },
        contextOf(scan, { region: "global/payer" })
      )

    it("has the totals of AWS, overlaps removed, not the sum of its rows", () => {
      const accounts = [
        { account: "111111111111", monthlySavings: 40, count: 2 },
        { account: "222222222222", monthlySavings: 90, count: 3 }
      ]
      const made = report({ currency: "USD", monthlySavings: 100, accounts })
      assert.deepStrictEqual(made?.rows, [
        { account: "222222222222", recommendations: 3, monthlySavings: 90 },
        { account: "111111111111", recommendations: 2, monthlySavings: 40 },
        { account: "Total", recommendations: 5, monthlySavings: 100 }
      ])
      assert.include(made?.notes ?? [], "Estimation mode: AfterDiscounts.")
      assert.include(
        made?.notes ?? [],
        "Recommendations were refreshed from 2026-11-19T12:00:00.000Z to 2026-11-19T12:00:00.000Z."
      )
    })

    it("has no total of its own where AWS gave none", () => {
      const made = report(undefined)
      assert.deepStrictEqual(made?.rows, [])
      assert.match(made?.notes[0] ?? "", /did not give its totals/)
    })
  })

  describe("over AWS", () => {
    const item = {
      recommendationId: "rec-1",
      accountId: "222222222222",
      region: "eu-west-1",
      resourceId: "vol-1",
      resourceArn: "arn:aws:ec2:eu-west-1:222222222222:volume/vol-1",
      currentResourceType: "EbsVolume",
      actionType: "Delete",
      estimatedMonthlySavings: 10,
      currencyCode: "USD",
      tags: [{ key: "finops:ignore", value: "" }]
    }
    const hub = (items: ReadonlyArray<object>) => ({
      "cost-optimization-hub:ListEnrollmentStatuses": () => ({ items: [{ status: "Active" }] }),
      "cost-optimization-hub:GetPreferences": () => ({ savingsEstimationMode: "BeforeDiscounts" }),
      "compute-optimizer:GetEnrollmentStatus": () => ({ status: "Active" }),
      "cost-optimization-hub:ListRecommendations": () => ({ items }),
      "cost-optimization-hub:ListRecommendationSummaries": () => ({ estimatedTotalDedupedSavings: 10, items: [] })
    })
    const audit = (answers: Parameters<typeof auditOne>[1]) => auditOne(scan, answers, { region: payerRegion })
    const deny = () => {
      throw awsFailure("AccessDeniedException", "no")
    }

    it.effect("is five free calls, and a tag on the recommendation suppresses it", () =>
      Effect.gen(function* () {
        const { calls, result } = yield* audit(
          hub([item, { ...item, recommendationId: "rec-2", resourceArn: "arn:2", tags: [] }])
        )
        assert.deepStrictEqual(Object.values(calls), [1, 1, 1, 1, 1])
        assert.strictEqual(result.status, "complete")
        assert.deepInclude(result.counters, { examined: 2, flagged: 1, suppressed: 1 })
        assert.strictEqual(result.drafts[0]?.account, "222222222222")
        assert.strictEqual(result.drafts[0]?.region, "eu-west-1")
        assert.deepStrictEqual(result.drafts[0]?.scope, { account: "111111111111", region: payerRegion })
      })
    )

    it.effect("is not enabled, with what to do, rather than without findings where the payer is not enrolled", () =>
      Effect.gen(function* () {
        const inactive = () => ({ items: [{ status: "Inactive" }] })
        const { result } = yield* audit({ "cost-optimization-hub:ListEnrollmentStatuses": inactive })
        assert.strictEqual(result.status, "unavailable")
        assert.strictEqual(result.reason?.code, "not_enabled")
        assert.match(result.reason?.message ?? "", /Enable Cost Optimization Hub in the Billing/)
      })
    )

    it.effect("goes on without totals and preferences, and says that it is partial", () =>
      Effect.gen(function* () {
        const { result } = yield* audit({
          ...hub([{ ...item, tags: [] }]),
          "cost-optimization-hub:GetPreferences": deny,
          "cost-optimization-hub:ListRecommendationSummaries": deny
        })
        assert.strictEqual(result.status, "partial")
        assert.strictEqual(result.reason?.code, "denied_by_iam")
        assert.strictEqual(result.counters.flagged, 1)
        assert.match(result.drafts[0]?.savings?.note ?? "", /before or after discounts: unknown/)
      })
    )

    it.effect("is unavailable where recommendations are denied", () =>
      Effect.gen(function* () {
        const { result } = yield* audit({ ...hub([]), "cost-optimization-hub:ListRecommendations": deny })
        assert.strictEqual(result.status, "unavailable")
        assert.strictEqual(result.reason?.code, "denied_by_iam")
      })
    )
  })
})
