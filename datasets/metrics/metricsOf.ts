/** Datasets of CloudWatch series about the resources that other datasets list. */
import * as Effect from "effect/Effect"
import type { ScopeKind } from "../../core/Scope.ts"
import { AsOf, type Dataset, dataset, type Needs, type ValuesOf, type ViewsOf } from "../engine/Dataset.ts"
import type { MetricSeries } from "./MetricSeries.ts"
import type { SeriesQuestion } from "./Past.ts"
import { getMetricData, SeriesReader } from "./SeriesReader.ts"
import type { MetricAsked, SeriesSpec } from "./SeriesSpec.ts"

/**
 * The series of some resources. They are asked for in calls that all datasets of the scope share. A series that CloudWatch did
 * not give is unknown by itself, so a gap in them is told series by series.
 */
export const metricsOf = <const N extends Needs, const E extends Needs = {}>(
  name: string,
  {
    evidence,
    metrics,
    needs,
    scope,
    series
  }: {
    readonly scope: ScopeKind
    readonly needs: N
    readonly evidence?: E
    /** Every metric that `series` may ask for, with its window. */
    readonly metrics: ReadonlyArray<MetricAsked>
    readonly series: (needs: ValuesOf<N>, evidence: ViewsOf<E>) => ReadonlyArray<SeriesSpec>
  }
): Dataset<MetricSeries> => ({
  ...dataset<MetricSeries, N, E>(name, {
    scope,
    shape: "series",
    needs,
    ...(evidence === undefined ? {} : { evidence }),
    operations: [getMetricData],
    read: (values, views) =>
      Effect.gen(function* () {
        const reader = yield* SeriesReader
        const { gaps, series: read } = yield* reader.read(series(values, views))
        return { value: read, gaps }
      })
  }),
  metrics
})

/**
 * The series of some resources, for a rule that needs them only to clear most of these: what an earlier night has settled is not
 * asked for again, and the rule finds that with `settles`.
 */
export const questionsOf = <const N extends Needs, const E extends Needs = {}>(
  name: string,
  {
    evidence,
    metrics,
    needs,
    questions,
    scope
  }: {
    readonly scope: ScopeKind
    readonly needs: N
    readonly evidence?: E
    /** Every metric that `questions` may ask for, with its window. */
    readonly metrics: ReadonlyArray<MetricAsked>
    readonly questions: (needs: ValuesOf<N>, evidence: ViewsOf<E>, now: Date) => ReadonlyArray<SeriesQuestion>
  }
): Dataset<MetricSeries> => ({
  ...dataset<MetricSeries, N, E>(name, {
    scope,
    shape: "series",
    needs,
    ...(evidence === undefined ? {} : { evidence }),
    operations: [getMetricData],
    read: (values, views) =>
      Effect.gen(function* () {
        const reader = yield* SeriesReader
        const { gaps, series } = yield* reader.ask(name, questions(values, views, yield* AsOf))
        return { value: series, gaps }
      })
  }),
  metrics
})
