/** Settles one account: what nobody judges any more, which claim per resource counts, its totals, and its part of the run's summary. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Catalogue } from "../../core/catalogue/Catalogue.ts"
import { type Claimant, claimantOf } from "../../core/finding/claims.ts"
import { authorOf, endOf, isByConfiguration, isByTags, suppressionOf } from "../../core/config/suppressions.ts"
import type { Finding, Severity } from "../../core/finding/Finding.ts"
import { expire, regrade, type Transition } from "../../core/finding/lifecycle.ts"
import { type Moment, reopen, snooze, suppress } from "../../core/finding/setAside.ts"
import { twinOf } from "../../core/finding/twins.ts"
import { severityOfTotal, tempered } from "../../core/finding/severity.ts"
import { addChanges, type Changes } from "../../core/run/Changes.ts"
import { inRun, namedBy } from "../../core/run/inRun.ts"
import type { Run, RunSummary, ScopeRecord } from "../../core/run/Run.ts"
import { addCost, noCost, workOf } from "../../core/run/runCost.ts"
import { coverageOf, totalsOf } from "../../core/run/totals.ts"
import { AccountId } from "../../core/Scope.ts"
import { Store } from "../../core/store/Store.ts"
import { findingsOf } from "../../query/findingsOf.ts"
import { billedIn } from "../accountBill.ts"
import { totalAccount } from "../accountTotals.ts"
import { putTrendPoint } from "../trendPoint.ts"
import { takeNight } from "../nightLease.ts"
import { Progress } from "../Progress.ts"
import { findRun } from "../findRun.ts"
import { closeRecord } from "../scopeRecords.ts"
import { settledChanges } from "../settled.ts"

export const SettleInput = Schema.Struct({ runId: Schema.String, account: AccountId })

export const settle = Effect.fn("settle")(function* (input: unknown) {
  const { account, runId } = yield* Schema.decodeUnknownEffect(SettleInput)(input)
  const progress = yield* Progress
  const run = yield* findRun(runId)
  yield* takeNight(run)
  yield* settleAccount(run, account)
  progress({ _tag: "Settled", account })
  return { runId, account }
})

/** Settles an account of the run. Doing it twice is doing it once. */
export const settleAccount = Effect.fnUntraced(function* (run: Run, account: string) {
  const store = yield* Store
  for (const record of yield* store.scopeRecords(run.id, account)) {
    if (!record.done) {
      yield* closeRecord(run, record, { code: "not_scanned", message: "the run ended before this scope was scanned" })
    }
  }
  const records = yield* store.scopeRecords(run.id, account)

  const isNewest = !(yield* isOvertaken(run, account))
  const changes = yield* settledChanges(run, "settle", account)
  const configured = isNewest ? setAsideBy(run) : () => undefined
  const kept = yield* findingsOf({ statuses: ["open", "snoozed", "suppressed"], accounts: [account] }, (finding) => ({
    claimant: claimantOf(finding),
    becomes: configured(finding)?.finding.status,
    aside: isByConfiguration(finding) || isByTags(finding) ? null : asideOf(finding),
    twin: twinOf(finding)?.id
  }))
  const moved = kept.flatMap(({ becomes, claimant }) => (becomes === undefined ? [] : [claimant]))
  if (moved.length > 0) yield* changes.change(moved, configured)
  // A recommendation that one scan tells later than another is what a person has made of it already.
  const asides = new Map(kept.flatMap(({ aside, claimant }) => (aside === null ? [] : [[claimant.id, aside] as const])))
  const following = kept.flatMap(({ claimant, twin = "" }) =>
    isNewest && claimant.status === "open" && asides.has(twin) ? [claimant] : []
  )
  const followed = new Map<string, Finding["status"]>()
  if (following.length > 0) {
    yield* changes.change(following, (finding) => {
      const transition = asides.get(twinOf(finding)?.id ?? "")?.(finding, {
        runId: run.id,
        now: new Date(run.startedAt)
      })
      if (transition !== undefined) followed.set(finding.id, transition.finding.status)
      return transition
    })
  }
  const unresolved = kept.map(({ becomes, claimant }) => {
    const status = followed.get(claimant.id) ?? becomes
    return status === undefined ? claimant : { ...claimant, status }
  })
  // What the configuration names no more would stay as it last was. A narrower run says nothing of the rest.
  const isJudged = run.plan.full && isNewest ? namedBy(run.plan) : () => true
  yield* changes.end(
    unresolved.filter((finding) => !isJudged(finding)),
    "no_longer_judged"
  )
  const open = unresolved.filter((finding) => finding.status === "open" && isJudged(finding))
  const findings = isNewest ? yield* weighTogether(run, open, changes) : open
  // Totals are about everything that is open, whichever run found it; the summary is about the run.
  const counted = yield* totalAccount(account, findings, run, yield* billedIn(account, run))
  const summary: RunSummary = {
    totals: totalsOf(findings.filter(inRun(run, account, records)), counted),
    ...workIn(records, changes.soFar())
  }
  if (run.plan.full && isNewest) {
    yield* putTrendPoint(account, run, summary)
  }
  yield* store.putAccountSummary({ runId: run.id, account, summary })
})

/** How a finding was set aside, to do the same to its twin; null where it is not, or its time is over. */
const asideOf = ({ setAside, status }: Finding) => {
  if (setAside === null || (status !== "snoozed" && status !== "suppressed")) return null
  return (finding: Finding, moment: Moment): Transition | undefined =>
    status === "snoozed" ? snooze(finding, setAside, moment) : suppress(finding, setAside, moment)
}

/**
 * What the configuration's suppressions make of a finding: what one of them names is set aside, and what none names any more is taken up
 * again. What a person did stays until its time is over, which a night knows also where it cannot judge.
 */
const setAsideBy = ({ id: runId, plan, startedAt }: Run) => {
  const moment = { runId, now: new Date(startedAt) }
  const { full, suppressions = [] } = plan
  return (finding: Finding): Transition | undefined => {
    const twin = twinOf(finding)
    const rule =
      suppressionOf(suppressions, finding, moment.now) ??
      (twin === undefined ? undefined : suppressionOf(suppressions, { ...finding, scan: twin.scan }, moment.now))
    const expired = expire(finding, moment)
    if (rule !== undefined) {
      const { reason } = rule
      return finding.status === "open" || isByConfiguration(finding) || expired !== undefined
        ? suppress(finding, { reason, author: authorOf(rule), until: endOf(rule), by: "configuration" }, moment)
        : undefined
    }
    // A narrower run may have been asked for without them, and is about a part.
    if (!full) return undefined
    return (
      expired ??
      (isByConfiguration(finding)
        ? reopen(finding, { author: "configuration", reason: "no suppression names it any more" }, moment)
        : undefined)
    )
  }
}

/**
 * Gives the findings of scans that are weighed by account the severity of what they come to together, which no region knows by
 * itself. Answers all with the severities that they have now.
 */
const weighTogether = Effect.fnUntraced(function* (
  run: Run,
  findings: ReadonlyArray<Claimant>,
  { change }: Effect.Success<ReturnType<typeof settledChanges>>
) {
  const catalogue = yield* Catalogue
  const scans = new Set(catalogue.all.flatMap(({ name, severityBy }) => (severityBy === "account" ? [name] : [])))
  const night = { runId: run.id, now: new Date(run.startedAt) }
  const now = new Map<string, Severity>()
  const weighed = findings.filter(({ savings, scan }) => scans.has(scan) && (savings?.monthlyUsd ?? 0) > 0)
  for (const own of Map.groupBy(weighed, ({ scan }) => scan).values()) {
    const cents = own.reduce((sum, { savings }) => sum + Math.round((savings?.monthlyUsd ?? 0) * 100), 0)
    const severity = severityOfTotal(cents / 100)
    yield* change(
      own.filter((finding) => finding.severity !== tempered(severity, finding.confirmed, "high")),
      (finding) => {
        const transition = regrade(finding, severity, night)
        if (transition !== undefined) now.set(finding.id, transition.finding.severity)
        return transition
      }
    )
  }
  return now.size === 0
    ? findings
    : findings.map((finding) => ({ ...finding, severity: now.get(finding.id) ?? finding.severity }))
})

/** Whether a newer whole night has settled the account, or the organisation: an older one that ends last leaves its trend alone. */
export const isOvertaken = Effect.fnUntraced(function* ({ startedAt }: Run, account: string) {
  const store = yield* Store
  const [totals] = yield* store.rollups([account])
  // The first totals of all may be a narrower run's.
  return totals !== undefined && totals.asOf > startedAt && (yield* store.run(totals.runId))?.plan.full !== false
})

/** What the scopes of an account changed, saw and cost. */
const workIn = (records: ReadonlyArray<ScopeRecord>, settled: Changes): Omit<RunSummary, "totals"> => {
  const work = workOf(records)
  return {
    changes: addChanges(work.changes, settled),
    coverage: coverageOf(records.flatMap(({ outcomes }) => outcomes)),
    cost: addCost(
      noCost,
      records.flatMap(({ calls }) => calls),
      work
    )
  }
}
