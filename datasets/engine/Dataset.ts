/** What is read from AWS: each dataset at most once per account, region and run, however many scans judge it. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { AwsError } from "../../core/aws/AwsError.ts"
import { type AwsServices, list, type Listed } from "../../core/aws/Aws.ts"
import type { ListOperation, Operation } from "../../core/aws/operation.ts"
import type { ScopeKind } from "../../core/Scope.ts"
import type { SeriesReader } from "../metrics/SeriesReader.ts"
import type { MetricAsked } from "../metrics/SeriesSpec.ts"
import type { Shape, ShapeOf, View } from "./Evidence.ts"
import type { ReadFailure } from "./ReadFailure.ts"
import type { ResourceKind } from "./ResourceKind.ts"

/**
 * The instant as of which the run judges, for datasets and probes that read a window of days. It is not the clock: a run that is resumed
 * on the next day reads the window that it would have read.
 */
export const AsOf = Context.Reference<Date>("nightaudit/datasets/engine/AsOf", {
  defaultValue: () => {
    throw new Error("a dataset was read outside of a run")
  }
})

/** Asks AWS again about everything that is remembered from earlier nights. */
export const AskAgain = Context.Reference<boolean>("nightaudit/datasets/engine/AskAgain", { defaultValue: () => false })

/** What reading may use. */
export type ReadServices = AwsServices | SeriesReader

/** What reading a dataset gave. `gaps` is what failed after some of it was read: calls of its own, or of evidence that it rests on. */
export interface Read<out A> {
  readonly value: A
  readonly gaps: ReadonlyArray<ReadFailure>
}

export type Needs = Readonly<Record<string, Dataset>>

/** What a dataset reads as. */
export type ValueOf<D> = D extends Dataset<infer A> ? A : never

/** What a record of datasets reads as. */
export type ValuesOf<N extends Needs> = { readonly [K in keyof N]: ValueOf<N[K]> }
export type ViewsOf<N extends Needs> = { readonly [K in keyof N]: View<ValueOf<N[K]>> }

export interface Dataset<out A = any> {
  /** `<file>.<export>` and its parameters. One name is one dataset: two of one name are an error at the start of a run. */
  readonly name: string
  /** Where it is read, which may be wider than the scope of the scan that reads it. */
  readonly scope: ScopeKind
  /** What kind of value it reads as, also when nothing could be read. */
  readonly shape: Shape
  /** What it is built from. Their gaps become its inherited gaps. */
  readonly needs: Needs
  /** What it looks things up in. Their gaps are told by each look-up, and are not inherited. */
  readonly evidence: Needs
  /** The keys of the evidence that it looks into, by what its needs hold; undefined for all. The rest is not read for it. */
  readonly wanted: ((values: any) => ReadonlySet<string>) | undefined
  /** The needs whose items are its own items: a gap in one of them is the dataset's own. */
  readonly inventory: ReadonlyArray<string>
  /** What kind of resource its items are, where they are resources. */
  readonly kind: ResourceKind | undefined
  /** Every operation that the reading may call, without those of what it is built from. */
  readonly operations: ReadonlyArray<Operation>
  /** The metrics that it asks for, for datasets of CloudWatch series. */
  readonly metrics: ReadonlyArray<MetricAsked>
  /** Keeps the answer this long within the day, in the store, because reading it again costs money. */
  readonly cacheHours: number | undefined
  /** Why it takes more than one call per page, where AWS offers no list. */
  readonly costNote: string | undefined
  readonly read: (values: any, evidence: any) => Effect.Effect<Read<A>, AwsError, ReadServices>
}

interface Spec<A, N extends Needs, E extends Needs> {
  readonly scope: ScopeKind
  /** Default: a list. */
  readonly shape?: ShapeOf<A>
  readonly operations: ReadonlyArray<Operation>
  readonly needs?: N
  readonly evidence?: E
  /** The keys of the evidence that is looked into: what nobody wants is not read. Default: all. */
  readonly wanted?: (needs: ValuesOf<N>) => ReadonlySet<keyof E & string>
  readonly inventory?: ReadonlyArray<keyof N & string>
  readonly kind?: A extends ReadonlyArray<infer Item> ? ResourceKind<Item> : never
  readonly cacheHours?: number
  readonly costNote?: string
  readonly read: (needs: ValuesOf<N>, evidence: ViewsOf<E>) => Effect.Effect<Read<A>, AwsError, ReadServices>
}

/** A dataset that makes several calls, or calls about what other datasets hold. Where one list gives it, use `listOf`. */
export const dataset = <A, const N extends Needs = {}, const E extends Needs = {}>(
  name: string,
  { cacheHours, costNote, evidence, inventory, kind, needs, operations, read, scope, shape, wanted }: Spec<A, N, E>
): Dataset<A> => ({
  name,
  scope,
  shape: shape ?? "list",
  operations,
  needs: needs ?? {},
  evidence: evidence ?? {},
  wanted,
  inventory: inventory ?? [],
  kind: kind as ResourceKind | undefined,
  metrics: [],
  cacheHours,
  costNote,
  read
})

/** Every page of one list operation, decoded to what is judged. */
export const listOf = <Input extends object, Output, Listing, A>(
  name: string,
  scope: ScopeKind,
  operation: ListOperation<Input, Output, Listing>,
  input: Input,
  items: (listed: ReadonlyArray<Listing>, page: Output) => ReadonlyArray<A>,
  options: { readonly kind?: ResourceKind<A>; readonly costNote?: string } = {}
): Dataset<ReadonlyArray<A>> =>
  dataset<ReadonlyArray<A>>(name, {
    ...(options as { readonly costNote?: string }),
    scope,
    operations: [operation],
    read: () => Effect.map(list(operation, input, items), readOf)
  })

export const readOf = <A>({ gaps, items }: Listed<A>): Read<ReadonlyArray<A>> => ({ value: items, gaps })

/** A value that was read to its end. */
export const whole = <A>(value: A): Read<A> => ({ value, gaps: [] })

/** Combines datasets without a call: an index, a join. A gap in one of its needs is a gap in all of it. */
export const derived = <A, const N extends Needs, const E extends Needs = {}>(
  name: string,
  {
    derive,
    ...spec
  }: Omit<Spec<A, N, E>, "operations" | "read"> & { readonly derive: (needs: ValuesOf<N>, evidence: ViewsOf<E>) => A }
): Dataset<A> =>
  dataset<A, N, E>(name, {
    ...(spec as Omit<Spec<A, N, E>, "operations" | "read">),
    operations: [],
    read: (values, evidence) => Effect.sync(() => whole(derive(values, evidence)))
  })

const parameterOf = (value: unknown): string => {
  const name = (value as { readonly name?: unknown } | null)?.name
  return typeof name === "string" ? name : typeof value === "string" ? value : JSON.stringify(value)
}

/**
 * Datasets that differ in parameters, such as the days of a window: one for each combination, made once, and named after the
 * family and its parameters. A parameter that is an object is named by its field `name`.
 */
export const family = <Parameters extends ReadonlyArray<unknown>, D extends { readonly name: string }>(
  name: string,
  make: (name: string, ...parameters: Parameters) => D
): ((...parameters: Parameters) => D) => {
  const made = new Map<string, D>()
  return (...parameters) => {
    const own = `${name}(${parameters.map(parameterOf).join(", ")})`
    const existing = made.get(own)
    if (existing !== undefined) return existing
    const one = make(own, ...parameters)
    made.set(own, one)
    return one
  }
}

/** A dataset with everything that it is built from, needs first, each once. Throws where two of them have one name. */
export const withNeeds = (datasets: Iterable<Dataset>): ReadonlyArray<Dataset> => {
  const ordered = new Map<string, Dataset>()
  const visit = (one: Dataset, path: ReadonlyArray<string>): void => {
    const existing = ordered.get(one.name)
    if (existing === one) return
    if (existing !== undefined) throw new Error(`two datasets are named ${one.name}: rename one of them`)
    if (path.includes(one.name)) throw new Error(`datasets need each other: ${[...path, one.name].join(" → ")}`)
    for (const need of [...Object.values(one.needs), ...Object.values(one.evidence)]) visit(need, [...path, one.name])
    ordered.set(one.name, one)
  }
  for (const one of datasets) visit(one, [])
  return [...ordered.values()]
}
