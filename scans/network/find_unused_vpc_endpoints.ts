import { sum, term } from "../../core/finding/savings.ts"
import { all, map, type Reading } from "../../core/Reading.ts"
import { daysBefore, hoursPerMonth } from "../../core/time.ts"
import * as vpc from "../../datasets/aws/vpc.ts"
import { confidenceWhenAbsent } from "../../datasets/metrics/metricSemantics.ts"
import { maxDays } from "../../datasets/metrics/SeriesReader.ts"
import { lastDay } from "../shared/lastDay.ts"
import { ask, defineScan, hygiene, money, need, Setting, tooYoung } from "../Scan.ts"

export default defineScan({
  title: "VPC endpoints without traffic",
  words: "idle PrivateLink, VPCE",
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
  subject: "endpoints",
  probes: { connections: vpc.endpointConnections },
  reasons: {
    no_traffic: "Nothing passed through the endpoint, and nothing held a connection to it.",
    duplicate: "A busier endpoint of the same VPC leads to the same service in the same availability zones.",
    gateway_without_routes: "No route table uses the gateway endpoint. It is free, and serves nothing."
  },

  judge: ({ endpoints, published, subnets, traffic }, { now, price, settings }) => {
    const { lookbackDays } = settings
    const subnetOf = subnets.by(({ id }) => id)
    const zonesOf = ({ subnetIds }: vpc.VpcEndpoint): Reading<ReadonlyArray<string>> =>
      all(subnetIds.map((id) => map(subnetOf.get(id), (subnet) => subnet?.availabilityZone ?? id)))
    const bytesOf = (endpoint: vpc.VpcEndpoint, days: number) => {
      const dimensions = published.get(endpoint.id)
      return dimensions.known
        ? traffic.total(vpc.endpointSeries(endpoint, dimensions.value, "BytesProcessed", days))
        : dimensions
    }
    const isJudged = ({ requesterManaged, state }: vpc.VpcEndpoint) => state === "available" && !requesterManaged
    /** Gateway Load Balancer endpoints have one zone each, so several to one service are the rule. */
    const serviceKey = ({ serviceName, type, vpcId }: vpc.VpcEndpoint) =>
      type === "Interface" ? `${vpcId} ${serviceName}` : undefined
    const toService = endpoints.filter(isJudged).by(serviceKey)

    /** Of the endpoints to one service in one VPC, the one that would stay: the busiest, then the one with the name. */
    const staysOf = (rivals: ReadonlyArray<vpc.VpcEndpoint>) =>
      map(all(rivals.map((rival) => bytesOf(rival, lookbackDays))), (bytes) => {
        const [busiest] = rivals
          .map((endpoint, at) => ({ endpoint, bytes: bytes[at] ?? 0 }))
          .sort(
            (a, b) =>
              b.bytes - a.bytes ||
              Number(b.endpoint.privateDns) - Number(a.endpoint.privateDns) ||
              a.endpoint.createdAt.getTime() - b.endpoint.createdAt.getTime() ||
              (a.endpoint.id < b.endpoint.id ? -1 : 1)
          )
        return busiest?.endpoint
      })

    return function* (endpoint) {
      if (!isJudged(endpoint)) return
      const isGateway = endpoint.type === "Gateway"
      if (isGateway && (!settings.includeGatewayWithoutRoutes || endpoint.routeTableIds.length > 0)) return
      if (!isGateway && !vpc.isHourly(endpoint)) return
      if (endpoint.createdAt > daysBefore(now, lookbackDays)) return tooYoung

      const zones = zonesOf(endpoint)
      const evidence = {
        endpointType: endpoint.type,
        service: endpoint.serviceName,
        vpcId: endpoint.vpcId,
        availabilityZones: zones.known ? zones.value : null,
        privateDns: endpoint.privateDns,
        restrictedByPolicy: endpoint.restrictedByPolicy,
        createdAt: endpoint.createdAt.toISOString()
      }
      if (isGateway) {
        const note = "A gateway endpoint costs nothing."
        return hygiene({ reason: "gateway_without_routes", severity: "info", note, evidence })
      }

      const hours = (count: number) =>
        term(
          "endpoint hours",
          hoursPerMonth * count,
          "AZ-hour",
          endpoint.type === "Interface" ? price("vpcEndpoint.interfaceAzHour") : price("vpcEndpoint.gwlbeHour")
        )
      const dimensions = yield* need(published.get(endpoint.id))
      const bytes = yield* need(bytesOf(endpoint, lookbackDays))
      let connections = 0
      if (bytes === 0) {
        const asked = yield* need(yield* ask(vpc.endpointConnections, { endpoint, published: dimensions }))
        connections = yield* need(
          asked.peak(vpc.endpointSeries(endpoint, dimensions, "ActiveConnections", lookbackDays))
        )
      }
      if (bytes === 0 && connections === 0) {
        const ever = vpc.endpointSeries(endpoint, dimensions, "BytesProcessed", maxDays)
        const points = traffic.points(ever)
        const found = {
          reason: "no_traffic",
          confidence: points.known && points.value.length > 0 ? "high" : confidenceWhenAbsent(ever.namespace),
          evidence: { ...evidence, lookbackDays, lastDayWithTraffic: lastDay(traffic.lastActiveDay(ever)) }
        } as const
        return endpoint.subnetIds.length === 0
          ? hygiene({ ...found, severity: "info", note: "An endpoint without a subnet costs nothing." })
          : money({ ...found, savings: sum("delete", [hours(endpoint.subnetIds.length)]) })
      }

      const key = serviceKey(endpoint)
      if (key === undefined) return
      const stays = yield* need(staysOf(yield* need(toService.all(key))))
      if (stays === undefined || stays.id === endpoint.id) return
      const served = new Set(yield* need(zonesOf(stays)))
      const twice = (yield* need(zones)).filter((zone) => served.has(zone))
      if (twice.length === 0) return
      return money({
        reason: "duplicate",
        // Two endpoints may differ on purpose: by their security groups, their policy or their names.
        confidence: "medium",
        savings: sum("delete", [hours(twice.length)], {
          basis: "estimate",
          note: "The hours in zones that the other endpoint serves too; what is processed costs the same through it."
        }),
        evidence: { ...evidence, otherEndpoint: stays.id, zonesServedTwice: twice }
      })
    }
  }
})
