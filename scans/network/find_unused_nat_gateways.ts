import { sum, term } from "../../core/finding/savings.ts"
import { all } from "../../core/Reading.ts"
import { daysBefore, hoursPerMonth, isoDay } from "../../core/time.ts"
import * as ec2 from "../../datasets/aws/ec2.ts"
import { optional } from "../../datasets/engine/Dataset.ts"
import { maxDays } from "../../datasets/metrics/metrics.ts"
import { nameOf } from "../../datasets/aws/tags.ts"
import * as vpc from "../../datasets/aws/vpc.ts"
import { defineScan, flag, Setting, tooYoung, unknown } from "../Scan.ts"

export default defineScan({
  title: "NAT gateways carrying nothing",
  why: "A NAT gateway is billed by the hour and its public addresses as well, whether or not a packet passes.",
  fix: "Remove the routes that point to it, delete the gateway, then release its addresses: they stay billed on their own.",
  docs: "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html",
  scope: "regional",
  settings: {
    lookbackDays: Setting.days(32, "Days without traffic before a gateway is reported", { maximum: maxDays }),
    maxBytes: Setting.bytes(0, "Bytes processed in the window that still count as no traffic")
  },
  reads: {
    gateways: vpc.natGateways,
    routeTables: vpc.routeTables,
    traffic: vpc.natTraffic,
    addresses: optional(ec2.addresses),
    subnets: optional(vpc.subnets)
  },
  subjects: ["gateways"],
  reasons: {
    no_traffic_unrouted: "No route leads to the gateway, and nothing passed through it.",
    no_traffic_routed: "Route tables point to the gateway, and nothing passed through it."
  },

  judge: function* ({ addresses, gateways, routeTables, subnets, traffic }, { now, price, settings }) {
    const zoneOf = new Map(subnets?.map(({ availabilityZone, id }) => [id, availabilityZone]))
    const ownAddresses = new Set(
      addresses?.filter(({ provider }) => provider !== "amazon").map(({ publicIp }) => publicIp)
    )
    for (const gateway of gateways) {
      if (gateway.state !== "available") continue
      if (gateway.createdAt > daysBefore(now, settings.lookbackDays)) {
        yield tooYoung(gateway.id)
        continue
      }
      const measured = all(
        (["BytesOutToDestination", "BytesOutToSource"] as const)
          .map((metric) => traffic.total(vpc.natSeries(gateway, metric, settings.lookbackDays)))
          .concat(traffic.peak(vpc.natSeries(gateway, "ActiveConnectionCount", settings.lookbackDays)))
      )
      if (!measured.known) {
        yield unknown(gateway.id, measured.reason)
        continue
      }
      const [bytesOut = 0, bytesBack = 0, connections = 0] = measured.value
      const processedBytes = bytesOut + bytesBack
      if (processedBytes > settings.maxBytes || connections > 0) continue

      const routes = vpc.routesTo(routeTables, gateway.id)
      const isRegional = gateway.availabilityMode === "regional"
      const zones = isRegional
        ? gateway.activeZones
        : [zoneOf.get(gateway.subnetId ?? "")].flatMap((zone) => zone ?? [])
      const billedZones = isRegional ? Math.max(1, zones.length) : 1
      const billedIps = gateway.publicIps.filter((ip) => !ownAddresses.has(ip)).length
      const lastTraffic = traffic.lastActiveDay(vpc.natSeries(gateway, "BytesOutToDestination", maxDays))
      yield flag({
        resource: {
          type: "ec2:nat-gateway",
          id: gateway.id,
          arn: gateway.arn,
          name: nameOf(gateway.tags),
          tags: gateway.tags
        },
        reason: routes.length === 0 ? "no_traffic_unrouted" : "no_traffic_routed",
        confidence: routes.length === 0 ? "high" : "medium",
        savings: sum(
          "delete",
          [
            term(
              "NAT gateway hours",
              hoursPerMonth * billedZones,
              isRegional ? "zone-hour" : "hour",
              price("natGateway.hour")
            ),
            ...(billedIps === 0
              ? []
              : [
                  term(
                    `${billedIps} public ${billedIps === 1 ? "address" : "addresses"} to release`,
                    hoursPerMonth * billedIps,
                    "address-hour",
                    price("publicIpv4.inUse")
                  )
                ])
          ],
          isRegional
            ? { basis: "estimate", note: "A regional gateway is taken to be billed for each zone in which it works." }
            : {}
        ),
        evidence: {
          vpcId: gateway.vpcId,
          subnetId: gateway.subnetId ?? null,
          availabilityZones: zones.length === 0 ? null : zones,
          availabilityMode: gateway.availabilityMode,
          connectivity: gateway.connectivity,
          createdAt: gateway.createdAt.toISOString(),
          lookbackDays: settings.lookbackDays,
          processedBytes,
          lastDayWithTraffic: lastTraffic.known && lastTraffic.value !== null ? isoDay(lastTraffic.value) : null,
          routes,
          publicAddresses: gateway.publicIps
        }
      })
    }
  }
})
