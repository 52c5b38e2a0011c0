/** A micro-scan on the machine: what it opens and tells, and that it leaves everything of the night as it was. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import type { BusEvent } from "../../../core/alerts/events.ts"
import type { Message } from "../../../core/alerts/Message.ts"
import { Notifier } from "../../../core/alerts/Notifier.ts"
import { AlertSettings } from "../../../core/config/AlertSettings.ts"
import type { AlertsConfig } from "../../../core/config/alerts.ts"
import type { Started } from "../../../core/run/Started.ts"
import { layerMemory } from "../../../core/store/sqlite/sqlite.ts"
import { Store } from "../../../core/store/Store.ts"
import { readAlertState } from "../../../workflows/alertState.ts"
import { runNightly } from "../../../workflows/engine.ts"
import { notify } from "../../../workflows/steps/notify.ts"
import {
  awsVolume,
  type Estate,
  everything,
  member,
  organizationOf,
  payer,
  request,
  volumesScan,
  world
} from "../harness.ts"

const hour = 3_600_000
const firstNight = Date.parse("2026-11-20T02:00:00Z")
const at = (hours: number) => TestClock.setTime(firstNight + hours * hour)

const started = (id: string, resource: string, overrides: Partial<Started> = {}): Started => ({
  id,
  at: "2026-11-20T13:57:00.000Z",
  event: "CreateVolume",
  account: payer,
  region: "eu-west-1",
  type: "ec2:volume",
  service: "EC2 - Other",
  resources: [resource],
  what: "io2 volume of 500 GB with 20,000 IOPS",
  by: `arn:aws:iam::${payer}:role/deployer`,
  monthlyUsd: 1509,
  basis: "exact",
  terms: [],
  note: "",
  ...overrides
})

const micro = (some: ReadonlyArray<Started>) =>
  request({ trigger: "event", accounts: [payer], regions: ["eu-west-1"], full: false, started: some })

const estateOf = (): Estate => ({
  [payer]: { "eu-west-1": [awsVolume("vol-night"), awsVolume("vol-deleted")], "us-east-1": [] },
  [member]: { "us-east-1": [awsVolume("vol-member")] }
})

const alerts: AlertsConfig = {
  rules: [
    { name: "dear", measure: "started_resource", above: 1000, severity: "high", quietHours: 20, hysteresisPercent: 5 },
    { name: "one", measure: "single_finding", above: 10, severity: "medium", quietHours: 20, hysteresisPercent: 5 },
    { name: "open", measure: "open_waste", above: 1, severity: "low", quietHours: 20, hysteresisPercent: 5 }
  ],
  digest: { send: "never", owners: false },
  webhooks: []
}

const office = () => {
  const sent: Array<Message> = []
  const events: Array<BusEvent> = []
  return {
    sent,
    events,
    layer: Layer.merge(
      Layer.succeed(AlertSettings, alerts),
      Layer.succeed(Notifier, {
        channels: [{ name: "mail", takes: () => true, send: (message) => Effect.sync(() => void sent.push(message)) }],
        publish: (some) => Effect.sync(() => void events.push(...some))
      })
    )
  }
}

/** Runs a request over an estate and a store. */
const run = (
  estate: Estate,
  asked: ReturnType<typeof request>,
  post = office(),
  options: Parameters<typeof world>[2] = {}
) =>
  Effect.gen(function* () {
    const store = Layer.succeedContext(yield* Effect.context<Store>())
    const { layer, sent } = world(organizationOf(estate), store, options)
    const id = yield* Effect.provide(runNightly(asked), Layer.merge(layer, post.layer))
    return { id, sent }
  })

/** What a night keeps of scopes, of its own run and of the trend. */
const nightOf = Effect.fnUntraced(function* (runId: string) {
  const store = yield* Store
  return {
    run: yield* store.run(runId),
    outcomes: yield* Effect.forEach([payer, member], (account) =>
      Effect.forEach(["*", "eu-west-1", "us-east-1", "global"], (region) => store.latestOutcomes({ account, region }))
    ),
    trend: yield* Effect.forEach([payer, member, "all"], (account) => store.trend(account, "2026-01-01")),
    coverage: yield* store.accountSummaries(runId)
  }
})

describe("a micro-scan", () => {
  it.effect("opens findings of what was started, and changes nothing else of the night", () =>
    Effect.gen(function* () {
      yield* at(0)
      const estate = estateOf()
      const { id: night } = yield* run(estate, request())
      const before = yield* nightOf(night)
      const findings = yield* everything

      // Between the nights one is started, one appears that nobody told of, and one is deleted.
      estate[payer]!["eu-west-1"] = [awsVolume("vol-night"), awsVolume("vol-started"), awsVolume("vol-other")]
      yield* at(12)
      const { id, sent } = yield* run(estate, micro([started("call-0001", "vol-started")]))
      assert.deepStrictEqual(yield* nightOf(night), before)
      const after = yield* everything
      assert.sameMembers(
        after.map((one) => [one.id, one.status].join()),
        [...findings.map((one) => [one.id, one.status].join()), "vol-started,open"]
      )
      // One scope, and not the organisation.
      assert.sameMembers(
        [...new Set(sent.map(({ destination: { account, region } }) => `${account}/${region}`))],
        [`${payer}/us-east-1`, `${payer}/eu-west-1`]
      )
      const own = yield* Effect.flatMap(Store, (store) => store.run(id))
      assert.strictEqual(own?.status, "complete")
      assert.strictEqual(own?.summary?.changes.opened.findings, 1)
      const [rollup] = yield* Effect.flatMap(Store, (store) => store.rollups([payer]))
      assert.strictEqual(rollup?.runId, night)

      // The next night takes it from there.
      yield* at(24)
      yield* run(estate, request())
      const next = new Map((yield* everything).map((one) => [one.id, one]))
      assert.strictEqual(next.get("vol-deleted")?.resolved, "resource_deleted")
      assert.strictEqual(next.get("vol-started")?.status, "open")
      assert.strictEqual(next.get("vol-other")?.status, "open")
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("counts no night: what is confirmed after seven days is so with it or without it", () =>
    Effect.gen(function* () {
      const nights = (hasMicro: boolean) =>
        Effect.gen(function* () {
          const estate = estateOf()
          for (let day = 0; day < 9; day++) {
            yield* at(24 * day)
            yield* run(estate, request())
            if (!hasMicro) continue
            yield* at(24 * day + 9)
            yield* run(estate, micro([started(`call-000${day}`, "vol-night")]))
          }
          const store = yield* Store
          const outcomes = yield* store.latestOutcomes({ account: payer, region: "eu-west-1" })
          return {
            findings: yield* everything,
            outcomes: outcomes.map(({ lastJudged, sequence, unbroken }) => [lastJudged, sequence, unbroken])
          }
        }).pipe(Effect.provide(Layer.fresh(layerMemory)))
      assert.deepStrictEqual(yield* nights(true), yield* nights(false))
    })
  )

  it.effect("of an account that cannot be entered is a gap of its own, and tells what was started all the same", () =>
    Effect.gen(function* () {
      yield* at(0)
      const estate = estateOf()
      const { id: night } = yield* run(estate, request())
      const before = yield* nightOf(night)
      yield* at(12)
      const post = office()
      const { id } = yield* run(estate, micro([started("call-0001", "vol-started")]), post, { locked: [payer] })
      assert.deepStrictEqual(yield* nightOf(night), before)
      const own = yield* Effect.flatMap(Store, (store) => store.run(id))
      assert.deepStrictEqual(
        own?.summary?.coverage.gaps.map(({ reason }) => reason.code),
        ["account_not_entered"]
      )
      const [told] = post.events.filter(({ type }) => type === "nightaudit.resource.started")
      assert.strictEqual(told?.detail["startedId"], "call-0001")
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("before the first night finds what it finds, and the night goes on with it", () =>
    Effect.gen(function* () {
      yield* at(0)
      const estate = estateOf()
      yield* run(estate, micro([started("call-0001", "vol-night")]))
      assert.deepStrictEqual(
        (yield* everything).map(({ id }) => id),
        ["vol-night"]
      )
      yield* at(24)
      yield* run(estate, request())
      assert.sameMembers(
        (yield* everything).map(({ id }) => id),
        ["vol-night", "vol-deleted", "vol-member"]
      )
      const [first] = yield* Effect.flatMap(Store, (store) =>
        store.findings({ limit: 10, scans: ["find_unused_volumes"] })
      ).pipe(Effect.map(({ items }) => items.filter(({ resource }) => resource.id === "vol-night")))
      assert.strictEqual(first?.firstSeen, "2026-11-20T02:00:00.000Z")
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("of what CloudTrail does not name opens what was made since, and says that nobody names it", () =>
    Effect.gen(function* () {
      yield* at(0)
      const estate = estateOf()
      const scan = { ...volumesScan, name: "find_unencrypted_ebs_volumes" }
      const scans = { scans: [scan.name] }
      const options = { scans: [scan] }
      yield* run(estate, request(scans), office(), options)
      const post = office()
      yield* at(12)
      estate[payer]!["eu-west-1"]!.push(
        awsVolume("vol-before", { CreateTime: new Date("2026-10-01T13:40:00Z") }),
        awsVolume("vol-one", { CreateTime: new Date("2026-10-01T13:56:58Z") }),
        awsVolume("vol-two", { CreateTime: new Date("2026-10-01T13:57:01Z") })
      )
      yield* run(
        estate,
        { ...micro([started("call-0001", "", { at: "2026-10-01T13:57:00.000Z", resources: [] })]), ...scans },
        post,
        options
      )
      assert.strictEqual(post.events.filter(({ type }) => type === "nightaudit.finding.opened").length, 2)
      assert.sameMembers(
        (yield* everything).map(({ id }) => id),
        ["vol-night", "vol-deleted", "vol-member", "vol-one", "vol-two"]
      )
      const [told] = post.events.filter(({ type }) => type === "nightaudit.resource.started")
      assert.deepStrictEqual(
        [told?.detail["resources"], told?.detail["judged"]],
        [[], [{ scan: scan.name, verdict: "finding" }]]
      )
      assert.include(post.sent[0]?.body ?? "", "Resource       too many for CloudTrail to name")

      // Of those that AWS does not list yet nothing is known.
      const later = office()
      yield* at(13)
      const call = { at: "2026-11-20T14:57:00.000Z", resources: [] }
      yield* run(estate, { ...micro([started("call-0002", "", call)]), ...scans }, later, options)
      const [unknown] = later.events.filter(({ type }) => type === "nightaudit.resource.started")
      assert.deepStrictEqual(unknown?.detail["judged"], [{ scan: scan.name, verdict: "unknown" }])
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("tells each start once: an event, an alarm above its threshold, and the findings of it", () =>
    Effect.gen(function* () {
      yield* at(0)
      const estate = estateOf()
      const post = office()
      yield* run(estate, request(), post)
      post.sent.length = 0
      post.events.length = 0
      estate[payer]!["eu-west-1"]!.push(awsVolume("vol-started", { Size: 500 }))
      yield* at(12)
      const { id } = yield* run(
        estate,
        micro([
          started("call-0001", "vol-started"),
          started("call-0002", "vol-cheap", { monthlyUsd: 90 }),
          started("call-0003", "vol-unknown", { monthlyUsd: null, basis: "none" })
        ]),
        post
      )
      assert.deepStrictEqual(
        post.sent.map(({ attributes, subject }) => [attributes.rule, attributes.kind, subject]),
        [
          [
            "dear",
            "alarm",
            "Night Audit ALARM dear: $1,509.00 a month started in account 111111111111, eu-west-1: io2 volume..."
          ],
          [
            "one",
            "alarm",
            "Night Audit ALARM one: $55.00 is over $10.00 (vol-started in eu-west-1, account 111111111111)"
          ]
        ]
      )
      assert.include(post.sent[0]?.body ?? "", "By             arn:aws:iam::111111111111:role/deployer")
      assert.include((post.sent[0]?.body ?? "").replace(/\s+/g, " "), "Each start alerts once")
      assert.deepStrictEqual(
        post.events.map(({ type }) => type.replace("nightaudit.", "")),
        [
          "run.started",
          "run.completed",
          "resource.started",
          "resource.started",
          "resource.started",
          "threshold.breached",
          "threshold.breached",
          "finding.opened"
        ]
      )
      const told = post.events.filter(({ type }) => type === "nightaudit.resource.started")
      assert.deepStrictEqual(
        told.map(({ detail }) => [detail["startedId"], detail["monthlyUsd"]]),
        [
          ["call-0001", 1509],
          ["call-0002", 90],
          ["call-0003", null]
        ]
      )
      // AWS lists the first alone: of the others nothing is known.
      const records = yield* Effect.flatMap(Store, (store) => store.scopeRecords(id, payer))
      assert.deepStrictEqual(
        records.flatMap(({ outcomes }) => outcomes.flatMap(({ unjudged }) => unjudged)),
        ["vol-cheap", "vol-unknown"].map((resource) => ({ resource, state: "unknown", why: "AWS does not list it" }))
      )
      assert.include(
        (post.sent[0]?.body ?? "").replace(/\s+/g, " "),
        "Started io2 volume of 500 GB with 20,000 IOPS Costs $1,509.00 a month while it runs, $49.61 a day, at list prices"
      )
      const [item] = post.sent[0]?.data.items ?? []
      assert.deepStrictEqual((item as any).resources, ["vol-started"])
      const breach = post.events.find(({ type }) => type === "nightaudit.threshold.breached")
      assert.deepStrictEqual([breach?.detail["startedId"], breach?.detail["findingId"]], ["call-0001", undefined])

      // The step again, and the same call delivered again in another batch.
      post.sent.length = 0
      const ids = told.map(({ detail }) => detail.id)
      post.events.length = 0
      const store = Layer.succeedContext(yield* Effect.context<Store>())
      yield* notify({ runId: id }).pipe(
        Effect.provide(Layer.merge(world(organizationOf(estate), store).layer, post.layer))
      )
      yield* at(13)
      yield* run(estate, micro([started("call-0001", "vol-started"), started("call-0004", "vol-4")]), post)
      assert.deepStrictEqual(
        post.sent.map(({ data }) => (data.items ?? []).map((item: any) => item.startedId)),
        [["call-0004"]]
      )
      const again = post.events.filter(({ type }) => type === "nightaudit.resource.started")
      assert.include(
        again.map(({ detail }) => detail.id),
        ids[0]
      )

      // The night judges its own rules, and forgets the starts when nothing can deliver them again.
      post.sent.length = 0
      yield* at(16 * 24)
      yield* run(estate, request(), post)
      assert.notInclude(
        post.sent.map(({ attributes }) => attributes.rule),
        "dear"
      )
      assert.deepStrictEqual((yield* readAlertState()).rules["dear"], {})
    }).pipe(Effect.provide(layerMemory))
  )
})
