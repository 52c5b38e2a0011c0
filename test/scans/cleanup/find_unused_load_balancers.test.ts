import { assert, describe, it } from "@effect/vitest"
import type { NetworkInterface } from "../../../datasets/aws/ec2.ts"
import type { InspectedTargetGroup, LoadBalancer, LoadBalancerDetails } from "../../../datasets/aws/elb.ts"
import type { MetricSeries } from "../../../datasets/metrics/metrics.ts"
import type { EndpointConnection, EndpointService } from "../../../datasets/aws/privatelink.ts"
import type { Tags } from "../../../datasets/aws/tags.ts"
import scan from "../../../scans/cleanup/find_unused_load_balancers.ts"
import { daysAgo } from "../../datasets/harness.ts"
import { contextOf, judge, probed, series } from "../harness.ts"

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

const groupOf = (parent: LoadBalancer, registered: number): InspectedTargetGroup => ({
  arn: `arn:tg/${parent.type}`,
  name: "shop-targets",
  protocol: "HTTP",
  port: 80,
  vpcId: "vpc-1",
  targetType: "ip",
  loadBalancerArns: [parent.arn],
  path: "targetgroup/shop-targets/def",
  health: { registered, states: registered === 0 ? {} : { healthy: registered } }
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

const silent = series(() => [])

/** Daily values by metric; a metric that is not given has no datapoints. */
const metric = (values: Readonly<Record<string, ReadonlyArray<number>>>) => series(({ metric }) => values[metric] ?? [])

/** `value` on the day so many days ago and zero since. */
const lastSeen = (daysAgo: number, value = 5) => [value, ...Array.from({ length: daysAgo - 1 }, () => 0)]

const noDetails: LoadBalancerDetails = { listeners: ["HTTPS:443"], reservedUnits: 0 }

interface World {
  targetGroups?: ReadonlyArray<InspectedTargetGroup> | undefined
  traffic?: MetricSeries
  interfaces?: ReadonlyArray<NetworkInterface> | undefined
  services?: ReadonlyArray<Partial<EndpointService>> | undefined
  connections?: ReadonlyArray<Partial<EndpointConnection>> | undefined
  tags?: ReadonlyMap<string, Tags>
  details?: LoadBalancerDetails | "not asked"
}

const dataOf = (balancers: ReadonlyArray<LoadBalancer>, { details = noDetails, ...world }: World = {}) => ({
  loadBalancers: balancers.filter(({ type }) => type !== "classic"),
  classicLoadBalancers: balancers.filter(({ type }) => type === "classic"),
  targetGroups: balancers.map((balancer) => groupOf(balancer, 1)),
  traffic: silent,
  interfaces: [],
  services: [],
  connections: [],
  tags: undefined,
  ...world,
  details: probed(details === "not asked" ? {} : Object.fromEntries(balancers.map(({ arn }) => [arn, details])))
})

const run = (
  balancers: ReadonlyArray<LoadBalancer>,
  options: World & { settings?: Record<string, number | boolean> } = {}
) => {
  const { settings, ...world } = options
  return judge(scan, dataOf(balancers, world), { prices, ...(settings === undefined ? {} : { settings }) })
}

describe("find_unused_load_balancers", () => {
  it("leaves load balancers with any sign of traffic alone", () => {
    for (const name of ["RequestCount", "NewConnectionCount", "HTTP_Redirect_Count", "HTTP_Fixed_Response_Count"]) {
      assert.deepStrictEqual(run([balancer()], { traffic: metric({ [name]: [0, 1] }) }).verdicts, [], name)
    }
    for (const name of ["NewFlowCount", "ProcessedBytes"]) {
      for (const type of ["network", "gateway"] as const) {
        assert.deepStrictEqual(
          run([balancer(type)], { traffic: metric({ [name]: [0, 1] }) }).verdicts,
          [],
          `${type} ${name}`
        )
      }
    }
    for (const name of ["RequestCount", "EstimatedProcessedBytes"]) {
      assert.deepStrictEqual(run([balancer("classic")], { traffic: metric({ [name]: [0, 1] }) }).verdicts, [], name)
    }
  })

  it("flags an idle one of every type at the price of its type", () => {
    const flagged = (["application", "network", "gateway", "classic"] as const).map((type) => {
      const { flags } = run([balancer(type)])
      return [flags[0]?.resource.id, flags[0]?.reason, flags[0]?.savings.monthlyUsd, flags[0]?.savings.basis]
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
    assert.strictEqual(flags[0]?.evidence["targetHealth"], "healthy: 1")
    assert.deepStrictEqual(flags[0]?.evidence["listeners"], ["HTTPS:443"])
    assert.isNull(flags[0]?.evidence["lastTrafficDay"])
  })

  it("counts the public addresses on its own network interfaces", () => {
    const interfaces = [
      eni("ELB app/shop/abc", "198.51.100.1"),
      eni("ELB app/shop/abc", "198.51.100.2"),
      eni("ELB app/shop/other", "198.51.100.3"),
      eni("ELB shop", "198.51.100.4")
    ]
    const { flags } = run([balancer()], { interfaces })
    assert.strictEqual(flags[0]?.savings.monthlyUsd, 14.6 + 2 * 3.65)
    assert.strictEqual(flags[0]?.evidence["publicIps"], 2)
    assert.strictEqual(run([balancer("classic")], { interfaces }).flags[0]?.savings.monthlyUsd, 29.2 + 3.65)
    const unread = run([balancer()], { interfaces: undefined })
    assert.strictEqual(unread.flags[0]?.savings.monthlyUsd, 14.6)
    assert.include(unread.flags[0]?.savings.note ?? "", "could not be counted")
  })

  it("adds reserved capacity, and says so where it is not known", () => {
    const details = { listeners: [], reservedUnits: 100 }
    assert.strictEqual(run([balancer()], { details }).flags[0]?.savings.monthlyUsd, 14.6 + 584)
    assert.strictEqual(run([balancer("network")], { details }).flags[0]?.savings.monthlyUsd, 21.9 + 438)
    const { flags } = run([balancer()], { details: "not asked" })
    assert.strictEqual(flags[0]?.savings.monthlyUsd, 14.6)
    assert.include(flags[0]?.savings.note ?? "", "reserves")
    assert.isNull(flags[0]?.evidence["reservedCapacityUnits"])
  })

  it("judges neither young ones nor those that are not active", () => {
    assert.deepStrictEqual(run([balancer("application", { createdAt: daysAgo(89) })]).tooYoung, ["app/shop/abc"])
    assert.deepStrictEqual(run([balancer("application", { state: "failed" })]).verdicts, [])
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
      "2026-11-18"
    )
  })

  it("sees an old connection in the bytes that stray flows do not explain", () => {
    const traffic = metric({ NewFlowCount: [2], ProcessedBytes: [5_000_000] })
    assert.deepStrictEqual(run([balancer("network")], { traffic, settings: { maxDailyFlows: 10 } }).flagged, [])
  })

  describe("without targets", () => {
    const bare = (type: "application" | "network" = "application") => [groupOf(balancer(type), 0)]
    const connections = { NewConnectionCount: [1, 1] }

    it("flags one that only refuses, which has to be observed", () => {
      const { flags } = run([balancer()], { targetGroups: bare(), traffic: metric(connections) })
      assert.strictEqual(flags[0]?.reason, "no_targets")
      assert.deepStrictEqual(flags[0]?.observe, { days: 7 })
      assert.strictEqual(flags[0]?.confidence, "medium")
      assert.strictEqual(flags[0]?.savings.monthlyUsd, 14.6)
      assert.deepStrictEqual(run([balancer()], { targetGroups: [], traffic: metric(connections) }).flagged, [
        "app/shop/abc: no_targets"
      ])
      assert.deepStrictEqual(
        run([balancer()], { targetGroups: bare(), traffic: metric(connections), settings: { includeNoTargets: false } })
          .flagged,
        []
      )
    })

    it("leaves one alone that answers by itself", () => {
      for (const own of ["HTTP_Redirect_Count", "HTTP_Fixed_Response_Count"]) {
        assert.deepStrictEqual(run([balancer()], { targetGroups: [], traffic: metric({ [own]: [4] }) }).verdicts, [])
      }
    })

    it("leaves one alone whose targets served within the last days: they may be off for the night", () => {
      const judged = (days: number) =>
        run([balancer("network")], {
          targetGroups: bare("network"),
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

    it("does not know without the target groups, and still sees what is idle", () => {
      const unread = { targetGroups: undefined, traffic: metric(connections) }
      assert.deepStrictEqual(run([balancer()], unread).unknown, ["app/shop/abc"])
      const idle = run([balancer()], { targetGroups: undefined })
      assert.deepStrictEqual(idle.flagged, ["app/shop/abc: idle"])
      assert.isNull(idle.flags[0]?.evidence["registeredTargets"])
    })
  })

  describe("behind PrivateLink", () => {
    const services = [{ id: "vpce-svc-1", loadBalancerArns: [balancer("network").arn] }]
    const connected = (state: string) =>
      run([balancer("network")], { services, connections: [{ serviceId: "vpce-svc-1", state }] })

    it("leaves one alone that has a live connection", () => {
      assert.deepStrictEqual(connected("Available").verdicts, [])
      assert.deepStrictEqual(connected("PendingAcceptance").verdicts, [])
    })

    it("flags one whose connections have ended, and names the service", () => {
      const { flags } = connected("Deleted")
      assert.deepStrictEqual(flags[0]?.evidence["endpointServices"], ["vpce-svc-1"])
      const others = run([balancer("network")], {
        services,
        connections: [{ serviceId: "vpce-svc-2", state: "Available" }]
      })
      assert.deepStrictEqual(others.flagged, ["net/shop/abc: idle"])
    })

    it("does not know while services or connections cannot be read, unless it cannot have any", () => {
      assert.deepStrictEqual(run([balancer("gateway")], { services: undefined, connections: undefined }).unknown, [
        "gwy/shop/abc"
      ])
      assert.deepStrictEqual(run([balancer("network")], { services, connections: undefined }).unknown, ["net/shop/abc"])
      assert.deepStrictEqual(run([balancer("network")], { connections: undefined }).flagged, ["net/shop/abc: idle"])
      assert.deepStrictEqual(run([balancer()], { services: undefined, connections: undefined }).flagged, [
        "app/shop/abc: idle"
      ])
    })
  })

  it("names the Kubernetes object that would make it again", () => {
    const ownerOf = (tags: Tags) =>
      run([balancer()], { tags: new Map([[balancer().arn, tags]]) }).flags[0]?.evidence["kubernetesOwner"]
    assert.strictEqual(
      ownerOf({ "elbv2.k8s.aws/cluster": "blue", "ingress.k8s.aws/stack": "shop/web" }),
      "shop/web in cluster blue"
    )
    assert.strictEqual(
      ownerOf({ "kubernetes.io/cluster/green": "owned", "kubernetes.io/service-name": "shop/api" }),
      "shop/api in cluster green"
    )
    assert.isNull(ownerOf({ team: "shop" }))
  })

  it("asks for details of candidates only", () => {
    const busy = balancer("application", { arn: "arn:busy", path: "app/busy/1" })
    const traffic = series(({ dimensions }) => (dimensions["LoadBalancer"] === "app/busy/1" ? [9] : []))
    const data = dataOf([balancer(), busy, balancer("classic")], { traffic })
    const { details } = scan.candidates(data, contextOf(scan)) as { details: ReadonlyArray<LoadBalancer> }
    assert.deepStrictEqual(
      details.map(({ path }) => path),
      ["app/shop/abc"]
    )
  })
})
