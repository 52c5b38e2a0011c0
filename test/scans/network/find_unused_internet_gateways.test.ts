import { assert, describe, it } from "@effect/vitest"
import type { NetworkInterface } from "../../../datasets/aws/ec2.ts"
import type { InternetGateway, RouteTable, Vpc } from "../../../datasets/aws/vpc.ts"
import scan from "../../../scans/network/find_unused_internet_gateways.ts"
import { gap, judge } from "../harness.ts"

const gateway = (id: string, vpcId: string | undefined): InternetGateway => ({
  arn: `arn:aws:ec2:eu-west-1:111111111111:internet-gateway/${id}`,
  id,
  vpcId,
  egressOnly: id.startsWith("eigw"),
  tags: { Name: id }
})

const table = (overrides: Partial<RouteTable> = {}): RouteTable => ({
  id: "rtb-1",
  vpcId: "vpc-1",
  main: true,
  subnetIds: [],
  edgeGatewayIds: [],
  routes: [],
  ...overrides
})

const routeTo = (gatewayId: string) => table({ routes: [{ destination: "0.0.0.0/0", gatewayId }] })

const defaultVpc: Vpc = { id: "vpc-1", isDefault: true, tags: {} }

const interfaceIn = (vpcId: string, ...publicIps: ReadonlyArray<string>) => ({ vpcId, publicIps }) as NetworkInterface

const run = (
  gateways: unknown,
  options: {
    routeTables?: unknown
    interfaces?: unknown
    vpcs?: unknown
    settings?: Record<string, number | boolean>
  } = {}
) =>
  judge(
    scan,
    {
      gateways,
      routeTables: options.routeTables ?? [],
      vpcs: options.vpcs ?? [defaultVpc],
      interfaces: options.interfaces ?? []
    },
    { settings: options.settings ?? {} }
  )

const unrouted = { includeAttachedUnrouted: true }

describe("find_unused_internet_gateways", () => {
  it("leaves attached gateways alone", () => {
    assert.deepStrictEqual(run([gateway("igw-1", "vpc-1")]).flagged, [])
  })

  it("flags a detached gateway for free, once it was seen so for a week", () => {
    const { flags } = run([gateway("igw-1", undefined)])
    assert.strictEqual(flags[0]?.reasons[0], "detached")
    assert.deepStrictEqual(flags[0]?.observe, { days: 7 })
    assert.strictEqual(flags[0]?.kind, "hygiene")
    assert.strictEqual(flags[0]?.savings, null)
    assert.strictEqual(flags[0]?.severity, "info")
    assert.strictEqual(flags[0]?.note, "An internet gateway costs nothing.")
    assert.deepStrictEqual(run([gateway("igw-1", undefined)], { settings: { minObservedDays: 3 } }).flags[0]?.observe, {
      days: 3
    })
  })

  it("flags an attached one that nothing uses only where that is asked for, and marks the default VPC", () => {
    const gateways = [gateway("igw-1", "vpc-1"), gateway("igw-2", "vpc-2")]
    assert.deepStrictEqual(run(gateways).flagged, [])
    const { flagged, flags } = run(gateways, { settings: unrouted })
    assert.deepStrictEqual(flagged, ["igw-1: unrouted", "igw-2: unrouted"])
    assert.deepStrictEqual(
      flags.map(({ evidence }) => evidence["defaultVpc"]),
      [true, false]
    )
  })

  it("takes a route, an edge association or a public address for use, whatever it belongs to", () => {
    const used = [gateway("igw-1", "vpc-1")]
    assert.deepStrictEqual(run(used, { settings: unrouted, routeTables: [routeTo("igw-1")] }).flagged, [])
    const edge = [table({ edgeGatewayIds: ["igw-1"] })]
    assert.deepStrictEqual(run(used, { settings: unrouted, routeTables: edge }).flagged, [])
    const loadBalancer = [interfaceIn("vpc-1", "198.51.100.9")]
    assert.deepStrictEqual(run(used, { settings: unrouted, interfaces: loadBalancer }).flagged, [])
    const elsewhere = [interfaceIn("vpc-2", "198.51.100.9"), interfaceIn("vpc-1")]
    assert.deepStrictEqual(run(used, { settings: unrouted, interfaces: elsewhere }).flagged, ["igw-1: unrouted"])
  })

  it("judges egress-only gateways by their routes", () => {
    const egressOnly = [gateway("eigw-1", "vpc-1"), gateway("eigw-2", "vpc-1"), gateway("eigw-3", undefined)]
    const { flagged, flags } = run(egressOnly, {
      settings: unrouted,
      routeTables: [routeTo("eigw-2")],
      interfaces: [interfaceIn("vpc-1", "198.51.100.9")]
    })
    assert.deepStrictEqual(flagged, ["eigw-1: unrouted", "eigw-3: detached"])
    assert.strictEqual(flags[0]?.resource.type, "ec2:egress-only-internet-gateway")
  })

  it("needs the routes and the addresses of an attached gateway, and of a detached one nothing", () => {
    const attached = [gateway("igw-1", "vpc-1")]
    assert.deepStrictEqual(run(attached, { settings: unrouted, routeTables: gap([]) }).unknown, ["igw-1"])
    assert.deepStrictEqual(run(attached, { settings: unrouted, interfaces: gap([]) }).unknown, ["igw-1"])
    const routed = gap([routeTo("igw-1")])
    assert.deepStrictEqual(run(attached, { settings: unrouted, routeTables: routed }).unknown, ["igw-1"])
    const egressOnly = [gateway("eigw-1", "vpc-1")]
    assert.deepStrictEqual(run(egressOnly, { settings: unrouted, interfaces: gap() }).flagged, ["eigw-1: unrouted"])
    const detached = run([gateway("igw-1", undefined)], { routeTables: gap(), interfaces: gap(), vpcs: gap() })
    assert.deepStrictEqual(detached.flagged, ["igw-1: detached"])
    assert.strictEqual(detached.flags[0]?.evidence["routes"], null)
  })

  it("tells what is not known from what is not there", () => {
    const { flags } = run([gateway("igw-1", "vpc-2")], { settings: unrouted, vpcs: gap([defaultVpc]) })
    assert.strictEqual(flags[0]?.evidence["defaultVpc"], null)
    assert.strictEqual(flags[0]?.evidence["publicInterfaces"], 0)
    assert.deepStrictEqual(flags[0]?.evidence["routes"], [])
  })
})
