/**
 * A small audit that somebody waits for: the scopes are known, so that it plans without AWS, and the steps do the rest. Whoever
 * wants the same scopes at the same time, in this process or another, waits for the run that has them.
 */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import type * as EffectScope from "effect/Scope"
import { Catalogue } from "../core/catalogue/Catalogue.ts"
import type { SettingValue } from "../core/run/Outcome.ts"
import type { Run } from "../core/run/Run.ts"
import { payerRegion, type Scope, scopeKey, scopeKindOf } from "../core/Scope.ts"
import { Store, type StoreError } from "../core/store/Store.ts"
import { takeLease } from "./lease.ts"
import { scopeUnfinished } from "./stepErrors.ts"
import { runIdOf } from "./runId.ts"
import { newRecord } from "./scopeRecords.ts"
import { type LiveStep, Steps, type StepFailed, stepFailed } from "./Steps.ts"

/** A process that died holds its scopes up for no longer than this. */
const leaseMillis = 15 * 60_000

const concurrentScopes = 6

/** How often the store is asked how far a run is. */
const pollEvery = "250 millis"

/** Scopes with what is to be scanned there. */
export interface ScopeScans extends Scope {
  readonly scans: ReadonlyArray<string>
}

export interface LiveScan {
  /** The run whose plan this one narrows: its accounts, payers and thresholds. */
  readonly base: Run
  readonly scopes: ReadonlyArray<ScopeScans>
  /** The settings of each scan that differ from their defaults. */
  readonly settings: Readonly<Record<string, Readonly<Record<string, SettingValue>>>>
  /** What was judged at or after this time, in milliseconds, is new enough. */
  readonly sinceMillis: number
  /** Where its results go, and where those of others are looked for; undefined for the store itself. */
  readonly namespace: string | undefined
  /** Tells this start from all others. */
  readonly execution: string
  readonly process: Run["process"]
  /** Where the records of scopes are written first, because it refuses those of accounts that the caller may not see. */
  readonly guard: Store["Service"] | undefined
}

/** A scope of a run that somebody waits for. */
interface Awaited {
  readonly runId: string
  readonly scope: Scope
}

export interface StartedScan {
  /** The run of this scan, or one that it joined; undefined where everything is new enough. */
  readonly runId: string | undefined
  /** The run of this scan alone; undefined where all of it is another's. */
  readonly own: Run | undefined
  /** Keys of the scopes that are scanned, by this run or another. */
  readonly scopes: ReadonlySet<string>
  /** Ends when all of it does, within the time given. `onScope` hears of scopes that are done, but not of the last. */
  readonly wait: (
    millis: number,
    onScope: (done: number, total: number) => Effect.Effect<void>
  ) => Effect.Effect<"finished" | "running" | "failed", StoreError>
}

const leaseName = (scan: string, scope: Scope): string => `live/${scan}/${scopeKey(scope)}`

interface Taken {
  readonly own: ReadonlyArray<ScopeScans>
  readonly others: ReadonlyArray<Awaited>
}

/** Takes the lease of every scan and scope that nobody has and whose results are too old. */
const take = Effect.fnUntraced(function* (
  runId: string,
  { scopes, sinceMillis }: LiveScan
): Effect.fn.Return<Taken, StoreError, Store> {
  const store = yield* Store
  const until = new Date((yield* Clock.currentTimeMillis) + leaseMillis)
  const own: Array<ScopeScans> = []
  const others = new Map<string, Awaited>()
  for (const { account, region, scans } of scopes) {
    const scope = { account, region }
    const free: Array<string> = []
    for (const scan of scans) {
      const holder = yield* takeLease(leaseName(scan, scope), runId, until)
      if (holder === runId) free.push(scan)
      else others.set(`${holder}/${scopeKey(scope)}`, { runId: holder, scope })
    }
    if (free.length === 0) continue
    // Only now: who had the lease before may have judged it since this one was asked for.
    const judged = new Map((yield* store.latestOutcomes(scope)).map(({ asOf, scan }) => [scan, Date.parse(asOf)]))
    const [old, fresh] = [
      free.filter((scan) => (judged.get(scan) ?? Number.NEGATIVE_INFINITY) < sinceMillis),
      free.filter((scan) => (judged.get(scan) ?? Number.NEGATIVE_INFINITY) >= sinceMillis)
    ]
    yield* Effect.forEach(fresh, (scan) => store.release(leaseName(scan, scope), runId), { discard: true })
    if (old.length > 0) own.push({ account, region, scans: old })
  }
  return { own, others: [...others.values()] }
})

const releaseAll = Effect.fnUntraced(function* (runId: string, scopes: ReadonlyArray<ScopeScans>) {
  const store = yield* Store
  yield* Effect.forEach(
    scopes.flatMap(({ account, region, scans }) => scans.map((scan) => leaseName(scan, { account, region }))),
    (name) => Effect.ignore(store.release(name, runId)),
    { discard: true }
  )
})

/** Writes the run and what it is to do. */
const plan = Effect.fnUntraced(function* (
  { base, guard, process, settings }: LiveScan,
  runId: string,
  startedAt: string,
  own: ReadonlyArray<ScopeScans>
): Effect.fn.Return<Run, StoreError, Store | Catalogue> {
  const store = yield* Store
  const catalogue = yield* Catalogue
  const names = [...new Set(own.flatMap(({ scans }) => scans))]
  const entries = yield* Effect.forEach(names, catalogue.get)
  const accounts = [...new Set(own.map(({ account }) => account))]
  const nameOf = new Map(base.plan.accounts.map(({ id, name }) => [id, name]))
  const billing = entries.some(({ reads, scope }) => scope === "payer" || reads.includes("payer"))
  const { started: _, ...basePlan } = base.plan
  const run: Run = {
    id: runId,
    status: "running",
    trigger: "query",
    startedAt,
    finishedAt: null,
    planningCalls: [],
    plan: {
      ...basePlan,
      accounts: accounts.map((id) => ({ id, name: nameOf.get(id) ?? "" })),
      payers: billing ? base.plan.payers : [],
      billing,
      audited: base.plan.audited ?? {
        accounts: base.plan.accounts.map(({ id }) => id),
        regions: base.plan.regions,
        excludeRegions: base.plan.excludeRegions
      },
      // Where the machine goes on with it, it looks nowhere else.
      regions: [
        ...new Set(own.filter((scope) => scopeKindOf(scope) === "regional").map(({ region }) => region))
      ].sort(),
      excludeRegions: [],
      scans: names.map((name) => ({ name, settings: settings[name] ?? {} })),
      full: false
    },
    process,
    left: [],
    summary: null
  }
  for (const { account, region, scans } of own) {
    yield* (guard ?? store).putScope(newRecord(run, { account, region }, scans))
  }
  // Last, as in Plan: a run that is there has its scopes.
  yield* store.putRun(run)
  return run
})

/** A step that found a scope locked, or the cloud busy, is tried again. */
const whileBusy = Schedule.min([Schedule.exponential(pollEvery), Schedule.spaced("5 seconds")]).pipe(
  Schedule.upTo({ duration: "2 minutes" })
)

/** What the machine gives a Catch. */
const caught = ({ error, message }: StepFailed) => ({ Error: error, Cause: message })

const isUnfinished = (failed: StepFailed | StoreError): boolean =>
  failed._tag === "StepFailed" && failed.error === scopeUnfinished

const drive = Effect.fnUntraced(function* (
  run: Run,
  own: ReadonlyArray<ScopeScans>,
  namespace: string | undefined,
  onDone: (scope: Scope) => void
): Effect.fn.Return<void, StepFailed | StoreError, Store | Steps | Catalogue> {
  const store = yield* Store
  const steps = yield* Steps
  const catalogue = yield* Catalogue
  const invoke = (step: LiveStep, input: object) =>
    steps
      .invoke(step, { runId: run.id, ...input }, namespace)
      .pipe(Effect.retry({ schedule: whileBusy, while: ({ isTransient }) => isTransient }))

  const scanScope = Effect.fnUntraced(
    function* ({ account, region, scans }: ScopeScans) {
      const scope = { account, region }
      const renew = Effect.gen(function* () {
        const until = new Date((yield* Clock.currentTimeMillis) + leaseMillis)
        yield* Effect.forEach(scans, (scan) => store.lease(leaseName(scan, scope), run.id, until), { discard: true })
      })
      yield* invoke("scan", scope).pipe(
        Effect.tapError((failed) => (isUnfinished(failed) ? renew : Effect.void)),
        Effect.retry({ while: isUnfinished })
      )
    },
    (effect, { account, region }) =>
      effect.pipe(
        Effect.catchTag("StepFailed", (error) => invoke("recordFailure", { account, region, error: caught(error) })),
        Effect.tap(() => Effect.sync(() => onDone({ account, region })))
      )
  )

  const shares = (scans: ReadonlyArray<string>, kind: "global" | "payer") =>
    Effect.map(Effect.forEach(scans, catalogue.get), (entries) =>
      entries.some(({ reads, scope }) => scope !== kind && reads.includes(kind))
    )
  const all = run.plan.scans.map(({ name }) => name)
  // What other scopes read of the bill comes from the cache of the last hours, or is read once.
  if (yield* shares(all, "payer")) {
    yield* Effect.forEach(
      run.plan.payers,
      // The scopes that miss it say so.
      (account) => Effect.ignore(invoke("scan", { account, region: payerRegion, shared: true })),
      { discard: true }
    )
  }
  for (const account of new Set(own.map((scope) => scope.account))) {
    const regional = own.filter((scope) => scope.account === account && scopeKindOf(scope) === "regional")
    if (
      regional.length > 1 &&
      (yield* shares(
        regional.flatMap(({ scans }) => scans),
        "global"
      ))
    ) {
      yield* Effect.ignore(invoke("scan", { account, region: "global", shared: true }))
    }
  }
  const [payers, others] = [
    own.filter((scope) => scopeKindOf(scope) === "payer"),
    own.filter((scope) => scopeKindOf(scope) !== "payer")
  ]
  // As in the night: what the payer's scans claim is there before the accounts are settled.
  for (const scopes of [payers, others]) {
    yield* Effect.forEach(scopes, scanScope, { concurrency: concurrentScopes, discard: true })
  }
  yield* Effect.forEach(
    run.plan.accounts,
    // Sum settles what is not settled.
    ({ id }) => Effect.ignore(invoke("settle", { account: id })),
    { concurrency: concurrentScopes, discard: true }
  )
  yield* invoke("sum", {})
})

/** Runs what was planned to its end, whatever comes. */
const carryOut = (
  run: Run,
  own: ReadonlyArray<ScopeScans>,
  namespace: string | undefined,
  onDone: (scope: Scope) => void
): Effect.Effect<void, never, Store | Steps | Catalogue> =>
  drive(run, own, namespace, onDone).pipe(
    Effect.catch((error) =>
      Effect.flatMap(Steps, ({ invoke }) =>
        Effect.ignore(invoke("recordFailure", { runId: run.id, error: caught(asFailed(error)) }, namespace))
      )
    ),
    Effect.onInterrupt(() => Effect.ignore(markInterrupted(run.id))),
    Effect.ensuring(releaseAll(run.id, own))
  )

const asFailed = (error: StepFailed | StoreError): StepFailed =>
  error._tag === "StepFailed" ? error : stepFailed("sum", error)

const markInterrupted = Effect.fnUntraced(function* (runId: string) {
  const store = yield* Store
  const run = yield* store.run(runId)
  if (run?.status === "running") yield* store.putRun({ ...run, status: "interrupted" })
})

/** Starts a scan whose run goes on in the scope given, and joins the runs of others that have some of it already. */
export const startScan = Effect.fn("liveScan.start")(function* (
  live: LiveScan,
  scope: EffectScope.Scope
): Effect.fn.Return<StartedScan, StoreError | StepFailed, Store | Steps | Catalogue> {
  const steps = yield* Steps
  const store = live.namespace === undefined ? yield* Store : yield* steps.storeOf(live.namespace)
  const now = yield* DateTime.now
  // Whole seconds, as in Plan.
  const startedAt = new Date(Math.floor(DateTime.toEpochMillis(now) / 1000) * 1000).toISOString()
  const runId = runIdOf(live.execution, startedAt)

  const begin = Effect.gen(function* () {
    const { others, own } = yield* take(runId, live)
    if (own.length === 0) return { own: undefined, others }
    const run = yield* Effect.onError(plan(live, runId, startedAt, own), () => releaseAll(runId, own))
    const done = new Set<string>()
    const work = carryOut(run, own, live.namespace, (one) => void done.add(scopeKey(one)))
    const fiber = yield* Effect.forkIn(Effect.interruptible(work), scope)
    return { own: { fiber, done, run, scopes: own }, others }
  })
  // Nobody may go away between taking what is to be scanned and scanning it.
  const { others, own } = yield* Effect.uninterruptible(begin).pipe(Effect.provideService(Store, store))
  const doneElsewhere = new Set<string>()
  const look = Effect.gen(function* () {
    for (const other of others) {
      const key = `${other.runId}/${scopeKey(other.scope)}`
      if (doneElsewhere.has(key)) continue
      if ((yield* store.scopeRecord(other.runId, other.scope))?.done === true) doneElsewhere.add(key)
    }
    return {
      done: (own?.done.size ?? 0) + doneElsewhere.size,
      total: (own?.scopes.length ?? 0) + others.length
    }
  })
  return {
    runId: own === undefined ? others[0]?.runId : runId,
    own: own?.run,
    scopes: new Set([...(own?.scopes ?? []), ...others.map((other) => other.scope)].map(scopeKey)),
    wait: (millis, onScope) =>
      waitForRuns({
        store,
        runIds: [...(own === undefined ? [] : [runId]), ...others.map((other) => other.runId)],
        fiber: own?.fiber,
        look,
        millis,
        onScope
      })
  }
})

type State = "finished" | "running" | "failed"

/** How a run ended; a run that is not written yet has not. */
const stateOf = (status: Run["status"] | undefined): State =>
  status === "complete" ? "finished" : status === undefined || status === "running" ? "running" : "failed"

export interface Waiting {
  readonly store: Store["Service"]
  readonly runIds: ReadonlyArray<string>
  /** The one that carries out a run of this process, so that its end is known at once. */
  readonly fiber?: Fiber.Fiber<void> | undefined
  /** How far they are. */
  readonly look: Effect.Effect<{ readonly done: number; readonly total: number }, StoreError>
  readonly millis: number
  readonly onScope: (done: number, total: number) => Effect.Effect<void>
}

/** Asks the store until the runs have ended or the time is up, whether it answers or not. */
export const waitForRuns = ({
  fiber,
  look,
  millis,
  onScope,
  runIds,
  store
}: Waiting): Effect.Effect<State, StoreError> => {
  const ended = new Map<string, State>()
  const pause = Effect.suspend(() =>
    fiber === undefined || fiber.pollUnsafe() !== undefined
      ? Effect.sleep(pollEvery)
      : Effect.timeoutOrElse(Effect.asVoid(Fiber.await(fiber)), { duration: pollEvery, orElse: () => Effect.void })
  )
  const untilEnded = Effect.gen(function* () {
    let told = 0
    while (true) {
      for (const id of runIds.filter((one) => !ended.has(one))) {
        const state = stateOf((yield* store.run(id))?.status)
        if (state !== "running") ended.set(id, state)
      }
      if (runIds.every((id) => ended.has(id))) return [...ended.values()].includes("failed") ? "failed" : "finished"
      const { done, total } = yield* look
      if (done > told) {
        told = done
        yield* onScope(done, total)
        // What is told just before the answer may come after it, and is lost.
        yield* Effect.sleep(pollEvery)
      } else yield* pause
    }
  })
  return Effect.timeoutOrElse(untilEnded, {
    duration: `${millis} millis`,
    orElse: () => Effect.succeed("running" as const)
  })
}
