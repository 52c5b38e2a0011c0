import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Outcome, OutcomeReason } from "../../core/run/Outcome.ts"
import type { Run } from "../../core/run/Run.ts"
import { addOutcomes, noCoverage, noSummary, organisationRollup, rollupOf } from "../../core/run/totals.ts"
import { globalRegion, payerRegion } from "../../core/Scope.ts"
import { Store } from "../../core/store/Store.ts"
import { layerMemory } from "../../core/store/sqlite/sqlite.ts"
import { newestFull } from "../../query/runs.ts"
import { standing, type StandingRequest } from "../../query/standing.ts"
import { anOutcome, aRun, recordOfOutcome } from "../core/store/fixtures.ts"

const [one, two, payer] = ["111111111111", "222222222222", "999999999999"]
const [before, night, later] = ["2026-11-19T02:00:00.000Z", "2026-11-20T02:00:00.000Z", "2026-11-20T14:00:00.000Z"]

const denied: OutcomeReason = { code: "denied_by_iam", message: "denied by IAM", operations: ["ec2:DescribeVolumes"] }

const outcome = (
  account: string,
  region: string,
  scan: string,
  asOf = night,
  overrides: Partial<Outcome> = {}
): Outcome => anOutcome({ account, region, scan, asOf, lastComplete: asOf, ...overrides })

const unseen = (account: string, region: string, scan: string, lastComplete: string | null = null, asOf = night) =>
  outcome(account, region, scan, asOf, { status: "unavailable", reason: denied, lastComplete })

const full = (overrides: Partial<Run["plan"]> = {}): Run =>
  aRun({
    status: "complete",
    startedAt: night,
    plan: {
      ...aRun().plan,
      accounts: [one, two].map((id) => ({ id, name: "" })),
      payers: [payer],
      scans: ["volumes", "buckets", "bill"].map((name) => ({ name, settings: {} })),
      ...overrides
    }
  })

/** Two accounts in two regions, a global scan, and a payer outside of the audit. */
const usual: ReadonlyArray<Outcome> = [
  outcome(one, "eu-west-1", "volumes"),
  outcome(one, "us-east-1", "volumes"),
  outcome(one, globalRegion, "buckets"),
  outcome(two, "eu-west-1", "volumes"),
  outcome(two, globalRegion, "buckets"),
  outcome(payer, payerRegion, "bill")
]

const stored = Effect.fnUntraced(function* (outcomes: ReadonlyArray<Outcome>, run: Run | null = full()) {
  const store = yield* Store
  if (run !== null) yield* store.putRun(run)
  for (const one of outcomes) yield* store.putScope(recordOfOutcome(one))
})

const asked = (request?: StandingRequest) =>
  Effect.map(standing(request), ({ asOf, coverage, notScanned, pairs, run }) => ({
    asOf,
    seen: `${coverage.complete + coverage.partial} of ${coverage.expected}`,
    gaps: notScanned.map(
      ({ accounts, outcomes, reason, regions, scans }) =>
        `${outcomes} ${reason.message}: ${[accounts, regions, scans].map((names) => names.join(" ")).join(", ")}`
    ),
    pairs: pairs?.map(({ scan, scope }) => `${scope.account} ${scope.region} ${scan}`) ?? null,
    run: run?.id ?? null
  }))

const test = (title: string, body: Effect.Effect<unknown, unknown, Store>) =>
  it.effect(title, () => Effect.provide(body, layerMemory))

describe("standing", () => {
  test(
    "is as of when the scope that waits longest was complete, and names what was not seen",
    Effect.gen(function* () {
      yield* stored([
        ...usual.slice(1),
        unseen(one, "eu-west-1", "volumes", before),
        unseen(one, "sa-east-1", "volumes"),
        outcome(one, "eu-north-1", "volumes", night, { status: "not_applicable", lastComplete: null })
      ])
      assert.deepStrictEqual(yield* asked({ scans: ["volumes"] }), {
        asOf: before,
        seen: "2 of 5",
        gaps: ["2 denied by IAM: 111111111111, eu-west-1 sa-east-1, volumes"],
        pairs: [
          "111111111111 eu-north-1 volumes",
          "111111111111 eu-west-1 volumes",
          "111111111111 sa-east-1 volumes",
          "111111111111 us-east-1 volumes",
          "222222222222 eu-west-1 volumes"
        ],
        run: null
      })
      const { notApplicable, unavailable } = (yield* standing({ scans: ["volumes"] })).coverage
      assert.deepStrictEqual([notApplicable, unavailable], [1, 2])
      assert.strictEqual((yield* asked({ regions: ["eu-north-1"], scans: ["volumes"] })).asOf, night, "nothing applies")
      assert.isNull((yield* asked({ regions: ["sa-east-1"], scans: ["volumes"] })).asOf, "never complete")
      assert.strictEqual((yield* asked()).seen, "5 of 8")
    })
  )

  test(
    "rests on what is read once per account and organisation where the scan is read so",
    Effect.gen(function* () {
      yield* stored(usual)
      const pairs = (request: StandingRequest) =>
        Effect.map(asked(request), ({ gaps, pairs }) => [...(pairs ?? []), ...gaps])
      assert.deepStrictEqual(yield* pairs({ regions: ["us-east-1"], scans: ["volumes"] }), [
        "111111111111 us-east-1 volumes"
      ])
      assert.deepStrictEqual(yield* pairs({ accounts: [two], regions: ["eu-west-1"], scans: ["buckets"] }), [
        "222222222222 global buckets"
      ])
      assert.deepStrictEqual(yield* pairs({ accounts: [two], scans: ["bill"] }), ["999999999999 global/payer bill"])
      assert.deepStrictEqual(yield* pairs({ accounts: [two] }), [
        "222222222222 eu-west-1 volumes",
        "222222222222 global buckets",
        "999999999999 global/payer bill"
      ])
    })
  )

  test(
    "knows live scans that are newer than the night",
    Effect.gen(function* () {
      yield* stored(usual)
      const store = yield* Store
      const live = {
        ...full({ full: false, accounts: [{ id: one, name: "" }], payers: [] }),
        id: "20261120T140000Z-live"
      }
      yield* store.putRun({ ...live, startedAt: later })
      yield* store.putScope(recordOfOutcome(outcome(one, "eu-west-1", "volumes", later)))
      assert.strictEqual((yield* asked({ accounts: [one], regions: ["eu-west-1"], scans: ["volumes"] })).asOf, later)
      assert.strictEqual((yield* asked({ scans: ["volumes"] })).asOf, night)
      assert.strictEqual((yield* asked()).seen, "6 of 6", "the other accounts are still there")
    })
  )

  test(
    "leaves out what the night was not about, unless it is asked for by name",
    Effect.gen(function* () {
      const left = "333333333333"
      yield* stored([
        ...usual,
        outcome(one, "eu-south-1", "volumes", before),
        outcome(one, "eu-west-1", "dropped", before),
        outcome(left, "eu-west-1", "volumes", before)
      ])
      assert.deepInclude(yield* asked(), { asOf: night, seen: "6 of 6", gaps: [] })
      assert.deepInclude(yield* asked({ regions: ["eu-south-1"], scans: ["volumes"] }), {
        asOf: before,
        seen: "1 of 1",
        gaps: []
      })
      assert.deepInclude(yield* asked({ accounts: [left], scans: ["volumes"] }), {
        asOf: before,
        seen: "1 of 1",
        gaps: []
      })
      assert.deepInclude(yield* asked({ accounts: [one], scans: ["dropped"] }), {
        asOf: before,
        seen: "1 of 1",
        gaps: []
      })
      assert.deepInclude(yield* asked({ accounts: [one] }), { asOf: night, seen: "4 of 4" })
    })
  )

  test(
    "says of an account that could not be entered that nothing newer is known, until all of it was judged again",
    Effect.gen(function* () {
      const old = usual.map((each) => (each.account === two ? { ...each, asOf: before, lastComplete: before } : each))
      const shut: OutcomeReason = { code: "account_not_entered", message: "the account could not be entered" }
      const record = (scan: string) =>
        outcome(two, "*", scan, night, { status: "unavailable", reason: shut, lastComplete: null })
      yield* stored([...old, outcome(two, "us-east-1", "volumes", before), record("volumes"), record("buckets")])
      const gap = "the account could not be entered: 222222222222, *"
      assert.deepInclude(yield* asked({ accounts: [two], scans: ["volumes"] }), {
        asOf: before,
        seen: "2 of 3",
        gaps: [`1 ${gap}, volumes`]
      })
      assert.deepInclude(yield* asked(), { asOf: before, seen: "7 of 9", gaps: [`2 ${gap}, buckets volumes`] })
      const store = yield* Store
      yield* store.putScope(recordOfOutcome(outcome(two, "eu-west-1", "volumes", later)))
      assert.deepInclude(yield* asked({ accounts: [two], scans: ["volumes"] }), { asOf: before, seen: "2 of 3" })
      yield* store.putScope(recordOfOutcome(outcome(two, "us-east-1", "volumes", later)))
      assert.deepInclude(yield* asked({ accounts: [two], scans: ["volumes"] }), {
        asOf: later,
        seen: "2 of 2",
        gaps: []
      })
    })
  )

  test(
    "names accounts, regions and scans that no run has scanned",
    Effect.gen(function* () {
      yield* stored([...usual, outcome(one, "eu-west-1", "tried", later)])
      assert.deepInclude(yield* asked({ accounts: [one, "444444444444"], scans: ["volumes"] }), {
        asOf: night,
        seen: "2 of 3",
        gaps: ["1 no run has scanned this account: 444444444444, , volumes"]
      })
      assert.deepInclude(yield* asked({ regions: ["mars-1"], scans: ["volumes"] }), {
        asOf: null,
        seen: "0 of 2",
        gaps: ["1 no run has scanned this region: , mars-1, volumes", "1 no run has made this scan: , , volumes"]
      })
      assert.deepInclude(yield* asked({ scans: ["volumes", "unheard"] }), {
        asOf: night,
        seen: "3 of 4",
        gaps: ["1 no run has made this scan: , , unheard"]
      })
      assert.deepInclude(yield* asked({ scans: ["tried"] }), {
        asOf: later,
        seen: "1 of 2",
        gaps: ["1 no run has made this scan in this account: 222222222222, , tried"]
      })
    })
  )

  test(
    "says that no audit has run yet, and rests on narrower ones where there are some",
    Effect.gen(function* () {
      const nothing = { asOf: null, seen: "0 of 0", gaps: ["0 no audit has run yet: , , "], pairs: [], run: null }
      assert.deepStrictEqual(yield* asked(), nothing)
      assert.deepStrictEqual(yield* asked({ accounts: [one], scans: ["volumes"] }), nothing)
      yield* stored(
        [outcome(one, "eu-west-1", "volumes")],
        full({ full: false, accounts: [{ id: one, name: "" }], payers: [] })
      )
      assert.deepInclude(yield* asked(), { asOf: night, seen: "1 of 1", gaps: [] })
    })
  )

  const many = Array.from({ length: 60 }, (_, index) => String(100_000_000_000 + index))
  const large = (byScan = true): Effect.Effect<void, unknown, Store> =>
    Effect.gen(function* () {
      const store = yield* Store
      const coverageOf = (account: string, index: number) =>
        addOutcomes(noCoverage, [
          index === 7 ? unseen(account, "eu-west-1", "volumes", before) : outcome(account, "eu-west-1", "volumes"),
          outcome(account, globalRegion, "buckets", night, { lastComplete: later })
        ])
      const plan = { ...full().plan, accounts: many.map((id) => ({ id, name: "" })), payers: [] }
      const all = many.map((id, index) => ({ id, coverage: coverageOf(id, index) }))
      const whole = addOutcomes(
        noCoverage,
        many.flatMap((account, index) => [
          index === 7 ? unseen(account, "eu-west-1", "volumes", before) : outcome(account, "eu-west-1", "volumes"),
          outcome(account, globalRegion, "buckets", night, { lastComplete: later })
        ])
      )
      const coverage = byScan ? whole : { ...whole, byScan: {} }
      yield* store.putRun({ ...full(), plan, summary: { ...noSummary, coverage } })
      for (const { coverage, id } of all)
        yield* store.putAccountSummary({ runId: full().id, account: id, summary: { ...noSummary, coverage } })
    })

  test(
    "takes the figures of the whole run where scopes are many, and says so",
    Effect.gen(function* () {
      yield* large()
      const gap = "1 denied by IAM: 100000000007, eu-west-1, volumes"
      const run = full().id
      assert.deepStrictEqual(yield* asked(), { asOf: before, seen: "119 of 120", gaps: [gap], pairs: null, run })
      assert.deepInclude(yield* asked({ scans: ["volumes"] }), { asOf: before, seen: "59 of 60", gaps: [gap] })
      assert.deepInclude(yield* asked({ scans: ["buckets"] }), { asOf: later, seen: "60 of 60", gaps: [] })
      assert.deepInclude(yield* asked({ regions: ["us-east-1"] }), { seen: "119 of 120", gaps: [] })
      assert.deepInclude(yield* asked({ scans: ["buckets", "unheard"] }), {
        seen: "60 of 61",
        gaps: ["1 the newest audit did not make this scan: , , unheard"]
      })
      const most = many.filter((_, index) => index !== 7).slice(0, 55)
      assert.deepInclude(yield* asked({ accounts: [...most, one], scans: ["volumes"] }), {
        asOf: night,
        seen: "55 of 56",
        gaps: ["1 the newest audit did not scan this account: 111111111111, , "],
        run
      })
    })
  )

  test(
    "takes the start of a run that did not count scan by scan",
    Effect.gen(function* () {
      yield* large(false)
      assert.deepInclude(yield* asked({ scans: ["volumes"] }), { asOf: night, seen: "119 of 120" })
    })
  )

  test(
    "names at most twenty gaps, the largest first",
    Effect.gen(function* () {
      yield* stored(
        Array.from({ length: 25 }, (_, index) =>
          outcome(one, "eu-west-1", `scan-${index}`, night, {
            status: "partial",
            reason: { code: "throttled", message: "throttled", operations: [`ec2:Call${index}`] }
          })
        ).concat(unseen(one, "eu-west-1", "volumes"), unseen(two, "eu-west-1", "volumes"))
      )
      const { moreGaps, notScanned } = yield* standing({ accounts: [one, two] })
      assert.strictEqual(notScanned.length, 20)
      assert.strictEqual(moreGaps, 6)
      assert.strictEqual(notScanned[0]?.outcomes, 2)
    })
  )
})

describe("newestFull", () => {
  test(
    "is the newest whole run, however many narrower ones came after it",
    Effect.gen(function* () {
      const store = yield* Store
      assert.isUndefined(yield* newestFull())
      const narrow = (index: number): Run => ({
        ...full({ full: false }),
        id: `20261121T${String(index).padStart(6, "0")}Z-live`
      })
      for (let index = 0; index < 60; index += 1) yield* store.putRun(narrow(index))
      assert.isUndefined(yield* newestFull())
      yield* store.putRun(full())
      assert.isUndefined(yield* newestFull(), "further back than is looked")
      const rollup = rollupOf(one, { runId: full().id, asOf: night }, [], new Set())
      yield* store.putRollups([organisationRollup(rollup, [rollup])])
      assert.strictEqual((yield* newestFull())?.id, full().id)
      const running = { ...full(), id: "20261122T020000Z-x", status: "running" as const }
      yield* store.putRun(running)
      assert.strictEqual((yield* newestFull())?.id, full().id)
      yield* store.putRun({ ...running, status: "complete" })
      assert.strictEqual((yield* newestFull())?.id, running.id)
    })
  )
})
