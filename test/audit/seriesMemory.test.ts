import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { seriesMemory } from "../../audit/seriesMemory.ts"
import { AwsTarget } from "../../core/aws/Aws.ts"
import { Store, StoreError } from "../../core/store/Store.ts"
import { AskAgain } from "../../datasets/engine/Dataset.ts"
import { MetricSeries } from "../../datasets/metrics/MetricSeries.ts"
import { type SeriesQuestion, wasUsed } from "../../datasets/metrics/Past.ts"
import { SeriesReader } from "../../datasets/metrics/SeriesReader.ts"
import { memoryStore } from "../datasets/engine/store.ts"
import { readsOf, volumeOf, withReader } from "../datasets/metrics/cloudwatch.ts"
import { nightOf, target } from "./probes.ts"

const dataset = "test.reads"
const days = 30

const questions = (count: number, more: Partial<SeriesQuestion> = {}): ReadonlyArray<SeriesQuestion> =>
  Array.from({ length: count }, (_, at) => ({ ...wasUsed(`vol-${at}`, [readsOf(at, { days })]), ...more }))

/** Told on a night: every series was active on the day before it, or on none. */
const told = (night: number, value = 1, failed = false) =>
  new MetricSeries(
    () =>
      failed
        ? { _tag: "Failed", reason: "InternalError" }
        : {
            _tag: "Values",
            start: new Date(
              nightOf(night - 1)
                .toISOString()
                .slice(0, 10)
            ),
            values: Float64Array.from([value, 0])
          },
    nightOf(night)
  )

const keepOn = Effect.fnUntraced(function* (night: number, asked: ReadonlyArray<SeriesQuestion>, answer = told(night)) {
  yield* (yield* seriesMemory(nightOf(night))).keep(dataset, asked, answer)
})

const settledOn = Effect.fnUntraced(function* (night: number, asked: ReadonlyArray<SeriesQuestion>) {
  return [...(yield* (yield* seriesMemory(nightOf(night))).settled(dataset, asked))]
})

const world = Layer.merge(memoryStore, Layer.succeed(AwsTarget, target))

describe("the memory of series", () => {
  it.effect("settles what was active until that day leaves the window, but for a share that is asked each night", () =>
    Effect.gen(function* () {
      yield* keepOn(0, questions(180))
      const open = new Set<string>()
      for (let night = 1; night <= 30; night += 1) {
        const settled = new Set(yield* settledOn(night, questions(180)))
        const due = questions(180).filter(({ key }) => !settled.has(key))
        if (night <= 9) for (const { key } of due) open.add(key)
        // The largest power of three that is within half of thirty days.
        if (night < 30) assert.closeTo(due.length, 180 / 9, 12, `night ${night}`)
        else assert.lengthOf(due, 180)
      }
      assert.lengthOf(open, 180)
    }).pipe(Effect.provide(world))
  )

  it.effect("asks on the same nights in long rotations and in short ones", () =>
    Effect.gen(function* () {
      const long = questions(100, { settledBy: () => true })
      const short = long.map((question, at) => ({ ...question, series: [readsOf(at, { days: 7 })] }))
      for (const asked of [long, short]) yield* keepOn(0, asked)
      for (let night = 1; night < 10; night += 1) {
        // Each has the record of the other overwritten: they are kept under datasets of their own.
        yield* keepOn(0, long)
        const inLong = new Set(yield* settledOn(night, long))
        yield* keepOn(0, short)
        const inShort = yield* settledOn(night, short)
        assert.isAbove(inShort.length, 40)
        for (const key of inShort) assert.isTrue(inLong.has(key), `${key} on night ${night}`)
      }
    }).pipe(Effect.provide(world))
  )

  it.effect("keeps nothing of what was idle, was refused, or has hundreds of series", () =>
    Effect.gen(function* () {
      const nights = [1, 2, 3]
      const asked = questions(20)
      yield* keepOn(0, asked, told(0, 0))
      for (const night of nights) assert.deepStrictEqual(yield* settledOn(night, asked), [])
      yield* keepOn(0, asked, told(0, 1, true))
      for (const night of nights) assert.deepStrictEqual(yield* settledOn(night, asked), [])
      const large = questions(20, { series: Array.from({ length: 201 }, (_, at) => readsOf(at, { days })) })
      yield* keepOn(0, large)
      for (const night of nights) assert.deepStrictEqual(yield* settledOn(night, large), [])
    }).pipe(Effect.provide(world))
  )

  it.effect("knows nothing of a resource that was made again, of a later run, and where all is asked again", () =>
    Effect.gen(function* () {
      const asked = questions(20)
      yield* keepOn(2, asked)
      assert.isAbove((yield* settledOn(3, asked)).length, 10)
      assert.deepStrictEqual(yield* settledOn(3, questions(20, { identity: "made again" })), [])
      assert.deepStrictEqual(yield* settledOn(1, asked), [])
      assert.deepStrictEqual(yield* Effect.provideService(settledOn(3, asked), AskAgain, true), [])
    }).pipe(Effect.provide(world))
  )

  it.effect("asks where the store cannot be read, and goes on where it cannot be written", () =>
    Effect.gen(function* () {
      const broken = new StoreError({ kind: "failed", message: "there is no table" })
      const store = Layer.mock(Store, {
        remembered: () => Effect.fail(broken),
        remember: () => Effect.fail(broken)
      })
      const both = Effect.gen(function* () {
        yield* keepOn(0, questions(20))
        return yield* settledOn(1, questions(20))
      })
      assert.deepStrictEqual(yield* Effect.provide(both, store), [])
    }).pipe(Effect.provide(world))
  )

  it.effect("spares a reader the series of what is settled, and the rule is told", () =>
    Effect.gen(function* () {
      const asked = questions(9)
      yield* keepOn(-1, asked)
      const memory = yield* seriesMemory(nightOf(0))
      const { result, sent } = yield* withReader(() =>
        Effect.gen(function* () {
          const reader = yield* SeriesReader.make(nightOf(0), [], memory)
          return yield* reader.ask(dataset, asked)
        })
      )
      const settled = asked.filter(({ key }) => result.series.settles(key))
      const volumes = sent.flatMap(({ input }) => input.MetricDataQueries.map(volumeOf))
      assert.isAbove(settled.length, 4)
      assert.deepStrictEqual(
        volumes,
        asked.filter(({ key }) => !result.series.settles(key)).map(({ key }) => key)
      )
      // What was not asked for is no zero.
      assert.isFalse(settled.some(({ series }) => series.some((spec) => result.series.total(spec).known)))
    }).pipe(Effect.provide(world))
  )
})
