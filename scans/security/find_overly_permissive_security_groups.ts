import type { Severity } from "../../core/finding/Finding.ts"
import { known, type Reading, unknown as notKnown } from "../../core/Reading.ts"
import * as ec2 from "../../datasets/aws/ec2.ts"
import * as elb from "../../datasets/aws/elb.ts"
import * as securityGroups from "../../datasets/aws/securityGroups.ts"
import { ask, consider, defineScan, hygiene, need, Setting, unknown } from "../Scan.ts"
import { type AddressRange, type Family, isPublicAddress, openFamilies, rangeOf } from "../shared/addressRanges.ts"
import { worst } from "../shared/worst.ts"

const lastPort = 65_535

/** What a rule lets in, in numbers. */
interface Opening {
  /** `tcp`, `udp`, `icmp`, the number of another protocol, or `all`. */
  readonly protocol: string
  readonly from: number
  readonly to: number
  readonly ranges: ReadonlyArray<AddressRange>
  /** The other side as the rule writes it. */
  readonly sources: ReadonlyArray<string>
}

/** The protocols that EC2 knows by name, by their numbers. Source: the EC2 API reference, `IpProtocol`. */
const names: Readonly<Record<string, string>> = { "-1": "all", "1": "icmp", "6": "tcp", "17": "udp", "58": "icmp" }

const protocolOf = (protocol: string): string => {
  const lower = protocol.toLowerCase()
  return lower === "icmpv6" ? "icmp" : (names[lower] ?? lower)
}

const hasPorts = (protocol: string): boolean => protocol === "tcp" || protocol === "udp"

const isAllPorts = ({ from, protocol, to }: Opening): boolean =>
  protocol === "all" || (hasPorts(protocol) && from === 0 && to === lastPort)

/** Whether an opening lets in whatever another one does. */
const covers = (one: Opening, protocol: string, from: number, to: number): boolean =>
  one.protocol === "all" || (one.protocol === protocol && one.from <= from && to <= one.to)

const portsOf = ({ from, protocol, to }: Opening): string =>
  protocol === "all"
    ? "all traffic"
    : !hasPorts(protocol)
      ? protocol === "icmp"
        ? "icmp"
        : `protocol ${protocol}`
      : `${protocol} ${from === to ? from : `${from}-${to}`}`

type Kind = "all_ports" | "sensitive_port" | "other_port" | "web_port" | "icmp"

/** From the worst on. */
const kinds: ReadonlyArray<Kind> = ["all_ports", "sensitive_port", "other_port", "web_port", "icmp"]

/** What has a group: a network interface, or a load balancer as its own list tells it. */
interface Holder {
  /** `load balancer`, or the type of the interface. */
  readonly what: string
  /** The families of addresses under which the internet could find it. */
  readonly families: ReadonlyArray<Family>
  /** Its subnet, where it is told, and its VPC. */
  readonly networks: ReadonlyArray<string>
}

const balancerName = "load balancer"

const holderOfInterface = (own: ec2.NetworkInterface): Holder => ({
  // EC2 says of whom an interface is in its description alone.
  what: own.requesterManaged && own.description.startsWith("ELB ") ? balancerName : own.type,
  families: [
    ...(own.publicIps.length > 0 ? ["ipv4" as const] : []),
    ...(own.ipv6Addresses.some(isPublicAddress) ? ["ipv6" as const] : [])
  ],
  networks: [own.subnetId, own.vpcId].flatMap((id) => id ?? [])
})

const holderOfBalancer = ({ scheme, vpcId }: elb.LoadBalancer): Holder => ({
  what: balancerName,
  families: scheme.toLowerCase() === "internet-facing" ? ["ipv4"] : [],
  networks: vpcId === undefined ? [] : [vpcId]
})

export default defineScan({
  title: "Security groups open to the world",
  words: "SG, 0.0.0.0/0, open SSH, firewall rules",
  why: "Whatever the internet can reach is tried by strangers within minutes; open administration and database ports are the usual way in.",
  fix: "Narrow the rule to the addresses that need it, or use Session Manager, a VPN or another group as the source. Look at flow logs first: someone may rely on it.",
  docs: "https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html",
  scope: "regional",
  settings: {
    sensitivePorts: Setting.list(
      // Administration, file sharing, databases, caches, search, container engines. Source: shared/scans.md, block of the scan.
      "22 3389 23 21 445 135 1433 1521 3306 5432 6379 9200 9300 11211 27017 5601 2375 2376 10250".split(" "),
      "Ports that nobody should reach from the internet"
    ),
    webPorts: Setting.list(["80", "443"], "Ports that load balancers are there to open"),
    maxIpv4Prefix: Setting.count(8, "An IPv4 range of so many leading bits, or fewer, is everyone", { maximum: 32 }),
    includeUnattached: Setting.flag(true, "Also report groups that nothing has")
  },
  reads: { groups: securityGroups.groups, interfaces: ec2.networkInterfaces, balancers: elb.balancers },
  subject: "groups",
  probes: {
    prefixLists: securityGroups.prefixLists,
    prefixListEntries: securityGroups.prefixListEntries,
    internetBlock: securityGroups.internetBlock
  },
  reasons: {
    all_ports: "Everyone may send to every port.",
    sensitive_port: "Everyone may reach a port for administration, files or data.",
    other_port: "Everyone may reach a port that is not one of the web.",
    web_port: "Everyone may reach a port of the web, which is what load balancers are for.",
    icmp: "Everyone may send ICMP, such as ping."
  },

  judge: ({ balancers, interfaces }, { scope, settings }) => {
    const { includeUnattached, maxIpv4Prefix } = settings
    const sensitive = settings.sensitivePorts.map(Number)
    const web = new Set(settings.webPorts.map(Number))
    const interfacesOf = interfaces.by(({ securityGroupIds }) => securityGroupIds)
    const balancersOf = balancers.by(({ securityGroupIds }) => securityGroupIds)

    /** What the prefix lists of a rule hold, without those of AWS's own services. */
    function* rangesOfLists(ids: ReadonlyArray<string>) {
      const cidrs: Array<string> = []
      for (const id of ids) {
        const lists = yield* ask(securityGroups.prefixLists, undefined)
        if (!lists.known) return lists
        const own = lists.value.get(id)
        if (own === undefined) return notKnown(`the prefix list ${id} is not visible`)
        if (own.ownerId.toUpperCase() === "AWS") continue
        const entries = yield* ask(securityGroups.prefixListEntries, own)
        if (!entries.known) return entries
        cidrs.push(...entries.value)
      }
      return known(cidrs)
    }

    /** Which kinds of ports are open to everyone, and over which families of addresses. */
    const opened = (openings: ReadonlyArray<Opening>) => {
      const open = (protocol: string, from: number, to: number) =>
        openFamilies(
          openings.flatMap((one) => (covers(one, protocol, from, to) ? one.ranges : [])),
          maxIpv4Prefix
        )
      const found = new Map<Kind, Set<Family>>()
      const add = (kind: Kind, families: ReadonlySet<Family>) => {
        if (families.size > 0) found.set(kind, (found.get(kind) ?? new Set()).union(families))
      }
      const shown = new Set<string>()
      for (const one of openings) {
        const families = open(one.protocol, one.from, one.to)
        if (families.size === 0) continue
        for (const source of one.sources) shown.add(`${portsOf(one)} from ${source}`)
        const ports = sensitive.filter((port) => hasPorts(one.protocol) && one.from <= port && port <= one.to)
        if (isAllPorts(one)) add("all_ports", families)
        else if (one.protocol === "icmp") add("icmp", families)
        else if (ports.length > 0) add("sensitive_port", families)
        else if (hasPorts(one.protocol) && one.from === one.to && web.has(one.from)) add("web_port", families)
        else add("other_port", families)
      }
      // Halves of the world may stand in rules of different ports that share a sensitive one.
      for (const protocol of ["tcp", "udp"]) {
        for (const port of sensitive) {
          const families = open(protocol, port, port)
          if (families.size === 0 || found.has("all_ports")) continue
          add("sensitive_port", families)
          for (const one of openings) {
            if (covers(one, protocol, port, port))
              for (const source of one.sources) shown.add(`${portsOf(one)} from ${source}`)
          }
        }
      }
      return { found, shown: [...shown] }
    }

    return function* (group) {
      // Its owner is told.
      if (group.ownerId !== scope.account) return
      const openings: Array<Opening> = []
      let gap: Reading<unknown> = known(undefined)
      for (const rule of group.inbound) {
        const told = yield* rangesOfLists(rule.prefixListIds)
        if (!told.known) gap = told
        const listed = told.known ? told.value : []
        const cidrs = [...rule.cidrs, ...listed]
        const ranges = cidrs.map(rangeOf)
        if (ranges.includes(undefined)) return unknown("a rule names a range of addresses that is not understood")
        const protocol = protocolOf(rule.protocol)
        openings.push({
          protocol,
          from: hasPorts(protocol) ? (rule.fromPort ?? 0) : 0,
          to: hasPorts(protocol) ? (rule.toPort ?? lastPort) : lastPort,
          ranges: ranges.flatMap((range) => range ?? []),
          sources: [...rule.cidrs, ...(listed.length === 0 ? [] : rule.prefixListIds)]
        })
      }
      const { found, shown } = opened(openings)
      const reasons = kinds.filter((kind) => found.has(kind))
      const [first, ...others] = reasons
      if (first === undefined) {
        yield* need(gap)
        return
      }
      yield* consider(gap)

      const holders = [
        ...interfacesOf.found(group.id).map(holderOfInterface),
        ...balancersOf.found(group.id).map(holderOfBalancer)
      ]
      const isAttached = holders.length > 0 || (yield* need(interfacesOf.has(group.id)))
      if (!isAttached && !includeUnattached) return
      const open = new Set([...found.values()].flatMap((families) => [...families]))
      const addressed = holders.filter(({ families }) => families.some((family) => open.has(family)))
      let reached = addressed
      let internetBlock: string | null = "not asked"
      if (reached.length > 0) {
        const block = yield* consider(yield* ask(securityGroups.internetBlock, undefined))
        internetBlock = block === undefined ? null : block.blocksIngress ? "on" : "off"
        const isExcluded = ({ networks }: Holder) => networks.some((id) => block?.excluded.includes(id))
        // What may be kept out is not known to be reached.
        if (block === undefined) reached = []
        else if (block.blocksIngress) reached = reached.filter(isExcluded)
      }
      const isOfBalancers = addressed.length > 0 && addressed.every(({ what }) => what === balancerName)
      // Another page may have one that is reached, or that is no load balancer.
      if (reached.length === 0 || (isOfBalancers && first === "web_port")) {
        yield* consider(interfacesOf.all(group.id))
        yield* consider(balancersOf.all(group.id))
      }
      const exposed = new Set(reached.flatMap(({ families }) => families))

      const severityOf = (kind: Kind): Severity => {
        if (kind === "icmp") return "info"
        if (!isAttached) return "low"
        const isExposed = [...exposed].some((family) => found.get(kind)?.has(family))
        if (kind === "all_ports" || kind === "sensitive_port") return isExposed ? "critical" : "high"
        // Load balancers are there for it, whether or not something else keeps the internet out.
        return kind === "web_port" && isOfBalancers ? "info" : isExposed ? "medium" : "low"
      }
      return hygiene({
        reason: [first, ...others],
        severity: worst(reasons.map(severityOf)),
        note: "Rules cost nothing.",
        evidence: {
          open: shown,
          attached: isAttached,
          // How many there are differs from night to night.
          reachedThrough: [...new Set(reached.map(({ what }) => what))].sort(),
          vpcBlockPublicAccess: internetBlock,
          vpcId: group.vpcId ?? "none",
          description: group.description
        }
      })
    }
  }
})
