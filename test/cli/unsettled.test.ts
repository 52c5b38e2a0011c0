/** What the list of findings says while a run has not added up all that it found, and after that run was killed. */
import { mkdirSync } from "node:fs"
import { hostname } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { claimantOf } from "../../core/finding/claims.ts"
import { organisationRollup, rollupOf } from "../../core/run/totals.ts"
import { layerSqlite } from "../../core/store/sqlite/sqlite.ts"
import { Store } from "../../core/store/Store.ts"
import { finding } from "../core/finding/findings.ts"
import { aRun } from "../core/store/fixtures.ts"
import { linesOf, nightaudit, temporaryFolder } from "./command.ts"

/** No system has so high a number of a process. */
const gone = { host: hostname(), pid: 2 ** 30 }

const id = "20261120T020000Z-aaaaaa"

/** A store in which an account with one of four findings is settled, and the run that found the others is not. */
const cutOff = Effect.gen(function* () {
  const folder = yield* temporaryFolder
  mkdirSync(join(folder, ".nightaudit"))
  const [settled, ...others] = ["111111111111", "222222222222", "222222222222", "222222222222"].map((account, index) =>
    finding({ id: String(index).repeat(32), account, scope: { account, region: "eu-west-1" } })
  )
  yield* Effect.gen(function* () {
    const store = yield* Store
    // The command has the clock of the machine.
    const startedAt = new Date().toISOString()
    yield* TestClock.setTime(Date.parse(startedAt))
    yield* store.putRun(aRun({ id, startedAt, status: "running", finishedAt: null, process: gone, summary: null }))
    const all = settled === undefined ? [] : [settled]
    yield* store.writeTransitions([...all, ...others].map((one) => ({ finding: one, events: [] })))
    const counted = new Set(all.map((one) => one.id))
    const time = { runId: id, asOf: startedAt }
    const rollup = rollupOf("111111111111", time, all.map(claimantOf), counted)
    yield* store.putRollups([rollup, organisationRollup(time, [rollup])])
  }).pipe(Effect.provide(layerSqlite(join(folder, ".nightaudit/audit.db"))))
  return folder
})

describe("the list of findings of a run that was killed before it added up what it found", () => {
  it.effect("says that there is more than it shows, that the sums lack it, and that the run is at work no more", () =>
    Effect.gen(function* () {
      const folder = yield* cutOff
      const { stdout } = yield* nightaudit(folder, ["findings", "--limit", "3"], { env: { COLUMNS: "400" } })
      const lines = linesOf(stdout)
      assert.strictEqual(lines[0], "3 findings of more")
      assert.include(
        lines,
        `What run ${id} found is not all in these sums: it is interrupted, and an account is added up once all of it is scanned.`
      )
      assert.match(stdout, new RegExp(`^As of run ${id}, .*, interrupted\\)\\.$`, "m"))
      const whole = yield* nightaudit(folder, ["findings"])
      assert.strictEqual(linesOf(whole.stdout)[0], "4 findings")
    }).pipe(Effect.scoped)
  )
})
