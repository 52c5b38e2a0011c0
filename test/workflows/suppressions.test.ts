/** Findings that the configuration sets aside: each night by the rules that it is configured with. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { isByConfiguration, isByTags, type SuppressionRule } from "../../core/config/suppressions.ts"
import type { Finding } from "../../core/finding/Finding.ts"
import { findingId } from "../../core/finding/findingId.ts"
import { suppress } from "../../core/finding/setAside.ts"
import { twinOf } from "../../core/finding/twins.ts"
import type { Run } from "../../core/run/Run.ts"
import { layerMemory } from "../../core/store/sqlite/sqlite.ts"
import { Store } from "../../core/store/Store.ts"
import { sumsSince } from "../../query/sumChanges.ts"
import { runNightly } from "../../workflows/engine.ts"
import { setAsideFinding } from "../../workflows/setAside.ts"
import { finding } from "../core/finding/findings.ts"
import { awsVolume, type Estate, organizationOf, payer, request, world } from "./harness.ts"

const estate: Estate = { [payer]: { "eu-west-1": [awsVolume("vol-a"), awsVolume("vol-b")] } }

const rule: SuppressionRule = { resource: "vol-a", reason: "kept for the audit", author: "ann" }

/** Nights with these suppressions, a day apart; after each, the status, author and history of both volumes. */
const nights = (...configured: ReadonlyArray<ReadonlyArray<SuppressionRule>>) =>
  Effect.gen(function* () {
    const store = yield* Store
    const seen: Array<unknown> = []
    for (const [index, suppressions] of configured.entries()) {
      yield* TestClock.setTime(Date.parse("2026-11-20T02:00:00Z") + index * 86_400_000)
      yield* runNightly(request({ suppressions }))
      const { items } = yield* store.findings({ limit: 10 })
      const [all] = yield* store.rollups(["all"])
      seen.push([
        ...items
          .map(({ resource, setAside, status }) => `${resource.id} ${status} ${setAside?.author ?? ""}`.trim())
          .sort(),
        all?.sums.unconfirmed.findings ?? 0
      ])
    }
    return seen
  }).pipe(Effect.provide(world(organizationOf(estate), layerMemory).layer))

describe("a suppression of the configuration", () => {
  it.effect("sets aside what it names and says who and why, and takes it up again when it is gone", () =>
    Effect.gen(function* () {
      const set = ["vol-a suppressed ann (configuration)", "vol-b open", 1]
      assert.deepStrictEqual(yield* nights([rule], [rule], []), [set, set, ["vol-a open", "vol-b open", 2]])
    })
  )

  it.effect("ends on its day, as what a person sets aside until then", () =>
    Effect.gen(function* () {
      const until = { ...rule, until: "2026-11-21" }
      assert.deepStrictEqual(yield* nights([until], [until]), [
        ["vol-a suppressed ann (configuration)", "vol-b open", 1],
        ["vol-a open", "vol-b open", 2]
      ])
    })
  )

  it.effect("has to match in all that it names", () =>
    Effect.gen(function* () {
      const others: ReadonlyArray<SuppressionRule> = [
        { ...rule, account: "999999999999" },
        { ...rule, scan: "find_a" },
        { ...rule, tag: "env=sandbox" }
      ]
      assert.deepStrictEqual(yield* nights(others), [["vol-a open", "vol-b open", 2]])
    })
  )

  const leavesAlone = (author: string) =>
    Effect.gen(function* () {
      const store = yield* Store
      yield* TestClock.setTime(Date.parse("2026-11-20T02:00:00Z"))
      yield* runNightly(request({}))
      const { items } = yield* store.findings({ limit: 10 })
      const [a] = items.filter(({ resource }) => resource.id === "vol-a")
      yield* setAsideFinding(a?.id ?? "", { action: "suppress", reason: "mine", author, until: null })
      for (const day of [1, 2]) {
        yield* TestClock.setTime(Date.parse("2026-11-20T02:00:00Z") + day * 86_400_000)
        const runId = yield* runNightly(request({ suppressions: day === 1 ? [rule] : [] }))
        const { setAside, status } = (yield* store.finding(a?.id ?? "")) as Finding
        assert.deepStrictEqual([status, setAside?.author, setAside?.by], ["suppressed", author, "person"])
        if (day > 1) continue
        const run = (yield* store.run(runId)) as Run
        assert.strictEqual((yield* sumsSince(run)).byPeople.findings, 1)
      }
    }).pipe(Effect.provide(world(organizationOf(estate), layerMemory).layer))

  it.effect("leaves alone what a person set aside", () => leavesAlone("bob"))

  it.effect("leaves alone what a person set aside who calls themselves the configuration", () =>
    leavesAlone("bob (configuration)")
  )

  it.effect("leaves alone what a person set aside who calls themselves tags", () => leavesAlone("tags of the resource"))

  it("is told by its author where nobody wrote down who set it aside", () => {
    const aside = (author: string, by?: "person") => ({
      status: "suppressed" as const,
      setAside: { reason: "", author, at: "", until: null, untilMonthlyUsd: null, ...(by === undefined ? {} : { by }) }
    })
    const who = [
      aside("ann (configuration)"),
      aside("tags of the resource"),
      aside("ann"),
      aside("ann (configuration)", "person")
    ]
    assert.deepStrictEqual(who.map(isByConfiguration), [true, false, false, false])
    assert.deepStrictEqual(who.map(isByTags), [false, true, false, false])
  })

  it("is the same as the one that was kept without saying who", () => {
    const moment = { runId: "night", now: new Date("2026-11-20T12:00:00Z") }
    const aside = { reason: "ours", author: "ann (configuration)", until: null }
    const kept = suppress(finding(), aside, moment)?.finding as Finding
    assert.isUndefined(suppress(kept, { ...aside, by: "configuration" }, moment))
    assert.strictEqual(suppress(kept, { ...aside, by: "person" }, moment)?.finding.setAside?.by, "person")
  })
})

describe("a recommendation that two scans tell", () => {
  const hub = (scan: string): Finding => {
    const resource = { ...finding().resource, type: "ec2:instance", arn: `arn:aws:ec2:eu-west-1:${payer}:instance/i-1` }
    return finding({
      id: findingId(scan, payer, "eu-west-1", resource.arn),
      scan,
      category: "cost",
      account: payer,
      scope: { account: payer, region: "global/payer" },
      resource
    })
  }
  const all = hub("get_all_cost_optimization_recommendations")
  const own = hub("get_cost_optimization_ec2")
  const statuses = Effect.gen(function* () {
    const store = yield* Store
    const found = yield* Effect.forEach([all, own], ({ id }) => store.finding(id))
    return found.map((one) => one?.status)
  })
  const written = (...findings: ReadonlyArray<Finding>) =>
    Effect.flatMap(Store, (store) => store.writeTransitions(findings.map((finding) => ({ finding, events: [] }))))
  const until = "2026-12-24T00:00:00.000Z"
  const change = { reason: "Christmas", author: "ann", until }

  it("names the other scan of its type, and no finding of other scans", () => {
    assert.deepStrictEqual(twinOf(all), { scan: own.scan, id: own.id })
    assert.deepStrictEqual(twinOf(own), { scan: all.scan, id: all.id })
    assert.isUndefined(twinOf({ ...own, scan: "get_cost_optimization_ebs" }))
    assert.isUndefined(twinOf({ ...own, scan: "find_underutilized_ec2_instances" }))
    assert.isUndefined(twinOf({ ...all, resource: { ...all.resource, type: "ec2:nat-gateway" } }))
  })

  it.effect("is set aside in both by a person, and taken up again in both", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.parse("2026-11-20T02:00:00Z"))
      yield* runNightly(request({}))
      yield* written(all, own)
      const snoozed = { action: "snooze", ...change, untilMonthlyUsd: null } as const
      yield* setAsideFinding(own.id, snoozed)
      assert.deepStrictEqual(yield* statuses, ["snoozed", "snoozed"])
      const [rollup] = yield* (yield* Store).rollups([payer])
      assert.strictEqual(rollup?.by.scan.get(all.scan), undefined)
      yield* setAsideFinding(all.id, { action: "reopen", reason: "over", author: "ann" })
      assert.deepStrictEqual(yield* statuses, ["open", "open"])
    }).pipe(Effect.provide(world(organizationOf(estate), layerMemory).layer))
  )

  it.effect("is what a person made of it when the other scan tells it on a later night", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.parse("2026-11-20T02:00:00Z"))
      const aside = suppress(all, change, { runId: "night", now: new Date("2026-11-19T12:00:00Z") })?.finding
      yield* written(aside as Finding, own)
      yield* runNightly(request({ full: false }))
      assert.deepStrictEqual(yield* statuses, ["suppressed", "suppressed"])
      const { setAside } = (yield* (yield* Store).finding(own.id)) as Finding
      assert.deepInclude(setAside, { reason: "Christmas", author: "ann", until })
    }).pipe(Effect.provide(world(organizationOf(estate), layerMemory).layer))
  )

  it.effect("is suppressed in both by a rule that names one of the scans", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.parse("2026-11-20T02:00:00Z"))
      yield* written(all, own)
      const suppressions = [{ scan: own.scan, reason: "ours", author: "ann" }]
      yield* runNightly(request({ full: false, suppressions }))
      assert.deepStrictEqual(yield* statuses, ["suppressed", "suppressed"])
    }).pipe(Effect.provide(world(organizationOf(estate), layerMemory).layer))
  )
})
