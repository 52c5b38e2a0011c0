import { assert, describe, it } from "@effect/vitest"
import type { NetworkInterface } from "../../../datasets/aws/ec2.ts"
import type { LoadBalancer } from "../../../datasets/aws/elb.ts"
import type { InternetBlock, SecurityGroup, SecurityGroupRule } from "../../../datasets/aws/securityGroups.ts"
import scan from "../../../scans/security/find_overly_permissive_security_groups.ts"
import { account } from "../../datasets/harness.ts"
import { gap, judge } from "../harness.ts"

const rule = (fromPort: number | undefined, cidrs: ReadonlyArray<string>, more: Partial<SecurityGroupRule> = {}) => ({
  protocol: "tcp",
  fromPort,
  toPort: fromPort,
  cidrs,
  prefixListIds: [],
  groupIds: [],
  ...more
})

const everyone = ["0.0.0.0/0"]

const group = (...inbound: ReadonlyArray<SecurityGroupRule>): SecurityGroup => ({
  arn: "arn:sg",
  id: "sg-1",
  name: "web",
  description: "the web",
  vpcId: "vpc-1",
  ownerId: account,
  inbound,
  outbound: [{ ...rule(undefined, everyone), protocol: "-1" }],
  tags: {}
})

const eni = (more: Partial<NetworkInterface> = {}): NetworkInterface => ({
  arn: "arn:eni",
  id: "eni-1",
  status: "in-use",
  type: "interface",
  description: "",
  vpcId: "vpc-1",
  subnetId: "subnet-1",
  instanceId: "i-1",
  publicIps: ["198.51.100.1"],
  ipv6Addresses: [],
  securityGroupIds: ["sg-1"],
  requesterManaged: false,
  ...more
})

const hidden = eni({ publicIps: [] })
const balancer = eni({ id: "eni-2", requesterManaged: true, description: "ELB app/web/1" })

interface World {
  readonly interfaces?: unknown
  readonly balancers?: unknown
  readonly lists?: Readonly<Record<string, { readonly ownerId: string }>> | undefined
  readonly entries?: ReadonlyArray<string> | undefined
  readonly block?: InternetBlock | undefined
  readonly settings?: Readonly<Record<string, number | boolean | ReadonlyArray<string>>>
}

const run = (groups: unknown, world: World = {}) => {
  const block = "block" in world ? world.block : { blocksIngress: false, excluded: [] }
  return judge(
    scan,
    { groups, interfaces: world.interfaces ?? [eni()], balancers: world.balancers ?? [] },
    {
      answers: {
        prefixLists: () =>
          "lists" in world && world.lists === undefined
            ? undefined
            : new Map(Object.entries(world.lists ?? {}).map(([id, own]) => [id, { id, name: id, version: 1, ...own }])),
        prefixListEntries: () => world.entries,
        internetBlock: () => block
      },
      ...(world.settings === undefined ? {} : { settings: world.settings })
    }
  )
}

/** The reasons and the severity of a single group. */
const said = (...[groups, world]: Parameters<typeof run>) => {
  const [flag] = run(groups, world).flags
  return flag === undefined ? undefined : [...flag.reasons, flag.severity].join(" ")
}

describe("find_overly_permissive_security_groups", () => {
  it("flags a port for administration that everyone may reach", () => {
    const { flags } = run([group(rule(22, everyone), rule(443, ["10.0.0.0/8"]))])
    assert.deepStrictEqual(flags[0]?.reasons, ["sensitive_port"])
    assert.deepInclude(flags[0], { kind: "hygiene", savings: null, severity: "critical", confidence: "high" })
    assert.deepStrictEqual(flags[0]?.evidence, {
      open: ["tcp 22 from 0.0.0.0/0"],
      attached: true,
      reachedThrough: ["interface"],
      vpcBlockPublicAccess: "off",
      vpcId: "vpc-1",
      description: "the web"
    })
  })

  it("counts ports as numbers: a range contains them, and a similar number is another port", () => {
    assert.strictEqual(said([group(rule(20, everyone, { toPort: 25 }))]), "sensitive_port critical")
    assert.strictEqual(said([group(rule(2200, everyone))]), "other_port medium")
    assert.strictEqual(said([group(rule(8080, everyone, { toPort: 8090 }))]), "other_port medium")
    assert.strictEqual(said([group(rule(11211, everyone, { protocol: "udp" }))]), "sensitive_port critical")
    assert.strictEqual(said([group(rule(22, everyone, { protocol: "6" }))]), "sensitive_port critical")
  })

  it("knows every way to write all ports", () => {
    for (const all of [
      rule(undefined, everyone, { protocol: "-1" }),
      rule(0, everyone, { toPort: 65535 }),
      rule(0, everyone, { toPort: 65535, protocol: "udp" })
    ]) {
      assert.strictEqual(said([group(all)]), "all_ports critical")
    }
  })

  it("takes other protocols for other ports, and ping for information", () => {
    assert.strictEqual(said([group(rule(undefined, everyone, { protocol: "50" }))]), "other_port medium")
    for (const protocol of ["icmp", "icmpv6", "1", "58"]) {
      assert.strictEqual(said([group(rule(-1, everyone, { protocol }))]), "icmp info")
    }
  })

  it("expects ports of the web to be open on load balancers, and nowhere else", () => {
    const web = [group(rule(443, everyone), rule(80, everyone))]
    assert.strictEqual(said(web, { interfaces: [balancer] }), "web_port info")
    assert.strictEqual(said(web, { interfaces: [balancer, eni()] }), "web_port medium")
    assert.strictEqual(said(web, { interfaces: [hidden] }), "web_port low")
    assert.strictEqual(said([group(rule(22, everyone))], { interfaces: [balancer] }), "sensitive_port critical")
    assert.strictEqual(said([group(rule(443, everyone), rule(22, everyone))]), "sensitive_port web_port critical")
  })

  describe("of load balancers", () => {
    const told = (scheme: string, more: Partial<LoadBalancer> = {}) =>
      ({ scheme, vpcId: "vpc-1", securityGroupIds: ["sg-1"], ...more }) as LoadBalancer
    const facing = told("internet-facing")
    const without: World = { interfaces: [], balancers: [facing] }

    it("knows from their own list who has the group, and who faces the internet", () => {
      assert.strictEqual(said([group(rule(22, everyone))], without), "sensitive_port critical")
      assert.strictEqual(said([group(rule(8080, everyone))], without), "other_port medium")
      assert.strictEqual(said([group(rule(443, everyone))], without), "web_port info")
      const [flag] = run([group(rule(22, everyone))], { interfaces: [eni()], balancers: [facing] }).flags
      assert.deepStrictEqual(flag?.evidence["reachedThrough"], ["interface", "load balancer"])
    })

    it("takes an internal one for attached and not reached, and one with other groups for nothing", () => {
      const internal = { interfaces: [], balancers: [told("internal")] }
      assert.strictEqual(said([group(rule(22, everyone))], internal), "sensitive_port high")
      const other = { interfaces: [], balancers: [told("internet-facing", { securityGroupIds: ["sg-2"] })] }
      assert.strictEqual(said([group(rule(22, everyone))], other), "sensitive_port low")
    })

    it("confirms nothing new where they are not told and nothing else is reached", () => {
      const ssh = [group(rule(22, everyone))]
      assert.isTrue(run(ssh, { interfaces: [hidden], balancers: gap() }).flags[0]?.unproven)
      assert.isFalse(run(ssh, { balancers: gap() }).flags[0]?.unproven)
    })

    it("are not known to be all that a port of the web is open on, where interfaces were not read", () => {
      const flagOf = (port: number) =>
        run([group(rule(port, everyone))], { interfaces: gap(), balancers: [facing] }).flags[0]
      assert.deepInclude(flagOf(443), { severity: "info", unproven: true })
      assert.deepInclude(flagOf(22), { severity: "critical", unproven: false })
    })

    it("knows that a VPC keeps the internet out of them", () => {
      const blocked = { blocksIngress: true, excluded: [] }
      assert.strictEqual(said([group(rule(22, everyone))], { ...without, block: blocked }), "sensitive_port high")
      const excluded = { ...without, block: { ...blocked, excluded: ["vpc-1"] } }
      assert.strictEqual(said([group(rule(22, everyone))], excluded), "sensitive_port critical")
    })
  })

  it("is less severe where nothing has a public address, and least where nothing has the group", () => {
    const ssh = [group(rule(22, everyone))]
    assert.strictEqual(said(ssh, { interfaces: [hidden] }), "sensitive_port high")
    assert.strictEqual(said(ssh, { interfaces: [] }), "sensitive_port low")
    const other = [group(rule(8080, everyone))]
    assert.strictEqual(said(other, { interfaces: [hidden] }), "other_port low")
    assert.strictEqual(said(other, { interfaces: [] }), "other_port low")
    assert.deepStrictEqual(run(ssh, { interfaces: [hidden] }).asked, [])
  })

  describe("of ranges", () => {
    it("joins them: two halves are the world", () => {
      assert.strictEqual(said([group(rule(22, ["0.0.0.0/1", "128.0.0.0/1"]))]), "sensitive_port critical")
      const quarters = ["64.0.0.0/9", "64.128.0.0/9"]
      assert.strictEqual(said([group(rule(22, quarters))]), "sensitive_port critical")
      assert.isUndefined(said([group(rule(22, quarters.slice(1)))]))
      const apart = group(rule(22, ["64.0.0.0/9"]), rule(20, ["64.128.0.0/9"], { toPort: 25 }))
      assert.strictEqual(said([apart]), "sensitive_port critical")
    })

    it("leaves private ranges and narrow ones alone", () => {
      for (const cidr of [
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "203.0.113.0/24",
        "8.0.0.0/9"
      ]) {
        assert.isUndefined(said([group(rule(22, [cidr]))]), cidr)
      }
      assert.isUndefined(said([group(rule(22, ["10.0.0.0/8", "11.0.0.0/9"]))]))
      assert.strictEqual(said([group(rule(22, ["8.0.0.0/8"]))]), "sensitive_port critical")
    })

    it("knows IPv6, where only an interface with such an address is reached", () => {
      const six = [group(rule(22, ["::/0"]))]
      assert.strictEqual(said(six), "sensitive_port high")
      const reached = eni({ publicIps: [], ipv6Addresses: ["2600:1f14::1"] })
      assert.strictEqual(said(six, { interfaces: [reached] }), "sensitive_port critical")
      assert.strictEqual(said(six, { interfaces: [eni({ ipv6Addresses: ["fd00::1"] })] }), "sensitive_port high")
      for (const cidr of ["fd00::/8", "2600:1f14::/35", "fe80::/10"])
        assert.isUndefined(said([group(rule(22, [cidr]))]))
      assert.strictEqual(said([group(rule(22, ["2000::/3"]))]), "sensitive_port high")
    })

    it("does not know a group with a range that it does not understand", () => {
      assert.deepStrictEqual(run([group(rule(22, ["everywhere"]))]).unknown, ["sg-1"])
    })
  })

  describe("of prefix lists", () => {
    const listed = [group(rule(22, [], { prefixListIds: ["pl-1"] }))]

    it("asks what is in them, but for AWS's own", () => {
      const own = { lists: { "pl-1": { ownerId: account } } }
      const open = run(listed, { ...own, entries: ["0.0.0.0/0"] })
      assert.deepStrictEqual(open.flagged, ["sg-1: sensitive_port"])
      assert.deepStrictEqual(open.flags[0]?.evidence["open"], ["tcp 22 from pl-1"])
      assert.isUndefined(said(listed, { ...own, entries: ["203.0.113.0/24"] }))
      const aws = run(listed, { lists: { "pl-1": { ownerId: "AWS" } } })
      assert.deepStrictEqual([aws.flagged, aws.asked], [[], ["prefixLists all"]])
    })

    it("does not know the group where they are not told, unless it is open anyway", () => {
      const without: ReadonlyArray<World> = [
        { lists: undefined },
        { lists: {} },
        { lists: { "pl-1": { ownerId: account } }, entries: undefined }
      ]
      for (const world of without) {
        const judged = run(listed, world)
        assert.deepStrictEqual([judged.flagged, judged.unknown], [[], ["sg-1"]])
        assert.strictEqual(judged.stateOf("arn:sg"), "unknown")
        const both = run([group(rule(22, everyone), rule(9000, [], { prefixListIds: ["pl-1"] }))], world)
        assert.deepStrictEqual(both.flagged, ["sg-1: sensitive_port"])
        assert.isTrue(both.flags[0]?.unproven)
      }
    })
  })

  describe("where a VPC keeps the internet out", () => {
    const ssh = [group(rule(22, everyone))]
    const severity = (excluded: ReadonlyArray<string>) => said(ssh, { block: { blocksIngress: true, excluded } })

    it("is not reached, apart from what is excluded", () => {
      assert.strictEqual(severity([]), "sensitive_port high")
      assert.strictEqual(severity(["vpc-2", "subnet-2"]), "sensitive_port high")
      assert.strictEqual(severity(["vpc-1"]), "sensitive_port critical")
      assert.strictEqual(severity(["subnet-1"]), "sensitive_port critical")
    })

    it("changes nothing for ports of the web on load balancers", () => {
      const web = [group(rule(443, everyone))]
      const blocked = { blocksIngress: true, excluded: [] }
      for (const block of [blocked, undefined]) {
        assert.strictEqual(said(web, { interfaces: [balancer, hidden], block }), "web_port info")
      }
      assert.strictEqual(said(web, { block: blocked }), "web_port low")
    })

    it("is not known to be reached where that is not told", () => {
      const { flags } = run(ssh, { block: undefined })
      assert.deepInclude(flags[0], { severity: "high", unproven: true })
      assert.isNull(flags[0]?.evidence["vpcBlockPublicAccess"])
    })
  })

  it("leaves groups alone that let in nobody, their own members, or that another account owns", () => {
    assert.isUndefined(said([group()]))
    assert.isUndefined(said([group(rule(22, [], { groupIds: ["sg-1"] }))]))
    assert.isUndefined(said([{ ...group(rule(22, everyone)), ownerId: "222222222222" }]))
  })

  it("does not know what has the group where interfaces were not read, and shows what it knows of some", () => {
    const ssh = [group(rule(22, everyone))]
    for (const interfaces of [gap(), gap([])]) {
      const judged = run(ssh, { interfaces })
      assert.deepStrictEqual([judged.flagged, judged.unknown, judged.status], [[], ["sg-1"], "partial"])
      assert.strictEqual(judged.stateOf("arn:sg"), "unknown")
    }
    assert.strictEqual(said(ssh, { interfaces: gap([eni()]) }), "sensitive_port critical")
    const partly = run(ssh, { interfaces: gap([hidden]) })
    assert.deepInclude(partly.flags[0], { severity: "high", unproven: true })
  })

  it("finds nothing where there is nothing, and closes nothing where not everything was read", () => {
    assert.strictEqual(run([]).status, "complete")
    assert.strictEqual(run(gap()).status, "unavailable")
    const partial = run(gap([group(rule(22, everyone))]))
    assert.deepStrictEqual([partial.status, partial.flagged], ["partial", ["sg-1: sensitive_port"]])
    assert.strictEqual(partial.stateOf("arn:not-listed"), "unknown")
  })

  it("follows its settings", () => {
    const own = group(rule(8080, everyone), rule(22, everyone))
    assert.strictEqual(said([own], { settings: { sensitivePorts: ["8080"] } }), "sensitive_port other_port critical")
    const web = [group(rule(8080, everyone))]
    assert.strictEqual(said(web, { interfaces: [balancer], settings: { webPorts: ["8080"] } }), "web_port info")
    assert.isUndefined(said([group(rule(22, ["8.0.0.0/8"]))], { settings: { maxIpv4Prefix: 7 } }))
    assert.strictEqual(
      said([group(rule(22, ["203.0.113.7/32"]))], { settings: { maxIpv4Prefix: 32 } }),
      "sensitive_port critical"
    )
    assert.strictEqual(said([group(rule(22, everyone))], { settings: { maxIpv4Prefix: 0 } }), "sensitive_port critical")
    assert.isUndefined(said([own], { interfaces: [], settings: { includeUnattached: false } }))
  })
})
