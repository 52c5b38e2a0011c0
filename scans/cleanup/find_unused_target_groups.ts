import { noSavings } from "../../core/finding/savings.ts"
import { all } from "../../core/Reading.ts"
import { daysBefore } from "../../core/time.ts"
import * as autoscaling from "../../datasets/aws/autoscaling.ts"
import { optional } from "../../datasets/engine/Dataset.ts"
import * as ecs from "../../datasets/aws/ecs.ts"
import * as elb from "../../datasets/aws/elb.ts"
import { maxDays } from "../../datasets/metrics/metrics.ts"
import * as tagging from "../../datasets/aws/tags.ts"
import { defineScan, flag, Setting, tooYoung, unknown } from "../Scan.ts"

/** What the two groups of a blue/green pair have in common. */
const shapeOf = ({ port, protocol, targetType, vpcId }: elb.TargetGroup): string =>
  [vpcId, protocol, port, targetType].join("/")

/** Which groups others count on, and which may be the idle half of a blue/green pair. */
const consumersOf = (
  targetGroups: ReadonlyArray<elb.TargetGroup>,
  groups: ReadonlyArray<autoscaling.AutoScalingGroup>,
  services: ReadonlyArray<ecs.EcsService>
) => {
  const users = new Map<string, string>()
  const pairs = new Set<string>()
  for (const group of groups)
    for (const arn of group.targetGroupArns) users.set(arn, `Auto Scaling group ${group.name}`)
  for (const { alternateTargetGroupArns, name, targetGroupArns } of services) {
    for (const arn of [...targetGroupArns, ...alternateTargetGroupArns]) users.set(arn, `ECS service ${name}`)
    if (alternateTargetGroupArns.length > 0)
      for (const arn of [...targetGroupArns, ...alternateTargetGroupArns]) pairs.add(arn)
  }
  // ECS does not tell which other group CodeDeploy moves a service to, but it looks the same.
  const byCodeDeploy = new Set(
    services.flatMap((service) => (service.deploymentController === "CODE_DEPLOY" ? service.targetGroupArns : []))
  )
  const shapes = new Set(targetGroups.filter(({ arn }) => byCodeDeploy.has(arn)).map(shapeOf))
  return {
    userOf: (group: elb.TargetGroup) => users.get(group.arn),
    mayBeIdleHalf: (group: elb.TargetGroup) => pairs.has(group.arn) || shapes.has(shapeOf(group))
  }
}

export default defineScan({
  title: "Orphaned and silent target groups",
  why: "Target groups are free, but orphans count against quotas and hide which services really run.",
  fix: "Delete the group, or its listener rule first if it has one.",
  docs: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html",
  scope: "regional",
  settings: {
    lookbackDays: Setting.days(14, "Days without a request to the group", { maximum: maxDays }),
    minObservedDays: Setting.days(
      7,
      "Days a group must be seen without load balancer or targets before it is confirmed"
    )
  },
  reads: ({ lookbackDays }) => ({
    targetGroups: elb.targetGroupsWithHealth,
    loadBalancers: elb.loadBalancers,
    requests: elb.groupRequests(lookbackDays),
    traffic: elb.traffic(lookbackDays),
    groups: optional(autoscaling.groups),
    services: optional(ecs.services),
    tags: optional(tagging.byArn)
  }),
  subjects: ["targetGroups"],
  reasons: {
    unattached: "No load balancer uses the group, and no Auto Scaling group or ECS service counts on it.",
    no_targets: "A load balancer uses the group, and it has no target.",
    no_traffic: "The load balancer sent no request to the group."
  },

  judge: function* ({ groups, loadBalancers, requests, services, tags, targetGroups, traffic }, { now, settings }) {
    const byArn = new Map(loadBalancers.map((balancer) => [balancer.arn, balancer]))
    const consumers =
      groups === undefined || services === undefined ? undefined : consumersOf(targetGroups, groups, services)

    for (const group of targetGroups) {
      const parents = group.loadBalancerArns.flatMap((arn) => byArn.get(arn) ?? [])
      const ownTags = tags?.get(group.arn) ?? {}
      const parentsIdle =
        parents.length > 0 &&
        parents.every((parent) => {
          const totals = elb.trafficTotals(parent, settings.lookbackDays, traffic)
          return totals.known && totals.value.every((total) => total === 0)
        })
      const found = {
        resource: {
          type: "elbv2:target-group",
          id: group.name,
          arn: group.arn,
          name: group.name,
          tags: ownTags
        },
        savings: noSavings("delete", "Target groups cost nothing."),
        severity: parentsIdle ? "low" : "info",
        evidence: {
          windowDays: settings.lookbackDays,
          loadBalancers: parents.map(({ name }) => name),
          loadBalancersIdle: parents.length === 0 ? null : parentsIdle,
          targetType: group.targetType,
          protocol: group.protocol ?? null,
          port: group.port ?? null,
          vpcId: group.vpcId ?? null,
          targetHealth: group.health === undefined ? null : elb.healthSummary([group.health]),
          usedBy: consumers?.userOf(group) ?? null
        }
      } as const

      const attached = group.loadBalancerArns.length > 0
      if (attached && group.health === undefined) {
        yield unknown(group.name, "its targets could not be read")
        continue
      }
      const counting = elb.countingBalancers(group, byArn)
      const counts = all(
        counting.map((balancer) => requests.total(elb.groupRequestsOf(group, balancer, settings.lookbackDays)))
      )
      const hasTargets = group.health !== undefined && group.health.registered > 0
      if (hasTargets) {
        if (counting.length === 0) continue
        if (counting.some(({ createdAt }) => createdAt > daysBefore(now, settings.lookbackDays))) {
          yield tooYoung(group.name)
          continue
        }
        if (!counts.known) {
          yield unknown(group.name, counts.reason)
          continue
        }
        if (counts.value.some((count) => count > 0)) continue
      }
      if (consumers === undefined) {
        yield unknown(group.name, "the Auto Scaling groups and ECS services that may use it could not be read")
        continue
      }
      if (consumers.mayBeIdleHalf(group)) continue
      if (hasTargets) {
        // Nobody tells how old a group is: it may be newer than its load balancer.
        yield flag({ ...found, reason: "no_traffic", observe: { days: settings.lookbackDays } })
      } else if (consumers.userOf(group) === undefined) {
        // Whatever counts on the group will register targets when it scales out again.
        yield flag({
          ...found,
          reason: attached ? "no_targets" : "unattached",
          observe: { days: settings.minObservedDays }
        })
      }
    }
  }
})
