/**
 * What a series of CloudWatch is about: the resources that its dimensions name, and whether they still exist. Only the lists are read
 * that somebody names, and what no list tells is not known.
 */
import * as Effect from "effect/Effect"
import { resourceOfArn } from "../../core/aws/arn.ts"
import { AwsTarget, complete, list } from "../../core/aws/Aws.ts"
import type { AwsError } from "../../core/aws/AwsError.ts"
import { known, type Reading, unknown } from "../../core/Reading.ts"
import { dataset, type Dataset, type Read, type ReadServices, type ViewsOf, withNeeds } from "../engine/Dataset.ts"
import { Evidence } from "../engine/Evidence.ts"
import { inRegion } from "../engine/inRegion.ts"
import { probe } from "../engine/Probe.ts"
import type { ReadFailure } from "../engine/ReadFailure.ts"
import { listMetrics } from "../metrics/listMetrics.ts"
import * as apigateway from "./apigateway.ts"
import * as autoscaling from "./autoscaling.ts"
import { distributions } from "./cloudfront.ts"
import { type Alarm, alarms, isOfTargetTracking, type SeriesNamed } from "./cloudwatchAlarms.ts"
import { type DashboardContent, dashboards } from "./dashboards.ts"
import * as dynamodb from "./dynamodb.ts"
import * as ec2 from "./ec2.ts"
import * as ecr from "./ecr.ts"
import * as ecs from "./ecs.ts"
import * as eks from "./eks.ts"
import * as elasticache from "./elasticache.ts"
import * as elb from "./elb.ts"
import * as eventbridge from "./eventbridge.ts"
import * as lambda from "./lambda.ts"
import * as logs from "./logs.ts"
import * as rds from "./rds.ts"
import * as route53 from "./route53.ts"
import * as s3 from "./s3.ts"
import * as sns from "./sns.ts"
import * as sqs from "./sqs.ts"
import { stateMachineArns } from "./states.ts"
import * as vpc from "./vpc.ts"

/** The lists in which resources are looked up. */
const lists = {
  autoScalingGroups: autoscaling.groups,
  buckets: s3.buckets,
  cacheClusters: elasticache.cacheClusters,
  classicLoadBalancers: elb.classicLoadBalancers,
  databaseClusters: rds.clusters,
  databases: rds.instances,
  distributions,
  ecsClusters: ecs.clusterArns,
  ecsServices: ecs.services,
  eksClusters: eks.clusterNames,
  functions: lambda.functions,
  healthChecks: route53.healthChecks,
  hostedZones: route53.hostedZones,
  instances: ec2.instances,
  loadBalancers: elb.loadBalancers,
  logGroups: logs.logGroups,
  natGateways: vpc.natGateways,
  newerApis: apigateway.newerApis,
  queues: sqs.queues,
  repositories: ecr.repositories,
  restApis: apigateway.restApis,
  restStages: apigateway.stages,
  rules: eventbridge.rules,
  serverlessCaches: elasticache.serverlessCaches,
  stateMachines: stateMachineArns,
  tableIndexes: dynamodb.tableIndexes,
  tables: dynamodb.tables,
  targetGroups: elb.targetGroups,
  topics: sns.topics,
  volumes: ec2.volumes,
  vpcEndpoints: vpc.vpcEndpoints
} as const satisfies Readonly<Record<string, Dataset>>

export type ListName = keyof typeof lists

/** What has no list: the aliases and versions of functions are asked for function by function, of those that somebody names. */
const qualifiers = "functionQualifiers"

/** Calls about what has no list. */
const askedAlone = [lambda.listAliases, lambda.listVersions]

/** EC2 lists instances for an hour after their end, and ECS its services. */
const ended: ReadonlySet<string> = new Set(["terminated", "shutting-down", "deleted", "deleting", "inactive"])

const isThere = ({ state, status }: { readonly state?: string; readonly status?: string }): boolean =>
  !ended.has((state ?? status ?? "").toLowerCase())

const clusterName = (arn: string): string => arn.split("/").at(-1) ?? ""

const byId = (item: { readonly id: string; readonly state?: string; readonly status?: string }) =>
  isThere(item) ? item.id : undefined

const byName = ({ name }: { readonly name: string }) => name

/** CloudWatch calls a REST API by the characters of its name that are ASCII, or by its id. Source: API Gateway guide, "Dimensions for metrics". */
const restName = ({ id, name }: Pick<apigateway.Api, "id" | "name">): string =>
  [...name].filter((character) => character.charCodeAt(0) < 128).join("") || id

const itself = (name: string) => name

const byPath = ({ path }: { readonly path: string }) => path

/** By which name a dimension calls what a list has; undefined for what is listed and gone. */
const keys: { readonly [L in ListName]: (item: any) => string | undefined } = {
  autoScalingGroups: byName,
  buckets: byName,
  cacheClusters: byId,
  classicLoadBalancers: byPath,
  databaseClusters: byId,
  databases: byId,
  distributions: byId,
  ecsClusters: clusterName,
  ecsServices: (service: ecs.EcsService) =>
    isThere(service) ? `${clusterName(service.clusterArn)}/${service.name}` : undefined,
  eksClusters: itself,
  functions: byName,
  healthChecks: byId,
  hostedZones: byId,
  instances: byId,
  loadBalancers: byPath,
  logGroups: byName,
  natGateways: byId,
  newerApis: byId,
  queues: byName,
  repositories: byName,
  restApis: restName,
  restStages: ({ api, name }: apigateway.Stage) => (api.kind === "REST" ? `${restName(api)}/${name}` : undefined),
  rules: ({ bus, name }: eventbridge.Rule) => `${bus.name}/${name}`,
  serverlessCaches: byId,
  stateMachines: itself,
  tableIndexes: ({ name, table }: { readonly name: string; readonly table: string }) => `${table}/${name}`,
  tables: byName,
  targetGroups: byPath,
  topics: byName,
  volumes: byId,
  vpcEndpoints: byId
}

/** A resource by the list that has it, and its key there. */
export interface Reference {
  readonly list: ListName | typeof qualifiers
  readonly id: string
}

export const referenceKey = ({ id, list }: Reference): string => `${list} ${id}`

type Dimensions = Readonly<Record<string, string>>

/** One dimension that names a resource of a list. */
const named = (dimension: string, list: ListName) => (dimensions: Dimensions) => {
  const id = dimensions[dimension]
  return id === undefined ? [] : [{ list, id }]
}

/** Two dimensions that name a part of a resource, which has a list of its own. */
const partOf =
  (whole: string, part: string, list: ListName) =>
  (dimensions: Dimensions): ReadonlyArray<Reference> => {
    const [resource, own] = [dimensions[whole], dimensions[part]]
    return resource === undefined || own === undefined ? [] : [{ list, id: `${resource}/${own}` }]
  }

/** The alias that a function was called by, as `orders:live`, and the version that ran. Source: Lambda guide, "Viewing metrics for functions". */
const qualifiersOf = ({ ExecutedVersion, FunctionName, Resource }: Dimensions): ReadonlyArray<Reference> =>
  FunctionName === undefined || FunctionName.includes(".")
    ? []
    : [Resource?.startsWith(`${FunctionName}:`) ? Resource.slice(FunctionName.length + 1) : undefined, ExecutedVersion]
        .filter((qualifier) => qualifier !== undefined && qualifier !== "$LATEST")
        .map((qualifier) => ({ list: qualifiers, id: `${FunctionName}:${qualifier}` }))

const balancer = [named("LoadBalancer", "loadBalancers"), named("TargetGroup", "targetGroups")]

const database = [named("DBInstanceIdentifier", "databases"), named("DBClusterIdentifier", "databaseClusters")]

const container = [named("ClusterName", "ecsClusters"), partOf("ClusterName", "ServiceName", "ecsServices")]

const instance = [named("InstanceId", "instances"), named("AutoScalingGroupName", "autoScalingGroups")]

/** What the dimensions of a namespace name. A namespace that is not here has no list. */
const namespaces: Readonly<Record<string, ReadonlyArray<(dimensions: Dimensions) => ReadonlyArray<Reference>>>> = {
  "AWS/ApiGateway": [
    named("ApiId", "newerApis"),
    named("ApiName", "restApis"),
    partOf("ApiName", "Stage", "restStages")
  ],
  "AWS/ApplicationELB": balancer,
  "AWS/AutoScaling": [named("AutoScalingGroupName", "autoScalingGroups")],
  "AWS/CloudFront": [named("DistributionId", "distributions")],
  "AWS/DocDB": database,
  "AWS/DynamoDB": [named("TableName", "tables"), partOf("TableName", "GlobalSecondaryIndexName", "tableIndexes")],
  "AWS/EBS": [named("VolumeId", "volumes")],
  "AWS/EC2": instance,
  "AWS/ECR": [named("RepositoryName", "repositories")],
  "AWS/ECS": container,
  "AWS/EKS": [named("ClusterName", "eksClusters")],
  "AWS/ELB": [named("LoadBalancerName", "classicLoadBalancers")],
  "AWS/ElastiCache": [named("CacheClusterId", "cacheClusters"), named("clusterId", "serverlessCaches")],
  "AWS/Events": [
    ({ EventBusName = eventbridge.defaultBus, RuleName }) =>
      RuleName === undefined ? [] : [{ list: "rules", id: `${EventBusName}/${RuleName}` }]
  ],
  "AWS/GatewayELB": balancer,
  // At its edges CloudFront runs `us-east-1.redirects`, which is in no list of the region.
  "AWS/Lambda": [
    ({ FunctionName }) =>
      FunctionName === undefined || FunctionName.includes(".") ? [] : [{ list: "functions", id: FunctionName }],
    qualifiersOf
  ],
  "AWS/Logs": [named("LogGroupName", "logGroups")],
  "AWS/NATGateway": [named("NatGatewayId", "natGateways")],
  "AWS/Neptune": database,
  "AWS/NetworkELB": balancer,
  "AWS/PrivateLinkEndpoints": [named("VPC Endpoint Id", "vpcEndpoints")],
  "AWS/RDS": database,
  "AWS/Route53": [named("HostedZoneId", "hostedZones"), named("HealthCheckId", "healthChecks")],
  "AWS/S3": [named("BucketName", "buckets")],
  "AWS/SNS": [named("TopicName", "topics")],
  "AWS/SQS": [named("QueueName", "queues")],
  "AWS/States": [named("StateMachineArn", "stateMachines")],
  "ECS/ContainerInsights": container
}

/** Dimensions over which a service sums up what it has: a series with none but these is about no single resource. */
const sums: ReadonlySet<string> = new Set([
  "AvailabilityZone",
  "DatabaseClass",
  "EngineName",
  "ImageId",
  "InstanceType",
  "Region",
  "Role"
])

/** What a series is about: resources of lists, no single resource, or what no list tells. */
export type About =
  | { readonly about: "resources"; readonly references: ReadonlyArray<Reference> }
  | { readonly about: "nothing" }
  | { readonly about: "unknown"; readonly why: string }

/** What a series is about in an account. */
export const aboutOf = ({ account, dimensions, namespace }: SeriesNamed, own: string): About => {
  if (account !== undefined && account !== own) {
    return { about: "unknown", why: `its metric is one of account ${account}, which is not read here` }
  }
  const names = namespaces[namespace]
  if (names === undefined) return { about: "unknown", why: `what has metrics in ${namespace} is not listed` }
  const references = names.flatMap((name) => name(dimensions))
  if (references.length > 0) return { about: "resources", references }
  const others = Object.keys(dimensions).filter((dimension) => !sums.has(dimension))
  return others.length === 0
    ? { about: "nothing" }
    : { about: "unknown", why: `what ${others.sort().join(", ")} of ${namespace} names is not listed` }
}

/** The log group of a name or an ARN, in an account; undefined for one of another account. */
export const logGroupNamed = (identifier: string, own: string): Reference | undefined => {
  if (!identifier.startsWith("arn:")) return { list: "logGroups", id: identifier }
  return identifier.split(":")[4] === own
    ? {
        list: "logGroups",
        id: resourceOfArn(identifier)
          .replace(/^log-group:/, "")
          .replace(/:\*$/, "")
      }
    : undefined
}

/** Everything that an alarm names. */
export const referencesOf = (alarm: Alarm, own: string): ReadonlyArray<Reference> =>
  isOfTargetTracking(alarm)
    ? []
    : [
        ...alarm.series.flatMap((series) => {
          const about = aboutOf(series, own)
          return about.about === "resources" ? about.references : []
        }),
        ...alarm.logGroups.flatMap((identifier) => logGroupNamed(identifier, own) ?? [])
      ]

const accountOf = ({ arn }: Pick<Alarm, "arn">): string => arn.split(":")[4] ?? ""

/** Whether aliases and versions are there, as `orders:live`, one function after the other. */
const askQualifiers = Effect.fnUntraced(function* (
  ids: Iterable<string>,
  tell: (id: string, isThere: Reading<boolean>) => void
) {
  const gaps: Array<ReadFailure> = []
  const split = [...new Set(ids)].map((id) => ({ id, at: id.lastIndexOf(":") }))
  yield* Effect.forEach(
    Map.groupBy(split, ({ at, id }) => id.slice(0, at)),
    ([name, own]) =>
      Effect.match(
        lambda.hasQualifiers(
          name,
          own.map(({ at, id }) => id.slice(at + 1))
        ),
        {
          onSuccess: (has) => own.forEach(({ at, id }) => tell(id, known(has.get(id.slice(at + 1)) === true))),
          onFailure: (error) => {
            gaps.push(error)
            for (const { id } of own) tell(id, unknown(error.summary))
          }
        }
      ),
    { concurrency: 4, discard: true }
  )
  return gaps
})

const isQualifier = ({ list }: { readonly list: string }): boolean => list === qualifiers

/** Whether what alarms name is there, by `referenceKey`. A list that nobody names is not read. */
export const namedByAlarms = dataset<
  ReadonlyMap<string, Reading<boolean>>,
  { readonly alarms: typeof alarms },
  typeof lists
>("metricTargets.namedByAlarms", {
  scope: "regional",
  shape: "map",
  operations: askedAlone,
  needs: { alarms },
  evidence: lists,
  costNote:
    "The aliases, and the versions, of a function that an alarm names one of: a free call for each such function.",
  wanted: ({ alarms }) =>
    new Set(
      alarms.flatMap((alarm) =>
        referencesOf(alarm, accountOf(alarm)).flatMap(({ list }) => (list === qualifiers ? [] : list))
      )
    ),
  read: Effect.fnUntraced(function* ({ alarms }, evidence: ViewsOf<typeof lists>) {
    const references = alarms.flatMap((alarm) => referencesOf(alarm, accountOf(alarm)))
    const value = new Map<string, Reading<boolean>>()
    const gaps: Array<ReadFailure> = yield* askQualifiers(
      references.filter(isQualifier).map(({ id }) => id),
      (id, isThere) => value.set(referenceKey({ list: qualifiers, id }), isThere)
    )
    for (const [list, named] of Map.groupBy(references, ({ list }) => list)) {
      if (list === qualifiers) continue
      const view = evidence[list] as Evidence<unknown>
      const lookup = view.by(keys[list])
      for (const reference of named) value.set(referenceKey(reference), lookup.has(reference.id))
      gaps.push(...view.failures)
    }
    return { value, gaps }
  })
})

/** Something that a dashboard shows. */
export interface Shown {
  /** As people call it: `AWS/SQS orders`. */
  readonly name: string
  /** What must be there, and where; undefined where nobody can tell what it is about. */
  readonly references: ReadonlyArray<ShownReference> | undefined
}

/** A resource of a region: one of a list of it, or an alarm. */
export interface ShownReference {
  readonly region: string
  readonly list: Reference["list"] | "alarms"
  readonly id: string
}

export const shownKey = ({ id, list, region }: ShownReference): string => `${region} ${list} ${id}`

/** Everything that a dashboard of an account shows. */
export const shownOn = ({ alarmArns, logGroups, series }: DashboardContent, own: string): ReadonlyArray<Shown> => [
  ...series.map((one): Shown => {
    const { region } = one
    const about = aboutOf(one, own)
    return {
      name: [one.namespace, ...Object.values(one.dimensions)].join(" "),
      references:
        region === undefined || about.about === "unknown"
          ? undefined
          : about.about === "nothing"
            ? []
            : about.references.map((reference) => ({ ...reference, region }))
    }
  }),
  ...alarmArns.map((arn): Shown => {
    const [, , , region = "", account] = arn.split(":")
    const id = resourceOfArn(arn).replace(/^alarm:/, "")
    return { name: `alarm ${id}`, references: account === own ? [{ region, list: "alarms", id }] : undefined }
  }),
  ...logGroups.map(({ name, region }): Shown => {
    const group = logGroupNamed(name, own)
    return {
      name: `log group ${name}`,
      references: region === undefined || group === undefined ? undefined : [{ ...group, region }]
    }
  })
]

const shownLists = { ...lists, alarms } as const

const shownKeys: { readonly [L in keyof typeof shownLists]: (item: any) => string | undefined } = {
  ...keys,
  alarms: byName
}

/** Reads a dataset with what it is built from, where no other scan is at hand that shares it. */
const readAlone = (own: Dataset): Effect.Effect<Read<any>, AwsError, ReadServices> =>
  Effect.gen(function* () {
    const values: Record<string, unknown> = {}
    const gaps: Array<ReadFailure> = []
    for (const [key, need] of Object.entries(own.needs)) {
      const read = yield* readAlone(need)
      values[key] = read.value
      gaps.push(...read.gaps)
    }
    const read = yield* own.read(values, {})
    return { value: read.value, gaps: [...gaps, ...read.gaps] }
  })

/** Lists of the account that belong to no region, and are read for it anyway. */
const globalLists = {
  buckets: lists.buckets,
  distributions: lists.distributions,
  healthChecks: lists.healthChecks,
  hostedZones: lists.hostedZones
} as const

const isGlobal = (list: string): list is keyof typeof globalLists => Object.hasOwn(globalLists, list)

const shownReferences = (all: ReadonlyArray<{ readonly arn: string; readonly content: Reading<DashboardContent> }>) =>
  all.flatMap(({ arn, content }) =>
    content.known ? shownOn(content.value, arn.split(":")[4] ?? "").flatMap(({ references }) => references ?? []) : []
  )

/**
 * Whether what dashboards show is there, by `shownKey`. Dashboards belong to the account and show any region, so the lists that they
 * name are read once more, in each region that they name: those of the regions' own scans are not at hand.
 */
export const shownByDashboards = dataset<
  ReadonlyMap<string, Reading<boolean>>,
  { readonly dashboards: typeof dashboards },
  typeof globalLists
>("metricTargets.shownByDashboards", {
  scope: "global",
  shape: "map",
  operations: [
    ...new Set([
      ...askedAlone,
      ...withNeeds(Object.values(shownLists)).flatMap(({ operations, scope }) => (scope === "global" ? [] : operations))
    ])
  ],
  needs: { dashboards },
  evidence: globalLists,
  wanted: ({ dashboards }) =>
    new Set(
      shownReferences(dashboards)
        .map(({ list }) => list)
        .filter(isGlobal)
    ),
  costNote: "The lists of what dashboards show, once for each region that they show.",
  read: Effect.fnUntraced(function* ({ dashboards }, evidence) {
    const { region: home } = yield* AwsTarget
    const value = new Map<string, Reading<boolean>>()
    const gaps: Array<ReadFailure> = []
    const groups = Map.groupBy(
      shownReferences(dashboards),
      ({ list, region }) => `${isGlobal(list) ? home : region} ${list}`
    )
    yield* Effect.forEach(
      groups.values(),
      Effect.fnUntraced(function* (named) {
        const [{ list, region } = { list: "alarms", region: home } as const] = named
        if (list === qualifiers) {
          const asked = askQualifiers(
            named.map(({ id }) => id),
            (id, isThere) => value.set(shownKey({ list, id, region }), isThere)
          )
          gaps.push(...(yield* inRegion(region, asked)))
          return
        }
        const own = shownLists[list]
        if (isGlobal(list)) {
          const view = evidence[list] as Evidence<unknown>
          const lookup = view.by(shownKeys[list])
          for (const reference of named) value.set(shownKey(reference), lookup.has(reference.id))
          gaps.push(...view.failures)
          return
        }
        const read = yield* Effect.result(inRegion(region, readAlone(own)))
        if (read._tag === "Failure") {
          gaps.push(read.failure)
          for (const reference of named) value.set(shownKey(reference), unknown(read.failure.summary))
          return
        }
        gaps.push(...read.success.gaps)
        const lookup = new Evidence<unknown>(read.success.value, read.success.gaps).by(shownKeys[list])
        for (const reference of named) value.set(shownKey(reference), lookup.has(reference.id))
      }),
      { concurrency: 4, discard: true }
    )
    return { value, gaps }
  })
})

/**
 * Whether a series of which no list tells what it is about had no datapoint in two weeks, and nothing is set up that would write one. What
 * counts words in logs writes to a namespace of its own, and is silent while all is well.
 */
export const isForsaken = probe<SeriesNamed, boolean>({
  name: "metricTargets.isForsaken",
  operations: [listMetrics, logs.describeMetricFilters],
  cap: 500,
  batchSize: 1,
  costNote:
    "CloudWatch tells whether a single series is alive: one call, and one more for its metric filters, for each of an alarm without data whose namespace has no list.",
  key: ({ dimensions, metric, namespace }) =>
    JSON.stringify([namespace, metric, Object.entries(dimensions).toSorted(([a], [b]) => (a < b ? -1 : 1))]),
  read: (all) =>
    Effect.forEach(
      all,
      Effect.fnUntraced(function* ({ dimensions, metric, namespace }) {
        const alive = yield* complete(
          list(
            listMetrics,
            {
              Namespace: namespace,
              MetricName: metric,
              Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }))
            },
            (found) => found
          )
        )
        if (alive.length > 0) return false
        if (namespace.startsWith("AWS/")) return true
        const filters = yield* complete(
          list(logs.describeMetricFilters, { metricNamespace: namespace, metricName: metric }, (found) => found)
        )
        return filters.length === 0
      })
    )
})
