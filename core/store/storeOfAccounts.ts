/** A store in which only some accounts exist, for a caller who may see no others. Whatever asks it need not know that. */
import * as Effect from "effect/Effect"
import type { Finding, FindingEvent } from "../finding/Finding.ts"
import { addChanges, plus } from "../run/Changes.ts"
import type { Outcome, OutcomeReason } from "../run/Outcome.ts"
import { allAccounts, type Rollup } from "../run/Rollup.ts"
import type { AccountSummary, Coverage, Run, RunSummary, ScopeRecord, TrendPoint } from "../run/Run.ts"
import { addCost, noCost, noWork } from "../run/runCost.ts"
import { addSummaries, noSummary, organisationRollup } from "../run/totals.ts"
import { type Scope, scopeKindOf } from "../Scope.ts"
import { checkLimit, eventCursor, findingCursor, openFirst, positionOf, runCursor } from "./query.ts"
import { type Page, Store, StoreError } from "./Store.ts"

/** The largest page that a store answers. */
const maxPage = 1000

const refused = new StoreError({
  kind: "failed",
  message: "Nothing was written: it is about an account, or a run of accounts, that is not among those of the caller."
})

const allow = (allowed: boolean): Effect.Effect<void, StoreError> => (allowed ? Effect.void : Effect.fail(refused))

/**
 * The store as one who may see only these accounts has it. What others have is as if it were not there: it is in no list, no
 * total, no cursor and no name. Writing about others is refused. The finding's account decides, wherever its scan ran; what a
 * payer's scan reports about the whole organisation belongs to the payer's account.
 */
export const storeOfAccounts = (store: Store["Service"], accounts: ReadonlyArray<string>): Store["Service"] => {
  const own = new Set(accounts)
  const isOwn = ({ account }: { readonly account: string }): boolean => own.has(account)
  const ownOf = (asked: ReadonlyArray<string> | undefined): ReadonlyArray<string> =>
    asked === undefined ? [...own] : [...new Set(asked)].filter((account) => own.has(account))

  /** Reads about an account or a scope; nothing where it is another's. */
  const read = <A, B>(
    about: { readonly account: string },
    nothing: B,
    effect: () => Effect.Effect<A, StoreError>
  ): Effect.Effect<A | B, StoreError> => (isOwn(about) ? Effect.suspend(effect) : Effect.succeed(nothing))

  /** A full page of what is kept, or the last one. Its cursor is the place of what it shows, never of what it leaves out. */
  const pageOf = Effect.fnUntraced(function* <A>(
    limit: number,
    first: string | undefined,
    pages: (limit: number, cursor: string | undefined) => Effect.Effect<Page<A>, StoreError>,
    keep: (item: A) => boolean,
    cursorAfter: (last: A) => string
  ): Effect.fn.Return<Page<A>, StoreError> {
    yield* checkLimit(limit)
    const kept: Array<A> = []
    let cursor = first
    let some = limit
    do {
      const page: Page<A> = yield* pages(some, cursor)
      kept.push(...page.items.filter(keep))
      cursor = page.cursor
      // What others have is gone through in larger and larger steps.
      some = Math.min(maxPage, some * 2)
    } while (cursor !== undefined && kept.length < limit)
    const items = kept.slice(0, limit)
    const last = items.at(-1)
    const isLast = last === undefined || (cursor === undefined && kept.length <= limit)
    return { items, cursor: isLast ? undefined : cursorAfter(last) }
  })

  /** Sentences of AWS and of Plan name the account that was refused something, or that pays. */
  const withoutOthers = (text: string): string => text.replace(/(?<!\d)\d{12}(?!\d)/g, (id) => (own.has(id) ? id : "…"))
  const reasonOf = <R extends OutcomeReason | null>(reason: R): R =>
    reason === null ? reason : { ...reason, message: withoutOthers(reason.message) }
  const outcomeOf = (outcome: Outcome): Outcome => ({
    ...outcome,
    reason: reasonOf(outcome.reason),
    unjudged: outcome.unjudged.map((one) => ({ ...one, why: withoutOthers(one.why) }))
  })
  const recordOf = (record: ScopeRecord): ScopeRecord => ({ ...record, outcomes: record.outcomes.map(outcomeOf) })
  const coverageOf = (coverage: Coverage): Coverage => ({
    ...coverage,
    gaps: coverage.gaps.map((gap) => ({ ...gap, reason: reasonOf(gap.reason) }))
  })
  const summaryOf = (summary: RunSummary): RunSummary => ({ ...summary, coverage: coverageOf(summary.coverage) })

  const accountSummaries = (runId: string, asked?: ReadonlyArray<string>) =>
    Effect.map(store.accountSummaries(runId, ownOf(asked)), (all): ReadonlyArray<AccountSummary> =>
      all.filter(isOwn).map((one) => ({ ...one, summary: summaryOf(one.summary) }))
    )

  const accountsOf = ({ left, plan }: Run) => [...plan.accounts.map(({ id }) => id), ...plan.payers, ...left]
  const isWholly = (run: Run) => accountsOf(run).every((id) => own.has(id))
  const isPartly = (run: Run) => accountsOf(run).some((id) => own.has(id))

  /** The run as if it had been about the own accounts alone. */
  const runOf = Effect.fnUntraced(function* (run: Run): Effect.fn.Return<Run, StoreError> {
    const { plan } = run
    // What planning asked was asked for everybody.
    const planningCalls = isWholly(run) ? run.planningCalls : []
    const parts = run.summary === null ? [] : yield* accountSummaries(run.id)
    const summary = parts
      .map(({ summary }) => summary)
      .reduce(addSummaries, { ...noSummary, cost: addCost(noCost, planningCalls, noWork) })
    return {
      ...run,
      plan: {
        ...plan,
        accounts: plan.accounts.filter(({ id }) => own.has(id)),
        payers: plan.payers.filter((id) => own.has(id)),
        payerGap: reasonOf(plan.payerGap)
      },
      planningCalls,
      left: run.left.filter((id) => own.has(id)),
      // The parts of an old run are gone before the run is; then nothing is known of it, which is not the same as nothing found.
      summary: parts.length === 0 ? null : summary
    }
  })

  const findingsIn: Store["Service"]["findingsIn"] = (scope, scan, ids) =>
    Effect.map(store.findingsIn(scope, scan, ids), (found) => found.filter(isOwn))

  const trendOfAll = Effect.fnUntraced(function* (fromDay: string) {
    const points = yield* Effect.forEach(own, (account) => store.trend(account, fromDay), { concurrency: 16 })
    const days = new Map<string, TrendPoint>()
    for (const point of points.flat()) {
      const before = days.get(point.day)
      days.set(
        point.day,
        before === undefined
          ? { ...point, account: allAccounts }
          : {
              ...before,
              runId: before.runId > point.runId ? before.runId : point.runId,
              confirmed: plus(before.confirmed, point.confirmed),
              unconfirmed: plus(before.unconfirmed, point.unconfirmed),
              changes: addChanges(before.changes, point.changes)
            }
      )
    }
    return [...days.values()].sort((a, b) => (a.day < b.day ? -1 : 1))
  })

  /** The sums of the own accounts as those of all, dated like the newest of them. */
  const rollupOfAll = (rollups: ReadonlyArray<Rollup>): ReadonlyArray<Rollup> => {
    const [newest] = rollups.toSorted((a, b) => (a.asOf > b.asOf ? -1 : 1))
    return newest === undefined ? [] : [organisationRollup(newest, rollups)]
  }

  return Store.of({
    putRun: Effect.fnUntraced(function* (run) {
      const before = yield* store.run(run.id)
      yield* allow(!run.plan.full && isWholly(run) && (before === undefined || isWholly(before)))
      yield* store.putRun(run)
    }),
    run: Effect.fnUntraced(function* (id) {
      const run = yield* store.run(id)
      return run === undefined || !isPartly(run) ? undefined : yield* runOf(run)
    }),
    runs: Effect.fnUntraced(function* (limit, cursor) {
      const page = yield* pageOf(limit, cursor, store.runs, isPartly, ({ id }) => runCursor.encode({ runId: id }))
      return { ...page, items: yield* Effect.forEach(page.items, runOf, { concurrency: 8 }) }
    }),

    putScope: (record) => Effect.andThen(allow(isOwn(record) && record.outcomes.every(isOwn)), store.putScope(record)),
    scopeRecord: (runId, scope) =>
      read(scope, undefined, () =>
        Effect.map(store.scopeRecord(runId, scope), (record) => (record === undefined ? undefined : recordOf(record)))
      ),
    scopeRecords: (runId, account) =>
      read({ account }, [], () => Effect.map(store.scopeRecords(runId, account), (records) => records.map(recordOf))),
    putAccountSummary: (summary) => Effect.andThen(allow(isOwn(summary)), store.putAccountSummary(summary)),
    accountSummaries,
    latestOutcomes: (scope, scans) =>
      read(scope, [], () => Effect.map(store.latestOutcomes(scope, scans), (outcomes) => outcomes.map(outcomeOf))),
    regionsOf: (account) => read({ account }, [], () => store.regionsOf(account)),

    findingsIn,
    // Only a payer's scan finds what other accounts have.
    openIds: (scope, scan) =>
      isOwn(scope) && scopeKindOf(scope) !== "payer"
        ? store.openIds(scope, scan)
        : Effect.map(findingsIn(scope, scan), (found) =>
            found.filter(({ status }) => status !== "resolved").map(({ id }) => id)
          ),
    writeTransitions: (transitions, before) =>
      Effect.andThen(
        allow(transitions.every(({ events, finding }) => isOwn(finding) && events.every(isOwn))),
        store.writeTransitions(transitions, before)
      ),
    setCounted: Effect.fnUntraced(function* (counted) {
      const found = yield* Effect.forEach(counted, ({ finding }) => store.finding(finding.id), { concurrency: 16 })
      yield* allow(found.every((finding) => finding !== undefined && isOwn(finding)))
      yield* store.setCounted(counted)
    }),
    finding: (id) =>
      Effect.map(store.finding(id), (finding) => (finding !== undefined && isOwn(finding) ? finding : undefined)),
    findingsNamed: Effect.fnUntraced(function* (text, limit) {
      yield* checkLimit(limit)
      // Those of others must not take the place of the own ones.
      const found: ReadonlyArray<Finding> = yield* store.findingsNamed(text, maxPage)
      return openFirst(found.filter(isOwn)).slice(0, limit)
    }),
    findingsClaiming: (account, arns) => read({ account }, [], () => store.findingsClaiming(account, arns)),
    history: (id) => Effect.map(store.history(id), (events) => events.filter(isOwn)),
    findings: Effect.fnUntraced(function* (query) {
      const asked = ownOf(query.accounts)
      yield* checkLimit(query.limit)
      // An empty list of accounts would be no filter to a store that takes it for one that was not given.
      if (asked.length === 0) return { items: [], cursor: undefined }
      return yield* pageOf(
        query.limit,
        query.cursor,
        (limit, cursor) => store.findings({ ...query, accounts: asked, limit, cursor }),
        isOwn,
        (last) => findingCursor.encode(positionOf(last))
      )
    }),
    tally: (query, atMost) => {
      const asked = ownOf(query.accounts)
      return asked.length === 0
        ? Effect.succeed({ findings: 0, monthlyUsd: 0, whole: true })
        : store.tally({ ...query, accounts: asked }, atMost)
    },
    runEvents: (runId, limit, cursor) =>
      pageOf<FindingEvent>(
        limit,
        cursor,
        (some, from) => store.runEvents(runId, some, from),
        isOwn,
        eventCursor.encode
      ),
    accountsWithFindings: Effect.map(store.accountsWithFindings, (all) => all.filter((account) => own.has(account))),

    putReport: (report) => Effect.andThen(allow(isOwn(report)), store.putReport(report)),
    reports: (scan, scope) =>
      scope === undefined
        ? Effect.map(store.reports(scan), (reports) => reports.filter(isOwn))
        : read(scope, [], () => store.reports(scan, scope)),

    putTrend: (points) => Effect.andThen(allow(points.every(isOwn)), store.putTrend(points)),
    trend: (account, fromDay) =>
      account === allAccounts ? trendOfAll(fromDay) : read({ account }, [], () => store.trend(account, fromDay)),

    // What all accounts come to is known by their rollups, not by one who sees a few of them.
    putRollups: Effect.fnUntraced(function* (rollups) {
      const about = rollups.filter(({ account }) => account !== allAccounts)
      yield* allow(about.every(isOwn))
      yield* store.putRollups(about)
      const all = rollups.find(({ account }) => account === allAccounts)
      if (all === undefined) return
      const [before = all] = yield* store.rollups([allAccounts])
      yield* store.putRollups([organisationRollup(before, yield* store.rollups())])
    }),
    rollups: Effect.fnUntraced(function* (asked, options) {
      const found = yield* store.rollups(ownOf(asked), options)
      if (asked?.includes(allAccounts) !== true) return found
      return [...found, ...rollupOfAll(yield* store.rollups([...own]))]
    }),

    remembered: (scope, probe, keys) => read(scope, [], () => store.remembered(scope, probe, keys)),
    remember: (scope: Scope, probe, answers) =>
      Effect.andThen(allow(isOwn(scope)), store.remember(scope, probe, answers)),

    // Names and ids, of which nothing is read.
    lease: store.lease,
    release: store.release,
    spend: store.spend,

    // Nothing in the cache says whose it is. It is there to save work, so that nobody misses it.
    cache: () => Effect.void,
    cached: () => Effect.undefined
  })
}
