/** Datasets of CloudWatch series about the resources that other datasets list. */
import * as Effect from "effect/Effect"
import type { ScopeKind } from "../../core/Scope.ts"
import {
  AsOf,
  type Dataset,
  dataset,
  type Needs,
  type ReadServices,
  type ValuesOf,
  type ViewsOf
} from "../engine/Dataset.ts"
import type { MetricSeries } from "./MetricSeries.ts"
import type { SeriesQuestion } from "./Past.ts"
import { getMetricData, type SeriesRead, SeriesReader } from "./SeriesReader.ts"
import type { MetricAsked, SeriesSpec } from "./SeriesSpec.ts"

interface SeriesOptions<N extends Needs, E extends Needs> {
  readonly scope: ScopeKind
  readonly needs: N
  readonly evidence?: E
  /** Every metric that may be asked for, with its window. */
  readonly metrics: ReadonlyArray<MetricAsked>
}

const seriesDataset = <N extends Needs, E extends Needs>(
  name: string,
  { evidence, metrics, needs, scope }: SeriesOptions<N, E>,
  read: (
    reader: SeriesReader["Service"],
    needs: ValuesOf<N>,
    evidence: ViewsOf<E>
  ) => Effect.Effect<SeriesRead, never, ReadServices>
): Dataset<MetricSeries> => ({
  ...dataset<MetricSeries, N, E>(name, {
    scope,
    shape: "series",
    needs,
    ...(evidence === undefined ? {} : { evidence }),
    operations: [getMetricData],
    read: (values, views) =>
      Effect.gen(function* () {
        const { gaps, series } = yield* read(yield* SeriesReader, values, views)
        return { value: series, gaps }
      })
  }),
  metrics
})

/**
 * The series of some resources. They are asked for in calls that all datasets of the scope share. A series that CloudWatch did
 * not give is unknown by itself, so a gap in them is told series by series.
 */
export const metricsOf = <const N extends Needs, const E extends Needs = {}>(
  name: string,
  options: SeriesOptions<N, E> & {
    readonly series: (needs: ValuesOf<N>, evidence: ViewsOf<E>) => ReadonlyArray<SeriesSpec>
  }
): Dataset<MetricSeries> =>
  seriesDataset(name, options, (reader, values, views) => reader.read(options.series(values, views)))

/**
 * The series of some resources, for a rule that needs them only to clear most of these: what an earlier night has settled is not
 * asked for again, and the rule finds that with `settles`.
 */
export const questionsOf = <const N extends Needs, const E extends Needs = {}>(
  name: string,
  options: SeriesOptions<N, E> & {
    readonly questions: (needs: ValuesOf<N>, evidence: ViewsOf<E>, now: Date) => ReadonlyArray<SeriesQuestion>
  }
): Dataset<MetricSeries> =>
  seriesDataset(name, options, (reader, values, views) =>
    Effect.flatMap(AsOf, (now) => reader.ask(name, options.questions(values, views, now)))
  )
