import type {
  DescribeServicesCommandInput,
  DescribeServicesCommandOutput,
  ListClustersCommandInput,
  ListClustersCommandOutput,
  ListServicesCommandInput,
  ListServicesCommandOutput,
  LoadBalancer
} from "@aws-sdk/client-ecs"
import { hexOf, idOf, type Place } from "../ids.ts"
import { targetGroupArn } from "./elb.ts"
import type { Named } from "../estate.ts"
import { type Answer, defineService, type Here, pageOf } from "../Service.ts"

declare module "../estate.ts" {
  interface Region {
    readonly ecsServices: ReadonlyArray<EcsService>
  }
}

/** A Fargate service. */
export interface EcsService extends Named {
  readonly cluster: string
  readonly tasks: number
  readonly groups: ReadonlyArray<string>
  /** The second one is the idle colour of a blue/green deployment. */
  readonly targetGroups: ReadonlyArray<string>
}

const arnOf = ({ account, region }: Place, resource: string) => `arn:aws:ecs:${region}:${account}:${resource}`

const clusterArn = (place: Place, name: string) => arnOf(place, `cluster/${name}`)

const serviceArn = (place: Place, { cluster, name }: EcsService) => arnOf(place, `service/${cluster}/${name}`)

const servicesIn = (here: Here, cluster: string | undefined) =>
  here.has.ecsServices.filter((service) => clusterArn(here, service.cluster) === cluster)

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

export default defineService({
  region: { ecsServices: [] },
  answers: {
    "ecs:ListClusters": (here, input: ListClustersCommandInput): Answer<ListClustersCommandOutput> => {
      const clusters = [...new Set(here.has.ecsServices.map(({ cluster }) => clusterArn(here, cluster)))]
      const { items, next } = pageOf(clusters, input.nextToken, input.maxResults, 100)
      return { clusterArns: items, nextToken: next }
    },

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
          desiredCount: service.tasks,
          runningCount: service.tasks,
          launchType: "FARGATE",
          taskDefinition: arnOf(here, `task-definition/${service.name}:41`),
          loadBalancers: balancersOf(here, service),
          networkConfiguration: {
            awsvpcConfiguration: {
              subnets: [idOf("subnet", here, "main/a")],
              securityGroups: service.groups.map((group) => idOf("sg", here, group))
            }
          }
        })),
      failures: []
    })
  },
  resources: (here) => [
    ...[...new Set(here.has.ecsServices.map(({ cluster }) => cluster))].map((name) => ({
      type: "ecs:cluster",
      arn: clusterArn(here, name),
      tags: undefined
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
