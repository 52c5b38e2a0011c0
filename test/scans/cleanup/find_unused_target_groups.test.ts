import { assert, describe, it } from "@effect/vitest"
import type { AutoScalingGroup } from "../../../datasets/aws/autoscaling.ts"
import type { EcsService } from "../../../datasets/aws/ecs.ts"
import type { InspectedTargetGroup, LoadBalancer } from "../../../datasets/aws/elb.ts"
import type { MetricSeries } from "../../../datasets/metrics/metrics.ts"
import scan from "../../../scans/cleanup/find_unused_target_groups.ts"
import { daysAgo } from "../../datasets/harness.ts"
import { judge, series } from "../harness.ts"

const alb = {
  arn: "arn:alb",
  name: "web",
  type: "application",
  path: "app/web/1",
  createdAt: daysAgo(100)
} as LoadBalancer
const nlb = { ...alb, arn: "arn:nlb", name: "tcp", type: "network", path: "net/tcp/1" } as LoadBalancer

const group = (overrides: Partial<InspectedTargetGroup> = {}): InspectedTargetGroup => ({
  arn: `arn:tg/${overrides.name ?? "shop"}`,
  name: "shop",
  protocol: "HTTP",
  port: 80,
  vpcId: "vpc-1",
  targetType: "ip",
  loadBalancerArns: [],
  path: `targetgroup/${overrides.name ?? "shop"}/def`,
  health: undefined,
  ...overrides
})

const behind = (parent: LoadBalancer, registered: number, overrides: Partial<InspectedTargetGroup> = {}) =>
  group({
    loadBalancerArns: [parent.arn],
    health: { registered, states: registered === 0 ? {} : { healthy: registered } },
    ...overrides
  })

const service = (overrides: Partial<EcsService>) =>
  ({
    name: "web",
    deploymentController: "ECS",
    targetGroupArns: [],
    alternateTargetGroupArns: [],
    ...overrides
  }) as EcsService

const silent = series(() => [])

const run = (
  targetGroups: ReadonlyArray<InspectedTargetGroup>,
  options: {
    requests?: MetricSeries
    traffic?: MetricSeries
    groups?: ReadonlyArray<Partial<AutoScalingGroup>> | undefined
    services?: ReadonlyArray<EcsService> | undefined
    loadBalancers?: ReadonlyArray<LoadBalancer>
    settings?: Record<string, number>
  } = {}
) => {
  const { settings, ...data } = options
  return judge(
    scan,
    {
      targetGroups,
      loadBalancers: [alb, nlb],
      requests: silent,
      traffic: silent,
      groups: [],
      services: [],
      tags: undefined,
      ...data
    },
    settings === undefined ? {} : { settings }
  )
}

const asg = (...targetGroupArns: ReadonlyArray<string>): Partial<AutoScalingGroup> => ({
  name: "fleet",
  targetGroupArns
})

describe("find_unused_target_groups", () => {
  it("leaves a group with targets and requests alone", () => {
    assert.deepStrictEqual(run([behind(alb, 2)], { requests: series(() => [0, 7]) }).verdicts, [])
  })

  it("flags an orphan, which has to be observed because groups have no age", () => {
    const { flags } = run([group()])
    assert.strictEqual(flags[0]?.reason, "unattached")
    assert.deepStrictEqual(flags[0]?.observe, { days: 7 })
    assert.strictEqual(flags[0]?.savings.monthlyUsd, 0)
    assert.strictEqual(flags[0]?.severity, "info")
    assert.deepStrictEqual(run([group()], { settings: { minObservedDays: 3 } }).flags[0]?.observe, { days: 3 })
  })

  it("flags a group that has a load balancer and no target", () => {
    const { flags } = run([behind(alb, 0)])
    assert.strictEqual(flags[0]?.reason, "no_targets")
    assert.deepStrictEqual(flags[0]?.observe, { days: 7 })
    assert.strictEqual(flags[0]?.evidence["targetHealth"], "none")
    assert.deepStrictEqual(run([behind(nlb, 0, { protocol: "TCP" })]).flagged, ["shop: no_targets"])
  })

  it("keeps groups that something counts on, although it may be scaled in", () => {
    for (const used of [group(), behind(alb, 0)]) {
      assert.deepStrictEqual(run([used], { groups: [asg(used.arn)] }).verdicts, [])
      assert.deepStrictEqual(run([used], { services: [service({ targetGroupArns: [used.arn] })] }).verdicts, [])
    }
  })

  describe("with targets and no requests", () => {
    it("flags an HTTP group of an application load balancer, observed for the whole window", () => {
      const { flags } = run([behind(alb, 2)], { groups: [asg(group().arn)] })
      assert.strictEqual(flags[0]?.reason, "no_traffic")
      assert.deepStrictEqual(flags[0]?.observe, { days: 14 })
      assert.strictEqual(flags[0]?.evidence["usedBy"], "Auto Scaling group fleet")
      assert.strictEqual(flags[0]?.evidence["targetHealth"], "healthy: 2")
      assert.deepStrictEqual(run([behind(alb, 2)], { settings: { lookbackDays: 30 } }).flags[0]?.observe, { days: 30 })
    })

    it("never judges network load balancers so: they count nothing by group", () => {
      assert.deepStrictEqual(run([behind(nlb, 2, { protocol: "TCP" })]).verdicts, [])
      assert.deepStrictEqual(run([behind(nlb, 2)]).verdicts, [])
      assert.deepStrictEqual(run([behind(alb, 1, { protocol: undefined, targetType: "lambda" })]).verdicts, [])
    })

    it("waits for a load balancer that is younger than the window", () => {
      const young = { ...alb, createdAt: daysAgo(13) }
      assert.deepStrictEqual(run([behind(young, 2)], { loadBalancers: [young] }).tooYoung, ["shop"])
    })

    it("says unknown where CloudWatch refuses", () => {
      assert.deepStrictEqual(run([behind(alb, 2)], { requests: series(() => undefined) }).unknown, ["shop"])
    })
  })

  describe("of a blue/green pair", () => {
    const blue = behind(alb, 2, { name: "blue" })
    const green = group({ name: "green" })

    it("expects one half to be idle, whichever ECS says it is", () => {
      const pair = service({ targetGroupArns: [blue.arn], alternateTargetGroupArns: [green.arn] })
      for (const half of [blue, green, behind(alb, 0, { name: "green" }), behind(alb, 2, { name: "green" })]) {
        assert.deepStrictEqual(run([half], { services: [pair] }).verdicts, [])
      }
    })

    it("expects a look-alike of a group that CodeDeploy switches", () => {
      const services = [service({ deploymentController: "CODE_DEPLOY", targetGroupArns: [blue.arn] })]
      assert.deepStrictEqual(run([blue, green], { services }).verdicts, [])
      const other = group({ name: "other", port: 8080 })
      assert.deepStrictEqual(run([blue, other], { services }).flagged, ["other: unattached"])
      const plain = [service({ targetGroupArns: [blue.arn] })]
      assert.deepStrictEqual(run([blue, green], { services: plain, requests: series(() => [1]) }).flagged, [
        "green: unattached"
      ])
    })
  })

  it("says unknown where targets or consumers could not be read", () => {
    assert.deepStrictEqual(run([group({ loadBalancerArns: [alb.arn] })]).unknown, ["shop"])
    assert.deepStrictEqual(run([group()], { groups: undefined }).unknown, ["shop"])
    assert.deepStrictEqual(run([behind(alb, 0)], { services: undefined }).unknown, ["shop"])
    const busy = { services: undefined, requests: series(() => [1]) }
    assert.deepStrictEqual(run([behind(alb, 1)], busy).verdicts, [])
  })

  it("is low rather than information while its load balancer is idle as well", () => {
    assert.strictEqual(run([behind(alb, 0)]).flags[0]?.severity, "low")
    const busy = run([behind(alb, 0)], { traffic: series(({ metric }) => (metric === "RequestCount" ? [5] : [])) })
    assert.strictEqual(busy.flags[0]?.severity, "info")
    assert.strictEqual(busy.flags[0]?.evidence["loadBalancersIdle"], false)
    const refused = run([behind(alb, 0)], { traffic: series(() => undefined) })
    assert.strictEqual(refused.flags[0]?.severity, "info")
  })
})
