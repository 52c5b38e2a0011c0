import { sum, term } from "../../core/finding/savings.ts"
import type { Price } from "../../core/pricing/Prices.ts"
import { daysBefore, hoursPerMonth } from "../../core/time.ts"
import * as autoscaling from "../../datasets/aws/autoscaling.ts"
import * as ec2 from "../../datasets/aws/ec2.ts"
import { blockNote, blockTerms, poolSourceOf } from "../shared/contiguousBlock.ts"
import { ask, defineScan, type Flag, hygiene, money, need, Setting, unknown } from "../Scan.ts"

type Reason = "unassociated" | "detached_eni" | "stopped_instance"

const freeOfCharge = {
  customer: "AWS does not bill addresses that the customer brought.",
  carrier: "AWS does not bill a carrier's addresses in Wavelength Zones as public IPv4 addresses.",
  outpost: "AWS does not bill the customer's own addresses on an Outpost."
} as const

const notTold =
  "AWS did not tell whose the addresses of the IPAM pool are: it bills its own and not those that the customer brought."

/** What has an address. */
interface Holder {
  readonly eni?: ec2.NetworkInterface | undefined
  readonly instance?: ec2.Instance | undefined
}

const evidenceOf = (address: ec2.Address, { eni, instance }: Holder) => ({
  publicIp: address.publicIp,
  pool: address.pool,
  networkInterface: address.networkInterfaceId ?? "none",
  networkInterfaceStatus: eni?.status ?? "none",
  instance: instance?.id ?? address.instanceId ?? "none",
  instanceState: instance?.state ?? "none",
  instanceStoppedAt: instance === undefined ? "none" : (instance.stoppedAt?.toISOString() ?? null)
})

export default defineScan({
  title: "Unused Elastic IPs",
  words: "EIP, idle public IPv4",
  why: "AWS bills every public IPv4 address by the hour, also one that nothing uses.",
  fix: "Release the address; attaching it saves nothing. It is gone then: first ask who allows it by its number.",
  docs: "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/elastic-ip-addresses-eip.html",
  scope: "regional",
  settings: {
    minObservedDays: Setting.days(1, "Days an address must be seen unused before it is confirmed"),
    includeStoppedInstances: Setting.flag(true, "Also report addresses of instances that are stopped"),
    includeDetachedEnis: Setting.flag(true, "Also report addresses on network interfaces that are attached to nothing")
  },
  reads: { addresses: ec2.addresses, interfaces: ec2.networkInterfaces, instances: ec2.instances },
  subject: "addresses",
  severityBy: "account",
  probes: { warm: autoscaling.isWarm, poolSources: ec2.ipamPoolSources },
  reasons: {
    unassociated: "The address is associated with nothing.",
    detached_eni: "The network interface that has the address is attached to nothing.",
    stopped_instance: "The instance that has the address is stopped."
  },

  judge: ({ instances, interfaces }, { now, price, settings }) => {
    const interfaceById = interfaces.by(({ id }) => id)
    const instanceById = instances.by(({ id }) => id)

    function* flag(address: ec2.Address, hourly: Price, found: Pick<Flag<Reason>, "reason" | "evidence" | "observe">) {
      const { provider } = address
      if (provider === "amazon") {
        const terms = [term("public IPv4 address", hoursPerMonth, "hours", hourly)]
        return money({ ...found, savings: sum("delete", terms) })
      }
      const source = yield* poolSourceOf(address)
      if (source === "amazon") {
        const savings = sum("delete", blockTerms(1, price), { basis: "upper_bound", note: blockNote })
        return money({ ...found, savings })
      }
      const note = source === "byoip" ? freeOfCharge.customer : provider === "ipam" ? notTold : freeOfCharge[provider]
      return hygiene({ ...found, severity: "info", note })
    }

    return function* (address) {
      if (address.serviceManaged) return
      const days = settings.minObservedDays
      if (
        address.associationId === undefined &&
        address.networkInterfaceId === undefined &&
        address.instanceId === undefined
      ) {
        const evidence = evidenceOf(address, {})
        return yield* flag(address, price("publicIpv4.idle"), { reason: "unassociated", evidence, observe: { days } })
      }
      const { networkInterfaceId } = address
      const eni = networkInterfaceId === undefined ? undefined : yield* need(interfaceById.get(networkInterfaceId))
      // The NAT gateway's own finding counts its address.
      if (eni?.type === "nat_gateway" || eni?.requesterManaged === true) return
      if (eni?.status === "available") {
        if (!settings.includeDetachedEnis) return
        const evidence = evidenceOf(address, { eni })
        return yield* flag(address, price("publicIpv4.inUse"), { reason: "detached_eni", evidence, observe: { days } })
      }
      const instanceId = eni?.instanceId ?? address.instanceId
      const instance = instanceId === undefined ? undefined : yield* need(instanceById.get(instanceId))
      if (eni === undefined && instance === undefined) {
        return unknown(`${networkInterfaceId ?? "what it is associated with"} is not visible`)
      }
      if (instance?.state !== "stopped" || instance.serviceManaged || !settings.includeStoppedInstances) return
      const since = instance.stoppedAt
      if (since !== undefined && since > daysBefore(now, days)) return
      if (yield* need(yield* ask(autoscaling.isWarm, instance))) return
      const evidence = evidenceOf(address, { eni, instance })
      return yield* flag(address, price("publicIpv4.inUse"), {
        reason: "stopped_instance",
        evidence,
        observe: { days, since }
      })
    }
  }
})
