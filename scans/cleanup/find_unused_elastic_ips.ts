import { noSavings, sum, term } from "../../core/finding/savings.ts"
import type { Price } from "../../core/pricing/Prices.ts"
import { daysBefore, hoursPerMonth } from "../../core/time.ts"
import * as ec2 from "../../datasets/aws/ec2.ts"
import { nameOf } from "../../datasets/aws/tags.ts"
import { defineScan, flag, Setting, unknown, type Verdict } from "../Scan.ts"

type Reason = "unassociated" | "detached_eni" | "stopped_instance"

/** USD a month for all addresses of the scope, from which each is of medium severity. Source: shared/scans.md 1. */
const mediumFromUsd = 20

const freeOfCharge = {
  customer: "AWS does not bill addresses that the customer brought.",
  carrier: "AWS does not bill a carrier's addresses in Wavelength Zones as public IPv4 addresses.",
  outpost: "AWS does not bill the customer's own addresses on an Outpost."
} as const

export default defineScan({
  title: "Unused Elastic IPs",
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
  subjects: ["addresses"],
  reasons: {
    unassociated: "The address is associated with nothing.",
    detached_eni: "The network interface that has the address is attached to nothing.",
    stopped_instance: "The instance that has the address is stopped."
  },

  judge: ({ addresses, instances, interfaces }, { now, price, settings }) => {
    const interfaceById = new Map(interfaces.map((eni) => [eni.id, eni]))
    const instanceById = new Map(instances.map((instance) => [instance.id, instance]))
    const verdicts: Array<Verdict<Reason>> = []

    for (const address of addresses) {
      if (address.serviceManaged) continue
      const eni = interfaceById.get(address.networkInterfaceId ?? "")
      const instance = instanceById.get(eni?.instanceId ?? address.instanceId ?? "")
      const found = (hourly: Price) => ({
        resource: {
          type: "ec2:elastic-ip",
          id: address.id,
          arn: address.arn,
          name: nameOf(address.tags),
          tags: address.tags
        },
        savings:
          address.provider === "amazon"
            ? sum("delete", [term("public IPv4 address", hoursPerMonth, "hours", hourly)])
            : noSavings("delete", freeOfCharge[address.provider]),
        evidence: {
          publicIp: address.publicIp,
          pool: address.pool,
          networkInterface: address.networkInterfaceId ?? null,
          networkInterfaceStatus: eni?.status ?? null,
          instance: instance?.id ?? address.instanceId ?? null,
          instanceState: instance?.state ?? null,
          instanceStoppedAt: instance?.stoppedAt?.toISOString() ?? null
        }
      })

      if (address.associationId === undefined) {
        const observe = { days: settings.minObservedDays }
        verdicts.push(flag({ ...found(price("publicIpv4.idle")), reason: "unassociated", observe }))
        continue
      }
      if (eni === undefined && instance === undefined) {
        verdicts.push(
          unknown(address.id, `${address.networkInterfaceId ?? "what it is associated with"} is not visible`)
        )
        continue
      }
      // The NAT gateway's own finding counts its address.
      if (eni?.type === "nat_gateway" || eni?.requesterManaged === true || instance?.serviceManaged === true) continue
      if (eni?.status === "available") {
        if (!settings.includeDetachedEnis) continue
        const observe = { days: settings.minObservedDays }
        verdicts.push(flag({ ...found(price("publicIpv4.inUse")), reason: "detached_eni", observe }))
      } else if (instance?.state === "stopped") {
        if (!settings.includeStoppedInstances) continue
        const since = instance.stoppedAt
        if (since !== undefined && since > daysBefore(now, settings.minObservedDays)) continue
        const observe = { days: settings.minObservedDays, since }
        verdicts.push(flag({ ...found(price("publicIpv4.inUse")), reason: "stopped_instance", observe }))
      }
    }

    const flags = verdicts.filter((one) => one.verdict === "flag")
    if (flags.reduce((usd, { savings }) => usd + savings.monthlyUsd, 0) < mediumFromUsd) return verdicts
    return verdicts.map((one) =>
      one.verdict === "flag" && one.savings.monthlyUsd > 0 ? { ...one, severity: "medium" } : one
    )
  }
})
