/** Nights on which the payer's bill cannot be read, or answers nothing: what was known of it stays, and nothing is added. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { layerMemory } from "../../core/store/sqlite/sqlite.ts"
import { Store } from "../../core/store/Store.ts"
import { sampleNight } from "../../sample/estate.ts"
import { runNightly } from "../../workflows/engine.ts"
import { awsFailure } from "../datasets/harness.ts"
import { request } from "./harness.ts"
import { sampleNights } from "./sampleNights.ts"

const versions = [
  "find_outdated_rds_engine_versions",
  "find_outdated_eks_cluster_versions",
  "find_outdated_elasticache_engine_versions"
]

/** The questions about the bill, by what they ask it by. */
const questions = {
  byAccount: ["LINKED_ACCOUNT", "USAGE_TYPE"],
  byService: ["USAGE_TYPE", "SERVICE"],
  coverage: ["USAGE_TYPE", "RECORD_TYPE"]
} as const

interface Trouble {
  readonly question: keyof typeof questions
  readonly how: "denied" | "empty"
}

/** The sample organisation, whose answer to one question about the bill is in trouble. */
const layerOf = (trouble: Trouble | undefined) =>
  sampleNights(async ([{ name }, input], sample) => {
    const asked = ((input as any)?.GroupBy ?? []).map(({ Key }: { readonly Key: string }) => Key).join()
    if (trouble === undefined || name !== "GetCostAndUsage" || asked !== questions[trouble.question].join())
      return sample()
    if (trouble.how === "denied") throw awsFailure("AccessDeniedException", "no", 403)
    const answer: any = await sample()
    return { ...answer, ResultsByTime: answer.ResultsByTime.map((one: object) => ({ ...one, Groups: [] })) }
  })

/** What is open after a night, by resource. */
const night = Effect.fnUntraced(function* (day: number, scans: ReadonlyArray<string>, trouble?: Trouble) {
  const store = yield* Store
  yield* TestClock.setTime(sampleNight.getTime() + day * 86_400_000)
  const id = yield* runNightly(request({ scans })).pipe(Effect.provide(layerOf(trouble)))
  const summary = (yield* store.run(id))?.summary
  const { items } = yield* store.findings({ limit: 1000 })
  return {
    resolved: summary?.changes.resolved.findings,
    findings: items
      .filter(({ status }) => status === "open")
      .map(({ kind, note, resource, savings, severity }) => ({
        what: `${resource.id} ${kind} ${severity} ${savings?.basis} ${savings?.price ?? "list"} ${savings?.monthlyUsd}`,
        note,
        savings
      }))
      .sort((a, b) => (a.what < b.what ? -1 : 1))
  }
})

const whats = ({ findings }: { readonly findings: ReadonlyArray<{ readonly what: string }> }) =>
  findings.map(({ what }) => what)

const troubles: ReadonlyArray<Trouble> = [
  { question: "byAccount", how: "denied" },
  { question: "byAccount", how: "empty" },
  { question: "byService", how: "empty" }
]

describe("extended support", () => {
  it.effect("is what the bill shows with no other scan in the run, and stays that while the bill is not told", () =>
    Effect.gen(function* () {
      const before = yield* night(0, versions)
      assert.isTrue(before.findings.some(({ savings }) => savings?.price === "billed"))
      for (const [at, trouble] of troubles.entries()) {
        const without = yield* night(1 + at, versions, trouble)
        assert.deepStrictEqual([without.resolved, whats(without)], [0, whats(before)], JSON.stringify(trouble))
      }
      assert.deepStrictEqual(whats(yield* night(1 + troubles.length, versions)), whats(before))
    }).pipe(Effect.provide(layerMemory))
  )

  for (const trouble of troubles) {
    it.effect(`is at most its list price on a first night with ${trouble.question} ${trouble.how}`, () =>
      Effect.gen(function* () {
        const { findings } = yield* night(0, versions, trouble)
        const notes = findings.map(({ note, savings }) => savings?.note ?? note)
        assert.isFalse(notes.some((note) => note.startsWith("The bill of")))
        const untold = findings.filter(({ savings }) =>
          savings?.note?.includes("what the bill shows of it is not known")
        )
        assert.isAbove(untold.length, 1)
        for (const { savings } of untold) {
          assert.strictEqual(savings?.basis, "upper_bound")
          assert.isAbove(savings?.monthlyUsd ?? 0, 0)
        }
      }).pipe(Effect.provide(layerMemory))
    )
  }
})

describe("what commitments cover", () => {
  const scans = ["find_underutilized_ec2_instances"]

  it.effect("is not asked for by a micro-scan, which has no payer", () =>
    Effect.gen(function* () {
      const store = yield* Store
      yield* TestClock.setTime(sampleNight.getTime())
      const id = yield* runNightly(request({ scans, started: [] })).pipe(Effect.provide(layerOf(undefined)))
      const run = yield* store.run(id)
      assert.deepStrictEqual([run?.plan.billing, run?.plan.payers], [false, []])
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("is known with no other scan in the run, and stays known as of the last night while it is denied", () =>
    Effect.gen(function* () {
      const before = yield* night(0, scans)
      const covered = before.findings.filter(({ savings }) => savings?.coverage !== undefined)
      assert.isAbove(covered.length, 0)
      assert.isTrue(covered.every(({ savings }) => savings?.coverage?.asOf === undefined))
      assert.isTrue(covered.some(({ savings }) => savings?.coverage?.coveredPercent !== null))
      for (const day of [1, 2]) {
        const denied = yield* night(day, scans, { question: "coverage", how: "denied" })
        assert.deepStrictEqual(whats(denied), whats(before))
        const asOf = denied.findings.flatMap(({ savings }) => savings?.coverage?.asOf?.slice(0, 10) ?? [])
        assert.deepStrictEqual([...new Set(asOf)], [sampleNight.toISOString().slice(0, 10)])
      }
    }).pipe(Effect.provide(layerMemory))
  )
})
