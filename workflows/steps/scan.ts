/** Audits one scope. Before its time is up it stops and fails with `ScopeUnfinished`; the machine calls it again, and it goes on. */
import * as Arr from "effect/Array"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { actionsOf, datasetsOf } from "../../audit/actions.ts"
import { auditScope, groupsOf } from "../../audit/auditScope.ts"
import { batchSize, type FindingDraft, type Judgement, mayWait, type PlannedScan } from "../../audit/judge.ts"
import { ScanRegistry } from "../../audit/ScanRegistry.ts"
import { AwsTarget } from "../../core/aws/Aws.ts"
import type { AwsError } from "../../core/aws/AwsError.ts"
import { CallLedger, mergeCalls } from "../../core/aws/CallLedger.ts"
import type { Finding, ResolveReason } from "../../core/finding/Finding.ts"
import {
  miss,
  resolve,
  see,
  type Night,
  type Seen,
  type Transition,
  wouldConfirm
} from "../../core/finding/lifecycle.ts"
import { isByTags, tagsOfResource } from "../../core/config/suppressions.ts"
import { reopen, suppress } from "../../core/finding/setAside.ts"
import { leftOutBy, wholeBillNote } from "../../core/run/inRun.ts"
import { addChanges, changesOf, noChanges } from "../../core/run/Changes.ts"
import { maxUnjudged, type Outcome, type Unjudged } from "../../core/run/Outcome.ts"
import { cleanText } from "../../core/text.ts"
import type { Run, ScopeRecord } from "../../core/run/Run.ts"
import { type Started, startedBy } from "../../core/run/Started.ts"
import { AccountId, payerRegion, type Scope, scopeKey, type ScopeKind, scopeKindOf } from "../../core/Scope.ts"
import { Store, StoreError } from "../../core/store/Store.ts"
import { daysBetween, startOfUtcDay } from "../../core/time.ts"
import { findingsOf } from "../../query/findingsOf.ts"
import { Reader } from "../../datasets/engine/Reader.ts"
import { layerPaidAnswers } from "../../datasets/engine/PaidAnswers.ts"
import { SharedReads } from "../../datasets/engine/SharedReads.ts"
import { SeriesReader } from "../../datasets/metrics/SeriesReader.ts"
import { defaultSettings } from "../../scans/Scan.ts"
import { enterAccount } from "../enterAccount.ts"
import { Progress } from "../Progress.ts"
import { findRun } from "../findRun.ts"
import { takeLease } from "../lease.ts"
import { scopeUnfinished } from "../stepErrors.ts"
import { rewritten } from "../rewritten.ts"
import { runLedger } from "../runLedger.ts"
import { notJudged, outcomesOf, scopeLease } from "../scopeRecords.ts"

export const ScanInput = Schema.Union([
  Schema.Struct({
    runId: Schema.String,
    account: AccountId,
    region: Schema.String,
    /** Only reads and stores what the account's regions share, so that each of them finds it. */
    shared: Schema.optionalKey(Schema.Boolean)
  }),
  /** Several scopes of the account, one after the other. */
  Schema.Struct({ runId: Schema.String, account: AccountId, regions: Schema.Array(Schema.String) })
])

/** Time is up before every scan has judged. What was judged is written, and the next call goes on there. */
export class ScopeUnfinished extends Schema.TaggedError<ScopeUnfinished>()(scopeUnfinished, {
  message: Schema.String
}) {}

/** How long one call of the step may take: when it begins no more scans, and when it stops those that are still judging. */
export interface Budget {
  readonly begin: Duration.Duration
  readonly stop: Duration.Duration
}

/** Default: what a Lambda function of 15 minutes has. */
export const ScanBudget = Context.Reference<Budget>("nightaudit/workflows/ScanBudget", {
  defaultValue: () => ({ begin: Duration.minutes(10), stop: Duration.minutes(13) })
})

/** Longer than one call of the step can take. */
const leaseMillis = 20 * 60_000

/**
 * How much of its judging a process that is killed may leave to be done again. What it found is kept finding by finding; an outcome is
 * kept with those that were made shortly before and after it, because the outcomes of a scope are one item.
 */
const keptEvery = Duration.seconds(15)

/** Calls of the step without an outcome after which the first group is given up, so that the others have their turn. */
const maxFruitless = 3

export const scan = Effect.fn("scan")(function* (event: unknown) {
  const input = yield* Schema.decodeUnknownEffect(ScanInput)(event)
  const { account, runId } = input
  const run = yield* findRun(runId)
  const sharedLayer = Layer.merge(
    SharedReads.layer({ id: run.id, now: new Date(run.startedAt), payer: payerOf(run, account) }),
    layerPaidAnswers
  )
  const program =
    "region" in input && input.shared === true
      ? readShared(run, { account, region: input.region })
      : scanInTurn(
          run,
          ("regions" in input ? input.regions : [input.region]).map((region) => ({ account, region }))
        )
  yield* Effect.provide(program, sharedLayer)
  return input
})

/**
 * Scans scopes one after the other. One that fails keeps none of the others from their turn; the step fails after them, and those that
 * are done are done when it is repeated. One in which a call before this one ended without a word comes last: it may take this one down too.
 */
const scanInTurn = Effect.fnUntraced(function* (run: Run, asked: ReadonlyArray<Scope>) {
  const store = yield* Store
  const started = yield* Clock.currentTimeMillis
  const { begin } = yield* ScanBudget
  const records = yield* Effect.forEach(asked, (scope) => store.scopeRecord(run.id, scope), { concurrency: 8 })
  const waiting = records.flatMap((record) => (record === undefined || record.done ? [] : [record]))
  const inTurn = waiting.toSorted((a, b) => Number(a.attempt !== null) - Number(b.attempt !== null))
  const unfinished: Array<string> = []
  let failure: Effect.Effect<never, StoreError | AwsError> | undefined
  for (const [index, record] of inTurn.entries()) {
    // What begins after that has no time left for its first scans.
    if (index > 0 && (yield* Clock.currentTimeMillis) >= started + Duration.toMillis(begin)) {
      unfinished.push(scopeKey(record))
      continue
    }
    const exit = yield* Effect.exit(scanAlone(run, record, started))
    if (Exit.isFailure(exit)) failure ??= Effect.failCause(exit.cause)
    else if (exit.value > 0) unfinished.push(`${scopeKey(record)}, of which ${exit.value} scans remain`)
  }
  // Before what failed, because the step is repeated for it.
  if (unfinished.length > 0) {
    return yield* new ScopeUnfinished({ message: `time is up before all is judged in ${unfinished.join("; ")}` })
  }
  if (failure !== undefined) return yield* failure
})

/** Scans one scope, while nobody else does. Answers how many scans remain. */
const scanAlone = Effect.fnUntraced(function* (run: Run, record: ScopeRecord, started: number) {
  const store = yield* Store
  const name = scopeLease(record)
  const holder = yield* takeLease(name, run.id, new Date((yield* Clock.currentTimeMillis) + leaseMillis))
  if (holder !== run.id) {
    return yield* new StoreError({ kind: "locked", message: `run ${holder} is scanning ${scopeKey(record)}` })
  }
  return yield* Effect.ensuring(scanScope(run, record, started), Effect.ignore(store.release(name, run.id)))
})

/** Whose bill an account is on. */
const payerOf = ({ plan }: Run, account: string): string | undefined =>
  plan.payers.length === 1 ? plan.payers[0] : plan.payers.find((payer) => payer === account)

/** Scans of a run with the values of their settings. */
const plannedScans = Effect.fnUntraced(function* (run: Run, names: (name: string) => boolean) {
  const registry = yield* ScanRegistry
  return yield* Effect.forEach(
    run.plan.scans.filter(({ name }) => names(name)),
    ({ name, settings }) =>
      Effect.map(registry.get(name), (named): PlannedScan => ({
        ...named,
        settings: { ...defaultSettings(named.scan.settings), ...settings }
      })),
    { concurrency: "unbounded" }
  )
})

/** Datasets of a wider scope that the run's other scans read. */
const sharedDatasets = Effect.fnUntraced(function* (run: Run, kind: ScopeKind) {
  const scans = yield* plannedScans(run, () => true)
  const others = scans.filter(({ scan }) => scan.scope !== kind)
  const wanted = others.flatMap(datasetsOf).filter(({ metrics, scope }) => scope === kind && metrics.length === 0)
  return { datasets: [...new Set(wanted)], actions: actionsOf(others) }
})

/** Reads what other scopes share of this one. What fails is stored as failed, and known there. */
const readShared = Effect.fnUntraced(function* (run: Run, scope: Scope) {
  const { actions, datasets } = yield* sharedDatasets(run, scopeKindOf(scope))
  if (datasets.length === 0) return
  const ledger = yield* runLedger(run)
  const session = yield* enterAccount(scope.account, actions, ledger)
  const now = new Date(run.startedAt)
  yield* Effect.gen(function* () {
    const reader = yield* Reader.make(now)
    const series = yield* SeriesReader.make(now, [])
    yield* Effect.forEach(datasets, reader.load, { concurrency: "unbounded", discard: true }).pipe(
      Effect.provideService(SeriesReader, series)
    )
  }).pipe(
    Effect.scoped,
    Effect.provideService(AwsTarget, { ...scope, partition: run.plan.partition, session }),
    Effect.provideService(CallLedger, ledger)
  )
  const store = yield* Store
  const record = yield* store.scopeRecord(run.id, scope)
  if (record !== undefined)
    yield* store.putScope({ ...record, calls: mergeCalls([...record.calls, ...ledger.counts()]) })
})

/** `started` is when the call of the step began, of which others may have used a part. */
const scanScope = Effect.fnUntraced(function* (run: Run, found: ScopeRecord, started: number) {
  const store = yield* Store
  const progress = yield* Progress
  const budget = yield* ScanBudget
  const { account, region } = found
  const scope: Scope = { account, region }
  const now = new Date(run.startedAt)
  const ledger = yield* runLedger(run)
  const latest = new Map((yield* store.latestOutcomes(scope)).map((outcome) => [outcome.scan, outcome]))
  const outcomes = outcomesOf(found, [...latest.values()])
  const begun = yield* Clock.currentTimeMillis
  const attempt = attemptOf(found, outcomes.length, begun, Duration.toMillis(budget.stop))
  // Whether a call before this one may have written findings of a scan that has no outcome yet.
  const isRepeated = found.attempt !== null || found.durationMillis > 0 || outcomes.length > 0
  let record: ScopeRecord = { ...found, outcomes, attempt }
  // A function that is ended by the clock has left that it was here.
  if (attempt !== found.attempt) yield* store.putScope(record)
  const isJudged = (name: string) => record.outcomes.some(({ scan }) => scan === name)
  const isOvertaken = (name: string) => (latest.get(name)?.asOf ?? "") > run.startedAt
  const waiting = yield* plannedScans(
    run,
    (name) => found.scans.includes(name) && !isJudged(name) && !isOvertaken(name)
  )
  const [first = []] = groupsOf(waiting)
  const scans = attempt.fruitless === 0 ? waiting : first

  const finish = (outcome: Outcome) =>
    Effect.sync(() => {
      record = { ...record, outcomes: [...record.outcomes, outcome] }
      progress({
        _tag: "ScanFinished",
        scope,
        scan: outcome.scan,
        status: outcome.status,
        reason: outcome.reason,
        flagged: outcome.counters.flagged
      })
    })

  const soFar = Effect.map(Clock.currentTimeMillis, (time) => withWork(record, ledger, begun, time))
  let kept = record.outcomes.length
  /** Keeps what was judged since it was kept last. */
  const keep = Effect.gen(function* () {
    const { length } = record.outcomes
    if (length === kept) return
    yield* store.putScope(yield* soFar)
    kept = length
  })

  progress({ _tag: "ScopeStarted", scope, scans: waiting.length })
  // What a newer run has judged keeps its findings: an older one would write them as of a time that is over.
  for (const name of found.scans.filter((scan) => !isJudged(scan))) {
    if (!isOvertaken(name)) continue
    const message = "a newer run judged it before this one came to it"
    yield* finish(notJudged(run, name, scope, { code: "not_scanned", message }, latest.get(name)))
  }
  if (attempt.fruitless >= maxFruitless) {
    const message = `judging it took longer than ${Duration.toMinutes(budget.stop)} minutes, ${maxFruitless} times in a row`
    for (const { name } of first) {
      yield* finish(notJudged(run, name, scope, { code: "too_slow", message }, latest.get(name)))
    }
  } else if (scans.length > 0 || found.scans.length === 0) {
    // Also a payer without scans of its own has what the others read of it.
    if (scopeKindOf(scope) === "payer") {
      yield* readShared(run, scope)
      record = { ...record, calls: (yield* store.scopeRecord(run.id, scope))?.calls ?? record.calls }
    }
  }
  if (attempt.fruitless < maxFruitless && scans.length > 0) {
    const session = yield* enterAccount(account, actionsOf(waiting), ledger)
    const elsewhere = {
      open: yield* Effect.cached(toldElsewhere(run, scope, "open")),
      suppressed: yield* Effect.cached(toldElsewhere(run, scope, "suppressed"))
    }
    yield* auditScope(scans, {
      now,
      common: { ...run.plan, leftOut: leftOutBy(run.plan), billNote: wholeBillNote(run.plan) },
      proceed: Effect.map(Clock.currentTimeMillis, (time) => time < started + Duration.toMillis(budget.begin)),
      cutOff: started + Duration.toMillis(budget.stop),
      sinkOf: (planned) => sinkOf(planned, run, scope, latest.get(planned.name), isRepeated, elsewhere, finish)
    }).pipe(
      Effect.provideService(AwsTarget, { ...scope, partition: run.plan.partition, session }),
      Effect.provideService(CallLedger, ledger),
      Effect.raceFirst(Effect.forever(Effect.delay(keep, keptEvery))),
      // What was judged before somebody stopped it, and what was spent before the store failed, was so all the same.
      Effect.onInterrupt(() => Effect.ignore(keep)),
      Effect.tapError(() => Effect.ignore(Effect.flatMap(soFar, store.putScope)))
    )
  }
  const remaining = found.scans.filter((name) => !isJudged(name)).length
  const finished = yield* Clock.currentTimeMillis
  const isFruitless = remaining > 0 && record.outcomes.length === outcomes.length
  record = {
    ...withWork(record, ledger, begun, finished),
    attempt: isFruitless
      ? { since: new Date(finished).toISOString(), outcomes: outcomes.length, fruitless: attempt.fruitless + 1 }
      : null,
    done: remaining === 0
  }
  yield* store.putScope(record)
  if (remaining === 0) {
    const flagged = record.outcomes.reduce((sum, { counters }) => sum + counters.flagged, 0)
    const gaps = record.outcomes.filter(({ status }) => status === "partial" || status === "unavailable").length
    progress({ _tag: "ScopeFinished", scope, findings: flagged, gaps })
  }
  return remaining
})

/** Findings about the resources of a scope that its payer's lists told of, which know no tags but those that they bring. */
const toldElsewhere = Effect.fnUntraced(function* (
  run: Run,
  { account, region }: Scope,
  status: "open" | "suppressed"
) {
  const store = yield* Store
  const payer = payerOf(run, account)
  if (payer === undefined || region === payerRegion) return []
  const record = yield* store.scopeRecord(run.id, { account: payer, region: payerRegion })
  const scans = record?.scans ?? []
  if (scans.length === 0) return []
  return (yield* findingsOf({ statuses: [status], accounts: [account], regions: [region], scans }, (finding) =>
    finding.scope.region === payerRegion && (status === "open" || isByTags(finding)) ? [finding] : []
  )).flat()
})

interface Elsewhere {
  readonly open: Effect.Effect<ReadonlyArray<Finding>, StoreError, Store>
  readonly suppressed: Effect.Effect<ReadonlyArray<Finding>, StoreError, Store>
}

/** Of a part of a resource, such as the storage of a database, the resource. */
const wholeOf = ({ resource }: Finding): string => resource.arn.replace(/#.*$/, "")

/** What the step is at. A call that used up its time without an outcome was fruitless; one that died early was not. */
const attemptOf = (
  { attempt }: ScopeRecord,
  outcomes: number,
  begun: number,
  stopMillis: number
): NonNullable<ScopeRecord["attempt"]> => {
  const since = new Date(begun).toISOString()
  if (attempt === null || attempt.outcomes !== outcomes) return { since, outcomes, fruitless: 0 }
  const usedUp = begun - Date.parse(attempt.since) >= stopMillis
  return usedUp ? { since, outcomes, fruitless: attempt.fruitless + 1 } : attempt
}

const withWork = (
  record: ScopeRecord,
  ledger: CallLedger["Service"],
  begun: number,
  finished: number
): ScopeRecord => ({
  ...record,
  calls: mergeCalls([...record.calls, ...ledger.counts()]),
  durationMillis: record.durationMillis + (finished - begun)
})

/** The night of a scan in a scope. A row of nights ends where a day has no outcome that judged anything. */
const nightOf = (run: Run, before: Outcome | undefined): Night => {
  const now = new Date(run.startedAt)
  const last = before?.lastJudged ?? null
  const at = now.toISOString()
  const lastDay = last === null ? undefined : startOfUtcDay(new Date(last))
  const days = lastDay === undefined ? undefined : daysBetween(lastDay, startOfUtcDay(now))
  const sequence = (before?.sequence ?? 0) + (days === 0 ? 0 : 1)
  const goesOn = days !== undefined && days <= 1 && before?.unbroken !== undefined && before.unbroken !== null
  return {
    runId: run.id,
    now,
    sequence,
    unbroken: goesOn ? before.unbroken : { since: at, sequence },
    ...(last === null ? {} : { previous: last })
  }
}

/** What Settle said of a finding's severity stays until it says otherwise: a region does not know what the account comes to. */
const withSettledSeverity = (draft: Seen, own: Finding | undefined): Seen =>
  own === undefined || own.status === "resolved" || own.severity === "info" || draft.severity === "info"
    ? draft
    : { ...draft, severity: own.severity }

/** What happened, with the findings that stay because the source that told them was silent. */
const withStays = (
  judgement: Judgement,
  stays: ReadonlyArray<Unjudged>,
  untold: number
): Pick<Judgement, "counters" | "reason" | "status" | "unjudged"> => {
  const [first] = stays
  if (first === undefined) return judgement
  const { counters, reason, unjudged } = judgement
  return {
    status: "partial",
    reason: reason ?? { code: "not_enabled", message: first.why },
    counters: { ...counters, flagged: counters.flagged - untold, unknown: counters.unknown + stays.length },
    unjudged: [...unjudged, ...stays].slice(0, maxUnjudged)
  }
}

/** What was started and AWS does not list is not known: a list may be behind, or the resource gone again. */
const withUnlisted = (judgement: Judgement, started: ReadonlyArray<Started>): Judgement => {
  const unlisted = [...new Set(started.flatMap(({ resources }) => resources))]
    .filter((id) => !judgement.isListed(id))
    .map((resource): Unjudged => ({ resource: cleanText(resource), state: "unknown", why: "AWS does not list it" }))
  return { ...judgement, unjudged: [...unlisted, ...judgement.unjudged].slice(0, maxUnjudged) }
}

const sinkOf = (
  planned: PlannedScan,
  run: Run,
  scope: Scope,
  before: Outcome | undefined,
  isRepeated: boolean,
  elsewhere: Elsewhere,
  finish: (outcome: Outcome) => Effect.Effect<void, StoreError>
) => {
  const { name, scan, settings } = planned
  const { minMonthlySavingsUsd, started } = run.plan
  const night = nightOf(run, before)
  const isStarted = started === undefined ? undefined : startedBy(started)
  /** Whether a finding is this run's to write: a micro-scan opens what was started, and leaves to the night what the night has opened. */
  const isOwn = ({ resource }: Pick<FindingDraft, "resource">, known: Finding | undefined): boolean =>
    isStarted === undefined ||
    (isStarted(resource) && (known === undefined || known.status === "resolved" || known.runId === run.id))
  const shown = new Set<string>()
  /** Whether a finding is open that rests on what has said nothing tonight. */
  const mustStay = (own: Finding | undefined, silence: string | undefined): own is Finding =>
    silence !== undefined && own !== undefined && own.status !== "resolved" && scan.source?.isOf(own) === true
  /** What goes on of such a finding where all that does not rest on its source is judged; undefined where it goes on as it is. */
  const leftOf = (own: Finding, tonight: Seen | undefined): Seen | undefined => {
    const left = scan.source?.left?.(own, tonight)
    return left === undefined
      ? undefined
      : { ...(tonight ?? own), ...left, observe: undefined, unproven: true, untold: false }
  }
  let open: ReadonlySet<string> | undefined
  /** The findings that are open here: read once, as they are when somebody first asks. Those that the night opens later are `shown`. */
  const openBefore = Effect.gen(function* () {
    open ??= new Set(yield* (yield* Store).openIds(scope, name))
    return open
  })

  const freshOf = Effect.fnUntraced(function* (ids: ReadonlyArray<string>) {
    const fresh = new Set<string>()
    // What a micro-scan has not started is the night's to ask about.
    if (started !== undefined) return fresh
    const store = yield* Store
    const isOpen = yield* openBefore
    for (const some of Arr.chunksOf(
      ids.filter((id) => isOpen.has(id)),
      batchSize
    )) {
      for (const finding of yield* store.findingsIn(scope, name, some)) {
        if (!mayWait(scan, finding)) fresh.add(finding.id)
      }
    }
    return fresh
  })

  /** Findings that stay though a draft was made of them. */
  const untold = new Set<string>()
  let changes = noChanges

  /** Answers the ids of findings that a person has set aside since they were `read`, of which nothing is written. */
  const write = Effect.fnUntraced(function* (
    known: ReadonlyArray<Finding>,
    transitions: ReadonlyArray<Transition>,
    read: ReadonlyArray<Finding>
  ) {
    const store = yield* Store
    // A step that died after this write and is repeated finds its findings unchanged; its events still count.
    const repeated = yield* Effect.forEach(
      known.filter(({ runId }) => runId === night.runId),
      ({ id }) => store.history(id)
    )
    const left = transitions.length === 0 ? [] : yield* store.writeTransitions(transitions, read)
    const events = [
      ...transitions.flatMap(({ events }) => events),
      ...repeated.flat().filter(({ runId }) => runId === night.runId)
    ]
    const isLeft = new Set(left)
    changes = addChanges(changes, changesOf(events.filter(({ findingId }) => !isLeft.has(findingId))))
    return left
  })

  const takeOnce = Effect.fnUntraced(function* (drafts: ReadonlyArray<FindingDraft>, refused: Set<string>) {
    const store = yield* Store
    const known = yield* store.findingsIn(
      scope,
      name,
      drafts.map(({ id }) => id)
    )
    const byId = new Map(known.map((finding) => [finding.id, finding]))
    const transitions: Array<Transition> = []
    for (const { remembered, withoutSource, ...judged } of drafts) {
      const own = byId.get(judged.id)
      if (!isOwn(judged, own)) continue
      if (mustStay(own, withoutSource)) {
        untold.add(own.id)
        const left = leftOf(own, judged)
        const transition = left === undefined ? undefined : see(left, own, night)
        if (transition !== undefined) transitions.push(transition)
        continue
      }
      const graded = scan.severityBy === "account" ? withSettledSeverity(judged, own) : judged
      // Nobody knows whether the source, which has spoken here before, would have cleared it.
      const draft =
        withoutSource === undefined || before?.sourceSpoke === undefined ? graded : { ...graded, unproven: true }
      if (remembered && (!mayWait(scan, draft) || wouldConfirm(draft, own, night))) {
        refused.add(draft.id)
        continue
      }
      shown.add(draft.id)
      const transition = see(draft, own, night)
      if (transition !== undefined) transitions.push(transition)
    }
    return yield* write(
      known.filter(({ id }) => shown.has(id) || untold.has(id)),
      transitions,
      known
    )
  })

  const take = Effect.fnUntraced(function* (drafts: ReadonlyArray<FindingDraft>) {
    const byId = new Map(drafts.map((draft) => [draft.id, draft]))
    const refused = new Set<string>()
    yield* rewritten([...byId.keys()], (ids) =>
      takeOnce(
        ids.flatMap((id) => byId.get(id) ?? []),
        refused
      )
    )
    return refused
  })

  /** Ends what is known to have ended, notes what could not be judged, and answers what stays because a source was silent. */
  const close = Effect.fnUntraced(function* ({ isOver, madeAt, stateOf, status, withoutSource }: Judgement) {
    const store = yield* Store
    const settingsChanged = before !== undefined && JSON.stringify(before.settings) !== JSON.stringify(settings)
    const matches = settingsChanged ? "settings_changed" : "no_longer_matches"
    const minimumRaised = (before?.minMonthlySavingsUsd ?? Number.POSITIVE_INFINITY) < minMonthlySavingsUsd
    const stays = new Map<string, Unjudged>()
    const reasonOf = (finding: Finding): ResolveReason | "missed" | Seen | undefined => {
      const { resource } = finding
      const silence = withoutSource(resource.arn)
      const state = stateOf(resource.arn)
      if (state !== "suppressed" && mustStay(finding, silence)) {
        // What somebody has set aside is nobody's gap.
        if (finding.status === "open" && state !== "untold")
          stays.set(finding.id, { resource: resource.id, state: "unknown", why: silence ?? "" })
        const isJudged = state === "healthy" || state === "untold" || state === "belowMinimum"
        return (isJudged ? leftOf(finding, undefined) : undefined) ?? "missed"
      }
      switch (state) {
        case "healthy":
          return matches
        case "belowMinimum":
          return minimumRaised ? "settings_changed" : matches
        case "suppressed":
          return "suppressed"
        // What was made since the finding was written is another of the same name. A partial outcome ends only what it judged.
        case "tooYoung":
          if ((madeAt(resource.arn) ?? "") > finding.lastSeen) return "resource_deleted"
          return status === "complete" ? matches : undefined
        case "gone":
          return status === "complete" ? "resource_deleted" : undefined
        // Settle and Sum end what is not part of the audit any more; nobody does of another account where there is no list of accounts.
        case "leftOut":
          return run.plan.full && run.plan.selected === "self" ? "no_longer_judged" : undefined
        case "unknown": {
          const over = isOver(finding)
          if (over.known) return over.value && status === "complete" ? matches : "missed"
          if (finding.status === "open")
            stays.set(finding.id, { resource: resource.id, state: "unknown", why: over.reason })
          return "missed"
        }
        case "untold":
          return "missed"
        case "flagged":
          return undefined
      }
    }
    // What an earlier call ended before it died is open no more; its events still count.
    if (isRepeated) {
      const ended = (yield* store.findingsIn(scope, name)).filter(({ status }) => status === "resolved")
      yield* write(ended, [], [])
    }
    const hidden = [...(yield* openBefore)].filter((id) => !shown.has(id))
    for (const chunk of Arr.chunksOf(hidden, batchSize)) {
      yield* rewritten(
        chunk,
        Effect.fnUntraced(function* (ids) {
          const known = yield* store.findingsIn(scope, name, ids)
          const seen = new Set<string>()
          const transitions = known.flatMap((finding) => {
            const reason = reasonOf(finding)
            if (reason === undefined) return []
            if (reason === "missed") return miss(finding, night) ?? []
            if (typeof reason === "string") return resolve(finding, reason, night) ?? []
            seen.add(finding.id)
            return see(reason, finding, night) ?? []
          })
          return yield* write(
            known.filter(({ id }) => seen.has(id)),
            transitions,
            known
          )
        })
      )
    }
    return [...stays.values()]
  })

  /** Sets aside what the payer's lists tell of resources that a tag leaves alone, and takes up what no tag does any more. */
  const leaveAlone = Effect.fnUntraced(function* ({ isFree, leftAlone }: Judgement) {
    const store = yield* Store
    const tagged = leftAlone.size === 0 ? [] : yield* elsewhere.open
    const moved = [
      ...tagged.filter((finding) => leftAlone.has(wholeOf(finding))),
      ...(yield* elsewhere.suppressed).filter((finding) => isFree(wholeOf(finding)))
    ]
    const moment = { runId: run.id, now: night.now }
    for (const own of Map.groupBy(moved, ({ scan, scope }) => `${scopeKey(scope)}/${scan}`).values()) {
      const [{ scan, scope }] = own as [Finding, ...Array<Finding>]
      yield* rewritten(
        own.map(({ id }) => id),
        Effect.fnUntraced(function* (ids) {
          const read = yield* store.findingsIn(scope, scan, ids)
          const transitions = read.flatMap((finding) => {
            if (leftAlone.has(wholeOf(finding))) {
              return finding.status === "open"
                ? (suppress(finding, { ...tagsOfResource, until: null }, moment) ?? [])
                : []
            }
            return isByTags(finding)
              ? (reopen(finding, { ...tagsOfResource, reason: "No tag says to leave it alone any more." }, moment) ??
                  [])
              : []
          })
          return yield* write([], transitions, read)
        })
      )
    }
  })

  const end = Effect.fnUntraced(function* (judgement: Judgement) {
    const store = yield* Store
    const { account, region } = scope
    const { report } = judgement
    const isJudged = judgement.status === "complete" || judgement.status === "partial"
    const sourceSpoke = judgement.sourceSpoke ? run.startedAt : before?.sourceSpoke
    const used = isJudged || before === undefined ? { settings, minMonthlySavingsUsd } : before
    const { counters, reason, status, unjudged } =
      isJudged && started === undefined
        ? withStays(judgement, yield* close(judgement), untold.size)
        : isJudged && started !== undefined
          ? withUnlisted(judgement, started)
          : judgement
    if (started === undefined) yield* leaveAlone(judgement)
    if (report !== undefined && started === undefined) {
      yield* store.putReport({ scan: name, account, region, runId: run.id, asOf: run.startedAt, report })
    }
    yield* finish({
      scan: name,
      account,
      region,
      status,
      reason,
      counters,
      unjudged,
      ...(judgement.leftOut.length === 0 ? {} : { leftOut: judgement.leftOut }),
      settings: used.settings,
      ...(used.minMonthlySavingsUsd === undefined ? {} : { minMonthlySavingsUsd: used.minMonthlySavingsUsd }),
      runId: run.id,
      asOf: run.startedAt,
      lastComplete: status === "complete" ? run.startedAt : (before?.lastComplete ?? null),
      lastJudged: isJudged ? run.startedAt : (before?.lastJudged ?? null),
      ...(sourceSpoke === undefined ? {} : { sourceSpoke }),
      sequence: isJudged ? night.sequence : (before?.sequence ?? 0),
      unbroken: isJudged ? night.unbroken : (before?.unbroken ?? null),
      changes
    })
  })

  return { take, freshOf, end }
}
