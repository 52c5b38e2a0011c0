import { assert, describe, it } from "@effect/vitest"
import { catalogueEntry } from "../../../audit/catalogueEntry.ts"
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
  subnetId: "subnet-1",
  instanceId: "i-1",
  publicIps: ["198.51.100.1"],
  ipv6Addresses: [],
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
    /** Ids of instances in a warm pool; `denied` where AWS does not tell. */
    warm?: ReadonlyArray<string> | "denied"
    /** Who provides the addresses of every IPAM pool; not given where AWS does not tell. */
    poolSource?: "amazon" | "byoip"
    settings?: Record<string, number | boolean>
    prices?: Record<string, number>
  } = {}
) =>
  judge(
    scan,
    { addresses, interfaces: options.interfaces ?? [], instances: options.instances ?? [] },
    {
      answers: {
        warm: ({ id }: Instance) => (options.warm === "denied" ? undefined : (options.warm ?? []).includes(id)),
        poolSources: () =>
          options.poolSource === undefined ? undefined : new Map([["ipam-pool-1", options.poolSource]])
      },
      prices: options.prices ?? {
        "publicIpv4.idle": 0.005,
        "publicIpv4.inUse": 0.005,
        "publicIpv4.contiguousBlock": 0.008
      },
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
    // What it is on shows that it is in use where the association itself is left out.
    const untold = onEni({ associationId: undefined })
    isHealthy(run([untold], { interfaces: [eni()], instances: [instance()] }))
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

  it("leaves the address of an instance alone that waits in a warm pool, and does not know it where AWS did not tell", () => {
    const options = { interfaces: [eni()], instances: [instance({ state: "stopped", stoppedAt: daysAgo(2) })] }
    isHealthy(run([onEni()], { ...options, warm: ["i-1"] }))
    assert.deepStrictEqual(run([onEni()], { ...options, warm: ["i-1"] }).asked, ["warm i-1"])
    assert.deepStrictEqual(run([onEni()], { ...options, warm: "denied" }).unknown, ["eipalloc-1"])
    assert.deepStrictEqual(run([onEni(), address()], { interfaces: [eni()], instances: [instance()] }).asked, [])
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

  it("prices an address of an Amazon-provided block, and calls only those free that the customer brought", () => {
    const ofPool = address({ provider: "ipam", pool: "ipam-pool-1" })
    const block = run([ofPool], { poolSource: "amazon" })
    assert.deepStrictEqual(block.asked, ["poolSources all"])
    const [amazon] = block.flags
    assert.strictEqual(amazon?.kind, "money")
    assert.strictEqual(amazon?.savings?.monthlyUsd, 5.84)
    assert.strictEqual(amazon?.savings?.basis, "upper_bound")
    assert.match(amazon?.savings?.note ?? "", /every address of a contiguous block/)
    const [brought] = run([ofPool], { poolSource: "byoip" }).flags
    assert.strictEqual(brought?.kind, "hygiene")
    assert.strictEqual(brought?.note, "AWS does not bill addresses that the customer brought.")
    // Unused it is in any case; what it costs is not known.
    const [untold] = run([ofPool]).flags
    assert.deepStrictEqual([untold?.kind, untold?.unproven], ["hygiene", true])
    assert.match(untold?.note ?? "", /did not tell/)
    // A pool of another account is not in the list.
    const [foreign] = run([address({ provider: "ipam", pool: "ipam-pool-2" })], { poolSource: "amazon" }).flags
    assert.deepStrictEqual([foreign?.kind, foreign?.unproven], ["hygiene", true])
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

it("leaves its severity to the account's total", () => {
  assert.strictEqual(catalogueEntry("find_unused_elastic_ips", "cleanup", scan).severityBy, "account")
})
