/** How fresh and how whole an answer is: as of when what it rests on was judged, and what was not looked at. */
import * as Effect from "effect/Effect"
import type { Outcome } from "../core/run/Outcome.ts"
import type { Coverage, Run } from "../core/run/Run.ts"
import {
  addCounts,
  addCoverage,
  coverageOf,
  earlier,
  maxNamed,
  noCounts,
  noCoverage,
  noScanCoverage,
  type StatusCounts
} from "../core/run/totals.ts"
import { everyRegion, globalRegion, payerRegion, type Scope } from "../core/Scope.ts"
import { Store, type StoreError } from "../core/store/Store.ts"
import { accountsOf, coverage as coverageOfRun } from "./coverage.ts"
import { newestComplete, newestFull } from "./runs.ts"

/** What an answer is about. Absent fields are everything. */
export interface StandingRequest {
  readonly accounts?: ReadonlyArray<string> | undefined
  /** What is read once per account or organisation is behind an answer about any region. */
  readonly regions?: ReadonlyArray<string> | undefined
  readonly scans?: ReadonlyArray<string> | undefined
}

/** Something that was not looked at, with the accounts, regions and scans that it hit. */
export type NotScanned = Coverage["gaps"][number]

export interface Standing {
  /**
   * ISO instant as of which the scope that waits longest was judged completely, of those behind the answer that ever were;
   * null where none was. Never the time of the question.
   */
  readonly asOf: string | null
  /** Pairs of scope and scan. What no run has scanned is expected, and unavailable. */
  readonly coverage: StatusCounts
  /** What was seen in part, not at all, or never scanned: each gap once, the largest first, at most 20. */
  readonly notScanned: ReadonlyArray<NotScanned>
  /** How many gaps there are besides. */
  readonly moreGaps: number
  /** Each pair of scope and scan as its newest outcome; null where they are too many, and the figures are those of `run`. */
  readonly pairs: ReadonlyArray<{ readonly scope: Scope; readonly scan: string; readonly outcome: Outcome }> | null
  /**
   * The whole run that the figures are from: those of the accounts and scans that were asked for, over all regions. Null where
   * the newest outcomes were read one by one, whichever runs they are from.
   */
  readonly run: Pick<Run, "id" | "startedAt"> | null
}

/** Outcomes are read one by one in at most so many accounts and scopes. */
const maxAccounts = 50
const maxScopes = 200
const maxGaps = 20

/** Where no whole audit tells which accounts there are, so many of the newest runs do. */
const runsLookedAt = 10

const setOf = (names: ReadonlyArray<string> | undefined): ReadonlySet<string> | undefined =>
  names === undefined ? undefined : new Set(names)

const sorted = (names: Iterable<string>): ReadonlyArray<string> => [...new Set(names)].sort()

const isEverywhere = (region: string): boolean =>
  region === globalRegion || region === payerRegion || region === everyRegion

/** A request with sets, and what the newest whole run had to see; undefined where there is none. */
interface Question {
  readonly accounts: ReadonlySet<string> | undefined
  readonly regions: ReadonlySet<string> | undefined
  readonly scans: ReadonlySet<string> | undefined
  readonly run: Run | undefined
}

/** What nobody scanned, in one gap; none where it is nothing. */
const neverScanned = (
  message: string,
  { accounts = [], regions = [], scans = [] }: Partial<Record<"accounts" | "regions" | "scans", Iterable<string>>>,
  outcomes: number
): ReadonlyArray<NotScanned> => {
  if (outcomes === 0) return []
  const named = sorted(accounts)
  return [
    {
      reason: { code: "not_scanned", message },
      outcomes,
      accounts: named.slice(0, maxNamed),
      moreAccounts: Math.max(0, named.length - maxNamed),
      regions: sorted(regions),
      scans: sorted(scans)
    }
  ]
}

const standingOf = (
  { asOf, counts, gaps }: { asOf: string | null; counts: StatusCounts; gaps: ReadonlyArray<NotScanned> },
  never: ReadonlyArray<NotScanned>,
  from: Pick<Standing, "pairs" | "run">
): Standing => {
  const missing = never.reduce((sum, { outcomes }) => sum + outcomes, 0)
  const all = [...gaps, ...never].sort((a, b) => b.outcomes - a.outcomes)
  return {
    asOf,
    coverage: addCounts(counts, { ...noCounts, expected: missing, unavailable: missing }),
    notScanned: all.slice(0, maxGaps),
    moreGaps: Math.max(0, all.length - maxGaps),
    ...from
  }
}

/** As of when the oldest of these was complete. Where nothing applies, that is as fresh as its outcomes. */
const oldestOf = (outcomes: ReadonlyArray<Outcome>): string | null => {
  const applying = outcomes.filter(({ status }) => status !== "not_applicable")
  return applying.length === 0
    ? outcomes.reduce<string | null>((oldest, { asOf }) => earlier(oldest, asOf), null)
    : applying.reduce<string | null>((oldest, { lastComplete }) => earlier(oldest, lastComplete), null)
}

/** `account/scan` */
const placeOf = ({ account, scan }: Pick<Outcome, "account" | "scan">): string => `${account}/${scan}`

/**
 * The outcomes that an answer rests on. What is older than the newest whole run was not there for it: a region that was switched
 * off, an account that left, a scan that was dropped. It counts where it is asked for by name.
 *
 * The record of an account that could not be entered stands for all its regions, beside what was last seen in them, until each
 * of them was judged again.
 */
const currentOf = (outcomes: ReadonlyArray<Outcome>, question: Question): ReadonlyArray<Outcome> => {
  const { run } = question
  const isNew = ({ asOf }: Outcome) => run === undefined || asOf >= run.startedAt
  const oldest = new Map<string, string>()
  for (const outcome of outcomes) {
    if (outcome.region === everyRegion) continue
    const place = placeOf(outcome)
    oldest.set(place, earlier(oldest.get(place) ?? null, outcome.asOf) ?? outcome.asOf)
  }
  const shut = new Set<string>()
  for (const outcome of outcomes) {
    const seen = oldest.get(placeOf(outcome))
    if (outcome.region === everyRegion && isNew(outcome) && (seen === undefined || seen <= outcome.asOf))
      shut.add(placeOf(outcome))
  }
  const planned = run === undefined ? undefined : { accounts: accountsOf(run), scans: scansOf(run) }
  const isNamed = ({ account, region, scan }: Outcome): boolean => {
    // Of accounts that are not the run's own only those are read that are asked for.
    const left = planned?.accounts.has(account) === false
    const dropped = planned?.scans.has(scan) === false
    return (!dropped || question.scans !== undefined) && (left || dropped || question.regions?.has(region) === true)
  }
  return outcomes.filter((outcome) =>
    outcome.region === everyRegion
      ? shut.has(placeOf(outcome))
      : isNew(outcome) || shut.has(placeOf(outcome)) || isNamed(outcome)
  )
}

const scansOf = ({ plan }: Run): ReadonlySet<string> => new Set(plan.scans.map(({ name }) => name))

/** What of the question no outcome is about. */
const missingIn = (
  { accounts, regions, run, scans }: Question,
  outcomes: ReadonlyArray<Outcome>,
  about: ReadonlySet<string>,
  known: ReadonlyMap<string, ReadonlyArray<string>>
): ReadonlyArray<NotScanned> => {
  const seen = new Set(outcomes.map(({ account }) => account))
  const unknown = [...(accounts ?? [])].filter((account) => known.get(account)?.length === 0 && !seen.has(account))
  const made = new Map<string, Array<Outcome>>()
  for (const outcome of outcomes) made.set(outcome.scan, [...(made.get(outcome.scan) ?? []), outcome])

  const never = [...(scans ?? [])].filter((scan) => !made.has(scan))
  // What the whole run made, it made wherever it had to. Another scan was made only where somebody asked for it.
  const planned = run === undefined ? new Set<string>() : scansOf(run)
  const elsewhere = [...(scans ?? [])].flatMap((scan) => {
    const found = made.get(scan) ?? []
    if (planned.has(scan) || found.every(({ region }) => region === payerRegion)) return []
    const there = new Set(found.map(({ account }) => account))
    return [...about]
      .filter((account) => !there.has(account) && known.get(account)?.some((region) => region !== payerRegion))
      .map((account) => ({ account, scan }))
  })
  const listed = new Set([...known.values()].flat())
  const onlyEverywhere =
    outcomes.length > 0 &&
    scans !== undefined &&
    never.length === 0 &&
    outcomes.every(({ region }) => isEverywhere(region))
  const dark = onlyEverywhere ? [] : [...(regions ?? [])].filter((region) => !listed.has(region))
  return [
    ...neverScanned("no run has scanned this account", { accounts: unknown, scans: scans ?? [] }, unknown.length),
    ...neverScanned("no run has scanned this region", { regions: dark, scans: scans ?? [] }, dark.length),
    ...neverScanned("no run has made this scan", { scans: never, accounts: accounts ?? [] }, never.length),
    ...neverScanned(
      "no run has made this scan in this account",
      { accounts: elsewhere.map(({ account }) => account), scans: elsewhere.map(({ scan }) => scan) },
      elsewhere.length
    )
  ]
}

const concurrency = 16

/** The standing by the newest outcome of each scope and scan; undefined where those are too many. */
const byOutcomes = Effect.fnUntraced(function* (
  question: Question,
  about: ReadonlySet<string>,
  payers: ReadonlyArray<string>
): Effect.fn.Return<Standing | undefined, StoreError, Store> {
  if (about.size > maxAccounts) return undefined
  const store = yield* Store
  const { regions, scans } = question
  const known = new Map(
    yield* Effect.forEach(
      about,
      (account) => Effect.map(store.regionsOf(account), (found) => [account, found] as const),
      { concurrency }
    )
  )
  const scopes: ReadonlyArray<Scope> = [...known].flatMap(([account, found]) =>
    found
      .filter((region) => regions === undefined || regions.has(region) || isEverywhere(region))
      .map((region) => ({ account, region }))
  )
  if (scopes.length > maxScopes) return undefined
  // Findings about any account can be the payer's.
  const others = payers.filter((payer) => !about.has(payer)).map((account) => ({ account, region: payerRegion }))
  const shut = [...about].map((account) => ({ account, region: everyRegion }))
  const names = scans === undefined ? undefined : [...scans]
  const read = yield* Effect.forEach([...scopes, ...others, ...shut], (scope) => store.latestOutcomes(scope, names), {
    concurrency
  })
  const outcomes = currentOf(read.flat(), question)
  const never = missingIn(question, outcomes, about, known)
  const nothing = outcomes.length === 0 && question.run === undefined
  const { byScan: _, gaps, ...counts } = coverageOf(outcomes)
  return standingOf({ asOf: oldestOf(outcomes), counts, gaps: nothing ? [noAudit] : gaps }, nothing ? [] : never, {
    pairs: outcomes.map((outcome) => ({
      scope: { account: outcome.account, region: outcome.region },
      scan: outcome.scan,
      outcome
    })),
    run: null
  })
})

const noAudit: NotScanned = {
  reason: { code: "not_scanned", message: "no audit has run yet" },
  outcomes: 0,
  accounts: [],
  moreAccounts: 0,
  regions: [],
  scans: []
}

/** The gap as far as it is about the question; undefined where it is not. */
const gapIn =
  ({ accounts, regions, scans }: Question) =>
  (gap: NotScanned): ReadonlyArray<NotScanned> => {
    const within = (names: ReadonlyArray<string>, wanted: ReadonlySet<string> | undefined) =>
      wanted === undefined ? names : names.filter((name) => wanted.has(name))
    const narrowed = {
      accounts: within(gap.accounts, accounts),
      regions: regions === undefined ? gap.regions : gap.regions.filter((one) => regions.has(one) || isEverywhere(one)),
      scans: within(gap.scans, scans)
    }
    // Of many accounts a gap names a few: the one that is asked for may be among the others.
    const isAbout =
      (narrowed.accounts.length > 0 || gap.moreAccounts > 0) && narrowed.regions.length > 0 && narrowed.scans.length > 0
    return isAbout ? [{ ...gap, ...narrowed }] : []
  }

/** The standing by what a run summed up at its end. */
const byRun = Effect.fnUntraced(function* (
  question: Question,
  run: Run
): Effect.fn.Return<Standing, StoreError, Store> {
  const store = yield* Store
  const { accounts, scans } = question
  const coverage: Coverage =
    accounts === undefined
      ? yield* coverageOfRun(run)
      : (yield* store.accountSummaries(run.id, [...accounts])).reduce(
          (sum, { summary }) => addCoverage(sum, summary.coverage),
          noCoverage
        )
  const made = Object.entries(coverage.byScan).filter(([scan]) => scans?.has(scan) ?? true)
  const one = made.reduce(
    (sum, [, more]) => ({ ...addCounts(sum, more), oldest: earlier(sum.oldest, more.oldest) }),
    noScanCoverage
  )
  // A run of an older version did not count scan by scan.
  const isOld = coverage.expected > 0 && Object.keys(coverage.byScan).length === 0
  const { byScan: _, gaps, ...all } = coverage
  const { oldest, ...counts } = isOld ? { ...all, oldest: coverage.complete > 0 ? run.startedAt : null } : one
  const planned = { accounts: accountsOf(run), scans: scansOf(run) }
  const unknown = [...(accounts ?? [])].filter((account) => !planned.accounts.has(account))
  const never = [...(scans ?? [])].filter((scan) => !planned.scans.has(scan))
  return standingOf(
    { asOf: oldest, counts, gaps: gaps.flatMap(gapIn(question)) },
    [
      ...neverScanned("the newest audit did not scan this account", { accounts: unknown }, unknown.length),
      ...neverScanned("the newest audit did not make this scan", { scans: never }, never.length)
    ],
    { pairs: null, run: { id: run.id, startedAt: run.startedAt } }
  )
})

/**
 * How fresh and how whole an answer about these accounts, regions and scans is. Where the scopes behind it are few, their newest
 * outcomes say so, whichever runs they are from; otherwise the newest whole run does.
 */
export const standing = Effect.fn("query.standing")(function* (
  request: StandingRequest = {}
): Effect.fn.Return<Standing, StoreError, Store> {
  const store = yield* Store
  const run = yield* newestFull()
  const runs = run === undefined ? (yield* store.runs(runsLookedAt)).items : [run]
  const question: Question = {
    accounts: setOf(request.accounts),
    regions: setOf(request.regions),
    scans: setOf(request.scans),
    run
  }
  const about = question.accounts ?? new Set(runs.flatMap((one) => [...accountsOf(one)]))
  const payers = sorted(runs.flatMap(({ plan }) => plan.payers))
  const found = yield* byOutcomes(question, about, payers)
  if (found !== undefined) return found
  const whole = run ?? (yield* newestComplete()) ?? runs[0]
  return whole === undefined
    ? standingOf({ asOf: null, counts: noCounts, gaps: [noAudit] }, [], { pairs: [], run: null })
    : yield* byRun(question, whole)
})
