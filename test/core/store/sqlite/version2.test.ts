import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { TestClock } from "effect/testing"
import { noChanges } from "../../../../core/run/Changes.ts"
import { see } from "../../../../core/finding/lifecycle.ts"
import { layerSqlite } from "../../../../core/store/sqlite/sqlite.ts"
import { Store } from "../../../../core/store/Store.ts"
import { account, aFinding, aReport, aRun, aTransition, night, runId, scope } from "../fixtures.ts"

const day = 86_400_000

/** A store that version 0.1.0 wrote, opened by this version. */
const upgraded = Effect.gen(function* () {
  const path = yield* Effect.acquireRelease(
    Effect.sync(() => join(mkdtempSync(join(tmpdir(), "nightaudit-")), "audit.db")),
    (path) => Effect.sync(() => rmSync(join(path, ".."), { recursive: true }))
  )
  const db = new DatabaseSync(path)
  db.exec(`PRAGMA synchronous = OFF; ${readFileSync(new URL("version1.sql", import.meta.url), "utf8")}`)
  db.close()
  yield* TestClock.setTime(Date.parse(night) + day)
  const store = yield* Effect.map(Layer.build(layerSqlite(path)), Context.get(Store))
  return { path, store }
})

const id = (resourceId: string) => aFinding({ resourceId }).id

describe("a store of version 1", () => {
  it.effect("has findings with kinds and reasons, and keeps their places", () =>
    Effect.gen(function* () {
      const { store } = yield* upgraded
      const money = yield* store.finding(id("vol-1"))
      assert.deepInclude(money, {
        kind: "money",
        reasons: ["attached to no instance"],
        status: "open",
        setAside: null,
        observed: { since: night, sequence: 1 }
      })
      assert.deepInclude(money?.savings, { monthlyUsd: 8.8, counted: true })
      assert.deepInclude(money?.resource, { service: "", createdAt: null, tags: { team: "blue" } })
      const free = yield* store.finding(id("vol-2"))
      assert.deepInclude(free, { kind: "hygiene", savings: null, note: "" })
      assert.deepInclude(free?.observed, { since: "2026-11-18T02:00:00.000Z", sequence: 2 })
      const names = (findings: ReadonlyArray<{ readonly resource: { readonly id: string } }>) =>
        findings.map(({ resource }) => resource.id)
      assert.deepStrictEqual(names((yield* store.findings({ limit: 10 })).items), ["vol-3", "vol-1", "vol-2"])
      assert.deepStrictEqual(names((yield* store.findings({ limit: 10, statuses: ["open"], owner: "blue" })).items), [
        "vol-1"
      ])
      assert.deepStrictEqual(names(yield* store.findingsNamed("vol-3", 10)), ["vol-3"])
      assert.deepStrictEqual(names(yield* store.findingsIn(scope, "find_unattached_ebs_volumes")).sort(), [
        "vol-1",
        "vol-2",
        "vol-3"
      ])
      assert.deepStrictEqual(yield* store.accountsWithFindings, [account])
    })
  )

  it.effect("has events with where they belong and what the saving was before", () =>
    Effect.gen(function* () {
      const { store } = yield* upgraded
      assert.deepStrictEqual(
        (yield* store.history(id("vol-1"))).map((event) => [
          event.type,
          event.kind,
          event.account,
          event.previousMonthlyUsd,
          event.monthlyUsd
        ]),
        [
          ["opened", "money", account, 0, 5],
          ["changed", "money", account, 5, 8.8]
        ]
      )
      assert.strictEqual((yield* store.runEvents(runId, 10)).items.length, 4)
    })
  )

  it.effect("has runs, scopes, reports and trends that can be read", () =>
    Effect.gen(function* () {
      const { store } = yield* upgraded
      const run = yield* store.run(runId)
      assert.deepStrictEqual(run?.plan, aRun().plan)
      assert.notProperty(run, "settled")
      assert.deepStrictEqual(run?.summary?.changes.opened, { findings: 2, monthlyUsd: 0 })
      assert.deepInclude(run?.summary?.totals, { notices: 0, confirmed: { findings: 2, monthlyUsd: 8.8 } })
      assert.strictEqual(run?.summary?.coverage.gaps[0]?.moreAccounts, 0)
      const record = yield* store.scopeRecord(runId, scope)
      assert.deepInclude(record, { attempt: null })
      assert.deepInclude(record?.outcomes[0], { unjudged: [], lastJudged: night })
      assert.deepStrictEqual(record?.outcomes[0]?.changes, noChanges)
      assert.deepStrictEqual(yield* store.reports(aReport().scan), [aReport()])
      assert.strictEqual((yield* store.trend("all", "2026-11-01")).length, 1)
      assert.deepStrictEqual(yield* store.cached("costs"), { usd: 1 })
    })
  )

  it.effect("goes on with what was observed before", () =>
    Effect.gen(function* () {
      const { store } = yield* upgraded
      const [seen, never] = yield* store.latestOutcomes(scope)
      assert.deepStrictEqual(seen?.unbroken, { since: "2026-11-18T02:00:00.000Z", sequence: 1 })
      assert.isNull(never?.unbroken)
      const before = yield* store.finding(id("vol-1"))
      assert(before !== undefined && seen?.unbroken)
      const tonight = {
        runId: "next",
        now: new Date(Date.parse(night) + 7 * day),
        sequence: 4,
        unbroken: seen.unbroken
      }
      const again = see({ ...before, observe: { days: 7 }, unproven: false }, { ...before, confirmed: false }, tonight)
      assert.isTrue(again?.finding.confirmed)
    })
  )

  it.effect("is brought up to date once, and written to", () =>
    Effect.gen(function* () {
      const { path, store } = yield* upgraded
      yield* store.writeTransitions([aTransition(aFinding({ resourceId: "vol-9" }))])
      const again = yield* Effect.map(Layer.build(layerSqlite(path)), Context.get(Store))
      assert.strictEqual((yield* again.findings({ limit: 10 })).items.length, 4)
    })
  )
})
