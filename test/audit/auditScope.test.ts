import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/testing/TestClock"
import { auditScope, groupsOf } from "../../audit/auditScope.ts"
import type { Judgement, PlannedScan } from "../../audit/judge.ts"
import { AwsTarget, RetrySchedule } from "../../core/aws/Aws.ts"
import { AwsError, Unavailable } from "../../core/aws/AwsError.ts"
import { CallLedger } from "../../core/aws/CallLedger.ts"
import { RateOf, unlimited } from "../../core/aws/RateLimits.ts"
import type { Coverage } from "../../core/finding/coverage.ts"
import { noSavings, sum, term } from "../../core/finding/savings.ts"
import { Prices } from "../../core/pricing/Prices.ts"
import { payerRegion } from "../../core/Scope.ts"
import { type Dataset, dataset, whole } from "../../datasets/engine/Dataset.ts"
import type { Probe } from "../../datasets/engine/Probe.ts"
import { resourceKind } from "../../datasets/engine/ResourceKind.ts"
import { SharedReads } from "../../datasets/engine/SharedReads.ts"
import { metricsOf } from "../../datasets/metrics/metricsOf.ts"
import { ask, defineScan, money, need, type Reads } from "../../scans/Scan.ts"
import { memoryStore } from "../datasets/engine/store.ts"
import { awsLayer, now, stubTransport } from "../datasets/harness.ts"
import { answering, queriesOf, readsOf } from "../datasets/metrics/cloudwatch.ts"
import { noting, target, thing } from "./probes.ts"

interface Item {
  readonly arn: string
  readonly id: string
}

const kind = resourceKind<Item>({ type: "test:item", service: "Test", id: ({ id }) => id })

/** A list of two items that notes when it is read, and takes its time. */
const listOf = (name: string, reads: Array<string> = [], takes = 0): Dataset<ReadonlyArray<Item>> =>
  dataset<ReadonlyArray<Item>>(name, {
    scope: "regional",
    operations: [],
    kind,
    read: () =>
      Effect.sync(() => {
        reads.push(name)
        return whole(["a", "b"].map((id): Item => ({ arn: `arn:${name}/${id}`, id })))
      }).pipe(Effect.delay(takes))
  })

const scanOf = (
  name: string,
  subject: Dataset<ReadonlyArray<Item>>,
  options: { readonly reads?: Reads; readonly probe?: Probe; readonly crashes?: boolean } = {}
): PlannedScan => ({
  name,
  category: "test",
  settings: {},
  scan: defineScan({
    title: "",
    words: "",
    why: "",
    fix: "",
    docs: "",
    scope: "regional",
    settings: {},
    reads: { items: subject, ...options.reads },
    subject: "items",
    probes: (options.probe === undefined ? {} : { probe: options.probe }) as Record<string, Probe>,
    reasons: { idle: "" },
    judge: () => {
      if (options.crashes === true) throw new Error("oops")
      return function* ({ id }) {
        if (options.probe !== undefined) yield* need(yield* ask(options.probe, thing(id)))
        return money({ reason: "idle", savings: noSavings("delete", ""), evidence: {} })
      }
    }
  })
})

interface Options {
  readonly proceed?: (after: ReadonlyMap<string, Judgement>) => boolean
  readonly stopAfter?: number
}

/** Audits, and answers what each scan told, in the order in which they ended, and which were left. */
const audited = Effect.fnUntraced(function* (scans: ReadonlyArray<PlannedScan>, options: Options = {}) {
  const { layer, sent } = stubTransport({ "cloudwatch:GetMetricData": answering() })
  const ended = new Map<string, Judgement>()
  const flagged: Array<string> = []
  const auditing = yield* Effect.forkChild(
    auditScope(scans, {
      now,
      common: { minMonthlySavingsUsd: 0, suppressTagKeys: [] },
      proceed: Effect.sync(() => options.proceed?.(ended) ?? true),
      cutOff: options.stopAfter ?? Number.MAX_SAFE_INTEGER,
      sinkOf: ({ name }) => ({
        freshOf: () => Effect.succeed(new Set<string>()),
        take: (drafts) =>
          Effect.sync(
            () => (flagged.push(...drafts.map(({ resource }) => `${name} ${resource.id}`)), new Set<string>())
          ),
        end: (judgement) => Effect.sync(() => void ended.set(name, judgement))
      })
    }).pipe(
      Effect.provide(Layer.mergeAll(awsLayer(layer), memoryStore, Prices.layerSnapshot, SharedReads.layerNone)),
      Effect.provideService(AwsTarget, target),
      Effect.provideServiceEffect(CallLedger, CallLedger.make()),
      Effect.provideService(RateOf, unlimited),
      Effect.provideService(RetrySchedule, Schedule.recurs(0))
    )
  )
  yield* TestClock.adjust("1 hour")
  const left = yield* Fiber.join(auditing)
  return {
    ended: [...ended.keys()],
    judgements: ended,
    left: left.map(({ name }) => name),
    flagged: flagged.sort(),
    sent
  }
})

describe("groupsOf", () => {
  it("puts scans together of which one reads what the other judges, and keeps others apart", () => {
    const volumes = listOf("test.volumes")
    const snapshots = listOf("test.snapshots")
    const queues = listOf("test.queues")
    const scans = [
      scanOf("volumes", volumes, { reads: { snapshots } }),
      scanOf("queues", queues),
      scanOf("snapshots", snapshots),
      scanOf("also_volumes", volumes)
    ]
    assert.deepStrictEqual(
      groupsOf(scans).map((group) => group.map(({ name }) => name)),
      [["volumes", "snapshots", "also_volumes"], ["queues"]]
    )
  })

  it("makes no group larger than eight", () => {
    const volumes = listOf("test.volumes")
    const scans = Array.from({ length: 20 }, (_, at) => scanOf(`scan${at}`, volumes))
    assert.deepStrictEqual(
      groupsOf(scans).map(({ length }) => length),
      [8, 8, 4]
    )
  })
})

describe("auditScope", () => {
  it.effect("reads each dataset once for all scans, and judges every scan", () =>
    Effect.gen(function* () {
      const reads: Array<string> = []
      const volumes = listOf("test.volumes", reads)
      const scans = [scanOf("one", volumes), scanOf("two", volumes), scanOf("three", listOf("test.queues", reads))]
      const { ended, flagged, left } = yield* audited(scans)
      assert.deepStrictEqual(reads.sort(), ["test.queues", "test.volumes"])
      assert.deepStrictEqual([ended.toSorted(), left], [["one", "three", "two"], []])
      assert.deepStrictEqual(flagged, ["one a", "one b", "three a", "three b", "two a", "two b"])
    })
  )

  it.effect("keeps a dataset for scans of later groups", () =>
    Effect.gen(function* () {
      const reads: Array<string> = []
      const volumes = listOf("test.volumes", reads)
      const { ended } = yield* audited(Array.from({ length: 50 }, (_, at) => scanOf(`scan${at}`, volumes)))
      assert.lengthOf(ended, 50)
      assert.deepStrictEqual(reads, ["test.volumes"])
    })
  )

  it.effect("refuses two datasets of one name before it reads anything", () =>
    Effect.gen(function* () {
      const reads: Array<string> = []
      const scans = [scanOf("one", listOf("test.same", reads)), scanOf("two", listOf("test.same", reads))]
      const exit = yield* Effect.exit(audited(scans))
      assert.strictEqual(exit._tag, "Failure")
      assert.deepStrictEqual(reads, [])
    })
  )

  it.effect("asks about a resource once for all scans", () =>
    Effect.gen(function* () {
      const volumes = listOf("test.volumes")
      const { calls, probe } = noting()
      yield* audited([scanOf("one", volumes, { probe }), scanOf("two", volumes, { probe })])
      assert.deepStrictEqual(calls.flat().sort(), ["a", "b"])
    })
  )

  it.effect("asks for a series once, with the longest window of all scans", () =>
    Effect.gen(function* () {
      const volumes = listOf("test.volumes")
      const activity = (days: number) =>
        metricsOf(`test.activity(${days})`, {
          scope: "regional",
          needs: { volumes },
          metrics: [readsOf(0, { days })],
          series: ({ volumes }) => volumes.map(({ id }) => readsOf(id, { days }))
        })
      const { sent } = yield* audited([
        scanOf("one", volumes, { reads: { activity: activity(7) } }),
        scanOf("two", volumes, { reads: { activity: activity(90) } })
      ])
      assert.deepStrictEqual(
        sent.map((request) => queriesOf(request).length),
        [2]
      )
      assert.strictEqual(sent[0]?.input.StartTime.toISOString(), "2026-08-22T00:00:00.000Z")
    })
  )

  it.effect("lets a slow list keep nobody waiting who does not read it", () =>
    Effect.gen(function* () {
      const slow = listOf("test.slow", [], 600_000)
      const { ended } = yield* audited([scanOf("slow", slow), scanOf("quick", listOf("test.quick"))])
      assert.deepStrictEqual(ended, ["quick", "slow"])
    })
  )

  it.effect("keeps a crash to the scan that has it", () =>
    Effect.gen(function* () {
      const volumes = listOf("test.volumes")
      const { judgements, left } = yield* audited([scanOf("bad", volumes, { crashes: true }), scanOf("good", volumes)])
      assert.deepStrictEqual(
        ["bad", "good"].map((name) => judgements.get(name)?.status),
        ["unavailable", "complete"]
      )
      assert.deepStrictEqual(left, [])
    })
  )

  describe("that runs out of time", () => {
    const six = Array.from({ length: 6 }, (_, at) => scanOf(`scan${at}`, listOf(`test.list${at}`)))

    it.effect("begins no further group, always judges the first, and answers those that are left", () =>
      Effect.gen(function* () {
        const { ended, left } = yield* audited(six, { proceed: () => false })
        assert.deepStrictEqual(ended, ["scan0"])
        assert.deepStrictEqual(left, ["scan1", "scan2", "scan3", "scan4", "scan5"])
        const some = yield* audited(six, { proceed: (after) => after.size < 3 })
        assert.deepStrictEqual(
          [...some.ended, ...some.left].sort(),
          six.map(({ name }) => name)
        )
        assert.isAbove(some.left.length, 0)
      })
    )

    it.effect("stops what is still being read at its end, and keeps what was judged", () =>
      Effect.gen(function* () {
        const slow = listOf("test.slow", [], 600_000)
        const { ended, left } = yield* audited([scanOf("slow", slow), scanOf("quick", listOf("test.quick"))], {
          stopAfter: 60_000
        })
        assert.deepStrictEqual([ended, left], [["quick"], ["slow"]])
      })
    )
  })
})

describe("what reservations and Savings Plans cover", () => {
  /** A month of an m5.large: 73.00 at list prices. */
  const idle: PlannedScan = {
    ...scanOf("idle", listOf("test.instances")),
    scan: defineScan({
      title: "",
      words: "",
      why: "",
      fix: "",
      docs: "",
      scope: "regional",
      settings: {},
      reads: { items: listOf("test.instances") },
      subject: "items",
      reasons: { idle: "" },
      judge: () => () =>
        money({
          reason: "idle",
          savings: sum("stop", [
            term("m5.large", 730, "hour", {
              fact: "ec2.linux.m5.large",
              region: "eu-west-1",
              usd: 0.1,
              unit: "hour",
              source: "test",
              asOf: "2026-11-20",
              confidence: "verified"
            })
          ]),
          evidence: {}
        })
    })
  }

  /** What a scope says where the payer has told this, or nothing. */
  const told = Effect.fnUntraced(function* (coverage: ReadonlyArray<Coverage> | undefined, region = target.region) {
    const said: Array<string> = []
    let outcome: Judgement | undefined
    const asked: Array<string> = []
    const shared = SharedReads.of({
      kept: (_, target, read) => read(target),
      of: (dataset, at) => {
        asked.push(dataset.name)
        return Effect.succeed(
          coverage === undefined
            ? {
                ok: false,
                error: new AwsError({
                  operation: dataset.name,
                  account: at.account,
                  region: at.region,
                  reason: new Unavailable({ code: "NotRead", message: "not read" })
                })
              }
            : { ok: true, value: coverage, gaps: [], inherited: [] }
        )
      }
    })
    yield* auditScope([idle], {
      now,
      common: { minMonthlySavingsUsd: 0, suppressTagKeys: [] },
      proceed: Effect.succeed(true),
      cutOff: Number.MAX_SAFE_INTEGER,
      sinkOf: () => ({
        freshOf: () => Effect.succeed(new Set<string>()),
        take: (drafts) =>
          Effect.sync(() => {
            for (const { savings, severity } of drafts)
              said.push(`${savings?.monthlyUsd} ${savings?.basis} ${severity} ${savings?.coverage?.coveredPercent}`)
            return new Set<string>()
          }),
        end: (judgement) => Effect.sync(() => void (outcome = judgement))
      })
    }).pipe(
      Effect.provide(
        Layer.mergeAll(
          awsLayer(stubTransport({}).layer),
          memoryStore,
          Prices.layerSnapshot,
          Layer.succeed(SharedReads, shared)
        )
      ),
      Effect.provideService(AwsTarget, { ...target, region }),
      Effect.provideServiceEffect(CallLedger, CallLedger.make())
    )
    return { said, asked, status: outcome?.status }
  })

  const row = { use: "ec2:m5.large", region: "eu-west-1", onDemand: 0, reserved: 0, planned: 0 }

  it.effect("is read once for a scope, and leaves of a saving what the bill would fall by", () =>
    Effect.gen(function* () {
      const covered = yield* told([{ ...row, reserved: 168 }])
      assert.deepStrictEqual(covered, {
        said: ["0 exact info 100", "0 exact info 100"],
        asked: ["commitments.coverage"],
        status: "complete"
      })
      const half = yield* told([{ ...row, planned: 84, onDemand: 84 }])
      assert.deepStrictEqual(half.said, ["36.5 estimate medium 50", "36.5 estimate medium 50"])
      const none = yield* told([])
      assert.deepStrictEqual(none.said, ["73 exact medium 0", "73 exact medium 0"])
    })
  )

  it.effect("is no gap of the scope where the payer was not read, and the saving is at most the list price", () =>
    Effect.gen(function* () {
      const unread = yield* told(undefined)
      assert.deepStrictEqual(unread.said, ["73 upper_bound medium null", "73 upper_bound medium null"])
      assert.strictEqual(unread.status, "complete")
    })
  )

  it.effect("is not paid for by a payer's scope whose scans do not read it", () =>
    Effect.gen(function* () {
      const { asked, said } = yield* told([{ ...row, reserved: 168 }], payerRegion)
      assert.deepStrictEqual(asked, [])
      assert.deepStrictEqual(said, ["73 upper_bound medium null", "73 upper_bound medium null"])
    })
  )
})
