import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import { Machine } from "../../../cli/Machine.ts"
import { audit, type Measure, verdictOf } from "../../../cli/programs/audit.ts"
import { Screen } from "../../../cli/Screen.ts"
import { noChanges } from "../../../core/run/Changes.ts"
import type { Outcome, OutcomeReason } from "../../../core/run/Outcome.ts"
import type { Run } from "../../../core/run/Run.ts"
import { noCost } from "../../../core/run/runCost.ts"
import { addOutcomes, noCoverage, noTotals } from "../../../core/run/totals.ts"
import { layerMemory } from "../../../core/store/sqlite/sqlite.ts"
import { Store, StoreError } from "../../../core/store/Store.ts"
import { anOutcome, aRun, aScopeRecord } from "../../core/store/fixtures.ts"
import { awsVolume, organizationOf, payer, request, world } from "../../workflows/harness.ts"
import { machineWith, quietScreen } from "../fixtures.ts"

interface Result {
  readonly run: Run
  readonly outcomes: ReadonlyArray<Outcome>
}

const result = (confirmedUsd: number, outcomes: ReadonlyArray<Outcome>, unconfirmedUsd = 0): Result => ({
  run: aRun({
    status: "complete",
    summary: {
      totals: {
        ...noTotals,
        confirmed: { findings: 2, monthlyUsd: confirmedUsd },
        unconfirmed: { findings: unconfirmedUsd === 0 ? 0 : 3, monthlyUsd: unconfirmedUsd }
      },
      changes: noChanges,
      coverage: addOutcomes(noCoverage, outcomes),
      cost: noCost
    }
  }),
  outcomes
})

const nowhere = (code: OutcomeReason["code"]) =>
  anOutcome({ region: "*", status: "unavailable", reason: { code, message: `it is ${code}` } })

const none: Measure = { failAbove: undefined, failAboveUnconfirmed: undefined, strict: false }

/** The verdict on a result as it would be kept, after so many other nights. */
const judged = ({ outcomes, run }: Result, measure: Partial<Measure>, nightsBefore = 0) =>
  Effect.gen(function* () {
    const store = yield* Store
    yield* store.putRun(run)
    if (nightsBefore > 0) yield* store.putRun(aRun({ id: "20261119T020000Z-000000" }))
    for (const [region, own] of Map.groupBy(outcomes, ({ region }) => region)) {
      yield* store.putScope(aScopeRecord({ region, outcomes: own }))
    }
    return yield* verdictOf(run, { ...none, ...measure }, "/ci/.nightaudit")
  }).pipe(Effect.provide(layerMemory), Effect.scoped, Effect.runPromise)

const verdict = async (of: Result, failAbove?: number, strict = false) => {
  const { problem } = await judged(of, { failAbove, strict })
  return [problem?.exitCode ?? 0, ...(problem?.lines ?? [])]
}

const gap = anOutcome({
  scan: "find_unused_amis",
  status: "partial",
  reason: { code: "throttled", message: "ec2:DescribeVolumes: throttled" }
})

describe("verdictOf", () => {
  it("is 1 above the limit, not at it", async () => {
    const full = result(100, [anOutcome()])
    assert.deepStrictEqual(await verdict(full, 100), [0])
    assert.deepStrictEqual(await verdict(full, 99.99), [
      1,
      "Confirmed waste is $100.00 a month in 2 findings, above the $99.99 of --fail-above."
    ])
    assert.deepStrictEqual(await verdict(full), [0])
  })

  it("is 5 where something was not seen and all of it is asked for", async () => {
    const partial = result(100, [anOutcome(), gap])
    assert.deepStrictEqual(await verdict(partial), [0])
    assert.deepStrictEqual(await verdict(partial, undefined, true), [
      5,
      "Coverage is incomplete, and --strict asks for all of it: 1 of 2 outcomes complete (50.0%), 1 partial, 0 unavailable."
    ])
    assert.deepStrictEqual(
      await verdict(result(100, [anOutcome(), anOutcome({ status: "not_applicable" })]), undefined, true),
      [0]
    )
  })

  it("is 1 when both are so, and says both: a full coverage could only have found more", async () => {
    const [code, ...lines] = await verdict(result(100, [anOutcome(), gap]), 1, true)
    assert.strictEqual(code, 1)
    assert.strictEqual(lines.length, 2)
  })

  it("is about the way in when no account was entered", async () => {
    assert.deepStrictEqual(await verdict(result(0, [nowhere("account_not_entered")])), [
      4,
      "Nothing was scanned: it is account_not_entered."
    ])
    assert.deepStrictEqual((await verdict(result(0, [nowhere("denied_by_scp")])))[0], 4)
    assert.deepStrictEqual((await verdict(result(0, [nowhere("no_credentials")])))[0], 3)
    assert.deepStrictEqual((await verdict(result(0, [nowhere("unreachable")])))[0], 2)
    assert.deepStrictEqual((await verdict(result(0, [nowhere("account_not_entered"), anOutcome()])))[0], 0)
  })

  it("is 2 when there was nothing to scan, also without --strict", async () => {
    assert.deepStrictEqual(await verdict(result(0, [anOutcome({ status: "not_applicable" })])), [
      2,
      "Nothing was scanned: no scan that was asked for applies to the accounts and regions that were asked for."
    ])
    const { outcomes, run } = result(0, [])
    assert.deepStrictEqual(await verdict({ outcomes, run: { ...run, plan: { ...run.plan, accounts: [] } } }), [
      2,
      'Nothing was scanned: there is no active account among those that were asked for. Check "accounts" in the configuration.'
    ])
  })
})

describe("an audit whose telling fails", () => {
  it.effect("keeps its result, and says that it is not known who was told and who will be", () =>
    Effect.gen(function* () {
      const store = yield* Store
      yield* TestClock.setTime(Date.parse("2026-11-20T02:00:00Z"))
      const broken = Layer.succeed(Store, {
        ...store,
        cached: (key) =>
          key === "alerts/state"
            ? Effect.fail(new StoreError({ kind: "failed", message: "the state of alerts is no JSON" }))
            : store.cached(key)
      })
      const { layer } = world(organizationOf({ [payer]: { "eu-west-1": [awsVolume("vol-1")] } }), broken)
      const { run, untold } = yield* audit(request(), { fresh: false, anyDate: false }).pipe(
        Effect.provide(layer),
        Effect.provideService(Machine, machineWith()),
        Effect.provideService(Screen, quietScreen().screen)
      )
      assert.strictEqual(run.status, "complete")
      assert.strictEqual(run.summary?.changes.opened.findings, 1)
      assert.deepStrictEqual(
        [untold?.exitCode, ...(untold?.lines ?? [])],
        [
          7,
          `The audit is complete, and it is not known whether people were told of it: the state of alerts is no JSON. The next run of this store tells the alarms, the digest and the events of run ${run.id}, and some perhaps again.`
        ]
      )
    }).pipe(Effect.provide(layerMemory))
  )
})

describe("what a measure does not see", () => {
  const firstNight = result(0, [anOutcome()], 1125.03)

  it("is said on a first night, with how to count it and how to keep the store", async () => {
    const { notes, problem } = await judged(firstNight, { failAbove: 10 })
    assert.isUndefined(problem)
    assert.deepStrictEqual(notes, [
      "--fail-above counted confirmed waste only, and not 3 unconfirmed findings of $1,125.03 a month. --fail-above-unconfirmed <usd> counts both.",
      "This was the first night of this store, and only later nights confirm what AWS does not date: in CI, keep /ci/.nightaudit from run to run, for example in a cache."
    ])
    assert.strictEqual((await judged(firstNight, { failAbove: 10 }, 1)).notes.length, 1)
  })

  it("is counted where that is asked for", async () => {
    const { notes, problem } = await judged(result(100, [anOutcome()], 50), { failAboveUnconfirmed: 149.99 })
    assert.deepStrictEqual(notes, [])
    assert.deepStrictEqual(
      [problem?.exitCode, problem?.lines],
      [
        1,
        [
          "Confirmed and unconfirmed waste is $150.00 a month in 5 findings, above the $149.99 of --fail-above-unconfirmed."
        ]
      ]
    )
    assert.isUndefined((await judged(result(100, [anOutcome()], 50), { failAboveUnconfirmed: 150 })).problem)
  })

  it("is what could not be read", async () => {
    const { notes, problem } = await judged(result(0, [anOutcome(), gap]), { failAbove: 10 })
    assert.isUndefined(problem)
    assert.deepStrictEqual(notes, [
      "What could not be seen counts for nothing here: 1 of 2 outcomes complete (50.0%), 1 partial, 0 unavailable. --strict fails on that."
    ])
    assert.deepStrictEqual((await judged(result(0, [anOutcome(), gap]), {})).notes, [])
  })
})
