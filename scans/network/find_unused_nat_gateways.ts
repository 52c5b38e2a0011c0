import { sum, term } from "../../core/finding/savings.ts"
import { all } from "../../core/Reading.ts"
import { daysBefore, hoursPerMonth } from "../../core/time.ts"
import * as ec2 from "../../datasets/aws/ec2.ts"
import * as vpc from "../../datasets/aws/vpc.ts"
import { maxDays } from "../../datasets/metrics/SeriesReader.ts"
import { ask, defineScan, money, need, Setting, tooYoung } from "../Scan.ts"
import { releasedAddresses } from "../shared/releasedAddresses.ts"
import { blockNote, blockTerms, poolSourceOf } from "../shared/contiguousBlock.ts"
import { lastDay } from "../shared/lastDay.ts"

export default defineScan({
  title: "NAT gateways carrying nothing",
  words: "idle NATGW, no traffic",
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
    addresses: ec2.addresses,
    subnets: vpc.subnets
  },
  subject: "gateways",
  probes: { answers: vpc.natAnswers, poolSources: ec2.ipamPoolSources },
  reasons: {
    no_traffic_unrouted: "No route leads to the gateway, and nothing passed through it.",
    no_traffic_routed: "Route tables point to the gateway, and nothing passed through it."
  },

  judge: ({ addresses, routeTables, subnets, traffic }, { now, price, settings }) => {
    const { lookbackDays, maxBytes } = settings
    const tablesTo = routeTables.by(vpc.gatewaysOf)
    const addressOf = addresses.by(({ publicIp }) => publicIp)
    const subnetOf = subnets.by(({ id }) => id)

    return function* (gateway) {
      if (gateway.state !== "available") return
      if (gateway.createdAt > daysBefore(now, lookbackDays)) return tooYoung
      const bytesOut = yield* need(traffic.total(vpc.natSeries(gateway, "BytesOutToDestination", lookbackDays)))
      if (bytesOut > maxBytes) return
      const answers = yield* need(yield* ask(vpc.natAnswers, gateway))
      const [back, open] = vpc.natAnswerSeries(gateway, lookbackDays)
      const processedBytes = bytesOut + (yield* need(answers.total(back)))
      if (processedBytes > maxBytes || (yield* need(answers.peak(open))) > 0) return

      const routes = vpc.routesTo(yield* need(tablesTo.all(gateway.id)), gateway.id)
      const isRegional = gateway.availabilityMode === "regional"
      const zones = isRegional
        ? gateway.activeZones
        : subnetOf.found(gateway.subnetId).map(({ availabilityZone }) => availabilityZone)
      const billedZones = isRegional ? Math.max(1, zones.length) : 1
      const owners = yield* need(all(gateway.publicIps.map((ip) => addressOf.get(ip))))
      const billedIps = owners.filter((address) => address === undefined || address.provider === "amazon").length
      let blockIps = 0
      for (const address of owners) {
        if (address !== undefined && (yield* poolSourceOf(address)) === "amazon") blockIps += 1
      }
      const notes = [
        ...(isRegional ? ["A regional gateway is taken to be billed for each zone in which it works."] : []),
        ...(blockIps > 0 ? [blockNote] : [])
      ]
      const lastTraffic = traffic.lastActiveDay(vpc.natSeries(gateway, "BytesOutToDestination", maxDays))
      return money({
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
            ...releasedAddresses(billedIps, price),
            ...blockTerms(blockIps, price)
          ],
          notes.length === 0 ? {} : { basis: blockIps > 0 ? "upper_bound" : "estimate", note: notes.join(" ") }
        ),
        evidence: {
          vpcId: gateway.vpcId,
          subnetId: gateway.subnetId ?? null,
          availabilityZones: zones.length === 0 ? null : zones,
          availabilityMode: gateway.availabilityMode,
          connectivity: gateway.connectivity,
          createdAt: gateway.createdAt.toISOString(),
          lookbackDays,
          processedBytes,
          lastDayWithTraffic: lastDay(lastTraffic),
          routes,
          publicAddresses: gateway.publicIps
        }
      })
    }
  }
})
