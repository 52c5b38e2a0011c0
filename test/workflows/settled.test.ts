/** What Settle and Sum change about findings: what nobody judges any more ends, and what weighs together is weighed. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import type { NamedScan } from "../../audit/ScanRegistry.ts"
import { sum as sumOf, term } from "../../core/finding/savings.ts"
import { type Changes, endedInAll, endedOf } from "../../core/run/Changes.ts"
import { Store } from "../../core/store/Store.ts"
import { layerMemory } from "../../core/store/sqlite/sqlite.ts"
import * as ec2 from "../../datasets/aws/ec2.ts"
import { defineScan, money } from "../../scans/Scan.ts"
import { runNightly } from "../../workflows/engine.ts"
import { discover } from "../../workflows/steps/discover.ts"
import { plan } from "../../workflows/steps/plan.ts"
import { scan } from "../../workflows/steps/scan.ts"
import { settle } from "../../workflows/steps/settle.ts"
import { sum } from "../../workflows/steps/sum.ts"
import { awsVolume, type Estate, member, organizationOf, payer, request, volumesScan, world } from "./harness.ts"

const firstNight = Date.parse("2026-11-20T02:00:00Z")
const sharedStore = Effect.map(Effect.context<Store>(), (context) => Layer.succeedContext(context))

/** A scan of volumes of $10 a month each, whose severity goes by the account. */
const weighed = (days: number): NamedScan => ({
  name: "weighed",
  category: "cleanup",
  scan: defineScan({
    title: "t",
    words: "",
    why: "w",
    fix: "f",
    docs: "https://docs.aws.amazon.com",
    scope: "regional",
    settings: {},
    reads: { volumes: ec2.volumes },
    subject: "volumes",
    severityBy: "account",
    reasons: { any: "because" },
    judge:
      (_, { price }) =>
      () =>
        money({
          reason: "any",
          evidence: {},
          savings: sumOf("delete", [term("storage", 100, "GB", { ...price("ebs.gp2GBMonth"), usd: 0.1 })]),
          ...(days === 0 ? {} : { observe: { days } })
        })
  })
})

const estateOf = (): Estate => ({
  [payer]: { "eu-west-1": [awsVolume("vol-a")], "us-east-1": [awsVolume("vol-b")] },
  [member]: { "us-east-1": [awsVolume("vol-c")] }
})

const counted = (changes: Changes | undefined) =>
  Object.fromEntries(
    Object.entries({ ...changes, ended: endedInAll(endedOf(changes?.ended)) }).flatMap(([type, { findings }]) =>
      findings === 0 ? [] : [[type, findings]]
    )
  )

const states = Effect.gen(function* () {
  const store = yield* Store
  const { items } = yield* store.findings({ limit: 100 })
  const states: Record<string, string | undefined> = Object.fromEntries(
    items.map(({ resolved, resource, scan, severity, status }) => [
      `${scan === "weighed" ? "" : "other "}${resource.id}`,
      status === "resolved" ? resolved?.reason : severity
    ])
  )
  return states
})

const auditOf = Effect.fnUntraced(function* (
  days: number,
  estate: Estate,
  scans: ReadonlyArray<NamedScan>,
  asked: Parameters<typeof request>[0] = {}
) {
  const store = yield* Store
  yield* TestClock.setTime(firstNight + days * 86_400_000)
  let written = 0
  const counting = Layer.succeed(Store, {
    ...store,
    writeTransitions: (transitions) => {
      written += transitions.length
      return store.writeTransitions(transitions)
    }
  })
  const { layer } = world(organizationOf(estate), counting, { scans })
  const id = yield* Effect.provide(runNightly(request({ scans: scans.map(({ name }) => name), ...asked })), layer)
  const run = yield* store.run(id)
  return { run, changes: counted(run?.summary?.changes), written }
})

describe("what the configuration names no more", () => {
  it.effect("ends with its region or its scan, and only by a run of the whole configuration", () =>
    Effect.gen(function* () {
      const store = yield* Store
      const estate = estateOf()
      const scans = [weighed(0), volumesScan]
      yield* auditOf(0, estate, scans)
      const before = yield* states
      // A scan of a region, and one of a scan.
      yield* auditOf(1, estate, scans, { full: false, regions: ["eu-west-1"] })
      yield* auditOf(2, estate, scans, { full: false, scans: ["weighed"] })
      assert.deepStrictEqual(yield* states, before)

      const narrowed = yield* auditOf(3, estate, [weighed(0)], { excludeRegions: ["us-east-1"] })
      assert.deepStrictEqual(yield* states, {
        "vol-a": "low",
        "vol-b": "no_longer_judged",
        "vol-c": "no_longer_judged",
        "other vol-a": "no_longer_judged",
        "other vol-b": "no_longer_judged",
        "other vol-c": "no_longer_judged"
      })
      assert.deepInclude(narrowed.changes, { ended: 5 })
      const [organisation] = yield* store.rollups(["all"])
      assert.deepStrictEqual(organisation?.sums.confirmed, { findings: 1, monthlyUsd: 10 })
      assert.deepStrictEqual([...(organisation?.by.region.keys() ?? [])], ["eu-west-1"])

      assert.deepStrictEqual((yield* auditOf(4, estate, [weighed(0)])).changes, { changed: 1, reopened: 2 })
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("ends also what somebody set aside", () =>
    Effect.gen(function* () {
      const store = yield* Store
      const estate = estateOf()
      const scans = [weighed(0)]
      yield* auditOf(0, estate, scans)
      const [finding] = (yield* store.findings({ regions: ["us-east-1"], accounts: [member], limit: 1 })).items
      if (finding === undefined) return assert.fail("there is no finding")
      const setAside = { reason: "r", author: "a", at: finding.firstSeen, until: null, untilMonthlyUsd: null }
      yield* store.writeTransitions([{ finding: { ...finding, status: "suppressed", setAside }, events: [] }])
      yield* auditOf(1, estate, scans, { regions: ["eu-west-1", "eu-north-1"] })
      assert.deepInclude(yield* states, { "vol-c": "no_longer_judged" })
    }).pipe(Effect.provide(layerMemory))
  )
})

describe("findings that are severe together", () => {
  it.effect("have the severity of what the account comes to, over its regions and night after night", () =>
    Effect.gen(function* () {
      const estate = estateOf()
      const scans = [weighed(0)]
      // $20 in the payer's account, $10 in the member's.
      assert.deepStrictEqual((yield* auditOf(0, estate, scans)).changes, { opened: 3 })
      const both = { "vol-a": "medium", "vol-b": "medium", "vol-c": "low" }
      assert.deepStrictEqual(yield* states, both)
      const bySeverity = (yield* auditOf(1, estate, scans)).run?.summary?.totals.bySeverity
      assert.deepStrictEqual(bySeverity?.medium, { findings: 2, monthlyUsd: 20 })
      for (const [days, asked] of [
        [2, {}],
        [3, { full: false, regions: ["eu-west-1"] }]
      ] as const) {
        const { changes, written } = yield* auditOf(days, estate, scans, asked)
        assert.deepStrictEqual([changes, written], [{}, 0])
        assert.deepStrictEqual(yield* states, both)
      }
      estate[payer] = { "eu-west-1": [awsVolume("vol-a")] }
      assert.deepStrictEqual((yield* auditOf(4, estate, scans)).changes, { changed: 1, resolved: 1 })
      assert.deepStrictEqual(yield* states, { "vol-a": "low", "vol-b": "resource_deleted", "vol-c": "low" })
      assert.strictEqual((yield* auditOf(5, estate, scans)).written, 0)
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("are low until they are confirmed, and the night that confirms them tells nothing else", () =>
    Effect.gen(function* () {
      const store = yield* Store
      const estate = estateOf()
      const scans = [weighed(1)]
      yield* auditOf(0, estate, scans)
      assert.deepStrictEqual(yield* states, { "vol-a": "low", "vol-b": "low", "vol-c": "low" })
      assert.deepStrictEqual((yield* auditOf(1, estate, scans)).changes, { confirmed: 3 })
      assert.deepStrictEqual(yield* states, { "vol-a": "medium", "vol-b": "medium", "vol-c": "low" })
      const [finding] = (yield* store.findings({ severities: ["medium"], limit: 1 })).items
      const history = yield* store.history(finding?.id ?? "")
      assert.deepStrictEqual(
        history.map(({ type }) => type),
        ["opened", "confirmed"]
      )
      assert.strictEqual((yield* auditOf(2, estate, scans)).written, 0)
    }).pipe(Effect.provide(layerMemory))
  )
})

/** The store, which lets some writes through and then dies. */
const dyingAfter = (most: number) =>
  Effect.map(Store, (store) => {
    let writes = 0
    const once =
      <Arguments extends ReadonlyArray<any>, A, E, R>(write: (...args: Arguments) => Effect.Effect<A, E, R>) =>
      (...args: Arguments) =>
        Effect.suspend(() => {
          writes += 1
          return writes > most ? Effect.die(new Error("the process is gone")) : write(...args)
        })
    return Layer.succeed(Store, {
      ...store,
      cache: once(store.cache),
      putRun: once(store.putRun),
      putAccountSummary: once(store.putAccountSummary),
      writeTransitions: once(store.writeTransitions)
    })
  })

describe("Settle and Sum that die after ever more writes and are repeated", () => {
  it.effect("tell the same changes as undisturbed ones", () =>
    Effect.gen(function* () {
      const scans = [weighed(0)]
      const nights = Effect.fnUntraced(function* (isStopped: boolean) {
        const store = yield* Store
        const estate = estateOf()
        yield* auditOf(0, estate, scans)
        delete estate[member]
        // One region goes, with it half of the account's $20, and an account.
        const startedAt = "2026-11-21T02:00:00.000Z"
        yield* TestClock.setTime(Date.parse(startedAt))
        const { layer } = world(organizationOf(estate), yield* sharedStore, { scans })
        const asked = request({ scans: ["weighed"], excludeRegions: ["us-east-1"] })
        const { runId } = yield* Effect.provide(plan({ request: asked, execution: "two", startedAt }), layer)
        yield* Effect.provide(discover({ runId, account: payer }), layer)
        yield* Effect.provide(scan({ runId, account: payer, region: "eu-west-1" }), layer)
        for (const step of [settle({ runId, account: payer }), sum({ runId })]) {
          let deaths = 0
          const most = isStopped ? 30 : 0
          for (; deaths < most; deaths++) {
            const dying = world(organizationOf(estate), yield* dyingAfter(deaths + 1), { scans }).layer
            const exit = yield* Effect.exit(Effect.provide(step, dying))
            if (exit._tag === "Success") break
          }
          if (isStopped) assert.isAbove(deaths, 1)
          yield* Effect.provide(step, layer)
        }
        const run = yield* store.run(runId)
        const events = (yield* store.runEvents(runId, 100)).items
        return { left: run?.left, changes: run?.summary?.changes, events, states: yield* states }
      })
      const undisturbed = yield* Effect.provide(nights(false), layerMemory)
      assert.deepStrictEqual(undisturbed.left, [member])
      assert.deepStrictEqual(undisturbed.states, {
        "vol-a": "low",
        "vol-b": "no_longer_judged",
        "vol-c": "account_left"
      })
      assert.deepStrictEqual(counted(undisturbed.changes), { changed: 1, ended: 2 })
      assert.deepStrictEqual(yield* Effect.provide(nights(true), layerMemory), undisturbed)
    })
  )
})
