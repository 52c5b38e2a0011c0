import { bytesPerGib } from "../../core/bytes.ts"
import { sum, term } from "../../core/finding/savings.ts"
import { all } from "../../core/Reading.ts"
import { daysBefore, hoursPerMonth, millisPerDay, startOfUtcDay } from "../../core/time.ts"
import * as ec2 from "../../datasets/aws/ec2.ts"
import type { Tags } from "../../datasets/aws/tags.ts"
import * as vpc from "../../datasets/aws/vpc.ts"
import { maxDays } from "../../datasets/metrics/SeriesReader.ts"
import { ask, defineScan, hygiene, money, need, Setting, tooYoung, unknown } from "../Scan.ts"
import { releasedAddresses } from "../shared/releasedAddresses.ts"

const daysPerMonth = hoursPerMonth / 24

/** Services with gateway endpoints, which cost nothing. Source: VPC user guide, "Gateway endpoints". */
const gatewayServices = ["s3", "dynamodb"] as const
type GatewayService = (typeof gatewayServices)[number]

const isFor = ({ serviceName }: vpc.VpcEndpoint, service: GatewayService): boolean =>
  serviceName.split(".").at(-1) === service

const isUp = ({ state }: vpc.VpcEndpoint): boolean => state === "available"

/** Tags with a value that says that nobody sells anything there; names and values in any case. */
const isNonProduction = (tags: Tags, wanted: Readonly<Record<string, ReadonlyArray<string>>>): boolean => {
  const lower = new Map(
    Object.entries(wanted).map(([key, values]) => [key.toLowerCase(), values.map((value) => value.toLowerCase())])
  )
  return Object.entries(tags).some(
    ([key, value]) => lower.get(key.toLowerCase())?.includes(value.toLowerCase()) === true
  )
}

const nonProduction = ["dev", "development", "test", "qa", "staging", "sandbox"]

/** All the traffic of a subnet that has no route of its own for it. */
const isDefaultRoute = (destination: string): boolean => destination === "0.0.0.0/0"

/** Above this processing charge a month a missing endpoint is worth more than a look. Source: shared/scans.md 0.9, high. */
const muchUsd = 200

export default defineScan({
  title: "Cheaper NAT gateway topology",
  words: "NATGW consolidation, missing S3, DynamoDB endpoints, cross-AZ",
  why: "NAT bills by the hour and by the gigabyte in both directions, also for S3 and DynamoDB, which gateway endpoints reach free of charge.",
  fix: "Add the missing gateway endpoints to the route tables. Where nobody sells anything, let one gateway serve all zones; elsewhere route each zone to its own.",
  docs: "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html#nat-gateway-pricing",
  leavesOut: [
    "services that would be cheaper through an interface endpoint. A gateway's metrics do not tell where its traffic goes; that takes flow logs or the cost and usage report, which are not read."
  ],
  scope: "regional",
  settings: {
    lookbackDays: Setting.days(30, "Days of traffic that are judged", { maximum: maxDays }),
    minProcessedGb: Setting.gigabytes(10, "Gigabytes a month below which a missing endpoint is not reported"),
    consolidateBelowGb: Setting.gigabytes(
      100,
      "Gigabytes a month up to which a gateway can share the work of another; more is much traffic"
    ),
    nonProdTag: Setting.map(
      { env: nonProduction, environment: nonProduction, stage: nonProduction },
      "Tags of a VPC or gateway, with the values that say that it is not for production"
    )
  },
  reads: {
    gateways: vpc.natGateways,
    routeTables: vpc.routeTables,
    endpoints: vpc.vpcEndpoints,
    subnets: vpc.subnets,
    vpcs: vpc.vpcs,
    addresses: ec2.addresses,
    traffic: vpc.natTraffic
  },
  subject: "gateways",
  probes: { back: vpc.natBytesBack },
  reasons: {
    consolidate_nonprod: "Another gateway of a VPC that is not for production could carry its little traffic as well.",
    missing_gateway_endpoint:
      "Route tables that lead to it have no gateway endpoint for S3 or DynamoDB, whose traffic it would then process and bill.",
    cross_az_route:
      "Subnets of other zones send much traffic through it, which is billed between zones and stops with its zone."
  },

  judge: ({ addresses, endpoints, gateways, routeTables, subnets, traffic, vpcs }, { now, price, settings }) => {
    const { consolidateBelowGb, lookbackDays, minProcessedGb, nonProdTag } = settings
    const gatewaysIn = gateways.by(({ vpcId }) => vpcId)
    const tablesTo = routeTables.by(vpc.gatewaysOf)
    const tablesIn = routeTables.by(({ vpcId }) => vpcId)
    const endpointsIn = endpoints.by(({ vpcId }) => vpcId)
    const subnetById = subnets.by(({ id }) => id)
    const subnetsIn = subnets.by(({ vpcId }) => vpcId)
    const vpcById = vpcs.by(({ id }) => id)
    const addressOf = addresses.by(({ publicIp }) => publicIp)
    const days = (now.getTime() - startOfUtcDay(daysBefore(now, lookbackDays)).getTime()) / millisPerDay
    const monthlyGb = (bytes: number) => (bytes / bytesPerGib / days) * daysPerMonth
    const outOf = (gateway: vpc.NatGateway) =>
      traffic.total(vpc.natSeries(gateway, "BytesOutToDestination", lookbackDays))

    /** The gateway of the same VPC that carries the most, and would stay. */
    function* busiestBeside(gateway: vpc.NatGateway) {
      let busiest = { gateway, bytes: yield* need(outOf(gateway)) }
      for (const other of yield* need(gatewaysIn.all(gateway.vpcId))) {
        const isLike =
          other.id !== gateway.id &&
          other.state === "available" &&
          other.availabilityMode === "zonal" &&
          other.connectivity === gateway.connectivity &&
          !other.provisioned
        if (!isLike) continue
        const bytes = yield* need(outOf(other))
        if (bytes > busiest.bytes || (bytes === busiest.bytes && other.id < busiest.gateway.id))
          busiest = { gateway: other, bytes }
      }
      return busiest.gateway
    }

    /** Whether the VPC or the gateway says that it is not for production. */
    function* isForPlay(gateway: vpc.NatGateway) {
      if (isNonProduction(gateway.tags, nonProdTag)) return true
      const network = yield* need(vpcById.get(gateway.vpcId))
      return network !== undefined && isNonProduction(network.tags, nonProdTag)
    }

    /** Of the tables, the ids of those without an endpoint for the service. */
    function* tablesWithout(service: GatewayService, tables: ReadonlyArray<vpc.RouteTable>, vpcId: string) {
      const own = (yield* need(endpointsIn.all(vpcId))).filter((endpoint) => isFor(endpoint, service) && isUp(endpoint))
      // An interface endpoint with a private name takes the traffic from the whole VPC.
      if (own.some(({ privateDns, type }) => type === "Interface" && privateDns)) return []
      const served = new Set(own.filter(({ type }) => type === "Gateway").flatMap(({ routeTableIds }) => routeTableIds))
      return tables.map(({ id }) => id).filter((id) => !served.has(id))
    }

    /** Ids of the subnets in other zones than the gateway's whose traffic these tables lead to it. */
    function* subnetsElsewhere(gateway: vpc.NatGateway, leading: ReadonlyArray<vpc.RouteTable>) {
      const zone = (yield* need(subnetById.get(gateway.subnetId)))?.availabilityZone
      if (zone === undefined) return undefined
      const ids = new Set(leading.flatMap(({ subnetIds }) => subnetIds))
      if (leading.some(({ main }) => main)) {
        const named = new Set((yield* need(tablesIn.all(gateway.vpcId))).flatMap(({ subnetIds }) => subnetIds))
        for (const { id } of yield* need(subnetsIn.all(gateway.vpcId))) if (!named.has(id)) ids.add(id)
      }
      const elsewhere: Array<string> = []
      for (const id of ids) {
        const subnet = yield* need(subnetById.get(id))
        if (subnet !== undefined && subnet.availabilityZone !== zone)
          elsewhere.push(`${id} in ${subnet.availabilityZone}`)
      }
      return elsewhere
    }

    return function* (gateway) {
      if (gateway.state !== "available") return
      if (gateway.createdAt > daysBefore(now, lookbackDays)) return tooYoung
      if (gateway.provisioned) return unknown("it has provisioned bandwidth, of which no price is known")
      const bytesOut = yield* need(outOf(gateway))
      // What carries nothing is another scan's.
      if (bytesOut === 0) return
      const answers = yield* need(yield* ask(vpc.natBytesBack, gateway))
      const bytesBack = yield* need(answers.total(vpc.natSeries(gateway, "BytesOutToSource", lookbackDays)))
      const gb = monthlyGb(bytesOut + bytesBack)
      const isZonal = gateway.availabilityMode === "zonal"
      const isPublic = gateway.connectivity === "public"
      const tables = yield* need(tablesTo.all(gateway.id))
      // A route for a few addresses takes no traffic to S3, and none of most callers.
      const leading = tables.filter(({ routes }) =>
        routes.some(({ destination, gatewayId }) => gatewayId === gateway.id && isDefaultRoute(destination))
      )

      const stays =
        isZonal && gb < consolidateBelowGb && (yield* isForPlay(gateway)) ? yield* busiestBeside(gateway) : gateway
      const missing = { s3: [] as ReadonlyArray<string>, dynamodb: [] as ReadonlyArray<string> }
      if (isPublic && gb >= minProcessedGb) {
        for (const service of gatewayServices) missing[service] = yield* tablesWithout(service, leading, gateway.vpcId)
      }
      const elsewhere = isZonal && gb > consolidateBelowGb ? yield* subnetsElsewhere(gateway, leading) : []
      if (elsewhere === undefined) return unknown("its subnet is not in the list of subnets")

      const owners = stays === gateway ? [] : yield* need(all(gateway.publicIps.map((ip) => addressOf.get(ip))))
      const billedIps = owners.filter((address) => address === undefined || address.provider === "amazon").length
      const savings =
        stays === gateway
          ? undefined
          : sum(
              "rightsize",
              [
                term("NAT gateway hours", hoursPerMonth, "hour", price("natGateway.hour")),
                ...releasedAddresses(billedIps, price),
                // What comes from its zone goes to the other one and back: each gigabyte is billed on both sides.
                term("traffic between zones instead", -2 * gb, "GB", price("dataTransfer.interAzEachDirectionGB"))
              ],
              {
                basis: "estimate",
                note: `Its traffic goes through ${stays.id}. Should that zone fail, all of the VPC is cut off.`
              }
            )
      const moves = savings !== undefined && (savings.basis === "none" || savings.monthlyUsd > 0)
      const [first, ...others] = [
        ...(moves ? (["consolidate_nonprod"] as const) : []),
        ...(missing.s3.length + missing.dynamodb.length > 0 ? (["missing_gateway_endpoint"] as const) : []),
        ...(elsewhere.length > 0 ? (["cross_az_route"] as const) : [])
      ]
      if (first === undefined) return
      const perGb = price("natGateway.dataGB").usd
      const processingMonthlyUsd = perGb === null ? null : Math.round(gb * perGb * 100) / 100
      const found = {
        reason: [first, ...others],
        evidence: {
          vpcId: gateway.vpcId,
          subnetId: gateway.subnetId ?? null,
          availabilityMode: gateway.availabilityMode,
          connectivity: gateway.connectivity,
          createdAt: gateway.createdAt.toISOString(),
          lookbackDays,
          gbOutMonthly: Math.round(monthlyGb(bytesOut)),
          gbBackMonthly: Math.round(monthlyGb(bytesBack)),
          processingMonthlyUsd,
          routes: vpc.routesTo(tables, gateway.id),
          tablesWithoutS3Endpoint: missing.s3,
          tablesWithoutDynamoDbEndpoint: missing.dynamodb,
          subnetsOfOtherZones: elsewhere,
          gatewayThatStays: stays.id
        }
      } as const
      return moves
        ? money({ ...found, reason: [first, ...others], savings })
        : hygiene({
            ...found,
            reason: [first, ...others],
            severity: processingMonthlyUsd !== null && processingMonthlyUsd >= muchUsd ? "medium" : "low",
            note: "How much of its traffic would go another way, only flow logs tell: no saving is claimed."
          })
    }
  }
})
