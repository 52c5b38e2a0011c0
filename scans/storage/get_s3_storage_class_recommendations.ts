import { bytesPerGib } from "../../core/bytes.ts"
import { cents } from "../../core/round.ts"
import type { Savings } from "../../core/finding/Finding.ts"
import { sum } from "../../core/finding/savings.ts"
import {
  colderClasses,
  intelligentTieringTerms,
  isOneStandardPrice,
  type ReadUse,
  type StandardUse,
  totalOf
} from "../../core/pricing/bucketStorage.ts"
import { placeOf } from "../../core/pricing/PricePlace.ts"
import type { PriceOf } from "../../core/pricing/Prices.ts"
import { all, map, type Reading, unknown as notKnown } from "../../core/Reading.ts"
import { daysBefore, daysBetween, hoursPerMonth } from "../../core/time.ts"
import * as s3 from "../../datasets/aws/s3.ts"
import { type MetricSeries, windowStart } from "../../datasets/metrics/MetricSeries.ts"
import { maxDays } from "../../datasets/metrics/SeriesReader.ts"
import { ask, consider, defineScan, hygiene, inSet, money, need, Setting, tooYoung } from "../Scan.ts"

const requestCounts = s3.requestCounts(["AllRequests", "GetRequests", "BytesDownloaded"])

/** Tiering pays for objects that stay: the cheaper classes are reached, or billed for, after 30 days. */
const leastDays = 30

/** What was read in the window; undefined when nothing proves that it was counted all the while. */
const useOf = (
  bucket: s3.Bucket,
  filterId: string,
  counts: MetricSeries,
  now: Date,
  days: number
): Reading<ReadUse | undefined> => {
  const history = counts.points(s3.requestSeries(bucket, filterId, "AllRequests", maxDays))
  const measured = all(
    (["GetRequests", "BytesDownloaded"] as const).map((metric) =>
      // The filter counted all the while, so a day without a point is a day without a request.
      map(counts.points(s3.requestSeries(bucket, filterId, metric, days)), (points) =>
        points.reduce((total, { value }) => total + value, 0)
      )
    )
  )
  if (!history.known) return history
  const [oldest] = history.value
  // The window has the part of today that is over.
  const months = (daysBetween(windowStart(now, days), now) * 24) / hoursPerMonth
  return map(measured, ([gets = 0, downloaded = 0]) =>
    oldest === undefined || oldest.at > daysBefore(now, days)
      ? undefined
      : {
          getsPerMonth: gets / months,
          downloadedGbPerMonth: downloaded / bytesPerGib / months
        }
  )
}

/** Whether a lifecycle rule moves objects already, or deletes all of them before a colder class pays. */
const isHandled = ({ expiresAfterDays, moves, wholeBucket }: s3.LifecycleRule): boolean =>
  moves || (wholeBucket && expiresAfterDays !== null && expiresAfterDays <= leastDays)

const averageObjectKb = (gb: number, objects: number | undefined): number | undefined =>
  objects === undefined || objects === 0 ? undefined : (gb * bytesPerGib) / 1024 / objects

const centsOrNull = (usd: number | undefined): number | null => (usd === undefined ? null : cents(usd))

interface Advice {
  /** How much would leave Standard. */
  readonly movedGb: number
  readonly reason: "intelligent_tiering" | "standard_ia" | "glacier_ir"
  readonly savings: Savings
  readonly evidence: Record<string, number | null>
}

/** The class that its measured use makes cheapest; nothing when it is read too much for any of them, or none has a price. */
const adviseByUse = (
  gb: number,
  objects: number,
  use: ReadUse,
  standard: StandardUse,
  price: PriceOf
): Advice | undefined => {
  const priced = colderClasses(gb, use, standard, price)
  const [best] = priced.filter(({ monthlyUsd }) => monthlyUsd > 0).sort((a, b) => b.monthlyUsd - a.monthlyUsd)
  if (best === undefined) return undefined
  return {
    movedGb: gb,
    reason: best.reason,
    savings: sum("lifecycle", best.terms, {
      basis: "estimate",
      note: "All Standard objects moved, at the reads of the window; moving them is paid once and not in it."
    }),
    evidence: {
      getRequestsPerMonth: Math.round(use.getsPerMonth),
      downloadedGbPerMonth: Math.round(use.downloadedGbPerMonth * 1000) / 1000,
      transitionOnceUsd: centsOrNull(best.transitionPrice.usd === null ? undefined : best.transitionPrice.usd * objects)
    }
  }
}

/**
 * Intelligent-Tiering finds out by itself what is cold. Before that only the share that the user assumes is worth a figure: with
 * none the least that is certain is nothing.
 */
const adviseByShare = (
  gb: number,
  objects: number,
  coldShare: number,
  standard: StandardUse,
  price: PriceOf
): Advice => {
  const movedGb = (gb * coldShare) / 100
  return {
    movedGb,
    reason: "intelligent_tiering",
    savings: sum("lifecycle", intelligentTieringTerms(movedGb, objects, standard, price), {
      basis: "estimate",
      note: `Assumes that ${coldShare} % of the bytes are not read for 90 days, as the setting coldShareAssumption says.`
    }),
    evidence: {}
  }
}

/** What nobody would act on. */
const leastUsd = 0.01

export default defineScan({
  title: "S3 storage classes and lifecycle gaps",
  words: "cold data, Glacier, tiering, multipart",
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
    coldShareAssumption: Setting.percent(
      0,
      "Share of cold bytes to assume where nothing measures it; with 0 no saving is claimed there"
    )
  },
  reads: { buckets: s3.buckets, published: s3.published, storage: s3.bucketStorage, tags: s3.bucketTags },
  subject: "buckets",
  probes: {
    lifecycle: s3.lifecycle,
    objectCounts: s3.objectCounts,
    wholeBucketFilter: s3.wholeBucketFilter,
    requestCounts,
    versioning: s3.versioning,
    archiveConfigurations: s3.archiveConfigurations,
    isEmpty: s3.isEmpty,
    classAnalyses: s3.classAnalyses
  },
  reasons: {
    intelligent_tiering: "Objects of a fair size stay in Standard, and no lifecycle rule moves them.",
    standard_ia: "The objects are in Standard and are read so rarely that Standard-IA is cheaper, retrieval included.",
    glacier_ir:
      "The objects are in Standard and are read so rarely that Glacier Instant Retrieval is cheaper, retrieval included.",
    noncurrent_no_expiry: "The bucket keeps old versions of its objects, and no rule ever deletes them.",
    no_abort_multipart: "No rule removes the parts of uploads that were never finished."
  },
  unhurried: ["intelligent_tiering", "noncurrent_no_expiry", "no_abort_multipart"],

  judge: ({ buckets, published, storage, tags }, { now, price, settings }) => {
    const { coldShareAssumption, lookbackDays, minAvgObjectKb, minSizeGb } = settings
    const dataOf = (bucket: s3.Bucket): Reading<s3.StoredData> => {
      const names = published.get(bucket.name)
      return names.known ? s3.storedData(bucket, names.value, storage) : names
    }
    const standardGb = s3.standardGbOf(buckets, dataOf)

    return function* (bucket) {
      if (bucket.createdAt > daysBefore(now, lookbackDays)) return tooYoung
      if (!s3.isLocated(bucket)) return yield* need(notKnown("S3 does not tell its region"))
      const stored = yield* need(dataOf(bucket))
      if (!stored.isTold && !(yield* need(yield* ask(s3.isEmpty, bucket)))) {
        yield* need(notKnown("it holds something of which CloudWatch has no size"))
      }
      if (stored.totalGb === 0 || stored.totalGb < minSizeGb) return
      const rules = yield* need(yield* ask(s3.lifecycle, bucket))
      const gb = stored.gbByType["StandardStorage"] ?? 0

      let objects: number | undefined
      let advice: Advice | undefined
      /** The same advice where so much of the region goes from Standard with it. */
      let adviceWith: ((removedGb: number) => Advice | undefined) | undefined
      /** What it might save where nobody knows its use: nothing to count, and something to try. */
      let possible: Record<string, number | null> | undefined
      if (gb >= minSizeGb && !rules.some(isHandled)) {
        objects = yield* need(s3.storedObjects(bucket, yield* need(yield* ask(s3.objectCounts, bucket))))
      }
      if (objects !== undefined && (averageObjectKb(stored.totalGb, objects) ?? 0) >= minAvgObjectKb) {
        const filterId = yield* need(yield* ask(s3.wholeBucketFilter, bucket))
        const use =
          filterId === null
            ? undefined
            : yield* need(
                useOf(
                  bucket,
                  filterId,
                  yield* need(yield* ask(requestCounts, { bucket, filterIds: [filterId] })),
                  now,
                  lookbackDays
                )
              )
        const regionGb = standardGb(bucket.region)
        const priceHere: PriceOf = (fact) => price(fact, placeOf(bucket.region))
        if (use !== undefined || coldShareAssumption > 0) {
          const total = yield* need(regionGb)
          const [movable, count] = [gb, objects]
          const advise = (removedGb: number) => {
            const standard = { regionGb: total, removedGb }
            return use === undefined
              ? adviseByShare(movable, count, coldShareAssumption, standard, priceHere)
              : adviseByUse(movable, count, use, standard, priceHere)
          }
          // Alone it goes from the cheapest tier: what pays then pays with others too.
          const advised = advise(use === undefined ? (gb * coldShareAssumption) / 100 : gb)
          if (advised !== undefined && (totalOf(advised.savings.terms) ?? 0) >= leastUsd) {
            advice = advised
            if (!isOneStandardPrice(total, priceHere)) adviceWith = advise
          }
        }
        if (use === undefined) {
          const highest = regionGb.known
            ? totalOf(intelligentTieringTerms(gb, objects, { regionGb: regionGb.value, removedGb: gb }, priceHere))
            : undefined
          // Watching the objects may cost more than they can save.
          if (highest === undefined || highest >= leastUsd) possible = { highestMonthlySavingUsd: centsOrNull(highest) }
        }
      }

      const isUntried = possible !== undefined && coldShareAssumption === 0

      const gaps: Array<"noncurrent_no_expiry" | "no_abort_multipart"> = []
      if (!rules.some(({ expiresNoncurrent }) => expiresNoncurrent)) {
        const versioning = yield* ask(s3.versioning, bucket)
        // Where another class is advised, the gap is only named beside it.
        const kept = advice === undefined && !isUntried ? yield* need(versioning) : yield* consider(versioning)
        if (kept !== undefined && kept !== "never") gaps.push("noncurrent_no_expiry")
      }
      if (!rules.some(({ abortsUploads }) => abortsUploads)) gaps.push("no_abort_multipart")

      const averageKb = averageObjectKb(stored.totalGb, objects)
      const archives = advice === undefined ? undefined : yield* ask(s3.archiveConfigurations, bucket)
      const analyses = advice === undefined ? undefined : yield* ask(s3.classAnalyses, bucket)
      const found = {
        tags: map(tags.get(bucket.name), (found) => found ?? {}),
        evidence: {
          ...s3.sizeEvidence(stored),
          objects: objects ?? null,
          averageObjectKb: averageKb === undefined ? null : Math.round(averageKb),
          lifecycleRules: rules.map(({ id }) => id),
          lifecycleGaps: gaps,
          archiveConfigurations: archives?.known ? archives.value : null,
          storageClassAnalyses: analyses?.known ? analyses.value : null,
          lookbackDays,
          ...possible,
          ...advice?.evidence
        }
      }
      const [first, ...others] = [...(isUntried ? (["intelligent_tiering"] as const) : []), ...gaps]
      if (advice !== undefined) {
        if (adviceWith !== undefined) {
          const { members, quantity } = yield* inSet(bucket.region, advice.movedGb)
          const { savings } = adviceWith(quantity) ?? advice
          const note = `${savings.note} Of Standard its share of what ${members} buckets of the region save together.`
          if (members > 1) advice = { ...advice, savings: { ...savings, note } }
        }
        return money({
          ...found,
          reason: [advice.reason, ...gaps],
          confidence: advice.reason === "intelligent_tiering" ? "medium" : "high",
          savings: advice.savings
        })
      }
      if (first === undefined) return
      return hygiene({
        ...found,
        reason: [first, ...others],
        severity: "info",
        note: isUntried
          ? "Nothing measures what is read, so that Intelligent-Tiering saves between nothing and the amount in the evidence: none is claimed."
          : "CloudWatch does not tell how much of the size are old versions or unfinished uploads."
      })
    }
  }
})
