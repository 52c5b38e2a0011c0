/** What was open, what became of it and what is open add up, wherever they are told, whatever nights, other runs and people did. */
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import type { BusEvent } from "../../core/alerts/events.ts"
import type { Message } from "../../core/alerts/Message.ts"
import { Notifier } from "../../core/alerts/Notifier.ts"
import type { AlertRule, AlertsConfig } from "../../core/config/alerts.ts"
import { AlertSettings } from "../../core/config/AlertSettings.ts"
import type { SuppressionRule } from "../../core/config/suppressions.ts"
import type { Finding } from "../../core/finding/Finding.ts"
import { type Amount, type ChangesInSums, noAmount, plus } from "../../core/run/Changes.ts"
import type { Run } from "../../core/run/Run.ts"
import { layerMemory } from "../../core/store/sqlite/sqlite.ts"
import { Store } from "../../core/store/Store.ts"
import { measure, wasteFilters } from "../../query/alertMeasures.ts"
import { nightChanges } from "../../query/nightChanges.ts"
import { newestNight } from "../../query/runs.ts"
import { spanBetween } from "../../query/span.ts"
import { inSums, openOf, otherClaimsOf, sumChanges, sumsSince } from "../../query/sumChanges.ts"
import { makeReport } from "../../report/makeReport.ts"
import { runNightly } from "../../workflows/engine.ts"
import { setAsideFinding, type SetAsideChange } from "../../workflows/setAside.ts"
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

const firstNight = Date.parse("2026-11-20T02:00:00Z")
const hour = 3_600_000
const owners = ["ann", "ben", ""] as const

/** Numbers below `below` that a seed always has. */
const randomOf = (seed: number) => {
  let state = seed
  return (below: number): number => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}
type Random = ReturnType<typeof randomOf>

const newWaste: AlertRule = {
  name: "new-waste",
  measure: "new_waste",
  above: 1,
  step: 1,
  severity: "high",
  quietHours: 0,
  hysteresisPercent: 0
}
const settings: AlertsConfig = { rules: [newWaste], digest: { send: "always", owners: true }, webhooks: [] }

const aVolume = (random: Random, id: string) => {
  const owner = owners[random(owners.length)]
  return awsVolume(id, {
    Size: 100 * (1 + random(9)),
    Tags: [
      ...(owner === "" ? [] : [{ Key: "owner", Value: owner }]),
      ...(random(4) === 0 ? [{ Key: "env", Value: "test" }] : [])
    ]
  })
}

/** Makes, ends, uses or changes a few volumes. */
const live = (random: Random, estate: Estate, night: number) => {
  for (const account of [payer, member]) {
    for (const region of ["eu-west-1", "us-east-1"]) {
      const volumes = ((estate[account] ??= {})[region] ??= [])
      if (night === 0 || random(2) === 0) volumes.push(aVolume(random, `vol-${night}-${random(1_000_000)}`))
      if (random(3) === 0) volumes.splice(random(volumes.length + 1), 1)
      const changed = random(volumes.length + 3)
      const before = volumes[changed]
      // Another size, and the owner that it has: what another owner has taken over is told in a test of its own.
      if (before !== undefined) volumes[changed] = { ...before, Size: 100 * (1 + random(9)) }
      // Used for a night or more, so that its finding ends and comes back.
      const turned = random(volumes.length + 6)
      const turning = volumes[turned]
      if (turning !== undefined) {
        volumes[turned] = { ...turning, State: turning.State === "available" ? "in-use" : "available" }
      }
    }
  }
}

const changeOf = (random: Random, status: Finding["status"], now: number): SetAsideChange => {
  const because = { author: "cleo", reason: "she says so" }
  const until = new Date(now + (1 + random(60)) * hour).toISOString()
  if (status !== "open" && random(2) === 0) return { action: "reopen", ...because }
  return random(2) === 0
    ? { action: "suppress", ...because, until: random(2) === 0 ? null : until }
    : { action: "snooze", ...because, until, untilMonthlyUsd: null }
}

/** A person does something to a finding, minutes later. What cannot be done is not. */
const personActs = Effect.fnUntraced(function* (random: Random) {
  const store = yield* Store
  yield* TestClock.adjust("3 minutes")
  const now = DateTime.toEpochMillis(yield* DateTime.now)
  const { items } = yield* store.findings({ statuses: ["open", "snoozed", "suppressed"], limit: 1000 })
  const finding = items[random(Math.max(1, items.length))]
  if (finding === undefined) return
  yield* Effect.ignore(setAsideFinding(finding.id, changeOf(random, finding.status, now)))
  yield* TestClock.adjust("3 minutes")
})

/** A store in which people act while a night is at work: before and after an account is settled. */
const withPeople = (store: Store["Service"], random: Random): Store["Service"] => {
  const sometimes = Effect.suspend(() =>
    random(3) === 0 ? Effect.orDie(Effect.provideService(personActs(random), Store, store)) : Effect.void
  )
  return {
    ...store,
    putScope: (record) => Effect.andThen(sometimes, store.putScope(record)),
    putAccountSummary: (summary) => Effect.andThen(store.putAccountSummary(summary), sometimes)
  }
}

/** What changes come to, by the fields that everybody reads. */
const netOf = (changes: ChangesInSums): Amount => {
  const { changed, ended, opened, reopened, resolved, snoozed, suppressed } = changes
  const gone = [resolved, snoozed, suppressed, ...Object.values(ended ?? {})].reduce(plus, noAmount)
  const come = [opened, reopened].reduce(plus, noAmount)
  return plus(plus(come, { findings: -gone.findings, monthlyUsd: -gone.monthlyUsd }), {
    findings: 0,
    monthlyUsd: changed.monthlyUsd
  })
}

interface DigestData {
  readonly owner: string | null
  readonly confirmed: Amount
  readonly unconfirmed: Amount
  readonly opened: Amount
  readonly resolved: Amount
  readonly reopened: Amount
  readonly ended: ReadonlyArray<Amount>
  readonly others: { readonly changed: Amount; readonly setAside: Amount }
  readonly setAside: { readonly byPeople: Amount; readonly byRules: Amount }
  readonly openBefore: Amount | null
  readonly otherClaims: Amount | null
}

const openNow = ({ confirmed, unconfirmed }: DigestData) => plus(confirmed, unconfirmed)

const netOfDigest = ({ ended, opened, others, reopened, resolved, setAside }: DigestData): Amount => {
  assert.deepStrictEqual(plus(setAside.byPeople, setAside.byRules), others.setAside)
  return netOf({
    opened,
    resolved,
    reopened,
    changed: others.changed,
    confirmed: noAmount,
    snoozed: setAside.byPeople,
    suppressed: setAside.byRules,
    ended: Object.fromEntries(ended.map((amount, index) => [index, amount])),
    beside: { opened: 0, resolved: 0, reopened: 0, others: 0 }
  })
}

const play = Effect.fnUntraced(function* (seed: number, nights: number, isOverlapping: boolean) {
  const random = randomOf(seed)
  const store = yield* Store
  const estate: Estate = {}
  const messages: Array<Message> = []
  const events: Array<BusEvent> = []
  const notifier = Layer.succeed(Notifier, {
    channels: [
      { name: "mail", takes: () => true, send: (message: Message) => Effect.sync(() => void messages.push(message)) }
    ],
    publish: (some) => Effect.sync(() => void events.push(...some))
  })
  const scans = isOverlapping
    ? [volumesScan, { ...volumesScan, name: "find_idle_volumes", scan: { ...volumesScan.scan } }]
    : [volumesScan]
  const peopled = withPeople(store, random)
  const layer = Layer.mergeAll(
    world(organizationOf(estate), Layer.succeed(Store, peopled), { scans }).layer,
    notifier,
    Layer.succeed(AlertSettings, settings)
  )
  const suppressions: ReadonlyArray<SuppressionRule> = [{ tag: "env=test", reason: "for tests", author: "config" }]
  const seen = { people: 0, moved: 0, owners: 0 }
  let last: { readonly run: Run; readonly openNow: Amount } | undefined
  let ofOwners = new Map<string, Amount>()

  /** Nothing moves the sums but what became of findings, where no two claim the same money. */
  const explained = (before: Amount, net: Amount, other: Amount | null, after: Amount, what: string) => {
    const note = `seed ${seed}, ${what}`
    assert.isNotNull(other, note)
    if (!isOverlapping) assert.deepStrictEqual(other, noAmount, note)
    else assert.strictEqual(other?.findings, 0, note)
    assert.deepStrictEqual(plus(plus(before, net), other ?? noAmount), after, note)
  }

  for (let night = 0; night < nights; night += 1) {
    live(random, estate, night)
    yield* TestClock.setTime(firstNight + night * 24 * hour)
    const audit = request({
      scans: scans.map(({ name }) => name),
      ownerTagKeys: ["owner"],
      suppressions: random(2) === 0 ? suppressions : []
    })
    yield* Effect.provide(runNightly(audit), layer)
    const run = yield* newestNight()
    if (run === undefined) return yield* Effect.die("no night")
    const digests = messages
      .splice(0)
      .flatMap(({ attributes, data }) => (attributes.kind === "digest" ? [data as unknown as DigestData] : []))
    const [digest] = digests.filter(({ owner }) => owner === null)
    if (digest === undefined) return yield* Effect.die("no digest")
    const completed = events
      .splice(0)
      .find(({ detail, type }) => type === "nightaudit.run.completed" && detail.runId === run.id)
    const told = completed?.detail as unknown as { confirmed: Amount; unconfirmed: Amount; inSums: ChangesInSums }
    assert.deepStrictEqual(openNow(digest), openOf(run))
    assert.deepStrictEqual(plus(told.confirmed, told.unconfirmed), openOf(run))
    if (last !== undefined) {
      const before = last.openNow
      assert.deepStrictEqual(digest.openBefore, before)
      explained(before, netOfDigest(digest), digest.otherClaims, openNow(digest), `digest of night ${night}`)
      explained(before, netOf(told.inSums), told.inSums.otherClaims ?? null, openNow(digest), `event of night ${night}`)
      assert.deepStrictEqual(told.inSums, inSums(yield* sumsSince(run)))
      seen.people += digest.setAside.byPeople.findings
      // What `compare` and `compare_runs` ask.
      const compared = yield* sumChanges(run, yield* spanBetween(last.run, run))
      assert.deepStrictEqual(
        { ...inSums({ ...compared, otherClaims: otherClaimsOf(openOf(last.run), openOf(run), compared) }) },
        told.inSums
      )
      const [waste] = yield* measure(newWaste, run, {}, nightChanges(run, wasteFilters([newWaste])))
      assert.strictEqual(waste?.value, plus(digest.opened, digest.reopened).monthlyUsd)
      for (const own of digests.filter(({ owner }) => owner !== null)) {
        const was = own.openBefore ?? noAmount
        assert.deepStrictEqual(was, ofOwners.get(own.owner ?? "") ?? noAmount)
        explained(was, netOfDigest(own), own.otherClaims, openNow(own), `digest of ${own.owner} in night ${night}`)
        seen.owners += 1
      }
    }
    const kept = yield* store.rollups(["all"])
    ofOwners = new Map()
    for (const [owner, { confirmed, unconfirmed }] of kept[0]?.by.owner ?? []) {
      ofOwners.set(owner, plus(confirmed, unconfirmed))
    }
    last = { run, openNow: openNow(digest) }

    // The day: people act, and an assistant asks for something fresh.
    const acts = random(4)
    for (let act = 0; act < acts; act += 1) {
      yield* personActs(random)
      if (random(3) === 0) {
        live(random, estate, night)
        const narrow = request({
          trigger: "query",
          full: false,
          accounts: [payer],
          scans: scans.map(({ name }) => name),
          ownerTagKeys: ["owner"]
        })
        yield* Effect.provide(runNightly(narrow), layer)
        yield* TestClock.adjust("3 minutes")
        messages.splice(0)
      }
    }
    if (night > 0) {
      const { summary } = yield* makeReport()
      const before = yield* newestNight(run)
      const { changes, standings } = summary
      if (before === undefined || changes === null) return yield* Effect.die("a page that compares nothing")
      const net = netOf({
        ...changes.totals,
        ended: Object.fromEntries(changes.ended.map((amount) => [amount.reason, amount])),
        snoozed: changes.setAside.byPeople,
        suppressed: changes.setAside.byRules,
        beside: changes.beside
      })
      const now = plus(standings.confirmed, standings.unconfirmed)
      explained(openOf(before) ?? noAmount, net, changes.otherClaims, now, `page after night ${night}`)
      seen.moved += changes.setAside.byPeople.findings
    }
  }
  return seen
})

const seeds = [0, 1, 2, 3]

describe("sums before, changes and sums after", () => {
  for (const [isOverlapping, title] of [
    [false, "add up by themselves where no two findings claim the same money"],
    [true, "add up with what other claims moved where several do"]
  ] as const) {
    it.effect(
      title,
      () =>
        Effect.gen(function* () {
          const seen = yield* Effect.forEach(seeds, (seed) =>
            Effect.provide(play(seed, 5, isOverlapping), Layer.fresh(layerMemory))
          )
          const sum = (of: "people" | "moved" | "owners") => seen.reduce((all, one) => all + one[of], 0)
          assert.isAbove(sum("people"), 5, "people set nothing aside")
          assert.isAbove(sum("moved"), 5, "nothing is set aside on a page")
          assert.isAbove(sum("owners"), 10, "no owner was told anything")
        }),
      120_000
    )
  }
})
