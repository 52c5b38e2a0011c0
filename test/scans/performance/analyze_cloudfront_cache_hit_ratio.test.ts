import { assert, describe, it } from "@effect/vitest"
import type { CachePolicy, Distribution } from "../../../datasets/aws/cloudfront.ts"
import type { MetricSeries } from "../../../datasets/metrics/MetricSeries.ts"
import scan from "../../../scans/performance/analyze_cloudfront_cache_hit_ratio.ts"
import { daysAgo } from "../../datasets/harness.ts"
import { gap, judge, type JudgeOptions, series } from "../harness.ts"

const disabled = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"

const distribution = (more: Partial<Distribution> = {}): Distribution => ({
  arn: "arn:cf",
  id: "E1",
  domainName: "d1.cloudfront.net",
  comment: "",
  enabled: true,
  staging: false,
  lastModifiedAt: daysAgo(200),
  aliases: ["www.example.com"],
  origins: [{ id: "o", domainName: "www.example.com", path: "", kind: "custom", shieldRegion: "eu-west-1" }],
  webAclId: "",
  priceClass: "PriceClass_All",
  sslSupportMethod: "sni-only",
  certificate: "arn:cert",
  anycastIpListId: undefined,
  connectionMode: "direct",
  edgeFunctionArns: [],
  cachePolicyIds: [],
  caching: [
    { path: "*", policyId: "p-1", maxSeconds: undefined },
    { path: "/api/*", policyId: disabled, maxSeconds: undefined }
  ],
  errorCaching: ["404 for 300 s"],
  ...more
})

const policy = (id: string, maxSeconds: number): CachePolicy => ({
  id,
  name: `policy ${id}`,
  minSeconds: 0,
  defaultSeconds: 0,
  maxSeconds
})

/** Hit rates and requests by the hour; undefined where CloudWatch refuses. */
const used = (rates: ReadonlyArray<number> | undefined, counts: ReadonlyArray<number> | undefined): MetricSeries =>
  series(({ metric }) => (metric === "CacheHitRate" ? rates : metric === "Requests" ? counts : [3e9]))

interface World {
  readonly requests?: number | undefined
  readonly measured?: boolean | undefined
  readonly use?: MetricSeries | undefined
  readonly policies?: ReadonlyArray<CachePolicy> | undefined
  readonly tags?: JudgeOptions["tags"]
  readonly settings?: Readonly<Record<string, number>>
}

const run = (distributions: unknown, world: World = {}) => {
  const requests = "requests" in world ? world.requests : 20_000
  return judge(
    scan,
    { distributions, requests: series(() => (requests === undefined ? undefined : [requests])) },
    {
      region: "global",
      answers: {
        additionalMetrics: () => ("measured" in world ? world.measured : true),
        cacheUse: () => ("use" in world ? world.use : used([40, 80], [10_000, 10_000])),
        policies: () => {
          if ("policies" in world && world.policies === undefined) return undefined
          return new Map((world.policies ?? [policy("p-1", 60)]).map((one) => [one.id, one]))
        }
      },
      ...(world.tags === undefined ? {} : { tags: world.tags }),
      ...(world.settings === undefined ? {} : { settings: world.settings })
    }
  )
}

describe("analyze_cloudfront_cache_hit_ratio", () => {
  it("flags a busy distribution whose cache answers too little, with how it caches", () => {
    const { flags } = run([distribution()])
    assert.deepStrictEqual(flags[0]?.reasons, ["low_hit_rate"])
    assert.deepInclude(flags[0], { kind: "hygiene", savings: null, severity: "low", confidence: "high" })
    assert.match(flags[0]?.note ?? "", /flat-rate plan .* is not read/)
    assert.deepStrictEqual(flags[0]?.evidence, {
      lookbackDays: 7,
      requests: 20_000,
      behaviors: ["*: policy p-1, at most 60 s", `/api/*: ${disabled}`],
      originShield: ["eu-west-1"],
      errorCaching: ["404 for 300 s"],
      domainName: "d1.cloudfront.net",
      aliases: ["www.example.com"],
      hitRatePct: 60,
      downloadedGb: 3
    })
  })

  it("weighs an hour by its requests", () => {
    const nights = [...Array(4).fill(10), 90]
    assert.deepStrictEqual(run([distribution()], { use: used(nights, [1, 1, 1, 1, 20_000]) }).flagged, [])
    const busy = run([distribution()], { use: used(nights, [5000, 5000, 5000, 5000, 1]) })
    assert.deepInclude(busy.flags[0], { severity: "medium" })
    assert.deepInclude(busy.flags[0]?.evidence, { hitRatePct: 10 })
  })

  it("is medium below half and low below what is wanted", () => {
    const severity = (rate: number) => run([distribution()], { use: used([rate], [20_000]) }).flags[0]?.severity
    assert.deepStrictEqual([49.9, 50, 79.9, 80].map(severity), ["medium", "low", "low", undefined])
  })

  it("says where nobody measures, in one call, and asks nothing about little traffic", () => {
    const { asked, flags } = run([distribution()], { measured: false })
    assert.deepStrictEqual(flags[0]?.reasons, ["not_instrumented"])
    assert.deepInclude(flags[0], { severity: "info", savings: null })
    assert.isNull(flags[0]?.evidence["hitRatePct"])
    assert.deepStrictEqual(asked, ["additionalMetrics E1"])
    for (const requests of [0, 9999]) assert.deepStrictEqual(run([distribution()], { requests }).asked, [])
  })

  it("leaves alone what is off, a copy, or not there to cache", () => {
    const uncached = [{ path: "*", policyId: disabled, maxSeconds: undefined }]
    for (const one of [
      distribution({ enabled: false }),
      distribution({ staging: true }),
      distribution({ caching: uncached })
    ]) {
      const { asked, flagged, unknown } = run([one])
      assert.deepStrictEqual([asked, flagged, unknown], [[], [], []])
    }
    const tagged = run([distribution()], { tags: { "arn:cf": { "finops:api-only": "" } } })
    assert.deepStrictEqual([tagged.asked, tagged.flagged], [[], []])
    // A policy of one's own, or the old way, can say so too.
    assert.deepStrictEqual(run([distribution()], { policies: [policy("p-1", 0)] }).flagged, [])
    const old = distribution({ caching: [{ path: "*", policyId: undefined, maxSeconds: 0 }] })
    assert.deepStrictEqual(run([old]).flagged, [])
    assert.deepStrictEqual(
      run([distribution({ caching: [{ path: "*", policyId: undefined, maxSeconds: 60 }] })]).flags[0]?.evidence[
        "behaviors"
      ],
      ["*: no policy, at most 60 s"]
    )
  })

  it("waits after a change, which may be the cure", () => {
    assert.deepStrictEqual(run([distribution({ lastModifiedAt: daysAgo(6) })]).tooYoung, ["E1"])
  })

  it("does not know a distribution of which something is not told, and closes nothing of it", () => {
    const judged = [
      run([distribution()], { requests: undefined }),
      run([distribution()], { measured: undefined }),
      run([distribution()], { use: undefined }),
      run([distribution()], { use: used(undefined, [20_000]) }),
      run([distribution()], { use: used([10], undefined) }),
      run([distribution()], { use: used([], [20_000]) }),
      run([distribution()], { use: used([10], [9000]) }),
      run([distribution({ connectionMode: "tenant-only" })])
    ]
    for (const { flagged, stateOf, unknown } of judged) {
      assert.deepStrictEqual([flagged, unknown], [[], ["E1"]])
      assert.strictEqual(stateOf("arn:cf"), "unknown")
    }
  })

  it("confirms nothing where policies or tags are not told that could clear it", () => {
    const { flags } = run([distribution()], { policies: undefined })
    assert.isTrue(flags[0]?.unproven)
    assert.deepStrictEqual(flags[0]?.evidence["behaviors"], ["*: p-1", `/api/*: ${disabled}`])
    assert.isTrue(run([distribution()], { tags: "denied" }).flags[0]?.unproven)
  })

  it("finds nothing where there is nothing, and closes nothing where not everything was read", () => {
    assert.strictEqual(run([]).status, "complete")
    assert.strictEqual(run(gap()).status, "unavailable")
    const partial = run(gap([distribution()]))
    assert.deepStrictEqual([partial.status, partial.flagged], ["partial", ["E1: low_hit_rate"]])
    assert.strictEqual(partial.stateOf("arn:not-listed"), "unknown")
    assert.deepStrictEqual(judge(scan, { distributions: [distribution()], requests: gap() }).unknown, ["E1"])
  })

  it("follows its settings", () => {
    assert.deepStrictEqual(run([distribution()], { settings: { hitRateMin: 60 } }).flagged, [])
    assert.deepStrictEqual(run([distribution()], { settings: { minRequests: 20_001 } }).flagged, [])
    const changed = [distribution({ lastModifiedAt: daysAgo(6) })]
    assert.deepStrictEqual(run(changed, { settings: { lookbackDays: 5 } }).flagged, ["E1: low_hit_rate"])
  })
})
