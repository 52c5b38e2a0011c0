import type { Severity } from "../../core/finding/Finding.ts"
import { all, map, type Reading } from "../../core/Reading.ts"
import { daysBefore, millisPerDay } from "../../core/time.ts"
import * as autoscaling from "../../datasets/aws/autoscaling.ts"
import * as ecs from "../../datasets/aws/ecs.ts"
import * as elb from "../../datasets/aws/elb.ts"
import { type Evidence, lookupOf } from "../../datasets/engine/Evidence.ts"
import { maxDays } from "../../datasets/metrics/SeriesReader.ts"
import { ask, defineScan, hygiene, need, Setting, type Step, tooYoung } from "../Scan.ts"

/** What the two groups of a blue/green pair have in common. */
const shapeOf = ({ port, protocol, targetType, vpcId }: elb.TargetGroup): string =>
  [vpcId, protocol, port, targetType].join("/")

const isTrue = (reading: Reading<boolean>): boolean => reading.known && reading.value

const groupsOfService = ({ alternateTargetGroupArns, targetGroupArns }: ecs.EcsService) => [
  ...targetGroupArns,
  ...alternateTargetGroupArns
]

/** Which groups others count on, and which may be the idle half of a blue/green pair. */
const consumersOf = (
  targetGroups: Evidence<elb.TargetGroup>,
  groups: Evidence<autoscaling.AutoScalingGroup>,
  services: Evidence<ecs.EcsService>
) => {
  const users = lookupOf(
    [
      groups.map(({ name, targetGroupArns }) => ({ user: `Auto Scaling group ${name}`, arns: targetGroupArns })),
      ({ arns }) => arns
    ],
    [
      services.map((service) => ({ user: `ECS service ${service.name}`, arns: groupsOfService(service) })),
      ({ arns }) => arns
    ]
  )
  const pairs = services
    .filter(({ alternateTargetGroupArns }) => alternateTargetGroupArns.length > 0)
    .by(groupsOfService)
  // ECS does not tell which other group CodeDeploy moves a service to, but it looks the same.
  const byCodeDeploy = services
    .filter(({ deploymentController }) => deploymentController.toUpperCase() === "CODE_DEPLOY")
    .by(({ targetGroupArns }) => targetGroupArns)
  const switched = targetGroups.filter(({ arn }) => byCodeDeploy.found(arn).length > 0).by(shapeOf)
  return {
    /** Everything that counts on the group, in words. */
    usersOf: ({ arn }: elb.TargetGroup): ReadonlyArray<string> =>
      users
        .found(arn)
        .map(({ user }) => user)
        .sort(),
    isUsed: ({ arn }: elb.TargetGroup): Reading<boolean> => users.has(arn),
    mayBeIdleHalf: (group: elb.TargetGroup): Reading<boolean> => {
      const asPair = pairs.has(group.arn)
      const asLookAlike = switched.has(shapeOf(group))
      // Either is enough; that it is neither has to be known of both.
      return [asPair, asLookAlike].find(isTrue) ?? (asPair.known ? asLookAlike : asPair)
    }
  }
}

/** What the hosts are that a metric counts. */
const healthOfHosts: Readonly<Record<string, string>> = { HealthyHostCount: "healthy", UnHealthyHostCount: "unhealthy" }

/** The newest of some days; null where there is none. */
const newest = (days: ReadonlyArray<Date | null>): Date | null =>
  days.reduce((last, day) => (last === null || (day !== null && day > last) ? day : last), null)

export default defineScan({
  title: "Orphaned and silent target groups",
  words: "TG, ALB leftovers",
  why: "Target groups are free, but orphans count against quotas and hide which services really run.",
  fix: "Delete the group, or its listener rule first if it has one.",
  docs: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html",
  scope: "regional",
  settings: {
    lookbackDays: Setting.days(14, "Days without a request to the group", { maximum: maxDays }),
    minObservedDays: Setting.days(
      7,
      "Days a group must be seen without load balancer or targets before it is confirmed",
      { maximum: maxDays }
    )
  },
  reads: ({ lookbackDays }) => ({
    targetGroups: elb.targetGroups,
    loadBalancers: elb.loadBalancers,
    requests: elb.groupRequests(lookbackDays),
    groups: autoscaling.groups,
    services: ecs.services
  }),
  subject: "targetGroups",
  probes: ({ lookbackDays, minObservedDays }) => ({
    hosts: elb.hosts(Math.max(lookbackDays, minObservedDays)),
    targets: elb.targetHealth,
    traffic: elb.traffic(lookbackDays)
  }),
  reasons: {
    unattached: "No load balancer uses the group, and no Auto Scaling group or ECS service counts on it.",
    no_targets: "A load balancer uses the group, and it has no target.",
    no_traffic: "The load balancer sent no request to the group."
  },

  judge: ({ groups, loadBalancers, requests, services, targetGroups }, { now, settings }) => {
    const { lookbackDays, minObservedDays } = settings
    const hostDays = Math.max(lookbackDays, minObservedDays)
    const balancerByArn = loadBalancers.by(({ arn }) => arn)
    const consumers = consumersOf(targetGroups, groups, services)
    const isLately = (day: Date | null): boolean => day !== null && day > daysBefore(now, minObservedDays)

    /** Whether no load balancer of the group did anything; null where there is none, or CloudWatch does not tell. */
    const areIdle = function* (parents: ReadonlyArray<elb.LoadBalancer>): Generator<Step, boolean | null, any> {
      if (parents.length === 0) return null
      let idle: boolean | null = true
      for (const parent of parents) {
        const traffic = yield* need(yield* ask(elb.traffic(lookbackDays), parent))
        const totals = elb.trafficTotals(parent, lookbackDays, traffic)
        if (totals.known && totals.value.some((total) => total > 0)) return false
        if (!totals.known) idle = null
      }
      return idle
    }

    return function* (group) {
      const isAttached = group.loadBalancerArns.length > 0
      const parents = (yield* need(all(group.loadBalancerArns.map((arn) => balancerByArn.get(arn)))))
        .flatMap((parent) => parent ?? [])
        .sort((a, b) => (a.arn < b.arn ? -1 : 1))
      const counting = elb.countingBalancers(group, parents)
      const lastRequest = newest(
        yield* need(
          all(counting.map((parent) => requests.lastActiveDay(elb.groupRequestsOf(group, parent, lookbackDays))))
        )
      )
      if (isLately(lastRequest)) return

      let lastHost: Date | null = null
      let targetHealth: string | null = null
      let hasTargets = false
      if (isAttached) {
        const inUse = { group, balancers: parents }
        const hosts = yield* need(yield* ask(elb.hosts(hostDays), inUse))
        const seen = yield* need(
          all(
            elb
              .hostsOf(inUse, hostDays)
              .map((spec) =>
                map(hosts.lastActiveDay(spec), (day) => ({ health: healthOfHosts[spec.metric] ?? "", day }))
              )
          )
        )
        lastHost = newest(seen.map(({ day }) => day))
        const lately = seen.flatMap(({ day, health }) => (isLately(day) ? [health] : []))
        hasTargets = lately.length > 0
        // How many there are differs from night to night, and is no news.
        targetHealth = hasTargets ? [...new Set(lately)].sort().join(", ") : null
      }
      const canBeSilent = isAttached && counting.length > 0 && lastRequest === null
      if (hasTargets && !canBeSilent) return
      const isYoung = counting.some(({ createdAt }) => createdAt > daysBefore(now, lookbackDays))
      if (hasTargets && isYoung) return tooYoung

      if (yield* need(consumers.mayBeIdleHalf(group))) return
      const isUsed = yield* need(consumers.isUsed(group))
      // Whatever counts on the group will register targets when it scales out again.
      if (isUsed && !canBeSilent) return
      if (isAttached && !hasTargets) {
        const health = yield* need(yield* ask(elb.targetHealth, group))
        targetHealth = elb.healthSummary(health)
        hasTargets = health.registered > 0
        if (hasTargets && !canBeSilent) return
        if (hasTargets && isYoung) return tooYoung
        if (!hasTargets && isUsed) return
      }

      const parentsIdle = yield* areIdle(parents)
      const severity: Severity = parentsIdle === true ? "low" : "info"
      const users = consumers.usersOf(group)
      const found = {
        severity,
        note: "Target groups cost nothing.",
        evidence: {
          windowDays: lookbackDays,
          loadBalancers: parents.map(({ name }) => name),
          loadBalancersIdle: parentsIdle,
          targetType: group.targetType,
          protocol: group.protocol ?? "none",
          port: group.port ?? "none",
          vpcId: group.vpcId ?? "none",
          targetHealth,
          usedBy: users.length === 0 ? "none" : users
        }
      } as const
      // Nobody tells how old a group is: it may be newer than its load balancer.
      if (hasTargets) return hygiene({ ...found, reason: "no_traffic", observe: { days: lookbackDays } })
      if (!isAttached) return hygiene({ ...found, reason: "unattached", observe: { days: minObservedDays } })
      const since = lastHost === null ? undefined : new Date(Math.min(now.getTime(), lastHost.getTime() + millisPerDay))
      return hygiene({ ...found, reason: "no_targets", observe: { days: minObservedDays, since } })
    }
  }
})
