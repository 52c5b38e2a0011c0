/** The CloudWatch series of an account and region: which exist, and what they show on a day. */
import type { Activity } from "../estate.ts"
import { capitalsOf, idOf } from "../ids.ts"
import { millisPerDay } from "../../core/time.ts"
import { loadBalancerPath, targetGroupPath } from "./elb.ts"
import { dateOf, type Here } from "./Here.ts"

export interface Series {
  readonly namespace: string
  readonly metric: string
  readonly dimensions: Readonly<Record<string, string>>
  readonly activity: Activity
  /** Nothing is published before. */
  readonly since: Date
  /** Whether an idle day is a datapoint of zero or none. */
  readonly idle: "zero" | "none"
  /** Days that the newest datapoint is behind. */
  readonly late: number
}

/** How series are told apart. */
export const seriesKey = (namespace: string, metric: string, dimensions: Readonly<Record<string, string>>): string =>
  [
    namespace,
    metric,
    ...Object.entries(dimensions)
      .map(([name, value]) => `${name}=${value}`)
      .sort()
  ].join("|")

/** The value on the UTC day that begins then; undefined where there is no datapoint. `refused` series have none either. */
export const valueOn = (series: Series, day: Date): number | undefined => {
  const { activity } = series
  if (activity === "missing" || activity === "refused" || day.getTime() + millisPerDay <= series.since.getTime())
    return undefined
  const value =
    typeof activity === "number"
      ? activity
      : "until" in activity
        ? day <= dateOf(activity.until)
          ? activity.daily
          : 0
        : day.getUTCDay() === 0 || day.getUTCDay() === 6
          ? activity.weekends
          : activity.weekdays
  return value === 0 && series.idle === "none" ? undefined : value
}

const times = (activity: Activity, factor: number): Activity =>
  typeof activity === "number"
    ? activity * factor
    : typeof activity === "string"
      ? activity
      : "until" in activity
        ? { ...activity, daily: activity.daily * factor }
        : { weekdays: activity.weekdays * factor, weekends: activity.weekends * factor }

const longAgo = new Date("2019-01-01T00:00:00Z")
const globalMetricsRegion = "us-east-1"

const made = new WeakMap<Here, ReadonlyMap<string, Series>>()

/** Every series that the account has in the region, by key. */
export const seriesOf = (here: Here): ReadonlyMap<string, Series> => {
  const existing = made.get(here)
  if (existing !== undefined) return existing
  const series = new Map(
    [...regional(here), ...buckets(here), ...(here.region === globalMetricsRegion ? edge(here) : [])].map((one) => [
      seriesKey(one.namespace, one.metric, one.dimensions),
      one
    ])
  )
  made.set(here, series)
  return series
}

const regional = (here: Here): ReadonlyArray<Series> => {
  const { has } = here
  const all: Array<Series> = []
  const add =
    (namespace: string, dimensions: Readonly<Record<string, string>>, since: Date, idle: Series["idle"]) =>
    (metric: string, activity: Activity) =>
      all.push({ namespace, metric, dimensions, activity, since, idle, late: 0 })

  for (const { invocations, name } of has.functions) {
    add("AWS/Lambda", { FunctionName: name }, longAgo, "none")("Invocations", invocations)
  }

  for (const balancer of has.loadBalancers) {
    const { created, kind, redirects = 0, traffic } = balancer
    const namespace =
      kind === "application" ? "AWS/ApplicationELB" : kind === "network" ? "AWS/NetworkELB" : "AWS/GatewayELB"
    const metric = add(namespace, { LoadBalancer: loadBalancerPath(here, balancer) }, dateOf(created), "none")
    if (kind === "application") {
      metric("RequestCount", traffic)
      metric("NewConnectionCount", redirects === 0 ? traffic : redirects)
      metric("HTTP_Redirect_Count", redirects)
      metric("HTTP_Fixed_Response_Count", 0)
    } else {
      metric("NewFlowCount", traffic)
      metric("ProcessedBytes", times(traffic, 4096))
    }
  }
  for (const { created, name, traffic } of has.classicLoadBalancers) {
    const metric = add("AWS/ELB", { LoadBalancerName: name }, dateOf(created), "none")
    metric("RequestCount", traffic)
    metric("EstimatedProcessedBytes", times(traffic, 4096))
  }
  for (const group of has.targetGroups) {
    const balancer = has.loadBalancers.find(({ name }) => name === group.loadBalancer)
    if (balancer?.kind !== "application") continue
    const dimensions = { LoadBalancer: loadBalancerPath(here, balancer), TargetGroup: targetGroupPath(here, group) }
    add("AWS/ApplicationELB", dimensions, dateOf(balancer.created), "none")("RequestCount", group.requests ?? 0)
  }

  for (const { created, incoming, name } of has.logGroups) {
    const metric = add("AWS/Logs", { LogGroupName: name }, dateOf(created), "none")
    metric("IncomingBytes", incoming)
  }

  for (const { bytes, created, name } of has.natGateways) {
    const metric = add("AWS/NATGateway", { NatGatewayId: idOf("nat", here, name) }, dateOf(created), "zero")
    metric("BytesOutToDestination", bytes)
    metric("BytesOutToSource", times(bytes, 2))
    metric("ActiveConnectionCount", times(bytes, 1 / 1_000_000))
  }

  for (const endpoint of has.vpcEndpoints) {
    if (endpoint.type === "Gateway") continue
    const dimensions = {
      "VPC Id": idOf("vpc", here, endpoint.vpc),
      "VPC Endpoint Id": idOf("vpce", here, endpoint.name),
      "Endpoint Type": endpoint.type ?? "Interface",
      "Service Name": endpoint.service
    }
    const metric = add("AWS/PrivateLinkEndpoints", dimensions, dateOf(endpoint.created), "none")
    metric("BytesProcessed", endpoint.bytes)
    metric("ActiveConnections", times(endpoint.bytes, 1 / 1_000_000))
  }
  return all
}

/** S3 tells sizes once a day and a day late, in the region of the bucket. */
const buckets = (here: Here): ReadonlyArray<Series> =>
  here.own.buckets
    .filter(({ region }) => region === here.region)
    .flatMap(({ created, gb, name, objects, requests }) => {
      const sizes = { namespace: "AWS/S3", since: dateOf(created), idle: "none", late: 1 } as const
      return [
        ...Object.entries(gb).map(([StorageType, size]) => ({
          ...sizes,
          metric: "BucketSizeBytes",
          dimensions: { BucketName: name, StorageType },
          activity: size * 2 ** 30
        })),
        {
          ...sizes,
          metric: "NumberOfObjects",
          dimensions: { BucketName: name, StorageType: "AllStorageTypes" },
          activity: objects
        },
        ...(requests === undefined
          ? []
          : (["AllRequests", "GetRequests", "BytesDownloaded"] as const).map((metric) => ({
              ...sizes,
              late: 0,
              metric,
              dimensions: { BucketName: name, FilterId: wholeBucketFilter },
              activity: metric === "BytesDownloaded" ? times(requests, bytesPerRequest) : requests
            })))
      ]
    })

const bytesPerRequest = 150_000

/** The id of the request metrics that cover a whole bucket, as the console names it. */
export const wholeBucketFilter = "EntireBucket"

const edge = (here: Here): ReadonlyArray<Series> => [
  ...here.own.distributions.map(({ name, requests }) => ({
    namespace: "AWS/CloudFront",
    metric: "Requests",
    dimensions: { DistributionId: capitalsOf(here.account, name), Region: "Global" },
    activity: requests,
    since: longAgo,
    idle: "none" as const,
    late: 0
  })),
  ...here.own.hostedZones
    .filter((zone) => zone.private === undefined)
    .map(({ name, queries }) => ({
      namespace: "AWS/Route53",
      metric: "DNSQueries",
      dimensions: { HostedZoneId: zoneId(here.account, name) },
      activity: queries,
      since: longAgo,
      idle: "none" as const,
      late: 0
    }))
]

/** `Z0123456789ABCDEFGHIJ`, without the path in which Route 53 wraps it. */
export const zoneId = (account: string, name: string): string => `Z0${capitalsOf(account, name, 20)}`
