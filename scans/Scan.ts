/**
 * What a scan is: which datasets it reads, and a pure rule that judges the items of one of them, one by one. The rule makes no
 * call: what it wants to know about a resource it asks for with `ask`, and the runner answers.
 */
import * as Schema from "effect/Schema"
import type { Confidence, Evidence, Finding, FindingKind, Savings, Severity } from "../core/finding/Finding.ts"
import type { Observation } from "../core/finding/lifecycle.ts"
import type { SettingValue } from "../core/run/Outcome.ts"
import type { Report } from "../core/run/Report.ts"
import type { ComputePrices, ComputeTable } from "../core/pricing/ComputePrices.ts"
import type { PriceOf } from "../core/pricing/Prices.ts"
import type { Partition, Scope, ScopeKind } from "../core/Scope.ts"
import type { Reading } from "../core/Reading.ts"
import type { AccountUsage } from "../datasets/billing/usageTypes.ts"
import type { Tags } from "../datasets/aws/tags.ts"
import type { Dataset, ValueOf, ViewsOf } from "../datasets/engine/Dataset.ts"
import type { AnswerOf, ItemOf, Probe } from "../datasets/engine/Probe.ts"
import type { KindedResource } from "../datasets/engine/ResourceKind.ts"

/** One tunable input of a scan, with its unit, default and bounds. */
export interface Setting<A extends SettingValue> {
  readonly schema: Schema.Codec<A, A>
  readonly default: A
  /** `days`, `GB`, `USD`, `bytes`, `s`, `ms`, `day`, `version`; empty for flags, counts and lists. */
  readonly unit: string
  readonly description: string
  readonly minimum?: number
  readonly maximum?: number
  /** Only whole numbers. */
  readonly whole?: boolean
  /** The only values that it can have. */
  readonly values?: ReadonlyArray<string>
  /** A regular expression that its text matches as a whole. */
  readonly pattern?: string
}

interface Bounds {
  readonly minimum?: number
  readonly maximum?: number
}

const numeric =
  (unit: string, whole: boolean, bounds: Required<Bounds>) =>
  (value: number, description: string, own: Bounds = {}): Setting<number> => {
    const { maximum, minimum } = { ...bounds, ...own }
    const message = `expected ${whole ? "a whole number" : "a number"} from ${minimum} to ${maximum}${unit === "" ? "" : ` (${unit})`}`
    const between = Schema.isBetween({ minimum, maximum }, { message })
    return {
      schema: whole ? Schema.Int.check(between) : Schema.Finite.check(between),
      default: value,
      unit,
      description,
      minimum,
      maximum,
      whole
    }
  }

const dayPattern = "(\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01]))?"
const versionPattern = "\\d{1,9}\\.\\d{1,9}\\.\\d{1,9}"

/** A text that a pattern matches as a whole. */
const text =
  (unit: string, pattern: string, expected: string) =>
  (value: string, description: string): Setting<string> => ({
    schema: Schema.String.check(Schema.isPattern(new RegExp(`^(?:${pattern})$`), { message: `expected ${expected}` })),
    default: value,
    unit,
    description,
    pattern
  })

const day = text("day", dayPattern, "a day such as 2026-11-20, or nothing")

/** Settings by their kind: `Setting.days(90, "Days without an invocation")`. */
export const Setting = {
  days: numeric("days", true, { minimum: 1, maximum: 400 }),
  count: numeric("", true, { minimum: 0, maximum: 1_000_000 }),
  gigabytes: numeric("GB", false, { minimum: 0, maximum: 1_000_000 }),
  megabytes: numeric("MB", false, { minimum: 0, maximum: 1_000_000 }),
  kilobytes: numeric("KB", false, { minimum: 0, maximum: 1_000_000 }),
  bytes: numeric("bytes", true, { minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
  seconds: numeric("s", false, { minimum: 0, maximum: 86_400 }),
  milliseconds: numeric("ms", false, { minimum: 0, maximum: 86_400_000 }),
  usd: numeric("USD", false, { minimum: 0, maximum: 1_000_000_000 }),
  percent: numeric("%", false, { minimum: 0, maximum: 100 }),
  ratio: numeric("", false, { minimum: 0, maximum: 1_000 }),
  flag: (value: boolean, description: string): Setting<boolean> => ({
    schema: Schema.Boolean,
    default: value,
    unit: "",
    description
  }),
  oneOf: <const Values extends ReadonlyArray<string>>(
    values: Values,
    value: Values[number],
    description: string
  ): Setting<Values[number]> => ({ schema: Schema.Literals(values), default: value, unit: "", description, values }),
  /** A UTC day such as `2026-11-20`; empty for what the scan takes without one. */
  day: (description: string): Setting<string> => day("", description),
  /** A version of three numbers, such as `1.4.0`. */
  version: text("version", versionPattern, "a version such as 1.4.0"),
  list: (value: ReadonlyArray<string>, description: string): Setting<ReadonlyArray<string>> => ({
    schema: Schema.Array(Schema.NonEmptyString),
    default: value,
    unit: "",
    description
  }),
  /** Lists of text by a name, such as the values that a tag may have. */
  map: (
    value: Readonly<Record<string, ReadonlyArray<string>>>,
    description: string
  ): Setting<Readonly<Record<string, ReadonlyArray<string>>>> => ({
    schema: Schema.Record(Schema.NonEmptyString, Schema.Array(Schema.String)),
    default: value,
    unit: "",
    description
  })
} as const

export type Settings = Readonly<Record<string, Setting<any>>>
export type SettingsOf<S extends Settings> = {
  readonly [K in keyof S]: S[K] extends Setting<infer A> ? A : never
}

export type Reads = Readonly<Record<string, Dataset>>

/** What the rule is given for its reads: each is looked up in, and says itself what is not known. */
export type DataOf<R extends Reads> = ViewsOf<R>

export type Probes = Readonly<Record<string, Probe>>

/** What the rule knows besides its data. There is no clock: `now` is the start of the run. */
export interface JudgeContext<S> {
  readonly settings: S
  readonly scope: Scope
  readonly partition: Partition
  readonly now: Date
  /** A list price in the scope's region, or in the place given. */
  readonly price: PriceOf
  /** Prices and sizes of instances, database classes and nodes, of the tables that the scan declares. */
  readonly compute: ComputePrices
  /** What the account was charged for extended support in the region in the last full month, where the payer has read it. */
  readonly extendedSupport: Reading<ReadonlyArray<AccountUsage>>
}

/** What all findings may say. */
interface Flagged<Reason extends string> {
  /** Why, or every reason there is: a resource has one finding of a scan. */
  readonly reason: Reason | readonly [Reason, ...ReadonlyArray<Reason>]
  /** Default: high. */
  readonly confidence?: Confidence
  readonly evidence: Evidence
  /** Absent when what AWS tells is proof enough. */
  readonly observe?: Observation
  /** Of a resource whose kind says that its tags are asked for: what was told. */
  readonly tags?: Reading<Readonly<Record<string, string>>>
  /** Whether the bill that its saving rests on could not be read: an open finding keeps what was known of it. */
  readonly billUnread?: boolean
}

export interface Flag<Reason extends string = string> extends Flagged<Reason> {
  readonly verdict: "flag"
  readonly kind: FindingKind
  readonly savings: Savings | null
  /** Default: by the saving. */
  readonly severity?: Severity | undefined
  readonly note: string
}

/** What the rule says of one resource. A healthy one is undefined. */
export type Verdict<Reason extends string = string> =
  | Flag<Reason>
  | { readonly verdict: "tooYoung" }
  | { readonly verdict: "unknown"; readonly why: string }

/** Waste: a saving with terms, and an action that makes the bill fall. */
export const money = <const Reason extends string>(
  finding: Flagged<Reason> & { readonly savings: Savings; readonly severity?: Severity | undefined }
): Flag<Reason> => ({ ...finding, verdict: "flag", kind: "money", note: "" })

/** A risk or clutter without a saving; `note` says why there is none. */
export const hygiene = <const Reason extends string>(
  finding: Flagged<Reason> & { readonly severity: Severity; readonly note: string }
): Flag<Reason> => ({ ...finding, verdict: "flag", kind: "hygiene", savings: null })

/** Worth a look, such as a jump in spend: neither waste nor a risk. */
export const notice = <const Reason extends string>(
  finding: Flagged<Reason> & { readonly severity: Severity; readonly note: string }
): Flag<Reason> => ({ ...finding, verdict: "flag", kind: "notice", savings: null })

/** Younger than the window, so not judged. */
export const tooYoung: Verdict<never> = { verdict: "tooYoung" }

/** Not judged, because AWS did not tell what the rule needs. */
export const unknown = (why: string): Verdict<never> => ({ verdict: "unknown", why })

/**
 * What a rule may want while it judges: an answer, what all of a set come to, an end because something is not known, or a remark
 * that something is missing or that the scan's source says nothing.
 */
export type Step =
  | { readonly step: "ask"; readonly probe: Probe; readonly items: ReadonlyArray<unknown> }
  | { readonly step: "join"; readonly sets: ReadonlyArray<Membership> }
  | { readonly step: "unknown"; readonly why: string }
  | { readonly step: "unproven" }
  | { readonly step: "without"; readonly why: string }

/** The judging of one resource, step by step. */
export type Judging<Reason extends string = string> = Generator<Step, Verdict<Reason> | undefined, any>

/** What the rule cannot judge without: the value, or the resource is unknown. */
export function* need<A>(reading: Reading<A>): Generator<Step, A, any> {
  if (!reading.known) {
    yield { step: "unknown", why: reading.reason }
    throw new Error("a resource was judged further although it is unknown")
  }
  return reading.value
}

/**
 * What could clear the resource, and without which the rule judges all the same: the value, or undefined, and then the finding
 * is shown and confirms nothing new.
 */
export function* consider<A>(reading: Reading<A>): Generator<Step, A | undefined, any> {
  if (reading.known) return reading.value
  yield { step: "unproven" }
  return undefined
}

/** Goes on although the scan's `source` is silent, and says why: an open finding that rests on it stays as it is. */
export function* withoutSource(why: string): Generator<Step, void, any> {
  yield { step: "without", why }
}

/** Asks about a resource. Ask only where the answer can change a verdict with money or risk in it. */
export function* ask<P extends Probe>(probe: P, item: ItemOf<P>): Generator<Step, Reading<AnswerOf<P>>, any> {
  const [answer] = yield* askAll(probe, [item])
  return answer as Reading<AnswerOf<P>>
}

/** Asks about several resources at once, in their order: those that may use the one that is judged. */
export function* askAll<P extends Probe>(
  probe: P,
  items: ReadonlyArray<ItemOf<P>>
): Generator<Step, ReadonlyArray<Reading<AnswerOf<P>>>, any> {
  return (yield { step: "ask", probe, items }) as ReadonlyArray<Reading<AnswerOf<P>>>
}

/** What a resource brings into a set of those that would go together. */
export interface Membership {
  readonly set: string
  readonly quantity: number
}

/** All of a set that would go together. */
export interface SetSum {
  readonly members: number
  readonly quantity: number
}

/**
 * What sets come to, with this resource, once every resource has been judged: what is priced in tiers, or shared, saves more
 * together than one by one. Whoever asks is a member, so ask once, and last: when the resource is sure to be flagged.
 */
export function* inSets(sets: ReadonlyArray<Membership>): Generator<Step, ReadonlyArray<SetSum>, any> {
  return sets.length === 0 ? [] : ((yield { step: "join", sets }) as ReadonlyArray<SetSum>)
}

/** The same for one set. */
export function* inSet(set: string, quantity: number): Generator<Step, SetSum, any> {
  const [sum] = yield* inSets([{ set, quantity }])
  return sum as SetSum
}

/** What a finding says of its resource. */
export type Found = Pick<Finding, "kind" | "reasons" | "severity" | "savings" | "note" | "evidence">

/** What tells findings that nothing else could, and may be switched off: an index, or a recommender. */
interface Source<Data, Context> {
  /** Whether a finding rests on it. */
  readonly isOf: (finding: Pick<Finding, "reasons" | "evidence">) => boolean
  /**
   * What an open finding of its comes to while it is silent and everything else is judged: what was told last, with what else is found
   * `tonight`, or alone. Absent: such a finding rests on it as a whole, and stays as it is.
   */
  readonly left?: (before: Finding, tonight: Found | undefined) => Found
  /**
   * Whether it has said something tonight that could have cleared what the rule finds. Where it has once, what is found without it
   * confirms nothing new. Absent: it clears nothing.
   */
  readonly spoke?: (data: Data, context: Context) => boolean
  /** Why it says nothing tonight of what is not listed; undefined where it has spoken. */
  readonly silence?: (data: Data, context: Context) => string | undefined
}

interface ScanSpec<
  S extends Settings,
  R extends Reads,
  P extends Probes,
  Reason extends string,
  Subject extends keyof R & string,
  Item
> {
  readonly title: string
  /**
   * What people also call it, such as `EIP, idle public IPv4`: an acronym and an everyday word or two, at most about 12 tokens. It stands
   * beside the title in the assistant's tool, and tells the scan from those like it.
   */
  readonly words: string
  /** Why this costs money for nothing, in one or two sentences. */
  readonly why: string
  /** What to do about a finding, and what to check first. */
  readonly fix: string
  /** The page of the AWS documentation. */
  readonly docs: string
  /** What one might expect of it that it does not say, each with the reason: docs/scans.md tells it. */
  readonly leavesOut?: ReadonlyArray<string>
  readonly scope: ScopeKind
  readonly settings: S
  readonly reads: R | ((settings: SettingsOf<S>) => R)
  /**
   * The read whose items are judged. What of it could not be read is a partial outcome; when nothing could, the outcome is
   * unavailable. Gaps in the other reads make the resources unknown that rest on them.
   */
  readonly subject: Subject
  /**
   * Where the subject does not list all the resources that there are, such as recommendations: whether a finding is over about which it
   * says nothing tonight. Asked only where it was read to its end; why that is not known is told. Default: the resource was deleted.
   */
  readonly isOver?: (
    data: ViewsOf<R>,
    context: JudgeContext<SettingsOf<S>>
  ) => (finding: Pick<Finding, "account" | "evidence">) => Reading<boolean>
  /**
   * `account` where findings are severe together: once the account is settled, each has the severity of what all of them save in
   * it. A rule that sees one region cannot tell. Default: `finding`.
   */
  readonly severityBy?: "finding" | "account"
  /**
   * Of a scan some of whose findings rest on what may be switched off. While it is silent these stay as they are: what is left says
   * neither that they have ended nor what they come to.
   */
  readonly source?: Source<DataOf<R>, JudgeContext<SettingsOf<S>>>
  /** What the rule may ask about single resources. */
  readonly probes?: P | ((settings: SettingsOf<S>) => P)
  /** The tables of instance, class and node prices that the rule looks into. */
  readonly prices?: ReadonlyArray<ComputeTable>
  /**
   * Whether reservations or Savings Plans may cover what plain prices of the rule pay for, such as those of Lambda and Fargate: what they
   * cover is read with it. Of instances and nodes `prices` tells it.
   */
  readonly coverable?: boolean
  /** Whether the rule looks at `extendedSupport`: it is read only then, and where it is not there nothing is missing. */
  readonly usesBill?: boolean
  /** Every reason that a finding may have, with the sentence that explains it. */
  readonly reasons: Readonly<Record<Reason, string>>
  /**
   * Reasons by which nothing is deleted and nobody is at risk: a finding with no others and no money may rest on answers of the last
   * week, and says so. Default: none.
   */
  readonly unhurried?: ReadonlyArray<Reason>
  /** Where what is judged is not the subject item by item: fleets instead of instances, days instead of rows. */
  readonly over?: {
    readonly items: (data: DataOf<R>, context: JudgeContext<SettingsOf<S>>) => Iterable<Item>
    readonly resource: (item: Item, context: JudgeContext<SettingsOf<S>>) => KindedResource
  }
  /**
   * Prepares what all items are judged by, and answers how one is judged. The order of items must not matter. `tags` are those of the
   * item's own list, or of the tagging API where its kind says that they are there.
   */
  readonly judge?: (
    data: DataOf<R>,
    context: JudgeContext<SettingsOf<S>>
  ) => (item: Item, resource: KindedResource, tags: Reading<Tags>) => Verdict<Reason> | undefined | Judging<Reason>
  readonly report?: (data: DataOf<R>, context: JudgeContext<SettingsOf<S>>) => Report
}

/** A scan without the types of its own data, as the runner sees it. */
export interface Scan {
  readonly title: string
  readonly words: string
  readonly why: string
  readonly fix: string
  readonly docs: string
  readonly leavesOut: ReadonlyArray<string>
  readonly scope: ScopeKind
  readonly settings: Settings
  readonly reads: (settings: Readonly<Record<string, SettingValue>>) => Reads
  readonly subject: string
  readonly isOver:
    | ((data: any, context: JudgeContext<any>) => (finding: Pick<Finding, "account" | "evidence">) => Reading<boolean>)
    | undefined
  readonly severityBy: "finding" | "account"
  readonly source: Source<any, JudgeContext<any>> | undefined
  readonly probes: (settings: Readonly<Record<string, SettingValue>>) => Probes
  readonly prices: ReadonlyArray<ComputeTable>
  readonly coverable: boolean
  readonly usesBill: boolean
  readonly reasons: Readonly<Record<string, string>>
  readonly unhurried: ReadonlyArray<string>
  readonly over:
    | {
        readonly items: (data: any, context: JudgeContext<any>) => Iterable<unknown>
        readonly resource: (item: any, context: JudgeContext<any>) => KindedResource
      }
    | undefined
  readonly judge:
    | ((
        data: any,
        context: JudgeContext<any>
      ) => (item: any, resource: KindedResource, tags: Reading<Tags>) => Verdict | undefined | Judging)
    | undefined
  readonly report: ((data: any, context: JudgeContext<any>) => Report) | undefined
}

type SubjectItem<R extends Reads, Subject extends keyof R> =
  ValueOf<R[Subject]> extends ReadonlyArray<infer Item> ? Item : never

/** Declares a scan. Its file is its name and its folder is its category. */
export const defineScan = <
  const S extends Settings,
  const R extends Reads,
  const Reason extends string,
  const Subject extends keyof R & string,
  const P extends Probes = {},
  Item = SubjectItem<R, Subject>
>(
  spec: ScanSpec<S, R, P, Reason, Subject, Item>
): Scan => {
  const { isOver, judge, over, prices = [], probes = {} as P, reads, report, ...rest } = spec
  return {
    severityBy: "finding",
    coverable: false,
    usesBill: false,
    leavesOut: [],
    unhurried: [],
    ...rest,
    source: rest.source as Scan["source"],
    isOver: isOver as Scan["isOver"],
    prices,
    // The runner decodes the settings by the scan's own schemas before it passes them here.
    reads: (typeof reads === "function" ? reads : () => reads) as (settings: any) => R,
    probes: (typeof probes === "function" ? probes : () => probes) as (settings: any) => P,
    over: over as Scan["over"],
    judge: judge as Scan["judge"],
    report: report as Scan["report"]
  }
}

/** The defaults of a scan's settings. */
export const defaultSettings = (settings: Settings): Record<string, SettingValue> =>
  Object.fromEntries(Object.entries(settings).map(([name, setting]) => [name, setting.default]))
