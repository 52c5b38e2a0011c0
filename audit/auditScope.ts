/** Audits one scope: loads what its scans read, judges, and says for each scan what happened. */
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import { AwsTarget } from "../core/aws/Aws.ts"
import type { AwsError } from "../core/aws/AwsError.ts"
import type { Observation, Verdict } from "../scans/Scan.ts"
import type { Evidence, Finding, Severity } from "../core/finding/Finding.ts"
import { findingId } from "../core/finding/findingId.ts"
import {
  type Counters,
  noCounters,
  type OutcomeReason,
  outcomeReason,
  type OutcomeStatus,
  type SettingValue
} from "../core/run/Outcome.ts"
import type { Report } from "../core/run/Report.ts"
import { severityOfSavings } from "../core/finding/severity.ts"
import { placeOf } from "../core/pricing/PricePlace.ts"
import { Prices, pricesAt } from "../core/pricing/Prices.ts"
import { known, unknown } from "../core/Reading.ts"
import { endpointRegion } from "../core/Scope.ts"
import { cleanTags, cleanText } from "../core/text.ts"
import { AsOf, type Dataset, type Probe, type Probed } from "../datasets/engine/Dataset.ts"
import { DatasetCrashed, loadAll, type Loaded } from "../datasets/engine/load.ts"
import type { JudgeContext, Scan } from "../scans/Scan.ts"

/** A scan that is to run, with the values of its settings. */
export interface PlannedScan {
  readonly name: string
  readonly category: string
  readonly scan: Scan
  readonly settings: Readonly<Record<string, SettingValue>>
}

/** What holds for every scan. Source: shared/scans.md 0.2. */
export interface CommonSettings {
  /** Findings below this saving, in USD a month, are counted and not kept. */
  readonly minMonthlySavingsUsd: number
  /** A resource with such a tag, whatever its value, is counted as suppressed and not kept. */
  readonly suppressTagKeys: ReadonlyArray<string>
}

/** A finding before its history is known. `severity` is what it has once it is confirmed. */
export type FindingDraft = Pick<
  Finding,
  | "id"
  | "scan"
  | "category"
  | "account"
  | "region"
  | "scope"
  | "resource"
  | "reason"
  | "confidence"
  | "savings"
  | "evidence"
> & {
  readonly severity: Severity
  readonly observe: Observation | undefined
  /** Whether an optional read was missing that could have cleared the resource, such as its tags. */
  readonly unproven: boolean
}

/**
 * One scan's judgement of the scope. It is made while `drafts` is read, so that a scope of 100,000 resources never has all its
 * findings in memory.
 */
export interface Judgement {
  readonly name: string
  readonly settings: Readonly<Record<string, SettingValue>>
  /** What the outcome will be unless the rule crashes. */
  readonly expected: OutcomeStatus
  /** Can be read once. Ends early when the rule crashes. */
  readonly drafts: Iterable<FindingDraft>
  /** What happened, once the drafts were read to their end. */
  readonly outcome: () => {
    readonly status: OutcomeStatus
    readonly reason: OutcomeReason | null
    readonly counters: Counters
  }
  readonly report: Report | undefined
  /** Whether a resource exists, by its ARN, and whether a tag suppressed it. Meaningful for complete outcomes. */
  readonly existing: (arn: string) => "suppressed" | "present" | "gone"
}

/** The datasets that a scan reads, with those that it can judge without. */
const readsOf = ({ scan, settings }: PlannedScan) =>
  Object.entries(scan.reads(settings)).map(([key, read]) =>
    "optional" in read
      ? { key, dataset: read.optional, optional: true }
      : { key, dataset: read as Dataset, optional: false }
  )

const reasonOfFailure = (error: AwsError | DatasetCrashed): OutcomeReason =>
  error instanceof DatasetCrashed ? { code: "scan_crashed", message: error.message } : outcomeReason(error)

/** The judgement of a scan that could not look. */
const unavailable = ({ name, settings }: Pick<PlannedScan, "name" | "settings">, reason: OutcomeReason): Judgement => ({
  name,
  settings,
  expected: "unavailable",
  drafts: [],
  outcome: () => ({ status: "unavailable", reason, counters: noCounters }),
  report: undefined,
  existing: () => "gone"
})

const crash = (scan: string, cause: unknown): OutcomeReason => ({
  code: "scan_crashed",
  message: `${scan} crashed: ${messageOf(cause)}. This is a bug; please report it.`
})

const messageOf = (cause: unknown) => (cause instanceof Error ? cause.message : String(cause))

/**
 * Audits the current target with scans of its kind and hands over each judgement as soon as it is there. `proceed` is asked
 * before every scan but the first; when it answers false, the scans that are left are returned.
 */
export const auditScope = Effect.fn("auditScope")(function* <R>(
  scans: ReadonlyArray<PlannedScan>,
  options: {
    readonly runId: string
    readonly now: Date
    readonly common: CommonSettings
    readonly proceed: Effect.Effect<boolean>
    readonly onJudgement: (judgement: Judgement) => Effect.Effect<void, never, R>
  }
) {
  const { common, now, onJudgement, proceed, runId } = options
  const target = yield* AwsTarget
  const scope = { account: target.account, region: target.region }
  const priceRegion = endpointRegion(target.region, target.partition)
  const book = yield* Effect.flatMap(Prices, (prices) => prices.bookFor(priceRegion))
  const loaded = yield* loadAll(
    scans.flatMap((planned) => readsOf(planned).map(({ dataset }) => dataset)),
    runId,
    now
  )

  for (const [index, planned] of scans.entries()) {
    if (index > 0 && !(yield* proceed)) return scans.slice(index)
    const context: JudgeContext<any> = {
      settings: planned.settings,
      scope,
      partition: target.partition,
      now,
      price: pricesAt(book, placeOf(priceRegion))
    }
    yield* Effect.flatMap(judgeOne(planned, loaded, context, common), onJudgement)
  }
  return []
})

const judgeOne = Effect.fnUntraced(function* (
  planned: PlannedScan,
  loaded: ReadonlyMap<string, Loaded>,
  context: JudgeContext<any>,
  common: CommonSettings
) {
  const { name, scan, settings } = planned
  const data: Record<string, unknown> = {}
  /** Why the result cannot be complete. */
  const partialReasons: Array<OutcomeReason> = []
  let unproven = false

  for (const { dataset, key, optional } of readsOf(planned)) {
    const answer = loaded.get(dataset.name)
    if (answer === undefined) throw new Error(`${dataset.name} was not loaded`)
    const failed = answer.ok ? answer.gaps[0] : answer.error
    // A metric that could not be read makes single resources unknown; the rule is told so, series by series.
    const tolerated = answer.ok && (scan.subjects.includes(key) || dataset.kind === "metrics")
    if (failed === undefined || tolerated) data[key] = answer.ok ? answer.value : undefined
    else if (optional) {
      data[key] = undefined
      unproven = true
    } else return unavailable(planned, reasonOfFailure(failed))
    if (failed !== undefined) partialReasons.push(reasonOfFailure(failed))
  }

  const judged = yield* Effect.gen(function* () {
    for (const [key, probe] of Object.entries(scan.probes)) {
      const probed = yield* runProbe(probe, scan.candidates(data, context)[key] ?? []).pipe(
        Effect.provideService(AsOf, context.now)
      )
      data[key] = probed.answers
      partialReasons.push(...probed.reasons)
    }
    return { report: scan.report?.(data, context) }
  }).pipe(Effect.catchDefect((cause) => Effect.as(Effect.logDebug(`${name} crashed`, cause), crash(name, cause))))
  if ("code" in judged) return unavailable(planned, judged)

  const counters = { ...noCounters }
  const suppressed = new Set<string>()
  const subjects = () => scan.subjects.flatMap((key) => data[key] as ReadonlyArray<{ readonly arn?: string }>)
  const reason = joined(partialReasons)
  let crashed: OutcomeReason | undefined
  let arns: Set<string> | undefined
  return {
    name,
    settings,
    expected: reason === null ? "complete" : "partial",
    drafts: (function* () {
      try {
        counters.examined = subjects().length
        yield* draftsOf(planned, scan.judge?.(data, context) ?? [], context, common, counters, suppressed, unproven)
      } catch (cause) {
        crashed = crash(name, cause)
      }
    })(),
    outcome: () =>
      crashed === undefined
        ? { status: reason === null ? "complete" : "partial", reason, counters }
        : { status: "unavailable", reason: crashed, counters: noCounters },
    report: judged.report,
    existing: (arn) => {
      if (suppressed.has(arn)) return "suppressed"
      if (!scan.inventory) return "present"
      arns ??= new Set(subjects().flatMap((subject) => subject.arn ?? []))
      return arns.has(arn) ? "present" : "gone"
    }
  } satisfies Judgement
})

/** One reason out of several: the first one's code, and what all of them say, each once. */
const joined = (reasons: ReadonlyArray<OutcomeReason>): OutcomeReason | null => {
  const [first] = reasons
  return first === undefined
    ? null
    : { ...first, message: [...new Set(reasons.map(({ message }) => message))].sort().join("; ") }
}

const cleanEvidence = (evidence: Evidence): Evidence =>
  Object.fromEntries(
    Object.entries(evidence).map(([key, value]) => [
      key,
      typeof value === "string" ? cleanText(value) : Array.isArray(value) ? value.map(cleanText) : value
    ])
  )

const draftsOf = function* (
  { category, name }: PlannedScan,
  verdicts: Iterable<Verdict>,
  { scope }: JudgeContext<any>,
  common: CommonSettings,
  counters: { -readonly [K in keyof Counters]: number },
  suppressed: Set<string>,
  unproven: boolean
): Iterable<FindingDraft> {
  for (const verdict of verdicts) {
    if (verdict.verdict === "tooYoung") counters.tooYoung += 1
    else if (verdict.verdict === "unknown") counters.unknown += 1
    else if (common.suppressTagKeys.some((key) => Object.hasOwn(verdict.resource.tags, key))) {
      counters.suppressed += 1
      suppressed.add(verdict.resource.arn)
    } else if (verdict.savings.monthlyUsd < common.minMonthlySavingsUsd) counters.belowMinimum += 1
    else {
      counters.flagged += 1
      const account = verdict.account ?? scope.account
      const region = verdict.region ?? scope.region
      yield {
        id: findingId(name, account, region, verdict.resource.arn),
        scan: name,
        category,
        account,
        region,
        scope,
        resource: {
          ...verdict.resource,
          name: cleanText(verdict.resource.name),
          tags: cleanTags(verdict.resource.tags)
        },
        reason: verdict.reason,
        severity: verdict.severity ?? severityOfSavings(verdict.savings),
        confidence: verdict.confidence ?? "high",
        savings: verdict.savings,
        evidence: cleanEvidence(verdict.evidence),
        observe: verdict.observe,
        unproven
      }
    }
  }
}

/** Asks about candidates, batch by batch. What fails, and what is over the cap, stays unknown and says why. */
const runProbe = Effect.fnUntraced(function* (probe: Probe<any, any>, candidates: ReadonlyArray<unknown>) {
  const asked = candidates.slice(0, probe.cap)
  const answers = new Map<string, ReturnType<Probed<any>["get"]>>()
  const reasons: Array<OutcomeReason> = []
  yield* Effect.forEach(
    Arr.chunksOf(asked, probe.batchSize),
    (batch) =>
      Effect.match(probe.read(batch), {
        onSuccess: (values) => batch.forEach((item, index) => answers.set(probe.key(item), known(values[index]))),
        onFailure: (error) => {
          reasons.push(outcomeReason(error))
          for (const item of batch) answers.set(probe.key(item), unknown(error.message))
        }
      }),
    { concurrency: 8, discard: true }
  )
  const over = candidates.length - asked.length
  const capped = `${over} of ${candidates.length} candidates were not inspected: ${probe.name} asks about ${probe.cap} in one run`
  if (over > 0) reasons.push({ code: "inspection_cap", message: capped })
  const probed: Probed<any> = {
    get: (key) => answers.get(key) ?? unknown(over > 0 ? capped : `${probe.name} was not asked`)
  }
  return { answers: probed, reasons }
})
