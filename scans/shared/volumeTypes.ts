/** Which type and settings a volume could have instead, and what a month of it costs less. */
import type { Claim, Savings, SavingsTerm } from "../../core/finding/Finding.ts"
import { sum } from "../../core/finding/savings.ts"
import type { PricePlace } from "../../core/pricing/PricePlace.ts"
import type { PriceOf } from "../../core/pricing/Prices.ts"
import { type BilledVolume, volumeTerms } from "../../core/pricing/volume.ts"
import { all, known, map, type Reading, unknown } from "../../core/Reading.ts"
import type { Partition } from "../../core/Scope.ts"
import { useSeconds } from "../../datasets/aws/ec2.ts"
import type { MetricSeries } from "../../datasets/metrics/MetricSeries.ts"
import type { SeriesSpec } from "../../datasets/metrics/SeriesSpec.ts"

/** What every gp3 volume has without an extra charge. Source: shared/scans.md 0.8. */
export const included = { iops: 3000, mbPerSecond: 125 } as const

/** How much more than the peak a volume keeps. Source: shared/scans.md, get_ebs_volume_type_recommendations. */
export const usualHeadroom = 1.3

/** Days of use that a proposal rests on. Source: the same. */
export const usualDays = 14

/** Share of the periods that CloudWatch must have: the peak may lie in one that it has not. */
const mostPeriods = 0.9

/**
 * The most that one gp3 volume can have. Regions outside of the commercial partition are taken to have the limits of before 2025.
 * Source: shared/facts/scans-verified.md A18, A19.
 */
const gp3Limits = (partition: Partition) =>
  partition === "aws" ? { iops: 80_000, mbPerSecond: 2_000 } : { iops: 16_000, mbPerSecond: 1_000 }

/** A gp3 volume has at most so many IOPS for each GiB, and needs so many for each MiB/s. Source: the same, A18. */
const iopsPerGib = 500
const iopsPerMb = 4

/** Above this size gp2 reaches 250 MiB/s, up to it no more than gp3 includes. Source: shared/scans.md, the same scan. */
export const slowGp2Gib = 170

const fastGp2MbPerSecond = 250
const gp2IopsPerGib = 3
const mostGp2Iops = 16_000

/** The most that a volume did in one of the periods, a second. */
export interface Peak {
  readonly iops: number
  readonly mbPerSecond: number
}

/** The largest sum of series in one period, a second; unknown where too many periods are missing. */
export const peakOf = (series: MetricSeries, specs: ReadonlyArray<SeriesSpec>): Reading<number> => {
  const answers = all(specs.map((spec) => series.points(spec)))
  if (!answers.known) return answers
  const sums = new Map<number, number>()
  for (const { at, value } of answers.value.flat()) sums.set(at.getTime(), (sums.get(at.getTime()) ?? 0) + value)
  const days = Math.min(...specs.map((spec) => spec.days))
  const periods = Math.min(...answers.value.map((points) => points.length))
  const wanted = (days * 86_400) / useSeconds
  return periods < wanted * mostPeriods
    ? unknown(`CloudWatch has its use of ${Math.floor((periods / wanted) * 100)} percent of ${days} days`)
    : known(Math.max(...sums.values()) / useSeconds)
}

/** Operations and MiB a second at their peaks. */
export const useOf = (
  series: MetricSeries,
  { bytes, operations }: { readonly operations: ReadonlyArray<SeriesSpec>; readonly bytes: ReadonlyArray<SeriesSpec> }
): Reading<Peak> =>
  map(all([peakOf(series, operations), peakOf(series, bytes)]), ([iops = 0, bytes = 0]) => ({
    iops,
    mbPerSecond: bytes / 2 ** 20
  }))

/**
 * gp3 that is as fast as a gp2 volume. Where its peak is known and fits, it has the throughput that costs nothing extra;
 * otherwise that of gp2.
 */
export const gp3LikeGp2 = (
  { sizeGb }: Pick<BilledVolume, "sizeGb">,
  headroom: number,
  peakMbPerSecond: number | undefined
): BilledVolume => ({
  type: "gp3",
  sizeGb,
  iops: Math.max(included.iops, Math.min(gp2IopsPerGib * sizeGb, mostGp2Iops)),
  throughputMbPerSecond:
    sizeGb <= slowGp2Gib || (peakMbPerSecond !== undefined && peakMbPerSecond * headroom <= included.mbPerSecond)
      ? included.mbPerSecond
      : fastGp2MbPerSecond
})

/** The IOPS of gp3 that hold a peak: in whole hundreds, so that a proposal does not change with every night's peak. */
export const iopsHolding = ({ iops }: Peak, headroom: number): number =>
  Math.max(included.iops, Math.ceil((iops * headroom) / 100) * 100)

/** The throughput of gp3 that holds a peak. */
export const throughputHolding = ({ mbPerSecond }: Peak, headroom: number): number =>
  Math.max(included.mbPerSecond, Math.ceil(mbPerSecond * headroom))

/** The fewest IOPS that a throughput needs. */
export const iopsFor = (mbPerSecond: number): number => mbPerSecond * iopsPerMb

/** gp3 that holds a peak with the headroom; undefined where no gp3 volume of the size does. */
export const gp3Holding = (
  peak: Peak,
  sizeGb: number,
  headroom: number,
  partition: Partition
): BilledVolume | undefined => {
  const limits = gp3Limits(partition)
  const throughput = throughputHolding(peak, headroom)
  const iops = Math.max(iopsHolding(peak, headroom), iopsFor(throughput))
  const most = Math.min(limits.iops, Math.max(included.iops, sizeGb * iopsPerGib))
  return iops > most || throughput > limits.mbPerSecond
    ? undefined
    : { type: "gp3", sizeGb, iops, throughputMbPerSecond: throughput }
}

const instead = (one: SavingsTerm): SavingsTerm => ({
  ...one,
  label: `${one.label} instead`,
  quantity: -one.quantity,
  monthlyUsd: one.monthlyUsd === null ? null : -one.monthlyUsd
})

/** What a month costs less with the target; nothing where it costs as much or more. */
export const retypeSavings = (
  claim: Claim,
  now: BilledVolume,
  target: BilledVolume,
  price: PriceOf,
  place: PricePlace,
  note: string
): Savings => {
  const there: PriceOf = (fact) => price(fact, place)
  return sum(claim, [...volumeTerms(now, there), ...volumeTerms(target, there).map(instead)], { note })
}

/** The target as a finding tells it. */
export const targetEvidence = ({ iops, throughputMbPerSecond, type }: BilledVolume) => ({
  targetType: type,
  targetIops: iops ?? null,
  targetMbPerSecond: throughputMbPerSecond ?? null
})
