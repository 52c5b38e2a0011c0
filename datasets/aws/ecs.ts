/** What is read from ECS: clusters, services, tasks, what tasks are made from, and the instances on which they run. */
import {
  type CapacityProviderStrategyItem,
  type ContainerDefinition,
  DescribeCapacityProvidersCommand,
  DescribeClustersCommand,
  DescribeContainerInstancesCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ECSClient,
  ListClustersCommand,
  ListContainerInstancesCommand,
  ListServicesCommand,
  ListTaskDefinitionsCommand,
  ListTasksCommand,
  type LoadBalancer,
  type Service as AwsService,
  type Tag
} from "@aws-sdk/client-ecs"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { type AwsServices, complete, list, type Listed, malformed, required, send } from "../../core/aws/Aws.ts"
import type { AwsError } from "../../core/aws/AwsError.ts"
import { type ListOperation, listOperation, type Operation, operation } from "../../core/aws/operation.ts"
import { dataset, derived, family, listOf, type Read, readOf } from "../engine/Dataset.ts"
import { probe, seriesProbe } from "../engine/Probe.ts"
import { billedBy, resourceKind } from "../engine/ResourceKind.ts"
import { several } from "../engine/several.ts"
import { questionsOf } from "../metrics/metricsOf.ts"
import type { SeriesSpec } from "../metrics/SeriesSpec.ts"
import type { Tags } from "./tags.ts"

const paging = { size: ["maxResults", 100], input: "nextToken", output: "nextToken" } as const

const listClusters = listOperation(ECSClient, ListClustersCommand, "ecs:ListClusters", "clusterArns", { paging })
const describeClusters = listOperation(ECSClient, DescribeClustersCommand, "ecs:DescribeClusters", "clusters")

/** Without a size ECS lists ten services. Source: the ECS model in botocore 1.43.11. */
const listServices = listOperation(ECSClient, ListServicesCommand, "ecs:ListServices", "serviceArns", { paging })
const describeServices = listOperation(ECSClient, DescribeServicesCommand, "ecs:DescribeServices", "services")

const listTasks = listOperation(ECSClient, ListTasksCommand, "ecs:ListTasks", "taskArns", { paging })
const describeTasks = listOperation(ECSClient, DescribeTasksCommand, "ecs:DescribeTasks", "tasks")

const listContainerInstances = listOperation(
  ECSClient,
  ListContainerInstancesCommand,
  "ecs:ListContainerInstances",
  "containerInstanceArns",
  { paging }
)
const describeContainerInstances = listOperation(
  ECSClient,
  DescribeContainerInstancesCommand,
  "ecs:DescribeContainerInstances",
  "containerInstances"
)

const listTaskDefinitions = listOperation(
  ECSClient,
  ListTaskDefinitionsCommand,
  "ecs:ListTaskDefinitions",
  "taskDefinitionArns",
  { paging }
)
const describeTaskDefinition = operation(ECSClient, DescribeTaskDefinitionCommand, "ecs:DescribeTaskDefinition")
const describeCapacityProviders = listOperation(
  ECSClient,
  DescribeCapacityProvidersCommand,
  "ecs:DescribeCapacityProviders",
  "capacityProviders"
)

/** Services that ECS describes in one call, and what else it describes. Source: shared/facts/page-sizes.md. */
const servicesPerCall = 10
const othersPerCall = 100

/** ECS writes the fields of a tag small. */
const tagsOf = (tags: ReadonlyArray<Tag> | undefined): Tags =>
  Object.fromEntries((tags ?? []).flatMap(({ key, value }) => (key === undefined ? [] : [[key, value ?? ""]])))

/** What was named and not described is no longer there, or ECS left it out: a gap, so that nothing is taken for gone. */
const allDescribed = <A>(
  operation: Operation,
  named: number,
  listed: Listed<A>
): Effect.Effect<Listed<A>, never, AwsServices> =>
  listed.items.length >= named || listed.gaps.length > 0
    ? Effect.succeed(listed)
    : Effect.map(
        malformed(operation, `${named - listed.items.length} of ${named} that were named were not described`),
        (error) => ({ items: listed.items, gaps: [error] })
      )

/** Lists ARNs in a cluster and describes them, so many at a time. A call that fails leaves a gap and keeps the rest. */
const describedIn = <A>(
  listArns: ListOperation<any, any, string>,
  cluster: string,
  perCall: number,
  describe: (arns: ReadonlyArray<string>) => Effect.Effect<Listed<A>, AwsError, AwsServices>
): Effect.Effect<Listed<A>, AwsError, AwsServices> =>
  Effect.gen(function* () {
    const listed = yield* list(listArns, { cluster }, (arns: ReadonlyArray<string>) => arns)
    const described = yield* Effect.forEach(
      Arr.chunksOf(listed.items, perCall),
      (arns) => Effect.result(Effect.flatMap(describe(arns), (listed) => allDescribed(listArns, arns.length, listed))),
      { concurrency: 4 }
    )
    return {
      items: described.flatMap((answer) => (Result.isSuccess(answer) ? answer.success.items : [])),
      gaps: [
        ...listed.gaps,
        ...described.flatMap((answer) => (Result.isFailure(answer) ? [answer.failure] : answer.success.gaps))
      ]
    }
  })

/** The same of several clusters. A cluster that cannot be read is a gap, and none of them is a failure. */
const inClusters = <A>(
  clusterArns: ReadonlyArray<string>,
  read: (cluster: string) => Effect.Effect<Listed<A>, AwsError, AwsServices>
): Effect.Effect<Read<ReadonlyArray<A>>, AwsError, AwsServices> =>
  Effect.map(
    Effect.forEach(clusterArns, (cluster) => Effect.result(read(cluster)), { concurrency: 4 }),
    (answers) => ({
      value: answers.flatMap((answer) => (Result.isSuccess(answer) ? answer.success.items : [])),
      gaps: answers.flatMap((answer) => (Result.isFailure(answer) ? [answer.failure] : answer.success.gaps))
    })
  )

/** ARNs of all clusters, 100 a page. */
export const clusterArns = listOf(
  "ecs.clusterArns",
  "regional",
  listClusters,
  {},
  (arns): ReadonlyArray<string> => arns
)

/** The name in the ARN of a cluster, under which CloudWatch knows it. */
export const clusterNameOf = (clusterArn: string): string => clusterArn.split("/").at(-1) ?? clusterArn

export interface EcsCluster {
  readonly arn: string
  readonly name: string
  /** `active`, `provisioning`, `deprovisioning`, `failed` or `inactive`. */
  readonly status: string
  readonly runningTasks: number
  readonly pendingTasks: number
  readonly activeServices: number
  /** Instances that are registered: of EC2, or of the customer's own. */
  readonly containerInstances: number
  readonly tags: Tags
}

/** All clusters, a hundred a call. A hundred that cannot be described are a gap. */
export const clusters = dataset<ReadonlyArray<EcsCluster>, { readonly clusterArns: typeof clusterArns }>(
  "ecs.clusters",
  {
    kind: resourceKind<EcsCluster>({
      type: "ecs:cluster",
      // A cluster is free; its instances are billed by EC2, and its tasks on Fargate by ECS.
      service: billedBy.ecs,
      id: ({ name }) => name,
      name: ({ name }) => name
    }),
    scope: "regional",
    operations: [describeClusters],
    needs: { clusterArns },
    inventory: ["clusterArns"],
    read: ({ clusterArns }) =>
      Effect.map(
        several(
          Arr.chunksOf(clusterArns, othersPerCall).map((clusters) =>
            Effect.flatMap(
              list(describeClusters, { clusters, include: ["TAGS"] }, (described) =>
                described.map((cluster): EcsCluster => ({
                  arn: required(cluster.clusterArn, "clusters[].clusterArn"),
                  name: required(cluster.clusterName, "clusters[].clusterName"),
                  status: required(cluster.status, "clusters[].status").toLowerCase(),
                  runningTasks: required(cluster.runningTasksCount, "clusters[].runningTasksCount"),
                  pendingTasks: required(cluster.pendingTasksCount, "clusters[].pendingTasksCount"),
                  activeServices: required(cluster.activeServicesCount, "clusters[].activeServicesCount"),
                  containerInstances: required(
                    cluster.registeredContainerInstancesCount,
                    "clusters[].registeredContainerInstancesCount"
                  ),
                  tags: tagsOf(cluster.tags)
                }))
              ),
              (listed) => allDescribed(describeClusters, clusters.length, listed)
            )
          )
        ),
        readOf
      )
  }
)

/** From where tasks get their capacity, and which share of them. */
export interface CapacityShare {
  readonly provider: string
  readonly weight: number
  /** Tasks that come from it before any weight counts. */
  readonly base: number
}

export interface EcsService {
  readonly arn: string
  readonly name: string
  readonly clusterArn: string
  /** `ACTIVE`, `DRAINING` or `INACTIVE`. */
  readonly status: string
  readonly desiredCount: number
  readonly runningCount: number
  readonly pendingCount: number
  /** `ECS`, `CODE_DEPLOY` (blue/green through CodeDeploy) or `EXTERNAL`. */
  readonly deploymentController: string
  /** `replica`, or `daemon` for one task on each instance. */
  readonly schedulingStrategy: string
  /** `ec2`, `fargate`, `external` or `managed_instances`; undefined where a strategy says it. */
  readonly launchType: string | undefined
  readonly capacityProviders: ReadonlyArray<CapacityShare>
  /** A number such as `1.4.0`, or `latest`; undefined outside of Fargate. */
  readonly platformVersion: string | undefined
  /** `linux`, or a release of Windows. */
  readonly platformFamily: string | undefined
  readonly taskDefinition: string
  /** Of the service, its deployments and its task sets. */
  readonly taskDefinitions: ReadonlyArray<string>
  /** Tasks of its deployments that failed to start, one after the other. */
  readonly failedTasks: number
  readonly createdAt: Date | undefined
  /** Of the service and its task sets. */
  readonly targetGroupArns: ReadonlyArray<string>
  /** The other colour of a blue/green pair that ECS switches itself. */
  readonly alternateTargetGroupArns: ReadonlyArray<string>
  readonly classicLoadBalancers: ReadonlyArray<string>
  readonly subnetIds: ReadonlyArray<string>
  readonly securityGroupIds: ReadonlyArray<string>
  readonly tags: Tags
  /** Names of the alarms by which a deployment is stopped. */
  readonly deploymentAlarms: ReadonlyArray<string>
}

const sharesOf = (strategy: ReadonlyArray<CapacityProviderStrategyItem> | undefined): ReadonlyArray<CapacityShare> =>
  (strategy ?? []).map(({ base, capacityProvider, weight }) => ({
    provider: required(capacityProvider, "capacityProviderStrategy[].capacityProvider"),
    weight: weight ?? 0,
    base: base ?? 0
  }))

/** Whether its tasks run on Fargate. A strategy never mixes Fargate with other capacity. */
export const isOnFargate = ({
  capacityProviders,
  launchType
}: Pick<EcsService, "launchType" | "capacityProviders">): boolean =>
  launchType === "fargate" || capacityProviders.some(({ provider }) => /^fargate(_spot)?$/i.test(provider))

const serviceOf = (service: AwsService): EcsService => {
  // Every task set and deployment may have its own network and load balancers while a service moves between two.
  const taskSets = service.taskSets ?? []
  const deployments = service.deployments ?? []
  const balancers: ReadonlyArray<LoadBalancer> = [service, ...taskSets].flatMap(
    ({ loadBalancers }) => loadBalancers ?? []
  )
  const networks = [service, ...taskSets, ...deployments].flatMap(
    ({ networkConfiguration }) => networkConfiguration?.awsvpcConfiguration ?? []
  )
  return {
    arn: required(service.serviceArn, "services[].serviceArn"),
    name: required(service.serviceName, "services[].serviceName"),
    clusterArn: required(service.clusterArn, "services[].clusterArn"),
    status: required(service.status, "services[].status").toUpperCase(),
    desiredCount: required(service.desiredCount, "services[].desiredCount"),
    runningCount: required(service.runningCount, "services[].runningCount"),
    pendingCount: service.pendingCount ?? 0,
    deploymentController: service.deploymentController?.type?.toUpperCase() ?? "ECS",
    schedulingStrategy: service.schedulingStrategy?.toLowerCase() ?? "replica",
    launchType: service.launchType?.toLowerCase(),
    capacityProviders: sharesOf(service.capacityProviderStrategy),
    platformVersion: service.platformVersion?.toLowerCase(),
    platformFamily: service.platformFamily?.toLowerCase(),
    taskDefinition: service.taskDefinition ?? "",
    taskDefinitions: [
      ...new Set([service, ...deployments, ...taskSets].flatMap(({ taskDefinition }) => taskDefinition ?? []))
    ],
    failedTasks: Math.max(0, ...deployments.map(({ failedTasks }) => failedTasks ?? 0)),
    createdAt: service.createdAt,
    targetGroupArns: [...new Set(balancers.flatMap(({ targetGroupArn }) => targetGroupArn ?? []))],
    alternateTargetGroupArns: [
      ...new Set(balancers.flatMap(({ advancedConfiguration }) => advancedConfiguration?.alternateTargetGroupArn ?? []))
    ],
    classicLoadBalancers: [...new Set(balancers.flatMap(({ loadBalancerName }) => loadBalancerName ?? []))],
    subnetIds: [...new Set(networks.flatMap(({ subnets }) => subnets ?? []))],
    securityGroupIds: [...new Set(networks.flatMap(({ securityGroups }) => securityGroups ?? []))],
    tags: tagsOf(service.tags),
    deploymentAlarms: service.deploymentConfiguration?.alarms?.alarmNames ?? []
  }
}

const serviceKind = resourceKind<EcsService>({
  type: "ecs:service",
  service: billedBy.ecs,
  id: ({ clusterArn, name }) => `${clusterNameOf(clusterArn)}/${name}`,
  name: ({ name }) => name,
  parents: { tags: { listed: () => clusters }, of: ({ clusterArn }) => [clusterArn] }
})

/** All services of all clusters. A cluster, or ten services, that cannot be read are a gap. */
export const services = dataset<ReadonlyArray<EcsService>, { readonly clusterArns: typeof clusterArns }>(
  "ecs.services",
  {
    kind: serviceKind,
    scope: "regional",
    operations: [listServices, describeServices],
    needs: { clusterArns },
    inventory: ["clusterArns"],
    costNote:
      "ECS lists services by cluster, a hundred a page, and describes ten at a time: a call for each page and each ten.",
    read: ({ clusterArns }) =>
      inClusters(clusterArns, (cluster) =>
        describedIn(listServices, cluster, servicesPerCall, (services) =>
          list(describeServices, { cluster, services: [...services], include: ["TAGS"] }, (page) => page.map(serviceOf))
        )
      )
  }
)

/** What may be there for nothing: a cluster, or a service of one. */
export type Workload = (EcsCluster & { readonly what: "cluster" }) | (EcsService & { readonly what: "service" })

/** All clusters and all services, to be judged side by side. */
export const workloads = derived<
  ReadonlyArray<Workload>,
  { readonly clusters: typeof clusters; readonly services: typeof services }
>("ecs.workloads", {
  kind: resourceKind<Workload>({
    type: ({ what }) => `ecs:${what}`,
    service: billedBy.ecs,
    id: (workload) =>
      workload.what === "cluster" ? workload.name : `${clusterNameOf(workload.clusterArn)}/${workload.name}`,
    name: ({ name }) => name,
    createdAt: (workload) => (workload.what === "cluster" ? undefined : workload.createdAt),
    parents: {
      tags: { listed: () => clusters },
      of: (workload) => (workload.what === "cluster" ? [] : [workload.clusterArn])
    }
  }),
  scope: "regional",
  needs: { clusters, services },
  inventory: ["clusters", "services"],
  derive: ({ clusters, services }) => [
    ...clusters.map((cluster): Workload => ({ ...cluster, what: "cluster" })),
    ...services.map((service): Workload => ({ ...service, what: "service" }))
  ]
})

export interface EcsTask {
  readonly arn: string
  readonly clusterArn: string
  /** The service that keeps it running; undefined for one that was started by itself. */
  readonly serviceName: string | undefined
  readonly taskDefinition: string
  /** `FARGATE`, `FARGATE_SPOT` or one of the customer's. */
  readonly capacityProvider: string | undefined
  readonly platformVersion: string | undefined
  readonly platformFamily: string | undefined
  readonly images: ReadonlyArray<string>
  /** `sha256:…`, of the containers that have pulled theirs. */
  readonly imageDigests: ReadonlyArray<string>
}

/** The tasks that run or start, in the clusters that have any. */
export const tasks = dataset<ReadonlyArray<EcsTask>, { readonly clusters: typeof clusters }>("ecs.tasks", {
  scope: "regional",
  operations: [listTasks, describeTasks],
  needs: { clusters },
  inventory: ["clusters"],
  costNote: "ECS lists and describes tasks by cluster, a hundred at a time: two free calls for each hundred.",
  read: ({ clusters }) =>
    inClusters(
      clusters.filter(({ pendingTasks, runningTasks }) => pendingTasks + runningTasks > 0).map(({ arn }) => arn),
      (cluster) =>
        describedIn(listTasks, cluster, othersPerCall, (tasks) =>
          list(describeTasks, { cluster, tasks: [...tasks] }, (page) =>
            page.map((task): EcsTask => ({
              arn: required(task.taskArn, "tasks[].taskArn"),
              clusterArn: required(task.clusterArn, "tasks[].clusterArn"),
              serviceName: /^service:(.+)$/.exec(task.group ?? "")?.[1],
              taskDefinition: required(task.taskDefinitionArn, "tasks[].taskDefinitionArn"),
              capacityProvider: task.capacityProviderName,
              platformVersion: task.platformVersion?.toLowerCase(),
              platformFamily: task.platformFamily?.toLowerCase(),
              images: (task.containers ?? []).flatMap(({ image }) => image ?? []),
              imageDigests: (task.containers ?? []).flatMap(({ imageDigest }) => imageDigest ?? [])
            }))
          )
        )
    )
})

export interface ContainerInstance {
  readonly arn: string
  /** `i-…`, or `mi-…` for a machine of the customer's own. */
  readonly instanceId: string
  readonly capacityProvider: string | undefined
  readonly registeredAt: Date | undefined
}

/** The instances that are registered with a cluster, by its ARN. */
export const containerInstances = probe<string, ReadonlyArray<ContainerInstance>>({
  name: "ecs.containerInstances",
  operations: [listContainerInstances, describeContainerInstances],
  cap: 500,
  batchSize: 1,
  costNote: "Two free calls for each hundred instances of a cluster that may be idle.",
  key: (cluster) => cluster,
  read: (clusters) =>
    Effect.forEach(clusters, (cluster) =>
      complete(
        describedIn(listContainerInstances, cluster, othersPerCall, (containerInstances) =>
          list(describeContainerInstances, { cluster, containerInstances: [...containerInstances] }, (page) =>
            page.map((instance): ContainerInstance => ({
              arn: required(instance.containerInstanceArn, "containerInstances[].containerInstanceArn"),
              instanceId: required(instance.ec2InstanceId, "containerInstances[].ec2InstanceId"),
              capacityProvider: instance.capacityProviderName,
              registeredAt: instance.registeredAt
            }))
          )
        )
      )
    )
})

export interface CapacityProvider {
  /** Whether ECS itself sets how many instances its group has. */
  readonly isScaledByEcs: boolean
  readonly groupArn: string | undefined
}

/** What single capacity providers scale, by their names. One that AWS does not describe is undefined. */
export const capacityProviders = probe<string, CapacityProvider | undefined>({
  name: "ecs.capacityProviders",
  operations: [describeCapacityProviders],
  cap: 1000,
  batchSize: othersPerCall,
  costNote: "One free call describes a hundred capacity providers of clusters that may be idle.",
  key: (name) => name,
  read: (names) =>
    Effect.map(
      complete(
        list(describeCapacityProviders, { capacityProviders: [...names] }, (providers) =>
          providers.map(({ autoScalingGroupProvider, name }) => ({
            name: required(name, "capacityProviders[].name"),
            isScaledByEcs: autoScalingGroupProvider?.managedScaling?.status?.toLowerCase() === "enabled",
            groupArn: autoScalingGroupProvider?.autoScalingGroupArn
          }))
        )
      ),
      (described) => {
        const byName = new Map(described.map(({ name, ...provider }) => [name, provider]))
        return names.map((name) => byName.get(name))
      }
    )
})

/** The parts of the ARN of a task definition; undefined for what is none. */
export const revisionOf = (arn: string): { readonly family: string; readonly revision: number } | undefined => {
  const [, family, revision] = /:task-definition\/([^/:]+):(\d+)$/.exec(arn) ?? []
  return family === undefined || revision === undefined ? undefined : { family, revision: Number(revision) }
}

const taskDefinitionArns = listOf(
  "ecs.taskDefinitionArns",
  "regional",
  listTaskDefinitions,
  { status: "ACTIVE" },
  (arns) => {
    for (const arn of arns) required(revisionOf(arn), "taskDefinitionArns[]: a family and a revision")
    return arns
  }
)

/** The active revisions of a task definition. */
export interface TaskDefinitionFamily {
  /** Of the family: that of a revision without its number. */
  readonly arn: string
  readonly name: string
  /** Newest first. */
  readonly revisions: ReadonlyArray<number>
}

/** The ARN of one revision of a family. */
export const revisionArn = ({ arn }: Pick<TaskDefinitionFamily, "arn">, revision: number): string =>
  `${arn}:${revision}`

/** All families with their active revisions, 100 revisions a page. */
export const taskDefinitionFamilies = derived<
  ReadonlyArray<TaskDefinitionFamily>,
  { readonly taskDefinitionArns: typeof taskDefinitionArns }
>("ecs.taskDefinitionFamilies", {
  kind: resourceKind<TaskDefinitionFamily>({
    type: "ecs:task-definition",
    service: billedBy.nothing,
    tags: "asked",
    id: ({ name }) => name,
    name: ({ name }) => name,
    createdAt: () => undefined
  }),
  scope: "regional",
  needs: { taskDefinitionArns },
  inventory: ["taskDefinitionArns"],
  derive: ({ taskDefinitionArns }) => {
    const families = new Map<string, Array<number>>()
    for (const arn of taskDefinitionArns) {
      const at = arn.lastIndexOf(":")
      const family = arn.slice(0, at)
      const revision = Number(arn.slice(at + 1))
      const revisions = families.get(family)
      if (revisions === undefined) families.set(family, [revision])
      else revisions.push(revision)
    }
    return [...families].map(([arn, revisions]) => ({
      arn,
      name: arn.slice(arn.indexOf("/") + 1),
      revisions: revisions.sort((a, b) => b - a)
    }))
  }
})

/** What is not told is null: the answer is remembered as JSON. */
export interface TaskDefinition {
  readonly registeredAt: Date | null
  /** Units of 1/1024 vCPU of the whole task; null where only its containers say. */
  readonly cpuUnits: number | null
  readonly memoryMib: number | null
  /** `x86_64` or `arm64`. */
  readonly architecture: string
  /** `linux`, or a release of Windows. */
  readonly system: string
  readonly images: ReadonlyArray<string>
  readonly tags: Tags
}

/** ECS answers numbers, and takes words such as `.5 vCPU` and `2 GB`. */
const sizeOf = (text: string | undefined, perUnit: number): number | null => {
  const [, amount, unit] = /^\s*([\d.]+)\s*([a-z]+)?\s*$/i.exec(text ?? "") ?? []
  return amount === undefined ? null : Number(amount) * (unit === undefined ? 1 : perUnit)
}

const imagesOf = (containers: ReadonlyArray<ContainerDefinition> | undefined): ReadonlyArray<string> => [
  ...new Set((containers ?? []).flatMap(({ image }) => image ?? []))
]

/** What a revision of a task definition says, by its ARN. A revision never changes. */
export const taskDefinition = probe<string, TaskDefinition>({
  name: "ecs.taskDefinition",
  operations: [describeTaskDefinition],
  cap: 2000,
  batchSize: 1,
  costNote:
    "ECS describes one task definition at a time: a free call for each that is in question, remembered for a week.",
  key: (arn) => arn,
  identity: (arn) => arn,
  isFixed: true,
  read: (arns) =>
    Effect.forEach(arns, (arn) =>
      send(
        describeTaskDefinition,
        { taskDefinition: arn, include: ["TAGS"] },
        ({ tags, taskDefinition }): TaskDefinition => {
          const { containerDefinitions, cpu, memory, registeredAt, runtimePlatform } = required(
            taskDefinition,
            "taskDefinition"
          )
          return {
            registeredAt: registeredAt ?? null,
            cpuUnits: sizeOf(cpu, 1024),
            memoryMib: sizeOf(memory, 1024),
            architecture: runtimePlatform?.cpuArchitecture?.toLowerCase() ?? "x86_64",
            system: runtimePlatform?.operatingSystemFamily?.toLowerCase() ?? "linux",
            images: imagesOf(containerDefinitions),
            tags: tagsOf(tags)
          }
        }
      )
    )
})

/** One series of a service. */
export const serviceSeries = (
  { clusterArn, name }: Pick<EcsService, "clusterArn" | "name">,
  metric: "CPUUtilization" | "MemoryUtilization",
  days: number,
  options: Pick<SeriesSpec, "statistic" | "period">
): SeriesSpec => ({
  namespace: "AWS/ECS",
  metric,
  dimensions: { ClusterName: clusterNameOf(clusterArn), ServiceName: name },
  days,
  ...options
})

const anyService = { clusterArn: "", name: "" }
const hourlyMaximum = { statistic: "Maximum", period: 3600 } as const

/** CPU and memory by the hour, in percent of what a task reserves: the highest of all tasks. */
export const useSeries = (service: Pick<EcsService, "clusterArn" | "name">, days: number) => ({
  cpu: serviceSeries(service, "CPUUtilization", days, hourlyMaximum),
  memory: serviceSeries(service, "MemoryUtilization", days, hourlyMaximum)
})

/** What of its peaks clears a service: both of them on one hour of twenty, and days enough. */
export interface ServiceClearance {
  readonly leastDays: number
  readonly cpuPercent: number
  readonly memoryPercent: number
}

/** The same of all services that run tasks; not asked again of one whose hours above the limits forbid to call it oversized. */
export const use = family("ecs.use", (name, days: number, limits: ServiceClearance) =>
  questionsOf(name, {
    scope: "regional",
    needs: { services },
    metrics: Object.values(useSeries(anyService, days)),
    questions: ({ services }) =>
      services
        .filter(({ runningCount, status }) => status === "ACTIVE" && runningCount > 0)
        .map((service) => {
          const { cpu, memory } = useSeries(service, days)
          // The hours of the day of the run are hours of the window as well.
          const busyHours = Math.floor(((days + 1) * 24) / 20) + 1
          return {
            key: service.arn,
            identity: service.createdAt?.toISOString() ?? "",
            series: [cpu, memory],
            ofDay: (values, at) =>
              values.filter((value) => value > (at === 0 ? limits.cpuPercent : limits.memoryPercent)).length,
            settledBy: (past) =>
              [0, 1].every((at) => past.only(at).days() >= limits.leastDays && past.only(at).total >= busyHours)
          }
        })
  })
)

/** CPU and memory by the day, in percent of what a task reserves: the mean of all tasks. */
export const meanUseSeries = (service: Pick<EcsService, "clusterArn" | "name">, days: number) => ({
  cpu: serviceSeries(service, "CPUUtilization", days, { statistic: "Average" }),
  memory: serviceSeries(service, "MemoryUtilization", days, { statistic: "Average" })
})

/** The same of single services whose peaks are low. */
export const meanUse = family("ecs.meanUse", (name, days: number) =>
  seriesProbe<EcsService>({
    name,
    costNote: "Two paid metrics for each service whose tasks may be too large.",
    metrics: Object.values(meanUseSeries(anyService, days)),
    key: ({ arn }) => arn,
    series: (service) => Object.values(meanUseSeries(service, days))
  })
)

/** A datapoint for each task and minute, by the day: how many tasks ran. */
export const taskSeries = (service: Pick<EcsService, "clusterArn" | "name">, days: number): SeriesSpec =>
  serviceSeries(service, "CPUUtilization", days, { statistic: "SampleCount" })

/** How many tasks single services ran. */
export const taskMinutes = family("ecs.taskMinutes", (name, days: number) =>
  seriesProbe<EcsService>({
    name,
    costNote: "One paid metric for each service that runs nothing, or whose tasks are too large.",
    metrics: [taskSeries(anyService, days)],
    key: ({ arn }) => arn,
    series: (service) => [taskSeries(service, days)]
  })
)

/** What tasks reserve of all instances of a cluster, the highest of each day. Every task on an instance reserves memory. */
export const reservationSeries = (clusterName: string, days: number): ReadonlyArray<SeriesSpec> =>
  (["CPUReservation", "MemoryReservation"] as const).map((metric) => ({
    namespace: "AWS/ECS",
    metric,
    statistic: "Maximum",
    dimensions: { ClusterName: clusterName },
    days
  }))

/** Whether tasks ran on the instances of single clusters. */
export const reservations = family("ecs.reservations", (name, days: number) =>
  seriesProbe<EcsCluster>({
    name,
    costNote: "Two paid metrics for each cluster that has instances and runs nothing.",
    metrics: reservationSeries("", days),
    key: ({ arn }) => arn,
    series: (cluster) => reservationSeries(cluster.name, days)
  })
)
