import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import { Prober } from "../../audit/Prober.ts"
import { AwsTarget } from "../../core/aws/Aws.ts"
import type { AwsError } from "../../core/aws/AwsError.ts"
import { known } from "../../core/Reading.ts"
import { Store, StoreError } from "../../core/store/Store.ts"
import { rotationNights } from "../../core/turns.ts"
import { AskAgain } from "../../datasets/engine/Dataset.ts"
import { type Probe, seriesProbe } from "../../datasets/engine/Probe.ts"
import { MetricSeries } from "../../datasets/metrics/MetricSeries.ts"
import { SeriesReader } from "../../datasets/metrics/SeriesReader.ts"
import { memoryStore } from "../datasets/engine/store.ts"
import { now } from "../datasets/harness.ts"
import { readsOf } from "../datasets/metrics/cloudwatch.ts"
import { failure, nightOf, noting, target, type Thing, thing, things, unasked } from "./probes.ts"

const withStore = Layer.merge(unasked, memoryStore)

/** Asks one probe about things on a night, with a prober of that night. */
const onNight = Effect.fnUntraced(function* (
  night: number,
  probe: Probe<Thing>,
  items: ReadonlyArray<Thing>,
  fresh = false
) {
  const prober = yield* Prober.make(nightOf(night))
  return yield* ask(prober, probe, items, fresh)
})

const ask = (prober: Prober["Service"], probe: Probe<Thing>, items: ReadonlyArray<Thing>, fresh = false) =>
  prober.answer(items.map((item) => ({ probe, item, fresh })))

/** Asks on a night, of which some things have an open finding. Answers what AWS was asked, too. */
const askedOf = Effect.fnUntraced(function* (
  { calls, probe }: Pick<ReturnType<typeof noting>, "calls" | "probe">,
  night: number,
  items: ReadonlyArray<Thing>,
  open: ReadonlyArray<Thing>,
  tonight = false
) {
  const before = calls.length
  const prober = yield* Prober.make(nightOf(night))
  const answers = yield* prober.answer(items.map((item) => ({ probe, item, fresh: open.includes(item), tonight })))
  return { ids: calls.slice(before).flat(), answers }
})

const valuesOf = (
  answers: ReadonlyArray<{ readonly reading: { readonly known: boolean; readonly value?: unknown } }>
) => answers.map(({ reading }) => (reading.known ? reading.value : undefined))

const byName = { identity: ({ version = "1" }: Thing) => version }

describe("a Prober", () => {
  it.effect("asks about each resource once, however many scans ask and also while the first still waits", () =>
    Effect.gen(function* () {
      const { calls, probe } = noting({ takes: Effect.sleep("1 minute") })
      const prober = yield* Prober.make(now)
      const scans = yield* Effect.forkChild(
        Effect.all([ask(prober, probe, things(3)), ask(prober, probe, things(4)), ask(prober, probe, things(2))], {
          concurrency: "unbounded"
        })
      )
      yield* TestClock.adjust("10 minutes")
      const [first, second, third] = yield* Fiber.join(scans)
      assert.deepStrictEqual(calls.flat().sort(), ["t0", "t1", "t2", "t3"])
      assert.deepStrictEqual([first, second, third].map(valuesOf), [
        ["t0", "t1", "t2"],
        ["t0", "t1", "t2", "t3"],
        ["t0", "t1"]
      ])
      yield* ask(prober, probe, things(4))
      assert.lengthOf(calls.flat(), 4)
    }).pipe(Effect.provide(withStore))
  )

  it.effect("keeps probes apart that ask about the same resource, and answers in the order of the questions", () =>
    Effect.gen(function* () {
      const one = noting({ name: "test.one" })
      const two = noting({ name: "test.two" })
      const prober = yield* Prober.make(now)
      const a = thing("a", { told: 1 })
      const b = thing("b", { told: 2 })
      const answers = yield* prober.answer([
        { probe: two.probe, item: b, fresh: false },
        { probe: one.probe, item: a, fresh: false },
        { probe: two.probe, item: a, fresh: false }
      ])
      assert.deepStrictEqual(valuesOf(answers), [2, 1, 1])
      assert.deepStrictEqual([one.ids(), two.ids()], [["a"], ["a", "b"]])
    }).pipe(Effect.provide(withStore))
  )

  it.effect("has one cap for all scans that ask, and names what is left over", () =>
    Effect.gen(function* () {
      const { calls, probe } = noting({ cap: 3 })
      const prober = yield* Prober.make(now)
      yield* ask(prober, probe, [thing("a"), thing("b")])
      const answers = yield* ask(prober, probe, [thing("a"), thing("c"), thing("d"), thing("e")])
      assert.lengthOf(calls.flat(), 3)
      assert.strictEqual(answers.filter(({ reading }) => reading.known).length, 2)
      const [gap] = answers.flatMap(({ gap }) => gap ?? [])
      assert.strictEqual(gap?.code, "inspection_cap")
      assert.strictEqual(
        gap?.message,
        "2 resources were not inspected tonight and have their turn later: test.told asks about 3 in one night"
      )
    }).pipe(Effect.provide(withStore))
  )

  it.effect("gives everybody over the cap a turn in the nights that follow", () =>
    Effect.gen(function* () {
      const { calls, ids, probe } = noting({ cap: 10 })
      const nights: Array<ReadonlyArray<string>> = []
      for (let night = 0; night < 10; night += 1) {
        const before = calls.length
        yield* onNight(night, probe, things(100))
        nights.push(calls.slice(before).flat().sort())
      }
      assert.notDeepEqual(nights[0], nights[1])
      assert.strictEqual(new Set(ids()).size, 100)
    }).pipe(Effect.provide(withStore))
  )

  it.effect("asks those first that it never asked, where it remembers the others", () =>
    Effect.gen(function* () {
      const { ids, probe } = noting({ cap: 10, ...byName })
      for (let night = 0; night < 10; night += 1) yield* onNight(night, probe, things(100))
      assert.strictEqual(new Set(ids()).size, 100)
      assert.lengthOf(ids(), 100)
    }).pipe(Effect.provide(withStore))
  )
})

describe("what a Prober remembers", () => {
  it.effect("is asked again once in seven nights, a seventh of it each night", () =>
    Effect.gen(function* () {
      const { calls, probe } = noting(byName)
      yield* onNight(0, probe, things(140))
      assert.lengthOf(calls.flat(), 140)
      const again: Array<string> = []
      for (let night = 1; night <= rotationNights; night += 1) {
        const before = calls.length
        const answers = yield* onNight(night, probe, things(140))
        const asked = calls.slice(before).flat()
        assert.isAtLeast(asked.length, 10)
        assert.isAtMost(asked.length, 30)
        assert.strictEqual(answers.filter(({ askedAt }) => askedAt !== undefined).length, 140 - asked.length)
        assert.deepStrictEqual(
          valuesOf(answers),
          things(140).map(({ id }) => id)
        )
        again.push(...asked)
      }
      assert.deepStrictEqual(
        again.sort(),
        things(140)
          .map(({ id }) => id)
          .sort()
      )
    }).pipe(Effect.provide(withStore))
  )

  it.effect("is asked again within a week also where nobody audits every night", () =>
    Effect.gen(function* () {
      const { ids, probe } = noting(byName)
      for (const night of [0, 7]) yield* onNight(night, probe, things(140))
      assert.lengthOf(ids(), 280)
      // Over the cap the oldest answers come first.
      const capped = noting({ name: "test.capped", cap: 20, ...byName })
      for (let week = 0; week < 7; week += 1) yield* onNight(week * 7, capped.probe, things(140))
      const before = capped.calls.length
      for (let week = 7; week < 14; week += 1) yield* onNight(week * 7, capped.probe, things(140))
      assert.strictEqual(new Set(capped.calls.slice(before).flat()).size, 140)
    }).pipe(Effect.provide(withStore))
  )

  it.effect("is what AWS told, with its dates, maps and sets", () =>
    Effect.gen(function* () {
      const told = { at: now, by: new Map([["a", new Set([1])]]), none: null }
      const { calls, probe } = noting(byName)
      yield* onNight(0, probe, [thing("t3", { told })])
      const [answer] = yield* onNight(1, probe, [thing("t3")])
      assert.lengthOf(calls, 1)
      assert.deepStrictEqual(answer, { reading: known(told), askedAt: now.toISOString(), gap: undefined })
    }).pipe(Effect.provide(withStore))
  )

  it.effect("is about that resource and no other of its name", () =>
    Effect.gen(function* () {
      const { calls, probe } = noting(byName)
      yield* onNight(0, probe, [thing("t3", { version: "1", told: "old" })])
      const [answer] = yield* onNight(1, probe, [thing("t3", { version: "2", told: "new" })])
      assert.lengthOf(calls, 2)
      assert.deepStrictEqual(answer?.reading, known("new"))
    }).pipe(Effect.provide(withStore))
  )

  it.effect("is of its account and region", () =>
    Effect.gen(function* () {
      const { calls, probe } = noting(byName)
      yield* onNight(0, probe, [thing("t3")])
      const elsewhere = { ...target, region: "us-east-1" }
      yield* Effect.provideService(onNight(1, probe, [thing("t3")]), AwsTarget, elsewhere)
      assert.lengthOf(calls, 2)
    }).pipe(Effect.provide(withStore))
  )

  it.effect("is asked again on demand: what must be fresh once a night, and everything with AskAgain", () =>
    Effect.gen(function* () {
      const { calls, probe } = noting(byName)
      yield* onNight(0, probe, things(20))
      const prober = yield* Prober.make(nightOf(1))
      yield* ask(prober, probe, things(20))
      const before = calls.length
      const remembered = (yield* ask(prober, probe, things(20))).filter(({ askedAt }) => askedAt !== undefined).length
      assert.strictEqual(before, 40 - remembered)
      const fresh = yield* ask(prober, probe, things(20), true)
      assert.strictEqual(calls.length, 40)
      assert.isFalse(fresh.some(({ askedAt }) => askedAt !== undefined))
      yield* ask(prober, probe, things(20), true)
      assert.strictEqual(calls.length, 40)
      yield* Effect.provideService(onNight(2, probe, things(20)), AskAgain, true)
      assert.strictEqual(calls.length, 60)
    }).pipe(Effect.provide(withStore))
  )

  it.effect("serves those that are over the cap", () =>
    Effect.gen(function* () {
      const { probe } = noting({ cap: 2, ...byName })
      yield* onNight(0, probe, things(2))
      const answers = yield* onNight(1, probe, [...things(2), thing("x"), thing("y")])
      assert.deepStrictEqual(valuesOf(answers), ["t0", "t1", "x", "y"])
      const fresh = yield* onNight(2, probe, [...things(2), thing("x"), thing("y")], true)
      assert.strictEqual(fresh.filter(({ askedAt }) => askedAt !== undefined).length, 2)
    }).pipe(Effect.provide(withStore))
  )

  it.effect("is asked of open findings first, of which half make room for those that were never asked", () =>
    Effect.gen(function* () {
      const { calls, probe } = noting({ cap: 4, ...byName })
      const known = things(8)
      for (const night of [0, 1]) yield* onNight(night, probe, known)
      const asked = (night: number, items: ReadonlyArray<Thing>, open: ReadonlyArray<Thing>) =>
        Effect.map(askedOf({ calls, probe }, night, items, open), ({ ids }) => ids)
      const [a, b, c, d, ...others] = known
      const open = [a, b, c, d] as ReadonlyArray<Thing>
      const ids = open.map(({ id }) => id)
      assert.deepStrictEqual((yield* asked(2, [...others, ...open], open)).toSorted(), ids)
      const never = [thing("x"), thing("y"), thing("z")]
      const mixed = yield* asked(3, [...never, ...known], open)
      assert.deepStrictEqual([mixed.filter((id) => ids.includes(id)).length, mixed.length], [2, 4])
      assert.lengthOf(
        mixed.filter((id) => "xyz".includes(id)),
        2
      )
    }).pipe(Effect.provide(withStore))
  )

  it.effect("is asked tonight where it clears a risk, after open findings and what was never asked", () =>
    Effect.gen(function* () {
      const { calls, probe } = noting({ cap: 4, ...byName })
      const known = things(8)
      for (const night of [0, 1]) yield* onNight(night, probe, known)
      const asked = (night: number, items: ReadonlyArray<Thing>, open: ReadonlyArray<Thing>) =>
        askedOf({ calls, probe }, night, items, open, true)
      const last = known.at(-1) as Thing
      const crowded = yield* asked(2, [...known, thing("x")], [last])
      assert.includeMembers(crowded.ids, [last.id, "x"])
      assert.lengthOf(crowded.ids, 4)
      const roomy = yield* asked(3, known.slice(0, 3), [])
      assert.deepStrictEqual(
        roomy.ids.toSorted(),
        known
          .slice(0, 3)
          .map(({ id }) => id)
          .toSorted()
      )
      assert.isTrue(roomy.answers.every(({ askedAt }) => askedAt === undefined))
    }).pipe(Effect.provide(withStore))
  )

  it.effect("is nothing where a probe gives its resources no identity, nor what AWS refused", () =>
    Effect.gen(function* () {
      const plain = noting()
      for (const night of [0, 1]) yield* onNight(night, plain.probe, [thing("t3")])
      assert.lengthOf(plain.calls, 2)
      const refused = noting({ name: "test.refused", ...byName })
      const refusal = failure("AccessDenied", 403)
      for (const night of [0, 1]) yield* onNight(night, refused.probe, [thing("t3", { refusal })])
      assert.lengthOf(refused.calls, 2)
    }).pipe(Effect.provide(withStore))
  )

  it.effect("is nothing where a probe does not let the answer last", () =>
    Effect.gen(function* () {
      const { calls, probe } = noting({ ...byName, lasts: (told) => told !== "nothing" })
      for (const night of [0, 1]) yield* onNight(night, probe, [thing("t3"), thing("t4", { told: "nothing" })])
      assert.deepStrictEqual(calls, [["t3"], ["t4"], ["t4"]])
    }).pipe(Effect.provide(withStore))
  )

  it.effect("costs another call and nothing else where the store fails", () =>
    Effect.gen(function* () {
      const { calls, probe } = noting(byName)
      const fails = Effect.fail(new StoreError({ kind: "failed", message: "no" }))
      const broken = Layer.mock(Store, { remembered: () => fails, remember: () => fails })
      for (const night of [0, 1]) {
        const answers = yield* Effect.provide(onNight(night, probe, [thing("t3")]), broken)
        assert.deepStrictEqual(valuesOf(answers), ["t3"])
      }
      assert.lengthOf(calls, 2)
    }).pipe(Effect.provide(withStore))
  )
})

describe("a batch", () => {
  it.effect("has as many resources as AWS takes", () =>
    Effect.gen(function* () {
      const { calls, probe } = noting({ batchSize: 10 })
      yield* onNight(0, probe, things(25))
      assert.deepStrictEqual(calls.map(({ length }) => length).sort(), [10, 10, 5].sort())
    }).pipe(Effect.provide(withStore))
  )

  it.effect("that AWS refuses is asked one by one, so that one refused resource is one unknown", () =>
    Effect.gen(function* () {
      for (const refusal of [failure("NoSuchThing"), failure("AccessDenied", 403), failure("SyntaxError")]) {
        const { calls, probe } = noting({ batchSize: 5 })
        const items = things(5).map((item) => (item.id === "t3" ? { ...item, refusal } : item))
        const answers = yield* onNight(0, probe, items)
        assert.deepStrictEqual(valuesOf(answers), ["t0", "t1", "t2", undefined, "t4"])
        assert.deepStrictEqual(
          answers.map(({ gap }) => gap !== undefined),
          [false, false, false, true, false]
        )
        assert.lengthOf(calls, 6)
      }
    }).pipe(Effect.provide(withStore))
  )

  it.effect("that costs money is asked in halves, until those that are refused stand alone", () =>
    Effect.gen(function* () {
      const { calls, probe } = noting({ batchSize: 50, halves: ({ reason }) => reason._tag === "AccessDenied" })
      const refusal = failure("AccessDenied", 403)
      const items = things(50).map((item) => (["t3", "t41"].includes(item.id) ? { ...item, refusal } : item))
      const answers = yield* onNight(0, probe, items)
      const unknown = items.filter((_, at) => answers[at]?.reading.known === false).map(({ id }) => id)
      assert.deepStrictEqual(unknown, ["t3", "t41"])
      assert.deepStrictEqual(
        items.filter((_, at) => answers[at]?.gap !== undefined).map(({ id }) => id),
        ["t3", "t41"]
      )
      assert.isAtMost(calls.length, 25)
      // Nobody whom AWS answered is asked, and paid for, once more.
      const answered = calls.filter((ids) => !ids.some((id) => unknown.includes(id))).flat()
      assert.strictEqual(new Set(answered).size, answered.length)
      assert.lengthOf(answered, 48)
    }).pipe(Effect.provide(withStore))
  )

  it.effect("that costs money is given up where it is refused for every one, and where halves do not help", () =>
    Effect.gen(function* () {
      const halves = ({ reason }: AwsError) => reason._tag === "AccessDenied"
      for (const [code, status, most] of [
        ["AccessDenied", 403, 12],
        ["NoSuchThing", 400, 1],
        ["SyntaxError", 400, 1]
      ] as const) {
        const { calls, probe } = noting({ batchSize: 50, halves })
        const refusal = failure(code, status)
        const answers = yield* onNight(
          0,
          probe,
          things(50).map((item) => ({ ...item, refusal }))
        )
        assert.isAtMost(calls.length, most)
        assert.isTrue(answers.every(({ gap, reading }) => !reading.known && gap !== undefined))
      }
    }).pipe(Effect.provide(withStore))
  )

  it.effect("that is refused for every one is not asked for every one, nor what could not be reached", () =>
    Effect.gen(function* () {
      const denied = noting({ batchSize: 50 })
      const refusal = failure("AccessDenied", 403)
      const items = things(50).map((item) => ({ ...item, refusal }))
      const answers = yield* onNight(0, denied.probe, items)
      assert.lengthOf(denied.calls, 3)
      assert.isTrue(answers.every(({ reading }) => !reading.known))
      const throttled = noting({ batchSize: 50 })
      yield* onNight(
        0,
        throttled.probe,
        items.map((item) => ({ ...item, refusal: failure("Throttling") }))
      )
      assert.lengthOf(throttled.calls, 1)
    }).pipe(Effect.provide(withStore))
  )
})

describe("a probe of series", () => {
  it.effect("tells every resource its series, and a gap of those that CloudWatch refused", () =>
    Effect.gen(function* () {
      const error = failure("InternalError", 500)
      const series = new MetricSeries(
        ({ dimensions }) => (dimensions["VolumeId"] === "vol-bad" ? { _tag: "Failed", reason: "no" } : undefined),
        now
      )
      const asked: Array<number> = []
      const reader = Layer.mock(SeriesReader, {
        read: (specs) => Effect.sync(() => (asked.push(specs.length), { series, gaps: [error] }))
      })
      const probe = seriesProbe<Thing>({
        name: "test.series",
        costNote: "",
        metrics: [readsOf(0)],
        key: ({ id }) => id,
        series: ({ id }) => [readsOf(id)]
      })
      const answers = yield* Effect.provide(onNight(0, probe, [thing("good"), thing("bad")]), reader)
      assert.deepStrictEqual(asked, [2])
      assert.deepStrictEqual(
        answers.map(({ gap }) => gap?.code),
        [undefined, "unreachable"]
      )
      assert.deepStrictEqual(valuesOf(answers), [series, series])
    }).pipe(Effect.provide(withStore))
  )
})
