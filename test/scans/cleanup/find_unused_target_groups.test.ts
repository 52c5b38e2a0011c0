import { assert, describe, it } from "@effect/vitest"
import type { AutoScalingGroup } from "../../../datasets/aws/autoscaling.ts"
import type { EcsService } from "../../../datasets/aws/ecs.ts"
import type { GroupInUse, LoadBalancer, TargetGroup } from "../../../datasets/aws/elb.ts"
import type { MetricSeries } from "../../../datasets/metrics/MetricSeries.ts"
import scan from "../../../scans/cleanup/find_unused_target_groups.ts"
import { daysAgo } from "../../datasets/harness.ts"
import { gap, judge, series, silent } from "../harness.ts"

const alb = {
  arn: "arn:alb",
  name: "web",
  type: "application",
  path: "app/web/1",
  createdAt: daysAgo(100)
} as LoadBalancer
const nlb = { ...alb, arn: "arn:nlb", name: "tcp", type: "network", path: "net/tcp/1" } as LoadBalancer

const group = (overrides: Partial<TargetGroup> = {}): TargetGroup => ({
  arn: `arn:tg/${overrides.name ?? "shop"}`,
  name: "shop",
  protocol: "HTTP",
  protocolVersion: "HTTP1",
  port: 80,
  vpcId: "vpc-1",
  targetType: "ip",
  loadBalancerArns: [],
  path: `targetgroup/${overrides.name ?? "shop"}/def`,
  ...overrides
})

const behind = (parent: LoadBalancer, overrides: Partial<TargetGroup> = {}) =>
  group({ loadBalancerArns: [parent.arn], ...overrides })

const service = (overrides: Partial<EcsService>) =>
  ({
    name: "web",
    deploymentController: "ECS",
    targetGroupArns: [],
    alternateTargetGroupArns: [],
    ...overrides
  }) as EcsService

/** Healthy targets by day, oldest first; the last is today's. */
const healthy = (...days: ReadonlyArray<number>) => series(({ metric }) => (metric === "HealthyHostCount" ? days : []))

/** Two healthy targets so many days ago and none since. */
const healthyUntil = (days: number) => healthy(2, ...Array.from({ length: days }, () => Number.NaN))

interface World {
  readonly requests?: MetricSeries
  readonly traffic?: MetricSeries
  /** What load balancers see, by the name of the group. Default: two healthy targets today. */
  readonly hosts?: (name: string) => MetricSeries
  /** Targets that are registered, by the name of the group; undefined where AWS does not tell. */
  readonly registered?: (name: string) => number | undefined
  readonly groups?: ReadonlyArray<Partial<AutoScalingGroup>> | ReturnType<typeof gap>
  readonly services?: ReadonlyArray<EcsService> | ReturnType<typeof gap>
  readonly loadBalancers?: ReadonlyArray<LoadBalancer> | ReturnType<typeof gap>
  readonly settings?: Record<string, number>
}

const run = (targetGroups: ReadonlyArray<TargetGroup> | ReturnType<typeof gap>, world: World = {}) => {
  const { hosts = () => healthy(2), registered = () => 0, settings, traffic = silent, ...data } = world
  return judge(
    scan,
    { targetGroups, loadBalancers: [alb, nlb], requests: silent, groups: [], services: [], ...data },
    {
      answers: {
        hosts: ({ group }: GroupInUse) => hosts(group.name),
        targets: ({ name }: TargetGroup) => {
          const count = registered(name)
          return count === undefined ? undefined : { registered: count, states: count === 0 ? {} : { healthy: count } }
        },
        traffic: () => traffic
      },
      ...(settings === undefined ? {} : { settings })
    }
  )
}

/** Groups of which no load balancer sees a target, and that have none. */
const bare: World = { hosts: () => silent }

const asg = (...targetGroupArns: ReadonlyArray<string>): Partial<AutoScalingGroup> => ({
  name: "fleet",
  targetGroupArns
})

describe("find_unused_target_groups", () => {
  it("leaves a group with targets and requests alone, also with requests of this morning, and asks nothing", () => {
    const judged = run([behind(alb)], { requests: series(() => [0, 0, 7]) })
    assert.deepStrictEqual([judged.flagged, judged.asked], [[], []])
    assert.deepStrictEqual(run([behind(alb)], { requests: series(() => [7, ...Array(10).fill(0)]) }).flagged, [])
  })

  it("flags an orphan, which has to be observed because groups have no age", () => {
    const { asked, flags } = run([group()])
    assert.deepStrictEqual(flags[0]?.reasons, ["unattached"])
    assert.deepStrictEqual(flags[0]?.observe, { days: 7 })
    assert.deepInclude(flags[0], { kind: "hygiene", savings: null, severity: "info" })
    assert.strictEqual(flags[0]?.note, "Target groups cost nothing.")
    assert.strictEqual(flags[0]?.evidence["usedBy"], "none")
    assert.isNull(flags[0]?.evidence["targetHealth"])
    assert.deepStrictEqual(asked, [])
    assert.deepStrictEqual(run([group()], { settings: { minObservedDays: 3 } }).flags[0]?.observe, { days: 3 })
  })

  it("flags a group that has a load balancer and no target", () => {
    const { flags } = run([behind(alb)], bare)
    assert.deepStrictEqual(flags[0]?.reasons, ["no_targets"])
    assert.deepStrictEqual(flags[0]?.observe, { days: 7, since: undefined })
    assert.strictEqual(flags[0]?.evidence["targetHealth"], "none")
    assert.deepStrictEqual(run([behind(nlb, { protocol: "TCP" })], bare).flagged, ["shop: no_targets"])
  })

  describe("whose targets CloudWatch counted", () => {
    it("is dated by them, so that nobody has to observe what is long gone", () => {
      const judged = run([behind(alb)], { hosts: () => healthyUntil(9) })
      assert.deepStrictEqual(judged.flagged, ["shop: no_targets"])
      assert.deepStrictEqual(judged.flags[0]?.observe, { days: 7, since: new Date("2026-11-12T00:00:00Z") })
    })

    it("is left alone while they were there on a day of the last week, and asks nobody", () => {
      const judged = run([behind(nlb)], { hosts: () => healthyUntil(3) })
      assert.deepStrictEqual([judged.flagged, judged.asked], [[], ["hosts arn:tg/shop"]])
      const sick = series(({ metric }) => (metric === "UnHealthyHostCount" ? [1] : [0]))
      assert.deepStrictEqual(run([behind(nlb)], { hosts: () => sick }).flagged, [])
      assert.strictEqual(run([behind(alb)], { hosts: () => sick }).flags[0]?.evidence["targetHealth"], "unhealthy")
    })

    it("is unknown where CloudWatch refuses, and asked about where it counts nothing: functions are not counted", () => {
      assert.deepStrictEqual(run([behind(nlb)], { hosts: () => series(() => undefined) }).unknown, ["shop"])
      const fn = behind(alb, { protocol: undefined, targetType: "lambda" })
      const judged = run([fn], { ...bare, registered: () => 1 })
      assert.deepStrictEqual([judged.flagged, judged.unknown], [[], []])
      assert.include(judged.asked, "targets arn:tg/shop")
      assert.deepStrictEqual(run([fn], bare).flagged, ["shop: no_targets"])
      const zero = healthy(0, 0)
      assert.deepStrictEqual(run([behind(nlb)], { hosts: () => zero, registered: () => 2 }).flagged, [])
    })
  })

  it("keeps groups that something counts on, although it may be scaled in", () => {
    for (const used of [group(), behind(nlb)]) {
      const byFleet = run([used], { ...bare, groups: [asg(used.arn)] })
      assert.deepStrictEqual([byFleet.flagged, byFleet.asked.filter((one) => one.startsWith("targets"))], [[], []])
      assert.deepStrictEqual(run([used], { ...bare, services: [service({ targetGroupArns: [used.arn] })] }).flagged, [])
    }
    assert.deepStrictEqual(run([behind(alb)], { ...bare, groups: [asg(group().arn)] }).flagged, [])
  })

  describe("with targets and no requests", () => {
    it("flags an HTTP group of an application load balancer, observed for the whole window", () => {
      const { asked, flags } = run([behind(alb)], { groups: [asg(group().arn)] })
      assert.deepStrictEqual(flags[0]?.reasons, ["no_traffic"])
      assert.deepStrictEqual(flags[0]?.observe, { days: 14 })
      assert.deepStrictEqual(flags[0]?.evidence["usedBy"], ["Auto Scaling group fleet"])
      assert.strictEqual(flags[0]?.evidence["targetHealth"], "healthy")
      assert.deepStrictEqual(asked, ["hosts arn:tg/shop", "traffic arn:alb"])
      assert.deepStrictEqual(run([behind(alb)], { settings: { lookbackDays: 30 } }).flags[0]?.observe, { days: 30 })
    })

    it("sees the targets that only Elastic Load Balancing tells", () => {
      const { flags } = run([behind(alb)], { ...bare, registered: () => 2 })
      assert.deepStrictEqual(flags[0]?.reasons, ["no_traffic"])
      assert.strictEqual(flags[0]?.evidence["targetHealth"], "healthy: 2")
    })

    it("never judges network load balancers so: they count nothing by group", () => {
      assert.deepStrictEqual(run([behind(nlb, { protocol: "TCP" })]).flagged, [])
      assert.deepStrictEqual(run([behind(nlb)]).flagged, [])
      assert.deepStrictEqual(run([behind(alb, { protocol: undefined, targetType: "lambda" })]).flagged, [])
    })

    it("waits for a load balancer that is younger than the window", () => {
      const young = { ...alb, createdAt: daysAgo(13) }
      assert.deepStrictEqual(run([behind(young)], { loadBalancers: [young] }).tooYoung, ["shop"])
      const told = { ...bare, registered: () => 1, loadBalancers: [young] }
      assert.deepStrictEqual(run([behind(young)], told).tooYoung, ["shop"])
    })

    it("says unknown where CloudWatch refuses", () => {
      assert.deepStrictEqual(run([behind(alb)], { requests: series(() => undefined) }).unknown, ["shop"])
    })
  })

  describe("of a blue/green pair", () => {
    const blue = behind(alb, { name: "blue" })
    const green = group({ name: "green" })

    it("expects one half to be idle, whichever ECS says it is", () => {
      const pair = service({ targetGroupArns: [blue.arn], alternateTargetGroupArns: [green.arn] })
      for (const half of [blue, green, behind(alb, { name: "green" })]) {
        assert.deepStrictEqual(run([half], { services: [pair] }).flagged, [])
        assert.deepStrictEqual(run([half], { ...bare, services: [pair] }).flagged, [])
      }
    })

    it("expects a look-alike of a group that CodeDeploy switches", () => {
      const services = [service({ deploymentController: "CODE_DEPLOY", targetGroupArns: [blue.arn] })]
      assert.deepStrictEqual(run([blue, green], { services }).flagged, [])
      const other = group({ name: "other", port: 8080 })
      assert.deepStrictEqual(run([blue, other], { services }).flagged, ["other: unattached"])
      const plain = [service({ targetGroupArns: [blue.arn] })]
      assert.deepStrictEqual(run([blue, green], { services: plain, requests: series(() => [1]) }).flagged, [
        "green: unattached"
      ])
    })

    it("does not know a group whose other half may stand on a page that failed", () => {
      const services = [service({ deploymentController: "CODE_DEPLOY", targetGroupArns: [blue.arn] })]
      assert.deepStrictEqual(run(gap([green]), { services }).unknown, ["green"])
      assert.deepStrictEqual(run(gap([blue, green]), { services }).unknown, [])
    })
  })

  it("says unknown where what it rests on could not be read, and judges the others", () => {
    assert.deepStrictEqual(run([behind(alb)], { ...bare, registered: () => undefined }).unknown, ["shop"])
    assert.deepStrictEqual(run([behind(alb), group({ name: "lone" })], { loadBalancers: gap([]) }).unknown, ["shop"])
    assert.deepStrictEqual(run([group()], { groups: gap([]) }).unknown, ["shop"])
    assert.deepStrictEqual(run([behind(alb)], { ...bare, services: gap([]) }).unknown, ["shop"])
    const busy = run([behind(alb)], { services: gap(), requests: series(() => [1]) })
    assert.deepStrictEqual([busy.flagged, busy.unknown], [[], []])
    const used = run([group()], { groups: gap([asg(group().arn)]) })
    assert.deepStrictEqual([used.flagged, used.unknown], [[], []])
  })

  it("is low rather than information while its load balancer is idle as well", () => {
    assert.strictEqual(run([behind(alb)], bare).flags[0]?.severity, "low")
    const requests = series(({ metric }) => (metric === "RequestCount" ? [5] : []))
    const busy = run([behind(alb)], { ...bare, traffic: requests })
    assert.strictEqual(busy.flags[0]?.severity, "info")
    assert.strictEqual(busy.flags[0]?.evidence["loadBalancersIdle"], false)
    const refused = run([behind(alb)], { ...bare, traffic: series(() => undefined) })
    assert.strictEqual(refused.flags[0]?.severity, "info")
    assert.isNull(refused.flags[0]?.evidence["loadBalancersIdle"])
  })

  it("does not change with the order in which AWS lists", () => {
    const both = behind(alb, { loadBalancerArns: [nlb.arn, alb.arn] })
    const services = [service({ name: "b", targetGroupArns: [both.arn] }), service({ targetGroupArns: [both.arn] })]
    const forwards = run([both, group({ name: "lone" })], { services })
    const backwards = run([group({ name: "lone" }), { ...both, loadBalancerArns: [alb.arn, nlb.arn] }], {
      services: services.toReversed(),
      loadBalancers: [nlb, alb]
    })
    const byId = (flags: typeof forwards.flags) => flags.toSorted((a, b) => (a.id < b.id ? -1 : 1))
    assert.lengthOf(forwards.flags, 2)
    assert.deepStrictEqual(byId(forwards.flags), byId(backwards.flags))
  })
})
