import { sum, term } from "../../core/finding/savings.ts"
import { map, type Reading } from "../../core/Reading.ts"
import { daysBefore, hoursPerMonth, isoDay, millisPerDay } from "../../core/time.ts"
import * as ec2 from "../../datasets/aws/ec2.ts"
import * as elb from "../../datasets/aws/elb.ts"
import * as privatelink from "../../datasets/aws/privatelink.ts"
import type { Tags } from "../../datasets/aws/tags.ts"
import type { MetricSeries } from "../../datasets/metrics/MetricSeries.ts"
import { maxDays } from "../../datasets/metrics/SeriesReader.ts"
import { ask, defineScan, money, need, Setting, tooYoung } from "../Scan.ts"

/** What a flow moves at most that comes to nothing: a port scan, a refused connection. */
const bytesPerStrayFlow = 10_000

const codes = { application: "alb", network: "nlb", gateway: "gwlb", classic: "clb" } as const

/** Whether nothing beyond what was served shows a client. Bytes that no counted flow explains are an old connection. */
const isStray = (
  { type }: elb.LoadBalancer,
  [served = 0, ...others]: ReadonlyArray<number>,
  maxRequests: number
): boolean =>
  type === "application"
    ? others.every((count) => count <= maxRequests)
    : others.every((bytes) => bytes <= served * bytesPerStrayFlow)

/** The newest day on which any metric shows traffic; null where that is not known. */
const lastTrafficDay = (balancer: elb.LoadBalancer, days: number, traffic: MetricSeries): string | null => {
  const last = elb.trafficOf(balancer, days).map((spec) => traffic.lastActiveDay(spec))
  if (last.some(({ known }) => !known)) return null
  return (
    last
      .flatMap((day) => (day.known && day.value !== null ? [isoDay(day.value)] : []))
      .sort()
      .at(-1) ?? "none"
  )
}

/** The Kubernetes object that owns it, by the tags of the two controllers that make load balancers. */
const kubernetesOwner = (tags: Tags): string => {
  const prefix = "kubernetes.io/cluster/"
  const cluster =
    tags["elbv2.k8s.aws/cluster"] ??
    tags["eks:eks-cluster-name"] ??
    Object.keys(tags)
      .filter((key) => key.startsWith(prefix))
      .sort()[0]
      ?.slice(prefix.length)
  const object = tags["kubernetes.io/service-name"] ?? tags["service.k8s.aws/stack"] ?? tags["ingress.k8s.aws/stack"]
  if (cluster === undefined && object === undefined) return "none"
  return `${object ?? "an object"} in cluster ${cluster ?? "unknown"}`
}

const valueOf = <A>(reading: Reading<A>): A | null => (reading.known ? reading.value : null)

export default defineScan({
  title: "Load balancers without traffic or targets",
  words: "idle ELB, ALB, NLB",
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
  reads: ({ includeNoTargets, lookbackDays, maxDailyFlows, maxRequests, noTargetsDays }) => ({
    balancers: elb.balancers,
    served: elb.served(lookbackDays, {
      requests: maxRequests,
      dailyFlows: maxDailyFlows,
      withinDays: includeNoTargets ? noTargetsDays : undefined
    }),
    targetGroups: elb.targetGroups,
    interfaces: ec2.networkInterfaces,
    services: privatelink.services,
    connections: privatelink.connections
  }),
  subject: "balancers",
  probes: ({ lookbackDays }) => ({
    traffic: elb.traffic(lookbackDays),
    targets: elb.targetHealth,
    details: elb.details
  }),
  reasons: {
    idle: "No client used the load balancer.",
    no_targets: "The load balancer has no target to send a request to."
  },

  judge: ({ connections, interfaces, served, services, targetGroups }, { now, price, settings }) => {
    const { includeNoTargets, lookbackDays, maxDailyFlows, maxRequests, noTargetsDays } = settings
    const groupsOf = targetGroups.by(({ loadBalancerArns }) => loadBalancerArns)
    const servicesOf = services.by(({ loadBalancerArns }) => loadBalancerArns)
    const liveConnectionsOf = connections.filter(privatelink.isLive).by(({ serviceId }) => serviceId)
    const interfacesOf = interfaces.by(({ description }) => description)

    return function* (balancer, _, tags) {
      if (!balancer.state.startsWith("active")) return
      if (balancer.createdAt > daysBefore(now, lookbackDays)) return tooYoung

      if (served.settles(balancer.arn)) return
      const servedSeries = elb.servedOf(balancer, lookbackDays)
      const isBusy = elb.countsFlows(balancer)
        ? (yield* need(served.peak(servedSeries))) > maxDailyFlows
        : (yield* need(served.total(servedSeries))) > maxRequests
      // Only what reached a target counts as served, so targets that were taken away lately show here.
      const lastServed = yield* need(served.lastActiveDay(servedSeries))
      const hadTargetsLately = lastServed !== null && lastServed > daysBefore(now, noTargetsDays)
      const unservedSince =
        lastServed === null ? daysBefore(now, lookbackDays) : new Date(lastServed.getTime() + millisPerDay)
      if (isBusy && (!includeNoTargets || hadTargetsLately)) return

      const traffic = yield* need(yield* ask(elb.traffic(lookbackDays), balancer))
      const totals = yield* need(elb.trafficTotals(balancer, lookbackDays, traffic))
      const isIdle = !isBusy && isStray(balancer, totals, maxRequests)
      if (!isIdle && (!includeNoTargets || hadTargetsLately)) return
      // An application load balancer that redirects or answers by itself needs no target.
      const ownAnswers = balancer.type === "application" ? totals.slice(2) : []
      if (!isIdle && ownAnswers.some((count) => count > 0)) return

      const behindFound = servicesOf.found(balancer.arn)
      if (behindFound.some(({ id }) => liveConnectionsOf.found(id).length > 0)) return

      const isClassic = balancer.type === "classic"
      const groups = groupsOf.all(balancer.arn)
      if (!isIdle) {
        if ((balancer.registeredInstances ?? 0) > 0) return
        for (const group of isClassic ? [] : yield* need(groups)) {
          const { registered } = yield* need(yield* ask(elb.targetHealth, group))
          if (registered > 0) return
        }
      }

      // The other types cannot be offered over PrivateLink.
      const behind = elb.countsFlows(balancer) ? yield* need(servicesOf.all(balancer.arn)) : []
      for (const { id } of behind) if (yield* need(liveConnectionsOf.has(id))) return

      const detail = isClassic ? undefined : yield* ask(elb.details, balancer)
      const reserved = detail?.known === true ? detail.value.reservedUnits : 0
      const addresses = map(interfacesOf.all(`ELB ${balancer.path}`), (own) =>
        own.reduce((total, { publicIps }) => total + publicIps.length, 0)
      )
      const publicIps = valueOf(addresses)
      const notes = [
        ...(publicIps === null ? ["Its public addresses could not be counted."] : []),
        ...(balancer.type === "network" && publicIps !== null && publicIps > 0
          ? ["Elastic IPs that it holds must be released as well."]
          : []),
        ...(balancer.type === "gateway" ? ["It is not certain that AWS bills the hour once and not per zone."] : []),
        ...(detail?.known === false ? ["Capacity that it reserves, if any, is not included."] : [])
      ]
      return money({
        reason: isIdle ? "idle" : "no_targets",
        savings: sum(
          "delete",
          [
            term(`${balancer.type} load balancer`, hoursPerMonth, "hour", price(`elb.${codes[balancer.type]}Hour`)),
            ...(publicIps === null || publicIps === 0
              ? []
              : [term("public IPv4 addresses", publicIps * hoursPerMonth, "address-hour", price("publicIpv4.inUse"))]),
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
        confidence: isIdle ? "high" : "medium",
        evidence: {
          windowDays: lookbackDays,
          lastTrafficDay: lastTrafficDay(balancer, lookbackDays, traffic),
          type: balancer.type,
          scheme: balancer.scheme,
          createdAt: balancer.createdAt.toISOString(),
          availabilityZones: balancer.availabilityZones.toSorted(),
          dnsName: balancer.dnsName,
          targetGroups: valueOf(map(groups, (own) => own.map(({ name }) => name).sort())),
          // Whether one that is idle has targets changes nothing, so nobody asked.
          registeredTargets: isClassic ? (balancer.registeredInstances ?? null) : isIdle ? "not asked: it is idle" : 0,
          listeners: balancer.listeners ?? (detail?.known === true ? detail.value.listeners.toSorted() : null),
          reservedCapacityUnits: detail === undefined || detail.known ? reserved : null,
          publicIps,
          endpointServices: behind.map(({ id }) => id).sort(),
          kubernetesOwner: valueOf(map(tags, kubernetesOwner))
        },
        // No target has been of use since then, whenever the last one was taken away.
        ...(isIdle ? {} : { observe: { days: noTargetsDays, since: unservedSince } })
      })
    }
  }
})
