/** What holds for every scan that reads the recommendations of Cost Optimization Hub for one kind of resource. */
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { catalogueEntry, scanReads } from "../../../audit/catalogueEntry.ts"
import { known } from "../../../core/Reading.ts"
import { payerRegion } from "../../../core/Scope.ts"
import type { Finding } from "../../../core/finding/Finding.ts"
import type { Advised, Recommendation } from "../../../datasets/billing/billing.ts"
import all from "../../../scans/cost/get_all_cost_optimization_recommendations.ts"
import { defaultSettings, type Scan } from "../../../scans/Scan.ts"
import { awsFailure } from "../../datasets/harness.ts"
import { auditOne } from "../auditHarness.ts"
import { gap, judge } from "../harness.ts"

export const recommendation = (overrides: Partial<Recommendation> = {}): Recommendation => ({
  id: "rec-1",
  account: "222222222222",
  region: "eu-central-1",
  resourceArn: "arn:aws:ec2:eu-central-1:222222222222:instance/i-1",
  resourceId: "i-1",
  resourceType: "Ec2Instance",
  action: "Rightsize",
  currency: "USD",
  monthlySavings: 35.504,
  monthlyCost: 71.01,
  currentSummary: "m5.xlarge",
  recommendedSummary: "m5.large",
  effort: "Medium",
  restartNeeded: true,
  rollbackPossible: true,
  lookbackDays: 14,
  source: "ComputeOptimizer",
  refreshedAt: "2026-11-19T12:00:00.000Z",
  tags: {},
  ...overrides
})

const enrolled = { payer: true, members: true }

/** Everybody is advised on by everybody. */
export const advisedOn: Advised = { hub: enrolled, optimizer: enrolled }

type SettingValues = Record<string, string | boolean | ReadonlyArray<string>>

/** What the scan says of recommendations. */
export const advise = (
  scan: Scan,
  recommendations: ReadonlyArray<Recommendation> | ReturnType<typeof gap>,
  settings: SettingValues = {},
  savingsMode: string | undefined = "AfterDiscounts"
) =>
  judge(
    scan,
    { recommendations, preferences: savingsMode === undefined ? gap() : { savingsMode }, advised: advisedOn },
    { settings, region: payerRegion }
  )

/** Checks a scan by a recommendation that is its own. */
export const itIsAboutTheHub = (scan: Scan, own: Recommendation) => {
  const other = recommendation({ resourceType: "NatGateway", resourceId: "nat-1", resourceArn: "arn:nat-1" })

  it("takes the recommendation's own account, region and saving", () => {
    const { flags, status } = advise(scan, [own, other])
    assert.strictEqual(flags.length, 1)
    assert.deepInclude(flags[0], { account: own.account, region: own.region ?? "", kind: "money" })
    assert.deepStrictEqual(flags[0]?.savings, {
      monthlyUsd: Math.round((own.monthlySavings ?? 0) * 100) / 100,
      basis: "estimate",
      source: "cost-optimization-hub",
      claim: "rightsize",
      counted: false,
      terms: [],
      note: "Estimated by Cost Optimization Hub from 14 days of use, after discounts.",
      price: "net"
    })
    assert.strictEqual(status, "complete")
  })

  it("names the resource as the list of all recommendations does, so that its money counts once", () => {
    const [flag] = advise(scan, [own]).flags
    const [same] = judge(
      all,
      { recommendations: [own], preferences: { savingsMode: "AfterDiscounts" }, totals: gap(), advised: advisedOn },
      { region: payerRegion }
    ).flags
    assert.deepStrictEqual(flag?.resource, same?.resource)
    assert.deepStrictEqual(flag?.savings, same?.savings)
    assert.deepStrictEqual(flag?.evidence, same?.evidence)
  })

  it("reads the same lists as the scan of all recommendations, and nothing that costs money", () => {
    for (const includeOverlapping of [false, true]) {
      const settings = { ...defaultSettings(scan.settings), includeOverlapping }
      const reads = scan.reads(settings)
      const theirs = all.reads({ ...defaultSettings(all.settings), includeOverlapping })
      assert.strictEqual(reads["recommendations"], theirs["recommendations"])
      assert.strictEqual(reads["preferences"], theirs["preferences"])
      assert.deepStrictEqual(Object.keys(reads), ["recommendations", "preferences", "advised"])
    }
    const { kind, scope } = catalogueEntry("scan", "cost", scan)
    const { operations } = scanReads(scan)
    assert.deepStrictEqual([kind, scope], ["finding", "payer"])
    assert.isTrue(operations.every(({ paid }) => paid === undefined))
  })

  it("is a ceiling where AWS estimates before discounts, and says when that is not known", () => {
    const [before] = advise(scan, [own], {}, "BeforeDiscounts").flags
    assert.strictEqual(before?.savings?.basis, "upper_bound")
    assert.match(before?.savings?.note ?? "", /before discounts\.$/)
    assert.isUndefined(before?.savings?.price)
    const unsaid = judge(
      scan,
      { recommendations: [own], preferences: gap(), advised: advisedOn },
      { region: payerRegion }
    )
    assert.match(unsaid.flags[0]?.savings?.note ?? "", /before or after discounts: unknown/)
    assert.strictEqual(unsaid.status, "partial")
    // Nothing is taken off for commitments from what may be net already.
    assert.isUndefined(unsaid.flags[0]?.savings?.facts)
    assert.isTrue(unsaid.flags[0]?.savings?.priceUntold)
    assert.isUndefined(before?.savings?.priceUntold)
  })

  it("filters by accounts, regions, actions and effort", () => {
    const count = (settings: SettingValues, one = own) => advise(scan, [one], settings).flags.length
    assert.deepStrictEqual([count({ accountIds: [own.account] }), count({ accountIds: ["333333333333"] })], [1, 0])
    assert.deepStrictEqual([count({ regions: ["eu-central-1"] }), count({ regions: ["eu-west-1"] })], [1, 0])
    assert.deepStrictEqual([count({ actionTypes: ["rightsize"] }), count({ actionTypes: ["Delete"] })], [1, 0])
    const hard = { ...own, effort: "High" }
    assert.deepStrictEqual(
      [count({ maxImplementationEffort: "High" }, hard), count({ maxImplementationEffort: "Medium" }, hard)],
      [1, 0]
    )
  })

  it("lists the worse options with the best where they are read", () => {
    const options = [{ ...own, action: "Stop", monthlySavings: 5 }, own]
    const { flags } = advise(scan, options, { includeOverlapping: true })
    assert.strictEqual(flags.length, 1)
    assert.deepStrictEqual(flags[0]?.evidence["otherOptions"], [`Stop to ${own.recommendedSummary}: 5.00 USD a month`])
  })

  it("finds nothing where there is nothing, and takes nothing for gone where the list broke off", () => {
    assert.deepStrictEqual([advise(scan, []).flags.length, advise(scan, []).status], [0, "complete"])
    const broken = advise(scan, gap([own]))
    assert.deepStrictEqual(
      [broken.flags.length, broken.status, broken.stateOf("arn:elsewhere")],
      [1, "partial", "unknown"]
    )
    assert.strictEqual(advise(scan, gap()).status, "unavailable")
  })

  it("takes advice for withdrawn that is not there any more, where whoever gave it still advises on the account", () => {
    const finding = {
      account: own.account,
      resource: { arn: "arn:carried-out" },
      evidence: { source: own.source }
    } as unknown as Finding
    const isOver = (list: ReadonlyArray<Recommendation> | ReturnType<typeof gap>, advised: unknown, told = finding) =>
      judge(scan, { recommendations: list, preferences: {}, advised }, { region: payerRegion }).isOver(told)
    const yes = known(true)
    const nobody = { hub: { payer: false, members: false }, optimizer: { payer: false, members: false } }
    // Other advice of the same kind for the account shows it, and AWS says it where there is none.
    assert.deepStrictEqual(isOver([{ ...own, resourceArn: "arn:other" }], nobody), yes)
    assert.deepStrictEqual(isOver([], advisedOn), yes)
    assert.isFalse(isOver([], nobody).known)
    assert.isFalse(isOver([], gap()).known)
    assert.isFalse(isOver([{ ...own, resourceArn: "arn:other", source: "CostExplorer" }], nobody).known)
    assert.isFalse(isOver([{ ...own, account: "333333333333" }], nobody).known)
    // Another account than the payer is advised on with the members, and Compute Optimizer's advice needs Compute Optimizer.
    assert.isFalse(isOver([], { ...advisedOn, optimizer: { payer: true, members: false } }).known)
    assert.deepStrictEqual(
      isOver([], { ...nobody, optimizer: { payer: true, members: false } }, { ...finding, account: "111111111111" }),
      yes
    )
    assert.isFalse(isOver([], { ...advisedOn, optimizer: nobody.optimizer }).known)
    const bought = { ...finding, evidence: { source: "CostExplorer" } }
    assert.deepStrictEqual(isOver([], { ...advisedOn, optimizer: nobody.optimizer }, bought), yes)
    // Of whom nobody says that he gave it, that is the one of whom more is asked.
    assert.isFalse(isOver([], { ...advisedOn, optimizer: nobody.optimizer }, { ...finding, evidence: {} }).known)
    // Not where the list broke off, and not what is in it.
    assert.deepStrictEqual(isOver(gap([own]), advisedOn), known(false))
    const [flag] = advise(scan, [own]).flags
    assert.deepStrictEqual(
      isOver([own], advisedOn, { ...finding, resource: flag?.resource } as unknown as Finding),
      known(false)
    )
  })

  it.effect("is four free calls, suppressed by a tag, and unavailable where the hub is denied", () =>
    Effect.gen(function* () {
      const item = {
        recommendationId: "rec-1",
        accountId: own.account,
        region: own.region,
        resourceId: own.resourceId,
        resourceArn: own.resourceArn,
        currentResourceType: own.resourceType,
        actionType: own.action,
        estimatedMonthlySavings: 10,
        tags: [{ key: "finops:ignore", value: "" }]
      }
      const hub = {
        "compute-optimizer:GetEnrollmentStatus": () => ({ status: "Active" }),
        "cost-optimization-hub:ListEnrollmentStatuses": () => ({ items: [{ status: "Active" }] }),
        "cost-optimization-hub:GetPreferences": () => ({ savingsEstimationMode: "AfterDiscounts" }),
        "cost-optimization-hub:ListRecommendations": () => ({ items: [item] })
      }
      const { calls, result } = yield* auditOne(scan, hub, { region: payerRegion })
      assert.deepStrictEqual(Object.values(calls), [1, 1, 1, 1])
      assert.deepInclude(result.counters, { flagged: 0, suppressed: 1 })
      const denied = () => {
        throw awsFailure("AccessDeniedException", "no")
      }
      const none = yield* auditOne(
        scan,
        { ...hub, "cost-optimization-hub:ListRecommendations": denied },
        { region: payerRegion }
      )
      assert.deepStrictEqual([none.result.status, none.result.reason?.code], ["unavailable", "denied_by_iam"])
    })
  )
}
