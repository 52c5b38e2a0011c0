import { sum, term } from "../../core/finding/savings.ts"
import { all, known, type Reading } from "../../core/Reading.ts"
import { daysBefore, hoursPerMonth, isoDay } from "../../core/time.ts"
import { optional } from "../../datasets/engine/Dataset.ts"
import * as ec2 from "../../datasets/aws/ec2.ts"
import * as elb from "../../datasets/aws/elb.ts"
import { maxDays, type MetricSeries } from "../../datasets/metrics/metrics.ts"
import * as privatelink from "../../datasets/aws/privatelink.ts"
import * as tagging from "../../datasets/aws/tags.ts"
import { defineScan, flag, Setting, tooYoung, unknown } from "../Scan.ts"

/** What a flow moves at most that comes to nothing: a port scan, a refused connection. */
const bytesPerStrayFlow = 10_000

const codes = { application: "alb", network: "nlb", gateway: "gwlb", classic: "clb" } as const

interface Limits {
  readonly lookbackDays: number
  readonly maxRequests: number
  readonly maxDailyFlows: number
  readonly includeNoTargets: boolean
  readonly noTargetsDays: number
}

/** Whether no metric shows more than stray traffic. Bytes that no counted flow explains are an old connection. */
const isIdle = (balancer: elb.LoadBalancer, traffic: MetricSeries, limits: Limits): Reading<boolean> => {
  const totals = elb.trafficTotals(balancer, limits.lookbackDays, traffic)
  if (!totals.known) return totals
  if (balancer.type === "application") return known(totals.value.every((count) => count <= limits.maxRequests))
  const [served = 0, bytes = 0] = totals.value
  const stray = bytes <= served * bytesPerStrayFlow
  if (balancer.type === "classic") return known(served <= limits.maxRequests && stray)
  const [flows] = elb.trafficOf(balancer, limits.lookbackDays)
  const busiest = flows === undefined ? known(0) : traffic.peak(flows)
  return busiest.known ? known(busiest.value <= limits.maxDailyFlows && stray) : busiest
}

type Standing =
  | { readonly is: "in_use" | "young" | "idle" | "no_targets" }
  | { readonly is: "unknown"; readonly why: string }

/** What its age, its traffic and its targets say. `targets` is undefined where they are not known. */
const standingOf = (
  balancer: elb.LoadBalancer,
  targets: number | undefined,
  traffic: MetricSeries,
  limits: Limits,
  now: Date
): Standing => {
  if (!balancer.state.startsWith("active")) return { is: "in_use" }
  if (balancer.createdAt > daysBefore(now, limits.lookbackDays)) return { is: "young" }
  const idle = isIdle(balancer, traffic, limits)
  if (!idle.known) return { is: "unknown", why: idle.reason }
  if (idle.value) return { is: "idle" }
  if (!limits.includeNoTargets || (targets !== undefined && targets > 0)) return { is: "in_use" }
  const [served, , ...answered] = elb.trafficOf(balancer, limits.lookbackDays)
  const ownAnswers = balancer.type === "application" ? all(answered.map((spec) => traffic.total(spec))) : known([])
  // Only what reached a target counts as served, so targets that were taken away lately show here.
  const lastServed = served === undefined ? known(null) : traffic.lastActiveDay(served)
  if (!ownAnswers.known) return { is: "unknown", why: ownAnswers.reason }
  if (!lastServed.known) return { is: "unknown", why: lastServed.reason }
  if (ownAnswers.value.some((count) => count > 0)) return { is: "in_use" }
  if (lastServed.value !== null && lastServed.value > daysBefore(now, limits.noTargetsDays)) return { is: "in_use" }
  return targets === undefined ? { is: "unknown", why: "its targets could not be read" } : { is: "no_targets" }
}

const groupsByBalancer = (groups: ReadonlyArray<elb.InspectedTargetGroup> | undefined) => {
  if (groups === undefined) return undefined
  const byBalancer = new Map<string, Array<elb.InspectedTargetGroup>>()
  for (const group of groups) {
    for (const arn of group.loadBalancerArns) byBalancer.set(arn, [...(byBalancer.get(arn) ?? []), group])
  }
  return byBalancer
}

const targetsOf = (
  balancer: elb.LoadBalancer,
  byBalancer: ReadonlyMap<string, ReadonlyArray<elb.InspectedTargetGroup>> | undefined
): number | undefined =>
  balancer.type === "classic"
    ? balancer.registeredInstances
    : byBalancer === undefined
      ? undefined
      : (byBalancer.get(balancer.arn) ?? []).reduce((total, { health }) => total + (health?.registered ?? 0), 0)

/** The Kubernetes object that owns it, by the tags of the two controllers that make load balancers. */
const kubernetesOwner = (tags: tagging.Tags): string | null => {
  const prefix = "kubernetes.io/cluster/"
  const cluster =
    tags["elbv2.k8s.aws/cluster"] ??
    tags["eks:eks-cluster-name"] ??
    Object.keys(tags)
      .find((key) => key.startsWith(prefix))
      ?.slice(prefix.length)
  const object = tags["kubernetes.io/service-name"] ?? tags["service.k8s.aws/stack"] ?? tags["ingress.k8s.aws/stack"]
  if (cluster === undefined && object === undefined) return null
  return `${object ?? "an object"} in cluster ${cluster ?? "unknown"}`
}

export default defineScan({
  title: "Load balancers without traffic or targets",
  why: "A load balancer is billed by the hour, with each of its public addresses, whether or not a request comes.",
  fix: "Check the DNS records that name it, then delete it, or the Service or Ingress if Kubernetes owns it.",
  docs: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-delete.html",
  scope: "regional",
  settings: {
    lookbackDays: Setting.days(90, "Days without traffic", { maximum: maxDays }),
    maxRequests: Setting.count(0, "Requests in all that an idle application or classic load balancer may have had"),
    maxDailyFlows: Setting.count(0, "Flows a day that an idle network or gateway load balancer may have had"),
    includeNoTargets: Setting.flag(true, "Also report load balancers without a registered target"),
    noTargetsDays: Setting.days(7, "Days without a target before a load balancer that has none is confirmed")
  },
  reads: ({ lookbackDays }) => ({
    loadBalancers: elb.loadBalancers,
    classicLoadBalancers: elb.classicLoadBalancers,
    targetGroups: optional(elb.targetGroupsWithHealth),
    traffic: elb.traffic(lookbackDays),
    interfaces: optional(ec2.networkInterfaces),
    services: optional(privatelink.services),
    connections: optional(privatelink.connections),
    tags: optional(tagging.byArn)
  }),
  subjects: ["loadBalancers", "classicLoadBalancers"],
  probes: { details: elb.details },
  candidates: ({ loadBalancers, targetGroups, traffic }, { now, settings }) => {
    const byBalancer = groupsByBalancer(targetGroups)
    return {
      details: loadBalancers.filter((balancer) => {
        const { is } = standingOf(balancer, targetsOf(balancer, byBalancer), traffic, settings, now)
        return is === "idle" || is === "no_targets"
      })
    }
  },
  reasons: {
    idle: "No client used the load balancer.",
    no_targets: "The load balancer has no target to send a request to."
  },

  judge: function* (data, { now, price, settings }) {
    const { classicLoadBalancers, connections, details, interfaces, loadBalancers, services, tags, traffic } = data
    const byBalancer = groupsByBalancer(data.targetGroups)
    const publicIps = new Map<string, Array<string>>()
    for (const { description, publicIps: ips } of interfaces ?? []) {
      if (description.startsWith("ELB ")) publicIps.set(description, [...(publicIps.get(description) ?? []), ...ips])
    }

    for (const balancer of [...loadBalancers, ...classicLoadBalancers]) {
      const targets = targetsOf(balancer, byBalancer)
      const standing = standingOf(balancer, targets, traffic, settings, now)
      if (standing.is === "in_use") continue
      if (standing.is === "young") {
        yield tooYoung(balancer.path)
        continue
      }
      if (standing.is === "unknown") {
        yield unknown(balancer.path, standing.why)
        continue
      }

      const behind = services?.filter(({ loadBalancerArns }) => loadBalancerArns.includes(balancer.arn)) ?? []
      if (balancer.type === "network" || balancer.type === "gateway") {
        if (services === undefined || (behind.length > 0 && connections === undefined)) {
          yield unknown(balancer.path, "its PrivateLink endpoint services could not be read")
          continue
        }
        const ids = new Set(behind.map(({ id }) => id))
        if (connections?.some((connection) => ids.has(connection.serviceId) && privatelink.isLive(connection))) continue
      }

      const addresses = publicIps.get(`ELB ${balancer.path}`)?.length ?? 0
      const detail = details.get(balancer.arn)
      const reserved = detail.known ? detail.value.reservedUnits : 0
      const notes = [
        ...(interfaces === undefined ? ["Its public addresses could not be counted."] : []),
        ...(balancer.type === "network" && addresses > 0
          ? ["Elastic IPs that it holds must be released as well."]
          : []),
        ...(balancer.type === "gateway" ? ["It is not certain that AWS bills the hour once and not per zone."] : []),
        ...(detail.known || balancer.type === "classic" ? [] : ["Capacity that it reserves, if any, is not included."])
      ]
      const groups = byBalancer?.get(balancer.arn) ?? []
      const days = elb
        .trafficOf(balancer, settings.lookbackDays)
        .flatMap((spec) => {
          const day = traffic.lastActiveDay(spec)
          return day.known && day.value !== null ? [isoDay(day.value)] : []
        })
        .sort()
      const ownTags = tags?.get(balancer.arn) ?? {}
      yield flag({
        resource: {
          type: balancer.type === "classic" ? "elb:load-balancer" : "elbv2:load-balancer",
          id: balancer.path,
          arn: balancer.arn,
          name: balancer.name,
          tags: ownTags
        },
        reason: standing.is,
        savings: sum(
          "delete",
          [
            term(`${balancer.type} load balancer`, hoursPerMonth, "hour", price(`elb.${codes[balancer.type]}Hour`)),
            ...(addresses === 0
              ? []
              : [term("public IPv4 addresses", addresses * hoursPerMonth, "address-hour", price("publicIpv4.inUse"))]),
            ...(reserved === 0
              ? []
              : [
                  term(
                    "reserved capacity units",
                    reserved * hoursPerMonth,
                    "LCU-hour",
                    balancer.type === "network" ? price("elb.nlbLcuHour") : price("elb.albLcuHour")
                  )
                ])
          ],
          {
            ...(balancer.type === "gateway" ? { basis: "estimate" } : {}),
            ...(notes.length === 0 ? {} : { note: notes.join(" ") })
          }
        ),
        confidence: standing.is === "idle" ? "high" : "medium",
        evidence: {
          windowDays: settings.lookbackDays,
          lastTrafficDay: days.at(-1) ?? null,
          type: balancer.type,
          scheme: balancer.scheme,
          createdAt: balancer.createdAt.toISOString(),
          availabilityZones: balancer.availabilityZones,
          dnsName: balancer.dnsName,
          targetGroups: groups.map(({ name }) => name),
          registeredTargets: targets ?? null,
          targetHealth:
            byBalancer === undefined || balancer.type === "classic"
              ? null
              : elb.healthSummary(groups.flatMap(({ health }) => health ?? [])),
          listeners: balancer.listeners ?? (detail.known ? detail.value.listeners : null),
          reservedCapacityUnits: detail.known ? reserved : null,
          publicIps: interfaces === undefined ? null : addresses,
          endpointServices: behind.map(({ id }) => id),
          kubernetesOwner: kubernetesOwner(ownTags)
        },
        ...(standing.is === "no_targets" ? { observe: { days: settings.noTargetsDays } } : {})
      })
    }
  }
})
