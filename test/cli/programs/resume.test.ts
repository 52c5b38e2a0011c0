import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { Machine } from "../../../cli/Machine.ts"
import type { Problem } from "../../../cli/Problem.ts"
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
    yield* withResume({ ...asked, process: old }, false)
    yield* store.putRun(aRun({ startedAt: night.toISOString(), process: old }))
    yield* program
  }).pipe(
    Effect.provideService(Machine, machine),
    Effect.provideService(Screen, quietScreen().screen),
    Effect.provide(layerMemory)
  )

const status = Effect.flatMap(Store, (store) => Effect.map(store.run(aRun().id), (run) => run?.status))

describe("withResume", () => {
  it.effect("starts anew where nothing was cut off", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* withResume(asked, false), asked)
      const store = yield* Store
      yield* store.putRun(aRun({ status: "complete" }))
      assert.deepStrictEqual(yield* withResume(asked, false), asked)
    }).pipe(
      Effect.provideService(Machine, machineWith()),
      Effect.provideService(Screen, quietScreen().screen),
      Effect.provide(layerMemory)
    )
  )

  it.effect("goes on with a run whose process is gone and that was doing just this", () =>
    cutOff(
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* withResume(asked, false), { ...asked, resume: aRun().id })
        assert.strictEqual(yield* status, "running")
      })
    )
  )

  it.effect("goes on again after the second cut", () =>
    cutOff(
      Effect.gen(function* () {
        const store = yield* Store
        yield* withResume(asked, false)
        yield* store.putRun(aRun({ startedAt: night.toISOString(), process: asked.process }))
        assert.strictEqual(
          (yield* withResume({ ...asked, process: { host: "laptop", pid: 101 } }, false)).resume,
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
            assert.deepStrictEqual(yield* withResume(change, fresh), change)
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
        assert.strictEqual((yield* withResume(asked, false)).resume, aRun().id)
        yield* store.putRun(aRun({ startedAt: night.toISOString(), process: asked.process }))
        yield* TestClock.adjust("2 hours")
        assert.isUndefined((yield* withResume(asked, false)).resume)
      })
    )
  )

  it.effect("refuses while the other process lives, unless its number is from before the machine was started", () =>
    Effect.gen(function* () {
      yield* cutOff(
        Effect.gen(function* () {
          const problem = (yield* Effect.flip(withResume(asked, true))) as Problem
          assert.strictEqual(problem.exitCode, 2)
          assert.match(problem.message, /^Another scan \(pid 50, run .*\) is running on this store\./)
          assert.strictEqual(yield* status, "running")
        }),
        machineWith([50])
      )
      yield* cutOff(
        Effect.gen(function* () {
          yield* TestClock.adjust("1 hour")
          assert.strictEqual((yield* withResume(asked, false)).resume, aRun().id)
        }),
        machineWith([50], 60_000)
      )
    })
  )
})
