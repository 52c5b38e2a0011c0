import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Finding } from "../../core/finding/Finding.ts"
import { layerMemory } from "../../core/store/sqlite/sqlite.ts"
import { Store } from "../../core/store/Store.ts"
import { explain } from "../../query/explain.ts"
import { findFinding, history, listedAtMost } from "../../query/findFinding.ts"
import {
  aFinding,
  aHygieneFinding,
  anEvent,
  anOutcome,
  aScopeRecord,
  aTransition,
  resolved
} from "../core/store/fixtures.ts"

const ids = (findings: ReadonlyArray<Finding>) => findings.map(({ id }) => id)

const later = "2026-11-25T02:00:00.000Z"

describe("findFinding", () => {
  it.effect("finds by id, beginning of an id, ARN and resource id, however it was copied", () =>
    Effect.gen(function* () {
      const store = yield* Store
      const finding = aFinding()
      yield* store.writeTransitions([aTransition(finding), aTransition(aFinding({ resourceId: "vol-2" }))])
      yield* store.putScope(aScopeRecord({ outcomes: [anOutcome({ lastComplete: later })] }))
      for (const text of [
        finding.id,
        finding.id.slice(0, 7),
        finding.id.toUpperCase(),
        ` ${finding.resource.arn}\n`,
        "vol-1"
      ]) {
        const found = yield* findFinding(text)
        assert.deepStrictEqual(found, { findings: [{ ...finding, lastSeen: later }], more: false }, text)
      }
      for (const text of ["", " ", "vol", finding.id.slice(0, 3), "ffffffff"]) {
        assert.deepStrictEqual(yield* findFinding(text), { findings: [], more: false }, text)
      }
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("lists several, open ones first, and says when there are more", () =>
    Effect.gen(function* () {
      const store = yield* Store
      const findings = Array.from({ length: listedAtMost + 2 }, (_, index) => {
        const finding = aFinding({ scan: `scan_${index}`, monthlyUsd: 100 + index })
        return index % 2 === 0 ? finding : resolved(finding)
      })
      yield* store.writeTransitions(findings.map(aTransition))
      const found = yield* findFinding("vol-1")
      assert.strictEqual(found.findings.length, listedAtMost)
      assert.isTrue(found.more)
      assert.deepStrictEqual(
        found.findings.map(({ status }) => status),
        [...Array<string>(11).fill("open"), ...Array<string>(9).fill("resolved")]
      )
    }).pipe(Effect.provide(layerMemory))
  )
})

describe("explain", () => {
  it.effect("tells a finding's life, its outcome and what claims the same money", () =>
    Effect.gen(function* () {
      const store = yield* Store
      const arn = (id: string) => aFinding({ resourceId: id }).resource.arn
      const snapshot = aFinding({ resourceId: "snap-1" })
      const image = aFinding({ resourceId: "ami-1", monthlyUsd: 50, covers: [arn("snap-1")] })
      const counted = { ...image, savings: { ...image.savings, counted: true } }
      const same = aFinding({ resourceId: "snap-1", scan: "find_old_snapshots", monthlyUsd: 90 })
      const ended = resolved(aFinding({ resourceId: "snap-1", scan: "by_the_payer" }))
      const hygiene = aHygieneFinding({ resourceId: "snap-1", scan: "find_public_snapshots" })
      const unrelated = aFinding({ resourceId: "vol-7" })
      const events = [anEvent(snapshot), anEvent(snapshot, { type: "changed", at: later })]
      yield* store.writeTransitions([
        { finding: snapshot, events },
        ...[counted, same, ended, hygiene, unrelated].map(aTransition)
      ])
      const outcome = anOutcome({ lastComplete: later, asOf: later })
      yield* store.putScope(aScopeRecord({ outcomes: [outcome, anOutcome({ scan: "other" })] }))
      const explanation = yield* explain(snapshot)
      assert.deepStrictEqual(explanation.finding, { ...snapshot, lastSeen: later })
      assert.deepStrictEqual(explanation.history, events)
      assert.deepStrictEqual(explanation.outcome, outcome)
      assert.deepStrictEqual(ids(explanation.overlaps), [image.id, same.id], "what counts first, then the largest")
      assert.deepStrictEqual(ids((yield* explain(image)).overlaps), [same.id, snapshot.id])
      assert.deepStrictEqual((yield* explain(unrelated)).overlaps, [])
      assert.deepStrictEqual(yield* history(snapshot.id), events)
    }).pipe(Effect.provide(layerMemory))
  )
})
