/** What is read from Elastic Load Balancing, of both generations. */
import {
  DescribeLoadBalancersCommand as DescribeClassicLoadBalancersCommand,
  ElasticLoadBalancingClient
} from "@aws-sdk/client-elastic-load-balancing"
import {
  DescribeCapacityReservationCommand,
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  type TargetHealthDescription
} from "@aws-sdk/client-elastic-load-balancing-v2"
import * as Effect from "effect/Effect"
import type { AwsError } from "../../core/aws/AwsError.ts"
import { arn, resourceOfArn } from "../../core/aws/arn.ts"
import { type AwsServices, AwsTarget, complete, list, required, send } from "../../core/aws/Aws.ts"
import { operation } from "../../core/aws/operation.ts"
import { all, type Reading } from "../../core/Reading.ts"
import { dataset, listOf, probe, readOf } from "../engine/Dataset.ts"
import { type MetricSeries, metricsOf, type SeriesSpec } from "../metrics/metrics.ts"

/** Both generations describe 400 at a time. Source: shared/facts/aws-limits.md 2. */
const paging = { size: ["PageSize", 400], input: "Marker", output: "NextMarker" } as const

const describeLoadBalancers = operation(
  ElasticLoadBalancingV2Client,
  DescribeLoadBalancersCommand,
  "elasticloadbalancing:DescribeLoadBalancers",
  { paging }
)

const describeClassicLoadBalancers = operation(
  ElasticLoadBalancingClient,
  DescribeClassicLoadBalancersCommand,
  "elasticloadbalancing:DescribeLoadBalancers",
  { paging }
)

const describeTargetGroups = operation(
  ElasticLoadBalancingV2Client,
  DescribeTargetGroupsCommand,
  "elasticloadbalancing:DescribeTargetGroups",
  { paging }
)

const describeTargetHealth = operation(
  ElasticLoadBalancingV2Client,
  DescribeTargetHealthCommand,
  "elasticloadbalancing:DescribeTargetHealth"
)

const describeListeners = operation(
  ElasticLoadBalancingV2Client,
  DescribeListenersCommand,
  "elasticloadbalancing:DescribeListeners",
  { paging }
)

const describeCapacityReservation = operation(
  ElasticLoadBalancingV2Client,
  DescribeCapacityReservationCommand,
  "elasticloadbalancing:DescribeCapacityReservation"
)

export interface LoadBalancer {
  readonly arn: string
  readonly name: string
  readonly type: "application" | "network" | "gateway" | "classic"
  /** As CloudWatch and network interfaces name it: `app/name/id`, `net/…`, `gwy/…`; a classic one's name. */
  readonly path: string
  /** `internet-facing` or `internal`. */
  readonly scheme: string
  /** `active`, `provisioning`, `active_impaired` or `failed`; a classic one is always `active`. */
  readonly state: string
  readonly createdAt: Date
  readonly vpcId: string | undefined
  readonly availabilityZones: ReadonlyArray<string>
  readonly securityGroupIds: ReadonlyArray<string>
  readonly dnsName: string
  /** Instances that are registered with a classic load balancer itself; the others have target groups. */
  readonly registeredInstances: number | undefined
  /** Such as `HTTPS:443`, of a classic one; the list does not tell those of the others. */
  readonly listeners: ReadonlyArray<string> | undefined
}

/** All application, network and gateway load balancers, 400 a page. */
export const loadBalancers = listOf("elb.loadBalancers", "regional", describeLoadBalancers, {}, (page) =>
  (page.LoadBalancers ?? []).map((balancer): LoadBalancer => {
    const arn = required(balancer.LoadBalancerArn, "LoadBalancers[].LoadBalancerArn")
    return {
      arn,
      name: balancer.LoadBalancerName ?? "",
      type: required(balancer.Type, "LoadBalancers[].Type"),
      path: resourceOfArn(arn).replace(/^loadbalancer\//, ""),
      scheme: balancer.Scheme ?? "",
      state: required(balancer.State?.Code, "LoadBalancers[].State.Code"),
      createdAt: required(balancer.CreatedTime, "LoadBalancers[].CreatedTime"),
      vpcId: balancer.VpcId,
      availabilityZones: (balancer.AvailabilityZones ?? []).flatMap(({ ZoneName }) => ZoneName ?? []),
      securityGroupIds: balancer.SecurityGroups ?? [],
      dnsName: balancer.DNSName ?? "",
      registeredInstances: undefined,
      listeners: undefined
    }
  })
)

/** All classic load balancers, 400 a page. */
export const classicLoadBalancers = dataset<ReadonlyArray<LoadBalancer>>({
  name: "elb.classicLoadBalancers",
  scope: "regional",
  operations: [describeClassicLoadBalancers],
  read: Effect.fnUntraced(function* () {
    const { account, region } = yield* AwsTarget
    return readOf(
      yield* list(describeClassicLoadBalancers, {}, (page) =>
        (page.LoadBalancerDescriptions ?? []).map((balancer): LoadBalancer => {
          const name = required(balancer.LoadBalancerName, "LoadBalancerDescriptions[].LoadBalancerName")
          return {
            arn: arn("elasticloadbalancing", region, account, `loadbalancer/${name}`),
            name,
            type: "classic",
            path: name,
            scheme: balancer.Scheme ?? "",
            state: "active",
            createdAt: required(balancer.CreatedTime, "LoadBalancerDescriptions[].CreatedTime"),
            vpcId: balancer.VPCId,
            availabilityZones: balancer.AvailabilityZones ?? [],
            securityGroupIds: balancer.SecurityGroups ?? [],
            dnsName: balancer.DNSName ?? "",
            registeredInstances: balancer.Instances?.length ?? 0,
            listeners: (balancer.ListenerDescriptions ?? []).flatMap(({ Listener }) =>
              Listener === undefined ? [] : [`${Listener.Protocol}:${Listener.LoadBalancerPort}`]
            )
          }
        })
      )
    )
  })
})

export interface TargetGroup {
  readonly arn: string
  readonly name: string
  /** `HTTP`, `HTTPS`, `TCP`, …; undefined for Lambda targets. */
  readonly protocol: string | undefined
  readonly port: number | undefined
  readonly vpcId: string | undefined
  /** `instance`, `ip`, `lambda` or `alb`. */
  readonly targetType: string
  readonly loadBalancerArns: ReadonlyArray<string>
  /** As CloudWatch names it: `targetgroup/name/id`. */
  readonly path: string
}

/** All target groups, 400 a page. */
export const targetGroups = listOf("elb.targetGroups", "regional", describeTargetGroups, {}, (page) =>
  (page.TargetGroups ?? []).map((group): TargetGroup => {
    const arn = required(group.TargetGroupArn, "TargetGroups[].TargetGroupArn")
    return {
      arn,
      name: group.TargetGroupName ?? "",
      protocol: group.Protocol,
      port: group.Port,
      vpcId: group.VpcId,
      targetType: group.TargetType ?? "instance",
      loadBalancerArns: group.LoadBalancerArns ?? [],
      path: resourceOfArn(arn)
    }
  })
)

export interface TargetHealth {
  /** Targets that are registered, in whatever state. */
  readonly registered: number
  /** Number of targets by state: `healthy`, `unhealthy`, `draining`, `unused`, `unavailable`, … */
  readonly states: Readonly<Record<string, number>>
}

/** A target group with its targets, where a load balancer uses it and AWS told them. */
export interface InspectedTargetGroup extends TargetGroup {
  readonly health: TargetHealth | undefined
}

const healthOf = (targets: ReadonlyArray<TargetHealthDescription>): TargetHealth => {
  const states: Record<string, number> = {}
  for (const { TargetHealth } of targets) {
    const state = TargetHealth?.State ?? "unknown"
    states[state] = (states[state] ?? 0) + 1
  }
  return { registered: targets.length, states }
}

/** All target groups with their targets. A group whose targets cannot be read is a gap. */
export const targetGroupsWithHealth = dataset({
  name: "elb.targetGroupsWithHealth",
  scope: "regional",
  operations: [describeTargetHealth],
  needs: { targetGroups },
  costNote: "Elastic Load Balancing tells the targets of one target group at a time: one call for each that is in use.",
  read: Effect.fnUntraced(function* ({ targetGroups }) {
    const gaps: Array<AwsError> = []
    const value = yield* Effect.forEach(
      targetGroups,
      (group): Effect.Effect<InspectedTargetGroup, never, AwsServices> =>
        group.loadBalancerArns.length === 0
          ? Effect.succeed({ ...group, health: undefined })
          : Effect.match(send(describeTargetHealth, { TargetGroupArn: group.arn }), {
              onSuccess: ({ TargetHealthDescriptions = [] }) => ({
                ...group,
                health: healthOf(TargetHealthDescriptions)
              }),
              onFailure: (error) => {
                gaps.push(error)
                return { ...group, health: undefined }
              }
            }),
      { concurrency: 8 }
    )
    return { value, gaps }
  })
})

/** `healthy: 2, unhealthy: 1`, or `none`. */
export const healthSummary = (health: ReadonlyArray<TargetHealth>): string => {
  const states = new Map<string, number>()
  for (const group of health) {
    for (const [state, count] of Object.entries(group.states)) states.set(state, (states.get(state) ?? 0) + count)
  }
  const parts = [...states].sort(([a], [b]) => (a < b ? -1 : 1)).map(([state, count]) => `${state}: ${count}`)
  return parts.length === 0 ? "none" : parts.join(", ")
}

const metrics = {
  application: {
    namespace: "AWS/ApplicationELB",
    names: ["RequestCount", "NewConnectionCount", "HTTP_Redirect_Count", "HTTP_Fixed_Response_Count"]
  },
  network: { namespace: "AWS/NetworkELB", names: ["NewFlowCount", "ProcessedBytes"] },
  gateway: { namespace: "AWS/GatewayELB", names: ["NewFlowCount", "ProcessedBytes"] },
  classic: { namespace: "AWS/ELB", names: ["RequestCount", "EstimatedProcessedBytes"] }
} as const

/** What a load balancer did for its clients, in every metric of its type. The first counts what reached a target. */
export const trafficOf = ({ path, type }: LoadBalancer, days: number): ReadonlyArray<SeriesSpec> =>
  metrics[type].names.map((metric) => ({
    namespace: metrics[type].namespace,
    metric,
    dimensions: type === "classic" ? { LoadBalancerName: path } : { LoadBalancer: path },
    statistic: "Sum",
    days
  }))

/** The traffic of all load balancers, of so many days. */
export const traffic = (days: number) =>
  metricsOf(`elb.traffic(${days}d)`, "regional", { classicLoadBalancers, loadBalancers }, (needs) =>
    [...needs.loadBalancers, ...needs.classicLoadBalancers].flatMap((balancer) => trafficOf(balancer, days))
  )

/** The sums of a load balancer's traffic metrics over the window, in the order of `trafficOf`. */
export const trafficTotals = (
  balancer: LoadBalancer,
  days: number,
  series: MetricSeries
): Reading<ReadonlyArray<number>> => all(trafficOf(balancer, days).map((spec) => series.total(spec)))

/** The requests that an application load balancer sent to a target group. The other types tell nothing by group. */
export const groupRequestsOf = (group: TargetGroup, balancer: LoadBalancer, days: number): SeriesSpec => ({
  namespace: "AWS/ApplicationELB",
  metric: "RequestCount",
  dimensions: { LoadBalancer: balancer.path, TargetGroup: group.path },
  statistic: "Sum",
  days
})

/** The load balancers that a target group serves and that count its requests. */
export const countingBalancers = (
  group: TargetGroup,
  byArn: ReadonlyMap<string, LoadBalancer>
): ReadonlyArray<LoadBalancer> =>
  group.protocol === "HTTP" || group.protocol === "HTTPS"
    ? group.loadBalancerArns.flatMap((arn) => {
        const balancer = byArn.get(arn)
        return balancer?.type === "application" ? [balancer] : []
      })
    : []

/** The requests of all target groups of application load balancers, of so many days. */
export const groupRequests = (days: number) =>
  metricsOf(`elb.groupRequests(${days}d)`, "regional", { loadBalancers, targetGroups }, (needs) => {
    const byArn = new Map(needs.loadBalancers.map((balancer) => [balancer.arn, balancer]))
    return needs.targetGroups.flatMap((group) =>
      countingBalancers(group, byArn).map((balancer) => groupRequestsOf(group, balancer, days))
    )
  })

/** What the list of load balancers leaves out. */
export interface LoadBalancerDetails {
  /** Such as `HTTPS:443`. */
  readonly listeners: ReadonlyArray<string>
  /** Load balancer capacity units that are reserved, and billed without traffic. */
  readonly reservedUnits: number
}

/** Listeners and reserved capacity of application, network and gateway load balancers. */
export const details = probe<LoadBalancer, LoadBalancerDetails>({
  name: "elb.details",
  operations: [describeListeners, describeCapacityReservation],
  cap: 500,
  batchSize: 1,
  costNote:
    "Listeners and reserved capacity are told of one load balancer at a time: two calls for each that is unused.",
  key: ({ arn }) => arn,
  read: (balancers) =>
    Effect.forEach(
      balancers,
      Effect.fnUntraced(function* ({ arn, type }) {
        const listeners = yield* complete(
          list(describeListeners, { LoadBalancerArn: arn }, (page) =>
            (page.Listeners ?? []).map(({ Port, Protocol }) =>
              Port === undefined ? "all ports" : `${Protocol ?? ""}:${Port}`
            )
          )
        )
        // A gateway load balancer cannot reserve capacity.
        if (type === "gateway") return { listeners, reservedUnits: 0 }
        const { MinimumLoadBalancerCapacity } = yield* send(describeCapacityReservation, { LoadBalancerArn: arn })
        return { listeners, reservedUnits: MinimumLoadBalancerCapacity?.CapacityUnits ?? 0 }
      })
    )
})
