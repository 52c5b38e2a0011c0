import { assert, describe, it } from "@effect/vitest"
import type { NetworkInterface } from "../../../datasets/aws/ec2.ts"
import type { LoadBalancer, LoadBalancerDetails, TargetGroup } from "../../../datasets/aws/elb.ts"
import type { MetricSeries } from "../../../datasets/metrics/MetricSeries.ts"
import type { EndpointConnection, EndpointService } from "../../../datasets/aws/privatelink.ts"
import type { Tags } from "../../../datasets/aws/tags.ts"
import scan from "../../../scans/cleanup/find_unused_load_balancers.ts"
import { startOfUtcDay } from "../../../core/time.ts"
import { daysAgo } from "../../datasets/harness.ts"
import { gap, judge, series, silent } from "../harness.ts"

const paths = { application: "app/shop/abc", network: "net/shop/abc", gateway: "gwy/shop/abc", classic: "shop" }

const balancer = (type: LoadBalancer["type"] = "application", overrides: Partial<LoadBalancer> = {}): LoadBalancer => ({
  arn: `arn:aws:elasticloadbalancing:eu-west-1:111111111111:loadbalancer/${paths[type]}`,
  name: "shop",
  type,
  path: paths[type],
  scheme: "internet-facing",
  state: "active",
  createdAt: daysAgo(400),
  vpcId: "vpc-1",
  availabilityZones: ["eu-west-1a", "eu-west-1b"],
  securityGroupIds: [],
  dnsName: "shop.example",
  registeredInstances: type === "classic" ? 2 : undefined,
  listeners: type === "classic" ? ["HTTP:80"] : undefined,
  ...overrides
})

const groupOf = (parent: LoadBalancer): TargetGroup => ({
  arn: `arn:tg/${parent.type}`,
  name: "shop-targets",
  protocol: "HTTP",
  protocolVersion: "HTTP1",
  port: 80,
  vpcId: "vpc-1",
  targetType: "ip",
  loadBalancerArns: [parent.arn],
  path: "targetgroup/shop-targets/def"
})

const eni = (description: string, ...publicIps: ReadonlyArray<string>) =>
  ({ description, publicIps }) as unknown as NetworkInterface

const prices = {
  "elb.albHour": 0.02,
  "elb.nlbHour": 0.03,
  "elb.gwlbHour": 0.01,
  "elb.clbHour": 0.04,
  "elb.albLcuHour": 0.008,
  "elb.nlbLcuHour": 0.006,
  "publicIpv4.inUse": 0.005
}

/** Daily values by metric; a metric that is not given has no datapoints. */
const metric = (values: Readonly<Record<string, ReadonlyArray<number>>>) => series(({ metric }) => values[metric] ?? [])

/** `value` on the day so many days ago and zero since. */
const lastSeen = (daysAgo: number, value = 5) => [value, ...Array.from({ length: daysAgo }, () => 0)]

const noDetails: LoadBalancerDetails = { listeners: ["HTTPS:443"], reservedUnits: 0 }

interface World {
  readonly targetGroups?: unknown
  readonly traffic?: MetricSeries
  readonly interfaces?: unknown
  readonly services?: ReadonlyArray<Partial<EndpointService>> | ReturnType<typeof gap>
  readonly connections?: ReadonlyArray<Partial<EndpointConnection>> | ReturnType<typeof gap>
  readonly tags?: Tags | "denied"
  readonly details?: LoadBalancerDetails | undefined
  /** Targets that are registered with each target group; undefined where AWS does not tell. */
  readonly registered?: number | undefined
  readonly settings?: Record<string, number | boolean>
}

const run = (balancers: ReadonlyArray<LoadBalancer> | ReturnType<typeof gap>, world: World = {}) => {
  const { settings, tags, traffic = silent } = world
  const registered = "registered" in world ? world.registered : 1
  const listed = Array.isArray(balancers) ? (balancers as ReadonlyArray<LoadBalancer>) : []
  return judge(
    scan,
    {
      balancers,
      served: traffic,
      targetGroups: world.targetGroups ?? listed.map(groupOf),
      interfaces: world.interfaces ?? [],
      services: world.services ?? [],
      connections: world.connections ?? []
    },
    {
      prices,
      answers: {
        traffic: () => traffic,
        targets: () => (registered === undefined ? undefined : { registered, states: {} }),
        details: () => ("details" in world ? world.details : noDetails)
      },
      ...(tags === undefined
        ? {}
        : { tags: tags === "denied" ? tags : Object.fromEntries(listed.map(({ arn }) => [arn, tags])) }),
      ...(settings === undefined ? {} : { settings })
    }
  )
}

describe("find_unused_load_balancers", () => {
  it("leaves load balancers with any sign of traffic alone", () => {
    for (const name of ["RequestCount", "NewConnectionCount", "HTTP_Redirect_Count", "HTTP_Fixed_Response_Count"]) {
      assert.deepStrictEqual(run([balancer()], { traffic: metric({ [name]: [0, 1] }) }).flagged, [], name)
    }
    for (const name of ["NewFlowCount", "ProcessedBytes"]) {
      for (const type of ["network", "gateway"] as const) {
        assert.deepStrictEqual(
          run([balancer(type)], { traffic: metric({ [name]: [0, 1] }) }).flagged,
          [],
          `${type} ${name}`
        )
      }
    }
    for (const name of ["RequestCount", "EstimatedProcessedBytes"]) {
      assert.deepStrictEqual(run([balancer("classic")], { traffic: metric({ [name]: [0, 1] }) }).flagged, [], name)
    }
  })

  it("flags an idle one of every type at the price of its type", () => {
    const flagged = (["application", "network", "gateway", "classic"] as const).map((type) => {
      const { flags } = run([balancer(type)])
      return [flags[0]?.resource.id, flags[0]?.reasons[0], flags[0]?.savings?.monthlyUsd, flags[0]?.savings?.basis]
    })
    assert.deepStrictEqual(flagged, [
      ["app/shop/abc", "idle", 14.6, "exact"],
      ["net/shop/abc", "idle", 21.9, "exact"],
      ["gwy/shop/abc", "idle", 7.3, "estimate"],
      ["shop", "idle", 29.2, "exact"]
    ])
    const { flags } = run([balancer()])
    assert.isUndefined(flags[0]?.observe)
    assert.strictEqual(flags[0]?.confidence, "high")
    assert.strictEqual(flags[0]?.evidence["registeredTargets"], "not asked: it is idle")
    assert.deepStrictEqual(flags[0]?.evidence["listeners"], ["HTTPS:443"])
    assert.strictEqual(flags[0]?.evidence["lastTrafficDay"], "none")
  })

  it("counts the public addresses on its own network interfaces", () => {
    const interfaces = [
      eni("ELB app/shop/abc", "198.51.100.1"),
      eni("ELB app/shop/abc", "198.51.100.2"),
      eni("ELB app/shop/other", "198.51.100.3"),
      eni("ELB shop", "198.51.100.4")
    ]
    const { flags } = run([balancer()], { interfaces })
    assert.strictEqual(flags[0]?.savings?.monthlyUsd, 14.6 + 2 * 3.65)
    assert.strictEqual(flags[0]?.evidence["publicIps"], 2)
    assert.strictEqual(run([balancer("classic")], { interfaces }).flags[0]?.savings?.monthlyUsd, 29.2 + 3.65)
    const unread = run([balancer()], { interfaces: gap(interfaces) })
    assert.strictEqual(unread.flags[0]?.savings?.monthlyUsd, 14.6)
    assert.include(unread.flags[0]?.savings?.note ?? "", "could not be counted")
    assert.isNull(unread.flags[0]?.evidence["publicIps"])
  })

  it("adds reserved capacity, and says so where it is not known", () => {
    const details = { listeners: [], reservedUnits: 100 }
    assert.strictEqual(run([balancer()], { details }).flags[0]?.savings?.monthlyUsd, 14.6 + 584)
    assert.strictEqual(run([balancer("network")], { details }).flags[0]?.savings?.monthlyUsd, 21.9 + 438)
    const { flags } = run([balancer()], { details: undefined })
    assert.strictEqual(flags[0]?.savings?.monthlyUsd, 14.6)
    assert.include(flags[0]?.savings?.note ?? "", "reserves")
    assert.isNull(flags[0]?.evidence["reservedCapacityUnits"])
  })

  it("judges neither young ones nor those that are not active", () => {
    assert.deepStrictEqual(run([balancer("application", { createdAt: daysAgo(89) })]).tooYoung, ["app/shop/abc"])
    assert.deepStrictEqual(run([balancer("application", { state: "failed" })]).flagged, [])
    assert.deepStrictEqual(run([balancer("application", { state: "active_impaired" })]).flagged, ["app/shop/abc: idle"])
  })

  it("says unknown where CloudWatch refuses", () => {
    assert.deepStrictEqual(run([balancer()], { traffic: series(() => undefined) }).unknown, ["app/shop/abc"])
  })

  it("tolerates stray requests and flows up to the limits that are set", () => {
    const requests = metric({ RequestCount: [3, 2], NewConnectionCount: [5] })
    assert.deepStrictEqual(run([balancer()], { traffic: requests, settings: { maxRequests: 5 } }).flagged, [
      "app/shop/abc: idle"
    ])
    assert.deepStrictEqual(run([balancer()], { traffic: requests, settings: { maxRequests: 4 } }).flagged, [])
    const flows = metric({ NewFlowCount: [10, 9, 10], ProcessedBytes: [3000, 3000, 3000] })
    const network = (maxDailyFlows: number) =>
      run([balancer("network")], { traffic: flows, settings: { maxDailyFlows } }).flagged
    assert.deepStrictEqual(network(10), ["net/shop/abc: idle"])
    assert.deepStrictEqual(network(9), [])
    assert.strictEqual(
      run([balancer()], { traffic: metric({ RequestCount: [1, 0] }), settings: { maxRequests: 5 } }).flags[0]?.evidence[
        "lastTrafficDay"
      ],
      "2026-11-19"
    )
  })

  it("sees an old connection in the bytes that stray flows do not explain", () => {
    const traffic = metric({ NewFlowCount: [2], ProcessedBytes: [5_000_000] })
    assert.deepStrictEqual(run([balancer("network")], { traffic, settings: { maxDailyFlows: 10 } }).flagged, [])
  })

  describe("without targets", () => {
    const connections = { NewConnectionCount: [1, 1] }

    it("flags one that only refuses, since the last day on which a target served", () => {
      const { flags } = run([balancer()], { registered: 0, traffic: metric(connections) })
      assert.strictEqual(flags[0]?.reasons[0], "no_targets")
      assert.deepStrictEqual(flags[0]?.observe, { days: 7, since: daysAgo(90) })
      const served = run([balancer()], {
        registered: 0,
        traffic: metric({ ...connections, RequestCount: lastSeen(9) })
      })
      assert.deepStrictEqual(served.flags[0]?.observe, { days: 7, since: startOfUtcDay(daysAgo(8)) })
      assert.strictEqual(flags[0]?.confidence, "medium")
      assert.strictEqual(flags[0]?.savings?.monthlyUsd, 14.6)
      assert.deepStrictEqual(run([balancer()], { targetGroups: [], traffic: metric(connections) }).flagged, [
        "app/shop/abc: no_targets"
      ])
      assert.deepStrictEqual(
        run([balancer()], { registered: 0, traffic: metric(connections), settings: { includeNoTargets: false } })
          .flagged,
        []
      )
    })

    it("leaves one alone that answers by itself", () => {
      for (const own of ["HTTP_Redirect_Count", "HTTP_Fixed_Response_Count"]) {
        assert.deepStrictEqual(run([balancer()], { targetGroups: [], traffic: metric({ [own]: [4] }) }).flagged, [])
      }
    })

    it("leaves one alone whose targets served within the last days: they may be off for the night", () => {
      const judged = (days: number) =>
        run([balancer("network")], {
          registered: 0,
          traffic: metric({ NewFlowCount: lastSeen(days) })
        }).flagged
      assert.deepStrictEqual(judged(3), [])
      assert.deepStrictEqual(judged(9), ["net/shop/abc: no_targets"])
    })

    it("counts the instances of a classic one", () => {
      const traffic = metric({ EstimatedProcessedBytes: [100] })
      assert.deepStrictEqual(run([balancer("classic", { registeredInstances: 0 })], { traffic }).flagged, [
        "shop: no_targets"
      ])
      assert.deepStrictEqual(run([balancer("classic")], { traffic }).flagged, [])
    })

    it("leaves one alone that has targets, and one that served before the run today", () => {
      assert.deepStrictEqual(run([balancer()], { traffic: metric(connections) }).flagged, [])
      const thisMorning = metric({ RequestCount: [0, 0, 90_000] })
      assert.deepStrictEqual(run([balancer()], { registered: 0, traffic: thisMorning }).flagged, [])
    })

    it("does not know without the target groups or their targets, and still sees what is idle", () => {
      const unread = { targetGroups: gap([]), traffic: metric(connections) }
      assert.deepStrictEqual(run([balancer()], unread).unknown, ["app/shop/abc"])
      const untold = { registered: undefined, traffic: metric(connections) }
      assert.deepStrictEqual(run([balancer()], untold).unknown, ["app/shop/abc"])
      const idle = run([balancer()], { targetGroups: gap([]) })
      assert.deepStrictEqual(idle.flagged, ["app/shop/abc: idle"])
      assert.isNull(idle.flags[0]?.evidence["targetGroups"])
    })
  })

  describe("behind PrivateLink", () => {
    const services = [{ id: "vpce-svc-1", loadBalancerArns: [balancer("network").arn] }]
    const connected = (state: string) =>
      run([balancer("network")], { services, connections: [{ serviceId: "vpce-svc-1", state }] })

    it("leaves one alone that has a live connection", () => {
      assert.deepStrictEqual(connected("available").flagged, [])
      assert.deepStrictEqual(connected("pendingacceptance").flagged, [])
    })

    it("flags one whose connections have ended, and names the service", () => {
      const { flags } = connected("deleted")
      assert.deepStrictEqual(flags[0]?.evidence["endpointServices"], ["vpce-svc-1"])
      const others = run([balancer("network")], {
        services,
        connections: [{ serviceId: "vpce-svc-2", state: "available" }]
      })
      assert.deepStrictEqual(others.flagged, ["net/shop/abc: idle"])
    })

    it("does not know while services or connections cannot be read, unless it cannot have any", () => {
      const unread = { services: gap(), connections: gap() }
      assert.deepStrictEqual(run([balancer("gateway")], unread).unknown, ["gwy/shop/abc"])
      assert.deepStrictEqual(run([balancer("network")], { services: gap([]) }).unknown, ["net/shop/abc"])
      assert.deepStrictEqual(run([balancer("network")], { services, connections: gap([]) }).unknown, ["net/shop/abc"])
      assert.deepStrictEqual(run([balancer("network")], { connections: gap() }).flagged, ["net/shop/abc: idle"])
      assert.deepStrictEqual(run([balancer()], unread).flagged, ["app/shop/abc: idle"])
    })

    it("leaves one alone of whose connections a live one was read, although a page is missing", () => {
      const live = [{ serviceId: "vpce-svc-1", state: "available" }]
      assert.deepStrictEqual(
        run([balancer("network")], { services: gap(services), connections: gap(live) }).flagged,
        []
      )
      assert.deepStrictEqual(
        run([balancer("network")], { services: gap(services), connections: gap(live) }).unknown,
        []
      )
    })
  })

  it("names the Kubernetes object that would make it again, or none, or nothing where tags are denied", () => {
    const ownerOf = (tags: World["tags"]) =>
      run([balancer()], tags === undefined ? {} : { tags }).flags[0]?.evidence["kubernetesOwner"]
    assert.strictEqual(
      ownerOf({ "elbv2.k8s.aws/cluster": "blue", "ingress.k8s.aws/stack": "shop/web" }),
      "shop/web in cluster blue"
    )
    assert.strictEqual(
      ownerOf({ "kubernetes.io/cluster/green": "owned", "kubernetes.io/service-name": "shop/api" }),
      "shop/api in cluster green"
    )
    assert.strictEqual(ownerOf({ team: "shop" }), "none")
    assert.strictEqual(ownerOf(undefined), "none")
    assert.isNull(ownerOf("denied"))
  })

  it("asks for more metrics, targets and details of candidates only", () => {
    const busy = balancer("application", { arn: "arn:busy", path: "app/busy/1" })
    const bare = balancer("application", { arn: "arn:bare", path: "app/bare/1" })
    const traffic = series(({ dimensions, metric }) =>
      dimensions["LoadBalancer"] === "app/busy/1"
        ? [9]
        : dimensions["LoadBalancer"] === "app/bare/1" && metric === "NewConnectionCount"
          ? [1]
          : []
    )
    const { asked } = run([balancer(), busy, balancer("classic"), bare], { traffic, registered: 0 })
    const idle = balancer().arn
    assert.deepStrictEqual(asked, [
      `details ${idle}`,
      "details arn:bare",
      "targets arn:tg/application",
      `traffic ${idle}`,
      `traffic ${balancer("classic").arn}`,
      "traffic arn:bare"
    ])
  })

  it("judges what was listed where a page of load balancers is missing, and calls nothing gone", () => {
    const judged = run(gap([balancer()]))
    assert.deepStrictEqual(judged.flagged, ["app/shop/abc: idle"])
    assert.deepStrictEqual([judged.status, judged.stateOf("arn:other")], ["partial", "unknown"])
  })

  it("does not change with the order in which AWS lists", () => {
    const groups = [groupOf(balancer()), { ...groupOf(balancer()), arn: "arn:tg/2", name: "blue" }]
    const interfaces = [eni("ELB app/shop/abc", "198.51.100.1"), eni("ELB app/shop/abc", "198.51.100.2")]
    const zones = ["eu-west-1b", "eu-west-1a"]
    const world = { targetGroups: groups, interfaces }
    const mirrored = { targetGroups: groups.toReversed(), interfaces: interfaces.toReversed() }
    assert.deepStrictEqual(
      run([balancer("application", { availabilityZones: zones })], world).flags,
      run([balancer("application", { availabilityZones: zones.toReversed() })], mirrored).flags
    )
  })
})
