import { sum } from "../../core/finding/savings.ts"
import { bucketStorageTerms, isOneStandardPrice } from "../../core/pricing/bucketStorage.ts"
import { placeOf } from "../../core/pricing/PricePlace.ts"
import type { PriceOf } from "../../core/pricing/Prices.ts"
import { all, known, map, type Reading, unknown as notKnown } from "../../core/Reading.ts"
import { daysBefore, startOfUtcDay } from "../../core/time.ts"
import * as cloudfront from "../../datasets/aws/cloudfront.ts"
import * as s3 from "../../datasets/aws/s3.ts"
import type { MetricSeries } from "../../datasets/metrics/MetricSeries.ts"
import { maxDays } from "../../datasets/metrics/SeriesReader.ts"
import { lastDay } from "../shared/lastDay.ts"
import { ask, askAll, defineScan, hygiene, inSet, money, need, Setting, type Step, tooYoung } from "../Scan.ts"

/** Nearly every bucket that is used has one of these. */
const commonMetrics = ["GetRequests", "PutRequests"] as const
const rareMetrics = ["HeadRequests", "DeleteRequests", "PostRequests", "SelectRequests"] as const

/** More requests in a day are of somebody who lists the bucket, whatever audits such as this one ask about it. */
const mostOfAudits = 100

const commonRequests = s3.requestCounts(commonMetrics)
// That a filter told anything, our own lists included, proves that it was there.
const rareRequests = s3.requestCounts([...rareMetrics, "AllRequests"])

/** Buckets whose tools read them rarely and break without them: CDK and CloudFormation assets, Beanstalk, Terraform state. */
const kept =
  /^cdk-[a-z0-9]+-assets-|^cf-templates-|^aws-sam-cli-managed-|^elasticbeanstalk-|terraform|(^|[.-])tf-?state([.-]|$)/

/** `assets` for `assets.s3.eu-west-1.amazonaws.com` and `assets.s3-website-eu-west-1.amazonaws.com`. */
const bucketOfOrigin = (domainName: string): string | undefined =>
  /^(.+?)\.s3[.-](?:.*\.)?amazonaws\.com(?:\.cn)?$/.exec(domainName)?.[1]

/** Why a bucket would be reported, and since when it is known to have been like this. */
type Unused =
  | { readonly reason: "empty" | "stale_candidate" }
  | { readonly reason: "no_requests"; readonly since: Date | undefined; readonly lastRequest: Date | undefined }

const latest = (days: ReadonlyArray<Date>): Date | undefined =>
  days.length === 0 ? undefined : new Date(Math.max(...days.map((day) => day.getTime())))

export default defineScan({
  title: "Empty and untouched S3 buckets",
  words: "unused, abandoned, no requests",
  why: "S3 bills what a bucket holds every month, whether or not anybody has asked for an object in it.",
  fix: "Ask the owner. Then empty the bucket, with old versions and unfinished uploads, and delete it; or let a lifecycle rule move the objects to an archive first. Another account may take the name of a deleted bucket.",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/delete-bucket.html",
  leavesOut: ["the activity metrics of S3 Storage Lens, which are paid for and kept elsewhere."],
  scope: "global",
  settings: {
    lookbackDays: Setting.days(90, "Age of a bucket, and days without a request, before it is reported", {
      maximum: maxDays
    }),
    staleMinGb: Setting.gigabytes(1, "Least size of a bucket whose activity is unknown"),
    includeUnknownActivity: Setting.flag(
      false,
      "Also report buckets without request metrics whose size and number of objects do not change"
    )
  },
  reads: {
    buckets: s3.buckets,
    published: s3.published,
    storage: s3.bucketStorage,
    distributions: cloudfront.distributions,
    tags: s3.bucketTags
  },
  subject: "buckets",
  probes: {
    isEmpty: s3.isEmpty,
    wholeBucketFilter: s3.wholeBucketFilter,
    commonRequests,
    rareRequests,
    objectCounts: s3.objectCounts,
    access: s3.access,
    logTarget: s3.logTarget,
    replicationTargets: s3.replicationTargets,
    versioning: s3.versioning
  },
  reasons: {
    empty: "The bucket holds no object, no old version and no unfinished upload.",
    no_requests:
      "S3 counts the requests to the whole bucket, and none was for an object. Lists and reads of its configuration, up to a hundred of which a day audits make, are not counted.",
    stale_candidate: "Nothing counts the requests, and neither size nor number of objects has changed."
  },

  judge: ({ buckets, distributions, published, storage, tags }, { now, price, settings }) => {
    const { includeUnknownActivity, lookbackDays, staleMinGb } = settings
    const windowStart = daysBefore(now, lookbackDays)
    const distributionsOf = distributions.by(({ origins }) =>
      origins.flatMap(({ domainName }) => bucketOfOrigin(domainName) ?? [])
    )
    const dataOf = (bucket: s3.Bucket): Reading<s3.StoredData> => {
      const names = published.get(bucket.name)
      return names.known ? s3.storedData(bucket, names.value, storage) : names
    }
    const standardGb = s3.standardGbOf(buckets, dataOf)
    const located = map(buckets.all, (all) => all.filter(s3.isLocated))
    const locatedIn = new Map(
      Object.entries(Object.groupBy(located.known ? located.value : [], ({ region }) => region)).map(
        ([region, own = []]) => [region, own]
      )
    )

    /** Whether size and number of objects are the same on every day of the window. */
    const isFlat = (bucket: s3.Bucket, { gbByType }: s3.StoredData, counts: MetricSeries): Reading<boolean> =>
      map(
        all([
          counts.points(s3.objectSeries(bucket, lookbackDays)),
          ...Object.keys(gbByType).map((type) => storage.points(s3.sizeSeries(bucket, type, lookbackDays)))
        ]),
        (series) =>
          series.every((points) => {
            const [first] = points
            return (
              first !== undefined &&
              first.at <= daysBefore(windowStart, -4) &&
              points.every(({ value }) => value === first.value)
            )
          })
      )

    /** The days on which filters counted something, a day for each series that did. */
    const requestsOf = (
      bucket: s3.Bucket,
      filterIds: ReadonlyArray<string>,
      metrics: ReadonlyArray<s3.RequestMetric>,
      counts: MetricSeries
    ): Reading<ReadonlyArray<Date>> =>
      map(
        all(
          filterIds.flatMap((filterId) =>
            metrics.map((metric) => counts.points(s3.requestSeries(bucket, filterId, metric, maxDays)))
          )
        ),
        (series) => series.flatMap((points) => points.flatMap(({ at, value }) => (value > 0 ? [at] : [])))
      )
    const isRecent = (day: Date) => day >= startOfUtcDay(windowStart)

    /** Why nobody uses what the bucket holds; undefined where somebody does. */
    function* judgeData(bucket: s3.Bucket, data: s3.StoredData): Generator<Step, Unused | undefined, any> {
      const filterIds = (yield* need(published.get(bucket.name)))?.filterIds ?? []
      if (filterIds.length > 0) {
        const counts = yield* need(yield* ask(commonRequests, { bucket, filterIds }))
        const requested = yield* need(requestsOf(bucket, filterIds, commonMetrics, counts))
        if (requested.some(isRecent)) return undefined
      }
      const filterId = yield* need(yield* ask(s3.wholeBucketFilter, bucket))
      if (filterId === null) {
        if (!includeUnknownActivity) yield* need(notKnown("S3 counts no requests to the whole bucket"))
        if (data.totalGb < staleMinGb) return undefined
        const counts = yield* need(yield* ask(s3.objectCounts, bucket))
        return (yield* need(isFlat(bucket, data, counts))) ? { reason: "stale_candidate" } : undefined
      }
      const asked = { bucket, filterIds: [filterId] }
      const common = yield* need(yield* ask(commonRequests, asked))
      const before = yield* need(requestsOf(bucket, [filterId], commonMetrics, common))
      if (before.some(isRecent)) return undefined
      const rare = yield* need(yield* ask(rareRequests, asked))
      const requested = [...before, ...(yield* need(requestsOf(bucket, [filterId], rareMetrics, rare)))]
      if (requested.some(isRecent)) return undefined
      const told = yield* need(rare.points(s3.requestSeries(bucket, filterId, "AllRequests", maxDays)))
      if (told.some(({ at, value }) => value > mostOfAudits && isRecent(at))) return undefined
      // The filter has no date. That it told anything before the window proves that it was there all the while.
      const [oldest] = told
      return {
        reason: "no_requests",
        since: oldest !== undefined && oldest.at <= windowStart ? oldest.at : undefined,
        lastRequest: latest(requested)
      }
    }

    /**
     * Whether another bucket of the account writes to this one: one that says so is enough, and none must be left untold before it is
     * denied. Logs stay in the region; copies need versions at both ends.
     */
    function* isDestination(
      { name, region }: s3.Bucket,
      { takesAccessLogs }: s3.BucketAccess,
      versioning: Reading<string>
    ): Generator<Step, boolean, any> {
      if (takesAccessLogs) {
        // What a bucket logs about itself is no use of it.
        const others = (locatedIn.get(region) ?? []).filter((bucket) => bucket.name !== name)
        const targets = yield* askAll(s3.logTarget, others)
        if (targets.some((target) => target.known && target.value === name)) return true
        yield* need(located)
        yield* need(all(targets))
      }
      if (versioning.known && versioning.value !== "enabled") return false
      const copies = yield* askAll(s3.replicationTargets, located.known ? located.value : [])
      if (copies.some((targets) => targets.known && targets.value.includes(name))) return true
      yield* need(located)
      yield* need(all(copies))
      return false
    }

    return function* (bucket) {
      // Cleared by one distribution, whatever else there is.
      if (kept.test(bucket.name) || distributionsOf.found(bucket.name).length > 0) return
      if (bucket.createdAt > windowStart) return tooYoung
      if (!s3.isLocated(bucket)) return yield* need(notKnown("S3 does not tell its region"))
      const data = yield* need(dataOf(bucket))
      const withData = data.totalGb === 0 ? undefined : yield* judgeData(bucket, data)
      if (data.totalGb > 0 && withData === undefined) return

      yield* need(distributionsOf.has(bucket.name))
      const access = yield* need(yield* ask(s3.access, bucket))
      // A policy that lets a service in: logs, trails, configuration snapshots, inventories, a distribution.
      if (access.isWebsite || access.services.length > 0 || access.writers.length > 0) return
      const versioning = yield* ask(s3.versioning, bucket)
      if (yield* isDestination(bucket, access, versioning)) return

      const evidence = {
        createdAt: bucket.createdAt.toISOString(),
        ...s3.sizeEvidence(data),
        lookbackDays,
        versioning: versioning.known ? versioning.value : null,
        public: access.isPublic
      }
      const ownTags = map(tags.get(bucket.name), (found) => found ?? {})
      if (withData === undefined) {
        // Nothing that is looked up changes as often as what is in the bucket, so it is asked last, and every night.
        const nothing = yield* need(yield* ask(s3.isEmpty, bucket))
        if (!nothing) yield* need(notKnown("it holds something of which CloudWatch has no size"))
        const note = "An empty bucket costs nothing."
        return hygiene({
          reason: "empty",
          severity: "info",
          note,
          tags: ownTags,
          evidence: { ...evidence, objects: 0 }
        })
      }
      const regionGb = yield* need(standardGb(bucket.region))
      const counts = yield* ask(s3.objectCounts, bucket)
      const objects = counts.known ? s3.storedObjects(bucket, counts.value) : counts
      const priceHere: PriceOf = (fact) => price(fact, placeOf(bucket.region))
      const gb = data.gbByType["StandardStorage"] ?? 0
      const isAlone = gb === 0 || isOneStandardPrice(regionGb, priceHere)
      const removed = isAlone ? { members: 1, quantity: gb } : yield* inSet(bucket.region, gb)
      const standard = { regionGb, removedGb: removed.quantity }
      const share =
        removed.members === 1
          ? ""
          : ` Of Standard its share of what ${removed.members} buckets of the region save together.`
      const savings = sum("delete", bucketStorageTerms(data.gbByType, standard, priceHere), {
        basis: "estimate",
        note: `What it holds on the newest day that CloudWatch knows, without requests.${share}`
      })
      const found = {
        reason: withData.reason,
        confidence: withData.reason === "stale_candidate" ? "low" : "high",
        tags: ownTags,
        evidence: {
          ...evidence,
          objects: objects.known ? (objects.value ?? null) : null,
          lastDayWithRequests:
            withData.reason === "no_requests"
              ? lastDay(known(withData.lastRequest))
              : "not asked: requests are not measured"
        },
        ...(withData.reason === "no_requests" ? { observe: { days: lookbackDays, since: withData.since } } : {})
      } as const
      return savings.basis !== "none" && savings.monthlyUsd < 0.01
        ? hygiene({ ...found, severity: "info", note: "What it holds costs less than a cent a month." })
        : money({ ...found, savings })
    }
  }
})
