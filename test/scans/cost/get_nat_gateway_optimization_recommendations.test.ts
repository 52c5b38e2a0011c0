import { assert, describe, it } from "@effect/vitest"
import type { Address } from "../../../datasets/aws/ec2.ts"
import type { NatGateway, RouteTable, Subnet, Vpc, VpcEndpoint } from "../../../datasets/aws/vpc.ts"
import scan from "../../../scans/cost/get_nat_gateway_optimization_recommendations.ts"
import { daysAgo } from "../../datasets/harness.ts"
import { gap, judge, series, silent } from "../harness.ts"

const gateway = (overrides: Partial<NatGateway> = {}): NatGateway => ({
  arn: `arn:aws:ec2:eu-west-1:111111111111:natgateway/${overrides.id ?? "nat-1"}`,
  id: "nat-1",
  state: "available",
  createdAt: daysAgo(200),
  connectivity: "public",
  availabilityMode: "zonal",
  vpcId: "vpc-1",
  subnetId: "subnet-a",
  publicIps: ["203.0.113.1"],
  activeZones: [],
  provisioned: false,
  tags: {},
  ...overrides
})

const table = (overrides: Partial<RouteTable> = {}): RouteTable => ({
  id: "rtb-1",
  vpcId: "vpc-1",
  main: false,
  subnetIds: [],
  edgeGatewayIds: [],
  routes: [{ destination: "0.0.0.0/0", gatewayId: "nat-1" }],
  ...overrides
})

const endpoint = (service: string, overrides: Partial<VpcEndpoint> = {}): VpcEndpoint => ({
  arn: `arn:aws:ec2:eu-west-1:111111111111:vpc-endpoint/vpce-${service}`,
  id: `vpce-${service}`,
  type: "Gateway",
  state: "available",
  vpcId: "vpc-1",
  serviceName: `com.amazonaws.eu-west-1.${service}`,
  createdAt: daysAgo(200),
  subnetIds: [],
  routeTableIds: ["rtb-1"],
  privateDns: false,
  restrictedByPolicy: false,
  requesterManaged: false,
  tags: {},
  ...overrides
})

const both = [endpoint("s3"), endpoint("dynamodb")]

const subnet = (letter: string): Subnet => ({
  id: `subnet-${letter}`,
  vpcId: "vpc-1",
  availabilityZone: `eu-west-1${letter}`,
  tags: {}
})

const staging: Vpc = { id: "vpc-1", isDefault: false, tags: { Environment: "Staging" } }
const production: Vpc = { id: "vpc-1", isDefault: false, tags: { Environment: "production" } }

const prices = {
  "natGateway.hour": 0.05,
  "natGateway.dataGB": 0.05,
  "publicIpv4.inUse": 0.005,
  "dataTransfer.interAzEachDirectionGB": 0.01
}

/** Days of the window, with the two hours of the run's own. */
const windowDays = 30 + 2 / 24
const daysPerMonth = 730 / 24

/** So many GB a month in all: a third of it out, the rest back. */
const carrying = (gb: Readonly<Record<string, number>>) =>
  series(({ dimensions, metric }) => {
    const total = (gb[dimensions["NatGatewayId"] ?? ""] ?? 0) * 2 ** 30 * (windowDays / daysPerMonth)
    return Array.from({ length: 31 }, () => ((metric === "BytesOutToDestination" ? 1 / 3 : 2 / 3) * total) / 31)
  })

interface Options {
  readonly traffic?: typeof silent
  readonly back?: typeof silent
  readonly tables?: unknown
  readonly endpoints?: unknown
  readonly subnets?: unknown
  readonly vpcs?: unknown
  readonly addresses?: unknown
  readonly settings?: Record<string, number | Record<string, ReadonlyArray<string>>>
}

const run = (gateways: unknown, options: Options = {}) => {
  const traffic = options.traffic ?? carrying({ "nat-1": 300 })
  return judge(
    scan,
    {
      gateways,
      routeTables: options.tables ?? [table()],
      endpoints: options.endpoints ?? both,
      subnets: options.subnets ?? [subnet("a"), subnet("b")],
      vpcs: options.vpcs ?? [production],
      addresses: options.addresses ?? [],
      traffic
    },
    {
      prices,
      answers: { back: () => options.back ?? traffic },
      ...(options.settings === undefined ? {} : { settings: options.settings })
    }
  )
}

describe("get_nat_gateway_optimization_recommendations", () => {
  it("leaves a gateway alone that has its endpoints and serves its own zone", () => {
    const judged = run([gateway()], { tables: [table({ subnetIds: ["subnet-a"] })] })
    assert.deepStrictEqual([judged.flagged, judged.unknown], [[], []])
    assert.deepStrictEqual(judged.asked, ["back nat-1"])
  })

  it("leaves what carries nothing to another scan, and asks nothing about it", () => {
    const judged = run([gateway()], { traffic: carrying({}), endpoints: [] })
    assert.deepStrictEqual([judged.flagged, judged.asked], [[], []])
  })

  it("waits until a gateway has as many days as it is judged by, and leaves out what is going away", () => {
    assert.deepStrictEqual(run([gateway({ createdAt: daysAgo(29) })], { endpoints: [] }).tooYoung, ["nat-1"])
    assert.deepStrictEqual(run([gateway({ state: "deleted" })], { endpoints: [] }).flagged, [])
    assert.deepStrictEqual(
      run([gateway({ createdAt: daysAgo(29) })], { endpoints: [], settings: { lookbackDays: 20 } }).flagged,
      ["nat-1: missing_gateway_endpoint"]
    )
  })

  it("does not know a gateway with provisioned bandwidth, or without its traffic", () => {
    assert.deepStrictEqual(run([gateway({ provisioned: true })]).unknown, ["nat-1"])
    for (const told of [silent, series(() => undefined)]) {
      assert.deepStrictEqual(run([gateway()], { traffic: told }).unknown, ["nat-1"])
      assert.deepStrictEqual(run([gateway()], { back: told }).unknown, ["nat-1"])
    }
  })

  describe("missing endpoints", () => {
    it("are told table by table, with what the gateway processes and no saving", () => {
      const tables = [table(), table({ id: "rtb-2" }), table({ id: "rtb-3", routes: [] })]
      const { flags } = run([gateway()], { tables, endpoints: [endpoint("s3")] })
      assert.deepStrictEqual(flags[0]?.reasons, ["missing_gateway_endpoint"])
      assert.deepInclude(flags[0], { kind: "hygiene", severity: "low", savings: null })
      assert.deepInclude(flags[0]?.evidence, {
        gbOutMonthly: 100,
        gbBackMonthly: 200,
        processingMonthlyUsd: 15,
        routes: ["rtb-1 0.0.0.0/0", "rtb-2 0.0.0.0/0"],
        tablesWithoutS3Endpoint: ["rtb-2"],
        tablesWithoutDynamoDbEndpoint: ["rtb-1", "rtb-2"],
        gatewayThatStays: "nat-1"
      })
      const much = run([gateway()], { endpoints: [], traffic: carrying({ "nat-1": 4000 }) })
      assert.strictEqual(much.flags[0]?.severity, "medium")
    })

    it("are missing in no table whose default route leads elsewhere", () => {
      const routes = [
        { destination: "203.0.113.0/24", gatewayId: "nat-1" },
        { destination: "0.0.0.0/0", gatewayId: "nat-9" }
      ]
      assert.deepStrictEqual(run([gateway()], { endpoints: [], tables: [table({ routes })] }).flagged, [])
    })

    it("are not missing where an interface endpoint with a private name takes the traffic", () => {
      const byInterface = (privateDns: boolean) =>
        run([gateway()], {
          endpoints: [endpoint("s3", { type: "Interface", privateDns, routeTableIds: [] }), endpoint("dynamodb")]
        }).flagged
      assert.deepStrictEqual(byInterface(true), [])
      assert.deepStrictEqual(byInterface(false), ["nat-1: missing_gateway_endpoint"])
    })

    it("are missing where the endpoint is not up, or is for another service or VPC", () => {
      for (const other of [
        endpoint("s3", { state: "failed" }),
        endpoint("s3express"),
        endpoint("s3", { vpcId: "vpc-2" })
      ]) {
        assert.deepStrictEqual(run([gateway()], { endpoints: [other, endpoint("dynamodb")] }).flagged, [
          "nat-1: missing_gateway_endpoint"
        ])
      }
    })

    it("do not matter to a private gateway, to little traffic, and where no route leads to it", () => {
      const none = { endpoints: [] }
      assert.deepStrictEqual(run([gateway({ connectivity: "private", publicIps: [] })], none).flagged, [])
      assert.deepStrictEqual(run([gateway()], { ...none, traffic: carrying({ "nat-1": 9 }) }).flagged, [])
      assert.deepStrictEqual(run([gateway()], { ...none, tables: [] }).flagged, [])
      const settings = { minProcessedGb: 5 }
      assert.deepStrictEqual(run([gateway()], { ...none, traffic: carrying({ "nat-1": 9 }), settings }).flagged, [
        "nat-1: missing_gateway_endpoint"
      ])
    })

    it("matter to a regional gateway as well", () => {
      const regional = gateway({ availabilityMode: "regional", subnetId: undefined, activeZones: ["eu-west-1a"] })
      assert.deepStrictEqual(run([regional], { endpoints: [] }).flagged, ["nat-1: missing_gateway_endpoint"])
    })

    it("are not known while endpoints or tables are not all known", () => {
      assert.deepStrictEqual(run([gateway()], { endpoints: gap(both) }).unknown, ["nat-1"])
      assert.deepStrictEqual(run([gateway()], { tables: gap([table()]) }).unknown, ["nat-1"])
    })
  })

  describe("gateways that are not for production", () => {
    const pair = [gateway(), gateway({ id: "nat-2", subnetId: "subnet-b", publicIps: ["203.0.113.2"] })]
    const little = carrying({ "nat-1": 60, "nat-2": 30 })

    it("go, but for the one that carries the most", () => {
      const { flags, flagged } = run(pair, { traffic: little, vpcs: [staging] })
      assert.deepStrictEqual(flagged, ["nat-2: consolidate_nonprod"])
      assert.deepInclude(flags[0]?.savings, { basis: "estimate", claim: "rightsize" })
      // Its hours and its address, less what its 30 GB cost between zones.
      assert.strictEqual(flags[0]?.savings?.monthlyUsd, 36.5 + 3.65 - 30 * 0.02)
      assert.strictEqual(flags[0]?.evidence["gatewayThatStays"], "nat-1")
    })

    it("bill no address that the customer brought", () => {
      const own = { publicIp: "203.0.113.2", provider: "customer" } as unknown as Address
      const { flags } = run(pair, { traffic: little, vpcs: [staging], addresses: [own] })
      assert.strictEqual(flags[0]?.savings?.monthlyUsd, 35.9)
      assert.deepStrictEqual(run(pair, { traffic: little, vpcs: [staging], addresses: gap() }).unknown, ["nat-2"])
    })

    it("are told by the tags of the VPC or the gateway", () => {
      assert.deepStrictEqual(run(pair, { traffic: little }).flagged, [])
      const tagged = [pair[0]!, { ...pair[1]!, tags: { env: "dev" } }]
      assert.deepStrictEqual(run(tagged, { traffic: little }).flagged, ["nat-2: consolidate_nonprod"])
      const settings = { nonProdTag: { tier: ["play"] } }
      assert.deepStrictEqual(run(pair, { traffic: little, vpcs: [staging], settings }).flagged, [])
      const played: Vpc = { ...staging, tags: { Tier: "Play" } }
      assert.deepStrictEqual(run(pair, { traffic: little, vpcs: [played], settings }).flagged, [
        "nat-2: consolidate_nonprod"
      ])
      assert.deepStrictEqual(run(pair, { traffic: little, vpcs: gap() }).unknown, ["nat-1", "nat-2"])
    })

    it("stay with much traffic, alone, regional, beside an idle one, or beside one that is private", () => {
      const vpcs = [staging]
      const much = carrying({ "nat-1": 600, "nat-2": 101 })
      assert.deepStrictEqual(run(pair, { traffic: much, vpcs }).flagged, [])
      const settings = { consolidateBelowGb: 102 }
      assert.deepStrictEqual(run(pair, { traffic: much, vpcs, settings }).flagged, ["nat-2: consolidate_nonprod"])
      assert.deepStrictEqual(run([pair[1]], { traffic: little, vpcs }).flagged, [])
      const regional = [pair[0]!, { ...pair[1]!, availabilityMode: "regional" }]
      assert.deepStrictEqual(run(regional, { traffic: little, vpcs }).flagged, [])
      assert.deepStrictEqual(run(pair, { traffic: carrying({ "nat-1": 60 }), vpcs }).flagged, [])
      const mixed = [pair[0]!, { ...pair[1]!, connectivity: "private" }]
      assert.deepStrictEqual(run(mixed, { traffic: little, vpcs }).flagged, [])
    })

    it("are not known while a page of gateways is missing", () => {
      const judged = run(gap(pair), { traffic: little, vpcs: [staging] })
      assert.deepStrictEqual([judged.flagged, judged.unknown], [[], ["nat-1", "nat-2"]])
      assert.strictEqual(judged.status, "partial")
      assert.strictEqual(judged.stateOf(gateway({ id: "nat-9" }).arn), "unknown")
    })
  })

  describe("routes from other zones", () => {
    it("are told where the traffic is material, without a saving", () => {
      const tables = [table({ subnetIds: ["subnet-a", "subnet-b"] })]
      const { flags } = run([gateway()], { tables })
      assert.deepStrictEqual(flags[0]?.reasons, ["cross_az_route"])
      assert.deepInclude(flags[0], { kind: "hygiene", savings: null })
      assert.deepStrictEqual(flags[0]?.evidence["subnetsOfOtherZones"], ["subnet-b in eu-west-1b"])
      assert.deepStrictEqual(run([gateway()], { tables, traffic: carrying({ "nat-1": 99 }) }).flagged, [])
    })

    it("are those of the main table as well, for subnets without a table of their own", () => {
      const tables = [table({ main: true }), table({ id: "rtb-2", routes: [], subnetIds: ["subnet-a"] })]
      const endpoints = [endpoint("s3"), endpoint("dynamodb")]
      assert.deepStrictEqual(run([gateway()], { tables, endpoints }).flagged, ["nat-1: cross_az_route"])
      const own = [table({ main: true }), table({ id: "rtb-2", routes: [], subnetIds: ["subnet-b"] })]
      assert.deepStrictEqual(run([gateway()], { tables: own, endpoints }).flagged, [])
    })

    it("are not known while subnets are missing", () => {
      const tables = [table({ subnetIds: ["subnet-b"] })]
      assert.deepStrictEqual(run([gateway()], { tables, subnets: gap() }).unknown, ["nat-1"])
      assert.deepStrictEqual(run([gateway()], { tables, subnets: [] }).whyUnknown, [
        "nat-1: its subnet is not in the list of subnets"
      ])
    })
  })

  it("says every reason that there is", () => {
    const tables = [table({ subnetIds: ["subnet-b"] })]
    assert.deepStrictEqual(run([gateway()], { tables, endpoints: [] }).flagged, [
      "nat-1: missing_gateway_endpoint, cross_az_route"
    ])
    assert.strictEqual(run([]).counters.examined, 0)
  })
})
