import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { claimantOf } from "../../../../core/finding/claims.ts"
import type { Finding, FindingEventType } from "../../../../core/finding/Finding.ts"
import { writeUnits } from "../../../../core/run/runCost.ts"
import { noSummary, rollupOf, totalsOf } from "../../../../core/run/totals.ts"
import { layerDynamo } from "../../../../core/store/dynamo/dynamo.ts"
import { Store } from "../../../../core/store/Store.ts"
import { metered } from "../capacity.ts"
import { dynamoTable, tableName } from "../dynamoLayer.ts"
import {
  account,
  aFinding,
  anEvent,
  anOutcome,
  aScopeRecord,
  aTrendPoint,
  night,
  resolved,
  runId
} from "../fixtures.ts"

/** A store, and the write units of all that it wrote since it was asked last. */
const measured = Effect.gen(function* () {
  const calls = yield* dynamoTable
  const { take } = metered(calls)
  const store = yield* Effect.map(Layer.build(layerDynamo({ tableName, calls })), Context.get(Store))
  return {
    store,
    units: () => take().writes
  }
})

const tags = { team: "blue", env: "production" }

describe("what a run writes", () => {
  it.effect("costs for a finding's life what is said", () =>
    Effect.gen(function* () {
      const { store, units } = yield* measured
      const write = (finding: Finding, type: FindingEventType) =>
        store.writeTransitions([{ finding, events: [anEvent(finding, { type })] }])
      // The account is noted once per process.
      yield* write(aFinding({ resourceId: "vol-2", tags }), "opened")
      units()
      const finding = aFinding({ tags })
      yield* write({ ...finding, confirmed: false }, "opened")
      assert.strictEqual(units(), writeUnits.opened)
      yield* write({ ...finding, severity: "medium" }, "confirmed")
      assert.strictEqual(units(), writeUnits.confirmed)
      const changed = aFinding({ tags, monthlyUsd: 20 })
      yield* write(changed, "changed")
      assert.strictEqual(units(), writeUnits.changed)
      yield* store.setCounted([{ finding: changed, counted: true }])
      assert.strictEqual(units(), writeUnits.counted)
      yield* write(resolved(changed), "resolved")
      assert.strictEqual(units(), writeUnits.resolved)
      yield* write(changed, "reopened")
      assert.strictEqual(units(), writeUnits.reopened)
      // Evidence is in no index.
      yield* write({ ...changed, evidence: { ...changed.evidence, sizeGiB: 101 } }, "changed")
      assert.isBelow(units(), writeUnits.changed / 3)
    })
  )

  it.effect("costs for a scope of 54 scans no more than is said", () =>
    Effect.gen(function* () {
      const { store, units } = yield* measured
      const scans = Array.from({ length: 54 }, (_, index) => `find_unused_things_${index}`)
      const outcomes = scans.map((scan, index) =>
        anOutcome({
          scan,
          counters: { ...anOutcome().counters, examined: index * 37, flagged: index },
          ...(index % 9 === 0
            ? { status: "partial", reason: { code: "throttled", message: "throttled until the retries were used up" } }
            : {})
        })
      )
      // Discover makes the record, the step leaves that it is at work, and closes it.
      const attempt = { since: night, outcomes: 0, fruitless: 0 }
      yield* store.putScope(aScopeRecord({ scans, outcomes: [], done: false }))
      yield* store.putScope(aScopeRecord({ scans, outcomes: [], done: false, attempt }))
      const scope = units()
      yield* store.putScope(aScopeRecord({ scans, outcomes }))
      const record = scope + units()
      // Its lease is taken and given back, and two of its scans write a report.
      assert.isAtLeast(record, writeUnits.scope / 2)
      assert.isAtMost(record + 4, writeUnits.scope)
    })
  )

  it.effect("costs for an account what is said", () =>
    Effect.gen(function* () {
      const { store, units } = yield* measured
      const findings = Array.from({ length: 200 }, (_, index) =>
        aFinding({
          resourceId: `vol-${index}`,
          scan: `scan_${index % 20}`,
          region: index % 3 === 0 ? "us-east-1" : "eu-west-1",
          monthlyUsd: index * 1.37,
          tags: { team: `team-${index % 8}` }
        })
      )
      yield* store.putRollups([rollupOf(account, { runId, asOf: night }, findings.map(claimantOf), new Set())])
      yield* store.putTrend([aTrendPoint({ account })])
      const totals = totalsOf(findings.map(claimantOf), new Set())
      yield* store.putAccountSummary({ runId, account, summary: { ...noSummary, totals } })
      // What its regions share, and the lease of the night, are counted by test/bench/units.test.ts.
      const settled = units()
      assert.isAbove(settled, 4)
      assert.isAtMost(settled, writeUnits.account / 2)
    })
  )
})
