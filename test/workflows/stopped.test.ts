/** A scope whose step is stopped: by the end of its time, or because its process dies. */
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import type { NamedScan } from "../../audit/ScanRegistry.ts"
import { Store } from "../../core/store/Store.ts"
import { layerMemory } from "../../core/store/sqlite/sqlite.ts"
import * as ec2 from "../../datasets/aws/ec2.ts"
import { defineScan, hygiene } from "../../scans/Scan.ts"
import { discover } from "../../workflows/steps/discover.ts"
import { plan } from "../../workflows/steps/plan.ts"
import { scan, ScanBudget } from "../../workflows/steps/scan.ts"
import { awsVolume, member, organizationOf, request, world } from "./harness.ts"

const startedAt = "2026-11-20T02:00:00.000Z"
const scope = { account: member, region: "eu-west-1" }

/** A scan that flags every third of what it judges, beginning with its own number. */
const numbered = (number: number): NamedScan => {
  const reads = [ec2.volumes, ec2.snapshots, ec2.addresses] as const
  return {
    name: `scan_${String(number).padStart(2, "0")}`,
    category: "cleanup",
    scan: defineScan({
      title: "t",
      words: "",
      why: "w",
      fix: "f",
      docs: "https://docs.aws.amazon.com",
      scope: "regional",
      settings: {},
      reads: { subject: reads[number % 3] as typeof ec2.volumes },
      subject: "subject",
      reasons: { any: "because" },
      judge: () => (item) =>
        Number(item.id.split("-")[1]) % 3 === number % 3
          ? hygiene({ reason: "any", severity: "low", note: "free", evidence: {} })
          : undefined
    })
  }
}

const scans = Array.from({ length: 54 }, (_, number) => numbered(number))

const answers = {
  ...organizationOf({ [member]: { "eu-west-1": Array.from({ length: 9 }, (_, n) => awsVolume(`vol-${n}`)) } }),
  "ec2:DescribeSnapshots": () => ({
    Snapshots: Array.from({ length: 9 }, (_, n) => ({
      SnapshotId: `snap-${n}`,
      VolumeSize: 1,
      StartTime: new Date("2026-01-01T00:00:00Z"),
      State: "completed"
    }))
  }),
  "ec2:DescribeAddresses": () => ({ Addresses: Array.from({ length: 9 }, (_, n) => ({ AllocationId: `eip-${n}` })) })
}

const sharedStore = Effect.map(Effect.context<Store>(), (context) => Layer.succeedContext(context))

/** A run of the scope, up to before its first scan. */
const planned = Effect.fnUntraced(function* (layer: ReturnType<typeof world>["layer"]) {
  yield* TestClock.setTime(Date.parse(startedAt))
  const asked = request({ accounts: [member], regions: ["eu-west-1"], scans: scans.map(({ name }) => name) })
  const { runId } = yield* Effect.provide(plan({ request: asked, execution: "one", startedAt }), layer)
  yield* Effect.provide(discover({ runId, account: member }), layer)
  return { ...scope, runId }
})

const contents = Effect.fnUntraced(function* (runId: string) {
  const store = yield* Store
  const findings = (yield* store.findings({ limit: 1000 })).items
  const outcomes = yield* store.latestOutcomes(scope)
  const record = yield* store.scopeRecord(runId, scope)
  return {
    findings,
    histories: yield* Effect.forEach(findings, ({ id }) => store.history(id)),
    outcomes,
    done: record?.done,
    attempt: record?.attempt,
    judged: record?.outcomes.map(({ scan }) => scan).sort()
  }
})

/** The store, which lets one write through and then dies. */
const dyingAfterOneWrite = Effect.map(Store, (store) => {
  let writes = 0
  const once =
    <Arguments extends ReadonlyArray<any>, A, E, R>(write: (...args: Arguments) => Effect.Effect<A, E, R>) =>
    (...args: Arguments) =>
      Effect.suspend(() => {
        writes += 1
        return writes > 1 ? Effect.die(new Error("the process is gone")) : write(...args)
      })
  return Layer.succeed(Store, {
    ...store,
    putScope: once(store.putScope),
    writeTransitions: once(store.writeTransitions)
  })
})

describe("a scope of 54 scans", () => {
  it.effect("that is stopped after each write and continued ends with the same store as an undisturbed one", () =>
    Effect.gen(function* () {
      const undisturbed = yield* Effect.gen(function* () {
        const { layer } = world(answers, yield* sharedStore, { scans })
        const input = yield* planned(layer)
        yield* Effect.provide(scan(input), layer)
        return yield* contents(input.runId)
      }).pipe(Effect.provide(layerMemory))

      const stopped = yield* Effect.gen(function* () {
        const input = yield* planned(world(answers, yield* sharedStore, { scans }).layer)
        let deaths = 0
        for (; deaths < 500; deaths++) {
          const { layer } = world(answers, yield* dyingAfterOneWrite, { scans })
          const exit = yield* Effect.exit(Effect.provide(scan(input), layer))
          if (exit._tag === "Success") break
        }
        assert.isAbove(deaths, 54)
        return yield* contents(input.runId)
      }).pipe(Effect.provide(layerMemory))

      assert.lengthOf(undisturbed.findings, 54 * 3)
      assert.isTrue(undisturbed.done)
      assert.deepStrictEqual(stopped, undisturbed)
    })
  )
})

describe("a second night that ends findings", () => {
  it.effect("and is stopped after each write counts what it ended like an undisturbed one", () =>
    Effect.gen(function* () {
      const nights = Effect.fnUntraced(function* (isStopped: boolean) {
        const store = yield* Store
        const estate = { [member]: { "eu-west-1": [awsVolume("vol-0"), awsVolume("vol-1"), awsVolume("vol-2")] } }
        const second = "2026-11-21T02:00:00.000Z"
        for (const at of [startedAt, second]) {
          yield* TestClock.setTime(Date.parse(at))
          const { layer } = world(organizationOf(estate), yield* sharedStore)
          const asked = request({ accounts: [member], regions: ["eu-west-1"] })
          const { runId } = yield* Effect.provide(plan({ request: asked, execution: at, startedAt: at }), layer)
          yield* Effect.provide(discover({ runId, account: member }), layer)
          if (at === second) estate[member] = { "eu-west-1": [awsVolume("vol-2")] }
          const deaths = isStopped && at === second ? 10 : 0
          for (let death = 0; death < deaths; death++) {
            const dying = world(organizationOf(estate), yield* dyingAfterOneWrite).layer
            yield* Effect.exit(Effect.provide(scan({ ...scope, runId }), dying))
          }
          yield* Effect.provide(scan({ ...scope, runId }), layer)
        }
        const [outcome] = yield* store.latestOutcomes(scope)
        return outcome?.changes
      })
      const undisturbed = yield* Effect.provide(nights(false), layerMemory)
      assert.strictEqual(undisturbed?.resolved.findings, 2)
      assert.deepStrictEqual(yield* Effect.provide(nights(true), layerMemory), undisturbed)
    })
  )
})

describe("a scan step whose time is up", () => {
  const never = {
    ...answers,
    // A list that takes longer than any call of the step.
    "ec2:DescribeAddresses": () => new Promise(() => undefined)
  }

  it.effect("has kept what it judged while something else takes its time", () =>
    Effect.gen(function* () {
      const store = yield* Store
      const { layer } = world(never, yield* sharedStore, { scans })
      const input = yield* planned(layer)
      const fiber = yield* Effect.forkChild(Effect.provide(scan(input), layer), { startImmediately: true })
      for (let turn = 0; turn < 50; turn++) yield* Effect.promise(() => new Promise(setImmediate))
      assert.lengthOf(yield* store.latestOutcomes(scope), 0)
      yield* TestClock.adjust("15 seconds")
      const kept = yield* store.latestOutcomes(scope)
      assert.isNotEmpty(kept)
      assert.deepStrictEqual(
        (yield* store.scopeRecord(input.runId, scope))?.outcomes.map(({ scan }) => scan).sort(),
        kept.map(({ scan }) => scan)
      )
      yield* Fiber.interrupt(fiber)
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("has judged what it could, goes on with what is left, and gives up what never ends", () =>
    Effect.gen(function* () {
      const store = yield* Store
      const { layer, sent } = world(never, yield* sharedStore, { scans })
      const input = yield* planned(layer)
      const budget = { begin: Duration.minutes(10), stop: Duration.minutes(13) }
      const call = Effect.gen(function* () {
        const fiber = yield* Effect.forkChild(
          scan(input).pipe(Effect.provide(layer), Effect.provideService(ScanBudget, budget)),
          { startImmediately: true }
        )
        // Real turns of the event loop, for the calls that answer.
        for (let turn = 0; turn < 50; turn++) yield* Effect.promise(() => new Promise(setImmediate))
        yield* TestClock.adjust("13 minutes")
        return yield* Fiber.join(fiber)
      })

      const unfinished = yield* Effect.flip(call)
      assert.deepStrictEqual(
        [unfinished._tag, unfinished.message],
        ["ScopeUnfinished", "time is up before all is judged in 222222222222/eu-west-1, of which 18 scans remain"]
      )
      const volumesRead = sent.filter(({ operation }) => operation.name === "DescribeVolumes").length
      yield* Effect.retry(call, { times: 20, while: ({ _tag }) => _tag === "ScopeUnfinished" })
      const outcomes = yield* store.latestOutcomes(scope)
      const slow = outcomes.filter(({ reason }) => reason?.code === "too_slow")
      assert.lengthOf(slow, 18)
      assert.strictEqual(slow[0]?.reason?.message, "judging it took longer than 13 minutes, 3 times in a row")
      assert.lengthOf(
        outcomes.filter(({ status }) => status === "complete"),
        36
      )
      // What was judged before is not read again.
      assert.strictEqual(sent.filter(({ operation }) => operation.name === "DescribeVolumes").length, volumesRead)
    }).pipe(Effect.provide(layerMemory))
  )
})
