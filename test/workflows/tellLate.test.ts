/** What a run could not tell, because its process died, is told by whichever run comes next. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import { catalogueLayer } from "../../audit/catalogueLayer.ts"
import type { BusEvent } from "../../core/alerts/events.ts"
import type { Message } from "../../core/alerts/Message.ts"
import { Notifier } from "../../core/alerts/Notifier.ts"
import type { AlertsConfig } from "../../core/config/alerts.ts"
import { AlertSettings } from "../../core/config/AlertSettings.ts"
import { noSummary } from "../../core/run/totals.ts"
import type { Run } from "../../core/run/Run.ts"
import { layerMemory } from "../../core/store/sqlite/sqlite.ts"
import { Store } from "../../core/store/Store.ts"
import { readAlertState } from "../../workflows/alertState.ts"
import { ProcessGone } from "../../core/run/ProcessGone.ts"
import { Progress, type ProgressEvent } from "../../workflows/Progress.ts"
import { recordFailure } from "../../workflows/steps/recordFailure.ts"
import { notify } from "../../workflows/steps/notify.ts"
import { aFinding, anEvent, aRun } from "../core/store/fixtures.ts"

const settings: AlertsConfig = {
  rules: [
    { name: "dear", measure: "started_resource", above: 100, severity: "high", quietHours: 20, hysteresisPercent: 5 }
  ],
  digest: { send: "always", owners: false },
  webhooks: []
}

const process = { host: "laptop", pid: 50 }

const runOf = (day: number, overrides: Partial<Run> = {}): Run =>
  aRun({
    id: `202611${day}T020000Z-00000${day % 10}`,
    startedAt: `2026-11-${day}T02:00:00.000Z`,
    finishedAt: `2026-11-${day}T02:10:00.000Z`,
    status: "complete",
    trigger: "schedule",
    process,
    summary: noSummary,
    ...overrides
  })

const office = () => {
  const events: Array<BusEvent> = []
  const sent: Array<Message> = []
  const layer = Layer.mergeAll(
    Layer.succeed(AlertSettings, settings),
    Layer.succeed(Notifier, {
      channels: [{ name: "mail", takes: () => true, send: (message) => Effect.sync(() => void sent.push(message)) }],
      publish: (some) => Effect.sync(() => void events.push(...some))
    }),
    layerMemory
  )
  return {
    layer,
    /** Takes what came: events with the runs that they are of, and the ids of messages. */
    told: () => ({
      events: events
        .splice(0)
        .map(({ detail, type }) => `${type.slice("nightaudit.".length)} ${String(detail["runId"]).slice(6, 8)}`),
      mail: sent.splice(0).map(({ subject }) => subject.replace(/^Night Audit /, ""))
    }),
    events
  }
}

/** Runs a moment of a run; `gone` are processes that are known to have died. */
const tell = (run: Run, moment?: "started" | "failed", gone: ReadonlyArray<number> = []) =>
  notify({ runId: run.id, ...(moment === undefined ? {} : { moment }) }).pipe(
    Effect.provideService(ProcessGone, (of) => of !== null && gone.includes(of.pid))
  )

/** A run that began and opened a finding, and of which nothing more was told. */
const untold = Effect.fnUntraced(function* (run: Run) {
  const store = yield* Store
  yield* TestClock.setTime(Date.parse(run.startedAt))
  yield* store.putRun({ ...run, status: "running", finishedAt: null })
  yield* tell(run, "started")
  const finding = aFinding({ resourceId: `vol-${run.id}`, monthlyUsd: 50 })
  const event = anEvent(finding, { runId: run.id, at: run.startedAt })
  yield* store.writeTransitions([{ finding: { ...finding, runId: run.id }, events: [event] }])
  yield* store.putRun(run)
})

const next = Effect.fnUntraced(function* (run: Run) {
  yield* TestClock.setTime(Date.parse(run.startedAt))
  yield* Effect.flatMap(Store, (store) => store.putRun(run))
  return run
})

const narrow = (day: number, at: string, more: Partial<Run> = {}) =>
  runOf(day, {
    id: `202611${day}T${at.replace(":", "")}00Z-bbbbbb`,
    startedAt: `2026-11-${day}T${at}:00.000Z`,
    plan: { ...aRun().plan, full: false },
    process: { host: "laptop", pid: 51 },
    ...more
  })

describe("a run whose end was not told", () => {
  it.effect("is told when the next one begins, where its process is gone: its digest, its end, its findings", () => {
    const post = office()
    return Effect.gen(function* () {
      yield* untold(runOf(20))
      assert.deepStrictEqual(post.told(), { events: ["run.started 20"], mail: [] })
      const second = yield* next(narrow(20, "02:11"))
      yield* tell(second, "started", [50])
      const late = post.told()
      assert.deepStrictEqual(late.events, ["run.completed 20", "finding.opened 20", "run.started 20"])
      assert.deepStrictEqual(
        late.mail.map((subject) => subject.slice(0, 11)),
        ["2026-11-20:"]
      )
      yield* tell(second, undefined, [50])
      assert.deepStrictEqual(post.told(), { events: ["run.completed 20"], mail: [] })
      assert.deepStrictEqual((yield* readAlertState()).begun, [])
    }).pipe(Effect.provide(post.layer))
  })

  it.effect("is left to tell it itself for an hour, where nothing is known of its process", () => {
    const post = office()
    return Effect.gen(function* () {
      const first = runOf(20, { process: null })
      yield* untold(first)
      post.told()
      yield* tell(yield* next(narrow(20, "02:11")), "started")
      assert.deepStrictEqual(post.told(), { events: ["run.started 20"], mail: [] })
      yield* tell(yield* next(narrow(20, "03:09")), "started")
      assert.deepStrictEqual(post.told(), { events: ["run.started 20"], mail: [] })
      yield* tell(yield* next(narrow(20, "03:11")), "started")
      const late = post.told()
      assert.deepStrictEqual(late.events.slice(0, 2), ["run.completed 20", "finding.opened 20"])
      assert.lengthOf(late.mail, 1)
      // It was only slow: the same events, by the same ids, and no second digest.
      yield* tell(first)
      assert.deepStrictEqual(post.told().mail, [])
    }).pipe(Effect.provide(post.layer))
  })

  it.effect("failed in the cloud and is told by the next night, before it scans", () => {
    const post = office()
    return Effect.gen(function* () {
      const store = yield* Store
      const first = runOf(20, { status: "running", finishedAt: null, summary: null, process: null })
      yield* untold(first)
      yield* recordFailure({ runId: first.id, error: { Error: "Lambda.Unknown" } })
      assert.strictEqual((yield* store.run(first.id))?.finishedAt, first.startedAt)
      post.told()
      yield* tell(yield* next(narrow(20, "02:59", { status: "running", finishedAt: null, process: null })), "started")
      assert.deepStrictEqual(post.told(), { events: ["run.started 20"], mail: [] })
      yield* tell(yield* next(runOf(21, { status: "running", finishedAt: null, process: null })), "started")
      assert.deepStrictEqual(post.told(), {
        events: ["run.failed 20", "run.started 21"],
        mail: ["FAILED 2026-11-20: it failed, and could not tell why"]
      })
    }).pipe(Effect.provide(Layer.merge(post.layer, catalogueLayer)))
  })

  it.effect("has no digest after a later night has changed the store, which says so in its own", () => {
    const post = office()
    return Effect.gen(function* () {
      yield* untold(runOf(20))
      post.told()
      // The later night began where nobody could know that the process is gone.
      yield* tell(yield* next(runOf(21, { process: null })), undefined, [50])
      const { events, mail } = post.told()
      assert.includeMembers([...events], ["run.completed 20", "run.completed 21", "finding.opened 20"])
      assert.deepStrictEqual(
        mail.map((subject) => subject.slice(0, 11)),
        ["2026-11-21:"]
      )
    }).pipe(Effect.provide(post.layer))
  })

  it.effect("has no digest after a week", () => {
    const post = office()
    return Effect.gen(function* () {
      yield* untold(runOf(20))
      post.told()
      yield* tell(yield* next(narrow(28, "02:11")), "started", [50])
      const { events, mail } = post.told()
      assert.includeMembers([...events], ["run.completed 20", "finding.opened 20"])
      assert.deepStrictEqual(mail, [])
      assert.deepStrictEqual((yield* readAlertState()).lost, [
        `Digest of run ${runOf(20).id}: nobody was left to tell it for 7 days`
      ])
    }).pipe(Effect.provide(post.layer))
  })

  it.effect(
    "was cut off for good where another one was started in its place, and may go on where it still runs",
    () => {
      const post = office()
      return Effect.gen(function* () {
        const store = yield* Store
        const first = runOf(20, { status: "running", finishedAt: null, summary: null })
        yield* untold(first)
        post.told()
        const second = yield* next(narrow(20, "02:11"))
        yield* tell(second, "started", [50])
        assert.deepStrictEqual(post.told().events, ["run.started 20"])
        yield* store.putRun({ ...first, status: "interrupted" })
        yield* tell(second, undefined, [50])
        assert.deepStrictEqual(post.told(), {
          events: ["run.failed 20", "run.completed 20", "finding.opened 20"],
          mail: []
        })
      }).pipe(Effect.provide(post.layer))
    }
  )

  it.effect("has what somebody started told, whether it is complete, cut off or failed", () => {
    const post = office()
    return Effect.gen(function* () {
      const plan = (id: string): Run["plan"] => ({
        ...aRun().plan,
        full: false,
        started: [
          {
            id,
            at: "2026-11-20T09:12:44.000Z",
            event: "CreateNatGateway",
            account: "111111111111",
            region: "eu-west-1",
            type: "ec2:nat-gateway",
            service: "EC2 - Other",
            resources: [`nat-${id}`],
            what: "NAT gateway in subnet-0a1",
            by: "",
            monthlyUsd: 200,
            basis: "exact",
            terms: [],
            note: ""
          }
        ]
      })
      const micro = (minute: number, more: Partial<Run>) =>
        narrow(20, `09:${minute}`, { trigger: "event", process, plan: plan(`call-00${minute}`), ...more })
      yield* untold(micro(13, { finishedAt: "2026-11-20T09:13:30.000Z" }))
      yield* untold(micro(14, { status: "running", finishedAt: null, summary: null }))
      const failed = micro(15, { status: "failed", finishedAt: null, summary: null })
      yield* untold(failed)
      post.told()
      yield* tell(failed, "failed", [])
      assert.deepStrictEqual(post.told(), {
        events: ["run.failed 20", "resource.started 20", "threshold.breached 20"],
        mail: ["ALARM dear: $200.00 a month started in production, eu-west-1: NAT gateway in subnet-0a1"]
      })
      yield* tell(yield* next(narrow(20, "09:20")), "started", [50])
      const late = post.told()
      assert.lengthOf(
        late.events.filter((type) => type.startsWith("resource.started")),
        2
      )
      assert.lengthOf(late.mail, 2)
      assert.deepStrictEqual(
        late.events.filter((type) => type.startsWith("run.")),
        ["run.completed 20", "run.failed 20", "run.started 20"]
      )
    }).pipe(Effect.provide(post.layer))
  })

  it.effect("holds the lease of telling no longer than its process lives", () => {
    const post = office()
    return Effect.gen(function* () {
      const store = yield* Store
      yield* untold(runOf(20))
      yield* store.lease("alerts", runOf(20).id, new Date(Date.parse(runOf(20).startedAt) + 16 * 60_000))
      const second = yield* next(narrow(20, "02:01"))
      const heard: Array<ProgressEvent> = []
      const waiting = yield* Effect.forkChild(
        Effect.flip(Effect.provideService(tell(second, "started"), Progress, (event) => void heard.push(event)))
      )
      yield* TestClock.adjust("2 minutes")
      assert.include((yield* Fiber.join(waiting)).message, `run ${runOf(20).id} is telling people`)
      assert.deepStrictEqual(heard[0], { _tag: "WaitsToTell", runId: runOf(20).id })
      // No clock is moved: it waits for nobody.
      yield* tell(second, "started", [50])
      assert.strictEqual(yield* store.lease("alerts", "another", new Date()), "another")
    }).pipe(Effect.provide(post.layer))
  })
})
