import type { Severity } from "../../core/finding/Finding.ts"
import { sum, term } from "../../core/finding/savings.ts"
import { severityOfSavings } from "../../core/finding/severity.ts"
import type { FactName } from "../../core/pricing/snapshot.ts"
import { unknownPrice } from "../../core/pricing/unknownPrice.ts"
import { all, map, type Reading, unknown as notTold } from "../../core/Reading.ts"
import { daysBefore, hoursPerMonth } from "../../core/time.ts"
import * as apigateway from "../../datasets/aws/apigateway.ts"
import type { MetricSeries } from "../../datasets/metrics/MetricSeries.ts"
import { maxDays } from "../../datasets/metrics/SeriesReader.ts"
import {
  ask,
  consider,
  defineScan,
  hygiene,
  money,
  need,
  notice,
  Setting,
  type Step,
  tooYoung,
  unknown
} from "../Scan.ts"
import { significant } from "../shared/significant.ts"
import { worst } from "../shared/worst.ts"

const health = (days: number) => apigateway.stageMetrics(["5XXError", "Latency"], days)
const details = (days: number) => apigateway.stageMetrics(["4XXError", "IntegrationLatency"], days)
const cacheUse = (days: number) => apigateway.stageMetrics(["CacheHitCount", "CacheMissCount"], days)

// Source of these: shared/scans.md, block of the scan.
/** Share of failed requests, in percent, and milliseconds from which it is severe. */
const severePct = 5
const severeMs = 3000
/** Milliseconds that the gateway may add to what it stands before. */
const mostOverheadMs = 200
/** Share of requests, in percent, that a cache answers at least. */
const leastHitPct = 10

/** The price of a cache by its size as AWS writes it, in GB. */
const cachePrices: Readonly<Record<string, FactName>> = {
  "0.5": "apigateway.cacheHour_0_5GB",
  "1.6": "apigateway.cacheHour_1_6GB",
  "6.1": "apigateway.cacheHour_6_1GB",
  "13.5": "apigateway.cacheHour_13_5GB",
  "28.4": "apigateway.cacheHour_28_4GB",
  "58.2": "apigateway.cacheHour_58_2GB",
  "118": "apigateway.cacheHour_118GB",
  "237": "apigateway.cacheHour_237GB"
}

/** The 95th percentile of the window; null where CloudWatch has none. */
const percentileIn = (times: MetricSeries, spec: ReturnType<typeof apigateway.stageSeries>): Reading<number | null> =>
  map(times.points(spec), ([point]) => point?.value ?? null)

type Reason = "server_errors" | "slow" | "gateway_overhead" | "useless_cache"

/**
 * Whether a REST API uses nothing that HTTP APIs lack, as far as its configuration tells. It is asked about what is cheap to know first.
 * Source: shared/scans-amendments.md; API Gateway developer guide, "Choose between REST APIs and HTTP APIs".
 */
function* couldBeHttp(
  stage: apigateway.Stage,
  stagesOfApi: Reading<ReadonlyArray<apigateway.Stage>>
): Generator<Step, boolean, any> {
  if (stage.api.kind !== "REST" || (stage.restOnly ?? []).length > 0) return false
  const stages = yield* need(stagesOfApi)
  if (stages.some(({ restOnly = [] }) => restOnly.length > 0)) return false
  if (stages.some(({ restOnly }) => restOnly === undefined)) {
    yield* need(notTold("API Gateway does not tell what kind of endpoint the API has"))
  }
  const planned = yield* need(yield* ask(apigateway.plannedApis, undefined))
  if (planned.has(stage.api.id)) return false
  return (yield* need(yield* ask(apigateway.methodFeatures, stage))).length === 0
}

export default defineScan({
  title: "API Gateway stages that are slow, fail or cache in vain",
  words: "REST and HTTP API latency, 5xx, cache",
  why: "Slow and failing APIs cost users and retries, and a stage's cache is billed by the hour whether or not it answers anything.",
  fix: "Look into the stage's execution logs at the time. Turn off the cache of a stage that nobody asks or that hardly hits, after a look at which methods cache and by which keys.",
  docs: "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html",
  leavesOut: [
    "REST APIs that would be cheaper as HTTP APIs, unless `suggestHttpApis` is on, and then without a saving: that an API uses nothing which HTTP APIs lack does not tell what its authorizers, gateway responses and callers rely on, nor at which tier its requests are billed."
  ],
  scope: "regional",
  settings: {
    lookbackDays: Setting.days(7, "Days over which requests are counted", { maximum: maxDays }),
    latencyP95MsMin: Setting.milliseconds(1000, "Time below which 95% of the requests should be answered"),
    errorPctMin: Setting.percent(1, "Share of requests that must have failed"),
    minRequests: Setting.count(1000, "Requests that there must be, but for caches", { minimum: 1 }),
    suggestHttpApis: Setting.flag(false, "Also report REST APIs that use nothing which HTTP APIs lack")
  },
  reads: ({ lookbackDays }) => ({ stages: apigateway.stages, requests: apigateway.requests(lookbackDays) }),
  subject: "stages",
  probes: ({ lookbackDays }) => ({
    health: health(lookbackDays),
    details: details(lookbackDays),
    cacheUse: cacheUse(lookbackDays),
    plannedApis: apigateway.plannedApis,
    methodFeatures: apigateway.methodFeatures
  }),
  reasons: {
    server_errors: "Too many requests were answered with a 5xx code.",
    slow: "The 95th percentile of the time to answer is above the threshold.",
    gateway_overhead:
      "The gateway itself, with its authorizers and mappings, adds much to the time of what it stands before.",
    useless_cache: "The stage has a cache, which is billed by the hour, and it answers next to nothing.",
    http_api_candidate:
      "Its API uses nothing of REST APIs that HTTP APIs lack, and a request to an HTTP API costs less."
  },

  judge: ({ requests, stages }, { now, price, settings }) => {
    const { errorPctMin, latencyP95MsMin, lookbackDays, minRequests, suggestHttpApis } = settings
    const begin = daysBefore(now, lookbackDays)
    const stagesByApi = stages.by(({ api }) => api.id)

    return function* (stage) {
      const { api, cacheSize, createdAt, sharesSeries, updatedAt } = stage
      const countSpec = apigateway.stageSeries(stage, "Count", lookbackDays)
      const asked = yield* need(requests.total(countSpec))
      if (asked < minRequests && cacheSize === undefined) return
      if (createdAt > begin) return tooYoung
      if (sharesSeries && asked > 0)
        return unknown("another API has its name and stage, and CloudWatch counts both together")

      const severities = new Map<Reason, Severity>()
      let errors: number | null = null
      let p95: number | null = null
      let integration: number | null = null
      let clientErrors: number | null = null
      if (asked >= minRequests) {
        const told = yield* need(yield* ask(health(lookbackDays), stage))
        errors = yield* need(told.total(apigateway.stageSeries(stage, "5XXError", lookbackDays)))
        const pct = (100 * errors) / asked
        if (errors > 0 && pct >= errorPctMin) severities.set("server_errors", pct >= severePct ? "high" : "medium")
        p95 = yield* need(percentileIn(told, apigateway.stageSeries(stage, "Latency", lookbackDays)))
        if (p95 === null) return unknown("CloudWatch has no times although there were requests")
        if (p95 >= latencyP95MsMin) severities.set("slow", p95 >= severeMs ? "high" : "medium")
        // The gateway cannot add more than there is.
        if (severities.size > 0 || p95 > mostOverheadMs) {
          const more = yield* ask(details(lookbackDays), stage)
          const own = more.known
            ? percentileIn(more.value, apigateway.stageSeries(stage, "IntegrationLatency", lookbackDays))
            : more
          // Beside another reason it is only named.
          integration = (severities.size > 0 ? yield* consider(own) : yield* need(own)) ?? null
          if (integration !== null && p95 - integration > mostOverheadMs) severities.set("gateway_overhead", "medium")
          const refused = more.known ? more.value.total(apigateway.stageSeries(stage, "4XXError", lookbackDays)) : more
          clientErrors = refused.known ? refused.value : null
        }
      }

      let hits: number | null = null
      let misses: number | null = null
      let isUseless = false
      if (cacheSize !== undefined) {
        const told = asked === 0 ? undefined : yield* ask(cacheUse(lookbackDays), stage)
        const counted: Reading<ReadonlyArray<number>> =
          told === undefined
            ? { known: true, value: [0, 0] }
            : told.known
              ? all([
                  told.value.total(apigateway.stageSeries(stage, "CacheHitCount", lookbackDays)),
                  told.value.total(apigateway.stageSeries(stage, "CacheMissCount", lookbackDays))
                ])
              : told
        const use = severities.size > 0 ? yield* consider(counted) : yield* need(counted)
        if (use !== undefined) {
          hits = use[0] ?? 0
          misses = use[1] ?? 0
          isUseless = hits === 0 || (100 * hits) / (hits + misses) < leastHitPct
        }
      }
      // Nothing dates a cache but the last change of its stage: with other reasons it waits until that is long ago.
      const isDated = updatedAt !== undefined && updatedAt <= begin
      const countsCache = isUseless && (isDated || severities.size === 0)
      const reasons: ReadonlyArray<Reason> = [
        ...(["server_errors", "slow", "gateway_overhead"] as const).filter((reason) => severities.has(reason)),
        ...(countsCache ? ["useless_cache" as const] : [])
      ]
      const [first, ...others] = reasons
      // What is slow or fails is not moved before it is mended.
      if (first === undefined) {
        const isCandidate =
          suggestHttpApis && asked >= minRequests && (yield* couldBeHttp(stage, stagesByApi.all(api.id)))
        if (!isCandidate) return
        const perMonth = (asked * hoursPerMonth) / (24 * lookbackDays)
        const would = (fact: FactName) => {
          const { usd } = price(fact)
          return usd === null ? null : significant(usd * perMonth)
        }
        return notice({
          reason: "http_api_candidate",
          severity: "info",
          confidence: "low",
          note: "What its requests would cost is told at the first tier, and is in no sum. Try it with a second API beside this one.",
          evidence: {
            apiType: api.kind,
            lookbackDays,
            requests: significant(asked),
            restMonthlyUsd: would("apigateway.restRequest_first333M"),
            wouldMonthlyUsd: would("apigateway.httpRequest_first300M")
          }
        })
      }
      // An API that was not listed may have the same name.
      if (api.kind === "REST" && asked > 0) yield* consider(stages.all)
      const rounded = (value: number | null) => (value === null ? null : significant(value))
      const found = {
        reason: [first, ...others] as const,
        evidence: {
          apiType: api.kind,
          lookbackDays,
          requests: significant(asked),
          serverErrors: rounded(errors),
          clientErrors: rounded(clientErrors),
          p95Ms: rounded(p95),
          integrationP95Ms: rounded(integration),
          cacheSizeGb: cacheSize ?? "none",
          cacheHits: rounded(hits),
          cacheMisses: rounded(misses)
        }
      }
      if (!countsCache || cacheSize === undefined) {
        return hygiene({
          ...found,
          severity: worst([...severities.values()]),
          note: "Slow and failed requests cost what good ones do."
        })
      }
      const fact = cachePrices[cacheSize]
      const savings = sum("delete", [
        term(
          `cache of ${cacheSize} GB`,
          hoursPerMonth,
          "hours",
          fact === undefined
            ? unknownPrice(price("apigateway.cacheHour_0_5GB"), "no price is known of a cache of this size")
            : price(fact)
        )
      ])
      return money({
        ...found,
        savings,
        severity: worst([severityOfSavings(savings), ...severities.values()]),
        ...(severities.size > 0 ? {} : { observe: { days: lookbackDays, since: isDated ? updatedAt : undefined } })
      })
    }
  }
})
