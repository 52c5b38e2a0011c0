import type {
  DescribeClustersCommandInput,
  DescribeClustersCommandOutput,
  DescribeCapacityProvidersCommandOutput,
  DescribeContainerInstancesCommandInput,
  DescribeContainerInstancesCommandOutput,
  DescribeServicesCommandInput,
  DescribeServicesCommandOutput,
  DescribeTaskDefinitionCommandInput,
  DescribeTaskDefinitionCommandOutput,
  DescribeTasksCommandInput,
  DescribeTasksCommandOutput,
  ListClustersCommandInput,
  ListClustersCommandOutput,
  ListContainerInstancesCommandInput,
  ListContainerInstancesCommandOutput,
  ListServicesCommandInput,
  ListServicesCommandOutput,
  ListTaskDefinitionsCommandInput,
  ListTaskDefinitionsCommandOutput,
  ListTasksCommandInput,
  ListTasksCommandOutput,
  LoadBalancer
} from "@aws-sdk/client-ecs"
import { millisPerDay } from "../../core/time.ts"
import { sampleNight, type Load, type Named, type Tags, type When } from "../estate.ts"
import { hexOf, idOf, type Place } from "../ids.ts"
import { targetGroupArn } from "./elb.ts"
import { type Answer, dateOf, defineService, type Here, pageOf, refusal } from "../Service.ts"

declare module "../estate.ts" {
  interface Region {
    readonly ecsServices: ReadonlyArray<EcsService>
    readonly ecsClusters: ReadonlyArray<EcsCluster>
    readonly ecsTasks: ReadonlyArray<TaskFamily>
  }
}

/** A Fargate service. Its task definition has its name. */
export interface EcsService extends Named {
  readonly cluster: string
  readonly tasks: number
  /** Default: as many as run. */
  readonly desired?: number
  /** Those of its tasks that run on Fargate Spot. Default: it has no strategy, and none. */
  readonly spot?: number
  readonly groups: ReadonlyArray<string>
  /** The second one is the idle colour of a blue/green deployment. */
  readonly targetGroups: ReadonlyArray<string>
  /** Default: summer 2023. */
  readonly created?: When
  /** Default: the newest. */
  readonly platform?: string
  /** Nobody ever deregistered a revision of it. Default: the newest five are active. */
  readonly keepsRevisions?: true
  /** Of a task. Default: 1. */
  readonly vcpu?: number
  /** Of a task. Default: 2. */
  readonly gb?: number
  /** In percent of what a task reserves. Default: well used. */
  readonly cpu?: Load
  readonly memory?: Load
}

/** A cluster besides those that services name, or more about one of them. */
export interface EcsCluster extends Named {
  /** Machines of the customer's own that are registered with it, and run nothing. */
  readonly machines?: number
}

/** A task definition of which no service is made. */
export interface TaskFamily extends Named {
  readonly revisions: number
}

const arnOf = ({ account, region }: Place, resource: string) => `arn:aws:ecs:${region}:${account}:${resource}`

const clusterArn = (place: Place, name: string) => arnOf(place, `cluster/${name}`)

const serviceArn = (place: Place, { cluster, name }: EcsService) => arnOf(place, `service/${cluster}/${name}`)

/** Revisions of a service's task definition that were ever made. */
const newest = 41

const definitionArn = (place: Place, name: string, revision = newest) =>
  arnOf(place, `task-definition/${name}:${revision}`)

const servicesIn = (here: Here, cluster: string | undefined) =>
  here.has.ecsServices.filter((service) => clusterArn(here, service.cluster) === cluster)

const clusterNames = (here: Here): ReadonlyArray<string> => [
  ...new Set([...here.has.ecsServices.map(({ cluster }) => cluster), ...here.has.ecsClusters.map(({ name }) => name)])
]

const wordsOf = (here: Here, name: string) => here.has.ecsClusters.find((own) => own.name === name)

const pairs = (tags: Tags = {}) => Object.entries(tags).map(([key, value]) => ({ key, value }))

/** ECS switches between the two groups of a blue/green deployment itself. */
const balancersOf = (here: Here, { targetGroups: [live, other] }: EcsService): Array<LoadBalancer> =>
  live === undefined
    ? []
    : [
        {
          targetGroupArn: targetGroupArn(here, { name: live }),
          ...(other === undefined
            ? {}
            : { advancedConfiguration: { alternateTargetGroupArn: targetGroupArn(here, { name: other }) } })
        }
      ]

const tasksIn = (here: Here, cluster: string | undefined) =>
  servicesIn(here, cluster).flatMap((service) =>
    Array.from({ length: service.tasks }, (_, index) => ({
      service,
      arn: arnOf(here, `task/${service.cluster}/${hexOf(here, `${service.cluster}/${service.name}/${index}`, 32)}`),
      isSpot: index < (service.spot ?? 0)
    }))
  )

const machinesIn = (here: Here, cluster: string | undefined) =>
  here.has.ecsClusters
    .filter(({ name }) => clusterArn(here, name) === cluster)
    .flatMap(({ machines = 0, name }) =>
      Array.from({ length: machines }, (_, index) => ({
        id: `mi-${hexOf(here, `${name}/${index}`, 17)}`,
        arn: arnOf(here, `container-instance/${name}/${hexOf(here, `${name}/${index}`, 32)}`)
      }))
    )

const image = (here: Here, name: string, revision: number) =>
  `${here.account}.dkr.ecr.${here.region}.amazonaws.com/${name}:v${revision}`

const isUsed: Load = { average: 38, p95: 61, maximum: 84 }
const isFull: Load = { average: 58, p95: 63, maximum: 70 }

const reportedBy = (load: Load, reporters: number): Load =>
  typeof load === "object" && "average" in load ? { ...load, reporters } : load

/** A revision a fortnight, the newest of them ten days before the night. */
const registeredAt = (age: number) => new Date(sampleNight.getTime() - (10 + 14 * age) * millisPerDay)

export default defineService({
  region: { ecsServices: [], ecsClusters: [], ecsTasks: [] },
  answers: {
    "ecs:ListClusters": (here, input: ListClustersCommandInput): Answer<ListClustersCommandOutput> => {
      const clusters = clusterNames(here).map((name) => clusterArn(here, name))
      const { items, next } = pageOf(clusters, input.nextToken, input.maxResults, 100)
      return { clusterArns: items, nextToken: next }
    },

    "ecs:DescribeClusters": (here, input: DescribeClustersCommandInput): Answer<DescribeClustersCommandOutput> => ({
      clusters: clusterNames(here)
        .filter((name) => input.clusters?.includes(clusterArn(here, name)))
        .map((name) => ({
          clusterArn: clusterArn(here, name),
          clusterName: name,
          status: "ACTIVE",
          runningTasksCount: tasksIn(here, clusterArn(here, name)).length,
          pendingTasksCount: 0,
          activeServicesCount: servicesIn(here, clusterArn(here, name)).length,
          registeredContainerInstancesCount: machinesIn(here, clusterArn(here, name)).length,
          tags: pairs(wordsOf(here, name)?.tags)
        })),
      failures: []
    }),

    "ecs:ListServices": (here, input: ListServicesCommandInput): Answer<ListServicesCommandOutput> => {
      const arns = servicesIn(here, input.cluster).map((service) => serviceArn(here, service))
      const { items, next } = pageOf(arns, input.nextToken, input.maxResults, 100)
      return { serviceArns: items, nextToken: next }
    },

    "ecs:DescribeServices": (here, input: DescribeServicesCommandInput): Answer<DescribeServicesCommandOutput> => ({
      services: servicesIn(here, input.cluster)
        .filter((service) => input.services?.includes(serviceArn(here, service)))
        .map((service) => ({
          serviceArn: serviceArn(here, service),
          serviceName: service.name,
          clusterArn: clusterArn(here, service.cluster),
          status: "ACTIVE",
          desiredCount: service.desired ?? service.tasks,
          runningCount: service.tasks,
          pendingCount: 0,
          ...(service.spot === undefined
            ? { launchType: "FARGATE" as const }
            : {
                capacityProviderStrategy: [
                  { capacityProvider: "FARGATE", base: service.tasks - service.spot, weight: 0 },
                  { capacityProvider: "FARGATE_SPOT", base: 0, weight: 1 }
                ]
              }),
          platformVersion: service.platform ?? "LATEST",
          platformFamily: "Linux",
          schedulingStrategy: "REPLICA" as const,
          createdAt: dateOf(service.created ?? "2023-06-20T08:00:00Z"),
          taskDefinition: definitionArn(here, service.name),
          loadBalancers: balancersOf(here, service),
          networkConfiguration: {
            awsvpcConfiguration: {
              subnets: [idOf("subnet", here, "main/a")],
              securityGroups: service.groups.map((group) => idOf("sg", here, group))
            }
          },
          ...(input.include?.includes("TAGS") === true ? { tags: pairs(service.tags) } : {})
        })),
      failures: []
    }),

    "ecs:ListTasks": (here, input: ListTasksCommandInput): Answer<ListTasksCommandOutput> => {
      const arns = tasksIn(here, input.cluster).map(({ arn }) => arn)
      const { items, next } = pageOf(arns, input.nextToken, input.maxResults, 100)
      return { taskArns: items, nextToken: next }
    },

    "ecs:DescribeTasks": (here, input: DescribeTasksCommandInput): Answer<DescribeTasksCommandOutput> => ({
      tasks: tasksIn(here, input.cluster)
        .filter(({ arn }) => input.tasks?.includes(arn))
        .map(({ arn, isSpot, service }) => ({
          taskArn: arn,
          clusterArn: input.cluster,
          group: `service:${service.name}`,
          taskDefinitionArn: definitionArn(here, service.name),
          lastStatus: "RUNNING",
          launchType: "FARGATE" as const,
          ...(service.spot === undefined ? {} : { capacityProviderName: isSpot ? "FARGATE_SPOT" : "FARGATE" }),
          platformVersion: service.platform ?? "1.4.0",
          platformFamily: "Linux",
          containers: [
            {
              name: service.name,
              image: image(here, service.name, newest),
              imageDigest: `sha256:${hexOf(here, `${service.name}:v${newest}`, 64)}`
            }
          ]
        })),
      failures: []
    }),

    "ecs:ListTaskDefinitions": (
      here,
      input: ListTaskDefinitionsCommandInput
    ): Answer<ListTaskDefinitionsCommandOutput> => {
      const arns = [...here.has.ecsServices, ...here.has.ecsTasks].flatMap((own) => {
        const last = "revisions" in own ? own.revisions : newest
        const first = "keepsRevisions" in own && own.keepsRevisions ? 1 : Math.max(1, last - 4)
        return Array.from({ length: last - first + 1 }, (_, index) => definitionArn(here, own.name, first + index))
      })
      const { items, next } = pageOf(arns, input.nextToken, input.maxResults, 100)
      return { taskDefinitionArns: items, nextToken: next }
    },

    "ecs:ListContainerInstances": (
      here,
      input: ListContainerInstancesCommandInput
    ): Answer<ListContainerInstancesCommandOutput> => {
      const arns = machinesIn(here, input.cluster).map(({ arn }) => arn)
      const { items, next } = pageOf(arns, input.nextToken, input.maxResults, 100)
      return { containerInstanceArns: items, nextToken: next }
    },

    "ecs:DescribeContainerInstances": (
      here,
      input: DescribeContainerInstancesCommandInput
    ): Answer<DescribeContainerInstancesCommandOutput> => ({
      containerInstances: machinesIn(here, input.cluster)
        .filter(({ arn }) => input.containerInstances?.includes(arn))
        .map(({ arn, id }) => ({
          containerInstanceArn: arn,
          ec2InstanceId: id,
          status: "ACTIVE",
          runningTasksCount: 0,
          pendingTasksCount: 0,
          registeredAt: dateOf("2024-05-06T07:00:00Z")
        })),
      failures: []
    }),

    // No cluster of the estate has one of its own.
    "ecs:DescribeCapacityProviders": (): Answer<DescribeCapacityProvidersCommandOutput> => ({
      capacityProviders: [],
      failures: []
    }),

    "ecs:DescribeTaskDefinition": (
      here,
      input: DescribeTaskDefinitionCommandInput
    ): Answer<DescribeTaskDefinitionCommandOutput> => {
      const [, family = "", revision = ""] = /task-definition\/(.+):(\d+)$/.exec(input.taskDefinition ?? "") ?? []
      const service = here.has.ecsServices.find(({ name }) => name === family)
      const own = here.has.ecsTasks.find(({ name }) => name === family)
      if (service === undefined && own === undefined)
        throw refusal("ClientException", "Unable to describe task definition.")
      return {
        taskDefinition: {
          taskDefinitionArn: definitionArn(here, family, Number(revision)),
          family,
          revision: Number(revision),
          status: "ACTIVE",
          cpu: String((service?.vcpu ?? 1) * 1024),
          memory: String((service?.gb ?? 2) * 1024),
          requiresCompatibilities: ["FARGATE"],
          registeredAt: registeredAt((own?.revisions ?? newest) - Number(revision)),
          containerDefinitions: [{ name: family, image: image(here, family, Number(revision)) }]
        },
        tags: pairs((service ?? own)?.tags)
      }
    }
  },
  series: (here) =>
    here.has.ecsServices.flatMap(({ cluster, cpu = isUsed, created, memory = isFull, name, tasks }) =>
      tasks === 0
        ? []
        : [
            {
              namespace: "AWS/ECS",
              dimensions: { ClusterName: cluster, ServiceName: name },
              ...(created === undefined ? {} : { since: created }),
              levels: { CPUUtilization: reportedBy(cpu, tasks), MemoryUtilization: reportedBy(memory, tasks) }
            }
          ]
    ),
  resources: (here) => [
    ...clusterNames(here).map((name) => ({
      type: "ecs:cluster",
      arn: clusterArn(here, name),
      tags: wordsOf(here, name)?.tags
    })),
    ...here.has.ecsServices.map((service) => ({
      type: "ecs:service",
      arn: serviceArn(here, service),
      tags: service.tags
    }))
  ],
  interfaces: (here) =>
    here.has.ecsServices.flatMap(({ groups, name, tasks }) =>
      Array.from({ length: tasks }, (_, task) => ({
        name: `ecs/${name}/${task}`,
        description: arnOf(here, `attachment/${hexOf(here, `${name}/${task}`, 32)}`),
        groups
      }))
    )
})
