import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as Exit from "effect/Exit"
import * as TestClock from "effect/testing/TestClock"
import { layerMemory } from "../../core/store/sqlite/sqlite.ts"
import { Store } from "../../core/store/Store.ts"
import { runNightly } from "../../workflows/engine.ts"
import { type LiveScan, startScan } from "../../workflows/liveScan.ts"
import { runIdOf } from "../../workflows/runId.ts"
import { Steps } from "../../workflows/Steps.ts"
import { stepsInProcess } from "../../workflows/stepsInProcess.ts"
import { awsVolume, type Estate, everything, member, organizationOf, payer, request, world } from "./harness.ts"

const firstNight = new Date("2026-11-20T02:00:00Z").getTime()

const estateOf = (): Estate => ({
  [payer]: { "eu-west-1": [awsVolume("vol-a")], "us-east-1": [] },
  [member]: { "eu-west-1": [], "us-east-1": [awsVolume("vol-c")] }
})

const scan = "find_unused_volumes"

/** A night, five hours later a change in the estate, and what a test does then. */
const afterNight = <A, E>(
  program: (given: {
    readonly live: (overrides?: Partial<LiveScan>) => LiveScan
    readonly scope: Scope.Closeable
    readonly volumeReads: () => number
    readonly estate: Estate
    readonly runId: string
  }) => Effect.Effect<A, E, Store | Steps | Layer.Success<ReturnType<typeof world>["layer"]>>,
  hooks: Record<string, () => unknown> = {}
) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(firstNight)
    const estate = estateOf()
    const { layer, sent } = world({ ...organizationOf(estate), ...hooks }, layerMemory)
    return yield* Effect.gen(function* () {
      const runId = yield* runNightly(request())
      const store = yield* Store
      const base = yield* store.run(runId)
      if (base === undefined) return assert.fail("the night left no run")
      yield* TestClock.adjust("5 hours")
      const scope = yield* Scope.make()
      yield* Effect.addFinalizer(() => Scope.close(scope, Exit.void))
      const before = sent.filter(({ operation }) => operation.name === "DescribeVolumes").length
      let starts = 0
      return yield* program({
        estate,
        scope,
        runId,
        volumeReads: () => sent.filter(({ operation }) => operation.name === "DescribeVolumes").length - before,
        live: (overrides) => ({
          base,
          scopes: [{ account: member, region: "us-east-1", scans: [scan] }],
          settings: {},
          sinceMillis: firstNight + 5 * 3_600_000,
          namespace: undefined,
          execution: `test ${(starts += 1)}`,
          process: null,
          guard: undefined,
          ...overrides
        })
      })
    }).pipe(Effect.provide(Layer.provideMerge(stepsInProcess, layer)), Effect.scoped)
  })

const silent = () => Effect.void

/** Lets time pass until a fiber has ended. */
const pass = Effect.fnUntraced(function* <A, E>(fiber: Fiber.Fiber<A, E>) {
  while (fiber.pollUnsafe() === undefined) {
    yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
    yield* TestClock.adjust("250 millis")
  }
  return yield* Fiber.join(fiber)
})

describe("a live scan", () => {
  it.effect("scans the scopes asked for and no others, and settles their accounts", () =>
    afterNight(
      Effect.fnUntraced(function* ({ estate, live, runId: night, scope, volumeReads }) {
        estate[member] = { "us-east-1": [awsVolume("vol-c"), awsVolume("vol-new", { Size: 500 })] }
        const started = yield* startScan(live(), scope)
        assert.notStrictEqual(started.runId, night)
        assert.deepStrictEqual([...started.scopes], [`${member}/us-east-1`])
        assert.strictEqual(yield* pass(yield* Effect.forkChild(started.wait(20_000, silent))), "finished")
        assert.strictEqual(volumeReads(), 1)
        const store = yield* Store
        const run = yield* store.run(started.runId ?? "")
        assert.strictEqual(run?.status, "complete")
        assert.strictEqual(run?.trigger, "query")
        assert.strictEqual(run?.plan.full, false)
        assert.deepStrictEqual(run?.plan.accounts, [{ id: member, name: `account ${member}` }])
        assert.strictEqual(run?.summary?.coverage.complete, 1)
        assert.strictEqual(run?.summary?.changes.opened.findings, 1)
        const found = (yield* everything).find(({ id }) => id === "vol-new")
        assert.strictEqual(found?.counted, true)
        const [total] = yield* store.rollups(["all"])
        assert.strictEqual(total?.asOf, new Date(firstNight).toISOString())
        assert.strictEqual((total?.sums.confirmed.findings ?? 0) + (total?.sums.unconfirmed.findings ?? 0), 3)
      })
    )
  )

  it.effect("is shared: who asks for a scope that is being scanned waits for that run", () =>
    afterNight(
      Effect.fnUntraced(function* ({ live, scope, volumeReads }) {
        const both = [
          { account: member, region: "us-east-1", scans: [scan] },
          { account: payer, region: "eu-west-1", scans: [scan] }
        ]
        const first = yield* startScan(live(), scope)
        const second = yield* startScan(live({ scopes: both }), scope)
        const third = yield* startScan(live({ scopes: both }), scope)
        assert.notStrictEqual(second.runId, first.runId)
        assert.strictEqual(third.runId, first.runId)
        assert.strictEqual(second.scopes.size, 2)
        const waits = [first, second, third].map(({ wait }) => wait(20_000, silent))
        const all = yield* Effect.forkChild(Effect.all(waits, { concurrency: "unbounded" }))
        assert.deepStrictEqual(yield* pass(all), ["finished", "finished", "finished"])
        assert.strictEqual(volumeReads(), 2)
        // Who comes when it is over finds what was judged.
        const late = yield* startScan(live({ scopes: both }), scope)
        assert.strictEqual(late.runId, undefined)
        assert.strictEqual(yield* late.wait(20_000, silent), "finished")
        assert.strictEqual(volumeReads(), 2)
      })
    )
  )

  it.effect("that never ends is answered for when the time is up, and goes on", () =>
    afterNight(
      Effect.fnUntraced(function* ({ live, scope }) {
        const store = yield* Store
        const started = yield* startScan(live(), scope).pipe(
          Effect.provideService(Steps, {
            invoke: () => Effect.never,
            startMachine: () => Effect.never,
            storeOf: () => Effect.never
          })
        )
        const waiting = yield* Effect.forkChild(started.wait(20_000, silent))
        yield* TestClock.adjust("19 seconds")
        assert.isUndefined(waiting.pollUnsafe())
        yield* TestClock.adjust("2 seconds")
        assert.strictEqual(yield* Fiber.join(waiting), "running")
        assert.strictEqual((yield* store.run(started.runId ?? ""))?.status, "running")
        // At the end of the process it is said what became of it, and its scopes are free.
        yield* Scope.close(scope, Exit.void)
        assert.strictEqual((yield* store.run(started.runId ?? ""))?.status, "interrupted")
        const lease = `live/${scan}/${member}/us-east-1`
        assert.strictEqual(yield* store.lease(lease, "other", new Date(firstNight + 86_400_000)), "other")
      })
    )
  )

  it.effect("tells of each scope that is done, but not of the last just before the answer", () =>
    afterNight(
      Effect.fnUntraced(function* ({ live, scope }) {
        const told: Array<readonly [number, number]> = []
        const scopes = ["eu-west-1", "us-east-1"].map((region) => ({ account: member, region, scans: [scan] }))
        const started = yield* startScan(live({ scopes }), scope).pipe(
          Effect.provideService(Steps, {
            invoke: (step, input) =>
              step === "scan"
                ? Effect.as(
                    Effect.sleep("region" in input && input.region === "us-east-1" ? "3 seconds" : "1 second"),
                    {}
                  )
                : Effect.succeed({}),
            startMachine: () => Effect.never,
            storeOf: () => Effect.never
          })
        )
        const store = yield* Store
        const waiting = yield* Effect.forkChild(
          started.wait(20_000, (done, total) => Effect.sync(() => void told.push([done, total])))
        )
        yield* TestClock.adjust("2 seconds")
        assert.deepStrictEqual(told, [[1, 2]])
        const run = yield* store.run(started.runId ?? "")
        if (run !== undefined) yield* store.putRun({ ...run, status: "complete" })
        yield* TestClock.adjust("2 seconds")
        assert.strictEqual(yield* Fiber.join(waiting), "finished")
        assert.deepStrictEqual(told, [[1, 2]])
      })
    )
  )

  it.effect("keeps what was known where AWS refuses, and says why", () => {
    let denied = false
    return afterNight(
      Effect.fnUntraced(function* ({ live, scope, runId }) {
        denied = true
        const started = yield* startScan(live(), scope)
        yield* pass(yield* Effect.forkChild(started.wait(20_000, silent)))
        const store = yield* Store
        const [outcome] = yield* store.latestOutcomes({ account: member, region: "us-east-1" })
        assert.strictEqual(outcome?.status, "unavailable")
        assert.strictEqual(outcome?.lastComplete, (yield* store.run(runId))?.startedAt)
        assert.strictEqual((yield* everything).find(({ id }) => id === "vol-c")?.status, "open")
      }),
      {
        "ec2:DescribeVolumes": () => {
          if (denied) throw Object.assign(new Error("no"), { name: "UnauthorizedOperation" })
          return { Volumes: [awsVolume("vol-c")] }
        }
      }
    )
  })

  it.effect("with other settings leaves the results of the night as they are", () =>
    afterNight(
      Effect.fnUntraced(function* ({ live, scope }) {
        const store = yield* Store
        const before = yield* everything
        const outcomes = yield* store.latestOutcomes({ account: member, region: "us-east-1" })
        const other = live({ namespace: "other", settings: { [scan]: { minUnattachedDays: 100 } } })
        const started = yield* startScan(other, scope)
        assert.strictEqual(yield* pass(yield* Effect.forkChild(started.wait(20_000, silent))), "finished")
        assert.deepStrictEqual(yield* everything, before)
        assert.deepStrictEqual(yield* store.latestOutcomes({ account: member, region: "us-east-1" }), outcomes)
        assert.isUndefined(yield* store.run(started.runId ?? ""))
        const own = yield* Effect.flatMap(Steps, ({ storeOf }) => storeOf("other"))
        const [outcome] = yield* own.latestOutcomes({ account: member, region: "us-east-1" })
        assert.strictEqual(outcome?.settings["minUnattachedDays"], 100)
        assert.strictEqual((yield* startScan({ ...other, execution: "again" }, scope)).runId, undefined)
      })
    )
  )
})

describe("the machine in this process", () => {
  it.effect("answers the id of its run as soon as that is planned", () =>
    afterNight(
      Effect.fnUntraced(function* () {
        const { startMachine } = yield* Steps
        const runId = yield* startMachine(request({ accounts: [member], full: false, trigger: "query" }))
        const store = yield* Store
        assert.deepStrictEqual((yield* store.run(runId))?.plan.accounts, [{ id: member, name: "" }])
      })
    )
  )
})

describe("runIdOf", () => {
  it("follows from an execution's ARN and the second in which it started", () => {
    const arn = "arn:aws:states:eu-west-1:111111111111:execution:nightly:6f6f"
    assert.strictEqual(runIdOf(arn, "2026-11-20T02:00:00.123Z"), runIdOf(arn, "2026-11-20T02:00:00.999Z"))
    assert.match(runIdOf(arn, "2026-11-20T02:00:00Z"), /^20261120T020000Z-[0-9a-f]{6}$/)
    assert.notStrictEqual(runIdOf(`${arn}1`, "2026-11-20T02:00:00Z"), runIdOf(arn, "2026-11-20T02:00:00Z"))
  })
})
