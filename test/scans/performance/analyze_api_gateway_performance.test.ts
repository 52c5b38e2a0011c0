import { assert, describe, it } from "@effect/vitest"
import * as apigateway from "../../../datasets/aws/apigateway.ts"
import type { Stage } from "../../../datasets/aws/apigateway.ts"
import type { MetricSeries } from "../../../datasets/metrics/MetricSeries.ts"
import scan from "../../../scans/performance/analyze_api_gateway_performance.ts"
import { daysAgo } from "../../datasets/harness.ts"
import { gap, judge, series } from "../harness.ts"

const stage = (more: Partial<Stage> = {}): Stage => ({
  arn: "arn:stage",
  api: { id: "r1", name: "shop", kind: "REST" },
  name: "prod",
  createdAt: daysAgo(100),
  updatedAt: daysAgo(50),
  cacheSize: undefined,
  sharesSeries: false,
  restOnly: [],
  tags: {},
  ...more
})

const cached = (more: Partial<Stage> = {}) => stage({ cacheSize: "0.5", ...more })

/** Series with so much of these metrics, by day; of the others none. */
const seriesOf = (metrics: Readonly<Record<string, ReadonlyArray<number> | undefined>>): MetricSeries =>
  series(({ metric }) => (metric in metrics ? metrics[metric] : []))

interface World {
  /** Requests by day. */
  readonly requests?: ReadonlyArray<number> | undefined
  readonly errors?: ReadonlyArray<number> | undefined
  readonly p95?: ReadonlyArray<number> | undefined
  readonly behind?: ReadonlyArray<number> | undefined
  readonly hits?: number
  readonly misses?: number
  /** Probes that are not told. */
  readonly untold?: ReadonlyArray<string>
  /** Ids of APIs with a usage plan, and what methods use that those of HTTP APIs lack. */
  readonly planned?: ReadonlyArray<string>
  readonly methods?: ReadonlyArray<string>
  readonly settings?: Readonly<Record<string, number | boolean>>
  readonly prices?: object
}

const run = (stages: unknown, world: World = {}) => {
  const { hits = 0, misses = 0, untold = [] } = world
  const given = <K extends keyof World, A>(key: K, otherwise: A) => (key in world ? world[key] : otherwise)
  const requests = given("requests", [1000, 1000])
  const tell = (name: string, metrics: Readonly<Record<string, any>>) => () =>
    untold.includes(name) ? undefined : seriesOf(metrics)
  return judge(
    scan,
    { stages, requests: seriesOf({ Count: requests as ReadonlyArray<number> | undefined }) },
    {
      prices: { "apigateway.cacheHour_0_5GB": 0.02, "apigateway.cacheHour_237GB": 3.8, ...world.prices },
      answers: {
        health: tell("health", {
          "5XXError": given("errors", []),
          "5xx": given("errors", []),
          Latency: given("p95", [100])
        }),
        details: tell("details", { IntegrationLatency: given("behind", [100]), "4XXError": [12] }),
        cacheUse: tell("cacheUse", { CacheHitCount: [hits], CacheMissCount: [misses] }),
        plannedApis: () => (untold.includes("plannedApis") ? undefined : new Set(world.planned ?? [])),
        methodFeatures: () => (untold.includes("methodFeatures") ? undefined : (world.methods ?? []))
      },
      ...(world.settings === undefined ? {} : { settings: world.settings })
    }
  )
}

const said = (own: Stage, world: World = {}) => {
  const [flag] = run([own], world).flags
  return flag === undefined ? undefined : [...flag.reasons, flag.severity].join(" ")
}

describe("analyze_api_gateway_performance", () => {
  it("leaves a good stage alone, and asks nothing about a quiet one", () => {
    const good = run([stage()])
    assert.deepStrictEqual([good.flagged, good.asked], [[], ["health arn:stage"]])
    for (const requests of [[], [999]]) assert.deepStrictEqual(run([stage()], { requests }).asked, [])
  })

  it("flags a stage of which too many requests failed", () => {
    const { flags } = run([stage()], { errors: [20, 20] })
    assert.deepStrictEqual(flags[0]?.reasons, ["server_errors"])
    assert.deepInclude(flags[0], { kind: "hygiene", savings: null, severity: "medium", confidence: "high" })
    assert.deepStrictEqual(flags[0]?.evidence, {
      apiType: "REST",
      lookbackDays: 7,
      requests: 2000,
      serverErrors: 40,
      clientErrors: 12,
      p95Ms: 100,
      integrationP95Ms: 100,
      cacheSizeGb: "none",
      cacheHits: null,
      cacheMisses: null
    })
    const severity = (errors: number) => said(stage(), { errors: [errors] })
    assert.deepStrictEqual([19, 20, 99, 100].map(severity), [
      undefined,
      "server_errors medium",
      "server_errors medium",
      "server_errors high"
    ])
    const http = stage({ api: { id: "h1", name: "shop", kind: "HTTP" } })
    assert.strictEqual(said(http, { errors: [100] }), "server_errors high")
  })

  it("flags a slow stage by the percentile of all requests of the window", () => {
    const slow = (ms: number) => said(stage(), { p95: [ms], behind: [ms] })
    assert.deepStrictEqual([999, 1000, 2999, 3000].map(slow), [undefined, "slow medium", "slow medium", "slow high"])
    const spec = apigateway.stageSeries(stage(), "Latency", 7)
    assert.deepInclude(spec, { statistic: "p95", period: "window", days: 7 })
  })

  it("flags what the gateway itself adds", () => {
    assert.isUndefined(said(stage(), { p95: [600], behind: [400] }))
    assert.strictEqual(said(stage(), { p95: [601], behind: [400] }), "gateway_overhead medium")
    assert.strictEqual(said(stage(), { p95: [3000], behind: [400] }), "slow gateway_overhead high")
    // A mock has nothing behind it.
    assert.isUndefined(said(stage(), { p95: [601], behind: [] }))
    assert.notInclude(run([stage()], { p95: [200] }).asked, "details arn:stage")
  })

  describe("of a cache", () => {
    it("claims one that nobody asks, without a metric of it", () => {
      const { asked, flags } = run([cached()], { requests: [] })
      assert.deepStrictEqual(flags[0]?.reasons, ["useless_cache"])
      assert.deepInclude(flags[0], { kind: "money", severity: "low" })
      assert.deepInclude(flags[0]?.savings, { monthlyUsd: 14.6, basis: "exact", claim: "delete" })
      assert.deepStrictEqual(flags[0]?.observe, { days: 7, since: daysAgo(50) })
      assert.deepInclude(flags[0]?.evidence, { cacheSizeGb: "0.5", cacheHits: 0, cacheMisses: 0 })
      assert.deepStrictEqual(asked, [])
      assert.strictEqual(said(cached({ cacheSize: "237" }), { requests: [] }), "useless_cache critical")
    })

    it("claims one that hardly hits, however few requests there are", () => {
      const use = (hits: number, misses: number) => said(cached(), { requests: [50], hits, misses })
      assert.deepStrictEqual(
        [use(9, 91), use(10, 90), use(0, 0), use(50, 0)],
        ["useless_cache low", undefined, "useless_cache low", undefined]
      )
    })

    it("has no sum where no price is known", () => {
      for (const [size, prices] of [
        ["0.5", { "apigateway.cacheHour_0_5GB": undefined }],
        ["999", {}]
      ] as const) {
        const { flags } = run([cached({ cacheSize: size })], { requests: [], prices })
        assert.deepInclude(flags[0]?.savings, { monthlyUsd: 0, basis: "none" })
      }
    })

    it("is observed where its stage was changed lately, since that may have been its beginning", () => {
      for (const updatedAt of [daysAgo(6), undefined]) {
        const { flags } = run([cached({ updatedAt })], { requests: [] })
        assert.deepStrictEqual(flags[0]?.observe, { days: 7, since: undefined })
        // Beside another reason it waits.
        const { flags: both } = run([cached({ updatedAt })], { errors: [100], hits: 1, misses: 1999 })
        assert.deepStrictEqual(both[0]?.reasons, ["server_errors"])
        assert.isNull(both[0]?.savings)
      }
    })

    it("is claimed beside other reasons, which make the finding as severe as they are", () => {
      const { flags } = run([cached()], { errors: [100], hits: 1, misses: 1999 })
      assert.deepStrictEqual(flags[0]?.reasons, ["server_errors", "useless_cache"])
      assert.deepInclude(flags[0], { kind: "money", severity: "high" })
      assert.strictEqual(flags[0]?.savings?.monthlyUsd, 14.6)
      assert.isUndefined(flags[0]?.observe)
    })

    it("is neither claimed nor closed where its use is not told", () => {
      assert.deepStrictEqual(
        run([cached()], { untold: ["cacheUse"] }).unknown,
        ["shop/prod"].map(() => "r1/prod")
      )
      const { flags } = run([cached()], { errors: [100], untold: ["cacheUse"] })
      assert.deepStrictEqual(
        [flags[0]?.reasons, flags[0]?.savings, flags[0]?.unproven],
        [["server_errors"], null, true]
      )
    })
  })

  it("does not know a stage that CloudWatch counts together with another, unless nobody asks either", () => {
    const shared = { sharesSeries: true }
    assert.deepStrictEqual(run([stage(shared)], { errors: [500] }).unknown, ["r1/prod"])
    assert.deepStrictEqual(run([cached(shared)], { requests: [] }).flagged, ["r1/prod: useless_cache"])
  })

  it("does not judge a stage younger than the window", () => {
    assert.deepStrictEqual(run([stage({ createdAt: daysAgo(6) })], { errors: [500] }).tooYoung, ["r1/prod"])
    assert.deepStrictEqual(run([cached({ createdAt: daysAgo(6) })], { requests: [] }).tooYoung, ["r1/prod"])
  })

  it("does not know a stage of which something is not told, and closes nothing of it", () => {
    const without: ReadonlyArray<World> = [
      { requests: undefined },
      { untold: ["health"] },
      { errors: undefined },
      { p95: undefined },
      { p95: [] },
      { p95: [900], untold: ["details"] },
      { p95: [900], behind: undefined }
    ]
    for (const world of without) {
      const judged = run([stage()], world)
      assert.deepStrictEqual([judged.flagged, judged.unknown], [[], ["r1/prod"]])
      assert.strictEqual(judged.stateOf("arn:stage"), "unknown")
    }
    const { flags } = run([stage()], { errors: [100], untold: ["details"] })
    assert.deepInclude(flags[0], { severity: "high", unproven: true })
    assert.deepInclude(flags[0]?.evidence, { clientErrors: null, integrationP95Ms: null })
  })

  it("finds nothing where there is nothing, and closes nothing where not everything was read", () => {
    assert.strictEqual(run([]).status, "complete")
    assert.strictEqual(run(gap()).status, "unavailable")
    const partial = run(gap([stage()]), { errors: [100] })
    assert.deepStrictEqual([partial.status, partial.flagged], ["partial", ["r1/prod: server_errors"]])
    // An API of the same name may stand on the other page.
    assert.isTrue(partial.flags[0]?.unproven)
    assert.strictEqual(partial.stateOf("arn:not-listed"), "unknown")
    assert.deepStrictEqual(judge(scan, { stages: [stage()], requests: gap() }).unknown, ["r1/prod"])
  })

  it("follows its settings", () => {
    const flagged = (world: World, settings: Readonly<Record<string, number>>) =>
      run([stage()], { ...world, settings }).flagged.length
    assert.deepStrictEqual(
      [flagged({ errors: [20] }, { errorPctMin: 1.1 }), flagged({ errors: [20] }, { errorPctMin: 1 })],
      [0, 1]
    )
    const slow = { p95: [900], behind: [900] }
    assert.deepStrictEqual([flagged(slow, { latencyP95MsMin: 901 }), flagged(slow, { latencyP95MsMin: 900 })], [0, 1])
    assert.deepStrictEqual(
      [flagged({ errors: [100] }, { minRequests: 2001 }), flagged({ errors: [100] }, { minRequests: 2000 })],
      [0, 1]
    )
    assert.deepStrictEqual(
      run([stage({ createdAt: daysAgo(6) })], { errors: [100], settings: { lookbackDays: 5 } }).flagged,
      ["r1/prod: server_errors"]
    )
  })

  describe("that could be an HTTP API", () => {
    const on = { suggestHttpApis: true }
    const rates = { "apigateway.restRequest_first333M": 0.0000035, "apigateway.httpRequest_first300M": 0.000001 }
    const candidate = (own: Stage, world: World = {}, more: ReadonlyArray<Stage> = []) =>
      run([own, ...more], { settings: on, prices: rates, requests: [7_000_000], ...world })

    it("is named where that is wanted, with what it would cost and no saving", () => {
      const { asked, flags, flagged } = candidate(stage())
      assert.deepStrictEqual(flagged, ["r1/prod: http_api_candidate"])
      assert.deepInclude(flags[0], { kind: "notice", severity: "info", confidence: "low", savings: null })
      // Seven million in seven days are 30.4 million a month.
      assert.deepStrictEqual(flags[0]?.evidence, {
        apiType: "REST",
        lookbackDays: 7,
        requests: 7_000_000,
        restMonthlyUsd: 110,
        wouldMonthlyUsd: 30
      })
      assert.deepStrictEqual(asked, ["health arn:stage", "methodFeatures r1", "plannedApis all"])
      const off = run([stage()], { requests: [7_000_000] })
      assert.deepStrictEqual([off.flagged, off.asked], [[], ["health arn:stage"]])
      assert.isNull(candidate(stage(), { prices: {} }).flags[0]?.evidence["wouldMonthlyUsd"])
    })

    it("uses nothing that HTTP APIs lack, in none of its stages and methods", () => {
      const none = (own: Stage, world: World = {}, more: ReadonlyArray<Stage> = []) =>
        assert.deepStrictEqual(
          candidate(own, world, more).flagged.filter((flag) => flag.includes("http_api")),
          []
        )
      none(stage({ restOnly: ["firewall"] }))
      none(stage(), {}, [stage({ arn: "arn:other", name: "test", restOnly: ["canary"] })])
      none(stage(), { planned: ["r1"] })
      none(stage(), { methods: ["API key"] })
      none(stage({ api: { id: "h1", name: "shop", kind: "HTTP" } }))
      none(stage(), { requests: [999] })
      // It is mended first.
      none(stage(), { errors: [1_000_000] })
      assert.deepStrictEqual(candidate(stage(), { planned: ["r2"] }).flagged, ["r1/prod: http_api_candidate"])
    })

    it("is not known where a part of it is not told", () => {
      for (const judged of [
        candidate(stage({ restOnly: undefined })),
        candidate(stage(), { untold: ["plannedApis"] }),
        candidate(stage(), { untold: ["methodFeatures"] }),
        run(gap([stage()]), { settings: on })
      ]) {
        assert.deepStrictEqual([judged.flagged, judged.unknown.length], [[], 1])
      }
    })
  })
})
