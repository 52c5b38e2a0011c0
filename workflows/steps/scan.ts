/** Audits one scope. Before its time is up it stops and answers how many scans remain; the machine calls it again. */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { AwsTarget } from "../../core/aws/Aws.ts"
import { CallLedger, mergeCalls } from "../../core/aws/CallLedger.ts"
import { AccountId } from "../../core/Scope.ts"
import { resolve, see, type Night, type Transition } from "../../core/finding/lifecycle.ts"
import type { Finding, FindingEvent, ResolveReason } from "../../core/finding/Finding.ts"
import type { Outcome } from "../../core/finding/Outcome.ts"
import type { Changes, ScopeRecord } from "../../core/store/Run.ts"
import { Store, type StoreError } from "../../core/store/Store.ts"
import { auditScope, type ScanResult } from "../../scans/auditScope.ts"
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

  yield* enterAccount(run, account)
  progress({ _tag: "ScopeStarted", scope: { account, region }, scans: scans.length })

  let storeFailure: StoreError | undefined
  const onResult = Effect.fnUntraced(function* (result: ScanResult) {
    if (storeFailure !== undefined) return
    const before = latest.get(result.name)
    const sequence = sequenceOf(result, before, runId)
    const outcome: Outcome = {
      scan: result.name,
      account,
      region,
      status: result.status,
      reason: result.reason,
      counters: result.counters,
      settings: result.settings,
      runId,
      asOf: run.startedAt,
      lastComplete: result.status === "complete" ? run.startedAt : (before?.lastComplete ?? null),
      sequence
    }
    const written = yield* Effect.result(
      Effect.gen(function* () {
        const night = { runId, now, sequence }
        const known = yield* store.findingsIn({ account, region }, result.name)
        const transitions = transitionsOf(result, known, before, night)
        // A step that died after this write and is repeated finds its findings unchanged; its events still count.
        const repeated = yield* Effect.forEach(
          known.filter((finding) => finding.runId === runId),
          ({ id }) => store.history(id)
        )
        yield* store.writeTransitions(transitions)
        countEvents(changes, [
          ...transitions.flatMap(({ events }) => events),
          ...repeated.flat().filter((event) => event.runId === runId)
        ])
        if (result.report !== undefined) {
          yield* store.putReport({ scan: result.name, account, region, runId, asOf: run.startedAt, report: result.report })
        }
      })
    )
    if (written._tag === "Failure") {
      storeFailure = written.failure
      return
    }
    findings += result.counters.flagged
    outcomes.push(outcome)
    progress({
      _tag: "ScanFinished",
      scope: { account, region },
      scan: result.name,
      status: result.status,
      reason: result.reason,
      flagged: result.counters.flagged
    })
  })

  yield* auditScope(scans, {
    runId,
    now,
    common: run.plan,
    proceed: Effect.map(Clock.currentTimeMillis, (time) => time < deadline && storeFailure === undefined),
    onResult
  }).pipe(
    Effect.provideService(AwsTarget, { account, region, partition: run.plan.partition }),
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

/** The number of the scan's complete outcome here. A step that is repeated within its run does not count twice. */
const sequenceOf = ({ status }: ScanResult, before: Outcome | undefined, runId: string): number => {
  const last = before?.sequence ?? 0
  return status !== "complete" || (before?.runId === runId && before.status === "complete") ? last : last + 1
}

const transitionsOf = (
  { drafts, existing, settings, status }: ScanResult,
  known: ReadonlyArray<Finding>,
  before: Outcome | undefined,
  night: Night
): ReadonlyArray<Transition> => {
  if (status !== "complete" && status !== "partial") return []
  const byId = new Map(known.map((finding) => [finding.id, finding]))
  const seen = drafts.flatMap((draft) => see(draft, byId.get(draft.id), night) ?? [])
  // What a partial outcome does not show may be in the part that was not read.
  if (status === "partial") return seen
  const shown = new Set(drafts.map(({ id }) => id))
  const settingsChanged = before !== undefined && JSON.stringify(before.settings) !== JSON.stringify(settings)
  const reasonOf = (finding: Finding): ResolveReason => {
    const state = existing(finding.resource.arn)
    return state === "gone"
      ? "resource_deleted"
      : state === "suppressed"
        ? "suppressed"
        : settingsChanged
          ? "settings_changed"
          : "no_longer_matches"
  }
  const gone = known.filter(({ id, status }) => status === "open" && !shown.has(id))
  return [...seen, ...gone.flatMap((finding) => resolve(finding, reasonOf(finding), night) ?? [])]
}

/** Counts events by their type, each event of a finding once. */
const countEvents = (changes: { -readonly [K in keyof Changes]: number }, events: ReadonlyArray<FindingEvent>) => {
  const distinct = new Map(events.map((event) => [`${event.findingId}/${event.type}`, event]))
  for (const { type } of distinct.values()) changes[type] += 1
}
