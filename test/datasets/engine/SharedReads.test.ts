import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import type { AwsTarget } from "../../../core/aws/Aws.ts"
import { AwsError, Malformed } from "../../../core/aws/AwsError.ts"
import { globalRegion, payerRegion } from "../../../core/Scope.ts"
import { type Dataset, dataset, whole } from "../../../datasets/engine/Dataset.ts"
import type { Loaded } from "../../../datasets/engine/Reader.ts"
import { DatasetCrashed } from "../../../datasets/engine/ReadFailure.ts"
import { SharedReads } from "../../../datasets/engine/SharedReads.ts"
import { now } from "../harness.ts"
import { memoryStore } from "./store.ts"

const payer = "111111111111"
const member = "222222222222"

const at = (account: string, region: string): AwsTarget["Service"] => ({ account, region, partition: "aws" })

const described = (scope: "payer" | "global" | "regional", cacheHours?: number): Dataset =>
  dataset<ReadonlyMap<string, Date>>(`test.${scope}`, {
    scope,
    shape: "map",
    operations: [],
    ...(cacheHours === undefined ? {} : { cacheHours }),
    read: () => Effect.succeed(whole(new Map<string, Date>()))
  })

const bill = described("payer")
const buckets = described("global")

const value = new Map([["bucket", now]])
const read: Loaded = { ok: true, value, gaps: [], inherited: [] }

const error = new AwsError({
  operation: "ce:GetCostAndUsage",
  account: payer,
  region: "us-east-1",
  reason: new Malformed({ code: "MalformedAnswer", message: "no results" })
})

/** Reads that note where they were made. */
const noting = (answer: Loaded = read) => {
  const made: Array<string> = []
  return {
    made,
    read: ({ account, region }: AwsTarget["Service"]) =>
      Effect.sync(() => made.push(`${account}/${region}`)).pipe(Effect.andThen(Effect.yieldNow), Effect.as(answer))
  }
}

const run = { id: "run-1", now, payer }

describe("SharedReads", () => {
  it.effect("never reads the payer's data from a member, and says so", () =>
    Effect.gen(function* () {
      const { made, read } = noting()
      for (const payer of [undefined, "111111111111"]) {
        const shared = yield* SharedReads.make({ ...run, payer })
        const told = yield* shared.of(bill, at(member, "eu-west-1"), read)
        assert.isFalse(told.ok)
        if (told.ok) continue
        assert.strictEqual(told.error.summary, "test.payer: not reachable (NotRead)")
      }
      assert.deepStrictEqual(made, [])
    }).pipe(Effect.provide(memoryStore))
  )

  it.effect("gives a member the copy of what the payer's scope read, also in another process", () =>
    Effect.gen(function* () {
      const { made, read } = noting()
      const first = yield* SharedReads.make(run)
      yield* first.kept(bill, at(payer, payerRegion), read)
      const second = yield* SharedReads.make(run)
      for (const shared of [first, second]) {
        const told = yield* shared.of(bill, at(member, "eu-west-1"), read)
        assert.deepStrictEqual(told.ok && told.value, value)
      }
      assert.deepStrictEqual(made, [`${payer}/${payerRegion}`])
    }).pipe(Effect.provide(memoryStore))
  )

  it.effect("reads what belongs to the account once in a run, for all its regions and in whichever process", () =>
    Effect.gen(function* () {
      const { made, read } = noting()
      const first = yield* SharedReads.make(run)
      const regions = ["eu-west-1", "us-east-1", "ap-southeast-2"]
      yield* Effect.forEach(regions, (region) => first.of(buckets, at(member, region), read), {
        concurrency: "unbounded"
      })
      const second = yield* SharedReads.make(run)
      const copy = yield* second.of(buckets, at(member, "eu-north-1"), read)
      const own = yield* second.kept(buckets, at(member, globalRegion), read)
      assert.deepStrictEqual(
        [copy, own],
        [
          { ok: true, value, gaps: [], inherited: [] },
          { ok: true, value, gaps: [], inherited: [] }
        ]
      )
      assert.deepStrictEqual(made, [`${member}/${globalRegion}`])
      yield* second.of(buckets, at(payer, "eu-west-1"), read)
      const next = yield* SharedReads.make({ ...run, id: "run-2" })
      yield* next.of(buckets, at(member, "eu-west-1"), read)
      assert.deepStrictEqual(made.slice(1), [`${payer}/${globalRegion}`, `${member}/${globalRegion}`])
    }).pipe(Effect.provide(memoryStore))
  )

  it.effect("reads a region's own data in that region, every time", () =>
    Effect.gen(function* () {
      const { made, read } = noting()
      const shared = yield* SharedReads.make(run)
      const volumes = described("regional")
      yield* shared.kept(volumes, at(member, "eu-west-1"), read)
      yield* shared.kept(volumes, at(member, "eu-west-1"), read)
      assert.deepStrictEqual(made, [`${member}/eu-west-1`, `${member}/eu-west-1`])
    }).pipe(Effect.provide(memoryStore))
  )

  it.effect("keeps failures and gaps, so that nobody asks again in the run, and no bug", () =>
    Effect.gen(function* () {
      const failures: ReadonlyArray<Loaded> = [
        { ok: false, error },
        { ok: true, value, gaps: [error], inherited: [] },
        { ok: true, value, gaps: [], inherited: [error] }
      ]
      for (const [index, failure] of failures.entries()) {
        const { made, read } = noting(failure)
        const id = `run-${index}`
        const first = yield* SharedReads.make({ ...run, id })
        yield* first.of(buckets, at(member, "eu-west-1"), read)
        const second = yield* SharedReads.make({ ...run, id })
        assert.deepStrictEqual(yield* second.of(buckets, at(member, "us-east-1"), read), failure)
        assert.lengthOf(made, 1)
      }
      const { made, read } = noting({ ok: false, error: new DatasetCrashed("test.global", new Error("oops")) })
      for (const id of [1, 2]) {
        const shared = yield* SharedReads.make({ ...run, id: "run-bug" })
        yield* shared.of(buckets, at(member, `eu-west-${id}`), read)
      }
      assert.lengthOf(made, 2)
    }).pipe(Effect.provide(memoryStore))
  )

  it.effect(
    "keeps paid answers for their hours across runs, gives members that copy, and pays again the next day",
    () =>
      Effect.gen(function* () {
        yield* TestClock.setTime(now.getTime())
        const paid = described("payer", 12)
        const { made, read } = noting()
        const readIn = Effect.fnUntraced(function* (id: string, day = now) {
          const shared = yield* SharedReads.make({ id, now: day, payer })
          yield* shared.kept(paid, at(payer, payerRegion), read)
          const told = yield* shared.of(paid, at(member, "eu-west-1"), read)
          assert.deepStrictEqual(told.ok && told.value, value, id)
          return made.length
        })
        assert.strictEqual(yield* readIn("run-1"), 1)
        yield* TestClock.adjust("11 hours")
        assert.strictEqual(yield* readIn("run-2"), 1)
        yield* TestClock.adjust("1 hours")
        assert.strictEqual(yield* readIn("run-3"), 2)
        assert.strictEqual(yield* readIn("run-4", new Date("2026-11-21T02:00:00Z")), 3)
      }).pipe(Effect.provide(memoryStore))
  )

  it.effect("does not pay again in a run for what failed, and keeps no failed or cut answer for the day", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now.getTime())
      const paid = described("payer", 12)
      for (const [index, failure] of [
        { ok: false, error } as const,
        { ok: true, value, gaps: [error], inherited: [] } as const
      ].entries()) {
        const { made, read } = noting(failure)
        for (const process of [1, 2]) {
          const shared = yield* SharedReads.make({ ...run, id: `run-${index}` })
          assert.deepStrictEqual(yield* shared.kept(paid, at(payer, payerRegion), read), failure, `process ${process}`)
        }
        assert.lengthOf(made, 1)
        const next = yield* SharedReads.make({ ...run, id: `later-${index}` })
        yield* next.kept(paid, at(payer, payerRegion), read)
        assert.lengthOf(made, 2)
      }
    }).pipe(Effect.provide(memoryStore))
  )
})
