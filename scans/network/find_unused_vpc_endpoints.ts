import { noSavings, sum, term } from "../../core/finding/savings.ts"
import { all } from "../../core/Reading.ts"
import { daysBefore, hoursPerMonth, isoDay } from "../../core/time.ts"
import { confidenceWhenAbsent } from "../../datasets/metrics/metricSemantics.ts"
import { maxDays } from "../../datasets/metrics/metrics.ts"
import { nameOf } from "../../datasets/aws/tags.ts"
import * as vpc from "../../datasets/aws/vpc.ts"
import { defineScan, flag, Setting, tooYoung, unknown } from "../Scan.ts"

export default defineScan({
  title: "VPC endpoints without traffic",
  why: "An interface or Gateway Load Balancer endpoint is billed by the hour in every availability zone, used or not.",
  fix: "Delete the endpoint. If its service is still needed now and then, check first that the VPC reaches it another way.",
  docs: "https://docs.aws.amazon.com/vpc/latest/privatelink/delete-endpoints.html",
  scope: "regional",
  settings: {
    lookbackDays: Setting.days(30, "Days without traffic before an endpoint is reported", { maximum: maxDays }),
    includeGatewayWithoutRoutes: Setting.flag(
      true,
      "Also report gateway endpoints, which are free, without a route table"
    )
  },
  reads: {
    endpoints: vpc.vpcEndpoints,
    published: vpc.endpointDimensions,
    traffic: vpc.endpointTraffic,
    subnets: vpc.subnets
  },
  subjects: ["endpoints"],
  reasons: {
    no_traffic: "Nothing passed through the endpoint, and nothing held a connection to it.",
    duplicate: "A busier endpoint of the same VPC leads to the same service in the same availability zones.",
    gateway_without_routes: "No route table uses the gateway endpoint. It is free, and serves nothing."
  },

  judge: function* ({ endpoints, published, subnets, traffic }, { now, price, settings }) {
    const zoneOf = new Map(subnets.map(({ availabilityZone, id }) => [id, availabilityZone]))
    const zonesOf = ({ subnetIds }: vpc.VpcEndpoint) => subnetIds.map((id) => zoneOf.get(id) ?? id)
    const bytesOf = (endpoint: vpc.VpcEndpoint) =>
      traffic.total(vpc.endpointSeries(endpoint, published, "BytesProcessed", settings.lookbackDays))
    const isYoung = ({ createdAt }: vpc.VpcEndpoint) => createdAt > daysBefore(now, settings.lookbackDays)
    const judged = endpoints.filter(({ requesterManaged, state }) => state === "available" && !requesterManaged)

    /** Of the endpoints to one service in one VPC, the one that would stay: the busiest, then the one with the name. */
    const toStay = new Map<string, vpc.VpcEndpoint>()
    const serviceKey = ({ serviceName, vpcId }: vpc.VpcEndpoint) => `${vpcId} ${serviceName}`
    for (const endpoint of judged.filter(({ type }) => type === "Interface")) {
      const rival = toStay.get(serviceKey(endpoint))
      if (rival === undefined || precedence(endpoint, rival) < 0) toStay.set(serviceKey(endpoint), endpoint)
    }
    function precedence(a: vpc.VpcEndpoint, b: vpc.VpcEndpoint): number {
      const [ours, theirs] = [bytesOf(a), bytesOf(b)]
      return (
        (theirs.known ? theirs.value : 0) - (ours.known ? ours.value : 0) ||
        Number(b.privateDns) - Number(a.privateDns) ||
        a.createdAt.getTime() - b.createdAt.getTime() ||
        (a.id < b.id ? -1 : 1)
      )
    }

    for (const endpoint of judged) {
      const zones = zonesOf(endpoint)
      const found = {
        resource: {
          type: "ec2:vpc-endpoint",
          id: endpoint.id,
          arn: endpoint.arn,
          name: nameOf(endpoint.tags),
          tags: endpoint.tags
        },
        evidence: {
          endpointType: endpoint.type,
          service: endpoint.serviceName,
          vpcId: endpoint.vpcId,
          availabilityZones: zones,
          privateDns: endpoint.privateDns,
          restrictedByPolicy: endpoint.restrictedByPolicy,
          createdAt: endpoint.createdAt.toISOString()
        }
      } as const

      if (endpoint.type === "Gateway") {
        if (!settings.includeGatewayWithoutRoutes || endpoint.routeTableIds.length > 0) continue
        if (isYoung(endpoint)) yield tooYoung(endpoint.id)
        else {
          const savings = noSavings("delete", "A gateway endpoint costs nothing.")
          yield flag({ ...found, reason: "gateway_without_routes", savings })
        }
        continue
      }
      if (!vpc.isHourly(endpoint)) continue
      if (isYoung(endpoint)) {
        yield tooYoung(endpoint.id)
        continue
      }
      const connections = vpc.endpointSeries(endpoint, published, "ActiveConnections", settings.lookbackDays)
      const measured = all([bytesOf(endpoint), traffic.peak(connections)])
      if (!measured.known) {
        yield unknown(endpoint.id, measured.reason)
        continue
      }
      const hours = (count: number) =>
        term(
          "endpoint hours",
          hoursPerMonth * count,
          "AZ-hour",
          endpoint.type === "Interface" ? price("vpcEndpoint.interfaceAzHour") : price("vpcEndpoint.gwlbeHour")
        )

      if (measured.value.every((value) => value === 0)) {
        const ever = traffic.points(vpc.endpointSeries(endpoint, published, "BytesProcessed", maxDays))
        const lastTraffic = traffic.lastActiveDay(vpc.endpointSeries(endpoint, published, "BytesProcessed", maxDays))
        yield flag({
          ...found,
          reason: "no_traffic",
          confidence: ever.known && ever.value.length > 0 ? "high" : confidenceWhenAbsent("AWS/PrivateLinkEndpoints"),
          savings: sum("delete", [hours(zones.length)]),
          evidence: {
            ...found.evidence,
            lookbackDays: settings.lookbackDays,
            lastDayWithTraffic: lastTraffic.known && lastTraffic.value !== null ? isoDay(lastTraffic.value) : null
          }
        })
        continue
      }

      // Gateway Load Balancer endpoints have one zone each, so several to one service are the rule.
      if (endpoint.type !== "Interface") continue
      const stays = toStay.get(serviceKey(endpoint))
      if (stays === undefined || stays === endpoint) continue
      const served = new Set(zonesOf(stays))
      const twice = zones.filter((zone) => served.has(zone))
      if (twice.length === 0) continue
      yield flag({
        ...found,
        reason: "duplicate",
        // Two endpoints may differ on purpose: by their security groups, their policy or their names.
        confidence: "medium",
        savings: sum("delete", [hours(twice.length)], {
          basis: "estimate",
          note: "The hours in zones that the other endpoint serves too; what is processed costs the same through it."
        }),
        evidence: { ...found.evidence, otherEndpoint: stays.id, zonesServedTwice: twice }
      })
    }
  }
})
