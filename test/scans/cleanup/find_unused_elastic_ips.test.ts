import { assert, describe, it } from "@effect/vitest"
import type { Address, Instance, NetworkInterface } from "../../../datasets/aws/ec2.ts"
import scan from "../../../scans/cleanup/find_unused_elastic_ips.ts"
import { daysAgo } from "../../datasets/harness.ts"
import { gap, judge } from "../harness.ts"

const address = (overrides: Partial<Address> = {}): Address => ({
  arn: "arn:aws:ec2:eu-west-1:111111111111:elastic-ip/eipalloc-1",
  id: "eipalloc-1",
  publicIp: "198.51.100.1",
  associationId: undefined,
  networkInterfaceId: undefined,
  instanceId: undefined,
  pool: "amazon",
  provider: "amazon",
  serviceManaged: false,
  tags: {},
  ...overrides
})

const onEni = (overrides: Partial<Address> = {}) =>
  address({ associationId: "eipassoc-1", networkInterfaceId: "eni-1", ...overrides })

const eni = (overrides: Partial<NetworkInterface> = {}): NetworkInterface => ({
  arn: "arn:aws:ec2:eu-west-1:111111111111:network-interface/eni-1",
  id: "eni-1",
  status: "in-use",
  type: "interface",
  description: "",
  vpcId: "vpc-1",
  instanceId: "i-1",
  publicIps: ["198.51.100.1"],
  securityGroupIds: [],
  requesterManaged: false,
  ...overrides
})

const instance = (overrides: Partial<Instance> = {}) =>
  ({ id: "i-1", state: "running", stoppedAt: undefined, serviceManaged: false, ...overrides }) as Instance

const run = (
  addresses: ReadonlyArray<Address>,
  options: {
    interfaces?: unknown
    instances?: unknown
    settings?: Record<string, number | boolean>
    prices?: Record<string, number>
  } = {}
) =>
  judge(
    scan,
    { addresses, interfaces: options.interfaces ?? [], instances: options.instances ?? [] },
    {
      prices: options.prices ?? { "publicIpv4.idle": 0.005, "publicIpv4.inUse": 0.005 },
      ...(options.settings === undefined ? {} : { settings: options.settings })
    }
  )

/** Judged, and found in order. */
const isHealthy = ({ flagged, tooYoung, unknown }: ReturnType<typeof run>) =>
  assert.deepStrictEqual([...flagged, ...tooYoung, ...unknown], [])

describe("find_unused_elastic_ips", () => {
  it("leaves addresses of running instances and of services alone", () => {
    const used = [onEni(), onEni({ id: "eipalloc-2", networkInterfaceId: "eni-2" })]
    const lambda = eni({ id: "eni-2", instanceId: undefined })
    isHealthy(run(used, { interfaces: [eni(), lambda], instances: [instance()] }))
  })

  it("flags an unassociated address, which has to be observed for a day", () => {
    const [flag] = run([address({ tags: { Name: "mail" } })]).flags
    assert.strictEqual(flag?.reasons[0], "unassociated")
    assert.deepStrictEqual(flag?.observe, { days: 1 })
    assert.strictEqual(flag?.savings?.monthlyUsd, 3.65)
    assert.strictEqual(flag?.savings?.basis, "exact")
    assert.strictEqual(flag?.savings?.claim, "delete")
    assert.strictEqual(flag?.savings?.terms[0]?.price.fact, "publicIpv4.idle")
    assert.strictEqual(flag?.severity, "low")
    assert.strictEqual(flag?.resource.name, "mail")
    assert.strictEqual(flag?.evidence["publicIp"], "198.51.100.1")
  })

  it("flags an address on a network interface that is attached to nothing", () => {
    const interfaces = [eni({ status: "available", instanceId: undefined })]
    const { flags } = run([onEni()], { interfaces, settings: { minObservedDays: 3 } })
    assert.strictEqual(flags[0]?.reasons[0], "detached_eni")
    assert.deepStrictEqual(flags[0]?.observe, { days: 3 })
    assert.strictEqual(flags[0]?.savings?.terms[0]?.price.fact, "publicIpv4.inUse")
    assert.strictEqual(flags[0]?.evidence["networkInterfaceStatus"], "available")
    isHealthy(run([onEni()], { interfaces, settings: { includeDetachedEnis: false } }))
  })

  it("flags an address of an instance that has been stopped for a day", () => {
    const stopped = (days: number | undefined) => ({
      interfaces: [eni()],
      instances: [instance({ state: "stopped", stoppedAt: days === undefined ? undefined : daysAgo(days) })]
    })
    const { flags } = run([onEni()], stopped(2))
    assert.strictEqual(flags[0]?.reasons[0], "stopped_instance")
    assert.deepStrictEqual(flags[0]?.observe, { days: 1, since: daysAgo(2) })
    assert.strictEqual(flags[0]?.savings?.monthlyUsd, 3.65)
    isHealthy(run([onEni()], stopped(0.5)))
    assert.deepStrictEqual(run([onEni()], stopped(undefined)).flags[0]?.observe, { days: 1, since: undefined })
    isHealthy(run([onEni()], { ...stopped(2), settings: { includeStoppedInstances: false } }))
  })

  it("counts the address of a NAT gateway with the gateway", () => {
    for (const status of ["in-use", "available"]) {
      const interfaces = [eni({ type: "nat_gateway", status, instanceId: undefined })]
      isHealthy(run([onEni()], { interfaces }))
    }
  })

  it("leaves what services hold alone", () => {
    isHealthy(run([address({ serviceManaged: true })]))
    const requester = eni({ status: "available", requesterManaged: true })
    isHealthy(run([onEni()], { interfaces: [requester] }))
    const managed = instance({ state: "stopped", stoppedAt: daysAgo(9), serviceManaged: true })
    isHealthy(run([onEni()], { interfaces: [eni()], instances: [managed] }))
  })

  it("does not judge an address whose network interface it cannot see", () => {
    assert.deepStrictEqual(run([onEni()]).unknown, ["eipalloc-1"])
  })

  it("reports addresses that AWS does not bill, without a saving", () => {
    for (const provider of ["customer", "carrier", "outpost"] as const) {
      const { flags } = run([address({ provider, pool: "ipv4pool-ec2-1" })])
      assert.strictEqual(flags[0]?.reasons[0], "unassociated")
      assert.strictEqual(flags[0]?.kind, "hygiene")
      assert.isNull(flags[0]?.savings)
      assert.strictEqual(flags[0]?.severity, "info")
      assert.match(flags[0]?.note ?? "", /^AWS does not bill /)
    }
  })

  it("says what is none and what is not known", () => {
    const of = (judged: ReturnType<typeof run>) => {
      const { instance, instanceState, instanceStoppedAt, networkInterface } = judged.flags[0]?.evidence ?? {}
      return [networkInterface, instance, instanceState, instanceStoppedAt]
    }
    assert.deepStrictEqual(of(run([address()])), ["none", "none", "none", "none"])
    const undated = { interfaces: [eni()], instances: [instance({ state: "stopped" })] }
    assert.deepStrictEqual(of(run([onEni()], undated)), ["eni-1", "i-1", "stopped", null])
  })

  it("does not know exactly those whose interface or instance may be on a page that failed", () => {
    const addresses = [
      onEni(),
      onEni({ id: "eipalloc-2", arn: "arn:2", networkInterfaceId: "eni-2" }),
      onEni({ id: "eipalloc-3", arn: "arn:3", networkInterfaceId: "eni-3" }),
      address({ id: "eipalloc-4", arn: "arn:4" })
    ]
    const interfaces = [eni(), eni({ id: "eni-2", instanceId: "i-2" }), eni({ id: "eni-3", instanceId: undefined })]
    const stopped = instance({ state: "stopped", stoppedAt: daysAgo(2) })
    const noInstances = run(addresses, { interfaces, instances: gap([stopped]) })
    assert.deepStrictEqual(noInstances.flagged, ["eipalloc-1: stopped_instance", "eipalloc-4: unassociated"])
    assert.deepStrictEqual(noInstances.unknown, ["eipalloc-2"])
    const noInterfaces = run(addresses, { interfaces: gap([eni()]), instances: [stopped] })
    assert.deepStrictEqual(noInterfaces.flagged, ["eipalloc-1: stopped_instance", "eipalloc-4: unassociated"])
    assert.deepStrictEqual(noInterfaces.unknown, ["eipalloc-2", "eipalloc-3"])
  })

  it("gives no figure where the price is unknown", () => {
    const { flags } = run([address()], { prices: {} })
    assert.strictEqual(flags[0]?.savings?.basis, "none")
  })
})
