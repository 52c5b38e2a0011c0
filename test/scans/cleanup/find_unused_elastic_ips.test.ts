import { assert, describe, it } from "@effect/vitest"
import type { Address, Instance, NetworkInterface } from "../../../datasets/aws/ec2.ts"
import scan from "../../../scans/cleanup/find_unused_elastic_ips.ts"
import { daysAgo } from "../../datasets/harness.ts"
import { judge } from "../harness.ts"

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
    interfaces?: ReadonlyArray<NetworkInterface>
    instances?: ReadonlyArray<Instance>
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

describe("find_unused_elastic_ips", () => {
  it("leaves addresses of running instances and of services alone", () => {
    const used = [onEni(), onEni({ id: "eipalloc-2", networkInterfaceId: "eni-2" })]
    const lambda = eni({ id: "eni-2", instanceId: undefined })
    assert.deepStrictEqual(run(used, { interfaces: [eni(), lambda], instances: [instance()] }).verdicts, [])
  })

  it("flags an unassociated address, which has to be observed for a day", () => {
    const [flag] = run([address({ tags: { Name: "mail" } })]).flags
    assert.strictEqual(flag?.reason, "unassociated")
    assert.deepStrictEqual(flag?.observe, { days: 1 })
    assert.strictEqual(flag?.savings.monthlyUsd, 3.65)
    assert.strictEqual(flag?.savings.basis, "exact")
    assert.strictEqual(flag?.savings.claim, "delete")
    assert.strictEqual(flag?.savings.terms[0]?.price.fact, "publicIpv4.idle")
    assert.isUndefined(flag?.severity)
    assert.strictEqual(flag?.resource.name, "mail")
    assert.strictEqual(flag?.evidence["publicIp"], "198.51.100.1")
  })

  it("flags an address on a network interface that is attached to nothing", () => {
    const interfaces = [eni({ status: "available", instanceId: undefined })]
    const { flags } = run([onEni()], { interfaces, settings: { minObservedDays: 3 } })
    assert.strictEqual(flags[0]?.reason, "detached_eni")
    assert.deepStrictEqual(flags[0]?.observe, { days: 3 })
    assert.strictEqual(flags[0]?.savings.terms[0]?.price.fact, "publicIpv4.inUse")
    assert.strictEqual(flags[0]?.evidence["networkInterfaceStatus"], "available")
    assert.deepStrictEqual(run([onEni()], { interfaces, settings: { includeDetachedEnis: false } }).verdicts, [])
  })

  it("flags an address of an instance that has been stopped for a day", () => {
    const stopped = (days: number | undefined) => ({
      interfaces: [eni()],
      instances: [instance({ state: "stopped", stoppedAt: days === undefined ? undefined : daysAgo(days) })]
    })
    const { flags } = run([onEni()], stopped(2))
    assert.strictEqual(flags[0]?.reason, "stopped_instance")
    assert.deepStrictEqual(flags[0]?.observe, { days: 1, since: daysAgo(2) })
    assert.strictEqual(flags[0]?.savings.monthlyUsd, 3.65)
    assert.deepStrictEqual(run([onEni()], stopped(0.5)).verdicts, [])
    assert.deepStrictEqual(run([onEni()], stopped(undefined)).flags[0]?.observe, { days: 1, since: undefined })
    assert.deepStrictEqual(run([onEni()], { ...stopped(2), settings: { includeStoppedInstances: false } }).verdicts, [])
  })

  it("counts the address of a NAT gateway with the gateway", () => {
    for (const status of ["in-use", "available"]) {
      const interfaces = [eni({ type: "nat_gateway", status, instanceId: undefined })]
      assert.deepStrictEqual(run([onEni()], { interfaces }).verdicts, [])
    }
  })

  it("leaves what services hold alone", () => {
    assert.deepStrictEqual(run([address({ serviceManaged: true })]).verdicts, [])
    const requester = eni({ status: "available", requesterManaged: true })
    assert.deepStrictEqual(run([onEni()], { interfaces: [requester] }).verdicts, [])
    const managed = instance({ state: "stopped", stoppedAt: daysAgo(9), serviceManaged: true })
    assert.deepStrictEqual(run([onEni()], { interfaces: [eni()], instances: [managed] }).verdicts, [])
  })

  it("does not judge an address whose network interface it cannot see", () => {
    assert.deepStrictEqual(run([onEni()]).unknown, ["eipalloc-1"])
  })

  it("reports addresses that AWS does not bill, without a saving", () => {
    for (const provider of ["customer", "carrier", "outpost"] as const) {
      const { flags } = run([address({ provider, pool: "ipv4pool-ec2-1" })])
      assert.strictEqual(flags[0]?.reason, "unassociated")
      assert.strictEqual(flags[0]?.savings.basis, "none")
      assert.strictEqual(flags[0]?.savings.monthlyUsd, 0)
    }
  })

  it("raises the severity when the addresses cost $20 a month together", () => {
    const many = (count: number) => Array.from({ length: count }, (_, index) => address({ id: `eipalloc-${index}` }))
    // Five addresses cost $18.25, six $21.90.
    assert.isTrue(run(many(5)).flags.every(({ severity }) => severity === undefined))
    assert.isTrue(run(many(6)).flags.every(({ severity }) => severity === "medium"))
    const { flags } = run([...many(6), address({ id: "eipalloc-own", provider: "customer" })])
    assert.isUndefined(flags.find(({ resource }) => resource.id === "eipalloc-own")?.severity)
  })

  it("gives no figure where the price is unknown", () => {
    const { flags } = run([address()], { prices: {} })
    assert.strictEqual(flags[0]?.savings.basis, "none")
  })
})
