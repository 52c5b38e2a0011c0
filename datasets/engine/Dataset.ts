/** What is read from AWS: each dataset at most once per account, region and run, however many scans judge it. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { AwsError } from "../../core/aws/AwsError.ts"
import { type AwsServices, list, type Listed } from "../../core/aws/Aws.ts"
import type { Operation } from "../../core/aws/operation.ts"
import type { Reading } from "../../core/Reading.ts"
import type { ScopeKind } from "../../core/Scope.ts"
import type { MetricSeries, SeriesSpec } from "../metrics/metrics.ts"

/**
 * The instant as of which the run judges, for datasets and probes that read a window of days. It is not the clock: a run that is resumed
 * on the next day reads the window that it would have read.
 */
export const AsOf = Context.Reference<Date>("nightaudit/datasets/AsOf", {
  defaultValue: () => {
    throw new Error("a dataset was read outside of a run")
  }
})

/** What reading a dataset gave. `gaps` are the calls that failed after some of it was read. */
export interface Read<out A> {
  readonly value: A
  readonly gaps: ReadonlyArray<AwsError>
}

export type Needs = Readonly<Record<string, Dataset>>

/** What a dataset reads as. */
export type ValueOf<D> = D extends MetricDataset ? MetricSeries : D extends CallDataset<infer A> ? A : never

/** What a record of datasets reads as. */
export type ValuesOf<N extends Needs> = { readonly [K in keyof N]: ValueOf<N[K]> }

interface Common {
  /** `<file>.<export>` and its parameters: equal names are equal reads. */
  readonly name: string
  /** Where it is read, which may be wider than the scope of the scan that reads it. */
  readonly scope: ScopeKind
  readonly needs: Needs
  /** Every operation that the reading may call, without those of `needs`. */
  readonly operations: ReadonlyArray<Operation>
  /** Why it takes more than one call per page, where AWS offers no list. */
  readonly costNote?: string
}

/** Read by calls of its own. */
export interface CallDataset<out A> extends Common {
  readonly kind: "calls"
  /** Keeps the answer this long within the day, in the store, because reading it again costs money. The value must be plain JSON. */
  readonly cacheHours?: number
  readonly read: (needs: any) => Effect.Effect<Read<A>, AwsError, AwsServices>
}

/** CloudWatch series, which the loader batches with those of every other dataset of the scope. */
export interface MetricDataset extends Common {
  readonly kind: "metrics"
  readonly series: (needs: any) => ReadonlyArray<SeriesSpec>
}

export type Dataset<A = any> = CallDataset<A> | MetricDataset

/** Every page of one list operation, decoded to what is judged. */
export const listOf = <Input extends object, Output, A>(
  name: string,
  scope: ScopeKind,
  operation: Operation<Input, Output>,
  input: Input,
  items: (page: Output) => ReadonlyArray<A>
): CallDataset<ReadonlyArray<A>> => ({
  kind: "calls",
  name,
  scope,
  needs: {},
  operations: [operation],
  read: () => Effect.map(list(operation, input, items), readOf)
})

export const readOf = <A>({ gaps, items }: Listed<A>): Read<ReadonlyArray<A>> => ({ value: items, gaps })

/** A dataset that makes several calls or builds on other datasets. */
export const dataset = <A, const N extends Needs = {}>(options: {
  readonly name: string
  readonly scope: ScopeKind
  readonly operations: ReadonlyArray<Operation>
  readonly needs?: N
  readonly cacheHours?: number
  readonly costNote?: string
  readonly read: (needs: ValuesOf<N>) => Effect.Effect<Read<A>, AwsError, AwsServices>
}): CallDataset<A> => ({ ...options, kind: "calls", needs: options.needs ?? {} })

/** Combines datasets without a call: an index, a join. */
export const derived = <A, const N extends Needs>(
  name: string,
  scope: ScopeKind,
  needs: N,
  derive: (needs: ValuesOf<N>) => A
): CallDataset<A> => ({
  kind: "calls",
  name,
  scope,
  needs,
  operations: [],
  read: (values) => Effect.sync(() => ({ value: derive(values), gaps: [] }))
})

/** A dataset that a scan can judge without: it reads `undefined` when AWS does not give all of it, and the outcome is partial. */
export interface Optional<out D extends Dataset = Dataset> {
  readonly optional: D
}

export const optional = <D extends Dataset>(dataset: D): Optional<D> => ({ optional: dataset })

/**
 * A read about single candidates, for what AWS only offers one by one or in small batches. It runs after the datasets, over
 * the candidates of a scan, and at most `cap` of them.
 */
export interface Probe<in Item, out Value> {
  readonly name: string
  readonly operations: ReadonlyArray<Operation>
  /** Candidates that are asked about in one run and scope. What is left over is `unknown`. */
  readonly cap: number
  /** Candidates per call. */
  readonly batchSize: number
  readonly costNote: string
  readonly key: (item: Item) => string
  /** One answer per item, in their order. */
  readonly read: (items: ReadonlyArray<Item>) => Effect.Effect<ReadonlyArray<Value>, AwsError, AwsServices>
}

export const probe = <Item, Value>(options: Probe<Item, Value>): Probe<Item, Value> => options

/** What a probe told, by the key of the candidate. A candidate that was not asked about is unknown. */
export interface Probed<out Value> {
  readonly get: (key: string) => Reading<Value>
}
