/** Judges a scope with one scan: drives its rule over the resources, answers what it asks, and makes drafts of findings. */
import * as Effect from "effect/Effect"
import { AwsError } from "../core/aws/AwsError.ts"
import type { Evidence, Finding, Severity } from "../core/finding/Finding.ts"
import { findingId } from "../core/finding/findingId.ts"
import type { Observation } from "../core/finding/lifecycle.ts"
import { severityOfSavings } from "../core/finding/severity.ts"
import {
  type Counters,
  type LeftOut,
  maxLeftOut,
  maxUnjudged,
  messageOfAll,
  noCounters,
  type OutcomeReason,
  outcomeReason,
  type OutcomeStatus,
  sayingOf,
  type SettingValue,
  type Unjudged
} from "../core/run/Outcome.ts"
import { known, map, type Reading } from "../core/Reading.ts"
import type { Report } from "../core/run/Report.ts"
import { cleanTags, cleanText, withoutControls } from "../core/text.ts"
import type { Scope } from "../core/Scope.ts"
import { isoDay } from "../core/time.ts"
import { fromTurn, nightNumber, rotationNights } from "../core/turns.ts"
import { ownerIn } from "../core/store/Store.ts"
import { type Tags, tagsOfTypes } from "../datasets/aws/tags.ts"
import type { Dataset, ReadServices } from "../datasets/engine/Dataset.ts"
import { type Loaded, gapsOf, isNotInRegion, Reader, viewOfLoaded } from "../datasets/engine/Reader.ts"
import type { ReadFailure } from "../datasets/engine/ReadFailure.ts"
import { Evidence as Listing, type MapEvidence } from "../datasets/engine/Evidence.ts"
import type { KindedResource, ResourceKind } from "../datasets/engine/ResourceKind.ts"
import type { Probe } from "../datasets/engine/Probe.ts"
import type { SharedReads } from "../datasets/engine/SharedReads.ts"
import type { Flag, JudgeContext, Judging, Scan, SetSum, Step, Verdict } from "../scans/Scan.ts"
import { type Answer, isRotating, Prober } from "./Prober.ts"

/** A scan that is to run, with the values of its settings. */
export interface PlannedScan {
  readonly name: string
  readonly category: string
  readonly scan: Scan
  readonly settings: Readonly<Record<string, SettingValue>>
}

/** What holds for every scan. Source: shared/scans.md 0.2. */
export interface CommonSettings {
  /** Money below this saving, in USD a month, is counted and not kept. */
  readonly minMonthlySavingsUsd: number
  /** A resource with such a tag, whatever its value, is counted as suppressed and not kept. */
  readonly suppressTagKeys: ReadonlyArray<string>
  /** A resource whose tag has one of the values of its key is suppressed as well. */
  readonly suppressTags?: Readonly<Record<string, ReadonlyArray<string>>>
  /** The keys of the tags that name an owner, in their order. Absent: those that are looked for where none are configured. */
  readonly ownerTagKeys?: ReadonlyArray<string>
  /** Why the audit is not about a place of which a list in a scope tells; undefined where it is. Absent: it is about all. */
  readonly leftOut?: (place: Scope, scope: Scope) => string | undefined
  /** What reports of a payer say besides. */
  readonly billNote?: string | undefined
}

const isSuppressed = ({ suppressTagKeys, suppressTags = {} }: CommonSettings, tags: Tags): boolean =>
  suppressTagKeys.some((key) => Object.hasOwn(tags, key)) ||
  Object.entries(suppressTags).some(([key, values]) => Object.hasOwn(tags, key) && values.includes(tags[key] ?? ""))

const suppresses = ({ suppressTagKeys, suppressTags = {} }: CommonSettings): boolean =>
  suppressTagKeys.length > 0 || Object.keys(suppressTags).length > 0

/** A finding before its history is known. `severity` is what it has once it is confirmed. */
export type FindingDraft = Pick<
  Finding,
  | "id"
  | "scan"
  | "category"
  | "account"
  | "region"
  | "scope"
  | "kind"
  | "resource"
  | "reasons"
  | "confidence"
  | "savings"
  | "note"
  | "evidence"
> & {
  readonly severity: Severity
  readonly observe: Observation | undefined
  /** Whether something was missing that could have cleared the resource, such as its tags. */
  readonly unproven: boolean
  /** Whether AWS did not tell tonight all that it rests on. */
  readonly untold: boolean
  /** Whether it rests on an answer of an earlier night, and AWS was not asked again for it. */
  readonly remembered: boolean
  /** Why the scan's source had no part in it; undefined where it had. */
  readonly withoutSource: string | undefined
  /** Whether the bill that its saving rests on could not be read. */
  readonly billUnread?: boolean
}

/** What the night knows of a resource: what it may close, and what it may not. */
export type ResourceState =
  | "healthy"
  /** Nothing was found, but for what the scan's source would have said. */
  | "untold"
  | "flagged"
  | "belowMinimum"
  | "tooYoung"
  | "suppressed"
  | "leftOut"
  | "unknown"
  | "gone"

/** What happened to one scan in one scope. */
export interface Judgement {
  readonly status: OutcomeStatus
  readonly reason: OutcomeReason | null
  readonly counters: Counters
  readonly report: Report | undefined
  /** The resources that were not judged, by name, as many as an outcome keeps. */
  readonly unjudged: ReadonlyArray<Unjudged>
  /** What was listed and the audit is not about, by why. */
  readonly leftOut: ReadonlyArray<LeftOut>
  /** The ARNs of what was looked at and a tag says to leave alone, flagged or not. */
  readonly leftAlone: ReadonlySet<string>
  /** Whether a resource was looked at and no tag says so. */
  readonly isFree: (arn: string) => boolean
  /** Whether AWS has listed a resource of this id. It is asked for few: it looks through all. */
  readonly isListed: (id: string) => boolean
  /** By ARN. `gone` is only said where the list of resources is whole. */
  readonly stateOf: (arn: string) => ResourceState
  /** Whether what was not judged is over nevertheless: nobody tells of it any more who would. Never where the list is not whole. */
  readonly isOver: (finding: Finding) => Reading<boolean>
  /** By ARN, when what is too young was made, ISO. */
  readonly madeAt: (arn: string) => string | undefined
  /** By ARN, why the scan's source had no part in what is said; undefined where it had. */
  readonly withoutSource: (arn: string) => string | undefined
  /** Whether the scan's source has said what could have cleared what was found. */
  readonly sourceSpoke: boolean
}

/** Who takes what is judged, while it is judged: a scope of 100,000 resources never has all its findings in memory. */
export interface Sink<E, R> {
  /**
   * Takes drafts, and answers the ids of those that it did not take: they would say that something is to be done, or confirm a finding for
   * the first time, and rest on answers of an earlier night. They are judged again with what AWS says tonight.
   */
  readonly take: (drafts: ReadonlyArray<FindingDraft>) => Effect.Effect<ReadonlySet<string>, E, R>
  /** Which of these findings are open and must not rest on an answer of an earlier night. */
  readonly freshOf: (ids: ReadonlyArray<string>) => Effect.Effect<ReadonlySet<string>, E, R>
}

/**
 * Whether a finding may rest on what an earlier night was told. Everything else is asked about each night, so that what somebody has
 * mended is gone the next morning, and nothing is offered for deletion by an old answer.
 */
export const mayWait = ({ unhurried }: Scan, { kind, reasons }: Pick<Finding, "kind" | "reasons">): boolean =>
  kind !== "money" && reasons.every((reason) => unhurried.includes(reason))

/** Findings that are compared and written together. */
export const batchSize = 500

/** Resources that are judged before other work of the process gets its turn. */
const turnSize = 5000

/** Resources that wait for an answer at the same time: of 100,000 candidates, these are held with all that their rules know. */
const waveSize = 5000

/** The datasets of a scan by the names that its rule gives them, with tags of its resources, or of what they are a part of, that are elsewhere. */
export const readsOf = (
  { scan, settings }: Pick<PlannedScan, "scan" | "settings">,
  taggedTypes: ReadonlyArray<string>
): ReadonlyArray<readonly [key: string, dataset: Dataset]> => {
  const reads = scan.reads(settings)
  const kind = reads[scan.subject]?.kind
  const parents = kind?.parents?.tags
  return [
    ...Object.entries(reads),
    ...(hasTagsElsewhere(kind) ? [[tagsKey, tagsOfTypes(taggedTypes)] as const] : []),
    ...(parents === undefined || scan.over !== undefined
      ? []
      : [[parentsKey, "listed" in parents ? parents.listed() : tagsOfTypes(taggedTypes)] as const])
  ]
}

// No names that a rule gives to a read.
const tagsKey = "#tags"
const parentsKey = "#parents"

const hasTagsElsewhere = (
  kind: ResourceKind | undefined
): kind is ResourceKind & { tags: { tagging: Array<string> } } => typeof kind?.tags === "object"

/** The types that the tagging API is asked for about resources of a kind. */
const typesElsewhere = (kind: ResourceKind | undefined): ReadonlyArray<string> => [
  ...(hasTagsElsewhere(kind) ? kind.tags.tagging : []),
  ...(kind?.parents !== undefined && "tagging" in kind.parents.tags ? kind.parents.tags.tagging : [])
]

/** The resource types of which scans want the tags from the tagging API, sorted. */
export const taggedTypesOf = (scans: ReadonlyArray<Pick<PlannedScan, "scan" | "settings">>): ReadonlyArray<string> =>
  [
    ...new Set(
      scans.flatMap(({ scan, settings }) => {
        return typesElsewhere(scan.reads(settings)[scan.subject]?.kind)
      })
    )
  ].sort()

const reasonOfFailure = (failure: ReadFailure, scope: Scope): OutcomeReason =>
  failure instanceof AwsError ? outcomeReason(failure, scope) : { code: "scan_crashed", message: failure.summary }

const nothing = (status: OutcomeStatus, reason: OutcomeReason): Judgement => ({
  status,
  reason,
  counters: noCounters,
  report: undefined,
  unjudged: [],
  leftOut: [],
  leftAlone: new Set(),
  isFree: () => false,
  isListed: () => false,
  stateOf: () => "unknown",
  isOver: () => known(false),
  madeAt: () => undefined,
  withoutSource: () => undefined,
  sourceSpoke: false
})

/** The tags of what others are a part of, by its ARN: from the tagging API, or from a list that has them. */
const parentTagsIn = (
  read: MapEvidence<string, Tags> | Listing<{ readonly arn: string; readonly tags: Tags }> | undefined
): ((arn: string) => Reading<Tags>) => {
  if (read === undefined) return () => known({})
  if (!(read instanceof Listing)) return (arn) => map(read.get(arn), (tags) => tags ?? {})
  const byArn = read.by(({ arn }) => arn)
  return (arn) => map(byArn.get(arn), (parent) => parent?.tags ?? {})
}

/** One reason out of several: the first one's code, and what all of them say, each once. */
const joined = (reasons: ReadonlyArray<OutcomeReason>): OutcomeReason | null => {
  const [first] = reasons
  if (first === undefined) return null
  const operations = [...new Set(reasons.flatMap(({ operations = [] }) => operations))].sort()
  const messages = [...Map.groupBy(reasons, sayingOf).values()]
    .map(([reason = first, ...others]) => messageOfAll([reason, ...others]))
    .sort()
  return {
    code: first.code,
    message: messages.slice(0, maxReasons).join("; "),
    ...(operations.length === 0 ? {} : { operations })
  }
}

const maxReasons = 10

/** Lists are sorted: AWS answers in another order tomorrow, and that is no change of the finding. */
const cleanEvidence = (evidence: Evidence): Evidence =>
  Object.fromEntries(
    Object.entries(evidence).map(([key, value]) => [
      key,
      typeof value === "string" ? cleanText(value) : Array.isArray(value) ? value.map(cleanText).sort() : value
    ])
  )

/**
 * Throws where a number is none, `evidence.sizeGb is NaN`: a store refuses such a record, and with it all that other scans found in the
 * scope; a crash is the scan's own.
 */
const checkNumbers = (path: string, value: unknown): void => {
  if (typeof value === "number" && !Number.isFinite(value)) throw new Error(`${path} is ${value}`)
  if (typeof value !== "object" || value === null) return
  for (const [key, inner] of Object.entries(value)) checkNumbers(`${path}.${key}`, inner)
}

/** One resource that is being judged. */
interface Case {
  readonly item: unknown
  readonly resource: KindedResource
  /** Whether AWS is asked again what it told of it before; undefined until something is asked that is remembered. */
  asksAgain: boolean | undefined
  judging: Judging | undefined
  unproven: boolean
  untold: boolean
  remembered: boolean
  /** Whether something was asked of which the answer is remembered. */
  rotates: boolean
  /** When the oldest answer was told that AWS could not be asked again for, because too many were. */
  answeredAt: string | undefined
  withoutSource: string | undefined
}

/** The ARN as findings keep it, by which a night is asked what became of them. */
const shownArn = ({ arn }: Pick<KindedResource, "arn">): string => withoutControls(arn)

/** A case before anything was asked about it. */
const untouched = {
  judging: undefined,
  unproven: false,
  untold: false,
  remembered: false,
  rotates: false,
  answeredAt: undefined,
  withoutSource: undefined
}

const isJudging = (judged: Verdict | undefined | Judging): judged is Judging =>
  judged !== undefined && !("verdict" in judged)

/** Judges the current target with a scan. A rule that crashes is that scan's outcome and nobody else's. */
export const judge = Effect.fn("judge")(function* <E, R>(
  planned: PlannedScan,
  context: JudgeContext<any>,
  common: CommonSettings,
  taggedTypes: ReadonlyArray<string>,
  sink: Sink<E, R>
): Effect.fn.Return<Judgement, E, R | ReadServices | SharedReads | Reader | Prober> {
  const { category, name, scan, settings } = planned
  const reader = yield* Reader
  const prober = yield* Prober
  const load = ([key, dataset]: readonly [string, Dataset]) =>
    Effect.map(reader.load(dataset), (answer) => ({ key, dataset, answer }))
  const reads = readsOf(planned, taggedTypes)
  const isOfParents = ([key]: readonly [string, Dataset]) => key === parentsKey
  const first = yield* Effect.forEach(
    reads.filter((read) => !isOfParents(read)),
    load,
    { concurrency: "unbounded" }
  )
  const subject = first.find(({ key }) => key === scan.subject)
  if (subject === undefined) throw new Error(`${name} reads no ${scan.subject}`)
  const { parents } = subject.dataset.kind ?? {}
  /** What an item is a part of. Where what is judged is not the subject item by item, that is not known. */
  const parentsOf = (item: unknown) => (scan.over === undefined ? (parents?.of(item) ?? []) : [])
  // Nobody's tags are asked for where nothing is a part of something.
  const hasParents =
    parents !== undefined &&
    subject.answer.ok &&
    (subject.answer.value as ReadonlyArray<unknown>).some((item) => parentsOf(item).length > 0)
  const loaded = [...first, ...(yield* Effect.forEach(hasParents ? reads.filter(isOfParents) : [], load))]
  if (!subject.answer.ok) {
    const reason = reasonOfFailure(subject.answer.error, context.scope)
    return nothing(isNotInRegion(subject.answer) ? "not_applicable" : "unavailable", reason)
  }
  const [wrong] = subject.answer.inherited
  if (wrong !== undefined) return nothing("unavailable", reasonOfFailure(wrong, context.scope))

  const data: Record<string, any> = {}
  const gaps: Array<OutcomeReason> = []
  for (const { answer, dataset, key } of loaded) {
    data[key] = viewOfLoaded(dataset, answer)
    gaps.push(...gapsOf(answer).map((gap) => reasonOfFailure(gap, context.scope)))
  }

  const counters = { ...noCounters }
  const unjudged: Array<Unjudged> = []
  const leftOut = new Map<string, number>()
  const leftAlone = new Set<string>()
  const untoldTags = new Set<string>()
  const states = new Map<string, Exclude<ResourceState, "healthy" | "gone">>()
  /** By ARN, when what is too young was made. */
  const young = new Map<string, string>()
  /** By ARN, why the scan's source had no part in the verdict. */
  const silences = new Map<string, string>()
  const declared = new Set<unknown>(Object.values(scan.probes(settings)))
  const kind = subject.dataset.kind
  const tagsElsewhere: MapEvidence<string, Tags> | undefined = data[tagsKey]
  const tagsOfParents = parentTagsIn(data[parentsKey])
  const drafts: Array<FindingDraft> = []
  /** Cases that rest on what an earlier night was told, until their drafts are taken. */
  const remembering = new Map<string, Case>()
  let again: Array<Case> = []
  let parked: Array<{ readonly one: Case; readonly step: Extract<Step, { step: "ask" }> }> = []
  /** Cases that wait for the rest of their sets, and what the sets came to. */
  let inSets: Array<{ readonly one: Case; readonly step: Extract<Step, { step: "join" }> }> = []
  const sets = new Map<string, SetSum>()
  let crash: OutcomeReason | undefined
  // What clears a risk may be otherwise since yesterday, and nobody would be told of it for a week.
  const isAboutRisks = category === "security"
  const goesOn = () => crash === undefined

  const flush = Effect.fnUntraced(function* () {
    if (drafts.length === 0) return
    const batch = drafts.splice(0)
    const refused = yield* sink.take(batch)
    for (const draft of batch) {
      const one = remembering.get(draft.id)
      remembering.delete(draft.id)
      if (one === undefined || !refused.has(draft.id)) continue
      counters.flagged -= 1
      again.push({ ...one, ...untouched, asksAgain: true })
    }
  })

  const idOf = ({ resource }: Case): string => {
    const { account = context.scope.account, region = context.scope.region } = resource
    return findingId(name, account, region, resource.arn)
  }

  /** Finds out for which of those that ask an earlier answer is not enough, where they are asking for the first time. */
  const decideWhoAsksAgain = Effect.fnUntraced(function* (waiting: typeof parked) {
    const undecided = waiting.flatMap(({ one, step }) =>
      one.asksAgain === undefined && isRotating(step.probe) ? [one] : []
    )
    if (undecided.length === 0) return
    const fresh = yield* sink.freshOf(undecided.map(idOf))
    for (const one of undecided) one.asksAgain = fresh.has(idOf(one))
  })

  const noteUnjudged = ({ resource }: Case, state: Unjudged["state"], why: string) => {
    if (unjudged.length < maxUnjudged) unjudged.push({ resource: cleanText(resource.id), state, why: cleanText(why) })
  }

  const conclude = (one: Case, verdict: Verdict | undefined) => {
    const arn = shownArn(one.resource)
    if (one.withoutSource !== undefined) silences.set(arn, one.withoutSource)
    if (verdict === undefined) {
      states.delete(arn)
    } else if (verdict.verdict === "tooYoung") {
      counters.tooYoung += 1
      states.set(arn, "tooYoung")
      if (one.resource.createdAt !== null) young.set(arn, one.resource.createdAt)
      noteUnjudged(one, "tooYoung", "younger than the window")
    } else if (verdict.verdict === "unknown") {
      counters.unknown += 1
      states.set(arn, verdict.why === one.withoutSource ? "untold" : "unknown")
      noteUnjudged(one, "unknown", verdict.why)
    } else takeFlag(one, verdict)
  }

  /** Whether a tag says to leave an item alone: its own, or one of what it is a part of. */
  const isAlone = (item: unknown, tags: Reading<Tags>): Reading<boolean> => {
    const all = [tags, ...parentsOf(item).map(tagsOfParents)]
    if (all.some((reading) => reading.known && isSuppressed(common, reading.value))) return known(true)
    return map(all.find((reading) => !reading.known) ?? tags, () => false)
  }

  /** Judges a case further though something is missing that could have cleared it. */
  const goesOnWithout = (one: Case) => {
    one.unproven = true
    one.untold = true
  }

  const takeFlag = (one: Case, flag: Flag) => {
    const { resource } = one
    const asked = flag.tags
    const elsewhere = tagsElsewhere?.get(resource.arn)
    const told = asked ?? elsewhere
    const tags: Readonly<Record<string, string>> =
      told === undefined ? resource.tags : told.known ? (told.value ?? {}) : {}
    const alone = isAlone(one.item, told === undefined ? known(tags) : map(told, (found) => found ?? {}))
    if (!alone.known) {
      // A tag may say that the resource is left alone on purpose.
      if (suppresses(common)) return conclude(one, { verdict: "unknown", why: alone.reason })
      goesOnWithout(one)
    }
    if (alone.known && alone.value) {
      counters.suppressed += 1
      states.set(shownArn(resource), "suppressed")
      return
    }
    const { savings } = flag
    checkNumbers("savings", savings)
    checkNumbers("evidence", flag.evidence)
    if (savings !== null && savings.basis !== "none" && savings.monthlyUsd < common.minMonthlySavingsUsd) {
      counters.belowMinimum += 1
      states.set(shownArn(resource), "belowMinimum")
      return
    }
    counters.flagged += 1
    states.set(shownArn(resource), "flagged")
    const { account = context.scope.account, region = context.scope.region, ...described } = resource
    const given: ReadonlyArray<string> = typeof flag.reason === "string" ? [flag.reason] : flag.reason
    const ordered = Object.keys(scan.reasons).filter((reason) => given.includes(reason))
    const reasons = ordered as [string, ...Array<string>]
    const evidence = cleanEvidence(flag.evidence)
    const ages =
      one.answeredAt !== undefined
        ? { answeredOn: one.answeredAt.slice(0, 10) }
        : one.rotates && mayWait(scan, { kind: flag.kind, reasons })
          ? { askedWithinDays: rotationNights }
          : {}
    const draft: FindingDraft = {
      id: idOf(one),
      scan: name,
      category,
      account,
      region,
      scope: context.scope,
      kind: flag.kind,
      resource: {
        ...described,
        id: cleanText(described.id),
        arn: shownArn(described),
        name: cleanText(described.name === "" ? (tags["Name"] ?? "") : described.name),
        tags: cleanTags(tags),
        ...(common.ownerTagKeys === undefined ? {} : { owner: ownerIn(cleanTags(tags), common.ownerTagKeys) ?? "" })
      },
      reasons,
      severity: flag.severity ?? (savings === null ? "info" : severityOfSavings(savings)),
      confidence: flag.confidence ?? "high",
      savings,
      note: flag.note,
      evidence: { ...evidence, ...ages },
      observe: flag.observe,
      unproven: one.unproven,
      untold: one.untold || (gaps.length > 0 && Object.values(evidence).includes(null)),
      ...(flag.billUnread === true ? { billUnread: true } : {}),
      remembered: one.remembered,
      withoutSource: one.withoutSource
    }
    if (one.remembered) remembering.set(draft.id, one)
    drafts.push(draft)
  }

  /** Goes on with a case until it ends or wants to know something. */
  const advance = (one: Case, answer?: unknown) => {
    const judging = one.judging as Judging
    for (let next = judging.next(answer as never); ; next = judging.next(undefined as never)) {
      if (next.done === true) return conclude(one, next.value)
      const step = next.value
      if (step.step === "unproven") goesOnWithout(one)
      else if (step.step === "without") one.withoutSource = step.why
      else if (step.step === "unknown") {
        judging.return(undefined)
        return conclude(one, { verdict: "unknown", why: step.why })
      } else if (step.step === "join") {
        const sums = step.sets.map(({ set }) => sets.get(set))
        // One that is judged again was counted the first time.
        if (sums.every((sum) => sum !== undefined)) return advance(one, sums)
        inSets.push({ one, step })
        return
      } else {
        if (!declared.has(step.probe)) throw new Error(`${name} asked ${step.probe.name} without declaring it`)
        parked.push({ one, step })
        return
      }
    }
  }

  const attempt = (run: () => void): boolean => {
    try {
      run()
      return true
    } catch (cause) {
      crash = {
        code: "scan_crashed",
        message: `${name} crashed: ${cause instanceof Error ? cause.message : String(cause)}. This is a bug; please report it.`
      }
      return false
    }
  }

  const answerAll = Effect.fnUntraced(function* () {
    while (parked.length > 0 && goesOn()) {
      const waiting = parked
      parked = []
      yield* decideWhoAsksAgain(waiting)
      // Cases that ask the same of the same list, such as all buckets that may write to theirs, share its answers.
      const lists = new Map<Probe, Map<ReadonlyArray<unknown>, ReadonlyArray<Answer>>>()
      const freshLists = new Set<ReadonlyArray<unknown>>()
      for (const { one, step } of waiting) {
        lists.set(step.probe, (lists.get(step.probe) ?? new Map()).set(step.items, []))
        if (one.asksAgain === true) freshLists.add(step.items)
      }
      const answers = yield* prober.answer(
        [...lists].flatMap(([probe, byItems]) =>
          [...byItems.keys()].flatMap((items) =>
            items.map((item) => ({ probe, item, fresh: freshLists.has(items), tonight: isAboutRisks }))
          )
        )
      )
      let from = 0
      for (const byItems of lists.values()) {
        for (const items of byItems.keys()) {
          byItems.set(items, answers.slice(from, from + items.length))
          from += items.length
        }
      }
      for (const { one, step } of waiting) {
        const told = lists.get(step.probe)?.get(step.items) ?? []
        one.rotates ||= isRotating(step.probe)
        for (const { askedAt, gap } of told) {
          if (gap !== undefined && !gaps.some(({ message }) => message === gap.message)) gaps.push(gap)
          if (askedAt === undefined) continue
          // Where AWS could not be asked again, because too many were, an answer of an earlier night confirms nothing.
          if (one.asksAgain === true) {
            one.unproven = true
            if (one.answeredAt === undefined || askedAt < one.answeredAt) one.answeredAt = askedAt
          } else one.remembered = true
        }
        if (
          !attempt(() =>
            advance(
              one,
              told.map(({ reading }) => reading)
            )
          )
        )
          return
        if (drafts.length >= batchSize) yield* flush()
      }
    }
    yield* flush()
  })

  /** Goes on with those that waited for their sets. */
  const answerSets = Effect.fnUntraced(function* () {
    const waiting = inSets
    inSets = []
    const memberships = waiting.flatMap(({ step }) => step.sets)
    for (const [set, members] of Map.groupBy(memberships, ({ set }) => set)) {
      // Sorted, because sums of fractions depend on their order.
      const quantities = members.map(({ quantity }) => quantity).sort((a, b) => a - b)
      sets.set(set, { members: members.length, quantity: quantities.reduce((sum, quantity) => sum + quantity, 0) })
    }
    for (const { one, step } of waiting) {
      const sums = step.sets.map(({ set }) => sets.get(set))
      if (!attempt(() => advance(one, sums))) return
      if (drafts.length >= batchSize) yield* flush()
    }
    if (inSets.length > 0) throw new Error(`${name} asked twice for the sets of a resource`)
    yield* answerAll()
  })

  let report: Report | undefined
  let silence: string | undefined
  let sourceSpoke = false
  let isOver: ReturnType<NonNullable<Scan["isOver"]>> | undefined
  const arns = new Set<string>()
  const rule = scan.judge
  if (rule !== undefined) {
    let each: ReturnType<typeof rule> | undefined
    let items: Iterable<unknown> = []
    attempt(() => {
      each = rule(data, context)
      items = scan.over === undefined ? data[scan.subject].found : scan.over.items(data, context)
    })
    const start = (one: Case) => {
      const { arn, tags } = one.resource
      const told: Reading<Tags> =
        tagsElsewhere === undefined ? known(tags) : map(tagsElsewhere.get(arn), (found) => found ?? {})
      if (suppresses(common)) {
        const alone = isAlone(one.item, told)
        if (!alone.known || kind?.tags === "asked" || scan.over !== undefined) untoldTags.add(shownArn(one.resource))
        if (alone.known && alone.value) leftAlone.add(shownArn(one.resource))
      }
      const judged = each?.(one.item, one.resource, told)
      if (!isJudging(judged)) return conclude(one, judged)
      one.judging = judged
      advance(one)
    }
    if (crash === undefined) {
      const all = [...items]
      // Where one wave does not have all, what may be asked of a night is not always spent on the same.
      const turn = all.length > waveSize ? nightNumber(context.now) * waveSize : 0
      for (const item of fromTurn(all, turn)) {
        const done = attempt(() => {
          const resource =
            scan.over === undefined ? (kind as ResourceKind).resourceOf(item) : scan.over.resource(item, context)
          arns.add(shownArn(resource))
          const { account = context.scope.account, region = context.scope.region } = resource
          const why = common.leftOut?.({ account, region }, context.scope)
          if (why !== undefined) {
            states.set(shownArn(resource), "leftOut")
            leftOut.set(why, (leftOut.get(why) ?? 0) + 1)
            return
          }
          counters.examined += 1
          start({ item, resource, asksAgain: undefined, ...untouched })
        })
        if (!done) break
        if (drafts.length >= batchSize) yield* flush()
        if (parked.length >= waveSize) yield* answerAll()
        if (counters.examined % turnSize === 0) yield* Effect.yieldNow
      }
      yield* answerAll()
      if (goesOn()) yield* answerSets()
      while (again.length > 0 && goesOn()) {
        const cases = again
        again = []
        for (const one of cases) if (!attempt(() => start(one))) break
        yield* answerAll()
        if (goesOn()) yield* answerSets()
      }
    }
  } else counters.examined = data[scan.subject].found.length
  if (crash === undefined) {
    attempt(() => {
      silence = scan.source?.silence?.(data, context)
      isOver = scan.isOver?.(data, context)
      sourceSpoke = scan.source?.spoke?.(data, context) === true
      const written = scan.report?.(data, context)
      checkNumbers("report", written)
      const { billNote } = common
      report =
        written === undefined
          ? undefined
          : withAge(
              billNote === undefined || scan.scope !== "payer"
                ? written
                : { ...written, notes: [...written.notes, billNote] },
              loaded.map(({ answer }) => answer),
              context.now
            )
    })
  }
  if (crash !== undefined) {
    yield* Effect.logDebug(crash.message)
    return nothing("unavailable", crash)
  }

  const reason = joined(gaps)
  const isWhole = subject.answer.gaps.length === 0
  return {
    status: reason === null ? "complete" : "partial",
    reason,
    counters,
    report,
    unjudged,
    leftOut: [...leftOut]
      .map(([why, resources]) => ({ why, resources }))
      .sort((a, b) => b.resources - a.resources || (a.why < b.why ? -1 : 1))
      .slice(0, maxLeftOut),
    leftAlone,
    isFree: (arn) => arns.has(arn) && !leftAlone.has(arn) && !untoldTags.has(arn) && states.get(arn) !== "leftOut",
    isListed: (id) => {
      for (const arn of arns) if (arn === id || arn.endsWith(`/${id}`) || arn.endsWith(`:${id}`)) return true
      return false
    },
    stateOf: (arn) =>
      states.get(arn) ?? (arns.has(arn) ? "healthy" : isWhole && scan.isOver === undefined ? "gone" : "unknown"),
    isOver: (finding) =>
      isWhole && isOver !== undefined && !arns.has(finding.resource.arn) ? isOver(finding) : known(false),
    madeAt: (arn) => young.get(arn),
    withoutSource: (arn) => (arns.has(arn) ? silences.get(arn) : silence),
    sourceSpoke
  }
})

/** A report that says how old the oldest of what it rests on is, where that was remembered. */
const withAge = (report: Report, answers: ReadonlyArray<Loaded>, now: Date): Report => {
  const [oldest] = answers.flatMap((answer) => (answer.ok ? (answer.asOf ?? []) : [])).sort()
  if (oldest === undefined || oldest >= isoDay(now)) return report
  const note = `Some of it is as AWS told it on ${oldest.slice(0, 10)}: what changes slowly is asked for again within ${rotationNights} nights, because each question costs $0.01.`
  return { ...report, notes: [...report.notes, note] }
}
