/**
 * Questions about single resources, for what AWS only offers one by one or in small batches. A rule asks them of the resources
 * that it would report; the runner asks AWS, for all rules of the scope together, and remembers what was told.
 */
import * as Effect from "effect/Effect"
import type { AwsError } from "../../core/aws/AwsError.ts"
import type { Operation } from "../../core/aws/operation.ts"
import type { MetricSeries } from "../metrics/MetricSeries.ts"
import { getMetricData } from "../metrics/SeriesReader.ts"
import type { MetricAsked, SeriesSpec } from "../metrics/SeriesSpec.ts"
import type { ReadServices } from "./Dataset.ts"

interface Common<in Item> {
  /** `<file>.<export>` and its parameters. */
  readonly name: string
  readonly operations: ReadonlyArray<Operation>
  /** What the questions cost, in a sentence. */
  readonly costNote: string
  /** One question for one key, however many rules ask it. */
  readonly key: (item: Item) => string
}

/** Asks AWS about a few resources at a time. */
export interface CallProbe<in Item = any, out Value = any> extends Common<Item> {
  readonly kind: "calls"
  /** Resources that AWS is asked about in one run and scope. Whoever is left over has its turn on a later night. */
  readonly cap: number
  /** Resources per call. */
  readonly batchSize: number
  /**
   * What makes the resource this one and no other, such as its creation or last change. Present for answers that change so rarely
   * that they are remembered and asked again once a week; the value must be plain objects, arrays, dates, maps and sets.
   */
  readonly identity: ((item: Item) => string) | undefined
  /**
   * Whether nobody changes the answer without changing the identity: what AWS offers of a type, or what is in an image. Then an open
   * finding may rest on what an earlier night was told; anything else is asked again, so that what somebody mends is gone the next morning.
   */
  readonly isFixed: boolean
  /** Which answers are remembered, where not all are: one that there is nothing of what is in use is asked for again. */
  readonly lasts: ((value: any) => boolean) | undefined
  /**
   * Whether a batch is asked again in halves after such an error, because one of its resources may be to blame for it; else it is
   * not asked again. Absent: what AWS refuses is asked one by one, which is right where a call costs nothing.
   */
  readonly halves: ((error: AwsError) => boolean) | undefined
  /** One answer per item, in their order. */
  readonly read: (items: ReadonlyArray<Item>) => Effect.Effect<ReadonlyArray<Value>, AwsError, ReadServices>
}

/** Asks CloudWatch for more metrics of a resource: the second step, after one or two metrics have made it a candidate. */
export interface SeriesProbe<in Item = any> extends Common<Item> {
  readonly kind: "series"
  readonly metrics: ReadonlyArray<MetricAsked>
  readonly series: (item: Item) => ReadonlyArray<SeriesSpec>
}

export type Probe<Item = any, Value = any> = CallProbe<Item, Value> | SeriesProbe<Item>

export type ItemOf<P> = P extends { readonly key: (item: infer Item) => string } ? Item : never

/** What a probe tells of one resource. */
export type AnswerOf<P> = P extends CallProbe<any, infer Value> ? Value : P extends SeriesProbe ? MetricSeries : never

/** A question in calls. Without an `identity` it is asked again every night. */
export const probe = <Item, Value>(
  options: Omit<CallProbe<Item, Value>, "kind" | "identity" | "isFixed" | "lasts" | "halves"> & {
    readonly identity?: (item: Item) => string
    readonly isFixed?: boolean
    readonly lasts?: (value: Value) => boolean
    readonly halves?: (error: AwsError) => boolean
  }
): CallProbe<Item, Value> => ({
  identity: undefined,
  isFixed: false,
  lasts: undefined,
  halves: undefined,
  ...options,
  kind: "calls"
})

/** One answer that serves every resource, such as a list: asked for once, and only where a rule has a candidate. */
export const onceProbe = <Item, Value>({
  read,
  ...options
}: Pick<CallProbe, "name" | "operations" | "costNote"> & {
  /** Whoever asks gives the same item. */
  readonly read: (item: Item) => Effect.Effect<Value, AwsError, ReadServices>
}): CallProbe<Item, Value> =>
  probe({
    ...options,
    cap: 1,
    batchSize: 1,
    key: () => "all",
    read: (items) => Effect.forEach(items, read)
  })

/** A question for CloudWatch, which is asked for all candidates of all rules in shared calls. */
export const seriesProbe = <Item>(options: Omit<SeriesProbe<Item>, "kind" | "operations">): SeriesProbe<Item> => ({
  ...options,
  kind: "series",
  operations: [getMetricData]
})
