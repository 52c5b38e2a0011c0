/** Audits one scope. Before its time is up it stops and answers how many scans remain; the machine calls it again. */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { AwsTarget } from "../../core/aws/Aws.ts"
import { CallLedger, mergeCalls } from "../../core/aws/CallLedger.ts"
import { AccountId, type Scope, scopeKindOf } from "../../core/Scope.ts"
import { resolve, see, type Night, type Transition } from "../../core/finding/lifecycle.ts"
import type { Finding, FindingEvent, ResolveReason } from "../../core/finding/Finding.ts"
import type { Outcome } from "../../core/run/Outcome.ts"
import type { Changes, ScopeRecord } from "../../core/run/Run.ts"
import { Store, type StoreError } from "../../core/store/Store.ts"
import { actionsOf } from "../../audit/actions.ts"
import { auditScope, type Judgement } from "../../audit/auditScope.ts"
import { isoDay } from "../../core/time.ts"
import { Progress } from "../Progress.ts"
import { enterAccount, findRun, plannedScans, runLedger } from "./common.ts"

export const ScanInput = Schema.Struct({ runId: Schema.String, account: AccountId, region: Schema.String })

/** How long one call of the step may take. Default: what leaves a Lambda function of 15 minutes time to finish a scan. */
export const ScanBudget = Context.Reference<Duration.Duration>("nightaudit/workflows/ScanBudget", {
  defaultValue: () => Duration.minutes(10)
})

export const scan = Effect.fn("scan")(function* (input: unknown) {
  const { account, region, runId } = yield* Schema.decodeUnknownEffect(ScanInput)(input)
  const store = yield* Store
  const progress = yield* Progress
  const run = yield* findRun(runId)
  const record = yield* store.scopeRecord(runId, { account, region })
  const judged = new Set(record?.outcomes.map(({ scan }) => scan))
  const waiting = record === undefined || record.done ? [] : record.scans.filter((name) => !judged.has(name))
  if (record === undefined || waiting.length === 0) return { runId, account, region, remaining: 0 }

  const started = yield* Clock.currentTimeMillis
  const deadline = started + Duration.toMillis(yield* ScanBudget)
  const ledger = yield* runLedger(run)
  const scans = yield* plannedScans(run, waiting)
  const latest = new Map((yield* store.latestOutcomes({ account, region })).map((outcome) => [outcome.scan, outcome]))
  const now = new Date(run.startedAt)
  const outcomes: Array<Outcome> = []
  const changes = { ...record.changes }
  let findings = 0

  // The same for every scope of the kind, so that all regions of an account share one session.
  const kind = scopeKindOf({ account, region })
  const actions = actionsOf((yield* plannedScans(run)).filter(({ scan }) => scan.scope === kind))
  const session = yield* enterAccount(account, actions, ledger)
  progress({ _tag: "ScopeStarted", scope: { account, region }, scans: scans.length })

  let storeFailure: StoreError | undefined
  const onJudgement = Effect.fnUntraced(function* (judgement: Judgement) {
    if (storeFailure !== undefined) return
    const { name, settings } = judgement
    const before = latest.get(name)
    const night = { runId, now, sequence: sequenceOf(judgement, before, now) }
    const written = yield* Effect.result(writeJudgement(judgement, { account, region }, before, night, changes))
    if (written._tag === "Failure") {
      storeFailure = written.failure
      return
    }
    const { counters, reason, status } = judgement.outcome()
    if (judgement.report !== undefined) {
      yield* Effect.catch(
        store.putReport({ scan: name, account, region, runId, asOf: run.startedAt, report: judgement.report }),
        (error) =>
          Effect.sync(() => {
            storeFailure = error
          })
      )
    }
    findings += counters.flagged
    outcomes.push({
      scan: name,
      account,
      region,
      status,
      reason,
      counters,
      settings,
      runId,
      asOf: run.startedAt,
      lastComplete: status === "complete" ? run.startedAt : (before?.lastComplete ?? null),
      // A rule that crashed on the way has no complete outcome to count.
      sequence: status === "complete" ? night.sequence : (before?.sequence ?? 0)
    })
    progress({
      _tag: "ScanFinished",
      scope: { account, region },
      scan: name,
      status,
      reason,
      flagged: counters.flagged
    })
  })

  yield* auditScope(scans, {
    runId,
    now,
    common: run.plan,
    proceed: Effect.map(Clock.currentTimeMillis, (time) => time < deadline && storeFailure === undefined),
    onJudgement
  }).pipe(
    Effect.provideService(AwsTarget, { account, region, partition: run.plan.partition, session }),
    Effect.provideService(CallLedger, ledger)
  )

  const remaining = waiting.length - outcomes.length
  const finished = yield* Clock.currentTimeMillis
  const after: ScopeRecord = {
    ...record,
    outcomes: [...record.outcomes, ...outcomes],
    changes,
    calls: mergeCalls([...record.calls, ...ledger.counts()]),
    durationMillis: record.durationMillis + (finished - started),
    done: remaining === 0
  }
  yield* store.putScope(after)
  if (storeFailure !== undefined) return yield* storeFailure
  if (remaining === 0) {
    const gaps = after.outcomes.filter(({ status }) => status === "partial" || status === "unavailable").length
    progress({ _tag: "ScopeFinished", scope: { account, region }, findings, gaps })
  }
  return { runId, account, region, remaining }
})

/** On how many nights the scan has had a complete outcome here. Two runs of one day are one night. */
const sequenceOf = ({ expected }: Judgement, before: Outcome | undefined, now: Date): number => {
  const last = before?.sequence ?? 0
  return expected !== "complete" || before?.lastComplete?.slice(0, 10) === isoDay(now) ? last : last + 1
}

/** Findings that are compared and written together. */
const batchSize = 500

const batches = function* <A>(items: Iterable<A>): Iterable<ReadonlyArray<A>> {
  let batch: Array<A> = []
  for (const item of items) {
    batch.push(item)
    if (batch.length < batchSize) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

/** Writes what the night changes about a scan's findings in a scope, batch by batch, and counts it. */
const writeJudgement = Effect.fnUntraced(function* (
  judgement: Judgement,
  scope: Scope,
  before: Outcome | undefined,
  night: Night,
  changes: { -readonly [K in keyof Changes]: number }
) {
  const store = yield* Store
  const shown = new Set<string>()
  const write = Effect.fnUntraced(function* (known: ReadonlyArray<Finding>, transitions: ReadonlyArray<Transition>) {
    // A step that died after this write and is repeated finds its findings unchanged; its events still count.
    const repeated = yield* Effect.forEach(
      known.filter(({ runId }) => runId === night.runId),
      ({ id }) => store.history(id)
    )
    yield* store.writeTransitions(transitions)
    countEvents(changes, [
      ...transitions.flatMap(({ events }) => events),
      ...repeated.flat().filter(({ runId }) => runId === night.runId)
    ])
  })

  for (const drafts of batches(judgement.drafts)) {
    const ids = drafts.map(({ id }) => id)
    for (const id of ids) shown.add(id)
    const known = yield* store.findingsIn(scope, judgement.name, ids)
    const byId = new Map(known.map((finding) => [finding.id, finding]))
    yield* write(
      known,
      drafts.flatMap((draft) => see(draft, byId.get(draft.id), night) ?? [])
    )
  }

  // What a partial outcome does not show may be in the part that was not read.
  if (judgement.outcome().status !== "complete") return
  const settingsChanged = before !== undefined && JSON.stringify(before.settings) !== JSON.stringify(judgement.settings)
  const reasonOf = ({ resource }: Finding): ResolveReason => {
    const state = judgement.existing(resource.arn)
    if (state === "gone") return "resource_deleted"
    return state === "suppressed" ? "suppressed" : settingsChanged ? "settings_changed" : "no_longer_matches"
  }
  const gone = (yield* store.openIds(scope, judgement.name)).filter((id) => !shown.has(id))
  for (const ids of batches(gone)) {
    const known = yield* store.findingsIn(scope, judgement.name, ids)
    yield* write(
      [],
      known.flatMap((finding) => resolve(finding, reasonOf(finding), night) ?? [])
    )
  }
})

/** Counts events by their type, each event of a finding once. */
const countEvents = (changes: { -readonly [K in keyof Changes]: number }, events: ReadonlyArray<FindingEvent>) => {
  const distinct = new Map(events.map((event) => [`${event.findingId}/${event.type}`, event]))
  for (const { type } of distinct.values()) changes[type] += 1
}
