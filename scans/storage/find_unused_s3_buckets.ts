import { noSavings, sum } from "../../core/finding/savings.ts"
import { bucketStorageTerms } from "../../core/pricing/bucketStorage.ts"
import { placeOf } from "../../core/pricing/PricePlace.ts"
import { daysBefore, isoDay } from "../../core/time.ts"
import * as cloudfront from "../../datasets/aws/cloudfront.ts"
import type { Probed } from "../../datasets/engine/Dataset.ts"
import { maxDays, type MetricSeries } from "../../datasets/metrics/metrics.ts"
import * as s3 from "../../datasets/aws/s3.ts"
import { defineScan, flag, Setting, tooYoung, unknown } from "../Scan.ts"

const probes = {
  isEmpty: s3.isEmpty,
  requestMetrics: s3.requestMetrics(["AllRequests"]),
  access: s3.access,
  logTarget: s3.logTarget,
  replicationTargets: s3.replicationTargets,
  versioning: s3.versioning,
  tags: s3.bucketTags
}

/** Buckets whose tools read them rarely and break without them: CDK and CloudFormation assets, Beanstalk, Terraform state. */
const kept =
  /^cdk-[a-z0-9]+-assets-|^cf-templates-|^aws-sam-cli-managed-|^elasticbeanstalk-|terraform|(^|[.-])tf-?state([.-]|$)/

/** `assets` for `assets.s3.eu-west-1.amazonaws.com` and `assets.s3-website-eu-west-1.amazonaws.com`. */
const bucketOfOrigin = (domainName: string): string | undefined =>
  /^(.+?)\.s3[.-](?:.*\.)?amazonaws\.com(?:\.cn)?$/.exec(domainName)?.[1]

interface Data {
  readonly buckets: ReadonlyArray<s3.MeasuredBucket>
  readonly storage: MetricSeries
  readonly requests: MetricSeries
  readonly distributions: ReadonlyArray<cloudfront.Distribution>
  readonly isEmpty?: Probed<boolean> | undefined
  readonly requestMetrics?: Probed<s3.RequestMetrics> | undefined
  readonly access?: Probed<s3.BucketAccess> | undefined
  readonly logTarget?: Probed<string | undefined> | undefined
  readonly replicationTargets?: Probed<ReadonlyArray<string>> | undefined
}

interface Context {
  readonly now: Date
  readonly settings: {
    readonly lookbackDays: number
    readonly staleMinGb: number
    readonly includeUnknownActivity: boolean
  }
}

type Judged =
  | undefined
  | { readonly step: "young" }
  | { readonly step: "unknown"; readonly why: string }
  /** The probe that has to be asked before anything more can be said. */
  | { readonly step: "isEmpty" | "requestMetrics" | "access" | "destinations" }
  | { readonly step: "unused"; readonly reason: "empty" | "stale_candidate" }
  /** `since`: from when on the filter is known to have counted, if that is before the window. */
  | {
      readonly step: "unused"
      readonly reason: "no_requests"
      readonly since: Date | undefined
      readonly lastRequest: Date | undefined
    }

/** Judges buckets step by step, as far as what was asked reaches. In use is undefined. */
const judgeBuckets = (data: Data, { now, settings }: Context) => {
  const { access, buckets, distributions, isEmpty, logTarget, replicationTargets, requestMetrics, requests, storage } =
    data
  const windowStart = daysBefore(now, settings.lookbackDays)
  const origins = new Set(
    distributions.flatMap(({ origins }) => origins.map((origin) => bucketOfOrigin(origin.domainName)))
  )
  const destinations = new Set<string>()
  for (const { name } of buckets) {
    const logs = logTarget?.get(name)
    const copies = replicationTargets?.get(name)
    if (logs?.known === true && logs.value !== undefined && logs.value !== name) destinations.add(logs.value)
    if (copies?.known === true) for (const copy of copies.value) destinations.add(copy)
  }

  /** Whether size and number of objects are the same on every day of the window. */
  const isFlat = (bucket: s3.MeasuredBucket, { gbByType }: s3.StoredData): boolean =>
    [
      s3.objectSeries(bucket, settings.lookbackDays),
      ...Object.keys(gbByType).map((type) => s3.sizeSeries(bucket, type, settings.lookbackDays))
    ].every((spec) => {
      const points = storage.points(spec)
      const [first] = points.known ? points.value : []
      return (
        points.known &&
        first !== undefined &&
        first.day <= daysBefore(windowStart, -4) &&
        points.value.every(({ value }) => value === first.value)
      )
    })

  const judgeContent = (bucket: s3.MeasuredBucket): Judged => {
    if (bucket.createdAt > windowStart) return { step: "young" }
    const data = s3.storedData(bucket, storage)
    if (!data.known) return { step: "unknown", why: data.reason }

    if (data.value.totalGb === 0) {
      const empty = isEmpty?.get(bucket.name)
      if (empty === undefined) return { step: "isEmpty" }
      if (!empty.known) return { step: "unknown", why: empty.reason }
      if (!empty.value) return { step: "unknown", why: "it holds something of which CloudWatch has no size" }
      return { step: "unused", reason: "empty" }
    }

    for (const filterId of bucket.published.known ? bucket.published.value.filterIds : []) {
      const points = requests.points(s3.requestSeries(bucket, filterId, "AllRequests", settings.lookbackDays))
      if (!points.known) return { step: "unknown", why: points.reason }
      if (points.value.some(({ value }) => value > 0)) return undefined
    }
    const metrics = requestMetrics?.get(bucket.name)
    if (metrics === undefined) return { step: "requestMetrics" }
    if (!metrics.known) return { step: "unknown", why: metrics.reason }
    const { filterId, series } = metrics.value
    if (filterId === undefined) {
      if (!settings.includeUnknownActivity) return { step: "unknown", why: "S3 counts no requests to the whole bucket" }
      return data.value.totalGb >= settings.staleMinGb && isFlat(bucket, data.value)
        ? { step: "unused", reason: "stale_candidate" }
        : undefined
    }
    const history = series.points(s3.requestSeries(bucket, filterId, "AllRequests", maxDays))
    if (!history.known) return { step: "unknown", why: history.reason }
    if (history.value.some(({ day, value }) => value > 0 && day >= windowStart)) return undefined
    // The filter has no date. That it counted something before the window proves that it was there all the while.
    const [oldest] = history.value
    return {
      step: "unused",
      reason: "no_requests",
      since: oldest !== undefined && oldest.day <= windowStart ? oldest.day : undefined,
      lastRequest: history.value.findLast(({ value }) => value > 0)?.day
    }
  }

  return (bucket: s3.MeasuredBucket): Judged => {
    if (kept.test(bucket.name) || origins.has(bucket.name)) return undefined
    const judged = judgeContent(bucket)
    if (judged?.step !== "unused") return judged
    const reached = access?.get(bucket.name)
    if (reached === undefined) return { step: "access" }
    if (!reached.known) return { step: "unknown", why: reached.reason }
    // A policy that lets a service in: logs, trails, configuration snapshots, inventories, a distribution.
    if (reached.value.isWebsite || reached.value.services.length > 0) return undefined
    if (logTarget === undefined || replicationTargets === undefined) return { step: "destinations" }
    return destinations.has(bucket.name) ? undefined : judged
  }
}

export default defineScan({
  title: "Empty and untouched S3 buckets",
  why: "S3 bills what a bucket holds every month, whether or not anybody has asked for an object in it.",
  fix: "Ask the owner. Then empty the bucket, with old versions and unfinished uploads, and delete it; or let a lifecycle rule move the objects to an archive first. Another account may take the name of a deleted bucket.",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/delete-bucket.html",
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
    buckets: s3.measuredBuckets,
    storage: s3.bucketStorage,
    requests: s3.bucketRequests,
    distributions: cloudfront.distributions
  },
  subjects: ["buckets"],
  probes,
  candidates: (data, context) => {
    const judge = judgeBuckets(data, context)
    const judged = data.buckets.map((bucket) => ({ bucket, step: judge(bucket)?.step }))
    const at = (...steps: ReadonlyArray<string | undefined>) =>
      judged.flatMap(({ bucket, step }) => (steps.includes(step) ? [bucket] : []))
    // Any bucket may write to one that would be reported.
    const writers = at("destinations").length > 0 ? data.buckets : []
    const unused = at("unused")
    return {
      isEmpty: at("isEmpty"),
      requestMetrics: at("requestMetrics"),
      access: at("access"),
      logTarget: writers,
      replicationTargets: writers,
      versioning: unused,
      tags: unused
    }
  },
  reasons: {
    empty: "The bucket holds no object, no old version and no unfinished upload.",
    no_requests: "S3 counts the requests to the whole bucket, and there was none.",
    stale_candidate: "Nothing counts the requests, and neither size nor number of objects has changed."
  },

  judge: function* (data, context) {
    const { price, settings } = context
    const judge = judgeBuckets(data, context)
    const standardGb = s3.standardGbByRegion(data.buckets, data.storage)
    /** A bucket that may write to this one and does not tell. Logs stay in the region; copies need versioning at both ends. */
    const mayWriteTo = ({ name, region }: s3.Bucket, isVersioned: boolean) =>
      data.buckets.find(
        (other) =>
          other.name !== name &&
          ((other.region === region && !data.logTarget.get(other.name).known) ||
            (isVersioned && !data.replicationTargets.get(other.name).known))
      )

    for (const bucket of data.buckets) {
      const judged = judge(bucket)
      if (judged === undefined) continue
      if (judged.step === "young") {
        yield tooYoung(bucket.name)
        continue
      }
      if (judged.step !== "unused") {
        yield unknown(bucket.name, judged.step === "unknown" ? judged.why : `${judged.step} was not asked`)
        continue
      }
      const stored = s3.storedData(bucket, data.storage)
      const [access, versioning, tags] = [
        data.access.get(bucket.name),
        data.versioning.get(bucket.name),
        data.tags.get(bucket.name)
      ]
      const writer = mayWriteTo(bucket, !versioning.known || versioning.value === "Enabled")
      if (writer !== undefined) {
        yield unknown(bucket.name, `${writer.name} does not tell whether it writes to it`)
        continue
      }
      const { reason } = judged
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
        confidence: reason === "stale_candidate" ? "low" : "high",
        savings:
          reason === "empty" || !stored.known
            ? noSavings("delete", "An empty bucket costs nothing.")
            : sum(
                "delete",
                bucketStorageTerms(stored.value.gbByType, standardGb.get(bucket.region) ?? 0, (fact) =>
                  price(fact, placeOf(bucket.region))
                ),
                { basis: "estimate", note: "What it holds on the newest day that CloudWatch knows, without requests." }
              ),
        evidence: {
          createdAt: bucket.createdAt.toISOString(),
          ...(stored.known ? s3.sizeEvidence(stored.value) : {}),
          objects: stored.known ? (stored.value.objects ?? null) : null,
          lookbackDays: settings.lookbackDays,
          lastDayWithRequests:
            judged.reason === "no_requests" && judged.lastRequest !== undefined ? isoDay(judged.lastRequest) : null,
          versioning: versioning.known ? versioning.value : null,
          public: access.known ? access.value.isPublic : null
        },
        ...(judged.reason === "no_requests" ? { observe: { days: settings.lookbackDays, since: judged.since } } : {})
      })
    }
  }
})
