/** Nights over the sample organisation: what of the bill is asked on which of them, what it costs, and how old what is shown may be. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { catalogue } from "../../audit/catalogue.ts"
import { payerRegion } from "../../core/Scope.ts"
import { layerMemory } from "../../core/store/sqlite/sqlite.ts"
import { Store } from "../../core/store/Store.ts"
import { sampleNight } from "../../sample/estate.ts"
import { costExplorerRequests } from "../../scripts/monthlyCost.ts"
import { runNightly } from "../../workflows/engine.ts"
import { awsFailure } from "../datasets/harness.ts"
import { request } from "./harness.ts"
import { sampleNights } from "./sampleNights.ts"

/** The payer's scans, and one of accounts that asks of the bill whatever any of them does: together all that is paid for. */
const scansOfBill = [
  ...catalogue.filter(({ scope }) => scope === "payer").map(({ name }) => name),
  "find_outdated_rds_engine_versions"
]

/** What Cost Explorer is asked, without the days. */
const questionOf = (name: string, { Filter, Granularity, GroupBy, ...rest }: any): string =>
  [
    name,
    Granularity ?? "",
    (GroupBy ?? []).map(({ Key }: any) => Key).join("+"),
    ...(rest.SavingsPlansType === undefined ? [] : [rest.SavingsPlansType]),
    ...(rest.Service === undefined ? [] : [rest.Service]),
    ...(Filter?.Dimensions?.Key === "SERVICE" ? [Filter.Dimensions.Values.join()] : [])
  ].join(" ")

/** The questions of one night, in their order. */
const night = Effect.fnUntraced(function* (
  day: number,
  {
    refuse,
    scans = scansOfBill,
    code = "ValidationException"
  }: {
    readonly scans?: ReadonlyArray<string>
    readonly refuse?: (question: string) => boolean
    readonly code?: string
  } = {}
) {
  const asked: Array<string> = []
  const layer = sampleNights(async ([{ name, service }, input], sample) => {
    if (service !== "ce") return sample()
    const question = questionOf(name, input)
    asked.push(question)
    if (refuse?.(question) === true) throw awsFailure(code, "no", 400)
    return sample()
  })
  yield* TestClock.setTime(sampleNight.getTime() + day * 86_400_000)
  const id = yield* runNightly(request({ scans })).pipe(Effect.provide(layer))
  return { asked, id }
})

const nightly = [
  // Spend by day and what each account pays for which service so far; what commitments covered, where there are any.
  "GetCostAndUsage DAILY SERVICE+RECORD_TYPE",
  "GetCostAndUsage MONTHLY LINKED_ACCOUNT+SERVICE",
  "GetCostAndUsage MONTHLY USAGE_TYPE+RECORD_TYPE"
]

const isNightly = (question: string) => nightly.some((one) => question.startsWith(one))

const isOfLastMonth = (question: string) => question.startsWith("GetCostAndUsage MONTHLY") && !isNightly(question)

describe("paid answers over the nights", () => {
  it.effect(
    "ask everything once, then what moves every night and a seventh of the rest",
    () =>
      Effect.gen(function* () {
        const first = yield* night(0)
        assert.lengthOf(first.asked, costExplorerRequests.first)
        const slow = first.asked.filter((question) => !isNightly(question))
        const asked: Array<string> = []
        const counts: Array<number> = []
        for (let day = 1; day <= 7; day += 1) {
          const tonight = (yield* night(day)).asked
          counts.push(tonight.length)
          assert.lengthOf(tonight.filter(isNightly), nightly.length, `night ${day}`)
          asked.push(...tonight.filter((question) => !isNightly(question)))
        }
        assert.deepStrictEqual(asked.toSorted(), slow.toSorted())
        assert.isAtMost(Math.max(...counts), 10, `${counts}`)
        assert.lengthOf(nightly, costExplorerRequests.nightly)
        // On the first of December all about October and November, and as often until the third.
        for (const day of [11, 12]) {
          const { asked } = yield* night(day)
          const ofLastMonth = asked.filter((question) => isOfLastMonth(question))
          assert.lengthOf(ofLastMonth, costExplorerRequests.lastMonth, `night ${day}`)
        }
      }).pipe(Effect.provide(layerMemory)),
    60_000
  )

  it.effect(
    "ask nothing else in a run of the next day, and again of commitments where one has ended",
    () =>
      Effect.gen(function* () {
        const aboutUse = (questions: ReadonlyArray<string>) =>
          questions.filter((question) => /Utilization/.test(question)).map((question) => question.split("  ")[0])
        const scans = ["analyze_reserved_instance_utilization"]
        const first = yield* night(0, { scans })
        assert.lengthOf(aboutUse(first.asked), 4)
        const later = yield* night(1.4, { scans })
        assert.deepStrictEqual(
          later.asked.filter((question) => !isNightly(question)),
          []
        )
        const store = yield* Store
        const report = (yield* store.reports("analyze_reserved_instance_utilization"))[0]
        const evidenceOf = Effect.map(store.findings({ limit: 100 }), ({ items }) => [
          ...new Set(items.map(({ evidence }) => evidence["asOf"]))
        ])
        assert.deepStrictEqual(yield* evidenceOf, ["2026-11-20"])
        assert.include(report?.report.notes.at(-1), "as AWS told it on 2026-11-20")
      }).pipe(Effect.provide(layerMemory)),
    60_000
  )

  it.effect(
    "are of the days in which the last month still changes no older than a night",
    () =>
      Effect.gen(function* () {
        const scans = ["get_cost_by_region"]
        const days = [0, 9, 10, 11, 12, 13, 14, 15, 16]
        const counts = yield* Effect.forEach(days, (day) =>
          Effect.map(night(day, { scans }), ({ asked }) => asked.length)
        )
        // 20 and 29 November, then 30 November, and from the third of December on what is told of November stays.
        assert.deepStrictEqual(counts.slice(0, 2), [1, 1])
        assert.deepStrictEqual(counts.slice(3, 5), [1, 1])
        assert.isAtMost(
          counts.slice(5).reduce((sum, count) => sum + count, 0),
          2
        )
      }).pipe(Effect.provide(layerMemory)),
    60_000
  )

  it.effect(
    "are asked for once where the payer may ask nothing, and every scan says so",
    () =>
      Effect.gen(function* () {
        const refused = yield* night(0, {
          code: "AccessDeniedException",
          refuse: (question) => question.startsWith("GetCostAndUsage")
        })
        assert.lengthOf(
          refused.asked.filter((question) => question.startsWith("GetCostAndUsage")),
          1
        )
        const store = yield* Store
        const outcomes = yield* store.latestOutcomes({ account: "111122223333", region: payerRegion })
        const denied = outcomes.filter(({ reason }) => /ce:GetCostAndUsage.*denied/.test(reason?.message ?? ""))
        // All that rest on it, and none that asks Cost Optimization Hub.
        assert.strictEqual(denied.length, 9)
        const allowed = yield* night(1)
        assert.lengthOf(allowed.asked, costExplorerRequests.first - 2)
      }).pipe(Effect.provide(layerMemory)),
    60_000
  )

  it.effect(
    "are not paid for again because another one was refused",
    () =>
      Effect.gen(function* () {
        const scans = ["get_reserved_instance_recommendations"]
        const refused = "GetReservationPurchaseRecommendation   Amazon ElastiCache"
        const first = yield* night(0, { scans, refuse: (question) => question === refused })
        assert.lengthOf(first.asked, 5)
        const again = yield* night(0.6, { scans })
        assert.deepStrictEqual(
          again.asked.filter((question) => !isNightly(question)),
          [refused]
        )
      }).pipe(Effect.provide(layerMemory)),
    60_000
  )
})
