import { assert, describe, it } from "@effect/vitest"
import type { SeriesSpec } from "../../../datasets/metrics/SeriesSpec.ts"
import type { Subnet, VpcEndpoint } from "../../../datasets/aws/vpc.ts"
import scan from "../../../scans/network/find_unused_vpc_endpoints.ts"
import { daysAgo } from "../../datasets/harness.ts"
import { gap, judge, series } from "../harness.ts"

const endpoint = (overrides: Partial<VpcEndpoint> = {}): VpcEndpoint => ({
  arn: "arn:aws:ec2:eu-west-1:111111111111:vpc-endpoint/vpce-1",
  id: "vpce-1",
  type: "Interface",
  state: "available",
  vpcId: "vpc-1",
  serviceName: "com.amazonaws.eu-west-1.sqs",
  createdAt: daysAgo(200),
  subnetIds: ["subnet-a", "subnet-b"],
  routeTableIds: [],
  privateDns: true,
  restrictedByPolicy: false,
  requesterManaged: false,
  tags: {},
  ...overrides
})

const subnets = ["a", "b", "c"].map((zone): Subnet => ({
  id: `subnet-${zone}`,
  vpcId: "vpc-1",
  availabilityZone: `eu-west-1${zone}`,
  tags: {}
}))

const prices = { "vpcEndpoint.interfaceAzHour": 0.01, "vpcEndpoint.gwlbeHour": 0.01 }

/** Bytes by endpoint, of which every byte holds a connection; others are silent. */
const traffic = (bytes: Record<string, ReadonlyArray<number> | undefined> = {}) =>
  series(({ dimensions }: SeriesSpec) => {
    const id = dimensions["VPC Endpoint Id"] ?? ""
    return id in bytes ? bytes[id] : []
  })

const run = (
  endpoints: unknown,
  options: {
    activity?: ReturnType<typeof series>
    published?: unknown
    subnets?: unknown
    settings?: Record<string, number | boolean>
  } = {}
) =>
  judge(
    scan,
    {
      endpoints,
      published: options.published ?? new Map(),
      traffic: options.activity ?? traffic(),
      subnets: options.subnets ?? subnets
    },
    {
      prices,
      answers: { connections: () => options.activity ?? traffic() },
      ...(options.settings === undefined ? {} : { settings: options.settings })
    }
  )

describe("find_unused_vpc_endpoints", () => {
  it("leaves endpoints with traffic alone", () => {
    assert.deepStrictEqual(run([endpoint()], { activity: traffic({ "vpce-1": [0, 9] }) }).flagged, [])
  })

  it("leaves an endpoint alone whose connections are open", () => {
    const connected = series(({ metric }) => (metric === "ActiveConnections" ? [2] : [0]))
    assert.deepStrictEqual(run([endpoint()], { activity: connected }).flagged, [])
  })

  it("flags one without traffic, with its hours in every zone", () => {
    const { flags } = run([endpoint()], { activity: traffic({ "vpce-1": [0, 0] }) })
    assert.strictEqual(flags[0]?.reasons[0], "no_traffic")
    assert.strictEqual(flags[0]?.savings?.monthlyUsd, 14.6)
    assert.strictEqual(flags[0]?.savings?.basis, "exact")
    assert.strictEqual(flags[0]?.confidence, "high")
    assert.deepStrictEqual(flags[0]?.evidence["availabilityZones"], ["eu-west-1a", "eu-west-1b"])
  })

  it("saves nothing with one that lies in no subnet", () => {
    const { flags } = run([endpoint({ subnetIds: [] })])
    assert.deepStrictEqual(flags[0]?.reasons, ["no_traffic"])
    assert.strictEqual(flags[0]?.kind, "hygiene")
    assert.strictEqual(flags[0]?.note, "An endpoint without a subnet costs nothing.")
  })

  it("is less sure when no series was ever published", () => {
    assert.strictEqual(run([endpoint()]).flags[0]?.confidence, "medium")
  })

  it("names the last day with traffic", () => {
    const activity = traffic({ "vpce-1": [7, ...Array.from({ length: 40 }, () => 0)] })
    assert.strictEqual(run([endpoint()], { activity }).flags[0]?.evidence["lastDayWithTraffic"], "2026-10-11")
    assert.deepStrictEqual(run([endpoint()], { activity, settings: { lookbackDays: 41 } }).flagged, [])
  })

  it("reads the series that CloudWatch names, not one that it does not have", () => {
    const named = { "VPC Endpoint Id": "vpce-1", "Service Name": "as CloudWatch writes it" }
    const activity = series(({ dimensions }) => (dimensions["Service Name"] === named["Service Name"] ? [5] : []))
    assert.deepStrictEqual(run([endpoint()], { activity, published: new Map([["vpce-1", named]]) }).flagged, [])
  })

  it("prices Gateway Load Balancer endpoints by their own price", () => {
    const { flags } = run([endpoint({ type: "GatewayLoadBalancer", subnetIds: ["subnet-a"] })])
    assert.strictEqual(flags[0]?.savings?.monthlyUsd, 7.3)
    assert.strictEqual(flags[0]?.savings?.terms[0]?.price.fact, "vpcEndpoint.gwlbeHour")
  })

  it("skips endpoints that a service manages, that are not available, or that are billed otherwise", () => {
    const skipped = [
      endpoint({ requesterManaged: true }),
      endpoint({ state: "pendingacceptance" }),
      endpoint({ type: "Resource" }),
      endpoint({ type: "ServiceNetwork" })
    ]
    for (const one of skipped) {
      const result = run([one])
      assert.deepStrictEqual(result.flagged, [])
      assert.strictEqual(result.stateOf(one.arn), "healthy")
    }
  })

  it("does not judge young ones, and says unknown when CloudWatch refuses", () => {
    assert.deepStrictEqual(run([endpoint({ createdAt: daysAgo(29) })]).tooYoung, ["vpce-1"])
    assert.deepStrictEqual(run([endpoint()], { activity: traffic({ "vpce-1": undefined }) }).unknown, ["vpce-1"])
  })

  describe("duplicates", () => {
    const busy = endpoint()
    const second = endpoint({
      id: "vpce-2",
      arn: "arn:aws:ec2:eu-west-1:111111111111:vpc-endpoint/vpce-2",
      privateDns: false,
      subnetIds: ["subnet-b", "subnet-c"]
    })
    const activity = traffic({ "vpce-1": [100], "vpce-2": [5] })

    it("flags the quieter of two endpoints to one service in one VPC, for the zones that both serve", () => {
      const { flagged, flags } = run([second, busy], { activity })
      assert.deepStrictEqual(flagged, ["vpce-2: duplicate"])
      assert.strictEqual(flags[0]?.savings?.monthlyUsd, 7.3)
      assert.strictEqual(flags[0]?.savings?.basis, "estimate")
      assert.strictEqual(flags[0]?.confidence, "medium")
      assert.strictEqual(flags[0]?.evidence["otherEndpoint"], "vpce-1")
      assert.deepStrictEqual(flags[0]?.evidence["zonesServedTwice"], ["eu-west-1b"])
    })

    it("keeps the one with the private name when both are as busy", () => {
      const equal = traffic({ "vpce-1": [5], "vpce-2": [5] })
      const named = [
        { ...busy, privateDns: false },
        { ...second, privateDns: true }
      ]
      assert.deepStrictEqual(run(named, { activity: equal }).flagged, ["vpce-1: duplicate"])
      assert.deepStrictEqual(run([second, busy], { activity: equal }).flagged, ["vpce-2: duplicate"])
    })

    it("does not flag another VPC, another service, other zones or Gateway Load Balancer endpoints", () => {
      const others: ReadonlyArray<Partial<VpcEndpoint>> = [
        { vpcId: "vpc-2" },
        { serviceName: "com.amazonaws.eu-west-1.sns" },
        { subnetIds: ["subnet-c"] },
        { type: "GatewayLoadBalancer" }
      ]
      for (const other of others) {
        assert.deepStrictEqual(run([busy, { ...second, ...other }], { activity }).flagged, [], JSON.stringify(other))
      }
    })

    it("calls the one without traffic unused", () => {
      const activity = traffic({ "vpce-1": [100] })
      assert.deepStrictEqual(run([busy, second], { activity }).flagged, ["vpce-2: no_traffic"])
    })
  })

  describe("gateway endpoints", () => {
    const free = endpoint({ type: "Gateway", subnetIds: [] })

    it("are hygiene, without a saving, when no route table uses them", () => {
      const { flags } = run([free])
      assert.strictEqual(flags[0]?.reasons[0], "gateway_without_routes")
      assert.strictEqual(flags[0]?.kind, "hygiene")
      assert.strictEqual(flags[0]?.savings, null)
      assert.strictEqual(flags[0]?.severity, "info")
      assert.strictEqual(flags[0]?.note, "A gateway endpoint costs nothing.")
    })

    it("are left alone when they are routed, young or not asked for", () => {
      assert.deepStrictEqual(run([endpoint({ ...free, routeTableIds: ["rtb-1"] })]).flagged, [])
      assert.deepStrictEqual(run([endpoint({ ...free, createdAt: daysAgo(2) })]).tooYoung, ["vpce-1"])
      assert.deepStrictEqual(run([free], { settings: { includeGatewayWithoutRoutes: false } }).flagged, [])
    })
  })

  it("takes today's traffic for use", () => {
    const activity = traffic({ "vpce-1": [...Array.from({ length: 40 }, () => 0), 3] })
    assert.deepStrictEqual(run([endpoint()], { activity }).flagged, [])
  })

  it("asks for the connections only of endpoints that processed nothing", () => {
    const busy = endpoint({ id: "vpce-2", arn: "arn:vpce-2", vpcId: "vpc-2" })
    assert.deepStrictEqual(run([endpoint(), busy], { activity: traffic({ "vpce-2": [3] }) }).asked, [
      "connections vpce-1"
    ])
  })

  it("does not know an endpoint whose dimensions CloudWatch did not tell, because other ones would be silent", () => {
    const other = endpoint({ id: "vpce-2", arn: "arn:vpce-2" })
    const published = gap(new Map([["vpce-2", { "VPC Endpoint Id": "vpce-2" }]]))
    const { flagged, unknown } = run([endpoint(), other], { published })
    assert.deepStrictEqual(unknown, ["vpce-1"])
    assert.deepStrictEqual(flagged, ["vpce-2: no_traffic"])
  })

  it("does not know which of two endpoints stays while another one may be on a page that is missing", () => {
    const activity = traffic({ "vpce-1": [9] })
    assert.deepStrictEqual(run(gap([endpoint()]), { activity }).unknown, ["vpce-1"])
    assert.deepStrictEqual(run(gap([endpoint()])).flagged, ["vpce-1: no_traffic"])
    const rival = endpoint({ id: "vpce-2", arn: "arn:vpce-2" })
    const rivalUnknown = traffic({ "vpce-1": [9], "vpce-2": undefined })
    assert.deepStrictEqual(run([endpoint(), rival], { activity: rivalUnknown }).unknown, ["vpce-1", "vpce-2"])
  })

  it("needs the zones of a duplicate, and only shows them of a silent one", () => {
    const rival = endpoint({ id: "vpce-2", arn: "arn:vpce-2" })
    const activity = traffic({ "vpce-1": [9], "vpce-2": [5] })
    assert.deepStrictEqual(run([endpoint(), rival], { activity, subnets: gap() }).unknown, ["vpce-2"])
    const { flags } = run([endpoint()], { subnets: gap() })
    assert.strictEqual(flags[0]?.evidence["availabilityZones"], null)
    assert.strictEqual(flags[0]?.savings?.monthlyUsd, 14.6)
  })
})
