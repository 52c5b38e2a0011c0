import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import type { AuditRequest } from "../../core/config/AuditRequest.ts"
import { layerMemory } from "../../core/store/sqlite/sqlite.ts"
import { Store } from "../../core/store/Store.ts"
import { Refusal } from "../../mcp/answer/Answer.ts"
import type { Caller } from "../../mcp/Caller.ts"
import { LiveScans } from "../../mcp/LiveScans.ts"
import { layerLiveScans, narrowed } from "../../mcp/liveScansOnSteps.ts"
import { callTool } from "../../mcp/server.ts"
import { runNightly } from "../../workflows/engine.ts"
import { Steps } from "../../workflows/Steps.ts"
import { stepsInProcess } from "../../workflows/stepsInProcess.ts"
import { catalogueEntry } from "../../audit/catalogueEntry.ts"
import {
  awsVolume,
  type Estate,
  member,
  organizationOf,
  payer,
  request,
  volumesScan,
  world
} from "../workflows/harness.ts"
import { everyTool } from "./harness.ts"

const scan = "find_unused_volumes"
const night = new Date("2026-11-20T02:00:00Z").getTime()
const hours = (count: number) => count * 3_600_000

const anybody: Caller = { name: "tester", accounts: null, tools: everyTool }

type Progress = ReadonlyArray<readonly [done: number, total: number]>

/** Waits for something that needs both the event loop and the passing of time. */
const pass = Effect.fnUntraced(function* <A, E, R>(effect: Effect.Effect<A, E, R>) {
  const fiber = yield* Effect.forkChild(effect)
  while (fiber.pollUnsafe() === undefined) {
    yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
    yield* TestClock.adjust("250 millis")
  }
  return yield* Fiber.join(fiber)
})

const called = (name: string, args: unknown, caller: Partial<Caller> = {}) =>
  Effect.suspend(() => {
    const told: Array<readonly [number, number]> = []
    return Effect.map(
      callTool(
        name,
        args,
        { ...anybody, ...caller },
        {
          progress: (done, total) => Effect.sync(() => void told.push([done, total]))
        }
      ),
      ({ content, isError = false, structuredContent }) => ({
        text: content[0]?.text ?? "",
        structured: structuredContent as any,
        isError,
        told: told as Progress
      })
    )
  })

/** The night, and a server that can scan anew; `volumeReads` counts what was read since. */
const server = <A, E>(
  program: (given: {
    readonly estate: Estate
    readonly volumeReads: () => number
    readonly deny: (denied: boolean) => void
  }) => Effect.Effect<A, E, Store | LiveScans | Steps | Layer.Success<ReturnType<typeof world>["layer"]>>,
  steps: Layer.Layer<Steps, never, any> = stepsInProcess
) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(night)
    const estate: Estate = {
      [payer]: { "eu-west-1": [awsVolume("vol-a")], "us-east-1": [] },
      [member]: { "eu-west-1": [], "us-east-1": [awsVolume("vol-c", { Size: 200 })] }
    }
    let denied = false
    const answers = organizationOf(estate)
    const { layer, sent } = world(
      {
        ...answers,
        "ec2:DescribeVolumes": (input: any, target: any) => {
          if (denied && target.account === member)
            throw Object.assign(new Error("no"), { name: "UnauthorizedOperation" })
          return (answers["ec2:DescribeVolumes"] as any)(input, target)
        }
      },
      layerMemory
    )
    const live = layerLiveScans({ request: request() }).pipe(Layer.provideMerge(steps), Layer.provideMerge(layer))
    return yield* Effect.gen(function* () {
      yield* runNightly(request())
      const reads = () => sent.filter(({ operation }) => operation.name === "DescribeVolumes").length
      const before = reads()
      return yield* program({ estate, volumeReads: () => reads() - before, deny: (now) => void (denied = now) })
    }).pipe(Effect.provide(live as Layer.Layer<any>), Effect.scoped)
  }) as Effect.Effect<A, E>

describe("a scan's tool", () => {
  it.effect("answers from the store while that is fresh, and asking again makes nothing newer", () =>
    server(
      Effect.fnUntraced(function* ({ volumeReads }) {
        yield* TestClock.adjust("5 hours")
        const first = yield* called(scan, {})
        yield* TestClock.adjust("1 hour")
        const second = yield* called(scan, {})
        assert.strictEqual(first.structured.source, "stored")
        assert.strictEqual(second.structured.asOf, "2026-11-20T02:00:00.000Z")
        assert.strictEqual(second.structured.asOf, first.structured.asOf)
        assert.strictEqual(second.structured.ageSeconds, hours(6) / 1000)
        assert.strictEqual(volumeReads(), 0)
      })
    )
  )

  it.effect("scans anew what is too old, and says that it is live", () =>
    server(
      Effect.fnUntraced(function* ({ estate, volumeReads }) {
        yield* TestClock.adjust("25 hours")
        estate[member] = { "us-east-1": [awsVolume("vol-new", { Size: 900 })] }
        const answer = yield* pass(called(scan, {}))
        assert.strictEqual(volumeReads(), 4)
        assert.strictEqual(answer.structured.source, "live")
        assert.strictEqual(answer.structured.asOf, "2026-11-21T03:00:00.000Z")
        assert.sameMembers(
          answer.structured.findings.map(({ resource }: { readonly resource: string }) => resource),
          ["vol-a", "vol-new"]
        )
        assert.strictEqual(answer.structured.totals.findings, 2)
        for (const [done, total] of answer.told) assert.isBelow(done, total)
        assert.isTrue(answer.told.every(([, total]) => total === 4))
      })
    )
  )

  it.effect("scans only the accounts of a caller who may see no others", () =>
    server(
      Effect.fnUntraced(function* ({ volumeReads }) {
        yield* TestClock.adjust("25 hours")
        const answer = yield* pass(called(scan, {}, { accounts: [member] }))
        assert.strictEqual(volumeReads(), 2)
        assert.strictEqual(answer.structured.source, "live")
        const other = yield* called(scan, { accounts: payer, freshness: 0 }, { accounts: [member] })
        assert.isTrue(other.isError)
        assert.strictEqual(volumeReads(), 2)
        const live = yield* LiveScans
        const asked = { scans: [scan], accounts: [], regions: [], settings: {}, sinceMillis: night + hours(26) }
        const refused = yield* Effect.flip(
          live.start({ ...asked, scopes: [{ account: payer, region: "eu-west-1" }], visible: [member] })
        )
        assert.instanceOf(refused, Refusal)
      })
    )
  )

  it.effect("says whose accounts may be scanned whenever it starts something", () =>
    server(
      Effect.fnUntraced(function* () {
        yield* TestClock.adjust("25 hours")
        const visible: Array<unknown> = []
        const start: LiveScans["Service"]["start"] = (asked) => {
          visible.push(asked.visible)
          return new Refusal({ message: "No scans here." })
        }
        for (const tool of [scan, "start_scan"]) {
          yield* called(tool, {}, { accounts: [member] }).pipe(Effect.provideService(LiveScans, { start }))
        }
        assert.deepStrictEqual(visible, [[member], [member]])
      })
    )
  )

  it.effect("is asked twice at once and scans once", () =>
    server(
      Effect.fnUntraced(function* ({ volumeReads }) {
        yield* TestClock.adjust("25 hours")
        const [one, two] = yield* pass(Effect.all([called(scan, {}), called(scan, {})], { concurrency: "unbounded" }))
        assert.strictEqual(volumeReads(), 4)
        assert.deepStrictEqual([one.structured.source, two.structured.source], ["live", "live"])
        assert.strictEqual(one.structured.asOf, two.structured.asOf)
      })
    )
  )

  it.effect("keeps the time of what could not be judged anew, and says why", () =>
    server(
      Effect.fnUntraced(function* ({ deny, volumeReads }) {
        yield* TestClock.adjust("25 hours")
        deny(true)
        const answer = yield* pass(called(scan, {}))
        assert.strictEqual(answer.structured.source, "mixed")
        assert.strictEqual(answer.structured.asOf, "2026-11-20T02:00:00.000Z")
        assert.strictEqual(answer.structured.notScanned[0].reason.code, "denied_by_iam")
        assert.include(answer.text, "2 scopes of 4 could not be judged anew")
        assert.include(answer.text, "vol-c")
        // Nobody waits for the same refusal again.
        const reads = volumeReads()
        assert.strictEqual((yield* called(scan, {})).structured.asOf, "2026-11-20T02:00:00.000Z")
        assert.strictEqual(volumeReads(), reads)
      })
    )
  )

  it.effect(
    "with other settings answers from results of its own, which are there for the next page and the next caller",
    () =>
      server(
        Effect.fnUntraced(function* ({ volumeReads }) {
          yield* TestClock.adjust("5 hours")
          const stored = yield* called(scan, {})
          const same = yield* called(scan, { minUnattachedDays: 7 })
          assert.strictEqual(same.structured.source, "stored")
          assert.strictEqual(volumeReads(), 0)
          const other = yield* pass(called(scan, { minUnattachedDays: 100, limit: 1 }))
          assert.strictEqual(other.structured.source, "live")
          assert.strictEqual(other.structured.filters.minUnattachedDays, 100)
          assert.strictEqual(volumeReads(), 4)
          const next = yield* called(scan, { minUnattachedDays: 100, cursor: other.structured.nextCursor })
          assert.strictEqual(next.structured.source, "stored")
          const mine = yield* called(scan, { minUnattachedDays: 100 }, { accounts: [member] })
          assert.deepStrictEqual(
            mine.structured.findings.map(({ account }: { readonly account: string }) => account),
            [member]
          )
          assert.strictEqual(volumeReads(), 4)
          assert.deepStrictEqual((yield* called(scan, {})).structured, stored.structured)
        })
      )
  )

  it.effect("whose live scan never answers has the run's id and what is known after 21 seconds", () =>
    server(
      Effect.fnUntraced(function* () {
        yield* TestClock.adjust("25 hours")
        const fiber = yield* Effect.forkChild(called(scan, {}))
        yield* TestClock.adjust("19 seconds")
        assert.isUndefined(fiber.pollUnsafe())
        yield* TestClock.adjust("2 seconds")
        const answer = yield* Fiber.join(fiber)
        assert.strictEqual(answer.structured.source, "stored")
        assert.strictEqual(answer.structured.asOf, "2026-11-20T02:00:00.000Z")
        const [runId] = /\d{8}T\d{6}Z-[0-9a-f]{6}/.exec(answer.text) ?? []
        const store = yield* Store
        assert.strictEqual((yield* store.run(runId ?? ""))?.status, "running")
        assert.include(answer.text, "get_run")
        assert.include(answer.text, "vol-a")
      }),
      Layer.succeed(Steps, {
        invoke: () => Effect.never,
        startMachine: () => Effect.never,
        storeOf: () => Effect.never
      })
    )
  )

  it.effect("answers with what is stored where nothing can be started, and says so", () =>
    server(
      Effect.fnUntraced(function* () {
        yield* TestClock.adjust("25 hours")
        const answer = yield* called(scan, {}).pipe(
          Effect.provideService(LiveScans, { start: () => new Refusal({ message: "No scans here." }) })
        )
        assert.strictEqual(answer.structured.source, "stored")
        assert.include(answer.text, "No scans here.")
      })
    )
  )
})

describe("start_scan", () => {
  it.effect("starts the machine for what is not narrowed, once for all who ask", () =>
    server(
      Effect.fnUntraced(function* ({ volumeReads }) {
        yield* TestClock.adjust("5 hours")
        const [one, two] = yield* Effect.all([called("start_scan", {}), called("start_scan", {})])
        assert.strictEqual(one.structured.runId, two.structured.runId)
        const store = yield* Store
        yield* pass(
          Effect.gen(function* () {
            while ((yield* store.run(one.structured.runId))?.status === "running") yield* Effect.sleep("1 second")
          })
        )
        const run = yield* store.run(one.structured.runId)
        assert.strictEqual(run?.status, "complete")
        assert.strictEqual(run?.plan.full, false)
        assert.strictEqual(run?.trigger, "query")
        assert.strictEqual(volumeReads(), 4)
        const told = yield* called("get_run", { id: one.structured.runId })
        assert.strictEqual(told.structured.run.status, "complete")
        assert.strictEqual(told.structured.earlierRuns.length, 1)
      })
    )
  )

  it.effect("joins the night that is at work", () =>
    server(
      Effect.fnUntraced(function* () {
        yield* TestClock.adjust("5 hours")
        const store = yield* Store
        const [last] = (yield* store.runs(1)).items
        const running = {
          ...(last as NonNullable<typeof last>),
          id: "20261120T070000Z-abcdef",
          status: "running" as const
        }
        yield* store.putRun(running)
        yield* store.lease("night", running.id, new Date(night + hours(6)))
        assert.strictEqual((yield* called("start_scan", {})).structured.runId, running.id)
      })
    )
  )
})

describe("narrowed", () => {
  const entries = [catalogueEntry(volumesScan.name, volumesScan.category, volumesScan.scan)]
  const base: AuditRequest = request({ settings: { [scan]: { minUnattachedDays: 30 } }, excludeRegions: ["us-west-2"] })
  const asked = { accounts: [], regions: [], scans: [], visible: null }

  it("is never wider than what is configured and what the caller may see", () => {
    const all = narrowed(base, asked, entries)
    assert.deepStrictEqual(all, { ...base, trigger: "query", full: false })
    const mine = narrowed(base, { ...asked, visible: [member] }, entries)
    assert.deepStrictEqual((mine as AuditRequest).accounts, [member])
    assert.instanceOf(narrowed(base, { ...asked, visible: [member], accounts: [payer] }, entries), Refusal)
    assert.instanceOf(narrowed({ ...base, accounts: [payer] }, { ...asked, accounts: [member] }, entries), Refusal)
    assert.instanceOf(narrowed(base, { ...asked, visible: [] }, entries), Refusal)
    assert.instanceOf(narrowed(base, { ...asked, regions: ["global"] }, entries), Refusal)
  })
})
