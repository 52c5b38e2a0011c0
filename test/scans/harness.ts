/** Judges made-up resources with a scan's rule: no AWS, no store, no clock. */
import { assert } from "@effect/vitest"
import type { SettingValue } from "../../core/run/Outcome.ts"
import { placeOf } from "../../core/pricing/PricePlace.ts"
import type { Price } from "../../core/pricing/Prices.ts"
import type { FactName } from "../../core/pricing/snapshot.ts"
import { known, unknown as notKnown } from "../../core/Reading.ts"
import type { Probed } from "../../datasets/engine/Dataset.ts"
import { MetricSeries, type SeriesSpec } from "../../datasets/metrics/metrics.ts"
import { type Flag, type JudgeContext, defaultSettings, type Scan, type Verdict } from "../../scans/Scan.ts"
import { account, now } from "../datasets/harness.ts"

/** USD per unit by fact: what a test says the list price is. A fact that is missing has no known price. */
export type TestPrices = { readonly [fact in FactName]?: number }

const testPrice =
  (prices: TestPrices) =>
  (fact: FactName, { apart, region } = placeOf("eu-west-1")): Price => {
    const usd = apart === undefined ? prices[fact] : undefined
    return {
      fact,
      region,
      usd: usd ?? null,
      unit: "unit",
      source: "test",
      asOf: "2026-11-20",
      confidence: usd === undefined ? "unknown" : "verified"
    }
  }

/** What the rule says of the data, by kind. Settings that are not given have their defaults. */
export const judge = (
  scan: Scan,
  data: object,
  options: {
    readonly settings?: Readonly<Record<string, SettingValue>>
    readonly prices?: TestPrices
    readonly region?: string
  } = {}
) => {
  const context = contextOf(scan, options)
  assert.isDefined(scan.judge)
  const verdicts: ReadonlyArray<Verdict> = [...(scan.judge?.(data, context) ?? [])]
  const flags = verdicts.filter((verdict): verdict is Flag<string> => verdict.verdict === "flag")
  for (const { reason } of flags) assert.property(scan.reasons, reason)
  return {
    verdicts,
    flags,
    /** `id: reason` of every flagged resource. */
    flagged: flags.map(({ reason, resource }) => `${resource.id}: ${reason}`),
    tooYoung: verdicts.flatMap((verdict) => (verdict.verdict === "tooYoung" ? [verdict.id] : [])),
    unknown: verdicts.flatMap((verdict) => (verdict.verdict === "unknown" ? [verdict.id] : []))
  }
}

/** What the rule knows besides its data. */
export const contextOf = (
  scan: Scan,
  options: {
    readonly settings?: Readonly<Record<string, SettingValue>>
    readonly prices?: TestPrices
    readonly region?: string
  } = {}
): JudgeContext<any> => ({
  settings: { ...defaultSettings(scan.settings), ...options.settings },
  scope: { account, region: options.region ?? "eu-west-1" },
  partition: "aws",
  now,
  price: testPrice(options.prices ?? {})
})

/**
 * Series as CloudWatch would have answered them: for each series its daily values, oldest first and ending yesterday; empty
 * for no datapoints, undefined for a read that CloudWatch refused.
 */
export const series = (values: (spec: SeriesSpec) => ReadonlyArray<number> | undefined): MetricSeries =>
  new MetricSeries((spec) => {
    const days = values(spec)
    return days === undefined
      ? { _tag: "Failed", reason: "CloudWatch answered InternalError" }
      : { _tag: "Days", values: Float64Array.from(days) }
  }, now)

/** What a probe answered, by key. Other keys are unknown. */
export const probed = <A>(answers: Readonly<Record<string, A>>): Probed<A> => ({
  get: (key) => (Object.hasOwn(answers, key) ? known(answers[key] as A) : notKnown("not asked"))
})
