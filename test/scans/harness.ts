/** Judges made-up resources with a scan's rule, through the runner itself: no AWS, no store, no clock but the run's. */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { datasetsOf } from "../../audit/actions.ts"
import { type FindingDraft, judge as runJudge, type Judgement, readsOf, taggedTypesOf } from "../../audit/judge.ts"
import { Prober } from "../../audit/Prober.ts"
import { Aws, AwsTarget } from "../../core/aws/Aws.ts"
import { AwsError, Malformed } from "../../core/aws/AwsError.ts"
import { CallLedger } from "../../core/aws/CallLedger.ts"
import { isCoverable } from "../../core/finding/coverage.ts"
import type { ComputePrices } from "../../core/pricing/ComputePrices.ts"
import { placeOf } from "../../core/pricing/PricePlace.ts"
import type { FactName } from "../../core/pricing/snapshot.ts"
import type { PriceOf } from "../../core/pricing/Prices.ts"
import { known, type Reading, unknown as notKnown } from "../../core/Reading.ts"
import type { SettingValue } from "../../core/run/Outcome.ts"
import { coverage } from "../../datasets/billing/commitments.ts"
import type { Dataset } from "../../datasets/engine/Dataset.ts"
import { type Loaded, Reader } from "../../datasets/engine/Reader.ts"
import { SharedReads } from "../../datasets/engine/SharedReads.ts"
import { MetricSeries, windowStart } from "../../datasets/metrics/MetricSeries.ts"
import { SeriesReader } from "../../datasets/metrics/SeriesReader.ts"
import { periodOf, type SeriesSpec } from "../../datasets/metrics/SeriesSpec.ts"
import { type JudgeContext, defaultSettings, type Scan } from "../../scans/Scan.ts"
import { account, now } from "../datasets/harness.ts"

/** USD per unit by fact: what a test says the list price is. A fact that is missing has no known price. */
export type TestPrices = { readonly [fact in FactName]?: number }

const testPrice =
  (prices: TestPrices): PriceOf =>
  (fact, place = placeOf("eu-west-1")) => {
    const usd = place.apart === undefined ? prices[fact] : undefined
    return {
      fact,
      region: place.region,
      usd: usd ?? null,
      unit: "unit",
      source: place.apart ?? "test",
      asOf: "2026-11-20",
      confidence: usd === undefined ? "unknown" : "verified"
    }
  }

export interface JudgeOptions {
  readonly settings?: Readonly<Record<string, SettingValue>>
  readonly prices?: TestPrices
  /** The tables that the scan declares, loaded with `loadComputePrices`. */
  readonly compute?: ComputePrices
  readonly region?: string
  /** What the account was charged for extended support; default: the bill was not read. */
  readonly extendedSupport?: JudgeContext<any>["extendedSupport"]
  /**
   * What probes tell, by the name under which the scan declares them: the answer to an item, or undefined where it is not told.
   * A probe that is missing fails the test when it is asked.
   */
  readonly answers?: Readonly<Record<string, (item: any) => unknown>>
  /** Tags of the tagging API by ARN, for kinds whose lists come without; `denied` where it may not be asked. Default: none. */
  readonly tags?: Readonly<Record<string, Readonly<Record<string, string>>>> | "denied"
  /** Tags by ARN of what resources are a part of. Default: none. */
  readonly parents?: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly suppressTagKeys?: ReadonlyArray<string>
  readonly minMonthlySavingsUsd?: number
}

type Several = ReadonlyArray<unknown> | ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>

/** A read of which nothing, or not everything, was told: `gap([volume1])`, `gap()`. */
export class Gap {
  readonly items: Several | undefined
  constructor(items: Several | undefined) {
    this.items = items
  }
}

/** What was read of a list, a map or a set whose next page failed; without items, a read that failed altogether. */
export const gap = (items?: Several) => new Gap(items)

const failure = new AwsError({
  operation: "test:Read",
  account,
  region: "eu-west-1",
  reason: new Malformed({ code: "Test", message: "the test leaves this out" })
})

const loadedOf = (value: unknown): Loaded =>
  value instanceof Gap
    ? value.items === undefined
      ? { ok: false, error: failure }
      : { ok: true, value: value.items, gaps: [failure], inherited: [] }
    : { ok: true, value, gaps: [], inherited: [] }

/** A reader that answers from the data of the test. */
const readerOf = (byDataset: ReadonlyMap<Dataset, unknown>) =>
  Reader.of({
    load: (dataset) => {
      if (!byDataset.has(dataset)) throw new Error(`the test gives no ${dataset.name}`)
      return Effect.succeed(loadedOf(byDataset.get(dataset)))
    },
    free: () => undefined
  })

const proberOf = (named: ReadonlyArray<readonly [string, unknown]>, answers: JudgeOptions["answers"] = {}) => {
  const asked: Array<string> = []
  const prober = Prober.of({
    answer: (questions) =>
      Effect.sync(() =>
        questions.map(({ item, probe }) => {
          const name = named.find(([, own]) => own === probe)?.[0] ?? probe.name
          const answer = answers[name]
          if (answer === undefined) throw new Error(`the rule asked ${name}, and the test does not answer it`)
          asked.push(`${name} ${probe.key(item)}`)
          const value = answer(item)
          const reading: Reading<unknown> = value === undefined ? notKnown(`${name} was not told`) : known(value)
          return {
            reading,
            askedAt: undefined,
            gap: value === undefined ? ({ code: "rejected", message: `${name} was not told` } as const) : undefined
          }
        })
      )
  })
  return { asked, prober }
}

/**
 * What the rule says of the data, by kind. `data` has a value for each read of the scan: a list, a map, series, or `gap(…)`.
 * Settings that are not given have their defaults.
 */
/** A bill of the last full month that shows more of these usage types than anybody could be charged for them. */
export const billedInFull = (...names: ReadonlyArray<string>): JudgeContext<any>["extendedSupport"] =>
  known(
    names.map((name) => ({
      account: "111111111111",
      region: "eu-west-1",
      name,
      usageType: `EU-${name}`,
      start: "2026-10-01",
      amount: 1_000_000,
      currency: "USD",
      quantity: 1,
      unit: "Hrs",
      estimated: false
    }))
  )

export const judge = (scan: Scan, data: Readonly<Record<string, unknown>>, options: JudgeOptions = {}) => {
  const context = contextOf(scan, options)
  const planned = { name: "test_scan", category: "test", scan, settings: context.settings }
  const taggedTypes = taggedTypesOf([planned])
  const byDataset = new Map<Dataset, unknown>()
  for (const [key, dataset] of readsOf(planned, taggedTypes)) {
    if (key === "#tags") {
      byDataset.set(
        dataset,
        options.tags === "denied" ? new Gap(undefined) : new Map(Object.entries(options.tags ?? {}))
      )
    } else if (key === "#parents") {
      // The rule may read the same list.
      if (byDataset.has(dataset)) continue
      const { parents = {} } = options
      const listed = Object.entries(parents).map(([arn, tags]) => ({ arn, tags }))
      byDataset.set(dataset, dataset.shape === "map" ? new Map(Object.entries(parents)) : listed)
    } else {
      assert.property(data, key, `the test gives no ${key}`)
      byDataset.set(dataset, data[key])
    }
  }
  const { asked, prober } = proberOf(Object.entries(scan.probes(context.settings)), options.answers)
  const flags: Array<FindingDraft> = []
  const unasked = Layer.mergeAll(
    Layer.mock(Aws, {}),
    Layer.mock(SeriesReader, {}),
    SharedReads.layerNone,
    Layer.succeed(Reader, readerOf(byDataset)),
    Layer.succeed(Prober, prober)
  )
  const judgement: Judgement = Effect.runSync(
    runJudge(
      planned,
      context,
      { minMonthlySavingsUsd: options.minMonthlySavingsUsd ?? 0, suppressTagKeys: options.suppressTagKeys ?? [] },
      taggedTypes,
      {
        freshOf: () => Effect.succeed(new Set<string>()),
        take: (drafts) => Effect.sync(() => (flags.push(...drafts), new Set<string>()))
      }
    ).pipe(
      Effect.provide(unasked),
      Effect.provideService(AwsTarget, { ...context.scope, partition: "aws" }),
      Effect.provideServiceEffect(CallLedger, CallLedger.make())
    )
  )
  assert.notStrictEqual(judgement.reason?.code, "scan_crashed", judgement.reason?.message)
  if (scan.scope !== "payer" && flags.some(isCoverable))
    assert.include(datasetsOf({ scan }), coverage, "commitments may cover what it found: say `coverable: true`")
  for (const { reasons } of flags) for (const reason of reasons) assert.property(scan.reasons, reason)
  const { counters, isOver, reason, report, stateOf, status, unjudged, withoutSource } = judgement
  const idsOf = (wanted: "unknown" | "tooYoung") =>
    unjudged
      .filter(({ state }) => state === wanted)
      .map(({ resource }) => resource)
      .sort()
  return {
    flags,
    /** `id: reason` of every flagged resource, sorted. */
    flagged: flags.map(({ reasons, resource }) => `${resource.id}: ${reasons.join(", ")}`).sort(),
    /** Ids, sorted. */
    tooYoung: idsOf("tooYoung"),
    unknown: idsOf("unknown"),
    /** `id: why` of every unknown resource, sorted. */
    whyUnknown: unjudged
      .flatMap(({ resource, state, why }) => (state === "unknown" ? [`${resource}: ${why}`] : []))
      .sort(),
    counters,
    status,
    /** Why the outcome is not complete. */
    gap: reason?.message,
    report,
    stateOf,
    isOver,
    withoutSource,
    /** `probe key` of everything that was asked, sorted. */
    asked: asked.sort()
  }
}

/** What the rule knows besides its data. */
export const contextOf = (scan: Scan, options: JudgeOptions = {}): JudgeContext<any> => ({
  settings: { ...defaultSettings(scan.settings), ...options.settings },
  scope: { account, region: options.region ?? "eu-west-1" },
  partition: "aws",
  now,
  extendedSupport: options.extendedSupport ?? notKnown("the test gives no bill"),
  price: testPrice(options.prices ?? {}),
  get compute(): ComputePrices {
    if (options.compute === undefined) throw new Error("the test gives no compute prices")
    return options.compute
  }
})

/**
 * Series as CloudWatch would have answered them: for each series its values by period, oldest first, the last of which is the
 * period in which the run starts; empty for no datapoints, undefined for a series that CloudWatch refused, NaN for a period
 * without a datapoint.
 */
export const series = (valuesOf: (spec: SeriesSpec) => ReadonlyArray<number> | undefined): MetricSeries =>
  new MetricSeries((spec) => {
    const periods = valuesOf(spec)
    if (periods === undefined) return { _tag: "Failed", reason: "CloudWatch answered InternalError" }
    const values = Float64Array.from(periods)
    const period = periodOf(spec)
    if (period === "window") {
      assert.isAtMost(periods.length, 1, `${spec.metric} has one value for its window`)
      return { _tag: "Values", start: windowStart(now, spec.days), values }
    }
    const millis = period * 1000
    const last = Math.floor(now.getTime() / millis) * millis
    return { _tag: "Values", start: new Date(last - (periods.length - 1) * millis), values }
  }, now)

/** Series without a datapoint, as of everything that is not in use. */
export const silent = series(() => [])
