import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import { aFinding, aTransition } from "../core/store/fixtures.ts"
import { Store } from "../../core/store/Store.ts"
import type { Caller } from "../../mcp/Caller.ts"
import { completed } from "../../mcp/completions.ts"
import { type Asking, anybody, askedAtMillis, nights, servicesOf, storeCopy } from "./harness.ts"

const complete = (
  ref: { readonly prompt: string } | { readonly template: string },
  name: string,
  value: string,
  caller: Partial<Caller> = {},
  asking: Asking = {}
) =>
  TestClock.setTime(askedAtMillis).pipe(
    Effect.andThen(
      completed(
        {
          ref: "prompt" in ref ? { type: "ref/prompt", name: ref.prompt } : { type: "ref/resource", uri: ref.template },
          argument: { name, value }
        },
        { ...anybody, ...caller }
      )
    ),
    Effect.map(({ completion }) => completion),
    Effect.provide(Layer.merge(servicesOf(asking), TestClock.layer()))
  )

const account = (value: string, caller: Partial<Caller> = {}) =>
  complete({ prompt: "cleanup_plan" }, "account", value, caller)
const finding = (value: string, caller: Partial<Caller> = {}, asking: Asking = {}) =>
  complete({ template: "nightaudit://findings/{id}" }, "id", value, caller, asking)

describe("completion", () => {
  it.effect("finds accounts by the beginning of the id or name, and answers ids", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* account("shop-"), {
        values: ["444455556666", "777788889999"],
        total: 2,
        hasMore: false
      })
      assert.deepStrictEqual((yield* account("Shop-St")).values, ["777788889999"])
      assert.deepStrictEqual((yield* account("1")).values, ["111122223333", "123456789012"])
      assert.deepStrictEqual((yield* account("staging")).values, [])
      assert.strictEqual((yield* account("")).total, 4)
    })
  )

  it.effect("finds scans, and for reports those that make one", () =>
    Effect.gen(function* () {
      const scans = yield* complete({ template: "nightaudit://scans/{scan}" }, "scan", "find_unused_n")
      assert.deepStrictEqual(scans.values, ["find_unused_nat_gateways"])
      const reports = yield* complete({ template: "nightaudit://reports/{scan}" }, "scan", "")
      assert.deepStrictEqual(reports.values, [
        "analyze_data_transfer_costs",
        "analyze_reserved_instance_utilization",
        "get_all_cost_optimization_recommendations",
        "get_cost_by_region",
        "get_cost_by_region_and_service",
        "get_cost_by_service",
        "get_daily_cost_trend",
        "get_reserved_instance_recommendations",
        "get_savings_plans_recommendations",
        "analyze_tag_compliance",
        "generate_cost_allocation_report"
      ])
    })
  )

  it.effect("finds runs, months and nights", () =>
    Effect.gen(function* () {
      const { first, second } = yield* nights
      const runs = (value: string) => complete({ template: "nightaudit://runs/{id}" }, "id", value)
      assert.deepStrictEqual(yield* runs("2026"), { values: [second, first], total: 2, hasMore: false })
      assert.deepStrictEqual((yield* runs("20261120t")).values, [first])
      const months = yield* complete({ prompt: "monthly_cost_review" }, "month", "2026-1")
      assert.deepStrictEqual(months.values, ["2026-10"])
      const nightsNamed = (value: string) => complete({ prompt: "why_did_the_bill_change" }, "from", value)
      assert.deepStrictEqual((yield* nightsNamed("last")).values, ["last night", "last week", "last month"])
      assert.deepStrictEqual((yield* nightsNamed("2026-11-2")).values, ["2026-11-21", "2026-11-20"])
    })
  )

  it.effect("finds findings by four characters of the id at least", () =>
    Effect.gen(function* () {
      const { store } = yield* nights
      const [one] = yield* store.findingsNamed("vol-08a38757c66540793", 1)
      const id = one?.id ?? ""
      assert.deepStrictEqual((yield* finding(id.slice(0, 6))).values, [id])
      assert.deepStrictEqual((yield* finding(id.slice(0, 4).toUpperCase())).values, [id])
      assert.deepStrictEqual(yield* finding(id.slice(0, 3)), { values: [], total: 0, hasMore: false })
      // A resource's id is no finding's.
      assert.deepStrictEqual((yield* finding("vol-08a38757c66540793")).values, [])
    })
  )

  it.effect("answers a hundred at most, and says that there are more", () =>
    Effect.gen(function* () {
      const store = yield* storeCopy
      const many = Array.from({ length: 130 }, (_, place) => ({
        ...aFinding({ resourceId: `vol-${place}` }),
        id: `abcd${String(place).padStart(16, "0")}`
      }))
      yield* store.writeTransitions(many.map(aTransition))
      const { hasMore, values } = yield* finding("abcd", {}, { store })
      assert.strictEqual(values.length, 100)
      assert.isTrue(hasMore)
    })
  )

  it.effect("answers only what the caller may see", () =>
    Effect.gen(function* () {
      const staging = { accounts: ["777788889999"] }
      assert.deepStrictEqual((yield* account("", staging)).values, ["777788889999"])
      assert.deepStrictEqual((yield* account("shop-p", staging)).values, [])
      const { store } = yield* nights
      const [one] = yield* store.findingsNamed("vol-08a38757c66540793", 1)
      assert.deepStrictEqual((yield* finding((one?.id ?? "").slice(0, 8), staging)).values, [])
      const nobody = yield* complete({ template: "nightaudit://runs/{id}" }, "id", "", { accounts: ["999999999999"] })
      assert.deepStrictEqual(nobody.values, [])
    })
  )

  it.effect("refuses what there is not", () =>
    Effect.gen(function* () {
      for (const [ref, name] of [
        [{ prompt: "nothing" }, "account"],
        [{ prompt: "cleanup_plan" }, "month"],
        [{ prompt: "cleanup_plan" }, "toString"],
        [{ template: "nightaudit://nothing/{id}" }, "id"],
        [{ template: "nightaudit://runs/{id}" }, "scan"]
      ] as const) {
        const error = yield* Effect.flip(complete(ref, name, ""))
        assert.strictEqual(error.code, -32602)
      }
      assert.deepStrictEqual((yield* complete({ prompt: "cleanup_plan" }, "minMonthlyUsd", "1")).values, [])
    })
  )

  it.effect("hears of a store that cannot be read", () =>
    Effect.gen(function* () {
      const { store } = yield* nights
      const broken = Store.of({ ...store, runs: () => Effect.fail({ message: "the disk is gone" } as any) })
      const error = yield* Effect.flip(
        complete({ template: "nightaudit://runs/{id}" }, "id", "", {}, { store: broken })
      )
      assert.strictEqual(error.message, "The store could not be read: the disk is gone")
    })
  )
})
