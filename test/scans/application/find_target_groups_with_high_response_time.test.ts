import { assert, describe, it } from "@effect/vitest"
import type { HttpServer, LoadBalancer, TargetGroup } from "../../../datasets/aws/elb.ts"
import type { MetricSeries } from "../../../datasets/metrics/MetricSeries.ts"
import scan from "../../../scans/application/find_target_groups_with_high_response_time.ts"
import { daysAgo } from "../../datasets/harness.ts"
import { gap, judge, series } from "../harness.ts"

const alb = (more: Partial<LoadBalancer> = {}): LoadBalancer =>
  ({
    arn: "arn:alb",
    name: "web",
    type: "application",
    path: "app/web/1",
    createdAt: daysAgo(100),
    ...more
  }) as LoadBalancer

const group = (more: Partial<HttpServer> = {}): HttpServer => ({
  arn: "arn:tg",
  name: "shop",
  group: {
    name: "shop",
    path: "targetgroup/shop/1",
    protocol: "HTTP",
    targetType: "ip",
    loadBalancerArns: ["arn:alb"]
  } as unknown as TargetGroup,
  balancers: [alb()],
  isWhole: true,
  ...more
})

const hours = (count: number, value: number) => Array.from({ length: count }, () => value)

/** Seconds by statistic, and requests by the hour; undefined where CloudWatch refuses. */
const timed = (
  seconds: Readonly<Record<string, ReadonlyArray<number> | undefined>>,
  requests: ReadonlyArray<number> | undefined
) =>
  series(({ metric, statistic }) =>
    metric === "RequestCount" ? requests : statistic in seconds ? seconds[statistic] : []
  )

interface World {
  readonly requests?: number | undefined
  readonly times?: MetricSeries | undefined
  readonly percentiles?: MetricSeries | undefined
  readonly settings?: Readonly<Record<string, number | string>>
}

const slow = timed({ p95: hours(48, 2) }, hours(48, 100))

const run = (groups: unknown, world: World = {}) => {
  const requests = "requests" in world ? world.requests : 4800
  const given = (key: "times" | "percentiles", otherwise: MetricSeries) => (key in world ? world[key] : otherwise)
  return judge(
    scan,
    { groups, requests: series(() => (requests === undefined ? undefined : [requests])) },
    {
      answers: {
        times: () => given("times", slow),
        percentiles: () =>
          given("percentiles", timed({ p50: hours(48, 1), p90: hours(48, 1.5), p99: hours(48, 9) }, []))
      },
      ...(world.settings === undefined ? {} : { settings: world.settings })
    }
  )
}

describe("find_target_groups_with_high_response_time", () => {
  it("flags a slow group, with its other percentiles", () => {
    const { asked, flags } = run([group()])
    assert.deepStrictEqual(flags[0]?.reasons, ["slow"])
    assert.deepInclude(flags[0], { kind: "hygiene", savings: null, severity: "medium" })
    assert.deepStrictEqual(flags[0]?.evidence, {
      lookbackDays: 7,
      requests: 4800,
      p95Seconds: 2,
      p50Seconds: 1,
      p90Seconds: 1.5,
      p99Seconds: 9,
      hoursBreached: 48,
      hoursWithRequests: 48,
      peakHour: "spread evenly",
      peakHourSeconds: 2,
      loadBalancers: ["web"],
      targetType: "ip",
      protocol: "HTTP"
    })
    assert.deepStrictEqual(asked, ["percentiles arn:tg", "times arn:tg"])
  })

  it("weighs an hour by its requests: a quiet slow night is no slow service", () => {
    const nights = [...hours(30, 3), ...hours(30, 0.2)]
    const quiet = timed({ p95: nights }, [...hours(30, 1), ...hours(30, 1000)])
    assert.deepStrictEqual(run([group()], { times: quiet }).flagged, [])
    const busy = timed({ p95: nights }, [...hours(30, 1000), ...hours(30, 1)])
    assert.deepStrictEqual(run([group()], { times: busy }).flagged, ["shop: slow"])
  })

  it("leaves a slow batch of a few hours alone, and names the hour that stands out", () => {
    const batch = (slowHours: number) =>
      timed({ p95: [...hours(48 - slowHours, 0.5), ...hours(slowHours, 9)] }, hours(48, 10))
    assert.deepStrictEqual(run([group()], { times: batch(23) }).flagged, [])
    assert.deepStrictEqual(run([group()], { times: batch(24) }).flagged, ["shop: slow"])
    const peak = timed({ p95: [...hours(47, 1.5), 8] }, hours(48, 10))
    assert.deepInclude(run([group()], { times: peak }).flags[0]?.evidence, {
      peakHour: "2026-11-20T02:00:00.000Z",
      peakHourSeconds: 8
    })
  })

  it("does not count hours without requests", () => {
    const times = timed({ p95: hours(48, 2) }, [...hours(30, 0), ...hours(18, 10)])
    assert.deepStrictEqual(run([group()], { times }).flagged, [])
  })

  it("is severe from three times the threshold on", () => {
    const severity = (seconds: number) =>
      run([group()], { times: timed({ p95: hours(48, seconds) }, hours(48, 10)) }).flags[0]?.severity
    assert.deepStrictEqual([1, 2.99, 3].map(severity), ["medium", "medium", "high"])
    assert.isUndefined(severity(0.99))
  })

  it("asks nothing about a group with few requests or none", () => {
    for (const requests of [0, 999]) assert.deepStrictEqual(run([group()], { requests }).asked, [])
  })

  it("waits for load balancers younger than the window", () => {
    const young = [group({ balancers: [alb({ createdAt: daysAgo(6) })] })]
    assert.deepStrictEqual(run(young).tooYoung, ["shop"])
    assert.deepStrictEqual(run(young, { settings: { lookbackDays: 5 } }).flagged, ["shop: slow"])
  })

  it("does not know a group of which something is not told, and closes nothing of it", () => {
    const judged = [
      run([group()], { requests: undefined }),
      run([group()], { times: undefined }),
      run([group()], { times: timed({ p95: undefined }, hours(48, 10)) }),
      run([group()], { times: timed({ p95: hours(48, 2) }, undefined) }),
      run([group()], { times: timed({}, hours(48, 10)) }),
      run([group({ isWhole: false, balancers: [] })])
    ]
    for (const { flagged, stateOf, unknown } of judged) {
      assert.deepStrictEqual([flagged, unknown], [[], ["shop"]])
      assert.strictEqual(stateOf("arn:tg"), "unknown")
    }
  })

  it("shows a finding without the percentiles that are only shown", () => {
    const { flags } = run([group()], { percentiles: undefined })
    assert.deepInclude(flags[0]?.evidence, { p95Seconds: 2, p50Seconds: null, p90Seconds: null, p99Seconds: null })
  })

  it("finds nothing where there is nothing, and closes nothing where not everything was read", () => {
    assert.deepStrictEqual(run([]).status, "complete")
    assert.strictEqual(run(gap()).status, "unavailable")
    const partial = run(gap([group()]))
    assert.deepStrictEqual([partial.status, partial.flagged], ["partial", ["shop: slow"]])
    assert.strictEqual(partial.stateOf("arn:not-listed"), "unknown")
    assert.deepStrictEqual(judge(scan, { groups: [group()], requests: gap() }).unknown, ["shop"])
  })

  it("follows its settings", () => {
    const flagged = (settings: Readonly<Record<string, number | string>>, world: World = {}) =>
      run([group()], { ...world, settings }).flagged.length
    assert.deepStrictEqual([flagged({ thresholdSeconds: 2 }), flagged({ thresholdSeconds: 2.1 })], [1, 0])
    assert.deepStrictEqual([flagged({ minBreachedHours: 48 }), flagged({ minBreachedHours: 49 })], [1, 0])
    assert.deepStrictEqual([flagged({ minRequests: 4800 }), flagged({ minRequests: 4801 })], [1, 0])
    const p99 = timed({ p95: hours(48, 0.1), p99: hours(48, 4) }, hours(48, 10))
    assert.deepStrictEqual([flagged({ statistic: "p99" }, { times: p99 }), flagged({}, { times: p99 })], [1, 0])
  })
})
