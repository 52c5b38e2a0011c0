/** What a scan is: which datasets it reads, and a pure rule over them. */
import * as Schema from "effect/Schema"
import type { Confidence, Evidence, Resource, Savings, Severity } from "../core/finding/Finding.ts"
import type { SettingValue } from "../core/run/Outcome.ts"
import type { Report } from "../core/run/Report.ts"
import type { PriceOf } from "../core/pricing/Prices.ts"
import type { Partition, Scope, ScopeKind } from "../core/Scope.ts"
import type { Dataset, Optional, Probe, Probed, ValueOf } from "../datasets/engine/Dataset.ts"

/** One tunable input of a scan, with its unit, default and bounds. */
export interface Setting<A extends SettingValue> {
  readonly schema: Schema.Codec<A, A>
  readonly default: A
  /** `days`, `GB`, `USD`, `bytes`; empty for flags, counts and lists. */
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

/** Settings by their kind: `Setting.days(90, "Days without an invocation")`. */
export const Setting = {
  days: numeric("days", true, { minimum: 1, maximum: 400 }),
  count: numeric("", true, { minimum: 0, maximum: 1_000_000 }),
  gigabytes: numeric("GB", false, { minimum: 0, maximum: 1_000_000 }),
  kilobytes: numeric("KB", false, { minimum: 0, maximum: 1_000_000 }),
  bytes: numeric("bytes", true, { minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
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
  day: (description: string): Setting<string> => ({
    schema: Schema.String.check(
      Schema.isPattern(new RegExp(`^(?:${dayPattern})$`), { message: "expected a day such as 2026-11-20, or nothing" })
    ),
    default: "",
    unit: "day",
    description,
    pattern: dayPattern
  }),
  list: (value: ReadonlyArray<string>, description: string): Setting<ReadonlyArray<string>> => ({
    schema: Schema.Array(Schema.NonEmptyString),
    default: value,
    unit: "",
    description
  })
} as const

export type Settings = Readonly<Record<string, Setting<any>>>
export type SettingsOf<S extends Settings> = {
  readonly [K in keyof S]: S[K] extends Setting<infer A> ? A : never
}

export type Reads = Readonly<Record<string, Dataset | Optional>>

/** What the rule is given for its reads. An optional one is undefined when AWS did not give all of it. */
export type DataOf<R extends Reads> = {
  readonly [K in keyof R]: R[K] extends Optional<infer D> ? ValueOf<D> | undefined : ValueOf<R[K]>
}

export type Probes = Readonly<Record<string, Probe<any, any>>>
type CandidatesOf<P extends Probes> = {
  readonly [K in keyof P]: P[K] extends Probe<infer Item, any> ? ReadonlyArray<Item> : never
}
type ProbedOf<P extends Probes> = {
  readonly [K in keyof P]: P[K] extends Probe<any, infer Value> ? Probed<Value> : never
}

/** What the rule knows besides its data. There is no clock: `now` is the start of the run. */
export interface JudgeContext<S> {
  readonly settings: S
  readonly scope: Scope
  readonly partition: Partition
  readonly now: Date
  /** A list price in the scope's region, or in the place given. */
  readonly price: PriceOf
}

/** How long a resource must be seen like this before it is confirmed, where AWS does not say since when it is. */
export interface Observation {
  /** Days that it must have been like this. */
  readonly days?: number
  /** Complete nights on which it must have been like this. */
  readonly nights?: number
  /** Since when it is known to be like this, from AWS itself. */
  readonly since?: Date | undefined
}

export interface Flag<Reason extends string> {
  readonly verdict: "flag"
  readonly resource: Resource
  /** Of the resource, where it is not the scope's: a bucket's region, the account of a recommendation. */
  readonly account?: string
  readonly region?: string
  readonly reason: Reason
  readonly savings: Savings
  /** Default: high. */
  readonly confidence?: Confidence
  /** Default: by the saving. */
  readonly severity?: Severity
  readonly evidence: Evidence
  /** Absent when what AWS tells is proof enough. */
  readonly observe?: Observation
}

/** What the rule says of one resource. A healthy one is not mentioned. */
export type Verdict<Reason extends string = string> =
  | Flag<Reason>
  | { readonly verdict: "tooYoung"; readonly id: string }
  | { readonly verdict: "unknown"; readonly id: string; readonly why: string }

export const flag = <const Reason extends string>(finding: Omit<Flag<Reason>, "verdict">): Flag<Reason> => ({
  verdict: "flag",
  ...finding
})

/** Younger than the window, so not judged. */
export const tooYoung = (id: string): Verdict<never> => ({ verdict: "tooYoung", id })

/** Not judged, because AWS did not tell what the rule needs. */
export const unknown = (id: string, why: string): Verdict<never> => ({ verdict: "unknown", id, why })

interface ScanSpec<S extends Settings, R extends Reads, P extends Probes, Reason extends string> {
  readonly title: string
  /** Why this costs money for nothing, in one or two sentences. */
  readonly why: string
  /** What to do about a finding, and what to check first. */
  readonly fix: string
  /** The page of the AWS documentation. */
  readonly docs: string
  readonly scope: ScopeKind
  readonly settings: S
  readonly reads: R | ((settings: SettingsOf<S>) => R)
  /**
   * The reads whose items are judged: each must be an array. Their gaps make the outcome partial; a gap in any other read
   * makes it unavailable, because evidence that is cut off would turn used resources into unused ones.
   */
  readonly subjects: ReadonlyArray<keyof R & string>
  /**
   * False where the subjects are not all the resources that there are, such as recommendations: then one that is missing is not
   * taken for deleted. Default: true.
   */
  readonly inventory?: boolean
  readonly probes?: P
  /**
   * What each probe is asked about. Probes run in the order of `probes`, and this is asked before each of them: `data` then
   * holds the answers of those before, so that a later probe inspects only what an earlier one left in doubt.
   */
  readonly candidates?: (
    data: DataOf<R> & Partial<ProbedOf<P>>,
    context: JudgeContext<SettingsOf<S>>
  ) => CandidatesOf<P>
  /** Every reason that a finding may have, with the sentence that explains it. */
  readonly reasons: Readonly<Record<Reason, string>>
  readonly judge?: (data: DataOf<R> & ProbedOf<P>, context: JudgeContext<SettingsOf<S>>) => Iterable<Verdict<Reason>>
  readonly report?: (data: DataOf<R> & ProbedOf<P>, context: JudgeContext<SettingsOf<S>>) => Report
}

/** A scan without the types of its own data, as the runner sees it. */
export interface Scan {
  readonly title: string
  readonly why: string
  readonly fix: string
  readonly docs: string
  readonly scope: ScopeKind
  readonly settings: Settings
  readonly reads: (settings: Readonly<Record<string, SettingValue>>) => Reads
  readonly subjects: ReadonlyArray<string>
  readonly inventory: boolean
  readonly probes: Probes
  readonly candidates: (data: any, context: JudgeContext<any>) => Readonly<Record<string, ReadonlyArray<unknown>>>
  readonly reasons: Readonly<Record<string, string>>
  readonly judge: ((data: any, context: JudgeContext<any>) => Iterable<Verdict>) | undefined
  readonly report: ((data: any, context: JudgeContext<any>) => Report) | undefined
}

/** Declares a scan. Its file is its name and its folder is its category. */
export const defineScan = <
  const S extends Settings,
  const R extends Reads,
  const Reason extends string,
  const P extends Probes = {}
>(
  spec: ScanSpec<S, R, P, Reason>
): Scan => {
  const { candidates, inventory = true, judge, probes, reads, report, ...rest } = spec
  return {
    ...rest,
    inventory,
    // The runner decodes the settings by the scan's own schemas before it passes them here.
    reads: (typeof reads === "function" ? reads : () => reads) as (settings: any) => R,
    probes: probes ?? {},
    candidates: (candidates ?? (() => ({}))) as Scan["candidates"],
    judge: judge as Scan["judge"],
    report: report as Scan["report"]
  }
}

/** The defaults of a scan's settings. */
export const defaultSettings = (settings: Settings): Record<string, SettingValue> =>
  Object.fromEntries(Object.entries(settings).map(([name, setting]) => [name, setting.default]))
