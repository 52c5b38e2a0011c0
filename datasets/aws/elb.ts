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
  ElasticLoadBalancingV2Client
} from "@aws-sdk/client-elastic-load-balancing-v2"
import * as Effect from "effect/Effect"
import { arn, resourceOfArn } from "../../core/aws/arn.ts"
import { AwsTarget, complete, list, required, send } from "../../core/aws/Aws.ts"
import { listOperation, operation } from "../../core/aws/operation.ts"
import { all, type Reading } from "../../core/Reading.ts"
import { daysBefore } from "../../core/time.ts"
import { dataset, derived, family, listOf, readOf } from "../engine/Dataset.ts"
import { probe, seriesProbe } from "../engine/Probe.ts"
import { billedBy, resourceKind } from "../engine/ResourceKind.ts"
import type { MetricSeries } from "../metrics/MetricSeries.ts"
import { metricsOf, questionsOf } from "../metrics/metricsOf.ts"
import { wasUsed } from "../metrics/Past.ts"
import type { MetricAsked, SeriesSpec, Statistic } from "../metrics/SeriesSpec.ts"

/** Both generations describe 400 at a time. Source: shared/facts/aws-limits.md 2. */
const paging = { size: ["PageSize", 400], input: "Marker", output: "NextMarker" } as const

const describeLoadBalancers = listOperation(
  ElasticLoadBalancingV2Client,
  DescribeLoadBalancersCommand,
  "elasticloadbalancing:DescribeLoadBalancers",
  "LoadBalancers",
  { paging }
)

const describeClassicLoadBalancers = listOperation(
  ElasticLoadBalancingClient,
  DescribeClassicLoadBalancersCommand,
  "elasticloadbalancing:DescribeLoadBalancers",
  "LoadBalancerDescriptions",
  { paging }
)

const describeTargetGroups = listOperation(
  ElasticLoadBalancingV2Client,
  DescribeTargetGroupsCommand,
  "elasticloadbalancing:DescribeTargetGroups",
  "TargetGroups",
  { paging }
)

/** Has no pages. */
const describeTargetHealth = listOperation(
  ElasticLoadBalancingV2Client,
  DescribeTargetHealthCommand,
  "elasticloadbalancing:DescribeTargetHealth",
  "TargetHealthDescriptions"
)

const describeListeners = listOperation(
  ElasticLoadBalancingV2Client,
  DescribeListenersCommand,
  "elasticloadbalancing:DescribeListeners",
  "Listeners",
  { paging }
)

const describeCapacityReservation = operation(
  ElasticLoadBalancingV2Client,
  DescribeCapacityReservationCommand,
  "elasticloadbalancing:DescribeCapacityReservation"
)

/** The generation before has no types. */
const types = ["application", "network", "gateway"] as const

export interface LoadBalancer {
  readonly arn: string
  readonly name: string
  readonly type: (typeof types)[number] | "classic"
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
export const loadBalancers = listOf("elb.loadBalancers", "regional", describeLoadBalancers, {}, (balancers) =>
  balancers.map((balancer): LoadBalancer => {
    const arn = required(balancer.LoadBalancerArn, "LoadBalancers[].LoadBalancerArn")
    const type = balancer.Type?.toLowerCase()
    return {
      arn,
      name: balancer.LoadBalancerName ?? "",
      type: required(
        types.find((known) => known === type),
        "LoadBalancers[].Type"
      ),
      path: resourceOfArn(arn).replace(/^loadbalancer\//, ""),
      scheme: balancer.Scheme ?? "",
      state: required(balancer.State?.Code, "LoadBalancers[].State.Code").toLowerCase(),
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
export const classicLoadBalancers = dataset<ReadonlyArray<LoadBalancer>>("elb.classicLoadBalancers", {
  scope: "regional",
  operations: [describeClassicLoadBalancers],
  read: Effect.fnUntraced(function* () {
    const { account, region } = yield* AwsTarget
    return readOf(
      yield* list(describeClassicLoadBalancers, {}, (balancers) =>
        balancers.map((balancer): LoadBalancer => {
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
            registeredInstances: required(balancer.Instances, "LoadBalancerDescriptions[].Instances").length,
            listeners: (balancer.ListenerDescriptions ?? []).flatMap(({ Listener }) =>
              Listener === undefined ? [] : [`${Listener.Protocol}:${Listener.LoadBalancerPort}`]
            )
          }
        })
      )
    )
  })
})

const generations = { loadBalancers, classicLoadBalancers }

/** The load balancers of both generations. */
export const balancers = derived<ReadonlyArray<LoadBalancer>, typeof generations>("elb.balancers", {
  scope: "regional",
  needs: generations,
  inventory: ["loadBalancers", "classicLoadBalancers"],
  kind: resourceKind<LoadBalancer>({
    type: ({ type }) => (type === "classic" ? "elb:load-balancer" : "elbv2:load-balancer"),
    service: billedBy.elb,
    tags: { tagging: ["elasticloadbalancing:loadbalancer"] },
    id: ({ path }) => path,
    name: ({ name }) => name
  }),
  derive: ({ classicLoadBalancers, loadBalancers }) => [...loadBalancers, ...classicLoadBalancers]
})

export interface TargetGroup {
  readonly arn: string
  readonly name: string
  /** `HTTP`, `HTTPS`, `TCP`, …; undefined for Lambda targets. */
  readonly protocol: string | undefined
  /** `HTTP1`, `HTTP2` or `GRPC`, of HTTP and HTTPS. */
  readonly protocolVersion: string | undefined
  readonly port: number | undefined
  readonly vpcId: string | undefined
  /** `instance`, `ip`, `lambda` or `alb`. */
  readonly targetType: string
  readonly loadBalancerArns: ReadonlyArray<string>
  /** As CloudWatch names it: `targetgroup/name/id`. */
  readonly path: string
}

/** All target groups, 400 a page. */
export const targetGroups = listOf(
  "elb.targetGroups",
  "regional",
  describeTargetGroups,
  {},
  (groups) =>
    groups.map((group): TargetGroup => {
      const arn = required(group.TargetGroupArn, "TargetGroups[].TargetGroupArn")
      return {
        arn,
        name: required(group.TargetGroupName, "TargetGroups[].TargetGroupName"),
        protocol: group.Protocol?.toUpperCase(),
        protocolVersion: group.ProtocolVersion?.toUpperCase(),
        port: group.Port,
        vpcId: group.VpcId,
        targetType: group.TargetType?.toLowerCase() ?? "instance",
        loadBalancerArns: required(group.LoadBalancerArns, "TargetGroups[].LoadBalancerArns"),
        path: resourceOfArn(arn)
      }
    }),
  {
    kind: resourceKind<TargetGroup>({
      type: "elbv2:target-group",
      service: billedBy.nothing,
      tags: { tagging: ["elasticloadbalancing:targetgroup"] },
      id: ({ name }) => name,
      name: ({ name }) => name
    })
  }
)

export interface TargetHealth {
  /** Targets that are registered, in whatever state. */
  readonly registered: number
  /** Number of targets by state: `healthy`, `unhealthy`, `draining`, `unused`, `unavailable`, … */
  readonly states: Readonly<Record<string, number>>
}

/** The targets of a group. CloudWatch counts those of most groups; ask about the groups of which it counts none. */
export const targetHealth = probe<TargetGroup, TargetHealth>({
  name: "elb.targetHealth",
  operations: [describeTargetHealth],
  cap: 500,
  batchSize: 1,
  costNote:
    "Elastic Load Balancing tells the targets of one group at a time: one call for each that seems to have none.",
  key: ({ arn }) => arn,
  // Its hosts are counted every night where a load balancer sends to it; a group that gets one is asked about again.
  identity: ({ arn, loadBalancerArns }) => [arn, ...loadBalancerArns.toSorted()].join(" "),
  read: (groups) =>
    Effect.forEach(groups, ({ arn }) =>
      Effect.map(
        complete(
          list(describeTargetHealth, { TargetGroupArn: arn }, (targets) =>
            targets.map(({ TargetHealth }) =>
              required(TargetHealth?.State, "TargetHealthDescriptions[].TargetHealth.State").toLowerCase()
            )
          )
        ),
        (states): TargetHealth => ({
          registered: states.length,
          states: Object.fromEntries(
            [...Map.groupBy(states, (state) => state)].map(([state, all]) => [state, all.length])
          )
        })
      )
    )
})

/** `healthy: 2, unhealthy: 1`, or `none`. */
export const healthSummary = ({ states }: TargetHealth): string => {
  const parts = Object.entries(states)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([state, count]) => `${state}: ${count}`)
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

const sums = (type: LoadBalancer["type"], days: number): ReadonlyArray<MetricAsked> =>
  metrics[type].names.map((metric) => ({ namespace: metrics[type].namespace, metric, statistic: "Sum", days }))

const everySum = (days: number) => [...types, "classic" as const].map((type) => sums(type, days))

/** What a load balancer did for its clients, in every metric of its type. The first counts what reached a target. */
export const trafficOf = ({ path, type }: LoadBalancer, days: number): ReadonlyArray<SeriesSpec> =>
  sums(type, days).map((asked) => ({
    ...asked,
    dimensions: type === "classic" ? { LoadBalancerName: path } : { LoadBalancer: path }
  }))

/** What of a load balancer's clients reached a target: requests, or flows of network and gateway load balancers. */
export const servedOf = (balancer: LoadBalancer, days: number): SeriesSpec => trafficOf(balancer, days)[0] as SeriesSpec

/** What a load balancer has served that is in use. */
export interface BalancerUse {
  /** More requests in all than these, of those that count requests. */
  readonly requests: number
  /** More flows on a day than these, of those that count flows. */
  readonly dailyFlows: number
  /** And something within so many days; undefined for any day of the window. */
  readonly withinDays: number | undefined
}

/** Whether a load balancer counts flows rather than requests. */
export const countsFlows = ({ type }: LoadBalancer): boolean => type === "network" || type === "gateway"

/**
 * What reached the targets of all load balancers, of so many days: one series each, which clears most of them. It is not asked again
 * of one that is in use.
 */
export const served = family("elb.served", (name, days: number, use: BalancerUse) =>
  questionsOf(name, {
    scope: "regional",
    needs: { balancers },
    metrics: everySum(days).map(([first]) => first as MetricAsked),
    questions: ({ balancers }, _, now) =>
      balancers.map((balancer) => ({
        ...wasUsed(balancer.arn, [servedOf(balancer, days)], balancer.createdAt),
        settledBy: (past) =>
          (countsFlows(balancer) ? past.days((flows) => flows > use.dailyFlows) > 0 : past.total > use.requests) &&
          // A day counts by its midnight.
          (use.withinDays === undefined || past.wasActive(new Date(daysBefore(now, use.withinDays).getTime() + 1)))
      }))
  })
)

/** All traffic of single load balancers, of so many days. */
export const traffic = family("elb.traffic", (name, days: number) =>
  seriesProbe<LoadBalancer>({
    name,
    costNote: "Up to three more paid metrics for each load balancer that served little.",
    metrics: everySum(days).flat(),
    key: ({ arn }) => arn,
    series: (balancer) => trafficOf(balancer, days)
  })
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

/** Which of its load balancers count the requests of a target group. */
export const countingBalancers = (
  group: TargetGroup,
  balancers: ReadonlyArray<LoadBalancer>
): ReadonlyArray<LoadBalancer> =>
  group.protocol === "HTTP" || group.protocol === "HTTPS"
    ? balancers.filter(({ arn, type }) => type === "application" && group.loadBalancerArns.includes(arn))
    : []

/** Which of its load balancers count what a target group answers: functions answer requests too, and have no protocol. */
export const answeringBalancers = (
  group: TargetGroup,
  balancers: ReadonlyArray<LoadBalancer>
): ReadonlyArray<LoadBalancer> =>
  group.targetType === "lambda"
    ? balancers.filter(({ arn, type }) => type === "application" && group.loadBalancerArns.includes(arn))
    : countingBalancers(group, balancers)

/** The requests of all target groups of application load balancers, of so many days. */
export const groupRequests = family("elb.groupRequests", (name, days: number) =>
  metricsOf(name, {
    scope: "regional",
    needs: { targetGroups },
    evidence: { loadBalancers },
    metrics: [{ namespace: "AWS/ApplicationELB", metric: "RequestCount", statistic: "Sum", days }],
    series: ({ targetGroups }, { loadBalancers }) => {
      const byArn = loadBalancers.by(({ arn }) => arn)
      return targetGroups.flatMap((group) => {
        const balancers = group.loadBalancerArns.flatMap((arn) => byArn.found(arn))
        return answeringBalancers(group, balancers).map((balancer) => groupRequestsOf(group, balancer, days))
      })
    }
  })
)

/** A target group and the load balancers that it serves. */
export interface GroupInUse {
  readonly group: TargetGroup
  readonly balancers: ReadonlyArray<LoadBalancer>
}

const hostCounts = ["HealthyHostCount", "UnHealthyHostCount"] as const

/**
 * How many targets of a group its load balancers see, healthy ones and others. Targets that are functions or load balancers
 * themselves are not counted, nor those of zones that are off: that none is seen does not prove that there is none.
 */
export const hostsOf = ({ balancers, group }: GroupInUse, days: number): ReadonlyArray<SeriesSpec> =>
  balancers.flatMap(({ path, type }) =>
    hostCounts.map((metric) => ({
      namespace: metrics[type].namespace,
      metric,
      dimensions: { LoadBalancer: path, TargetGroup: group.path },
      statistic: "Maximum",
      days
    }))
  )

/** The targets that load balancers see of single groups, of so many days. */
export const hosts = family("elb.hosts", (name, days: number) =>
  seriesProbe<GroupInUse>({
    name,
    costNote: "Two paid metrics for each target group that is in use and had no request lately.",
    metrics: types.flatMap((type) =>
      hostCounts.map((metric) => ({ namespace: metrics[type].namespace, metric, statistic: "Maximum", days }) as const)
    ),
    key: ({ group }) => group.arn,
    series: (group) => hostsOf(group, days)
  })
)

/** What answers HTTP requests, and is measured by how it does: a target group, or an application load balancer itself. */
export interface HttpServer {
  readonly arn: string
  readonly name: string
  /** Undefined for a load balancer. */
  readonly group: TargetGroup | undefined
  /** The application load balancers that send it requests; of a load balancer itself alone. */
  readonly balancers: ReadonlyArray<LoadBalancer>
  /** Whether all load balancers that the group names are in the list. */
  readonly isWhole: boolean
}

/** A target group that answers HTTP requests. */
export type HttpGroup = HttpServer & { readonly group: TargetGroup }

const lists = { targetGroups, loadBalancers }

const serverKind = {
  service: billedBy.elb,
  type: ({ group }: HttpServer) => (group === undefined ? "elbv2:load-balancer" : "elbv2:target-group"),
  id: ({ balancers, group, name }: HttpServer) => (group === undefined ? (balancers[0]?.path ?? name) : name),
  name: ({ name }: HttpServer) => name
}

/** The target groups that answer HTTP requests of application load balancers. */
export const httpGroups = derived<ReadonlyArray<HttpGroup>, typeof lists>("elb.httpGroups", {
  scope: "regional",
  needs: lists,
  inventory: ["targetGroups", "loadBalancers"],
  kind: resourceKind<HttpGroup>({ ...serverKind, tags: { tagging: ["elasticloadbalancing:targetgroup"] } }),
  derive: ({ loadBalancers, targetGroups }) => {
    const byArn = new Map(loadBalancers.map((balancer) => [balancer.arn, balancer]))
    return targetGroups.flatMap((group) => {
      const parents = group.loadBalancerArns.flatMap((arn) => byArn.get(arn) ?? [])
      const isWhole = parents.length === group.loadBalancerArns.length
      const balancers = answeringBalancers(group, parents).toSorted((a, b) => (a.arn < b.arn ? -1 : 1))
      const mayAnswer = group.targetType === "lambda" || group.protocol === "HTTP" || group.protocol === "HTTPS"
      return balancers.length > 0 || (mayAnswer && !isWhole)
        ? [{ arn: group.arn, name: group.name, group, balancers, isWhole }]
        : []
    })
  }
})

const groupsAndBalancers = { httpGroups, loadBalancers }

/** The same with their application load balancers, which answer some requests themselves. */
export const httpServers = derived<ReadonlyArray<HttpServer>, typeof groupsAndBalancers>("elb.httpServers", {
  scope: "regional",
  needs: groupsAndBalancers,
  inventory: ["httpGroups", "loadBalancers"],
  kind: resourceKind<HttpServer>({
    ...serverKind,
    tags: { tagging: ["elasticloadbalancing:loadbalancer", "elasticloadbalancing:targetgroup"] }
  }),
  derive: ({ httpGroups, loadBalancers }) => [
    ...httpGroups,
    ...loadBalancers
      .filter(({ type }) => type === "application")
      .map((balancer) => ({
        arn: balancer.arn,
        name: balancer.name,
        group: undefined,
        balancers: [balancer],
        isWhole: true
      }))
  ]
})

/** What a load balancer counts of the answers of its targets, and of its own. */
export type AnswerMetric =
  | "RequestCount"
  | "HTTPCode_Target_5XX_Count"
  | "HTTPCode_ELB_5XX_Count"
  | "TargetConnectionErrorCount"
  | "TargetResponseTime"

/** One metric of a target group or of a load balancer by the hour, as each of its load balancers tells it. */
export const answersOf = (
  { balancers, group }: HttpServer,
  metric: AnswerMetric,
  days: number,
  statistic: Statistic = "Sum"
): ReadonlyArray<SeriesSpec> =>
  balancers.map(({ path }) => ({
    namespace: metrics.application.namespace,
    metric,
    dimensions: { LoadBalancer: path, ...(group === undefined ? {} : { TargetGroup: group.path }) },
    statistic,
    days,
    period: 3_600
  }))

/** The answers that application load balancers gave themselves because they had none: one series each. */
export const balancerErrors = family("elb.balancerErrors", (name, days: number) =>
  metricsOf(name, {
    scope: "regional",
    needs: { httpServers },
    metrics: [answerAsked("HTTPCode_ELB_5XX_Count", "Sum", days)],
    series: ({ httpServers }) =>
      httpServers
        .filter(({ group }) => group === undefined)
        .flatMap((server) => answersOf(server, "HTTPCode_ELB_5XX_Count", days))
  })
)

const answerAsked = (metric: AnswerMetric, statistic: Statistic, days: number): MetricAsked => ({
  namespace: metrics.application.namespace,
  metric,
  statistic,
  days,
  period: 3_600
})

/** Some of these metrics of single target groups or load balancers, of so many days. */
export const answers = family(
  "elb.answers",
  (name, asked: ReadonlyArray<readonly [AnswerMetric, Statistic]>, days: number) =>
    seriesProbe<HttpServer>({
      name,
      costNote: `${asked.map(([metric, statistic]) => `${metric} (${statistic})`).join(", ")}: a paid metric each, for each that served enough and may be reported.`,
      metrics: asked.map(([metric, statistic]) => answerAsked(metric, statistic, days)),
      key: ({ arn }) => arn,
      series: (server) => asked.flatMap(([metric, statistic]) => answersOf(server, metric, days, statistic))
    })
)

/** What the list of load balancers leaves out. */
export interface LoadBalancerDetails {
  /** Such as `HTTPS:443`. */
  readonly listeners: ReadonlyArray<string>
  /** Load balancer capacity units that are reserved, and billed without traffic. */
  readonly reservedUnits: number
}

/** Listeners and reserved capacity of application, network and gateway load balancers. Both change rarely. */
export const details = probe<LoadBalancer, LoadBalancerDetails>({
  name: "elb.details",
  operations: [describeListeners, describeCapacityReservation],
  cap: 500,
  batchSize: 1,
  costNote:
    "Listeners and reserved capacity are told of one load balancer at a time: two calls for each that is unused.",
  key: ({ arn }) => arn,
  identity: ({ createdAt }) => createdAt.toISOString(),
  read: (balancers) =>
    Effect.forEach(
      balancers,
      Effect.fnUntraced(function* ({ arn, type }) {
        const listeners = yield* complete(
          list(describeListeners, { LoadBalancerArn: arn }, (listeners) =>
            listeners.map(({ Port, Protocol }) => (Port === undefined ? "all ports" : `${Protocol ?? ""}:${Port}`))
          )
        )
        // A gateway load balancer cannot reserve capacity.
        if (type === "gateway") return { listeners, reservedUnits: 0 }
        const reservedUnits = yield* send(
          describeCapacityReservation,
          { LoadBalancerArn: arn },
          ({ MinimumLoadBalancerCapacity }) => MinimumLoadBalancerCapacity?.CapacityUnits ?? 0
        )
        return { listeners, reservedUnits }
      })
    )
})
