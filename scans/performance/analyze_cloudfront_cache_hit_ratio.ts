import { all, map } from "../../core/Reading.ts"
import { daysBefore } from "../../core/time.ts"
import * as cloudfront from "../../datasets/aws/cloudfront.ts"
import { maxDays } from "../../datasets/metrics/SeriesReader.ts"
import { ask, consider, defineScan, hygiene, need, Setting, tooYoung, unknown } from "../Scan.ts"
import { significant } from "../shared/significant.ts"

/** AWS's own policy `CachingDisabled`. Source: CloudFront developer guide, "Use managed cache policies". */
const cachingDisabled = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"

/** A tag with this key says that nothing of the distribution can be cached. */
const apiTag = "finops:api-only"

/** Below this share of hits, in percent, more than half of the requests reach the origin. Source: shared/scans.md, block of the scan. */
const poor = 50

const note =
  "What AWS's own origins send to CloudFront is free, so a miss costs the origin's work. Whether a flat-rate plan covers the distribution is not read."

export default defineScan({
  title: "CloudFront distributions that cache badly",
  words: "CDN cache hit ratio, misses, TTL",
  why: "Every request that the cache does not answer makes the viewer wait for the origin, and the origin work.",
  fix: "Look at which behaviours may keep objects longer, and take cookies, headers and query strings out of the cache key that the origin does not need. Origin Shield helps where many edges ask for the same.",
  docs: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cache-hit-ratio.html",
  scope: "global",
  settings: {
    lookbackDays: Setting.days(7, "Days over which requests are counted", { maximum: maxDays }),
    hitRateMin: Setting.percent(80, "Share of requests that the cache should answer"),
    minRequests: Setting.count(10_000, "Requests that there must be")
  },
  reads: { distributions: cloudfront.distributions, requests: cloudfront.requests },
  subject: "distributions",
  probes: ({ lookbackDays }) => ({
    additionalMetrics: cloudfront.additionalMetrics,
    cacheUse: cloudfront.cacheUse(lookbackDays),
    policies: cloudfront.cachePolicies
  }),
  reasons: {
    low_hit_rate: "The cache answered fewer requests than it should.",
    not_instrumented:
      "The distribution is busy, and how often its cache answers is not measured: that takes the additional metrics, which CloudWatch bills by the month."
  },

  judge: ({ requests }, { now, settings }) => {
    const { hitRateMin, lookbackDays, minRequests } = settings
    return function* (distribution, _, tags) {
      const { caching, enabled, errorCaching, lastModifiedAt, origins, staging } = distribution
      if (!enabled || staging) return
      if (!cloudfront.isMeasured(distribution)) return unknown("the traffic of its tenants is not read")
      const asked = yield* need(requests.total(cloudfront.requestSeries(distribution, lookbackDays)))
      if (asked === 0 || asked < minRequests) return
      if (caching.every(({ policyId }) => policyId === cachingDisabled)) return
      // A change may be the cure: what was before it says nothing of the cache of today.
      if (lastModifiedAt > daysBefore(now, lookbackDays)) return tooYoung
      const own = yield* consider(tags)
      if (own !== undefined && apiTag in own) return

      const isMeasured = yield* need(yield* ask(cloudfront.additionalMetrics, distribution))
      const shown = {
        lookbackDays,
        behaviors: caching.map(({ path }) => path),
        originShield: origins.flatMap(({ shieldRegion }) => shieldRegion ?? []),
        errorCaching,
        domainName: distribution.domainName,
        aliases: distribution.aliases
      }
      if (!isMeasured) {
        return hygiene({ reason: "not_instrumented", severity: "info", note, evidence: { ...shown, hitRatePct: null } })
      }
      const use = yield* need(yield* ask(cloudfront.cacheUse(lookbackDays), distribution))
      const [rates = [], counts = []] = yield* need(
        all([
          use.points(cloudfront.cacheSeries(distribution, "CacheHitRate", lookbackDays)),
          use.points(cloudfront.cacheSeries(distribution, "Requests", lookbackDays))
        ])
      )
      const requestsAt = new Map(counts.map(({ at, value }) => [at.getTime(), value]))
      const hours = rates.map(({ at, value }) => ({ rate: value, requests: requestsAt.get(at.getTime()) ?? 0 }))
      const weight = hours.reduce((sum, hour) => sum + hour.requests, 0)
      if (weight < minRequests) return unknown("CloudWatch has hardly any hit rates, so they were switched on lately")
      const rate = hours.reduce((sum, hour) => sum + hour.rate * hour.requests, 0) / weight
      if (rate >= hitRateMin) return

      const policies = yield* consider(yield* ask(cloudfront.cachePolicies, undefined))
      const secondsOf = ({ maxSeconds, policyId }: cloudfront.CacheSettings): number | undefined =>
        policyId === undefined ? maxSeconds : policies?.get(policyId)?.maxSeconds
      // A policy of one's own can switch the cache off as well.
      if (caching.every((one) => one.policyId === cachingDisabled || secondsOf(one) === 0)) return
      const nameOf = ({ policyId }: cloudfront.CacheSettings): string =>
        policyId === undefined ? "no policy" : (policies?.get(policyId)?.name ?? policyId)
      const bytes = map(
        use.points(cloudfront.cacheSeries(distribution, "BytesDownloaded", lookbackDays)),
        (points) => points.reduce((sum, { value }) => sum + value, 0) / 1e9
      )
      return hygiene({
        reason: "low_hit_rate",
        severity: rate < poor ? "medium" : "low",
        note,
        evidence: {
          ...shown,
          requests: significant(asked),
          hitRatePct: significant(rate),
          downloadedGb: bytes.known ? significant(bytes.value) : null,
          behaviors: caching.map((one) => {
            const seconds = secondsOf(one)
            return `${one.path}: ${nameOf(one)}${seconds === undefined ? "" : `, at most ${seconds} s`}`
          })
        }
      })
    }
  }
})
