/** What the payer's lists tell of places that the audit is not about, and of resources that a tag leaves alone. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import type { NamedScan } from "../../audit/ScanRegistry.ts"
import type { AuditRequest } from "../../core/config/AuditRequest.ts"
import { leftOutBy } from "../../core/run/inRun.ts"
import { payerRegion } from "../../core/Scope.ts"
import { layerMemory } from "../../core/store/sqlite/sqlite.ts"
import { Store } from "../../core/store/Store.ts"
import { outcomesOf } from "../../query/coverage.ts"
import ebs from "../../scans/cost/get_cost_optimization_ebs.ts"
import spendByService from "../../scans/cost/get_cost_by_service.ts"
import { runNightly } from "../../workflows/engine.ts"
import { awsVolume, type Estate, member, organizationOf, payer, request, volumesScan, world } from "./harness.ts"

const hub: NamedScan = { name: "get_cost_optimization_ebs", category: "cost", scan: ebs }
const bill: NamedScan = { name: "get_cost_by_service", category: "cost", scan: spendByService }

const advice = (accountId: string, region: string, id: string) => ({
  recommendationId: `rec-${id}`,
  accountId,
  region,
  resourceId: id,
  resourceArn: `arn:aws:ec2:${region}:${accountId}:volume/${id}`,
  currentResourceType: "EbsVolume",
  actionType: "Delete",
  currencyCode: "USD",
  estimatedMonthlySavings: 40,
  estimatedMonthlyCost: 40,
  source: "ComputeOptimizer"
})

/** Volumes that are in use, so that our own scan finds nothing in them. */
const used = (id: string, overrides: object = {}) => awsVolume(id, { State: "in-use", ...overrides })

const estateOf = (): Estate => ({
  [payer]: { "eu-west-1": [used("vol-payer")] },
  [member]: { "eu-west-1": [used("vol-ours")], "us-east-1": [used("vol-far")] }
})

const answersOf = (estate: Estate): Parameters<typeof world>[0] => ({
  ...organizationOf(estate),
  "cost-optimization-hub:ListEnrollmentStatuses": () => ({
    items: [{ status: "Active", includeMemberAccounts: true }]
  }),
  "compute-optimizer:GetEnrollmentStatus": () => ({ status: "Active" }),
  "cost-optimization-hub:GetPreferences": () => ({ savingsEstimationMode: "AfterDiscounts" }),
  "cost-optimization-hub:ListRecommendations": () => ({
    items: [
      advice(payer, "eu-west-1", "vol-payer"),
      advice(member, "eu-west-1", "vol-ours"),
      advice(member, "us-east-1", "vol-far")
    ]
  }),
  "ce:GetCostAndUsage": ({ TimePeriod }) => ({
    ResultsByTime: [
      {
        TimePeriod,
        Groups: [
          {
            Keys: ["Amazon Elastic Compute Cloud - Compute", "Usage"],
            Metrics: { UnblendedCost: { Amount: "1", Unit: "USD" } }
          }
        ]
      }
    ]
  })
})

const at = (day: number) => TestClock.setTime(Date.parse("2026-11-20T02:00:00Z") + day * 86_400_000)

/** A night; what the Hub's findings are then, and what the night says that it left out. */
const night = Effect.fnUntraced(function* (day: number, estate: Estate, overrides: Partial<AuditRequest> = {}) {
  const store = yield* Store
  yield* at(day)
  const { layer } = world(answersOf(estate), Layer.succeed(Store, store), { scans: [volumesScan, hub, bill] })
  const id = yield* runNightly(request({ scans: ["find_unused_volumes", hub.name, bill.name], ...overrides })).pipe(
    Effect.provide(layer)
  )
  const run = yield* store.run(id)
  assert.isDefined(run)
  const outcomes = yield* Stream.runCollect(outcomesOf(run))
  const found = (yield* store.findings({ limit: 100, scans: [hub.name] })).items
  const [all] = yield* store.rollups(["all"])
  const [report] = yield* store.reports(bill.name, { account: payer, region: payerRegion })
  return {
    states: found
      .map(({ resolved, resource, setAside, status }) =>
        [resource.id, status, resolved?.reason ?? setAside?.author ?? ""].join(" ").trim()
      )
      .sort(),
    leftOut: outcomes.flatMap(({ leftOut = [] }) => leftOut),
    examined: outcomes.filter(({ scan }) => scan === hub.name).map(({ counters }) => counters.examined),
    monthlyUsd: all?.sums.confirmed.monthlyUsd,
    changes: run.summary?.changes,
    note: report?.report.notes.join(" ") ?? ""
  }
})

const open = ["vol-far open", "vol-ours open", "vol-payer open"]
const wholeBill = /accounts and regions that the audit leaves out as well/

describe("a list of the whole organisation", () => {
  it.effect("is judged where the audit is about it alone, and the outcome says what was left out and why", () =>
    Effect.gen(function* () {
      const everything = yield* night(0, estateOf())
      assert.deepStrictEqual([everything.states, everything.leftOut, everything.monthlyUsd], [open, [], 120])
      assert.notMatch(everything.note, wholeBill)

      const account = yield* night(1, estateOf(), { accounts: { organization: true, exclude: [payer] }, payer })
      assert.deepStrictEqual(account.leftOut, [{ why: `account ${payer} is not part of the audit`, resources: 1 }])
      assert.deepStrictEqual(account.examined, [2])
      assert.deepStrictEqual(account.states, ["vol-far open", "vol-ours open", "vol-payer resolved no_longer_judged"])
      assert.strictEqual(account.monthlyUsd, 80)
      assert.match(account.note, wholeBill)

      const region = yield* night(2, estateOf(), { excludeRegions: ["us-east-1"] })
      assert.deepStrictEqual(region.leftOut, [{ why: "region us-east-1 is not part of the audit", resources: 1 }])
      assert.deepStrictEqual(region.states, ["vol-far resolved no_longer_judged", "vol-ours open", "vol-payer open"])
      assert.deepStrictEqual(region.changes?.ended, { no_longer_judged: { findings: 1, monthlyUsd: 40 } })
      assert.strictEqual(region.monthlyUsd, 80)
      assert.match(region.note, wholeBill)

      const back = yield* night(3, estateOf())
      assert.deepStrictEqual([back.states, back.monthlyUsd], [open, 120])
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("tells nothing of an account that left, and its findings end with the account's own", () =>
    Effect.gen(function* () {
      yield* night(0, estateOf())
      const { [member]: _, ...left } = estateOf()
      const after = yield* night(1, left)
      assert.deepStrictEqual(after.states, [
        "vol-far resolved account_left",
        "vol-ours resolved account_left",
        "vol-payer open"
      ])
      assert.deepStrictEqual(after.changes?.ended, { account_left: { findings: 2, monthlyUsd: 80 } })
      assert.strictEqual(after.monthlyUsd, 40)
      assert.deepStrictEqual((yield* night(2, left)).changes?.ended, undefined)
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("ends nothing where a narrower run leaves out what the configuration does not", () =>
    Effect.gen(function* () {
      yield* night(0, estateOf())
      const narrow = yield* night(1, estateOf(), { regions: ["eu-west-1"], full: false })
      assert.deepStrictEqual(narrow.states, open)
      assert.deepStrictEqual(narrow.leftOut, [{ why: "region us-east-1 is not part of the audit", resources: 1 }])
    }).pipe(Effect.provide(layerMemory))
  )

  it("is about what the audit is about also where somebody asks for a part of it", () => {
    const scope = { account: payer, region: payerRegion }
    const plan = { accounts: [{ id: payer, name: "" }], regions: [], excludeRegions: [] }
    const audited = { accounts: [payer, member], regions: [], excludeRegions: ["us-east-1"] }
    const places = [payer, member].flatMap((account) =>
      ["eu-west-1", "us-east-1", "global"].map((region) => ({ account, region }))
    )
    const whys = (of: Parameters<typeof leftOutBy>[0]) =>
      places.map((place) => leftOutBy(of)(place, scope)?.slice(0, 7))
    assert.deepStrictEqual(whys(plan), [undefined, undefined, undefined, "account", "account", "account"])
    assert.deepStrictEqual(whys({ ...plan, audited }), [
      undefined,
      "region ",
      undefined,
      undefined,
      "region ",
      undefined
    ])
    assert.isUndefined(leftOutBy({ ...plan, accounts: [] })(scope, scope))
  })
})

describe("a resource with a tag that leaves it alone, of which the payer's list does not know the tag", () => {
  const tagged = (...ids: ReadonlyArray<string>): Estate => ({
    [payer]: { "eu-west-1": [used("vol-payer")] },
    [member]: {
      "eu-west-1": [used("vol-ours", ids.includes("vol-ours") ? { Tags: [{ Key: "finops:ignore", Value: "" }] } : {})],
      "us-east-1": [used("vol-far")]
    }
  })

  it.effect("is set aside and not counted by the scope that knows it, stays so, and is taken up without the tag", () =>
    Effect.gen(function* () {
      const aside = ["vol-far open", "vol-ours suppressed tags of the resource", "vol-payer open"]
      const first = yield* night(0, tagged("vol-ours"))
      assert.deepStrictEqual([first.states, first.monthlyUsd], [aside, 80])
      const second = yield* night(1, tagged("vol-ours"))
      assert.deepStrictEqual([second.states, second.monthlyUsd, second.changes?.reopened.findings], [aside, 80, 0])
      const third = yield* night(2, tagged())
      assert.deepStrictEqual([third.states, third.monthlyUsd, third.changes?.reopened.findings], [open, 120, 1])
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("stays set aside on a night that does not list it", () =>
    Effect.gen(function* () {
      yield* night(0, tagged("vol-ours"))
      const { states } = yield* night(1, tagged("vol-ours"), { regions: ["us-east-1"], full: false })
      assert.include(states, "vol-ours suppressed tags of the resource")
    }).pipe(Effect.provide(layerMemory))
  )
})
