/** Regions of an account that one call of the scan step takes in turn. */
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import type { ScopeRecord } from "../../core/run/Run.ts"
import { groupsOf } from "../../core/run/together.ts"
import { layerMemory } from "../../core/store/sqlite/sqlite.ts"
import { Store } from "../../core/store/Store.ts"
import { runNightly } from "../../workflows/engine.ts"
import { Progress, type ProgressEvent } from "../../workflows/Progress.ts"
import { discover } from "../../workflows/steps/discover.ts"
import { plan } from "../../workflows/steps/plan.ts"
import { recordFailure } from "../../workflows/steps/recordFailure.ts"
import { scan, ScanBudget } from "../../workflows/steps/scan.ts"
import { Together } from "../../workflows/together.ts"
import { awsVolume, member, organizationOf, request, world } from "./harness.ts"

describe("groupsOf", () => {
  it("puts together what took little, and leaves alone what took long and what nobody knows of", () => {
    const quiet = ["a", "b", "c"].map((region) => ({ region, seconds: 4 }))
    assert.deepStrictEqual(
      groupsOf([{ region: "new" }, ...quiet, { region: "long", seconds: 60 }, { region: "busy", seconds: 9 }], 15),
      [["new"], ["long"], ["busy", "a"], ["b", "c"]]
    )
    assert.deepStrictEqual(groupsOf(quiet, 0), [["a"], ["b"], ["c"]])
    assert.deepStrictEqual(groupsOf([]), [])
  })
})

const regions = ["eu-west-1", "us-east-1"]
const firstNight = Date.parse("2026-11-20T02:00:00Z")
const answers = organizationOf({ [member]: { "us-east-1": [awsVolume("vol-1")] } })

/** The nights of one member, in which a list of volumes takes a second. */
const nights = Effect.gen(function* () {
  const store = yield* Store
  const shared = Layer.succeed(Store, store)
  const runHere = Effect.runPromiseWith(yield* Effect.context<never>())
  const slow = {
    ...answers,
    "ec2:DescribeVolumes": async (input: any, target: any) => {
      await runHere(TestClock.adjust("1 second"))
      return (answers["ec2:DescribeVolumes"] as any)(input, target)
    }
  }
  const begin = Effect.fnUntraced(function* (day: number) {
    yield* TestClock.setTime(firstNight + day * 86_400_000)
    const startedAt = new Date(firstNight + day * 86_400_000).toISOString()
    const asked = request({ accounts: [member] })
    const { runId } = yield* plan({ request: asked, execution: startedAt, startedAt })
    const { groups } = yield* discover({ runId, account: member })
    return { runId, groups }
  })
  return { store, begin, layer: world(slow, shared).layer }
})

describe("an account whose regions took a second the night before", () => {
  const together = Effect.provideService(Together, Duration.seconds(15))
  const scope = (region: string) => ({ account: member, region })

  it.effect("has them in one group, and each has its own record, lease and findings", () =>
    Effect.gen(function* () {
      const { begin, layer, store } = yield* nights
      yield* Effect.gen(function* () {
        const first = yield* begin(0)
        assert.deepStrictEqual(first.groups, [["eu-west-1"], ["us-east-1"]])
        for (const region of regions) yield* scan({ runId: first.runId, account: member, region })
        assert.isAbove((yield* store.scopeRecord(first.runId, scope("eu-west-1")))?.durationMillis ?? 0, 0)
        const second = yield* begin(1)
        assert.deepStrictEqual(second.groups, [regions])
        yield* scan({ runId: second.runId, account: member, regions })
        const records = yield* store.scopeRecords(second.runId, member)
        assert.deepStrictEqual(
          records.map(({ done, outcomes, region }) => [region, done, outcomes.map(({ status }) => status)]),
          regions.map((region) => [region, true, ["complete"]])
        )
        // Each took its own time alone.
        assert.isBelow(Math.max(...records.map(({ durationMillis }) => durationMillis)), 2_000)
        assert.lengthOf((yield* store.findings({ limit: 10 })).items, 1)
      }).pipe(together, Effect.provide(layer))
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("loses none of them to one that fails, and that one is alone the night after", () =>
    Effect.gen(function* () {
      const { begin, layer, store } = yield* nights
      yield* Effect.gen(function* () {
        const first = yield* begin(0)
        for (const region of regions) yield* scan({ runId: first.runId, account: member, region })
        const { runId } = yield* begin(1)
        yield* store.lease("scope/222222222222/eu-west-1", "another", new Date(firstNight + 86_400_000 + 1_200_000))
        const failed = yield* Effect.flip(scan({ runId, account: member, regions }))
        assert.strictEqual(failed.message, "run another is scanning 222222222222/eu-west-1")
        assert.isTrue((yield* store.scopeRecord(runId, scope("us-east-1")))?.done)
        assert.isFalse((yield* store.scopeRecord(runId, scope("eu-west-1")))?.done)
        yield* recordFailure({ runId, account: member, regions, error: { Error: "StoreError", Cause: "locked" } })
        const closed = yield* store.scopeRecords(runId, member)
        assert.deepStrictEqual(
          closed.map(({ outcomes }) => outcomes.map(({ reason }) => reason?.code ?? null)),
          [["step_failed"], [null]]
        )
        assert.deepStrictEqual((yield* begin(2)).groups, [["eu-west-1"], ["us-east-1"]])
      }).pipe(together, Effect.provide(layer))
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("loses none of them to one whose function died, which comes last when the call is repeated", () =>
    Effect.gen(function* () {
      const { begin, layer, store } = yield* nights
      yield* Effect.gen(function* () {
        const { runId } = yield* begin(0)
        const [first] = yield* store.scopeRecords(runId, member)
        // What a function leaves behind that is killed as it begins.
        const attempt = { since: new Date(firstNight).toISOString(), outcomes: 0, fruitless: 0 }
        yield* store.putScope({ ...(first as ScopeRecord), attempt })
        const begun: Array<string> = []
        const tell = (event: ProgressEvent) => {
          if (event._tag === "ScopeStarted") begun.push(event.scope.region)
        }
        yield* scan({ runId, account: member, regions }).pipe(Effect.provideService(Progress, tell))
        assert.deepStrictEqual([first?.region, begun], ["eu-west-1", ["us-east-1", "eu-west-1"]])
      }).pipe(Effect.provide(layer))
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("goes on with those whose turn had not come when time is up", () =>
    Effect.gen(function* () {
      const { begin, layer, store } = yield* nights
      yield* Effect.gen(function* () {
        const { runId } = yield* begin(0)
        // Each list takes a second, after which no other scope is begun.
        const short = { begin: Duration.millis(500), stop: Duration.minutes(13) }
        const call = scan({ runId, account: member, regions }).pipe(Effect.provideService(ScanBudget, short))
        const unfinished = yield* Effect.flip(call)
        assert.deepStrictEqual(
          [unfinished._tag, unfinished.message],
          ["ScopeUnfinished", "time is up before all is judged in 222222222222/us-east-1"]
        )
        assert.isTrue((yield* store.scopeRecord(runId, scope("eu-west-1")))?.done)
        yield* call
        assert.isTrue((yield* store.scopeRecord(runId, scope("us-east-1")))?.done)
      }).pipe(Effect.provide(layer))
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("ends with the same as when each has a call of its own", () =>
    Effect.gen(function* () {
      const seen = Effect.fnUntraced(function* (millis: number) {
        const { layer, store } = yield* nights
        for (const day of [0, 1]) {
          yield* TestClock.setTime(firstNight + day * 86_400_000)
          yield* runNightly(request({ accounts: [member] })).pipe(
            Effect.provideService(Together, Duration.millis(millis)),
            Effect.provide(layer)
          )
        }
        const outcomes = yield* Effect.forEach(regions, (region) => store.latestOutcomes(scope(region)))
        return outcomes.flat().map(({ counters, region, sequence, status }) => ({ counters, region, sequence, status }))
      })
      const alone = yield* Effect.provide(seen(0), layerMemory)
      assert.lengthOf(alone, 2)
      assert.deepStrictEqual(yield* Effect.provide(seen(15_000), layerMemory), alone)
    })
  )
})
