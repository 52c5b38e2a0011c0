/** What every store does. Run on each layer by the test file of that layer. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import { TestClock } from "effect/testing"
import { claimantOf } from "../../../core/finding/claims.ts"
import type { Finding, FindingEvent } from "../../../core/finding/Finding.ts"
import { monthlyUsdOf } from "../../../core/finding/lifecycle.ts"
import type { Rollup } from "../../../core/run/Rollup.ts"
import type { AccountSummary } from "../../../core/run/Run.ts"
import { noSummary, noSums, organisationRollup, rollupOf } from "../../../core/run/totals.ts"
import { type FindingQuery, type Page, type RememberedAnswer, Store, StoreError } from "../../../core/store/Store.ts"
import {
  account,
  aFinding,
  aHygieneFinding,
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
  scope,
  setAside
} from "./fixtures.ts"

type StoreShape = Store["Service"]

const ids = (findings: ReadonlyArray<Finding>) => findings.map(({ id }) => id)

const write = (store: StoreShape, findings: ReadonlyArray<Finding>) => store.writeTransitions(findings.map(aTransition))

/** All pages of a query, one after the other. */
const pages = Effect.fnUntraced(function* (store: StoreShape, query: FindingQuery) {
  const read: Array<ReadonlyArray<Finding>> = []
  let cursor: string | undefined
  do {
    const page: { readonly items: ReadonlyArray<Finding>; readonly cursor: string | undefined } = yield* store.findings(
      {
        ...query,
        cursor
      }
    )
    read.push(page.items)
    cursor = page.cursor
  } while (cursor !== undefined)
  return read
})

const everyFinding = (store: StoreShape, query: Partial<FindingQuery> = {}) =>
  Effect.map(pages(store, { limit: 1000, ...query }), (read) => read.flat())

const severityOrder = ["critical", "high", "medium", "low", "info"]

/** The order of lists, written down another way than the stores do it. */
const expected = (findings: ReadonlyArray<Finding>) =>
  ids(
    [...findings].sort(
      (a, b) =>
        Math.round(monthlyUsdOf(b) * 100) - Math.round(monthlyUsdOf(a) * 100) ||
        severityOrder.indexOf(a.severity) - severityOrder.indexOf(b.severity) ||
        (a.id < b.id ? -1 : 1)
    )
  )

/** Numbers from 0 to 1 that are the same in every run. */
const randomFrom = (seed: number) => () => {
  seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
  return seed / 2_147_483_648
}

/** Runs the suite; `layer` gives an empty store to each test, which is asked that many random questions. */
export const storeContract = (
  name: string,
  layer: Layer.Layer<Store, unknown>,
  { questions }: { readonly questions: number }
) => {
  const test = (title: string, body: (store: StoreShape) => Effect.Effect<unknown, unknown>) =>
    it.effect(title, () => Effect.flatMap(Store, body).pipe(Effect.provide(layer)))

  describe(name, () => {
    describe("runs", () => {
      test("are read as they were written last", (store) =>
        Effect.gen(function* () {
          yield* store.putRun(aRun())
          const done = aRun({ status: "complete", finishedAt: "2026-11-20T02:10:00.000Z" })
          yield* store.putRun(done)
          assert.deepStrictEqual(yield* store.run(runId), done)
          assert.isUndefined(yield* store.run("20261121T020000Z-000000"))
        }))

      test("are listed newest first, page by page", (store) =>
        Effect.gen(function* () {
          const runIds = ["20261118T020000Z-a", "20261119T020000Z-b", "20261120T020000Z-c"]
          for (const id of ["20261119T020000Z-b", "20261118T020000Z-a", "20261120T020000Z-c"])
            yield* store.putRun(aRun({ id }))
          const first = yield* store.runs(2)
          assert.deepStrictEqual(
            first.items.map(({ id }) => id),
            [runIds[2], runIds[1]]
          )
          const second = yield* store.runs(2, first.cursor)
          assert.deepStrictEqual(second.items, [aRun({ id: "20261118T020000Z-a" })])
          assert.isUndefined(second.cursor)
          assert.isUndefined((yield* store.runs(3)).cursor)
        }))

      test("can have thousands of accounts", (store) =>
        Effect.gen(function* () {
          const accounts = Array.from({ length: 8000 }, (_, index) => ({
            id: String(100_000_000_000 + index * 7919),
            name: `Konto Nr. ${index} – Zürich`
          }))
          const run = aRun({ plan: { ...aRun().plan, accounts } })
          yield* store.putRun(run)
          assert.deepStrictEqual(yield* store.run(runId), run)
        }))

      test("add up what they spend, and never pass the cap", (store) =>
        Effect.gen(function* () {
          assert.isTrue(yield* store.spend("a", 0.01, 0.03))
          assert.isTrue(yield* store.spend("a", 0.01, 0.03))
          assert.isFalse(yield* store.spend("a", 0.011, 0.03))
          assert.isTrue(yield* store.spend("a", 0.01, 0.03), "exactly the cap, and what was refused was not added")
          assert.isFalse(yield* store.spend("a", 0.000_01, 0.03))
          assert.isFalse(yield* store.spend("b", 0.04, 0.03), "the first amount is checked as well")
          assert.isTrue(yield* store.spend("b", 0.03, 0.03), "runs do not share what they spend")
        }))

      test("spend atomically", (store) =>
        Effect.gen(function* () {
          const answers = yield* Effect.forEach(Array.from({ length: 30 }), () => store.spend("a", 0.01, 0.1), {
            concurrency: "unbounded"
          })
          assert.strictEqual(answers.filter((allowed) => allowed).length, 10)
        }))
    })

    describe("scopes", () => {
      const inRegion = (region: string, overrides = {}) =>
        aScopeRecord({ region, outcomes: [anOutcome({ region })], ...overrides })

      test("are read by run, account and region", (store) =>
        Effect.gen(function* () {
          yield* store.putScope(inRegion("us-east-1"))
          yield* store.putScope(inRegion("eu-west-1", { done: false }))
          yield* store.putScope(inRegion("eu-west-1"))
          yield* store.putScope(inRegion("eu-west-1", { account: "222222222222" }))
          yield* store.putScope(inRegion("eu-west-1", { runId: "20261121T020000Z-000000" }))
          assert.deepStrictEqual(yield* store.scopeRecord(runId, scope), inRegion("eu-west-1"))
          assert.isUndefined(yield* store.scopeRecord(runId, { account, region: "global/payer" }))
          assert.deepStrictEqual(yield* store.scopeRecords(runId, account), [
            inRegion("eu-west-1"),
            inRegion("us-east-1")
          ])
        }))

      test("keep the latest outcome of every scan", (store) =>
        Effect.gen(function* () {
          const [a, b] = [anOutcome({ scan: "a" }), anOutcome({ scan: "b" })]
          yield* store.putScope(aScopeRecord({ outcomes: [b, a] }))
          const next = anOutcome({
            scan: "b",
            runId: "20261121T020000Z-000000",
            status: "unavailable",
            reason: { code: "denied_by_scp", message: "denied by a service control policy" }
          })
          yield* store.putScope(aScopeRecord({ runId: next.runId, outcomes: [next] }))
          yield* store.putScope(aScopeRecord({ runId: "20261122T020000Z-000000", outcomes: [] }))
          assert.deepStrictEqual(yield* store.latestOutcomes(scope), [a, next])
          assert.deepStrictEqual(yield* store.latestOutcomes(scope, ["b", "c", "b"]), [next])
          assert.deepStrictEqual(yield* store.latestOutcomes(scope, ["b", "a"]), [a, next])
          assert.deepStrictEqual(yield* store.latestOutcomes(scope, []), [])
          assert.deepStrictEqual(yield* store.latestOutcomes({ account, region: "global" }), [])
          assert.deepStrictEqual(yield* store.latestOutcomes({ account, region: "global" }, ["a"]), [])
        }))

      test("keep an outcome that is newer than what is written", (store) =>
        Effect.gen(function* () {
          const newer = anOutcome({ scan: "a", runId: "20261121T020000Z-b", asOf: "2026-11-21T02:00:00.000Z" })
          const only = anOutcome({ scan: "b" })
          yield* store.putScope(aScopeRecord({ runId: newer.runId, outcomes: [newer] }))
          yield* store.putScope(aScopeRecord({ outcomes: [anOutcome({ scan: "a" }), only] }))
          assert.deepStrictEqual(yield* store.latestOutcomes(scope), [newer, only], "scan by scan")
          assert.strictEqual(
            (yield* store.scopeRecord(runId, scope))?.outcomes.length,
            2,
            "the record is the run's own"
          )
          const again = { ...newer, status: "partial" as const }
          yield* store.putScope(aScopeRecord({ runId: newer.runId, outcomes: [again] }))
          assert.deepStrictEqual(yield* store.latestOutcomes(scope), [again, only], "the same run may write again")
        }))

      test("are left as they are by a record that is apart", (store) =>
        Effect.gen(function* () {
          const before = anOutcome({ scan: "a" })
          yield* store.putScope(aScopeRecord({ outcomes: [before] }))
          const later = "20261121T020000Z-c"
          const own = anOutcome({ scan: "a", runId: later, asOf: "2026-11-21T02:00:00.000Z" })
          yield* store.putScope(aScopeRecord({ runId: later, apart: true, outcomes: [own] }))
          assert.deepStrictEqual(yield* store.latestOutcomes(scope), [before])
          assert.deepStrictEqual((yield* store.scopeRecord(later, scope))?.outcomes, [own])
        }))

      test("are summed up by account, and the sums listed by run", (store) =>
        Effect.gen(function* () {
          const summary = (account: string, findings: number, of = runId): AccountSummary => ({
            runId: of,
            account,
            summary: { ...noSummary, changes: { ...noSummary.changes, opened: { findings, monthlyUsd: 1.5 } } }
          })
          yield* store.putAccountSummary(summary("222222222222", 1))
          yield* store.putAccountSummary(summary(account, 2))
          yield* store.putAccountSummary(summary(account, 3))
          yield* store.putAccountSummary(summary(account, 4, "20261121T020000Z-b"))
          assert.deepStrictEqual(yield* store.accountSummaries(runId), [
            summary(account, 3),
            summary("222222222222", 1)
          ])
          assert.deepStrictEqual(yield* store.accountSummaries(runId, ["222222222222", "333333333333"]), [
            summary("222222222222", 1)
          ])
          assert.deepStrictEqual(yield* store.accountSummaries(runId, []), [])
          assert.deepStrictEqual(yield* store.accountSummaries("20261122T020000Z-c"), [])
        }))

      test("can be written outcome by outcome, and back", (store) =>
        Effect.gen(function* () {
          const [a, b] = [anOutcome({ scan: "a" }), anOutcome({ scan: "b" })]
          const changed = { ...a, status: "partial" as const }
          yield* store.putScope(aScopeRecord({ done: false, outcomes: [a] }))
          yield* store.putScope(aScopeRecord({ done: false, outcomes: [changed, b] }))
          assert.deepStrictEqual(yield* store.latestOutcomes(scope), [changed, b])
          yield* store.putScope(aScopeRecord({ outcomes: [a, b] }))
          assert.deepStrictEqual(yield* store.latestOutcomes(scope), [a, b])
        }))

      test("tell the regions of an account", (store) =>
        Effect.gen(function* () {
          for (const region of ["us-east-1", "global/payer", "*", "eu-west-1", "global"]) {
            yield* store.putScope(inRegion(region))
          }
          yield* store.putScope(inRegion("eu-north-1", { account: "222222222222", outcomes: [] }))
          assert.deepStrictEqual(yield* store.regionsOf(account), ["eu-west-1", "global", "global/payer", "us-east-1"])
          assert.deepStrictEqual(yield* store.regionsOf("222222222222"), [])
        }))

      test("can have very long outcomes", (store) =>
        Effect.gen(function* () {
          const outcomes = Array.from({ length: 76 }, (_, index) =>
            anOutcome({
              scan: `scan_${index}`,
              status: "partial",
              reason: { code: "throttled", message: "x".repeat(3000) }
            })
          )
          yield* store.putScope(aScopeRecord({ outcomes }))
          assert.deepStrictEqual(yield* store.scopeRecord(runId, scope), aScopeRecord({ outcomes }))
          assert.strictEqual((yield* store.latestOutcomes(scope)).length, 76)
        }))
    })

    describe("findings", () => {
      test("are read by scope and scan, open and resolved", (store) =>
        Effect.gen(function* () {
          const open = aFinding()
          const closed = resolved(aFinding({ resourceId: "vol-2" }))
          const elsewhere = aFinding({ region: "us-east-1" })
          const otherScan = aFinding({ scan: "find_old_snapshots" })
          // A payer's scan finds resources of other accounts and regions.
          const byPayer = aFinding({
            scan: "get_all_cost_optimization_recommendations",
            scope: { account: "999999999999", region: "global/payer" },
            account,
            region: "eu-west-1"
          })
          yield* write(store, [open, closed, elsewhere, otherScan, byPayer])
          const found = yield* store.findingsIn(scope, open.scan)
          assert.sameDeepMembers([...found], [open, closed])
          assert.deepStrictEqual(yield* store.findingsIn(byPayer.scope, byPayer.scan), [byPayer])
          assert.deepStrictEqual(yield* store.findingsIn(scope, open.scan, [open.id, "no-such-id"]), [open])
          assert.deepStrictEqual(yield* store.findingsIn(scope, open.scan, []), [])
          assert.deepStrictEqual(yield* store.openIds(scope, open.scan), [open.id])
          assert.deepStrictEqual(yield* store.findingsIn(scope, "no_such_scan"), [])
        }))

      test("are read by id, with their history from the oldest event", (store) =>
        Effect.gen(function* () {
          const finding = aFinding({ monthlyUsd: 20 })
          const opened = anEvent(finding, { at: "2026-11-18T02:00:00.000Z", runId: "20261118T020000Z-a" })
          const changed = anEvent(finding, { type: "changed", detail: "saving $8.80 → $20.00 a month" })
          yield* store.writeTransitions([{ finding: aFinding(), events: [opened] }])
          yield* store.writeTransitions([{ finding, events: [changed] }])
          yield* store.writeTransitions([aTransition(aFinding({ resourceId: "vol-2" }))])
          assert.deepStrictEqual(yield* store.finding(finding.id), finding)
          assert.deepStrictEqual(yield* store.history(finding.id), [opened, changed])
          assert.isUndefined(yield* store.finding("00000000000000000000"))
          assert.deepStrictEqual(yield* store.history("00000000000000000000"), [])
        }))

      test("are the same after they were written twice", (store) =>
        Effect.gen(function* () {
          const findings = Array.from({ length: 20 }, (_, index) =>
            aFinding({ resourceId: `vol-${index}`, monthlyUsd: index })
          )
          yield* write(store, findings)
          yield* write(store, [...findings, ...findings])
          assert.deepStrictEqual(ids(yield* everyFinding(store)), expected(findings))
          assert.deepStrictEqual(yield* store.history(findings[0]?.id ?? ""), [
            anEvent(aFinding({ resourceId: "vol-0", monthlyUsd: 0 }))
          ])
        }))

      test("are as they were last, when they are written more than once at a time", (store) =>
        Effect.gen(function* () {
          const [before, after] = [aFinding(), aFinding({ monthlyUsd: 20 })]
          yield* store.writeTransitions([before, after].map((finding) => ({ finding, events: [anEvent(finding)] })))
          assert.deepStrictEqual(yield* store.finding(after.id), after)
          assert.deepStrictEqual(yield* everyFinding(store), [after])
          assert.deepStrictEqual(yield* store.history(after.id), [anEvent(after)])
        }))

      test("are not written where somebody else has written them since they were read", (store) =>
        Effect.gen(function* () {
          const [read, other, fresh] = [1, 2, 3].map((n) => aFinding({ resourceId: `vol-${n}` })) as [
            Finding,
            Finding,
            Finding
          ]
          yield* write(store, [read, other])
          const aside = { ...setAside(read, "suppressed"), lastChanged: "2026-11-21T09:00:00.000Z" }
          yield* store.writeTransitions([{ finding: aside, events: [anEvent(aside, { type: "suppressed" })] }], [read])
          const night = "20261121T020000Z-bbbbbb"
          const at = "2026-11-21T10:00:00.000Z"
          const later = [read, other, fresh].map((one) => ({ ...one, runId: night, lastChanged: at }))
          const transitions = later.map((finding) => ({
            finding,
            events: [anEvent(finding, { type: finding.id === fresh.id ? "opened" : "changed", runId: night, at })]
          }))
          assert.deepStrictEqual(yield* store.writeTransitions(transitions, [read, other]), [read.id])
          assert.deepStrictEqual(yield* store.finding(read.id), aside)
          assert.deepStrictEqual(yield* store.finding(other.id), later[1])
          assert.deepStrictEqual(yield* store.finding(fresh.id), later[2])
          assert.deepStrictEqual(
            (yield* store.history(read.id)).map(({ type }) => type),
            ["opened", "suppressed"],
            "nothing has happened that an event could tell of"
          )
          assert.deepStrictEqual(
            (yield* store.history(other.id)).map(({ type }) => type),
            ["opened", "changed"]
          )
          // As it is now, it may be written, also after whether it counts was written apart.
          yield* store.setCounted([{ finding: aside, counted: true }])
          assert.deepStrictEqual(yield* store.writeTransitions(transitions.slice(0, 1), [aside]), [])
          assert.strictEqual((yield* store.finding(read.id))?.runId, night)
        }))

      test("may be written without an event, and none at all", (store) =>
        Effect.gen(function* () {
          yield* store.writeTransitions([])
          yield* store.writeTransitions([{ finding: aFinding(), events: [] }])
          assert.deepStrictEqual(yield* store.finding(aFinding().id), aFinding())
        }))

      test("can have very much evidence", (store) =>
        Effect.gen(function* () {
          const finding = aFinding({
            evidence: { users: Array.from({ length: 3000 }, (_, index) => `user ${index} ${"é".repeat(200)}`) }
          })
          yield* write(store, [finding])
          assert.deepStrictEqual(yield* store.finding(finding.id), finding)
        }))

      test("come largest saving first, then most severe, and none is lost or doubled from page to page", (store) =>
        Effect.gen(function* () {
          const savings = [1200.5, 1200.5, 0, 0.004, 3.1, 3.1, 3.1, 3.1, 1_000_000]
          const severities = ["low", "info", "critical", "high", "medium"] as const
          const findings: ReadonlyArray<Finding> = [
            ...Array.from({ length: 35 }, (_, index) =>
              aFinding({
                resourceId: `vol-${index}`,
                monthlyUsd: savings[index % savings.length] ?? 0,
                severity: severities[index % 5] ?? "low"
              })
            ),
            ...Array.from({ length: 10 }, (_, index) =>
              aHygieneFinding({
                resourceId: `sg-${index}`,
                severity: severities[index % 5] ?? "low",
                kind: index < 7 ? "hygiene" : "notice"
              })
            )
          ]
          yield* write(store, findings)
          const order = expected(findings)
          assert.deepStrictEqual(ids(yield* everyFinding(store)), order)
          for (const limit of [7, 44, 45]) {
            const read = yield* pages(store, { limit, accounts: [account], statuses: ["open"] })
            assert.deepStrictEqual(ids(read.flat()), order, `limit ${limit}`)
            assert.strictEqual(read.length, Math.ceil(45 / limit), `full pages of ${limit}`)
          }
          for (const query of [{ scans: [aFinding().scan] }, { categories: ["cleanup"] }]) {
            assert.deepStrictEqual(
              ids((yield* pages(store, { limit: 13, statuses: ["open"], ...query })).flat()),
              order
            )
          }
          const hygiene = yield* everyFinding(store, { kinds: ["hygiene"], statuses: ["open"] })
          assert.deepStrictEqual(
            hygiene.map(({ severity }) => severity),
            ["critical", "high", "medium", "low", "low", "info", "info"]
          )
          assert.strictEqual((yield* everyFinding(store, { kinds: ["notice"] })).length, 3)
        }))

      test("are compared by whole cents, and have the same cursor in every store", (store) =>
        Effect.gen(function* () {
          const findings = Array.from({ length: 8 }, (_, index) =>
            aFinding({ resourceId: `vol-${index}`, monthlyUsd: index % 2 === 0 ? 9 : 8.999 })
          )
          yield* write(store, findings)
          const order = ids(findings).sort()
          assert.deepStrictEqual(ids(yield* everyFinding(store)), order)
          assert.strictEqual((yield* everyFinding(store, { minMonthlyUsd: 9 })).length, 8)
          const { cursor } = yield* store.findings({ limit: 3 })
          assert.strictEqual(
            cursor,
            Buffer.from(JSON.stringify({ cents: 900, severity: "low", id: order[2] })).toString("base64url")
          )
        }))

      test("move when they change, and keep nothing at their old place", (store) =>
        Effect.gen(function* () {
          const small = aFinding({ resourceId: "vol-small", monthlyUsd: 5 })
          const before = aFinding({ monthlyUsd: 1, tags: { team: "red" } })
          const after = aFinding({ monthlyUsd: 10, tags: { team: "blue" } })
          yield* write(store, [small, before])
          assert.deepStrictEqual(ids(yield* everyFinding(store)), [small.id, before.id])
          yield* write(store, [after])
          assert.deepStrictEqual(ids(yield* everyFinding(store)), [after.id, small.id])
          assert.deepStrictEqual(yield* everyFinding(store, { owner: "red" }), [])
          assert.deepStrictEqual(yield* everyFinding(store, { owner: "blue" }), [after])
          yield* write(store, [resolved(after)])
          assert.deepStrictEqual(ids(yield* everyFinding(store, { statuses: ["open"] })), [small.id])
          assert.deepStrictEqual(yield* everyFinding(store, { statuses: ["resolved"] }), [resolved(after)])
        }))

      test("are filtered", (store) =>
        Effect.gen(function* () {
          const accounts = [account, "222222222222", "333333333333"]
          const regions = ["eu-west-1", "us-east-1"]
          const scans = ["find_unattached_ebs_volumes", "find_old_snapshots", "find_idle_nat_gateways"]
          const tags = [
            {},
            { owner: "ann" },
            { Team: "blue" },
            { team: "ann", Owner: "bob" },
            { owner: "", team: "red" }
          ]
          const findings = Array.from({ length: 96 }, (_, index): Finding => {
            const what = {
              resourceId: `r-${index}`,
              account: accounts[index % 3] ?? "",
              region: regions[Math.floor(index / 3) % 2] ?? "",
              scan: scans[Math.floor(index / 5) % 3] ?? "",
              category: index % 5 === 0 ? "network" : "cleanup",
              confirmed: index % 7 !== 0,
              tags: tags[index % 5] ?? {},
              monthlyUsd: (index * index) / 4
            }
            const finding = index % 8 === 3 ? aHygieneFinding({ ...what, severity: "high" }) : aFinding(what)
            return index % 6 === 1
              ? resolved(finding)
              : index % 13 === 0
                ? setAside(finding, "snoozed")
                : index % 17 === 0
                  ? setAside(finding, "suppressed")
                  : finding
          })
          yield* write(store, findings)
          const cases: ReadonlyArray<readonly [Partial<FindingQuery>, (finding: Finding) => boolean]> = [
            [{ statuses: ["open"] }, ({ status }) => status === "open"],
            [{ statuses: ["snoozed"] }, ({ status }) => status === "snoozed"],
            [
              { statuses: ["suppressed", "resolved", "resolved"] },
              ({ status }) => status === "suppressed" || status === "resolved"
            ],
            [{ statuses: [] }, () => false],
            [{ kinds: ["hygiene"] }, ({ kind }) => kind === "hygiene"],
            [{ kinds: ["money", "notice"] }, ({ kind }) => kind === "money"],
            [{ scans: [scans[1] ?? ""] }, ({ scan }) => scan === scans[1]],
            [{ scans: scans.slice(1) }, ({ scan }) => scan !== scans[0]],
            [{ categories: ["network"] }, ({ category }) => category === "network"],
            [{ accounts: ["222222222222", "333333333333"] }, (finding) => finding.account !== account],
            [{ accounts: [account, account] }, (finding) => finding.account === account],
            [
              { accounts: [account], categories: ["network", "cleanup"], statuses: ["open"] },
              (finding) => finding.account === account && finding.status === "open"
            ],
            [{ regions: ["us-east-1"] }, ({ region }) => region === "us-east-1"],
            [{ severities: ["critical", "low"] }, ({ severity }) => severity === "critical" || severity === "low"],
            [{ owner: "ann" }, ({ resource }) => resource.tags.owner === "ann"],
            [{ owner: "bob" }, ({ resource }) => resource.tags.Owner === "bob"],
            [{ owner: "red" }, ({ resource }) => resource.tags.owner === ""],
            [{ owner: "" }, ({ resource }) => Object.keys(resource.tags).length === 0],
            [{ owner: "nobody" }, () => false],
            [{ confirmed: false }, ({ confirmed }) => !confirmed],
            [{ minMonthlyUsd: 0 }, () => true],
            [{ minMonthlyUsd: 625.01 }, (finding) => monthlyUsdOf(finding) > 625],
            [{ minMonthlyUsd: 1e12 }, () => false],
            [{ scans: [] }, () => false],
            [
              { owner: "ann", statuses: ["open"], accounts: [account], minMonthlyUsd: 30 },
              (f) =>
                f.resource.tags.owner === "ann" && f.status === "open" && f.account === account && monthlyUsdOf(f) >= 30
            ],
            [
              { accounts: [account], scans: scans.slice(0, 2), regions: ["eu-west-1"], confirmed: true },
              (f) => f.account === account && f.scan !== scans[2] && f.region === "eu-west-1" && f.confirmed
            ],
            [
              { scans: [scans[0] ?? ""], severities: ["critical"], categories: ["cleanup"], statuses: ["open"] },
              (f) => f.scan === scans[0] && f.severity === "critical" && f.category === "cleanup" && f.status === "open"
            ]
          ]
          for (const [query, predicate] of cases) {
            const wanted = findings.filter(predicate)
            assert.deepStrictEqual(ids(yield* everyFinding(store, query)), expected(wanted), JSON.stringify(query))
          }
          for (const [query, predicate] of cases.slice(0, 6)) {
            const wanted = findings.filter(predicate)
            assert.deepStrictEqual(
              yield* store.tally(query, 1000),
              {
                findings: wanted.length,
                monthlyUsd: wanted.reduce((cents, finding) => cents + Math.round(monthlyUsdOf(finding) * 100), 0) / 100,
                whole: true
              },
              JSON.stringify(query)
            )
          }
          assert.isFalse((yield* store.tally({}, 10)).whole, "the count ends at its bound")
        }))

      test("give the same answers as a plain filter, whatever is asked", (store) =>
        Effect.gen(function* () {
          const random = randomFrom(20_261_120)
          const oneOf = <A>(values: ReadonlyArray<A>): A => values[Math.floor(random() * values.length)] as A
          const some = <A>(values: ReadonlyArray<A>): ReadonlyArray<A> | undefined =>
            random() < 0.6 ? undefined : values.filter(() => random() < 0.5)
          const accounts = [account, "222222222222", "333333333333"]
          const regions = ["eu-west-1", "us-east-1", "global"]
          const scans = ["a", "b", "c", "d"]
          const categories = ["cleanup", "network"]
          const owners = ["", "ann", "bob"]
          const services = ["", "Amazon RDS"]
          const makeFinding = (index: number): Finding => {
            const owner = oneOf(owners)
            const what = {
              resourceId: `r-${index}`,
              account: oneOf(accounts),
              region: oneOf(regions),
              scan: oneOf(scans),
              category: oneOf(categories),
              severity: oneOf(severityOrder) as Finding["severity"],
              confirmed: random() < 0.7,
              tags: owner === "" ? {} : { owner },
              monthlyUsd: oneOf([0, 0.004, 1, 1, 20, 5000]),
              service: oneOf(services)
            }
            const finding =
              random() < 0.3
                ? aHygieneFinding({ ...what, kind: oneOf(["hygiene", "notice"] as const) })
                : aFinding(what)
            const status = oneOf(["open", "open", "open", "snoozed", "suppressed", "resolved"] as const)
            return status === "open" ? finding : status === "resolved" ? resolved(finding) : setAside(finding, status)
          }
          let known: ReadonlyArray<Finding> = Array.from({ length: 80 }, (_, index) => makeFinding(index))
          yield* write(store, known)
          // Half of them change: their old places must be empty.
          known = known.map((finding) =>
            random() < 0.5
              ? finding
              : {
                  ...finding,
                  severity: oneOf(severityOrder) as Finding["severity"],
                  ...(finding.savings === null
                    ? {}
                    : { savings: { ...finding.savings, monthlyUsd: oneOf([0, 1, 300]) } })
                }
          )
          yield* write(store, known)
          for (let round = 0; round < questions; round += 1) {
            const query: Omit<FindingQuery, "limit"> = {
              statuses: some(["open", "snoozed", "suppressed", "resolved"]),
              kinds: some(["money", "hygiene", "notice"]),
              scans: some(scans),
              categories: some(categories),
              accounts: some(accounts),
              regions: some(regions),
              services: some(services),
              severities: some(severityOrder as ReadonlyArray<Finding["severity"]>),
              owner: random() < 0.7 ? undefined : oneOf(owners),
              confirmed: random() < 0.7 ? undefined : random() < 0.5,
              minMonthlyUsd: random() < 0.7 ? undefined : oneOf([0, 1, 1.01, 300])
            }
            const has = <A>(values: ReadonlyArray<A> | undefined, value: A) =>
              values === undefined || values.includes(value)
            const wanted = known.filter(
              (finding) =>
                has(query.statuses, finding.status) &&
                has(query.kinds, finding.kind) &&
                has(query.scans, finding.scan) &&
                has(query.categories, finding.category) &&
                has(query.accounts, finding.account) &&
                has(query.regions, finding.region) &&
                has(query.services, finding.resource.service) &&
                has(query.severities, finding.severity) &&
                (query.owner === undefined || (finding.resource.tags.owner ?? "") === query.owner) &&
                (query.confirmed === undefined || finding.confirmed === query.confirmed) &&
                Math.round(monthlyUsdOf(finding) * 100) >= Math.round((query.minMonthlyUsd ?? 0) * 100)
            )
            const limit = oneOf([5, 30, 100])
            const read = yield* pages(store, { ...query, limit })
            assert.deepStrictEqual(ids(read.flat()), expected(wanted), JSON.stringify({ ...query, limit }))
            if (round % 4 === 0) {
              assert.strictEqual((yield* store.tally(query, 1000)).findings, wanted.length, JSON.stringify(query))
            }
          }
        }))

      test("refuse a limit or a cursor that cannot be", (store) =>
        Effect.gen(function* () {
          for (const limit of [0, -1, 1.5, 1001, Number.NaN]) {
            const error = yield* Effect.flip(store.findings({ limit }))
            assert.deepStrictEqual(
              error,
              new StoreError({
                kind: "failed",
                message: `The limit ${limit} is not possible: give a whole number from 1 to 1,000.`
              })
            )
          }
          const cursors = [
            "nonsense",
            "",
            "!!",
            Buffer.from('{"cents":"1","severity":"low","id":2}').toString("base64url"),
            Buffer.from('{"cents":1,"id":"2"}').toString("base64url"),
            Buffer.from('{"runId":"x"}').toString("base64url")
          ]
          for (const cursor of cursors) {
            const error = yield* Effect.flip(store.findings({ limit: 10, cursor }))
            assert.strictEqual(error.kind, "failed")
            assert.strictEqual(
              error.message,
              `The cursor ${JSON.stringify(cursor)} did not come from this list: leave it out to get the first page.`
            )
          }
          assert.strictEqual((yield* Effect.flip(store.runs(10, cursors[3]))).kind, "failed")
          assert.strictEqual((yield* Effect.flip(store.runs(0))).kind, "failed")
        }))

      test("end where a cursor is past the smallest saving asked for", (store) =>
        Effect.gen(function* () {
          yield* write(store, [
            aFinding({ monthlyUsd: 3 }),
            aFinding({ resourceId: "vol-2", monthlyUsd: 2 }),
            aFinding({ resourceId: "vol-3", monthlyUsd: 1 })
          ])
          const { cursor } = yield* store.findings({ limit: 2 })
          assert.deepStrictEqual(yield* store.findings({ limit: 2, cursor, minMonthlyUsd: 2.5 }), {
            items: [],
            cursor: undefined
          })
        }))

      test("say whether they count, and keep everything else", (store) =>
        Effect.gen(function* () {
          const [a, b, missing] = [aFinding(), aFinding({ resourceId: "vol-2" }), aFinding({ resourceId: "vol-3" })]
          yield* write(store, [a, b])
          yield* store.setCounted([
            { finding: a, counted: true },
            { finding: b, counted: false },
            { finding: missing, counted: true }
          ])
          const counted = { ...a, savings: { ...a.savings, counted: true } }
          assert.deepStrictEqual(yield* store.finding(a.id), counted)
          assert.deepStrictEqual(yield* store.finding(b.id), b)
          assert.isUndefined(yield* store.finding(missing.id))
          assert.sameDeepMembers([...(yield* store.findingsIn(scope, a.scan))], [counted, b])
          assert.sameDeepMembers([...(yield* everyFinding(store))], [counted, b])
          yield* store.setCounted([{ finding: counted, counted: false }])
          assert.deepStrictEqual(yield* store.finding(a.id), a)
          yield* write(store, [counted])
          assert.deepStrictEqual(yield* store.finding(a.id), counted)
        }))

      test("tell which accounts have open ones", (store) =>
        Effect.gen(function* () {
          assert.deepStrictEqual(yield* store.accountsWithFindings, [])
          const [second, third] = [aFinding({ account: "222222222222" }), aFinding({ account: "333333333333" })]
          yield* write(store, [third, second, resolved(aFinding())])
          assert.deepStrictEqual(yield* store.accountsWithFindings, ["222222222222", "333333333333"])
          yield* write(store, [resolved(third)])
          assert.deepStrictEqual(yield* store.accountsWithFindings, ["222222222222"])
          yield* write(store, [third])
          assert.deepStrictEqual(yield* store.accountsWithFindings, ["222222222222", "333333333333"])
        }))

      test("are found by the beginning of their id, by ARN and by resource id", (store) =>
        Effect.gen(function* () {
          const [one, two] = [aFinding(), aFinding({ resourceId: "vol-2" })]
          // The same volume, found by another scan and by the payer; the second has ended.
          const other = aFinding({ scan: "find_old_volumes", monthlyUsd: 2 })
          const ended = resolved(
            aFinding({
              scan: "by_the_payer",
              account,
              region: "eu-west-1",
              monthlyUsd: 99,
              scope: { account: "999999999999", region: "global/payer" }
            })
          )
          const group = aHygieneFinding({
            resourceId: "ignored",
            resource: {
              ...one.resource,
              id: "/aws/lambda/shop",
              arn: `arn:aws:logs:eu-west-1:111111111111:log-group:/aws/lambda/shop`
            }
          })
          const long = aFinding({ resourceId: `${"x".repeat(1500)}-1` })
          yield* write(store, [ended, one, two, other, group, long])
          const named = (text: string, limit = 10) => Effect.map(store.findingsNamed(text, limit), ids)
          assert.deepStrictEqual(yield* named(one.id), [one.id])
          assert.deepStrictEqual(yield* named(one.id.slice(0, 4)), [one.id])
          assert.deepStrictEqual(yield* named(one.id.slice(0, 3)), [], "too short to be an id")
          assert.deepStrictEqual(yield* named(`${one.id.slice(0, 8)}zz`), [])
          assert.deepStrictEqual(yield* named("vol-1"), [one.id, other.id, ended.id], "open ones first")
          assert.deepStrictEqual(yield* named("vol-1", 2), [one.id, other.id])
          assert.deepStrictEqual(yield* named(one.resource.arn), [one.id, other.id, ended.id])
          assert.deepStrictEqual(yield* named("/aws/lambda/shop"), [group.id])
          assert.deepStrictEqual(yield* named(group.resource.arn), [group.id])
          assert.deepStrictEqual(yield* named("shop"), [], "a part of a name is not the name")
          assert.deepStrictEqual(yield* named(long.resource.arn), [long.id])
          assert.deepStrictEqual(yield* named(long.resource.id), [long.id])
          assert.deepStrictEqual(yield* named("vol-3"), [])
          // A change leaves the names; so does the end.
          const changed = aFinding({ monthlyUsd: 77 })
          yield* store.writeTransitions([{ finding: changed, events: [anEvent(changed, { type: "changed" })] }])
          assert.deepStrictEqual(yield* store.findingsNamed("vol-1", 1), [changed])
          yield* write(store, [resolved(changed)])
          assert.deepStrictEqual(yield* named("vol-1"), [other.id, ended.id, one.id])
        }))

      test("are found by what their claims are about", (store) =>
        Effect.gen(function* () {
          const arn = (id: string) => aFinding({ resourceId: id }).resource.arn
          const snapshot = aFinding({ resourceId: "snap-1" })
          const image = aFinding({ resourceId: "ami-1", monthlyUsd: 50, covers: [arn("snap-1"), arn("snap-2")] })
          const elsewhere = aFinding({ resourceId: "snap-1", account: "222222222222" })
          yield* write(store, [snapshot, image, elsewhere, aFinding({ resourceId: "vol-9" })])
          const claiming = (arns: ReadonlyArray<string>) => Effect.map(store.findingsClaiming(account, arns), ids)
          assert.deepStrictEqual(yield* claiming([arn("snap-1")]), [image.id, snapshot.id])
          assert.deepStrictEqual(yield* claiming([arn("snap-2")]), [image.id])
          assert.deepStrictEqual(yield* claiming([arn("ami-1"), arn("snap-1"), arn("snap-2")]), [image.id, snapshot.id])
          assert.deepStrictEqual(yield* claiming([]), [])
          assert.deepStrictEqual(ids(yield* store.findingsNamed("snap-2", 10)), [], "what is covered has no finding")
          // A claim that covers other snapshots now.
          const less = aFinding({ resourceId: "ami-1", monthlyUsd: 50, covers: [arn("snap-3")] })
          yield* store.writeTransitions([{ finding: less, events: [anEvent(less, { type: "changed" })] }])
          assert.deepStrictEqual(yield* claiming([arn("snap-2")]), [])
          assert.deepStrictEqual(yield* claiming([arn("snap-3")]), [image.id])
        }))
    })

    describe("the events of a run", () => {
      test("come by finding and time, page by page, and without those of other runs", (store) =>
        Effect.gen(function* () {
          const findings = Array.from({ length: 40 }, (_, index) => aFinding({ resourceId: `vol-${index}` }))
          const events = findings.flatMap((finding, index) => [
            anEvent(finding),
            ...(index % 3 === 0 ? [anEvent(finding, { type: "confirmed", at: "2026-11-20T03:00:00.000Z" })] : [])
          ])
          yield* store.writeTransitions(
            findings.map((finding) => ({
              finding,
              events: [
                ...events.filter(({ findingId }) => findingId === finding.id),
                anEvent(finding, { runId: "20261119T020000Z-a", at: "2026-11-19T02:00:00.000Z" })
              ]
            }))
          )
          const wanted = events.toSorted(
            (a, b) => (a.findingId < b.findingId ? -1 : a.findingId > b.findingId ? 1 : 0) || (a.at < b.at ? -1 : 1)
          )
          for (const limit of [9, 53, 54, 1000]) {
            const read: Array<FindingEvent> = []
            let cursor: string | undefined
            do {
              const page: Page<FindingEvent> = yield* store.runEvents(runId, limit, cursor)
              read.push(...page.items)
              cursor = page.cursor
            } while (cursor !== undefined)
            assert.deepStrictEqual(read, wanted, `limit ${limit}`)
          }
          assert.deepStrictEqual(yield* store.runEvents("20261121T020000Z-x", 10), { items: [], cursor: undefined })
          assert.strictEqual((yield* Effect.flip(store.runEvents(runId, 0))).kind, "failed")
          assert.strictEqual((yield* Effect.flip(store.runEvents(runId, 10, "nonsense"))).kind, "failed")
        }))
    })

    describe("rollups", () => {
      const rollup = (of: string, findings: ReadonlyArray<Finding>, asOf = night) =>
        rollupOf(of, { runId, asOf }, findings.map(claimantOf), new Set(findings.map(({ id }) => id)))
      const without = (rollup: Rollup): Rollup => ({ ...rollup, cells: null })
      const some = (of: string) => [
        aFinding({ account: of, tags: { team: "__proto__" }, monthlyUsd: 12.34 }),
        aFinding({ account: of, resourceId: "vol-2", confirmed: false, region: "us-east-1" }),
        aHygieneFinding({ account: of, resourceId: "sg-1", severity: "high" }),
        aHygieneFinding({ account: of, resourceId: "sg-2", kind: "notice" })
      ]

      test("are read by account, with their cells where they are asked for", (store) =>
        Effect.gen(function* () {
          const [one, two] = [rollup(account, some(account)), rollup("222222222222", some("222222222222"))]
          const all = organisationRollup({ runId, asOf: night }, [one, two])
          assert.deepStrictEqual(yield* store.rollups(), [])
          yield* store.putRollups([all, two, one])
          assert.deepStrictEqual(yield* store.rollups(), [without(one), without(two)])
          assert.deepStrictEqual(yield* store.rollups(undefined, { cells: true }), [one, two])
          assert.deepStrictEqual(yield* store.rollups([account, account, "333333333333"]), [without(one)])
          assert.deepStrictEqual(yield* store.rollups(["222222222222"], { cells: true }), [two])
          assert.deepStrictEqual(yield* store.rollups(["all"]), [all])
          assert.deepStrictEqual(yield* store.rollups([]), [])
        }))

      test("stay where they are newer", (store) =>
        Effect.gen(function* () {
          const newer = rollup(account, some(account), "2026-11-21T02:00:00.000Z")
          yield* store.putRollups([newer])
          yield* store.putRollups([rollup(account, [])])
          assert.deepStrictEqual(yield* store.rollups(undefined, { cells: true }), [newer])
          const again = rollup(account, [], "2026-11-21T02:00:00.000Z")
          yield* store.putRollups([again])
          assert.deepStrictEqual(yield* store.rollups([account], { cells: true }), [again])
        }))

      test("can have very many cells", (store) =>
        Effect.gen(function* () {
          const random = randomFrom(7)
          const word = () => random().toString(36).slice(2)
          const cells = Array.from({ length: 30_000 }, (_, index) => ({
            region: "eu-west-1",
            service: "",
            category: "cleanup",
            scan: "find_unused_volumes",
            severity: "low" as const,
            owner: `${word()}-${word()}-${index}`,
            sums: { ...noSums, confirmed: { findings: 1, monthlyUsd: Math.round(random() * 1e7) / 100 } }
          }))
          const large = { ...rollup(account, []), cells }
          yield* store.putRollups([large])
          assert.deepStrictEqual(yield* store.rollups([account], { cells: true }), [large])
        }))
    })

    test("what probes told is remembered by key, the newest answer each", (store) =>
      Effect.gen(function* () {
        const answer = (key: string, value: unknown): RememberedAnswer => ({
          key,
          identity: `${key}@1`,
          askedAt: night,
          value
        })
        const long = `arn:aws:s3:::${"x".repeat(2000)}`
        yield* store.remember(scope, "policy", [answer("a", { public: true }), answer("b", null), answer(long, 1)])
        yield* store.remember(scope, "policy", [answer("a", [])])
        yield* store.remember(scope, "location", [answer("a", "eu")])
        yield* store.remember({ account, region: "global" }, "policy", [answer("a", "global")])
        yield* store.remember(scope, "policy", [])
        const read = yield* store.remembered(scope, "policy", ["b", "a", "c", long, "a"])
        assert.sameDeepMembers([...read], [answer("a", []), answer("b", null), answer(long, 1)])
        assert.deepStrictEqual(yield* store.remembered(scope, "policy", []), [])
        assert.deepStrictEqual(yield* store.remembered(scope, "location", ["a"]), [answer("a", "eu")])
      }))

    describe("a lease", () => {
      const at = (minutes: number) => new Date(Date.parse(night) + minutes * 60_000)

      test("has one holder until it runs out or is given back", (store) =>
        Effect.gen(function* () {
          yield* TestClock.setTime(at(0).getTime())
          assert.strictEqual(yield* store.lease("run", "a", at(10)), "a")
          assert.strictEqual(yield* store.lease("run", "b", at(20)), "a")
          assert.strictEqual(yield* store.lease("scope", "b", at(10)), "b", "names do not share a holder")
          yield* TestClock.setTime(at(9).getTime())
          assert.strictEqual(yield* store.lease("run", "a", at(15)), "a", "its holder renews it")
          yield* TestClock.setTime(at(14.9).getTime())
          assert.strictEqual(yield* store.lease("run", "b", at(30)), "a")
          yield* TestClock.setTime(at(15).getTime())
          assert.strictEqual(yield* store.lease("run", "b", at(30)), "b", "it ran out")
          yield* store.release("run", "a")
          assert.strictEqual(yield* store.lease("run", "a", at(40)), "b", "only its holder gives it back")
          yield* store.release("run", "b")
          yield* store.release("run", "b")
          assert.strictEqual(yield* store.lease("run", "a", at(40)), "a")
        }))

      test("is taken by one of many that start at once", (store) =>
        Effect.gen(function* () {
          const holders = Array.from({ length: 12 }, (_, index) => `holder-${index}`)
          const answers = yield* Effect.forEach(holders, (holder) => store.lease("run", holder, at(10)), {
            concurrency: "unbounded"
          })
          assert.strictEqual(new Set(answers).size, 1)
          assert.include(holders, answers[0])
        }))
    })

    test("a cached value may be larger than an item of any database", (store) =>
      Effect.gen(function* () {
        const random = randomFrom(3)
        // Random, so that it cannot be compressed.
        const value = Array.from({ length: 60_000 }, () => `${random().toString(36)}${random().toString(36)}`)
        yield* TestClock.setTime(Date.parse(night))
        const expires = new Date(Date.parse(night) + 60_000)
        yield* store.cache("costs", ["small"], expires)
        yield* store.cache("costs", value, expires)
        assert.deepStrictEqual(yield* store.cached("costs"), value)
        yield* TestClock.adjust("1 minute")
        assert.isUndefined(yield* store.cached("costs"))
      }))

    test("reports are the newest of each scope", (store) =>
      Effect.gen(function* () {
        const newest = aReport({ asOf: "2026-11-21T02:00:00.000Z" })
        const other = aReport({ account: "222222222222" })
        yield* store.putReport(aReport())
        yield* store.putReport(newest)
        yield* store.putReport(aReport())
        yield* store.putReport(other)
        yield* store.putReport(aReport({ scan: "get_daily_cost_trend" }))
        assert.deepStrictEqual(yield* store.reports("get_cost_by_service"), [newest, other])
        assert.deepStrictEqual(yield* store.reports("get_cost_by_service", { account, region: "global/payer" }), [
          newest
        ])
        assert.deepStrictEqual(yield* store.reports("get_cost_by_service", { account, region: "global" }), [])
        const rewritten = { ...newest, report: { ...newest.report, notes: [] } }
        yield* store.putReport(rewritten)
        assert.deepStrictEqual(yield* store.reports("get_cost_by_service", newest), [rewritten])
      }))

    test("trend points are kept one per account and day, oldest first", (store) =>
      Effect.gen(function* () {
        const days = ["2026-11-20", "2026-11-18", "2026-11-19"]
        yield* store.putTrend([...days.map((day) => aTrendPoint({ day })), aTrendPoint({ account })])
        const again = aTrendPoint({ day: "2026-11-19", runId: "20261119T120000Z-b" })
        yield* store.putTrend([again])
        assert.deepStrictEqual(yield* store.trend("all", "2026-11-19"), [again, aTrendPoint()])
        assert.strictEqual((yield* store.trend("all", "2025-11-20")).length, 3)
        assert.deepStrictEqual(yield* store.trend(account, "2026-01-01"), [aTrendPoint({ account })])
        assert.deepStrictEqual(yield* store.trend("all", "2026-11-21"), [])
      }))

    describe("time", () => {
      const day = (count: number) => TestClock.adjust(`${count} days`)

      test("ends what is cached", (store) =>
        Effect.gen(function* () {
          yield* TestClock.setTime(Date.parse(night))
          const value = { usd: [1, 2.5, null], nested: { text: "é" } }
          yield* store.cache("costs", "old", new Date("2026-11-20T03:00:00.000Z"))
          yield* store.cache("costs", value, new Date("2026-11-20T14:00:00.000Z"))
          yield* store.cache("gone", 1, new Date(night))
          assert.deepStrictEqual(yield* store.cached("costs"), value)
          assert.isUndefined(yield* store.cached("gone"))
          assert.isUndefined(yield* store.cached("never"))
          yield* TestClock.adjust("719 minutes")
          assert.deepStrictEqual(yield* store.cached("costs"), value)
          yield* TestClock.adjust("1 minute")
          assert.isUndefined(yield* store.cached("costs"))
        }))

      test("ends runs, scope records, events, resolved findings and trend points, and nothing else", (store) =>
        Effect.gen(function* () {
          yield* TestClock.setTime(Date.parse(night))
          const open = aFinding()
          const closed = resolved(aFinding({ resourceId: "vol-2" }))
          yield* store.putRun(aRun())
          yield* store.putScope(aScopeRecord())
          yield* write(store, [open, closed])
          yield* store.putTrend([aTrendPoint()])
          yield* store.putReport(aReport())
          yield* store.putRollups([rollupOf(account, { runId, asOf: night }, [], new Set())])
          const kept = Effect.all({
            rollups: Effect.map(store.rollups(), ({ length }) => length),
            named: Effect.map(store.findingsNamed(closed.resource.id, 10), ({ length }) => length),
            runEvents: Effect.map(store.runEvents(runId, 10), ({ items }) => items.length),
            run: store.run(runId),
            runs: Effect.map(store.runs(10), ({ items }) => items.length),
            scopeRecord: store.scopeRecord(runId, scope),
            scopeRecords: Effect.map(store.scopeRecords(runId, account), ({ length }) => length),
            outcomes: store.latestOutcomes(scope),
            findings: everyFinding(store),
            findingsIn: Effect.map(store.findingsIn(scope, open.scan), ({ length }) => length),
            finding: store.finding(closed.id),
            history: Effect.map(store.history(open.id), ({ length }) => length),
            trend: Effect.map(store.trend("all", "2026-01-01"), ({ length }) => length),
            reports: store.reports("get_cost_by_service")
          })
          const all = {
            rollups: 1,
            named: 1,
            runEvents: 2,
            run: aRun(),
            runs: 1,
            scopeRecord: aScopeRecord(),
            scopeRecords: 1,
            outcomes: [anOutcome()],
            findings: [open, closed].sort((a, b) => (a.id < b.id ? -1 : 1)),
            findingsIn: 2,
            finding: closed,
            history: 1,
            trend: 1,
            reports: [aReport()]
          }
          yield* day(44)
          assert.deepStrictEqual(yield* kept, all)
          yield* day(1)
          const withoutScopes = { ...all, scopeRecord: undefined, scopeRecords: 0 }
          assert.deepStrictEqual(yield* kept, withoutScopes)
          yield* day(354)
          assert.deepStrictEqual(yield* kept, withoutScopes)
          yield* day(1)
          const rest = {
            ...withoutScopes,
            rollups: 0,
            named: 0,
            runEvents: 0,
            run: undefined,
            runs: 0,
            findings: [open],
            findingsIn: 1,
            finding: undefined,
            history: 0,
            trend: 0
          }
          assert.deepStrictEqual(yield* kept, rest)
          // Writing a run may clean up; it takes nothing that is still kept.
          const next = aRun({ id: "20271225T020000Z-a" })
          yield* store.putRun(next)
          assert.deepStrictEqual(yield* kept, { ...rest, runs: 1 })
        }))

      test("ends what probes told after sixty days", (store) =>
        Effect.gen(function* () {
          yield* store.remember(scope, "policy", [{ key: "a", identity: "1", askedAt: night, value: 1 }])
          yield* day(59)
          assert.strictEqual((yield* store.remembered(scope, "policy", ["a"])).length, 1)
          yield* day(1)
          assert.deepStrictEqual(yield* store.remembered(scope, "policy", ["a"]), [])
        }))

      test("does not end a finding that was reopened", (store) =>
        Effect.gen(function* () {
          const finding = aFinding()
          yield* write(store, [resolved(finding)])
          yield* write(store, [finding])
          yield* day(500)
          assert.deepStrictEqual(yield* store.finding(finding.id), finding)
          assert.deepStrictEqual(yield* store.findingsNamed(finding.resource.arn, 10), [finding])
        }))
    })
  })
}
