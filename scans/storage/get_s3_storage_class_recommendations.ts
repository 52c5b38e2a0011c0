import type { Savings } from "../../core/finding/Finding.ts"
import { noSavings, sum } from "../../core/finding/savings.ts"
import {
  bytesPerGb,
  colderClasses,
  intelligentTieringTerms,
  type ReadUse,
  totalOf
} from "../../core/pricing/bucketStorage.ts"
import { placeOf } from "../../core/pricing/PricePlace.ts"
import type { PriceOf } from "../../core/pricing/Prices.ts"
import { daysBefore, hoursPerMonth } from "../../core/time.ts"
import type { Probed } from "../../datasets/engine/Dataset.ts"
import { maxDays, type MetricSeries } from "../../datasets/metrics/metrics.ts"
import * as s3 from "../../datasets/aws/s3.ts"
import { defineScan, flag, type JudgeContext, Setting, tooYoung, unknown } from "../Scan.ts"

const requestMetrics = s3.requestMetrics(["AllRequests", "GetRequests", "BytesDownloaded"])

interface Data {
  readonly buckets: ReadonlyArray<s3.MeasuredBucket>
  readonly storage: MetricSeries
  readonly lifecycle?: Probed<ReadonlyArray<s3.LifecycleRule>> | undefined
  readonly requestMetrics?: Probed<s3.RequestMetrics> | undefined
  readonly versioning?: Probed<string> | undefined
}

interface OwnSettings {
  readonly minSizeGb: number
  readonly minAvgObjectKb: number
  readonly lookbackDays: number
  readonly coldShareAssumption: number
}

type Context = Pick<JudgeContext<OwnSettings>, "now" | "price" | "settings">

/** Tiering pays for objects that stay: the cheaper classes are reached, or billed for, after 30 days. */
const leastDays = 30

const monthsOf = (days: number) => (days * 24) / hoursPerMonth

/** What was read in the window; undefined when nothing proves that it was counted all the while. */
const useOf = (
  bucket: s3.MeasuredBucket,
  metrics: s3.RequestMetrics,
  { now, settings }: Context
): ReadUse | undefined => {
  const { filterId, series } = metrics
  if (filterId === undefined) return undefined
  const windowStart = daysBefore(now, settings.lookbackDays)
  const history = series.points(s3.requestSeries(bucket, filterId, "AllRequests", maxDays))
  const [oldest] = history.known ? history.value : []
  if (oldest === undefined || oldest.day > windowStart) return undefined
  const perMonth = (metric: s3.RequestMetric): number | undefined => {
    const points = series.points(s3.requestSeries(bucket, filterId, metric, settings.lookbackDays))
    // The filter counted all the while, so a day without a point is a day without a request.
    return points.known
      ? points.value.reduce((total, { value }) => total + value, 0) / monthsOf(settings.lookbackDays)
      : undefined
  }
  const [gets, downloaded] = [perMonth("GetRequests"), perMonth("BytesDownloaded")]
  return gets === undefined || downloaded === undefined
    ? undefined
    : { getsPerMonth: gets, downloadedGbPerMonth: downloaded / bytesPerGb }
}

type Judged =
  | undefined
  | { readonly step: "young" }
  | { readonly step: "unknown"; readonly why: string }
  /** The probe that has to be asked before anything more can be said. */
  | { readonly step: "lifecycle" | "requestMetrics" | "versioning" }
  | {
      readonly step: "improvable"
      readonly stored: s3.StoredData
      readonly rules: ReadonlyArray<s3.LifecycleRule>
      /** Whether its Standard objects could be cheaper elsewhere. */
      readonly tierable: boolean
      readonly use: ReadUse | undefined
      readonly gaps: ReadonlyArray<"noncurrent_no_expiry" | "no_abort_multipart">
    }

/** Judges a bucket step by step, as far as what was asked reaches. What needs nothing is undefined. */
const judgeBucket = (bucket: s3.MeasuredBucket, data: Data, context: Context): Judged => {
  const { now, settings } = context
  if (bucket.createdAt > daysBefore(now, settings.lookbackDays)) return { step: "young" }
  const measured = s3.storedData(bucket, data.storage)
  if (!measured.known) return { step: "unknown", why: measured.reason }
  const stored = measured.value
  if (stored.totalGb === 0 || stored.totalGb < settings.minSizeGb) return undefined

  const lifecycle = data.lifecycle?.get(bucket.name)
  if (lifecycle === undefined) return { step: "lifecycle" }
  if (!lifecycle.known) return { step: "unknown", why: lifecycle.reason }
  const rules = lifecycle.value

  const averageKb = averageObjectKb(stored)
  const tierable =
    (stored.gbByType["StandardStorage"] ?? 0) >= settings.minSizeGb &&
    averageKb !== undefined &&
    averageKb >= settings.minAvgObjectKb &&
    rules.every(
      ({ expiresAfterDays, moves, wholeBucket }) =>
        !moves && !(wholeBucket && expiresAfterDays !== undefined && expiresAfterDays <= leastDays)
    )
  const metrics = data.requestMetrics?.get(bucket.name)
  if (tierable && metrics === undefined) return { step: "requestMetrics" }

  const keepsVersions = !rules.some(({ expiresNoncurrent }) => expiresNoncurrent)
  const versioning = data.versioning?.get(bucket.name)
  if (keepsVersions && versioning === undefined) return { step: "versioning" }
  const isVersioned = versioning?.known === true && versioning.value !== "Never"
  const gaps = [
    ...(keepsVersions && isVersioned ? (["noncurrent_no_expiry"] as const) : []),
    ...(rules.some(({ abortsUploads }) => abortsUploads) ? [] : (["no_abort_multipart"] as const))
  ]
  if (!tierable && gaps.length === 0) return undefined
  const use = tierable && metrics?.known === true ? useOf(bucket, metrics.value, context) : undefined
  return { step: "improvable", stored, rules, tierable, use, gaps }
}

const averageObjectKb = ({ objects, totalGb }: s3.StoredData): number | undefined =>
  objects === undefined || objects === 0 ? undefined : (totalGb * bytesPerGb) / 1024 / objects

const cents = (usd: number | undefined): number | null => (usd === undefined ? null : Math.round(usd * 100) / 100)

interface Advice {
  readonly reason: "intelligent_tiering" | "standard_ia" | "glacier_ir"
  readonly savings: Savings
  readonly evidence: Record<string, number | null>
}

/** The class that its measured use makes cheapest; nothing when it is read too much for any of them. */
const adviseByUse = (
  gb: number,
  objects: number,
  use: ReadUse,
  regionGb: number,
  price: PriceOf
): Advice | undefined => {
  const priced = colderClasses(gb, use, regionGb, price)
  if (priced.length === 0) return adviseWithoutUse(gb, objects, 0, regionGb, price)
  const [best] = priced.filter(({ monthlyUsd }) => monthlyUsd > 0).sort((a, b) => b.monthlyUsd - a.monthlyUsd)
  if (best === undefined) return undefined
  return {
    reason: best.reason,
    savings: sum("lifecycle", best.terms, {
      basis: "estimate",
      note: "All Standard objects moved, at the reads of the window; moving them is paid once and not in it."
    }),
    evidence: {
      getRequestsPerMonth: Math.round(use.getsPerMonth),
      downloadedGbPerMonth: Math.round(use.downloadedGbPerMonth * 1000) / 1000,
      transitionOnceUsd: cents(best.transitionPrice.usd === null ? undefined : best.transitionPrice.usd * objects)
    }
  }
}

/** Intelligent-Tiering finds out by itself what is cold; before that, the saving is somewhere in a range. */
const adviseWithoutUse = (gb: number, objects: number, coldShare: number, regionGb: number, price: PriceOf): Advice => {
  const highest = totalOf(intelligentTieringTerms(gb, objects, regionGb, price))
  return {
    reason: "intelligent_tiering",
    savings:
      coldShare > 0
        ? sum("lifecycle", intelligentTieringTerms((gb * coldShare) / 100, objects, regionGb, price), {
            basis: "estimate",
            note: `Assumes that ${coldShare} % of the bytes are not read for 90 days, as the setting coldShareAssumption says.`
          })
        : noSavings(
            "lifecycle",
            "Nothing measures how much of it is cold, so nothing is counted. The evidence has the range from none to all."
          ),
    evidence: {
      lowestMonthlySavingUsd: 0,
      highestMonthlySavingUsd: highest === undefined ? null : Math.max(0, cents(highest) ?? 0)
    }
  }
}

export default defineScan({
  title: "S3 storage classes and lifecycle gaps",
  why: "Standard is the dearest class to keep objects in that nobody reads, and without a lifecycle rule old versions and unfinished uploads stay for ever.",
  fix: "Add a lifecycle rule: to Intelligent-Tiering where use is not known, to a colder class where it is; let noncurrent versions expire; abort unfinished uploads after a week.",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html",
  scope: "global",
  settings: {
    minSizeGb: Setting.gigabytes(10, "Least size of a bucket, and least amount of Standard for another class"),
    minAvgObjectKb: Setting.kilobytes(
      128,
      "Least average size of objects: smaller ones are billed as 128 KB or not tiered"
    ),
    lookbackDays: Setting.days(
      30,
      "Days of requests that tell whether the objects are read, and least age of a bucket",
      {
        maximum: maxDays
      }
    ),
    coldShareAssumption: Setting.percent(0, "Share of cold bytes to count where nothing measures it; 0 counts nothing")
  },
  reads: { buckets: s3.measuredBuckets, storage: s3.bucketStorage },
  subjects: ["buckets"],
  probes: {
    lifecycle: s3.lifecycle,
    requestMetrics,
    versioning: s3.versioning,
    archiveConfigurations: s3.archiveConfigurations,
    classAnalyses: s3.classAnalyses,
    tags: s3.bucketTags
  },
  candidates: (data, context) => {
    const judged = data.buckets.map((bucket) => ({ bucket, judged: judgeBucket(bucket, data, context) }))
    const at = (step: string) => judged.flatMap(({ bucket, judged }) => (judged?.step === step ? [bucket] : []))
    const tierable = judged.flatMap(({ bucket, judged }) =>
      judged?.step === "improvable" && judged.tierable ? [bucket] : []
    )
    return {
      lifecycle: at("lifecycle"),
      requestMetrics: at("requestMetrics"),
      versioning: at("versioning"),
      archiveConfigurations: tierable,
      classAnalyses: tierable,
      tags: at("improvable")
    }
  },
  reasons: {
    intelligent_tiering: "Objects of a fair size stay in Standard, and no lifecycle rule moves them.",
    standard_ia: "The objects are in Standard and are read so rarely that Standard-IA is cheaper, retrieval included.",
    glacier_ir:
      "The objects are in Standard and are read so rarely that Glacier Instant Retrieval is cheaper, retrieval included.",
    noncurrent_no_expiry: "The bucket keeps old versions of its objects, and no rule ever deletes them.",
    no_abort_multipart: "No rule removes the parts of uploads that were never finished."
  },

  judge: function* (data, context) {
    const { settings } = context
    const standardGb = s3.standardGbByRegion(data.buckets, data.storage)
    for (const bucket of data.buckets) {
      const judged = judgeBucket(bucket, data, context)
      if (judged === undefined) continue
      if (judged.step === "young") {
        yield tooYoung(bucket.name)
        continue
      }
      if (judged.step !== "improvable") {
        yield unknown(bucket.name, judged.step === "unknown" ? judged.why : `${judged.step} was not asked`)
        continue
      }
      const { gaps, rules, stored, tierable, use } = judged
      const price: PriceOf = (fact) => context.price(fact, placeOf(bucket.region))
      const gb = stored.gbByType["StandardStorage"] ?? 0
      const objects = stored.objects ?? 0
      const regionGb = standardGb.get(bucket.region) ?? 0
      const advice = !tierable
        ? undefined
        : use === undefined
          ? adviseWithoutUse(gb, objects, settings.coldShareAssumption, regionGb, price)
          : adviseByUse(gb, objects, use, regionGb, price)
      const reason = advice?.reason ?? gaps[0]
      if (reason === undefined) continue
      const tags = data.tags.get(bucket.name)
      const archives = data.archiveConfigurations.get(bucket.name)
      const analyses = data.classAnalyses.get(bucket.name)
      const averageKb = averageObjectKb(stored)
      yield flag({
        resource: {
          type: "s3:bucket",
          id: bucket.name,
          arn: bucket.arn,
          name: bucket.name,
          tags: tags.known ? tags.value : {}
        },
        region: bucket.region,
        reason,
        confidence: reason === "intelligent_tiering" ? "medium" : "high",
        savings:
          advice?.savings ??
          noSavings(
            "lifecycle",
            "CloudWatch does not tell how much of the size are old versions or unfinished uploads."
          ),
        evidence: {
          ...s3.sizeEvidence(stored),
          objects: stored.objects ?? null,
          averageObjectKb: averageKb === undefined ? null : Math.round(averageKb),
          lifecycleRules: rules.map(({ id }) => id),
          lifecycleGaps: gaps,
          archiveConfigurations: archives.known ? archives.value : null,
          storageClassAnalyses: analyses.known ? analyses.value : null,
          lookbackDays: settings.lookbackDays,
          ...advice?.evidence
        }
      })
    }
  }
})
