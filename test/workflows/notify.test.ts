/** The step that tells people, over nights in one store: what each night says, and to whom. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import type { BusEvent } from "../../core/alerts/events.ts"
import type { Message } from "../../core/alerts/Message.ts"
import { NotDelivered, Notifier } from "../../core/alerts/Notifier.ts"
import type { AlertRule, AlertsConfig } from "../../core/config/alerts.ts"
import { AlertSettings } from "../../core/config/AlertSettings.ts"
import { claimantOf } from "../../core/finding/claims.ts"
import type { Finding } from "../../core/finding/Finding.ts"
import { resolve } from "../../core/finding/lifecycle.ts"
import { noSummary, organisationRollup, rollupOf } from "../../core/run/totals.ts"
import { ReportNotWritten, ReportShelf } from "../../core/run/ReportShelf.ts"
import type { Run } from "../../core/run/Run.ts"
import { layerMemory } from "../../core/store/sqlite/sqlite.ts"
import { Store } from "../../core/store/Store.ts"
import { reportLink } from "../../query/reportLink.ts"
import { errorName } from "../../workflows/errorName.ts"
import { storeBusy } from "../../workflows/stepErrors.ts"
import { maxPendingMessages, readAlertState } from "../../workflows/alertState.ts"
import { keepOwners } from "../../workflows/nightOwners.ts"
import { notify } from "../../workflows/steps/notify.ts"
import { report } from "../../workflows/steps/report.ts"
import { account, aFinding, anEvent, aRun } from "../core/store/fixtures.ts"

const rule: AlertRule = {
  name: "open-waste",
  measure: "open_waste",
  above: 100,
  step: 50,
  severity: "high",
  quietHours: 20,
  hysteresisPercent: 5
}
const settings: AlertsConfig = { rules: [rule], digest: { send: "never", owners: true }, webhooks: [] }

/** A post office that can be closed, and what came through it. */
const office = () => {
  const sent: Array<Message> = []
  const chat: Array<Message> = []
  const events: Array<BusEvent> = []
  const closed = { mail: false, chat: false, bus: false }
  /** What the mail does with a message while it is open. */
  const poison: Record<"refused" | "fails", (message: Message) => boolean> = {
    refused: () => false,
    fails: () => false
  }
  const channel = (name: "mail" | "chat", into: Array<Message>) => ({
    name,
    takes: () => true,
    send: (message: Message) =>
      closed[name] || (name === "mail" && poison.fails(message))
        ? Effect.fail(new NotDelivered({ channel: name, message: `${name}: closed` }))
        : name === "mail" && poison.refused(message)
          ? Effect.fail(new NotDelivered({ channel: name, message: `${name}: a 400`, refused: true }))
          : Effect.sync(() => void into.push(message))
  })
  const layer = Layer.succeed(Notifier, {
    channels: [channel("mail", sent), channel("chat", chat)],
    publish: (some) =>
      closed.bus
        ? Effect.fail(new NotDelivered({ channel: "bus", message: "bus: closed" }))
        : Effect.sync(() => void events.push(...some))
  })
  return {
    layer,
    closed,
    poison,
    /** Takes what came, as subjects without their beginning. */
    mail: () => sent.splice(0).map(({ subject }) => subject.replace(/^Night Audit /, "")),
    messages: () => sent.splice(0),
    chat: () => chat.splice(0).map(({ subject }) => subject.replace(/^Night Audit /, "")),
    events: () => events.splice(0).map(({ type }) => type.replace(/^nightaudit\./, "")),
    bus: events
  }
}

const runOf = (day: number, overrides: Partial<Run> = {}): Run =>
  aRun({
    id: `202611${day}T020000Z-00000${day % 10}`,
    startedAt: `2026-11-${day}T02:00:00.000Z`,
    status: "complete",
    trigger: "schedule",
    summary: noSummary,
    ...overrides
  })

const summaryOf = (findings: ReadonlyArray<Finding>): Run["summary"] => ({
  ...noSummary,
  totals: {
    ...noSummary.totals,
    confirmed: {
      findings: findings.length,
      monthlyUsd: findings.reduce((sum, { savings }) => sum + (savings?.monthlyUsd ?? 0), 0)
    }
  }
})

/** Writes what a night leaves behind: its run, its open findings, its totals. */
const settle = Effect.fnUntraced(function* (run: Run, findings: ReadonlyArray<Finding>) {
  const store = yield* Store
  yield* store.putRun({ ...run, summary: summaryOf(findings) })
  yield* store.writeTransitions(
    findings.map((finding) => ({
      finding: { ...finding, runId: run.id },
      events: [anEvent(finding, { runId: run.id, at: run.startedAt })]
    }))
  )
  yield* sumUp(run, findings)
})

const sumUp = Effect.fnUntraced(function* (run: Run, findings: ReadonlyArray<Finding>) {
  const store = yield* Store
  const time = { runId: run.id, asOf: run.startedAt }
  const rollup = rollupOf(account, time, findings.map(claimantOf), new Set(findings.map(({ id }) => id)))
  const all = organisationRollup(time, [rollup])
  yield* store.putRollups([rollup, all])
  yield* keepOwners(run, all)
})

const waste = (...amounts: ReadonlyArray<number>): ReadonlyArray<Finding> =>
  amounts.map((monthlyUsd, index) => {
    const finding = aFinding({ resourceId: `vol-${index}`, monthlyUsd })
    return { ...finding, savings: { ...finding.savings, counted: true } }
  })

const told = (run: Run, more: object = {}) => notify({ runId: run.id, ...more })

const world = (post: ReturnType<typeof office>, alerts: AlertsConfig = settings) =>
  Layer.mergeAll(post.layer, Layer.succeed(AlertSettings, alerts), layerMemory)

describe("what a night tells", () => {
  const post = office()
  it.effect("is a breach once, its growth, and its end; a night without totals changes nothing", () =>
    Effect.gen(function* () {
      const nights: ReadonlyArray<readonly [number, ReadonlyArray<string>]> = [
        [90, []],
        [120, ["ALARM open-waste: $120.00 is over $100.00 (organisation)"]],
        [98, []],
        [170, ["ALARM, GROWN open-waste: $170.00 is over $100.00 (organisation)"]],
        [171, []],
        [95, ["OVER open-waste: $95.00 is back under $100.00 (organisation)"]],
        [60, []]
      ]
      for (const [index, [usd, expected]] of nights.entries()) {
        const run = runOf(20 + index)
        yield* settle(run, waste(usd))
        yield* told(run)
        assert.deepStrictEqual([post.mail(), post.chat()], [expected, expected], `night ${index}`)
      }
      assert.deepStrictEqual(
        post.events().filter((type) => type.startsWith("threshold")),
        ["threshold.breached", "threshold.breached", "threshold.over"]
      )
    }).pipe(Effect.provide(world(post)))
  )

  it.effect("is nothing of what another rule of the same name remembers", () => {
    const post = office()
    const { above: _, ...rest } = rule
    const nights: ReadonlyArray<readonly [AlertRule, ReadonlyArray<string>]> = [
      [rule, ["ALARM open-waste: $300.00 is over $100.00 (organisation)"]],
      // The same with another threshold.
      [{ ...rule, above: 400 }, ["OVER open-waste: $300.00 is back under $400.00 (organisation)"]],
      [rule, ["ALARM open-waste: $300.00 is over $100.00 (organisation)"]],
      [{ ...rule, account }, ["ALARM open-waste: $300.00 is over $100.00 (production)"]],
      [{ ...rule, measure: "run_cost" }, []],
      [{ ...rest, measure: "coverage", below: 90 }, []],
      [{ ...rule, account: "222222222222" }, []]
    ]
    return Effect.gen(function* () {
      for (const [index, [configured, expected]] of nights.entries()) {
        const run = runOf(20 + index)
        yield* settle(run, waste(300))
        yield* Effect.provideService(told(run), AlertSettings, { ...settings, rules: [configured] })
        assert.deepStrictEqual(post.mail(), expected, `night ${index}`)
      }
    }).pipe(Effect.provide(world(post)))
  })

  it.effect("is told once by two runs at once, and once by a step that is repeated", () => {
    const post = office()
    return Effect.gen(function* () {
      const [first, second] = [runOf(20), runOf(20, { id: "20261120T020001Z-000001" })]
      yield* settle(first, waste(120))
      yield* settle(second, waste(120))
      const both = Effect.forEach([first, second], (run) => told(run), { concurrency: "unbounded" })
      const telling = yield* Effect.forkChild(both)
      // Whoever comes second waits for the first.
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(telling)
      assert.deepStrictEqual(post.mail(), ["ALARM open-waste: $120.00 is over $100.00 (organisation)"])
      yield* told(second)
      assert.deepStrictEqual(post.mail(), [])
    }).pipe(Effect.provide(world(post)))
  })

  it.effect("waits for another run that is telling, and is repeated by the machine where that takes too long", () => {
    const post = office()
    return Effect.gen(function* () {
      const store = yield* Store
      const run = runOf(20)
      yield* settle(run, waste(120))
      yield* store.lease("alerts", "another", new Date(10 * 60_000))
      const waiting = yield* Effect.forkChild(Effect.flip(told(run)))
      yield* TestClock.adjust("2 minutes")
      assert.strictEqual(errorName(yield* Fiber.join(waiting)), storeBusy)
      const patient = yield* Effect.forkChild(told(run))
      yield* TestClock.adjust("30 seconds")
      assert.deepStrictEqual(post.mail(), [])
      yield* store.release("alerts", "another")
      yield* TestClock.adjust("5 seconds")
      yield* Fiber.join(patient)
      assert.deepStrictEqual(post.mail(), ["ALARM open-waste: $120.00 is over $100.00 (organisation)"])
    }).pipe(Effect.provide(world(post)))
  })

  it.effect("is nothing for a live scan, and its events are on the bus", () => {
    const post = office()
    return Effect.gen(function* () {
      const run = runOf(20, { trigger: "query" })
      yield* settle(run, waste(120))
      yield* told(run)
      yield* told(run, { moment: "failed", error: { Error: "Error" } })
      assert.deepStrictEqual(post.mail(), [])
      assert.deepStrictEqual(post.events(), ["run.completed", "finding.opened", "run.failed"])
    }).pipe(Effect.provide(world(post)))
  })

  it.effect(
    "that could not be delivered is kept, for the channel that was closed, and delivered by the next run",
    () => {
      const post = office()
      return Effect.gen(function* () {
        post.closed.mail = true
        post.closed.bus = true
        const alarm = "ALARM open-waste: $120.00 is over $100.00 (organisation)"
        const first = runOf(20)
        yield* settle(first, waste(120))
        yield* told(first)
        assert.deepStrictEqual([post.mail(), post.chat(), post.events()], [[], [alarm], []])
        post.closed.mail = false
        post.closed.bus = false
        const second = runOf(21)
        yield* settle(second, waste(120))
        yield* told(second)
        assert.deepStrictEqual([post.mail(), post.chat()], [[alarm], []])
        assert.deepStrictEqual(post.events(), [
          "run.completed",
          "threshold.breached",
          "run.completed",
          "finding.opened",
          "finding.opened"
        ])
      }).pipe(Effect.provide(world(post)))
    }
  )

  /** The findings' events that came through, as the runs that made them. */
  const runsOnBus = (post: ReturnType<typeof office>) =>
    post.bus.splice(0).flatMap(({ detail, type }) => (type.startsWith("nightaudit.finding.") ? [detail["runId"]] : []))

  it.effect("of findings waits for the bus from the first run of all on, whatever other runs do meanwhile", () => {
    const post = office()
    return Effect.gen(function* () {
      const nights = [20, 21, 22].map((day) => runOf(day))
      const [first, second, third] = nights as [Run, Run, Run]
      post.closed.bus = true
      for (const run of [first, second]) {
        yield* settle(run, waste(120))
        yield* told(run)
      }
      // A repeated step gives up nothing.
      yield* told(first)
      post.closed.bus = false
      yield* settle(third, waste(120))
      yield* told(third)
      assert.deepStrictEqual(runsOnBus(post), [first.id, second.id, third.id])
      yield* told(third)
      assert.deepStrictEqual(runsOnBus(post), [])
    }).pipe(Effect.provide(world(post)))
  })

  it.effect("of findings waits for the bus where an older run ended late", () => {
    const post = office()
    return Effect.gen(function* () {
      const [late, second, third] = [runOf(20), runOf(21), runOf(22)]
      yield* settle(second, waste(120))
      yield* told(second)
      post.bus.splice(0)
      post.closed.bus = true
      yield* settle(late, waste(120))
      yield* told(late)
      post.closed.bus = false
      yield* settle(third, waste(120))
      yield* told(third)
      assert.deepStrictEqual(runsOnBus(post), [late.id, third.id])
    }).pipe(Effect.provide(world(post)))
  })

  it.effect("of findings is published once, with what people set aside since the night before", () => {
    const post = office()
    return Effect.gen(function* () {
      const store = yield* Store
      const [first, second] = [runOf(20), runOf(21)]
      const [finding] = waste(120) as [Finding]
      yield* settle(first, [finding])
      yield* told(first, { moment: "started" })
      yield* told(first)
      assert.deepStrictEqual(post.events(), ["run.started", "run.completed", "threshold.breached", "finding.opened"])
      const at = "2026-11-20T09:00:00.000Z"
      const snoozed = anEvent(finding, { runId: first.id, type: "snoozed", at, detail: "ann: later" })
      yield* store.writeTransitions([
        { finding: { ...finding, runId: first.id, status: "snoozed" }, events: [snoozed] }
      ])
      yield* store.putRun(second)
      yield* told(second)
      assert.deepStrictEqual(post.events(), ["run.completed", "finding.snoozed"])
    }).pipe(Effect.provide(world(post)))
  })

  it.effect("of findings is published where somebody's change was written a moment after it was made", () => {
    const post = office()
    return Effect.gen(function* () {
      const store = yield* Store
      const [first, second] = [runOf(20), runOf(21)]
      const [finding] = waste(90) as [Finding]
      yield* TestClock.setTime(Date.parse("2026-11-20T02:30:00.000Z"))
      yield* settle(first, [finding])
      yield* told(first)
      post.events()
      const at = "2026-11-20T02:29:59.900Z"
      const snoozed = anEvent(finding, { runId: first.id, type: "snoozed", at, detail: "ann: later" })
      yield* store.writeTransitions([
        { finding: { ...finding, runId: first.id, status: "snoozed" }, events: [snoozed] }
      ])
      yield* TestClock.setTime(Date.parse("2026-11-21T02:30:00.000Z"))
      yield* store.putRun(second)
      yield* told(second)
      assert.deepStrictEqual(post.events(), ["run.completed", "finding.snoozed"])
    }).pipe(Effect.provide(world(post)))
  })

  it.effect("names the largest that count, however many larger claims do not, and news is what is in the sums", () => {
    const post = office()
    const alerts: AlertsConfig = { ...settings, rules: [], digest: { send: "always", owners: false } }
    return Effect.gen(function* () {
      const store = yield* Store
      yield* settle(runOf(20), [])
      yield* told(runOf(20))
      post.messages()
      const second = runOf(21)
      const counted = waste(...Array.from({ length: 22 }, (_, index) => 900 + index))
      yield* settle(second, counted)
      const others = Array.from({ length: 22 }, (_, index) => ({
        ...aFinding({ scan: "get_all", resourceId: `vol-${index}`, monthlyUsd: 1000 }),
        runId: second.id
      }))
      yield* store.writeTransitions(
        others.map((finding) => ({
          finding,
          events: [anEvent(finding, { runId: second.id, at: second.startedAt })]
        }))
      )
      yield* told(second)
      const [digest] = post.messages()
      assert.include(digest?.subject, "44 new")
      // 22 claims of 900 and more count, and as many of 1,000 do not.
      assert.include(digest?.body, "  New             44   $20,031.00 a month\n")
      const items = digest?.data.items as ReadonlyArray<{ readonly monthlyUsd: number; readonly lists: object }>
      assert.deepStrictEqual(
        items.map(({ monthlyUsd }) => monthlyUsd),
        [921, 920, 919, 918, 917]
      )
      for (const { lists } of items) assert.deepStrictEqual(lists, ["largest", "largestNew"])
      assert.include(digest?.body, `     ${counted[21]?.id}  ${counted[21]?.scan}: attached to no instance\n`)
    }).pipe(Effect.provide(world(post, alerts)))
  })

  it.effect("of a run that failed is the reason", () => {
    const post = office()
    return Effect.gen(function* () {
      const store = yield* Store
      const run = runOf(20, { status: "failed", summary: null })
      yield* store.putRun(run)
      yield* told(run, { moment: "failed", error: { Error: "StoreError", Cause: "the table is gone" } })
      assert.deepStrictEqual(post.mail(), ["FAILED 2026-11-20: the table is gone"])
      assert.deepStrictEqual(post.events(), ["run.failed"])
    }).pipe(Effect.provide(world(post)))
  })

  it.effect("is a digest for the organisation, and one for each owner whose findings changed", () => {
    const post = office()
    const alerts: AlertsConfig = { ...settings, rules: [], digest: { send: "changes", owners: true } }
    return Effect.gen(function* () {
      const plan = { ...aRun().plan, ownerTagKeys: ["team"] }
      const [first, second, third] = [runOf(20, { plan }), runOf(21, { plan }), runOf(22, { plan })]
      const [a, b] = waste(100, 20).map((finding, index) => ({
        ...finding,
        resource: { ...finding.resource, owner: ["payments", ""][index] ?? "" }
      })) as [Finding, Finding]
      yield* settle(first, [a, b])
      yield* told(first)
      const [organisation, owner, ...more] = post.messages()
      assert.strictEqual(organisation?.subject, "Night Audit 2026-11-20: $120.00 a month wasted, 2 new")
      assert.include(organisation?.body, "Without owner  $20.00 a month in 1 finding\n")
      assert.strictEqual(owner?.subject, "Night Audit 2026-11-20: $100.00 a month wasted, 1 new, payments")
      assert.notInclude(owner?.body, "$20.00")
      assert.deepStrictEqual(more, [])
      // Nothing changes, and nobody is told.
      yield* Effect.flatMap(Store, (store) => store.putRun({ ...second, summary: summaryOf([a, b]) }))
      yield* told(second)
      assert.deepStrictEqual(post.mail(), [])
      // What belongs to nobody changes.
      yield* settle(
        third,
        [a, b, { ...b, id: "0123456789abcdef0123", resource: { ...b.resource, arn: "arn:other" } }].slice(2)
      )
      yield* told(third)
      assert.deepStrictEqual(post.mail(), ["2026-11-22: $20.00 a month wasted, 1 new"])
    }).pipe(Effect.provide(world(post, alerts)))
  })

  it.effect("is no saving where a setting ended a finding, and is news where the confirmed sum fell", () => {
    const post = office()
    const alerts: AlertsConfig = { ...settings, rules: [], digest: { send: "changes", owners: true } }
    const plan = { ...aRun().plan, ownerTagKeys: ["team"] }
    const [a, b] = waste(110, 20).map((finding) => ({
      ...finding,
      resource: { ...finding.resource, owner: "payments" }
    })) as [Finding, Finding]
    return Effect.gen(function* () {
      const store = yield* Store
      yield* settle(runOf(20, { plan }), [a, b])
      yield* told(runOf(20, { plan }))
      post.mail()
      const second = runOf(21, { plan })
      yield* settle(second, [])
      const night = { runId: second.id, now: new Date(second.startedAt) }
      const ended = resolve(a, "settings_changed", night)
      if (ended !== undefined) yield* store.writeTransitions([ended])
      yield* told(second)
      const bodies = post.messages().map(({ body }) => body)
      assert.strictEqual(bodies.length, 2)
      for (const body of bodies) {
        assert.include(body, "  Resolved         0   $0.00 a month\n")
        assert.include(body, "  Ended            1   $110.00 a month; no saving: settings changed\n")
      }
      // Nothing but the confirmed sum changes.
      const third = runOf(22, { plan })
      yield* store.putRun({ ...third, summary: summaryOf([b]) })
      yield* sumUp(third, [b])
      yield* told(third)
      assert.deepStrictEqual(post.mail(), [
        "2026-11-22: $20.00 a month wasted, 0 new",
        "2026-11-22: $20.00 a month wasted, 0 new, payments"
      ])
    }).pipe(Effect.provide(world(post, alerts)))
  })

  it.effect(
    "is a digest where less could be looked at, or a rule cannot be judged any more, although nothing changed",
    () => {
      const post = office()
      const unjudged: AlertRule = { ...rule, name: "bill", measure: "month_to_date_spend" }
      const alerts: AlertsConfig = { ...settings, rules: [], digest: { send: "changes", owners: true } }
      const gapOf = (account: string) => ({
        reason: { code: "denied_by_iam" as const, message: "a permission is missing" },
        outcomes: 2,
        accounts: [account],
        moreAccounts: 0,
        regions: ["eu-west-1"],
        scans: ["find_a"]
      })
      const sees = (complete: number, partial: number, account: string, expected: number) => ({
        ...noSummary,
        coverage: {
          ...noSummary.coverage,
          expected,
          complete,
          partial,
          unavailable: expected - complete - partial,
          gaps: complete === expected ? [] : [gapOf(account)]
        }
      })
      const night = (
        day: number,
        complete: number,
        partial: number,
        rules: ReadonlyArray<AlertRule> = [],
        account = "111111111111",
        expected = 10
      ) =>
        Effect.gen(function* () {
          const store = yield* Store
          const run = runOf(day)
          yield* store.putRun({ ...run, summary: sees(complete, partial, account, expected) })
          yield* sumUp(run, [])
          yield* Effect.provideService(told(run), AlertSettings, { ...alerts, rules })
          return post.messages().length
        })
      return Effect.gen(function* () {
        assert.strictEqual(yield* night(10, 10, 0), 0)
        assert.strictEqual(yield* night(11, 8, 2), 1, "two in part")
        assert.strictEqual(yield* night(12, 8, 2), 0, "as before")
        assert.strictEqual(yield* night(13, 8, 1), 1, "one of them is not seen at all")
        assert.strictEqual(yield* night(14, 10, 0), 0, "all is seen again")
        assert.strictEqual(yield* night(15, 10, 0, [unjudged]), 1, "a rule that is not judged")
        assert.strictEqual(yield* night(16, 10, 0, [unjudged]), 0, "as before")
        assert.strictEqual(yield* night(17, 8, 0), 1, "two are not seen")
        assert.strictEqual(yield* night(18, 8, 0, [], "222222222222"), 1, "two of another account")
        assert.strictEqual(yield* night(19, 8, 0, [], "222222222222"), 0, "as before")
        assert.strictEqual(yield* night(20, 0, 0, [], "", 0), 1, "nothing was scanned")
        assert.strictEqual(yield* night(21, 0, 0, [], "", 0), 0, "as before")
      }).pipe(Effect.provide(world(post, alerts)))
    }
  )

  it.effect("has an owner's sum of the night before, where that night kept it for owners of the same tags", () => {
    const post = office()
    const alerts: AlertsConfig = { ...settings, rules: [], digest: { send: "always", owners: true } }
    const plan = { ...aRun().plan, ownerTagKeys: ["team"] }
    const owned = (owner: string, ...amounts: ReadonlyArray<number>) =>
      waste(...amounts).map((finding) => ({ ...finding, resource: { ...finding.resource, owner } }))
    const before = () =>
      post
        .messages()
        .flatMap(({ body, data }) => (data.owner === null ? [] : [[data.before, /^Night before.*$/m.exec(body)?.[0]]]))
    return Effect.gen(function* () {
      const [a, b] = owned("payments", 110, 20) as [Finding, Finding]
      const [, , other] = owned("web", 1, 1, 5) as [Finding, Finding, Finding]
      yield* settle(runOf(20, { plan }), [a, b])
      yield* told(runOf(20, { plan }))
      assert.deepStrictEqual(before(), [[null, undefined]])
      // A step that is repeated reads the same night before.
      const second = runOf(21, { plan })
      yield* settle(second, [a, other])
      yield* told(second)
      const expected = [
        [{ findings: 2, monthlyUsd: 130 }, "Night before   $130.00 a month confirmed, 2 findings"],
        // Whoever had nothing had nothing.
        [{ findings: 0, monthlyUsd: 0 }, "Night before   $0.00 a month confirmed, 0 findings"]
      ]
      assert.deepStrictEqual(before(), expected)
      // Owners by other tags are others.
      const third = runOf(22, { plan: { ...plan, ownerTagKeys: ["squad"] } })
      yield* settle(third, [a])
      yield* told(third)
      assert.deepStrictEqual(before(), [[null, undefined]])
      // Nothing but what is confirmed changes, and the owner is told.
      const fourth = runOf(23, { plan: { ...plan, ownerTagKeys: ["squad"] } })
      yield* Effect.flatMap(Store, (store) => store.putRun({ ...fourth, summary: summaryOf([b]) }))
      yield* sumUp(fourth, [b])
      yield* told(fourth)
      assert.deepStrictEqual(before(), [
        [{ findings: 1, monthlyUsd: 110 }, "Night before   $110.00 a month confirmed, 1 finding"]
      ])
    }).pipe(Effect.provide(world(post, alerts)))
  })

  it.effect("is made of one reading of what changed, for rules on waste, their drivers, digests and the event", () => {
    const post = office()
    const rule = { severity: "high", step: 10, quietHours: 0, hysteresisPercent: 10 } as const
    const alerts: AlertsConfig = {
      ...settings,
      rules: [
        { ...rule, name: "new", measure: "new_waste", above: 50 },
        { ...rule, name: "open", measure: "open_waste", above: 100 },
        { ...rule, name: "theirs", measure: "new_waste", above: 50, owner: "payments" },
        { ...rule, name: "small", measure: "new_waste", above: 81 },
        { ...rule, name: "elsewhere", measure: "open_waste", above: -1, region: "us-east-1" },
        { ...rule, name: "all", measure: "open_waste", above: -1 }
      ],
      digest: { send: "always", owners: true }
    }
    const plan = { ...aRun().plan, regions: [], ownerTagKeys: ["team"] }
    return Effect.gen(function* () {
      const store = yield* Store
      // On the first night the largest of all are the largest new, of the rule's place.
      yield* settle(runOf(20, { plan }), waste(60))
      yield* told(runOf(20, { plan }))
      const [none, everywhere] = post.messages()
      assert.match(none?.body ?? "", /^elsewhere: (?!.*SINCE)/ms)
      assert.match(everywhere?.body ?? "", /^all: .*GROW SINCE THE NIGHT BEFORE\n +\$60\.00 .*\n\n/ms)
      post.bus.splice(0)
      const run = runOf(21, { plan })
      const fresh = waste(0, 80, 5)
        .slice(1)
        .map((finding) => ({
          ...finding,
          resource: { ...finding.resource, owner: "payments" }
        }))
      yield* settle(run, [...waste(60), ...fresh])
      // Larger, and counted by another claim on the resource.
      const overlapping = { ...aFinding({ scan: "get_all", resourceId: "vol-1", monthlyUsd: 1000 }), runId: run.id }
      yield* store.writeTransitions([
        { finding: overlapping, events: [anEvent(overlapping, { runId: run.id, at: run.startedAt })] }
      ])
      const reads = new Map<string, number>()
      const counting = Store.of({
        ...store,
        finding: (id) => {
          reads.set(id, (reads.get(id) ?? 0) + 1)
          return store.finding(id)
        }
      })
      yield* Effect.provideService(told(run), Store, counting)
      assert.deepStrictEqual([...new Set(reads.values())], [1])
      assert.strictEqual(reads.size, 4)
      const messages = post.messages()
      const bodies = messages.map(({ body }) => body)
      // New is what the digest says is new.
      assert.deepStrictEqual(
        post.bus
          .filter(({ type }) => type === "nightaudit.threshold.breached")
          .map(({ detail }) => [detail["rule"], detail["value"]]),
        [
          ["new", 145],
          ["open", 145],
          ["theirs", 85],
          ["small", 145],
          ["all", 145]
        ]
      )
      assert.match(bodies[0] ?? "", /NEW SINCE THE NIGHT BEFORE\n +\$80\.00 .*\n +\$60\.00 .*\n +\$5\.00 .*\n\n/)
      // A rule that looks at a part of it names what is new there.
      assert.match(bodies[2] ?? "", /^theirs: .*NEW SINCE THE NIGHT BEFORE\n +\$80\.00 .*\n +\$5\.00 .*\n\n/ms)
      assert.notInclude(bodies.join(""), "1,000.00")
      const completed = post.bus.find(({ type }) => type === "nightaudit.run.completed")
      assert.deepInclude(completed?.detail["inSums"] as object, { opened: { findings: 4, monthlyUsd: 145 } })
    }).pipe(Effect.provide(world(post, alerts)))
  })

  it.effect("is what made open waste grow: what was confirmed or saves more, and nothing that is not in it", () => {
    const post = office()
    return Effect.gen(function* () {
      const store = yield* Store
      const [grows, confirms, opens] = waste(60, 80, 500)
      assert.isDefined(grows)
      assert.isDefined(confirms)
      assert.isDefined(opens)
      yield* settle(runOf(20), [grows, { ...confirms, confirmed: false }])
      yield* told(runOf(20))
      assert.deepStrictEqual(post.mail(), [])
      const run = { ...runOf(21), summary: summaryOf([grows, confirms]) }
      const grown = waste(75)[0] ?? grows
      const event = { runId: run.id, at: run.startedAt }
      yield* store.putRun(run)
      yield* store.writeTransitions([
        { finding: grown, events: [anEvent(grown, { ...event, type: "changed", previousMonthlyUsd: 60 })] },
        { finding: confirms, events: [anEvent(confirms, { ...event, type: "confirmed", previousMonthlyUsd: 80 })] },
        { finding: { ...opens, confirmed: false }, events: [anEvent(opens, event)] }
      ])
      yield* sumUp(run, [grown, confirms, { ...opens, confirmed: false }])
      yield* told(run)
      const [alarm] = post.messages()
      assert.strictEqual(alarm?.subject, "Night Audit ALARM open-waste: $155.00 is over $100.00 (organisation)")
      const named = /\nWHAT MADE IT GROW SINCE THE NIGHT BEFORE\n((?: .*\n)+)/.exec(alarm?.body ?? "")?.[1] ?? ""
      assert.deepStrictEqual(named.match(/\$\S+/g), ["$80.00", "$15.00"])
      assert.strictEqual(alarm?.chat.heading, "What made it grow since the night before")
    }).pipe(Effect.provide(world(post)))
  })

  it.effect("links the page that the run wrote, or the newest that still opens", () => {
    const post = office()
    const alerts: AlertsConfig = { ...settings, rules: [], digest: { send: "always", owners: false } }
    const links = () =>
      post.messages().map(({ body, link }) => [link, /could not be written/.test(body.replace(/\s+/g, " "))])
    const shelf = (url: string | undefined): ReportShelf => ({
      put: () =>
        url === undefined
          ? Effect.fail(new ReportNotWritten({ message: "the bucket is gone" }))
          : Effect.succeed({ url, until: "1970-01-08T00:00:00.000Z" })
    })
    const night = Effect.fnUntraced(function* (run: Run, url: string | undefined) {
      yield* settle(run, waste(120))
      yield* Effect.ignore(report({ runId: run.id }).pipe(Effect.provideService(ReportShelf, shelf(url))))
      yield* told(run)
    })
    return Effect.gen(function* () {
      yield* night(runOf(20), undefined)
      assert.deepStrictEqual(links(), [[undefined, false]])
      yield* night(runOf(21), "https://x.test/21")
      assert.deepStrictEqual(links(), [["https://x.test/21", false]])
      yield* night(runOf(22), undefined)
      assert.deepStrictEqual(links(), [["https://x.test/21", true]])
      // A live scan writes none.
      yield* settle(runOf(23, { trigger: "query" }), waste(120))
      yield* report({ runId: runOf(23).id }).pipe(Effect.provideService(ReportShelf, shelf("https://x.test/23")))
      assert.strictEqual((yield* reportLink())?.url, "https://x.test/21")
      // An older run that ends late does not take the place of a newer one's.
      yield* report({ runId: runOf(20).id }).pipe(Effect.provideService(ReportShelf, shelf("https://x.test/20")))
      assert.strictEqual((yield* reportLink())?.url, "https://x.test/21")
      yield* TestClock.adjust("8 days")
      yield* night(runOf(24), undefined)
      assert.deepStrictEqual(links(), [[undefined, false]])
    }).pipe(Effect.provide(world(post, alerts)))
  })

  it.effect("keeps alarms and the organisation's digest, whatever the number of owners", () => {
    const post = office()
    const alerts: AlertsConfig = { ...settings, digest: { send: "always", owners: true } }
    const owned = (nights: number) =>
      waste(...Array.from({ length: 210 }, () => 10)).map((finding, index) => ({
        ...finding,
        id: `${nights}${finding.id}`,
        resource: { ...finding.resource, owner: `team-${index}` }
      }))
    const plan = { ...aRun().plan, ownerTagKeys: ["team"] }
    return Effect.gen(function* () {
      post.closed.mail = true
      for (const day of [20, 21, 22]) {
        const run = runOf(day, { plan })
        yield* settle(run, owned(day))
        yield* told(run)
      }
      const kept = yield* readAlertState()
      assert.strictEqual(kept.messages.length, maxPendingMessages)
      assert.deepStrictEqual(kept.lost, ["104 digests of owners: more than 500 messages waited"])
      post.closed.mail = false
      const run = runOf(23, { plan })
      yield* settle(run, owned(23))
      yield* told(run)
      const messages = post.messages()
      const of = (kind: string) =>
        messages.filter(({ attributes }) => attributes.kind === kind && attributes.owner === undefined)
      assert.deepStrictEqual(
        of("alarm").map(({ id }) => id),
        ["20261120T020000Z-000000/open-waste/breached"]
      )
      assert.deepStrictEqual(
        of("digest")
          .map(({ id }) => id.slice(0, 8))
          .toSorted(),
        ["20261120", "20261121", "20261122", "20261123"]
      )
      assert.include(
        of("digest").find(({ id }) => id.startsWith("20261123"))?.body,
        "NOT DELIVERED\n  104 digests of owners: more than 500 messages waited\n"
      )
      assert.deepStrictEqual((yield* readAlertState()).lost, [])
    }).pipe(Effect.provide(world(post, alerts)))
  })

  it.effect("alerts again where the alarm reached nobody: refused for good, or kept until it was no news", () => {
    const post = office()
    const alerts: AlertsConfig = { ...settings, digest: { send: "always", owners: false } }
    const night = Effect.fnUntraced(function* (day: number) {
      yield* TestClock.setTime(Date.parse(`2026-11-${day}T02:00:00Z`))
      const run = runOf(day)
      yield* settle(run, waste(120))
      yield* told(run)
    })
    const alarm = "ALARM open-waste: $120.00 is over $100.00 (organisation)"
    return Effect.gen(function* () {
      post.closed.chat = true
      post.poison.refused = ({ attributes, id }) => attributes.kind === "alarm" && id.startsWith("20261120")
      yield* night(20)
      // The digest after it arrives, and the alarm waits for the chat alone.
      assert.deepStrictEqual(post.mail(), ["2026-11-20: $120.00 a month wasted, 1 new"])
      post.poison.refused = () => false
      yield* night(21)
      const [first] = post.messages()
      assert.include(first?.body, `NOT DELIVERED\n  Night Audit ${alarm}: mail: a\n  400\n`)
      assert.deepStrictEqual(post.chat(), [])
      // A week on the chat is still closed, and what it waited for is gone: nobody has had the alarm.
      yield* night(28)
      assert.deepStrictEqual(post.mail(), ["2026-11-28: $120.00 a month wasted, 1 new"])
      yield* night(29)
      assert.deepStrictEqual(post.mail(), [alarm, "2026-11-29: $120.00 a month wasted, 1 new"])
    }).pipe(Effect.provide(world(post, alerts)))
  })

  it.effect("is not kept from people by one message that always fails", () => {
    const post = office()
    const alerts: AlertsConfig = { ...settings, rules: [], digest: { send: "always", owners: false } }
    return Effect.gen(function* () {
      post.poison.fails = ({ id }) => id.startsWith("20261120")
      for (const day of [20, 21, 22, 23, 24]) {
        yield* settle(runOf(day), waste(120))
        yield* told(runOf(day))
        assert.strictEqual(post.mail().length, day === 20 ? 0 : 1, String(day))
      }
      // Nor by several.
      post.poison.fails = ({ id }) => /^2026112[0-5]/.test(id)
      yield* settle(runOf(25), waste(120))
      yield* told(runOf(25))
      post.poison.fails = ({ id }) => /^2026112[0-8]/.test(id)
      for (const day of [26, 27, 28]) {
        yield* settle(runOf(day), waste(120))
        yield* told(runOf(day))
      }
      post.mail()
      yield* settle(runOf(29), waste(120))
      yield* told(runOf(29))
      assert.deepStrictEqual(post.mail(), ["2026-11-29: $120.00 a month wasted, 1 new"])
    }).pipe(Effect.provide(world(post, alerts)))
  })

  it.effect("of a live scan that a micro-scan overtook is on the bus with the next night", () => {
    const post = office()
    return Effect.gen(function* () {
      const store = yield* Store
      const of = (plan: Partial<Run["plan"]>) => ({ ...aRun().plan, full: false, ...plan })
      yield* TestClock.setTime(Date.parse("2026-11-20T10:01:00Z"))
      yield* settle(runOf(20), waste(10))
      yield* told(runOf(20))
      const live = runOf(20, {
        id: "20261120T100000Z-aaaaaa",
        startedAt: "2026-11-20T10:00:00.000Z",
        status: "running",
        trigger: "query",
        plan: of({})
      })
      const micro = runOf(20, {
        id: "20261120T100100Z-bbbbbb",
        startedAt: "2026-11-20T10:01:00.000Z",
        trigger: "event",
        plan: of({ started: [] })
      })
      yield* store.putRun(live)
      yield* store.putRun(micro)
      yield* told(micro)
      const finding = aFinding({ resourceId: "vol-live", monthlyUsd: 77 })
      const opened = anEvent(finding, { runId: live.id, at: live.startedAt })
      yield* store.writeTransitions([{ finding: { ...finding, runId: live.id }, events: [opened] }])
      yield* store.putRun({ ...live, status: "complete" })
      const isOfLive = ({ detail }: BusEvent) => detail["findingId"] === finding.id
      assert.isFalse(post.bus.some(isOfLive))
      for (const day of [21, 22]) {
        yield* TestClock.setTime(Date.parse(`2026-11-${day}T02:00:00Z`))
        yield* store.putRun(runOf(day))
        yield* told(runOf(day))
        assert.strictEqual(post.bus.filter(isOfLive).length, 1, String(day))
      }
    }).pipe(Effect.provide(world(post)))
  })

  it.effect("says which rules could not be judged", () => {
    const post = office()
    const spend: AlertRule = { ...rule, name: "spend", measure: "month_to_date_spend" }
    const alerts: AlertsConfig = { ...settings, rules: [spend], digest: { send: "always", owners: false } }
    return Effect.gen(function* () {
      const run = runOf(20)
      yield* settle(run, waste(120))
      yield* told(run)
      const [digest] = post.messages()
      assert.include(
        digest?.body,
        `RULES THAT COULD NOT BE JUDGED\n  spend: the bill of ${account} was not read in this night\n`
      )
    }).pipe(Effect.provide(world(post, alerts)))
  })
})
