/** Loads the datasets of a scope: each once, as many at a time as the limiter lets through, metrics all together. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import { AwsTarget } from "../../core/aws/Aws.ts"
import type { AwsError } from "../../core/aws/AwsError.ts"
import { globalRegion, payerRegion, scopeKey, scopeKindOf, type ScopeKind } from "../../core/Scope.ts"
import { isoDay } from "../../core/time.ts"
import { AsOf, type CallDataset, type Dataset, type MetricDataset } from "./Dataset.ts"
import { readSeries } from "../metrics/metrics.ts"
import { ReadCache } from "./ReadCache.ts"

/** What became of a dataset: its value and the calls that failed on the way, or why there is no value. */
export type Loaded =
  | { readonly ok: true; readonly value: any; readonly gaps: ReadonlyArray<AwsError> }
  | { readonly ok: false; readonly error: AwsError | DatasetCrashed }

/** A bug in the code that reads a dataset. */
export class DatasetCrashed {
  readonly _tag = "DatasetCrashed"
  readonly message: string
  constructor(dataset: string, cause: unknown) {
    this.message = `reading ${dataset} crashed: ${cause instanceof Error ? cause.message : String(cause)}`
  }
}

/** A dataset with everything that it is built from, needs first, each once. */
export const withNeeds = (datasets: Iterable<Dataset>): ReadonlyArray<Dataset> => {
  const ordered = new Map<string, Dataset>()
  const visit = (dataset: Dataset) => {
    if (ordered.has(dataset.name)) return
    for (const need of Object.values(dataset.needs)) visit(need)
    ordered.set(dataset.name, dataset)
  }
  for (const dataset of datasets) visit(dataset)
  return [...ordered.values()]
}

const regionOf = (kind: ScopeKind, own: string): string =>
  kind === "regional" ? own : kind === "global" ? globalRegion : payerRegion

const needsOf = (dataset: Dataset, loaded: ReadonlyMap<string, Loaded>) => {
  const values: Record<string, unknown> = {}
  const gaps: Array<AwsError> = []
  for (const [key, need] of Object.entries(dataset.needs)) {
    const answer = loaded.get(need.name)
    if (answer === undefined) throw new Error(`${dataset.name} was loaded before ${need.name}`)
    if (!answer.ok) return answer
    values[key] = answer.value
    gaps.push(...answer.gaps)
  }
  return { ok: true as const, values, gaps }
}

/**
 * Loads datasets and what they need. Never fails: a dataset that cannot be read says why, and so does all that is built on
 * it. Datasets that need no metric come first, then the series of all metric datasets in shared calls, then the rest.
 */
export const loadAll = Effect.fn("loadAll")(function* (datasets: Iterable<Dataset>, runId: string, now: Date) {
  const target = yield* AwsTarget
  const cache = yield* ReadCache
  const ordered = withNeeds(datasets)
  const loaded = new Map<string, Loaded>()
  const afterMetrics = new Set<string>()
  for (const dataset of ordered) {
    const needs = Object.values(dataset.needs)
    if (needs.some((need) => need.kind === "metrics" || afterMetrics.has(need.name))) afterMetrics.add(dataset.name)
  }

  const loadCalls = (dataset: CallDataset<any>) => {
    const read = Effect.suspend(() => {
      const needs = needsOf(dataset, loaded)
      if (!needs.ok) return Effect.succeed<Loaded>(needs)
      return dataset.read(needs.values).pipe(
        Effect.map(({ gaps, value }): Loaded => ({ ok: true, value, gaps: [...needs.gaps, ...gaps] })),
        Effect.catch((error) => Effect.succeed<Loaded>({ ok: false, error })),
        Effect.catchCauseIf(Cause.hasDies, (cause) =>
          Effect.succeed<Loaded>({ ok: false, error: new DatasetCrashed(dataset.name, Cause.squash(cause)) })
        )
      )
    }).pipe(
      Effect.provideService(AwsTarget, { ...target, region: regionOf(dataset.scope, target.region) }),
      Effect.provideService(AsOf, now),
      Effect.withSpan("dataset", { attributes: { "dataset.name": dataset.name } })
    )
    const wider = dataset.scope !== scopeKindOf(target)
    const key = `${scopeKey({ account: target.account, region: regionOf(dataset.scope, target.region) })}/${dataset.name}`
    const kept = dataset.cacheHours === undefined ? read : cache.kept(`${key}/${isoDay(now)}`, dataset.cacheHours, read)
    return Effect.map(wider ? cache.shared(runId, key, kept) : kept, (answer) => {
      loaded.set(dataset.name, answer)
    })
  }

  /** Runs datasets in waves: all whose needs are there at once. */
  const loadWaves = Effect.fnUntraced(function* (waiting: ReadonlyArray<CallDataset<any>>) {
    let rest = waiting
    while (rest.length > 0) {
      const ready = rest.filter((dataset) => Object.values(dataset.needs).every((need) => loaded.has(need.name)))
      if (ready.length === 0) throw new Error(`datasets need each other: ${rest.map(({ name }) => name).join(", ")}`)
      yield* Effect.forEach(ready, loadCalls, { concurrency: "unbounded", discard: true })
      rest = rest.filter((dataset) => !loaded.has(dataset.name))
    }
  })

  const calls = ordered.filter((dataset): dataset is CallDataset<any> => dataset.kind === "calls")
  const metrics = ordered.filter((dataset): dataset is MetricDataset => dataset.kind === "metrics")

  yield* loadWaves(calls.filter(({ name }) => !afterMetrics.has(name)))

  if (metrics.length > 0) {
    const requests = metrics.map((dataset) => {
      const needs = needsOf(dataset, loaded)
      if (!needs.ok) return { dataset, needs, specs: [] }
      try {
        return { dataset, needs, specs: dataset.series(needs.values) }
      } catch (cause) {
        return { dataset, needs: { ok: false as const, error: new DatasetCrashed(dataset.name, cause) }, specs: [] }
      }
    })
    const { gaps, series } = yield* readSeries(
      requests.flatMap(({ specs }) => specs),
      now
    )
    const [firstGap] = gaps
    for (const { dataset, needs, specs } of requests) {
      const allFailed = firstGap !== undefined && specs.length > 0 && specs.every((spec) => series.failed(spec))
      loaded.set(
        dataset.name,
        !needs.ok
          ? needs
          : allFailed
            ? { ok: false, error: firstGap }
            : {
                ok: true,
                value: series,
                gaps: specs.some((spec) => series.failed(spec)) ? [...needs.gaps, ...gaps] : needs.gaps
              }
      )
    }
  }

  yield* loadWaves(calls.filter(({ name }) => afterMetrics.has(name)))
  return loaded as ReadonlyMap<string, Loaded>
})
