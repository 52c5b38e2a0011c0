import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { type Document, terminalLines } from "../../../cli/output/document.ts"
import { plain } from "../../../cli/output/paint.ts"
import { explanationAnswer } from "../../../cli/programs/explain.ts"
import type { Finding } from "../../../core/finding/Finding.ts"
import { layerMemory } from "../../../core/store/sqlite/sqlite.ts"
import { Store } from "../../../core/store/Store.ts"
import { explain } from "../../../query/explain.ts"
import {
  aFinding,
  aHygieneFinding,
  anEvent,
  anOutcome,
  aScopeRecord,
  counting,
  resolved,
  setAside
} from "../../core/store/fixtures.ts"
import { collected } from "../fixtures.ts"

const volume = aFinding({ scan: "find_unused_volumes", reasons: ["unattached"], monthlyUsd: 80 })
const counted = counting(volume)
/** Claims the volume's money as part of a larger claim. */
const other = aFinding({ scan: "find_unused_amis", resourceId: "ami-1", monthlyUsd: 10 })
const covering = { ...other, savings: { ...other.savings, covers: [volume.resource.arn] } }

const write = Effect.fnUntraced(function* (...findings: ReadonlyArray<Finding>) {
  const store = yield* Store
  yield* store.writeTransitions(findings.map((finding) => ({ finding, events: [anEvent(finding)] })))
})

const explained = (finding: Finding, width = 100) =>
  Effect.map(explain(finding), (explanation) =>
    collected(terminalLines(explanationAnswer(explanation, showing).document as Document, width, plain))
  )

const showing = {
  accountNames: new Map([["111111111111", "production"]]),
  now: new Date("2026-11-22T02:00:00.000Z"),
  realised: undefined
}

describe("explain", () => {
  it.effect("shows the sum with its prices, the reason, the settings and the life", () =>
    Effect.gen(function* () {
      const store = yield* Store
      yield* write(counted)
      yield* store.putScope(
        aScopeRecord({
          outcomes: [anOutcome({ scan: "find_unused_volumes", lastComplete: "2026-11-22T02:00:00.000Z" })]
        })
      )
      const lines = yield* explained(counted)
      for (const line of [
        "Unattached and parked EBS volumes: data",
        "Saves $80.00 a month, $960.00 a year",
        "  Where      account 111111111111 (production), eu-west-1",
        "  gp3 storage       100  GB    $0.8 per GB-month     $80.00",
        "  - ebs.gp3GBMonth in eu-west-1: $0.8, price list, as of 2026-11-01, verified",
        "It counts in the totals; no other finding claims the resource.",
        "  - unattached: No instance has the volume attached.",
        "  sizeGiB    100",
        "  snapshot   not known",
        "  Last seen       2026-11-22 02:00 UTC",
        "  minUnattachedDays  7"
      ]) {
        assert.include(lines, line)
      }
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("says which claim counts, from both sides", () =>
    Effect.gen(function* () {
      yield* write(counted, covering)
      const loser = yield* explained(covering)
      assert.include(
        loser.join(" "),
        `It does not count in the totals: find_unused_volumes (${volume.id.slice(0, 8)}) claims the same resource and goes first (delete, $80.00 a month).`
      )
      assert.include(loser.join("\n"), `  - ${volume.resource.arn}`)
      const winner = (yield* explained(counted)).join(" ")
      assert.include(winner, "It counts in the totals, and the finding below on the same resource does not.")
      assert.include(winner, covering.id.slice(0, 8))
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("is honest about what has no figure, is not confirmed, or is over", () =>
    Effect.gen(function* () {
      const unknown: Finding = {
        ...volume,
        confirmed: false,
        savings: { ...volume.savings, monthlyUsd: 0, basis: "none", terms: [], note: "The region has no known price." }
      }
      yield* write(unknown)
      const lines = yield* explained(unknown)
      for (const line of [
        "Saves no amount that is known",
        "The region has no known price.",
        "It has no amount, so it adds nothing to the totals."
      ]) {
        assert.include(lines, line)
      }
      assert.include(lines.join(" "), "not yet: AWS does not say since when it is like this")
      // A night that is not at its end has not summed it up.
      yield* write(volume)
      assert.include(
        (yield* explained(volume)).join(" "),
        "It does not count in the totals yet: the account has not been summed up since it was found, which every run does at its end."
      )
      const over = yield* explained(resolved(counted))
      assert.include(over, "It is resolved, so it counts in no total.")
      assert.include(over, "  Resolved    2026-11-20 02:00 UTC: resource deleted")
      const aside = resolved(setAside(counted, "suppressed"), undefined, "settings_changed")
      const resolvedLine = (lines: ReadonlyArray<string>) => lines.filter((line) => line.startsWith("  Resolved"))
      assert.deepStrictEqual(resolvedLine(yield* explained(aside, 200)), [
        "  Resolved    2026-11-20 02:00 UTC: settings changed; it will be suppressed as before if it comes back"
      ])
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("lets no text from AWS act", () =>
    Effect.gen(function* () {
      const evil: Finding = {
        ...volume,
        resource: { ...volume.resource, name: "a\u001b[2Jb", tags: { note: "two\nlines\u202e" } },
        evidence: { description: "=1+1\r\nx\u009b" }
      }
      yield* write(evil)
      const text = (yield* explained(evil)).join("\n")
      for (const character of "\u001b\u202e\u009b\r") assert.notInclude(text, character)
      assert.include(text, "  note  two lines")
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("says of hygiene and notices what they are, and that they are no money", () =>
    Effect.gen(function* () {
      const hygiene = { ...aHygieneFinding({ severity: "high" }), note: "Nothing is billed for it." }
      yield* write(hygiene)
      const lines = yield* explained(hygiene)
      for (const line of [
        "Hygiene of severity high, and no saving",
        "Nothing is billed for it.",
        "It is no money, so it is in no sum of money."
      ]) {
        assert.include(lines, line)
      }
      const notice = aHygieneFinding({ kind: "notice", severity: "low" })
      assert.include(yield* explained(notice), "A notice of severity low, and no saving")
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("says of an old price of a single source that it is one", () =>
    Effect.gen(function* () {
      const [term] = volume.savings.terms
      const old: Finding = {
        ...counted,
        savings: {
          ...counted.savings,
          terms:
            term === undefined
              ? []
              : [{ ...term, price: { ...term.price, asOf: "2024-07-18", confidence: "single source" } }]
        }
      }
      yield* write(old)
      assert.include(
        (yield* explained(old, 240)).join("\n"),
        "as of 2024-07-18, single source. Careful: older than 18 months (2024-07-18), single source"
      )
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("says who set it aside, until when and why", () =>
    Effect.gen(function* () {
      const snoozed = setAside(counted, "snoozed")
      yield* write(snoozed)
      const lines = yield* explained(snoozed)
      assert.include(lines, "It is snoozed, so it counts in no total.")
      assert.include(lines, "  Snoozed     by ann on 2026-11-20 02:00 UTC, for good: in use")
    }).pipe(Effect.provide(layerMemory))
  )
})
