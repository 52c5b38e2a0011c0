/** What the bill shows of findings that ended, over nights of one store. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import { realisedLine } from "../../core/run/realised.ts"
import type { Run } from "../../core/run/Run.ts"
import { readingKey } from "../../core/run/storedReading.ts"
import { payerRegion } from "../../core/Scope.ts"
import { layerMemory } from "../../core/store/sqlite/sqlite.ts"
import { Store } from "../../core/store/Store.ts"
import { storeOfAccounts } from "../../core/store/storeOfAccounts.ts"
import { accountBill } from "../../datasets/billing/billing.ts"
import { millisPerDay } from "../../core/time.ts"
import { ofAccounts } from "../../datasets/billing/usageTypes.ts"
import { explain } from "../../query/explain.ts"
import { lifeFacts } from "../../query/explanationText.ts"
import { realised } from "../../query/realised.ts"
import { runNightly } from "../../workflows/engine.ts"
import { report } from "../../workflows/steps/report.ts"
import { account, aFinding, anEvent, aRun, counting, resolved } from "../core/store/fixtures.ts"
import { awsVolume, type Estate, everything, organizationOf, request, world } from "./harness.ts"

const payer = "999999999999"
const service = "Amazon Relational Database Service"

const nightOf = (day: string, overrides: Partial<Run> = {}): Run => {
  const run = aRun({
    id: `${day.replaceAll("-", "")}T020000Z-000000`,
    startedAt: `${day}T02:00:00.000Z`,
    status: "complete"
  })
  return { ...run, ...overrides, plan: { ...run.plan, payers: [payer], full: true, ...overrides.plan } }
}

/** A night that has read the bill of these months. */
const night = Effect.fnUntraced(function* (
  run: Run,
  months: Readonly<Record<string, number>>,
  estimated: ReadonlyArray<string> = []
) {
  const store = yield* Store
  yield* store.putRun(run)
  const value = Object.entries(months).map(([month, amount]) => ({
    account,
    service,
    start: `${month}-01`,
    amount,
    currency: "USD",
    estimated: estimated.includes(month)
  }))
  const key = readingKey(run.id, { account: payer, region: payerRegion }, accountBill.name)
  yield* store.cache(key, { value, gaps: [], inherited: [] }, new Date("2030-01-01"))
  yield* report({ runId: run.id })
})

const finding = resolved(
  counting(aFinding({ resourceId: "db-1", monthlyUsd: 100, service })),
  "2026-10-12T02:00:00.000Z"
)

const lines = Effect.map(realised(), (found) => (found === undefined ? undefined : realisedLine(found)))

describe("what findings claimed and the bill", () => {
  it.effect("are compared as soon as the month after is final, with bills that earlier nights have read", () =>
    Effect.gen(function* () {
      const store = yield* Store
      yield* store.writeTransitions([{ finding, events: [anEvent(finding, { type: "resolved" })] }])
      assert.isUndefined(yield* lines)
      yield* night(nightOf("2026-10-13"), { "2026-09": 720, "2026-10": 300 })
      assert.strictEqual(yield* lines, "$100.00 that ended in 2026-10 is not known before 2026-12-05")
      yield* night(nightOf("2026-12-03"), { "2026-11": 360, "2026-12": 10 }, ["2026-11"])
      assert.strictEqual(yield* lines, "$100.00 that ended in 2026-10 is not known before 2026-12-05")
      yield* night(nightOf("2026-12-06"), { "2026-11": 360, "2026-12": 10 })
      const known =
        "what ended in 2026-10 claimed $100.00 a month; the bill of its services fell by $365.00, from $730.00 to $365.00"
      assert.strictEqual(yield* lines, known)
      // A night that could not read the bill forgets nothing.
      const blind = nightOf("2026-12-07")
      yield* store.putRun(blind)
      yield* report({ runId: blind.id })
      assert.strictEqual(yield* lines, known)
      assert.include(
        new Map(lifeFacts(yield* explain(finding))).get("The bill"),
        `The bill of ${service} of account ${account} fell by $365.00`
      )
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("are left alone by live scans and narrower runs, and shown to nobody who sees only some accounts", () =>
    Effect.gen(function* () {
      const store = yield* Store
      yield* store.writeTransitions([{ finding, events: [] }])
      for (const run of [
        nightOf("2026-10-13", { trigger: "query" }),
        nightOf("2026-10-14", { plan: { ...aRun().plan, full: false } })
      ])
        yield* night({ ...run, plan: { ...run.plan, full: run.trigger === "query" } }, { "2026-09": 720 })
      assert.isUndefined(yield* lines)
      yield* night(nightOf("2026-10-15"), { "2026-09": 720 })
      assert.isDefined(yield* lines)
      assert.isUndefined(yield* Effect.provideService(lines, Store, storeOfAccounts(store, [account])))
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("are told of what the machine's own nights have counted and ended", () =>
    Effect.gen(function* () {
      const store = yield* Store
      const volumes = [awsVolume("vol-a", { Size: 1000 }), awsVolume("vol-b")]
      const estate: Estate = { [account]: { "eu-west-1": volumes } }
      for (let index = 0; index < 9; index += 1) {
        yield* TestClock.setTime(Date.parse("2026-10-10T02:00:00Z") + index * millisPerDay)
        if (index === 8) estate[account] = { "eu-west-1": volumes.slice(1) }
        yield* Effect.provide(runNightly(request()), world(organizationOf(estate), Layer.succeed(Store, store)).layer)
      }
      assert.deepStrictEqual(
        (yield* everything).map(({ counted, id, resolved }) => [id, resolved, counted]),
        [
          ["vol-a", "resource_deleted", false],
          ["vol-b", null, true]
        ]
      )
      const told = yield* realised()
      assert.deepStrictEqual(
        told?.groups.map(({ account, claimed, month, service }) => ({ account, claimed, month, service })),
        [{ account, claimed: { findings: 1, monthlyUsd: 110 }, month: "2026-10", service: "EC2 - Other" }]
      )
    }).pipe(Effect.provide(layerMemory))
  )

  it("rest on datasets of these names", () => {
    assert.deepStrictEqual([accountBill.name, ofAccounts.name], ["billing.accountBill", "usageTypes.ofAccounts"])
  })
})
