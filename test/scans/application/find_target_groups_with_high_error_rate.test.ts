import { assert, describe, it } from "@effect/vitest"
import type { HttpServer, LoadBalancer, TargetGroup } from "../../../datasets/aws/elb.ts"
import scan from "../../../scans/application/find_target_groups_with_high_error_rate.ts"
import { daysAgo } from "../../datasets/harness.ts"
import { gap, judge, series, silent } from "../harness.ts"

const alb = (more: Partial<LoadBalancer> = {}): LoadBalancer =>
  ({
    arn: "arn:alb",
    name: "web",
    type: "application",
    path: "app/web/1",
    createdAt: daysAgo(100),
    ...more
  }) as LoadBalancer

const group = (more: Partial<TargetGroup> = {}): HttpServer => {
  const own = {
    arn: "arn:tg",
    name: "shop",
    path: "targetgroup/shop/1",
    protocol: "HTTP",
    protocolVersion: "HTTP1",
    port: 80,
    targetType: "ip",
    loadBalancerArns: ["arn:alb"],
    ...more
  } as TargetGroup
  return { arn: own.arn, name: own.name, group: own, balancers: [alb()], isWhole: true }
}

const balancer: HttpServer = { arn: "arn:alb", name: "web", group: undefined, balancers: [alb()], isWhole: true }

/** Series with so much of these metrics, oldest first; of the others none. */
const counts = (metrics: Readonly<Record<string, ReadonlyArray<number> | undefined>>) =>
  series(({ metric }) => (metric in metrics ? metrics[metric] : []))

interface World {
  readonly requests?: number | undefined
  readonly errors?: ReadonlyArray<number> | undefined
  readonly hours?: ReadonlyArray<number> | undefined
  readonly own?: ReadonlyArray<number> | undefined
  readonly told?: Readonly<Record<string, undefined>>
  readonly settings?: Readonly<Record<string, number>>
}

const run = (servers: unknown, world: World = {}) => {
  const { errors = [100], hours = [1000], told = {}, settings } = world
  const requests = "requests" in world ? world.requests : 1000
  return judge(
    scan,
    {
      servers,
      requests: requests === undefined ? series(() => undefined) : counts({ RequestCount: [requests] }),
      balancerErrors:
        "own" in world && world.own === undefined
          ? series(() => undefined)
          : counts({ HTTPCode_ELB_5XX_Count: world.own ?? [] })
    },
    {
      answers: {
        errors: () => ("errors" in told ? undefined : counts({ HTTPCode_Target_5XX_Count: errors })),
        traffic: () => ("traffic" in told ? undefined : counts({ RequestCount: hours })),
        connections: () => ("connections" in told ? undefined : counts({ TargetConnectionErrorCount: [7] })),
        hosts: () => ("hosts" in told ? undefined : counts({ HealthyHostCount: [3, 2], UnHealthyHostCount: [0, 1] }))
      },
      ...(settings === undefined ? {} : { settings })
    }
  )
}

describe("find_target_groups_with_high_error_rate", () => {
  it("flags a group of which too many requests failed, with its hosts and its worst hour", () => {
    const { flags } = run([group()], { errors: [0, 5, 90, 5], hours: [400, 200, 200, 200] })
    assert.deepStrictEqual(flags[0]?.reasons, ["target_errors"])
    assert.deepInclude(flags[0], { kind: "hygiene", savings: null, severity: "high" })
    assert.deepStrictEqual(flags[0]?.evidence, {
      lookbackDays: 7,
      requests: 1000,
      errors: 100,
      errorPct: 10,
      worstHoursFrom: "2026-11-20T01:00:00.000Z",
      worstHoursErrorPct: 45,
      connectionErrors: 7,
      healthyHosts: 2,
      unhealthyHosts: 1,
      loadBalancers: ["web"],
      targetType: "ip",
      protocol: "HTTP",
      port: 80
    })
    const two = run([group()], { errors: [0, 5, 90, 5], hours: [400, 200, 200, 200], settings: { windowHours: 2 } })
    assert.deepInclude(two.flags[0]?.evidence, { worstHoursErrorPct: 24 })
  })

  it("names no hour where none stands out", () => {
    const { flags } = run([group()], { errors: [50, 50], hours: [500, 500] })
    assert.deepInclude(flags[0]?.evidence, { worstHoursFrom: "spread evenly", worstHoursErrorPct: 10 })
  })

  it("is as severe as the share of errors", () => {
    const severity = (errors: number) => run([group()], { errors: [errors] }).flags[0]?.severity
    assert.deepStrictEqual([50, 99, 100, 249, 250].map(severity), ["medium", "medium", "high", "high", "critical"])
  })

  it("leaves alone what fails seldom, and takes what is not counted for no error", () => {
    assert.deepStrictEqual(run([group()], { errors: [49] }).flagged, [])
    assert.deepStrictEqual(run([group()], { errors: [] }).flagged, [])
  })

  it("asks nothing about a group with few requests or none", () => {
    for (const requests of [0, 999]) assert.deepStrictEqual(run([group()], { requests }).asked, [])
    const nothing = run([group()], { requests: 0, settings: { minRequests: 0 } })
    assert.deepStrictEqual([nothing.flagged, nothing.asked], [[], []])
  })

  it("judges functions, and not gRPC, whose errors nothing counts", () => {
    assert.deepStrictEqual(run([group({ targetType: "lambda", protocol: undefined })]).flagged, ["shop: target_errors"])
    const grpc = run([group({ protocolVersion: "GRPC" })])
    assert.deepStrictEqual([grpc.flagged, grpc.unknown, grpc.asked], [[], ["shop"], []])
  })

  it("waits for load balancers younger than the window", () => {
    const young = alb({ createdAt: daysAgo(6) })
    assert.deepStrictEqual(run([{ ...group(), balancers: [young] }]).tooYoung, ["shop"])
    assert.deepStrictEqual(
      run([{ ...group(), balancers: [young, alb({ path: "app/old/1" })] }], { requests: 500 }).flagged,
      ["shop: target_errors"]
    )
    assert.deepStrictEqual(run([{ ...balancer, balancers: [young] }], { own: [900] }).tooYoung, ["app/web/1"])
  })

  describe("of a load balancer that answers itself", () => {
    it("flags it where no target did, and counts what found no target as asked", () => {
      const { flags } = run([balancer], { own: [100, 900], hours: [1000, 2000] })
      assert.deepStrictEqual(flags[0]?.reasons, ["balancer_errors"])
      assert.strictEqual(flags[0]?.severity, "critical")
      assert.deepInclude(flags[0]?.evidence, { requests: 4000, errors: 1000, errorPct: 25, worstHoursErrorPct: 31 })
      assert.deepStrictEqual(run([balancer], { own: [1000], hours: [] }).flagged, ["app/web/1: balancer_errors"])
    })

    it("leaves it alone with few errors, a small share or few requests", () => {
      const asked = (own: number, hours: number) => {
        const { asked, flagged } = run([balancer], { own: [own], hours: [hours] })
        return [asked.length, flagged.length]
      }
      assert.deepStrictEqual(
        [asked(19, 1000), asked(20, 1000), asked(500, 400), asked(500, 500)],
        [
          [0, 0],
          [1, 0],
          [1, 0],
          [1, 1]
        ]
      )
    })

    it("does not know it where CloudWatch does not tell", () => {
      assert.deepStrictEqual(run([balancer], { own: undefined }).unknown, ["app/web/1"])
      assert.deepStrictEqual(run([balancer], { own: [900], told: { traffic: undefined } }).unknown, ["app/web/1"])
    })
  })

  it("does not know a group of which something is not told, and closes nothing of it", () => {
    const judged = [
      run([group()], { requests: undefined }),
      run([group()], { told: { errors: undefined } }),
      run([group()], { errors: undefined as never, told: { errors: undefined } }),
      run([{ ...group(), balancers: [], isWhole: false }])
    ]
    for (const { flagged, stateOf, unknown } of judged) {
      assert.deepStrictEqual([flagged, unknown], [[], ["shop"]])
      assert.strictEqual(stateOf("arn:tg"), "unknown")
    }
  })

  it("shows a finding without what is only shown", () => {
    const { flags } = run([group()], { told: { traffic: undefined, connections: undefined, hosts: undefined } })
    assert.deepInclude(flags[0]?.evidence, {
      worstHoursFrom: null,
      worstHoursErrorPct: null,
      connectionErrors: null,
      healthyHosts: null,
      unhealthyHosts: null
    })
  })

  it("finds nothing where there is nothing, and closes nothing where not everything was read", () => {
    const empty = run([])
    assert.deepStrictEqual([empty.status, empty.counters.examined], ["complete", 0])
    assert.strictEqual(run(gap()).status, "unavailable")
    const partial = run(gap([group()]))
    assert.deepStrictEqual([partial.status, partial.flagged], ["partial", ["shop: target_errors"]])
    assert.strictEqual(partial.stateOf("arn:not-listed"), "unknown")
    const unread = judge(scan, { servers: [group(), balancer], requests: gap(), balancerErrors: gap() })
    assert.deepStrictEqual([unread.flagged, unread.unknown], [[], ["app/web/1", "shop"]])
    assert.strictEqual(judge(scan, { servers: [], requests: silent, balancerErrors: silent }).status, "complete")
  })

  it("follows its settings", () => {
    const flagged = (settings: Readonly<Record<string, number>>, world: World = {}) =>
      run([group()], { ...world, settings }).flagged.length
    assert.deepStrictEqual([flagged({ errorRatePct: 10 }), flagged({ errorRatePct: 10.1 })], [1, 0])
    assert.deepStrictEqual([flagged({ minErrors: 100 }), flagged({ minErrors: 101 })], [1, 0])
    assert.deepStrictEqual([flagged({ minRequests: 500 }, { requests: 500 }), flagged({}, { requests: 500 })], [1, 0])
    const young = [{ ...group(), balancers: [alb({ createdAt: daysAgo(6) })] }]
    assert.deepStrictEqual(run(young, { settings: { lookbackDays: 5 } }).flagged, ["shop: target_errors"])
  })
})
