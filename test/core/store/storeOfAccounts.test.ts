/** A store in which only one of two accounts exists: what the other one has never comes out, and nothing goes in. */
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { claimantOf } from "../../../core/finding/claims.ts"
import type { Finding } from "../../../core/finding/Finding.ts"
import type { Run } from "../../../core/run/Run.ts"
import { addCost, noCost, noWork } from "../../../core/run/runCost.ts"
import {
  addOutcomes,
  addSummaries,
  noCoverage,
  noSummary,
  organisationRollup,
  rollupOf,
  totalsOf
} from "../../../core/run/totals.ts"
import { everyRegion, globalRegion, payerRegion } from "../../../core/Scope.ts"
import { findingCursor, runCursor } from "../../../core/store/query.ts"
import { layerMemory } from "../../../core/store/sqlite/sqlite.ts"
import { type Page, Store, StoreError } from "../../../core/store/Store.ts"
import { storeOfAccounts } from "../../../core/store/storeOfAccounts.ts"
import {
  account as own,
  aFinding,
  anEvent,
  anOutcome,
  aReport,
  aRun,
  aScopeRecord,
  aTransition,
  aTrendPoint,
  night,
  resolved,
  runId,
  scope
} from "./fixtures.ts"

type Shape = Store["Service"]

/** Pays for both. */
const other = "222222222222"
const scan = "find_unattached_ebs_volumes"
const payerScan = "get_rightsizing_recommendations"
const theirs = { account: other, region: "eu-west-1" }
const payerScope = { account: other, region: payerRegion }
const arnOf = (of: string, id: string) => `arn:aws:ec2:eu-west-1:${of}:volume/${id}`

// Names and amounts of the other one that are nowhere else.
const secretUsd = 7331.19
const secrets = [other, "secret", "7331", "733119"]

const findings = {
  mine: aFinding({ resourceId: "mine", monthlyUsd: 10 }),
  gone: resolved(aFinding({ resourceId: "gone", monthlyUsd: 5 })),
  paid: aFinding({ resourceId: "paid", monthlyUsd: 20, account: own, scan: payerScan, scope: payerScope }),
  theirs: aFinding({ account: other, resourceId: "secret-1", monthlyUsd: secretUsd }),
  theirPaid: aFinding({
    account: other,
    resourceId: "secret-2",
    monthlyUsd: secretUsd,
    scan: payerScan,
    scope: payerScope
  })
}
const all: ReadonlyArray<Finding> = Object.values(findings)
const visible: ReadonlyArray<Finding> = [findings.paid, findings.mine, findings.gone]

const denied = {
  code: "denied_by_iam",
  message: `ec2:DescribeVolumes: arn:aws:iam::${other}:role/secret may not`,
  operations: ["ec2:DescribeVolumes"]
} as const

const outcomes = {
  mine: anOutcome({
    status: "partial",
    reason: { code: "denied_by_iam", message: `account ${other} denied it` },
    unjudged: [{ resource: "vol-1", state: "unknown", why: `account ${other} was not read` }]
  }),
  theirs: anOutcome({ ...theirs, status: "unavailable", reason: denied }),
  paid: anOutcome({ ...payerScope, scan: payerScan })
}

const counted = new Set(all.map(({ id }) => id))
const of = (account: string) => all.filter((finding) => finding.account === account).map(claimantOf)
const rollups = [own, other].map((account) => rollupOf(account, { runId, asOf: night }, of(account), counted))

const calls = (account: string) => [
  { service: "ec2", operation: account === own ? "DescribeVolumes" : "secretCall", calls: 2, throttled: 0, usd: 0.01 }
]
const partOf = (account: string) => ({
  totals: totalsOf(of(account), counted),
  changes: { ...noSummary.changes, opened: { findings: 1, monthlyUsd: account === own ? 30 : secretUsd } },
  coverage: addOutcomes(noCoverage, account === own ? [outcomes.mine] : [outcomes.theirs, outcomes.paid]),
  cost: addCost(noCost, calls(account), noWork)
})

const both: Run = aRun({
  status: "complete",
  planningCalls: calls(other),
  plan: {
    ...aRun().plan,
    accounts: [
      { id: own, name: "production" },
      { id: other, name: "secret" }
    ],
    payers: [other],
    payerGap: { code: "payer_not_included", message: `account ${other} pays for the organisation` }
  },
  left: [other],
  summary: [own, other].map(partOf).reduce(addSummaries, noSummary)
})
const runOf = (id: string, account: string, overrides: Partial<Run["plan"]> = {}): Run =>
  aRun({
    id,
    plan: { ...aRun().plan, full: false, accounts: [{ id: account, name: "" }], payers: [], ...overrides }
  })
const liveRun = runOf("20261120T050000Z-own", own)
const theirRuns = ["20261120T030000Z-a", "20261120T040000Z-b", "20261120T060000Z-c"].map((id) => runOf(id, other))

const trend = (account: string, day: string, findings: number, monthlyUsd: number) =>
  aTrendPoint({ account, day, confirmed: { findings, monthlyUsd } })

/** A store in which both have everything, and the part of it that one may see. */
const setUp = Effect.gen(function* () {
  const store = Context.get(yield* Layer.build(layerMemory), Store)
  for (const run of [both, liveRun, ...theirRuns]) yield* store.putRun(run)
  yield* store.putScope(aScopeRecord({ outcomes: [outcomes.mine] }))
  yield* store.putScope(aScopeRecord({ ...theirs, outcomes: [outcomes.theirs] }))
  yield* store.putScope(aScopeRecord({ ...payerScope, scans: [payerScan], outcomes: [outcomes.paid] }))
  for (const account of [own, other]) yield* store.putAccountSummary({ runId, account, summary: partOf(account) })
  yield* store.writeTransitions(all.map(aTransition))
  yield* store.putRollups([...rollups, organisationRollup({ runId, asOf: night }, rollups)])
  yield* store.putReport(aReport({ account: own, region: "eu-west-1" }))
  yield* store.putReport(aReport({ account: other, report: { ...aReport().report, title: "secret" } }))
  yield* store.putTrend([
    trend(own, "2026-11-19", 1, 10),
    trend(own, "2026-11-20", 2, 30),
    trend(other, "2026-11-20", 2, secretUsd),
    trend("all", "2026-11-20", 4, secretUsd + 30)
  ])
  const answer = (value: string) => [{ key: "k", identity: "i", askedAt: night, value }]
  yield* store.remember(scope, "probe", answer("known"))
  yield* store.remember(theirs, "probe", answer("secret"))
  yield* store.cache("prices", "secret", new Date("2027-01-01"))
  return { store, seen: storeOfAccounts(store, [own]) }
})

const test = (title: string, body: (stores: { store: Shape; seen: Shape }) => Effect.Effect<unknown, unknown>) =>
  it.effect(title, () => Effect.scoped(Effect.flatMap(setUp, body)))

/** All pages, one after the other, and how many there were. */
const pages = Effect.fnUntraced(function* <A>(read: (cursor?: string) => Effect.Effect<Page<A>, StoreError>) {
  const found: Array<ReadonlyArray<A>> = []
  const cursors: Array<string> = []
  let cursor: string | undefined
  do {
    const page: Page<A> = yield* read(cursor)
    found.push(page.items)
    cursor = page.cursor
    if (cursor !== undefined) cursors.push(Buffer.from(cursor, "base64url").toString())
  } while (cursor !== undefined)
  return { items: found.flat(), cursors }
})

const ids = (findings: ReadonlyArray<{ readonly id: string }>) => findings.map(({ id }) => id)

/** Refused, and the store is as it was. */
const isRefused = Effect.fnUntraced(function* (write: Effect.Effect<unknown, StoreError>) {
  const error = yield* Effect.flip(write)
  assert.instanceOf(error, StoreError)
  assert.match(error.message, /^Nothing was written/)
  assert.isFalse(error.isTransient)
})

describe("a store of some accounts", () => {
  test("lists only their findings, wherever the scan ran", ({ seen }) =>
    Effect.gen(function* () {
      for (const limit of [1, 2, 3, 1000]) {
        const { cursors, items } = yield* pages((cursor) => seen.findings({ limit, cursor }))
        assert.deepStrictEqual(ids(items), ids(visible), `limit ${limit}`)
        for (const cursor of cursors) assert.notInclude(cursor, "733119")
      }
      const asked = (accounts: ReadonlyArray<string>) =>
        Effect.map(seen.findings({ limit: 10, accounts }), ({ items }) => ids(items))
      assert.deepStrictEqual(yield* asked([own, other]), ids(visible))
      assert.deepStrictEqual(yield* asked([other]), [], "an empty intersection is nothing, not everything")
      assert.deepStrictEqual(yield* asked([]), [])
      assert.isDefined(yield* Effect.flip(seen.findings({ limit: 0, accounts: [other] })))
      const after = findingCursor.encode({ cents: 733_119, severity: "critical", id: findings.theirs.id })
      assert.deepStrictEqual(ids((yield* seen.findings({ limit: 10, cursor: after })).items), ids(visible))
    }))

  test("counts only their findings", ({ seen }) =>
    Effect.gen(function* () {
      const open = { statuses: ["open"] as const }
      assert.deepStrictEqual(yield* seen.tally(open, 1000), { findings: 2, monthlyUsd: 30, whole: true })
      const none = { findings: 0, monthlyUsd: 0, whole: true }
      assert.deepStrictEqual(yield* seen.tally({ ...open, accounts: [other] }, 1000), none)
      assert.deepStrictEqual(yield* seen.tally({ ...open, accounts: [other, own] }, 1000), {
        ...none,
        findings: 2,
        monthlyUsd: 30
      })
    }))

  test("knows no finding of others by id, name, claim or scope", ({ seen }) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* seen.finding(findings.mine.id), findings.mine)
      assert.isUndefined(yield* seen.finding(findings.theirs.id))
      assert.isUndefined(yield* seen.finding(findings.theirPaid.id))
      assert.deepStrictEqual(yield* seen.findingsNamed("secret-1", 10), [])
      assert.deepStrictEqual(yield* seen.findingsNamed(findings.theirs.id.slice(0, 8), 10), [])
      assert.deepStrictEqual(ids(yield* seen.findingsNamed("mine", 1)), [findings.mine.id])
      assert.deepStrictEqual(yield* seen.findingsClaiming(other, [arnOf(other, "secret-1")]), [])
      assert.deepStrictEqual(ids(yield* seen.findingsClaiming(own, [arnOf(own, "mine")])), [findings.mine.id])
      assert.deepStrictEqual(yield* seen.findingsIn(theirs, scan), [])
      assert.deepStrictEqual(ids(yield* seen.findingsIn(payerScope, payerScan)), [findings.paid.id])
      assert.deepStrictEqual(yield* seen.findingsIn(payerScope, payerScan, [findings.theirPaid.id]), [])
      assert.deepStrictEqual(yield* seen.openIds(scope, scan), [findings.mine.id])
      assert.deepStrictEqual(yield* seen.openIds(theirs, scan), [])
      assert.deepStrictEqual(yield* seen.openIds(payerScope, payerScan), [findings.paid.id])
      assert.deepStrictEqual(yield* seen.accountsWithFindings, [own])
    }))

  test("finds its own among many of others with the same name", ({ seen, store }) =>
    Effect.gen(function* () {
      const twins = Array.from({ length: 5 }, (_, index) =>
        aFinding({ account: String(300_000_000_000 + index), resourceId: "twin", monthlyUsd: 100 + index })
      )
      const mine = aFinding({ resourceId: "twin", monthlyUsd: 1 })
      yield* store.writeTransitions([...twins, mine].map(aTransition))
      assert.deepStrictEqual(ids(yield* seen.findingsNamed("twin", 1)), [mine.id])
    }))

  test("tells no life of a finding of others", ({ seen }) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* seen.history(findings.mine.id), [anEvent(findings.mine)])
      assert.deepStrictEqual(yield* seen.history(findings.theirs.id), [])
      for (const limit of [1, 2, 1000]) {
        const { cursors, items } = yield* pages((cursor) => seen.runEvents(runId, limit, cursor))
        assert.deepStrictEqual(items.map(({ findingId }) => findingId).sort(), ids(visible).toSorted())
        for (const cursor of cursors) {
          assert.notInclude(cursor, findings.theirs.id)
          assert.notInclude(cursor, findings.theirPaid.id)
        }
      }
    }))

  test("has runs as if they had been about them alone", ({ seen }) =>
    Effect.gen(function* () {
      const run = yield* seen.run(runId)
      assert.deepStrictEqual(run?.plan.accounts, [{ id: own, name: "production" }])
      assert.deepStrictEqual(run?.plan.payers, [])
      assert.strictEqual(run?.plan.payerGap?.message, "account … pays for the organisation")
      assert.deepStrictEqual(run?.left, [])
      assert.deepStrictEqual(run?.planningCalls, [])
      const { changes, cost, coverage, totals } = partOf(own)
      assert.deepStrictEqual(run?.summary?.totals, totals)
      assert.deepStrictEqual(run?.summary?.changes, changes)
      assert.strictEqual(run?.summary?.cost.callsUsd, cost.callsUsd)
      assert.deepInclude(run?.summary?.coverage, { expected: 1, partial: 1, byScan: coverage.byScan })
      assert.isUndefined(yield* seen.run(theirRuns[0]?.id ?? ""))
      assert.deepStrictEqual(yield* seen.run(liveRun.id), liveRun, "a run of their own is whole")
    }))

  test("lists no run of others alone", ({ seen }) =>
    Effect.gen(function* () {
      for (const limit of [1, 2, 10]) {
        const { cursors, items } = yield* pages((cursor) => seen.runs(limit, cursor))
        assert.deepStrictEqual(ids(items), [liveRun.id, runId])
        for (const cursor of cursors) for (const { id } of theirRuns) assert.notInclude(cursor, id)
      }
      const after = runCursor.encode({ runId: theirRuns[0]?.id ?? "" })
      assert.deepStrictEqual(ids((yield* seen.runs(10, after)).items), [runId])
    }))

  test("does not say that nothing was found where the parts of an old run are gone", ({ seen, store }) =>
    Effect.gen(function* () {
      const id = "20260101T020000Z-old"
      yield* store.putRun({ ...both, id })
      assert.isNull((yield* seen.run(id))?.summary)
    }))

  test("has only their scopes, outcomes and summaries, in which nobody else is named", ({ seen }) =>
    Effect.gen(function* () {
      const mine = yield* seen.latestOutcomes(scope)
      assert.deepStrictEqual(
        mine.map(({ reason, unjudged }) => [reason?.message, unjudged[0]?.why]),
        [["account … denied it", "account … was not read"]]
      )
      assert.deepStrictEqual(yield* seen.latestOutcomes(scope, ["another"]), [])
      assert.deepStrictEqual(yield* seen.latestOutcomes(theirs), [])
      assert.deepStrictEqual((yield* seen.scopeRecord(runId, scope))?.outcomes, mine)
      assert.isUndefined(yield* seen.scopeRecord(runId, theirs))
      assert.strictEqual((yield* seen.scopeRecords(runId, own)).length, 1)
      assert.deepStrictEqual(yield* seen.scopeRecords(runId, other), [])
      assert.deepStrictEqual(yield* seen.regionsOf(own), ["eu-west-1"])
      assert.deepStrictEqual(yield* seen.regionsOf(other), [])
      const parts = Effect.map(seen.accountSummaries(runId), (all) => all.map(({ account }) => account))
      assert.deepStrictEqual(yield* parts, [own])
      assert.deepStrictEqual(yield* seen.accountSummaries(runId, [other]), [])
    }))

  test("has the reports of their own accounts; a payer's is about everybody", ({ seen, store }) =>
    Effect.gen(function* () {
      const reports = yield* seen.reports("get_cost_by_service")
      assert.deepStrictEqual(
        reports.map(({ account }) => account),
        [own]
      )
      assert.deepStrictEqual(yield* seen.reports("get_cost_by_service", payerScope), [])
      const payer = storeOfAccounts(store, [other])
      assert.strictEqual((yield* payer.reports("get_cost_by_service", payerScope)).length, 1)
    }))

  test("adds up what is all from what is theirs", ({ seen }) =>
    Effect.gen(function* () {
      const mine = rollupOf(own, { runId, asOf: night }, of(own), counted)
      const { cells: _, ...sums } = mine
      assert.deepStrictEqual(yield* seen.rollups(), [{ ...sums, cells: null }])
      assert.deepStrictEqual(yield* seen.rollups([own, other], { cells: true }), [mine])
      assert.deepStrictEqual(yield* seen.rollups([other]), [])
      assert.deepStrictEqual(yield* seen.rollups([]), [])
      assert.deepStrictEqual(yield* seen.rollups(["all"]), [{ ...sums, account: "all", cells: null }])
      assert.deepStrictEqual(yield* storeOfAccounts(seen, []).rollups(["all"]), [])
      const trend = (account: string) =>
        Effect.map(seen.trend(account, "2026-01-01"), (points) =>
          points.map(({ account, confirmed, day }) => [account, day, confirmed.monthlyUsd])
        )
      assert.deepStrictEqual(yield* trend("all"), [
        ["all", "2026-11-19", 10],
        ["all", "2026-11-20", 30]
      ])
      assert.deepStrictEqual(yield* trend(own), [
        [own, "2026-11-19", 10],
        [own, "2026-11-20", 30]
      ])
      assert.deepStrictEqual(yield* trend(other), [])
    }))

  test("adds the days of several accounts up", ({ store }) =>
    Effect.gen(function* () {
      const [first, second] = yield* storeOfAccounts(store, [own, other]).trend("all", "2026-11-19")
      assert.strictEqual(first?.confirmed.monthlyUsd, 10)
      assert.deepStrictEqual(second?.confirmed, { findings: 4, monthlyUsd: 7361.19 })
    }))

  test("remembers only what it was told of them, and caches nothing", ({ seen, store }) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        (yield* seen.remembered(scope, "probe", ["k"])).map(({ value }) => value),
        ["known"]
      )
      assert.deepStrictEqual(yield* seen.remembered(theirs, "probe", ["k"]), [])
      assert.isUndefined(yield* seen.cached("prices"))
      yield* seen.cache("prices", "mine", new Date("2027-01-01"))
      assert.strictEqual(yield* store.cached("prices"), "secret")
    }))

  test("writes about them, and refuses to write about others", ({ seen, store }) =>
    Effect.gen(function* () {
      yield* isRefused(seen.putScope(aScopeRecord(theirs)))
      yield* isRefused(seen.putScope(aScopeRecord({ outcomes: [outcomes.theirs] })))
      yield* isRefused(seen.putAccountSummary({ runId, account: other, summary: noSummary }))
      yield* isRefused(seen.writeTransitions([aTransition(findings.mine), aTransition(findings.theirs)]))
      yield* isRefused(seen.setCounted([{ finding: findings.theirs, counted: true }]))
      yield* isRefused(seen.putReport(aReport({ account: other })))
      yield* isRefused(seen.putTrend([trend(own, "2026-11-21", 1, 1), trend("all", "2026-11-21", 1, 1)]))
      yield* isRefused(seen.putRollups([rollupOf(other, { runId, asOf: night }, [], counted)]))
      yield* isRefused(seen.remember(theirs, "probe", []))
      assert.deepStrictEqual(yield* store.finding(findings.theirs.id), findings.theirs)
      assert.deepStrictEqual(yield* store.trend(own, "2026-11-21"), [])

      const next = "2026-11-21T02:00:00.000Z"
      yield* seen.putScope(aScopeRecord({ runId: liveRun.id, outcomes: [anOutcome({ asOf: next })] }))
      yield* seen.putAccountSummary({ runId: liveRun.id, account: own, summary: noSummary })
      yield* seen.writeTransitions([aTransition(aFinding({ resourceId: "new", monthlyUsd: 2 }))])
      yield* seen.setCounted([{ finding: findings.mine, counted: true }])
      yield* seen.putReport(aReport({ account: own, region: globalRegion, asOf: next }))
      yield* seen.putTrend([trend(own, "2026-11-21", 1, 1)])
      yield* seen.remember(scope, "probe", [{ key: "new", identity: "i", askedAt: night, value: 1 }])
      assert.strictEqual((yield* store.latestOutcomes(scope))[0]?.asOf, next)
      assert.strictEqual((yield* store.scopeRecords(liveRun.id, own)).length, 1)
      assert.strictEqual((yield* store.accountSummaries(liveRun.id)).length, 1)
      assert.strictEqual((yield* store.findingsNamed("new", 10)).length, 1)
      assert.isTrue((yield* store.finding(findings.mine.id))?.savings?.counted)
      assert.strictEqual((yield* store.reports("get_cost_by_service")).length, 3)
      assert.strictEqual((yield* store.trend(own, "2026-11-21")).length, 1)
      assert.strictEqual((yield* store.remembered(scope, "probe", ["new"])).length, 1)
    }))

  test("puts the totals of all together from everybody's, whatever the caller takes for all", ({ seen, store }) =>
    Effect.gen(function* () {
      const mine = rollupOf(own, { runId: liveRun.id, asOf: night }, [claimantOf(findings.mine)], counted)
      yield* seen.putRollups([mine, organisationRollup({ runId: liveRun.id, asOf: night }, [mine])])
      const [organisation] = yield* store.rollups(["all"])
      assert.strictEqual(organisation?.sums.confirmed.monthlyUsd, 2 * secretUsd + 10)
      assert.strictEqual(organisation?.runId, runId)
    }))

  test("lets a run of their own be written, and no other", ({ seen, store }) =>
    Effect.gen(function* () {
      const run = runOf("20261120T070000Z-new", own)
      yield* seen.putRun(run)
      yield* seen.putRun({ ...run, status: "complete" })
      assert.strictEqual((yield* store.run(run.id))?.status, "complete")
      yield* isRefused(seen.putRun(runOf("20261120T080000Z-x", other)))
      yield* isRefused(seen.putRun(runOf("20261120T080000Z-x", own, { full: true })))
      yield* isRefused(seen.putRun(runOf("20261120T080000Z-x", own, { payers: [other] })))
      yield* isRefused(seen.putRun({ ...run, id: runId }))
      assert.isUndefined(yield* store.run("20261120T080000Z-x"))
      assert.deepStrictEqual(yield* store.run(runId), both)
      assert.isTrue(yield* seen.spend(run.id, 0.1, 1))
      const until = new Date("2026-11-22")
      assert.strictEqual(yield* seen.lease("scope", "me", until), "me")
      yield* seen.release("scope", "me")
      assert.strictEqual(yield* seen.lease("scope", "you", until), "you")
    }))

  test("never says what another account is called, has or costs", ({ seen }) =>
    Effect.gen(function* () {
      const everything: Record<string, unknown> = {}
      for (const id of ids([both, liveRun, ...theirRuns])) {
        everything[`run ${id}`] = yield* seen.run(id)
        everything[`summaries ${id}`] = yield* seen.accountSummaries(id)
        for (const account of [own, other]) everything[`${id} ${account}`] = yield* seen.scopeRecords(id, account)
      }
      everything.runs = yield* seen.runs(100)
      everything.findings = yield* seen.findings({ limit: 1000 })
      everything.tally = yield* seen.tally({}, 1000)
      everything.events = yield* seen.runEvents(runId, 1000)
      everything.accounts = yield* seen.accountsWithFindings
      everything.rollups = [
        yield* seen.rollups(undefined, { cells: true }),
        yield* seen.rollups([own, other, "all"], { cells: true })
      ].flatMap((all) => all.map((rollup) => ({ ...rollup, by: Object.values(rollup.by).map((sums) => [...sums]) })))
      for (const account of [own, other, "all"]) {
        everything[`trend ${account}`] = yield* seen.trend(account, "2026-01-01")
        everything[`regions ${account}`] = yield* seen.regionsOf(account)
        everything[`asked ${account}`] = yield* seen.findings({ limit: 10, accounts: [account] })
      }
      for (const { id, resource } of all) {
        everything[`finding ${id}`] = [yield* seen.finding(id), yield* seen.history(id)]
        everything[`named ${id}`] = [yield* seen.findingsNamed(resource.id, 9), yield* seen.findingsNamed(id, 9)]
        for (const account of [own, other])
          everything[`claims ${id} ${account}`] = yield* seen.findingsClaiming(account, [resource.arn])
      }
      for (const place of [scope, theirs, payerScope, { account: other, region: everyRegion }]) {
        const key = `${place.account === own} ${place.region}`
        for (const name of [scan, payerScan]) {
          everything[`in ${key} ${name}`] = [yield* seen.findingsIn(place, name), yield* seen.openIds(place, name)]
        }
        everything[`outcomes ${key}`] = [yield* seen.latestOutcomes(place), yield* seen.scopeRecord(runId, place)]
        everything[`reports ${key}`] = yield* seen.reports("get_cost_by_service", place)
        everything[`remembered ${key}`] = yield* seen.remembered(place, "probe", ["k"])
      }
      everything.reports = yield* seen.reports("get_cost_by_service")
      everything.cached = yield* seen.cached("prices")

      for (const [key, answer] of Object.entries(everything)) {
        // Where its scan ran is a fact of one's own finding.
        const json = (JSON.stringify(answer) ?? "").replaceAll(JSON.stringify({ scope: payerScope }).slice(1, -1), "")
        for (const secret of secrets) assert.notInclude(json, secret, key)
        assert.notInclude(json, findings.theirs.id, key)
        assert.notInclude(json, findings.theirPaid.id, key)
      }
      assert.include(JSON.stringify(everything), "mine")
    }))
})
