import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Prices } from "../../core/pricing/Prices.ts"
import { noSavings } from "../../core/finding/savings.ts"
import { derived } from "../../datasets/engine/Dataset.ts"
import { auditScope, type Judgement } from "../../audit/auditScope.ts"
import { catalogueEntry } from "../../audit/catalogueEntry.ts"
import { defineScan, flag, Setting } from "../../scans/Scan.ts"
import { inScope, now, stubTransport } from "../datasets/harness.ts"

const things = derived("test.things", "regional", {}, () => [{ arn: "arn:seen" }])

const scanOf = (inventory: boolean | undefined) =>
  defineScan({
    title: "Test",
    why: "",
    fix: "",
    docs: "",
    scope: "regional",
    settings: {
      days: Setting.days(7, "Days"),
      share: Setting.percent(50, "Share"),
      word: Setting.oneOf(["a", "b"], "a", "Word"),
      from: Setting.day("From")
    },
    reads: { things },
    subjects: ["things"],
    ...(inventory === undefined ? {} : { inventory }),
    reasons: { found: "Found." },
    judge: ({ things }) =>
      things.map(({ arn }) =>
        flag({
          resource: { type: "test", id: arn, arn, name: "", tags: {} },
          reason: "found",
          savings: noSavings("delete", ""),
          evidence: {}
        })
      )
  })

/** What the scan says of resources that it was told or not told of. */
const existingOf = Effect.fnUntraced(function* (inventory: boolean | undefined) {
  const judgements: Array<Judgement> = []
  const planned = { name: "test", category: "test", scan: scanOf(inventory), settings: {} }
  yield* auditScope([planned], {
    runId: "run",
    now,
    common: { minMonthlySavingsUsd: 0, suppressTagKeys: [] },
    proceed: Effect.succeed(true),
    onJudgement: (judgement) =>
      Effect.sync(() => {
        // Drafts are made while they are read.
        assert.strictEqual([...judgement.drafts].length, 1)
        judgements.push(judgement)
      })
  }).pipe(inScope(stubTransport({}).layer), Effect.provide(Prices.layerSnapshot))
  return (arn: string) => judgements[0]?.existing(arn)
})

describe("a scan's inventory", () => {
  it.effect("takes what is missing for gone where the subjects are all that there is", () =>
    Effect.gen(function* () {
      const existing = yield* existingOf(undefined)
      assert.strictEqual(existing("arn:seen"), "present")
      assert.strictEqual(existing("arn:missing"), "gone")
    })
  )

  it.effect("takes nothing for gone where they are not", () =>
    Effect.gen(function* () {
      const existing = yield* existingOf(false)
      assert.strictEqual(existing("arn:missing"), "present")
    })
  )
})

describe("a scan's catalogue entry", () => {
  it("tells whole numbers, choices and days apart", () => {
    const settings = Object.fromEntries(
      catalogueEntry("test", "test", scanOf(true)).settings.map(({ name, pattern, type, values }) => [
        name,
        [type, values ?? pattern ?? null]
      ])
    )
    assert.deepStrictEqual(settings, {
      days: ["integer", null],
      share: ["number", null],
      word: ["string", ["a", "b"]],
      from: ["string", "(\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01]))?"]
    })
  })
})
