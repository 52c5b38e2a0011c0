/** What every store does. Run on each layer by the test file of that layer. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import { TestClock } from "effect/testing"
import type { Finding } from "../../../core/finding/Finding.ts"
import { type FindingQuery, Store, StoreError } from "../../../core/store/Store.ts"
import {
  account,
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

const expected = (findings: ReadonlyArray<Finding>) =>
  ids([...findings].sort((a, b) => b.savings.monthlyUsd - a.savings.monthlyUsd || (a.id < b.id ? -1 : 1)))

/** Runs the suite; `layer` gives an empty store to each test. */
export const storeContract = (name: string, layer: Layer.Layer<Store, unknown>) => {
  const test = (title: string, body: (store: StoreShape) => Effect.Effect<unknown, unknown>) =>
    it.effect(title, () => Effect.flatMap(Store, body).pipe(Effect.provide(layer)), 30_000)

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
            name: `Konto Nr. ${index} – Zürich`,
            payer: false
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
          assert.deepStrictEqual(yield* store.latestOutcomes({ account, region: "global" }), [])
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
          const findings = Array.from({ length: 60 }, (_, index) =>
            aFinding({ resourceId: `vol-${index}`, monthlyUsd: index })
          )
          yield* write(store, findings)
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

      test("come largest saving first, and none is lost or doubled from page to page", (store) =>
        Effect.gen(function* () {
          const savings = [1200.5, 1200.5, 0, 0.004, 3.1, 3.1, 3.1, 3.1, 1_000_000]
          const findings = Array.from({ length: 45 }, (_, index) =>
            aFinding({ resourceId: `vol-${index}`, monthlyUsd: savings[index % savings.length] ?? 0 })
          )
          yield* write(store, findings)
          // Less than a cent is no difference.
          const order = expected(
            findings.map((finding) =>
              finding.savings.monthlyUsd === 0.004
                ? { ...finding, savings: { ...finding.savings, monthlyUsd: 0 } }
                : finding
            )
          )
          assert.deepStrictEqual(ids(yield* everyFinding(store)), order)
          for (const limit of [1, 7, 44, 45]) {
            const read = yield* pages(store, { limit, accounts: [account] })
            assert.deepStrictEqual(ids(read.flat()), order, `limit ${limit}`)
            assert.strictEqual(read.length, Math.ceil(45 / limit), `full pages of ${limit}`)
          }
          for (const query of [{}, { scans: [aFinding().scan] }, { status: "open" as const }]) {
            assert.deepStrictEqual(ids((yield* pages(store, { limit: 13, ...query })).flat()), order)
          }
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
          assert.strictEqual(cursor, Buffer.from(JSON.stringify({ cents: 900, id: order[2] })).toString("base64url"))
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
          assert.deepStrictEqual(ids(yield* everyFinding(store, { status: "open" })), [small.id])
          assert.deepStrictEqual(yield* everyFinding(store, { status: "resolved" }), [resolved(after)])
        }))

      test("are filtered", (store) =>
        Effect.gen(function* () {
          const accounts = [account, "222222222222", "333333333333"]
          const regions = ["eu-west-1", "us-east-1"]
          const scans = ["find_unattached_ebs_volumes", "find_old_snapshots", "find_idle_nat_gateways"]
          const tags = [{}, { owner: "ann" }, { Team: "blue" }, { team: "ann", Owner: "bob" }]
          const findings = Array.from({ length: 96 }, (_, index) => {
            const finding = aFinding({
              resourceId: `r-${index}`,
              account: accounts[index % 3] ?? "",
              region: regions[Math.floor(index / 3) % 2] ?? "",
              scan: scans[Math.floor(index / 5) % 3] ?? "",
              category: index % 5 === 0 ? "network" : "cleanup",
              confirmed: index % 7 !== 0,
              tags: tags[index % 4] ?? {},
              monthlyUsd: (index * index) / 4
            })
            return index % 6 === 1 ? resolved(finding) : finding
          })
          yield* write(store, findings)
          const cases: ReadonlyArray<readonly [Partial<FindingQuery>, (finding: Finding) => boolean]> = [
            [{}, () => true],
            [{ status: "open" }, ({ status }) => status === "open"],
            [{ status: "resolved" }, ({ status }) => status === "resolved"],
            [{ scans: [scans[1] ?? ""] }, ({ scan }) => scan === scans[1]],
            [{ scans: scans.slice(1) }, ({ scan }) => scan !== scans[0]],
            [{ categories: ["network"] }, ({ category }) => category === "network"],
            [{ accounts: ["222222222222", "333333333333"] }, (finding) => finding.account !== account],
            [{ accounts: [account, account] }, (finding) => finding.account === account],
            [{ regions: ["us-east-1"] }, ({ region }) => region === "us-east-1"],
            [{ severities: ["critical", "low"] }, ({ severity }) => severity === "critical" || severity === "low"],
            [{ owner: "ann" }, ({ resource }) => resource.tags.owner === "ann"],
            [{ owner: "bob" }, ({ resource }) => resource.tags.Owner === "bob"],
            [{ owner: "blue" }, ({ resource }) => resource.tags.Team === "blue"],
            [{ owner: "nobody" }, () => false],
            [{ confirmed: true }, ({ confirmed }) => confirmed],
            [{ confirmed: false }, ({ confirmed }) => !confirmed],
            [{ minMonthlyUsd: 0 }, () => true],
            [{ minMonthlyUsd: 625 }, ({ savings }) => savings.monthlyUsd >= 625],
            [{ minMonthlyUsd: 625.01 }, ({ savings }) => savings.monthlyUsd > 625],
            [{ minMonthlyUsd: 1e12 }, () => false],
            [{ scans: [] }, () => false],
            [{ accounts: [] }, () => false],
            [{ categories: [] }, () => false],
            [
              { owner: "ann", status: "open", accounts: [account], minMonthlyUsd: 30 },
              (f) =>
                f.resource.tags.owner === "ann" &&
                f.status === "open" &&
                f.account === account &&
                f.savings.monthlyUsd >= 30
            ],
            [
              { accounts: [account], scans: scans.slice(0, 2), regions: ["eu-west-1"], confirmed: true },
              (f) => f.account === account && f.scan !== scans[2] && f.region === "eu-west-1" && f.confirmed
            ],
            [
              { scans: [scans[0] ?? ""], severities: ["critical"], categories: ["cleanup"], status: "open" },
              (f) => f.scan === scans[0] && f.severity === "critical" && f.category === "cleanup" && f.status === "open"
            ]
          ]
          for (const [query, predicate] of cases) {
            const wanted = expected(findings.filter(predicate))
            assert.deepStrictEqual(ids(yield* everyFinding(store, query)), wanted, JSON.stringify(query))
            assert.deepStrictEqual(
              ids((yield* pages(store, { limit: 20, ...query })).flat()),
              wanted,
              JSON.stringify(query)
            )
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
            Buffer.from('{"cents":"1","id":2}').toString("base64url"),
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
    })

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
          const kept = Effect.all({
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

      test("does not end a finding that was reopened", (store) =>
        Effect.gen(function* () {
          const finding = aFinding()
          yield* write(store, [resolved(finding)])
          yield* write(store, [finding])
          yield* day(500)
          assert.deepStrictEqual(yield* store.finding(finding.id), finding)
        }))
    })
  })
}
