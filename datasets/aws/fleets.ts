/** Instances by who decides about them: each by itself, or together with the others of its group, cluster or job flow. */
import { arn as arnOf } from "../../core/aws/arn.ts"
import { daysBefore } from "../../core/time.ts"
import { type Dataset, derived, family } from "../engine/Dataset.ts"
import { seriesProbe } from "../engine/Probe.ts"
import { billedBy, resourceKind } from "../engine/ResourceKind.ts"
import { metricsOf, questionsOf } from "../metrics/metricsOf.ts"
import type { Past } from "../metrics/Past.ts"
import type { SeriesSpec } from "../metrics/SeriesSpec.ts"
import { groups } from "./autoscaling.ts"
import { agentNamespace, memory as agentMemory, memoryMetrics, type MemorySeries } from "./cwAgent.ts"
import { type Instance, instances, isBurstable, unlimitedIds } from "./ec2.ts"
import { eksClusterArn, eksClusterIn, partsOfClusters } from "./kubernetes.ts"
import { inUse } from "./instanceTypes.ts"
import type { Tags } from "./tags.ts"

/** What decides how many instances there are, and of which type. */
export type Controller = "instance" | "auto-scaling-group" | "eks-cluster" | "emr-cluster"

export interface Fleet {
  readonly controller: Controller
  readonly arn: string
  readonly id: string
  readonly name: string
  readonly createdAt: Date | undefined
  readonly tags: Tags
  /** Its instances that run, are billed by the hour and are no reserve, by id. */
  readonly members: ReadonlyArray<Instance>
  /** Why it is not known which instances belong to it; undefined where that is known. */
  readonly unread: string | undefined
}

const types = {
  instance: "ec2:instance",
  "auto-scaling-group": "autoscaling:auto-scaling-group",
  "eks-cluster": "eks:cluster",
  "emr-cluster": "emr:cluster"
} as const

const fleetKind = resourceKind<Fleet>({
  type: ({ controller }) => types[controller],
  service: billedBy.ec2,
  id: ({ id }) => id,
  name: ({ name }) => name,
  parents: partsOfClusters(({ arn, controller, tags }) =>
    controller === "eks-cluster" ? arn : eksClusterArn(arn, tags)
  )
})

const byId = (a: Instance, b: Instance) => (a.id < b.id ? -1 : 1)

const isThere = ({ state }: Instance) => state !== "terminated" && state !== "shutting-down"

/** Whether it runs and its hours are billed one by one, so that stopping or resizing it can change the bill. */
const isBilled = ({ lifecycle, onOutpost, serviceManaged, state, tenancy }: Instance): boolean =>
  state === "running" &&
  !serviceManaged &&
  !onOutpost &&
  tenancy !== "host" &&
  lifecycle !== "capacity-block" &&
  lifecycle !== "interruptible-capacity-reservation"

const aloneOf = (instance: Instance): Fleet => ({
  controller: "instance",
  arn: instance.arn,
  id: instance.id,
  name: instance.tags["Name"] ?? "",
  createdAt: instance.launchedAt,
  tags: instance.tags,
  members: isBilled(instance) ? [instance] : [],
  unread: undefined
})

/** What all the instances carry: who tagged the nodes of a cluster one like the other meant the cluster. */
const commonTags = (members: ReadonlyArray<Instance>): Tags => {
  const [first, ...others] = members
  return Object.fromEntries(
    Object.entries(first?.tags ?? {}).filter(([key, value]) => others.every(({ tags }) => tags[key] === value))
  )
}

const groupTag = "aws:autoscaling:groupName"
const jobFlowTag = "aws:elasticmapreduce:job-flow-id"
const eksClusterOf = ({ tags }: Instance): string | undefined => eksClusterIn(tags)

/** A cluster is named after its members, of which it has one at least. */
const clusterOf = (
  controller: "eks-cluster" | "emr-cluster",
  service: string,
  id: string,
  members: ReadonlyArray<Instance>
): Fleet => {
  const [, , , region = "", account = ""] = members[0]?.arn.split(":") ?? []
  return {
    controller,
    arn: arnOf(service, region, account, `cluster/${id}`),
    id,
    name: controller === "eks-cluster" ? id : "",
    createdAt: undefined,
    tags: commonTags(members),
    members: members.filter(isBilled),
    unread: undefined
  }
}

/**
 * Every instance with those that are decided about together with it: by their Auto Scaling group, their EKS cluster, their EMR
 * cluster, or each by itself. A group has a place here also while nothing runs in it.
 */
export const together = derived<ReadonlyArray<Fleet>, { instances: typeof instances; groups: typeof groups }>(
  "fleets.together",
  {
    scope: "regional",
    needs: { instances, groups },
    inventory: ["instances", "groups"],
    kind: fleetKind,
    derive: ({ groups, instances }) => {
      const there = instances.filter(isThere).sort(byId)
      const groupOf = new Map(groups.flatMap(({ instanceIds, name }) => instanceIds.map((id) => [id, name] as const)))
      const listed = new Set(groups.map(({ name }) => name))
      const inGroups = Map.groupBy(there, ({ id, tags }) => groupOf.get(id) ?? tags[groupTag])
      const outside = inGroups.get(undefined) ?? []
      const inJobFlows = Map.groupBy(outside, ({ tags }) => tags[jobFlowTag])
      const inClusters = Map.groupBy(inJobFlows.get(undefined) ?? [], eksClusterOf)
      const fleets: Array<Fleet> = groups.map((group) => ({
        controller: "auto-scaling-group",
        arn: group.arn,
        id: group.name,
        name: group.name,
        createdAt: group.createdAt,
        tags: group.tags,
        // What carries the group's tag and is not in its list waits in the warm pool.
        members: group.serviceManaged
          ? []
          : (inGroups.get(group.name) ?? []).filter((instance) => isBilled(instance) && groupOf.has(instance.id)),
        unread: undefined
      }))
      for (const [name, members] of inGroups) {
        if (name === undefined || listed.has(name)) continue
        const [, , , region = "", account = ""] = members[0]?.arn.split(":") ?? []
        fleets.push({
          controller: "auto-scaling-group",
          arn: arnOf("autoscaling", region, account, `autoScalingGroup:unknown:autoScalingGroupName/${name}`),
          id: name,
          name,
          createdAt: undefined,
          tags: {},
          members: members.filter(isBilled),
          unread: `its Auto Scaling group ${name} is not in the list of groups`
        })
      }
      for (const [id, members] of inJobFlows) {
        if (id !== undefined) fleets.push(clusterOf("emr-cluster", "elasticmapreduce", id, members))
      }
      for (const [id, members] of inClusters) {
        if (id === undefined) fleets.push(...members.map(aloneOf))
        else fleets.push(clusterOf("eks-cluster", "eks", id, members))
      }
      return fleets
    }
  }
)

/** Every instance by itself, whatever it belongs to. */
export const alone = derived<ReadonlyArray<Fleet>, { instances: typeof instances }>("fleets.alone", {
  scope: "regional",
  needs: { instances },
  inventory: ["instances"],
  kind: fleetKind,
  derive: ({ instances }) => instances.filter(isThere).map(aloneOf)
})

type Dimensions = Readonly<Record<string, string>>

/**
 * Under which dimensions EC2 publishes a fleet's metrics. A group has its own, with whatever its instances of the past did; the
 * others have those of their instances.
 */
export const dimensionsOf = ({ controller, id, members }: Fleet): ReadonlyArray<Dimensions> =>
  controller === "auto-scaling-group" ? [{ AutoScalingGroupName: id }] : dimensionsOfMembers({ members })

const dimensionsOfMembers = ({ members }: Pick<Fleet, "members">): ReadonlyArray<Dimensions> =>
  members.map((member) => ({ InstanceId: member.id }))

const ec2 = "AWS/EC2"

const p95Of = (dimensions: Dimensions, days: number): SeriesSpec => ({
  namespace: ec2,
  metric: "CPUUtilization",
  dimensions,
  statistic: "p95",
  days
})

const hourlyMeanOf = (dimensions: Dimensions, days: number): SeriesSpec => ({
  namespace: ec2,
  metric: "CPUUtilization",
  dimensions,
  statistic: "Average",
  days,
  period: 3600
})

/** CPU in percent: the daily 95th percentile, of each of the fleet's series. */
export const cpuSeries = (fleet: Fleet, days: number): ReadonlyArray<SeriesSpec> =>
  dimensionsOf(fleet).map((dimensions) => p95Of(dimensions, days))

/** What of the days of CPU clears a fleet: all of it together. */
export interface CpuClearance {
  /** Whole days of which the CPU is known. */
  readonly leastDays: number
  /** Days on which it was above so many percent. */
  readonly above?: ReadonlyArray<{ readonly percent: number; readonly days: number }>
  /** So many percent that it reached on fewer days than these, also if it did on every day that is not known. */
  readonly below?: { readonly percent: number; readonly days: number }
}

const isClear = ({ above = [], below, leastDays }: CpuClearance, past: Past): boolean =>
  past.days() >= leastDays &&
  // The largest of several series is at least as large as each.
  above.every(({ days, percent }) => past.days((p95) => p95 > percent) >= days) &&
  (below === undefined || past.days((p95) => p95 >= below.percent) + past.missingDays < below.days)

/** When a fleet, or the youngest of its instances, began; undefined where nothing tells. */
export const bornAt = ({ createdAt, members }: Fleet): Date | undefined => {
  const begins = [createdAt, ...members.map(({ launchedAt }) => launchedAt)].flatMap((at) => at?.getTime() ?? [])
  return begins.length === 0 ? undefined : new Date(Math.min(...begins))
}

/**
 * CPU of all fleets whose use their CPU can tell: the series that decides whether the others are asked for. It is not asked for
 * where what an earlier night saw clears a fleet that is older than the window.
 */
export const cpu = family(
  "fleets.cpu",
  (name, fleets: Dataset<ReadonlyArray<Fleet>>, days: number, clearance: CpuClearance) =>
    questionsOf(name, {
      scope: "regional",
      needs: { fleets },
      evidence: { types: inUse },
      metrics: [{ namespace: ec2, metric: "CPUUtilization", statistic: "p95", days }],
      questions: ({ fleets }, { types }, now) =>
        fleets
          .filter(({ unread }) => unread === undefined)
          .filter(
            ({ members }) =>
              members.length > 0 && !members.some(({ type }) => types.found.get(type)?.accelerated === true)
          )
          .map((fleet) => {
            const born = bornAt(fleet)
            const isOld = born !== undefined && born <= daysBefore(now, days)
            return {
              key: fleet.arn,
              identity: born?.toISOString() ?? "",
              series: cpuSeries(fleet, days),
              settledBy: (past) => isOld && isClear(clearance, past)
            }
          })
    })
)

/** The same of single fleets, whatever cleared them. */
export const cpuOfSome = family("fleets.cpuOfSome", (name, days: number) =>
  seriesProbe<Fleet>({
    name,
    costNote: "One paid metric for each instance or group that its memory or its credits make a candidate.",
    metrics: [{ namespace: ec2, metric: "CPUUtilization", statistic: "p95", days }],
    key: ({ arn }) => arn,
    series: (fleet) => cpuSeries(fleet, days)
  })
)

/** The same of each instance of a group. */
export const memberCpuSeries = ({ members }: Pick<Fleet, "members">, days: number): ReadonlyArray<SeriesSpec> =>
  dimensionsOfMembers({ members }).map((dimensions) => p95Of(dimensions, days))

/** CPU of the instances of groups of which CloudWatch has no series of their own. */
export const memberCpu = family("fleets.memberCpu", (name, days: number) =>
  seriesProbe<Fleet>({
    name,
    costNote: "One paid metric for each instance of an Auto Scaling group that CloudWatch does not tell of as one.",
    metrics: memberCpuSeries({ members: [{ id: "" } as Instance] }, days),
    key: ({ arn }) => arn,
    series: (fleet) => memberCpuSeries(fleet, days)
  })
)

/** A fleet that may be idle or oversized. */
export interface Candidate {
  readonly fleet: Fleet
  /** Whether its instances are asked for one by one, because CloudWatch has no series of the group. */
  readonly apart?: boolean
  /** Those of its types that live on CPU credits. */
  readonly burstable: ReadonlySet<string>
}

/** What is asked of candidates: CPU at most and on average, network in both directions, and the credits of those that live on them. */
export const detailSeries = ({ apart = false, burstable, fleet }: Candidate, days: number) => {
  const types = new Map(fleet.members.map(({ id, type }) => [id, type]))
  return (apart ? dimensionsOfMembers(fleet) : dimensionsOf(fleet)).map((dimensions) => {
    const spec = { namespace: ec2, dimensions, days } as const
    const id = dimensions["InstanceId"]
    const hasCredits = id === undefined ? burstable.size > 0 : burstable.has(types.get(id) ?? "")
    return {
      maximum: { ...spec, metric: "CPUUtilization", statistic: "Maximum" } satisfies SeriesSpec,
      mean: { ...spec, metric: "CPUUtilization", statistic: "Average" } satisfies SeriesSpec,
      network: (["NetworkIn", "NetworkOut"] as const).map((metric) => ({ ...spec, metric, statistic: "Sum" as const })),
      // Surplus credits are spent only when the balance is gone, so that the balance tells of both.
      credits: hasCredits
        ? ({ ...spec, metric: "CPUCreditBalance", statistic: "Minimum" } satisfies SeriesSpec)
        : undefined
    }
  })
}

/** The second step, for candidates only. */
export const detail = family("fleets.detail", (name, days: number) =>
  seriesProbe<Candidate>({
    name,
    costNote:
      "Four paid metrics for each instance or group that may be idle or oversized, and one more where it lives on CPU credits.",
    metrics: [
      { namespace: ec2, metric: "CPUUtilization", statistic: "Maximum", days },
      { namespace: ec2, metric: "CPUUtilization", statistic: "Average", days },
      { namespace: ec2, metric: "NetworkIn", statistic: "Sum", days },
      { namespace: ec2, metric: "NetworkOut", statistic: "Sum", days },
      { namespace: ec2, metric: "CPUCreditBalance", statistic: "Minimum", days }
    ],
    key: ({ fleet }) => fleet.arn,
    series: (candidate) =>
      detailSeries(candidate, days).flatMap(({ credits, maximum, mean, network }) => [
        maximum,
        mean,
        ...network,
        ...(credits === undefined ? [] : [credits])
      ])
  })
)

/** A fleet with the series that the agents on its instances publish of their memory. */
export interface Measured {
  readonly arn: string
  readonly memory: ReadonlyArray<MemorySeries>
}

/** Percent of the memory in use, the maximum of each day. */
export const memorySeries = ({ memory }: Measured, days: number): ReadonlyArray<SeriesSpec> =>
  memory.map(({ dimensions, metric }) => ({
    namespace: agentNamespace,
    metric,
    dimensions,
    statistic: "Maximum",
    days
  }))

/** The memory of candidates for a smaller size. */
export const memory = family("fleets.memory", (name, days: number) =>
  seriesProbe<Measured>({
    name,
    costNote: "One paid metric for each series of memory of the instances that may be oversized.",
    metrics: memoryMetrics.map((metric) => ({ namespace: agentNamespace, metric, statistic: "Maximum", days })),
    key: ({ arn }) => arn,
    series: (measured) => memorySeries(measured, days)
  })
)

/** Percent of the memory in use, the mean of each hour, of one series of an agent. */
export const hourlyMemorySeries = ({ dimensions, metric }: MemorySeries, days: number): SeriesSpec => ({
  namespace: agentNamespace,
  metric,
  dimensions,
  statistic: "Average",
  days,
  period: 3600
})

/** The memory of every instance that has an agent, hour by hour: CloudWatch has no percentiles of what an agent adds up. */
export const hourlyMemory = family("fleets.hourlyMemory", (name, fleets: Dataset<ReadonlyArray<Fleet>>, days: number) =>
  metricsOf(name, {
    scope: "regional",
    needs: { fleets },
    evidence: { agents: agentMemory },
    metrics: memoryMetrics.map((metric) => hourlyMemorySeries({ instanceId: "", metric, dimensions: {} }, days)),
    series: ({ fleets }, { agents }) => {
      const agentsOf = agents.by(({ instanceId }) => instanceId)
      return fleets.flatMap(({ members }) =>
        members.flatMap(({ id }) => agentsOf.found(id).map((agent) => hourlyMemorySeries(agent, days)))
      )
    }
  })
)

/** What tells that an instance has run out of CPU credits: with the mode `unlimited` it is what it is billed for beyond them. */
export const creditSeries = ({ id }: Pick<Instance, "id">, unlimited: boolean, days: number): SeriesSpec => ({
  namespace: ec2,
  metric: unlimited ? "CPUSurplusCreditsCharged" : "CPUCreditBalance",
  dimensions: { InstanceId: id },
  statistic: unlimited ? "Sum" : "Maximum",
  days
})

/** The credits of all instances that live on them, one series each. */
export const credits = family("fleets.credits", (name, fleets: Dataset<ReadonlyArray<Fleet>>, days: number) =>
  metricsOf(name, {
    scope: "regional",
    needs: { fleets },
    evidence: { unlimited: unlimitedIds },
    metrics: [creditSeries({ id: "" }, true, days), creditSeries({ id: "" }, false, days)],
    series: ({ fleets }, { unlimited }) =>
      fleets
        .flatMap(({ members }) => members)
        .filter(({ type }) => isBurstable(type))
        .flatMap((member) => {
          const mode = unlimited.has(member.id)
          return mode.known ? [creditSeries(member, mode.value, days)] : []
        })
  })
)

/** The mean CPU of an Auto Scaling group, hour by hour. */
export const groupMeanSeries = ({ id }: Pick<Fleet, "id">, days: number): SeriesSpec =>
  hourlyMeanOf({ AutoScalingGroupName: id }, days)

/** Whether the whole of a group is busy, or one of its instances. */
export const groupMean = family("fleets.groupMean", (name, days: number) =>
  seriesProbe<Fleet>({
    name,
    costNote: "One paid metric for each Auto Scaling group of which some instances are busy.",
    metrics: [groupMeanSeries({ id: "" }, days)],
    key: ({ arn }) => arn,
    series: (fleet) => [groupMeanSeries(fleet, days)]
  })
)

/** The mean CPU of each instance of a group, hour by hour. */
export const memberMeanSeries = ({ members }: Pick<Fleet, "members">, days: number): ReadonlyArray<SeriesSpec> =>
  dimensionsOfMembers({ members }).map((dimensions) => hourlyMeanOf(dimensions, days))

/** The same of groups of which CloudWatch has no series of their own. */
export const memberMean = family("fleets.memberMean", (name, days: number) =>
  seriesProbe<Fleet>({
    name,
    costNote: "One paid metric for each instance of a busy Auto Scaling group that CloudWatch does not tell of as one.",
    metrics: memberMeanSeries({ members: [{ id: "" } as Instance] }, days),
    key: ({ arn }) => arn,
    series: (fleet) => memberMeanSeries(fleet, days)
  })
)

/** Whether the status checks of instances failed, each day's worst. */
export const statusSeries = ({ members }: Pick<Fleet, "members">, days: number): ReadonlyArray<SeriesSpec> =>
  members.map(({ id }) => ({
    namespace: ec2,
    metric: "StatusCheckFailed",
    dimensions: { InstanceId: id },
    statistic: "Maximum",
    days
  }))

/** The status checks of what is nearly always at the limit of its CPU. */
export const statusChecks = family("fleets.statusChecks", (name, days: number) =>
  seriesProbe<Fleet>({
    name,
    costNote: "One paid metric for each instance whose CPU is at its limit.",
    metrics: statusSeries({ members: [{ id: "" } as Instance] }, days),
    key: ({ arn }) => arn,
    series: (fleet) => statusSeries(fleet, days)
  })
)
