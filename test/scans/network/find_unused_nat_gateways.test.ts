import { assert, describe, it } from "@effect/vitest"
import type { Address } from "../../../datasets/aws/ec2.ts"
import type { SeriesSpec } from "../../../datasets/metrics/SeriesSpec.ts"
import type { NatGateway, RouteTable } from "../../../datasets/aws/vpc.ts"
import scan from "../../../scans/network/find_unused_nat_gateways.ts"
import { daysAgo } from "../../datasets/harness.ts"
import { gap, judge, series, type TestPrices } from "../harness.ts"

const gateway = (overrides: Partial<NatGateway> = {}): NatGateway => ({
  arn: "arn:aws:ec2:eu-west-1:111111111111:natgateway/nat-1",
  id: "nat-1",
  state: "available",
  createdAt: daysAgo(200),
  connectivity: "public",
  availabilityMode: "zonal",
  vpcId: "vpc-1",
  subnetId: "subnet-1",
  publicIps: ["198.51.100.1"],
  activeZones: [],
  provisioned: false,
  tags: { Name: "egress" },
  ...overrides
})

const routed: RouteTable = {
  id: "rtb-1",
  vpcId: "vpc-1",
  main: false,
  subnetIds: ["subnet-2"],
  edgeGatewayIds: [],
  routes: [{ destination: "0.0.0.0/0", gatewayId: "nat-1" }]
}

const prices = { "natGateway.hour": 0.045, "publicIpv4.inUse": 0.005, "publicIpv4.contiguousBlock": 0.008 }

/** Values by metric; other series are zero. */
const traffic = (values: Record<string, ReadonlyArray<number> | undefined> = {}) =>
  series(({ metric }: SeriesSpec) => (metric in values ? values[metric] : [0, 0, 0]))

const run = (
  gateways: unknown,
  options: {
    activity?: ReturnType<typeof traffic>
    routeTables?: unknown
    addresses?: unknown
    /** Who provides the addresses of every IPAM pool; not given where AWS does not tell. */
    poolSource?: "amazon" | "byoip"
    subnets?: unknown
    settings?: Record<string, number>
    prices?: TestPrices
  } = {}
) =>
  judge(
    scan,
    {
      gateways,
      routeTables: options.routeTables ?? [],
      traffic: options.activity ?? traffic(),
      addresses: options.addresses ?? [],
      subnets: options.subnets ?? []
    },
    {
      prices: options.prices ?? prices,
      answers: {
        answers: () => options.activity ?? traffic(),
        poolSources: () =>
          options.poolSource === undefined ? undefined : new Map([["ipam-pool-1", options.poolSource]])
      },
      ...(options.settings === undefined ? {} : { settings: options.settings })
    }
  )

describe("find_unused_nat_gateways", () => {
  it("leaves gateways with traffic in either direction alone", () => {
    const inUse = ["BytesOutToDestination", "BytesOutToSource", "ActiveConnectionCount"]
    for (const metric of inUse) {
      assert.deepStrictEqual(run([gateway()], { activity: traffic({ [metric]: [0, 1, 0] }) }).flagged, [], metric)
    }
  })

  it("flags an idle gateway without a route, with its hours and its address", () => {
    const { flags } = run([gateway()], {
      subnets: [{ id: "subnet-1", vpcId: "vpc-1", availabilityZone: "eu-west-1a", tags: {} }]
    })
    assert.strictEqual(flags[0]?.reasons[0], "no_traffic_unrouted")
    assert.strictEqual(flags[0]?.confidence, "high")
    assert.strictEqual(flags[0]?.savings?.monthlyUsd, 32.85 + 3.65)
    assert.strictEqual(flags[0]?.savings?.basis, "exact")
    assert.deepStrictEqual(
      flags[0]?.savings?.terms.map(({ label, quantity }) => `${label}: ${quantity}`),
      ["NAT gateway hours: 730", "1 public address to release: 730"]
    )
    assert.deepStrictEqual(flags[0]?.evidence["availabilityZones"], ["eu-west-1a"])
    assert.isUndefined(flags[0]?.observe)
  })

  it("flags a routed gateway as well: it bills the same", () => {
    const { flags } = run([gateway()], { routeTables: [routed] })
    assert.strictEqual(flags[0]?.reasons[0], "no_traffic_routed")
    assert.strictEqual(flags[0]?.confidence, "medium")
    assert.deepStrictEqual(flags[0]?.evidence["routes"], ["rtb-1 0.0.0.0/0"])
  })

  it("counts private gateways without addresses", () => {
    const { flags } = run([gateway({ connectivity: "private", publicIps: [] })])
    assert.strictEqual(flags[0]?.savings?.monthlyUsd, 32.85)
  })

  it("counts the zones of a regional gateway, as an estimate", () => {
    const regional = gateway({
      availabilityMode: "regional",
      subnetId: undefined,
      activeZones: ["eu-west-1a", "eu-west-1b"],
      publicIps: ["198.51.100.1", "198.51.100.2", "198.51.100.3"]
    })
    const { flags } = run([regional])
    assert.strictEqual(flags[0]?.savings?.monthlyUsd, 2 * 32.85 + 3 * 3.65)
    assert.strictEqual(flags[0]?.savings?.basis, "estimate")
    assert.strictEqual(flags[0]?.savings?.terms[1]?.label, "3 public addresses to release")
    assert.strictEqual(run([{ ...regional, activeZones: [] }]).flags[0]?.savings?.terms[0]?.quantity, 730)
  })

  it("counts addresses of an Amazon-provided block at most, and none of a pool that the customer brought", () => {
    const addresses = [{ publicIp: "198.51.100.1", provider: "ipam", pool: "ipam-pool-1" } as Address]
    const [block] = run([gateway()], { addresses, poolSource: "amazon" }).flags
    assert.strictEqual(block?.savings?.monthlyUsd, 32.85 + 5.84)
    assert.strictEqual(block?.savings?.basis, "upper_bound")
    assert.match(block?.savings?.note ?? "", /every address of a contiguous block/)
    const [brought] = run([gateway()], { addresses, poolSource: "byoip" }).flags
    assert.strictEqual(brought?.savings?.monthlyUsd, 32.85)
    assert.strictEqual(brought?.savings?.basis, "exact")
    assert.isTrue(run([gateway()], { addresses }).flags[0]?.unproven)
  })

  it("does not charge for addresses that the customer brought", () => {
    const addresses = [{ publicIp: "198.51.100.1", provider: "customer" } as Address]
    assert.strictEqual(run([gateway()], { addresses }).flags[0]?.savings?.monthlyUsd, 32.85)
  })

  it("gives no figure while the price is unknown", () => {
    const { flags } = run([gateway()], { prices: { "publicIpv4.inUse": 0.005 } })
    assert.strictEqual(flags[0]?.savings?.basis, "none")
    assert.strictEqual(flags[0]?.savings?.monthlyUsd, 0)
  })

  it("skips young gateways, and those that are on their way in or out", () => {
    assert.deepStrictEqual(run([gateway({ createdAt: daysAgo(31) })]).tooYoung, ["nat-1"])
    assert.deepStrictEqual(run([gateway({ createdAt: daysAgo(33) })]).flagged, ["nat-1: no_traffic_unrouted"])
    for (const state of ["pending", "failed", "deleting", "deleted"]) {
      assert.deepStrictEqual(run([gateway({ state })]).flagged, [], state)
    }
  })

  it("says unknown when a metric is missing or refused", () => {
    for (const metric of ["BytesOutToDestination", "BytesOutToSource", "ActiveConnectionCount"]) {
      assert.deepStrictEqual(run([gateway()], { activity: traffic({ [metric]: [] }) }).unknown, ["nat-1"], metric)
      assert.deepStrictEqual(
        run([gateway()], { activity: traffic({ [metric]: undefined }) }).unknown,
        ["nat-1"],
        metric
      )
    }
  })

  it("judges the window that is set, and names the last day with traffic before it", () => {
    const busyBefore = traffic({ BytesOutToDestination: [500, ...Array.from({ length: 40 }, () => 0)] })
    assert.strictEqual(
      run([gateway()], { activity: busyBefore }).flags[0]?.evidence["lastDayWithTraffic"],
      "2026-10-11"
    )
    const settings = { lookbackDays: 41 }
    assert.deepStrictEqual(run([gateway()], { activity: busyBefore, settings }).flagged, [])
  })

  it("tolerates the bytes that maxBytes allows, and no more", () => {
    const activity = traffic({ BytesOutToDestination: [60], BytesOutToSource: [40] })
    assert.deepStrictEqual(run([gateway()], { activity, settings: { maxBytes: 100 } }).flagged, [
      "nat-1: no_traffic_unrouted"
    ])
    assert.deepStrictEqual(run([gateway()], { activity, settings: { maxBytes: 99 } }).flagged, [])
  })

  it("takes today's traffic for use, although the day is not over", () => {
    const lastMinutes = traffic({ BytesOutToDestination: [...Array.from({ length: 40 }, () => 0), 5_000_000_000] })
    const result = run([gateway()], { activity: lastMinutes })
    assert.deepStrictEqual(result.flagged, [])
    assert.strictEqual(result.stateOf(gateway().arn), "healthy")
  })

  it("asks for what came back and for connections only where nothing went out", () => {
    const busy = gateway({ id: "nat-2", arn: "arn:nat-2" })
    const activity = series(({ dimensions, metric }: SeriesSpec) =>
      dimensions["NatGatewayId"] === "nat-2" && metric === "BytesOutToDestination" ? [7] : [0]
    )
    const young = gateway({ id: "nat-3", arn: "arn:nat-3", createdAt: daysAgo(3) })
    assert.deepStrictEqual(run([gateway(), busy, young], { activity }).asked, ["answers nat-1"])
  })

  it("does not know a gateway whose routes or addresses are not all told, and the others", () => {
    const elsewhere = { ...routed, routes: [] }
    assert.deepStrictEqual(run([gateway()], { routeTables: gap([elsewhere]) }).unknown, ["nat-1"])
    assert.deepStrictEqual(run([gateway()], { addresses: gap([]) }).unknown, ["nat-1"])
    const addresses = gap([{ publicIp: "198.51.100.1", provider: "amazon" } as Address])
    assert.strictEqual(run([gateway()], { addresses }).flags[0]?.savings?.monthlyUsd, 36.5)
    const without = gateway({ publicIps: [] })
    assert.deepStrictEqual(run([without], { addresses: gap() }).flagged, ["nat-1: no_traffic_unrouted"])
    const busy = run([gateway()], {
      addresses: gap(),
      routeTables: gap(),
      activity: traffic({ BytesOutToSource: [1] })
    })
    assert.strictEqual(busy.stateOf(gateway().arn), "healthy")
    assert.strictEqual(busy.status, "partial")
  })

  it("only shows less where the subnets are not told", () => {
    const { flags } = run([gateway()], { subnets: gap() })
    assert.strictEqual(flags[0]?.evidence["availabilityZones"], null)
    assert.strictEqual(flags[0]?.savings?.monthlyUsd, 36.5)
  })

  it("judges the gateways that were listed before the list broke off, and does not take the others for gone", () => {
    const result = run(gap([gateway()]))
    assert.deepStrictEqual(result.flagged, ["nat-1: no_traffic_unrouted"])
    assert.strictEqual(result.stateOf("arn:elsewhere"), "unknown")
  })
})
