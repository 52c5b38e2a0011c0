import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Finding, FindingEvent, FindingEventType } from "../../core/finding/Finding.ts"
import { ProcessGone } from "../../core/run/ProcessGone.ts"
import { noChanges } from "../../core/run/Changes.ts"
import { noCost } from "../../core/run/runCost.ts"
import { noCoverage, noTotals } from "../../core/run/totals.ts"
import * as TestClock from "effect/testing/TestClock"
import { layerMemory } from "../../core/store/sqlite/sqlite.ts"
import { Store } from "../../core/store/Store.ts"
import { allChanges, changeTotals, withFinding } from "../../query/compareRuns.ts"
import { coverage, outcomesOf } from "../../query/coverage.ts"
import { findRun, runBefore, runs } from "../../query/runs.ts"
import { spanBetween } from "../../query/span.ts"
import { account, aFinding, aHygieneFinding, anEvent, anOutcome, aRun, aScopeRecord } from "../core/store/fixtures.ts"

const nights = ["20261118T020000Z-a", "20261119T020000Z-b", "20261120T020000Z-c", "20261121T020000Z-d"] as const

const putRuns = Effect.gen(function* () {
  const store = yield* Store
  for (const [index, id] of nights.entries()) {
    yield* store.putRun(aRun({ id, startedAt: `2026-11-${18 + index}T02:00:00.000Z` }))
  }
})

describe("runs", () => {
  it.effect("are found by the beginning of their id", () =>
    Effect.gen(function* () {
      assert.isUndefined(yield* findRun())
      yield* putRuns
      const found = (text?: string) => Effect.map(findRun(text), (run) => run?.id)
      assert.strictEqual(yield* found(), nights[3])
      assert.strictEqual(yield* found(nights[1]), nights[1])
      assert.strictEqual(yield* found("20261119"), nights[1])
      assert.strictEqual(yield* found("202611"), nights[3], "the newest of several")
      assert.isUndefined(yield* found("20251119"))
      assert.isUndefined(yield* found("yesterday"))
      assert.strictEqual((yield* runBefore(nights[2]))?.id, nights[1])
      assert.isUndefined(yield* runBefore(nights[0]))
      assert.strictEqual((yield* runs(3)).items.length, 3)
    }).pipe(Effect.provide(layerMemory))
  )
})

const started = "2026-11-20T02:00:00.000Z"

describe("a run whose process is known to be gone", () => {
  it.effect("was cut off, wherever it is read, though the store says that it is running", () =>
    Effect.gen(function* () {
      const store = yield* Store
      yield* TestClock.setTime(Date.parse(started))
      const process = { host: "laptop", pid: 51 }
      yield* store.putRun(aRun({ id: nights[1], startedAt: started, status: "running", process }))
      yield* store.putRun(
        aRun({ id: nights[2], startedAt: started, status: "running", process: { ...process, pid: 50 } })
      )
      assert.deepStrictEqual(
        (yield* runs(2)).items.map(({ status }) => status),
        ["running", "interrupted"]
      )
      assert.strictEqual((yield* findRun(nights[1]))?.status, "interrupted")
      assert.strictEqual((yield* runBefore(nights[2]))?.status, "interrupted")
    }).pipe(
      Effect.provideService(ProcessGone, (of) => of?.pid === 51),
      Effect.provide(layerMemory)
    )
  )
})

describe("a run that nobody ended", () => {
  it.effect("runs while it may, and was cut off after that, in lists and by its id", () =>
    Effect.gen(function* () {
      const store = yield* Store
      yield* TestClock.setTime(Date.parse(started))
      yield* store.putRun(aRun({ id: nights[2], startedAt: started, status: "running" }))
      const statuses = Effect.gen(function* () {
        return [(yield* runs(1)).items[0]?.status, (yield* findRun("20261120"))?.status]
      })
      yield* TestClock.setTime(Date.parse(started) + 47 * 3_600_000)
      assert.deepStrictEqual(yield* statuses, ["running", "running"])
      yield* TestClock.setTime(Date.parse(started) + 49 * 3_600_000)
      assert.deepStrictEqual(yield* statuses, ["interrupted", "interrupted"])
      yield* store.putRun(aRun({ id: nights[2], startedAt: started, status: "complete" }))
      assert.deepStrictEqual(yield* statuses, ["complete", "complete"])
    }).pipe(Effect.provide(layerMemory))
  )
})

describe("changes between nights", () => {
  interface Step {
    readonly night: 0 | 1 | 2 | 3
    readonly type: FindingEventType
    readonly usd: number
    readonly before?: number
  }

  const event = (finding: Finding, { before = 0, night, type, usd }: Step): FindingEvent =>
    anEvent(finding, {
      type,
      runId: nights[night],
      at: `2026-11-${18 + night}T02:00:00.000Z`,
      monthlyUsd: usd,
      previousMonthlyUsd: before,
      detail: type === "resolved" ? "resource_deleted" : `night ${night}`
    })

  const lives: Record<string, ReadonlyArray<Step>> = {
    old: [{ night: 0, type: "opened", usd: 1 }],
    new: [{ night: 2, type: "opened", usd: 10 }],
    newAndConfirmed: [
      { night: 2, type: "opened", usd: 11 },
      { night: 3, type: "confirmed", usd: 12, before: 11 }
    ],
    brief: [
      { night: 2, type: "opened", usd: 500 },
      { night: 3, type: "resolved", usd: 500, before: 500 }
    ],
    gone: [
      { night: 0, type: "opened", usd: 20 },
      { night: 2, type: "changed", usd: 25, before: 20 },
      { night: 3, type: "resolved", usd: 25, before: 25 }
    ],
    back: [
      { night: 0, type: "opened", usd: 30 },
      { night: 1, type: "resolved", usd: 30, before: 30 },
      { night: 3, type: "reopened", usd: 33, before: 30 }
    ],
    grown: [
      { night: 0, type: "opened", usd: 40 },
      { night: 2, type: "changed", usd: 45.1, before: 40 },
      { night: 3, type: "changed", usd: 45.3, before: 45.1 }
    ],
    sure: [
      { night: 1, type: "opened", usd: 50 },
      { night: 3, type: "confirmed", usd: 50, before: 50 }
    ],
    aside: [
      { night: 1, type: "opened", usd: 60 },
      { night: 2, type: "suppressed", usd: 60, before: 60 }
    ]
  }

  const setUp = Effect.gen(function* () {
    const store = yield* Store
    yield* putRuns
    const findings = Object.keys(lives).map((name) => aFinding({ resourceId: name }))
    yield* store.writeTransitions(
      findings.map((finding) => ({
        finding,
        events: (lives[finding.resource.id] ?? []).map((step) => event(finding, step))
      }))
    )
    const hygiene = aHygieneFinding({ resourceId: "risk", severity: "critical" })
    yield* store.writeTransitions([
      { finding: hygiene, events: [event(hygiene, { night: 3, type: "opened", usd: 0 })] }
    ])
  })

  const compared = Effect.fnUntraced(function* (from: string, to: string) {
    const store = yield* Store
    const span = yield* spanBetween(yield* store.run(from), (yield* store.run(to)) ?? aRun())
    const { runIds } = span
    const changes = yield* Stream.runCollect(Stream.mapEffect(allChanges(span), withFinding))
    const found = changes.map(({ afterUsd, beforeUsd, finding, types }) => [
      finding?.resource.id ?? "?",
      `${types.join("+")} ${beforeUsd} → ${afterUsd}`
    ])
    return { changes, runIds, found: Object.fromEntries(found), totals: yield* changeTotals(span) }
  })

  it.effect("says what became of each finding between two nights, with amounts", () =>
    Effect.gen(function* () {
      yield* setUp
      const { found, runIds, totals } = yield* compared(nights[1], nights[3])
      assert.deepStrictEqual(found, {
        new: "opened 0 → 10",
        newAndConfirmed: "opened 0 → 12",
        gone: "resolved 20 → 0",
        back: "reopened 0 → 33",
        grown: "changed 40 → 45.3",
        sure: "confirmed 50 → 50",
        aside: "suppressed 60 → 0",
        risk: "opened 0 → 0"
      })
      assert.deepStrictEqual(totals, {
        opened: { findings: 3, monthlyUsd: 22 },
        changed: { findings: 1, monthlyUsd: 5.3 },
        confirmed: { findings: 1, monthlyUsd: 50 },
        resolved: { findings: 1, monthlyUsd: 20 },
        ended: { findings: 0, monthlyUsd: 0 },
        reopened: { findings: 1, monthlyUsd: 33 },
        snoozed: { findings: 0, monthlyUsd: 0 },
        suppressed: { findings: 1, monthlyUsd: 60 }
      })
      assert.deepStrictEqual(runIds, nights.slice(2))
      assert.deepStrictEqual((yield* compared(nights[3], nights[3])).found, {}, "a night with itself")
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("compares neighbours by what the newer one changed", () =>
    Effect.gen(function* () {
      yield* setUp
      const { changes, found } = yield* compared(nights[2], nights[3])
      assert.deepStrictEqual(found, {
        newAndConfirmed: "confirmed+changed 11 → 12",
        brief: "resolved 500 → 0",
        gone: "resolved 25 → 0",
        back: "reopened 0 → 33",
        grown: "changed 45.1 → 45.3",
        sure: "confirmed 50 → 50",
        risk: "opened 0 → 0"
      })
      const grown = changes.find(({ finding }) => finding?.resource.id === "grown")
      assert.deepStrictEqual(grown?.details, ["changed: night 3"])
      assert.strictEqual(grown?.account, account)
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("reads nights of thousands of changes in pages", () =>
    Effect.gen(function* () {
      const store = yield* Store
      yield* putRuns
      yield* store.writeTransitions(
        Array.from({ length: 1300 }, (_, index) => {
          const finding = aFinding({ resourceId: `vol-${index}` })
          const steps: ReadonlyArray<Step> = [
            { night: 2, type: "opened", usd: 1 },
            ...(index % 2 === 0 ? [{ night: 3, type: "resolved", usd: 1, before: 1 } as const] : [])
          ]
          return { finding, events: steps.map((step) => event(finding, step)) }
        })
      )
      const { changes, totals } = yield* compared(nights[1], nights[3])
      assert.strictEqual(changes.length, 650)
      assert.deepStrictEqual(totals.opened, { findings: 650, monthlyUsd: 650 })
      assert.strictEqual(totals.resolved.findings, 0)
    }).pipe(Effect.provide(layerMemory))
  )
})

describe("coverage", () => {
  const reason = { code: "throttled", message: "throttled", operations: ["ec2:DescribeVolumes"] } as const

  it.effect("is that of the run's summary, or of what it has done so far", () =>
    Effect.gen(function* () {
      const store = yield* Store
      const run = aRun()
      yield* store.putScope(
        aScopeRecord({ outcomes: [anOutcome(), anOutcome({ scan: "b", status: "partial", reason })] })
      )
      const soFar = yield* coverage(run)
      assert.deepInclude(soFar, { expected: 2, complete: 1, partial: 1 })
      assert.strictEqual(soFar.gaps[0]?.outcomes, 1)
      const summed = { ...noCoverage, expected: 9, complete: 9 }
      const summary = { totals: noTotals, changes: noChanges, coverage: summed, cost: noCost }
      assert.deepStrictEqual(yield* coverage({ ...run, summary }), summed)
      assert.deepStrictEqual(
        (yield* Stream.runCollect(outcomesOf(run))).map(({ scan }) => scan),
        ["find_unattached_ebs_volumes", "b"]
      )
    }).pipe(Effect.provide(layerMemory))
  )
})

describe("the coverage of a run that was cut off", () => {
  it.effect("has what the run did not come to as a gap", () =>
    Effect.gen(function* () {
      const store = yield* Store
      const other = "222222222222"
      const run = aRun()
      const plan = {
        ...run.plan,
        accounts: [account, other].map((id) => ({ id, name: "" })),
        payers: [],
        scans: ["a", "b"].map((name) => ({ name, settings: {} }))
      }
      const nothing = yield* coverage({ ...run, plan })
      assert.deepInclude(nothing, { expected: 4, unavailable: 4 })
      assert.deepStrictEqual(
        nothing.gaps.map(({ accounts, reason, regions, scans }) => [reason.code, accounts, regions, scans]),
        [["not_scanned", [account, other], ["*"], ["a", "b"]]]
      )
      const waiting = { expected: 2, complete: 0, partial: 0, unavailable: 2, notApplicable: 0, oldest: null }
      assert.deepStrictEqual<object>(nothing.byScan, { a: waiting, b: waiting })
      yield* store.putScope(aScopeRecord({ scans: ["a", "b"], outcomes: [anOutcome({ scan: "a" })], done: false }))
      assert.deepInclude(yield* coverage({ ...run, plan }), { expected: 4, complete: 1, unavailable: 3 })
    }).pipe(Effect.provide(layerMemory))
  )
})
