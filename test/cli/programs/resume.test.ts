import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { Machine } from "../../../cli/Machine.ts"
import { type Problem, problemOf } from "../../../cli/Problem.ts"
import { withResume } from "../../../cli/programs/resume.ts"
import { Screen } from "../../../cli/Screen.ts"
import { layerMemory } from "../../../core/store/sqlite/sqlite.ts"
import { Store } from "../../../core/store/Store.ts"
import { aRun } from "../../core/store/fixtures.ts"
import { request } from "../../workflows/harness.ts"
import { machineWith, quietScreen } from "../fixtures.ts"

const night = new Date("2026-11-20T02:00:00.000Z")
const old = { host: "laptop", pid: 50 }
const asked = request({ process: { host: "laptop", pid: 100 } })

/** A store in which process 50 began to do what was asked, at two in the morning. */
const cutOff = (program: Effect.Effect<void, unknown, Store | Machine | Screen>, machine = machineWith()) =>
  Effect.gen(function* () {
    const store = yield* Store
    yield* TestClock.setTime(night.getTime())
    yield* withResume({ ...asked, process: old }, start(false))
    yield* store.putRun(aRun({ startedAt: night.toISOString(), process: old }))
    yield* program
  }).pipe(
    Effect.provideService(Machine, machine),
    Effect.provideService(Screen, quietScreen().screen),
    Effect.provide(layerMemory)
  )

const start = (fresh: boolean, anyDate = false) => ({ fresh, anyDate })

const status = Effect.flatMap(Store, (store) => Effect.map(store.run(aRun().id), (run) => run?.status))

describe("a clock that does not fit the store", () => {
  const dated = (startedAt: string, anyDate = false) =>
    Effect.gen(function* () {
      const store = yield* Store
      yield* TestClock.setTime(night.getTime())
      yield* store.putRun(aRun({ status: "complete", startedAt }))
      const result = yield* Effect.result(withResume(asked, start(false, anyDate)))
      if (result._tag === "Success") {
        assert.strictEqual(result.success.anyDate, anyDate ? true : undefined)
        return undefined
      }
      const problem = problemOf(result.failure)
      return [problem?.exitCode, problem?.message]
    }).pipe(
      Effect.provideService(Machine, machineWith()),
      Effect.provideService(Screen, quietScreen().screen),
      Effect.provide(layerMemory)
    )

  it.effect("is asked about before it does damage", () =>
    Effect.gen(function* () {
      const says = `The clock says 2026-11-20 02:00 UTC, and the newest run of the store, ${aRun().id}, was at`
      assert.deepStrictEqual(yield* dated("2028-04-03T02:00:00.000Z"), [
        2,
        `${says} 2028-04-03 02:00 UTC: a run that is dated before it is taken for an older one. Set the clock; if that run was dated wrongly, --any-date (in the cloud, an execution of the machine with the input {"trigger":"manual","anyDate":true}) scans all the same.`
      ])
      assert.deepStrictEqual(yield* dated("2026-08-01T02:00:00.000Z"), [
        2,
        `${says} 2026-08-01 02:00 UTC: a run so long after it confirms what nobody looked at and ends what has expired. If the clock is right, --any-date (in the cloud, an execution of the machine with the input {"trigger":"manual","anyDate":true}) scans.`
      ])
      assert.isUndefined(yield* dated("2028-04-03T02:00:00.000Z", true))
      assert.isUndefined(yield* dated("2026-08-01T02:00:00.000Z", true))
    })
  )

  it.effect("fits a store of last month, and one of a machine that is a little ahead", () =>
    Effect.gen(function* () {
      assert.isUndefined(yield* dated("2026-10-20T02:00:00.000Z"))
      assert.isUndefined(yield* dated("2026-11-20T02:05:00.000Z"))
    })
  )
})

describe("withResume", () => {
  it.effect("starts anew where nothing was cut off", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(night.getTime())
      assert.deepStrictEqual(yield* withResume(asked, start(false)), asked)
      const store = yield* Store
      yield* store.putRun(aRun({ status: "complete" }))
      assert.deepStrictEqual(yield* withResume(asked, start(false)), asked)
    }).pipe(
      Effect.provideService(Machine, machineWith()),
      Effect.provideService(Screen, quietScreen().screen),
      Effect.provide(layerMemory)
    )
  )

  it.effect("goes on with a run whose process is gone and that was doing just this", () =>
    cutOff(
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* withResume(asked, start(false)), { ...asked, resume: aRun().id })
        assert.strictEqual(yield* status, "running")
      })
    )
  )

  it.effect("goes on again after the second cut", () =>
    cutOff(
      Effect.gen(function* () {
        const store = yield* Store
        yield* withResume(asked, start(false))
        yield* store.putRun(aRun({ startedAt: night.toISOString(), process: asked.process }))
        assert.strictEqual(
          (yield* withResume({ ...asked, process: { host: "laptop", pid: 101 } }, start(false))).resume,
          aRun().id
        )
      })
    )
  )

  it.effect("does not go on with another plan, after six hours, or when a fresh run is asked for", () =>
    Effect.gen(function* () {
      const anew = (change: Parameters<typeof withResume>[0], fresh: boolean, hours: number) =>
        cutOff(
          Effect.gen(function* () {
            yield* TestClock.adjust(`${hours} hours`)
            assert.deepStrictEqual(yield* withResume(change, start(fresh)), change)
            assert.strictEqual(yield* status, "interrupted")
          })
        )
      yield* anew({ ...asked, regions: ["eu-west-1"] }, false, 1)
      yield* anew({ ...asked, settings: { find_unused_volumes: { idleDays: 3 } } }, false, 1)
      yield* anew(asked, false, 6)
      yield* anew(asked, true, 1)
    })
  )

  it.effect("counts the six hours from the run's own start, however often it went on", () =>
    cutOff(
      Effect.gen(function* () {
        const store = yield* Store
        yield* TestClock.adjust("5 hours")
        assert.strictEqual((yield* withResume(asked, start(false))).resume, aRun().id)
        yield* store.putRun(aRun({ startedAt: night.toISOString(), process: asked.process }))
        yield* TestClock.adjust("2 hours")
        assert.isUndefined((yield* withResume(asked, start(false))).resume)
      })
    )
  )

  it.effect("refuses while the other process lives", () =>
    cutOff(
      Effect.gen(function* () {
        const problem = (yield* Effect.flip(withResume(asked, start(true)))) as Problem
        assert.strictEqual(problem.exitCode, 2)
        assert.match(problem.message, /^Another scan \(pid 50, run .*\) is running on this store\./)
        assert.strictEqual(yield* status, "running")
      }),
      machineWith([50])
    )
  )
})
